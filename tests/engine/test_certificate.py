"""The certificate: right answers pass, each kind of wrong one fails, and the gap bounds what was left behind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from aram_xl._certificate import (
    MINIMUM_VARIANCE_FORM,
    OPTIMAL,
    RETURN_FORM,
    bounds,
    certificate,
    linear_maximum,
)
from aram_xl.errors import InputError, NotConvexError
from aram_xl.frontier import efficient_frontier
from tests import reference
from tests.problems import DEGENERATE_KINDS, degenerate_case, feasible_portfolio, random_case

MU = np.array([0.01, 0.02, 0.015])
S = np.diag([0.01, 0.04, 0.02])
TARGET = 0.1


@pytest.fixture
def answer():
    """An interior answer: all three assets are held and the target binds."""
    weights = efficient_frontier(MU, S).at_risk(TARGET).weights
    assert (weights > 0.01).all()
    return np.array(weights)


def test_multipliers_by_hand():
    """Weights (0.4, 0.6) on variances 0.01 and 0.04, returns 1 and 2 per cent: Sw = (0.004, 0.024), risk^2 = 0.016.

    Both are free, so 0.01 - k 0.004 / risk = 0.02 - k 0.024 / risk: k = risk / 2 and g = 0.01 - 0.002 = 0.008.
    """
    risk = 0.016**0.5
    proof = certificate([0.4, 0.6], [0.01, 0.02], np.diag([0.01, 0.04]), risk)
    assert proof.form == RETURN_FORM
    assert proof.risk_multiplier == pytest.approx(risk / 2.0, abs=1e-15)
    assert proof.budget_multiplier == pytest.approx(0.008, abs=1e-15)
    assert proof.optimal


def test_bound_multipliers_by_hand():
    """A cap of 0.5 on the better asset and a loose target: one more unit of cap earns 0.02 - 0.01."""
    proof = certificate([0.5, 0.5], [0.01, 0.02], np.diag([0.01, 0.04]), 0.2, upper=[1.0, 0.5])
    assert proof.risk_multiplier == 0.0
    assert proof.budget_multiplier == pytest.approx(0.01, abs=1e-15)
    assert_allclose(proof.upper_multipliers, [0.0, 0.01], atol=1e-15)
    assert_allclose(proof.lower_multipliers, 0.0)
    assert proof.optimal


def test_minimum_variance_form_by_hand():
    """Weights (0.8, 0.2): Sw = (0.008, 0.008), so Sw / risk = risk for both and the budget multiplier is the risk."""
    risk = 0.008**0.5
    proof = certificate([0.8, 0.2], [0.01, 0.02], np.diag([0.01, 0.04]), risk)
    assert proof.form == MINIMUM_VARIANCE_FORM
    assert proof.risk_multiplier == np.inf
    assert proof.budget_multiplier == pytest.approx(risk, abs=1e-15)
    assert proof.optimal


def test_optimal_weights_pass(answer):
    assert certificate(answer, MU, S, TARGET).optimal


def test_perturbed_weights_fail_stationarity_or_gap(answer):
    """A trade of 0.1 per cent keeps the budget; it moves the gradient by 2e-5 of the spread, far above 1e-9."""
    proof = certificate(answer + np.array([1e-3, -5e-4, -5e-4]), MU, S, 0.2)
    assert proof.duality_gap > 1e-6
    assert proof.feasibility <= 1e-15
    assert not proof.optimal


def test_perturbed_target_fails_feasibility(answer):
    proof = certificate(answer, MU, S, TARGET - 1e-6)
    assert proof.feasibility == pytest.approx(1e-6, rel=1e-3)
    assert not proof.optimal


def test_slack_target_fails_stationarity(answer):
    """With a higher target the old answer leaves return behind: no multiplier may be used on a slack target."""
    proof = certificate(answer, MU, S, TARGET + 1e-3)
    assert proof.risk_multiplier == 0.0
    assert proof.stationarity > 1e-3
    assert proof.duality_gap > 1e-3
    assert not proof.optimal


def test_perturbed_expected_return_fails_stationarity(answer):
    proof = certificate(answer, MU + np.array([0.0, 0.0, 1e-5]), S, TARGET)
    assert proof.stationarity > 1e-6
    assert not proof.optimal


@pytest.mark.parametrize(
    ("weights", "excess"),
    [([0.5, 0.3, 0.201], 1e-3), ([0.6, 0.41, -0.01], 1e-2), ([0.2, 0.7, 0.1], 0.1)],
    ids=["budget", "lower bound", "upper bound"],
)
def test_broken_limits_fail_feasibility(weights, excess):
    proof = certificate(weights, MU, S, 1.0, upper=0.6)
    assert proof.feasibility == pytest.approx(excess, abs=1e-12)
    assert not proof.optimal


def test_asset_near_but_not_at_its_bound_fails_complementarity():
    """An asset of reduced return -0.01 held at 5e-10, inside the tolerance of a bound: product 5e-12, and counted."""
    proof = certificate([5e-10, 1.0 - 5e-10], [0.01, 0.02], np.diag([0.01, 0.04]), 1.0)
    assert proof.complementarity == pytest.approx(5e-12, rel=1e-6)
    assert proof.duality_gap == pytest.approx(5e-12, rel=1e-3)
    assert proof.optimal  # 5e-10 of the spread
    further = certificate([5e-8, 1.0 - 5e-8], [0.01, 0.02], np.diag([0.01, 0.04]), 1.0)
    assert not further.optimal


def test_not_binding_has_no_risk_multiplier():
    rng = np.random.default_rng(1)
    for _ in range(50):
        case = random_case(rng, int(rng.integers(2, 20)))
        found = efficient_frontier(*case[1:]).max_return
        assert not found.binding
        assert found.certificate.risk_multiplier == 0.0
        assert found.certificate.form == RETURN_FORM


def test_tied_returns_are_certified_by_least_risk():
    """Returns say nothing, so the proof is about risk whatever the target: (0.8, 0.2) passes, (0.5, 0.5) does not."""
    for target in (0.008**0.5, 0.2):
        assert certificate([0.8, 0.2], [0.01, 0.01], np.diag([0.01, 0.04]), target).optimal
    assert not certificate([0.5, 0.5], [0.01, 0.01], np.diag([0.01, 0.04]), 0.2).optimal


def test_gap_bounds_what_was_left_behind():
    """200 random portfolios at their own risk: the exact optimum earns more by no more than the gap."""
    rng = np.random.default_rng(2)
    for _ in range(200):
        kind = DEGENERATE_KINDS[int(rng.integers(len(DEGENERATE_KINDS)))]
        size = int(rng.integers(2, 20))
        case = degenerate_case(rng, size, kind) if rng.random() < 0.5 else random_case(rng, size)
        _, mu, covariance, lower, upper = case
        w = feasible_portfolio(rng, lower, upper)
        frontier = efficient_frontier(mu, covariance, lower, upper)
        target = max(reference.risk(w, covariance), float(frontier.risks[-1]))
        proof = certificate(w, mu, covariance, target, lower, upper)
        best = frontier.at_risk(target)
        if proof.form == RETURN_FORM:
            assert best.expected_return - w @ mu <= proof.duality_gap + 1e-12
        else:
            assert target - frontier.risks[-1] <= proof.duality_gap + 1e-12


def test_gap_of_interior_point_answers_is_small():
    """The cone solver meets its limits to 1e-10 and its weights to 1e-6 or better, so its gap is near 1e-6 of 1e-2."""
    rng = np.random.default_rng(3)
    judged = 0
    for _ in range(20):
        case = random_case(rng, int(rng.integers(2, 25)))
        frontier = efficient_frontier(*case[1:])
        target = 0.5 * float(frontier.risks[0] + frontier.risks[-1])
        w = reference.cone_answer(case, target)
        if w is None:
            continue
        judged += 1
        risk = max(reference.risk(w, case.covariance), target)
        proof = certificate(w, case.expected_returns, case.covariance, risk, case.lower, case.upper)
        assert proof.duality_gap <= 1e-6
        assert proof.feasibility <= 1e-8
    assert judged >= 15


def test_risk_multiplier_against_a_linear_program():
    """The multiplier found by tangents leaves no greater violation than the best one, for any weights."""
    rng = np.random.default_rng(4)
    for _ in range(100):
        _, mu, covariance, lower, upper = random_case(rng, int(rng.integers(2, 15)))
        w = feasible_portfolio(rng, lower, upper)
        risk = reference.risk(w, covariance)
        proof = certificate(w, mu, covariance, risk, lower, upper)
        if proof.form != RETURN_FORM:
            continue
        per_risk = covariance @ w / risk
        can_rise, can_fall = (w < upper - 1e-9) | (upper >= 1.0), w > lower + 1e-9
        if not can_rise.any() or not can_fall.any():
            continue
        expected = reference.least_violation(mu, per_risk, can_rise, can_fall)
        # half of the violation lies above the budget multiplier and half below; 1e-9 is the linear program's tolerance
        assert proof.stationarity == pytest.approx(0.5 * expected, abs=1e-9)


def test_multipliers_are_the_slopes_of_the_optimum():
    """Central differences of the best return in the target and in one cap, to their second-order error."""
    rng = np.random.default_rng(5)
    mu, covariance = random_case(rng, 8)[1:3]
    upper = np.full(8, 0.3)
    frontier = efficient_frontier(mu, covariance, upper=upper)
    target = 0.5 * float(frontier.risks[0] + frontier.risks[-1])
    proof = frontier.at_risk(target).certificate
    step = 1e-5
    by_risk = [frontier.at_risk(target + side * step).expected_return for side in (1, -1)]
    assert proof.risk_multiplier == pytest.approx((by_risk[0] - by_risk[1]) / (2 * step), rel=1e-3)
    capped = int(np.argmax(proof.upper_multipliers))
    assert proof.upper_multipliers[capped] > 0.0
    by_cap = []
    for side in (1, -1):
        moved = upper.copy()
        moved[capped] += side * step
        by_cap.append(efficient_frontier(mu, covariance, upper=moved).at_risk(target).expected_return)
    assert proof.upper_multipliers[capped] == pytest.approx((by_cap[0] - by_cap[1]) / (2 * step), rel=1e-3)


def test_linear_maximum_against_a_linear_program():
    rng = np.random.default_rng(6)
    for _ in range(50):
        _, mu, _, lower, upper = random_case(rng, int(rng.integers(1, 15)))
        limits = (lower, upper)
        assert linear_maximum(mu, limits) == pytest.approx(reference.greatest_gain(mu, limits), abs=1e-12)


def test_scale_does_not_decide_the_verdict():
    """The same wrong and right weights at daily, annual and money-market scale."""
    w = np.array(efficient_frontier(MU, S).at_risk(TARGET).weights)
    for returns_by, risk_by in ((1 / 21, 21**-0.5), (12.0, 12**0.5), (1e-5, 1e-5), (1e4, 1e4)):
        scaled = (returns_by * MU, risk_by**2 * S, risk_by * TARGET)
        assert certificate(w, *scaled).optimal
        assert not certificate(w + np.array([1e-3, -1e-3, 0.0]), *scaled).optimal


def test_verdict_tolerance_is_the_stated_one(answer):
    proof = certificate(answer, MU, S, TARGET)
    assert proof.scale == pytest.approx(0.01)
    assert max(proof.stationarity, proof.complementarity, proof.duality_gap) <= OPTIMAL * proof.scale


def test_labels_in_another_order_are_refused():
    weights = pd.Series([0.4, 0.6], ["SHY", "TLT"])
    mu = pd.Series([0.02, 0.01], ["TLT", "SHY"])
    with pytest.raises(InputError, match=r"expected_returns: expected labels in the order of weights \(SHY, TLT\)"):
        certificate(weights, mu, np.diag([0.01, 0.04]), 0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([0.5], MU, S, 0.1), InputError, "weights: expected 3 numbers, one per asset, got 1"),
        (([0.5, 0.5, 0.0], MU, S, -0.1), InputError, "risk_target: expected 0 or more"),
        (([0.5, 0.5, 0.0], MU, -S, 0.1), NotConvexError, "covariance: expected no negative eigenvalue"),
    ],
)
def test_wrong_inputs(arguments, error, match):
    with pytest.raises(error, match=match):
        certificate(*arguments)


def test_bounds_of_one_asset_per_number():
    low, high = bounds(0.0, [0.5, 2.0], 2)
    assert_allclose(low, [0.0, 0.0])
    assert_allclose(high, [0.5, 1.0])  # a cap above the whole portfolio is no cap
