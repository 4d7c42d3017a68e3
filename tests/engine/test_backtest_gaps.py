"""Back-tests where something is missing: targets out of reach and the fallback ladder, holes, late starters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import aram_xl as ax
from aram_xl.errors import InputError
from tests.engine.made_up_markets import TWO_FUNDS, chained, daily_model, random_prices, table, trading_days, two_funds

END = "2025-02-28"


@pytest.fixture(scope="module")
def etfs(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True)


@pytest.fixture(scope="module")
def index(etfs):
    return ax.backtest(etfs, ax.load_model("active-index-ig"), end=END)


# ---------------------------------------------------------------- the fallback ladder


def calm_april() -> pd.DataFrame:
    """As `two_funds`, but the benchmark falls by 20 % in March and in April: no spread, so the target of April is 0."""
    prices = two_funds()
    prices["X"] = chained(0.2, -0.2, -0.2, 0.2, -0.2)
    return prices


def fallbacks(result) -> list[tuple[str, str]]:
    found = result.events[result.events["kind"] == "fallback"]
    return list(zip(found["date"].astype(str), found["detail"], strict=True))


def test_rung_least_risk():
    """In March and April A earns 10 and 10 %, without spread: 60 % A is the least risk within the limits."""
    result = ax.backtest(calm_april(), TWO_FUNDS.replace(fallback=("min_risk", "previous")))
    assert_allclose(result.weights.iloc[1], [0.6, 0.4], rtol=0, atol=1e-15)
    least = (0.4**2 * 0.1**2 / 2) ** 0.5
    assert fallbacks(result) == [("2024-04-30", f"min_risk: target 0.0000% is below the lowest reachable {least:.4%}")]
    assert result.risks.iloc[1] == pytest.approx(least, abs=1e-15)


def test_rung_previous_is_what_has_drifted():
    """No trade in April: A 0.66/1.02, B 0.36/1.02 earn May: (-0.2 x 0.66 + 0.5 x 0.36)/1.02 = 4.7059 %."""
    result = ax.backtest(calm_april(), TWO_FUNDS.replace(fallback=("previous",), cost_bps=50))
    assert_allclose(result.weights.iloc[1], [0.66 / 1.02, 0.36 / 1.02], rtol=0, atol=1e-15)
    assert result.turnover.iloc[1] == result.costs.iloc[1] == 0.0
    assert result.returns.iloc[1] == pytest.approx(0.048 / 1.02, abs=1e-14)
    assert np.isnan(result.risks.iloc[1])
    assert [(date, detail.split(":")[0]) for date, detail in fallbacks(result)] == [("2024-04-30", "previous")]
    drifted = np.array([0.66 * 0.8, 0.36 * 1.5])
    assert result.turnover.iloc[2] == pytest.approx(np.abs([0.4, 0.6] - drifted / drifted.sum()).sum() / 2, abs=1e-14)


def test_rung_previous_may_follow_itself():
    """Two months without spread: what was held in March drifts twice, untouched."""
    prices = calm_april()
    prices["X"] = chained(0.2, -0.2, -0.2, -0.2, 0.2)
    result = ax.backtest(prices, TWO_FUNDS.replace(fallback=("previous",)))
    value = np.array([0.6 * 1.1, 0.4 * 0.9])
    assert_allclose(result.weights.iloc[1], value / value.sum(), rtol=0, atol=1e-15)
    value *= [0.8, 1.5]
    assert_allclose(result.weights.iloc[2], value / value.sum(), rtol=0, atol=1e-15)
    assert_allclose(result.turnover.iloc[1:], 0.0, rtol=0, atol=1e-16)
    value *= [1.0, 1.05]
    growth = (1 + result.returns).prod()
    assert growth == pytest.approx(value.sum(), abs=1e-14)


def test_rung_previous_with_a_lag_drifts_on_to_the_day_of_the_trade():
    """The record shows the drifted weights of the signal date; nothing is traded a day later either."""
    days = trading_days(130, "2024-01-02")
    prices = random_prices(130, 2).set_index(days).rename(columns={"A0": "A", "A1": "B"})
    model = TWO_FUNDS.replace(execution_lag=1, fallback=("previous",), cost_bps=10, multiplier=100.0)
    april = prices.index[prices.index < "2024-05-01"][-1]
    flat = prices.index[[prices.index.get_loc(day) for day in ("2024-02-29", "2024-03-29")]]
    prices.loc[april, "X"] = prices.loc[flat[1], "X"] ** 2 / prices.loc[flat[0], "X"]  # the same return twice
    result = ax.backtest(prices, model)
    assert [date for date, _ in fallbacks(result)] == [str(april.date())]
    assert result.turnover[april] == 0.0
    before = result.weights.index[result.weights.index.get_loc(april) - 1]
    bought = prices.index[prices.index.get_loc(before) + 1]
    value = result.weights.loc[before] * prices.loc[april, ["A", "B"]] / prices.loc[bought, ["A", "B"]]
    assert_allclose(result.weights.loc[april], value / value.sum(), rtol=0, atol=1e-14)


def test_rung_previous_is_not_possible_at_first():
    prices = calm_april()
    prices["B"] = chained(0.05, 0.0, -0.1, 0.5, 0.05)
    prices["X"] = chained(0.2, 0.2, -0.2, 0.2, -0.2)
    result = ax.backtest(prices, TWO_FUNDS.replace(fallback=("previous", "min_risk")))
    assert [(date, detail.split(":")[0]) for date, detail in fallbacks(result)] == [("2024-03-28", "min_risk")]
    nothing_else = ax.backtest(prices, TWO_FUNDS.replace(fallback=("previous",)))
    assert fallbacks(nothing_else)[0][1].startswith("benchmark: ")


def test_rung_benchmark():
    """April to May all in the benchmark: +20 %. Sold 100 % and bought 100 %, twice: one-way turnover 1."""
    result = ax.backtest(calm_april(), TWO_FUNDS.replace(fallback=("benchmark",)))
    assert list(result.weights.columns) == ["A", "B", "X"]
    assert_allclose(result.weights, [[0.6, 0.4, 0], [0, 0, 1], [0.4, 0.6, 0]], rtol=0, atol=1e-15)
    assert result.returns.iloc[1] == pytest.approx(0.2, abs=1e-15)
    assert_allclose(result.turnover, [0.5, 1.0, 1.0], rtol=0, atol=1e-15)
    assert [(date, detail.split(":")[0]) for date, detail in fallbacks(result)] == [("2024-04-30", "benchmark")]


def test_benchmark_that_may_be_held_is_one_asset():
    """Universe A and X, benchmark X. April: all in X, bought on top of what is held of it: no trade of X with itself.

    March: A (10, 10) beats X (20, -20): 60 % A. April: A +5 %, X -20 %: 0.63 and 0.32 of 0.95. To 100 % X: one-way
    0.63/0.95.
    """
    prices = calm_april()
    prices["A"] = chained(0.1, 0.1, 0.05, -0.2, 0.0)
    result = ax.backtest(prices, TWO_FUNDS.replace(universe=["A", "X"], fallback=["benchmark"]))
    assert list(result.weights.columns) == ["A", "X"]
    assert_allclose(result.weights.iloc[:2], [[0.6, 0.4], [0.0, 1.0]], rtol=0, atol=1e-15)
    assert result.turnover.iloc[1] == pytest.approx(0.63 / 0.95, abs=1e-15)
    assert result.turnover.iloc[2] == pytest.approx(0.6 if result.weights.iloc[2, 0] > 0.5 else 0.4, abs=1e-15)


@pytest.mark.shared_data
def test_limits_that_the_admitted_assets_cannot_meet(etfs):
    """Six assets of at most 19 % can be full, five cannot: the benchmark until LQDH has 12 returns, in June 2015."""
    model = ax.load_model("active-index-ig").replace(upper=0.19, first_signal=None)
    result = ax.backtest(etfs, model, end=END)
    held = result.weights.index[result.weights["AGG"] == 1.0]
    assert (str(held[0].date()), str(held[-1].date()), len(held)) == ("2013-12-31", "2015-05-29", 18)
    assert fallbacks(result)[0] == (
        "2013-12-31",
        "benchmark: upper: expected a total of at least 1.00 to be fully invested, got 0.95 over 5 assets; raise a cap",
    )
    assert_allclose(result.returns[:18], result.benchmark_returns[:18], rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"upper": 0.1}, "upper: 0.1 for each of 6 assets adds up to 0.6, less than 1; raise upper to at least 0.1667"),
        ({"lower": 0.2}, "lower: 0.2 for each of 6 assets adds up to 1.2, more than 1; lower it to at most 0.1667"),
    ],
)
def test_limits_that_exclude_each_other_are_refused(limits, sentence):
    with pytest.raises(InputError, match=sentence):
        ax.load_model("active-index-ig").replace(**limits)


@pytest.mark.shared_data
def test_a_window_that_shrinks_is_an_event(etfs):
    """Without its level of March 2020 IEF lacks two returns; May 2020 to April 2021 are its next 12, shared by all."""
    holed = etfs.copy()
    holed.loc["2020-03-31", "IEF"] = np.nan
    result = ax.backtest(holed, ax.load_model("active-index-ig"), end=END)
    shorter = result.events[result.events["kind"] == "shorter window"]
    assert [(str(row.date.date()), row.detail) for row in shorter.itertuples()] == [
        ("2021-04-30", "12 of 48 returns, 48 at the signal before")
    ]


@pytest.mark.shared_data
def test_a_target_out_of_reach_every_month_is_least_risk_every_month(etfs):
    model = ax.load_model("active-index-ig").replace(multiplier=0.01)
    result = ax.backtest(etfs, model, end=END)
    assert len(fallbacks(result)) == 111
    month_ends = etfs.loc[:END].groupby([etfs.loc[:END].index.year, etfs.loc[:END].index.month]).tail(1)
    for signal in result.weights.index[::10]:
        returns = (month_ends / month_ends.shift(1) - 1).loc[:signal, list(model.universe)]
        window = returns.tail(result.windows[signal]).to_numpy()
        assert_allclose(result.weights.loc[signal], ax.min_risk(ax.covariance(window)).weights, rtol=0, atol=1e-9)


def test_one_month_that_cannot_be_estimated_takes_the_ladder_alone():
    """A fund that stands still for a while has no correlation: those months fall back, the others do not notice."""
    prices = random_prices(500, 4)
    model = daily_model(4, covariance="constant_correlation", window=40, minimum_history=40, fallback=("benchmark",))
    usual = ax.backtest(prices, model)
    prices.iloc[205:290, 1] = prices.iloc[205, 1]
    result = ax.backtest(prices, model)
    hit = [pd.Timestamp(date) for date, detail in fallbacks(result) if "every asset to vary" in detail]
    assert hit == [day for day in result.targets.index if 245 <= prices.index.get_loc(day) < 290]
    assert len(hit) >= 1
    untouched = [day for day in result.weights.index if prices.index.get_loc(day) < 205]
    assert_array_equal(result.weights.loc[untouched].drop(columns="X"), usual.weights.loc[untouched])
    assert (result.weights.loc[[day for day in hit if day in result.weights.index], "X"] == 1.0).all()


# ---------------------------------------------------------------- missing data


@pytest.mark.shared_data
def test_hole_in_a_held_asset_is_named(etfs, index):
    held = str(index.weights.loc["2020-03-31"].idxmax())
    holes = etfs.copy()
    holes.loc["2020-04-30", held] = np.nan
    with pytest.raises(InputError, match=f"expected a price of {held} on 2020-04-30, where it is held, got"):
        ax.backtest(holes, index.model, end=END)


@pytest.mark.parametrize("day", ["2024-04-01", "2024-04-30", "2024-05-01"])
def test_hole_on_the_day_of_a_trade_or_a_signal(day):
    """With a lag: bought on 1 April, valued on 30 April, valued again and traded on 1 May."""
    prices = table(
        ["2024-01-31", "2024-02-29", "2024-03-28", "2024-04-01", "2024-04-30", "2024-05-01", "2024-05-31"],
        A=[100, 110, 121, 242, 266, 290, 260],
        B=[100, 100, 100, 50, 45, 45, 45],
        C=[100, 105, 103, 50, 45, 45, 45],
        X=[100, 120, 96, 96, 120, 120, 96],
    )
    prices.loc[day, "B"] = np.nan
    model = TWO_FUNDS.replace(universe=["A", "B", "C"], lower=0.2, execution_lag=1)
    with pytest.raises(InputError, match=f"prices: expected a price of B on {day}, where it is held, got an empty"):
        ax.backtest(prices, model)


def test_hole_in_an_asset_that_is_not_held_keeps_it_out_until_it_has_a_history_again():
    prices = random_prices(400, 3)
    model = daily_model(3, window=40, minimum_history=20)
    usual = ax.backtest(prices, model)
    never = [name for name in model.universe if (usual.weights.iloc[4:8][name] == 0).all()]
    hole = prices.index.get_loc(usual.weights.index[4]) + 3
    if not never:
        pytest.fail("choose another seed: an asset must be out of the portfolio for a while")
    prices.iloc[hole, prices.columns.get_loc(never[0])] = np.nan
    result = ax.backtest(prices, model)
    out = result.events[result.events["kind"] == "not admitted"]
    assert f"out: {never[0]} (" in out["detail"].iloc[0]
    assert int((result.windows < 40).sum()) >= 1


def test_asset_without_any_price_is_reported_and_left_out():
    prices = random_prices(300, 3)
    prices["A1"] = np.nan
    result = ax.backtest(prices, daily_model(3))
    assert (result.weights["A1"] == 0).all()
    assert result.events["detail"].tolist().count("out: A1 (0 returns)") == 1
    without = ax.backtest(prices, daily_model(3).replace(universe=["A0", "A2"]))
    assert_array_equal(result.weights[["A0", "A2"]], without.weights)
    floored = ax.backtest(prices, daily_model(3).replace(lower=0.1)).events["detail"].tolist()
    assert floored.count("out: A1 (0 returns); least weights that rest with them: A1 0.1") == 1


def test_signals_without_history_are_skipped_and_counted():
    prices = random_prices(300, 2)
    result = ax.backtest(prices, daily_model(2))
    skipped = result.events[result.events["kind"] == "skipped"]
    assert len(skipped) == 2
    assert skipped["detail"].iloc[0] == "not enough history: 20 returns of X, 60 needed"
    prices.loc[prices.index[:100], ["A0", "A1"]] = np.nan
    later = ax.backtest(prices, daily_model(2)).events
    assert "no asset with enough history: 60 returns needed" in set(later["detail"])
