"""What argument cases are made of: numbers as formulas of row and column, dates, tables, and the two kinds of case."""

from __future__ import annotations

import datetime
import itertools
import math
from typing import Any

from tests.udfs.cases import Case

VALUE, NOT_AVAILABLE, NUMBER = "#VALUE!", "#N/A", "#NUM!"

NO_CALC = frozenset({"calc"})

TICKERS = ["AA", "BB", "CC"]

MONTHS = 24


def month_ends(count: int, year: int = 2023) -> list[datetime.date]:
    """The last weekday of each month from the December before a year."""
    ends = []
    for month in range(count):
        first = datetime.date(year + month // 12, month % 12 + 1, 1)
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
