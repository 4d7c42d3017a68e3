"""Small tables on the way in: positions, accounts, prices a share. Their first row names the columns, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aram_xl._handoff_orders import Account
from aram_xl.errors import InputError
from aram_xl.table_files import FilePath, Grid, read_grid

ONLY_ACCOUNT = "account"
"""Name of the account where positions name none."""

Positions = dict[str, dict[str, float]]
"""Shares by account and symbol."""


def read_positions(path: FilePath) -> Positions:
    """Read positions: columns ``symbol`` and ``quantity``, and ``account`` where there are several.

    Raises:
        InputError: the file cannot be read, a column is missing, a quantity is no number, a symbol stands twice in
            one account.
    """
    grid, columns = _columns(path, ("symbol", "quantity"), ("account",))
    positions: Positions = {}
    accounts = columns.get("account", [ONLY_ACCOUNT] * len(columns["symbol"]))
    for i, (account, symbol) in enumerate(zip(accounts, columns["symbol"], strict=True)):
        held = positions.setdefault(_text(grid, i, "account", account), {})
        name = _text(grid, i, "symbol", symbol)
        if name in held:
            raise InputError(
                f"{_row(grid, i)}: expected each symbol once in an account, got {name} again; add the lots up"
            )
        held[name] = _number(grid, i, "quantity", columns["quantity"][i])
    return positions


def read_accounts(
    path: FilePath, positions: Mapping[str, Mapping[str, float]], prices: Mapping[str, float]
) -> list[Account]:
    """Read accounts: a column ``account`` and either ``value`` (positions and cash) or ``cash``.

    Args:
        path: the file.
        positions: shares by account and symbol; every account must be in the file.
        prices: money a share, to value positions where the file gives cash.

    Raises:
        InputError: the file cannot be read, a column is missing, an account stands twice, has no value, or holds a
            symbol without a price.
    """
    grid, columns = _columns(path, ("account",), ("value", "cash"))
    given = [name for name in ("value", "cash") if name in columns]
    if len(given) != 1:
        raise InputError(
            f"{grid.name}: expected a column value or a column cash, got {' and '.join(given) or 'neither'}"
        )
    amounts: dict[str, float] = {}
    for i, account in enumerate(columns["account"]):
        name = _text(grid, i, "account", account)
        if name in amounts:
            raise InputError(f"{_row(grid, i)}: expected each account once, got {name} again")
        amounts[name] = _number(grid, i, given[0], columns[given[0]][i])
    for name in positions:
        if name not in amounts:
            raise InputError(f"positions: expected a value of account {name} in {grid.name}, got none; add a row")
    return [
        Account(
            name,
            amount + (_worth(positions.get(name, {}), prices) if given == ["cash"] else 0.0),
            positions.get(name, {}),
        )
        for name, amount in amounts.items()
    ]


def read_quotes(path: FilePath) -> dict[str, float]:
    """Read prices a share: columns ``symbol`` and ``price``.

    Raises:
        InputError: the file cannot be read, a column is missing, a price is not above zero, a symbol stands twice.
    """
    grid, columns = _columns(path, ("symbol", "price"), ())
    quotes: dict[str, float] = {}
    for i, symbol in enumerate(columns["symbol"]):
        name = _text(grid, i, "symbol", symbol)
        if name in quotes:
            raise InputError(f"{_row(grid, i)}: expected each symbol once, got {name} again")
        quotes[name] = _number(grid, i, "price", columns["price"][i])
        if quotes[name] <= 0:
            raise InputError(f"{_row(grid, i)}: expected a price above zero of {name}, got {quotes[name]:g}")
    return quotes


def _worth(held: Mapping[str, float], prices: Mapping[str, float]) -> float:
    for symbol in held:
        if symbol not in prices:
            raise InputError(f"prices: expected a price of {symbol}, got none; supply it")
    return sum(quantity * prices[symbol] for symbol, quantity in held.items())


def _columns(path: FilePath, needed: Sequence[str], possible: Sequence[str]) -> tuple[Grid, dict[str, Sequence[Any]]]:
    """Columns by their names in small letters; others are for the reader of the file."""
    if Path(path).suffix.lower() in (".parquet", ".pq"):
        raise InputError(f"{path}: expected a .csv or .xlsx file, got Parquet")
    grid = read_grid(Path(path), None)
    names = [str(header).strip().lower() for header in grid.headers]
    columns = dict(zip(names, (grid.dates, *grid.columns), strict=True))
    for name in (*needed, *possible):
        if names.count(name) > 1 or (name in needed and name not in names):
            times = "it twice" if name in names else ", ".join(names)
            raise InputError(f"{grid.name}: expected one column {name}, got {times}")
    return grid, {name: columns[name] for name in (*needed, *possible) if name in columns}


def _row(grid: Grid, i: int) -> str:
    return f"{grid.name}: row {grid.first_row + i}"


def _text(grid: Grid, i: int, name: str, cell: Any) -> str:
    text = "" if cell is None else str(cell).strip()
    if not text:
        raise InputError(f"{_row(grid, i)}: expected {name}, got an empty cell")
    return text


def _number(grid: Grid, i: int, name: str, cell: Any) -> float:
    value = grid.parse(cell)
    if value is None or value != value:
        got = "an empty cell" if cell in (None, "") else repr(cell)
        raise InputError(
            f"{_row(grid, i)}: expected a number as {name}, got {got}; write it without separators of thousands"
        )
    return value
