"""The cells of a sheet in a few bytes each, and ranges that stand for many cells."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbooks._ooxml import Box, address

Rows = NDArray[np.int32]
Places = NDArray[np.int64]
"""Cells, each as one number; see `encoded`."""

NUMBER, DATE, TEXT, BOOLEAN, ERROR = -1, -2, -3, -4, -5
MEMBER = -6
"""A cell filled by the array formula or data table that begins elsewhere."""
INPUT_NUMBER, INPUT_TEXT, INPUT_EMPTY = -7, -8, -9
"""The same kinds where the cell is unlocked, and the unlocked cell without anything."""

NUMBERS = (NUMBER, DATE, INPUT_NUMBER)

STRIDE = 1 << 21
"""More than twice the rows of a sheet, so that the ends of neighbouring columns never touch in `encoded`."""


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """Filled cells of one column, from the top; three arrays of equal length."""

    rows: Rows
    codes: NDArray[np.int32]
    """Number of the formula (from 0), or one of the negative kinds."""
    values: NDArray[np.float64]
    """Number, number of the text, 1 or 0; NaN for results that are no numbers."""

    def at(self, row: int) -> tuple[int, float] | None:
        """Code and value of one cell; None for an empty one."""
        i = int(np.searchsorted(self.rows, np.int32(row)))
        if i == len(self.rows) or self.rows[i] != row:
            return None
        return int(self.codes[i]), float(self.values[i])


class Grid:
    """All filled cells of a sheet; written cell by cell, then read column by column."""

    def __init__(self) -> None:
        self._raw: dict[int, tuple[array[int], array[int], array[float]]] = {}
        self._columns: dict[int, Column] | None = None

    def writers(self, column: int) -> tuple[Callable[[int], None], Callable[[int], None], Callable[[float], None]]:
        """What takes one more row, code and value of a column; all three are to be called for each cell."""
        arrays = self._raw.get(column)
        if arrays is None:
            arrays = self._raw[column] = (array("i"), array("i"), array("d"))
        rows, codes, values = arrays
        return rows.append, codes.append, values.append

    def add(self, row: int, column: int, code: int, value: float) -> None:
        """Note one cell."""
        for write, number in zip(self.writers(column), (row, code, value), strict=True):
            write(number)  # type: ignore[arg-type]

    @property
    def columns(self) -> dict[int, Column]:
        """Columns by their number, from the left; called when the last cell has been added."""
        if self._columns is None:
            self._columns = {
                column: _column(*self._raw[column]) for column in sorted(self._raw) if len(self._raw[column][0])
            }
        return self._columns

    def at(self, row: int, column: int) -> tuple[int, float] | None:
        """Code and value of one cell; None for an empty one."""
        cells = self.columns.get(column)
        return None if cells is None else cells.at(row)

    def flat(self, *, across: bool = False) -> tuple[Places, NDArray[np.int32]]:
        """Places and codes of all cells, ascending; ``across`` counts along rows, as if (column, row) were the cell."""
        if not self.columns:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
        weight, step = (1, STRIDE) if across else (STRIDE, 1)
        places = np.concatenate([c.rows.astype(np.int64) * step + name * weight for name, c in self.columns.items()])
        codes = np.concatenate([cells.codes for cells in self.columns.values()])
        if not across:
            return places, codes
        order = np.argsort(places)
        return places[order], codes[order]


def _column(rows: array[int], codes: array[int], values: array[float]) -> Column:
    down, kinds = np.frombuffer(rows, dtype=np.int32), np.frombuffer(codes, dtype=np.int32)
    numbers = np.frombuffer(values, dtype=np.float64)
    if np.all(np.diff(down) > 0):
        return Column(down, kinds, numbers)
    _, order = np.unique(down, return_index=True)
    return Column(down[order], kinds[order], numbers[order])


def encoded(row: int, column: int) -> int:
    """A cell as one number."""
    return column * STRIDE + row


def turned(places: Places) -> Places:
    """Places counted down columns from places counted along rows, and the reverse."""
    return places % STRIDE * STRIDE + places // STRIDE


def stretches(places: Places, codes: NDArray[np.int32]) -> tuple[Places, Places]:
    """First and last position in the arrays of each stretch of touching cells with one code."""
    if not len(places):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    cuts = np.flatnonzero((np.diff(places) != 1) | (np.diff(codes) != 0)) + 1
    return np.r_[0, cuts], np.r_[cuts - 1, len(places) - 1]


def ranges(cells: array[int] | Places) -> list[Box]:
    """Rectangles that cover exactly the given places, from left to right, then from the top."""
    places = np.unique(np.asarray(cells, dtype=np.int64))
    firsts, lasts = stretches(places, np.zeros(len(places), dtype=np.int32))
    growing: dict[tuple[int, int], Box] = {}
    done: list[Box] = []
    for first, last in zip(places[firsts].tolist(), places[lasts].tolist(), strict=True):
        column, top = divmod(first, STRIDE)
        bottom = last % STRIDE
        left = growing.pop((top, bottom), None)
        if left is not None and left.right == column - 1:
            growing[top, bottom] = Box(top, left.left, bottom, column)
            continue
        if left is not None:
            done.append(left)
        growing[top, bottom] = Box(top, column, bottom, column)
    return sorted([*done, *growing.values()], key=lambda box: (box.left, box.top))


def area_name(box: Box) -> str:
    """``B2:D9`` or ``B2``."""
    first = address(box.top, box.left)
    return first if (box.top, box.left) == (box.bottom, box.right) else f"{first}:{address(box.bottom, box.right)}"


@dataclass(frozen=True, eq=False, slots=True)
class Runs:
    """Stretches of touching cells of one column with one formula, sheet by sheet, column by column, from the top."""

    sheet: NDArray[np.int32]
    column: NDArray[np.int32]
    top: NDArray[np.int32]
    bottom: NDArray[np.int32]
    formula: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.sheet)

    def taken(self, chosen: NDArray[np.int64]) -> Runs:
        """Some of them."""
        return Runs(*(getattr(self, name)[chosen] for name in self.__slots__))

    def places(self, run: int) -> Places:
        """The cells of one run."""
        start = encoded(int(self.top[run]), int(self.column[run]))
        return np.arange(start, start + int(self.bottom[run]) - int(self.top[run]) + 1)


def all_runs(grids: dict[int, Grid]) -> Runs:
    """Runs of formulas of all sheets."""
    parts: list[tuple[Rows, ...]] = []
    for sheet, grid in grids.items():
        for name, cells in grid.columns.items():
            firsts, lasts = stretches(cells.rows.astype(np.int64), cells.codes)
            formulas = cells.codes[firsts] >= 0
            firsts, lasts = firsts[formulas], lasts[formulas]
            where = np.full((2, len(firsts)), [[sheet], [name]], dtype=np.int32)
            parts.append((where[0], where[1], cells.rows[firsts], cells.rows[lasts], cells.codes[firsts]))
    if not parts:
        return Runs(*(np.empty(0, dtype=np.int32) for _ in range(5)))
    return Runs(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
