"""A copy of the audited workbook with a sheet ``Audit`` and coloured cells.

The copy is the original with a few insertions: one sheet, one conditional format per severity and sheet, and their
entries in the lists of the archive. No part is written anew, so that charts, macros, pivot tables and the metadata of
dynamic arrays stay as they are.
"""

from __future__ import annotations

import contextlib
import itertools
import posixpath
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from aram_xl._files import replacing
from aram_xl.errors import InputError
from workbooks._audit_catalogue import CHECKS, Finding, Severity
from workbooks._audit_file import PIECE, sound_archive
from workbooks._ooxml import address, box, children, relationships, workbook, workbook_part
from workbooks._package_cells import LONGEST_TEXT

TITLE = "Audit"
COLOURS = {Severity.HIGH: "FFFF9999", Severity.MEDIUM: "FFFFCC99", Severity.LOW: "FFFFFF99"}
"""Fill of cells, red, green and blue in pairs behind the FF."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
CONTENT_TYPES = "[Content_Types].xml"

RANGES_PER_FORMAT = 100
MOST_LINKS = 60_000
"""Excel allows 65,530 links on a sheet."""

HEADINGS = ("severity", "check", "sheet", "cells", "count", "what was found", "the check looks for")
WIDTHS = (10, 22, 20, 30, 8, 70, 60)
FIRST_ROW = 4
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a worksheet takes one more conditional format."""

    part: str
    at: int | None
    """Byte; None where the part is not in UTF-8."""
    prefix: str
    """Of element names, with its colon."""
    priority: int
    """Greatest one in use."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """A start or end tag of a part: raw name, depth from 1, byte, attributes."""

    name: str
    depth: int
    at: int
    attributes: dict[str, str] | None
    """None for an end tag."""

    @property
    def local(self) -> str:
        return self.name.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        head, colon, _ = self.name.rpartition(":")
        return head + colon


@dataclass(frozen=True, slots=True)
class _New:
    """The sheet that is added: its title, its part, and the number of the first of its formats (None: no styles)."""

    title: str
    part: str
    formats_from: int | None


def refuse_output(source: Path, output: Path) -> None:
    """Refuse names that cannot be those of an annotated copy.

    Raises:
        InputError: it is the workbook itself, or has another ending, which Excel would refuse.
    """
    if output.suffix.lower() != source.suffix.lower():
        raise InputError(f"annotate: expected a file name that ends in {source.suffix}, got {output.name!r}")
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"annotate: expected another file than the workbook, got {output}; choose another name")


def write_annotated(source: Path, output: Path, findings: Iterable[Finding], marks: dict[str, Mark]) -> None:
    """Write the annotated copy.

    Args:
        source: the workbook; it is only read.
        output: another file, with the same ending, because macros need theirs.
        findings: what to list and colour.
        marks: by name of the worksheet.

    Raises:
        InputError: ``output`` is ``source``, or has another ending, or a list of the archive is not in UTF-8.
        OutputError: the file cannot be written.
    """
    refuse_output(source, output)
    found = sorted(findings, key=lambda finding: -finding.severity)
    with sound_archive(source) as archive, replacing(output) as temporary:
        new, changed = _lists(archive)
        changed[new.part] = _audit_sheet(source.name, found, new)
        inserted = _colours(found, marks, new)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as copy:
            for entry in archive.infolist():
                info = zipfile.ZipInfo(entry.filename, entry.date_time)
                info.compress_type = zipfile.ZIP_DEFLATED
                if entry.filename in changed:
                    copy.writestr(info, changed.pop(entry.filename))
                    continue
                with archive.open(entry) as old, copy.open(info, "w", force_zip64=True) as written:
                    _copy_with(old, written, inserted.get(entry.filename, []))
            for name, content in changed.items():
                copy.writestr(name, content)


def _copy_with(old: IO[bytes], new: IO[bytes], insertions: list[tuple[int, bytes]]) -> None:
    """Copy a stream with texts inserted at byte positions."""
    at = 0
    for place, text in insertions:
        while at < place and (piece := old.read(min(PIECE, place - at))):
            new.write(piece)
            at += len(piece)
        new.write(text)
    shutil.copyfileobj(old, new, PIECE)


def _lists(archive: zipfile.ZipFile) -> tuple[_New, dict[str, bytes]]:
    """The new sheet, and the lists of sheets, relationships, content types and formats with their new entries."""
    main, names = workbook_part(archive), set(archive.namelist())
    arrows = relationships(archive, main)
    sheets = children(workbook(archive), "sheets", "sheet")
    title = _free(TITLE, {sheet.get("name", "").lower() for sheet in sheets}, " ")
    folder = posixpath.dirname(main)
    word = _free("audit", {posixpath.basename(name).removesuffix(".xml").lower() for name in names}, "_")
    part = posixpath.join(folder, "worksheets", f"{word}.xml")
    key = _free("rIdAudit", {name.lower() for name in arrows}, "_")
    number = 1 + max((int(sheet.get("sheetId", 0)) for sheet in sheets), default=0)
    listing = posixpath.join(folder, "_rels", f"{posixpath.basename(main)}.rels")
    changed = {
        main: _listed_sheet(archive.read(main), f'name="{title}" sheetId="{number}"', key),
        listing: _before_end(
            archive.read(listing), f'Relationship Id="{key}" Type="{OFFICE}/worksheet" Target="/{part}"'
        ),
        CONTENT_TYPES: _before_end(
            archive.read(CONTENT_TYPES), f'Override PartName="/{part}" ContentType="{SHEET_TYPE}"'
        ),
    }
    styles = next((arrow.target for arrow in arrows.values() if arrow.kind == "styles"), None)
    formats_from = None
    if styles is not None:
        formats_from, changed[styles] = _with_formats(archive.read(styles))
    return _New(title, part, formats_from), changed


def _free(word: str, taken: set[str], joint: str) -> str:
    """A word, or with a number behind it the first that is not taken, whatever the case."""
    tries = (word if i == 1 else f"{word}{joint}{i}" for i in itertools.count(1))
    return next(name for name in tries if name.lower() not in taken)


def _tags(content: bytes) -> list[_Tag]:
    """Start and end tags of a small part down to the third level."""
    tags: list[_Tag] = []
    depth = 0
    parser = expat.ParserCreate()

    def declaration(version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise InputError(f"annotate: expected a workbook written in UTF-8, got {encoding}; save it in Excel first")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth <= 3:
            tags.append(_Tag(name, depth, parser.CurrentByteIndex, attributes))

    def end(name: str) -> None:
        nonlocal depth
        if depth <= 3:
            tags.append(_Tag(name, depth, parser.CurrentByteIndex, None))
        depth -= 1

    parser.XmlDeclHandler, parser.StartElementHandler, parser.EndElementHandler = declaration, start, end
    parser.Parse(content, True)
    return tags


def _before_end(content: bytes, element: str) -> bytes:
    """An element more at the end of a part."""
    last = _tags(content)[-1]
    return content[: last.at] + f"<{last.prefix}{element}/>".encode() + content[last.at :]


def _listed_sheet(content: bytes, attributes: str, key: str) -> bytes:
    """A sheet more at the end of the workbook's list."""
    tags = _tags(content)
    sheet = next(tag for tag in tags if tag.local == "sheet" and tag.attributes)
    mark = next(name for name in sheet.attributes or {} if name.rpartition(":")[2] == "id")
    end = next(tag for tag in tags if tag.local == "sheets" and tag.attributes is None)
    return content[: end.at] + f'<{sheet.prefix}sheet {attributes} {mark}="{key}"/>'.encode() + content[end.at :]


