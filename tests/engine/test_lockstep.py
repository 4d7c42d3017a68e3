"""Stacks of problems against one walk at a time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from aram_xl._certificate import MINIMUM_VARIANCE_FORM, certify
from aram_xl._critical_line import snapped
from aram_xl._lockstep import BINDING, INFEASIBLE, LARGEST, NOT_BINDING, max_return_at_risk_stack
from aram_xl.errors import InfeasibleError
from aram_xl.frontier import efficient_frontier
from aram_xl.types import FloatArray
from tests.problems import DEGENERATE_KINDS, degenerate_case, monthly_moments, random_bounds, random_case

SHARED_BOUNDS = [kind for kind in DEGENERATE_KINDS if "total" not in kind and kind != "fixed assets"]


def stack_of(rng: np.random.Generator, size: int, kinds: list[str], count: int) -> tuple[FloatArray, ...]:
    """Problems under common bounds, with targets from below the least risk to above the greatest."""
    lower, upper = random_bounds(rng, size)
    mus, covariances, targets = [], [], []
    for _ in range(count):
        kind = str(rng.choice(kinds))
        if kind == "random":
            mu, covariance = monthly_moments(rng, size)
        else:
            mu, covariance = degenerate_case(rng, size, kind)[1:3]
        risks = efficient_frontier(mu, covariance, lower, upper).risks
        mus.append(mu)
        covariances.append(covariance)
        targets.append(max(risks[-1] + rng.uniform(-0.3, 1.3) * max(np.ptp(risks), 0.1 * risks[0]), 0.0))
    return np.array(mus), np.array(covariances), np.array(targets), lower, upper


def one_by_one(mu: FloatArray, covariance: FloatArray, target: float, lower: FloatArray, upper: FloatArray):
    frontier = efficient_frontier(mu, covariance, lower, upper)
    try:
        found = frontier.at_risk(float(target))
    except InfeasibleError:
        return frontier.min_risk, INFEASIBLE
    return found, BINDING if found.binding else NOT_BINDING


@pytest.mark.parametrize("seed", range(12))
def test_random_stacks(seed):
    """Weights are unique here. 1e-9: at targets just above the least risk a root halves the digits."""
    rng = np.random.default_rng(seed)
    mus, covariances, targets, lower, upper = stack_of(rng, int(rng.integers(1, 25)), ["random"], 40)
    found = max_return_at_risk_stack(mus, covariances, targets, lower, upper)
    assert found.weights.shape == mus.shape
    seen = set()
    for i in range(len(mus)):
        expected, status = one_by_one(mus[i], covariances[i], targets[i], lower, upper)
        assert found.status[i] == status
        assert_allclose(found.weights[i], expected.weights, atol=1e-9)
        seen.add(status)
    assert len(seen) >= 2  # infeasible or not binding rows were among them


@pytest.mark.parametrize("seed", range(12))
def test_degenerate_stacks(seed):
    """Weights need not be unique, but return, risk, status and the proof are."""
    rng = np.random.default_rng(100 + seed)
    mus, covariances, targets, lower, upper = stack_of(rng, int(rng.integers(2, 12)), SHARED_BOUNDS, 40)
    found = max_return_at_risk_stack(mus, covariances, targets, lower, upper)
    for i in range(len(mus)):
        expected, status = one_by_one(mus[i], covariances[i], targets[i], lower, upper)
        w = found.weights[i]
        assert found.status[i] == status
        assert w @ mus[i] == pytest.approx(expected.expected_return, abs=1e-9)
        assert np.sqrt(max(w @ covariances[i] @ w, 0.0)) == pytest.approx(expected.risk, abs=1e-9)
        goal = max(targets[i], expected.risk)
        assert certify(w, mus[i], covariances[i], goal, (lower, upper)).optimal


def test_status_of_each_kind_by_hand():
    """Variances 0.01 and 0.04: least risk 0.0894, greatest 0.2; and the least-risk mix where the target is too low."""
    mus = np.tile([0.01, 0.02], (4, 1))
    covariances = np.tile(np.diag([0.01, 0.04]), (4, 1, 1))
    targets = np.array([0.05, 0.016**0.5, 0.2, 0.3])
    found = max_return_at_risk_stack(mus, covariances, targets, np.zeros(2), np.ones(2))
    assert_array_equal(found.status, [INFEASIBLE, BINDING, NOT_BINDING, NOT_BINDING])
    assert_allclose(found.weights, [[0.8, 0.2], [0.4, 0.6], [0.0, 1.0], [0.0, 1.0]], atol=1e-12)


def test_infeasible_rows_hold_the_least_risk():
    rng = np.random.default_rng(1)
    mus, covariances, _, lower, upper = stack_of(rng, 8, ["random"], 20)
    found = max_return_at_risk_stack(mus, covariances, np.zeros(20), lower, upper)
    assert (found.status == INFEASIBLE).all()
    for mu, covariance, w in zip(mus, covariances, found.weights, strict=True):
        proof = certify(w, mu, covariance, float(np.sqrt(w @ covariance @ w)), (lower, upper))
        assert proof.form == MINIMUM_VARIANCE_FORM
        assert proof.optimal


def test_last_bits_do_not_depend_on_the_company():
    """Each row alone and in its stack: a back-test that starts later must give the same weights."""
    rng = np.random.default_rng(2)
    stack = stack_of(rng, 6, ["random", "singular covariance", "zero-variance asset"], 30)
    mus, covariances, targets, lower, upper = stack
    together = max_return_at_risk_stack(*stack)
    for i in range(30):
        row = slice(i, i + 1)
        alone = max_return_at_risk_stack(mus[row], covariances[row], targets[row], lower, upper)
        assert alone.weights.tobytes() == together.weights[row].tobytes()
        assert alone.status[0] == together.status[i]


def test_one_spoiled_row_leaves_the_others_alone():
    """A row of equal assets makes a singular system in the stack; the other rows keep their bits."""
    rng = np.random.default_rng(3)
    mus, covariances, targets, lower, upper = stack_of(rng, 5, ["random"], 10)
    clean = max_return_at_risk_stack(mus, covariances, targets, lower, upper)
    mus[4], covariances[4], targets[4] = 0.004, 1e-4, 0.02
    spoiled = max_return_at_risk_stack(mus, covariances, targets, lower, upper)
    others = np.arange(10) != 4
    assert spoiled.weights[others].tobytes() == clean.weights[others].tobytes()
    assert spoiled.weights[4].sum() == pytest.approx(1.0, abs=1e-12)


def test_more_assets_than_lock_step_carries():
    rng = np.random.default_rng(4)
    mus, covariances, targets, lower, upper = stack_of(rng, LARGEST + 5, ["random"], 4)
    found = max_return_at_risk_stack(mus, covariances, targets, lower, upper)
    for i in range(4):
        expected, status = one_by_one(mus[i], covariances[i], targets[i], lower, upper)
        assert found.status[i] == status
        assert_allclose(found.weights[i], expected.weights, atol=1e-9)


def test_inputs_are_not_changed():
    rng = np.random.default_rng(5)
    stack = stack_of(rng, 6, ["random"], 10)
    before = [part.copy() for part in stack]
    for part in stack:
        part.setflags(write=False)
    max_return_at_risk_stack(*stack)
    for part, kept in zip(stack, before, strict=True):
        assert part.tobytes() == kept.tobytes()


def test_rounding_beside_a_bound_is_put_on_it():
    """1e-14 is rounding of a weight near 1; 1e-12 is a position."""
    weights = np.array([-1.9e-17, 5.6e-17, 0.3 + 1e-16, 1e-12, 0.7])
    put = snapped(weights, np.zeros(5), np.full(5, 0.7))
    assert put.tolist() == [0.0, 0.0, 0.3 + 1e-16, 1e-12, 0.7]


@pytest.mark.parametrize("kind", ["ordinary", *DEGENERATE_KINDS])
def test_both_ends_of_the_frontier_on_the_way(kind: str):
    """The same answers as without the ends, and ends that are those of the whole frontier."""
    rng = np.random.default_rng(17)
    size = 7
    cases = [random_case(rng, size) if kind == "ordinary" else degenerate_case(rng, size, kind) for _ in range(12)]
    for case in cases:
        frontier = efficient_frontier(*case[1:])
        middle = 0.5 * (frontier.risks[0] + frontier.risks[-1])
        for target in (0.5 * frontier.risks[-1], middle, 2.0 * frontier.risks[0] + 1e-6):
            stack = (case.expected_returns[None], case.covariance[None], np.array([target]), case.lower, case.upper)
            plain, found = max_return_at_risk_stack(*stack), max_return_at_risk_stack(*stack, reach=True)
            assert found.status == plain.status
            if kind == "ordinary":
                assert (found.weights == plain.weights).all()
            for end, known in ((found.least[0], frontier.weights[-1]), (found.greatest[0], frontier.weights[0])):
                variance = known @ case.covariance @ known
                assert end @ case.covariance @ end == pytest.approx(variance, rel=1e-9, abs=1e-15)
                assert end @ case.expected_returns == pytest.approx(known @ case.expected_returns, rel=1e-9, abs=1e-12)


def test_the_ends_are_not_given_unasked():
    case = random_case(np.random.default_rng(1), 4)
    found = max_return_at_risk_stack(
        case.expected_returns[None], case.covariance[None], np.ones(1), case.lower, case.upper
    )
    assert np.isnan(found.least).all()
    assert np.isnan(found.greatest).all()
