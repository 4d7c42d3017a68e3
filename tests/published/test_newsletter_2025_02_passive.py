"""SPY, AGG and 60/40 of the newsletter of 10 March 2025, from prices of the funds.

The newsletter measures indices (its 60/40 is 60 % equity index and 40 % Aggregate), the prices are those of
funds. Three things may lie between a printed figure and ours, and the tolerance is their sum:

* half a unit of the last printed digit;
* the fund's fee over the years of the figure (a year: SPY 0.0945 %, AGG 0.03 % to 0.08 % since 2016);
* the distance of AGG's closing price from its net asset value, up to 0.1 % at a month end.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from aram_xl.performance import statistics

FEE_PCT = {"SPY ETF": 0.0945, "Aggregate": 0.08, "EQ/FI 60/40": 0.6 * 0.0945 + 0.4 * 0.08}
PRICE_GAP_PCT = {"SPY ETF": 0.0, "Aggregate": 0.1, "EQ/FI 60/40": 0.04}

RETURNS = {  # printed column -> key, years
    "feb_2025_pct": ("last_month", 1 / 12),
    "ytd_2025_pct": ("ytd", 2 / 12),
    "one_year_pct": ("one_year", 1),
    "three_year_pct": ("three_year", 3),
    "five_year_pct": ("five_year", 5),
    "cum_since_2016_pct": ("cumulative", 110 / 12),
}
ALPHAS = {"alpha_since_2016_pct": "alpha", "alpha_12m_pct": "alpha_12m"}
RATIOS = {"correlation_12m": "correlation_12m", "ret_stdev_12m": "ret_stdev_12m"}
BENCHMARK = {"SPY ETF": "SPY ETF", "Aggregate": "Aggregate", "EQ/FI 60/40": "SPY ETF"}


@pytest.fixture(scope="module")
def months(shared: Path):
    """Month-end returns of January 2016 to February 2025, from the last price of each calendar month."""
    import pandas as pd

    file = shared / "data/etf_adj_close_daily.csv"
    prices = pd.read_csv(file, index_col="Date", parse_dates=True)[["SPY", "AGG"]].loc["2015-12":"2025-02"]
    ends = prices.groupby([prices.index.year, prices.index.month]).tail(1)
    returns = (ends / ends.shift(1) - 1).iloc[1:]
    returns.columns = ["SPY ETF", "Aggregate"]
    returns["EQ/FI 60/40"] = 0.6 * returns["SPY ETF"] + 0.4 * returns["Aggregate"]
    return returns


@pytest.fixture(scope="module")
def printed(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "oracles/newsletter_2025_02/returns.csv").open() as file:
        return {row["name"]: row for row in csv.DictReader(file) if row["table"] == "passive"}


def half_a_digit(text: str) -> float:
    return 0.5 * 10.0 ** -len(text.partition(".")[2])


def stats_of(months, name, benchmark=None):
    return statistics(months[name], months[benchmark or BENCHMARK[name]])


def test_sample_is_that_of_the_published_tables(months):
    stats = stats_of(months, "SPY ETF")
    assert (stats.n_months, str(stats.start), str(stats.end)) == (110, "2016-01-29", "2025-02-28")


@pytest.mark.parametrize("name", BENCHMARK)
@pytest.mark.parametrize("column", RETURNS)
def test_returns(name, column, months, printed):
    key, years = RETURNS[column]
    text = printed[name][column]
    growth = 1 + float(text) / 100
    tolerance = half_a_digit(text) + FEE_PCT[name] * years * growth + PRICE_GAP_PCT[name]
    assert abs(100 * stats_of(months, name)[key] - float(text)) <= tolerance


@pytest.mark.parametrize("name", BENCHMARK)
@pytest.mark.parametrize("column", ALPHAS)
def test_alphas(name, column, months, printed):
    """60/40 pays its fees against an index without any; a fund against itself has an alpha of 0."""
    text = printed[name][column]
    tolerance = half_a_digit(text) + (FEE_PCT[name] if name == "EQ/FI 60/40" else 0)
    assert abs(100 * stats_of(months, name)[ALPHAS[column]] - float(text)) <= tolerance


@pytest.mark.parametrize("name", BENCHMARK)
def test_correlation_and_ret_stdev_to_the_printed_digit(name, months, printed):
    stats = stats_of(months, name)
    for column, key in RATIOS.items():
        text = printed[name][column]
        assert abs(stats[key] - float(text)) <= half_a_digit(text)


@pytest.mark.parametrize(("name", "months_up"), [("SPY ETF", 78), ("Aggregate", 60), ("EQ/FI 60/40", 79)])
def test_positive_months(name, months_up, months, printed):
    """Counted in the returns: 78, 60 and 79 of 110 are printed as 71, 55 and 72 percent."""
    share = stats_of(months, name).positive_months
    assert round(share * 110) == months_up
    assert round(100 * share) == int(printed[name]["positive_months_pct"])


def test_printed_betas_of_the_equity_table_are_measured_to_60_40(months, printed):
    """The table says SPY; 1.27 and 1.00 fit 60/40 to the digit, while correlation and alpha do fit SPY."""
    for name in ("SPY ETF", "EQ/FI 60/40"):
        text = printed[name]["beta_12m"]
        assert abs(stats_of(months, name, "EQ/FI 60/40").beta_12m - float(text)) <= half_a_digit(text)
        assert abs(stats_of(months, name, "SPY ETF").beta_12m - float(text)) > 0.25
    assert abs(stats_of(months, "Aggregate").beta_12m - float(printed["Aggregate"]["beta_12m"])) <= 1e-12


def test_two_printed_cumulative_returns_of_the_aggregate(months, shared, printed):
    """17 in one table and 16.3 in the other; the fund made 16.58 from January 2016."""
    with (shared / "oracles/newsletter_2025_02/tracking_error.csv").open() as file:
        other = float(next(csv.DictReader(file))["cum_agg_pct"])
    ours = 100 * stats_of(months, "Aggregate").cumulative
    assert other + 0.05 < ours <= float(printed["Aggregate"]["cum_since_2016_pct"]) + 0.5
    np.testing.assert_allclose(ours, 16.58, atol=0.005)  # printed in the validation table of the data
