"""Checks of a workbook seen to fail: one cell is spoiled, what the open book then tells is read, the cell put back."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

from openpyxl.worksheet.formula import ArrayFormula

from tests.workbooks.book_cells import header_cell
from workbooks.libreoffice import Calc

FIRST = 8
"""Row of the first check."""


class Overwrite(NamedTuple):
    """One cell, and what to write into it."""

    sheet: str
    cell: str
    content: Any


class Spoil(NamedTuple):
    """A cell by label of its row (or its number) and head of its column (or its letters), and what to write."""

    sheet: str
    row: str | int
    column: str
    content: Any

    def place(self, row_of: Callable[[str, str | int], int], column_of: Callable[[str, str], str]) -> Overwrite:
        cell = f"{column_of(self.sheet, self.column)}{row_of(self.sheet, self.row)}"
        return Overwrite(self.sheet, cell, self.content)


class Told(NamedTuple):
    """What the book tells while a cell is spoiled, and the failed checks left after it was put back."""

    flags: dict[int, Any]
    """Row of the check -> its flag."""
    failures: Any
    shown: set[Any]
    """The number of failed checks in the headers of all sheets."""
    restored: Any

    def failed(self, rows: dict[Any, int]) -> set[Any]:
        """Those of the named checks whose flags turned."""
        return {key for key, row in rows.items() if self.flags[row] == 1.0}


def check_rows(book: Any) -> dict[tuple[str, str], int]:
    """Section and label of each check -> its row."""
    lines = [row for row in book["Checks"].iter_rows(min_row=FIRST, max_col=2) if row[1].value]
    rows = {(section.value, label.value): label.row for section, label in lines}
    assert len(rows) == len(lines), "two checks with one section and label"
    return rows


def rows_by_label(book: Any) -> dict[str, int]:
    """The same of a book in which labels alone tell the checks apart."""
    rows = {label: row for (_, label), row in check_rows(book).items()}
    assert len(rows) == len(check_rows(book)), "two checks with one label"
    return rows


def original(book: Any, place: Overwrite) -> Any:
    """What stands in the cell, as it can be typed again."""
    value = book[place.sheet][place.cell].value
    assert not isinstance(value, ArrayFormula), place
    if isinstance(value, datetime.datetime):
        return value.date()
    return value.replace("_xlfn.", "") if isinstance(value, str) else value


def spoil(calc: Calc, book: Any, place: Overwrite, *, hard: bool = True) -> Told:
    """Overwrite one cell of the open book, read its checks, and put the cell back."""
    before = original(book, place)
    assert before != place.content, place
    calc.set(*place)
    calc.calculate(hard=hard)
    last = max(check_rows(book).values())
    flags = dict(enumerate((row[0] for row in calc.read("Checks", f"G{FIRST}:G{last}")), FIRST))
    failures = calc.named("chk_failures")[0][0]
    shown = {calc.value(sheet.title, header_cell(sheet)) for sheet in book}
    calc.set(place.sheet, place.cell, before)
    calc.calculate(hard=hard)
    return Told(flags, failures, shown, calc.named("chk_failures")[0][0])


def assert_can_fail(calc: Calc, book: Any, row: int, place: Overwrite, *, hard: bool = True) -> None:
    """Its own flag turns, the total counts it and the header of every sheet shows the total; restored, all is 0."""
    told = spoil(calc, book, place, hard=hard)
    assert told.flags[row] == 1.0, place
    assert told.failures == sum(told.flags.values()) >= 1.0, place
    assert told.shown == {told.failures}, place
    assert told.restored == 0.0, place


def assert_flags_add_up(book: Any) -> None:
    """`chk_failures` is the sum over all lines, none left out."""
    rows = check_rows(book).values()
    sheet = book["Checks"]
    assert sheet["D6"].value == f"=SUM(G{min(rows)}:G{max(rows)})"
    for row in rows:
        assert sheet[f"G{row}"].value == f"=1-IFERROR(N(ABS(D{row}-E{row})<=F{row}),0)"
