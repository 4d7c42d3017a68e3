"""A workbook read once: sheets, names, tables, charts, links and settings."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from workbooks._audit_cells import LONGEST_CONTENT
from workbooks._audit_facts import IS_QUOTED, IS_TEXT, SHOWS_DATE, SHOWS_NOTHING, UNLOCKED, Common, Facts
from workbooks._audit_file import stream_through, tree
from workbooks._audit_reader import Formulas
from workbooks._audit_sheet import SheetScan
from workbooks._audit_texts import SharedTexts, Texts
from workbooks._ooxml import Box, Relationship, attribute, box, children, local, relationships, workbook_part

BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Numbers of the formats that show dates in every or in some languages."""

TRUE = ("1", "true")
_NOTHING = re.compile(r"\s*;\s*;\s*(?:;\s*)?")


@dataclass(frozen=True, slots=True)
class Name:
    """A defined name."""

    name: str
    formula: str
    sheet: int | None
    """Position of the sheet to which it belongs; None for the workbook."""
    hidden: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a worksheet."""

    sheet: int
    area: Box
    columns: tuple[str, ...]
    """In lower case."""
    headers: int
    totals: int


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet as the workbook lists it."""

    name: str
    state: str
    kind: str
    """``worksheet``, ``chartsheet``, ``dialogsheet`` or ``xlMacrosheet``."""


@dataclass(eq=False, slots=True)
class Book:
    """Everything that the checks look at."""

    tabs: list[Tab]
    sheets: dict[int, Facts]
    """Worksheets by their position."""
    formulas: Formulas
    texts: Texts
    names: list[Name] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    charts: list[tuple[str, str]] = field(default_factory=list)
    """Part of a chart and a formula in it."""
    pivots: list[tuple[str | None, str]] = field(default_factory=list)
    """Sheet, and range or name, that a pivot table reads."""
    links: list[str] = field(default_factory=list)
    """Other workbooks."""
    connections: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    """Attributes of ``calcPr``."""
    cells: int = 0
    """Filled ones."""
    locked: bool = False
    """Structure protected with a password."""
    macros: bool = False
    add_ins: bool = False

    def position(self, sheet: str) -> int | None:
        """Position of a sheet by its name in any case."""
        return next((i for i, tab in enumerate(self.tabs) if tab.name.lower() == sheet.lower()), None)


def read_book(archive: zipfile.ZipFile) -> Book:
    """Read every part once.

    Raises:
        ValueError, or another of ``_audit_file.DAMAGE``: a part breaks the format.
    """
    main = workbook_part(archive)
    root, arrows = tree(archive, main), relationships(archive, main)
    by_kind: dict[str, list[Relationship]] = {}
    for arrow in arrows.values():
        by_kind.setdefault(arrow.kind, []).append(arrow)
    texts = Texts()
    for arrow in by_kind.get("sharedStrings", []):
        stream_through(archive, arrow.target, SharedTexts(texts))
    styles = [_style_flags(tree(archive, arrow.target)) for arrow in by_kind.get("styles", [])]
    common = Common(texts, styles[0] if styles else b"", Formulas(), [0])
    book = Book([], {}, common.formulas, texts)
    _read_settings(book, root)
    for item in children(root, "sheets", "sheet"):
        found = arrows.get(attribute(item, "id") or "")
        kind = "" if found is None else found.kind
        book.tabs.append(Tab(item.get("name", ""), item.get("state", "visible"), kind))
        if found is not None and kind == "worksheet":
            facts = book.sheets[len(book.tabs) - 1] = Facts(book.tabs[-1].name, found.target)
            stream_through(archive, found.target, SheetScan(facts, common))
            book.tables |= _tables(archive, len(book.tabs) - 1, found.target)
    book.cells = common.filled[0]
    book.links = list(_links(archive, by_kind.get("externalLink", [])))
    book.macros = "vbaProject" in by_kind
    book.add_ins = any("webextension" in name.lower() and name.endswith(".xml") for name in archive.namelist())
    _read_elsewhere(archive, book)
    return book


def _read_settings(book: Book, root: ElementTree.Element) -> None:
    for item in children(root, "calcPr"):
        book.settings = dict(item.attrib)
    for item in children(root, "workbookProtection"):
        book.locked = _has_password(item.attrib, "workbook")
    for item in children(root, "definedNames", "definedName"):
        local_sheet = item.get("localSheetId")
        sheet = None if local_sheet is None else int(local_sheet)
        text = "".join(item.itertext())
        book.names.append(Name(item.get("name", ""), text, sheet, item.get("hidden") in TRUE))


