"""Statistics of 24 months of a portfolio and its benchmark, as PerformanceAnalytics 2.1.0 computes them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from aram_xl import performance
from aram_xl.types import FloatArray

MONTHS = 12

ROWS = {
    "n": lambda p, b: p.size,
    "cumulative": lambda p, b: performance.cumulative_return(p),
    "benchmark_cumulative": lambda p, b: performance.cumulative_return(b),
    "annualized_return": lambda p, b: performance.annualised_return(p, MONTHS),
    "stdev": lambda p, b: performance.volatility(p, 1),
    "annualized_stdev": lambda p, b: performance.volatility(p, MONTHS),
    "beta": performance.beta,
    "alpha_periodic": lambda p, b: performance.alpha(p, b, 1),
    "alpha_annual_compounded": lambda p, b: performance.alpha(p, b, MONTHS),
    "jensen_alpha": lambda p, b: performance.jensen_alpha(p, b, 0.0, MONTHS),
    "correlation": performance.correlation,
    "tracking_error": lambda p, b: performance.tracking_error(p, b, MONTHS),
    "information_ratio": lambda p, b: performance.information_ratio(p, b, "standard", periods_per_year=MONTHS),
    "active_premium": lambda p, b: performance.active_premium(p, b, MONTHS),
    "max_drawdown": lambda p, b: performance.max_drawdown(p),
    "skewness_sample": lambda p, b: performance.skewness(p, "bacon"),
    "kurtosis_sample_excess": lambda p, b: performance.excess_kurtosis(p),
    "positive_fraction": lambda p, b: performance.positive_share(p),
    "sharpe_annualized": lambda p, b: performance.sharpe_ratio(p, 0.0, MONTHS),
    "up_capture": performance.up_capture,
    "down_capture": performance.down_capture,
    # Printed with the sign of a return; here losses are positive.
    "var95_hist": lambda p, b: -performance.value_at_risk(p, 0.95),
    "es95_hist": lambda p, b: -performance.expected_shortfall(p, 0.95),
}


@pytest.fixture(scope="module")
def expected(shared: Path) -> dict[str, float]:
    with (shared / "oracles/performance/textbook_24_months_expected.csv").open() as file:
        return {row["statistic"]: float(row["portfolio"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def months(shared: Path) -> dict[str, FloatArray]:
    with (shared / "oracles/performance/textbook_24_months.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        "dates": np.array([row["date"] for row in rows], dtype="datetime64[D]"),
        "portfolio": np.array([float(row["portfolio"]) for row in rows]),
        "benchmark": np.array([float(row["benchmark"]) for row in rows]),
    }


def test_every_printed_row_is_tested(expected):
    assert set(expected) == set(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_textbook_statistic(row, expected, months):
    """15 digits are printed and 24 terms are summed: 1e-12 leaves room for their rounding, no more."""
    assert_allclose(ROWS[row](months["portfolio"], months["benchmark"]), expected[row], rtol=1e-12)


def test_skewness_of_spreadsheets(expected, months):
    """The textbook scales by the population stdev; SKEW by the sample stdev: a factor of (23 / 24)^1.5."""
    skew = performance.skewness(months["portfolio"])
    assert_allclose(skew, expected["skewness_sample"] * (23 / 24) ** 1.5, rtol=1e-12)


def test_both_conventions_agree_with_the_textbook_at_a_risk_free_rate_of_zero(expected, months):
    fund, market = months["portfolio"], months["benchmark"]
    newsletter = performance.statistics(fund, market, dates=months["dates"])
    standard = performance.statistics(
        fund, market, "standard", risk_free=np.zeros(24), periods_per_year=MONTHS, dates=months["dates"]
    )
    gap = expected["cumulative"] - expected["benchmark_cumulative"]
    monthly_tracking_error = expected["tracking_error"] / np.sqrt(MONTHS)
    pairs = [
        (newsletter.cumulative, expected["cumulative"]),
        (newsletter.alpha, expected["alpha_annual_compounded"]),
        (newsletter.beta, expected["beta"]),
        (newsletter.positive_months, expected["positive_fraction"]),
        (newsletter.tracking_error, monthly_tracking_error),
        (newsletter.information_ratio, gap / monthly_tracking_error),
        (newsletter.max_drawdown, expected["max_drawdown"]),
        (standard.alpha, expected["alpha_annual_compounded"]),
        (standard.beta, expected["beta"]),
        (standard.tracking_error, expected["tracking_error"]),
        (standard.information_ratio, expected["information_ratio"]),
        (standard.sharpe, expected["sharpe_annualized"]),
        (standard.annualised_return, expected["annualized_return"]),
        (standard.annualised_volatility, expected["annualized_stdev"]),
        (standard.max_drawdown, expected["max_drawdown"]),
    ]
    for ours, theirs in pairs:
        assert_allclose(ours, theirs, rtol=1e-12)
    assert (newsletter.n_months, newsletter.start.isoformat()) == (24, "2000-01-30")
    assert np.isnan(newsletter.three_year)
