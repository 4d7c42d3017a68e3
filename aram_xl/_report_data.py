"""Tables that become reports: any returns, or the history that a back-test has written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from aram_xl.errors import InputError
from aram_xl.returns_file import RETURN, Missing, between, require_order, returns_of
from aram_xl.table_files import names_of, numbers_of, read_grid

HISTORY = ("signal_date", "gross", "net", "benchmark", "target", "turnover", "cost")
"""Columns of the file of a back-test, beside its weights."""


@dataclass(frozen=True, eq=False, slots=True)
class ReportData:
    """Returns to report on, and what the file itself says about them."""

    returns: pd.DataFrame
    """Month ends x series, decimals; of a history: net, gross, benchmark."""
    history: bool
    """The file is of a back-test, so its returns are hypothetical."""
    label: str
    """SYNTHETIC and why, from the first cell of the file; else empty."""
    target: pd.Series[float] | None = None
    """Risk target a month that the file of a back-test holds."""


def read_report_data(
    path: Path, *, start: str | None = None, end: str | None = None, missing: Missing = "reject"
) -> ReportData:
    """Read returns, telling a back-test's history by its columns.

    Args:
        path: table of returns as for `aram_xl.returns_file.read_returns`, or what ``aram-xl backtest --csv`` writes.
        start: first date used.
        end: last date used.
        missing: policy for empty cells.

    Raises:
        InputError: the file cannot be read or is neither.
        TooShortError: no row is left.
    """
    grid = read_grid(path, None)
    if not set(HISTORY) <= set(names_of(grid)):
        numbers = numbers_of(grid, RETURN)
        return ReportData(returns_of(numbers, start, end, missing), False, numbers.label)
    numbers = numbers_of(grid, RETURN, ("net", "gross", "benchmark", "target"))
    require_order(numbers)
    table = between(numbers.frame(), start, end, numbers.name)
    for row, column in np.argwhere(table.isna().to_numpy()):
        raise InputError(
            f"{numbers.name}: {table.columns[column]} on {table.index[row].date()}: expected a number, got an empty "
            "cell; write the file again with aram-xl backtest"
        )
    return ReportData(table[["net", "gross", "benchmark"]], True, numbers.label, table["target"])
