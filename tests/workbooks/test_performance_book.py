"""The performance workbook in LibreOffice: its own sample, other series pasted into it, the rules of sheets."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from aram_xl.errors import InputError, TooShortError
from aram_xl.performance import statistics
from tests.workbooks.archives import charts
from tests.workbooks.book_cells import assert_lines_have_words, assert_plain, formulas, header_cell, validated
from workbooks import catalogue, performance_book, performance_sample
from workbooks._audit_catalogue import Severity
from workbooks.audit import audit
from workbooks.libreoffice import Calc, CellError
from workbooks.package import package_faults
from workbooks.performance_data import Roles, performance_data
from workbooks.recalc import compare_twins, recalculate, report_lines

libreoffice = pytest.mark.libreoffice

END = "2025-02-28"

AGREE = 1e-10
"""Largest difference of native formulas and engine; rounding lies near 1e-15."""

SERIES, MONTHS = 10, 180


class Built(NamedTuple):
    """A workbook and the formulas in it."""

    path: Path
    book: Any


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    path = tmp_path_factory.mktemp("performance") / "performance.xlsx"
    performance_sample.build(path, END)
    return Built(path, openpyxl.load_workbook(path))


def row_of(book: Any, sheet: str, label: str) -> int:
    return next(row[1].row for row in book[sheet].iter_rows(min_row=6) if row[1].value == label)


# ---- the sample ----------------------------------------------------------------------------------------------


@libreoffice
def test_recalculates_to_the_engine(built, calc_session):
    """65,000 formulas, 3,400 differences of native and engine: all within 1e-10, no error, no failed check."""
    report = compare_twins(recalculate(built.path, calc=calc_session), atol=AGREE, rtol=AGREE)
    assert report.ok, report_lines(report)
    assert (report.failures, report.errors, report.expected_errors, report.without_cached) == (0.0, (), (), 0)
    assert report.formulas == report.compared > 60_000
    assert report.twins > 3_000


def test_package_is_sound(built):
    assert package_faults(built.path) == []


def test_figures_are_those_of_the_public_function(built):
    """`statistics` itself, which the tables are held to by base R, against cells of Outputs."""
    returns, _ = performance_sample.sample_returns(END)
    known = statistics(
        returns["Active Index"], returns["AGG"], "standard", risk_free=returns["BIL"], periods_per_year=12
    )
    shown = openpyxl.load_workbook(built.path, data_only=True)["Calc_Stats"]
    found = {
        (row[0].value, row[1].value): row[5].value for row in shown.iter_rows(min_row=6) if row[1].value is not None
    }
    for place, key in (
        (("Statistics, standard", "Alpha a year"), "alpha"),
        (("Statistics, standard", "Beta"), "beta"),
        (("Statistics, standard", "Sharpe ratio"), "sharpe"),
        (("Tracking, standard", "Information ratio"), "information_ratio"),
        (("Returns", "3 years, cumulative"), "three_year"),
        (("Returns", "Whole sample, a year"), "annualised_return"),
        (("Statistics, both", "Greatest drawdown"), "max_drawdown"),
    ):
        assert found[place] == pytest.approx(known[key], rel=0, abs=1e-12), key


def test_every_sheet_is_marked(built):
    for sheet in built.book:
        assert "SYNTHETIC" in sheet["A2"].value, sheet.title
        assert "HYPOTHETICAL" in sheet["A2"].value, sheet.title


def test_every_table_says_its_basis(built):
    """Eleven tables and the charts, each with sample, months, frequency, benchmark, risk-free series and convention."""
    sheet = openpyxl.load_workbook(built.path, data_only=True)["Outputs"]
    texts = [row[1].value for row in sheet.iter_rows(min_row=6) if isinstance(row[1].value, str)]
    lines = [text for text in texts if text.startswith("Hypothetical. Sample 2016-01-29 to 2025-02-28, 110 monthly ")]
    assert len(lines) == 15
    assert all("benchmark AGG" in line for line in lines)
    assert sum("risk-free series BIL" in line for line in lines) == 5
    assert sum("risk-free series zero" in line for line in lines) == 5
    assert sum(text.startswith("convention standard") for text in texts) == 5


# ---- other series --------------------------------------------------------------------------------------------


def returns_of(kind: str) -> tuple[pd.DataFrame, Roles]:
    """Generated returns, rounded to 1e-4 so that months and drawdowns tie."""
    rng = np.random.default_rng(20250228)
    size = {"late starter": 61, "nothing supplied": 20, "all series": 110, "less than a year": 8}[kind]
    days = pd.bdate_range("2019-07-31", periods=size, freq="BME", name="Date")
    names = {"late starter": "ABCDE", "nothing supplied": "XY", "all series": "KLMNOPQRST", "less than a year": "FGH"}[
        kind
    ]
    market = rng.normal(0.003, 0.02, size)
    table = pd.DataFrame(
        {name: 0.002 + 0.2 * k * market + rng.normal(0.0, 0.01, size) for k, name in enumerate(names)}, index=days
    ).round(4)
    if kind == "late starter":
        table.loc[table.index[:40], "C"] = np.nan
        table.loc[table.index[:3], "E"] = np.nan  # the benchmark: the sample begins with it
        return table, Roles(benchmark="E", bills="A", equity="B", aggregate="D")
    if kind == "nothing supplied":
        return table, Roles()
    if kind == "less than a year":  # and the last row is no month end
        table.index = table.index[:-1].append(pd.DatetimeIndex(["2020-02-14"]))
        return table, Roles(benchmark="F", bills="G")
    table["K"] = 0.0001  # at rest: no correlation, no ratio
    table["L"] = table["M"]  # no tracking error
    return table, Roles(benchmark="M", bills="N")


def paste(calc: Calc, table: pd.DataFrame, roles: Roles) -> None:
    """As a user does: names, dates and returns over the old ones, the rest emptied."""
    for k in range(SERIES):
        column = get_column_letter(6 + k)
        calc.set("Data", f"{column}6", str(table.columns[k]) if k < table.shape[1] else None)
        for i in range(MONTHS):
            inside = i < len(table) and k < table.shape[1]
            value = float(table.iloc[i, k]) if inside else np.nan
            calc.set("Data", f"{column}{7 + i}", None if np.isnan(value) else value)
    for i in range(MONTHS):
        calc.set("Data", f"B{7 + i}", table.index[i].date() if i < len(table) else None)
        calc.set("Data", f"D{7 + i}", None)
    for row, name in zip(range(6, 10), roles, strict=True):
        calc.set("Inputs", f"D{row}", name)


def engine_cells(path: Path) -> Iterator[tuple[str, str, Any]]:
    """Sheet, address and value of every native formula of a workbook that the engine filled with the same series."""
    plain, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for sheet in plain:
        if sheet.title in ("About", "Inputs", "Data", "Checks"):
            continue
        apart = {c for c in range(1, sheet.max_column + 1) if sheet.cell(5, c).value == "difference"}
        for row in sheet.iter_rows(min_row=6):
            for cell in row:
                formula = isinstance(cell.value, ArrayFormula) or str(cell.value).startswith("=")
                if formula and cell.column not in apart:
                    yield sheet.title, cell.coordinate, values[sheet.title][cell.coordinate].value


DATA_CHANGED = {"Returns are the engine's", "Same data"}


def is_state(book: Any, sheet: str, cell: str) -> bool:
    """Cells that say whether the engine read the data on the sheet: after pasting it has not."""
    row, column = int(re.sub(r"\D", "", cell)), re.sub(r"\d", "", cell)
    if sheet == "Calc_Basis":
        return column == "G" or book[sheet][f"B{row}"].value in DATA_CHANGED
    text = book[sheet][cell].value
    return isinstance(text, str) and text.startswith("=Calc_Basis!") and row == 6 and sheet in ("Calc_R", "Calc_Ex")


@libreoffice
@pytest.mark.parametrize("kind", ["late starter", "nothing supplied", "all series", "less than a year"])
def test_pasted_series_recalculate_to_the_engine(built, calc_session, tmp_path, kind):
    """Every native cell of the template, after pasting, against the same cell that the engine filled: to 1e-10."""
    table, roles = returns_of(kind)
    other = tmp_path / "other.xlsx"
    performance_book.build(table, other, roles=roles)
    calc_session.open(built.path)
    paste(calc_session, table, roles)
    calc_session.calculate()
    native = calc_session.formulas()
    compared, wrong = 0, []
    for sheet, cell, value in engine_cells(other):
        if is_state(built.book, sheet, cell):
            continue
        found = native[sheet][cell]
        compared += 1
        if not same(found, value):
            wrong.append((sheet, cell, found, value))
    assert wrong == []
    assert compared > 50_000
    assert calc_session.named("chk_failures") == [[0.0]], failed(calc_session)
    errors = {sheet for sheet, cells in calc_session.errors().items() if cells}
    assert errors <= {"Calc_Charts"}  # the #N/A of lines without points
    assert all(str(e) == "#N/A" for cells in calc_session.errors().values() for e in cells.values())
    assert stale(built, calc_session)


def same(found: Any, value: Any) -> bool:
    if isinstance(found, CellError):
        return str(found) == value
    if isinstance(value, datetime.datetime):
        value = float((value - datetime.datetime(1899, 12, 30)).days)
    if isinstance(value, datetime.time):  # how openpyxl reads a date of 0: no first date is wanted
        value = 0.0
    if isinstance(value, int | float) and isinstance(found, int | float):
        return abs(found - value) <= AGREE * (1.0 + abs(value))
    return (found or "") == (value or "")


def failed(calc: Calc) -> list[Any]:
    return [row[1] for row in calc.read("Checks", "A8:G80") if row[6] == 1.0]


def stale(built: Built, calc: Calc) -> bool:
    """The engine's values are of other data now: no difference is shown, and Calc_Basis says so."""
    row = row_of(built.book, "Calc_Basis", "Same data")
    shown = calc.read("Calc_Stats", "AB20:AL60")
    return calc.value("Calc_Basis", f"D{row}") == 0.0 and all(not cell for line in shown for cell in line)


