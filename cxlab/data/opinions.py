"""The tables of what customers say: answers of surveys, and texts."""

from __future__ import annotations

from dataclasses import replace

from cxlab.data.declarations import CUSTOMER, SECONDS, STAFF, Column, Table

_CONTACT = (
    "touchpoint", "touchpointname", "contactpoint", "kontaktpunkt", "pointcontact", "pointdecontact", "puntocontacto",
    "puntodecontacto", "pontocontato", "pontodecontato", "contactpunt", "contactmoment",
)  # fmt: skip

SURVEYS = Table(
    "surveys",
    "an answer",
    (
        Column("response_id", "id", aliases=(
            ("responseid", "responsenumber", "responseno", "respondentid", "respondent", "submissionid", "submission",
             "answerid", "interviewid", "surveyresponseid", "antwortid", "antwortnummer", "rucklaufid", "teilnehmerid",
             "idreponse", "numeroreponse", "idrepondant", "repondant", "idrespuesta", "numerorespuesta",
             "idencuestado", "idresposta", "antwoordid", "respondentnummer"),
            ("response", "token", "interview"))),
        Column("question", "text", aliases=(
            ("question", "questiontext", "questionname", "questionid", "questionkey", "frage", "fragetext", "pregunta",
             "pergunta", "vraag"), ("item", "itemname", "metric", "kpi", "merkmal", "critere", "criterio"))),
        Column("score", "number", required=False, unusable="value", aliases=(
            ("score", "rating", "answervalue", "answerscore", "responsevalue", "numericanswer", "bewertung", "punkte",
             "note", "puntuacion", "calificacion", "pontuacao", "nota", "cijfer"),
            ("value", "wert", "valeur", "valor", "waarde"))),
        Column("scale_min", "number", required=False, unusable="value", aliases=(
            ("scalemin", "scaleminimum", "minimum", "min", "lowest", "skalamin", "echellemin", "escalamin"),)),
        Column("scale_max", "number", required=False, unusable="value", aliases=(
            ("scalemax", "scalemaximum", "maximum", "max", "highest", "skalamax", "echellemax", "escalamax"),)),
        replace(CUSTOMER, required=False),
        Column("timestamp", "time", required=False, past=True, unusable="value", aliases=(
            ("timestamp", "datetime", "recordeddate", "submitdate", "submitteddate", "submittedat", "submitted",
             "datesubmitted", "submissiondate", "completedat", "completiondate", "responsedate", "answeredat",
             "surveydate", "datemodified", "zeitstempel", "antwortdatum", "befragungsdatum", "horodateur",
             "datereponse", "fecharespuesta", "marcatemporal", "dataresposta", "tijdstempel"),
            ("enddate", "endtime", "finishedat", "date", "datum", "fecha", "data", "day"),
            ("createdat", "created", "datecreated", "startdate", "starttime", "startedat", "time"))),
        Column("touchpoint", "text", required=False, label=True, aliases=(_CONTACT,)),
        Column("brand", "text", required=False, label=True, aliases=(
            ("brand", "brandname", "company", "competitor", "provider", "marke", "anbieter", "marque", "marca",
             "merk"),)),
        Column("importance", "number", required=False, unusable="value", aliases=(
            ("importance", "importancescore", "statedimportance", "wichtigkeit", "importancia", "belang"),)),
        Column("segment", "text", required=False, label=True, aliases=(
            ("segment", "customersegment", "kundensegment", "segmento"),)),
        Column("wave", "text", required=False, label=True, aliases=(
            ("wave", "surveywave", "welle", "erhebungswelle", "vague", "ola", "onda", "meting"),)),
        Column("handled_by", "text", required=False, aliases=(STAFF,)),
        Column("duration_s", "number", required=False, minimum=0, unusable="value", aliases=(
            (*SECONDS, "surveydurationseconds", "interviewtime", "totaltime"),)),
        Column("answer", "text", required=False, aliases=(
            ("answer", "answertext", "response", "responsetext", "antwort", "reponse", "respuesta", "resposta",
             "antwoord"),)),
        Column("flag", "text", required=False, aliases=(("flag", "flags"),)),
    ),
    telling=("question", "questiontext", "questionid", "frage", "pregunta", "pergunta", "vraag"),
)  # fmt: skip

FEEDBACK = Table(
    "feedback",
    "a text",
    (
        Column("feedback_id", "id", aliases=(
            ("feedbackid", "reviewid", "commentid", "ticketid", "messageid", "snippetid", "bewertungsid", "idavis",
             "idopinion", "idcomentario"), ("responseid", "respondentid", "submissionid"))),
        Column("text", "text", aliases=(
            ("text", "feedback", "feedbacktext", "review", "reviewtext", "reviewbody", "reviewcontent", "comment",
             "comments", "commenttext", "verbatim", "freetext", "freitext", "kommentar", "rezension",
             "bewertungstext", "commentaire", "avis", "comentario", "comentarios", "opinion", "resena", "avaliacao",
             "opmerking", "recensie"), ("message", "body", "content"))),
        replace(CUSTOMER, required=False),
        Column("timestamp", "time", required=False, past=True, unusable="value", aliases=(
            ("timestamp", "datetime", "reviewdate", "reviewtime", "feedbackdate", "commentdate", "submittedat",
             "submitdate", "recordeddate", "postedat", "publishedat", "zeitstempel", "horodateur", "dateavis",
             "marcatemporal"),
            ("date", "datum", "fecha", "data", "day", "createdat", "created"), ("time",))),
        Column("rating", "number", required=False, unusable="value", aliases=(
            ("rating", "stars", "starrating", "reviewrating", "score", "sterne", "sternebewertung", "note", "etoiles",
             "estrellas", "calificacion", "estrelas", "sterren"),)),
        Column("source", "text", required=False, label=True, aliases=(
            ("source", "platform", "reviewsource", "site", "quelle", "plattform", "plateforme", "fuente", "plataforma",
             "bron"), ("channel", "kanal", "canal", "kanaal"))),
        Column("touchpoint", "text", required=False, label=True, aliases=(_CONTACT,)),
    ),
    numbered="feedback_id",
)  # fmt: skip
