"""What the README tells a reader to type exists, and what it points at is there."""

import importlib
import json
import re
import shlex
from pathlib import Path

import pytest

from cxlab import __version__
from cxlab.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = [line.partition(" #")[0].strip() for block in FENCED.findall(README) for line in block.splitlines()]
IN_TEXT = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL))
CXLAB = [shlex.split(command)[1:] for command in COMMANDS if command.startswith("cxlab ")]


def test_opens_with_the_two_commands():
    assert README.startswith("```sh\n")
    assert [command.split() for command in COMMANDS[:2]] == [["make", "demo"], ["make", "test"]]


def test_make_has_every_verb_that_is_named():
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"make (?:PYTHON=\S+ )?([a-z-]+)", "\n".join([*COMMANDS, *IN_TEXT])))
    assert {"demo", "test", "lab", "bench"} <= named
    assert named <= verbs


@pytest.mark.parametrize("words", CXLAB, ids=" ".join)
def test_cxlab_has_every_verb_and_option_that_is_named(words, capsys):
    verbs = words[: 2 if words[0] == "data" else 1]
    with pytest.raises(SystemExit) as ended:
        main([*verbs, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for option in (word for word in words if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){option}\b", shown), f"cxlab {' '.join(verbs)} has no {option}"


@pytest.mark.parametrize("words", [words for words in CXLAB if words[0] == "run"], ids=" ".join)
def test_studies_have_every_parameter_that_is_named(words):
    study = json.loads((ROOT / "notebooks/studies" / f"{words[1]}.ipynb").read_text(encoding="utf-8"))
    module, _, name = study["metadata"]["cxlab"]["parameters"].partition(":")
    named = dict(after.split("=", 1) for before, after in zip(words, words[1:], strict=False) if before == "-p")
    parameters = getattr(importlib.import_module(module), name)
    assert parameters.parse(named).keys() == named.keys()


def test_every_file_and_folder_that_is_named_is_there():
    named = {*re.findall(r"\]\(([^)]+)\)", README), *re.findall(r"^\| `([^`]+)` \|", README, re.MULTILINE)}
    named |= {"LICENSE", "CITATION.cff", "environment.yml", "requirements.lock", "notebooks/00-start-here.ipynb"}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_citation_and_changelog_name_the_version():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
