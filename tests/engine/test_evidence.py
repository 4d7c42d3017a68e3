"""Evidence tables, each figure from a hand calculation or a slow plain restatement on tiny data."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import aram_xl as ax
from aram_xl import evidence
from aram_xl._evidence_forecasts import _forecasts, rank_correlation
from aram_xl.errors import InputError, TooShortError
from tests.engine.one_fund import one_fund

CLASSES = {"A": "bonds", "B": "bonds", "C": "bonds", "D": "shares"}

ONE_FUND = one_fund(3)


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    """A year and a half of weekdays; four funds with a common factor, whose volatility doubles half way."""
    rng = np.random.default_rng(11)
    index = pd.bdate_range("2022-01-03", "2023-06-30", name="date")
    common = rng.standard_normal((len(index), 1)) * np.where(np.arange(len(index)) < 200, 0.004, 0.008)[:, None]
    moves = common * [0.5, 1.0, 1.5, 2.0, 1.0] + rng.standard_normal((len(index), 5)) * [
        0.001,
        0.002,
        0.002,
        0.01,
        0.001,
    ]
    return pd.DataFrame(100 * np.cumprod(1 + moves, axis=0), index, [*"ABCD", "X"])


def last_days(index: pd.DatetimeIndex, months: int) -> list[int]:
    """Rows of the last day of each calendar month, or of each quarter; the table ends with a whole one."""
    number = [(day.year * 12 + day.month - 1) // months for day in index]
    return [i for i in range(len(index)) if i + 1 == len(index) or number[i + 1] != number[i]]


def changes(levels: list[float]) -> list[float]:
    return [after / before - 1 for before, after in itertools.pairwise(levels)]


def cov(x: list[float], y: list[float]) -> float:
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    return math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / (len(x) - 1)


def restated(prices: pd.DataFrame, names: list[str], window: int, months: int) -> list[tuple[np.ndarray, ...]]:
    """For each period: covariances of the past window, of all the past, and of the days that followed, a month."""
    ends, signals = last_days(prices.index, 1), last_days(prices.index, months)
    columns = {name: prices[name].tolist() for name in names}
    monthly = {name: changes([column[row] for row in ends]) for name, column in columns.items()}
    found = []
    for start, end in itertools.pairwise(signals):
        known = ends.index(start)
        if known < window:
            continue
        past = {name: values[:known] for name, values in monthly.items()}
        after = {name: changes(column[start : end + 1]) for name, column in columns.items()}
        found.append(
            tuple(
                np.array([[scale * cov(part[a][-last:], part[b][-last:]) for b in names] for a in names])
                for part, last, scale in ((past, window, 1), (past, known, 1), (after, len(after[names[0]]), 21))
            )
        )
    return found


def ranks(values: list[float]) -> list[float]:
    """The smallest is 1; equals share the mean of their places."""
    return [statistics.fmean(i + 1 for i, x in enumerate(sorted(values)) if x == value) for value in values]


def spearman(x: list[float], y: list[float]) -> float:
    return statistics.correlation(ranks(list(x)), ranks(list(y)))


def qlike(realised: float, forecast: float) -> float:
    return realised / forecast - math.log(realised / forecast) - 1


def error(values: list[float]) -> float:
    return statistics.stdev(values) / math.sqrt(len(values))


def test_rank_correlation_by_hand():
    """1, 2, 3, 4 against 1, 3, 2, 4: differences 0, 1, 1, 0, so 1 - 6 x 2 / (4 x 15) = 0.8. With a tie: ranks 1.5, 1.5,
    3 against 1, 2, 3: products of deviations 0.75 x ... = 1.5, squares 1.5 and 2, so 1.5 / sqrt(3)."""
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([10.0, 30, 20, 40])) == pytest.approx(0.8)
    assert rank_correlation(np.array([5.0, 5, 7]), np.array([1.0, 2, 3])) == pytest.approx(1.5 / math.sqrt(3))
    assert math.isnan(rank_correlation(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])))
    assert math.isnan(rank_correlation(np.array([1.0, 2]), np.array([1.0, 2])))


@pytest.mark.parametrize(("horizon", "months"), [("M", 1), ("Q", 3)])
def test_volatility_forecasts_restated(prices, horizon, months):
    """1e-9: quotients of sums of some ten numbers."""
    table = evidence.volatility_forecasts(prices, CLASSES, 4, horizon)
    found = restated(prices, list(CLASSES), 4, months)
    assert list(table.index) == ["bonds", "shares"]
    assert list(table["n"]) == [len(found)] * 2
    assert len(found) == (13 if horizon == "M" else 4)
    for label, members in (("bonds", [0, 1, 2]), ("shares", [3])):
        row = table.loc[label]
        past, naive, realised = (
            [[part[j, j] for j in members] for part in parts] for parts in zip(*found, strict=True)
        )
        through = [spearman([f[j] for f in past], [v[j] for v in realised]) for j in range(len(members))]
        own = [statistics.fmean(map(qlike, v, f)) for v, f in zip(realised, past, strict=True)]
        rival = [statistics.fmean(map(qlike, v, f)) for v, f in zip(realised, naive, strict=True)]
        gains = [b - a for a, b in zip(own, rival, strict=True)]
        rank = statistics.fmean(through)
        expected = {
            "rank": rank,
            "rank_se": math.sqrt((1 - rank**2) / (len(found) - 2)),
            "qlike": statistics.fmean(own),
            "qlike_naive": statistics.fmean(rival),
            "gain": statistics.fmean(gains),
            "gain_se": error(gains),
            "level": math.sqrt(sum(map(sum, realised)) / sum(map(sum, past))),
        }
        assert_allclose([row[key] for key in expected], list(expected.values()), rtol=1e-9)
    across = [spearman(np.diag(f)[:3], np.diag(v)[:3]) for f, _, v in found]
    assert table.loc["bonds", "rank_across"] == pytest.approx(statistics.fmean(across), abs=1e-12)
    assert math.isnan(table.loc["shares", "rank_across"])


def test_covariance_forecasts_restated(prices):
    table = evidence.covariance_forecasts(prices, CLASSES, 5, "M")
    found = [tuple(part[:3, :3] for part in parts) for parts in restated(prices, list(CLASSES), 5, 1)]
    assert list(table.index) == ["bonds", evidence.BETWEEN]
    row = table.loc["bonds"]
    pairs = [(0, 1), (0, 2), (1, 2)]
    through = [spearman([f[p] for f, _, _ in found], [v[p] for _, _, v in found]) for p in pairs]
    across = [spearman([f[p] for p in pairs], [v[p] for p in pairs]) for f, _, v in found]

    def loss(v: np.ndarray, f: np.ndarray) -> float:
        return float(np.trace(np.linalg.inv(f) @ v) + math.log(np.linalg.det(f)))

    gains = [(loss(v, naive) - loss(v, f)) / 3 for f, naive, v in found]
    assert (row["pairs"], row["n"]) == (3, 12)
    expected = [
        statistics.fmean(through),
        statistics.fmean(across),
        error(across),
        statistics.fmean(gains),
        error(gains),
    ]
    assert_allclose(row[["rank", "rank_across", "rank_across_se", "gain", "gain_se"]], expected, rtol=1e-6)
    assert table.loc[evidence.BETWEEN, "pairs"] == 1


def test_classes_are_their_funds_in_equal_parts(prices):
    """Realised covariance of bonds and shares in the first period: mean daily return of the three funds, D."""
    ends = last_days(prices.index, 1)
    returns = prices[list("ABCD")].pct_change().iloc[ends[5] + 1 : ends[6] + 1]
    bonds, shares = returns[list("ABC")].mean(axis=1).tolist(), returns["D"].tolist()
    found = _forecasts(prices, list("ABCD"), 5, "M", [[0, 1, 2], [3]])
    assert found.realised[0, 0, 1] == pytest.approx(21 * cov(bonds, shares), rel=1e-9)
    monthly = prices[list("ABCD")].iloc[ends[:6]].pct_change().iloc[1:]
    past = cov(monthly[list("ABC")].mean(axis=1).tolist(), monthly["D"].tolist())
    assert found.past[0, 0, 1] == found.naive[0, 0, 1] == pytest.approx(past, rel=1e-9)


def test_forecasts_that_are_refused(prices):
    few = prices.iloc[:80]
    holes = prices.copy()
    holes.iloc[40, 1] = np.nan
    monthly = prices.iloc[last_days(prices.index, 1)]
    for table, window, horizon, match in (
        (prices, 4, "W", "horizon: expected M or Q, got 'W'"),
        (prices.drop(columns="C"), 4, "M", "prices: expected columns of all tickers, got no C"),
        (holes, 4, "M", "prices: expected a price on every day, got none of B on 2022-02-28; leave the ticker out"),
        (monthly, 4, "M", "prices: expected daily rows, from which realised risk is measured"),
    ):
        with pytest.raises(InputError, match=match):
            evidence.volatility_forecasts(table, CLASSES, window, horizon)
    with pytest.raises(TooShortError, match="expected at least 3 periods after 4 months"):
        evidence.volatility_forecasts(few, CLASSES, 4, "M")
    with pytest.raises(InputError, match="window: expected more than the 3 series of a covariance, got 3"):
        evidence.covariance_forecasts(prices, CLASSES, 3, "M")


# ---------------------------------------------------------------- risk decay


def test_risk_decay_of_one_fund_by_hand(prices):
    """One fund, weight 1 at any age: realised risk of a month is the same for all ages, ex-ante that of the decision.

    Restated with lists; weights of age 4 first meet the fourth period."""
    result = ax.backtest(prices, ONE_FUND)
    table = evidence.risk_decay(result, prices, ages=(1, 4))
    ends = last_days(prices.index, 1)
    levels = prices["A"].tolist()
    monthly = changes([levels[row] for row in ends])
    ex_ante = {i: statistics.stdev(monthly[i - 3 : i]) for i in range(3, len(ends))}
    signals = [ends.index(prices.index.get_loc(day)) for day in result.targets.index]
    assert_allclose(result.risks, [ex_ante[i] for i in signals], rtol=1e-10)
    gaps: dict[int, list[float]] = {1: [], 4: []}
    squares: dict[int, list[tuple[float, float]]] = {1: [], 4: []}
    for before, end in list(itertools.pairwise(signals))[3:]:
        realised = statistics.stdev(changes(levels[ends[before] : ends[end] + 1])) * math.sqrt(21)
        for age in (1, 4):
            expected = ex_ante[end - age]
            gaps[age].append(abs(math.log(realised / expected)))
            squares[age].append((realised**2, expected**2))
    assert list(table["n"]) == [len(gaps[1])] * 2
    assert_allclose(table["gap"], [statistics.fmean(gaps[age]) for age in (1, 4)], rtol=1e-9)
    assert_allclose(table["gap_se"], [error(gaps[age]) for age in (1, 4)], rtol=1e-9)
    wider = [b - a for a, b in zip(gaps[1], gaps[4], strict=True)]
    assert_allclose(table["widening"], [0, statistics.fmean(wider)], rtol=1e-9, atol=1e-15)
    assert_allclose(table["widening_se"], [0, error(wider)], rtol=1e-9, atol=1e-15)
    ratios = [math.sqrt(sum(a for a, _ in squares[age]) / sum(b for _, b in squares[age])) for age in (1, 4)]
    assert_allclose(table["ratio"], ratios, rtol=1e-9)


def test_old_weights_drift_without_a_trade(prices):
    """Two funds at 60 and 40 per cent: units bought at the decision, valued day by day in the last period."""
    model = ONE_FUND.replace(universe=("A", "D"), lower=0.4, upper=0.6, multiplier=100.0)
    result = ax.backtest(prices, model)
    ages = (len(result.weights) - 1,)
    realised, ex_ante = evidence._aged(result, prices, ages)
    assert realised.shape == (2, 1)
    bought, start, end = result.targets.index[[1, -2, -1]]
    units = result.weights.loc[bought] / prices.loc[bought, ["A", "D"]]
    value = (prices.loc[start:end, ["A", "D"]] * units).sum(axis=1)
    assert realised[-1, 0] == pytest.approx(statistics.stdev(changes(value.tolist())) * math.sqrt(21), rel=1e-9)
    assert ex_ante[-1, 0] == result.risks.iloc[1]


@pytest.mark.parametrize("ages", [(), (0, 1), (3, 3), (6, 3)])
def test_ages_that_are_none(prices, ages):
    with pytest.raises(InputError, match="ages: expected ascending whole numbers from 1, got"):
        evidence.risk_decay(ax.backtest(prices, ONE_FUND), prices, ages)


def test_too_short_for_an_age(prices):
    with pytest.raises(TooShortError, match="at least two periods with weights of every age up to 60, got 0"):
        evidence.risk_decay(ax.backtest(prices, ONE_FUND), prices, (1, 60))


# ---------------------------------------------------------------- alpha


def test_alpha_by_hand():
    """Benchmark -1, 0, 1 %, returns 0, 1, 4 %: beta = (0 + 4) / 2 = 2, intercept 5/3 %. Residuals 1/3, -2/3, 1/3, so
    s^2 = (6/9) / 1 and the error of the intercept is sqrt(6/9 x (1/3 + 0)) = sqrt(2)/3 %."""
    index = pd.date_range("2024-01-31", periods=3, freq="ME")
    table = evidence.alpha_by_period(
        pd.Series([0.0, 0.01, 0.04], index), pd.Series([-0.01, 0.0, 0.01], index), 12, parts=1
    )
    (row,) = table.to_dict("records")
    a = 0.05 / 3
    assert row["alpha"] == pytest.approx((1 + a) ** 12 - 1, rel=1e-12)
    assert row["beta"] == pytest.approx(2.0, rel=1e-12)
    assert row["t"] == pytest.approx(a / (math.sqrt(2) / 300), rel=1e-12)
    assert row["se"] == pytest.approx(12 * (1 + a) ** 11 * math.sqrt(2) / 300, rel=1e-12)
    assert (row["start"], row["end"], row["n"]) == (index[0], index[-1], 3)


def test_alpha_of_sub_periods_against_the_normal_equations():
    """(X'X)^-1 X'y and s^2 (X'X)^-1 for each third; 11 months split 3, 4, 4."""
    rng = np.random.default_rng(3)
    index = pd.date_range("2024-01-31", periods=11, freq="ME")
    market = pd.Series(rng.standard_normal(11) * 0.02, index)
    returns = pd.Series(0.004 + 0.7 * market + rng.standard_normal(11) * 0.01, index)
    table = evidence.alpha_by_period(returns, market, 12)
    assert list(table["n"]) == [3, 4, 4, 11]
    for row, part in zip(table.to_dict("records"), (slice(0, 3), slice(3, 7), slice(7, 11), slice(0, 11)), strict=True):
        x = np.column_stack([np.ones(row["n"]), market.iloc[part]])
        y = returns.iloc[part].to_numpy()
        inverse = np.linalg.inv(x.T @ x)
        a, b = inverse @ x.T @ y
        left = y - x @ [a, b]
        spread = math.sqrt(left @ left / (row["n"] - 2) * inverse[0, 0])
        assert_allclose([row["alpha"], row["beta"], row["t"]], [(1 + a) ** 12 - 1, b, a / spread], rtol=1e-9)
    with pytest.raises(TooShortError, match="returns: expected at least three for each of 4 sub-periods, got 11"):
        evidence.alpha_by_period(returns, market, 12, parts=4)


def test_alpha_against_the_statistics_of_the_package(prices):
    result = ax.backtest(prices, ONE_FUND)
    table = evidence.alpha_by_period(result.returns, result.benchmark_returns, 12, parts=1)
    assert table["alpha"].iloc[0] == pytest.approx(ax.statistics(result.returns, result.benchmark_returns).alpha)


def test_persistence_by_hand():
    """Ranks 1 2 3 4, then 2 1 4 3: differences 1 1 1 1, so 1 - 6 x 4 / 60 = 0.6; then 3 4 1 2 of 2 1 4 3: differences
    1 3 3 1, so 1 - 6 x 20 / 60 = -1."""
    alphas = pd.DataFrame({"early": [1.0, 2, 3, 4], "middle": [20.0, 10, 40, 30], "late": [0.3, 0.4, 0.1, 0.2]})
    table = evidence.alpha_persistence(alphas)
    assert_allclose(table["rank"], [0.6, -1.0], rtol=1e-12)
    assert list(table["from"]) == ["early", "middle"]
    assert_allclose(table["se"], 1 / math.sqrt(3))
    with pytest.raises(TooShortError, match="alphas: expected two sub-periods of three models at least"):
        evidence.alpha_persistence(alphas.iloc[:2])


# ---------------------------------------------------------------- sensitivity


def test_sensitivity_is_the_back_test_of_the_changed_card(prices):
    """The fee by hand: every month is 0.98^(1/12) times what it was."""
    model = ONE_FUND.replace(universe=("A", "D"), lower=0.4, upper=0.6, multiplier=100.0, cost_bps=10)
    table = evidence.sensitivity(
        prices, model, {"card": {}, "dear": {"cost_bps": 100.0}, "fee": {"fee": 0.02}, "late": {"execution_lag": 1}}
    )
    plain = ax.backtest(prices, model)
    months = len(plain.returns)
    growth = float(np.prod(1 + plain.returns))
    assert table.loc["card", "cumulative"] == pytest.approx(growth - 1, rel=1e-12)
    assert table.loc["card", "return"] == pytest.approx(growth ** (12 / months) - 1, rel=1e-12)
    assert table.loc["card", "volatility"] == pytest.approx(statistics.stdev(plain.returns) * math.sqrt(12), rel=1e-12)
    assert table.loc["card", "turnover"] == pytest.approx(12 * statistics.fmean(plain.turnover), rel=1e-12)
    assert table.loc["card", "cost"] == pytest.approx(0.001 * 2 * table.loc["card", "turnover"], rel=1e-12)
    assert table.loc["dear", "cost"] == pytest.approx(10 * table.loc["card", "cost"], rel=1e-12)
    assert 1 + table.loc["fee", "cumulative"] == pytest.approx(growth * 0.98 ** (months / 12), rel=1e-12)
    late = ax.backtest(prices, model.replace(execution_lag=1))
    assert 1 + table.loc["late", "cumulative"] == pytest.approx(float(np.prod(1 + late.returns)), rel=1e-12)


def test_alpha_by_period_refuses_other_dates():
    days = pd.date_range("2020-01-31", periods=12, freq="ME")
    own = pd.Series(np.linspace(-0.01, 0.02, 12), days)
    with pytest.raises(InputError, match="benchmark: expected the dates of returns"):
        evidence.alpha_by_period(own, own.iloc[::-1], 12, parts=1)
    with pytest.raises(InputError, match="benchmark: expected 12 rows to match returns, got 11"):
        evidence.alpha_by_period(own, own.iloc[1:], 12, parts=1)
