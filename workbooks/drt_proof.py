"""Multipliers that prove weights optimal under a card's limits, found from the weights themselves.

The first-order conditions are linear in the multipliers once it is known which limits bind, and all but the
budget's have a sign: a non-negative least-squares problem whose residual is rounding exactly where the weights are
optimal. Where turnover binds, a holding is split into what is kept and what is bought, ``w = kept + bought``; only
what is bought costs the turnover multiplier.

Source: Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from aram_xl.types import BoolArray, FloatArray, IntArray

AT_LIMIT = 1e-9
"""Distance in weight, or relative distance in risk, below which a limit counts as binding."""

EXACT = 1e-9
"""Largest residual, per unit of the spread of expected returns, of multipliers that are taken."""


class Restrictions(NamedTuple):
    """A card's limits on its assets."""

    lower: FloatArray
    upper: FloatArray
    members: FloatArray
    """(n_groups, n_assets) of 0 and 1."""
    least: FloatArray
    greatest: FloatArray
    turnover: float | None


class Multipliers(NamedTuple):
    """``f mean - k Sw/risk - members'y - price - g`` is 0 where nothing else binds; price is 0 to ``turnover``."""

    form: float
    """f: 1, or 0 where no finite price of risk exists; then k is 1."""
    risk: float
    budget: float
    turnover: float
    groups: FloatArray


class _Rows(NamedTuple):
    """First-order conditions: of assets, or of what is kept and bought of each."""

    asset: IntArray
    bought: BoolArray
    can_rise: BoolArray
    can_fall: BoolArray


def multipliers(
    moments: tuple[FloatArray, FloatArray], weights: FloatArray, before: FloatArray | None, target: float,
    limits: Restrictions,
) -> Multipliers:  # fmt: skip
    """Multipliers of the weights of one signal; ``before``: drifted weights, None for the first purchase."""
    mean, covariance = moments
    gradient = covariance @ weights
    risk = float(np.sqrt(weights @ gradient))
    per_risk = gradient / risk if risk > 0.0 else np.zeros(mean.size)
    rows = _rows(weights, before, limits)
    asset = rows.asset
    totals = limits.members @ weights
    binding = [
        (sign, g)
        for sign, limit in ((1.0, limits.greatest), (-1.0, limits.least))
        for g, (total, bound) in enumerate(zip(totals, limit, strict=True))
        if abs(total - bound) <= AT_LIMIT
    ]
    sides = [sign * limits.members[g][asset] for sign, g in binding]
    ones, own = np.ones(asset.size), np.eye(asset.size)
    common = [ones, -ones, *([rows.bought * 1.0] if rows.bought.any() else []), *sides]
    slack = [*-own[~rows.can_fall], *own[~rows.can_rise]]
    spread = float(np.ptp(mean)) or 1.0
    for form in (1.0, 0.0):
        priced = form == 1.0 and risk >= target * (1.0 - AT_LIMIT)
        columns = [*([per_risk[asset]] if priced else []), *common, *slack]
        wanted = mean[asset] if form else -per_risk[asset]
        scale = float(np.abs(wanted).max()) or 1.0
        found, residual = nnls(np.array(columns).T, wanted / scale)
        if residual * scale <= EXACT * (spread if form else scale) or not form:
            break
    found = found * scale
    k = found[0] if priced else 1.0 - form
    rest = found[1:] if priced else found
    budget, rest = rest[0] - rest[1], rest[2:]
    price = float(rest[0]) if rows.bought.any() else 0.0
    of_groups = np.zeros(len(limits.members))
    for (sign, g), value in zip(binding, rest[int(rows.bought.any()) :], strict=False):
        of_groups[g] += sign * value
    return Multipliers(form, float(k), float(budget), price, of_groups)


def _rows(weights: FloatArray, before: FloatArray | None, limits: Restrictions) -> _Rows:
    """A condition per asset, or, where turnover binds, per kept and per bought part that has room."""
    every = np.arange(weights.size)
    traded = 0.0 if before is None else 0.5 * float(np.abs(weights - before).sum())
    if before is None or limits.turnover is None or traded < limits.turnover - AT_LIMIT:
        whole = (limits.lower, limits.upper)
        return _Rows(every, np.zeros(every.size, dtype=bool), *_sides(weights, *whole))
    kept, bought = np.minimum(weights, before), np.maximum(weights - before, 0.0)
    low = np.concatenate([np.minimum(limits.lower, before), np.maximum(limits.lower - before, 0.0)])
    high = np.concatenate([np.minimum(limits.upper, before), np.maximum(limits.upper - before, 0.0)])
    can_rise, can_fall = _sides(np.concatenate([kept, bought]), low, high)
    room = np.flatnonzero(high > 0.0)
    return _Rows(np.tile(every, 2)[room], (room >= every.size), can_rise[room], can_fall[room])


def _sides(values: FloatArray, low: FloatArray, high: FloatArray) -> tuple[BoolArray, BoolArray]:
    """What could be raised, and what could be lowered; a cap of 1 follows from the budget."""
    return (values < high - AT_LIMIT) | (high >= 1.0), values > low + AT_LIMIT
