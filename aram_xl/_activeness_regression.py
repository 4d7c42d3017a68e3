"""Regressions of many funds on one benchmark, each over its own months, all at once.

Works on blocks of funds that end in the same month. Deviations are taken from the mean of each fund's months and
are 0 outside them, so that plain sums over rows are sums over those months. Residuals are computed before they are
squared: the difference of two sums of squares would lose the digits that matter in a fund that hugs its benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aram_xl import _moments
from aram_xl.types import BoolArray, FloatArray, IntArray

MONTHS = 12
"""Of a year: the returns are monthly."""

ROLLING = (12, 36)
"""Months of the windows of the rolling betas."""

YEARS = (3, 5)
"""Of the cumulative returns."""

RESIDUAL = 1e-10
"""Of the fund's own volatility: what an explanation leaves below this share of it is rounding, as is a difference.
Rounding leaves 1e-14 of it where a fund is its benchmark or a mix, returns printed to eight digits leave 1e-7."""

_RUNS, _COLUMNS = 24, 128
"""Tile of the rolling betas. Products this small stay in one thread: on a busy machine threads that wait for each
other made the whole band 20 times slower."""


class Months(NamedTuple):
    """Returns of funds that end in the same month."""

    returns: FloatArray
    """(n_rows, n_funds), 0 before the first return of each; the last row belongs to all."""
    there: FloatArray
    """(n_rows, n_funds), 1 where a fund has a return, else 0."""
    n: FloatArray
    """(n_funds,) number of returns, 3 or more."""

    def deviations(self, values: FloatArray, means: FloatArray) -> FloatArray:
        """(n_rows, n_funds) values less the mean of each fund's months, 0 outside them."""
        return np.asarray((values - means) * self.there)


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """Least-squares line of each fund on the benchmark."""

    months: Months
    market: FloatArray
    """(n_rows, n_funds) deviations of the benchmark from its mean over each fund's months, 0 outside."""
    fund: FloatArray
    """(n_rows, n_funds) deviations of the fund."""
    residuals: FloatArray
    mean: FloatArray
    market_mean: FloatArray
    squares: FloatArray
    """(n_funds,) sum of squared deviations of the fund."""
    market_squares: FloatArray
    products: FloatArray
    residual_squares: FloatArray

    @property
    def beta(self) -> FloatArray:
        """(n_funds,) slope."""
        return _moments.ratio(self.products, self.market_squares)

    @property
    def alpha(self) -> FloatArray:
        """(n_funds,) intercept a month."""
        intercept = np.asarray(self.mean - self.beta * self.market_mean)
        return difference_left(intercept, self.residual_squares, self.squares, self.months.n)


def unexplained(left: FloatArray, squares: FloatArray, raw: FloatArray) -> FloatArray:
    """(n_funds,) what an explanation leaves of the squares of a fund, exactly 0 where that is rounding.

    Args:
        left: (n_funds,) squared residuals.
        squares: (n_funds,) squared deviations of the fund from its mean.
        raw: (n_funds,) squared returns of the fund.
    """
    return np.where(left <= RESIDUAL**2 * squares, 0.0, _moments.without_noise(left, raw))


def difference_left(difference: FloatArray, left: FloatArray, squares: FloatArray, count: FloatArray) -> FloatArray:
    """(n_funds,) a mean difference to an explanation that leaves ``left``: 0 where both are rounding.

    What is not 0 where nothing is left is the same in every month.
    """
    rounding = (left == 0.0) & (np.abs(difference) <= RESIDUAL * np.sqrt(squares / count))
    return np.where(rounding, 0.0, difference)


