"""Short rates on the way in: a dated table of yields, in the unit that its reader names."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from aram_xl.errors import InputError
from aram_xl.table_files import Content, FilePath, numbers_of, read_grid

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
    table = numbers_of(read_grid(Path(path), None), Content("a yield", "leave days without a quote empty"), [column])
    return table.frame()[column] / (100.0 if unit == "percent" else 1.0)
