"""Back-tests: the preset against a restatement, hand calculations, rhythms and estimators, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import aram_xl as ax
from aram_xl.errors import InputError, TooShortError
from tests.engine.made_up_markets import MONTH_ENDS, TWO_FUNDS, daily_model, random_prices, table, two_funds
from tests.reference_backtest import account, preset

END = "2025-02-28"


@pytest.fixture(scope="module")
def etfs(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True)


@pytest.fixture(scope="module")
def index(etfs):
    return ax.backtest(etfs, ax.load_model("active-index-ig"), end=END)


# ---------------------------------------------------------------- the preset on real prices


@pytest.mark.shared_data
def test_preset_is_the_optimiser_in_plain_cells_at_every_signal(etfs, index):
    """63 subsets a month, moments with loops. 1e-9 on weights: the inverse of a block of condition 1e4 loses 1e-12."""
    expected = preset(etfs.loc[:END])
    weights = np.vstack([index.weights, index.current])
    assert len(expected) == len(weights) == 111
    assert sum(decision.skipped for decision in expected) == 0
    assert [decision.date for decision in expected] == [*index.weights.index, index.current.name]
    assert_allclose(weights, [decision.weights for decision in expected], rtol=0, atol=1e-9)
    assert_allclose(index.targets, [decision.target for decision in expected], rtol=1e-12)
    assert list(index.windows) == [decision.window for decision in expected]


@pytest.mark.shared_data
def test_preset_earns_what_its_weights_earned(etfs, index):
    month_ends = etfs.loc[:END].groupby([etfs.loc[:END].index.year, etfs.loc[:END].index.month]).tail(1)
    growth = month_ends / month_ends.shift(1) - 1.0
    assert len(index.weights) == len(index.returns) == 110
    for signal, end, weights in zip(index.weights.index, index.returns.index, index.weights.to_numpy(), strict=True):
        assert end == growth.index[growth.index.get_loc(signal) + 1]
        earned = sum(w * growth.loc[end, name] for w, name in zip(weights, index.weights.columns, strict=True))
        assert index.returns[end] == pytest.approx(earned, abs=1e-14)
        assert index.benchmark_returns[end] == pytest.approx(growth.loc[end, "AGG"], abs=1e-15)
    assert_array_equal(index.returns, index.gross_returns)
    assert index.weights.index[0] == pd.Timestamp("2015-12-31")
    assert index.weights.index[-1] == pd.Timestamp("2025-01-31")
    assert index.current.name == pd.Timestamp(END)


@pytest.mark.shared_data
def test_preset_reproduces_the_published_row(index):
    """Nine of the twelve printed figures; what the rule gives for all of them is fixed to 0.05 of their unit."""
    r, b = index.returns.to_numpy(), index.benchmark_returns.to_numpy()
    cumulative = {months: np.prod(1 + r[-months:]) - 1 for months in (1, 2, 12, 36, 60, 110)}
    percent = [100 * cumulative[months] for months in (1, 2, 12, 36, 60, 110)]
    assert_allclose(percent, [-0.13, 0.75, 7.08, 4.91, 2.62, 21.75], rtol=0, atol=0.05)
    assert int((r > 0).sum()) == 73
    beta, beta_12m = (np.cov(x, y)[0, 1] / np.var(y, ddof=1) for x, y in ((r, b), (r[-12:], b[-12:])))
    alpha, alpha_12m = r.mean() - beta * b.mean(), r[-12:].mean() - beta_12m * b[-12:].mean()
    assert_allclose([100 * ((1 + a) ** 12 - 1) for a in (alpha, alpha_12m)], [1.15, 6.93], rtol=0, atol=0.05)
    assert_allclose([beta, beta_12m], [0.63, 0.028], rtol=0, atol=0.05)
    assert np.corrcoef(r[-12:], b[-12:])[0, 1] == pytest.approx(0.08, abs=0.05)
    assert 12 * r[-12:].mean() / (r[-12:].std(ddof=1) * 12**0.5) == pytest.approx(3.26, abs=0.05)


@pytest.mark.shared_data
def test_preset_never_needs_its_ladder_and_meets_each_target(index):
    kinds = set(index.events["kind"])
    assert kinds == {"not binding"}
    binding = ~index.targets.index.isin(index.events["date"])
    assert binding.sum() == 98
    assert_allclose(index.risks[binding], index.targets[binding], rtol=1e-12)
    assert (index.risks[~binding] < index.targets[~binding]).all()


@pytest.mark.shared_data
def test_end_cuts_the_table_first_and_start_is_the_earliest_signal(etfs, index):
    cut = ax.backtest(etfs.loc[:END], index.model)
    assert_array_equal(cut.weights, index.weights)
    assert_array_equal(cut.returns, index.returns)
    later = ax.backtest(etfs, index.model, start="2020-02-03", end="2020-06-29")
    assert list(later.weights.index) == list(pd.to_datetime(["2020-02-28", "2020-03-31", "2020-04-30"]))
    assert later.current.name == pd.Timestamp("2020-05-29")
    assert later.events["kind"].tolist() == ["incomplete period"]
    assert later.events["date"].tolist() == [pd.Timestamp("2020-06-29")]
    assert "no signal there" in later.events["detail"][0]
    assert_array_equal(later.weights, index.weights.loc[later.weights.index])
    for start in (pd.Timestamp("2020-02-03"), np.datetime64("2020-02-03"), pd.Timestamp("2020-02-03").date()):
        assert_array_equal(ax.backtest(etfs, index.model, start=start, end="2020-06-29").weights, later.weights)


@pytest.mark.shared_data
def test_late_starter_joins_with_its_twelfth_return(etfs):
    """LQDH trades from 17 June 2014: month-ends from June 2014, returns from July 2014, twelve of them in June 2015.
    All windows then shrink from 29 returns to 12 and grow again by one a month."""
    model = ax.load_model("active-index-ig")
    result = ax.backtest(etfs, model, start="2015-01-01", end="2016-01-29")
    assert list(zip(result.events["date"].astype(str), result.events["kind"], strict=True)) == [
        ("2015-01-30", "not admitted"),
        ("2015-06-30", "admitted"),
        ("2015-06-30", "shorter window"),
    ]
    assert result.events["detail"].tolist() == [
        "out: LQDH (7 returns)",
        "all in",
        "12 of 48 returns, 29 at the signal before",
    ]
    assert list(result.windows) == [25, 26, 27, 28, 29, 12, 13, 14, 15, 16, 17, 18, 19]
    assert (result.weights["LQDH"].iloc[:5] == 0).all()
    decisions = preset(etfs.loc[:"2016-01-29"], first="2015-01-01")
    assert_allclose(
        np.vstack([result.weights, result.current]), [decision.weights for decision in decisions], rtol=0, atol=1e-9
    )


@pytest.mark.shared_data
def test_policy_drop_asset_waits_for_whole_windows(etfs):
    """Returns from January 2013: 48 of them in December 2016; LQDH has 48 in June 2018."""
    model = ax.load_model("active-index-ig").replace(missing="drop_asset")
    result = ax.backtest(etfs, model, end=END)
    assert result.weights.index[0] == pd.Timestamp("2016-12-30")
    assert (result.windows == 48).all()
    skipped = result.events[result.events["kind"] == "skipped"]
    assert len(skipped) == 12
    assert skipped["detail"].iloc[0] == "not enough history: 36 returns of AGG, 48 needed"
    changes = result.events[result.events["kind"].isin(["admitted", "not admitted"])]
    assert changes["date"].astype(str).tolist() == ["2016-12-30", "2018-06-29"]
    alone = model.replace(universe=[name for name in model.universe if name != "LQDH"])
    without = ax.backtest(etfs, alone, end="2018-05-31")
    assert_array_equal(result.weights.loc[:"2018-04-30"].drop(columns="LQDH"), without.weights)


@pytest.mark.shared_data
def test_policy_reject_names_the_asset_and_the_date(etfs):
    model = ax.load_model("active-index-ig").replace(missing="reject")
    with pytest.raises(TooShortError, match=r"expected 48 returns of every asset at 2016-12-30, got LQDH 30; choose"):
        ax.backtest(etfs, model, end=END)
    late = ax.backtest(etfs, model, start="2018-06-01", end=END)
    assert late.weights.index[0] == pd.Timestamp("2018-06-29")


@pytest.mark.shared_data
def test_trading_days_are_the_rows_with_a_benchmark_price(etfs):
    """Without a price of AGG on 30 and 31 October 2023 the month ends on the 27th, prices of the others or not."""
    model = ax.load_model("active-index-ig")
    holes = etfs.copy()
    holes.loc["2023-10-30":"2023-10-31", "AGG"] = np.nan
    found = ax.backtest(holes, model, end=END)
    assert pd.Timestamp("2023-10-27") in found.weights.index
    without = ax.backtest(etfs.drop(etfs.loc["2023-10-30":"2023-10-31"].index), model, end=END)
    assert_array_equal(found.weights, without.weights)
    assert_array_equal(found.returns, without.returns)


@pytest.mark.shared_data
@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("waived", [False, True])
def test_account_of_units_day_by_day(etfs, lag, waived):
    """Costs, fee, drift and lag from a book of units kept day by day. 1e-12: 110 months of 21 roundings each."""
    changes = {"cost_bps": 12.5, "fee": 0.0075, "execution_lag": lag, "charge_first_purchase": not waived}
    model = ax.load_model("active-index-ig").replace(**changes)
    result = ax.backtest(etfs, model, end=END)
    days = etfs.loc[:END, list(model.universe)]
    signals = [days.index.get_loc(day) for day in result.targets.index]
    kept = account(
        days.to_numpy(),
        signals,
        result.weights.to_numpy(),
        cost_bps=12.5,
        fee_per_period=1 - 0.9925 ** (1 / 12),
        execution_lag=lag,
        charge_first_purchase=not waived,
    )
    agrees(result, kept)


def agrees(result, kept) -> None:
    """1e-12: some hundred periods, each with some tens of roundings of 1e-16."""
    assert_allclose(result.gross_returns, kept.gross, rtol=0, atol=1e-12)
    assert_allclose(result.returns, kept.net, rtol=0, atol=1e-12)
    assert_allclose(result.turnover, kept.turnover, rtol=0, atol=1e-12)
    assert_allclose(result.costs, kept.cost, rtol=0, atol=1e-12)


# ---------------------------------------------------------------- hand calculations


def test_three_months_by_hand():
    """Fee 6 % a year, cost 50 basis points of each amount traded.

    March: A earned more in February and March, so 60 % A, 40 % B. First purchase: sum|trade| = 1, turnover 0.5.
    April: 0.6 x 10 % - 0.4 x 10 % = 2 %. Drifted A = 0.66/1.02 = 64.706 %. A (10, 10) beats B (0, -10), so back to
    60 %: sum|trade| = 2 x 0.047059 = 0.094118.
    May: -0.6 x 20 % + 0.4 x 50 % = 8 %. Drifted A = 0.48/1.08 = 44.444 %. A (10, -20) loses to B (-10, 50), so 40 %:
    sum|trade| = 2 x 0.044444 = 0.088889.
    June: 0.4 x 0 % + 0.6 x 5 % = 3 %; the weights at the end of June are again 40 and 60 %.
    """
    model = TWO_FUNDS.replace(fee=0.06, cost_bps=50)
    result = ax.backtest(two_funds(), model)
    fee = 0.94 ** (1 / 12)
    assert list(result.weights.index) == list(pd.to_datetime(MONTH_ENDS[2:5]))
    assert list(result.returns.index) == list(pd.to_datetime(MONTH_ENDS[3:]))
    assert_allclose(result.weights, [[0.6, 0.4], [0.6, 0.4], [0.4, 0.6]], rtol=0, atol=1e-15)
    assert_allclose(result.current, [0.4, 0.6], rtol=0, atol=1e-15)
    assert result.current.name == pd.Timestamp("2024-06-28")
    assert_allclose(result.gross_returns, [0.02, 0.08, 0.03], rtol=0, atol=1e-15)
    traded = np.array([1.0, 2 * (0.66 / 1.02 - 0.6), 2 * (0.48 / 1.08 - 0.4)])
    assert_allclose(traded, [1.0, 0.094118, 0.088889], rtol=0, atol=5e-7)
    assert_allclose(result.turnover, traded / 2, rtol=0, atol=1e-15)
    assert_allclose(result.costs, 0.005 * traded, rtol=0, atol=1e-17)
    net = [(1 - 0.005 * t) * fee * g - 1 for t, g in zip(traded, (1.02, 1.08, 1.03), strict=True)]
    assert_allclose(result.returns, net, rtol=0, atol=1e-15)
    assert_allclose(result.benchmark_returns, [0.2, -0.2, 0.2], rtol=0, atol=1e-15)
    assert result.events["kind"].tolist() == ["skipped"] * 2 + ["not binding"] * 4
    assert result.events["detail"][0] == "not enough history: 0 returns of X, 2 needed"
    assert result.label.startswith("Hypothetical")


def test_targets_by_hand():
    """The benchmark's last two returns are always 20 and -20 per cent: mean 0, stdev sqrt(0.08), times 100."""
    result = ax.backtest(two_funds(), TWO_FUNDS)
    assert_allclose(result.targets, 100 * 0.08**0.5, rtol=1e-14)
    assert list(result.windows) == [2, 2, 2, 2]
    variance_of_a_and_b = 0.6**2 * 0.0 + 0.4**2 * (0.1**2 / 2)  # April: A 10, 10; B 0, -10
    assert result.risks.iloc[1] == pytest.approx(variance_of_a_and_b**0.5, abs=1e-15)


