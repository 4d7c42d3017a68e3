"""Opening a workbook of unknown origin: what is no workbook, damaged, locked or a bomb is refused in one sentence.

Nothing is unpacked before its size is known, and large parts are read in pieces.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree
from xml.parsers import expat

from aram_xl.errors import InputError
from workbooks._ooxml import OLE_MAGIC, opened, workbook_part

PIECE = 1 << 18
MOST_UNPACKED = 2 << 30
"""Bytes of all parts together. A workbook of 50 MB unpacks to 0.3 to 1 GB."""

SMALL, MOST_DENSE = 100 << 20, 200
"""Above so many bytes a part may be at most so many times its packed size. Sheets pack 5 to 50 times, bombs 1,000."""

MOST_FOR_TREE = 64 << 20
"""Bytes of a part that is held as a tree: everything but sheets, texts, charts and caches of pivot tables."""

DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, ElementTree.ParseError),
    *(UnicodeError, ValueError, LookupError, OverflowError),
)
"""What reading a damaged archive, or a part that breaks the format, can raise."""


@contextmanager
def sound_archive(path: str | os.PathLike[str]) -> Iterator[zipfile.ZipFile]:
    """The archive of a workbook that may come from anyone.

    Damage that shows only while parts are read is told in the same way.

    Raises:
        InputError: no such file, not an .xlsx or .xlsm workbook, encrypted, damaged, or far too large when unpacked.
    """
    source = Path(path)
    wanted = f"{source}: expected an .xlsx or .xlsm workbook"
    try:
        _refuse_from_outside(source, wanted)
        with opened(source) as archive:
            if not workbook_part(archive).endswith(".xml"):
                raise InputError(f"{wanted}, got a binary one (.xlsb); save it as .xlsx or .xlsm")
            yield archive
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(f"{wanted}, got a damaged one ({error or type(error).__name__})") from error


def _refuse_from_outside(source: Path, wanted: str) -> None:
    """Judge the file by its first bytes and by the list of its parts, before anything is unpacked."""
    try:
        if source.is_dir():
            raise InputError(f"{wanted}, got a folder")
        with source.open("rb") as stream:
            start = stream.read(8)
            if start == OLE_MAGIC:
                raise InputError(f"{wanted}, got {_compound(stream)}")
        if not start:
            raise InputError(f"{wanted}, got an empty file")
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
    except OSError as error:
        raise InputError(f"{wanted}, got {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        got = "a damaged one, perhaps cut off" if start.startswith(b"PK") else "a file of another kind"
        raise InputError(f"{wanted}, got {got}") from error
    if any(entry.flag_bits & 1 or entry.compress_type not in (0, 8) for entry in entries):
        raise InputError(f"{wanted}, got an archive that is encrypted or packed in another way")
    total = sum(entry.file_size for entry in entries)
    dense = any(entry.file_size > max(SMALL, MOST_DENSE * entry.compress_size) for entry in entries)
    if total > MOST_UNPACKED or dense or _listing_too_large(entries):
        raise InputError(f"{wanted}, got {source.stat().st_size:,} bytes that unpack to {total:,}; it is not opened")


def _listing_too_large(entries: list[zipfile.ZipInfo]) -> bool:
    """The lists of parts are held as trees by everyone who opens the archive."""
    return any(entry.filename.endswith(".rels") and entry.file_size > MOST_FOR_TREE for entry in entries)


def _compound(stream: object) -> str:
    """What a compound file holds, by the names in its directory, which are written in UTF-16."""
    if _contains(stream, "EncryptedPackage".encode("utf-16-le")):
        return "an encrypted one; save it without a password"
    return "an old .xls or another compound file; save it as .xlsx"


def _contains(stream: object, wanted: bytes) -> bool:
    tail = b""
    while piece := stream.read(PIECE):  # type: ignore[attr-defined]
        if wanted in tail + piece:
            return True
        tail = piece[-len(wanted) :]
    return False


class _WithoutDoctype(ElementTree.TreeBuilder):
    """A builder that refuses entities by refusing what declares them."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("a document type declaration, which no spreadsheet writes")


def tree(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """A small part, parsed.

    Raises:
        ValueError: it is too large, or declares a document type.
    """
    size = archive.getinfo(part).file_size
    if size > MOST_FOR_TREE:
        raise ValueError(f"{part} of {size:,} bytes")
    parser = ElementTree.XMLParser(target=_WithoutDoctype())
    parser.feed(archive.read(part))
    root: ElementTree.Element = parser.close()
    return root


class Scan(Protocol):
    """Something that listens to a parser; attaches its own handlers."""

    def attach(self, parser: expat.XMLParserType) -> None:
        """Set the handlers."""

    def check(self) -> None:
        """Refuse, by ValueError, what grows without end; called after each piece."""


def stream_through(archive: zipfile.ZipFile, part: str, scan: Scan) -> None:
    """Read a part once, in pieces, through a parser that ``scan`` listens to.

    Raises:
        ValueError: the part is not well-formed or breaks the format; the message names the part.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    scan.attach(parser)
    try:
        with archive.open(part) as stream:
            while piece := stream.read(PIECE):
                parser.Parse(piece, False)
                scan.check()
            parser.Parse(b"", True)
    except InputError:
        raise
    except DAMAGE as error:
        raise ValueError(f"{part}: {error or type(error).__name__}") from error


def _refuse_doctype(*ignored: object) -> None:
    raise ValueError("a document type declaration, which no spreadsheet writes")
