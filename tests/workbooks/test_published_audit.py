"""The workbook that audits published tables: the engine's verdicts from native formulas, for these tables and for
edited ones."""

from __future__ import annotations

import csv
import dataclasses
import functools
import math
import re
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest

from aram_xl._published_tables import Cell, Figure, PublishedTables
from aram_xl.errors import InputError
from aram_xl.published import Audit, Finding, audit_tables, load_tables, printed, questions
from tests.workbooks.book_cells import assert_plain, formulas, hidden, loaded, unlocked, validated
from workbooks.__main__ import TEMPLATES
from workbooks.libreoffice import Calc
from workbooks.package import package_faults
from workbooks.published_audit import NAME, SHEETS, SHIPPED, build
from workbooks.published_audit_findings import GRAVITY
from workbooks.published_audit_plan import RETURNS, TRACKING, benchmarks_of, contents, plan_of
from workbooks.recalc import compare_twins, recalculate, report_lines

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"

FIRST = 6

NATIVE_ENDS = 1e-9
"""Ends are sums and powers of numbers near 1 with rounding near 1e-15; the engine halves sixty times."""

EXPECTED_IMPOSSIBLE = {
    ("beta", "SPY ETF (passive)"), ("beta", "EQ/FI 60/40 (passive)"),
    ("tracking error as an annual figure", "FI-Baseline"), ("tracking error as an annual figure", "FI-Scalable UST"),
    ("tracking error as an annual figure", "FI-Scalable IG"),
}  # fmt: skip


@functools.cache
def tables() -> PublishedTables:
    return load_tables(SHIPPED)


@functools.cache
def audit() -> Audit:
    return audit_tables(tables())


def book() -> Any:
    return loaded(TEMPLATE)


# ---- figures and their places ---------------------------------------------------------------------------------


def place_of(cell: Cell, given: PublishedTables) -> str:
    """Where a printed figure stands on Printed and Next."""
    plan = plan_of(given)
    figure_at: dict[Cell, Any] = {}
    for i, row in enumerate(given.rows):
        figure_at |= {
            f.cell: plan.returns("", role)._replace(row=plan.returns_row + i) for role, f in row.figures.items()
        }
    for i, tracked in enumerate(given.tracking):
        figure_at |= {
            f.cell: plan.tracking("", role)._replace(row=plan.tracking_row + i) for role, f in tracked.figures.items()
        }
        for j, name in enumerate(benchmarks_of(given)):
            if name in tracked.benchmarks:
                block = plan.benchmark("", j)._replace(row=plan.tracking_row + i)
                figure_at[tracked.benchmarks[name].cell] = block
    for i, claim in enumerate(given.claims):
        figure_at[claim.figure.cell] = plan.claim("", "figure")._replace(row=plan.claims_row + i)
    return str(figure_at[cell].at()).lstrip("!")


def edited(given: PublishedTables, cell: Cell, text: str) -> PublishedTables:
    """The tables with one figure changed."""

    def change(figures: Mapping[str, Figure]) -> dict[str, Figure]:
        return {key: Figure(f.cell._replace(text=text)) if f.cell == cell else f for key, f in figures.items()}

    return dataclasses.replace(
        given,
        rows=tuple(dataclasses.replace(row, figures=change(row.figures)) for row in given.rows),
        tracking=tuple(
            dataclasses.replace(row, figures=change(row.figures), benchmarks=change(row.benchmarks))
            for row in given.tracking
        ),
        claims=tuple(
            dataclasses.replace(claim, figure=change({"": claim.figure})[""]) for claim in given.claims
        ),
    )  # fmt: skip


def native(calc: Calc) -> dict[tuple[str, str], tuple[str, tuple[Any, ...]]]:
    """Every native verdict with its ends, by check and subject."""
    last = book()["Calc_Findings"].max_row
    lines = calc.read("Calc_Findings", f"A{FIRST}:L{last}")
    return {(line[0], line[1]): (line[3], tuple(line[8:12])) for line in lines if line[3]}  # type: ignore[misc]


def by_engine(given: PublishedTables) -> dict[tuple[str, str], Finding]:
    """All findings but the one that only the engine has."""
    found = audit_tables(given).findings
    return {(f.check, f.subject): f for f in found if not f.subject.endswith("whole sample") or f.check != "claim"}


