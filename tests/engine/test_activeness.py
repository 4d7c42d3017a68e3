"""Figures of one fund and of many: by hand, by slow restatement, by invariants; missing data; what is refused."""

from __future__ import annotations

import csv
import doctest
import json
import math
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from aram_xl.activeness import KEYS, VERDICTS, Activeness, ActivenessSettings, ActivenessTable, judge_activeness, rule
from aram_xl.errors import DataWarning, InputError, TooShortError

STANDARD = ActivenessSettings(convention="standard")


def month_ends(first: str, count: int) -> pd.DatetimeIndex:
    months = np.datetime64(first, "M") + np.arange(count + 1)
    return pd.DatetimeIndex(months[1:].astype("datetime64[D]") - 1)


def market(count: int, size: int = 1, seed: int = 1) -> Any:
    """Seeded returns a month with a common factor: (count,) or (count, size)."""
    rng = np.random.default_rng([seed, count, size])
    common = rng.normal(0.004, 0.012, (count, 1))
    values = common * rng.uniform(0.3, 1.6, size) + rng.normal(0.0, 0.006, (count, size))
    return values[:, 0] if size == 1 else values


def followers(count: int, size: int, seed: int = 2) -> tuple[Any, Any]:
    """Funds that follow a benchmark with noise, and that benchmark."""
    rng = np.random.default_rng([seed, count, size])
    bench = market(count)
    funds = 0.0005 + bench[:, None] * rng.uniform(0.2, 1.5, size) + rng.normal(0.0, 0.005, (count, size))
    return funds, bench


def ragged(count: int, size: int, seed: int = 3) -> tuple[Any, Any, Any, Any]:
    """The same with T-bills and random first and last months; (funds, benchmark, T-bills, passive)."""
    funds, bench = followers(count, size, seed)
    rng = np.random.default_rng([seed, 99])
    first = rng.integers(0, count - 30, size)
    stop = np.minimum(first + rng.integers(6, count, size), count)
    rows = np.arange(count)[:, None]
    funds[(rows < first) | (rows >= stop)] = np.nan
    return funds, bench, rng.uniform(0.0, 0.003, count), market(count, 5, seed)


# --- by hand -----------------------------------------------------------------------------------------------


def test_line_by_hand():
    """b = -3, -1, 1, 3 and r = -2, -1, 2, 3 (percent): means 0 and 0.5, Sxx = 20, Sxy = 18, Syy = 17.

    beta = 18 / 20 = 0.9; intercept 0.5. Residuals 0.2, -0.6, 0.6, -0.2, squares 0.8, over n - 2 = 2: s^2 = 0.4.
    Standard errors: beta sqrt(0.4 / 20), alpha sqrt(0.4 / 4) (the benchmark's mean is 0), t = 0.5 / 0.316228.
    R^2 = 18^2 / (20 x 17). r - b = 1, 0, 1, 0: standard deviation sqrt(4 x 0.25 / 3).
    Student's t with 2 degrees of freedom: 4.302653 (97.5 %), 1.060660 (80 %).
    """
    found = judge_activeness(np.array([-0.02, -0.01, 0.02, 0.03]), np.array([-0.03, -0.01, 0.01, 0.03]))[0]
    expected = {
        "n_months": 4,
        "alpha_month": 0.005,
        "alpha_year": 1.005**12 - 1,
        "alpha_se": 0.01 * math.sqrt(0.1),
        "alpha_t": 0.5 / math.sqrt(0.1),
        "beta": 0.9,
        "beta_se": math.sqrt(0.02),
        "r_squared": 324 / 340,
        "correlation": math.sqrt(324 / 340),
        "residual_stdev": 0.01 * math.sqrt(0.4),
        "tracking_error_month": 0.01 * math.sqrt(1 / 3),
        "tracking_error_year": 0.01 * math.sqrt(4),
    }
    for key, value in expected.items():
        assert getattr(found, key) == pytest.approx(value, rel=1e-13), key
    assert found.critical_t == pytest.approx(4.302653, abs=5e-7)
    shows = (4.302653 + 1.060660) * 0.01 * math.sqrt(0.1)
    assert found.detectable_alpha_year == pytest.approx((1 + shows) ** 12 - 1, rel=1e-6)


