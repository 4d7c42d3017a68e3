"""From target weights to orders: what each account trades, and the blocks that are traded for all of them.

Every account aims at the same weights of its own value. Sales come first: what they bring in, and the cash that is
there, bounds what is bought, account by account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, trunc
from typing import NamedTuple

import numpy as np

from aram_xl._handoff_rounding import affordable, exact, split_block, target_shares
from aram_xl.errors import InputError
from aram_xl.types import FloatArray, IntArray

BUY, SELL = "BUY", "SELL"


@dataclass(frozen=True, eq=False, slots=True)
class Account:
    """A client account: its whole value (positions and cash), and the shares that it holds by symbol."""

    name: str
    value: float
    positions: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRules:
    """When to trade, and how."""

    minimum: float = 0.0
    """Money: smaller trades are left out."""
    band: float = 0.0
    """Decimal of the account's value: a weight that is no further from its target is left as it is."""
    lot: int = 1
    """Blocks are whole multiples of so many shares."""
    sell_others: bool = False
    """Sell positions in symbols that the targets do not name; otherwise such a position is an error."""

    def __post_init__(self) -> None:
        if not self.minimum >= 0:
            raise InputError(f"minimum: expected an amount of 0 or more, got {self.minimum!r}")
        if not 0 <= self.band < 1:
            raise InputError(f"band: expected a share from 0 to less than 1, got {self.band!r}; 0.01 is 1 %")
        if not isinstance(self.lot, int) or self.lot < 1:
            raise InputError(f"lot: expected a whole number of shares from 1, got {self.lot!r}")


class Order(NamedTuple):
    """One line of a blotter; ``account`` is empty in a block."""

    account: str
    action: str
    symbol: str
    quantity: int


@dataclass(frozen=True, eq=False, slots=True)
class TradePlan:
    """What is traded, by account (rows) and symbol (columns)."""

    accounts: tuple[str, ...]
    symbols: tuple[str, ...]
    """Those with a target or a position: first in the order of the targets, then the others."""
    prices: FloatArray
    """(n_symbols,) money a share."""
    values: FloatArray
    """(n_accounts,) money, before the trades."""
    held: FloatArray
    """(n_accounts, n_symbols) shares before the trades."""
    trades: IntArray
    """(n_accounts, n_symbols) shares, bought above zero, sold below."""
    cash: FloatArray
    """(n_accounts,) money left after the trades at these prices."""
    remarks: tuple[str, ...]
    """Trades that were left out or cut, in words."""

    def orders(self) -> tuple[Order, ...]:
        """The orders of every account: by account, sells before buys."""
        return tuple(
            order for name, row in zip(self.accounts, self.trades, strict=True) for order in self._lines(name, row)
        )

    def blocks(self) -> tuple[Order, ...]:
        """One order per symbol and side for all accounts, sells before buys; purchases are not set against sales."""
        sold, bought = np.minimum(self.trades, 0).sum(axis=0), np.maximum(self.trades, 0).sum(axis=0)
        return (*self._lines("", sold), *self._lines("", bought))

    def _lines(self, account: str, trades: IntArray) -> list[Order]:
        pairs = [(symbol, int(count)) for symbol, count in zip(self.symbols, trades, strict=True)]
        sells = [Order(account, SELL, symbol, -count) for symbol, count in pairs if count < 0]
        return sells + [Order(account, BUY, symbol, count) for symbol, count in pairs if count > 0]


class _Desk(NamedTuple):
    """What one account starts from, in exact numbers."""

    name: str
    value: Fraction
    held: list[Fraction]
    cash: Fraction


