"""Many problems of one size at once: the critical line walked in lock-step, one stacked solve per corner.

The steps are those of `aram_xl._critical_line`, with masks in place of index sets. What lock-step does not carry
(ties for the greatest return, dependent columns, degenerate corners) is found by checking every answer's
first-order conditions afterwards; those problems are walked one by one.
"""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import numpy as np

from aram_xl._critical_line import snapped
from aram_xl._descent import NO_MOTION, TIE, Problem
from aram_xl.errors import InfeasibleError
from aram_xl.frontier import REACHED, ROUNDING, efficient_frontier_of
from aram_xl.types import BoolArray, FloatArray, IntArray

BINDING, NOT_BINDING, INFEASIBLE = range(3)

AT_LOWER, AT_UPPER, FREE, FIXED = range(4)

LARGEST = 30
"""Above this number of assets one walk at a time is faster than the stacked one (measured)."""

VERIFIED = 1e-10
"""Greatest violation of the first-order conditions, relative to the terms that cancel in them."""

_UNSOLVED = -1


class Stack(NamedTuple):
    """Answers of a stack of problems."""

    weights: FloatArray
    """(n_problems, n_assets); the least-risk portfolio where the target is infeasible."""
    status: IntArray
    """(n_problems,) of ``BINDING``, ``NOT_BINDING``, ``INFEASIBLE``."""
    least: FloatArray
    """(n_problems, n_assets) the least-risk portfolios; NaN where the walk was not asked to go so far."""
    greatest: FloatArray
    """(n_problems, n_assets) the portfolios of greatest return; NaN likewise."""


class _Found(NamedTuple):
    """What lock-step has found so far; NaN and ``_UNSOLVED`` where nothing."""

    weights: FloatArray
    status: IntArray
    tolerance: FloatArray
    least: FloatArray
    greatest: FloatArray


class _State(NamedTuple):
    weights: FloatArray
    status: IntArray
    tolerance: FloatArray
    entered: IntArray
    entered_from: IntArray
    left: IntArray


def max_return_at_risk_stack(
    expected_returns: FloatArray,
    covariances: FloatArray,
    risk_targets: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    reach: bool = False,
) -> Stack:
    """Solve ``max m'w  s.t.  w'Sw <= target^2, sum(w) = 1, lower <= w <= upper`` for each problem of a stack.

    Args:
        expected_returns: (n_problems, n_assets).
        covariances: (n_problems, n_assets, n_assets), symmetric positive semi-definite.
        risk_targets: (n_problems,) volatilities.
        lower, upper: (n_assets,) bounds shared by all problems, checked by the caller.
        reach: whether to walk on to both ends of each frontier.
    """
    limits = (lower, upper)
    count, size = expected_returns.shape
    shape, unknown = (count, size), np.full((count, size), np.nan)
    found = _Found(np.zeros(shape), np.full(count, _UNSOLVED), np.zeros(count), unknown, unknown.copy())
    if 1 < size <= LARGEST:  # one problem alone too: its last bits must not depend on its company
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            _walk_all((expected_returns, covariances, risk_targets**2), limits, found, reach)
            proven = _verified(expected_returns, covariances, risk_targets, limits, (found.weights, found.tolerance))
            proven |= found.status == NOT_BINDING
            if reach:
                ends = (found.least, np.zeros(count))
                proven &= _verified(expected_returns, covariances, np.full(count, np.inf), limits, ends)
        found.status[~proven] = _UNSOLVED
    for i in np.flatnonzero(found.status == _UNSOLVED):
        problem = Problem(expected_returns[i], covariances[i], *limits)
        frontier = efficient_frontier_of(problem, stop_variance=-1.0 if reach else risk_targets[i] ** 2)
        try:
            answer = frontier.at_risk(float(risk_targets[i]))
            found.status[i] = BINDING if answer.binding else NOT_BINDING
        except InfeasibleError:
            answer = frontier.min_risk
            found.status[i] = INFEASIBLE
        found.weights[i] = answer.weights
        if reach:
            found.least[i], found.greatest[i] = frontier.weights[-1], frontier.weights[0]
    ends = (snapped(found.least, *limits), snapped(found.greatest, *limits))
    return Stack(snapped(found.weights, *limits), found.status, *ends)