def test_first_purchase_can_be_waived():
    charged = ax.backtest(two_funds(), TWO_FUNDS.replace(cost_bps=50))
    waived = ax.backtest(two_funds(), TWO_FUNDS.replace(cost_bps=50, charge_first_purchase=False))
    assert_allclose(charged.costs.iloc[0], 0.005, rtol=1e-12)
    assert waived.costs.iloc[0] == 0.0
    assert_allclose(waived.returns.iloc[0], 0.02, rtol=0, atol=1e-15)
    assert_array_equal(waived.returns.iloc[1:], charged.returns.iloc[1:])
    assert_array_equal(waived.turnover, charged.turnover)


def test_execution_one_day_later_by_hand():
    """Signals on 28 March, 30 April and 31 May, trades on 1 April and 1 May.

    Until 1 April cash: what A and B do that day is not earned. To 30 April A +10 %, B -10 %: 2 %, drifted to
    0.66/1.02 and 0.36/1.02. On 1 May A +10 %, B 0: 0.726 and 0.36, together 1.086/1.02 of what it was; only then 60 %
    and 40 %, sum|trade| = 2 x (0.726/1.086 - 0.6). To 31 May A -10 %: -6 %. May in all: 1.086/1.02 x 0.94 - 1.
    """
    prices = table(
        ["2024-01-31", "2024-02-29", "2024-03-28", "2024-04-01", "2024-04-30", "2024-05-01", "2024-05-31"],
        A=[100, 110, 121, 242, 242 * 1.1, 242 * 1.21, 242 * 1.21 * 0.9],
        B=[100, 100, 100, 50, 45, 45, 45],
        X=[100, 120, 96, 96, 120, 120, 96],
    )
    result = ax.backtest(prices, TWO_FUNDS.replace(execution_lag=1, cost_bps=10))
    assert_allclose(result.weights, [[0.6, 0.4], [0.6, 0.4]], rtol=0, atol=1e-15)
    assert_allclose(result.gross_returns, [0.02, 1.086 / 1.02 * 0.94 - 1], rtol=0, atol=1e-14)
    traded = 2 * (0.726 / 1.086 - 0.6)
    assert_allclose(result.turnover, [0.5, traded / 2], rtol=0, atol=1e-14)
    assert_allclose(
        result.returns, [0.999 * 1.02 - 1, (1 - 0.001 * traded) * 1.086 / 1.02 * 0.94 - 1], rtol=0, atol=1e-14
    )
    assert_array_equal(result.benchmark_returns, ax.backtest(prices, TWO_FUNDS).benchmark_returns)


