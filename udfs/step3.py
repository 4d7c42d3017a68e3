"""Step 3: weights at a risk target, the frontier, the certificate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from aram_xl._covariance import covariance as sample_covariance
from aram_xl._expected_returns import expected_returns as mean_returns
from aram_xl.errors import InfeasibleError, InputError, TooShortError
from aram_xl.frontier import EfficientFrontier, below_reach, efficient_frontier, max_return_at_risk, min_risk
from aram_xl.returns import FREQUENCIES, simple_returns
from aram_xl.risk import risk_contributions
from aram_xl.types import FloatArray
from udfs.boundary import (
    Cells,
    Rows,
    block,
    column,
    grid,
    is_omitted,
    labelled,
    limit,
    scalar,
    text,
    vector,
    whole,
)
from udfs.data import levels_at_period_ends
from udfs.registry import excel_function

_EXPECTED = "Row or column of expected returns per period, decimals; names beside them are kept."
_COVARIANCE = "Square block of the same period, decimal squared; names around it must agree."
_LOWER = "Smallest weight, one number or one per asset; 0 when left out."
_UPPER = "Greatest weight, one number or one per asset; 1 when left out."
_WEIGHTS = "Row or column of weights, decimals."


@excel_function(
    gives="N x 1, in the order given; with names when the expected returns have them.",
    native="The subset optimiser of the template active_index (N up to 8, bounds 0 and 1)",
    expected_returns=_EXPECTED,
    covariance=_COVARIANCE,
    risk_target="Greatest volatility, of the same period, decimal.",
    lower=_LOWER,
    upper=_UPPER,
)
def ARAM_WEIGHTS(
    expected_returns: Cells, covariance: Cells, risk_target: Cells, lower: Cells = None, upper: Cells = None
) -> Rows:
    """Long-only weights of greatest expected return at no more than the risk target."""
    mu, names = vector(expected_returns, "expected_returns")
    bounds = limit(lower, "lower", mu.size, 0.0), limit(upper, "upper", mu.size, 1.0)
    problem = (mu, _square(covariance, names), *bounds)
    return column(_weights_at(problem, scalar(risk_target, "risk_target"), names), names)


@excel_function(
    gives="Table: ticker, weight.",
    native="The template active_index, sheet Calc_Date",
    prices="Total-return levels: dates in the first column, a header row of tickers, the benchmark among them.",
    benchmark="Ticker of the column whose risk sets the target; it is not held.",
    window="Returns in the window, a whole number.",
    frequency="D, W, M or Q.",
    multiplier="k: risk target = k x volatility of the benchmark; 1 when left out.",
    lower=_LOWER,
    upper=_UPPER,
)
def ARAM_WEIGHTS_FROM_PRICES(
    prices: Cells,
    benchmark: Cells,
    window: Cells,
    frequency: Cells,
    multiplier: Cells = None,
    lower: Cells = None,
    upper: Cells = None,
) -> Rows:
    """Weights at the last complete period: sample mean and covariance, target from the benchmark's volatility."""
    found, _ = levels_at_period_ends(prices, text(frequency, "frequency"))
    if found.columns is None:
        raise InputError("prices: expected a header row of tickers, got numbers only; include the header row")
    ticker = text(benchmark, "benchmark")
    if ticker not in found.columns:
        raise InputError(f"benchmark: expected one of {', '.join(found.columns)}, got {ticker!r}")
    own = found.columns.index(ticker)
    returns = _complete_window(simple_returns(found.values), whole(window, "window"), found.columns)
    assets = np.delete(returns, own, axis=1)
    k = 1.0 if is_omitted(multiplier) else scalar(multiplier, "multiplier")
    bounds = limit(lower, "lower", assets.shape[1], 0.0), limit(upper, "upper", assets.shape[1], 1.0)
    target = k * float(returns[:, own].std(ddof=1))
    names = [name for name in found.columns if name != ticker]
    problem = (mean_returns(assets), sample_covariance(assets), *bounds)
    return [["Ticker", "Weight"], *column(_weights_at(problem, target, names), names)]


