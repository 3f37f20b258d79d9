"""The shipped data sets are whole, described, licensed, and say of themselves what is true."""

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

import cxlab as cx
from cxlab import places
from cxlab.data import catalog
from cxlab.errors import DataError

KINDS = {"real", "expanded from a published table", "simulated"}
FRICTIONLESS = {"string": "str", "year": "Int64", "integer": "Int64", "number": "float64", "date": "datetime64[us]"}


def package(name):
    return json.loads((catalog.folder(name) / "datapackage.json").read_text(encoding="utf-8"))


def read(name, table=None):
    """A table of a data set by the schema of its package; the only one, or the one that is named."""
    (resource,) = [r for r in package(name)["resources"] if table in (None, r["name"])]
    kinds = {f["name"]: f["type"] for f in resource["schema"]["fields"]}
    return pd.read_csv(
        catalog.folder(name) / resource["path"],
        keep_default_na=False,
        na_values=[""],
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
    with pytest.raises(DataError, match="one of: boutique_hotel, camera_conjoint, ") as caught:
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


def test_yellow_pages_have_the_faults_they_name():
    table, said = read("yellow_pages"), faults("yellow_pages")
    answers = table.drop(columns="response_id")
    assert f"{(answers.nunique(axis=1) == 1).sum()} of the {len(table):,} respondents answer all ten" in said
    assert f"{answers.duplicated().sum()} responses repeat another one" in said


@pytest.mark.parametrize(
    ("name", "table", "rows", "answers"),
    [
        ("yellow_pages", "surveys", 1811, 18_110),
        ("cms_patient_experience", "surveys", 500, 500),
        ("lecture_ratings", "surveys", 73_421, 73_421),
        ("review_snippets", "feedback", 3708, 3708),
        ("fine_foods", "feedback", 5000, 5000),
    ],
)
def test_answers_and_texts_come_through_the_door_whole(name, table, rows, answers):
    data = cx.load(name)
    assert data.counts.to_dict("records") == [{"table": table, "read": rows, "kept": rows, "quarantined": 0}]
    assert data.tables[table].count().execute() == answers


def test_yellow_pages_are_ten_questions_of_one_to_ten_with_their_straight_lines_flagged():
    data = cx.load("yellow_pages")
    answers = data.surveys.to_pandas()
    assert answers["question"].nunique() == 10
    assert answers[["scale_min", "scale_max"]].drop_duplicates().values.tolist() == [[1, 10]]
    overall = answers[answers["question"] == "overall satisfaction"]["score"]
    assert overall.tolist() == read("yellow_pages")["overall_satisfaction"].tolist()
    assert answers.groupby("response_id")["flag"].first().value_counts().to_dict() == {"straight-line": 102}
    assert "102 of 1,811 responses (6 %) are flagged and kept: 102 straight-line (column flag)" in data.notes


def test_ratings_of_lectures_say_who_was_rated_and_repeat_nobody():
    answers = cx.load("lecture_ratings").surveys
    assert answers.flag.count().execute() == 0
    assert answers.handled_by.nunique().execute() == 1128


@pytest.mark.parametrize(
    ("name", "table", "rows"),
    [
        ("electricity_contracts", "choices", 17_232),
        ("orange_juice", "choices", 2140),
        ("camera_conjoint", "choices", 26_560),
        ("yogurt", "choices", 9648),
        ("train_trips", "choices", 5858),
        ("tip_joke", "trials", 211),
        ("smoking_law", "trials", 1209),
        ("drinking_age", "trials", 48),
    ],
)
def test_choices_and_trials_come_through_the_door_whole(name, table, rows):
    data = cx.load(name)
    assert data.counts.to_dict("records") == [{"table": table, "read": rows, "kept": rows, "quarantined": 0}]
    assert list(data.mapping["column"]) == list(data.tables[table].columns)


@pytest.mark.parametrize("name", ["electricity_contracts", "orange_juice", "camera_conjoint", "yogurt", "train_trips"])
def test_one_alternative_of_every_task_is_chosen_and_all_are_there(name):
    tasks = read(name).groupby(["respondent_id", "task"])
    assert (tasks["chosen"].sum() == 1).all()
    assert tasks.size().nunique() == 1


def test_choices_have_the_faults_they_name():
    electricity, said = read("electricity_contracts"), faults("electricity_contracts")
    assert f"{(electricity['price_cents_kwh'] == 0).sum():,} of {len(electricity):,} contracts" in said
    by_rates = electricity[["time_of_day_rates", "seasonal_rates"]].sum(axis=1)
    assert ((electricity["price_cents_kwh"] == 0) == (by_rates == 1)).all()
    assert f"some have fewer, {electricity.groupby('respondent_id')['task'].nunique().min()} at least" in said
    camera, said = read("camera_conjoint"), faults("camera_conjoint")
    nones = camera[camera["alternative"] == "none"].groupby("respondent_id")["chosen"].sum()
    assert f"{(nones == 0).sum()} of the {len(nones)} respondents never choose none" in said
    yogurt, said = read("yogurt"), faults("yogurt")
    bought = yogurt[yogurt["chosen"] == 1]
    one_brand = (bought.groupby("respondent_id")["alternative"].nunique() == 1).sum()
    assert f"{one_brand} of the 100 households bought one brand only" in said
    assert f"hiland was bought in {100 * (bought['alternative'] == 'hiland').mean():.1f} %" in said
    assert f"{(yogurt['price'] < 3).sum()} of the {len(yogurt):,} prices are below 3" in said
    trips, said = read("train_trips"), faults("train_trips")
    attributes = ["price_guilder_cents", "time_minutes", "changes", "comfort"]
    first, second = (trips[trips["alternative"] == f"choice{n}"][attributes].to_numpy() for n in (1, 2))
    dominated = ((first <= second).all(axis=1) | (second <= first).all(axis=1)).sum()
    assert f"In {dominated} of the {len(first):,} tasks" in said


def test_the_arm_without_a_card_is_called_none():
    arms = cx.load("tip_joke").trials.to_pandas()["arm"].value_counts().to_dict()
    assert arms == {"Ad": 74, "Joke": 72, "None": 65}


def test_california_alone_is_treated_and_sales_fell_by_what_is_printed():
    panel = cx.load("smoking_law").trials.to_pandas()
    assert panel[panel["treated_from"].notna()]["unit_id"].unique().tolist() == ["California"]
    after = panel["timestamp"] >= panel["treated_from"].min()
    means = panel.groupby(["unit_id", after])["outcome"].mean().unstack()
    change = means[True] - means[False]
    assert change["California"] - change.drop("California").mean() == pytest.approx(-27.349, abs=0.001)


def test_no_month_of_age_is_the_birthday_and_sides_follow_it():
    deaths = read("drinking_age")
    assert ((deaths["age"] > 21) == (deaths["arm"] == "21 and over")).all()
    assert (deaths["arm"].value_counts() == 24).all()
