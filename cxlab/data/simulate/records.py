"""Records of people as the systems of a business hold them: CRM, web shop, till and survey, with what goes wrong there.

Names are drawn from short lists of common names: whoever bears one of them is not meant. E-mail addresses end in the
domains that are reserved for examples, and the area code 0000 is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.customers import coded, ids
from cxlab.errors import ParameterError

_FIRST = """
Anna Maria Julia Laura Sarah Lena Lisa Emma Mia Sophie Clara Eva Nina Paula Marta Elena Sofia Carla Ines Alba
Camille Chloe Manon Lucie Amelie Alice Grace Ruby Olivia Isla Freya Emily Hannah Leah Zoe Aisha Fatima Yasmin Leyla
Elif Mehmet Ali Omar Karim Peter Paul Thomas Michael Stefan Markus Jan Felix Lukas Jonas Leon Max David Daniel Simon
Martin Carlos Pablo Diego Javier Luis Miguel Hugo Louis Jules Arthur Antoine Nicolas Jack Harry George Oliver Noah
James William Henry Oscar Adam Samuel Tom Ben Erik Lars Nils Piotr Marek Tomasz Katarzyna Agnieszka Ewa Ivan Olga
Irina Natalia Marco Luca Matteo Giulia Chiara Francesca Alexander Elisabeth Katharina Christina Charlotte
"""
_LAST = """
Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green
Hall Wood Jackson Clarke Muller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer
Richter Klein Wolf Neumann Schwarz Zimmermann Braun Kruger Hartmann Lange Werner Krause Lehmann Kohler Maier Huber
Fuchs Garcia Fernandez Gonzalez Rodriguez Lopez Martinez Sanchez Perez Gomez Martin Jimenez Ruiz Moreno Alonso
Navarro Dubois Durand Leroy Moreau Laurent Lefebvre Michel Bertrand Roux Fournier Girard Bonnet Rossi Russo Ferrari
Esposito Bianchi Romano Colombo Ricci Marino Greco Silva Santos Ferreira Pereira Oliveira Costa Jansen Bakker Visser
Smit Kowalski Nowak Wisniewski Lewandowski Novak Horvat Yilmaz Kaya Demir Sahin Celik Ahmed Khan Hussain Patel
Nguyen Larsen Hansen Nielsen Andersson Lindberg Virtanen Murphy Kelly Byrne Walsh
"""
FIRST_NAMES, LAST_NAMES = _FIRST.split(), _LAST.split()
NICKNAMES = {
    "Elisabeth": "Lisa", "Katharina": "Kathi", "Alexander": "Alex", "Christina": "Tina", "Charlotte": "Lotte",
    "Michael": "Mike", "Thomas": "Tom", "Daniel": "Dan", "Samuel": "Sam", "Stefan": "Steve", "William": "Bill",
    "Francesca": "Franca", "Nicolas": "Nico", "Maximilian": "Max", "Julia": "Jule", "Sophie": "Sofie", "Javier": "Javi",
    "Natalia": "Nata", "Benjamin": "Ben", "Katarzyna": "Kasia", "Agnieszka": "Aga", "Matteo": "Teo",
}  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
_TYPOS = 4

#: sources: share of the further records, and the chance that something is missing or wrong in one
SOURCES = {
    "crm": {"share": 0.10, "prefix": "C9", "first": 0.05, "last": 0.04, "email": 0.10, "phone": 0.15, "birth": 0.20},
    "web": {"share": 0.40, "prefix": "W", "first": 0.06, "last": 0.06, "email": 0.02, "phone": 0.45, "birth": 0.60},
    "till": {"share": 0.30, "prefix": "T", "first": 0.30, "last": 0.10, "email": 0.60, "phone": 0.25, "birth": 0.85},
    "survey": {"share": 0.20, "prefix": "S", "first": 0.15, "last": 0.15, "email": 0.10, "phone": 0.80, "birth": 0.50},
}  # fmt: skip


@dataclass(frozen=True)
class Faults:
    """Chances of what happens to a person between two records, and of what records leave out.

    Parameters
    ----------
    married, new_email, moved, new_phone : last name, e-mail, home or telephone is another one in a further record
    typo : a name is misspelt, one letter; each of first and last name
    nickname : of those whose first name is short where a record is careless with first names
    same_home : customers who share home, telephone and last name with another one
    shared_email : of these, those who share the e-mail, too
    missing : factor on the chances that a record leaves something out

    Raises
    ------
    ParameterError : a chance outside 0 … 1.

    >>> Faults(shared_email=0.5).typo
    0.07
    """

    married: float = 0.03
    new_email: float = 0.12
    moved: float = 0.06
    new_phone: float = 0.08
    typo: float = 0.07
    nickname: float = 0.30
    same_home: float = 0.06
    shared_email: float = 0.0
    missing: float = 1.0

    def __post_init__(self):
        for f in fields(self):
            value, most = getattr(self, f.name), 2.0 if f.name == "missing" else 1.0
            if not 0 <= value <= most:
                raise ParameterError(f"faults: {f.name} = {value}.", expected=f"{f.name}: 0 to {most:g}")


def records(
    business: Business,
    city: np.ndarray,
    seen: np.ndarray,
    age: np.ndarray,
    duplicates: float,
    rng: np.random.Generator,
    faults: Faults | None = None,
) -> tuple[pa.Table, pd.DataFrame]:
    """Records of every customer: one in the CRM, and further ones elsewhere.

    Parameters
    ----------
    city : (n,) code of where a customer lives
    seen : (n,) day of the first contact
    age : (n,) years
    duplicates : share of the customers with at least one further record
    faults : what goes wrong, and how often

    Returns
    -------
    the records in random order (record_id, source, customer_id, first_name, last_name, email, phone, postcode, city,
    birth_date, updated), and whose they are (record_id, person_id)
    """
    n, faults = len(city), faults or Faults()
    person, source = _owners(n, duplicates, rng)
    k = len(person)
    base = np.arange(k) < n
    told = {key: np.array([s[key] for s in SOURCES.values()]) for key in ("first", "last", "email", "phone", "birth")}
    identity = _people(business, city, faults, rng)

    def happens(chance: float | np.ndarray) -> np.ndarray:
        """A chance for each record; a customer's first CRM record was right when it was written."""
        return (rng.random(k) < chance) & ~base

    def lacks(key: str) -> np.ndarray:
        return rng.random(k) < told[key][source] * np.where(base, 0.4, 1.0) * faults.missing

    first, last = identity["first"][person], identity["last"][person]
    last = np.where(happens(faults.married), rng.integers(len(LAST_NAMES), size=k), last)
    first_names, last_names = _spellings(FIRST_NAMES, NICKNAMES), _spellings(LAST_NAMES, {})
    width = _TYPOS + 2
    kind = np.where(happens(faults.typo), 2 + rng.integers(_TYPOS, size=k), 0)
    kind = np.where(happens(faults.nickname * told["first"][source]), 1, kind)
    initial = happens(0.5 * told["first"][source])
    first_name = coded(first * width + kind, first_names).cast(pa.string())
    letter = pc.binary_join_element_wise(pc.utf8_slice_codeunits(first_name, 0, 1), ".", "")
    first_name = pc.if_else(pa.array(initial), letter, first_name)
    kind = np.where(happens(faults.typo), 2 + rng.integers(_TYPOS, size=k), 0)
    nameless = lacks("last") & (source == list(SOURCES).index("till"))
    last_name = coded(np.where(nameless, -1, last * width + kind), last_names).cast(pa.string())
    email = _email(identity, person, happens(faults.new_email), lacks("email"), rng)
    phone = _phone(identity, person, happens(faults.new_phone), lacks("phone"), rng)
    moved = happens(faults.moved)
    lives = np.where(moved, rng.integers(len(business.cities), size=k), city[person])
    area = np.where(moved, rng.integers(1000, size=k), identity["area"][person])
    codes = pa.array(list(business.cities.values())).take(pa.array(lives))
    postcode = pc.binary_join_element_wise(codes, pc.utf8_lpad(pc.cast(pa.array(area), pa.string()), 3, "0"), "")
    born = (seen[:n] - (age * 365.25 + rng.integers(365, size=n)).astype("timedelta64[D]"))[person]
    swapped = happens(0.04)
    born = np.where(swapped, _swapped(born), born)
    updated = seen[person] + rng.integers(0, 300, size=k).astype("timedelta64[D]") * ~base
    number = np.zeros(k, dtype=np.int64)
    for code in range(len(SOURCES)):
        mine = (source == code) & ~base
        number[mine] = np.arange(1, mine.sum() + 1)
    own = ids("C", person + 1)
    for code, (name, said) in enumerate(SOURCES.items()):
        mine = pa.array((source == code) & ~base)
        own = pc.if_else(mine, ids(said["prefix"], number, width=7 if name != "crm" else 6), own)
    order = rng.permutation(k)
    record_id = ids("R", np.arange(1, k + 1))
    table = pa.table(
        {
            "source": coded(source, list(SOURCES)),
            "customer_id": own,
            "first_name": first_name,
            "last_name": last_name,
            "email": email,
            "phone": phone,
            "postcode": postcode,
            "city": coded(lives, list(business.cities)),
            "birth_date": pa.array(born, mask=lacks("birth")),
            "updated": pa.array(updated),
        }
    ).take(pa.array(order))
    table = table.add_column(0, "record_id", record_id)
    people = ids("C", person[order] + 1)
    return table, pd.DataFrame({"record_id": record_id.to_pandas(), "person_id": people.to_pandas()})


