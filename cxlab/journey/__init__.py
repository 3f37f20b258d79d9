"""How customers move: from a log of contacts to journey maps, what-ifs and the money at stake."""

from cxlab.journey.log import END, START, Columns, Log, read_log

__all__ = ["END", "START", "Columns", "Log", "read_log"]
