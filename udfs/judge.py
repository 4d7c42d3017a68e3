"""Judging: statistics of returns against a benchmark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast, get_args

import numpy as np

from aram_xl import performance
from aram_xl._moments import ratio, without_noise
from aram_xl.errors import InputError, TooShortError
from aram_xl.types import FloatArray
from udfs.boundary import Cells, Rows, block, column, dates, grid, is_omitted, one, scalar, series, text, whole
from udfs.registry import excel_function

_ONE = "One column of simple returns, decimals; dates and a head may be part."
_BENCHMARK = "One column of returns of the benchmark, the same periods."
_CONVENTION = "newsletter (rf = 0, as published) or standard (excess returns)."
_PERIODS = "Periods per year, for instance 12; always asked for."


@excel_function(
    gives="Header, then one row per statistic and one column per series; #N/A where the history is too short.",
    native="SLOPE, INTERCEPT, CORREL, STDEV.S, PRODUCT; sheet Outputs of the template active_index",
    returns="Monthly returns, decimals: one column per series; a header row and a date column may be part.",
    benchmark=_BENCHMARK,
    convention=_CONVENTION,
    risk_free="Returns of the risk-free series, same periods; for standard only.",
    periods_per_year="12; for standard only.",
)
def ARAM_STATS(
    returns: Cells, benchmark: Cells, convention: Cells, risk_free: Cells = None, periods_per_year: Cells = None
) -> Rows:
    """The statistics table of one or more monthly return series, in a named convention."""
    found = block(returns, "returns")
    days = dates(found.rows, "returns") if found.rows is not None else None
    stats = performance.statistics(
        found.values,
        series(benchmark, "benchmark"),
        convention=_named(convention),
        risk_free=None if is_omitted(risk_free) else series(risk_free, "risk_free"),
        periods_per_year=None if is_omitted(periods_per_year) else scalar(periods_per_year, "periods_per_year"),
        dates=days,
    )
    names = found.columns or [f"series {j + 1}" for j in range(found.values.shape[1])]
    keys = list(stats)
    table: list[list[Any]] = [list(np.broadcast_to(np.asarray(stats[key], dtype=object), len(names))) for key in keys]
    facts = [("convention", stats.convention), ("start", stats.start), ("end", stats.end)]
    for key, value in facts:
        keys.append(key)
        table.append([str(value) if value is not None else "no dates"] * len(names))
    return grid(table, keys, names, "Statistic")


def _named(convention: Cells) -> performance.Convention:
    named = text(convention, "convention")
    if named not in get_args(performance.Convention):
        raise InputError(f"convention: expected newsletter or standard, got {named!r}")
    return cast(performance.Convention, named)


def _pair(returns: Cells, benchmark: Cells, least: int = 2) -> tuple[FloatArray, FloatArray]:
    own, other = series(returns, "returns"), series(benchmark, "benchmark")
    if own.size != other.size:
        raise InputError(f"benchmark: expected {own.size} returns to match returns, got {other.size}")
    _enough(own, least)
    return own, other


def _enough(own: FloatArray, least: int) -> FloatArray:
    if own.size < least:
        raise TooShortError(f"returns: expected at least {least} returns, got {own.size}")
    return own


@excel_function(
    gives="One number per year, decimal.",
    native="(1+INTERCEPT(returns,benchmark))^periods-1",
    scalar=True,
    returns=_ONE,
    benchmark=_BENCHMARK,
    periods_per_year=_PERIODS,
)
def ARAM_ALPHA(returns: Cells, benchmark: Cells, periods_per_year: Cells) -> Rows:
    """Regression intercept of raw returns on the benchmark, compounded to a year."""
    return one(performance.alpha(*_pair(returns, benchmark, 3), scalar(periods_per_year, "periods_per_year")))


@excel_function(
    gives="One number.",
    native="SLOPE(returns,benchmark)",
    scalar=True,
    returns=_ONE,
    benchmark=_BENCHMARK,
)
def ARAM_BETA(returns: Cells, benchmark: Cells) -> Rows:
    """Regression slope of raw returns on the benchmark."""
    return one(performance.beta(*_pair(returns, benchmark)))


@excel_function(
    gives="One number from -1 to 1.",
    native="CORREL(returns,benchmark)",
    scalar=True,
    returns=_ONE,
    benchmark=_BENCHMARK,
)
def ARAM_CORREL(returns: Cells, benchmark: Cells) -> Rows:
    """Pearson correlation with the benchmark."""
    return one(performance.correlation(*_pair(returns, benchmark)))


@excel_function(
    gives="One number per year.",
    native="SQRT(periods)*AVERAGE(returns)/STDEV.S(returns)",
    scalar=True,
    returns=_ONE,
    periods_per_year=_PERIODS,
)
def ARAM_RET_STDEV(returns: Cells, periods_per_year: Cells) -> Rows:
    """Return per unit of standard deviation, rf = 0, annualised."""
    own = _enough(series(returns, "returns"), 2)
    return one(performance.sharpe_ratio(own, 0.0, scalar(periods_per_year, "periods_per_year")))


@excel_function(
    gives="One number, decimal.",
    native="STDEV.S(returns-benchmark), times SQRT(periods) when annualised",
    scalar=True,
    returns=_ONE,
    benchmark=_BENCHMARK,
    periods_per_year="1 gives the tracking error per period (newsletter), 12 annualises monthly returns.",
)
def ARAM_TRACKING_ERROR(returns: Cells, benchmark: Cells, periods_per_year: Cells) -> Rows:
    """Sample standard deviation of the differences to the benchmark."""
    return one(performance.tracking_error(*_pair(returns, benchmark), scalar(periods_per_year, "periods_per_year")))


@excel_function(
    gives="One number.",
    native="(PRODUCT(1+returns)-PRODUCT(1+benchmark))/STDEV.S(returns-benchmark) for newsletter",
    scalar=True,
    returns=_ONE,
    benchmark=_BENCHMARK,
    convention=_CONVENTION,
    periods_per_year="For standard only.",
)
def ARAM_INFO_RATIO(returns: Cells, benchmark: Cells, convention: Cells, periods_per_year: Cells = None) -> Rows:
    """Information ratio in a named convention."""
    periods = None if is_omitted(periods_per_year) else scalar(periods_per_year, "periods_per_year")
    own, other = _pair(returns, benchmark)
    return one(performance.information_ratio(own, other, _named(convention), periods_per_year=periods))


@excel_function(
    gives="One number from 0 to 1.", native='COUNTIF(returns,">0")/COUNT(returns)', returns=_ONE, scalar=True
)
def ARAM_POSITIVE_MONTHS(returns: Cells) -> Rows:
    """Share of periods with a return above 0."""
    return one(performance.positive_share(_enough(series(returns, "returns"), 1)))


@excel_function(
    gives="One number, decimal.",
    native="PRODUCT(1+returns)-1 over the last periods",
    scalar=True,
    returns=_ONE,
    periods="Whole number of last periods; all when left out.",
)
def ARAM_CUM_RETURN(returns: Cells, periods: Cells = None) -> Rows:
    """Cumulative return of the last periods."""
    own = _enough(series(returns, "returns"), 1)
    if is_omitted(periods):
        return one(performance.cumulative_return(own))
    count = whole(periods, "periods")
    if count < 1:
        raise InputError(f"periods: expected at least 1, got {count}")
    return one(performance.cumulative_return(_enough(own, count)[-count:]))


@excel_function(
    gives="One number, positive, decimal.",
    native="1-MIN(level/running MAX of levels)",
    scalar=True,
    returns=_ONE,
)
def ARAM_MAX_DRAWDOWN(returns: Cells) -> Rows:
    """Greatest fall from a previous peak, at the frequency of the returns."""
    return one(performance.max_drawdown(_enough(series(returns, "returns"), 1)))


@excel_function(
    gives="N x 1, one row per period; #N/A until the first window is full.",
    native="SLOPE, CORREL or STDEV.S over the last window, filled down",
    returns=_ONE,
    benchmark=_BENCHMARK,
    window="Whole number of periods.",
    statistic="beta, correlation, alpha (per period) or volatility (per period); beta when left out.",
)
def ARAM_ROLLING(returns: Cells, benchmark: Cells, window: Cells, statistic: Cells = None) -> Rows:
    """A statistic over a rolling window."""
    own, other = _pair(returns, benchmark)
    length = whole(window, "window")
    if length < 3:
        raise InputError(f"window: expected at least 3 periods, got {length}")
    _enough(own, length)
    chosen = text(statistic, "statistic", "beta")
    if chosen not in _ROLLING:
        raise InputError(f"statistic: expected one of {', '.join(_ROLLING)}, got {chosen!r}")
    rolled = _ROLLING[chosen](*(np.lib.stride_tricks.sliding_window_view(x, length) for x in (own, other)))
    return column(np.append(np.full(length - 1, np.nan), rolled))


def _centred(windows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Deviations from the mean of each window, and their sums of squares: exactly 0 where a series stands still."""
    deviations = windows - windows.mean(axis=1, keepdims=True)
    return deviations, without_noise((deviations**2).sum(axis=1), (windows**2).sum(axis=1))


def _rolling_beta(own: FloatArray, other: FloatArray) -> FloatArray:
    (mine, _), (theirs, squares) = _centred(own), _centred(other)
    return ratio((mine * theirs).sum(axis=1), squares)


def _rolling_correlation(own: FloatArray, other: FloatArray) -> FloatArray:
    (mine, my_squares), (theirs, their_squares) = _centred(own), _centred(other)
    return ratio((mine * theirs).sum(axis=1), np.sqrt(my_squares * their_squares))


def _rolling_alpha(own: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray(own.mean(axis=1) - _rolling_beta(own, other) * other.mean(axis=1))


def _rolling_volatility(own: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(_centred(own)[1] / (own.shape[1] - 1)))


_ROLLING: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "beta": _rolling_beta,
    "correlation": _rolling_correlation,
    "alpha": _rolling_alpha,
    "volatility": _rolling_volatility,
}
