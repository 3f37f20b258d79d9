"""The tables of what is decided: choices between products, trials of a change, and initiatives that cost money."""

from __future__ import annotations

from cxlab.data.declarations import CUSTOMER, Column, Table

#: names of the column of a person who answers or takes part
_TAKES_PART = (
    "respondentid", "respondent", "respondentno", "respondentnumber", "respid", "resp", "respnum", "sysrespnum",
    "participantid", "participant",
    "participantno", "subjectid", "panelistid", "teilnehmerid", "teilnehmer", "teilnehmernummer", "befragtenid",
    "befragter", "probandid", "proband", "idrepondant", "repondant", "idparticipant", "idencuestado", "encuestado",
    "idparticipante", "participante", "inquirido", "idinquirido", "respondentnummer", "deelnemer", "deelnemerid",
)  # fmt: skip
#: names of the column of a place
_PLACE = (
    "site", "siteid", "sitename", "store", "storeid", "storename", "branch", "branchid", "shop", "shopid", "location",
    "locationid", "outlet", "desk", "standort", "filiale", "laden", "etablissement", "magasin", "succursale",
    "sucursal", "tienda", "local", "loja", "filial", "vestiging", "winkel", "filiaal",
)  # fmt: skip

#: a row an alternative of a choice task: what a respondent was offered, and whether it was taken. Every further column
#: is an attribute of the alternative, a number or the name of a level, and stays as it stands; "None" is a level.
CHOICES = Table(
    "choices",
    "an alternative of a choice task",
    (
        # who chose: a person, a household, a panel member
        Column("respondent_id", "id", aliases=(
            _TAKES_PART, (*CUSTOMER.aliases[0], "householdid", "household", "hhid", "personid", "haushalt", "foyer",
                          "hogar", "domicilio", "huishouden"),
            ("responseid", "person", "subject", "individual", "id"))),
        # which of the respondent's choices: the number of the question, the shopping trip
        Column("task", "id", aliases=(
            ("task", "taskid", "taskno", "tasknumber", "choicetask", "choiceset", "choicesetid", "choicesituation",
             "choiceid", "chid", "setid", "setno", "occasion", "occasionid", "purchaseoccasion", "aufgabe",
             "auswahlaufgabe", "wahlaufgabe", "entscheidungsaufgabe", "tache", "ensembledechoix", "tarea",
             "conjuntodeeleccion", "tarefa", "conjuntodeescolha", "taak", "keuzetaak", "keuzeset"),
            ("set", "scenario", "scenarioid", "szenario", "situation", "questionno", "screen", "round", "trip"))),
        # the name of what was offered: a brand, or the number of a concept on the card; also "none"
        Column("alternative", "text", label=True, aliases=(
            ("alternative", "alternativeid", "alt", "altid", "altno", "concept", "conceptid", "conceptno", "option",
             "optionid", "profile", "profileid", "konzept", "profil", "alternativa", "opcion", "concepto", "perfil",
             "opcao", "conceito", "alternatief", "optie"),
            ("product", "productname", "brand", "produkt", "produit", "producto", "produto", "marke", "marque", "marca",
             "merk"))),
        # whether it was taken: 1 or 0
        Column("chosen", "flag", aliases=(
            ("chosen", "ischosen", "selected", "isselected", "picked", "gewahlt", "gewaehlt", "ausgewahlt",
             "ausgewaehlt", "choisi", "selectionne", "elegido", "elegida", "seleccionado", "escolhido", "escolhida",
             "selecionado", "gekozen"),
            ("choice", "selection", "decision", "wahl", "auswahl", "choix", "eleccion", "escolha", "keuze", "depvar"),
            ("response",))),
        # whether it could be taken; without the column everything could
        Column("available", "flag", required=False, aliases=(
            ("available", "isavailable", "availability", "avail", "av", "verfugbar", "verfuegbar", "disponible",
             "disponivel", "beschikbaar"),)),
        # when
        Column("timestamp", "time", required=False, past=True, unusable="value", aliases=(
            ("timestamp", "datetime", "recordeddate", "submitteddate", "submittedat", "completedat", "purchasedate",
             "zeitstempel", "antwortdatum", "horodateur", "datereponse", "marcatemporal", "tijdstempel"),
            ("date", "datum", "fecha", "data", "enddate"))),
    ),
    unique=("respondent_id", "task", "alternative"),
    one_of=(("respondent_id", "task"), "chosen"),
    late=True,
    worded=True,
    telling=("task", "choicetask", "choiceset", "concept", "alternative", "chosen", "ischosen"),
)  # fmt: skip

