"""What the evidence sheets show, from the engine: months of asset classes and of models, and the engine's tables."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aram_xl import evidence
from aram_xl._backtest_account import levels_of
from aram_xl._backtest_report import row_scaling
from aram_xl._labels import dates_of
from aram_xl.errors import AramError, InputError
from aram_xl.evidence import AGES
from aram_xl.returns import PERIODS_PER_YEAR, period_ends, simple_returns
from aram_xl.types import DateArray, FloatArray
from workbooks.drt_models import Walk

if TYPE_CHECKING:
    import pandas as pd

WINDOW = 36
"""Monthly returns of a forecast."""

CLASSES = 6
"""Asset classes shown, at most; each by one fund."""

PREFERRED = ("treasury", "corporate", "high yield", "equity", "real estate", "commodity")
"""Classes shown first; others follow where these are missing."""

PARTS = 3
"""Sub-periods of alpha."""

DELAY = "one day's delay"

CHANGES: dict[str, dict[str, Any]] = {
    "as the card": {},
    "no fee, no costs": {"fee": 0.0, "cost_bps": 0.0},
    "costs x 3": {"cost_bps": 3.0},
    "fee 1 %": {"fee": 0.01},
    DELAY: {"execution_lag": 1},
}
"""Fields of the card that each row of the sensitivity changes; costs alone are a factor on the card's."""


class Missing(NamedTuple):
    """A claim that these prices cannot speak to."""

    claim: str
    reason: str


@dataclass(frozen=True, eq=False, slots=True)
class ClassMonths:
    """One fund per asset class, month by month."""

    labels: tuple[str, ...]
    """Class and ticker."""
    tickers: tuple[str, ...]
    dates: DateArray
    """(n_months,) ends."""
    returns: FloatArray
    """(n_months, n_classes)"""
    realised: FloatArray
    """(n_months - WINDOW, n_classes) volatility per month from the days of each month after the first window."""
    table: pd.DataFrame
    """The engine's: see `aram_xl.evidence.volatility_forecasts`."""


@dataclass(frozen=True, eq=False, slots=True)
class ModelMonths:
    """One model, month by month, and what the engine makes of it."""

    name: str
    dates: DateArray
    """(n_months,) ends."""
    net: FloatArray
    benchmark: FloatArray
    gross: FloatArray
    charged: FloatArray
    """Bought plus sold share of value on which costs were charged."""
    risks: FloatArray
    """Ex-ante, per month, of the weights decided before the month."""
    realised: FloatArray
    """(n_months, n_ages) of weights of that age; NaN where there are none, and without daily prices."""
    decay: pd.DataFrame | None
    alphas: pd.DataFrame
    terms: FloatArray
    """(n_changes, 2): cost of a unit traded, and fee a year."""
    sensitivity: pd.DataFrame


@dataclass(frozen=True, eq=False, slots=True)
class EvidenceData:
    """What the sheets show."""

    classes: ClassMonths | None
    models: tuple[ModelMonths, ...]
    missing: tuple[Missing, ...]

    @property
    def aged(self) -> bool:
        """Whether the prices tell what weights of every age realised."""
        return all(model.decay is not None for model in self.models)


def evidence_data(
    prices: pd.DataFrame,
    end: datetime.date | str | None,
    walks: Sequence[Walk],
    progress: Callable[[str], None] = lambda step: None,
) -> EvidenceData:
    """Evidence from the prices of a workbook and the back-tests that it shows.

    Args:
        prices: total-return levels, dates x tickers, from which the back-tests were made.
        end: last price used by them.
        walks: monthly models over the same signal dates.
        progress: called with the name of each step.
    """
    missing = []
    classes: ClassMonths | None = None
    try:
        progress("evidence: forecasts")
        classes = _class_months(prices, walks)
    except AramError as error:
        missing.append(Missing("Does past risk predict risk", str(error)))
    decays: list[pd.DataFrame | None] = []
    try:
        decays += [evidence.risk_decay(walk.result, prices) for walk in walks]
    except AramError as error:
        missing.append(Missing("Do weights grow old", str(error)))
        decays = [None] * len(walks)
    models = []
    for walk, decay in zip(walks, decays, strict=True):
        progress(f"evidence: {walk.model.name}")
        models.append(_model_months(prices, end, walk, decay))
    return EvidenceData(classes, tuple(models), tuple(missing))