def _walk_all(
    problems: tuple[FloatArray, FloatArray, FloatArray], limits: tuple[FloatArray, FloatArray], out: _Found, reach: bool
) -> None:
    """Fill ``out`` for every problem that lock-step can carry; ``problems``: returns, covariances, variances asked."""
    mu, covariances, variances = problems[0], problems[1], problems[2].copy()
    size = mu.shape[1]
    weights, status, marginal = _greatest_returns(mu, *limits)
    rows = np.arange(mu.shape[0])
    centred = mu - mu[rows, marginal][:, None]
    tie = TIE * np.abs(mu).max(axis=1)
    tied = ((np.abs(centred) <= tie[:, None]) & (status != FIXED)).sum(axis=1) > 1
    top = np.einsum("di,dij,dj->d", weights, covariances, weights)
    done = ~tied & (top <= variances)
    out.weights[done], out.status[done], out.tolerance[done] = weights[done], NOT_BINDING, np.inf
    if reach:
        out.greatest[~tied] = weights[~tied]
        variances[done] = -1.0  # answered: walk on to the least risk
    live = np.flatnonzero(~tied & (reach | ~done))
    shift = np.einsum("dii->d", covariances) / size
    minus = np.full(live.size, -1)
    state = _State(weights[live], status[live], np.full(live.size, np.inf), minus, minus.copy(), minus.copy())
    for _ in range(20 * size + 100):
        if live.size == 0:
            return
        before = _State._make(part.copy() for part in state) if reach else state
        finished = _advance(
            state, centred[live], covariances[live], (shift[live], tie[live], variances[live]), limits
        )
        answered = (finished >= 0) & (out.status[live] == _UNSOLVED)
        where = live[answered]
        out.weights[where], out.status[where] = state.weights[answered], finished[answered]
        out.tolerance[where] = state.tolerance[answered]
        going = finished == _UNSOLVED
        if reach:
            back = answered & (state.tolerance > 0.0)  # the target lies on this segment: walk it again to its end
            variances[live[back]] = -1.0
            for part, old in zip(state, before, strict=True):
                part[back] = old[back]
            out.least[live[~going & ~back]] = state.weights[~going & ~back]
            going |= back
        live = live[going]
        state = _State(*(part[going] for part in state))


def _greatest_returns(
    mu: FloatArray, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, IntArray, IntArray]:
    order = np.argsort(-mu, axis=1, kind="stable")
    room = (upper - lower)[order]
    before = np.cumsum(room, axis=1) - room
    extra = np.clip((1.0 - lower.sum()) - before, 0.0, room)
    position = np.maximum((extra > 0).sum(axis=1) - 1, 0)
    marginal = np.take_along_axis(order, position[:, None], axis=1)[:, 0]
    weights = np.empty_like(mu)
    np.put_along_axis(weights, order, lower[order] + extra, axis=1)
    status = np.where(weights >= upper, AT_UPPER, AT_LOWER)
    status[:, upper <= lower] = FIXED
    status[np.arange(mu.shape[0]), marginal] = FREE
    return weights, status, marginal


def _advance(
    state: _State,
    mu: FloatArray,
    covariances: FloatArray,
    scales: tuple[FloatArray, FloatArray, FloatArray],
    limits: tuple[FloatArray, FloatArray],
) -> IntArray:
    """One corner for each problem; updates ``state`` in place and tells which have ended, and how."""
    lower, upper = limits
    shift, tie, variances = scales
    rows = np.arange(mu.shape[0])
    free = state.status == FREE
    fixed = np.where(free, 0.0, state.weights)
    origin, direction, gradient, slope, level, bend = _segments(mu, covariances, free, fixed, (shift, tie))
    first = np.isinf(state.tolerance)
    now = np.where(first, 0.0, state.tolerance)
    waiting = (state.status == AT_LOWER) & (slope > tie[:, None])
    waiting |= (state.status == AT_UPPER) & (slope < -tie[:, None])
    waiting[rows, state.left] &= state.left < 0
    entry = np.where(waiting, np.maximum((gradient + now[:, None] * slope) / slope, 0.0), np.inf)
    start = np.where(waiting, -gradient / slope, 0.0).max(axis=1)
    falling, rising = free & (direction > 0), free & (direction < 0)
    came = state.entered >= 0
    falling[rows, state.entered] &= ~(came & (state.entered_from == AT_LOWER))
    rising[rows, state.entered] &= ~(came & (state.entered_from == AT_UPPER))
    w = origin + now[:, None] * direction
    room = np.where(falling, w - lower, np.where(rising, upper - w, np.inf))
    exit_ = np.maximum(room, 0.0) / np.where(falling | rising, np.abs(direction), 1.0)
    steps = np.where(free, exit_, entry)
    steps[first] = np.where(waiting, start[:, None] + gradient / slope, np.inf)[first]
    event = steps.argmin(axis=1)
    step = steps[rows, event]
    least = np.where(first, start <= 0, step >= now)
    reached = np.where(least, 0.0, np.where(first, start, now - step))
    hit = ~first & (level + bend * reached**2 <= variances) & (bend > 0)
    exact = np.sqrt(np.maximum((variances - level) / bend, 0.0))
    reached = np.where(hit, np.clip(exact, reached, now), reached)
    moved = np.where(free & ~first[:, None], origin + reached[:, None] * direction, state.weights)
    np.copyto(state.weights, moved)
    np.copyto(state.tolerance, reached)
    ended = np.full(mu.shape[0], _UNSOLVED)
    within = level <= variances * (1.0 + REACHED) + ROUNDING * shift
    ended[least & ~hit] = np.where(within, BINDING, INFEASIBLE)[least & ~hit]
    ended[hit] = BINDING
    going = np.flatnonzero(ended == _UNSOLVED)
    _apply(state, (going, event[going]), falling[going, event[going]], limits)
    return ended


