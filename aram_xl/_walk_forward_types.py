"""What a walk through time starts from and leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from aram_xl._environment_market import DatedSeries
from aram_xl._risk_target_decision import TargetDecision
from aram_xl.types import BoolArray, DateArray, FloatArray, IntArray


class Market(NamedTuple):
    """Levels on the trading days of the benchmark."""

    dates: DateArray
    """(n_days,)"""
    levels: FloatArray
    """(n_days, n_assets), NaN where an asset has no price."""
    benchmark: FloatArray
    """(n_days,)"""
    members: FloatArray
    """(n_days, n_members) of the portfolio that market risk is measured on; no columns where it is another source."""
    observed: Mapping[str, DatedSeries]
    """The user's macro series, by name."""


class Event(NamedTuple):
    """Something that a reader of the back-test must know."""

    date: np.datetime64
    kind: str
    """``skipped``, ``fallback``, ``not binding``, ``not admitted``, ``admitted``, ``shorter window``, ``market hole``,
    ``stale macro``, ``forced sale``, ``turnover raised``, ``cone solver`` or ``incomplete period``."""
    detail: str


@dataclass(slots=True)
class Decisions:
    """One row per signal date."""

    rows: IntArray
    """Rows of the market table."""
    weights: FloatArray
    """(n_signals, n_assets + 1): the last column is the benchmark, held by the fallback ladder only. NaN where there is
    no trade."""
    targets: FloatArray
    """Risk targets that went to step 3, per period of the estimation frequency."""
    risks: FloatArray
    """Ex-ante volatility of the weights, per period of the estimation frequency; NaN where unknown."""
    window: IntArray
    """Returns in the window."""
    least: FloatArray
    """Least reachable risk under the card's limits; NaN where unknown."""
    greatest: FloatArray
    """Risk of the best-return portfolio; NaN where unknown."""
    traded: BoolArray
    """Whether the signal led to a trade."""
    events: list[Event]
    records: list[TargetDecision] = field(default_factory=list)
    """One per signal where the card has a rule, else empty."""


class Holdings(NamedTuple):
    """One row per holding period, from one signal date to the next."""

    gross: FloatArray
    net: FloatArray
    turnover: FloatArray
    """One-way: half the sum of absolute trades."""
    cost: FloatArray
    """Decimal of value at the rebalance."""
