"""A workbook's archive taken apart for inspection, and checks of the archive and the workbook part.

Each check is a function from a `Package` to sentences, one per fault.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from workbooks._ooxml import Relationship, attribute, children, local, relationships, workbook_part

CONTENT_TYPES = "[Content_Types].xml"
XML_ENDINGS = (".xml", ".rels", ".vml")
FORBIDDEN_IN_SHEET_NAME = set("[]:*?/\\")
LONGEST_SHEET_NAME = 31
OUTSIDE_ALLOWED = {"hyperlink"}
"""Kinds of relationships that may point out of the file."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as written: attributes and texts, nothing interpreted."""

    name: str
    style: str | None
    kind: str
    value: str | None
    formula: str | None
    block: str | None
    """``ref`` of the array formula or data table that begins here."""


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """A worksheet: its name, its tree and its rows as written."""

    name: str
    part: str
    root: ElementTree.Element
    rows: list[tuple[str, list[Cell]]]

    def cells(self) -> Iterator[Cell]:
        """All cells, in the order of the file."""
        for _, cells in self.rows:
            yield from cells


@dataclass(frozen=True, eq=False, slots=True)
class Package:
    """All parts of a workbook, parsed once."""

    names: list[str]
    trees: dict[str, ElementTree.Element]
    arrows: dict[str, dict[str, Relationship]]
    """Relationships of each part; the file's own under the empty name."""
    workbook: ElementTree.Element
    workbook_part: str
    sheets: list[Sheet]

    def related(self, kind: str) -> ElementTree.Element | None:
        """The workbook's part of a kind that exists once, such as ``styles``."""
        for arrow in self.arrows[self.workbook_part].values():
            if arrow.kind == kind:
                return self.trees.get(arrow.target)
        return None

    def sheet_names(self) -> set[str]:
        """Names of all sheets, chart sheets too, in lower case: Excel does not tell cases apart."""
        return {sheet.get("name", "").lower() for sheet in children(self.workbook, "sheets", "sheet")}


def unpacked(archive: zipfile.ZipFile, trees: dict[str, ElementTree.Element]) -> Package:
    """The parts of an archive that passed `archive_faults`."""
    names = archive.namelist()
    main = workbook_part(archive)
    arrows = {part: relationships(archive, part) for part in ["", *names] if part != CONTENT_TYPES}
    sheets = []
    for item in children(trees[main], "sheets", "sheet"):
        arrow = arrows[main].get(attribute(item, "id") or "")
        if arrow is not None and arrow.kind == "worksheet" and arrow.target in trees:
            root = trees[arrow.target]
            sheets.append(Sheet(item.get("name", ""), arrow.target, root, _rows(root)))
    return Package(names, trees, arrows, trees[main], main, sheets)


def _rows(root: ElementTree.Element) -> list[tuple[str, list[Cell]]]:
    return [
        (row.get("r", ""), [_cell(cell) for cell in children(row, "c")]) for row in children(root, "sheetData", "row")
    ]


def _cell(element: ElementTree.Element) -> Cell:
    parts = {local(child.tag): child for child in element}
    formula, value = parts.get("f"), parts.get("v")
    has_block = formula is not None and formula.get("t") in ("array", "dataTable")
    return Cell(
        name=element.get("r", ""),
        style=element.get("s"),
        kind=element.get("t", "n"),
        value=None if value is None else (value.text or ""),
        formula=None if formula is None else (formula.text or ""),
        block=formula.get("ref", "") if formula is not None and has_block else None,
    )


def archive_faults(archive: zipfile.ZipFile) -> Iterator[str]:
    """Damage of the archive itself: checksums, doubled entries, impossible names."""
    damaged = archive.testzip()
    if damaged:
        yield f"{damaged}: expected its checksum, got other bytes; the archive is damaged"
    for name, times in Counter(name.lower() for name in archive.namelist()).items():
        if times > 1:
            yield f"{name}: expected once in the archive, got {times} entries"
    for name in archive.namelist():
        if "\\" in name or name.startswith("/") or ".." in name.split("/"):
            yield f"{name}: expected a plain relative name of a part"


def parsed(archive: zipfile.ZipFile) -> tuple[dict[str, ElementTree.Element], list[str]]:
    """Trees of all XML parts, and the parts that are not well-formed."""
    trees, faults = {}, []
    for name in archive.namelist():
        if not name.lower().endswith(XML_ENDINGS):
            continue
        content = archive.read(name)
        if b"<!DOCTYPE" in content:
            faults.append(f"{name}: expected no document type declaration, got one")
        try:
            trees[name] = ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            faults.append(f"{name}: expected well-formed XML, got {error}")
    return trees, faults


