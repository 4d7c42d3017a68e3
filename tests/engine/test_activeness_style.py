"""The closest passive mix: by hand, against two referees, and where the mix is not unique or hardly so."""

from __future__ import annotations

import math
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import nnls

from aram_xl import _activeness_style
from aram_xl.activeness import judge_activeness


def factors(rng: np.random.Generator, months: int, size: int, alike: float) -> Any:
    """Passive returns; ``alike`` near 0 makes them nearly the same series."""
    common = rng.normal(0.003, 0.01, (months, 1))
    return common * (1.0 + alike * rng.normal(0.0, 0.5, size)) + alike * rng.normal(0.0, 0.01, (months, size))


def problem(seed: int, alike: float = 1.0) -> tuple[Any, Any]:
    """A fund of several passive series, short positions and noise, so that some bounds bind; (fund, passive)."""
    rng = np.random.default_rng([seed, 7])
    months, size = int(rng.integers(24, 200)), int(rng.integers(2, 11))
    passive = factors(rng, months, size, alike)
    weights = rng.normal(1.0 / size, rng.choice([0.05, 0.5]), size)
    return passive @ weights + rng.normal(0.0005, rng.choice([1e-5, 0.002, 0.01]), months), passive


def by_nnls(fund: Any, passive: Any) -> Any:
    """Exact referee without a penalty: for ``w = s v`` with v in the simplex, ``min |A w|^2 + (sum(w) - 1)^2`` over s
    is ``q / (1 + q)``, which grows with ``q = |A v|^2``: the best v of both problems is the same."""
    gaps = fund[:, None] - passive
    gaps = (gaps - gaps.mean(axis=0)) / np.abs(gaps - gaps.mean(axis=0)).max()
    solution, _ = nnls(np.vstack([gaps, np.ones(gaps.shape[1])]), np.append(np.zeros(len(gaps)), 1.0))
    return solution / solution.sum()


def by_cone(fund: Any, passive: Any) -> Any:
    """Interior-point referee."""
    w = cp.Variable(passive.shape[1], nonneg=True)
    scale = 1.0 / fund.std()
    centred = scale * (passive - passive.mean(axis=0))
    gap = scale * (fund - fund.mean()) - centred @ w
    cp.Problem(cp.Minimize(cp.sum_squares(gap)), [cp.sum(w) == 1]).solve(solver=cp.CLARABEL)
    return np.asarray(w.value)


def left(fund: Any, passive: Any, weights: Any) -> float:
    return float(np.var(fund - passive @ weights, ddof=1))


def test_mix_by_hand():
    """Orthogonal +-1 patterns P, Q, E (percent) over four months, fund = 0.75 P + 0.25 Q + 0.5 E, plus 0.1 each month.

    The mix is 0.75 P + 0.25 Q; left is 0.5 E. Variances 4/3 (0.5625 + 0.0625 + 0.25) and 4/3 x 0.25: the mix explains
    1 - 0.25 / 0.875. The mean difference is 0.1; squares left 4 x 0.25 = 1 over n - held = 2, over n = 4: t = 0.1 /
    sqrt(1 / 8). Tracking error a year sqrt(12 x 1/3) = 2. A lead of 12 (4.302653 + 1.060660) sqrt(1 / 8) a year would
    show: quantiles of Student's t with 2 degrees of freedom at 97.5 % and 80 %.
    """
    p, q, e = (np.array(pattern) / 100 for pattern in ([1, -1, 1, -1.0], [1, 1, -1, -1.0], [1, -1, -1, 1.0]))
    found = judge_activeness(0.75 * p + 0.25 * q + 0.5 * e + 0.001, p + q + 0.5 * e, passive=np.column_stack([p, q]))[0]
    assert_allclose([weight for _, weight in found.style_weights], [0.75, 0.25], rtol=0, atol=1e-14)
    assert found.explained_share == pytest.approx(1 - 0.25 / 0.875, rel=1e-13)
    assert found.style_tracking_error_year == pytest.approx(0.02, rel=1e-13)
    assert found.style_difference_month == pytest.approx(0.001, rel=1e-13)
    assert found.style_t == pytest.approx(0.1 * math.sqrt(8), rel=1e-12)
    assert found.style_held == 2
    assert found.style_detectable_year == pytest.approx(0.12 * (4.302653 + 1.060660) / math.sqrt(8), rel=1e-6)