def test_volatility_of_rolling_beta_by_hand():
    """13 months make two windows of 12. The benchmark alternates between -1 and 1, then 1 once more.

    The fund repeats it but earns 3 in place of 1 in the last month. Window 1: slope 1. Window 2 has seven ones and five
    minus ones: mean 1/6, Sxx = 12 - 12/36 = 35/3; the last month adds 2 (1 - 1/6) = 5/3 to Sxy: slope
    1 + (5/3) / (35/3) = 8/7. Two values 1/7 apart have a sample standard deviation of 1/7 / sqrt 2.
    """
    bench = np.array([-1.0, 1.0] * 6 + [1.0]) / 100
    fund = bench.copy()
    fund[-1] = 0.03
    found = judge_activeness(fund, bench)[0]
    assert found.beta_volatility_12 == pytest.approx(1 / 7 / math.sqrt(2), rel=1e-12)
    assert math.isnan(found.beta_volatility_36)


def test_f_of_equal_yearly_betas_by_hand():
    """Two years of 12 months; the benchmark alternates between -1 and 1 (percent), so that Sxx = 12 in each.

    The slopes are 0.5 and 1.5 about their mean 1: 12 (0.25 + 0.25) = 6 over k - 1 = 1. Noise that is orthogonal to
    the benchmark, two months up and two down by 0.5: squares 24 x 0.25 = 6 over n - 2k = 20. F = 6 / 0.3 = 20.
    """
    bench = np.array([-1.0, 1.0] * 12) / 100
    noise = np.array([0.5, 0.5, -0.5, -0.5] * 6) / 100
    fund = np.repeat([0.5, 1.5], 12) * bench + noise
    found = judge_activeness(fund, bench)[0]
    assert found.beta_change_f == pytest.approx(20.0, rel=1e-12)
    assert found.beta_change_p == pytest.approx(stats.f.sf(20.0, 1, 20), rel=1e-12)
    assert found.beta == pytest.approx(1.0, rel=1e-12)


# --- printed, and a second derivation ----------------------------------------------------------------------


@pytest.mark.shared_data
def test_textbook_series(shared: Path):
    """15 digits are printed and 24 terms are summed: 1e-12 leaves room for their rounding, no more."""
    with (shared / "oracles/performance/textbook_24_months.csv").open() as file:
        rows = list(csv.DictReader(file))
    with (shared / "oracles/performance/textbook_24_months_expected.csv").open() as file:
        printed = {row["statistic"]: float(row["portfolio"]) for row in csv.DictReader(file)}
    fund, bench = (np.array([float(row[name]) for row in rows]) for name in ("portfolio", "benchmark"))
    found = judge_activeness(fund, bench)[0]
    pairs = {
        "n_months": "n",
        "beta": "beta",
        "alpha_month": "alpha_periodic",
        "alpha_year": "alpha_annual_compounded",
        "correlation": "correlation",
        "tracking_error_year": "tracking_error",
    }
    for key, statistic in pairs.items():
        assert_allclose(getattr(found, key), printed[statistic], rtol=1e-12, err_msg=key)
    line = stats.linregress(bench, fund)
    assert_allclose([found.beta_se, found.alpha_se], [line.stderr, line.intercept_stderr], rtol=1e-12)
    assert found.verdict == "too_short"