def content_type_faults(package: Package) -> Iterator[str]:
    """Every part has a content type, and every type belongs to a part."""
    table = package.trees.get(CONTENT_TYPES)
    if table is None:
        yield f"{CONTENT_TYPES}: expected in the archive, not found"
        return
    endings = {item.get("Extension", "").lower() for item in children(table, "Default")}
    overrides = [item.get("PartName", "").lstrip("/") for item in children(table, "Override")]
    for name in package.names:
        ending = name.rpartition(".")[2].lower()
        if name != CONTENT_TYPES and name not in overrides and ending not in endings:
            yield f"{name}: expected a content type, got none"
        if ending == "xml" and name != CONTENT_TYPES and name not in overrides:
            yield f"{name}: expected a content type of its own, got that of every .xml"
    for name, times in Counter(overrides).items():
        if name not in package.names:
            yield f"{CONTENT_TYPES}: expected parts of this file, got {name}"
        if times > 1:
            yield f"{CONTENT_TYPES}: expected {name} once, got it {times} times"


def relationship_faults(package: Package) -> Iterator[str]:
    """Every relationship leads to a part, every part can be reached, every id that is used exists."""
    reached, frontier = set(), [""]
    while frontier:
        part = frontier.pop()
        for arrow in package.arrows.get(part, {}).values():
            if arrow.external:
                continue
            if arrow.target not in package.names:
                yield f"{part or 'the file'}: expected its {arrow.kind} {arrow.target}, not found"
            elif arrow.target not in reached:
                reached.add(arrow.target)
                frontier.append(arrow.target)
    for name in package.names:
        folder, file = posixpath.split(name)
        if posixpath.basename(folder) == "_rels":
            owner = posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))
            if owner and owner not in package.names:
                yield f"{name}: expected the part {owner}, not found"
        elif name != CONTENT_TYPES and name not in reached:
            yield f"{name}: expected a relationship that leads to it, got none"
    yield from _used_ids(package)


def _used_ids(package: Package) -> Iterator[str]:
    for part, root in package.trees.items():
        if part.endswith(".rels"):
            ids = [item.get("Id", "") for item in root]
            yield from (f"{part}: expected {i} once, got it {n} times" for i, n in Counter(ids).items() if n > 1)
            continue
        for element in root.iter():
            for key, value in element.attrib.items():
                if re.search(r"officeDocument/(2006/)?relationships}(id|embed|link|pict)$", key) and (
                    value not in package.arrows.get(part, {})
                ):
                    yield f"{part}: expected a relationship {value}, got none"


def outside_faults(package: Package) -> Iterator[str]:
    """No link to another workbook and nothing else that is fetched from outside."""
    for part, arrows in package.arrows.items():
        for arrow in arrows.values():
            if arrow.kind == "externalLink":
                yield f"{part}: expected no link to another workbook, got {arrow.target}"
            elif arrow.external and arrow.kind not in OUTSIDE_ALLOWED:
                yield f"{part}: expected nothing from outside the file, got {arrow.kind} {arrow.target}"


def sheet_name_faults(package: Package) -> Iterator[str]:
    """Names of sheets that Excel would refuse, ids used twice, sheets that cannot be seen."""
    sheets = children(package.workbook, "sheets", "sheet")
    names = [sheet.get("name", "") for sheet in sheets]
    for name in names:
        if not 1 <= len(name) <= LONGEST_SHEET_NAME:
            yield f"sheet {name}: expected a name of 1 to {LONGEST_SHEET_NAME} characters, got {len(name)}"
        if FORBIDDEN_IN_SHEET_NAME & set(name) or name[:1] == "'" or name[-1:] == "'":
            yield f"sheet {name}: expected a name without [ ] : * ? / \\ and without outer apostrophes"
        if name.lower() == "history":
            yield f"sheet {name}: expected another name; Excel keeps this one for itself"
    for name, times in Counter(name.lower() for name in names).items():
        if times > 1:
            yield f"sheet {name}: expected a name of its own, got {times} sheets of that name"
    for key, times in Counter(sheet.get("sheetId") for sheet in sheets).items():
        if times > 1:
            yield f"workbook: expected sheetId {key} once, got it {times} times"
    for sheet in sheets:
        if sheet.get("state", "visible") != "visible":
            yield f"sheet {sheet.get('name')}: expected to be visible, got {sheet.get('state')}"


def drawing_faults(package: Package) -> Iterator[str]:
    """Two shapes of one drawing must not share an id."""
    for part, root in package.trees.items():
        if local(root.tag) != "wsDr":
            continue
        ids = [element.get("id") for element in root.iter() if local(element.tag) == "cNvPr"]
        for key, times in Counter(ids).items():
            if times > 1:
                yield f"{part}: expected the shape id {key} once, got it {times} times"
