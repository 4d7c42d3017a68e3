"""Period ends, frequency detection and simple returns: calendars by hand, real trading days, errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from aram_xl.errors import DataWarning, InputError, TooShortError
from aram_xl.returns import detect_frequency, period_ends, period_returns, simple_returns

DAY = np.timedelta64(1, "D")


def weekdays(first: str, last: str, *closed: str):
    """Monday to Friday from first to last, without the days that are closed."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + DAY)
    days = days[(days.astype(np.int64) + 3) % 7 < 5]
    return days[~np.isin(days, np.array(closed, dtype="datetime64[D]"))]


def test_month_end_is_last_row_of_the_calendar_month():
    dates = np.array(["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-28", "2024-02-29"], dtype="datetime64[D]")
    found = period_ends(dates, "M")
    assert_array_equal(found.rows, [1, 4])
    assert found.dropped is None


@pytest.mark.parametrize(
    ("last", "frequency", "complete"),
    [
        ("2024-03-28", "M", True),  # Good Friday was the 29th, the 30th and 31st a weekend
        ("2024-03-27", "M", False),
        ("2018-03-29", "M", True),  # Good Friday was the 30th, the 31st a Saturday
        ("2018-03-28", "M", False),
        ("2021-12-31", "M", True),  # New Year's Day 2022 was a Saturday: the Friday before is not taken off
        ("2021-12-30", "M", False),
        ("2023-12-29", "M", True),  # the 30th and 31st a weekend
        ("2023-12-28", "M", False),
        ("2025-02-28", "M", True),
        ("2025-02-27", "M", False),
        ("2025-05-30", "M", True),
        ("2025-06-30", "M", True),
        ("2024-06-28", "Q", True),  # the 29th and 30th a weekend
        ("2024-06-27", "Q", False),
        ("2024-05-31", "Q", False),  # a month end, not a quarter end
        ("2024-12-31", "Q", True),
        ("2024-03-28", "Q", True),
        ("2024-03-28", "W", True),  # Good Friday again: the week ended on Thursday
        ("2024-03-27", "W", False),
        ("2025-02-28", "W", True),
        ("2025-02-27", "W", False),
        ("2020-12-31", "W", True),  # Friday was New Year's Day of the next year
        ("2020-12-30", "W", False),
        ("2025-02-27", "D", True),
    ],
)
def test_final_period_counts_only_when_no_trading_day_of_it_is_left(last, frequency, complete):
    dates = weekdays(np.datetime64(last) - 120, last)
    found = period_ends(dates, frequency)
    assert (found.dropped is None) == complete
    assert (found.rows[-1] == dates.size - 1) == complete
    if not complete:
        assert found.dropped == np.datetime64(last)


def test_calendar_month_ends_on_weekends_count_as_complete():
    """Tables of month-end levels often carry calendar dates: 31 August 2024 was a Saturday."""
    dates = np.array(["2024-06-30", "2024-07-31", "2024-08-31"], dtype="datetime64[D]")
    assert period_ends(dates, "M") == (pytest.approx([0, 1, 2]), None)


def test_weeks_end_with_their_last_trading_day():
    """Friday 5 and 12 January 2024; Thursday 28 March 2024 before Good Friday; a Sunday ends the week before it."""
    dates = weekdays("2024-01-01", "2024-01-15", "2024-01-01", "2024-01-15")
    found = period_ends(dates, "W")
    assert_array_equal(dates[found.rows], np.array(["2024-01-05", "2024-01-12"], dtype="datetime64[D]"))
    sunday = np.array(["2024-03-24", "2024-03-25", "2024-03-28", "2024-04-01"], dtype="datetime64[D]")
    assert_array_equal(period_ends(sunday, "W").rows, [0, 2])


def test_quarters_end_in_march_june_september_december():
    dates = weekdays("2023-12-20", "2024-12-31")
    found = period_ends(dates, "Q")
    expected = ["2023-12-29", "2024-03-29", "2024-06-28", "2024-09-30", "2024-12-31"]
    assert_array_equal(dates[found.rows], np.array(expected, dtype="datetime64[D]"))