@excel_function(
    gives="N x 1; with names when the covariance has them.",
    native="MMULT(MINVERSE(covariance), ones), scaled to 1, where that is long-only",
    covariance="Square block, decimal squared; names around it are kept.",
    lower=_LOWER,
    upper=_UPPER,
)
def ARAM_MIN_RISK(covariance: Cells, lower: Cells = None, upper: Cells = None) -> Rows:
    """Long-only weights of least risk."""
    found = block(covariance, "covariance")
    size = found.values.shape[0]
    best = min_risk(found.values, limit(lower, "lower", size, 0.0), limit(upper, "upper", size, 1.0))
    return column(best.weights, found.columns)


@excel_function(
    gives="N x 1, in the order given; with names when the expected returns have them.",
    native="Certificate: mean less rate proportional to MMULT(covariance, weights) for the assets held",
    expected_returns=_EXPECTED,
    covariance=_COVARIANCE,
    risk_free_rate="Per period, decimal; always asked for.",
    lower=_LOWER,
    upper=_UPPER,
)
def ARAM_MAX_SHARPE(
    expected_returns: Cells, covariance: Cells, risk_free_rate: Cells, lower: Cells = None, upper: Cells = None
) -> Rows:
    """Long-only weights of greatest Sharpe ratio."""
    mu, names = vector(expected_returns, "expected_returns")
    frontier = _frontier((mu, names), covariance, lower, upper)
    return column(frontier.max_sharpe(scalar(risk_free_rate, "risk_free_rate")).weights, names)


@excel_function(
    gives="Header, then one row per corner (or point): risk, return, N weights; least risk first.",
    native="Sheet Calc_Frontier of the template active_index",
    expected_returns=_EXPECTED,
    covariance=_COVARIANCE,
    points="Whole number of points, equally spaced in return; all corners exactly when left out.",
    lower=_LOWER,
    upper=_UPPER,
)
def ARAM_FRONTIER(
    expected_returns: Cells, covariance: Cells, points: Cells = None, lower: Cells = None, upper: Cells = None
) -> Rows:
    """The long-only efficient frontier, exact."""
    mu, names = vector(expected_returns, "expected_returns")
    frontier = _frontier((mu, names), covariance, lower, upper)
    if is_omitted(points):
        rows = np.column_stack([frontier.risks, frontier.expected_returns, frontier.weights])[::-1]
    else:
        count = whole(points, "points")
        if count < 2:
            raise InputError(f"points: expected at least 2, got {count}")
        wanted = np.linspace(frontier.expected_returns[-1], frontier.expected_returns[0], count)
        found = [frontier.at_return(float(value)) for value in wanted]
        rows = np.array([[one.risk, one.expected_return, *one.weights] for one in found])
    return grid(rows, None, ["Risk", "Return", *(names or [f"Weight {i + 1}" for i in range(mu.size)])])


@excel_function(
    gives="Header, then 2 rows: the portfolios of least and of greatest useful risk, as risk, return, N weights.",
    native="Sheet Calc_Frontier of the template active_index, first and last point",
    expected_returns=_EXPECTED,
    covariance=_COVARIANCE,
    lower=_LOWER,
    upper=_UPPER,
)
def ARAM_RISK_RANGE(expected_returns: Cells, covariance: Cells, lower: Cells = None, upper: Cells = None) -> Rows:
    """Between which risks a target binds, under the bounds."""
    mu, names = vector(expected_returns, "expected_returns")
    frontier = _frontier((mu, names), covariance, lower, upper)
    ends = [frontier.min_risk, frontier.max_return]
    rows = [[one.risk, one.expected_return, *one.weights] for one in ends]
    heads = ["Risk", "Return", *(names or [f"Weight {i + 1}" for i in range(mu.size)])]
    return grid(rows, ["Least risk", "Greatest return"], heads, "End")


