"""Sheets About and Inputs of the direct-risk-target workbook: the choice, the rules to edit, tolerances."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aram_xl import Model, __version__
from aram_xl._backtest import HYPOTHETICAL
from aram_xl._backtest_report import BAND
from aram_xl._expected_returns import MOMENTUM_PERIODS
from aram_xl.hurdles import EQUITY_SHARE
from workbooks import names
from workbooks.drt_cells import COUNT, Line, ModelLine, put_lines, put_model_lines, widen
from workbooks.drt_data import DirectData
from workbooks.inputs_sheets import CHECK_TOLERANCE, START_LEVEL, write_prose
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet, excel_date
from workbooks.subsets import Tolerances

SETTINGS = (
    ("trend", "Trend", "method", "moving_average: against the mean level; momentum: growth"),
    ("trend_window", "Trend window", "months", "Levels in the mean, or months of growth"),
    ("trend_skip", "Trend skip", "months", "Latest months that momentum leaves out"),
    ("minimum_history", "Minimum history", "months", "Values of market risk before a percentile"),
    ("not_enough_history", "k without history", "ratio", "Until percentile and trend exist"),
    ("smoothing", "Smoothing", "share", "Share of the previous target"),
    ("max_step", "Maximum step", "share", "Change of the target; empty: no limit"),
    ("floor", "Floor", "per year", "Least target; empty: none"),
    ("cap", "Cap", "per year", "Greatest target; empty: none"),
)  # fmt: skip
"""Fields of a rule beside its table: label, unit, note."""

SETTING_FORMATS = ("text", "count", "count", "count", "level", "percent", "percent", "percent", "percent")

RULE_HEADS = ("percentile from", "percentile below", "trend", "drawdown from", "drawdown below")

TABLE_WIDTH = 4 + len(RULE_HEADS)
"""Columns of the rule tables: state, unit, k, note and the bands."""

WEIGHT_TOLERANCE = 1e-9
"""Distance from a limit within which a weight is at it."""


HOW = (
    (
        "Step 1",
        "Market risk: volatility of the benchmark (or of the mix that the card names) over the card's windows; "
        "Calc_Market.",
    ),
    (
        "Step 2",
        "The rule on Inputs: rows are tried from the top, the first whose conditions all hold gives k. A band "
        "holds from its low end to below its high end; one that ends at 1 includes 1. Raw target = k x market "
        "risk, then smoothed, held to the maximum step, and put between floor and cap; Calc_Target, every "
        "signal date.",
    ),
    (
        "Step 3",
        "The greatest expected return at no more than the target, under the card's limits. Models of at most "
        "8 assets without limits are solved in cells (Calc_Optimiser). For every model the weights are proved: "
        "the multipliers (purple) come with them, each first-order condition is recomputed on Calc_Date.",
    ),
    (
        "Edit a rule",
        "Change k, a band or a setting of any model on Inputs: steps 1 and 2 follow at every date, and so do "
        "the weights of a model that is solved in cells. Purple weights stay those of the card's own rule, and "
        "comparisons with the engine rest, until the rule is put back or the workbook is rebuilt.",
    ),
    (
        "New prices",
        "Paste month-end total-return levels over the blue cells of Data. The purple numbers are then out of "
        "date and their checks turn red, until the workbook is rebuilt with 'aram-xl workbook "
        "direct_risk_target PRICES -o FILE'.",
    ),
    (
        "Every date",
        "Calc_Risk: ex-ante risk from the returns of the window. For shrunk covariances the intensity is the "
        "engine's (purple); at the chosen date Calc_Covariance recomputes it in full. Calc_Index: drifted "
        "weights, turnover, costs, fee, returns. Realised risk within a month needs daily prices: it is the "
        "engine's.",
    ),
    (
        "Source",
        "Markowitz (1952); Karush (1939); Merton (1972); Ledoit and Wolf (2003, 2004); Lawson and Hanson "
        "(1974) for the multipliers.",
    ),
)
"""Paragraphs of sheet About: the steps, what may be changed, what is the engine's, sources."""


