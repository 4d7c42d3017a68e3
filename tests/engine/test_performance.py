"""Statistics of return series: hand calculations, slow restatements, invariants, errors."""

from __future__ import annotations

import copy
import json
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from aram_xl import performance
from aram_xl.errors import InputError, TooShortError
from aram_xl.performance import NEWSLETTER_KEYS, STANDARD_KEYS, statistics

RELATIVE = ("alpha", "alpha_12m", "beta", "beta_12m", "correlation_12m")


def month_ends(first: str, count: int):
    months = np.datetime64(first, "M") + np.arange(count + 1)
    return months[1:].astype("datetime64[D]") - 1


def sample(count: int, size: int, seed: int = 1):
    """Monthly returns of a benchmark and of funds that follow it with noise."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.004, 0.03, count)
    funds = 0.001 + market[:, None] * rng.uniform(0.2, 1.5, size) + rng.normal(0, 0.01, (count, size))
    return funds, market


def labelled(count: int, size: int, first: str = "2020-01"):
    import pandas as pd

    funds, market = sample(count, size)
    index = pd.DatetimeIndex(month_ends(first, count))
    names = [f"F{i}" for i in range(size)]
    return pd.DataFrame(funds, index=index, columns=names), pd.Series(market, index=index, name="AGG")


# --- slow restatements -------------------------------------------------------------------------------------


def slow_compound(x):
    value = 1.0
    for r in x:
        value *= 1 + r
    return value - 1


def slow_stdev(x):
    mean = math.fsum(x) / len(x)
    return math.sqrt(math.fsum((r - mean) ** 2 for r in x) / (len(x) - 1))


def slow_line(x, b):
    """Intercept, slope and correlation from the normal equations of least squares."""
    n, sx, sb = len(x), math.fsum(x), math.fsum(b)
    sbb, sxx = math.fsum(v * v for v in b), math.fsum(v * v for v in x)
    sxb = math.fsum(u * v for u, v in zip(x, b, strict=True))
    slope = (n * sxb - sx * sb) / (n * sbb - sb * sb)
    correlation = (n * sxb - sx * sb) / math.sqrt((n * sxx - sx * sx) * (n * sbb - sb * sb))
    return (sx - slope * sb) / n, slope, correlation


def slow_drawdown(x):
    levels = [1.0]
    for r in x:
        levels.append(levels[-1] * (1 + r))
    return max(1 - later / early for i, early in enumerate(levels) for later in levels[i:])


def slow_newsletter(x, b):
    """The newsletter's column of the table of conventions, line by line."""
    intercept, slope, _ = slow_line(x, b)
    intercept_12, slope_12, correlation_12 = slow_line(x[-12:], b[-12:])
    active = slow_stdev([u - v for u, v in zip(x, b, strict=True)])
    return {
        "last_month": x[-1],
        "one_year": slow_compound(x[-12:]),
        "three_year": slow_compound(x[-36:]),
        "five_year": slow_compound(x[-60:]),
        "cumulative": slow_compound(x),
        "positive_months": sum(r > 0 for r in x) / len(x),
        "n_months": len(x),
        "alpha": (1 + intercept) ** 12 - 1,
        "alpha_12m": (1 + intercept_12) ** 12 - 1,
        "beta": slope,
        "beta_12m": slope_12,
        "correlation_12m": correlation_12,
        "ret_stdev_12m": 12 * (math.fsum(x[-12:]) / 12) / (slow_stdev(x[-12:]) * math.sqrt(12)),
        "tracking_error": active,
        "information_ratio": (100 * slow_compound(x) - 100 * slow_compound(b)) / (100 * active),
        "max_drawdown": slow_drawdown(x),
    }


def slow_standard(x, b, f):
    """The standard column: excess returns, annualised."""
    xf = [u - v for u, v in zip(x, f, strict=True)]
    bf = [u - v for u, v in zip(b, f, strict=True)]
    years = len(x) / 12
    annual = (1 + slow_compound(x)) ** (1 / years) - 1
    annual_market = (1 + slow_compound(b)) ** (1 / years) - 1
    active = slow_stdev([u - v for u, v in zip(x, b, strict=True)]) * math.sqrt(12)
    sharpe = math.fsum(xf) / len(xf) * 12 / (slow_stdev(xf) * math.sqrt(12))
    own = {key: slow_newsletter(xf, bf)[key] for key in (*RELATIVE, "ret_stdev_12m")}
    return {
        **slow_newsletter(x, b),
        **own,
        "tracking_error": active,
        "information_ratio": (annual - annual_market) / active,
        "sharpe": sharpe,
        "annualised_return": annual,
        "annualised_volatility": slow_stdev(x) * math.sqrt(12),
    }


