"""An installed wheel holds the notebooks and data sets, finds them, and holds no data that must stay out of it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("cxlab-*.whl")
    return built


def shipped(folder, *, but=lambda path: False):
    """Files of a folder of the checkout, as a wheel names them."""
    files = (f for f in (ROOT / folder).rglob("*") if f.is_file() and not but(f))
    return {
        f"cxlab/_shipped/{f.relative_to(ROOT).as_posix()}"
        for f in files
        if not {".ipynb_checkpoints", "__pycache__"} & set(f.parts)
    }


def copyleft(file):
    package = json.loads(
        (ROOT / "datasets" / file.relative_to(ROOT / "datasets").parts[0] / "datapackage.json").read_text(
            encoding="utf-8"
        )
    )
    return any("GPL" in licence["name"] for licence in package["licenses"])


def test_wheel_holds_notebooks_and_data_sets_but_none_under_the_gpl(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("cxlab/_shipped/")}
    assert held == shipped("notebooks") | shipped("datasets", but=copyleft)
    assert "cxlab/_shipped/notebooks/glossary.md" in held


def test_wheel_finds_what_it_holds(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "import cxlab.data.catalog as c; print(c.__file__, [c.folder(name) for name in c.datasets()])"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert str(tmp_path / "cxlab" / "data" / "catalog.py") in answer
    assert str(tmp_path / "cxlab" / "_shipped" / "datasets" / "cdnow") in answer
