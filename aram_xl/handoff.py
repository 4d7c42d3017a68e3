"""Hand-off: rounded weights, orders, and the files that brokers, rebalancing programs and index calculators take.

This is the door of the room: what other code needs is named in ``__all__``.

Each file is written whole, read back, and kept only if what it says is what was meant. Which facts about the layouts
are published, and which are not, stands in docs/handoff.md.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aram_xl._handoff_cells import Rows, number_cell, number_in, symbol_cell, text_cell, write_checked
from aram_xl._handoff_mapping import ModelLayout, OrderFields
from aram_xl._handoff_orders import SELL, Account, Order, TradePlan, TradeRules, plan_trades
from aram_xl._handoff_rounding import NOISE, WholeShares, exact, round_weights, split_block, whole_shares
from aram_xl._models import Model
from aram_xl.errors import InputError

if TYPE_CHECKING:
    from aram_xl.table_files import FilePath

__all__ = [
    "Account",
    "Order",
    "TradePlan",
    "TradeRules",
    "WholeShares",
    "model_targets",
    "plan_trades",
    "round_weights",
    "split_block",
    "whole_shares",
    "write_allocation",
    "write_basket",
    "write_index_one",
    "write_index_one_history",
    "write_percent_rebalance",
    "write_security_model",
]

BASKET = ("Action", "Quantity", "Symbol", "SecType", "Exchange", "Currency", "TimeInForce", "OrderType")
ALLOCATION = ("Account", "Action", "Symbol", "Quantity")

FINEST_PLACES = 6
"""Decimal places of rounded weights: 0.0001 %."""

REBALANCE_CELLS = 10
"""DES, symbol, type, exchange, five empty cells, percent."""


def model_targets(
    model: Model, weights: Mapping[str, float], step: float = 0.0001, cash: float = 0.0
) -> dict[str, float]:
    """Weights of a model, rounded to a step within its bounds for single assets, with a share kept in cash.

    A weight that is out of its bounds, as a fallback or a drifted one may be, is rounded without them.

    Args:
        model: its bounds are those of the whole value, cash included.
        weights: by ticker, decimals that add up to 1.
        step: see `round_weights`.
        cash: decimal; the weights shrink in proportion.

    Returns:
        Rounded weight by ticker; with the cash they add up to 1 exactly.

    Raises:
        InputError: negative weights, weights of another total, a share of cash that is none.
        InfeasibleError: rounding within one step and the bounds cannot reach the total.
    """
    if not 0 <= cash < 1:
        raise InputError(f"cash: expected a share from 0 to less than 1, got {cash!r}; 0.02 is 2 %")
    invested = float(1 - exact(cash))
    tickers = [str(ticker) for ticker in weights]
    scaled = [float(weight) * invested for weight in weights.values()]
    least, most = (dict(zip(model.universe, bound.tolist(), strict=True)) for bound in model.bounds())
    lower, upper = [], []
    for ticker, weight in zip(tickers, scaled, strict=True):
        floor, cap = least.get(ticker, 0.0), most.get(ticker, 1.0)
        lower.append(floor if weight >= floor - NOISE else 0.0)
        upper.append(cap if weight <= cap + NOISE else 1.0)
    rounded = round_weights(scaled, step, upper, invested, lower)
    return dict(zip(tickers, rounded.tolist(), strict=True))


def write_security_model(
    path: FilePath,
    targets: Mapping[str, float],
    *,
    name: str = "",
    cash: float = 0.0,
    layout: ModelLayout | None = None,
) -> None:
    """Write a security model in the manner of iRebal: symbols, target percents that add up to 100, cash as a symbol.

    Symbols without a target are left out.

    Args:
        path: the file.
        targets: rounded weight by symbol, decimals; with ``cash`` they add up to 1 exactly (see `round_weights`).
        name: of the model, for a column that holds it.
        cash: share kept in cash; it becomes the row ``$CASH``.
        layout: columns in their order; by default a symbol and a percent.

    Raises:
        InputError: weights not rounded, negative or of another total; a symbol that no cell can hold.
        OutputError: the file cannot be written, or reads back differently.
    """
    layout = layout or ModelLayout()
    shares = {symbol: share for symbol, share in _exact_shares(targets, cash).items() if share}
    if layout.cash_symbol in shares:
        raise InputError(f"targets: expected no symbol {layout.cash_symbol}, it stands for cash; ask for cash instead")
    if cash:
        shares[layout.cash_symbol] = _decimal(cash)
    rows = [[text_cell(column.name) for column in layout.columns]] if layout.header else []
    for symbol, share in shares.items():
        cells = {
            "symbol": symbol_cell(symbol),
            "target_percent": number_cell(100 * share),
            "target_decimal": number_cell(share),
            "model": text_cell(name),
        }
        rows.append([cells.get(column.holds, text_cell(column.text)) for column in layout.columns])
    kinds = [column.holds for column in layout.columns]
    place = next(i for i, kind in enumerate(kinds) if kind.startswith("target"))
    scale = 100 if kinds[place] == "target_percent" else 1

    def meaning(found: Rows) -> dict[str, Decimal]:
        body = found[1:] if layout.header else found
        return _shares_of(body, kinds.index("symbol"), place, scale)

    write_checked(path, rows, meaning, shares)


def write_basket(path: FilePath, orders: Sequence[Order], fields: OrderFields | None = None) -> None:
    """Write a basket for Interactive Brokers' BasketTrader: a heading, then one order a row, sells before buys.

    Args:
        path: the file.
        orders: of one account, or the blocks of a plan; see `plan_trades`.
        fields: security type, exchange, currency, time in force and order type.

    Raises:
        InputError: a quantity below 1, or a symbol that no cell can hold.
        OutputError: the file cannot be written, or reads back differently.
    """
    fields = fields or OrderFields()
    lines = _sells_first(orders)
    rows = [list(BASKET)]
    for order in lines:
        venue = fields.exchanges.get(order.symbol, fields.exchange)
        first = [order.action, number_cell(order.quantity), symbol_cell(order.symbol)]
        rest = [fields.security_type, venue, fields.currency, fields.time_in_force, fields.order_type]
        rows.append(first + [symbol_cell(cell) for cell in rest])

    def meaning(found: Rows) -> list[tuple[Any, ...]]:
        cells = [dict(zip(found[0], row, strict=True)) for row in found[1:]]
        return [(row["Action"], row["Symbol"], number_in(row["Quantity"])) for row in cells]

    write_checked(path, rows, meaning, [(line.action, line.symbol, line.quantity) for line in lines])


def write_allocation(path: FilePath, plan: TradePlan) -> None:
    """Write how the blocks of a plan are split: account, side, symbol, shares. Our own layout, for the back office.

    Raises:
        InputError: a symbol that no cell can hold.
        OutputError: the file cannot be written, or its shares do not add up to the blocks.
    """
    rows = [list(ALLOCATION)]
    for order in plan.orders():
        rows.append([text_cell(order.account), order.action, symbol_cell(order.symbol), number_cell(order.quantity)])

    def meaning(found: Rows) -> dict[tuple[str, str], Decimal]:
        totals: dict[tuple[str, str], Decimal] = {}
        for _, side, symbol, quantity in found[1:]:
            totals[side, symbol] = totals.get((side, symbol), Decimal(0)) + number_in(quantity)
        return totals

    write_checked(path, rows, meaning, {(block.action, block.symbol): block.quantity for block in plan.blocks()})


def write_percent_rebalance(
    path: FilePath, targets: Mapping[str, float], *, cash: float = 0.0, fields: OrderFields | None = None
) -> None:
    """Write targets in percent of net liquidation value, for the import of Interactive Brokers' Rebalance Portfolio.

    One row per symbol without a heading, those without a target at 0 so that they are sold; cash is what the percents
    leave.

    Args:
        path: the file.
        targets: rounded weight by symbol, decimals; with ``cash`` they add up to 1 exactly.
        cash: share kept in cash.
        fields: security type and exchanges.

    Raises:
        InputError: weights not rounded, negative or of another total; a symbol that no cell can hold.
        OutputError: the file cannot be written, or reads back differently.
    """
    fields = fields or OrderFields()
    shares = _exact_shares(targets, cash)
    rows = []
    for symbol, share in shares.items():
        venue = fields.exchanges.get(symbol, fields.rebalance_exchange)
        contract = ["DES", *map(symbol_cell, (symbol, fields.security_type, venue))]
        blank = [""] * (REBALANCE_CELLS - len(contract) - 1)
        rows.append([*contract, *blank, number_cell(100 * share)])
    write_checked(path, rows, lambda found: _shares_of(found, 1, REBALANCE_CELLS - 1, 100), shares)


def write_index_one(path: FilePath, targets: Mapping[str, float]) -> None:
    """Write the weights of a basket index for Index One: ticker and decimal, no heading, no row without a weight.

    Raises:
        InputError: weights not rounded, negative, or not adding up to 1; a symbol that no cell can hold.
        OutputError: the file cannot be written, or reads back differently.
    """
    shares = {symbol: share for symbol, share in _exact_shares(targets, 0.0).items() if share}
    rows = [[symbol_cell(symbol), number_cell(share)] for symbol, share in shares.items()]
    write_checked(path, rows, lambda found: _shares_of(found, 0, 1, 1), shares)


def write_index_one_history(path: FilePath, history: Mapping[datetime.date, Mapping[str, float]]) -> None:
    """Write the weights of all dates for Index One: dates (year-month-day) down, tickers across, decimals.

    Args:
        path: the file.
        history: rounded weights by date, ascending, each date adding up to 1 exactly; a symbol that a date does not
            name has a weight of 0 there.

    Raises:
        InputError: no date, dates not ascending, weights not rounded, negative or not adding up to 1.
        OutputError: the file cannot be written, or reads back differently.
    """
    days = list(history)
    if not days or days != sorted(days):
        raise InputError("history: expected dates in ascending order, at least one")
    shares = {day: _exact_shares(history[day], 0.0) for day in days}
    symbols = list(dict.fromkeys(symbol for row in shares.values() for symbol in row))
    rows = [["Date", *map(symbol_cell, symbols)]]
    rows += [
        [day.strftime("%Y-%m-%d"), *(number_cell(shares[day].get(symbol, Decimal(0))) for symbol in symbols)]
        for day in days
    ]

    def meaning(found: Rows) -> dict[datetime.date, dict[str, Decimal]]:
        said = {}
        for row in found[1:]:
            weights = dict(zip(found[0][1:], map(number_in, row[1:]), strict=True))
            said[datetime.date.fromisoformat(row[0])] = {symbol: share for symbol, share in weights.items() if share}
        return said

    held = {day: {symbol: share for symbol, share in row.items() if share} for day, row in shares.items()}
    write_checked(path, rows, meaning, held)


def _exact_shares(targets: Mapping[str, float], cash: float) -> dict[str, Decimal]:
    """Weights as decimals that add up to 1 with the cash."""
    shares = {}
    for symbol, weight in targets.items():
        shares[str(symbol)] = share = _decimal(weight)
        if share < 0:
            raise InputError(f"targets: expected no negative weight, got {weight:g} for {symbol}")
        if share != round(share, FINEST_PLACES):
            raise InputError(
                f"targets: expected weights of at most {FINEST_PLACES} decimal places, got {weight!r} for {symbol}; "
                "round them first (round_weights)"
            )
    total = sum(shares.values(), Decimal(0)) + _decimal(cash)
    if cash < 0 or total != 1:
        raise InputError(
            f"targets: expected weights and cash to add up to 1 exactly, got {number_cell(abs(total))} with cash of "
            f"{cash:g}; round them (round_weights), or say how much stays in cash"
        )
    return shares


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _shares_of(rows: Rows, symbol: int, target: int, scale: int) -> dict[str, Decimal]:
    """What a file says of each symbol, as decimals of 1."""
    return {row[symbol]: number_in(row[target]) / scale for row in rows}


def _sells_first(orders: Sequence[Order]) -> list[Order]:
    for order in orders:
        if order.quantity < 1:
            raise InputError(f"orders: expected a quantity of at least 1 of {order.symbol}, got {order.quantity}")
    return sorted(orders, key=lambda order: order.action != SELL)