@libreoffice
def test_less_than_a_year(calc_session, tmp_path):
    """File and recalculation agree, nothing is annualised, the tables say so, and the audit finds nothing."""
    table, roles = returns_of("less than a year")
    path = tmp_path / "short.xlsx"
    performance_book.build(table, path, roles=roles)
    report = compare_twins(recalculate(path, calc=calc_session), atol=AGREE, rtol=AGREE)
    assert report.ok, report_lines(report)
    assert (report.failures, report.errors, report.without_cached) == (0.0, (), 0)
    values = openpyxl.load_workbook(path, data_only=True)
    stats, outputs = values["Calc_Stats"], values["Outputs"]
    found = {(row[0].value, row[1].value): row[7].value for row in stats.iter_rows(min_row=6)}  # series H
    for section, label in (
        ("Returns", "Whole sample, a year"),
        *((f"Statistics, {convention}", "Alpha a year") for convention in ("newsletter", "standard")),
        ("Statistics, newsletter", "Ret/StDev"), ("Statistics, standard", "Sharpe ratio"),
        ("Statistics, both", "Volatility a year"), ("Tracking, standard", "Tracking error a year"),
        ("Tracking, standard", "Active premium"), ("Tracking, standard", "Information ratio"),
    ):  # fmt: skip
        assert found[section, label] == "-", (section, label)
    assert found["Returns", "Whole sample, cumulative"] == pytest.approx(float((1 + table["H"]).prod() - 1), abs=1e-12)
    assert isinstance(found["Tracking, newsletter", "Tracking error a month"], float)
    texts = [row[1].value for row in outputs.iter_rows(min_row=6) if isinstance(row[1].value, str)]
    remark = "Dates are not month ends: 1 of 8, the latest 2020-02-14; each row counts as a whole month."
    assert sum(remark in text for text in texts) == 15
    assert sum(text.endswith(" Fewer than 12 months: nothing is annualised.") for text in texts) == 10
    wrong = [f for f in audit(path).findings if f.severity > Severity.NOTICE]
    assert wrong == []