@excel_function(
    gives="Labelled rows: verdict, form, multipliers, residuals, duality gap.",
    native="Gradient MMULT(covariance, weights), then the first-order conditions; sheet Calc_Proof",
    weights=_WEIGHTS,
    expected_returns=_EXPECTED,
    covariance=_COVARIANCE,
    risk_target="The target the weights answer, decimal.",
    lower=_LOWER,
    upper=_UPPER,
)
def ARAM_CERTIFICATE(
    weights: Cells,
    expected_returns: Cells,
    covariance: Cells,
    risk_target: Cells,
    lower: Cells = None,
    upper: Cells = None,
) -> Rows:
    """Proof that weights, from anywhere, are optimal for a risk target - or how far they are from it."""
    from aram_xl import certificate

    mu, names = vector(expected_returns, "expected_returns")
    w, own_names = vector(weights, "weights")
    _agree(own_names, names, "weights", "expected_returns")
    proof = certificate(
        w,
        mu,
        _square(covariance, names),
        scalar(risk_target, "risk_target"),
        limit(lower, "lower", mu.size, 0.0),
        limit(upper, "upper", mu.size, 1.0),
    )
    shown = names or [f"asset {i + 1}" for i in range(mu.size)]
    lines: list[tuple[str, object]] = [
        ("optimal", proof.optimal),
        ("form", proof.form),
        ("risk multiplier", proof.risk_multiplier if np.isfinite(proof.risk_multiplier) else "infinite"),
        ("budget multiplier", proof.budget_multiplier),
        ("stationarity", proof.stationarity),
        ("feasibility", proof.feasibility),
        ("complementarity", proof.complementarity),
        ("duality gap", proof.duality_gap),
    ]
    lines += [(f"lower multiplier {name}", value) for name, value in zip(shown, proof.lower_multipliers, strict=True)]
    lines += [(f"upper multiplier {name}", value) for name, value in zip(shown, proof.upper_multipliers, strict=True)]
    return labelled(lines)


@excel_function(
    gives="N x 1, volatility per period; adds up to the volatility of the portfolio.",
    native="weights * MMULT(covariance, weights) / SQRT(variance)",
    weights=_WEIGHTS,
    covariance=_COVARIANCE,
)
def ARAM_RISK_CONTRIBUTIONS(weights: Cells, covariance: Cells) -> Rows:
    """Volatility contributed by each asset; contributions add up to portfolio volatility."""
    w, names = vector(weights, "weights")
    return column(risk_contributions(w, _square(covariance, names, "weights")), names)


def _weights_at(problem: tuple[Any, Any, Any, Any], target: float, names: list[str] | None) -> FloatArray:
    """Weights of greatest return at a risk target; where none meets it, the message calls the assets by name.

    Args:
        problem: expected returns, covariance, lower and upper bounds.
        target: greatest volatility.
        names: of the assets; None when they have none.
    """
    mu, covariance, lower, upper = problem
    try:
        return np.asarray(max_return_at_risk(mu, covariance, target, lower, upper).weights)
    except InfeasibleError:
        if names is None:
            raise
        unnamed = efficient_frontier(mu, covariance, lower, upper)  # names beforehand would make the answer need pandas
    raise InfeasibleError(below_reach(target, replace(unnamed, names=names)))


def _frontier(
    named: tuple[FloatArray, list[str] | None], covariance: Cells, lower: Cells, upper: Cells
) -> EfficientFrontier:
    mu, names = named
    bounds = limit(lower, "lower", mu.size, 0.0), limit(upper, "upper", mu.size, 1.0)
    return efficient_frontier(mu, _square(covariance, names), *bounds)


def _square(covariance: Cells, names: list[str] | None, of: str = "expected_returns") -> FloatArray:
    """The numbers of a covariance; names around it must be those of the other argument, in their order."""
    found = block(covariance, "covariance")
    for labels in (found.columns, found.rows):
        _agree(labels, names, "covariance", of)
    return found.values


def _agree(labels: list[Any] | None, names: list[str] | None, name: str, of: str) -> None:
    if names is not None and labels is not None and [str(label) for label in labels] != names:
        shown = ", ".join(str(label) for label in labels)
        raise InputError(f"{name}: expected names in the order of {of} ({', '.join(names)}), got {shown}")


def _complete_window(returns: FloatArray, window: int, names: list[str]) -> FloatArray:
    """The last ``window`` returns; every column must have all of them."""
    if window < 2:
        raise InputError(f"window: expected at least 2 returns, got {window}")
    chosen = returns[-window:]
    if len(chosen) < window:
        raise TooShortError(f"prices: expected {window} returns, got {len(returns)}; choose a shorter window")
    short = [name for name, column in zip(names, chosen.T, strict=True) if np.isnan(column).any()]
    if short:
        raise TooShortError(
            f"prices: expected {window} returns of every column, got fewer of {', '.join(short)}; "
            f"choose a shorter window or leave it out ({', '.join(FREQUENCIES)} periods)"
        )
    return chosen