@pytest.mark.parametrize("count", [60, 61, 110])
def test_newsletter_equals_its_restatement(count):
    """Sums of 110 terms in another order: 1e-12, the normal equations lose two digits."""
    funds, market = sample(count, 3)
    stats = statistics(funds, market)
    for i in range(3):
        for key, value in slow_newsletter(funds[:, i].tolist(), market.tolist()).items():
            ours = stats[key] if key == "n_months" else stats[key][i]
            assert_allclose(ours, value, rtol=1e-12, err_msg=key)


def test_standard_equals_its_restatement():
    funds, market = sample(72, 3)
    cash = np.linspace(0.0001, 0.004, 72)
    stats = statistics(funds, market, "standard", risk_free=cash, periods_per_year=12)
    assert tuple(stats) == STANDARD_KEYS
    for i in range(3):
        for key, value in slow_standard(funds[:, i].tolist(), market.tolist(), cash.tolist()).items():
            ours = stats[key] if key == "n_months" else stats[key][i]
            assert_allclose(ours, value, rtol=1e-12, err_msg=key)


# --- hand calculations -------------------------------------------------------------------------------------


def test_statistics_by_hand():
    """Twelve months: fund 3 % and 1 % in turn, benchmark 2 % and 0 %, so fund = benchmark + 1 %.

    Slope 1, intercept 0.01, alpha 1.01^12 - 1. Active return is 1 % every month: its stdev is 0 and the
    information ratio does not exist. Mean 2 %, stdev sqrt(12 * 0.01^2 / 11), Ret/StDev sqrt(12) mean / stdev.
    """
    market = np.tile([0.02, 0.0], 6)
    stats = statistics(market + 0.01, market, dates=month_ends("2024-03", 12))
    assert_allclose(stats.beta, 1, rtol=1e-14)
    assert_allclose(stats.alpha, 1.01**12 - 1, rtol=1e-13)
    assert_allclose(stats.correlation_12m, 1, rtol=1e-14)
    assert_allclose(stats.ret_stdev_12m, math.sqrt(12) * 0.02 / math.sqrt(12 * 0.01**2 / 11), rtol=1e-13)
    assert_allclose(stats.cumulative, 1.03**6 * 1.01**6 - 1, rtol=1e-14)
    assert_allclose(stats.ytd, 1.03 * 1.01 - 1, rtol=1e-13)  # January and February 2025
    assert (stats.positive_months, stats.n_months, stats.max_drawdown) == (1, 12, 0)
    assert stats.tracking_error == 0
    assert math.isnan(stats.information_ratio)


def test_drawdown_by_hand():
    """1 -> 0.9 -> 1.08 -> 0.81 -> 0.972: losses of 10 %, 0, 25 %, 10 % from the peak; the start is a peak."""
    returns = np.array([-0.1, 0.2, -0.25, 0.2])
    assert_allclose(performance.drawdowns(returns), [0.1, 0, 0.25, 0.1], atol=1e-15)
    assert_allclose(performance.max_drawdown(returns), 0.25, rtol=1e-15)
    assert performance.max_drawdown(np.array([-0.1])) == pytest.approx(0.1, rel=1e-15)
    assert performance.max_drawdown(np.array([0.5, -1.0, 0.3])) == 1


def test_capture_by_hand():
    """Up months: fund 10 %, benchmark 5 %: 2. Down months, with the flat one: 0.98 * 1.01 - 1 over -4 %."""
    fund, market = np.array([0.1, -0.02, 0.01]), np.array([0.05, -0.04, 0.0])
    assert_allclose(performance.up_capture(fund, market), 2, rtol=1e-14)
    assert_allclose(performance.down_capture(fund, market), (0.98 * 1.01 - 1) / -0.04, rtol=1e-13)
    assert math.isnan(performance.up_capture(fund[1:], market[1:]))


