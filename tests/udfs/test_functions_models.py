"""Steps 1 and 2, models, activeness and printed figures: answers found another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from aram_xl import backtest, load_model, models, read_prices, sample_prices
from aram_xl.returns import simple_returns
from aram_xl.risk_target import MarketRisk, risk_target
from tests.udfs.answers import answer
from tests.udfs.case_parts import BENCHMARK, DATES, FUND, LEVELS, MEANS, PRICES, RETURNS, SQUARE, TICKERS, serial
from tests.udfs.case_table_models import CARD, RULE, RULED, SHORT, THIRDS, WRITTEN
from udfs.errors import CellError
from udfs.functions import REGISTRY
from udfs.registry import call
from udfs.target import RULE_SETTINGS

pytestmark = pytest.mark.usefixtures("afresh")

ROUNDING = 1e-12

MISSING = CellError("#N/A")

OWN, INDEX = np.ravel(FUND), np.ravel(BENCHMARK)

END = 45716.0
"""28 February 2025."""

LISTED = """
    ARAM_RETURNS ARAM_MONTH_END ARAM_DATA_CHECK ARAM_COV ARAM_CORR_MATRIX ARAM_EXPECTED_RETURNS ARAM_MARKET_RISK
    ARAM_RISK_TARGET ARAM_WEIGHTS ARAM_WEIGHTS_FROM_PRICES ARAM_MIN_RISK ARAM_MAX_SHARPE ARAM_FRONTIER ARAM_RISK_RANGE
    ARAM_CERTIFICATE ARAM_RISK_CONTRIBUTIONS ARAM_MODELS ARAM_MODEL_WEIGHTS ARAM_BACKTEST ARAM_ROUND_WEIGHTS ARAM_STATS
    ARAM_ALPHA ARAM_BETA ARAM_CORREL ARAM_RET_STDEV ARAM_TRACKING_ERROR ARAM_INFO_RATIO ARAM_POSITIVE_MONTHS
    ARAM_CUM_RETURN ARAM_MAX_DRAWDOWN ARAM_ROLLING ARAM_ACTIVENESS ARAM_FITS ARAM_STATUS ARAM_VERSION