@pytest.mark.shared_data
@pytest.mark.parametrize("frequency", ["W", "M", "Q"])
def test_every_trading_day_since_2013_ends_its_period_or_not(shared, frequency):
    """With the table cut at each day in turn, the day is a period end exactly when the next trading day is in another
    period: the holidays of the exchange agree with 13 years of real trading days."""
    dates = pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", usecols=["Date"], parse_dates=True)["Date"]
    days = pd.DatetimeIndex(dates)
    periods = days.to_period({"W": "W-SUN", "M": "M", "Q": "Q-DEC"}[frequency])
    days = days.to_numpy().astype("datetime64[D]")
    wrong = [
        str(days[i])
        for i in range(1, days.size - 1)
        if (period_ends(days[i - 1 : i + 1], frequency).dropped is None) != (periods[i] != periods[i + 1])
    ]
    assert wrong == []


def test_detect_frequency_by_median_gap():
    assert detect_frequency(weekdays("2024-01-01", "2024-02-01")) == "D"
    assert detect_frequency(np.arange("2024-01-05", "2024-04-01", 7, dtype="datetime64[D]")) == "W"
    months = np.arange("2024-02", "2025-02", dtype="datetime64[M]").astype("datetime64[D]") - 1
    assert detect_frequency(months) == "M"
    quarters = np.arange("2020-01", "2024-01", 3, dtype="datetime64[M]").astype("datetime64[D]") - 1
    assert detect_frequency(quarters) == "Q"


def test_detect_frequency_survives_holes():
    months = np.arange("2020-02", "2025-02", dtype="datetime64[M]").astype("datetime64[D]") - 1
    assert detect_frequency(np.delete(months, [7, 8, 30])) == "M"


