"""A finished run is read back as it was: values, words, checks, keys and picture."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.runs.recorded import read_run


def test_findings_come_back_as_they_were(finished):
    folder, _ = finished
    run = read_run(folder)
    mean = run["small.mean_order"]
    assert [f.name for f in run.answers] == ["small.mean_order", "small.orders"]
    assert mean.units == dict.fromkeys(["mean", "low", "high"], "money") and mean.currency == "EUR"
    assert mean.checks[0].value == 11 and mean.believed and mean.keys[0].label == "mean order"
    assert mean.caption.startswith("n = 11 orders")
    pd.testing.assert_frame_equal(
        mean.table, pd.read_csv(folder / "tables" / "small.mean_order.csv"), check_exact=False
    )
    assert {"customer_id": "00000", "orders": 1} in run["small.orders"].table.to_dict("records")
    assert json.loads((folder / "findings.json").read_text())[0]["name"] in run.findings


def test_a_picture_is_shown_as_it_was_drawn(finished):
    folder, _ = finished
    run = read_run(folder)
    assert run.picture("small.mean_order").read_bytes().startswith(b"\x89PNG") and run.picture("small.orders") is None
    assert run["small.orders"].draw is None
    (image,) = run["small.mean_order"].plot().images
    assert image.get_array().shape[2] in (3, 4)


def test_an_empty_table_keeps_its_columns(finished, tmp_path):
    folder, _ = finished
    content = json.loads((folder / "findings.json").read_text())
    content[0]["table"], content[0]["monte_carlo_error"] = [], None
    shutil.copy(folder / "run.json", tmp_path)
    (tmp_path / "findings.json").write_text(json.dumps(content))
    run = read_run(tmp_path)
    assert run["small.mean_order"].table.empty and list(run["small.mean_order"].table) == ["mean", "low", "high"]


def test_what_is_no_run_is_said(finished, tmp_path):
    with pytest.raises(DataError, match="there is no"):
        read_run(tmp_path)
    shutil.copy(finished[0] / "findings.json", tmp_path)
    with pytest.raises(DataError, match=r"run\.json cannot be read"):
        read_run(tmp_path)
    with pytest.raises(ParameterError, match="small"):
        read_run(finished[0])["small.mean"]
