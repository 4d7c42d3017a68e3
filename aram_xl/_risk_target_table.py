"""A rule as a rectangular table, so that the same table can stand in a worksheet, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from aram_xl._risk_target_rule import NOT_ENOUGH_HISTORY, Rule, RuleRow
from aram_xl.errors import InputError

_BANDS = {
    "risk_percentile": ("Percentile from", "Percentile to", 0.0, 1.0),
    "drawdown": ("Drawdown from", "Drawdown to", 0.0, 1.0),
    "macro": ("Macro from", "Macro to", -math.inf, math.inf),
}
"""Columns of each band, and what an empty cell beside a filled one means."""

HEADER = (
    *("State", "k", "Percentile from", "Percentile to", "Trend"),
    *("Drawdown from", "Drawdown to", "Macro from", "Macro to"),
)


def rule_from_table(rows: Sequence[Sequence[Any]], settings: Mapping[str, Any] | None = None) -> Rule:
    """Read a rule from a table with a header row.

    Columns, in any order: State and k, which must be there, and Percentile from, Percentile to, Trend, Drawdown from,
    Drawdown to, Macro from, Macro to. Empty cells are no condition; one empty end of a band leaves that end open. One
    row has the State "not enough history" and no condition. Rows without any entry are passed over.

    Args:
        rows: cells, the header first; None, NaN and blank text are empty.
        settings: the other fields of a `Rule`, such as ``floor``.

    Raises:
        InputError: a column that is unknown, missing or twice there, rows of another length, a number or a trend that
            is none, no row "not enough history" or several; or whatever `Rule` refuses.

    Example:
        >>> rule = rule_from_table([["State", "k", "Trend"], ["not enough history", 1, None],
        ...                         ["falling", 0.5, "down"], ["rising", 1, None]])
        >>> [(row.state, row.k, row.trend) for row in rule.rows]
        [('falling', 0.5, 'down'), ('rising', 1.0, None)]
    """
    cells = [[_blanked(cell) for cell in row] for row in rows]
    if not cells:
        raise InputError(f"rule_table: expected a header row ({', '.join(HEADER)}), got an empty table")
    columns = _columns(cells[0])
    found: list[RuleRow] = []
    start: list[float] = []
    for number, row in enumerate(cells[1:], start=2):
        if len(row) != len(cells[0]):
            raise InputError(f"rule_table: expected {len(cells[0])} cells in row {number}, got {len(row)}")
        entries = {name: row[i] for name, i in columns.items() if row[i] is not None}
        if not entries:
            continue
        place = f"rule_table, row {number}"
        if str(entries.get("State", "")).strip().lower() == NOT_ENOUGH_HISTORY:
            start.append(_start(entries, place))
        else:
            found.append(_row(entries, place))
    if len(start) != 1:
        raise InputError(f"rule_table: expected one row with the State {NOT_ENOUGH_HISTORY!r}, got {len(start)}")
    return Rule(**{**(settings or {}), "rows": tuple(found), "not_enough_history": start[0]})


def rule_table(rule: Rule) -> list[list[Any]]:
    """The rows of a rule as a table with a header row, None where a cell is empty; `rule_from_table` reads it back.

    The row "not enough history" comes first, as it is the first to be tried.
    """
    table: list[list[Any]] = [list(HEADER), [NOT_ENOUGH_HISTORY, rule.not_enough_history] + [None] * (len(HEADER) - 2)]
    for row in rule.rows:
        entries: dict[str, Any] = {"State": row.state, "k": row.k, "Trend": row.trend}
        for name, (low, high, *_) in _BANDS.items():
            band = getattr(row, name)
            if band is not None:
                entries |= {low: _finite(band[0]), high: _finite(band[1])}
        table.append([entries.get(name) for name in HEADER])
    return table


def _columns(header: list[Any]) -> dict[str, int]:
    known = {name.lower(): name for name in HEADER}
    columns: dict[str, int] = {}
    for i, cell in enumerate(header):
        name = known.get(" ".join(str(cell).split()).lower())
        if name is None:
            raise InputError(f"rule_table: expected the columns {', '.join(HEADER)}, got {cell!r} in column {i + 1}")
        if name in columns:
            raise InputError(f"rule_table: expected each column once, got {name} twice")
        columns[name] = i
    for name in HEADER[:2]:
        if name not in columns:
            raise InputError(f"rule_table: expected a column {name}, got {', '.join(columns)}")
    return columns


def _start(entries: Mapping[str, Any], place: str) -> float:
    others = [name for name in entries if name not in ("State", "k")]
    if others:
        raise InputError(f"{place}: expected no condition for {NOT_ENOUGH_HISTORY!r}, got {', '.join(others)}")
    return _number(entries, "k", place)


def _row(entries: Mapping[str, Any], place: str) -> RuleRow:
    if "State" not in entries:
        raise InputError(f"{place}: expected a State, got an empty cell")
    trend = entries.get("Trend")
    conditions: dict[str, Any] = {"trend": trend.strip().lower() if isinstance(trend, str) else trend}
    for name, (low, high, lowest, highest) in _BANDS.items():
        if low in entries or high in entries:
            conditions[name] = (
                _number(entries, low, place) if low in entries else lowest,
                _number(entries, high, place) if high in entries else highest,
            )
    try:
        return RuleRow(state=entries["State"], k=_number(entries, "k", place), **conditions)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error


def _number(entries: Mapping[str, Any], name: str, place: str) -> float:
    value = entries.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(
            f"{place}: expected a number in {name}, got {'an empty cell' if value is None else repr(value)}"
        )
    return float(value)


def _blanked(cell: Any) -> Any:
    """None for an empty cell in any of its forms."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _finite(end: float) -> float | None:
    return end if math.isfinite(end) else None
