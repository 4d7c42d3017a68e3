"""The optimiser of the cells on arrays: by hand, against the critical line, degenerate universes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import aram_xl as ax
from tests.problems import DEGENERATE_KINDS, degenerate_case, monthly_moments
from workbooks.subsets import Tolerances, frontier_points, members, subset_table

ROUNDING = 1e-9
"""Weights: rounding of 1e-16 by condition numbers of up to 1e5 in a subset's covariance."""

EXACT = 1e-12
"""Returns and risks of an optimum move with the square of an error in weights."""

TWO_MEANS = np.array([0.01, 0.02])
TWO_COVARIANCE = np.diag([0.04, 0.09])


# ---- by hand -------------------------------------------------------------------------------------------------


def test_rows_are_the_subsets():
    assert_array_equal(members(2), [[1, 0], [0, 1], [1, 1]])
    assert members(6).shape == (63, 6)
    assert len({tuple(row) for row in members(8)}) == 255


def test_constants_of_two_assets_by_hand():
    """Both held: M = diag(25, 100/9), A = 325/9, B = 0.25 + 2/9, C = 0.0025 + 0.04/9, so B/A and D/A = C - B^2/A."""
    table = subset_table(TWO_MEANS, TWO_COVARIANCE, 0.1)
    a, b, c = 325 / 9, 0.25 + 2 / 9, 0.0025 + 0.04 / 9
    assert_allclose([table.a[2], table.b[2], table.centre[2], table.d[2]], [a, b, b / a, c - b * b / a], rtol=1e-13)
    assert_allclose(table.a[:2], [25, 100 / 9], rtol=1e-13)
    assert_array_equal(table.d[:2], 0.0)
    assert_allclose(table.spread, [0, 0, 0.01], rtol=0, atol=1e-18)
    assert table.evaluated.all()


def test_two_assets_at_a_target_by_hand():
    """0.04 (1 - w)^2 + 0.09 w^2 = 0.0325 at w = 0.5: half and half, return 0.015."""
    table = subset_table(TWO_MEANS, TWO_COVARIANCE, 0.0325**0.5)
    assert_allclose(table.weights, [0.5, 0.5], rtol=0, atol=1e-14)
    assert_allclose([table.answer.best_return, table.answer.least_variance], [0.015, 0.0325], rtol=1e-13)
    assert (table.answer.target_row, table.answer.fallback_row) == (3, 3)
    assert_allclose(table.least_weights[2], [9 / 13, 4 / 13], rtol=1e-13)
    assert_allclose(table.least_reachable, [0.04, 0.09, 0.36 / 13], rtol=1e-13)


def test_target_that_does_not_bind():
    """Above the risk of the better asset, 0.3: that asset alone, a least-risk row."""
    table = subset_table(TWO_MEANS, TWO_COVARIANCE, 0.5)
    assert_array_equal(table.weights, [0, 1])
    assert (table.answer.target_row, table.answer.least_row) == (0, 2)


@pytest.mark.parametrize("target", [0.0, 0.16])
def test_target_below_reach(target):
    """The least reachable risk is sqrt(0.36/13) = 0.166: no candidate, its mix is held."""
    table = subset_table(TWO_MEANS, TWO_COVARIANCE, target)
    assert table.answer == (0, 0.0, 0.0, 0, 3, 3)
    assert_allclose(table.weights, [9 / 13, 4 / 13], rtol=1e-13)


def test_edges_of_a_hyperbola_by_hand():
    """Two assets: weights are at least 0 from the return of the one to that of the other."""
    table = subset_table(TWO_MEANS, TWO_COVARIANCE, 0.1)
    assert_allclose([table.low[2], table.high[2]], [0.01, 0.02], rtol=1e-13)
    returns, variances = frontier_points(table, TWO_MEANS, 3, 1e-12)
    middle = 0.5 * (0.01 + 0.01 * 4 / 13 + 0.02)
    share = middle / 0.01 - 1
    assert_allclose(returns, [0.01 + 0.01 * 4 / 13, middle, 0.02], rtol=1e-13)
    assert_allclose(variances, [0.36 / 13, 0.04 * (1 - share) ** 2 + 0.09 * share**2, 0.09], rtol=1e-12)


# ---- against the engine --------------------------------------------------------------------------------------


def engine(means, covariance, target):
    return ax.max_return_at_risk(means, covariance, target)


