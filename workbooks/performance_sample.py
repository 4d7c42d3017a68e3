"""The SYNTHETIC returns that the performance template is built with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aram_xl as ax
from workbooks import performance_book
from workbooks.performance_data import Roles

if TYPE_CHECKING:
    import os

    import pandas as pd

INDEX = "Active Index"

FUNDS = ("GOVT", "LQD", "HYG", "SPY", "AGG", "BIL")

ROLES = Roles(benchmark="AGG", bills="BIL", equity="SPY", aggregate="AGG")


def sample_returns(end: str) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Monthly returns of a back-test of the active index and of funds beside it, and the index's risk targets.

    Returns:
        Table of month ends x series with the SYNTHETIC label in ``attrs``, and the risk target of each month, decimal
        per month.
    """
    import pandas as pd

    prices = ax.sample_prices()
    result = ax.backtest(prices, ax.load_model("active-index-ig"), end=end)
    earned = result.returns
    table = pd.DataFrame({INDEX: earned})
    for fund in FUNDS:
        returns = ax.period_returns(prices[[fund]].loc[:end], "M")[fund]
        table[fund] = returns.to_numpy()[-earned.size :]
    table.attrs["label"] = str(prices.attrs["label"])
    targets = pd.Series(result.targets.to_numpy()[: earned.size], index=earned.index)
    return table, targets


def build(path: str | os.PathLike[str], end: str) -> str:
    """Write the template; gives the map of its distinct formulas."""
    returns, targets = sample_returns(end)
    return performance_book.build(returns, path, roles=ROLES, target=targets)
