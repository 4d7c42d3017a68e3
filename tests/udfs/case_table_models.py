"""The argument cases of steps 1 and 2, models, activeness and printed figures."""

from __future__ import annotations

import math
from typing import Any

from tests.udfs.case_parts import (
    BENCHMARK,
    DATES,
    EQUAL,
    FLAT,
    FUND,
    FUND_ROW,
    NO_CALC,
    NOT_AVAILABLE,
    NUMBER,
    PRICES,
    RATE,
    RETURNS,
    SERIAL_PRICES,
    TICKERS,
    VALUE,
    bad,
    beside,
    good,
    month_ends,
    serial,
    spoiled,
)


def lines(text: str) -> list[list[Any]]:
    """A card as it is pasted into a column: one line a cell, an empty cell for an empty line."""
    return [[line or None] for line in text.strip().split("\n")]


DATED_FUND = [["Date", "Fund"], *beside(DATES[1:], FUND)]
SERIAL_FUND = [["Date", "Fund"], *beside([serial(day) for day in DATES[1:]], FUND)]
MIX = [["AA", "BB"], *[row[:2] for row in RETURNS]]

HEADS = ["State", "k", "Percentile from", "Percentile to", "Trend", "Drawdown from"]
RULE = [
    HEADS,
    ["not enough history", 0.9, None, None, None, None],
    ["deep", 0.5, None, None, None, 0.2],
    ["falling", 0.8, None, None, "down", None],
    ["calm", 1.2, 0.0, 0.5, None, None],
    ["usual", 1.0, None, None, None, None],
]
MACRO_RULE = [
    ["k", "State", "Macro from"],
    [0.7, "tense", 20.0],
    [1.0, "quiet", None],
    [0.9, "Not enough history", None],
]
MACRO: list[list[Any]] = [[None], [None], *[[round(18 + 4 * math.sin(i), 3)] for i in range(22)]]
SHORT = [["minimum_history", 6.0], ["trend_window", 6.0]]
MOMENTUM: list[list[Any]] = [
    ["Trend", "momentum"],
    ["trend_window", 8.0],
    ["trend skip", 2.0],
    ["minimum_history", 3.0],
    [None, None],
    ["smoothing", 0.5],
    ["max_step", 0.1],
]

CARD_TEXT = """
name = "own"
title = "Two assets"
provenance = "An example."
purpose = "For the tests."
universe = ["AA", "CC"]
benchmark = "BB"

[estimation]
window = 12
minimum_history = 6
[costs]
fee = 0.006
cost_bps = 5
"""
RULE_TEXT = """
[market_risk]
window = 6
[rule]
minimum_history = 3
trend_window = 4
not_enough_history = 0.9
"""
ROWS_TEXT = """
[[rule.rows]]
state = "calm"
k = 1.1
risk_percentile = [0.0, 0.5]
[[rule.rows]]
state = "usual"
k = 0.9
"""
MACRO_TEXT = """
macro = "vix"
publication_lag_days = 1
[[rule.rows]]
state = "tense"
k = 0.8
macro = [19.0, 100.0]
"""
CARD = lines(CARD_TEXT)
RULED = lines(CARD_TEXT + RULE_TEXT + ROWS_TEXT)
WATCHING = lines(CARD_TEXT + RULE_TEXT + MACRO_TEXT + ROWS_TEXT)
VIX = [["Date", "vix"], *[[day, 18.0 + i % 3] for i, day in enumerate(DATES)]]
SERIAL_VIX = [["Date", "vix"], *[[serial(day), 18.0 + i % 3] for i, day in enumerate(DATES)]]

TREASURIES = ["SHV", "SHY", "IEI", "IEF", "TLT", "AGG"]
TREASURY_DATES = month_ends(49, 2013)
"""From December 2012 on, so that a card that comes along has its 36 months before its first signal in December 2015."""


def _level(month: int, asset: int) -> float:
    wave = 0.002 * asset * math.sin(0.9 * month + asset) + 0.0015 * asset * math.cos(2.3 * month)
    return round(100 * math.exp(0.001 * (asset + 1) * month + wave), 6)


