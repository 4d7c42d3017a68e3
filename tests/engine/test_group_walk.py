"""The critical line under group limits: by hand, by enumeration, against the cone solver and the exact frontier."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from aram_xl._certificate import MINIMUM_VARIANCE_FORM, RETURN_FORM
from aram_xl._group_walk import Answer, _certified, _model, _walk, max_return_at_risk_groups
from aram_xl._group_walk_line import lift
from aram_xl._limits import Group, Limits, Linear, Rows, limit_rows
from aram_xl._lockstep import BINDING, INFEASIBLE, NOT_BINDING
from aram_xl.errors import InfeasibleError, SolverError
from aram_xl.frontier import efficient_frontier
from aram_xl.program import LimitedPortfolio, max_return_at_risk_general
from aram_xl.types import FloatArray
from tests.problems import DEGENERATE_KINDS, Case, degenerate_case, feasible_portfolio, random_case

WITHIN = 1e-10
"""Limits are met to rounding (1e-16 times some hundred terms), far inside this."""

RESIDUAL = 1e-9
"""Of the first-order conditions, relative to the scale; they come out near 1e-15."""

MU = np.array([0.01, 0.02, 0.015])
S = np.diag([0.01, 0.04, 0.02])


def solve(
    mu: FloatArray, covariance: FloatArray, target: float, limits: Limits, lower: object = 0.0, upper: object = 1.0
) -> Answer:
    bounds = (np.broadcast_to(lower, mu.shape).astype(float), np.broadcast_to(upper, mu.shape).astype(float))
    found = max_return_at_risk_groups(mu, covariance, target, bounds, limit_rows(limits, mu.size, None))
    check(found, (mu, covariance), target, bounds, limit_rows(limits, mu.size, None))
    return found


def check(
    found: Answer,
    moments: tuple[FloatArray, FloatArray],
    target: float,
    bounds: tuple[FloatArray, FloatArray],
    rows: Rows,
) -> None:
    """All limits and the first-order conditions, from the definitions."""
    mu, covariance = moments
    risk = {}
    for name, w in (
        ("found", found.found.weights),
        ("least", found.least_risk_weights),
        ("best", found.best_return_weights),
    ):
        values, size = rows.matrix @ w, np.abs(rows.matrix).max(axis=1, initial=0.0)
        assert abs(w.sum() - 1.0) <= WITHIN
        assert (w >= bounds[0] - WITHIN).all()
        assert (w <= bounds[1] + WITHIN).all()
        assert (values >= rows.least - WITHIN * size).all()
        assert (values <= rows.greatest + WITHIN * size).all()
        risk[name] = math.sqrt(max(w @ covariance @ w, 0.0))
    assert found.least_risk == pytest.approx(risk["least"], abs=1e-15)
    assert found.greatest_risk == pytest.approx(risk["best"], abs=1e-15)
    if found.status == INFEASIBLE:
        assert found.least_risk > target
        assert found.certificate.form == MINIMUM_VARIANCE_FORM
    else:  # a variance carries rounding of 1e-16 of a typical one
        assert risk["found"] ** 2 <= target**2 * (1.0 + 1e-11) + 1e-15 * np.trace(covariance)
    if found.status == NOT_BINDING:  # where there is one portfolio only, a target that rounding puts below it is met
        assert found.greatest_risk**2 <= target**2 * (1.0 + 1e-11) + 1e-15 * np.trace(covariance)
    else:
        assert found.greatest_risk > target
    proof = found.certificate
    scale = max(proof.scale, found.found.risk * risk["found"])
    assert max(proof.stationarity, proof.duality_gap) <= RESIDUAL * scale
    assert proof.feasibility <= WITHIN
    if proof.form == RETURN_FORM and risk["found"] > 0.0:
        pull = covariance @ found.found.weights / risk["found"]
        left = mu - found.found.risk * pull - found.found.rows @ rows.matrix - found.found.budget
        left += proof.lower_multipliers - proof.upper_multipliers
        tight = bounds[0] == bounds[1]  # a fixed asset takes a multiplier of either sign
        assert np.abs(left[~tight]).max(initial=0.0) <= RESIDUAL * scale


# ---- by hand -------------------------------------------------------------------------------------------------


def test_two_groups_and_the_target_bind_by_hand():
    """At least 0.5 in assets 1 and 2, at most 0.3 in 2 and 3: weights (0.5 - x, x, 0.3 - x, 0.2 + x).

    At x = 0.2 the variance is 0.01 0.09 + 0.04 0.04 + 0.02 0.01 + 0.0225 0.16 = 0.0063. With q = k / risk the
    conditions m = q Sw + g + y1 [1, 2] + y2 [2, 3] and Sw = (3, 8, 2, 9) / 1000 give g = 0.003 q, q = 25 / 12,
    y1 = 0.01 - 0.006 q = -0.0025 and y2 = 0.02 - 0.005 q.
    """
    mu, covariance = np.array([0.01, 0.03, 0.02, 0.025]), np.diag([0.01, 0.04, 0.02, 0.0225])
    limits = Limits((Group("first", (0, 1), least=0.5), Group("second", (1, 2), greatest=0.3)))
    found = solve(mu, covariance, 0.0063**0.5, limits)
    q = float(Fraction(25, 12))
    assert found.status == BINDING
    assert_allclose(found.found.weights, [0.3, 0.2, 0.1, 0.4], atol=1e-14)
    assert_allclose(found.found.rows, [-0.0025, 0.02 - 0.005 * q], atol=1e-14)
    assert found.found.risk == pytest.approx(q * 0.0063**0.5, abs=1e-13)
    assert found.found.budget == pytest.approx(0.003 * q, abs=1e-14)
    assert found.certificate.linear_multipliers["group first"] == found.found.rows[0]
    assert_allclose(found.best_return_weights, [0.2, 0.3, 0.0, 0.5], atol=1e-15)


def test_group_and_target_bind_by_hand():
    """Weights (0.5, x, 0.5 - x): 0.0025 + 0.04 x^2 + 0.02 (0.5 - x)^2 = 0.0081, so x = (1 + sqrt(1.36)) / 6."""
    found = solve(MU, S, 0.09, Limits((Group("risky", (1, 2), greatest=0.5),)))
    x = (1.0 + 1.36**0.5) / 6.0
    assert_allclose(found.found.weights, [0.5, x, 0.5 - x], atol=1e-14)


def test_loose_target_and_both_ends_by_hand():
    """All that the group allows in asset 2: risk sqrt(0.0025 + 0.01); least risk by inverse variance (4, 1, 2) / 7."""
    found = solve(MU, S, 0.5, Limits((Group("risky", (1, 2), greatest=0.5),)))
    assert found.status == NOT_BINDING
    assert_allclose(found.found.weights, [0.5, 0.5, 0.0], atol=1e-15)
    assert found.found.rows[0] == pytest.approx(0.01, abs=1e-15)
    assert found.greatest_risk == pytest.approx(0.0125**0.5, abs=1e-15)
    assert_allclose(found.least_risk_weights, np.array([4.0, 1.0, 2.0]) / 7.0, atol=1e-14)
    assert found.least_risk == pytest.approx((1 / 175.0) ** 0.5, abs=1e-15)


def test_target_below_the_least_risk_gives_its_mix():
    """At most 0.3 in assets 2 and 3: (0.7, 0.1, 0.2) by inverse variance, variance 0.0061.

    ``Sw`` is (0.007, 0.004, 0.004), so one more unit of the group would save a risk of 0.003 / sqrt(0.0061).
    """
    found = solve(MU, S, 0.05, Limits((Group("risky", (1, 2), greatest=0.3),)))
    assert found.status == INFEASIBLE
    assert_allclose(found.found.weights, [0.7, 0.1, 0.2], atol=1e-14)
    assert found.found.rows[0] == pytest.approx(0.003 / 0.0061**0.5, abs=1e-14)


def test_target_at_the_least_risk_is_met():
    limits = Limits((Group("risky", (1, 2), greatest=0.3),))
    found = solve(MU, S, 0.0061**0.5, limits)
    assert found.status == BINDING
    assert found.certificate.form == MINIMUM_VARIANCE_FORM
    assert_allclose(found.found.weights, [0.7, 0.1, 0.2], atol=1e-14)


def test_linear_limit_with_a_tie_by_hand():
    """Durations 2, 8 and 5 with at most 5: half and half of assets 1 and 2, or all in 3; both earn 1.5 per cent.

    Weights (a, a, 1 - 2a) have variance 0.05 a^2 + 0.02 (1 - 2a)^2, least at a = 0.04 / 0.13.
    """
    limits = Limits(linear=Linear([[2.0, 8.0, 5.0]], greatest=5.0, names=("duration",)))
    found = solve(MU, S, 0.5, limits)
    a = 0.04 / 0.13
    assert_allclose(found.found.weights, [a, a, 1.0 - 2.0 * a], atol=1e-14)
    assert found.found.rows[0] == pytest.approx(0.01 / 6.0, abs=1e-15)


def test_tie_within_a_group_gives_the_least_risk():
    """Two best assets of variances 0.01 and 0.03 share the 0.6 that their group allows as 3 : 1."""
    mu, covariance = np.array([0.02, 0.02, 0.01]), np.diag([0.01, 0.03, 0.0])
    found = solve(mu, covariance, 1.0, Limits((Group("best", (0, 1), greatest=0.6),)))
    assert_allclose(found.found.weights, [0.45, 0.15, 0.4], atol=1e-14)


def test_all_returns_tied_give_the_least_risk():
    found = solve(np.full(3, 0.02), S, 0.5, Limits((Group("risky", (1, 2), greatest=0.3),)))
    assert found.status == NOT_BINDING
    assert_allclose(found.found.weights, [0.7, 0.1, 0.2], atol=1e-14)
    assert found.certificate.form == MINIMUM_VARIANCE_FORM


# ---- degenerate limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param((Group("all", (0, 1, 2), least=0.5),), id="everything, loose"),
        pytest.param((Group("all", (0, 1, 2), least=1.0, greatest=1.0),), id="everything, an equation"),
        pytest.param((Group("one", (1,), greatest=0.5), Group("twin", (1,), greatest=0.5)), id="the same twice"),
        pytest.param((Group("one", (1,), greatest=0.5), Group("rest", (0, 2), least=0.5)), id="complements"),
        pytest.param((Group("a", (0, 1)), Group("b", (1, 2)), Group("c", (0, 2))), id="overlap, loose"),
    ],
)
def test_groups_that_say_nothing_new(groups):
    """The answer is that of the walk without groups, with a cap of 0.5 on asset 2 where the groups say so."""
    cap = 1.0 if groups[0].name in ("all", "a") else 0.5
    for target in (0.08, 0.1, 0.5):
        expected = efficient_frontier(MU, S, upper=[1.0, cap, 1.0]).at_risk(target)
        assert_allclose(solve(MU, S, target, Limits(groups)).found.weights, expected.weights, atol=1e-13)


def test_groups_that_fix_everything():
    """A partition with fixed totals, and caps that fix the members: one portfolio only."""
    groups = (Group("a", (0,), 0.2, 0.2), Group("b", (1,), 0.3, 0.3), Group("c", (2,), 0.5, 0.5))
    found = solve(MU, S, 0.5, Limits(groups))
    assert_allclose(found.found.weights, [0.2, 0.3, 0.5], atol=1e-15)
    assert found.least_risk == pytest.approx(found.greatest_risk, abs=1e-16)
    capped = solve(MU, S, 0.5, Limits((Group("b", (1, 2), least=0.6),)), upper=[1.0, 0.4, 0.2])
    assert_allclose(capped.found.weights, [0.4, 0.4, 0.2], atol=1e-15)


def test_fixed_assets_among_the_best():
    """Assets 1 and 5 are fixed at 0.1, 3 and 2 take their caps of 0.4: that is all; the last one filled is free."""
    mu, covariance = np.array([0.01, 0.02, 0.03, 0.0, 0.04]), np.diag([0.03, 0.03, 0.01, 0.03, 0.01])
    lower, upper = np.array([0.1, 0.0, 0.0, 0.0, 0.1]), np.array([0.1, 0.4, 0.4, 0.3, 0.1])
    found = solve(mu, covariance, 1.0, Limits((Group("some", (1, 3), least=0.2),)), lower, upper)
    assert_allclose(found.found.weights, [0.1, 0.4, 0.4, 0.0, 0.1], atol=1e-15)


def test_group_of_assets_without_risk():
    """Two kinds of cash and a share of variance 0.04, cash at least 0.4: at a target of 0.1 half in the share."""
    mu, covariance = np.array([0.001, 0.002, 0.01]), np.diag([0.0, 0.0, 0.04])
    found = solve(mu, covariance, 0.1, Limits((Group("cash", (0, 1), least=0.4),)))
    assert_allclose(found.found.weights, [0.0, 0.5, 0.5], atol=1e-15)
    assert found.least_risk == 0.0
    assert_allclose(found.best_return_weights, [0.0, 0.4, 0.6], atol=1e-15)
    tiny = solve(mu, covariance, 2e-8, Limits((Group("cash", (0, 1), least=0.4),)))
    assert_allclose(tiny.found.weights, [0.0, 1.0 - 1e-7, 1e-7], atol=1e-15)
    assert tiny.certificate.form == MINIMUM_VARIANCE_FORM  # so small a risk has no price that could be certified


def test_without_rows_it_is_the_frontier():
    found = solve(MU, S, 0.1, Limits())
    assert_allclose(found.found.weights, efficient_frontier(MU, S).at_risk(0.1).weights, atol=1e-14)


# ---- second derivations --------------------------------------------------------------------------------------


def enumerated(case: Case, target: float, rows: Rows) -> float:
    """The greatest return over all sets of active limits: every asset and every row at one of its sides or free.

    On each set ``w = a + t b`` solves the bordered system; ``t`` is the root of ``variance = target^2``, or 0.
    """
    _, mu, covariance, lower, upper = case
    best, n = -math.inf, mu.size
    for pattern in itertools.product("lu-", repeat=n + len(rows.matrix)):
        held = [i for i in range(n) if pattern[i] != "-"]
        active = [r for r in range(len(rows.matrix)) if pattern[n + r] != "-"]
        if len(held) + len(active) > n - 1:
            continue
        equations = np.vstack([np.ones((1, n)), np.eye(n)[held], rows.matrix[active]])
        right = [1.0, *(lower[i] if pattern[i] == "l" else upper[i] for i in held)]
        right += [rows.least[r] if pattern[n + r] == "l" else rows.greatest[r] for r in active]
        system = np.block([[covariance * 1e3, equations.T], [equations, np.zeros((len(right), len(right)))]])
        if np.linalg.cond(system) > 1e10:
            continue
        sides = np.zeros((len(system), 2))
        sides[n:, 0], sides[:n, 1] = right, mu
        a, b = np.linalg.solve(system, sides)[:n].T
        level, bend = a @ covariance @ a, b @ covariance @ b
        for t in (0.0, math.sqrt(max(target**2 - level, 0.0) / bend) if bend > 0.0 else 0.0):
            w = a + t * b
            values = rows.matrix @ w
            inside = (w >= lower - 1e-12).all() and (w <= upper + 1e-12).all() and (values >= rows.least - 1e-12).all()
            if inside and (values <= rows.greatest + 1e-12).all() and w @ covariance @ w <= target**2 * (1 + 1e-12):
                best = max(best, float(mu @ w))
    return best


def test_random_problems_against_enumeration():
    """Five assets and two groups: 3^7 sets of active limits each, of which the full ones (vertices) are left out.

    A target between the risks of the ends keeps the answer off the vertices.
    """
    rng = np.random.default_rng(3)
    compared = 0
    while compared < 8:
        case = random_case(rng, 5)
        limits = random_limits(rng, case, count=2, linear=False)
        rows = limit_rows(limits, 5, None)
        ends = solve(*case[1:3], 0.0, limits, *case[3:])
        if ends.greatest_risk - ends.least_risk < 0.1 * ends.least_risk:
            continue
        compared += 1
        target = 0.5 * (ends.least_risk + ends.greatest_risk)
        found = solve(*case[1:3], target, limits, *case[3:])
        assert found.found.weights @ case.expected_returns == pytest.approx(enumerated(case, target, rows), abs=1e-13)


def test_groups_that_do_not_bind_leave_the_frontier():
    """Groups drawn 0.02 wider than the answer without them; 1e-12: the walks differ by rounding only."""
    rng = np.random.default_rng(4)
    for _ in range(60):
        _, mu, covariance, lower, upper = random_case(rng, int(rng.integers(2, 31)))
        frontier = efficient_frontier(mu, covariance, lower, upper)
        least, greatest = frontier.risks[-1], frontier.risks[0]
        target = float(least + rng.uniform(0.1, 1.1) * (greatest - least))
        expected = frontier.at_risk(target)
        groups = []
        for name in range(int(rng.integers(1, 5))):
            members = np.flatnonzero(rng.random(mu.size) < 0.5)
            total = float(expected.weights[members].sum())
            if members.size:
                members = tuple(members.tolist())
                groups.append(Group(str(name), members, max(total - 0.02, 0.0), min(total + 0.02, 1.0)))
        found = solve(mu, covariance, target, Limits(tuple(groups)), lower, upper)
        assert_allclose(found.found.weights, expected.weights, atol=1e-12)
        assert (found.status == BINDING) == expected.binding


# ---- against the cone solver ---------------------------------------------------------------------------------


def random_limits(rng: np.random.Generator, case: Case, count: int = 5, linear: bool = True) -> Limits:
    """Up to ``count`` groups around a portfolio within the bounds: wide, tight, fixed, nested, single, of everything.

    Some totals lie on a grid of quarters, where groups tie with caps and with each other and may exclude each other.
    """
    size = case.lower.size
    inner = feasible_portfolio(rng, case.lower, case.upper)
    lattice = linear and rng.random() < 0.25
    groups: list[Group] = []
    for number in range(int(rng.integers(1, count + 1))):
        kind = int(rng.integers(8))
        members = np.flatnonzero(rng.random(size) < rng.uniform(0.15, 0.8))
        if kind == 0 or members.size == 0:
            members = np.arange(size)
        elif kind == 1 and groups:
            members = np.array(groups[-1].members)[: max(1, len(groups[-1].members) // int(rng.integers(1, 3)))]
        elif kind == 2:
            members = members[:1]
        total = float(inner[members].sum())
        sides = [
            (0.0, min(1.0, total * rng.uniform(1.0, 1.3))),
            (total * rng.uniform(0.5, 1.0), 1.0),
            (total, total),
            (0.9 * total, min(1.0, 1.05 * total)),
            (0.0, total),
            (math.floor(10.0 * total) / 10.0, math.ceil(10.0 * total) / 10.0),
        ][int(rng.integers(6))]
        if lattice:
            sides = tuple(sorted(rng.integers(0, 5, 2) / 4.0))
        least, greatest = float(sides[0]), float(max(sides))
        groups.append(Group(f"g{number}", tuple(members.tolist()), least, greatest))
    rows = None
    if linear and rng.random() < 0.3:
        duration = np.round(rng.uniform(0.1, 10.0, (1, size)), 1)
        level = float(duration[0] @ inner)
        least = level * rng.uniform(0.8, 1.0) if rng.random() < 0.5 else -np.inf
        rows = Linear(duration, least, level * rng.uniform(1.0, 1.2), ("duration",))
    return Limits(tuple(groups), linear=rows)


def allowed(answer: FloatArray, ours: Answer, case: Case, target: float, rows: Rows) -> float:
    """What the referee's violations of its limits can have earned it: each violation at our multiplier of it."""
    proof, values = ours.certificate, rows.matrix @ answer
    risk = math.sqrt(max(answer @ case.covariance @ answer, 0.0))
    above = np.maximum(values - rows.greatest, 0.0)
    below = np.maximum(rows.least - values, 0.0)
    return float(
        ours.found.risk * max(risk - target, 0.0)
        + abs(ours.found.budget * (answer.sum() - 1.0))
        + proof.lower_multipliers @ np.maximum(case.lower - answer, 0.0)
        + proof.upper_multipliers @ np.maximum(answer - case.upper, 0.0)
        + np.abs(ours.found.rows) @ np.maximum(above, below)
    )


