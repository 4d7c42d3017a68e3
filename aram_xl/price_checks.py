"""Checks of a table of prices: what cannot be right raises, what deserves a look becomes a finding.

A finding is made once per check and series (the worst place and a count), so that a table with a
hundred oddities of one kind stays readable. Nothing here changes a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, SupportsInt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aram_xl.errors import InputError, TooShortError
from aram_xl.table_files import Content
from aram_xl.types import BoolArray, FloatArray, IntArray

PRICE = Content("a price", "store prices as numbers, leave missing ones empty")

CHECKS: dict[str, str] = {
    "hole": "empty cells between the first and the last price of a series; value: their number",
    "stale": "a run of equal prices; value: the length of the longest; date: where it begins",
    "jump": "a return from one price to the next beyond the limit; value: the largest",
    "late_start": "a series begins after the table; value: rows before its first price",
    "early_end": "a series ends before the table; value: rows after its last price",
    "calendar_gap": "no row for longer than the frequency allows; value: days of the longest gap",
    "price_only": "distributions look left out; value: t of the month's first trading day",
    "dropped_asset": "an asset left out by the policy for missing data; value: its empty cells",
    "dropped_dates": "rows left out by the policy for missing data; value: their number",
}
"""The fixed set of names in ``Finding.check``, and what value and date mean for each."""

STALE_RUN = 5
"""Equal prices in a row. Real bill funds reach 17 while rates are near zero, so a run is never an error."""

JUMP_LIMIT = 0.40
"""One-period return, decimal: no broad fund moved 40 % in a day, a missed 2:1 split moves 50 %."""

PRICE_ONLY_T = -2.5
"""On daily data of 2013 to 2026: 23 monthly-paying bond and bill funds without their distributions lie
between -12.5 and -2.7, all other funds above -0.7; of 45 total-return series the lowest is -1.44."""

PRICE_ONLY_MONTHS = 12
"""Month starts needed before the t statistic is given at all."""

Frequency = Literal["D", "W", "M", "Q"]

_GAP_DAYS: dict[Frequency, tuple[float, float, float]] = {
    # usual gap between rows: least, greatest; and the gap beyond which rows are missing.
    # Daily: 7 days is the closure of September 2001, the longest of the New York exchange since 1933.
    "D": (1, 5, 7),
    "W": (5.5, 9.5, 11),
    "M": (26, 35, 40),
    "Q": (84, 98, 105),
}
_FREQUENCY_SHARE = 0.8
"""Share of gaps that must be usual ones: room for holidays and missing rows, too little for a mixture."""

_FREQUENCY_WORDS: dict[Frequency, str] = {"D": "daily", "W": "weekly", "M": "monthly", "Q": "quarterly"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check noticed; ``check`` is a key of ``CHECKS``, whole tables have no ticker."""

    check: str
    severity: Literal["warning", "notice"]
    ticker: str | None
    date: date | None
    value: float | None
    sentence: str


def check_prices(prices: pd.DataFrame) -> tuple[Finding, ...]:
    """Everything about a table of total-return levels that deserves a look.

    Args:
        prices: index = dates, ascending; columns = tickers; NaN where a series has no price.

    Returns:
        Findings, warnings first in the order of ``CHECKS``, then at most one notice.

    Raises:
        InputError: the table is impossible: dates out of order or repeated, repeated tickers, text,
            booleans, a price that is not above zero and finite, an empty series, no known frequency.
        TooShortError: fewer than three rows.
    """
    validate_prices(prices)
    findings: list[Finding] = []
    for check in (_holes, _stale_runs, _jumps, _late_starts, _early_ends, _calendar_gaps, _price_only):
        findings.extend(check(prices))
    return tuple(findings)


# What cannot be right


