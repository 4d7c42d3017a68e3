"""Expected returns: hand calculations, loops over the definitions, bits, errors."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from aram_xl._expected_returns import EXPECTED_RETURN_METHODS, expected_returns, expected_returns_of
from aram_xl.errors import InputError, TooShortError


def sample(periods: int, assets: int, seed: int = 3):
    rng = np.random.default_rng(seed)
    return rng.normal(0.004, 0.02, (periods, assets))


def half_life(method: str):
    return 7.0 if method == "ewma" else None


def test_mean_by_hand():
    assert_allclose(expected_returns([[0.01, -0.02], [0.02, 0.02], [0.06, 0.03]]), [0.03, 0.01], rtol=0, atol=1e-17)


def test_ewma_by_hand():
    """Half-life 1 over three periods: weights 1/7, 2/7, 4/7. (7 + 2 x 14 + 4 x 21)/7 = 17 per cent."""
    found = expected_returns([[0.07], [0.14], [0.21]], "ewma", half_life=1.0)
    assert_allclose(found, [0.17], rtol=1e-15)


def test_momentum_by_hand():
    """Twelve months, 1 % in the last, 2 % in each of the two before, 0 else.

    1 month: 1.01 - 1 = 1 %. 3, 6 and 12 months: 1.02^2 x 1.01 - 1 = 5.0804 %, divided by 3, 6 and 12.
    Mean of 1, 1.693467, 0.846733 and 0.423367 per cent: 0.990892 per cent. A month before the window's last twelve
    must not count.
    """
    months = [0.0] * 9 + [0.02, 0.02, 0.01]
    whole = 1.02**2 * 1.01 - 1
    expected = (0.01 + whole / 3 + whole / 6 + whole / 12) / 4
    assert expected == pytest.approx(0.00990892, abs=5e-9)
    for history in (months, [0.5, *months]):
        found = expected_returns(np.array(history)[:, None], "momentum")
        assert_allclose(found, [expected], rtol=1e-13)  # 1 + r - 1 loses digits: 1e-16 of 1, relative to 1 %


def test_momentum_with_loops():
    returns = sample(48, 5)
    expected = []
    for column in returns.T:
        parts = []
        for months in (1, 3, 6, 12):
            level = 1.0
            for value in column[len(column) - months :]:
                level *= 1.0 + value
            parts.append((level - 1.0) / months)
        expected.append(sum(parts) / 4)
    assert_allclose(expected_returns(returns, "momentum"), expected, rtol=0, atol=1e-16)


@pytest.mark.parametrize("method", ["mean", "ewma"])
def test_means_with_loops(method):
    returns = sample(60, 4)
    weights = [1.0 if method == "mean" else 0.5 ** ((59 - t) / 7.0) for t in range(60)]
    expected = [math.fsum(np.multiply(weights, column)) / math.fsum(weights) for column in returns.T]
    assert_allclose(expected_returns(returns, method, half_life(method)), expected, rtol=0, atol=1e-17)


@pytest.mark.parametrize("method", EXPECTED_RETURN_METHODS)
def test_stacked_is_one_by_one_bit_for_bit(method):
    """A date's estimate must not depend on which other dates are in the stack, down to the last bit."""
    for assets, periods in ((1, 20), (2, 13), (3, 60), (8, 48), (33, 60)):
        returns = sample(periods + 25, assets, seed=assets)
        windows = np.array([returns[k : k + periods] for k in range(26)])
        stacked = expected_returns_of(windows, method, half_life(method))
        for k in range(26):
            alone = expected_returns_of(windows[k : k + 1].copy(), method, half_life(method))[0]
            assert_array_equal(stacked[k], alone)


def test_labels_come_out_as_they_went_in():
    table = pd.DataFrame(sample(12, 2), columns=["SHY", "TLT"])
    found = expected_returns(table)
    assert list(found.index) == ["SHY", "TLT"]
    assert_array_equal(found.to_numpy(), expected_returns(table.to_numpy()))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0.1], [np.nan]],), InputError, "returns: expected a finite number in row 2, column 1, got nan"),
        (([0.1, 0.2],), InputError, "returns: expected a block of numbers with rows and columns, got shape"),
        (([[0.1], [0.2]], "median"), InputError, "method: expected one of mean, ewma, momentum, got 'median'"),
        (([[0.1], [0.2]], "ewma"), InputError, "half_life: expected a positive number of periods for ewma, got None"),
        (([[0.1], [0.2]], "ewma", 0.0), InputError, "half_life: expected a positive number of periods for ewma, got 0"),
        (([[0.1], [0.2]], "mean", 5.0), InputError, "half_life: expected none with method 'mean', got 5"),
        ((np.zeros((11, 2)), "momentum"), TooShortError, "returns: expected at least 12 periods for momentum, got 11"),
    ],
)
def test_refusals(arguments, error, message):
    with pytest.raises(error, match=message):
        expected_returns(*arguments)
