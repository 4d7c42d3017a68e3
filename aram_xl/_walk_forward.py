"""Walking through time on arrays: windows, targets, weights, drift, costs. Knows no tables and no files.

Point in time by construction: the decision at a signal date reads rows up to that date and nothing else, and each
date is computed by operations that do not depend on which other dates are in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aram_xl._covariance import covariances
from aram_xl._expected_returns import expected_returns_of
from aram_xl._lockstep import INFEASIBLE, NOT_BINDING, max_return_at_risk_stack
from aram_xl.certificate import bounds
from aram_xl.errors import InputError, TooShortError
from aram_xl._models import Model
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
    """``skipped``, ``fallback``, ``not binding``, ``not admitted`` or ``incomplete period``."""
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
    infeasible: BoolArray
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
    run = _runs(np.isfinite(returns))
    last = np.searchsorted(ends, rows, side="right") - 2  # the latest return known at each signal
    early = last < 0
    history = np.where(early[:, None], 0, run[np.maximum(last, 0)])
    lengths, admitted = _admission(history, model)
    ready = lengths >= model.minimum_history
    _report_admission(market, rows, (ready, admitted, history), (model, names), events)
    rows, last, lengths, admitted = rows[ready], last[ready], lengths[ready], admitted[ready]
    found = Decisions(
        rows,
        np.zeros((rows.size, len(names) + 1)),
        np.full(rows.size, np.nan),
        np.full(rows.size, np.nan),
        lengths,
        np.zeros(rows.size, dtype=bool),
        events,
    )
    keys = np.column_stack([lengths, admitted])
    for key in np.unique(keys, axis=0):
        members = np.flatnonzero((keys == key).all(axis=1))
        windows = _windows(returns, last[members], int(key[0]))
        _decide_group(found, members, windows, key[1:].astype(bool), (model, market.dates))
    return found


def hold(market: Market, model: Model, decisions: Decisions, names: tuple[str, ...]) -> Holdings:
    """Earn the returns of the periods between signals; resolves ``previous`` rows of the ladder in order.

    Raises:
        InputError: an asset that is held has no price when its return is earned.
    """
    rows, weights = decisions.rows, decisions.weights
    levels = np.column_stack([market.levels, market.benchmark])
    trades_at = np.minimum(rows + model.execution_lag, len(levels) - 1)
    waiting = levels[trades_at] / levels[rows]
    earning = levels[rows[1:]] / levels[trades_at[:-1]]
    count = rows.size - 1
    before = np.zeros_like(weights)
    growth_before, growth_after = np.ones(rows.size), np.ones(count)
    drifted = np.zeros(weights.shape[1])
    for i in range(rows.size):
        if i > 0:
            moved = _times(drifted, waiting[i])
            growth_before[i] = moved.sum()
            before[i] = moved / growth_before[i]
        if np.isnan(weights[i]).any():
            weights[i] = before[i]
        if i == count:
            break
        after = _times(weights[i], earning[i])
        growth_after[i] = after.sum()
        if np.isnan(growth_after[i]) or np.isnan(growth_before[i]):
            _refuse_hole(levels, (rows[i], trades_at[i], rows[i + 1]), weights[i] + before[i], market, names)
        drifted = after / growth_after[i]
    traded = np.abs(weights - before).sum(axis=1)
    cost = model.cost_bps * 1e-4 * traded[:count]
    if not model.charge_first_purchase and count:
        cost[0] = 0.0
    fee = 1.0 - (1.0 - model.fee) ** (1.0 / PERIODS_PER_YEAR[model.rebalance])
    growth = growth_before[:count] * growth_after
    return Holdings(growth - 1.0, (1.0 - cost) * (1.0 - fee) * growth - 1.0, 0.5 * traded[:count], cost)


def _runs(present: BoolArray) -> IntArray:
    """Length of the unbroken run of values that ends at each row, by column."""
    rows = np.arange(1, len(present) + 1)[:, None]
    gaps = np.maximum.accumulate(np.where(present, 0, rows), axis=0)
    return np.asarray(rows - gaps)


def _admission(history: IntArray, model: Model) -> tuple[IntArray, BoolArray]:
    """Window length and admitted assets of each signal; length 0 where nothing can be decided."""
    needed = model.minimum_history if model.missing == "common_window" else model.window
    admitted = history[:, :-1] >= needed
    shortest = np.where(admitted, history[:, :-1], model.window).min(axis=1)
    lengths = np.minimum(np.minimum(shortest, history[:, -1]), model.window)
    if model.missing != "common_window":
        lengths = np.where(lengths == model.window, lengths, 0)
    return np.where(admitted.any(axis=1), lengths, 0), admitted


def _report_admission(
    market: Market,
    rows: IntArray,
    found: tuple[BoolArray, BoolArray, IntArray],
    context: tuple[Model, tuple[str, ...]],
    events: list[Event],
) -> None:
    ready, admitted, history = found
    model, names = context
    for i in np.flatnonzero(~ready):
        detail = f"not enough history: {history[i, -1]} returns of {model.benchmark}, {model.minimum_history} needed"
        if history[i, -1] >= model.minimum_history:
            detail = "no asset with enough history"
        events.append(Event(market.dates[rows[i]], "skipped", detail))
    previous = None
    for i in np.flatnonzero(ready):
        out = tuple(np.flatnonzero(~admitted[i]))
        if model.missing == "reject" and out:
            raise TooShortError(
                f"prices: expected {model.window} returns of every asset at {market.dates[rows[i]]}, got "
                + ", ".join(f"{names[j]} {history[i, j]}" for j in out)
                + "; choose another policy for missing data (common_window, drop_asset)"
            )
        if out != previous and (out or previous):
            detail = "out: " + ", ".join(f"{names[j]} ({history[i, j]} returns)" for j in out) if out else "all in"
            events.append(Event(market.dates[rows[i]], "not admitted" if out else "admitted", detail))
        previous = out


def _windows(returns: FloatArray, last: IntArray, length: int) -> FloatArray:
    """(n_signals, length, n_assets + 1) returns that end at each signal, as one contiguous block."""
    view = np.lib.stride_tricks.sliding_window_view(returns, length, axis=0)
    return np.ascontiguousarray(view[last - length + 1].transpose(0, 2, 1))


def _decide_group(
    found: Decisions,
    members: IntArray,
    windows: FloatArray,
    admitted: BoolArray,
    context: tuple[Model, DateArray],
) -> None:
    """Signals that share a window length and a set of assets, all at once."""
    model, dates = context
    assets = np.flatnonzero(admitted)
    history = np.ascontiguousarray(windows[:, :, assets])
    expected = expected_returns_of(history, model.expected_returns, model.half_life)
    spread = covariances(history, model.covariance, model.half_life)
    targets = model.multiplier * windows[:, :, -1].std(axis=1, ddof=1)
    found.targets[members] = targets
    try:
        lower, upper = bounds(model.lower, model.upper, assets.size)
    except InputError as error:
        found.infeasible[members] = True
        for i in members:
            _fall_back(found, i, dates, model, (None, str(error)))
        return
    stack = max_return_at_risk_stack(expected, spread, targets, lower, upper)
    variance = (stack.weights * np.matmul(spread, stack.weights[:, :, None])[:, :, 0]).sum(axis=1)
    found.weights[np.ix_(members, assets)] = stack.weights
    found.risks[members] = np.sqrt(np.maximum(variance, 0.0))
    for position in np.flatnonzero(stack.status != 0):
        i = int(members[position])
        risk, target = found.risks[i], targets[position]
        if stack.status[position] == NOT_BINDING:
            detail = f"target {target:.4%} is above the risk {risk:.4%} of the best-return portfolio"
            found.events.append(Event(dates[found.rows[i]], "not binding", detail))
        elif stack.status[position] == INFEASIBLE:
            found.infeasible[i] = True
            reason = f"target {target:.4%} is below the lowest reachable {risk:.4%}"
            _fall_back(found, i, dates, model, (stack.weights[position], reason))


def _fall_back(
    found: Decisions, i: int, dates: DateArray, model: Model, cause: tuple[FloatArray | None, str]
) -> None:
    """Take the first rung of the ladder that is possible; ``previous`` is marked NaN for `hold` to fill."""
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
            found.weights[i, -1] = 1.0
            found.risks[i] = found.targets[i] / model.multiplier if model.multiplier else np.nan
            break
    found.events.append(Event(dates[found.rows[i]], "fallback", f"{rung}: {reason}"))


def _times(weights: FloatArray, growth: FloatArray) -> FloatArray:
    """Weights times growth, where the growth of an asset that is not held does not matter."""
    return np.where(weights != 0.0, weights * growth, 0.0)


def _refuse_hole(
    levels: FloatArray, rows: tuple[int, int, int], held: FloatArray, market: Market, names: tuple[str, ...]
) -> None:
    for row in rows:
        for j in np.flatnonzero((held > 0) & np.isnan(levels[row])):
            raise InputError(
                f"prices: expected a price of {names[j]} on {market.dates[row]}, where it is held, got an empty cell; "
                "supply the price, or leave the asset out of the universe"
            )
