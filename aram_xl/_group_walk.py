"""Step 3 under group limits, exact: the portfolio of greatest return at a risk target, by the critical line.

``max m'w  s.t.  w'Sw <= target^2, sum(w) = 1, l <= w <= u`` and rows ``least <= G w <= greatest``. The walk is that of
`aram_xl._group_walk_line`; the answer lies on the segment whose variances enclose the target, as the root of one
quadratic. Every mix handed out, the one of least risk too, has passed the certificate of `aram_xl._limits_certificate`;
where one does not, the caller has a cone solver to turn to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aram_xl._certificate import MINIMUM_VARIANCE_FORM, RETURN_FORM, RISKLESS
from aram_xl._critical_line import snapped
from aram_xl._descent import Problem
from aram_xl._group_walk_line import Descent, Lifted, Segment, best_return, lift
from aram_xl._limits import Limits, Rows
from aram_xl._limits_certificate import Found, LimitsCertificate, Model, limits_certificate, risk_of
from aram_xl._lockstep import BINDING, INFEASIBLE, NOT_BINDING
from aram_xl.errors import SolverError
from aram_xl.frontier import REACHED, ROUNDING
from aram_xl.types import FloatArray, frozen

VERIFIED = 1e-9
"""Greatest residual of an answer handed out, relative to the scale of its certificate or to what its risk is worth."""

MET = 1e-10
"""Greatest violation of a limit, in weight or relative to the risk of a typical asset, of an answer handed out."""


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """The efficient portfolio with its multipliers, and what can be reached under the limits."""

    status: int
    """``BINDING``, ``NOT_BINDING``, or ``INFEASIBLE``: then the portfolio is the mix of least risk."""
    found: Found
    """Weights and multipliers in the caller's units."""
    certificate: LimitsCertificate
    """Of ``found``; ``linear_multipliers`` holds those of all rows, by name."""
    least_risk: float
    least_risk_weights: FloatArray
    """(n_assets,) among mixes of least risk the one of greatest return."""
    greatest_risk: float
    """Targets above it hold nothing back."""
    best_return_weights: FloatArray
    """(n_assets,) among mixes of greatest return the one of least risk."""


class _Point(NamedTuple):
    """A point of the frontier at unit size."""

    values: FloatArray
    costs: FloatArray
    """(n_variables,) what the bounds cost in variance; at an infinite tolerance in return."""
    tolerance: float


class _Walked(NamedTuple):
    """What one walk has met; where it does not meet the target, ``at_target`` is the end that is nearer."""

    best: _Point
    at_target: _Point
    least: _Point


def max_return_at_risk_groups(
    expected_returns: FloatArray,
    covariance: FloatArray,
    risk_target: float,
    limits: tuple[FloatArray, FloatArray],
    rows: Rows,
) -> Answer:
    """Greatest return at a risk target under bounds and rows.

    Args:
        expected_returns: (n_assets,) decimals per period.
        covariance: (n_assets, n_assets) per period, decimal squared, symmetric positive semi-definite.
        risk_target: volatility per period, decimal, 0 or more.
        limits: lower and upper bounds, each (n_assets,), checked by the caller.
        rows: groups and linear limits, see `aram_xl._limits.limit_rows`.

    Raises:
        InfeasibleError: no portfolio meets all rows and bounds; the message names rows that stand against each other.
        SolverError: the walk ended without an answer that passes its certificate; a cone solver may have one.
    """
    problem = Problem(expected_returns, covariance, *limits)
    lifted = lift(problem, rows)
    model = _model(problem, rows, lifted)
    walked = _walk(lifted, rows.names, risk_target * risk_target / lifted.variance)
    least = _certified((model, lifted), walked.least, math.inf, MINIMUM_VARIANCE_FORM)
    least_risk = risk_of(least[0].weights, model)
    best = least
    if lifted.spread > 0.0:
        best = _certified((model, lifted), walked.best, math.inf, RETURN_FORM)
    greatest_risk = risk_of(best[0].weights, model)
    rounding = REACHED * least_risk**2 + ROUNDING * lifted.variance
    above_least = risk_target * risk_target - least_risk**2
    one_mix = greatest_risk**2 <= least_risk**2 + rounding
    chosen, status = least, BINDING
    if greatest_risk <= risk_target or (one_mix and above_least >= -rounding):
        chosen, status = best, NOT_BINDING
    elif above_least > rounding and walked.at_target.tolerance > 0.0:
        priced = risk_target > RISKLESS * model.typical_risk  # a smaller risk is known too badly to have a price
        form = RETURN_FORM if priced else MINIMUM_VARIANCE_FORM
        chosen = _certified((model, lifted), walked.at_target, risk_target, form)
    elif above_least < -rounding:
        status = INFEASIBLE
    return Answer(status, *chosen, least_risk, frozen(least[0].weights), greatest_risk, frozen(best[0].weights))