def slow_figures(fund: Any, bench: Any, rate: Any, level: float = 0.05, power: float = 0.80) -> dict[str, float]:
    """One fund without gaps, by numpy's least squares and explicit dummies."""
    y, x, n = fund - rate, bench - rate, fund.size
    design = np.column_stack([np.ones(n), x])
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    residuals = y - design @ coefficients
    variance = residuals @ residuals / (n - 2)
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * variance)
    reach = stats.t.ppf(1 - level / 2, n - 2) + stats.t.ppf(power, n - 2)
    found = {
        "n_months": n,
        "alpha_month": coefficients[0],
        "alpha_year": (1 + coefficients[0]) ** 12 - 1,
        "alpha_se": errors[0],
        "alpha_t": coefficients[0] / errors[0],
        "critical_t": stats.t.ppf(1 - level / 2, n - 2),
        "detectable_alpha_year": (1 + reach * errors[0]) ** 12 - 1,
        "beta": coefficients[1],
        "beta_se": errors[1],
        "correlation": np.corrcoef(x, y)[0, 1],
        "r_squared": np.corrcoef(x, y)[0, 1] ** 2,
        "residual_stdev": math.sqrt(variance),
        "tracking_error_month": np.std(fund - bench, ddof=1),
        "tracking_error_year": np.std(fund - bench, ddof=1) * math.sqrt(12),
    }
    for window in (12, 36):
        betas = [np.polyfit(x[i : i + window], y[i : i + window], 1)[0] for i in range(n - window + 1)]
        found[f"beta_volatility_{window}"] = np.std(betas, ddof=1) if len(betas) > 1 else math.nan
    for years, word in ((3, "three_year"), (5, "five_year")):
        for name, series in (("", fund), ("_benchmark", bench)):
            tail = series[-12 * years :]
            found[word + name] = math.prod(1 + tail) - 1 if n >= 12 * years else math.nan
    return {**found, **slow_beta_change(y, x)}


