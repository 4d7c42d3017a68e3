"""Proof of optimality under general limits, for weights and multipliers from anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from aram_xl._certificate import RETURN_FORM, RISKLESS, duals, linear_maximum, sides
from aram_xl._limits import Limits, Rows
from aram_xl.frontier import percent_text
from aram_xl.types import FloatArray, frozen

FEASIBLE = 1e-8
"""Greatest violation of a limit, in weight or relative to the risk of a typical asset, of an answer handed out."""

ACTIVE = 1e-6
"""Multiplier, at unit scale, above which a limit counts as binding: those of slack limits end near 1e-10."""

CERTIFIED = 1e-8
"""Duality gap and residuals, relative to the scale, of an answer called optimal."""


@dataclass(frozen=True, eq=False, slots=True)
class LimitsCertificate:
    """Multipliers and residuals of a portfolio under general limits.

    ``m - k Sw / risk - h S(w - b) / tracking error - p - A'y - g + lower_multipliers - upper_multipliers = 0``; in the
    minimum-variance form ``m - k Sw / risk`` is ``- Sw / risk``. Multipliers of groups and linear limits (``y``) are
    positive at the greatest and negative at the least value allowed.
    """

    form: str
    risk_multiplier: float
    """``k``: return per unit of risk; infinite in the minimum-variance form."""
    budget_multiplier: float
    lower_multipliers: FloatArray
    upper_multipliers: FloatArray
    group_multipliers: Mapping[str, float]
    linear_multipliers: Mapping[str, float]
    turnover_multiplier: float
    """Return per unit of one-way turnover."""
    trade_prices: FloatArray
    """(n_assets,) ``p``: half the turnover multiplier for a purchase, minus that for a sale, between for no trade."""
    tracking_error_multiplier: float
    """``h``: return per unit of tracking error."""
    stationarity: float
    """Largest violation of the first-order conditions, in return (or risk) per period."""
    feasibility: float
    """Largest violation of a limit, in weight or relative to the risk of a typical asset."""
    duality_gap: float
    """No portfolio within the limits beats this one by more, in return (or risk) per period."""
    scale: float
    """What the residuals are held against: spread of expected returns (or risk of a typical asset)."""

    @property
    def optimal(self) -> bool:
        """Whether all residuals are within tolerance."""
        worst = max(self.stationarity, self.duality_gap)
        return bool(worst <= CERTIFIED * self.scale and self.feasibility <= FEASIBLE)


class Model(NamedTuple):
    """The checked problem and its sizes; ``factor`` and ``scaled_returns`` are at unit size."""

    returns: FloatArray
    covariance: FloatArray
    lower: FloatArray
    upper: FloatArray
    rows: Rows
    limits: Limits
    current: FloatArray | None
    benchmark: FloatArray | None
    factor: FloatArray
    """(n_assets, n_assets) ``L' / typical risk`` with ``LL' = S``."""
    scaled_returns: FloatArray
    spread: float
    typical_risk: float
    names: Sequence[str]


class Found(NamedTuple):
    """Weights and multipliers; signs as in `LimitsCertificate`, the unit that of the objective."""

    weights: FloatArray
    risk: float
    budget: float
    bounds: FloatArray
    rows: FloatArray
    prices: FloatArray
    turnover: float
    tracking: float


def risk_of(weights: FloatArray, model: Model) -> float:
    return float(np.sqrt(max(float(weights @ model.covariance @ weights), 0.0)))


def _per_risk(weights: FloatArray, model: Model) -> FloatArray:
    """Gradient of risk; zero, one of its subgradients, where there is no risk."""
    risk = risk_of(weights, model)
    if risk <= RISKLESS * model.typical_risk:
        return np.zeros(weights.size)
    return np.asarray(model.covariance @ weights / risk)


def turnover_of(weights: FloatArray, model: Model) -> float | None:
    return None if model.current is None else 0.5 * float(np.abs(weights - model.current).sum())


def tracking_error_of(weights: FloatArray, model: Model) -> float | None:
    return None if model.benchmark is None else risk_of(weights - model.benchmark, model)


def limits_certificate(model: Model, found: Found, form: str, target: float) -> LimitsCertificate:
    """Residuals on the caller's data.

    The gap rests on weak duality: for any multipliers of the right sign, and subgradients of the convex limits at
    these weights, no portfolio within the limits earns more than the linearised problem with bounds and budget only.
    """
    w = found.weights
    slack = 0.0
    if form == RETURN_FORM:
        reduced = model.returns - found.risk * _per_risk(w, model)
        slack += found.risk * (target - risk_of(w, model)) if found.risk > 0.0 else 0.0
    else:
        reduced = -_per_risk(w, model)
    if model.benchmark is not None and model.limits.tracking_error is not None:
        away = w - model.benchmark
        reduced = reduced - found.tracking * _per_risk(away, model)
        slack += found.tracking * (model.limits.tracking_error.limit - risk_of(away, model))
    if model.current is not None and model.limits.turnover is not None:
        reduced = reduced - found.prices
        slack += found.turnover * model.limits.turnover.limit - float(found.prices @ (w - model.current))
    reduced = reduced - found.rows @ model.rows.matrix
    slack += _row_slack(model.rows, found.rows, w)
    budget, below, above, stationarity = _prices(reduced, found.bounds, w, (model.lower, model.upper))
    gap = linear_maximum(reduced, (model.lower, model.upper)) - float(reduced @ w) + slack
    groups = len(model.limits.groups)
    group_names = [group.name for group in model.limits.groups]
    return LimitsCertificate(
        form,
        found.risk if form == RETURN_FORM else np.inf,
        budget if form == RETURN_FORM else -budget,
        frozen(below),
        frozen(above),
        MappingProxyType(dict(zip(group_names, found.rows[:groups].tolist(), strict=True))),
        MappingProxyType(dict(zip(model.rows.names[groups:], found.rows[groups:].tolist(), strict=True))),
        found.turnover,
        frozen(found.prices),
        found.tracking,
        stationarity,
        violation(w, model, target if form == RETURN_FORM else np.inf),
        max(gap, 0.0),
        model.spread if form == RETURN_FORM else model.typical_risk,
    )


def _prices(
    reduced: FloatArray, multipliers: FloatArray, weights: FloatArray, limits: tuple[FloatArray, FloatArray]
) -> tuple[float, FloatArray, FloatArray, float]:
    """Multipliers of budget and bounds and the residual: those found, or those that the weights imply if better."""
    budget = float(np.median(reduced - multipliers))
    residual = float(np.abs(reduced - budget - multipliers).max())
    implied = duals(reduced, *sides(weights, limits))
    if implied[3] <= residual:
        return implied
    return budget, np.maximum(-multipliers, 0.0), np.maximum(multipliers, 0.0), residual


def _row_slack(rows: Rows, multipliers: FloatArray, weights: FloatArray) -> float:
    values = rows.matrix @ weights
    above, below = multipliers > 0.0, multipliers < 0.0
    return float(
        multipliers[above] @ (rows.greatest[above] - values[above])
        + multipliers[below] @ (rows.least[below] - values[below])
    )


def violation(weights: FloatArray, model: Model, target: float) -> float:
    """Largest violation, in weight, per greatest coefficient of a row, or relative to typical risk."""
    rows, limits = model.rows, model.limits
    values = rows.matrix @ weights
    size = np.abs(rows.matrix).max(axis=1, initial=0.0)
    excesses = [
        abs(weights.sum() - 1.0),
        (model.lower - weights).max(),
        (weights - model.upper).max(),
        np.max((rows.least - values) / size, initial=0.0),
        np.max((values - rows.greatest) / size, initial=0.0),
        (risk_of(weights, model) - target) / model.typical_risk,
    ]
    turnover, tracking_error = turnover_of(weights, model), tracking_error_of(weights, model)
    if limits.turnover is not None and turnover is not None:
        excesses.append(turnover - limits.turnover.limit)
    if limits.tracking_error is not None and tracking_error is not None:
        excesses.append((tracking_error - limits.tracking_error.limit) / model.typical_risk)
    return float(max(*excesses, 0.0))


def in_units(found: Found, unit: float, model: Model) -> Found:
    """Weights without the solver's rounding; multipliers per unit of the caller's return (or risk)."""
    per_risk = unit / model.typical_risk
    return found._replace(
        weights=without_rounding(found.weights, model),
        risk=found.risk * per_risk,
        budget=found.budget * unit,
        bounds=found.bounds * unit,
        rows=found.rows * unit,
        prices=found.prices * unit,
        turnover=found.turnover * unit,
        tracking=found.tracking * per_risk,
    )


def without_rounding(weights: FloatArray, model: Model) -> FloatArray:
    """Clip to the bounds and spread what is missing from the budget over the room that is left."""
    inside = np.clip(weights, model.lower, model.upper)
    missing = 1.0 - float(inside.sum())
    room = model.upper - inside if missing > 0.0 else inside - model.lower
    total = float(room.sum())
    return np.asarray(inside + missing * room / total if total > 0.0 else inside)


def binding_limits(least: Found, model: Model) -> list[str]:
    """The user's limits with a price at the least risk; bounds of 0 and 1 are not the user's."""
    capped = (least.bounds > ACTIVE) & (model.upper < 1.0) & (model.upper > model.lower)
    floored = (least.bounds < -ACTIVE) & (model.lower > 0.0) & (model.upper > model.lower)
    found = [
        f"{limit} {', '.join(model.names[i] for i in map(int, np.flatnonzero(bound)))}"
        for limit, bound in (("the cap on", capped), ("the minimum weight of", floored))
        if bound.any()
    ]
    for name, multiplier, lowest, greatest in zip(
        model.rows.names, least.rows, model.rows.least, model.rows.greatest, strict=True
    ):
        if abs(multiplier) > ACTIVE:
            side = f"at most {greatest:.4g}" if multiplier > 0.0 else f"at least {lowest:.4g}"
            found.append(f"{name} ({side})")
    if model.limits.turnover is not None and least.turnover > ACTIVE:
        found.append(f"the turnover limit ({percent_text(model.limits.turnover.limit)})")
    if model.limits.tracking_error is not None and least.tracking > ACTIVE:
        found.append(f"the tracking-error limit ({percent_text(model.limits.tracking_error.limit)})")
    return found


def hash_of(model: Model, target: float) -> str:
    limits, rows = model.limits, model.rows
    digest = hashlib.sha256()
    parts: list[Any] = [model.returns, model.covariance, [target], model.lower, model.upper]
    parts += [rows.matrix, rows.least, rows.greatest]
    if limits.turnover is not None:
        parts += [[limits.turnover.limit], model.current]
    if limits.tracking_error is not None:
        parts += [[limits.tracking_error.limit], model.benchmark]
    for part in parts:
        block = np.ascontiguousarray(part, dtype=np.float64)
        digest.update(str(block.shape).encode() + block.tobytes())
    digest.update(repr((limits.turnover is None, limits.tracking_error is None)).encode())
    return digest.hexdigest()[:16]
