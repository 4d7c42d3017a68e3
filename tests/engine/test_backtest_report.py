"""Reports on back-tests: the account day by day, realised against target risk, exposures, states, the user's series."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import aram_xl as ax
from aram_xl._backtest_account import account, monthly, returns_in
from aram_xl._backtest_macro import read_macro
from aram_xl._backtest_report import charges, exposure_table, exposures, state_counts, target_check
from aram_xl.errors import InputError, TooShortError
from aram_xl.returns import period_ends
from tests.engine.one_fund import one_fund

ONE_FUND = one_fund(2)

TWO_FUNDS = ONE_FUND.replace(universe=("A", "B"), lower=0.4, upper=0.6, multiplier=100.0)
"""The target never binds, so the better fund of the last two periods gets the cap of 60 %, the other one 40 %."""


def days(first: str, last: str) -> pd.DatetimeIndex:
    return pd.bdate_range(first, last, name="date")


def sawtooth() -> pd.DataFrame:
    """January to June 2024, every weekday. A falls and rises by turns: 1 % a day to April, 2 % in May, 3 % in June. The
    benchmark X moves at month ends only: +20 %, -20 % and so on."""
    index = days("2024-01-01", "2024-06-28")
    size = np.where(index.month == 6, 0.03, np.where(index.month == 5, 0.02, 0.01))
    a = 100.0 * np.cumprod(1.0 + size * np.where(np.arange(len(index)) % 2, 1.0, -1.0))
    ends = period_ends(index.to_numpy().astype("datetime64[D]"), "M").rows
    jumps = np.zeros(len(index))
    jumps[ends] = np.where(np.arange(ends.size) % 2, -0.2, 0.2)
    return pd.DataFrame({"A": a, "X": 100.0 * np.cumprod(1.0 + jumps)}, index)


def random_prices(count: int = 260, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    moves = rng.standard_normal((count, 3)) * [0.01, 0.004, 0.006] + 0.0003
    return pd.DataFrame(100 * np.cumprod(1 + moves, axis=0), pd.bdate_range("2023-01-02", periods=count), list("ABX"))


def kept_by_hand(result: ax.BacktestResult, prices: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Units of each fund, bought at the close of the day of the trade and valued at every close after it."""
    model = result.model
    table = prices[prices[model.benchmark].notna()]
    signals = [table.index.get_loc(day) for day in result.targets.index]
    fee = 1 - (1 - model.fee) ** (1 / {"M": 12, "W": 52}[model.rebalance])
    trades = {signal + model.execution_lag: i for i, signal in enumerate(signals[:-1])}
    gross, charged, units = 1.0, 1.0, dict.fromkeys(model.universe, 0.0)
    values, net = [], []
    for day in range(signals[0], signals[-1] + 1):
        close = table.iloc[day]
        if any(units.values()):
            gross = math.fsum(number * close[name] for name, number in units.items())
        values.append(gross)
        net.append(gross * charged)
        if day in signals[:-1]:  # charged at the start of the period, whenever its trade takes place
            charged *= (1 - result.costs.iloc[signals.index(day)]) * (1 - fee)
        if day in trades and result.traded.iloc[trades[day]]:
            weights = result.weights.iloc[trades[day]]
            units = {name: gross * weights[name] / close[name] for name in model.universe}
    return values, net


