"""Estimating: covariance, correlation, expected returns."""

from __future__ import annotations

import numpy as np

from aram_xl._covariance import covariance
from aram_xl._expected_returns import expected_returns
from aram_xl.errors import InputError
from udfs.boundary import Cells, Rows, block, column, enough, grid, optional_scalar, text
from udfs.registry import excel_function

_RETURNS = "Simple returns, decimals: one column per asset, oldest first; a header row and a date column may be part."
_COVARIANCE_METHOD = "sample, ewma, ledoit_wolf or constant_correlation; sample when left out."
_HALF_LIFE = "Periods after which a return counts half; for ewma only."


@excel_function(
    gives="N x N, per period, decimal squared; with names when the returns have heads.",
    native="COVARIANCE.S of each pair of columns (sample)",
    returns=_RETURNS,
    method=_COVARIANCE_METHOD,
    half_life=_HALF_LIFE,
)
def ARAM_COV(returns: Cells, method: Cells = None, half_life: Cells = None) -> Rows:
    """Covariance matrix of returns, per period of the returns."""
    found = block(returns, "returns")
    values = enough(found.values, "returns", 2)
    estimate = covariance(values, text(method, "method", "sample"), optional_scalar(half_life, "half_life"))
    return grid(estimate, found.columns, found.columns)


@excel_function(
    gives="N x N, ones on the diagonal; with names when the returns have heads.",
    native="CORREL of each pair of columns (sample)",
    returns=_RETURNS,
    method=_COVARIANCE_METHOD,
    half_life=_HALF_LIFE,
)
def ARAM_CORR_MATRIX(returns: Cells, method: Cells = None, half_life: Cells = None) -> Rows:
    """Correlation matrix that belongs to ARAM_COV."""
    found = block(returns, "returns")
    values = enough(found.values, "returns", 2)
    estimate = covariance(values, text(method, "method", "sample"), optional_scalar(half_life, "half_life"))
    still = np.ptp(values, axis=0) == 0
    if still.any():
        raise InputError(f"returns: expected every column to vary, got a constant in column {still.argmax() + 1}")
    deviation = np.sqrt(np.diag(estimate))
    return grid(estimate / np.outer(deviation, deviation), found.columns, found.columns)


@excel_function(
    gives="N x 1, per period, decimals; with names when the returns have heads.",
    native="AVERAGE of each column (mean)",
    returns=_RETURNS,
    method="mean, ewma or momentum (blend of 1, 3, 6 and 12 months); mean when left out.",
    half_life=_HALF_LIFE,
)
def ARAM_EXPECTED_RETURNS(returns: Cells, method: Cells = None, half_life: Cells = None) -> Rows:
    """Expected return of each asset, per period of the returns."""
    found = block(returns, "returns")
    chosen = text(method, "method", "mean")
    return column(expected_returns(found.values, chosen, optional_scalar(half_life, "half_life")), found.columns)
