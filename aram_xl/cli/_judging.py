"""Statistics and events as the commands show them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aram_xl.cli._screen import finite, number, percent, say, say_table, tell

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult
    from aram_xl.performance import Statistics
    from aram_xl.risk_target import TargetDecision

MacroFile = Annotated[
    Path | None,
    typer.Option(
        "--macro",
        metavar="FILE",
        help="Your own series that the card names: a table, dates first, a column per series.",
    ),
]

MONTHLY = "M"

TWELVE = {
    "last_month": "Last month",
    "ytd": "Year to date",
    "one_year": "1 year",
    "three_year": "3 years, cumulative",
    "five_year": "5 years, cumulative",
    "cumulative": "Whole sample, cumulative",
    "positive_months": "Positive months",
    "alpha": "Alpha a year",
    "alpha_12m": "Alpha a year, last 12 months",
    "beta_12m": "Beta, last 12 months",
    "correlation_12m": "Correlation, last 12 months",
    "ret_stdev_12m": "Ret/StDev, last 12 months",
}
"""The columns of the published table, in its order."""

STANDARD = {"ret_stdev_12m": "Sharpe ratio, last 12 months", "tracking_error": "Tracking error a year"}
"""What the standard convention calls by another name."""

FURTHER = {
    "beta": "Beta, whole sample",
    "tracking_error": "Tracking error a month",
    "information_ratio": "Information ratio",
    "max_drawdown": "Greatest drawdown, month ends",
    "sharpe": "Sharpe ratio a year",
    "annualised_return": "Return a year",
    "annualised_volatility": "Volatility a year",
}

THREE_DIGITS = ("beta", "beta_12m", "correlation_12m")
TWO_DIGITS = ("ret_stdev_12m", "information_ratio", "sharpe")

COLUMNS_ABREAST = 4
"""Series beside each other that fit 80 columns of text."""


def statistics_beside_benchmark(returns: pd.Series[float], benchmark: pd.Series[float], name: str) -> Statistics:
    """Two columns, one for an index and one for what it is measured against; newsletter convention."""
    import pandas as pd

    from aram_xl.performance import statistics

    return statistics(pd.DataFrame({name: returns, str(benchmark.name): benchmark}), benchmark)


def say_statistics(stats: Statistics) -> None:
    """The table of statistics, a few series abreast, and the line that says what it was made from."""
    from aram_xl._performance_table import CONVENTIONS

    for first in range(0, len(stats.series), COLUMNS_ABREAST):
        names = stats.series[first : first + COLUMNS_ABREAST]
        rows = [_row(stats, key, label, names) for key, label in TWELVE.items()]
        further = [_row(stats, key, label, names) for key, label in FURTHER.items() if key in stats.names]
        say_table(["", *names], [*rows, [], *further])
        say()
    rate = "" if stats.convention == "newsletter" else f", risk-free series {stats.risk_free}"
    tell(
        f"Sample {stats.start} to {stats.end}, {stats.n_months} monthly returns; benchmark {stats.benchmark}{rate}; "
        f"{CONVENTIONS[stats.convention]}."
    )


def _row(stats: Statistics, key: str, label: str, names: tuple[str, ...]) -> list[str]:
    values = stats.table[stats.names.index(key)]
    own = STANDARD.get(key, label) if stats.convention == "standard" else label
    return [own, *(_cell(key, float(values[stats.series.index(name)]), stats.n_months) for name in names)]


def _cell(key: str, value: float, months: int) -> str:
    if key == "positive_months":
        return f"{round(value * months)} of {months}"
    if key in THREE_DIGITS:
        return number(value, 3)
    if key in TWO_DIGITS:
        return number(value, 2)
    return percent(value)


def measures(returns: pd.Series[float], benchmark: pd.Series[float], frequency: str) -> dict[str, Any]:
    """The statistics of one series for a program.

    The named statistics are of months; of a model that rebalances at another frequency only those are given that
    mean the same at any frequency.
    """
    from aram_xl.performance import cumulative_return, max_drawdown, statistics

    if frequency == MONTHLY:
        return statistics(returns, benchmark).as_dict()
    return {
        "cumulative": finite(cumulative_return(returns)),
        "max_drawdown": finite(max_drawdown(returns)),
        "n_periods": len(returns),
        "start": returns.index[0].date().isoformat(),
        "end": returns.index[-1].date().isoformat(),
        "frequency": frequency,
        "benchmark": str(benchmark.name),
    }


def label_of(result: BacktestResult, prices: pd.DataFrame) -> str:
    """What must stand beside the figures: SYNTHETIC if the prices are, and that they are hypothetical."""
    source = prices.attrs.get("label")
    return f"{source}. {result.label}" if source else result.label


def events_for_json(events: pd.DataFrame) -> list[dict[str, str]]:
    """Dated events for a program."""
    return [{"date": str(day), "kind": kind, "detail": detail} for day, kind, detail in _dated(events)]


def say_event_counts(events: pd.DataFrame) -> None:
    """How many events of each kind, and over which dates."""
    days: dict[str, list[date]] = {}
    for day, kind, _ in _dated(events):
        days.setdefault(kind, []).append(day)
    for kind, when in days.items():
        span = f"on {when[0]}" if len(when) == 1 else f"from {when[0]} to {when[-1]}"
        say(f"Events: {len(when)} x {kind}, {span}.")
    if not days:
        say("Events: none.")


def say_events(events: pd.DataFrame) -> None:
    """Every event, dated."""
    for day, kind, detail in _dated(events):
        tell(f"  {day}  {kind}: {detail}", indent=14)


def _dated(events: pd.DataFrame) -> Iterator[tuple[date, str, str]]:
    days = events["date"].to_numpy().astype("datetime64[D]").tolist()
    yield from zip(days, map(str, events["kind"]), map(str, events["detail"]), strict=True)


def read_macro_file(file: Path | None) -> pd.DataFrame | None:
    """The user's series, unless there are none."""
    if file is None:
        return None
    from aram_xl._backtest_macro import read_macro

    return read_macro(file)


def decision_for_json(result: BacktestResult) -> dict[str, Any]:
    """The decision of the last signal: volatilities are decimals per period of the estimation frequency."""
    from aram_xl._backtest import decision_table

    last = decision_table(result).iloc[-1]
    return {
        "date": result.targets.index[-1].date().isoformat(),
        **{str(name): _plain(value) for name, value in last.items()},
    }


def say_decision(result: BacktestResult) -> None:
    """How the risk target of the last signal came about; nothing for a card without a rule."""
    if not result.decisions:
        return
    last: TargetDecision = result.decisions[-1]
    say(f"Risk target: state {last.state!r}, k {last.k:g}")
    stages = {"Market risk": last.market_risk, "Raw target, k x market risk": last.raw, "Smoothed": last.smoothed}
    stages |= {"Within the maximum step": last.stepped, "Within floor and cap": last.clipped}
    if last.final is not None and last.least_reachable is not None and last.greatest_reachable is not None:
        stages |= {"Least reachable": last.least_reachable, "Greatest reachable": last.greatest_reachable}
        stages["Final"] = last.final
    say_table(["", f"Volatility {last.per}"], [(name, percent(value)) for name, value in stages.items()])
    tell(f"{last.reason[0].upper()}{last.reason[1:]}.")


def _plain(value: Any) -> Any:
    """A cell for JSON: null for what does not exist, dates as text."""
    import numpy as np
    import pandas as pd

    if value is None or pd.isna(value):
        return None
    if isinstance(value, np.datetime64 | pd.Timestamp):
        return str(value)[:10]
    return value.item() if isinstance(value, np.generic) else value