def refereed(case: Case, target: float, limits: Limits) -> LimitedPortfolio | str | None:
    """The cone solver's answer, the start of its refusal, or None where it gives up."""
    try:
        return max_return_at_risk_general(*case[1:3], target, limits, case.lower, case.upper)
    except InfeasibleError as error:
        return str(error)
    except SolverError:
        return None


@pytest.mark.parametrize(("kind", "count"), [("random", 40), *((kind, 10) for kind in DEGENERATE_KINDS)])
def test_against_the_cone_solver(kind, count):
    """160 problems of 2 to 30 assets; the objective is never below the referee's by more than 1e-9 of the spread."""
    rng = np.random.default_rng([5, *kind.encode()])
    judged = 0
    for _ in range(count):
        size = int(rng.integers(2, 31))
        case = random_case(rng, size) if kind == "random" else degenerate_case(rng, size, kind)
        limits = random_limits(rng, case)
        rows = limit_rows(limits, size, None)
        try:
            ends = solve(*case[1:3], 0.0, limits, *case[3:])
        except InfeasibleError:
            referee = refereed(case, 1.0, limits)
            assert referee is None or str(referee).startswith("limits: no portfolio meets all limits")
            continue
        target = max(ends.least_risk + rng.uniform(-0.05, 1.1) * (ends.greatest_risk - ends.least_risk), 0.0)
        ours = solve(*case[1:3], target, limits, *case[3:])
        referee = refereed(case, target, limits)
        if ours.status == INFEASIBLE or isinstance(referee, str):
            assert ours.status == INFEASIBLE
            assert referee is None or str(referee).startswith("risk_target:")
        elif referee is not None:
            judged += 1
            answer, spread = np.asarray(referee.weights), float(np.ptp(case.expected_returns))
            gap = float(case.expected_returns @ (answer - ours.found.weights))
            if ours.certificate.form == RETURN_FORM:
                assert gap <= allowed(answer, ours, case, target, rows) + 1e-9 * spread
            else:
                assert referee.risk >= found_risk(ours, case) - 1e-7 * math.sqrt(np.trace(case.covariance) / size)
    assert judged >= count // 3


