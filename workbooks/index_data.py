"""All numbers of the active-index workbook, computed by the engine before a cell is written."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import aram_xl as ax
from aram_xl._certificate import MINIMUM_VARIANCE_FORM
from aram_xl.errors import InputError
from aram_xl.performance import rolling_beta
from aram_xl.returns import simple_returns
from aram_xl.types import DateArray, FloatArray, IntArray
from workbooks.subsets import LARGEST

if TYPE_CHECKING:
    import pandas as pd

ROLLING = 12
"""Months of the rolling beta."""


@dataclass(frozen=True, eq=False, slots=True)
class IndexData:
    """What the workbook shows; rows of ``returns`` are one fewer than rows of ``levels``."""

    model: ax.Model
    label: str
    """SYNTHETIC label of the built-in sample, or the name of the user's file."""
    dates: DateArray
    """(n_months,) month-ends."""
    levels: FloatArray
    """(n_months, n_assets), NaN before an asset starts."""
    benchmark: FloatArray
    returns: FloatArray
    benchmark_returns: FloatArray
    run: IntArray
    """(n_months - 1,) unbroken rows with a return of every asset."""
    positions: IntArray
    """(n_signals,) row of ``returns`` that ends at the signal date."""
    windows: IntArray
    weights: FloatArray
    """(n_signals, n_assets), the last row for the coming month."""
    targets: FloatArray
    multipliers: FloatArray
    """(n_signals, 3): risk multiplier, budget multiplier, weight of expected return (0 in the least-risk form)."""
    index_returns: FloatArray
    """(n_signals - 1,) earned in the month after each signal."""
    rolling_beta: FloatArray
    """(n_signals - 1,), NaN for the first eleven."""
    statistics: dict[str, Any]
    benchmark_statistics: dict[str, Any]
    events: dict[str, int]
    """How often each kind of event of the back-test happened."""

    @property
    def tickers(self) -> tuple[str, ...]:
        """Assets in the order of weights."""
        return self.model.universe

    def window(self, signal: int) -> tuple[FloatArray, FloatArray]:
        """Returns of the assets and of the benchmark in the window of a signal."""
        last = self.positions[signal] + 1
        first = last - self.windows[signal]
        return self.returns[first:last], self.benchmark_returns[first:last]


def index_data(
    prices: pd.DataFrame,
    model: ax.Model,
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> IndexData:
    """Run the model and collect what its workbook shows.

    Raises:
        InputError: the model is not one that plain cells can restate (monthly, sample moments, at most 8 assets,
            bounds 0 and 1, no costs), or an asset has too little history at the first signal.
    """
    _refuse_unsupported(model)
    progress("back-test")
    result = ax.backtest(prices, model, end=end)
    dates, levels = _month_ends(prices, model, result)
    returns = simple_returns(levels)
    run = _unbroken(np.isfinite(returns).all(axis=1))
    signals = result.targets.index.to_numpy().astype("datetime64[D]")
    positions = np.searchsorted(dates, signals) - 1
    windows = np.asarray(result.windows.to_numpy(), dtype=np.int64)
    _refuse_short(model, windows, np.minimum(run[positions], model.window), signals[0])
    weights = np.vstack([result.weights.to_numpy(), result.current.to_numpy()])
    targets, index_returns, earned = (
        np.asarray(series.to_numpy(), dtype=np.float64)
        for series in (result.targets, result.returns, result.benchmark_returns)
    )
    progress("certificates")
    proofs = [
        _multipliers(returns[p + 1 - n : p + 1, :-1], w, float(target))
        for p, n, w, target in zip(positions, windows, weights, targets, strict=True)
    ]
    beta = np.full(index_returns.size, np.nan)
    if index_returns.size >= ROLLING:
        beta[ROLLING - 1 :] = np.asarray(rolling_beta(index_returns, earned, ROLLING))
    own = result.benchmark_returns
    return IndexData(
        model=model,
        label=str(prices.attrs.get("label", "")),
        dates=dates,
        levels=levels[:, :-1],
        benchmark=levels[:, -1],
        returns=returns[:, :-1],
        benchmark_returns=returns[:, -1],
        run=run,
        positions=positions,
        windows=windows,
        weights=weights,
        targets=targets,
        multipliers=np.array(proofs),
        index_returns=index_returns,
        rolling_beta=beta,
        statistics=ax.statistics(result.returns, own).as_dict(),
        benchmark_statistics=ax.statistics(own, own.rename("benchmark")).as_dict(),
        events=dict(result.events["kind"].value_counts()),
    )


def _month_ends(prices: pd.DataFrame, model: ax.Model, result: ax.BacktestResult) -> tuple[DateArray, FloatArray]:
    """Dates and levels (the benchmark last) of the last trading day of each month."""
    table = prices.loc[: result.current.name, [*model.universe, model.benchmark]].dropna(subset=[model.benchmark])
    days = table.index.to_numpy().astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    last = np.append(months[1:] != months[:-1], True)
    return days[last], table.to_numpy(dtype=np.float64)[last]


def _refuse_short(model: ax.Model, windows: IntArray, by_rule: IntArray, first: np.datetime64) -> None:
    """One window must serve all assets at each date."""
    if (windows != by_rule).any():
        raise InputError(
            f"prices: expected at least {model.minimum_history} monthly returns of every asset at the first signal "
            f"{first}, so that one window serves all; supply a longer history"
        )


def _refuse_unsupported(model: ax.Model) -> None:
    wanted = {
        "frequency": "M", "rebalance": "M", "missing": "common_window", "covariance": "sample",
        "expected_returns": "mean", "lower": 0.0, "upper": 1.0, "execution_lag": 0, "fee": 0.0, "cost_bps": 0.0,
        "fallback": ("min_risk",),
    }  # fmt: skip
    for name, value in wanted.items():
        if getattr(model, name) != value:
            raise InputError(
                f"{name}: expected {value!r} for the workbook in plain cells, got {getattr(model, name)!r} "
                f"in model {model.name}"
            )
    if len(model.universe) > LARGEST:
        raise InputError(
            f"universe: expected at most {LARGEST} assets for the optimiser in plain cells, got {len(model.universe)}"
        )


def _unbroken(complete: Any) -> IntArray:
    rows = np.arange(1, complete.size + 1)
    return np.asarray(rows - np.maximum.accumulate(np.where(complete, 0, rows)))


def _multipliers(window: FloatArray, weights: FloatArray, target: float) -> tuple[float, float, float]:
    proof = ax.certificate(
        weights, ax.expected_returns(window), ax.covariance(window), max(target, _risk(window, weights))
    )
    if proof.form == MINIMUM_VARIANCE_FORM:
        return 1.0, -proof.budget_multiplier, 0.0
    return proof.risk_multiplier, proof.budget_multiplier, 1.0


def _risk(window: FloatArray, weights: FloatArray) -> float:
    return float((window @ weights).std(ddof=1))
