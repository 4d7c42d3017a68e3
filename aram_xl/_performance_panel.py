"""The same months of everything: series to be judged, their benchmark, and the hurdles beside them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from aram_xl._performance_table import Basis, Cell, Column, PerformanceTable, cell_of, month_end_remark
from aram_xl._series import ReturnTable, read_dates, read_one, read_returns
from aram_xl.errors import InputError
from aram_xl.hurdles import Hurdles, sixty_forty
from aram_xl.performance import NOT_SUPPLIED, Convention, Statistics, statistics
from aram_xl.types import DateArray, FloatArray, Table, frozen

MONTHS = 12
"""Of a year: a panel is monthly, which its dates are checked to be."""


SHORT = f"Fewer than {MONTHS} months: nothing is annualised."
"""Periods of less than a year must not be annualised: Global Investment Performance Standards."""


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """Monthly returns side by side: own series first, then those hurdles that were supplied."""

    values: FloatArray
    """(n_months, n_columns) decimals."""
    names: tuple[str, ...]
    """(n_columns,) how rows of tables are called."""
    n_own: int
    """Columns that are judged; the rest are hurdles."""
    hurdles: tuple[tuple[str, int | None], ...]
    """Name and column of each hurdle, in the order of rows; None: not supplied."""
    dates: DateArray
    benchmark: FloatArray
    """(n_months,); NaN throughout when there is none."""
    risk_free: FloatArray
    """(n_months,) zeros under the newsletter convention."""
    statistics: Statistics
    """Of all columns, under the convention of ``basis``."""
    basis: Basis

    def __post_init__(self) -> None:
        if self.values.shape != (self.dates.size, len(self.names)):
            raise InputError(f"values: expected {(self.dates.size, len(self.names))}, got {self.values.shape}")
        for name in ("values", "benchmark", "risk_free"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        object.__setattr__(self, "dates", frozen(self.dates, "datetime64[D]"))

    @property
    def rows(self) -> tuple[tuple[str, int | None], ...]:
        """Name and column of every row of a table: own series, T-bills, benchmark, 60/40."""
        return (*((self.names[i], i) for i in range(self.n_own)), *self.hurdles)

    @property
    def excess(self) -> FloatArray:
        """(n_months, n_columns) returns less the risk-free series."""
        return np.asarray(self.values - self.risk_free[:, None])

    @property
    def excess_benchmark(self) -> FloatArray:
        """(n_months,) returns of the benchmark less the risk-free series."""
        return np.asarray(self.benchmark - self.risk_free)

    def row(self, key: str) -> FloatArray:
        """(n_columns,) one of the named statistics."""
        return np.asarray(self.statistics.table[self.statistics.names.index(key)])

    @property
    def short(self) -> tuple[str, ...]:
        """The note under tables with figures a year, when the sample is too short for any."""
        return (SHORT,) if self.dates.size < MONTHS else ()

    def a_year(self, values: FloatArray) -> FloatArray:
        """(n_columns,) annualised figures; NaN throughout when the sample is shorter than a year."""
        return np.full_like(values, np.nan) if self.short else values

    def table(
        self,
        about: tuple[str, str, str],
        columns: list[tuple[Column, FloatArray]],
        notes: tuple[str, ...] = (),
    ) -> PerformanceTable:
        """One row per series from one (n_columns,) array per statistic; ``about``: key, title, convention."""
        rows = [
            [tuple(_typed(values[place], column) for column, values in columns)] for place in range(len(self.names))
        ]
        return self.ranked(about, [column for column, _ in columns], rows, notes)

    def ranked(
        self,
        about: tuple[str, str, str],
        columns: list[Column],
        rows: list[list[tuple[Cell, ...]]],
        notes: tuple[str, ...] = (),
    ) -> PerformanceTable:
        """Any number of rows per series; ``rows`` holds a list for each column of the panel."""
        names: list[str] = []
        cells: list[tuple[Cell, ...]] = []
        absent = []
        for name, place in self.rows:
            if place is None:
                absent.append(len(names))
            found = [(None,) * len(columns)] if place is None else rows[place]
            names += [name] * len(found)
            cells += found
        key, title, convention = about
        return PerformanceTable(
            key=key,
            title=title,
            rows=tuple(names),
            columns=tuple(columns),
            cells=tuple(cells),
            basis=replace(self.basis, convention=convention),
            not_supplied=tuple(absent),
            notes=notes,
        )


def panel(
    returns: Table, benchmark: Table | None, convention: Convention, hurdles: Hurdles, dates: Any = None
) -> Panel:
    """Check that everything stands for the same months, and put it side by side.

    Raises:
        InputError: no dates, months that are missing or repeated, series that do not match, or the standard
            convention without a risk-free series.
    """
    days = read_dates({"returns": returns, "benchmark": benchmark, "bills": hurdles.bills}, dates)
    if days is None:
        raise InputError("dates: expected one month end per row of returns, got none; years are counted by them")
    own = read_returns(returns, "returns", days)
    bills = _given("T-bills", hurdles.bills, "bills", own)
    market = _given("Benchmark", benchmark, "benchmark", own)
    absent = np.full(own.values.shape[0], np.nan)
    standard = convention == "standard"
    columns, names, rows = _side_by_side(own, [bills, market, _mixed(hurdles, own)])
    stats = statistics(
        columns,
        None if market.values is None else market.values,
        convention,
        risk_free=bills.values if standard else None,
        periods_per_year=MONTHS if standard else None,
        dates=days,
    )
    rate = bills.values if standard else None
    return Panel(
        values=columns,
        names=names,
        n_own=own.values.shape[1],
        hurdles=rows,
        dates=days,
        benchmark=absent if market.values is None else market.values,
        risk_free=np.zeros(days.size) if rate is None else rate,
        statistics=stats,
        basis=_basis(stats, market.source, "zero" if rate is None else bills.source, month_end_remark(days)),
    )


class _Given(NamedTuple):
    """A hurdle: how its row is called, where it comes from, and its (n_months,) returns unless none came."""

    row: str
    source: str
    values: FloatArray | None


def _given(row: str, table: Table | None, argument: str, own: ReturnTable) -> _Given:
    if table is None:
        return _Given(row, NOT_SUPPLIED, None)
    one = read_one(table, argument, own)
    if one.name == argument:  # an array, which has no name of its own
        return _Given(row, "as given", one.values[:, 0])
    return _Given(row if one.name == row else f"{row} ({one.name})", one.name, one.values[:, 0])


def _mixed(hurdles: Hurdles, own: ReturnTable) -> _Given:
    equity = _given("equity", hurdles.equity, "equity", own)
    aggregate = _given("aggregate", hurdles.aggregate, "aggregate", own)
    if equity.values is None or aggregate.values is None:
        return _Given("60/40", NOT_SUPPLIED, None)
    row = f"60/40 ({equity.source}, {aggregate.source})"
    return _Given(row, row, np.asarray(sixty_forty(equity.values, aggregate.values)))


def _side_by_side(
    own: ReturnTable, given: list[_Given]
) -> tuple[FloatArray, tuple[str, ...], tuple[tuple[str, int | None], ...]]:
    columns, names = [own.values], list(own.names)
    rows: list[tuple[str, int | None]] = []
    for hurdle in given:
        rows.append((hurdle.row, None if hurdle.values is None else len(names)))
        if hurdle.values is not None:
            columns.append(hurdle.values[:, None])
            names.append(hurdle.row)
    return np.hstack(columns), tuple(names), tuple(rows)


def _basis(stats: Statistics, benchmark: str, risk_free: str, remark: str) -> Basis:
    if stats.start is None or stats.end is None:
        raise InputError("dates: expected one month end per row of returns, got none")
    sample = (stats.start, stats.end, stats.n_months, stats.frequency)
    return Basis(*sample, benchmark, risk_free, stats.convention, remark)


def _typed(value: Any, column: Column) -> Cell:
    """A value of an array as a cell: whole numbers for counts, days for dates."""
    if column.unit == "date":
        day: datetime.date | None = np.datetime64(value, "D").astype(object)
        return day
    found = cell_of(value)
    return int(found) if found is not None and column.unit == "count" else found
