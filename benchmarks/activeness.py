"""Is this manager active: 10,000 funds over 240 months, the full table, against a loop that does the same per fund.

Expected winner, stated before measuring: aram_xl, at least 3 times faster than a loop over funds with numpy's least
squares and scipy's non-negative least squares; the table within 3 seconds and within 1 GB. Sums run over all funds at
once, rolling betas are a few matrix products, and the style weights of 512 funds are walked in lock-step; the loop pays
the calls of each fund. It is a good loop: what does not depend on the fund is made once, and every fund has all months.

The loop computes alpha and beta with standard errors, correlation, tracking error, both volatilities of rolling beta,
the F of yearly betas, cumulative returns and style weights; ours adds the other figures, power, verdict, own months of
each fund and checks of the input. The style weights of the loop come from the exact equivalence of the simplex problem
with non-negative least squares.

Memory is the greatest resident set of a process of its own, interpreter and libraries included.

Run with ``python -m benchmarks.activeness [--quick] [--json FILE]``.
"""

from __future__ import annotations

import functools
import resource
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from aram_xl.activeness import ActivenessTable, judge_activeness
from benchmarks import _measure

EXPECTED = "aram_xl; at least 3 times faster than a loop over funds, within 3 seconds and 1 GB."
FUNDS, MONTHS, PASSIVE, SAMPLE = 10_000, 240, 8, 200
OURS = "judge_activeness, arrays in"
AGREEMENT = 1e-9
"""Largest difference accepted, relative to the greatest value over the funds."""

COMPARED = ("alpha_month", "alpha_se", "beta", "beta_se", "correlation", "tracking_error_month")
ROLLED = ("beta_volatility_12", "beta_volatility_36", "beta_change_f", "three_year", "five_year", "explained_share")

ARRAYS = "from benchmarks.activeness import *; judge_activeness(*data(FUNDS)[:2], passive=data(1)[2]); report()"
FRAME = (
    "from benchmarks.activeness import *; judge_activeness(*data(FUNDS)[:2], passive=data(1)[2]).to_frame(); report()"
)


def data(funds: int) -> tuple[Any, Any, Any]:
    """Seeded funds that hold passive series and add noise, their benchmark, and the passive series."""
    rng = np.random.default_rng(20250228)
    bench = rng.normal(0.004, 0.012, MONTHS)
    passive = bench[:, None] * rng.uniform(0.2, 2.0, PASSIVE) + rng.normal(0.0, 0.006, (MONTHS, PASSIVE))
    mixes = rng.dirichlet(np.full(PASSIVE, 0.5), FUNDS)[:funds]
    return passive @ mixes.T + rng.normal(0.0, 0.005, (MONTHS, FUNDS))[:, :funds], bench, passive


def loop(funds: Any, bench: Any, passive: Any) -> Any:
    """(n_figures, n_funds): fund by fund with numpy and scipy; what does not depend on the fund is made once."""
    from scipy.optimize import nnls

    design = np.column_stack([np.ones(MONTHS), bench])
    inverse = np.diag(np.linalg.inv(design.T @ design))
    windows = [np.lib.stride_tricks.sliding_window_view(bench, size) for size in (12, 36)]
    centred = [view - view.mean(axis=1, keepdims=True) for view in windows]
    squares = [(view**2).sum(axis=1) for view in centred]
    years = bench.reshape(-1, 12) - bench.reshape(-1, 12).mean(axis=1, keepdims=True)
    spread = (years**2).sum(axis=1)
    rows = []
    for fund in np.ascontiguousarray(funds.T):
        line, left, *_ = np.linalg.lstsq(design, fund, rcond=None)
        errors = np.sqrt(inverse * left[0] / (MONTHS - 2))
        row = [line[0], errors[0], line[1], errors[1], np.corrcoef(fund, bench)[0, 1], (fund - bench).std(ddof=1)]
        for size, x, xx in zip((12, 36), centred, squares, strict=True):
            view = np.lib.stride_tricks.sliding_window_view(fund, size)
            row.append((np.einsum("tw,tw->t", x, view) / xx).std(ddof=1))
        yearly = (fund - design @ line).reshape(-1, 12)
        yearly = yearly - yearly.mean(axis=1, keepdims=True)
        slopes = (years * yearly).sum(axis=1) / spread
        around = (spread * (slopes - (spread * slopes).sum() / spread.sum()) ** 2).sum() / (spread.size - 1)
        row.append(around / ((yearly**2).sum() - (spread * slopes**2).sum()) * (MONTHS - 2 * spread.size))
        row += [np.prod(1 + fund[-months:]) - 1 for months in (36, 60)]
        gaps = fund[:, None] - passive
        gaps = (gaps - gaps.mean(axis=0)) / gaps.std()
        weights = nnls(np.vstack([gaps, np.ones(PASSIVE)]), np.append(np.zeros(MONTHS), 1.0))[0]
        row.append(1 - (fund - passive @ (weights / weights.sum())).var() / fund.var())
        rows.append(row)
    return np.array(rows).T