def test_detect_frequency_errors():
    with pytest.raises(TooShortError, match="dates: expected at least 3 dates to tell their frequency, got 2"):
        detect_frequency(np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[D]"))
    years = np.array(["2020-12-31", "2021-12-31", "2022-12-31"], dtype="datetime64[D]")
    with pytest.raises(InputError, match="got a median distance of 365 days; supply one row per period"):
        detect_frequency(years)


def test_simple_returns_by_hand():
    """110/100 - 1 = 10 %, 99/110 - 1 = -10 %; a missing level spoils the return before and after it."""
    levels = np.array([[100.0, 50.0], [110.0, np.nan], [99.0, 60.0], [99.0, 63.0]])
    assert_allclose(simple_returns(levels), [[0.1, np.nan], [-0.1, np.nan], [0.0, 0.05]], rtol=0, atol=1e-15)


def prices(dates, **columns):
    return pd.DataFrame(columns, index=pd.DatetimeIndex(dates, name="date"))


def test_period_returns_keep_labels_and_leave_the_incomplete_month_out():
    """January to February +10 %, 110 to 121; March ends on the 28th in 2024, so the 27th is not a month end."""
    table = prices(["2024-01-31", "2024-02-28", "2024-02-29", "2024-03-27"], A=[100.0, 105.0, 110.0, 200.0])
    with pytest.warns(DataWarning, match="monthly period is incomplete .last price 2024-03-27. and was left out"):
        found = period_returns(table, "M")
    assert list(found.columns) == ["A"]
    assert list(found.index) == [pd.Timestamp("2024-02-29")]
    assert found.iloc[0, 0] == pytest.approx(0.1, abs=1e-15)


def test_period_returns_complete_month_without_warning():
    table = prices(["2024-01-31", "2024-02-29", "2024-03-28"], A=[100.0, 110.0, 121.0], B=[1.0, np.nan, 2.0])
    found = period_returns(table, "M")
    assert_allclose(found["A"], [0.1, 0.1], rtol=0, atol=1e-15)
    assert found["B"].isna().all()


def test_period_returns_of_a_series_and_of_arrays():
    table = prices(["2024-01-31", "2024-02-29", "2024-03-28"], A=[100.0, 110.0, 121.0])
    as_series = period_returns(table["A"], "M")
    assert as_series.name == "A"
    assert list(as_series.index) == list(table.index[1:])
    as_array = period_returns(table.to_numpy(), "M", dates=table.index.to_numpy())
    assert isinstance(as_array, np.ndarray)
    assert_array_equal(as_array[:, 0], as_series.to_numpy())


def test_period_returns_chain_to_the_same_growth_at_every_frequency():
    """Whatever the frequency, (1 + r) chained gives last / first level of the period ends: log returns add up."""
    rng = np.random.default_rng(5)
    dates = weekdays("2019-12-31", "2024-12-31")
    table = prices(dates, A=100 * np.exp(np.cumsum(rng.normal(0, 0.01, dates.size))))
    growth = {code: float(np.log1p(period_returns(table, code)["A"]).sum()) for code in "DMQ"}
    whole = np.log(table["A"].iloc[-1] / table["A"].iloc[0])
    for value in growth.values():
        assert value == pytest.approx(whole, abs=1e-12)  # 1,300 roundings of 1e-16


def test_period_returns_leave_the_input_alone():
    table = prices(["2024-01-31", "2024-02-29", "2024-03-28"], A=[100.0, 110.0, 121.0])
    copy = table.copy()
    period_returns(table, "M")
    pd.testing.assert_frame_equal(table, copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frequency": "Y"}, "frequency: expected one of D, W, M, Q, got 'Y'"),
        ({"dates": None}, "dates: expected one date per row of prices, got none"),
        ({"dates": ["2024-01-31"]}, "dates: expected 3, one per row of prices, got 1"),
        ({"dates": ["2024-02-29", "2024-01-31", "2024-03-28"]}, "dates: expected ascending dates without duplicates"),
        ({"dates": ["2024-01-31", "2024-01-31", "2024-03-28"]}, "dates: expected ascending dates without duplicates"),
        ({"prices": [1.0, 0.0, 2.0]}, "prices: expected positive levels, got 0 on 2024-02-29"),
        ({"prices": [1.0, -3.0, 2.0]}, "prices: expected positive levels, got -3 on 2024-02-29"),
        ({"prices": [1.0, 2.0, np.inf]}, "prices: expected positive levels, got inf on 2024-03-28"),
        ({"prices": ["a", 1.0, 2.0]}, "prices: expected numbers only"),
    ],
)
def test_period_returns_refuse(change, message):
    arguments = {
        "prices": [1.0, 2.0, 3.0],
        "frequency": "M",
        "dates": ["2024-01-31", "2024-02-29", "2024-03-28"],
        **change,
    }
    days = arguments["dates"]
    with pytest.raises(InputError, match=message):
        period_returns(
            arguments["prices"],
            arguments["frequency"],
            None if days is None else np.array(days, dtype="datetime64[D]"),
        )


def test_period_returns_need_dates_as_row_labels():
    with pytest.raises(InputError, match="prices: expected dates as row labels, got"):
        period_returns(pd.DataFrame({"A": [1.0, 2.0]}), "M")


def test_period_returns_need_two_complete_periods():
    table = prices(["2024-01-30", "2024-01-31"], A=[1.0, 2.0])
    with pytest.raises(TooShortError, match="expected at least 2 complete monthly periods, got 1; supply more dates"):
        period_returns(table, "M")


def test_missing_level_at_a_period_end_is_not_replaced_by_an_earlier_one():
    """February has no level on its last trading day: its return and the next are missing, nothing is filled."""
    table = prices(
        ["2024-01-31", "2024-02-28", "2024-02-29", "2024-03-28"],
        A=[100.0, 105.0, np.nan, 121.0],
        B=[1.0, 1.0, 1.0, 1.0],
    )
    found = period_returns(table, "M")
    assert found["A"].isna().tolist() == [True, True]
    assert found["B"].tolist() == [0.0, 0.0]


def test_period_ends_of_nothing_and_of_one_day():
    empty = np.array([], dtype="datetime64[D]")
    for frequency in "DWMQ":
        assert period_ends(empty, frequency).rows.size == 0
    one = np.array(["2024-02-29"], dtype="datetime64[D]")
    assert_array_equal(period_ends(one, "M").rows, [0])
    before = one - DAY
    assert [code for code in "DWMQ" if period_ends(before, code).dropped is not None] == ["W", "M", "Q"]