def found_risk(ours: Answer, case: Case) -> float:
    w = ours.found.weights
    return math.sqrt(max(w @ case.covariance @ w, 0.0))


def test_how_often_the_walk_has_no_answer():
    """156 problems of all kinds: at most one in a hundred may go to the cone solver."""
    rng = np.random.default_rng(6)
    left = 0
    for kind in ["random", *DEGENERATE_KINDS] * 12:
        size = int(rng.integers(2, 31))
        case = random_case(rng, size) if kind == "random" else degenerate_case(rng, size, kind)
        limits = random_limits(rng, case)
        try:
            solve(*case[1:3], float(rng.uniform(0.0, 0.04)), limits, *case[3:])
        except InfeasibleError:
            continue
        except SolverError:
            left += 1
    assert left <= 2


# ---- refusals ------------------------------------------------------------------------------------------------


def test_groups_that_exclude_each_other_are_named():
    """At least 0.6 in assets 1 and 2 and at least 0.6 in asset 3: 0.2 too much."""
    groups = (Group("loose", (0,), greatest=0.9), Group("a", (0, 1), least=0.6), Group("b", (2,), least=0.6))
    message = r"limits: no portfolio meets all limits and bounds; group a, group b cannot.*short by 0\.2 in total"
    with pytest.raises(InfeasibleError, match=message):
        solve(MU, S, 0.1, Limits(groups))


