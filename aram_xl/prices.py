"""Prices on the way in: reading files, and dated corrections.

A file is a table: first column dates, one column of total-return levels per ticker, an empty cell where
there is no price. Only the empty cell means "missing"; every other oddity is an error that says where it
stands. Nothing is filled and nothing is dropped.
"""

from __future__ import annotations

import csv
import math
import os
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aram_xl.errors import DataWarning, InputError
from aram_xl.price_checks import (
    Finding,
    check_prices,
    complete,
    count,
    first_trading_day_t,
    frequency_of,
    levels_of,
    not_a_price,
    validate_prices,
)
from aram_xl.types import FloatArray

__all__ = [
    "AppliedCorrection",
    "Correction",
    "Finding",
    "apply_corrections",
    "check_prices",
    "complete",
    "first_trading_day_t",
    "read_corrections",
    "read_prices",
]

FilePath = str | os.PathLike[str]

CORRECTION_TOLERANCE = 1e-5
"""Difference of one-day returns up to which a file shows the return that a correction names. Two downloads
of one fund differ by less than 3e-6, the smallest correction known is 6e-4."""

_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]00:00(:00(\.0+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
"""Midnight may follow the day: some programs write it, with the exchange's offset."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""float() also takes "nan", "inf" and "1_000"; in a price file these are texts."""


# Files


@dataclass(frozen=True, eq=False, slots=True)
class _Grid:
    """A table as the file holds it: cells not yet read as dates and prices."""

    name: str
    headers: Sequence[Any]
    dates: Sequence[Any]
    columns: Sequence[Any]
    first_row: int
    parse: Callable[[Any], float | None]


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
    grid = _read_grid(Path(path), sheet)
    prices = _table(grid)
    validate_prices(prices, grid.name, grid.first_row)
    sentences: list[str] = []
    if corrections is not None:
        prices, outcomes = apply_corrections(prices, corrections)
        sentences += [
            f"{Path(corrections).name}: {sentence}" for sentence in _summary(outcomes, prices.columns)
        ]
    sentences += [
        f"{grid.name}: {finding.sentence}"
        for finding in check_prices(prices)
        if finding.severity == "warning"
    ]
    for sentence in sentences:
        warnings.warn(sentence, DataWarning, stacklevel=2)
    return prices


def _read_grid(path: Path, sheet: str | None) -> _Grid:
    readers: dict[str, Callable[[Path], _Grid]] = {
        ".csv": _read_csv,
        ".parquet": _read_parquet,
        ".pq": _read_parquet,
        ".xlsx": lambda file: _read_excel(file, sheet),
        ".xlsm": lambda file: _read_excel(file, sheet),
    }
    reader = readers.get(path.suffix.lower())
    if not path.is_file():
        raise InputError(f"{path}: expected a file, got {'a folder' if path.is_dir() else 'nothing there'}")
    if reader is None:
        raise InputError(
            f"{path}: expected a .csv, .parquet or .xlsx file, got {path.suffix or 'no ending'!r}"
        )
    if sheet is not None and path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise InputError(f"sheet: expected none for {path.name}, got {sheet!r}; only Excel files have sheets")
    try:
        return reader(path)
    except OSError as error:
        raise InputError(
            f"{path}: expected a file that can be read, got {error.strerror or error}"
        ) from error


def _read_csv(path: Path) -> _Grid:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, skipinitialspace=True, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name}: expected comma-separated text in UTF-8, got {error}; save it as CSV UTF-8"
        ) from error
    return _grid_of_rows(path.name, rows, _text_price)


def _read_excel(path: Path, sheet: str | None) -> _Grid:
    import openpyxl

    try:
        with warnings.catch_warnings():
            # Remarks about styles and validations that openpyxl does not keep; cells are not affected.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                if sheet is not None and sheet not in book.sheetnames:
                    raise InputError(f"sheet: expected one of {', '.join(book.sheetnames)}, got {sheet!r}")
                page = book[sheet or book.sheetnames[0]]
                rows = [list(row) for row in page.iter_rows(values_only=True)]
            finally:
                book.close()
    except InputError:
        raise
    except (zipfile.BadZipFile, KeyError, SyntaxError, AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{path.name}: expected an Excel workbook, got a damaged or other file") from error
    # A sheet reaches as far as its formats do: cells beyond the table that never held anything are no cells.
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell is not None), default=0)
    return _grid_of_rows(path.name, [row[:width] for row in rows], _typed_price)


