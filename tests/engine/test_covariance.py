"""Covariance estimators: hand calculations, loops over the articles' formulas, numpy, invariants, errors."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from aram_xl._covariance import COVARIANCE_METHODS, covariance, covariances, decay
from aram_xl.errors import InputError, TooShortError

ROUNDING = 1e-13
"""Relative; sums of at most 200 products, each rounded by 1e-16, in another order."""


def sample(periods: int, assets: int, seed: int = 3):
    """Monthly returns with a common factor, so that correlations differ from 0."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((periods, 1))
    loading, scale = rng.uniform(0.0, 1.2, assets), rng.uniform(0.003, 0.05, assets)
    return (factor * loading + rng.standard_normal((periods, assets))) * scale + 0.004


def half_life(method: str):
    return 7.0 if method == "ewma" else None


def close(found, expected):
    assert_allclose(found, expected, rtol=0, atol=ROUNDING * np.abs(expected).max())


def test_sample_by_hand():
    """Deviations of (1, 3, 5) % are -2, 0, 2, of (4, 1, 1) % 2, -1, -1: squares 8, 6, products -6, over n - 1 = 2."""
    returns = np.array([[0.01, 0.04], [0.03, 0.01], [0.05, 0.01]])
    assert_allclose(covariance(returns), np.array([[4.0, -3.0], [-3.0, 3.0]]) * 1e-4, rtol=0, atol=1e-18)


def test_ewma_by_hand():
    """Half-life 1 over two periods: weights 1/3, 2/3. Returns 0 and 3 %: mean 2 %, sum w d^2 = (4 + 2)/3 = 2,
    1 - sum w^2 = 1 - 5/9 = 4/9, so 2 x 9/4 = 4.5 (per cent squared): what two returns 3 % apart always give."""
    found = covariance([[0.0], [0.03]], "ewma", half_life=1.0)
    assert_allclose(found, [[4.5e-4]], rtol=1e-14)


def test_decay_halves_and_sums_to_one():
    """Half-life 2 over five periods: 1/4, 1/sqrt(8), 1/2, 1/sqrt(2), 1 before the sum is made 1."""
    raw = np.array([0.25, 8**-0.5, 0.5, 2**-0.5, 1.0])
    assert_allclose(decay(5, 2.0), raw / raw.sum(), rtol=1e-15)
    weights = decay(60, 11.0)
    assert weights.sum() == pytest.approx(1.0, abs=1e-15)
    assert_allclose(weights[11:] / weights[:-11], 2.0, rtol=1e-14)


@pytest.mark.parametrize(("periods", "assets"), [(2, 1), (3, 5), (48, 6), (200, 12)])
def test_sample_is_numpy_cov(periods, assets):
    returns = sample(periods, assets)
    close(covariance(returns), np.atleast_2d(np.cov(returns, rowvar=False)))


@pytest.mark.parametrize(("periods", "assets", "half"), [(2, 2, 1.0), (30, 4, 7.0), (120, 6, 24.0)])
def test_ewma_bias_correction_by_pairs(periods, assets, half):
    """For independent periods E (x_s - x_t)(x_s - x_t)' = 2 Sigma. The weighted mean of these halves over all pairs of
    different periods is unbiased and needs no mean; it equals the corrected estimator. numpy's aweights agree."""
    returns = sample(periods, assets)
    weights = [0.5 ** ((periods - 1 - t) / half) for t in range(periods)]
    total, mass = np.zeros((assets, assets)), 0.0
    for s in range(periods):
        for t in range(periods):
            if s != t:
                difference = returns[s] - returns[t]
                total += 0.5 * weights[s] * weights[t] * np.outer(difference, difference)
                mass += weights[s] * weights[t]
    found = covariance(returns, "ewma", half)
    close(found, total / mass)
    close(found, np.cov(returns, rowvar=False, aweights=weights))


def test_ewma_with_an_endless_half_life_is_the_sample_covariance():
    """Weights differ by 2^(-47/1e9), so entries by about 3e-8 of themselves."""
    returns = sample(48, 5)
    equal = covariance(returns)
    assert_allclose(covariance(returns, "ewma", 1e9), equal, rtol=0, atol=1e-7 * equal.max())


