"""Sheet Outputs: the files, line by line, each as one text and cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aram_xl.handoff import BASKET
from workbooks import names
from workbooks.handoff_data import ASSETS, HandoffData
from workbooks.handoff_files import Files, Texts
from workbooks.handoff_inputs import FIELDS, Inputs
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, HEADER_ROW, STANDARD_COLUMNS, Block, Book, Sheet

CELLS = 10
"""Cells of the longest line of a file."""

OUTPUT_HEADS = (*STANDARD_COLUMNS[:4], *[None] * (CELLS + 1), "cells")

LINE = 4
"""Column of the whole lines."""

COMMA = '","'

Cell = Callable[[int, str, Block], str]
"""Formula of a cell by its row, the reference of the asset's number there, and the cells of the file."""


class Part(NamedTuple):
    """One file, without its heading."""

    numbers: Block
    """Which asset the line is of, 0 for none, in column D."""
    lines: Block
    cells: Block
    counts: Block
    """How many cells the whole line has: a reader of commas counts so."""


class Outputs(NamedTuple):
    """Cells of Outputs."""

    model: Part
    basket: Part
    percent: Part
    index_one: Part


class _Plan(NamedTuple):
    """How the lines of one file are made."""

    section: str
    number: Callable[[str], str]
    """Formula of the asset's number by the place of the line."""
    cells: dict[int, Cell]
    """By column from 0; a column that is not named stays empty."""
    separators: Sequence[str]
    """Before each cell but the first; several commas stand for columns left out."""
    texts: Sequence[Sequence[str]]
    """What the cells say, one row per line in use; '' where the file has an empty cell."""
    lines: Sequence[str]
    """The whole lines in use."""
    assets: Sequence[int]
    """Numbers of the assets of the lines in use."""
    rows: int


def write_outputs(book: Book, sheet: Sheet, inputs: Inputs, data: HandoffData, cells: tuple[Files, Texts]) -> Outputs:
    """Four files below one another."""
    files, texts = cells
    sheet.file.set_column(0, 0, 22)
    sheet.file.set_column(LINE, LINE, 58)
    sheet.file.set_column(FIRST_ASSET, FIRST_ASSET + CELLS, 14)
    for column, head in enumerate(("Line of the file", *(f"cell {i + 1}" for i in range(CELLS))), LINE):
        sheet.text(HEADER_ROW, column, head, "note_header")
    separators = [files.separators.at(0, j, "rc") for j in range(1, FIELDS)]
    heads = sheet.formulas(
        FIRST_ROW, FIRST_ASSET, lambda _, j: f"={files.headings.at(0, j)}", [["Symbol", "Target Percent", "", ""]],
        ("formula", "text"),
    )  # fmt: skip
    _write_heading(sheet, heads, "iRebal", separators, f"{inputs.header.at()}=0")
    model = _write_part(sheet, FIRST_ROW + 1, _model_plan(files, texts, separators))
    row = model.numbers.row + model.numbers.height + 1
    heads = sheet.formulas(row, FIRST_ASSET, lambda _, j: f'="{BASKET[j]}"', [list(BASKET)], ("formula", "text"))
    _write_heading(sheet, heads, "IBKR basket", [COMMA] * (len(BASKET) - 1), "")
    basket = _write_part(sheet, row + 1, _basket_plan(inputs, data, files))
    percent = _write_part(sheet, _below(basket), _percent_plan(inputs, data, files, texts))
    index = _write_part(sheet, _below(percent), _index_plan(data, files, texts))
    for name, part, above in (
        (names.MODEL_FILE, model, 1), (names.BASKET_FILE, basket, 1), (names.PERCENT_FILE, percent, 0),
        (names.INDEX_FILE, index, 0),
    ):  # fmt: skip
        book.name(name, part.lines._replace(row=part.lines.row - above, height=part.lines.height + above))
    return Outputs(model, basket, percent, index)


