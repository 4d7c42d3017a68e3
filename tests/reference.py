"""Slow, plain restatements of definitions, used as oracles; nothing here calls the engine."""

from __future__ import annotations

import itertools
import warnings
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from aram_xl.types import BoolArray, FloatArray
from tests.problems import Case


class Answer(NamedTuple):
    """Weights found by enumeration and how many candidate systems were singular, so not evaluated."""

    weights: FloatArray | None
    skipped: int


def risk(weights: FloatArray, covariance: FloatArray) -> float:
    """Volatility, with the double sum written out."""
    n = len(weights)
    variance = sum(weights[i] * covariance[i][j] * weights[j] for i in range(n) for j in range(n))
    return float(max(variance, 0.0)) ** 0.5


def two_assets_at_risk(mu: FloatArray, covariance: FloatArray, target: float) -> float:
    """Weight of the first asset for the greatest return at a binding risk target.

    ``variance(x) = a x^2 + 2 b x + c`` with ``a = S11 - 2 S12 + S22, b = S12 - S22, c = S22``; the root on the side of
    the asset that earns more.
    """
    a = covariance[0, 0] - 2.0 * covariance[0, 1] + covariance[1, 1]
    b = covariance[0, 1] - covariance[1, 1]
    c = covariance[1, 1] - target**2
    root = np.sqrt(b * b - a * c)
    return float((-b + root) / a if mu[0] > mu[1] else (-b - root) / a)


def subsets_at_risk(mu: FloatArray, covariance: FloatArray, target: float) -> Answer:
    """The optimiser in plain cells: one row per non-empty subset, bounds 0 and 1.

    With ``M`` the inverse of the block of the subset and ``A = s M s', B = s M m', C = m M m', D = A C - B^2``
    the return at the target is ``r = (B + sqrt(D (A target^2 - 1))) / A``; the row of least risk has return ``B / A``.
    """
    n = len(mu)
    rows: list[tuple[float, float, FloatArray]] = []
    skipped = 0
    for subset in itertools.product((0.0, 1.0), repeat=n):
        s = np.array(subset)
        if not s.any():
            continue
        system = covariance * np.outer(s, s) + np.diag(1.0 - s) * covariance.trace() / n
        if np.linalg.cond(system) > 1e12:
            skipped += 1
            continue
        inverse = np.linalg.inv(system)
        m = s * mu
        a, b, c = s @ inverse @ s, s @ inverse @ m, m @ inverse @ m
        d = a * c - b * b
        candidates = [s * (inverse @ s) / a]
        if d > 1e-10 * a * c and a * target**2 >= 1.0:
            r = (b + np.sqrt(d * (a * target**2 - 1.0))) / a
            candidates.append(s * (inverse @ ((a * r - b) / d * m + (c - b * r) / d * s)))
        for w in candidates:
            variance = w @ covariance @ w
            if w.min() >= -1e-14 and abs(w.sum() - 1.0) <= 1e-9 and variance <= target**2 * (1.0 + 1e-9):
                rows.append((float(w @ mu), float(variance), w))
    return Answer(_efficient(rows), skipped)


