"""Reports on a back-test: what it was exposed to, whether its risk targets were met, which states it went through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aram_xl._backtest_account import Account, account
from aram_xl._labels import values_of
from aram_xl.errors import InputError
from aram_xl.returns import FREQUENCIES, PERIODS_PER_YEAR, detect_frequency
from aram_xl.types import DateArray, FloatArray, Table

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult

DIMENSIONS = ("asset_class", "sector", "duration", "credit")
"""Columns of the universe table that weights are added up by."""

BAND = (0.5, 1.5)
"""Realised over target risk of a period that counts as met, unless another band is asked for."""

UNKNOWN = "not in the universe table"

NO_RULE = "no rule"


@dataclass(frozen=True, eq=False, slots=True)
class TargetCheck:
    """Realised against target risk, period by period and over all. Volatilities are per period of the estimation."""

    periods: pd.DataFrame
    """Signal dates x (target, ex_ante, realised, ratio, ex_ante_ratio, inside, n_returns); NaN and False where a period
    has fewer than two returns inside it or there is no target."""
    band: tuple[float, float]
    ratio: float
    """Over all: sample stdev of the period returns / root mean square of the targets; NaN below two periods."""
    ex_ante_ratio: float
    """The same over the root mean square of the ex-ante risks, which are below targets that do not bind."""
    scaling: str
    """How realised risk was brought to the scale of the target, in words."""

    @property
    def n(self) -> int:
        """Periods with a ratio."""
        return int(self.periods["ratio"].notna().sum())

    @property
    def mean(self) -> float:
        """Mean of the ratios of the periods."""
        return float(self.periods["ratio"].mean())

    @property
    def spread(self) -> float:
        """Sample stdev of the ratios of the periods."""
        return float(self.periods["ratio"].std(ddof=1))

    @property
    def share_inside(self) -> float:
        """Share of the periods with a ratio whose ratio lies inside the band, its ends included; NaN without any."""
        return float(self.periods["inside"].sum() / self.n) if self.n else float("nan")


def target_check(result: BacktestResult, prices: Table, band: tuple[float, float] = BAND) -> TargetCheck:
    """Was the target met? Target, ex-ante and realised risk of every period that has been earned.

    Realised risk is the sample standard deviation of the returns, row by row of ``prices``, of what was held and
    drifted within the period, gross; times the root of the rows in a period of the estimation.

    Args:
        result: of `aram_xl.backtest`.
        prices: the table that it was made from.
        band: least and greatest realised / target that count as met.

    Raises:
        InputError: the band is no interval of positive numbers, or ``prices`` is not the table of the back-test.
    """
    import pandas as pd

    low, high = band
    if not 0.0 <= low < high < np.inf:
        raise InputError(f"band: expected two numbers, the least first, got {low:g} and {high:g}")
    model = result.model
    followed = account(result, prices)
    counts, deviations = _within(followed)
    factor, scaling = row_scaling(followed.dates, model.frequency)
    realised = deviations * np.sqrt(factor)
    target, ex_ante = values_of(result.targets, "targets")[:-1], values_of(result.risks, "risks")[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(target > 0.0, realised / target, np.nan)
        ex_ante_ratio = np.where(ex_ante > 0.0, realised / ex_ante, np.nan)
    table = {
        "target": target,
        "ex_ante": ex_ante,
        "realised": realised,
        "ratio": ratio,
        "ex_ante_ratio": ex_ante_ratio,
        "inside": (ratio >= low) & (ratio <= high),
        "n_returns": counts,
    }
    scale = np.sqrt(PERIODS_PER_YEAR[model.frequency] / PERIODS_PER_YEAR[model.rebalance])
    overall = float(result.gross_returns.std(ddof=1)) / scale if len(target) > 1 else float("nan")
    return TargetCheck(
        periods=pd.DataFrame(table, result.weights.index),
        band=(float(low), float(high)),
        ratio=overall / _root_mean_square(target),
        ex_ante_ratio=overall / _root_mean_square(ex_ante),
        scaling=scaling,
    )


def exposures(result: BacktestResult, universe: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Weights at every signal, the current ones last, added up by what the universe table says of the tickers.

    Args:
        result: of `aram_xl.backtest`.
        universe: see `aram_xl.load_universe`.

    Returns:
        For each of asset_class, sector, duration and credit: signal dates x texts of the table, each row with the sum
        of the weights; a ticker that the table lacks is a column of its own, ``TICKER (not in the universe table)``.
    """
    import pandas as pd

    names, index = [str(name) for name in result.weights.columns], result.targets.index
    values = np.vstack([result.weights.to_numpy(), result.current.to_numpy()])
    tables = {}
    for dimension in DIMENSIONS:
        known = universe[dimension].to_dict()
        labels = [str(known.get(name, f"{name} ({UNKNOWN})")) for name in names]
        order = list(dict.fromkeys(labels))
        summed = [values[:, [label == one for label in labels]].sum(axis=1) for one in order]
        tables[dimension] = pd.DataFrame(dict(zip(order, summed, strict=True)), index)
    return tables


def exposure_table(found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The tables of `exposures` side by side, columns ``sector: treasury`` and so on."""
    import pandas as pd

    columns = {f"{name}: {text}": table[text].to_numpy() for name, table in found.items() for text in table}
    return pd.DataFrame(columns, found[DIMENSIONS[0]].index)


def state_counts(result: BacktestResult) -> dict[str, int]:
    """How many signals each state of the rule decided, in the order of the rule; 0 for states that were never reached.

    The last signal, which has not earned yet, is counted too.
    """
    rule = result.model.rule
    if rule is None:
        return {NO_RULE: len(result.targets)}
    counts = dict.fromkeys((row.state for row in rule.rows), 0)
    for decision in result.decisions:
        counts[decision.state] = counts.get(decision.state, 0) + 1
    return counts


def charges(result: BacktestResult) -> str:
    """Fee and costs in words, for the head of every table of a back-test."""
    model = result.model
    return f"fee {100 * model.fee:g} % a year, costs {model.cost_bps:g} bp of each amount bought or sold"


def row_scaling(dates: DateArray, frequency: str) -> tuple[float, str]:
    """Rows of the prices in a period of the estimation, and what was done, in words; NaN for rows of no rhythm."""
    try:
        rhythm = detect_frequency(dates)
    except InputError:
        return float("nan"), "not measured: the prices are neither daily nor weekly, monthly or quarterly"
    factor, rows = PERIODS_PER_YEAR[rhythm] / PERIODS_PER_YEAR[frequency], FREQUENCIES[rhythm]
    return factor, (
        f"sample standard deviation of the {rows} returns of the drifting holdings within the period, times the root "
        f"of {factor:.4g}, the {rows} returns in one of the {FREQUENCIES[frequency]} returns of the estimation"
    )


def _within(followed: Account) -> tuple[FloatArray, FloatArray]:
    """For each period the number of returns inside it, and their sample stdev, NaN for fewer than two."""
    growth = followed.gross[1:] / followed.gross[:-1] - 1.0
    counts, deviations = [], []
    for start, end in zip(followed.signals[:-1], followed.signals[1:], strict=True):
        inside = growth[start:end]
        inside = inside[np.isfinite(inside)]
        counts.append(inside.size)
        deviations.append(inside.std(ddof=1) if inside.size > 1 else np.nan)
    return np.array(counts, dtype=np.float64), np.array(deviations)


def _root_mean_square(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.sqrt((known**2).mean())) if known.size else float("nan")
