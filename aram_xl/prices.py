"""Prices on the way in: a file becomes a checked table of total-return levels.

A file is a table: first column dates, one column of total-return levels per ticker, an empty cell where
there is no price. Only the empty cell means "missing"; every other oddity is an error that says where it
stands. Nothing is filled and nothing is dropped.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from aram_xl.corrections import apply_corrections, summary
from aram_xl.errors import DataWarning
from aram_xl.price_checks import PRICE, check_prices, validate_prices
from aram_xl.table_files import FilePath, read_numbers


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
    numbers = read_numbers(path, PRICE, sheet)
    prices = numbers.frame()
    validate_prices(prices, numbers.name, numbers.first_row)
    sentences: list[str] = []
    if corrections is not None:
        prices, outcomes = apply_corrections(prices, corrections)
        sentences += [
            f"{Path(corrections).name}: {sentence}" for sentence in summary(outcomes, prices.columns)
        ]
    sentences += [
        f"{numbers.name}: {finding.sentence}"
        for finding in check_prices(prices)
        if finding.severity == "warning"
    ]
    for sentence in sentences:
        warnings.warn(sentence, DataWarning, stacklevel=2)
    return prices
