"""What a user writes down for steps 1 and 2: where market risk is read, and the rule from environment to target."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aram_xl.errors import InputError

SOURCES = ("benchmark", "portfolio", "macro")
RISK_METHODS = ("sample", "ewma", "range")
TREND_METHODS = ("moving_average", "momentum")
TRENDS = ("up", "down")
NOT_ENOUGH_HISTORY = "not enough history"
"""State of the row that applies where the percentile, the trend or the macro value does not exist yet."""

Band = tuple[float, float]
"""Lowest value that belongs to the band, and the lowest that is above it."""

_BANDS = {
    "risk_percentile": (0.0, 1.0),
    "drawdown": (0.0, 1.0),
    "macro": (-math.inf, math.inf),
}
"""Widest band of each condition."""

_GREATEST_K = 100.0
_GREATEST_VOLATILITY = 2.0
"""Per year. Above it a percentage was most likely meant: 5 for 5 %."""
_GREATEST_COUNT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One row of the rule: the state of the environment that it names, its conditions and its k.

    A band holds low <= x < high; a percentile band that ends at 1 includes 1. A row applies where all its conditions
    hold. Constructing a row validates it.
    """

    state: str
    k: float
    """Target as a multiple of market risk."""
    risk_percentile: Band | None = None
    """Of today's market risk in its own past, 0 to 1."""
    trend: str | None = None
    """``up`` or ``down``."""
    drawdown: Band | None = None
    """Depth below the highest level so far, positive: 0.1 is 10 % below."""
    macro: Band | None = None
    """Of the user's series, in its own unit; an end may be infinite."""

    def __post_init__(self) -> None:
        if not isinstance(self.state, str) or not self.state.strip():
            raise InputError(f"rule row: expected a state in words, got {self.state!r}")
        if self.state.strip().lower() == NOT_ENOUGH_HISTORY:
            raise InputError(
                f"rule row: expected another state than {NOT_ENOUGH_HISTORY!r}, which is kept for the time before "
                "there is a percentile; give its k as not_enough_history"
            )
        _number(f"rule row {self.state!r}: k", self.k, 0.0, _GREATEST_K)
        if self.trend is not None and self.trend not in TRENDS:
            raise InputError(f"rule row {self.state!r}: expected trend up or down, got {self.trend!r}")
        for name, widest in _BANDS.items():
            band = getattr(self, name)
            if band is not None:
                object.__setattr__(self, name, _band(f"rule row {self.state!r}: {name}", band, widest))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions that this row has."""
        return tuple(name for name in (*_BANDS, "trend") if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Step 2: from the environment to the risk target. Constructing a rule validates it.

    raw = k x market risk, k from the first row that applies; then smoothed, held to the maximum step and clipped.
    """

    rows: tuple[RuleRow, ...]
    """The first that applies wins; the last has no condition."""
    not_enough_history: float
    """k where the percentile, the trend or the macro value does not exist yet."""
    trend: str = "moving_average"
    """``moving_average``: level against the mean of the last ``trend_window`` period-end levels, today included;
    ``momentum``: growth from ``trend_window`` periods ago to ``trend_skip`` periods ago."""
    trend_window: int = 10
    trend_skip: int = 1
    """For momentum only."""
    minimum_history: int = 24
    """Values of market risk, today included, before there is a percentile."""
    smoothing: float = 0.0
    """s: smoothed = s x previous target + (1 - s) x raw."""
    max_step: float | None = None
    """Greatest relative change of the target from one decision to the next, decimal."""
    floor: float | None = None
    """Least target, volatility per year, decimal."""
    cap: float | None = None
    """Greatest target, volatility per year, decimal."""
    macro: str | None = None
    """Name of the user's dated series that the macro bands read."""
    publication_lag_days: int | None = None
    """Calendar days until a value of that series is known."""

    def __post_init__(self) -> None:
        if isinstance(self.rows, list):
            object.__setattr__(self, "rows", tuple(self.rows))
        _check_rows(self.rows)
        _number("rule not_enough_history", self.not_enough_history, 0.0, _GREATEST_K)
        _check_trend(self)
        _whole("rule minimum_history", self.minimum_history, 2)
        _check_steps(self)
        _check_lag("rule", self.macro, self.publication_lag_days)
        banded = [row.state for row in self.rows if row.macro is not None]
        if bool(banded) != (self.macro is not None):
            raise InputError(
                "rule macro: expected the name of a series with macro bands in the rows and none without, "
                f"got {self.macro!r} and {_counted(len(banded), 'row')} with a macro band"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRisk:
    """Step 1: which series is the market, and how its risk is measured. Constructing one validates it."""

    source: str = "benchmark"
    """``benchmark``, ``portfolio`` (fixed weights, reset each period) or ``macro`` (the user's series is the risk)."""
    portfolio: tuple[tuple[str, float], ...] = ()
    """Tickers and their weights, which sum to 1."""
    method: str = "sample"
    """``sample``, ``ewma``, or ``range``: the mean of sample volatilities over several windows."""
    window: int | None = None
    """Returns used; None: the window of the optimiser."""
    half_life: float | None = None
    """Periods, for ``ewma``."""
    windows: tuple[int, ...] = ()
    """Returns used by each volatility of ``range``."""
    macro: str | None = None
    """Name of the user's dated series."""
    macro_scale: float = 1.0
    """Turns that series into volatility per year, decimal: 0.01 for an index in percent."""
    publication_lag_days: int | None = None
    """Calendar days until a value of that series is known."""

    def __post_init__(self) -> None:
        for name in ("portfolio", "windows"):
            value = getattr(self, name)
            if isinstance(value, Mapping):
                value = value.items()
            if isinstance(value, str) or not isinstance(value, Iterable):
                raise InputError(f"market_risk {name}: expected a list, got {value!r}")
            object.__setattr__(self, name, tuple(value))
        for name, allowed in (("source", SOURCES), ("method", RISK_METHODS)):
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"market_risk {name}: expected one of {', '.join(allowed)}, got {getattr(self, name)!r}"
                )
        _check_source(self)
        _check_method(self)


