"""The contract: the tables every study reads, as declarations. A new table is one more entry in `TABLES`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cxlab.data.decisions import CHOICES, INITIATIVES, TRIALS
from cxlab.data.declarations import CUSTOMER, KINDS, SECONDS, STAFF, Column, Table
from cxlab.data.opinions import FEEDBACK, SURVEYS

__all__ = ["KINDS", "STAGES", "TABLES", "Column", "Table"]

_CHANNEL = (("channel", "saleschannel", "source", "medium", "kanal", "vertriebskanal", "canal", "kanaal"),)

CUSTOMERS = Table(
    "customers",
    "a customer",
    (
        CUSTOMER,
        Column("first_seen", "time", required=False, past=True, aliases=(
            ("firstseen", "signupdate", "registrationdate", "registered", "registeredat", "createdat", "created",
             "datecreated", "joindate", "joined", "customersince", "membersince", "firstpurchase", "firstorder",
             "firstorderdate", "firstpurchasedate", "kundeseit", "registrierungsdatum", "dateinscription",
             "clientdepuis", "fechaalta", "fecharegistro", "datacadastro", "klantsinds"),)),
        Column("acquisition_channel", "text", required=False, aliases=(
            ("acquisitionchannel", "acquisitionsource", "signupsource", "leadsource", "firstchannel"), *_CHANNEL)),
        Column("consent", "text", required=False, aliases=(
            ("consent", "optin", "newsletter", "marketingconsent", "gdprconsent", "einwilligung", "consentement"),)),
    ),
    unique=("customer_id",),
    needed=("first_seen",),
)  # fmt: skip

RECORDS = Table(
    "records",
    "what one system holds of a person",
    (
        Column("record_id", "id", aliases=(("recordid",),)),
        replace(CUSTOMER, required=False, aliases=CUSTOMER.aliases[:1]),
        Column("source", "text", required=False, aliases=(("source", "sourcesystem", "system"),)),
        # Written here so that digits stay text: 01099 is no number.
        *(Column(name, "text", required=False) for name in ("first_name", "last_name")),
        *(Column(name, "id", required=False) for name in ("email", "phone", "postcode")),
    ),
    unique=("record_id",),
    needed=("source",),
)  # fmt: skip

TRANSACTIONS = Table(
    "transactions",
    "a purchase line",
    (
        CUSTOMER,
        Column("timestamp", "time", past=True, aliases=(
            ("timestamp", "datetime", "orderdate", "orderdatetime", "ordertimestamp", "orderedat", "purchasedate",
             "purchasedat", "purchasetimestamp", "orderpurchasetimestamp", "invoicedate", "transactiondate",
             "transactiontime", "transactiondatetime", "saledate", "salesdate", "bookingdate", "bestelldatum",
             "kaufdatum", "rechnungsdatum", "belegdatum", "buchungsdatum", "auftragsdatum", "datecommande",
             "dateachat", "datefacture", "datevente", "fechacompra", "fechapedido", "fechafactura", "fechaventa",
             "datacompra", "datapedido", "datavenda", "datafatura", "besteldatum", "aankoopdatum", "factuurdatum"),
            ("date", "datum", "fecha", "data", "day", "tag", "jour", "dia", "dag", "created", "createdat", "placedat"),
            ("time", "zeitpunkt", "zeit"))),
        Column("amount", "money", refundable=True, aliases=(
            ("amount", "spend", "revenue", "sales", "turnover", "netamount", "amountpaid", "orderamount", "ordertotal",
             "ordervalue", "totalamount", "totalprice", "totalspent", "totalsales", "linetotal", "lineamount",
             "grandtotal", "purchaseamount", "transactionamount", "salesamount", "invoiceamount", "paymentvalue",
             "betrag", "umsatz", "rechnungsbetrag", "gesamtbetrag", "summe", "nettobetrag", "bestellwert", "montant",
             "montanttotal", "chiffreaffaires", "importe", "importetotal", "monto", "valor", "valortotal", "montante",
             "bedrag", "omzet", "totaalbedrag"),
            ("total", "value", "subtotal", "grossamount", "paid", "payment", "price", "wert", "preis", "prix", "precio",
             "preco", "prijs"),)),
        Column("order_id", "id", required=False, aliases=(
            ("orderid", "orderno", "ordernumber", "ordernr", "invoiceno", "invoice", "invoiceid", "invoicenumber",
             "transactionid", "receiptid", "receiptno", "basketid", "bestellnummer", "bestellnr", "rechnungsnummer",
             "rechnungsnr", "belegnummer", "belegnr", "auftragsnummer", "numerocommande", "idcommande", "numerofacture",
             "pedido", "idpedido", "numeropedido", "numerofactura", "factura", "ordernummer", "factuurnummer"),
            ("order", "transaction", "receipt", "basket", "bestellung", "commande"))),
        Column("item", "text", required=False, aliases=(
            ("item", "itemid", "sku", "stockcode", "productid", "productcode", "articleid", "artikelnummer",
             "artikelnr", "reference", "idproducto", "codigoproducto", "idproduto", "artikelcode"),
            ("product", "productname", "itemname", "article", "artikel", "produkt", "produit", "producto", "produto"),
            ("description", "productdescription", "beschreibung", "bezeichnung", "descripcion", "descricao"))),
        Column("quantity", "number", required=False, refundable=True, aliases=(
            ("quantity", "qty", "units", "quantityordered", "menge", "anzahl", "stueckzahl", "stuckzahl", "quantite",
             "qte", "cantidad", "quantidade", "aantal", "hoeveelheid"), ("pieces", "count", "stueck", "stuck"))),
        Column("unit_price", "money", required=False, aliases=(
            ("unitprice", "priceperunit", "itemprice", "priceeach", "pricepereach", "einzelpreis", "stueckpreis",
             "stuckpreis", "prixunitaire", "preciounitario", "precounitario", "stuksprijs", "eenheidsprijs"),
            ("price", "preis", "prix", "precio", "preco", "prijs"))),
        Column("margin", "number", required=False, aliases=(
            ("margin", "grossmargin", "profit", "grossprofit", "contribution", "marge", "deckungsbeitrag", "margen",
             "margem"),)),
        Column("channel", "text", required=False, aliases=_CHANNEL),
    ),
    product=("amount", "unit_price", "quantity"),
    cancelled="order_id",
)  # fmt: skip

SUBSCRIPTIONS = Table(
    "subscriptions",
    "a contract",
    (
        CUSTOMER,
        Column("start", "time", past=True, aliases=(
            ("start", "startdate", "startedat", "contractstart", "subscriptionstart", "subscribedat", "activationdate",
             "validfrom", "begin", "begindate", "beginn", "vertragsbeginn", "startdatum", "debut", "datedebut",
             "inicio", "fechainicio", "datainicio", "begindatum", "ingangsdatum"),)),
        Column("end", "time", required=False, aliases=(
            ("end", "enddate", "endedat", "contractend", "subscriptionend", "cancelledat", "canceledat", "cancelled",
             "canceled", "cancellationdate", "churndate", "churnedat", "terminationdate", "validto", "validuntil",
             "ende", "vertragsende", "enddatum", "kuendigungsdatum", "kundigungsdatum", "fin", "datefin", "fechafin",
             "fechabaja", "datafim", "einddatum"),)),
        Column("plan", "text", required=False, aliases=(
            ("plan", "planname", "product", "tier", "subscription", "contract", "tarif", "vertrag", "abonnement",
             "formule", "abo"),)),
        Column("price", "money", required=False, minimum=0, aliases=(
            ("price", "mrr", "fee", "monthlyfee", "monthlyprice", "amount", "preis", "prix", "precio", "preco",
             "prijs"),)),
    ),
    repeats="quarantine",
    order=(("start", "end"),),
)  # fmt: skip

#: the stages of the field, in order
STAGES = ("Awareness", "Consideration", "Purchase", "Service", "Post-Purchase")

_PERSON, _ROLE, _ADDRESS = CUSTOMER.aliases

TOUCHPOINTS = Table(
    "touchpoints",
    "one contact",
    (
        replace(CUSTOMER, aliases=(
            _PERSON,
            (*_ROLE, "caseid", "case", "caseconceptname", "casekey", "caseno", "traceid", "vorgangsid", "fallid"),
            ("visitorid", "fullvisitorid", "userpseudoid", "distinctid", "anonymousid", "amplitudeid", "cookieid",
             "deviceid"),
            _ADDRESS)),
        Column("timestamp", "time", past=True, aliases=(
            ("timestamp", "datetime", "timetimestamp", "eventtime", "eventtimestamp", "eventdatetime", "occurredat",
             "happenedat", "contactedat", "contactdate", "contacttime", "touchpointtime", "touchpointdate", "touchdate",
             "activitytime", "activitytimestamp", "interactiondate", "interactiontime", "hittimestamp", "visittime",
             "zeitstempel", "kontaktdatum", "ereigniszeit", "horodatage", "datecontact", "dateevenement",
             "fechacontacto", "fechaevento", "fechahora", "datacontato", "dataevento", "datahora", "tijdstip",
             "contactdatum"),
            ("eventdate", "date", "datum", "fecha", "data", "day", "created", "createdat"),
            ("time", "zeitpunkt", "zeit", "heure", "hora", "tijd"),
            ("starttimestamp", "starttime", "startedat", "begintime"))),
        Column("sequence", "count", required=False, unusable="value", aliases=(
            ("sequence", "seq", "seqno", "sequenceno", "sequencenumber", "eventsequence", "eventsequencenumber",
             "eventindex", "eventnumber", "eventorder", "hitnumber", "hitsequence", "stepnumber", "reihenfolge",
             "lfdnr", "laufendenummer", "ordre", "orden", "ordem", "volgorde", "volgnummer"),)),
        Column("stage", "text", required=False, known=STAGES, label=True, aliases=(
            ("stage", "journeystage", "funnelstage", "customerstage", "stagename", "journeyphase", "stufe", "etape",
             "etapeparcours", "etapa", "fase"), ("phase",))),
        Column("touchpoint", "text", label=True, aliases=(
            ("touchpoint", "touchpointname", "touch", "contactpoint", "kontaktpunkt", "beruhrungspunkt",
             "beruehrungspunkt", "pointcontact", "pointdecontact", "puntocontacto", "puntodecontacto", "pontocontato",
             "pontodecontato", "contactpunt", "contactmoment"),
            ("event", "eventname", "activity", "activityname", "conceptname", "interaction", "interactionname",
             "ereignis", "aktivitat", "aktivitaet", "evenement", "activite", "evento", "actividad", "atividade",
             "gebeurtenis", "activiteit"),
            ("eventtype", "touchpointtype", "activitytype", "interactiontype", "contacttype", "action", "kontaktart",
             "vorgang", "aktion", "accion", "acao", "actie", "task"),
            ("page", "pagename", "pagetitle", "screen", "screenname", "pagepath", "pageurl", "url"))),
        Column("channel", "text", required=False, label=True, aliases=(
            ("channel", "contactchannel", "touchpointchannel", "saleschannel", "channelgroup", "channelgrouping",
             "defaultchannelgroup", "sessiondefaultchannelgroup", "kanal", "kontaktkanal", "vertriebskanal", "canal",
             "canalcontacto", "canalcontact", "kanaal"),
            ("medium", "utmmedium", "sessionmedium"), ("source", "utmsource", "sessionsource"))),
        Column("session_id", "id", required=False, aliases=(
            ("sessionid", "session", "sessionkey", "gasessionid", "visitid", "sitzung", "sitzungsid", "idsession",
             "idsesion", "sesion", "idsessao", "sessao", "sessieid", "sessie"),)),
        Column("emotion", "number", required=False, minimum=-2, maximum=2, scale="emotion_scale", unusable="value",
               aliases=(("emotion", "emotionscore", "mood", "feeling", "stimmung", "gefuhl", "gefuehl", "humeur",
                         "emocion", "animo", "emocao", "humor", "emotie", "stemming"),)),
        Column("effort", "number", required=False, minimum=1, maximum=7, scale="effort_scale", unusable="value",
               aliases=(("effort", "effortscore", "customereffort", "customereffortscore", "ces", "cesscore",
                         "aufwand", "esfuerzo", "esforco", "inspanning"),)),
        # A column called "duration" alone does not say in what, so only names that say seconds are taken.
        Column("duration_s", "number", required=False, minimum=0, unusable="value", aliases=(SECONDS,)),
        Column("cost", "money", required=False, minimum=0, unusable="value", aliases=(
            ("cost", "contactcost", "costofcontact", "costpercontact", "handlingcost", "servicecost", "kosten",
             "kontaktkosten", "cout", "coste", "costo", "custo"), ("costs",))),
        Column("handled_by", "text", required=False, aliases=(STAFF,)),
        Column("lifecycle", "text", required=False, aliases=(
            ("lifecycle", "lifecycletransition", "lifecycleid", "eventlifecycle", "lifecyclestate"),)),
    ),
    sequenced=("customer_id", "timestamp", "sequence"),
    telling=("touchpoint", "touchpointname", "kontaktpunkt", "eventname", "eventtype", "conceptname",
             "caseconceptname", "lifecycletransition"),
)  # fmt: skip

SPEND = Table(
    "spend",
    "money out",
    (
        Column("period", "period", aliases=(
            ("period", "month", "week", "monat", "mois", "mes", "maand", "zeitraum", "periode"),
            ("date", "datum", "fecha", "data", "day", "quarter", "year", "jahr"))),
        Column("channel", "text", aliases=(
            *_CHANNEL, ("campaign", "platform", "network", "kampagne", "campagne", "campana", "campanha"))),
        Column("spend", "money", minimum=0, aliases=(
            ("spend", "cost", "costs", "adspend", "marketingspend", "mediaspend", "budget", "kosten", "ausgaben",
             "werbekosten", "cout", "depense", "depenses", "gasto", "coste", "custo", "gastos", "uitgaven"),
            ("amount", "betrag", "montant", "importe", "valor", "bedrag"))),
        Column("new_customers", "count", required=False, minimum=0, aliases=(
            ("newcustomers", "acquisitions", "acquired", "signups", "conversions", "neukunden", "nouveauxclients",
             "nuevosclientes", "novosclientes", "nieuweklanten"),)),
    ),
    repeats="quarantine",
)  # fmt: skip

SUMMARIES = Table(
    "summaries",
    "a customer, already summarised",
    (
        CUSTOMER,
        Column("frequency", "count", minimum=0, aliases=(
            ("frequency", "x", "repeatpurchases", "repeats", "numrepeats", "px"),)),
        Column("recency", "number", minimum=0, aliases=(("recency", "tx"),)),
        Column("T", "number", minimum=0, aliases=(("t", "tcal", "age", "tenure", "observed", "ncal"),)),
        Column("monetary_value", "money", required=False, minimum=0, aliases=(
            ("monetaryvalue", "monetary", "meanspend", "averagespend", "avgspend", "zbar", "aov"),)),
    ),
    unique=("customer_id",),
    order=(("recency", "T"),),
)  # fmt: skip

#: the tables of the contract by name; when a file fits several, the one with more of its columns there wins,
#: and of equals the first
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (TRANSACTIONS, SUBSCRIPTIONS, SPEND, SUMMARIES, CUSTOMERS, TOUCHPOINTS, RECORDS, SURVEYS, FEEDBACK,
                  CHOICES, TRIALS, INITIATIVES)
}  # fmt: skip
