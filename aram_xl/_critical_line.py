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

import math
from typing import NamedTuple

import numpy as np

from aram_xl.errors import SolverError
from aram_xl.types import FloatArray

DEPENDENT = 1e-11
"""Share of an asset's variance left after regression on the free assets below which its column counts as
dependent: rounding sits near 1e-16, real bond funds above 1e-6."""

TIE = 1e-13
"""Relative distance below which two expected returns are one: rounding of a mean sits near 1e-16."""

NO_MOTION = 1e-14
"""Relative to the fastest free asset: slower ones stand still, their speed is rounding noise."""

ZERO_TOLERANCE = 1e-14
"""Relative to the first risk tolerance: below it is the rounding of zero."""

AT_BOUND = 1e-14
"""Weight within which an asset is at its bound: what a weight near 1 leaves behind is rounding, near 1e-16."""


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


def walk(problem: Problem, stop_variance: float = -1.0) -> Corners:
    """Walk down the frontier until the variance is at most ``stop_variance`` or least.

    Raises:
        SolverError: the walk did not end, which no known problem causes.
    """
    mu, _, lower, upper = problem
    weights, side, marginal = _greatest_return(problem)
    tie = TIE * float(np.abs(mu).max())
    centred = mu - mu[marginal]
    tied = (np.abs(centred) <= tie) & (upper > lower)
    free = [marginal]
    if np.count_nonzero(tied) > 1:
        made_up = np.where(tied, 1.0 - np.argsort(np.argsort(-mu, kind="stable")) / (2.0 * mu.size), 0.0)
        face = _Descent(problem._replace(expected_returns=made_up), weights, np.where(tied, side, 0.0), free, TIE)
        weights = face.run(-1.0).weights[-1]
        face.release()
        side, free = np.where(tied, face.side, side), face.free
    return _Descent(problem._replace(expected_returns=centred), weights, side, free, tie).run(stop_variance)