TREASURY_PRICES = [
    ["Date", *TREASURIES],
    *[[day, *[_level(month, asset) for asset in range(6)]] for month, day in enumerate(TREASURY_DATES)],
]
SERIAL_TREASURIES = [TREASURY_PRICES[0], *[[serial(row[0]), *row[1:]] for row in TREASURY_PRICES[1:]]]

THIRDS = beside(TICKERS, [[0.3333], [0.3333], [0.3334]])
WRITTEN = [["Ticker", "Weight"], *THIRDS]

RISK = (
    good("window of a year", "ARAM_MARKET_RISK", FUND, None, 12.0),
    good("dates and head", "ARAM_MARKET_RISK", DATED_FUND, "sample", 6.0),
    good("row", "ARAM_MARKET_RISK", FUND_ROW, "sample", 24.0),
    good("half-life", "ARAM_MARKET_RISK", FUND, "ewma", 12.0, 3.0),
    good("several windows", "ARAM_MARKET_RISK", FUND, "range", None, None, [[3.0, 6.0, 12.0]]),
    bad(VALUE, "market_risk window: expected a number of returns with sample, got none", "ARAM_MARKET_RISK", FUND),
    bad(VALUE, "market_risk method: expected one of sample, ewma, range, got 'garch'", "ARAM_MARKET_RISK", FUND,
        "garch", 12.0),
    bad(VALUE, "market_risk windows: expected a list of windows with range", "ARAM_MARKET_RISK", FUND, "range"),
    bad(VALUE, r"windows: expected a whole number, got 6\.5", "ARAM_MARKET_RISK", FUND, "range", None, None,
        [[3.0], [6.5]]),
    bad(VALUE, r"window: expected a whole number, got 2\.5", "ARAM_MARKET_RISK", FUND, "sample", 2.5),
    bad(VALUE, "returns: expected a number in row 2, column 1, got an empty cell", "ARAM_MARKET_RISK",
        spoiled(FUND, 2, 1, None), "sample", 3.0),
    bad(NOT_AVAILABLE, "returns: expected at least 25 returns for the window, got 24", "ARAM_MARKET_RISK", FUND,
        "sample", 25.0),
    bad(NOT_AVAILABLE, "returns: expected at least 36 returns for the window, got 24", "ARAM_MARKET_RISK", FUND,
        "range", None, None, [[3.0, 36.0]]),
)  # fmt: skip

