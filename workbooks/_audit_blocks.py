"""Blocks of copied formulas: the cell that breaks the pattern, the number typed over it, the short total."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workbooks._audit_book import Book
from workbooks._audit_formulas import BOTTOM, LEFT, RIGHT, TOP, Reference
from workbooks._audit_grid import INPUT_NUMBER, NUMBER, NUMBERS, STRIDE, Grid, Places, Runs, stretches, turned
from workbooks._ooxml import Box

LONGEST_BREAK = 3
"""Cells; a longer stretch between two parts of a block is taken for something of its own."""

LEAST_BLOCK = 3
"""Cells with the block's formula on both sides together."""

OFTEN = 3
"""A formula that breaks a column in so many places is part of the layout, such as a subtotal after each year."""

Codes = NDArray[np.int32]


def broken_blocks(grid: Grid, copied: NDArray[np.bool_]) -> tuple[Places, Places]:
    """Cells with another formula, and cells with a number, between two parts of one block of formulas.

    A block is looked at down its columns and along its rows. A cell that agrees with a neighbour in the other
    direction belongs to that neighbour and breaks nothing; so does a number in a line of numbers.

    Args:
        grid: cells of one sheet.
        copied: for each formula whether any of its references moves; others are links, chosen line by line.
    """
    places, codes = grid.flat()
    if not np.any(codes >= 0):
        return places[:0], places[:0]
    turned_places, turned_codes = grid.flat(across=True)
    others, numbers = [places[:0]], [places[:0]]
    for cells, is_number in _breaks(places, codes, copied):
        if is_number and not _in_line(turned(cells), turned_places, turned_codes):
            numbers.append(cells)
        elif not is_number and not _fits_beside(cells, STRIDE, places, codes):
            others.append(cells)
    for cells, is_number in _breaks(turned_places, turned_codes, copied):
        if is_number and not _in_line(turned(cells), places, codes):
            numbers.append(turned(cells))
        elif not is_number and not _fits_beside(turned(cells), 1, places, codes):
            others.append(turned(cells))
    return np.concatenate(others), np.concatenate(numbers)


def _breaks(places: Places, codes: Codes, copied: NDArray[np.bool_]) -> Iterator[tuple[Places, bool]]:
    """Short stretches between two stretches of one formula, and whether they are of numbers."""
    firsts, lasts = stretches(places, codes)
    if len(firsts) < 3:
        return
    kinds, lengths = codes[firsts], lasts - firsts + 1
    touching = places[firsts[1:]] - places[lasts[:-1]] == 1
    before, middle, after = slice(None, -2), slice(1, -1), slice(2, None)
    block = (kinds[before] >= 0) & (kinds[before] == kinds[after]) & copied[np.maximum(kinds[before], 0)]
    around = lengths[before] + lengths[after]
    short = (lengths[middle] <= LONGEST_BREAK) & (around >= LEAST_BLOCK) & (around >= 2 * lengths[middle])
    number = np.isin(kinds[middle], (NUMBER, INPUT_NUMBER))
    found = block & short & touching[:-1] & touching[1:] & (number | (kinds[middle] >= 0))
    # Column (or row) and code as one number, to count the stretches of one formula in a line.
    _, at, counts = np.unique((places[firsts] // STRIDE << 31) + kinds, return_inverse=True, return_counts=True)
    for i in (np.flatnonzero(found) + 1).tolist():
        if number[i - 1] or counts[at[i]] < OFTEN:
            yield places[firsts[i] : lasts[i] + 1], bool(number[i - 1])


def _in_line(cells: Places, places: Places, codes: Codes) -> bool:
    """Whether any of the cells belongs to a long stretch of numbers along ``places``."""
    for cell in cells.tolist():
        near = _codes_at(np.arange(cell - LONGEST_BREAK, cell + LONGEST_BREAK + 1), places, codes)
        longest, length = 0, 0
        for is_number in np.isin(near, NUMBERS).tolist():
            length = length + 1 if is_number else 0
            longest = max(longest, length)
        if longest > LONGEST_BREAK:
            return True
    return False


def _fits_beside(cells: Places, step: int, places: Places, codes: Codes) -> bool:
    """Whether any of the cells has the formula of its neighbour ``step`` places away."""
    own = _codes_at(cells, places, codes)
    return any(bool(np.any(_codes_at(cells + side, places, codes) == own)) for side in (-step, step))


def _codes_at(cells: Places, places: Places, codes: Codes) -> Codes:
    """Codes of cells; a code that no cell has where there is none."""
    at = np.minimum(np.searchsorted(places, cells), len(places) - 1)
    return np.where(places[at] == cells, codes[at], np.iinfo(np.int32).min)


def short_totals(book: Book, runs: Runs) -> dict[int, array[int]]:
    """Cells of totals whose range stops before more cells of the same kind that lead up to the total."""
    found: dict[int, array[int]] = {}
    for i in range(len(runs)):
        totalled = book.formulas.traits[int(runs.formula[i])].totalled
        if not totalled or runs.top[i] != runs.bottom[i]:
            continue
        sheet, row, column = int(runs.sheet[i]), int(runs.top[i]), int(runs.column[i])
        grid = book.sheets[sheet].grid
        if any(_stops_short(grid, reference, row, column) for reference in totalled):
            found.setdefault(sheet, array("q")).extend(runs.places(i).tolist())
    return found


def _stops_short(grid: Grid, reference: Reference, row: int, column: int) -> bool:
    own = Box(row, column, row, column)
    area = reference.swept(own)
    moves = bool(reference.moving & (TOP | BOTTOM | LEFT | RIGHT))
    if reference.sheets is not None or reference.whole or reference.single or not moves:
        return False
    if area.left == area.right == column and area.bottom < row - 1:
        left_out = [(each, column) for each in range(area.bottom + 1, min(row, area.bottom + 1 + LONGEST_BREAK))]
        ends_at_total = area.bottom + 1 + LONGEST_BREAK >= row
        last = grid.at(area.bottom, column)
    elif area.top == area.bottom == row and area.right < column - 1:
        left_out = [(row, each) for each in range(area.right + 1, min(column, area.right + 1 + LONGEST_BREAK))]
        ends_at_total = area.right + 1 + LONGEST_BREAK >= column
        last = grid.at(row, area.right)
    else:
        return False
    return ends_at_total and last is not None and all(_alike(last, grid.at(*cell)) for cell in left_out)


def _alike(last: tuple[int, float], other: tuple[int, float] | None) -> bool:
    """Two numbers typed in, or two copies of one formula."""
    if other is None:
        return False
    return last[0] == other[0] or (last[0] in NUMBERS and other[0] in NUMBERS)
