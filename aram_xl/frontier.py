"""The efficient frontier, exact, and the portfolios on it.

Every answer is the efficient one: the least risk among portfolios of equal return, the greatest return among
portfolios of equal risk. The scale of time is the caller's: expected returns, covariance and risk target share it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aram_xl._certificate import RISKLESS, Certificate, bounds, certify
from aram_xl._critical_line import snapped, walk
from aram_xl._descent import Problem
from aram_xl._labels import series
from aram_xl._validate import common_labels, covariance_matrix, matrix, number, vector
from aram_xl.errors import InfeasibleError, InputError, SolverError
from aram_xl.types import FloatArray, Table, frozen

REACHED = 1e-12
"""Relative tolerance on variance: a target this close to the least reachable risk is reached."""

SAME = 1e-14
"""Corners whose weights differ by no more are one: the rounding of a weight sits near 1e-16."""

TRUSTED = 1e-6
"""Greatest duality gap, per unit of the certificate's scale, of an answer handed out."""

ROUNDING = 1e-16
"""Variance of a hedged mix, relative to that of a typical asset, below which it is the rounding of zero."""


@dataclass(frozen=True, eq=False, slots=True)
class Portfolio:
    """A portfolio on the efficient frontier, with its proof."""

    weights: Table
    """(n_assets,) decimals that sum to 1; labelled when the input was."""
    expected_return: float
    risk: float
    """Volatility, decimal, at the scale of the covariance."""
    binding: bool
    """Whether the risk target holds return back; False at and above the risk of the best-return portfolio."""
    certificate: Certificate
    input_hash: str
    """SHA-256 over all inputs, first 16 hexadecimal digits."""
    version: str


@dataclass(frozen=True, eq=False, slots=True)
class EfficientFrontier:
    """All corner portfolios, from the greatest return (row 0) down to the least risk (last row).

    Between two corners weights are linear in expected return and variance is quadratic.
    """

    weights: FloatArray
    """(n_corners, n_assets)"""
    expected_returns: FloatArray
    """(n_corners,), falling."""
    risks: FloatArray
    """(n_corners,) volatilities, falling."""
    risk_tolerances: FloatArray
    """(n_corners,) d variance / (2 d return) at and below the corner."""
    problem: Problem
    names: Any = None
    """Labels of the assets when the input had them."""

    @property
    def min_risk(self) -> Portfolio:
        """The portfolio of least risk; among several the one of greatest return."""
        return self._portfolio(self.weights[-1], float(self.risks[-1]), binding=len(self.risks) > 1)

    @property
    def max_return(self) -> Portfolio:
        """The portfolio of greatest return; among several the one of least risk."""
        return self._portfolio(self.weights[0], np.inf, binding=False)

    def at_risk(self, risk_target: float) -> Portfolio:
        """The portfolio of greatest return whose risk is at most ``risk_target``.

        Raises:
            InfeasibleError: the target is below the least risk; the message gives the range.
        """
        target = number(risk_target, "risk_target")
        if target < 0:
            raise InputError(f"risk_target: expected 0 or more, got {target:g}")
        if target >= self.risks[0]:
            return self._portfolio(self.weights[0], target, binding=False)
        least = float(self.risks[-1]) ** 2
        rounding = REACHED * least + ROUNDING * float(np.trace(self.problem.covariance)) / len(self.problem.lower)
        if target**2 < least - rounding:
            raise InfeasibleError(below_reach(target, self))
        if target**2 <= least + rounding:
            return self._portfolio(self.weights[-1], max(target, float(self.risks[-1])), binding=True)
        k = int(np.argmax(self.risks <= target))
        weights = _between(self.weights[k - 1], self.weights[k], self.problem.covariance, target**2)
        return self._portfolio(weights, target, binding=True)

    def at_return(self, expected_return: float) -> Portfolio:
        """The portfolio of least risk among those that earn ``expected_return``.

        Raises:
            InfeasibleError: the return lies outside the efficient range; the message gives it.
        """
        wanted = number(expected_return, "expected_return")
        best, least = self.expected_returns[0], self.expected_returns[-1]
        slack = 1e-12 * max(abs(best), abs(least))
        if not least - slack <= wanted <= best + slack:
            raise InfeasibleError(
                f"expected_return: {wanted:.4%} is outside the efficient range {least:.4%} (least risk) "
                f"to {best:.4%} (greatest return)"
            )
        k = int(np.argmax(self.expected_returns <= max(wanted, least)))
        if k == 0:
            return self._portfolio(self.weights[0], float(self.risks[0]), binding=False)
        above, below = self.expected_returns[k - 1], self.expected_returns[k]
        share = (above - wanted) / (above - below)
        weights = (1.0 - share) * self.weights[k - 1] + share * self.weights[k]
        return self._portfolio(weights, None, binding=True)

    def max_sharpe(self, risk_free_rate: float) -> Portfolio:
        """The portfolio of greatest (expected return - risk-free rate) / risk.

        Raises:
            InfeasibleError: no asset mix earns more than the risk-free rate, or one does so without any risk.
        """
        rate = number(risk_free_rate, "risk_free_rate")
        if self.expected_returns[0] <= rate:
            raise InfeasibleError(
                f"risk_free_rate: expected a rate below the greatest reachable return "
                f"{self.expected_returns[0]:.4%}, got {rate:.4%}"
            )
        candidates = [*self.weights, *_tangencies(self, rate)]
        excess = np.array([w @ self.problem.expected_returns - rate for w in candidates])
        risks = np.array([_risk(w, self.problem.covariance) for w in candidates])
        riskless = risks <= RISKLESS * np.sqrt(np.trace(self.problem.covariance) / len(self.problem.lower))
        if (riskless & (excess > 0)).any():
            raise InfeasibleError(
                f"risk_free_rate: a mix without any risk earns more than {rate:.4%}, so the Sharpe ratio has no bound"
            )
        ratios = np.divide(excess, risks, out=np.full(risks.size, -np.inf), where=~riskless)
        return self._portfolio(candidates[int(ratios.argmax())], None, binding=True)

    def _portfolio(self, weights: FloatArray, target: float | None, binding: bool) -> Portfolio:
        """``target`` None: the portfolio's own risk is what it is certified against."""
        return _answer(self.problem, weights, target, binding, self.names)


