"""The optimiser in plain cells: one row per non-empty subset of assets, here on arrays.

For a subset s the portfolios of least risk at a given return lie on a hyperbola with constants
``A = s M s'``, ``B = s M (s m)'``, ``C = (s m) M (s m)'``, ``D = AC - B^2``, where M inverts the covariance of the
subset. Each subset offers a candidate at the risk target and its least-risk portfolio; the candidates that are
long-only and within the target compete. The same formulas stand in the cells of sheet Calc_Optimiser.

Source: Merton (1972), Journal of Financial and Quantitative Analysis 7(4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl.types import BoolArray, FloatArray

LARGEST = 8
"""Assets; 2^8 - 1 = 255 rows."""


class Tolerances(NamedTuple):
    """The inputs of the optimiser's tests, as on sheet Inputs."""

    discriminant: float = 1e-10
    """D must exceed this share of A x C: with tied means D is rounding noise."""
    budget: float = 1e-9
    """Distance of the total weight from 1."""
    variance: float = 1e-9
    """Relative excess over the variance of the target."""
    tie: float = 1e-12
    """Returns within this distance of the best are ties; the least risk decides."""


class Answer(NamedTuple):
    """Which candidate wins; rows count from 1."""

    candidates: int
    """How many count; 0 when the target is below reach."""
    best_return: float
    """0 without candidates, as MAX of empty cells."""
    least_variance: float
    """Of the candidates within the tie tolerance of the best return; 0 without."""
    target_row: int
    """0 when the answer is no target candidate."""
    least_row: int
    """Row of the least-risk candidate that is taken where there is no target row."""
    fallback_row: int
    """Row of the least reachable risk."""


class SubsetTable(NamedTuple):
    """All columns of the optimiser, one row per subset."""

    members: FloatArray
    u: FloatArray
    """s M"""
    v: FloatArray
    """(s m) M"""
    a: FloatArray
    b: FloatArray
    c: FloatArray
    d: FloatArray
    """0 where it is rounding noise"""
    spread: FloatArray
    """Greatest less least expected return of the subset's assets."""
    evaluated: BoolArray
    """False where the covariance is singular, or D is noise though the expected returns differ."""
    r: FloatArray
    """Return of the target candidate; NaN where there is none."""
    x: FloatArray
    """The target candidate is ``x v + y u``; NaN where there is none."""
    y: FloatArray
    target_weights: FloatArray
    target_return: FloatArray
    """NaN where the candidate does not count."""
    target_variance: FloatArray
    least_weights: FloatArray
    least_return: FloatArray
    least_variance: FloatArray
    least_reachable: FloatArray
    """1/A where the least-risk portfolio of the subset is long-only, else NaN."""
    slope: FloatArray
    """(n_subsets, n_assets) change of each weight along the hyperbola, times D."""
    low: FloatArray
    """Least and greatest return at which the hyperbola is long-only."""
    high: FloatArray

    @property
    def answer(self) -> Answer:
        """The greatest return, then the least risk; without candidates the least reachable risk."""
        returns = np.column_stack([self.target_return, self.least_return])
        variances = np.column_stack([self.target_variance, self.least_variance])
        fallback = int(np.nanargmin(self.least_reachable)) + 1 if np.isfinite(self.least_reachable).any() else 0
        candidates = int(np.isfinite(returns).sum())
        if not candidates:
            return Answer(0, 0.0, 0.0, 0, fallback, fallback)
        top = float(np.nanmax(returns))
        tied = np.where(returns >= top - Tolerances().tie, variances, np.nan)
        least = float(np.nanmin(tied))
        target, own = (np.flatnonzero(column == least) + 1 for column in tied.T)
        return Answer(
            candidates, top, least, int(target[0]) if target.size else 0, int(own[0]) if own.size else fallback, fallback
        )

    @property
    def weights(self) -> FloatArray:
        """The answer's weights; of the least reachable risk when the target is below reach."""
        answer = self.answer
        if answer.target_row:
            return self.target_weights[answer.target_row - 1]
        return self.least_weights[answer.least_row - 1]


def members(assets: int) -> FloatArray:
    """(2^n - 1, n) rows of 0 and 1: subset k holds asset j where bit j of k is set."""
    numbers = np.arange(1, 2**assets)
    return ((numbers[:, None] >> np.arange(assets)) & 1).astype(np.float64)


