"""Step 1: volatility through time, the market series with its holes, and a user's series as it was known."""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import aram_xl as ax
from aram_xl._environment_market import overdue
from aram_xl.errors import InputError
from aram_xl.returns import period_ends
from aram_xl.risk_target import (
    DatedSeries,
    MarketRisk,
    dated_series,
    known_at,
    market_risk,
    market_series,
    risk_of,
)

METHODS: list[dict[str, Any]] = [
    {"window": 12},
    {"method": "ewma", "window": 24, "half_life": 6.0},
    {"method": "range", "windows": [12, 24, 48]},
]


def month_ends(first: str, count: int) -> np.ndarray:
    months = np.datetime64(first, "M") + np.arange(1, count + 1)
    return months.astype("datetime64[D]") - 1


@pytest.fixture(scope="module")
def agg(shared) -> pd.Series:
    """Monthly returns of AGG, January 2013 to February 2025."""
    table = pd.read_csv(shared / "data" / "etf_adj_close_month_end.csv", index_col=0, parse_dates=True)
    return table["AGG"].loc[:"2025-02-28"].pct_change().dropna()


def test_sample_by_hand():
    """Returns 1, 3, -1 percent, window 2: deviations 1 of two returns about 2, and 2 about 1: 1 sqrt 2, 2 sqrt 2."""
    risk = market_risk([0.01, 0.03, -0.01], window=2)
    assert_allclose(risk, [math.nan, 0.01 * math.sqrt(2), 0.02 * math.sqrt(2)], rtol=1e-14)


def test_ewma_by_hand():
    """Half-life 1, window 2: weights 1/3 and 2/3 of 0 and 3 percent: mean 2, variance (4 + 2) / 3 = 2,
    divided by 1 - 1/9 - 4/9 = 4/9: 4.5; percent squared."""
    risk = market_risk([0.5, 0.0, 0.03], method="ewma", window=2, half_life=1.0)
    assert_allclose(risk[2], 0.01 * math.sqrt(4.5), rtol=1e-14)


def test_range_is_the_mean_of_volatilities():
    """Windows 2 and 3 at the third return: 2 sqrt 2 percent, and 2 percent (deviations 0, 2, -2: sqrt(8 / 2))."""
    risk = market_risk([0.01, 0.03, -0.01], method="range", windows=(2, 3))
    assert np.isnan(risk[:2]).all()
    assert_allclose(risk[2], 0.01 * (2 * math.sqrt(2) + 2) / 2, rtol=1e-14)


@pytest.mark.shared_data
def test_real_returns_restated(agg):
    """Sample by the standard library, EWMA by `covariance`, range by the mean of samples."""
    values = agg.tolist()
    whole = {name: market_risk(agg, **settings) for name, settings in zip(("s", "e", "r"), METHODS, strict=True)}
    for i in (11, 23, 47, 80, len(values) - 1):
        assert_allclose(whole["s"].iloc[i], statistics.stdev(values[i - 11 : i + 1]), rtol=1e-12)
        if i >= 23:
            part = np.array(values[i - 23 : i + 1])[:, None]
            assert_allclose(whole["e"].iloc[i] ** 2, ax.covariance(part, "ewma", 6.0)[0, 0], rtol=1e-12)
        if i >= 47:
            parts = [statistics.stdev(values[i - n + 1 : i + 1]) for n in (12, 24, 48)]
            assert_allclose(whole["r"].iloc[i], sum(parts) / 3, rtol=1e-12)
    assert [int(risk.isna().sum()) for risk in whole.values()] == [11, 23, 47]
    assert whole["s"].index.equals(agg.index)


@pytest.mark.shared_data
@pytest.mark.parametrize("settings", METHODS, ids=["sample", "ewma", "range"])
def test_point_in_time_bit_for_bit(agg, settings):
    """Cut at each row, and with everything after it changed: the same bits."""
    whole = market_risk(agg, **settings).to_numpy()
    rng = np.random.default_rng(4)
    for i in range(len(agg)):
        assert_array_equal(market_risk(agg.iloc[: i + 1], **settings).to_numpy(), whole[: i + 1])
        shaken = agg.to_numpy().copy()
        shaken[i + 1 :] *= rng.uniform(-3, 3, len(agg) - i - 1)
        assert_array_equal(market_risk(shaken, **settings)[: i + 1], whole[: i + 1])


