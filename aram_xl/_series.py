"""Reading return series and handing back answers in the same form, with errors that name series and date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aram_xl._labels import dates_of, frame, is_labelled, labels_of, series, values_of
from aram_xl.errors import InputError
from aram_xl.returns import FREQUENCIES, detect_frequency
from aram_xl.types import DateArray, FloatArray, Table

GREATEST_RATE = 0.05
"""Mean return of bills a month, 80 % a year: a larger one is a percentage, or a yield a year."""


@dataclass(frozen=True, eq=False, slots=True)
class ReturnTable:
    """Return series as columns, and what is needed to answer in the form they came in."""

    values: FloatArray
    """(n_periods, n_series) decimals, finite, none below -1."""
    name: str
    """Of a single series: its own name or that of the argument."""
    single: bool
    """One series came in, so one number per statistic goes out."""
    index: Any = None
    """Row labels of a pandas table, else None."""
    columns: Any = None
    """Column labels of a DataFrame, else None."""

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or (self.columns is not None and len(self.columns) != self.values.shape[1]):
            raise InputError(f"{self.name}: expected one label per column, got shape {self.values.shape}")

    @property
    def names(self) -> tuple[str, ...]:
        """(n_series,) what a reader calls each series."""
        if self.columns is not None:
            return tuple(map(str, self.columns))
        return tuple(self.name_of(i) for i in range(self.values.shape[1]))

    def name_of(self, i: int) -> str:
        """The column's label, the name of a single series, or ``series_1`` and so on."""
        if self.columns is not None:
            return str(self.columns[i])
        return self.name if self.single else f"series_{i + 1}"

    def give(self, statistic: FloatArray) -> Any:
        """One number per series: a float, an (n_series,) array or a Series labelled by column."""
        if self.single:
            return float(statistic[0])
        return statistic if self.columns is None else series(statistic, self.columns)

    def give_path(self, path: FloatArray) -> Table:
        """The last rows of a table over time: (n,), (n, n_series), Series or DataFrame."""
        values = path[:, 0] if self.single else path
        if self.index is None:
            return values
        index = self.index[-path.shape[0] :]
        return series(values, index, self.name) if self.single else frame(values, index, self.columns)


def read_returns(table: Table, name: str, rows: Any = None) -> ReturnTable:
    """Check simple returns given as (n_periods,) or (n_periods, n_series) array, Series or DataFrame.

    Args:
        rows: (n_periods,) dates to name rows by in errors; by default the row labels.

    Raises:
        InputError: no numbers, a missing value (named by series and date), a loss of more than everything,
            or two columns of one name.
    """
    values = _numbers(table, name)
    if values.ndim not in (1, 2) or values.size == 0:
        raise InputError(f"{name}: expected returns as one column per series, got shape {values.shape}")
    single = values.ndim == 1
    values = np.ascontiguousarray(values.reshape(values.shape[0], -1))
    labels = labels_of(table)
    index, columns = labels if labels else (None, None)
    if columns is not None and not columns.is_unique:
        twice = str(columns[columns.duplicated()][0])
        raise InputError(f"{name}: expected one column per name, got {twice!r} more than once")
    own = getattr(table, "name", None)
    result = ReturnTable(values, name if own is None else str(own), single, index, columns)
    _check_values(result, name, index if rows is None else rows)
    return result


def read_one(table: Table, name: str, other: ReturnTable | None = None, rows: Any = None) -> ReturnTable:
    """A single return series, as long as ``other`` and with the same row labels.

    Raises:
        InputError: more than one column, or rows that do not match.
    """
    one = read_returns(table, name, rows)
    if one.values.shape[1] != 1:
        raise InputError(f"{name}: expected one series, got {one.values.shape[1]} columns; choose one")
    if other is not None:
        check_rows(one, other, name)
    return one


def check_bills(values: FloatArray, name: str) -> None:
    """Refuse returns of bills that are percentages, or yields a year of as much."""
    mean = float(values.mean())
    if abs(mean) > GREATEST_RATE:
        raise InputError(
            f"{name}: expected returns of bills per month as decimals (0.003 for 0.3 %), got {mean:.3g} on average; "
            "divide percentages by 100; of yields a year, make monthly returns first"
        )


