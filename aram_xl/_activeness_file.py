"""Files of many funds: the tables of `aram_xl.returns_file`, with empty cells where a fund has no return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aram_xl.errors import InputError, TooShortError
from aram_xl.price_checks import count
from aram_xl.returns_file import LARGE, LARGE_SHARE
from aram_xl.table_files import FilePath, Grid, date_of, names_of, read_grid
from aram_xl.types import FloatArray


def read_funds(path: FilePath, *, start: str | date | None = None, end: str | date | None = None) -> pd.DataFrame:
    """Read simple returns of many funds, empty cells kept; what they mean is for `judge_activeness` to say.

    Args:
        path: CSV, Parquet or Excel file: first column ISO dates, one column of decimals per fund.
        start: first date used.
        end: last date used.

    Returns:
        float64 table, index ``Date``, NaN in empty cells.

    Raises:
        InputError: the file cannot be read, a cell is no number, or the numbers look like percentages or prices.
        TooShortError: no row is left.
    """
    grid = read_grid(Path(path), None)
    names = names_of(grid)
    days = [date_of(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
    columns = zip(names, grid.columns, strict=True)
    values = np.column_stack([_numbers(grid, name, cells, days) for name, cells in columns])
    large = int(np.count_nonzero(np.abs(values) > LARGE))
    if large > LARGE_SHARE * np.count_nonzero(np.isfinite(values)):
        raise InputError(
            f"{grid.name}: expected returns in decimals (0.01 for 1 %), got {count(large, 'value')} above 1; "
            "divide percentages by 100, or make returns of prices with period_returns"
        )
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
    kept = np.ones(len(days), dtype=bool)
    for bound, name in ((start, "start"), (end, "end")):
        if bound is not None:
            day = pd.Timestamp(_day(bound, name))
            kept &= index >= day if name == "start" else index <= day
    if not kept.any():
        raise TooShortError(
            f"{grid.name}: expected returns between start and end, got none; its dates are {days[0]} to {days[-1]}"
        )
    return pd.DataFrame(values[kept], index=index[kept], columns=pd.Index(names))


def _numbers(grid: Grid, name: str, cells: Sequence[Any] | FloatArray, days: list[date]) -> FloatArray:
    """One column as numbers, NaN where empty."""
    if isinstance(cells, np.ndarray):
        return cells
    numbers = [grid.parse(cell) for cell in cells]
    if None in numbers:
        i = numbers.index(None)
        raise InputError(
            f"{grid.name}: {name} on {days[i]} (row {grid.first_row + i}): expected a return, got the text "
            f"{str(cells[i])!r}; store returns as decimals (0.01 for 1 %), leave missing ones empty"
        )
    return np.array(numbers, dtype=np.float64)


def _day(value: str | date, name: str) -> date:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise InputError(f"{name}: expected a date such as 2025-02-28, got {value!r}") from error
