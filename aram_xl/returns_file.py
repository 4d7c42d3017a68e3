"""Return series on the way in: the same files as for prices, with returns in their cells."""

from __future__ import annotations

import itertools
import warnings
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from aram_xl.errors import DataWarning, InputError, TooShortError
from aram_xl.price_checks import count
from aram_xl.table_files import FilePath, date_of, names_of, read_grid
from aram_xl.types import FloatArray

Missing = Literal["reject", "drop_asset", "common_window"]

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
    grid = read_grid(Path(path), sheet)
    names = names_of(grid)
    days = [date_of(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
    columns = []
    for name, cells in zip(names, grid.columns, strict=True):
        values = cells if isinstance(cells, np.ndarray) else [grid.parse(cell) for cell in cells]
        for i, value in enumerate(values):
            if value is None:
                raise InputError(
                    f"{grid.name}: {name} on {days[i]} (row {grid.first_row + i}): expected a return, got the text "
                    f"{str(cells[i])!r}; store returns as decimals (0.01 for 1 %), leave missing ones empty"
                )
        columns.append(np.asarray(values, dtype=np.float64))
    _require_order(days, grid.name, grid.first_row)
    _require_returns(np.column_stack(columns), grid.name, (days, names))
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
    table = pd.DataFrame(np.column_stack(columns), index=index, columns=pd.Index(names))
    table = table.loc[_day(start, "start") : _day(end, "end")]
    if table.empty:
        raise TooShortError(
            f"{grid.name}: expected returns between start and end, got none; its dates are {days[0]} to {days[-1]}"
        )
    return _completed(table, missing, grid.name)


def _require_order(days: list[date], name: str, first_row: int) -> None:
    for i, (before, this) in enumerate(itertools.pairwise(days), start=1):
        if before == this:
            raise InputError(f"{name}: expected each date once, got {this} again in row {first_row + i}; remove a row")
        if before > this:
            raise InputError(
                f"{name}: expected dates in ascending order, got {this} in row {first_row + i} after {before}; "
                "sort the rows by date"
            )


def _require_returns(values: FloatArray, name: str, labels: tuple[list[date], list[str]]) -> None:
    days, names = labels
    repeated = sorted({column for column in names if names.count(column) > 1})
    if repeated:
        raise InputError(f"{name}: expected each column name once, got {repeated[0]} more than once")
    large = int((np.abs(values) > LARGE).sum())
    if large > LARGE_SHARE * np.isfinite(values).sum():
        raise InputError(
            f"{name}: expected returns in decimals (0.01 for 1 %), got {count(large, 'value')} above 1; "
            "divide percentages by 100, or make returns of prices with period_returns"
        )
    impossible = np.argwhere(np.isinf(values) | (values < -1.0))
    if impossible.size:
        row, column = impossible[0]
        raise InputError(
            f"{name}: {names[column]} on {days[row]}: expected a return of -1 or more, got {values[row, column]:g}; "
            "divide percentages by 100"
        )
    if large:
        warnings.warn(f"{name}: {count(large, 'return')} above 100 %; is that right?", DataWarning, stacklevel=3)


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
    warnings.warn(f"{name}: {left_out}", DataWarning, stacklevel=3)
    return kept


def _day(value: str | date | None, name: str) -> pd.Timestamp | None:
    if value is None:
        return None
    try:
        return pd.Timestamp(date.fromisoformat(value) if isinstance(value, str) else value)
    except ValueError as error:
        raise InputError(f"{name}: expected a date such as 2025-02-28, got {value!r}") from error
