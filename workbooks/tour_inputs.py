"""Sheets About, Inputs, Data and Data_Daily of the tour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aram_xl import __version__
from aram_xl.returns import period_ends, simple_returns
from workbooks import names
from workbooks.inputs_sheets import CHECK_TOLERANCE, EARLIEST, write_prose
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, HEADER_ROW, STANDARD_COLUMNS, Block, Book, Sheet, excel_date
from workbooks.tour_sheet import LABELS, Area

if TYPE_CHECKING:
    import pandas as pd

BENCHMARK, ASSETS = "AGG", ("SHY", "IEF", "VCIT", "SPY")
DAILY = (BENCHMARK, "SHY", "SPY")

END, MONTHS = "2019-12-31", 60
"""A sample in which targets hold three assets and leave out one."""

DAILY_START = "2019-08-30"

TARGET_NAME = "in_risk_target"
TOLERANCE_NAME = "in_tolerance"

DATA_HEADS = (*STANDARD_COLUMNS[:3], BENCHMARK, "Date", *ASSETS)
DAILY_HEADS = (*STANDARD_COLUMNS[:3], "Number", "Date", *DAILY)


class Inputs(NamedTuple):
    """Cells of sheet Inputs, as arguments."""

    target: Area
    risk_free: Area
    covariance_method: Area
    return_method: Area
    rolling_window: Area
    rolling_statistic: Area
    months: Area
    periods: Area
    last: Area
    convention: Area
    frequency: Area
    ticker: Area
    window: Area
    multiplier: Area
    tolerance: Area
    native_covariance: Area
    native_return: Area
    native_statistic: Area
    basis_points: Area
    """In 1."""


class Market(NamedTuple):
    """Sheets Data and Data_Daily, as arguments."""

    dated: Area
    """Dates and assets, with heads."""
    assets: Area
    """The same without dates."""
    benchmark: Area
    prices: Area
    """Daily: dates and levels, with heads."""


ABOUT = (
    ("Purpose", "Every function ARAM_... once, beside the same by native formulas, on a sample that is generated."),
    (
        "How to read",
        "Calc_* sheets: the name of a function, its formula as text, its answer (purple; labels in column E, numbers "
        "from column F on), the native twin, and the difference. Checks holds two lines per function: all numbers are "
        "there, and the largest difference is within the tolerance of Inputs.",
    ),
    (
        "Optimisers",
        "Weights have no twin in one formula. They are proved instead: fully invested, risk within the target, and the "
        "first-order conditions (gradient by MMULT; residual 0 where held, at most 0 elsewhere).",
    ),
    (
        "Models",
        "Calc_Models holds the lines of a model card in cells. ARAM_BACKTEST gives no weights: they follow from the "
        "gross return, and target, risk, turnover and net return are recomputed from them.",
    ),
    (
        "Needs",
        "Functions answer in Excel on Windows through the add-in, in LibreOffice Calc through the extension, and in "
        "the xlwings Lite workbook. Without one of them the values kept in this file are shown until a recalculation.",
    ),
    (
        "Try",
        "Change a blue cell of Inputs, Data or Data_Daily. Where a function fails, it shows an error, its check turns "
        "red, and ARAM_STATUS on Calc_Audit says why.",
    ),
    ("Source", "Reference of the functions: docs/functions.md of aram_xl. Optimality conditions: Karush (1939)."),
    ("Version", f"aram_xl {__version__}"),
    ("Change log", "0.1.0: first version of this template."),
)


def write_about(sheet: Sheet, label: str) -> None:
    """Purpose, how to read, colour key, version."""
    write_prose(sheet, (*ABOUT[:1], ("Data", label), *ABOUT[1:]))


def write_inputs(book: Book, sheet: Sheet, levels: pd.DataFrame) -> Inputs:
    """All arguments that are not data, validated; ``levels``: of Data_Daily."""
    ends = period_ends(levels.index.to_numpy().astype("datetime64[D]"), "M").rows.size
    count, rate = ("input", "count"), ("input", "percent4")
    shape = "The blocks have room for this one"
    covariances = ["sample", "ewma", "ledoit_wolf", "constant_correlation"]
    means = ["mean", "ewma", "momentum"]
    statistics = ["beta", "correlation", "alpha", "volatility"]
    lines = (
        ("Step 3", "Risk target", "per month", 0.01, rate, "Your own; near 3/4 of the risk of AGG", (0, 1)),
        ("Step 3", "Risk-free rate", "per month", 0.0002, rate, "Your own; for ARAM_MAX_SHARPE", (-1, 1)),
        ("Estimate", "Covariance method", "text", "sample", ("input", "text"), "Twin: sample", covariances),
        ("Estimate", "Expected-return method", "text", "mean", ("input", "text"), "Twin: mean", means),
        ("Judge", "Rolling window", "months", 12.0, count, "Newsletter: 12", (3, MONTHS)),
        ("Judge", "Rolling statistic", "text", "beta", ("input", "text"), "Twin: beta", statistics),
        ("Judge", "Months per year", "months", 12.0, count, "Calendar", (1, 12)),
        ("Judge", "Tracking-error periods", "count", 1.0, count, "1: not annualised, as published", (1, 12)),
        ("Judge", "Last periods", "months", 12.0, count, "For ARAM_CUM_RETURN", (1, MONTHS)),
        ("Judge", "Convention", "text", "newsletter", ("input", "text"), shape, ["newsletter"]),
        ("Data", "Frequency", "text", "M", ("input", "text"), shape, ["M"]),
        ("Prices", "Benchmark", "text", BENCHMARK, ("input", "text"), shape, [BENCHMARK]),
        ("Prices", "Window", "months", float(ends - 1), count, "Returns of Data_Daily", (2, ends - 1)),
        ("Prices", "Multiplier k", "ratio", 1.0, ("input", "level"), "Step 2: your own view of risk", (0, 100)),
        ("Tolerance", "Checks", "any", CHECK_TOLERANCE, ("input", "small"), "Rounding of formulas: near 1E-15",
         (0, 0.01)),
        ("Twin", "Covariance method", "text", "sample", ("label", "text"), "COVARIANCE.S", None),
        ("Twin", "Expected-return method", "text", "mean", ("label", "text"), "AVERAGE", None),
        ("Twin", "Rolling statistic", "text", "beta", ("label", "text"), "SLOPE", None),
        ("Twin", "Basis points in 1", "count", 10_000.0, ("label", "count"), "By definition", None),
    )  # fmt: skip
    cells = []
    for row, (section, label, unit, value, style, note, allowed) in enumerate(lines, FIRST_ROW):
        place = sheet.line(row, (section, label, unit, note), value, style)
        cells.append(Area(place, [[value]]))
        if allowed is not None:
            sheet.file.data_validation(row, 3, row, 3, validation(allowed, style == count))
    inputs = Inputs(*cells)
    book.name(TARGET_NAME, inputs.target.block)
    book.name(names.MONTHS_PER_YEAR, inputs.months.block)
    book.name(TOLERANCE_NAME, inputs.tolerance.block)
    return inputs


def validation(allowed: Any, whole: bool) -> dict[str, Any]:
    """What an input takes: one of a list, or a number from the least to the greatest."""
    if isinstance(allowed, list):
        return {
            "validate": "list", "source": allowed,
            "error_title": "Choice", "error_message": f"One of {', '.join(allowed)}.",
        }  # fmt: skip
    least, most = allowed
    kind = "whole number" if whole else "number"
    return {
        "validate": "integer" if whole else "decimal", "criteria": "between", "minimum": least, "maximum": most,
        "error_title": "Number", "error_message": f"A {kind} from {least} to {most}.",
    }  # fmt: skip


def month_ends(prices: pd.DataFrame) -> tuple[Any, Any]:
    """Dates and returns of the months shown: benchmark first, then the assets."""
    sample = prices.loc[:END]
    days = sample.index.to_numpy().astype("datetime64[D]")
    rows = period_ends(days, "M").rows[-MONTHS - 1 :]
    returns = simple_returns(sample[[BENCHMARK, *ASSETS]].to_numpy()[rows])
    return excel_date(days[rows[1:]]), np.array([[_in_file(x) for x in row] for row in returns])


def write_data(sheet: Sheet, dates: Any, returns: Any) -> tuple[Area, Area, Area]:
    """Monthly returns: dates and assets, assets, benchmark."""
    for i in range(MONTHS):
        sheet.labels(FIRST_ROW + i, ("Return", f"Month {i + 1}", "per month", None))
    style = ("input", "percent4")
    benchmark = sheet.values(FIRST_ROW, 3, returns[:, :1], style)
    days = sheet.values(FIRST_ROW, LABELS, dates[:, None], ("input", "date"))
    assets = sheet.values(FIRST_ROW, FIRST_ASSET, returns[:, 1:], style)
    for block in (benchmark, assets):
        _validate(sheet, block, {"validate": "decimal", "criteria": ">", "value": -1, "error_title": "Return",
                                 "error_message": "A simple return above -100%."})  # fmt: skip
    _validate_days(sheet, days)
    pairs = zip(dates.tolist(), returns[:, 1:].tolist(), strict=True)
    table = [["Date", *ASSETS], *([day, *row] for day, row in pairs)]
    dated = Area(Block(sheet.name, HEADER_ROW, LABELS, MONTHS + 1, len(ASSETS) + 1), table)
    return dated, dated.part(0, 1), Area(benchmark, returns[:, :1].tolist())


def daily_levels(prices: pd.DataFrame) -> pd.DataFrame:
    """What sheet Data_Daily shows."""
    return prices.loc[DAILY_START:END, list(DAILY)]


def write_daily(sheet: Sheet, sample: pd.DataFrame) -> Area:
    """Daily total-return levels with their dates and heads."""
    dates = excel_date(sample.index.to_numpy().astype("datetime64[D]"))
    levels = [[_in_file(x) for x in row] for row in sample.to_numpy()]
    count = len(levels)
    for i in range(count):
        sheet.labels(FIRST_ROW + i, ("Level", f"Day {i + 1}", "level", None))
    sheet.values(FIRST_ROW, 3, [[i + 1.0] for i in range(count)], ("formula", "count"))
    days = sheet.values(FIRST_ROW, LABELS, dates[:, None], ("input", "date"))
    block = sheet.values(FIRST_ROW, FIRST_ASSET, levels, ("input", "level"))
    _validate(sheet, block, {"validate": "decimal", "criteria": ">", "value": 0, "error_title": "Level",
                             "error_message": "A total-return level above 0."})  # fmt: skip
    _validate_days(sheet, days)
    table = [["Date", *DAILY], *([day, *row] for day, row in zip(dates.tolist(), levels, strict=True))]
    return Area(Block(sheet.name, HEADER_ROW, LABELS, count + 1, len(DAILY) + 1), table)


def _validate(sheet: Sheet, block: Block, rule: dict[str, Any]) -> None:
    last_row, last_column = block.row + block.height - 1, block.column + block.width - 1
    sheet.file.data_validation(block.row, block.column, last_row, last_column, rule)


def _validate_days(sheet: Sheet, days: Block) -> None:
    sheet.file.set_column(LABELS, LABELS, 14)
    _validate(sheet, days, {"validate": "date", "criteria": ">", "value": EARLIEST, "error_title": "Date",
                            "error_message": "Dates in ascending order."})  # fmt: skip


def _in_file(value: float) -> float:
    """A number as a file keeps it, so that functions read what the engine read."""
    return float(f"{value:.16G}")
