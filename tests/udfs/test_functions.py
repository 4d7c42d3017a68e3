"""Direct calls: every case of the table, and for each function an answer found another way."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_allclose

from aram_xl.returns import simple_returns
from tests.udfs import case_parts
from tests.udfs.answers import answer
from tests.udfs.case_parts import BENCHMARK, FUND, LEVELS, PRICES, RETURNS, SQUARE, TICKERS
from tests.udfs.case_table import CANNOT_FAIL, CASES
from udfs import errors
from udfs.errors import CellError
from udfs.functions import REGISTRY
from udfs.registry import call

pytestmark = pytest.mark.usefixtures("afresh")

ROUNDING = 1e-12
"""Some dozens of operations on numbers near 1, each rounded at 1e-16."""

MEANS, DIAGONAL = [[0.01], [0.02]], [[0.01, 0.0], [0.0, 0.04]]

PAIR = np.array([*zip(np.ravel(FUND), np.ravel(BENCHMARK), strict=True)])
OWN, INDEX = PAIR.T
NEXT_YEAR = 12


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case):
    found = call(case.function, case.arguments)
    if case.code is None:
        assert found.failure is None, found.failure
        widths = {len(row) for row in found.rows}
        assert len(widths) == 1
        assert 0 not in widths
        kinds = {type(cell) for row in found.rows for cell in row}
        assert kinds <= {float, str, bool, CellError}
        assert all(math.isfinite(cell) for row in found.rows for cell in row if isinstance(cell, float))
        return
    assert found.rows == [[]]
    assert found.failure.code == case.code
    assert re.search(case.sentence, found.failure.sentence), found.failure.sentence
    assert found.failure == errors.recent[0]


def test_the_table_is_complete():
    """One good and two bad cases for each function, 15 for each error value; names are unique."""
    good = Counter(case.function for case in CASES if case.code is None)
    bad = Counter(case.function for case in CASES if case.code is not None)
    assert set(good) == set(REGISTRY) - {"ARAM_STATUS"}
    assert {name for name in REGISTRY if bad[name] < 2} == CANNOT_FAIL
    codes = Counter(case.code for case in CASES if case.code)
    assert set(codes) == {"#VALUE!", "#N/A", "#NUM!"}
    assert min(codes.values()) >= 15
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("name", ["ARAM_WEIGHTS", "ARAM_MAX_SHARPE", "ARAM_RISK_CONTRIBUTIONS"])
def test_names_in_names_out(name):
    first = [["AA", 0.4], ["BB", 0.6]]
    rest = (DIAGONAL,) if name == "ARAM_RISK_CONTRIBUTIONS" else (DIAGONAL, 0.15)
    plain = answer(name, [[0.4], [0.6]], *rest)
    assert answer(name, first, *rest) == [["AA", *plain[0]], ["BB", *plain[1]]]


@pytest.mark.parametrize("name", ["ARAM_COV", "ARAM_CORR_MATRIX"])
def test_a_matrix_carries_names_on_both_sides(name):
    plain = answer(name, RETURNS)
    assert answer(name, case_parts.HEADED_RETURNS) == [
        ["", *TICKERS],
        *[[ticker, *row] for ticker, row in zip(TICKERS, plain, strict=True)],
    ]


def test_dates_and_serial_numbers_give_the_same():
    """Excel hands over dates, Calc numbers."""
    for name, dates, serials in [
        ("ARAM_RETURNS", PRICES, case_parts.SERIAL_PRICES),
        ("ARAM_MONTH_END", PRICES, case_parts.SERIAL_PRICES),
        ("ARAM_DATA_CHECK", PRICES, case_parts.SERIAL_PRICES),
        ("ARAM_COV", case_parts.HEADED_RETURNS, case_parts.SERIAL_RETURNS),
    ]:
        assert answer(name, dates) == answer(name, serials)


def test_returns_and_month_ends():
    rows = answer("ARAM_RETURNS", PRICES)
    assert rows[0] == ["Date", *TICKERS]
    assert [row[0] for row in rows[1:]] == [case_parts.serial(day) for day in case_parts.DATES[1:]]
    levels = np.array(LEVELS)
    assert_allclose([row[1:] for row in rows[1:]], levels[1:] / levels[:-1] - 1, rtol=0, atol=ROUNDING)
    assert [row[1:] for row in answer("ARAM_MONTH_END", PRICES)[1:]] == LEVELS


def test_month_ends_of_daily_prices_are_the_last_weekdays():
    """65 weekdays from Monday 1 January 2024 end on Friday 29 March, Good Friday: the month of March is complete."""
    rows = answer("ARAM_MONTH_END", case_parts.DAILY)
    assert [row[0] for row in rows[1:]] == [45322.0, 45351.0, 45380.0]
    assert [row[1] for row in rows[1:]] == [100.0 + (i * 7) % 11 for i in (22, 43, 64)]


def test_a_missing_level_is_an_error_value_in_two_returns():
    rows = answer("ARAM_RETURNS", case_parts.spoiled(PRICES, 9, 4, None))
    missing = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if cell == CellError("#N/A")]
    assert missing == [(7, 3), (8, 3)]


def test_data_check_counts_holes_changes_and_runs():
    prices = [["Date", "AA"], *[[day, None] for day in case_parts.DATES[:6]]]
    for row, level in zip(prices[1:], [None, 100.0, 110.0, None, 99.0, 99.0], strict=True):
        row[1] = level
    facts = dict(answer("ARAM_DATA_CHECK", prices))
    assert facts["frequency"] == "monthly"
    assert (facts["rows"], facts["AA: levels"], facts["AA: holes"]) == (6.0, 4.0, 1.0)
    assert facts["AA: first date"] == "2023-01-31"
    assert facts["AA: longest run of equal levels"] == 2.0
    assert facts["AA: largest change"] == pytest.approx(0.1, abs=ROUNDING)


def test_estimates():
    sample = np.cov(np.array(RETURNS).T)
    assert_allclose(answer("ARAM_COV", RETURNS), sample, rtol=0, atol=ROUNDING)
    assert_allclose(answer("ARAM_CORR_MATRIX", RETURNS), np.corrcoef(np.array(RETURNS).T), rtol=0, atol=ROUNDING)
    assert_allclose(np.ravel(answer("ARAM_EXPECTED_RETURNS", RETURNS)), np.mean(RETURNS, axis=0), rtol=0, atol=ROUNDING)


def test_momentum_blends_four_windows():
    growth = np.log1p(np.array(RETURNS))
    expected = sum(np.expm1(growth[-k:].sum(axis=0)) / k for k in (1, 3, 6, 12)) / 4
    assert_allclose(np.ravel(answer("ARAM_EXPECTED_RETURNS", RETURNS, "momentum")), expected, rtol=0, atol=ROUNDING)


def test_two_assets_by_hand():
    """Weights 0.4 and 0.6 have variance 0.16 x 0.01 + 0.36 x 0.04 = 0.016; least risk is at 0.8 and 0.2 (inverse
    variances), with return 0.012 and variance 0.64 x 0.01 + 0.04 x 0.04 = 0.008; the tangency at 0.5 % is proportional
    to 0.005 / 0.01 and 0.015 / 0.04, that is 4 to 3."""
    assert_allclose(answer("ARAM_WEIGHTS", MEANS, DIAGONAL, math.sqrt(0.016)), [[0.4], [0.6]], rtol=0, atol=1e-9)
    assert_allclose(answer("ARAM_MIN_RISK", DIAGONAL), [[0.8], [0.2]], rtol=0, atol=ROUNDING)
    assert_allclose(answer("ARAM_MAX_SHARPE", MEANS, DIAGONAL, 0.005), [[4 / 7], [3 / 7]], rtol=0, atol=ROUNDING)
    least, greatest = [math.sqrt(0.008), 0.012, 0.8, 0.2], [0.2, 0.02, 0.0, 1.0]
    corners = answer("ARAM_FRONTIER", MEANS, DIAGONAL)
    assert corners[0] == ["Risk", "Return", "Weight 1", "Weight 2"]
    assert_allclose(corners[1:], [least, greatest], rtol=0, atol=ROUNDING)
    middle = answer("ARAM_FRONTIER", MEANS, DIAGONAL, 3.0)[2]
    assert_allclose(middle, [math.sqrt(0.016), 0.016, 0.4, 0.6], rtol=0, atol=ROUNDING)
    ends = answer("ARAM_RISK_RANGE", MEANS, DIAGONAL)
    assert [row[0] for row in ends] == ["End", "Least risk", "Greatest return"]
    assert_allclose([row[1:] for row in ends[1:]], [least, greatest], rtol=0, atol=ROUNDING)


def test_certificate_tells_the_optimum_from_the_rest():
    """Half and half at a target of 15 % leaves the target slack: all in the second asset earns 0.005 more."""
    proof = dict(answer("ARAM_CERTIFICATE", [[0.4, 0.6]], MEANS, DIAGONAL, math.sqrt(0.016)))
    assert proof["optimal"] is True
    assert proof["duality gap"] == pytest.approx(0.0, abs=1e-11)
    wrong = dict(answer("ARAM_CERTIFICATE", [[0.5, 0.5]], [["AA", 0.01], ["BB", 0.02]], DIAGONAL, 0.15))
    assert wrong["optimal"] is False
    assert wrong["duality gap"] == pytest.approx(0.005, abs=ROUNDING)
    assert {"lower multiplier AA", "upper multiplier BB"} <= wrong.keys()


def test_risk_contributions_add_up():
    w, s = np.array([0.4, 0.3, 0.3]), np.array(SQUARE)
    parts = np.ravel(answer("ARAM_RISK_CONTRIBUTIONS", w[:, None].tolist(), SQUARE))
    assert_allclose(parts, w * (s @ w) / np.sqrt(w @ s @ w), rtol=0, atol=ROUNDING)


def test_weights_from_prices_are_the_steps_one_by_one():
    """Two assets beside the benchmark: variance is quadratic in the first weight, the better root is the answer."""
    rows = answer("ARAM_WEIGHTS_FROM_PRICES", PRICES, "BB", float(NEXT_YEAR), "M")
    assert rows[0] == ["Ticker", "Weight"]
    assert [row[0] for row in rows[1:]] == ["AA", "CC"]
    returns = simple_returns(np.array(LEVELS))[-NEXT_YEAR:]
    target = returns[:, 1].std(ddof=1)
    (a, b), (_, c) = np.cov(returns[:, [0, 2]].T)  # variance is a x^2 + 2 b x (1 - x) + c (1 - x)^2
    roots = np.roots([a + c - 2 * b, 2 * (b - c), c - target**2])
    mu = returns[:, [0, 2]].mean(axis=0)
    inside = [x for x in [*roots[np.isreal(roots)].real, 0.0, 1.0] if 0 <= x <= 1]
    allowed = [x for x in inside if (a + c - 2 * b) * x * x + 2 * (b - c) * x + c <= target**2 * (1 + 1e-9)]
    best = max(allowed, key=lambda x: x * mu[0] + (1 - x) * mu[1])
    assert_allclose([row[1] for row in rows[1:]], [best, 1 - best], rtol=0, atol=1e-9)  # np.roots loses some digits


def test_statistics_of_one_pair():
    active = OWN - INDEX
    slope, intercept = np.polyfit(INDEX, OWN, 1)
    growth = np.cumprod(1 + OWN)
    peak = np.maximum.accumulate(np.append(1.0, growth))[1:]
    gap = growth[-1] - np.prod(1 + INDEX)
    for name, arguments, expected in [
        ("ARAM_ALPHA", (FUND, BENCHMARK, 12.0), (1 + intercept) ** 12 - 1),
        ("ARAM_BETA", (FUND, BENCHMARK), slope),
        ("ARAM_CORREL", (FUND, BENCHMARK), np.corrcoef(OWN, INDEX)[0, 1]),
        ("ARAM_RET_STDEV", (FUND, 12.0), math.sqrt(12) * OWN.mean() / OWN.std(ddof=1)),
        ("ARAM_TRACKING_ERROR", (FUND, BENCHMARK, 12.0), math.sqrt(12) * active.std(ddof=1)),
        ("ARAM_INFO_RATIO", (FUND, BENCHMARK, "newsletter"), gap / active.std(ddof=1)),
        ("ARAM_POSITIVE_MONTHS", (FUND,), (OWN > 0).mean()),
        ("ARAM_CUM_RETURN", (FUND,), growth[-1] - 1),
        ("ARAM_CUM_RETURN", (FUND, 3.0), np.prod(1 + OWN[-3:]) - 1),
        ("ARAM_MAX_DRAWDOWN", (FUND,), (1 - growth / peak).max()),
    ]:
        found = answer(name, *arguments)
        assert np.shape(found) == (1, 1)
        assert found[0][0] == pytest.approx(expected, rel=1e-9), name  # polyfit solves a least-squares problem


def test_statistics_table_agrees_with_the_single_functions():
    rows = answer("ARAM_STATS", case_parts.HEADED_RETURNS, BENCHMARK, "newsletter")
    assert rows[0] == ["Statistic", *TICKERS]
    table = {row[0]: row[1:] for row in rows[1:]}
    first = {key: row[0] for key, row in table.items()}
    for key, name, arguments in [
        ("beta", "ARAM_BETA", (FUND, BENCHMARK)),
        ("alpha", "ARAM_ALPHA", (FUND, BENCHMARK, 12.0)),
        ("tracking_error", "ARAM_TRACKING_ERROR", (FUND, BENCHMARK, 1.0)),
        ("information_ratio", "ARAM_INFO_RATIO", (FUND, BENCHMARK, "newsletter")),
        ("cumulative", "ARAM_CUM_RETURN", (FUND,)),
        ("max_drawdown", "ARAM_MAX_DRAWDOWN", (FUND,)),
        ("positive_months", "ARAM_POSITIVE_MONTHS", (FUND,)),
    ]:
        assert first[key] == pytest.approx(answer(name, *arguments)[0][0], rel=1e-9), key
    assert table["n_months"] == [24.0] * 3
    assert table["five_year"] == [CellError("#N/A")] * 3
    assert (first["convention"], first["start"], first["end"]) == ("newsletter", "2023-01-31", "2024-12-31")


def test_rolling_statistics_window_by_window():
    """Each row is the statistic of its window alone; before the first full window #N/A."""
    by_hand = {
        "beta": lambda x, y: np.polyfit(y, x, 1)[0],
        "alpha": lambda x, y: np.polyfit(y, x, 1)[1],
        "correlation": lambda x, y: np.corrcoef(x, y)[0, 1],
        "volatility": lambda x, y: x.std(ddof=1),
    }
    for statistic, one in by_hand.items():
        rows = answer("ARAM_ROLLING", FUND, BENCHMARK, 12.0, statistic)
        assert [row[0] for row in rows[:11]] == [CellError("#N/A")] * 11
        expected = [one(OWN[i : i + 12], INDEX[i : i + 12]) for i in range(len(OWN) - 11)]
        assert_allclose(np.ravel(rows[11:]).astype(float), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("statistic", ["beta", "correlation", "alpha"])
def test_rolling_against_a_benchmark_that_stands_still_is_not_known(statistic):
    """Deviations of 0.01 from its own mean are rounding, not movement."""
    rows = answer("ARAM_ROLLING", FUND, case_parts.FLAT, 12.0, statistic)
    assert rows == [[CellError("#N/A")]] * 24


def test_infeasible_targets_call_the_assets_by_name():
    """The same sentence as without names, but for the names."""
    numbered = call("ARAM_WEIGHTS", (case_parts.MEANS, SQUARE, 0.01)).failure.sentence
    named = call("ARAM_WEIGHTS", (case_parts.NAMED_MEANS, SQUARE, 0.01)).failure.sentence
    for number, ticker in enumerate(TICKERS, start=1):
        numbered = numbered.replace(f"asset {number}", ticker)
    assert named == numbered


def test_a_mix_without_risk_has_no_greatest_sharpe_ratio():
    sentence = call("ARAM_MAX_SHARPE", (case_parts.MEANS, case_parts.RISKLESS, 0.005)).failure.sentence
    assert sentence.endswith("so the Sharpe ratio has no bound")


def test_version_names_the_parts():
    assert [row[0] for row in answer("ARAM_VERSION")] == ["aram_xl", "Python", "numpy"]
