"""Checks of arguments, with messages an investor understands."""

from __future__ import annotations

from typing import Any

import numpy as np

from aram_xl._labels import is_labelled
from aram_xl.errors import InputError, NotConvexError
from aram_xl.types import FloatArray, Table

SYMMETRY_TOLERANCE = 1e-10
"""Relative to the largest entry: sample covariances differ from their transpose by about 1e-16."""

INDEFINITE_TOLERANCE = 1e-10
"""Relative to the largest eigenvalue: rounding of singular matrices sits near 1e-15, typing errors above 1e-4."""


def vector(values: Any, name: str, size: int | None = None) -> FloatArray:
    """A finite (n,) array; a (n, 1) or (1, n) block counts as a vector."""
    array = _floats(values, name)
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.ndim != 1 or array.size == 0:
        raise InputError(f"{name}: expected one row or column of numbers, got shape {array.shape}")
    if size is not None and array.size != size:
        raise InputError(f"{name}: expected {size} numbers, one per asset, got {array.size}")
    return _finite(array, name)


def matrix(values: Any, name: str) -> FloatArray:
    """A finite (n, k) array."""
    array = _floats(values, name)
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"{name}: expected a block of numbers with rows and columns, got shape {array.shape}")
    return _finite(array, name)


def number(value: Any, name: str) -> float:
    """A finite scalar."""
    array = _floats(value, name)
    if array.size != 1:
        raise InputError(f"{name}: expected one number, got {array.size}")
    single = float(array.reshape(1)[0])
    if not np.isfinite(single):
        raise InputError(f"{name}: expected a finite number, got {single}")
    return single


def common_labels(**tables: Table) -> Any:
    """The asset labels of the first labelled table; None when there is none.

    Raises:
        InputError: another labelled table has other labels, or the same in another order.
    """
    first, labels = "", None
    for name, table in tables.items():
        if not is_labelled(table):
            continue
        for found in _asset_labels(table):
            if labels is None:
                first, labels = name, found
            elif list(labels) != list(found):
                raise InputError(
                    f"{name}: expected labels in the order of {first} ({', '.join(map(str, labels))}), "
                    f"got {', '.join(map(str, found))}"
                )
    return labels


def _asset_labels(table: Table) -> list[Any]:
    """One set for a row or column of numbers, two for a block, whose rows and columns must agree."""
    if table.ndim == 1 or table.shape[1] == 1:
        return [table.index]
    return [table.columns] if table.shape[0] == 1 else [table.columns, table.index]


def covariance_matrix(values: Any, name: str = "covariance", size: int | None = None) -> FloatArray:
    """A finite, symmetric, positive semi-definite (n, n) array, exactly symmetrised in its last bits.

    Raises:
        InputError: not square, not of the expected size, or not symmetric.
        NotConvexError: a negative eigenvalue.
    """
    array = matrix(values, name)
    rows, columns = array.shape
    wanted = rows if size is None else size
    if (rows, columns) != (wanted, wanted):
        raise InputError(
            f"{name}: expected shape ({wanted}, {wanted})"
            + (" to match expected_returns" if size is not None else "")
            + f", got ({rows}, {columns})"
        )
    scale = np.abs(array).max()
    gap = np.abs(array - array.T)
    if gap.max() > SYMMETRY_TOLERANCE * scale:
        i, j = np.unravel_index(int(gap.argmax()), gap.shape)
        raise InputError(
            f"{name}: expected a symmetric matrix, got {array[i, j]:.6g} in row {i + 1}, column {j + 1} "
            f"but {array[j, i]:.6g} in row {j + 1}, column {i + 1}"
        )
    symmetric = 0.5 * (array + array.T)
    if np.diagonal(symmetric).min() < 0 or not _positive_definite(symmetric):
        eigenvalues = np.linalg.eigvalsh(symmetric)
        if eigenvalues[0] < -INDEFINITE_TOLERANCE * max(eigenvalues[-1], 0.0):
            raise NotConvexError(
                f"{name}: expected no negative eigenvalue, got {eigenvalues[0]:.6g} "
                f"(largest {eigenvalues[-1]:.6g}); estimate it over one common window, "
                "or use a shrinkage estimator such as ledoit_wolf"
            )
    return symmetric


def _positive_definite(symmetric: FloatArray) -> bool:
    try:
        np.linalg.cholesky(symmetric)
    except np.linalg.LinAlgError:
        return False
    return True


def _floats(values: Any, name: str) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: expected numbers only, got {_first_odd(values)}") from error


def _first_odd(values: Any) -> str:
    try:
        cells = np.asarray(values, dtype=object)
    except ValueError:
        return "rows of different lengths"
    for index, cell in np.ndenumerate(cells):
        if isinstance(cell, list | tuple):
            return "rows of different lengths"
        try:
            float(cell)
        except (TypeError, ValueError):
            place = ", ".join(f"{label} {i + 1}" for label, i in zip(("row", "column"), index, strict=False))
            return f"{cell!r}" + (f" in {place}" if place else "")
    return "rows of different lengths"


def _finite(array: FloatArray, name: str) -> FloatArray:
    bad = np.argwhere(~np.isfinite(array))
    if bad.size:
        place = ", ".join(f"{label} {i + 1}" for label, i in zip(("row", "column"), bad[0], strict=False))
        raise InputError(f"{name}: expected a finite number in {place}, got {array[tuple(bad[0])]}")
    return array
