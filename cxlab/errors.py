"""The errors a user meets: what was found, what was expected, how to mend it."""

from __future__ import annotations


class CxlabError(Exception):
    """Something the user can mend.

    Parameters
    ----------
    found : what was found, with the offending names and values
    expected : what was expected instead
    mend : the line, option or command that mends it

    >>> print(DataError("transactions has no column 'amount' (columns: id, day).",
    ...                 expected="one column with the money of each line",
    ...                 mend="--column amount=NAME"))
    transactions has no column 'amount' (columns: id, day).
      expected: one column with the money of each line
      to mend:  --column amount=NAME
    """

    def __init__(self, found: str, *, expected: str = "", mend: str = ""):
        self.found, self.expected, self.mend = found, expected, mend
        lines = [found]
        if expected:
            lines.append(f"  expected: {expected}")
        if mend:
            lines.append(f"  to mend:  {mend}")
        super().__init__("\n".join(lines))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message alone. The first word tells our errors from others of the same name."""
        return [f"cxlab.errors.{type(self).__name__}: {self}"]


class DataError(CxlabError):
    """A source cannot be read, or a table breaks the contract as a whole."""


class ParameterError(CxlabError):
    """A parameter of a study or a function is outside what it accepts."""


class ModelError(CxlabError):
    """A model cannot be fitted to, or must not be believed on, this data."""


def unknown(kind: str, name: object, known, *, error: type[CxlabError] = ParameterError) -> CxlabError:
    """The error for a name that is not known: lists the known ones, nearest first.

    >>> print(unknown("model", "bg_nb", ["bg_nbd", "sbg"]))
    unknown model 'bg_nb'.
      expected: one of: bg_nbd, sbg
      to mend:  did you mean 'bg_nbd'?
    """
    from difflib import get_close_matches

    known = [str(k) for k in known]
    near = get_close_matches(str(name), known, n=1, cutoff=0.5)
    return error(
        f"unknown {kind} {str(name)!r}.",
        expected="one of: " + ", ".join(known),
        mend=f"did you mean {near[0]!r}?" if near else "",
    )