def subset_table(
    mean: FloatArray, covariance: FloatArray, target: float, tolerances: Tolerances | None = None
) -> SubsetTable:
    """Evaluate every subset, as the cells do."""
    tolerance = tolerances or Tolerances()
    s = members(mean.size)
    u, v = np.zeros_like(s), np.zeros_like(s)
    for k, row in enumerate(s):
        try:
            inverse = np.linalg.inv(covariance * np.outer(row, row) + np.diag(1.0 - row))
        except np.linalg.LinAlgError:
            continue
        u[k], v[k] = row @ inverse, (row * mean) @ inverse
    a, b, c = (u * s).sum(axis=1), (u * s * mean).sum(axis=1), (v * s * mean).sum(axis=1)
    d = a * c - b * b
    d = np.where(d > tolerance.discriminant * a * c, d, 0.0)
    spread = np.where(s > 0, mean, -np.inf).max(axis=1) - np.where(s > 0, mean, np.inf).min(axis=1)
    evaluated = (a > 0) & ((d > 0) | (spread <= tolerance.tie))
    with np.errstate(all="ignore"):
        r = (b + np.sqrt(d * (a * target * target - 1.0))) / a
        x, y = (a * r - b) / d, (c - b * r) / d
        target_weights = x[:, None] * v + y[:, None] * u
        target_weights = np.where(np.isfinite(target_weights), target_weights, 0.0)
        least_weights = np.where(a[:, None] > 0, u / a[:, None], 0.0)
        slope = np.where(d[:, None] > 0, a[:, None] * v - b[:, None] * u, 0.0)
        crossing = (b[:, None] * v - c[:, None] * u) / slope
        low = np.where(slope > 0, crossing, -np.inf).max(axis=1)
        high = np.where(slope < 0, crossing, np.inf).min(axis=1)
        reachable = np.where((least_weights.min(axis=1) >= 0) & (a > 0), 1.0 / a, np.nan)
    r, x, y = (np.where(np.isfinite(column), column, np.nan) for column in (r, x, y))
    target_return, target_variance = _counted(target_weights, mean, covariance, target, tolerance)
    least_return, least_variance = _counted(least_weights, mean, covariance, target, tolerance)
    return SubsetTable(
        s, u, v, a, b, c, d, spread, evaluated, r, x, y,
        target_weights, target_return, target_variance,
        least_weights, least_return, least_variance, reachable,
        slope, np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0),
    )  # fmt: skip


def frontier_points(table: SubsetTable, mean: FloatArray, count: int, slack: float) -> tuple[FloatArray, FloatArray]:
    """Returns from that of least risk to the greatest, and the least long-only variance at each."""
    k = table.answer.fallback_row - 1
    lowest, highest = table.b[k] / table.a[k], mean.max()
    returns = lowest + (highest - lowest) * np.arange(count) / (count - 1)
    variances = hyperbolas(table, returns, slack)
    return returns, np.asarray(np.nanmin(variances, axis=0))


def hyperbolas(table: SubsetTable, returns: FloatArray, slack: float) -> FloatArray:
    """(n_subsets, n_points) variance of each subset's hyperbola; NaN where it is not long-only."""
    a, b, c, d = (column[:, None] for column in (table.a, table.b, table.c, table.d))
    with np.errstate(all="ignore"):
        variances = ((a * returns - b - b) * returns + c) / d
    inside = (d > 0) & (table.low[:, None] - slack <= returns) & (table.high[:, None] + slack >= returns)
    return np.where(inside, variances, np.nan)


def _counted(
    weights: FloatArray, mean: FloatArray, covariance: FloatArray, target: float, tolerance: Tolerances
) -> tuple[FloatArray, FloatArray]:
    """Return (NaN where the candidate does not count) and variance."""
    variance = ((weights @ covariance) * weights).sum(axis=1)
    counts = (
        (weights.min(axis=1) >= 0)
        & (np.abs(weights.sum(axis=1) - 1.0) <= tolerance.budget)
        & (variance <= target * target * (1.0 + tolerance.variance))
    )
    return np.where(counts, weights @ mean, np.nan), variance
