"""The cells of a written workbook as its user reads them: formulas and the rules they keep, lines, colours, locks."""

from __future__ import annotations

import functools
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
from openpyxl.formula import Tokenizer
from openpyxl.worksheet.formula import ArrayFormula

from workbooks import names


@functools.cache
def loaded(path: Path, *, values: bool = False) -> Any:
    """A workbook that no test changes, read once: its formulas, or the values that the file keeps of them."""
    return openpyxl.load_workbook(path, data_only=values)


# ---- formulas ------------------------------------------------------------------------------------------------


class Formula(NamedTuple):
    """A formula of the file, without the prefix that files put before newer functions."""

    sheet: str
    cell: Any
    text: str
    span: str
    """The range that an array formula fills; else its cell."""

    def where(self) -> tuple[str, str, str]:
        return self.sheet, self.span, self.text


def text_of(cell: Any) -> Any:
    """What stands in a cell; of an array formula its text."""
    return cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value


@functools.lru_cache(maxsize=1)  # the tests of one file ask for the formulas of one book
def formulas(book: Any) -> tuple[Formula, ...]:
    """Every formula, sheet by sheet; a text that begins as one is told too and must keep the same rules."""
    found = []
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                text = text_of(cell)
                if isinstance(text, str) and text.startswith("="):
                    span = cell.value.ref if isinstance(cell.value, ArrayFormula) else cell.coordinate
                    found.append(Formula(sheet.title, cell, text.replace("_xlfn.", ""), span))
    return tuple(found)


@functools.lru_cache(maxsize=1)  # the three rules below are asked of one formula in turn
def _tokens(text: str) -> tuple[Any, ...]:
    return tuple(Tokenizer(text).items)


def functions_in(formula: Formula) -> list[str]:
    """Names in the order of their calls; ``:INDEX`` is one that ends a range."""
    return [
        token.value.rstrip("(") for token in _tokens(formula.text) if token.type == "FUNC" and token.subtype == "OPEN"
    ]


def literals_in(formula: Formula) -> list[str]:
    """Numbers typed into the formula, but 0 and 1."""
    numbers = [token.value for token in _tokens(formula.text) if (token.type, token.subtype) == ("OPERAND", "NUMBER")]
    return [number for number in numbers if number not in ("0", "1")]


def ranges_in(formula: Formula) -> list[str]:
    """Cells, ranges and names that it refers to."""
    return [token.value for token in _tokens(formula.text) if (token.type, token.subtype) == ("OPERAND", "RANGE")]


def has_if_within_if(formula: Formula) -> bool:
    stack: list[str] = []
    for token in _tokens(formula.text):
        if token.type == "FUNC" and token.subtype == "OPEN":
            if token.value == "IF(" and "IF(" in stack:
                return True
            stack.append(token.value)
        elif token.type == "FUNC":
            stack.pop()
    return False


def assert_plain(formula: Formula, functions: Collection[str], longest: int = 90) -> None:
    """Short, with known functions only, no numbers but 0 and 1, and no IF within an IF."""
    assert len(formula.text) <= longest, (len(formula.text), formula.where())
    assert [name for name in functions_in(formula) if name not in functions] == [], formula.where()
    assert literals_in(formula) == [], formula.where()
    assert not has_if_within_if(formula), formula.where()


# ---- lines, colours, locks -----------------------------------------------------------------------------------


def label_rows(book: Any) -> dict[tuple[str, str], int]:
    """Sheet and label (column B) -> row; the first of equal labels."""
    found: dict[tuple[str, str], int] = {}
    for sheet in book:
        for number, (label,) in enumerate(sheet.iter_rows(min_col=2, max_col=2, values_only=True), 1):
            if isinstance(label, str):
                found.setdefault((sheet.title, label), number)
    return found


def assert_lines_have_words(book: Any) -> None:
    """A section, a label and a unit stand before every number and formula. About is prose."""
    for sheet in (sheet for sheet in book if sheet.title != "About"):
        for number, row in enumerate(sheet.iter_rows(min_row=6, values_only=True), 6):
            if any(value is not None and (not isinstance(value, str) or value.startswith("=")) for value in row[3:]):
                assert all(row[:3]), (sheet.title, number, row[:5])


def header_cell(sheet: Any) -> str:
    """Where a sheet shows the number of failed checks: in D3, or in B3 where the columns say other things."""
    found = [place for place in ("B3", "D3") if sheet[place].value == f"={names.FAILURES}"]
    assert len(found) == 1, (sheet.title, found)
    return found[0]


def rgb(colour: Any) -> str:
    return "" if colour is None or not isinstance(colour.rgb, str) else "#" + colour.rgb[2:]


def validated(sheet: Any) -> set[tuple[int, int]]:
    """Row and column of each cell with a rule for what may be typed."""
    return {cell for rule in sheet.data_validations.dataValidation for area in rule.sqref for cell in area.cells}


def unlocked(sheet: Any) -> set[tuple[int, int]]:
    """Row and column of each cell that a user may overwrite."""
    return {(cell.row, cell.column) for row in sheet.iter_rows() for cell in row if not cell.protection.locked}


def hidden(sheet: Any) -> list[Any]:
    """Rows and columns that are not shown."""
    return [one for one in (*sheet.column_dimensions.values(), *sheet.row_dimensions.values()) if one.hidden]
