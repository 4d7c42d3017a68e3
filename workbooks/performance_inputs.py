"""Sheets About, Inputs and Data of the performance workbook."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl import __version__
from aram_xl._report_content import MARKS
from aram_xl.hurdles import EQUITY_SHARE
from aram_xl.performance import NOT_SUPPLIED
from workbooks import names
from workbooks.inputs_sheets import write_constants, write_prose
from workbooks.performance_data import DIGITS, LONGEST_NAME, PerformanceData
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet, excel_date

MONTHS_PER_YEAR = 12

START_LEVEL = 100.0

CHECK_TOLERANCE = 1e-10
"""Rounding of the formulas lies near 1e-15; the tables print four digits."""

STILL = 1e-14
"""Standard deviation a month below which a series does not move: rounding leaves 1e-17 in a constant return of 0.01."""

DRAWDOWN = 1e-12
"""A level so little below its peak has recovered, as in the engine."""

HIGHEST = 10.0
"""A return of a month above 1000 % is refused as a slip of the decimal point."""


class Inputs(NamedTuple):
    """Cells of sheet Inputs."""

    benchmark: Block
    bills: Block
    equity: Block
    aggregate: Block
    first: Block
    last: Block
    months_per_year: Block
    equity_share: Block
    start_level: Block
    tolerance: Block
    still: Block
    drawdown: Block
    digits: Block


class Pasted(NamedTuple):
    """Cells of sheet Data."""

    names: Block
    dates: Block
    target: Block
    returns: Block


def write_about(sheet: Sheet, data: PerformanceData) -> None:
    """Purpose, method, how to use, colour key, version."""
    paragraphs = (
        ("Purpose", "The return summary and statistics tables of any set of monthly return series, by two named "
         "conventions, beside T-bills, the benchmark and 60/40; every figure by a native formula."),
        ("Status", MARKS["hypothetical"]),
        ("Data", data.label or "Monthly returns supplied by the user, on sheet Data."),
        ("New returns", "Paste month ends into column B of Data, names into its first line and simple monthly returns "
         "(0.01 for 1 %) below them; empty what is left of the old ones. A series may begin late: leave its cells "
         "empty before. Choose the benchmark, T-bills and the parts of 60/40 on Inputs, or leave them empty: what "
         "is not supplied says so in every table."),
        ("Sample", "The months between the dates of Inputs in which the benchmark and T-bills have a return. A series "
         "that begins late is measured over its own months, and so is its benchmark; the column Months says how many. "
         "A star marks a calendar year of which a series has a part only; its months stand below. Nothing is "
         "annualised of fewer than 12 months. Dates that are not month ends are named under the tables."),
        ("Newsletter", "No risk-free rate; alpha is (1 + intercept)^12 - 1 of raw returns; tracking error a month; "
         "information ratio = gap of cumulative returns / tracking error. The published tables are made so."),
        ("Standard", "Alpha, beta, correlation and Sharpe ratio of returns in excess of T-bills; tracking error a "
         "year; information ratio = difference of annualised returns / tracking error."),
        ("Engine", "Purple values on Calc_Stats, Calc_Years and the rolling blocks are the engine's, of the data that "
         "this workbook was built with; each difference is proved small on Checks. With other data the columns of "
         "differences stay empty, and Calc_Basis says so, until the workbook is rebuilt with 'aram-xl workbook "
         "performance RETURNS -o FILE'; the native formulas and the other checks follow at once."),
        ("Source", "Newsletter of 10 March 2025, tables of returns and of tracking error; Sharpe (1994), JPM 21(1); "
         "capture ratios: Bacon, Practical Portfolio Performance Measurement."),
        ("Version", f"aram_xl {__version__}"),
        ("Change log", "0.1.0: first version of this template."),
    )  # fmt: skip
    write_prose(sheet, paragraphs)


def write_inputs(book: Book, sheet: Sheet, data: PerformanceData) -> Inputs:
    """Roles, sample, constants and tolerances, validated, each with its source."""
    none, roles = float("nan"), data.roles
    role = f"A name of Data; empty: {NOT_SUPPLIED}"
    lines = (
        ("Role", "Benchmark", "name", roles.benchmark or none, "text", role),
        ("Role", "T-bills", "name", roles.bills or none, "text", role),
        ("Role", "Equity of 60/40", "name", roles.equity or none, "text", role),
        ("Role", "Aggregate of 60/40", "name", roles.aggregate or none, "text", role),
        ("Sample", "First date", "date", none, "date", "Empty: from the first month"),
        ("Sample", "Last date", "date", none, "date", "Empty: to the last month"),
        ("Rule", "Months per year", "months", MONTHS_PER_YEAR, "count", "Calendar"),
        ("Rule", "Share of equity in 60/40", "share", EQUITY_SHARE, "percent", "Reset to it every month"),
        ("Display", "Start level", "level", START_LEVEL, "level", "Growth of 100 begins here"),
        ("Tolerance", "Checks", "any", CHECK_TOLERANCE, "small", "Rounding of the formulas: near 1E-15"),
        ("Tolerance", "Series at rest", "per month", STILL, "small", "A standard deviation below it is rounding"),
        ("Tolerance", "Drawdown", "share", DRAWDOWN, "small", "A level so near its peak has recovered"),
        ("Tolerance", "Digits of drawdowns", "count", DIGITS, "count", "Equal so far: the earlier ranks first"),
    )
    inputs = Inputs(*write_constants(sheet, lines))
    _validate(sheet, inputs, data.slots)
    for name, cell in (
        (names.BENCHMARK, inputs.benchmark),
        (names.TREASURY_BILLS, inputs.bills),
        (names.EQUITY, inputs.equity),
        (names.AGGREGATE, inputs.aggregate),
        (names.MONTHS_PER_YEAR, inputs.months_per_year),
    ):
        book.name(name, cell)
    return inputs


def write_data(book: Book, sheet: Sheet, data: PerformanceData) -> Pasted:
    """Names, month ends, risk targets and returns, with room for more."""
    months, slots, count = data.months, data.slots, data.dates.size
    sheet.labels(FIRST_ROW, ("Name", "Month end", "text", "One name per series"))
    for i in range(months):
        sheet.text(FIRST_ROW + 1 + i, 0, "Return", "section")
        sheet.text(FIRST_ROW + 1 + i, 2, "per month", "note")
    titles = [[*data.names, *[np.nan] * (slots - len(data.names))]]
    listed = sheet.values(FIRST_ROW, FIRST_ASSET, titles, ("input", "text"))
    top = FIRST_ROW + 1
    dates = sheet.values(top, 1, _padded(excel_date(data.dates)[:, None], months, 1), ("input", "day"))
    target = sheet.values(top, 3, _padded(data.target[:, None], months, 1), ("input", "percent4"))
    own = data.values[:, : len(data.names)]
    returns = sheet.values(top, FIRST_ASSET, _padded(own, months, slots), ("input", "percent4"))
    sheet.text(top, 4, "Total return, simple", "note")
    sheet.text(top + 1, 4, f"{count} months, room for {months}", "note")
    pasted = Pasted(listed, dates, target, returns)
    _validate_data(sheet, pasted)
    book.name(names.RETURNS, returns)
    return pasted


def _padded(values: np.ndarray, height: int, width: int) -> np.ndarray:
    table = np.full((height, width), np.nan)
    table[: values.shape[0], : values.shape[1]] = values
    return table


def _rule(sheet: Sheet, block: Block, title: str, message: str, **options: object) -> None:
    right, bottom = block.column + block.width - 1, block.row + block.height - 1
    words = {"error_title": title, "error_message": message}
    sheet.file.data_validation(block.row, block.column, bottom, right, options | words)


def _validate(sheet: Sheet, inputs: Inputs, slots: int) -> None:
    source = f"={Block('Data', FIRST_ROW, FIRST_ASSET, 1, slots).all()}"
    for cell in inputs[:4]:
        _rule(sheet, cell, "Series", "Choose a name of sheet Data, or leave the cell empty.",
              validate="list", source=source)  # fmt: skip
    for cell in (inputs.first, inputs.last):
        _rule(sheet, cell, "Date", "A date such as 2016-01-01, or empty.", validate="decimal", criteria=">=", value=0)
    _rule(sheet, inputs.months_per_year, "Months", "Months per year: 12.",
          validate="integer", criteria="between", minimum=1, maximum=12)  # fmt: skip
    _rule(sheet, inputs.equity_share, "Share", "A share from 0 to 1.",
          validate="decimal", criteria="between", minimum=0, maximum=1)  # fmt: skip
    _rule(sheet, inputs.start_level, "Start level", "A number above 0.", validate="decimal", criteria=">", value=0)
    for cell in (inputs.tolerance, inputs.still, inputs.drawdown):
        _rule(sheet, cell, "Tolerance", "A number from 0 to 0.01.",
              validate="decimal", criteria="between", minimum=0, maximum=0.01)  # fmt: skip
    _rule(sheet, inputs.digits, "Digits", "A whole number from 4 to 14.",
          validate="integer", criteria="between", minimum=4, maximum=14)  # fmt: skip


def _validate_data(sheet: Sheet, pasted: Pasted) -> None:
    _rule(sheet, pasted.names, "Name", f"At most {LONGEST_NAME} letters, each name once.",
          validate="length", criteria="<=", value=LONGEST_NAME)  # fmt: skip
    _rule(sheet, pasted.dates, "Date", "The last day of a month, in ascending order.",
          validate="decimal", criteria=">", value=0)  # fmt: skip
    _rule(sheet, pasted.target, "Risk target", "Standard deviation per month, a decimal from 0 to 1, or empty.",
          validate="decimal", criteria="between", minimum=0, maximum=1)  # fmt: skip
    _rule(sheet, pasted.returns, "Return", "A simple return as a decimal, 0.01 for 1 %, or empty before the start.",
          validate="decimal", criteria="between", minimum=-1, maximum=HIGHEST)  # fmt: skip
