"""What matching found: people, the links with their reasons, the open questions, one row a person, and the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import ibis
import pandas as pd

from cxlab.data.engine import Engine, quoted
from cxlab.data.identity.clusters import contradictions, settle
from cxlab.data.identity.deciding import decide, take_answers
from cxlab.data.identity.fields import LABELS
from cxlab.data.identity.model import FEWEST_PAIRS, splink_heard
from cxlab.data.identity.rules import Rule
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, share

#: more records than this in one person look like a chain
LARGEST = 25
#: what decides which of a person's values stands in the golden record
SURVIVORSHIP = ("most_recent", "most_frequent", "priority", "longest")


@dataclass(frozen=True)
class Matched:
    """Records and the people behind them.

    Parameters
    ----------
    known : fields that the records state
    rules, threshold, review : by which pairs were judged
    learnt : pairs the model learnt from
    notes : what counts as missing, and what was not compared
    contradicting : fields looked at for contradictions within a person
    apart_by : fields in which one person's records cannot differ
    fitted : what the model learnt, see `weights()`
    """

    engine: Engine = field(repr=False)
    known: tuple[str, ...]
    rules: tuple[Rule, ...]
    threshold: float
    review: float
    learnt: int
    notes: tuple[str, ...]
    contradicting: tuple[str, ...]
    apart_by: tuple[str, ...] = ()
    fitted: Sequence[Mapping] = field(default=(), repr=False)
    _kept: dict = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def people(self) -> ibis.Table:
        """A row a record: record_id, source, customer_id, person_id (the first of the ids of the person's records)."""
        return self._view("people", "SELECT record_id, source, customer_id, person_id FROM originals JOIN persons "
                          "USING (record_id)")  # fmt: skip

    @cached_property
    def links(self) -> ibis.Table:
        """A row a pair that was merged: record_l, record_r, probability, weight (bits), rule, reason."""
        return self._view("links", _of("link", "record_l, record_r, probability, weight, rule, reason"))

    @cached_property
    def unsure(self) -> ibis.Table:
        """A row a question: record_l, record_r, probability, weight (bits), why (it is one), reason (what speaks).

        Pairs that became one person through other records are no questions.
        """
        return self._view(
            "unsure",
            "SELECT record_l, record_r, probability, weight, why, reason FROM pairs "
            "JOIN persons l ON l.record_id = record_l JOIN persons r ON r.record_id = record_r "
            "WHERE verdict = 'unsure' AND l.person_id <> r.person_id",
        )

    @cached_property
    def apart(self) -> ibis.Table:
        """A row a pair that looks like one person but for a contradiction: record_l, record_r, probability, weight,
        why, reason."""
        return self._view("apart", _of("apart", "record_l, record_r, probability, weight, why, reason"))

    def _view(self, name: str, sql: str) -> ibis.Table:
        self.engine.run(f"CREATE OR REPLACE VIEW {name} AS {sql}")
        return self.engine.backend.table(name)

    def golden(
        self,
        *,
        survivorship: Mapping[str, str] | None = None,
        priority: Sequence[str] = (),
        default: str = "most_recent",
    ) -> ibis.Table:
        """One row a person, every value with the record it comes from.

        Parameters
        ----------
        survivorship : field to rule: "most_recent" (column `updated`), "most_frequent" (spellings made alike count as
            one), "priority" (the first source of `priority` that states it), "longest"
        priority : sources, the most trusted first; it also decides where a rule leaves two values equal
        default : rule of fields that `survivorship` does not name

        Returns
        -------
        Ibis table: person_id, records (count), sources (text); and of each field known: the value as it was written,
        <field>_from (record_id), <field>_values (how many different ones there were)

        Raises
        ------
        ParameterError : an unknown rule, field or source; "priority" without sources.
        """
        chosen = dict.fromkeys(self.known, default) | dict(survivorship or {})
        sources = [r["source"] for r in self.engine.rows("SELECT DISTINCT source FROM originals ORDER BY 1")]
        for name, rule in chosen.items():
            if name not in self.known:
                raise unknown("field of survivorship", name, self.known)
            if rule not in SURVIVORSHIP:
                raise unknown("rule of survivorship", rule, SURVIVORSHIP)
            if rule == "priority" and not priority:
                raise ParameterError(
                    f"survivorship of {name} is by priority, and no sources are given.", expected="sources in order",
                    mend=f"priority={tuple(sources)!r}",
                )  # fmt: skip
        for source in priority:
            if source not in sources:
                raise unknown("source", source, sources)
        rank = " ".join(f"WHEN {quoted(source)} THEN {i}" for i, source in enumerate(priority))
        rank = f"CASE source {rank} ELSE {len(priority)} END" if rank else "0"
        often = ", ".join(
            f"count(*) OVER (PARTITION BY person_id, coalesce(r.{n}, o.{n})) AS often_{n}, "
            f"coalesce(r.{n}, o.{n}) AS alike_{n}"
            for n in self.known
        )
        columns = []
        for name in self.known:
            by = {
                "most_recent": "updated DESC NULLS LAST",
                "most_frequent": f"often_{name} DESC, updated DESC NULLS LAST",
                "priority": f"{rank}, updated DESC NULLS LAST",
                "longest": f"length({name}) DESC",
            }[chosen[name]]
            first = f"ORDER BY {by}, {rank}, record_id) FILTER ({name} IS NOT NULL)"
            columns.append(f"first({name} {first} AS {name}, first(record_id {first} AS {name}_from, "
                           f"count(DISTINCT alike_{name}) AS {name}_values")  # fmt: skip
        sql = (
            f"SELECT person_id, count(*) AS records, string_agg(DISTINCT source, ', ' ORDER BY source) AS sources, "
            f"{', '.join(columns)} FROM (SELECT o.*, p.person_id, {often} FROM originals o JOIN records r "
            f"USING (record_id) JOIN persons p USING (record_id)) GROUP BY person_id"
        )
        name = self.engine.name("golden")
        self.engine.run(f"CREATE TABLE {name} AS {sql}")
        return self.engine.backend.table(name)

    def at(
        self, threshold: float | None = None, *, review: float | None = None, answers: pd.DataFrame | None = None
    ) -> Matched:
        """The same comparisons judged anew: another threshold, or with questions answered. This one stays as it is.

        Parameters
        ----------
        threshold : probability from which two records are one person without a rule; 1 to merge by rules alone
        review : probability from which a pair is a question; no lower than that of the matching
        answers : record_l, record_r, same (True: one person; False: two; empty: nobody knows), as `unsure` with a
            column `same`; they come before every rule. A yes is taken for what it says even where fields contradict.

        Raises
        ------
        ParameterError : thresholds out of order, or below what was compared.
        DataError : answers lacks a column, or says yes and no of one pair.
        """
        threshold = self.threshold if threshold is None else threshold
        review = min(self.review, threshold) if review is None else review
        if not self.review <= review <= threshold <= 1:
            raise ParameterError(
                f"threshold = {threshold}, review = {review}.", expected=f"{self.review:g} ≤ review ≤ threshold ≤ 1",
                mend=f"match(records, review={max(min(review, threshold), 0.001):g}), which keeps weaker pairs",
            )  # fmt: skip
        engine = Engine()
        for name in ("originals", "records", "compared"):
            engine.connection.register("copied", self.engine.connection.table(name).to_arrow_table())
            engine.run(f"CREATE TABLE {name} AS SELECT * FROM copied")
            engine.connection.unregister("copied")
        if answers is not None:
            take_answers(engine, answers)
        decide(engine, threshold=threshold, review=review)
        with splink_heard():
            settle(engine, self.apart_by)
        return replace(self, engine=engine, threshold=threshold, review=review, _kept={})

    def weights(self) -> Finding:
        """What each agreement and disagreement is worth, in bits: see `weights.weights`."""
        from cxlab.data.identity.weights import weights

        return weights(self)

    def thresholds(self, truth: ibis.Table | pd.DataFrame, **options) -> Finding:
        """Precision and recall at each threshold, held against known people: see `thresholds.thresholds`."""
        from cxlab.data.identity.thresholds import thresholds

        return thresholds(self, truth, **options)

    def bands(self, truth: ibis.Table | pd.DataFrame, **options) -> Finding:
        """Whether probabilities hold what they say, held against known people: see `thresholds.bands`."""
        from cxlab.data.identity.thresholds import bands

        return bands(self, truth, **options)

    def blocking(self, truth: ibis.Table | pd.DataFrame, **options) -> Finding:
        """Which pairs were compared, and which of one person were not: see `blocking.blocking`."""
        from cxlab.data.identity.blocking import blocking

        return blocking(self, truth, **options)

    def accuracy(self, truth: ibis.Table | pd.DataFrame, *, level: float = 0.9) -> Finding:
        """How right the people are, held against known ones (record_id, person_id): see `accuracy.accuracy`."""
        from cxlab.data.identity.accuracy import accuracy

        return accuracy(self, truth, level=level)

    def finding(self) -> Finding:
        """The match funnel: from records to people, and how.

        Returns
        -------
        Finding "data.identity", a row a count: part ("records" by source, "links" by rule, "questions" by what makes
        them unsure, "kept apart" by contradiction, "people" by the number of sources they are met in), name, n, share
        (of its part)
        """
        from cxlab.data.identity.charts import draw_match_funnel

        parts = {
            "records": "SELECT source AS name, count(*) AS n FROM originals GROUP BY 1",
            "links": "SELECT rule AS name, count(*) AS n FROM pairs WHERE verdict = 'link' GROUP BY 1",
            "questions": f"SELECT why AS name, count(*) AS n FROM ({self.unsure.compile()}) GROUP BY 1",
            "kept apart": "SELECT why AS name, count(*) AS n FROM pairs WHERE verdict = 'apart' GROUP BY 1",
            "people": "SELECT 'in ' || sources || CASE sources WHEN 1 THEN ' source' ELSE ' sources' END AS name, "
            "count(*) AS n FROM (SELECT person_id, count(DISTINCT source) AS sources FROM originals "
            "JOIN persons USING (record_id) GROUP BY 1) GROUP BY 1",
        }
        blocks = [self.engine.connection.execute(f"{sql} ORDER BY n DESC, name").df().assign(part=part)
                  for part, sql in parts.items()]  # fmt: skip
        table = pd.concat(blocks, ignore_index=True)[["part", "name", "n"]]
        table["n"] = table["n"].astype(int)
        table["share"] = table["n"] / table.groupby("part")["n"].transform("sum")
        total = table.groupby("part")["n"].sum().reindex(parts, fill_value=0)
        fewest, most = self.people_range()
        facts = self.engine.row(
            "SELECT max(n) AS largest, count(*) FILTER (n > 1) AS several, max(persons) AS persons FROM "
            "(SELECT person_id, count(*) AS n, 1 AS persons FROM persons GROUP BY 1)"
        )
        by = ", ".join(f"{count(r.n)} by {r.name}" for r in table[table["part"] == "links"].itertuples())
        records, people = total["records"], total["people"]
        text = [
            f"{count(records)} records of {count((table['part'] == 'records').sum())} sources are {count(people)} "
            f"people ({count(fewest)} if every open question were answered yes, {count(most)} by the rules alone).",
            f"{count(total['links'])} pairs were merged" + (f": {by}." if by else "."),
            f"{count(total['questions'])} pairs are questions for a person to answer, and {count(total['kept apart'])} "
            "look like one person but contradict each other, and are kept apart.",
            *(f"{note[0].upper()}{note[1:]}." for note in self.notes),
        ]
        return Finding(
            name="data.identity",
            title=f"{count(records)} records are {count(people)} people",
            text=" ".join(text),
            table=table,
            units={"n": "count", "share": "share"},
            checks=self.checks(facts["largest"]),
            draw=lambda ax: draw_match_funnel(ax, table),
            caption=f"n = {count(records)} records; merged by a rule or from a probability of {share(self.threshold)}.",
            keys=(Key(count(people), f"people behind {count(records)} records, {count(facts['several'])} of them with "
                      "more than one"),),
        )  # fmt: skip

    def checks(self, largest: int) -> tuple[Check, ...]:
        """Whether the people can be believed: a model that had pairs to learn from, no chains, no contradictions."""
        against = contradictions(self.engine, self.contradicting, persons="persons")
        torn = self.engine.value(f"SELECT count(DISTINCT person_id) FROM ({against})")
        checks = [
            Check("records of the largest person", largest <= LARGEST, int(largest), f"≤ {LARGEST}",
                  "A chain of weak links, or a value many share: look at its links, and lower Normalise(most_names=)."),
            Check("people whose records contradict each other", torn == 0, int(torn), "0",
                  f"They differ in {' or '.join(LABELS[n] for n in self.contradicting)}: look at their links."),
        ]  # fmt: skip
        if self.threshold < 1:
            checks.insert(0, Check(
                "pairs the model learnt from", self.learnt >= FEWEST_PAIRS, int(self.learnt), f"≥ {FEWEST_PAIRS}",
                "Probabilities rest on what is usual elsewhere: merge by rules alone (threshold=1).",
            ))  # fmt: skip
        return tuple(checks)

    def people_range(self) -> tuple[int, int]:
        """The fewest people there may be (every question answered yes) and the most (the rules alone)."""
        if "range" not in self._kept:
            ends = [_groups(self.engine, f"SELECT record_l, record_r FROM pairs WHERE {kept}") for kept in (
                "verdict IN ('link', 'unsure')", "verdict = 'link' AND rule <> 'likeness'")]  # fmt: skip
            self._kept["range"] = tuple(ends)
        return self._kept["range"]


def _of(verdict: str, columns: str) -> str:
    return f"SELECT {columns} FROM pairs WHERE verdict = {quoted(verdict)}"


def _groups(engine: Engine, links: str) -> int:
    """How many people there are by these links."""
    from cxlab.data.identity.clusters import connect

    with splink_heard():
        connect(engine, links=links, into="otherwise")
    return int(engine.value("SELECT count(DISTINCT person_id) FROM otherwise"))


def person_table(table: ibis.Table | pd.DataFrame, name: str) -> pd.DataFrame:
    """record_id and person_id as text, checked.

    Raises
    ------
    DataError : a column is missing, or a record has two persons.
    """
    columns = list(table.columns)
    missing = [c for c in ("record_id", "person_id") if c not in columns]
    if missing:
        raise DataError(
            f"{name} has no column {', '.join(missing)} (columns: {', '.join(map(str, columns))}).",
            expected="record_id and person_id", mend=f'{name}.rename(columns={{"NAME": "{missing[0]}"}})',
        )  # fmt: skip
    frame = table[["record_id", "person_id"]] if isinstance(table, pd.DataFrame) else table.select(
        "record_id", "person_id").to_pandas()  # fmt: skip
    frame = frame.dropna().astype(str)
    twice = frame.loc[frame["record_id"].duplicated(), "record_id"]
    if len(twice):
        raise DataError(
            f"{name} names {len(twice)} records twice (first: {twice.iloc[0]}).", expected="one row a record",
            mend=f'{name}.drop_duplicates("record_id")',
        )  # fmt: skip
    return frame