def line_of(months: Months, market: FloatArray, rate: FloatArray) -> Line:
    """Regress each fund's excess returns on those of the benchmark.

    Args:
        market: (n_rows,) returns of the benchmark.
        rate: (n_rows,) returns of T-bills, or zeros.
    """
    count, there = months.n, months.there
    excess = (months.returns - rate[:, None]) * there
    mean = excess.sum(axis=0) / count
    fund = months.deviations(excess, mean)
    x = market - rate
    market_mean = x @ there / count
    deviations = months.deviations(x[:, None], market_mean)
    squares, market_squares = _sum(fund, fund), _sum(deviations, deviations)
    market_squares = _moments.without_noise(market_squares, market_squares + count * market_mean**2)
    raw = squares + count * mean**2
    products = _sum(fund, deviations)
    residuals = fund - _moments.ratio(products, market_squares) * deviations
    return Line(
        months=months,
        market=deviations,
        fund=fund,
        residuals=residuals,
        mean=mean,
        market_mean=market_mean,
        squares=_moments.without_noise(squares, raw),
        market_squares=market_squares,
        products=products,
        residual_squares=unexplained(_sum(residuals, residuals), squares, raw),
    )


def line_statistics(line: Line) -> dict[str, FloatArray]:
    """Alpha and beta with their standard errors, fit and tracking error; (n_funds,) each, NaN where undefined."""
    count = line.months.n
    residual_stdev = np.sqrt(line.residual_squares / (count - 2.0))
    alpha_se = residual_stdev * np.sqrt(1.0 / count + _moments.ratio(line.market_mean**2, line.market_squares))
    correlation = _moments.ratio(line.products, np.sqrt(line.squares * line.market_squares))
    active = line.fund - line.market
    active_raw = line.squares + line.market_squares + count * (line.mean**2 + line.market_mean**2)
    active_squares = _moments.without_noise(_sum(active, active), active_raw)
    tracking_error = np.sqrt(active_squares / (count - 1.0))
    correlation = np.clip(correlation, -1.0, 1.0)  # rounding alone can leave 1 + 2e-16
    return {
        "alpha_year": _moments.compounded(line.alpha, MONTHS),
        "alpha_month": line.alpha,
        "alpha_se": alpha_se,
        "alpha_t": _moments.ratio(line.alpha, alpha_se),
        "beta": line.beta,
        "beta_se": residual_stdev * np.sqrt(_moments.ratio(np.ones_like(count), line.market_squares)),
        "correlation": correlation,
        "r_squared": correlation**2,
        "residual_stdev": residual_stdev,
        "tracking_error_month": tracking_error,
        "tracking_error_year": tracking_error * np.sqrt(MONTHS),
    }


def rolling_weights(market: FloatArray, window: int) -> FloatArray:
    """(n_months - window + 1, n_months): times returns, the beta over each run of ``window`` months.

    One product with this band gives the rolling betas of all funds. NaN in a run over which the benchmark stands still.
    """
    n = market.size
    if n < window:
        return np.empty((0, n))
    runs = np.lib.stride_tricks.sliding_window_view(market, window)
    deviations = runs - runs.mean(axis=1, keepdims=True)
    squares = _moments.without_noise((deviations**2).sum(axis=1), (runs**2).sum(axis=1))
    band = np.zeros((n - window + 1, n))
    places = np.arange(n - window + 1)[:, None] + np.arange(window)
    np.put_along_axis(band, places, _moments.ratio(deviations, squares[:, None]), axis=1)
    return band


def beta_volatility(line: Line, band: FloatArray) -> FloatArray:
    """(n_funds,) sample standard deviation of the rolling betas of each fund; NaN below two of them."""
    rows, n_funds = line.fund.shape
    window = band.shape[1] - band.shape[0] + 1
    runs = rows - window + 1
    if band.size == 0 or runs < 2:
        return np.full(n_funds, np.nan)
    betas = _rolling_betas(line.fund, band[:runs], window)
    within = np.arange(runs)[:, None] >= rows - line.months.n
    count = within.sum(axis=0)
    many = count > 1
    mean = np.where(within, betas, 0.0).sum(axis=0) / np.maximum(count, 1)
    deviations = np.where(within, betas - mean, 0.0)
    squares = _moments.without_noise(_sum(deviations, deviations), count * mean**2)
    return np.where(many, np.sqrt(squares / np.where(many, count - 1, 1)), np.nan)


