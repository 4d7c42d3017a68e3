"""Evidence for the method's own claims, each as a table with the number of periods and standard errors.

Past covariance predicts risk (`volatility_forecasts`, `covariance_forecasts`); weights grow old (`risk_decay`); alpha
persists (`alpha_by_period`, `alpha_persistence`); results survive costs, fee and a day's delay (`sensitivity`). The
tables say what the data say, for or against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from aram_xl._activeness_regression import Months, line_of, line_statistics
from aram_xl._backtest import backtest
from aram_xl._backtest_account import account, levels_of, monthly
from aram_xl._backtest_report import row_scaling
from aram_xl._evidence_forecasts import (
    BETWEEN,
    covariance_forecasts,
    rank_correlation,
    standard_error,
    volatility_forecasts,
)
from aram_xl._models import Model
from aram_xl._series import read_one, read_returns
from aram_xl.errors import InputError, TooShortError
from aram_xl.returns import PERIODS_PER_YEAR
from aram_xl.types import FloatArray, Table

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult

__all__ = [
    "BETWEEN",
    "alpha_by_period",
    "alpha_persistence",
    "covariance_forecasts",
    "risk_decay",
    "sensitivity",
    "volatility_forecasts",
]

AGES = (1, 3, 6, 12)
"""Of weights, in periods of the model's rebalancing; 1 is the period right after the decision."""


def risk_decay(result: BacktestResult, prices: Table, ages: Sequence[int] = AGES) -> pd.DataFrame:
    """How far realised risk is from the risk that weights were chosen with, as the weights grow old.

    The weights of each signal are left to drift without a trade. In the period that ends at a signal, the same for all
    ages, realised risk is measured for the weights decided 1, 3, 6 and 12 signals before, and held against the ex-ante
    risk of their own decision.

    Args:
        result: of `aram_xl.backtest`.
        prices: the table that it was made from.
        ages: in periods, ascending.

    Returns:
        One row per age. ``n`` periods; ``ratio``: root mean square of realised over that of ex-ante risk; ``gap``: mean
        of ``|ln(realised / ex-ante)|`` and its standard error; ``widening``: the gap less that of the first age in the
        same periods, and its standard error.

    Raises:
        InputError: ages that are not ascending from 1, or ``prices`` is not the table of the back-test.
        TooShortError: fewer than two periods have weights of every age.
    """
    import pandas as pd

    if not ages or ages[0] < 1 or any(b <= a for a, b in pairwise(ages)):
        raise InputError(f"ages: expected ascending whole numbers from 1, got {list(ages)}")
    realised, ex_ante = _aged(result, prices, ages)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.abs(np.log(realised / ex_ante))
    kept = np.isfinite(gap).all(axis=1)
    if np.count_nonzero(kept) < 2:
        raise TooShortError(
            f"result: expected at least two periods with weights of every age up to {ages[-1]}, "
            f"got {np.count_nonzero(kept)}"
        )
    gap, realised, ex_ante = gap[kept], realised[kept], ex_ante[kept]
    widening = gap - gap[:, :1]
    table = {
        "n": len(gap),
        "ratio": np.sqrt((realised**2).mean(axis=0) / (ex_ante**2).mean(axis=0)),
        "gap": gap.mean(axis=0),
        "gap_se": [standard_error(column) for column in gap.T],
        "widening": widening.mean(axis=0),
        "widening_se": [standard_error(column) for column in widening.T],
    }
    return pd.DataFrame(table, pd.Index(ages, name="age"))