class Inputs(NamedTuple):
    """Cells of sheet Inputs; the first ones by line, in this order."""

    model: Block
    signal_date: Block
    number: Block
    settings_changed: Block
    table_changed: Block
    changed: Block
    trend: Block
    trend_window: Block
    trend_skip: Block
    minimum_history: Block
    not_enough_history: Block
    smoothing: Block
    max_step: Block
    floor: Block
    cap: Block
    months_per_year: Block
    span: Block
    """The first of the momentum spans; the others follow below."""
    span_2: Block
    span_3: Block
    span_4: Block
    equity_share: Block
    band_low: Block
    band_high: Block
    start_level: Block
    discriminant: Block
    budget: Block
    variance: Block
    tie: Block
    weight: Block
    tolerance: Block
    engine_levels: Block
    settings: Block
    """(9, n_models) of the rules, and ..."""
    table: Block
    """... (n_models x n_rules, 9) their tables."""


_LINES = len(Inputs._fields) - 2


def plan_inputs(sheet: Sheet, data: DirectData) -> Inputs:
    """Where everything stands."""
    count = len(data.models)
    lines: list[Any] = [Block(sheet.name, FIRST_ROW + i, 3, 1, 1) for i in range(_LINES)]
    top = FIRST_ROW + Inputs._fields.index("trend")
    settings = Block(sheet.name, top, FIRST_ASSET, len(SETTINGS), count)
    table = Block(sheet.name, FIRST_ROW + _LINES + 2, 1, count * data.sizes.rules, TABLE_WIDTH)
    return Inputs(*[*lines, settings, table])


def write_about(sheet: Sheet, data: DirectData) -> None:
    """Purpose, method, how to use, what is left out, version."""
    carried = ", ".join(f"{item.model.name} ({item.model.title})" for item in data.models)
    absent = [("Left out", f"{name}: {reason}.") for name, reason in data.left_out]
    write_prose(
        sheet,
        [
            (
                "Purpose",
                "Direct Risk Targeting end to end for a model and a date of your choice: market risk, the environment "
                "rule, the risk target, the optimal weights with their proof, and the hypothetical result since the "
                "first signal.",
            ),
            ("Provenance", "Own open rule; not the provider's method. Not tuned to the published returns."),
            ("Status", f"{HYPOTHETICAL} Fee and costs of each model stand on Data_Cards."),
            ("Data", data.label or "Total-return prices supplied by the user; month-end levels on sheet Data."),
            ("Models", carried),
            *absent,
            *HOW,
            ("Version", f"aram_xl {__version__}"),
            ("Change log", "0.1.0: first version of this template."),
        ],
    )


def write_inputs(book: Book, sheet: Sheet, data: DirectData, inputs: Inputs, copies: tuple[Block, Block, str]) -> None:
    """All inputs, validated, each with its source; ``copies``: the cards' own settings and tables, signal dates."""
    settings, table, signal_dates = copies
    choice = (inputs.number, data.chosen)
    widen(sheet, len(data.models))
    put_lines(sheet, FIRST_ROW, _choice_lines(data, inputs, settings, table))
    put_model_lines(sheet, inputs.trend.row, setting_lines(data), "input", choice)
    put_lines(sheet, inputs.months_per_year.row, _constant_lines(data))
    head = inputs.table.row - 1
    sheet.second_table(head, ("Rule of", "State", "Unit", "k", "Note or source", *RULE_HEADS))
    for i, name in enumerate(row_models(data)):
        sheet.text(inputs.table.row + i, 0, name, "section")
    write_table(sheet, inputs.table, data, "input")
    _validate(sheet, data, inputs, signal_dates)
    for name, cell in (
        (names.MODEL, inputs.model),
        (names.SIGNAL_DATE, inputs.signal_date),
        (names.RULES, inputs.table),
        (names.MONTHS_PER_YEAR, inputs.months_per_year),
    ):
        book.name(name, cell)


