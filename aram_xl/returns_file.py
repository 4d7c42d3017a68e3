"""Return series on the way in: the same files as for prices, with returns in their cells."""

from __future__ import annotations

import itertools
import warnings
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from aram_xl.errors import DataWarning, InputError, TooShortError
from aram_xl.price_checks import count
from aram_xl.table_files import Content, FilePath, Numbers, read_numbers

Missing = Literal["reject", "drop_asset", "common_window"]

RETURN = Content("a return", "store returns as decimals (0.01 for 1 %), leave missing ones empty")

LARGE = 1.0
"""A return of more than 100 %: possible, and worth a look."""

LARGE_SHARE = 0.05
"""More than one large return in twenty: the table holds percentages or prices. In percent 38 % of the Aggregate's
months are beyond 1 and 84 % of an equity index's; in decimals even a stock that doubles has few."""


def read_returns(
    path: FilePath,
    *,
    start: str | date | None = None,
    end: str | date | None = None,
    missing: Missing = "reject",
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read simple returns from a CSV, Parquet or Excel (.xlsx) file.

    Args:
        path: first column ISO dates, ascending: the ends of the periods; one column of decimals per series.
        start: first date used.
        end: last date used.
        missing: what empty cells between ``start`` and ``end`` lead to: an error (``reject``), their series is left out
            (``drop_asset``), or their rows are (``common_window``).
        sheet: name of the sheet of an Excel file; by default its first sheet.

    Returns:
        float64 table without an empty cell, index ``Date``, columns = series.

    Raises:
        InputError: the file cannot be read, or is no table of returns.
        TooShortError: no row is left.

    Warns:
        DataWarning: for what was left out, and when returns look like percentages.
    """
    return returns_of(read_numbers(path, RETURN, sheet), start, end, missing)


def returns_of(numbers: Numbers, start: str | date | None, end: str | date | None, missing: Missing) -> pd.DataFrame:
    """The same of a file that is read already."""
    require_order(numbers)
    require_decimals(numbers)
    _require_returns(numbers)
    return _completed(between(numbers.frame(), start, end, numbers.name), missing, numbers.name)


def require_decimals(numbers: Numbers) -> None:
    """Refuse a table that holds percentages or prices."""
    large = int(np.count_nonzero(np.abs(numbers.values) > LARGE))
    if large > LARGE_SHARE * np.count_nonzero(np.isfinite(numbers.values)):
        raise InputError(
            f"{numbers.name}: expected returns in decimals (0.01 for 1 %), got {count(large, 'value')} above 1; "
            "divide percentages by 100, or make returns of prices with period_returns"
        )


def between(table: pd.DataFrame, start: str | date | None, end: str | date | None, name: str) -> pd.DataFrame:
    """The rows from ``start`` to ``end``, both included; ``name`` of the file, for errors."""
    days = pd.DatetimeIndex(table.index).to_numpy().astype("datetime64[D]")
    kept = np.ones(days.size, dtype=bool)
    if start is not None:
        kept &= days >= _day(start, "start")
    if end is not None:
        kept &= days <= _day(end, "end")
    if not kept.any():
        raise TooShortError(
            f"{name}: expected returns between start and end, got none; its dates are {days[0]} to {days[-1]}"
        )
    return table[kept]


def require_order(numbers: Numbers) -> None:
    """Refuse dates that repeat or go back."""
    name, first_row = numbers.name, numbers.first_row
    for i, (before, this) in enumerate(itertools.pairwise(numbers.days), start=1):
        if before == this:
            raise InputError(f"{name}: expected each date once, got {this} again in row {first_row + i}; remove a row")
        if before > this:
            raise InputError(
                f"{name}: expected dates in ascending order, got {this} in row {first_row + i} after {before}; "
                "sort the rows by date"
            )


def _require_returns(numbers: Numbers) -> None:
    values, name, days, names = numbers.values, numbers.name, numbers.days, numbers.columns
    impossible = np.argwhere(np.isinf(values) | (values < -1.0))
    if impossible.size:
        row, column = impossible[0]
        raise InputError(
            f"{name}: {names[column]} on {days[row]}: expected a return of -1 or more, got {values[row, column]:g}; "
            "divide percentages by 100"
        )
    large = int(np.count_nonzero(np.abs(values) > LARGE))
    if large:
        warnings.warn(f"{name}: {count(large, 'return')} above 100 %; is that right?", DataWarning, stacklevel=4)


def _completed(table: pd.DataFrame, missing: Missing, name: str) -> pd.DataFrame:
    empty = table.isna()
    if not empty.to_numpy().any():
        return table
    if missing == "drop_asset":
        out = table.columns[empty.any()]
        kept = table.drop(columns=out)
        left_out = f"left out, cells are empty: {', '.join(out)}"
    elif missing == "common_window":
        kept = table[~empty.any(axis="columns")]
        left_out = f"{count(len(table) - len(kept), 'row')} left out in which a cell is empty"
    elif missing == "reject":
        row, column = np.argwhere(empty.to_numpy())[0]
        day = pd.DatetimeIndex(table.index)[int(row)].date()
        raise InputError(
            f"{name}: {table.columns[column]} on {day}: expected a return, got an empty cell; shorten the sample by "
            "start and end, or choose missing drop_asset (leaves out the series) or common_window (leaves out the rows)"
        )
    else:
        raise InputError(f"missing: expected reject, drop_asset or common_window, got {missing!r}")
    if kept.empty:
        raise TooShortError(f"{name}: expected some complete returns, got none with missing {missing}")
    warnings.warn(f"{name}: {left_out}", DataWarning, stacklevel=4)
    return kept


def _day(value: str | date, name: str) -> np.datetime64:
    try:
        return np.datetime64(date.fromisoformat(value) if isinstance(value, str) else value, "D")
    except ValueError as error:
        raise InputError(f"{name}: expected a date such as 2025-02-28, got {value!r}") from error
