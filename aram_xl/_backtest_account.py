"""The account of a back-test day by day: what the drifting holdings were worth between the signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aram_xl._labels import dates_of
from aram_xl.errors import InputError, TooShortError
from aram_xl.returns import period_ends, period_number, simple_returns
from aram_xl.types import DateArray, FloatArray, IntArray, Table, frozen

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult


@dataclass(frozen=True, eq=False, slots=True)
class Account:
    """Value of the holdings on every trading day from the first signal to the last; 1 at the start."""

    dates: DateArray
    """(n_days,)"""
    gross: FloatArray
    """(n_days,) before fee and costs; NaN where something that is held has no price."""
    net: FloatArray
    """(n_days,) after fee and costs, which are taken at the start of their period."""
    benchmark: FloatArray
    """(n_days,) levels."""
    signals: IntArray
    """(n_signals,) rows of the signals; period i ends at row i + 1."""

    def __post_init__(self) -> None:
        for name in ("gross", "net", "benchmark"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        object.__setattr__(self, "dates", frozen(self.dates, "datetime64[D]"))
        object.__setattr__(self, "signals", frozen(self.signals, np.intp))


@dataclass(frozen=True, eq=False, slots=True)
class Months:
    """Whole calendar months of a back-test, whatever the rhythm of its signals."""

    base: np.datetime64
    """The month-end before the first month."""
    returns: pd.DataFrame
    """Month ends x (net, gross, benchmark), decimals."""


def account(result: BacktestResult, prices: Table) -> Account:
    """Follow what was held, day by day.

    Args:
        result: of `aram_xl.backtest`.
        prices: the table that it was made from; trading days are the rows on which the benchmark has a price.

    Raises:
        InputError: ``prices`` lacks a column or a signal date of the back-test.
    """
    dates, levels, benchmark = levels_of(result, prices)
    signals = np.searchsorted(dates, result.targets.index.to_numpy().astype("datetime64[D]"))
    lag = result.model.execution_lag
    trades = np.append(np.minimum(signals[:-1] + lag, dates.size - 1), dates.size - 1)
    value = np.ones(dates.size)
    weights, traded = result.weights.to_numpy(), result.traded.to_numpy()
    held = weights[0]
    for i in range(len(weights)):
        bought, sold = int(trades[i]), int(trades[i + 1])
        held = weights[i] if traded[i] else held
        growth = levels[bought : sold + 1] / levels[bought]
        parts = np.where(held != 0.0, held * growth, 0.0)  # a missing price of what is not held does not matter
        path = parts.sum(axis=1)
        value[bought : sold + 1] = value[bought] * path
        held = parts[-1] / path[-1]
    charged = (1.0 + result.returns.to_numpy()) / (1.0 + result.gross_returns.to_numpy())
    period = np.maximum(np.searchsorted(signals, np.arange(dates.size)), 1) - 1
    net = value * np.cumprod(charged)[period]
    net[0] = 1.0
    return Account(dates, value, net, benchmark, signals)


def monthly(result: BacktestResult, prices: Table) -> Months:
    """Returns of the whole calendar months between the first signal and the last.

    Of a model that rebalances monthly they are its own returns. Of any other, and where signals were skipped, they come
    from the account day by day: months end on their last day on which all that is held has a price.

    Args:
        result: of `aram_xl.backtest`.
        prices: the table that it was made from.

    Raises:
        InputError: ``prices`` is not the table of the back-test.
        TooShortError: no whole month, or a month without a price.
    """
    import pandas as pd

    signals = result.targets.index.to_numpy().astype("datetime64[D]")
    if result.model.rebalance == "M" and (np.diff(period_number(signals, "M")) == 1).all():
        series = {"net": result.returns, "gross": result.gross_returns, "benchmark": result.benchmark_returns}
        own = {name: values.to_numpy() for name, values in series.items()}
        return Months(signals[0], pd.DataFrame(own, result.returns.index))
    followed = account(result, prices)
    known = np.flatnonzero(np.isfinite(followed.gross))
    ends = known[period_ends(followed.dates[known], "M").rows]
    if ends.size < 2 or (np.diff(period_number(followed.dates[ends], "M")) != 1).any():
        raise TooShortError(
            f"prices: expected a month or more, all with prices, between the signals of {followed.dates[0]} and "
            f"{followed.dates[-1]}, got none; supply a longer or more frequent history"
        )
    levels = np.column_stack([followed.net, followed.gross, followed.benchmark])[ends]
    index = pd.DatetimeIndex(followed.dates[ends[1:]], name="period_end")
    return Months(followed.dates[ends[0]], pd.DataFrame(simple_returns(levels), index, ["net", "gross", "benchmark"]))


def returns_in(months: Months, prices: Table, ticker: str) -> pd.Series[float]:
    """Returns of one column of the prices in the same months.

    Raises:
        InputError: no such column, or no price at one of the month ends.
    """
    import pandas as pd

    if ticker not in prices.columns:
        raise InputError(f"prices: expected a column {ticker}, got none; name another column or leave it out")
    dates = dates_of(prices.index, "prices")
    ends = np.append(months.base, months.returns.index.to_numpy().astype("datetime64[D]"))
    rows = np.searchsorted(dates, ends)
    levels = prices[ticker].to_numpy(dtype=np.float64, na_value=np.nan)[rows]
    missing = np.flatnonzero(~np.isfinite(levels))
    if missing.size:
        raise InputError(f"prices: expected a price of {ticker} on {ends[missing[0]]}, got an empty cell")
    return pd.Series(simple_returns(levels), months.returns.index, name=ticker)


def levels_of(result: BacktestResult, prices: Table) -> tuple[DateArray, FloatArray, FloatArray]:
    """Trading days between the first signal and the last, levels of what was held, and of the benchmark."""
    names = [str(name) for name in result.weights.columns]
    columns = [str(column) for column in prices.columns]
    absent = [name for name in (*names, result.model.benchmark) if name not in columns]
    if absent:
        raise InputError(f"prices: expected the table of the back-test, got no column {', '.join(absent)}")
    dates = dates_of(prices.index, "prices")
    wanted = [columns.index(name) for name in (*names, result.model.benchmark)]
    levels = prices.iloc[:, wanted].to_numpy(dtype=np.float64, na_value=np.nan)
    signals = result.targets.index.to_numpy().astype("datetime64[D]")
    inside = np.isfinite(levels[:, -1]) & (dates >= signals[0]) & (dates <= signals[-1])
    dates, levels = dates[inside], levels[inside]
    other = np.setdiff1d(signals, dates)
    if other.size:
        raise InputError(f"prices: expected the table of the back-test, got no price of the benchmark on {other[0]}")
    return dates, levels[:, :-1], levels[:, -1]
