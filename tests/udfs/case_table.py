"""The argument cases themselves: for every function at least one that works and two that must fail.

`ARAM_STATUS` has no case, because its answer is the history of the process, and neither it nor `ARAM_VERSION` can fail.
Numbers are formulas of row and column, rounded to six places, so that they are the same on every machine.
"""

from __future__ import annotations

import datetime
import itertools
import math
from typing import Any

from tests.udfs.cases import Case

VALUE, NOT_AVAILABLE, NUMBER = "#VALUE!", "#N/A", "#NUM!"

NO_CALC = frozenset({"calc"})

CANNOT_FAIL = frozenset({"ARAM_STATUS", "ARAM_VERSION"})

TICKERS = ["AA", "BB", "CC"]

MONTHS = 24


def month_ends(count: int) -> list[datetime.date]:
    """The last weekday of each month from December 2022."""
    ends = []
    for month in range(count):
        first = datetime.date(2023 + month // 12, month % 12 + 1, 1)
        last = first - datetime.timedelta(days=1)
        ends.append(last - datetime.timedelta(days=max(last.weekday() - 4, 0)))
    return ends


def serial(day: datetime.date) -> float:
    """A day as spreadsheets count it."""
    return float((day - datetime.date(1899, 12, 30)).days)


def _return(month: int, asset: int) -> float:
    return round(0.03 * math.sin(1.7 * month * (asset + 1) + asset) + 0.004 * (asset + 1), 6)


def beside(left: list[Any], table: list[list[Any]]) -> list[list[Any]]:
    """A table with a column before it."""
    return [[cell, *row] for cell, row in zip(left, table, strict=True)]


def spoiled(table: list[list[Any]], row: int, column: int, cell: Any) -> list[list[Any]]:
    """A table with one other cell; the first row and column are 1."""
    copy = [list(line) for line in table]
    copy[row - 1][column - 1] = cell
    return copy


DATES = month_ends(MONTHS + 1)
RETURNS = [[_return(month, asset) for asset in range(3)] for month in range(MONTHS)]
BENCHMARK = [[round(sum(row) / 3 + 0.001 * (-1) ** i, 6)] for i, row in enumerate(RETURNS)]
FUND = [[row[0]] for row in RETURNS]
FUND_ROW = [[row[0] for row in RETURNS]]
RATE = [[0.002 + 0.0001 * (i % 3)] for i in range(MONTHS)]
LEVELS = [[round(100 * math.prod(1 + row[j] for row in RETURNS[:i]), 6) for j in range(3)] for i in range(MONTHS + 1)]

HEADED_RETURNS = [["Date", *TICKERS], *beside(DATES[1:], RETURNS)]
SERIAL_RETURNS = [["Date", *TICKERS], *beside([serial(day) for day in DATES[1:]], RETURNS)]
PRICES = [["Date", *TICKERS], *beside(DATES, LEVELS)]
SERIAL_PRICES = [["Date", *TICKERS], *beside([serial(day) for day in DATES], LEVELS)]
BARE_PRICES = beside(DATES, LEVELS)
WEEKDAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(days=7 * (i // 5) + i % 5) for i in range(65)]
DAILY = [["Date", "AA"], *[[day, 100.0 + (i * 7) % 11] for i, day in enumerate(WEEKDAYS)]]

MEANS = [[0.01], [0.02], [0.015]]
MEANS_ROW = [[0.01, 0.02, 0.015]]
NAMED_MEANS = beside(TICKERS, MEANS)
HEADED_MEANS = [TICKERS, *MEANS_ROW]
SQUARE = [[0.0025, 0.0005, 0.0002], [0.0005, 0.0064, 0.0012], [0.0002, 0.0012, 0.0036]]
NAMED_SQUARE = [["", *TICKERS], *beside(TICKERS, SQUARE)]
INDEFINITE = [[0.01, 0.02, 0.0], [0.02, 0.01, 0.0], [0.0, 0.0, 0.01]]
NEGATIVE = [[0.01, 0.0, 0.0], [0.0, -0.01, 0.0], [0.0, 0.0, 0.01]]
OBLONG = [row[:2] for row in SQUARE]
SMALL = [[0.04, 0.0], [0.0, 0.09]]
LOPSIDED = spoiled(SQUARE, 1, 2, 0.0009)
RISKLESS = [[0.0] * 3] * 3
EQUAL = [[0.4], [0.3], [0.3]]
FLAT = [[0.01]] * MONTHS

NO_EIGENVALUE = r"covariance: expected no negative eigenvalue, got -0\.01"

_numbers = itertools.count(1)


def good(name: str, function: str, *arguments: Any, unlike: frozenset[str] = frozenset()) -> Case:
    """A case that a direct call answers."""
    return Case(f"{next(_numbers):03d} {function}: {name}", function, arguments, unlike=unlike)


def bad(code: str, sentence: str, function: str, *arguments: Any, unlike: frozenset[str] = frozenset()) -> Case:
    """A case that shows an error; its sentence is also its name."""
    name = f"{next(_numbers):03d} {function}: {code} {sentence}"
    return Case(name, function, arguments, code, sentence, unlike)


DATA = (
    good("months", "ARAM_RETURNS", PRICES),
    good("quarters", "ARAM_RETURNS", PRICES, "Q"),
    good("small letter", "ARAM_RETURNS", PRICES, "m"),
    good("serial dates", "ARAM_RETURNS", SERIAL_PRICES, "M"),
    good("no header", "ARAM_RETURNS", BARE_PRICES),
    good("late start and a hole", "ARAM_RETURNS", spoiled(spoiled(PRICES, 2, 3, None), 9, 4, None)),
    good("weeks", "ARAM_RETURNS", DAILY, "W"),
    good("days", "ARAM_RETURNS", DAILY, "D"),
    bad(VALUE, "prices: expected a number in row 3, column 2, got the text 'n.a.'", "ARAM_RETURNS",
        spoiled(PRICES, 3, 2, "n.a.")),
    bad(VALUE, "prices: expected a number in row 4, column 3, got the error #N/A", "ARAM_RETURNS",
        spoiled(PRICES, 4, 3, "#N/A"), unlike=NO_CALC),
    bad(VALUE, "prices: expected a number in row 4, column 3, got the boolean TRUE", "ARAM_RETURNS",
        spoiled(PRICES, 4, 3, True), unlike=NO_CALC),
    bad(VALUE, "prices: expected a date in row 1 of the data, got -5", "ARAM_RETURNS", spoiled(PRICES, 2, 1, -5.0)),
    bad(VALUE, "prices: expected a date in row 2 of the data, got an empty cell", "ARAM_RETURNS",
        spoiled(PRICES, 3, 1, None)),
    bad(VALUE, "prices: expected levels above 0, got 0 on 2022-12-30 in column 3", "ARAM_RETURNS",
        spoiled(PRICES, 2, 3, 0.0)),
    bad(VALUE, "frequency: expected one of D, W, M, Q, got 'X'", "ARAM_RETURNS", PRICES, "x"),
    bad(VALUE, "frequency: expected a text, got 12", "ARAM_RETURNS", PRICES, 12.0),
    bad(VALUE, "dates: expected ascending dates without duplicates", "ARAM_RETURNS",
        spoiled(PRICES, 4, 1, DATES[0])),
    bad(VALUE, "prices: expected dates in the first column and numbers beside them, got one column", "ARAM_RETURNS",
        FUND),
    bad(VALUE, "prices: expected .*, got an empty cell", "ARAM_RETURNS", None),
    bad(NOT_AVAILABLE, "prices: expected at least 2 complete monthly periods, got 1", "ARAM_RETURNS", PRICES[:2]),
    bad(NOT_AVAILABLE, "prices: expected at least 2 complete quarterly periods, got 1", "ARAM_RETURNS", PRICES[:4],
        "Q"),
    good("months of daily prices", "ARAM_MONTH_END", DAILY),
    good("serial dates, argument left out", "ARAM_MONTH_END", SERIAL_PRICES, None),
    bad(NOT_AVAILABLE, "prices: expected at least 2 complete monthly periods, got 0", "ARAM_MONTH_END", DAILY[:5]),
    bad(NOT_AVAILABLE, "prices: expected at least 2 complete weekly periods, got 1", "ARAM_MONTH_END", DAILY[:8], "W"),
    bad(VALUE, "prices: expected a date in row 1 of the data, got the text 'soon'", "ARAM_MONTH_END",
        spoiled(PRICES, 2, 1, "soon")),
    good("months", "ARAM_DATA_CHECK", PRICES),
    good("a hole, an empty column", "ARAM_DATA_CHECK", [[*row[:3], None] for row in spoiled(BARE_PRICES, 5, 2, None)]),
    bad(VALUE, "prices: expected ascending dates, got 2022-12-30 after 2023-01-31 in row 3 of the data",
        "ARAM_DATA_CHECK", spoiled(PRICES, 4, 1, DATES[0])),
    good("levels of 0 and below", "ARAM_DATA_CHECK", spoiled(spoiled(PRICES, 3, 2, -1.0), 9, 3, 0.0)),
    bad(NOT_AVAILABLE, "dates: expected at least 3 dates to tell their frequency, got 2", "ARAM_DATA_CHECK",
        PRICES[:3]),
)  # fmt: skip

ESTIMATE = (
    good("plain block", "ARAM_COV", RETURNS),
    good("header and dates", "ARAM_COV", HEADED_RETURNS, "sample"),
    good("header and serial dates", "ARAM_COV", SERIAL_RETURNS, "ledoit_wolf"),
    good("header without dates", "ARAM_COV", [TICKERS, *RETURNS], "constant_correlation"),
    good("method and half-life", "ARAM_COV", RETURNS, "ewma", 12.0),
    good("one column", "ARAM_COV", FUND),
    good("dates without header", "ARAM_COV", beside(DATES[1:], RETURNS), unlike=NO_CALC),
    bad(VALUE, "returns: expected a number in row 2, column 3, got an empty cell", "ARAM_COV",
        spoiled(RETURNS, 2, 3, None)),
    bad(VALUE, "returns: expected a number in row 3, column 2, got the text '0.01'", "ARAM_COV",
        spoiled(HEADED_RETURNS, 3, 2, "0.01")),
    bad(VALUE, "returns: expected a number in row 2, column 2, got the date 2024-05-31", "ARAM_COV",
        spoiled(RETURNS, 2, 2, datetime.date(2024, 5, 31)), unlike=NO_CALC),
    bad(VALUE, "method: expected one of sample, ewma, ledoit_wolf, constant_correlation, got 'simple'", "ARAM_COV",
        RETURNS, "simple"),
    bad(VALUE, "half_life: expected a positive number of periods for ewma, got None", "ARAM_COV", RETURNS, "ewma"),
    bad(VALUE, "half_life: expected none with method 'sample', got 6", "ARAM_COV", RETURNS, None, 6.0),
    bad(VALUE, "half_life: expected one number, got a range of 1 x 2 cells", "ARAM_COV", RETURNS, "ewma",
        [[1.0, 2.0]]),
    bad(NOT_AVAILABLE, "returns: expected at least 2 rows of numbers, got 1", "ARAM_COV", RETURNS[:1]),
    bad(NOT_AVAILABLE, "returns: expected at least 2 rows of numbers, got 1", "ARAM_COV", HEADED_RETURNS[:2], "ewma",
        3.0),
    good("plain block", "ARAM_CORR_MATRIX", RETURNS),
    good("header and dates", "ARAM_CORR_MATRIX", HEADED_RETURNS, "ewma", 6.0),
    bad(VALUE, "returns: expected every column to vary, got a constant in column 2", "ARAM_CORR_MATRIX",
        [[row[0], 0.1] for row in RETURNS]),
    bad(VALUE, "method: expected a text, got the error #REF!", "ARAM_CORR_MATRIX", RETURNS, "#REF!", unlike=NO_CALC),
    bad(NOT_AVAILABLE, "returns: expected at least 2 rows of numbers, got 1", "ARAM_CORR_MATRIX", 0.01),
    good("mean", "ARAM_EXPECTED_RETURNS", HEADED_RETURNS),
    good("momentum", "ARAM_EXPECTED_RETURNS", RETURNS, "momentum"),
    good("half-life", "ARAM_EXPECTED_RETURNS", RETURNS, "ewma", 3.0),
    bad(NOT_AVAILABLE, "returns: expected at least 12 periods for momentum, got 11", "ARAM_EXPECTED_RETURNS",
        RETURNS[:11], "momentum"),
    bad(VALUE, "method: expected one of mean, ewma, momentum, got 'median'", "ARAM_EXPECTED_RETURNS", RETURNS,
        "median"),
    bad(VALUE, "returns: expected a number in row 1, column 2, got the text 'x'", "ARAM_EXPECTED_RETURNS",
        spoiled(RETURNS, 1, 2, "x")),
)  # fmt: skip

WEIGHTS = (
    good("column", "ARAM_WEIGHTS", MEANS, SQUARE, 0.05),
    good("row", "ARAM_WEIGHTS", MEANS_ROW, SQUARE, [[0.05]]),
    good("names beside", "ARAM_WEIGHTS", NAMED_MEANS, NAMED_SQUARE, 0.05),
    good("names above", "ARAM_WEIGHTS", HEADED_MEANS, [TICKERS, *SQUARE], 0.05),
    good("target beyond the best asset", "ARAM_WEIGHTS", MEANS, SQUARE, 1.0),
    good("upper without lower", "ARAM_WEIGHTS", MEANS, SQUARE, 0.05, None, 0.5),
    good("bounds per asset", "ARAM_WEIGHTS", MEANS, SQUARE, 0.05, [[0.1, 0.0, 0.2]], [[0.5], [0.6], [1.0]]),
    bad(NUMBER, r"risk_target: target 1\.00 % is below the lowest reachable .* asset 1", "ARAM_WEIGHTS", MEANS, SQUARE,
        0.01),
    bad(NUMBER, r"risk_target: target 1\.00 % is below the lowest reachable .* AA.*; raise the target", "ARAM_WEIGHTS",
        NAMED_MEANS, SQUARE, 0.01),
    bad(NUMBER, "raise the target or the cap on AA", "ARAM_WEIGHTS", HEADED_MEANS, SQUARE, 0.04, None,
        [[0.2, 1.0, 1.0]]),
    bad(NUMBER, "raise the target or lower the minimum weight of BB", "ARAM_WEIGHTS", NAMED_MEANS, SQUARE, 0.04,
        [[0.0], [0.5], [0.0]]),
    bad(NUMBER, r"risk_target: target 0\.00 % is below", "ARAM_WEIGHTS", MEANS, SQUARE, 0.0),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_WEIGHTS", MEANS, INDEFINITE, 0.05),
    bad(VALUE, "risk_target: expected 0 or more, got -0.05", "ARAM_WEIGHTS", MEANS, SQUARE, -0.05),
    bad(VALUE, "risk_target: expected one number, got the text '5 %'", "ARAM_WEIGHTS", MEANS, SQUARE, "5 %"),
    bad(VALUE, "risk_target: expected one number, got an empty cell", "ARAM_WEIGHTS", MEANS, SQUARE, None),
    bad(VALUE, r"covariance: expected shape \(3, 3\) to match expected_returns, got \(2, 2\)", "ARAM_WEIGHTS", MEANS,
        SMALL, 0.05),
    bad(VALUE, r"covariance: expected a symmetric matrix, got 0\.0009 in row 1, column 2", "ARAM_WEIGHTS", MEANS,
        LOPSIDED, 0.05),
    bad(VALUE, "expected_returns: expected one row or column of numbers, got 3 rows and 3 columns", "ARAM_WEIGHTS",
        SQUARE, SQUARE, 0.05),
    bad(VALUE, r"covariance: expected names in the order of expected_returns \(AA, BB, CC\), got CC, BB, AA",
        "ARAM_WEIGHTS", NAMED_MEANS, [["", *TICKERS[::-1]], *beside(TICKERS[::-1], SQUARE)], 0.05),
    bad(VALUE, r"covariance: expected names in the order of weights \(CC, BB, AA\), got AA, BB, CC",
        "ARAM_RISK_CONTRIBUTIONS", beside(TICKERS[::-1], EQUAL), [TICKERS, *SQUARE]),
    bad(VALUE, "lower: expected one number, or 3, one per asset; got 2", "ARAM_WEIGHTS", MEANS, SQUARE, 0.05,
        [[0.1, 0.1]]),
    bad(VALUE, r"upper: expected a total of at least 1\.00 to be fully invested, got 0\.9", "ARAM_WEIGHTS", MEANS,
        SQUARE, 0.05, None, 0.3),
    bad(VALUE, r"lower: expected 0 or more \(long-only\), got -0\.1", "ARAM_WEIGHTS", MEANS, SQUARE, 0.05, -0.1),
    good("window of a year", "ARAM_WEIGHTS_FROM_PRICES", PRICES, "BB", 12.0, "M"),
    good("serial dates, multiplier left out", "ARAM_WEIGHTS_FROM_PRICES", SERIAL_PRICES, "BB", 12.0, "M", None, 0.1,
         0.8),
    good("multiplier", "ARAM_WEIGHTS_FROM_PRICES", PRICES, "CC", 24.0, "M", 1.1),
    bad(VALUE, "benchmark: expected one of AA, BB, CC, got 'SPY'", "ARAM_WEIGHTS_FROM_PRICES", PRICES, "SPY", 12.0,
        "M"),
    bad(VALUE, "prices: expected a header row of tickers", "ARAM_WEIGHTS_FROM_PRICES", BARE_PRICES, "BB", 12.0, "M"),
    bad(VALUE, r"window: expected a whole number, got 12\.5", "ARAM_WEIGHTS_FROM_PRICES", PRICES, "BB", 12.5, "M"),
    bad(VALUE, "window: expected at least 2 returns, got 1", "ARAM_WEIGHTS_FROM_PRICES", PRICES, "BB", 1.0, "M"),
    bad(VALUE, "frequency: expected a text, got an empty cell", "ARAM_WEIGHTS_FROM_PRICES", PRICES, "BB", 12.0, None),
    bad(NOT_AVAILABLE, "prices: expected 36 returns, got 24; choose a shorter window", "ARAM_WEIGHTS_FROM_PRICES",
        PRICES, "BB", 36.0, "M"),
    bad(NOT_AVAILABLE, "prices: expected 24 returns of every column, got fewer of CC", "ARAM_WEIGHTS_FROM_PRICES",
        spoiled(PRICES, 2, 4, None), "BB", 24.0, "M"),
    bad(NUMBER, "is below the lowest reachable .* % (AA|CC)", "ARAM_WEIGHTS_FROM_PRICES", PRICES, "BB", 12.0, "M", 0.1),
)  # fmt: skip

FRONTIER = (
    good("plain", "ARAM_MIN_RISK", SQUARE),
    good("names, lower left out", "ARAM_MIN_RISK", NAMED_SQUARE, None, 0.4),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_MIN_RISK", INDEFINITE),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_MIN_RISK", NEGATIVE),
    bad(VALUE, r"covariance: expected shape \(3, 3\) to match expected_returns, got \(3, 2\)", "ARAM_MIN_RISK",
        OBLONG),
    bad(VALUE, "covariance: expected a number in row 2, column 2, got an empty cell", "ARAM_MIN_RISK",
        spoiled(SQUARE, 2, 2, None)),
    good("names", "ARAM_MAX_SHARPE", NAMED_MEANS, SQUARE, 0.002),
    good("upper without lower", "ARAM_MAX_SHARPE", MEANS_ROW, SQUARE, 0.0, None, [[0.5, 0.5, 0.5]]),
    bad(NUMBER, r"risk_free_rate: expected a rate below the greatest reachable return 2\.0000%, got 3\.0000%",
        "ARAM_MAX_SHARPE", MEANS, SQUARE, 0.03),
    bad(NUMBER, r"risk_free_rate: a mix without any risk earns more than 0\.5000%", "ARAM_MAX_SHARPE", MEANS, RISKLESS,
        0.005),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_MAX_SHARPE", MEANS, NEGATIVE, 0.0),
    bad(VALUE, "risk_free_rate: expected one number, got an empty cell", "ARAM_MAX_SHARPE", MEANS, SQUARE, None),
    good("corners", "ARAM_FRONTIER", MEANS, SQUARE),
    good("points, names", "ARAM_FRONTIER", NAMED_MEANS, SQUARE, 5.0),
    good("points left out, bounds", "ARAM_FRONTIER", MEANS, SQUARE, None, 0.1, 0.6),
    bad(VALUE, "points: expected at least 2, got 1", "ARAM_FRONTIER", MEANS, SQUARE, 1.0),
    bad(VALUE, "points: expected one number, got the boolean TRUE", "ARAM_FRONTIER", MEANS, SQUARE, True,
        unlike=NO_CALC),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_FRONTIER", MEANS, INDEFINITE),
    good("plain", "ARAM_RISK_RANGE", MEANS, SQUARE),
    good("names and bounds", "ARAM_RISK_RANGE", HEADED_MEANS, SQUARE, 0.1, 0.5),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_RISK_RANGE", MEANS, INDEFINITE, 0.1),
    bad(VALUE, r"lower: expected at most the upper bound 0\.3 of asset 2, got 0\.5", "ARAM_RISK_RANGE", MEANS, SQUARE,
        [[0.0, 0.5, 0.0]], [[1.0, 0.3, 1.0]]),
    good("not optimal", "ARAM_CERTIFICATE", EQUAL, NAMED_MEANS, SQUARE, 0.06),
    good("all in the best asset", "ARAM_CERTIFICATE", [[0.0, 1.0, 0.0]], MEANS, SQUARE, 0.2),
    bad(VALUE, r"weights: expected names in the order of expected_returns \(AA, BB, CC\), got CC, BB, AA",
        "ARAM_CERTIFICATE", beside(TICKERS[::-1], EQUAL), NAMED_MEANS, SQUARE, 0.06),
    bad(VALUE, "weights: expected 3 numbers, one per asset, got 2", "ARAM_CERTIFICATE", [[0.5, 0.5]], MEANS, SQUARE,
        0.06),
    bad(VALUE, "weights: expected a number in row 2, column 1, got the boolean FALSE", "ARAM_CERTIFICATE",
        spoiled(EQUAL, 2, 1, False), MEANS, SQUARE, 0.06, unlike=NO_CALC),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_CERTIFICATE", EQUAL, MEANS, INDEFINITE, 0.06),
    good("plain", "ARAM_RISK_CONTRIBUTIONS", EQUAL, SQUARE),
    good("names", "ARAM_RISK_CONTRIBUTIONS", beside(TICKERS, EQUAL), NAMED_SQUARE),
    good("one asset, single cells", "ARAM_RISK_CONTRIBUTIONS", 1.0, 0.04),
    bad(VALUE, "weights: expected a portfolio with some risk, got a variance of 0", "ARAM_RISK_CONTRIBUTIONS",
        [[0.0], [0.0], [0.0]], SQUARE),
    bad(VALUE, r"covariance: expected shape \(3, 3\)", "ARAM_RISK_CONTRIBUTIONS", EQUAL, OBLONG),
    bad(NUMBER, NO_EIGENVALUE, "ARAM_RISK_CONTRIBUTIONS", EQUAL, NEGATIVE),
)  # fmt: skip

JUDGE = (
    good("newsletter, dates", "ARAM_STATS", HEADED_RETURNS, BENCHMARK, "newsletter"),
    good("newsletter, serial dates", "ARAM_STATS", SERIAL_RETURNS, BENCHMARK, "newsletter"),
    good("newsletter, no dates, short", "ARAM_STATS", RETURNS[:6], BENCHMARK[:6], "newsletter"),
    good("risk-free left out", "ARAM_STATS", RETURNS, BENCHMARK, "newsletter", None, 12.0),
    good("standard", "ARAM_STATS", RETURNS, BENCHMARK, "standard", RATE, 12.0),
    bad(VALUE, "convention: expected newsletter or standard, got 'gips'", "ARAM_STATS", RETURNS, BENCHMARK, "gips"),
    bad(VALUE, "convention: expected a text, got an empty cell", "ARAM_STATS", RETURNS, BENCHMARK, None),
    bad(VALUE, "risk_free: expected a series of returns per month with the standard convention, got none",
        "ARAM_STATS", RETURNS, BENCHMARK, "standard", None, 12.0),
    bad(VALUE, "benchmark: expected 24 rows to match returns, got 23", "ARAM_STATS", RETURNS, BENCHMARK[1:],
        "newsletter"),
    bad(VALUE, "returns: expected simple returns in decimals, none below -1, got -3", "ARAM_STATS",
        spoiled(RETURNS, 5, 1, -3.0), BENCHMARK, "newsletter"),
    good("column", "ARAM_ALPHA", FUND, BENCHMARK, 12.0),
    good("row against column", "ARAM_ALPHA", FUND_ROW, BENCHMARK, 12.0),
    bad(NOT_AVAILABLE, "returns: expected at least 3 returns, got 2", "ARAM_ALPHA", FUND[:2], BENCHMARK[:2], 12.0),
    bad(VALUE, "periods_per_year: expected one number, got an empty cell", "ARAM_ALPHA", FUND, BENCHMARK, None),
    bad(VALUE, "periods_per_year: expected a positive number, got 0", "ARAM_ALPHA", FUND, BENCHMARK, 0.0),
    good("dates and head", "ARAM_BETA", [["Date", "Fund"], *beside(DATES[1:], FUND)], BENCHMARK),
    good("benchmark that stands still", "ARAM_BETA", FUND, FLAT),
    bad(VALUE, "benchmark: expected 24 returns to match returns, got 20", "ARAM_BETA", FUND, BENCHMARK[:20]),
    bad(VALUE, "returns: expected a number in row 7, column 1, got the text '-'", "ARAM_BETA", spoiled(FUND, 7, 1, "-"),
        BENCHMARK),
    bad(NOT_AVAILABLE, "returns: expected at least 2 returns, got 1", "ARAM_BETA", 0.01, 0.02),
    good("head only", "ARAM_CORREL", [["Fund"], *FUND], [["Index"], *BENCHMARK]),
    bad(NOT_AVAILABLE, "returns: expected at least 2 returns, got 1", "ARAM_CORREL", FUND[:1], BENCHMARK[:1]),
    bad(VALUE, "benchmark: expected one row or column of numbers, got 24 rows and 3 columns", "ARAM_CORREL", FUND,
        RETURNS),
    good("months", "ARAM_RET_STDEV", FUND, 12.0),
    bad(NOT_AVAILABLE, "returns: expected at least 2 returns, got 1", "ARAM_RET_STDEV", FUND[:1], 12.0),
    bad(VALUE, "periods_per_year: expected a positive number, got -12", "ARAM_RET_STDEV", FUND, -12.0),
    good("per month", "ARAM_TRACKING_ERROR", FUND, BENCHMARK, 1.0),
    bad(NOT_AVAILABLE, "returns: expected at least 2 returns, got 1", "ARAM_TRACKING_ERROR", FUND[:1], BENCHMARK[:1],
        1.0),
    bad(VALUE, "benchmark: expected .*, got an empty cell", "ARAM_TRACKING_ERROR", FUND, None, 1.0),
    good("newsletter", "ARAM_INFO_RATIO", FUND, BENCHMARK, "newsletter"),
    good("standard", "ARAM_INFO_RATIO", FUND, BENCHMARK, "standard", 12.0),
    bad(VALUE, "periods_per_year: expected none with the newsletter convention", "ARAM_INFO_RATIO", FUND, BENCHMARK,
        "newsletter", 12.0),
    bad(VALUE, "convention: expected newsletter or standard, got 'none'", "ARAM_INFO_RATIO", FUND, BENCHMARK, "none"),
    bad(NOT_AVAILABLE, "returns: expected at least 2 returns, got 1", "ARAM_INFO_RATIO", FUND[:1], BENCHMARK[:1],
        "newsletter"),
    good("row", "ARAM_POSITIVE_MONTHS", FUND_ROW),
    good("single cell", "ARAM_POSITIVE_MONTHS", 0.01),
    bad(VALUE, "returns: expected .*, got an empty cell", "ARAM_POSITIVE_MONTHS", None),
    bad(VALUE, "returns: expected a number in row 2, column 1, got the error #DIV/0!", "ARAM_POSITIVE_MONTHS",
        spoiled(FUND, 2, 1, "#DIV/0!"), unlike=NO_CALC),
    bad(VALUE, "returns: expected one row or column of numbers", "ARAM_POSITIVE_MONTHS", RETURNS),
    good("all", "ARAM_CUM_RETURN", FUND),
    good("last year", "ARAM_CUM_RETURN", FUND, 12.0),
    bad(NOT_AVAILABLE, "returns: expected at least 36 returns, got 24", "ARAM_CUM_RETURN", FUND, 36.0),
    bad(VALUE, "periods: expected at least 1, got 0", "ARAM_CUM_RETURN", FUND, 0.0),
    good("column", "ARAM_MAX_DRAWDOWN", FUND),
    bad(VALUE, "returns: expected simple returns in decimals, none below -1, got -1.5", "ARAM_MAX_DRAWDOWN",
        spoiled(FUND, 3, 1, -1.5)),
    bad(VALUE, "returns: expected a number in row 24, column 1, got an empty cell", "ARAM_MAX_DRAWDOWN",
        spoiled(FUND, 24, 1, None)),
    good("beta", "ARAM_ROLLING", FUND, BENCHMARK, 12.0),
    good("correlation", "ARAM_ROLLING", FUND, BENCHMARK, 12.0, "correlation"),
    good("alpha", "ARAM_ROLLING", FUND, BENCHMARK, 6.0, "alpha"),
    good("volatility", "ARAM_ROLLING", FUND, BENCHMARK, 24.0, "volatility"),
    good("benchmark that stands still", "ARAM_ROLLING", FUND, FLAT, 12.0),
    bad(NOT_AVAILABLE, "returns: expected at least 25 returns, got 24", "ARAM_ROLLING", FUND, BENCHMARK, 25.0),
    bad(VALUE, "window: expected at least 3 periods, got 2", "ARAM_ROLLING", FUND, BENCHMARK, 2.0),
    bad(VALUE, "statistic: expected one of beta, correlation, alpha, volatility, got 'sharpe'", "ARAM_ROLLING", FUND,
        BENCHMARK, 12.0, "sharpe"),
)  # fmt: skip

AUDIT = (good("versions", "ARAM_VERSION"),)

CASES: tuple[Case, ...] = (*DATA, *ESTIMATE, *WEIGHTS, *FRONTIER, *JUDGE, *AUDIT)
