"""The log of contacts: any source becomes one table of integer-coded contacts in the engine, in one sort.

A journey is all contacts of a customer, or of one of their sessions. Contacts are in order of time; of contacts at the
same time the one with the smaller `sequence` comes first (the order of the file, where the source names none), and
where there is no sequence at all, the one whose touchpoint comes first in the log's own order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import ibis
import pandas as pd
from ibis import _

from cxlab.errors import unknown
from cxlab.finding import Check
from cxlab.journey import coding
from cxlab.journey.coding import Columns
from cxlab.wording import count, days, share

START, END = "(start)", "(end)"
#: share of contacts that may share their time with another before their order is a guess
MOST_TIES = 0.05


@dataclass(frozen=True)
class Log:
    """Contacts of customers, coded and in order.

    Parameters
    ----------
    events : Ibis table, a row a contact, in no particular order: customer_id; journey (0, or number of the session);
        step (1, 2, … in the journey); touchpoint and next_touchpoint (codes; next is null at the last contact); at
        (timestamp); gap_s and gap_us (seconds and microseconds to the next contact; null at the last); and where the
        source has them: channel and persona (codes), session (number), emotion, effort, duration_s, cost, handled_by
    labels, stage_of : label and stage of every touchpoint, by code; channels, personas : labels by code
    goal : codes of the touchpoints that count as conversion
    n_contacts, n_journeys, n_customers : counts
    start, end : first and last contact; last_arrival : beginning of the last journey
    notes : what a reader should know
    ties : contacts that share customer and time with the one before, and whose order the source does not state
    """

    events: ibis.Table
    labels: tuple[str, ...]
    stage_of: tuple[str, ...]
    contacts: tuple[int, ...]
    n_contacts: int
    n_journeys: int
    n_customers: int
    start: pd.Timestamp
    end: pd.Timestamp
    last_arrival: pd.Timestamp
    per: str = "customer"
    goal: frozenset[int] = frozenset()
    channels: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ties: int = 0
    currency: str = ""
    simulated: bool = False

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of the log, in order."""
        return tuple(dict.fromkeys(self.stage_of))

    @property
    def period(self) -> str:
        """First to last day of the log, as a reader writes it."""
        return days(self.start, self.end)

    @property
    def years(self) -> float:
        """Years in which journeys began, which is what journeys a year are counted by; one day at least."""
        arrivals = self.last_arrival - self.start
        return max(arrivals or self.end - self.start, pd.Timedelta(days=1)) / pd.Timedelta(days=365.25)

    @property
    def unit(self) -> str:
        """What a journey is called in a sentence: "customers" or "sessions"."""
        return "customers" if self.per == "customer" else "sessions"

    @property
    def goal_name(self) -> str:
        """The goal as a reader writes it: the stage where it is whole, else the touchpoints; "" without a goal."""
        stages = dict.fromkeys(self.stage_of[code] for code in sorted(self.goal))
        whole = {code for code, stage in enumerate(self.stage_of) if stage in stages}
        return " or ".join(stages if whole == self.goal else (self.labels[code] for code in sorted(self.goal)))

    @property
    def checks(self) -> tuple[Check, ...]:
        """What must hold for the order of contacts to be believed."""
        tied = self.ties / self.n_contacts
        return (
            Check("contacts whose order in time is stated", tied <= MOST_TIES, share(1 - tied),
                  f"≥ {share(1 - MOST_TIES)}",
                  "Contacts at the same time are taken in the order of the file."),
        )  # fmt: skip

    def has(self, column: str) -> bool:
        """Whether `events` has a column."""
        return column in self.events.columns

    def codes(self, name: str, *, what: str = "touchpoint") -> frozenset[int]:
        """Codes of a touchpoint by its label, or of every touchpoint of a stage.

        Raises
        ------
        ParameterError : neither a touchpoint nor a stage is called so; names those that are.
        """
        if name in self.labels:
            return frozenset([self.labels.index(name)])
        codes = frozenset(code for code, stage in enumerate(self.stage_of) if stage == name)
        if not codes:
            raise unknown(what, name, [*self.stages, *self.labels])
        return codes

    @property
    def keys(self) -> list[str]:
        """The columns that tell journeys apart: the fewer, the faster they are counted."""
        return ["customer_id", "journey"] if self.per == "session" else ["customer_id"]

    @cached_property
    def goals(self) -> ibis.Table:
        """A row a journey that meets the goal: `keys`, first_goal and last_goal (steps of its contacts with it)."""
        met = self.events.filter(_.touchpoint.isin(sorted(self.goal) or [-1]))
        return met.group_by(self.keys).agg(first_goal=_.step.min(), last_goal=_.step.max()).cache()

    @property
    def with_goals(self) -> ibis.Table:
        """`events` with first_goal and last_goal of their journey; null where it does not meet the goal."""
        goals = self.goals.rename({f"{key}_of_goal": key for key in self.keys})
        same = [self.events[key] == goals[f"{key}_of_goal"] for key in self.keys]
        return self.events.left_join(goals, same).drop(f"{key}_of_goal" for key in self.keys)

    @property
    def before_goal(self) -> ibis.Table:
        """The contacts of every journey before its first one with the goal, and whether it meets it: converts."""
        events = self.with_goals.filter(_.first_goal.isnull() | (_.step < _.first_goal))
        return events.mutate(converts=_.first_goal.notnull()).drop("first_goal", "last_goal")

    @cached_property
    def touchpoints(self) -> pd.DataFrame:
        """A row a touchpoint, in order of code: code, touchpoint, stage, contacts, journeys (that met it)."""
        met = self.events.group_by(*self.keys, "touchpoint").agg()
        met = met.group_by("touchpoint").agg(journeys=_.count()).execute().set_index("touchpoint")["journeys"]
        return pd.DataFrame(
            {
                "code": range(len(self.labels)),
                "touchpoint": self.labels,
                "stage": self.stage_of,
                "contacts": self.contacts,
                "journeys": met.reindex(range(len(self.labels))).to_numpy(),
            }
        )