def test_value_at_risk_by_hand():
    """Returns 0 .. 10 %: the 10 % quantile is the second of eleven, the 25 % quantile 2.5 %, between two."""
    returns = np.arange(11) / 100
    assert_allclose(performance.value_at_risk(returns, 0.9), -0.01, rtol=1e-14)
    assert_allclose(performance.expected_shortfall(returns, 0.9), -0.005, rtol=1e-14)
    assert_allclose(performance.value_at_risk(returns, 0.75), -0.025, rtol=1e-14)
    assert_allclose(performance.expected_shortfall(returns, 0.75), -0.01, rtol=1e-14)
    assert_allclose(performance.value_at_risk(np.arange(31) / 100, 0.9), -0.03, rtol=1e-14)
    assert_allclose(performance.expected_shortfall(np.arange(31) / 100, 0.9), -0.015, rtol=1e-14)


def test_sharpe_and_jensen_with_a_constant_rate():
    """A constant rate given once or twelve times is the same; Jensen's alpha of the benchmark itself is 0."""
    funds, market = sample(12, 2)
    series = np.full(12, 0.002)
    assert_array_equal(performance.sharpe_ratio(funds, 0.002, 12), performance.sharpe_ratio(funds, series, 12))
    assert_array_equal(
        performance.jensen_alpha(funds, market, 0.002, 12),
        performance.jensen_alpha(funds, market, series, 12),
    )
    assert_allclose(performance.jensen_alpha(market, market, 0.002, 12), 0, atol=1e-16)


def test_skewness_and_kurtosis_equal_their_restatement():
    """SKEW and KURT of a spreadsheet, term by term."""
    x = sample(24, 1)[0][:, 0]
    n, mean, stdev = 24, x.mean(), slow_stdev(x.tolist())
    skew = n / ((n - 1) * (n - 2)) * sum(((r - mean) / stdev) ** 3 for r in x)
    kurt = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * sum(((r - mean) / stdev) ** 4 for r in x)
    kurt -= 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    assert_allclose(performance.skewness(x), skew, rtol=1e-11)
    assert_allclose(performance.excess_kurtosis(x), kurt, rtol=1e-11)


def test_rolling_beta_is_beta_of_each_window():
    funds, market = sample(40, 3)
    rolling = performance.rolling_beta(funds, market, 12)
    assert rolling.shape == (29, 3)
    slow = [performance.beta(funds[i : i + 12], market[i : i + 12]) for i in range(29)]
    assert_allclose(rolling, slow, rtol=1e-12, atol=1e-14)
    assert_array_equal(performance.rolling_beta(funds[:, 0], market, 40).shape, (1,))


def test_single_measures_agree_with_statistics():
    funds, market = sample(60, 2)
    stats = statistics(funds, market)
    assert_array_equal(performance.alpha(funds, market, 12), stats.alpha)
    assert_array_equal(performance.beta(funds, market), stats.beta)
    assert_array_equal(performance.correlation(funds[-12:], market[-12:]), stats.correlation_12m)
    assert_array_equal(performance.tracking_error(funds, market, 1), stats.tracking_error)
    assert_array_equal(performance.information_ratio(funds, market, "newsletter"), stats.information_ratio)
    assert_array_equal(performance.max_drawdown(funds), stats.max_drawdown)
    assert_array_equal(performance.drawdowns(funds).max(axis=0), stats.max_drawdown)
    assert_array_equal(performance.positive_share(funds), stats.positive_months)
    assert_array_equal(performance.cumulative_return(funds), stats.cumulative)
    moments = performance.joint_moments(funds, market)
    assert_array_equal(moments.beta, stats.beta)
    assert_array_equal(moments.active_stdev, stats.tracking_error)


# --- invariants --------------------------------------------------------------------------------------------

monthly = arrays(np.float64, st.integers(12, 70), elements=st.floats(-0.5, 0.5, width=16))


@settings(derandomize=True, deadline=None)
@given(monthly, st.floats(-2, 2), st.floats(-0.01, 0.01))
def test_line_through_the_benchmark(market, slope, intercept):
    """fund = slope x benchmark + intercept: least squares finds both, whatever the benchmark did."""
    fund = np.maximum(slope * market + intercept, -1.0)
    exact = slope * market + intercept >= -1
    moments = performance.joint_moments(fund, market)
    if moments.benchmark_squares == 0:
        assert np.isnan(moments.beta).all()
    elif exact.all():
        # float16 steps are 6e-8 at the least, so the benchmark's spread bounds the error from below
        spread = market.std() / max(np.abs(market).max(), np.abs(fund).max())
        assert_allclose(moments.beta, slope, atol=1e-13 / spread)
        assert_allclose(moments.intercept, intercept, atol=1e-13 / spread)