def largest_gap(found: ActivenessTable, expected: Any) -> float:
    """Over the figures that both have, relative to the greatest of each."""
    pairs = zip((*COMPARED, *ROLLED), expected, strict=True)
    return max(float(np.abs(found.column(key) - row).max() / np.abs(row).max()) for key, row in pairs)


def report() -> None:
    """Print the greatest resident set of this process in MB."""
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def megabytes(code: str) -> float:
    """Greatest resident set of a fresh process that runs ``code``, which reports it last."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def from_file_to_file(folder: Path) -> tuple[float, float]:
    """Seconds and megabytes of the command line on a Parquet file of all funds, ranking written as Parquet."""
    import pandas as pd

    funds, bench, passive = data(FUNDS)
    days = pd.date_range("2005-01-31", periods=MONTHS, freq="ME", name="Date")
    names = ["BENCH", *(f"P{i}" for i in range(PASSIVE)), *(f"Fund {i:05d}" for i in range(FUNDS))]
    pd.DataFrame(np.column_stack([bench, passive, funds]), days, names).to_parquet(folder / "funds.parquet")
    words = ["aram-xl", "activeness", str(folder / "funds.parquet"), "--benchmark", "BENCH"]
    words += ["--passive", ",".join(names[1 : PASSIVE + 1]), "-o", str(folder / "ranked.parquet")]
    code = f"""
import sys
from benchmarks.activeness import report
from aram_xl.cli import main
sys.argv = {words!r}
try:
    main()
except SystemExit as end:
    assert not end.code
report()
"""
    used: list[float] = []
    seconds = _measure.seconds_once(lambda: used.append(megabytes(code)))
    return seconds, used[0]


def main() -> None:
    """Measure side by side and print seconds, ratios, agreement and memory."""
    chosen = _measure.options(__doc__)
    console = _measure.announce("Is this manager active", EXPECTED, [])
    funds, bench, passive = data(FUNDS)
    part = np.ascontiguousarray(funds[:, : SAMPLE // 4 if chosen.quick else SAMPLE])
    scale = FUNDS / part.shape[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gap = largest_gap(judge_activeness(part, bench, passive=passive), loop(part, bench, passive))
    works = {
        OURS: functools.partial(judge_activeness, funds, bench, passive=passive),
        "numpy and scipy, fund by fund": functools.partial(loop, part, bench, passive),
    }
    seconds = _measure.interleaved_medians(works, 2 if chosen.quick else 5)
    seconds["numpy and scipy, fund by fund"] *= scale
    notes = {
        OURS: f"{len(judge_activeness(part, bench, passive=passive).values)} figures, verdict and style weights",
        "numpy and scipy, fund by fund": f"12 figures, scaled up from {part.shape[1]} funds; differs by {gap:.0e}",
    }
    rows = [{"name": name, "seconds": seconds[name], "note": notes[name]} for name in works]
    console.print(f"Agreement {'within' if gap <= AGREEMENT else 'NOT within'} {AGREEMENT:g}")
    figures: dict[str, Any] = {"rows": rows, "largest_gap": gap, "targets": []}
    with tempfile.TemporaryDirectory() as folder:
        once, used = from_file_to_file(Path(folder))
    rows.append(
        {"name": "aram-xl, Parquet to Parquet", "seconds": once, "note": f"{used:,.0f} MB; one run, start included"}
    )
    memory = {"arrays": megabytes(ARRAYS), "table with sentences": megabytes(FRAME), "command line": used}
    figures["megabytes"] = memory
    _measure.show(console, f"{FUNDS:,} funds x {MONTHS} months, {PASSIVE} passive series", rows)
    console.print("Memory: " + ", ".join(f"{name} {value:,.0f} MB" for name, value in memory.items()))
    ratio = seconds["numpy and scipy, fund by fund"] / seconds[OURS]
    targets = {
        "loop / ours, at least 3": (ratio, ratio >= 3),
        "seconds of ours, at most 3": (seconds[OURS], seconds[OURS] <= 3),
        "megabytes, at most 1024": (max(memory.values()), max(memory.values()) <= 1024),
    }
    for target, (value, met) in targets.items():
        figures["targets"].append(_measure.verdict(console, target, value, met))
    _measure.write(chosen.json, figures)


if __name__ == "__main__":
    main()
