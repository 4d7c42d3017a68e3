"""Formulas taken apart: the same text for all copies of one formula, and what an auditor asks of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from workbooks._ooxml import LAST_COLUMN, LAST_ROW, Box

TOP, LEFT, BOTTOM, RIGHT = 1, 2, 4, 8
"""Flags of the sides of a reference that move with the cell."""

ENDS = r"(?![\w.(\[!\\])"

_WORDS = re.compile(
    r"""
    ( "(?:[^"]|"")*" | '(?:[^']|'')*' | \[[^]]*\]
    | [\w.$\\]+ (?: :[\w.$\\]+ )? (?: [(!] | \[(?:[^][]|\[[^]]*\])*\] )?
    )
    """,
    re.VERBOSE,
)
"""Splits a formula so that each reference is a part of its own, and texts, names of sheets and brackets are whole."""

_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9][0-9]{0,6})")
_LINE = re.compile(r"(\$?)(?:([A-Za-z]{1,3})|([1-9][0-9]{0,6}))")
_COLUMNS: dict[str, int] = {}
"""Numbers of columns by their letters, as they come up."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A rectangle that a formula names; sides that move hold the distance to the formula's cell."""

    sheets: tuple[str, str] | None
    """First and last sheet in lower case; None for the formula's own."""
    top: int
    left: int
    bottom: int
    right: int
    moving: int
    whole: bool = False
    """Whole columns or rows."""
    placed: bool = False
    """Only its place and size are asked for, as by ROWS: what its cells hold does not matter."""

    @property
    def single(self) -> bool:
        """Whether it is one cell."""
        sides = (self.top, self.left, bool(self.moving & TOP), bool(self.moving & LEFT))
        return sides == (self.bottom, self.right, bool(self.moving & BOTTOM), bool(self.moving & RIGHT))

    def swept(self, cells: Box) -> Box:
        """The cells that it names altogether when its formula stands in each of ``cells``."""
        tops = (self.top + cells.top, self.top + cells.bottom) if self.moving & TOP else (self.top,)
        bottoms = (self.bottom + cells.top, self.bottom + cells.bottom) if self.moving & BOTTOM else (self.bottom,)
        lefts = (self.left + cells.left, self.left + cells.right) if self.moving & LEFT else (self.left,)
        rights = (self.right + cells.left, self.right + cells.right) if self.moving & RIGHT else (self.right,)
        return Box(
            max(1, min(*tops, *bottoms)),
            max(1, min(*lefts, *rights)),
            min(LAST_ROW, max(*tops, *bottoms)),
            min(LAST_COLUMN, max(*lefts, *rights)),
        )


class NamedCells(NamedTuple):
    """A defined name in a formula."""

    sheet: str | None
    """Where one is written before it; in lower case, as is the name."""
    name: str
    placed: bool = False
    """As in `Reference`."""


class TableCells(NamedTuple):
    """A part of a table in a formula."""

    table: str
    """In lower case; empty for the table in which the formula stands."""
    inside: str
    """What stands in the brackets."""
    placed: bool = False
    """As in `Reference`."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What an auditor asks of a formula; the same for all its copies."""

    references: tuple[Reference, ...] = ()
    totalled: tuple[Reference, ...] = ()
    """Ranges that stand by themselves as arguments of SUM, AVERAGE and the like."""
    names: tuple[NamedCells, ...] = ()
    tables: tuple[TableCells, ...] = ()
    constants: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    nearby: tuple[str, ...] = ()
    """Lookups that take the nearest value by default."""
    functions: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    """Functions that are not Excel's and do not bear the mark of an add-in; a macro or a name may define them."""
    depth: int = 0
    """How deep IF stands within IF."""
    length: int = 0
    external: bool = False
    broken: bool = False
    tests_empty: bool = False

    @property
    def moves(self) -> bool:
        """Whether copies of it read different cells."""
        return any(r.moving for r in self.references) or any("#this row" in t.inside.lower() for t in self.tables)

    @property
    def untraceable(self) -> bool:
        """Whether it reads cells that its text does not name."""
        return not self.functions.isdisjoint(("OFFSET", "INDIRECT"))


def column_number(letters: str) -> int:
    """Number of a column from 1; more than the last one for letters that name none."""
    number = _COLUMNS.get(letters)
    if number is None:
        number = 0
        for letter in letters.upper():
            number = 26 * number + ord(letter) - 64
        _COLUMNS[letters] = number
    return number


def relative(formula: str, row: int, column: int) -> str:
    """The formula with its references written relative to its cell: the same text for all copies.

    Example:
        >>> relative("A1*$B$1+LOG10(Sheet2!A:A)", 2, 1)
        'R[-1]C[0]*R1C2+LOG10(Sheet2!C[0]:C[0])'
    """
    parts = _WORDS.split(formula)
    for i in range(1, len(parts), 2):
        word = parts[i]
        first, colon, last = word.partition(":")
        if not colon:
            if word[-1] in "0123456789":
                parts[i] = _cell(word, row, column) or word
        elif word[0] not in "\"'[":
            parts[i] = _span(first, last, row, column)
    return "".join(parts)


def _cell(word: str, row: int, column: int) -> str | None:
    found = _CELL.fullmatch(word)
    if found is None:
        return None
    fixed_column, letters, fixed_row, digits = found.groups()
    number = column_number(letters)
    if number > LAST_COLUMN or int(digits) > LAST_ROW:
        return None
    r = f"R{digits}" if fixed_row else f"R[{int(digits) - row}]"
    return f"{r}C{number}" if fixed_column else f"{r}C[{number - column}]"


def _span(first: str, last: str, row: int, column: int) -> str:
    """Both ends of ``A1:B2``, or of whole columns or rows; an end that is no reference stays."""
    ends = [_cell(end, row, column) for end in (first, last)]
    if ends == [None, None]:
        ends = [_line(end, row, column) for end in (first, last)]
        if None in ends:
            return f"{first}:{last}"
    return ":".join(end or word for end, word in zip(ends, (first, last), strict=True))


def _line(word: str, row: int, column: int) -> str | None:
    found = _LINE.fullmatch(word)
    if found is None:
        return None
    fixed, letters, digits = found.groups()
    if letters is not None:
        number = column_number(letters)
        return f"C{number}" if fixed else f"C[{number - column}]"
    return f"R{digits}" if fixed else f"R[{int(digits) - row}]"
