"""Performance tables: hand calculations, slow restatements, what is missing says so, errors."""

from __future__ import annotations

import datetime
import doctest
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from aram_xl._performance_paths import drawdown_table
from aram_xl._performance_table import Basis, PerformanceTable, month_end_remark
from aram_xl._performance_tables import WINDOWS, performance_tables
from aram_xl.errors import InputError, TooShortError
from aram_xl.hurdles import Hurdles
from aram_xl.performance import statistics

KEYS = (
    *("return_summary", "statistics", "tracking_error", "calendar_years", "drawdowns", "capture", "extreme_months"),
    *("rolling_12", "rolling_36"),
)


def month_ends(first: str, count: int):
    months = np.datetime64(first, "M") + np.arange(count + 1)
    return months[1:].astype("datetime64[D]") - 1


def sample(count: int, size: int = 2, first: str = "2019-03"):
    """Labelled monthly returns of funds, their benchmark and T-bills."""
    import pandas as pd

    rng = np.random.default_rng(7)
    market = rng.normal(0.004, 0.03, count)
    funds = 0.001 + market[:, None] * rng.uniform(0.2, 1.5, size) + rng.normal(0, 0.01, (count, size))
    index = pd.DatetimeIndex(month_ends(first, count))
    table = pd.DataFrame(funds, index=index, columns=[f"F{i}" for i in range(size)])
    bills = pd.Series(rng.uniform(0, 0.004, count), index=index, name="BIL")
    return table, pd.Series(market, index=index, name="AGG"), bills


def tables_of(count: int, convention: str = "newsletter", **options):
    funds, market, bills = sample(count)
    hurdles = Hurdles(bills, funds["F0"].rename("SPY"), market)
    return performance_tables(funds, market, convention, hurdles=hurdles, **options)


# --- rows ----------------------------------------------------------------------------------------------------


def test_every_table_has_the_hurdles_below_the_series_and_its_basis():
    found = tables_of(40)
    assert tuple(table.key for table in found.tables) == KEYS
    wanted = ["F0", "F1", "T-bills (BIL)", "Benchmark (AGG)", "60/40 (SPY, AGG)"]
    for table in found.tables:
        assert list(dict.fromkeys(table.rows)) == wanted
        assert table.not_supplied == ()
        assert (table.basis.start.isoformat(), table.basis.end.isoformat()) == ("2019-03-31", "2022-06-30")
        assert (table.basis.n, table.basis.frequency) == (40, "M")
        assert (table.basis.benchmark, table.basis.risk_free) == ("AGG", "zero")
        assert "Sample 2019-03-31 to 2022-06-30, 40 monthly returns; benchmark AGG" in table.basis.sentence()
    own = {table.key for table in found.tables if table.basis.convention == "newsletter"}
    assert own == {"return_summary", "statistics", "tracking_error", "rolling_12", "rolling_36"}
    assert {table.basis.convention for table in found.tables if table.key not in own} == {"any"}


def test_what_was_not_supplied_says_so_and_takes_nothing_from_the_rest():
    funds, market, _ = sample(40)
    bare = performance_tables(funds, None, "newsletter")
    for table in bare.tables:
        assert [table.rows[i] for i in table.not_supplied] == ["T-bills", "Benchmark", "60/40"]
        assert all(cell is None for i in table.not_supplied for cell in table.cells[i])
        assert table.basis.benchmark == "not supplied"
        assert "benchmark not supplied" in table.basis.sentence()
    whole = performance_tables(funds, market, "newsletter")
    for key in ("return_summary", "calendar_years", "drawdowns", "extreme_months"):
        one, other = getattr(bare, key), getattr(whole, key)
        assert one.cells[0] == other.cells[0]
    numbers = dict(zip([column.key for column in bare.statistics.columns], bare.statistics.cells[0], strict=True))
    absent = {key for key, value in numbers.items() if value is None}
    assert absent == {"alpha", "alpha_12m", "beta", "beta_12m", "correlation", "correlation_12m"}
    assert bare.tracking_error.cells[0][1:] == (None,) * 4
    assert bare.capture.cells[0] == (None,) * 6


