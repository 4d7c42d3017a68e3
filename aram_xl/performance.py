"""Judging return series: two named conventions of statistics, and the single measures behind them.

Every table of statistics says over which dates, how many months, against which benchmark and by which
convention.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from aram_xl import _moments
from aram_xl._labels import frame, series
from aram_xl._measures import (
    active_premium,
    alpha,
    annualised,
    annualised_return,
    beta,
    correlation,
    cumulative_return,
    down_capture,
    drawdowns,
    excess_kurtosis,
    expected_shortfall,
    information_ratio,
    jensen_alpha,
    joint_moments,
    max_drawdown,
    positive_periods,
    positive_share,
    rolling_beta,
    sharpe,
    sharpe_ratio,
    skewness,
    tracking_error,
    up_capture,
    value_at_risk,
    volatility,
)
from aram_xl._moments import JointMoments
from aram_xl._series import ReturnTable, check_bills, check_monthly, read_dates, read_one, read_returns
from aram_xl.errors import InputError
from aram_xl.types import DateArray, FloatArray, Table, frozen

__all__ = [
    "NEWSLETTER_KEYS",
    "STANDARD_KEYS",
    "JointMoments",
    "Statistics",
    "active_premium",
    "alpha",
    "annualised_return",
    "beta",
    "correlation",
    "cumulative_return",
    "down_capture",
    "drawdowns",
    "excess_kurtosis",
    "expected_shortfall",
    "information_ratio",
    "jensen_alpha",
    "joint_moments",
    "max_drawdown",
    "positive_share",
    "rolling_beta",
    "sharpe_ratio",
    "skewness",
    "statistics",
    "tracking_error",
    "up_capture",
    "value_at_risk",
    "volatility",
]

Convention = Literal["newsletter", "standard"]

NEWSLETTER_KEYS = (
    "last_month",
    "ytd",
    "one_year",
    "three_year",
    "five_year",
    "cumulative",
    "positive_months",
    "n_months",
    "alpha",
    "alpha_12m",
    "beta",
    "beta_12m",
    "correlation_12m",
    "ret_stdev_12m",
    "tracking_error",
    "information_ratio",
    "max_drawdown",
)
STANDARD_KEYS = (*NEWSLETTER_KEYS, "sharpe", "annualised_return", "annualised_volatility")

NOT_SUPPLIED = "not supplied"
"""What stands for a benchmark or a hurdle that was not given."""

_MONTHS = 12
"""Of a year: the returns are monthly, and the windows of one, three and five years are counted in months."""


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Statistics(Mapping[str, Any]):
    """Statistics of one or more monthly return series: a read-only mapping from key to value, decimals.

    A value is a float for one series, an (n_series,) array for several, a Series labelled by column for a
    DataFrame, and NaN where history is too short or the statistic does not exist. ``n_months`` is one number
    for all. Keys are attributes too: ``stats.alpha``.
    """

    table: FloatArray
    """(n_keys, n_series), rows in the order of ``names``."""
    names: tuple[str, ...]
    series: tuple[str, ...]
    convention: str
    start: datetime.date | None
    """Date of the first return; None when no dates were given."""
    end: datetime.date | None
    n_months: int
    benchmark: str
    risk_free: str
    single: bool
    columns: Any = None
    """Column labels of the DataFrame that came in, else None."""
    frequency: str = "M"
    drawdown_frequency: str = "M"

    def __post_init__(self) -> None:
        if self.table.shape != (len(self.names), len(self.series)):
            raise InputError(f"table: expected shape ({len(self.names)}, {len(self.series)}), got {self.table.shape}")
        object.__setattr__(self, "table", frozen(self.table))

    def __getitem__(self, key: str) -> Any:
        if key not in self.names:
            raise KeyError(f"expected one of {', '.join(self.names)}, got {key!r}")
        if key == "n_months":
            return self.n_months
        row = self.table[self.names.index(key)]
        if self.single:
            return float(row[0])
        return row if self.columns is None else series(row, self.columns, key)

    def __getattr__(self, name: str) -> Any:
        if name in STANDARD_KEYS and name in self.names:
            return self[name]
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        return self is other  # a mapping would compare arrays, which have no single truth

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        span = f"{self.start} to {self.end}, " if self.start else ""
        return f"Statistics({self.convention}, {span}{self.n_months} months, {', '.join(self.series[:5])})"

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: None for NaN, dates as ISO text.

        One series gives its statistics and ``convention, start, end, frequency, benchmark``; several give
        ``{name: the same}``.
        """
        about = {
            "convention": self.convention,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "frequency": self.frequency,
            "benchmark": self.benchmark,
        }
        each = {}
        for name, column in zip(self.series, self.table.T, strict=True):
            values = {key: float(x) if np.isfinite(x) else None for key, x in zip(self.names, column, strict=True)}
            each[name] = {**values, "n_months": self.n_months, **about}
        return each[self.series[0]] if self.single else each

    def to_frame(self) -> Table:
        """DataFrame with one row per statistic and one column per series."""
        return frame(self.table, list(self.names), list(self.series) if self.columns is None else self.columns)


