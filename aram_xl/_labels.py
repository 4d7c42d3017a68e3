"""Labels in, labels out: the only place where engine functions meet pandas.

pandas is imported only when a labelled table came in, so it is loaded already.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aram_xl.errors import InputError
from aram_xl.types import DateArray, FloatArray, Table


class Labels(NamedTuple):
    """Row and column labels of a pandas table."""

    index: Any
    columns: Any


def is_labelled(table: Table) -> bool:
    """Whether ``table`` is a pandas Series or DataFrame."""
    return hasattr(table, "iloc")


def labels_of(table: Table) -> Labels | None:
    """The labels of a pandas table; None for arrays and lists."""
    if not is_labelled(table):
        return None
    return Labels(table.index, getattr(table, "columns", None))


def values_of(table: Table, name: str) -> FloatArray:
    """The numbers of a table as float64 (NaN where missing)."""
    source = table.to_numpy(dtype=object) if is_labelled(table) else table
    try:
        return np.array(source, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: expected numbers only, got text or rows of different lengths") from error


def dates_of(index: Any, name: str) -> DateArray:
    """The dates of a pandas index as days.

    Raises:
        InputError: the index holds no dates.
    """
    dates = np.asarray(index)
    if dates.dtype.kind != "M":
        raise InputError(f"{name}: expected dates as row labels, got {type(index[0]).__name__} {index[0]!r}")
    return dates.astype("datetime64[D]")


def series(values: FloatArray, index: Any, name: str | None = None) -> Table:
    """A pandas Series."""
    import pandas as pd

    return pd.Series(values, index=index, name=name)


def frame(values: FloatArray, index: Any, columns: Any) -> Table:
    """A pandas DataFrame."""
    import pandas as pd

    return pd.DataFrame(values, index=index, columns=columns)
