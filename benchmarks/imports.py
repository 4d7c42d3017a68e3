"""What ``import`` costs in a fresh process.

Expected winner, stated before measuring: numpy alone; aram_xl within twice of it, because pandas, scipy and cvxpy are
loaded only when used. The peers load all three at once.

Run with ``python -m benchmarks.imports [--quick] [--json FILE]``.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys

from benchmarks import _measure

EXPECTED = "numpy; then aram_xl within twice of it; all peers far behind."
TARGET = "import aram_xl / import numpy, at most 2"
MODULES = {
    "numpy": "numpy",
    "aram_xl": "aram_xl",
    "aram_xl and its back-test": "aram_xl._backtest",
    "pandas": "pandas",
    "cvxcla": "cvxcla",
    "cvxpy": "cvxpy",
    "PyPortfolioOpt": "pypfopt",
    "skfolio": "skfolio",
    "Riskfolio-Lib": "riskfolio",
    "empyrical": "empyrical",
}


def seconds_inside(module: str) -> float:
    """Seconds of the import statement itself in a fresh interpreter; starting Python does not count."""
    code = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure and print; a missing peer is named, not an error."""
    chosen = _measure.options(__doc__)
    there = {name: module for name, module in MODULES.items() if importlib.util.find_spec(module.split(".")[0])}
    missing = [name for name in MODULES if name not in there]
    console = _measure.announce("Imports", EXPECTED, missing)
    for module in there.values():  # writes bytecode and fills the file cache
        seconds_inside(module)
    times: dict[str, list[float]] = {name: [] for name in there}
    for _ in range(3 if chosen.quick else 15):
        for name, module in there.items():
            times[name].append(seconds_inside(module))
    rows = [
        {"name": name, "seconds": statistics.median(measured), "note": f"best {min(measured):.3f}"}
        for name, measured in times.items()
    ]
    _measure.show(console, "import in a fresh process; ratio to numpy", rows)
    ratio = rows[1]["seconds"] / rows[0]["seconds"]
    met = _measure.verdict(console, TARGET, ratio, ratio <= 2)
    _measure.write(chosen.json, {"imports": rows, "missing": missing, "targets": [met]})


if __name__ == "__main__":
    main()