def statistics(
    returns: Table,
    benchmark: Table | None,
    convention: Convention = "newsletter",
    *,
    risk_free: Table | None = None,
    periods_per_year: float | None = None,
    dates: Any = None,
) -> Statistics:
    """Statistics of monthly return series against a benchmark, by a named convention.

    ``newsletter`` reproduces the published tables: no risk-free rate, alpha ``(1 + a)^12 - 1`` with ``a`` the
    intercept of raw returns, tracking error not annualised, information ratio = difference of cumulative
    returns over it. ``standard`` measures alpha, beta, correlation and Sharpe ratios on returns in excess of
    ``risk_free``, annualises tracking error, and divides the active premium by it. Under both, n-year returns
    are cumulative, and drawdown is measured at month ends, positive, with the start as a peak.

    Args:
        returns: (n_months,) or (n_months, n_series) simple returns, decimals; labels are month ends.
        benchmark: (n_months,) simple returns of the same months; None where there is none: what is measured
            against it is NaN then.
        risk_free: (n_months,) simple returns per month; asked for by ``standard``, refused by ``newsletter``.
        periods_per_year: 12; asked for by ``standard``.
        dates: (n_months,) the months' last dates, for arrays; without dates there is no ``ytd``.

    Returns:
        ``Statistics``; NaN where fewer than 12, 36 or 60 months exist, where January of the last year is
        missing (``ytd``), and where a statistic does not exist (correlation of a series that stands still).

    Raises:
        InputError: an unknown convention or an argument that it does not take; a missing value, a month that
            is missing or repeated, rows that do not match, or returns that are not monthly.

    Source:
        Newsletter of 10 March 2025, tables of returns and of tracking error; Sharpe (1994), JPM 21(1).

    Example:
        >>> month_ends = ["2024-12-31", "2025-01-31", "2025-02-28"]
        >>> stats = statistics([0.03, 0.01, 0.03], [0.02, 0.00, 0.02], dates=month_ends)
        >>> round(stats.beta, 4), round(stats.ytd, 4), stats.as_dict()["one_year"]
        (1.0, 0.0403, None)
    """
    _check_convention(convention, risk_free, periods_per_year)
    sample = _sample(returns, benchmark, risk_free if convention == "standard" else None, dates)
    rows = _path_statistics(sample) | _relative_statistics(sample, convention)
    names = STANDARD_KEYS if convention == "standard" else NEWSLETTER_KEYS
    days = None if sample.days is None else sample.days.astype(object)
    return Statistics(
        table=np.array([rows[name] for name in names]),
        names=names,
        series=sample.returns.names,
        convention=convention,
        start=None if days is None else days[0],
        end=None if days is None else days[-1],
        n_months=sample.returns.values.shape[0],
        benchmark=NOT_SUPPLIED if sample.benchmark is None else sample.benchmark.names[0],
        risk_free="zero" if sample.risk_free is None else sample.risk_free.names[0],
        single=sample.returns.single,
        columns=sample.returns.columns,
    )


class _Sample(NamedTuple):
    """The same months of everything."""

    returns: ReturnTable
    benchmark: ReturnTable | None
    risk_free: ReturnTable | None
    days: DateArray | None


def _check_convention(convention: str, risk_free: Any, periods_per_year: Any) -> None:
    if convention not in get_args(Convention):
        raise InputError(f"convention: expected newsletter or standard, got {convention!r}")
    if convention == "newsletter":
        if risk_free is not None and not (np.ndim(risk_free) == 0 and risk_free == 0):
            raise InputError(
                "risk_free: expected none with the newsletter convention, which fixes it at 0; "
                "choose convention='standard' to use one"
            )
        if periods_per_year not in (None, _MONTHS):
            raise InputError(f"periods_per_year: expected none or 12 with newsletter, got {periods_per_year}")
        return
    if risk_free is None or np.ndim(risk_free) == 0:
        raise InputError(
            "risk_free: expected a series of returns per month with the standard convention, "
            f"got {'none' if risk_free is None else 'one number'}; there is no default"
        )
    if positive_periods(periods_per_year) != _MONTHS:
        raise InputError(
            f"periods_per_year: expected 12, as statistics are of monthly returns, got {periods_per_year}; "
            "aram-xl returns makes monthly returns of prices, in Python period_returns(prices, 'M')"
        )


