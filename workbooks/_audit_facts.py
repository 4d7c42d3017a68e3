"""What a worksheet holds, beside its grid of cells."""

from __future__ import annotations

import contextlib
from array import array
from collections import defaultdict
from dataclasses import dataclass, field

from workbooks._audit_grid import Grid
from workbooks._audit_reader import Formulas
from workbooks._audit_texts import Texts
from workbooks._ooxml import Box, box

UNLOCKED, SHOWS_DATE, SHOWS_NOTHING, IS_TEXT, IS_QUOTED = 1, 2, 4, 8, 16
"""Flags of a cell's style."""


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """A data validation or conditional format: attributes, formulas by element name, and where it holds."""

    attributes: dict[str, str]
    formulas: list[str]
    areas: str

    @property
    def boxes(self) -> list[Box]:
        """The areas; words that name none are passed over, as other programs do."""
        boxes = []
        for area in self.areas.split():
            with contextlib.suppress(ValueError):
                boxes.append(box(area))
        return boxes


@dataclass(eq=False, slots=True)
class Facts:
    """What a worksheet holds."""

    name: str
    part: str
    grid: Grid = field(default_factory=Grid)
    found: dict[tuple[str, str], array[int]] = field(default_factory=lambda: defaultdict(lambda: array("q")))
    """Cells by check and message, found while reading."""
    unlocked_formulas: array[int] = field(default_factory=lambda: array("q"))
    hidden_rows: list[int] = field(default_factory=list)
    """Those that hold something."""
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    protection: dict[str, str] | None = None
    validations: list[Rule] = field(default_factory=list)
    formats: list[Rule] = field(default_factory=list)
    other_formulas: list[str] = field(default_factory=list)
    """Of sparklines and other extensions."""
    blocks: list[Box] = field(default_factory=list)
    """Of array formulas and what-if tables with more than one cell."""
    data_tables: list[tuple[Box, Box]] = field(default_factory=list)
    """Block of a what-if table and one of its input cells."""
    priority: int = 0
    """Greatest priority of a conditional format."""
    prefix: str = ""
    """Of element names, with its colon."""
    format_at: int | None = None
    """Byte at which one more conditional format fits; None where the part is not in UTF-8."""


@dataclass(frozen=True, eq=False, slots=True)
class Common:
    """What all sheets of a workbook share while they are read."""

    texts: Texts
    styles: bytes
    """Flags by number of the style."""
    formulas: Formulas
    filled: list[int]
    """Count of filled cells so far, in its only member."""