def efficient_frontier(
    expected_returns: Table, covariance: Table, lower: Any = 0.0, upper: Any = 1.0
) -> EfficientFrontier:
    """Every corner portfolio of the long-only efficient frontier.

    Args:
        expected_returns: (n_assets,) decimals per period.
        covariance: (n_assets, n_assets) per period, decimal squared; may be singular.
        lower: smallest weight, scalar or (n_assets,).
        upper: greatest weight, scalar or (n_assets,).

    Raises:
        InputError: shapes or bounds disagree, or a number is not finite.
        NotConvexError: the covariance has a negative eigenvalue.

    Source:
        Critical line algorithm, Markowitz (1956); see `aram_xl._critical_line`.

    Example:
        >>> frontier = efficient_frontier([0.01, 0.02], [[0.01, 0.0], [0.0, 0.04]])
        >>> frontier.weights.round(2)
        array([[0. , 1. ],
               [0.8, 0.2]])
    """
    problem, names = _problem(expected_returns, covariance, lower, upper)
    return efficient_frontier_of(problem, names)


def max_return_at_risk(
    expected_returns: Table, covariance: Table, risk_target: float, lower: Any = 0.0, upper: Any = 1.0
) -> Portfolio:
    """The portfolio of greatest expected return whose risk is at most ``risk_target``.

    ``max m'w  s.t.  w'Sw <= risk_target^2, sum(w) = 1, lower <= w <= upper``. A target above the risk of the
    best-return portfolio gives that portfolio, with ``binding`` False.

    Args:
        expected_returns: (n_assets,) decimals per period.
        covariance: (n_assets, n_assets) per period, decimal squared; may be singular.
        risk_target: volatility per period, decimal.
        lower: smallest weight, scalar or (n_assets,).
        upper: greatest weight, scalar or (n_assets,).

    Raises:
        InfeasibleError: the target is below the least reachable risk; the message gives the reachable range.
        InputError: shapes or bounds disagree, or a number is not finite.
        NotConvexError: the covariance has a negative eigenvalue.

    Example:
        >>> best = max_return_at_risk([0.01, 0.02], [[0.01, 0.0], [0.0, 0.04]], 0.016**0.5)
        >>> best.weights.round(4)
        array([0.4, 0.6])
    """
    problem, names = _problem(expected_returns, covariance, lower, upper)
    target = number(risk_target, "risk_target")
    return efficient_frontier_of(problem, names, stop_variance=target * abs(target)).at_risk(target)


