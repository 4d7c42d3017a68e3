"""``aram-xl stats``: statistics of any monthly return series against a benchmark."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import AsJson, EndDay, Missing, StartDay
from aram_xl.cli._judging import say_statistics
from aram_xl.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


class Convention(StrEnum):
    """Two meanings of the same words."""

    newsletter = "newsletter"
    standard = "standard"


ReturnsFile = Annotated[
    Path,
    typer.Argument(
        metavar="RETURNS",
        show_default=False,
        help="Table of simple monthly returns, decimals (.csv, .parquet, .xlsx): dates first, a column per series.",
    ),
]
BenchmarkColumn = Annotated[
    str, typer.Option("--benchmark", metavar="COL", show_default=False, help="Column to measure against.")
]
ConventionName = Annotated[
    Convention,
    typer.Option(
        "--convention",
        show_default=False,
        help="newsletter: as the published tables, no risk-free rate. standard: excess returns, annualised.",
    ),
]
RiskFreeColumn = Annotated[
    str | None,
    typer.Option("--risk-free", metavar="COL", help="Column of risk-free returns a month; standard needs it."),
]
PeriodsPerYear = Annotated[
    float | None, typer.Option("--periods-per-year", help="12 for monthly returns; standard needs it.")
]
EmptyCells = Annotated[
    Missing,
    typer.Option(
        "--missing", help="Empty cells: an error, leave out their series, or keep the rows that all series have."
    ),
]


def stats(
    returns: ReturnsFile,
    benchmark: BenchmarkColumn,
    convention: ConventionName,
    risk_free: RiskFreeColumn = None,
    periods_per_year: PeriodsPerYear = None,
    start: StartDay = None,
    end: EndDay = None,
    missing: EmptyCells = Missing.reject,
    as_json: AsJson = False,
) -> None:
    """Statistics of any monthly return series.

    Measured against a benchmark, by a named convention; several series stand side by side.

    Example: aram-xl stats returns.csv --benchmark AGG --convention standard --risk-free BIL --periods-per-year 12
    """
    from aram_xl.performance import statistics
    from aram_xl.returns_file import read_returns

    table = read_returns(returns, start=start, end=end, missing=missing.value)
    rate = None if risk_free is None else column_of(table, risk_free, "risk_free")
    judged = statistics(
        table if risk_free is None else table.drop(columns=[risk_free]),
        column_of(table, benchmark, "benchmark"),
        convention.value,
        risk_free=rate,
        periods_per_year=periods_per_year,
    )
    if as_json:
        _screen.say_json(judged.as_dict())
        return
    _screen.say(f"Returns: {returns.name}")
    _screen.say()
    say_statistics(judged)


def column_of(table: pd.DataFrame, name: str, what: str) -> pd.Series[float]:
    if name not in table.columns:
        columns = ", ".join(map(str, table.columns))
        raise InputError(f"{what}: expected one of the columns {columns}, got {name!r}")
    return table[name]
