"""Proof of optimality that needs no solver, for weights from anywhere.

For ``max m'w  s.t.  w'Sw <= target^2, sum(w) = 1, l <= w <= u`` the certificate gives multipliers and the
residuals of the Karush-Kuhn-Tucker conditions, written per unit of risk so that every figure has a meaning:

``m - k Sw / risk - g + lower_multipliers - upper_multipliers = 0``

``k`` (``risk_multiplier``) is the slope of the frontier: the return gained per unit of extra risk target. ``g``
(``budget_multiplier``) is the return of one more unit of budget. The duality gap bounds what any portfolio
that meets the limits could earn above this one, whatever the quality of the multipliers, because variance is convex.

At the least reachable risk the slope is infinite. The certificate then takes the minimum-variance form, in
units of risk: ``Sw / risk - g - lower_multipliers + upper_multipliers = 0``. So it does when all expected returns are
equal, whatever the target: the efficient portfolio is then the one of least risk.

Sources: Karush (1939); Boyd and Vandenberghe (2004), Convex Optimization, section 5.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from aram_xl._validate import common_labels, covariance_matrix, number, vector
from aram_xl.errors import InputError
from aram_xl.types import BoolArray, FloatArray, Table, frozen

RETURN_FORM = "greatest return at the risk target"
MINIMUM_VARIANCE_FORM = "least risk"

AT_BOUND = 1e-9
"""Distance from a bound, in weight, below which an asset counts as at it."""

RISKLESS = 1e-6
"""Risk, relative to that of a typical asset, below which a mix counts as without risk: variances carry rounding of
1e-16 of a typical one, so a risk of 1e-6 is known to 1e-10 and smaller ones too badly to certify a slope."""

STEEP = 1e6
"""Slope of the frontier, in spreads of expected return per typical risk, beyond which it counts as infinite:
one hundredth of a per cent above the least risk it is near 70."""

EQUAL = 1e-13
"""Spread of expected returns, relative to the greatest, that is the rounding of equal ones."""

OPTIMAL = 1e-9
"""Largest residual of an answer called optimal, per unit of ``Certificate.scale``."""


@dataclass(frozen=True, eq=False, slots=True)
class Certificate:
    """Multipliers and residuals of a portfolio; ``optimal`` is the verdict."""

    form: str
    risk_multiplier: float
    """Return per unit of risk (slope of the frontier); infinite in the minimum-variance form."""
    budget_multiplier: float
    lower_multipliers: FloatArray
    upper_multipliers: FloatArray
    stationarity: float
    """Largest violation of the first-order conditions, in return (or risk) per period."""
    feasibility: float
    """Largest violation of budget, bounds and risk target."""
    complementarity: float
    """Largest product of a multiplier and the slack of its limit."""
    duality_gap: float
    """No portfolio within the limits beats this one by more, in return (or risk) per period."""
    scale: float
    """What the residuals are held against: the spread of expected returns, or, just above the least risk, the greater
    return that the risk is worth at its multiplier; in the minimum-variance form the risk of a typical asset."""

    @property
    def optimal(self) -> bool:
        """Whether all residuals are within tolerance."""
        worst = max(self.stationarity, self.complementarity, self.duality_gap)
        return bool(worst <= OPTIMAL * self.scale and self.feasibility <= OPTIMAL)


def certificate(
    weights: Table,
    expected_returns: Table,
    covariance: Table,
    risk_target: float,
    lower: Any = 0.0,
    upper: Any = 1.0,
) -> Certificate:
    """Certify weights for a risk target.

    Args:
        weights: (n_assets,) decimals.
        expected_returns: (n_assets,) decimals per period.
        covariance: (n_assets, n_assets) per period, decimal squared.
        risk_target: greatest volatility per period, decimal.
        lower: smallest weight, scalar or (n_assets,).
        upper: greatest weight, scalar or (n_assets,).

    Raises:
        InputError: shapes disagree, or a number is not finite.
        NotConvexError: the covariance has a negative eigenvalue.

    Example:
        >>> proof = certificate([0.5, 0.5], [0.01, 0.02], [[0.04, 0.0], [0.0, 0.04]], 0.02**0.5 * 1.0)
        >>> proof.form
        'least risk'
    """
    common_labels(weights=weights, expected_returns=expected_returns, covariance=covariance, lower=lower, upper=upper)
    mu = vector(expected_returns, "expected_returns")
    target = number(risk_target, "risk_target")
    if target < 0:
        raise InputError(f"risk_target: expected 0 or more, got {target:g}")
    return certify(
        vector(weights, "weights", mu.size),
        mu,
        covariance_matrix(covariance, size=mu.size),
        target,
        bounds(lower, upper, mu.size),
    )


def bounds(lower: Any, upper: Any, size: int) -> tuple[FloatArray, FloatArray]:
    """Long-only bounds as two (n_assets,) arrays.

    Raises:
        InputError: a bound outside 0..1, a lower bound above its upper bound, or totals that exclude 1.
    """
    low, high = (_per_asset(value, name, size) for value, name in ((lower, "lower"), (upper, "upper")))
    if low.min() < 0:
        raise InputError(f"lower: expected 0 or more (long-only), got {low.min():g} for asset {low.argmin() + 1}")
    if (low > high).any():
        i = int(np.argmax(low > high))
        raise InputError(f"lower: expected at most the upper bound {high[i]:g} of asset {i + 1}, got {low[i]:g}")
    slack = 1e-12  # rounding of a sum of caps such as 7 x (1/7)
    if high.sum() < 1.0 - slack:
        raise InputError(
            f"upper: expected a total of at least 1.00 to be fully invested, got {high.sum():.4g} "
            f"over {size} assets; raise a cap"
        )
    if low.sum() > 1.0 + slack:
        raise InputError(
            f"lower: expected a total of at most 1.00, got {low.sum():.4g} over {size} assets; lower a minimum weight"
        )
    return low, np.minimum(high, 1.0)


def _per_asset(value: Any, name: str, size: int) -> FloatArray:
    if np.ndim(value) == 0:
        return np.full(size, number(value, name))
    return vector(value, name, size)


def certify(
    weights: FloatArray,
    mu: FloatArray,
    covariance: FloatArray,
    target: float,
    limits: tuple[FloatArray, FloatArray],
) -> Certificate:
    """The certificate of checked arrays; see `certificate`."""
    gradient = covariance @ weights
    variance = max(float(weights @ gradient), 0.0)
    typical_risk = math.sqrt(float(covariance.trace()) / mu.size) or 1.0
    risk = math.sqrt(variance)
    riskless = RISKLESS * typical_risk
    per_risk = gradient / risk if risk > riskless else np.zeros(mu.size)
    excess_risk = (variance - target**2) / (max(risk, riskless) + target) if math.isfinite(target) else 0.0
    infeasible = max(_infeasibility(weights, limits), excess_risk)
    can_rise, can_fall = sides(weights, limits)
    spread = float(mu.max() - mu.min())
    spread = spread if spread > EQUAL * float(np.abs(mu).max()) else 0.0
    if spread == 0.0:
        return _least_risk(weights, per_risk, (infeasible, typical_risk), limits)
    multiplier = 0.0
    if variance >= target**2 * (1.0 - 2.0 * OPTIMAL) - 0.1 * riskless**2:
        multiplier, violation = _best_multiplier(mu, per_risk, can_rise, can_fall)
        doubtful = violation > OPTIMAL * spread or multiplier * typical_risk > STEEP * spread
        if doubtful and _violation(-per_risk, can_rise, can_fall) <= OPTIMAL * typical_risk:
            return _least_risk(weights, per_risk, (infeasible, typical_risk), limits)
    reduced_returns = mu - multiplier * per_risk
    budget, lower_multipliers, upper_multipliers, stationarity = duals(reduced_returns, can_rise, can_fall)
    slack = multiplier * max(target - risk, 0.0) if multiplier > 0 else 0.0
    gap = linear_maximum(reduced_returns, limits) - reduced_returns @ weights + slack
    return Certificate(
        RETURN_FORM,
        multiplier,
        budget,
        frozen(lower_multipliers),
        frozen(upper_multipliers),
        stationarity,
        infeasible,
        max(_complementarity(weights, lower_multipliers, upper_multipliers, limits), slack),
        max(float(gap), 0.0),
        max(spread, multiplier * risk),
    )


def _least_risk(
    weights: FloatArray,
    per_risk: FloatArray,
    measured: tuple[float, float],
    limits: tuple[FloatArray, FloatArray],
) -> Certificate:
    infeasible, typical_risk = measured
    can_rise, can_fall = sides(weights, limits)
    budget, lower_multipliers, upper_multipliers, stationarity = duals(-per_risk, can_rise, can_fall)
    gap = linear_maximum(-per_risk, limits) + per_risk @ weights
    return Certificate(
        MINIMUM_VARIANCE_FORM,
        np.inf,
        -budget,
        frozen(lower_multipliers),
        frozen(upper_multipliers),
        stationarity,
        infeasible,
        _complementarity(weights, lower_multipliers, upper_multipliers, limits),
        max(float(gap), 0.0),
        typical_risk,
    )


def _infeasibility(weights: FloatArray, limits: tuple[FloatArray, FloatArray]) -> float:
    lower, upper = limits
    return float(max(abs(weights.sum() - 1.0), (lower - weights).max(), (weights - upper).max(), 0.0))


def sides(weights: FloatArray, limits: tuple[FloatArray, FloatArray]) -> tuple[BoolArray, BoolArray]:
    """Assets that could be raised, and assets that could be lowered: free ones are both.

    A cap of 1 never binds of itself: the budget and the lower bounds imply it, so it takes no multiplier.
    """
    lower, upper = limits
    return (weights < upper - AT_BOUND) | (upper >= 1.0), weights > lower + AT_BOUND


def _violation(reduced: FloatArray, can_rise: BoolArray, can_fall: BoolArray) -> float:
    """Gain of the best trade from an asset that can be lowered into one that can be raised."""
    if not can_rise.any() or not can_fall.any():
        return 0.0
    return float(reduced[can_rise].max() - reduced[can_fall].min())


def duals(reduced: FloatArray, can_rise: BoolArray, can_fall: BoolArray) -> tuple[float, FloatArray, FloatArray, float]:
    """Budget multiplier, bound multipliers, and the largest first-order violation."""
    buys, sales = reduced[can_rise], reduced[can_fall]
    if not buys.size and not sales.size:  # every asset is fixed: any budget multiplier serves
        buys = reduced[:1]
    best_buy = float(buys.max()) if buys.size else float(sales.min())
    best_sale = float(sales.min()) if sales.size else best_buy
    budget = 0.5 * (best_buy + best_sale)
    excess = reduced - budget
    lower_multipliers = np.where(can_fall, 0.0, np.maximum(-excess, 0.0))
    upper_multipliers = np.where(can_rise, 0.0, np.maximum(excess, 0.0))
    residual = excess + lower_multipliers - upper_multipliers
    residual[~can_rise & ~can_fall] = 0.0  # a fixed asset takes a multiplier of either sign
    return budget, lower_multipliers, upper_multipliers, float(np.abs(residual).max())


def _complementarity(
    weights: FloatArray,
    lower_multipliers: FloatArray,
    upper_multipliers: FloatArray,
    limits: tuple[FloatArray, FloatArray],
) -> float:
    lower, upper = limits
    at_lower = lower_multipliers * np.maximum(weights - lower, 0.0)
    at_upper = upper_multipliers * np.maximum(upper - weights, 0.0)
    return float(max(at_lower.max(), at_upper.max()))


def linear_maximum(gains: FloatArray, limits: tuple[FloatArray, FloatArray]) -> float:
    """``max g'x`` over the bounds and the budget: fill the best assets first."""
    lower, upper = limits
    order = (-gains).argsort(kind="stable")
    room = (upper - lower)[order]
    filled = room.cumsum()
    extra = np.minimum(np.maximum(1.0 - lower.sum() - filled + room, 0.0), room)
    return float(gains @ lower + gains[order] @ extra)