def _sample(returns: Table, benchmark: Table | None, risk_free: Table | None, dates: Any) -> _Sample:
    days = read_dates({"returns": returns, "benchmark": benchmark, "risk_free": risk_free}, dates)
    table = read_returns(returns, "returns", days)
    bench = None if benchmark is None else read_one(benchmark, "benchmark", table, days)
    rate = None if risk_free is None else read_one(risk_free, "risk_free", table, days)
    if rate is not None:
        check_bills(rate.values, "risk_free")
    if days is not None:
        if days.size != table.values.shape[0]:
            raise InputError(f"dates: expected {table.values.shape[0]}, one per row of returns, got {days.size}")
        check_monthly(days)
    return _Sample(table, bench, rate, days)


def _path_statistics(sample: _Sample) -> dict[str, FloatArray]:
    """What needs the series alone, the same under both conventions."""
    values = sample.returns.values
    n, size = values.shape
    return {
        "last_month": values[-1],
        "ytd": _year_to_date(values, sample.days),
        "one_year": _last_years(values, 1),
        "three_year": _last_years(values, 3),
        "five_year": _last_years(values, 5),
        "cumulative": _moments.growth(values) - 1.0,
        "positive_months": np.count_nonzero(values > 0, axis=0) / n,
        "n_months": np.full(size, float(n)),
        "max_drawdown": _moments.worst_drawdown(values),
    }


def _last_years(values: FloatArray, years: int) -> FloatArray:
    if values.shape[0] < _MONTHS * years:
        return np.full(values.shape[1], np.nan)
    return _moments.growth(values[-_MONTHS * years :]) - 1.0


def _year_to_date(values: FloatArray, days: DateArray | None) -> FloatArray:
    if days is not None:
        january = days[-1].astype("datetime64[Y]").astype("datetime64[M]")
        this_year = days.astype("datetime64[M]") >= january
        if (days.astype("datetime64[M]") == january).any():
            return _moments.growth(values[this_year]) - 1.0
    return np.full(values.shape[1], np.nan)


def _relative_statistics(sample: _Sample, convention: str) -> dict[str, FloatArray]:
    """What is measured against the benchmark, the risk-free series or both."""
    total = sample.returns.values
    absent = np.full((total.shape[0], 1), np.nan)  # whatever is measured against it does not exist
    market = absent if sample.benchmark is None else sample.benchmark.values
    rate = np.zeros_like(market) if sample.risk_free is None else sample.risk_free.values
    excess = total if sample.risk_free is None else total - rate
    whole = _moments.joint(excess, (market - rate)[:, 0])
    result = {"alpha": _moments.compounded(whole.intercept, _MONTHS), "beta": whole.beta}
    result |= _last_twelve(excess, (market - rate)[:, 0])
    if convention == "newsletter":
        gap = _moments.growth(total) - _moments.growth(market)
        result["tracking_error"] = whole.active_stdev
        result["information_ratio"] = _moments.ratio(gap, whole.active_stdev)
        return result
    annual = annualised(total, _MONTHS)
    premium = annual - annualised(market, _MONTHS)
    result["tracking_error"] = whole.active_stdev * np.sqrt(_MONTHS)
    result["information_ratio"] = _moments.ratio(premium, result["tracking_error"])
    result["sharpe"] = sharpe(excess, _MONTHS)
    result["annualised_return"] = annual
    result["annualised_volatility"] = _moments.mean_and_stdev(total)[1] * np.sqrt(_MONTHS)
    return result


def _last_twelve(excess: FloatArray, market: FloatArray) -> dict[str, FloatArray]:
    keys = ("alpha_12m", "beta_12m", "correlation_12m", "ret_stdev_12m")
    if market.size < _MONTHS:
        return dict.fromkeys(keys, np.full(excess.shape[1], np.nan))
    year = _moments.joint(excess[-_MONTHS:], market[-_MONTHS:])
    ret_stdev = _moments.ratio(_MONTHS * year.mean, year.stdev * np.sqrt(_MONTHS))
    values = (_moments.compounded(year.intercept, _MONTHS), year.beta, year.correlation, ret_stdev)
    return dict(zip(keys, values, strict=True))
