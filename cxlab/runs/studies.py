"""Which notebook a study is, which typed parameters it takes, and the values a user chose for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ParameterError, unknown
from cxlab.parameters import Parameters
from cxlab.places import shipped


def studies() -> dict[str, Path]:
    """The studies that ship with cxlab: name to notebook."""
    return {path.stem: path for path in sorted((shipped("notebooks") / "studies").glob("*.ipynb"))}


def find_study(study: str | Path) -> Path:
    """The notebook of a study: a shipped study's name, or the path of an .ipynb.

    Raises
    ------
    ParameterError : no such study or file; lists the known names.

    >>> find_study("no-such-study.ipynb")
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: there is no notebook 'no-such-study.ipynb'...
    """
    text = str(study)
    if text.endswith(".ipynb"):
        if Path(text).is_file():
            return Path(text).resolve()
        raise ParameterError(
            f"there is no notebook {text!r} (looked in {Path.cwd()}).",
            expected="the path of an .ipynb, or one of: " + ", ".join(studies()),
        )
    if text not in studies():
        raise unknown("study", text, studies())
    return studies()[text]


def parameters_class(notebook: Mapping[str, Any], *, name: str) -> type[Parameters]:
    """The typed parameters that a notebook's metadata names: ``{"cxlab": {"parameters": "module:Class"}}``.

    Raises
    ------
    ParameterError : the metadata names none, or what it names is not a `Parameters` class.
    """
    where = str(notebook.get("metadata", {}).get("cxlab", {}).get("parameters", ""))
    module, _, attribute = where.partition(":")
    expected = 'metadata {"cxlab": {"parameters": "module:Class"}}, the class a subclass of cxlab.parameters.Parameters'
    if not (module and attribute):
        raise ParameterError(f"{name} does not name its typed parameters.", expected=expected)
    here = os.getcwd()
    # The kernel finds modules in the folder it is started from; the command has to find the same ones.
    sys.path.append(here)
    try:
        found = getattr(import_module(module), attribute, None)
    except ModuleNotFoundError as problem:
        raise ParameterError(f"{name} names its parameters as {where!r}, but {problem}.", expected=expected) from None
    finally:
        sys.path.remove(here)
    if not (isinstance(found, type) and issubclass(found, Parameters)):
        raise ParameterError(f"{name} names its parameters as {where!r}, which is {found!r}.", expected=expected)
    return found


def chosen(cls: type[Parameters], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values a user chose, typed and checked as a whole; text is read by the type its field declares.

    Returns
    -------
    dict : plain literals of the given names only, ready to be written into a notebook.

    Raises
    ------
    ParameterError : every fault in one message.

    >>> from pydantic import Field
    >>> class Demo(Parameters):
    ...     code: str = ""
    ...     draws: int = Field(1000, ge=100)
    >>> chosen(Demo, {"code": "00123", "draws": "500"})
    {'code': '00123', 'draws': 500}
    >>> chosen(Demo, {"draws": "5", "cod": "x"})
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: unknown parameter 'cod'.
    parameter draws = 5: it is too small.
      expected: one of: code, draws; draws: int, ≥ 100
      to mend:  did you mean 'code'? -p draws=1000
    """
    values, faults = {}, []
    for name, value in given.items():
        try:
            text = isinstance(value, (str, list, dict)) and name in cls.model_fields
            values |= cls.parse({name: value}) if text else {name: value}
            if name not in cls.model_fields:
                del values[name]
                raise unknown("parameter", name, cls.model_fields)
        except ParameterError as fault:
            faults.append(fault)
    try:
        settings = cls(**values)
    except ParameterError as fault:
        faults.append(fault)
    if faults:
        raise _together(faults)
    return {name: literal(getattr(settings, name)) for name in values}


def from_file(path: Path) -> dict[str, Any]:
    """Parameters of a YAML file, every scalar still text, so that its field decides what it is ("00123" stays text).

    Raises
    ------
    ParameterError : the file is missing or is not a mapping of names to values.
    """
    import yaml

    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except OSError as problem:
        raise ParameterError(f"cannot read {path}: {problem.strerror}.", expected="a YAML file of parameters") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise ParameterError(f"{path} is not YAML: {problem}", expected="lines such as  draws: 1000") from None
    if not isinstance(values, dict):
        raise ParameterError(f"{path} holds no names and values.", expected="lines such as  draws: 1000")
    return values


def literal(value: Any) -> Any:
    """A value as plain literals: what a notebook cell, a JSON file and YAML can all hold.

    >>> literal((1, 2)), literal(Path("a/b.csv")), literal(date(1998, 6, 30))
    ([1, 2], 'a/b.csv', '1998-06-30')
    """
    if isinstance(value, Mapping):
        return {str(k): literal(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [literal(v) for v in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _together(faults: list[CxlabError]) -> ParameterError:
    return ParameterError(
        "\n".join(f.found for f in faults),
        expected="; ".join(dict.fromkeys(f.expected for f in faults if f.expected)),
        mend=" ".join(dict.fromkeys(f.mend for f in faults if f.mend)),
    )
