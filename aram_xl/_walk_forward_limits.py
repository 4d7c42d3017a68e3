"""Step 3 of one signal under groups and a limit on turnover: the exact walk, and a cone solver where it has no proof.

A limit on turnover becomes one more group. Weights are split into what is kept of the current holding and what is
bought, ``w = kept + bought`` with ``0 <= kept <= current``: as sales and purchases are equal, one-way turnover is the
total bought, and both halves of an asset have its return and covariance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl._group_walk import max_return_at_risk_groups
from aram_xl._limits import Group, Limits, Rows, Turnover, limit_rows
from aram_xl._lockstep import BINDING, NOT_BINDING
from aram_xl._models import Model
from aram_xl.errors import InfeasibleError, InputError, SolverError
from aram_xl.types import FloatArray, IntArray

TRADE = 1e-9
"""Relative and absolute room above the least trade that limits ask for, so that rounding does not exclude it."""


class Moments(NamedTuple):
    """Of the admitted assets at one signal."""

    expected: FloatArray
    covariance: FloatArray


class Solved(NamedTuple):
    """Step 3 of one signal."""

    weights: FloatArray
    """(n_admitted,); the least-risk mix where the target is infeasible."""
    status: int
    least: float
    """Least reachable risk; NaN from the cone solver, which does not ask."""
    greatest: float
    exact: bool
    """Whether the walk has answered."""
    turnover: float | None = None
    """The limit on turnover that was taken where the card's could not be kept."""


class Restriction(NamedTuple):
    """Limits of the card on the admitted assets."""

    lower: FloatArray
    upper: FloatArray
    groups: tuple[Group, ...]
    """Members are positions among the admitted assets."""
    turnover: float | None


def restriction(model: Model, assets: IntArray, limits: tuple[FloatArray, FloatArray]) -> Restriction:
    """What the card's limits ask of the admitted assets.

    Raises:
        InputError: a group must hold something and none of its members is admitted.
    """
    position = {model.universe[j]: i for i, j in enumerate(assets.tolist())}
    groups = []
    for group in model.groups:
        members = tuple(position[ticker] for ticker in group.members if ticker in position)
        if members:
            groups.append(Group(group.name, members, group.least, group.greatest))
        elif group.least > 0.0:
            raise InputError(f"group {group.name}: expected a member with enough history, got none")
    return Restriction(*limits, tuple(groups), model.turnover)


def solve(moments: Moments, target: float, limits: Restriction, current: FloatArray | None) -> Solved:
    """Greatest return at the target; ``current``: drifted weights of the admitted assets, None before the first trade.

    Raises:
        InfeasibleError: no portfolio meets all limits, or, from the cone solver, none meets the target.
        SolverError: neither method has an answer that passes its certificate.
    """
    size = limits.lower.size
    rows = limit_rows(Limits(groups=limits.groups), size, None)
    try:
        if limits.turnover is None or current is None:
            found = max_return_at_risk_groups(*moments, target, (limits.lower, limits.upper), rows)
            return Solved(found.found.weights, found.status, found.least_risk, found.greatest_risk, exact=True)
        return _with_turnover(moments, target, (limits, rows), (current, limits.turnover))
    except SolverError:
        return _by_cone_solver(moments, target, limits, current)


def _with_turnover(
    moments: Moments, target: float, limits: tuple[Restriction, Rows], trade: tuple[FloatArray, float]
) -> Solved:
    bounds, rows = limits
    current, turnover = trade
    lower = np.concatenate([np.minimum(bounds.lower, current), np.maximum(bounds.lower - current, 0.0)])
    upper = np.concatenate([np.minimum(bounds.upper, current), np.maximum(bounds.upper - current, 0.0)])
    used = np.flatnonzero(upper > 0.0)
    asset = used % current.size
    bought = (used >= current.size).astype(np.float64)
    lifted = Rows(
        np.vstack([rows.matrix[:, asset], bought]),
        np.append(rows.least, 0.0),
        np.append(rows.greatest, turnover),
        (*rows.names, "turnover"),
    )
    expected, covariance = moments.expected[asset], moments.covariance[np.ix_(asset, asset)]
    box, raised = (lower[used], upper[used]), None
    try:
        found = max_return_at_risk_groups(expected, covariance, target, box, lifted)
    except InfeasibleError:
        # The other limits ask for more trade: the least that meets them, found as the greatest "return" of buying none.
        free = lifted._replace(greatest=np.append(rows.greatest, 1.0))
        least = max_return_at_risk_groups(-bought, covariance, float("inf"), box, free).found.weights
        raised = float(bought @ least) * (1.0 + TRADE) + TRADE
        lifted = lifted._replace(greatest=np.append(rows.greatest, raised))
        found = max_return_at_risk_groups(expected, covariance, target, box, lifted)
    weights = np.asarray(np.bincount(asset, found.found.weights, current.size), dtype=np.float64)
    return Solved(weights, found.status, found.least_risk, found.greatest_risk, exact=True, turnover=raised)


def _by_cone_solver(moments: Moments, target: float, limits: Restriction, current: FloatArray | None) -> Solved:
    from aram_xl.program import max_return_at_risk_general

    turnover = None
    if limits.turnover is not None and current is not None:
        # Its measure counts sales, too; what lies outside the assets is sold without being in ``current``.
        turnover = Turnover(limits.turnover - 0.5 * (1.0 - float(current.sum())), current)
    general = Limits(groups=limits.groups, turnover=turnover)
    found = max_return_at_risk_general(*moments, target, general, limits.lower, limits.upper)
    status = BINDING if found.binding else NOT_BINDING
    return Solved(np.asarray(found.weights), status, float("nan"), float("nan"), exact=False)
