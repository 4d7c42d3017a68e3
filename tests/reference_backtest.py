"""The active index and the order of events, restated month by month and day by day; nothing here calls the engine."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
import pandas as pd

UNIVERSE = ("SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH")
BENCHMARK = "AGG"
WINDOW, LEAST = 48, 12


class Decision(NamedTuple):
    """One month-end of the preset."""

    date: pd.Timestamp
    window: int
    target: float
    weights: np.ndarray
    skipped: int
    """Subsets that could not be evaluated."""


def last_rows(dates: pd.DatetimeIndex) -> list[int]:
    """Rows that are the last of their calendar month; the table is known to end with a complete month."""
    rows = []
    for i, date in enumerate(dates):
        if i + 1 == len(dates) or (dates[i + 1].year, dates[i + 1].month) != (date.year, date.month):
            rows.append(i)
    return rows


def preset(prices: pd.DataFrame, first: str = "2015-12-01") -> list[Decision]:
    """Weights of the active index at every month-end from ``first`` on, with the optimiser in plain cells."""
    prices = prices[prices[BENCHMARK].notna()]
    month_end = prices.iloc[last_rows(prices.index)]
    decisions = []
    for i in range(1, len(month_end)):
        date = month_end.index[i]
        if date < pd.Timestamp(first):
            continue
        history = {name: unbroken_returns(month_end[name].iloc[: i + 1]) for name in (*UNIVERSE, BENCHMARK)}
        held = [name for name in UNIVERSE if len(history[name]) >= LEAST]
        window = min(WINDOW, *(len(history[name]) for name in (*held, BENCHMARK)))
        mean = np.array([math.fsum(history[name][-window:]) / window for name in held])
        spread = np.array([[sample_covariance(history[a], history[b], window) for b in held] for a in held])
        target = math.sqrt(sample_covariance(history[BENCHMARK], history[BENCHMARK], window))
        found, skipped = cells_optimiser(mean, spread, target)
        weights = np.array([found[held.index(name)] if name in held else 0.0 for name in UNIVERSE])
        decisions.append(Decision(date, window, target, weights, skipped))
    return decisions


def unbroken_returns(levels: pd.Series) -> list[float]:
    """Simple returns up to the last level, as far back as none is missing."""
    returns: list[float] = []
    for before, after in reversed(list(itertools.pairwise(levels))):
        if math.isnan(before) or math.isnan(after):
            break
        returns.insert(0, after / before - 1.0)
    return returns


def sample_covariance(x: list[float], y: list[float], window: int) -> float:
    """Of the last ``window`` values, divisor n - 1."""
    x, y = x[-window:], y[-window:]
    mean_x, mean_y = math.fsum(x) / window, math.fsum(y) / window
    return math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / (window - 1)


def cells_optimiser(mean: np.ndarray, spread: np.ndarray, target: float) -> tuple[np.ndarray, int]:
    """The optimiser as written in cells: one row per non-empty subset, a target row and a least-risk row.

    ``M = MINVERSE(S*(TRANSPOSE(s)*s) + I*(1-s))``, ``A = s M s'``, ``B = s M (s*m)'``, ``C = (s*m) M (s*m)'``,
    ``D = AC - B^2``.
    """
    n = mean.size
    rows: list[tuple[float, float, np.ndarray]] = []
    skipped = 0
    for subset in itertools.product((0.0, 1.0), repeat=n):
        s = np.array(subset)
        if not s.any():
            continue
        try:
            inverse = np.linalg.inv(spread * np.outer(s, s) + np.diag(1.0 - s))
        except np.linalg.LinAlgError:
            skipped += 1
            continue
        m = s * mean
        a, b, c = s @ inverse @ s, s @ inverse @ m, m @ inverse @ m
        d = a * c - b * b
        if d > 1e-10 * a * c and a * target**2 >= 1.0:
            r = (b + math.sqrt(d * (a * target**2 - 1.0))) / a
            w = s * (inverse @ ((a * r - b) / d * m + (c - b * r) / d * s))
            variance = w @ spread @ w
            if w.min() >= 0 and abs(w.sum() - 1.0) <= 1e-9 and variance <= target**2 * (1.0 + 1e-9):
                rows.append((float(r), float(variance), w))
        w = s * (inverse @ s) / a
        if w.min() >= 0 and 1.0 / a <= target**2:
            rows.append((float(b / a), float(1.0 / a), w))
    best = max(row[0] for row in rows)
    return min((row for row in rows if row[0] >= best - 1e-12), key=lambda row: row[1])[2], skipped


class Account(NamedTuple):
    """What an investor would see on the statement."""

    gross: list[float]
    net: list[float]
    turnover: list[float]
    cost: list[float]


def account(
    levels: np.ndarray,
    signals: list[int],
    weights: np.ndarray,
    *,
    cost_bps: float = 0.0,
    fee_per_period: float = 0.0,
    execution_lag: int = 0,
    charge_first_purchase: bool = True,
) -> Account:
    """Keep units of each asset day by day, and trade them at the close of the trading day.

    ``levels`` (n_days, n_assets); ``weights`` (n_signals, n_assets); the last signal only ends the last period.
    """
    gross_value = net_value = 1.0
    units = np.zeros(levels.shape[1])
    trades = {min(day + execution_lag, len(levels) - 1): i for i, day in enumerate(signals[:-1])}
    turnover, cost, gross, net = [], [], [], []
    gross_marks, net_marks = [], []
    for day in range(signals[0], signals[-1] + 1):
        if units.any():
            moved = float(sum(u * p for u, p in zip(units, levels[day], strict=True) if u))
            net_value *= moved / gross_value
            gross_value = moved
        late = day in trades and signals[trades[day]] < day  # its cost belongs to the period of its signal
        if day in signals and not late:  # the statement of the period that ends today, before any trade
            gross_marks.append(gross_value)
            net_marks.append(net_value)
        if day in trades:
            i = trades[day]
            before = [u * p / gross_value if u else 0.0 for u, p in zip(units, levels[day], strict=True)]
            traded = math.fsum(abs(after - earlier) for after, earlier in zip(weights[i], before, strict=True))
            turnover.append(traded / 2)
            cost.append(0.0 if i == 0 and not charge_first_purchase else cost_bps / 10_000 * traded)
            net_value *= (1.0 - cost[-1]) * (1.0 - fee_per_period)
            units = np.array([w * gross_value / p if w else 0.0 for w, p in zip(weights[i], levels[day], strict=True)])
        if day in signals and late:
            gross_marks.append(gross_value)
            net_marks.append(net_value)
    for marks, out in ((gross_marks, gross), (net_marks, net)):
        out.extend(after / before - 1.0 for before, after in itertools.pairwise(marks))
    return Account(gross, net, turnover, cost)