def _choice_lines(data: DirectData, inputs: Inputs, settings: Block, table: Block) -> list[Line]:
    shown = data.shown.model
    last = float(excel_date(data.dates[data.positions[data.signal] + 1]))
    heads = inputs.settings._replace(row=FIRST_ROW - 1, height=1).across(0)
    keys = inputs.table._replace(column=0, width=1).down(0)
    return [
        Line("Choice", "Model", "name", "A model of the heads of columns F on", shown.name, ("input", "text")),
        Line("Choice", "Signal date", "date", "Any signal date of Calc_Target", last, ("input", "day")),
        Line("Choice", "Model's number", "count", "Column of the model", data.chosen + 1, COUNT,
             f"=MATCH({inputs.model.at()},{heads},0)"),
        Line("Choice", "Settings changed", "count", "Against the card", 0, COUNT,
             f"=SUMPRODUCT(({heads}={inputs.model.at()})*({inputs.settings.all('')}<>{settings.all('')}))"),
        Line("Choice", "Rule cells changed", "count", "Against the card", 0, COUNT,
             f"=SUMPRODUCT(({keys}={inputs.model.at()})*({inputs.table.all('')}<>{table.all('')}))"),
        Line("Choice", "Rule changed", "count", "Above 0: the engine's numbers are not compared", 0, COUNT,
             f"={inputs.settings_changed.at()}+{inputs.table_changed.at()}"),
    ]  # fmt: skip


def _constant_lines(data: DirectData) -> list[Line]:
    standard, small = Tolerances(), ("input", "small")
    total = float(np.nansum(data.levels))
    return [
        Line("Scale", "Months per year", "months", "Calendar", 12, ("input", "count")),
        *(
            Line("Momentum", f"Span {i + 1}", "months", "Growth, divided by its months", span, ("input", "count"))
            for i, span in enumerate(MOMENTUM_PERIODS)
        ),
        Line("Hurdle", "Equity share", "weight", "60/40, reset each month", EQUITY_SHARE, ("input", "percent")),
        Line("Band", "Least ratio", "ratio", "Realised over target risk that counts as met", BAND[0],
             ("input", "level")),
        Line("Band", "Greatest ratio", "ratio", "Realised over target risk that counts as met", BAND[1],
             ("input", "level")),
        Line("Display", "Start level", "level", "Every index begins here", START_LEVEL, ("input", "level")),
        Line("Tolerance", "Discriminant", "ratio", "D above this share of AC", standard.discriminant, small),
        Line("Tolerance", "Budget", "weight", "Rounding of a sum of weights", standard.budget, small),
        Line("Tolerance", "Variance", "ratio", "Relative excess over the target", standard.variance, small),
        Line("Tolerance", "Tie", "return", "Equal returns: the least risk decides", standard.tie, small),
        Line("Tolerance", "At a limit", "weight", "A weight this close is at its limit", WEIGHT_TOLERANCE, small),
        Line("Tolerance", "Checks", "any", "Rounding of the formulas: near 1E-15", CHECK_TOLERANCE, small),
        Line("Engine", "Sum of levels read", "level", "Tells changed data", total, ("engine", "level")),
    ]  # fmt: skip


def setting_lines(data: DirectData) -> list[ModelLine]:
    """The settings of all rules."""
    rules = [item.model.rule for item in data.models]
    lines = []
    for (field, label, unit, note), number in zip(SETTINGS, SETTING_FORMATS, strict=True):
        values = [getattr(rule, field) for rule in rules]
        lines.append(
            ModelLine("Rule", label, unit, note, number, [np.nan if value is None else value for value in values])
        )
    return lines


def row_models(data: DirectData) -> list[str]:
    """The model of each row of the rule tables."""
    return [name for name in data.names for _ in range(data.sizes.rules)]


def rule_rows(model: Model, count: int) -> list[list[Any]]:
    """State, unit, k, note and bands of each row of a rule; the last ones are empty."""
    rows: list[list[Any]] = []
    for row in model.rule.rows if model.rule is not None else ():
        note = "; ".join(name.replace("risk_", "") for name in row.conditions) or "no condition: all that is left"
        bands = (*(row.risk_percentile or (np.nan,) * 2), row.trend or np.nan, *(row.drawdown or (np.nan,) * 2))
        rows.append([row.state, "ratio", float(row.k), note, *bands])
    spare = [[np.nan, "ratio", np.nan, "spare row", *(np.nan,) * len(RULE_HEADS)]] * (count - len(rows))
    return rows + spare


