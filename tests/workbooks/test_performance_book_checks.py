"""Every check of the performance workbook is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from tests.workbooks.spoiling import Overwrite, assert_can_fail, assert_flags_add_up, check_rows, spoil
from workbooks import performance_sample
from workbooks.libreoffice import Calc

pytestmark = pytest.mark.libreoffice

SERIES = 10

FUND, BENCHMARK = "G", "K"
"""Columns of Data: the fund GOVT, and AGG."""

ENGINE = get_column_letter(6 + SERIES + 1)
"""First column of the engine's figures on Calc_Stats and Calc_Years."""


MONTHS_ENGINE = f"{get_column_letter(6 + 6 * (SERIES + 1) + 2)}9"
"""On Calc_Years the engine's months of the first series, of which the second year has 12."""


class Line(NamedTuple):
    """A line of Calc_Stats, by section and label; its first figure is spoiled."""

    section: str
    label: str
    column: str = "F"


EARLY = datetime.date(2000, 1, 31)

SPOILS: dict[tuple[str, str], Overwrite | Line] = {
    ("Data", "Month ends present"): Overwrite("Data", "B50", None),
    ("Data", "Dates out of order"): Overwrite("Data", "B50", EARLY),
    ("Data", "Months left out or doubled"): Overwrite("Data", "B50", datetime.date(2019, 9, 15)),
    ("Data", "Returns that are no numbers"): Overwrite("Data", f"{FUND}50", "n/a"),
    ("Data", "Returns below -1"): Overwrite("Data", f"{FUND}50", -1.5),
    ("Data", "Names that repeat"): Overwrite("Data", f"{FUND}6", "LQD"),
    ("Data", "Returns without a name"): Overwrite("Data", f"{FUND}6", None),
    ("Roles", "Benchmark not found"): Overwrite("Inputs", "D6", "no such name"),
    ("Roles", "T-bills not found"): Overwrite("Inputs", "D7", "no such name"),
    ("Roles", "Equity not found"): Overwrite("Inputs", "D8", "no such name"),
    ("Roles", "Aggregate not found"): Overwrite("Inputs", "D9", "no such name"),
    ("Roles", "One part of 60/40 alone"): Overwrite("Inputs", "D8", None),
    ("Sample", "Months"): Overwrite("Data", f"{BENCHMARK}50", None),
    ("Sample", "Series that reach its end"): Overwrite("Data", f"{FUND}116", None),
    ("Sample", "Months missing in series"): Overwrite("Data", f"{FUND}50", None),
    ("Engine", "Returns"): Line("Returns", "Last month", ENGINE),
    ("Engine", "Statistics, newsletter"): Line("Statistics, newsletter", "Beta", ENGINE),
    ("Engine", "Statistics, standard"): Line("Statistics, standard", "Sharpe ratio", ENGINE),
    ("Engine", "Statistics, both"): Line("Statistics, both", "Skewness", ENGINE),
    ("Engine", "Tracking, newsletter"): Line("Tracking, newsletter", "Gap", ENGINE),
    ("Engine", "Tracking, standard"): Line("Tracking, standard", "Active premium", ENGINE),
    ("Engine", "Capture, up"): Line("Capture, up", "Up months", ENGINE),
    ("Engine", "Capture, down"): Line("Capture, down", "Down capture, compound", ENGINE),
    ("Engine", "12 months, newsletter"): Line("12 months, newsletter", "Beta, lowest", ENGINE),
    ("Engine", "36 months, newsletter"): Line("36 months, newsletter", "Risk a year, highest", ENGINE),
    ("Engine", "12 months, standard"): Line("12 months, standard", "Alpha a year", ENGINE),
    ("Engine", "36 months, standard"): Line("36 months, standard", "Correlation", ENGINE),
    ("Engine", "Drawdowns"): Line("Drawdowns", "2: Trough", ENGINE),
    ("Engine", "Extremes"): Line("Extremes", "3: worst month, when", ENGINE),
    ("Engine", "Calendar years"): Overwrite("Calc_Years", f"{ENGINE}9", 0.5),
    ("Engine", "Months of calendar years"): Overwrite("Calc_Years", MONTHS_ENGINE, 11),
    ("Routes", "Cumulative by two routes"): Line("Returns", "Whole sample, cumulative"),
    ("Routes", "Volatility by two routes"): Line("Second routes", "Volatility a year"),
    ("Routes", "Beta by two routes"): Line("Second routes", "Beta"),
    ("Routes", "Alpha by two routes"): Line("Second routes", "Alpha a year"),
    ("Routes", "Cumulative of up and down months"): Line("Returns", "Whole sample, cumulative"),
    ("Routes", "Drawdown by two routes"): Line("Second routes", "Greatest drawdown"),
    ("Routes", "Information ratio, newsletter"): Line("Tracking, newsletter", "Information ratio"),
    ("Routes", "Information ratio, standard"): Line("Tracking, standard", "Information ratio"),
}
"""By section and label of the check. Those of the rolling statistics are found on their sheets."""

