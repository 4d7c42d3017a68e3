"""The fund check: returns pasted into its cells, judged natively, against the engine; and the rules of its sheets."""

from __future__ import annotations

import functools
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from openpyxl.formula import Tokenizer
from openpyxl.formula.translate import Translator
from openpyxl.worksheet.formula import ArrayFormula

from aram_xl.activeness import KEYS, VERDICTS, Activeness, ActivenessSettings, judge_activeness
from workbooks import names
from workbooks.__main__ import END, TEMPLATES
from workbooks.fund_check import NAME, build
from workbooks.fund_check_data import Columns, sample_returns
from workbooks.fund_check_plan import Plan
from workbooks.fund_check_verdict import CONDITIONS
from workbooks.libreoffice import Calc
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines
from workbooks.sheet import Block

libreoffice = pytest.mark.libreoffice

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"

PLAN = Plan(240, 8)

FIGURES = 1e-9
"""Absolute and relative: means of 110 months carry 1e-16, t-values of a fund that hugs its benchmark 1e-10."""


@functools.cache
def sample() -> tuple[pd.DataFrame, Columns]:
    return sample_returns(END)


def judged(fund: np.ndarray, settings: ActivenessSettings = ActivenessSettings()) -> Activeness:  # noqa: B008 - frozen
    """The engine on the template's references."""
    table, roles = sample()
    return judge_activeness(
        pd.DataFrame({"pasted": fund}, table.index), table[roles.benchmark], t_bills=table[roles.t_bills],
        passive=table[list(roles.passive)], active_index=table[roles.active_index], settings=settings,
    )[0]  # fmt: skip


# ---- recalculation -------------------------------------------------------------------------------------------


