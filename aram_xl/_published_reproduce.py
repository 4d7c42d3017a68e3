"""Printed rows made again from real series, as distance to what is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aram_xl._published_interval import printed
from aram_xl._published_tables import Cell, Proxy, PublishedTables, ReturnsRow
from aram_xl.errors import InputError
from aram_xl.performance import statistics
from aram_xl.returns import period_returns

if TYPE_CHECKING:
    import pandas as pd

RELATIVE = ("alpha", "alpha_12m", "beta_12m", "correlation_12m")
"""Statistics that need a benchmark."""

FAR_UNITS = 5
"""Of the last digit: a nearer miss can be the proxy's own, and another benchmark would hit the figure by chance."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One printed figure and what a series makes of it."""

    cell: Cell
    role: str
    """What the figure is: a key of the newsletter's statistics."""
    series: str
    """Empty: no series is here."""
    heading: str
    """Benchmark in the heading."""
    value: float | None
    """Decimal, measured to the benchmark in the heading; None without a series."""
    distance: float | None
    """0 inside the printed interval, else to its nearer end; decimal."""
    measured_to: str
    """Another printed row to which the series does give a printed figure that it misses by far against the heading's
    benchmark; empty where there is none."""
    measured_value: float | None
    note: str

    @property
    def sentence(self) -> str:
        """In words."""
        place = f"{self.cell.row}, {self.cell.column} {self.cell.text}"
        if self.value is None or self.distance is None:
            return f"{place}: no series is here ({self.note})."
        scale, unit = (100.0, " %") if self.cell.column.endswith("_pct") else (1.0, "")
        told = f"{place}: {self.series} gives {scale * self.value:.3f}{unit}"
        if self.distance == 0.0:
            return f"{told}, inside the printed figure."
        if self.measured_to and self.measured_value is not None:
            return (
                f"{told} to {self.heading} as headed, but {scale * self.measured_value:.3f}{unit} to "
                f"{self.measured_to}: the printed figure is measured to {self.measured_to}."
            )
        return f"{told}, {scale * self.distance:.3f}{unit and ' points'} outside the printed figure ({self.note})."


def distance(value: float, figure: str, percent: bool = False) -> float:
    """How far a reproduced statistic is from what a printed figure stands for; 0 inside.

    Args:
        value: decimal.
        figure: text as printed.
        percent: the figure is printed in percent.

    Example:
        >>> round(distance(1.1633, "117", percent=True), 4), distance(0.1844, "18.4", percent=True)
        (0.0017, 0.0)
    """
    return printed(figure, percent).distance(value)


def reproduce(tables: PublishedTables, prices: pd.DataFrame) -> tuple[Reproduction, ...]:
    """Every printed row that has a proxy, from monthly returns of the proxy over the months of the tables.

    Statistics against a benchmark are measured to the heading's; where that misses the printed figure by far, every
    other printed row with a proxy is tried as benchmark.

    Args:
        tables: with proxies and with columns that tell the sample.
        prices: total-return levels, dates as index, a column per ticker.

    Raises:
        InputError: no proxies, no sample, a ticker or month that prices do not have.
    """
    if not tables.proxies or tables.month is None or tables.n_months is None:
        raise InputError(
            f"{tables.source}: expected proxies, a last month and a first year to reproduce rows, got "
            f"{'no proxies' if not tables.proxies else 'a sample without both ends'}"
        )
    returns = _proxy_returns(tables, prices)
    benchmarks = {proxy.name: proxy.series for proxy in reversed(tables.proxies) if proxy.parts}  # the first one counts
    judged = {name: statistics(returns, returns[series]) for name, series in benchmarks.items()}
    result = []
    for proxy in tables.proxies:
        for row in tables.rows:
            if row.name == proxy.name:
                tables_of = {name: stats.to_frame()[proxy.series] for name, stats in judged.items() if proxy.parts}
                result += _row(tables, row, proxy, tables_of)
    return tuple(result)


def _row(
    tables: PublishedTables, row: ReturnsRow, proxy: Proxy, judged: Mapping[str, Mapping[str, float]]
) -> list[Reproduction]:
    benchmark = tables.benchmark_row(row.benchmark)
    heading = row.benchmark if benchmark is None else benchmark.name
    found = []
    for role, figure in row.figures.items():
        # Returns need no benchmark: any table of statistics holds them.
        to = heading if role in RELATIVE or heading in judged else next(iter(judged), heading)
        if to not in judged:
            note = f"none for {heading}" if proxy.parts else proxy.note
            found.append(Reproduction(figure.cell, role, "", heading, None, None, "", None, note))
            continue
        value = float(judged[to][role])
        away = figure.interval.distance(value)
        other = ""
        if role in RELATIVE and away > FAR_UNITS * (figure.interval.high - figure.interval.low):
            inside = [name for name, stats in judged.items() if figure.interval.contains(float(stats[role]))]
            other = min(inside, key=lambda name: abs(float(judged[name][role]) - figure.interval.middle), default="")
        found.append(
            Reproduction(
                cell=figure.cell,
                role=role,
                series=proxy.series,
                heading=heading,
                value=value,
                distance=away,
                measured_to=other,
                measured_value=float(judged[other][role]) if other else None,
                note=proxy.note,
            )
        )
    return found


def _proxy_returns(tables: PublishedTables, prices: pd.DataFrame) -> pd.DataFrame:
    """(n_months, n_proxies) monthly returns of the sample; mixes are reset every month."""
    import pandas as pd

    tickers = _tickers(tables.proxies)
    absent = [ticker for ticker in tickers if ticker not in prices.columns]
    if absent:
        raise InputError(f"prices: expected columns for all proxies, got none for {', '.join(absent)}")
    year, month = tables.month or (0, 0)
    n = tables.n_months or 0
    monthly = period_returns(prices[tickers], "M")
    last = pd.Period(year=year, month=month, freq="M")
    index = pd.DatetimeIndex(monthly.index).to_period("M")
    sample = monthly[(index > last - n) & (index <= last)]
    if len(sample) != n or bool(sample.isna().to_numpy().any()):
        raise InputError(
            f"prices: expected {n} monthly returns of every proxy up to {last}, "
            f"got {len(sample.dropna())} complete ones"
        )
    return pd.DataFrame(
        {
            proxy.series: sum(
                (weight * sample[ticker] for weight, ticker in proxy.parts), start=0.0 * sample.iloc[:, 0]
            )
            for proxy in tables.proxies
            if proxy.parts
        }
    )


def _tickers(proxies: Sequence[Proxy]) -> list[str]:
    return list(dict.fromkeys(ticker for proxy in proxies for _, ticker in proxy.parts))
