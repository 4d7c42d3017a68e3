"""The critical line algorithm: every corner portfolio of the efficient frontier, one by one.

Along the frontier ``w(t)`` minimises ``w'Sw / 2 - t m'w`` with ``sum(w) = 1, l <= w <= u``, where ``t`` is the
risk tolerance. Between two corners the free assets move on a straight line ``w = a + t b``. The walk starts at
the portfolio of greatest return (``t`` infinite) and lowers ``t``; a corner is where a free asset reaches a
bound or the reduced gradient of a bounded asset reaches zero. Each segment is computed afresh from its set of
free assets, so rounding does not accumulate.

Degenerate cases, all exact:

* ``S + c 11'`` replaces ``S`` in the linear systems: with ``sum(w) = 1`` the optimum is the same, and an asset
  of zero variance becomes regular.
* An asset whose column depends on those of the free assets is parked until one of them leaves: a trade along
  the dependence changes no variance, so its gradient cannot change sign for ``t > 0``.
* Several assets that tie for the greatest return: the same walk, restricted to them and with distinct made-up
  returns, ends at the point of least variance of their face, where the real walk starts. Nothing is perturbed.

Sources: Markowitz (1956), Naval Research Logistics Quarterly 3; Niedermayer and Niedermayer (2007);
Bailey and Lopez de Prado (2013), Algorithms 6(1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl.errors import SolverError
from aram_xl.types import FloatArray, IntArray

AT_LOWER, AT_UPPER, FREE, PARKED_LOWER, PARKED_UPPER, FIXED = range(6)

DEPENDENT = 1e-11
"""Share of an asset's variance left after regression on the free assets below which its column counts as
dependent: rounding sits near 1e-16, real bond funds above 1e-6."""

TIE = 1e-13
"""Relative distance below which two expected returns are one: rounding of a mean sits near 1e-16."""

NO_MOTION = 1e-14
"""Relative to the fastest free asset: slower ones stand still, their speed is rounding noise."""

ZERO_TOLERANCE = 1e-14
"""Relative to the first risk tolerance: below it is the rounding of zero."""


class Problem(NamedTuple):
    """One problem, checked: all arrays finite, ``S`` positive semi-definite, bounds consistent."""

    expected_returns: FloatArray
    covariance: FloatArray
    lower: FloatArray
    upper: FloatArray


class Corners(NamedTuple):
    """Corner portfolios from the greatest return downwards."""

    weights: FloatArray
    """(n_corners, n_assets)"""
    risk_tolerance: FloatArray
    """(n_corners,), not increasing; the last is 0 when the walk reached the least risk."""


class _Segment(NamedTuple):
    free: IntArray
    origin: FloatArray
    """(n_free,) ``a`` of ``w = a + t b``."""
    direction: FloatArray
    gradient: FloatArray
    """(n_assets,) reduced gradient at ``t = 0`` ..."""
    gradient_slope: FloatArray
    """... and its change per unit of ``t``."""


def walk(problem: Problem, stop_variance: float = -1.0) -> Corners:
    """Walk down the frontier until the variance is at most ``stop_variance`` or least.

    Raises:
        SolverError: the walk did not end, which no known problem causes.
    """
    mu, covariance, lower, upper = problem
    shift = float(np.trace(covariance)) / mu.size or 1.0
    weights, status, marginal = _greatest_return(problem)
    centred = mu - mu[marginal]
    tie = TIE * float(np.abs(mu).max())
    tied = (np.abs(centred) <= tie) & (status != FIXED)
    free = [marginal]
    if np.count_nonzero(tied) > 1:
        made_up = np.where(tied, 1.0 - np.argsort(np.argsort(-mu, kind="stable")) / (2.0 * mu.size), 0.0)
        outside = np.where(tied, status, FIXED)
        corners = _descend(Problem(made_up, covariance, lower, upper), shift, weights, outside, free, TIE, -1.0)
        weights = corners.weights[-1]
        status = np.where(tied, outside, status)
        _release(status)
    return _descend(
        Problem(centred, covariance, lower, upper), shift, weights, status, free, tie, stop_variance
    )


def _greatest_return(problem: Problem) -> tuple[FloatArray, IntArray, int]:
    """Fill the best assets to their caps; the last one filled is free."""
    mu, _, lower, upper = problem
    room = upper - lower
    status = np.where(room > 0, AT_LOWER, FIXED)
    weights = lower.copy()
    left = 1.0 - float(lower.sum())
    marginal = int(np.argmax(mu))
    for i in np.argsort(-mu, kind="stable"):
        if room[i] <= 0:
            continue
        marginal = int(i)
        if room[i] >= left:
            weights[i] = lower[i] + left
            break
        weights[i] = upper[i]
        status[i] = AT_UPPER
        left -= room[i]
    status[marginal] = FREE
    return weights, status, marginal


def _descend(
    problem: Problem,
    shift: float,
    weights: FloatArray,
    status: IntArray,
    free: list[int],
    tie: float,
    stop_variance: float,
) -> Corners:
    """Lower the risk tolerance corner by corner; ``status`` and ``free`` are updated in place."""
    mu, covariance, lower, upper = problem
    path, tolerances = [weights.copy()], []
    tolerance = np.inf
    entered = left = -1
    entered_from = AT_LOWER
    for _ in range(50 * mu.size + 200):
        segment = _segment(problem, shift, weights, free, tie)
        step, event, bound = _next_event(
            problem, segment, weights, status, tolerance, tie, (entered, entered_from, left)
        )
        if np.isinf(tolerance):
            tolerances.append(step)  # the first corner ends where the first other asset becomes attractive
            tolerance = step
        else:
            tolerance = tolerance - step if tolerance - step > ZERO_TOLERANCE * tolerances[0] else 0.0
            weights = weights.copy()
            weights[segment.free] = segment.origin + tolerance * segment.direction
            if bound != FREE and event >= 0:
                weights[event] = lower[event] if bound == AT_LOWER else upper[event]
            path.append(weights)
            tolerances.append(tolerance)
        if event < 0 or tolerance == 0.0 or weights @ covariance @ weights <= stop_variance:
            return Corners(np.array(path), np.array(tolerances))
        entered = left = -1
        if bound != FREE:
            status[event] = bound
            free.remove(event)
            left = event
            _release(status)
        elif _independent(covariance, shift, free, event):
            entered, entered_from = event, int(status[event])
            status[event] = FREE
            free.append(event)
        else:
            status[event] += PARKED_LOWER - AT_LOWER
            if len(path) > 1:  # a point on a segment, not a corner
                path.pop()
                tolerances.pop()
    raise SolverError(
        "frontier: the critical line did not end; please report the expected returns and covariance that cause this"
    )


def _segment(problem: Problem, shift: float, weights: FloatArray, free: list[int], tie: float) -> _Segment:
    mu, covariance, _, _ = problem
    f = np.array(free)
    fixed = weights.copy()
    fixed[f] = 0.0
    pull = covariance @ fixed
    m = mu[f]
    moves = f.size > 1 and float(m.max() - m.min()) > tie
    rhs = np.empty((f.size, 3))
    rhs[:, 0], rhs[:, 1], rhs[:, 2] = 1.0, m, pull[f]
    rows = covariance[f]
    one, returns, bounded = np.linalg.solve(rows[:, f] + shift, rhs).T
    total = one.sum()
    origin = ((1.0 - fixed.sum()) + bounded.sum()) / total * one - bounded
    gradient = origin @ rows + pull
    gradient -= gradient[f].mean()
    if not moves:
        return _Segment(f, origin, np.zeros(f.size), gradient, m.mean() - mu)
    direction = returns - returns.sum() / total * one
    direction[np.abs(direction) <= NO_MOTION * np.abs(direction).max()] = 0.0
    slope = direction @ rows - mu
    slope -= slope[f].mean()
    return _Segment(f, origin, direction, gradient, slope)


def _next_event(
    problem: Problem,
    segment: _Segment,
    weights: FloatArray,
    status: IntArray,
    tolerance: float,
    tie: float,
    last: tuple[int, int, int],
) -> tuple[float, int, int]:
    """How far the risk tolerance falls, which asset stops it (-1: none before zero), and where that asset goes.

    From an infinite tolerance the first number is the tolerance at which the first event happens.
    """
    _, _, lower, upper = problem
    entered, entered_from, left = last
    f, speed = segment.free, segment.direction
    slope = segment.gradient_slope
    waiting = ((status == AT_LOWER) & (slope > tie)) | ((status == AT_UPPER) & (slope < -tie))
    if left >= 0:
        waiting[left] = False
    if np.isinf(tolerance):
        enter = np.where(waiting, -segment.gradient / np.where(waiting, slope, 1.0), 0.0)
        event = int(enter.argmax())
        return (float(enter[event]), event, FREE) if enter[event] > 0 else (0.0, -1, FREE)
    at = segment.gradient + tolerance * slope
    enter = np.where(waiting, np.maximum(at / np.where(waiting, slope, 1.0), 0.0), np.inf)
    event = int(enter.argmin())
    step, bound = float(enter[event]), FREE
    falling, rising = speed > 0, speed < 0  # as the tolerance falls, w moves against b
    if entered >= 0:  # an asset that has just entered moves away from its bound
        falling[-1] &= entered_from != AT_LOWER
        rising[-1] &= entered_from != AT_UPPER
    w = segment.origin + tolerance * speed
    room = np.where(falling, w - lower[f], np.where(rising, upper[f] - w, np.inf))
    leave = np.maximum(room, 0.0) / np.where(falling | rising, np.abs(speed), 1.0)
    position = int(leave.argmin())
    if leave[position] < step:
        step, event = float(leave[position]), int(f[position])
        bound = AT_LOWER if falling[position] else AT_UPPER
    return (step, event, bound) if step < tolerance else (tolerance, -1, FREE)


def _independent(covariance: FloatArray, shift: float, free: list[int], asset: int) -> bool:
    f = np.array([*free, asset])
    block = covariance[f][:, f] + shift
    try:
        factor = np.linalg.cholesky(block)
    except np.linalg.LinAlgError:
        return False
    return bool(factor[-1, -1] ** 2 > DEPENDENT * block[-1, -1])


def _release(status: IntArray) -> None:
    """Parked assets may be independent again: let them wait at their bound."""
    parked = (status == PARKED_LOWER) | (status == PARKED_UPPER)
    status[parked] -= PARKED_LOWER - AT_LOWER
