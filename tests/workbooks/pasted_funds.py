"""Funds to paste into the fund check, and the verdict that each must get."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd

from workbooks.__main__ import END
from workbooks.fund_check_data import Columns, sample_returns


@functools.cache
def sample() -> tuple[pd.DataFrame, Columns]:
    return sample_returns(END)


def noise(scale: float, seed: int) -> np.ndarray:
    return scale * np.random.default_rng(seed).standard_normal(len(sample()[0]))


def benchmark() -> np.ndarray:
    return sample()[0]["AGG"].to_numpy()


def years() -> np.ndarray:
    """Places of the years, counted back from the last month."""
    return np.arange(len(sample()[0]))[::-1] // 12


def closet_indexer() -> np.ndarray:
    """The benchmark less 3 basis points a month, followed to 2 basis points."""
    return benchmark() - 0.0003 + noise(0.0002, 1)


def benchmark_plus_noise() -> np.ndarray:
    return benchmark() + noise(0.012, 6)


def active_manager() -> np.ndarray:
    """Twice the benchmark in one year, none of it in the next; no skill."""
    return np.where(years() % 2, 2.0, 0.0) * benchmark() + noise(0.004, 3)


def skilled_manager() -> np.ndarray:
    return 0.8 * benchmark() + 0.006 + noise(0.008, 4)


def unskilled_manager() -> np.ndarray:
    return 0.8 * benchmark() - 0.006 + noise(0.008, 4)


def passive_mix() -> np.ndarray:
    table = sample()[0]
    return (0.6 * table["SPY"] + 0.4 * table["TLT"]).to_numpy() + noise(0.001, 5)


def exact_mix() -> np.ndarray:
    """Nothing is left to tell from chance: no t-value against the mix."""
    table = sample()[0]
    return (0.5 * table["SPY"] + 0.5 * table["SHY"]).to_numpy()


def mix_and_a_constant() -> np.ndarray:
    """The same in every month: no t-value, and no doubt."""
    table = sample()[0]
    return (0.3 * table["SHY"] + 0.7 * table["LQD"]).to_numpy() + 0.0003


def mix_ahead() -> np.ndarray:
    """t near 15 against the mix, and nothing to see against the benchmark."""
    return mix_and_a_constant() + noise(0.0002, 9)


def benchmark_and_a_constant() -> np.ndarray:
    return benchmark() + 0.0005


def benchmark_ahead() -> np.ndarray:
    """t near 25 against the benchmark."""
    return benchmark() + 0.0005 + noise(0.0002, 10)


def lever() -> np.ndarray:
    return 1.2 * benchmark() + 0.001


def late_repeats_one_series() -> np.ndarray:
    fund = sample()[0]["HYG"].to_numpy().copy()
    fund[:42] = np.nan
    return fund


def mirror() -> np.ndarray:
    """Short of what the passive series hold: every mix leaves more variance than a constant."""
    return -0.5 * sample()[0]["SPY"].to_numpy() - 0.01 + noise(0.001, 11)


def repeats_one_series() -> np.ndarray:
    return sample()[0]["SPY"].to_numpy()


def exact_line() -> np.ndarray:
    return 0.9 * benchmark() - 0.0005


def ahead_by_style() -> np.ndarray:
    """T-bills: ahead of a benchmark that fell, not of the mix."""
    return sample()[0]["BIL"].to_numpy()


def late_starter() -> np.ndarray:
    """Nothing before month 51, nothing in the last five: 55 months, too few for five years."""
    fund = benchmark() + noise(0.01, 7)
    fund[:50] = fund[105:] = np.nan
    return fund


def young() -> np.ndarray:
    fund = benchmark() + noise(0.01, 8)
    fund[:80] = np.nan
    return fund


def infant() -> np.ndarray:
    """Eight months: no year, no rolling beta, fewer months than passive series and two more."""
    fund = benchmark() + noise(0.01, 8)
    fund[:102] = np.nan
    return fund


def savings_account() -> np.ndarray:
    return np.full(len(sample()[0]), 0.002)


PASTED: dict[Callable[[], np.ndarray], str] = {
    closet_indexer: "index_like",
    benchmark_plus_noise: "noise",
    active_manager: "active",
    skilled_manager: "alpha",
    unskilled_manager: "negative_alpha",
    passive_mix: "passive_mix",
    exact_mix: "passive_mix",
    mix_and_a_constant: "alpha",
    mix_ahead: "alpha",
    benchmark_and_a_constant: "alpha",
    benchmark_ahead: "alpha",
    lever: "alpha",
    late_repeats_one_series: "passive_mix",
    mirror: "negative_alpha",
    repeats_one_series: "passive_mix",
    exact_line: "index_like",
    ahead_by_style: "style",
    late_starter: "noise",
    young: "too_short",
    infant: "too_short",
    savings_account: "stands_still",
}
"""Each verdict at least once."""
