"""Columns of a wide export: which are questions, which are texts, which say who answered and when."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from cxlab.data.contract import TABLES
from cxlab.data.masking import masked
from cxlab.data.names import candidates, normalised
from cxlab.data.surveys.declared import Question, Survey
from cxlab.data.surveys.layout import NOT_FINISHED, PERSONAL, Item, Layout, few, notes, tie_importance
from cxlab.data.surveys.scales import Scale, declared_scale, guessed_scale, parse
from cxlab.errors import DataError, unknown

#: columns of `surveys` that say something of the whole response
ABOUT = (
    "response_id",
    "customer_id",
    "timestamp",
    "touchpoint",
    "brand",
    "segment",
    "wave",
    "handled_by",
    "duration_s",
)
#: what survey tools add of themselves, normalised: left out of the table
_OF_THE_TOOL = re.compile(
    r"^(?:collectorid|startdate|starttime|enddate|endtime|datecreated|datemodified|progress|finished|status|"
    r"responsetype|distributionchannel|userlanguage|language|externalreference|externaldatareference|lastpage|seed|"
    r"startlanguage|referrer|useragent|browser|operatingsystem|resolution|customdata\d*|recipient\w*|npsgroup|"
    r"\w*npsgroup|\w*(?:firstclick|lastclick|pagesubmit|clickcount))$"
)
_FINISHED = re.compile(r"^(?:finished|completed?|iscompleted?|beendet|abgeschlossen|termine|finalizado)$")
_PROGRESS = re.compile(r"^(?:progress|fortschritt|progression|progreso)$")
_TO_THE_END = "100"
_STATUS = re.compile(r"^(?:status|responsetype|responsestatus|distributionchannel|mode)$")
#: numbers that are no answers
_NO_QUESTION = re.compile(
    r"\b(?:age|alter|edad|visits?|besuche?|number of|how many|how often|anzahl|wie oft|wie viele|nombre de|combien|"
    r"numero de|cuantos|cuantas|children|kids|kinder|enfants|hijos|household|haushalt|year|jahr|annee|ano|month|monat|"
    r"week|woche|day|zip|plz|postcode|postal|id|version|page|progress|finished|hours?|minutes?|group)\b"
)
_RATES = re.compile(
    r"satisf|zufrieden|recommend|empfehl|recommand|recomend|likely|rate\b|\bnps\b|\bcsat\b|\bces\b|stars"
)
_SECONDS = re.compile(r"(?:duration|time|dauer|duree|durée|duracion|duración).*(?:sec|sek|seg)", re.I)
_SPLIT = re.compile(r"\s+[–—-]\s+|\s*[:|]\s+|\s*[:|](?=\S)|\s*\[")
_OPEN = re.compile(
    r"comment|komment|feedback|remark|bemerk|anmerk|suggest|vorschl|improve|better|besser|\bwhy\b|warum|wieso|"
    r"pourquoi|por que|remarque|comentario|sugerencia|open.?ended|freitext|anything else|\bwishes|wünsche",
    re.I,
)
_LONGEST_ANSWER, _MOST_STEPS = 60, 12


def layout(
    answers: Mapping[str, Mapping[str, int]],
    labels: Mapping[str, str],
    survey: Survey,
    declared: Mapping[str, str],
    *,
    many: Mapping[str, int],
    label: str,
) -> Layout:
    """What each column is.

    Parameters
    ----------
    answers : {column: {answer: how often}}, of the most frequent answers
    labels : {column: text of the question}
    declared : {column of `surveys`: column of the file}
    many : {column: how many different answers}
    label : how messages name the file

    Raises
    ------
    DataError : a declared column is not there, or its answers are on no scale.
    """
    headers = list(answers)
    unused = survey.unused([*headers, *labels.values()])
    if unused:
        raise unknown(f"column of {label}", unused[0], headers, error=DataError)
    found = Layout()
    found.about = _about(headers, declared, survey, answers)
    taken = set(found.about.values())
    found.status = next((h for h in headers if _STATUS.match(normalised(h)) and _has_tests(answers[h])), "")
    free = [h for h in headers if h not in taken and survey.question(h, labels[h]) is None]
    found.finished = next((h for h in free if _FINISHED.match(normalised(h)) and _says_no(answers[h])), "")
    found.progress = next((h for h in free if _PROGRESS.match(normalised(h)) and _TO_THE_END in answers[h]), "")
    rest = []
    for h in headers:
        name = normalised(h)
        asked = survey.question(h, labels[h]) is not None
        if h in taken:
            continue
        if h in survey.ignore or (not asked and (_OF_THE_TOOL.match(name) or PERSONAL.match(name))):
            found.left_out.append(h)
        elif h in survey.texts:
            found.texts.append(h)
        elif h in survey.keep:
            found.own.append(h)
        else:
            rest.append(h)
    parsed = {h: parse(answers[h]) for h in rest}
    groups = _alike(rest, labels)
    for h in rest:
        scale = _scale(h, labels[h], answers[h], parsed, groups[h], survey, many[h], label)
        said = survey.question(h, labels[h])
        if scale:
            found.items.append(_item(h, labels[h], scale, said or Question(), survey))
        elif _is_text(answers[h], many[h]):
            found.texts.append(h)
        elif answers[h]:
            found.own.append(h)
        else:
            found.left_out.append(h)
    tie_importance(found)
    found.notes += notes(found, many)
    perhaps = [h for h in found.own if h not in survey.keep and _may_be_text(f"{h} {labels[h]}", answers[h])]
    if perhaps:
        found.notes.append(
            f"{few(perhaps)}: kept under its own name and not read as feedback "
            f"(--option 'survey={{texts: [{json.dumps(perhaps[0], ensure_ascii=False)}]}}' makes it feedback)"
        )
    return found


def _about(headers, declared: Mapping[str, str], survey: Survey, answers) -> dict[str, str]:
    surveys, about, taken = TABLES["surveys"], {}, set()
    for name, header in declared.items():
        if name not in ABOUT:
            raise DataError(
                f"{name} cannot be one column of an export with a column a question.",
                expected="one of: " + ", ".join(ABOUT),
                mend="survey: {questions: {COLUMN: {question: …, scale: 1..5}}}",
            )
        if header and header not in headers:
            raise unknown("column", header, headers, error=DataError)
        about[name] = header
        taken.add(header)
    for name in ABOUT:
        if name in about:
            continue
        free = [h for h in headers if h not in taken and survey.question(h) is None]
        found = candidates(surveys[name], free)
        if name == "duration_s" and not found:
            found = [h for h in free if _SECONDS.search(h)][:1]
        if len(found) == 1 or (found and name == "timestamp"):
            about[name] = found[-1]
            taken.add(found[-1])
    return {name: header for name, header in about.items() if header}


def _says_no(texts: Mapping[str, int]) -> bool:
    """Whether the answers are yes and no, and one is no."""
    said = {t.strip().lower() for t in texts}
    return bool(said & set(NOT_FINISHED)) and len(said) <= 2


def _has_tests(texts: Mapping[str, int]) -> bool:
    return any(is_test(t) for t in texts)


def is_test(text: str) -> bool:
    """Whether a status says that the makers of the survey answered themselves.

    >>> is_test("Survey Preview"), is_test("preview"), is_test("IP Address"), is_test("Test")
    (True, True, False, True)
    """
    return bool(re.match(r"\s*(?:survey )?(?:preview|test|vorschau|apercu|aperçu|prueba|spam)\b", text, re.I))


def _alike(headers, labels) -> dict[str, list[str]]:
    """The columns whose names have one stem: "Q5_1" and "Q5_2", "Taste – cake" and "Taste – tea"."""
    stems: dict[str, list[str]] = {}
    for h in headers:
        stem = re.sub(r"[\W_]*\d+$", "", h) if re.search(r"\w[\W_]+\d+$", h) else _SPLIT.split(labels[h])[0]
        stems.setdefault(stem, []).append(h)
    return {h: [o for o in group if o != h] for group in stems.values() for h in group}


def _scale(h, text, texts, parsed, beside, survey: Survey, many: int, label: str) -> Scale | None:
    said = survey.question(h, text)
    ends, words = (said.scale, said.answers) if said else (survey.scale, survey.answers)
    if said and (found := declared_scale(parsed[h], ends=ends, answers=words)):
        lost = sum(texts[t] for t in found.unread)
        if lost > 0.5 * sum(texts[t] for t in texts if t not in parsed[h].none):
            raise _no_scale(h, found.unread, f"the declared scale {found.low:g} to {found.high:g}", label)
        return found
    others = [t for p in parsed.values() if len(p.words) <= _MOST_STEPS for t in p.words]
    numeric = len(parsed[h].numbers) >= 0.5 * len(texts)
    if not said and (not texts or (many > 120 and not numeric) or _of_words(texts)):
        return None
    spoken = _spoken(f"{h} {text}")
    if not said and numeric and _NO_QUESTION.search(spoken) and not _RATES.search(spoken):
        return None
    found = guessed_scale(said.question if said and said.question else f"{h} {text}", texts, parsed[h],
                          beside=[parsed[b] for b in beside], others=others)  # fmt: skip
    broken = any(v != round(v) for v in parsed[h].numbers.values())
    if found and not said and found.how == "seen" and broken and not (ends or _RATES.search(spoken)):
        return None
    if said and not found:
        raise _no_scale(h, list(texts), "no scale that is known", label)
    if found and not said and (ends or words) and found.how in ("seen", "named"):
        return declared_scale(parsed[h], ends=ends, answers=words)
    return found


def _no_scale(h: str, answers: list[str], scale: str, label: str) -> DataError:
    shown = ", ".join(repr(masked(a)[:40]) for a in answers[:5]) or "no answer at all"
    there = "are not on" if scale.startswith("the") else "are on"
    return DataError(
        f"{label}: the answers to {h!r} {there} {scale} ({shown}).",
        expected="numbers, stars, or words whose order is known, with as many steps as the scale",
        mend=f"survey: {{questions: {{{h!r}: {{answers: [worst, …, best]}}}}}}",
    )


def _of_words(texts: Mapping[str, int]) -> bool:
    """Whether answers are longer than answers on a scale are."""
    return sum(len(t) > _LONGEST_ANSWER for t in texts) > 0.2 * len(texts)


def _spoken(name: str) -> str:
    return re.sub(r"[_\W]+", " ", name).lower()


def _item(h: str, text: str, scale: Scale, said: Question, survey: Survey) -> Item:
    question, brand, touchpoint = said.question or text, said.brand, said.touchpoint
    if not said.question:
        for kind, names in (("brand", survey.brands), ("touchpoint", survey.touchpoints)):
            part = next((n for n in sorted(names, key=len, reverse=True) if _stands(n, question)), "")
            if part:
                question = _without(part, question)
                brand, touchpoint = (brand or part, touchpoint) if kind == "brand" else (brand, touchpoint or part)
    return Item(h, question, scale, said.reversed, touchpoint, brand, said.importance)


def _stands(part: str, question: str) -> bool:
    return bool(re.search(rf"(?:^|\W){re.escape(part)}(?:\W|$)", question, re.I))


def _without(part: str, question: str) -> str:
    bare = re.sub(rf"(?:^|(?<=\W)){re.escape(part)}(?=\W|$)", "", question, count=1, flags=re.I)
    return re.sub(r"\[\s*\]|\(\s*\)", "", bare).strip(" \t–—-:|[]_/") or question


def _is_text(texts: Mapping[str, int], many: int) -> bool:
    """Whether answers are sentences: several words, hardly any twice."""
    if not texts or many < 0.5 * sum(texts.values()):
        return False
    return sum(len(t.split()) >= 3 for t in texts) >= 0.3 * len(texts)


def _may_be_text(name: str, texts: Mapping[str, int]) -> bool:
    """Whether a column that is not read as free text may be: it asks for one, or some of its answers are sentences."""
    worded = [t for t in texts if re.search(r"[^\W\d_]", t)]
    sentences = sum(len(t.split()) >= 4 for t in worded)
    return bool(worded) and (bool(_OPEN.search(name)) or sentences >= 0.3 * len(texts))
