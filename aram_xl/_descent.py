"""One walk down the critical line: segments, the events that end them, and where the walk stands.

`aram_xl._critical_line` says what is walked and why it is exact; `aram_xl._descent_small` is the same walk on plain
numbers, for problems so small that the calls of numpy cost more than its arithmetic.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

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


class Segment(NamedTuple):
    """Between two corners: ``w = origin + t direction`` of the free assets, and the gradient of all."""

    free: list[int]
    origin: list[float]
    direction: list[float]
    gradient: Any
    """(n_assets,) reduced gradient at ``t = 0`` ..."""
    slope: Any
    """... and its change per unit of ``t``."""


def first_event(side: FloatArray, gradient: FloatArray, slope: FloatArray, tie: float) -> tuple[int, float, float]:
    """From an infinite tolerance: the variable whose bound first costs nothing (-1: none), 0, and at which tolerance.

    Args:
        side: (n,) 1 at a lower bound, -1 at an upper one, 0 for free variables.
        gradient: (n,) of the Lagrangian at tolerance 0, ``slope`` (n,) its growth with the tolerance.
        tie: growth that is rounding.
    """
    waiting = (side * slope > tie).nonzero()[0]
    if waiting.size == 0:
        return -1, 0.0, 0.0
    at = -gradient[waiting] / slope[waiting]
    best = int(at.argmax())
    return int(waiting[best]), 0.0, max(float(at[best]), 0.0)


def next_entry(
    costs: tuple[FloatArray, FloatArray, FloatArray, float], tolerance: float, left: int
) -> tuple[float, int, float]:
    """As the tolerance falls: the step to the next variable to leave its bound, that variable (-1: none), 0.

    Args:
        costs: side, gradient, slope and tie of `first_event`.
        tolerance: from which it falls.
        left: variable that has just met its bound (-1: none), and is not asked.
    """
    side, gradient, slope, tie = costs
    rate = side * slope
    if left >= 0:
        rate[left] = 0.0
    waiting = (rate > tie).nonzero()[0]
    if waiting.size == 0:
        return tolerance, -1, 0.0
    gap = side[waiting] * (gradient[waiting] + tolerance * slope[waiting])
    steps = np.maximum(gap, 0.0) / rate[waiting]
    best = int(steps.argmin())
    step = float(steps[best])
    return (step, int(waiting[best]), 0.0) if step < tolerance else (tolerance, -1, 0.0)


class Descent:
    """The walk: where it stands, and how it goes on."""

    def __init__(self, problem: Problem, weights: FloatArray, side: FloatArray, free: list[int], tie: float) -> None:
        self.problem = problem
        self.weights: Any = weights
        self.side: Any = side
        """(n_assets,) 1: waits at its lower bound, -1: at its upper bound, 0: free, fixed or parked."""
        self.free = free
        self.parked: list[tuple[int, float]] = []
        self.tie = tie
        self.lower, self.upper = problem.lower.tolist(), problem.upper.tolist()
        self.shift = float(problem.covariance.trace()) / weights.size or 1.0
        self.tolerance = math.inf
        self.entered, self.entered_from, self.left = -1, 0.0, -1

    def run(self, stop_variance: float) -> Corners:
        """Corner by corner, until the variance is reached or the risk tolerance is 0."""
        path, tolerances = [self.weights], [0.0]
        for _ in range(50 * len(self.lower) + 200):
            segment = self._segment()
            if self.tolerance == math.inf:
                # the portfolio of greatest return is optimal down to where another asset becomes attractive
                event, bound, self.tolerance = self._first_event(segment)
                tolerances[0] = self.tolerance
            else:
                event, bound = self._step(segment, ZERO_TOLERANCE * tolerances[0])
                path.append(self.weights)
                tolerances.append(self.tolerance)
            if self.tolerance == 0.0 or self._variance() <= stop_variance:
                return Corners(np.array(path), np.array(tolerances))
            if not self._apply(event, bound) and len(path) > 1:
                path.pop()  # a point on a segment, not a corner
                tolerances.pop()
        raise SolverError("frontier: the critical line did not end; please report the inputs that cause this")

    def release(self) -> None:
        """Parked assets may be independent again: let them wait at their bound."""
        for asset, side in self.parked:
            self.side[asset] = side
        self.parked.clear()

    def _variance(self) -> float:
        return float(self.weights @ self.problem.covariance @ self.weights)

    def _segment(self) -> Segment:
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
            return Segment(free, origin.tolist(), [0.0] * len(free), gradient, m[0] - mu)
        direction = returns - float(returns.sum()) / total * one
        slope = direction @ rows - mu
        slope -= slope[free[0]]
        return Segment(free, origin.tolist(), direction.tolist(), gradient, slope)

    def _first_event(self, segment: Segment) -> tuple[int, float, float]:
        return first_event(self.side, segment.gradient, segment.slope, self.tie)

    def _step(self, segment: Segment, zero: float) -> tuple[int, float]:
        """Lower the tolerance to the next event: the asset, and the bound it meets (0: it leaves its bound)."""
        step, event, bound = self._next_exit(segment, self._next_entry(segment))
        tolerance = self.tolerance - step
        self.tolerance = tolerance if tolerance > zero else 0.0
        weights = self.weights.copy()
        for asset, origin, direction in zip(segment.free, segment.origin, segment.direction, strict=True):
            weights[asset] = origin + self.tolerance * direction
        if bound:
            weights[event] = self.lower[event] if bound > 0 else self.upper[event]
        self.weights = weights
        return event, bound

    def _next_entry(self, segment: Segment) -> tuple[float, int, float]:
        return next_entry((self.side, segment.gradient, segment.slope, self.tie), self.tolerance, self.left)

    def _next_exit(self, segment: Segment, entry: tuple[float, int, float]) -> tuple[float, int, float]:
        """A free asset that meets a bound before ``entry``; as the tolerance falls, w moves against its direction."""
        step, event, bound = entry
        still = NO_MOTION * max(map(abs, segment.direction))
        for asset, origin, speed in zip(segment.free, segment.origin, segment.direction, strict=True):
            if abs(speed) <= still:
                continue
            toward = 1.0 if speed > 0 else -1.0
            if asset == self.entered and toward == self.entered_from:
                continue  # it has just left that bound
            weight = origin + self.tolerance * speed
            room = weight - self.lower[asset] if speed > 0 else self.upper[asset] - weight
            reached = max(room, 0.0) / abs(speed)
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

    def _independent(self, asset: int) -> bool:
        assets = [*self.free, asset]
        block = self.problem.covariance[assets][:, assets] + self.shift
        try:
            factor = np.linalg.cholesky(block)
        except np.linalg.LinAlgError:
            return False
        return bool(factor[-1, -1] ** 2 > DEPENDENT * block[-1, -1])
