"""Sheets About, Inputs, Data and Calc_Engine of the fund-check workbook."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aram_xl import __version__
from aram_xl._activeness_regression import RESIDUAL
from aram_xl.types import FloatArray
from workbooks import names
from workbooks.fund_check_data import MONTHS, FundData
from workbooks.fund_check_plan import Plan
from workbooks.inputs_sheets import CHECK_TOLERANCE, EARLIEST, START_LEVEL, write_constants, write_prose
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet

SERIES = ("fund", "benchmark", "passive", "t_bills", "active_index")

YEARS = (3, 5)

NOISE = 1e-24
"""Share of squared returns below which squared deviations are rounding: that of the engine."""

LEFT = RESIDUAL * RESIDUAL
"""Share of a fund's squared deviations below which what is left of them is rounding."""


class Inputs(NamedTuple):
    """Cells of sheet Inputs."""

    subtract: Block
    index_like: Block
    significance: Block
    power: Block
    fewest: Block
    months_per_year: Block
    short_years: Block
    long_years: Block
    tolerance: Block
    noise: Block
    left: Block
    tie: Block
    start_level: Block


TIE = 1e-12
"""Share of the lift by which the variances of two mixes may differ through rounding alone: 3E-14 were seen. Of shares
explained the engine takes the same."""


def write_about(sheet: Sheet) -> None:
    """Purpose, how to use, method, limits, colour key, version."""
    paragraphs = [
        (
            "Purpose",
            "Is this manager active? Alpha and beta with their standard errors, how much beta moves, how closely the "
            "benchmark or a mix of passive series follows, hurdles, and a verdict by a rule that can be read.",
        ),
        (
            "Your fund",
            "Paste a manager's monthly returns (decimals, net of fees) over column Fund of sheet Data and type its "
            "name above them; empty cells before the first and after the last return. Everything black follows at "
            "once: figures, mix, verdict, charts. The red line above speaks of the returns as delivered.",
        ),
        (
            "References",
            "Benchmark, passive series, T-bills and active index may be replaced in the same way, names included. "
            "T-bills and active index may stay empty. The sample is the months in which fund, benchmark and all "
            "passive series have returns.",
        ),
        (
            "Engine",
            "Purple values are those of the aram_xl engine for the returns and thresholds that it read. Calc_Engine "
            "says whether they are those of the cells; if not, differences stay empty until the workbook is rebuilt "
            "with 'aram-xl workbook fund_check RETURNS --benchmark COLUMN -o FILE'.",
        ),
        (
            "Verdict",
            "The first line of Calc_Verdict that fits. Skill is judged against the reference: of benchmark and mix "
            "the one that explains more of the variance, and against both where neither explains half. Where a "
            "reference leaves nothing, the difference is the same in every month, and its sign decides. Thresholds "
            "are on Inputs. No evidence is not evidence of absence: the smallest alpha that this many months could "
            "have shown stands beside every verdict.",
        ),
        (
            "Passive mix",
            "The long-only mix that leaves the least variance of the difference to the fund. Calc_Subsets solves it "
            "for every subset of the passive series, Calc_Mix proves the best one optimal by covariances: equal "
            "gradients where something is held, none smaller elsewhere.",
        ),
        (
            "Limits",
            "Relative to the benchmark: an equity fund against a bond index shows an equity premium as alpha. The mix "
            "is fitted to the months that it is compared on. Standard errors are those of ordinary least squares.",
        ),
        (
            "Source",
            "Alpha: Jensen (1968), J. Finance 23(2). Mix: Sharpe (1992), J. Portfolio Management 18(2). Equal slopes: "
            "analysis of covariance; Chow (1960), Econometrica 28(3). Optimality: Karush (1939).",
        ),
        ("Version", f"aram_xl {__version__}"),
        ("Change log", "0.1.0: first version of this template."),
    ]
    write_prose(sheet, paragraphs)


