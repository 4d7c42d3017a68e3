"""Step 3 under general limits: groups, turnover, tracking error and linear limits, through a cone solver.

``max m'w  s.t.  w'Sw <= target^2, sum(w) = 1, l <= w <= u`` and

* groups: ``least <= sum of members' weights <= greatest``;
* turnover: ``sum |w - current| / 2 <= limit`` (one-way);
* tracking error: ``(w - b)'S(w - b) <= limit^2`` against benchmark weights ``b``;
* linear limits: ``least <= A w <= greatest`` (duration, yield, a score ...).

The critical line is exact but knows bounds only; this room pays a solver's tolerance for general limits. The problem
goes to the solver as a second-order cone program scaled to unit size, as a fresh object each time, and only the
status ``optimal`` is taken. The least reachable risk is found first, under all limits: it decides what is feasible.
Every answer is checked again on the unscaled data and carries its multipliers and a duality gap that holds whatever
the solver did.

Sources: Lobo, Vandenberghe, Boyd and Lebret (1998), Linear Algebra and its Applications 284 (second-order cone form);
Goulart and Chen (2024), Clarabel (solver).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import cvxpy
import numpy as np

from aram_xl._certificate import EQUAL, MINIMUM_VARIANCE_FORM, RETURN_FORM, RISKLESS, bounds
from aram_xl._labels import series
from aram_xl._limits import (
    Group,
    Limits,
    Linear,
    TrackingError,
    Turnover,
    asset_labels,
    holdings,
    limit_rows,
)
from aram_xl._limits_certificate import (
    ACTIVE,
    CERTIFIED,
    FEASIBLE,
    Found,
    LimitsCertificate,
    Model,
    binding_limits,
    hash_of,
    in_units,
    limits_certificate,
    risk_of,
    tracking_error_of,
    turnover_of,
    violation,
    without_rounding,
)
from aram_xl._limits_polish import polished
from aram_xl._validate import covariance_matrix, number, vector
from aram_xl.errors import InfeasibleError, InputError, SolverError
from aram_xl.frontier import mix_text, percent_text
from aram_xl.types import FloatArray, Table, frozen

__all__ = [
    "Group",
    "LimitedPortfolio",
    "Limits",
    "LimitsCertificate",
    "Linear",
    "TrackingError",
    "Turnover",
    "max_return_at_risk_general",
]

cp: Any = cvxpy
"""Typed in part only, so taken as untyped."""

TOLERANCES = (1e-10, 1e-9, 1e-8)
"""Tried in turn: at unit scale rounding stops some problems short of the first."""

REFINEMENT = {
    "iterative_refinement_reltol": 1e-15,
    "iterative_refinement_abstol": 1e-15,
    "iterative_refinement_max_iter": 50,
}
"""Of the solver's linear systems: with its own settings one problem in five ends at ten times the violation."""

REACHED = 1e-7
"""Relative to the least risk: the solver knows it to about 1e-9, so a target this close to it is reached."""

TIE = 1e-9
"""Return, per unit of the spread of expected returns, given up to find the least risk among the best mixes."""

CALMER = 1e-6
"""Risk, relative to that of a typical asset, that the least risk among the best mixes must save to count as less."""

GIVES_WAY = 1e-7
"""Least total violation, in weight or typical risk, above which limits exclude each other: the solver's is 1e-8."""

TRUSTED = 1e-5
"""Greatest duality gap, relative to the scale, of an answer handed out."""


@dataclass(frozen=True, eq=False, slots=True)
class LimitedPortfolio:
    """The efficient portfolio under general limits, with its proof."""

    weights: Table
    """(n_assets,) decimals that sum to 1; labelled when the input was."""
    expected_return: float
    risk: float
    binding: bool
    """Whether the risk target holds return back."""
    turnover: float | None
    """One-way, from the current weights; None without such a limit."""
    tracking_error: float | None
    certificate: LimitsCertificate
    input_hash: str
    """SHA-256 over all inputs, first 16 hexadecimal digits."""
    version: str