# ---- calendar years ------------------------------------------------------------------------------------------


def test_years_that_a_series_fills_in_part_have_a_star(tmp_path):
    """61 months from July 2019; C begins 40 months later, in November 2022; E 3 later, and with it the sample.

    Months by hand: E and so the sample begins in October 2019 with 3 months and ends in July 2024 with 7; C has 2 in
    2022. The rule of the star looks at the same months, which stand below the returns.
    """
    table, roles = returns_of("late starter")
    path = tmp_path / "late.xlsx"
    performance_book.build(table, path, roles=roles)
    sheet = openpyxl.load_workbook(path, data_only=True)["Outputs"]
    top = next(row[0].row for row in sheet.iter_rows(min_row=6) if row[0].value == "Calendar years")
    assert [sheet.cell(top + 1, 4 + k).value for k in range(6)] == [2024, 2023, 2022, 2021, 2020, 2019]
    rows = [row for row in range(top, top + 40) if sheet.cell(row, 3).value in ("return", "months")]
    months = {
        sheet.cell(row, 2).value: [sheet.cell(row, 4 + k).value for k in range(6)]
        for row in rows
        if sheet.cell(row, 3).value == "months"
    }
    assert months["C"] == [7, 12, 2, 0, 0, 0]
    assert months["B"] == months["Benchmark (E)"] == months["Months in the sample"] == [7, 12, 12, 12, 12, 3]
    returns = next(row for row in rows if (sheet.cell(row, 2).value, sheet.cell(row, 3).value) == ("C", "return"))
    below = next(row for row in rows if (sheet.cell(row, 2).value, sheet.cell(row, 3).value) == ("C", "months"))
    ((area, rules),) = [
        (str(place.sqref), place.rules)
        for place in sheet.conditional_formatting
        if any(rule.dxf.numFmt is not None for rule in place.rules)
    ]
    first = int(re.findall(r"\d+", area)[0])
    assert area.startswith(f"D{first}:P")
    assert first <= returns <= int(re.findall(r"\d+", area)[1])
    (rule,) = rules
    assert rule.dxf.numFmt.formatCode == '0.00%"*"'
    assert rule.formula == [f"(N(D{first + below - returns})>0)*(N(D{first + below - returns})<Inputs!$D$12)"]
    assert openpyxl.load_workbook(path)["Inputs"]["B12"].value == "Months per year"


