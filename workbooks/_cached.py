"""The values that a workbook keeps beside its formulas: reading them, and a copy without them.

The copy differs from the original in exactly these bytes: the value and the type of each cell that has a
formula or lies in the block of an array formula. Cutting by byte position leaves shared and array formulas,
styles, comments and unknown extensions as they are.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from aram_xl.errors import InputError
from workbooks._ooxml import (
    Box,
    address,
    box,
    opened,
    position,
    shared_strings,
    sheet_parts,
    unescaped,
)
from workbooks._package_formulas import TEXT
from workbooks.libreoffice import CellError

CachedValue = float | str | bool | CellError | None
"""None stands for a formula without a value."""

TYPE_ATTRIBUTE = re.compile(rb"""\s+t\s*=\s*("[^"]*"|'[^']*')""")


NOT_AVAILABLE = re.compile(r"(?<![\w.])NA\(", re.IGNORECASE)


class Kept(NamedTuple):
    """What a workbook keeps beside its formulas, by sheet."""

    values: dict[str, dict[str, CachedValue]]
    """Address -> value."""
    absent: dict[str, frozenset[str]]
    """Addresses of formulas that call NA(), whose #N/A is meant."""


def strip_cached_values(source: Path, copy: Path) -> Kept:
    """Write ``copy`` without the values of formulas; gives these values.

    Raises:
        InputError: ``source`` is not an .xlsx or .xlsm workbook, or a sheet in it is not well-formed.
    """
    cached: dict[str, dict[str, CachedValue]] = {}
    absent: dict[str, frozenset[str]] = {}
    with opened(source) as archive:
        sheets = {part: name for name, part in sheet_parts(archive).items()}
        texts = shared_strings(archive)
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as output:
            for entry in archive.infolist():
                content = archive.read(entry)
                if entry.filename in sheets:
                    name = sheets[entry.filename]
                    scan = SheetScan(content, f"{source}, sheet {name}")
                    cached[name] = {cell: cached_value(*raw, texts) for cell, raw in scan.raw.items()}
                    absent[name] = frozenset(scan.absent)
                    content = scan.stripped()
                output.writestr(entry.filename, content)
    return Kept({name: cached[name] for name in sheets.values() if name in cached}, absent)


def cached_value(kind: str, text: str | None, texts: list[str]) -> CachedValue:
    """What a cell's type and text stand for."""
    if text is None or (not text and kind != "str"):
        # Programs that do not calculate write an empty value without a type.
        return None
    if kind == "n":
        return float(text)
    if kind == "b":
        return text.strip() in ("1", "true")
    if kind == "e":
        return CellError.from_name(text)
    if kind == "s":
        return texts[int(text)]
    return unescaped(text)


class SheetScan:
    """One pass over a sheet: where its formulas' values lie, and what they are."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content = content
        self.raw: dict[str, tuple[str, str | None]] = {}
        self.absent: set[str] = set()
        self._formula: str | None = None
        self._calls_na = False
        self._shared: dict[str, bool] = {}
        self._share: str | None = None
        self._cuts: list[tuple[int, int]] = []
        self._blocks: list[Box] = []
        self._row = self._column = 0
        self._kind, self._is_formula = "n", False
        self._text: str | None = None
        self._tag_at = 0
        self._value_from: int | None = None
        self._values: list[tuple[int, int]] = []
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError) as error:
            raise InputError(f"{name}: expected a well-formed sheet, got {error}") from error

    def stripped(self) -> bytes:
        """The sheet without its formulas' values and their types."""
        kept, at = [], 0
        for start, end in self._cuts:
            kept.append(self.content[at:start])
            at = end
        return b"".join([*kept, self.content[at:]])

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise ValueError(f"the encoding {encoding}; save the workbook again")

    def _doctype(self, *ignored: object) -> None:
        raise ValueError("a document type declaration, which no spreadsheet writes")

    def _tag_end(self) -> int:
        return self.content.index(b">", self._parser.CurrentByteIndex) + 1

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            # Addresses are optional in the format: they count on from the one before.
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            self._blocks = [block for block in self._blocks if block.bottom >= self._row]
        elif name == "c":
            self._start_cell(attributes)
        elif name == "f":
            self._is_formula, self._formula, self._share = True, "", attributes.get("si")
            if attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
                self._blocks.append(box(attributes["ref"]))
        elif name in ("v", "is"):
            at, end = self._parser.CurrentByteIndex, self._tag_end()
            self._text = ""
            if self.content[end - 2 : end] == b"/>":
                self._values.append((at, end))
            else:
                self._value_from = at

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            self._row, self._column = position(attributes["r"])
        else:
            self._column += 1
        self._kind, self._text, self._is_formula = attributes.get("t", "n"), None, False
        self._tag_at = self._parser.CurrentByteIndex
        self._values.clear()

    def _characters(self, text: str) -> None:
        if self._value_from is not None and self._text is not None:
            self._text += text
        elif self._formula is not None:
            self._formula += text

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in ("v", "is") and self._value_from is not None:
            self._values.append((self._value_from, self._tag_end()))
            self._value_from = None
        elif name == "f" and self._formula is not None:
            self._end_formula(self._formula)
        elif name == "c":
            self._end_cell()

    def _end_formula(self, formula: str) -> None:
        """A shared formula is written once; the cells that follow name its number."""
        self._formula = None
        calls = NOT_AVAILABLE.search(TEXT.sub("", formula)) is not None
        if self._share is not None:
            calls = self._shared[self._share] = calls or (not formula and self._shared.get(self._share, False))
        self._calls_na = calls

    def _end_cell(self) -> None:
        here = (self._row, self._column)
        if not self._is_formula and not any(here in block for block in self._blocks):
            return
        self.raw[address(*here)] = (self._kind, self._text)
        if self._is_formula and self._calls_na:
            self.absent.add(address(*here))
        tag = self.content[self._tag_at : self.content.index(b">", self._tag_at) + 1]
        kind = TYPE_ATTRIBUTE.search(tag)
        if kind:
            self._cuts.append((self._tag_at + kind.start(), self._tag_at + kind.end()))
        self._cuts.extend(self._values)
