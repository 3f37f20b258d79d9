"""The shipped data sets are whole, described, licensed, and say of themselves what is true."""

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from cxlab import places
from cxlab.data import catalog
from cxlab.errors import DataError

KINDS = {"real", "expanded from a published table", "simulated"}
FRICTIONLESS = {"string": "str", "integer": "int64", "number": "float64", "date": "datetime64[us]"}


def package(name):
    return json.loads((catalog.folder(name) / "datapackage.json").read_text(encoding="utf-8"))


def read(name, table=None):
    """A table of a data set by the schema of its package; the only one, or the one that is named."""
    (resource,) = [r for r in package(name)["resources"] if table in (None, r["name"])]
    kinds = {f["name"]: f["type"] for f in resource["schema"]["fields"]}
    return pd.read_csv(
        catalog.folder(name) / resource["path"],
        dtype={column: FRICTIONLESS[kind] for column, kind in kinds.items() if not kind.startswith("date")},
        parse_dates=[column for column, kind in kinds.items() if kind.startswith("date")],
    )


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The shipped data sets in a folder that a test may harm."""
    shutil.copytree(places.shipped("datasets"), tmp_path / "datasets")
    monkeypatch.setattr(catalog, "shipped", lambda name: tmp_path / name)
    return tmp_path / "datasets"


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match="one of: cdnow, clothing_boutique, ") as caught:
        catalog.folder("cdnau")
    assert caught.value.mend == "did you mean 'cdnow'?"


@pytest.mark.parametrize("name", ["../datasets/cdnow", "", ".", "cdnow/"])
def test_a_path_is_not_a_name(name):
    with pytest.raises(DataError, match="unknown data set"):
        catalog.folder(name)


def test_changed_file_is_refused(copy):
    expected = json.loads((copy / "sbg_cohorts" / "datapackage.json").read_text(encoding="utf-8"))["resources"][0][
        "hash"
    ]
    with (copy / "sbg_cohorts" / "subscriptions.csv").open("a") as file:
        file.write("2001,2000-01-01,,regular\n")
    with pytest.raises(DataError, match=r"datasets/sbg_cohorts/subscriptions.csv was changed: sha256:") as caught:
        catalog.folder("sbg_cohorts")
    assert caught.value.expected == expected
    assert "git checkout" in caught.value.mend
    assert catalog.folder("donors") == copy / "donors"


def test_missing_file_is_named(copy):
    (copy / "donors" / "summaries.csv.gz").unlink()
    with pytest.raises(DataError, match=r"datasets/donors/summaries.csv.gz is missing"):
        catalog.folder("donors")


@pytest.mark.parametrize("name", catalog.datasets())
def test_package_describes_the_file(name):
    described = package(name)
    assert described["name"] == name
    assert described["cxlab"]["kind"] in KINDS
    assert described["sources"] and described["title"] and described["description"]
    for licence in described["licenses"]:
        assert (catalog.folder(name) / licence["path"]).read_text(encoding="utf-8").strip()
    for resource in described["resources"]:
        assert resource["bytes"] == (catalog.folder(name) / resource["path"]).stat().st_size
        table = read(name, resource["name"])
        fields = resource["schema"]["fields"]
        assert list(table.columns) == [f["name"] for f in fields]
        for field in fields:
            column, limits = table[field["name"]], field.get("constraints", {})
            assert field["description"]
            assert not (limits.get("required") and column.isna().any())
            assert not (limits.get("unique") and column.duplicated().any())
            assert column.isin(limits["enum"]).all() if "enum" in limits else True
            for bound, holds in (("minimum", column.min), ("maximum", column.max)):
                if bound in limits:
                    assert str(holds()).startswith(str(limits[bound]))
        assert set(resource["cxlab"]["columns"].values()) <= set(table.columns)


@pytest.mark.parametrize("name", catalog.datasets())
def test_card_says_what_the_package_says(name):
    described, card = package(name), catalog.card(name)
    assert card.startswith(f"# {described['title']}\n")
    assert f"**Kind:** {described['cxlab']['kind']}." in card
    assert f"**Licence:** {described['licenses'][0]['name']}" in card
    listed = card.split("## Known faults\n")[1].strip().splitlines()
    assert [line.removeprefix("- ") for line in listed] == described["cxlab"]["faults"]


def faults(name):
    return " ".join(package(name)["cxlab"]["faults"])


def test_cdnow_has_the_faults_it_names():
    log, said = read("cdnow"), faults("cdnow")
    spend = log.groupby("customer_id")["spend"]
    assert f"{(log['spend'] == 0).sum()} lines have an amount of 0; {(spend.max() == 0).sum()} customers" in said
    assert f"{log.duplicated().sum()} lines repeat another line" in said
    assert f"{log.duplicated(['customer_id', 'date']).sum():,} lines share their day" in said
    assert f"after {log.groupby('customer_id')['date'].min().max():%d %B %Y} is in it" in said
    assert f"{(log['spend'] > 500).sum()} lines are above $500, the largest is ${log['spend'].max():,}." in said
    assert (len(log), log["customer_id"].nunique()) == (69_659, 23_570)
    sample = log[log["in_sample"] == 1]
    assert (len(sample), sample["customer_id"].nunique()) == (6_919, 2_357)


def test_donors_have_the_faults_they_name():
    donors, said = read("donors"), faults("donors")
    patterns = len(donors[["frequency", "recency", "T"]].drop_duplicates())
    assert f"The {len(donors):,} rows hold {patterns} distinct patterns" in said
    never, always = (donors["frequency"] == 0).sum(), (donors["frequency"] == 6).sum()
    assert f"{never:,} donors never gave again; {always:,} gave in all six years" in said


def test_cohorts_are_what_their_script_makes_of_the_published_table():
    place = catalog.folder("sbg_cohorts")
    made = subprocess.run([sys.executable, place / "make.py"], capture_output=True, check=True).stdout
    assert made == (place / "subscriptions.csv").read_bytes()
    contracts = read("sbg_cohorts")
    assert f"{contracts['end'].isna().sum()} of the {len(contracts):,} contracts are still active" in faults(
        "sbg_cohorts"
    )
    assert str(contracts["end"].max().date()) == package("sbg_cohorts")["cxlab"]["observation_end"]
