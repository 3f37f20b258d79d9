"""What docs/teaching.md tells a teacher to type is understood, and what it shows of an exercise is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cxlab.cli import parser
from cxlab.learn.student import without_solution

TEXT = (Path(__file__).parents[2] / "docs" / "teaching.md").read_text(encoding="utf-8")
COMMANDS = [line.partition(" #")[0].strip() for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
            for line in block.splitlines()]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_understood(command):
    cxlab, *words = shlex.split(command)
    assert cxlab == "cxlab" and parser().parse_args(words).handler


def test_every_verb_is_told_of():
    assert {shlex.split(command)[2] for command in COMMANDS} == {"start", "progress", "collect", "export"}


def test_the_copy_of_the_example_is_as_told():
    (example,) = re.findall(r"```python\n(.*?)\n```", TEXT, re.DOTALL)
    lines = without_solution(example).split("\n")
    assert "by_chance = ..." in lines and not any("rise" in line for line in lines)
