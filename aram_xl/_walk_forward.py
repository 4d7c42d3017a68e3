"""Walking through time on arrays: windows, targets, weights, drift, costs. Knows no tables and no files.

Point in time by construction: the decision at a signal date reads rows up to that date and nothing else, and each
date is computed by operations that do not depend on which other dates are in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aram_xl._certificate import bounds
from aram_xl._covariance import covariances
from aram_xl._expected_returns import expected_returns_of
from aram_xl._lockstep import BINDING, INFEASIBLE, NOT_BINDING, max_return_at_risk_stack
from aram_xl._models import Model
from aram_xl.errors import InputError, SolverError, TooShortError
from aram_xl.returns import PERIODS_PER_YEAR, period_ends, simple_returns
from aram_xl.types import BoolArray, DateArray, FloatArray, IntArray


class Market(NamedTuple):
    """Levels on the trading days of the benchmark."""

    dates: DateArray
    """(n_days,)"""
    levels: FloatArray
    """(n_days, n_assets), NaN where an asset has no price."""
    benchmark: FloatArray
    """(n_days,)"""


class Event(NamedTuple):
    """Something that a reader of the back-test must know."""

    date: np.datetime64
    kind: str
    """``skipped``, ``fallback``, ``not binding``, ``not admitted``, ``admitted`` or ``incomplete period``."""
    detail: str


@dataclass(slots=True)
class Decisions:
    """One row per signal date."""

    rows: IntArray
    """Rows of the market table."""
    weights: FloatArray
    """(n_signals, n_assets + 1): the last column is the benchmark, held by the fallback ladder only."""
    targets: FloatArray
    risks: FloatArray
    """Ex-ante volatility of the weights, per period of the estimation frequency; NaN where unknown."""
    window: IntArray
    """Returns in the window."""
    events: list[Event]


class Holdings(NamedTuple):
    """One row per holding period, from one signal date to the next."""

    gross: FloatArray
    net: FloatArray
    turnover: FloatArray
    """One-way: half the sum of absolute trades."""
    cost: FloatArray
    """Decimal of value at the rebalance."""


def decide(market: Market, model: Model, names: tuple[str, ...], first: np.datetime64 | None) -> Decisions:
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
    run = np.vstack([_runs(np.isfinite(returns)), np.zeros(returns.shape[1], dtype=np.intp)])
    last = np.searchsorted(ends, rows, side="right") - 2  # the latest return known at each signal
    history = run[np.maximum(last, -1)]  # the last row, all zero, stands for no return yet
    lengths, admitted = _admission(history, model)
    ready = lengths >= model.minimum_history
    _report_admission(market, rows, (ready, admitted, history), (model, names), events)
    rows, last, lengths, admitted = rows[ready], last[ready], lengths[ready], admitted[ready]
    _report_windows(market.dates[rows], lengths, model.window, events)
    found = Decisions(
        rows,
        np.zeros((rows.size, len(names) + 1)),
        np.full(rows.size, np.nan),
        np.full(rows.size, np.nan),
        lengths,
        events,
    )
    groups: dict[bytes, list[int]] = {}
    for i in range(rows.size):
        groups.setdefault(admitted[i].tobytes(), []).append(i)
    for members in groups.values():
        signals = np.array(members)
        _decide_group(found, signals, (returns, last[signals], admitted[members[0]]), (model, market.dates, names))
    return found


def hold(market: Market, model: Model, decisions: Decisions, names: tuple[str, ...]) -> Holdings:
    """Earn the returns of the periods between signals; resolves ``previous`` rows of the ladder in order.

    Raises:
        InputError: an asset that is held has no price when its return is earned.
    """
    rows, weights = decisions.rows, decisions.weights
    levels = np.column_stack([market.levels, market.benchmark])
    trades_at = np.minimum(rows + model.execution_lag, len(levels) - 1)
    held = weights.copy()
    for i in np.flatnonzero(np.isnan(weights).any(axis=1)):  # no trade: what has been held drifts on
        drift = _drift(levels, held[i - 1 : i], (trades_at[i - 1 : i], rows[i : i + 1], trades_at[i : i + 1]))
        weights[i], held[i] = drift.at_signal[0], drift.at_trade[0]
    drift = _drift(levels, held[:-1], (trades_at[:-1], rows[1:], trades_at[1:]))
    growth = drift.earned.copy()
    growth[1:] *= drift.waited[:-1]  # from the signal to the trade the weights before it are held
    if np.isnan(growth).any():
        _refuse_hole(market.dates, levels, held, (rows, trades_at), names)
    before = np.vstack([np.zeros_like(held[:1]), drift.at_trade[:-1]])
    traded = np.abs(held[:-1] - before).sum(axis=1)
    cost = model.cost_bps * 1e-4 * traded
    if not model.charge_first_purchase:
        cost[0] = 0.0
    fee = 1.0 - (1.0 - model.fee) ** (1.0 / PERIODS_PER_YEAR[model.rebalance])
    return Holdings(growth - 1.0, (1.0 - cost) * (1.0 - fee) * growth - 1.0, 0.5 * traded, cost)


class _Drift(NamedTuple):
    earned: FloatArray
    """(n_periods,) growth from the trade to the next signal ..."""
    waited: FloatArray
    """... and from there to the next trade."""
    at_signal: FloatArray
    """(n_periods, n_assets + 1) drifted weights at the next signal ..."""
    at_trade: FloatArray
    """... and just before the next trade."""


def _drift(levels: FloatArray, weights: FloatArray, rows: tuple[IntArray, IntArray, IntArray]) -> _Drift:
    """Let weights drift from a trade to the next signal and on to the next trade; NaN where a price is missing."""
    bought, signal, sold = rows
    value = _times(weights, levels[signal] / levels[bought])
    earned = value.sum(axis=1)
    at_signal = value / earned[:, None]
    value = _times(at_signal, levels[sold] / levels[signal])
    waited = value.sum(axis=1)
    return _Drift(earned, waited, at_signal, value / waited[:, None])


def _runs(present: BoolArray) -> IntArray:
    """Length of the unbroken run of values that ends at each row, by column."""
    rows = np.arange(1, len(present) + 1)[:, None]
    gaps = np.maximum.accumulate(np.where(present, 0, rows), axis=0)
    return np.asarray(rows - gaps)


def _admission(history: IntArray, model: Model) -> tuple[IntArray, BoolArray]:
    """Window length and admitted assets of each signal; length 0 where nothing can be decided."""
    admitted = history[:, :-1] >= _needed(model)
    shortest = np.where(admitted, history[:, :-1], model.window).min(axis=1)
    lengths = np.minimum(np.minimum(shortest, history[:, -1]), model.window)
    if model.missing != "common_window":
        lengths = np.where(lengths == model.window, lengths, 0)
    return np.where(admitted.any(axis=1), lengths, 0), admitted


def _needed(model: Model) -> int:
    """Returns that admit an asset."""
    return model.minimum_history if model.missing == "common_window" else model.window


def _report_admission(
    market: Market,
    rows: IntArray,
    found: tuple[BoolArray, BoolArray, IntArray],
    context: tuple[Model, tuple[str, ...]],
    events: list[Event],
) -> None:
    ready, admitted, history = found
    model, names = context
    needed = _needed(model)
    for i in np.flatnonzero(~ready):
        detail = f"not enough history: {history[i, -1]} returns of {model.benchmark}, {needed} needed"
        if history[i, -1] >= needed:
            detail = f"no asset with enough history: {needed} returns needed"
        events.append(Event(market.dates[rows[i]], "skipped", detail))
    decided = np.flatnonzero(ready)
    changed = np.append(True, (admitted[decided][1:] != admitted[decided][:-1]).any(axis=1))
    for i in decided[changed[: decided.size]]:
        out = np.flatnonzero(~admitted[i])
        if model.missing == "reject" and out.size:
            raise TooShortError(
                f"prices: expected {model.window} returns of every asset at {market.dates[rows[i]]}, got "
                + ", ".join(f"{names[j]} {history[i, j]}" for j in out)
                + "; choose another policy for missing data (common_window, drop_asset)"
            )
        if out.size:
            detail = "out: " + ", ".join(f"{names[j]} ({history[i, j]} returns)" for j in out)
            events.append(Event(market.dates[rows[i]], "not admitted", detail))
        elif i != decided[0]:
            events.append(Event(market.dates[rows[i]], "admitted", "all in"))


def _report_windows(dates: DateArray, lengths: IntArray, longest: int, events: list[Event]) -> None:
    """A window that becomes shorter than the one before it: a hole or a late starter reaches all assets."""
    for i in np.flatnonzero(lengths[1:] < lengths[:-1]) + 1:
        detail = f"{lengths[i]} of {longest} returns, {lengths[i - 1]} at the signal before"
        events.append(Event(dates[i], "shorter window", detail))


def _decide_group(
    found: Decisions,
    members: IntArray,
    data: tuple[FloatArray, IntArray, BoolArray],
    context: tuple[Model, DateArray, tuple[str, ...]],
) -> None:
    """Signals that share a set of assets, all at once.

    ``data``: all returns, the benchmark last; the last row known at each signal; the assets admitted.
    """
    model, dates, _ = context
    returns, last, admitted = data
    assets = np.flatnonzero(admitted)
    windows = _windows(last, found.window[members])
    for part, window in windows:
        found.targets[members[part]] = model.multiplier * returns[:, -1][window].std(axis=1, ddof=1)
    targets = found.targets[members]
    try:
        expected, spread = _moments(returns[:, assets], windows, model)
        stack = max_return_at_risk_stack(expected, spread, targets, *bounds(model.lower, model.upper, assets.size))
    except (InputError, SolverError) as error:
        if members.size == 1:
            _fall_back(found, int(members[0]), context, (None, str(error)))
            return
        for k in range(members.size):  # one by one, so that no date suffers from the data of another
            _decide_group(found, members[k : k + 1], (returns, last[k : k + 1], admitted), context)
        return
    variance = (stack.weights * np.matmul(spread, stack.weights[:, :, None])[:, :, 0]).sum(axis=1)
    found.weights[np.ix_(members, assets)] = stack.weights
    found.risks[members] = np.sqrt(np.maximum(variance, 0.0))
    for position in np.flatnonzero(stack.status != BINDING):
        i = int(members[position])
        risk, target = found.risks[i], targets[position]
        if stack.status[position] == NOT_BINDING:
            detail = f"target {target:.4%} is above the risk {risk:.4%} of the best-return portfolio"
            found.events.append(Event(dates[found.rows[i]], "not binding", detail))
        elif stack.status[position] == INFEASIBLE:
            reason = f"target {target:.4%} is below the lowest reachable {risk:.4%}"
            _fall_back(found, i, context, (stack.weights[position], reason))


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


def _fall_back(
    found: Decisions,
    i: int,
    context: tuple[Model, DateArray, tuple[str, ...]],
    cause: tuple[FloatArray | None, str],
) -> None:
    """Take the first rung of the ladder that is possible; ``previous`` is marked NaN for `hold` to fill."""
    model, dates, names = context
    least_risk, reason = cause
    for rung in (*model.fallback, "benchmark"):
        if rung == "min_risk" and least_risk is not None:
            break
        if rung == "previous" and i > 0:
            found.weights[i] = np.nan
            found.risks[i] = np.nan
            break
        if rung == "benchmark":
            found.weights[i] = 0.0
            found.weights[i, names.index(model.benchmark) if model.benchmark in names else -1] = 1.0
            found.risks[i] = found.targets[i] / model.multiplier if model.multiplier else np.nan
            break
    found.events.append(Event(dates[found.rows[i]], "fallback", f"{rung}: {reason}"))


def _times(weights: FloatArray, growth: FloatArray) -> FloatArray:
    """Weights times growth, where the growth of an asset that is not held does not matter."""
    return np.where(weights != 0.0, weights * growth, 0.0)


def _refuse_hole(
    dates: DateArray, levels: FloatArray, held: FloatArray, when: tuple[IntArray, IntArray], names: tuple[str, ...]
) -> None:
    rows, trades_at = when
    for i in range(rows.size - 1):
        for row in (trades_at[i], rows[i + 1], trades_at[i + 1]):
            for j in np.flatnonzero((held[i] != 0.0) & np.isnan(levels[row])):
                raise InputError(
                    f"prices: expected a price of {names[j]} on {dates[row]}, where it is held, got an empty cell; "
                    "supply the price, or leave the asset out of the universe"
                )
