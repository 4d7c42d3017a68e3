"""Seven statistics of 10,000 funds over 120 months: one pass over all columns against a loop over funds.

Expected winner, stated before measuring: aram_xl, at least 30 times faster than the array functions of
empyrical (which take one fund at a time), because sums over all funds run along rows that stay in the cache.

Run with ``python -m benchmarks.performance``.
"""

from __future__ import annotations

import statistics as stdlib_statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from aram_xl import performance

FUNDS, MONTHS, SAMPLE = 10_000, 120, 1_000
REPEATS = 15
AGREEMENT = 1e-12
"""Largest difference accepted, relative to the greatest value over the funds: both sum 120 terms, in other orders.

Relative to each fund's own value it would measure how close to 0 some alpha happens to be."""

NAMES = ("alpha", "beta", "correlation", "tracking error", "volatility", "max drawdown", "annualised return")


def data() -> tuple[Any, Any]:
    """Returns of FUNDS funds that follow a benchmark with noise; seeded."""
    rng = np.random.default_rng(20250228)
    market = rng.normal(0.005, 0.03, MONTHS)
    funds = 0.001 + market[:, None] * rng.uniform(0.2, 1.5, FUNDS) + rng.normal(0, 0.01, (MONTHS, FUNDS))
    return np.maximum(funds, -0.99), market


def ours(funds: Any, market: Any) -> Any:
    """The seven statistics as (7, n_funds), annualised as the peer does."""
    moments = performance.joint_moments(funds, market)
    year = np.sqrt(12)
    return np.array(
        [
            np.expm1(12 * np.log1p(moments.intercept)),
            moments.beta,
            moments.correlation,
            moments.active_stdev * year,
            moments.stdev * year,
            performance.max_drawdown(funds),
            performance.annualised_return(funds, 12),
        ]
    )


def empyrical_loop(peer: Any, funds: Any, market: Any) -> Any:
    """The same seven from empyrical's functions on arrays, fund by fund.

    Correlation and tracking error, which it does not have, come from a cheap numpy expression for one fund.
    """
    rows = []
    market_deviations = market - market.mean()
    market_squares = market_deviations @ market_deviations
    for fund in np.ascontiguousarray(funds.T):
        deviations = fund - fund.mean()
        alpha, beta = peer.alpha_beta_aligned(fund, market, risk_free=0.0, period="monthly")
        rows.append(
            (
                alpha,
                beta,
                deviations @ market_deviations / np.sqrt(deviations @ deviations * market_squares),
                (fund - market).std(ddof=1) * np.sqrt(12),
                peer.annual_volatility(fund, period="monthly"),
                -peer.max_drawdown(fund),
                peer.annual_return(fund, period="monthly"),
            )
        )
    return np.array(rows).T


def median_seconds(work: Callable[[], Any], repeats: int) -> float:
    """Median of several runs after one to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return stdlib_statistics.median(times)


def main() -> None:
    """Measure side by side and print seconds, ratios and the largest difference of values."""
    console = Console()
    console.print(
        f"{len(NAMES)} statistics of {FUNDS:,} funds x {MONTHS} months. Expected winner: aram_xl, by 30 times or more."
    )
    funds, market = data()
    seconds = median_seconds(lambda: ours(funds, market), REPEATS)
    everything = median_seconds(lambda: performance.statistics(funds, market), REPEATS)
    one = median_seconds(lambda: performance.statistics(funds[:, 0], market), REPEATS)
    table = Table("work", "seconds", "ratio", "note")
    table.add_row("aram_xl, seven statistics", f"{seconds:.4f}", "1", f"median of {REPEATS}")
    table.add_row(
        "aram_xl, statistics(): all seventeen",
        f"{everything:.4f}",
        f"{everything / seconds:.1f}",
        "newsletter",
    )
    try:
        import empyrical
    except ImportError:
        table.add_row("empyrical", "-", "-", "not installed: pip install empyrical-reloaded")
    else:
        part = np.ascontiguousarray(funds[:, :SAMPLE])
        loop = median_seconds(lambda: empyrical_loop(empyrical, part, market), 3) * FUNDS / SAMPLE
        note = f"array functions, extrapolated from {SAMPLE:,} funds"
        table.add_row("empyrical, seven statistics", f"{loop:.4f}", f"{loop / seconds:.0f}", note)
        theirs = empyrical_loop(empyrical, part, market)
        gaps = np.abs(ours(part, market) - theirs).max(axis=1) / np.abs(theirs).max(axis=1)
        for name, gap in zip(NAMES, gaps, strict=True):
            verdict = "agrees" if gap <= AGREEMENT else "DIFFERS"
            console.print(f"  {name}: largest difference {gap:.1e}, {verdict}")
    table.add_row("aram_xl, statistics() of one fund", f"{one:.4f}", "", "")
    console.print(table)


if __name__ == "__main__":
    main()