def validate_prices(prices: pd.DataFrame, name: str = "prices", first_row: int = 1) -> None:
    """Raise on the first impossible thing; ``first_row`` is the number that the first row of prices carries.

    Raises:
        InputError, TooShortError: as ``check_prices``.
    """
    if not isinstance(prices, pd.DataFrame):
        raise InputError(
            f"{name}: expected a table with dates as row labels and tickers as columns, "
            f"got {type(prices).__name__}"
        )
    _require_columns(prices, name)
    _require_dates(prices, name, first_row)
    _require_numbers(prices, name)
    _require_prices(prices, name)
    if len(prices) < 3:
        raise TooShortError(f"{name}: expected at least 3 rows of prices, got {len(prices)}; add dates")
    frequency_of(pd.DatetimeIndex(prices.index), name)


def _require_columns(prices: pd.DataFrame, name: str) -> None:
    if prices.shape[1] == 0 or len(prices) == 0:
        raise InputError(f"{name}: expected dates and at least one column of prices, got an empty table")
    repeated = prices.columns[prices.columns.duplicated()]
    if len(repeated):
        raise InputError(
            f"{name}: expected each column name once, got {repeated[0]} more than once; rename or remove one"
        )


def _require_dates(prices: pd.DataFrame, name: str, first_row: int) -> None:
    index = prices.index
    if not isinstance(index, pd.DatetimeIndex):
        raise InputError(f"{name}: expected dates as row labels, got {type(index[0]).__name__} {index[0]!r}")
    if index.tz is not None:
        raise InputError(f"{name}: expected dates without a time zone, got {index.tz}; use tz_localize(None)")
    if index.hasnans:
        raise InputError(f"{name}: expected a date in row {first_row + int(index.isna().argmax())}, got none")
    wrong = np.flatnonzero(_gaps(index) <= 0)
    if wrong.size:
        i = int(wrong[0]) + 1
        before, this, where = day_of(prices, i - 1), day_of(prices, i), f"row {first_row + i}"
        if before == this:
            raise InputError(f"{name}: expected each date once, got {this} again in {where}; remove a row")
        raise InputError(
            f"{name}: expected dates in ascending order, got {this} in {where} after {before}; "
            "sort the rows by date"
        )


def _require_numbers(prices: pd.DataFrame, name: str) -> None:
    for ticker, kind in zip(prices.columns, prices.dtypes, strict=True):
        if pd.api.types.is_bool_dtype(kind):
            raise InputError(f"{name}: {ticker}: expected prices, got booleans")
        if pd.api.types.is_numeric_dtype(kind):
            continue
        for row, cell in enumerate(prices[ticker]):
            if isinstance(cell, str | bool | np.bool_):
                raise InputError(f"{name}: {ticker} on {day_of(prices, row)}: {PRICE.refused(cell)}")
        raise InputError(f"{name}: {ticker}: expected a column of floats, got {kind}")


def _require_prices(prices: pd.DataFrame, name: str) -> None:
    levels = levels_of(prices)
    empty = np.isnan(levels).all(axis=0)
    if empty.any():
        ticker = prices.columns[int(empty.argmax())]
        raise InputError(f"{name}: {ticker}: expected prices, got an empty column; remove the column")
    bad = np.argwhere(np.isinf(levels) | (levels <= 0))
    if bad.size:
        row, column = bad[0]
        value = levels[row, column]
        kind = "a finite price" if np.isinf(value) else "a price above zero"
        raise InputError(
            f"{name}: {prices.columns[column]} on {day_of(prices, row)}: expected {kind}, got {value:g}; "
            "correct it, or leave the cell empty if there is no price"
        )


def frequency_of(dates: pd.DatetimeIndex, name: str = "prices") -> Frequency:
    """Whether rows are daily ``D``, weekly ``W``, monthly ``M`` or quarterly ``Q``.

    The frequency is the one whose usual gap holds the median gap, and at least 80 % of all gaps.

    Raises:
        TooShortError: fewer than three dates.
        InputError: no frequency fits.
    """
    if len(dates) < 3:
        raise TooShortError(f"{name}: expected at least 3 dates to see the frequency, got {len(dates)}")
    gaps = _gaps(dates)
    median = float(np.median(gaps))
    for frequency, (least, greatest, _) in _GAP_DAYS.items():
        usual = np.mean((gaps >= least) & (gaps <= greatest))
        if least <= median <= greatest and usual >= _FREQUENCY_SHARE:
            return frequency
    raise InputError(
        f"{name}: expected daily, weekly, monthly or quarterly rows, "
        f"got gaps of {gaps.min()} to {gaps.max()} days (median {median:g}); keep rows of one frequency"
    )


