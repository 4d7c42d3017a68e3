"""Data: returns and month-ends from prices, and checks of a table of prices."""

from __future__ import annotations

import numpy as np

from aram_xl.errors import InputError, TooShortError
from aram_xl.returns import FREQUENCIES, detect_frequency, period_ends, simple_returns
from aram_xl.types import DateArray, FloatArray
from udfs.boundary import Block, Cells, Rows, dated, grid, labelled, text
from udfs.registry import excel_function

_PRICES = "Total-return levels: dates in the first column, one column per asset, a header row of tickers if you like."


def levels_at_period_ends(cells: Cells, frequency: Cells, name: str = "prices") -> tuple[Block, DateArray]:
    """Levels at the ends of complete periods, and their dates."""
    found, days = dated(cells, name)
    code = text(frequency, "frequency", "M").upper()
    rows = period_ends(days, code).rows
    if rows.size < 2:
        raise TooShortError(f"{name}: expected at least 2 complete {FREQUENCIES[code]} periods, got {rows.size}")
    if (found.values <= 0).any():
        row, column = np.argwhere(found.values <= 0)[0]
        raise InputError(
            f"{name}: expected levels above 0, got {found.values[row, column]:g} on {days[row]} in column {column + 2}"
        )
    return found._replace(values=found.values[rows]), days[rows]


@excel_function(
    gives="Dates and returns, one row per period; heads when the prices have them. #N/A where a level is missing.",
    native="level / previous level - 1, on the last row of each period",
    prices=_PRICES,
    frequency="D, W, M or Q; M when left out.",
)
def ARAM_RETURNS(prices: Cells, frequency: Cells = None) -> Rows:
    """Simple returns between the last trading days of each period; an incomplete final period is left out."""
    found, days = levels_at_period_ends(prices, frequency)
    return grid(simple_returns(found.values), days[1:], found.columns, "Date")


@excel_function(
    gives="Dates and levels, one row per period; heads when the prices have them.",
    native="last row of each month, by EOMONTH and MATCH",
    prices=_PRICES,
    frequency="D, W, M or Q; M when left out.",
)
def ARAM_MONTH_END(prices: Cells, frequency: Cells = None) -> Rows:
    """Levels on the last trading day of each complete period."""
    found, days = levels_at_period_ends(prices, frequency)
    return grid(found.values, days, found.columns, "Date")


@excel_function(
    gives="Labelled rows: frequency, dates, and for each column the first date, empty cells inside and largest change.",
    native="COUNT, MIN and MAX over the columns",
    prices=_PRICES,
)
def ARAM_DATA_CHECK(prices: Cells) -> Rows:
    """What a table of prices holds, and what deserves a look: holes, jumps, stale prices, late starts."""
    found, days = dated(prices, "prices")
    if days.size > 1 and not (np.diff(days).astype(np.int64) > 0).all():
        i = int(np.argmax(np.diff(days).astype(np.int64) <= 0))
        raise InputError(
            f"prices: expected ascending dates, got {days[i + 1]} after {days[i]} in row {i + 2} of the data"
        )
    names = found.columns or [f"column {j + 1}" for j in range(found.values.shape[1])]
    lines: list[tuple[str, object]] = [
        ("frequency", FREQUENCIES[detect_frequency(days)]),
        ("rows", days.size),
        ("first date", str(days[0])),
        ("last date", str(days[-1])),
    ]
    for name, column in zip(names, found.values.T, strict=True):
        lines += [(f"{name}: {label}", value) for label, value in _column_facts(column, days)]
    return labelled(lines)


def _column_facts(column: FloatArray, days: DateArray) -> list[tuple[str, object]]:
    present = np.flatnonzero(np.isfinite(column))
    if present.size == 0:
        return [("levels", 0)]
    inside = column[present[0] : present[-1] + 1]
    levels = inside[np.isfinite(inside)]
    risen_from = np.flatnonzero(levels[:-1] > 0)
    changes = np.abs(levels[risen_from + 1] / levels[risen_from] - 1.0)
    return [
        ("levels", present.size),
        ("first date", str(days[present[0]])),
        ("holes", int(np.isnan(inside).sum())),
        ("lowest level", float(levels.min())),
        ("largest change", float(changes.max()) if changes.size else 0.0),
        ("longest run of equal levels", _longest_run(levels)),
    ]


def _longest_run(levels: FloatArray) -> int:
    changed = np.flatnonzero(np.append(np.diff(levels) != 0, True))
    return int(np.diff(np.concatenate(([-1], changed))).max())
