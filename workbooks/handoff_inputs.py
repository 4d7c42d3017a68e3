"""Sheets About, Inputs and Calc_Engine of the hand-off workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from aram_xl import __version__
from aram_xl._backtest import HYPOTHETICAL
from aram_xl._handoff_mapping import ModelLayout, OrderFields
from workbooks import names
from workbooks.handoff_data import ASSETS, HandoffData
from workbooks.handoff_lines import CASH_COLUMN, Lines, Named
from workbooks.handoff_twin import MONEY_PLACES, PLACES
from workbooks.inputs_sheets import CHECK_TOLERANCE, write_prose
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet

FIELDS = 4
"""Columns that the file of iRebal may have."""

KINDS = ("symbol", "target_percent", "target_decimal", "model")
"""What a column may hold, besides a text of its own."""

TEXT = "text"

TOTAL_TOLERANCE = 1e-7
"""By which weights may miss their total."""

PERCENT_PLACES, SHARE_PLACES = 4, 6
"""Decimal places in the files: those of the finest step."""

PERCENT = 100.0


class Inputs(NamedTuple):
    """Cells of sheet Inputs, in their order."""

    model: Block
    symbols: Block
    weights: Block
    caps: Block
    prices: Block
    exchanges: Block
    step: Block
    cash: Block
    minimum: Block
    band: Block
    lot: Block
    accounts: Block
    values: Block
    positions: Block
    header: Block
    cash_symbol: Block
    column_names: Block
    column_kinds: Block
    column_texts: Block
    security_type: Block
    exchange: Block
    currency: Block
    time_in_force: Block
    order_type: Block
    rebalance_exchange: Block
    places: Block
    money_places: Block
    percent_places: Block
    share_places: Block
    percent: Block
    total_tolerance: Block
    tolerance: Block


class Field(NamedTuple):
    """Lines of inputs of one kind: values in column D, or one column per asset where ``wide``."""

    section: str
    label: str
    unit: str
    values: Any
    number: str
    note: str
    rule: dict[str, Any]
    wide: bool = False


def write_about(sheet: Sheet, data: HandoffData) -> None:
    """Purpose, method, how to use, colour key, version."""
    write_prose(
        sheet,
        [
            ("Purpose", "From the weights of a model to files that rebalancing programs, brokers and index calculators "
             "take: weights rounded so that they add up to exactly 100 %, whole shares, orders for several accounts."),
            ("Status", f"{HYPOTHETICAL} The accounts, their values and positions are made-up examples. Nothing is sent "
             "anywhere and no order is placed."),
            ("Data", (f"{data.label}." if data.label else "Prices supplied by the user.") + " Weights: "
             f"{data.model.title}, decided on {data.signal.isoformat()}. {data.model.provenance} Prices "
             "a share: the last levels of the file, rounded; levels adjusted for distributions are market prices "
             "only on the last day of a fresh download."),
            ("Use", "Paste symbols, weights, caps, prices and positions over the blue cells of Inputs (a vertical list "
             "by Paste Special, Transpose); empty the cells of what you do not need. Everything follows at once."),
            ("Rounding", "Calc_Round: each weight is cut down to whole steps; the steps missing to the total go, one "
             "each, to the largest remainders, the first of equals first, under the caps. A weight of zero stays zero. "
             "Calc_Index is the same without cash, for an index."),
            ("Shares", "Calc_Shares: what each account's value buys in whole shares, cut down, then one more each by "
             "the largest remainder while the money and the cap allow it."),
            ("Trades", "Calc_Sales: targets less positions, without what lies within the band or below the minimum; "
             "sales as blocks of whole lots, split pro rata. Calc_Buys: purchases cut to the money there is. "
             "Calc_Blocks: their blocks and all trades. A position "
             "whose target is zero is sold whatever band and minimum say; fractions stay."),
            ("Files", "Outputs: each line of a file is complete in column E: copy those cells into a text file, "
             "whatever the language of your computer; or copy the cells from column F on. The layout that iRebal "
             "imports is not public: name its columns on Inputs. Unpublished too: the cells of the percent "
             "file but the last, which follow files exported by Trader Workstation. Compare with an export of your "
             "own before you import."),
            ("Engine", "Purple rows are the aram_xl engine's answers to the inputs copied on Calc_Engine, the "
             "differences stand below them. Once an input has changed they are no longer compared, until the workbook "
             "is rebuilt with 'aram-xl workbook handoff PRICES -o FILE'; the native formulas always follow."),
            ("Source", "Method of largest remainders (Hamilton): Balinski and Young (1982), Fair Representation, "
             "chapter 3."),
            ("Version", f"aram_xl {__version__}"),
            ("Change log", "0.1.0: first version of this template."),
        ],
    )  # fmt: skip


def write_inputs(book: Book, sheet: Sheet, data: HandoffData) -> Inputs:
    """All inputs, validated, each with its source."""
    sheet.file.set_column(0, 0, 16)
    sheet.file.set_column(3, 3, 27)
    sheet.file.set_column(4, 4, 52)
    fields = (*_model_fields(data), *_account_fields(data), *_file_fields(), *_tolerance_fields())
    row, blocks = FIRST_ROW, []
    for field in fields:
        blocks.append(_write_field(sheet, row, field))
        row += blocks[-1].height
    inputs = Inputs(*blocks)
    for j in range(ASSETS):
        sheet.head(FIRST_ROW - 1, FIRST_ASSET + j, f"asset {j + 1}")
    for name, block in (
        (names.SYMBOLS, inputs.symbols), (names.MODEL_WEIGHTS, inputs.weights), (names.CAPS, inputs.caps),
        (names.QUOTES, inputs.prices), (names.STEP, inputs.step), (names.CASH, inputs.cash),
        (names.MINIMUM_TRADE, inputs.minimum), (names.BAND, inputs.band), (names.LOT, inputs.lot),
        (names.ACCOUNT_VALUES, inputs.values), (names.POSITIONS, inputs.positions),
    ):  # fmt: skip
        book.name(name, block)
    return inputs


def write_engine(lines: Lines, data: HandoffData, inputs: Inputs) -> Block:
    """What the engine was given, and how many of those inputs have changed; gives the cell with that number."""
    sheet, given = lines.sheet, data.given
    copies: tuple[tuple[str, Block, Any, str], ...] = (
        ("Symbol", inputs.symbols, [list(given.symbols)], "text"),
        ("Weight", inputs.weights, [given.weights], "percent4"),
        ("Cap", inputs.caps, [given.caps], "percent4"),
        ("Price", inputs.prices, [given.prices], "money"),
        ("Step", inputs.step, [[given.step]], "percent4"),
        ("Cash", inputs.cash, [[given.cash]], "percent4"),
        ("Minimum trade", inputs.minimum, [[given.minimum]], "money"),
        ("No-trade band", inputs.band, [[given.band]], "percent4"),
        ("Lot", inputs.lot, [[float(given.lot)]], "count"),
        ("Account", inputs.accounts, [[name] for name in given.accounts], "text"),
        ("Account value", inputs.values, given.values[:, None], "money"),
        ("Positions", inputs.positions, given.positions, "level"),
    )
    first = FIRST_ROW + 2
    height = sum(block.height for _, block, _, _ in copies)
    flags = Block(sheet.name, first, CASH_COLUMN, height, 1)
    changed = lines.value(
        ("Engine", "Inputs changed since", "count", "0: the engine's answers are of these inputs"),
        f"=SUM({flags.down(0)})", 0.0, "count",
    )  # fmt: skip
    lines.row = first
    for label, block, values, number in copies:
        for i in range(block.height):
            numbered = f"{label} {i + 1}" if block.height > 1 else label
            sheet.labels(lines.row + i, ("Copied input", numbered, "as given", "Changed: cells that are another now"))
        copy = sheet.values(lines.row, block.column, _with_blanks(values), ("engine", number))
        theirs, own = (cells.all("") for cells in (copy, block))
        sheet.formulas(
            lines.row, CASH_COLUMN, lambda _, __, a=theirs, b=own: f"=SUMPRODUCT(({a}<>{b})*1)", 0.0,  # type: ignore[misc]
            ("formula", "count"),
        )  # fmt: skip
        lines.row += block.height
    return changed


def named(inputs: Inputs) -> Named:
    """Heads and labels of the other sheets."""
    return Named(inputs.symbols, inputs.accounts)


def _write_field(sheet: Sheet, row: int, field: Field) -> Block:
    table = field.values if isinstance(field.values, list | np.ndarray) else [[field.values]]
    height = len(table)
    for i in range(height):
        label = f"{field.label} {i + 1}" if height > 1 else field.label
        sheet.labels(row + i, (field.section, label, field.unit, field.note))
    column = FIRST_ASSET if field.wide else 3
    block = sheet.values(row, column, _with_blanks(table), ("input", field.number))
    sheet.file.data_validation(
        row, column, row + height - 1, column + block.width - 1,
        {"error_title": field.label, "ignore_blank": True, **field.rule},
    )  # fmt: skip
    return block


def _with_blanks(table: Any) -> list[list[Any]]:
    """NaN, which leaves a cell empty, in place of empty texts."""
    return [[np.nan if isinstance(value, str) and not value else value for value in line] for line in table]


def _number(least: float, most: float, message: str) -> dict[str, Any]:
    return {
        "validate": "decimal", "criteria": "between", "minimum": least, "maximum": most, "error_message": message,
    }  # fmt: skip


def _words(most: int, message: str) -> dict[str, Any]:
    return {"validate": "length", "criteria": "<=", "value": most, "error_message": message}


SHARE = _number(0, 1, "A share from 0 to 1; 0.02 is 2 %.")
MONEY = _number(0, 1e12, "An amount of 0 or more, without separators of thousands.")
SYMBOL = _words(20, "A ticker of at most 20 characters, or nothing.")
WORDS = _words(60, "A text of at most 60 characters.")


def _model_fields(data: HandoffData) -> Sequence[Field]:
    given = data.given
    card = f"{data.model.title}; yours to paste over"
    return (
        Field("Model", "Name", "text", given.name, "text", "Stands in a column that holds 'model'", WORDS),
        Field("Model", "Symbol", "text", [list(given.symbols)], "text", "Empty: the place is not used", SYMBOL, True),
        Field("Model", "Weight", "weight", [given.weights], "percent4", f"Of {data.signal.isoformat()}: {card}", SHARE,
              True),
        Field("Model", "Cap", "weight", [given.caps], "percent4", "Of the model; empty: no cap", SHARE, True),
        Field("Model", "Price a share", "money", [given.prices], "money", "Last levels of the file; use market prices",
              MONEY, True),
        Field("Model", "Exchange of its own", "text", [[""] * ASSETS], "text", "Empty: the exchange for all, below",
              SYMBOL, True),
        Field("Rounding", "Step", "weight", given.step, "percent4", "0.01 %; weights are whole multiples of it",
              _number(1e-6, 1, "A step from 0.000001 (0.0001 %).")),
        Field("Rounding", "Cash", "weight", given.cash, "percent4", "Kept in cash; the weights shrink in proportion",
              _number(0, 0.999999, "A share from 0 to less than 1; 0.02 is 2 %.")),
        Field("Trading", "Minimum trade", "money", given.minimum, "money", "Example: smaller trades are left out",
              MONEY),
        Field("Trading", "No-trade band", "weight", given.band, "percent4",
              "Example: weights no further from target are left alone", SHARE),
        Field("Trading", "Lot", "shares", float(given.lot), "count", "Blocks are whole multiples of it",
              {"validate": "integer", "criteria": ">=", "value": 1, "error_message": "A whole number from 1."}),
    )  # fmt: skip


def _account_fields(data: HandoffData) -> Sequence[Field]:
    given = data.given
    return (
        Field("Accounts", "Account", "text", [[name] for name in given.accounts], "text", "Made-up; empty: not used",
              WORDS),
        Field("Accounts", "Value of account", "money", given.values[:, None], "money", "Made-up: positions and cash",
              MONEY),
        Field("Accounts", "Positions of account", "shares", given.positions, "level", "Made-up; empty: none", MONEY,
              True),
    )  # fmt: skip


def _file_fields() -> Sequence[Field]:
    """Defaults of the engine's mapping, a line each."""
    layout, order = ModelLayout(), OrderFields()
    spare = [""] * (FIELDS - len(layout.columns))
    known = "Field of a basket file, as published"
    kinds = {
        "validate": "list", "source": [*KINDS, TEXT],
        "error_message": f"One of {', '.join((*KINDS, TEXT))}, or nothing.",
    }  # fmt: skip
    types = {
        "validate": "list", "source": ["MKT", "MOC"], "error_message": "MKT or MOC: orders that need no price.",
    }  # fmt: skip
    flag = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 1, "error_message": "0 or 1."}
    return (
        Field("iRebal", "Heading", "0 or 1", float(layout.header), "count", "1: the file begins with column names",
              flag),
        Field("iRebal", "Cash symbol", "text", layout.cash_symbol, "text", "Published", SYMBOL),
        Field("iRebal", "Name of column", "text", [[c.name] for c in layout.columns] + [[text] for text in spare],
              "text", "Layout not public: as your program names it", WORDS),
        Field("iRebal", "Column holds", "text", [[c.holds] for c in layout.columns] + [[text] for text in spare],
              "text", "Empty: the file has fewer columns", kinds),
        Field("iRebal", "Text of column", "text", [[c.text] for c in layout.columns] + [[text] for text in spare],
              "text", "For a column that holds text: the same in every row", WORDS),
        Field("IBKR", "Security type", "text", order.security_type, "text", known, SYMBOL),
        Field("IBKR", "Exchange", "text", order.exchange, "text", known, SYMBOL),
        Field("IBKR", "Currency", "text", order.currency, "text", known, SYMBOL),
        Field("IBKR", "Time in force", "text", order.time_in_force, "text", known, SYMBOL),
        Field("IBKR", "Order type", "text", order.order_type, "text", known, types),
        Field("IBKR", "Exchange, percent file", "text", order.rebalance_exchange, "text", "Seen in exported files",
              SYMBOL),
    )  # fmt: skip


def _tolerance_fields() -> Sequence[Field]:
    whole = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 12, "error_message": "0 to 12."}
    small = _number(0, 0.01, "A number from 0 to 0.01.")
    fixed = _number(1, 100, "Percent per 1: 100.")
    return (
        Field("Tolerance", "Places, steps and shares", "count", float(PLACES), "count",
              "Rounding of cells: near 1E-12", whole),
        Field("Tolerance", "Places, money", "count", float(MONEY_PLACES), "count", "Rounding of cells: near 1E-10",
              whole),
        Field("Files", "Places of percents", "count", float(PERCENT_PLACES), "count", "Of the finest step", whole),
        Field("Files", "Places of decimals", "count", float(SHARE_PLACES), "count", "Of the finest step", whole),
        Field("Files", "Percent", "per 1", PERCENT, "count", "Percents in 1", fixed),
        Field("Tolerance", "Total of weights", "weight", TOTAL_TOLERANCE, "small", "Noise of a general solver", small),
        Field("Tolerance", "Checks", "any", CHECK_TOLERANCE, "small", "Rounding of the formulas: near 1E-11", small),
    )  # fmt: skip
