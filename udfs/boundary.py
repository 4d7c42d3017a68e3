"""Cells to arrays and arrays to cells: the only place that knows how cells behave.

What hosts hand over differs; here it becomes one thing. A range is a list of rows (lists or tuples); a single cell may
come bare. An empty cell is None (Excel) or '' (Calc). A date is a datetime (Excel) or a number (Calc). An error cell is
a text such as '#N/A', one of Excel's error integers, or keeps the call from happening at all (Calc).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from aram_xl.errors import InputError, TooShortError
from aram_xl.types import DateArray, FloatArray
from udfs.errors import NOT_AVAILABLE, CellError

Cells = Any
"""What a host hands over for one argument."""

Rows = list[list[Any]]

ERROR_TEXTS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!", "#GETTING_DATA")

ERROR_INTEGERS = {
    -2146826288: "#NULL!", -2146826281: "#DIV/0!", -2146826273: "#VALUE!", -2146826265: "#REF!",
    -2146826259: "#NAME?", -2146826252: "#NUM!", -2146826246: "#N/A",
}  # fmt: skip
"""How Excel hands error cells to programs; no price or weight is near these numbers."""

DATE_HEADS = ("date", "dates", "month", "day", "period", "time")
"""Head of a first column of dates; with one of these, numbers below it are dates (as Calc hands them over)."""

EPOCH = datetime.datetime(1899, 12, 30)


class Block(NamedTuple):
    """A block of numbers with the labels it came with."""

    values: FloatArray
    """(n_rows, n_columns)"""
    rows: list[Any] | None
    """Dates or names before each row."""
    columns: list[str] | None
    """Heads above each column."""


def is_omitted(cells: Cells) -> bool:
    """Whether an optional argument was left out (or points to one empty cell)."""
    if cells is None:
        return True
    rows = rows_of(cells)
    return len(rows) == 1 and len(rows[0]) == 1 and is_empty(rows[0][0])


def is_empty(cell: Any) -> bool:
    """Whether a cell is empty."""
    return cell is None or (isinstance(cell, str) and cell == "")


def rows_of(cells: Cells) -> Rows:
    """The rows of a range; a bare cell is a range of one."""
    if isinstance(cells, np.ndarray):
        cells = cells.tolist()
    if not isinstance(cells, list | tuple):
        return [[cells]]
    if len(cells) == 0:
        return [[]]
    if not isinstance(cells[0], list | tuple):
        return [list(cells)]
    return [list(row) for row in cells]


def block(cells: Cells, name: str) -> Block:
    """A block of numbers, with a header row and a first column of dates or names where the range has them.

    A first row of texts is a header. A first column is a label column where its cells are dates or texts, or where its
    head says that it holds dates. Everything else must be a number.

    Raises:
        InputError: an empty, text, boolean or error cell among the numbers; the message says where.
    """
    rows = _present(cells, name)
    header = _has_header(rows)
    heads = rows[0] if header else None
    body = rows[1:] if header else rows
    labelled = len(rows[0]) > 1 and (
        (heads is not None and _is_corner(heads[0])) or all(_is_label(row[0]) for row in body)
    )
    first = 1 if labelled else 0
    values = _values([row[first:] for row in body], name, (1 + header, 1 + first))
    labels = [row[0] for row in body] if labelled else None
    columns = [str(head) for head in heads[first:]] if heads is not None else None
    return Block(values, labels, columns)


def numbers(cells: Cells, name: str) -> FloatArray:
    """(n_rows, n_columns) numbers; labels that came along are left aside."""
    return block(cells, name).values


def vector(cells: Cells, name: str) -> tuple[FloatArray, list[str] | None]:
    """Numbers in one row or column, and their names where a row or column of texts stands beside them.

    Raises:
        InputError: more than one row and column of numbers.
    """
    found = block(cells, name)
    values, rows, columns = found
    if 1 not in values.shape:
        raise InputError(
            f"{name}: expected one row or column of numbers, got {values.shape[0]} rows and {values.shape[1]} columns"
        )
    labels = columns if values.shape[0] == 1 and values.shape[1] > 1 else rows
    return values.ravel(), [str(label) for label in labels] if labels is not None else None


def series(cells: Cells, name: str) -> FloatArray:
    """One column (or row) of returns; dates and a head may be part of the range."""
    return vector(cells, name)[0]


def scalar(cells: Cells, name: str) -> float:
    """One number.

    Raises:
        InputError: a range of several cells, or no number.
    """
    rows = rows_of(cells)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise InputError(f"{name}: expected one number, got a range of {len(rows)} x {len(rows[0])} cells")
    value = _finite(rows[0][0])
    if value is None:
        raise InputError(f"{name}: expected one number, got {_shown(rows[0][0])}")
    return value


def optional_scalar(cells: Cells, name: str) -> float | None:
    """One number, or None where the argument was left out."""
    return None if is_omitted(cells) else scalar(cells, name)


def whole(cells: Cells, name: str) -> int:
    """One whole number."""
    value = scalar(cells, name)
    if value != round(value):
        raise InputError(f"{name}: expected a whole number, got {value:g}")
    return int(value)


def text(cells: Cells, name: str, default: str | None = None) -> str:
    """One text; ``default`` where the argument was left out.

    Raises:
        InputError: no text.
    """
    if is_omitted(cells):
        if default is not None:
            return default
        raise InputError(f"{name}: expected a text, got an empty cell")
    rows = rows_of(cells)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise InputError(f"{name}: expected one text, got a range of {len(rows)} x {len(rows[0])} cells")
    found = rows[0][0]
    if not isinstance(found, str) or _is_error(found):
        raise InputError(f"{name}: expected a text, got {_shown(found)}")
    return found.strip()


def flag(cells: Cells, name: str) -> bool:
    """TRUE or FALSE, or the 1 or 0 as which some hosts hand them over; FALSE where the argument was left out."""
    if is_omitted(cells):
        return False
    found = rows_of(cells)
    if len(found) == len(found[0]) == 1 and found[0][0] in (0, 1):
        return bool(found[0][0])
    shown = _shown(found[0][0]) if len(found) == len(found[0]) == 1 else "a range of several cells"
    raise InputError(f"{name}: expected TRUE or FALSE, got {shown}")


def day(cells: Cells, name: str) -> np.datetime64 | None:
    """One date; None where the argument was left out."""
    if is_omitted(cells):
        return None
    found = rows_of(cells)
    if len(found) != 1 or len(found[0]) != 1:
        raise InputError(f"{name}: expected one date, got a range of {len(found)} x {len(found[0])} cells")
    return np.datetime64(dates(found[0], name)[0], "D")


def records(cells: Cells, name: str) -> Rows:
    """Texts and numbers as they stand, None where a cell is empty.

    Raises:
        InputError: an error cell, or no cell that is filled.
    """
    rows = _present(cells, name, "cells")
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if _is_error(cell) or (isinstance(cell, int) and cell in ERROR_INTEGERS):
                raise InputError(f"{name}: expected a value in row {i + 1}, column {j + 1}, got {_shown(cell)}")
    return [[None if is_empty(cell) else cell for cell in row] for row in rows]


def limit(cells: Cells, name: str, size: int, default: float) -> float | FloatArray:
    """A bound for all assets or one per asset; ``default`` where the argument was left out."""
    if is_omitted(cells):
        return default
    values = vector(cells, name)[0]
    if values.size == 1:
        return float(values[0])
    if values.size != size:
        raise InputError(f"{name}: expected one number, or {size}, one per asset; got {values.size}")
    return values


def dates(labels: list[Any] | None, name: str) -> DateArray:
    """The first column of a block as days; serial numbers count as dates here, because dates were asked for.

    Raises:
        InputError: no first column of dates.
    """
    if labels is None:
        raise InputError(f"{name}: expected dates in the first column, got numbers only; include the date column")
    days = []
    for i, label in enumerate(labels):
        if isinstance(label, datetime.date):
            days.append(np.datetime64(label.strftime("%Y-%m-%d"), "D"))
        elif isinstance(label, int | float) and not isinstance(label, bool) and label == label and 1 <= label < 2958466:
            days.append(np.datetime64(EPOCH + datetime.timedelta(days=float(label)), "D"))
        else:
            raise InputError(f"{name}: expected a date in row {i + 1} of the data, got {_shown(label)}")
    return np.array(days, dtype="datetime64[D]")


def dated(cells: Cells, name: str) -> tuple[Block, DateArray]:
    """A block whose first column holds dates, as dates or as serial numbers."""
    rows = _present(cells, name)
    if len(rows[0]) < 2:
        raise InputError(f"{name}: expected dates in the first column and numbers beside them, got one column")
    header = _has_header(rows)
    body = rows[1:] if header else rows
    labels = [row[0] for row in body]
    days = dates(labels, name)
    values = _values([row[1:] for row in body], name, (1 + header, 2), empty=np.nan)
    columns = [str(head) for head in rows[0][1:]] if header else None
    return Block(values, labels, columns), days


def column(values: Any, labels: Sequence[str] | None = None) -> Rows:
    """N x 1, or N x 2 with labels before the numbers."""
    cells = [_out(value) for value in np.asarray(values, dtype=object).ravel()]
    if labels is None:
        return [[cell] for cell in cells]
    return [[label, cell] for label, cell in zip(labels, cells, strict=True)]


def grid(
    values: Any, rows: Iterable[Any] | None = None, columns: Sequence[str] | None = None, corner: str = ""
) -> Rows:
    """A matrix, with labels before the rows and heads above the columns where given."""
    table = [[_out(value) for value in row] for row in np.asarray(values, dtype=object)]
    if rows is not None:
        table = [[_label(label), *row] for label, row in zip(rows, table, strict=True)]
    if columns is None:
        return table
    heads: list[Any] = list(columns)
    return [[corner, *heads] if rows is not None else heads, *table]


def labelled(lines: Sequence[tuple[str, Any]]) -> Rows:
    """Two columns: a label and its value; None becomes #N/A."""
    return [[label, _out(value)] for label, value in lines]


