"""Rounding to steps, to whole shares, and the split of a block: by hand, by brute force, and over many inputs."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from aram_xl._handoff_rounding import exact, round_weights, split_block, whole_shares
from aram_xl.errors import InfeasibleError, InputError

VECTORS = 10_000


def percents(rounded: np.ndarray, places: int) -> Decimal:
    """The sum of the percents as they are printed."""
    return sum((Decimal(f"{100 * weight:.{places}f}") for weight in rounded), Decimal(0))


def steps(values: np.ndarray, step: float) -> list[Decimal]:
    """The decimals that name some floats, in steps of a power of ten; exact."""
    return [Decimal(repr(float(value))) / Decimal(repr(step)) for value in values]


def test_thirds_by_hand() -> None:
    """33.3333 units of 1 % each: 33 three times, one unit is missing, remainders tie: the first asset gets it."""
    assert round_weights([1 / 3] * 3, 0.01).tolist() == [0.34, 0.33, 0.33]


def test_largest_remainder_by_hand() -> None:
    """42.7, 31.4 and 25.9 units of 1 %: 42 + 31 + 25 = 98; the two missing go to 0.9 and 0.7, not to 0.4."""
    assert round_weights([0.427, 0.314, 0.259], 0.01).tolist() == [0.43, 0.31, 0.26]


def test_a_cap_sends_the_step_to_the_next_by_hand() -> None:
    """42.7, 31.4, 25.9 units; a cap of 42.7 % is 42 whole units, so that the missing steps go to 0.9 and 0.4."""
    assert round_weights([0.427, 0.314, 0.259], 0.01, upper=[0.427, 1, 1]).tolist() == [0.42, 0.32, 0.26]


def test_a_floor_takes_the_step_from_a_whole_number_by_hand() -> None:
    """Units 10.5 with a floor of 10.5 (so 11), 29.5 with one of 29.5 (so 30) and 60: 101, the 60 gives one."""
    rounded = round_weights([0.105, 0.295, 0.6], 0.01, lower=[0.105, 0.295, 0.0])
    assert rounded.tolist() == [0.11, 0.3, 0.59]


def test_a_step_of_a_quarter_of_a_percent_and_cash() -> None:
    """0.98 is 392 steps of 0.25 %; 0.49 is 196 of them."""
    assert round_weights([0.49, 0.49], 0.0025, total=0.98).tolist() == [0.49, 0.49]


def test_tenths_that_floats_miss_are_met() -> None:
    """0.7999999999999999 is one bit below 0.8: it must not lose a step to it."""
    assert round_weights([0.7999999999999999, 0.2]).tolist() == [0.8, 0.2]


def test_labels_and_their_order_are_kept() -> None:
    weights = pd.Series([0.25, 0.75], ["TLT", "SHY"])
    rounded = round_weights(weights, 0.1, upper=pd.Series([0.5, 1.0], ["TLT", "SHY"]))
    assert rounded.to_dict() == {"TLT": 0.3, "SHY": 0.7}
    with pytest.raises(InputError, match="upper: expected labels in the order of weights"):
        round_weights(weights, 0.1, upper=pd.Series([0.5, 1.0], ["SHY", "TLT"]))


def test_least_total_error_by_brute_force() -> None:
    """Second derivation: no choice of neighbouring steps that adds up to 1 is nearer in sum of squares."""
    generator = np.random.default_rng(5)
    for _ in range(300):
        weights = generator.dirichlet(np.ones(generator.integers(1, 6)))
        units = 100 * weights
        choices = itertools.product(*[(np.floor(unit), np.floor(unit) + 1) for unit in units])
        errors = [((np.array(choice) - units) ** 2).sum() for choice in choices if sum(choice) == 100]
        found = ((100 * round_weights(weights, 0.01) - units) ** 2).sum()
        assert found <= min(errors) + 1e-9


def vertex(generator: np.random.Generator, size: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights at a vertex of the caps: in a random order, each at its cap until the total is used up.

    One in ten has caps that are no multiples of the step.
    """
    caps = generator.uniform(0.5, 4.0, size) / size
    caps *= max(1.0, 1.1 / caps.sum())
    if generator.random() < 0.9:
        caps = np.ceil(caps / step) * step
    weights, left = np.zeros(size), 1.0
    for i in generator.permutation(size):
        weights[i] = min(caps[i], left)
        left -= weights[i]
    return weights, caps


