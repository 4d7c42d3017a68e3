"""Messages of the checks of arguments: what was expected, what came, and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from aram_xl._validate import common_labels, covariance_matrix, matrix, number, vector
from aram_xl.errors import AramError, InputError, NotConvexError


@pytest.mark.parametrize("values", [[1, 2, 3], [[1, 2, 3]], [[1], [2], [3]], (1.0, 2.0, 3.0), np.float32([1, 2, 3])])
def test_vector_takes_rows_columns_and_lists(values):
    assert_array_equal(vector(values, "x"), [1.0, 2.0, 3.0])
    assert vector(values, "x").dtype == np.float64


def test_vector_of_one_cell():
    assert_array_equal(vector([[5]], "x"), [5.0])


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([[1, 2], [3, 4]], r"x: expected one row or column of numbers, got shape \(2, 2\)"),
        ([], r"x: expected one row or column of numbers, got shape \(0,\)"),
        (3.0, r"x: expected one row or column of numbers, got shape \(\)"),
        ([1, "two"], r"x: expected numbers only, got 'two' in row 2"),
        ([[1], ["two"]], r"x: expected numbers only, got 'two' in row 2, column 1"),
        ([[1, 2], [3]], r"x: expected numbers only, got rows of different lengths"),
        ([1, None], r"x: expected a finite number in row 2, got nan"),
        ([1, np.inf], r"x: expected a finite number in row 2, got inf"),
        ({"a": 1.0}, r"x: expected numbers only, got "),
        (pd.Series([1.0, pd.NA], dtype="object"), r"x: expected numbers only, got <NA> in row 2"),
    ],
)
def test_vector_messages(values, match):
    with pytest.raises(InputError, match=match):
        vector(values, "x")


def test_vector_size():
    with pytest.raises(InputError, match=r"x: expected 4 numbers, one per asset, got 3"):
        vector([1, 2, 3], "x", 4)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([1, 2], r"x: expected a block of numbers with rows and columns, got shape \(2,\)"),
        (np.zeros((2, 0)), r"x: expected a block of numbers with rows and columns, got shape \(2, 0\)"),
        ([[1, 2], [3, np.nan]], r"x: expected a finite number in row 2, column 2, got nan"),
    ],
)
def test_matrix_messages(values, match):
    with pytest.raises(InputError, match=match):
        matrix(values, "x")


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), [2], [[2.0]], pd.Series([2.0])])
def test_number_takes_one_cell(value):
    assert number(value, "x") == 2.0


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ([1, 2], "x: expected one number, got 2"),
        ([], "x: expected one number, got 0"),
        ("text", "x: expected numbers only, got 'text'"),
        (None, "x: expected a finite number, got nan"),
        (np.inf, "x: expected a finite number, got inf"),
    ],
)
def test_number_messages(value, match):
    with pytest.raises(InputError, match=match):
        number(value, "x")


def test_covariance_symmetry():
    """A difference of 1e-12 is rounding and evened out; one of 1e-6 is a typing error, and its cells are named."""
    rounding = np.array([[0.01, 0.002], [0.002 + 1e-14, 0.04]])
    found = covariance_matrix(rounding)
    assert (found == found.T).all()
    with pytest.raises(
        InputError, match=r"got 0\.002 in row 1, column 2 but 0\.002001 in row 2, column 1"
    ):
        covariance_matrix([[0.01, 0.002], [0.002001, 0.04]])


def test_covariance_shape():
    with pytest.raises(InputError, match=r"covariance: expected shape \(2, 2\), got \(2, 3\)"):
        covariance_matrix(np.zeros((2, 3)))
    with pytest.raises(InputError, match=r"expected shape \(3, 3\) to match expected_returns, got \(2, 2\)"):
        covariance_matrix(np.eye(2), size=3)


@pytest.mark.parametrize(
    "values",
    [np.zeros((2, 2)), np.ones((3, 3)), np.diag([1.0, 0.0]), np.outer([1, -2, 3], [1, -2, 3]) * 1e-10],
    ids=["zero", "rank one", "cash", "small rank one"],
)
def test_singular_covariances_are_taken(values):
    assert_array_equal(covariance_matrix(values), values)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_indefinite_covariance_names_its_least_eigenvalue(scale):
    """[[1, 2], [2, 1]] has eigenvalues 3 and -1, at any scale; so has a negative variance."""
    for values in ([[1.0, 2.0], [2.0, 1.0]], [[3.0, 0.0], [0.0, -1.0]]):
        with pytest.raises(NotConvexError, match=r"no negative eigenvalue, got -1.*\(largest 3") as caught:
            covariance_matrix(scale * np.array(values))
        assert "ledoit_wolf" in str(caught.value)
        assert isinstance(caught.value, AramError | ValueError)


def test_slightly_indefinite_is_rounding_until_it_is_not():
    """Eigenvalues 2 + e and -e: 1e-12 of the largest is rounding, 1e-8 is not."""
    for excess, fails in ((1e-12, False), (1e-8, True)):
        values = np.array([[1.0, 1.0 + excess], [1.0 + excess, 1.0]])
        if fails:
            with pytest.raises(NotConvexError, match="negative eigenvalue"):
                covariance_matrix(values)
        else:
            covariance_matrix(values)


def test_arguments_are_not_changed():
    values = np.array([[0.01, 0.002], [0.002 + 1e-14, 0.04]])
    before = values.copy()
    covariance_matrix(values)
    assert_array_equal(values, before)


def test_common_labels():
    row = pd.Series([1.0, 2.0], ["a", "b"])
    block = pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"])
    assert common_labels(x=[1, 2], y=0.0) is None
    assert list(common_labels(x=[1, 2], y=row, z=block)) == ["a", "b"]
    assert list(common_labels(x=row.to_frame().T)) == ["a", "b"]
    with pytest.raises(InputError, match=r"z: expected labels in the order of y \(a, b\), got b, a"):
        common_labels(y=row, z=block.iloc[::-1])
    with pytest.raises(InputError, match=r"z: expected labels in the order of y \(a, b\), got a, c"):
        common_labels(y=row, z=row.set_axis(["a", "c"]))
