"""All numbers of the fund-check workbook, computed before a cell is written: the engine's, and the columns beside."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import aram_xl as ax
from aram_xl.activeness import Activeness, ActivenessSettings, judge_activeness
from aram_xl.errors import InputError
from aram_xl.types import BoolArray, FloatArray
from workbooks.subsets import LARGEST

if TYPE_CHECKING:
    import pandas as pd

ROOM = 240
"""Months that the sheets have room for, at least: 20 years."""

FEWEST_PASSIVE = 2

MONTHS = 12

SAMPLE_MODELS = {
    "FI-Scalable IG back-test (hypothetical)": "fi-scalable-ig",
    "Active index (hypothetical)": "active-index-ig",
}
"""The models whose back-tests stand for a fund and for the active index where the user has supplied nothing."""

SAMPLE_PASSIVE = ("SHY", "IEF", "TLT", "TIP", "LQD", "HYG", "MBB", "SPY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column of a table of returns is what."""

    fund: str
    benchmark: str
    passive: tuple[str, ...]
    t_bills: str | None = None
    active_index: str | None = None


def columns_of(
    names: Sequence[str],
    benchmark: str | None,
    *,
    fund: str | None = None,
    t_bills: str | None = None,
    active_index: str | None = None,
    passive: Sequence[str] | None = None,
) -> Columns:
    """Roles of columns: without a name the fund is the first column that is no reference, the passive ones the rest.

    Raises:
        InputError: a column that is not there or has two roles, no benchmark, too few or too many passive series.
    """
    if benchmark is None:
        raise InputError("benchmark: expected the column to measure against, got none; name it")
    given = [name for name in (fund, benchmark, t_bills, active_index, *(passive or ())) if name is not None]
    for name in given:
        if name not in names:
            raise InputError(f"columns: expected one of {', '.join(names)}, got {name!r}")
        if given.count(name) > 1:
            raise InputError(f"columns: expected one role for each column, got two for {name}")
    free = [name for name in names if name not in given]
    if fund is None:
        if not free:
            raise InputError("fund: expected a column that is no reference, got none; supply the fund's returns")
        fund, *free = free
    mix = tuple(free if passive is None else passive)
    if not FEWEST_PASSIVE <= len(mix) <= LARGEST:
        raise InputError(
            f"passive: expected {FEWEST_PASSIVE} to {LARGEST} series for the mix in plain cells, got {len(mix)}; "
            "name the columns that the mix may hold"
        )
    return Columns(fund=fund, benchmark=benchmark, passive=mix, t_bills=t_bills, active_index=active_index)


def sample_returns(end: str) -> tuple[pd.DataFrame, Columns]:
    """Returns of the built-in sample: a model's back-test as the fund, that of the active index as a hurdle."""
    prices = ax.sample_prices()
    fund, index = SAMPLE_MODELS
    tests = {name: ax.backtest(prices, ax.load_model(model), end=end).returns for name, model in SAMPLE_MODELS.items()}
    months = ax.period_returns(prices, "M").reindex(tests[fund].index)
    table = months[["AGG", *SAMPLE_PASSIVE, "BIL"]].assign(**tests)
    what = "HYPOTHETICAL: fund and active index are back-tests of models, not the record of an account"
    table.attrs = {"label": f"{prices.attrs['label']}. {what}"}
    return table, Columns(fund=fund, benchmark="AGG", passive=SAMPLE_PASSIVE, t_bills="BIL", active_index=index)


@dataclass(frozen=True, eq=False, slots=True)
class FundData:
    """What the workbook shows; NaN where a cell is empty."""

    columns: Columns
    label: str
    dates: FloatArray
    """(n_rows,) serial numbers of days, NaN below the last."""
    fund: FloatArray
    benchmark: FloatArray
    passive: FloatArray
    """(n_rows, n_passive)"""
    t_bills: FloatArray
    active_index: FloatArray
    settings: ActivenessSettings
    engine: Activeness

    @property
    def rows(self) -> int:
        """Months that the sheets have room for."""
        return int(self.dates.size)

    @property
    def subtract(self) -> float:
        """1 where T-bills are subtracted."""
        return float(self.settings.convention == "standard")

    @property
    def weights(self) -> FloatArray:
        """(n_passive,) the engine's mix."""
        return np.array([weight for _, weight in self.engine.style_weights])


