"""Sheets About, Inputs, Printed and Next of the workbook that audits published tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from aram_xl import __version__
from aram_xl._published_alphas import RISK_FREE
from aram_xl._published_moments import GREATEST_STDEV, MONTHS
from aram_xl._published_rows import CASH_BETA, CASH_STDEV
from aram_xl._published_tables import PublishedTables
from workbooks import names
from workbooks.inputs_sheets import CHECK_TOLERANCE, write_prose
from workbooks.published_audit_cells import Part, fixed
from workbooks.published_audit_grid import HEADS, Grid
from workbooks.published_audit_plan import RETURNS, TRACKING, Plan
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book

STRIPPED = {
    "space": " ", "hyphen": "-", "ampersand": "&", "slash": "/", "point": ".", "comma": ",", "opening bracket": "(",
    "closing bracket": ")", "apostrophe": "'", "plus": "+", "underscore": "_", "colon": ":",
}  # fmt: skip
"""Signs that do not count when names are compared."""

TOUCHING = 1e-12

FIRST_SET, SECOND_SET = "Printed", "Next"

LARGE = 1000.0
"""An end above it, such as a rate that only a misprint asks for, is compared with the engine's as a share of its size.
The ends of honest tables stay below."""


class Settings(NamedTuple):
    """Cells of sheet Inputs, in their order."""

    tables: Part
    months: Part
    percent: Part
    base: Part
    half: Part
    most: Part
    cash: Part
    cash_beta: Part
    touching: Part
    letters: Part
    three: Part
    five: Part
    rate_low: Part
    rate_high: Part
    digits: Part
    large: Part
    tolerance: Part


def write_about(sheet: Grid, tables: PublishedTables, n_findings: int) -> None:
    """Purpose, method, how to use, colour key, version."""
    write_prose(
        sheet,
        [
            ("Purpose", "Hold the figures of published performance tables against each other, without any other data: "
             "a printed figure stands for all numbers that round to it, and no numbers inside these intervals may "
             "break an identity."),
            ("Data", f"Sheet Printed holds the tables {tables.source} as printed, text by text: 1.0 and 1.00 are "
             f"different figures, so trailing zeros count. {n_findings} findings."),
            ("Use", "Edit a figure on Printed and its verdicts follow. For other tables type or paste them on sheet "
             "Next, which has the same layout, and choose 2 on Inputs; an empty cell is a figure that is not printed. "
             "Cells hold texts: paste as text, with a decimal point and without a sign of thousands."),
            ("Verdicts", "Fits: some numbers inside the intervals satisfy the identity. Impossible: none do. Does not "
             "fit: the figures contradict a name, a heading, a sentence or a candidate definition, which may be wrong "
             "in their place. Not testable: every figure would pass, or what the test needs is not printed."),
            ("Method", "Calc_Half, Calc_Low, Calc_High: half a unit of the last digit to either side. Calc_Least, "
             "Calc_Most, Calc_Mean: the mean and deviation that a one-year return and a Ret/StDev leave open, from the "
             "most skewed samples, by Newton steps. The sheets after them try each identity by interval arithmetic; "
             "Calc_Findings lists all findings, Outputs what does not fit."),
            ("Engine", "Calc_Engine keeps the verdicts, intervals, power and sentences of the aram_xl engine for the "
             "tables as delivered, in purple; Calc_Findings and Outputs show them beside the native ones, with a flag "
             "that is 1 where a verdict differs. Once a figure has changed, or sheet Next is chosen, the engine's "
             "columns are empty; native verdicts and sentences always follow. For its answers to your tables: 'aram-xl "
             "audit --published FILE', or 'aram-xl workbook published_audit FILE -o NEW.xlsx'."),
            ("Sentences", "Built in cells from the subject, the printed figures, what they stand for, what the "
             "identity allows and the verdict; the engine's say more, such as which other row a beta fits."),
            ("Power", "The smallest change of one printed figure, in units of its last digit, that turns the verdict: "
             "found by search, so it stays the engine's value. So does the claim over the whole sample, which rests "
             "on an assumption about deviations: Outputs says how many findings the engine has more."),
            ("Proof", "Twelve months cannot deviate more than all n: (n - 1) TE^2 >= 11 (s_p^2 + s_b^2 - 2 rho s_p "
             "s_b). A tracking error that is too small for it cannot be a figure a year."),
            ("Source", "Growth between bounds of variance: Cartwright and Field (1978), Tung (1975); second of twelve "
             "returns: Samuelson (1968)."),
            ("Version", f"aram_xl {__version__}"),
            ("Change log", "0.1.0: first version of this template."),
        ],
    )  # fmt: skip


def write_inputs(book: Book, sheet: Grid) -> tuple[Settings, list[Part]]:
    """All settings with their sources; and the signs that names lose."""
    calendar, reading = "Calendar", "How printed figures are read"
    rule = "Rule of the engine"
    lines = (
        ("Choice", "Tables audited", "1 or 2", 1.0, "count", "1: sheet Printed; 2: sheet Next", (1, 2)),
        ("Constants", "Months a year", "months", float(MONTHS), "count", calendar, (12, 12)),
        ("Constants", "Percent", "per 1", 100.0, "count", "Percents in 1", (100, 100)),
        ("Constants", "Base of digits", "ratio", 10.0, "count", reading, (10, 10)),
        ("Constants", "Half a unit", "ratio", 0.5, "money", reading, (0.5, 1)),
        ("Rule", "Greatest deviation", "per month", GREATEST_STDEV, "money", f"{rule}: 52 % a year", (0.01, 1)),
        ("Rule", "Deviation of cash", "per year", CASH_STDEV, "number", f"{rule}: Treasury bills move less", (0, 1)),
        ("Rule", "Beta of cash", "ratio", CASH_BETA.high, "money", f"{rule}: at most, either sign", (0, 1)),
        ("Tolerance", "Ends that touch", "any", TOUCHING, "small", "Rounding of formulas: near 1E-15", (0, 1e-6)),
        ("Rule", "Letters of a name", "count", 3.0, "count", f"{rule}: fewer join nothing", (1, 12)),
        ("Constants", "Years of a middle window", "years", 3.0, "count", "Column '3 years'", (3, 3)),
        ("Constants", "Years of a long window", "years", 5.0, "count", "Column '5 years'", (5, 5)),
        ("Rule", "Least risk-free rate", "per year", RISK_FREE.low, "money", f"{rule}: below it, none", (-1, 0)),
        ("Rule", "Greatest risk-free rate", "per year", RISK_FREE.high, "money", f"{rule}: above it, none", (0, 1)),
        ("Words", "Digits in sentences", "count", 4.0, "count", "Of percents and of ratios", (0, 9)),
        ("Tolerance", "Ends compared as shares", "any", LARGE, "count", "Doubles carry 16 digits", (LARGE, 1e6)),
        ("Tolerance", "Checks", "any", CHECK_TOLERANCE, "small", "Rounding of the formulas: near 1E-11", (0, 0.01)),
    )
    parts = []
    for row, (section, label, unit, value, number, note, (low, high)) in enumerate(lines, FIRST_ROW):
        block = sheet.line(row, (section, label, unit, note), value, ("input", number))
        parts.append(fixed(block, value))
        sheet.file.data_validation(row, 3, row, 3, {
            "validate": "decimal", "criteria": "between", "minimum": low, "maximum": high,
            "error_message": f"A number from {low:g} to {high:g}.",
        })  # fmt: skip
    book.name(names.TABLES, Block(sheet.name, FIRST_ROW, 3, 1, 1))
    signs, row = [], FIRST_ROW + len(lines)
    for label, character in STRIPPED.items():
        texts = ("Names", f"Sign left out: {label}", "text", "Names are compared without it; empty: none")
        block = sheet.line(row, texts, character, ("input", "typed"))
        signs.append(fixed(block, character))
        sheet.file.data_validation(row, 3, row, 3, {
            "validate": "length", "criteria": "<=", "value": 1, "error_message": "One sign, or nothing.",
        })  # fmt: skip
        row += 1
    return Settings(*parts), signs


def write_tables(book: Book, sheet: Grid, plan: Plan, typed: Mapping[tuple[int, int], Any]) -> None:
    """The tables of one publication, or empty ones: everything typed, in its own place."""
    sheet.file.set_column(0, 0, 15)
    sheet.file.set_column(3, 3, 14)
    layout(sheet, plan, "As printed")
    figures = figures_of_returns(sheet.name, plan), figures_of_tracking(sheet.name, plan)
    for block in typed_blocks(sheet.name, plan):
        number = "typed" if block != plan.period(sheet.name) else "count"
        empty = "" if number == "typed" else math.nan
        for i in range(block.height):
            for j in range(block.width):
                place = block.row + i, block.column + j
                value = typed.get(place, empty)
                kind = "input_figure" if block in figures else "input"
                sheet.values(*place, math.nan if value == "" else value, (kind, number))
    sheet.file.ignore_errors({"number_stored_as_text": "A1:Z400"})
    _validate(sheet, plan)
    if sheet.name == FIRST_SET:
        returns, tracking = names.PRINTED_RETURNS, names.PRINTED_TRACKING
    else:
        returns, tracking = names.NEXT_RETURNS, names.NEXT_TRACKING
    book.name(returns, figures_of_returns(sheet.name, plan))
    book.name(tracking, figures_of_tracking(sheet.name, plan))


def layout(sheet: Grid, plan: Plan, note: str) -> None:
    """Labels and heads that stand in the same cells on every sheet of the tables."""
    sheet.file.set_column(4, 4, 46)
    months = (("Year of the last month", "year"), ("Last month", "1 to 12"), ("First year of the sample", "year"))
    for i, (label, unit) in enumerate(months):
        sheet.labels(FIRST_ROW + i, ("Period", label, unit, "The sample begins with January" if i == 2 else note))
    for row in (plan.returns_row, plan.tracking_row, plan.claims_row):
        sheet.file.set_row(row - 1, HEADS)
    row = plan.returns_row - 1
    for column, head in enumerate(("Table", "Name", "Unit", "Benchmark", "Note", *RETURNS.values())):
        _head(sheet, row, column, head)
    for i in range(plan.rows):
        sheet.text(plan.returns_row + i, 2, "as printed", "note")
        sheet.text(plan.returns_row + i, 4, f"Row {i + 1} of the returns", "note")
    names_row, row = plan.tracking_row - 2, plan.tracking_row - 1
    sheet.labels(names_row, ("Tracking errors", "Names of their benchmarks", "text", "From column J on"))
    heads = ("Table", "Name", "Unit", "", "Note", *TRACKING.values(), *["Benchmark, %"] * plan.benchmarks)
    for column, head in enumerate(heads):
        _head(sheet, row, column, head)
    for i in range(plan.tracked):
        sheet.labels(plan.tracking_row + i, ("Tracking errors", None, "as printed", f"Row {i + 1}"))
    for column, head in enumerate(("Kind", "Name", "Unit", "Table", "Text", "Measure", "Figure")):
        _head(sheet, plan.claims_row - 1, column, head)
    for i in range(plan.claims):
        sheet.text(plan.claims_row + i, 2, "as printed", "note")


def _head(sheet: Grid, row: int, column: int, head: str) -> None:
    """Over words to the left, over figures to the right."""
    if head in ("Benchmark", "Table", "Text", "Measure"):
        sheet.text(row, column, head, "header")
    else:
        sheet.head(row, column, head)


def figures_of_returns(sheet: str, plan: Plan) -> Block:
    """All figures of the returns."""
    return Block(sheet, plan.returns_row, FIRST_ASSET, plan.rows, len(RETURNS))


def figures_of_tracking(sheet: str, plan: Plan) -> Block:
    """All figures of the tracking errors."""
    return Block(sheet, plan.tracking_row, FIRST_ASSET, plan.tracked, len(TRACKING) + plan.benchmarks)


def typed_blocks(sheet: str, plan: Plan) -> list[Block]:
    """Every block that holds what is typed."""
    fields = ("kind", "name", "table", "text", "measure", "figure")
    return [
        plan.period(sheet), *(plan.returns(sheet, field) for field in ("table", "name", "benchmark")),
        figures_of_returns(sheet, plan), plan.tracking(sheet, "name"), plan.benchmark_names(sheet),
        figures_of_tracking(sheet, plan), *(plan.claim(sheet, field) for field in fields),
    ]  # fmt: skip


def _validate(sheet: Grid, plan: Plan) -> None:
    def rule(block: Block, what: dict[str, Any]) -> None:
        last = block.row + block.height - 1, block.column + block.width - 1
        sheet.file.data_validation(block.row, block.column, *last, what)

    year = {"validate": "integer", "criteria": "between", "minimum": 1900, "maximum": 2200, "error_message": "A year."}
    month = year | {"minimum": 1, "maximum": 12, "error_message": "A month from 1 to 12."}
    for i, what in enumerate((year, month, year)):
        rule(plan.period(sheet.name)._replace(row=FIRST_ROW + i, height=1), what)
    for block in (figures_of_returns(sheet.name, plan), figures_of_tracking(sheet.name, plan)):
        first = block.at().partition("!")[2]
        rule(block, {
            "validate": "custom", "value": f'=ISNUMBER(_xlfn.NUMBERVALUE({first},"."," "))',
            "error_message": "A figure as printed, such as 8.20 or -0.17, or nothing.",
        })  # fmt: skip
    words = {"validate": "length", "criteria": "<=", "value": 60, "error_message": "A text of at most 60 characters."}
    for block in typed_blocks(sheet.name, plan):
        if block not in (plan.period(sheet.name), figures_of_returns(sheet.name, plan)) and block.width == 1:
            listed = {"kind": ["heading", "claim", "fact"], "measure": ["benchmark", "alpha_pct", "beta", "fee_pct"]}
            field = next((name for name in listed if block == plan.claim(sheet.name, name)), None)
            message = {"error_message": f"One of {', '.join(listed[field])}."} if field else {}
            rule(block, {"validate": "list", "source": listed[field]} | message if field else words)
    rule(plan.benchmark_names(sheet.name), words)
