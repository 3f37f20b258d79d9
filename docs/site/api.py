"""Pages on the package from its docstrings, read without importing it: one page a folder of `cxlab`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_HEADING = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
_ENTRY = re.compile(r"^(?P<name>[^\s:][^:\n]*?) : (?P<meaning>.*)$")
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def write_api(package: Path, target: Path) -> str:
    """Write the pages on a package into a folder; returns the name of the page that lists them."""
    target.mkdir(parents=True, exist_ok=True)
    names = []
    for folder in [package, *sorted(f for f in package.rglob("*") if f.is_dir())]:
        modules = [f for f in sorted(folder.glob("*.py")) if not f.name.startswith("_") or f.name == "__init__.py"]
        text = page(folder, modules, package.parent)
        if text:
            name = ".".join(folder.relative_to(package.parent).parts)
            (target / f"{name}.md").write_text(text, encoding="utf-8")
            names.append(name)
    listed = "\n".join(names)
    (target / "index.md").write_text(
        f"# The package\n\nEvery public function and class, by the folder it lies in.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n",
        encoding="utf-8",
    )
    return f"{target.name}/index"


def page(folder: Path, modules: list[Path], root: Path) -> str:
    """The page on a folder of the package, "" where nothing in it is public."""
    parts = [part for module in modules if (part := _module(module, root))]
    if not parts:
        return ""
    name = ".".join(folder.relative_to(root).parts)
    return f"# {name}\n\n" + "\n\n".join(parts) + "\n"


def _module(file: Path, root: Path) -> str:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    head = markdown(ast.get_docstring(tree) or "")
    public = [node for node in tree.body if isinstance(node, _DEFINED) and not node.name.startswith("_")]
    if file.name == "__init__.py":
        return "\n\n".join([head, *_defined(public, name)])
    if not public:
        return ""
    return "\n\n".join([f"## {name.rsplit('.', 1)[1]}", head, *_defined(public, name)])


def _defined(nodes: list, module: str) -> Iterator[str]:
    for node in nodes:
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        body = [markdown(ast.get_docstring(node) or "")]
        if kind == "class":
            body += [
                _directive(
                    "method", f"{module}.{node.name}.{_call(method)}", markdown(ast.get_docstring(method)), ":::"
                )
                for method in node.body
                if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and ast.get_docstring(method)
            ]
        yield _directive(kind, f"{module}.{_call(node)}", "\n\n".join(body), "::::")


def _directive(kind: str, signature: str, body: str, fence: str) -> str:
    return f"{fence}{{py:{kind}}} {signature}\n{body}\n{fence}"


def _call(node) -> str:
    """Name and arguments, without annotations: the docstring says what they are."""
    if isinstance(node, ast.ClassDef):
        return node.name
    arguments = node.args
    for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if one is not None:
            one.annotation = None
    return f"{node.name}({ast.unparse(arguments)})"


def markdown(docstring: str) -> str:
    """A docstring as Markdown: its parts under small headings, parameters as a list, examples as code.

    >>> print(markdown("Adds *two*.\\n\\nParameters\\n----------\\na_b : a number\\n    or `None`"))
    Adds *two*.
    <BLANKLINE>
    **Parameters**
    <BLANKLINE>
    - `a_b` : a number or `None`
    """
    pieces = _HEADING.split(docstring)
    out = [_paragraphs(pieces[0])]
    for title, text in zip(pieces[1::2], pieces[2::2], strict=True):
        out += [f"**{title}**", _entries(text) if title in {"Parameters", "Attributes"} else _paragraphs(text)]
    return "\n\n".join(part for part in out if part)


def _paragraphs(text: str) -> str:
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if block.lstrip().startswith(">>>"):
            blocks.append(f"```pycon\n{block}\n```")
        elif block.startswith("    "):
            blocks.append(f"```text\n{block}\n```")
        else:
            blocks.append(_prose(block))
    return "\n\n".join(block for block in blocks if block)


def _entries(text: str) -> str:
    lines: list[str] = []
    rest = ""
    head, *tail = re.split(r"\n\s*\n", text.strip("\n"), maxsplit=1)
    for line in head.splitlines():
        if found := _ENTRY.match(line):
            lines.append(f"- `{found['name']}` : {_prose(found['meaning'])}")
        elif lines:
            lines[-1] += " " + _prose(line.strip())
        else:
            rest += _prose(line) + "\n"
    return "\n\n".join(part for part in [rest, "\n".join(lines), _paragraphs(tail[0]) if tail else ""] if part)


def _prose(text: str) -> str:
    """Text of a docstring with what Markdown would misread taken literally; code and *stress* stay."""
    pieces = re.split(r"(`[^`]*`|(?<![\w*])\*\w[^*\n]*\w\*(?![\w*]))", text)
    return "".join(p if i % 2 else re.sub(r"([\\*_\[\]<>#$|~{}])", r"\\\1", p) for i, p in enumerate(pieces)).strip()
