"""Reports: what a client holds."""

from cxlab.report.brand import Brand, contrast
from cxlab.report.html import render

__all__ = ["Brand", "contrast", "render"]