def one(value: Any) -> Rows:
    """A single cell."""
    return [[_out(value)]]


def enough(values: FloatArray, name: str, least: int) -> FloatArray:
    """Refuse fewer than ``least`` rows.

    Raises:
        TooShortError: too few rows.
    """
    if values.shape[0] < least:
        raise TooShortError(f"{name}: expected at least {least} rows of numbers, got {values.shape[0]}")
    return values


def _present(cells: Cells, name: str, what: str = "numbers") -> Rows:
    rows = rows_of(cells)
    if not rows[0] or is_omitted(rows):
        raise InputError(f"{name}: expected a range of {what}, got an empty cell")
    if any(len(row) != len(rows[0]) for row in rows):
        raise InputError(f"{name}: expected rows of equal length")
    return rows


def _has_header(rows: Rows) -> bool:
    """Whether the first of several rows holds heads: texts, or nothing, above every number."""
    if len(rows) < 2 or not all(isinstance(cell, str) or cell is None for cell in rows[0][1:] or rows[0]):
        return False
    return any(isinstance(cell, str) and cell != "" and not _is_error(cell) for cell in rows[0])


def _values(body: Rows, name: str, origin: tuple[int, int], empty: float | None = None) -> FloatArray:
    """The numbers of a body whose first cell is at ``origin`` of the range; ``empty`` stands for an empty cell."""
    if {type(cell) for row in body for cell in row} == {float}:  # the usual case, several times faster
        values: FloatArray = np.array(body)
        if np.isfinite(values).all():
            return values
    values = np.empty((len(body), len(body[0])))
    for i, row in enumerate(body):
        for j, cell in enumerate(row):
            value = empty if is_empty(cell) else _finite(cell)
            if value is None:
                place = f"row {origin[0] + i}, column {origin[1] + j}"
                raise InputError(f"{name}: expected a number in {place}, got {_shown(cell)}")
            values[i, j] = value
    return values


