"""Does past covariance predict risk? Forecasts from months gone by against what the days that followed realised.

A forecast is the sample covariance of the last ``window`` monthly returns. The naive rival uses the same returns and
knows no change: the sample covariance of all months so far. Realised is the sample covariance of the daily returns in
the month or quarter that follows, times the days of a month. The periods do not overlap, so that standard errors over
them need no correction for it; forecasts of neighbouring periods share most of their months, so that standard errors
of rank correlations through time are rather too small.

QLIKE is ``x - ln x - 1`` with ``x`` = realised / forecast variance: 0 for a perfect forecast, and one of those whose
mean ranks forecasts alike whether realised variance is measured with noise or not (Patton 2011, Journal of Econometrics
160). For covariance matrices it is ``trace(F^-1 R) + ln det F``, per asset, up to a term that no forecast changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata

from aram_xl._covariance import covariances
from aram_xl._labels import dates_of
from aram_xl.errors import InputError, TooShortError
from aram_xl.returns import PERIODS_PER_YEAR, detect_frequency, period_ends, simple_returns
from aram_xl.types import FloatArray, IntArray, Table

if TYPE_CHECKING:
    import pandas as pd

LEAST = 3
"""Periods, assets or pairs below which a rank correlation says nothing and is not given."""

BETWEEN = "between classes"
"""Row of covariances between the classes, each taken as its funds in equal parts."""


class _Forecasts(NamedTuple):
    """Covariances per month, (n_periods, n_assets, n_assets) each."""

    past: FloatArray
    naive: FloatArray
    realised: FloatArray


def volatility_forecasts(prices: Table, classes: Mapping[str, str], window: int, horizon: str) -> pd.DataFrame:
    """Forecast against realised volatility, by asset class.

    Args:
        prices: DataFrame of daily total-return levels, dates x tickers.
        classes: the class of each ticker that is to be looked at.
        window: monthly returns of a forecast.
        horizon: ``M`` or ``Q``: what is forecast is the next month or the next quarter.

    Returns:
        One row per class. ``n`` periods; ``level``: root of mean realised over mean forecast variance; ``rank``: rank
        correlation of forecast and realised through time, mean over the funds of the class, with standard error
        ``sqrt((1 - rank^2) / (n - 2))``; ``rank_across``: rank correlation across the funds of the class, mean over the
        periods, with its standard error; ``qlike``, ``qlike_naive`` and ``gain``, the second less the first: positive
        where the past window forecasts better than all of the past, with its standard error over the periods.

    Raises:
        InputError: no such horizon or ticker, a missing price, or prices that are not daily.
        TooShortError: fewer than three periods.
    """
    found = _forecasts(prices, list(classes), window, horizon)
    past, naive, realised = (np.diagonal(part, axis1=1, axis2=2) for part in found)
    rows = {}
    for label, members in _members(classes).items():
        f, v, constant = past[:, members], realised[:, members], naive[:, members]
        gain = _qlike(v, constant).mean(axis=1) - _qlike(v, f).mean(axis=1)
        rank = float(np.mean([rank_correlation(f[:, j], v[:, j]) for j in range(len(members))]))
        across = np.array([rank_correlation(f[t], v[t]) for t in range(len(f))])
        rows[label] = {
            "funds": len(members),
            "n": len(f),
            "level": float(np.sqrt(v.mean() / f.mean())),
            "rank": rank,
            "rank_se": float(np.sqrt((1.0 - rank**2) / (len(f) - 2))),
            "rank_across": float(across.mean()),
            "rank_across_se": standard_error(across),
            "qlike": float(_qlike(v, f).mean()),
            "qlike_naive": float(_qlike(v, constant).mean()),
            "gain": float(gain.mean()),
            "gain_se": standard_error(gain),
        }
    return _table(rows)


def covariance_forecasts(prices: Table, classes: Mapping[str, str], window: int, horizon: str) -> pd.DataFrame:
    """Forecast against realised covariance, within each class of two funds or more and between the classes.

    Args:
        prices, classes, window, horizon: as for `volatility_forecasts`.

    Returns:
        One row per class, and `BETWEEN` the classes where there are two. ``pairs`` of funds, ``n`` periods; ``rank`` of
        the covariances of pairs through time and ``rank_across`` pairs, ``gain`` in QLIKE per fund over the naive
        rival, each with its standard error, as for `volatility_forecasts`.

    Raises:
        InputError, TooShortError: as `volatility_forecasts`; a window too short for a class, whose forecast has no
            inverse then.
    """
    tickers = list(classes)
    groups = _members(classes)
    rows = {}
    for label, members in groups.items():
        if len(members) > 1:
            names = [tickers[j] for j in members]
            rows[label] = _pairs(_forecasts(prices, names, window, horizon), window)
    if len(groups) > 1:
        rows[BETWEEN] = _pairs(_forecasts(prices, tickers, window, horizon, list(groups.values())), window)
    return _table(rows)


def standard_error(values: FloatArray) -> float:
    """Of a mean of independent values; NaN below two."""
    return float(np.std(values, ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("nan")


def rank_correlation(one: FloatArray, other: FloatArray) -> float:
    """Spearman's, ties by their mean rank; NaN below three values or where all are tied."""
    if one.size < LEAST:
        return float("nan")
    a, b = rankdata(one), rankdata(other)
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / spread) if spread > 0.0 else float("nan")


