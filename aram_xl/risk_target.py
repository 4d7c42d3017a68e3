"""Steps 1 and 2 of Direct Risk Targeting: market risk, and the user's open rule from environment to risk target.

The published system keeps its own step 2 to itself; this one is the user's, in the open, and no copy of it.
"""

from __future__ import annotations

import numpy as np

from aram_xl._environment import Environment, environment
from aram_xl._environment_market import (
    DatedSeries,
    Known,
    MarketSeries,
    dated_series,
    known_at,
    market_risk,
    market_series,
    risk_of,
)
from aram_xl._labels import dates_of, is_labelled, values_of
from aram_xl._risk_target_decision import TargetDecision, decide_targets, with_reach
from aram_xl._risk_target_rule import MarketRisk, Rule, RuleRow, parse_market_risk, parse_rule
from aram_xl._risk_target_table import rule_from_table, rule_table
from aram_xl._validate import vector
from aram_xl.errors import InputError, TooShortError
from aram_xl.types import Table

__all__ = [
    "DatedSeries",
    "Environment",
    "Known",
    "MarketRisk",
    "MarketSeries",
    "Rule",
    "RuleRow",
    "TargetDecision",
    "dated_series",
    "decide_targets",
    "environment",
    "known_at",
    "market_risk",
    "market_series",
    "parse_market_risk",
    "parse_rule",
    "risk_of",
    "risk_target",
    "rule_from_table",
    "rule_table",
    "with_reach",
]


def risk_target(
    benchmark_returns: Table,
    rule: Rule,
    market: MarketRisk,
    periods_per_year: float,
    macro: Table | None = None,
) -> TargetDecision:
    """Risk target for the period after a series of returns, decided anew at each of its rows up to the last.

    Args:
        benchmark_returns: (n_periods,) decimals, equally spaced, oldest first; a Series may have dates as row labels.
        rule: step 2.
        market: how the risk of the benchmark is measured; its window must be given.
        periods_per_year: for floor and cap, which are per year; 1 where they are meant per period.
        macro: (n_periods,) user's series as known at each row, NaN where nothing was published yet, for a rule with
            macro bands.

    Returns:
        The decision of the last row; the reachable range is not filled in.

    Raises:
        InputError: a missing return or one of -1 or less, a source that is not the benchmark, or macro values missing
            or not wanted.
        TooShortError: fewer returns than one value of market risk needs.
    """
    returns = vector(benchmark_returns, "benchmark_returns")
    low = np.flatnonzero(returns <= -1.0)
    if low.size:
        raise InputError(f"benchmark_returns: expected more than -1, got {returns[low[0]]:g} in row {low[0] + 1}")
    if market.source != "benchmark":
        raise InputError(f"market_risk source: expected 'benchmark' for a series of returns, got {market.source!r}")
    size = returns.size
    dates = np.full(size + 1, np.datetime64("NaT", "D"))
    if is_labelled(benchmark_returns) and np.asarray(benchmark_returns.index).dtype.kind == "M":
        dates[1:] = dates_of(benchmark_returns.index, "benchmark_returns")
    found = MarketSeries(dates, np.cumprod(np.append(1.0, 1.0 + returns)), np.append(np.nan, returns))
    known = None
    if macro is not None:
        values = values_of(macro, "macro").ravel()
        if values.size != size or np.isinf(values).any():
            raise InputError(f"macro: expected {size} finite or empty cells, one per return, got {values.size}")
        known = Known(np.append(np.nan, values), np.full(size + 1, np.datetime64("NaT", "D")))
    risk = risk_of(market, found, periods_per_year)
    rows = np.flatnonzero(np.isfinite(risk))
    if rows.size == 0:
        needed = max((market.window or 0, *market.windows))
        raise TooShortError(f"benchmark_returns: expected at least {needed} for the window, got {size}")
    return decide_targets(environment(found, risk, rule, known), rule, rows, periods_per_year)[-1]
