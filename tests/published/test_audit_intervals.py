"""Interval arithmetic: printed figures, and bounds that hold whatever the exact numbers are."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aram_xl._published_interval import Interval, printed
from aram_xl._published_moments import GREATEST_STDEV, log_growth, mean_of_sample, moments_of_year
from aram_xl.errors import InputError

repeatable = settings(derandomize=True, deadline=None)
ends = st.floats(-1e6, 1e6, allow_nan=False)
shares = st.integers(0, 1000).map(lambda k: Fraction(k, 1000))


@st.composite
def intervals(draw):
    low, high = sorted((draw(ends), draw(ends)))
    return Interval(low, high)


def inside(interval: Interval, share: Fraction) -> Fraction:
    """An exact number of the interval."""
    low, high = Fraction(interval.low), Fraction(interval.high)
    return low + share * (high - low)


def holds(interval: Interval, exact: Fraction) -> bool:
    return Fraction(interval.low) <= exact <= Fraction(interval.high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("8.2", "8.15", "8.25"),
        ("17", "16.5", "17.5"),
        ("-0.17", "-0.175", "-0.165"),
        ("\u22120.17", "-0.175", "-0.165"),
        ("71%", "0.705", "0.715"),
        ("1.00", "0.995", "1.005"),
        ("1.0", "0.95", "1.05"),
        ("+240", "239.5", "240.5"),
        ("-0.0", "-0.05", "0.05"),
    ],
)
def test_a_printed_number_stands_for_half_its_last_digit(text, low, high):
    """By hand; the ends of the true interval are inside, and no more than one float is added."""
    found = printed(text)
    assert holds(found, Fraction(low))
    assert holds(found, Fraction(high))
    for end, exact in ((found.low, low), (found.high, high)):
        assert abs(Fraction(end) - Fraction(exact)) <= Fraction(math.ulp(end))


def test_a_column_in_percent_gives_decimals():
    assert printed("71", percent=True) == printed("71%") == printed("71%", percent=True)


@pytest.mark.parametrize("text", ["", "8,2", "8.2.1", "n/a", "1e3", "nan", "(0.17)", "8.", "about 1"])
def test_what_is_no_printed_number(text):
    with pytest.raises(InputError, match=r"figure: expected a printed number such as 8\.2, -0\.17 or 71%, got"):
        printed(text)


@repeatable
@given(intervals(), intervals(), shares, shares)
def test_arithmetic_contains_every_exact_result(a, b, s, t):
    x, y = inside(a, s), inside(b, t)
    assert holds(a + b, x + y)
    assert holds(a - b, x - y)
    assert holds(a * b, x * y)
    assert holds(-a, -x)
    assert holds(a.square(), x * x)
    assert a.square().low >= 0


@repeatable
@given(intervals(), st.floats(1e-6, 1e6), st.floats(0, 1e3), st.booleans(), shares, shares)
def test_quotients_contain_every_exact_result(a, low, width, negative, s, t):
    b = Interval(low, low + width)
    b = -b if negative else b
    x, y = inside(a, s), inside(b, t)
    assert holds(a / b, x / y)
    assert holds(2.5 / b, Fraction(2.5) / y)
    assert holds(2.5 - b, Fraction(2.5) - y)


@repeatable
@given(st.floats(-0.99, 5), st.floats(0, 1), shares, st.sampled_from([2, 3, 12]))
def test_compounding_contains_the_exact_power(low, width, share, periods):
    interval = Interval(low, low + width)
    exact = inside(interval, share)
    grown = interval.compounded(periods)
    assert holds(grown, (1 + exact) ** periods - 1)
    back = grown.compounded(1 / periods)  # the root undoes the power
    assert holds(back, exact)


@repeatable
@given(intervals(), intervals())
def test_intersection_and_distance_agree_with_overlap(a, b):
    common = a.intersection(b)
    assert (common is not None) == a.overlaps(b) == b.overlaps(a)
    if common is not None:
        assert a.contains(common.low)
        assert b.contains(common.high)
    assert a.distance(b.low) == max(0.0, a.low - b.low, b.low - a.high)
    assert (a.distance(b.high) == 0.0) == a.contains(b.high)


def test_what_is_no_interval():
    with pytest.raises(InputError, match="interval: expected low <= high, got 2 and 1"):
        Interval(2, 1)
    with pytest.raises(InputError, match="interval: expected low <= high, got nan"):
        Interval(math.nan, 1)
    with pytest.raises(InputError, match="interval: expected a divisor without 0"):
        _ = Interval(1, 2) / Interval(-1, 1)


def year(seed: int, scale: float, drift: float):
    """Twelve monthly returns, skewed either way."""
    random = np.random.default_rng(seed)
    return drift + scale * (random.standard_exponential(12) - 1) * (1 if seed % 2 else -1)


def moments_by_hand(returns):
    """Mean, sample deviation, one-year return and Ret/StDev, restated."""
    mean = sum(returns) / 12
    stdev = math.sqrt(sum((r - mean) ** 2 for r in returns) / 11)
    return mean, stdev, math.prod(1 + r for r in returns) - 1, 12 * mean / (stdev * math.sqrt(12))


@repeatable
@given(st.integers(0, 10_000), st.floats(0.0005, 0.06), st.floats(-0.03, 0.04), st.integers(1, 3))
def test_moments_of_a_year_contain_the_true_ones(seed, scale, drift, digits):
    """From rounded figures of twelve known returns the interval must hold the mean and deviation they came from."""
    returns = year(seed, scale, drift)
    assume(returns.min() > -0.9)
    mean, stdev, total, ratio = moments_by_hand(returns)
    assume(stdev < GREATEST_STDEV)
    shown = printed(f"{ratio:.{digits}f}")
    assume(not shown.contains(0.0))
    found = moments_of_year(printed(f"{100 * total:.1f}", percent=True), shown)
    assert found is not None
    assert found.mean.contains(mean)
    assert found.stdev.contains(stdev)


@repeatable
@given(st.integers(0, 10_000), st.floats(0.0005, 0.08), st.floats(-0.03, 0.04))
def test_growth_lies_between_its_bounds(seed, scale, drift):
    returns = year(seed, scale, drift)
    assume(returns.min() > -0.9)
    mean, stdev, total, _ = moments_by_hand(returns)
    growth = math.log1p(total)
    assert log_growth(mean, stdev, 12, -1) - 1e-12 <= growth <= log_growth(mean, stdev, 12, 1) + 1e-12


@pytest.mark.parametrize("skew", [1, -1])
def test_the_most_skewed_sample_attains_the_bound(skew):
    """Eleven equal returns and one apart, by hand: mean 0.5 %, the one apart by skew x 11 %."""
    returns = [0.005 - skew * 0.01] * 11 + [0.005 + skew * 0.11]
    mean, stdev, total, _ = moments_by_hand(returns)
    assert log_growth(mean, stdev, 12, skew) == pytest.approx(math.log1p(total), abs=1e-14)


def test_moments_without_any_sample():
    """+20 % at a ratio of 0.2 would need a deviation that eats the mean; +3 % has no negative mean."""
    assert moments_of_year(printed("20", percent=True), printed("0.2")) is None
    assert moments_of_year(printed("3.0", percent=True), printed("-0.5")) is None
    assert moments_of_year(printed("-101", percent=True), printed("-0.5")) is None


@repeatable
@given(st.integers(0, 10_000), st.floats(0.001, 0.05))
def test_mean_of_a_whole_sample_contains_the_true_one(seed, scale):
    returns = 0.004 + scale * np.random.default_rng(seed).standard_normal(110)
    assume(returns.min() > -0.9)
    stdev = returns.std(ddof=1)
    total = np.prod(1 + returns) - 1
    found = mean_of_sample(Interval(total - 0.005, total + 0.005), Interval(0.9 * stdev, 1.1 * stdev), 110)
    assert found.contains(returns.mean())