def test_group_above_its_caps_is_named():
    with pytest.raises(InfeasibleError, match=r"group a cannot be met with the others, short by 0\.1 in total"):
        solve(MU, S, 0.1, Limits((Group("a", (0, 1), least=0.6),)), upper=[0.25, 0.25, 1.0])


def test_equation_out_of_reach_is_named():
    """Durations 2, 8 and 5, at most 0.1 of the first: no less than 0.2 + 4.5, and 0.7 / 8 per greatest coefficient."""
    duration = Linear([[2.0, 8.0, 5.0]], 4.0, 4.0, ("duration",))
    with pytest.raises(InfeasibleError, match=r"; duration cannot be met with the others, short by 0\.0875 in total"):
        solve(MU, S, 0.1, Limits(linear=duration), upper=[0.1, 1.0, 1.0])


def test_limits_that_miss_each_other_by_rounding_go_to_another_method():
    """5e-11 too little room under the caps: neither a portfolio nor beyond doubt none."""
    with pytest.raises(SolverError, match="no room beyond rounding"):
        solve(MU, S, 0.1, Limits((Group("a", (0, 1), least=0.6),)), upper=[0.3, 0.3 - 5e-11, 1.0])


def test_spoiled_weights_fail_the_certificate():
    """A certificate that nothing fails proves nothing: weights, multipliers and the form are spoiled in turn."""
    limits = limit_rows(Limits((Group("risky", (1, 2), greatest=0.5),)), 3, None)
    problem = efficient_frontier(MU, S).problem
    lifted = lift(problem, limits)
    model = _model(problem, limits, lifted)
    walked = _walk(lifted, limits.names, 0.0081 / lifted.variance)
    point = walked.at_target
    found, _ = _certified((model, lifted), point, 0.09, RETURN_FORM)
    assert_allclose(found.weights @ S @ found.weights, 0.0081, atol=1e-16)
    moved = point._replace(values=point.values + np.array([0.0, 1e-6, -1e-6, 0.0]))
    priced = point._replace(costs=point.costs + np.array([0.0, 0.0, 0.0, 1e-3]))
    for spoiled, form in ((moved, RETURN_FORM), (priced, RETURN_FORM), (point, MINIMUM_VARIANCE_FORM)):
        with pytest.raises(SolverError, match="failed its certificate"):
            _certified((model, lifted), spoiled, 0.09, form)