def test_an_own_series_may_be_called_like_a_hurdle():
    """Rows that were not supplied are told by place, not by name."""
    funds, _, _ = sample(14)
    found = performance_tables(funds.rename(columns={"F0": "T-bills"}), None, "newsletter").return_summary
    assert found.rows == ("T-bills", "F1", "T-bills", "Benchmark", "60/40")
    assert found.not_supplied == (2, 3, 4)
    assert found.cells[0][0] is not None


def test_arrays_need_dates_and_give_the_same():
    funds, market, bills = sample(30)
    hurdles = Hurdles(bills.to_numpy(), market.to_numpy(), market.to_numpy())
    found = performance_tables(
        funds.to_numpy(), market.to_numpy(), "standard", hurdles=hurdles, dates=month_ends("2019-03", 30)
    )
    labelled = performance_tables(funds, market, "standard", hurdles=Hurdles(bills, market, market))
    for one, other in zip(found.tables, labelled.tables, strict=True):
        assert one.cells == other.cells
    assert found.statistics.rows == ("series_1", "series_2", "T-bills", "Benchmark", "60/40 (as given, as given)")
    assert found.basis.risk_free == "as given"
    with pytest.raises(InputError, match="dates: expected one month end per row of returns, got none"):
        performance_tables(funds.to_numpy(), market.to_numpy(), "newsletter")


# --- numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("convention", ["newsletter", "standard"])
def test_named_statistics_are_those_of_statistics(convention):
    """One meaning everywhere: the tables repeat them, column by column, for series and hurdles."""
    funds, market, bills = sample(64)
    found = tables_of(64, convention)
    columns = funds.assign(bills=bills, market=market, mixed=0.6 * funds["F0"] + 0.4 * market)
    options = {"risk_free": bills, "periods_per_year": 12} if convention == "standard" else {}
    stats = statistics(columns, market, convention, **options)
    seen = set()
    for table in (found.return_summary, found.statistics, found.tracking_error):
        for column in table.columns:
            if column.key in stats:
                assert_allclose(table.column(column.key), stats[column.key], rtol=1e-12, atol=1e-15)
                seen.add(column.key)
    assert seen == set(stats) - {"n_months"}


def test_annualised_returns_by_hand():
    """64 months of 1 %: three years make 1.01^36 - 1 = 43.0769 %, or 1.01^12 - 1 = 12.6825 % a year."""
    flat = np.full(64, 0.01)
    found = performance_tables(flat, None, "standard", hurdles=Hurdles(flat), dates=month_ends("2019-03", 64))
    row = dict(zip([c.key for c in found.return_summary.columns], found.return_summary.cells[0], strict=True))
    assert_allclose(row["three_year"], 0.430769, atol=5e-7)
    for key in ("three_year_annualised", "five_year_annualised", "annualised_return", "one_year"):
        assert_allclose(row[key], 0.126825, atol=5e-7)


def test_calendar_years_by_hand():
    """Months of 1 %, March 2019 to June 2020: 1.01^10 - 1 = 10.4622 % and 1.01^6 - 1 = 6.1520 %, both incomplete."""
    found = performance_tables(np.full(16, 0.01), None, "newsletter", dates=month_ends("2019-03", 16)).calendar_years
    assert [column.label for column in found.columns] == ["2019*", "2020*"]
    assert_allclose(found.cells[0], (0.104622, 0.061520), atol=5e-7)
    assert found.notes == ("* 2019 is incomplete: Mar to Dec only.", "* 2020 is incomplete: Jan to Jun only.")
    whole = performance_tables(np.full(13, 0.01), None, "newsletter", dates=month_ends("2019-01", 13)).calendar_years
    assert [column.label for column in whole.columns] == ["2019", "2020*"]
    assert whole.notes == ("* 2020 is incomplete: Jan only.",)


def test_calendar_years_chain_to_the_whole():
    found = tables_of(50)
    years = np.prod([1 + found.calendar_years.column(column.key) for column in found.calendar_years.columns], axis=0)
    assert_allclose(years - 1, found.return_summary.column("cumulative"), rtol=1e-12)


