"""Files of many funds: the tables of `aram_xl.returns_file`, with empty cells where a fund has no return."""

from __future__ import annotations

from datetime import date

import pandas as pd

from aram_xl.returns_file import RETURN, between, require_decimals
from aram_xl.table_files import FilePath, read_numbers


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
    numbers = read_numbers(path, RETURN)
    require_decimals(numbers)
    return between(numbers.frame(), start, end, numbers.name)