# ---- dates of the user ---------------------------------------------------------------------------------------


@libreoffice
def test_sample_dates_of_the_user(built, calc_session):
    """Three years chosen on Inputs: the same as of a workbook that was built on those months."""
    returns, _ = performance_sample.sample_returns(END)
    calc_session.open(built.path)
    calc_session.set("Inputs", "D10", datetime.date(2020, 1, 1))
    calc_session.set("Inputs", "D11", datetime.date(2022, 12, 31))
    calc_session.calculate()
    part = returns.loc["2020-01-01":"2022-12-31"]
    known = performance_data(part, performance_sample.ROLES).engine
    for section, label, key in (
        ("Returns", "3 years, cumulative", ("newsletter", "return_summary", "three_year")),
        ("Statistics, newsletter", "Beta", ("newsletter", "statistics", "beta")),
        ("Statistics, standard", "Sharpe ratio", ("standard", "statistics", "sharpe")),
    ):
        row = next(
            r[0].row
            for r in built.book["Calc_Stats"].iter_rows(min_row=6)
            if (r[0].value, r[1].value) == (section, label)
        )
        assert calc_session.value("Calc_Stats", f"F{row}") == pytest.approx(known.table[key][0], rel=0, abs=AGREE)
    assert calc_session.named("chk_failures") == [[0.0]], failed(calc_session)


