"""Intervals: what a printed figure stands for, and arithmetic that never loses the true value."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from aram_xl.errors import InputError

_PRINTED = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?%?")

_FUNCTION_STEPS = 8
"""Floats added on either side of a logarithm, power or root: the C library errs by one or two."""


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from ``low`` to ``high``, both included.

    Sums, differences, products and quotients contain every exact result for operands inside the intervals: each end
    is moved outward to the next float.

    Raises:
        InputError: an end is not a number, or low is above high.

    Example:
        >>> returned, benchmark = printed("8.6"), printed("5.8")
        >>> (returned - benchmark).contains(2.75), (returned - benchmark).contains(2.95)
        (True, False)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise InputError(f"interval: expected low <= high, got {self.low} and {self.high}")

    @property
    def middle(self) -> float:
        """Half way between the ends."""
        return 0.5 * self.low + 0.5 * self.high

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval | float) -> Interval:
        right = _interval(other)
        return _outward(self.low + right.low, self.high + right.high)

    __radd__ = __add__

    def __sub__(self, other: Interval | float) -> Interval:
        return self + (-_interval(other))

    def __rsub__(self, other: float) -> Interval:
        return -self + other

    def __mul__(self, other: Interval | float) -> Interval:
        right = _interval(other)
        ends = [_product(a, b) for a in (self.low, self.high) for b in (right.low, right.high)]
        return _outward(min(ends), max(ends))

    __rmul__ = __mul__

    def __truediv__(self, other: Interval | float) -> Interval:
        right = _interval(other)
        if right.contains(0.0):
            raise InputError(f"interval: expected a divisor without 0, got {right.low:g} to {right.high:g}")
        ends = [a / b for a in (self.low, self.high) for b in (right.low, right.high)]
        return _outward(min(ends), max(ends))

    def __rtruediv__(self, other: float) -> Interval:
        return _interval(other) / self

    def square(self) -> Interval:
        """All squares; narrower than the product with itself where 0 is inside."""
        ends = (self.low * self.low, self.high * self.high)
        low = 0.0 if self.contains(0.0) else min(ends)
        widened = _outward(low, max(ends))
        return Interval(max(widened.low, 0.0), widened.high)

    def rising(self, function: Callable[[float], float]) -> Interval:
        """Image under a function that nowhere falls and errs by few units in the last place."""
        return _outward(function(self.low), function(self.high), _FUNCTION_STEPS)

    def compounded(self, periods: float) -> Interval:
        """``(1 + x)^periods - 1`` for every x: periods is positive, below 1 it takes the root; -1 at the least."""
        kept = Interval(max(self.low, -1.0), max(self.high, -1.0)) + 1.0
        return Interval(max(kept.low, 0.0), kept.high).rising(lambda x: x**periods) - 1.0

    def contains(self, value: float) -> bool:
        """Whether a number lies inside."""
        return self.low <= value <= self.high

    def overlaps(self, other: Interval) -> bool:
        """Whether both have a number in common."""
        return self.low <= other.high and other.low <= self.high

    def intersection(self, other: Interval) -> Interval | None:
        """What both have in common; None when that is nothing."""
        if not self.overlaps(other):
            return None
        return Interval(max(self.low, other.low), min(self.high, other.high))

    def distance(self, value: float) -> float:
        """0 inside, else how far a number is from the nearer end."""
        return max(self.low - value, value - self.high, 0.0)


@functools.lru_cache(maxsize=4096)
def printed(text: str, percent: bool = False) -> Interval:
    """What a printed figure stands for: half a unit of its last digit to either side.

    Trailing zeros count, so figures are texts: "1.0" is 0.95 to 1.05, "1.00" is 0.995 to 1.005. A percent sign, or
    ``percent`` for a column in percent, gives decimals. Both ways of rounding a half are inside; cutting digits off
    is not rounding.

    Raises:
        InputError: not a plain number.

    Example:
        >>> figure = printed("8.2")
        >>> figure.contains(8.15), figure.contains(8.25), figure.contains(8.26)
        (True, True, False)
        >>> round(printed("71%").low, 12), round(printed("71", percent=True).high, 12)
        (0.705, 0.715)
    """
    plain = text.strip().replace("\u2212", "-").replace(" ", "")
    if not _PRINTED.fullmatch(plain):
        raise InputError(f"figure: expected a printed number such as 8.2, -0.17 or 71%, got {text!r}")
    digits = plain.rstrip("%")
    scale = Decimal("0.01") if percent or plain.endswith("%") else Decimal(1)
    half = Decimal(5).scaleb(-len(digits.partition(".")[2]) - 1)
    return Interval(_below((Decimal(digits) - half) * scale), _above((Decimal(digits) + half) * scale))


def _interval(value: Interval | float) -> Interval:
    return value if isinstance(value, Interval) else Interval(value, value)


def _outward(low: float, high: float, steps: int = 1) -> Interval:
    for _ in range(steps):
        low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    return Interval(low, high)


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0.0 or b == 0.0 else a * b  # 0 times infinity is 0 here: the ends are limits


def _below(exact: Decimal) -> float:
    nearest = float(exact)
    return nearest if Decimal(nearest) <= exact else math.nextafter(nearest, -math.inf)


def _above(exact: Decimal) -> float:
    nearest = float(exact)
    return nearest if Decimal(nearest) >= exact else math.nextafter(nearest, math.inf)