ROLLED = {
    (convention, window, key)
    for convention, keys in (
        ("newsletter", ("risk", "alpha", "beta", "correlation")),
        ("standard", ("alpha", "beta", "correlation")),
    )
    for window in (12, 36)
    for key in keys
}

SPOILED = 0.123


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("checks") / "performance.xlsx"
    performance_sample.build(found, "2025-02-28")
    return found


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def calc(path: Path, calc_session: Calc) -> Calc:
    calc_session.open(path)
    return calc_session


def place_of(book: Any, spoiled: Overwrite | Line) -> Overwrite:
    if isinstance(spoiled, Overwrite):
        return spoiled
    rows = book["Calc_Stats"].iter_rows(min_row=6)
    row = next(r[0].row for r in rows if (r[0].value, r[1].value) == (spoiled.section, spoiled.label))
    return Overwrite("Calc_Stats", f"{spoiled.column}{row}", SPOILED)


def rolled(book: Any, convention: str, window: int, key: str) -> Overwrite:
    """An engine's figure of a rolling block, in its tenth window."""
    sheet = book["Calc_R" if convention == "newsletter" else "Calc_Ex"]
    heads = {cell.value: cell.column for cell in sheet[5]}
    column = heads[f"{key} {window} series 1"] + SERIES + 1
    assert sheet.cell(5, column).value == "engine series 1"
    return Overwrite(sheet.title, f"{get_column_letter(column)}{8 + window - 1 + 9}", SPOILED)


def spoils(book: Any) -> dict[tuple[str, str], Overwrite]:
    found = {key: place_of(book, spoiled) for key, spoiled in SPOILS.items()}
    for convention, window, key in ROLLED:
        label = f"Rolling {window} months, {key}, {convention}"
        found["Engine", label] = rolled(book, convention, window, key)
    return found


def test_every_check_has_a_spoil(book):
    assert set(check_rows(book)) == set(spoils(book))


def test_flags_add_up_to_the_total(book):
    assert_flags_add_up(book)


def test_every_check_can_fail(book, calc):
    rows = check_rows(book)
    assert calc.named("chk_failures") == [[0.0]]
    for key, place in spoils(book).items():
        assert_can_fail(calc, book, rows[key], place)


def test_engine_of_other_data_is_not_compared(book, calc):
    """One return changed: no flag, no difference shown, and Calc_Basis says that the engine read other data."""
    calc.set("Data", f"{FUND}50", 0.0123)
    calc.calculate()
    row = next(r[0].row for r in book["Calc_Basis"].iter_rows(min_row=6) if r[1].value == "Same data")
    told, failures = calc.value("Calc_Basis", f"D{row}"), calc.named("chk_failures")
    calc.set("Data", f"{FUND}50", book["Data"][f"{FUND}50"].value)
    calc.calculate()
    assert (told, failures) == (0.0, [[0.0]])
    assert calc.value("Calc_Basis", f"D{row}") == 1.0


def test_tolerance_is_what_lets_rounding_pass(book, calc):
    """At 0 the rounding itself shows: native formulas and engine do compute apart."""
    row = next(r[0].row for r in book["Inputs"].iter_rows(min_row=6) if r[1].value == "Checks")
    told = spoil(calc, book, Overwrite("Inputs", f"D{row}", 0.0))
    failed = told.failed(check_rows(book))
    assert {("Routes", "Alpha by two routes"), ("Routes", "Cumulative of up and down months")} <= failed
    assert told.restored == 0.0
