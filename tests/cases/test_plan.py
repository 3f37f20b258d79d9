"""A case is checked as a whole before any work: what is wrong is said in one message."""

from __future__ import annotations

import pytest

from cxlab.cases.faults import check_data
from cxlab.cases.plan import read_plan
from cxlab.cases.starting import start_case
from cxlab.errors import DataError, ParameterError

ORDERS = "customer_id,timestamp,amount\n" + "".join(f"{c},2024-0{1 + c % 6}-11,{10 + c}\n" for c in range(12))


@pytest.fixture
def client(tmp_path):
    """Writes a client.yaml with a case beside a file of orders, and reads it."""
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "secret.txt").write_text("x")

    def write(case: str, more: str = ""):
        sources = "sources: {orders: {path: orders.csv, table: transactions}}\n"
        (tmp_path / "client.yaml").write_text(f"client: Corner\ncurrency: EUR\n{sources}{more}\ncase: {case}\n")
        return read_plan(tmp_path)

    return write


def test_a_case_reads_the_clients_own_files_and_hands_down_client_currency_and_seed(client):
    plan = client("{question: What pays, seed: 7, studies: {cltv: {horizon: 26}}}")
    (step,) = plan.steps
    assert step.study == "cltv" and step.values["horizon"] == 26 and step.values["seed"] == 7
    assert step.values["source"].endswith("client.yaml") and step.values["currency"] == "EUR"
    assert step.values["client"] == plan.client == "Corner" and plan.question == ("What pays",)
    assert plan.notebook.stem == "any-business"


def test_a_study_may_be_run_twice_under_two_names_on_two_sources(client):
    plan = client("{studies: {ours: {study: cltv}, theirs: {study: cltv, source: cdnow}}}")
    assert [(s.label, s.study) for s in plan.steps] == [("ours", "cltv"), ("theirs", "cltv")]
    assert plan.steps[1].values["source"] == "cdnow"


def test_a_case_allows_what_its_report_can_let_out(client):
    allowed = ("pictures", "respondent_id", "handled_by")
    assert client(f"{{studies: {{cltv: {{}}}}, allow: [{', '.join(allowed)}]}}").allow == allowed


HOSTILE = [
    ("{studies: {}}", "names no studies"),
    ("[cltv]", "says nothing of a case"),
    ("{studies: {cltw: {}}}", "unknown study 'cltw'"),
    ("{studies: {cltv: {horizn: 3}}}", "unknown parameter 'horizn'"),
    ("{studies: {cltv: {draws: -4}}}", "draws = -4"),
    ("{studies: {cltv: 3}}", "cltv = 3"),
    ("{studies: {../../cltv: {study: cltv}}}", "cannot name a study's folder"),
    ("{studies: {cltv: {study: ../../evil.ipynb}}}", "leaves the client's folder"),
    ("{studies: {cltv: {study: /etc/evil.ipynb}}}", "leaves the client's folder"),
    ("{studies: {cltv: {}}, notebook: ../x.ipynb}", "leaves the client's folder"),
    ("{studies: {cltv: {}}, notebook: gone.ipynb}", "is not there"),
    ("{studies: {cltv: {}}, notebook: gone}", "unknown case notebook 'gone'"),
    ("{studies: {cltv: {}}, template: ../../deck.pptx}", "leaves the client's folder"),
    ("{studies: {cltv: {}}, template: secret.txt}", r"expected: a file \*\.pptx"),
    ("{studies: {cltv: {}}, allow: [everything]}", "unknown word in case.allow 'everything'"),
    ("{studies: {cltv: {}}, smallest_group: 1}", "smallest_group = 1"),
    ("{studies: {cltv: {}}, smallest_group: yes}", "smallest_group = True"),
    ("{studies: {cltv: {}}, findings: [drivers]}", "case.findings"),
    ("{studies: {cltv: {}}, findings: [{studdy: cltv}]}", "did you mean 'study'"),
    ("{studies: {cltv: {}}, situation: {a: 1}}", "case.situation"),
    ("{studies: {cltv: {}}, owner: me}", "unknown key of case"),
    ("{studies: {cltv: {}}", "is no YAML"),
    ("!!python/object/apply:os.system [id]", "is no YAML"),
]


@pytest.mark.parametrize(("case", "says"), HOSTILE, ids=[says for _, says in HOSTILE])
def test_what_is_wrong_is_said_before_any_work(client, case, says):
    with pytest.raises((ParameterError, DataError), match=says):
        client(case)


def test_faults_of_all_studies_come_in_one_message(client):
    with pytest.raises(ParameterError) as told:
        client("{studies: {cltv: {draws: -4}, segments: {nope: 1}}}")
    assert "case.studies.cltv" in str(told.value) and "case.studies.segments" in str(told.value)


def test_a_brand_that_is_no_mapping_and_a_key_nobody_knows(client):
    with pytest.raises(ParameterError, match="brand = 'blue'"):
        client("{studies: {cltv: {}}}", more="brand: blue")
    with pytest.raises(ParameterError, match="did you mean 'brand'"):
        client("{studies: {cltv: {}}}", more="brands: {name: x}")


def test_a_brand_is_checked_before_any_study_runs(client):
    with pytest.raises(ParameterError, match="contrast"):
        client("{studies: {cltv: {}}}", more='brand: {colours: {main: "#FFD200"}}')
    with pytest.raises((ParameterError, DataError), match="logo"):
        client("{studies: {cltv: {}}}", more="brand: {logo: ../../etc/passwd}")


