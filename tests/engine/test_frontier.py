"""The efficient frontier: hand calculations, second derivations, degenerate cases, invariants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from aram_xl._certificate import MINIMUM_VARIANCE_FORM, RETURN_FORM, certificate
from aram_xl.errors import InfeasibleError, InputError, NotConvexError
from aram_xl.frontier import (
    EfficientFrontier,
    efficient_frontier,
    max_return_at_risk,
    max_sharpe,
    min_risk,
    risk_range,
)
from tests import reference
from tests.problems import (
    DEGENERATE_KINDS,
    Case,
    degenerate_case,
    feasible_portfolio,
    random_case,
    small_integer_case,
)

TWO_MU = np.array([0.01, 0.02])
TWO_S = np.diag([0.01, 0.04])
ROUNDING = 1e-12
"""Weights, returns and risks of a few assets carry rounding near 1e-16, amplified by condition numbers below 1e4."""


def optimal_everywhere(frontier: EfficientFrontier) -> None:
    """The invariants of a frontier: limits met, corners falling, corners and points between them certified."""
    lower, upper = frontier.problem.lower, frontier.problem.upper
    assert (frontier.weights >= lower - 1e-10).all()
    assert (frontier.weights <= upper + 1e-10).all()
    assert_allclose(frontier.weights.sum(axis=1), 1.0, rtol=0, atol=1e-10)
    assert (np.diff(frontier.risks) < 0.0).all()
    assert (np.diff(frontier.expected_returns) < 0.0).all()
    for share in (0.0, 0.3, 1.0):
        upper_ends, lower_ends = frontier.expected_returns[:-1], frontier.expected_returns[1:]
        for wanted in (1.0 - share) * upper_ends + share * lower_ends:
            found = frontier.at_return(wanted)
            assert found.certificate.optimal, found.certificate
            assert found.expected_return == pytest.approx(wanted, rel=1e-11, abs=1e-14)
    for end in (frontier.min_risk, frontier.max_return):
        assert end.certificate.optimal, end.certificate


# ---- by hand -------------------------------------------------------------------------------------------------


def test_two_uncorrelated_assets_by_hand():
    """Variance ``0.01 (1 - x)^2 + 0.04 x^2``: least at x = 0.2, where it is 0.008; 0.016 at x = 0.6."""
    frontier = efficient_frontier(TWO_MU, TWO_S)
    assert_allclose(frontier.weights, [[0.0, 1.0], [0.8, 0.2]], atol=ROUNDING)
    assert_allclose(frontier.risks**2, [0.04, 0.008], atol=ROUNDING)
    assert_allclose(frontier.expected_returns, [0.02, 0.012], atol=ROUNDING)
    found = frontier.at_risk(0.016**0.5)
    assert_allclose(found.weights, [0.4, 0.6], atol=ROUNDING)
    assert found.expected_return == pytest.approx(0.016, abs=ROUNDING)
    assert found.binding


def test_risk_multiplier_by_hand():
    """At x = 0.6 in two assets: d return / dx = 0.01, d variance / dx = -0.02 (0.4) + 0.08 (0.6) = 0.04.

    So d return / d risk = 2 risk (0.01 / 0.04) = 0.5 risk.
    """
    found = max_return_at_risk(TWO_MU, TWO_S, 0.016**0.5)
    assert found.certificate.risk_multiplier == pytest.approx(0.5 * 0.016**0.5, abs=ROUNDING)


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.0, 0.4, 0.95])
def test_two_assets_closed_form(correlation):
    covariance = np.array([[0.0004, correlation * 0.0006], [correlation * 0.0006, 0.0009]])
    mu = np.array([0.003, 0.007])
    frontier = efficient_frontier(mu, covariance)
    for target in np.linspace(frontier.risks[-1], 0.03, 7)[1:-1]:
        first = reference.two_assets_at_risk(mu, covariance, target)
        assert_allclose(frontier.at_risk(target).weights, [first, 1.0 - first], atol=ROUNDING)


def test_cap_binds_by_hand():
    """A cap of 0.5 on the better asset: weights (0.5, 0.5) at variance 0.0125, whatever the target above."""
    found = max_return_at_risk(TWO_MU, TWO_S, 0.15, upper=[1.0, 0.5])
    assert_allclose(found.weights, [0.5, 0.5], atol=ROUNDING)
    assert not found.binding
    assert found.risk == pytest.approx(0.0125**0.5, abs=ROUNDING)


# ---- second derivations --------------------------------------------------------------------------------------


def test_at_risk_against_all_subsets():
    """The optimiser in plain cells (2^N - 1 subsets) on 150 problems of 2 to 6 assets."""
    rng = np.random.default_rng(6)
    for _ in range(150):
        size = int(rng.integers(2, 7))
        _, mu, covariance, _, _ = random_case(rng, size)
        target = reference.risk(feasible_portfolio(rng, np.zeros(size), np.ones(size)), covariance)
        expected = reference.subsets_at_risk(mu, covariance, target)
        assert expected.skipped == 0
        found = max_return_at_risk(mu, covariance, target)
        assert found.expected_return == pytest.approx(mu @ expected.weights, abs=1e-11)
        assert found.risk <= target + 1e-12
        assert_allclose(found.weights, expected.weights, atol=1e-7)  # a root near least risk halves the digits


def test_at_risk_against_all_patterns_of_bounds():
    """3^N Karush-Kuhn-Tucker systems on 60 problems of 2 to 5 assets with caps and minimum weights."""
    rng = np.random.default_rng(7)
    for _ in range(60):
        size = int(rng.integers(2, 6))
        _, mu, covariance, lower, upper = random_case(rng, size)
        target = reference.risk(feasible_portfolio(rng, lower, upper), covariance)
        expected = reference.patterns_at_risk(mu, covariance, target, (lower, upper))
        assert expected.skipped == 0
        found = max_return_at_risk(mu, covariance, target, lower, upper)
        assert found.expected_return == pytest.approx(mu @ expected.weights, abs=1e-11)
        assert_allclose(found.weights, expected.weights, atol=1e-7)


def test_least_risk_against_the_inverse():
    """With ``S^-1 1 > 0`` the least-risk weights are ``S^-1 1 / 1'S^-1 1``."""
    rng = np.random.default_rng(8)
    covariance = np.diag(rng.uniform(0.01, 0.04, 6)) + 0.002
    inverse = np.linalg.inv(covariance)
    expected = inverse.sum(axis=1) / inverse.sum()
    assert (expected > 0.0).all()
    found = min_risk(covariance)
    assert_allclose(found.weights, expected, atol=ROUNDING)
    assert np.isnan(found.expected_return)
    assert found.certificate.form == MINIMUM_VARIANCE_FORM
    assert found.certificate.optimal