# ---------------------------------------------------------------- the account


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"execution_lag": 1},
        {"rebalance": "W", "frequency": "W"},
        {"rebalance": "W", "frequency": "W", "risk_drift": 0.3, "upper": 1.0, "lower": 0.0, "multiplier": 1.0},
        {"rebalance": "W", "frequency": "W", "risk_drift": 0.3, "multiplier": 0.9, "execution_lag": 1},
    ],
    ids=["monthly", "lag", "weekly", "risk drift", "risk drift and lag"],
)
def test_account_is_a_book_of_units(changes):
    """1e-13: some hundred days of roundings of 1e-16. The value at each signal is that of the back-test."""
    prices = random_prices()
    result = ax.backtest(prices, TWO_FUNDS.replace(cost_bps=20, fee=0.02, **changes))
    if "risk_drift" in changes:
        assert 1 < result.traded.sum() < len(result.traded)
    found = account(result, prices)
    gross, net = kept_by_hand(result, prices)
    assert_allclose(found.gross, gross, rtol=1e-13)
    assert_allclose(found.net, net, rtol=1e-13)
    assert_allclose(np.diff(np.log(found.gross[found.signals])), np.log1p(result.gross_returns), rtol=0, atol=1e-13)
    assert_allclose(np.diff(np.log(found.net[found.signals])), np.log1p(result.returns), rtol=0, atol=1e-13)
    assert found.dates[0] == result.targets.index[0].to_datetime64().astype("datetime64[D]")
    assert found.dates[found.signals[-1]] == result.targets.index[-1].to_datetime64().astype("datetime64[D]")


def test_months_of_a_monthly_model_are_its_own_returns():
    prices = random_prices()
    result = ax.backtest(prices, TWO_FUNDS.replace(cost_bps=20))
    found = monthly(result, prices)
    assert_array_equal(found.returns["net"], result.returns)
    assert_array_equal(found.returns["benchmark"], result.benchmark_returns)
    assert str(found.base) == str(result.targets.index[0].date())


def test_months_of_a_weekly_model_are_cut_from_its_account():
    """The first whole month starts at the first month-end after the first signal; what is before or after it is out."""
    prices = random_prices()
    result = ax.backtest(prices, TWO_FUNDS.replace(cost_bps=20, fee=0.02, rebalance="W", frequency="W"))
    found = monthly(result, prices)
    _, net = kept_by_hand(result, prices)
    dated = pd.Series(net, prices.loc[result.targets.index[0] : result.targets.index[-1]].index)
    assert str(result.targets.index[0].date()) == "2023-01-20"
    assert str(result.targets.index[-1].date()) == "2023-12-29"
    last = dated.groupby([dated.index.year, dated.index.month]).tail(1)
    assert str(found.base) == "2023-01-31"
    assert_array_equal(found.returns.index, last.index[1:])
    assert_allclose(found.returns["net"], last.to_numpy()[1:] / last.to_numpy()[:-1] - 1, rtol=0, atol=1e-13)
    levels = prices["X"].loc[last.index].to_numpy()
    assert_allclose(found.returns["benchmark"], levels[1:] / levels[:-1] - 1, rtol=0, atol=1e-15)
    assert_allclose(returns_in(found, prices, "X"), found.returns["benchmark"], rtol=0, atol=1e-15)


def test_what_a_hurdle_lacks_is_named():
    prices = random_prices()
    found = monthly(ax.backtest(prices, TWO_FUNDS), prices)
    with pytest.raises(InputError, match="prices: expected a column BIL, got none; name another column"):
        returns_in(found, prices, "BIL")
    prices.loc["2023-05-31", "B"] = np.nan
    with pytest.raises(InputError, match="prices: expected a price of B on 2023-05-31, got an empty cell"):
        returns_in(found, prices, "B")


def test_the_table_must_be_that_of_the_back_test():
    prices = random_prices()
    result = ax.backtest(prices, TWO_FUNDS)
    with pytest.raises(InputError, match="prices: expected the table of the back-test, got no column B"):
        account(result, prices.drop(columns="B"))
    with pytest.raises(InputError, match="got no price of the benchmark on 2023-05-31"):
        account(result, prices.drop(pd.Timestamp("2023-05-31")))


def test_no_whole_month():
    prices = random_prices(40)
    weekly = ax.backtest(prices, TWO_FUNDS.replace(rebalance="W", frequency="W"), start="2023-02-03", end="2023-02-17")
    with pytest.raises(TooShortError, match="expected a month or more, all with prices, between the signals of 2023"):
        monthly(weekly, prices)


# ---------------------------------------------------------------- was the target met?


