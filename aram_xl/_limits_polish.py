"""From a solver's answer to the exact one: Newton's method on the limits that the answer shows to be active.

An interior-point answer knows which limits bind long before it knows the weights to more than six digits. With those
limits as equations, and the others left out, the Karush-Kuhn-Tucker conditions are a smooth system of equations. The
caller keeps the result only if its certificate is better, so a limit taken wrongly does no harm.

Source: Stellato, Banjac, Goulart, Bemporad and Boyd (2020), OSQP, section 5.3 (polishing), here with cones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl._certificate import RISKLESS
from aram_xl._limits_certificate import Found, Model
from aram_xl.types import BoolArray, FloatArray, IntArray

STEPS = 10
"""Newton doubles the digits at each step; four or five are needed from an interior-point answer."""

STILL = 1e-15
"""Step, in weight, below which the iteration rests."""


class _Active(NamedTuple):
    """Which limits are equations, at unit size."""

    free: BoolArray
    rows: FloatArray
    """(n_equations, n_assets): budget, active rows, active turnover ..."""
    values: FloatArray
    """... and what they equal."""
    row_indexes: IntArray
    row_signs: FloatArray
    """1 at the greatest, -1 at the least value, 0 where both are one."""
    signs: FloatArray
    """(n_assets,) half the sign of each trade; zero where turnover is slack or nothing is traded."""
    held: BoolArray
    cones: tuple[tuple[bool, FloatArray, float], ...]
    """Risk and tracking error: active, point of least, limit."""


def polished(model: Model, found: Found, risk_limit: float | None) -> Found | None:
    """The solution of the active equations at unit size; None where they have none.

    Args:
        model: the checked problem.
        found: a solver's answer at unit size.
        risk_limit: the target of a greatest-return problem; None for a least-risk problem.
    """
    needed = np.ones(len(model.rows.names), dtype=bool)
    for _ in range(1 + needed.size):
        active = _active(model, found, risk_limit, needed)
        answer = _newton(model, found, active, risk_limit)
        if answer is None:
            return None
        wrong = active.row_indexes[active.row_signs * answer.rows[active.row_indexes] < 0.0]
        if wrong.size == 0:
            return answer
        needed[wrong] = False  # follows from the other equations, so has no price of its own
    return None


def _newton(model: Model, found: Found, active: _Active, risk_limit: float | None) -> Found | None:
    weights = _at_bounds(model, found, active)
    duals = np.zeros(active.values.size)
    slopes = np.array([found.risk if risk_limit is not None else 1.0, found.tracking])
    unknown = np.array([active.cones[0][0], active.cones[1][0]])
    for _ in range(STEPS):
        system = _equations(model, active, weights, (slopes, unknown), risk_limit)
        if system is None:
            return None
        try:
            step: FloatArray = np.asarray(np.linalg.lstsq(*system, rcond=None)[0], dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        count = int(active.free.sum())
        weights[active.free] += step[:count]
        duals = step[count : count + duals.size]
        slopes[unknown] = step[count + duals.size :]
        if np.abs(step[:count]).max(initial=0.0) <= STILL:
            break
    return _collected(model, active, weights, (slopes, duals), risk_limit)


def _active(model: Model, found: Found, risk_limit: float | None, needed: BoolArray) -> _Active:
    """A limit is active when its multiplier exceeds its slack; both shrink as the solver converges."""
    w, rows, limits = found.weights, model.rows, model.limits
    bound = (-found.bounds > w - model.lower) | (found.bounds > model.upper - w) | (model.lower == model.upper)
    size = np.abs(rows.matrix).max(axis=1, initial=0.0)
    levels = rows.matrix @ w
    at_least = -found.rows * size > (levels - rows.least) / size
    at_most = found.rows * size > (rows.greatest - levels) / size
    fixed = rows.least == rows.greatest
    taken = np.flatnonzero((at_least | at_most | fixed) & needed)
    row_signs = np.where(fixed, 0.0, np.where(at_least, -1.0, 1.0))[taken]
    equations = [np.ones((1, w.size)), rows.matrix[taken] / size[taken, None]]
    right = [np.ones(1), np.where(at_least, rows.least, rows.greatest)[taken] / size[taken]]
    signs: FloatArray = np.zeros(w.size)
    held = np.zeros(w.size, dtype=bool)
    if limits.turnover is not None and model.current is not None:
        trade = w - model.current
        if found.turnover > limits.turnover.limit - 0.5 * np.abs(trade).sum():
            held = np.abs(trade) < 0.5 * found.turnover - np.abs(found.prices)
            signs = np.where(held, 0.0, 0.5 * np.sign(trade))
            equations.append(signs[None, :])
            right.append(np.array([limits.turnover.limit + float(signs @ model.current)]))
    nowhere = (False, np.zeros(w.size), np.inf)
    cones: list[tuple[bool, FloatArray, float]] = [nowhere, nowhere]
    if risk_limit is not None:
        limit = risk_limit / model.typical_risk
        cones[0] = (found.risk > limit - float(np.linalg.norm(model.factor @ w)), np.zeros(w.size), limit)
    if limits.tracking_error is not None and model.benchmark is not None:
        limit = limits.tracking_error.limit / model.typical_risk
        distance = float(np.linalg.norm(model.factor @ (w - model.benchmark)))
        cones[1] = (found.tracking > limit - distance, model.benchmark, limit)
    values = np.concatenate(right)
    return _Active(~(bound | held), np.vstack(equations), values, taken, row_signs, signs, held, tuple(cones))


def _at_bounds(model: Model, found: Found, active: _Active) -> FloatArray:
    """Assets that are not free go to the bound (or the holding) that is nearest."""
    w = found.weights
    nearest = np.where(w - model.lower <= model.upper - w, model.lower, model.upper)
    if model.current is not None:
        nearest = np.where(active.held, model.current, nearest)
    return np.where(active.free, w, nearest)


def _gradient(model: Model, point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Norm, gradient and curvature of ``|factor @ point|``."""
    mapped = model.factor @ point
    norm = float(np.linalg.norm(mapped))
    if norm <= RISKLESS:
        return norm, np.zeros(point.size), np.zeros((point.size, point.size))
    gradient = model.factor.T @ mapped / norm
    return norm, gradient, (model.factor.T @ model.factor - np.outer(gradient, gradient)) / norm