def _rolling_betas(fund: FloatArray, band: FloatArray, window: int) -> FloatArray:
    """(n_runs, n_funds): the product of the band with the funds, leaving out most of its zeros."""
    betas = np.empty((band.shape[0], fund.shape[1]))
    for run in range(0, band.shape[0], _RUNS):
        rows = slice(run, min(run + _RUNS, band.shape[0]) + window - 1)
        for column in range(0, fund.shape[1], _COLUMNS):
            tile = (slice(run, run + _RUNS), slice(column, column + _COLUMNS))
            np.matmul(band[tile[0], rows], fund[rows, tile[1]], out=betas[tile])
    return betas


def beta_change(line: Line) -> tuple[FloatArray, FloatArray, FloatArray]:
    """F statistic of "every year has the same beta", and its two degrees of freedom; NaN below two years.

    Years of 12 months are counted back from the last month, the first takes the rest; each has its own line. The
    statistic compares the spread of the slopes about their weighted mean with what the residuals explain:
    ``sum(Sxx_j (b_j - b)^2) / (k - 1)  over  sum(residual squares) / (n - 2 k)``, exact under normal residuals.

    Source:
        Analysis of covariance, test of equal slopes; Chow (1960), Econometrica 28(3).
    """
    count, x, e = line.months.n, line.market, line.residuals
    blocks = [line.months.there, x, x * x, e, e * e, x * e]
    years = (count // MONTHS).astype(np.intp)
    n, sum_x, sum_xx, sum_e, sum_ee, sum_xe = (_by_year(block, years) for block in blocks)
    used = n > 0
    n = np.where(used, n, 1.0)
    xx, xe, ee = sum_xx - sum_x**2 / n, sum_xe - sum_x * sum_e / n, sum_ee - sum_e**2 / n
    slopes = np.where(used, _moments.ratio(xe, xx), 0.0)  # of the residuals: beta of the year less that of the sample
    total = np.where(used, xx, 0.0).sum(axis=0)
    common = _moments.ratio((xx * slopes).sum(axis=0), total)
    spread = (xx * (slopes - common) ** 2).sum(axis=0)
    left = np.where(used, ee - xx * slopes**2, 0.0).sum(axis=0)
    left = np.where(line.residual_squares > 0.0, left, 0.0)  # the residuals of an exact fit are rounding
    above, below = np.asarray(years - 1.0), np.asarray(count - 2.0 * years)
    enough = (years >= 2) & (below > 0)
    statistic = _moments.ratio(spread / np.where(enough, above, 1.0), left / np.where(enough, below, 1.0))
    return np.asarray(np.where(enough, statistic, np.nan)), above, below


def cumulative(values: FloatArray, months: int) -> FloatArray:
    """(n_series,) compound return over the last rows; NaN where there are fewer or one is unknown."""
    if values.shape[0] < months:
        return np.full(values.shape[1], np.nan)
    return _moments.growth(values[-months:]) - 1.0


def _by_year(block: FloatArray, years: IntArray) -> FloatArray:
    """(n_years, n_funds) sums over years counted back from the last row; the oldest one takes the months left over."""
    rows, n_funds = block.shape
    padded = np.concatenate([np.zeros((-rows % MONTHS, n_funds)), block])
    sums = padded.reshape(-1, MONTHS, n_funds).sum(axis=1)[::-1]
    place = np.arange(sums.shape[0])[:, None]
    left_over = np.where(place >= years, sums, 0.0).sum(axis=0)
    oldest: BoolArray = place == years - 1
    return np.where(place < years, sums, 0.0) + np.where(oldest, left_over, 0.0)


def _sum(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("tk,tk->k", one, other))
