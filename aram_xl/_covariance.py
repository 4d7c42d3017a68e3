"""Covariance of returns: sample, exponentially weighted, and two shrinkage estimators.

Every estimator works on stacks of windows, so that a back-test estimates all its dates at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aram_xl._labels import frame, labels_of, values_of
from aram_xl._validate import matrix
from aram_xl.errors import InputError, TooShortError
from aram_xl.types import FloatArray, Table

COVARIANCE_METHODS = ("sample", "ewma", "ledoit_wolf", "constant_correlation")

STANDS_STILL = 1e-20
"""Variance relative to the greatest: rounding leaves 1e-32 in a column that does not move, money-market funds 1e-5."""


def covariance(returns: Table, method: str = "sample", half_life: float | None = None) -> Table:
    """Covariance matrix of the columns of a table of returns, per period of the table.

    Args:
        returns: (n_periods, n_assets) decimals, equally spaced, oldest first.
        method: ``sample`` (divisor n - 1); ``ewma`` (normalised weights that halve every ``half_life`` periods,
            weighted mean removed, bias corrected); ``ledoit_wolf`` (shrinkage to the scaled identity);
            ``constant_correlation`` (shrinkage to equal correlations). The two shrinkage estimators use divisor n,
            as published.
        half_life: periods, for ``ewma`` only.

    Returns:
        (n_assets, n_assets) decimal squared per period; labelled when ``returns`` is.

    Raises:
        InputError: unknown method, a missing number, or a half-life that is missing or not wanted.
        TooShortError: fewer than two periods.

    Source:
        Ledoit and Wolf (2004), Journal of Multivariate Analysis 88; Ledoit and Wolf (2003), Honey, I shrunk the
        sample covariance matrix.

    Example:
        >>> covariance([[0.01, 0.02], [0.03, 0.06]]).round(4)
        array([[0.0002, 0.0004],
               [0.0004, 0.0008]])
    """
    labels = labels_of(returns)
    values = matrix(values_of(returns, "returns"), "returns")
    estimate = covariances(values[None], method, half_life)[0]
    return estimate if labels is None else frame(estimate, labels.columns, labels.columns)


def covariances(windows: FloatArray, method: str, half_life: float | None) -> FloatArray:
    """Covariance of each window: (n_windows, n_periods, n_assets) to (n_windows, n_assets, n_assets)."""
    if method not in COVARIANCE_METHODS:
        raise InputError(f"method: expected one of {', '.join(COVARIANCE_METHODS)}, got {method!r}")
    periods = windows.shape[1]
    if periods < 2:
        raise TooShortError(f"returns: expected at least 2 periods for a covariance, got {periods}")
    if method == "ewma":
        return _ewma(windows, half_life)
    if half_life is not None:
        raise InputError(f"half_life: expected none with method {method!r}, got {half_life:g}")
    estimators: dict[str, Callable[[FloatArray], FloatArray]] = {
        "sample": _sample,
        "ledoit_wolf": _ledoit_wolf,
        "constant_correlation": _constant_correlation,
    }
    return estimators[method](windows - windows.mean(axis=1, keepdims=True))


def decay(periods: int, half_life: float | None) -> FloatArray:
    """(periods,) weights that sum to 1 and halve every ``half_life`` periods into the past.

    Raises:
        InputError: the half-life is missing or not positive.
    """
    if half_life is None or not np.isfinite(half_life) or half_life <= 0:
        raise InputError(f"half_life: expected a positive number of periods for ewma, got {half_life}")
    weights = 0.5 ** (np.arange(periods - 1, -1, -1) / half_life)
    return np.asarray(weights / weights.sum())


def _products(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(np.matmul(left.transpose(0, 2, 1), right))


def _sample(centred: FloatArray) -> FloatArray:
    return np.asarray(_products(centred, centred) / (centred.shape[1] - 1))


def _ewma(windows: FloatArray, half_life: float | None) -> FloatArray:
    weights = decay(windows.shape[1], half_life)[:, None]
    centred = windows - (weights * windows).sum(axis=1, keepdims=True)
    biased = _products(centred * weights, centred)
    correction = 1.0 - float((weights**2).sum())
    if correction < 1e-9:  # all weight on one period leaves the rounding of 1 - 1, near 1e-16
        raise InputError(f"half_life: expected one that leaves weight on more than one period, got {half_life}")
    return 0.5 * (biased + biased.transpose(0, 2, 1)) / correction


def _ledoit_wolf(centred: FloatArray) -> FloatArray:
    """Shrink to ``mean variance x I`` by min(b^2, d^2) / d^2, the article's ratio of error to dispersion."""
    _, periods, assets = centred.shape
    sample = _products(centred, centred) / periods
    level = np.trace(sample, axis1=1, axis2=2)[:, None, None] / assets * np.eye(assets)
    dispersion = ((sample - level) ** 2).sum(axis=(1, 2))
    squares = ((centred**2).sum(axis=2) ** 2).sum(axis=1)
    error = (squares / periods - (sample**2).sum(axis=(1, 2))) / periods
    return _shrunk(sample, level, np.minimum(error, dispersion), dispersion)


def _constant_correlation(centred: FloatArray) -> FloatArray:
    """Shrink to equal correlations by (pi - rho) / gamma / n, the article's estimate of the optimal constant."""
    _, periods, assets = centred.shape
    sample = _products(centred, centred) / periods
    variance = np.diagonal(sample, axis1=1, axis2=2)
    if (variance <= STANDS_STILL * variance.max(axis=1, keepdims=True)).any():
        raise InputError("returns: expected every asset to vary with constant_correlation, got a constant column")
    deviation = np.sqrt(variance)
    scale = deviation[:, :, None] * deviation[:, None, :]
    off = ~np.eye(assets, dtype=bool)
    mean_correlation = _sum_off_diagonal(sample / scale) / max(assets * (assets - 1), 1)
    prior = mean_correlation[:, None, None] * scale
    prior[:, ~off] = variance
    pi = _products(centred**2, centred**2) / periods - sample**2
    theta = _products(centred**3, centred) / periods - variance[:, :, None] * sample
    ratio = deviation[:, None, :] / deviation[:, :, None]
    rho = np.diagonal(pi, axis1=1, axis2=2).sum(axis=1) + mean_correlation * _sum_off_diagonal(ratio * theta)
    gamma = ((sample - prior) ** 2).sum(axis=(1, 2))
    error = np.clip((pi.sum(axis=(1, 2)) - rho) / periods, 0.0, gamma)
    return _shrunk(sample, prior, error, gamma)


def _sum_off_diagonal(matrices: FloatArray) -> FloatArray:
    """Sum of each matrix without its diagonal, in an order that does not depend on how many matrices there are."""
    without = np.where(np.eye(matrices.shape[1], dtype=bool), 0.0, matrices)
    return np.asarray(without.sum(axis=(1, 2)))


def _shrunk(sample: FloatArray, prior: FloatArray, error: FloatArray, distance: FloatArray) -> FloatArray:
    intensity = np.divide(error, distance, out=np.zeros_like(error), where=distance > 0)[:, None, None]
    return np.asarray(intensity * prior + (1.0 - intensity) * sample)
