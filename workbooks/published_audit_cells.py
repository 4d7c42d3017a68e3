"""Formulas and their values side by side: each expression knows what a cell says and what it then shows.

A `Part` is a column of expressions, one per line of a table, or a single one for all lines. Operators and the
functions below put formulas together and work out the same by Python's arithmetic, with the rules of spreadsheets:
the empty text in a sum is an error, numbers come before texts, MIN and MAX of cells pass over texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from workbooks.sheet import Block

COMPARED, CONCATENATED, ADDED, MULTIPLIED, RAISED, SINGLE = range(6)
"""Ranks of operators; what is weaker than its neighbour stands in brackets."""


class Error:
    """What a cell with an error shows; only IFERROR and counts get past it."""


ERROR = Error()


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Formulas (without the equals sign) and values; one of each stands for all lines."""

    texts: tuple[str, ...]
    values: tuple[Any, ...]
    rank: int = SINGLE
    is_cell: bool = False

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, i: int) -> str:
        """Formula of a line."""
        return self.texts[i % len(self.texts)]

    def value(self, i: int) -> Any:
        """Value of a line; of a range, the list of its values."""
        return self.values[i % len(self.values)]

    def __add__(self, other: Given) -> Part:
        return _operated("+", ADDED, lambda a, b: a + b, self, other)

    def __radd__(self, other: Given) -> Part:
        return part_of(other) + self

    def __sub__(self, other: Given) -> Part:
        return _operated("-", ADDED, lambda a, b: a - b, self, other)

    def __rsub__(self, other: Given) -> Part:
        return part_of(other) - self

    def __mul__(self, other: Given) -> Part:
        return _operated("*", MULTIPLIED, lambda a, b: a * b, self, other)

    def __rmul__(self, other: Given) -> Part:
        return part_of(other) * self

    def __truediv__(self, other: Given) -> Part:
        return _operated("/", MULTIPLIED, lambda a, b: a / b, self, other)

    def __rtruediv__(self, other: Given) -> Part:
        return part_of(other) / self

    def __pow__(self, other: Given) -> Part:
        return _operated("^", RAISED, _power, self, other)

    def __and__(self, other: Given) -> Part:
        return _operated("&", CONCATENATED, lambda a, b: a + b, self, other, written)

    def is_(self, other: Given) -> Part:
        """Whether both are equal, capitals apart."""
        return _operated("=", COMPARED, lambda a, b: a == b, self, other, in_order)

    def is_not(self, other: Given) -> Part:
        """Whether they differ."""
        return _operated("<>", COMPARED, lambda a, b: a != b, self, other, in_order)

    def below(self, other: Given) -> Part:
        """Whether less."""
        return _operated("<", COMPARED, lambda a, b: a < b, self, other, in_order)

    def above(self, other: Given) -> Part:
        """Whether greater."""
        return _operated(">", COMPARED, lambda a, b: a > b, self, other, in_order)

    def at_most(self, other: Given) -> Part:
        """Whether less or equal."""
        return _operated("<=", COMPARED, lambda a, b: a <= b, self, other, in_order)

    def at_least(self, other: Given) -> Part:
        """Whether greater or equal."""
        return _operated(">=", COMPARED, lambda a, b: a >= b, self, other, in_order)


Given = Part | float | str


def word(text: str) -> Part:
    """A text within a formula."""
    return part_of(text)


class Span(NamedTuple):
    """Lower and upper end."""

    low: Part
    high: Part


def cell(block: Block, values: Sequence[Any]) -> Part:
    """Cells of a column, one per line, as relative references."""
    return Part(tuple(block.at(i) for i in range(block.height)), tuple(values), is_cell=True)


def fixed(block: Block, value: Any) -> Part:
    """One cell for all lines."""
    return Part((block.at(0, 0, "rc"),), (value,), is_cell=True)


def area(block: Block, values: Sequence[Any]) -> Part:
    """A whole range for all lines, with the list of its values."""
    return Part((block.all(),), (list(values),), is_cell=True)


def down(column: Part) -> Part:
    """The range of the cells of a column that was written."""
    (sheet, _, first), (_, _, last) = (column.text(i).rpartition("!") for i in (0, len(column) - 1))
    return Part((f"{sheet}!{_absolute(first)}:{_absolute(last)}",), (list(column.values),), is_cell=True)


def across(*columns: Part) -> Part:
    """Ranges of neighbouring cells, line by line, from the first column to the last."""
    first, last = columns[0], columns[-1]
    texts = (f"{first.text(i)}:{last.text(i).rpartition('!')[2]}" for i in range(len(first)))
    return Part(tuple(texts), tuple([c.value(i) for c in columns] for i in range(len(first))), is_cell=True)


def _absolute(address: str) -> str:
    plain = address.replace("$", "")
    letters = plain.rstrip("0123456789")
    return f"${letters}${plain[len(letters) :]}"


def part_of(given: Given) -> Part:
    if isinstance(given, Part):
        return given
    if isinstance(given, str):
        return Part((f'"{given}"',), (given,))
    return Part((f"{given:g}",), (float(given),))


def _operated(
    sign: str, rank: int, function: Callable[[Any, Any], Any], one: Given, other: Given,
    as_operand: Callable[[Any], Any] | None = None,
) -> Part:  # fmt: skip
    left, right = part_of(one), part_of(other)
    turn = as_operand or numeric
    texts, values = [], []
    for i in range(max(len(left), len(right))):
        before = left.text(i) if left.rank >= rank else f"({left.text(i)})"
        after = right.text(i) if right.rank > rank or (right.rank == rank and sign in "+*&") else f"({right.text(i)})"
        texts.append(before + sign + after)
        values.append(_guarded(lambda a, b: function(turn(a), turn(b)), left.value(i), right.value(i)))
    return Part(tuple(texts), tuple(values), rank)


def called(name: str, function: Callable[..., Any], *given: Given, catches: bool = False) -> Part:
    """A function of spreadsheets; ``catches``: it takes errors for values."""
    parts = [part_of(one) for one in given]
    texts, values = [], []
    for i in range(max(map(len, parts))):
        texts.append(f"{name}({','.join(part.text(i) for part in parts)})")
        operands = [part.value(i) for part in parts]
        values.append(function(*operands) if catches else _guarded(function, *operands))
    return Part(tuple(texts), tuple(values))


def _guarded(function: Callable[..., Any], *operands: Any) -> Any:
    if any(operand is ERROR for operand in operands):
        return ERROR
    try:
        return function(*operands)
    except (ValueError, ZeroDivisionError, OverflowError, IndexError):
        return ERROR


def numeric(value: Any) -> float:
    if isinstance(value, str):
        raise ValueError("a text in a sum")
    return float(value)


def _power(base: float, exponent: float) -> float:
    if base < 0 and exponent != int(exponent):
        raise ValueError("root of a negative number")
    return float(base**exponent)


def written(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


def in_order(value: Any) -> tuple[int, Any]:
    """Numbers before texts, texts without regard to capitals."""
    return (1, value.lower()) if isinstance(value, str) else (0, float(value))


def numbers_of(values: Sequence[Any]) -> list[float]:
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [float(one) for one in flat if not isinstance(one, str | Error)]
