"""The engine against two independent optimisers: a cone solver and another critical-line program."""

from __future__ import annotations

import numpy as np
import pytest

from aram_xl._certificate import MINIMUM_VARIANCE_FORM
from aram_xl.frontier import EfficientFrontier, Portfolio, efficient_frontier
from aram_xl.types import FloatArray
from tests import reference
from tests.problems import DEGENERATE_KINDS, Case, degenerate_case, random_case

WITHIN = 1e-10
"""Limits are met to rounding (1e-16 times some hundred terms), far inside this."""

RETURN_GAP = 1e-9
"""Monthly returns are near 1e-2 and the cone solver is good to about 1e-10 of that."""


def excess_by_violation(answer: FloatArray, ours: Portfolio, case: Case, target: float) -> float:
    """What the referee's violations of its limits can have earned it: each violation at our multiplier of it."""
    proof = ours.certificate
    risk = np.sqrt(max(answer @ case.covariance @ answer, 0.0))
    return float(
        proof.risk_multiplier * max(risk - target, 0.0)
        + abs(proof.budget_multiplier * (answer.sum() - 1.0))
        + proof.lower_multipliers @ np.maximum(case.lower - answer, 0.0)
        + proof.upper_multipliers @ np.maximum(answer - case.upper, 0.0)
    )


def target_of(rng: np.random.Generator, frontier: EfficientFrontier) -> float:
    """Anywhere between 1.0001 times the least risk and a tenth above the risk of the best-return portfolio."""
    least, greatest = frontier.risks[-1], frontier.risks[0]
    return float(max(least + rng.uniform(0.0, 1.1) * (greatest - least), 1.0001 * least))


def check(case: Case, frontier: EfficientFrontier, target: float) -> bool:
    """All conditions on our answer; whether the referee could say anything."""
    ours = frontier.at_risk(target)
    weights, proof = ours.weights, ours.certificate
    assert abs(weights.sum() - 1.0) <= WITHIN
    assert (weights >= case.lower - WITHIN).all()
    assert (weights <= case.upper + WITHIN).all()
    assert ours.risk <= target + WITHIN
    assert max(proof.stationarity, proof.feasibility, proof.complementarity) <= 1e-9
    assert proof.duality_gap <= 1e-12
    assert proof.optimal
    answer = reference.cone_answer(case, target)
    if answer is None:
        return False
    if proof.form == MINIMUM_VARIANCE_FORM:  # no price of risk: nothing can have less risk, that is all
        assert np.sqrt(max(answer @ case.covariance @ answer, 0.0)) >= ours.risk - RETURN_GAP
        return True
    allowed = excess_by_violation(answer, ours, case, target) + RETURN_GAP
    assert ours.expected_return >= case.expected_returns @ answer - allowed
    return True


@pytest.mark.parametrize("batch", range(10))
def test_random_problems_against_the_cone_solver(batch):
    """1,000 problems of 2 to 60 assets, with no caps, caps and minimum weights."""
    rng = np.random.default_rng(1_000 + batch)
    refereed = 0
    for _ in range(100):
        case = random_case(rng, int(rng.integers(2, 61)))
        frontier = efficient_frontier(*case[1:])
        refereed += check(case, frontier, target_of(rng, frontier))
    assert refereed >= 95


@pytest.mark.parametrize("kind", DEGENERATE_KINDS)
def test_degenerate_problems_against_the_cone_solver(kind):
    """17 problems of each of 12 kinds. Kinds with an empty interior stop some interior-point runs short of optimal."""
    rng = np.random.default_rng(DEGENERATE_KINDS.index(kind))
    refereed = 0
    for _ in range(17):
        case = degenerate_case(rng, int(rng.integers(2, 61)), kind)
        frontier = efficient_frontier(*case[1:])
        refereed += check(case, frontier, target_of(rng, frontier))
    assert refereed >= 8


def test_corners_against_another_critical_line():
    """cvxcla walks the same path independently; its corners lie on our frontier.

    Both are exact: 1e-12 is rounding. It refuses some problems whose caps tie at the best-return portfolio.
    """
    from cvxcla import CLA
    from cvxcla.errors import DegenerateProblemError

    rng = np.random.default_rng(20)
    compared = 0
    for _ in range(60):
        size = int(rng.integers(2, 31))
        _, mu, covariance, lower, upper = random_case(rng, size)
        frontier = efficient_frontier(mu, covariance, lower, upper)
        sums = {"a": np.ones((1, size)), "b": np.ones(1)}
        try:
            other = CLA(mean=mu, covariance=covariance, lower_bounds=lower, upper_bounds=upper, **sums)
        except DegenerateProblemError:
            continue
        compared += 1
        for point in other.turning_points:
            w = np.asarray(point.weights)
            risk = float(np.sqrt(w @ covariance @ w))
            ours = frontier.at_risk(max(risk, frontier.risks[-1]))
            assert ours.expected_return == pytest.approx(float(w @ mu), abs=1e-12)
            assert ours.risk == pytest.approx(risk, abs=1e-12)
    assert compared >= 50
