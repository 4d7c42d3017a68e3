"""Values against the data validation of their own cells."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator

from workbooks._audit_book import Book
from workbooks._audit_facts import Facts, Rule
from workbooks._audit_grid import BOOLEAN, DATE, INPUT_NUMBER, INPUT_TEXT, NUMBER, TEXT, encoded
from workbooks._audit_reader import taken_apart
from workbooks._audit_reading import Resolver
from workbooks._ooxml import Box

Value = float | str
WITH_LIMITS = ("whole", "decimal", "date", "time", "textLength")
LARGEST_LIST = 10_000
"""Cells of a list of allowed values."""

OPERATORS: dict[str, Callable[[float, float, float], bool]] = {
    "between": lambda value, low, high: low <= value <= high,
    "notBetween": lambda value, low, high: not low <= value <= high,
    "equal": lambda value, low, high: value == low,
    "notEqual": lambda value, low, high: value != low,
    "lessThan": lambda value, low, high: value < low,
    "lessThanOrEqual": lambda value, low, high: value <= low,
    "greaterThan": lambda value, low, high: value > low,
    "greaterThanOrEqual": lambda value, low, high: value >= low,
}


def invalid_values(book: Book, resolver: Resolver, sheet: int) -> array[int]:
    """Typed values that the validation of their cell forbids.

    Looked at are lists, and limits of numbers, dates, times and lengths that are numbers or single cells.
    """
    found = array("q")
    facts = book.sheets[sheet]
    for rule in facts.validations:
        allowed = _allowed(book, resolver, sheet, rule)
        if allowed is None:
            continue
        for area in rule.boxes:
            for row, column, value in _typed(book, facts, area):
                if not allowed(value):
                    found.append(encoded(row, column))
    return found


def _typed(book: Book, facts: Facts, area: Box) -> Iterator[tuple[int, int, Value]]:
    """Constants in an area."""
    for name, cells in facts.grid.columns.items():
        if not area.left <= name <= area.right:
            continue
        start, end = cells.rows.searchsorted([area.top, area.bottom + 1])
        for at in range(int(start), int(end)):
            value = _constant(book, int(cells.codes[at]), float(cells.values[at]))
            if value is not None:
                yield int(cells.rows[at]), name, value


def _constant(book: Book, code: int, value: float) -> Value | None:
    if math.isnan(value):
        return None
    if code in (TEXT, INPUT_TEXT):
        return book.texts[int(value)]
    return value if code in (NUMBER, DATE, INPUT_NUMBER, BOOLEAN) else None


def _allowed(book: Book, resolver: Resolver, sheet: int, rule: Rule) -> Callable[[Value], bool] | None:
    """The rule as a test of values; None where it cannot be told without calculating."""
    kind = rule.attributes.get("type", "none")
    if kind == "list":
        members = _members(book, resolver, sheet, rule)
        return None if members is None else lambda value: _word(value) in members
    compare = OPERATORS.get(rule.attributes.get("operator", "between"))
    limits = [_limit(book, resolver, sheet, formula) for formula in rule.formulas]
    if kind not in WITH_LIMITS or compare is None or not limits or None in limits:
        return None
    low, high = float(limits[0] or 0.0), float(limits[-1] or 0.0)

    def test(value: Value) -> bool:
        if kind == "textLength":
            return compare(float(len(_word(value))), low, high)
        if isinstance(value, str) or (kind == "whole" and value != math.floor(value)):
            return False
        return compare(value, low, high)

    return test


def _limit(book: Book, resolver: Resolver, sheet: int, formula: str) -> float | None:
    try:
        return float(formula)
    except ValueError:
        values = _values_of(book, resolver, sheet, formula)
    only = values[0] if values is not None and len(values) == 1 else None
    return only if isinstance(only, float) else None


def _members(book: Book, resolver: Resolver, sheet: int, rule: Rule) -> set[str] | None:
    """Allowed words of a list, in lower case as Excel compares those of a range."""
    formula = rule.formulas[0] if rule.formulas else ""
    if formula.startswith('"'):
        return {item.strip().lower() for item in formula[1:-1].replace('""', '"').split(",")}
    values = _values_of(book, resolver, sheet, formula)
    return None if values is None else {_word(value) for value in values}


def _values_of(book: Book, resolver: Resolver, sheet: int, formula: str) -> list[Value] | None:
    """Values of cells that do not move with the rule; None if any is calculated to a text, or there are too many."""
    traits = taken_apart(formula, 1, 1)
    located = list(resolver.located(traits, sheet))
    if len(located) != 1 or located[0][1].moving or traits.functions:
        return None
    target, reference = located[0]
    area = reference.swept(Box(1, 1, 1, 1))
    if target not in book.sheets or (area.bottom - area.top + 1) * (area.right - area.left + 1) > LARGEST_LIST:
        return None
    values: list[Value] = []
    grid = book.sheets[target].grid
    for row in range(area.top, area.bottom + 1):
        for column in range(area.left, area.right + 1):
            cell = grid.at(row, column)
            if cell is None or math.isnan(cell[1]):
                if cell is not None:
                    return None
                continue
            constant = _constant(book, *cell)
            values.append(cell[1] if constant is None else constant)
    return values or None


def _word(value: Value) -> str:
    """As Excel would show a plain value, in lower case."""
    return value.strip().lower() if isinstance(value, str) else f"{value:.15g}"