def test_missing_return_leaves_the_windows_that_hold_it():
    risk = market_risk([0.01, 0.02, math.nan, 0.01, 0.03, 0.02], window=2)
    assert np.isnan(risk).tolist() == [True, False, True, True, False, False]


def test_fewer_returns_than_the_window():
    assert np.isnan(market_risk([0.01, 0.02], window=12)).all()


@pytest.mark.parametrize(
    ("returns", "settings", "sentence"),
    [
        (
            [[0.1, 0.2], [0.1, 0.3]],
            {"window": 2},
            r"returns: expected one row or column of numbers, got shape \(2, 2\)",
        ),
        ([], {"window": 2}, r"returns: expected one row or column of numbers, got shape \(0,\)"),
        ([0.1, math.inf], {"window": 2}, "returns: expected finite numbers, got inf"),
        (["a"], {"window": 2}, "returns: expected numbers only"),
        ([0.1, 0.2], {}, "market_risk window: expected a number of returns with sample, got none"),
        ([0.1, 0.2], {"window": 1}, "market_risk window: expected a whole number from 2"),
        ([0.1, 0.2], {"method": "ewma", "window": 2}, "market_risk half_life: expected a number of periods with ewma"),
        ([0.1, 0.2], {"method": "range", "windows": "ab"}, "market_risk windows: expected a list, got 'ab'"),
    ],
)
def test_market_risk_refused(returns, settings, sentence):
    with pytest.raises(InputError, match=sentence):
        market_risk(returns, **settings)


def test_portfolio_is_reset_each_period():
    """60/40 of +10, -5 and then -10, +20 percent: 0.06 - 0.02 = 4 percent, and -0.06 + 0.08 = 2 percent."""
    levels = np.array([[50.0, 20.0], [55.0, 19.0], [49.5, 22.8]])
    found = market_series(month_ends("2020-01", 3), levels, np.array([0.6, 0.4]), ("A", "B"), "M")
    assert_allclose(found.returns, [math.nan, 0.04, 0.02], rtol=1e-13)
    assert_allclose(found.levels, [1.0, 1.04, 1.04 * 1.02], rtol=1e-14)
    assert found.holes == ()


def test_hole_is_never_filled():
    """B has no price at the third month-end: no return to it and none to the fourth; over both, A gained 20 percent and
    B 10: the level goes from 1.05 to 1.05 x 1.15."""
    levels = np.array([[10.0, 10.0], [11.0, 10.0], [12.0, math.nan], [13.2, 11.0], [13.2, 12.1]])
    dates = month_ends("2020-01", 5)
    found = market_series(dates, levels, np.array([0.5, 0.5]), ("A", "B"), "M")
    assert_allclose(found.returns, [math.nan, 0.05, math.nan, math.nan, 0.05], rtol=1e-13)
    assert_allclose(found.levels, [1.0, 1.05, math.nan, 1.05 * 1.15, 1.05 * 1.15 * 1.05], rtol=1e-13)
    assert [(str(date), text) for date, text in found.holes] == [
        ("2020-03-31", "no price of B on 2020-03-31: no monthly return of the market to 2020-03-31"),
        ("2020-04-30", "no price of B on 2020-03-31: no monthly return of the market to 2020-04-30"),
    ]


def test_late_member_is_no_hole():
    levels = np.array([[10.0, math.nan], [11.0, 10.0], [11.0, 11.0]])
    found = market_series(month_ends("2020-01", 3), levels, np.array([0.5, 0.5]), ("A", "B"), "M")
    assert_allclose(found.levels, [math.nan, 1.0, 1.05], rtol=1e-14)
    assert_allclose(found.returns, [math.nan, math.nan, 0.05], rtol=1e-13)
    assert found.holes == ()


