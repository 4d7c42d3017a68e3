"""``aram-xl report``: the performance tables of any return series, as a page, on paper, or for a program."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import EndDay, Missing, StartDay, refuse_source
from aram_xl.cli.stats import EmptyCells, RiskFreeColumn, column_of
from aram_xl.errors import InputError, OutputError

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._performance_tables import PerformanceTables
    from aram_xl._report_data import ReportData
    from aram_xl.hurdles import Hurdles
    from aram_xl.report import Report


class Conventions(StrEnum):
    """One of the two conventions of statistics, or both."""

    newsletter = "newsletter"
    standard = "standard"
    both = "both"


class RateConvention(StrEnum):
    """What a quoted short rate means; formulas in `aram_xl.hurdles.bill_returns`."""

    discount_13_week = "discount_13_week"
    bond_equivalent_13_week = "bond_equivalent_13_week"
    money_market_360 = "money_market_360"
    effective = "effective"


class RateUnit(StrEnum):
    """Of the numbers in a file of rates."""

    percent = "percent"
    decimal = "decimal"


ReturnsFile = Annotated[
    Path,
    typer.Argument(
        metavar="RETURNS",
        show_default=False,
        help="Simple monthly returns, decimals (.csv, .parquet, .xlsx): dates first, a column per series; or the file "
        "that backtest --csv has written.",
    ),
]
ReportFile = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", show_default=False, help="Report to write: .html, .pdf, or .json (numbers)."
    ),
]
BenchmarkColumn = Annotated[
    str | None, typer.Option("--benchmark", metavar="COL", help="Column to measure against; without it, not supplied.")
]
ConventionName = Annotated[
    Conventions,
    typer.Option("--convention", help="Tables by which convention; standard needs a risk-free series."),
]
RatesFile = Annotated[
    Path | None,
    typer.Option("--rates", metavar="FILE", help="In place of --risk-free: table of quoted short rates, by day."),
]
RateColumn = Annotated[str | None, typer.Option("--rate", metavar="COL", help="Column of --rates.")]
RateMeaning = Annotated[
    RateConvention | None,
    typer.Option(
        "--rate-convention",
        metavar="NAME",
        help=f"What the rate means: {', '.join(RateConvention)}; --rates needs it.",
    ),
]
RateScale = Annotated[RateUnit | None, typer.Option("--rate-unit", help="Of the rates; --rates needs it.")]
EquityColumn = Annotated[str | None, typer.Option("--equity", metavar="COL", help="Equity column of 60/40.")]
AggregateColumn = Annotated[str | None, typer.Option("--aggregate", metavar="COL", help="Bond column of 60/40.")]
TargetColumn = Annotated[
    str | None,
    typer.Option("--target", metavar="COL", help="Column of risk targets, decimal per month, for the chart."),
]
IsActual = Annotated[
    bool, typer.Option("--actual", help="The returns are an actual record; else the report says hypothetical.")
]
Title = Annotated[str, typer.Option("--title", metavar="TEXT", help="Title of the report.")]
Top = Annotated[int, typer.Option("--top", metavar="N", help="Drawdowns, best and worst months per series.")]


def report(
    returns: ReturnsFile,
    output: ReportFile,
    benchmark: BenchmarkColumn = None,
    convention: ConventionName = Conventions.both,
    risk_free: RiskFreeColumn = None,
    rates: RatesFile = None,
    rate: RateColumn = None,
    rate_convention: RateMeaning = None,
    rate_unit: RateScale = None,
    equity: EquityColumn = None,
    aggregate: AggregateColumn = None,
    target: TargetColumn = None,
    actual: IsActual = False,
    title: Title = "Performance report",
    top: Top = 3,
    start: StartDay = None,
    end: EndDay = None,
    missing: EmptyCells = Missing.reject,
) -> None:
    """Performance tables and charts, on a page or paper.

    Below the series stand T-bills, the benchmark and 60/40; what is not supplied says so. Sample and
    convention stand under every table.

    Example: aram-xl report returns.csv -o report.pdf --benchmark AGG --equity SPY --aggregate AGG
    """
    from aram_xl._report_content import NO_RISK_FREE
    from aram_xl._report_data import read_report_data
    from aram_xl.performance import NOT_SUPPLIED
    from aram_xl.report import check_ending, write_report

    check_ending(output)
    if output.is_dir():
        raise OutputError(f"{output}: expected the name of a file to write, got a folder; add a file name")
    refuse_source(output, returns, rates)
    data = read_report_data(returns, start=start, end=end, missing=missing.value)
    quoted = _Rates(rates, rate, rate_convention, rate_unit)
    chosen = _Columns(benchmark, risk_free, equity, aggregate, target)
    made = _made(data, chosen, quoted, _Wishes(convention, actual, title, top, returns.name))
    with _screen.working(f"writing {output.name}"):
        write_report(made, output)
    _screen.tell(made.mark)
    for label in made.labels:
        _screen.tell(f"{label}.")
    for tables in made.tables:
        _screen.tell(tables.basis.sentence())
    if made.wants_risk_free:
        _screen.tell(f"Standard convention {NOT_SUPPLIED}: {NO_RISK_FREE}")
    _screen.say(f"Written: {output}")


@dataclass(frozen=True)
class _Columns:
    """Names of columns that play a part."""

    benchmark: str | None
    risk_free: str | None
    equity: str | None
    aggregate: str | None
    target: str | None


@dataclass(frozen=True)
class _Rates:
    """A quoted short rate: all of it, or nothing."""

    file: Path | None
    column: str | None
    convention: RateConvention | None
    unit: RateUnit | None

    def returns(self, ends: pd.Index[pd.Timestamp]) -> pd.Series[float] | None:
        """Returns of lending at the rate, in the months that end at ``ends``; None without rates."""
        from aram_xl.hurdles import bill_returns
        from aram_xl.rates_file import read_rates

        wanted = {
            "--rates": self.file,
            "--rate": self.column,
            "--rate-convention": self.convention,
            "--rate-unit": self.unit,
        }
        absent = [name for name, value in wanted.items() if value is None]
        if len(absent) == len(wanted):
            return None
        if self.file is None or self.column is None or self.convention is None or self.unit is None:
            raise InputError(f"rates: expected {', '.join(wanted)} together, got no {', '.join(absent)}")
        quotes = read_rates(self.file, self.column, self.unit.value)
        earned: pd.Series[float] = bill_returns(quotes, ends, self.convention.value)
        return earned.rename(self.column)

    def remark(self) -> tuple[str, ...]:
        """How T-bills were made."""
        if self.file is None or self.convention is None:
            return ()
        meaning = self.convention.value.replace("_", " ")
        return (
            f"T-bills: rate {self.column} of {self.file.name} ({meaning}) at the end of the month before, held "
            "for the month.",
        )


@dataclass(frozen=True)
class _Wishes:
    """What is to be made of the data."""

    convention: Conventions
    actual: bool
    title: str
    top: int
    source: str


def _made(data: ReportData, chosen: _Columns, quoted: _Rates, wishes: _Wishes) -> Report:
    import numpy as np

    from aram_xl.report import Report

    if data.history and wishes.actual:
        raise InputError("actual: expected returns of an account, got the history of a back-test; leave --actual out")
    target = data.target if chosen.target is None else column_of(data.returns, chosen.target, "target")
    tables = _tables(data, chosen, quoted, wishes)
    return Report(
        title=wishes.title,
        tables=tables,
        record="actual" if wishes.actual else "hypothetical",
        source=wishes.source,
        labels=(data.label,) if data.label else (),
        remarks=quoted.remark(),
        target=None if target is None else np.asarray(target, dtype=np.float64),
        wants_risk_free=wishes.convention is Conventions.both and len(tables) == 1,
    )


def _tables(data: ReportData, chosen: _Columns, quoted: _Rates, wishes: _Wishes) -> tuple[PerformanceTables, ...]:
    """Own series are all columns that play no part of a hurdle's or target's; equity and aggregate stay."""
    from aram_xl._performance_tables import performance_tables

    benchmark = "benchmark" if data.history and chosen.benchmark is None else chosen.benchmark
    hurdles = _hurdles(data.returns, chosen, quoted)
    market = None if benchmark is None else column_of(data.returns, benchmark, "benchmark")
    parts = [name for name in (benchmark, chosen.risk_free, chosen.target) if name is not None]
    own = data.returns.drop(columns=parts)
    if own.shape[1] == 0:
        raise InputError(f"returns: expected a series to report on beside {', '.join(parts)}, got none")
    wanted = [wishes.convention.value]
    if wishes.convention is Conventions.both:
        wanted = ["newsletter"] if hurdles.bills is None else ["newsletter", "standard"]
    return tuple(
        performance_tables(
            own, market, "standard" if name == "standard" else "newsletter", hurdles=hurdles, top=wishes.top
        )
        for name in wanted
    )


def _hurdles(table: pd.DataFrame, chosen: _Columns, quoted: _Rates) -> Hurdles:
    from aram_xl.hurdles import Hurdles

    lent = quoted.returns(table.index)
    if lent is not None and chosen.risk_free is not None:
        raise InputError("risk_free: expected a column of returns or quoted rates, got both; leave one out")
    if chosen.risk_free is not None:
        lent = column_of(table, chosen.risk_free, "risk_free")
    return Hurdles(
        bills=lent,
        equity=None if chosen.equity is None else column_of(table, chosen.equity, "equity"),
        aggregate=None if chosen.aggregate is None else column_of(table, chosen.aggregate, "aggregate"),
    )