def patterns_at_risk(
    mu: FloatArray, covariance: FloatArray, target: float, bounds: tuple[FloatArray, FloatArray]
) -> Answer:
    """Every asset at its lower bound, at its upper bound or free: 3^n Karush-Kuhn-Tucker systems.

    Free assets follow ``w = a + t b`` from the bordered system ``[S 1; 1' 0]``; ``t`` is 0 (least risk) or the root of
    ``variance = target^2``.
    """
    lower, upper = bounds
    n = len(mu)
    rows: list[tuple[float, float, FloatArray]] = []
    skipped = 0
    for pattern in itertools.product("lu-", repeat=n):
        free = np.array([p == "-" for p in pattern])
        fixed = np.where(free, 0.0, np.where(np.array(pattern) == "u", upper, lower))
        if not free.any():
            candidates = [fixed]
        else:
            f = np.flatnonzero(free)
            scale = covariance.trace() / n
            border = np.ones((f.size, 1)) * scale
            system = np.block([[covariance[np.ix_(f, f)], border], [border.T, np.zeros((1, 1))]])
            if np.linalg.cond(system) > 1e11:
                skipped += 1
                continue
            pull = np.append(-(covariance @ fixed)[f], (1.0 - fixed.sum()) * scale)
            a, b = fixed.copy(), np.zeros(n)
            a[f] = np.linalg.solve(system, pull)[:-1]
            b[f] = np.linalg.solve(system, np.append(mu[f], 0.0))[:-1]
            candidates = [a]
            bend, level = b @ covariance @ b, a @ covariance @ a
            if bend > 0.0 and level <= target**2:
                slope = a @ covariance @ b
                t = (-slope + np.sqrt(slope**2 + bend * (target**2 - level))) / bend
                candidates.append(a + t * b)
        for w in candidates:
            variance = w @ covariance @ w
            inside = (w >= lower - 1e-12).all() and (w <= upper + 1e-12).all() and abs(w.sum() - 1.0) <= 1e-12
            if inside and variance <= target**2 * (1.0 + 1e-9):
                rows.append((float(w @ mu), float(variance), w))
    return Answer(_efficient(rows), skipped)


def _efficient(rows: list[tuple[float, float, FloatArray]]) -> FloatArray | None:
    """Greatest return; among rows within 1e-12 of it the least risk."""
    if not rows:
        return None
    best = max(row[0] for row in rows)
    return min((row for row in rows if row[0] >= best - 1e-12), key=lambda row: row[1])[2]


def least_violation(mu: FloatArray, per_risk: FloatArray, can_rise: BoolArray, can_fall: BoolArray) -> float:
    """``min over k >= 0 of max(mu - k per_risk | can rise) - min(the same | can fall)``, at least 0, by program."""
    rows, right = [], []
    for i in np.flatnonzero(can_rise):  # p >= mu_i - k per_risk_i
        rows.append([-per_risk[i], -1.0, 0.0])
        right.append(-mu[i])
    for i in np.flatnonzero(can_fall):  # q <= mu_i - k per_risk_i
        rows.append([per_risk[i], 0.0, 1.0])
        right.append(mu[i])
    rows.append([0.0, -1.0, 1.0])  # p - q >= 0
    right.append(0.0)
    found = linprog([0.0, 1.0, -1.0], A_ub=rows, b_ub=right, bounds=[(0, None), (None, None), (None, None)])
    return float(found.fun)


def greatest_gain(gains: FloatArray, bounds: tuple[FloatArray, FloatArray]) -> float:
    """``max g'x`` over the bounds and the budget, as a linear program."""
    found = linprog(-gains, A_eq=np.ones((1, gains.size)), b_eq=[1.0], bounds=list(zip(*bounds, strict=True)))
    return float(-found.fun)


def cone_answer(case: Case, target: float) -> FloatArray | None:
    """``max m'w`` as a second-order cone program at unit size, a fresh object; None unless the status is optimal."""
    import cvxpy as cp

    _, mu, covariance, lower, upper = case
    typical_risk = np.sqrt(np.trace(covariance) / mu.size)
    eigenvalues, vectors = np.linalg.eigh(covariance)
    factor = (vectors * np.sqrt(np.maximum(eigenvalues, 0.0))).T / typical_risk
    gains = (mu - mu.mean()) / (np.ptp(mu) or 1.0)
    for tolerance in (1e-10, 1e-9, 1e-8):
        w = cp.Variable(mu.size)
        limits = [cp.SOC(cp.Constant(target / typical_risk), factor @ w), cp.sum(w) == 1, w >= lower, w <= upper]
        problem = cp.Problem(cp.Minimize(-gains @ w), limits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # inaccurate answers are told by their status
            try:
                problem.solve(
                    solver=cp.CLARABEL, tol_gap_abs=tolerance, tol_gap_rel=tolerance, tol_feas=tolerance
                )
            except cp.error.SolverError:
                continue
        if problem.status == cp.OPTIMAL:
            return np.asarray(w.value)
    return None
