"""Tables that become reports: any returns, or the history that a back-test has written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aram_xl.errors import InputError, TooShortError
from aram_xl.returns_file import Missing, read_returns
from aram_xl.table_files import Grid, date_of, names_of, read_grid

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
    label = _label(grid.headers[0])
    if not set(HISTORY) <= set(names_of(grid)):
        return ReportData(read_returns(path, start=start, end=end, missing=missing), False, label)
    table = _history(grid).loc[start:end]
    if table.empty:
        raise TooShortError(f"{grid.name}: expected returns between start and end, got none")
    return ReportData(table[["net", "gross", "benchmark"]], True, label, table["target"])


def _history(grid: Grid) -> pd.DataFrame:
    names = names_of(grid)
    days = [date_of(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
    columns = {}
    for name in ("net", "gross", "benchmark", "target"):
        cells = grid.columns[names.index(name)]
        values = cells if isinstance(cells, np.ndarray) else [grid.parse(cell) for cell in cells]
        empty = [i for i, value in enumerate(values) if value is None or np.isnan(value)]
        if empty:
            raise InputError(
                f"{grid.name}: {name} on {days[empty[0]]} (row {grid.first_row + empty[0]}): expected a number, got "
                "something else; write the file again with aram-xl backtest"
            )
        columns[name] = np.asarray(values, dtype=np.float64)
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
    return pd.DataFrame(columns, index=index)


def _label(first: Any) -> str:
    match = re.search(r"\((SYNTHETIC [^)]*)\)", str(first))
    return match[1] if match else ""
