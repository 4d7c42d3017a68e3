"""The policy for missing data: how a table of prices becomes one without an empty cell."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from aram_xl.errors import InputError, TooShortError
from aram_xl.price_checks import Finding, count, day_of, levels_of, validate_prices
from aram_xl.types import BoolArray


def complete(
    prices: pd.DataFrame, missing: Literal["reject", "drop_asset", "common_window"] = "reject"
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """A table without an empty cell, and what was left out to get there. Nothing is ever filled.

    Args:
        prices: as for ``check_prices``.
        missing: ``reject`` raises at the first empty cell; ``drop_asset`` leaves out each asset that has one;
            ``common_window`` leaves out each row on which some asset has none (returns then span the row).

    Raises:
        InputError: an empty cell under ``reject``, an unknown policy, or no asset left.
        TooShortError: fewer than three rows left.
    """
    validate_prices(prices)
    empty = np.isnan(levels_of(prices))
    if missing == "reject":
        if empty.any():
            row, column = np.argwhere(empty)[0]
            raise InputError(
                f"prices: {prices.columns[column]} on {day_of(prices, row)}: expected a price, "
                'got an empty cell; choose missing="common_window" or "drop_asset", or supply the price'
            )
        return prices.copy(), ()
    if missing == "drop_asset":
        return _without_assets(prices, empty)
    if missing == "common_window":
        return _without_rows(prices, empty)
    raise InputError(f'missing: expected "reject", "drop_asset" or "common_window", got {missing!r}')


def _without_assets(prices: pd.DataFrame, empty: BoolArray) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    counts = empty.sum(axis=0)
    if (counts > 0).all():
        raise InputError(
            "prices: expected at least one asset without empty cells, got none; "
            'choose missing="common_window"'
        )
    findings = []
    for ticker, number, first in zip(prices.columns, counts, empty.argmax(axis=0), strict=True):
        if number:
            day = day_of(prices, first)
            sentence = f"{ticker}: left out, {count(int(number), 'empty cell')}, first on {day}"
            findings.append(Finding("dropped_asset", "warning", str(ticker), day, float(number), sentence))
    return prices.iloc[:, np.flatnonzero(counts == 0)].copy(), tuple(findings)


def _without_rows(prices: pd.DataFrame, empty: BoolArray) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    dropped = empty.any(axis=1)
    kept = prices.iloc[np.flatnonzero(~dropped)].copy()
    if len(kept) < 3:
        raise TooShortError(
            f"prices: expected at least 3 rows on which every asset has a price, got {len(kept)}; "
            'choose missing="drop_asset", or leave out the shortest series'
        )
    edges = np.flatnonzero(np.diff(np.r_[False, dropped, False].astype(np.int8)))
    findings = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        absent = np.flatnonzero(empty[begin:end].any(axis=0))
        culprits = ", ".join(str(prices.columns[int(column)]) for column in absent)
        first, last = day_of(prices, begin), day_of(prices, end - 1)
        when = f"{first}" if first == last else f"{first} to {last}"
        sentence = f"{count(int(end - begin), 'row')} left out, {when}: no price of {culprits}"
        findings.append(Finding("dropped_dates", "warning", None, first, float(end - begin), sentence))
    return kept, tuple(findings)
