"""Turnover and skipped signals on real prices and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import aram_xl as ax
from aram_xl._backtest_account import monthly
from aram_xl._walk_forward_limits import Moments, Restriction, solve
from aram_xl.evidence import sensitivity
from aram_xl.risk_target import MarketRisk

END = "2020-12-31"


@pytest.fixture(scope="module")
def prices(shared) -> pd.DataFrame:
    file = shared / "data" / "etf_adj_close_daily.csv"
    return pd.read_csv(file, index_col=0, parse_dates=True)


@pytest.fixture(scope="module")
def holed(prices) -> tuple[pd.DataFrame, ax.Model]:
    """A month-end price that the market portfolio lacks: for twelve months there is no market risk."""
    spoiled = prices.copy()
    spoiled.loc["2018-03-29", "SPY"] = np.nan
    portfolio = MarketRisk(source="portfolio", portfolio=(("AGG", 0.5), ("SPY", 0.5)), window=12)
    model = ax.load_model("fi-baseline").replace(market_risk=portfolio, first_signal="2016-03-01", fee=0.1)
    return spoiled, model.replace(cost_bps=0.0)


def test_the_fee_runs_on_through_skipped_signals(holed):
    """13 signals are skipped: 14 months of a fee of 10 % a year leave ``0.9^(14/12)``."""
    spoiled, model = holed
    result = ax.backtest(spoiled, model, end=END)
    assert (result.events["kind"] == "skipped").sum() >= 13
    kept = (1.0 + result.returns) / (1.0 + result.gross_returns)
    assert_allclose(kept.loc["2019-04-30"], 0.9 ** (14 / 12), rtol=1e-12)
    assert_allclose(kept.loc["2018-02-28"], 0.9 ** (1 / 12), rtol=1e-12)


def test_months_are_months_in_spite_of_skipped_signals(holed):
    spoiled, model = holed
    result = ax.backtest(spoiled, model, end=END)
    months = monthly(result, spoiled).returns
    assert len(months) == 57 == (2020 - 2016) * 12 + 9
    assert_allclose((1.0 + months["net"]).prod(), (1.0 + result.returns).prod(), rtol=1e-9)
    assert sensitivity(spoiled, model, {"": {}}, end=END).shape[0] == 1


def test_a_change_of_rhythm_is_annualised_by_its_own(prices):
    card = ax.load_model("fi-baseline")
    found = sensitivity(prices.loc[:END], card, {"weekly": {"rebalance": "W"}})
    weekly = ax.backtest(prices, card.replace(rebalance="W"), end=END)
    assert_allclose(found.loc["weekly", "turnover"], weekly.turnover.mean() * 52, rtol=1e-12)


def test_the_least_turnover_that_other_limits_allow():
    """Held 0.5 of each; the cap of the first falls to 0.3, so 0.2 must be traded whatever the limit of 0.1 says."""
    moments = Moments(np.array([0.01, 0.005]), np.diag([4e-4, 1e-4]))
    limits = Restriction(np.zeros(2), np.array([0.3, 1.0]), (), 0.1)
    found = solve(moments, 0.05, limits, np.array([0.5, 0.5]))
    assert_allclose(found.weights, [0.3, 0.7], rtol=0, atol=1e-8)
    assert found.turnover == pytest.approx(0.2, abs=1e-8)
    assert solve(moments, 0.05, limits._replace(turnover=0.25), np.array([0.5, 0.5])).turnover is None


def test_a_tight_limit_on_turnover_never_trades_the_lot(prices):
    result = ax.backtest(prices, ax.load_model("advisor-family").replace(turnover=0.01), end=END)
    raised = result.events[result.events["kind"] == "turnover raised"]
    assert len(raised)
    assert result.turnover.iloc[1:].max() < 0.05


def test_holes_of_the_first_window_are_events(prices):
    spoiled = prices.copy()
    spoiled.loc["2014-08-01":"2014-08-31", "AGG"] = np.nan
    result = ax.backtest(spoiled, ax.load_model("active-index-ig"), end=END)
    holes = result.events[result.events["kind"] == "market hole"]
    assert len(holes)
    assert holes["date"].iloc[0] < pd.Timestamp("2014-10-15")
