"""The fund check: the rules of its sheets."""

from __future__ import annotations

import re
from typing import Any

from openpyxl.formula.translate import Translator

from aram_xl.activeness import VERDICTS
from tests.workbooks import book_cells
from tests.workbooks.archives import charts
from tests.workbooks.book_cells import (
    Formula,
    assert_lines_have_words,
    functions_in,
    has_if_within_if,
    hidden,
    literals_in,
    loaded,
    validated,
)
from workbooks import names
from workbooks.__main__ import TEMPLATES
from workbooks.fund_check import NAME
from workbooks.fund_check_verdict import CONDITIONS, TABLE

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"


def book() -> Any:
    return loaded(TEMPLATE)


def formulas() -> tuple[Formula, ...]:
    return book_cells.formulas(book())


FUNCTIONS = {
    "MMULT", "MINVERSE", "COVARIANCE.S", "STDEV.S", "VAR.S", "CORREL", "SLOPE", "INTERCEPT", "SUMPRODUCT", "INDEX",
    "MATCH", "COUNTIF", "SUMIF", "IFERROR", "PRODUCT", "SUM", "SUMSQ", "COUNT", "COUNTA", "MIN", "MAX", "ABS", "SQRT",
    "AVERAGE", "IF", "N", "ROWS", "COLUMNS", "YEAR", "MONTH", "ISNUMBER", "INT", "DEVSQ", "RSQ", "STEYX", "T.INV",
    "T.INV.2T", "F.DIST.RT", "EOMONTH", "EXACT", "TEXT",
}  # fmt: skip
"""Known to every Excel since 2010 and to LibreOffice 7.4; none is volatile."""


def test_tabs_in_reading_order_and_nothing_hidden():
    assert book().sheetnames == [
        "About", "Inputs", "Data", "Calc_Sample", "Calc_Line", "Calc_Years", "Calc_Subsets", "Calc_Mix",
        "Calc_Verdict", "Calc_Engine", "Calc_Charts", "Outputs", "Checks",
    ]  # fmt: skip
    for sheet in book():
        assert (sheet.sheet_state, list(sheet.merged_cells.ranges)) == ("visible", [])
        assert not hidden(sheet), sheet.title


def test_every_sheet_says_synthetic_and_hypothetical():
    for sheet in book():
        assert "SYNTHETIC" in sheet["A2"].value
        assert "HYPOTHETICAL: fund and active index are back-tests" in sheet["A2"].value
        shown = [f.text for f in formulas() if f.sheet == sheet.title and f.cell.row == 3]
        assert shown == [f"={names.FAILURES}"], sheet.title
    assert book()["Data"]["D6"].value.endswith("(hypothetical)")


def test_formulas_use_functions_tried_on_both_programs_and_no_literals():
    for formula in formulas():
        assert set(functions_in(formula)) <= FUNCTIONS, formula.where()
        assert literals_in(formula) == [], formula.where()


def test_formulas_are_short_and_no_if_within_an_if():
    for formula in formulas():
        assert len(formula.text) <= 90, (len(formula.text), formula.where())
        assert not has_if_within_if(formula), formula.where()


def test_names_are_the_interface_only():
    known = {
        names.FUND_RETURNS, names.SUBTRACT_T_BILLS, names.INDEX_LIKE, names.SIGNIFICANCE, names.POWER,
        names.FEWEST_MONTHS, names.VERDICT, names.STYLE_WEIGHTS, names.FAILURES,
    }  # fmt: skip
    assert {name for name in book().defined_names if not name.startswith("_")} == known


def test_inputs_are_open_validated_and_the_rest_locked():
    for sheet in book():
        assert (sheet.protection.sheet, sheet.protection.password) == (True, None)
        checked = validated(sheet)
        for row in sheet.iter_rows():
            for one in row:
                place = (sheet.title, one.coordinate)
                assert one.protection.locked == ((one.row, one.column) not in checked), place
                assert one.protection.locked or sheet.title in ("Inputs", "Data"), place


def test_every_line_has_a_section_a_label_and_a_unit():
    assert_lines_have_words(book())


def test_one_formula_per_column():
    """Tables by months: each column of formulas is one formula."""
    for sheet in ("Calc_Sample", "Calc_Charts", "Calc_Years", "Calc_Subsets"):
        columns: dict[int, set[str]] = {}
        first = {"Calc_Charts": 7, "Calc_Years": 15, "Calc_Subsets": 27}.get(sheet, 6)
        for formula in formulas():
            if formula.sheet == sheet and formula.cell.row >= first:
                text = Translator(formula.text, origin=formula.cell.coordinate).translate_formula("AAA9000")
                columns.setdefault(formula.cell.column, set()).add(text)
        assert columns
        assert {column: len(texts) for column, texts in columns.items()} == dict.fromkeys(columns, 1), sheet


def test_map_lists_every_formula_cell_once():
    listed = []
    lines = (TEMPLATES / f"{NAME}.map.txt").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        sheet, spans, _ = line.split("\t")
        for span in spans.split(", "):
            found = book()[sheet][span]
            cells = [found] if not isinstance(found, tuple) else [one for row in found for one in row]
            listed += [(sheet, one.coordinate) for one in cells]
    assert len(set(lines)) == len(lines)
    assert len(set(listed)) == len(listed)
    written = {(f.sheet, f.span.partition(":")[0]) for f in formulas()}
    assert written <= set(listed)


def test_charts_show_what_their_titles_say():
    """Titles, and the columns behind each series."""
    found = {title: re.findall(r"<c:f>([^<]+)</c:f>", xml) for title, xml in charts(TEMPLATE)}
    heads = {one.column_letter: one.value for one in book()["Calc_Charts"][5]}
    assert list(found) == [
        "Growth of 100", "Rolling beta to the benchmark", "Fund against benchmark, months",
        "Style weights of the passive mix",
    ]  # fmt: skip
    columns = {
        title: [heads[re.search(r"\$([A-Z]+)\$", one)[1]] for one in refs if one.startswith("Calc_Charts")]
        for title, refs in found.items()
    }
    assert columns["Growth of 100"] == ["Date", "fund level", "Date", "benchmark level", "Date", "mix level"]
    assert columns["Rolling beta to the benchmark"] == ["date", "12-month beta", "date", "36-month beta"]
    assert columns["Fund against benchmark, months"] == ["benchmark, excess", "fund, excess"]
    weights = [one for one in found["Style weights of the passive mix"] if one.startswith("Outputs")]
    labels = [book()["Outputs"][one.partition("!")[2].replace("$", "")][0][0].value for one in weights]
    assert labels[0] == "=Calc_Mix!F6"
    assert len(labels) == 2


def test_rule_is_the_engines():
    """The same verdicts in the same order, each with its condition."""
    assert list(CONDITIONS) == list(VERDICTS)
    sheet = book()["Calc_Verdict"]
    rows = [
        (row[1].value, row[4].value) for row in sheet.iter_rows(min_row=TABLE + 2, max_row=TABLE + 1 + len(VERDICTS))
    ]
    assert rows == [(VERDICTS[key], CONDITIONS[key]) for key in VERDICTS]
