"""Recalculate a workbook in LibreOffice, from nothing but its inputs and formulas, and compare.

The values that the file keeps beside its formulas are removed from a private copy first, so that no number of
the comparison can come from the file itself. Four questions are then asked:

* does every value in the file equal the recalculated one (`RecalcReport.differences`);
* is there an error cell that the file does not already show (`RecalcReport.errors`);
* does the workbook's own total of failed checks, the defined name ``chk_failures``, stand at 0;
* is every number in a column headed ``difference`` near 0 (`RecalcReport.twin_gaps`): there a sheet sets a
  value of the engine, a constant, against its twin in native formulas.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aram_xl.errors import InputError
from workbooks._cached import CachedValue, Kept, strip_cached_values
from workbooks._ooxml import address, defined_names, opened, position
from workbooks.libreoffice import Calc, CellError, CellValue

Cells = dict[str, dict[str, CellValue]]
"""Sheet -> address -> value."""

CHECKS_SHEET = "Checks"
FAILURES_NAME = "chk_failures"
TWIN_HEADING = "difference"


@dataclass(frozen=True, eq=False, slots=True)
class Recalculation:
    """A workbook's cells before and after; the mappings are sheet -> address -> value."""

    path: Path
    cached: dict[str, dict[str, CachedValue]]
    """Values of formula cells as the file keeps them; None where it keeps none."""
    values: Cells
    """Values of formula cells, recalculated."""
    constants: Cells
    """Numbers and texts that are no formulas."""
    failures_cell: tuple[str, str] | None
    """Sheet and address behind the name ``chk_failures``."""
    absent: dict[str, frozenset[str]]
    """Addresses of formulas that call NA(), by sheet."""

    def value(self, sheet: str, cell: str) -> CellValue:
        """A cell's value, be it a formula or a constant."""
        return self.values.get(sheet, {}).get(cell, self.constants.get(sheet, {}).get(cell))


@dataclass(frozen=True, slots=True)
class Difference:
    """A formula cell whose value in the file is not the recalculated one."""

    sheet: str
    cell: str
    cached: CachedValue
    recalculated: CellValue


@dataclass(frozen=True, slots=True)
class CellFinding:
    """A cell and what stands in it."""

    sheet: str
    cell: str
    value: CellValue


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A line of the sheet ``Checks`` whose flag is up."""

    cell: str
    section: str
    label: str
    value: CellValue
    target: CellValue
    tolerance: CellValue


@dataclass(frozen=True, slots=True)
class RecalcReport:
    """What the comparison found; counts are of cells, except ``sheets``."""

    path: Path
    sheets: int
    formulas: int
    compared: int
    without_cached: int
    """Formulas for which the file keeps no value: nothing to compare, and no fault by itself."""
    differences: tuple[Difference, ...]
    errors: tuple[CellFinding, ...]
    expected_errors: tuple[CellFinding, ...]
    """Errors that the file shows too, such as a deliberate ``#N/A``; also one for which the file keeps no value."""
    twins: int
    """Numbers found in columns headed ``difference``."""
    twin_gaps: tuple[CellFinding, ...]
    failures: CellValue
    """Value of ``chk_failures``; None when the workbook has no such name."""
    failed_checks: tuple[FailedCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found that needs a look."""
        found = self.differences or self.errors or self.twin_gaps or self.failed_checks
        return not found and self.failures in (None, 0.0)


def recalculate(
    path: str | os.PathLike[str],
    *,
    timeout: float = 300.0,
    progress: Callable[[str], None] | None = None,
    calc: Calc | None = None,
) -> Recalculation:
    """Recalculate a private copy of a workbook, its kept values removed, in headless LibreOffice.

    Args:
        path: an .xlsx or .xlsm workbook; it is only read, and its macros are not run.
        timeout: seconds allowed for each step of LibreOffice; without effect when ``calc`` is given.
        progress: told in a few words what begins.
        calc: a session to use; by default one is started and ended.

    Raises:
        InputError: the file is no such workbook, or LibreOffice cannot open it.
        ToolMissingError: there is no LibreOffice.
        LibreOfficeError: LibreOffice ended or gave no answer in time.
    """
    source = Path(path)
    tell = progress or _say_nothing
    with opened(source) as archive:
        failures_cell = _single_cell(defined_names(archive).get(FAILURES_NAME, ""))
    if calc is None:
        tell("looking for LibreOffice")
        with Calc(timeout=timeout) as own:
            return _recalculate(source, own, tell, failures_cell)
    return _recalculate(source, calc, tell, failures_cell)


def _say_nothing(what: str) -> None:
    return


def _recalculate(
    source: Path, calc: Calc, tell: Callable[[str], None], failures_cell: tuple[str, str] | None
) -> Recalculation:
    kept: list[Kept] = []
    tell("recalculating in LibreOffice")
    calc.open(source, copy=lambda original, copy: kept.append(strip_cached_values(original, copy)))
    tell("reading the results")
    values, constants = calc.formulas(), calc.constants()
    calc.close_workbook()
    return Recalculation(source, kept[0].values, values, constants, failures_cell, kept[0].absent)


def _single_cell(reference: str) -> tuple[str, str] | None:
    """Sheet and plain address of ``Checks!$D$3`` or ``'My checks'!$D$3``."""
    sheet, mark, cell = reference.rpartition("!")
    if not mark:
        return None
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    try:
        return sheet, address(*position(cell))
    except ValueError:
        return None


def compare_twins(recalculation: Recalculation, *, atol: float = 1e-9, rtol: float = 1e-9) -> RecalcReport:
    """Compare what the file says with what LibreOffice makes of its formulas.

    Numbers a (file) and b (recalculated) agree when ``|a - b| <= atol + rtol |b|``; texts and errors when
    they are equal; a boolean counts as 1 or 0, because LibreOffice gives it so.

    Args:
        recalculation: from `recalculate`.
        atol: absolute tolerance, in the unit of the cell; also the greatest size of a twin's difference.
        rtol: relative tolerance.
    """
    if not (atol >= 0 and rtol >= 0):
        raise InputError(f"atol, rtol: expected tolerances of at least 0, got {atol:g} and {rtol:g}")
    differences, compared, blank = [], 0, 0
    for sheet, cells in recalculation.cached.items():
        for cell, kept in cells.items():
            if kept is None:
                blank += 1
                continue
            compared += 1
            value = recalculation.value(sheet, cell)
            # A new error is told once, among the errors.
            if not _agree(kept, value, atol, rtol) and not isinstance(value, CellError):
                differences.append(Difference(sheet, cell, kept, value))
    errors, expected = _errors(recalculation)
    twins = list(_twins(recalculation))
    return RecalcReport(
        path=recalculation.path,
        sheets=len(recalculation.values),
        formulas=sum(map(len, recalculation.values.values())),
        compared=compared,
        without_cached=blank,
        differences=tuple(differences),
        errors=tuple(errors),
        expected_errors=tuple(expected),
        twins=len(twins),
        twin_gaps=tuple(twin for twin in twins if not _near_zero(twin.value, atol)),
        failures=_failures(recalculation),
        failed_checks=tuple(_failed_checks(recalculation)),
    )


def _agree(kept: CachedValue, value: CellValue, atol: float, rtol: float) -> bool:
    if isinstance(kept, CellError) or isinstance(value, CellError):
        return isinstance(kept, CellError) and isinstance(value, CellError) and kept.name == value.name
    if isinstance(kept, str) or isinstance(value, str):
        return kept == value
    if kept is None or value is None:
        return kept is value
    return abs(float(kept) - value) <= atol + rtol * abs(value)


def _near_zero(value: CellValue, atol: float) -> bool:
    return isinstance(value, float) and abs(value) <= atol


def _errors(recalculation: Recalculation) -> tuple[list[CellFinding], list[CellFinding]]:
    """Error cells that are news, and those that the file shows too or that a formula without a value means."""
    news: list[CellFinding] = []
    expected: list[CellFinding] = []
    for sheet, cells in recalculation.values.items():
        for cell, value in cells.items():
            if isinstance(value, CellError):
                kept = recalculation.cached.get(sheet, {}).get(cell)
                meant = kept is None and value.name == "#N/A" and cell in recalculation.absent.get(sheet, ())
                known = meant or (isinstance(kept, CellError) and kept.name == value.name)
                (expected if known else news).append(CellFinding(sheet, cell, value))
    return news, expected


def _twins(recalculation: Recalculation) -> Iterator[CellFinding]:
    """Numbers calculated under a heading ``difference``, down to the next text constant of that column."""
    for sheet, constants in recalculation.constants.items():
        texts: dict[int, list[tuple[int, str]]] = {}
        for cell, value in constants.items():
            if isinstance(value, str):
                row, column = position(cell)
                texts.setdefault(column, []).append((row, value))
        under = [(column, *span) for column, headings in texts.items() for span in _spans(sorted(headings))]
        if not under:
            continue
        for cell, value in recalculation.values.get(sheet, {}).items():
            row, column = position(cell)
            if isinstance(value, float) and any(column == where and first < row < last for where, first, last in under):
                yield CellFinding(sheet, cell, value)


def _spans(headings: list[tuple[int, str]]) -> Iterator[tuple[float, float]]:
    """Rows between each heading ``difference`` and the text after it."""
    ends = [float(row) for row, _ in headings[1:]] + [float("inf")]
    for (row, text), end in zip(headings, ends, strict=True):
        if text == TWIN_HEADING:
            yield float(row), end


def _failures(recalculation: Recalculation) -> CellValue:
    if recalculation.failures_cell is None:
        return None
    return recalculation.value(*recalculation.failures_cell)


def _failed_checks(recalculation: Recalculation) -> Iterator[FailedCheck]:
    """Lines of ``Checks`` whose flag is up; A to G: section, label, unit, value, target, tolerance, flag."""
    for cell, flag in recalculation.values.get(CHECKS_SHEET, {}).items():
        row, column = position(cell)
        label = recalculation.value(CHECKS_SHEET, f"B{row}")
        is_total = (CHECKS_SHEET, cell) == recalculation.failures_cell
        if column != 7 or is_total or label in (None, "") or flag == 0.0:
            continue
        value, target, tolerance = (recalculation.value(CHECKS_SHEET, f"{at}{row}") for at in "DEF")
        section = recalculation.value(CHECKS_SHEET, f"A{row}")
        yield FailedCheck(cell, _words(section), _words(label), value, target, tolerance)


def _words(value: CellValue) -> str:
    return "" if value is None else str(value)


def report_lines(report: RecalcReport, *, limit: int = 20) -> list[str]:
    """The report in plain lines, at most ``limit`` of each kind of finding."""
    lines = [
        f"{report.path.name}: {report.formulas} formulas on {report.sheets} sheets recalculated, "
        f"{report.compared} values compared, {report.without_cached} formulas without a value in the file"
        f"{', which cannot be compared' if report.without_cached else ''}, "
        f"{report.twins} twin differences"
    ]
    findings = {
        "differs": [
            f"{item.sheet}!{item.cell}: file {_shown(item.cached)}, recalculated {_shown(item.recalculated)}"
            for item in report.differences
        ],
        "error": [f"{item.sheet}!{item.cell}: {item.value}" for item in report.errors],
        "twin differs": [f"{item.sheet}!{item.cell}: {_shown(item.value)}" for item in report.twin_gaps],
        "check failed": [
            f"{CHECKS_SHEET}!{check.cell}: {check.section} | {check.label}: value {_shown(check.value)}, "
            f"target {_shown(check.target)}, tolerance {_shown(check.tolerance)}"
            for check in report.failed_checks
        ],
        "expected error": [f"{item.sheet}!{item.cell}: {item.value}" for item in report.expected_errors],
    }
    for kind, sentences in findings.items():
        lines += [f"{kind}: {sentence}" for sentence in sentences[:limit]]
        if len(sentences) > limit:
            lines.append(f"{kind}: and {len(sentences) - limit} more")
    if report.failures is not None:
        lines.append(f"{FAILURES_NAME}: {_shown(report.failures)}")
    return [*lines, "ok" if report.ok else "not ok"]


def _shown(value: CachedValue | CellValue) -> str:
    if value is None:
        return "nothing"
    return repr(value) if isinstance(value, str | float) else str(value)