def test_realised_risk_by_hand():
    """One fund, so weight 1. The benchmark's last two months are +20 and -20 %: target sqrt(0.08) a month.

    April, May, June 2024 have 22, 23 and 20 weekdays. 22 returns of +-1 %, eleven each: sample stdev
    0.01 sqrt(22/21). May: 23 of +-2 %, 12 of one sign and 11 of the other: mean +-0.02/23, squares 23 x 0.0004, so
    variance (23 - 1/23) x 0.0004 / 22. June: 20 of +-3 %, ten each. All times sqrt(21).
    """
    prices = sawtooth()
    result = ax.backtest(prices, ONE_FUND)
    check = target_check(result, prices, band=(0.1, 0.4))
    assert list(check.periods.index.astype(str)) == ["2024-03-29", "2024-04-30", "2024-05-31"]
    assert list(check.periods["n_returns"]) == [22, 23, 20]
    daily = [0.01 * (22 / 21) ** 0.5, 0.02 * ((23 - 1 / 23) / 22) ** 0.5, 0.03 * (20 / 19) ** 0.5]
    assert_allclose(check.periods["realised"], np.array(daily) * 21**0.5, rtol=1e-12)
    assert_allclose(check.periods["target"], 0.08**0.5, rtol=1e-12)
    ratios = np.array(daily) * (21 / 0.08) ** 0.5
    assert_allclose(ratios, [0.1658, 0.3310, 0.4987], rtol=0, atol=5e-5)
    assert_allclose(check.periods["ratio"], ratios, rtol=1e-12)
    assert list(check.periods["inside"]) == [True, True, False]
    assert check.share_inside == pytest.approx(2 / 3)
    assert check.n == 3
    assert check.mean == pytest.approx(ratios.mean())
    assert check.spread == pytest.approx(statistics.stdev(ratios))
    assert "times the root of 21, the daily returns in one of the monthly returns" in check.scaling
    moved = prices["A"].loc[["2024-03-29", "2024-04-30", "2024-05-31", "2024-06-28"]].to_numpy()
    overall = statistics.stdev(moved[1:] / moved[:-1] - 1.0)
    assert check.ratio == pytest.approx(overall / 0.08**0.5, rel=1e-9)


def test_ratio_to_ex_ante_risk_where_the_target_does_not_bind():
    """TWO_FUNDS has a hundred times the target it can reach: realised / ex-ante is of the order of 1, / target is not.

    Restated: root mean square of the risks of the decisions, stdev of the gross returns."""
    prices = random_prices()
    result = ax.backtest(prices, TWO_FUNDS)
    check = target_check(result, prices)
    risks = result.risks.to_numpy()[:-1]
    root = math.sqrt(statistics.fmean(risks**2))
    assert check.ex_ante_ratio == pytest.approx(statistics.stdev(result.gross_returns) / root, rel=1e-12)
    assert_allclose(check.periods["ex_ante_ratio"], check.periods["realised"] / risks, rtol=1e-12)
    assert check.ratio < 0.05
    assert check.share_inside == 0.0


def test_scales_of_other_rhythms():
    """Weekly estimation, monthly rebalancing: the target is of a week, the returns are of months, 52/12 weeks each."""
    prices = random_prices()
    result = ax.backtest(prices, ONE_FUND.replace(frequency="W", window=10, minimum_history=10))
    check = target_check(result, prices)
    target = math.sqrt(statistics.fmean(result.targets.to_numpy()[:-1] ** 2))
    assert check.ratio == pytest.approx(statistics.stdev(result.gross_returns) / math.sqrt(52 / 12) / target, rel=1e-12)
    assert "times the root of 4.846, the daily returns in one of the weekly returns" in check.scaling
    first, last = result.targets.index[:2]
    within = prices["A"].loc[first:last].pct_change().iloc[1:]
    assert check.periods["realised"].iloc[0] == pytest.approx(statistics.stdev(within) * math.sqrt(252 / 52), rel=1e-12)


def test_a_missing_price_within_a_period_costs_its_two_returns():
    prices = sawtooth()
    prices.loc["2024-05-15", "A"] = np.nan
    result = ax.backtest(prices, ONE_FUND)
    assert list(target_check(result, prices).periods["n_returns"]) == [22, 21, 20]


