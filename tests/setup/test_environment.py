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
#: what comes from PyPI by the extra that names it, since conda-forge has no such package
FROM_PYPI = {"stepmix": "latent"}

#: what PySpark needs and PyPI has not
JAVA = "openjdk>=17"


def conda_spelling(requirement):
    name, version = re.fullmatch(r"([\w.\[\]-]+)(.*)", requirement).groups()
    return CONDA_NAMES.get(name, name) + re.sub("^==", "=", version)


def test_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    declared += [*project["optional-dependencies"]["spark"], JAVA]
    declared = [r for r in declared if re.match(r"[\w-]+", r).group() not in FROM_PYPI]
    lines = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    python, packages, pip = lines[0], lines[1:-2], lines[-2:]
    assert python == f"python{project['requires-python']},<3.15"
    assert sorted(packages) == sorted(map(conda_spelling, declared))
    assert pip == ["pip", {"pip": [f"--editable .[{','.join(FROM_PYPI.values())}]"]}]