TARGET = (
    good("not enough history yet", "ARAM_RISK_TARGET", FUND, RULE),
    good("dates, all of the rule", "ARAM_RISK_TARGET", DATED_FUND, RULE, 6.0, 0.001, 0.05, SHORT),
    good("serial dates", "ARAM_RISK_TARGET", SERIAL_FUND, RULE, 6.0, None, 0.01, SHORT),
    good("raised to the floor", "ARAM_RISK_TARGET", FUND, RULE, 6.0, 0.2, None, SHORT),
    good("momentum, smoothing and step", "ARAM_RISK_TARGET", FUND, RULE, 6.0, None, None, MOMENTUM),
    good("reach", "ARAM_RISK_TARGET", FUND, RULE, 6.0, None, None, SHORT, None, [[0.001], [0.002]]),
    good("macro series", "ARAM_RISK_TARGET", FUND, MACRO_RULE, 6.0, None, None, SHORT, MACRO),
    bad(VALUE, "rule_table: expected one row with the State 'not enough history', got 0", "ARAM_RISK_TARGET", FUND,
        [HEADS, *RULE[2:]]),
    bad(VALUE, "rule_table: expected the columns State, k, .*, got 'Weather' in column 5", "ARAM_RISK_TARGET", FUND,
        spoiled(RULE, 1, 5, "Weather")),
    bad(VALUE, "rule_table, row 4: rule row 'falling': expected trend up or down, got 'sideways'", "ARAM_RISK_TARGET",
        FUND, spoiled(RULE, 4, 5, "sideways")),
    bad(VALUE, "rule_table, row 5: expected a number in k, got an empty cell", "ARAM_RISK_TARGET", FUND,
        spoiled(RULE, 5, 2, None)),
    bad(VALUE, "rule_table: expected a value in row 5, column 2, got the error #N/A", "ARAM_RISK_TARGET", FUND,
        spoiled(RULE, 5, 2, "#N/A"), unlike=NO_CALC),
    bad(VALUE, "rule_table: expected a range of cells, got an empty cell", "ARAM_RISK_TARGET", FUND, None),
    bad(VALUE, "rule macro: expected the name of a series with macro bands", "ARAM_RISK_TARGET", FUND, MACRO_RULE),
    bad(VALUE, "macro: expected one column of 24 cells, one per return, got 23 x 1", "ARAM_RISK_TARGET", FUND,
        MACRO_RULE, 6.0, None, None, None, MACRO[1:]),
    bad(VALUE, "cap: expected a volatility per period of the returns, decimal, from 0 to 1, got 5", "ARAM_RISK_TARGET",
        FUND, RULE, 6.0, None, 5.0),
    bad(VALUE, r"rule floor: expected at most the cap \(0\.01\), got 0\.02", "ARAM_RISK_TARGET", FUND, RULE, 6.0, 0.02,
        0.01),
    bad(VALUE, "settings: expected each of trend, .* at most once, got 'colour' in row 1", "ARAM_RISK_TARGET", FUND,
        RULE, 6.0, None, None, [["colour", "blue"]]),
    bad(VALUE, "settings: expected each of trend, .* at most once, got it twice in row 3", "ARAM_RISK_TARGET", FUND,
        RULE, 6.0, None, None, [*SHORT, ["Trend window", 3.0]]),
    bad(VALUE, "settings: expected a value beside smoothing in row 1, got an empty cell", "ARAM_RISK_TARGET", FUND,
        RULE, 6.0, None, None, [["smoothing", None]]),
    bad(VALUE, "settings: expected two columns, a name and its value, got 1", "ARAM_RISK_TARGET", FUND, RULE, 6.0,
        None, None, [["smoothing"], ["max_step"]]),
    bad(VALUE, "reach: expected two numbers, the least and the greatest risk, got 3", "ARAM_RISK_TARGET", FUND, RULE,
        6.0, None, None, None, None, [[0.01, 0.02, 0.03]]),
    bad(VALUE, "benchmark_returns: expected more than -1, got -1 in row 3", "ARAM_RISK_TARGET",
        spoiled(FUND, 3, 1, -1.0), RULE),
    bad(NOT_AVAILABLE, "benchmark_returns: expected at least 12 for the window, got 6", "ARAM_RISK_TARGET", FUND[:6],
        RULE),
)  # fmt: skip