@pytest.mark.parametrize(
    ("frequency", "dates", "hole"),
    [
        ("M", ["2019-11-29", "2019-12-31", "2020-02-28"], True),
        ("M", ["2019-11-29", "2019-12-31", "2020-01-31"], False),
        ("W", ["2019-12-20", "2019-12-27", "2020-01-10"], True),
        ("W", ["2019-12-20", "2019-12-27", "2020-01-03"], False),
        ("Q", ["2019-09-30", "2019-12-31", "2020-06-30"], True),
        ("D", ["2019-12-30", "2019-12-31", "2020-01-02"], False),
    ],
)
def test_benchmark_without_a_whole_period(frequency, dates, hole):
    """Growth over two periods is not the return of one."""
    days = np.array(dates, dtype="datetime64[D]")
    found = market_series(days, np.array([[100.0], [101.0], [102.01]]), np.ones(1), ("AGG",), frequency)
    assert_array_equal(found.levels, [100.0, 101.0, 102.01])
    assert np.isnan(found.returns[2]) == hole
    between = f"no price of AGG between {dates[1]} and {dates[2]}: no "
    assert [text.startswith(between) for _, text in found.holes] == [True] * hole


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ([[1.0, math.nan], [1.0, math.nan]], "prices: expected prices of B, which the market is made of, got none"),
        ([[1.0, math.nan], [math.nan, 1.0]], "prices: expected a date with prices of A, B, got none"),
        ([[1.0, 0.0], [1.0, 1.0]], "prices: expected positive levels, got 0 for B on 2020-01-31"),
    ],
)
def test_market_series_refused(levels, sentence):
    with pytest.raises(InputError, match=sentence):
        market_series(month_ends("2020-01", 2), np.array(levels), np.array([0.5, 0.5]), ("A", "B"), "M")


@pytest.mark.shared_data
def test_portfolio_point_in_time_bit_for_bit(shared):
    table = pd.read_csv(shared / "data" / "etf_adj_close_month_end.csv", index_col=0, parse_dates=True)
    names = ("SPY", "LQDH", "AGG")
    dates, levels = table.index.to_numpy().astype("datetime64[D]"), table[list(names)].to_numpy()
    weights, rng = np.array([0.5, 0.2, 0.3]), np.random.default_rng(5)
    whole = market_series(dates, levels, weights, names, "M")
    assert str(dates[np.isfinite(whole.levels)][0]) == "2014-06-30"
    for i in range(19, len(dates)):
        shaken = levels.copy()
        shaken[i + 1 :] *= rng.uniform(0.5, 2, shaken[i + 1 :].shape)
        for cut in (
            market_series(dates[: i + 1], levels[: i + 1], weights, names, "M"),
            market_series(dates, shaken, weights, names, "M"),
        ):
            assert_array_equal(cut.levels[: i + 1], whole.levels[: i + 1])
            assert_array_equal(cut.returns[: i + 1], whole.returns[: i + 1])


def test_publication_lag():
    """Dated 31 January with a lag of 10 days: known from 10 February on, and the latest known until the next is."""
    observed = dated_series(pd.Series([20.0, 30.0], pd.to_datetime(["2020-01-31", "2020-02-29"])), "VIX")
    when = np.array(
        ["2020-02-09", "2020-02-10", "2020-02-29", "2020-03-09", "2020-03-10", "2024-01-31"], "datetime64[D]"
    )
    known = known_at(observed, 10, when)
    assert_array_equal(known.values, [math.nan, 20, 20, 20, 30, 30])
    assert known.dates.astype(str).tolist() == ["NaT", *["2020-01-31"] * 3, *["2020-02-29"] * 2]
    assert_array_equal(known_at(observed, 0, when[2:3]).values, [30])


def test_later_publications_change_nothing():
    dates, when = month_ends("2020-01", 24), month_ends("2020-01", 24)
    values = np.random.default_rng(6).uniform(10, 40, 24)
    whole = known_at(DatedSeries(dates, values), 15, when)
    for i in range(24):
        cut = known_at(DatedSeries(dates[: i + 1], values[: i + 1]), 15, when[: i + 1])
        assert_array_equal(cut.values, whole.values[: i + 1])
        assert_array_equal(cut.dates, whole.dates[: i + 1])


def test_a_series_that_ends_is_overdue():
    """Month ends to April, published ten days later: longest 31 days apart, and a week. The value of 30 April is known
    from 10 May, the next is due by 10 June and overdue after 17 June; that of 31 January, alone, after 92 days."""
    observed = DatedSeries(month_ends("2020-01", 4), np.arange(4.0))
    when = np.array(["2020-01-31", "2020-02-29", "2020-05-31", "2020-06-17", "2020-06-18", "2021-01-31"], "M8[D]")
    assert overdue(observed, 10, when).tolist() == [False, False, False, False, True, True]
    alone = DatedSeries(observed.dates[:1], observed.values[:1])
    assert overdue(alone, 10, np.array(["2020-05-12", "2020-05-13"], "M8[D]")).tolist() == [False, True]


