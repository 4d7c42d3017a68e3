"""Seeded generators of portfolio problems, ordinary and degenerate, at the scale of monthly returns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray


class Case(NamedTuple):
    """One problem without its target."""

    kind: str
    expected_returns: FloatArray
    covariance: FloatArray
    lower: FloatArray
    upper: FloatArray


def monthly_moments(rng: np.random.Generator, size: int, periods: int | None = None) -> tuple[FloatArray, FloatArray]:
    """Sample mean and covariance of ``periods`` monthly returns with one common factor.

    Volatilities lie between 0.5 and 6 per cent a month, means between about -0.5 and 1.5 per cent. Fewer periods than
    assets make a singular covariance.
    """
    periods = periods or size + int(rng.integers(12, 120))
    volatility = np.exp(rng.uniform(np.log(0.005), np.log(0.06), size))
    loading = rng.uniform(-0.3, 0.9, size)
    common = rng.standard_normal((periods, 1)) * loading
    own = rng.standard_normal((periods, size)) * np.sqrt(1.0 - loading**2)
    returns = (common + own) * volatility + rng.uniform(-0.002, 0.01, size)
    centred = returns - returns.mean(axis=0)
    return returns.mean(axis=0), centred.T @ centred / (periods - 1)


def random_bounds(rng: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
    """No caps, one cap for all, caps per asset, or minimum weights and caps; always able to hold a total of 1."""
    lower, upper = np.zeros(size), np.ones(size)
    shape = int(rng.integers(4))
    if shape == 1:
        upper[:] = min(1.0, rng.uniform(1.05, 4.0) / size)
    elif shape >= 2:
        upper = rng.uniform(0.05, 1.0, size)
        upper = np.minimum(upper * max(1.0, 1.05 / upper.sum()), 1.0)
        if upper.sum() < 1.0:
            upper[:] = 1.0
    if shape == 3:
        lower = np.minimum(rng.uniform(0.0, 0.9, size) / size, upper) * (rng.random(size) < 0.5)
    return lower, upper


def random_case(rng: np.random.Generator, size: int) -> Case:
    """An ordinary problem: all assets differ, the covariance is regular."""
    mu, covariance = monthly_moments(rng, size)
    return Case("random", mu, covariance, *random_bounds(rng, size))


DEGENERATE_KINDS = (
    "tied returns",
    "all returns tied",
    "singular covariance",
    "duplicated assets",
    "zero-variance asset",
    "two zero-variance assets",
    "caps that total 1",
    "minimum weights that total 1",
    "fixed assets",
    "rank one",
    "small integers",
    "money-market scale",
)


def degenerate_case(rng: np.random.Generator, size: int, kind: str) -> Case:
    """A problem of one of the ``DEGENERATE_KINDS``."""
    mu, covariance = monthly_moments(rng, size)
    lower, upper = random_bounds(rng, size)
    if kind == "tied returns":
        mu = np.round(mu, 3)
    elif kind == "all returns tied":
        mu[:] = 0.004
    elif kind == "singular covariance":
        mu, covariance = monthly_moments(rng, size, periods=max(2, size // 2))
    elif kind == "duplicated assets":
        twin = rng.integers(0, max(1, size // 2), size)
        mu, covariance = mu[twin], covariance[np.ix_(twin, twin)]
    elif kind in ("zero-variance asset", "two zero-variance assets"):
        cash = rng.choice(size, min(size, 1 + kind.startswith("two")), replace=False)
        covariance[cash], covariance[:, cash] = 0.0, 0.0
        mu[cash] = 0.002
    elif kind == "caps that total 1":
        lower, upper = np.zeros(size), np.full(size, 1.0 / size)
    elif kind == "minimum weights that total 1":
        lower, upper = np.full(size, 1.0 / size), np.ones(size)
    elif kind == "fixed assets":
        fixed = rng.random(size) < 0.4
        lower[fixed] = np.minimum(0.5 / size, upper[fixed])
        upper[fixed] = lower[fixed]
        if upper.sum() < 1.0:
            upper[:] = np.where(fixed & (size > 1) & ~fixed.all(), upper, 1.0)
    elif kind == "rank one":
        volatility = rng.uniform(0.005, 0.05, size)
        covariance = np.outer(volatility, volatility)
    elif kind == "small integers":
        return small_integer_case(rng, size)
    elif kind == "money-market scale":
        mu, covariance = 1e-3 * mu, 1e-6 * covariance
    else:
        raise ValueError(kind)
    return Case(kind, mu, covariance, lower, upper)


def small_integer_case(rng: np.random.Generator, size: int) -> Case:
    """Covariance ``G'G`` and returns of small integers, in units of a monthly per cent: ties everywhere."""
    rows = int(rng.integers(1, size + 2))
    factors = rng.integers(-2, 3, (rows, size)).astype(float)
    mu = rng.integers(-2, 3, size).astype(float)
    lower, upper = np.zeros(size), np.ones(size)
    shape = int(rng.integers(3))
    if shape == 1:
        upper[:] = 1.0 / int(rng.integers(1, size + 1))
    elif shape == 2:
        upper = rng.integers(1, 5, size) / 4.0
        lower = np.where(rng.random(size) < 0.3, np.minimum(upper, 0.5 / size), 0.0)
        if upper.sum() < 1.0:
            upper[:] = 1.0
    return Case("small integers", 0.01 * mu, 1e-4 * factors.T @ factors, lower, upper)


def feasible_portfolio(rng: np.random.Generator, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """A mix of vertices of the bounds and the budget, each found by filling assets in random order."""
    vertices = []
    for _ in range(int(rng.integers(1, 5))):
        order = rng.permutation(lower.size)
        room = (upper - lower)[order]
        before = np.concatenate(([0.0], np.cumsum(room)[:-1]))
        vertex = lower.copy()
        vertex[order] += np.clip(1.0 - lower.sum() - before, 0.0, room)
        vertices.append(vertex)
    return np.asarray(rng.dirichlet(np.ones(len(vertices))) @ np.array(vertices))
