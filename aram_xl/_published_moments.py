"""What a printed return and a printed Ret/StDev leave open of the mean and the standard deviation behind them.

Among n returns of mean ``m`` and sample standard deviation ``s`` the growth ``prod(1 + r)`` is greatest when one
return is high and n - 1 are equal, and least when one is low and n - 1 are equal: the third derivative of the
logarithm is positive, so growth rises with skewness, and these are the most skewed samples. With
``r = 12 m / (s sqrt 12)`` printed too, ``s`` is proportional to ``m``, and both bounds are concave in ``m``.

Source:
    Cartwright and Field (1978), Proc. AMS 71(1), and Tung (1975), for the geometric mean between bounds of variance.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

from aram_xl._published_interval import Interval

MONTHS = 12

GREATEST_STDEV = 0.15
"""A month: 52 % a year. Above it a second, absurd pair of mean and deviation can give the same return and ratio."""

_HALVINGS = 60

_ROUNDING = 1e-13
"""Slack of log growth: a sum of hundred logarithms of numbers near 1 errs by less than 1e-14."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and sample standard deviation of monthly returns, decimals a month."""

    mean: Interval
    stdev: Interval


def log_growth(mean: float, stdev: float, n: int, skew: int) -> float:
    """Logarithm of the greatest (``skew=1``) or least (``skew=-1``) growth of n returns; -inf: all can be lost."""
    crowd = 1.0 + mean - skew * stdev / math.sqrt(n)
    single = 1.0 + mean + skew * (n - 1) * stdev / math.sqrt(n)
    if crowd <= 0.0 or single <= 0.0:
        return -math.inf
    return (n - 1) * math.log(crowd) + math.log(single)


@functools.lru_cache(maxsize=8192)
def moments_of_year(one_year: Interval, ret_stdev: Interval) -> Moments | None:
    """Every mean and deviation of twelve monthly returns that a one-year return and a Ret/StDev allow.

    Args:
        one_year: product of the returns, less 1.
        ret_stdev: ``12 m / (s sqrt 12)``, an interval without 0.

    Returns:
        None when no twelve returns with a deviation up to ``GREATEST_STDEV`` have both.
    """
    sign = 1.0 if ret_stdev.low > 0 else -1.0
    nearest, farthest = sorted(math.sqrt(MONTHS) / abs(end) for end in (ret_stdev.low, ret_stdev.high))
    if one_year.high <= -1.0:
        return None
    least = math.log1p(one_year.low) - _ROUNDING if one_year.low > -1.0 else -math.inf
    most = math.log1p(one_year.high) + _ROUNDING
    end = GREATEST_STDEV / nearest
    # The deviation nearest to 0 and the most skewed sample give the greatest growth, their opposites the least.
    enough = _where_at_least(_Ray(sign, nearest, 1), least, end)
    too_much = _where_at_least(_Ray(sign, farthest, -1), most, end)
    sizes = None if enough is None else _without(enough, too_much, end, most < 0.0)
    if sizes is None:
        return None
    stdev = sizes * Interval(nearest, farthest)
    return Moments(
        mean=sizes if sign > 0 else -sizes, stdev=Interval(max(stdev.low, 0.0), min(stdev.high, GREATEST_STDEV))
    )


def mean_of_sample(total: Interval, stdev: Interval, n: int) -> Interval:
    """Every mean of n returns whose product and standard deviation lie between bounds.

    Growth rises with the mean, so two halvings find the ends.
    """
    least, most = (math.log1p(end) for end in (total.low, total.high))
    low = _halved(lambda m: log_growth(m, stdev.low, n, 1) >= least - _ROUNDING, -1.0, 1.0)[0]
    high = _halved(lambda m: log_growth(m, stdev.high, n, -1) > most + _ROUNDING, -1.0, 1.0)[1]
    return Interval(low, high)


@dataclass(frozen=True, slots=True)
class _Ray:
    """Log growth of a year along ``mean = sign x size, stdev = ratio x size``: concave in size, 0 at 0."""

    sign: float
    ratio: float
    skew: int

    def __call__(self, size: float) -> float:
        return log_growth(self.sign * size, self.ratio * size, MONTHS, self.skew)

    @property
    def peak(self) -> float:
        """Size of the greatest growth: where ``(n - 1) a / (1 + a x) + b / (1 + b x)`` is 0."""
        crowd = self.sign - self.skew * self.ratio / math.sqrt(MONTHS)
        single = self.sign + self.skew * (MONTHS - 1) * self.ratio / math.sqrt(MONTHS)
        if self.sign < 0:
            return 0.0
        return -1.0 / (crowd * single) if crowd * single < 0.0 else math.inf


def _where_at_least(growth: _Ray, level: float, end: float) -> tuple[float, float] | None:
    """The sizes from 0 to ``end`` with growth of ``level`` or more: one stretch, because growth is concave."""
    top = min(growth.peak, end)
    if growth(top) < level:
        return None
    first = 0.0 if level <= 0.0 else _halved(lambda size: growth(size) >= level, 0.0, top)[0]
    last = end if growth(end) >= level else _halved(lambda size: growth(size) < level, top, end)[1]
    return first, last


def _without(
    kept: tuple[float, float], hole: tuple[float, float] | None, end: float, from_zero: bool
) -> Interval | None:
    """``kept`` less the open stretch ``hole``, which reaches 0 if ``from_zero`` and beyond ``end`` if it ends there."""
    low, high = kept
    if hole is not None:
        first, last = hole
        first = -1.0 if from_zero else first
        last = math.inf if last >= end else last
        low = last if first < low < last else low
        high = first if first < high < last else high
    return Interval(low, high) if low <= high else None


def _halved(true_above: Callable[[float], bool], low: float, high: float) -> tuple[float, float]:
    """Narrow two numbers to where a condition, false at the lower and true at the upper, becomes true."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if true_above(middle):
            high = middle
        else:
            low = middle
    return low, high