def _read_parquet(path: Path) -> _Grid:
    try:
        frame = pd.read_parquet(path)
    except ImportError as error:
        raise InputError(
            f"{path.name}: expected pyarrow to read Parquet, got none; install pyarrow"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path.name}: expected a Parquet table, got {str(error).splitlines()[0]}"
        ) from error
    if isinstance(frame.index, pd.RangeIndex) and frame.shape[1]:
        frame = frame.set_index(frame.columns[0])
    if frame.size == 0:
        raise InputError(f"{path.name}: expected dates and at least one column of prices, got an empty table")
    columns = [_parquet_column(frame.iloc[:, i]) for i in range(frame.shape[1])]
    return _Grid(path.name, ["Date", *frame.columns], frame.index.tolist(), columns, 1, _typed_price)


def _parquet_column(column: pd.Series[Any]) -> Sequence[Any] | FloatArray:
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return [None if cell is pd.NA else cell for cell in column.tolist()]


def _grid_of_rows(name: str, rows: list[list[Any]], parse: Callable[[Any], float | None]) -> _Grid:
    while rows and all(cell is None or cell == "" for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise InputError(f"{name}: expected a header row and rows of prices, got an empty file")
    width = len(rows[0])
    if width < 2:
        raise InputError(
            f"{name}: expected a date column and at least one price column, got one column; "
            "separate columns by commas"
        )
    if len(rows) < 2:
        raise InputError(f"{name}: expected rows of prices below the header, got none")
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            raise InputError(
                f"{name}: expected {width} cells in row {number} as in the header, got {len(row)}"
            )
    dates, *columns = zip(*rows[1:], strict=True)
    return _Grid(name, rows[0], dates, columns, 2, parse)


def _table(grid: _Grid) -> pd.DataFrame:
    names = _names(grid)
    days = [_date(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
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


def _names(grid: _Grid) -> list[str]:
    first = grid.headers[0]
    if isinstance(first, datetime) or (isinstance(first, str) and _ISO_DATE.fullmatch(first)):
        raise InputError(
            f"{grid.name}: expected a header row (Date, then tickers), got the date {first} in row 1"
        )
    names = []
    for number, header in enumerate(grid.headers[1:], start=2):
        if header is None or not str(header).strip():
            raise InputError(
                f"{grid.name}: expected a name above column {number}, got an empty cell; "
                "name or remove the column"
            )
        if isinstance(header, float | datetime):
            raise InputError(
                f"{grid.name}: expected a ticker above column {number}, got {header}; add a header row"
            )
        names.append(str(header).strip())
    return names


def _date(cell: Any, where: str) -> date:
    """A cell of the date column."""
    moment = cell
    if isinstance(cell, str):
        match = _ISO_DATE.fullmatch(cell.strip())
        try:
            moment = date.fromisoformat(match[1]) if match else None
        except ValueError:
            moment = None
    elif isinstance(cell, datetime):
        moment = cell.date() if cell.time() == time() and cell is not pd.NaT else None
    if not isinstance(moment, date) or not 1800 <= moment.year < 2200:
        got = "an empty cell" if cell is None or cell is pd.NaT or cell == "" else repr(str(cell))
        raise InputError(
            f"{where}: expected an ISO date such as 2024-01-31, got {got}; "
            "write dates as year-month-day, one row per day"
        )
    return moment


def _text_price(cell: str) -> float | None:
    """The price in a cell of a text file: NaN when empty, None when it is no number."""
    if cell == "":
        return float("nan")
    return float(cell) if _NUMBER.fullmatch(cell.rstrip()) else None


def _typed_price(cell: Any) -> float | None:
    """The same for cells that know their type: there a number written as text is no number."""
    if cell is None:
        return float("nan")
    return float(cell) if isinstance(cell, float | int) and not isinstance(cell, bool) else None


# Corrections


@dataclass(frozen=True, slots=True)
class Correction:
    """A one-day return that a source has wrong, and what to use instead (decimals)."""

    date: date
    ticker: str
    source_return: float
    suggested_return: float


@dataclass(frozen=True, slots=True)
class AppliedCorrection:
    """What became of one correction: ``found_return`` is what the table had, None without such a return."""

    correction: Correction
    applied: bool
    found_return: float | None
    sentence: str


def read_corrections(path: FilePath) -> tuple[Correction, ...]:
    """Read dated corrections: a CSV file with columns Date, Ticker, SourceReturn and SuggestedReturn.

    Further columns (a type, a note) are for the reader.

    Raises:
        InputError: unreadable file, missing column, bad date or number, the same date and ticker twice.
    """
    grid = _read_grid(Path(path), None)
    cells = dict(zip(map(str, grid.headers), (grid.dates, *grid.columns), strict=False))
    absent = [name for name in ("Date", "Ticker", "SourceReturn", "SuggestedReturn") if name not in cells]
    if absent:
        raise InputError(f"{grid.name}: expected a column {absent[0]}, got {', '.join(cells)}")
    corrections: dict[tuple[date, str], Correction] = {}
    columns = (cells["Date"], cells["Ticker"], cells["SourceReturn"], cells["SuggestedReturn"])
    for row, (day, ticker, source, suggested) in enumerate(zip(*columns, strict=True), start=grid.first_row):
        where = f"{grid.name}: row {row}"
        key = (_date(day, where), str(ticker).strip())
        wrong, right = grid.parse(source), grid.parse(suggested)
        if wrong is None or right is None or not (-1 < wrong < math.inf and -1 < right < math.inf):
            raise InputError(f"{where}: expected two returns above -1, got {source!r} and {suggested!r}")
        if key in corrections:
            raise InputError(
                f"{where}: expected one correction per date and ticker, got {key[1]} on {key[0]} again"
            )
        corrections[key] = Correction(*key, source_return=wrong, suggested_return=right)
    return tuple(corrections.values())


def apply_corrections(
    prices: pd.DataFrame, corrections: FilePath | Iterable[Correction]
) -> tuple[pd.DataFrame, tuple[AppliedCorrection, ...]]:
    """Replace one-day returns and chain again: all later prices of the series are rescaled.

    A correction applies only where the table shows the return that it names, within 1e-5: in a newer
    download the source may have repaired it. Earlier prices keep their bits.

    Args:
        prices: daily total-return levels.
        corrections: what ``read_corrections`` gives, or the path of such a file.

    Returns:
        The corrected copy, and for every correction, in order, whether it was applied and why not.

    Raises:
        InputError: rows are not daily, or the file of corrections is malformed.
    """
    validate_prices(prices)
    if frequency_of(pd.DatetimeIndex(prices.index)) != "D":
        raise InputError("prices: expected daily rows for corrections of one-day returns, got longer periods")
    if isinstance(corrections, str | os.PathLike):
        corrections = read_corrections(corrections)
    outcomes = tuple(_examined(prices, correction) for correction in corrections)
    levels = levels_of(prices).copy()
    for outcome in outcomes:
        if outcome.applied and outcome.found_return is not None:
            correction = outcome.correction
            row = pd.DatetimeIndex(prices.index).searchsorted(pd.Timestamp(correction.date))
            column = list(prices.columns).index(correction.ticker)
            levels[row:, column] *= (1 + correction.suggested_return) / (1 + outcome.found_return)
    corrected = pd.DataFrame(levels, index=prices.index, columns=prices.columns)
    corrected.attrs.update(prices.attrs)
    return corrected, outcomes


def _examined(prices: pd.DataFrame, correction: Correction) -> AppliedCorrection:
    """Whether one correction fits the table."""
    name = f"{correction.ticker} on {correction.date}"
    when = pd.Timestamp(correction.date)
    if correction.ticker not in prices.columns:
        return AppliedCorrection(correction, False, None, f"{name}: not applied: no such ticker in the table")
    if when not in prices.index or when == prices.index[0]:
        kind = "the date is the first row" if when == prices.index[0] else "the date is no row of the table"
        return AppliedCorrection(correction, False, None, f"{name}: not applied: {kind}")
    row = pd.DatetimeIndex(prices.index).searchsorted(when)
    before, here = prices[correction.ticker].to_numpy(dtype=np.float64)[row - 1 : row + 1]
    found = float(here / before - 1.0)
    if math.isnan(found):
        return AppliedCorrection(correction, False, None, f"{name}: not applied: no return on that date")
    change = f"return {found:+.4%} replaced by {correction.suggested_return:+.4%}, later prices rescaled"
    if abs(found - correction.source_return) <= CORRECTION_TOLERANCE:
        return AppliedCorrection(correction, True, found, f"{name}: {change}")
    wanted = f"the correction is for {correction.source_return:+.4%}"
    if abs(found - correction.suggested_return) <= CORRECTION_TOLERANCE:
        wanted = "which is the corrected return"
    return AppliedCorrection(
        correction, False, found, f"{name}: not applied: the table already shows {found:+.4%}, {wanted}"
    )


def _summary(outcomes: Iterable[AppliedCorrection], tickers: Iterable[str]) -> list[str]:
    """One line per correction; those of tickers that are not in the table share one."""
    known = set(tickers)
    lines = [outcome.sentence for outcome in outcomes if outcome.correction.ticker in known]
    foreign = [outcome.correction.ticker for outcome in outcomes if outcome.correction.ticker not in known]
    if foreign:
        names = ", ".join(dict.fromkeys(foreign))
        lines.append(f"{count(len(foreign), 'correction')} not applied: not in the table: {names}")
    return lines
