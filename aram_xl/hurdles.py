"""What every result is held against: Treasury bills, the benchmark, and 60 % equity with 40 % bonds.

None of them is taken for granted: each is given by the caller, or its row says that it was not supplied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from aram_xl._labels import dates_of, is_labelled, series, values_of
from aram_xl._series import read_one, read_returns
from aram_xl.errors import InputError
from aram_xl.types import DateArray, FloatArray, Table

RateConvention = Literal["discount_13_week", "bond_equivalent_13_week", "money_market_360", "effective"]

EQUITY_SHARE = 0.6

BILL_DAYS = 91
"""Of a 13-week Treasury bill."""

STALE_DAYS = 7
"""A quote older than this at the start of a period is no quote of it: exchanges never close for so long."""


@dataclass(frozen=True, eq=False, slots=True)
class Hurdles:
    """Series of the caller's that become rows of every table; None: not supplied.

    ``bills`` is also the risk-free series of the standard convention. Each is (n_months,) simple returns,
    decimals, of the same months as the series that are judged; ``equity`` and ``aggregate`` make 60/40.
    """

    bills: Table | None = None
    equity: Table | None = None
    aggregate: Table | None = None

    def __post_init__(self) -> None:
        if (self.equity is None) != (self.aggregate is None):
            given, other = ("equity", "aggregate") if self.aggregate is None else ("aggregate", "equity")
            raise InputError(f"{other}: expected a series, got none beside {given}; 60/40 needs both")


def sixty_forty(equity: Table, aggregate: Table) -> Table:
    """60 % of one series and 40 % of the other, reset to that at the start of every period.

    The return of a period is ``0.6 x equity + 0.4 x aggregate``.

    Args:
        equity: (n_periods,) simple returns, decimals.
        aggregate: the same periods, usually of a broad bond index.

    Returns:
        (n_periods,) decimals, a Series when ``equity`` is one.

    Raises:
        InputError: a missing value, more than one column, or rows that do not match.

    Example:
        >>> sixty_forty([0.10, -0.10], [0.00, 0.05]).round(4)
        array([ 0.06, -0.04])
    """
    shares = read_one(equity, "equity")
    bonds = read_one(aggregate, "aggregate", shares)
    mixed = EQUITY_SHARE * shares.values[:, 0] + (1.0 - EQUITY_SHARE) * bonds.values[:, 0]
    return mixed if shares.index is None else series(mixed, shares.index, "60/40")


def bill_returns(yields: Table, ends: Any, convention: RateConvention, *, dates: Any = None) -> Table:
    """Returns of lending at a quoted short rate, from a series of yields.

    Each period earns the last yield quoted on or before its start, over its calendar days ``D``:

    ==========================  ========================================================================
    ``discount_13_week``        bank discount yield ``d`` of a 13-week bill, 360 days: the bill costs
                                ``P = 1 - d x 91/360`` and pays 1 after 91 days; ``(1/P)^(D/91) - 1``
    ``bond_equivalent_13_week`` simple yield ``y`` of the same bill, 365 days: ``(1 + y x 91/365)^(D/91) - 1``
    ``money_market_360``        simple rate of 360 days (federal funds, SOFR): ``y x D/360``
    ``effective``               compound rate of 365 days: ``(1 + y)^(D/365) - 1``
    ==========================  ========================================================================

    A period starts at the end of the one before it; the first starts on the last day of the calendar month
    before its own.

    Args:
        yields: (n_quotes,) decimals per year, 0.0425 for 4.25 %; an empty value is a day without a quote.
        ends: (n_periods,) last dates of months, ascending, or the index of a table of monthly returns.
        convention: what the yields mean; there is no default.
        dates: (n_quotes,) days of the quotes, for arrays.

    Returns:
        (n_periods,) decimals; a Series when ``ends`` is an index.

    Raises:
        InputError: an unknown convention, yields in percent, dates out of order, a start of a period without a
            quote in the seven days up to it, or a discount that leaves no price.

    Source:
        US Treasury, 31 CFR part 356, appendix B: price and yields of Treasury bills.

    Example:
        >>> quotes, ends = ["2023-12-29", "2024-01-31"], ["2024-01-31", "2024-02-29"]
        >>> bill_returns([0.0520, 0.0515], ends, "discount_13_week", dates=quotes).round(6)
        array([0.004518, 0.004185])
    """
    if convention not in get_args(RateConvention):
        names = ", ".join(get_args(RateConvention))
        raise InputError(f"convention: expected what the yields mean ({names}), got {convention!r}")
    quoted, values = _quotes(yields, dates)
    last = np.asarray(ends, dtype="datetime64[D]")
    starts = np.append(last[:1].astype("datetime64[M]").astype("datetime64[D]") - 1, last[:-1])
    rates = _last_before(quoted, values, starts)
    earned = _earned(rates, (last - starts).astype(np.float64), convention)
    read_returns(earned, "yields", last)
    return earned if isinstance(ends, np.ndarray | list | tuple) else series(earned, ends, "T-bills")


def _quotes(yields: Table, dates: Any) -> tuple[DateArray, FloatArray]:
    """Days and values of all quotes; days without one are left out."""
    values = values_of(yields, "yields")
    if values.ndim != 1 or values.size == 0:
        raise InputError(f"yields: expected one series, got shape {values.shape}")
    if is_labelled(yields):
        days = dates_of(yields.index, "yields")
    elif dates is None:
        raise InputError("dates: expected one date per yield, got none")
    else:
        days = np.asarray(dates, dtype="datetime64[D]")
    if days.shape != values.shape:
        raise InputError(f"dates: expected {values.size}, one per yield, got {days.size}")
    if not (np.diff(days).astype(np.int64) > 0).all():
        raise InputError("yields: expected ascending dates without duplicates; sort the table by date")
    there = ~np.isnan(values)
    if not there.any():
        raise InputError(f"yields: expected numbers, got {values.size} empty values")
    if (np.abs(values[there]) > 1.0).any():
        row = int((np.abs(np.where(there, values, 0.0)) > 1.0).argmax())
        raise InputError(
            f"yields: expected decimals per year, got {values[row]:g} on {days[row]}; divide percentages by 100"
        )
    return days[there], values[there]


def _last_before(quoted: DateArray, values: FloatArray, starts: DateArray) -> FloatArray:
    place = np.searchsorted(quoted, starts, side="right") - 1
    stale = (place < 0) | ((starts - quoted[place]).astype(np.int64) > STALE_DAYS)
    if stale.any():
        row = int(stale.argmax())
        got = f"the last one on {quoted[place[row]]}" if place[row] >= 0 else f"none before {quoted[0]}"
        raise InputError(
            f"yields: expected a quote in the {STALE_DAYS} days up to {starts[row]}, the start of a period, got {got}; "
            "supply more quotes or shorten the sample"
        )
    return values[place]


def _earned(rates: FloatArray, days: FloatArray, convention: RateConvention) -> FloatArray:
    if convention == "money_market_360":
        return rates * days / 360.0
    if convention == "effective":
        return (1.0 + rates) ** (days / 365.0) - 1.0
    if convention == "bond_equivalent_13_week":
        return (1.0 + rates * BILL_DAYS / 365.0) ** (days / BILL_DAYS) - 1.0
    return (1.0 - rates * BILL_DAYS / 360.0) ** (-days / BILL_DAYS) - 1.0
