"""Checks that follow references: cells that nothing reads, cells that are empty, circles, sheets that stand alone."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workbooks._audit_book import Book
from workbooks._audit_catalogue import Finding, NotRun
from workbooks._audit_checks import cells_finding, one
from workbooks._audit_circles import Dependence
from workbooks._audit_formulas import TOP
from workbooks._audit_grid import (
    INPUT_NUMBER,
    INPUT_TEXT,
    NUMBER,
    NUMBERS,
    Column,
    Runs,
    encoded,
)
from workbooks._audit_reading import Reads, TooTangledError, filled_and_covered
from workbooks._ooxml import address

TOO_TANGLED = "the workbook has too many references to follow in reasonable time"
YEARS = (1900, 2100)
"""Whole numbers in between head columns and rows; they are not taken for inputs."""


def traced(book: Book, runs: Runs, reads: Reads, not_run: list[NotRun]) -> Iterator[Finding]:
    """All findings of this kind; what cannot be asked is noted in ``not_run``."""
    untraceable = any(traits.untraceable for traits in book.formulas.traits)
    marked = any(np.any(c.codes == INPUT_NUMBER) for facts in book.sheets.values() for c in facts.grid.columns.values())
    for sheet, facts in book.sheets.items():
        own = reads.of_sheet(sheet)
        try:
            counts, covered = filled_and_covered(facts.grid.columns, own)
        except TooTangledError:
            not_run.append(NotRun("unused_input", f"{facts.name}: {TOO_TANGLED}"))
            not_run.append(NotRun("empty_reference", f"{facts.name}: {TOO_TANGLED}"))
            continue
        yield from _empty_references(book, runs, own, counts, facts.grid.columns)
        if untraceable:
            continue
        unused = _unused(facts.grid.columns, covered, marked)
        if unused:
            yield cells_finding("unused_input", facts.name, unused, "no formula, chart or rule reads this input")
    if untraceable:
        reason = "OFFSET or INDIRECT reads cells that the formulas do not name"
        not_run.append(NotRun("unused_input", reason))
    yield from _lonely_sheets(book, runs, reads)


def _unused(columns: dict[int, Column], covered: dict[int, NDArray[np.bool_]], marked: bool) -> array[int]:
    """Typed cells that nothing reads.

    Where a workbook marks its inputs by unlocking them, these are looked at and no others; else all numbers of a
    sheet of which anything is read at all, but for labels: 0, 1, years, and whole numbers that count on by one.
    """
    unused = array("q")
    sheet_is_read = any(bool(flags.any()) for flags in covered.values())
    for name, cells in columns.items():
        if marked:
            wanted = (cells.codes == INPUT_NUMBER) | (cells.codes == INPUT_TEXT)
        elif sheet_is_read:
            wanted = (cells.codes == NUMBER) & ~_labels(cells)
        else:
            break
        rows = cells.rows[wanted & ~covered[name]]
        unused.extend((rows.astype(np.int64) + encoded(0, name)).tolist())
    return unused


def _labels(cells: Column) -> NDArray[np.bool_]:
    """Numbers that head or number lines."""
    values = np.where(np.isfinite(cells.values), cells.values, -1.0)
    whole = values == np.floor(values)
    year = (values >= YEARS[0]) & (values <= YEARS[1]) & whole
    counts_on = (np.diff(values) == 1) & (np.diff(cells.rows) == 1) & whole[1:]
    counting = np.r_[False, counts_on] | np.r_[counts_on, False]
    labels: NDArray[np.bool_] = year | counting | (values == 0) | (values == 1)
    return labels


def _empty_references(
    book: Book, runs: Runs, reads: Reads, counts: NDArray[np.int64], columns: dict[int, Column]
) -> Iterator[Finding]:
    """Formulas that read an empty cell, or a range without a single filled cell."""
    heights = reads.bottom.astype(np.int64) - reads.top + 1
    empty = np.where(reads.single, counts < heights, counts == 0) & (reads.run >= 0) & ~reads.placed
    found: dict[tuple[int, str], array[int]] = {}
    for i in np.flatnonzero(empty).tolist():
        run = int(reads.run[i])
        if book.formulas.traits[int(runs.formula[run])].tests_empty:
            continue
        rows, example = _reading_rows(runs, reads, i, columns)
        place = f"{book.tabs[int(reads.sheet[i])].name}!{example}"
        message = f"reads the empty cell {place}" if reads.single[i] else f"reads only empty cells, from {place} on"
        cells = found.setdefault((int(runs.sheet[run]), message), array("q"))
        cells.extend((rows.astype(np.int64) + encoded(0, int(runs.column[run]))).tolist())
    for (sheet, message), cells in found.items():
        yield cells_finding("empty_reference", book.sheets[sheet].name, cells, message)


def _reading_rows(runs: Runs, reads: Reads, read: int, columns: dict[int, Column]) -> tuple[NDArray[np.int64], str]:
    """Rows of a run's cells that read something empty, and the first empty cell."""
    run, left = int(reads.run[read]), int(reads.left[read])
    rows = np.arange(int(runs.top[run]), int(runs.bottom[run]) + 1)
    if not reads.single[read]:
        return rows, address(int(reads.top[read]), left)
    cells = columns.get(left)
    wanted = np.arange(int(reads.top[read]), int(reads.bottom[read]) + 1)
    missing = wanted if cells is None else np.setdiff1d(wanted, cells.rows, assume_unique=True)
    if reads.moving[read] & TOP:
        rows = missing - int(reads.first[read])
    return rows, address(int(missing[0]), left)


def _lonely_sheets(book: Book, runs: Runs, reads: Reads) -> Iterator[Finding]:
    """Sheets with figures that neither read another sheet nor are read by one, in a workbook whose sheets do."""
    readers = np.where(reads.run >= 0, runs.sheet[reads.run], -1) if len(runs) else np.full(len(reads), -1)
    across = readers != reads.sheet
    tied = {*reads.sheet[across].tolist(), *readers[across].tolist()}
    if len(tied - {-1}) < 2:
        return
    for sheet, facts in book.sheets.items():
        figures = any(np.any((c.codes >= 0) | np.isin(c.codes, NUMBERS)) for c in facts.grid.columns.values())
        if figures and sheet not in tied:
            yield one("unreferenced_sheet", facts.name, "no other sheet reads it, and it reads no other")


def circular(book: Book, dependence: Dependence | None, not_run: list[NotRun]) -> Iterator[Finding]:
    """Formulas that depend on themselves."""
    try:
        circles = [] if dependence is None else dependence.circles()
    except TooTangledError:
        dependence = None
    if dependence is None:
        not_run.append(NotRun("circular_reference", TOO_TANGLED))
        return
    for sheet, cells in circles:
        message = "the formula depends on itself through these cells"
        yield cells_finding("circular_reference", book.sheets[sheet].name, cells, message)
