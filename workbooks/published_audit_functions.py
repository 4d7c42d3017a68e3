"""Functions of spreadsheets as `Part`s: each writes its formula and works out its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from workbooks.published_audit_cells import (
    ERROR,
    Given,
    Part,
    Span,
    called,
    in_order,
    numbers_of,
    numeric,
    part_of,
    written,
)


def if_error(one: Given, other: Given = "") -> Part:
    """IFERROR."""
    return called("IFERROR", lambda a, b: b if a is ERROR else a, one, other, catches=True)


def if_else(condition: Given, one: Given, other: Given) -> Part:
    """IF."""

    def choose(asked: Any, a: Any, b: Any) -> Any:
        if asked is ERROR or isinstance(asked, str):
            return ERROR
        return a if asked else b

    return called("IF", choose, condition, one, other, catches=True)


def _extreme(name: str, function: Callable[[list[float]], float], given: Sequence[Given]) -> Part:
    parts = [part_of(one) for one in given]

    def found(*operands: Any) -> float:
        for part, operand in zip(parts, operands, strict=True):
            if isinstance(operand, list) and any(one is ERROR for one in operand):
                raise ValueError("an error in a range")
            if isinstance(operand, str) and not part.is_cell:
                raise ValueError("a text")
        return function(numbers_of(operands) or [0.0])

    return called(name, found, *parts)


def least(*given: Given) -> Part:
    """MIN."""
    return _extreme("MIN", min, given)


def most(*given: Given) -> Part:
    """MAX."""
    return _extreme("MAX", max, given)


def smallest(values: Part, rank: Given) -> Part:
    """SMALL."""
    return called("SMALL", lambda listed, k: sorted(numbers_of([listed]))[int(k) - 1], values, rank)


def total(*given: Given) -> Part:
    """SUM of cells."""
    return called("SUM", lambda *values: math.fsum(numbers_of(values)), *given)


def count(*given: Given) -> Part:
    """COUNT of numbers; errors and texts do not count."""
    return called("COUNT", lambda *values: float(len(numbers_of(values))), *given, catches=True)


def number(given: Given) -> Part:
    """N: a truth as 1 or 0, a text as 0."""
    return called("N", lambda value: 0.0 if isinstance(value, str) else float(value), given)


def log(given: Given) -> Part:
    """LN."""
    return called("LN", lambda value: math.log(numeric(value)), given)


def root(given: Given) -> Part:
    """SQRT."""
    return called("SQRT", lambda value: math.sqrt(numeric(value)), given)


def size(given: Given) -> Part:
    """ABS."""
    return called("ABS", lambda value: abs(numeric(value)), given)


def sign(given: Given) -> Part:
    """SIGN."""
    return called("SIGN", lambda value: float((numeric(value) > 0) - (numeric(value) < 0)), given)


def rounded(given: Given, digits: Given) -> Part:
    """ROUND: halves away from 0, by the fifteen digits that spreadsheets go by."""

    def found(value: Any, places: Any) -> float:
        shown = Decimal(f"{numeric(value):.15g}")
        return float(shown.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP))

    return called("ROUND", found, given, digits)


def whole(given: Given) -> Part:
    """INT: the next whole number below."""
    return called("INT", lambda value: float(math.floor(numeric(value))), given)


def pick(values: Part, place: Given) -> Part:
    """INDEX of a range; the empty text where there is no place."""

    def found(listed: list[Any], at: Any) -> Any:
        if numeric(at) < 1:
            raise IndexError("no such place")
        return listed[int(at) - 1]

    return called("INDEX", found, values, place)


def place(wanted: Given, values: Part) -> Part:
    """MATCH, exactly."""

    def found(one: Any, listed: list[Any]) -> float:
        return 1.0 + [None if v is ERROR else in_order(v) for v in listed].index(in_order(one))

    inner = called("MATCH", found, wanted, values)
    return Part(tuple(f"{text[:-1]},0)" for text in inner.texts), inner.values)


def total_if(keys: Part, key: Given, values: Part) -> Part:
    """SUMIF over lines with a number for their key."""

    def found(listed: list[Any], one: Any, amounts: list[Any]) -> float:
        return math.fsum(numbers_of([a for k, a in zip(listed, amounts, strict=True) if k == one]))

    return called("SUMIF", found, keys, key, values)


def count_ifs(*given: Given) -> Part:
    """COUNTIFS of pairs: a range, and what its cells must equal."""

    def found(*operands: Any) -> float:
        ranges, wanted = operands[::2], [in_order(one) for one in operands[1::2]]
        lines = zip(*ranges, strict=True)
        return float(sum([in_order(v) for v in line] == wanted for line in lines))

    return called("COUNTIFS", found, *given)


def exact(one: Given, other: Given) -> Part:
    """EXACT: whether two texts are the same, capitals too."""
    return called("EXACT", lambda a, b: written(a) == written(b), one, other)


def count_if(values: Part, wanted: Given) -> Part:
    """COUNTIF of a text or number."""
    return called(
        "COUNTIF", lambda listed, one: float(sum(in_order(v) == in_order(one) for v in listed)), values, wanted
    )


def lower(given: Given) -> Part:
    """LOWER."""
    return called("LOWER", lambda text: str(text).lower(), given)


def without(given: Given, removed: Given) -> Part:
    """SUBSTITUTE a text by nothing."""
    return called("SUBSTITUTE", lambda text, old, new: text.replace(old, new) if old else text, given, removed, "")


def replaced(given: Given, old: str, new: str) -> Part:
    """SUBSTITUTE."""
    return called("SUBSTITUTE", lambda text, a, b: text.replace(a, b), given, old, new)


def length(given: Given) -> Part:
    """LEN."""
    return called("LEN", lambda text: float(len(text)), given)


def find(part: Given, text: Given) -> Part:
    """FIND: where a text stands in another."""
    return called("FIND", lambda a, b: 1.0 + b.index(a), part, text)


def left(text: Given, letters: Given) -> Part:
    """LEFT."""
    return called("LEFT", lambda a, n: a[: int(n)], text, letters)


def right(text: Given, letters: Given) -> Part:
    """RIGHT."""
    return called("RIGHT", lambda a, n: a[-int(n) :], text, letters)


def as_number(text: Given) -> Part:
    """NUMBERVALUE with a decimal point, whatever the language; an empty text is an error here."""

    def read(given: str, point: str, group: str) -> float:
        plain = given.replace(group, "")
        return float(plain) if plain else 0.0

    return called("NUMBERVALUE", read, text, ".", " ")


def overlap(one: Span, other: Span, slack: Part) -> Part:
    """1 where both spans have a number in common, 0 where they have not or are not known."""
    both = one.low.at_most(other.high + slack) * other.low.at_most(one.high + slack)
    return if_error(both, 0)
