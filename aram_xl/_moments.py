"""Sums over time of many return series at once; the arithmetic behind ``performance``.

Everything works on (n_periods, n_series) blocks narrow enough to stay in the processor's cache, and always
along rows, because neighbours in a row are neighbours in memory. Deviations are taken from the mean before
they are squared: ``E[x^2] - E[x]^2`` would lose as many digits as the mean is large against the spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from aram_xl.errors import InputError
from aram_xl.types import FloatArray, frozen

_CENTRED_BLOCK = 1024
"""Columns; 120 months of deviations are then 1 MB. Times are flat from 512 to 4096."""

_ROW_BLOCK = 8192
"""Columns of the drawdown recursion: its four running rows are then 256 kB; narrower costs more calls."""

_STANDS_STILL = 1e-12
"""Relative to the root mean square of a series: rounding leaves deviations near 1e-16 in a series that does
not move, a price printed to six digits moves by 1e-6."""


@dataclass(frozen=True, eq=False, slots=True)
class JointMoments:
    """Sums over one sample from which every least-squares statistic of a series and its benchmark follows.

    NaN marks what does not exist: the correlation of a series, or the beta to a benchmark, that stands still.
    """

    n: int
    mean: FloatArray
    """(n_series,) mean return."""
    squares: FloatArray
    """(n_series,) sum of squared deviations from the mean."""
    products: FloatArray
    """(n_series,) sum of products of deviations with those of the benchmark."""
    active_squares: FloatArray
    """(n_series,) sum of squared deviations of the difference to the benchmark."""
    benchmark_mean: float
    benchmark_squares: float

    def __post_init__(self) -> None:
        size = self.mean.size
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                if value.shape != (size,):
                    raise InputError(f"{field.name}: expected shape ({size},) to match mean, got {value.shape}")
                object.__setattr__(self, field.name, frozen(value))

    @property
    def beta(self) -> FloatArray:
        """(n_series,) slope of the regression on the benchmark."""
        return ratio(self.products, self.benchmark_squares)

    @property
    def intercept(self) -> FloatArray:
        """(n_series,) intercept of the regression on the benchmark, decimal per period."""
        return np.asarray(self.mean - self.beta * self.benchmark_mean)

    @property
    def correlation(self) -> FloatArray:
        """(n_series,) Pearson correlation with the benchmark."""
        exact = ratio(self.products, np.sqrt(self.squares) * np.sqrt(self.benchmark_squares))
        return np.clip(exact, -1.0, 1.0)  # rounding alone can leave 1 + 2e-16

    @property
    def stdev(self) -> FloatArray:
        """(n_series,) sample standard deviation, decimal per period."""
        return sample_stdev(self.squares, self.n)

    @property
    def active_stdev(self) -> FloatArray:
        """(n_series,) sample standard deviation of the difference to the benchmark, decimal per period."""
        return sample_stdev(self.active_squares, self.n)


def joint(values: FloatArray, benchmark: FloatArray) -> JointMoments:
    """Moments of (n_periods, n_series) returns with an (n_periods,) benchmark, in one pass."""
    n, size = values.shape
    mean, squares, products, active = np.empty((4, size))
    benchmark_mean = float(benchmark.mean())
    benchmark_deviations = benchmark - benchmark_mean
    benchmark_squares = float(benchmark_deviations @ benchmark_deviations)
    benchmark_raw = benchmark_squares + n * benchmark_mean**2
    for part, centre, deviations in centred(values):
        mean[part] = centre
        squares[part] = np.einsum("tk,tk->k", deviations, deviations)
        products[part] = benchmark_deviations @ deviations
        deviations -= benchmark_deviations[:, None]
        active[part] = np.einsum("tk,tk->k", deviations, deviations)
    raw = squares + n * mean**2
    return JointMoments(
        n=n,
        mean=mean,
        squares=without_noise(squares, raw),
        products=products,
        active_squares=without_noise(active, raw + benchmark_raw),
        benchmark_mean=benchmark_mean,
        benchmark_squares=float(without_noise(np.array(benchmark_squares), np.array(benchmark_raw))),
    )


def mean_and_stdev(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and sample standard deviation of each column, decimal per period."""
    n, size = values.shape
    mean, squares = np.empty((2, size))
    for part, centre, deviations in centred(values):
        mean[part] = centre
        squares[part] = np.einsum("tk,tk->k", deviations, deviations)
    return mean, sample_stdev(without_noise(squares, squares + n * mean**2), n)


def centred(values: FloatArray) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Blocks of columns: place, means, and deviations from the mean, which the next block overwrites."""
    n, size = values.shape
    buffer = np.empty((n, min(size, _CENTRED_BLOCK)))
    for start in range(0, size, _CENTRED_BLOCK):
        part = slice(start, min(start + _CENTRED_BLOCK, size))
        block = values[:, part]
        centre = np.add.reduce(block, axis=0) / n
        deviations = buffer[:, : block.shape[1]]
        np.subtract(block, centre, out=deviations)
        yield part, centre, deviations


def growth(values: FloatArray) -> FloatArray:
    """(n_series,) value at the end of 1 invested at the start."""
    result = np.empty(values.shape[1])
    for start in range(0, result.size, _CENTRED_BLOCK):
        part = slice(start, start + _CENTRED_BLOCK)
        np.multiply.reduce(1.0 + values[:, part], axis=0, out=result[part])
    return result


def worst_drawdown(values: FloatArray) -> FloatArray:
    """(n_series,) greatest loss from an earlier peak, the start value 1 included; positive."""
    lowest = np.ones(values.shape[1])
    for start in range(0, lowest.size, _ROW_BLOCK):
        worst = lowest[start : start + _ROW_BLOCK]
        level, peak, work = np.ones_like(worst), np.ones_like(worst), np.empty_like(worst)
        for row in values[:, start : start + _ROW_BLOCK]:
            np.add(row, 1.0, out=work)
            level *= work
            np.maximum(peak, level, out=peak)
            np.divide(level, peak, out=work)
            np.minimum(worst, work, out=worst)
    return 1.0 - lowest


def sample_stdev(squares: FloatArray, n: int) -> FloatArray:
    """Square root of squared deviations over ``n - 1``; NaN for a single observation."""
    if n < 2:
        return np.full_like(squares, np.nan)
    return np.asarray(np.sqrt(squares / (n - 1)))


def without_noise(squares: FloatArray, raw: FloatArray) -> FloatArray:
    """Squared deviations, exactly 0 where they are rounding in a series that does not move."""
    return np.where(squares <= _STANDS_STILL**2 * raw, 0.0, squares)


def ratio(numerator: FloatArray, denominator: FloatArray | float) -> FloatArray:
    """Division that gives NaN where the denominator is 0: the statistic does not exist there."""
    below = np.broadcast_to(np.asarray(denominator, dtype=np.float64), np.shape(numerator))
    result = np.full(below.shape, np.nan)
    np.divide(numerator, below, out=result, where=below != 0)
    return result


def compounded(rate: FloatArray, periods: float) -> FloatArray:
    """``(1 + rate)^periods - 1``, without losing the digits of a small rate; NaN below a rate of -1."""
    result = np.full(np.shape(rate), np.nan)
    usable = rate > -1.0
    np.log1p(rate, out=result, where=usable)
    np.multiply(result, periods, out=result)
    return np.asarray(np.expm1(result))
