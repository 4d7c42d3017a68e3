"""Each check is spoiled once to see it fire, and seen silent on the clean table."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from aram_xl.errors import InputError, TooShortError
from aram_xl.missing_data import complete
from aram_xl.price_checks import (
    CHECKS,
    Finding,
    check_prices,
    first_trading_day_t,
    frequency_of,
)


def table(rows: int = 60, start: str = "2024-01-01", freq: str = "B") -> pd.DataFrame:
    """Two series that rise a little each period, unevenly, and never repeat a price."""
    index = pd.date_range(start, periods=rows, freq=freq, name="Date")
    step = np.arange(rows)
    return pd.DataFrame({"AAA": 100 + 0.1 * step + 0.01 * (step % 3), "BBB": 50 + 0.05 * step}, index=index)


def findings_of(prices: pd.DataFrame, check: str) -> list[Finding]:
    return [finding for finding in check_prices(prices) if finding.check == check]


def only(prices: pd.DataFrame, check: str) -> Finding:
    """The one warning of a table spoiled in one place."""
    warnings = [finding for finding in check_prices(prices) if finding.severity == "warning"]
    assert [finding.check for finding in warnings] == [check]
    return warnings[0]


def test_clean_table_gives_the_general_notice_only():
    (notice,) = check_prices(table())
    assert (notice.check, notice.severity, notice.ticker, notice.date) == ("price_only", "notice", None, None)
    assert notice.sentence.startswith("the price-only test sees monthly payers only")
    assert "2 series not flagged" in notice.sentence


def test_hole():
    prices = table()
    prices.iloc[[10, 11, 30], 0] = np.nan
    finding = only(prices, "hole")
    assert (finding.ticker, finding.date, finding.value) == ("AAA", prices.index[10].date(), 3.0)
    assert finding.sentence == "AAA: 3 empty cells between its first and last price, first on 2024-01-15"


def test_stale_run_of_five_but_not_of_four():
    prices = table()
    prices.iloc[20:24, 1] = 77.0
    prices.iloc[24:28, 1] = 78.0
    assert not findings_of(prices, "stale")
    prices.iloc[20:25, 1] = 77.0
    finding = findings_of(prices, "stale")[0]
    assert (finding.ticker, finding.date, finding.value) == ("BBB", prices.index[20].date(), 5.0)
    assert "5 equal prices in a row from 2024-01-29; 1 run of 5 or more in all" in finding.sentence


def test_stale_run_goes_on_over_a_hole():
    prices = table()
    prices.iloc[20:26, 1] = 77.0
    prices.iloc[22, 1] = np.nan
    assert findings_of(prices, "stale")[0].value == 5.0


def test_jump_names_the_largest():
    prices = table()
    prices.iloc[30:, 0] *= 1.45
    prices.iloc[40:, 0] *= 0.5
    finding = only(prices, "jump")
    assert (finding.ticker, finding.date) == ("AAA", prices.index[40].date())
    assert finding.value == pytest.approx(-0.4995, abs=0.001)
    assert "2 jumps beyond 40%" in finding.sentence


def test_jump_of_exactly_the_limit_is_none():
    prices = table()
    prices["AAA"] = [100.0] * 2 + [140.0] * 58
    assert not findings_of(prices, "jump")
    prices["AAA"] = [100.0] * 2 + [141.0] * 58
    assert findings_of(prices, "jump")


def test_jump_across_a_hole_is_seen():
    prices = table()
    prices.iloc[30:, 0] *= 2
    prices.iloc[30, 0] = np.nan
    assert findings_of(prices, "jump")[0].date == prices.index[31].date()


def test_late_start_and_early_end():
    late, early = table(), table()
    late.iloc[:7, 0] = np.nan
    finding = only(late, "late_start")
    assert (finding.ticker, finding.date, finding.value) == ("AAA", late.index[7].date(), 7.0)
    early.iloc[-4:, 1] = np.nan
    finding = only(early, "early_end")
    assert (finding.ticker, finding.date, finding.value) == ("BBB", early.index[-5].date(), 4.0)


@pytest.mark.parametrize(
    ("freq", "drop", "days"),
    [("B", slice(20, 26), 11), ("W-FRI", [20], 14), ("ME", [20], 61), ("QE", [20], 181)],
)
def test_calendar_gap(freq, drop, days):
    prices = table(freq=freq)
    finding = only(prices.drop(prices.index[drop]), "calendar_gap")
    assert (finding.ticker, finding.date, finding.value) == (None, prices.index[19].date(), days)
    assert f"({days} days)" in finding.sentence


def test_closure_of_one_week_is_no_gap():
    prices = table(start="2001-08-20")
    closed = (prices.index > "2001-09-10") & (prices.index < "2001-09-17")
    assert not findings_of(prices[~closed], "calendar_gap")


# The price-only test


def paying(coupon: float, months: int = 36, offset: int = 0) -> pd.DataFrame:
    """A bond fund without its distributions: it rises by 1/20 of a coupon a day and drops by one on the
    given trading day of each month; the noise is a fixed pattern of 5 basis points."""
    index = pd.bdate_range("2020-01-01", periods=21 * months, name="Date")
    month = index.to_period("M").asi8
    place = np.arange(len(index)) - np.searchsorted(month, month)
    noise = 0.0005 * np.sin(np.arange(len(index)) * 1.7)
    returns = coupon / 20 + noise - coupon * (place == offset)
    return pd.DataFrame({"FUND": 100 * np.cumprod(1 + returns)}, index=index)


def test_price_only_fires_on_a_monthly_payer():
    (finding,) = findings_of(paying(0.003), "price_only")
    assert (finding.severity, finding.ticker, finding.date) == ("warning", "FUND", None)
    assert finding.value is not None
    assert finding.value < -10
    assert "without distributions" in finding.sentence


@pytest.mark.parametrize("fund", [paying(0.0), paying(0.003, offset=9), paying(0.003, months=11)])
def test_price_only_is_silent_without_the_drop_elsewhere_or_too_short(fund):
    assert [finding.severity for finding in findings_of(fund, "price_only")] == ["notice"]


def test_t_equals_scipys_welch_test():
    stats = pytest.importorskip("scipy.stats")
    prices = paying(0.001)
    returns = prices["FUND"].pct_change().iloc[1:]
    month = prices.index.to_period("M")
    first = month[1:] != month[:-1]
    expected = stats.ttest_ind(returns[first], returns[~first], equal_var=False).statistic
    assert first_trading_day_t(prices)["FUND"] == pytest.approx(expected, rel=1e-12)


def test_first_return_of_a_series_that_starts_within_a_month_is_no_month_start():
    prices = paying(0.001)
    later = prices.copy()
    later.iloc[:5] = np.nan
    assert first_trading_day_t(later)["FUND"] == first_trading_day_t(prices.iloc[5:])["FUND"]


def test_price_only_needs_daily_rows():
    prices = table(freq="ME")
    with pytest.raises(
        InputError, match="expected daily rows for the first-trading-day test, got monthly rows"
    ):
        first_trading_day_t(prices)
    (notice,) = check_prices(prices)
    assert "needs daily rows and was not made" in notice.sentence


def read(path):
    return pd.read_csv(path, index_col=0, parse_dates=True)


def test_price_only_on_unadjusted_closes(shared):
    """Every fund with 90 or more distributions since 2013 pays monthly; the 23 of them are flagged, with
    t from -12.5 to -2.7, and no other fund is below -0.7."""
    prices = read(shared / "data" / "etf_close_unadjusted_daily.csv")
    paid = pd.read_csv(shared / "data" / "etf_distributions.csv")["Ticker"].value_counts()
    monthly = set(paid[paid > 90].index)
    t = first_trading_day_t(prices)
    assert len(monthly) == 23
    assert set(t[t < -2.5].index) == monthly
    assert t.min() == pytest.approx(-12.47, abs=0.005)
    assert t[list(monthly)].max() == pytest.approx(-2.70, abs=0.005)
    assert t.drop(list(monthly)).min() == pytest.approx(-0.66, abs=0.005)
    flagged = {f.ticker for f in findings_of(prices, "price_only") if f.severity == "warning"}
    assert flagged == monthly


@pytest.mark.parametrize(
    ("file", "series", "lowest"),
    [("etf_adj_close_daily.csv", 45, -1.44), ("etf_adj_close_daily_mit_source.csv", 21, -0.76)],
)
def test_price_only_spares_total_return_series(shared, file, series, lowest):
    t = first_trading_day_t(read(shared / "data" / file))
    assert t.size == series
    assert t.min() == pytest.approx(lowest, abs=0.005)


def test_findings_of_the_main_file(shared):
    """Real bill funds stand still for 17 days; four funds start late; nothing else."""
    findings = check_prices(read(shared / "data" / "etf_adj_close_daily.csv"))
    late = {f.ticker: str(f.date) for f in findings if f.check == "late_start"}
    assert late == {"USHY": "2017-10-26", "JPIE": "2021-11-02", "BINC": "2023-05-23", "LQDH": "2014-06-17"}
    stale = {f.ticker: f.value for f in findings if f.check == "stale"}
    assert stale["SHV"] == 17
    assert set(stale) == {"SHY", "SHV", "BIL", "VGSH", "FLOT", "BKLN", "LQDH"}
    assert {f.check for f in findings} == {"late_start", "stale", "price_only"}


# What cannot be right


def spoiled(row: int, value: object) -> pd.DataFrame:
    prices = table()
    if isinstance(value, str | bool):
        prices["BBB"] = prices["BBB"].astype(object)
    prices.iloc[row, 1] = value
    return prices


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ([1, 2, 3], "prices: expected a table with dates as row labels and tickers as columns, got list"),
        (table().iloc[:, :0], "expected dates and at least one column of prices, got an empty table"),
        (table().iloc[:0], "expected dates and at least one column of prices, got an empty table"),
        (table().set_axis(["AAA", "AAA"], axis=1), "expected each column name once, got AAA more than once"),
        (table().reset_index(drop=True), "expected dates as row labels, got int 0"),
        (table().tz_localize("UTC"), "expected dates without a time zone, got UTC"),
        (
            table().set_axis([pd.NaT, *table().index[1:]], axis=0),
            "expected a date in row 1, got none",
        ),
        (
            table().iloc[[0, 1, 3, 2, 4]],
            "expected dates in ascending order, got 2024-01-03 in row 4 after 2024-01-04; sort the rows",
        ),
        (table().iloc[[0, 1, 2, 2, 4]], "expected each date once, got 2024-01-03 again in row 4; remove"),
        (spoiled(2, "n/a"), "BBB on 2024-01-03: expected a price, got the text 'n/a'; store prices as num"),
        (spoiled(2, "51.2"), "BBB on 2024-01-03: expected a price, got the text '51.2'"),
        (spoiled(2, True), "BBB on 2024-01-03: expected a price, got the boolean 'True'"),
        (table() > 0, "AAA: expected prices, got booleans"),
        (table().astype(object), "AAA: expected a column of floats, got object"),
        (spoiled(3, 0.0), "BBB on 2024-01-04: expected a price above zero, got 0; correct it"),
        (spoiled(3, -5.25), "BBB on 2024-01-04: expected a price above zero, got -5.25"),
        (spoiled(3, np.inf), "BBB on 2024-01-04: expected a finite price, got inf"),
        (spoiled(3, -np.inf), "BBB on 2024-01-04: expected a finite price, got -inf"),
        (table().assign(CCC=np.nan), "CCC: expected prices, got an empty column; remove the column"),
    ],
)
def test_impossible_tables(prices, message):
    with pytest.raises(InputError, match=message):
        check_prices(prices)


def test_two_rows_are_too_few_and_three_enough():
    with pytest.raises(TooShortError, match="expected at least 3 rows of prices, got 2; add dates"):
        check_prices(table().iloc[:2])
    assert check_prices(table().iloc[:3])


@pytest.mark.parametrize(
    ("freq", "expected"),
    [
        ("D", "D"),
        ("B", "D"),
        ("W-FRI", "W"),
        ("W-MON", "W"),
        ("ME", "M"),
        ("BME", "M"),
        ("MS", "M"),
        ("QE", "Q"),
    ],
)
def test_frequency(freq, expected):
    assert frequency_of(pd.date_range("2015-01-01", periods=40, freq=freq)) == expected


@pytest.mark.parametrize("freq", ["14D", "YE", "2QE"])
def test_unknown_frequency(freq):
    with pytest.raises(InputError, match="expected daily, weekly, monthly or quarterly rows, got gaps of"):
        check_prices(table(freq=freq))


def test_mixed_frequency():
    """A table that is monthly first and daily later, as some vendors deliver it."""
    prices = pd.concat([table(30, "2015-01-31", "ME"), table(60, "2018-01-01", "B")])
    with pytest.raises(InputError, match="keep rows of one frequency"):
        check_prices(prices)


def test_frequency_needs_three_dates():
    with pytest.raises(TooShortError, match="expected at least 3 dates to see the frequency, got 2"):
        frequency_of(pd.date_range("2024-01-01", periods=2))


# The policy for missing data


def holed() -> pd.DataFrame:
    prices = table().assign(CCC=lambda t: t["AAA"] * 2)
    prices.iloc[:3, 0] = np.nan
    prices.iloc[20, 1] = np.nan
    return prices


def test_complete_table_passes_every_policy_unchanged():
    for policy in ("reject", "drop_asset", "common_window"):
        kept, findings = complete(table(), policy)
        pd.testing.assert_frame_equal(kept, table(), check_freq=False)
        assert findings == ()


def test_reject_names_the_first_hole_by_date():
    with pytest.raises(
        InputError, match="AAA on 2024-01-01: expected a price, got an empty cell; choose missing="
    ):
        complete(holed())
    with pytest.raises(InputError, match="BBB on 2024-01-29: expected a price"):
        complete(holed().iloc[3:])


def test_drop_asset():
    kept, findings = complete(holed(), "drop_asset")
    assert list(kept.columns) == ["CCC"]
    assert len(kept) == 60
    assert [(f.check, f.ticker, f.date, f.value) for f in findings] == [
        ("dropped_asset", "AAA", date(2024, 1, 1), 3.0),
        ("dropped_asset", "BBB", date(2024, 1, 29), 1.0),
    ]
    with pytest.raises(InputError, match="expected at least one asset without empty cells, got none"):
        complete(holed()[["AAA", "BBB"]], "drop_asset")


def test_common_window():
    prices = holed()
    kept, findings = complete(prices, "common_window")
    pd.testing.assert_frame_equal(kept, prices.drop(prices.index[[0, 1, 2, 20]]), check_freq=False)
    assert [f.sentence for f in findings] == [
        "3 rows left out, 2024-01-01 to 2024-01-03: no price of AAA",
        "1 row left out, 2024-01-29: no price of BBB",
    ]
    assert [(f.check, f.value) for f in findings] == [("dropped_dates", 3.0), ("dropped_dates", 1.0)]


def test_common_window_that_is_empty():
    prices = table()
    prices.iloc[:30, 0] = np.nan
    prices.iloc[32:, 1] = np.nan
    with pytest.raises(TooShortError, match="3 rows on which every asset has a price, got 2; choose"):
        complete(prices, "common_window")


def test_unknown_policy():
    with pytest.raises(
        InputError, match='missing: expected "reject", "drop_asset" or "common_window", got \'fill\''
    ):
        complete(table(), "fill")


def test_checks_are_a_fixed_documented_set():
    spoiled_table = holed()
    spoiled_table.iloc[-3:, 2] = np.nan
    spoiled_table.iloc[30:40, 1] = 99.0
    made = {finding.check for finding in check_prices(spoiled_table.drop(spoiled_table.index[45:52]))}
    assert made == {"hole", "stale", "jump", "late_start", "early_end", "calendar_gap", "price_only"}
    assert made | {"dropped_asset", "dropped_dates"} == set(CHECKS)


def test_checks_change_nothing():
    prices = holed()
    before = prices.copy()
    check_prices(prices)
    complete(prices, "common_window")
    pd.testing.assert_frame_equal(prices, before)