def test_bounds_hold_where_the_free_answer_is_short():
    """Fund = 1.5 P - 0.5 Q of orthogonal patterns: the free weights are 1.5 and -0.5, long only it is P alone.

    Left is 0.5 P - 0.5 Q, variance 4/3 x 0.5 of 4/3 x 2.5: the mix explains 80 %.
    """
    p, q = np.array([1, -1, 1, -1.0]) / 100, np.array([1, 1, -1, -1.0]) / 100
    found = judge_activeness(1.5 * p - 0.5 * q, p, passive=np.column_stack([p, q]))[0]
    assert [weight for _, weight in found.style_weights] == [1.0, 0.0]
    assert found.explained_share == pytest.approx(0.8, rel=1e-13)


@pytest.mark.parametrize("alike", [1.0, 0.05, 1e-3])
def test_against_referees(alike: float):
    """150 problems. Variance never above a referee's by more than 1e-12 of the fund's, and certified by its gap.

    Against the exact referee the weights agree too, where the series are not nearly the same.
    """
    bound = 0
    for seed in range(50):
        fund, passive = problem(seed, alike)
        found = judge_activeness(fund, passive[:, 0] + fund, passive=passive)[0]
        weights = np.array([weight for _, weight in found.style_weights])
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        assert weights.min() >= 0.0
        assert found.style_gap <= 1e-11, seed
        bound += int(found.style_held < weights.size)
        variance = float(np.var(fund, ddof=1))
        assert found.explained_share == pytest.approx(1 - left(fund, passive, weights) / variance, abs=1e-12)
        exact = by_nnls(fund, passive)
        assert left(fund, passive, weights) <= left(fund, passive, exact) + 1e-12 * variance, seed
        if alike == 1.0:
            assert_allclose(weights, exact, rtol=0, atol=1e-7, err_msg=str(seed))
    assert bound > 10


def test_against_an_interior_point_solver():
    """Its tolerance is near 1e-8 of the scaled objective, weights follow by its root."""
    for seed in range(100, 112):
        fund, passive = problem(seed)
        weights = np.array(judge_activeness(fund, passive[:, 0] + fund, passive=passive).style_weights[0])
        referee = by_cone(fund, passive)
        assert left(fund, passive, weights) <= left(fund, passive, referee) + 1e-9 * np.var(fund)
        assert_allclose(weights, referee, rtol=0, atol=2e-4, err_msg=str(seed))


def test_gap_bounds_what_any_other_mix_could_explain(monkeypatch: pytest.MonkeyPatch):
    """With equal weights in place of the best ones the figure is no longer 0, and still bounds the improvement."""
    for seed in range(20):
        fund, passive = problem(seed)
        best = judge_activeness(fund, passive[:, 0] + fund, passive=passive)[0]
        with monkeypatch.context() as patch:
            patch.setattr(_activeness_style, "_closest", lambda stack: np.full(stack.shape[:2], 1 / stack.shape[1]))
            equal = judge_activeness(fund, passive[:, 0] + fund, passive=passive)[0]
        gaps = fund[:, None] - passive
        pull = [np.cov(gaps.mean(axis=1), gap)[0, 1] for gap in gaps.T]
        expected = 2 * (np.var(gaps.mean(axis=1), ddof=1) - min(pull)) / np.var(fund, ddof=1)
        assert equal.style_gap == pytest.approx(expected, rel=1e-8)
        assert 0 < best.explained_share - equal.explained_share <= equal.style_gap