def assert_same(calc: Calc, given: PublishedTables) -> None:
    """Every line: the verdict, and where both have them the ends."""
    here, there = native(calc), by_engine(given)
    assert here.keys() == there.keys(), here.keys() ^ there.keys()
    different = {key: (here[key][0], there[key].verdict) for key in here if here[key][0] != there[key].verdict}
    assert not different
    for key, (_, ends) in here.items():
        finding = there[key]
        for interval, (low, high) in ((finding.found, ends[:2]), (finding.expected, ends[2:])):
            if interval is not None and low != "":
                assert abs(low - interval.low) <= NATIVE_ENDS * (1 + abs(low)), key
                assert high == "" if math.isinf(interval.high) else abs(high - interval.high) <= NATIVE_ENDS * 10, key


# ---- as built -------------------------------------------------------------------------------------------------


def test_verdicts_as_built_are_the_engine_s():
    """From the file alone: 179 native lines, five impossible ones by name, and one that stays the engine's."""
    shown = loaded(TEMPLATE, values=True)
    lines = [row for row in shown["Calc_Findings"].iter_rows(min_row=FIRST, values_only=True) if row[3]]
    assert len(lines) == len(audit().findings) - 1 == 179
    assert {(row[0], row[1]) for row in lines if row[3] == "impossible"} == EXPECTED_IMPOSSIBLE
    engine = {(f.check, f.subject): f.verdict for f in audit().findings}
    assert all(row[3] == engine[row[0], row[1]] == row[13] for row in lines)
    assert all(row[14] == 0 for row in lines)


def test_texts_are_kept_as_typed():
    """1.00 and 1.0 are different figures: cells of text format that hold the letters of the file."""
    sheet = book()["Printed"]
    for place, text in contents(tables(), plan_of(tables())).items():
        cell = sheet.cell(place[0] + 1, place[1] + 1)
        assert cell.value == text or (text == "" and cell.value is None)
        if isinstance(text, str) and re.fullmatch(r"-?[0-9.]+", text):
            assert cell.number_format == "@"
    texts = {cell.value for row in sheet["F11:Q26"] for cell in row}
    assert {"1.00", "1.0", "0.70", "70", "-0.17"} <= texts


def test_intervals_of_every_figure():
    """Ends from the text: 8.6 in percent is 0.0855 to 0.0865, by hand; all others against the engine's reading."""
    shown = loaded(TEMPLATE, values=True)
    plan = plan_of(tables())
    assert (shown["Calc_Low"]["H11"].value, shown["Calc_High"]["H11"].value) == pytest.approx(
        (0.0855, 0.0865), abs=1e-15
    )
    seen = 0
    for i, row in enumerate(tables().rows):
        for role, figure in row.figures.items():
            at = plan.returns("", role).at(i).lstrip("!")
            low, high = shown["Calc_Low"][at].value, shown["Calc_High"][at].value
            assert (low, high) == pytest.approx((figure.interval.low, figure.interval.high), abs=1e-14)
            seen += 1
    assert seen == 16 * 12
    assert printed("8.6", percent=True).contains(0.0865)


def test_severities_are_the_engine_s():
    """The table by check against what each question says."""
    for question in questions(tables()):
        expected = "medium" if question.subject == "any definition" else GRAVITY[question.check]
        assert question.severity == expected, question


def test_package_is_sound():
    assert package_faults(TEMPLATE) == []


def test_rebuilds_the_same(tmp_path):
    """Twice the same bytes: nothing of the day or the folder is in the file."""
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    assert build(one) == build(two) == (TEMPLATES / f"{NAME}.map.txt").read_text(encoding="utf-8")
    assert one.read_bytes() == two.read_bytes()


def test_sheets_in_order_and_nothing_hidden():
    assert book().sheetnames == list(SHEETS)
    for sheet in book():
        assert (sheet.sheet_state, sheet["A3"].value, sheet.freeze_panes) == ("visible", "Failed checks", "C6")
        assert not sheet.merged_cells.ranges
        assert not hidden(sheet)