def test_working_days_are_never_overdue():
    days = np.arange("2020-01-01", "2022-01-01", dtype="M8[D]")
    days = days[np.is_busday(days)]
    observed = DatedSeries(days, np.ones(days.size))
    assert not overdue(observed, 1, days).any()


def test_empty_cells_were_not_published():
    dates = month_ends("2020-01", 3)
    observed = dated_series([20.0, math.nan, 30.0], "VIX", dates)
    assert_array_equal(known_at(observed, 0, dates).values, [20, 20, 30])


@pytest.mark.parametrize(
    ("table", "dates", "sentence"),
    [
        ([1.0, 2.0], None, "VIX: expected one date per value, got none"),
        ([1.0, 2.0], ["2020-01-02"], r"VIX: expected one column with one date per value, got shape \(2,\)"),
        ([1.0, 2.0], ["2020-01-02", "2020-01-02"], "VIX: expected ascending dates without duplicates"),
        ([1.0, math.inf], ["2020-01-02", "2020-01-03"], "VIX: expected finite numbers, got inf"),
        ([math.nan, math.nan], ["2020-01-02", "2020-01-03"], "VIX: expected numbers, got none"),
        (["high", "low"], ["2020-01-02", "2020-01-03"], "VIX: expected numbers only, got text"),
        (pd.Series([1.0]), None, "VIX: expected dates as row labels, got"),
    ],
)
def test_dated_series_refused(table, dates, sentence):
    with pytest.raises(InputError, match=sentence):
        dated_series(table, "VIX", dates)


def test_macro_series_as_market_risk():
    """An index of 24 percent a year, scale 0.01: 0.24 / sqrt 12 a month; nothing is published at first."""
    market = MarketRisk(source="macro", macro="VIX", macro_scale=0.01, publication_lag_days=1)
    dates = month_ends("2020-01", 3)
    found = market_series(dates, np.array([[1.0], [1.1], [1.2]]), np.ones(1), ("SPY",), "M")
    risk = risk_of(market, found, 12, dated_series([24.0, 12.0], "VIX", dates[:2]))
    assert_allclose(risk, [math.nan, 0.24 / math.sqrt(12), 0.12 / math.sqrt(12)], rtol=1e-14)
    with pytest.raises(InputError, match="market_risk macro: expected the user's series 'VIX', got none; supply"):
        risk_of(market, found, 12)
    with pytest.raises(InputError, match=r"market_risk macro: expected positive values of VIX, .* got 0 on 2020-02-29"):
        risk_of(market, found, 12, dated_series([24.0, 0.0], "VIX", dates[:2]))


def test_market_risk_of_a_series_equals_the_function():
    rng = np.random.default_rng(7)
    levels = 100 * np.cumprod(1 + rng.normal(0, 0.02, 40))
    found = market_series(month_ends("2020-01", 40), levels[:, None], np.ones(1), ("SPY",), "M")
    for settings in ({"window": 6}, {"method": "ewma", "window": 12, "half_life": 3.0}):
        risk = risk_of(MarketRisk(**settings), found, 12)
        assert np.isnan(risk[0])
        assert_array_equal(risk[1:], market_risk(levels[1:] / levels[:-1] - 1, **settings))
    with pytest.raises(InputError, match="market_risk window: expected a number of returns with sample, got none"):
        risk_of(MarketRisk(), found, 12)


@pytest.mark.shared_data
def test_sample_of_the_benchmark_is_what_the_preset_uses(shared):
    """Over the same 48 returns the target of the active index, multiplier 1, is this market risk."""
    table = pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True).loc[:"2025-02-28"]
    result = ax.backtest(table, ax.load_model("active-index-ig"))
    dates = table.index.to_numpy().astype("datetime64[D]")
    ends = period_ends(dates, "M").rows
    found = market_series(dates[ends], table[["AGG"]].to_numpy()[ends], np.ones(1), ("AGG",), "M")
    risk = pd.Series(risk_of(MarketRisk(window=48), found, 12), pd.DatetimeIndex(dates[ends]))
    full = result.targets[result.windows == 48]
    assert len(full) > 70
    assert_allclose(risk.loc[full.index], full, rtol=1e-13)
