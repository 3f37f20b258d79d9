"""Reports: what a client holds."""

from cxlab.report.brand import Brand, contrast
from cxlab.report.html import picture_bytes, render

__all__ = ["Brand", "contrast", "picture_bytes", "render"]