def test_a_study_without_its_data_and_a_case_without_currency_are_one_message(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    sources = "sources: {orders: {path: orders.csv, table: transactions}}\n"
    (tmp_path / "client.yaml").write_text(
        f"{sources}case: {{studies: {{journey: {{}}, differentiation: {{}}, cltv: {{}}}}}}\n"
    )
    with pytest.raises(DataError) as told:
        check_data(read_plan(tmp_path))
    said = str(told.value)
    assert "journey: " in said and "no touchpoints" in said and "names brands" in said and "currency" in said
    assert "cltv" not in said.replace("client.yaml", "")


OUTSIDE = ["../payroll.csv", "{above}/payroll.csv", "link.csv", "~/payroll.csv", "sqlite:///{above}/payroll.db"]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("where", ["sources", "study"])
def test_what_lies_outside_the_folder_is_read_only_where_the_yaml_says_so(tmp_path, monkeypatch, path, where):
    shop = tmp_path / "shop"
    shop.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    for file in (tmp_path / "payroll.csv", shop / "orders.csv"):
        file.write_text(ORDERS)
    (shop / "link.csv").symlink_to(tmp_path / "payroll.csv")
    path = path.format(above=tmp_path)
    ours, study = (path, "{}") if where == "sources" else ("orders.csv", f"{{source: '{path}'}}")

    def read(outside=""):
        (shop / "client.yaml").write_text(
            f"currency: EUR\nsources: {{orders: {{path: '{ours}', table: transactions}}}}\n"
            f"case: {{{outside} studies: {{cltv: {study}}}}}\n"
        )
        return read_plan(shop)

    with pytest.raises(ParameterError, match=r"outside its folder: \S*(payroll|link)(.|\n)*outside: allowed"):
        read()
    with pytest.raises(ParameterError, match="case.outside = 'yes'"):
        read("outside: 'yes',")
    assert read("outside: allowed,").steps


def test_a_yaml_beside_the_case_reaches_no_further_than_the_case(tmp_path):
    (tmp_path / "payroll.csv").write_text(ORDERS)
    (tmp_path / "shop" / "other").mkdir(parents=True)
    (tmp_path / "shop" / "other" / "client.yaml").write_text("sources: {transactions: ../../payroll.csv}\n")
    (tmp_path / "shop" / "client.yaml").write_text("case: {source: other, studies: {cltv: {}}}\n")
    with pytest.raises(ParameterError, match=r"outside its folder: \.\./\.\./payroll.csv"):
        read_plan(tmp_path / "shop")


def test_a_new_case_of_files_elsewhere_says_so_and_can_be_read(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    target, _ = start_case(tmp_path / "shop", [tmp_path / "orders.csv"])
    assert "outside: allowed" in target.read_text() and read_plan(target).steps


def test_faults_inside_tables_are_all_told_before_any_study_starts(tmp_path):
    (tmp_path / "one.csv").write_text("unit_id,arm,outcome\n" + "".join(f"u{i},card,{i % 5}\n" for i in range(40)))
    (tmp_path / "twice.csv").write_text(
        "unit_id,arm,outcome\n" + "".join(f"u{i % 30},{'card' if i % 2 else 'control'},{i % 5}\n" for i in range(61))
    )
    (tmp_path / "choices.csv").write_text(
        "respondent_id,task,alternative,chosen,price,size\n"
        + "".join(f"r{r},{t},a,1,{1 + t},{r % 3}\n" for r in range(9) for t in range(3))
    )
    columns = "cost_low,cost_likely,cost_high,effect_low,effect_likely,effect_high,months"
    (tmp_path / "plans.csv").write_text(
        f"name,{columns},requires\napp,8,10,12,2,4,8,6,site\nsite,8,10,12,2,4,8,6,app\n"
    )
    (tmp_path / "good.csv").write_text(f"name,{columns}\napp,8,10,12,2,4,8,6\n")
    studies = {
        "lots": "{study: trials, source: one.csv}", "again": "{study: trials, source: twice.csv}",
        "choice": "{study: differentiation, source: choices.csv}", "plan": "{study: roadmap, source: plans.csv}",
        "fine": "{study: roadmap, source: good.csv}", "till": "{study: roadmap, source: good.csv, effects: {kiosk: "
        "{study: lots, finding: differentiation.effect_in_money, row: brings}}}",
    }  # fmt: skip
    said = ", ".join(f"{label}: {words}" for label, words in studies.items())
    (tmp_path / "client.yaml").write_text(f"currency: EUR\ncase: {{studies: {{{said}}}}}\n")
    plan = read_plan(tmp_path)
    with pytest.raises(DataError) as told:
        check_data(plan)
    lines = {line.split(":")[0]: line for line in str(told.value).splitlines()}
    assert "one arm" in lines["lots"] and "several rows" in lines["again"] and "alternative" in lines["choice"]
    assert "in a circle" in lines["plan"] and "unknown initiative in effects 'kiosk'" in lines["till"]
    assert "fine" not in lines
    with pytest.raises(DataError) as told:  # what ran on these data already is not read again
        check_data(plan, known=("lots", "again"))
    assert "lots:" not in str(told.value) and "plan:" in str(told.value)


def test_a_case_that_is_not_there_lists_those_that_are(tmp_path):
    with pytest.raises(ParameterError, match="coffee-shop"):
        read_plan(tmp_path / "gone")


def test_a_new_case_is_ready_to_run(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "orders.csv").write_text(ORDERS)
    target, left_open = start_case(tmp_path / "shop")
    assert left_open == []
    plan = read_plan(target)
    assert [s.label for s in plan.steps] == ["segments", "cltv", "roadmap"] and plan.steps[2].values["budget"] == 5000
    with pytest.raises(DataError, match="there already"):
        start_case(tmp_path / "shop")


def test_a_new_case_needs_files(tmp_path):
    with pytest.raises(ParameterError, match="holds no data yet"):
        start_case(tmp_path)
    with pytest.raises(ParameterError, match="there is no folder"):
        start_case(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()
