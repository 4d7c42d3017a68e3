"""Nothing after a date may change the weights of that date: not one bit, whatever the table holds later."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import aram_xl as ax
from aram_xl._lockstep import max_return_at_risk_stack
from aram_xl._models import Model

END = "2025-02-28"


def random_prices(count: int, assets: int, seed: int = 21) -> pd.DataFrame:
    """Daily levels with a common factor; columns A0, A1, ... and the benchmark X."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((count, 1)) * 0.005
    own = rng.standard_normal((count, assets + 1)) * rng.uniform(0.001, 0.012, assets + 1)
    returns = common * rng.uniform(0.1, 1.4, assets + 1) + own + 0.0003
    names = [*(f"A{i}" for i in range(assets)), "X"]
    days = pd.bdate_range("2018-01-02", periods=count, name="date")
    return pd.DataFrame(100 * np.cumprod(1 + returns, axis=0), days, names)


def daily_model(assets: int, **changes) -> Model:
    return ax.load_model("active-index-ig").replace(
        universe=[f"A{i}" for i in range(assets)],
        benchmark="X",
        first_signal=None,
        **{"frequency": "D", "window": 60, "minimum_history": 60, **changes},
    )


def shaken(prices: pd.DataFrame, after: pd.Timestamp, seed: int) -> pd.DataFrame:
    """Every level after a date multiplied by a number between 0.5 and 2."""
    later = prices.copy()
    rows = later.index > after
    later.loc[rows] *= np.exp(np.random.default_rng(seed).uniform(-0.7, 0.7, later.loc[rows].shape))
    return later


def everything(result) -> pd.DataFrame:
    """Weights, target, risk and window of every signal, the last one included."""
    weights = pd.concat([result.weights, result.current.to_frame().T])
    return weights.assign(target=result.targets, risk=result.risks, window=result.windows)


def same_up_to(result, whole: pd.DataFrame, date: pd.Timestamp) -> None:
    part = everything(result).loc[:date]
    assert part.index[-1] == date
    assert_array_equal(part.to_numpy(), whole.loc[part.index[0] : date].to_numpy())


@pytest.fixture(scope="module")
def etfs(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True)


