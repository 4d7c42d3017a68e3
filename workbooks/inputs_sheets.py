"""Sheets About, Inputs, Data and Calc_Returns of the active-index workbook."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from aram_xl import __version__
from aram_xl._backtest import HYPOTHETICAL
from workbooks import names
from workbooks.index_data import IndexData
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet, excel_date
from workbooks.styles import COLOUR_KEY
from workbooks.subsets import Tolerances


class Inputs(NamedTuple):
    """Cells of sheet Inputs."""

    signal_date: Block
    multiplier: Block
    window: Block
    minimum_history: Block
    months_per_year: Block
    discriminant: Block
    budget: Block
    variance: Block
    tie: Block
    slack: Block
    tolerance: Block
    start_level: Block
    engine_multiplier: Block
    engine_levels: Block


class Market(NamedTuple):
    """Sheets Data and Calc_Returns."""

    dates: Block
    benchmark: Block
    levels: Block
    return_dates: Block
    benchmark_returns: Block
    returns: Block
    run: Block


SLACK = 1e-12
"""Return by which a point may lie outside the long-only part of a hyperbola: rounding of its ends."""

EARLIEST = datetime.date(1900, 1, 1)
"""Dates of sheet Data lie after it."""

CHECK_TOLERANCE = 1e-9

START_LEVEL = 100.0
"""Of the index and its benchmark at the first signal date."""


def write_about(sheet: Sheet, data: IndexData) -> None:
    """Purpose, method, how to use, colour key, version."""
    model = data.model
    paragraphs = [
        ("Purpose", " ".join(model.purpose.split())),
        ("Provenance", model.provenance),
        ("Status", HYPOTHETICAL),
        ("Data", data.label or "Total-return prices supplied by the user; month-end levels on sheet Data."),
        (
            "Method",
            "1 Market risk: sample volatility of the benchmark over the window. 2 Direct risk target: multiplier x "
            "that volatility. 3 Optimiser: the long-only portfolio of greatest expected return at no more than the "
            "target (Markowitz 1952); sample mean and covariance over the same window. Weights earn the next month.",
        ),
        (
            "One date",
            "Choose a signal date (or multiplier) on Inputs: Calc_Window, Calc_Date, Calc_Optimiser and Calc_Frontier "
            "recalculate the whole decision by native formulas, without Solver, macros or add-in.",
        ),
        (
            "Every date",
            "Calc_Proof holds the engine's weights of every signal date (purple) and proves each optimal by the "
            "first-order conditions, recomputed from the returns by native formulas.",
        ),
        (
            "New prices",
            "Paste month-end total-return levels over the blue cells of Data: the chosen date follows at once. The "
            "purple weights are then out of date and their checks turn red, until the workbook is rebuilt with "
            "'aram-xl workbook active_index PRICES -o FILE'.",
        ),
        (
            "Source",
            "Optimiser in cells: Merton (1972), one hyperbola per subset of assets. Engine: critical line algorithm, "
            "Markowitz (1956). Optimality: Karush (1939).",
        ),
        ("Version", f"aram_xl {__version__}"),
        ("Change log", "0.1.0: first version of this template."),
    ]
    write_prose(sheet, paragraphs)


def write_prose(sheet: Sheet, paragraphs: Sequence[tuple[str, str]]) -> None:
    """Paragraphs with their topics, and the colour key."""
    sheet.file.set_column(1, 1, 110)
    row = FIRST_ROW
    for head, text in paragraphs:
        sheet.text(row, 0, head, "topic")
        sheet.text(row, 1, text, "prose")
        sheet.file.set_row(row, 15 * (1 + len(text) // 115))
        row += 1
    sheet.text(row + 1, 0, "Colours", "section")
    for i, (kind, meaning) in enumerate(COLOUR_KEY):
        sheet.sample(row + 1 + i, 1, meaning, kind)


def write_constants(
    sheet: Sheet, lines: Sequence[tuple[str, str, str, Any, str, str]], kind: str = "input", row: int = FIRST_ROW
) -> list[Block]:
    """Standard lines below one another; a line: section, label, unit, value, number format, note."""
    return [
        sheet.line(row + i, (section, label, unit, note), value, (kind, number))
        for i, (section, label, unit, value, number, note) in enumerate(lines)
    ]


def write_inputs(book: Book, sheet: Sheet, data: IndexData, signal_dates: str) -> Inputs:
    """All inputs, validated, each with its source; and what the engine was given."""
    model, standard = data.model, Tolerances()
    chosen = float(excel_date(data.dates[data.positions[-1] + 1]))
    specification = "Specification of the preset"
    lines = (
        ("Choice", "Signal date", "date", chosen, "date", "Any signal date of Calc_Proof"),
        ("Choice", "Multiplier k", "ratio", model.multiplier, "level", "Step 2: your own view of risk"),
        ("Rule", "Window", "months", model.window, "count", specification),
        ("Rule", "Minimum history", "months", model.minimum_history, "count", specification),
        ("Rule", "Months per year", "months", 12, "count", "Calendar"),
        ("Tolerance", "Discriminant", "ratio", standard.discriminant, "small", "D above this share of AC"),
        ("Tolerance", "Budget", "weight", standard.budget, "small", "Rounding of a sum of weights"),
        ("Tolerance", "Variance", "ratio", standard.variance, "small", "Relative excess over the target"),
        ("Tolerance", "Tie", "return", standard.tie, "small", "Equal returns: the least risk decides"),
        ("Tolerance", "Slack", "return", SLACK, "small", "Ends of a hyperbola's long-only part"),
        ("Tolerance", "Checks", "any", CHECK_TOLERANCE, "small", "Rounding of the formulas: near 1E-15"),
        ("Display", "Start level", "level", START_LEVEL, "level", "Index and benchmark begin here"),
    )
    engine = (
        ("Engine", "Multiplier k used", "ratio", model.multiplier, "level", "Of the weights on Calc_Proof"),
        ("Engine", "Sum of levels read", "level", _sum_of_levels(data), "level", "Tells changed data"),
    )
    cells = write_constants(sheet, lines)
    inputs = Inputs(*cells, *write_constants(sheet, engine, "engine", FIRST_ROW + len(lines)))
    _validate(sheet, inputs, model.window, signal_dates)
    for name, cell in (
        (names.SIGNAL_DATE, inputs.signal_date),
        (names.MULTIPLIER, inputs.multiplier),
        (names.WINDOW, inputs.window),
        (names.MINIMUM_HISTORY, inputs.minimum_history),
        (names.MONTHS_PER_YEAR, inputs.months_per_year),
    ):
        book.name(name, cell)
    return inputs


def write_data(sheet: Sheet, data: IndexData) -> tuple[Block, Block, Block]:
    """Month-end total-return levels: dates, benchmark, assets."""
    count = data.dates.size
    for i in range(count):
        sheet.text(FIRST_ROW + i, 0, "Level", "section")
        sheet.text(FIRST_ROW + i, 2, "level", "note")
    dates = sheet.values(FIRST_ROW, 1, excel_date(data.dates)[:, None], ("input", "day"))
    benchmark = sheet.values(FIRST_ROW, 3, data.benchmark[:, None], ("input", "level"))
    levels = sheet.values(FIRST_ROW, FIRST_ASSET, data.levels, ("input", "level"))
    validate_levels(sheet, dates, (benchmark, levels))
    sheet.text(FIRST_ROW, 4, "Total return", "note")
    sheet.file.set_column(4, 4, 14)
    return dates, benchmark, levels


def validate_levels(sheet: Sheet, dates: Block, blocks: Sequence[Block]) -> None:
    """Levels are positive or empty, dates are dates."""
    for block in blocks:
        sheet.file.data_validation(
            block.row, block.column, block.row + block.height - 1, block.column + block.width - 1,
            {
                "validate": "decimal", "criteria": ">", "value": 0, "ignore_blank": True,
                "error_title": "Level",
                "error_message": "A total-return level above 0, or empty before the fund starts.",
            },
        )  # fmt: skip
    sheet.file.data_validation(
        dates.row, dates.column, dates.row + dates.height - 1, dates.column,
        {
            "validate": "date", "criteria": ">", "value": EARLIEST,
            "error_title": "Date", "error_message": "The last trading day of a month, in ascending order.",
        },
    )  # fmt: skip


def write_returns(sheet: Sheet, data: IndexData, levels: tuple[Block, Block, Block]) -> Market:
    """Simple monthly returns, and the unbroken run of complete rows that decides the window."""
    dates, benchmark, assets = levels
    count, size = data.returns.shape
    for i in range(count):
        sheet.text(FIRST_ROW + i, 0, "Return", "section")
        sheet.text(FIRST_ROW + i, 2, "per month", "note")
    links = excel_date(data.dates[1:])[:, None]
    return_dates = sheet.formulas(FIRST_ROW, 1, lambda i, j: f"={dates.at(i + 1)}", links, ("link", "day"))

    def change(block: Block) -> Callable[[int, int], str]:
        return lambda i, j: (
            f'=IF(COUNT({block.at(i, j)})*COUNT({block.at(i + 1, j)}),{block.at(i + 1, j)}/{block.at(i, j)}-1,"")'
        )

    sheet.file.set_column(4, 4, 14)
    style = ("formula", "percent4")
    benchmark_returns = sheet.formulas(FIRST_ROW, 3, change(benchmark), data.benchmark_returns[:, None], style)
    returns = sheet.formulas(FIRST_ROW, FIRST_ASSET, change(assets), data.returns, style)
    column = FIRST_ASSET + size
    run = Block(sheet.name, FIRST_ROW, column, count, 1)

    def unbroken(i: int, _: int) -> str:
        # Above the first row stands the head, a text, of which N makes 0.
        across = returns.across(i)
        return f"=IF(COUNT({across})=COLUMNS({across}),N({run.at(i - 1)})+1,0)"

    sheet.formulas(FIRST_ROW, column, unbroken, data.run[:, None].astype(np.float64), ("formula", "count"))
    return Market(dates, benchmark, assets, return_dates, benchmark_returns, returns, run)


def _sum_of_levels(data: IndexData) -> float:
    return float(np.nansum(data.levels) + data.benchmark.sum())


def _validate(sheet: Sheet, inputs: Inputs, longest: int, signal_dates: str) -> None:
    def rule(cell: Block, **options: object) -> None:
        sheet.file.data_validation(cell.row, cell.column, cell.row, cell.column, options)

    rule(
        inputs.signal_date, validate="list", source=f"={signal_dates}",
        error_title="Signal date", error_message="Choose one of the signal dates of Calc_Proof.",
    )  # fmt: skip
    rule(
        inputs.multiplier, validate="decimal", criteria="between", minimum=0, maximum=100,
        error_title="Multiplier", error_message="A number from 0 to 100.",
    )  # fmt: skip
    for cell in (inputs.window, inputs.minimum_history):
        rule(
            cell, validate="integer", criteria="between", minimum=2, maximum=longest,
            error_title="Months", error_message=f"A whole number from 2 to {longest}.",
        )  # fmt: skip
    rule(
        inputs.months_per_year, validate="integer", criteria="between", minimum=1, maximum=12,
        error_title="Months", error_message="Months per year: 12.",
    )  # fmt: skip
    rule(
        inputs.start_level, validate="decimal", criteria=">", value=0,
        error_title="Start level", error_message="A number above 0.",
    )  # fmt: skip
    for cell in (inputs.discriminant, inputs.budget, inputs.variance, inputs.tie, inputs.slack, inputs.tolerance):
        rule(
            cell, validate="decimal", criteria="between", minimum=0, maximum=0.01,
            error_title="Tolerance", error_message="A number from 0 to 0.01.",
        )  # fmt: skip
