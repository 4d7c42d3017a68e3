"""One risk-target solve and the whole efficient frontier: this package beside five others.

Expected winner, stated before measuring: aram_xl, by at least 10 times PyPortfolioOpt at 8 assets. The critical line
needs a handful of small linear solves; the peers build and translate a conic problem before they iterate.

Run with ``python -m benchmarks.solvers [--quick] [--json FILE]``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from aram_xl import efficient_frontier
from aram_xl._lockstep import LARGEST, max_return_at_risk_stack
from benchmarks import _measure, _peers

EXPECTED = "aram_xl: at 8 assets at least 10 times faster than PyPortfolioOpt, and ahead of every peer at every size."
TARGET = "PyPortfolioOpt / aram_xl, one solve at 8 assets, the least ratio of all cases, at least 10"
CASES = [(share, cap) for cap in (1.0, 0.4, 0.25) for share in (0.5, 0.05)]
"""Where the target lies between least and greatest risk, and the cap of each weight."""
INSTANCES = 5
STACK = 240


def problem(size: int, seed: int) -> tuple[Any, Any, float]:
    """Moments of seeded monthly returns with two factors, and a target in the middle of the reachable range."""
    rng = np.random.default_rng([seed, size])
    periods = 60 + 2 * size
    volatility = np.exp(rng.uniform(np.log(0.004), np.log(0.05), size))
    loadings = rng.uniform(-0.3, 0.8, (2, size))
    common = rng.standard_normal((periods, 2)) @ loadings
    returns = (common + rng.standard_normal((periods, size))) * volatility + rng.uniform(0.0, 0.008, size)
    mean, covariance = returns.mean(axis=0), np.cov(returns, rowvar=False)
    frontier = efficient_frontier(mean, covariance)
    return mean, covariance, float(0.6 * frontier.risks[-1] + 0.4 * frontier.risks[0])


def one_solve(size: int, solvers: dict[str, _peers.Solver], quick: bool) -> list[dict[str, Any]]:
    """Median seconds of one solve over some instances, and how far each answer is from ours."""
    instances = [problem(size, seed) for seed in range(2 if quick else INSTANCES)]
    everyone = {"aram_xl": _peers.ours, **solvers}
    times: dict[str, list[float]] = {name: [] for name in everyone}
    gaps: dict[str, list[float]] = {name: [] for name in everyone}
    for instance in instances:
        exact = _peers.ours(*instance)
        for name, solve in everyone.items():
            gaps[name].append(gap(solve, instance, exact))
        works = {name: functools.partial(solve, *instance) for name, solve in everyone.items()}
        for name, seconds in _measure.interleaved_medians(works, 1 if quick else 3, 0.1).items():
            times[name].append(seconds)
    rows = [
        {
            "name": name,
            "seconds": float(np.median(times[name])),
            "note": "" if name == "aram_xl" else f"weights differ by up to {max(gaps[name]):.0e}",
        }
        for name in everyone
    ]
    if size <= LARGEST:
        rows.insert(1, in_stack(size))
    return rows


def cases_at_eight(peer: _peers.Solver, quick: bool) -> list[dict[str, Any]]:
    """Median seconds of ours and of PyPortfolioOpt, case by case: targets near and far, with caps and without."""
    rows = []
    for seed in range(1 if quick else 3):
        mean, covariance, _ = problem(8, seed)
        for share, cap in CASES:
            risks = efficient_frontier(mean, covariance, 0.0, cap).risks
            instance = (mean, covariance, float(share * risks[0] + (1.0 - share) * risks[-1]), cap)
            works = {"ours": functools.partial(_peers.ours, *instance), "peer": functools.partial(peer, *instance)}
            seconds = _measure.interleaved_medians(works, 1 if quick else 5, 0.1)
            rows.append(
                {
                    "name": f"problem {seed}, cap {cap:g}, target {share:.0%} of the way up",
                    "seconds": seconds["ours"],
                    "peer": seconds["peer"],
                    "note": f"PyPortfolioOpt {seconds['peer']:.6f}, {seconds['peer'] / seconds['ours']:.1f} times",
                }
            )
    return rows


def gap(solve: _peers.Solver, instance: tuple[Any, Any, float], exact: Any) -> float:
    """Largest difference of a weight from ours; NaN where the peer refuses."""
    try:
        return float(np.abs(solve(*instance) - exact).max())
    except Exception:
        return float("nan")


def in_stack(size: int) -> dict[str, Any]:
    """Seconds per problem when many problems are solved at once, as a back-test does."""
    problems = [problem(size, seed) for seed in range(STACK)]
    means, covariances, targets = (np.array(part) for part in zip(*problems, strict=True))
    lower, upper = np.zeros(size), np.ones(size)

    def work() -> Any:
        return max_return_at_risk_stack(means, covariances, targets, lower, upper)

    seconds = _measure.median_seconds(work, 1.0, 1) / STACK
    return {"name": f"aram_xl, one of {STACK} at once", "seconds": seconds, "note": "without certificate and hash"}


def whole_frontier(size: int, quick: bool) -> list[dict[str, Any]]:
    """Median seconds of all corner portfolios, or of 50 points where a peer has no corners."""
    mean, covariance, _ = problem(size, 0)
    risks = efficient_frontier(mean, covariance).risks
    targets = np.linspace(1.0001 * risks[-1], risks[0], 50)
    works: dict[str, Callable[[], Any]] = {"aram_xl": lambda: efficient_frontier(mean, covariance)}
    for add in (_add_cvxcla, _add_pyportfolioopt, _add_skfolio):
        try:
            add(works, mean, covariance, targets)
        except ImportError:
            continue
    seconds = _measure.interleaved_medians(works, 1 if quick else 5, 0.2)
    notes = {"aram_xl": f"{risks.size} corners"}
    return [{"name": name, "seconds": seconds[name], "note": notes.get(name, "")} for name in works]


def _add_cvxcla(works: dict[str, Callable[[], Any]], mean: Any, covariance: Any, targets: Any) -> None:
    from cvxcla import CLA

    size = mean.size
    limits = {"lower_bounds": np.zeros(size), "upper_bounds": np.ones(size), "a": np.ones((1, size)), "b": np.ones(1)}
    works["cvxcla, all corners"] = lambda: CLA(mean=mean, covariance=covariance, **limits).turning_points


def _add_pyportfolioopt(works: dict[str, Callable[[], Any]], mean: Any, covariance: Any, targets: Any) -> None:
    from pypfopt import CLA

    works["PyPortfolioOpt CLA, 50 points"] = lambda: CLA(mean, covariance, (0, 1)).efficient_frontier(points=50)
    solve = _peers.pyportfolioopt()
    works["PyPortfolioOpt, 50 solves"] = lambda: [solve(mean, covariance, target) for target in targets]


def _add_skfolio(works: dict[str, Callable[[], Any]], mean: Any, covariance: Any, targets: Any) -> None:
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk

    returns = np.random.default_rng(0).multivariate_normal(mean, covariance, 60 + 2 * mean.size)
    works["skfolio, 50 points"] = lambda: (
        MeanRisk(risk_measure=RiskMeasure.VARIANCE, efficient_frontier_size=50).fit(returns).weights_
    )


def main() -> None:
    """Measure and print; a missing peer is named, not an error."""
    chosen = _measure.options(__doc__)
    solvers, missing = _peers.installed()
    console = _measure.announce("Solvers", EXPECTED, missing)
    figures: dict[str, Any] = {"one_solve": {}, "whole_frontier": {}, "missing": missing, "targets": []}
    for size in (8, 20) if chosen.quick else (8, 20, 100, 500):
        with _peers.hushed():
            rows = one_solve(size, solvers, chosen.quick)
        figures["one_solve"][size] = rows
        _measure.show(console, f"one risk-target solve, {size} assets", rows)
    for size in (8,) if chosen.quick else (8, 20, 100):
        with _peers.hushed():
            rows = whole_frontier(size, chosen.quick)
        figures["whole_frontier"][size] = rows
        _measure.show(console, f"whole frontier, {size} assets", rows)
    if "PyPortfolioOpt" in solvers:
        with _peers.hushed():
            rows = cases_at_eight(solvers["PyPortfolioOpt"], chosen.quick)
        figures["cases_at_eight"] = rows
        _measure.show(console, "one solve at 8 assets, case by case", rows)
        ratio = min(row["peer"] / row["seconds"] for row in rows)
        figures["targets"].append(_measure.verdict(console, TARGET, ratio, ratio >= 10))
    _measure.write(chosen.json, figures)


if __name__ == "__main__":
    main()
