"""Every check of the hand-off workbook is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.workbooks import handoff_model
from tests.workbooks.handoff_model import book, row_of
from tests.workbooks.spoiling import Overwrite, assert_can_fail, assert_flags_add_up, check_rows

pytestmark = [pytest.mark.libreoffice, pytest.mark.usefixtures("untouched")]

TEMPLATE = handoff_model.TEMPLATE


class Spoil(NamedTuple):
    """One cell to overwrite: sheet, section and label (or place) of its row, column, what to write."""

    sheet: str
    section: str
    label: str | int
    column: str
    content: Any

    def place(self) -> Overwrite:
        cell = f"{self.column}{row_of(self.sheet, self.section, self.label)}"
        return Overwrite(self.sheet, cell, self.content)


def roundings(section: str, sheet: str) -> dict[tuple[str, str], Spoil]:
    """The same checks of both roundings."""
    return {
        (section, "Whole steps in the total"): Spoil("Inputs", "Rounding", "Step", "D", 0.03),
        (section, "Total of the rounded weights"): Spoil(sheet, "Rounded", "Rounded weight", "I", 0.5),
        (section, "Steps given out"): Spoil(sheet, "Rounded", "Steps", "I", 1.0),
        (section, "Weights a step or more off"): Spoil(sheet, "Rounded", "Steps", "I", 7100.0),
        (section, "Rounded weights above their caps"): Spoil(sheet, "Rounded", "Steps", "I", 10_001.0),
        (section, "Zero weights that are not zero"): Spoil(sheet, "Rounded", "Steps", "F", 1.0),
        (section, "Multiples of the step"): Spoil(sheet, "Rounded", "Rounded weight", "I", 0.71835),
        (section, "Largest difference to the engine"): Spoil(sheet, "Rounded weight, engine", 0, "I", 0.5),
    }


SPOILS = {
    ("Inputs", "Weights present"): Spoil("Inputs", "Model", "Weight", "I", "n/a"),
    ("Inputs", "Weights without a symbol"): Spoil("Inputs", "Model", "Symbol", "H", None),
    ("Inputs", "Total of the weights"): Spoil("Inputs", "Model", "Weight", "I", 0.5),
    ("Inputs", "Weights below 0"): Spoil("Inputs", "Model", "Weight", "F", -0.01),
    ("Inputs", "Weights above their caps"): Spoil("Inputs", "Model", "Cap", "I", 0.5),
    ("Inputs", "Caps that are no numbers"): Spoil("Inputs", "Model", "Cap", "M", "none"),
    ("Inputs", "Symbols that no file can hold"): Spoil("Inputs", "Model", "Symbol", "G", "@IEF"),
    ("Inputs", "Symbols that stand twice"): Spoil("Inputs", "Model", "Symbol", "G", "SHY"),
    ("Inputs", "Words that no file can hold"): Spoil("Inputs", "iRebal", "Name of column 2", "D", "Target, percent"),
    ("Accounts", "Values above 0"): Spoil("Inputs", "Accounts", "Value of account 2", "D", 0.0),
    ("Accounts", "Values without an account"): Spoil("Inputs", "Accounts", "Account 2", "D", None),
    ("Accounts", "Names that stand twice"): Spoil("Inputs", "Accounts", "Account 2", "D", "Example account A"),
    ("Accounts", "Positions that are no numbers"): Spoil("Inputs", "Accounts", "Positions of account 1", "I", "all"),
    ("Accounts", "Positions below 0"): Spoil("Inputs", "Accounts", "Positions of account 1", "I", -5.0),
    ("Accounts", "Positions without a symbol"): Spoil("Inputs", "Accounts", "Positions of account 1", "M", 3.0),
    ("Accounts", "Positions above the value"): Spoil("Inputs", "Accounts", "Value of account 1", "D", 1000.0),
    ("Accounts", "Prices missing for targets"): Spoil("Inputs", "Model", "Price a share", "I", None),
    ("Accounts", "Prices missing for positions"): Spoil("Inputs", "Model", "Price a share", "L", None),
    ("Accounts", "Prices that are no numbers"): Spoil("Inputs", "Model", "Price a share", "M", "none"),
    **roundings("Rounding", "Calc_Round"),
    **roundings("Index", "Calc_Index"),
    ("Shares", "Parts of a share"): Spoil("Calc_Shares", "Target shares", 0, "I", 1586.5),
    ("Shares", "A share or more off the target"): Spoil("Calc_Shares", "Target shares", 0, "I", 1600.0),
    ("Shares", "Shares above their caps"): Spoil("Calc_Shares", "Target shares", 0, "I", 99_999.0),
    ("Shares", "Least money left"): Spoil("Calc_Shares", "Target shares", 1, "P", -1.0),
    ("Shares", "Largest difference to the engine"): Spoil("Calc_Shares", "Target shares, engine", 2, "I", 1.0),
    ("Trades", "Parts of a share"): Spoil("Calc_Blocks", "Trades", 0, "I", 0.5),
    ("Trades", "Sold more than held"): Spoil("Calc_Blocks", "Trades", 0, "F", -1.0),
    ("Trades", "Within the band, but traded"): Spoil("Calc_Blocks", "Trades", 0, "H", 5.0),
    ("Trades", "Below the minimum, but traded"): Spoil("Calc_Blocks", "Trades", 3, "I", 1.0),
    ("Trades", "Sold more than ordered"): Spoil("Calc_Sales", "Sold", 0, "J", 60.0),
    ("Trades", "Bought more than ordered"): Spoil("Calc_Blocks", "Bought", 0, "I", 150.0),
    ("Trades", "Against what was wanted"): Spoil("Calc_Blocks", "Trades", 0, "I", -1.0),
    ("Trades", "Least money left"): Spoil("Calc_Blocks", "Trades", 0, "P", -1.0),
    ("Trades", "Value after the trades"): Spoil("Calc_Blocks", "Trades", 0, "P", 99.0),
    ("Blocks", "Bought less sold"): Spoil("Calc_Blocks", "Blocks", "BUY", "I", 1.0),
    ("Blocks", "Sales that are not the block"): Spoil("Calc_Blocks", "Blocks", "SELL", "F", 1.0),
    ("Blocks", "Purchases that are not the block"): Spoil("Calc_Blocks", "Blocks", "BUY", "I", 1.0),
    ("Blocks", "Broken lots"): Spoil("Calc_Blocks", "Blocks", "BUY", "I", 0.5),
    ("Trades", "Largest difference to the engine"): Spoil("Calc_Blocks", "Trades, engine", 1, "I", 1.0),
    ("Blocks", "Largest difference to the engine"): Spoil("Calc_Blocks", "Blocks, engine", "BUY", "I", 1.0),
    ("Files", "iRebal: columns of symbols"): Spoil("Inputs", "iRebal", "Column holds 1", "D", "model"),
    ("Files", "iRebal: columns of targets"): Spoil("Inputs", "iRebal", "Column holds 3", "D", "target_decimal"),
    ("Files", "iRebal: total read back"): Spoil("Outputs", "iRebal", "Line 2", "G", "1.0"),
    ("Files", "iRebal: lines"): Spoil("Outputs", "iRebal", "Line 2", "E", None),
    ("Files", "Percent: total read back"): Spoil("Outputs", "IBKR percent", "Line 4", "O", "1.0"),
    ("Files", "Percent: lines"): Spoil("Outputs", "IBKR percent", "Line 4", "E", None),
    ("Files", "Index One: total read back"): Spoil("Outputs", "Index One", "Line 2", "G", "1.0"),
    ("Files", "Index One: lines"): Spoil("Outputs", "Index One", "Line 2", "E", None),
    ("Files", "Basket: lines"): Spoil("Outputs", "IBKR basket", "Line 2", "E", None),
    ("Files", "Basket: shares sold, read back"): Spoil("Outputs", "IBKR basket", "Line 1", "G", "1"),
    ("Files", "Basket: shares bought, read back"): Spoil("Outputs", "IBKR basket", "Line 8", "G", "1"),
    ("Files", "Basket: sales below purchases"): Spoil("Outputs", "IBKR basket", "Line 1", "F", "BUY"),
    ("Files", "iRebal: like a formula"): Spoil("Outputs", "iRebal", "Line 1", "F", "-TLT"),
    ("Files", "Basket: like a formula"): Spoil("Inputs", "IBKR", "Currency", "D", "+USD"),
    ("Files", "Percent: like a formula"): Spoil("Inputs", "IBKR", "Exchange, percent file", "D", "＝SMART"),
    ("Files", "Index One: like a formula"): Spoil("Outputs", "Index One", "Line 1", "F", "@TLT"),
    ("Files", "iRebal: heading like a formula"): Spoil("Calc_Files", "iRebal", "Heading", "F", "@Symbol"),
    ("Files", "iRebal: broken lines"): Spoil("Outputs", "iRebal", "Line 1", "E", "TLT,1,08"),
    ("Files", "Basket: broken lines"): Spoil("Inputs", "IBKR", "Exchange", "D", "SMART,ARCA"),
    ("Files", "Percent: broken lines"): Spoil("Inputs", "IBKR", "Exchange, percent file", "D", "SMART,ARCA"),
    ("Files", "Index One: broken lines"): Spoil("Outputs", "Index One", "Line 1", "E", "TLT,0,011"),
}
"""By section and label of the check. Each is one cell that the check watches, an input where an input can spoil it."""


def test_every_check_has_a_spoil():
    assert sorted(check_rows(book())) == sorted(SPOILS)


def test_flags_add_up_to_the_total():
    assert_flags_add_up(book())


@pytest.mark.parametrize("key", SPOILS, ids=": ".join)
def test_check_can_fail(calc, key):
    assert_can_fail(calc, book(), check_rows(book())[key], SPOILS[key].place())
