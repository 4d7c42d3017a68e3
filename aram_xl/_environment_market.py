"""Step 1: the market series, what a user's dated series said at the time, and market risk, point in time.

Each row is computed from rows up to it, by operations that do not depend on how many rows there are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aram_xl._covariance import covariances
from aram_xl._labels import dates_of, is_labelled, labels_of, series, values_of
from aram_xl._risk_target_rule import MarketRisk
from aram_xl.errors import InputError
from aram_xl.returns import FREQUENCIES, period_number, simple_returns
from aram_xl.types import BoolArray, DateArray, FloatArray, IntArray, Table

_WEEK, _QUARTER, _NEVER = (np.timedelta64(days, "D") for days in (7, 92, 10**6))


class MarketSeries(NamedTuple):
    """The market at period ends."""

    dates: DateArray
    """(n_periods,)"""
    levels: FloatArray
    """(n_periods,), NaN where a price is missing."""
    returns: FloatArray
    """(n_periods,) return of the period that ends at each row, the first NaN; NaN where either price is missing or
    whole periods lie between two rows."""
    holes: tuple[tuple[np.datetime64, str], ...] = ()
    """Period ends without a return after the series has started, each with its sentence."""


class DatedSeries(NamedTuple):
    """A user's series, by the dates that its values describe."""

    dates: DateArray
    values: FloatArray


class Known(NamedTuple):
    """The latest published value of a user's series at each of several dates."""

    values: FloatArray
    """NaN where none was published yet."""
    dates: DateArray
    """The dates that the values describe; NaT where there is none."""


def market_risk(
    returns: Table,
    method: str = "sample",
    window: int | None = None,
    half_life: float | None = None,
    windows: Any = None,
) -> Table:
    """Volatility of a series through time, each value from the returns up to its row and no later ones.

    Args:
        returns: (n_periods,) decimals, equally spaced, oldest first; NaN where a return is missing.
        method: ``sample`` (divisor n - 1); ``ewma`` (as `aram_xl.covariance`, on the last ``window`` returns);
            ``range`` (mean of the sample volatilities over each of ``windows``).
        window: returns used, for ``sample`` and ``ewma``.
        half_life: periods, for ``ewma``.
        windows: returns used by each volatility of ``range``.

    Returns:
        (n_periods,) decimal per period, labelled when ``returns`` is; NaN where fewer returns have gone before, or
        one in the window is missing.

    Raises:
        InputError: not one series, an infinite return, an unknown method, or a window missing or not wanted.

    Example:
        >>> market_risk([0.01, 0.03, -0.01], window=2).round(4)
        array([   nan, 0.0141, 0.0283])
    """
    settings = MarketRisk(method=method, window=window, half_life=half_life, windows=() if windows is None else windows)
    values = values_of(returns, "returns")
    if values.ndim == 2 and 1 in values.shape:
        values = values.ravel()
    if values.ndim != 1 or values.size == 0:
        raise InputError(f"returns: expected one row or column of numbers, got shape {values.shape}")
    if np.isinf(values).any():
        raise InputError(f"returns: expected finite numbers, got {values[np.isinf(values)][0]}")
    risk = _volatility(values, settings)
    labels = labels_of(returns)
    return risk if labels is None or labels.index.size != risk.size else series(risk, labels.index, "market_risk")


def risk_of(
    market: MarketRisk, found: MarketSeries, periods_per_year: float, observed: DatedSeries | None = None
) -> FloatArray:
    """Market risk at each period end as a card defines it: (n_periods,) decimal per period, NaN where unknown.

    Args:
        market: the definition.
        found: the series of the benchmark or portfolio.
        periods_per_year: of that series.
        observed: the user's series, for source ``macro``.

    Raises:
        InputError: no window, no user's series, or a value of it that is not positive.
    """
    if market.source != "macro":
        return _volatility(found.returns, market)
    if observed is None:
        raise InputError(f"market_risk macro: expected the user's series {market.macro!r}, got none; supply its column")
    low = np.flatnonzero(observed.values <= 0)
    if low.size:
        raise InputError(
            f"market_risk macro: expected positive values of {market.macro}, which are taken for volatility, "
            f"got {observed.values[low[0]]:g} on {observed.dates[low[0]]}"
        )
    known = known_at(observed, market.publication_lag_days or 0, found.dates)
    return np.asarray(known.values * market.macro_scale / np.sqrt(periods_per_year))


