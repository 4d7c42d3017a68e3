"""The generated market: the same everywhere, plausible, and never mistaken for data."""

from __future__ import annotations

import hashlib
import random
from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from aram_xl import _sample_random, sample
from aram_xl._sample_calendar import trading_days
from aram_xl.price_checks import check_prices, first_trading_day_t
from aram_xl.sample import LABELS, PLAUSIBLE, SAMPLE_LABEL, PlausibleRange, sample_prices


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    return sample_prices()


def statistic(prices: pd.DataFrame, wanted: PlausibleRange) -> float:
    window = prices.loc[wanted.first : wanted.last, list(wanted.tickers)]
    returns = window.pct_change().iloc[1:]
    level = window[wanted.tickers[0]]
    if wanted.statistic == "volatility":
        return float(returns.iloc[:, 0].std() * np.sqrt(252))
    if wanted.statistic == "correlation":
        return float(returns.corr().iloc[0, 1])
    if wanted.statistic == "return":
        return float(level.iloc[-1] / level.iloc[0] - 1)
    assert wanted.statistic == "drawdown"
    return float((1 - level / level.cummax()).max())


def test_content_is_frozen(prices):
    """Millionths as 64-bit little-endian integers, 0 for empty cells. Another hash is another sample: every
    number quoted from it would have to be made anew."""
    millionths = np.rint(prices.fillna(0.0).to_numpy() * 1e6).astype("<i8")
    text = ",".join(prices.columns) + str(prices.index[0].date()) + str(prices.index[-1].date())
    digest = hashlib.sha256(text.encode() + np.ascontiguousarray(millionths).tobytes()).hexdigest()
    assert digest == "8af7ea3bb6b5fc1cc9c145ac6c95660b9281aa1d6d08a27d190906016754f5f0"


def test_two_calls_agree_and_share_nothing(prices):
    again = sample_prices()
    pd.testing.assert_frame_equal(again, prices, check_exact=True)
    again.iloc[0, 0] = 1.0
    assert prices.iloc[0, 0] == 100.0


def test_shape_start_and_late_starter(prices):
    assert list(prices.columns) == list(LABELS)
    assert {"SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH", "AGG"} <= set(prices.columns)
    assert prices.index[0] == pd.Timestamp("2012-12-31")
    assert prices.index[-1] == pd.Timestamp("2025-12-31")
    assert prices.index.name == "Date"
    assert (prices.dtypes == np.float64).all()
    assert prices["LQDH"].first_valid_index() == pd.Timestamp("2014-06-17")
    assert (prices.bfill().iloc[0] == 100.0).all()
    assert not prices.drop(columns="LQDH").isna().any(axis=None)


def test_says_synthetic_everywhere(prices):
    assert prices.attrs["label"] == SAMPLE_LABEL
    assert SAMPLE_LABEL.startswith("SYNTHETIC sample")
    assert all("(synthetic)" in name for name in LABELS.values())


@pytest.mark.parametrize(
    "wanted", PLAUSIBLE, ids=lambda w: f"{w.statistic}-{'-'.join(w.tickers)}-{w.first[:4]}"
)
def test_plausible(prices, wanted):
    assert wanted.low <= statistic(prices, wanted) <= wanted.high


def test_passes_its_own_checks(prices):
    """One late starter, and the general notice; no stale run, jump or look of missing distributions."""
    findings = check_prices(prices)
    assert [(finding.check, finding.ticker) for finding in findings] == [
        ("late_start", "LQDH"),
        ("price_only", None),
    ]
    assert first_trading_day_t(prices).min() > -2.0


def test_aggregate_is_its_mix(prices):
    """Daily rebalanced shares; what is left is its own noise of 1.2 basis points a day."""
    returns = prices.pct_change().iloc[1:]
    mix = sum(share * returns[ticker] for ticker, share in sample._AGGREGATE.items())
    assert sum(sample._AGGREGATE.values()) == pytest.approx(1.0)
    assert (returns["AGG"] - mix).std() == pytest.approx(0.00012, rel=0.1)


def test_crash_of_2020_is_the_worst_loss_of_equities(prices):
    level = prices["SPY"]
    drawdown = 1 - level / level.cummax()
    assert drawdown.idxmax().year == 2020


def test_calendar_follows_the_exchange(shared):
    """New York trading days, but for two days of mourning that no rule foretells."""
    with (shared / "data" / "etf_adj_close_daily.csv").open() as file:
        real = {line[:10] for line in file if line[0].isdigit() and line[:10] <= "2025-12-31"}
    days = {day.isoformat() for day in trading_days(sample.FIRST_DAY, sample.LAST_DAY)}
    assert days ^ real == {"2018-12-05", "2025-01-09"}


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2013, 3, 29), "Good Friday"),
        (date(2024, 3, 29), "Good Friday"),
        (date(2015, 7, 3), "Independence Day falls on a Saturday"),
        (date(2022, 6, 20), "Juneteenth falls on a Sunday"),
        (date(2023, 1, 2), "New Year falls on a Sunday"),
        (date(2020, 5, 25), "last Monday of May"),
        (date(2025, 11, 27), "fourth Thursday of November"),
    ],
)
def test_holidays(day, why):
    assert day not in trading_days(date(day.year, 1, 1), date(day.year, 12, 31)), why


def test_no_holiday_when_none_is_made_up_for():
    days = trading_days(date(2021, 12, 1), date(2022, 1, 31))
    assert date(2021, 12, 31) in days  # New Year 2022 falls on a Saturday
    assert date(2021, 6, 18) in trading_days(
        date(2021, 6, 1), date(2021, 6, 30)
    )  # no Juneteenth before 2022


def test_bits_follow_splitmix64():
    """Against the published algorithm in Python integers."""
    mask, stream = 2**64 - 1, 7
    start = (stream * 1_000_003 + _sample_random.SEED) * 4096
    expected = []
    for count in range(start + 1, start + 6):
        z = count * 0x9E3779B97F4A7C15 & mask
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        expected.append((z ^ z >> 31) >> 11)
    assert (_sample_random.uniform(stream, 5) * 2.0**53).tolist() == expected


def test_noise_is_nearly_normal():
    """Bounds of five standard errors over 20,000 draws; Irwin-Hall of twelve has kurtosis 2.9."""
    draws = _sample_random.normal(3, 20_000)
    assert abs(draws.mean()) < 5 / np.sqrt(20_000)
    assert abs(draws.var() - 1) < 5 * np.sqrt(2 / 20_000)
    assert (draws**4).mean() == pytest.approx(2.9, abs=5 * np.sqrt(96 / 20_000))
    assert np.quantile(draws, 0.95) == pytest.approx(NormalDist().inv_cdf(0.95), abs=0.05)
    assert abs(np.corrcoef(draws, _sample_random.normal(4, 20_000))[0, 1]) < 5 / np.sqrt(20_000)
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 5 / np.sqrt(20_000)


def test_path_is_straight_between_anchors():
    days = [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 4), date(2020, 1, 5), date(2020, 1, 9)]
    path = _sample_random.path_of(days, {"2020-01-02": 1.0, "2020-01-05": 4.0})
    assert path.tolist() == [1.0, 1.0, 3.0, 4.0, 4.0]


def test_python_random_and_numpy_seeds_do_not_matter(prices):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 the point of the test
    pd.testing.assert_frame_equal(sample_prices(), prices, check_exact=True)
