"""Pages on the package from its docstrings, read without importing it: one page a folder of `cxlab`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

_HEADING = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
_ENTRY = re.compile(r"^(?P<name>[^\s:][^:\n]*?) : (?P<meaning>.*)$")
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def write_api(package: Path, target: Path) -> str:
    """Write the pages on a package into a folder; returns the name of the page that lists them."""
    target.mkdir(parents=True, exist_ok=True)
    names, known = [], known_names(package)
    for folder in [package, *sorted(f for f in package.rglob("*") if f.is_dir())]:
        modules = [f for f in sorted(folder.glob("*.py")) if not f.name.startswith("_") or f.name == "__init__.py"]
        text = page(folder, modules, package.parent, known)
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


def known_names(package: Path) -> set[str]:
    """Full names of the public modules, functions and classes of a package."""
    found = set()
    for file in package.rglob("*.py"):
        module = _module_name(file, package.parent)
        public = _public(ast.parse(file.read_text(encoding="utf-8")))
        if public and not module.rpartition(".")[2].startswith("_"):
            found |= {module, *(f"{module}.{node.name}" for node in public)}
    return found


def page(folder: Path, modules: list[Path], root: Path, known: set[str]) -> str:
    """The page on a folder of the package, "" where nothing in it is public; names in `known` become links."""
    parts = [part for module in modules if (part := _module(module, root, known))]
    if not parts:
        return ""
    name = ".".join(folder.relative_to(root).parts)
    return f"# {name}\n\n" + "\n\n".join(parts) + "\n"


def _module_name(file: Path, root: Path) -> str:
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _public(tree: ast.Module) -> list:
    return [node for node in tree.body if isinstance(node, _DEFINED) and not node.name.startswith("_")]


def _module(file: Path, root: Path, known: set[str]) -> str:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = _module_name(file, root)
    public = _public(tree)

    def text(node) -> str:
        return _with_links(markdown(ast.get_docstring(node) or ""), name, known)

    head = text(tree)
    if public:
        hidden = ":no-index:\n" if _shares_its_name(file) else ""
        head = f":::{{py:module}} {name}\n{hidden}:::\n\n{head}"
    if file.name != "__init__.py":
        if not public:
            return ""
        head = f"## {name.rpartition('.')[2]}\n\n{head}"
    return "\n\n".join([head, *(_defined(node, text) for node in public)])


def _shares_its_name(file: Path) -> bool:
    """Whether the package of a module has a function of the module's name: links then lead to the function."""
    package = file.with_name("__init__.py")
    if not package.is_file() or file == package:
        return False
    return file.stem in {node.name for node in _public(ast.parse(package.read_text(encoding="utf-8")))}


def _with_links(text: str, module: str, known: set[str]) -> str:
    """Names in backticks that are known, in full or of the same module, as links; code blocks are left alone."""

    def role(found: re.Match) -> str:
        for name in (found[1], f"{module}.{found[1]}"):
            if name in known:
                return f"{{py:obj}}`{found[1]} <{name}>`"
        return found[0]

    pieces = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(p if i % 2 else re.sub(r"(?<!`)`([\w.]+)`(?!`)", role, p) for i, p in enumerate(pieces))


def _defined(node, text: Callable) -> str:
    kind = "class" if isinstance(node, ast.ClassDef) else "function"
    body = [text(node)]
    if kind == "class":
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and ast.get_docstring(method):
                ways = {ast.unparse(decorator) for decorator in method.decorator_list}
                plain = bool(ways & {"property", "cached_property", "functools.cached_property"})
                called = method.name if plain else _call(method, bound="staticmethod" not in ways)
                body.append(_directive("property" if plain else "method", called, text(method), ":::"))
    return _directive(kind, _call(node), "\n\n".join(body), "::::")


def _directive(kind: str, signature: str, body: str, fence: str) -> str:
    return f"{fence}{{py:{kind}}} {signature}\n{body}\n{fence}"


def _call(node, *, bound: bool = False) -> str:
    """Name and arguments, without annotations (the docstring says what they are) and without `self` where bound."""
    if isinstance(node, ast.ClassDef):
        return node.name
    arguments = node.args
    if bound and arguments.args:
        arguments.args = arguments.args[1:]
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