def _equations(
    model: Model,
    active: _Active,
    weights: FloatArray,
    cone_multipliers: tuple[FloatArray, BoolArray],
    risk_limit: float | None,
) -> tuple[FloatArray, FloatArray] | None:
    """The linearised conditions: step of free weights, then the new multipliers."""
    free, (slopes, unknown) = active.free, cone_multipliers
    gains = np.zeros(weights.size) if risk_limit is None else model.scaled_returns
    curvature = np.zeros((weights.size, weights.size))
    known, columns, cone_right = gains.copy(), [], []
    for i, (is_active, centre, limit) in enumerate(active.cones):
        norm, gradient, bend = _gradient(model, weights - centre)
        used = is_active or (i == 0 and risk_limit is None)
        if not used:
            continue
        if norm <= RISKLESS:
            return None
        curvature += slopes[i] * bend
        if unknown[i]:
            columns.append(gradient)
            cone_right.append(limit - norm)
        else:
            known = known - slopes[i] * gradient
    equations = np.vstack([active.rows, *[column[None, :] for column in columns]])
    right = np.concatenate([known[free], active.values - active.rows @ weights, np.array(cone_right)])
    side = equations[:, free]
    corner = np.zeros((len(equations), len(equations)))
    return np.block([[curvature[np.ix_(free, free)], side.T], [side, corner]]), right


def _collected(
    model: Model,
    active: _Active,
    weights: FloatArray,
    multipliers: tuple[FloatArray, FloatArray],
    risk_limit: float | None,
) -> Found:
    slopes, duals = multipliers
    count = active.row_indexes.size
    size = np.abs(model.rows.matrix).max(axis=1, initial=0.0)
    rows = np.zeros(len(model.rows.names))
    taken = active.row_indexes
    rows[taken] = duals[1 : 1 + count] / size[taken]
    turnover = max(float(duals[1 + count]), 0.0) if duals.size > 1 + count else 0.0
    slopes = np.maximum(slopes, 0.0)
    reduced = np.zeros(weights.size) if risk_limit is None else model.scaled_returns.copy()
    for slope, (_, centre, _) in zip(slopes, active.cones, strict=True):
        if slope > 0.0:
            reduced -= slope * _gradient(model, weights - centre)[1]
    reduced -= rows @ model.rows.matrix + duals[0]
    prices = np.where(active.held, np.clip(reduced, -0.5 * turnover, 0.5 * turnover), turnover * active.signs)
    bounds = np.where(active.free, 0.0, reduced - prices)
    risk = float(slopes[0]) if risk_limit is not None else 0.0
    return Found(weights, risk, float(duals[0]), bounds, rows, prices, turnover, float(slopes[1]))