def test_capture_by_hand():
    """b = 10, -10, 20, 0 %; r = 5, -4, 8, -1 %. Up: r 1.05 x 1.08 = 1.134, b 1.1 x 1.2 = 1.32: 0.134/0.32 = 41.875 %;
    a month sqrt(1.134) - 1 = 6.4894 % over sqrt(1.32) - 1 = 14.8913 %. A month of exactly 0 counts as down: r
    0.96 x 0.99 = 0.9504, b 0.9: 49.6 %."""
    found = performance_tables(
        [0.05, -0.04, 0.08, -0.01], [0.10, -0.10, 0.20, 0.0], "newsletter", dates=month_ends("2020-01", 4)
    ).capture
    row = dict(zip([column.key for column in found.columns], found.cells[0], strict=True))
    assert (row["up_months"], row["down_months"]) == (2, 2)
    assert_allclose(row["up_capture"], 0.41875, rtol=1e-12)
    assert_allclose(row["up_capture_mean"], 0.064894 / 0.148913, atol=1e-5)
    assert_allclose(row["down_capture"], 0.496, rtol=1e-12)
    assert_allclose(row["down_capture_mean"], (math.sqrt(0.9504) - 1) / (math.sqrt(0.9) - 1), rtol=1e-12)
    assert found.cells[2] == pytest.approx((2, 1.0, 1.0, 2, 1.0, 1.0), rel=1e-12)  # the benchmark itself


def test_capture_of_a_benchmark_that_never_fell_does_not_exist():
    found = performance_tables([0.01, 0.02], [0.01, 0.01], "newsletter", dates=month_ends("2020-01", 2)).capture
    assert found.cells[0][3:] == (0, None, None)


def test_best_and_worst_months_with_ties_in_order_of_time():
    returns = [0.02, -0.01, 0.02, 0.03]
    found = performance_tables(returns, None, "newsletter", top=3, dates=month_ends("2020-01", 4)).extreme_months
    day = datetime.date
    assert found.cells[:3] == (
        (1, 0.03, day(2020, 4, 30), -0.01, day(2020, 2, 29)),
        (2, 0.02, day(2020, 1, 31), 0.02, day(2020, 1, 31)),
        (3, 0.02, day(2020, 3, 31), 0.02, day(2020, 3, 31)),
    )
    everything = performance_tables(returns, None, "newsletter", top=9, dates=month_ends("2020-01", 4))
    assert everything.extreme_months.column("rank")[:4].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("months", [1, 2, 11, 12, 35, 36, 59, 60])
def test_too_short_is_none_and_no_number_is_not_finite(months):
    for convention in ("newsletter", "standard"):
        found = tables_of(months, convention)
        values = dict(zip([c.key for c in found.return_summary.columns], found.return_summary.cells[0], strict=True))
        assert (values["one_year"] is None, values["three_year"] is None, values["five_year"] is None) == (
            *(months < 12, months < 36, months < 60),
        )
        text = json.dumps(found.as_dict(), allow_nan=False)
        again = json.loads(text)
        assert set(again) == {"basis", *KEYS, "rolling"}
        windows = [one["series"][0]["beta"] for one in again["rolling"].values()]
        assert [sum(value is not None for value in line) for line in windows] == [
            max(months - w + 1, 0) for w in WINDOWS
        ]


ANNUALISED = {
    "newsletter": {"statistics": ("alpha", "annualised_volatility", "ret_stdev")},
    "standard": {
        "return_summary": ("annualised_return",),
        "statistics": ("alpha", "annualised_volatility", "sharpe"),
        "tracking_error": (
            *("annualised_return", "benchmark_annualised", "active_premium", "tracking_error", "information_ratio"),
        ),
    },
}
"""Figures a year of the whole sample, by convention and table."""


@pytest.mark.parametrize("convention", ["newsletter", "standard"])
def test_less_than_a_year_is_not_annualised(convention):
    """GIPS: 11 months have no figures a year and a note; 12 have all and none. The rest is there in both."""
    short, whole = tables_of(11, convention), tables_of(12, convention)
    for one, other in zip(short.tables, whole.tables, strict=True):
        keys = ANNUALISED[convention].get(one.key, ())
        said = one.notes == ("Fewer than 12 months: nothing is annualised.",)
        assert (said, set(other.notes) & set(one.notes if said else ())) == (bool(keys), set())
        for column in one.columns:
            if column.key in keys:
                assert np.isnan(one.column(column.key)).all(), column.key
                assert np.isfinite(other.column(column.key)[:2]).all(), column.key
    assert np.isfinite(short.statistics.column("beta")).all()
    assert np.isfinite(short.return_summary.column("cumulative")).all()
    plain = performance_tables(*sample(11)[:2], "newsletter").tracking_error
    assert np.isfinite(plain.column("tracking_error")[:2]).all()  # a month, not a year


