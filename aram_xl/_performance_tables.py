"""The performance tables of any set of monthly return series, hurdles beside them, by a named convention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aram_xl import _moments
from aram_xl._measures import annualised, down_capture, excess_kurtosis, sharpe, skewness, up_capture
from aram_xl._performance_panel import MONTHS, Panel, panel
from aram_xl._performance_paths import (
    DRAWDOWN_COLUMNS,
    Rolling,
    check_top,
    drawdown_ranks,
    rolling,
    rolling_range,
)
from aram_xl._performance_table import Basis, Cell, Column, PerformanceTable
from aram_xl.hurdles import Hurdles
from aram_xl.performance import Convention
from aram_xl.types import BoolArray, FloatArray, Table

WINDOWS = (12, 36)
"""Months of the rolling statistics."""

_YEARS_WORD = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, eq=False, slots=True)
class PerformanceTables:
    """All tables of one set of series under one convention; rows are series, then T-bills, benchmark, 60/40."""

    panel: Panel
    """The returns behind the tables, hurdles among them."""
    return_summary: PerformanceTable
    statistics: PerformanceTable
    tracking_error: PerformanceTable
    calendar_years: PerformanceTable
    drawdowns: PerformanceTable
    capture: PerformanceTable
    extreme_months: PerformanceTable
    rolling_ranges: tuple[PerformanceTable, ...]
    """Of the rolling statistics, one table for each window."""
    rolling: tuple[Rolling, ...]
    """Over 12 and over 36 months."""

    @property
    def basis(self) -> Basis:
        """What all of them were made from."""
        return self.panel.basis

    @property
    def tables(self) -> tuple[PerformanceTable, ...]:
        """In the order in which they are printed."""
        return (
            self.return_summary,
            self.statistics,
            self.tracking_error,
            self.calendar_years,
            self.drawdowns,
            self.capture,
            self.extreme_months,
            *self.rolling_ranges,
        )

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: every table by its key, and the rolling statistics by window."""
        return {
            "basis": self.basis.as_dict(),
            **{table.key: table.as_dict() for table in self.tables},
            "rolling": {str(found.window): found.as_dict() for found in self.rolling},
        }


def performance_tables(
    returns: Table,
    benchmark: Table | None,
    convention: Convention,
    *,
    hurdles: Hurdles | None = None,
    top: int = 5,
    dates: Any = None,
) -> PerformanceTables:
    """The tables of returns, statistics, tracking error, calendar years, drawdowns, capture and extreme months.

    Every table has three hurdle rows below the series: T-bills, the benchmark, and 60/40; what was not supplied says
    so. A cell is None where the history is too short or a statistic does not exist; of fewer than 12 months nothing
    is annualised.

    Args:
        returns: (n_months,) or (n_months, n_series) simple returns, decimals; labels are month ends.
        benchmark: (n_months,) simple returns of the same months; None: not supplied.
        convention: ``newsletter`` or ``standard``; see `aram_xl.statistics`. The standard convention takes the T-bills
            of ``hurdles`` as its risk-free series. A year has 12 months: the dates are checked to be month ends.
        hurdles: T-bills, and the two series of 60/40.
        top: drawdowns, best and worst months shown per series.
        dates: (n_months,) month ends, for arrays.

    Returns:
        ``PerformanceTables``; each table carries its sample, frequency, benchmark, risk-free series and convention.

    Raises:
        InputError: no dates, a missing value, a month that is missing or repeated, rows that do not match, or the
            standard convention without T-bills.

    Example:
        >>> month_ends = ["2024-12-31", "2025-01-31", "2025-02-28"]
        >>> tables = performance_tables([0.03, 0.01, 0.03], [0.02, 0.00, 0.02], "newsletter", dates=month_ends)
        >>> tables.calendar_years.column("2025").round(4)
        array([0.0403,    nan, 0.02  ,    nan])
        >>> tables.return_summary.rows
        ('returns', 'T-bills', 'Benchmark', '60/40')
    """
    check_top(top)
    found = panel(returns, benchmark, convention, hurdles or Hurdles(), dates)
    windows = tuple(rolling(found, window) for window in WINDOWS)
    return PerformanceTables(
        panel=found,
        return_summary=_return_summary(found),
        statistics=_statistics(found),
        tracking_error=_tracking_error(found),
        calendar_years=_calendar_years(found),
        drawdowns=found.ranked(
            ("drawdowns", "Drawdowns, measured at month ends", "any"),
            DRAWDOWN_COLUMNS,
            drawdown_ranks(found.values, found.dates, top),
        ),
        capture=_capture(found),
        extreme_months=_extreme_months(found, top),
        rolling_ranges=tuple(rolling_range(found, each) for each in windows),
        rolling=windows,
    )


