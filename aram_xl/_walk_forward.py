"""Walking through time on arrays: market risk, targets, weights at every signal. Knows no tables and no files.

Point in time by construction: the decision at a signal date reads rows up to that date and nothing else, and each
date is computed by operations that do not depend on which other dates are in the table. Cards whose limits or trades
depend on what is held (turnover, trades on risk drift) are decided date by date, each from the one before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl._certificate import bounds
from aram_xl._covariance import covariances
from aram_xl._environment import environment
from aram_xl._environment_market import MarketSeries, known_at, market_series, overdue, risk_of
from aram_xl._expected_returns import expected_returns_of
from aram_xl._limits import ROUNDING
from aram_xl._lockstep import BINDING, INFEASIBLE, NOT_BINDING, max_return_at_risk_stack
from aram_xl._models import Model
from aram_xl._risk_target_decision import decide_targets, with_reach
from aram_xl._walk_forward_admission import admission
from aram_xl._walk_forward_holding import drift, trade_rows
from aram_xl._walk_forward_limits import Moments, Restriction, restriction, solve
from aram_xl._walk_forward_types import Decisions, Event, Market
from aram_xl.errors import InfeasibleError, InputError, SolverError
from aram_xl.returns import PERIODS_PER_YEAR, period_ends, simple_returns
from aram_xl.types import DateArray, FloatArray, IntArray


class _Signals(NamedTuple):
    """What is known of all signals before step 3."""

    model: Model
    returns: FloatArray
    """(n_returns, n_assets + 1), the benchmark last."""
    last: IntArray
    """(n_signals,) row of the latest return known."""
    found: Decisions


class _Problem(NamedTuple):
    """Step 3 of one signal, for cards that are solved date by date."""

    assets: IntArray
    moments: Moments
    limits: Restriction


def decide(market: Market, model: Model, first: np.datetime64 | None) -> Decisions:
    """Targets and weights at every signal date; fallbacks other than ``previous`` applied."""
    ends = period_ends(market.dates, model.frequency).rows
    rebalancing = period_ends(market.dates, model.rebalance)
    events: list[Event] = []
    if rebalancing.dropped is not None:
        detail = f"last price {rebalancing.dropped} is before the end of its period; no signal there"
        events.append(Event(rebalancing.dropped, "incomplete period", detail))
    rows = rebalancing.rows
    if first is not None:
        rows = rows[market.dates[rows] >= first]
    returns = simple_returns(np.column_stack([market.levels, market.benchmark])[ends])
    last = np.maximum(np.searchsorted(ends, rows, side="right") - 2, -1)  # the latest return known at each signal
    series, risk = _step_1(market, model, ends, (rows, events))
    risk_then = None if risk is None else np.append(risk, np.nan)[np.where(last < 0, -1, last + 1)]
    allowed = admission(returns, last, model, market.dates[rows], risk_then, events)
    rows, last, count = rows[allowed.signals], last[allowed.signals], allowed.signals.size
    unknown = np.full(count, np.nan)
    found = Decisions(
        rows=rows,
        weights=np.zeros((count, len(model.universe) + 1)),
        targets=unknown,
        risks=unknown.copy(),
        window=allowed.lengths,
        least=unknown.copy(),
        greatest=unknown.copy(),
        traded=np.ones(count, dtype=bool),
        events=events,
    )
    signals = _Signals(model, returns, last, found)
    _step_2(market, signals, series, risk)
    if series is not None:
        _report_overdue(market, signals, series.dates[last + 1])
    problems: list[_Problem | None] = [None] * count
    groups: dict[bytes, list[int]] = {}
    for i in range(count):
        groups.setdefault(allowed.admitted[i].tobytes(), []).append(i)
    for members in groups.values():
        assets = np.flatnonzero(allowed.admitted[members[0]])
        _step_3(market, signals, (np.array(members), assets), problems)
    if model.turnover is not None or model.risk_drift is not None:
        _follow(market, signals, problems)
    if found.records:
        reach = zip(found.records, found.least.tolist(), found.greatest.tolist(), strict=True)
        found.records = [record if least != least else with_reach(record, least, most) for record, least, most in reach]
    return found


def _step_1(
    market: Market, model: Model, ends: IntArray, context: tuple[IntArray, list[Event]]
) -> tuple[MarketSeries | None, FloatArray | None]:
    """The market series and its risk at every period end; no risk for cards that take the window's own volatility."""
    own, (rows, events) = model.market_risk, context
    if rows.size == 0 or ends.size == 0:
        return None, None
    levels, weights, names = market.benchmark[:, None], np.ones(1), [model.benchmark]
    if own is not None and own.source == "portfolio":
        names = [name for name, _ in own.portfolio]
        levels, weights = market.members, np.array([weight for _, weight in own.portfolio])
    series = market_series(market.dates[ends], levels[ends], weights, tuple(names), model.frequency)
    longest = max(model.window, own.window or 0, *own.windows) if own is not None else model.window
    earliest = series.dates[max(int(np.searchsorted(ends, rows[0])) - longest, 0)]
    events.extend(Event(date, "market hole", text) for date, text in series.holes if date >= earliest)
    if own is None:
        return series, None
    observed = market.observed.get(own.macro) if own.macro is not None else None
    return series, risk_of(own, series, PERIODS_PER_YEAR[model.frequency], observed)


