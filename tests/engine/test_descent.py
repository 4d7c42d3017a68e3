"""The walk on arrays and the walk on plain numbers are one walk: same corners, same tolerances."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from aram_xl import _critical_line
from aram_xl._critical_line import walk
from aram_xl._descent import Corners, Problem
from tests.problems import DEGENERATE_KINDS, Case, degenerate_case, random_case


def on_arrays(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Corners:
    """The walk that larger problems take."""
    with monkeypatch.context() as patch:
        patch.setattr(_critical_line, "SMALL", 0)
        return walk(problem)


def variances(corners: Corners, case: Case) -> np.ndarray:
    return np.einsum("ki,ij,kj->k", corners.weights, case.covariance, corners.weights)


@pytest.mark.parametrize("seed", range(60))
def test_both_walks_meet_the_same_corners(seed: int, monkeypatch: pytest.MonkeyPatch):
    """Rounding of two orders of the same sums, amplified by condition numbers below 1e4."""
    rng = np.random.default_rng(seed)
    case = random_case(rng, int(rng.integers(2, _critical_line.SMALL + 1)))
    problem = Problem(*case[1:])
    numbers, arrays = walk(problem), on_arrays(problem, monkeypatch)
    assert_allclose(numbers.weights, arrays.weights, rtol=0, atol=1e-11)
    assert_allclose(numbers.risk_tolerance, arrays.risk_tolerance, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("kind", DEGENERATE_KINDS)
def test_both_walks_end_alike_on_degenerate_problems(kind: str, monkeypatch: pytest.MonkeyPatch):
    """Ties may be passed in another order, so the ends are compared: greatest return, least variance."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        case = degenerate_case(rng, int(rng.integers(2, _critical_line.SMALL + 1)), kind)
        problem = Problem(*case[1:])
        numbers, arrays = walk(problem), on_arrays(problem, monkeypatch)
        typical = np.trace(case.covariance) / case.lower.size
        for end in (0, -1):
            found, other = numbers.weights[end], arrays.weights[end]
            assert found @ case.expected_returns == pytest.approx(other @ case.expected_returns, rel=1e-10, abs=1e-12)
            assert_allclose(variances(numbers, case)[end], variances(arrays, case)[end], rtol=0, atol=1e-12 * typical)
