"""From dated levels to simple returns between period ends."""

from __future__ import annotations

import datetime
import functools
import warnings
from typing import Any, NamedTuple

import numpy as np

from aram_xl._labels import dates_of, frame, is_labelled, labels_of, series, values_of
from aram_xl.errors import DataWarning, InputError, TooShortError
from aram_xl.types import DateArray, FloatArray, IntArray, Table

FREQUENCIES = {"D": "daily", "W": "weekly", "M": "monthly", "Q": "quarterly"}
PERIODS_PER_YEAR = {"D": 252, "W": 52, "M": 12, "Q": 4}

_MEDIAN_GAP = {"D": (1, 4), "W": (5, 9), "M": (26, 35), "Q": (85, 98)}
"""Median distance of neighbouring dates in calendar days, by frequency."""


class PeriodEnds(NamedTuple):
    """Rows of the last date of each period; the final period only if it is complete."""

    rows: IntArray
    dropped: np.datetime64 | None
    """Last date of the final period when that period is incomplete and was dropped."""


def detect_frequency(dates: DateArray) -> str:
    """Tell the frequency of ascending dates from the median distance of neighbours.

    Args:
        dates: (n,) days, ascending.

    Returns:
        One of ``D W M Q``.

    Raises:
        TooShortError: fewer than three dates.
        InputError: the distances fit no known frequency.
    """
    if dates.size < 3:
        raise TooShortError(f"dates: expected at least 3 dates to tell their frequency, got {dates.size}")
    gap = float(np.median(np.diff(dates.astype("datetime64[D]")).astype(np.int64)))
    for code, (least, greatest) in _MEDIAN_GAP.items():
        if least <= gap <= greatest:
            return code
    raise InputError(
        f"dates: expected daily, weekly, monthly or quarterly dates, got a median distance of {gap:g} days; "
        "supply one row per period"
    )


def period_ends(dates: DateArray, frequency: str) -> PeriodEnds:
    """Find the last date of each calendar period.

    The final period counts only if its last date is the period's last weekday that is not a holiday of the
    New York Stock Exchange (or a later day of that period): otherwise a later price may still come.

    Args:
        dates: (n,) days, ascending, no duplicates.
        frequency: ``D``, ``W`` (Monday to Sunday), ``M`` or ``Q``.

    Raises:
        InputError: unknown frequency, or dates out of order.
    """
    if frequency not in FREQUENCIES:
        raise InputError(f"frequency: expected one of {', '.join(FREQUENCIES)}, got {frequency!r}")
    days = dates.astype("datetime64[D]")
    if days.size > 1 and not (np.diff(days).astype(np.int64) > 0).all():
        raise InputError("dates: expected ascending dates without duplicates; sort the table by date")
    if frequency == "D" or days.size == 0:
        return PeriodEnds(np.arange(days.size), None)
    period = period_number(days, frequency)
    rows = np.flatnonzero(np.append(np.diff(period) != 0, True))
    if days[-1] < _last_trading_day(days[-1], frequency):
        return PeriodEnds(rows[:-1], days[-1])
    return PeriodEnds(rows, None)


def simple_returns(levels: FloatArray) -> FloatArray:
    """Simple returns of consecutive rows: (n, ...) levels to (n - 1, ...) decimals, NaN where a level is."""
    return np.asarray(levels[1:] / levels[:-1] - 1.0)


def period_returns(prices: Table, frequency: str, dates: Any = None) -> Table:
    """Simple returns between period ends.

    Args:
        prices: (n, n_assets) or (n,) total-return levels; a DataFrame or Series has dates as row labels.
        frequency: ``D``, ``W``, ``M`` or ``Q``.
        dates: (n,) days, for arrays only.

    Returns:
        (n_periods - 1, n_assets) decimals, labelled by period end when ``prices`` is labelled; NaN where either
        level is missing. An incomplete final period is left out, with a ``DataWarning``.

    Raises:
        InputError: no dates, unknown frequency, or a level that is not positive.
        TooShortError: fewer than two complete periods.
    """
    labels = labels_of(prices)
    if labels is None and dates is None:
        raise InputError("dates: expected one date per row of prices, got none")
    levels = values_of(prices, "prices")
    days = dates_of(labels.index, "prices") if labels else np.asarray(dates).astype("datetime64[D]")
    if levels.shape[0] != days.size:
        raise InputError(f"dates: expected {levels.shape[0]}, one per row of prices, got {days.size}")
    bad = np.argwhere((levels <= 0) | np.isinf(levels))
    if bad.size:
        raise InputError(f"prices: expected positive levels, got {levels[tuple(bad[0])]:g} on {days[bad[0][0]]}")
    rows, dropped = period_ends(days, frequency)
    if rows.size < 2:
        raise TooShortError(
            f"prices: expected at least 2 complete {FREQUENCIES[frequency]} periods, got {rows.size}; supply more dates"
        )
    if dropped is not None:
        warnings.warn(
            f"prices: the final {FREQUENCIES[frequency]} period is incomplete (last price {dropped}) and was left out",
            DataWarning,
            stacklevel=2,
        )
    values = simple_returns(levels[rows])
    if labels is None or not is_labelled(prices):
        return values
    index = labels.index[rows[1:]]
    if labels.columns is None:
        return series(values, index, prices.name)
    return frame(values, index, labels.columns)


def period_number(days: DateArray, frequency: str) -> IntArray:
    if frequency == "W":
        return (days.astype(np.int64) + 3) // 7  # day 0, 1970-01-01, was a Thursday
    months = days.astype("datetime64[M]").astype(np.int64)
    return months if frequency == "M" else months // 3


def _last_trading_day(day: np.datetime64, frequency: str) -> np.datetime64:
    """The last weekday of the day's period that is not a New York Stock Exchange holiday."""
    number = int(period_number(np.array([day]), frequency)[0])
    if frequency == "W":
        last = np.datetime64("1970-01-01") + (number * 7 + 3)
    else:
        months = number + 1 if frequency == "M" else 3 * (number + 1)
        last = np.datetime64(months, "M").astype("datetime64[D]") - 1
    date: datetime.date = last.astype(object)
    while date.weekday() >= 5 or date in _closed(date.year):
        date -= datetime.timedelta(days=1)
    return np.datetime64(date, "D")


@functools.cache
def _closed(year: int) -> frozenset[datetime.date]:
    """Holidays of the New York Stock Exchange."""
    import holidays

    return frozenset(holidays.financial_holidays("NYSE", years=year))
