"""Runs: execute a study, remember what it stood on, compare it with another.

>>> import cxlab as cx
>>> callable(cx.runs.export)
True
"""

from cxlab.runs.compare import compare
from cxlab.runs.execute import Run, StudyFailed, run
from cxlab.runs.export import export
from cxlab.runs.studies import studies

__all__ = ["Run", "StudyFailed", "compare", "export", "run", "studies"]
