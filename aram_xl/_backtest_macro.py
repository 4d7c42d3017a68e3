"""The user's own dated series on the way in: a volatility index, a rate, whatever a card's rule names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from aram_xl.errors import InputError
from aram_xl.table_files import FilePath, date_of, names_of, read_grid


def read_macro(path: FilePath) -> pd.DataFrame:
    """Read dated columns from a CSV, Parquet or Excel (.xlsx) file, as they are: no unit is guessed.

    Args:
        path: first column ISO dates, ascending: the days that the values describe, not those of their publication; an
            empty cell is a day without a value.

    Returns:
        float64 table, index ``Date``, NaN for empty cells.

    Raises:
        InputError: the file cannot be read, or holds text where a number belongs.
    """
    grid = read_grid(Path(path), None)
    names = names_of(grid)
    days = [date_of(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
    columns = []
    for name, cells in zip(names, grid.columns, strict=True):
        values = cells if isinstance(cells, np.ndarray) else [grid.parse(cell) for cell in cells]
        for i, value in enumerate(values):
            if value is None:
                raise InputError(
                    f"{grid.name}: {name} on {days[i]} (row {grid.first_row + i}): expected a number, got the text "
                    f"{str(cells[i])!r}; leave days without a value empty"
                )
        columns.append(np.asarray(values, dtype=np.float64))
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
    return pd.DataFrame(np.column_stack(columns), index, pd.Index(names))
