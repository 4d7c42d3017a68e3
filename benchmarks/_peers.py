"""One risk-target problem, solved by each package through its public functions and with its default settings.

Each peer is a function ``(expected_returns, covariance, risk_target) -> weights`` for the problem
``max m'w  s.t.  w'Sw <= target^2, sum(w) = 1, w >= 0``, or an exception where the peer refuses. Ours and that of
PyPortfolioOpt take one cap for all weights as well.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from aram_xl import max_return_at_risk

Solver = Callable[..., Any]


def ours(mean: Any, covariance: Any, target: float, upper: float = 1.0) -> Any:
    """Checks of the input, exact answer, certificate and input hash."""
    return max_return_at_risk(mean, covariance, target, 0.0, upper).weights


def pyportfolioopt() -> Solver:
    """``EfficientFrontier.efficient_risk``."""
    from pypfopt import EfficientFrontier

    def solve(mean: Any, covariance: Any, target: float, upper: float = 1.0) -> Any:
        frontier = EfficientFrontier(mean, covariance, weight_bounds=(0, upper))
        return np.array(list(frontier.efficient_risk(float(target)).values()))

    return solve


def skfolio() -> Solver:
    """``MeanRisk`` with a greatest standard deviation; the moments come in through a prior."""
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk, ObjectiveFunction
    from skfolio.prior import BasePrior, ReturnDistribution

    class Given(BasePrior):  # type: ignore[misc]
        def __init__(self, mean: Any = None, covariance: Any = None) -> None:
            self.mean, self.covariance = mean, covariance

        def fit(self, X: Any, y: Any = None, **kwargs: Any) -> Any:
            self.return_distribution_ = ReturnDistribution(
                mu=self.mean, covariance=self.covariance, returns=np.asarray(X)
            )
            return self

    def solve(mean: Any, covariance: Any, target: float) -> Any:
        model = MeanRisk(
            objective_function=ObjectiveFunction.MAXIMIZE_RETURN,
            risk_measure=RiskMeasure.STANDARD_DEVIATION,
            max_standard_deviation=float(target),
            prior_estimator=Given(mean, covariance),
        )
        model.fit(np.zeros((3, len(mean))))
        return np.asarray(model.weights_)

    return solve


def riskfolio() -> Solver:
    """``Portfolio.optimization`` with an upper limit of standard deviation, solved by Clarabel."""
    import pandas as pd
    import riskfolio as rp

    def solve(mean: Any, covariance: Any, target: float) -> Any:
        names = [f"A{i}" for i in range(len(mean))]
        portfolio = rp.Portfolio(returns=pd.DataFrame(np.zeros((3, len(mean))), columns=names))
        portfolio.mu = pd.DataFrame(np.asarray(mean)[None, :], columns=names)
        portfolio.cov = pd.DataFrame(covariance, index=names, columns=names)
        portfolio.upperdev = float(target)
        portfolio.solvers = ["CLARABEL"]
        answer = portfolio.optimization(model="Classic", rm="MV", obj="MaxRet", rf=0, l=0, hist=True)
        if answer is None:
            raise ValueError("no answer")
        return answer["weights"].to_numpy()

    return solve


def cvxcla() -> Solver:
    """The whole frontier by the critical line, then the point on it."""
    from cvxcla import CLA

    def solve(mean: Any, covariance: Any, target: float) -> Any:
        size = len(mean)
        frontier = CLA(
            mean=mean,
            covariance=covariance,
            lower_bounds=np.zeros(size),
            upper_bounds=np.ones(size),
            a=np.ones((1, size)),
            b=np.ones(1),
        )
        corners = np.array([point.weights for point in frontier.turning_points])
        variances = np.einsum("ki,ij,kj->k", corners, covariance, corners)
        if target**2 < variances[-1]:
            raise ValueError("infeasible")
        k = int(np.argmax(variances <= target**2))
        if k == 0:
            return corners[0]
        move = corners[k - 1] - corners[k]
        bend, slope = move @ covariance @ move, corners[k] @ covariance @ move
        level = variances[k] - target**2
        return corners[k] + (-slope + np.sqrt(max(slope**2 - bend * level, 0.0))) / bend * move

    return solve


def cvxpy_clarabel() -> Solver:
    """A parametrised second-order-cone problem, compiled once for each number of assets."""
    import cvxpy as cp

    problems: dict[int, Any] = {}

    def solve(mean: Any, covariance: Any, target: float) -> Any:
        size = len(mean)
        if size not in problems:
            weights, m = cp.Variable(size, nonneg=True), cp.Parameter(size)
            factor, limit = cp.Parameter((size, size)), cp.Parameter(nonneg=True)
            inside = [cp.sum(weights) == 1, cp.norm(factor @ weights) <= limit]
            problems[size] = (cp.Problem(cp.Maximize(m @ weights), inside), weights, m, factor, limit)
        problem, weights, m, factor, limit = problems[size]
        values, vectors = np.linalg.eigh(covariance)
        m.value, limit.value = np.asarray(mean), float(target)
        factor.value = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
        problem.solve(solver=cp.CLARABEL)
        if problem.status != "optimal":
            raise ValueError(problem.status)
        return weights.value

    return solve


PEERS: dict[str, Callable[[], Solver]] = {
    "PyPortfolioOpt": pyportfolioopt,
    "skfolio": skfolio,
    "Riskfolio-Lib": riskfolio,
    "cvxcla": cvxcla,
    "cvxpy + Clarabel, parametrised": cvxpy_clarabel,
}


def installed() -> tuple[dict[str, Solver], list[str]]:
    """The peers that can be imported, and the names of those that cannot."""
    solvers, missing = {}, []
    with hushed():
        for name, make in PEERS.items():
            try:
                solvers[name] = make()
            except ImportError:
                missing.append(name)
    return solvers, missing


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Without the warnings, logs and prints of the peers, those of compiled solvers included."""
    logging.disable(logging.CRITICAL)
    out, err = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(out, 1)
        os.dup2(err, 2)
        for handle in (out, err, nowhere):
            os.close(handle)
        logging.disable(logging.NOTSET)
