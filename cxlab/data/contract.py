"""The contract: the tables every study reads, as declarations. A new table is one more entry in `TABLES`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["id", "text", "money", "number", "count", "time", "period"]

#: what a reader is told that a column of each kind holds
KINDS: Mapping[str, str] = {
    "id": "a name or number that tells one from another, kept as text",
    "text": "text",
    "money": "money, in one currency",
    "number": "a number",
    "count": "a whole number",
    "time": "a date, or a date with time of day",
    "period": "a date, a month (2024-03) or a year: the first day of the period",
}


@dataclass(frozen=True)
class Column:
    """One column of a contract table.

    Parameters
    ----------
    name : its name in the contract
    kind : how its text is read, one of `KINDS`
    required : whether a row without it is quarantined
    aliases : common spellings in files, in tiers: a spelling of an earlier tier wins over a later one, two columns
        of the same tier are ambiguous. Written as `names.normalised` gives them.
    minimum, maximum : smallest and largest value that is believed (numbers)
    scale : where answers were given on another scale than minimum to maximum, the rule that says which, "" when none
    refundable : a negative value is a refund or cancellation, and the rule `refunds` decides about its row
    past : a value after the last believed day (rule `latest`, by default today) is quarantined (times)
    unusable : what a value that cannot be used costs: its "row", which is quarantined, or the "value" alone, which is
        left empty and noted (a contact happened, whether or not its emotion was typed in well)
    known : values that have one spelling; others that differ in case, spaces and hyphens only are read as these (text)
    label : whether its values name a few things; names that differ in case, spaces and hyphens only are noted (text)
    """

    name: str
    kind: Kind
    required: bool = True
    aliases: Sequence[Sequence[str]] = ()
    minimum: float | None = None
    maximum: float | None = None
    scale: str = ""
    refundable: bool = False
    past: bool = False
    unusable: Literal["row", "value"] = "row"
    known: Sequence[str] = ()
    label: bool = False


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    Parameters
    ----------
    name, row : its name, and what a row is
    columns : its columns; every other column of a file is kept under its own name
    unique : columns whose values may appear together only once; a later row that repeats them is quarantined
    repeats : what happens to a row that repeats an earlier one in every column, unless the rule `duplicates` decides:
        "keep" (identical purchase lines are two purchases) or "quarantine"
    product : (column, factor, factor): the column is this product where a file has only the factors
    order : pairs (smaller, larger): a row whose first value exceeds the second is quarantined
    cancelled : a column in which "C" before a number marks a cancelled line, decided by the rule `refunds`
    sequenced : (who, when, order): rows alike in the first two stand in the order of the third, which is the number of
        the row in its file where the source has no such column
    telling : headers, normalised, that hardly stand in files of another table: any of them counts as one column more
        when the table of a file is guessed
    needed : optional columns that a file must have, too, to be guessed as this table; one that is named or declared as
        this table may lack them
    """

    name: str
    row: str
    columns: Sequence[Column]
    unique: Sequence[str] = ()
    repeats: Literal["keep", "quarantine"] = "keep"
    product: tuple[str, str, str] | None = None
    order: Sequence[tuple[str, str]] = field(default=())
    cancelled: str = ""
    sequenced: tuple[str, str, str] | None = None
    telling: Sequence[str] = ()
    needed: Sequence[str] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> list[str]:
        """Names of the columns without which a row cannot be used.

        >>> TABLES["transactions"].required
        ['customer_id', 'timestamp', 'amount']
        """
        return [column.name for column in self.columns if column.required]


_CUSTOMER = Column(
    "customer_id",
    "id",
    aliases=(
        ("customerid", "customer", "customerno", "customernumber", "customernr", "custid", "custno", "custnr",
         "clientid", "client", "userid", "buyerid", "memberid", "accountid", "contactid", "guestid", "patientid",
         "donorid",
         "subscriberid", "cid", "kundennummer", "kundennr", "kundenid", "kundeid", "kunde", "kdnr", "idclient",
         "numeroclient", "nclient", "noclient", "codeclient", "codigocliente", "idcliente", "cliente", "numerocliente",
         "clienteid", "codcliente", "ncliente", "klantnummer", "klantnr", "klantid", "klant"),
        ("user", "buyer", "member", "account", "contact", "shopper", "patient", "donor", "subscriber", "customerkey"),
        ("customeremail", "email", "emailaddress", "mail", "customername"),
    ),
)  # fmt: skip

_CHANNEL = (("channel", "saleschannel", "source", "medium", "kanal", "vertriebskanal", "canal", "kanaal"),)

CUSTOMERS = Table(
    "customers",
    "a customer",
    (
        _CUSTOMER,
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
        replace(_CUSTOMER, required=False, aliases=_CUSTOMER.aliases[:1]),
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
        _CUSTOMER,
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
        _CUSTOMER,
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

_PERSON, _ROLE, _ADDRESS = _CUSTOMER.aliases

TOUCHPOINTS = Table(
    "touchpoints",
    "one contact",
    (
        replace(_CUSTOMER, aliases=(
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
        Column("duration_s", "number", required=False, minimum=0, unusable="value", aliases=(
            ("durations", "durationsec", "durationsecs", "durationseconds", "durationinseconds", "dursec", "seconds",
             "secondsspent", "timespentseconds", "handlingseconds", "dauers", "dauersekunden", "dauerinsekunden",
             "sekunden", "dureesecondes", "dureeensecondes", "duracionsegundos", "duracaosegundos",
             "duurseconden"),)),
        Column("cost", "money", required=False, minimum=0, unusable="value", aliases=(
            ("cost", "contactcost", "costofcontact", "costpercontact", "handlingcost", "servicecost", "kosten",
             "kontaktkosten", "cout", "coste", "costo", "custo"), ("costs",))),
        Column("handled_by", "text", required=False, aliases=(
            ("handledby", "servedby", "assignedto", "agent", "agentname", "agentid", "employee", "staff", "staffmember",
             "orgresource", "resource", "mitarbeiter", "bearbeiter", "sachbearbeiter", "conseiller", "agente",
             "empleado", "atendente", "medewerker"),)),
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
        _CUSTOMER,
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
    table.name: table for table in (TRANSACTIONS, SUBSCRIPTIONS, SPEND, SUMMARIES, CUSTOMERS, TOUCHPOINTS, RECORDS)
}