def test_prices_of_month_ends_have_no_risk_within_a_month():
    prices = sawtooth()
    prices = prices.iloc[period_ends(prices.index.to_numpy().astype("datetime64[D]"), "M").rows]
    check = target_check(ax.backtest(prices, ONE_FUND), prices)
    assert check.periods["realised"].isna().all()
    assert check.n == 0
    assert math.isnan(check.share_inside)
    assert math.isfinite(check.ratio)


@pytest.mark.parametrize("band", [(1.5, 0.5), (-0.1, 1.0), (0.5, math.inf), (1.0, 1.0)])
def test_bands_that_are_none(band):
    prices = sawtooth()
    with pytest.raises(InputError, match="band: expected two numbers, the least first, got"):
        target_check(ax.backtest(prices, ONE_FUND), prices, band)


# ---------------------------------------------------------------- exposures, states, charges


def test_exposures_add_up_and_name_what_the_table_lacks():
    prices = random_prices()
    universe = pd.DataFrame(
        {"asset_class": ["fixed income"], "sector": ["treasury"], "duration": ["long"], "credit": ["government"]}, ["A"]
    )
    result = ax.backtest(prices, TWO_FUNDS)
    found = exposures(result, universe)
    assert list(found) == ["asset_class", "sector", "duration", "credit"]
    assert list(found["duration"].columns) == ["long", "B (not in the universe table)"]
    assert_array_equal(found["duration"]["long"], [*result.weights["A"], result.current["A"]])
    for table in found.values():
        assert_allclose(table.sum(axis=1), 1.0, rtol=0, atol=1e-15)
        assert list(table.index) == list(result.targets.index)
    both = universe.loc[["A", "A"]].set_axis(["A", "B"])
    assert_allclose(exposures(result, both)["sector"]["treasury"], 1.0, rtol=0, atol=1e-15)
    assert list(exposure_table(found).columns)[:2] == [
        "asset_class: fixed income",
        "asset_class: B (not in the universe table)",
    ]


def test_a_benchmark_held_by_the_ladder_is_an_exposure():
    """A ten-thousandth of the benchmark's risk is out of reach, so the ladder holds the benchmark."""
    prices = random_prices()
    model = TWO_FUNDS.replace(multiplier=0.0001, fallback=("benchmark",), window=4, minimum_history=4)
    found = exposures(ax.backtest(prices, model), ax.load_universe())
    assert_allclose(found["sector"]["X (not in the universe table)"], 1.0, rtol=0, atol=1e-15)


def test_states_of_a_rule_are_counted_in_its_order():
    card = ax.load_model("fi-scalable-ig").replace(first_signal=None)
    prices = ax.sample_prices().rename(columns={"BND": "VCSH"})
    result = ax.backtest(prices, card, end="2018-12-31")
    counts = state_counts(result)
    assert list(counts)[:3] == ["near the high", "setback", "deep"]
    assert sum(counts.values()) == len(result.decisions) == len(result.targets)
    for state, count in counts.items():
        assert count == [decision.state for decision in result.decisions].count(state)
    assert state_counts(ax.backtest(random_prices(), TWO_FUNDS)) == {"no rule": 10}


def test_charges_in_words():
    result = ax.backtest(random_prices(), TWO_FUNDS.replace(fee=0.0025, cost_bps=3))
    assert charges(result) == "fee 0.25 % a year, costs 3 bp of each amount bought or sold"


# ---------------------------------------------------------------- the user's own series


def test_read_macro(tmp_path: Path):
    file = tmp_path / "macro.csv"
    file.write_text("Date,VOL,RATE\n2024-01-31,13.5,\n2024-02-29,14,5.25\n", encoding="utf-8")
    table = read_macro(file)
    assert list(table.columns) == ["VOL", "RATE"]
    assert_array_equal(table["VOL"], [13.5, 14.0])
    assert math.isnan(table["RATE"].iloc[0])
    file.write_text("Date,VOL\n2024-01-31,high\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"macro.csv: VOL on 2024-01-31 \(row 2\): expected a number, got the text 'high'"
    ):
        read_macro(file)
