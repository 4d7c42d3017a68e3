"""The direct-risk-target workbook: the rules of its sheets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.workbooks.archives import charts
from tests.workbooks.book_cells import (
    assert_lines_have_words,
    assert_plain,
    formulas,
    header_cell,
    loaded,
    rgb,
    validated,
)
from workbooks import names
from workbooks.__main__ import TEMPLATES
from workbooks.styles import ENGINE_INK, INPUT_INK, INPUT_PAPER, LINK_INK

TEMPLATE = TEMPLATES / "direct_risk_target.xlsx"

FUNCTIONS = {
    "ABS", "AVERAGE", "CHOOSE", "COLUMNS", "CORREL", "COUNT", "COUNTIF", "DEVSQ", "EXP", "IF", "IFERROR", "INDEX",
    "INTERCEPT", "ISNUMBER", "LN", "MATCH", "MAX", "MEDIAN", "MIN", "MINVERSE", "MMULT", "N", "PRODUCT", "RANK.AVG",
    "ROWS", "SIGN", "SLOPE", "SQRT", "STDEV.S", "STEYX", "SUM", "SUMPRODUCT", "SUMSQ", "SUMXMY2", "TEXT", "TRANSPOSE",
    "YEAR",
}  # fmt: skip
"""Known to every Excel since 2010 and to LibreOffice 7.4; none is volatile."""

LONGEST = {"Calc_Optimiser": 98}
"""A row times the inverse of its subset's covariance; 90 elsewhere."""


@pytest.fixture(scope="module")
def book() -> Any:
    return loaded(TEMPLATE)


def test_formulas_are_short_flat_and_known(book):
    """Under 90 characters, no literals but 0 and 1, no IF within an IF, functions of both programs only."""
    seen = set()
    for formula in formulas(book):
        longest = LONGEST.get(formula.sheet, 90)
        assert len(formula.text) <= longest, (len(formula.text), formula.where())
        pattern = (formula.sheet, re.sub(r"\d+", "#", formula.text))
        if pattern not in seen:
            seen.add(pattern)
            assert_plain(formula, FUNCTIONS, longest)
    assert len(seen) > 500


def test_every_sheet_says_what_it_is(book):
    for sheet in book:
        notice = sheet["A2"].value
        for words in ("SYNTHETIC", "HYPOTHETICAL", "fee and costs", "Own open rule; not the provider's method"):
            assert words in notice, sheet.title
        assert sheet.sheet_state == "visible"
        assert not sheet.merged_cells.ranges
        assert header_cell(sheet) == ("B3" if sheet.title == "About" else "D3")
    order = book.sheetnames
    assert (order[:2], order[-3:]) == (["About", "Inputs"], ["Outputs", "Evidence", "Checks"])
    assert [name[:4] for name in order[2:-3]] == sorted((name[:4] for name in order[2:-3]), reverse=True)


def test_names_are_the_interface(book):
    assert set(book.defined_names) == {
        names.MODEL, names.SIGNAL_DATE, names.RULES, names.MONTHS_PER_YEAR, names.WEIGHTS, names.RISK_TARGET,
        names.INDEX_LEVELS, names.FAILURES,
    }  # fmt: skip


def test_inputs_are_open_validated_and_the_rest_locked(book):
    """Blue on pale yellow, unlocked and validated: the same cells, on Inputs and Data only."""
    for sheet in book:
        assert sheet.protection.sheet, sheet.title
        checked = validated(sheet)
        for row in sheet.iter_rows(min_row=6):
            for cell in row:
                blue = rgb(cell.font.color) == INPUT_INK and rgb(cell.fill.fgColor) == INPUT_PAPER
                locked = cell.protection.locked
                assert locked or (sheet.title in ("Inputs", "Data") and blue), (sheet.title, cell.coordinate)
                assert ((cell.row, cell.column) in checked) is not locked, (sheet.title, cell.coordinate)


def test_colours_tell_kinds_apart(book):
    """Green: shows another sheet; purple: the engine's; formulas black."""
    pure = re.compile(r"=\w+!\$?[A-Z]+\$?[0-9]+")
    for formula in formulas(book):
        if formula.cell.row < 6 or formula.cell.font.bold:
            continue
        ink = rgb(formula.cell.font.color)
        if pure.fullmatch(formula.text):
            assert ink == LINK_INK, formula.where()
        elif ink == LINK_INK:
            assert "!" in formula.text, formula.where()
        else:
            assert ink in ("", "#000000"), formula.where()
    for sheet in ("Data_Engine", "Data_Frontier"):
        inks = {rgb(c.font.color) for row in book[sheet].iter_rows(min_row=6, min_col=4) for c in row if c.value}
        assert inks == {ENGINE_INK}


def test_lines_have_labels_and_units(book):
    assert_lines_have_words(book)


def test_charts_are_there():
    titles = [title for title, _ in charts(TEMPLATE)]
    assert titles == [
        "Growth of 100 (hypothetical)", "Weights by signal date", "Target, ex-ante and realised risk (per month)",
        "State of the rule and k", "Efficient frontier at the chosen date (per month)",
        "Forecast and realised volatility (per month)", "Gap of realised to ex-ante risk by age of the weights",
        "Alpha by sub-period (hypothetical)", "Change of the return a year (hypothetical)",
    ]  # fmt: skip
    assert TEMPLATE.stat().st_size < 5_000_000