def _has_password(attributes: dict[str, str], prefix: str = "") -> bool:
    """Whether a protection has a password, in the old or the new way of writing it."""
    wanted = {"password", "hashvalue", f"{prefix}password", f"{prefix}hashvalue"}
    return any(local(key).lower() in wanted and value for key, value in attributes.items())


def has_password(attributes: dict[str, str]) -> bool:
    """Whether a sheet's protection has a password."""
    return _has_password(attributes)


def _style_flags(styles: ElementTree.Element) -> bytes:
    """Flags of each cell style, by its number."""
    codes: dict[int, str] = dict(BUILTIN_FORMATS)
    for item in children(styles, "numFmts", "numFmt"):
        codes[int(item.get("numFmtId", 0))] = item.get("formatCode", "")
    flags = bytearray()
    for style in children(styles, "cellXfs", "xf"):
        number = int(style.get("numFmtId", 0))
        unlocked = any(item.get("locked") in ("0", "false") for item in children(style, "protection"))
        code = codes.get(number, "")
        dated = number in BUILT_IN_DATES or (number > 58 and bool(is_date_format(code)))
        nothing = bool(_NOTHING.fullmatch(code))
        kept = IS_TEXT * (code == "@") + IS_QUOTED * (style.get("quotePrefix") in ("1", "true"))
        flags.append(UNLOCKED * unlocked + SHOWS_DATE * dated + SHOWS_NOTHING * nothing + kept)
    return bytes(flags)


def _tables(archive: zipfile.ZipFile, sheet: int, part: str) -> Iterator[tuple[str, Table]]:
    for arrow in relationships(archive, part).values():
        if arrow.kind != "table":
            continue
        root = tree(archive, arrow.target)
        columns = tuple(item.get("name", "").lower() for item in children(root, "tableColumns", "tableColumn"))
        headers, totals = int(root.get("headerRowCount", 1)), int(root.get("totalsRowCount", 0))
        table = Table(sheet, box(root.get("ref", "")), columns, headers, totals)
        for key in {root.get("name", "").lower(), root.get("displayName", "").lower()}:
            yield key, table


def _links(archive: zipfile.ZipFile, arrows: list[Relationship]) -> Iterator[str]:
    """What each link to another workbook, or to a program, points to."""
    for arrow in arrows:
        targets = [link.target for link in relationships(archive, arrow.target).values() if link.external]
        if targets:
            yield targets[0]
            continue
        for element in tree(archive, arrow.target):
            if local(element.tag) in ("ddeLink", "oleLink"):
                yield " ".join(element.get(key, "") for key in ("ddeService", "ddeTopic", "progId")).strip()


def _read_elsewhere(archive: zipfile.ZipFile, book: Book) -> None:
    """Charts, pivot tables and connections, found by their content types wherever they lie."""
    known = set(archive.namelist())
    for item in tree(archive, "[Content_Types].xml"):
        part = item.get("PartName", "").lstrip("/")
        kind = item.get("ContentType", "").rpartition("/")[2]
        if part not in known:
            continue
        if kind in ("vnd.openxmlformats-officedocument.drawingml.chart+xml", "vnd.ms-office.chartex+xml"):
            chart = _Elements({"f"})
            stream_through(archive, part, chart)
            book.charts += [(part, text) for _, _, text in chart.found if text]
        elif kind.endswith("pivotCacheDefinition+xml"):
            pivot = _Elements({"worksheetSource"})
            stream_through(archive, part, pivot)
            book.pivots += [(a.get("sheet"), a.get("ref") or a.get("name", "")) for _, a, _ in pivot.found]
        elif kind.endswith("spreadsheetml.connections+xml"):
            book.connections += [item.get("name", "") for item in children(tree(archive, part), "connection")]


class _Elements:
    """Listens for elements of certain names; keeps their attributes and texts."""

    def __init__(self, names: set[str]) -> None:
        self.found: list[tuple[str, dict[str, str], str]] = []
        self._names = names
        self._open: dict[str, str] | None = None
        self._text: list[str] = []

    def attach(self, parser: Any) -> None:
        """Set the handlers of an expat parser."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def check(self) -> None:
        """Refuse a formula without end."""
        if sum(map(len, self._text)) > LONGEST_CONTENT:
            raise ValueError(f"a formula of more than {LONGEST_CONTENT:,} characters")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] in self._names:
            self._open, self._text = attributes, []

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in self._names and self._open is not None:
            self.found.append((name, self._open, "".join(self._text)))
            self._open = None

    def _characters(self, text: str) -> None:
        if self._open is not None:
            self._text.append(text)
