"""A whole back-test: 20 years of daily prices in a DataFrame, 60-day windows, monthly rebalancing, returns out.

Expected winner, stated before measuring: aram_xl, by at least 100 times a pandas loop around PyPortfolioOpt with 10
assets. All windows are estimated and solved at once; the loops build a DataFrame and a conic problem per month.

The loops do the least that gives returns out of sample: window, mean, covariance, solve, product of the month. No
costs, no events, no fallback: where a peer refuses a month, the month is skipped and counted. A slow peer runs on
every few months and its time is scaled up, which its row says.

Run with ``python -m benchmarks.walk_forward [--quick] [--json FILE]``.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import aram_xl as ax
from benchmarks import _measure, _peers

EXPECTED = "aram_xl; with 10 assets at least 100 times faster than a pandas loop around PyPortfolioOpt."
TARGET = "PyPortfolioOpt in a pandas loop / aram_xl.backtest, 10 assets, at least 100"
YEARS, DAYS_PER_YEAR, WINDOW = 20, 252, 60
BENCHMARK = "MARKET"
OURS = "aram_xl.backtest, end to end"
SLOW = {"Riskfolio-Lib": 10, "skfolio": 4, "cvxpy + Clarabel, parametrised": 4}
"""With 10 assets these run on every so many months; with 100 assets all peers on every tenth."""


class Run(NamedTuple):
    """Outcome of one loop."""

    weights: dict[Any, Any]
    returns: dict[Any, float]
    refused: int


def simulated_prices(assets: int, years: int) -> pd.DataFrame:
    """Seeded daily levels with a common factor; the benchmark follows the factor."""
    rng = np.random.default_rng([assets, years])
    count = DAYS_PER_YEAR * years
    common = rng.standard_normal((count, 1)) * 0.004
    own = rng.standard_normal((count, assets)) * rng.uniform(0.001, 0.010, assets)
    returns = common * rng.uniform(0.1, 1.3, assets) + own + rng.uniform(0.0, 0.0005, assets)
    market = common[:, 0] + rng.standard_normal(count) * 0.001 + 0.0002
    names = [*(f"A{i:03d}" for i in range(assets)), BENCHMARK]
    levels = 100.0 * np.cumprod(1.0 + np.column_stack([returns, market]), axis=0)
    return pd.DataFrame(levels, pd.bdate_range("2005-01-03", periods=count, name="date"), names)


def model(assets: int) -> Any:
    """The same rule for all: mean and sample covariance of 60 days, no more risk than the benchmark."""
    return ax.load_model("active-index-ig").replace(
        universe=[f"A{i:03d}" for i in range(assets)],
        benchmark=BENCHMARK,
        first_signal=None,
        frequency="D",
        window=WINDOW,
        minimum_history=WINDOW,
    )


def pandas_loop(prices: pd.DataFrame, solve: _peers.Solver, every: int = 1) -> Run:
    """The back-test as it is usually written: one month after another."""
    assets = list(prices.columns[:-1])
    returns = prices.pct_change()
    month_ends = prices.groupby([prices.index.year, prices.index.month]).tail(1).index
    signals = [day for day in month_ends if prices.index.get_loc(day) >= WINDOW]
    weights: dict[Any, Any] = {}
    earned: dict[Any, float] = {}
    refused = 0
    for day, following in list(itertools.pairwise(signals))[::every]:
        window = returns.loc[:day].tail(WINDOW)
        mean, covariance = window[assets].mean(), window[assets].cov()
        try:
            found = np.asarray(solve(mean.to_numpy(), covariance.to_numpy(), float(window[BENCHMARK].std())))
        except Exception:
            refused += 1
            continue
        weights[day] = found
        growth = prices.loc[following, assets] / prices.loc[day, assets]
        earned[following] = float(found @ growth.to_numpy()) - 1.0
    return Run(weights, earned, refused)


def largest_gap(found: Run, result: Any) -> float:
    """Largest difference of a weight from ours, over the months that both solved."""
    fallbacks = set(result.events.loc[result.events["kind"] == "fallback", "date"])
    gaps = [
        np.abs(weights - result.weights.loc[day].to_numpy()).max()
        for day, weights in found.weights.items()
        if day in result.weights.index and day not in fallbacks
    ]
    return float(max(gaps)) if gaps else float("nan")


def note_of(run: Run, result: Any, every: int) -> str:
    """How the answers compare, which months were refused, and whether the time is scaled up."""
    months = len(run.weights) + run.refused
    notes = [f"weights differ by up to {largest_gap(run, result):.0e}"]
    if run.refused:
        notes.append(f"refused {run.refused} of {months}")
    if every > 1:
        notes.append(f"scaled up from {months} months")
    return "; ".join(notes)


def measure(assets: int, years: int, solvers: dict[str, _peers.Solver], quick: bool) -> list[dict[str, Any]]:
    """Ours end to end and each loop, in turn."""
    prices, card = simulated_prices(assets, years), model(assets)
    result = ax.backtest(prices, card)
    works: dict[str, Callable[[], Any]] = {OURS: lambda: ax.backtest(prices, card)}
    notes, scales = {OURS: f"{len(result.weights)} months"}, {OURS: 1.0}
    for name, solve in {"aram_xl.max_return_at_risk": _peers.ours, **solvers}.items():
        every = (SLOW.get(name, 1) if assets <= 10 else 1 if solve is _peers.ours else 10) * (4 if quick else 1)
        run = pandas_loop(prices, solve, every)  # warms up and gives the answers to compare
        loop = f"pandas loop, {name}"
        works[loop] = functools.partial(pandas_loop, prices, solve, every)
        notes[loop] = note_of(run, result, every)
        scales[loop] = len(result.weights) / (len(run.weights) + run.refused)
    rounds = 1 if quick else 5
    seconds = _measure.interleaved_medians(works, rounds)
    ours = _measure.interleaved_medians({OURS: works[OURS]}, 3 * rounds)  # ours is short: more repetitions
    seconds[OURS] = float(np.median([seconds[OURS], ours[OURS]]))
    return [{"name": name, "seconds": seconds[name] * scales[name], "note": notes[name]} for name in works]


def main() -> None:
    """Measure and print; a missing peer is named, not an error."""
    chosen = _measure.options(__doc__)
    solvers, missing = _peers.installed()
    console = _measure.announce("Walking forward", EXPECTED, missing)
    years = 5 if chosen.quick else YEARS
    figures: dict[str, Any] = {"years": years, "missing": missing, "targets": []}
    for assets in (10,) if chosen.quick else (10, 100):
        with _peers.hushed():
            rows = measure(assets, years, solvers, chosen.quick)
        figures[f"{assets} assets"] = rows
        _measure.show(console, f"{years} years of daily prices, {assets} assets, 60-day window, monthly", rows)
    seconds = {row["name"]: row["seconds"] for row in figures["10 assets"]}
    peer = seconds.get("pandas loop, PyPortfolioOpt")
    if peer is not None and not chosen.quick:  # the target is meant for 20 years
        ratio = peer / seconds[OURS]
        figures["targets"].append(_measure.verdict(console, TARGET, ratio, ratio >= 100))
    _measure.write(chosen.json, figures)


if __name__ == "__main__":
    main()