def _return_summary(found: Panel) -> PerformanceTable:
    """Compound returns; the standard convention gives them a year too."""
    named = {
        "last_month": ("Last month", "the last r"),
        "ytd": ("Year to date", "product of (1 + r) since January of the last year, less 1"),
        "one_year": ("1 year", "product of (1 + r) of the last 12 months, less 1"),
        "three_year": ("3 years, cumulative", "the same of 36 months"),
        "five_year": ("5 years, cumulative", "the same of 60 months"),
        "cumulative": ("Whole sample, cumulative", "the same of all months"),
    }
    columns = [(Column(key, label, "decimal", text), found.row(key)) for key, (label, text) in named.items()]
    if found.basis.convention == "standard":
        for key, years, label in (("three_year", 3, "3 years, a year"), ("five_year", 5, "5 years, a year")):
            column = Column(f"{key}_annualised", label, "decimal", f"(1 + {key})^(1/{years}) - 1")
            columns.append((column, (1.0 + found.row(key)) ** (1.0 / years) - 1.0))
        column = Column("annualised_return", "Whole sample, a year", "decimal", "(1 + cumulative)^(12/n) - 1")
        columns.append((column, found.a_year(found.row("annualised_return"))))
    notes = found.short if found.basis.convention == "standard" else ()
    return found.table(("return_summary", "Return summary", found.basis.convention), columns, notes)


def _statistics(found: Panel) -> PerformanceTable:
    standard = found.basis.convention == "standard"
    of = "r - rf on b - rf" if standard else "r on b"
    ratio = "Sharpe ratio" if standard else "Ret/StDev"
    ratio_text = f"12 x mean / (sample stdev x sqrt 12) of {'r - rf' if standard else 'r'}"
    whole = _moments.joint(found.excess, found.excess_benchmark)
    volatility = found.a_year(_moments.mean_and_stdev(found.values)[1] * np.sqrt(MONTHS))
    alpha_text, line = f"(1 + INTERCEPT)^12 - 1, {of}", f"SLOPE, {of}"
    columns = [
        (Column("alpha", "Alpha a year", "decimal", alpha_text), found.a_year(found.row("alpha"))),
        (Column("alpha_12m", "Alpha, 12 months", "decimal", f"{alpha_text}, last 12"), found.row("alpha_12m")),
        (Column("beta", "Beta", "coefficient", line), found.row("beta")),
        (Column("beta_12m", "Beta, 12 months", "coefficient", f"{line}, last 12"), found.row("beta_12m")),
        (Column("correlation", "Correlation", "coefficient", f"CORREL, {of}"), whole.correlation),
        (
            Column("correlation_12m", "Correlation, 12 months", "coefficient", f"CORREL, {of}, last 12"),
            found.row("correlation_12m"),
        ),
        (Column("positive_months", "Positive months", "decimal", "COUNTIF(r, >0) / n"), found.row("positive_months")),
        (Column("annualised_volatility", "Volatility a year", "decimal", "STDEV.S(r) x sqrt 12"), volatility),
        (
            Column("sharpe" if standard else "ret_stdev", ratio, "ratio", ratio_text),
            found.a_year(sharpe(found.excess, MONTHS)),
        ),
        (
            Column("ret_stdev_12m", f"{ratio}, 12 months", "ratio", f"{ratio_text}, last 12"),
            found.row("ret_stdev_12m"),
        ),
        (
            Column("max_drawdown", "Greatest drawdown", "decimal", "greatest of 1 - level / highest level so far"),
            found.row("max_drawdown"),
        ),
        (Column("skewness", "Skewness", "ratio", "SKEW(r)"), skewness(found.values)),
        (Column("excess_kurtosis", "Excess kurtosis", "ratio", "KURT(r)"), excess_kurtosis(found.values)),
    ]
    return found.table(("statistics", "Statistics", found.basis.convention), columns, found.short)


