"""The fund check: returns pasted into its cells, judged natively, against the engine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from aram_xl.activeness import KEYS, VERDICTS, Activeness, ActivenessSettings, judge_activeness
from tests.workbooks.pasted_funds import (
    PASTED,
    active_manager,
    benchmark_ahead,
    benchmark_and_a_constant,
    benchmark_plus_noise,
    closet_indexer,
    exact_line,
    exact_mix,
    infant,
    late_repeats_one_series,
    lever,
    mirror,
    mix_ahead,
    mix_and_a_constant,
    sample,
)
from workbooks import names
from workbooks.__main__ import TEMPLATES
from workbooks.fund_check import NAME, build
from workbooks.fund_check_data import Columns
from workbooks.fund_check_plan import Plan
from workbooks.libreoffice import Calc
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines
from workbooks.sheet import Block

libreoffice = pytest.mark.libreoffice

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"

PLAN = Plan(240, 8)

FIGURES = 1e-9
"""Absolute and relative: means of 110 months carry 1e-16, t-values of a fund that hugs its benchmark 1e-10."""


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


def test_every_verdict_has_a_fund():
    assert set(PASTED.values()) == set(VERDICTS)


@libreoffice
@pytest.mark.parametrize("fund", PASTED, ids=lambda made: made.__name__)
def test_pasted_fund_is_judged_as_by_the_engine(opened, fund):
    """All figures, the mix, the verdict; no error, no failed check, and the engine's stale values stand aside."""
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


BUILT = (
    closet_indexer, exact_line, exact_mix, mix_and_a_constant, mix_ahead, benchmark_and_a_constant, benchmark_ahead,
    lever, late_repeats_one_series, mirror,
)  # fmt: skip


@libreoffice
@pytest.mark.parametrize("fund", BUILT, ids=lambda made: made.__name__)
def test_own_fund_recalculates_without_a_difference(tmp_path, calc_session, fund):
    """Nothing left but rounding, whose sign and size differ between programs, decides nothing that is shown."""
    table, roles = sample()
    path = tmp_path / "own.xlsx"
    columns = Columns(fund="own", benchmark=roles.benchmark, passive=("SHY", "TLT", "LQD", "HYG"), t_bills="BIL")
    build(table.assign(own=fund()), columns, path)
    report = compare_twins(recalculate(path, calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.differences, report.failures) == ((), 0.0)


@libreoffice
def test_own_fund_with_too_few_months_for_a_mix(tmp_path, calc_session):
    """Eight months and eight passive series: no weights, nor differences of them."""
    table, roles = sample()
    path = tmp_path / "own.xlsx"
    columns = Columns(fund="own", benchmark=roles.benchmark, passive=roles.passive, t_bills="BIL")
    build(table.assign(own=infant()), columns, path)
    report = compare_twins(recalculate(path, calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.differences, report.errors, report.failures) == ((), (), 0.0)


@libreoffice
def test_nothing_explained_is_said_in_words(opened):
    paste(opened, mirror())
    assert native(opened, "explained_share") < 0.0
    assert opened.value(*cell(PLAN.word("mix"))) == "The passive mix explains nothing"


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