def test_certificate_of_least_risk_is_not_empty():
    """Other weights, offered as least risk, must fail: without returns the proof has to be about risk."""
    rng = np.random.default_rng(9)
    covariance = random_case(rng, 5).covariance
    found = min_risk(covariance)
    spoiled = found.weights + np.array([1e-3, -1e-3, 0.0, 0.0, 0.0])
    spoiled = np.clip(spoiled, 0.0, 1.0) / np.clip(spoiled, 0.0, 1.0).sum()
    risk = reference.risk(spoiled, covariance)
    assert not certificate(spoiled, np.zeros(5), covariance, risk).optimal


def test_max_sharpe_closed_form():
    """Interior tangency: weights proportional to ``S^-1 (m - rf)``."""
    rng = np.random.default_rng(10)
    covariance = np.diag(rng.uniform(0.001, 0.004, 5)) + 0.0005
    mu = rng.uniform(0.006, 0.009, 5)
    direction = np.linalg.solve(covariance, mu - 0.001)
    assert (direction > 0.0).all()
    found = max_sharpe(mu, covariance, risk_free_rate=0.001)
    assert_allclose(found.weights, direction / direction.sum(), atol=ROUNDING)


def test_max_sharpe_against_a_fine_grid_of_the_frontier():
    """No point of 2,000 on the frontier, and no random portfolio, has a greater ratio."""
    rng = np.random.default_rng(11)
    for _ in range(20):
        _, mu, covariance, lower, upper = random_case(rng, int(rng.integers(2, 12)))
        frontier = efficient_frontier(mu, covariance, lower, upper)
        rate = frontier.expected_returns[0] - rng.uniform(0.001, 0.02)
        found = frontier.max_sharpe(rate)
        best = (found.expected_return - rate) / found.risk
        assert found.certificate.optimal
        for wanted in np.linspace(frontier.expected_returns[-1], frontier.expected_returns[0], 100):
            point = frontier.at_return(wanted)
            assert (point.expected_return - rate) / point.risk <= best * (1.0 + 1e-12)
        for _ in range(200):
            w = feasible_portfolio(rng, lower, upper)
            assert (w @ mu - rate) / np.sqrt(w @ covariance @ w) <= best * (1.0 + 1e-12)


