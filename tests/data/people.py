"""Invented people and the records shops would hold of them: typing errors, changed mails, missing fields, families.

Every name is built from syllables, every address ends in .test: nobody is meant.
"""

import numpy as np
import pandas as pd

ONSETS = np.array(
    [
        "b",
        "br",
        "d",
        "dr",
        "f",
        "g",
        "gr",
        "h",
        "j",
        "k",
        "kl",
        "l",
        "m",
        "n",
        "p",
        "pr",
        "r",
        "s",
        "sch",
        "st",
        "t",
        "tr",
        "v",
        "w",
        "z",
    ]
)
VOWELS = np.array(["a", "e", "i", "o", "u", "ei", "au", "ie"])
ENDS = np.array(["l", "n", "r", "s", "t", "ck", "mann", "berg", "ner", "stein", "ling", "sen"])
DOMAINS = np.array(["mail.test", "post.test", "web.test", "inbox.test"])
FIELDS = ["first_name", "last_name", "email", "phone", "postcode", "city", "birth_date"]
#: share of records of each source that state a field
STATED = {
    "crm": dict(zip(FIELDS, (1, 1, 0.9, 0.85, 0.95, 0.95, 0.8), strict=True)),
    "web": dict(zip(FIELDS, (0.95, 0.95, 1, 0.5, 0.7, 0.7, 0.3), strict=True)),
    "till": dict(zip(FIELDS, (0.8, 0.9, 0.3, 0.7, 0.6, 0.6, 0.5), strict=True)),
    "survey": dict(zip(FIELDS, (0.6, 0.5, 0.95, 0.2, 0.6, 0.3, 0.2), strict=True)),
}


def names(size, ends, rng):
    """Distinct names of two or three syllables."""
    made = {}
    while len(made) < size:
        word = "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(rng.integers(1, 3)))
        made[(word + (rng.choice(ENDS) if ends else rng.choice(["a", "n", "o", "s", "ra"]))).capitalize()] = None
    return np.array(list(made))


def persons(n, rng, *, families=0.2):
    """A row a person. Of the share `families`, every second one lives with the one before: same last name, place, and
    often phone; of these a third shares the e-mail (couples) and a third the birth date (twins)."""
    firsts, lasts = names(300, False, rng), names(max(200, min(n // 4, 4000)), True, rng)
    postcodes = rng.integers(10000, 99999, max(20, n // 200))
    p = pd.DataFrame(
        {
            "first_name": rng.choice(firsts, n, p=_zipf(len(firsts))),
            "last_name": rng.choice(lasts, n, p=_zipf(len(lasts))),
            "phone": ["0" + str(d) for d in rng.integers(10**9, 10**10, n)],
            "place": rng.integers(0, len(postcodes), n),
            "birth_date": pd.Timestamp("1940-01-01") + pd.to_timedelta(rng.integers(0, 25000, n), unit="D"),
        }
    )
    number = rng.integers(1, 999, n).astype(str)
    p["email"] = (p["first_name"] + "." + p["last_name"] + number + "@" + rng.choice(DOMAINS, n)).str.lower()
    second = np.flatnonzero((np.arange(n) % 2 == 1) & (rng.random(n) < families))
    for column in ("last_name", "place"):
        p.loc[second, column] = p[column].to_numpy()[second - 1]
    clash = second[p["first_name"].to_numpy()[second] == p["first_name"].to_numpy()[second - 1]]
    p.loc[clash, "first_name"] = np.where(p.loc[clash, "first_name"] == firsts[0], firsts[1], firsts[0])
    kind = rng.integers(0, 3, len(second))
    shared = second[rng.random(len(second)) < 0.6]
    p.loc[shared, "phone"] = p["phone"].to_numpy()[shared - 1]
    p.loc[second[kind == 0], "email"] = p["email"].to_numpy()[second[kind == 0] - 1]
    p.loc[second[kind == 1], "birth_date"] = p["birth_date"].to_numpy()[second[kind == 1] - 1]
    p["postcode"], p["city"] = postcodes[p["place"]].astype(str), "Town" + p["place"].astype(str)
    p["birth_date"] = p["birth_date"].dt.strftime("%Y-%m-%d")
    p["relative"] = -1
    p.loc[second, "relative"] = second - 1
    p["person_id"] = [f"person {i}" for i in range(n)]
    return p


def _zipf(n):
    weight = 1 / (np.arange(n) + 10.0)
    return weight / weight.sum()


def _typo(values, which, rng):
    """One letter left out, exchanged with the next, or replaced, in the marked values."""
    values = values.copy()
    for i in np.flatnonzero(which):
        word = values[i]
        at, how = int(rng.integers(1, max(2, len(word) - 1))), rng.integers(3)
        values[i] = (
            word[:at] + word[at + 1 :] if how == 0
            else word[:at] + word[at : at + 2][::-1] + word[at + 2 :] if how == 1
            else word[:at] + rng.choice(list("aeinrst")) + word[at + 1 :]
        )  # fmt: skip
    return values


def records(n_people, *, seed=1, mean_records=1.8, typos=0.06, changed=0.12, families=0.2):
    """Records of people, and which person each is of.

    Returns
    -------
    DataFrame of records; DataFrame of truth (record_id, person_id)
    """
    rng = np.random.default_rng(seed)
    people = persons(n_people, rng, families=families)
    size = 1 + rng.poisson(mean_records - 1, n_people)
    of = np.repeat(np.arange(n_people), size)
    r = people.iloc[of].reset_index(drop=True)
    n = len(r)
    r["source"] = rng.choice(list(STATED), n, p=[0.35, 0.35, 0.2, 0.1])
    moved = rng.random(n) < changed
    mails = r["email"].to_numpy(object)
    new = r.loc[moved, "first_name"].str[0] + r.loc[moved, "last_name"]
    mails[moved] = (new + rng.integers(1, 999, moved.sum()).astype(str) + "@new.test").str.lower()
    r["email"] = mails
    moved = rng.random(n) < changed
    r.loc[moved, "phone"] = ["0" + str(d) for d in rng.integers(10**9, 10**10, moved.sum())]
    moved = rng.random(n) < changed
    r.loc[moved, "postcode"] = rng.integers(10000, 99999, moved.sum()).astype(str)
    r.loc[moved, "city"] = "Elsewhere"
    for column in ("first_name", "last_name", "email", "birth_date"):
        share = typos / 2 if column == "birth_date" else typos
        r[column] = _typo(r[column].to_numpy(object), rng.random(n) < share, rng)
    shout = rng.random(n) < 0.1
    r.loc[shout, "last_name"] = r.loc[shout, "last_name"].str.upper()
    for column in FIELDS:
        kept = rng.random(n) < r["source"].map(lambda s, c=column: STATED[s][c])
        r[column] = r[column].where(kept, None)
    r["record_id"] = [f"{s}-{i:06d}" for i, s in enumerate(r["source"])]
    r["customer_id"] = [f"{s[0].upper()}{i}" for i, s in enumerate(r["source"])]
    r["updated"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    table = r[["record_id", "source", "customer_id", *FIELDS, "updated"]]
    truth = r[["record_id", "person_id"]]
    order = rng.permutation(n)
    return table.iloc[order].reset_index(drop=True), truth
