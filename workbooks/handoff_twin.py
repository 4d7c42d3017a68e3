"""The steps of the hand-off as its cells take them: numbers for the cells between the inputs and the answers.

Remainders are rounded, because cells count in binary fractions where the engine counts in whole numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.handoff_data import Answer, Given

PLACES, MONEY_PLACES = 9, 6
"""Decimal places that steps and shares, and money, are compared at."""


class Rounding(NamedTuple):
    """Lines of Calc_Round, each (n_assets,)."""

    share: float
    steps: float
    exact_weights: FloatArray
    exact: FloatArray
    most: FloatArray
    cut: FloatArray
    remainder: FloatArray
    room: FloatArray
    rank: FloatArray
    extra: FloatArray
    rounded: FloatArray
    weights: FloatArray


class Purchase(NamedTuple):
    """Whole shares for the money there is: rows of accounts; by rank from ``asset`` to ``spent``."""

    exact: FloatArray
    whole: FloatArray
    most: FloatArray
    remainder: FloatArray
    room: FloatArray
    rank: FloatArray
    asset: FloatArray
    price: FloatArray
    budget: FloatArray
    """(n_accounts,)"""
    bought: FloatArray
    spent: FloatArray
    extra: FloatArray
    shares: FloatArray


class Split(NamedTuple):
    """A block and its parts: rows of accounts, but ``ordered`` and ``block`` (n_assets,)."""

    ordered: FloatArray
    block: FloatArray
    exact: FloatArray
    whole: FloatArray
    remainder: FloatArray
    room: FloatArray
    rank: FloatArray
    parts: FloatArray


class Trading(NamedTuple):
    """From positions to trades: rows of accounts."""

    value: FloatArray
    """(n_accounts,)"""
    held: FloatArray
    cash: FloatArray
    """(n_accounts,) before the trades."""
    gap: FloatArray
    wanted: FloatArray
    small: FloatArray
    left_alone: FloatArray
    kept: FloatArray
    sells: Split
    available: FloatArray
    """(n_accounts,) for purchases."""
    cost: FloatArray
    """(n_accounts,) of the purchases wanted."""
    factor: FloatArray
    """(n_accounts,)"""
    funded: Purchase
    buys: Split
    trades: FloatArray
    cash_after: FloatArray
    """(n_accounts,)"""


class HandoffTwin(NamedTuple):
    """All sheets."""

    rounding: Rounding
    index_rounding: Rounding
    shares: Purchase
    trading: Trading


def twin_of(given: Given, answer: Answer) -> HandoffTwin:
    """The steps between the inputs and the engine's answer."""
    rounding = _rounding(given, 1.0 - given.cash)
    prices = np.nan_to_num(given.prices)
    values = np.nan_to_num(given.values)
    caps = np.where(np.isnan(given.caps), 1.0, given.caps)
    exact = _per_share(answer.rounded * values[:, None], prices)
    most = np.maximum(np.floor(_per_share(caps * values[:, None], prices)), np.floor(exact))
    shares = _purchase(exact, most, prices, answer.rounded.sum() * values)
    return HandoffTwin(rounding, _rounding(given, 1.0), shares, _trading(given, answer, shares.shares))


def _rounding(given: Given, share: float) -> Rounding:
    exact_weights = np.nan_to_num(given.weights) * share
    exact = np.round(exact_weights / given.step, PLACES)
    caps = np.where(np.isnan(given.caps), 1.0, given.caps)
    most = np.floor(np.round(caps / given.step, PLACES))
    cut = np.minimum(np.floor(exact), most)
    remainder = np.round(exact - cut, PLACES)
    room = ((exact > 0) & (cut + 1 <= most)).astype(float)
    steps = round(share / given.step, PLACES)
    rank = _ranks(remainder[None], room[None])[0]
    extra = room * (rank <= steps - cut.sum())
    rounded = cut + extra
    weights = np.round(rounded * given.step, PLACES)
    return Rounding(
        share, steps, exact_weights, exact, most, cut, remainder, room, rank, extra, rounded, weights
    )  # fmt: skip