def slow_beta_change(y: Any, x: Any) -> dict[str, float]:
    """Compare two regressions with an intercept per year: one slope for all, and one slope per year."""
    n, years = y.size, y.size // 12
    if years < 2:
        return {"beta_change_f": math.nan, "beta_change_p": math.nan}
    year = np.minimum(np.arange(n)[::-1] // 12, years - 1)
    dummies = (year[:, None] == np.arange(years)).astype(float)
    left = []
    for design in (np.column_stack([dummies, x]), np.column_stack([dummies, dummies * x[:, None]])):
        residuals = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        left.append(residuals @ residuals)
    f = (left[0] - left[1]) / (years - 1) / (left[1] / (n - 2 * years))
    return {"beta_change_f": f, "beta_change_p": stats.f.sf(f, years - 1, n - 2 * years)}


@pytest.mark.parametrize("settings", [ActivenessSettings(), STANDARD], ids=lambda s: s.convention)
def test_every_fund_as_if_alone(settings: ActivenessSettings):
    """60 funds with their own first and last months against the slow restatement of each; relative 1e-9.

    The differences of sums of squares in the slow F lose up to seven digits, hence its own 1e-7.
    """
    funds, bench, rate, passive = ragged(150, 60)
    found = judge_activeness(funds, bench, t_bills=rate, passive=passive, settings=settings)
    shortest = int(found.column("n_months").min())
    assert shortest < 12 < 60 < int(found.column("n_months").max())
    for i in range(60):
        own = ~np.isnan(funds[:, i])
        taken = rate[own] if settings.convention == "standard" else 0.0
        expected = slow_figures(funds[own, i], bench[own], taken)
        for key, value in expected.items():
            tolerance = 1e-7 if key.startswith("beta_change") else 1e-9
            assert_allclose(found.column(key)[i], value, rtol=tolerance, atol=1e-14, err_msg=f"fund {i}, {key}")


def test_company_does_not_matter():
    """A fund judged alone, on its own months only, has the figures it has among 700 others: across blocks and ends."""
    funds, bench, rate, passive = ragged(120, 700)
    everything = judge_activeness(funds, bench, t_bills=rate, passive=passive)
    for i in (0, 311, 511, 512, 699):
        own = ~np.isnan(funds[:, i])
        alone = judge_activeness(funds[own, i], bench[own], t_bills=rate[own], passive=passive[own])
        assert_allclose(everything.values[:, i], alone.values[:, 0], rtol=1e-9, atol=1e-12, err_msg=str(i))
        assert everything[i].verdict == alone[0].verdict
        assert_allclose(everything.style_weights[i], alone.style_weights[0], atol=1e-9)


def test_hurdles():
    """Three and five years of every hurdle end with the fund; an index that is younger than that is not known."""
    funds, bench = followers(80, 2)
    funds[70:, 1] = np.nan
    bills, index = np.full(80, 0.002), market(80, seed=8)
    index[:30] = np.nan
    found = judge_activeness(funds, bench, t_bills=bills, active_index=index)
    for i, stop in enumerate((80, 70)):
        assert found[i].three_year_t_bills == pytest.approx(1.002**36 - 1, rel=1e-12)
        assert found[i].five_year_t_bills == pytest.approx(1.002**60 - 1, rel=1e-12)
        assert found[i].five_year == pytest.approx(np.prod(1 + funds[stop - 60 : stop, i]) - 1, rel=1e-12)
        assert found[i].five_year_benchmark == pytest.approx(np.prod(1 + bench[stop - 60 : stop]) - 1, rel=1e-12)
        assert found[i].three_year_active_index == pytest.approx(np.prod(1 + index[stop - 36 : stop]) - 1, rel=1e-12)
        assert math.isnan(found[i].five_year_active_index)


# --- invariants --------------------------------------------------------------------------------------------

shapes = st.tuples(st.integers(26, 90), st.integers(0, 10_000))


@settings(derandomize=True, max_examples=30, deadline=None)
@given(shapes, st.floats(-1.5, 1.5), st.floats(-0.004, 0.004))
def test_adding_benchmark_and_a_constant(shape: tuple[int, int], times: float, constant: float):
    """r + c b + a: beta grows by c, alpha by a; residual risk, its F and standard errors stay."""
    funds, bench = followers(shape[0], 1, shape[1])
    before = judge_activeness(funds, bench)[0]
    after = judge_activeness(np.maximum(funds + times * bench[:, None] + constant, -1.0), bench)[0]
    assert after.beta == pytest.approx(before.beta + times, abs=1e-10)
    assert after.alpha_month == pytest.approx(before.alpha_month + constant, abs=1e-12)
    assert after.beta_volatility_12 == pytest.approx(before.beta_volatility_12, rel=1e-8)
    for key in ("alpha_se", "beta_se", "residual_stdev", "beta_change_f", "beta_change_p"):
        assert getattr(after, key) == pytest.approx(getattr(before, key), rel=1e-8), key


@settings(derandomize=True, max_examples=30, deadline=None)
@given(shapes, st.floats(0.05, 3.0))
def test_scaling_a_fund(shape: tuple[int, int], times: float):
    """t-values, fit and tests of k r are those of r; alpha and beta are k times as large."""
    funds, bench = followers(shape[0], 1, shape[1])
    before, after = judge_activeness(funds, bench)[0], judge_activeness(times * funds, bench)[0]
    for key in ("alpha_t", "r_squared", "correlation", "beta_change_f", "beta_change_p", "critical_t"):
        assert getattr(after, key) == pytest.approx(getattr(before, key), rel=1e-8), key
    assert after.beta == pytest.approx(times * before.beta, rel=1e-9)
    assert after.alpha_month == pytest.approx(times * before.alpha_month, rel=1e-8, abs=1e-14)


def test_t_bills_of_zero_are_the_newsletter_convention():
    funds, bench = followers(60, 4)
    plain = judge_activeness(funds, bench)
    zero = judge_activeness(funds, bench, t_bills=np.zeros(60), settings=STANDARD)
    for key in ("alpha_year", "alpha_t", "beta", "r_squared", "beta_change_p", "tracking_error_year"):
        assert plain.column(key).tolist() == zero.column(key).tolist()


# --- degenerate --------------------------------------------------------------------------------------------


def test_fund_that_is_the_benchmark():
    bench = market(60)
    found = judge_activeness(bench.copy(), bench)[0]
    assert found.tracking_error_month == 0.0
    assert found.residual_stdev == 0.0
    assert found.beta == pytest.approx(1.0, abs=1e-14)
    assert found.r_squared == pytest.approx(1.0, abs=1e-14)
    assert found.beta_volatility_12 == 0.0
    assert math.isnan(found.alpha_t)
    assert math.isnan(found.beta_change_f)
    assert found.verdict == "index_like"
    assert "leaves no residual risk to test it by" in found.sentence


def test_fund_that_is_the_benchmark_less_a_fee():
    """0.1 % a month: (1 - 0.001)^12 - 1 a year, without risk, so without a t-value."""
    bench = market(60)
    found = judge_activeness(bench - 0.001, bench)[0]
    assert found.alpha_year == pytest.approx(0.999**12 - 1, rel=1e-10)
    assert math.isnan(found.alpha_t)
    assert found.verdict == "index_like"
    assert "-1.19 % a year" in found.sentence


def test_fund_that_stands_still():
    found = judge_activeness(np.full(60, 0.002), market(60), passive=market(60, 3))[0]
    assert found.verdict == "stands_still"
    assert found.beta == pytest.approx(0.0, abs=1e-14)
    assert math.isnan(found.correlation)
    assert math.isnan(found.explained_share)
    assert "nothing to judge" in found.sentence


def test_twelve_months():
    funds, bench = followers(12, 1)
    found = judge_activeness(funds, bench, passive=market(12, 3))[0]
    assert found.verdict == "too_short"
    assert math.isfinite(found.alpha_t)
    assert math.isfinite(found.explained_share)
    for key in ("beta_volatility_12", "beta_volatility_36", "beta_change_p", "three_year", "five_year"):
        assert math.isnan(getattr(found, key)), key
    assert found.sentence.startswith("Too short to judge: 12 months in common with benchmark; a verdict needs 36.")


@pytest.mark.parametrize("months", [0, 1, 2])
def test_too_few_months_for_a_line(months: int):
    funds, bench = followers(40, 2)
    funds[months:, 1] = np.nan
    found = judge_activeness(funds, bench)
    assert found[1].n_months == months
    assert found[1].verdict == "too_short"
    assert np.isnan(found.values[1:, 1]).all()
    assert found[0].verdict != "too_short"


# --- missing data ------------------------------------------------------------------------------------------


def labelled(count: int = 60, size: int = 3) -> tuple[pd.DataFrame, pd.Series[float]]:
    funds, bench = followers(count, size)
    days = month_ends("2015-01", count)
    names = [f"F{i}" for i in range(size)]
    return pd.DataFrame(funds, days, names), pd.Series(bench, days, name="AGG")


def test_each_fund_has_its_own_months():
    funds, bench = labelled()
    funds.iloc[:10, 1] = np.nan
    funds.iloc[50:, 2] = np.nan
    found = judge_activeness(funds, bench)
    assert [one.n_months for one in found] == [60, 50, 50]
    assert [str(one.start) for one in found] == ["2015-01-31", "2015-11-30", "2015-01-31"]
    assert [str(one.end) for one in found] == ["2019-12-31", "2019-12-31", "2019-02-28"]


def test_a_hole_is_an_error_or_the_fund_is_named_and_left_out():
    funds, bench = labelled()
    funds.iloc[20, 1] = np.nan
    with pytest.raises(InputError, match="got no return in 2016-09-30, inside its series for F1; supply it, or choose"):
        judge_activeness(funds, bench)
    with pytest.warns(DataWarning, match=r"returns: left out: F1 \(no return in 2016-09-30, inside its series\)"):
        found = judge_activeness(funds, bench, settings=ActivenessSettings(holes="drop_fund"))
    assert found.names == ("F0", "F2")
    assert found.dropped == (("F1", "no return in 2016-09-30, inside its series"),)
    whole = judge_activeness(funds.drop(columns="F1"), bench)
    assert found.values.tobytes() == whole.values.tobytes()


def test_many_holes_are_named_briefly():
    funds, bench = labelled(60, 9)
    funds.iloc[20, :8] = np.nan
    settings = ActivenessSettings(holes="drop_fund")
    with pytest.warns(DataWarning, match=r"F4 \(no return in 2016-09-30, inside its series\) and 3 more"):
        assert judge_activeness(funds, bench, settings=settings).names == ("F8",)
    funds.iloc[20, 8] = np.nan
    with pytest.raises(TooShortError, match="at least one fund without a hole"):
        judge_activeness(funds, bench, settings=settings)


def test_young_reference_shortens_all_samples_and_is_named():
    funds, bench = labelled()
    passive = pd.DataFrame(market(60, 2), funds.index, ["OLD", "YOUNG"])
    passive.iloc[:7, 1] = np.nan
    bench.iloc[58:] = np.nan
    said = "9 of 60 months are not used: YOUNG starts in 2015-08-31, AGG ends in 2019-10-31"
    with pytest.warns(DataWarning, match=said):
        found = judge_activeness(funds, bench, passive=passive)
    alone = judge_activeness(funds.iloc[7:58], bench.iloc[7:58], passive=passive.iloc[7:58])
    assert found.values.tobytes() == alone.values.tobytes()
    assert str(found[0].start) == "2015-08-31"


def test_t_bills_shorten_the_sample_only_where_they_are_subtracted():
    funds, bench = labelled()
    bills = pd.Series(np.full(60, 0.001), funds.index, name="BIL")
    bills.iloc[:7] = np.nan
    assert judge_activeness(funds, bench, t_bills=bills)[0].n_months == 60
    with pytest.warns(DataWarning, match="7 of 60 months are not used: BIL starts in 2015-08-31"):
        assert judge_activeness(funds, bench, t_bills=bills, settings=STANDARD)[0].n_months == 53


def test_nothing_is_changed():
    funds, bench = labelled()
    funds.iloc[:10, 1] = np.nan
    kept, kept_bench = funds.copy(), bench.copy()
    judge_activeness(funds, bench, t_bills=bench, passive=funds[["F0", "F2"]])
    pd.testing.assert_frame_equal(funds, kept)
    pd.testing.assert_series_equal(bench, kept_bench)


# --- refused -----------------------------------------------------------------------------------------------


def spoilt(row: int, column: int, value: Any) -> pd.DataFrame:
    funds, _ = labelled()
    funds.iloc[row, column] = value
    return funds


@pytest.mark.parametrize(
    ("returns", "more", "error", "said"),
    [
        (spoilt(3, 1, -1.5), {}, InputError, "returns: expected simple returns .* got -1.5 for F1 in 2015-04-30"),
        (spoilt(3, 1, np.inf), {}, InputError, "returns: expected a number in every row, got inf for F1"),
        (labelled()[0].set_axis(["A", "B", "A"], axis=1), {}, InputError, "one column per name, got 'A'"),
        (labelled()[0].iloc[:-1], {}, InputError, "benchmark: expected 59 rows to match returns, got 60"),
        (labelled()[0].set_axis(month_ends("2015-02", 60)), {}, InputError, "benchmark: expected the dates of returns"),
        (labelled()[0].drop(labelled()[0].index[4]), {}, InputError, "dates: expected one row per calendar month"),
        (labelled()[0], {"settings": STANDARD}, InputError, "t_bills: expected their returns per month"),
        (labelled()[0], {"t_bills": labelled()[0]}, InputError, "t_bills: expected one series, got 3 columns"),
        (labelled()[0], {"t_bills": spoilt(0, 0, 0.1)["F0"] + 0.2}, InputError, "t_bills: .* got 0.2.* on average"),
        (
            labelled()[0],
            {"t_bills": spoilt(9, 0, np.nan)["F0"]},
            InputError,
            "t_bills: .* empty cell for F0 in 2015-10",
        ),
        (labelled()[0], {"passive": spoilt(9, 1, np.nan)}, InputError, "passive: .* empty cell for F1 in 2015-10-31"),
        (labelled()[0], {"passive": labelled()[0] * np.nan}, InputError, "passive: .* for F0 in any row"),
        (
            labelled()[0],
            {"passive": labelled()[0].assign(TWIN=labelled()[0]["F1"])},
            InputError,
            "passive: expected series that differ, got the same returns for F1 and TWIN; leave one out",
        ),
    ],
)
def test_refused(returns: Any, more: dict[str, Any], error: type[Exception], said: str):
    bench = labelled()[1]
    bench = bench.loc[returns.index] if len(returns) == 59 and "row per" in said else bench
    with pytest.raises(error, match=said):
        judge_activeness(returns, bench, **more)


def test_benchmark_that_stands_still():
    with pytest.raises(InputError, match="benchmark: expected returns that vary"):
        judge_activeness(market(40), np.full(40, 0.003))
    bills = market(40)
    with pytest.raises(InputError, match="benchmark: expected returns that vary"):
        judge_activeness(market(40, seed=5), bills, t_bills=bills, settings=STANDARD)


def test_references_that_do_not_overlap():
    funds, bench = labelled()
    passive = pd.DataFrame(market(60, 2), funds.index, ["EARLY", "LATE"])
    passive.iloc[30:, 0] = np.nan
    passive.iloc[:29, 1] = np.nan
    with pytest.raises(TooShortError, match="got 1; LATE starts last and EARLY ends first: leave one out"):
        judge_activeness(funds, bench, passive=passive)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"convention": "raw"}, "convention: expected newsletter or standard, got 'raw'"),
        ({"holes": "fill"}, "holes: expected reject or drop_fund, got 'fill'"),
        ({"index_like": 95}, "index_like: expected a share between 0 and 1, got 95; 95 % is 0.95"),
        ({"significance": 0.0}, "significance: expected a share between 0 and 1, got 0"),
        ({"power": 1.0}, "power: expected a share between 0 and 1, got 1"),
        ({"minimum_months": 2}, "minimum_months: expected a whole number of at least 3, got 2"),
        ({"minimum_months": 36.5}, "minimum_months: expected a whole number of at least 3, got 36.5"),
    ],
)
def test_settings_are_checked(change: dict[str, Any], said: str):
    with pytest.raises(InputError, match=said):
        ActivenessSettings(**change)


