"""The committed templates: rebuilt part by part, recalculated, and held to the rules of sheets."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from tests.workbooks import book_cells
from tests.workbooks.archives import assert_same_xml, charts, parts
from tests.workbooks.book_cells import (
    Formula,
    assert_lines_have_words,
    functions_in,
    has_if_within_if,
    hidden,
    literals_in,
    loaded,
    ranges_in,
    rgb,
    validated,
)
from workbooks import names
from workbooks.__main__ import END, TEMPLATES, build_all
from workbooks.catalogue import NAMES
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines
from workbooks.styles import ENGINE_INK, INPUT_INK, INPUT_PAPER, LINK_INK

ACTIVE = "active_index"
"""The template that the rules of sheets are tried on here."""

each_template = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rebuilt")
    build_all(folder)
    return folder


# ---- rebuilding ----------------------------------------------------------------------------------------------


@each_template
def test_rebuild_is_the_committed_file(rebuilt, name):
    """Tags, attributes, formulas and texts exactly; numbers (cached ones, inputs, chart caches) to 1e-12."""
    ours, theirs = parts(rebuilt / f"{name}.xlsx"), parts(TEMPLATES / f"{name}.xlsx")
    assert list(ours) == list(theirs)
    for part in theirs:
        assert_same_xml(part, ours[part], theirs[part])


@each_template
def test_rebuilt_map_is_the_committed_map(rebuilt, name):
    file = f"{name}.map.txt"
    assert (rebuilt / file).read_bytes() == (TEMPLATES / file).read_bytes()


@each_template
def test_archive_carries_no_date_of_building(name):
    with zipfile.ZipFile(TEMPLATES / f"{name}.xlsx") as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[0-9:]+Z", core)) == {"2025-01-01T00:00:00Z"}


# ---- recalculation -------------------------------------------------------------------------------------------


@pytest.mark.libreoffice
def test_recalculates_without_a_difference(calc_session):
    report = compare_twins(recalculate(TEMPLATES / f"{ACTIVE}.xlsx", calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.differences, report.errors, report.expected_errors) == ((), (), ())
    assert (report.failures, report.without_cached, report.compared) == (0.0, 0, report.formulas)


@each_template
def test_package_is_sound(name):
    assert package_faults(TEMPLATES / f"{name}.xlsx") == []


# ---- labels --------------------------------------------------------------------------------------------------


def book() -> Any:
    return loaded(TEMPLATES / f"{ACTIVE}.xlsx")


def formulas() -> tuple[Formula, ...]:
    return book_cells.formulas(book())


def test_every_sheet_says_what_its_numbers_are():
    for sheet in book():
        notice = sheet["A2"].value
        for words in ("SYNTHETIC", "HYPOTHETICAL", "Inferred from a published table; not the provider's method"):
            assert words in notice, sheet.title
        assert sheet["A3"].value == "Failed checks"
        assert sheet.freeze_panes == "C6"
        shown = [f.text for f in formulas() if f.sheet == sheet.title and f.cell.row == 3]
        assert shown == [f"={names.FAILURES}"], sheet.title


# ---- rules of sheets -----------------------------------------------------------------------------------------

PRESENTED = ("About", "Inputs", "Data"), ("Outputs", "Checks")

FUNCTIONS = {
    "MMULT", "MINVERSE", "TRANSPOSE", "COVARIANCE.S", "STDEV.S", "VAR.S", "CORREL", "SLOPE", "INTERCEPT", "SUMPRODUCT",
    "INDEX", "MATCH", "COUNTIF", "IFERROR", "PRODUCT", "SUM", "COUNT", "MIN", "MAX", "ABS", "SQRT", "AVERAGE", "IF",
    "N", "ROWS", "COLUMNS", "YEAR", "ISNUMBER", "NA",
}  # fmt: skip
"""Tried on LibreOffice 7.4 and known to every Excel since 2010; none is volatile."""

LONGEST = 90
LONGER = {
    "Calc_Optimiser": (98, "IFERROR(MMULT("),
    "Calc_Proof": (92, "COVARIANCE.S("),
}
"""Two formulas that a helper block would not make clearer: a row times the inverse of the subset's covariance, all in
one cell range; and the gradient, an asset's returns against the returns of the mix, with row numbers above 99."""