def ledoit_wolf_2004(returns):
    """Lemmas 3.2 to 3.4 with loops: norms ``||A||^2 = tr(AA')/p``, ``m = <S, I>``, ``d^2 = ||S - mI||^2``,
    ``b^2 = min(sum_k ||x_k x_k' - S||^2 / n^2, d^2)``, ``S* = b^2/d^2 m I + (d^2 - b^2)/d^2 S``."""
    n, p = returns.shape
    x = returns - returns.mean(axis=0)
    s = sum(np.outer(row, row) for row in x) / n
    m = sum(s[i, i] for i in range(p)) / p
    d2 = sum((s[i, j] - m * (i == j)) ** 2 for i in range(p) for j in range(p)) / p
    bar = sum(((np.outer(row, row) - s) ** 2).sum() / p for row in x) / n**2
    b2 = min(bar, d2)
    return b2 / d2 * m * np.eye(p) + (d2 - b2) / d2 * s, b2 / d2


def constant_correlation_2003(returns):
    """Appendix B with loops: ``delta = max(0, min(kappa / T, 1))``, ``kappa = (pi - rho) / gamma``."""
    t, n = returns.shape
    y = returns - returns.mean(axis=0)
    s = [[sum(y[k, i] * y[k, j] for k in range(t)) / t for j in range(n)] for i in range(n)]
    r = [s[i][j] / math.sqrt(s[i][i] * s[j][j]) for i in range(n) for j in range(i + 1, n)]
    r_bar = 2.0 * sum(r) / ((n - 1) * n)
    f = [[s[i][j] if i == j else r_bar * math.sqrt(s[i][i] * s[j][j]) for j in range(n)] for i in range(n)]

    def pi(i, j):
        return sum((y[k, i] * y[k, j] - s[i][j]) ** 2 for k in range(t)) / t

    def theta(a, i, j):
        return sum((y[k, a] ** 2 - s[a][a]) * (y[k, i] * y[k, j] - s[i][j]) for k in range(t)) / t

    rho = sum(pi(i, i) for i in range(n))
    for i in range(n):
        for j in range(n):
            if i != j:
                first = math.sqrt(s[j][j] / s[i][i]) * theta(i, i, j)
                second = math.sqrt(s[i][i] / s[j][j]) * theta(j, i, j)
                rho += r_bar / 2.0 * (first + second)
    gamma = sum((f[i][j] - s[i][j]) ** 2 for i in range(n) for j in range(n))
    kappa = (sum(pi(i, j) for i in range(n) for j in range(n)) - rho) / gamma
    delta = max(0.0, min(kappa / t, 1.0))
    return np.array([[delta * f[i][j] + (1 - delta) * s[i][j] for j in range(n)] for i in range(n)]), delta


@pytest.mark.parametrize(("periods", "assets", "seed"), [(40, 2, 1), (24, 3, 2), (48, 6, 3), (10, 15, 4), (60, 10, 5)])
def test_ledoit_wolf_is_the_article(periods, assets, seed):
    returns = sample(periods, assets, seed)
    expected, intensity = ledoit_wolf_2004(returns)
    assert 0.0 < intensity < 1.0  # else the formula for the error would not be tested
    close(covariance(returns, "ledoit_wolf"), expected)


@pytest.mark.parametrize(("periods", "assets", "seed"), [(40, 3, 1), (24, 3, 2), (48, 6, 3), (12, 15, 3), (60, 10, 5)])
def test_constant_correlation_is_the_article(periods, assets, seed):
    returns = sample(periods, assets, seed)
    expected, intensity = constant_correlation_2003(returns)
    assert 0.0 < intensity < 1.0
    close(covariance(returns, "constant_correlation"), expected)


def test_shrinkage_limits():
    """All variance from noise: two periods say nothing against equal variances, so the estimate is the target.
    With one or two assets the constant-correlation target is the sample covariance itself."""
    x = np.array([[0.01, 0.01], [-0.01, -0.01]])
    found = covariance(np.vstack([x, x * [1, -1]]), "ledoit_wolf")
    close(found, np.diag([1e-4, 1e-4]))
    for assets in (1, 2):
        returns = sample(24, assets)
        close(covariance(returns, "constant_correlation"), covariance(returns) * 23 / 24)
    one = sample(24, 1)
    close(covariance(one, "ledoit_wolf"), covariance(one) * 23 / 24)