@settings(derandomize=True, deadline=None)
@given(monthly, st.data())
def test_ranges(market, data):
    fund = data.draw(arrays(np.float64, market.size, elements=st.floats(-0.875, 1, width=16)))
    stats = statistics(fund, market)
    assert 0 <= stats.max_drawdown <= 1
    assert 0 <= stats.positive_months <= 1
    assert stats.cumulative >= -1
    assert stats.tracking_error >= 0
    assert math.isnan(stats.correlation_12m) or -1 <= stats.correlation_12m <= 1
    assert_allclose(stats.max_drawdown, slow_drawdown(fund.tolist()), atol=1e-12)
    assert not np.isinf(stats.table).any()


def test_many_series_equal_one_at_a_time():
    """2,500 columns span several blocks; other sums of the same terms may differ in the last bits: 1e-13."""
    funds, market = sample(110, 2500)
    cash = np.full(110, 0.001)
    together = statistics(funds, market, "standard", risk_free=cash, periods_per_year=12)
    for i in (0, 1, 511, 1023, 1024, 2047, 2048, 2499):
        alone = statistics(funds[:, i], market, "standard", risk_free=cash, periods_per_year=12)
        assert_allclose(together.table[:, i], alone.table[:, 0], rtol=1e-13, err_msg=str(i))


def test_same_input_same_bits():
    funds, market = sample(110, 700)
    assert_array_equal(statistics(funds, market).table, statistics(funds.copy(), market).table)


def test_order_of_memory_does_not_matter():
    funds, market = sample(60, 5)
    assert_array_equal(statistics(np.asfortranarray(funds), market).table, statistics(funds, market).table)


def test_small_spread_keeps_its_digits():
    """Deviations of 1e-9 around 0.5: E[x^2] - E[x]^2 would have none left; 0.5 itself is rounded at 1e-16."""
    wave = np.tile([1e-9, -1e-9], 30)
    assert_allclose(performance.volatility(0.5 + wave, 1), np.std(wave, ddof=1), rtol=1e-6)


def test_inputs_are_left_alone():
    funds, market = sample(24, 4)
    before = funds.copy(), market.copy()
    stats = statistics(funds, market)
    performance.rolling_beta(funds, market, 12)
    performance.expected_shortfall(funds, 0.95)
    assert_array_equal(funds, before[0])
    assert_array_equal(market, before[1])
    funds[:] = 0
    assert stats.last_month[0] == before[0][-1, 0]


# --- what does not exist is NaN, and None in JSON ----------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "missing"),
    [
        (11, ["one_year", "three_year", "five_year", *RELATIVE[1::2], "correlation_12m", "ret_stdev_12m"]),
        (12, ["three_year", "five_year"]),
        (35, ["three_year", "five_year"]),
        (36, ["five_year"]),
        (59, ["five_year"]),
        (60, []),
    ],
)
def test_too_short_is_none(count, missing):
    funds, market = sample(count, 1)
    values = statistics(funds[:, 0], market, dates=month_ends("2020-01", count)).as_dict()
    assert {key for key in NEWSLETTER_KEYS if values[key] is None} == set(missing)


def test_one_month_has_a_return_and_no_spread():
    values = statistics([0.02], [0.01], dates=["2025-01-31"]).as_dict()
    assert values["last_month"] == 0.02
    assert_allclose(values["ytd"], 0.02, rtol=1e-14)
    for key in ("alpha", "beta", "tracking_error", "information_ratio"):
        assert values[key] is None


def test_year_to_date_needs_dates_and_january():
    funds, market = sample(6, 1)
    assert math.isnan(statistics(funds[:, 0], market).ytd)
    assert math.isnan(statistics(funds[:, 0], market, dates=month_ends("2025-02", 6)).ytd)
    across = statistics(funds[:, 0], market, dates=month_ends("2024-10", 6))
    assert_allclose(across.ytd, slow_compound(funds[3:, 0]), rtol=1e-13)