def min_risk(covariance: Table, lower: Any = 0.0, upper: Any = 1.0) -> Portfolio:
    """The portfolio of least risk; its expected return is not known and given as NaN.

    Raises:
        InputError: shapes or bounds disagree, or a number is not finite.
        NotConvexError: the covariance has a negative eigenvalue.
    """
    size = matrix(covariance, "covariance").shape[0]
    problem, names = _problem(np.zeros(size), covariance, lower, upper)
    found = efficient_frontier_of(problem, names).min_risk
    return replace(found, expected_return=float("nan"))


def max_sharpe(
    expected_returns: Table, covariance: Table, *, risk_free_rate: float, lower: Any = 0.0, upper: Any = 1.0
) -> Portfolio:
    """The portfolio of greatest Sharpe ratio; see `EfficientFrontier.max_sharpe`."""
    return efficient_frontier(expected_returns, covariance, lower, upper).max_sharpe(risk_free_rate)


def risk_range(
    expected_returns: Table, covariance: Table, lower: Any = 0.0, upper: Any = 1.0
) -> tuple[Portfolio, Portfolio]:
    """The portfolios of least risk and of greatest return: targets between their risks are binding."""
    frontier = efficient_frontier(expected_returns, covariance, lower, upper)
    return frontier.min_risk, frontier.max_return


def below_reach(target: float, frontier: EfficientFrontier) -> str:
    """Why a target cannot be met: the range, the mix at each end, the limit that binds, the remedy."""
    names = _asset_names(frontier)
    least, greatest = frontier.weights[-1], frontier.weights[0]
    problem = frontier.problem
    capped = np.flatnonzero((least >= problem.upper - 1e-9) & (problem.upper < 1.0) & (problem.upper > problem.lower))
    floored = np.flatnonzero((least <= problem.lower + 1e-9) & (problem.lower > 0.0))
    remedies = ["raise the target"]
    if capped.size:
        remedies.append("the cap on " + ", ".join(names[i] for i in capped))
    remedy = " or ".join(remedies)
    if floored.size:
        remedy += " or lower the minimum weight of " + ", ".join(names[i] for i in floored)
    return (
        f"risk_target: target {percent_text(target)} is below the lowest reachable {percent_text(frontier.risks[-1])} "
        f"({mix_text(least, names)}); the greatest useful target is {percent_text(frontier.risks[0])} "
        f"({mix_text(greatest, names)}); {remedy}"
    )


def _problem(expected_returns: Table, covariance: Table, lower: Any, upper: Any) -> tuple[Problem, Any]:
    names = common_labels(expected_returns=expected_returns, covariance=covariance, lower=lower, upper=upper)
    mu = vector(expected_returns, "expected_returns")
    low, high = bounds(lower, upper, mu.size)
    return Problem(mu, covariance_matrix(covariance, size=mu.size), low, high), names


def efficient_frontier_of(problem: Problem, names: Any = None, stop_variance: float = -1.0) -> EfficientFrontier:
    """The frontier of a checked problem, down to the first corner whose variance is at most ``stop_variance``."""
    corners = walk(problem, stop_variance)
    weights, returns = corners.weights, corners.weights @ problem.expected_returns
    risks = np.sqrt(np.maximum(((weights @ problem.covariance) * weights).sum(axis=1), 0.0))
    moved = np.abs(weights[1:] - weights[:-1]).max(axis=1, initial=0.0) > SAME
    tolerances = corners.risk_tolerance
    if not (moved & (returns[1:] < returns[:-1]) & (risks[1:] < risks[:-1])).all():
        kept = np.append(True, moved)
        for falling in (returns, risks):  # corners whose distance is rounding may come out in the wrong order
            kept[1:] &= falling[1:] < np.minimum.accumulate(falling)[:-1]
        weights, returns, risks, tolerances = weights[kept], returns[kept], risks[kept], tolerances[kept]
    return EfficientFrontier(frozen(weights), frozen(returns), frozen(risks), frozen(tolerances), problem, names)


