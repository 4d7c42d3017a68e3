"""The optimiser in plain cells: one row per non-empty subset of assets, here on arrays.

For a subset s the portfolios of least risk at a given return lie on a hyperbola with constants
``A = s M s'``, ``B = s M (s m)'``, ``C = (s m) M (s m)'``, ``D = AC - B^2``, where M inverts the covariance of the
subset. Written around its least-risk portfolio, of weights ``s M / A`` and return ``B/A``:

``w = s M / A + x s(m - B/A) M``,  variance ``1/A + x^2 D/A``,  return ``B/A + x D/A``

so that nothing cancels where expected returns are nearly equal. Each subset offers a candidate at the risk target
and its least-risk portfolio; the candidates that are long-only and within the target compete. The same formulas
stand in the cells of sheet Calc_Optimiser.

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
    a: FloatArray
    b: FloatArray
    centre: FloatArray
    """B/A, the return of the least-risk portfolio."""
    excess: FloatArray
    """s (m - B/A)"""
    v: FloatArray
    """s (m - B/A) M"""
    c: FloatArray
    """D/A, noise included."""
    d: FloatArray
    """D/A; 0 where it is rounding noise."""
    spread: FloatArray
    """Greatest less least expected return of the subset's assets."""
    evaluated: BoolArray
    """False where the covariance is singular, or D is noise though the expected returns differ."""
    x: FloatArray
    """The target candidate is ``u/A + x v``; NaN where there is none."""
    target_weights: FloatArray
    target_variance: FloatArray
    target_return: FloatArray
    """NaN where the candidate does not count."""
    least_weights: FloatArray
    least_variance: FloatArray
    least_return: FloatArray
    least_reachable: FloatArray
    """1/A where the least-risk portfolio of the subset is long-only, else NaN."""
    low: FloatArray
    """Least and greatest return at which the hyperbola is long-only; 0 where there is no such end."""
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
        targets, others = (np.flatnonzero(column == least) + 1 for column in tied.T)
        target_row = int(targets[0]) if targets.size else 0
        return Answer(candidates, top, least, target_row, int(others[0]) if others.size else fallback, fallback)

    @property
    def weights(self) -> FloatArray:
        """The answer's weights; of the least reachable risk when the target is below reach."""
        answer = self.answer
        rows, row = (
            (self.target_weights, answer.target_row) if answer.target_row else (self.least_weights, answer.least_row)
        )
        return np.asarray(rows[row - 1])


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
    inverses = [_inverse(covariance * np.outer(row, row) + np.diag(1.0 - row)) for row in s]
    u = _products(s, inverses)
    a, b = (u * s).sum(axis=1), (u * s * mean).sum(axis=1)
    with np.errstate(all="ignore"):
        centre = np.where(a != 0, b / a, 0.0)
        excess = s * (mean - centre[:, None])
        v = _products(excess, inverses)
        c = (v * excess).sum(axis=1)
        d = np.where(c > tolerance.discriminant * (c + b * centre), c, 0.0)
        x = np.sqrt((target * target - 1.0 / a) / d)
        x = np.where(np.isfinite(x), x, np.nan)
        least_weights = np.where(a[:, None] != 0, u / a[:, None], 0.0)
        target_weights = np.where(np.isfinite(x)[:, None], least_weights + x[:, None] * v, 0.0)
        crossing = centre[:, None] - least_weights * d[:, None] / v
        low = np.where((v > 0) & (d[:, None] > 0), crossing, -np.inf).max(axis=1)
        high = np.where((v < 0) & (d[:, None] > 0), crossing, np.inf).min(axis=1)
        reachable = np.where((least_weights.min(axis=1) >= 0) & (a > 0), 1.0 / a, np.nan)
    spread = np.where(s > 0, mean, -np.inf).max(axis=1) - np.where(s > 0, mean, np.inf).min(axis=1)
    evaluated = (a > 0) & ((d > 0) | (spread <= tolerance.tie))
    low, high = (np.where(np.isfinite(end), end, 0.0) for end in (low, high))
    return SubsetTable(
        s, u, a, b, centre, excess, v, c, d, spread, evaluated, x,
        target_weights, *_counted(target_weights, mean, covariance, target, tolerance),
        least_weights, *_counted(least_weights, mean, covariance, target, tolerance), reachable, low, high,
    )  # fmt: skip


def _inverse(matrix: FloatArray) -> FloatArray | None:
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None


def _products(rows: FloatArray, inverses: list[FloatArray | None]) -> FloatArray:
    """Each row times its inverse; 0 where there is none."""
    return np.array(
        [np.zeros(row.size) if inverse is None else row @ inverse for row, inverse in zip(rows, inverses, strict=True)]
    )


def frontier_points(table: SubsetTable, mean: FloatArray, count: int, slack: float) -> tuple[FloatArray, FloatArray]:
    """Returns from that of least risk to the greatest, and the least long-only variance at each."""
    k = table.answer.fallback_row - 1
    lowest, highest = table.centre[k], mean.max()
    returns = lowest + (highest - lowest) * np.arange(count) / (count - 1)
    variances = hyperbolas(table, returns, slack)
    least = np.where(np.isnan(variances), np.inf, variances).min(axis=0)
    # Where no subset has a hyperbola (one asset, all returns tied) the point is that of least risk.
    return returns, np.where(np.isfinite(least), least, table.least_reachable[k])


def hyperbolas(table: SubsetTable, returns: FloatArray, slack: float) -> FloatArray:
    """(n_subsets, n_points) variance of each subset's hyperbola; NaN where it is not long-only."""
    a, centre, d = (column[:, None] for column in (table.a, table.centre, table.d))
    with np.errstate(all="ignore"):
        variances = 1.0 / a + (returns - centre) * (returns - centre) / d
    inside = (d > 0) & (table.low[:, None] - slack <= returns) & (table.high[:, None] + slack >= returns)
    return np.where(inside, variances, np.nan)


def _counted(
    weights: FloatArray, mean: FloatArray, covariance: FloatArray, target: float, tolerance: Tolerances
) -> tuple[FloatArray, FloatArray]:
    """Variance, and return (NaN where the candidate does not count)."""
    variance = ((weights @ covariance) * weights).sum(axis=1)
    counts = (
        (weights.min(axis=1) >= 0)
        & (np.abs(weights.sum(axis=1) - 1.0) <= tolerance.budget)
        & (variance <= target * target * (1.0 + tolerance.variance))
    )
    return variance, np.where(counts, weights @ mean, np.nan)
