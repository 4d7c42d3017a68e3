"""Cells as tables with dates and names, for the engine functions that walk through time or name what they judge.

Only here do functions meet pandas, and only when they are called.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aram_xl._labels import frame
from aram_xl._labels import series as labelled_series
from aram_xl.errors import InputError
from aram_xl.types import DateArray, Table
from udfs.boundary import Block, Cells, block, dated, dates, is_omitted, records


def dated_table(cells: Cells, name: str) -> Table:
    """A DataFrame of a range with dates in the first column and a header row; NaN where a cell is empty.

    Raises:
        InputError: no dates, no header row, or something else than a number.
    """
    found, days = dated(cells, name)
    if found.columns is None:
        raise InputError(f"{name}: expected a header row of names, got numbers only; include the header row")
    return frame(found.values, days, found.columns)


def optional_dated_table(cells: Cells, name: str) -> Table | None:
    """The same, or None where the argument was left out."""
    return None if is_omitted(cells) else dated_table(cells, name)


def days_of(found: Block, name: str) -> DateArray | None:
    """The first column as days; None where the range has numbers only."""
    return None if found.rows is None else dates(found.rows, name)


def monthly(cells: Cells, name: str, days: DateArray | None) -> Table | None:
    """Monthly returns as an engine function takes them: with dates and names where there are dates, else an array.

    Args:
        cells: None or one empty cell gives None.
        name: of the argument.
        days: of the fund, for ranges without dates of their own: rows stand side by side.
    """
    if is_omitted(cells):
        return None
    found = block(cells, name)
    own = days_of(found, name)
    index = days if own is None else own
    single = 1 in found.values.shape
    values = found.values.ravel() if single else found.values
    if index is None or index.size != values.shape[0]:
        return values
    if single:
        named = found.columns is not None and len(found.columns) == 1
        return labelled_series(values, _as_index(index), found.columns[0] if found.columns and named else name)
    heads = found.columns or [f"{name} {j + 1}" for j in range(found.values.shape[1])]
    return frame(found.values, _as_index(index), heads)


def named_values(cells: Cells, name: str, known: tuple[str, ...]) -> dict[str, Any]:
    """Names and values in two columns; nothing where the argument was left out. Whole numbers become such.

    Raises:
        InputError: not two columns, a name that is unknown or twice there, or no value beside it.
    """
    if is_omitted(cells):
        return {}
    rows = records(cells, name)
    if len(rows[0]) != 2:
        raise InputError(f"{name}: expected two columns, a name and its value, got {len(rows[0])}")
    found: dict[str, Any] = {}
    for number, (key, value) in enumerate(rows, start=1):
        if key is None and value is None:
            continue
        key = str(key).strip().lower().replace(" ", "_")
        if key not in known or key in found:
            again = "it twice" if key in found else repr(key)
            raise InputError(f"{name}: expected each of {', '.join(known)} at most once, got {again} in row {number}")
        if value is None:
            raise InputError(f"{name}: expected a value beside {key} in row {number}, got an empty cell")
        found[key] = int(value) if isinstance(value, float) and value.is_integer() else value
    return found


def _as_index(days: DateArray) -> Any:
    """Days as pandas takes them for labels of dates."""
    return np.asarray(days, dtype="datetime64[s]")