# What deserves a look


def _holes(prices: pd.DataFrame) -> Iterator[Finding]:
    for ticker, rows, _ in _series(prices):
        missing = np.setdiff1d(np.arange(rows[0], rows[-1]), rows, assume_unique=True)
        if missing.size:
            day = day_of(prices, missing[0])
            cells = count(missing.size, "empty cell")
            sentence = f"{ticker}: {cells} between its first and last price, first on {day}"
            yield Finding("hole", "warning", ticker, day, float(missing.size), sentence)


def _stale_runs(prices: pd.DataFrame) -> Iterator[Finding]:
    for ticker, rows, levels in _series(prices):
        starts = np.flatnonzero(np.r_[True, levels[1:] != levels[:-1]])
        lengths = np.diff(np.r_[starts, levels.size])
        longest = int(lengths.argmax())
        if lengths[longest] >= STALE_RUN:
            day, value = day_of(prices, rows[starts[longest]]), int(lengths[longest])
            runs = count(int((lengths >= STALE_RUN).sum()), "run")
            sentence = (
                f"{ticker}: {value} equal prices in a row from {day}; {runs} of {STALE_RUN} or more in all"
            )
            yield Finding("stale", "warning", ticker, day, float(value), sentence)


def _jumps(prices: pd.DataFrame) -> Iterator[Finding]:
    for ticker, rows, levels in _series(prices):
        returns = _simple_returns(levels)
        beyond = int((np.abs(returns) > JUMP_LIMIT).sum())
        if beyond:
            largest = int(np.abs(returns).argmax())
            day, value = day_of(prices, rows[largest + 1]), float(returns[largest])
            sentence = (
                f"{ticker}: a jump of {value:+.1%} on {day}; "
                f"{count(beyond, 'jump')} beyond {JUMP_LIMIT:.0%} in all (a split, a wrong price?)"
            )
            yield Finding("jump", "warning", ticker, day, value, sentence)


def _late_starts(prices: pd.DataFrame) -> Iterator[Finding]:
    for ticker, rows, _ in _series(prices):
        if rows[0] > 0:
            day = day_of(prices, rows[0])
            sentence = f"{ticker}: first price on {day}, the table begins on {day_of(prices, 0)}"
            yield Finding("late_start", "warning", ticker, day, float(rows[0]), sentence)


def _early_ends(prices: pd.DataFrame) -> Iterator[Finding]:
    end = len(prices) - 1
    for ticker, rows, _ in _series(prices):
        if rows[-1] < end:
            day = day_of(prices, rows[-1])
            sentence = f"{ticker}: last price on {day}, the table ends on {day_of(prices, end)}"
            yield Finding("early_end", "warning", ticker, day, float(end - rows[-1]), sentence)


def _calendar_gaps(prices: pd.DataFrame) -> Iterator[Finding]:
    dates = pd.DatetimeIndex(prices.index)
    frequency = frequency_of(dates)
    gaps = _gaps(dates)
    beyond = int((gaps > _GAP_DAYS[frequency][2]).sum())
    if beyond:
        longest = int(gaps.argmax())
        before, after = day_of(prices, longest), day_of(prices, longest + 1)
        sentence = (
            f"calendar: no row between {before} and {after} ({gaps[longest]} days) "
            f"in {_FREQUENCY_WORDS[frequency]} data; {count(beyond, 'such gap')} in all"
        )
        yield Finding("calendar_gap", "warning", None, before, float(gaps[longest]), sentence)