def write_inputs(book: Book, sheet: Sheet, data: FundData) -> Inputs:
    """All inputs, validated, each with its source."""
    own = data.settings
    lines = (
        ("Choice", "Subtract T-bills", "0 or 1", data.subtract, "count", "0: newsletter convention; 1: standard"),
        ("Threshold", "Index-like from", "share", own.index_like, "percent", "Share of variance explained"),
        ("Threshold", "Significance", "share", own.significance, "percent", "Two-sided level of every test"),
        ("Threshold", "Power", "share", own.power, "percent", "Behind the smallest alpha that shows"),
        ("Threshold", "Fewest months", "months", own.minimum_months, "count", "Fewer are too short to judge"),
        ("Calendar", "Months per year", "months", MONTHS, "count", "Calendar"),
        ("Calendar", "Short span", "years", YEARS[0], "count", "Cumulative return"),
        ("Calendar", "Long span", "years", YEARS[1], "count", "Cumulative return"),
        ("Tolerance", "Checks", "any", CHECK_TOLERANCE, "small", "Rounding of the formulas: near 1E-15"),
        ("Tolerance", "Noise", "share", NOISE, "small", "Squares below are rounding"),
        ("Tolerance", "Left", "share", LEFT, "small", "Of the fund's squares; less is rounding"),
        ("Tolerance", "Tie", "share", TIE, "small", "Mixes, or shares explained, as good"),
        ("Display", "Start level", "level", START_LEVEL, "level", "Growth begins here"),
    )
    inputs = Inputs(*write_constants(sheet, lines))
    _validate_inputs(sheet, inputs)
    for name, cell in (
        (names.SUBTRACT_T_BILLS, inputs.subtract),
        (names.INDEX_LIKE, inputs.index_like),
        (names.SIGNIFICANCE, inputs.significance),
        (names.POWER, inputs.power),
        (names.FEWEST_MONTHS, inputs.fewest),
    ):
        book.name(name, cell)
    return inputs