def snapped(weights: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Weights (..., n_assets) with those that rounding left beside a bound put on it."""
    low = np.where(np.abs(weights - lower) <= AT_BOUND, lower, weights)
    return np.where(np.abs(low - upper) <= AT_BOUND, upper, low)


def _greatest_return(problem: Problem) -> tuple[FloatArray, FloatArray, int]:
    """Fill the best assets to their caps; the last one filled is free."""
    mu, _, lower, upper = problem
    room = upper - lower
    side = np.where(room > 0, 1.0, 0.0)
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
        side[i] = -1.0
        left -= room[i]
    side[marginal] = 0.0
    return weights, side, marginal


class _Segment(NamedTuple):
    """Between two corners: ``w = origin + t direction`` of the free assets, and the gradient of all."""

    free: list[int]
    origin: FloatArray
    direction: FloatArray
    gradient: FloatArray
    """(n_assets,) reduced gradient at ``t = 0`` ..."""
    slope: FloatArray
    """... and its change per unit of ``t``."""


class _Descent:
    """The walk: where it stands, and how it goes on."""

    def __init__(self, problem: Problem, weights: FloatArray, side: FloatArray, free: list[int], tie: float) -> None:
        self.problem = problem
        self.weights = weights
        self.side = side
        """(n_assets,) 1: waits at its lower bound, -1: at its upper bound, 0: free, fixed or parked."""
        self.free = free
        self.parked: list[tuple[int, float]] = []
        self.tie = tie
        self.shift = float(np.trace(problem.covariance)) / weights.size or 1.0
        self.tolerance = math.inf
        self.entered, self.entered_from, self.left = -1, 0.0, -1

    def run(self, stop_variance: float) -> Corners:
        """Corner by corner, until the variance is reached or the risk tolerance is 0."""
        covariance = self.problem.covariance
        path, tolerances = [self.weights], [0.0]
        for _ in range(50 * self.weights.size + 200):
            segment = self._segment()
            if self.tolerance == math.inf:
                # the portfolio of greatest return is optimal down to where another asset becomes attractive
                event, bound, self.tolerance = self._first_event(segment)
                tolerances[0] = self.tolerance
            else:
                event, bound = self._step(segment, ZERO_TOLERANCE * tolerances[0])
                path.append(self.weights)
                tolerances.append(self.tolerance)
            if self.tolerance == 0.0 or self.weights @ covariance @ self.weights <= stop_variance:
                return Corners(np.array(path), np.array(tolerances))
            if not self._apply(event, bound) and len(path) > 1:
                path.pop()  # a point on a segment, not a corner
                tolerances.pop()
        raise SolverError("frontier: the critical line did not end; please report the inputs that cause this")

    def _segment(self) -> _Segment:
        mu, covariance, _, _ = self.problem
        free = self.free
        fixed = self.weights.copy()
        fixed[free] = 0.0
        pull = covariance @ fixed
        rows = covariance[free]
        m = mu[free]
        rhs = np.ones((len(free), 3))
        rhs[:, 1] = m
        rhs[:, 2] = pull[free]
        one, returns, bounded = np.linalg.solve(rows[:, free] + self.shift, rhs).T
        total = float(one.sum())
        origin = (1.0 - float(fixed.sum()) + float(bounded.sum())) / total * one - bounded
        gradient = origin @ rows + pull
        gradient -= gradient[free[0]]
        if len(free) == 1 or float(m.max()) - float(m.min()) <= self.tie:
            return _Segment(free, origin, np.zeros(len(free)), gradient, m[0] - mu)
        direction = returns - float(returns.sum()) / total * one
        slope = direction @ rows - mu
        slope -= slope[free[0]]
        return _Segment(free, origin, direction, gradient, slope)

    def _first_event(self, segment: _Segment) -> tuple[int, float, float]:
        """From an infinite tolerance: the asset whose gradient reaches zero first, and at which tolerance."""
        waiting = np.flatnonzero(self.side * segment.slope > self.tie)
        if waiting.size == 0:
            return -1, 0.0, 0.0
        at = -segment.gradient[waiting] / segment.slope[waiting]
        best = int(at.argmax())
        return int(waiting[best]), 0.0, max(float(at[best]), 0.0)

    def _step(self, segment: _Segment, zero: float) -> tuple[int, float]:
        """Lower the tolerance to the next event: the asset, and the bound it meets (0: it leaves its bound)."""
        step, event, bound = self._next_entry(segment)
        step, event, bound = self._next_exit(segment, (step, event, bound))
        tolerance = self.tolerance - step
        self.tolerance = tolerance if tolerance > zero else 0.0
        self.weights = self.weights.copy()
        self.weights[segment.free] = segment.origin + self.tolerance * segment.direction
        if bound:
            self.weights[event] = self.problem.lower[event] if bound > 0 else self.problem.upper[event]
        return event, bound

    def _next_entry(self, segment: _Segment) -> tuple[float, int, float]:
        rate = self.side * segment.slope
        if self.left >= 0:
            rate[self.left] = 0.0
        waiting = np.flatnonzero(rate > self.tie)
        if waiting.size == 0:
            return self.tolerance, -1, 0.0
        gap = self.side[waiting] * (segment.gradient[waiting] + self.tolerance * segment.slope[waiting])
        steps = np.maximum(gap, 0.0) / rate[waiting]
        best = int(steps.argmin())
        step = float(steps[best])
        return (step, int(waiting[best]), 0.0) if step < self.tolerance else (self.tolerance, -1, 0.0)

    def _next_exit(self, segment: _Segment, entry: tuple[float, int, float]) -> tuple[float, int, float]:
        """A free asset that meets a bound before ``entry``; as the tolerance falls, w moves against its direction."""
        step, event, bound = entry
        _, _, lower, upper = self.problem
        now = (segment.origin + self.tolerance * segment.direction).tolist()
        speeds = segment.direction.tolist()
        still = NO_MOTION * max(map(abs, speeds))
        for asset, weight, speed in zip(segment.free, now, speeds, strict=True):
            if abs(speed) <= still:
                continue
            toward = 1.0 if speed > 0 else -1.0
            if asset == self.entered and toward == self.entered_from:
                continue  # it has just left that bound
            room = weight - lower[asset] if speed > 0 else upper[asset] - weight
            reached = max(float(room), 0.0) / abs(speed)
            if reached < step:
                step, event, bound = reached, asset, toward
        return step, event, bound

    def _apply(self, event: int, bound: float) -> bool:
        """Move an asset to a bound or set it free; False where it is parked instead."""
        self.entered = self.left = -1
        if bound:
            self.side[event] = bound
            self.free = [asset for asset in self.free if asset != event]
            self.left = event
            self.release()
            return True
        if self._independent(event):
            self.entered, self.entered_from = event, float(self.side[event])
            self.free = [*self.free, event]
            self.side[event] = 0.0
            return True
        self.parked.append((event, float(self.side[event])))
        self.side[event] = 0.0
        return False

    def release(self) -> None:
        """Parked assets may be independent again: let them wait at their bound."""
        for asset, side in self.parked:
            self.side[asset] = side
        self.parked.clear()

    def _independent(self, asset: int) -> bool:
        assets = [*self.free, asset]
        block = self.problem.covariance[assets][:, assets] + self.shift
        try:
            factor = np.linalg.cholesky(block)
        except np.linalg.LinAlgError:
            return False
        return bool(factor[-1, -1] ** 2 > DEPENDENT * block[-1, -1])
