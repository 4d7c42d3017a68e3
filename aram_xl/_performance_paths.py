"""What happens along the way: drawdowns one by one, rolling windows, growth of 100."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aram_xl import _moments
from aram_xl._performance_panel import MONTHS, Panel
from aram_xl._performance_table import Basis, Cell, Column, PerformanceTable, Unit, cell_of
from aram_xl._series import read_dates, read_returns
from aram_xl.errors import InputError
from aram_xl.performance import NOT_SUPPLIED
from aram_xl.returns import detect_frequency
from aram_xl.types import BoolArray, DateArray, FloatArray, Table, frozen

ROUNDING = 1e-12
"""A level this little below its peak has recovered: a chain of returns rounds by 1e-16 a step."""

DRAWDOWN_COLUMNS = [
    Column("rank", "Rank", "count", "1 is the deepest"),
    Column("depth", "Depth", "decimal", "1 - lowest level / earlier peak; the start value is a peak"),
    Column("start", "Start", "date", "first period end below the peak"),
    Column("trough", "Trough", "date", "period end of the lowest level"),
    Column("recovery", "Recovery", "date", "first period end at the peak or above; empty: not recovered"),
    Column("to_trough", "Periods down", "count", "periods from start to trough, both counted"),
    Column("to_recovery", "Periods back", "count", "periods after the trough up to the recovery"),
]


def drawdown_table(returns: Table, top: int = 5, *, dates: Any = None) -> PerformanceTable:
    """The deepest drawdowns of each series, measured at the frequency of the series, whatever it is.

    Args:
        returns: (n_periods,) or (n_periods, n_series) simple returns, decimals.
        top: drawdowns per series, the deepest first; of equal ones the earlier.
        dates: (n_periods,) days, for arrays.

    Returns:
        One row per drawdown; ``basis.frequency`` says at what frequency they were measured.

    Raises:
        InputError: a missing value, no dates, or dates of no known frequency.
        TooShortError: fewer than three periods.
    """
    days = read_dates({"returns": returns}, dates)
    if days is None:
        raise InputError("dates: expected one date per row of returns, got none; drawdowns are dated")
    table = read_returns(returns, "returns", days)
    if days.size != table.values.shape[0]:
        raise InputError(f"dates: expected {table.values.shape[0]}, one per row of returns, got {days.size}")
    if not (np.diff(days).astype(np.int64) > 0).all():
        raise InputError("dates: expected ascending dates without duplicates; sort the table by date")
    ranks = drawdown_ranks(table.values, days, top)
    moments = days.astype(object)
    return PerformanceTable(
        key="drawdowns",
        title="Drawdowns",
        rows=tuple(name for name, found in zip(table.names, ranks, strict=True) for _ in found),
        columns=tuple(DRAWDOWN_COLUMNS),
        cells=tuple(row for found in ranks for row in found),
        basis=Basis(moments[0], moments[-1], days.size, detect_frequency(days), NOT_SUPPLIED, "zero", "any"),
    )


def drawdown_ranks(values: FloatArray, days: DateArray, top: int) -> list[list[tuple[Cell, ...]]]:
    """Rows of ``DRAWDOWN_COLUMNS`` for each column of (n_periods, n_series) returns.

    A series without a drawdown has one row with a depth of 0 and no dates.
    """
    check_top(top)
    level = np.vstack([np.ones(values.shape[1]), np.cumprod(1.0 + values, axis=0)])
    depth = (1.0 - level / np.maximum.accumulate(level, axis=0))[1:]
    return [_deepest(depth[:, i], days, top) for i in range(values.shape[1])]


def _deepest(depth: FloatArray, days: DateArray, top: int) -> list[tuple[Cell, ...]]:
    below: BoolArray = np.concatenate([[False], depth > ROUNDING, [False]])
    starts, ends = np.flatnonzero(~below[:-1] & below[1:]), np.flatnonzero(below[:-1] & ~below[1:])
    lows = [int(start + depth[start:end].argmax()) for start, end in zip(starts, ends, strict=True)]
    order = sorted(range(len(lows)), key=lambda i: -depth[lows[i]])[:top]
    day = days.astype(object)
    rows: list[tuple[Cell, ...]] = []
    for rank, i in enumerate(order, start=1):
        start, low, end = int(starts[i]), lows[i], int(ends[i])
        back = (day[end], end - low) if end < depth.size else (None, None)
        rows.append((rank, float(depth[low]), day[start], day[low], back[0], low - start + 1, back[1]))
    return rows or [(1, 0.0, None, None, None, None, None)]


def check_top(top: int) -> None:
    """Refuse a number of ranks that is none."""
    if isinstance(top, bool) or not isinstance(top, int | np.integer) or top < 1:
        raise InputError(f"top: expected a whole number of at least 1, got {top!r}")


@dataclass(frozen=True, eq=False, slots=True)
class Rolling:
    """Statistics over each run of ``window`` months, at the month it ends; NaN until there are enough."""

    window: int
    dates: DateArray
    names: tuple[str, ...]
    """(n_series,) own series, then the hurdles that were supplied."""
    alpha: FloatArray
    """(n_months, n_series) ``(1 + intercept)^12 - 1``; of excess returns under the standard convention."""
    beta: FloatArray
    correlation: FloatArray
    risk: FloatArray
    """(n_months, n_series) sample standard deviation of total returns, times the root of 12."""
    basis: Basis

    def __post_init__(self) -> None:
        shape = (self.dates.size, len(self.names))
        object.__setattr__(self, "dates", frozen(self.dates, "datetime64[D]"))
        for name in ("alpha", "beta", "correlation", "risk"):
            values = getattr(self, name)
            if values.shape != shape:
                raise InputError(f"{name}: expected shape {shape}, got {values.shape}")
            object.__setattr__(self, name, frozen(values))

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: one list per series and statistic, null until there are enough months."""
        return {
            "window": self.window,
            "dates": [str(day) for day in self.dates],
            "series": [
                {
                    "name": name,
                    **{
                        key: [cell_of(value) for value in getattr(self, key)[:, i]]
                        for key in ("alpha", "beta", "correlation", "risk")
                    },
                }
                for i, name in enumerate(self.names)
            ],
            "basis": self.basis.as_dict(),
        }