def _with_formats(content: bytes) -> tuple[int, bytes]:
    """The styles with one more differential format per colour; gives the number of the first."""
    tags = _tags(content)
    root = tags[0].prefix
    fills = "".join(
        f'<{root}dxf><{root}fill><{root}patternFill patternType="solid"><{root}fgColor rgb="{colour}"/>'
        f'<{root}bgColor rgb="{colour}"/></{root}patternFill></{root}fill></{root}dxf>'
        for colour in COLOURS.values()
    )
    here = [tag for tag in tags if tag.depth == 2 and tag.local == "dxfs"]
    count = sum(tag.local == "dxf" and tag.depth == 3 and tag.attributes is not None for tag in tags)
    opening = f'<{root}dxfs count="{count + len(COLOURS)}">'
    if not here:
        later = (tag.at for tag in tags if tag.depth == 2 and tag.local in ("tableStyles", "colors", "extLst"))
        start = end = next(later, tags[-1].at)
        inside = b""
    else:
        start, end = here[0].at, here[1].at
        first = content.index(b">", start) + 1
        # The two tags of an empty element are one.
        inside = content[first:end] if end > start else b""
        end = content.index(b">", end) + 1
    block = opening.encode() + inside + f"{fills}</{root}dxfs>".encode()
    return count, content[:start] + block + content[end:]


