"""What the package imports is declared, what is declared is used, and importing it is light."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HEAVY = {
    "pymc",
    "pytensor",
    "arviz",
    "matplotlib",
    "ibis",
    "pandas",
    "numpy",
    "duckdb",
    "scipy",
    "pydantic",
    "papermill",
}
#: declared for what they do, not for their names: the notebooks' program, kernel, widgets and charts, the engine and
#: its pin, what reads Excel files and Arrow tables for others
NOT_IMPORTED = {"seaborn", "jupyterlab", "ipykernel", "ipywidgets", "duckdb", "sqlglot", "openpyxl", "pyarrow"}
#: imported beside the package that pins it
COMES_WITH = {"markupsafe": "jinja2", "pytensor": "pymc"}


def names(requirements):
    return {canonicalize_name(Requirement(r).name) for r in requirements}


def imported(*folders):
    """Top-level modules imported anywhere in the Python files of the folders, the project's own left out."""
    modules = set()
    for folder in folders:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    modules.add(node.module.partition(".")[0])
    return modules - set(sys.stdlib_module_names) - {"cxlab", "docs", "tests"}


def distributions(modules):
    known = packages_distributions()
    found = {canonicalize_name(known[m][0]) if m in known else m for m in modules}
    return {COMES_WITH.get(name, name) for name in found}


def test_the_package_imports_only_what_is_declared():
    extras = names(r for extra, rs in PROJECT["optional-dependencies"].items() if extra != "test" for r in rs)
    plugin = {"nbval"}  # cxlab.runs.nbval_plugin is at work only where nbval runs the notebooks
    assert distributions(imported("cxlab")) - names(PROJECT["dependencies"]) - extras - plugin == set()


def test_tests_import_only_what_is_declared():
    declared = names(PROJECT["dependencies"]) | names(r for rs in PROJECT["optional-dependencies"].values() for r in rs)
    assert distributions(imported("tests")) - declared == set()


def test_everything_declared_is_used():
    assert names(PROJECT["dependencies"]) - distributions(imported("cxlab")) - NOT_IMPORTED == set()


@pytest.mark.parametrize("module", ["cxlab", "cxlab.cli", "cxlab.errors", "cxlab.finding"])
def test_import_is_light(module):
    code = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []
