"""``aram-xl recalc``: does a workbook say what its formulas say?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import AsJson

if TYPE_CHECKING:
    from workbooks.recalc import CellFinding, RecalcReport

CHECK_FAILED = 1


def recalc(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", show_default=False, help="Workbook, .xlsx or .xlsm; it is only read.")
    ],
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Greatest difference that passes, absolute and relative.")
    ] = 1e-9,
    as_json: AsJson = False,
) -> None:
    """Recalculate a workbook and compare.

    LibreOffice does the work, on a private copy from which the values kept in the file are removed first. Listed are
    values that differ, error cells, failed checks, and engine values that differ from their twins in native formulas.
    Exit status 1 if there is any, 2 without LibreOffice.

    Example: aram-xl recalc active_index.xlsx
    """
    from aram_xl.cli.calc import recalculated
    from workbooks.recalc import compare_twins, report_lines

    with _screen.working(file.name) as tell:
        report = compare_twins(recalculated(file, tell), atol=tolerance, rtol=tolerance)
    if as_json:
        _screen.say_json(report_for_json(report, tolerance))
    else:
        for line in report_lines(report):
            _screen.say(line)
    if not report.ok:
        raise typer.Exit(CHECK_FAILED)


def report_for_json(report: RecalcReport, tolerance: float) -> dict[str, Any]:
    """Everything that the report found; errors of cells as Excel shows them."""
    return {
        "file": str(report.path),
        "ok": report.ok,
        "tolerance": tolerance,
        "sheets": report.sheets,
        "formulas": report.formulas,
        "compared": report.compared,
        "without_cached": report.without_cached,
        "differences": [
            {
                "sheet": item.sheet,
                "cell": item.cell,
                "cached": _value(item.cached),
                "recalculated": _value(item.recalculated),
            }
            for item in report.differences
        ],
        "errors": _findings(report.errors),
        "expected_errors": _findings(report.expected_errors),
        "twins": report.twins,
        "twin_gaps": _findings(report.twin_gaps),
        "failures": _value(report.failures),
        "failed_checks": [
            {
                "cell": check.cell,
                "section": check.section,
                "label": check.label,
                "value": _value(check.value),
                "target": _value(check.target),
                "tolerance": _value(check.tolerance),
            }
            for check in report.failed_checks
        ],
    }


def _findings(cells: tuple[CellFinding, ...]) -> list[dict[str, Any]]:
    return [{"sheet": cell.sheet, "cell": cell.cell, "value": _value(cell.value)} for cell in cells]


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | str | int):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)