def _segments(
    mu: FloatArray,
    covariances: FloatArray,
    free: BoolArray,
    fixed: FloatArray,
    scales: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """The line ``a + t b`` of each problem, its reduced gradient and slope, and ``variance = level + bend t^2``."""
    shift, tie = scales
    size = mu.shape[1]
    pull = np.matmul(covariances, fixed[:, :, None])[:, :, 0]
    system = np.where(free[:, :, None] & free[:, None, :], covariances + shift[:, None, None], np.eye(size))
    rhs = np.where(free[:, :, None], np.stack([np.ones_like(mu), mu, pull], axis=2), 0.0)
    one, returns, bounded = np.moveaxis(_solve(system, rhs), 2, 0)
    total = one.sum(axis=1)
    origin = ((1.0 - fixed.sum(axis=1) + bounded.sum(axis=1)) / total)[:, None] * one - bounded
    direction = returns - (returns.sum(axis=1) / total)[:, None] * one
    best = np.where(free, mu, -np.inf).max(axis=1)
    still = best - np.where(free, mu, np.inf).min(axis=1) <= tie
    direction[still] = 0.0
    direction[np.abs(direction) <= NO_MOTION * np.abs(direction).max(axis=1, keepdims=True)] = 0.0
    pulls = np.matmul(covariances, np.stack([origin, direction], axis=2))
    whole, along = pulls[:, :, 0] + pull, pulls[:, :, 1]
    count = free.sum(axis=1)
    gradient = whole - (np.where(free, whole, 0.0).sum(axis=1) / count)[:, None]
    slope = along - mu
    slope -= (np.where(free, slope, 0.0).sum(axis=1) / count)[:, None]
    level = ((origin + fixed) * whole).sum(axis=1)
    bend = (direction * along).sum(axis=1)
    return origin, direction, gradient, slope, level, bend


def _solve(systems: FloatArray, rhs: FloatArray) -> FloatArray:
    """Solve each system of a stack; a singular one gives NaN, which fails the check, and leaves the others alone."""
    try:
        return np.asarray(np.linalg.solve(systems, rhs))
    except np.linalg.LinAlgError:
        solved = np.full_like(rhs, np.nan)
        for i, (system, side) in enumerate(zip(systems, rhs, strict=True)):
            with contextlib.suppress(np.linalg.LinAlgError):
                solved[i] = np.linalg.solve(system, side)
        return solved


def _apply(
    state: _State, cells: tuple[IntArray, IntArray], falls: BoolArray, limits: tuple[FloatArray, FloatArray]
) -> None:
    """Move the asset of each event (problem, asset) to the bound it meets, or set it free."""
    lower, upper = limits
    problems, assets = cells
    leaves = state.status[cells] == FREE
    state.entered_from[problems] = state.status[cells]
    state.entered[problems] = np.where(leaves, -1, assets)
    state.left[problems] = np.where(leaves, assets, -1)
    state.status[cells] = np.where(leaves, np.where(falls, AT_LOWER, AT_UPPER), FREE)
    state.weights[cells] = np.where(
        leaves, np.where(falls, lower[assets], upper[assets]), state.weights[cells]
    )


def _verified(
    mu: FloatArray,
    covariances: FloatArray,
    targets: FloatArray,
    limits: tuple[FloatArray, FloatArray],
    found: tuple[FloatArray, FloatArray],
) -> BoolArray:
    """Whether the first-order conditions and the limits hold for each answer."""
    lower, upper = limits
    weights, tolerance = found
    pull = np.matmul(covariances, weights[:, :, None])[:, :, 0]
    variance = (weights * pull).sum(axis=1)
    finite = np.where(np.isfinite(tolerance), tolerance, 0.0)
    reduced = finite[:, None] * mu - pull
    buy = np.where(weights < upper - 1e-12, reduced, -np.inf).max(axis=1)
    sell = np.where(weights > lower + 1e-12, reduced, np.inf).min(axis=1)
    scale = np.maximum(np.abs(pull).max(axis=1), finite * np.ptp(mu, axis=1))
    inside = (weights >= lower - 1e-12).all(axis=1) & (weights <= upper + 1e-12).all(axis=1)
    inside &= np.abs(weights.sum(axis=1) - 1.0) <= 1e-12
    risky = (variance > targets**2 * (1.0 + VERIFIED)) & (tolerance > 0)
    return np.asarray((buy - sell <= VERIFIED * scale) & inside & ~risky)
