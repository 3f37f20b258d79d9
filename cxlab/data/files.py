"""Files as bytes: what kind a file is, by its content before its name, and its text as plain UTF-8 lines."""

from __future__ import annotations

import bz2
import codecs
import gzip
import hashlib
import lzma
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cxlab.errors import DataError

_CHUNK = 1 << 20
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PAR1": "parquet",
    b"SQLite format 3\x00": "sqlite",
    b"\xd0\xcf\x11\xe0": "old Excel workbook (.xls)",
    b"%PDF": "PDF",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"{\\rtf": "rich-text document",
    b"\x7fELF": "program",
    b"MZ\x90": "program",
    b"\x28\xb5\x2f\xfd": "zstandard archive",
    b"Rar!": "RAR archive",
    b"7z\xbc\xaf": "7-Zip archive",
}
_READABLE = {"gzip", "bzip2", "xz", "parquet", "sqlite"}
_MARKUP = re.compile(rb"\s*(?:<!doctype html|<html|<\?xml|<table)", re.I)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: characters that no table needs and that the engine's line reader does: left out of every text
DELIMITER_MARK, BLANK_MARK, NULL_MARK = "\x01", "\x02", "\x03"
_UNUSED = ("\0", DELIMITER_MARK, BLANK_MARK, NULL_MARK)
LONGEST_LINE = 500_000
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13} | {127})


@dataclass
class Seen:
    """What was done to a text on the way to plain UTF-8 lines; each count becomes a note when it is not zero."""

    encoding: str = "utf-8"
    foreign_bytes: int = 0
    control_characters: int = 0
    lines: int = 0
    quotes: bool = False