"""
"""The functions that workbooks of users call; a name never goes."""


def cells_of(prices):
    """A table of prices as Excel hands it over: dates, None where there is no price."""
    rows = [[None if value != value else value for value in row] for row in prices.to_numpy().tolist()]
    return [["Date", *prices.columns], *[[day.date(), *row] for day, row in zip(prices.index, rows, strict=True)]]


def test_every_listed_function_is_there():
    assert sorted(REGISTRY) == sorted(LISTED.split())


def test_market_risk_window_by_window():
    rows = answer("ARAM_MARKET_RISK", FUND, "sample", 12.0)
    assert rows[:11] == [[MISSING]] * 11
    by_hand = {window: [OWN[i - window : i].std(ddof=1) for i in range(12, 25)] for window in (3, 12)}
    assert_allclose(np.ravel(rows[11:]).astype(float), by_hand[12], rtol=0, atol=ROUNDING)
    rows = answer("ARAM_MARKET_RISK", FUND, "range", None, None, [[3.0], [12.0]])
    mean = (np.array(by_hand[3]) + by_hand[12]) / 2
    assert_allclose(np.ravel(rows[11:]).astype(float), mean, rtol=0, atol=ROUNDING)


def test_risk_target_by_hand():
    """Returns 1, -2, 2, 1, 0, -1 %, window 3: volatilities sqrt(13/3), sqrt(13/3), 1 and 1 %; two of four are not above
    today's: percentile 0.5. Level 1.0095, peak 1.0197 before it, mean of the last three 1.0163: trend down, the first
    row that applies; 0.6 x 1 % = 0.6 %, lifted to the floor of 0.7 %."""
    returns = [[0.01], [-0.02], [0.02], [0.01], [0.0], [-0.01]]
    rule = [["State", "k", "Trend"], ["not enough history", 1.0, None], ["falling", 0.6, "down"], ["rising", 1.0, ""]]
    settings = [["trend_window", 3.0], ["minimum_history", 4.0]]
    record = dict(answer("ARAM_RISK_TARGET", returns, rule, 3.0, 0.007, None, settings))
    level = 1.01 * 0.98 * 1.02 * 1.01 * 0.99
    peak = level / 0.99
    assert record["market risk"] == pytest.approx(0.01, abs=ROUNDING)
    assert record["percentile"] == 0.5
    assert record["trend value"] == pytest.approx(level / ((level + 2 * peak) / 3) - 1, abs=ROUNDING)
    assert record["drawdown"] == pytest.approx(0.01, abs=ROUNDING)
    assert (record["state"], record["k"], record["floor"], record["cap"]) == ("falling", 0.6, 0.007, "none")
    assert record["raw target"] == record["stepped target"] == pytest.approx(0.006, abs=ROUNDING)
    assert record["clipped target"] == 0.007
    assert record["reason"] == "trend down: state 'falling', k 0.6; raw 0.60 % a period, raised to the floor of 0.70 %"


def test_the_record_says_its_scale_and_its_date():
    record = dict(answer("ARAM_RISK_TARGET", [["Date", "Fund"], *zip(DATES[1:], OWN.tolist(), strict=True)], RULE))
    assert record["scale"] == "volatilities per period of the returns, decimal, not annualised"
    assert (record["date"], record["window"], record["macro"]) == ("2024-12-31", 12.0, "not supplied")


def test_reach_bounds_the_final_target():
    """Between the ends the clipped target stays; outside it ends there, and the reason says so."""
    ends = answer("ARAM_RISK_RANGE", MEANS, SQUARE)
    reach = [[ends[1][1]], [ends[2][1]]]
    open_end = dict(answer("ARAM_RISK_TARGET", FUND, RULE, 6.0, None, None, SHORT))
    bounded = dict(answer("ARAM_RISK_TARGET", FUND, RULE, 6.0, None, None, SHORT, None, reach))
    assert open_end["final target"] == "not supplied"
    assert bounded["clipped target"] == open_end["clipped target"] < reach[0][0]
    assert bounded["final target"] == bounded["least reachable risk"] == reach[0][0]
    assert "below the least reachable risk" in bounded["reason"]


def test_smoothing_and_steps_start_from_the_target_before():
    """One k, no bands: raw targets are the volatilities; each smoothed by half, then held within a tenth."""
    rule = [["State", "k"], ["not enough history", 1.0], ["always", 1.0]]
    settings = [["smoothing", 0.5], ["max_step", 0.1]]
    record = dict(answer("ARAM_RISK_TARGET", FUND, rule, 6.0, None, None, settings))
    target = None
    for i in range(6, 25):
        raw = OWN[i - 6 : i].std(ddof=1)
        smoothed = raw if target is None else 0.5 * target + 0.5 * raw
        target = smoothed if target is None else min(max(smoothed, 0.9 * target), 1.1 * target)
    assert record["smoothed target"] == pytest.approx(smoothed, abs=ROUNDING)
    assert record["clipped target"] == pytest.approx(target, abs=ROUNDING)


@pytest.mark.parametrize("name", [name for name in models() if load_model(name).rule is not None])
def test_a_rule_table_in_cells_decides_as_its_card(name):
    """ARAM_MODELS spills it, ARAM_RISK_TARGET reads it; floor and cap of a card are per year, in cells per month."""
    rule, returns = load_model(name).rule, np.tile(OWN, 4)
    limits = [None if value is None else value / math.sqrt(12) for value in (rule.floor, rule.cap)]
    settings = [[key, getattr(rule, key)] for key in RULE_SETTINGS if getattr(rule, key) is not None]
    table = answer("ARAM_MODELS", name)
    record = dict(answer("ARAM_RISK_TARGET", [[x] for x in returns.tolist()], table, 12.0, *limits, settings))
    direct = risk_target(returns, rule, MarketRisk(window=12), 12.0)
    assert (record["state"], record["k"], record["clipped target"]) == (direct.state, direct.k, direct.clipped)


def test_models_lists_every_card_with_its_states():
    head, *rows = answer("ARAM_MODELS")
    assert [row[0] for row in rows] == list(models())
    told = dict(zip(head, rows[models().index("fi-scalable-ig")], strict=True))
    assert told["States and k"] == "near the high 1; setback 0.85; deep 0.7"
    assert "not the provider's method" in told["What it is"]


def test_a_path_is_refused_even_where_there_is_a_card(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text("\n".join(line or "" for (line,) in CARD), encoding="utf-8")
    assert load_model(path).name == "own"
    for name in ("ARAM_MODELS", "ARAM_MODEL_WEIGHTS", "ARAM_BACKTEST"):
        failure = call(name, (str(path),) if name == "ARAM_MODELS" else (str(path), PRICES)).failure
        assert failure.code == "#VALUE!"
        assert failure.sentence.endswith("functions read no files")


def test_a_card_may_stand_in_one_cell_or_in_many():
    text = "\n".join(line or "" for (line,) in CARD)
    assert answer("ARAM_MODEL_WEIGHTS", text, PRICES) == answer("ARAM_MODEL_WEIGHTS", CARD, PRICES)


def test_model_weights_are_those_of_the_moments():
    """The card's window, benchmark and k in the words of another function."""
    rows = answer("ARAM_MODEL_WEIGHTS", CARD, PRICES)
    assert rows[0] == ["Ticker", "Weight decided on 2024-12-31"]
    assert rows[1:] == answer("ARAM_WEIGHTS_FROM_PRICES", PRICES, "BB", 12.0, "M")[1:]