def _trading(given: Given, answer: Answer, goal: FloatArray) -> Trading:
    prices, values = np.nan_to_num(given.prices), np.nan_to_num(given.values)
    held = np.nan_to_num(given.positions)
    cash = values - held @ prices
    weights = answer.rounded
    worth = np.divide(held * prices, values[:, None], out=np.zeros_like(held), where=values[:, None] > 0)
    gap = np.where(values[:, None] > 0, np.round(np.abs(worth - weights), PLACES), 0.0)
    wanted = np.trunc(np.round(goal - held, PLACES))
    small = np.round(np.abs(wanted) * prices, MONEY_PLACES) < given.minimum
    left_alone = ((weights > 0) & ((gap <= given.band) | small)).astype(float)
    kept = wanted * (1 - left_alone)
    sells = _split(np.maximum(-kept, 0.0), given.lot)
    buys = np.maximum(kept, 0.0)
    available = cash + sells.parts @ prices - (1 - weights.sum()) * values
    cost = buys @ prices
    money = np.maximum(available, 0.0)
    enough = np.round(cost - money, MONEY_PLACES) <= 0
    factor = np.where(enough, 1.0, money / np.where(enough, 1.0, cost))
    funded = _purchase(np.round(buys * factor[:, None], PLACES), buys, prices, available)
    bought = _split(funded.shares, given.lot)
    trades = bought.parts - sells.parts
    return Trading(
        values, held, cash, gap, wanted, small.astype(float), left_alone, kept, sells, available, cost, factor, funded,
        bought, trades, cash - trades @ prices,
    )  # fmt: skip


def _purchase(exact: FloatArray, most: FloatArray, prices: FloatArray, money: FloatArray) -> Purchase:
    whole = np.floor(exact)
    remainder = np.round(exact - whole, PLACES)
    room = ((remainder > 0) & (whole < most)).astype(float)
    rank = _ranks(remainder, room)
    size = exact.shape[1]
    asset = np.zeros_like(exact)
    for i, j in zip(*np.nonzero(rank), strict=True):
        asset[i, int(rank[i, j]) - 1] = j + 1
    price = np.where(asset > 0, prices[asset.astype(int) - 1], 0.0)
    budget = money - whole @ prices
    bought, spent = np.zeros_like(exact), np.zeros_like(exact)
    before = np.zeros(len(exact))
    for k in range(size):
        bought[:, k] = (price[:, k] > 0) & (np.round(budget - before - price[:, k], MONEY_PLACES) >= 0)
        before = spent[:, k] = before + bought[:, k] * price[:, k]
    extra = np.where(rank > 0, np.take_along_axis(bought, np.maximum(rank.astype(int) - 1, 0), axis=1), 0.0)
    return Purchase(
        exact, whole, most, remainder, room, rank, asset, price, budget, bought, spent, extra, whole + extra
    )  # fmt: skip


def _split(wanted: FloatArray, lot: float) -> Split:
    ordered = wanted.sum(axis=0)
    block = np.floor(ordered / lot) * lot
    exact = np.round(np.divide(wanted * block, ordered, out=np.zeros_like(wanted), where=ordered > 0), PLACES)
    whole = np.floor(exact)
    remainder = np.round(exact - whole, PLACES)
    room = (whole < wanted).astype(float)
    rank = _ranks(remainder.T, room.T).T
    parts = whole + room * (rank <= block - whole.sum(axis=0))
    return Split(ordered, block, exact, whole, remainder, room, rank, parts)


def _ranks(remainder: FloatArray, room: FloatArray) -> FloatArray:
    """1 for the largest remainder among those of a row with room, the first of equals first; 0 without room."""
    ranks = np.zeros_like(remainder)
    for i, row in enumerate(remainder):
        order = [j for j in np.argsort(-row, kind="stable") if room[i, j]]
        ranks[i, order] = np.arange(1, len(order) + 1)
    return ranks


def _per_share(money: FloatArray, prices: FloatArray) -> FloatArray:
    """Shares that money buys, 0 where there is no price."""
    bought = np.divide(money, prices, out=np.zeros_like(money), where=prices > 0)
    return np.asarray(np.round(bought, PLACES), dtype=np.float64)