def max_return_at_risk_general(
    expected_returns: Table,
    covariance: Table,
    risk_target: float,
    limits: Limits,
    lower: Any = 0.0,
    upper: Any = 1.0,
) -> LimitedPortfolio:
    """The portfolio of greatest expected return whose risk is at most ``risk_target``, under general limits.

    Among portfolios of equal return (within ``TIE`` of the spread of expected returns) the one of least risk. At the
    least reachable risk (within ``REACHED``) the answer is the portfolio of least risk and the certificate takes the
    minimum-variance form, as it does when all expected returns are equal.

    Args:
        expected_returns: (n_assets,) decimals per period.
        covariance: (n_assets, n_assets) per period, decimal squared; may be singular.
        risk_target: volatility per period, decimal.
        limits: groups, turnover, tracking error and linear limits.
        lower: smallest weight, scalar or (n_assets,).
        upper: greatest weight, scalar or (n_assets,).

    Raises:
        InfeasibleError: the limits exclude each other, or the target is below the least risk under all limits; the
            message names the limits that bind and the reachable range.
        InputError: shapes, labels or bounds disagree, or a number is not finite.
        NotConvexError: the covariance has a negative eigenvalue.
        SolverError: the solver gave no answer that passes its checks.

    Example:
        >>> credit = Group("credit", (1,), greatest=0.3)
        >>> best = max_return_at_risk_general([0.01, 0.02], [[0.01, 0.0], [0.0, 0.04]], 0.2, Limits((credit,)))
        >>> best.weights.round(4)
        array([0.7, 0.3])
    """
    labels = asset_labels(
        limits, expected_returns=expected_returns, covariance=covariance, lower=lower, upper=upper
    )
    mu = vector(expected_returns, "expected_returns")
    target = number(risk_target, "risk_target")
    if target < 0:
        raise InputError(f"risk_target: expected 0 or more, got {target:g}")
    box = bounds(lower, upper, mu.size)
    model = _model(mu, covariance_matrix(covariance, size=mu.size), box, limits, labels)
    found, form, binding = _efficient(model, target)
    return _answer(model, found, (form, binding, target), labels)


def _model(
    mu: FloatArray, covariance: FloatArray, box: tuple[FloatArray, FloatArray], limits: Limits, labels: Any
) -> Model:
    size = mu.size
    eigenvalues, vectors = np.linalg.eigh(covariance)
    typical_risk = float(np.sqrt(np.trace(covariance) / size)) or 1.0
    factor = (vectors * np.sqrt(np.maximum(eigenvalues, 0.0))).T / typical_risk
    spread = float(mu.max() - mu.min())
    spread = spread if spread > EQUAL * float(np.abs(mu).max()) else 0.0
    centred = (mu - 0.5 * (mu.max() + mu.min())) / (spread or 1.0)
    names = [f"asset {i + 1}" for i in range(size)] if labels is None else [str(label) for label in labels]
    rows = limit_rows(limits, size, labels)
    current, benchmark = holdings(limits, size)
    return Model(
        mu, covariance, *box, rows, limits, current, benchmark, factor, centred, spread, typical_risk, names
    )


def _efficient(model: Model, target: float) -> tuple[Found, str, bool]:
    """Weights and multipliers in the caller's units, the form of their certificate, and whether the target binds."""
    least = _solve(model, None)
    if least is None:
        raise _contradiction(model)
    reached = risk_of(least.weights, model)
    rounding = REACHED * reached + FEASIBLE * model.typical_risk
    if target < reached - rounding:
        raise InfeasibleError(_below_reach(target, least, model))
    if model.spread == 0.0 or target <= max(reached + rounding, RISKLESS * model.typical_risk):
        return _at_least_risk(least, model)
    found = _solve(model, model.scaled_returns, risk_limit=target)
    if found is None:
        raise _broken()
    if found.risk > ACTIVE:
        return in_units(found, model.spread, model), RETURN_FORM, True
    calmer = _least_risk_among_best(found, model)
    return in_units(calmer, model.spread, model), RETURN_FORM, False