def rolling(panel: Panel, window: int) -> Rolling:
    """Alpha, beta, correlation and risk over every run of ``window`` months, one regression a window."""
    alpha, beta, correlation, risk = np.full((4, *panel.values.shape), np.nan)
    excess, market = panel.excess, panel.excess_benchmark
    for end in range(window, panel.dates.size + 1):
        months = slice(end - window, end)
        found = _moments.joint(excess[months], market[months])
        alpha[end - 1] = _moments.compounded(found.intercept, MONTHS)
        beta[end - 1] = found.beta
        correlation[end - 1] = found.correlation
        risk[end - 1] = _moments.mean_and_stdev(panel.values[months])[1] * np.sqrt(MONTHS)
    return Rolling(window, panel.dates, panel.names, alpha, beta, correlation, risk, panel.basis)


def rolling_range(panel: Panel, found: Rolling) -> PerformanceTable:
    """Where the rolling statistics stand at the end of the sample, and between what bounds they moved."""
    last = f"of the last {found.window} months"
    columns = []
    shown: tuple[tuple[str, str, Unit], ...] = (("beta", "Beta", "coefficient"), ("risk", "Risk a year", "decimal"))
    for key, label, unit in shown:
        values = getattr(found, key)
        there = ~np.isnan(values)
        columns += [
            (Column(key, label, unit, f"{key} {last}"), values[-1]),
            (
                Column(f"{key}_lowest", f"{label}, lowest", unit, f"least {key} of any window"),
                _or_nothing(np.where(there, values, np.inf).min(axis=0)),
            ),
            (
                Column(f"{key}_highest", f"{label}, highest", unit, f"greatest {key} of any window"),
                _or_nothing(np.where(there, values, -np.inf).max(axis=0)),
            ),
        ]
    columns += [
        (Column("alpha", "Alpha a year", "decimal", f"alpha {last}"), found.alpha[-1]),
        (Column("correlation", "Correlation", "coefficient", f"correlation {last}"), found.correlation[-1]),
    ]
    windows = max(found.dates.size - found.window + 1, 0)
    note = f"{windows} windows of {found.window} months, one ending with each month."
    about = (f"rolling_{found.window}", f"Rolling {found.window} months", panel.basis.convention)
    return panel.table(about, columns, (note,))


def _or_nothing(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, np.nan)


def growth_of_100(panel: Panel) -> tuple[DateArray, FloatArray]:
    """Levels that start at 100 on the last day of the month before the sample: (n_months + 1,) and a column each."""
    first = panel.dates[:1].astype("datetime64[M]").astype("datetime64[D]") - 1
    levels = np.vstack([np.ones(panel.values.shape[1]), np.cumprod(1.0 + panel.values, axis=0)])
    return np.append(first, panel.dates), 100.0 * levels
