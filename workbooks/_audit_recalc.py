"""Findings from a recalculation: old values, new errors, and the checks that a workbook of ours carries."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from workbooks._audit_book import Book
from workbooks._audit_catalogue import Finding, NotRun
from workbooks._audit_checks import cells_finding
from workbooks._audit_circles import Dependence
from workbooks._audit_formulas import Traits
from workbooks._audit_grid import STRIDE, encoded
from workbooks._audit_lost import Lost
from workbooks._audit_reading import Resolver
from workbooks._ooxml import position
from workbooks.recalc import CHECKS_SHEET, CellFinding, Difference, RecalcReport, Recalculation, compare_twins

Cell = tuple[str, int]
"""Sheet and place."""

Note = Callable[[str, str, str, str], None]
"""Takes a check, a sheet, a cell and a message."""

OLD, CHANGING, BROKEN, UNKNOWN, LINKED, CIRCULAR, FAILED = range(7)
"""What a difference means: the file is old, the cell changes every time, its formula leads nowhere, or it cannot be
compared; see `REASONS`."""

REASONS = {
    UNKNOWN: (
        "calls a function that LibreOffice does not know, or depends on one",
        "call functions that LibreOffice does not know, or depend on them",
    ),
    LINKED: (
        "reads another workbook, which is not opened, or depends on a cell that does",
        "read other workbooks, which are not opened, or depend on such cells",
    ),
    CIRCULAR: ("depends on itself, or on a cell that does", "depend on themselves, or on cells that do"),
    FAILED: (
        "has an error that only LibreOffice knows, or depends on a cell with one",
        "have errors that only LibreOffice knows, or depend on such cells",
    ),
}
"""Why cells cannot be compared: of one cell, and of several."""

CODES = {"#NAME?": UNKNOWN, "Err:522": CIRCULAR, "Err:523": CIRCULAR, "Err:540": LINKED}
"""What errors of LibreOffice mean where the formula gives no other reason."""

LEADS_NOWHERE = ("broken_reference", "undefined_name")
"""Findings that explain an error by themselves."""


def recalc_findings(
    book: Book, resolver: Resolver, recalculation: Recalculation, dependence: Dependence | None, not_run: list[NotRun]
) -> Iterator[Finding]:
    """What differs after LibreOffice has recalculated the workbook from its inputs.

    Cells that depend on volatile functions differ by their nature and are left out. Cells that LibreOffice cannot
    calculate, and what depends on them, are told as not comparable with the reason, here and in ``not_run``.
    """
    report = compare_twins(recalculation)
    meaning = _Meaning(book, Lost(book, resolver), dependence, report)
    uncompared = dict.fromkeys(REASONS, 0)
    listed: dict[tuple[str, str, str], array[int]] = {}

    def note(check: str, sheet: str, cell: str, message: str) -> None:
        place = encoded(*position(cell))
        means = meaning.of(sheet, place)
        if means in REASONS:
            check, message = "not_comparable", REASONS[means][0]
            uncompared[means] += 1
        if means != CHANGING:
            listed.setdefault((check, sheet, message), array("q")).append(place)

    for item in report.differences:
        note("cached_value", item.sheet, item.cell, "the value in the file is not the recalculated one")
    for error in report.errors:
        note("recalculated_error", error.sheet, error.cell, f"recalculation gives {error.value}")
    for error in report.expected_errors:
        if recalculation.cached[error.sheet].get(error.cell) is None:
            note("deliberate_na", error.sheet, error.cell, "recalculation gives #N/A, as its formula does on purpose")
    if report.failures is not None:
        for gap in report.twin_gaps:
            note("twin_gap", gap.sheet, gap.cell, "the engine's value is not that of the native formulas")
        for line in report.failed_checks:
            note("failed_check", CHECKS_SHEET, line.cell, f"fails: {line.section}, {line.label}")
        if recalculation.failures_cell is not None and report.failures != 0.0:
            note("failed_check", *recalculation.failures_cell, f"recalculation counts {report.failures} failed checks")
    for (check, sheet, message), cells in listed.items():
        yield cells_finding(check, sheet, cells, _with_example(report, check, cells, message))
    for means, cells_left in uncompared.items():
        if cells_left:
            not_run.append(NotRun("cached_value", f"{cells_left} cells {REASONS[means][1]}"))


def _with_example(report: RecalcReport, check: str, cells: array[int], message: str) -> str:
    """Old and new value of a single cell that differs."""
    if check != "cached_value" or len(cells) != 1:
        return message
    found = next(item for item in report.differences if encoded(*position(item.cell)) == cells[0])
    return f"{message}: {found.cached} in the file, {found.recalculated} recalculated"


class _Meaning:
    """What it means when a cell differs."""

    def __init__(self, book: Book, lost: Lost, dependence: Dependence | None, report: RecalcReport) -> None:
        self._book, self._lost, self._dependence = book, lost, dependence
        self._sheets = {tab.name: i for i, tab in enumerate(book.tabs)}
        self._own: dict[Cell, int] = {}
        self._reached: dict[int, NDArray[np.bool_]] = {}
        if dependence is not None:
            volatile = [number for number, traits in enumerate(book.formulas.traits) if traits.volatile]
            changing = np.flatnonzero(np.isin(dependence.runs.formula, volatile))
            self._reached[CHANGING] = dependence.dependents(changing)
        causes = {_cell(error): self._cause(error) for error in report.errors}
        causes |= {_cell(item): LINKED for item in report.differences if self._traits(_cell(item)).external}
        for means in (BROKEN, LINKED, CIRCULAR, UNKNOWN, FAILED):
            cells = [cell for cell, cause in causes.items() if cause == means]
            if means in (UNKNOWN, FAILED):
                # An error that was handed on has the reason of the cell from which it came.
                cells = [cell for cell in cells if self._reaching(cell, (BROKEN, LINKED, CIRCULAR, UNKNOWN)) is None]
            self._begin(means, cells)

    def of(self, sheet: str, place: int) -> int:
        """`OLD`, `CHANGING` or one of `REASONS`."""
        cell = (sheet, place)
        means = self._own.get(cell) or self._reaching(cell, (LINKED, CIRCULAR, UNKNOWN, FAILED, CHANGING))
        return OLD if means in (None, BROKEN) else means

    def _begin(self, means: int, cells: list[Cell]) -> None:
        """Note cells with a reason of their own, and what depends on them."""
        self._own |= dict.fromkeys(cells, means)
        if self._dependence is None or not cells:
            return
        by_sheet: dict[str, list[int]] = {}
        for sheet, place in cells:
            by_sheet.setdefault(sheet, []).append(place)
        runs = [self._dependence.runs_at(self._sheets[sheet], np.array(places)) for sheet, places in by_sheet.items()]
        self._reached[means] = self._dependence.dependents(np.concatenate(runs))

    def _reaching(self, cell: Cell, reasons: tuple[int, ...]) -> int | None:
        """The first reason on which a cell depends."""
        reached = {means: self._reached[means] for means in reasons if means in self._reached}
        if self._dependence is None or not reached:
            return None
        run = self._dependence.runs_at(self._sheets[cell[0]], np.array(cell[1:]))
        return next((means for means, flags in reached.items() if flags[run].any()), None)

    def _cause(self, error: CellFinding) -> int | None:
        """The reason for an error, by the formula of its cell and by its name; None for one that Excel has too."""
        value, cell = str(error.value), _cell(error)
        traits = self._traits(cell)
        if traits.external:
            return LINKED
        missing = self._lost.of(traits, (self._sheets[error.sheet],))
        if traits.broken or any(check in LEADS_NOWHERE for check, _ in missing):
            return BROKEN
        return CODES.get(value, FAILED if value.startswith("Err:") else None)

    def _traits(self, cell: Cell) -> Traits:
        """Those of a cell's formula; of none for a member of an array."""
        row, column = cell[1] % STRIDE, cell[1] // STRIDE
        found = self._book.sheets[self._sheets[cell[0]]].grid.at(row, column)
        return self._book.formulas.traits[found[0]] if found is not None and found[0] >= 0 else Traits()


def _cell(item: CellFinding | Difference) -> Cell:
    return item.sheet, encoded(*position(item.cell))