def test_backtest_period_by_period():
    """Weights of each signal from ARAM_MODEL_WEIGHTS on the prices up to it; returns, risk, turnover, net by hand."""
    said, head, *rows = answer("ARAM_BACKTEST", RULED, PRICES)
    assert said[0].startswith("Hypothetical: a back-test, not the record of an account.")
    assert "fee 0.6 % a year, costs 5 bp of each amount traded" in said[0]
    assert "volatility of monthly returns, not annualised" in said[0]
    assert head == ["Signal date", "Period end", "Gross", "Net", "Benchmark", "Target", "Risk", "Turnover", "State",
                    "Events"]  # fmt: skip
    returns = simple_returns(np.array(LEVELS))
    ends = [serial(day) for day in DATES]
    before = None
    for row in rows[1:]:
        told = dict(zip(head, row, strict=True))
        at = ends.index(told["Signal date"])
        assert told["Period end"] == ends[at + 1]
        spilled = answer("ARAM_MODEL_WEIGHTS", RULED, PRICES, told["Signal date"])[1:]
        weights = np.array([weight for _, weight in spilled])
        earned = returns[at][[0, 2]]
        assert told["Gross"] == pytest.approx(weights @ earned, abs=ROUNDING)
        assert told["Benchmark"] == pytest.approx(returns[at, 1], abs=ROUNDING)
        window = returns[max(at - 12, 0) : at][:, [0, 2]]
        assert told["Risk"] == pytest.approx(math.sqrt(weights @ np.cov(window.T) @ weights), abs=ROUNDING)
        if before is not None:
            assert told["Turnover"] == pytest.approx(np.abs(weights - before).sum() / 2, abs=ROUNDING)
        net = (1 - 0.0005 * 2 * told["Turnover"]) * 0.994 ** (1 / 12) * (1 + told["Gross"]) - 1
        assert told["Net"] == pytest.approx(net, abs=ROUNDING)
        assert told["State"] in ("calm", "usual", "not enough history")
        before = weights * (1 + earned) / (1 + weights @ earned)
    assert {row[8] for row in rows} == {"calm", "usual", "not enough history"}
    assert rows[0][9].startswith("6 signals skipped before")


def test_backtest_from_cells_is_the_engines():
    """The sample's prices, a card that comes along: cells lose nothing."""
    prices = sample_prices().loc[:"2018-02-28"]
    rows = answer("ARAM_BACKTEST", "active-index-ig", cells_of(prices))[2:]
    direct = backtest(prices, load_model("active-index-ig"))
    assert [row[3] for row in rows] == direct.returns.tolist()
    assert [row[5] for row in rows] == direct.targets.tolist()[:-1]
    assert {row[8] for row in rows} == {"no rule"}
    current = answer("ARAM_MODEL_WEIGHTS", "active-index-ig", cells_of(prices))
    assert current[1:] == [[ticker, weight] for ticker, weight in direct.current.items()]