@libreoffice
def test_recalculates_without_a_difference(calc_session):
    """All kept values removed: 14,000 formulas give again what the engine and numpy wrote, and no check fails."""
    report = compare_twins(recalculate(TEMPLATE, calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.differences, report.errors, report.expected_errors) == ((), (), ())
    assert (report.failures, report.without_cached) == (0.0, 0)
    assert report.compared == report.formulas > 14_000
    assert report.twins >= len(KEYS) + 8


def test_package_is_sound():
    assert package_faults(TEMPLATE) == []


def test_building_again_gives_the_same_bytes(tmp_path):
    one, other = (tmp_path / name for name in ("one.xlsx", "other.xlsx"))
    assert build(*sample(), one) == build(*sample(), other)
    assert one.read_bytes() == other.read_bytes()


# ---- pasted funds --------------------------------------------------------------------------------------------


def noise(scale: float, seed: int) -> np.ndarray:
    return scale * np.random.default_rng(seed).standard_normal(len(sample()[0]))


def benchmark() -> np.ndarray:
    return sample()[0]["AGG"].to_numpy()


def years() -> np.ndarray:
    """Places of the years, counted back from the last month."""
    return np.arange(len(sample()[0]))[::-1] // 12


def closet_indexer() -> np.ndarray:
    """The benchmark less 3 basis points a month, followed to 2 basis points."""
    return benchmark() - 0.0003 + noise(0.0002, 1)


def benchmark_plus_noise() -> np.ndarray:
    return benchmark() + noise(0.012, 6)


def active_manager() -> np.ndarray:
    """Twice the benchmark in one year, none of it in the next; no skill."""
    return np.where(years() % 2, 2.0, 0.0) * benchmark() + noise(0.004, 3)


def skilled_manager() -> np.ndarray:
    return 0.8 * benchmark() + 0.006 + noise(0.008, 4)


def unskilled_manager() -> np.ndarray:
    return 0.8 * benchmark() - 0.006 + noise(0.008, 4)


def passive_mix() -> np.ndarray:
    table = sample()[0]
    return (0.6 * table["SPY"] + 0.4 * table["TLT"]).to_numpy() + noise(0.001, 5)


def exact_mix() -> np.ndarray:
    """Nothing is left to tell from chance: no t-value against the mix."""
    table = sample()[0]
    return (0.5 * table["SPY"] + 0.5 * table["SHY"]).to_numpy()


def repeats_one_series() -> np.ndarray:
    return sample()[0]["SPY"].to_numpy()


def exact_line() -> np.ndarray:
    return 0.9 * benchmark() - 0.0005


def ahead_by_style() -> np.ndarray:
    """T-bills: ahead of a benchmark that fell, not of the mix."""
    return sample()[0]["BIL"].to_numpy()


def late_starter() -> np.ndarray:
    """Nothing before month 51, nothing in the last five: 55 months, too few for five years."""
    fund = benchmark() + noise(0.01, 7)
    fund[:50] = fund[105:] = np.nan
    return fund


def young() -> np.ndarray:
    fund = benchmark() + noise(0.01, 8)
    fund[:80] = np.nan
    return fund


def infant() -> np.ndarray:
    """Eight months: no year, no rolling beta, fewer months than passive series and two more."""
    fund = benchmark() + noise(0.01, 8)
    fund[:102] = np.nan
    return fund


def savings_account() -> np.ndarray:
    return np.full(len(sample()[0]), 0.002)


PASTED: dict[Callable[[], np.ndarray], str] = {
    closet_indexer: "index_like",
    benchmark_plus_noise: "noise",
    active_manager: "active",
    skilled_manager: "alpha",
    unskilled_manager: "negative_alpha",
    passive_mix: "passive_mix",
    exact_mix: "passive_mix",
    repeats_one_series: "passive_mix",
    exact_line: "index_like",
    ahead_by_style: "style",
    late_starter: "noise",
    young: "too_short",
    infant: "too_short",
    savings_account: "stands_still",
}
"""Each verdict at least once."""


def cell(block: Block, i: int = 0, j: int = 0) -> tuple[str, str]:
    sheet, _, place = block.at(i, j).partition("!")
    return sheet, place


def paste(calc: Calc, fund: np.ndarray) -> None:
    for i, value in enumerate(fund):
        calc.set(*cell(PLAN.data("fund"), i), None if math.isnan(value) else float(value))
    calc.calculate()


def native(calc: Calc, key: str) -> Any:
    return calc.value(*cell(PLAN.figure(key)))


def failed(calc: Calc) -> set[str]:
    return {str(row[0]) for row in calc.read("Checks", "B8:G50") if row[5] == 1.0}


@pytest.fixture
def opened(calc_session: Calc) -> Calc:
    calc_session.open(TEMPLATE)
    return calc_session


def test_every_verdict_has_a_fund():
    assert set(PASTED.values()) == set(VERDICTS)


@libreoffice
@pytest.mark.parametrize("fund", PASTED, ids=lambda made: made.__name__)
def test_pasted_fund_is_judged_as_by_the_engine(opened, fund):
    """All 33 figures, the mix, the verdict; no error, no failed check, and the engine's stale values stand aside."""
    returns = fund()
    engine = judged(returns)
    paste(opened, returns)
    assert engine.verdict == PASTED[fund]
    assert opened.named(names.VERDICT) == [[VERDICTS[engine.verdict]]]
    for key in KEYS:
        expected = float(getattr(engine, key))
        if math.isfinite(expected):
            assert native(opened, key) == pytest.approx(expected, rel=FIGURES, abs=FIGURES), key
        else:
            assert native(opened, key) == "none", key
    expected = [weight for _, weight in engine.style_weights]
    if math.isfinite(expected[0]):
        assert_allclose(np.array(opened.named(names.STYLE_WEIGHTS)[0], dtype=float), expected, rtol=0, atol=1e-7)
    assert opened.errors() == {}
    assert failed(opened) == set()
    assert opened.named(names.FAILURES) == [[0.0]]
    assert opened.value(*cell(PLAN.same)) == 0.0
    assert {row[0] for row in opened.read("Outputs", f"G14:G{13 + len(KEYS)}")} == {""}


@libreoffice
def test_three_managers_get_three_verdicts(opened):
    found = []
    for fund in (closet_indexer, benchmark_plus_noise, active_manager):
        paste(opened, fund())
        found.append(opened.named(names.VERDICT)[0][0])
    assert found == ["index-like", "benchmark plus noise", "active, no evidence of skill"]


@libreoffice
def test_thresholds_and_convention_are_the_users(opened):
    """Another share, level, power and T-bills subtracted: the engine's figures and verdict with the same settings."""
    returns = benchmark_plus_noise()
    settings = ActivenessSettings(convention="standard", index_like=0.3, significance=0.2, power=0.5, minimum_months=60)
    engine = judged(returns, settings)
    paste(opened, returns)
    before = opened.named(names.VERDICT)[0][0]
    for row, value in zip(range(6, 11), (1, 0.3, 0.2, 0.5, 60), strict=True):
        opened.set("Inputs", f"D{row}", value)
    opened.calculate()
    assert before == "benchmark plus noise"
    assert opened.named(names.VERDICT) == [[VERDICTS[engine.verdict]]] == [["index-like"]]
    for key in KEYS:
        assert native(opened, key) == pytest.approx(float(getattr(engine, key)), rel=FIGURES, abs=FIGURES), key
    assert failed(opened) == set()


@libreoffice
def test_more_months_than_the_template_came_with(opened):
    """A year more, pasted below in every column: the sample grows, the verdict follows."""
    table, roles = sample()
    more = pd.concat([table, table.iloc[:12]])
    more.index = pd.date_range(table.index[0], periods=len(more), freq="ME")
    columns = {"fund": [roles.fund], "benchmark": [roles.benchmark], "passive": list(roles.passive),
               "t_bills": [roles.t_bills], "active_index": [roles.active_index]}  # fmt: skip
    for i in range(110, 122):
        opened.set(*cell(PLAN.data("dates"), i), more.index[i].date())
        for name, series in columns.items():
            for j, column in enumerate(series):
                opened.set(*cell(PLAN.data(name), i, j), float(more[column].iloc[i]))
    opened.calculate()
    engine = judge_activeness(more[[roles.fund]], more[roles.benchmark], passive=more[list(roles.passive)])[0]
    assert native(opened, "n_months") == 122
    for key in ("alpha_t", "beta_change_f", "explained_share", "style_t", "five_year"):
        assert native(opened, key) == pytest.approx(float(getattr(engine, key)), rel=FIGURES, abs=FIGURES), key
    assert failed(opened) == set()


@libreoffice
def test_without_t_bills_and_active_index(opened):
    """Both are hurdles only: their four lines say none, nothing else changes."""
    before = {key: native(opened, key) for key in KEYS}
    for i in range(110):
        for name in ("t_bills", "active_index"):
            opened.set(*cell(PLAN.data(name), i), None)
    opened.calculate()
    hurdles = {key for key in KEYS if key.endswith(("_t_bills", "_active_index"))}
    assert {key for key in KEYS if native(opened, key) != before[key]} == hurdles
    assert {native(opened, key) for key in hurdles} == {"none"}
    assert failed(opened) == set()


@libreoffice
def test_engine_values_come_back_with_the_returns(opened):
    """One return changed, and set back: differences go and come."""
    place = cell(PLAN.data("fund"), 40)
    before = opened.value(*place)
    seen = []
    for value in (0.5, before):
        opened.set(*place, value)
        opened.calculate()
        seen.append((opened.value(*cell(PLAN.same)), opened.value("Outputs", "G14")))
    assert seen == [(0.0, ""), (1.0, 0.0)]


@libreoffice
@pytest.mark.parametrize(
    ("passive", "months", "settings"),
    [
        (2, 110, ActivenessSettings()),
        (6, 110, ActivenessSettings(convention="standard", significance=0.1)),
        (8, 40, ActivenessSettings()),
        (8, 252, ActivenessSettings()),
    ],
)
def test_other_shapes(tmp_path, calc_session, passive, months, settings):
    """Fewer series, a shorter sample, more months than 20 years; kept values still equal the recalculated ones."""
    table, roles = sample()
    table = pd.concat([table, table, table]).iloc[:months]
    table.index = pd.date_range("2000-01-31", periods=months, freq="ME")
    table.attrs = {}
    roles = Columns(fund=roles.fund, benchmark=roles.benchmark, passive=roles.passive[:passive], t_bills="BIL")
    path = tmp_path / "other.xlsx"
    build(table, roles, path, settings=settings)
    report = compare_twins(recalculate(path, calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert package_faults(path) == []
    notice = openpyxl.load_workbook(path)["Outputs"]["A2"].value
    assert notice == "Returns supplied by the user; nothing is filled."


# ---- rules of sheets -----------------------------------------------------------------------------------------


class Formula(NamedTuple):
    sheet: str
    cell: Any
    text: str
    span: str


@functools.cache
def book() -> Any:
    return openpyxl.load_workbook(TEMPLATE)


@functools.cache
def formulas() -> tuple[Formula, ...]:
    return tuple(_formulas())


def _formulas() -> Iterator[Formula]:
    for sheet in book():
        for row in sheet.iter_rows():
            for one in row:
                value, span = one.value, one.coordinate
                if isinstance(value, ArrayFormula):
                    value, span = "=" + value.text.removeprefix("="), value.ref
                if isinstance(value, str) and value.startswith("="):
                    yield Formula(sheet.title, one, value.replace("_xlfn.", ""), span)


def tokens(formula: Formula) -> list[Any]:
    return list(Tokenizer(formula.text).items)


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
        dimensions = (*sheet.column_dimensions.values(), *sheet.row_dimensions.values())
        assert not [one for one in dimensions if one.hidden], sheet.title


def test_every_sheet_says_synthetic_and_hypothetical():
    for sheet in book():
        assert "SYNTHETIC" in sheet["A2"].value
        assert "HYPOTHETICAL: fund and active index are back-tests" in sheet["A2"].value
        shown = [f.text for f in formulas() if f.sheet == sheet.title and f.cell.row == 3]
        assert shown == [f"={names.FAILURES}"], sheet.title
    assert book()["Data"]["D6"].value.endswith("(hypothetical)")


def test_formulas_use_functions_tried_on_both_programs_and_no_literals():
    for formula in formulas():
        for token in tokens(formula):
            where = (formula.sheet, formula.span, formula.text)
            if token.type == "FUNC" and token.subtype == "OPEN":
                assert token.value.rstrip("(") in FUNCTIONS, where
            elif token.type == "OPERAND" and token.subtype == "NUMBER":
                assert token.value in ("0", "1"), where


def test_formulas_are_short_and_no_if_within_an_if():
    for formula in formulas():
        assert len(formula.text) < 91, (formula.sheet, formula.span, len(formula.text), formula.text)
        stack: list[str] = []
        for token in tokens(formula):
            if token.type == "FUNC" and token.subtype == "OPEN":
                assert not (token.value == "IF(" and "IF(" in stack), (formula.sheet, formula.span, formula.text)
                stack.append(token.value)
            elif token.type == "FUNC":
                stack.pop()


def test_names_are_the_interface_only():
    known = {
        names.FUND_RETURNS, names.SUBTRACT_T_BILLS, names.INDEX_LIKE, names.SIGNIFICANCE, names.POWER,
        names.FEWEST_MONTHS, names.VERDICT, names.STYLE_WEIGHTS, names.FAILURES,
    }  # fmt: skip
    assert {name for name in book().defined_names if not name.startswith("_")} == known


def test_inputs_are_open_validated_and_the_rest_locked():
    for sheet in book():
        assert (sheet.protection.sheet, sheet.protection.password) == (True, None)
        checked = {one for rule in sheet.data_validations.dataValidation for area in rule.sqref for one in area.cells}
        for row in sheet.iter_rows():
            for one in row:
                place = (sheet.title, one.coordinate)
                assert one.protection.locked == ((one.row, one.column) not in checked), place
                assert one.protection.locked or sheet.title in ("Inputs", "Data"), place


def test_every_line_has_a_section_a_label_and_a_unit():
    for sheet in book().worksheets[1:]:
        for row in sheet.iter_rows(min_row=6):
            values = [one.value for one in row]
            numeric = [v for v in values[3:] if v is not None and (not isinstance(v, str) or v.startswith("="))]
            if numeric:
                assert values[0], (sheet.title, row[0].row)
                assert values[1], (sheet.title, row[0].row)
                assert values[2], (sheet.title, row[0].row)


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
    found = {}
    with zipfile.ZipFile(TEMPLATE) as archive:
        for part in archive.namelist():
            if re.fullmatch(r"xl/charts/chart\d+\.xml", part):
                xml = archive.read(part).decode()
                title = re.findall(r"<a:t>([^<]+)</a:t>", xml)[0]
                found[title] = re.findall(r"<c:f>([^<]+)</c:f>", xml)
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
    rows = [(row[1].value, row[4].value) for row in sheet.iter_rows(min_row=11, max_row=19)]
    assert rows == [(VERDICTS[key], CONDITIONS[key]) for key in VERDICTS]
