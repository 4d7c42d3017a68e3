"""Returns-based style: the passive mix that follows a fund most closely.

The weights ``w >= 0, sum(w) = 1`` minimise the variance of ``r - F w``. Because the weights sum to 1, that is the
return of a mix of the differences ``r - F_i``, so the problem is the portfolio of least variance of those, and the
optimiser of this package solves it exactly, a stack of funds at a time.

Source: Sharpe (1992), Journal of Portfolio Management 18(2).
"""

from __future__ import annotations

import numpy as np

from aram_xl import _moments
from aram_xl._activeness_regression import MONTHS, Months, difference_left, unexplained
from aram_xl._lockstep import max_return_at_risk_stack
from aram_xl.types import FloatArray


def style_statistics(months: Months, passive: FloatArray) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Weights of the closest passive mix of each fund, and how close it comes.

    Args:
        months: (n_rows, n_funds) total returns.
        passive: (n_rows, n_passive) total returns.

    Returns:
        (n_funds, n_passive) weights, and (n_funds,) statistics; NaN where a fund has no more months than passive
        series, or does not move.
    """
    count, n_passive = months.n, passive.shape[1]
    mean, deviations, covariance = _differences(months, passive)
    weights = np.full((count.size, n_passive), np.nan)
    enough = count > n_passive + 1
    weights[enough] = _closest(covariance[enough])
    pull = np.matmul(covariance, weights[:, :, None])[:, :, 0]
    own = months.returns.sum(axis=0) / count
    fund = months.deviations(months.returns, own)
    squares = np.einsum("tk,tk->k", fund, fund)
    raw = squares + count * own**2
    # The differences themselves, not their covariances: a fund that is a mix leaves 1e-16 here, 1e-8 there.
    gap = np.matmul(weights[:, None, :], deviations)[:, 0, :]
    left = unexplained(np.einsum("kt,kt->k", gap, gap), squares, raw)
    squares = _moments.without_noise(squares, raw)
    difference = difference_left((weights * mean).sum(axis=1), left, squares, count)
    held = np.where(enough, np.count_nonzero(weights > 0.0, axis=1), np.nan)
    freedom = count - held
    error = np.sqrt(left / np.where(freedom > 0.0, freedom, np.nan) / count)
    rise = 2.0 * np.maximum((weights * pull).sum(axis=1) - pull.min(axis=1), 0.0) * (count - 1.0)
    return weights, {
        "explained_share": 1.0 - _moments.ratio(left, squares),
        "style_gap": _moments.ratio(rise, squares),
        "style_held": held,
        "style_tracking_error_year": np.sqrt(left / (count - 1.0) * MONTHS),
        "style_difference_month": difference,
        "style_t": _moments.ratio(difference, error),
    }


def _differences(months: Months, passive: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``r - F_i``, each on its months.

    Returns:
        (n_funds, n_passive) means, (n_funds, n_passive, n_rows) deviations from them, 0 outside the months, and
        (n_funds, n_passive, n_passive) covariances.
    """
    there = months.there.T[:, None, :]
    gaps = (months.returns.T[:, None, :] - passive.T[None]) * there
    mean = gaps.sum(axis=2) / months.n[:, None]
    gaps -= mean[:, :, None]
    gaps *= there
    covariance = np.matmul(gaps, gaps.transpose(0, 2, 1)) / (months.n[:, None, None] - 1.0)
    return mean, gaps, covariance


def _closest(covariances: FloatArray) -> FloatArray:
    """Least variance of each problem of a stack.

    The walk runs down a frontier to its end, where the expected returns no longer matter. With minus half the variances
    in their place it starts at the single passive series that follows the fund best, few corners away.
    """
    count, size = covariances.shape[:2]
    if size == 1:
        return np.ones((count, 1))
    starts = -0.5 * np.einsum("kii->ki", covariances)
    return max_return_at_risk_stack(starts, covariances, np.zeros(count), np.zeros(size), np.ones(size)).weights