def test_at_return_and_at_risk_are_inverse():
    rng = np.random.default_rng(12)
    for _ in range(30):
        frontier = efficient_frontier(*random_case(rng, int(rng.integers(2, 30)))[1:])
        for share in (0.05, 0.4, 0.95):
            target = (1.0 - share) * frontier.risks[-1] + share * frontier.risks[0]
            by_risk = frontier.at_risk(target)
            by_return = frontier.at_return(by_risk.expected_return)
            assert by_return.risk == pytest.approx(target, rel=1e-10)
            assert_allclose(by_return.weights, by_risk.weights, atol=1e-9)


def test_one_solve_equals_the_whole_frontier():
    """Stopping the walk on the segment of the target changes nothing."""
    rng = np.random.default_rng(13)
    for _ in range(30):
        case = random_case(rng, int(rng.integers(2, 30)))
        frontier = efficient_frontier(*case[1:])
        target = 0.5 * (frontier.risks[0] + frontier.risks[-1])
        alone = max_return_at_risk(case.expected_returns, case.covariance, target, case.lower, case.upper)
        assert_array_same_bits(alone.weights, frontier.at_risk(target).weights)


def assert_array_same_bits(first, second):
    assert np.asarray(first).tobytes() == np.asarray(second).tobytes()


# ---- degenerate cases, one by one ----------------------------------------------------------------------------


def test_two_best_assets_tied_give_their_least_risk_mix():
    """Both earn 2 per cent; variances 0.01 and 0.03 uncorrelated mix 3 : 1 to variance 0.0075."""
    found = max_return_at_risk([0.02, 0.02, 0.01], np.diag([0.01, 0.03, 0.04]), 0.5)
    assert_allclose(found.weights, [0.75, 0.25, 0.0], atol=ROUNDING)
    assert not found.binding
    assert found.risk**2 == pytest.approx(0.0075, abs=ROUNDING)


def test_tie_by_rounding_counts_as_a_tie():
    """0.1 + 0.2 and 0.3 differ by 5e-17: a mean computed in another order must not decide for one asset."""
    found = max_return_at_risk([0.1 + 0.2, 0.3, 0.1], np.diag([0.01, 0.03, 0.04]), 0.5)
    assert_allclose(found.weights, [0.75, 0.25, 0.0], atol=1e-9)


def test_all_returns_tied_give_least_risk():
    """The only efficient portfolio is the one of least risk: 3 : 1 as above."""
    frontier = efficient_frontier([0.02, 0.02], np.diag([0.01, 0.03]))
    assert_allclose(frontier.weights, [[0.75, 0.25]], atol=ROUNDING)
    found = frontier.at_risk(0.15)
    assert not found.binding
    assert found.risk**2 == pytest.approx(0.0075, abs=ROUNDING)


def test_singular_covariance_hedges_to_zero():
    """Two assets of correlation -1 and volatilities 1 and 3 per cent: 3 : 1 has no risk, and a target of 0 is met."""
    covariance = np.outer([0.01, -0.03], [0.01, -0.03])
    found = max_return_at_risk([0.01, 0.02], covariance, 0.0)
    assert_allclose(found.weights, [0.75, 0.25], atol=1e-8)  # risk is flat to 1e-16 of variance, so weights to 1e-8
    assert found.risk <= 1e-9
    assert found.certificate.form == MINIMUM_VARIANCE_FORM