_SECTIONS: dict[str, Any] = {"[rule]": Rule, "[[rule.rows]]": RuleRow, "[market_risk]": MarketRisk}
"""Sections of a model card, and what each becomes."""


def parse_rule(section: Mapping[str, Any], origin: str) -> Rule:
    """Read the section ``[rule]`` of a model card, with its ``[[rule.rows]]``; ``origin`` is named in errors.

    Raises:
        InputError: a field that is unknown, missing, misplaced or out of range.
    """
    rows = section.get("rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
        raise InputError(
            f"{origin}: [rule] expected its rows as [[rule.rows]], got {rows!r}; without rows leave it out"
        )
    for row in rows:
        _check_fields(row, "[[rule.rows]]", origin)
    _check_fields(section, "[rule]", origin)
    try:
        return Rule(**{**section, "rows": tuple(RuleRow(**row) for row in rows)})
    except InputError as error:
        raise InputError(f"{origin}: {error}") from error


def parse_market_risk(section: Mapping[str, Any], origin: str) -> MarketRisk:
    """Read the section ``[market_risk]`` of a model card; ``origin`` is named in errors.

    Raises:
        InputError: a field that is unknown, misplaced or out of range.
    """
    _check_fields(section, "[market_risk]", origin)
    try:
        return MarketRisk(**section)
    except InputError as error:
        raise InputError(f"{origin}: {error}") from error


def _check_fields(section: Mapping[str, Any], place: str, origin: str) -> None:
    fields = {home: {field.name: field for field in dataclasses.fields(kind)} for home, kind in _SECTIONS.items()}
    known = fields[place]
    for name in section:
        if name in known:
            continue
        homes = [home for home, names in fields.items() if name in names]
        hint = f", which belongs to {homes[0]}" if homes else ""
        raise InputError(f"{origin}: {place} expected {', '.join(known)}, got {name}{hint}")
    for name, field in known.items():
        if field.default is dataclasses.MISSING and name not in section:
            raise InputError(f"{origin}: {place} expected the field {name}, which is missing")


def _check_rows(rows: Any) -> None:
    if not isinstance(rows, tuple) or not rows or not all(isinstance(row, RuleRow) for row in rows):
        raise InputError(f"rule rows: expected at least one row, got {rows!r}")
    if rows[-1].conditions:
        raise InputError(
            "rule rows: expected a last row without condition, so that some row always applies, "
            f"got {rows[-1].state!r} with {', '.join(rows[-1].conditions)}"
        )
    multiples: dict[str, float] = {}
    for number, row in enumerate(rows, start=1):
        if not row.conditions and number < len(rows):
            raise InputError(
                f"rule rows: expected a condition in every row but the last, got none in row {number}, {row.state!r}; "
                "the rows below it would never apply"
            )
        if multiples.setdefault(row.state, row.k) != row.k:
            raise InputError(
                f"rule rows: expected one k for state {row.state!r}, got {multiples[row.state]:g} and {row.k:g}; "
                "give the rows different states"
            )


def _check_trend(rule: Rule) -> None:
    if rule.trend not in TREND_METHODS:
        raise InputError(f"rule trend: expected one of {', '.join(TREND_METHODS)}, got {rule.trend!r}")
    _whole("rule trend_window", rule.trend_window, 2)
    _whole("rule trend_skip", rule.trend_skip, 0)
    if rule.trend == "momentum" and rule.trend_skip >= rule.trend_window:
        raise InputError(
            f"rule trend_skip: expected fewer than trend_window ({rule.trend_window}) periods, got {rule.trend_skip}"
        )


def _check_steps(rule: Rule) -> None:
    _number("rule smoothing", rule.smoothing, 0.0, 1.0)
    if rule.smoothing == 1.0:
        raise InputError("rule smoothing: expected less than 1, got 1; the target would never change")
    for name in ("floor", "cap"):
        if getattr(rule, name) is not None:
            _number(f"rule {name}, volatility per year, decimal", getattr(rule, name), 0.0, _GREATEST_VOLATILITY)
    if rule.floor is not None and rule.cap is not None and rule.floor > rule.cap:
        raise InputError(f"rule floor: expected at most the cap ({rule.cap:g}), got {rule.floor:g}")
    if rule.max_step is None:
        return
    _number("rule max_step", rule.max_step, 0.0, _GREATEST_K)
    if rule.max_step == 0.0:
        raise InputError("rule max_step: expected more than 0, got 0; the target would never change")
    if not rule.floor and min(rule.not_enough_history, *(row.k for row in rule.rows)) == 0.0:
        raise InputError(
            "rule max_step: expected a floor above 0 where some k is 0, got none; from a target of 0 no step leads "
            "upwards"
        )


def _check_source(market: MarketRisk) -> None:
    _check_lag("market_risk", market.macro, market.publication_lag_days)
    for name, source in (("portfolio", "portfolio"), ("macro", "macro")):
        if bool(getattr(market, name)) != (market.source == source):
            raise InputError(
                f"market_risk {name}: expected with source {source!r} and not otherwise, "
                f"got {getattr(market, name)!r} with source {market.source!r}"
            )
    _number("market_risk macro_scale", market.macro_scale, 1e-9, 1e9)
    if market.macro_scale != 1.0 and market.source != "macro":
        raise InputError(f"market_risk macro_scale: expected with source 'macro' only, got {market.macro_scale:g}")
    for pair in market.portfolio:
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str) or not pair[0]:
            raise InputError(f"market_risk portfolio: expected tickers and weights, got {pair!r}")
        _number(f"market_risk portfolio: {pair[0]}", pair[1], 0.0, 1.0)
    tickers = [ticker for ticker, _ in market.portfolio]
    twice = sorted({ticker for ticker in tickers if tickers.count(ticker) > 1})
    if twice:
        raise InputError(f"market_risk portfolio: expected each ticker once, got {', '.join(twice)} more than once")
    total = math.fsum(weight for _, weight in market.portfolio)
    if market.portfolio and abs(total - 1.0) > 1e-9:
        raise InputError(f"market_risk portfolio: expected weights that sum to 1, got a sum of {total:.10g}")


