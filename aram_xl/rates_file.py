"""Short rates on the way in: a dated table of yields, in the unit that its reader names."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from aram_xl.errors import InputError
from aram_xl.table_files import FilePath, date_of, names_of, read_grid

RateUnit = Literal["percent", "decimal"]


def read_rates(path: FilePath, column: str, unit: RateUnit) -> pd.Series[float]:
    """Read one series of yields a year from a CSV, Parquet or Excel (.xlsx) file.

    Args:
        path: first column ISO dates, ascending; an empty cell is a day without a quote.
        column: which of its columns.
        unit: of the numbers in the file; ``percent`` are divided by 100. There is no default: 0.05 is both.

    Returns:
        Decimals a year, NaN on days without a quote, index ``Date``.

    Raises:
        InputError: the file cannot be read, has no such column, or holds text where a yield belongs.
    """
    if unit not in get_args(RateUnit):
        raise InputError(f"unit: expected percent or decimal, got {unit!r}")
    grid = read_grid(Path(path), None)
    names = names_of(grid)
    if column not in names:
        raise InputError(f"{grid.name}: expected one of the columns {', '.join(names)}, got {column!r}")
    days = [date_of(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
    cells = grid.columns[names.index(column)]
    values = []
    for i, cell in enumerate(cells):
        value = float(cell) if isinstance(cells, np.ndarray) else grid.parse(cell)
        if value is None:
            raise InputError(
                f"{grid.name}: {column} on {days[i]} (row {grid.first_row + i}): expected a yield, got the text "
                f"{str(cell)!r}; leave days without a quote empty"
            )
        values.append(value)
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
    return pd.Series(np.array(values) / (100.0 if unit == "percent" else 1.0), index=index, name=column)
