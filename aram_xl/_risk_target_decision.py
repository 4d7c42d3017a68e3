"""Step 2, what is decided: from the environment at each signal to the risk target, and the record of the decision."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aram_xl._environment import Environment
from aram_xl._risk_target_rule import NOT_ENOUGH_HISTORY, TRENDS, Rule, RuleRow
from aram_xl.errors import InputError, TooShortError
from aram_xl.types import IntArray

_SCALES: dict[float, str] = {252: "a day", 52: "a week", 12: "a month", 4: "a quarter"}

_FIGURES = {"risk_percentile": "percentile", "drawdown": "drawdown", "macro": "macro"}
"""Bands of a rule's row, and the figures of the environment that they are compared with."""

_LEAST_RISK = 1e-12
"""Per period. Returns that do not vary leave rounding near 1e-17 as their volatility, money-market funds 1e-5."""

_SAME = 1e-9
"""Relative distance within which two targets read the same; solvers meet targets to 1e-12."""


@dataclass(frozen=True, eq=False, slots=True)
class TargetDecision:
    """One decision of step 2: inputs, state, targets and, in words, the reason. Volatilities are decimal per period."""

    date: np.datetime64 | None
    """Period end whose figures were used; None where the market came without dates."""
    market_risk: float
    percentile: float | None
    """Of market risk in its own past, today included; this and the next four are None where they do not exist yet."""
    trend_value: float | None
    """Level relative to its moving average, or momentum, less 1."""
    trend: str | None
    """``up`` or ``down``."""
    drawdown: float | None
    macro: float | None
    macro_date: np.datetime64 | None
    """The date which the macro value describes."""
    state: str
    k: float
    raw: float
    """k x market risk."""
    smoothed: float
    stepped: float
    """Held to the maximum step from the previous decision's clipped target."""
    clipped: float
    """Between floor and cap: the target that goes to the optimiser."""
    rule: Rule
    row: int
    """Of the rule, from 0; -1 for the row "not enough history"."""
    per: str
    """Scale of all volatilities in the record, such as ``a month``."""
    least_reachable: float | None = None
    """Risk of the least-risk mix under the card's limits; None before step 3."""
    greatest_reachable: float | None = None
    """Risk of the best-return mix; None before step 3."""
    final: float | None = None
    """The clipped target within the reachable range; None before step 3."""

    @property
    def reason(self) -> str:
        """The decision in one sentence."""
        return "; ".join(part for part in (_read(self), _moved(self), _reached(self)) if part)


_before_reach: Callable[[TargetDecision], Iterable[Any]] = attrgetter(
    *(field.name for field in dataclasses.fields(TargetDecision)[:-3])
)
"""The fields that are there before step 3. `dataclasses.replace` would cost twice as much."""


def decide_targets(
    environment: Environment, rule: Rule, rows: IntArray, periods_per_year: float
) -> list[TargetDecision]:
    """Apply the rule at each signal, in order: each target starts from the clipped target before it.

    Args:
        environment: by period end.
        rule: with floor and cap per year.
        rows: (n_signals,) rows of the environment, ascending.
        periods_per_year: of the environment; 1 where floor and cap are meant per period.

    Raises:
        TooShortError: a signal without market risk.
        InputError: market risk of 0 with a maximum step and no floor, from which no step would lead upwards, or a
            scale that is not positive.
    """
    if not periods_per_year > 0:
        raise InputError(f"periods_per_year: expected a positive number, got {periods_per_year}")
    risk = environment.market_risk[rows]
    absent = np.flatnonzero(np.isnan(risk))
    if absent.size:
        raise TooShortError(
            f"market_risk: expected a value at every signal, got none {_when(environment, int(rows[absent[0]]))}; "
            "supply a longer history or a shorter window"
        )
    still = np.flatnonzero(risk < _LEAST_RISK)
    if still.size and rule.max_step is not None and not rule.floor:
        raise InputError(
            f"market_risk: expected more than 0 with a maximum step, got 0 {_when(environment, int(rows[still[0]]))}, "
            "from where no step leads upwards; give the rule a floor"
        )
    matched = _first_match(environment, rule, rows)
    k = np.array([*(float(row.k) for row in rule.rows), float(rule.not_enough_history)])[matched]
    states = [*(row.state for row in rule.rows), NOT_ENOUGH_HISTORY]
    columns = (
        *_readings(environment, rows),
        [states[i] for i in matched.tolist()],
        k.tolist(),
        *zip(*_targets((k * risk).tolist(), rule, float(np.sqrt(periods_per_year))), strict=True),
        [rule] * rows.size,
        matched.tolist(),
        [_SCALES.get(periods_per_year, "a period")] * rows.size,
    )
    return [TargetDecision(*fields) for fields in zip(*columns, strict=True)]


def with_reach(decision: TargetDecision, least: float, greatest: float) -> TargetDecision:
    """The decision with the range that step 3 can reach, and its final target.

    Args:
        decision: of step 2.
        least: risk of the least-risk mix under the card's limits, per period.
        greatest: risk of the best-return mix under them; above it the target does not bind.

    Raises:
        InputError: the range is not one of finite numbers, least first.
    """
    if not 0.0 <= least <= greatest * (1.0 + _SAME) < np.inf:
        raise InputError(f"reach: expected the least risk and then the greatest, got {least:g} and {greatest:g}")
    final = min(max(decision.clipped, least), max(greatest, least))
    fields: tuple[Any, ...] = (*_before_reach(decision), least, greatest, final)
    return TargetDecision(*fields)