def test_tabs_in_reading_order_and_nothing_hidden():
    sheets = book().sheetnames
    (first, last), inner = PRESENTED, sheets[3:-2]
    assert tuple(sheets[:3]) == first
    assert tuple(sheets[-2:]) == last
    assert inner
    assert all(title.startswith("Calc_") for title in inner)
    for sheet in book():
        assert sheet.sheet_state == "visible"
        assert not sheet.merged_cells.ranges
        assert not hidden(sheet), sheet.title


def test_no_links_and_no_code():
    for part in parts(TEMPLATES / f"{ACTIVE}.xlsx"):
        assert not re.search(r"externalLink|connections|vbaProject|\.bin$", part), part


def test_functions_are_those_tried_on_both_programs():
    used = {name for formula in formulas() for name in functions_in(formula)}
    assert used <= FUNCTIONS, used - FUNCTIONS


def test_no_literals_but_0_and_1():
    assert [(formula.where(), literals_in(formula)) for formula in formulas() if literals_in(formula)] == []


def test_no_if_within_an_if():
    assert [formula.where() for formula in formulas() if has_if_within_if(formula)] == []


def test_formulas_are_short():
    for formula in formulas():
        longest, beginning = LONGER.get(formula.sheet, (LONGEST, ""))
        if not formula.text.startswith("=" + beginning):
            longest = LONGEST
        assert len(formula.text) <= longest, (formula.sheet, formula.span, len(formula.text), formula.text)


def test_names_are_the_interface_only():
    """Exactly these of names.py; no formula uses one but the header, which shows the failed checks."""
    known = {
        names.SIGNAL_DATE, names.MULTIPLIER, names.WINDOW, names.MINIMUM_HISTORY, names.MONTHS_PER_YEAR, names.WEIGHTS,
        names.RISK_TARGET, names.INDEX_LEVELS, names.FAILURES,
    }  # fmt: skip
    assert set(book().defined_names) == known
    for formula in formulas():
        for name in known.intersection(ranges_in(formula)):
            assert (name, formula.cell.row) == (names.FAILURES, 3), (formula.sheet, formula.span)


def test_inputs_are_open_validated_and_the_rest_locked():
    for sheet in book():
        assert sheet.protection.sheet, sheet.title
        assert sheet.protection.password is None
        checked = validated(sheet)
        for row in sheet.iter_rows():
            for cell in row:
                if not cell.protection.locked:
                    assert sheet.title in ("Inputs", "Data"), (sheet.title, cell.coordinate)
                    assert (cell.row, cell.column) in checked, (sheet.title, cell.coordinate)
                else:
                    assert (cell.row, cell.column) not in checked, (sheet.title, cell.coordinate)
    assert book()["Inputs"].data_validations.count >= 8


def test_every_line_has_a_section_a_label_and_a_unit():
    assert_lines_have_words(book())


def test_inputs_state_their_source():
    for row in book()["Inputs"].iter_rows(min_row=6, values_only=True):
        assert row[4], row


def test_colours_tell_kinds_apart():
    """Blue on pale yellow: input; green: shows another sheet; purple: the engine's; black: the formulas."""
    pure = re.compile(r"=\w+!\$?[A-Z]+\$?[0-9]+")
    for formula in formulas():
        ink = rgb(formula.cell.font.color)
        where = (formula.sheet, formula.span, formula.text, ink)
        if pure.fullmatch(formula.text) or formula.text == f"={names.FAILURES}":
            assert ink == LINK_INK, where
        elif ink == LINK_INK:
            assert "!" in formula.text, where
        else:
            assert ink in ("", "#000000"), where
    members: dict[str, set[str]] = defaultdict(set)
    for formula in formulas():
        members[formula.sheet].update(expanded(book()[formula.sheet], formula.span))
    for sheet in book():
        for row in sheet.iter_rows(min_row=6):
            for cell in row:
                constant = cell.value is not None and not isinstance(cell.value, str | ArrayFormula)
                if not cell.protection.locked:
                    assert (rgb(cell.font.color), rgb(cell.fill.fgColor)) == (INPUT_INK, INPUT_PAPER), cell.coordinate
                elif constant and rgb(cell.font.color) != ENGINE_INK and cell.coordinate not in members[sheet.title]:
                    # Neither input nor result: 0 and 1, and counters.
                    assert cell.value in (0, 1) or cell.number_format == "0", (sheet.title, cell.coordinate)


