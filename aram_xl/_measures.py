"""Single statistics of return series, each a small function over all columns at once.

``returns`` is (n_periods,) or (n_periods, n_series) simple returns per period, decimals, as array, Series or
DataFrame. The answer is a float for one series, an (n_series,) array for several and a Series labelled by
column for a DataFrame. Every function raises ``InputError`` for a missing value, naming the series and its
row, and for rows that do not match. A statistic that does not exist (the correlation of a series that does
not move, the upside capture of a benchmark that never rose) is NaN.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from aram_xl import _moments
from aram_xl._moments import JointMoments
from aram_xl._series import ReturnTable, read_one, read_returns
from aram_xl._validate import number
from aram_xl.errors import InputError, TooShortError
from aram_xl.types import BoolArray, FloatArray, Table

_WHOLE = 1e-9
"""Distance from a whole place in a sorted sample that is rounding: ``30 * (1 - 0.9)`` misses 3 by 9e-16."""


def joint_moments(returns: Table, benchmark: Table) -> JointMoments:
    """Beta, intercept, correlation, stdev and active stdev of all columns from one pass over the data.

    Returns:
        Value object whose properties are (n_series,) arrays, per period.
    """
    table, market = _pair(returns, benchmark)
    return _moments.joint(table.values, market)


def cumulative_return(returns: Table) -> Any:
    """Compound return over the whole sample, decimal: ``prod(1 + r) - 1``."""
    table = read_returns(returns, "returns")
    return table.give(_moments.growth(table.values) - 1.0)


def annualised_return(returns: Table, periods_per_year: float) -> Any:
    """Geometric mean return per year, decimal: ``prod(1 + r)^(periods_per_year / n) - 1``."""
    table = read_returns(returns, "returns")
    return table.give(annualised(table.values, positive_periods(periods_per_year)))


def volatility(returns: Table, periods_per_year: float) -> Any:
    """Sample standard deviation times the root of ``periods_per_year`` (1 leaves it per period), decimal."""
    table = read_returns(returns, "returns")
    return table.give(_moments.mean_and_stdev(table.values)[1] * np.sqrt(positive_periods(periods_per_year)))


def alpha(returns: Table, benchmark: Table, periods_per_year: float) -> Any:
    """Intercept ``a`` of the regression on the benchmark, compounded: ``(1 + a)^periods_per_year - 1``.

    With ``periods_per_year=1`` it is the intercept per period. Subtract a risk-free series from both
    arguments for an alpha of excess returns. NaN if the intercept is -1 or less.
    """
    table, market = _pair(returns, benchmark)
    years = positive_periods(periods_per_year)
    return table.give(_moments.compounded(_moments.joint(table.values, market).intercept, years))


def beta(returns: Table, benchmark: Table) -> Any:
    """Slope of the least-squares regression on the benchmark."""
    table, market = _pair(returns, benchmark)
    return table.give(_moments.joint(table.values, market).beta)


def correlation(returns: Table, benchmark: Table) -> Any:
    """Pearson correlation with the benchmark."""
    table, market = _pair(returns, benchmark)
    return table.give(_moments.joint(table.values, market).correlation)


def tracking_error(returns: Table, benchmark: Table, periods_per_year: float) -> Any:
    """Sample standard deviation of ``returns - benchmark`` times the root of ``periods_per_year``, decimal.

    The published tables print it per month: ``periods_per_year=1``.
    """
    table, market = _pair(returns, benchmark)
    per_period = _moments.joint(table.values, market).active_stdev
    return table.give(per_period * np.sqrt(positive_periods(periods_per_year)))


def active_premium(returns: Table, benchmark: Table, periods_per_year: float) -> Any:
    """Annualised return less that of the benchmark, decimal."""
    table, market = _pair(returns, benchmark)
    years = positive_periods(periods_per_year)
    return table.give(annualised(table.values, years) - annualised(market[:, None], years))


def information_ratio(
    returns: Table,
    benchmark: Table,
    convention: Literal["newsletter", "standard"],
    *,
    periods_per_year: float | None = None,
) -> Any:
    """Active return per unit of tracking error.

    Args:
        convention: ``newsletter`` divides the difference of cumulative returns by the tracking error per
            month (it grows with the length of the sample); ``standard`` divides the active premium by the
            annualised tracking error.
        periods_per_year: for ``standard`` only.

    Raises:
        InputError: unknown convention, or ``periods_per_year`` missing or not wanted.
    """
    table, market = _pair(returns, benchmark)
    active_stdev = _moments.joint(table.values, market).active_stdev
    if convention == "newsletter":
        if periods_per_year is not None:
            raise InputError("periods_per_year: expected none with the newsletter convention, which annualises nothing")
        gap = _moments.growth(table.values) - _moments.growth(market[:, None])
        return table.give(_moments.ratio(gap, active_stdev))
    if convention != "standard":
        raise InputError(f"convention: expected newsletter or standard, got {convention!r}")
    years = positive_periods(periods_per_year)
    premium = annualised(table.values, years) - annualised(market[:, None], years)
    return table.give(_moments.ratio(premium, active_stdev * np.sqrt(years)))


def sharpe_ratio(returns: Table, risk_free: Any, periods_per_year: float) -> Any:
    """Mean over sample standard deviation of excess returns, times the root of ``periods_per_year``.

    Args:
        risk_free: (n_periods,) simple returns per period, or one number per period for a constant rate.

    Source:
        Sharpe (1994), The Sharpe Ratio, JPM 21(1), ex post form, arithmetic mean.
    """
    table = read_returns(returns, "returns")
    excess = table.values - _rate(risk_free, table)[:, None]
    return table.give(sharpe(excess, positive_periods(periods_per_year)))


def jensen_alpha(returns: Table, benchmark: Table, risk_free: Any, periods_per_year: float) -> Any:
    """Annualised return less what beta explains: ``R - F - beta (B - F)``, all annualised geometrically,
    decimal.

    Args:
        risk_free: (n_periods,) simple returns per period, or one number per period for a constant rate.

    Source:
        Jensen (1968), J. Finance 23(2); annualised as in Bacon, Practical Portfolio Performance Measurement.
    """
    table, market = _pair(returns, benchmark)
    years, rate = positive_periods(periods_per_year), _rate(risk_free, table)
    slope = _moments.joint(table.values - rate[:, None], market - rate).beta
    fund, bench, cash = (annualised(x, years) for x in (table.values, market[:, None], rate[:, None]))
    return table.give(fund - cash - slope * (bench - cash))


def max_drawdown(returns: Table) -> Any:
    """Greatest loss from an earlier peak, positive, at the frequency of the series; the start is a peak.

    Example:
        >>> round(max_drawdown([-0.10, 0.20, -0.25, 0.20]), 4)
        0.25
    """
    table = read_returns(returns, "returns")
    return table.give(_moments.worst_drawdown(table.values))


def drawdowns(returns: Table) -> Table:
    """Loss from the highest value so far after each period, positive; the start value 1 counts.

    Returns:
        As ``returns``: (n_periods,) or (n_periods, n_series), labelled when they are.
    """
    table = read_returns(returns, "returns")
    level = np.cumprod(1.0 + table.values, axis=0)
    return table.give_path(1.0 - level / np.maximum(np.maximum.accumulate(level, axis=0), 1.0))


def positive_share(returns: Table) -> Any:
    """Share of periods with a return above 0."""
    table = read_returns(returns, "returns")
    return table.give((table.values > 0).mean(axis=0))


def skewness(returns: Table, definition: Literal["sample", "bacon"] = "sample") -> Any:
    """Skewness.

    Args:
        definition: ``sample`` is ``n / ((n-1)(n-2)) sum(((r - mean) / s)^3)`` with the sample standard
            deviation ``s`` (``SKEW`` in a spreadsheet); ``bacon`` puts the population standard deviation in
            its place, which is what PerformanceAnalytics computes under the name "sample".

    Raises:
        InputError: unknown definition.
    """
    if definition not in ("sample", "bacon"):
        raise InputError(f"definition: expected sample or bacon, got {definition!r}")
    table = read_returns(returns, "returns")
    n = table.values.shape[0]
    if n < 3:
        return table.give(np.full(table.values.shape[1], np.nan))
    scaled = _standard_scores(table.values) * (np.sqrt(n / (n - 1)) if definition == "bacon" else 1.0)
    return table.give(n / ((n - 1) * (n - 2)) * (scaled**3).sum(axis=0))


def excess_kurtosis(returns: Table) -> Any:
    """Sample kurtosis less that of a normal distribution (``KURT`` in a spreadsheet); NaN below 4 periods."""
    table = read_returns(returns, "returns")
    n = table.values.shape[0]
    if n < 4:
        return table.give(np.full(table.values.shape[1], np.nan))
    fourth = (_standard_scores(table.values) ** 4).sum(axis=0)
    factor = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
    return table.give(factor * fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))


def up_capture(returns: Table, benchmark: Table) -> Any:
    """Compound return over that of the benchmark, over the periods in which the benchmark rose.

    Source:
        Bacon, Practical Portfolio Performance Measurement; PerformanceAnalytics, UpDownRatios.
    """
    table, market = _pair(returns, benchmark)
    return table.give(_capture(table.values, market, market > 0))


def down_capture(returns: Table, benchmark: Table) -> Any:
    """Compound return over that of the benchmark, over the periods in which the benchmark did not rise.

    Source:
        As ``up_capture``; a benchmark return of exactly 0 counts as down there too.
    """
    table, market = _pair(returns, benchmark)
    return table.give(_capture(table.values, market, market <= 0))


def value_at_risk(returns: Table, level: float) -> Any:
    """Historical value at risk, a positive loss: minus the ``1 - level`` quantile of the returns.

    Args:
        level: confidence between 0 and 1, for example 0.95. The quantile interpolates linearly between order
            statistics (``PERCENTILE.INC`` in a spreadsheet, type 7 of Hyndman and Fan 1996).
    """
    table = read_returns(returns, "returns")
    return table.give(-_lower_quantile(np.sort(table.values, axis=0), level))


def expected_shortfall(returns: Table, level: float) -> Any:
    """Historical expected shortfall, a positive loss: minus the mean of the returns at or below the quantile.

    Args:
        level: confidence between 0 and 1; the quantile is that of ``value_at_risk``.
    """
    table = read_returns(returns, "returns")
    ordered = np.sort(table.values, axis=0)
    tail = ordered <= _lower_quantile(ordered, level)
    return table.give(-ordered.sum(axis=0, where=tail) / tail.sum(axis=0))


def rolling_beta(returns: Table, benchmark: Table, window: int) -> Table:
    """Beta over each run of ``window`` periods; NaN where the benchmark does not move.

    Returns:
        (n_periods - window + 1,) or (n_periods - window + 1, n_series), labelled by the last period of each
        window.

    Raises:
        InputError: the window is not a whole number of at least 2.
        TooShortError: fewer periods than the window.
    """
    table, market = _pair(returns, benchmark)
    n = table.values.shape[0]
    if int(window) != window or window < 2:
        raise InputError(f"window: expected a whole number of at least 2, got {window}")
    if n < window:
        raise TooShortError(f"returns: expected at least {window} rows for one window, got {n}")
    windows = np.lib.stride_tricks.sliding_window_view(market, int(window))
    deviations = windows - windows.mean(axis=1, keepdims=True)
    squares = np.einsum("mw,mw->m", deviations, deviations)
    squares = _moments.without_noise(squares, np.einsum("mw,mw->m", windows, windows))
    # Deviations of the benchmark add up to 0, so any constant drops out; small numbers round less.
    values = table.values - table.values.mean(axis=0)
    products = np.zeros((squares.size, values.shape[1]))
    for lag in range(int(window)):
        products += deviations[:, lag, None] * values[lag : lag + squares.size]
    return table.give_path(_moments.ratio(products, squares[:, None]))


def annualised(values: FloatArray, periods_per_year: float) -> FloatArray:
    """Geometric mean return per year of each column."""
    return np.asarray(_moments.growth(values) ** (periods_per_year / values.shape[0]) - 1.0)


def sharpe(excess: FloatArray, periods_per_year: float) -> FloatArray:
    """Annualised mean over annualised standard deviation of each column."""
    mean, stdev = _moments.mean_and_stdev(excess)
    return _moments.ratio(periods_per_year * mean, stdev * np.sqrt(periods_per_year))


def positive_periods(periods_per_year: Any) -> float:
    """A positive number of periods per year; there is no default."""
    if periods_per_year is None:
        raise InputError("periods_per_year: expected a number (12 for monthly returns), got none; there is no default")
    periods = number(periods_per_year, "periods_per_year")
    if periods <= 0:
        raise InputError(f"periods_per_year: expected a positive number, got {periods:g}")
    return periods


def _pair(returns: Table, benchmark: Table) -> tuple[ReturnTable, FloatArray]:
    table = read_returns(returns, "returns")
    return table, read_one(benchmark, "benchmark", table).values[:, 0]


def _rate(risk_free: Any, table: ReturnTable) -> FloatArray:
    n = table.values.shape[0]
    if risk_free is None:
        raise InputError("risk_free: expected a return per period, or 0 for none, got none; there is no default")
    if np.ndim(risk_free) == 0:
        return np.full(n, number(risk_free, "risk_free"))
    return read_one(risk_free, "risk_free", table).values[:, 0]


def _standard_scores(values: FloatArray) -> FloatArray:
    mean, stdev = _moments.mean_and_stdev(values)
    return _moments.ratio(values - mean, stdev)


def _capture(values: FloatArray, market: FloatArray, chosen: BoolArray) -> FloatArray:
    fund = _moments.growth(values[chosen]) - 1.0
    return _moments.ratio(fund, float(_moments.growth(market[chosen, None])[0]) - 1.0)


def _lower_quantile(ordered: FloatArray, level: float) -> FloatArray:
    confidence = number(level, "level")
    if not 0 < confidence < 1:
        raise InputError(f"level: expected a confidence between 0 and 1, got {confidence:g}; 95 % is 0.95")
    position = (ordered.shape[0] - 1) * (1.0 - confidence)
    below = int(np.floor(position + _WHOLE))
    fraction = position - below
    if fraction < _WHOLE:
        return np.asarray(ordered[below])
    return np.asarray(ordered[below] + fraction * (ordered[below + 1] - ordered[below]))
