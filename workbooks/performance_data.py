"""All numbers of the performance workbook, computed by the engine before a cell is written."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aram_xl._performance_paths import drawdown_ranks
from aram_xl._performance_tables import PerformanceTables, performance_tables
from aram_xl._series import check_monthly
from aram_xl.errors import InputError, TooShortError
from aram_xl.hurdles import EQUITY_SHARE, Hurdles
from aram_xl.performance import Convention
from aram_xl.types import DateArray, FloatArray, IntArray
from workbooks.sheet import excel_date

if TYPE_CHECKING:
    import pandas as pd

LEAST_MONTHS, LEAST_SERIES = 180, 10
"""Rows and columns of sheet Data for pasting, at least."""

ROOM = 24
"""Months that a workbook can grow by, at least."""

TOP = 3
"""Drawdowns, best and worst months per series."""

YEARS = 13
"""Calendar years shown, the latest first: what one page holds."""

DIGITS = 12
"""Drawdowns as deep as each other to so many decimals are equal; the earlier ranks first."""

MIXED = "60/40"

LONGEST_NAME = 40

CONVENTIONS: tuple[Convention, Convention] = ("newsletter", "standard")

OF_EXCESS = ("alpha", "beta", "correlation", "sharpe", "ret_stdev")
"""Statistics (by the start of their key) that the standard convention cannot give without T-bills."""


class Roles(NamedTuple):
    """Names of the series that hurdles are made of; None: not supplied."""

    benchmark: str | None = None
    bills: str | None = None
    equity: str | None = None
    aggregate: str | None = None


class Engine(NamedTuple):
    """Statistics of every column, by the engine; NaN where one does not exist."""

    table: dict[tuple[str, str, str], FloatArray]
    """(convention, table, column) -> (n_columns,)"""
    ranked: dict[tuple[str, int], FloatArray]
    """(column of drawdowns or extreme months, rank from 0) -> (n_columns,); dates as serial numbers."""
    years: dict[int, FloatArray]
    """Year -> (n_columns,)"""
    months: dict[int, FloatArray]
    """Year -> (n_columns,) months with a return in it"""
    rolling: dict[tuple[str, int, str], FloatArray]
    """(convention, window, statistic) -> (n_months, n_columns)"""


@dataclass(frozen=True, eq=False)
class PerformanceData:
    """Return series as the workbook is filled with them. Columns are the series and, last, 60/40."""

    dates: DateArray
    names: tuple[str, ...]
    """(n_series,)"""
    values: FloatArray
    """(n_months, n_series + 1) decimals; NaN before a late starter begins, and throughout a 60/40 not supplied."""
    roles: Roles
    target: FloatArray
    """(n_months,) risk target, decimal per month; NaN where there is none."""
    label: str
    """What must be said of the data, such as SYNTHETIC."""

    @property
    def months(self) -> int:
        """Rows for pasting."""
        return max(LEAST_MONTHS, self.dates.size + ROOM)

    @property
    def slots(self) -> int:
        """Columns for pasting."""
        return max(LEAST_SERIES, len(self.names))

    @property
    def panel(self) -> tuple[str, ...]:
        """Names of all columns of the sheets, unused places empty, 60/40 last."""
        return (*self.names, *[""] * (self.slots - len(self.names)), MIXED)

    @cached_property
    def columns(self) -> IntArray:
        """(n_series + 1,) place of each own column among those of the sheets."""
        return np.array([*range(len(self.names)), self.slots])

    @cached_property
    def first(self) -> int:
        """Row of the first month in which the benchmark and T-bills have a return."""
        needed = [self.position(name) for name in (self.roles.benchmark, self.roles.bills) if name is not None]
        return int(np.isfinite(self.values[:, needed]).all(axis=1).argmax()) if needed else 0

    @cached_property
    def starts(self) -> IntArray:
        """(n_series + 1,) first row of each series in the sample; the number of months for none."""
        there = np.isfinite(self.values[self.first :])
        return np.where(there.any(axis=0), self.first + there.argmax(axis=0), self.dates.size)

    def position(self, name: str) -> int:
        """Column of a series."""
        return self.names.index(name)

    def series(self, name: str | None) -> FloatArray | None:
        """(n_months,) returns of a role; None: not supplied."""
        return None if name is None else self.values[:, self.position(name)]

    def spread(self, values: FloatArray) -> FloatArray:
        """Values of own columns at their places among the columns of the sheets."""
        placed = np.full((*values.shape[:-1], self.slots + 1), np.nan)
        placed[..., self.columns] = values
        return placed

    @cached_property
    def engine(self) -> Engine:
        """Every statistic of each series over its own months."""
        return _engine(self)


def performance_data(
    returns: pd.DataFrame, roles: Roles, end: datetime.date | str | None = None, target: Any = None
) -> PerformanceData:
    """Check the returns and put 60/40 beside them.

    Args:
        returns: simple monthly returns, month ends x series; a series may begin late, but not pause nor end early.
        roles: which series are the hurdles.
        end: last month used.
        target: (n_months,) risk target per month, on the dates of the returns.

    Raises:
        InputError: a role that is no series, a name twice or too long, returns that are not monthly, a gap.
        TooShortError: fewer than three months.
    """
    table = returns if end is None else returns.loc[: str(end)]
    names = tuple(str(name) for name in table.columns)
    _check_names(names, roles)
    values = table.to_numpy(dtype=np.float64)
    dates = table.index.to_numpy().astype("datetime64[D]")
    if dates.size < 3:
        raise TooShortError(f"returns: expected at least 3 months, got {dates.size}")
    check_monthly(dates)
    _check_gaps(values, names, dates)
    given = np.full(dates.size, np.nan) if target is None else np.asarray(target, dtype=np.float64)[: dates.size]
    mixed = np.full((dates.size, 1), np.nan)
    if roles.equity is not None and roles.aggregate is not None:
        equity, aggregate = (values[:, names.index(name)] for name in (roles.equity, roles.aggregate))
        mixed[:, 0] = EQUITY_SHARE * equity + (1.0 - EQUITY_SHARE) * aggregate
    label = str(returns.attrs.get("label", ""))
    return PerformanceData(dates, names, np.hstack([values, mixed]), roles, given, label)


def _check_names(names: tuple[str, ...], roles: Roles) -> None:
    for name in names:
        if not 0 < len(name) <= LONGEST_NAME or names.count(name) > 1:
            raise InputError(f"returns: expected each name once, with 1 to {LONGEST_NAME} letters, got {name!r}")
    for role, name in roles._asdict().items():
        if name is not None and name not in names:
            raise InputError(f"{role}: expected one of the series {', '.join(names)}, got {name!r}")
    if (roles.equity is None) != (roles.aggregate is None):
        raise InputError("equity and aggregate: expected both or neither, got one; 60/40 needs both")


def _check_gaps(values: FloatArray, names: tuple[str, ...], dates: DateArray) -> None:
    for j, name in enumerate(names):
        empty = np.isnan(values[:, j])
        start = int((~empty).argmax())
        if empty.all() or empty[start:].any():
            row = start + int(empty[start:].argmax())
            raise InputError(
                f"{name}: expected a return in every month from its first to the last, got none on {dates[row]}; "
                "leave the series out or end the sample before"
            )


def _engine(data: PerformanceData) -> Engine:
    found = Engine({}, {}, {}, {}, {})
    for start in np.unique(data.starts[data.starts < data.dates.size]):
        columns = np.flatnonzero(data.starts == start)
        for convention in CONVENTIONS:
            _collect(data, found, _tables(data, int(start), columns, convention), columns)
        _collect_ranks(data, found, int(start), columns)
    return found


def _tables(data: PerformanceData, start: int, columns: IntArray, convention: Convention) -> PerformanceTables:
    """Tables of the columns over their own months; without T-bills at a rate of 0, which `_collect` leaves out."""
    months = slice(start, None)

    def part(name: str | None) -> FloatArray | None:
        series = data.series(name)
        return None if series is None else series[months]

    bills = part(data.roles.bills)
    if bills is None and convention == "standard":
        bills = np.zeros(data.dates.size - start)
    return performance_tables(
        data.values[months][:, columns], part(data.roles.benchmark), convention, hurdles=Hurdles(bills=bills),
        top=TOP, dates=data.dates[months],
    )  # fmt: skip


def _collect(data: PerformanceData, found: Engine, tables: PerformanceTables, columns: IntArray) -> None:
    convention, count = tables.basis.convention, columns.size
    size = data.starts.size
    unknown = OF_EXCESS if convention == "standard" and data.roles.bills is None else ("nothing",)
    for table in (*tables.tables[:3], tables.capture, *tables.rolling_ranges):
        for column in table.columns:
            if not column.key.startswith(unknown):
                place = found.table.setdefault((convention, table.key, column.key), np.full(size, np.nan))
                place[columns] = table.column(column.key)[:count]
    year_of = tables.panel.dates.astype("datetime64[Y]").astype(int) + 1970
    for column in tables.calendar_years.columns:
        year = int(column.key)
        found.years.setdefault(year, np.full(size, np.nan))[columns] = tables.calendar_years.column(column.key)[:count]
        found.months.setdefault(year, np.full(size, np.nan))[columns] = np.count_nonzero(year_of == year)
    for rolled in tables.rolling:
        for key in ("alpha", "beta", "correlation", "risk"):
            if not key.startswith(unknown):
                shape = (data.dates.size, size)
                paths = found.rolling.setdefault((convention, rolled.window, key), np.full(shape, np.nan))
                paths[-rolled.dates.size :, columns] = getattr(rolled, key)[:, :count]


def _collect_ranks(data: PerformanceData, found: Engine, start: int, columns: IntArray) -> None:
    """Drawdowns, the deepest first and of equal ones the earlier; best and worst months likewise."""
    values, days = data.values[start:][:, columns], data.dates[start:]
    episodes = drawdown_ranks(values, days, days.size)
    keys = ("rank", "depth", "start", "trough", "recovery", "to_trough", "to_recovery")
    for column, rows in zip(columns, episodes, strict=True):
        ordered = sorted(rows, key=lambda row: (-round(float(str(row[1])), DIGITS), str(row[2])))
        for rank in range(TOP):
            row = ordered[rank] if rank < len(ordered) and ordered[rank][1] else (None,) * len(keys)
            for key, cell in zip(keys[1:], row[1:], strict=True):
                _place(found, (key, rank), int(column), data.starts.size, cell)
    extremes = _tables(data, start, columns, "newsletter").extreme_months
    ranks = min(TOP, days.size)
    for i, row in enumerate(extremes.cells[: ranks * columns.size]):
        for column, cell in zip(extremes.columns, row, strict=True):
            _place(found, (column.key, i % ranks), int(columns[i // ranks]), data.starts.size, cell)


def _place(found: Engine, key: tuple[str, int], column: int, size: int, cell: Any) -> None:
    number = np.nan if cell is None else float(excel_date(cell)) if isinstance(cell, datetime.date) else float(cell)
    found.ranked.setdefault(key, np.full(size, np.nan))[column] = number
