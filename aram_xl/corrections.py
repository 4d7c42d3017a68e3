"""Dated corrections: one-day returns that a source has wrong, replaced where the table still shows them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from aram_xl.errors import InputError
from aram_xl.price_checks import count, frequency_of, levels_of, validate_prices
from aram_xl.table_files import FilePath, date_of, read_grid

CORRECTION_TOLERANCE = 1e-5
"""Difference of one-day returns up to which a file shows the return that a correction names. Two downloads
of one fund differ by less than 3e-6, the smallest correction known is 6e-4."""


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
    grid = read_grid(Path(path), None)
    cells = dict(zip(map(str, grid.headers), (grid.dates, *grid.columns), strict=False))
    absent = [name for name in ("Date", "Ticker", "SourceReturn", "SuggestedReturn") if name not in cells]
    if absent:
        raise InputError(f"{grid.name}: expected a column {absent[0]}, got {', '.join(cells)}")
    corrections: dict[tuple[date, str], Correction] = {}
    columns = (cells["Date"], cells["Ticker"], cells["SourceReturn"], cells["SuggestedReturn"])
    for row, (day, ticker, source, suggested) in enumerate(zip(*columns, strict=True), start=grid.first_row):
        where = f"{grid.name}: row {row}"
        key = (date_of(day, where), str(ticker).strip())
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


def summary(outcomes: Iterable[AppliedCorrection], tickers: Iterable[str]) -> list[str]:
    """One line per correction; those of tickers that are not in the table share one."""
    known = set(tickers)
    lines = [outcome.sentence for outcome in outcomes if outcome.correction.ticker in known]
    foreign = [outcome.correction.ticker for outcome in outcomes if outcome.correction.ticker not in known]
    if foreign:
        names = ", ".join(dict.fromkeys(foreign))
        lines.append(f"{count(len(foreign), 'correction')} not applied: not in the table: {names}")
    return lines