# ---- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda t: t.rename(columns={"B": "A"}), InputError, "expected each name once, with 1 to 40 letters, got 'A'"),
        (lambda t: t.assign(B=t["B"].where(t.index != t.index[30])), InputError, "B: expected a return in every month"),
        (lambda t: t.iloc[:2], TooShortError, "returns: expected at least 3 months, got 2"),
        (lambda t: t.drop(index=t.index[30]), InputError, "expected one row per calendar month"),
    ],
)
def test_refuses_what_is_no_table_of_months(tmp_path, change, error, match):
    table, _ = returns_of("late starter")
    with pytest.raises(error, match=match):
        performance_book.build(change(table), tmp_path / "no.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_refuses_roles_that_are_no_series(tmp_path):
    table, _ = returns_of("late starter")
    roles = {"benchmark": "NO", "t_bills": None, "equity": None, "aggregate": None}
    with pytest.raises(InputError, match="benchmark: expected one of the series A, B, C, D, E, got 'NO'"):
        catalogue.build_of_returns("performance", table, tmp_path / "no.xlsx", roles)
    alone = roles | {"benchmark": "A", "equity": "B"}
    with pytest.raises(InputError, match="equity and aggregate: expected both or neither, got one"):
        catalogue.build_of_returns("performance", table, tmp_path / "no.xlsx", alone)
    with pytest.raises(InputError, match="fund: expected none with the template performance, got 'A'"):
        catalogue.build_of_returns("performance", table, tmp_path / "no.xlsx", roles | {"fund": "A"})


# ---- rules of sheets -----------------------------------------------------------------------------------------

FUNCTIONS = {
    "ABS", "AVERAGE", "COLUMNS", "CORREL", "COUNT", "COUNTA", "COUNTIF", "DAY", "DEVSQ", "EOMONTH", "IF", "IFERROR",
    "INDEX", ":INDEX", "INTERCEPT", "ISNUMBER", "KURT", "LARGE", "LEN", "MATCH", "MAX", "MEDIAN", "MIN", "MONTH", "N",
    "NA", "NETWORKDAYS", "PRODUCT", "RIGHT", "ROUND", "SKEW", "SLOPE", "SMALL", "SQRT", "STDEV.S", "SUM", "SUMPRODUCT",
    "YEAR",
}  # fmt: skip
"""Known to every Excel since 2010, tried on LibreOffice 7.4; none is volatile."""


def test_formulas_keep_the_rules(built):
    """Under 90 characters, known functions, no literals but 0 and 1, no IF within an IF; each distinct shape once."""
    seen: set[tuple[str, str]] = set()
    for formula in formulas(built.book):
        assert len(formula.text) < 90, formula.where()
        shape = re.sub(r"\$?[A-Z]{1,3}\$?\d+", "#", formula.text)
        if (formula.sheet, shape) not in seen:
            seen.add((formula.sheet, shape))
            assert_plain(formula, FUNCTIONS)
    assert len(seen) > 100


def test_sheets_keep_the_rules(built):
    titles = built.book.sheetnames
    assert titles[:3] == ["About", "Inputs", "Data"]
    assert titles[-2:] == ["Outputs", "Checks"]
    assert all(title.startswith("Calc_") for title in titles[3:-2])
    for sheet in built.book:
        assert sheet.sheet_state == "visible"
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes == "C6"
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert header_cell(sheet) == ("B3" if sheet.title == "About" else "D3")
        checked = validated(sheet)
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.protection.locked == ((cell.row, cell.column) not in checked), (sheet.title, cell)
                if not cell.protection.locked:
                    assert sheet.title in ("Inputs", "Data")


def test_every_line_has_a_section_a_label_and_a_unit(built):
    assert_lines_have_words(built.book)


def test_map_lists_every_formula(built, tmp_path):
    listed = performance_sample.build(tmp_path / "again.xlsx", END).splitlines()
    assert listed[0] == "sheet\tcells\tformula"
    assert len(set(listed)) == len(listed) > 500
    assert (tmp_path / "again.xlsx").read_bytes() == built.path.read_bytes()


def test_charts_are_there(built):
    found = charts(built.path)
    assert [title for title, _ in found] == [
        "Growth of 100 (hypothetical)", "Rolling 12-month beta to the benchmark",
        "Rolling 12-month risk against the target", "Drawdown: loss from the highest level so far",
        "Risk and return a year, whole sample",
    ]  # fmt: skip
    assert [xml.count("<c:ser>") for _, xml in found] == [8, 8, 9, 8, 8]
