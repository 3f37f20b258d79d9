"""What a table of the contract is declared with: its columns, how they are read, and the names they go by in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["id", "text", "money", "number", "count", "flag", "time", "period"]

#: what a reader is told that a column of each kind holds
KINDS: Mapping[str, str] = {
    "id": "a name or number that tells one from another, kept as text",
    "text": "text",
    "money": "money, in one currency",
    "number": "a number",
    "count": "a whole number",
    "flag": "1 or 0; yes and no, true and false too",
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
    yes_no : whether a column that says yes and no throughout, or true and false, is one of 1 and 0 (numbers)
    nothing : words of this column that mean an empty cell, in lower case (times)
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
    yes_no: bool = False
    nothing: Sequence[str] = ()


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
    numbered : a required column that is the number of the row where the source has no such column
    one_of : (columns of a group, mark): of the rows of a group exactly one is marked 1; groups of which that does not
        hold are noted and kept
    late : whether a file is guessed, or by its name taken, to be this table only where it fits no other, unless its
        required columns stand there under the names of the contract
    worded : whether texts that mean a missing value elsewhere ("None", "n/a") are names here: of arms, of levels. In
        its columns of ids, numbers and times they mean it, as they do in a column of one's own that else is numbers.
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
    numbered: str = ""
    one_of: tuple[Sequence[str], str] | None = None
    late: bool = False
    worded: bool = False

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> list[str]:
        """Names of the columns without which a row cannot be used.

        >>> from cxlab.data.contract import TABLES
        >>> TABLES["transactions"].required
        ['customer_id', 'timestamp', 'amount']
        """
        return [column.name for column in self.columns if column.required]

    @property
    def sought(self) -> list[str]:
        """Names of the columns that a source must have.

        >>> from cxlab.data.contract import TABLES
        >>> TABLES["feedback"].required, TABLES["feedback"].sought
        (['feedback_id', 'text'], ['text'])
        """
        return [name for name in self.required if name != self.numbered]


#: the column of the customer, in several tables
CUSTOMER = Column(
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

#: names of a column of seconds; one called "duration" alone does not say in what
SECONDS = (
    "durations", "durationsec", "durationsecs", "durationseconds", "durationinseconds", "dursec", "seconds",
    "secondsspent", "timespentseconds", "handlingseconds", "dauers", "dauersekunden", "dauerinsekunden", "sekunden",
    "dureesecondes", "dureeensecondes", "duracionsegundos", "duracaosegundos", "duurseconden",
)  # fmt: skip

#: names of the column of who served
STAFF = (
    "handledby", "servedby", "assignedto", "agent", "agentname", "agentid", "employee", "staff", "staffmember",
    "orgresource", "resource", "mitarbeiter", "bearbeiter", "sachbearbeiter", "conseiller", "agente", "empleado",
    "atendente", "medewerker",
)  # fmt: skip
