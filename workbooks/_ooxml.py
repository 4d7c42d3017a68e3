"""The inside of an .xlsx or .xlsm file: parts, relationships, sheets, names, cell addresses."""

from __future__ import annotations

import os
import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from aram_xl.errors import InputError

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
"""First bytes of a compound file: an old .xls, or a workbook encrypted with a password."""

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class Relationship:
    """One arrow from a part to another part, or to a place outside the file."""

    kind: str
    """Last word of the relationship's type, such as ``worksheet``."""
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of cells; rows and columns counted from 1, ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return self.top <= cell[0] <= self.bottom and self.left <= cell[1] <= self.right


def address(row: int, column: int) -> str:
    """Name of a cell, both counted from 1.

    Example:
        >>> address(1, 1), address(10, 28)
        ('A1', 'AB10')
    """
    letters, rest = "", column
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"


def position(name: str) -> tuple[int, int]:
    """Row and column, counted from 1, of a cell's name.

    Raises:
        ValueError: there is no such cell in a sheet.

    Example:
        >>> position("$AB$10")
        (10, 28)
    """
    found = ADDRESS.fullmatch(name)
    if not found:
        raise ValueError(f"cell: expected an address such as B2, got {name!r}")
    column = 0
    for letter in found[1].upper():
        column = 26 * column + ord(letter) - 64
    row = int(found[2])
    if row > LAST_ROW or column > LAST_COLUMN:
        raise ValueError(f"cell: expected an address of a sheet, got {name!r}")
    return row, column


def box(name: str) -> Box:
    """Rectangle of a range's name such as ``B2:D9`` or ``B2``.

    Raises:
        ValueError: it is no range of cells, or its corners are swapped.
    """
    first, _, last = name.partition(":")
    top, left = position(first)
    bottom, right = position(last) if last else (top, left)
    if bottom < top or right < left:
        raise ValueError(f"range: expected its upper left corner first, got {name!r}")
    return Box(top, left, bottom, right)


def local(tag: str) -> str:
    """Name of an element or attribute without its namespace, which differs between dialects of the format."""
    return tag.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str | None:
    """An attribute by its local name, in whichever namespace (``r:id`` of the two dialects)."""
    return next((value for key, value in element.attrib.items() if local(key) == name), None)


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[zipfile.ZipFile]:
    """The workbook's archive.

    Raises:
        InputError: there is no such file, or it is not an .xlsx or .xlsm workbook.
    """
    source = Path(path)
    wanted = f"{source}: expected an .xlsx or .xlsm workbook"
    try:
        with source.open("rb") as stream:
            if stream.read(8) == OLE_MAGIC:
                raise InputError(f"{wanted}, got an .xls or an encrypted file; save it as .xlsx, no password")
        archive = zipfile.ZipFile(source)
    except OSError as error:
        raise InputError(f"{wanted}, got {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        raise InputError(f"{wanted}, got a file of another kind") from error
    with archive:
        try:
            workbook_part(archive)
        except (KeyError, StopIteration, ElementTree.ParseError) as error:
            raise InputError(f"{wanted}, got an archive without a workbook") from error
        yield archive


def relationships(archive: zipfile.ZipFile, part: str) -> dict[str, Relationship]:
    """Where a part (empty: the file itself) points, by relationship id."""
    folder, name = posixpath.split(part)
    listing = posixpath.join(folder, "_rels", f"{name}.rels")
    if listing not in archive.namelist():
        return {}
    arrows = {}
    for item in ElementTree.fromstring(archive.read(listing)):
        external = item.get("TargetMode") == "External"
        target = item.get("Target", "")
        if not external:
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        arrows[item.get("Id", "")] = Relationship(item.get("Type", "").rpartition("/")[2], target, external)
    return arrows


def workbook_part(archive: zipfile.ZipFile) -> str:
    """Name of the part that lists the sheets, usually ``xl/workbook.xml``."""
    arrows = relationships(archive, "").values()
    part = next(arrow.target for arrow in arrows if arrow.kind == "officeDocument")
    archive.getinfo(part)
    return part


def workbook(archive: zipfile.ZipFile) -> ElementTree.Element:
    """The workbook part, parsed."""
    return ElementTree.fromstring(archive.read(workbook_part(archive)))


def children(element: ElementTree.Element, *path: str) -> list[ElementTree.Element]:
    """Descendants along a path of local names."""
    found = [element]
    for name in path:
        found = [child for parent in found for child in parent if local(child.tag) == name]
    return found


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Part of each worksheet by the sheet's name, left to right; chart sheets are left out."""
    arrows = relationships(archive, workbook_part(archive))
    parts = {}
    for sheet in children(workbook(archive), "sheets", "sheet"):
        arrow = arrows.get(attribute(sheet, "id") or "")
        if arrow is not None and arrow.kind == "worksheet":
            parts[sheet.get("name", "")] = arrow.target
    return parts


def defined_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """What each defined name of the workbook stands for."""
    names = children(workbook(archive), "definedNames", "definedName")
    return {item.get("name", ""): "".join(item.itertext()) for item in names}


def shared_strings(archive: zipfile.ZipFile) -> list[str]:
    """The workbook's table of texts; rich text is joined, phonetic hints are left out."""
    arrows = relationships(archive, workbook_part(archive)).values()
    part = next((arrow.target for arrow in arrows if arrow.kind == "sharedStrings"), None)
    if part is None:
        return []
    table = ElementTree.fromstring(archive.read(part))
    return [plain_text(item) for item in children(table, "si")]


def plain_text(item: ElementTree.Element) -> str:
    """Text of an ``si`` or ``is`` element."""
    runs = children(item, "t") + children(item, "r", "t")
    return unescaped("".join(run.text or "" for run in runs))


def unescaped(text: str) -> str:
    """Replace the format's own escapes, such as ``_x000D_``, by their characters.

    Example:
        >>> unescaped("a_x0041_")
        'aA'
    """
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