# ---------------------------------------------------------------- other rhythms and estimators


@pytest.mark.parametrize(
    "changes",
    [
        {"rebalance": "W"},
        {"rebalance": "W", "execution_lag": 1, "cost_bps": 5.0, "fee": 0.01},
        {"rebalance": "D", "execution_lag": 1, "cost_bps": 1.0},
        {"rebalance": "Q", "frequency": "W", "window": 26, "minimum_history": 26},
        {"rebalance": "M", "frequency": "Q", "window": 6, "minimum_history": 4},
        {"rebalance": "W", "frequency": "M", "window": 12, "minimum_history": 12},
    ],
)
def test_other_rhythms_against_moments_and_account(changes):
    """Weights from the public estimators and solver, one date at a time; the account from a book of units."""
    model = daily_model(5, **changes)
    prices = random_prices(700, 5)
    result = ax.backtest(prices, model)
    periods = {"W": "W-SUN", "M": "M", "Q": "Q-DEC"}
    for signal in result.targets.index[:: max(1, len(result.targets) // 25)]:
        known = prices.loc[:signal]
        if model.frequency != "D":
            of = known.index.to_period(periods[model.frequency])
            last = known.groupby(of).tail(1)
            complete = signal in prices.groupby(prices.index.to_period(periods[model.frequency])).tail(1).index
            known = last if complete else last.iloc[:-1]
        returns = (known / known.shift(1) - 1).iloc[1:].tail(model.window)
        target = returns["X"].std(ddof=1)
        assets = returns.drop(columns="X").to_numpy()
        mean, spread = ax.expected_returns(assets), ax.covariance(assets)
        best = ax.max_return_at_risk(mean, spread, max(target, ax.min_risk(spread).risk))
        weights = pd.concat([result.weights, result.current.to_frame().T]).loc[signal]
        assert_allclose(weights, best.weights, rtol=0, atol=1e-9)
        assert result.targets[signal] == pytest.approx(target, rel=1e-12)
    signals = [prices.index.get_loc(day) for day in result.targets.index]
    per_year = {"D": 252, "W": 52, "M": 12, "Q": 4}[model.rebalance]
    kept = account(
        prices.drop(columns="X").to_numpy(),
        signals,
        result.weights.to_numpy(),
        cost_bps=model.cost_bps,
        fee_per_period=1 - (1 - model.fee) ** (1 / per_year),
        execution_lag=model.execution_lag,
    )
    agrees(result, kept)


@pytest.mark.parametrize(
    "changes",
    [
        {"covariance": "ewma", "half_life": 20.0},
        {"expected_returns": "ewma", "half_life": 20.0},
        {"expected_returns": "ewma", "covariance": "ewma", "half_life": 20.0},
        {"covariance": "ledoit_wolf"},
        {"covariance": "constant_correlation"},
        {"expected_returns": "momentum"},
    ],
)
def test_every_estimator_reaches_the_back_test(changes):
    model = daily_model(4, fallback=("min_risk",), **changes)
    prices = random_prices(300, 4)
    result = ax.backtest(prices, model)
    returns = (prices / prices.shift(1) - 1).loc[: result.current.name].tail(60)
    assets = returns.drop(columns="X").to_numpy()
    mean = ax.expected_returns(assets, model.expected_returns, 20.0 if model.expected_returns == "ewma" else None)
    spread = ax.covariance(assets, model.covariance, 20.0 if model.covariance == "ewma" else None)
    best = ax.max_return_at_risk(mean, spread, max(returns["X"].std(ddof=1), ax.min_risk(spread).risk))
    assert_allclose(result.current, best.weights, rtol=0, atol=1e-9)


# ---------------------------------------------------------------- shape and refusals


def test_result_lines_up():
    result = ax.backtest(random_prices(400, 3), daily_model(3))
    count = len(result.weights)
    assert len(result.returns) == len(result.turnover) == len(result.costs) == count
    assert len(result.targets) == len(result.risks) == len(result.windows) == count + 1
    assert list(result.returns.index) == list(result.targets.index[1:])
    assert_allclose(result.weights.sum(axis=1), 1.0, rtol=0, atol=1e-14)
    assert list(result.events.columns) == ["date", "kind", "detail"]
    assert result.events["date"].is_monotonic_increasing
    assert result.returns.name == result.model.name


def test_no_event_is_an_empty_table_with_its_columns():
    """Cash makes every target reachable; beside assets that rise, a tenth of the benchmark's risk always binds."""
    prices = random_prices(300, 3).assign(A0=100.0)
    prices["A1"] *= np.exp(0.003 * np.arange(300))
    result = ax.backtest(prices, daily_model(3, multiplier=0.1), start="2012-06-01", end="2013-01-31")
    assert len(result.weights) == 7
    assert result.events.empty
    assert list(result.events.columns) == ["date", "kind", "detail"]
    assert str(result.events["date"].dtype).startswith("datetime64")


def test_input_is_left_alone_and_other_columns_do_not_matter():
    prices = random_prices(300, 3)
    copy = prices.copy()
    result = ax.backtest(prices, daily_model(3))
    pd.testing.assert_frame_equal(prices, copy)
    shuffled = prices[["X", "A2", "A0", "A1"]].assign(unused="text")
    assert_array_equal(ax.backtest(shuffled, daily_model(3)).weights, result.weights)


def refused(prices, match, model=TWO_FUNDS, error=InputError, **dates):
    with pytest.raises(error, match=match):
        ax.backtest(prices, model, **dates)


def test_refuses_tables_it_cannot_read():
    good = two_funds()
    refused(good.to_numpy(), "prices: expected a DataFrame of levels with dates as rows and tickers as columns")
    refused(good["A"], "prices: expected a DataFrame of levels")
    refused(good.iloc[:0], "prices: expected rows of levels, got an empty table")
    refused(good.reset_index(drop=True), "prices: expected dates as row labels, got int 0")
    refused(good.iloc[::-1], "prices: expected ascending dates without duplicates; sort the table by date")
    refused(good.iloc[[0, 0, 1, 2, 3]], "prices: expected ascending dates without duplicates")
    refused(good.assign(A=["a"] * 6), "prices: expected numbers only, got something else in column A")
    refused(pd.concat([good, good[["B"]]], axis=1), "prices: expected each ticker in one column, got B more than once")


def test_refuses_missing_columns_and_never_swaps_a_ticker(shared):
    good = two_funds()
    refused(good.drop(columns="X"), "prices: expected a column X, the benchmark of two-funds, got A, B$")
    refused(good.drop(columns="B"), "got no column B; supply it, or choose another universe - no asset is ever swapped")
    refused(good.rename(columns={"A": 1}), "got no column A; supply it")
    etfs = pd.read_csv(shared / "data" / "etf_adj_close_month_end.csv", index_col=0, parse_dates=True)
    preset = ax.load_model("active-index-ig")
    refused(etfs.drop(columns="LQDH"), "expected the assets of active-index-ig, got no column LQDH; supply", preset)
    refused(etfs.drop(columns="AGG"), "expected a column AGG, the benchmark of active-.*, got BND, .* 32 more", preset)


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0"), (-5.0, "-5"), (np.inf, "inf")])
def test_refuses_levels_that_are_not_positive(value, shown):
    prices = two_funds()
    prices.loc["2024-03-28", "B"] = value
    refused(prices, f"prices: expected positive levels, got {shown} for B on 2024-03-28")


def test_refuses_dates_that_leave_nothing():
    good = two_funds()
    late, end = TWO_FUNDS.replace(first_signal="2024-05-01"), "2024-04-30"
    refused(good, rf"end: expected a date after the first signal \(2024-05-01\), got prices up to {end}", late, end=end)
    refused(good, "end: expected a date after the first signal", start="2030-01-01")
    refused(good, "prices: expected prices of X up to 2020-01-01, got none; choose a later end", end="2020-01-01")
    refused(good, "end: expected a date such as 2025-02-28, got 'soon'", end="soon")
    refused(good, "start: expected a date such as 2025-02-28, got 20250228", start=20250228)
    refused(good.assign(X=np.nan), "prices: expected prices of X, got none")


def test_refuses_too_few_rows():
    good = two_funds()
    for rows in (1, 2, 3):
        message = f"prices: expected at least two signal dates of two-funds, got {max(rows - 2, 0)} in prices from 2024"
        refused(good.iloc[:rows], message, error=TooShortError)
    refused(good.iloc[:2], "got 0 .*not enough history: 1 returns of X, 2 needed", error=TooShortError)
    within_a_month = table(["2024-01-03", "2024-01-04"], A=[1, 2], B=[1, 2], X=[1, 2])
    refused(within_a_month, "expected at least two signal dates of two-funds, got 0", error=TooShortError)
    weekly = TWO_FUNDS.replace(rebalance="W")
    two_weeks = table(["2024-01-05", "2024-01-12"], A=[1, 2], B=[1, 2], X=[1, 2])
    refused(two_weeks, "expected at least two signal dates of two-funds, got 0", weekly, TooShortError)
