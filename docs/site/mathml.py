"""Formulas as MathML, which browsers draw themselves: no script, nothing to load, read aloud by screen readers."""

from __future__ import annotations

from docutils import nodes


def setup(app) -> dict:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator, node) -> None:
    translator.body.append(formula(node.astext()))
    raise nodes.SkipNode


def _display(translator, node) -> None:
    translator.body.append(f'<div class="math">{formula(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def formula(latex: str, *, display: str = "inline") -> str:
    """A formula written in LaTeX as MathML, with the LaTeX as its text for those who search or copy it."""
    from latex2mathml.converter import convert

    return convert(latex, display=display)