FUNCTIONS = {
    "ABS", "CHOOSE", "COLUMNS", "COUNT", "COUNTIF", "COUNTIFS", "EXACT", "FIND", "IF", "IFERROR", "INDEX", "INT",
    "ISNUMBER", "LEFT", "LEN", "LN", "LOWER", "MATCH", "MAX", "MIN", "N", "NUMBERVALUE", "RIGHT", "ROUND", "ROWS",
    "SIGN", "SMALL", "SQRT", "SUBSTITUTE", "SUM", "SUMIF", "SUMPRODUCT",
}  # fmt: skip
"""Known to LibreOffice 7.4 and to Excel since 2013, from which NUMBERVALUE is; none is volatile."""


def test_formulas_follow_the_rules():
    for formula in formulas(book()):
        assert_plain(formula, FUNCTIONS)


def test_inputs_are_open_and_validated():
    for sheet in book():
        assert unlocked(sheet) == validated(sheet), sheet.title
        assert not unlocked(sheet) or sheet.title in ("Inputs", "Printed", "Next")


# ---- recalculated, edited -------------------------------------------------------------------------------------


@pytest.mark.libreoffice
def test_recalculates_without_a_difference(calc_session):
    report = compare_twins(recalculate(TEMPLATE, calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.differences, report.errors, report.failures) == ((), (), 0.0)
    assert report.twins > 500


def strongest() -> list[Finding]:
    """Of each check and verdict the finding whose power is the smallest change."""
    best: dict[tuple[str, str], Finding] = {}
    for finding in audit().findings:
        key = finding.check, finding.verdict
        if finding.power and (key not in best or finding.power.units < best[key].power.units):  # type: ignore[union-attr]
            best[key] = finding
    return list(best.values())


@pytest.mark.libreoffice
def test_powers_turn_native_verdicts_too(calc_session):
    """The smallest change that turns a verdict by the engine's word, typed over the printed figure: the native verdict
    turns too, and every other line stays the engine's for the edited tables."""
    calc_session.open(TEMPLATE)
    turned = 0
    for finding in strongest():
        if (finding.check, finding.subject.rpartition("; ")[2]) == ("claim", "whole sample"):
            continue
        power = finding.power
        assert power is not None
        at = place_of(power.cell, tables())
        calc_session.set("Printed", at, power.text)
        calc_session.calculate(hard=False)
        assert native(calc_session)[finding.check, finding.subject][0] != finding.verdict, finding
        assert_same(calc_session, edited(tables(), power.cell, power.text))
        calc_session.set("Printed", at, power.cell.text)
        turned += 1
    calc_session.calculate(hard=False)
    assert_same(calc_session, tables())
    assert turned >= 20


BAD_YEAR = {
    ("passive", "Aggregate", "one_year_pct"): "-13.0", ("passive", "Aggregate", "ret_stdev_12m"): "-1.6",
    ("passive", "U.S. Treasury", "one_year_pct"): "-12.5", ("passive", "U.S. Treasury", "ret_stdev_12m"): "-1.5",
    ("model", "EquityPlus", "one_year_pct"): "-2.0", ("model", "EquityPlus", "ret_stdev_12m"): "0.0",
    ("model", "Multi-Asset", "one_year_pct"): "-0.5", ("model", "Multi-Asset", "ret_stdev_12m"): "0.1",
    ("passive", "Corporate", "ret_stdev_12m"): "-1.6", ("passive", "MBS", "correlation_12m"): "-1.02",
    ("passive", "High Yield", "five_year_pct"): "-100.9", ("passive", "Securitized", "positive_months_pct"): "57.0",
    ("active_index", "ARAM Active Index - IG", "one_year_pct"): "250", ("model", "Baseline", "ytd_2025_pct"): "9.7",
}  # fmt: skip
"""Losses, deviations that are open, moments that do not exist, a correlation and a window that cannot be."""


@pytest.mark.libreoffice
def test_losses_and_impossible_moments(calc_session):
    """Falling years take the other branches of the Newton steps; the engine halves in their place."""
    given = tables()
    calc_session.open(TEMPLATE)
    for (table, name, column), text in BAD_YEAR.items():
        cell = next(
            f.cell for row in given.rows if (row.table, row.name) == (table, name)
            for f in row.figures.values() if f.cell.column == column
        )  # fmt: skip
        calc_session.set("Printed", place_of(cell, given), text)
        given = edited(given, cell, text)
    calc_session.calculate()
    assert_same(calc_session, given)
    assert native(calc_session)["mean and deviation", "Corporate (passive)"][0] == "impossible"
    assert native(calc_session)["longer windows", "High Yield (passive)"][0] == "impossible"
    assert calc_session.errors() == {sheet: {} for sheet in calc_session.errors()}


@pytest.mark.libreoffice
def test_names_and_months_are_read_natively(calc_session, tmp_path):
    """A new name joins, a repeated row goes, 50 months make positive months testable (1/50 is more than 1 %)."""
    calc_session.open(TEMPLATE)
    plan = plan_of(tables())
    calc_session.set("Printed", plan.tracking("", "name").at(4).lstrip("!"), "FI-High Yield")
    calc_session.set("Printed", plan.returns("", "last_month").at(5).lstrip("!"), "-2.96")
    calc_session.set("Printed", "D8", 2021)
    calc_session.calculate()
    found = native(calc_session)
    assert found["names that join", "FI-High Yield"][0] == "fits"
    assert found["rows that repeat", "model, SPY"][0] == "fits"
    assert found["positive months", "Baseline (model)"][0] == "impossible"  # 71 %: 35/50 = 70 %, 36/50 = 72 %
    assert found["positive months", "Scalable UST (model)"][0] == "fits"  # 66 %: 33/50
    assert calc_session.named("chk_failures") == [[0.0]]


@pytest.mark.libreoffice
def test_next_tables(calc_session):
    """The second set of tables: the same texts give the same verdicts, an empty set asks nothing."""
    calc_session.open(TEMPLATE)
    calc_session.set("Inputs", "D6", 2)
    calc_session.calculate()
    assert native(calc_session) == {}
    for place, text in contents(tables(), plan_of(tables())).items():
        if text != "":
            column = openpyxl.utils.get_column_letter(place[1] + 1)
            calc_session.set("Next", f"{column}{place[0] + 1}", text)
    calc_session.calculate()
    assert_same(calc_session, tables())
    assert calc_session.named("chk_failures") == [[0.0]]


@pytest.mark.libreoffice
def test_a_user_s_own_table(calc_session, tmp_path):
    """One file of returns for another month, without tracking errors and claims, more rows than the template has."""
    source, target = tmp_path / "mine.csv", tmp_path / "mine.xlsx"
    with source.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["table", "benchmark", "name", "mar_2024_pct", "ytd_2024_pct", "one_year_pct",
                      "cum_since_2021_pct", "positive_months_pct", "beta_12m", "correlation_12m",
                      "ret_stdev_12m"])  # fmt: skip
        for i in range(22):
            out.writerow(["t", "Index", f"Fund {chr(65 + i)}x", f"{0.1 * i:.1f}", f"{0.2 * i:.1f}", f"{i - 3}.5",
                          f"{2 * i}", f"{40 + i}", "0.9", "0.95", f"{0.1 * (i - 3):.1f}"])  # fmt: skip
        out.writerow(["t", "Index", "Index", "1.0", "2.0", "8.0", "", "55", "1.00", "1.00", "1.2"])
    build(target, source)
    report = compare_twins(recalculate(target, calc=calc_session), atol=1e-9, rtol=1e-9)
    assert report.ok, report_lines(report)
    calc_session.open(target)
    lines = calc_session.read("Calc_Findings", f"A{FIRST}:D400")
    found = {(line[0], line[1]): line[3] for line in lines if line[3]}
    assert found == {(f.check, f.subject): f.verdict for f in audit_tables(load_tables(source)).findings}


# ---- refusals -------------------------------------------------------------------------------------------------


def test_refuses_what_it_has_no_room_for(tmp_path):
    rows = tuple(dataclasses.replace(tables().rows[0], name=f"row {i}") for i in range(201))
    with pytest.raises(InputError, match="at most 200 rows of returns, got 201"):
        plan_of(dataclasses.replace(tables(), rows=rows))
    headings = (tables().claims[0],) * 2
    with pytest.raises(InputError, match="at most one heading of table active_index, got 2"):
        plan_of(dataclasses.replace(tables(), claims=headings))
    with pytest.raises(InputError, match="got nothing there"):
        build(tmp_path / "x.xlsx", tmp_path / "missing.csv")
    assert not list(tmp_path.iterdir())
    assert set(RETURNS) & set(TRACKING) == {"cumulative"}