def _forecasts(
    prices: Table, tickers: list[str], window: int, horizon: str, groups: list[list[int]] | None = None
) -> _Forecasts:
    """Of the tickers, or of groups of them in equal parts that are reset every month and every day."""
    if horizon not in ("M", "Q"):
        raise InputError(f"horizon: expected M or Q, got {horizon!r}")
    levels, months, signals = _complete(prices, tickers, horizon)
    monthly, daily = simple_returns(levels[months]), simple_returns(levels)
    if groups is not None:
        monthly, daily = (
            np.column_stack([part[:, members].mean(axis=1) for members in groups]) for part in (monthly, daily)
        )
    known = np.searchsorted(months, signals)  # monthly returns up to each signal
    usable = np.flatnonzero((known >= window)[:-1])
    if usable.size < LEAST:
        raise TooShortError(f"prices: expected at least {LEAST} periods after {window} months, got {usable.size}")
    windows = monthly[known[usable, None] + np.arange(-window, 0)]
    days = PERIODS_PER_YEAR["D"] / PERIODS_PER_YEAR["M"]
    return _Forecasts(
        past=covariances(windows, "sample", None),
        naive=np.array([covariances(monthly[None, : known[i]], "sample", None)[0] for i in usable]),
        realised=days
        * np.array([covariances(daily[None, signals[i] : signals[i + 1]], "sample", None)[0] for i in usable]),
    )


def _complete(prices: Table, tickers: list[str], horizon: str) -> tuple[FloatArray, IntArray, IntArray]:
    """Daily levels without a gap, the rows of month ends, and those of the ends of periods."""
    absent = [ticker for ticker in tickers if ticker not in prices.columns]
    if absent:
        raise InputError(f"prices: expected columns of all tickers, got no {', '.join(absent)}")
    dates = dates_of(prices.index, "prices")
    if detect_frequency(dates) != "D":
        raise InputError("prices: expected daily rows, from which realised risk is measured, got rarer ones")
    levels = prices[tickers].to_numpy(dtype=np.float64, na_value=np.nan)
    missing = np.argwhere(~np.isfinite(levels))
    if missing.size:
        row, column = missing[0]
        raise InputError(
            f"prices: expected a price on every day, got none of {tickers[column]} on {dates[row]}; leave the ticker "
            "out or shorten the table"
        )
    return levels, period_ends(dates, "M").rows, period_ends(dates, horizon).rows


def _pairs(found: _Forecasts, window: int) -> dict[str, float]:
    past, naive, realised = found
    size = past.shape[1]
    if window <= size:
        raise InputError(f"window: expected more than the {size} series of a covariance, got {window}")
    one, other = np.triu_indices(size, 1)
    f, v = past[:, one, other], realised[:, one, other]
    rank = float(np.mean([rank_correlation(f[:, j], v[:, j]) for j in range(one.size)]))
    across = np.array([rank_correlation(f[t], v[t]) for t in range(len(f))])
    gain = (_matrix_qlike(realised, naive) - _matrix_qlike(realised, past)) / size
    return {
        "pairs": one.size,
        "n": len(f),
        "rank": rank,
        "rank_se": float(np.sqrt((1.0 - rank**2) / (len(f) - 2))),
        "rank_across": float(across.mean()),
        "rank_across_se": standard_error(across),
        "gain": float(gain.mean()),
        "gain_se": standard_error(gain),
    }


def _members(classes: Mapping[str, str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for position, label in enumerate(classes.values()):
        groups.setdefault(label, []).append(position)
    return groups


def _qlike(realised: FloatArray, forecast: FloatArray) -> FloatArray:
    """Of variances; infinite where nothing moved or nothing was thought to."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = realised / forecast
        loss = ratio - np.log(ratio) - 1.0
    return np.where((realised > 0.0) & (forecast > 0.0), loss, np.inf)


def _matrix_qlike(realised: FloatArray, forecast: FloatArray) -> FloatArray:
    trace = np.trace(np.linalg.solve(forecast, realised), axis1=1, axis2=2)
    return np.asarray(trace + np.linalg.slogdet(forecast).logabsdet)


def _table(rows: dict[str, dict[str, float]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("class")