def _first_match(environment: Environment, rule: Rule, rows: IntArray) -> IntArray:
    """(n_signals,) row of the rule that applies, -1 where an input does not exist yet."""
    figures = {name: getattr(environment, field)[rows] for name, field in _FIGURES.items()}
    up = environment.up[rows]
    applies = np.ones((len(rule.rows), rows.size), dtype=bool)
    for row, holds in zip(rule.rows, applies, strict=True):
        for name, values in figures.items():
            band = getattr(row, name)
            if band is not None:
                ends_at_one = name == "risk_percentile" and band[1] == 1.0
                holds &= (values >= band[0]) & ((values < band[1]) | ends_at_one)
        if row.trend is not None:
            holds &= up == (row.trend == "up")
    known = np.isfinite(figures["risk_percentile"]) & np.isfinite(environment.trend_value[rows])
    if rule.macro is not None:
        known &= np.isfinite(figures["macro"])
    return np.where(known, applies.argmax(axis=0), -1)


def _targets(raw: list[float], rule: Rule, root: float) -> list[tuple[float, ...]]:
    """Raw, smoothed, stepped and clipped target of each signal; ``root``: of the periods per year."""
    floor = 0.0 if rule.floor is None else rule.floor / root
    cap = np.inf if rule.cap is None else rule.cap / root
    paths: list[tuple[float, ...]] = []
    before: float | None = None
    for target in raw:
        smoothed = stepped = target
        if before is not None:
            if rule.smoothing:
                smoothed = stepped = rule.smoothing * before + (1.0 - rule.smoothing) * target
            if rule.max_step is not None:
                stepped = min(max(smoothed, before * (1.0 - rule.max_step)), before * (1.0 + rule.max_step))
        before = min(max(stepped, floor), cap)
        paths.append((target, smoothed, stepped, before))
    return paths


def _readings(environment: Environment, rows: IntArray) -> tuple[list[Any], ...]:
    """The fields of a decision from ``date`` to ``macro_date``, (n_signals,) each."""
    rising = _given(environment.trend_value[rows])
    return (
        _given(environment.dates[rows]),
        environment.market_risk[rows].tolist(),
        _given(environment.percentile[rows]),
        rising,
        [None if value is None else TRENDS[value < 0] for value in rising],
        _given(environment.drawdown[rows]),
        _given(environment.macro[rows]),
        _given(environment.macro_dates[rows]),
    )


def _given(values: NDArray[Any]) -> list[Any]:
    """None where there is no number or no date."""
    cells = values.tolist() if values.dtype.kind == "f" else list(values)
    return [None if missing else cell for cell, missing in zip(cells, (values != values).tolist(), strict=True)]


def _when(environment: Environment, row: int) -> str:
    date = environment.dates[row]
    return f"in row {row + 1}" if np.isnat(date) else f"on {date}"


def _read(decision: TargetDecision) -> str:
    """What was read, the state and its k."""
    answer = f"state {decision.state!r}, k {decision.k:g}"
    if decision.row < 0:
        absent = [
            name
            for name, value in (("risk percentile", decision.percentile), ("trend", decision.trend))
            if value is None
        ]
        if decision.rule.macro is not None and decision.macro is None:
            absent.append(f"published value of {decision.rule.macro}")
        return f"no {' and no '.join(absent)} yet: {answer}"
    row = decision.rule.rows[decision.row]
    figures = _figures(decision, row)
    if row.conditions:
        return f"{', '.join(figures)}: {answer}"
    return f"{', '.join(figures)}, no row before applies: {answer}"


def _figures(decision: TargetDecision, row: RuleRow) -> list[str]:
    """The figures that the row asks for, with their bands; all of them for a row without condition."""
    texts = {
        "risk_percentile": f"risk percentile {decision.percentile:.2f}",
        "trend": f"trend {decision.trend}",
        "drawdown": f"drawdown {_percent(decision.drawdown)}",
    }
    if decision.macro is not None:
        texts["macro"] = f"{decision.rule.macro} {decision.macro:g}"
        if decision.macro_date is not None:
            texts["macro"] += f" of {decision.macro_date}"
    if not row.conditions:
        return list(texts.values())
    return [
        text if name == "trend" else f"{text} ({getattr(row, name)[0]:g} to {getattr(row, name)[1]:g})"
        for name, text in texts.items()
        if name in row.conditions
    ]


def _moved(decision: TargetDecision) -> str:
    """From the raw to the clipped target: what changed it."""
    d = decision
    text = f"raw {_percent(d.raw)} {d.per}"
    if _differ(d.smoothed, d.raw):
        text += f", smoothed to {_percent(d.smoothed)}"
    if _differ(d.stepped, d.smoothed):
        text += f", held by the maximum step of {100 * (d.rule.max_step or 0.0):g} % at {_percent(d.stepped)}"
    if _differ(d.clipped, d.stepped):
        limit = "raised to the floor" if d.clipped > d.stepped else "lowered to the cap"
        text += f", {limit} of {_percent(d.clipped)}"
    return text


def _reached(decision: TargetDecision) -> str:
    """What step 3 can reach of it."""
    d = decision
    if d.final is None:
        return ""
    if _differ(d.final, d.clipped) and d.final > d.clipped:
        return f"below the least reachable risk {_percent(d.least_reachable)}: the fallback ladder applies"
    if _differ(d.final, d.clipped):
        return f"above the risk {_percent(d.greatest_reachable)} of the best-return mix: not binding"
    return f"within reach, {_percent(d.least_reachable)} to {_percent(d.greatest_reachable)}"


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.2f} %"


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > _SAME * abs(other)
