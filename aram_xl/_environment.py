"""Step 2, what is read: percentile of market risk, trend, drawdown and macro value at each period end.

Point in time: each row is computed from rows up to it, by operations that do not depend on how many rows there are.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right, insort
from dataclasses import dataclass

import numpy as np

from aram_xl._environment_market import Known, MarketSeries, last_of
from aram_xl._risk_target_rule import Rule
from aram_xl.errors import InputError
from aram_xl.types import BoolArray, DateArray, FloatArray, frozen


@dataclass(frozen=True, eq=False, slots=True)
class Environment:
    """One row per period end; NaN where a figure does not exist yet."""

    dates: DateArray
    """(n_periods,); NaT where the market came without dates."""
    market_risk: FloatArray
    """(n_periods,) volatility per period, decimal."""
    percentile: FloatArray
    """(n_periods,) share of the values of market risk so far, today included, that are not above today's."""
    trend_value: FloatArray
    """(n_periods,) level relative to its moving average, or momentum, less 1; up where not negative."""
    drawdown: FloatArray
    """(n_periods,) depth below the highest level so far, positive."""
    macro: FloatArray
    """(n_periods,) latest published value of the user's series."""
    macro_dates: DateArray
    """(n_periods,) the dates which those values describe."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            values = getattr(self, field.name)
            if values.shape != self.dates.shape:
                raise InputError(f"{field.name}: expected shape {self.dates.shape} to match dates, got {values.shape}")
            object.__setattr__(self, field.name, frozen(values, values.dtype))

    @property
    def up(self) -> BoolArray:
        """Whether the trend is up; False too where it does not exist."""
        return np.asarray(self.trend_value >= 0)


def environment(market: MarketSeries, risk: FloatArray, rule: Rule, macro: Known | None = None) -> Environment:
    """What the rule reads at each period end.

    Args:
        market: levels at period ends, for trend and drawdown.
        risk: (n_periods,) market risk.
        rule: which trend, over which window, and how much history a percentile needs.
        macro: the user's series as known at each period end, for a rule with macro bands.

    Raises:
        InputError: the rule names a macro series and none is given, or the other way round, or shapes differ.
    """
    size = market.levels.size
    if (rule.macro is None) != (macro is None):
        wanted, got = rule.macro or "no macro series", "none" if macro is None else "one"
        raise InputError(f"macro: expected {wanted}, as the rule names it, got {got}")
    return Environment(
        market.dates,
        risk,
        percentiles(risk, rule.minimum_history),
        trend(market, rule),
        1.0 - market.levels / np.fmax.accumulate(market.levels),
        np.full(size, np.nan) if macro is None else macro.values,
        np.full(size, np.datetime64("NaT", "D")) if macro is None else macro.dates,
    )


def percentiles(values: FloatArray, minimum: int) -> FloatArray:
    """Share of the values so far, today included, that are not above today's; NaN before ``minimum`` values.

    Example:
        >>> percentiles(np.array([3.0, 1.0, 2.0, 2.0]), minimum=2)
        array([ nan, 0.5       , 0.66666667, 0.75      ])
    """
    past: list[float] = []
    shares = np.full(values.size, np.nan)
    for i, value in enumerate(values.tolist()):
        if value != value:
            continue
        insort(past, value)
        if len(past) >= minimum:
            shares[i] = bisect_right(past, value) / len(past)
    return shares


def trend(market: MarketSeries, rule: Rule) -> FloatArray:
    """Level against its moving average, or momentum, less 1; NaN where a return in the window is missing."""
    values = np.full(market.levels.size, np.nan)
    if rule.trend == "moving_average":
        rows, levels = last_of(market.levels, rule.trend_window)
        values[rows] = levels[:, -1] / levels.mean(axis=1) - 1.0
        needed = rule.trend_window - 1
    else:
        rows, levels = last_of(market.levels, rule.trend_window + 1)
        values[rows] = levels[:, rule.trend_window - rule.trend_skip] / levels[:, 0] - 1.0
        needed = rule.trend_window
    unbroken = np.zeros(values.size, dtype=bool)
    unbroken[last_of(market.returns, needed)[0]] = True
    values[~unbroken] = np.nan
    return values
