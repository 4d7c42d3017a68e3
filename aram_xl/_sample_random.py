"""Chance in the sample: streams of seeded numbers with the same bits everywhere, and the paths that they disturb.

Integers of 64 bits, and + - * / on floats only; ``sample`` says why.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from aram_xl.types import FloatArray

SEED = 118
"""Of the first 150 seeds, one that keeps within ``sample.PLAUSIBLE`` and adds no crash to those of the scenario."""


# Chance


def uniform(stream: int, size: int) -> FloatArray:
    """Numbers in [0, 1) from SplitMix64 (Steele, Lea and Flood 2014), a hash of a running counter."""
    count = np.arange(1, size + 1, dtype=np.uint64) + np.uint64(stream * 1_000_003 + SEED) * np.uint64(4096)
    z = count * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 9007199254740992.0  # 2**53


def normal(stream: int, size: int) -> FloatArray:
    """Nearly normal numbers: twelve uniforms, added one after the other, less six; variance exactly 1."""
    total = np.full(size, -6.0)
    for part in range(12):
        total = total + uniform(12 * stream + part, size)
    return total


# Paths


def path_of(days: list[date], anchors: dict[str, float]) -> FloatArray:
    """Straight lines between dated values."""
    ordinals = np.array([day.toordinal() for day in days], dtype=np.float64)
    knots = np.array([date.fromisoformat(text).toordinal() for text in anchors], dtype=np.float64)
    values = np.array(list(anchors.values()), dtype=np.float64)
    left = np.clip(np.searchsorted(knots, ordinals, side="right") - 1, 0, len(knots) - 2)
    share = (ordinals - knots[left]) / (knots[left + 1] - knots[left])
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    path: FloatArray = values[left] + share * (values[left + 1] - values[left])
    return path


def reverting(shocks: FloatArray, pull: float) -> FloatArray:
    """A deviation that loses the share ``pull`` of itself each day and takes the day's shock."""
    path, level = [], 0.0
    for shock in shocks.tolist():
        level = level * (1.0 - pull) + shock
        path.append(level)
    return np.array(path)


def change_of(path: FloatArray) -> FloatArray:
    """Change from the day before; 0 on the first day."""
    change = np.zeros(path.size)
    change[1:] = path[1:] - path[:-1]
    return change


def lag_of(path: FloatArray) -> FloatArray:
    """Value of the day before; on the first day its own."""
    lagged = path.copy()
    lagged[1:] = path[:-1]
    return lagged