@pytest.mark.shared_data
def test_preset_at_each_of_110_signals(etfs):
    """The table cut at the signal, then everything after the signal shaken: same bits at and before the signal."""
    model = ax.load_model("active-index-ig")
    etfs = etfs[[*model.universe, model.benchmark]]
    whole = everything(ax.backtest(etfs, model, start="2015-11-01", end=END))
    signals = whole.index[1:-1]
    assert len(signals) == 110
    assert str(signals[0].date()) == "2015-12-31"
    for i, signal in enumerate(signals):
        cut = ax.backtest(etfs.loc[:signal], model, start="2015-11-01")
        assert cut.current.name == signal
        same_up_to(cut, whole, signal)
        same_up_to(ax.backtest(shaken(etfs, signal, i), model, start="2015-11-01", end=END), whole, signal)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"covariance": "ewma", "expected_returns": "ewma", "half_life": 15.0},
        {"covariance": "ledoit_wolf"},
        {"covariance": "constant_correlation", "upper": 0.3},
        {"expected_returns": "momentum", "rebalance": "W"},
        {"multiplier": 0.4, "fallback": ["previous"], "execution_lag": 1},
        {"window": 8, "minimum_history": 8},
    ],
    ids=["sample", "ewma", "ledoit_wolf", "constant_correlation", "momentum", "previous", "singular"],
)
def test_daily_windows_of_ten_assets(changes):
    prices = random_prices(980, 10)
    model = daily_model(10, **changes)
    whole = everything(ax.backtest(prices, model))
    signals = whole.index[1:-1]
    signals = signals[:: max(1, len(signals) // 40)][:40]
    assert len(signals) >= 39
    for i, signal in enumerate(signals):
        same_up_to(ax.backtest(prices.loc[:signal], model), whole, signal)
        same_up_to(ax.backtest(shaken(prices, signal, i), model), whole, signal)


def test_late_starters_and_holes():
    """Windows of every length and changing sets of assets: groups of one signal among groups of many."""
    prices = random_prices(700, 6)
    prices.iloc[:180, 2] = np.nan
    prices.iloc[:330, 4] = np.nan
    model = daily_model(6, minimum_history=20)
    probe = ax.backtest(prices, model)
    out = [name for name in model.universe if probe.weights.iloc[-8][name] == 0]
    prices.loc[prices.index[prices.index > probe.weights.index[-8]][3], out] = np.nan
    whole = everything(ax.backtest(prices, model))
    assert whole["window"].nunique() >= 4
    for i, signal in enumerate(whole.index[1:-1]):
        same_up_to(ax.backtest(prices.loc[:signal], model), whole, signal)
        same_up_to(ax.backtest(shaken(prices, signal, i), model), whole, signal)


def test_singular_months_elsewhere_in_the_table():
    """Two assets that move as one for a while: their singular systems must not touch the bits of other months."""
    prices = random_prices(700, 5)
    twins = prices.copy()
    twins.iloc[400:520, 1] = twins.iloc[400, 1] / twins.iloc[400, 0] * twins.iloc[400:520, 0]
    twins.iloc[420:500, 2] = twins.iloc[420, 2]
    model = daily_model(5)
    usual, odd = (everything(ax.backtest(table, model)) for table in (prices, twins))
    before = usual.index[usual.index < prices.index[400]]
    assert len(before) >= 14
    assert_array_equal(usual.loc[before].to_numpy(), odd.loc[before].to_numpy())
    for signal in odd.index[1:-1]:
        same_up_to(ax.backtest(twins.loc[:signal], model), odd, signal)


def test_start_does_not_change_later_weights():
    prices = random_prices(500, 4)
    model = daily_model(4, expected_returns="momentum")
    whole = everything(ax.backtest(prices, model))
    for start in whole.index[::4][:4]:
        later = everything(ax.backtest(prices, model, start=start))
        assert later.index[0] == start
        assert_array_equal(later.to_numpy(), whole.loc[start:].to_numpy())


def test_a_day_that_is_no_signal_decides_nothing():
    """Cut in the middle of a month: the weights of the last month-end stand, and an event says so."""
    prices = random_prices(400, 4)
    model = daily_model(4)
    whole = everything(ax.backtest(prices, model))
    signal = whole.index[5]
    cut = ax.backtest(prices.loc[: signal + pd.Timedelta(days=12)], model)
    assert cut.current.name == signal
    same_up_to(cut, whole, signal)
    assert cut.events["kind"].iloc[-1] == "incomplete period"


@pytest.mark.parametrize("size", [1, 2, 6, 30, 31])
def test_each_problem_of_a_stack_depends_on_itself_alone(size):
    """Alone, in pairs, beside an exactly singular problem, in another order: the same bits."""
    rng = np.random.default_rng(size)
    windows = rng.standard_normal((14, 3 * size + 5, size)) * rng.uniform(0.002, 0.03, size)
    windows[:, :, 0] += 0.5 * windows.mean(axis=2)
    if size > 1:
        windows[4, :, 1] = windows[4, :, 0]  # an exactly singular block
        windows[9] = 0.01
    mean = windows.mean(axis=1)
    spread = np.array([np.atleast_2d(np.cov(window, rowvar=False)) for window in windows])
    least = np.sqrt([max(np.diagonal(matrix).min(), 0.0) for matrix in spread])
    targets = least * rng.uniform(0.6, 1.3, 14)
    lower, upper = np.zeros(size), np.full(size, 1.0 if size < 3 else 2.2 / size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        together = max_return_at_risk_stack(mean, spread, targets, lower, upper)
        for part in ([k] for k in range(14)):
            alone = max_return_at_risk_stack(mean[part], spread[part], targets[part], lower, upper)
            assert_array_equal(alone.weights, together.weights[part])
            assert_array_equal(alone.status, together.status[part])
        for part in ([0, 1], [3, 4, 5], [13, 9, 4, 2, 0], list(rng.permutation(14))):
            some = max_return_at_risk_stack(mean[part], spread[part], targets[part], lower, upper)
            assert_array_equal(some.weights, together.weights[part])
            assert_array_equal(some.status, together.status[part])


def test_a_singular_system_leaves_its_neighbours_alone(monkeypatch):
    """The second and third of three assets have one column and both become free: an exactly singular system."""
    rng = np.random.default_rng(8)
    factors = np.array([[2.0, 0.0, 0.0], [-1.0, 1.0, 1.0], [-2.0, -2.0, -2.0]])
    returns = rng.standard_normal((20, 40, 3)) * [0.004, 0.01, 0.03] + [0.001, 0.002, 0.004]
    mean, spread = returns.mean(axis=1), np.array([np.cov(window, rowvar=False) for window in returns])
    mean[7], spread[7] = [0.01, 0.02, -0.02], 1e-4 * (factors.T @ factors)  # equal rows, to the bit
    targets = np.full(20, 0.008)
    targets[7] = 0.005
    lower, upper = np.zeros(3), np.full(3, 0.5)
    solve, singular = np.linalg.solve, []

    def counting(*arguments):
        try:
            return solve(*arguments)
        except np.linalg.LinAlgError:
            singular.append(arguments)
            raise

    monkeypatch.setattr(np.linalg, "solve", counting)
    together = max_return_at_risk_stack(mean, spread, targets, lower, upper)
    assert singular, "this test is about a singular system, and there was none"
    for k in range(20):
        alone = max_return_at_risk_stack(mean[k : k + 1], spread[k : k + 1], targets[k : k + 1], lower, upper)
        assert_array_equal(alone.weights[0], together.weights[k])