# --- the answer --------------------------------------------------------------------------------------------


def test_rows_of_one_fund():
    """In the order of the fields, every one with a unit; what is absent says why."""
    funds, bench = labelled(40, 1)
    one = judge_activeness(funds, bench, t_bills=bench)[0]
    rows = one.as_rows()
    assert [row.key for row in rows] == ["start", "end", *KEYS, "verdict", "sentence"]
    assert all(row.unit and row.label for row in rows)
    by_key = {row.key: row for row in rows}
    assert by_key["alpha_month"].value == one.alpha_month
    assert by_key["alpha_month"].note == "INTERCEPT(r,b)"
    assert by_key["three_year_active_index"][3:] == (None, "not supplied")
    assert by_key["explained_share"][3:] == (None, "not supplied")
    assert by_key["five_year_t_bills"][3:] == (None, "too short, or does not exist")
    assert by_key["start"].value == "2015-01-31"
    mixed = judge_activeness(funds, bench, passive=pd.DataFrame(market(40, 2), funds.index, ["P", "Q"]))[0].as_rows()
    assert [row.key for row in mixed[-4:]] == ["weight_P", "weight_Q", "verdict", "sentence"]


def test_without_dates():
    funds, bench = followers(40, 2)
    found = judge_activeness(funds, bench)
    assert found.names == ("series_1", "series_2")
    assert found[0].start is None
    assert found[0].as_rows()[0][3:] == (None, "no dates")