def _check_method(market: MarketRisk) -> None:
    if market.source == "macro":
        given = [name for name in ("window", "half_life", "windows") if getattr(market, name)]
        if given or market.method != "sample":
            raise InputError(
                "market_risk source: expected no method and no window with 'macro', where the series is the risk, got "
                + ", ".join(given or [f"method {market.method!r}"])
            )
        return
    if (market.method == "ewma") != (market.half_life is not None):
        raise InputError(
            "market_risk half_life: expected a number of periods with ewma and none otherwise, "
            f"got {market.half_life!r} with {market.method}"
        )
    if market.half_life is not None:
        _number("market_risk half_life", market.half_life, 0.1, float(_GREATEST_COUNT))
    if (market.method == "range") != bool(market.windows):
        raise InputError(
            "market_risk windows: expected a list of windows with range and none otherwise, "
            f"got {market.windows!r} with {market.method}"
        )
    for window in market.windows:
        _whole("market_risk windows", window, 2)
    if market.window is None:
        return
    if market.method == "range":
        raise InputError(f"market_risk window: expected none with range, which has windows, got {market.window!r}")
    _whole("market_risk window", market.window, 2)


def _check_lag(place: str, macro: Any, lag: Any) -> None:
    if macro is not None and (not isinstance(macro, str) or not macro):
        raise InputError(f"{place} macro: expected the name of a series, got {macro!r}")
    if (macro is None) != (lag is None):
        raise InputError(
            f"{place} publication_lag_days: expected calendar days with a macro series and none without, "
            f"got {lag!r} with macro {macro!r}"
        )
    if lag is not None:
        _whole(f"{place} publication_lag_days", lag, 0)


def _band(name: str, band: Any, widest: Band) -> Band:
    """Two numbers in order, within the widest band and not both infinite."""
    if not isinstance(band, list | tuple) or len(band) != 2:
        raise InputError(f"{name}: expected two numbers, low and high, got {band!r}")
    for end in band:
        _number(name, end, *widest)
    low, high = float(band[0]), float(band[1])
    if not low < high:
        raise InputError(f"{name}: expected low below high, got {low:g} and {high:g}")
    if math.isinf(low) and math.isinf(high):
        raise InputError(f"{name}: expected at least one finite end, got none; leave the condition out")
    return low, high


def _number(name: str, value: Any, low: float, high: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        limits = f" from {low:g} to {high:g}" if math.isfinite(high) else ""
        raise InputError(f"{name}: expected a number{limits}, got {value!r}")


def _whole(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _GREATEST_COUNT:
        raise InputError(f"{name}: expected a whole number from {least} to {_GREATEST_COUNT}, got {value!r}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