def test_map_covers_every_formula_once():
    """The map beside the template lists every distinct formula, and together its ranges are the formula cells."""
    listed: dict[str, list[str]] = defaultdict(list)
    lines = (TEMPLATES / f"{ACTIVE}.map.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "sheet\tcells\tformula"
    assert len(set(lines)) == len(lines)
    for line in lines[1:]:
        sheet, cells, formula = line.split("\t")
        assert formula.startswith(("=", "{="))
        for span in cells.split(", "):
            listed[sheet] += expanded(book()[sheet], span)
    written: dict[str, list[str]] = defaultdict(list)
    for item in formulas():
        written[item.sheet] += expanded(book()[item.sheet], item.span)
    assert {sheet: sorted(cells) for sheet, cells in listed.items()} == {s: sorted(c) for s, c in written.items()}


def expanded(sheet: Any, span: str) -> list[str]:
    found = sheet[span]
    if not isinstance(found, tuple):
        return [found.coordinate]
    return [cell.coordinate for row in found for cell in row]


TABLES = {"Data": 5, "Calc_Returns": 5, "Calc_Window": 12, "Calc_Proof": 5, "Calc_Index": 5}
"""Row of the heads of the sheets that are one table; Calc_Optimiser and Calc_Frontier have lines above theirs."""

EXPANDING = {"benchmark volatility", "risk"} | {
    f"{kind} {ticker}" for kind in ("mean", "gradient") for ticker in ("SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH")
}
"""Columns of Calc_Proof over windows that grow from 18 to 48 months while LQDH is young: there each row names its own
window; once the window is full all rows share one formula."""

ONE_MORE = {("Calc_Index", "index level"), ("Calc_Index", "AGG level")}
"""Columns that begin with the start level."""


def test_one_formula_per_block():
    for sheet, head_row, column, block in blocks():
        head = book()[sheet].cell(head_row, column).value
        shared: dict[str, list[int]] = defaultdict(list)
        for formula in block:
            text = Translator(formula.text, origin=formula.cell.coordinate).translate_formula("AAA9000")
            shared[text].append(formula.cell.row)
        if sheet == "Calc_Proof" and head in EXPANDING:
            *young, full = sorted(shared.values(), key=len)
            assert len(full) == 81, head
            assert all(len(rows) == 1 for rows in young), head
            assert max(young)[0] < min(full), head
        else:
            assert len(shared) == (2 if (sheet, head) in ONE_MORE else 1), (sheet, head, list(shared)[:3])


def blocks() -> Iterator[tuple[str, int, int, list[Formula]]]:
    """Columns of formulas under one head, table by table."""
    heads = dict(TABLES)
    for sheet in ("Calc_Optimiser", "Calc_Frontier"):
        heads[sheet] = next(row[0].row for row in book()[sheet].iter_rows(min_row=6) if row[1].value == "Subset")
    for sheet, head_row in heads.items():
        columns: dict[int, list[Formula]] = defaultdict(list)
        for formula in formulas():
            if formula.sheet == sheet and formula.cell.row > head_row:
                columns[formula.cell.column].append(formula)
        for column, block in columns.items():
            assert book()[sheet].cell(head_row, column).value, get_column_letter(column)
            yield sheet, head_row, column, block


def test_charts_are_there():
    titles = [title for title, _ in charts(TEMPLATES / f"{ACTIVE}.xlsx")]
    assert titles == [
        "Growth of 100 (hypothetical)", "Weights by signal date", "Rolling 12-month beta",
        "Efficient frontier at the chosen date (per month)",
    ]  # fmt: skip


def test_templates_end_with_the_published_sample():
    assert END == "2025-02-28"