def _validate_inputs(sheet: Sheet, inputs: Inputs) -> None:
    shares = {"validate": "decimal", "criteria": "between", "minimum": 0.0001, "maximum": 0.9999}
    rules: dict[str, tuple[dict[str, Any], str]] = {
        "subtract": ({"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 1}, "0 or 1."),
        "fewest": ({"validate": "integer", "criteria": "between", "minimum": 3, "maximum": 600}, "3 to 600 months."),
        "months_per_year": ({"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 12}, "12."),
        "start_level": ({"validate": "decimal", "criteria": ">", "value": 0}, "A number above 0."),
    }
    for name in ("index_like", "significance", "power"):
        rules[name] = (shares, "A share between 0 and 1; 95 % is 0.95.")
    for name in ("short_years", "long_years"):
        rules[name] = ({"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 50}, "Whole years.")
    for name in ("tolerance", "noise", "left", "tie"):
        rules[name] = ({"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 0.01}, "0 to 0.01.")
    for name, (rule, words) in rules.items():
        cell: Block = getattr(inputs, name)
        message = {"error_title": "Input", "error_message": words}
        sheet.file.data_validation(cell.row, cell.column, cell.row, cell.column, rule | message)


def data_heads(passive: int) -> tuple[str, ...]:
    """Heads of sheet Data behind the unit."""
    mixed = tuple(f"Passive {j + 1}" for j in range(passive))
    return ("Fund", "Note", "Benchmark", *mixed, "T-bills", "Active index")


def write_data(book: Book, sheet: Sheet, data: FundData, plan: Plan) -> None:
    """Names and monthly returns, all open to be pasted over."""
    columns = data.columns
    sheet.labels(FIRST_ROW, ("Name", "Name of the series", "text", "Yours to type"))
    texts = {
        "fund": [columns.fund], "benchmark": [columns.benchmark], "passive": list(columns.passive),
        "t_bills": [columns.t_bills or ""], "active_index": [columns.active_index or ""],
    }  # fmt: skip
    for name in SERIES:
        block = plan.data(name)
        sheet.values(FIRST_ROW, block.column, [texts[name]], ("input", "text"))
        sheet.values(block.row, block.column, _square(series(data, name)), ("input", "percent4"))
        sheet.file.data_validation(
            FIRST_ROW, block.column, FIRST_ROW, block.column + block.width - 1,
            {"validate": "length", "criteria": "<=", "value": 40,
             "error_title": "Name", "error_message": "At most 40 letters."},
        )  # fmt: skip
        sheet.file.data_validation(
            block.row, block.column, block.row + block.height - 1, block.column + block.width - 1,
            {"validate": "decimal", "criteria": "between", "minimum": -1, "maximum": 10, "ignore_blank": True,
             "error_title": "Return", "error_message": "A simple return a month in decimals: 0.01 is 1 %."},
        )  # fmt: skip
    dates = plan.data("dates")
    sheet.values(dates.row, dates.column, data.dates[:, None], ("input", "day"))
    sheet.file.data_validation(
        dates.row, dates.column, dates.row + dates.height - 1, dates.column,
        {"validate": "date", "criteria": ">", "value": EARLIEST, "ignore_blank": True,
         "error_title": "Date", "error_message": "A day of the month of the return, one row per month."},
    )  # fmt: skip
    for i in range(plan.rows):
        sheet.text(dates.row + i, 0, "Return", "section")
        sheet.text(dates.row + i, 2, "per month", "note")
    sheet.file.set_column(3, 3, 36)
    sheet.file.set_column(4, 4, 14)
    book.name(names.FUND_RETURNS, plan.data("fund"))


def series(data: FundData, name: str) -> FloatArray:
    """(n_rows,) or (n_rows, n_passive) returns by the name that `Plan.data` knows."""
    return np.asarray(getattr(data, name))


def write_engine(sheet: Sheet, data: FundData, plan: Plan, inputs: Inputs) -> None:
    """Were the engine's values made from these cells? Weighted sums of all series, and the settings."""
    own = data.settings
    number = plan.sample("number").down(0)
    places = np.arange(1.0, plan.rows + 1.0)
    lines: list[tuple[str, str, str, float, str]] = []
    for name in ("dates", *SERIES):
        block, values = plan.data(name), _square(series(data, name))
        number_format = "count" if name == "dates" else "exact"
        for j in range(block.width):
            label = f"Weighted sum of {name.replace('t_bills', 'T-bills').replace('_', ' ')}" + (
                f" {j + 1}" if name == "passive" else ""
            )
            formula = f"=SUMPRODUCT({number},{block.down(j)})"
            lines.append((label, "sum", formula, float(places @ np.nan_to_num(values[:, j])), number_format))
    for label, cell, value in (
        ("Subtract T-bills", inputs.subtract, data.subtract),
        ("Index-like from", inputs.index_like, own.index_like),
        ("Significance", inputs.significance, own.significance),
        ("Power", inputs.power, own.power),
        ("Fewest months", inputs.fewest, float(own.minimum_months)),
    ):
        lines.append((label, "setting", f"={cell.at()}", value, "exact"))
    top = FIRST_ROW + 1
    for i, (label, unit, formula, value, style) in enumerate(lines):
        note = "Row number x value" if unit == "sum" else "Of sheet Inputs"
        sheet.line(top + i, ("Read", label, unit, note), value, ("formula", style), formula)
        sheet.values(top + i, FIRST_ASSET, value, ("engine", style))
    pairs = Block(sheet.name, top, 3, len(lines), FIRST_ASSET - 2)
    differences = sheet.formulas(
        top, FIRST_ASSET + 1, lambda i, _: f"={pairs.at(i)}-{pairs.at(i, FIRST_ASSET - 3)}",
        np.zeros((len(lines), 1)), ("formula", "small"),
    )  # fmt: skip
    gaps = differences.down(0)
    formula = f"{{=N(MAX(ABS({gaps}))<={inputs.tolerance.at()})}}"
    sheet.line(
        FIRST_ROW, ("Same", "Engine's values apply", "0 or 1", "0: other returns or thresholds; rebuild"), 1.0,
        ("formula", "count"), formula,
    )  # fmt: skip


def _square(values: FloatArray) -> FloatArray:
    return values if values.ndim == 2 else values[:, None]
