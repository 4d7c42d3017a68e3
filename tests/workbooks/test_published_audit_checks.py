"""Every check of the workbook that audits published tables is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from workbooks.__main__ import TEMPLATES
from workbooks.libreoffice import Calc
from workbooks.published_audit import NAME

pytestmark = pytest.mark.libreoffice

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"

FIRST, LAST = 8, 40
"""Rows of the lines of Checks."""


class Spoil(NamedTuple):
    """One cell to overwrite: sheet, address, and what to write."""

    sheet: str
    cell: str
    content: Any


def under(sheet: str, head: str, row: int, nth: int = 1) -> str:
    """Address of a row in the n-th column with a head."""
    columns = [c.column for line in book()[sheet].iter_rows(max_row=40) for c in line if c.value == head]
    return f"{get_column_letter(columns[nth - 1])}{row}"


def book() -> Any:
    if "book" not in _KEPT:
        _KEPT["book"] = openpyxl.load_workbook(TEMPLATE)
    return _KEPT["book"]


_KEPT: dict[str, Any] = {}


def spoils() -> dict[str, Spoil]:
    """By label of the check."""
    return {
        "Figures with lower ends, returns": Spoil("Calc_Low", "H12", ""),
        "Figures with upper ends, returns": Spoil("Calc_High", "H12", ""),
        "Figures with lower ends, tracking errors": Spoil("Printed", "F35", "about 2"),
        "Figures with upper ends, tracking errors": Spoil("Printed", "F35", "2,5 %"),
        "Percent signs among ratios": Spoil("Printed", "O12", "9%"),
        "Figures without a name, returns": Spoil("Printed", "B12", None),
        "Figures without a name, tracking errors": Spoil("Printed", "B35", None),
        "Widths of all intervals in percent": Spoil("Calc_High", "H12", 0.2),
        "Largest error of a Newton solution": Spoil("Calc_Least", under("Calc_Least", "step 14 up", 8), 0.5),
        "Rows with mean and deviation": Spoil("Calc_Mean", under("Calc_Mean", "deviation, low", 8), ""),
        "Sums of lower ends, largest difference": Spoil("Calc_Low", "H12", 0.1155001),
        "Sums of upper ends, largest difference": Spoil("Calc_High", "H12", 0.1165001),
        "Verdicts in the summary": Spoil("Calc_Findings", "D7", "doubtful"),
        "Verdicts other than the engine's": Spoil("Calc_Beta", under("Calc_Beta", "beta fits", 8), 0),
        "Engine's verdicts": Spoil("Calc_Engine", f"D{engine_row()}", ""),
        "Ends other than the engine's, largest": Spoil("Calc_Beta", under("Calc_Beta", "beta expected, low", 8), -1),
        "Beyond the room of Outputs": Spoil("Calc_Findings", under("Calc_Findings", "contradicted", 7), 61),
    }  # fmt: skip


def engine_row() -> int:
    """First line of the engine's answers."""
    return next(c.row + 1 for c in book()["Calc_Engine"]["D"] if c.value == "Verdict")


def flags(calc: Calc) -> dict[str, float]:
    lines = calc.read("Checks", f"B{FIRST}:G{LAST}")
    return {str(line[0]): float(line[5]) for line in lines if line[0]}  # type: ignore[arg-type]


def test_every_check_is_spoiled():
    """The list names each line of the sheet, and no other."""
    labels = [row[1] for row in book()["Checks"].iter_rows(min_row=FIRST, values_only=True) if row[1]]
    assert sorted(labels) == sorted(spoils())


@pytest.mark.parametrize("label", [row[1] for row in openpyxl.load_workbook(TEMPLATE)["Checks"].iter_rows(
    min_row=FIRST, values_only=True) if row[1]])  # fmt: skip
def test_check_is_seen_to_fail(calc_session, label):
    spoil = spoils()[label]
    calc_session.open(TEMPLATE)
    assert sum(flags(calc_session).values()) == 0.0
    calc_session.set(*spoil)
    calc_session.calculate()
    failed = {name for name, flag in flags(calc_session).items() if flag}
    assert label in failed
    assert calc_session.named("chk_failures") == [[float(len(failed))]]
    assert calc_session.value("Outputs", "D3") == len(failed)