@pytest.mark.parametrize("method", COVARIANCE_METHODS)
def test_stacked_is_one_by_one_bit_for_bit(method):
    """A date's estimate must not depend on which other dates are in the stack, down to the last bit."""
    for assets, periods in ((1, 20), (2, 13), (3, 60), (8, 48), (17, 12), (33, 60)):
        returns = sample(periods + 25, assets, seed=assets)
        windows = np.array([returns[k : k + periods] for k in range(26)])
        stacked = covariances(windows, method, half_life(method))
        for k in range(26):
            alone = covariances(windows[k : k + 1].copy(), method, half_life(method))[0]
            assert_array_equal(stacked[k], alone)
        for part in (slice(0, 2), slice(3, 11)):
            assert_array_equal(stacked[part], covariances(windows[part].copy(), method, half_life(method)))


@pytest.mark.parametrize("method", COVARIANCE_METHODS)
def test_invariants(method):
    """Symmetric to the bit, no negative eigenvalue, blind to a shift of returns, and quadratic in their scale."""
    returns = sample(20, 30, seed=9)
    found = covariance(returns, method, half_life(method))
    assert_array_equal(found, found.T)
    assert np.linalg.eigvalsh(found).min() >= -1e-14 * found.max()
    close(covariance(returns + 0.01, method, half_life(method)), found)
    close(covariance(returns * 100, method, half_life(method)), found * 1e4)


@pytest.mark.parametrize("method", COVARIANCE_METHODS)
def test_order_of_assets_is_the_order_of_columns(method):
    returns, order = sample(30, 5), np.array([3, 0, 4, 1, 2])
    found = covariance(returns, method, half_life(method))
    close(covariance(returns[:, order], method, half_life(method)), found[np.ix_(order, order)])


def test_shrinkage_stays_between_sample_and_target():
    """The trace is kept by Ledoit and Wolf 2004, and every variance by the constant-correlation target."""
    returns = sample(15, 12, seed=11)
    biased = covariance(returns) * 14 / 15
    assert np.trace(covariance(returns, "ledoit_wolf")) == pytest.approx(np.trace(biased), rel=ROUNDING)
    assert_allclose(np.diag(covariance(returns, "constant_correlation")), np.diag(biased), rtol=ROUNDING)


def test_constant_column():
    """Cash without variance: a row and column of zeros; equal correlations do not exist there."""
    returns = sample(20, 3)
    returns[:, 1] = 0.002
    for method in ("sample", "ewma"):
        assert_allclose(covariance(returns, method, half_life(method))[1], 0.0, rtol=0, atol=1e-35)
    with pytest.raises(InputError, match="expected every asset to vary with constant_correlation"):
        covariance(returns, "constant_correlation")


def test_labels_come_out_as_they_went_in():
    table = pd.DataFrame(sample(12, 2), columns=["SHY", "TLT"])
    found = covariance(table)
    assert list(found.columns) == list(found.index) == ["SHY", "TLT"]
    assert_array_equal(found.to_numpy(), covariance(table.to_numpy()))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0.1, 0.2]],), TooShortError, "returns: expected at least 2 periods for a covariance, got 1"),
        (([[0.1], [np.nan]],), InputError, "returns: expected a finite number in row 2, column 1, got nan"),
        (([[0.1], [np.inf]],), InputError, "returns: expected a finite number in row 2, column 1, got inf"),
        (([0.1, 0.2],), InputError, "returns: expected a block of numbers with rows and columns, got shape"),
        (([[0.1], ["x"]],), InputError, "returns: expected numbers only"),
        (([[0.1], [0.2]], "oas"), InputError, "method: expected one of sample, ewma, ledoit_wolf, .*'oas'"),
        (([[0.1], [0.2]], "ewma"), InputError, "half_life: expected a positive number of periods for ewma, got None"),
        (([[0.1], [0.2]], "ewma", -1.0), InputError, "half_life: expected a positive number of periods for ewma"),
        (([[0.1], [0.2]], "ewma", np.inf), InputError, "half_life: expected a positive number of periods for ewma"),
        (([[0.1], [0.2]], "ewma", 0.01), InputError, "half_life: expected one that leaves weight on more than one"),
        (([[0.1], [0.2]], "sample", 5.0), InputError, "half_life: expected none with method 'sample', got 5"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match=message):
        covariance(*arguments)
