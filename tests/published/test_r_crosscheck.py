"""Statistics of 41 real series as base R computes them, and of 40 as empyrical-reloaded does.

The expected values and the programs that made them stand in ``r/`` and ``empyrical_reloaded/``: derived statistics of
January 2016 to February 2025, against AGG, with BIL as the risk-free series. Agreement is asked for to 1e-10 of the
value: both sides sum 110 terms, which rounds near 1e-14, and a ratio of small differences loses two or three digits
more. 1e-12 absolute is for figures that are 0 in exact arithmetic.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from aram_xl._performance_tables import performance_tables
from aram_xl.hurdles import Hurdles

pytestmark = pytest.mark.shared_data

HERE = Path(__file__).parent
PROGRAMS = {
    "r": (HERE / "r/statistics.csv", "R version"),
    "empyrical": (HERE / "empyrical_reloaded/statistics.csv", "emp"),
}
MONTHS = "etf_adj_close_month_end.csv"

NEWSLETTER = {  # statistic of R -> table, column
    **{
        key: ("return_summary", key)
        for key in ("last_month", "ytd", "one_year", "three_year", "five_year", "cumulative")
    },
    **{
        key: ("statistics", key)
        for key in (
            *("annualised_volatility", "positive_months", "alpha", "beta", "correlation", "alpha_12m", "beta_12m"),
            *("correlation_12m", "ret_stdev", "ret_stdev_12m", "skewness", "excess_kurtosis", "max_drawdown"),
        )
    },
    **{key: ("capture", key) for key in ("up_capture", "down_capture", "up_capture_mean", "down_capture_mean")},
    "year_2020": ("calendar_years", "2020"),
    "tracking_error_month": ("tracking_error", "tracking_error"),
    "information_ratio_newsletter": ("tracking_error", "information_ratio"),
    "rolling_36_alpha": ("rolling_36", "alpha"),
    "rolling_36_beta": ("rolling_36", "beta"),
    "rolling_36_beta_lowest": ("rolling_36", "beta_lowest"),
    "rolling_36_beta_highest": ("rolling_36", "beta_highest"),
    "rolling_12_risk": ("rolling_12", "risk"),
    "rolling_12_risk_highest": ("rolling_12", "risk_highest"),
}
STANDARD = {
    "annualised_return": ("return_summary", "annualised_return"),
    "tracking_error_year": ("tracking_error", "tracking_error"),
    "information_ratio_standard": ("tracking_error", "information_ratio"),
    "excess_alpha": ("statistics", "alpha"),
    "excess_beta": ("statistics", "beta"),
    "excess_correlation": ("statistics", "correlation"),
    "excess_alpha_12m": ("statistics", "alpha_12m"),
    "excess_beta_12m": ("statistics", "beta_12m"),
    "sharpe": ("statistics", "sharpe"),
}
RANKED = ("best_month", "worst_month", "drawdown_trough_month")


def expected(program: str) -> dict[str, dict[str, float]]:
    """Statistic -> series -> value."""
    file, _ = PROGRAMS[program]
    with file.open() as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["statistic"], {})[row["series"]] = float(row["value"])
    return found


@pytest.fixture(scope="module")
def returns(shared: Path):
    import pandas as pd

    prices = pd.read_csv(shared / "data" / MONTHS, index_col="Date", parse_dates=True).loc["2015-12":"2025-02"]
    prices = prices.dropna(axis="columns")
    return (prices / prices.shift(1) - 1).iloc[1:]


@pytest.fixture(scope="module")
def tables(returns):
    """Table by convention and key."""
    own = returns.drop(columns=["AGG", "BIL"])
    found = {}
    hurdles = Hurdles(returns["BIL"], returns["SPY"], returns["AGG"])
    for convention in ("newsletter", "standard"):
        made = performance_tables(own, returns["AGG"], convention, hurdles=hurdles, top=1)
        found |= {(convention, table.key): table for table in made.tables}
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_expected_values_are_of_this_data_and_say_who_made_them(program, shared):
    file, maker = PROGRAMS[program]
    head = "".join(file.read_text().splitlines(keepends=True)[:3])
    assert head.startswith(f"# {maker}")
    assert hashlib.sha256((shared / "data" / MONTHS).read_bytes()).hexdigest() in head


def test_every_statistic_of_r_is_compared_on_at_least_twenty_series():
    found = expected("r")
    assert set(found) == {*NEWSLETTER, *STANDARD, *RANKED}
    assert min(map(len, found.values())) == 41


@pytest.mark.parametrize(
    ("program", "statistic"), [(program, key) for program in PROGRAMS for key in expected(program) if key not in RANKED]
)
def test_statistic(program, statistic, tables):
    values = expected(program)[statistic]
    convention = "newsletter" if statistic in NEWSLETTER else "standard"
    key, column = (NEWSLETTER | STANDARD)[statistic]
    table = tables[convention, key]
    ours = dict(zip(names(table), table.column(column), strict=True))
    theirs = np.array(list(values.values()))
    assert_allclose([ours[name] for name in values], theirs, rtol=1e-10, atol=1e-12)


def names(table):
    """The hurdle as R calls it."""
    return ["60/40" if name == "60/40 (SPY, AGG)" else name for name in table.rows]


def test_extreme_months_and_the_trough_of_the_greatest_drawdown(tables, returns):
    found = expected("r")
    extremes, falls = tables["newsletter", "extreme_months"], tables["newsletter", "drawdowns"]
    days = [day.date() for day in returns.index]
    for i, name in enumerate(names(extremes)):
        if name not in found["best_month"]:
            continue
        assert_allclose(extremes.column("best")[i], found["best_month"][name], rtol=1e-10)
        assert_allclose(extremes.column("worst")[i], found["worst_month"][name], rtol=1e-10)
        trough = falls.cells[names(falls).index(name)][3]
        assert days.index(trough) + 1 == found["drawdown_trough_month"][name]
