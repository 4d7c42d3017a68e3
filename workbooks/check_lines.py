"""Sheet Checks: one line per check - value, target, tolerance, flag - and their total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbooks import names
from workbooks.sheet import FIRST_ROW, Block, Book, Sheet
from workbooks.styles import FAILED_INK, FAILED_PAPER

CHECK_HEADS = ("Section", "Label", "Unit", "Value", "Target", "Tolerance", "Flag", "Note")


class Check(NamedTuple):
    """One line; formulas begin with =, array formulas stand in braces, tolerances may be a reference."""

    section: str
    label: str
    unit: str
    formula: str
    value: float
    target: str | float
    tolerance: str | float
    note: str
    allowed: float = 0.0
    """Value of the tolerance."""


def write_lines(book: Book, sheet: Sheet, checks: Sequence[Check]) -> int:
    """Write the lines; their flags add up to chk_failures, given back."""
    first = FIRST_ROW + 2
    for row, check in enumerate(checks, first):
        sheet.labels(row, (check.section, check.label, check.unit, None))
        sheet.text(row, 7, check.note, "note")
        whole = check.unit in ("count", "months", "0 or 1")
        number = "count" if whole else "exact" if check.unit in ("ratio", "level") else "small"
        _put(sheet, (row, 3), check.formula, check.value, number)
        _put(sheet, (row, 4), check.target, check.value, number)
        _put(sheet, (row, 5), check.tolerance, check.allowed, "small" if 0 < check.allowed < 1 else "count")
    sheet.file.set_column(0, 0, max(14, 2 + max(len(check.section) for check in checks)))
    sheet.file.set_column(4, 4, 13)
    sheet.file.set_column(7, 7, 48)
    lines = Block(sheet.name, first, 3, len(checks), 4)
    flags = [float(isinstance(c.target, float) and abs(c.value - c.target) > c.allowed) for c in checks]
    sheet.formulas(
        first, 6,
        lambda i, j: f"=1-IFERROR(N(ABS({lines.at(i, 0)}-{lines.at(i, 1)})<={lines.at(i, 2)}),0)",
        [[flag] for flag in flags], ("formula", "count"),
    )  # fmt: skip
    texts = ("Total", "Failed checks", "count", None)
    total = sheet.line(FIRST_ROW, texts, sum(flags), ("formula", "count"), f"=SUM({lines.down(3)})")
    failed = book.file.add_format({"font_color": FAILED_INK, "bg_color": FAILED_PAPER})
    rule = {"type": "cell", "criteria": ">", "value": 0, "format": failed}
    sheet.file.conditional_format(first, 6, first + len(checks) - 1, 6, rule)
    sheet.file.conditional_format(FIRST_ROW, 3, FIRST_ROW, 3, rule)
    book.name(names.FAILURES, total)
    return int(sum(flags))


def _put(sheet: Sheet, place: tuple[int, int], content: str | float, value: float, number: str) -> None:
    """A constant, a formula, or an array formula in braces."""
    style = ("formula", number)
    if not isinstance(content, str):
        sheet.values(*place, content, style)
        return
    write = sheet.arrays if content.startswith("{") else sheet.formulas
    write(*place, lambda i, j: content.strip("{}"), value, style)
