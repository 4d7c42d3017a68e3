"""Lines with one column per asset, the manner of every Calc sheet of the hand-off workbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.handoff_data import ACCOUNTS, ASSETS, HandoffData
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, HEADER_ROW, Block, Sheet

CASH_COLUMN = FIRST_ASSET + ASSETS
"""Money left, or the weight of cash, stands in the column after the assets."""

GAP_COLUMN = CASH_COLUMN + 1
"""The largest difference of a line."""

UNUSED = "-"
"""Head of a column without a symbol."""

Across = Callable[[int, int], str]
"""Formula by row and column of a block."""


class Beside(NamedTuple):
    """What stands in column D of the lines: a formula by row, its values, its number format."""

    formula: Callable[[int], str]
    values: Sequence[float] | FloatArray
    number: str = "number"


class Named(NamedTuple):
    """Cells of Inputs that other sheets show as heads and labels."""

    symbols: Block
    accounts: Block


def calc_sheet(sheet: Sheet, data: HandoffData, named: Named) -> Lines:
    """An empty sheet, whose heads of assets become the symbols of Inputs."""
    source = named.symbols
    sheet.formulas(
        HEADER_ROW, FIRST_ASSET,
        lambda i, j: f'=IF({source.at(0, j, "r")}="","{UNUSED}",{source.at(0, j, "r")})',
        [[symbol or UNUSED for symbol in data.given.symbols]], ("number_header", "text"),
    )  # fmt: skip
    sheet.file.set_column(0, 0, 24)
    sheet.file.set_column(4, 4, 44)
    return Lines(sheet, data.given.accounts, named.accounts)


def value_of(block: Block) -> Block:
    """Column D of the lines of a block."""
    return block._replace(column=3, width=1)


class Lines:
    """A sheet filled from top to bottom."""

    def __init__(self, sheet: Sheet, names: Sequence[str], accounts: Block) -> None:
        self.sheet, self.names, self.accounts = sheet, names, accounts
        self.row = FIRST_ROW

    def skip(self) -> None:
        """An empty row."""
        self.row += 1

    def value(self, texts: tuple[str, str, str, str], formula: str, value: Any, number: str = "number") -> Block:
        """One line with a value in column D only."""
        block = self.sheet.line(self.row, texts, value, ("formula", number), formula)
        self.row += 1
        return block

    def across(
        self, texts: tuple[str, str, str, str], formula: Callable[[int], str], values: Any, number: str = "number",
        beside: Beside | None = None,
    ) -> Block:  # fmt: skip
        """One line over all assets."""
        self.sheet.labels(self.row, texts)
        block = self.sheet.formulas(self.row, FIRST_ASSET, lambda _, j: formula(j), [list(values)], ("formula", number))
        self._beside(block, beside)
        self.row += 1
        return block

    def counted(self, texts: tuple[str, str, str, str]) -> Block:
        """The numbers 1, 2, 3 ... over the assets."""
        self.sheet.labels(self.row, texts)
        block = self.sheet.values(self.row, FIRST_ASSET, [list(range(1, ASSETS + 1))], ("formula", "count"))
        self.row += 1
        return block

    def accounts_across(
        self, texts: tuple[str, str, str], formula: Across, values: FloatArray, number: str = "number",
        beside: Beside | None = None,
    ) -> Block:  # fmt: skip
        """One line per account; ``texts``: section, unit, note."""
        self._account_labels(texts)
        block = self.sheet.formulas(self.row, FIRST_ASSET, formula, np.asarray(values), ("formula", number))
        self._beside(block, beside)
        self.row += block.height
        return block

    def accounts_values(self, texts: tuple[str, str, str], beside: Beside) -> Block:
        """One line per account with a value in column D only."""
        self._account_labels(texts)
        block = Block(self.sheet.name, self.row, FIRST_ASSET, len(self.names), ASSETS)
        self._beside(block, beside)
        self.row += block.height
        return value_of(block)

    def cash(self, block: Block, formula: Callable[[int], str], values: Sequence[float] | FloatArray) -> Block:
        """Money in the column after the assets, beside lines that are already there."""
        column = np.asarray(values)[:, None]
        self.sheet.formulas(block.row, CASH_COLUMN, lambda i, j: formula(i), column, ("formula", "money"))
        return block._replace(width=block.width + 1)

    def against(self, native: Block, engine: FloatArray, texts: tuple[str, str, str], same: str, number: str) -> Block:
        """The engine's values and the differences below a native block; gives the largest difference of each line.

        ``same`` is the condition under which the engine was given what stands on Inputs.
        """
        section, unit, note = texts
        table = np.atleast_2d(engine)
        self._heads((f"{section}, engine", unit, "Of the inputs on Calc_Engine"), len(table))
        theirs = self.sheet.values(self.row, FIRST_ASSET, table[:, :ASSETS], ("engine", number))
        if table.shape[1] > ASSETS:
            theirs = self.sheet.values(self.row, CASH_COLUMN, table[:, ASSETS:], ("engine", "money"))
            theirs = theirs._replace(column=FIRST_ASSET, width=ASSETS + 1)
        self.row += len(table)
        self._heads((f"{section}, difference", unit, note), len(table))
        gaps = self.sheet.formulas(
            self.row, FIRST_ASSET, lambda i, j: f'=IF({same},{native.at(i, j)}-{theirs.at(i, j)},"")',
            np.zeros_like(table), ("formula", "small"),
        )  # fmt: skip
        largest = self.sheet.formulas(
            self.row, GAP_COLUMN, lambda i, j: f"=MAX({gaps.across(i)},0)-MIN({gaps.across(i)},0)",
            np.zeros((len(table), 1)), ("formula", "small"),
        )  # fmt: skip
        self.row += len(table)
        return largest

    def _heads(self, texts: tuple[str, str, str], height: int) -> None:
        if height == ACCOUNTS:
            self._account_labels(texts)
            return
        labels = ("Each asset",) if height == 1 else ("SELL", "BUY")
        for i, label in enumerate(labels):
            self.sheet.labels(self.row + i, (texts[0], label, *texts[1:]))

    def _account_labels(self, texts: tuple[str, str, str]) -> None:
        section, unit, note = texts
        for i, name in enumerate(self.names):
            self.sheet.labels(self.row + i, (section, None, unit, note))
            source = self.accounts.at(i)
            shown = [[name or f"{UNUSED}"]]
            self.sheet.formulas(
                self.row + i, 1, lambda _, __, source=source: f'=IF({source}="","{UNUSED}",{source})',  # type: ignore[misc]
                shown, ("label", "text"),
            )  # fmt: skip

    def _beside(self, block: Block, beside: Beside | None) -> None:
        if beside is not None:
            column = np.asarray(beside.values)[:, None]
            self.sheet.formulas(block.row, 3, lambda i, j: beside.formula(i), column, ("formula", beside.number))