def _walk(lifted: Lifted, names: tuple[str, ...], variance: float) -> _Walked:
    """Down the whole frontier; the point of the given variance is met on the way."""
    size = lifted.returns.size
    covariance = lifted.system[:size, :size]
    best = at_target = least = None
    for segment, above, below in Descent(lifted, best_return(lifted, names)).segments():
        if best is None:
            best = _Point(segment.origin, segment.slope, math.inf)
        elif at_target is None:
            level = float(segment.origin @ covariance @ segment.origin)
            bend = float(segment.direction @ covariance @ segment.direction)
            if level + bend * below**2 <= variance:
                at_target = _at(segment, _root(level, bend, variance, (below, above)))
        if below == 0.0:
            least = _at(segment, 0.0)
    if best is None or least is None:
        raise SolverError("groups: the critical line has no end; another method is needed")
    return _Walked(best, at_target or least, least)


def _root(level: float, bend: float, variance: float, ends: tuple[float, float]) -> float:
    """The risk tolerance at which ``level + bend t^2`` is ``variance``, between the ends of a segment."""
    below, above = ends
    if variance - level >= bend * above**2:  # the segment before has missed it by rounding
        return above
    return max(math.sqrt((variance - level) / bend), below)


def _at(segment: Segment, tolerance: float) -> _Point:
    return _Point(
        segment.origin + tolerance * segment.direction, segment.gradient + tolerance * segment.slope, tolerance
    )


def _model(problem: Problem, rows: Rows, lifted: Lifted) -> Model:
    """The problem as its certificate takes it."""
    mu, covariance, lower, upper = problem
    size = mu.size
    eigenvalues, vectors = np.linalg.eigh(lifted.system[:size, :size])
    factor = (vectors * np.sqrt(np.maximum(eigenvalues, 0.0))).T
    names = [f"asset {i + 1}" for i in range(size)]
    return Model(
        *(mu, covariance, lower, upper, rows, Limits(), None, None, factor),
        *(lifted.returns[:size], lifted.spread, math.sqrt(lifted.variance), names),
    )


def _certified(
    problem: tuple[Model, Lifted], point: _Point, target: float, form: str
) -> tuple[Found, LimitsCertificate]:
    """Weights and multipliers with their proof.

    Raises:
        SolverError: it does not hold.
    """
    model, lifted = problem
    found = _found(model, lifted, point, form)
    proof = limits_certificate(model, found, form, target)
    scale = max(proof.scale, found.risk * risk_of(found.weights, model))
    residual = max(proof.stationarity, proof.duality_gap)
    if residual > VERIFIED * scale or proof.feasibility > MET:
        raise SolverError(
            f"groups: the answer failed its certificate (residual {residual / scale:.3g}, violation "
            f"{proof.feasibility:.3g}); another method is needed"
        )
    budget = proof.budget_multiplier if form == RETURN_FORM else -proof.budget_multiplier
    return found._replace(budget=budget), proof


def _found(model: Model, lifted: Lifted, point: _Point, form: str) -> Found:
    """Weights and multipliers in the caller's units; the budget's follows from the others."""
    size = model.lower.size
    weights = snapped(point.values[:size], model.lower, model.upper)
    risk = risk_of(weights, model)
    slope, unit = 0.0, lifted.spread
    if form == MINIMUM_VARIANCE_FORM:
        unit = lifted.variance / risk if risk > RISKLESS * model.typical_risk else 0.0
    elif point.tolerance < math.inf:
        unit = lifted.spread / point.tolerance
        slope = risk * unit / lifted.variance
    least = np.where(point.values > lifted.lower, 0.0, -math.inf)
    greatest = np.where(point.values < lifted.upper, 0.0, math.inf)
    prices = np.clip(-unit * point.costs, least, greatest) + 0.0  # no negative zeros
    rows = np.zeros(len(model.rows.names))
    rows[lifted.kept] = prices[size:] / lifted.sizes
    return Found(weights, slope, 0.0, prices[:size], rows, np.zeros(size), 0.0, 0.0)