def _below(part: Part) -> int:
    return part.numbers.row + part.numbers.height + 1


def _write_heading(sheet: Sheet, heads: Block, section: str, separators: Sequence[str], unless: str) -> None:
    """The names of the columns as the first line of a file."""
    sheet.labels(heads.row, (section, "Heading", "text", None))
    line = _joined([heads.at(0, j) for j in range(heads.width)], separators)
    formula = f'=IF({unless},"",{line})' if unless else f"={line}"
    shown = "Symbol,Target Percent" if unless else ",".join(BASKET)
    sheet.formulas(heads.row, LINE, lambda _, __: formula, [[shown]], ("formula", "text"))


def _write_part(sheet: Sheet, row: int, plan: _Plan) -> Part:
    """The lines of one file."""
    count, width = plan.rows, max(plan.cells) + 1
    numbers = Block(sheet.name, row, 3, count, 1)
    cells = Block(sheet.name, row, FIRST_ASSET, count, width)
    for i in range(count):
        sheet.labels(row + i, (plan.section, f"Line {i + 1}", "text", None))
    shown = [*plan.assets, *[0] * (count - len(plan.assets))]
    sheet.formulas(
        row, 3, lambda i, _: f"={plan.number(place(numbers, i))}", [[float(asset)] for asset in shown],
        ("formula", "count"),
    )  # fmt: skip
    unused = [""] * (count - len(plan.texts))
    for j, cell in plan.cells.items():
        column = [[line[j]] for line in plan.texts] + [[text] for text in unused]
        sheet.formulas(
            row, FIRST_ASSET + j,
            lambda i, _, cell=cell: f'=IF({numbers.at(i, 0, "c")}=0,"",{cell(i, numbers.at(i, 0, "c"), cells)})',  # type: ignore[misc]
            column, ("formula", "text"),
        )  # fmt: skip

    def line(i: int) -> str:
        return _joined([cells.at(i, j) for j in plan.cells], plan.separators)

    whole = [[text] for text in (*plan.lines, *unused)]
    lines = sheet.formulas(row, LINE, lambda i, _: f'=IF({numbers.at(i)}=0,"",{line(i)})', whole, ("formula", "text"))
    counts = sheet.formulas(
        row, FIRST_ASSET + CELLS,
        lambda i, _: f'=IF({numbers.at(i)}=0,0,LEN({lines.at(i)})-LEN(SUBSTITUTE({lines.at(i)},",",""))+1)',
        [[text.count(",") + 1.0] for text in plan.lines] + [[0.0] for _ in unused], ("formula", "count"),
    )  # fmt: skip
    return Part(numbers, lines, cells, counts)


def place(numbers: Block, i: int) -> str:
    """1 for the first line of a file, 2 for the second ..."""
    labels = numbers._replace(column=1)
    return f"ROWS({labels.at(0, 0, 'rc')}:{labels.at(i, 0, 'c')})"


def _joined(cells: Sequence[str], separators: Sequence[str]) -> str:
    return cells[0] + "".join(f"&{mark}&{cell}" for mark, cell in zip(separators, cells[1:], strict=True))


def _model_plan(files: Files, texts: Texts, separators: Sequence[str]) -> _Plan:
    """The security model of iRebal: what Calc_Files says in each column, cash last."""
    fields, spots = files.fields, files.model_place.across(0, "rc")
    listed = [j for j, flag in enumerate(texts.listed) if flag]
    pairs = [(texts.names[j], texts.percents[j]) for j in listed]

    def field(j: int) -> Cell:
        return lambda i, number, cells: f"INDEX({fields.across(j, 'rc')},{number})"

    return _Plan(
        "iRebal", lambda k: f"IFERROR(MATCH({k},{spots},0),0)", {j: field(j) for j in range(FIELDS)}, separators,
        [[*pair, *[""] * (FIELDS - len(pair))] for pair in pairs], [",".join(pair) for pair in pairs],
        [j + 1 for j in listed], ASSETS + 1,
    )  # fmt: skip