def test_benchmark_against_itself_and_series_that_stand_still():
    """0.1 % twelve times has a stdev of 1e-19 by rounding; a ratio over that is noise, so there is none."""
    market = sample(24, 1)[1]
    still = np.full(24, 0.001)
    stats = statistics(np.column_stack([market, still]), market)
    assert_allclose(stats.beta, [1, 0], atol=1e-15)
    assert_allclose(stats.alpha, [0, 1.001**12 - 1], atol=1e-15)
    assert stats.tracking_error[0] == 0
    assert np.isnan(stats.information_ratio[0])
    assert np.isnan(stats.correlation_12m[1])
    assert np.isnan(stats.ret_stdev_12m[1])
    assert np.isnan(statistics(market, still).beta)
    assert np.isnan(performance.rolling_beta(market, still, 12)).all()


def test_three_and_four_months_for_shape():
    assert math.isnan(performance.skewness([0.01, 0.02]))
    assert math.isnan(performance.excess_kurtosis([0.01, 0.02, 0.04]))
    assert math.isnan(performance.volatility([0.01], 12))


def test_total_loss():
    """A fund that loses everything: cumulative and annualised return -100 %."""
    returns = np.array([0.1, -1.0, 0.05])
    assert performance.cumulative_return(returns) == -1
    assert performance.annualised_return(returns, 12) == -1


# --- the form of the answer --------------------------------------------------------------------------------


def test_one_series_gives_floats():
    funds, market = labelled(60, 2)
    stats = statistics(funds["F1"], market)
    assert tuple(stats) == NEWSLETTER_KEYS
    assert len(stats) == 17
    assert all(type(stats[key]) is float for key in stats if key != "n_months")
    assert stats.alpha == stats["alpha"]
    assert stats.get("sharpe") is None
    assert (stats.convention, stats.benchmark, stats.risk_free) == ("newsletter", "AGG", "zero")
    assert (stats.frequency, stats.drawdown_frequency, stats.n_months) == ("M", "M", stats["n_months"])
    assert (str(stats.start), str(stats.end)) == ("2020-01-31", "2024-12-31")
    assert repr(stats) == "Statistics(newsletter, 2020-01-31 to 2024-12-31, 60 months, F1)"


def test_several_series_give_arrays_or_labelled_series():
    frame, market = labelled(60, 2)
    plain = statistics(frame.to_numpy(), market.to_numpy())
    stats = statistics(frame, market)
    assert plain.alpha.shape == (2,)
    assert list(stats.alpha.index) == ["F0", "F1"]
    assert_array_equal(stats.alpha.to_numpy(), plain.alpha)
    table = stats.to_frame()
    assert (list(table.index), list(table.columns)) == (list(NEWSLETTER_KEYS), ["F0", "F1"])
    assert table.loc["beta", "F1"] == stats.beta["F1"]
    assert list(plain.to_frame().columns) == ["series_1", "series_2"]
    assert statistics(frame[["F0"]], market).alpha.shape == (1,)
    assert performance.beta(frame, market)["F0"] == stats.beta["F0"]
    assert type(performance.beta(frame["F0"], market)) is float
    rolling = performance.rolling_beta(frame, market, 12)
    assert (rolling.index[0], list(rolling.columns)) == (frame.index[11], ["F0", "F1"])
    assert performance.drawdowns(frame["F0"]).index.equals(frame.index)


def test_as_dict_is_json():
    frame, market = labelled(24, 2)
    one = statistics(frame["F0"], market).as_dict()
    assert list(one) == [*NEWSLETTER_KEYS, "convention", "start", "end", "frequency", "benchmark"]
    assert one["three_year"] is None
    assert (one["n_months"], one["start"], one["end"]) == (24, "2020-01-31", "2021-12-31")
    several = statistics(frame, market).as_dict()
    assert list(several) == ["F0", "F1"]
    assert several["F0"].keys() == one.keys()
    assert json.loads(json.dumps(several, allow_nan=False)) == several


def test_statistics_is_frozen_and_survives_copies():
    funds, market = sample(24, 2)
    stats = statistics(funds, market)
    with pytest.raises(AttributeError, match="cannot assign"):
        stats.convention = "standard"
    with pytest.raises(TypeError, match="item assignment"):
        stats["alpha"] = 0
    with pytest.raises(ValueError, match="read-only"):
        stats.alpha[0] = 0
    with pytest.raises(AttributeError, match="has no 'sharpe'"):
        _ = stats.sharpe
    with pytest.raises(KeyError, match=r"expected one of last_month.*got 'gamma'"):
        _ = stats["gamma"]
    assert_array_equal(pickle.loads(pickle.dumps(stats)).table, stats.table)
    assert_array_equal(copy.deepcopy(stats).alpha, stats.alpha)
    assert stats == stats
    assert stats != copy.copy(stats)


