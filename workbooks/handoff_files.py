"""Sheet Calc_Files: what each asset says in the files, and whether its symbol can stand in a file at all."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from aram_xl._handoff_mapping import ModelLayout
from aram_xl.types import FloatArray
from workbooks.handoff_data import ASSETS, Answer, Given, HandoffData
from workbooks.handoff_inputs import FIELDS, KINDS, PERCENT, PERCENT_PLACES, SHARE_PLACES, TEXT, Inputs
from workbooks.handoff_lines import CASH_COLUMN, Beside, Lines
from workbooks.handoff_round import Rounded
from workbooks.handoff_trading import Trades
from workbooks.sheet import FIRST_ASSET, HEADER_ROW, Block

FORMULA = "=+-@＝＋－＠"
"""Characters at the beginning of a cell that a spreadsheet may take for a formula."""

APOSTROPHE = "'"


class Files(NamedTuple):
    """Cells of Calc_Files: lines over the assets and, to ``fields``, cash."""

    unfit: Block
    """Marks of symbols that no file can hold, 0 or 1."""
    unfit_words: Block
    """The same of headings and texts of columns, 0 or 1, in columns F on."""
    doubled: Block
    model_place: Block
    fields: Block
    """(FIELDS, ASSETS + 1) texts of the file of iRebal."""
    headings: Block
    separators: Block
    target_column: Block
    """Which column of the file of iRebal holds the target, in column D."""
    target_total: Block
    """What its targets add up to, in column D."""
    symbols: Block
    percent_place: Block
    percents: Block
    exchanges: Block
    basket_exchanges: Block
    index_place: Block
    decimals: Block
    places: Block
    """(2, ASSETS): places of sales and purchases in the basket."""
    quantities: Block
    """(2, ASSETS)"""
    sales: Block
    """Number of sales, in column D."""
    numbers: Block
    """1, 2, 3 ..."""


class Texts(NamedTuple):
    """What the cells say, for the files."""

    names: tuple[str, ...]
    """Symbols and the one of cash."""
    percents: list[str]
    decimals: list[str]
    index_decimals: list[str]
    listed: FloatArray
    index_listed: FloatArray
    present: FloatArray


def texts_of(given: Given, answer: Answer) -> Texts:
    """Texts of the numbers, by asset and cash."""
    shares = np.append(answer.rounded, given.cash)
    return Texts(
        names=(*given.symbols, "$CASH"),
        percents=[plain(PERCENT * share, PERCENT_PLACES) for share in shares],
        decimals=[plain(share, SHARE_PLACES) for share in shares],
        index_decimals=[plain(share, SHARE_PLACES) for share in answer.invested],
        listed=(shares > 0).astype(float),
        index_listed=(answer.invested > 0).astype(float),
        present=np.array([float(bool(symbol)) for symbol in given.symbols]),
    )


def plain(value: float, places: int) -> str:
    """Digits, a point and a fixed number of places."""
    return f"{round(Decimal(repr(float(value))), places):f}"


def places_of(listed: FloatArray) -> FloatArray:
    """1, 2, 3 ... for those that are listed, 0 for the others."""
    return np.asarray(listed * np.cumsum(listed))


def write_files(
    lines: Lines, inputs: Inputs, data: HandoffData, cells: tuple[Rounded, Rounded, Trades], texts: Texts
) -> Files:
    """All lines of the sheet; ``cells``: rounding with and without cash, trades."""
    rounded, index, trades = cells
    lines.sheet.file.set_column(3, 3, 27)
    lines.sheet.file.set_column(FIRST_ASSET, CASH_COLUMN, 15)
    symbols = lines.across(
        ("Symbol", "Symbol", "text", "Inputs"), lambda j: f'={inputs.symbols.at(0, j)}&""', texts.names[:-1], "text"
    )
    lines.sheet.formulas(
        symbols.row, CASH_COLUMN, lambda i, j: f"={inputs.cash_symbol.at()}", texts.names[-1], ("formula", "text")
    )
    numbers = lines.counted(("Symbol", "Number", "count", "Of the asset"))
    unfit, doubled = _write_symbol_checks(lines, symbols)
    lines.skip()
    model = _write_model(lines, inputs, data, (symbols, rounded), texts)
    lines.skip()
    percent, venue, own = _write_percents(lines, inputs, symbols, texts)
    lines.skip()
    decimals = _numbers(lines, ("Index One", "Decimal"), (index.weights, "", inputs.share_places), texts.index_decimals)
    index_place = _places(
        lines, ("Index One", "Place", "In the file; 0: not in it"), lambda j: f"N({index.weights.at(0, j)}>0)",
        texts.index_listed,
    )  # fmt: skip
    lines.skip()
    quantities, places, sales = _write_basket_places(lines, trades, data.answer)
    columns = model.columns
    return Files(
        unfit=unfit, unfit_words=columns.unfit, doubled=doubled, model_place=model.place, fields=model.fields,
        headings=columns.headings, separators=columns.separators, target_column=columns.target,
        target_total=columns.total, symbols=symbols, percent_place=percent, percents=model.percents, exchanges=venue,
        basket_exchanges=own, index_place=index_place, decimals=decimals, places=places, quantities=quantities,
        sales=sales, numbers=numbers,
    )  # fmt: skip


def _write_symbol_checks(lines: Lines, symbols: Block) -> tuple[Block, Block]:
    """Symbols that no file can hold, and symbols that stand twice."""
    nothing = np.zeros(ASSETS)
    formula = lines.across(
        ("Symbol", "Begins like a formula", "0 or 1", "Or with an apostrophe"),
        lambda j: f"=N({begins(symbols.at(0, j), APOSTROPHE)})", nothing, "count",
    )  # fmt: skip
    lines.across(
        ("Symbol", "Holds a separator", "0 or 1", "Comma, semicolon or quotation mark"),
        lambda j: f"={separated(symbols.at(0, j))}", nothing, "count",
    )  # fmt: skip
    lines.across(
        ("Symbol", "Holds blanks around it", "0 or 1", "Or a character that is not printed"),
        lambda j: f"={blemished(symbols.at(0, j))}", nothing, "count",
    )  # fmt: skip
    doubled = lines.across(
        ("Symbol", "Stands again before", "count", "Each symbol once"),
        lambda j: (
            f"=SUMPRODUCT(({symbols.at(0, 0, 'c')}:{symbols.at(0, j)}={symbols.at(0, j)})"
            f'*({symbols.at(0, 0, "c")}:{symbols.at(0, j)}<>""))-N({symbols.at(0, j)}<>"")'
        ),
        nothing, "count",
    )  # fmt: skip
    return formula._replace(height=3), doubled


def begins(cell: str, others: str = "") -> str:
    """Whether a text begins with a character that a spreadsheet may take for a formula, or with one of the others."""
    return f'ISNUMBER(FIND(LEFT({cell}&" ",1),"{FORMULA}{others}"))'


def neutral(cell: str) -> str:
    """A text with an apostrophe in front where it could be taken for a formula."""
    return f'REPT("{APOSTROPHE}",N({begins(f"TRIM({cell})")}))&{cell}'


def separated(cell: str) -> str:
    """1 where a text holds a comma, a semicolon or a quotation mark."""
    marks = cell
    for mark in (",", ";", '""'):
        marks = f'SUBSTITUTE({marks},"{mark}","")'
    return f"N({marks}<>{cell})"


def blemished(cell: str) -> str:
    """1 where a text has blanks around it, or a character that is not printed."""
    return f"N(TRIM(CLEAN({cell}))<>{cell})"


class _Columns(NamedTuple):
    """Columns of the file of iRebal: lines over columns F to I."""

    unfit: Block
    kinds: Block
    headings: Block
    texts: Block
    separators: Block
    target: Block
    """Which of them holds the target, in column D."""
    total: Block
    """What the targets add up to, in column D."""


class _Model(NamedTuple):
    """Lines of the file of iRebal."""

    columns: _Columns
    place: Block
    percents: Block
    fields: Block


def _write_model(lines: Lines, inputs: Inputs, data: HandoffData, cells: tuple[Block, Rounded], texts: Texts) -> _Model:
    """The file of iRebal: what each asset and cash say in each of its columns."""
    symbols, rounded = cells
    columns = _write_columns(lines, inputs, data.given.name)
    weights = lines.across(
        ("iRebal", "Rounded weight", "weight", "Calc_Round, and cash"), lambda j: f"={rounded.weights.at(0, j)}",
        data.answer.rounded, "percent4",
    )  # fmt: skip
    lines.sheet.formulas(
        weights.row, CASH_COLUMN, lambda i, j: f"={inputs.cash.at()}", data.given.cash, ("formula", "percent4")
    )
    weights = weights._replace(width=ASSETS + 1)
    place = _places(
        lines, ("iRebal", "Place", "In the file; 0: not in it"), lambda j: f"N({weights.at(0, j)}>0)", texts.listed
    )
    first = _row(lines, ("iRebal", KINDS[0], "text", ""), lambda j: f"={symbols.at(0, j)}", texts.names)
    percents = _numbers(lines, ("iRebal", KINDS[1]), (weights, inputs.percent.at(0, 0, "rc"), inputs.percent_places),
                        texts.percents)  # fmt: skip
    _numbers(lines, ("iRebal", KINDS[2]), (weights, "", inputs.share_places), texts.decimals)
    labels, sources = first._replace(column=1, height=3, width=1), first._replace(height=3)
    shown = [texts.names, texts.percents, *[[""] * (ASSETS + 1)] * (FIELDS - 2)]
    fields = []
    for c in range(FIELDS):
        kind, words = columns.kinds.at(0, c, "rc"), columns.texts.at(0, c, "rc")

        def field(j: int, kind: str = kind, words: str = words) -> str:
            found = f"INDEX({sources.down(j, 'r')},MATCH({kind},{labels.all()},0))"
            return f"=IFERROR({found},{words})"

        fields.append(_row(lines, ("iRebal", f"Column {c + 1}", "text", "As Inputs say"), field, shown[c]))
    return _Model(columns, place, percents, fields[0]._replace(height=FIELDS))


def _write_columns(lines: Lines, inputs: Inputs, name: str) -> _Columns:
    """What Inputs say of the columns, fit to be written."""
    names, kinds, words = inputs.column_names, inputs.column_kinds, inputs.column_texts
    note = "Columns F to I: columns of the file"
    chosen = [*[column.holds for column in ModelLayout().columns], *[""] * (FIELDS - 2)]
    heads = [*[column.name for column in ModelLayout().columns], *[""] * (FIELDS - 2)]
    head = Block(lines.sheet.name, HEADER_ROW, FIRST_ASSET, 1, FIELDS)

    def turned(label: str, source: Block, shown: Sequence[str]) -> Block:
        """Lines of Inputs, side by side."""
        return _row(
            lines, ("iRebal", label, "text", note),
            lambda j: f'=INDEX({source.down(0, "rc")},COLUMNS({head.at(0, 0, "rc")}:{head.at(0, j, "r")}))&""', shown,
        )  # fmt: skip

    holds = turned("Holds", kinds, chosen)
    given = turned("Name of column", names, heads), turned("Text of column", words, [""] * FIELDS)
    unfit = [
        _row(
            lines, ("iRebal", f"Unfit {word}", "0 or 1", note),
            lambda j, cells=cells: f"={separated(cells.at(0, j))}",
            [0.0] * FIELDS, "count",
        )
        for word, cells in zip(("names", "texts"), given, strict=True)
    ]  # fmt: skip
    headings = _row(lines, ("iRebal", "Heading", "text", note), lambda j: f"={neutral(given[0].at(0, j))}", heads)
    plain_words = _row(
        lines, ("iRebal", "Text", "text", note), lambda j: f"={neutral(given[1].at(0, j))}", [""] * FIELDS
    )
    model = lines.value(
        ("iRebal", KINDS[3], "text", "Name, the same in every row"), f"={neutral(inputs.model.at())}", name, "text"
    )
    texts = _row(
        lines, ("iRebal", "Same in every row", "text", note),
        lambda j: (
            f'=REPT({plain_words.at(0, j)},N({holds.at(0, j)}="{TEXT}"))'
            f'&REPT({model.at(0, 0, "c")},N({holds.at(0, j)}="{KINDS[3]}"))'
        ),
        [""] * FIELDS,
    )  # fmt: skip
    separators = _row(
        lines, ("iRebal", "Before the cell", "text", "A comma where the column is used"),
        lambda j: f'=IF({holds.at(0, j)}="","",",")', ["," if kind else "" for kind in chosen],
    )  # fmt: skip
    target = lines.value(
        ("iRebal", "Column of the target", "count", "1: the first"),
        f'=IFERROR(MATCH("target*",{holds.across(0)},0),0)', 2.0, "count",
    )  # fmt: skip
    total = lines.value(
        ("iRebal", "Total of the targets", "any", "Of percents or of decimals"),
        f'=IF(INDEX({holds.across(0)},{target.at()})="{KINDS[1]}",{inputs.percent.at()},1)', PERCENT, "number",
    )  # fmt: skip
    return _Columns(unfit[0]._replace(height=2), holds, headings, texts, separators, target, total)


def _write_percents(lines: Lines, inputs: Inputs, symbols: Block, texts: Texts) -> tuple[Block, Block, Block]:
    """The percent file: every symbol; exchanges of both files of Interactive Brokers."""
    place = _places(
        lines, ("IBKR", "Place", "In the percent file: every symbol"),
        lambda j: f'N({symbols.at(0, j)}<>"")', texts.present,
    )  # fmt: skip
    own = inputs.exchanges
    blocks = []
    for label, everyone, shown in (
        ("Exchange, percent file", inputs.rebalance_exchange, "SMART/AMEX"),
        ("Exchange, basket", inputs.exchange, "SMART"),
    ):
        blocks.append(
            lines.across(
                ("IBKR", label, "text", "Its own, or the one for all"),
                lambda j, everyone=everyone: (  # type: ignore[misc]
                    f'=IF({own.at(0, j)}="",{everyone.at(0, 0, "rc")},{own.at(0, j)})'
                ),
                [shown] * ASSETS, "text",
            )
        )  # fmt: skip
    return place, blocks[0], blocks[1]


def _write_basket_places(lines: Lines, trades: Trades, answer: Answer) -> tuple[Block, Block, Block]:
    """Shares of the blocks, their places in the basket, sales first, and the number of sales."""
    sold, bought = (places_of((row > 0).astype(float)) for row in answer.blocks)
    after = np.where(bought > 0, bought + sold.max(), 0.0)
    shares = [
        lines.across(
            ("IBKR", f"Shares {word}", "shares", "Calc_Blocks"),
            lambda j, i=i: f"={trades.blocks.at(i, j)}",  # type: ignore[misc]
            answer.blocks[i], "count",
        )
        for i, word in enumerate(("sold", "bought"))
    ]  # fmt: skip
    count = Block(lines.sheet.name, lines.row, 3, 1, 1)

    def place(i: int, j: int, before: str) -> str:
        upto = f"{shares[i].at(0, 0, 'c')}:{shares[i].at(0, j)}"
        return f"=N({shares[i].at(0, j)}>0)*(SUMPRODUCT(({upto}>0)*1){before})"

    sales = lines.across(
        ("IBKR", "SELL", "count", "Place in the basket; D: number of sales"), lambda j: place(0, j, ""), sold, "count",
        Beside(lambda i: f"=MAX({count._replace(column=FIRST_ASSET, width=ASSETS).across(0)})", [sold.max()], "count"),
    )  # fmt: skip
    lines.across(
        ("IBKR", "BUY", "count", "Place in the basket, after the sales"),
        lambda j: place(1, j, f"+{count.at(0, 0, 'rc')}"), after, "count",
    )  # fmt: skip
    return shares[0]._replace(height=2), sales._replace(height=2), count


def _places(lines: Lines, texts: tuple[str, str, str], listed: Any, values: FloatArray) -> Block:
    """1, 2, 3 ... for what is listed in a file; ``listed``: formula of 0 or 1 by column."""
    section, label, note = texts
    flags = _row(lines, (section, "Listed", "0 or 1", ""), lambda j: f"={listed(j)}", list(values), "count")
    return _row(
        lines, (section, label, "count", note),
        lambda j: f"={flags.at(0, j)}*SUM({flags.at(0, 0, 'c')}:{flags.at(0, j)})", list(places_of(values)), "count",
    )  # fmt: skip


def _numbers(lines: Lines, texts: tuple[str, str], cells: tuple[Block, str, Block], values: Sequence[str]) -> Block:
    """Weights as texts of digits and a point, whatever the language; ``cells``: weights, factor, places."""
    weights, factor, places = cells
    times = f"*{factor}" if factor else ""
    number = places.at(0, 0, "rc")
    return _row(
        lines, (*texts, "text", "Digits and a point in every language"),
        lambda j: f'=SUBSTITUTE(FIXED({weights.at(0, j)}{times},{number},1),",",".")', list(values),
    )  # fmt: skip


def _row(
    lines: Lines, texts: tuple[str, str, str, str], formula: Any, values: Sequence[Any], number: str = "text"
) -> Block:
    """One line as wide as its values."""
    sheet = lines.sheet
    sheet.labels(lines.row, texts)
    block = sheet.formulas(lines.row, FIRST_ASSET, lambda _, j: formula(j), [list(values)], ("formula", number))
    lines.row += 1
    return block
