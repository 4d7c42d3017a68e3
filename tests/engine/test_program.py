"""Step 3 under general limits: hand calculations, the exact engine where limits are bounds, refusals with reasons."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from aram_xl._certificate import MINIMUM_VARIANCE_FORM, RETURN_FORM
from aram_xl._limits_certificate import Found, limits_certificate
from aram_xl.errors import InfeasibleError, InputError, NotConvexError
from aram_xl.frontier import efficient_frontier
from aram_xl.program import (
    Group,
    LimitedPortfolio,
    Limits,
    Linear,
    TrackingError,
    Turnover,
    _model,
    max_return_at_risk_general,
)
from aram_xl.types import FloatArray
from tests import reference
from tests.problems import DEGENERATE_KINDS, Case, degenerate_case, feasible_portfolio, random_case

MU = np.array([0.01, 0.02, 0.015])
S = np.diag([0.01, 0.04, 0.02])
EXACT = 1e-9
"""Of hand calculations: answers are polished to about 1e-14 where the problem is regular; this leaves room."""


def solve(limits: Limits, target: float = 0.1, **bounds: object) -> LimitedPortfolio:
    found = max_return_at_risk_general(MU, S, target, limits, **bounds)
    assert found.certificate.optimal, found.certificate
    return found


# ---- by hand -------------------------------------------------------------------------------------------------


def test_group_binds_by_hand():
    """Assets 2 and 3 hold at most 0.5 together and the target is loose: all of it in asset 2, the rest in asset 1.

    One more unit of the group moves weight from a return of 1 to one of 2 per cent.
    """
    found = solve(Limits((Group("risky", (1, 2), greatest=0.5),)), target=0.5)
    assert_allclose(found.weights, [0.5, 0.5, 0.0], atol=EXACT)
    assert not found.binding
    assert found.certificate.risk_multiplier == 0.0
    assert found.certificate.group_multipliers["risky"] == pytest.approx(0.01, abs=EXACT)
    assert found.certificate.form == RETURN_FORM


def test_group_with_a_least_total_by_hand():
    """At least 0.8 in asset 1: a price of -0.01 on the minimum."""
    found = solve(Limits((Group("safe", (0,), least=0.8),)), target=0.5)
    assert_allclose(found.weights, [0.8, 0.2, 0.0], atol=EXACT)
    assert found.certificate.group_multipliers["safe"] == pytest.approx(-0.01, abs=EXACT)


def test_turnover_by_hand():
    """From all in asset 1, a one-way turnover of 0.3 buys 0.3 of the best asset: 0.01 more return per unit."""
    found = solve(Limits(turnover=Turnover(0.3, [1.0, 0.0, 0.0])), target=0.5)
    assert_allclose(found.weights, [0.7, 0.3, 0.0], atol=EXACT)
    assert found.turnover == pytest.approx(0.3, abs=EXACT)
    assert found.certificate.turnover_multiplier == pytest.approx(0.01, abs=EXACT)
    prices = found.certificate.trade_prices
    assert prices[1] - prices[0] == pytest.approx(0.01, abs=EXACT)


def test_turnover_of_a_first_purchase_counts_half_of_what_is_bought():
    """From nothing to fully invested is a turnover of 0.5; less than that cannot be."""
    found = solve(Limits(turnover=Turnover(0.5, [0.0, 0.0, 0.0])), target=0.5)
    assert found.turnover == pytest.approx(0.5, abs=EXACT)
    with pytest.raises(InfeasibleError, match=r"limits: no portfolio meets all limits.*the turnover limit"):
        solve(Limits(turnover=Turnover(0.4, [0.0, 0.0, 0.0])), target=0.5)


def test_no_turnover_keeps_the_holdings():
    found = solve(Limits(turnover=Turnover(0.0, [0.5, 0.2, 0.3])), target=0.5)
    assert_allclose(found.weights, [0.5, 0.2, 0.3], atol=1e-7)  # a set without interior costs the solver digits


def test_tracking_error_by_hand():
    """From the benchmark (1, 0, 0), moving x into asset 2 has tracking error x sqrt(0.01 + 0.04); asset 3 is barred."""
    limit = 0.5 * 0.05**0.5
    found = solve(Limits(tracking_error=TrackingError(limit, [1.0, 0.0, 0.0])), 0.5, upper=[1.0, 1.0, 0.0])
    assert_allclose(found.weights, [0.5, 0.5, 0.0], atol=EXACT)
    assert found.tracking_error == pytest.approx(limit, abs=EXACT)
    assert found.certificate.tracking_error_multiplier == pytest.approx(0.01 / 0.05**0.5, abs=EXACT)


def test_linear_limit_by_hand():
    """Durations 2, 8 and 5 with at most 5: half and half of assets 1 and 2, or all in 3; both earn 1.5 per cent.

    Every mix of the two earns the same, so the least risk decides: weights (a, a, 1 - 2a) have variance
    ``0.05 a^2 + 0.02 (1 - 2a)^2``, least at a = 0.04 / 0.13.
    """
    duration = Linear([[2.0, 8.0, 5.0]], greatest=5.0, names=("duration",))
    found = solve(Limits(linear=duration), target=0.5)
    a = 0.04 / 0.13
    assert found.expected_return == pytest.approx(0.015, abs=EXACT)
    assert_allclose(found.weights, [a, a, 1.0 - 2.0 * a], atol=1e-4)  # the tie is kept to 1e-9 of return
    assert found.certificate.linear_multipliers["duration"] == pytest.approx(0.01 / 6.0, abs=EXACT)


def test_tie_in_expected_return_gives_the_least_risk():
    """Two best assets of variances 0.01 and 0.03 mix 3 : 1."""
    found = max_return_at_risk_general([0.02, 0.02, 0.01], np.diag([0.01, 0.03, 0.04]), 0.5, Limits())
    assert_allclose(found.weights, [0.75, 0.25, 0.0], atol=1e-4)
    assert not found.binding


def test_all_returns_tied_give_the_least_risk():
    found = max_return_at_risk_general([0.02, 0.02], np.diag([0.01, 0.03]), 0.15, Limits())
    assert_allclose(found.weights, [0.75, 0.25], atol=EXACT)
    assert found.certificate.form == MINIMUM_VARIANCE_FORM
    assert not found.binding


def test_least_reachable_risk_takes_the_minimum_variance_form():
    """A group of at most 0.3 of the two assets without correlation: (0.7, 0.3 split 1 : 2) by inverse variance."""
    limits = Limits((Group("risky", (1, 2), greatest=0.3),))
    least = (0.7**2 * 0.01 + 0.1**2 * 0.04 + 0.2**2 * 0.02) ** 0.5
    found = solve(limits, target=least)
    assert_allclose(found.weights, [0.7, 0.1, 0.2], atol=1e-7)
    assert found.certificate.form == MINIMUM_VARIANCE_FORM
    assert found.certificate.risk_multiplier == np.inf
    assert found.binding


def test_zero_covariance_leaves_the_best_return():
    found = max_return_at_risk_general(MU, np.zeros((3, 3)), 0.0, Limits((Group("best", (1,), greatest=0.4),)))
    assert found.risk == 0.0
    assert found.weights.sum() == pytest.approx(1.0, abs=EXACT)


# ---- against the exact engine --------------------------------------------------------------------------------


def test_without_limits_it_is_the_exact_frontier():
    """Return to 1e-11 of monthly returns near 1e-2, risk no higher than the target to 1e-10, the same multipliers."""
    rng = np.random.default_rng(1)
    for _ in range(40):
        case = random_case(rng, int(rng.integers(2, 30)))
        frontier = efficient_frontier(*case[1:])
        target = float(frontier.risks[-1] + rng.uniform(0.02, 1.2) * np.ptp(frontier.risks))
        exact = frontier.at_risk(target)
        found = max_return_at_risk_general(case.expected_returns, case.covariance, target, Limits(), *case[3:])
        assert found.expected_return == pytest.approx(exact.expected_return, abs=1e-11)
        assert found.risk <= target + 1e-10
        assert found.binding == exact.binding
        assert found.certificate.risk_multiplier == pytest.approx(exact.certificate.risk_multiplier, rel=1e-5)
        assert found.certificate.optimal


def test_groups_of_one_asset_are_bounds():
    """The same caps as groups and as bounds: the same weights, and the group multipliers are the bound multipliers."""
    rng = np.random.default_rng(2)
    for _ in range(15):
        size = int(rng.integers(3, 12))
        mu, covariance = random_case(rng, size)[1:3]
        upper = np.full(size, 1.7 / size)
        frontier = efficient_frontier(mu, covariance, upper=upper)
        target = float(0.5 * (frontier.risks[0] + frontier.risks[-1]))
        groups = tuple(Group(f"asset {i}", (i,), greatest=float(upper[i])) for i in range(size))
        exact = frontier.at_risk(target)
        found = max_return_at_risk_general(mu, covariance, target, Limits(groups))
        assert_allclose(found.weights, exact.weights, atol=1e-7)
        prices = np.array(list(found.certificate.group_multipliers.values()))
        assert_allclose(prices, exact.certificate.upper_multipliers, atol=1e-8)


def random_limits(rng: np.random.Generator, case: Case) -> tuple[Limits, FloatArray]:
    """Limits that a known portfolio meets, some with equality."""
    _, _, covariance, lower, upper = case
    size = lower.size
    known, current, benchmark = (feasible_portfolio(rng, lower, upper) for _ in range(3))
    groups = []
    for number in range(int(rng.integers(0, 3))):
        members = tuple(int(i) for i in rng.choice(size, int(rng.integers(1, size + 1)), replace=False))
        total = float(known[list(members)].sum())
        least, greatest = max(0.0, total - rng.uniform(0, 0.3)), min(1.0, total + rng.uniform(0, 0.3))
        groups.append(Group(f"g{number}", members, least, max(greatest, total)))
    turnover = Turnover(float(np.abs(known - current).sum() / 2 * rng.uniform(1.05, 2.0) + 1e-3), current)
    gap = reference.risk(known - benchmark, covariance)
    typical = float(np.sqrt(np.trace(covariance) / size))
    tracking = TrackingError(gap * rng.uniform(1.05, 2.0) + 0.01 * typical, benchmark)
    row = rng.uniform(0.0, 10.0, (1, size))
    level = float((row @ known)[0])
    linear = Linear(row, level - rng.uniform(0.1, 1.0), level + rng.uniform(0.1, 1.0), ("duration",))
    chosen = rng.random(3) < 0.5
    limits = Limits(
        tuple(groups),
        turnover if chosen[0] else None,
        tracking if chosen[1] else None,
        linear if chosen[2] else None,
    )
    return limits, known


def violation(w: FloatArray, case: Case, limits: Limits) -> float:
    """Limits written out again, one by one."""
    excess = [abs(w.sum() - 1.0), float((case.lower - w).max()), float((w - case.upper).max())]
    for group in limits.groups:
        total = sum(w[i] for i in group.members)
        excess += [group.least - total, total - group.greatest]
    if limits.turnover is not None:
        excess.append(sum(abs(w - limits.turnover.current)) / 2 - limits.turnover.limit)
    if limits.tracking_error is not None:
        away = w - limits.tracking_error.benchmark
        excess.append(reference.risk(away, case.covariance) - limits.tracking_error.limit)
    if limits.linear is not None:
        level = limits.linear.coefficients @ w
        excess += [float((limits.linear.least - level).max()), float((level - limits.linear.greatest).max())]
    return max(excess)


@pytest.mark.parametrize("batch", range(4))
def test_random_limits(batch):
    """100 problems: limits hold to 1e-7 (coefficients up to 10), the known portfolio is not better, the gap is small.

    The duality gap is a bound for every portfolio; 1e-6 of the spread is what interior-point weights allow where the
    active limits are too degenerate to be polished.
    """
    rng = np.random.default_rng(40 + batch)
    for _ in range(25):
        size = int(rng.integers(2, 20))
        kind = DEGENERATE_KINDS[int(rng.integers(len(DEGENERATE_KINDS)))]
        case = degenerate_case(rng, size, kind) if rng.random() < 0.3 else random_case(rng, size)
        limits, known = random_limits(rng, case)
        target = reference.risk(known, case.covariance) * rng.uniform(1.001, 2.0) + 1e-6
        found = max_return_at_risk_general(case.expected_returns, case.covariance, target, limits, *case[3:])
        w = np.asarray(found.weights)
        spread = float(np.ptp(case.expected_returns))
        assert violation(w, case, limits) <= 1e-7
        assert found.risk <= target * (1.0 + 1e-7) + 1e-9
        assert found.certificate.feasibility <= 1e-8
        assert found.certificate.duality_gap <= 1e-6 * found.certificate.scale
        if found.certificate.form == RETURN_FORM:
            assert found.expected_return >= known @ case.expected_returns - 1e-6 * spread
        else:
            assert found.risk <= reference.risk(known, case.covariance) + 1e-8


def test_multipliers_are_the_slopes_of_the_optimum():
    """Central differences of the best return in each limit, to their second-order error."""
    rng = np.random.default_rng(3)
    mu, covariance = random_case(rng, 8)[1:3]
    current = np.full(8, 0.125)
    benchmark = np.array([0.2, 0.2, 0.2, 0.2, 0.05, 0.05, 0.05, 0.05])
    values = {"group": 0.5, "turnover": 0.35, "tracking": 0.012, "target": 0.0}
    members = tuple(int(i) for i in np.argsort(-mu)[:3])

    def best(changes: dict[str, float]) -> LimitedPortfolio:
        v = {**values, **changes}
        limits = Limits((Group("top", members, greatest=v["group"]),), Turnover(v["turnover"], current))
        if v["tracking"] < 1.0:
            limits = Limits(limits.groups, limits.turnover, TrackingError(v["tracking"], benchmark))
        return max_return_at_risk_general(mu, covariance, v["target"], limits)

    values["target"] = 1.0
    loose = best({})
    values["target"] = 0.9 * loose.risk
    proof = best({}).certificate
    prices = {
        "group": proof.group_multipliers["top"],
        "turnover": proof.turnover_multiplier,
        "tracking": proof.tracking_error_multiplier,
        "target": proof.risk_multiplier,
    }
    assert sum(price > 1e-4 for price in prices.values()) >= 2
    for name, price in prices.items():
        step = 1e-5
        ends = [best({name: values[name] + side * step}).expected_return for side in (1, -1)]
        assert price == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-2, abs=1e-6)


def test_gap_bounds_what_was_left_behind():
    """With the multipliers of the optimum but weights of any other portfolio, the gap is at least the return missed."""
    rng = np.random.default_rng(4)
    for _ in range(40):
        case = random_case(rng, int(rng.integers(3, 12)))
        limits, known = random_limits(rng, case)
        target = reference.risk(known, case.covariance) * 1.2
        best = max_return_at_risk_general(case.expected_returns, case.covariance, target, limits, *case[3:])
        if best.certificate.form != RETURN_FORM:
            continue
        proof = best.certificate
        model = _model(*case[1:3], case[3:], limits, None)
        bound = proof.upper_multipliers - proof.lower_multipliers
        rows = np.array([*proof.group_multipliers.values(), *proof.linear_multipliers.values()])
        found = Found(
            known,
            proof.risk_multiplier,
            proof.budget_multiplier,
            bound,
            rows,
            proof.trade_prices,
            proof.turnover_multiplier,
            proof.tracking_error_multiplier,
        )
        missed = best.expected_return - known @ case.expected_returns
        assert limits_certificate(model, found, RETURN_FORM, target).duality_gap >= missed - 1e-9


def test_stationarity_in_plain_arithmetic():
    """The printed condition, evaluated from the published multipliers alone."""
    current, benchmark = np.array([0.6, 0.2, 0.2]), np.array([0.5, 0.25, 0.25])
    limits = Limits(
        (Group("risky", (1, 2), greatest=0.62),),
        Turnover(0.2, current),
        TrackingError(0.035, benchmark),
        Linear([[2.0, 8.0, 5.0]], greatest=6.0, names=("duration",)),
    )
    found = solve(limits, target=0.0995)
    w, proof = np.asarray(found.weights), found.certificate
    residual = (
        MU
        - proof.risk_multiplier * (S @ w) / found.risk
        - proof.tracking_error_multiplier * (S @ (w - benchmark)) / found.tracking_error
        - proof.trade_prices
        - proof.group_multipliers["risky"] * np.array([0.0, 1.0, 1.0])
        - proof.linear_multipliers["duration"] * np.array([2.0, 8.0, 5.0])
        - proof.budget_multiplier
        + proof.lower_multipliers
        - proof.upper_multipliers
    )
    assert np.abs(residual).max() <= proof.stationarity + 1e-15
    assert proof.stationarity <= 1e-9


# ---- refusals ------------------------------------------------------------------------------------------------


def test_target_below_reach_names_range_and_limits():
    limits = Limits((Group("credit", (1, 2), least=0.6),))
    with pytest.raises(
        InfeasibleError,
        match=r"risk_target: target 5\.00 % is below the lowest reachable 8\.00 % under all limits "
        r"\((40\.0 % asset [13], ){2}20\.0 % asset 2\); the greatest useful target is 20\.00 % "
        r"\(100 % asset 2\); raise the target or relax group credit \(at least 0\.6\)$",
    ):
        solve(limits, target=0.05)


def test_target_below_reach_names_turnover_tracking_error_and_bounds():
    held = [0.0, 1.0, 0.0]
    with pytest.raises(InfeasibleError, match=r"raise the target or relax the turnover limit \(10\.00 %\)$"):
        solve(Limits(turnover=Turnover(0.1, held)), target=0.05)
    with pytest.raises(InfeasibleError, match=r"relax the tracking-error limit \(2\.00 %\)$"):
        solve(Limits(tracking_error=TrackingError(0.02, held)), target=0.05)
    with pytest.raises(InfeasibleError, match=r"relax the cap on asset 1 or relax the minimum weight of asset 2$"):
        solve(Limits(), target=0.05, lower=[0.0, 0.5, 0.0], upper=[0.25, 1.0, 1.0])


def test_limits_that_exclude_each_other_are_named():
    first, second = Group("bills", (0,), least=0.7), Group("credit", (1, 2), least=0.5)
    with pytest.raises(InfeasibleError, match=r"limits: no portfolio meets all limits.*group (bills|credit).*0\.2"):
        solve(Limits((first, second)), target=0.5)
    with pytest.raises(InfeasibleError, match=r"duration cannot be met with the others"):
        solve(Limits(linear=Linear([[2.0, 8.0, 5.0]], least=9.0, names=("duration",))), target=0.5)
    with pytest.raises(InfeasibleError, match="the tracking-error limit cannot be met"):
        solve(Limits((Group("bills", (0,), greatest=0.1),), None, TrackingError(1e-3, [1.0, 0.0, 0.0])), target=0.5)


@pytest.mark.parametrize("kind", DEGENERATE_KINDS)
def test_infeasible_is_never_taken_for_a_broken_solver(kind):
    """A target of half the least risk, and groups that ask for 1.2 in all, on degenerate problems."""
    rng = np.random.default_rng(DEGENERATE_KINDS.index(kind))
    for _ in range(4):
        case = degenerate_case(rng, 6, kind)
        least = float(efficient_frontier(*case[1:]).risks[-1])
        if least > 1e-6:
            with pytest.raises(InfeasibleError, match="is below the lowest reachable"):
                max_return_at_risk_general(*case[1:3], 0.5 * least, Limits(), *case[3:])
        both = (Group("first", (0, 1, 2), least=0.6), Group("second", (3, 4, 5), least=0.6))
        with pytest.raises(InfeasibleError, match="no portfolio meets all limits"):
            max_return_at_risk_general(*case[1:3], 1.0, Limits(both), *case[3:])


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: Group("a", ()), r"group a: expected members, each once, got \[\]"),
        (lambda: Group("a", (1, 1)), r"group a: expected members, each once, got \[1, 1\]"),
        (lambda: Group("a", (1,), least=0.6, greatest=0.5), "group a: expected least <= greatest, got 0.6 and 0.5"),
        (lambda: Turnover(-0.1, [1.0]), "turnover: expected a limit of 0 or more, got -0.1"),
        (lambda: Turnover(0.1, [60.0, 40.0]), "current: expected weights as decimals .* at most 1.00, got 100"),
        (lambda: TrackingError(0.0, [1.0]), "tracking_error: expected a limit above 0, got 0"),
        (lambda: TrackingError(np.nan, [1.0]), "tracking_error: expected a finite number, got nan"),
        (lambda: Linear([[1.0, 2.0]], least=2.0, greatest=1.0), "linear: expected least <= greatest"),
        (lambda: Linear([[1.0, 2.0]], least=[1.0, 2.0]), "linear: expected one number or 1 for least and greatest"),
        (lambda: Linear([[0.0, 0.0]], least=1.0), "linear: expected a coefficient other than 0 in every row"),
        (lambda: Linear([[1.0, 2.0]], names=("a", "b")), "linear: expected 1 names, one per row, got 2"),
        (lambda: Limits((Group("a", (0,)), Group("a", (1,)))), "groups: expected different names, got a, a"),
        (lambda: solve(Limits((Group("a", (3,)),))), "group a: expected members among the positions 0 to 2, got 3"),
        (lambda: solve(Limits((Group("a", ("SHY",)),))), "group a: expected members .* 0 to 2, got 'SHY'"),
        (lambda: solve(Limits(turnover=Turnover(0.1, [0.5, 0.5]))), "current: expected 3 numbers, .* got 2"),
        (lambda: solve(Limits(linear=Linear([[1.0, 2.0]]))), "linear: expected 3 coefficients a row, .* got 2"),
        (lambda: solve(Limits(), target=-0.1), "risk_target: expected 0 or more, got -0.1"),
    ],
)
def test_wrong_inputs(build, match):
    with pytest.raises(InputError, match=match):
        build()


def test_indefinite_covariance():
    with pytest.raises(NotConvexError, match="negative eigenvalue"):
        max_return_at_risk_general([0.01, 0.02], [[1.0, 2.0], [2.0, 1.0]], 1.0, Limits())


# ---- labels and repeatability --------------------------------------------------------------------------------


def test_labels_in_labels_out():
    names = ["SHY", "TLT", "LQD"]
    mu, covariance = pd.Series(MU, names), pd.DataFrame(S, names, names)
    limits = Limits(
        (Group("risky", ("TLT", "LQD"), greatest=0.5),),
        Turnover(0.9, pd.Series([1.0, 0.0, 0.0], names)),
        linear=Linear(pd.DataFrame([[2.0, 8.0, 5.0]], columns=names), greatest=7.0),
    )
    found = max_return_at_risk_general(mu, covariance, 0.5, limits)
    assert list(found.weights.index) == names
    assert found.weights["TLT"] == pytest.approx(0.5, abs=EXACT)
    with pytest.raises(InputError, match="group a: expected members among SHY, TLT, LQD, got 'IEF'"):
        max_return_at_risk_general(mu, covariance, 0.5, Limits((Group("a", ("IEF",)),)))
    shuffled = Turnover(0.9, pd.Series([0.0, 1.0, 0.0], ["TLT", "SHY", "LQD"]))
    with pytest.raises(InputError, match="current: expected labels in the order of expected_returns"):
        max_return_at_risk_general(mu, covariance, 0.5, Limits(turnover=shuffled))
    swapped = Linear(pd.DataFrame([[2.0, 8.0, 5.0]], columns=["TLT", "SHY", "LQD"]), greatest=7.0)
    with pytest.raises(InputError, match="linear: expected columns in the order of the assets"):
        max_return_at_risk_general(mu, covariance, 0.5, Limits(linear=swapped))


def test_same_inputs_same_bits_whatever_was_solved_between():
    limits = Limits((Group("risky", (1, 2), greatest=0.5),), Turnover(0.3, [1.0, 0.0, 0.0]))
    first = solve(limits)
    solve(limits, target=0.3)
    max_return_at_risk_general(1e-4 * MU, 1e-8 * S, 1e-5, limits)
    second = solve(limits)
    assert first.weights.tobytes() == second.weights.tobytes()
    assert first.input_hash == second.input_hash


def test_hash_changes_with_every_limit():
    held = [1.0, 0.0, 0.0]
    base = Limits((Group("a", (0,), greatest=0.99),), Turnover(0.9, held), TrackingError(0.5, held))
    others = [
        Limits((Group("a", (0,), greatest=0.98),), base.turnover, base.tracking_error),
        Limits((Group("a", (1,), greatest=0.99),), base.turnover, base.tracking_error),
        Limits(base.groups, Turnover(0.91, held), base.tracking_error),
        Limits(base.groups, Turnover(0.9, [0.99, 0.01, 0.0]), base.tracking_error),
        Limits(base.groups, base.turnover, TrackingError(0.51, held)),
        Limits(base.groups, base.turnover, None),
        Limits(base.groups, None, base.tracking_error),
    ]
    hashes = {solve(limits, target=0.3).input_hash for limits in (base, *others)}
    assert len(hashes) == 1 + len(others)


def test_scale_of_returns_and_risk_does_not_matter():
    """Daily, annual and money-market units: the same weights, to the tolerance of the solver."""
    limits = Limits((Group("risky", (1, 2), greatest=0.55),), Turnover(0.5, [1.0, 0.0, 0.0]))
    expected = solve(limits).weights
    for returns_by, risk_by in ((1 / 252, 252**-0.5), (12.0, 12**0.5), (1e-5, 1e-6), (100.0, 100.0)):
        found = max_return_at_risk_general(returns_by * MU, risk_by**2 * S, risk_by * 0.1, limits)
        assert found.certificate.optimal
        assert_allclose(found.weights, expected, atol=1e-8)


def test_limits_keep_a_copy():
    held = np.array([1.0, 0.0, 0.0])
    turnover = Turnover(0.3, held)
    held[:] = [0.0, 1.0, 0.0]
    assert_allclose(turnover.current, [1.0, 0.0, 0.0])


def test_the_package_loads_without_the_solver():
    """`import aram_xl` and the exact engine leave cvxpy alone."""
    code = "import sys, aram_xl, aram_xl.frontier; sys.exit('cvxpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