def test_value_objects_check_their_shapes():
    stats = statistics(*sample(24, 2))
    with pytest.raises(InputError, match=r"table: expected shape \(17, 1\), got \(17, 2\)"):
        performance.Statistics(stats.table, stats.names, ("A",), "newsletter", None, None, 24, "B", "zero", True)
    ones = np.ones(3)
    with pytest.raises(InputError, match=r"products: expected shape \(3,\) to match mean, got \(2,\)"):
        performance.JointMoments(5, ones, ones, np.ones(2), ones, 0.0, 1.0)


def test_dates_of_any_kind():
    import pandas as pd

    funds, market = sample(24, 1)
    days = month_ends("2020-01", 24)
    forms = [days, list(days), [str(day) for day in days], days.astype(object), pd.DatetimeIndex(days)]
    assert {statistics(funds[:, 0], market, dates=form).ytd for form in forms} == {
        statistics(pd.Series(funds[:, 0], index=forms[-1]), market).ytd
    }
    assert str(statistics(funds[:, 0], pd.Series(market, index=forms[-1])).end) == "2021-12-31"


def test_import_stays_light():
    code = "import sys, aram_xl.performance; sys.exit(int('pandas' in sys.modules or 'scipy' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"convention": "gips"}, "convention: expected newsletter or standard, got 'gips'"),
        ({"risk_free": np.zeros(24)}, "risk_free: expected none with the newsletter convention"),
        ({"risk_free": 0.01}, "risk_free: expected none with the newsletter convention"),
        ({"periods_per_year": 252}, "periods_per_year: expected none or 12 with newsletter, got 252"),
        (
            {"convention": "standard", "periods_per_year": 12},
            "risk_free: expected a series of returns per month .* got none; there is no default",
        ),
        ({"convention": "standard", "risk_free": 0.0, "periods_per_year": 12}, "got one number"),
        (
            {"convention": "standard", "risk_free": np.zeros(24)},
            r"periods_per_year: expected a number \(12 for monthly returns\), got none; there is no default",
        ),
        (
            {"convention": "standard", "risk_free": np.zeros(24), "periods_per_year": 252},
            "periods_per_year: expected 12, as statistics are of monthly returns, got 252; aram-xl returns",
        ),
        (
            {"convention": "standard", "risk_free": np.zeros(23), "periods_per_year": 12},
            "risk_free: expected 24 rows to match returns, got 23",
        ),
        (
            {"convention": "standard", "risk_free": np.full(24, 0.35), "periods_per_year": 12},
            "risk_free: expected returns of bills per month as decimals .* got 0.35 on average; divide percentages",
        ),
        ({"dates": month_ends("2020-01", 23)}, "dates: expected 24, one per row of returns, got 23"),
        ({"dates": np.arange(24)}, "dates: expected one date per row of returns, got something else"),
        ({"dates": ["soon"] * 24}, "dates: expected one date per row of returns, got something else"),
        ({"dates": month_ends("2020-01", 24)[::-1]}, "dates: expected ascending dates without duplicates"),
        (
            {"dates": ["NaT", *month_ends("2020-01", 23)]},
            "dates: expected a date in every row, got none in row 1",
        ),
    ],
)
def test_arguments_that_a_convention_does_not_take(arguments, message):
    funds, market = sample(24, 1)
    with pytest.raises(InputError, match=message):
        statistics(funds, market, **arguments)


def test_newsletter_accepts_the_values_that_it_fixes():
    funds, market = sample(24, 1)
    assert_array_equal(
        statistics(funds, market, risk_free=0, periods_per_year=12).table, statistics(funds, market).table
    )


@pytest.mark.parametrize(("step", "word"), [("B", "daily"), ("W-FRI", "weekly"), ("QE", "quarterly")])
def test_returns_must_be_monthly(step, word):
    import pandas as pd

    index = pd.date_range("2020-01-01", periods=24, freq=step)
    funds, market = sample(24, 1)
    with pytest.raises(InputError, match=f"expected monthly returns, got {word} dates; aram-xl returns makes them"):
        statistics(pd.Series(funds[:, 0], index=index), pd.Series(market, index=index))