def _owners(n: int, duplicates: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Person and source of every record: the CRM record of each, then the further ones, source by source."""
    person, source = [np.arange(n)], [np.zeros(n, dtype=int)]
    for code, said in enumerate(SOURCES.values()):
        # Independent chances whose complements multiply to 1 − duplicates.
        more = np.flatnonzero(rng.random(n) < 1 - (1 - duplicates) ** said["share"])
        person.append(more)
        source.append(np.full(len(more), code))
    return np.concatenate(person), np.concatenate(source)


def _people(business: Business, city: np.ndarray, faults: Faults, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """What is true of each person; some share home, telephone and last name with the one before."""
    n = len(city)
    weights = 1 / np.arange(3, len(LAST_NAMES) + 3) ** 0.5
    identity = {
        "first": rng.integers(len(FIRST_NAMES), size=n),
        "last": rng.choice(len(LAST_NAMES), n, p=weights / weights.sum()),
        "area": rng.integers(1000, size=n),
        "phone": rng.integers(10_000_000, size=n),
        "suffix": rng.integers(1, 100, size=n),
        "domain": rng.integers(len(DOMAINS), size=n),
    }
    together = np.flatnonzero((rng.random(n) < faults.same_home) & (np.roll(city, 1) == city))
    together = together[together > 0]
    for key in ("last", "area", "phone"):
        identity[key][together] = identity[key][together - 1]
    identity["mailbox"] = np.arange(n)
    if faults.shared_email:
        shared = together[rng.random(len(together)) < faults.shared_email]
        identity["mailbox"][shared] = shared - 1
    return identity


def _spellings(names: Sequence[str], nicknames: Mapping[str, str]) -> list[str]:
    """Of each name: itself, its nickname, and four misspellings."""
    made = []
    for name in names:
        middle = len(name) // 2
        swapped = name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]
        dropped = name[:middle] + name[middle + 1 :]
        doubled = name[:middle] + name[middle] + name[middle:]
        made += [name, nicknames.get(name, name), swapped, dropped, doubled, name[:-1] + _BESIDE.get(name[-1], "x")]
    return made


#: the key beside one on a keyboard
_BESIDE = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertzuiopasdfghjklkxcvbnmn", strict=True))


def _email(identity, person, changed, missing, rng) -> pa.Array:
    """E-mail addresses: first and last name and a number; another form and another domain after a change."""
    owner = np.where(changed, person, identity["mailbox"][person])  # who changes gets an address of their own
    first = pa.array([n.lower() for n in FIRST_NAMES]).take(pa.array(identity["first"][owner]))
    last = pa.array([n.lower() for n in LAST_NAMES]).take(pa.array(identity["last"][owner]))
    number = pc.cast(pa.array(identity["suffix"][owner]), pa.string())
    usual = pc.binary_join_element_wise(first, ".", last, number, "")
    short = pc.binary_join_element_wise(pc.utf8_slice_codeunits(first, 0, 1), last, number, "")
    domain = (identity["domain"][owner] + changed * rng.integers(1, len(DOMAINS), size=len(person))) % len(DOMAINS)
    name = pc.if_else(pa.array(changed), short, usual)
    address = pc.binary_join_element_wise(name, pa.array(DOMAINS).take(pa.array(domain)), "@")
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), address)


def _phone(identity, person, changed, missing, rng) -> pa.Array:
    """Telephone numbers, each written in one of three ways."""
    k = len(person)
    number = np.where(changed, rng.integers(10_000_000, size=k), identity["phone"][person])
    digits = pc.utf8_lpad(pc.cast(pa.array(number), pa.string()), 7, "0")
    way = rng.integers(3, size=k)
    between = pa.array([" ", "", "/"]).take(pa.array(way))
    written = pc.binary_join_element_wise(pa.scalar("0000"), digits, between)
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), written)


def _swapped(days: np.ndarray) -> np.ndarray:
    """Days with day and month exchanged, where that is a day.

    >>> _swapped(np.array(["1980-03-05", "1980-03-25"], dtype="datetime64[D]"))
    array(['1980-05-03', '1980-03-25'], dtype='datetime64[D]')
    """
    month = days.astype("datetime64[M]")
    day = (days - month.astype("datetime64[D]")).astype(int)
    year = days.astype("datetime64[Y]")
    turned = (year.astype("datetime64[M]") + day).astype("datetime64[D]") + (
        month - year.astype("datetime64[M]")
    ).astype(int)
    return np.where(day < 12, turned, days)
