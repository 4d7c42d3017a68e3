"""Checks of one call of a function against its native twin."""

from __future__ import annotations

from typing import NamedTuple

from workbooks.check_lines import Check
from workbooks.inputs_sheets import CHECK_TOLERANCE
from workbooks.sheet import Block
from workbooks.tour_sheet import Call, Section


class Compared(NamedTuple):
    """What of a section its checks look at."""

    below: int = 0
    """Lines below the section that are compared too."""
    counted: Block | None = None
    """Cells that must hold numbers; all values where None."""
    expected: str = ""
    """How many of them, as a formula, where it is not all."""
    only_if: str = ""
    """Condition under which the twin restates the function."""


ALL = Compared()


def function_checks(spec: Call, section: Section, tolerance: str, how: Compared = ALL) -> list[Check]:
    """Two lines for one call: all numbers are there, and the largest difference is within the tolerance."""
    values = how.counted or section.values.block
    first = values.row - section.values.block.row
    rows = section.values.cells[first : first + values.height]
    numbers = float(sum(type(cell) is float for row in rows for cell in row))
    wanted = how.expected or f"=ROWS({values.down(0)})*COLUMNS({values.across(0)})"
    gaps = section.differences._replace(height=section.differences.height + how.below)
    largest = f"MAX(ABS({gaps.all('')}))" if gaps.height * gaps.width > 1 else f"ABS({gaps.at()})"
    factor = f"*({how.only_if})" if how.only_if else ""
    return [
        Check(spec.function, "Numbers", "count", f"=COUNT({values.all('')})", numbers, wanted, 0.0, "COUNT equals n"),
        Check(spec.function, "Largest difference", "any", f"{{={largest}{factor}}}", 0.0, 0.0, f"={tolerance}",
              f"On {values.sheet}", CHECK_TOLERANCE),
    ]  # fmt: skip