# ---- determinism and start -----------------------------------------------------------------------------------


def test_same_bits_each_time_and_inputs_unchanged():
    rng = np.random.default_rng(7)
    for kind in ("small integers", "tied returns", "singular covariance"):
        case = degenerate_case(rng, 12, kind)
        rows = limit_rows(random_limits(rng, case, linear=False), 12, None)
        for part in (*case[1:], *rows[:3]):
            part.setflags(write=False)
        bounds = (case.lower, case.upper)
        first, again = (max_return_at_risk_groups(*case[1:3], 0.02, bounds, rows) for _ in range(2))
        for name in ("weights", "bounds", "rows"):
            assert getattr(first.found, name).tobytes() == getattr(again.found, name).tobytes()
        assert first.least_risk_weights.tobytes() == again.least_risk_weights.tobytes()


def test_scale_does_not_matter():
    """Daily instead of annual figures: the same weights to rounding."""
    limits = Limits((Group("risky", (1, 2), greatest=0.5),))
    annual, daily = solve(MU, S, 0.09, limits), solve(MU / 252.0, S / 252.0, 0.09 / 252.0**0.5, limits)
    assert_allclose(daily.found.weights, annual.found.weights, atol=1e-14)
    assert daily.found.risk * 252.0**0.5 == pytest.approx(annual.found.risk, rel=1e-12)


def test_the_walk_starts_light():
    code = "import sys, aram_xl._group_walk; sys.exit(bool({'cvxpy', 'scipy', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