def _colours(findings: list[Finding], marks: dict[str, Mark], new: _New) -> dict[str, list[tuple[int, bytes]]]:
    """Conditional formats to insert, by part: a rule that always holds, over the cells of each severity."""
    inserted: dict[str, list[tuple[int, bytes]]] = {}
    if new.formats_from is None:
        return inserted
    for sheet, mark in marks.items():
        text, priority = "", mark.priority
        for i, severity in enumerate(COLOURS):
            cells = dict.fromkeys(
                name
                for finding in findings
                if finding.sheet == sheet and finding.severity == severity
                for name in _areas(finding)
            )
            for areas in _portions(list(cells)):
                priority += 1
                text += _format(mark.prefix, areas, new.formats_from + i, priority)
        if text and mark.at is not None:
            inserted[mark.part] = [(mark.at, text.encode())]
    return inserted


def _format(prefix: str, areas: list[str], number: int, priority: int) -> str:
    rule = f'<{prefix}cfRule type="expression" dxfId="{number}" priority="{priority}">'
    formula = f"<{prefix}formula>TRUE</{prefix}formula></{prefix}cfRule>"
    element = f"{prefix}conditionalFormatting"
    return f'<{element} sqref="{" ".join(areas)}">{rule}{formula}</{element}>'


def _areas(finding: Finding) -> Iterator[str]:
    """The ranges of cells of a finding; not whole rows and columns."""
    for name in finding.cells.split():
        with contextlib.suppress(ValueError):
            box(name)
            yield name


def _portions(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), RANGES_PER_FORMAT):
        yield names[start : start + RANGES_PER_FORMAT]


def _audit_sheet(workbook_name: str, findings: list[Finding], new: _New) -> bytes:
    """The sheet with the list: one line per finding, with a link to its first cell."""
    rows = [_row(1, [f"Audit of {workbook_name}: {len(findings)} findings"]), _row(FIRST_ROW - 1, HEADINGS)]
    links: list[str] = []
    for row, finding in enumerate(findings, start=FIRST_ROW):
        looks_for = CHECKS[finding.check].looks_for
        texts = (finding.severity.word, finding.check, finding.sheet or "", finding.cells)
        rows.append(_row(row, [*texts, finding.count, finding.message, looks_for]))
        first = next(_areas(finding), None)
        if finding.sheet is not None and first is not None and len(links) < MOST_LINKS:
            target = "'{}'!{}".format(finding.sheet.replace("'", "''"), first)
            links.append(f'<hyperlink ref="D{row}" location={quoteattr(target)}/>')
    columns = "".join(f'<col min="{i}" max="{i}" width="{w}" customWidth="1"/>' for i, w in enumerate(WIDTHS, start=1))
    pane = f'<pane ySplit="{FIRST_ROW - 1}" topLeftCell="A{FIRST_ROW}" activePane="bottomLeft" state="frozen"/>'
    colours = ""
    if new.formats_from is not None:
        last = FIRST_ROW + max(len(findings), 1) - 1
        rules = "".join(
            f'<cfRule type="cellIs" dxfId="{new.formats_from + i}" priority="{i + 1}" operator="equal">'
            f'<formula>"{severity.word}"</formula></cfRule>'
            for i, severity in enumerate(COLOURS)
        )
        colours = f'<conditionalFormatting sqref="A{FIRST_ROW}:A{last}">{rules}</conditionalFormatting>'
    hyperlinks = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews><cols>{columns}</cols>'
        f"<sheetData>{''.join(rows)}</sheetData>{colours}{hyperlinks}"
        '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()


def _row(row: int, values: Iterable[str | int]) -> str:
    cells = []
    for column, value in enumerate(values, start=1):
        place = address(row, column)
        if isinstance(value, int):
            cells.append(f'<c r="{place}"><v>{value}</v></c>')
        elif value:
            text = escape(_CONTROL.sub(" ", value[:LONGEST_TEXT]))
            cells.append(f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
    return f'<row r="{row}">{"".join(cells)}</row>'
