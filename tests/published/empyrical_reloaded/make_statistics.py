"""Statistics of real monthly series, by empyrical-reloaded alone.

    python tests/published/empyrical_reloaded/make_statistics.py DATA_FOLDER > .../empyrical_reloaded/statistics.csv

Run where empyrical-reloaded is installed; the package and its tests do not need it. Only derived statistics are
written, no prices.
"""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import version
from pathlib import Path


def main(folder: Path) -> None:
    """Print the table."""
    import empyrical
    import pandas as pd

    file = folder / "etf_adj_close_month_end.csv"
    prices = pd.read_csv(file, index_col="Date", parse_dates=True).loc["2015-12":"2025-02"].dropna(axis="columns")
    returns = (prices / prices.shift(1) - 1).iloc[1:]
    market, cash = returns["AGG"], returns["BIL"]
    print(f"# empyrical-reloaded {version('empyrical-reloaded')}")
    print(f"# from {file.name}, sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}")
    print(f"# months {returns.index[0].date()} to {returns.index[-1].date()}, benchmark AGG, risk-free BIL")
    print("series,statistic,value")
    monthly = {"period": "monthly"}
    for name in returns.columns.drop(["AGG", "BIL"]):
        own = returns[name]
        figures = {
            "cumulative": empyrical.cum_returns_final(own),
            "annualised_return": empyrical.annual_return(own, **monthly),
            "annualised_volatility": empyrical.annual_volatility(own, **monthly),
            "max_drawdown": -empyrical.max_drawdown(own),
            "alpha": empyrical.alpha(own, market, **monthly),
            "beta": empyrical.beta(own, market),
            # Its own argument for a risk-free rate leaves beta as it is, so both sides are adjusted before.
            "excess_alpha": empyrical.alpha(own - cash, market - cash, **monthly),
            "excess_beta": empyrical.beta(own - cash, market - cash),
            "sharpe": empyrical.sharpe_ratio(own, cash, **monthly),
            "ret_stdev": empyrical.sharpe_ratio(own, 0.0, **monthly),
        }
        for key, value in figures.items():
            print(f"{name},{key},{float(value):.17g}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
