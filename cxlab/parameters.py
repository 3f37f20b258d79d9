"""The typed parameters of a study: checked as a whole before any work, each fault named with its value and range."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from cxlab.errors import ParameterError, unknown


class Parameters(BaseModel):
    """Base of the parameters of every study: frozen, strict about names and types.

    A study declares a subclass with one annotated field a parameter; a notebook builds it right after its
    parameters cell, and ``cxlab run`` builds it before the kernel starts.

    Raises
    ------
    ParameterError : names every parameter that is wrong, its value, and what it accepts.

    >>> from pydantic import Field
    >>> class Demo(Parameters):
    ...     draws: int = Field(1000, ge=100, le=100_000, description="posterior draws")
    >>> Demo(draws=500).draws
    500
    >>> Demo(draws="five")
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter draws = 'five': a whole number is needed.
      expected: draws: int, ≥ 100, ≤ 100000 (posterior draws)
      to mend:  -p draws=1000
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    def __init__(self, **values: Any):
        fields = type(self).model_fields
        for name in values:
            if name not in fields:
                raise unknown("parameter", name, fields)
        values = {k: tuple(v) if isinstance(v, list) and _takes_tuple(fields[k]) else v for k, v in values.items()}
        try:
            super().__init__(**values)
        except ValidationError as problem:
            raise _readable(type(self), problem) from None

    @classmethod
    def parse(cls, text: Mapping[str, Any]) -> dict[str, Any]:
        """Values from the command line or a file, each text read by the type its field declares ("00123" stays text).

        Lists and mappings of text, as a file can hold them, are read element by element. Pairs may be written
        "Us=1.5, Them=2" or {"Us": 1.5, "Them": 2}, the latter where a name holds a comma or an equals sign.

        >>> class Demo(Parameters):
        ...     code: str = ""
        ...     horizons: tuple[float, ...] = (52.0,)
        >>> Demo.parse({"code": "00123", "horizons": "26, 52"})
        {'code': '00123', 'horizons': (26.0, 52.0)}
        >>> class Sold(Parameters):
        ...     costs: dict[str, float] = {}
        >>> Sold.parse({"costs": "Us=1.5, Them=2"}) == Sold.parse({"costs": '{"Us": 1.5, "Them": 2}'})
        True
        """
        values = {}
        for name, raw in text.items():
            if name not in cls.model_fields:
                raise unknown("parameter", name, cls.model_fields)
            values[name] = _from_text(cls.model_fields[name].annotation, raw)
        return values


def _takes_tuple(field) -> bool:
    return any(get_origin(k) is tuple for k in _kinds(field.annotation))


def _kinds(annotation) -> tuple:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _from_text(annotation, raw):
    kinds = _kinds(annotation)
    if isinstance(raw, list):
        inner = next((get_args(k)[0] for k in kinds if get_origin(k) in (tuple, list)), str)
        return tuple(_from_text(inner, part) for part in raw)
    if isinstance(raw, Mapping):
        inner = next((get_args(k)[1] for k in kinds if get_origin(k) is dict), str)
        return {str(key): _from_text(inner, value) for key, value in raw.items()}
    if not isinstance(raw, str):
        return raw
    raw = raw.strip()
    if type(None) in kinds and raw.lower() in ("", "none", "null"):
        return None
    for kind in kinds:
        if get_origin(kind) is tuple:
            return tuple(_from_text(get_args(kind)[0], part.strip()) for part in raw.split(",") if part.strip())
        if get_origin(kind) is dict:
            return _pairs(get_args(kind)[1], raw)
        if kind is bool and raw.lower() in ("true", "false", "yes", "no"):
            return raw.lower() in ("true", "yes")
        if kind in (int, float):
            try:
                return kind(raw)
            except ValueError:
                continue
    return raw


def _pairs(inner, raw: str):
    """Names and values, written as "a=1, b=2" or as JSON; the text itself where it is neither."""
    if raw.startswith("{"):
        try:
            found = ast.literal_eval(raw)  # JSON of names and numbers, and what Python prints of them
        except (ValueError, SyntaxError):
            return raw
        return {str(k): _from_text(inner, str(v)) for k, v in found.items()} if isinstance(found, dict) else raw
    pairs = (part.partition("=") for part in raw.split(",") if part.strip())
    return {key.strip(): _from_text(inner, value.strip()) for key, _, value in pairs}


def option(name: str, value: Mapping[str, Any]) -> str:
    """Pairs as what to type behind a command, for advice.

    >>> print(option("costs", {"Us": 1.5}), option("costs", {"Own roastery": 1.5, "Them": 2}))
    -p costs=Us=1.5 -p 'costs=Own roastery=1.5, Them=2'
    >>> print(option("costs", {"Tea, Inc": 2}))
    -p 'costs={"Tea, Inc": 2}'
    """
    if any(set(",={") & set(key) or "," in str(own) for key, own in value.items()):
        return "-p " + shlex.quote(f"{name}={json.dumps(dict(value), ensure_ascii=False)}")
    return "-p " + shlex.quote(f"{name}={', '.join(f'{key}={own}' for key, own in value.items())}")


_SAYS = {
    "int_type": "a whole number is needed", "int_from_float": "a whole number is needed",
    "float_type": "a number is needed", "string_type": "text is needed", "bool_type": "true or false is needed",
    "dict_type": "names with values are needed",
    "greater_than_equal": "it is too small", "greater_than": "it is too small",
    "less_than_equal": "it is too large", "less_than": "it is too large",
    "finite_number": "it must be finite",
}  # fmt: skip
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def _accepts(name: str, field) -> str:
    kind = field.annotation
    bounds = [
        f"{_BOUNDS[b]} {getattr(m, b)}" for m in field.metadata for b in _BOUNDS if getattr(m, b, None) is not None
    ]
    words = kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind).replace("typing.", "")
    if words.startswith("Literal["):
        words = "one of " + ", ".join(map(str, get_args(kind)))
    return ", ".join([f"{name}: {words}", *bounds]) + (f" ({field.description})" if field.description else "")


def _readable(cls: type[Parameters], problem: ValidationError) -> ParameterError:
    found, accepts, mend = [], [], []
    for fault in problem.errors():
        name = str(fault["loc"][0]) if fault["loc"] else ""
        says = _SAYS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ").rstrip(".")
        if name not in cls.model_fields:
            found.append(f"parameters: {says}.")
            continue
        of = "".join(f"{part}: " for part in fault["loc"][1:] if isinstance(part, str))
        found.append(f"parameter {name} = {of}{fault['input']!r}: {says}.")
        accepts.append(_accepts(name, cls.model_fields[name]))
        default = cls.model_fields[name].get_default()
        kinds = [k for k in _kinds(cls.model_fields[name].annotation) if get_origin(k) is dict]
        if kinds:
            mend.append(option(name, {"NAME": "VALUE" if get_args(kinds[0])[1] is str else 1.5}))
        if isinstance(default, (int, float, str)) and default != "":
            mend.append(f"-p {name}={default}")
    return ParameterError(
        "\n".join(found), expected="; ".join(dict.fromkeys(accepts)), mend=" ".join(dict.fromkeys(mend))
    )