def _step_2(market: Market, signals: _Signals, series: MarketSeries | None, risk: FloatArray | None) -> None:
    """Risk targets of all signals, with a record of each where the card has a rule."""
    model, returns, last, found = signals
    if series is None or risk is None:
        for part, window in _windows(last, found.window):
            found.targets[part] = model.multiplier * returns[:, -1][window].std(axis=1, ddof=1)
        return
    rule, at = model.rule, last + 1
    if rule is None:
        found.targets[:] = model.multiplier * risk[at]
        return
    published = None
    if rule.macro is not None:
        if rule.macro not in market.observed:
            raise InputError(f"macro: expected the user's series {rule.macro!r}, which the rule reads, got none")
        published = known_at(market.observed[rule.macro], rule.publication_lag_days or 0, series.dates)
    periods = PERIODS_PER_YEAR[model.frequency]
    found.records = decide_targets(environment(series, risk, rule, published), rule, at, periods)
    found.targets[:] = [record.clipped for record in found.records]


def _report_overdue(market: Market, signals: _Signals, when: DateArray) -> None:
    """An event where a user's series begins to be carried on past the day on which its next value was due."""
    parts = [part for part in (signals.model.market_risk, signals.model.rule) if part is not None]
    named = dict.fromkeys((part.macro, part.publication_lag_days or 0) for part in parts if part.macro is not None)
    for name, lag in named:
        late = overdue(market.observed[name], lag, when)
        for i in np.flatnonzero(late & ~np.append(False, late[:-1])):
            latest = known_at(market.observed[name], lag, when[i : i + 1]).dates[0]
            detail = f"{name}: its value of {latest} is carried on, a newer one was due"
            signals.found.events.append(Event(market.dates[signals.found.rows[i]], "stale macro", detail))


def _step_3(
    market: Market, signals: _Signals, group: tuple[IntArray, IntArray], problems: list[_Problem | None]
) -> None:
    """Signals that share a set of assets: all at once where bounds are the only limits, else prepared or solved."""
    model, returns, last, found = signals
    members, assets = group
    windows = _windows(last[members], found.window[members])
    try:
        expected, spread = _moments(returns[:, assets], windows, model)
        lower, upper = model.bounds()
        limits = bounds(lower[assets], upper[assets], assets.size)
        restricted = restriction(model, assets, limits)
        if not model.groups and model.turnover is None:
            _solve_stack(market, signals, group, (Moments(expected, spread), limits))
    except (InputError, SolverError) as error:
        if members.size == 1:
            _fall_back(market, signals, int(members[0]), (None, str(error)))
            return
        for k in range(members.size):  # one by one, so that no date suffers from the data of another
            _step_3(market, signals, (members[k : k + 1], assets), problems)
        return
    for k, i in enumerate(members.tolist()):
        problem = problems[i] = _Problem(assets, Moments(expected[k], spread[k]), restricted)
        if model.groups and model.turnover is None:
            _solve_one(market, signals, i, (problem, None))