def drawn(generator: np.random.Generator, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Random weights and caps: spread out, concentrated, with zeros, equal, or at a vertex of the caps."""
    size = int(generator.integers(1, 61))
    kind = generator.integers(0, 5)
    if kind >= 3:
        return vertex(generator, size, step)
    weights = generator.dirichlet(np.full(size, (0.05, 1.0, 50.0)[kind]))
    if generator.random() < 0.1:
        weights = np.full(size, 1 / size)
    caps = np.maximum(weights, generator.uniform(0, 1, size)) if generator.random() < 0.5 else np.ones(size)
    return weights, np.ceil(caps / step) * step


def test_ten_thousand_vectors_add_up_within_one_step_and_under_their_caps() -> None:
    """Vectors of 1 to 60 assets, caps binding at vertices; a refusal counts only if no answer exists.

    Within one step and under the caps an asset can reach at most the lesser of the whole steps in its cap and the next
    step above its weight (zero stays zero): a refusal is right if and only if these add up to less than 100 %.
    """
    generator = np.random.default_rng(20250228)
    rounded_vectors = refused = at_caps = 0
    while rounded_vectors < VECTORS:
        step, places = [(0.0001, 2), (0.001, 1), (0.00001, 3)][rounded_vectors % 3]
        weights, caps = drawn(generator, step)
        units = steps(weights, step)
        whole_caps = [cap // 1 for cap in steps(caps, step)]
        try:
            rounded = round_weights(weights, step, caps)
        except InfeasibleError:
            most = [min(cap, unit // 1 + 1) if unit else 0 for cap, unit in zip(whole_caps, units, strict=True)]
            assert sum(most) < round(1 / step)
            refused += 1
            continue
        rounded_vectors += 1
        counts = steps(rounded, step)
        assert percents(rounded, places) == 100
        found = list(zip(counts, units, whole_caps, strict=True))
        assert all(count == count // 1 and 0 <= count <= cap for count, _, cap in found)
        assert all(abs(count - unit) <= 1 and (unit or not count) for count, unit, _ in found)
        at_caps += sum(count == cap < round(1 / step) for count, _, cap in found)
    assert at_caps > VECTORS
    assert refused < VECTORS // 10


@pytest.mark.parametrize(
    ("weights", "options", "sentence"),
    [
        ([0.5, -0.1, 0.6], {}, "weights: expected no negative weight, got -0.1 for asset 2"),
        ([0.5, 0.4], {}, "weights: expected a sum of 1, got 0.9; where the rest is meant as cash, say so by total"),
        ([0.5, 0.4], {"total": 0.8}, "weights: expected a sum of 0.8, got 0.9"),
        ([0.5, 0.5], {"total": 1.2}, "total: expected more than 0 and at most 1, got 1.2"),
        ([0.6, 0.4], {"upper": 0.5}, "weights: expected asset 1 between 0 and 0.5, got 0.6"),
        ([0.6, 0.4], {"lower": [0, 0.5]}, "weights: expected asset 2 between 0.5 and 1, got 0.4"),
        ([0.6, 0.4], {"step": 0.03}, "step: expected at least 0.000001 and a whole number of steps in 1, got 0.03"),
        ([0.6, 0.4], {"step": 1e-7}, "step: expected at least 0.000001"),
        ([0.6, 0.4], {"step": 0.0}, "step: expected at least 0.000001"),
        ([0.6, 0.4], {"upper": [1.0]}, "upper: expected 2 numbers, one per asset, got 1"),
        ([0.6, float("nan")], {}, "weights: expected a finite number in row 2, got nan"),
    ],
)
def test_wrong_weights_and_steps(weights: list[float], options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        round_weights(weights, **options)  # type: ignore[arg-type]


def test_caps_that_leave_no_room_are_named() -> None:
    """Three caps of 33.335 % are 33.33 % in whole steps: 99.99 % in all."""
    with pytest.raises(InfeasibleError, match=r"allow 99\.9900% to 99\.9900% in all, not 100\.0000%; choose a finer"):
        round_weights([1 / 3] * 3, upper=0.33335)


# Whole shares


def test_whole_shares_by_hand() -> None:
    """600 buys 8.57 shares at 70, 400 buys 3.64 at 110: 8 and 3 cost 890; 110 are left, for one more at 110."""
    bought = whole_shares([0.6, 0.4], [70.0, 110.0], 1000.0)
    assert bought.shares.tolist() == [8, 4]
    assert (bought.cash, bought.weights.tolist()) == (0.0, [0.56, 0.44])


def test_whole_shares_keep_cash_and_caps_by_hand() -> None:
    """Half of 1000 may be spent: 250 buys 3.57 at 70 and 2.27 at 110; 3 and 2 cost 430, one more at 70 is 500.

    With a cap of 25 % the fourth share at 70 (280) is too many.
    """
    bought = whole_shares([0.25, 0.25], [70.0, 110.0], 1000.0, total=0.5)
    assert (bought.shares.tolist(), bought.cash) == ([4, 2], 500.0)
    capped = whole_shares([0.25, 0.25], [70.0, 110.0], 1000.0, total=0.5, upper=0.25)
    assert (capped.shares.tolist(), capped.cash) == ([3, 2], 570.0)


def test_whole_shares_never_spend_more_than_there_is() -> None:
    """Over random portfolios, in exact arithmetic on prices in cents; and no share is left that the cash could pay."""
    generator = np.random.default_rng(9)
    for _ in range(300):
        size = int(generator.integers(1, 61))
        weights = round_weights(generator.dirichlet(np.ones(size)), 0.0001)
        prices = generator.integers(100, 60_000, size) / 100
        value = float(generator.integers(50, 2_000_000))
        bought = whole_shares(weights, prices, value)
        spent = sum(int(count) * exact(price) for count, price in zip(bought.shares, prices, strict=True))
        assert spent + exact(bought.cash) == exact(value)
        assert bought.cash >= 0
        wanted = [exact(w) * exact(value) / exact(p) for w, p in zip(weights, prices, strict=True)]
        assert all(0 <= count - w // 1 <= 1 for count, w in zip(map(Fraction, bought.shares), wanted, strict=True))
        waiting = [p for count, w, p in zip(bought.shares, wanted, prices, strict=True) if count < w]
        assert all(price > bought.cash for price in waiting)


def test_whole_shares_are_labelled_like_the_weights() -> None:
    names = ["SHY", "TLT"]
    bought = whole_shares(pd.Series([0.5, 0.5], names), pd.Series([80.0, 90.0], names), 1_000.0)
    assert bought.shares.to_dict() == {"SHY": 6, "TLT": 5}


@pytest.mark.parametrize(
    ("prices", "value", "sentence"),
    [
        ([80.0, 0.0], 1000.0, "prices: expected a price above zero of asset 2, got 0"),
        ([80.0, -1.0], 1000.0, "prices: expected a price above zero of asset 2, got -1"),
        ([80.0], 1000.0, "prices: expected 2 numbers, one per asset, got 1"),
        ([80.0, 90.0], 0.0, "value: expected an amount above zero, got 0"),
        ([80.0, 90.0], float("inf"), "value: expected a finite number, got inf"),
    ],
)
def test_wrong_prices_and_values(prices: list[float], value: float, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        whole_shares([0.5, 0.5], prices, value)


# Blocks


def test_a_block_by_hand() -> None:
    """100 for orders of 50, 75 and 25: 33.33, 50 and 16.67; the missing share goes to the largest remainder."""
    assert split_block(100, [50, 75, 25]) == [33, 50, 17]


def test_blocks_add_up_within_one_share_and_below_the_orders() -> None:
    generator = np.random.default_rng(3)
    for _ in range(2_000):
        wanted = [
            int(count) for count in generator.integers(0, generator.integers(1, 500) + 1, generator.integers(1, 40))
        ]
        quantity = int(generator.integers(0, sum(wanted) + 1))
        split = split_block(quantity, wanted)
        assert sum(split) == quantity
        assert all(0 <= count <= order for count, order in zip(split, wanted, strict=True))
        quotas = [Fraction(quantity * order, max(sum(wanted), 1)) for order in wanted]
        assert all(abs(count - quota) < 1 for count, quota in zip(split, quotas, strict=True))


@pytest.mark.parametrize(("quantity", "wanted"), [(101, [50, 50]), (-1, [1]), (0, [-1, 1])])
def test_a_block_that_nobody_ordered(quantity: int, wanted: list[int]) -> None:
    with pytest.raises(InputError, match="quantity: expected a block of 0 to the"):
        split_block(quantity, wanted)