@pytest.mark.parametrize(("size", "periods"), [(5, 3), (40, 12), (300, 60)])
def test_fewer_periods_than_assets(size, periods):
    rng = np.random.default_rng(size)
    returns = rng.normal(0.005, 0.04, (periods, size))
    frontier = efficient_frontier(returns.mean(axis=0), np.cov(returns.T), upper=0.5)
    optimal_everywhere(frontier)


def test_cash_is_mixed_on_a_straight_line():
    """Cash at 0.2 per cent and one asset at 1 per cent with 4 per cent risk: a target of 1 per cent takes a quarter."""
    found = max_return_at_risk([0.002, 0.01], np.diag([0.0, 0.0016]), 0.01)
    assert_allclose(found.weights, [0.75, 0.25], atol=ROUNDING)
    assert found.certificate.risk_multiplier == pytest.approx(0.008 / 0.04, abs=ROUNDING)
    assert max_return_at_risk([0.002, 0.01], np.diag([0.0, 0.0016]), 0.0).weights[0] == 1.0


def test_no_variance_at_all_gives_the_best_return():
    found = max_return_at_risk([0.01, 0.02], np.zeros((2, 2)), 0.0)
    assert_allclose(found.weights, [0.0, 1.0], atol=0)
    assert found.certificate.optimal


@pytest.mark.parametrize("size", [1, 3, 6, 7, 10, 11, 49, 300])
def test_caps_or_minimum_weights_that_total_one_fix_everything(size):
    """``n x (1/n)`` is not always 1 in binary; the only portfolio is equal weights."""
    rng = np.random.default_rng(size)
    mu, covariance = rng.uniform(0.0, 0.01, size), np.eye(size) * 0.0016
    share = {"upper": 1.0 / size}, {"lower": 1.0 / size}, {"lower": 1.0 / size, "upper": 1.0 / size}
    for limits in share:
        frontier = efficient_frontier(mu, covariance, **limits)
        assert_allclose(frontier.weights, np.full((1, size), 1.0 / size), atol=ROUNDING)
        assert frontier.min_risk.certificate.optimal
        assert frontier.max_return.certificate.optimal


def test_fixed_asset_keeps_its_weight():
    """One asset held at 0.3; the other two share 0.7, all of it in the better one when risk allows."""
    mu, covariance = [0.05, 0.01, 0.02], np.diag([0.01, 0.01, 0.04])
    frontier = efficient_frontier(mu, covariance, lower=[0.3, 0.0, 0.0], upper=[0.3, 1.0, 1.0])
    assert (frontier.weights[:, 0] == 0.3).all()
    assert_allclose(frontier.weights[0], [0.3, 0.0, 0.7], atol=ROUNDING)
    assert_allclose(frontier.weights[-1], [0.3, 0.56, 0.14], atol=ROUNDING)  # 0.7 split 4 : 1
    optimal_everywhere(frontier)


def test_duplicated_asset_changes_nothing_but_who_holds_it():
    rng = np.random.default_rng(14)
    _, mu, covariance, _, _ = random_case(rng, 5)
    twice = np.array([0, 1, 2, 2, 3, 4])
    single, double = efficient_frontier(mu, covariance), efficient_frontier(mu[twice], covariance[np.ix_(twice, twice)])
    optimal_everywhere(double)
    for share in (0.0, 0.2, 0.7, 1.0):
        target = (1.0 - share) * single.risks[-1] + share * single.risks[0]
        one, two = single.at_risk(target).weights, double.at_risk(target).weights
        merged = np.array([two[0], two[1], two[2] + two[3], two[4], two[5]])
        assert_allclose(merged, one, atol=1e-9)