@pytest.mark.parametrize(
    ("last", "count"),
    [
        ("2025-02-28", 0),  # a Friday, the last day
        ("2025-02-27", 0),  # one weekday follows: a holiday may
        ("2025-02-26", 1),
        ("2025-02-14", 1),
        ("2025-02-22", 1),  # a Saturday with a week to come
    ],
)
def test_a_last_date_within_the_month_is_told(last, count):
    days = np.append(month_ends("2024-10", 4), np.datetime64(last))
    found = performance_tables(np.full(5, 0.01), None, "newsletter", dates=days)
    remark = f"Dates are not month ends: 1 of 5, the latest {last}; each row counts as a whole month."
    for table in found.tables:
        assert table.basis.remark == (remark if count else "")
        assert table.basis.sentence().endswith(f". {remark}") == bool(count)
    assert found.as_dict()["basis"]["remark"] == (remark if count else "")


@pytest.mark.parametrize(
    "day",
    ["2013-03-28", "2018-03-29", "2024-03-28", "2021-05-28", "2010-05-28", "2022-12-30", "2016-01-29", "2023-04-28"],
)
def test_last_trading_days_are_month_ends(day):
    """Good Friday and Memorial Day at the end of a month, and weekends."""
    assert month_end_remark(np.array([day], dtype="datetime64[D]")) == ""


def test_dates_in_the_middle_of_months_are_told():
    days = np.arange("2019-07", "2020-01", dtype="datetime64[M]").astype("datetime64[D]") + 14
    found = performance_tables(np.full(6, 0.01), None, "newsletter", dates=days).drawdowns.basis
    assert found.remark.startswith("Dates are not month ends: 6 of 6, the latest 2019-12-15;")


# --- drawdowns -----------------------------------------------------------------------------------------------


def test_drawdowns_by_hand():
    """Levels 1.1, 0.99, 1.089, 1.1979, 0.95832, 0.958320: 10 % below 1.1 in February, made good in April; then 20 %
    below 1.1979 in May, never made good."""
    returns = [0.10, -0.10, 0.10, 0.10, -0.20, 0.0]
    found = performance_tables(returns, None, "newsletter", dates=month_ends("2020-01", 6)).drawdowns
    day = datetime.date
    assert found.rows[:2] == ("returns", "returns")
    assert found.cells[0] == (1, pytest.approx(0.20), day(2020, 5, 31), day(2020, 5, 31), None, 1, None)
    assert found.cells[1] == (2, pytest.approx(0.10), day(2020, 2, 29), day(2020, 2, 29), day(2020, 4, 30), 1, 2)
    assert found.title == "Drawdowns, measured at month ends"


def test_a_loss_in_the_first_month_is_a_drawdown_and_none_is_a_depth_of_zero():
    """The start is a peak: 1 x 0.5 = 0.5, 50 %; a series that only rises has no dates."""
    days = month_ends("2020-01", 3)
    fell = performance_tables([-0.5, 1.0, 0.1], None, "newsletter", dates=days).drawdowns.cells[0]
    assert fell[:6] == (1, 0.5, days[0].astype(object), days[0].astype(object), days[1].astype(object), 1)
    rose = performance_tables([0.1, 0.0, 0.1], None, "newsletter", dates=days).drawdowns.cells[0]
    assert rose == (1, 0.0, None, None, None, None, None)


def test_rounding_does_not_keep_a_drawdown_open():
    """A fall of 5 % made good by 1/0.95 - 1 leaves the level at 1 - 1e-16, which is the peak."""
    assert 0.95 * (1 + (1 / 0.95 - 1)) < 1
    found = performance_tables([-0.05, 1 / 0.95 - 1, 0.0], None, "newsletter", dates=month_ends("2020-01", 3)).drawdowns
    assert found.cells[0][4] == datetime.date(2020, 2, 29)


