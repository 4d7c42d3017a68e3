"""Between decisions: weights drift, returns are earned, trades cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl._models import Model
from aram_xl._walk_forward_types import Decisions, Holdings, Market
from aram_xl.errors import InputError
from aram_xl.returns import PERIODS_PER_YEAR, period_number
from aram_xl.types import DateArray, FloatArray, IntArray


def hold(market: Market, model: Model, decisions: Decisions, names: tuple[str, ...]) -> Holdings:
    """Earn the returns of the periods between signals; rows without a trade are filled with what has drifted.

    Raises:
        InputError: an asset that is held has no price when its return is earned.
    """
    rows, weights = decisions.rows, decisions.weights
    levels = np.column_stack([market.levels, market.benchmark])
    trades_at = trade_rows(rows, model, len(levels))
    held = weights.copy()
    for i in np.flatnonzero(np.isnan(weights).any(axis=1)):  # no trade: what has been held drifts on
        drifted = drift(levels, held[i - 1 : i], (trades_at[i - 1 : i], rows[i : i + 1], trades_at[i : i + 1]))
        weights[i], held[i] = drifted.at_signal[0], drifted.at_trade[0]
    drifted = drift(levels, held[:-1], (trades_at[:-1], rows[1:], trades_at[1:]))
    growth = drifted.earned.copy()
    growth[1:] *= drifted.waited[:-1]  # from the signal to the trade the weights before it are held
    if np.isnan(growth).any():
        _refuse_hole(market.dates, levels, held, (rows, trades_at), names)
    before = np.vstack([np.zeros_like(held[:1]), drifted.at_trade[:-1]])
    traded = np.abs(held[:-1] - before).sum(axis=1)
    cost = model.cost_bps * 1e-4 * traded
    if not model.charge_first_purchase:
        cost[0] = 0.0
    # Skipped signals make one holding period of several: the fee runs on.
    passed = rows if model.rebalance == "D" else period_number(market.dates[rows], model.rebalance)
    fee = 1.0 - (1.0 - model.fee) ** (np.diff(passed) / PERIODS_PER_YEAR[model.rebalance])
    return Holdings(growth - 1.0, (1.0 - cost) * (1.0 - fee) * growth - 1.0, 0.5 * traded, cost)


def trade_rows(rows: IntArray, model: Model, days: int) -> IntArray:
    """The rows of the market table on which the signals are traded."""
    return np.minimum(rows + model.execution_lag, days - 1)


class Drift(NamedTuple):
    """What becomes of weights from a trade to the next."""

    earned: FloatArray
    """(n_periods,) growth from the trade to the next signal ..."""
    waited: FloatArray
    """... and from there to the next trade."""
    at_signal: FloatArray
    """(n_periods, n_assets + 1) drifted weights at the next signal ..."""
    at_trade: FloatArray
    """... and just before the next trade."""


def drift(levels: FloatArray, weights: FloatArray, rows: tuple[IntArray, IntArray, IntArray]) -> Drift:
    """Let weights drift from a trade to the next signal and on to the next trade; NaN where a price is missing."""
    bought, signal, sold = rows
    value = _times(weights, levels[signal] / levels[bought])
    earned = value.sum(axis=1)
    at_signal = value / earned[:, None]
    value = _times(at_signal, levels[sold] / levels[signal])
    waited = value.sum(axis=1)
    return Drift(earned, waited, at_signal, value / waited[:, None])


def _times(weights: FloatArray, growth: FloatArray) -> FloatArray:
    """Weights times growth, where the growth of an asset that is not held does not matter."""
    return np.where(weights != 0.0, weights * growth, 0.0)


def _refuse_hole(
    dates: DateArray, levels: FloatArray, held: FloatArray, when: tuple[IntArray, IntArray], names: tuple[str, ...]
) -> None:
    rows, trades_at = when
    for i in range(rows.size - 1):
        for row in (trades_at[i], rows[i + 1], trades_at[i + 1]):
            for j in np.flatnonzero((held[i] != 0.0) & np.isnan(levels[row])):
                raise InputError(
                    f"prices: expected a price of {names[j]} on {dates[row]}, where it is held, got an empty cell; "
                    "supply the price, or leave the asset out of the universe"
                )