def _price_only(prices: pd.DataFrame) -> Iterator[Finding]:
    remedy = "ask the source whether distributions are included"
    if frequency_of(pd.DatetimeIndex(prices.index)) != "D":
        sentence = f"the price-only test needs daily rows and was not made; {remedy}"
        yield Finding("price_only", "notice", None, None, None, sentence)
        return
    statistic = first_trading_day_t(prices)
    for ticker, t in statistic[statistic < PRICE_ONLY_T].items():
        sentence = (
            f"{ticker}: looks like prices without distributions: the first trading days of months return "
            f"less than other days (t = {t:.1f}, limit {PRICE_ONLY_T}); use total-return levels "
            "(adjusted close)"
        )
        yield Finding("price_only", "warning", str(ticker), None, float(t), sentence)
    unflagged = int((~(statistic < PRICE_ONLY_T)).sum())
    if unflagged:
        sentence = (
            f"the price-only test sees monthly payers only, over {PRICE_ONLY_MONTHS} months or more; "
            f"{count(unflagged, 'series', 'series')} not flagged may still lack quarterly or yearly "
            f"distributions; {remedy}"
        )
        yield Finding("price_only", "notice", None, None, float(unflagged), sentence)


def first_trading_day_t(prices: pd.DataFrame) -> pd.Series[float]:
    """Welch's t of the month's first trading day against the other days, per ticker.

    Funds that pay monthly go ex on the first trading days of a month, so a series without distributions
    falls on those days: a t far below zero. A return belongs to a month's first trading day when the price
    before it lies in an earlier month.

    Args:
        prices: daily rows.

    Returns:
        t per ticker; NaN with fewer than 12 month starts or no variance.

    Raises:
        InputError: rows are not daily.

    Source:
        Welch (1947), Biometrika 34: two means, unequal variances.
    """
    frequency = frequency_of(pd.DatetimeIndex(prices.index))
    if frequency != "D":
        raise InputError(
            "prices: expected daily rows for the first-trading-day test, "
            f"got {_FREQUENCY_WORDS[frequency]} rows"
        )
    months = prices.index.to_numpy().astype("datetime64[M]").astype(np.int64)
    statistic = {}
    for ticker, rows, levels in _series(prices):
        statistic[ticker] = _welch_t(_simple_returns(levels), np.diff(months[rows]) > 0)
    return pd.Series(statistic, dtype=np.float64, name="t")


def _welch_t(returns: FloatArray, chosen: BoolArray) -> float:
    first, other = returns[chosen], returns[~chosen]
    if first.size < PRICE_ONLY_MONTHS or other.size < PRICE_ONLY_MONTHS:
        return float("nan")
    variance = first.var(ddof=1) / first.size + other.var(ddof=1) / other.size
    return float((first.mean() - other.mean()) / np.sqrt(variance)) if variance > 0 else float("nan")


# Small helpers


def levels_of(prices: pd.DataFrame) -> FloatArray:
    """The prices as floats, NaN where there is none."""
    return prices.to_numpy(dtype=np.float64, na_value=np.nan)


def day_of(prices: pd.DataFrame, row: SupportsInt) -> date:
    """The date of a row, counted from 0."""
    return pd.DatetimeIndex(prices.index)[int(row)].date()


def count(number: int, word: str, plural: str | None = None) -> str:
    """A number with its noun."""
    return f"{number} {word if number == 1 else plural or word + 's'}"


def _series(prices: pd.DataFrame) -> Iterator[tuple[str, IntArray, FloatArray]]:
    """Each ticker with the rows that hold a price, and these prices."""
    levels = levels_of(prices)
    for column, ticker in enumerate(prices.columns):
        rows = np.flatnonzero(~np.isnan(levels[:, column]))
        yield str(ticker), rows, levels[rows, column]


def _simple_returns(levels: FloatArray) -> FloatArray:
    return levels[1:] / levels[:-1] - 1.0


def _gaps(dates: pd.DatetimeIndex) -> NDArray[np.int64]:
    days: NDArray[np.int64] = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    return days[1:] - days[:-1]
