"""Every check of the direct-risk-target workbook is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

from tests.workbooks.book_cells import loaded
from tests.workbooks.spoiling import Spoil, assert_can_fail, assert_flags_add_up, rows_by_label
from tests.workbooks.test_drt_evidence import SPOILS as OF_EVIDENCE
from workbooks.__main__ import TEMPLATES

pytestmark = [pytest.mark.libreoffice, pytest.mark.usefixtures("untouched")]

TEMPLATE = TEMPLATES / "direct_risk_target.xlsx"

EARLIER = datetime.date(2000, 1, 31)
"""A date before all others."""

SOME = 50
"""A row in the middle of every table."""


def template() -> Any:
    return loaded(TEMPLATE)


def cached() -> Any:
    return loaded(TEMPLATE, values=True)


def row_of(sheet: str, row: str | int) -> int:
    """By label; ``label#2`` is its second line, ``engine`` the row of the shown model and date on Data_Engine."""
    if isinstance(row, int):
        return row
    if row == "engine":
        return 5 + int(cached()["Calc_Date"][f"D{row_of('Calc_Date', 'Row of Data_Engine')}"].value)
    label, _, number = row.partition("#")
    cells = template()[sheet].iter_rows(min_col=2, max_col=2)
    rows = [cell.row for (cell,) in cells if cell.value == label]
    return rows[int(number or 1) - 1]


def column_of(sheet: str, head: str) -> str:
    """By the heads of one of the sheet's tables, or by its letters."""
    if head.isupper() and len(head) <= 2:
        return head
    for row in template()[sheet].iter_rows(min_row=5, max_row=70):
        for cell in row:
            if cell.value == head:
                return get_column_letter(cell.column)
    raise AssertionError(f"{sheet}: no column {head!r}")


def tickers() -> list[str]:
    return [cell.value for cell in template()["Data"][5][5:] if cell.value]


def ticker_column(name: str) -> str:
    return get_column_letter(6 + tickers().index(name))


LEVELS = {f"Levels of {name}": Spoil("Data", SOME, ticker_column(name), None) for name in tickers()}

WEIGHTS = "Weights"

