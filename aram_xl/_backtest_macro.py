"""The user's own dated series on the way in: a volatility index, a rate, whatever a card's rule names."""

from __future__ import annotations

import pandas as pd

from aram_xl.table_files import Content, FilePath, read_numbers


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
    return read_numbers(path, Content("a number", "leave days without a value empty")).frame()
