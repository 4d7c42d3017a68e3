"""Which assets a signal may use, and how many returns: the policy for missing data at work."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from aram_xl._models import Model
from aram_xl._walk_forward_types import Event
from aram_xl.errors import TooShortError
from aram_xl.types import BoolArray, DateArray, FloatArray, IntArray


class Admission(NamedTuple):
    """Of each signal that can be decided."""

    signals: IntArray
    """Positions among all signals asked for."""
    lengths: IntArray
    """Returns in the window."""
    admitted: BoolArray
    """(n_signals, n_assets)"""


def admission(
    returns: FloatArray, last: IntArray, model: Model, dates: DateArray, risk: FloatArray | None, events: list[Event]
) -> Admission:
    """Admit assets at each signal; signals that cannot be decided are left out, each with an event.

    Args:
        returns: (n_returns, n_assets + 1), the benchmark last.
        last: (n_signals,) row of the latest return known, -1 where there is none.
        model: its window, minimum history and policy for missing data.
        dates: (n_signals,)
        risk: (n_signals,) market risk, NaN where there is none yet; None where the window itself gives it.
        events: those of skipped signals, assets out and shorter windows are added.
    """
    history = np.vstack([_runs(np.isfinite(returns)), np.zeros(returns.shape[1], dtype=np.intp)])[last]
    lengths, admitted = _admitted(history, model)
    enough = lengths >= model.minimum_history
    known = np.ones(last.size, dtype=bool) if risk is None else np.isfinite(risk)
    ready = np.flatnonzero(enough & known)
    for i in np.flatnonzero(~(enough & known)):
        events.append(Event(dates[i], "skipped", _why_skipped(history[i], model, bool(enough[i]))))
    _report_assets(history, admitted, ready, (model, dates), events)
    for before, i in pairwise(ready):
        if lengths[i] < lengths[before]:  # a hole or a late starter reaches all assets
            detail = f"{lengths[i]} of {model.window} returns, {lengths[before]} at the signal before"
            events.append(Event(dates[i], "shorter window", detail))
    return Admission(ready, lengths[ready], admitted[ready])


def _runs(present: BoolArray) -> IntArray:
    """Length of the unbroken run of values that ends at each row, by column."""
    rows = np.arange(1, len(present) + 1)[:, None]
    gaps = np.maximum.accumulate(np.where(present, 0, rows), axis=0)
    return np.asarray(rows - gaps)


def _admitted(history: IntArray, model: Model) -> tuple[IntArray, BoolArray]:
    """Window length and admitted assets of each signal; length 0 where nothing can be decided."""
    admitted = history[:, :-1] >= _needed(model)
    shortest = np.where(admitted, history[:, :-1], model.window).min(axis=1)
    lengths = np.minimum(np.minimum(shortest, history[:, -1]), model.window)
    if model.missing != "common_window":
        lengths = np.where(lengths == model.window, lengths, 0)
    return np.where(admitted.any(axis=1), lengths, 0), admitted


def _needed(model: Model) -> int:
    """Returns that admit an asset."""
    return model.minimum_history if model.missing == "common_window" else model.window


def _why_skipped(history: IntArray, model: Model, enough: bool) -> str:
    needed = _needed(model)
    if enough:
        return "no market risk yet: its window reaches back before the first return, or over a missing one"
    if history[-1] < needed:
        return f"not enough history: {history[-1]} returns of {model.benchmark}, {needed} needed"
    return f"no asset with enough history: {needed} returns needed"


def _report_assets(
    history: IntArray, admitted: BoolArray, ready: IntArray, context: tuple[Model, DateArray], events: list[Event]
) -> None:
    model, dates = context
    least, _ = model.bounds()
    changed = np.append(True, (admitted[ready][1:] != admitted[ready][:-1]).any(axis=1))
    for i in ready[changed[: ready.size]]:
        out = [f"{model.universe[j]} {history[i, j]}" for j in np.flatnonzero(~admitted[i])]
        if model.missing == "reject" and out:
            raise TooShortError(
                f"prices: expected {model.window} returns of every asset at {dates[i]}, got {', '.join(out)}; "
                "choose another policy for missing data (common_window, drop_asset)"
            )
        if out:
            absent = np.flatnonzero(~admitted[i]).tolist()
            out = [f"{model.universe[j]} ({history[i, j]} returns)" for j in absent]
            floors = [f"{model.universe[j]} {least[j]:.4g}" for j in absent if least[j] > 0]
            rest = f"; least weights that rest with them: {', '.join(floors)}" if floors else ""
            events.append(Event(dates[i], "not admitted", f"out: {', '.join(out)}{rest}"))
        elif i != ready[0]:
            events.append(Event(dates[i], "admitted", "all in"))