#: a row an observation of a unit. An A/B test has a row a unit; a panel, for difference in differences, synthetic
#: control and interrupted series, has a row a unit and period. Every further number may be an outcome, too.
TRIALS = Table(
    "trials",
    "an observation of a unit",
    (
        # what was treated or not: a customer, a desk, a shop, a state
        Column("unit_id", "id", aliases=(
            ("unitid", "unit", "unitname", "panelunit", "einheit", "unite", "unidad", "unidade", "eenheid"),
            (*CUSTOMER.aliases[0], *_TAKES_PART),
            *CUSTOMER.aliases[1:],
            (*_PLACE, "state", "region", "clusterid", "cluster"))),
        # what was done to it: "control", "treated", the name of a variant; "None" is a name
        Column("arm", "text", label=True, aliases=(
            ("arm", "treatmentarm", "testarm", "trialarm", "variant", "variantname", "variation", "testvariant",
             "testgroup", "treatmentgroup", "experimentgroup", "experimentalgroup", "abgroup", "condition",
             "testgruppe", "versuchsgruppe", "experimentalgruppe", "bedingung", "variante", "bras", "groupetest",
             "brazo", "grupodeprueba", "braco", "grupodeteste", "testgroep"),
            ("group", "treatment", "bucket", "gruppe", "behandlung", "groupe", "traitement", "grupo", "tratamiento",
             "tratamento", "groep", "behandeling"))),
        # what was measured; yes and no are 1 and 0
        Column("outcome", "number", yes_no=True, aliases=(
            ("outcome", "outcomevalue", "result", "ergebnis", "zielgrosse", "zielgroesse", "zielwert", "resultat",
             "resultado", "uitkomst", "resultaat"),
            ("y", "metricvalue", "kpivalue", "converted", "conversion"))),
        # when it was measured: a day, a week (2024-W05), a month (2024-02), a year, or a time
        Column("timestamp", "period", required=False, past=True, aliases=(
            ("timestamp", "datetime", "observedat", "observationdate", "period", "date", "datum", "fecha", "data",
             "zeitstempel", "zeitraum", "periode", "periodo", "horodatage", "marcatemporal", "tijdstip"),
            ("day", "week", "month", "quarter", "year", "tag", "woche", "monat", "jahr", "jour", "semaine", "mois",
             "annee", "dia", "semana", "mes", "ano", "dag", "maand", "jaar"))),
        # where, when several units share a place and may be alike
        Column("site", "text", required=False, label=True, aliases=((*_PLACE, "cluster", "clusterid"),)),
        # the same measure of the same unit before the trial
        Column("before", "number", required=False, unusable="value", yes_no=True, aliases=(
            ("before", "outcomebefore", "pre", "preperiod", "prevalue", "pretreatment", "pretest", "baseline",
             "baselinevalue", "vorher", "vorperiode", "vorwert", "ausgangswert", "avant", "valeurinitiale", "antes",
             "valorinicial", "lineabase", "linhadebase", "vooraf", "nulmeting"),)),
        # when treatment of the unit began; empty or "never": never
        Column("treated_from", "period", required=False, nothing=(
            "never", "nie", "jamais", "nunca", "jamas", "nooit"), aliases=(
            ("treatedfrom", "treatedsince", "treatmentstart", "treatmentstartdate", "treatmentdate",
             "interventionstart", "interventiondate", "introducedon", "golive", "golivedate", "rolloutdate",
             "behandeltab", "behandlungsbeginn", "eingefuhrtam", "eingefuehrtam", "traitedepuis", "debuttraitement",
             "tratadodesde", "iniciotratamiento", "iniciotratamento", "behandeldvanaf", "ingevoerdop"),)),
        # the name of the trial, where a file holds several
        Column("trial", "text", required=False, label=True, aliases=(
            ("trial", "trialname", "trialid", "experiment", "experimentname", "experimentid", "testname", "testid",
             "versuch", "essai", "ensayo", "experimento", "ensaio", "proef"),)),
    ),
    late=True,
    worded=True,
    telling=("unitid", "arm", "treatmentarm", "testarm", "trialarm", "treatedfrom"),
)  # fmt: skip

#: how far a technology or measure goes, in order
LEVELS = ("foundational", "intermediate", "advanced")
#: where the belief in an effect comes from
EVIDENCE = ("trial", "driver", "choice", "cltv", "guess")


_ENDS = {
    "low": ("low", "min", "minimum", "lowest", "niedrig", "bas", "bajo", "minimo", "baixo", "laag"),
    "likely": ("likely", "mode", "mostlikely", "expected", "typical", "wahrscheinlich", "erwartet", "probable",
               "provavel", "waarschijnlijk", "verwacht"),
    "high": ("high", "max", "maximum", "highest", "hoch", "haut", "alto", "maximo", "hoog"),
}  # fmt: skip


def _points(stem: str, words: tuple[str, ...], *, minimum: float | None = None) -> tuple[Column, ...]:
    """Three columns of money, low, likely and high, of one quantity that goes by several words."""
    return tuple(
        Column(f"{stem}_{end}", "money", minimum=minimum,
               aliases=(tuple(dict.fromkeys(f for w in words for s in said for f in (w + s, s + w))),))
        for end, said in _ENDS.items()
    )  # fmt: skip


