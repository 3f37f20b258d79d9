"""`cxlab run`: what a user gets, what is refused before any work, and what is left when a study fails or is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from tests.runs.desk import CELLS, command, environment, write_study


def test_a_run_leaves_everything_it_says(finished):
    folder, done = finished
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert found == {
        "notebook.ipynb", "report.html", "findings.json", "run.json", "quarantine.csv",
        "tables/small.mean_order.csv", "tables/small.orders.csv", "figures/small.mean_order.png",
    }  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[0].startswith("An order is worth €") and lines[1] == "11 customers placed 11 orders."
    assert lines[-1] == "report: out/first/report.html"
    assert done.stderr == ""


def test_run_json_says_what_the_numbers_came_from(finished):
    folder, _ = finished
    run = json.loads((folder / "run.json").read_text())
    assert run["study"] == "small" and run["title"] == "A small study" and run["seed"] == 1
    assert run["parameters"]["code"] == "00123" and run["parameters"]["source"] == "orders.csv"
    assert run["data"]["rows"] == [{"table": "transactions", "read": 12, "kept": 11, "quarantined": 1}]
    assert len(run["data"]["fingerprint"]) == 64 and run["duration_seconds"] > 0
    assert {"cxlab", "python", "pandas", "duckdb"} <= set(run["versions"])
    assert run["started"].endswith("+00:00") and len(run["answer"]) == 2


def test_findings_and_tables_agree(finished):
    folder, _ = finished
    findings = {f["name"]: f for f in json.loads((folder / "findings.json").read_text())}
    assert set(findings) == {"small.mean_order", "small.orders"}
    table = pd.read_csv(folder / "tables" / "small.mean_order.csv")
    assert table.to_dict("records")[0] == pytest.approx(findings["small.mean_order"]["table"][0])
    assert findings["small.mean_order"]["monte_carlo_error"][0]["mean"] > 0
    quarantine = pd.read_csv(folder / "quarantine.csv")
    assert quarantine[["source", "source_row", "reason"]].values.tolist() == [["orders.csv", 9, "amount is missing"]]


def test_nothing_published_names_the_machine(finished):
    folder, _ = finished
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="latin-1")
            assert str(folder.parents[1]) not in text and str(Path.home()) + "/" not in text, path.name


def test_the_notebook_is_clean_and_holds_the_parameters_as_typed(finished):
    notebook = nbformat.read(finished[0] / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert "papermill" not in notebook.metadata
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    injected = next(c.source for c in notebook.cells if "injected-parameters" in c.metadata.get("tags", []))
    assert 'code = "00123"' in injected and 'source = "orders.csv"' in injected


def test_all_faults_of_the_parameters_come_in_one_message_before_any_kernel(cxlab, desk):
    done = cxlab("run", "small.ipynb", "-p", "draws=5", "-p", "seeed=3", "-p", "levels=high", "--out", "x")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    for part in ("unknown parameter 'seeed'", "did you mean 'seed'", "draws = 5: it is too small", "levels = 'high'"):
        assert part in done.stderr
    assert not list(desk.glob(".*")) and not (desk / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-study"], "unknown study 'no-such-study'"),
        (["missing.ipynb"], "there is no notebook 'missing.ipynb'"),
        (["small.ipynb", "-f", "missing.yaml"], "cannot read missing.yaml"),
        (["small.ipynb", "--data", "a.csv", "-p", "source=b.csv"], "the source is given twice"),
        (["small.ipynb", "--out", "small_study.py", "--force"], "is not a run folder"),
        (["small.ipynb", "-p", "draws"], "is not NAME=VALUE"),
    ],
)
def test_bad_input_exits_2_with_one_message(cxlab, arguments, message):
    done = cxlab("run", *arguments)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr


def test_a_file_of_parameters_is_read_by_declared_type_and_p_wins(cxlab, desk):
    (desk / "p.yaml").write_text("code: 00123\ndraws: 50\nlevels: [0.5, 0.9]\ncolumns: {amount: amount}\n")
    done = cxlab(
        "run", "small.ipynb", "-f", "p.yaml", "-p", "draws=60", "--column", "timestamp=timestamp", "--out", "x"
    )
    assert done.returncode == 0, done.stderr
    parameters = json.loads((desk / "x" / "run.json").read_text())["parameters"]
    assert parameters["code"] == "00123" and parameters["draws"] == 60 and parameters["levels"] == [0.5, 0.9]
    assert parameters["columns"] == {"amount": "amount", "timestamp": "timestamp"}


def test_a_taken_folder_is_refused_and_replaced_whole_with_force(cxlab, desk):
    (desk / "mine").mkdir()
    (desk / "mine" / "thesis.txt").write_text("years of work")
    done = cxlab("run", "small.ipynb", "--out", "mine", "--force")
    assert done.returncode == 2 and (desk / "mine" / "thesis.txt").exists()

    (desk / "old").mkdir()
    (desk / "old" / "run.json").write_text("{}")
    (desk / "old" / "stale.txt").write_text("")
    assert cxlab("run", "small.ipynb", "--out", "old").returncode == 2
    assert cxlab("run", "small.ipynb", "--out", "old", "--force").returncode == 0
    assert (desk / "old" / "report.html").exists() and not (desk / "old" / "stale.txt").exists()
    assert not list(desk.glob(".*"))


def test_bad_data_found_in_a_cell_is_one_message_and_exit_2(cxlab, desk):
    done = cxlab("run", "small.ipynb", "--data", "nowhere.csv", "--out", "x")
    assert done.returncode == 2
    assert done.stderr.startswith("DataError: ") and "'nowhere.csv'" in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr and not (desk / "x").exists() and not (desk / "x.failed").exists()


def test_a_failed_study_says_where_and_keeps_the_notebook(cxlab, desk):
    # pandas has a DataError too; it is a fault of the study, not of the data.
    write_study(desk / "bad.ipynb", [*CELLS[:3], 'import pandas as pd\nraise pd.errors.DataError("no\\nnumbers")'])
    done = cxlab("run", "bad.ipynb", "--out", "x")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "cell [5], which begins 'import pandas as pd'" in done.stderr and "DataError: no … numbers" in done.stderr
    assert not (desk / "x").exists() and [p.name for p in (desk / "x.failed").iterdir()] == ["notebook-failed.ipynb"]
    notebook = nbformat.read(desk / "x.failed" / "notebook-failed.ipynb", as_version=4)
    assert any(o.output_type == "error" for c in notebook.cells for o in c.get("outputs", []))


def test_a_study_without_export_and_a_kernel_that_dies_are_told_apart(cxlab, desk):
    write_study(desk / "silent.ipynb", CELLS[:2])
    done = cxlab("run", "silent.ipynb", "--out", "x")
    assert done.returncode == 1 and "cx.runs.export" in done.stderr and not (desk / "x").exists()
    write_study(desk / "dies.ipynb", ["import os", "os.kill(os.getpid(), 9)"])
    done = cxlab("run", "dies.ipynb", "--out", "y")
    assert done.returncode == 1 and "out of memory" in done.stderr and "os.kill" in done.stderr
    assert (desk / "y.failed" / "notebook-failed.ipynb").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_leaves_no_half_written_output(desk, number):
    waits = 'import os, time\nfrom pathlib import Path\nPath("pid").write_text(str(os.getpid()))\ntime.sleep(60)'
    write_study(desk / "waits.ipynb", [*CELLS, waits])
    running = subprocess.Popen(
        command("run", "waits.ipynb", "--out", "x"), cwd=desk, env=environment(), stderr=subprocess.PIPE, text=True
    )
    _until(lambda: running.poll() is not None or ((desk / "pid").exists() and (desk / "pid").read_text()))
    assert not (desk / "x").exists() and list(desk.glob(".x.staging-*/report.html")), "the run was at its last cell"
    running.send_signal(number)
    _, said = running.communicate(timeout=30)
    assert not (desk / "x").exists() and not (desk / "x.failed").exists()
    kernel = Path("/proc") / (desk / "pid").read_text()
    _until(lambda: not kernel.exists() or "Z" in (kernel / "stat").read_text().split()[2])
    if number == signal.SIGKILL:
        assert list(desk.glob(".x.staging-*"))
        done = subprocess.run(
            command("run", "small.ipynb", "--out", "y"), cwd=desk, env=environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    else:
        assert running.returncode not in (0, 1) and "Traceback" not in said and "nothing was written" in said
    assert not list(desk.glob(".*"))


def test_papermill_alone_runs_the_same_study_and_writes_only_its_notebook(desk):
    before = {p.name for p in desk.iterdir()} | {"__pycache__"}
    arguments = ["papermill", "small.ipynb", "alone.ipynb", "-p", "draws", "50", "-k", "python3"]
    done = subprocess.run(
        [command()[0], "-m", *arguments], cwd=desk, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert {p.name for p in desk.iterdir()} - before == {"alone.ipynb"}


def _until(true, *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