def test_target_above_every_risk_is_not_binding():
    found = max_return_at_risk(TWO_MU, TWO_S, 5.0)
    assert_allclose(found.weights, [0.0, 1.0], atol=0)
    assert not found.binding
    assert found.certificate.risk_multiplier == 0.0
    assert max_return_at_risk(TWO_MU, TWO_S, 0.2).binding is False  # exactly the risk of the best-return portfolio


def test_target_at_the_least_risk():
    """0.008 is the least variance; the target meets it exactly and one rounding step above it."""
    least = float(efficient_frontier(TWO_MU, TWO_S).risks[-1])
    for target in (least, np.nextafter(least, 1.0), np.nextafter(least, 0.0)):
        found = max_return_at_risk(TWO_MU, TWO_S, float(target))
        assert_allclose(found.weights, [0.8, 0.2], atol=1e-7)  # a square root of rounding
        assert found.certificate.form == MINIMUM_VARIANCE_FORM
        assert found.certificate.risk_multiplier == np.inf
        assert found.certificate.optimal


def test_target_just_below_the_least_risk():
    with pytest.raises(InfeasibleError, match=r"target 8\.94 % is below the lowest reachable 8\.94 %"):
        max_return_at_risk(TWO_MU, TWO_S, 0.008**0.5 * (1.0 - 1e-9))


def test_infeasible_message_gives_range_mix_and_remedy():
    """The wording of the design: 1.72 per cent of SHY alone, the best mix beyond it all in TLT."""
    names = ["SHY", "TLT"]
    mu = pd.Series([0.001, 0.004], names)
    covariance = pd.DataFrame(np.diag([0.0172**2, 0.04**2]) + 0.0172**2 * (1 - np.eye(2)), names, names)
    with pytest.raises(
        InfeasibleError,
        match=r"target 0\.90 % is below the lowest reachable 1\.72 % \(100 % SHY\); "
        r"the greatest useful target is 4\.00 % \(100 % TLT\); raise the target$",
    ):
        max_return_at_risk(mu, covariance, 0.009)
    with pytest.raises(InfeasibleError, match=r"60\.0 % SHY, 40\.0 % TLT.*raise the target or the cap on SHY$"):
        max_return_at_risk(mu, covariance, 0.009, upper=[0.6, 1.0])
    with pytest.raises(InfeasibleError, match=r"or lower the minimum weight of TLT$"):
        max_return_at_risk(mu, covariance, 0.009, lower=[0.0, 0.4])


def test_infeasible_message_at_money_market_scale_stays_legible():
    with pytest.raises(InfeasibleError, match=r"target 0\.00100 % is below the lowest reachable 0\.00894 %"):
        max_return_at_risk(TWO_MU, 1e-6 * TWO_S, 1e-5)


def test_at_return_outside_the_range():
    frontier = efficient_frontier(TWO_MU, TWO_S)
    for wanted in (0.0119, 0.0201):
        with pytest.raises(InfeasibleError, match=r"outside the efficient range 1\.2000% .* to 2\.0000%"):
            frontier.at_return(wanted)


def test_max_sharpe_refusals():
    with pytest.raises(InfeasibleError, match="below the greatest reachable return"):
        max_sharpe(TWO_MU, TWO_S, risk_free_rate=0.02)
    with pytest.raises(InfeasibleError, match="has no bound"):
        max_sharpe([0.002, 0.01], np.diag([0.0, 0.0016]), risk_free_rate=0.001)


