"""T-bills from quoted rates, and 60/40: hand calculations, the law of one price, errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from aram_xl.errors import InputError
from aram_xl.hurdles import Hurdles, bill_returns, sixty_forty

ENDS = ["2024-01-31", "2024-02-29"]
QUOTES = {"dates": ["2023-12-29", "2024-01-31"]}


def test_a_discount_yield_by_hand():
    """5.20 % discount: P = 1 - 0.052 x 91/360 = 0.986855...; 31 days of 91 earn (1/P)^(31/91) - 1 = 0.451764 %."""
    price = 1 - 0.052 * 91 / 360
    assert_allclose(price, 0.98685556, atol=5e-9)
    first, second = bill_returns([0.0520, 0.0515], ENDS, "discount_13_week", **QUOTES)
    assert_allclose(first, 0.00451764, atol=5e-9)
    assert_allclose(second, (1 / (1 - 0.0515 * 91 / 360)) ** (29 / 91) - 1, rtol=1e-14)


def test_thirteen_weeks_earn_what_the_bill_pays():
    """Over its 91 days the bill returns 1/P - 1, whatever months they are cut into: 30 + 31 + 30 days."""
    ends = ["2023-04-30", "2023-05-31", "2023-06-30"]
    earned = bill_returns([0.05] * 3, ends, "discount_13_week", dates=["2023-03-31", *ends[:2]])
    assert_allclose(np.prod(1 + earned), 1 / (1 - 0.05 * 91 / 360), rtol=1e-14)


@given(st.floats(0.0, 0.2))
@settings(derandomize=True, max_examples=50, deadline=None)
def test_two_quotes_of_one_bill_earn_the_same(discount):
    """A bill of price P yields (1 - P) x 360/91 at discount and (1/P - 1) x 365/91 in bond equivalents."""
    price = 1 - discount * 91 / 360
    same = (1 / price - 1) * 365 / 91
    one = bill_returns([discount] * 2, ENDS, "discount_13_week", **QUOTES)
    assert_allclose(bill_returns([same] * 2, ENDS, "bond_equivalent_13_week", **QUOTES), one, rtol=1e-11, atol=1e-16)


def test_money_market_and_effective_rates_by_hand():
    """5.31 % over 31 days of 360: 0.0531 x 31/360 = 0.45725 %; 5 % compound: 1.05^(31/365) - 1 = 0.415243 %."""
    assert_allclose(bill_returns([0.0531] * 2, ENDS, "money_market_360", **QUOTES)[0], 0.0045725, atol=1e-9)
    assert_allclose(bill_returns([0.05] * 2, ENDS, "effective", **QUOTES)[0], 1.05 ** (31 / 365) - 1, rtol=1e-12)


def test_only_what_was_quoted_before_a_period_begins_counts():
    """A quote inside the month, and an empty one at its start, leave the return as it was."""
    days = pd.DatetimeIndex(["2023-12-28", "2023-12-29", "2024-01-15", "2024-01-30", "2024-01-31"])
    quotes = pd.Series([0.052, np.nan, 0.99, 0.0515, np.nan], index=days)
    ends = pd.DatetimeIndex(ENDS, name="Date")
    earned = bill_returns(quotes, ends, "discount_13_week")
    assert earned.index.equals(ends)
    assert_allclose(earned, bill_returns([0.0520, 0.0515], ENDS, "discount_13_week", **QUOTES), rtol=1e-14)


@pytest.mark.shared_data
def test_quoted_bills_earn_what_a_fund_of_bills_does_before_its_fee(shared):
    """BIL holds bills of 1 to 3 months and charges 0.1354 % a year; a quote is held a month here, BIL's bills about one
    and a half: the gap is the fee to within 0.06 % a year, over nine years in which rates rose and fell."""
    prices = pd.read_csv(shared / "data/etf_adj_close_month_end.csv", index_col="Date", parse_dates=True)["BIL"]
    fund = prices.loc["2015-12":"2025-02"].pct_change().iloc[1:]
    rates = pd.read_csv(shared / "data/rates_daily.csv", index_col="Date", parse_dates=True)["IRX"] / 100
    earned = bill_returns(rates, fund.index, "discount_13_week")
    gap = np.prod(1 + earned) ** (12 / 110) - np.prod(1 + fund) ** (12 / 110)
    assert abs(gap - 0.001354) < 0.0006


def test_sixty_forty_by_hand():
    """0.6 x 10 % + 0.4 x 0 % = 6 %; 0.6 x -10 % + 0.4 x 5 % = -4 %: reset between the months."""
    assert_allclose(sixty_forty([0.10, -0.10], [0.0, 0.05]), [0.06, -0.04], rtol=1e-14)
    index = pd.DatetimeIndex(ENDS)
    assert sixty_forty(pd.Series([0.1, 0.2], index), pd.Series([0.0, 0.1], index)).name == "60/40"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"convention": "yield"}, r"convention: expected what the yields mean \(discount_13_week, .*\), got 'yield'"),
        (
            {"yields": [5.2, 5.15]},
            "yields: expected decimals per year, got 5.2 on 2023-12-29; divide percentages by 100",
        ),
        ({"yields": [np.nan, np.nan]}, "yields: expected numbers, got 2 empty values"),
        ({"yields": [np.nan, 0.05]}, "quote in the 7 days up to 2023-12-31, the start of a period, got none before"),
        ({"dates": ["2023-12-20", "2024-01-31"]}, "up to 2023-12-31, .* got the last one on 2023-12-20; supply more"),
        ({"dates": ["2024-01-31", "2023-12-29"]}, "yields: expected ascending dates without duplicates"),
        ({"dates": None}, "dates: expected one date per yield, got none"),
        ({"dates": ["2024-01-31"]}, "dates: expected 2, one per yield, got 1"),
        ({"yields": [[0.05, 0.05]]}, r"yields: expected one series, got shape \(1, 2\)"),
    ],
)
def test_rates_that_cannot_be_used(change, sentence):
    call = {"yields": [0.052, 0.0515], "ends": ENDS, "convention": "discount_13_week", **QUOTES} | change
    with pytest.raises(InputError, match=sentence):
        bill_returns(call.pop("yields"), call.pop("ends"), call.pop("convention"), **call)


def test_half_of_sixty_forty_is_refused():
    with pytest.raises(InputError, match="aggregate: expected a series, got none beside equity; 60/40 needs both"):
        Hurdles(equity=[0.1])
    with pytest.raises(InputError, match="equity: expected a series, got none beside aggregate"):
        Hurdles(aggregate=[0.1])
    with pytest.raises(InputError, match="aggregate: expected 2 rows to match returns, got 1"):
        sixty_forty([0.1, 0.2], [0.1])