def test_an_exact_mix_is_found():
    """Nothing is left; the t-value of nothing does not exist, and the verdict says that it is a mix."""
    rng = np.random.default_rng(11)
    passive = factors(rng, 120, 6, 1.0)
    mixes = rng.dirichlet(np.ones(6), 8)
    mixes[mixes < 0.1] = 0.0
    mixes /= mixes.sum(axis=1, keepdims=True)
    found = judge_activeness(passive @ mixes.T, rng.normal(0.0, 0.01, 120), passive=passive)
    assert_allclose(found.style_weights, mixes, rtol=0, atol=1e-7)
    assert_allclose(found.column("explained_share"), 1.0, rtol=0, atol=1e-12)
    assert {one.verdict for one in found} == {"passive_mix"}


def test_a_fund_that_is_one_of_the_passive_series():
    passive = factors(np.random.default_rng(12), 80, 4, 1.0)
    found = judge_activeness(passive[:, 2].copy(), passive[:, 0], passive=passive)[0]
    assert [weight for _, weight in found.style_weights] == [0.0, 0.0, 1.0, 0.0]
    assert found.explained_share == 1.0
    assert found.style_tracking_error_year == 0.0
    assert math.isnan(found.style_t)


def test_returns_move_no_weight():
    """What is minimised is the variance of the difference, not its square: a constant is skill or cost, not style."""
    fund, passive = problem(3)
    plain = judge_activeness(fund, passive[:, 0] + fund, passive=passive)
    richer = judge_activeness(fund + 0.02, passive[:, 0] + fund, passive=passive)
    assert_allclose(richer.style_weights, plain.style_weights, rtol=0, atol=1e-10)
    difference = richer[0].style_difference_month - plain[0].style_difference_month
    assert difference == pytest.approx(0.02, rel=1e-12)


def test_a_dependent_series_leaves_the_explained_share():
    """A third series that is the mean of two others changes which weights, not how much they explain."""
    fund, passive = problem(4)
    with_mean = np.column_stack([passive, passive[:, :2].mean(axis=1)])
    plain = judge_activeness(fund, passive[:, 0] + fund, passive=passive)[0]
    more = judge_activeness(fund, passive[:, 0] + fund, passive=with_mean)[0]
    assert more.explained_share == pytest.approx(plain.explained_share, abs=1e-12)
    assert more.style_gap <= 1e-11


def test_one_passive_series():
    """The mix is that series: share explained 1 - var(r - F) / var(r), which may be negative."""
    rng = np.random.default_rng(13)
    fund, passive = rng.normal(0.0, 0.01, 50), rng.normal(0.0, 0.02, (50, 1))
    found = judge_activeness(fund, fund + passive[:, 0], passive=passive)[0]
    assert found.style_weights == (("series_1", 1.0),)
    expected = 1 - np.var(fund - passive[:, 0]) / np.var(fund)
    assert expected < 0
    assert found.explained_share == pytest.approx(expected, rel=1e-12)


def test_as_many_series_as_months_explain_nothing():
    """With 12 series and 13 months any fund could be matched: no weights are given, and the rows say why."""
    rng = np.random.default_rng(14)
    passive = rng.normal(0.0, 0.01, (13, 12))
    found = judge_activeness(rng.normal(0.0, 0.01, 13), rng.normal(0.0, 0.01, 13), passive=passive)[0]
    assert all(math.isnan(weight) for _, weight in found.style_weights)
    assert math.isnan(found.explained_share)
    notes = {row.key: row.note for row in found.as_rows()}
    assert notes["weight_series_1"] == "too short"


def test_more_series_than_lock_step_carries():
    rng = np.random.default_rng(15)
    passive = factors(rng, 120, 34, 1.0)
    fund = passive @ rng.dirichlet(np.ones(34)) + rng.normal(0.0, 0.003, 120)
    found = judge_activeness(fund, passive[:, 0] + fund, passive=passive)
    assert_allclose(found.style_weights[0], by_nnls(fund, passive), rtol=0, atol=1e-7)
