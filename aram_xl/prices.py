"""Prices on the way in: a file becomes a checked table of total-return levels.

A file is a table: first column dates, one column of total-return levels per ticker, an empty cell where
there is no price. Only the empty cell means "missing"; every other oddity is an error that says where it
stands. Nothing is filled and nothing is dropped.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from aram_xl.corrections import apply_corrections, summary
from aram_xl.errors import DataWarning, InputError
from aram_xl.price_checks import check_prices, not_a_price, validate_prices
from aram_xl.table_files import FilePath, Grid, date_of, names_of, read_grid


def read_prices(
    path: FilePath, *, corrections: FilePath | None = None, sheet: str | None = None
) -> pd.DataFrame:
    """Read total-return levels from a CSV, Parquet or Excel (.xlsx) file and check them.

    Args:
        path: first column ISO dates, ascending; one column per ticker; empty cells where there is no price.
        corrections: CSV file of dated corrections, applied before the checks (see ``apply_corrections``).
        sheet: name of the sheet of an Excel file; by default its first sheet.

    Returns:
        float64 table, index ``Date``, columns = tickers, NaN for empty cells.

    Raises:
        InputError: the file cannot be read, or is no table of prices; see ``check_prices``.
        TooShortError: fewer than three rows.

    Warns:
        DataWarning: once per warning of ``check_prices``, per correction applied or not applied.
    """
    grid = read_grid(Path(path), sheet)
    prices = _table(grid)
    validate_prices(prices, grid.name, grid.first_row)
    sentences: list[str] = []
    if corrections is not None:
        prices, outcomes = apply_corrections(prices, corrections)
        sentences += [
            f"{Path(corrections).name}: {sentence}" for sentence in summary(outcomes, prices.columns)
        ]
    sentences += [
        f"{grid.name}: {finding.sentence}"
        for finding in check_prices(prices)
        if finding.severity == "warning"
    ]
    for sentence in sentences:
        warnings.warn(sentence, DataWarning, stacklevel=2)
    return prices


def _table(grid: Grid) -> pd.DataFrame:
    names = names_of(grid)
    days = [date_of(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
    columns = []
    for ticker, cells in zip(names, grid.columns, strict=True):
        values = cells if isinstance(cells, np.ndarray) else [grid.parse(cell) for cell in cells]
        for i, value in enumerate(values):
            if value is None:
                place = f"{grid.name}: {ticker} on {days[i]} (row {grid.first_row + i})"
                raise InputError(f"{place}: {not_a_price(cells[i])}")
        columns.append(np.asarray(values, dtype=np.float64))
    return pd.DataFrame(np.column_stack(columns), index=index, columns=pd.Index(names))
