"""Step 2: what the rule reads at each period end, what it decides, and that neither knows the future."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from aram_xl.errors import InputError, TooShortError
from aram_xl.risk_target import (
    Environment,
    Known,
    MarketRisk,
    MarketSeries,
    Rule,
    RuleRow,
    TargetDecision,
    dated_series,
    decide_targets,
    environment,
    known_at,
    market_series,
    risk_of,
    risk_target,
    rule_from_table,
    with_reach,
)

PLAUSIBLE = rule_from_table(
    [
        ["State", "k", "Percentile from", "Percentile to", "Trend", "Drawdown from", "Drawdown to"],
        ["not enough history", 1.0, None, None, None, None, None],
        ["storm", 0.6, 0.8, 1.0, "down", None, None],
        ["deep below its peak", 0.7, None, None, None, 0.1, 1.0],
        ["nervous", 0.85, 0.6, 1.0, None, None, None],
        ["falling", 0.9, None, None, "down", None, None],
        ["calm", 1.2, 0.0, 0.2, "up", None, None],
        ["normal", 1.0, None, None, None, None, None],
    ],
    {"smoothing": 0.3, "max_step": 0.25, "floor": 0.02, "cap": 0.06},
)

MOMENTUM: dict[str, Any] = {"trend": "momentum", "trend_window": 3}

NORMAL = RuleRow(state="normal", k=1.0)


def a_rule(*rows: RuleRow, **changes: Any) -> Rule:
    return Rule(**{"rows": (*rows, NORMAL), "not_enough_history": 1.0, **changes})


def month_ends(count: int) -> np.ndarray:
    return (np.datetime64("2020-01", "M") + np.arange(1, count + 1)).astype("datetime64[D]") - 1


def a_market(levels: Any) -> MarketSeries:
    levels = np.asarray(levels, dtype=float)
    return market_series(month_ends(levels.size), levels[:, None], np.ones(1), ("SPY",), "M")


def an_environment(**columns: Any) -> Environment:
    """Calm figures, except where given: risk 1 % a month, percentile 0.5, trend up, no drawdown, no macro series."""
    size = len(next(iter(columns.values())))
    plain = {"market_risk": 0.01, "percentile": 0.5, "trend_value": 0.05, "drawdown": 0.0, "macro": math.nan}
    values = {name: np.array(columns.get(name, [plain[name]] * size), dtype=float) for name in plain}
    return Environment(dates=month_ends(size), macro_dates=np.full(size, np.datetime64("NaT", "D")), **values)


def decide(environment: Environment, rule: Rule, periods_per_year: float = 12) -> list[TargetDecision]:
    return decide_targets(environment, rule, np.arange(environment.dates.size), periods_per_year)


# What is read.


def test_percentile_by_hand():
    """3: 1 of 1. 1: itself of 2. 2: 1 and 2 of 3. 2 again: all but the 3, of 4. 5: all 5. A missing one counts not."""
    found = environment(a_market(np.ones(6)), np.array([3, 1, math.nan, 2, 2, 5.0]), a_rule(minimum_history=2))
    assert_allclose(found.percentile, [math.nan, 1 / 2, math.nan, 2 / 3, 3 / 4, 1], rtol=1e-15)


def test_moving_average_by_hand():
    """Window 3 of 100, 102, 104, 100: 104 / 102 - 1, then 100 / 102 - 1."""
    found = environment(a_market([100, 102, 104, 100]), np.ones(4), a_rule(trend_window=3))
    assert_allclose(found.trend_value, [math.nan, math.nan, 104 / 102 - 1, 100 / 102 - 1], rtol=1e-13)
    assert found.up.tolist() == [False, False, True, False]


def test_level_on_its_average_is_up():
    assert environment(a_market([100.0] * 3), np.ones(3), a_rule(trend_window=3)).up.tolist() == [False, False, True]


def test_momentum_by_hand():
    """Window 3, skip 1: from three periods ago to one period ago: 104 / 100, then 90 / 102, less 1."""
    found = environment(a_market([100, 102, 104, 90, 95]), np.ones(5), a_rule(**MOMENTUM))
    assert_allclose(found.trend_value[3:], [104 / 100 - 1, 90 / 102 - 1], rtol=1e-13)
    assert np.isnan(found.trend_value[:3]).all()
    skipped = environment(a_market([100, 102, 104, 90]), np.ones(4), a_rule(**{**MOMENTUM, "trend_skip": 0}))
    assert_allclose(skipped.trend_value[3], 90 / 100 - 1, rtol=1e-13)


def test_drawdown_by_hand():
    """Positive depth below the highest period-end level so far."""
    found = environment(a_market([100, 110, 99, 121, 60.5]), np.ones(5), a_rule())
    assert_allclose(found.drawdown, [0, 0, 0.1, 0, 0.5], atol=1e-15)


def test_trend_does_not_look_across_a_hole():
    """A window of three levels that spans a missing month-end, or one beside it, is no trend."""
    levels = np.array([100, 101, 102, math.nan, 104, 105, 106.0])
    found = environment(a_market(levels), np.ones(7), a_rule(trend_window=3))
    assert np.isfinite(found.trend_value).tolist() == [False, False, True, False, False, False, True]
    months = np.delete(month_ends(8), 3)
    market = market_series(months, np.arange(100.0, 107.0)[:, None], np.ones(1), ("SPY",), "M")
    found = environment(market, np.ones(7), a_rule(**MOMENTUM))
    assert np.isfinite(found.trend_value).tolist() == [False] * 6 + [True]
    assert np.isfinite(found.drawdown).all()


def test_environment_refused():
    fear = RuleRow(state="fear", k=0.5, macro=(25, math.inf))
    rule = a_rule(fear, macro="VIX", publication_lag_days=0)
    known = Known(np.ones(3), month_ends(3))
    with pytest.raises(InputError, match="macro: expected VIX, as the rule names it, got none"):
        environment(a_market(np.ones(3)), np.ones(3), rule)
    with pytest.raises(InputError, match="macro: expected no macro series, as the rule names it, got one"):
        environment(a_market(np.ones(3)), np.ones(3), a_rule(), known)
    with pytest.raises(InputError, match=r"market_risk: expected shape \(3,\) to match dates, got \(2,\)"):
        environment(a_market(np.ones(3)), np.ones(2), a_rule())
    with pytest.raises(InputError, match=r"macro: expected shape \(4,\) to match dates, got \(3,\)"):
        environment(a_market(np.ones(4)), np.ones(4), rule, known)


def test_environment_is_read_only():
    found = environment(a_market(np.ones(3)), np.ones(3), a_rule())
    with pytest.raises(ValueError, match="read-only"):
        found.market_risk[0] = 2.0


# What is decided.


def test_bands_and_first_match():
    """Low end in, high end out, but a percentile band that ends at 1 holds 1; the first row that applies wins."""
    rule = a_rule(
        RuleRow(state="storm", k=0.5, risk_percentile=(0.8, 1), trend="down"),
        RuleRow(state="high", k=0.8, risk_percentile=(0.8, 1)),
        RuleRow(state="middle", k=0.9, risk_percentile=(0.5, 0.8), drawdown=(0.1, 0.2)),
    )
    found = an_environment(
        percentile=[0.8, 0.8, 1.0, 0.79, 0.5, 0.5, 0.5, 0.49],
        trend_value=[-0.1, 0.1, -1e-9, 0.1, 0.1, 0.1, 0.0, 0.1],
        drawdown=[0.0, 0.0, 0.5, 0.1, 0.2, 0.19, 0.0, 0.15],
    )
    states = [decision.state for decision in decide(found, rule)]
    assert states == ["storm", "high", "storm", "middle", "normal", "middle", "normal", "normal"]


def test_recursion_by_hand():
    """k 1, smoothing 0.5, step 25 percent, floor 0.9 and cap 1.6 percent a month, market risk 1, 2, 2, 0.5 percent.

    1: raw 1. 2: raw 2, smoothed 1.5, stepped 1.25. 3: smoothed 1.625, stepped 1.5625, below the cap.
    4: smoothed 1.03125, stepped 1.171875. Then 0.5 again: smoothed 0.8359375, stepped 0.87890625, clipped 0.9.
    """
    rule = a_rule(smoothing=0.5, max_step=0.25, floor=0.009 * math.sqrt(12), cap=0.016 * math.sqrt(12))
    made = decide(an_environment(market_risk=[0.01, 0.02, 0.02, 0.005, 0.005]), rule)
    table = 100 * np.array([(d.raw, d.smoothed, d.stepped, d.clipped) for d in made])
    expected = [
        (1, 1, 1, 1),
        (2, 1.5, 1.25, 1.25),
        (2, 1.625, 1.5625, 1.5625),
        (0.5, 1.03125, 1.171875, 1.171875),
        (0.5, 0.8359375, 0.87890625, 0.9),
    ]
    assert_allclose(table, expected, rtol=1e-13)
    assert [(d.least_reachable, d.greatest_reachable, d.final) for d in made] == [(None, None, None)] * 5


@pytest.mark.parametrize("column", ["percentile", "trend_value", "macro"])
def test_not_enough_history(column):
    """Any of percentile, trend and, for a rule that names one, macro value: the row "not enough history" applies."""
    fear = RuleRow(state="fear", k=0.5, macro=(25, math.inf))
    rule = a_rule(fear, not_enough_history=0.7, macro="VIX", publication_lag_days=0)
    values = {"macro": [30.0, 30.0], "percentile": [0.5, 0.5], "trend_value": [0.1, 0.1]}
    values[column][0] = math.nan
    first, second = decide(an_environment(**values), rule)
    assert (first.state, first.k, first.row) == ("not enough history", 0.7, -1)
    assert (second.state, second.k, second.row) == ("fear", 0.5, 0)
    words = {"percentile": "risk percentile", "trend_value": "trend", "macro": "published value of VIX"}
    assert first.reason == f"no {words[column]} yet: state 'not enough history', k 0.7; raw 0.70 % a month"
    assert getattr(first, column) is None


def test_reasons():
    storm = RuleRow(state="storm", k=0.6, risk_percentile=(0.8, 1), trend="down")
    fallen = RuleRow(state="fallen", k=0.7, drawdown=(0.1, 0.3), macro=(20, math.inf))
    rule = a_rule(storm, fallen, max_step=0.25, smoothing=0.1, cap=0.04, macro="VIX", publication_lag_days=1)
    made = decide(
        Environment(
            dates=month_ends(5),
            market_risk=np.array([0.01, 0.005, 0.02, 0.02, 0.02]),
            percentile=np.array([0.5, 0.83, 0.9, 0.9, 0.9]),
            trend_value=np.array([0.02, -0.01, 0.0, 0.0, 0.0]),
            drawdown=np.array([0.0, 0.05, 0.125, 0.0, 0.0]),
            macro=np.array([12.5, 12.5, 40, 40, 40]),
            macro_dates=month_ends(5) - 1,
        ),
        rule,
    )
    assert [d.reason for d in made] == [
        "risk percentile 0.50, trend up, drawdown 0.00 %, VIX 12.5 of 2020-01-30, no row before applies: "
        "state 'normal', k 1; raw 1.00 % a month",
        "risk percentile 0.83 (0.8 to 1), trend down: state 'storm', k 0.6; raw 0.30 % a month, smoothed to 0.37 %, "
        "held by the maximum step of 25 % at 0.75 %",
        "drawdown 12.50 % (0.1 to 0.3), VIX 40 of 2020-03-30 (20 to inf): state 'fallen', k 0.7; "
        "raw 1.40 % a month, smoothed to 1.33 %, held by the maximum step of 25 % at 0.94 %",
        "risk percentile 0.90, trend up, drawdown 0.00 %, VIX 40 of 2020-04-29, no row before applies: "
        "state 'normal', k 1; raw 2.00 % a month, smoothed to 1.89 %, held by the maximum step of 25 % at 1.17 %, "
        "lowered to the cap of 1.15 %",
        "risk percentile 0.90, trend up, drawdown 0.00 %, VIX 40 of 2020-05-30, no row before applies: "
        "state 'normal', k 1; raw 2.00 % a month, smoothed to 1.92 %, held by the maximum step of 25 % at 1.44 %, "
        "lowered to the cap of 1.15 %",
    ]
    raised = decide(an_environment(market_risk=[0.001]), a_rule(floor=0.04), 1)[0]
    assert raised.reason.endswith("raw 0.10 % a period, raised to the floor of 4.00 %")


def test_reach():
    """Below the range, within it and above it; the reason is completed."""
    decision = decide(an_environment(market_risk=[0.01]), a_rule())[0]
    low, inside, high = (with_reach(decision, *reach) for reach in ((0.015, 0.02), (0.005, 0.02), (0.004, 0.008)))
    assert [d.final for d in (low, inside, high)] == [0.015, 0.01, 0.008]
    assert (low.least_reachable, low.greatest_reachable) == (0.015, 0.02)
    start = decision.reason
    assert low.reason == f"{start}; below the least reachable risk 1.50 %: the fallback ladder applies"
    assert inside.reason == f"{start}; within reach, 0.50 % to 2.00 %"
    assert high.reason == f"{start}; above the risk 0.80 % of the best-return mix: not binding"
    assert with_reach(decision, 0.01, 0.01 * (1 - 1e-12)).final == 0.01
    assert (inside.date, inside.clipped, inside.rule) == (decision.date, decision.clipped, decision.rule)
    for least, greatest in ((0.02, 0.01), (-0.1, 0.1), (math.nan, 1.0), (0.0, math.inf)):
        with pytest.raises(InputError, match="reach: expected the least risk and then the greatest, got"):
            with_reach(decision, least, greatest)


def test_decisions_refused():
    found = an_environment(market_risk=[0.01, math.nan, 0.01])
    with pytest.raises(TooShortError, match="market_risk: expected a value at every signal, got none on 2020-02-29"):
        decide(found, a_rule())
    assert len(decide_targets(found, a_rule(), np.array([0, 2]), 12)) == 2
    assert decide_targets(found, a_rule(), np.array([], dtype=np.intp), 12) == []
    still = an_environment(market_risk=[0.01, 1e-18])
    with pytest.raises(InputError, match=r"expected more than 0 with a maximum step, got 0 on 2020-02-29.*a floor"):
        decide(still, a_rule(max_step=0.5))
    assert decide(still, a_rule(max_step=0.5, floor=0.01))[1].clipped == 0.005
    with pytest.raises(InputError, match="periods_per_year: expected a positive number, got 0"):
        decide(found, a_rule(), 0)


# Restated slowly, and properties over generated inputs.


def restated(figures: dict[str, list[float]], rule: Rule, periods_per_year: float) -> list[tuple[str, float]]:
    """State and clipped target of each signal, one at a time, as the rule reads."""
    made: list[tuple[str, float]] = []
    root = math.sqrt(periods_per_year)
    for i, risk in enumerate(figures["market_risk"]):
        state, k = "not enough history", rule.not_enough_history
        if not (math.isnan(figures["percentile"][i]) or math.isnan(figures["trend_value"][i])):
            for row in rule.rows:
                p, d = figures["percentile"][i], figures["drawdown"][i]
                direction = "up" if figures["trend_value"][i] >= 0 else "down"
                if row.trend not in (None, direction):
                    continue
                if row.risk_percentile is not None:
                    low, high = row.risk_percentile
                    if p < low or (p >= high and not (high == 1 and p == 1)):
                        continue
                if row.drawdown is not None and not row.drawdown[0] <= d < row.drawdown[1]:
                    continue
                state, k = row.state, row.k
                break
        target = k * risk
        if made:
            before = made[-1][1]
            target = rule.smoothing * before + (1 - rule.smoothing) * target
            if rule.max_step is not None:
                target = min(max(target, before * (1 - rule.max_step)), before * (1 + rule.max_step))
        if rule.floor is not None:
            target = max(target, rule.floor / root)
        if rule.cap is not None:
            target = min(target, rule.cap / root)
        made.append((state, target))
    return made


GRID = st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0])
BAND = st.none() | st.lists(GRID, min_size=2, max_size=2, unique=True).map(sorted).map(tuple)
ROWS = st.lists(
    st.builds(
        lambda state, k, band, trend, drawdown: RuleRow(
            state=state, k=k, risk_percentile=band, trend=trend, drawdown=drawdown
        ),
        st.sampled_from("abcdef"),
        st.floats(0.1, 3),
        BAND,
        st.sampled_from([None, "up", "down"]),
        BAND,
    ),
    max_size=4,
    unique_by=lambda row: row.state,
).map(lambda rows: [row for row in rows if row.conditions])
SIGNALS = st.lists(
    st.tuples(
        st.floats(1e-4, 0.2),
        GRID | st.just(math.nan),
        st.sampled_from([-0.1, 0.0, 0.1, math.nan]),
        GRID.filter(lambda x: x < 1),
    ),
    min_size=1,
    max_size=30,
)
SETTINGS = st.fixed_dictionaries(
    {
        "smoothing": st.sampled_from([0.0, 0.3, 0.9]),
        "max_step": st.sampled_from([None, 0.1, 0.25, 2.0]),
        "floor": st.sampled_from([None, 0.02]),
        "cap": st.sampled_from([None, 0.05, 0.5]),
        "not_enough_history": st.floats(0.5, 2),
    }
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(rows=ROWS, signals=SIGNALS, changes=SETTINGS, periods_per_year=st.sampled_from([1, 4, 12, 52, 252]))
def test_generated_rules(rows, signals, changes, periods_per_year):
    """Equal to the slow restatement; within floor and cap; never more than the maximum step; the first match wins."""
    rule = a_rule(*rows, **changes)
    names = ("market_risk", "percentile", "trend_value", "drawdown")
    figures = {name: [signal[i] for signal in signals] for i, name in enumerate(names)}
    made = decide(an_environment(**figures), rule, periods_per_year)
    slow = restated(figures, rule, periods_per_year)
    assert [d.state for d in made] == [state for state, _ in slow]
    assert_allclose([d.clipped for d in made], [target for _, target in slow], rtol=1e-14)
    root = math.sqrt(periods_per_year)
    for i, d in enumerate(made):
        assert d.raw == d.k * d.market_risk
        assert (rule.floor or 0) / root <= d.clipped <= (rule.cap or math.inf) / root
        assert d.k == (rule.not_enough_history if d.row < 0 else rule.rows[d.row].k)
        assert d.state in d.reason
        if i and rule.max_step is not None:
            assert abs(d.clipped / made[i - 1].clipped - 1) <= rule.max_step + 1e-12
        if not i:
            assert d.raw == d.smoothed == d.stepped


# Real prices.


@pytest.fixture(scope="module")
def agg(shared) -> pd.Series:
    """Month-end levels, December 2012 to February 2025."""
    table = pd.read_csv(shared / "data" / "etf_adj_close_month_end.csv", index_col=0, parse_dates=True)
    return table["AGG"].loc[:"2025-02-28"]


def seen(levels: pd.Series, rule: Rule, observed: Any = None) -> Environment:
    dates = levels.index.to_numpy().astype("datetime64[D]")
    market = market_series(dates, levels.to_numpy()[:, None], np.ones(1), ("AGG",), "M")
    risk = risk_of(MarketRisk(window=12), market, 12)
    macro = None if observed is None else known_at(observed, rule.publication_lag_days or 0, dates)
    return environment(market, risk, rule, macro)


def record(decision: TargetDecision) -> tuple[Any, ...]:
    return (*(getattr(decision, name) for name in TargetDecision.__slots__ if name != "rule"), decision.reason)


def signals_of(found: Environment) -> np.ndarray:
    return np.flatnonzero(np.isfinite(found.market_risk))


@pytest.mark.shared_data
def test_plausible_rule_visits_all_its_states(agg):
    """AGG, window of 12 months: 135 decisions, the first 23 before there is a percentile."""
    found = seen(agg, PLAUSIBLE)
    rows = signals_of(found)
    assert (str(found.dates[rows[0]]), str(found.dates[rows[-1]]), len(rows)) == ("2013-12-31", "2025-02-28", 135)
    states = Counter(d.state for d in decide_targets(found, PLAUSIBLE, rows, 12))
    assert states["not enough history"] == 23
    assert {row.state for row in PLAUSIBLE.rows} <= states.keys()
    assert min(states.values()) >= 5


@pytest.mark.shared_data
def test_environment_restated_on_real_prices(agg):
    """By pandas: rolling standard deviation and mean, rank within the past, running maximum."""
    found = seen(agg, PLAUSIBLE)
    risk = agg.pct_change().rolling(12).std()
    percentile = risk.expanding(24).apply(lambda past: (past[~np.isnan(past)] <= past[-1]).mean(), raw=True)
    assert_allclose(found.market_risk, risk, rtol=1e-9)
    assert_allclose(found.percentile, percentile, rtol=1e-12)
    assert_allclose(found.trend_value, agg / agg.rolling(10).mean() - 1, atol=1e-13)
    assert_allclose(found.drawdown, 1 - agg / agg.cummax(), atol=1e-14)
    skipped = seen(agg, a_rule(trend="momentum", trend_window=12))
    assert_allclose(skipped.trend_value, agg.shift(1) / agg.shift(12) - 1, atol=1e-14)


@pytest.mark.shared_data
@pytest.mark.parametrize("trend", [{}, {"trend": "momentum", "trend_window": 12}], ids=["average", "momentum"])
def test_point_in_time_bit_for_bit(agg, shared, trend):
    """Cut at each month, and with everything after it changed: every field of every decision up to it stays."""
    rates = pd.read_csv(shared / "data" / "rates_daily.csv", index_col=0, parse_dates=True)["DFF"].dropna()
    rule = a_rule(
        *PLAUSIBLE.rows[:3],
        RuleRow(state="tight money", k=0.8, macro=(3, math.inf)),
        **{"macro": "DFF", "publication_lag_days": 2, "smoothing": 0.3, "max_step": 0.25, "cap": 0.06, **trend},
    )

    def decisions(levels: pd.Series, series: pd.Series) -> list[tuple[Any, ...]]:
        found = seen(levels, rule, dated_series(series, "DFF"))
        return [record(d) for d in decide_targets(found, rule, signals_of(found), 12)]

    whole = decisions(agg, rates)
    assert len({fields[8] for fields in whole}) >= 4
    rng = np.random.default_rng(8)
    for i, date in enumerate(agg.index[12:], start=1):
        assert decisions(agg.loc[:date], rates.loc[:date]) == whole[:i]
        later, then = agg.copy(), rates.copy()
        later[agg.index > date] *= rng.uniform(0.5, 2, (agg.index > date).sum())
        then[rates.index > date] += rng.uniform(-5, 5, (rates.index > date).sum())
        assert decisions(later, then)[:i] == whole[:i]


@pytest.mark.shared_data
def test_one_series_of_returns(agg):
    """The decision of the last row, as by the long way; the record is dated where the series is."""
    returns = agg.pct_change().dropna()
    found = seen(agg, PLAUSIBLE)
    long = decide_targets(found, PLAUSIBLE, signals_of(found), 12)
    for i in (12, 30, 77, len(returns)):
        short = risk_target(returns.iloc[:i], PLAUSIBLE, MarketRisk(window=12), 12)
        assert str(short.date) == str(returns.index[i - 1].date())
        assert (short.state, short.k) == (long[i - 12].state, long[i - 12].k)
        assert_allclose(
            (short.raw, short.clipped, short.drawdown),
            (long[i - 12].raw, long[i - 12].clipped, long[i - 12].drawdown),
            rtol=1e-9,
            atol=1e-14,
        )
    plain = risk_target(returns.tolist(), PLAUSIBLE, MarketRisk(window=12), 12)
    assert plain.date is None
    assert plain.clipped == short.clipped


def test_one_series_by_hand():
    """Returns 1, 3, -1 percent, window 2: risk sqrt 2, then 2 sqrt 2 percent; from 1.0403 to 1.029897 is a drawdown of
    1 percent; the average of 1.0403 and 1.029897 is above the last: down."""
    rule = a_rule(RuleRow(state="down", k=0.5, trend="down"), minimum_history=2, trend_window=2)
    decision = risk_target([0.01, 0.03, -0.01], rule, MarketRisk(window=2), 1)
    assert_allclose(decision.market_risk, 0.02 * math.sqrt(2), rtol=1e-13)
    assert (decision.percentile, decision.trend, decision.state) == (1.0, "down", "down")
    assert_allclose((decision.drawdown, decision.raw), (0.01, 0.01 * math.sqrt(2)), rtol=1e-12)
    assert decision.per == "a period"


def test_one_series_with_macro_values():
    fear = RuleRow(state="fear", k=0.5, macro=(25, math.inf))
    rule = a_rule(fear, macro="VIX", publication_lag_days=0, minimum_history=2, trend_window=2)
    returns, market = [0.01, 0.03, -0.01], MarketRisk(window=2)
    decision = risk_target(returns, rule, market, 12, [math.nan, 20, 30])
    assert (decision.state, decision.macro, decision.macro_date) == ("fear", 30, None)
    assert decision.reason.startswith("VIX 30 (25 to inf): state 'fear', k 0.5")
    assert risk_target(returns, rule, market, 12, [20, 20, math.nan]).state == "not enough history"
    for macro in ([20, 30], [20, 30, math.inf]):
        with pytest.raises(InputError, match="macro: expected 3 finite or empty cells, one per return, got"):
            risk_target(returns, rule, market, 12, macro)


@pytest.mark.parametrize(
    ("returns", "market", "sentence"),
    [
        ([0.01, math.nan, 0.02], {"window": 2}, "benchmark_returns: expected a finite number in row 2, got nan"),
        ([0.01, -1.0, 0.02], {"window": 2}, "benchmark_returns: expected more than -1, got -1 in row 2"),
        ([[0.1, 0.2], [0.1, 0.2]], {"window": 2}, "benchmark_returns: expected one row or column"),
        ([0.01, 0.02], {}, "market_risk window: expected a number of returns with sample, got none"),
        ([0.01, 0.02], {"window": 3}, "benchmark_returns: expected at least 3 for the window, got 2"),
        ([0.01, 0.02], {"method": "range", "windows": [2, 4]}, "expected at least 4 for the window, got 2"),
        (
            [0.01, 0.02],
            {"source": "portfolio", "portfolio": {"AGG": 1}},
            "market_risk source: expected 'benchmark' for a series of returns, got 'portfolio'",
        ),
    ],
)
def test_one_series_refused(returns, market, sentence):
    with pytest.raises(InputError, match=sentence):
        risk_target(returns, a_rule(), MarketRisk(**market), 12)
