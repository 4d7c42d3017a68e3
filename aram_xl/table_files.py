"""Tables on the way in: dated cells of CSV, Parquet and Excel files, as the file holds them.

The first column holds dates, the others belong to one name each. Only the empty cell means "missing"; what the
cells are, prices or returns, is for the reader of the table to say.
"""

from __future__ import annotations

import csv
import os
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from aram_xl.errors import InputError
from aram_xl.types import FloatArray

FilePath = str | os.PathLike[str]

_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]00:00(:00(\.0+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
"""Midnight may follow the day: some programs write it, with the exchange's offset."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""float() also takes "nan", "inf" and "1_000"; in a price file these are texts."""

_LABEL = re.compile(r"\((SYNTHETIC [^)]*)\)")


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """A table as the file holds it: cells not yet read as dates and prices."""

    name: str
    headers: Sequence[Any]
    dates: Sequence[Any]
    columns: Sequence[Any]
    first_row: int
    parse: Callable[[Any], float | None]


@dataclass(frozen=True, eq=False, slots=True)
class Numbers:
    """A table read as dates and numbers, in the order of the file; NaN in empty cells."""

    name: str
    first_row: int
    days: list[date]
    columns: list[str]
    values: FloatArray
    """(n_rows, n_columns)."""
    label: str
    """SYNTHETIC and why, from the first cell of the file, as ``aram-xl demo`` writes it; else empty."""

    def frame(self) -> pd.DataFrame:
        """The same as a table with index ``Date``; a label stands in its ``attrs``."""
        index = pd.DatetimeIndex(np.array(self.days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
        table = pd.DataFrame(self.values, index, pd.Index(self.columns))
        if self.label:
            table.attrs["label"] = self.label
        return table


class Content(NamedTuple):
    """What the cells of a table are: for the sentence about one that is no number."""

    one: str
    remedy: str

    def refused(self, cell: object) -> str:
        """The end of that sentence."""
        kind = "text" if isinstance(cell, str) else "boolean" if isinstance(cell, bool | np.bool_) else "value"
        return f"expected {self.one}, got the {kind} {str(cell)!r}; {self.remedy}"


def read_numbers(path: FilePath, content: Content, sheet: str | None = None) -> Numbers:
    """Dates and numbers of a file."""
    return numbers_of(read_grid(Path(path), sheet), content)


def numbers_of(grid: Grid, content: Content, only: Collection[str] | None = None) -> Numbers:
    """Dates and numbers of a table, of some columns where ``only`` names them."""
    names = names_of(grid)
    times = Counter(names)
    wanted = times.keys() if only is None else only
    for name in wanted:
        if times[name] == 0:
            raise InputError(f"{grid.name}: expected one of the columns {', '.join(names)}, got {name!r}")
        if times[name] > 1:
            raise InputError(
                f"{grid.name}: expected each column name once, got {name} more than once; rename or remove one"
            )
    days = [date_of(cell, f"{grid.name}: row {grid.first_row + i}") for i, cell in enumerate(grid.dates)]
    kept = [(name, cells) for name, cells in zip(names, grid.columns, strict=True) if name in wanted]
    columns = []
    for name, cells in kept:
        values = cells if isinstance(cells, np.ndarray) else [grid.parse(cell) for cell in cells]
        for i, value in enumerate(values):
            if value is None:
                place = f"{grid.name}: {name} on {days[i]} (row {grid.first_row + i})"
                raise InputError(f"{place}: {content.refused(cells[i])}")
        columns.append(np.asarray(values, dtype=np.float64))
    marked = _LABEL.search(str(grid.headers[0]))
    return Numbers(
        name=grid.name,
        first_row=grid.first_row,
        days=days,
        columns=[name for name, _ in kept],
        values=np.column_stack(columns),
        label=marked[1] if marked else "",
    )


def read_grid(path: Path, sheet: str | None) -> Grid:
    """Read by the ending of the file's name; ``sheet`` is for Excel files, None their first."""
    readers: dict[str, Callable[[Path], Grid]] = {
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


def _read_csv(path: Path) -> Grid:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, skipinitialspace=True, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name}: expected comma-separated text in UTF-8, got {error}; save it as CSV UTF-8"
        ) from error
    return _grid_of_rows(path.name, rows, _text_price)


def _read_excel(path: Path, sheet: str | None) -> Grid:
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


def _read_parquet(path: Path) -> Grid:
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
    return Grid(path.name, [frame.index.name or "Date", *frame.columns], frame.index.tolist(), columns, 1, _typed_price)


def _parquet_column(column: pd.Series[Any]) -> Sequence[Any] | FloatArray:
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return [None if cell is pd.NA else cell for cell in column.tolist()]


def _grid_of_rows(name: str, rows: list[list[Any]], parse: Callable[[Any], float | None]) -> Grid:
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
    return Grid(name, rows[0], dates, columns, 2, parse)


def names_of(grid: Grid) -> list[str]:
    """The headers of all columns but the first, the dates."""
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


def date_of(cell: Any, where: str) -> date:
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
