"""Which model cards the direct-risk-target workbook carries, and which it leaves out, each with its reason."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import aram_xl as ax
from aram_xl._labels import dates_of
from aram_xl.errors import AramError, InputError
from aram_xl.returns import period_ends
from aram_xl.types import DateArray

if TYPE_CHECKING:
    import pandas as pd

UNSUITED = ("not admitted", "shorter window", "market hole", "cone solver")
"""Events of a back-test that plain cells do not restate: another set of assets, another window, another solver."""

NEEDED_PERIODS = 12
"""Signals, at least: a year."""


class Walk(NamedTuple):
    """A card and its back-test."""

    model: ax.Model
    result: ax.BacktestResult


class LeftOut(NamedTuple):
    """A card that is not carried."""

    name: str
    reason: str


class Carried(NamedTuple):
    """All that is carried, over the same signal dates."""

    walks: tuple[Walk, ...]
    left_out: tuple[LeftOut, ...]
    dates: DateArray
    """(n_month_ends,) of all carried benchmarks."""
    longest: int
    """Returns in the longest window of a carried card."""


def carried(
    prices: pd.DataFrame,
    end: datetime.date | str | None,
    progress: Callable[[str], None],
    models: Sequence[ax.Model] | None,
) -> Carried:
    """Run every card that monthly cells can restate.

    All walk from the same first signal, the earliest at which each of them can decide.

    Raises:
        InputError: no card is left; the sentence gives the reason of each.
    """
    walks, left_out = [], []
    for model in models or [ax.load_model(name) for name in ax.models()]:
        progress(f"back-test of {model.name}")
        reason = _unsuited_card(model, {str(column) for column in prices.columns})
        try:
            if not reason:
                walks.append(Walk(model, ax.backtest(prices, model, end=end)))
        except AramError as error:
            reason = str(error)
        if reason:
            left_out.append(LeftOut(model.name, reason))
    signals = [walk.result.targets.index for walk in walks]
    first = max((str(index[0].date()) for index in signals), default="")
    longest = max((walk.model.window for walk in walks), default=0)
    kept: list[Walk] = []
    dates = _month_ends(prices, [walk.model.benchmark for walk in walks], walks)
    for model, result in walks:
        same = result
        if str(result.targets.index[0].date()) != first:
            same = ax.backtest(prices, model, start=first, end=end)
        reason = _unsuited_result(prices, Walk(model, same), dates, longest)
        if reason:
            left_out.append(LeftOut(model.name, reason))
        else:
            kept.append(Walk(model, same))
    if not kept:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out)
        raise InputError(f"prices: expected those of at least one model that monthly cells can restate, got {reasons}")
    return Carried(tuple(kept), tuple(left_out), dates, longest)


def _unsuited_card(model: ax.Model, columns: set[str]) -> str:
    """Why a card cannot be restated, told from the card and the tickers alone; empty where it can."""
    members = [name for name, _ in model.market_risk.portfolio] if model.market_risk is not None else []
    absent = [name for name in dict.fromkeys((*model.universe, model.benchmark, *members)) if name not in columns]
    parts = (model.market_risk, model.rule)
    reasons = {
        f"no prices of {', '.join(absent)}": bool(absent),
        "it has no rule, so no step 2 to show; see the template active_index": model.rule is None,
        "it reads a series of the user's, which this workbook does not carry": any(
            part is not None and part.macro is not None for part in parts
        ),
        "it does not walk by months": (model.frequency, model.rebalance) != ("M", "M"),
        "it trades on risk drift, not at every signal": model.risk_drift is not None,
        "it trades a day after the signal; the workbook knows month-ends only": model.execution_lag != 0,
        f"it falls back on {model.fallback[0]}, not on the least risk": model.fallback[0] != "min_risk",
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _unsuited_result(prices: pd.DataFrame, walk: Walk, dates: DateArray, longest: int) -> str:
    """Why a back-test cannot be restated; empty where it can."""
    model, result = walk
    events = result.events[result.events["kind"].isin(UNSUITED)]
    if len(events):
        event = events.iloc[0]
        return f"{event['date'].date()}, {event['kind']}: {event['detail']}"
    own = _month_ends(prices, [model.benchmark], [walk])
    if own.size > dates.size or (own != dates[dates.size - own.size :]).any():
        return f"month-ends of {model.benchmark} are not those of the other models"
    if len(result.targets) < NEEDED_PERIODS + 1:
        return f"{len(result.targets)} signals, {NEEDED_PERIODS + 1} needed"
    if list(result.weights.columns) != list(model.universe) or bool(result.reach["least"].isna().any()):
        return "the fallback ladder held the benchmark"
    first = int(np.searchsorted(dates, np.datetime64(result.targets.index[0], "D")))
    levels = prices[list(model.universe)].reindex(dates[max(first - longest, 0) : first + 1].astype("datetime64[ns]"))
    short = [str(name) for name in levels.columns if levels[name].isna().any()]
    if short or first < longest:
        what = ", ".join(short) or "all assets"
        return f"fewer than {longest} returns of {what} at the first signal, the longest window of this workbook"
    return ""


def _month_ends(prices: pd.DataFrame, benchmarks: list[str], walks: list[Walk]) -> DateArray:
    """Month-ends of the days on which one of the benchmarks has a price, up to the last signal."""
    if not walks:
        return np.array([], dtype="datetime64[D]")
    last = max(walk.result.targets.index[-1] for walk in walks)
    known = prices.loc[:last, benchmarks].dropna(how="all")
    days = dates_of(known.index, "prices")
    # The last signal ends a complete month, whatever the calendar says of its day.
    rows = np.append(period_ends(days, "M").rows, days.size - 1)
    return np.asarray(days[np.unique(rows)])
