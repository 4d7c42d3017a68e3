"""Small markets made up for back-tests, and the models that walk through them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aram_xl._models import Model

TWO_FUNDS = Model(
    name="two-funds",
    title="Two funds",
    provenance="Made up for a test.",
    purpose="Weights of 60 and 40 per cent that a reader can follow.",
    universe=("A", "B"),
    benchmark="X",
    window=2,
    minimum_history=2,
    lower=0.4,
    upper=0.6,
    multiplier=100.0,
)
"""The target never binds, so the better fund of the last two months gets the cap of 60 %, the other one 40 %."""

MONTH_ENDS = ("2024-01-31", "2024-02-29", "2024-03-28", "2024-04-30", "2024-05-31", "2024-06-28")


def table(dates, **columns) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.DatetimeIndex(dates, name="date"), dtype=float)


def chained(*returns: float) -> list[float]:
    return list(100.0 * np.cumprod([1.0, *(1.0 + r for r in returns)]))


def two_funds() -> pd.DataFrame:
    """A: +10, +10, +10, -20, 0 per cent; B: 0, 0, -10, +50, +5; the benchmark jumps by 20 per cent."""
    return table(
        MONTH_ENDS,
        A=chained(0.1, 0.1, 0.1, -0.2, 0.0),
        B=chained(0.0, 0.0, -0.1, 0.5, 0.05),
        X=chained(0.2, -0.2, 0.2, -0.2, 0.2),
    )


def trading_days(count: int, first: str = "2012-01-03") -> pd.DatetimeIndex:
    return pd.bdate_range(first, periods=count, name="date")


def random_prices(count: int, assets: int, seed: int = 7) -> pd.DataFrame:
    """Daily levels with a common factor; columns A0, A1, ... and the benchmark X."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((count, 1)) * 0.004
    own = rng.standard_normal((count, assets + 1)) * rng.uniform(0.001, 0.01, assets + 1)
    returns = common * rng.uniform(0.2, 1.5, assets + 1) + own + rng.uniform(-0.0002, 0.0006, assets + 1)
    names = [*(f"A{i}" for i in range(assets)), "X"]
    return pd.DataFrame(100 * np.cumprod(1 + returns, axis=0), trading_days(count), names)


def daily_model(assets: int, **changes) -> Model:
    universe = tuple(f"A{i}" for i in range(assets))
    fields = {"frequency": "D", "window": 60, "minimum_history": 60, "lower": 0.0, "upper": 1.0, "multiplier": 1.0}
    return TWO_FUNDS.replace(universe=universe, **{**fields, **changes})
