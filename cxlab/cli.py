"""The command `cxlab`: one word a room, and every fault of the user's as one message."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from cxlab import __version__
from cxlab.errors import CxlabError

_ROOMS = ("cxlab.data.commands", "cxlab.runs.commands", "cxlab.cases.commands", "cxlab.learn.commands")


def parser() -> argparse.ArgumentParser:
    """The parser with the commands of every room."""
    top = argparse.ArgumentParser(prog="cxlab", description="Customer experience: data, studies, reports.")
    top.add_argument("--version", action="version", version=f"cxlab {__version__}")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in _ROOMS:
        import_module(room).add_commands(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    0 done, 1 a study failed, 2 bad input or parameters (one message on stderr).
    """
    arguments = parser().parse_args(argv)
    try:
        return arguments.handler(arguments)
    except CxlabError as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