def plan_trades(
    accounts: Sequence[Account],
    targets: Mapping[str, float],
    prices: Mapping[str, float],
    rules: TradeRules | None = None,
    upper: Mapping[str, float] | None = None,
) -> TradePlan:
    """Orders in whole shares that bring every account to the same target weights.

    A block is what all accounts sell, or buy, of one symbol, in whole lots; it is split over them in proportion to
    their orders by the largest remainder. A position whose target is zero is sold whatever the band and the minimum.
    Where trades that were left out leave too little cash, the purchases of that account shrink in proportion.

    Args:
        accounts: each with a value above zero; positions are shares, not negative, fractions allowed.
        targets: weight by symbol, decimals, at most 1 in all; the rest is kept in cash.
        prices: money a share, by symbol; needed for every symbol with a target or a position.
        rules: minimum trade, no-trade band, lot, and what becomes of positions without a target.
        upper: caps by symbol, respected when a position is rounded up to whole shares.

    Raises:
        InputError: no account or one named twice, a value, price or position that is none, positions in symbols
            without a target unless the rules say to sell them, a negative target or targets above 1.
    """
    rules = rules or TradeRules()
    symbols = _symbols(accounts, targets, rules)
    quotes = [_quote(prices, symbol) for symbol in symbols]
    weights = [_weight(targets, symbol) for symbol in symbols]
    if sum(weights) > 1:
        raise InputError(f"targets: expected at most 1 in all, got {float(sum(weights)):.9g}; round them first")
    caps = [exact((upper or {}).get(symbol, 1.0)) for symbol in symbols]
    desks = [_desk(account, symbols, quotes) for account in accounts]
    remarks = [
        f"{desk.name}: its positions are worth {float(-desk.cash):.2f} more than its value; is the difference borrowed?"
        for desk in desks
        if desk.cash < 0
    ]
    wanted = [_wanted(desk, symbols, (weights, quotes, caps), rules, remarks) for desk in desks]
    sells = _blocks([[max(-count, 0) for count in row] for row in wanted], rules.lot, (SELL, symbols), remarks)
    buys = [
        _funded(desk, [max(count, 0) for count in row], sold, (weights, quotes), remarks)
        for desk, row, sold in zip(desks, wanted, sells, strict=True)
    ]
    buys = _blocks(buys, rules.lot, (BUY, symbols), remarks)
    trades = np.array(buys, dtype=np.intp) - np.array(sells, dtype=np.intp)
    return TradePlan(
        accounts=tuple(desk.name for desk in desks),
        symbols=tuple(symbols),
        prices=np.array([float(quote) for quote in quotes]),
        values=np.array([float(desk.value) for desk in desks]),
        held=np.array([[float(count) for count in desk.held] for desk in desks]),
        trades=trades,
        cash=np.array(
            [float(desk.cash - _worth(row, quotes)) for desk, row in zip(desks, trades.tolist(), strict=True)]
        ),
        remarks=tuple(remarks),
    )


def foreign_symbols(
    positions: Mapping[str, Mapping[str, float]], targets: Mapping[str, float], sell_others: bool
) -> list[str]:
    """Symbols that an account holds and the targets do not name, in the order of their appearance.

    Raises:
        InputError: there are some, and nobody has asked for them to be sold; a quantity below zero.
    """
    others: dict[str, str] = {}
    for account, held in positions.items():
        for symbol, quantity in held.items():
            if not 0 <= quantity < np.inf:
                raise InputError(
                    f"positions: expected a quantity of 0 or more of {symbol} in account {account}, got "
                    f"{quantity:g}; short positions are not handled"
                )
            if quantity and symbol not in targets:
                others.setdefault(symbol, account)
    if others and not sell_others:
        listed = ", ".join(f"{symbol} in account {account}" for symbol, account in others.items())
        raise InputError(
            f"positions: expected symbols of the model ({', '.join(targets)}), got {listed}; ask for other positions "
            "to be sold, or leave them out of the positions and of the account's value"
        )
    return list(others)


def _symbols(accounts: Sequence[Account], targets: Mapping[str, float], rules: TradeRules) -> list[str]:
    """Symbols that may trade: those with a target or a position."""
    names = [account.name for account in accounts]
    if not names or len(set(names)) < len(names):
        raise InputError(f"accounts: expected at least one, each name once, got {', '.join(names) or 'none'}")
    others = foreign_symbols({account.name: account.positions for account in accounts}, targets, rules.sell_others)
    held = {symbol for account in accounts for symbol, quantity in account.positions.items() if quantity}
    return [*(symbol for symbol in targets if targets[symbol] or symbol in held), *others]


