"""Expected returns: historical mean, exponentially weighted mean, and a momentum blend."""

from __future__ import annotations

import numpy as np

from aram_xl._covariance import decay
from aram_xl._labels import labels_of, series, values_of
from aram_xl._validate import matrix
from aram_xl.errors import InputError, TooShortError
from aram_xl.types import FloatArray, Table

EXPECTED_RETURN_METHODS = ("mean", "ewma", "momentum")

MOMENTUM_PERIODS = (1, 3, 6, 12)


def expected_returns(returns: Table, method: str = "mean", half_life: float | None = None) -> Table:
    """Expected return of each column, per period of the table.

    Args:
        returns: (n_periods, n_assets) decimals, equally spaced, oldest first.
        method: ``mean`` (arithmetic); ``ewma`` (weights that halve every ``half_life`` periods); ``momentum`` (mean
            of the total returns of the last 1, 3, 6 and 12 periods, each divided by its number of periods; meant for
            monthly returns, last month included).
        half_life: periods, for ``ewma`` only.

    Returns:
        (n_assets,) decimals per period; labelled when ``returns`` is.

    Raises:
        InputError: unknown method, a missing number, or a half-life that is missing or not wanted.
        TooShortError: fewer than 12 periods for ``momentum``.

    Example:
        >>> expected_returns([[0.01, 0.02], [0.03, 0.06]])
        array([0.02, 0.04])
    """
    labels = labels_of(returns)
    values = matrix(values_of(returns, "returns"), "returns")
    estimate = expected_returns_of(values[None], method, half_life)[0]
    return estimate if labels is None else series(estimate, labels.columns, "expected_return")


def expected_returns_of(windows: FloatArray, method: str, half_life: float | None) -> FloatArray:
    """Expected returns of each window: (n_windows, n_periods, n_assets) to (n_windows, n_assets)."""
    if method not in EXPECTED_RETURN_METHODS:
        raise InputError(f"method: expected one of {', '.join(EXPECTED_RETURN_METHODS)}, got {method!r}")
    periods = windows.shape[1]
    if method == "ewma":
        return np.asarray((decay(periods, half_life)[:, None] * windows).sum(axis=1))
    if half_life is not None:
        raise InputError(f"half_life: expected none with method {method!r}, got {half_life:g}")
    if method == "mean":
        return np.asarray(windows.mean(axis=1))
    longest = max(MOMENTUM_PERIODS)
    if periods < longest:
        raise TooShortError(f"returns: expected at least {longest} periods for momentum, got {periods}")
    blend = sum((np.prod(1.0 + windows[:, -k:], axis=1) - 1.0) / k for k in MOMENTUM_PERIODS)
    return np.asarray(blend / len(MOMENTUM_PERIODS))
