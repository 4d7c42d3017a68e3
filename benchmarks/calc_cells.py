"""Functions in the cells of LibreOffice Calc, with a function that does nothing as the yardstick of the host itself.

Expected, stated before measuring: a call costs about 0.1 ms, a range of 60 x 7 about 1 ms, most of it LibreOffice's own
conversion of cells; ARAM_COV costs less than twice the function that does nothing on the same range.

Run with ``python -m benchmarks.calc_cells``; needs LibreOffice.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from rich.console import Console
from rich.table import Table

from udfs import registry
from udfs.boundary import Cells, Rows
from udfs.functions import REGISTRY
from udfs.hosts.calc import client, names, worker
from udfs.hosts.calc.build import WORKER, Worker, build_oxt, bundled
from udfs.registry import call, excel_function, forget
from workbooks._ooxml import address
from workbooks.libreoffice import Calc

ROWS, ASSETS, CELLS = 60, 7, 1000
REPEATS = 5

SERVE = "--serve"


@excel_function(gives="0.", native="none", remembered=False, scalar=True, cells="Anything.")
def ARAM_NOTHING(cells: Cells) -> Rows:
    """Nothing: what remains is the host."""
    return [[0.0]]


@excel_function(gives="N x N zeros.", native="none", remembered=False, cells="Anything.")
def ARAM_NOTHING_SQUARE(cells: Cells) -> Rows:
    """Nothing, in the shape of a covariance matrix."""
    return [[0.0] * ASSETS] * ASSETS


def returns() -> Any:
    """Returns for CELLS windows, each shifted by one row; rounded, so that the file keeps every bit."""
    rng = np.random.default_rng(20250228)
    return np.round(rng.normal(0.005, 0.02, (ROWS + CELLS, ASSETS)), 6)


def workbook(path: Path, formula: str, rows: int = 1, columns: int = 1) -> None:
    """CELLS array formulas; ``{w}`` stands for the window and ``{c}`` for a single cell."""
    with xlsxwriter.Workbook(path) as book:
        data, answers = book.add_worksheet("Data"), book.add_worksheet("Answers")
        for i, row in enumerate(returns()):
            data.write_row(i, 0, row)
        for i in range(CELLS):
            window = f"Data!A{i + 1}:{address(i + ROWS, ASSETS)}"
            text = formula.format(w=window, c=f"Data!A{i + 1}")
            top = i * (rows + 1)
            answers.write_array_formula(top, 0, top + rows - 1, columns - 1, text)


def least_seconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """The fastest of several runs: what else the computer does only adds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


FORMULAS = {
    "nothing, one cell": ("=ARAM_NOTHING({c})", 1, 1, ""),
    "ARAM_CUM_RETURN, one cell": ("=ARAM_CUM_RETURN({c})", 1, 1, "aim 0.3 ms"),
    "nothing, 60 x 7, one value": ("=ARAM_NOTHING({w})", 1, 1, ""),
    "nothing, 60 x 7, 7 x 7 values": ("=ARAM_NOTHING_SQUARE({w})", ASSETS, ASSETS, ""),
    "ARAM_COV, 60 x 7": ("=ARAM_COV({w})", ASSETS, ASSETS, "aim 1.5 ms, at most twice the line above"),
    "ARAM_WEIGHTS of ARAM_EXPECTED_RETURNS and ARAM_COV": (
        "=ARAM_WEIGHTS(ARAM_EXPECTED_RETURNS({w}),ARAM_COV({w}),0.01)", ASSETS, 1, "aim 5 s for 1,000",
    ),
}  # fmt: skip


def in_cells(remembered: int, folder: Path) -> dict[str, float]:
    """Seconds of one recalculation of CELLS cells, by formula; the worker remembers so many answers."""
    how = Worker(arguments=("-P", "-m", "benchmarks.calc_cells", SERVE, str(remembered)))
    oxt = build_oxt(folder / f"{remembered}.oxt", functions=REGISTRY.values(), worker=how)
    start = bundled(oxt, folder / f"extensions{remembered}")
    seconds = {}
    with Calc(extra=(start,), environment={"XDG_STATE_HOME": str(folder)}) as calc:
        for title, (formula, rows, columns, _) in FORMULAS.items():
            workbook(folder / "cells.xlsx", formula, rows, columns)
            calc.open(folder / "cells.xlsx", copy=lambda source, copy: names.to_calc(REGISTRY, source, copy))
            if calc.errors():
                raise SystemExit(f"{title}: {calc.errors()}")
            seconds[title] = least_seconds(calc.calculate)
    return seconds


def cold_start() -> float:
    """Seconds from no worker to the first answer."""

    def first() -> None:
        server = client.Server(client.Settings(sys.executable, list(WORKER), 30.0))
        server.call("ARAM_CUM_RETURN", (0.5,))
        server.close()

    return least_seconds(first)


def repeated_call() -> tuple[float, float]:
    """Seconds of ARAM_WEIGHTS in the worker alone: the first call, and the same again."""
    window = returns()[:ROWS]
    mean = tuple((float(value),) for value in window.mean(axis=0))
    square = tuple(tuple(map(float, row)) for row in np.cov(window, rowvar=False))
    arguments = (mean, square, 0.01)

    def once() -> None:
        forget()
        call("ARAM_WEIGHTS", arguments)

    return least_seconds(once, 50), least_seconds(lambda: call("ARAM_WEIGHTS", arguments), 50)


def main() -> None:
    """Measure and print seconds."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        fresh, remembered = in_cells(0, Path(folder)), in_cells(registry.REMEMBERED * 8, Path(folder))
    table = Table("cell", "ms", "ms, remembered", f"s for {CELLS:,}", "note")
    for title, (_, _, _, note) in FORMULAS.items():
        one, again = fresh[title] / CELLS * 1e3, remembered[title] / CELLS * 1e3
        table.add_row(title, f"{one:.3f}", f"{again:.3f}", f"{fresh[title]:.3f}", note)
    console.print(table)
    ratio = fresh["ARAM_COV, 60 x 7"] / fresh["nothing, 60 x 7, 7 x 7 values"]
    console.print(f"ARAM_COV against nothing on the same range: {ratio:.2f}")
    first, again = repeated_call()
    times = f"first {first * 1e3:.3f} ms, again {again * 1e3:.3f} ms, {first / again:.0f} x faster (aim 20 x)"
    console.print(f"ARAM_WEIGHTS in the worker: {times}")
    console.print(f"cold start of the worker to its first answer: {cold_start():.2f} s (aim 1 s)")


if __name__ == "__main__":
    if sys.argv[1:2] == [SERVE]:
        registry.REMEMBERED = int(sys.argv[2])
        worker.main()
    else:
        main()