#: a row something that could be done: what it costs once, what it brings a year, and what stands in its way
INITIATIVES = Table(
    "initiatives",
    "an investment option",
    (
        # how it is called; `requires` and `excludes` name others by this
        Column("name", "text", aliases=(
            ("name", "initiative", "initiativename", "measure", "project", "projectname", "optionname", "massnahme",
             "projekt", "vorhaben", "mesure", "projet", "iniciativa", "medida", "proyecto", "projeto", "initiatief",
             "maatregel"), ("option", "title", "titel", "titre", "titulo", "bezeichnung", "nombre", "nome", "naam"))),
        # money once, when it is begun
        *_points("cost", ("cost", "investment", "capex", "kosten", "investition", "cout", "coste", "costo", "custo",
                          "investering"), minimum=0),
        # margin a year when fully in effect; below zero where it may harm
        *_points("effect", ("effect", "benefit", "impact", "annualeffect", "annualbenefit", "wirkung", "nutzen",
                            "effet", "benefice", "efecto", "beneficio", "efeito", "effekt", "opbrengst")),
        # months from its beginning until it is fully in effect
        Column("months", "number", minimum=0, aliases=(
            ("months", "monthstoeffect", "durationmonths", "monthsuntileffect", "monate", "dauermonate", "mois",
             "meses", "maanden"), ("month", "lead", "leadtime"))),
        # names of what must be in place before, joined by ";"
        Column("requires", "text", required=False, aliases=(
            ("requires", "prerequisites", "prerequisite", "dependson", "dependencies", "needs", "voraussetzung",
             "voraussetzungen", "braucht", "benotigt", "prerequis", "requiere", "requisitos", "requer", "vereist",
             "vereisten"),)),
        # money a year to keep it going, from when it is in effect
        Column("running", "money", required=False, aliases=(
            ("running", "runningcost", "runningcosts", "annualcost", "yearlycost", "opex", "laufendekosten",
             "jahrlichekosten", "jaehrlichekosten", "coutannuel", "costeanual", "costoanual", "custoanual",
             "jaarlijksekosten"),)),
        # person-months of one's own people until it is in effect
        Column("people", "number", required=False, minimum=0, aliases=(
            ("people", "personmonths", "staffmonths", "effortmonths", "capacity", "personenmonate", "personalmonate",
             "moishomme", "mesespersona", "mesespessoa", "persoonsmaanden", "mensmaanden"),)),
        # foundational, intermediate or advanced
        Column("level", "text", required=False, known=LEVELS, label=True, aliases=(
            ("level", "maturity", "stufe", "reifegrad", "niveau", "nivel"),)),
        # years it keeps its effect
        Column("life_years", "number", required=False, minimum=0, aliases=(
            ("lifeyears", "life", "lifetime", "usefullife", "nutzungsdauer", "lebensdauer", "dureedevie", "vidautil",
             "levensduur"),)),
        # where the belief in its effect comes from: trial, driver, choice, cltv or guess
        Column("evidence", "text", required=False, known=EVIDENCE, label=True, aliases=(
            ("evidence", "evidencelevel", "evidenz", "beleg", "preuve", "evidencia", "bewijs"),)),
        # who answers for it: a role
        Column("owner", "text", required=False, aliases=(
            ("owner", "responsible", "verantwortlich", "responsable", "responsavel", "verantwoordelijk",
             "eigenaar"),)),
        # by what it is followed
        Column("kpi", "text", required=False, aliases=(("kpi", "indicator", "kennzahl", "indicateur", "indicador"),)),
        # the limit of that figure at which somebody must look
        Column("alarm", "text", required=False, aliases=(
            ("alarm", "alarmlimit", "alert", "threshold", "schwelle", "seuil", "umbral", "limiar", "drempel"),)),
        # when it is ended
        Column("stop", "text", required=False, aliases=(
            ("stop", "stoprule", "stoppingrule", "exit", "abbruch", "abbruchregel", "arret", "regladeparada",
             "regradeparada", "stopregel"),)),
        # names of those that cannot be done beside it, joined by ";"
        Column("excludes", "text", required=False, aliases=(
            ("excludes", "excludedby", "alternativeto", "insteadof", "conflicts", "schliesstaus", "exclut", "excluye",
             "exclui", "sluituit"),)),
    ),
    unique=("name",),
    order=(("cost_low", "cost_likely"), ("cost_likely", "cost_high"), ("effect_low", "effect_likely"),
           ("effect_likely", "effect_high")),
    late=True,
    telling=("costlow", "costlikely", "costhigh", "effectlow", "effectlikely", "effecthigh"),
)  # fmt: skip