def _best_multiplier(
    mu: FloatArray, per_risk: FloatArray, can_rise: BoolArray, can_fall: BoolArray
) -> tuple[float, float]:
    """The multiplier k >= 0 of least violation of ``mu - k Sw / risk``, and that violation.

    The violation is convex and piecewise linear in k. Tangents from the left lead to its root; where it has none, the
    tangents on the left and on the right of its minimum meet ever closer to it, until one of them repeats.
    """
    if not can_rise.any() or not can_fall.any():
        return 0.0, 0.0
    buy, sell = can_rise.nonzero()[0], can_fall.nonzero()[0]
    best, best_value, k = 0.0, np.inf, 0.0
    left: tuple[float, float, float] | None = None
    right: tuple[float, float, float] | None = None
    for _ in range(4 * mu.size + 20):
        reduced = mu - k * per_risk
        i, j = buy[reduced[buy].argmax()], sell[reduced[sell].argmin()]
        value, slope = float(reduced[i] - reduced[j]), float(per_risk[j] - per_risk[i])
        if value < best_value:
            best, best_value = k, value
        if slope < 0:
            left = (k, value, slope)
        else:
            right = (k, value, slope)
        if value <= 0 or left is None:
            break
        if right is None:
            following = left[0] - left[1] / left[2]
        else:
            following = (left[1] - left[2] * left[0] - right[1] + right[2] * right[0]) / (right[2] - left[2])
        if following in (left[0], k) or (right is not None and following >= right[0]):
            break
        k = following
    return best, best_value
