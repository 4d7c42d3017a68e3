"""The critical line under group limits: several equations instead of the budget alone.

A group row ``least <= g'w <= greatest`` becomes the equation ``g'w - s = 0`` with a slack ``s`` of no return and no
variance between the two limits. Every limit is then a bound, on a weight or on a slack, and the walk is Markowitz's
general one: ``min x'Sx / 2 - t m'x  s.t.  A x = b, l <= x <= u``, from the greatest return (``t`` infinite) down to
the least risk (``t = 0``). On a segment the free variables solve one system ``[S A'; A 0]``, computed afresh.

* Start: the best assets filled to their caps solve the problem without rows; each row they break is mended by a step
  of the dual simplex method, which keeps the return the greatest under the rows met so far.
* Ties for the greatest return: as in `aram_xl._critical_line`, the same walk over the face of best mixes, with
  made-up returns that make the vertex its only best point, ends at the mix of least risk. Nothing is perturbed.
* A side of a row that budget and bounds imply is no limit; a row without sides is left out.
* A variable that could only move along a direction without variance is parked until one of the free ones leaves: its
  cost cannot change sign for ``t > 0``. A free variable that its equations hold has no speed, so it cannot leave.

Sources: Markowitz (1956), Naval Research Logistics Quarterly 3; Markowitz and Todd (2000), Mean-Variance Analysis,
chapters 7 to 9; Lemke (1954), Naval Research Logistics Quarterly 1 (dual simplex method).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from aram_xl._descent import NO_MOTION, TIE, ZERO_TOLERANCE, Problem, first_event, next_entry
from aram_xl._limits import Rows
from aram_xl.errors import InfeasibleError, SolverError
from aram_xl.types import FloatArray, IntArray

INSIDE = 1e-12
"""Excess over a bound, in weight, that is the rounding of a sum of caps such as 7 x (1/7)."""

PIVOT = 1e-9
"""Least change of a broken row per unit of what can mend it: rounding sits near 1e-16, rows are of unit size."""

EXCLUDED = 1e-9
"""Distance, in weight, by which limits miss each other beyond doubt; closer ones are left to another method."""

FLAT = 1e-13
"""Variance of a move, relative to that of the asset and of a typical one and to the square of its largest trade, that
is rounding of none: in 20,000 corners rounding stayed below 1e-14 (twins), real moves above 1e-11."""


class Lifted(NamedTuple):
    """The problem at unit size, with one slack per row: ``A x = b, l <= x <= u`` for x = (weights, slacks)."""

    returns: FloatArray
    """(n_variables,) centred, spread 1; 0 for slacks."""
    system: FloatArray
    """(n_variables + n_equations, the same) ``[S A'; A 0]``; the first equation is the budget."""
    right: FloatArray
    """(n_equations,)"""
    lower: FloatArray
    upper: FloatArray
    tie: float
    """Difference of two returns that is rounding."""
    variance: float
    """Size of the unit of variance ..."""
    spread: float
    """... and of the unit of return, in the caller's units; 0 when all expected returns are equal."""
    kept: IntArray
    """(n_slacks,) row of each slack ..."""
    sizes: FloatArray
    """... and what its coefficients were divided by."""


class Standing(NamedTuple):
    """A point of the walk: values of all variables, where each waits, and which are free."""

    values: FloatArray
    side: FloatArray
    """(n_variables,) 1: waits at its lower bound, -1: at its upper bound, 0: free, fixed or parked."""
    free: IntArray


class Segment(NamedTuple):
    """Between two corners: ``x = origin + t direction``; what the bounds cost is ``gradient + t slope``."""

    origin: FloatArray
    direction: FloatArray
    gradient: FloatArray
    slope: FloatArray
    chosen: IntArray
    """The free variables, then all equations: rows of the system of this segment ..."""
    system: FloatArray
    """... and that system."""


def lift(problem: Problem, rows: Rows) -> Lifted:
    """Rows as equations with slacks, at unit size; rows that budget and bounds imply are left out."""
    mu, covariance, lower, upper = problem
    spread = float(mu.max() - mu.min())
    tie = TIE * float(np.abs(mu).max())
    if spread <= tie:
        spread = 0.0
    variance = float(np.trace(covariance)) / mu.size or 1.0
    sizes = np.abs(rows.matrix).max(axis=1, initial=0.0)
    matrix = rows.matrix / sizes[:, None]
    greatest = _greatest_values(np.vstack([matrix, -matrix]), lower, upper)
    count = len(matrix)
    low = np.where(rows.least / sizes > INSIDE - greatest[count:], rows.least / sizes, -np.inf)
    high = np.where(rows.greatest / sizes < greatest[:count] - INSIDE, rows.greatest / sizes, np.inf)
    kept = np.flatnonzero(np.isfinite(low) | np.isfinite(high))
    size, slacks = mu.size, kept.size
    variables = size + slacks
    system = np.zeros((variables + 1 + slacks, variables + 1 + slacks))
    system[:size, :size] = covariance / variance
    system[variables, :size] = 1.0
    system[variables + 1 :, :size] = matrix[kept]
    system[variables + 1 :, size:variables] = -np.eye(slacks)
    system[:variables, variables:] = system[variables:, :variables].T
    returns = np.zeros(variables)
    returns[:size] = (mu - 0.5 * (mu.max() + mu.min())) / (spread or 1.0)
    right = np.zeros(1 + slacks)
    right[0] = 1.0
    return Lifted(
        returns,
        system,
        right,
        np.concatenate([lower, low[kept]]),
        np.concatenate([upper, high[kept]]),
        tie / (spread or tie or 1.0),
        variance,
        spread,
        kept,
        sizes[kept],
    )


def _greatest_values(matrix: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """The greatest value of each row over bounds and budget: fill the best assets first."""
    order = np.argsort(-matrix, axis=1, kind="stable")
    room = (upper - lower)[order]
    before = np.cumsum(room, axis=1) - room
    extra = np.clip(1.0 - float(lower.sum()) - before, 0.0, room)
    return np.asarray(matrix @ lower + (np.take_along_axis(matrix, order, axis=1) * extra).sum(axis=1))


def best_return(lifted: Lifted, names: tuple[str, ...]) -> Standing:
    """The mix of greatest return and, among several, of least risk.

    Raises:
        InfeasibleError: no portfolio meets all rows and bounds; ``names`` says which rows stand against each other.
        SolverError: the start was not found, or the limits miss each other by no more than rounding.
    """
    vertex, costs = _vertex(lifted, names)
    tied = (vertex.side != 0.0) & (np.abs(costs) <= lifted.tie)
    if not tied.any():
        return vertex
    rank = np.arange(vertex.side.size) / (2.0 * vertex.side.size)
    made_up = np.where(tied, -vertex.side * (1.0 + rank), 0.0)
    face = Descent(lifted._replace(returns=made_up, tie=TIE), vertex._replace(side=np.where(tied, vertex.side, 0.0)))
    last, _, _ = list(face.segments())[-1]
    inside = np.zeros(tied.size, dtype=bool)
    inside[vertex.free] = True
    face.release()
    return Standing(last.origin, np.where(tied | inside, face.side, vertex.side), face.free)


def _vertex(lifted: Lifted, names: tuple[str, ...]) -> tuple[Standing, FloatArray]:
    """A vertex of greatest return and the reduced returns there: the dual simplex method from the rows left out."""
    values, side, free = _without_rows(lifted)
    variables = side.size
    equations = lifted.system[variables:, :variables]
    gains, lower, upper = lifted.returns, lifted.lower, lifted.upper
    for _ in range(20 * variables + 50):
        try:
            inverse = np.linalg.inv(equations[:, free])
        except np.linalg.LinAlgError:
            break
        values[free] = 0.0
        here = inverse @ (lifted.right - equations @ values)
        excess = np.maximum(lower[free] - here, here - upper[free])
        worst = int(excess.argmax())
        costs = gains - (gains[free] @ inverse) @ equations
        if excess[worst] <= INSIDE:
            values[free] = here
            return Standing(values, side, free), costs
        leaving = int(free[worst])
        rises = bool(here[worst] < lower[leaving])
        change = inverse[worst] @ equations
        mending = np.flatnonzero((side * change if rises else -side * change) < -PIVOT)
        if mending.size == 0:
            raise _contradiction(lifted, inverse[worst], names)
        pivots = np.abs(change[mending])
        ratios = np.maximum(-side[mending] * costs[mending], 0.0) / pivots
        nearest = ratios <= ratios.min() + lifted.tie
        entering = int(mending[np.where(nearest, pivots, 0.0).argmax()])
        values[leaving] = lower[leaving] if rises else upper[leaving]
        side[leaving] = 0.0 if lower[leaving] == upper[leaving] else 1.0 if rises else -1.0
        side[entering] = 0.0
        free[worst] = entering
    raise SolverError("groups: the portfolio of greatest return was not found; another method is needed")


def _without_rows(lifted: Lifted) -> tuple[FloatArray, FloatArray, IntArray]:
    """Best assets filled to their caps: the last one filled and all slacks are free."""
    size = lifted.returns.size - lifted.kept.size
    lower, upper = lifted.lower[:size], lifted.upper[:size]
    order = np.argsort(-lifted.returns[:size], kind="stable")
    room = (upper - lower)[order]
    before = np.cumsum(room) - room
    extra = np.clip(1.0 - float(lower.sum()) - before, 0.0, room)
    marginal = int(order[np.flatnonzero(extra > 0.0)[-1] if extra.any() else room.argmax()])
    full = np.zeros(size, dtype=bool)
    full[order] = extra >= room
    side = np.where(full, -1.0, 1.0)
    values = np.where(full, upper, lower)
    side[lower >= upper] = 0.0
    side[marginal] = 0.0
    slacks = np.zeros(lifted.kept.size)
    free = np.concatenate([[marginal], np.arange(size, size + slacks.size)]).astype(np.intp)
    return np.concatenate([values, slacks]), np.concatenate([side, slacks]), free


def _contradiction(lifted: Lifted, ray: FloatArray, names: tuple[str, ...]) -> InfeasibleError | SolverError:
    """``ray @ A x`` has to equal ``ray @ b`` but cannot within the bounds: which rows take part, and by how much."""
    variables = lifted.returns.size
    total = ray @ lifted.system[variables:, :variables]
    total[np.abs(total) <= PIVOT] = 0.0
    used = total != 0.0
    low, high, part = lifted.lower[used], lifted.upper[used], total[used]
    wanted = float(ray @ lifted.right)
    least = float((part * np.where(part > 0.0, low, high)).sum())
    greatest = float((part * np.where(part > 0.0, high, low)).sum())
    involved = [names[int(row)] for row in lifted.kept[np.abs(ray[1:]) > PIVOT]]
    short = max(least - wanted, wanted - greatest) / float(np.abs(ray[1:]).max(initial=PIVOT))
    if not involved or short <= EXCLUDED:
        return SolverError("groups: the limits leave no room beyond rounding; another method is needed")
    return InfeasibleError(
        f"limits: no portfolio meets all limits and bounds; {', '.join(involved)} cannot be met with the others, "
        f"short by {short:.4g} in total or more; relax it or what stands against it"
    )


class Descent:
    """The walk: where it stands, and how it goes on."""

    def __init__(self, lifted: Lifted, standing: Standing) -> None:
        self.lifted = lifted
        self.values = standing.values
        self.side = standing.side.copy()
        self.free = standing.free
        variables = lifted.returns.size
        self.equations = np.arange(variables, len(lifted.system))
        self.right = np.zeros((len(lifted.system), 2))
        self.right[variables:, 0] = lifted.right
        self.right[:variables, 1] = lifted.returns
        self.parked: list[tuple[int, float]] = []
        self.tolerance = math.inf
        self.entered, self.entered_from, self.left = -1, 0.0, -1

    def segments(self) -> Iterator[tuple[Segment, float, float]]:
        """Each segment with the risk tolerances at its upper and lower end; the last one ends at 0.

        Raises:
            SolverError: the walk did not end: degenerate corners have led it in a circle.
        """
        zero = 0.0
        for _ in range(20 * self.values.size + 100):
            segment = self._segment()
            above = self.tolerance
            if above == math.inf:
                event, bound, self.tolerance = first_event(self.side, segment.gradient, segment.slope, self.lifted.tie)
                zero = ZERO_TOLERANCE * self.tolerance
            else:
                event, bound = self._step(segment, zero)
            yield segment, above, self.tolerance
            if self.tolerance == 0.0:
                return
            self._apply(segment, event, bound)
        raise SolverError("groups: the critical line did not end; another method is needed")

    def _segment(self) -> Segment:
        lifted, free = self.lifted, self.free
        variables = self.values.size
        chosen = np.concatenate([free, self.equations])
        fixed = self.values.copy()
        fixed[free] = 0.0
        columns = lifted.system.take(chosen, axis=1)
        system = columns.take(chosen, axis=0)
        pull = lifted.system[:, :variables] @ fixed
        right = self.right.take(chosen, axis=0)
        right[:, 0] -= pull.take(chosen)
        solved = _solved(system, right)
        gradient, slope = (columns[:variables] @ solved).T
        gradient += pull[:variables]
        slope -= lifted.returns
        gradient[free] = slope[free] = 0.0
        direction = np.zeros(variables)
        if self.tolerance < math.inf and free.size > self.equations.size:
            along = solved[: free.size, 1]
            bend = system[: free.size, : free.size] @ along
            if max(bend.max(), -bend.min()) > lifted.tie:  # else they all tie, and what moves is rounding
                still = NO_MOTION * float(np.abs(solved[:, 1]).max())
                direction[free] = np.where(np.abs(along) > still, along, 0.0)
        fixed[free] = solved[: free.size, 0]
        return Segment(fixed, direction, gradient, slope, chosen, system)

    def _step(self, segment: Segment, zero: float) -> tuple[int, float]:
        """Lower the tolerance to the next event: the variable, and the bound it meets (0: it leaves its bound)."""
        costs = (self.side, segment.gradient, segment.slope, self.lifted.tie)
        step, event, bound = self._next_exit(segment, next_entry(costs, self.tolerance, self.left))
        tolerance = self.tolerance - step
        self.tolerance = tolerance if tolerance > zero else 0.0
        self.values = segment.origin + self.tolerance * segment.direction
        if bound:
            self.values[event] = self.lifted.lower[event] if bound > 0 else self.lifted.upper[event]
        return event, bound

    def _next_exit(self, segment: Segment, entry: tuple[float, int, float]) -> tuple[float, int, float]:
        """A free variable that meets a bound before ``entry``; it moves against its direction as t falls."""
        free = self.free
        along = segment.direction[free]
        moving = along != 0.0
        if self.entered >= 0:
            moving[-1] &= (along[-1] > 0.0) != (self.entered_from > 0.0)  # it has just left that bound
        leaving = moving.nonzero()[0]
        if leaving.size == 0:
            return entry
        assets, along = free[leaving], along[leaving]
        now = segment.origin[assets] + self.tolerance * along
        room = np.where(along > 0.0, now - self.lifted.lower[assets], self.lifted.upper[assets] - now)
        steps = np.maximum(room, 0.0) / np.abs(along)
        best = int(steps.argmin())
        if steps[best] < entry[0]:
            return float(steps[best]), int(assets[best]), 1.0 if along[best] > 0.0 else -1.0
        return entry

    def _apply(self, segment: Segment, event: int, bound: float) -> None:
        """Move a variable to a bound or set it free, or park it."""
        self.entered = self.left = -1
        if bound:
            self.side[event] = bound if self.lifted.lower[event] < self.lifted.upper[event] else 0.0
            self.free = self.free[self.free != event]
            self.left = event
            self.release()
        elif self._curved(segment, event):
            self.entered, self.entered_from = event, float(self.side[event])
            self.free = np.concatenate([self.free, [event]])
            self.side[event] = 0.0
        else:
            self.parked.append((event, float(self.side[event])))
            self.side[event] = 0.0

    def release(self) -> None:
        """Parked variables may add variance of their own again: let them wait at their bound."""
        for variable, side in self.parked:
            self.side[variable] = side
        self.parked.clear()

    def _curved(self, segment: Segment, variable: int) -> bool:
        """Whether the move of least variance that takes in this variable has variance beyond rounding."""
        column = self.lifted.system[segment.chosen, variable]
        own = float(self.lifted.system[variable, variable])
        response = _solved(segment.system, column)
        largest = max(1.0, float(np.abs(response[: self.free.size]).max()))
        return own - float(column @ response) > FLAT * (1.0 + own) * largest**2


def _solved(system: FloatArray, right: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.solve(system, right))
    except np.linalg.LinAlgError:
        raise SolverError("groups: a corner has no line of its own; another method is needed") from None
