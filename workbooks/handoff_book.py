"""Rounded weights, orders and files for other programs, in a workbook of native formulas."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from workbooks import handoff_functions, names
from workbooks.check_lines import CHECK_HEADS, Check, write_lines
from workbooks.handoff_checks import Checked, handoff_checks
from workbooks.handoff_data import ASSETS, HandoffData, handoff_data
from workbooks.handoff_files import texts_of, write_files
from workbooks.handoff_functions import write_functions
from workbooks.handoff_inputs import Inputs, named, write_about, write_engine, write_inputs
from workbooks.handoff_lines import Lines, calc_sheet
from workbooks.handoff_outputs import OUTPUT_HEADS, write_outputs
from workbooks.handoff_round import Rounded, write_rounding
from workbooks.handoff_shares import Shares, write_shares
from workbooks.handoff_trading import Sales, Trades, write_purchases, write_sales, write_trades
from workbooks.handoff_twin import HandoffTwin, twin_of
from workbooks.saving import has_macros, save
from workbooks.sheet import STANDARD_COLUMNS, Book, Sheet

if TYPE_CHECKING:
    import pandas as pd

NAME = "handoff"

TITLE = "Hand-off"


def build(
    prices: pd.DataFrame,
    path: str | os.PathLike[str],
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> str:
    """Write the workbook, whole or not at all; gives the map of its distinct formulas.

    Args:
        prices: total-return levels, dates x tickers; must hold the universe and the benchmark of the active index.
        path: where to write; with the ending .xlsm the workbook also shows our function beside the rounding.
        end: last price used.
        progress: called with the name of each step.

    Raises:
        InputError: the prices do not fit; see `aram_xl.backtest`.
        OutputError: the file cannot be written.
    """
    data = handoff_data(prices, end, progress)
    progress("sheets")
    functions, title = has_macros(path), f"{TITLE}: {data.given.name}"
    return save(path, title, lambda book: _Writer(book, data).write(functions), functions=functions)


class _Writer:
    """The sheets under construction, in tab order."""

    def __init__(self, book: Book, data: HandoffData) -> None:
        self.book, self.data = book, data
        self.notice = " ".join(
            f"{text.rstrip('.')}."
            for text in (data.label, "HYPOTHETICAL", data.model.provenance, "Accounts and positions are made up")
            if text
        )
        self.sheets: list[Sheet] = []

    def write(self, functions: bool) -> None:
        """All sheets, then the checks and their total on each."""
        book, data = self.book, self.data
        twin, texts = twin_of(data.given, data.answer), texts_of(data.given, data.answer)
        write_about(self._sheet("About", "from weights to files", ("Topic", "Text")), data)
        inputs = write_inputs(book, self._sheet("Inputs", "inputs", (*STANDARD_COLUMNS, *[None] * ASSETS)), data)
        changed = write_engine(self._calc("Calc_Engine", "what the engine was given", inputs, "changed"), data, inputs)
        same = f"{changed.at(0, 0, 'rc')}=0"
        cells = self._calculate(inputs, twin, same)
        files = write_files(
            self._calc("Calc_Files", "what each asset says in the files", inputs, "cash"), inputs, data,
            (cells.rounded, cells.index_rounded, cells.trades), texts,
        )  # fmt: skip
        extra = self._functions(inputs, twin, cells) if functions else []
        sheet = self._sheet("Outputs", "files, line by line", OUTPUT_HEADS)
        outputs = write_outputs(book, sheet, inputs, data, (files, texts))
        sheet.file.activate()
        last = self._sheet("Checks", "checks", CHECK_HEADS)
        checks = handoff_checks(data, twin, Checked(inputs, *cells, files, outputs), texts)
        failures = write_lines(book, last, checks + extra)
        for sheet in self.sheets:
            sheet.show_failures(failures)

    def _calculate(self, inputs: Inputs, twin: HandoffTwin, same: str) -> _Calculated:
        given, answer = self.data.given, self.data.answer
        lines = self._calc("Calc_Round", "rounding to whole steps beside the cash", inputs, None, "difference")
        share = f"=1-{inputs.cash.at()}"
        rounded = write_rounding(lines, inputs, twin.rounding, answer.rounded, share, same)
        self.book.name(names.ROUNDED_WEIGHTS, rounded.weights)
        lines = self._calc("Calc_Index", "rounding to whole steps without cash", inputs, None, "difference")
        index = write_rounding(lines, inputs, twin.index_rounding, answer.invested, "=1", same)
        lines = self._calc("Calc_Shares", "whole shares at the targets", inputs, "cash", "difference")
        shares = write_shares(lines, inputs, given, answer, (twin.shares, rounded.weights, same))
        lines = self._calc("Calc_Sales", "trades wanted, and sales in blocks", inputs)
        sales = write_sales(lines, inputs, given, answer, (twin.trading, shares))
        lines = self._calc("Calc_Buys", "purchases that can be paid", inputs)
        purchases = write_purchases(lines, inputs, given, answer, (twin.trading, sales))
        lines = self._calc("Calc_Blocks", "purchases in blocks, all trades, cash", inputs, "cash", "difference")
        trades = write_trades(lines, inputs, given, answer, (twin.trading, sales, purchases, same))
        return _Calculated(rounded, index, shares, sales, trades)

    def _functions(self, inputs: Inputs, twin: HandoffTwin, cells: _Calculated) -> list[Check]:
        sheet = handoff_functions.begin(self.book, f"{TITLE}: our function beside the rounding", self.notice)
        self.sheets.append(sheet)
        caps = cells.shares.caps
        roundings = (cells.rounded, twin.rounding, caps), (cells.index_rounded, twin.index_rounding, caps)
        return write_functions(sheet, self.data.given, roundings, inputs.tolerance.at(0, 0, "rc"))

    def _sheet(self, name: str, title: str, heads: Sequence[str | None]) -> Sheet:
        self.sheets.append(Sheet(self.book, name, f"{TITLE}: {title}", heads, self.notice))
        return self.sheets[-1]

    def _calc(self, name: str, title: str, inputs: Inputs, *further: str | None) -> Lines:
        """A sheet with a column per asset; ``further``: heads of the columns after them."""
        sheet = self._sheet(name, title, (*STANDARD_COLUMNS, *[None] * ASSETS, *further))
        return calc_sheet(sheet, self.data, named(inputs))


class _Calculated(NamedTuple):
    """Cells of the sheets of calculation."""

    rounded: Rounded
    index_rounded: Rounded
    shares: Shares
    sales: Sales
    trades: Trades