def test_table_of_funds():
    funds, bench = labelled(60, 4)
    funds.iloc[2:, 2] = np.nan
    found = judge_activeness(funds, bench, passive=pd.DataFrame(market(60, 2), funds.index, ["P", "Q"]))
    t = found.column("alpha_t")
    order = found.ranked()
    assert order[-1] == 2
    assert (np.diff(t[order[:-1]]) <= 0).all()
    table = found.to_frame("beta")
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert table["beta"].dropna().is_monotonic_decreasing
    assert list(table.columns) == ["rank", "verdict", "sentence", "start", "end", *KEYS, "weight_P", "weight_Q"]
    assert table.loc["F1", "sentence"] == found.fund("F1").sentence
    assert table.loc["F1", "weight_Q"] == dict(found.fund("F1").style_weights)["Q"]
    assert table.attrs["benchmark"] == "AGG"
    assert sum(found.counts().values()) == len(found) == 4
    assert list(found.counts()) == list(VERDICTS)
    json.dumps([one.as_dict() for one in found] + [found.about()], allow_nan=False)
    with pytest.raises(InputError, match="fund: expected one of F0, F1, F2, F3, got 'X'"):
        found.fund("X")
    with pytest.raises(InputError, match=r"key: expected one of n_months, .* got 'sharpe'"):
        found.ranked("sharpe")
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 0] = 1.0