def test_random_problems_against_the_critical_line():
    """600 problems of 2 to 6 assets, targets from just above the least risk to above the greatest."""
    rng = np.random.default_rng(20250228)
    worst = np.zeros(3)
    for _ in range(600):
        size = int(rng.integers(2, 7))
        means, covariance = monthly_moments(rng, size)
        low, high = (ax.min_risk(covariance).risk, np.sqrt(covariance[means.argmax(), means.argmax()]))
        target = low + (high - low) * rng.uniform(0.001, 1.2)
        table, portfolio = subset_table(means, covariance, target), engine(means, covariance, target)
        assert table.evaluated.all()
        risk = np.sqrt(table.weights @ covariance @ table.weights)
        found = np.array([np.abs(table.weights - portfolio.weights).max(), table.weights @ means, risk])
        worst = np.maximum(worst, np.abs(found - [0.0, portfolio.expected_return, portfolio.risk]))
    assert worst[0] <= ROUNDING, worst
    assert worst[1:].max() <= EXACT, worst


@pytest.mark.parametrize("size", [1, 7, 8])
def test_other_sizes(size):
    means, covariance = monthly_moments(np.random.default_rng(size), size)
    target = ax.min_risk(covariance).risk * 1.3
    native = subset_table(means, covariance, target).weights
    assert_allclose(native, engine(means, covariance, target).weights, rtol=0, atol=ROUNDING)


def test_below_reach_is_the_least_risk_of_the_engine():
    means, covariance = monthly_moments(np.random.default_rng(3), 5)
    least = ax.min_risk(covariance)
    table = subset_table(means, covariance, 0.9 * least.risk)
    assert table.answer.candidates == 0
    assert_allclose(table.weights, least.weights, rtol=0, atol=ROUNDING)


def test_frontier_is_the_engine_frontier():
    """Between the least risk and the greatest return every point is the least variance of that return."""
    means, covariance = monthly_moments(np.random.default_rng(11), 6)
    frontier = ax.efficient_frontier(means, covariance)
    returns, variances = frontier_points(subset_table(means, covariance, 0.02), means, 25, 1e-12)
    risks = [frontier.at_return(min(wanted, means.max())).risk for wanted in returns]
    assert_allclose(np.sqrt(variances), risks, rtol=0, atol=EXACT)


# ---- degenerate universes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DEGENERATE_KINDS)
def test_degenerate_problems_agree_or_are_counted(kind):
    """Return and risk are the engine's, or a subset is counted as not evaluated; never better."""
    rng = np.random.default_rng(5)
    for _ in range(40):
        case = degenerate_case(rng, int(rng.integers(3, 7)), kind)
        means, covariance = case.expected_returns, case.covariance
        low, high = ax.min_risk(covariance).risk, np.sqrt(covariance.diagonal().max())
        target = low + (high - low) * rng.uniform(0.05, 1.3)
        table, portfolio = subset_table(means, covariance, target), engine(means, covariance, target)
        weights = table.weights
        earned, risk = weights @ means, np.sqrt(max(weights @ covariance @ weights, 0.0))
        assert_allclose(weights.sum(), 1.0, rtol=0, atol=ROUNDING)
        if table.evaluated.all():
            assert_allclose([earned, risk], [portfolio.expected_return, portfolio.risk], rtol=0, atol=EXACT)
        elif table.answer.candidates:
            assert earned <= portfolio.expected_return + EXACT
            assert risk <= target * (1 + 1e-9)


def test_near_ties_are_counted():
    """Means that differ by 1e-8 of themselves: D is noise beside A x C, so the pair's target row does not count."""
    means = np.array([0.01, 0.01 * (1 + 1e-8)])
    table = subset_table(means, np.diag([0.0004, 0.0009]), 0.025)
    assert_array_equal(table.evaluated, [True, True, False])
    assert table.d[2] == 0.0


def test_all_tied_is_least_risk():
    table = subset_table(np.full(3, 0.01), np.diag([0.04, 0.09, 0.36]), 0.5)
    assert table.evaluated.all()
    assert_allclose(table.weights, np.array([9, 4, 1]) / 14, rtol=1e-13)


def test_duplicated_asset_leaves_one_subset_out():
    covariance = np.array([[0.04, 0.04, 0.0], [0.04, 0.04, 0.0], [0.0, 0.0, 0.09]])
    means = np.array([0.01, 0.01, 0.02])
    table = subset_table(means, covariance, 0.0325**0.5)
    assert_array_equal(table.evaluated, [True, True, False, True, True, True, False])
    assert_allclose([table.weights @ means, table.weights[2]], [0.015, 0.5], rtol=1e-12)


def test_tolerances_can_be_set():
    strict = subset_table(TWO_MEANS, TWO_COVARIANCE, 0.2, Tolerances(discriminant=1.0))
    assert_array_equal(strict.d, 0.0)
    assert_array_equal(strict.evaluated, [True, True, False])