def _finite(cell: Any) -> float | None:
    """The number in a cell; None for anything else."""
    if not isinstance(cell, int | float) or isinstance(cell, bool) or not np.isfinite(cell):
        return None
    return None if isinstance(cell, int) and cell in ERROR_INTEGERS else float(cell)


def _shown(cell: Any) -> str:
    if is_empty(cell):
        return "an empty cell"
    if isinstance(cell, bool):
        return f"the boolean {str(cell).upper()}"
    if isinstance(cell, int) and cell in ERROR_INTEGERS:
        return f"the error {ERROR_INTEGERS[cell]}"
    if isinstance(cell, str):
        return f"the error {cell}" if _is_error(cell) else f"the text {cell!r}"
    if isinstance(cell, datetime.date):
        return f"the date {cell:%Y-%m-%d}"
    return f"{cell!r}"


def _is_error(cell: Any) -> bool:
    return isinstance(cell, str) and cell in ERROR_TEXTS


def _is_label(cell: Any) -> bool:
    return isinstance(cell, datetime.date) or (isinstance(cell, str) and cell != "" and not _is_error(cell))


def _is_corner(head: Any) -> bool:
    return is_empty(head) or (isinstance(head, str) and head.strip().lower() in DATE_HEADS)


def _label(label: Any) -> Any:
    if isinstance(label, np.datetime64):
        return float((label - np.datetime64(EPOCH, "D")) / np.timedelta64(1, "D"))
    return label


def _out(value: Any) -> Any:
    """A value that every host can show; NaN and None become the error #N/A."""
    if value is None:
        return CellError(NOT_AVAILABLE)
    if isinstance(value, str | CellError):
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    number = float(value)
    if not np.isfinite(number):
        return CellError(NOT_AVAILABLE)
    return number