SPOILS = {
    "Month-ends present": Spoil("Data", SOME, "B", None),
    "Dates out of order": Spoil("Data", SOME, "B", EARLIER),
    **LEVELS,
    "All levels above 0": Spoil("Data", 6, ticker_column("SHY"), -1.0),
    "Sum of levels over the engine's": Spoil("Data", SOME, ticker_column("TIP"), 100.001),
    "Assets found in Data": Spoil("Calc_Assets", "Column of Data", "F", 0.0),
    "Weights of the market": Spoil("Data_Cards", "fi-scalable-ust#6", ticker_column("AGG"), 0.5),
    "Row of the model": Spoil("Data_Engine", "engine", "A", "another"),
    "Row of the date": Spoil("Data_Engine", "engine", "B", EARLIER),
    "Signal dates that are month-ends": Spoil("Calc_Target", SOME, "B", EARLIER),
    "Targets present": Spoil("Calc_Target", SOME, "D", "n/a"),
    "States as the engine's": Spoil("Calc_Target", SOME, "E", "another"),
    "Market risk less engine's": Spoil("Calc_Target", SOME, "market risk", 0.5),
    "Percentile less engine's": Spoil("Calc_Target", SOME, "percentile", 0.123),
    "Trend value less engine's": Spoil("Calc_Target", SOME, "trend value", 0.5),
    "Drawdown less engine's": Spoil("Calc_Target", SOME, "drawdown", 0.5),
    "K less engine's": Spoil("Calc_Target", SOME, "T", 0.123),
    "Raw less engine's": Spoil("Calc_Target", SOME, "raw", 0.5),
    "Smoothed less engine's": Spoil("Calc_Target", SOME, "smoothed", 0.5),
    "Stepped less engine's": Spoil("Calc_Target", SOME, "stepped", 0.5),
    "Clipped less engine's": Spoil("Calc_Target", SOME, "D", 0.5),
    "Returns in the window": Spoil("Calc_Window", SOME, "F", "n/a"),
    "Weights of the months": Spoil("Calc_Window", SOME, "D", 0.9),
    "Asymmetry of the covariance": Spoil("Calc_Covariance", "last block", "G", 0.0001),
    "Shrinkage": Spoil("Calc_Covariance", "Shrinkage", "D", 0.5),
    "Weights present": Spoil("Calc_Date", WEIGHTS, "F", "n/a"),
    "Total weight": Spoil("Calc_Date", WEIGHTS, "F", 0.9),
    "Below a floor": Spoil("Calc_Date", WEIGHTS, "F", -0.1),
    "Above a cap": Spoil("Calc_Date", WEIGHTS, "F", 1.5),
    "Outside a group's range": Spoil("Calc_Date", "Group 1 total", "D", 2.0),
    "Turnover above its limit": Spoil("Calc_Date", "Turnover limit", "D", 0.0),
    "Risk above the final target": Spoil("Calc_Date", "Risk", "D", 0.5),
    "Subsets not evaluated": Spoil("Calc_Optimiser", "Covariance", "F", "=NA()"),
    "In cells less engine": Spoil("Data_Engine", "engine", "weight 1", 0.9),
    "Least risk in cells less engine": Spoil("Data_Engine", "engine", "least reachable", 0.0001),
    "First-order residual": Spoil("Calc_Date", "Risk multiplier k", "D", 9.0),
    "Slackness of risk": Spoil("Calc_Date", "Final target", "D", 0.5),
    "Slackness of groups": Spoil("Calc_Date", "Group 1", "D", 1.0),
    "Slackness of turnover": Spoil("Calc_Date", "Turnover multiplier", "D", 1.0),
    "Risk by two routes": Spoil("Calc_Risk", "signal", "D", 0.5),
    "Risk contributions": Spoil("Calc_Date", "Risk contribution", "G", 0.001),
    "Weights of the points": Spoil("Calc_Frontier", "Point 3", "F", 0.9),
    "Start of the frontier": Spoil("Data_Engine", "engine", "least reachable", 0.0001),
    "End of the frontier": Spoil("Data_Engine", "engine", "greatest reachable", 0.5),
    "Engine weights present": Spoil("Calc_Risk", SOME, "F", "n/a"),
    "Totals of the weights": Spoil("Calc_Risk", SOME, "F", 0.123),
    "Ex-ante risk less engine's": Spoil("Calc_Risk", SOME, "engine", 0.5),
    "Gross return less engine's": Spoil("Calc_Index", SOME, "gross return", 0.5),
    "Net return less engine's": Spoil("Calc_Index", SOME, "engine net return", 0.5),
    "Turnover less engine's": Spoil("Calc_Index", SOME, "engine turnover", 0.5),
    "Cost less engine's": Spoil("Calc_Index", SOME, "cost", 0.5),
    "Weights by asset class": Spoil("Calc_Exposure", SOME, "fixed income", 0.5),
    "Weights by sector": Spoil("Calc_Exposure", SOME, "treasury", 0.123),
    "Weights by duration": Spoil("Calc_Exposure", SOME, "ultra-short", 0.123),
    "Periods": Spoil("Calc_Index", SOME, "D", "n/a"),
    "Last level": Spoil("Calc_Index", SOME, "net level", 1.0),
    "Benchmark's growth": Spoil("Calc_Index", SOME, "benchmark level", 50.0),
    "Largest difference, net": Spoil("Outputs", "Beta", "engine", 0.5),
    "Largest difference, benchmark": Spoil("Outputs", "Alpha", "Benchmark", 0.5),
    "Largest difference, sixty forty": Spoil("Outputs", "Alpha", "60/40", 0.5),
    "Largest difference, bills": Spoil("Outputs", "Beta", "T-bills", 0.5),
    "Largest difference, standard": Spoil("Outputs", "Sharpe ratio", "engine", 9.0),
    "Largest difference, met": Spoil("Inputs", "Greatest ratio", "D", 0.9),
}
"""By label of the check. Each is one cell that the check watches."""


def resolved(spoil: Spoil) -> Spoil:
    """Rows that are found by what the sheets show."""
    if spoil.row == "last block":
        rows = [r[0].row for r in template()["Calc_Covariance"].iter_rows(max_col=1) if r[0].value == "Covariance"]
        return spoil._replace(row=rows[-1])
    if spoil.row == "signal":
        return spoil._replace(row=10 + int(cached()["Calc_Date"]["D8"].value))
    return spoil


def test_every_check_has_a_spoil():
    of_evidence = {label for _, label in OF_EVIDENCE}  # spoiled in tests of their own
    assert [label for label in rows_by_label(template()) if label not in of_evidence] == list(SPOILS)


def test_flags_add_up_to_the_total():
    assert_flags_add_up(template())


@pytest.mark.parametrize("label", SPOILS)
def test_check_can_fail(calc, label):
    place = resolved(SPOILS[label]).place(row_of, column_of)
    assert_can_fail(calc, template(), rows_by_label(template())[label], place, hard=False)