def test_indefinite_covariance():
    """Eigenvalues of [[1, 2], [2, 1]] are 3 and -1."""
    with pytest.raises(NotConvexError, match=r"expected no negative eigenvalue, got -1 \(largest 3\).*ledoit_wolf"):
        efficient_frontier([0.01, 0.02], [[1.0, 2.0], [2.0, 1.0]])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([0.01, np.nan], TWO_S, 0.1), r"expected_returns: expected a finite number in row 2"),
        (([0.01, 0.02], [[0.01, np.inf], [0.0, 0.04]], 0.1), r"covariance: .*finite number in row 1, column 2"),
        (([0.01, 0.02, 0.03], TWO_S, 0.1), r"covariance: expected shape \(3, 3\) to match"),
        ((["x", 0.02], TWO_S, 0.1), r"expected_returns: expected numbers only, got 'x' in row 1"),
        (([0.01, 0.02], [[0.01, 0.002], [0.001, 0.04]], 0.1), r"covariance: expected a symmetric matrix"),
        (([0.01, 0.02], TWO_S, -0.1), r"risk_target: expected 0 or more, got -0.1"),
        (([0.01, 0.02], TWO_S, np.nan), r"risk_target: expected a finite number, got nan"),
        (([0.01, 0.02], TWO_S, [0.1, 0.2]), r"risk_target: expected one number, got 2"),
        (([0.01, 0.02], TWO_S, 0.1, -0.1), r"lower: expected 0 or more \(long-only\), got -0.1 for asset 1"),
        (([0.01, 0.02], TWO_S, 0.1, [0.0, 0.6], 0.5), r"lower: expected at most the upper bound 0.5 of asset 2"),
        (([0.01, 0.02], TWO_S, 0.1, 0.0, 0.4), r"upper: expected a total of at least 1.00.*got 0.8 over 2 assets"),
        (([0.01, 0.02], TWO_S, 0.1, 0.6), r"lower: expected a total of at most 1.00, got 1.2 over 2 assets"),
        (([0.01, 0.02], TWO_S, 0.1, [0.0, 0.0, 0.0]), r"lower: expected 2 numbers, one per asset, got 3"),
    ],
)
def test_wrong_inputs(arguments, match):
    with pytest.raises((InputError), match=match):
        max_return_at_risk(*arguments)


# ---- labels, kinds of input, repeatability -------------------------------------------------------------------


def labelled() -> tuple[pd.Series, pd.DataFrame]:
    names = ["SHY", "TLT"]
    return pd.Series(TWO_MU, names), pd.DataFrame(TWO_S, names, names)


def test_labels_in_labels_out():
    mu, covariance = labelled()
    for found in (
        max_return_at_risk(mu, covariance, 0.15),
        max_return_at_risk(mu, TWO_S, 0.15),
        max_return_at_risk(TWO_MU, covariance, 0.15),
        max_return_at_risk(mu.to_frame(), covariance, 0.15),
        max_return_at_risk(mu.to_frame().T, TWO_S, 0.15),
        min_risk(covariance),
        risk_range(mu, covariance)[1],
    ):
        assert list(found.weights.index) == ["SHY", "TLT"]
    assert isinstance(max_return_at_risk(TWO_MU, TWO_S, 0.15).weights, np.ndarray)


def test_labels_in_another_order_are_refused():
    mu, covariance = labelled()
    message = r"expected labels in the order of expected_returns \(SHY, TLT\), got TLT, SHY"
    with pytest.raises(InputError, match="covariance: " + message):
        max_return_at_risk(mu, covariance.iloc[::-1, ::-1], 0.15)
    with pytest.raises(InputError, match="upper: " + message):
        max_return_at_risk(mu, covariance, 0.15, upper=pd.Series([0.5, 1.0], ["TLT", "SHY"]))
    with pytest.raises(InputError, match="order of covariance"):
        min_risk(covariance.iloc[::-1])


def test_duplicated_labels_are_kept():
    mu, covariance = labelled()
    mu.index = covariance.index = covariance.columns = pd.Index(["A", "A"])
    assert list(max_return_at_risk(mu, covariance, 0.15).weights.index) == ["A", "A"]


@pytest.mark.parametrize(
    "kind",
    [
        lambda values: np.asfortranarray(values),
        lambda values: np.asarray(values).tolist(),
        lambda values: pd.DataFrame(values).astype("Float64"),
        lambda values: np.asarray(values, dtype=object),
        lambda values: np.asarray(values)[::-1][::-1],
    ],
    ids=["fortran", "list", "nullable", "object", "strided"],
)
def test_any_kind_of_numbers_gives_the_same_bits(kind):
    expected = max_return_at_risk(TWO_MU, TWO_S, 0.15)
    found = max_return_at_risk(TWO_MU, kind(TWO_S), 0.15)
    assert_array_same_bits(found.weights, expected.weights)


