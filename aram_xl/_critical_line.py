"""The critical line algorithm: every corner portfolio of the efficient frontier, one by one.

Along the frontier ``w(t)`` minimises ``w'Sw / 2 - t m'w`` with ``sum(w) = 1, l <= w <= u``, where ``t`` is the
risk tolerance. Between two corners the free assets move on a straight line ``w = a + t b``. The walk starts at
the portfolio of greatest return (``t`` infinite) and lowers ``t``; a corner is where a free asset reaches a
bound or the reduced gradient of a bounded asset reaches zero. Each segment is computed afresh from its set of
free assets, so rounding does not accumulate.

Degenerate cases, all exact:

* ``S + c 11'`` replaces ``S`` in the linear systems: with ``sum(w) = 1`` the optimum is the same, and an asset
  of zero variance becomes regular.
* An asset whose column depends on those of the free assets is parked until one of them leaves: a trade along
  the dependence changes no variance, so its gradient cannot change sign for ``t > 0``.
* Several assets that tie for the greatest return: the same walk, restricted to them and with distinct made-up
  returns, ends at the point of least variance of their face, where the real walk starts. Nothing is perturbed.

Sources: Markowitz (1956), Naval Research Logistics Quarterly 3; Niedermayer and Niedermayer (2007);
Bailey and Lopez de Prado (2013), Algorithms 6(1).
"""

from __future__ import annotations

import numpy as np

from aram_xl._descent import AT_BOUND, TIE, Corners, Descent, Problem
from aram_xl._descent_small import SMALL, SmallDescent
from aram_xl.types import FloatArray


def walk(problem: Problem, stop_variance: float = -1.0) -> Corners:
    """Walk down the frontier until the variance is at most ``stop_variance`` or least.

    Raises:
        SolverError: the walk did not end, which no known problem causes.
    """
    mu, _, lower, upper = problem
    descent = SmallDescent if mu.size <= SMALL else Descent
    weights, side, marginal = _greatest_return(problem)
    tie = TIE * float(np.abs(mu).max())
    centred = mu - mu[marginal]
    tied = (np.abs(centred) <= tie) & (upper > lower)
    free = [marginal]
    if np.count_nonzero(tied) > 1:
        made_up = np.where(tied, 1.0 - np.argsort(np.argsort(-mu, kind="stable")) / (2.0 * mu.size), 0.0)
        face = descent(problem._replace(expected_returns=made_up), weights, np.where(tied, side, 0.0), free, TIE)
        weights = face.run(-1.0).weights[-1]
        face.release()
        side, free = np.where(tied, face.side, side), face.free
    return descent(problem._replace(expected_returns=centred), weights, side, free, tie).run(stop_variance)


def snapped(weights: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Weights (..., n_assets) with those that rounding left beside a bound put on it."""
    low = np.where(np.abs(weights - lower) <= AT_BOUND, lower, weights)
    return np.where(np.abs(low - upper) <= AT_BOUND, upper, low)


def _greatest_return(problem: Problem) -> tuple[FloatArray, FloatArray, int]:
    """Fill the best assets to their caps; the last one filled is free."""
    mu, _, lower, upper = problem
    room = upper - lower
    side = np.where(room > 0, 1.0, 0.0)
    weights = lower.copy()
    left = 1.0 - float(lower.sum())
    marginal = int(np.argmax(mu))
    for i in np.argsort(-mu, kind="stable"):
        if room[i] <= 0:
            continue
        marginal = int(i)
        if room[i] >= left:
            weights[i] = lower[i] + left
            break
        weights[i] = upper[i]
        side[i] = -1.0
        left -= room[i]
    side[marginal] = 0.0
    return weights, side, marginal