def _class_months(prices: pd.DataFrame, walks: Sequence[Walk]) -> ClassMonths:
    """Months from one window before the first signal to the last signal."""
    signals = walks[0].result.targets.index
    table = prices.loc[: signals[-1]]
    table = table[table[walks[0].model.benchmark].notna()]
    ends = period_ends(dates_of(table.index, "prices"), "M").rows
    before = int(np.searchsorted(table.index[ends], signals[0]))
    table = table.iloc[ends[max(before - WINDOW, 0)] :]
    classes = _classes([str(name) for name in table.columns if table[name].notna().all()])
    tickers = list(classes)
    found = evidence.volatility_forecasts(table, classes, WINDOW, "M")
    if not np.isfinite(found[["rank", "qlike", "qlike_naive"]]).all(axis=None):
        raise InputError("prices: expected funds whose levels move in every month, got one that stands still")
    dates, levels = dates_of(table.index, "prices"), table[tickers].to_numpy(dtype=np.float64)
    rows = period_ends(dates, "M").rows
    # Restated from the definition, not taken from the engine's table: what the cells find is then a second derivation.
    days = PERIODS_PER_YEAR["D"] / PERIODS_PER_YEAR["M"]
    inside = [simple_returns(levels[first : last + 1]) for first, last in pairwise(rows)]
    realised = np.sqrt([days * daily.var(axis=0, ddof=1) for daily in inside[WINDOW:]])
    return ClassMonths(
        labels=tuple(f"{label} ({ticker})" for ticker, label in classes.items()),
        tickers=tuple(tickers),
        dates=dates[rows[1:]],
        returns=simple_returns(levels[rows]),
        realised=realised,
        table=found,
    )


def _classes(tickers: Sequence[str]) -> dict[str, str]:
    """One fund of each class: the first one of intermediate duration or of none."""
    from aram_xl.universe import load_universe

    universe = load_universe()
    funds: dict[str, list[str]] = {}
    for ticker in (ticker for ticker in tickers if ticker in universe.index):
        row = universe.loc[ticker]
        bond = row["asset_class"] == "fixed income"
        label = "high yield" if row["credit"] == "high yield" else str(row["sector" if bond else "asset_class"])
        funds.setdefault(label, []).append(ticker)
    usual = ("intermediate", "none")
    order = [*(label for label in PREFERRED if label in funds), *(label for label in funds if label not in PREFERRED)]
    return {
        next((t for t in funds[label] if universe.loc[t, "duration"] in usual), funds[label][0]): label
        for label in order[:CLASSES]
    }


def _model_months(
    prices: pd.DataFrame, end: datetime.date | str | None, walk: Walk, decay: pd.DataFrame | None
) -> ModelMonths:
    model, result = walk
    changes = {name: _fields(walk, fields) for name, fields in CHANGES.items()}
    changed = [model.replace(**fields) for fields in changes.values()]
    first = result.targets.index[0].date()
    charged = 2.0 * _numbers(result.turnover)
    if not model.charge_first_purchase:
        charged[0] = 0.0
    size = len(result.returns)
    return ModelMonths(
        name=model.name,
        dates=result.returns.index.to_numpy().astype("datetime64[D]"),
        net=_numbers(result.returns),
        benchmark=_numbers(result.benchmark_returns),
        gross=_numbers(result.gross_returns),
        charged=charged,
        risks=_numbers(result.risks)[:size],
        realised=_aged(prices, walk) if decay is not None else np.full((size, len(AGES)), np.nan),
        decay=decay,
        alphas=evidence.alpha_by_period(result.returns, result.benchmark_returns, 12, PARTS),
        terms=np.array([[1e-4 * card.cost_bps, card.fee] for card in changed]),
        sensitivity=evidence.sensitivity(prices, model, changes, str(first), end),
    )


def _numbers(series: pd.Series[float]) -> FloatArray:
    return np.asarray(series.to_numpy(dtype=np.float64))


def _fields(walk: Walk, fields: dict[str, Any]) -> dict[str, Any]:
    """A factor on the card's costs, of 1 basis point where it has none; other fields as they are."""
    if fields.keys() != {"cost_bps"}:
        return fields
    return {"cost_bps": (walk.model.cost_bps or 1.0) * fields["cost_bps"]}


def _aged(prices: pd.DataFrame, walk: Walk) -> FloatArray:
    """What weights of each age realised in each month, restated from the definition as a second derivation."""
    result = walk.result
    dates, levels, _ = levels_of(result, prices)
    factor, _ = row_scaling(dates, walk.model.frequency)
    signals = np.searchsorted(dates, result.targets.index.to_numpy().astype("datetime64[D]"))
    weights, risks = result.weights.to_numpy(), result.risks.to_numpy()
    found = np.full((len(weights), len(AGES)), np.nan)
    for period in range(AGES[-1] - 1, len(weights)):
        inside = levels[signals[period] : signals[period + 1] + 1]
        decided = [period - age + 1 for age in AGES]
        row = []
        for i in decided:
            held = np.flatnonzero(weights[i])
            value = (inside[:, held] / levels[signals[i], held]) @ weights[i, held]
            row.append(np.sqrt(factor) * simple_returns(value).std(ddof=1))
        if np.isfinite(row).all() and (np.array(row) > 0.0).all() and (risks[decided] > 0.0).all():
            found[period] = row
    return found
