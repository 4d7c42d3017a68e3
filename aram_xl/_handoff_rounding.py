"""Exact weights to what can be written or bought: whole steps that add up, whole shares with cash left, split blocks.

All arithmetic is on whole numbers and fractions. A float counts as the shortest decimal that names it, so that 0.3 is
three tenths and 104.37 is a price in cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np

from aram_xl._labels import series
from aram_xl._validate import common_labels, number, vector
from aram_xl.errors import InfeasibleError, InputError
from aram_xl.types import FloatArray, Table

NOISE = 1e-7
"""By which weights may miss their total and their caps: answers of the general solver are feasible to 1e-8."""

FINEST = 1e-6
"""The smallest step: at 0.0001 % the noise of a total stays below a tenth of a step."""


@dataclass(frozen=True, eq=False, slots=True)
class WholeShares:
    """Shares that a value buys at target weights."""

    shares: Table
    """(n_assets,) whole numbers; labelled when the weights were."""
    cash: float
    """What is left of the value, the share kept in cash included; never negative."""
    weights: FloatArray
    """(n_assets,) what the shares are worth, decimals of the value."""


def exact(value: float) -> Fraction:
    """The shortest decimal that names a float, as a fraction."""
    return Fraction(_shortest(value))


def round_weights(
    weights: Table, step: float = 0.0001, upper: Any = None, total: float = 1.0, lower: Any = None
) -> Table:
    """Round weights to a step so that they add up exactly, by the largest remainder.

    Each weight is cut down to whole steps; the steps that are then missing go, one each, to the weights that lost
    most, the first of equals first. A weight of zero stays zero. Caps and floors hold, cut to whole steps.

    Args:
        weights: (n_assets,) decimals, not negative, within the bounds, adding up to ``total``.
        step: decimal from 0.000001 (0.0001 %); ``total`` must be a whole number of steps. 0.0001 is 0.01 %.
        upper: greatest weight, one number or one per asset; None: no caps.
        total: what the weights add up to; less than 1 leaves the rest in cash.
        lower: least weight, one number or one per asset; None: zero.

    Returns:
        (n_assets,) multiples of the step, each the float nearest to its decimal, each within one step of the exact
        weight; labelled when the weights are.

    Raises:
        InputError: weights that are negative, out of their bounds or of another total; a step that does not fit.
        InfeasibleError: within one step and under the caps the total cannot be reached.

    Source:
        The method of largest remainders (Hamilton): Balinski and Young (1982), Fair Representation, chapter 3.

    Example:
        >>> round_weights([1 / 3, 1 / 3, 1 / 3])
        array([0.3334, 0.3333, 0.3333])
    """
    labels = common_labels(weights=weights, upper=upper, lower=lower)
    wanted = _target_weights(weights, total, labels)
    stride = exact(number(step, "step"))
    if stride < FINEST or (exact(total) / stride).denominator != 1:
        raise InputError(f"step: expected at least {FINEST:f} and a whole number of steps in {total:g}, got {step:g}")
    caps, floors = _bounds(upper, "upper", wanted.size, 1.0), _bounds(lower, "lower", wanted.size, 0.0)
    outside = (wanted < floors - NOISE) | (wanted > caps + NOISE)
    if outside.any():
        i = int(outside.argmax())
        raise InputError(
            f"weights: expected {_name(labels, i)} between {floors[i]:.6g} and {caps[i]:.6g}, got {wanted[i]:.9g}"
        )
    unit, amounts, most, least = _common_scale(float(stride), wanted, caps, floors)
    low = [max(-(-bound // unit), -(-amount // unit) - 1, 0) for bound, amount in zip(least, amounts, strict=True)]
    high = [
        min(bound // unit, amount // unit + 1) if amount else 0 for bound, amount in zip(most, amounts, strict=True)
    ]
    rounded = _apportioned((amounts, unit), low, high, int(exact(total) / stride))
    if rounded is None:
        raise InfeasibleError(
            f"step: the weights cannot be rounded to {float(stride):.4%} within one step and their bounds: caps and "
            f"floors in whole steps allow {sum(low) * float(stride):.4%} to {sum(high) * float(stride):.4%} in all, "
            f"not {total:.4%}; choose a finer step, or bounds that are multiples of it"
        )
    answer = np.array([count * stride.numerator / stride.denominator for count in rounded])
    return answer if labels is None else series(answer, labels, "weight")


def whole_shares(weights: Table, prices: Table, value: float, upper: Any = None, total: float = 1.0) -> WholeShares:
    """Whole shares that come nearest to target weights without spending more than there is.

    Every position is cut down to whole shares; one share more each then goes, by the largest remainder, to the assets
    that the cash left can still pay and that stay under their caps.

    Args:
        weights: (n_assets,) decimals, not negative, adding up to ``total``.
        prices: (n_assets,) a share, money; every price above zero.
        value: money to invest.
        upper: greatest weight, one number or one per asset; None: no caps.
        total: what the weights add up to; the rest of the value is kept in cash.

    Raises:
        InputError: weights that are negative or of another total, prices or value that are not above zero.

    Example:
        >>> bought = whole_shares([0.6, 0.4], [70.0, 110.0], 1000.0)
        >>> bought.shares, bought.cash
        (array([8., 4.]), 0.0)
    """
    labels = common_labels(weights=weights, prices=prices, upper=upper)
    wanted = _target_weights(weights, total, labels)
    capital = exact(number(value, "value"))
    if capital <= 0:
        raise InputError(f"value: expected an amount above zero, got {value:g}")
    quotes = [exact(price) for price in vector(prices, "prices", wanted.size)]
    for i, quote in enumerate(quotes):
        if quote <= 0:
            raise InputError(f"prices: expected a price above zero of {_name(labels, i)}, got {float(quote):g}")
    caps = [exact(cap) for cap in _bounds(upper, "upper", wanted.size, 1.0)]
    shares = target_shares([exact(weight) for weight in wanted], quotes, (capital, exact(total)), caps)
    spent = [count * quote for count, quote in zip(shares, quotes, strict=True)]
    counts = np.array(shares, dtype=np.float64)
    return WholeShares(
        counts if labels is None else series(counts, labels, "shares"),
        float(capital - sum(spent)),
        np.array([float(amount / capital) for amount in spent]),
    )


def target_shares(
    weights: Sequence[Fraction],
    prices: Sequence[Fraction],
    money: tuple[Fraction, Fraction],
    caps: Sequence[Fraction],
) -> list[int]:
    """Whole shares at target weights; ``money`` is the value and the share of it that may be spent."""
    value, total = money
    added = sum(weights)
    scale = min(Fraction(1), total / added) if added else Fraction(1)  # noise of the total is not spent
    wanted = [weight * scale * value / price for weight, price in zip(weights, prices, strict=True)]
    most = [max(floor(cap * value / price), floor(x)) for cap, price, x in zip(caps, prices, wanted, strict=True)]
    return affordable(wanted, prices, total * value, most)


def affordable(
    wanted: Sequence[Fraction], prices: Sequence[Fraction], budget: Fraction, most: Sequence[int]
) -> list[int]:
    """Cut down to whole shares, then one more each by the largest remainder as long as the budget lasts.

    What is wanted must be worth no more than the budget.
    """
    shares = [floor(x) for x in wanted]
    left = budget - sum(count * price for count, price in zip(shares, prices, strict=True))
    for i in sorted(range(len(shares)), key=lambda i: shares[i] - wanted[i]):
        if wanted[i] > shares[i] and shares[i] < most[i] and prices[i] <= left:
            shares[i] += 1
            left -= prices[i]
    return shares


def split_block(quantity: int, wanted: Sequence[int]) -> list[int]:
    """Split a block over accounts in proportion to what each ordered, in whole shares, by the largest remainder.

    Args:
        quantity: shares in the block (or those of them that were filled); at most the sum of ``wanted``.
        wanted: shares that each account ordered.

    Returns:
        Whole numbers that add up to ``quantity``, each within one share of the exact proportion and none above what
        the account ordered; the first of equal remainders first.

    Raises:
        InputError: negative numbers, or a block above what was ordered.

    Example:
        >>> split_block(100, [50, 75, 25])
        [33, 50, 17]
    """
    ordered = sum(wanted)
    if min(wanted, default=0) < 0 or not 0 <= quantity <= ordered:
        raise InputError(
            f"quantity: expected a block of 0 to the {ordered} shares ordered, none negative, got {quantity}"
        )
    if not ordered:
        return [0] * len(wanted)
    split = _apportioned(([count * quantity for count in wanted], ordered), [0] * len(wanted), wanted, quantity)
    if split is None:
        raise InputError(f"quantity: {quantity} shares cannot be split over {len(wanted)} accounts")
    return split


def _apportioned(
    wanted: tuple[Sequence[int], int], low: Sequence[int], high: Sequence[int], total: int
) -> list[int] | None:
    """Whole numbers within bounds that add up to ``total``: floors, then one more or less by the remainder.

    ``wanted``: numerators and their common denominator. None where there is no such choice.
    """
    amounts, unit = wanted
    counts = [min(max(amount // unit, least), most) for amount, least, most in zip(amounts, low, high, strict=True)]
    missing = total - sum(counts)
    way = 1 if missing > 0 else -1
    order = sorted(range(len(counts)), key=lambda i: way * (counts[i] * unit - amounts[i]))
    room = [i for i in order if low[i] <= counts[i] + way <= high[i]]
    if len(room) < abs(missing) or any(least > most for least, most in zip(low, high, strict=True)):
        return None
    for i in room[: abs(missing)]:
        counts[i] += way
    return counts


def _common_scale(step: float, *columns: FloatArray) -> tuple[int, list[int], list[int], list[int]]:
    """A step and three columns of decimals as whole numbers of their smallest place."""
    decimals = [[_shortest(value) for value in column] for column in (np.array([step]), *columns)]
    places = max(-int(value.as_tuple().exponent) for column in decimals for value in column)
    (unit,), *whole = ([int(value.scaleb(places)) for value in column] for column in decimals)
    return unit, whole[0], whole[1], whole[2]


def _shortest(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _target_weights(weights: Table, total: float, labels: Any) -> FloatArray:
    wanted = vector(weights, "weights")
    if wanted.min() < -NOISE:
        i = int(wanted.argmin())
        raise InputError(f"weights: expected no negative weight, got {wanted[i]:.6g} for {_name(labels, i)}")
    if not 0 < number(total, "total") <= 1:
        raise InputError(f"total: expected more than 0 and at most 1, got {total:g}")
    if abs(wanted.sum() - total) > NOISE:
        raise InputError(
            f"weights: expected a sum of {total:.9g}, got {wanted.sum():.9g}; "
            "where the rest is meant as cash, say so by total"
        )
    return np.maximum(wanted, 0.0)


def _bounds(values: Any, name: str, size: int, default: float) -> FloatArray:
    if np.ndim(values) == 0:
        return np.full(size, default if values is None else number(values, name))
    return vector(values, name, size)


def _name(labels: Any, i: int) -> str:
    return f"asset {i + 1}" if labels is None else str(labels[i])