def _between(start: FloatArray, end: FloatArray, covariance: FloatArray, variance: float) -> FloatArray:
    """The point of given variance on the line from a riskier to a less risky portfolio.

    The root is written so that nothing cancels: ``t = c / (-b + sqrt(b^2 - a c))`` with
    ``variance(t) = v0 + 2 b t + a t^2`` and ``c = v0 - variance >= 0 > b``.
    """
    move = end - start
    pull = covariance @ move
    a, b = float(move @ pull), float(start @ pull)
    excess = float(start @ covariance @ start) - variance
    if excess <= 0.0 or b >= 0.0:
        return start
    share = excess / (-b + np.sqrt(max(b * b - a * excess, 0.0)))
    return np.asarray(start + min(share, 1.0) * move)


def _tangencies(frontier: EfficientFrontier, rate: float) -> Sequence[FloatArray]:
    """Inside each segment, where the Sharpe ratio has zero slope."""
    mu, covariance = frontier.problem.expected_returns, frontier.problem.covariance
    points = []
    for start, end in zip(frontier.weights[:-1], frontier.weights[1:], strict=True):
        move = end - start
        excess, gain = float(start @ mu) - rate, float(move @ mu)
        pull = covariance @ move
        level, slope, bend = float(start @ covariance @ start), float(start @ pull), float(move @ pull)
        denominator = gain * slope - excess * bend
        share = (excess * slope - gain * level) / denominator if denominator != 0 else -1.0
        if 0.0 < share < 1.0:
            points.append(start + share * move)
    return points


def _answer(problem: Problem, weights: FloatArray, target: float | None, binding: bool, names: Any) -> Portfolio:
    from aram_xl import __version__

    mu, covariance, lower, upper = problem
    weights = snapped(weights, lower, upper)
    risk = _risk(weights, covariance)
    certified = risk if target is None else target
    proof = certify(weights, mu, covariance, certified, (lower, upper))
    if max(proof.duality_gap, proof.stationarity) > TRUSTED * proof.scale or proof.feasibility > TRUSTED:
        raise SolverError(
            f"frontier: the answer failed its certificate (duality gap {proof.duality_gap:.3g}, feasibility "
            f"{proof.feasibility:.3g}); please report the inputs that cause this"
        )
    digest = hashlib.sha256()
    for part in (mu, covariance, np.array([certified]), lower, upper):
        digest.update(np.ascontiguousarray(part).tobytes())
    return Portfolio(
        weights=frozen(weights) if names is None else series(weights, names, "weight"),
        expected_return=float(mu @ weights),
        risk=risk,
        binding=binding,
        certificate=proof,
        input_hash=digest.hexdigest()[:16],
        version=__version__,
    )


def _risk(weights: FloatArray, covariance: FloatArray) -> float:
    return float(np.sqrt(max(float(weights @ covariance @ weights), 0.0)))


def _asset_names(frontier: EfficientFrontier) -> list[str]:
    if frontier.names is not None:
        return [str(name) for name in frontier.names]
    return [f"asset {i + 1}" for i in range(frontier.weights.shape[1])]


def percent_text(value: float) -> str:
    """Two decimals, or as many as show three digits: daily and money-market scales stay legible."""
    digits = 2 if value == 0 or abs(value) >= 1e-3 else int(np.ceil(-np.log10(abs(value))))
    return f"{value * 100:.{digits}f} %"


def mix_text(weights: FloatArray, names: Sequence[str]) -> str:
    order = [int(i) for i in np.argsort(-weights, kind="stable") if weights[i] > 5e-4]
    shown = [f"{weights[i] * 100:.{0 if weights[i] > 0.9995 else 1}f} % {names[i]}" for i in order[:4]]
    return ", ".join(shown) + (f" and {len(order) - 4} more" if len(order) > 4 else "")
