"""Medians, tables and JSON files for all benchmarks."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

PACKAGES = (
    "aram_xl",
    "numpy",
    "pandas",
    "PyPortfolioOpt",
    "skfolio",
    "Riskfolio-Lib",
    "cvxcla",
    "cvxpy",
    "clarabel",
    "empyrical-reloaded",
)

WIDTH = 118


def seconds_once(work: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(work: Callable[[], Any], budget: float = 1.5, least: int = 3, most: int = 200) -> float:
    """Median of as many calls as fit into ``budget`` seconds, after one to warm up."""
    first = seconds_once(work)
    repeats = max(least, min(most, int(budget / max(first, 1e-6))))
    return statistics.median(seconds_once(work) for _ in range(repeats))


def interleaved_medians(works: dict[str, Callable[[], Any]], rounds: int, budget: float = 0.0) -> dict[str, float]:
    """Median over rounds that run all works in turn, each for ``budget`` seconds: a slow minute hits all alike.

    NaN where a work fails. Every work has run once before its first time is taken.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    broken = set()
    for _ in range(rounds):
        for name, work in works.items():
            try:
                times[name].append(median_seconds(work, budget, 1) if budget else seconds_once(work))
            except Exception:
                broken.add(name)
    return {name: float("nan") if name in broken else statistics.median(values) for name, values in times.items()}


def options(description: str | None) -> argparse.Namespace:
    """The two options that every benchmark has."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller problems and fewer repetitions: a smoke test")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a JSON file as well")
    return parser.parse_args()


def versions() -> dict[str, str]:
    """Versions of what is installed of the packages compared."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def announce(title: str, expected: str, missing: list[str]) -> Console:
    """Say what is measured, who should win, and which peers are missing, before anything is measured."""
    console = Console(width=WIDTH)
    console.print(f"[bold]{title}[/bold]")
    console.print(f"Expected winner, stated before measuring: {expected}")
    console.print(f"Machine: {os.cpu_count()} cores, {platform.machine()}, {platform.system()}; medians of one run")
    for name in missing:
        console.print(f"Missing peer: {name} (pip install 'aram_xl\\[bench]')")
    return console


def show(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows of name, seconds, ratio to the first row, and a note."""
    table = Table("work", "seconds", "ratio", "note", title=title, title_justify="left", width=WIDTH)
    for row in rows:
        ratio = row["seconds"] / rows[0]["seconds"]
        table.add_row(row["name"], f"{row['seconds']:.6f}", f"{ratio:,.1f}", row.get("note", ""))
    console.print(table)


def verdict(console: Console, target: str, ratio: float, met: bool) -> dict[str, Any]:
    """Print whether a target is met, and give it for the file."""
    console.print(f"{'met   ' if met else 'MISSED'} {target}: measured {ratio:,.2f}")
    return {"target": target, "measured": ratio, "met": met}


def write(file: str | None, figures: dict[str, Any]) -> None:
    """Write the figures, with versions and machine."""
    if file is None:
        return
    content = {
        **figures,
        "versions": versions(),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system()},
        "command": " ".join(sys.argv),
    }
    Path(file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
