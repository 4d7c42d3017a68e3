"""Steps 1 and 2: market risk, and the risk target by the user's own rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from aram_xl.errors import InputError, TooShortError
from aram_xl.risk_target import MarketRisk, Rule, TargetDecision, market_risk, risk_target, rule_from_table, with_reach
from aram_xl.types import FloatArray
from udfs.boundary import (
    Cells,
    Rows,
    block,
    column,
    dates,
    is_omitted,
    labelled,
    numbers,
    optional_scalar,
    records,
    series,
    text,
    vector,
    whole,
)
from udfs.registry import excel_function
from udfs.tables import named_values

RULE_SETTINGS = ("trend", "trend_window", "trend_skip", "minimum_history", "smoothing", "max_step")
"""Fields of a rule that may stand in the argument ``settings``."""

WINDOW = 12
"""Returns in the window of ARAM_RISK_TARGET when it is left out: a year of months, as in the cards that come along."""

SCALE = "volatilities per period of the returns, decimal, not annualised"

_MACRO = "macro"
"""Name under which the user's series reaches the engine; its column was published row by row, so without a lag."""


@excel_function(
    gives="N x 1, one row per period, volatility per period, decimal; #N/A until the first window is full.",
    native="STDEV.S over the last window, filled down (sample); AVERAGE of such columns (range)",
    returns="One column of simple returns of a benchmark, index or portfolio, decimals; dates and a head may be part.",
    method="sample, ewma or range (mean over several windows); sample when left out.",
    window="Whole number of periods; for sample and ewma always asked for.",
    half_life="Periods after which a return counts half; for ewma only.",
    windows="Row or column of whole numbers; for range only.",
)
def ARAM_MARKET_RISK(
    returns: Cells, method: Cells = None, window: Cells = None, half_life: Cells = None, windows: Cells = None
) -> Rows:
    """Step 1: volatility of the market through time, each value from the returns up to its row."""
    own = series(returns, "returns")
    length = None if is_omitted(window) else whole(window, "window")
    several = None if is_omitted(windows) else [whole(cell, "windows") for cell in numbers(windows, "windows").ravel()]
    risk = market_risk(own, text(method, "method", "sample"), length, optional_scalar(half_life, "half_life"), several)
    if not np.isfinite(risk).any():
        needed = max((length or 0, *(several or ())))
        raise TooShortError(f"returns: expected at least {needed} returns for the window, got {own.size}")
    return column(risk)


@excel_function(
    gives="Labelled rows: what was read, the state and its k, each stage of the target, and the reason in words.",
    native="STDEV.S, COUNTIF and AVERAGE for what is read, MATCH for the first row that applies, then MIN and MAX",
    benchmark_returns="One column of simple returns, decimals, oldest first; dates and a head may be part.",
    rule_table="Header State, k, Percentile from, Percentile to, Trend, Drawdown from, Drawdown to, Macro from, Macro "
    "to; a row 'not enough history'; then rows, the first that applies wins.",
    window="Returns in each value of market risk, a whole number; 12 when left out.",
    floor="Least target, volatility per period of the returns (not per year), decimal; none when left out.",
    cap="Greatest target, volatility per period of the returns (not per year), decimal; none when left out.",
    settings="Two columns, name and value: trend, trend_window, trend_skip, minimum_history, smoothing, max_step.",
    macro="Your own series as published at each row, one per return, empty where nothing was; for macro bands only.",
    reach="Least and greatest reachable risk, two cells, as ARAM_RISK_RANGE gives them; for the final target.",
)
def ARAM_RISK_TARGET(
    benchmark_returns: Cells,
    rule_table: Cells,
    window: Cells = None,
    floor: Cells = None,
    cap: Cells = None,
    settings: Cells = None,
    macro: Cells = None,
    reach: Cells = None,
) -> Rows:
    """Step 2: the risk target for the coming period by your own open rule, with the whole record of the decision."""
    own = series(benchmark_returns, "benchmark_returns")
    rule = _rule(rule_table, {"floor": floor, "cap": cap}, settings, macro)
    market = MarketRisk(window=WINDOW if is_omitted(window) else whole(window, "window"))
    decision = risk_target(own, rule, market, 1.0, _published(macro, own.size))
    if not is_omitted(reach):
        decision = with_reach(decision, *_ends(reach))
    return labelled([("date", _last_date(benchmark_returns)), *_record(decision, market)])


def _rule(table: Cells, limits: dict[str, Cells], others: Cells, macro: Cells) -> Rule:
    given: dict[str, Any] = named_values(others, "settings", RULE_SETTINGS)
    for name, cells in limits.items():
        given[name] = optional_scalar(cells, name)
        if given[name] is not None and not 0.0 <= given[name] <= 1.0:
            raise InputError(
                f"{name}: expected a volatility per period of the returns, decimal, from 0 to 1, got {given[name]:g}"
            )
    if not is_omitted(macro):
        given |= {"macro": _MACRO, "publication_lag_days": 0}
    return rule_from_table(records(table, "rule_table"), given)


def _published(macro: Cells, size: int) -> FloatArray | None:
    """The user's series, NaN where a cell is empty."""
    if is_omitted(macro):
        return None
    rows = records(macro, _MACRO)
    if len(rows) != size or len(rows[0]) != 1:
        shape = f"{len(rows)} x {len(rows[0])}"
        raise InputError(f"macro: expected one column of {size} cells, one per return, got {shape}")
    return np.array([np.nan if cell is None else series(cell, _MACRO)[0] for (cell,) in rows])


def _ends(reach: Cells) -> tuple[float, float]:
    values = vector(reach, "reach")[0]
    if values.size != 2:
        raise InputError(f"reach: expected two numbers, the least and the greatest risk, got {values.size}")
    return float(values[0]), float(values[1])


def _last_date(returns: Cells) -> str:
    """The last date of a range of returns, in words where it has none."""
    labels = block(returns, "benchmark_returns").rows
    return "no dates" if labels is None else str(dates(labels, "benchmark_returns")[-1])


def _record(decision: TargetDecision, market: MarketRisk) -> list[tuple[str, Any]]:
    """All of a decision, line by line; the same lines whatever the rule asks for."""
    d, rule, unknown = decision, decision.rule, "not supplied"
    return [
        ("scale", SCALE),
        ("window", market.window),
        ("market risk", d.market_risk),
        ("percentile", d.percentile),
        ("trend value", d.trend_value),
        ("trend", d.trend),
        ("drawdown", d.drawdown),
        ("macro", d.macro if rule.macro else unknown),
        ("state", d.state),
        ("k", d.k),
        ("raw target", d.raw),
        ("smoothed target", d.smoothed),
        ("stepped target", d.stepped),
        ("floor", "none" if rule.floor is None else rule.floor),
        ("cap", "none" if rule.cap is None else rule.cap),
        ("clipped target", d.clipped),
        ("least reachable risk", unknown if d.final is None else d.least_reachable),
        ("greatest reachable risk", unknown if d.final is None else d.greatest_reachable),
        ("final target", unknown if d.final is None else d.final),
        ("reason", d.reason),
    ]