MODELS = (
    good("all that come along", "ARAM_MODELS"),
    good("rule table by name", "ARAM_MODELS", "fi-baseline"),
    good("rule table of lines", "ARAM_MODELS", WATCHING),
    bad(VALUE, "model: expected a card with a rule, got active-index-ig, whose k is 1 at all times", "ARAM_MODELS",
        "Active-Index-IG"),
    bad(VALUE, "model: expected one of active-index-ig, .*, got 'C:/own.toml'; functions read no files", "ARAM_MODELS",
        "C:/own.toml"),
    bad(VALUE, "model: expected texts, the lines of a card, got 12.0 in row 2", "ARAM_MODELS", [["name"], [12.0]]),
    bad(VALUE, "model: expected one cell or one column of cells, got 2 columns", "ARAM_MODELS", [["a", "b"]]),
    good("lines of a card", "ARAM_MODEL_WEIGHTS", CARD, PRICES),
    good("serial dates, last date", "ARAM_MODEL_WEIGHTS", CARD, SERIAL_PRICES, serial(DATES[12])),
    good("by name", "ARAM_MODEL_WEIGHTS", "fi-scalable-ust", SERIAL_TREASURIES),
    good("macro series", "ARAM_MODEL_WEIGHTS", WATCHING, SERIAL_PRICES, None, SERIAL_VIX),
    bad(VALUE, "model: expected one of .* got 'own.toml'; functions read no files", "ARAM_MODEL_WEIGHTS", "own.toml",
        PRICES),
    bad(VALUE, "model: expected the field universe, which is missing", "ARAM_MODEL_WEIGHTS", CARD[:4], PRICES),
    bad(VALUE, "model: expected a TOML file, got: ", "ARAM_MODEL_WEIGHTS", [["name = "], ["x"]], PRICES),
    bad(VALUE, "prices: expected the assets of fi-scalable-ust, got no column SHV", "ARAM_MODEL_WEIGHTS",
        "fi-scalable-ust", [[row[0], *row[2:]] for row in TREASURY_PRICES]),
    bad(VALUE, "prices: expected a header row of names, got numbers only", "ARAM_MODEL_WEIGHTS", CARD, PRICES[1:]),
    bad(VALUE, "last_date: expected a date in row 1 of the data, got the text 'soon'", "ARAM_MODEL_WEIGHTS", CARD,
        PRICES, "soon"),
    bad(VALUE, "macro: expected dated columns vix, which the card names, got none", "ARAM_MODEL_WEIGHTS", WATCHING,
        PRICES),
    bad(NOT_AVAILABLE, "prices: expected at least two signal dates of own, got 0", "ARAM_MODEL_WEIGHTS", CARD,
        PRICES[:6]),
    good("lines of a card", "ARAM_BACKTEST", CARD, PRICES),
    good("from and to", "ARAM_BACKTEST", RULED, SERIAL_PRICES, serial(DATES[9]), serial(DATES[15])),
    good("by name", "ARAM_BACKTEST", "FI-Scalable-UST", SERIAL_TREASURIES),
    good("macro series", "ARAM_BACKTEST", WATCHING, PRICES, None, None, VIX),
    good("a hole in an asset that is not held", "ARAM_BACKTEST", CARD, spoiled(PRICES, 2, 2, None)),
    bad(VALUE, "prices: expected a column AGG, the benchmark of fi-baseline, got AA, BB, CC", "ARAM_BACKTEST",
        "fi-baseline", PRICES),
    bad(VALUE, "prices: expected a number in row 3, column 2, got the text 'n.a.'", "ARAM_BACKTEST", CARD,
        spoiled(PRICES, 3, 2, "n.a.")),
    bad(VALUE, "prices: expected positive levels, got -1 for AA on 2023-01-31", "ARAM_BACKTEST", CARD,
        spoiled(PRICES, 3, 2, -1.0)),
    bad(VALUE, r"end: expected a date after the first signal \(2030-01-01\)", "ARAM_BACKTEST", CARD, PRICES, 47484.0),
    bad(VALUE, "first_date: expected one date, got a range of 1 x 2 cells", "ARAM_BACKTEST", CARD, PRICES,
        [[45000.0, 45001.0]]),
    bad(NOT_AVAILABLE, "prices: expected at least two signal dates of own, got 0", "ARAM_BACKTEST", RULED, PRICES[:5]),
    good("names and the default step", "ARAM_ROUND_WEIGHTS", THIRDS),
    good("table as ARAM_MODEL_WEIGHTS gives it", "ARAM_ROUND_WEIGHTS", WRITTEN, 0.01),
    good("bounds and a rest in cash", "ARAM_ROUND_WEIGHTS", [[0.255, 0.345, 0.3]], 0.01, [[0.3, 0.35, 0.4]], 0.9, 0.1),
    bad(VALUE, r"step: expected at least 0\.000001 and a whole number of steps in 1, got 0\.03", "ARAM_ROUND_WEIGHTS",
        EQUAL, 0.03),
    bad(VALUE, r"weights: expected a sum of 1, got 0\.6; where the rest is meant as cash", "ARAM_ROUND_WEIGHTS",
        EQUAL[1:]),
    bad(VALUE, r"weights: expected asset 1 between 0 and 0\.35, got 0\.4", "ARAM_ROUND_WEIGHTS", EQUAL, 0.01, 0.35),
    bad(VALUE, "upper: expected one number, or 3, one per asset; got 2", "ARAM_ROUND_WEIGHTS", EQUAL, None,
        [[0.5, 0.5]]),
    bad(NUMBER, "step: the weights cannot be rounded to", "ARAM_ROUND_WEIGHTS", [[0.335], [0.665]], 0.01,
        [[0.335], [0.665]]),
    bad(NUMBER, "step: the weights cannot be rounded to", "ARAM_ROUND_WEIGHTS", [[0.335, 0.665]], 0.01, None, None,
        [[0.335, 0.665]]),
)  # fmt: skip

