"""A SYNTHETIC market: generated prices for trying things out without any market data.

Yields, credit spreads, break-even inflation, equities and the dollar follow invented scenario paths with
seeded noise; each fund earns from them what its duration, spread duration and beta say. The tickers are
those of the model cards so that the cards run, but no number here is a quotation or a fact about a fund.

The table has the same bits everywhere: an own bit generator on 64-bit integers, and arithmetic with
+ - * / and sqrt only, which IEEE 754 rounds in one way. Whatever may differ between processors or versions
is avoided: exp and log, sums and products of arrays, the random distributions of NumPy.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from aram_xl._sample_calendar import trading_days
from aram_xl._sample_random import SEED, change_of, lag_of, normal, path_of, reverting
from aram_xl.types import FloatArray

SAMPLE_LABEL = f"SYNTHETIC sample: generated prices, seed {SEED}; not market data"

LABELS: dict[str, str] = {
    "SHY": "Treasuries 1-3 years (synthetic)",
    "IEF": "Treasuries 7-10 years (synthetic)",
    "TLT": "Treasuries 20+ years (synthetic)",
    "TIP": "Inflation-linked Treasuries (synthetic)",
    "VCIT": "Corporate bonds 5-10 years (synthetic)",
    "LQDH": "Corporate bonds, interest-rate hedged (synthetic)",
    "AGG": "Aggregate bonds (synthetic)",
    "SHV": "Treasury bills to 1 year (synthetic)",
    "BIL": "Treasury bills 1-3 months (synthetic)",
    "IEI": "Treasuries 3-7 years (synthetic)",
    "GOVT": "Treasuries, all maturities (synthetic)",
    "LQD": "Corporate bonds, long (synthetic)",
    "VCSH": "Corporate bonds 1-5 years (synthetic)",
    "MBB": "Mortgage bonds (synthetic)",
    "HYG": "High-yield bonds (synthetic)",
    "EMB": "Emerging-market dollar bonds (synthetic)",
    "SPY": "Large US equities (synthetic)",
    "QQQ": "US growth equities (synthetic)",
    "EFA": "Developed equities outside the US (synthetic)",
    "EEM": "Emerging-market equities (synthetic)",
    "VNQ": "US real estate (synthetic)",
    "GLD": "Gold (synthetic)",
    "DBC": "Commodities (synthetic)",
    "UUP": "US dollar index (synthetic)",
    "FXY": "Japanese yen (synthetic)",
}
"""Tickers in the order of the table, and what each stands for."""

FIRST_DAY, LAST_DAY = date(2012, 12, 31), date(2025, 12, 31)
HEDGED_CREDIT_START = date(2014, 6, 17)
"""LQDH is empty before, so that the sample has a late starter as real tables do."""

_DAYS_PER_YEAR = 252.0


class PlausibleRange(NamedTuple):
    """A statistic of the sample and the range in which a believable market has it."""

    statistic: str
    tickers: tuple[str, ...]
    first: str
    last: str
    low: float
    high: float


_ALL = ("2012-12-31", "2025-12-31")
PLAUSIBLE: tuple[PlausibleRange, ...] = (
    PlausibleRange("volatility", ("BIL",), *_ALL, 0.0005, 0.004),
    PlausibleRange("volatility", ("SHY",), *_ALL, 0.008, 0.025),
    PlausibleRange("volatility", ("IEF",), *_ALL, 0.05, 0.085),
    PlausibleRange("volatility", ("TLT",), *_ALL, 0.11, 0.19),
    PlausibleRange("volatility", ("TIP",), *_ALL, 0.04, 0.08),
    PlausibleRange("volatility", ("VCIT",), *_ALL, 0.04, 0.08),
    PlausibleRange("volatility", ("LQDH",), "2014-06-17", "2025-12-31", 0.03, 0.08),
    PlausibleRange("volatility", ("AGG",), *_ALL, 0.035, 0.065),
    PlausibleRange("volatility", ("HYG",), *_ALL, 0.05, 0.11),
    PlausibleRange("volatility", ("SPY",), *_ALL, 0.13, 0.22),
    PlausibleRange("volatility", ("QQQ",), *_ALL, 0.16, 0.28),
    PlausibleRange("volatility", ("GLD",), *_ALL, 0.11, 0.20),
    PlausibleRange("volatility", ("UUP",), *_ALL, 0.05, 0.10),
    PlausibleRange("correlation", ("IEF", "TLT"), *_ALL, 0.80, 0.98),
    PlausibleRange("correlation", ("AGG", "IEF"), *_ALL, 0.80, 0.98),
    PlausibleRange("correlation", ("SHY", "TLT"), *_ALL, 0.35, 0.80),
    PlausibleRange("correlation", ("SPY", "HYG"), *_ALL, 0.40, 0.90),
    PlausibleRange("correlation", ("SPY", "QQQ"), *_ALL, 0.80, 0.97),
    PlausibleRange("correlation", ("SPY", "LQDH"), "2014-06-17", "2025-12-31", 0.25, 0.80),
    PlausibleRange("correlation", ("SPY", "TLT"), "2012-12-31", "2021-12-31", -0.60, -0.10),
    PlausibleRange("correlation", ("SPY", "TLT"), "2021-12-31", "2025-12-31", -0.10, 0.50),
    PlausibleRange("correlation", ("UUP", "FXY"), *_ALL, -0.85, -0.30),
    PlausibleRange("return", ("AGG",), "2015-12-31", "2025-12-31", 0.0, 0.40),
    PlausibleRange("return", ("AGG",), "2021-12-31", "2022-12-30", -0.18, -0.08),
    PlausibleRange("return", ("TLT",), "2021-12-31", "2022-12-30", -0.38, -0.22),
    PlausibleRange("return", ("SHY",), "2021-12-31", "2022-12-30", -0.07, -0.02),
    PlausibleRange("return", ("SPY",), "2021-12-31", "2022-12-30", -0.28, -0.10),
    PlausibleRange("return", ("BIL",), "2022-12-30", "2024-12-31", 0.07, 0.12),
    PlausibleRange("return", ("BIL",), "2012-12-31", "2021-12-31", 0.02, 0.10),
    PlausibleRange("return", ("SPY",), *_ALL, 2.0, 6.5),
    PlausibleRange("return", ("HYG",), *_ALL, 0.40, 1.2),
    PlausibleRange("return", ("FXY",), *_ALL, -0.70, -0.25),
    PlausibleRange("return", ("GLD",), *_ALL, 0.3, 2.5),
    PlausibleRange("drawdown", ("SPY",), "2019-12-31", "2020-12-31", 0.25, 0.45),
    PlausibleRange("drawdown", ("AGG",), *_ALL, 0.13, 0.23),
    PlausibleRange("drawdown", ("HYG",), "2019-12-31", "2020-12-31", 0.12, 0.30),
)
"""Daily volatility times sqrt(252), correlation of daily returns, total return, greatest loss from a peak."""


def sample_prices() -> pd.DataFrame:
    """The SYNTHETIC sample: daily total-return levels of 25 invented series, 2012-12-31 to 2025-12-31.

    Returns:
        float64 table, index ``Date``, columns as in ``LABELS``; each series begins at 100; LQDH is NaN
        before mid June 2014. ``attrs["label"]`` says SYNTHETIC.
    """
    days = trading_days(FIRST_DAY, LAST_DAY)
    returns = _fund_returns(days)
    start = next(row for row, day in enumerate(days) if day >= HEDGED_CREDIT_START)
    columns = {}
    for ticker in LABELS:
        begin = start if ticker == "LQDH" else 0
        growth = 1.0 + returns[ticker]
        growth[begin] = 100.0
        levels = np.full(len(days), np.nan)
        levels[begin:] = np.rint(np.multiply.accumulate(growth[begin:]) * 1e6) / 1e6
        columns[ticker] = levels
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[ns]"), name="Date")
    prices = pd.DataFrame(columns, index=index)
    prices.attrs["label"] = SAMPLE_LABEL
    return prices


# fmt: off
# The scenario: invented, in percent. Short rates near zero, a fast rise in 2022 and 2023, then easing;
# a crash in early 2020.

_YIELDS: dict[str, tuple[float, float, float, float, float]] = {
    # bills, 2, 5, 10 and 30 years
    "2012-12-31": (0.1, 0.3, 0.8, 1.8, 3.0),
    "2013-12-31": (0.1, 0.4, 1.6, 2.9, 3.8),
    "2014-12-31": (0.1, 0.7, 1.6, 2.2, 2.8),
    "2015-12-31": (0.3, 1.0, 1.7, 2.3, 3.0),
    "2016-07-08": (0.3, 0.6, 1.1, 1.5, 2.2),
    "2016-12-30": (0.5, 1.2, 1.9, 2.4, 3.0),
    "2017-12-29": (1.3, 1.9, 2.2, 2.4, 2.8),
    "2018-11-01": (2.3, 2.8, 2.9, 3.1, 3.3),
    "2019-09-03": (1.9, 1.6, 1.5, 1.7, 2.1),
    "2020-02-19": (1.5, 1.4, 1.4, 1.6, 2.0),
    "2020-03-20": (0.1, 0.3, 0.5, 0.9, 1.4),
    "2020-08-04": (0.1, 0.2, 0.3, 0.6, 1.3),
    "2021-03-31": (0.1, 0.2, 0.9, 1.7, 2.4),
    "2021-12-31": (0.1, 0.7, 1.3, 1.6, 2.0),
    "2022-06-15": (1.5, 3.2, 3.4, 3.4, 3.5),
    "2022-10-24": (3.8, 4.5, 4.4, 4.2, 4.3),
    "2022-12-30": (4.3, 4.4, 4.1, 3.9, 4.0),
    "2023-10-19": (5.4, 5.2, 4.9, 4.9, 5.0),
    "2023-12-29": (5.3, 4.3, 3.9, 3.9, 4.1),
    "2024-06-28": (5.3, 4.7, 4.4, 4.4, 4.5),
    "2024-12-31": (4.3, 4.3, 4.4, 4.5, 4.8),
    "2025-12-31": (3.7, 3.6, 3.7, 4.1, 4.8),
}
_DURATIONS = (0.2, 1.9, 4.5, 8.2, 17.5)

_FACTOR_LOADINGS = (
    # level, slope, curvature of each node; the shocks below are in percentage points a day
    (0.05, 0.05, 0.0),
    (0.65, 0.50, -0.1),
    (0.95, 0.30, 0.4),
    (1.00, -0.10, 0.2),
    (0.90, -0.50, -0.3),
)
_FACTOR_SHOCKS = (0.054, 0.026, 0.022)
_SHORT_END_LIFE = {
    "2012-12-31": 0.4, "2016-12-30": 0.8, "2019-12-31": 0.9, "2020-06-30": 0.3, "2021-09-30": 0.4,
    "2022-06-30": 2.2, "2023-12-29": 1.8, "2025-12-31": 1.0,
}
"""Policy pinned near zero holds bills and two-year yields still; the hiking years move them most."""

_STRESS = {
    "2012-12-31": 0.8, "2015-08-14": 0.9, "2015-08-25": 1.8, "2015-12-31": 1.1, "2017-06-30": 0.6,
    "2018-02-05": 1.4, "2018-06-29": 0.8, "2018-12-24": 1.6, "2019-06-28": 0.8, "2020-02-19": 0.8,
    "2020-03-16": 3.8, "2020-06-30": 1.5, "2021-06-30": 0.8, "2022-06-15": 1.5, "2023-06-30": 0.9,
    "2025-02-19": 0.8, "2025-04-07": 2.4, "2025-07-31": 0.8, "2025-12-31": 0.8,
}
"""Multiplies every shock of equities and credit, and by half its distance from 1 those of yields."""

_EQUITY_TO_YIELDS = {"2012-12-31": 0.40, "2021-06-30": 0.35, "2022-03-31": -0.15, "2025-12-31": -0.05}
"""Correlation of equity and level shocks: bonds hedge equities until inflation rises, then no more."""

_SPREADS: dict[str, tuple[float, float, float, float, float]] = {
    # corporate, mortgage, high-yield and emerging-market spread; break-even inflation
    "2012-12-31": (1.4, 0.5, 5.0, 2.7, 2.4),
    "2014-06-30": (1.0, 0.5, 3.6, 2.8, 2.2),
    "2016-02-11": (2.1, 0.6, 8.0, 4.6, 1.3),
    "2018-01-31": (0.9, 0.5, 3.5, 2.6, 2.1),
    "2018-12-31": (1.5, 0.6, 5.2, 3.9, 1.7),
    "2020-02-19": (1.0, 0.6, 3.6, 2.9, 1.6),
    "2020-03-23": (3.4, 1.2, 9.8, 6.8, 0.9),
    "2020-08-31": (1.3, 0.6, 5.0, 4.0, 1.7),
    "2021-12-31": (0.9, 0.5, 3.1, 3.5, 2.6),
    "2022-07-05": (1.5, 0.9, 5.6, 5.0, 2.4),
    "2023-10-31": (1.3, 1.1, 4.3, 4.2, 2.4),
    "2024-12-31": (0.8, 0.8, 2.9, 3.2, 2.3),
    "2025-04-08": (1.2, 0.9, 4.4, 3.7, 2.2),
    "2025-12-31": (0.8, 0.7, 3.0, 3.0, 2.3),
}
_SPREAD_SHOCKS = (0.030, 0.013, 0.130, 0.055, 0.024)
_EQUITY_TO_SPREADS = (-0.60, -0.20, -0.75, -0.60, 0.35)

_INFLATION = {
    "2012-12-31": 1.6, "2015-06-30": 0.4, "2018-06-29": 2.3, "2020-06-30": 1.0, "2021-12-31": 6.5,
    "2022-09-30": 7.0, "2023-09-29": 3.3, "2025-12-31": 2.8,
}

Drift = tuple[str, str, float]
"""First day, last day, percent a day."""

_EQUITY_DRIFT: tuple[Drift, ...] = (
    ("2012-12-31", "2025-12-31", 0.055),
    ("2015-08-17", "2015-08-25", -1.1),
    ("2018-10-01", "2018-12-24", -0.30),
    ("2018-12-26", "2019-04-30", 0.20),
    ("2020-02-20", "2020-03-23", -1.55),
    ("2020-03-24", "2020-08-31", 0.36),
    ("2022-01-03", "2022-10-12", -0.17),
    ("2025-02-20", "2025-04-08", -0.45),
    ("2025-04-09", "2025-06-30", 0.30),
)
_DOLLAR_DRIFT: tuple[Drift, ...] = (
    ("2014-07-01", "2015-03-13", 0.10),
    ("2022-01-03", "2022-09-27", 0.07),
    ("2022-09-28", "2023-01-31", -0.12),
    ("2025-01-13", "2025-06-30", -0.09),
)
_YEN_DRIFT: tuple[Drift, ...] = (("2012-12-31", "2014-12-31", -0.05), ("2021-01-04", "2024-06-28", -0.035))
_GOLD_DRIFT: tuple[Drift, ...] = (
    ("2012-12-31", "2025-12-31", 0.02),
    ("2013-01-02", "2013-12-31", -0.10),
    ("2019-06-03", "2020-08-06", 0.07),
    ("2024-03-01", "2025-10-31", 0.09),
)
_COMMODITY_DRIFT: tuple[Drift, ...] = (
    ("2014-07-01", "2016-01-29", -0.14),
    ("2020-02-20", "2020-04-30", -0.50),
    ("2020-11-02", "2022-06-08", 0.13),
)
# fmt: on


def _drift(days: list[date], steps: tuple[Drift, ...]) -> FloatArray:
    texts = np.array([day.isoformat() for day in days])
    total = np.zeros(len(days))
    for first, last, percent in steps:
        total = total + np.where((texts >= first) & (texts <= last), percent, 0.0)
    return total


def _column(table: dict[str, tuple[float, float, float, float, float]], i: int) -> dict[str, float]:
    return {text: values[i] for text, values in table.items()}


def _yields(days: list[date], equity_shock: FloatArray, stress: FloatArray) -> list[FloatArray]:
    """The five nodes of the curve, percent a year."""
    size = len(days)
    link = path_of(days, _EQUITY_TO_YIELDS)
    shocks = [normal(stream, size) for stream in (1, 2, 3)]
    shocks[0] = link * equity_shock + np.sqrt(1.0 - link * link) * shocks[0]
    strength = 0.5 + 0.5 * stress
    life = path_of(days, _SHORT_END_LIFE)
    curve = []
    for node, loadings in enumerate(_FACTOR_LOADINGS):
        move = np.zeros(size)
        for loading, scale, shock in zip(loadings, _FACTOR_SHOCKS, shocks, strict=True):
            move = move + loading * scale * shock * strength
        if node < 2:
            move = move * life
        curve.append(path_of(days, _column(_YIELDS, node)) + reverting(move, 0.010))
    return curve


def _spreads(days: list[date], equity_shock: FloatArray, stress: FloatArray) -> list[FloatArray]:
    """Corporate, mortgage, high-yield and emerging spread, and break-even inflation; percent a year."""
    paths = []
    for i, (scale, link) in enumerate(zip(_SPREAD_SHOCKS, _EQUITY_TO_SPREADS, strict=True)):
        own = normal(10 + i, len(days))
        move = scale * stress * (link * equity_shock + np.sqrt(1.0 - link * link) * own)
        paths.append(path_of(days, _column(_SPREADS, i)) + reverting(move, 0.020))
    return paths


class _Bond(NamedTuple):
    """Shares of the five nodes; index of the spread, its multiple, spread duration, yearly loss; noise."""

    nodes: tuple[float, float, float, float, float]
    spread: int | None = None
    multiple: float = 0.0
    spread_duration: float = 0.0
    loss: float = 0.0
    noise: float = 0.008


_BONDS: dict[str, _Bond] = {
    "BIL": _Bond((1.0, 0.0, 0.0, 0.0, 0.0), noise=0.003),
    "SHV": _Bond((0.85, 0.15, 0.0, 0.0, 0.0), noise=0.004),
    "SHY": _Bond((0.0, 1.0, 0.0, 0.0, 0.0)),
    "IEI": _Bond((0.0, 0.15, 0.85, 0.0, 0.0)),
    "IEF": _Bond((0.0, 0.0, 0.15, 0.85, 0.0), noise=0.02),
    "TLT": _Bond((0.0, 0.0, 0.0, 0.05, 0.95), noise=0.04),
    "GOVT": _Bond((0.0, 0.35, 0.32, 0.18, 0.15), noise=0.02),
    "TIP": _Bond((0.0, 0.25, 0.40, 0.27, 0.08), noise=0.05),
    "VCSH": _Bond((0.0, 0.65, 0.35, 0.0, 0.0), 0, 0.75, 2.8, 0.05, 0.03),
    "VCIT": _Bond((0.0, 0.05, 0.52, 0.43, 0.0), 0, 1.05, 6.0, 0.10, 0.05),
    "LQD": _Bond((0.0, 0.0, 0.42, 0.38, 0.20), 0, 1.10, 8.3, 0.15, 0.06),
    "LQDH": _Bond((1.0, 0.0, 0.0, 0.0, 0.0), 0, 1.10, 8.3, 0.35, 0.08),
    "MBB": _Bond((0.0, 0.35, 0.35, 0.30, 0.0), 1, 1.0, 5.0, 0.10, 0.03),
    "HYG": _Bond((0.0, 0.50, 0.50, 0.0, 0.0), 2, 1.0, 3.3, 2.3, 0.10),
    "EMB": _Bond((0.0, 0.0, 0.40, 0.50, 0.10), 3, 1.0, 6.8, 1.0, 0.12),
}
_AGGREGATE = {"GOVT": 0.43, "MBB": 0.28, "VCSH": 0.09, "VCIT": 0.08, "LQD": 0.12}


def _bond_returns(curve: list[FloatArray], spreads: list[FloatArray]) -> dict[str, FloatArray]:
    """Percent a day: carry less duration times the change of yield, plus half the convexity."""
    nodes = []
    for path, duration in zip(curve, _DURATIONS, strict=True):
        change = change_of(path)
        bend = 0.005 * duration * duration * change * change  # change in percent: 0.5 / 100
        nodes.append(lag_of(path) / _DAYS_PER_YEAR - duration * change + bend)
    returns = {}
    for stream, (ticker, bond) in enumerate(_BONDS.items(), start=30):
        total = bond.noise * normal(stream, curve[0].size)
        for share, node in zip(bond.nodes, nodes, strict=True):
            total = total + share * node
        if bond.spread is not None:
            spread = bond.multiple * spreads[bond.spread]
            total = (
                total + (lag_of(spread) - bond.loss) / _DAYS_PER_YEAR - bond.spread_duration * change_of(spread)
            )
        returns[ticker] = total
    return returns


def _fund_returns(days: list[date]) -> dict[str, FloatArray]:
    """Simple daily returns, decimals, of every ticker; the first row is of no meaning."""
    size = len(days)
    stress = path_of(days, _STRESS)
    equity_shock = normal(0, size)
    curve = _yields(days, equity_shock, stress)
    spreads = _spreads(days, equity_shock, stress)
    returns = _bond_returns(curve, spreads)
    break_even = spreads[4]
    accrual = (path_of(days, _INFLATION) - lag_of(break_even)) / _DAYS_PER_YEAR
    returns["TIP"] = returns["TIP"] + accrual + 5.5 * change_of(break_even)
    mix = 0.012 * normal(50, size)
    for ticker, share in _AGGREGATE.items():
        mix = mix + share * returns[ticker]
    returns["AGG"] = mix

    equity = _drift(days, _EQUITY_DRIFT) + 0.95 * stress * equity_shock
    rates, real = change_of(curve[3]), change_of(curve[3] - break_even)
    dollar = _drift(days, _DOLLAR_DRIFT) + 0.42 * (normal(51, size) - 0.25 * equity_shock)
    own = {
        ticker: normal(52 + i, size) for i, ticker in enumerate(("QQQ", "EFA", "EEM", "VNQ", "GLD", "DBC"))
    }
    returns["SPY"] = equity
    returns["QQQ"] = 1.12 * equity - 1.5 * rates + 0.45 * own["QQQ"] + 0.012
    returns["EFA"] = 0.85 * equity - 0.25 * dollar + 0.45 * own["EFA"] - 0.022
    returns["EEM"] = 0.90 * equity - 0.45 * dollar + 0.70 * own["EEM"] - 0.032
    returns["VNQ"] = 0.80 * equity - 3.0 * rates + 0.70 * own["VNQ"] - 0.015
    returns["GLD"] = _drift(days, _GOLD_DRIFT) - 4.0 * real - 0.55 * dollar + 0.80 * own["GLD"]
    returns["DBC"] = (
        _drift(days, _COMMODITY_DRIFT) + 0.20 * equity + 6.0 * change_of(break_even) + 0.85 * own["DBC"]
    )
    returns["UUP"] = dollar + (lag_of(curve[0]) - 0.75) / _DAYS_PER_YEAR
    returns["FXY"] = (
        _drift(days, _YEN_DRIFT) - 0.60 * dollar - 2.5 * rates + 0.42 * normal(60, size)
    ) - lag_of(curve[0]) * 0.6 / _DAYS_PER_YEAR
    return {ticker: percent / 100.0 for ticker, percent in returns.items()}