def test_table_checks_its_shapes():
    found = judge_activeness(*followers(40, 2))
    fields = {name: getattr(found, name) for name in ActivenessTable.__dataclass_fields__}
    with pytest.raises(InputError, match="expected one column per fund, 2 funds"):
        ActivenessTable(**{**fields, "values": found.values[:, :1]})


def test_every_figure_says_how_a_spreadsheet_gives_it():
    assert set(KEYS) < set(Activeness.__dataclass_fields__)
    for key in KEYS:
        assert Activeness.__dataclass_fields__[key].metadata["native"]


def test_no_warning_from_degenerate_funds():
    """Zeros and gaps are divided by nowhere: numpy stays silent."""
    funds, bench, rate, passive = ragged(60, 30)
    funds[:, 0], funds[:, 1], funds[:, 2] = 0.0, bench, passive[:, 0]
    funds[5:, 3] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = judge_activeness(funds, bench, t_bills=rate, passive=passive, settings=STANDARD)
    assert len(found) == 30


def test_ten_thousand_funds_stay_within_a_gigabyte():
    """240 months, 8 passive series, ragged; greatest resident set of a process of its own, libraries included."""
    code = """
import resource
import numpy as np
from aram_xl.activeness import judge_activeness
rng = np.random.default_rng(1)
bench, passive = rng.normal(0.004, 0.01, 240), rng.normal(0.004, 0.01, (240, 8))
funds = bench[:, None] + rng.normal(0.0, 0.01, (240, 10_000))
funds[np.arange(240)[:, None] < rng.integers(0, 200, 10_000)] = np.nan
table = judge_activeness(funds, bench, t_bills=bench, passive=passive, active_index=bench).to_frame()
assert len(table) == 10_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1024


PAGE = Path(__file__).resolve().parents[2] / "docs/activeness.md"


def test_the_page_runs_as_printed():
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest(block, {}, "docs/activeness.md", None, 0)
    said: list[str] = []
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 0, "".join(said)


def test_the_page_gives_every_figure_and_every_line_of_the_rule():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    fields = Activeness.__dataclass_fields__
    figures = [
        f"| `{key}` | {about['label']} | {about['unit']} | `{about['native']}` |"
        for key, about in ((key, fields[key].metadata) for key in KEYS)
    ]
    lines = [f"| `{key}` | {VERDICTS[key]} | {said} |" for key, said in rule(ActivenessSettings()).items()]
    first, top = page.index(figures[0]), page.index(lines[0])
    assert page[first : first + len(figures)] == figures
    assert page[top : top + len(lines)] == lines