def _basket_plan(inputs: Inputs, data: HandoffData, files: Files) -> _Plan:
    """Orders of all accounts, sales first."""
    words, sales = files.places._replace(column=1, width=1).all("rc"), files.sales.at(0, 0, "rc")
    fixed = (inputs.security_type, files.basket_exchanges, inputs.currency, inputs.time_in_force, inputs.order_type)

    def action(i: int, number: str, cells: Block) -> str:
        return f"INDEX({words},1+N({place(cells, i)}>{sales}))"

    def quantity(i: int, number: str, cells: Block) -> str:
        return f'FIXED(INDEX({files.quantities.all("rc")},1+N({cells.at(i, 0, "c")}="BUY"),{number}),0,1)'

    def same(block: Block) -> Cell:
        if block.width > 1:
            return _picked(block)
        return lambda i, number, cells: block.at(0, 0, "rc")

    orders = [
        (word, j, int(count))
        for word, row in zip(("SELL", "BUY"), data.answer.blocks, strict=True)
        for j, count in enumerate(row)
        if count
    ]
    texts = [
        (word, str(count), data.given.symbols[j], "STK", "SMART", "USD", "DAY", "MKT") for word, j, count in orders
    ]
    columns = [action, quantity, _picked(files.symbols), *(same(block) for block in fixed)]
    spots, numbers = files.places.all("rc"), files.numbers.across(0, "rc")
    return _Plan(
        "IBKR basket", lambda k: f"SUMPRODUCT(({spots}={k})*{numbers})", dict(enumerate(columns)),
        [COMMA] * (len(BASKET) - 1), texts, [",".join(line) for line in texts], [j + 1 for _, j, _ in orders],
        2 * ASSETS,
    )  # fmt: skip


def _percent_plan(inputs: Inputs, data: HandoffData, files: Files, texts: Texts) -> _Plan:
    """Every symbol in percent of net liquidation value; between contract and percent five empty cells."""
    spots = files.percent_place.across(0, "rc")
    columns: dict[int, Cell] = {
        0: lambda i, number, cells: '"DES"',
        1: _picked(files.symbols),
        2: lambda i, number, cells: inputs.security_type.at(0, 0, "rc"),
        3: _picked(files.exchanges),
        CELLS - 1: _picked(files.percents),
    }
    used = [j for j, symbol in enumerate(data.given.symbols) if symbol]
    lines = [("DES", data.given.symbols[j], "STK", "SMART/AMEX", *[""] * (CELLS - 5), texts.percents[j]) for j in used]
    return _Plan(
        "IBKR percent", lambda k: f"IFERROR(MATCH({k},{spots},0),0)", columns,
        [*[COMMA] * (len(columns) - 2), f'"{"," * (CELLS - len(columns) + 1)}"'], lines,
        [",".join(line) for line in lines], [j + 1 for j in used], ASSETS,
    )  # fmt: skip


def _index_plan(data: HandoffData, files: Files, texts: Texts) -> _Plan:
    """Tickers and decimals without cash."""
    spots = files.index_place.across(0, "rc")
    listed = [j for j, flag in enumerate(texts.index_listed) if flag]
    pairs = [(data.given.symbols[j], texts.index_decimals[j]) for j in listed]
    return _Plan(
        "Index One", lambda k: f"IFERROR(MATCH({k},{spots},0),0)",
        {0: _picked(files.symbols), 1: _picked(files.decimals)}, [COMMA], pairs, [",".join(pair) for pair in pairs],
        [j + 1 for j in listed], ASSETS,
    )  # fmt: skip


def _picked(block: Block) -> Cell:
    """The asset's cell of a line of Calc_Files."""
    return lambda i, number, cells: f"INDEX({block.across(0, 'rc')},{number})"