def test_a_month_left_out_or_given_twice():
    funds, market = labelled(24, 2)
    with pytest.raises(InputError, match="one row per calendar month, got 2020-06-30 right after 2020-04-30"):
        statistics(funds.drop(funds.index[4]), market.drop(market.index[4]))
    days = month_ends("2020-01", 24)
    days[5] = np.datetime64("2020-07-15")
    with pytest.raises(InputError, match="one row per calendar month, got 2020-07-15 right after 2020-05-31"):
        statistics(funds.to_numpy(), market.to_numpy(), dates=days)


def test_missing_values_are_named():
    funds, market = labelled(24, 2)
    funds.iloc[3, 1] = np.nan
    with pytest.raises(InputError, match="returns: expected a number in every row, got nan for F1 in 2020-04-30"):
        statistics(funds, market)
    with pytest.raises(InputError, match="got nan for series_2 in 2020-04-30"):
        statistics(funds.to_numpy(), market)
    with pytest.raises(InputError, match="got nan for series_2 in row 4"):
        performance.max_drawdown(funds.to_numpy())
    with pytest.raises(InputError, match="got nan for F1 in 2020-04-30"):
        performance.max_drawdown(funds)
    market.iloc[0] = np.inf
    with pytest.raises(InputError, match=r"benchmark: .*got inf for AGG in 2020-01-31"):
        performance.beta(funds["F0"], market)


def test_percent_is_told_from_decimals():
    with pytest.raises(InputError, match="none below -1, got -2 for returns in row 2; divide percentages by 100"):
        performance.cumulative_return(np.array([1.5, -2.0]))


def test_rows_that_do_not_match():
    funds, market = labelled(24, 2)
    with pytest.raises(InputError, match="benchmark: expected 24 rows to match returns, got 23; align"):
        statistics(funds, market.iloc[1:])
    later = market.copy()
    later.index = market.index.shift(1, freq="D")
    with pytest.raises(InputError, match="got 2020-02-01 in row 1 where returns has 2020-01-31; align"):
        statistics(funds, later)
    with pytest.raises(InputError, match="got 2020-02-01 in row 1 where returns has 2020-01-31; align"):
        performance.beta(funds, later)
    with pytest.raises(InputError, match="dates: expected the row labels of returns, got other dates"):
        statistics(funds, market, dates=month_ends("2020-02", 24))
    with pytest.raises(InputError, match="returns: expected dates as row labels, got int"):
        statistics(funds.reset_index(drop=True), market.to_numpy())


def test_shapes_and_names():
    funds, market = labelled(24, 2)
    with pytest.raises(InputError, match=r"returns: expected returns as one column per series, got shape \(\)"):
        statistics(0.01, 0.01)
    with pytest.raises(InputError, match=r"one column per series, got shape \(0,\)"):
        performance.beta([], [])
    with pytest.raises(InputError, match="returns: expected numbers only"):
        performance.beta(["a"], [0.1])
    with pytest.raises(InputError, match="benchmark: expected one series, got 2 columns; choose one"):
        statistics(market, funds)
    twice = funds.set_axis(["A", "A"], axis=1)
    with pytest.raises(InputError, match="returns: expected one column per name, got 'A' more than once"):
        statistics(twice, market)


def test_arguments_of_single_measures():
    funds, market = sample(24, 1)
    with pytest.raises(InputError, match="periods_per_year: expected a positive number, got 0"):
        performance.volatility(funds, 0)
    with pytest.raises(InputError, match="risk_free: expected a return per period, or 0 for none, got none"):
        performance.sharpe_ratio(funds, None, 12)
    with pytest.raises(InputError, match=r"level: expected a confidence between 0 and 1, got 95; 95 % is 0\.95"):
        performance.value_at_risk(funds, 95)
    with pytest.raises(InputError, match="definition: expected sample or bacon, got 'moment'"):
        performance.skewness(funds, "moment")
    with pytest.raises(InputError, match="convention: expected newsletter or standard, got 'x'"):
        performance.information_ratio(funds, market, "x")
    with pytest.raises(InputError, match="periods_per_year: expected none with the newsletter convention"):
        performance.information_ratio(funds, market, "newsletter", periods_per_year=12)
    with pytest.raises(InputError, match="window: expected a whole number of at least 2, got 1"):
        performance.rolling_beta(funds, market, 1)
    with pytest.raises(TooShortError, match="returns: expected at least 25 rows for one window, got 24"):
        performance.rolling_beta(funds, market, 25)