def slow_drawdowns(returns):
    """(depth, first, lowest, recovered) of every spell below the peak, walking month by month."""
    level, peak, spells, spell = 1.0, 1.0, [], None
    for i, r in enumerate(returns):
        level *= 1 + r
        if level >= peak * (1 - 1e-12):
            if spell:
                spells.append((*spell, i))
            spell, peak = None, max(peak, level)
        elif spell is None:
            spell = (1 - level / peak, i, i)
        elif 1 - level / peak > spell[0]:
            spell = (1 - level / peak, spell[1], i)
    return spells + ([(*spell, None)] if spell else [])


@given(st.lists(st.sampled_from([-0.2, -0.05, 0.0, 0.05, 0.25, 0.013]), min_size=3, max_size=40))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_drawdowns_equal_a_walk_month_by_month(returns):
    days = month_ends("2001-01", len(returns))
    found = drawdown_table(returns, top=50, dates=days)
    expected = sorted(slow_drawdowns(returns), key=lambda spell: -round(spell[0], 12))
    rows = [] if found.cells[0][2] is None else sorted(found.cells, key=lambda row: (-round(row[1], 12), row[2]))
    assert len(rows) == len(expected)
    for row, (depth, first, _, back) in zip(rows, expected, strict=True):
        assert_allclose(row[1], depth, atol=1e-12)
        assert row[2] == days[first].astype(object)
        assert row[4] == (None if back is None else days[back].astype(object))
        assert row[5] == (days.tolist().index(row[3]) - first + 1)
    if rows:
        assert_allclose(found.cells[0][1], statistics(returns, None, dates=days).max_drawdown, rtol=1e-12)


def test_daily_drawdowns_are_deeper_than_monthly_ones_and_say_so():
    """Ten days down 1 % and ten up in one month: 1 - 0.99^10 = 9.56 % by day; at the month's end 0.10 %."""
    import pandas as pd

    days = pd.bdate_range("2020-01-01", periods=20)
    daily = drawdown_table(pd.Series([-0.01] * 10 + [0.01] * 10, index=days, name="Fund"), top=1)
    assert_allclose(daily.cells[0][1], 1 - 0.99**10, rtol=1e-12)
    assert (daily.basis.frequency, daily.rows) == ("D", ("Fund",))
    assert "20 daily returns" in daily.basis.sentence()


# --- rolling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("convention", ["newsletter", "standard"])
def test_rolling_equals_the_statistics_of_each_window(convention):
    """Every window by itself, through ``statistics`` of its months."""
    funds, market, bills = sample(50)
    found = tables_of(50, convention)
    options = {"risk_free": bills, "periods_per_year": 12} if convention == "standard" else {}
    for rolling in found.rolling:
        assert np.isnan(rolling.beta[: rolling.window - 1]).all()
        for end in range(rolling.window, 51, 7):
            cut = slice(end - rolling.window, end)
            one = {name: values.iloc[cut] for name, values in options.items() if name == "risk_free"}
            stats = statistics(funds.iloc[cut], market.iloc[cut], convention, **(options | one))
            assert_allclose(rolling.alpha[end - 1, :2], stats["alpha"], rtol=1e-10)
            assert_allclose(rolling.beta[end - 1, :2], stats["beta"], rtol=1e-10)
            assert_allclose(rolling.risk[end - 1, :2], funds.iloc[cut].std(ddof=1) * math.sqrt(12), rtol=1e-10)
    assert found.rolling_ranges[0].notes == ("39 windows of 12 months, one ending with each month.",)
    last = found.rolling[0]
    assert_array_equal(last.beta[-1], found.rolling_ranges[0].column("beta"))
    assert_allclose(last.beta[-1], found.statistics.column("beta_12m"), rtol=1e-12)
    assert_allclose(last.correlation[-1, :2], found.statistics.column("correlation_12m")[:2], rtol=1e-12)
    assert_array_equal(np.nanmin(last.risk, axis=0), found.rolling_ranges[0].column("risk_lowest"))
    assert_array_equal(np.nanmax(last.beta[:, :2], axis=0), found.rolling_ranges[0].column("beta_highest")[:2])


def test_a_later_month_leaves_earlier_windows_as_they_were():
    """Point in time, bit for bit."""
    funds, market, _ = sample(45)
    long = performance_tables(funds, market, "newsletter").rolling
    short = performance_tables(funds.iloc[:40], market.iloc[:40], "newsletter").rolling
    for one, other in zip(short, long, strict=True):
        for key in ("alpha", "beta", "correlation", "risk"):
            assert_array_equal(getattr(one, key), getattr(other, key)[:40])


