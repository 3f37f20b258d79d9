"""environment.yml, the conda way in, says the same as pyproject.toml."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
#: conda-forge's name for what pyproject.toml calls otherwise
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "ibis-framework[duckdb]": "ibis-duckdb",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
}


def conda_spelling(requirement):
    name, version = re.fullmatch(r"([\w.\[\]-]+)(.*)", requirement).groups()
    return CONDA_NAMES.get(name, name) + re.sub("^==", "=", version)


def test_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    lines = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    python, packages, pip = lines[0], lines[1:-2], lines[-2:]
    assert python == f"python{project['requires-python']},<3.15"
    assert sorted(packages) == sorted(map(conda_spelling, declared))
    assert pip == ["pip", {"pip": ["--editable ."]}]