def _at_least_risk(least: Found, model: Model) -> tuple[Found, str, bool]:
    """The least-risk portfolio; where none within the limits earns more, the target holds nothing back."""
    best = _solve(model, model.scaled_returns) if model.spread > 0.0 else None
    if best is not None and float(model.scaled_returns @ (best.weights - least.weights)) <= CERTIFIED:
        found = best._replace(weights=least.weights, risk=0.0)
        return in_units(found, model.spread, model), RETURN_FORM, False
    return in_units(least, model.typical_risk, model), MINIMUM_VARIANCE_FORM, model.spread > 0.0


def _least_risk_among_best(found: Found, model: Model) -> Found:
    """Another mix only where the multipliers of the greatest return prove it and it saves risk worth the name."""
    best = float(model.scaled_returns @ found.weights)
    calmer = _solve(model, None, return_floor=best - TIE)
    found = found._replace(risk=0.0)
    if calmer is None:  # so few mixes of that return that the solver finds no room between them
        return found
    quiet = found._replace(weights=calmer.weights)
    proof = limits_certificate(model, in_units(quiet, model.spread, model), RETURN_FORM, np.inf)
    gain = risk_of(found.weights, model) - risk_of(calmer.weights, model)
    worth = gain > CALMER * model.typical_risk and proof.duality_gap <= CERTIFIED * model.spread
    return quiet if worth else found


def _solve(
    model: Model,
    gains: FloatArray | None,
    risk_limit: float | None = None,
    return_floor: float | None = None,
) -> Found | None:
    """Greatest gain, or without ``gains`` least risk; None when the solver does not end in ``optimal``."""
    for tolerance in TOLERANCES:
        program = _Program(model)
        program.add_limits()
        risk = cp.norm(model.factor @ program.weights, 2)
        if risk_limit is not None:
            program.limit_risk(risk, risk_limit / model.typical_risk)
        if return_floor is not None:
            program.constraints.append(model.scaled_returns @ program.weights >= return_floor)
        optimal = program.solve(risk if gains is None else -(gains @ program.weights), tolerance)
        if gains is None and return_floor is None and program.weights.value is not None:
            riskless = _riskless(np.asarray(program.weights.value), model)
            if riskless is not None:
                return riskless
        if optimal:
            found = program.found()
            return found if return_floor is not None else _better(model, found, gains, risk_limit)
    return None


def _riskless(weights: FloatArray, model: Model) -> Found | None:
    """At the tip of a cone the solver stops short; a mix within the limits and without risk needs no other proof."""
    inside = without_rounding(weights, model)
    if violation(inside, model, np.inf) > FEASIBLE or risk_of(inside, model) > RISKLESS * model.typical_risk:
        return None
    nothing = np.zeros(inside.size)
    return Found(inside, 0.0, 0.0, nothing, np.zeros(len(model.rows.names)), nothing, 0.0, 0.0)


def _better(model: Model, found: Found, gains: FloatArray | None, risk_limit: float | None) -> Found:
    """The solver's answer or the polished one, whichever has the smaller duality gap among those within the limits."""
    target = None if gains is None else risk_limit if risk_limit is not None else np.inf
    candidate = polished(model, found, target)
    if candidate is None:
        return found
    form, unit = (MINIMUM_VARIANCE_FORM, model.typical_risk) if gains is None else (RETURN_FORM, model.spread)
    proofs = [
        limits_certificate(model, in_units(each, unit, model), form, np.inf if target is None else target)
        for each in (candidate, found)
    ]
    within = proofs[0].feasibility <= max(proofs[1].feasibility, FEASIBLE)
    return candidate if within and proofs[0].duality_gap <= proofs[1].duality_gap else found


