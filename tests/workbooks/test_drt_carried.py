"""The direct-risk-target workbook: cards that it carries and leaves out, and the multipliers of its proof."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import aram_xl as ax
from aram_xl.errors import InputError
from tests.workbooks.book_cells import loaded
from workbooks import direct_risk_target
from workbooks.__main__ import END, TEMPLATES
from workbooks.drt_proof import Restrictions, multipliers
from workbooks.recalc import compare_twins, recalculate, report_lines

libreoffice = pytest.mark.libreoffice

TEMPLATE = TEMPLATES / "direct_risk_target.xlsx"

EXACT = 1e-10
"""Largest difference of a native figure and the engine's."""


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    return ax.sample_prices()


# ---- what is carried -----------------------------------------------------------------------------------------


def about(path: Path) -> list[tuple[str, str]]:
    rows = loaded(path)["About"].iter_rows(min_row=6, max_col=2, values_only=True)
    return [(str(topic), str(text)) for topic, text in rows if topic]


def test_cards_that_are_left_out_are_named():
    absent = [text for topic, text in about(TEMPLATE) if topic == "Left out"]
    assert absent == [
        "active-index-ig: it has no rule, so no step 2 to show; see the template active_index.",
        "advisor-family: no prices of VGSH, VGIT, VGLT, VMBS, VTI.",
        "fi-yen-protected: it does not walk by months.",
    ]
    carried = {text for topic, text in about(TEMPLATE) if topic == "Models"}.pop()
    left = {text.split(":")[0] for text in absent}
    assert left | set(re.findall(r"(?:^|, )([a-z-]+) \(", carried)) == set(ax.models())


def test_nothing_left_is_an_error_with_all_reasons(tmp_path, prices):
    card = ax.load_model("fi-baseline")
    weekly, lagged = card.replace(rebalance="W"), card.replace(name="lagged", execution_lag=1)
    with pytest.raises(InputError, match="fi-baseline: it does not walk by months; lagged: it trades a day after the"):
        direct_risk_target.build(prices, tmp_path / "a.xlsx", END, models=[weekly, lagged])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"risk_drift": 0.1}, "it trades on risk drift, not at every signal"),
        ({"fallback": ("previous",)}, "it falls back on previous, not on the least risk"),
        ({"rule": None}, "it has no rule, so no step 2 to show"),
        ({"universe": ("SHY", "XXX"), "caps": (), "upper": 1.0}, "no prices of XXX"),
        ({"universe": ("SHY", "LQDH"), "caps": (), "upper": 1.0}, "not admitted: out: LQDH"),
    ],
)
def test_card_that_monthly_cells_cannot_restate(tmp_path, prices, changes, sentence):
    card = ax.load_model("fi-baseline").replace(**changes)
    with pytest.raises(InputError, match=sentence):
        direct_risk_target.build(prices, tmp_path / "a.xlsx", END, models=[card])


def test_only_workbooks(tmp_path, prices):
    with pytest.raises(InputError, match=r"path: expected a file name that ends in .xlsx or .xlsm, got 'a.xls'"):
        direct_risk_target.build(prices, tmp_path / "a.xls", END)


@libreoffice
def test_own_card_alone(tmp_path, prices, calc_session):
    """One card of the user's, two assets, without T-bills, no model solved in cells, another window."""
    card = ax.load_model("fi-baseline").replace(
        name="mine", universe=("SHY", "TLT"), caps=(("TLT", 0.6),), upper=1.0, window=24, minimum_history=24,
        covariance="ledoit_wolf",
    )  # fmt: skip
    path = tmp_path / "mine.xlsx"
    direct_risk_target.build(prices[["SHY", "TLT", "AGG"]], path, "2018-12-31", models=[card])
    found = compare_twins(recalculate(path, calc=calc_session), atol=EXACT, rtol=1e-9)
    assert (found.differences, found.errors, found.twin_gaps, found.failures) == ((), (), (), 0.0), report_lines(found)
    book = openpyxl.load_workbook(path)
    assert "Calc_Optimiser" not in book.sheetnames
    cells = [cell.value for row in book["Outputs"].iter_rows(max_col=2) for cell in row]
    assert "T-bills: not supplied; no standard convention" in cells


@libreoffice
@pytest.mark.shared_data
def test_real_prices(shared, tmp_path, calc_session):
    """Eight cards on real prices; each model at its last date."""
    table = pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True)
    path = tmp_path / "real.xlsx"
    direct_risk_target.build(table, path, END)
    found = compare_twins(recalculate(path, calc=calc_session), atol=EXACT, rtol=1e-9)
    assert found.ok, report_lines(found)
    assert path.stat().st_size < 5_000_000
    calc_session.open(path)
    heads = [name for name in calc_session.read("Inputs", "F5:Q5")[0] if name]
    assert len(heads) == 8
    for name in heads:
        calc_session.set("Inputs", "D6", name)
        calc_session.calculate(hard=False)
        assert calc_session.named("chk_failures") == [[0.0]], name


# ---- multipliers ---------------------------------------------------------------------------------------------


def limits(size: int, **changes: Any) -> Restrictions:
    none = Restrictions(np.zeros(size), np.ones(size), np.zeros((0, size)), np.zeros(0), np.zeros(0), None)
    return none._replace(**changes)


def test_multipliers_by_hand():
    """Half and half of variances 0.04 and 0.09: Sw = (0.02, 0.045), risk root of 0.0325. m - k Sw/risk = g twice:
    k = 0.01 risk / 0.025, g = 0.01 - 0.02 x 0.4."""
    mean, covariance, w = np.array([0.01, 0.02]), np.diag([0.04, 0.09]), np.array([0.5, 0.5])
    risk = 0.0325**0.5
    found = multipliers((mean, covariance), w, None, risk, limits(2))
    assert (found.form, found.turnover) == (1.0, 0.0)
    assert_allclose([found.risk, found.budget], [0.4 * risk, 0.002], rtol=1e-12)


def test_multipliers_of_turnover_and_group_by_hand():
    """No price of risk (target far away). All of the best asset is wanted; half may be bought: its price is the gap of
    0.01. With a group limit of 0.5 on it instead, the same 0.01 is the group's."""
    mean, covariance, w = np.array([0.01, 0.02]), np.diag([0.04, 0.09]), np.array([0.5, 0.5])
    traded = multipliers((mean, covariance), w, np.array([1.0, 0.0]), 9.0, limits(2, turnover=0.5))
    assert_allclose([traded.risk, traded.budget, traded.turnover], [0.0, 0.01, 0.01], rtol=0, atol=1e-15)
    group = limits(2, members=np.array([[0.0, 1.0]]), least=np.zeros(1), greatest=np.array([0.5]))
    grouped = multipliers((mean, covariance), w, None, 9.0, group)
    assert_allclose([grouped.risk, grouped.budget, *grouped.groups], [0.0, 0.01, 0.01], rtol=0, atol=1e-15)


def test_least_risk_has_no_price():
    """9/13 and 4/13 is the least risk of two assets: only the minimum-variance form holds, g = -risk."""
    mean, covariance, w = np.array([0.01, 0.02]), np.diag([0.04, 0.09]), np.array([9.0, 4.0]) / 13.0
    found = multipliers((mean, covariance), w, None, 0.1, limits(2))
    assert (found.form, found.risk) == (0.0, 1.0)
    assert found.budget == pytest.approx(-((0.36 / 13) ** 0.5), rel=1e-12)
