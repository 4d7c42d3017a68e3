"""Where the risk of a portfolio comes from."""

from __future__ import annotations

import numpy as np

from aram_xl._labels import labels_of, series
from aram_xl._validate import covariance_matrix, vector
from aram_xl.errors import InputError
from aram_xl.types import Table


def risk_contributions(weights: Table, covariance: Table) -> Table:
    """Split portfolio volatility into one contribution per asset.

    Contribution i is ``w_i (S w)_i / sqrt(w' S w)``; a hedge shows as a negative entry.

    Args:
        weights: (n_assets,) decimals; need not sum to 1.
        covariance: (n_assets, n_assets) per period, decimal squared.

    Returns:
        (n_assets,) volatility per period, decimal; labelled when ``weights`` is.

    Raises:
        InputError: shapes disagree, or the portfolio has no variance.

    Source:
        Maillard, Roncalli and Teiletche (2010), Journal of Portfolio Management 36(4).

    Example:
        >>> risk_contributions([0.5, 0.5], np.diag([0.04, 0.09])).round(4)
        array([0.0555, 0.1248])
    """
    labels = labels_of(weights)
    w = vector(weights, "weights")
    matrix = covariance_matrix(covariance, size=w.size)
    gradient = matrix @ w
    variance = float(w @ gradient)
    if variance <= 0.0:
        raise InputError("weights: expected a portfolio with some risk, got a variance of 0")
    parts = w * gradient / np.sqrt(variance)
    return parts if labels is None else series(parts, labels.index, "risk_contribution")
