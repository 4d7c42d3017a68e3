"""Findings from a recalculation: old values, new errors, and the checks that a workbook of ours carries."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

import numpy as np

from workbooks._audit_book import Book
from workbooks._audit_catalogue import Finding, NotRun
from workbooks._audit_checks import cells_finding
from workbooks._audit_circles import Dependence
from workbooks._audit_grid import encoded
from workbooks._ooxml import position
from workbooks.recalc import CHECKS_SHEET, CellFinding, RecalcReport, Recalculation, compare_twins

Note = Callable[[str, str, str, str], None]
"""Takes a check, a sheet, a cell and a message."""

OLD, CHANGING, UNKNOWN = range(3)
"""What a difference means: the file is old, the cell changes every time, or LibreOffice lacks a function."""


def recalc_findings(
    book: Book, recalculation: Recalculation, dependence: Dependence | None, not_run: list[NotRun]
) -> Iterator[Finding]:
    """What differs after LibreOffice has recalculated the workbook from its inputs.

    Cells that depend on volatile functions differ by their nature and are left out. Cells with functions that
    LibreOffice does not know, and what depends on them, are told as not comparable, here and in ``not_run``.
    """
    report = compare_twins(recalculation)
    meaning = _Meaning(book, dependence, report.errors)
    listed: dict[tuple[str, str, str], array[int]] = {}

    def note(check: str, sheet: str, cell: str, message: str) -> None:
        place = encoded(*position(cell))
        means = meaning.of(sheet, place)
        if means == UNKNOWN:
            check, message = "not_comparable", "calls a function that LibreOffice does not know, or depends on one"
        if means != CHANGING:
            listed.setdefault((check, sheet, message), array("q")).append(place)

    for item in report.differences:
        note("cached_value", item.sheet, item.cell, "the value in the file is not the recalculated one")
    for error in report.errors:
        note("recalculated_error", error.sheet, error.cell, f"recalculation gives {error.value}")
    if report.failures is not None:
        for gap in report.twin_gaps:
            note("twin_gap", gap.sheet, gap.cell, "the engine's value is not that of the native formulas")
        for line in report.failed_checks:
            note("failed_check", CHECKS_SHEET, line.cell, f"fails: {line.section}, {line.label}")
        if recalculation.failures_cell is not None and report.failures != 0.0:
            note("failed_check", *recalculation.failures_cell, f"recalculation counts {report.failures} failed checks")
    unknown = 0
    for (check, sheet, message), cells in listed.items():
        unknown += len(cells) * (check == "not_comparable")
        yield cells_finding(check, sheet, cells, _with_example(report, check, cells, message))
    if unknown:
        reason = f"{unknown} cells call functions that LibreOffice does not know, or depend on them"
        not_run.append(NotRun("cached_value", reason))


def _with_example(report: RecalcReport, check: str, cells: array[int], message: str) -> str:
    """Old and new value of a single cell that differs."""
    if check != "cached_value" or len(cells) != 1:
        return message
    found = next(item for item in report.differences if encoded(*position(item.cell)) == cells[0])
    return f"{message}: {found.cached} in the file, {found.recalculated} recalculated"


class _Meaning:
    """What it means when a cell differs."""

    def __init__(self, book: Book, dependence: Dependence | None, errors: tuple[CellFinding, ...]) -> None:
        self._dependence = dependence
        self._sheets = {tab.name: i for i, tab in enumerate(book.tabs)}
        self._own: set[tuple[str, int]] = set()
        unknown: dict[str, list[int]] = {}
        for error in errors:
            if _unknown_to_libreoffice(error):
                place = encoded(*position(error.cell))
                self._own.add((error.sheet, place))
                unknown.setdefault(error.sheet, []).append(place)
        if dependence is None:
            return
        volatile = [number for number, traits in enumerate(book.formulas.traits) if traits.volatile]
        self._changing = dependence.dependents(np.flatnonzero(np.isin(dependence.runs.formula, volatile)))
        runs = [dependence.runs_at(self._sheets[sheet], np.array(places)) for sheet, places in unknown.items()]
        self._unknown = dependence.dependents(np.concatenate([*runs, np.empty(0, dtype=np.int64)]).astype(np.int64))

    def of(self, sheet: str, place: int) -> int:
        """One of `OLD`, `CHANGING`, `UNKNOWN`."""
        if (sheet, place) in self._own:
            return UNKNOWN
        if self._dependence is None:
            return OLD
        run = self._dependence.runs_at(self._sheets[sheet], np.array([place]))
        if not len(run):
            return OLD
        if self._unknown[run[0]]:
            return UNKNOWN
        return CHANGING if self._changing[run[0]] else OLD


def _unknown_to_libreoffice(error: CellFinding) -> bool:
    """#NAME? for functions it lacks or that a macro defines; ``Err:`` for what has no name in Excel."""
    name = str(error.value)
    return name == "#NAME?" or name.startswith("Err:")