JUDGE_MORE = (
    good("dates, all series", "ARAM_ACTIVENESS", DATED_FUND, [["Index"], *BENCHMARK], RATE, MIX, FUND),
    good("serial dates, standard convention", "ARAM_ACTIVENESS", SERIAL_FUND, BENCHMARK, RATE, None, None,
         [["convention", "standard"], ["minimum_months", 12.0]]),
    good("no dates", "ARAM_ACTIVENESS", FUND, BENCHMARK, None, MIX),
    good("row", "ARAM_ACTIVENESS", FUND_ROW, BENCHMARK, None, None, None, [["index_like", 0.2]]),
    bad(VALUE, "returns: expected one row or column of numbers, got 24 rows and 3 columns", "ARAM_ACTIVENESS", RETURNS,
        BENCHMARK),
    bad(VALUE, "t_bills: expected their returns per month with the standard convention, got none", "ARAM_ACTIVENESS",
        FUND, BENCHMARK, None, None, None, [["convention", "standard"]]),
    bad(VALUE, r"significance: expected a share between 0 and 1, got 5; 95 % is 0\.95", "ARAM_ACTIVENESS", FUND,
        BENCHMARK, None, None, None, [["significance", 5.0]]),
    bad(VALUE, "benchmark: expected 24 rows to match returns, got 23", "ARAM_ACTIVENESS", DATED_FUND, BENCHMARK[1:]),
    bad(VALUE, "benchmark: expected returns that vary, got a series that stands still", "ARAM_ACTIVENESS", FUND, FLAT),
    bad(VALUE, "passive: expected series that differ", "ARAM_ACTIVENESS", FUND, BENCHMARK, None,
        [[row[0], row[0]] for row in RETURNS]),
    bad(NOT_AVAILABLE, "benchmark: expected at least 3 months in which all series to measure against have .*, got 2",
        "ARAM_ACTIVENESS", FUND[:2], BENCHMARK[:2]),
    good("one figure", "ARAM_FITS", 0.0816, "8.2%"),
    good("columns of figures", "ARAM_FITS", [[0.0814], [1.266], [-0.002]], [["8.2%"], ["1.27"], ["-0.00"]]),
    good("in percent", "ARAM_FITS", [[1.1633, 0.184]], [["117", "18.4"]], True, unlike=NO_CALC),
    good("percent as a number, figures too", "ARAM_FITS", [[0.0816], [0.16]], [[8.2], [16.0]], 1.0, 1.0),
    bad(VALUE, "figure: expected a text as printed, such as '8.20, got the number 8.2, which does not", "ARAM_FITS",
        0.08, 8.2),
    bad(VALUE, "figure: expected a printed number such as 8.2, -0.17 or 71%, got 'about 8'", "ARAM_FITS", 0.08,
        "about 8"),
    bad(VALUE, "figure: expected 2, one for each value, got 1", "ARAM_FITS", [[0.1], [0.2]], "0.1"),
    bad(VALUE, "percent: expected TRUE or FALSE, got the text 'yes'", "ARAM_FITS", 0.1, "0.1", "yes"),
    bad(VALUE, "percent: expected TRUE or FALSE, got a range of several cells", "ARAM_FITS", 0.1, "0.1",
        [[1.0], [0.0]]),
    bad(VALUE, "give decimals, 0 to 10", "ARAM_FITS", 0.1, 0.1, None, 11.0),
)  # fmt: skip

MODEL_CASES = (*RISK, *TARGET, *MODELS, *JUDGE_MORE)