def check_rows(one: ReturnTable, other: ReturnTable, name: str) -> None:
    """Refuse two tables whose rows do not stand for the same periods."""
    n, wanted = one.values.shape[0], other.values.shape[0]
    if n != wanted:
        raise InputError(f"{name}: expected {wanted} rows to match returns, got {n}; align both by date first")
    if one.index is None or other.index is None or one.index.equals(other.index):
        return
    for row, (mine, theirs) in enumerate(zip(one.index, other.index, strict=True)):
        if mine != theirs:
            raise InputError(
                f"{name}: expected the dates of returns, got {row_label(one.index, row)} in row {row + 1} "
                f"where returns has {row_label(other.index, row)}; align both by date first"
            )


def read_dates(tables: dict[str, Any], dates: Any) -> DateArray | None:
    """The dates of the rows: as given, else from the first table with labels."""
    labelled = {name: table for name, table in tables.items() if is_labelled(table) and len(table)}
    own = {name: dates_of(table.index, name) for name, table in labelled.items()}
    if dates is None:
        return next(iter(own.values()), None)
    try:
        if np.asarray(dates).dtype.kind in "iufb":  # numpy would count a bare number from 1970
            raise ValueError("numbers")
        days = np.asarray(dates, dtype="datetime64[D]").ravel()
    except (TypeError, ValueError) as error:
        raise InputError("dates: expected one date per row of returns, got something else") from error
    for name, other in own.items():
        if not np.array_equal(days, other):
            raise InputError(f"dates: expected the row labels of {name}, got other dates; leave dates out")
    return days


def check_monthly(days: DateArray) -> None:
    """Refuse dates that are not one per calendar month, in order and without a gap."""
    if np.isnat(days).any():
        raise InputError(f"dates: expected a date in every row, got none in row {int(np.isnat(days).argmax()) + 1}")
    if days.size < 2:
        return
    if not (np.diff(days).astype(np.int64) > 0).all():
        raise InputError("dates: expected ascending dates without duplicates; sort the table by date")
    frequency = detect_frequency(days) if days.size > 2 else "M"
    if frequency != "M":
        raise InputError(
            f"returns: expected monthly returns, got {FREQUENCIES[frequency]} dates; "
            "aram-xl returns makes them of prices, in Python period_returns(prices, 'M')"
        )
    steps = np.diff(days.astype("datetime64[M]")).astype(np.int64)
    if (steps != 1).any():
        row = int((steps != 1).argmax())
        raise InputError(
            f"dates: expected one row per calendar month, got {days[row + 1]} right after {days[row]}; "
            "give each month one row, or shorten the sample"
        )


def row_label(rows: Any, row: int) -> str:
    """A row as a reader knows it: its date, its label, or its number."""
    if rows is None or row >= len(rows):
        return f"row {row + 1}"
    label = rows[row]
    return label.date().isoformat() if hasattr(label, "isoformat") and hasattr(label, "date") else str(label)


def _numbers(table: Table, name: str) -> FloatArray:
    """Floats as they are, without a copy that would double the time of a large table; all else converted."""
    plain = table.to_numpy() if is_labelled(table) else table
    if isinstance(plain, np.ndarray) and plain.dtype == np.float64:
        return plain
    return values_of(table, name)


def _check_values(table: ReturnTable, name: str, rows: Any) -> None:
    values = table.values
    lowest, highest = values.min(), values.max()
    if lowest >= -1.0 and highest < np.inf:  # false for NaN too
        return
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise InputError(
            f"{name}: expected a number in every row, got {values[row, column]} for "
            f"{table.name_of(int(column))} in {row_label(rows, row)}; "
            "shorten the sample to what all series share, or drop the series"
        )
    row, column = np.argwhere(values < -1.0)[0]
    raise InputError(
        f"{name}: expected simple returns in decimals, none below -1, got {values[row, column]:g} for "
        f"{table.name_of(int(column))} in {row_label(rows, row)}; divide percentages by 100"
    )
