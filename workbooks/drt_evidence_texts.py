"""What the evidence says, in sentences worked out from the same figures as the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbooks.drt_evidence_data import CHANGES, DELAY

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl.types import FloatArray

CLEAR = 2.0
"""Standard errors from zero that the sentences call clear."""


def forecast_texts(table: pd.DataFrame) -> list[str]:
    """Of `aram_xl.evidence.volatility_forecasts`."""
    n = len(table)
    rank, gain = table["rank"] / table["rank_se"], table["gain"] / table["gain_se"]
    low = int((table["level"] > 1.0).sum())
    return [
        f"Rank of risk through time: the window's forecast is clearly right in {_clear(rank)} of {n} classes, clearly "
        f"wrong in {_clear(-rank)}.",
        f"Size of risk (QLIKE): the window clearly beats all months so far in {_clear(gain)} of {n}, clearly loses in "
        f"{_clear(-gain)}; realised variance was above the forecast's in {low}.",
        "Forecast: volatility of 36 monthly returns. Realised: daily returns of the next month. Naive: all months so "
        "far. Gain: QLIKE naive less QLIKE window.",
        _CLEARLY,
    ]


def decay_texts(tables: list[pd.DataFrame]) -> list[str]:
    """Of `aram_xl.evidence.risk_decay`, one table per model."""
    n, age = len(tables), tables[0].index[-1]
    last = [table.iloc[-1] for table in tables]
    wider = sum(row["widening"] > 0.0 for row in last)
    clearly = _clear([row["widening"] / row["widening_se"] for row in last])
    first = np.mean([table["gap"].iloc[0] for table in tables])
    added = np.mean([row["widening"] for row in last])
    return [
        f"At {age} months the gap between realised and ex-ante risk is wider than at 1 month for {wider} of {n} "
        f"models, clearly so for {clearly}.",
        f"Age adds {added:.3f} to a gap of {first:.3f} that is there from the first month on (means over the models).",
    ]


def alpha_texts(tables: list[pd.DataFrame]) -> list[str]:
    """Of `aram_xl.evidence.alpha_by_period`, one table per model."""
    n = len(tables)
    ratios = np.array([(table["alpha"] / table["se"]).to_numpy() for table in tables])
    parts, whole = ratios[:, :-1], ratios[:, -1]
    steady = int((parts > 0.0).all(axis=1).sum())
    return [
        f"Over all months alpha is clearly above 0 for {_clear(whole)} of {n} models, clearly below for "
        f"{_clear(-whole)}; by sub-period clearly above in {_clear(parts)} of {parts.size}.",
        f"Alpha is above 0 in every sub-period for {steady} of {n} models. Standard errors are classical, of least "
        "squares; among many models some are clear by luck.",
    ]


def sensitivity_texts(tables: list[pd.DataFrame]) -> list[str]:
    """Of `aram_xl.evidence.sensitivity`, one table per model."""
    returns = np.array([table["return"].to_numpy() for table in tables])
    change = 100.0 * (returns - returns[:, :1])
    names = list(CHANGES)
    tripled, fee, delayed = (change[:, names.index(name)] for name in ("costs x 3", "fee 1 %", DELAY))
    return [
        f"Percentage points a year: three times the costs change the return by {_range(tripled)}, a fee of 1 % by "
        f"{_range(fee)}, one day's delay by {_range(delayed)}.",
        f"One day's delay lowers the return of {int((delayed < 0.0).sum())} of {len(tables)} models. A "
        "card without costs is shown with 3 basis points there.",
    ]


_CLEARLY = "Clearly: more than two standard errors from 0."


def _clear(ratios: pd.Series[float] | FloatArray | list[float]) -> int:
    return int((np.asarray(ratios) > CLEAR).sum())


def _range(values: FloatArray) -> str:
    return f"{values.min():+.2f} to {values.max():+.2f}"