@pytest.mark.filterwarnings("ignore::aram_xl.errors.DataWarning")
@pytest.mark.parametrize("name", ["fi-baseline", "fi-scalable-ust", "active-index-ig"])
def test_backtest_of_110_months_on_real_prices(shared, name):
    prices = read_prices(shared / "data" / "etf_adj_close_daily.csv")
    rows = answer("ARAM_BACKTEST", name, cells_of(prices), None, END)[2:]
    direct = backtest(prices, load_model(name), end="2025-02-28")
    assert [row[3] for row in rows] == direct.returns.tolist()


def test_rounded_weights_add_up_exactly():
    for weights in (THIRDS, WRITTEN):
        rows = answer("ARAM_ROUND_WEIGHTS", weights, 0.01)
        assert rows == [["AA", 0.33], ["BB", 0.33], ["CC", 0.34]]
    spilled = answer("ARAM_MODEL_WEIGHTS", CARD, PRICES)
    rounded = answer("ARAM_ROUND_WEIGHTS", spilled, 0.001)
    assert [row[0] for row in rounded] == [row[0] for row in spilled[1:]]
    assert math.fsum(row[1] for row in rounded) == 1.0


def test_activeness_row_by_row():
    """Figures of a regression by numpy; the mix of two passive series that a third column is made of."""
    dated = [["Date", "Fund"], *zip(DATES[1:], OWN.tolist(), strict=True)]
    rows = answer("ARAM_ACTIVENESS", dated, [["Index"], *BENCHMARK])
    assert rows[0] == ["Figure", "Value", "Unit", "By native formulas, or why there is no number"]
    told = {row[0]: row[1] for row in rows[1:]}
    slope, intercept = np.polyfit(INDEX, OWN, 1)
    assert told["Beta"] == pytest.approx(slope, rel=1e-9)
    assert told["Alpha a month"] == pytest.approx(intercept, rel=1e-9)
    left = OWN - intercept - slope * INDEX
    error = math.sqrt(left @ left / 22 * (1 / 24 + INDEX.mean() ** 2 / ((INDEX - INDEX.mean()) ** 2).sum()))
    assert told["Standard error of alpha"] == pytest.approx(error, rel=1e-9)
    assert told["Verdict"] == "too_short"
    assert "24 months in common with Index" in told["In words"]
    assert (told["First month"], told["Months"], told["3 years, fund"]) == ("2023-01-31", 24.0, MISSING)
    half = [[0.5 * row[0] + 0.5 * row[1]] for row in RETURNS]
    mixed = [["Date", "Fund"], *[[day, *row] for day, row in zip(DATES[1:], half, strict=True)]]
    told = {row[0]: row[1] for row in answer("ARAM_ACTIVENESS", mixed, BENCHMARK, None, [TICKERS, *RETURNS],
                                             None, [["minimum_months", 24.0]])}  # fmt: skip
    assert told["Passive mix: AA"] == pytest.approx(0.5, abs=1e-9)
    assert told["Explained by the passive mix"] == pytest.approx(1.0, abs=1e-9)
    assert told["Verdict"] == "passive_mix"


def test_the_verdict_reads_its_thresholds():
    """An R-squared of 28 % is index-like where the threshold is 20 %, unless there are too few months."""
    lenient = [["index_like", 0.2], ["minimum_months", 24.0]]
    for settings, verdict in ((lenient, "index_like"), (lenient[:1], "too_short")):
        told = {row[0]: row[1] for row in answer("ARAM_ACTIVENESS", FUND, BENCHMARK, None, None, None, settings)}
        assert told["Verdict"] == verdict


def test_a_figure_stands_for_half_a_unit_to_either_side():
    """8.2% is 0.0815 to 0.0825: 0.0814 misses it by a hundredth of a point; trailing zeros count."""
    for value, figure, percent, verdict, gap in [
        (0.0814, "8.2%", None, "does not fit", 0.0001),
        (0.0814, "8.2", True, "does not fit", 0.0001),
        (0.0816, "8.2%", False, "fits", 0.0),
        (1.04, "1.0", None, "fits", 0.0),
        (1.04, "1.00", None, "does not fit", 0.035),
    ]:
        rows = answer("ARAM_FITS", value, figure, percent)
        assert rows[0][0] == verdict
        assert rows[0][1] == pytest.approx(gap, abs=ROUNDING)
    assert answer("ARAM_FITS", 1.04, 1.0, None, 2.0) == answer("ARAM_FITS", 1.04, "1.00")