def kind_of(path: Path) -> str:
    """What a file is: gzip, zip, bzip2, xz, parquet, duckdb, sqlite, excel, json-lines, json or text.

    Raises
    ------
    DataError : the file is empty, or is of a kind that holds no table.
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK // 16)
    if not head:
        raise DataError(f"{path.name} is empty.", expected="a header line and rows")
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            if kind not in _READABLE:
                raise _no_table(path, f"is a {kind}")
            return kind
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.startswith(b"PK\x03\x04"):
        with _broken_archive(path), zipfile.ZipFile(path) as archive:
            members = archive.namelist()
        if "xl/workbook.xml" in members:
            return "excel"
        if "mimetype" in members or "[Content_Types].xml" in members:
            raise _no_table(path, "is an office document that is no Excel workbook")
        return "zip"
    if _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        raise _no_table(path, "is a web page or XML")
    encoding = _wide_encoding(head)
    control = sum(head.count(byte) for byte in _CONTROL)
    if encoding is None and control > max(8, len(head) // 100):
        raise _no_table(path, "is a binary file")
    start = head.decode(encoding or "utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return "json-lines"
    return "json" if re.match(r"\[\s*\{", start) else "text"


def _no_table(path: Path, what: str) -> DataError:
    return DataError(
        f"{path.name} {what}.",
        expected="a table as CSV, TSV, Excel (.xlsx), Parquet, JSON lines, DuckDB or SQLite; also in .gz or .zip",
        mend="save the table as .csv or .xlsx and load that",
    )


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 by its byte-order mark, or by the zero bytes that every other byte of Latin text is."""
    for bom, encoding in _BOMS[1:]:
        if head.startswith(bom):
            return encoding
    even, odd, half = head[::2].count(0), head[1::2].count(0), max(1, len(head) // 2)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else None


def unpacked(path: Path, folder: Path, *, member: str = "") -> Path:
    """The file inside a .gz, .bz2, .xz or .zip, written into `folder`; a file that is not packed as it is.

    Raises
    ------
    DataError : the archive is broken, holds no file, or holds several and `member` does not say which.
    """
    for _ in range(3):
        kind = kind_of(path)
        if kind not in ("gzip", "bzip2", "xz", "zip"):
            return path
        inner = Path(path.name).stem if kind != "zip" else Path(_member(path, member)).name
        target = folder / f"unpacked-{len(list(folder.iterdir()))}" / (inner or "table")
        target.parent.mkdir(parents=True)
        with _broken_archive(path), _opened(path, kind, member) as packed, target.open("wb") as file:
            while chunk := packed.read(_CHUNK):
                file.write(chunk)
        path = target
    raise DataError(f"{path.name} is packed more than three times.", expected="a table, packed once")


def _opened(path: Path, kind: str, member: str) -> IO[bytes]:
    if kind == "zip":
        return zipfile.ZipFile(path).open(_member(path, member))
    return {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}[kind](path, "rb")


@contextmanager
def _broken_archive(path: Path):
    try:
        yield
    except (EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile, RuntimeError) as problem:
        raise DataError(
            f"{path.name} cannot be unpacked: {problem}.",
            expected="a whole, unencrypted archive",
            mend="copy or download the file again",
        ) from problem


def _member(path: Path, member: str) -> str:
    with _broken_archive(path), zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX/")]
    if member in names or (len(names) == 1 and not member):
        return member or names[0]
    raise DataError(
        f"{path.name} holds {len(names)} files: {', '.join(names[:8])}.",
        expected="one table",
        mend="  or  ".join(f"--option member={n}" for n in names[:3]),
    )


def sha256(path: Path) -> str:
    """The hash of a file's bytes, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def first_lines(path: Path, *, limit: int = 400, encoding: str = "") -> list[str]:
    """The first lines of a text, decoded as `plain_lines` decodes them."""
    lines: list[str] = []
    for block in _blocks(path, Seen(), encoding):
        lines += block.removesuffix("\n").split("\n")
        if len(lines) >= limit:
            break
    return lines[:limit]


def write_plain(path: Path, target: Path, *, encoding: str = "") -> Seen:
    r"""Write a text as UTF-8 with ``\n`` line ends and return what was seen on the way.

    Bytes that are no UTF-8 are read as Windows-1252, which is what they are in practice; NUL bytes are left out;
    a blank line becomes the one character `BLANK_MARK`, so that lines keep their numbers.
    """
    seen = Seen()
    with target.open("w", encoding="utf-8", newline="") as file:
        for block in _blocks(path, seen, encoding):
            seen.lines += block.count("\n")
            if "\n\n" in block or block.startswith("\n"):
                block = re.sub(r"(?m)^\n", BLANK_MARK + "\n", block)
            file.write(block)
    return seen


def _blocks(path: Path, seen: Seen, encoding: str) -> Iterator[str]:
    r"""Text in blocks that end at a line end, line ends all ``\n``."""
    with path.open("rb") as file:
        chunk = file.read(_CHUNK)
        bom, named = next(((b, e) for b, e in _BOMS if chunk.startswith(b)), (b"", ""))
        seen.encoding = encoding or named or _wide_encoding(chunk[: _CHUNK // 16]) or "utf-8"
        try:
            decoder = codecs.getincrementaldecoder(seen.encoding)("cxlab-windows")
        except LookupError:
            known = "utf-8, cp1252, latin-1, cp1250, utf-16, …"
            raise DataError(f"the encoding {encoding!r} is not known.", expected=known) from None
        rest, chunk = "", chunk.removeprefix(bom)
        while True:
            _foreign.bytes = 0
            text = rest + decoder.decode(chunk, final=not chunk)
            seen.foreign_bytes += _foreign.bytes
            for mark in _UNUSED:
                if mark in text:
                    seen.control_characters += text.count(mark)
                    text = text.replace(mark, "")
            held = "\r" if text.endswith("\r") and chunk else ""
            text = text.removesuffix(held)
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            seen.quotes = seen.quotes or '"' in text
            if not chunk:
                if text:
                    yield text if text.endswith("\n") else text + "\n"
                return
            end = text.rfind("\n") + 1
            if end:
                yield text[:end]
            rest, chunk = text[end:] + held, file.read(_CHUNK)
            if len(rest) > LONGEST_LINE:
                raise DataError(
                    f"{path.name} has a line of more than {LONGEST_LINE:,} characters.",
                    expected="one row a line",
                    mend="check that the file is a table",
                )


def _read_as_windows(problem: UnicodeError) -> tuple[str, int]:
    """A byte that is no UTF-8 is read as Windows-1252, and counted."""
    broken = problem.object[problem.start : problem.end]
    _foreign.bytes += len(broken)
    return broken.decode("cp1252", errors="replace"), problem.end


_foreign = threading.local()
codecs.register_error("cxlab-windows", _read_as_windows)