def _solve_stack(
    market: Market,
    signals: _Signals,
    group: tuple[IntArray, IntArray],
    problem: tuple[Moments, tuple[FloatArray, FloatArray]],
) -> None:
    found, (members, assets) = signals.found, group
    (expected, spread), limits = problem
    targets = found.targets[members]
    stack = max_return_at_risk_stack(expected, spread, targets, *limits, reach=True)
    found.weights[np.ix_(members, assets)] = stack.weights
    found.risks[members] = _risks(stack.weights, spread)
    found.least[members], found.greatest[members] = _risks(stack.least, spread), _risks(stack.greatest, spread)
    for position in np.flatnonzero(stack.status != BINDING):
        _report(market, signals, int(members[position]), (int(stack.status[position]), stack.weights[position]))


def _solve_one(
    market: Market, signals: _Signals, i: int, problem: tuple[_Problem, FloatArray | None]
) -> None:
    """Step 3 of one signal under groups or turnover; ``problem``: with the weights held before, all columns."""
    found, (own, held) = signals.found, problem
    assets, moments, limits = own
    current = None if held is None else held[assets]
    outside = 0.0 if current is None or limits.turnover is None else 1.0 - float(current.sum())
    if limits.turnover is not None and outside > ROUNDING:
        limits = limits._replace(turnover=limits.turnover + outside)
        detail = f"{outside:.2%} held outside the admitted assets is sold and not counted in the limit on turnover"
        found.events.append(Event(market.dates[found.rows[i]], "forced sale", detail))
    try:
        answer = solve(moments, float(found.targets[i]), limits, current)
    except (InputError, InfeasibleError, SolverError) as error:
        _fall_back(market, signals, i, (None, str(error)))
        return
    found.weights[i, assets] = answer.weights
    found.risks[i] = _risks(answer.weights[None, :], moments.covariance[None, :, :])[0]
    found.least[i], found.greatest[i] = answer.least, answer.greatest
    if answer.turnover is not None:
        detail = f"to {answer.turnover:.2%}: at {limits.turnover:.2%} the other limits cannot be met"
        found.events.append(Event(market.dates[found.rows[i]], "turnover raised", detail))
    if not answer.exact:
        detail = "the exact walk has no proof here; answered by the cone solver"
        found.events.append(Event(market.dates[found.rows[i]], "cone solver", detail))
    if answer.status != BINDING:
        _report(market, signals, i, (answer.status, answer.weights))


def _report(market: Market, signals: _Signals, i: int, answer: tuple[int, FloatArray]) -> None:
    """An event where the target does not bind; the fallback ladder where it cannot be met."""
    found, (status, weights) = signals.found, answer
    target, risk = found.targets[i], found.risks[i]
    if status == NOT_BINDING:
        detail = f"target {target:.4%} is above the risk {risk:.4%} of the best-return portfolio"
        found.events.append(Event(market.dates[found.rows[i]], "not binding", detail))
    elif status == INFEASIBLE:
        reason = f"target {target:.4%} is below the lowest reachable {risk:.4%}"
        _fall_back(market, signals, i, (weights, reason))


