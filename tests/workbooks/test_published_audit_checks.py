"""Every check of the workbook that audits published tables is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.utils import get_column_letter

from tests.workbooks.book_cells import loaded
from tests.workbooks.spoiling import Overwrite, assert_can_fail, rows_by_label
from workbooks.__main__ import TEMPLATES
from workbooks.published_audit import NAME

pytestmark = [pytest.mark.libreoffice, pytest.mark.usefixtures("untouched")]

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"


def under(sheet: str, head: str, row: int, nth: int = 1) -> str:
    """Address of a row in the n-th column with a head."""
    columns = [c.column for line in book()[sheet].iter_rows(max_row=40) for c in line if c.value == head]
    return f"{get_column_letter(columns[nth - 1])}{row}"


def book() -> Any:
    return loaded(TEMPLATE)


def spoils() -> dict[str, Overwrite]:
    """By label of the check."""
    return {
        "Figures with lower ends, returns": Overwrite("Calc_Low", "H12", ""),
        "Figures with upper ends, returns": Overwrite("Calc_High", "H12", ""),
        "Figures with lower ends, tracking errors": Overwrite("Printed", "F35", "about 2"),
        "Figures with upper ends, tracking errors": Overwrite("Printed", "F35", "2,5 %"),
        "Percent signs among ratios": Overwrite("Printed", "O12", "9%"),
        "Figures without a name, returns": Overwrite("Printed", "B12", None),
        "Figures without a name, tracking errors": Overwrite("Printed", "B35", None),
        "Widths of all intervals in percent": Overwrite("Calc_High", "H12", 0.2),
        "Largest error of a Newton solution": Overwrite("Calc_Least", under("Calc_Least", "step 14 up", 8), 0.5),
        "Rows with mean and deviation": Overwrite("Calc_Mean", under("Calc_Mean", "deviation, low", 8), ""),
        "Sums of lower ends, largest difference": Overwrite("Calc_Low", "H12", 0.1155001),
        "Sums of upper ends, largest difference": Overwrite("Calc_High", "H12", 0.1165001),
        "Verdicts in the summary": Overwrite("Calc_Findings", "D7", "doubtful"),
        "Verdicts other than the engine's": Overwrite("Calc_Beta", under("Calc_Beta", "beta fits", 8), 0),
        "Engine's verdicts": Overwrite("Calc_Engine", f"D{engine_row()}", ""),
        "Ends other than the engine's, largest":
            Overwrite("Calc_Beta", under("Calc_Beta", "beta expected, low", 8), -1),
        "Beyond the room of Outputs": Overwrite("Calc_Findings", under("Calc_Findings", "contradicted", 7), 61),
    }  # fmt: skip


def engine_row() -> int:
    """First line of the engine's answers."""
    return next(c.row + 1 for c in book()["Calc_Engine"]["D"] if c.value == "Verdict")


def test_every_check_is_spoiled():
    """The list names each line of the sheet, and no other."""
    assert sorted(rows_by_label(book())) == sorted(spoils())


@pytest.mark.parametrize("label", rows_by_label(book()))
def test_check_is_seen_to_fail(calc, label):
    assert_can_fail(calc, book(), rows_by_label(book())[label], spoils()[label])