def _tracking_error(found: Panel) -> PerformanceTable:
    """What is divided by what stands beside it, so that the ratio can be checked by eye."""
    size = len(found.names)
    market = found.benchmark[:, None]
    if found.basis.convention == "standard":
        own = found.a_year(found.row("annualised_return"))
        other = found.a_year(np.full(size, annualised(market, MONTHS)[0]))
        columns = [
            (Column("annualised_return", "Return a year", "decimal", "PRODUCT(1 + r)^(12/n) - 1"), own),
            (Column("benchmark_annualised", "Benchmark's", "decimal", "the same of b"), other),
            (Column("active_premium", "Active premium", "decimal", "difference of the two"), own - other),
        ]
        label, text, ratio = "Tracking error a year", "STDEV.S(r - b) x sqrt 12", "active premium / tracking error"
        error, information = (found.a_year(found.row(key)) for key in ("tracking_error", "information_ratio"))
    else:
        own, other = found.row("cumulative"), np.full(size, _moments.growth(market)[0] - 1.0)
        columns = [
            (Column("cumulative", "Cumulative return", "decimal", "PRODUCT(1 + r) - 1"), own),
            (Column("benchmark_cumulative", "Benchmark's", "decimal", "the same of b"), other),
            (Column("gap", "Gap", "decimal", "difference of the two"), own - other),
        ]
        label, text, ratio = "Tracking error a month", "STDEV.S(r - b)", "gap / tracking error"
        error, information = found.row("tracking_error"), found.row("information_ratio")
    columns += [
        (Column("tracking_error", label, "decimal", text), error),
        (Column("information_ratio", "Information ratio", "ratio", ratio), information),
    ]
    title = "Tracking error and information ratio"
    notes = found.short if found.basis.convention == "standard" else ()
    return found.table(("tracking_error", title, found.basis.convention), columns, notes)


def _calendar_years(found: Panel) -> PerformanceTable:
    years = found.dates.astype("datetime64[Y]").astype(np.int64) + 1970
    months = found.dates.astype("datetime64[M]").astype(np.int64) % MONTHS
    columns, notes = [], []
    for year in np.unique(years):
        chosen = years == year
        mark = ""
        if np.count_nonzero(chosen) < MONTHS:
            mark = "*"
            first, last = months[chosen][[0, -1]]
            span = _YEARS_WORD[first] if first == last else f"{_YEARS_WORD[first]} to {_YEARS_WORD[last]}"
            notes.append(f"* {year} is incomplete: {span} only.")
        column = Column(f"{year}", f"{year}{mark}", "decimal", "PRODUCT(1 + r) - 1 of the months of the year")
        columns.append((column, _moments.growth(found.values[chosen]) - 1.0))
    return found.table(("calendar_years", "Calendar years", "any"), columns, tuple(notes))


def _capture(found: Panel) -> PerformanceTable:
    columns = []
    for word, chosen, sign, whole in (
        ("up", found.benchmark > 0, "b > 0", up_capture),
        ("down", found.benchmark <= 0, "b <= 0", down_capture),
    ):
        count = np.full(len(found.names), np.nan if np.isnan(found.benchmark).any() else np.count_nonzero(chosen))
        geometric = Column(
            f"{word}_capture_mean",
            f"{word.title()} capture, a month",
            "decimal",
            f"geometric mean of r over that of b, months with {sign}",
        )
        compound = Column(
            f"{word}_capture",
            f"{word.title()} capture, compound",
            "decimal",
            f"(PRODUCT(1 + r) - 1) / (PRODUCT(1 + b) - 1), months with {sign}",
        )
        columns += [
            (Column(f"{word}_months", f"{word.title()} months", "count", f"months with {sign}"), count),
            (geometric, _mean_capture(found, chosen)),
            (compound, _compound_capture(found, whole)),
        ]
    note = "A benchmark return of exactly 0 counts as down. The compound ratio depends on the length of the sample."
    return found.table(("capture", "Capture ratios", "any"), columns, (note,))


def _mean_capture(found: Panel, chosen: BoolArray) -> FloatArray:
    n = np.count_nonzero(chosen)
    if n == 0:
        return np.full(len(found.names), np.nan)
    own = _moments.growth(found.values[chosen]) ** (1.0 / n) - 1.0
    return _moments.ratio(own, float(_moments.growth(found.benchmark[chosen, None])[0] ** (1.0 / n) - 1.0))


def _compound_capture(found: Panel, whole: Any) -> FloatArray:
    if np.isnan(found.benchmark).any():
        return np.full(len(found.names), np.nan)
    return np.asarray(whole(found.values, found.benchmark))


def _extreme_months(found: Panel, top: int) -> PerformanceTable:
    columns = [
        Column("rank", "Rank", "count", "1 is the best, and the worst"),
        Column("best", "Best month", "decimal", "LARGE(r, rank)"),
        Column("best_date", "When", "date", "its date; of equal ones the earlier"),
        Column("worst", "Worst month", "decimal", "SMALL(r, rank)"),
        Column("worst_date", "When", "date", "its date; of equal ones the earlier"),
    ]
    day = found.dates.astype(object)
    ranks: list[list[tuple[Cell, ...]]] = []
    for values in found.values.T:
        best, worst = np.argsort(-values, kind="stable")[:top], np.argsort(values, kind="stable")[:top]
        ranks.append(
            [
                (rank, float(values[high]), day[high], float(values[low]), day[low])
                for rank, (high, low) in enumerate(zip(best, worst, strict=True), start=1)
            ]
        )
    return found.ranked(("extreme_months", "Best and worst months", "any"), columns, ranks)