def test_integers_and_columns_are_numbers():
    """Variance 1 with weights (x, 1 - x) of variances 1 and 4: ``5 x^2 - 8 x + 3 = 0``, x = 0.6 (or 1)."""
    found = max_return_at_risk([[1], [2]], [[1, 0], [0, 4]], 1)
    assert_allclose(found.weights, [0.6, 0.4], atol=ROUNDING)


def test_inputs_may_be_read_only_and_are_not_changed():
    rng = np.random.default_rng(15)
    case = random_case(rng, 8)
    before = [part.copy() for part in case[1:]]
    for part in case[1:]:
        part.setflags(write=False)
    efficient_frontier(*case[1:]).at_risk(1.0)
    for part, kept in zip(case[1:], before, strict=True):
        assert_array_same_bits(part, kept)


def test_results_are_read_only():
    frontier = efficient_frontier(TWO_MU, TWO_S)
    for array in (frontier.weights, frontier.risks, frontier.at_risk(0.15).weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_same_inputs_same_bits_and_hash():
    rng = np.random.default_rng(16)
    case = random_case(rng, 20)
    first, second = (max_return_at_risk(*case[1:3], 0.02, *case[3:]) for _ in range(2))
    assert_array_same_bits(first.weights, second.weights)
    assert first.input_hash == second.input_hash
    assert len(first.input_hash) == 16


def test_hash_changes_with_every_input():
    base = {
        "expected_returns": TWO_MU,
        "covariance": TWO_S,
        "risk_target": 0.15,
        "lower": np.zeros(2),
        "upper": np.ones(2),
    }
    hashes = {max_return_at_risk(**base).input_hash}
    changes = {
        "expected_returns": TWO_MU + np.array([1e-17, 0.0]),
        "covariance": TWO_S + 1e-17,
        "risk_target": np.nextafter(0.15, 1.0),
        "lower": np.array([1e-15, 0.0]),
        "upper": np.array([1.0, 1.0 - 1e-15]),
    }
    for name, value in changes.items():
        hashes.add(max_return_at_risk(**{**base, name: value}).input_hash)
    assert len(hashes) == 1 + len(changes)


# ---- invariants ----------------------------------------------------------------------------------------------


@settings(derandomize=True, deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 25))
def test_whole_frontier_of_random_problems(seed, size):
    optimal_everywhere(efficient_frontier(*random_case(np.random.default_rng(seed), size)[1:]))


@settings(derandomize=True, deadline=None, max_examples=120)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 12), kind=st.sampled_from(DEGENERATE_KINDS))
def test_whole_frontier_of_degenerate_problems(seed, size, kind):
    optimal_everywhere(efficient_frontier(*degenerate_case(np.random.default_rng(seed), size, kind)[1:]))


@pytest.mark.parametrize("batch", range(4))
def test_two_thousand_problems_of_small_integers(batch):
    """Ties, duplicates, zero rows and singular blocks everywhere; ends and one point between are certified."""
    rng = np.random.default_rng(30 + batch)
    for _ in range(500):
        case = small_integer_case(rng, int(rng.integers(1, 11)))
        frontier = efficient_frontier(*case[1:])
        middle = frontier.at_risk(float(frontier.risks[-1] + rng.random() * np.ptp(frontier.risks)))
        for found in (frontier.min_risk, frontier.max_return, middle):
            assert found.certificate.optimal, (case, found.certificate)


def test_targets_just_above_the_least_risk():
    """There the slope grows like 1 / sqrt(target / least - 1), residuals with it, and answers do not fail.

    The last bits of a gradient (1e-16, times the condition of hedged integers) times that slope stay below 1e-6.
    """
    rng = np.random.default_rng(17)
    for _ in range(300):
        frontier = efficient_frontier(*small_integer_case(rng, int(rng.integers(2, 40)))[1:])
        target = float(frontier.risks[-1] + 1e-8 * np.ptp(frontier.risks))
        found = frontier.at_risk(target)
        proof = found.certificate
        assert found.risk <= target + 1e-9  # a risk of zero is known to 1e-8 of a typical one, here 1e-2
        assert max(proof.stationarity, proof.duality_gap) <= 1e-6 * proof.scale