def _quote(prices: Mapping[str, float], symbol: str) -> Fraction:
    price = prices.get(symbol)
    if price is None or np.isnan(price):
        raise InputError(f"prices: expected a price of {symbol}, got none; supply it")
    if not 0 < price < np.inf:
        raise InputError(f"prices: expected a price above zero of {symbol}, got {price:g}")
    return exact(price)


def _weight(targets: Mapping[str, float], symbol: str) -> Fraction:
    weight = targets.get(symbol, 0.0)
    if not weight >= 0:
        raise InputError(f"targets: expected no negative weight, got {weight:g} for {symbol}")
    return exact(weight)


def _desk(account: Account, symbols: Sequence[str], quotes: Sequence[Fraction]) -> _Desk:
    if not 0 < account.value < np.inf:
        raise InputError(f"accounts: expected a value above zero of account {account.name}, got {account.value:g}")
    held = [exact(account.positions.get(symbol, 0.0)) for symbol in symbols]
    value = exact(account.value)
    return _Desk(account.name, value, held, value - _worth(held, quotes))


def _wanted(
    desk: _Desk,
    symbols: Sequence[str],
    model: tuple[list[Fraction], list[Fraction], list[Fraction]],
    rules: TradeRules,
    remarks: list[str],
) -> list[int]:
    """Shares that one account would trade if there were only the band and the minimum."""
    weights, quotes, caps = model
    goal = target_shares(weights, quotes, (desk.value, sum(weights, Fraction(0))), caps)
    trades = []
    for i, symbol in enumerate(symbols):
        trade = trunc(goal[i] - desk.held[i])
        gap = abs(desk.held[i] * quotes[i] / desk.value - weights[i])
        worth = abs(trade) * quotes[i]
        reason = ""
        if trade and weights[i] and gap <= exact(rules.band):
            reason = f"{float(gap):.2%} from its target, within the band of {rules.band:.2%}"
        elif trade and weights[i] and worth < exact(rules.minimum):
            reason = f"{float(worth):.2f} is below the minimum trade of {rules.minimum:.2f}"
        if reason:
            remarks.append(f"{desk.name}: {symbol} is not traded: {reason}")
        if not weights[i] and desk.held[i] != floor(desk.held[i]):
            rest = float(desk.held[i] - floor(desk.held[i]))
            remarks.append(f"{desk.name}: {rest:g} of a share of {symbol} stays: only whole shares are sold")
        trades.append(0 if reason else trade)
    return trades


def _funded(
    desk: _Desk, buys: list[int], sold: list[int], model: tuple[list[Fraction], list[Fraction]], remarks: list[str]
) -> list[int]:
    """Purchases that the cash after the sales pays for, the share kept in cash left alone."""
    weights, quotes = model
    reserve = (1 - sum(weights)) * desk.value
    available = desk.cash + _worth(sold, quotes) - reserve
    cost = _worth(buys, quotes)
    if cost <= available:
        return buys
    remarks.append(
        f"{desk.name}: purchases of {float(cost):.2f} are cut to the {max(float(available), 0.0):.2f} that there is"
    )
    if available <= 0:
        return [0] * len(buys)
    return affordable([count * available / cost for count in buys], quotes, available, buys)


def _blocks(wanted: list[list[int]], lot: int, what: tuple[str, Sequence[str]], remarks: list[str]) -> list[list[int]]:
    """Cut what all accounts want of each symbol to whole lots, and split it over them."""
    side, symbols = what
    columns = []
    for symbol, column in zip(symbols, zip(*wanted, strict=True), strict=True):
        block = sum(column) // lot * lot
        if block < sum(column):
            remarks.append(f"block: {side} {symbol} is cut from {sum(column)} to {block} shares, whole lots of {lot}")
        columns.append(split_block(block, column))
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in wanted]


def _worth(shares: Sequence[int | Fraction], quotes: Sequence[Fraction]) -> Fraction:
    return sum((count * quote for count, quote in zip(shares, quotes, strict=True)), Fraction(0))