def _follow(market: Market, signals: _Signals, problems: list[_Problem | None]) -> None:
    """Date by date: what has drifted decides what may be traded, and whether anything is."""
    model, _, _, found = signals
    rows = found.rows
    levels = np.column_stack([market.levels, market.benchmark])
    trades_at = trade_rows(rows, model, len(levels))
    held: FloatArray | None = None
    for i in range(rows.size):
        drifted = None
        if held is not None:
            steps = (trades_at[i - 1 : i], rows[i : i + 1], trades_at[i : i + 1])
            drifted = drift(levels, held[None, :], steps)
            held = drifted.at_signal[0]
            if np.isnan(held).any():  # `hold` refuses the missing price, with its date
                break
        problem = problems[i]
        if model.turnover is not None and problem is not None:
            _solve_one(market, signals, i, (problem, held))
        if held is not None and problem is not None and _still_near(signals, i, problem, held):
            found.weights[i], found.traded[i] = np.nan, False
            found.risks[i] = _risk_held(problem, held)
        if np.isnan(found.weights[i]).any():
            found.traded[i] = False
            held = None if drifted is None else drifted.at_trade[0]
        else:
            held = found.weights[i]


def _still_near(signals: _Signals, i: int, problem: _Problem, held: FloatArray) -> bool:
    """Whether the risk of what is held is within the card's share of the risk that a trade would lead to."""
    share, wanted = signals.model.risk_drift, float(signals.found.risks[i])
    risk = _risk_held(problem, held)
    return share is not None and np.isfinite(wanted) and abs(risk - wanted) <= share * wanted


def _risk_held(problem: _Problem, held: FloatArray) -> float:
    """Volatility of what is held; infinite where an asset in it is not admitted, so that it is traded away."""
    inside: FloatArray = held[problem.assets]
    if np.count_nonzero(held) > np.count_nonzero(inside):
        return float("inf")
    return float(_risks(inside[None, :], problem.moments.covariance[None, :, :])[0])


def _risks(weights: FloatArray, spread: FloatArray) -> FloatArray:
    variance = (weights * np.matmul(spread, weights[:, :, None])[:, :, 0]).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def _windows(last: IntArray, lengths: IntArray) -> list[tuple[IntArray, IntArray]]:
    """For each length of window: which signals have it, and the (n_signals, length) rows of their returns."""
    same = [(np.flatnonzero(lengths == length), int(length)) for length in np.unique(lengths)]
    return [(part, last[part, None] + np.arange(1 - length, 1)) for part, length in same]


def _moments(
    returns: FloatArray, windows: list[tuple[IntArray, IntArray]], model: Model
) -> tuple[FloatArray, FloatArray]:
    """Expected returns (n_signals, n_assets) and covariances (n_signals, n_assets, n_assets)."""
    count, size = sum(part.size for part, _ in windows), returns.shape[1]
    expected, spread = np.empty((count, size)), np.empty((count, size, size))
    for part, window in windows:
        history = returns[window]
        expected[part] = expected_returns_of(
            history, model.expected_returns, _half_life(model, model.expected_returns)
        )
        spread[part] = covariances(history, model.covariance, _half_life(model, model.covariance))
    return expected, spread


def _half_life(model: Model, method: str) -> float | None:
    return model.half_life if method == "ewma" else None


def _fall_back(market: Market, signals: _Signals, i: int, cause: tuple[FloatArray | None, str]) -> None:
    """Take the first rung of the ladder that is possible; ``previous`` is marked NaN for `hold` to fill."""
    model, returns, last, found = signals
    least_risk, reason = cause
    for rung in (*model.fallback, "benchmark"):
        if rung == "min_risk" and least_risk is not None:
            break
        if rung == "previous" and i > 0:
            found.weights[i], found.risks[i], found.traded[i] = np.nan, np.nan, False
            break
        if rung == "benchmark":
            names = (*model.universe, model.benchmark)
            found.weights[i] = 0.0
            found.weights[i, names.index(model.benchmark)] = 1.0
            window = returns[last[i] + 1 - found.window[i] : last[i] + 1, -1]
            found.risks[i] = window.std(ddof=1)
            break
    found.events.append(Event(market.dates[found.rows[i]], "fallback", f"{rung}: {reason}"))