class _Program:
    """One second-order cone program, built afresh for each solve."""

    def __init__(self, model: Model) -> None:
        size = model.returns.size
        self.model = model
        self.weights = cp.Variable(size)
        self.budget = cp.sum(self.weights) == 1.0
        self.bounds = _between(self.weights, model.lower, model.upper)
        self.constraints = [self.budget, *(part for _, _, part in self.bounds)]
        self.rows: list[tuple[Any, float, Any]] = []
        self.trades: Any = None
        self.turnover: Any = None
        self.tracking: Any = None
        self.risk: Any = None

    def add_limits(self) -> None:
        model, w = self.model, self.weights
        if model.rows.names:
            size = np.abs(model.rows.matrix).max(axis=1)
            scaled = (model.rows.matrix / size[:, None]) @ w
            self.rows = _between(scaled, model.rows.least / size, model.rows.greatest / size)
            self.constraints += [part for _, _, part in self.rows]
        if model.limits.turnover is not None:
            bought, sold = cp.Variable(w.size, nonneg=True), cp.Variable(w.size, nonneg=True)
            self.trades = w - bought + sold == model.current
            self.turnover = 0.5 * cp.sum(bought + sold) <= model.limits.turnover.limit
            self.constraints += [self.trades, self.turnover]
        if model.limits.tracking_error is not None:
            difference = cp.norm(model.factor @ (w - model.benchmark), 2)
            self.tracking = difference <= model.limits.tracking_error.limit / model.typical_risk
            self.constraints.append(self.tracking)

    def limit_risk(self, risk: Any, limit: float) -> None:
        self.risk = risk <= limit
        self.constraints.append(self.risk)

    def solve(self, objective: Any, tolerance: float) -> bool:
        problem = cp.Problem(cp.Minimize(objective), self.constraints)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "may be inaccurate": the status says so too and is not accepted
            try:
                problem.solve(
                    solver=cp.CLARABEL,
                    tol_gap_abs=tolerance,
                    tol_gap_rel=tolerance,
                    tol_feas=tolerance,
                    **REFINEMENT,
                )
            except cp.error.SolverError:  # raised for some infeasible problems too
                return False
        return bool(problem.status == cp.OPTIMAL)

    def found(self) -> Found:
        model, size = self.model, self.weights.size
        rows = _multipliers(self.rows, len(model.rows.names))
        if rows.size:
            rows = rows / np.abs(model.rows.matrix).max(axis=1)
        prices = np.zeros(size) if self.trades is None else np.asarray(self.trades.dual_value)
        return Found(
            np.asarray(self.weights.value),
            _dual(self.risk),
            _dual(self.budget),
            _multipliers(self.bounds, size),
            rows,
            prices,
            max(_dual(self.turnover), 2.0 * float(np.abs(prices).max())),
            _dual(self.tracking),
        )


def _between(expression: Any, least: FloatArray, greatest: FloatArray) -> list[tuple[Any, float, Any]]:
    """``least <= expression <= greatest`` as (rows, sign of multiplier, constraint); equal sides are one equation."""
    equal = least == greatest
    parts = []
    for rows, sign in ((equal, 0.0), (~equal & np.isfinite(least), -1.0), (~equal & np.isfinite(greatest), 1.0)):
        where = np.flatnonzero(rows)
        if where.size == 0:
            continue
        part = expression[where]
        if sign == 0.0:
            parts.append((where, 1.0, part == least[where]))
        else:
            parts.append((where, sign, part >= least[where] if sign < 0 else part <= greatest[where]))
    return parts


def _multipliers(parts: list[tuple[Any, float, Any]], count: int) -> FloatArray:
    total = np.zeros(count)
    for where, sign, constraint in parts:
        total[where] += sign * np.asarray(constraint.dual_value)
    return total


def _dual(constraint: Any) -> float:
    return 0.0 if constraint is None else float(constraint.dual_value)


