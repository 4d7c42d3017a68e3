"""All numbers of the hand-off workbook: what it is filled with, and what the engine makes of that."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import aram_xl as ax
from aram_xl.errors import InputError
from aram_xl.handoff import Account, TradePlan, TradeRules, plan_trades, round_weights, whole_shares
from aram_xl.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

ASSETS = 10
"""Places for symbols; those not needed stay empty."""

ACCOUNTS = 5
"""Places for accounts."""

STEP, CASH, MINIMUM, BAND, LOT = 0.0001, 0.02, 250.0, 0.01, 1
"""Settings that a new workbook begins with."""

CENTS = 2
"""Decimal places of the prices a share that a new workbook is filled with."""

TILTS = (1.0, 1.2, 0.8, 0.94, 1.15, 0.6)
"""Positions of the first example account over its targets, in turn."""


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """What stands on sheet Inputs; NaN and empty text for empty cells."""

    name: str
    """Of the model."""
    symbols: tuple[str, ...]
    """ASSETS of them."""
    weights: FloatArray
    """(ASSETS,) decimals that add up to 1."""
    caps: FloatArray
    prices: FloatArray
    """(ASSETS,) money a share."""
    accounts: tuple[str, ...]
    """ACCOUNTS of them."""
    values: FloatArray
    """(ACCOUNTS,) money, positions and cash."""
    positions: FloatArray
    """(ACCOUNTS, ASSETS) shares."""
    step: float = STEP
    cash: float = CASH
    minimum: float = MINIMUM
    band: float = BAND
    lot: int = LOT


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What the engine makes of it; 0 where a place is empty."""

    rounded: FloatArray
    """(ASSETS,) weights beside the cash."""
    invested: FloatArray
    """(ASSETS,) weights of an index, without cash."""
    shares: FloatArray
    """(ACCOUNTS, ASSETS + 1) whole shares at the targets; last the money left."""
    trades: FloatArray
    """(ACCOUNTS, ASSETS + 1) shares, bought above zero; last the money left after them."""
    blocks: FloatArray
    """(2, ASSETS) shares sold and bought for all accounts."""


@dataclass(frozen=True, eq=False, slots=True)
class HandoffData:
    """Everything that a new workbook shows."""

    label: str
    """SYNTHETIC label of the built-in sample."""
    model: ax.Model
    signal: datetime.date
    given: Given
    answer: Answer


def handoff_data(prices: pd.DataFrame, end: datetime.date | str | None, progress: Callable[[str], None]) -> HandoffData:
    """The active index at its last signal, and example accounts at the last prices.

    Raises:
        InputError: the prices do not fit; see `aram_xl.backtest`.
    """
    model = ax.load_model("active-index-ig")
    progress("back-test")
    result = ax.backtest(prices, model, end=end)
    if len(model.universe) >= ASSETS:
        raise InputError(f"universe: expected at most {ASSETS - 1} assets for the workbook, got {len(model.universe)}")
    last = prices.loc[:end].ffill().iloc[-1]
    symbols = (*model.universe, model.benchmark)
    quotes = np.array([round(float(last[symbol]), CENTS) for symbol in symbols])
    weights = np.append(result.current.to_numpy(), 0.0)
    given = Given(
        name=model.title,
        symbols=(*symbols, *[""] * (ASSETS - len(symbols))),
        weights=_padded(weights),
        caps=_padded(np.append(model.bounds()[1], 1.0)),
        prices=_padded(quotes),
        accounts=("Example account A", "Example account B", "Example account C", "", ""),
        values=np.array([250_000.0, 100_000.0, 40_000.0, np.nan, np.nan]),
        positions=_example_positions(weights, quotes),
    )
    signal = result.targets.index[-1].date()
    return HandoffData(str(prices.attrs.get("label", "")), model, signal, given, engine_answer(given))


def engine_answer(given: Given) -> Answer:
    """What the engine makes of the inputs.

    Raises:
        InputError: the inputs do not fit; see `aram_xl.handoff`.
        InfeasibleError: the weights cannot be rounded under their caps.
    """
    used = [i for i, symbol in enumerate(given.symbols) if symbol]
    weights = np.nan_to_num(given.weights[used])
    caps = np.where(np.isnan(given.caps[used]), 1.0, given.caps[used])
    total = round(1.0 - given.cash, 12)
    rounded = round_weights(weights * total, given.step, caps, total)
    targets = dict(zip([given.symbols[i] for i in used], rounded.tolist(), strict=True))
    upper = dict(zip(targets, caps.tolist(), strict=True))
    prices = dict(zip(targets, given.prices[used].tolist(), strict=True))
    shares, trades = np.zeros((ACCOUNTS, ASSETS + 1)), np.zeros((ACCOUNTS, ASSETS + 1))
    open_accounts = [i for i, name in enumerate(given.accounts) if name]
    for i in open_accounts:
        bought = whole_shares(rounded, np.nan_to_num(given.prices[used], nan=1.0), given.values[i], caps, total)
        shares[i, used], shares[i, ASSETS] = bought.shares, bought.cash
    accounts = [
        Account(
            given.accounts[i],
            float(given.values[i]),
            {s: float(q) for s, q in zip(given.symbols, given.positions[i], strict=True) if s and q > 0},
        )
        for i in open_accounts
    ]
    plan = plan_trades(accounts, targets, prices, _rules(given), upper)
    places = [given.symbols.index(symbol) for symbol in plan.symbols]
    trades[np.ix_(open_accounts, places)] = plan.trades
    trades[open_accounts, ASSETS] = plan.cash
    return Answer(
        _at(used, rounded), _at(used, round_weights(weights, given.step, caps)), shares, trades, _blocks(given, plan)
    )


def _rules(given: Given) -> TradeRules:
    return TradeRules(minimum=given.minimum, band=given.band, lot=int(given.lot), sell_others=True)


def _blocks(given: Given, plan: TradePlan) -> FloatArray:
    """Shares of each block: sold, bought."""
    blocks = np.zeros((2, ASSETS))
    for order in plan.blocks():
        blocks[int(order.action == "BUY"), given.symbols.index(order.symbol)] = order.quantity
    return blocks


def _example_positions(weights: FloatArray, quotes: FloatArray) -> FloatArray:
    """Three accounts: near its targets; spread over all; a leftover of the benchmark, with a fraction, and cash."""
    size = len(quotes)
    tilts = np.resize(TILTS, size)
    near = np.floor(250_000.0 * 0.95 * weights * tilts / quotes)
    spread = np.floor(100_000.0 * 0.9 / size / quotes)
    leftover = np.zeros(size)
    leftover[-1] = 12.5
    positions = np.full((ACCOUNTS, ASSETS), np.nan)
    for i, row in enumerate((near, spread, leftover)):
        positions[i, :size] = np.where(row > 0, row, np.nan)
    return positions


def _padded(values: FloatArray) -> FloatArray:
    return np.append(values, np.full(ASSETS - len(values), np.nan))


def _at(used: list[int], values: FloatArray) -> FloatArray:
    places = np.zeros(ASSETS)
    places[used] = values
    return places
