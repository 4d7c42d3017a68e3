"""The walk on plain numbers: for a dozen assets a call of numpy costs more than all the arithmetic of a corner.

The Cholesky factor of the free block grows by one row with each asset that enters, which is the very arithmetic of
factoring afresh; when an asset leaves, the rows after it are computed again. Nothing is updated in place, so rounding
does not accumulate here either.
"""

from __future__ import annotations

import math
from operator import mul

from aram_xl._descent import DEPENDENT, Descent, Problem, Segment
from aram_xl.types import FloatArray

SMALL = 24
"""Assets up to which this walk is the faster one (measured: 3 times at 8, even at about 40)."""


class SmallDescent(Descent):
    """`Descent` with lists of numbers in place of arrays."""

    def __init__(self, problem: Problem, weights: FloatArray, side: FloatArray, free: list[int], tie: float) -> None:
        super().__init__(problem, weights, side, free, tie)
        self.weights, self.side = weights.tolist(), side.tolist()
        self.mu: list[float] = problem.expected_returns.tolist()
        self.rows: list[list[float]] = problem.covariance.tolist()
        self.factored: list[int] = []
        """Assets of the factor, in order ..."""
        self.factor: list[list[float]] = []
        """... its rows, lower triangle ..."""
        self.ahead_one: list[float] = []
        self.ahead_mu: list[float] = []
        """... and what forward substitution makes of ones and of the expected returns, row by row."""

    def _variance(self) -> float:
        held = [(i, weight) for i, weight in enumerate(self.weights) if weight]
        total = 0.0
        for i, weight in held:
            row = self.rows[i]
            for j, other in held:
                total += weight * other * row[j]
        return total

    def _segment(self) -> Segment:
        """As in `Descent`, with the gradient of the assets that wait; that of the others is not asked for."""
        free, mu, rows = self.free, self.mu, self.rows
        self._factor_free()
        fixed = self.weights.copy()
        for asset in free:
            fixed[asset] = 0.0
        one = self._back(self.ahead_one)
        total = sum(one)
        pull, origin = fixed, [part / total for part in one]
        if any(fixed):
            held = [(weight, row) for weight, row in zip(fixed, rows, strict=True) if weight]
            pull = [sum([weight * row[i] for weight, row in held]) for i in range(len(rows))]
            bounded = self._back(self._ahead([pull[asset] for asset in free]))
            share = 1.0 - sum(fixed) + sum(bounded)
            origin = [share * part - other for part, other in zip(origin, bounded, strict=True)]
        m = [mu[asset] for asset in free]
        direction = [0.0] * len(free)
        if max(m) - min(m) > self.tie:
            returns = self._back(self.ahead_mu)
            share = sum(returns) / total
            direction = [part - share * other for part, other in zip(returns, one, strict=True)]
        gradient, slope = [0.0] * len(rows), [0.0] * len(rows)
        terms = list(zip(free, origin, direction, strict=True))
        level = rate = 0.0
        for i in (free[0], *[i for i, side in enumerate(self.side) if side]):
            row, here, change = rows[i], pull[i] - level, -mu[i] - rate
            for asset, start, speed in terms:
                here += start * row[asset]
                change += speed * row[asset]
            if i == free[0]:
                level, rate = here, change
            else:
                gradient[i], slope[i] = here, change
        return Segment(free, origin, direction, gradient, slope)

    def _first_event(self, segment: Segment) -> tuple[int, float, float]:
        event, latest = -1, -math.inf
        for i, (side, gradient, slope) in enumerate(zip(self.side, segment.gradient, segment.slope, strict=True)):
            if side * slope > self.tie and -gradient / slope > latest:
                event, latest = i, -gradient / slope
        return event, 0.0, max(latest, 0.0)

    def _next_entry(self, segment: Segment) -> tuple[float, int, float]:
        step, event, tolerance = self.tolerance, -1, self.tolerance
        for i, (side, gradient, slope) in enumerate(zip(self.side, segment.gradient, segment.slope, strict=True)):
            rate = side * slope
            if rate > self.tie and i != self.left:
                reached = max(side * (gradient + tolerance * slope), 0.0) / rate
                if reached < step:
                    step, event = reached, i
        return step, event, 0.0

    def _independent(self, asset: int) -> bool:
        self._factor_free()
        return self._append(asset)

    def _factor_free(self) -> None:
        """Make the factor that of the free assets, in their order."""
        free = self.free
        kept = 0
        while kept < len(self.factored) and kept < len(free) and self.factored[kept] == free[kept]:
            kept += 1
        for known in (self.factored, self.factor, self.ahead_one, self.ahead_mu):
            del known[kept:]
        for asset in free[kept:]:  # free assets stay independent in any order, but for rounding
            self._append(asset, least=-math.inf)

    def _append(self, asset: int, least: float = DEPENDENT) -> bool:
        """One more row of the factor; False, and no row, where less than a share ``least`` of the variance is new."""
        row: list[float] = []
        own, shift = self.rows[asset], self.shift
        for other, known in zip(self.factored, self.factor, strict=True):
            row.append((own[other] + shift - sum(map(mul, row, known))) / known[-1])
        diagonal = own[asset] + shift
        rest = diagonal - sum(map(mul, row, row))
        if rest <= least * diagonal:
            return False
        pivot = math.sqrt(rest if rest > 0.0 else DEPENDENT * diagonal)
        self.ahead_one.append((1.0 - sum(map(mul, row, self.ahead_one))) / pivot)
        self.ahead_mu.append((self.mu[asset] - sum(map(mul, row, self.ahead_mu))) / pivot)
        row.append(pivot)
        self.factored.append(asset)
        self.factor.append(row)
        return True

    def _ahead(self, rhs: list[float]) -> list[float]:
        """Forward substitution."""
        found: list[float] = []
        for row, value in zip(self.factor, rhs, strict=True):
            found.append((value - sum(map(mul, row, found))) / row[-1])
        return found

    def _back(self, ahead: list[float]) -> list[float]:
        """Back substitution of what forward substitution gave."""
        found = ahead.copy()
        for i in range(len(found) - 1, -1, -1):
            row = self.factor[i]
            found[i] = known = found[i] / row[i]
            for j in range(i):
                found[j] -= row[j] * known
        return found