def fund_data(
    returns: pd.DataFrame,
    columns: Columns,
    settings: ActivenessSettings,
    end: datetime.date | str | None,
    progress: Callable[[str], None],
) -> FundData:
    """Judge the fund and collect what its workbook shows.

    Raises:
        InputError, TooShortError: see `aram_xl.activeness.judge_activeness`.
    """
    from workbooks.sheet import excel_date

    progress("verdict")
    table = returns.loc[:end]
    others = {
        name: None if column is None else table[column]
        for name, column in (("t_bills", columns.t_bills), ("active_index", columns.active_index))
    }
    engine = judge_activeness(
        table[[columns.fund]],
        table[columns.benchmark],
        passive=table[list(columns.passive)],
        settings=settings,
        **others,
    )[0]
    rows = max(ROOM, MONTHS * -(-len(table) // MONTHS))

    def padded(values: FloatArray) -> FloatArray:
        room = np.full((rows, *values.shape[1:]), np.nan)
        room[: len(values)] = values
        return room

    def column(name: str | None) -> FloatArray:
        return padded(table[name].to_numpy(dtype=np.float64) if name else np.empty(0))

    return FundData(
        columns=columns,
        label=str(returns.attrs.get("label", "")),
        dates=padded(excel_date(table.index.to_numpy())),
        fund=column(columns.fund),
        benchmark=column(columns.benchmark),
        passive=padded(table[list(columns.passive)].to_numpy(dtype=np.float64)),
        t_bills=column(columns.t_bills),
        active_index=column(columns.active_index),
        settings=settings,
        engine=engine,
    )


class Months(NamedTuple):
    """The columns of Calc_Sample, (n_rows,) each unless stated; NaN outside the sample, counters 0."""

    there: BoolArray
    left: FloatArray
    """Months to the end of the sample, this one included."""
    year: FloatArray
    total: FloatArray
    y: FloatArray
    x: FloatArray
    deviation: FloatArray
    residual: FloatArray
    mix: FloatArray
    gap: FloatArray
    """Fund less mix."""
    gaps: FloatArray
    """(n_rows, n_passive) fund less each passive series."""
    betas: tuple[FloatArray, FloatArray]
    """Over 12 and 36 months."""

    @property
    def size(self) -> int:
        """Number of months."""
        return int(self.there.sum())

    def own(self, values: FloatArray) -> FloatArray:
        """The rows of the sample."""
        return np.asarray(values[self.there])


def months_of(data: FundData, windows: tuple[int, int]) -> Months:
    """The sample month by month, from the plain definitions."""
    both = np.isfinite(data.fund) & np.isfinite(data.benchmark) & np.isfinite(data.passive).all(axis=1)
    there = both & (np.isfinite(data.t_bills) | (data.subtract == 0.0))
    left = np.where(there, there[::-1].cumsum()[::-1], 0).astype(np.float64)
    years = max(int(there.sum()) // MONTHS, 1)
    year = np.where(there, np.minimum((left - 1.0) // MONTHS + 1.0, years), 0.0)
    total = np.where(there, data.fund, np.nan)
    rate = data.subtract * np.nan_to_num(data.t_bills)
    y, x = total - rate, np.where(there, data.benchmark, np.nan) - rate
    deviation = x - x[there].mean()
    slope = (deviation[there] @ y[there]) / (deviation[there] @ deviation[there])
    mix = np.where(there, data.passive @ data.weights, np.nan)
    rolled = []
    for window in windows:
        betas = np.full(there.size, np.nan)
        for i in range(window - 1, there.size):
            run = slice(i - window + 1, i + 1)
            if there[run].all():
                betas[i] = np.cov(y[run], x[run])[0, 1] / np.var(x[run], ddof=1)
        rolled.append(betas)
    return Months(
        there=there,
        left=left,
        year=year,
        total=total,
        y=y,
        x=x,
        deviation=deviation,
        residual=y - y[there].mean() - slope * deviation,
        mix=mix,
        gap=total - mix,
        gaps=np.where(there[:, None], total[:, None] - data.passive, np.nan),
        betas=(rolled[0], rolled[1]),
    )
