"""Every check of the active-index workbook is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

import datetime

import pytest
from openpyxl.utils import get_column_letter

from tests.workbooks.book_cells import header_cell, loaded
from tests.workbooks.spoiling import Spoil, assert_can_fail, assert_flags_add_up, rows_by_label, spoil
from workbooks.__main__ import TEMPLATES

pytestmark = [pytest.mark.libreoffice, pytest.mark.usefixtures("untouched")]

TEMPLATE = TEMPLATES / "active_index.xlsx"


FIRST = 6
"""First row below the heads."""

LAST = 116
"""Row of the last signal date on Calc_Proof."""

TOO_LOW = 0.01
"""A multiplier whose target no portfolio reaches."""

EARLIER = datetime.date(2000, 1, 31)
"""A date before all others."""

SPOILS = {
    "Month-ends present": Spoil("Data", 50, "Label", None),
    "Dates out of order": Spoil("Data", 50, "Label", EARLIER),
    "Levels of AGG": Spoil("Data", 50, "AGG", None),
    "Levels of SHY": Spoil("Data", 50, "SHY", None),
    "Levels of IEF": Spoil("Data", 50, "IEF", "n/a"),
    "Levels of TLT": Spoil("Data", 50, "TLT", None),
    "Levels of TIP": Spoil("Data", 50, "TIP", "98.1x"),
    "Levels of VCIT": Spoil("Data", 50, "VCIT", None),
    "Levels of LQDH": Spoil("Data", 50, "LQDH", None),
    "All levels above 0": Spoil("Data", FIRST, "SHY", -1.0),
    "Sum of levels over the engine's": Spoil("Data", 50, "TIP", 100.001),
    "Returns in the window": Spoil("Calc_Window", 20, "TIP", "n/a"),
    "Window against minimum": Spoil("Inputs", "Window", "Value", 11),
    "Mixed returns": Spoil("Calc_Window", 20, "Mix", "n/a"),
    "Subsets not evaluated": Spoil("Calc_Optimiser", "Covariance", "SHY", "=NA()"),
    "Total weight": Spoil("Calc_Date", "Weights, native optimiser", "SHY", 0.9),
    "Least weight": Spoil("Calc_Date", "Weights, native optimiser", "SHY", -0.1),
    "Asymmetry of the covariance": Spoil("Calc_Date", "SHY", "IEF", 0.0001),
    "Risk above target": Spoil("Calc_Date", "Weights, native optimiser", "TLT", 0.9),
    "Target below reach": Spoil("Inputs", "Multiplier k", "Value", TOO_LOW),
    "Risk by two routes": Spoil("Calc_Window", 20, "Mix", 0.05),
    "Gradient by two routes": Spoil("Calc_Date", "LQDH", "LQDH", 0.001),
    "First-order residual": Spoil("Calc_Date", "Weights, native optimiser", "TLT", 0.9),
    "Risk contributions": Spoil("Calc_Date", "Risk contribution", "TIP", 0.001),
    "Native less engine weights": Spoil("Calc_Proof", LAST, "SHY", 0.9),
    "Signal dates": Spoil("Calc_Proof", 50, "Label", None),
    "Signal dates that are month-ends": Spoil("Calc_Proof", 50, "Label", EARLIER),
    "Engine weights present": Spoil("Calc_Proof", 50, "TIP", None),
    "Dates that fail: budget": Spoil("Calc_Proof", 50, "TIP", 0.9),
    "Dates that fail: bounds": Spoil("Calc_Proof", 50, "TIP", -1e-6),
    "Dates that fail: target": Spoil("Calc_Proof", 50, "Target", 0.01),
    "Dates that fail: risk": Spoil("Inputs", "Multiplier k used", "Value", 0.9),
    "Dates that fail: first order": Spoil("Calc_Proof", 50, "risk multiplier", 9.0),
    "Dates that fail: slackness": Spoil("Inputs", "Multiplier k used", "Value", 1.1),
    "Dates that fail: window": Spoil("Calc_Proof", 50, "window", 47),
    "Months": Spoil("Calc_Index", 50, "Return", "n/a"),
    "Returns against the engine's": Spoil("Calc_Index", 50, "engine", 0.5),
    "Last level": Spoil("Calc_Index", 50, "index level", 1.0),
    "Benchmark's growth": Spoil("Calc_Index", 50, "AGG return", 0.5),
    "Largest difference, index": Spoil("Outputs", "Beta", "engine", 0.5),
    "Largest difference, benchmark": Spoil("Outputs", "Alpha", "Benchmark", 0.5),
    "Largest difference, events": Spoil("Outputs", "Targets not binding", "engine", 15),
    "Beta by two routes": Spoil("Calc_Index", 50, "Return", "n/a"),
}
"""By label of the check. Each is one cell that the check watches, an input where an input can spoil it."""


def row_of(sheet: str, row: str | int) -> int:
    if isinstance(row, int):
        return row
    return next(cell.row for (cell,) in loaded(TEMPLATE)[sheet].iter_rows(min_col=2, max_col=2) if cell.value == row)


def column_of(sheet: str, head: str) -> str:
    """By the heads of the sheet's table: row 5, or below the lines of Calc_Window."""
    for number in (5, 12):
        for cell in loaded(TEMPLATE)[sheet][number]:
            if cell.value == head:
                return get_column_letter(cell.column)
    raise AssertionError(f"{sheet}: no column {head!r}")


def test_every_check_has_a_spoil():
    assert list(rows_by_label(loaded(TEMPLATE))) == list(SPOILS)


def test_flags_add_up_to_the_total():
    assert_flags_add_up(loaded(TEMPLATE))


@pytest.mark.parametrize("label", SPOILS)
def test_check_can_fail(calc, label):
    place = SPOILS[label].place(row_of, column_of)
    assert_can_fail(calc, loaded(TEMPLATE), rows_by_label(loaded(TEMPLATE))[label], place)


def test_tolerance_is_what_lets_rounding_pass(calc):
    """At 0 the rounding of 1E-17 itself shows: the checks do compare numbers that were made in different ways."""
    told = spoil(calc, loaded(TEMPLATE), Spoil("Inputs", "Checks", "Value", 0.0).place(row_of, column_of))
    failed = told.failed(rows_by_label(loaded(TEMPLATE)))
    assert {"Returns against the engine's", "Dates that fail: first order"} <= failed


def test_header_turns_red():
    """The conditional format of the header on each sheet."""
    for sheet in loaded(TEMPLATE):
        formats = [area for area in sheet.conditional_formatting if header_cell(sheet) in area.sqref]
        rules = [rule for area in formats for rule in area.rules]
        assert [(rule.operator, rule.formula) for rule in rules] == [("greaterThan", ["0"])], sheet.title