def market_series(
    dates: DateArray, levels: FloatArray, weights: FloatArray, names: tuple[str, ...], frequency: str
) -> MarketSeries:
    """The market at period ends: one security, or a portfolio of fixed weights that are reset each period.

    A portfolio starts at 1 on the first date on which all its members have a price. Nothing is filled: a period with a
    missing price has no return, nor has the next; the level goes on after the hole from the last complete date, by
    weights that drifted in between, and each such period end is listed in ``holes``.

    Args:
        dates: (n_periods,) period ends, ascending.
        levels: (n_periods, n_members) total-return levels, NaN where there is none.
        weights: (n_members,) sum 1.
        names: (n_members,) for sentences.
        frequency: ``D``, ``W``, ``M`` or ``Q``.

    Raises:
        InputError: a price that is not positive, a member without any, or no date that has them all.
    """
    for i, j in np.argwhere((levels <= 0) | np.isinf(levels)):
        raise InputError(f"prices: expected positive levels, got {levels[i, j]:g} for {names[j]} on {dates[i]}")
    present = np.isfinite(levels)
    for j in np.flatnonzero(~present.any(axis=0)):
        raise InputError(f"prices: expected prices of {names[j]}, which the market is made of, got none")
    complete = np.flatnonzero(present.all(axis=1))
    if complete.size == 0:
        raise InputError(f"prices: expected a date with prices of {', '.join(names)}, got none")
    earned = (simple_returns(levels[complete]) * weights).sum(axis=1)
    level = np.full(dates.size, np.nan)
    level[complete] = levels[complete, 0] if len(names) == 1 else np.cumprod(np.append(1.0, 1.0 + earned))
    step = np.diff(complete)
    if frequency != "D":
        step = np.maximum(step, np.diff(period_number(dates, frequency)[complete]))
    returns = np.full(dates.size, np.nan)
    returns[complete[1:][step == 1]] = earned[step == 1]
    return MarketSeries(dates, level, returns, _holes(dates, (present, returns), names, int(complete[0]), frequency))


def dated_series(table: Table, name: str, dates: Any = None) -> DatedSeries:
    """A user's dated column, empty cells left out (nothing was published then).

    Args:
        table: (n,) numbers; a Series has dates as row labels.
        name: of the series, for errors.
        dates: (n,) days, for arrays only.

    Raises:
        InputError: no dates, dates out of order, not one column, or no number at all.
    """
    values = values_of(table, name)
    if dates is None and not is_labelled(table):
        raise InputError(f"{name}: expected one date per value, got none")
    days = dates_of(table.index, name) if is_labelled(table) else np.asarray(dates).astype("datetime64[D]")
    if values.shape != days.shape:
        raise InputError(f"{name}: expected one column with one date per value, got shape {values.shape}")
    if days.size > 1 and not (np.diff(days).astype(np.int64) > 0).all():
        raise InputError(f"{name}: expected ascending dates without duplicates; sort the table by date")
    if np.isinf(values).any():
        raise InputError(f"{name}: expected finite numbers, got {values[np.isinf(values)][0]}")
    given = np.isfinite(values)
    if not given.any():
        raise InputError(f"{name}: expected numbers, got none")
    return DatedSeries(days[given], values[given])


def known_at(observed: DatedSeries, publication_lag_days: int, when: DateArray) -> Known:
    """The latest value published at each date: dated at least the publication lag, in calendar days, before it."""
    at = np.searchsorted(observed.dates + publication_lag_days, when.astype("datetime64[D]"), side="right")
    values = np.append(np.nan, observed.values)[at]
    return Known(values, np.append(np.datetime64("NaT", "D"), observed.dates)[at])


def overdue(observed: DatedSeries, publication_lag_days: int, when: DateArray) -> BoolArray:
    """Whether the value known at each date is carried on past the day on which the next was due.

    Due is the longest time between two of the values known by then, and a week more; a quarter where there is only one.
    """
    published = observed.dates + publication_lag_days
    known = np.searchsorted(published, when.astype("datetime64[D]"), side="right")
    longest = np.append([_NEVER, _QUARTER], np.maximum.accumulate(np.diff(published)) + _WEEK)
    age = when.astype("datetime64[D]") - published[np.maximum(known - 1, 0)]
    return np.asarray(age > longest[known])


def last_of(values: FloatArray, length: int) -> tuple[IntArray, FloatArray]:
    """Rows at which the last ``length`` values are all there, and those values: (n_rows,), (n_rows, length)."""
    ends = np.arange(length - 1, values.size)
    block = values[ends[:, None] + np.arange(1 - length, 1)]
    whole = np.isfinite(block).all(axis=1)
    return ends[whole], block[whole]


def _volatility(returns: FloatArray, market: MarketRisk) -> FloatArray:
    if market.method != "range" and market.window is None:
        raise InputError(f"market_risk window: expected a number of returns with {market.method}, got none")
    method = "ewma" if market.method == "ewma" else "sample"
    windows = market.windows if market.method == "range" else (market.window or 0,)
    total = np.zeros(returns.size)
    for window in windows:
        risk = np.full(returns.size, np.nan)
        rows, block = last_of(returns, window)
        risk[rows] = np.sqrt(covariances(block[:, :, None], method, market.half_life)[:, 0, 0])
        total += risk
    return total / len(windows)


def _holes(
    dates: DateArray, found: tuple[BoolArray, FloatArray], names: tuple[str, ...], start: int, frequency: str
) -> tuple[tuple[np.datetime64, str], ...]:
    present, returns = found
    holes = []
    for i in np.flatnonzero(np.isnan(returns[start + 1 :])) + start + 1:
        absent = [name for name, there in zip(names, present[i], strict=True) if not there]
        cause = f"no price of {', '.join(absent)} on {dates[i]}"
        if not absent:
            before = [name for name, there in zip(names, present[i - 1], strict=True) if not there]
            cause = f"no price of {', '.join(before)} on {dates[i - 1]}"
            if not before:
                cause = f"no price of {', '.join(names)} between {dates[i - 1]} and {dates[i]}"
        holes.append((dates[i], f"{cause}: no {FREQUENCIES[frequency]} return of the market to {dates[i]}"))
    return tuple(holes)