def write_table(sheet: Sheet, place: Block, data: DirectData, kind: str) -> None:
    """The rule tables of all models below one another, as inputs or as the cards' own."""
    rows = [row for item in data.models for row in rule_rows(item.model, data.sizes.rules)]
    for i, (state, unit, k, note, *bands) in enumerate(rows):
        at = place.row + i
        sheet.values(at, 1, state, (kind, "text"))
        sheet.text(at, 2, unit, "note")
        sheet.values(at, 3, k, (kind, "level"))
        sheet.text(at, 4, note, "note")
        for j, band in enumerate(bands):
            sheet.values(at, FIRST_ASSET + j, band, (kind, "text" if j == 2 else "level"))


def _validate(sheet: Sheet, data: DirectData, inputs: Inputs, signal_dates: str) -> None:
    def rule(cell: Block, title: str, message: str, **options: object) -> None:
        options |= {"error_title": title, "error_message": message}
        last = (cell.row + cell.height - 1, cell.column + cell.width - 1)
        sheet.file.data_validation(cell.row, cell.column, *last, options)

    def number(cell: Block, title: str, least: float, greatest: float) -> None:
        message = f"A number from {least:g} to {greatest:g}."
        rule(cell, title, message, validate="decimal", criteria="between", minimum=least, maximum=greatest)

    def whole(cell: Block, title: str, least: int, greatest: int) -> None:
        message = f"A whole number from {least} to {greatest}."
        rule(cell, title, message, validate="integer", criteria="between", minimum=least, maximum=greatest)

    heads = inputs.settings._replace(row=FIRST_ROW - 1, height=1).across(0, "rc")
    rule(inputs.model, "Model", "Choose one of the models of the list.", validate="list", source=f"={heads}")
    rule(inputs.signal_date, "Signal date", "Choose one of the signal dates of Calc_Target.", validate="list",
         source=f"={signal_dates}")  # fmt: skip
    months, lines = len(data.dates), inputs.settings
    kinds = ["moving_average", "momentum"]
    rule(lines._replace(height=1), "Trend", "moving_average or momentum.", validate="list", source=kinds)
    for i in (1, 3):
        whole(lines._replace(row=lines.row + i, height=1), SETTINGS[i][1], 2, months)
    whole(lines._replace(row=lines.row + 2, height=1), "Trend skip", 0, months)
    number(lines._replace(row=lines.row + 4, height=1), "k", 0, 100)
    number(lines._replace(row=lines.row + 5, height=1), "Smoothing", 0, 0.99)
    number(lines._replace(row=lines.row + 6, height=1), "Maximum step", 0, 100)
    number(lines._replace(row=lines.row + 7, height=2), "Floor or cap", 0, 2)
    whole(inputs.months_per_year, "Months", 1, 12)
    whole(inputs.span._replace(height=4), "Span", 1, data.sizes.window)
    number(inputs.equity_share, "Share", 0, 1)
    number(inputs.band_low._replace(height=2), "Ratio", 0, 10)
    number(inputs.start_level, "Start level", 1e-6, 1e9)
    number(inputs.discriminant._replace(height=6), "Tolerance", 0, 0.01)
    table = inputs.table
    rule(table._replace(width=1), "State", "A state in words, at most 60 characters.", validate="length",
         criteria="<=", value=60)  # fmt: skip
    number(table._replace(column=3, width=1), "k", 0, 100)
    for j in (0, 3):
        number(table._replace(column=FIRST_ASSET + j, width=2), "Band", 0, 1)
    rule(table._replace(column=FIRST_ASSET + 2, width=1), "Trend", "up, down, or empty.", validate="list",
         source=["up", "down"])  # fmt: skip
