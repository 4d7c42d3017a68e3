"""The chosen date's estimates on arrays, step by step as the cells make them.

Every estimator starts from weights of the months that add up to 1: equal ones, or, for ewma, halving every half-life;
the covariance has its own, the expected return its own. With ``X`` the returns less their weighted mean,
``B = X' diag(w) X`` is the covariance with divisor n; divided by ``1 - sum(w^2)`` it is the sample's (n - 1) or the
corrected ewma. The shrunk ones draw ``B`` to a structured target.

Sources: Ledoit and Wolf (2003, 2004), as `aram_xl._covariance`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl import Model
from aram_xl._expected_returns import MOMENTUM_PERIODS
from aram_xl.types import FloatArray

SHRUNK = ("ledoit_wolf", "constant_correlation")


class Estimates(NamedTuple):
    """Of the chosen date; blocks are (n_places, n_places), rows (n_places,)."""

    decays: tuple[float, float]
    """Of the covariance and of the expected return."""
    raw_weights: FloatArray
    """(n_months, 2) for both, not yet adding up to 1."""
    weights: FloatArray
    """(n_months,) of the covariance, and so the next."""
    mean_weights: FloatArray
    months: FloatArray
    """(n_months, n_places) returns, and so the next."""
    centred: FloatArray
    centre: FloatArray
    """Means by the weights of the covariance, and ..."""
    means: FloatArray
    """... by those of the expected return."""
    growth: FloatArray
    """(4, n_places) growth over the momentum spans, per month."""
    expected: FloatArray
    base: FloatArray
    """B, divisor n."""
    correction: float
    deviations: FloatArray
    mean_correlation: float
    prior_deviations: FloatArray
    prior: FloatArray
    fourth: FloatArray
    third: FloatArray
    scaled: FloatArray
    distance: float
    wolf_error: float
    correlation_error: float
    intensity: float
    covariance: FloatArray


def estimates_of(model: Model, months: FloatArray) -> Estimates:
    """All steps; ``months``: (n_months, n_places) returns of the longest window, zeros in empty places."""
    count, places = months.shape
    size = len(model.universe)
    rate = float(np.log(2.0) / model.half_life) if model.half_life else 0.0
    decays = tuple(rate * (method == "ewma") for method in (model.covariance, model.expected_returns))
    ages = np.arange(count - 1.0, -1.0, -1.0)[:, None]
    raw = (ages < model.window) * np.exp(-np.array(decays) * ages)
    weights, mean_weights = (raw / raw.sum(axis=0)).T
    centre, means = weights @ months, mean_weights @ months
    centred = months - centre
    growth = np.array([(np.prod(1.0 + months[count - k :], axis=0) - 1.0) / k for k in MOMENTUM_PERIODS])
    base = centred.T @ (weights[:, None] * centred)
    deviations = np.sqrt(base.diagonal())
    scale = np.outer(deviations, deviations)
    correlations = np.divide(base, scale, out=np.zeros_like(base), where=scale > 0)
    mean_correlation = float((correlations.sum() - size) / (size * (size - 1))) if size > 1 else 0.0
    wolf = model.covariance == "ledoit_wolf"
    used = np.arange(places) < size
    prior_deviations = used * np.sqrt(base.trace() / size) if wolf else deviations
    same = np.eye(places)
    share = 0.0 if wolf else mean_correlation
    prior = np.outer(prior_deviations, prior_deviations) * (share + (1.0 - share) * same)
    squares = centred * centred
    fourth = squares.T @ (weights[:, None] * squares) - base * base
    third = (weights[:, None] * squares * centred).T @ centred
    ratio = np.divide(deviations[None, :], deviations[:, None], out=np.zeros_like(base), where=deviations[:, None] > 0)
    scaled = (1.0 - same) * (third - base.diagonal()[:, None] * base) * ratio
    distance = float(((base - prior) ** 2).sum())
    wolf_error = float(weights @ squares.sum(axis=1) ** 2 - (base * base).sum()) / model.window
    rho = float(fourth.trace() + mean_correlation * scaled.sum())
    correlation_error = (float(fourth.sum()) - rho) / model.window
    error = wolf_error if wolf else correlation_error
    shrunk = model.covariance in SHRUNK
    intensity = max(0.0, min(error, distance)) / distance if shrunk and distance > 0 else 0.0
    correction = 1.0 if shrunk else 1.0 - float(weights @ weights)
    expected = growth.mean(axis=0) if model.expected_returns == "momentum" else means
    return Estimates(
        (decays[0], decays[1]), raw, weights, mean_weights, months, centred, centre, means, growth, expected, base,
        correction, deviations, mean_correlation, prior_deviations, prior, fourth, third, scaled, distance, wolf_error,
        correlation_error, intensity, intensity * prior + (1.0 - intensity) * base / correction,
    )  # fmt: skip