# --- errors and forms ----------------------------------------------------------------------------------------


def test_what_cannot_be_judged_is_refused():
    funds, market, bills = sample(20)
    with pytest.raises(InputError, match="risk_free: expected a series of returns per month with the standard"):
        performance_tables(funds, market, "standard")
    with pytest.raises(InputError, match="convention: expected newsletter or standard, got 'other'"):
        performance_tables(funds, market, "other")
    with pytest.raises(InputError, match="top: expected a whole number of at least 1, got 0"):
        performance_tables(funds, market, "newsletter", top=0)
    with pytest.raises(InputError, match="one row per calendar month"):
        performance_tables(funds.drop(funds.index[3]), market.drop(market.index[3]), "newsletter")
    with pytest.raises(InputError, match="bills: expected 20 rows to match returns, got 19"):
        performance_tables(funds, market, "newsletter", hurdles=Hurdles(bills.iloc[:-1]))
    with pytest.raises(InputError, match="returns: expected a number in every row, got nan for F1 in 2019-05-31"):
        performance_tables(funds.assign(F1=funds["F1"].where(funds.index != funds.index[2])), market, "newsletter")
    with pytest.raises(InputError, match="dates: expected one date per row of returns, got none; drawdowns are dated"):
        drawdown_table([0.1, 0.2])
    with pytest.raises(InputError, match="dates: expected 2, one per row of returns, got 3"):
        drawdown_table([0.1, 0.2], dates=month_ends("2020-01", 3))
    with pytest.raises(InputError, match="dates: expected ascending dates"):
        drawdown_table([0.1, 0.2, 0.1], dates=month_ends("2020-01", 3)[::-1])
    with pytest.raises(TooShortError, match="expected at least 3 dates"):
        drawdown_table([0.1, 0.2], dates=month_ends("2020-01", 2))


def test_a_table_as_frame_as_json_and_by_column():
    found = tables_of(14).drawdowns
    frame = found.to_frame()
    assert list(frame.columns) == [column.key for column in found.columns]
    assert frame.iloc[0].tolist() == list(found.cells[0])
    first = found.as_dict()["rows"][0]
    assert (first["name"], first["rank"], first["start"]) == ("F0", 1, found.cells[0][2].isoformat())
    with pytest.raises(InputError, match="key: expected one of the columns of numbers rank, depth"):
        found.column("start")
    with pytest.raises(InputError, match="cells: expected 1 rows of 0, got another shape"):
        PerformanceTable("x", "x", ("a",), (), ((1.0,),), found.basis)
    with pytest.raises(InputError, match="convention: expected one of newsletter, standard, any, got 'x'"):
        Basis(datetime.date(2020, 1, 1), datetime.date(2020, 1, 1), 1, "M", "b", "r", "x")


def test_statistics_without_a_benchmark():
    """What needs none is as with one; the rest does not exist."""
    funds, market, bills = sample(40)
    for options in ({}, {"convention": "standard", "risk_free": bills, "periods_per_year": 12}):
        one, other = statistics(funds, None, **options), statistics(funds, market, **options)
        against = {"alpha", "alpha_12m", "beta", "beta_12m", "correlation_12m", "tracking_error", "information_ratio"}
        for key in one:
            if key in against:
                assert np.isnan(one[key]).all()
            else:
                assert_array_equal(one[key], other[key])
        assert one.benchmark == "not supplied"


# --- the page that documents it ------------------------------------------------------------------------------

PAGE = (Path(__file__).resolve().parents[2] / "docs/performance.md").read_text(encoding="utf-8")


def test_example_of_the_page():
    block = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(block, {}, "docs/performance.md", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test)
    assert (runner.summarize(verbose=False).failed, len(test.examples) > 5) == (0, True)


@pytest.mark.parametrize("convention", ["newsletter", "standard"])
def test_every_definition_stands_on_the_page(convention):
    for table in tables_of(14, convention).tables:
        if table.key in ("calendar_years", "rolling_36"):  # years are no fixed columns; 36 months are as 12
            continue
        for column in table.columns:
            assert f"| `{table.key}` | `{column.key}` | {column.label} | {column.definition} |" in PAGE
