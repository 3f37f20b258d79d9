"""`cxlab sweep`: every setting once, failures said, and a sweep that was killed goes on where it was."""

from __future__ import annotations

import signal
import subprocess
import time

import pandas as pd
import psutil
import pytest

from cxlab.errors import ParameterError
from cxlab.runs.sweep import read_sweep
from tests.runs.desk import command, environment

GRID = "study: small.ipynb\ndata: orders.csv\nparameters: {draws: 50}\n"


def finished(folder) -> dict[str, float]:
    """Runs that stand, and when their findings were written."""
    found = folder.glob("sweeps/many/runs/[!.]*/findings.json")
    return {path.parent.name: path.stat().st_mtime_ns for path in found}


def test_a_sweep_of_24_runs_killed_in_the_middle_repeats_none_that_finished(desk):
    (desk / "many.yaml").write_text(GRID + f"grid: {{seed: {list(range(12))}, code: ['007', b]}}\n")
    process = subprocess.Popen(command("sweep", "many.yaml"), cwd=desk, env=environment(), start_new_session=True)
    limit = time.monotonic() + 120
    while len(finished(desk)) < 3 and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.05)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # workers whose scheduler is gone end by themselves; what they still finish counts as finished
    psutil.wait_procs(workers, timeout=60)
    before = finished(desk)
    assert 3 <= len(before) < 24
    done = subprocess.run(command("sweep", "many.yaml"), cwd=desk, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"24 runs: {len(before)} stood there before, {24 - len(before)} made now" in done.stdout
    after = finished(desk)
    assert len(after) == 24 and {key: after[key] for key in before} == before
    assert not list(desk.glob("sweeps/many/runs/.*")), "nothing half-written is left"
    runs = pd.read_csv(desk / "sweeps/many/runs.csv", dtype=str)
    assert len(runs) == runs["run"].nunique() == 24 and set(runs["status"]) == {"done"}
    assert runs.groupby("code").size().to_dict() == {"007": 12, "b": 12}
    found = pd.read_csv(desk / "sweeps/many/findings.csv")
    means = found[(found["finding"] == "small.mean_order") & (found["column"] == "mean")]
    assert len(means) == 24 and means.groupby("seed")["value"].nunique().max() == 1


def test_a_run_that_fails_is_said_and_does_not_stop_the_others(cxlab, desk):
    (desk / "some.yaml").write_text(GRID + "runs: [{seed: 1}, {source: absent.csv}]\n")
    done = cxlab("sweep", "some.yaml", "--workers", "1")
    assert done.returncode == 1
    assert "2 runs: 0 stood there before, 1 made now, 1 failed (why: sweeps/some/runs.csv)" in done.stdout
    runs = pd.read_csv(desk / "sweeps/some/runs.csv")
    assert "absent.csv" in runs.set_index("status").loc["failed", "message"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grid: {seed: [1]}", "names no study"),
        ("study: small.ipynb\ngrid: {seed: 1}", "not names to lists"),
        ("study: small.ipynb\ngird: {seed: [1]}", "unknown key"),
        ("study: small.ipynb\ngrid: {sead: [1]}", "did you mean 'seed'"),
        ("study: small.ipynb\ngrid: {draws: [50, five]}", "draws = 'five'"),
        ("study: small.ipynb\nruns: {seed: 1}", "not a list"),
        ("study: no-such-study\ngrid: {seed: [1]}", "unknown study"),
        ("study: [", "not YAML"),
    ],
)
def test_a_wrong_file_is_one_message_before_anything_runs(desk, text, message):
    (desk / "wrong.yaml").write_text(text)
    with pytest.raises(ParameterError, match=message):
        read_sweep("wrong.yaml")


def test_the_same_setting_twice_is_one_run_and_text_stays_text(desk):
    (desk / "twice.yaml").write_text(GRID + "grid: {seed: [1, 2]}\nruns: [{seed: 2}, {seed: 2, code: '007'}]\n")
    sweep = read_sweep("twice.yaml")
    assert [dict(s.varied) for s in sweep.settings] == [{"seed": 1}, {"seed": 2}, {"seed": 2, "code": "007"}]


def test_other_data_or_another_notebook_is_another_run(desk):
    (desk / "one.yaml").write_text(GRID)
    first = read_sweep("one.yaml").settings[0].key
    with open("orders.csv", "a") as file:
        file.write("99,2024-02-01,5\n")
    assert read_sweep("one.yaml").settings[0].key != first