def alpha_by_period(
    returns: pd.Series[float], benchmark: pd.Series[float], periods_per_year: float, parts: int = 3
) -> pd.DataFrame:
    """Alpha of sub-periods of nearly equal length, the last ones the longer, and of the whole sample.

    Args:
        returns: (n_periods,) simple returns, decimals, labelled by period end.
        benchmark: of the same periods.
        periods_per_year: of both.
        parts: how many sub-periods.

    Returns:
        One row per sub-period and a last one for the whole: ``start``, ``end``, ``n``, ``alpha`` a year (compounded
        intercept of the returns on the benchmark), ``se`` (the classical standard error of the intercept, carried over
        to a year by the slope of the compounding), ``t`` of the intercept, ``beta``.

    Raises:
        TooShortError: fewer than three returns in a sub-period.
    """
    import pandas as pd

    size = len(returns)
    if parts < 1 or size // parts < 3:
        raise TooShortError(f"returns: expected at least three for each of {parts} sub-periods, got {size}")
    cuts = [size * part // parts for part in range(parts + 1)]
    spans = [*pairwise(cuts), *([(0, size)] if parts > 1 else [])]
    table = read_returns(returns, "returns")
    own, market = table.values[:, 0], read_one(benchmark, "benchmark", table).values[:, 0]
    rows = []
    for first, after in spans:
        alpha, error, beta = _line(own[first:after], market[first:after])
        growth = (1.0 + alpha) ** (periods_per_year - 1.0)
        rows.append(
            {
                "start": returns.index[first],
                "end": returns.index[after - 1],
                "n": after - first,
                "alpha": growth * (1.0 + alpha) - 1.0,
                "se": periods_per_year * growth * error,
                "t": alpha / error if error > 0.0 else float("nan"),
                "beta": beta,
            }
        )
    return pd.DataFrame(rows)


def alpha_persistence(alphas: pd.DataFrame) -> pd.DataFrame:
    """Did the models that were better in one sub-period stay better in the next?

    Args:
        alphas: models x sub-periods, in the order of time.

    Returns:
        One row per pair of neighbouring sub-periods: ``n`` models, ``rank``: rank correlation of their alphas, and
        ``se``: 1 / sqrt(n - 1), its standard error where nothing persists.

    Raises:
        TooShortError: fewer than two sub-periods or three models.
    """
    import pandas as pd

    if alphas.shape[1] < 2 or alphas.shape[0] < 3:
        raise TooShortError(f"alphas: expected two sub-periods of three models at least, got {alphas.shape}")
    values = alphas.to_numpy()
    n = len(values)
    rows = [
        {"from": before, "to": after, "n": n, "rank": rank_correlation(values[:, i], values[:, i + 1])}
        for i, (before, after) in enumerate(pairwise(alphas.columns))
    ]
    return pd.DataFrame(rows).assign(se=1.0 / np.sqrt(n - 1))


def sensitivity(
    prices: Table,
    model: Model,
    changes: Mapping[str, Mapping[str, Any]],
    start: Any = None,
    end: Any = None,
) -> pd.DataFrame:
    """The same back-test with other costs, another fee, a day's delay, or any other field of the card changed.

    Args:
        prices: see `aram_xl.backtest`.
        model: the card.
        changes: for each row its name and the changed fields of the card; none: the card as it is.
        start: see `aram_xl.backtest`.
        end: see `aram_xl.backtest`.

    Returns:
        One row per change, from whole months, net: ``cumulative``, ``return`` and ``volatility`` a year, ``alpha`` a
        year and its standard error as in `alpha_by_period`, and one-way ``turnover`` and ``cost`` a year.
    """
    import pandas as pd

    rows = {}
    for name, fields in changes.items():
        card = model.replace(**fields)
        result = backtest(prices, card, start=start, end=end)
        months = monthly(result, prices).returns
        judged = alpha_by_period(months["net"], months["benchmark"], 12, parts=1).iloc[0]
        growth = float(np.prod(1.0 + months["net"].to_numpy()))
        rebalances = PERIODS_PER_YEAR[card.rebalance]
        rows[name] = {
            "cumulative": growth - 1.0,
            "return": growth ** (12 / len(months)) - 1.0,
            "volatility": float(months["net"].std(ddof=1) * np.sqrt(12)),
            "alpha": judged["alpha"],
            "alpha_se": judged["se"],
            "turnover": float(result.turnover.mean()) * rebalances,
            "cost": float(result.costs.mean()) * rebalances,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _aged(result: BacktestResult, prices: Table, ages: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Realised and ex-ante risk, (n_periods, n_ages): the periods that have weights of every age."""
    followed = account(result, prices)
    _, levels, _ = levels_of(result, prices)
    factor, _ = row_scaling(followed.dates, result.model.frequency)
    signals, weights, risks = followed.signals, result.weights.to_numpy(), result.risks.to_numpy()
    periods = range(ages[-1] - 1, len(weights))
    realised = np.full((len(periods), len(ages)), np.nan)
    ex_ante = np.full_like(realised, np.nan)
    for row, period in enumerate(periods):
        inside = slice(signals[period], signals[period + 1] + 1)
        for column, age in enumerate(ages):
            decided = period - age + 1
            held = weights[decided]
            value = np.where(held != 0.0, held * levels[inside] / levels[signals[decided]], 0.0).sum(axis=1)
            growth = value[1:] / value[:-1] - 1.0
            realised[row, column] = growth.std(ddof=1) * np.sqrt(factor) if growth.size > 1 else np.nan
            ex_ante[row, column] = risks[decided]
    return realised, ex_ante


def _line(returns: FloatArray, benchmark: FloatArray) -> tuple[float, float, float]:
    """Intercept per period, its classical standard error, and beta."""
    months = Months(returns[:, None], np.ones((returns.size, 1)), np.array([float(returns.size)]))
    found = line_statistics(line_of(months, benchmark, np.zeros(returns.size)))
    alpha, error, beta = (float(found[key][0]) for key in ("alpha_month", "alpha_se", "beta"))
    return alpha, error, beta