def read_log(
    source,
    *,
    columns: Columns = Columns(),  # noqa: B008  (frozen)
    stages: Mapping[str, str] | None = None,
    goal: str | Sequence[str] | None = "auto",
    per: str = "customer",
    persona: str | None = None,
    session_gap: str = "30min",
) -> Log:
    """Contacts of a data set or table, coded and put in order in one pass of the engine.

    Parameters
    ----------
    source : Dataset with `touchpoints`, or an Ibis table (DuckDB, PySpark)
    columns : which column says what
    stages : {touchpoint: stage}, decides over the column of the source
    goal : stage or touchpoints that count as conversion; "auto": the touchpoints that close the stage Purchase (an
        order, not the basket before it), said in `notes`; None: none
    per : "customer" or "session": what a journey is
    persona : column that tells groups of customers apart, of the contacts or of the table `customers`
    session_gap : silence that ends a session where the source names none ("30min", "1h")

    Raises
    ------
    DataError : a column is not there, or no contact can be used.
    ParameterError : the goal or `per` is unknown.

    >>> import ibis, pandas as pd
    >>> contacts = pd.DataFrame({"customer_id": ["a", "a", "b"], "touchpoint": ["Search", "Checkout", "Search"],
    ...     "timestamp": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-05"])})
    >>> log = read_log(ibis.memtable(contacts), stages={"Checkout": "Purchase", "Search": "Awareness"})
    >>> log.labels, log.goal_name, log.n_journeys
    (('Search', 'Checkout'), 'Purchase', 2)
    """
    if per not in ("customer", "session"):
        raise unknown("way of counting journeys", per, ("customer", "session"))
    table, customers, stated = _tables(source, columns)
    contacts, notes = coding.named(table, columns, persona=persona)
    contacts, personas = coding.with_persona(contacts, customers, persona, known=table.columns)
    codes, contacts = coding.touchpoint_codes(contacts, stages or {}, notes)
    contacts, channels = coding.with_codes(contacts, "channel")
    goals = coding.goal_codes(codes, contacts, goal, notes)
    events = coding.in_order(contacts, per=per, session_gap=session_gap).cache()
    facts = coding.facts(events, codes)
    ties = 0 if stated else int(facts["ties"].sum())
    if ties:
        notes.append(
            f"{count(ties)} contacts have the time of the customer's contact before: they are taken in the order of "
            + ("the file" if "sequence" in contacts.columns else "stage and touchpoint")
        )
    place = {int(code): position for position, code in enumerate(facts["code"])}
    return Log(
        coding.renumbered(events, place),
        labels=tuple(facts["label"]),
        stage_of=tuple(facts["stage"]),
        contacts=tuple(int(n) for n in facts["contacts"]),
        n_contacts=int(facts["contacts"].sum()),
        n_journeys=int(facts["starts"].sum()),
        n_customers=int(facts["customers"].sum()),
        start=pd.Timestamp(facts["first"].min()),
        end=pd.Timestamp(facts["last"].max()),
        last_arrival=pd.Timestamp(facts["begun"].max()),
        per=per,
        goal=frozenset(place[code] for code in goals if code in place),
        channels=channels,
        personas=personas,
        notes=tuple(notes),
        ties=ties,
        currency="" if isinstance(source, ibis.Table) else source.currency,
        simulated=not isinstance(source, ibis.Table) and source.card.kind == "simulated",
    )


def _tables(source, columns: Columns):
    """Table of contacts, table of customers (or None), and whether the source states the order of contacts."""
    if isinstance(source, ibis.Table):
        return source, None, columns.sequence in source.columns
    mapping = source.mapping
    stated = ((mapping["table"] == "touchpoints") & (mapping["column"] == "sequence")).any()
    return source.touchpoints, source.tables.get("customers"), bool(stated)