def _answer(
    model: Model, found: Found, verdict: tuple[str, bool, float], labels: Any
) -> LimitedPortfolio:
    from aram_xl import __version__

    form, binding, target = verdict
    proof = limits_certificate(model, found, form, target)
    if proof.feasibility > FEASIBLE or proof.duality_gap > TRUSTED * (proof.scale or 1.0):
        raise SolverError(
            f"program: the answer failed its checks (duality gap {proof.duality_gap:.3g}, violation "
            f"{proof.feasibility:.3g}); please report the inputs that cause this"
        )
    w = found.weights
    return LimitedPortfolio(
        weights=frozen(w) if labels is None else series(w, labels, "weight"),
        expected_return=float(model.returns @ w),
        risk=risk_of(w, model),
        binding=binding,
        turnover=turnover_of(w, model),
        tracking_error=tracking_error_of(w, model),
        certificate=proof,
        input_hash=hash_of(model, target),
        version=__version__,
    )


def _broken() -> SolverError:
    return SolverError(
        "program: the solver stopped without an optimal answer to a feasible problem; please report the inputs that "
        "cause this"
    )


def _below_reach(target: float, least: Found, model: Model) -> str:
    """Why a target cannot be met: the range under all limits, the mix at each end, the limits that bind."""
    best = _solve(model, model.scaled_returns) if model.spread > 0.0 else least
    if best is not None and model.spread > 0.0:
        best = _least_risk_among_best(best, model)
    reach = "" if best is None else (
        f"; the greatest useful target is {percent_text(risk_of(best.weights, model))} "
        f"({mix_text(best.weights, model.names)})"
    )
    remedy = " or ".join(["raise the target", *(f"relax {name}" for name in binding_limits(least, model))])
    return (
        f"risk_target: target {percent_text(target)} is below the lowest reachable "
        f"{percent_text(risk_of(least.weights, model))} under all limits ({mix_text(least.weights, model.names)})"
        f"{reach}; {remedy}"
    )


def _contradiction(model: Model) -> InfeasibleError | SolverError:
    """Which limits cannot be met together: those that give way when their total violation is least.

    Bounds and budget have been checked, so this program always has an answer; if nothing gives way, the limits can
    be met and it was the solver that failed.
    """
    w = cp.Variable(model.returns.size)
    rows, limits = model.rows, model.limits
    excess = cp.Variable(len(rows.names) + 2, nonneg=True)
    constraints = [cp.sum(w) == 1.0, *(part for _, _, part in _between(w, model.lower, model.upper))]
    for i in range(len(rows.names)):
        size = np.abs(rows.matrix[i]).max()
        value = (rows.matrix[i] / size) @ w
        if np.isfinite(rows.least[i]):
            constraints.append(value >= rows.least[i] / size - excess[i])
        if np.isfinite(rows.greatest[i]):
            constraints.append(value <= rows.greatest[i] / size + excess[i])
    if limits.turnover is not None:
        constraints.append(0.5 * cp.norm1(w - model.current) <= limits.turnover.limit + excess[-2])
    if limits.tracking_error is not None:
        limit = limits.tracking_error.limit / model.typical_risk
        constraints.append(cp.norm(model.factor @ (w - model.benchmark), 2) <= limit + excess[-1])
    problem = cp.Problem(cp.Minimize(cp.sum(excess)), constraints)
    problem.solve(solver=cp.CLARABEL)
    if problem.status != cp.OPTIMAL or problem.value <= GIVES_WAY:
        return _broken()
    names = [*rows.names, "the turnover limit", "the tracking-error limit"]
    gave_way = [name for name, amount in zip(names, excess.value, strict=True) if amount > 0.01 * problem.value]
    return InfeasibleError(
        f"limits: no portfolio meets all limits and bounds; {', '.join(gave_way)} cannot be met with the others, "
        f"not by a total of {problem.value:.4g}; relax it or what stands against it"
    )