@pytest.mark.parametrize("seed", [7, 10, 45])
def test_corners_closer_than_rounding_are_one(seed):
    """Covariances of rank one, where rounding of 1e-14 once put neighbouring corners in the wrong order."""
    rng = np.random.default_rng(seed)
    optimal_everywhere(efficient_frontier(*degenerate_case(rng, int(rng.integers(20, 60)), "rank one")[1:]))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    returns_by=st.sampled_from([1e-12, 1e-3, 12.0, 252.0, 1e8]),
    risk_by=st.sampled_from([1e-12, 1e-4, 12.0**0.5, 252.0**0.5, 1e6]),
)
def test_weights_do_not_depend_on_the_unit_of_time(seed, returns_by, risk_by):
    rng = np.random.default_rng(seed)
    case = random_case(rng, int(rng.integers(2, 15)))
    frontier = efficient_frontier(*case[1:])
    scaled = efficient_frontier(returns_by * case.expected_returns, risk_by**2 * case.covariance, *case[3:])
    target = 0.4 * frontier.risks[0] + 0.6 * frontier.risks[-1]
    assert_allclose(scaled.at_risk(risk_by * target).weights, frontier.at_risk(target).weights, atol=1e-9)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_a_common_return_changes_nothing(seed):
    """An offset of 1,000 leaves 13 digits less 5 of a spread of 1 per cent; the path through them is the same."""
    rng = np.random.default_rng(seed)
    case = random_case(rng, int(rng.integers(2, 15)))
    frontier = efficient_frontier(*case[1:])
    moved = efficient_frontier(1e3 + case.expected_returns, *case[2:])
    target = 0.4 * frontier.risks[0] + 0.6 * frontier.risks[-1]
    assert_allclose(moved.at_risk(target).weights, frontier.at_risk(target).weights, atol=1e-6)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_order_of_assets_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 15))
    _, mu, covariance, lower, upper = random_case(rng, size)
    order = rng.permutation(size)
    frontier = efficient_frontier(mu, covariance, lower, upper)
    shuffled = efficient_frontier(mu[order], covariance[np.ix_(order, order)], lower[order], upper[order])
    target = 0.4 * frontier.risks[0] + 0.6 * frontier.risks[-1]
    assert_allclose(shuffled.at_risk(target).weights, frontier.at_risk(target).weights[order], atol=1e-9)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_no_random_portfolio_lies_above_the_frontier(seed):
    """Without any use of the certificate: 50 portfolios within the limits, each at most on the frontier."""
    rng = np.random.default_rng(seed)
    case: Case = random_case(rng, int(rng.integers(1, 20)))
    frontier = efficient_frontier(*case[1:])
    for _ in range(50):
        w = feasible_portfolio(rng, case.lower, case.upper)
        risk = float(np.sqrt(w @ case.covariance @ w))
        assert risk >= frontier.risks[-1] * (1.0 - 1e-12)
        assert frontier.at_risk(max(risk, frontier.risks[-1])).expected_return >= case.expected_returns @ w - 1e-14


def test_binding_form_of_the_certificate():
    assert max_return_at_risk(TWO_MU, TWO_S, 0.15).certificate.form == RETURN_FORM


def test_sharpe_ratio_without_bound_is_refused_whatever_rounding_leaves():
    """A riskless asset that earns more than the rate: corners leave weights near 1e-17 in the others."""
    generator = np.random.default_rng(0)
    for _ in range(50):
        expected, covariance = generator.normal(0.005, 0.003, 6), np.cov(generator.normal(0, 0.02, (6, 40)))
        covariance[0], covariance[:, 0], expected[0] = 0.0, 0.0, 0.001
        with pytest.raises(InfeasibleError, match="the Sharpe ratio has no bound"):
            max_sharpe(expected, covariance, risk_free_rate=0.0005)
