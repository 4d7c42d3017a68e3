"""Sheet Calc_Functions of the hand-off workbook with macros: our function beside the native rounding."""

from __future__ import annotations

import numpy as np

from aram_xl.types import FloatArray
from workbooks.check_lines import Check
from workbooks.handoff_data import ASSETS, Given
from workbooks.handoff_round import Rounded
from workbooks.handoff_twin import Rounding
from workbooks.sheet import FIRST_ROW, Block, Book
from workbooks.tour_checks import function_checks
from workbooks.tour_sheet import Area, Call, FunctionSheet, Twin

NAME = "Calc_Functions"

GAP = 2
"""Rows between sections."""


def begin(book: Book, title: str, notice: str) -> FunctionSheet:
    """The empty sheet."""
    return FunctionSheet(book, NAME, title, notice, (1, 1, 1))


def write_functions(
    sheet: FunctionSheet, given: Given, roundings: tuple[tuple[Rounded, Rounding, Block], ...], tolerance: str
) -> list[Check]:
    """ARAM_ROUND_WEIGHTS beside each rounding: its cells, their numbers, the caps; gives the checks."""
    labels = [f"Asset {j + 1}" for j in range(ASSETS)]
    row, checks = FIRST_ROW, []
    for rounded, twin, caps in roundings:
        limits = np.where(np.isnan(given.caps), 1.0, given.caps)
        arguments = (
            _row(rounded.exact_weights, twin.exact_weights), Area(rounded.step, [[given.step]]), _row(caps, limits),
            Area(rounded.share, [[twin.share]]),
        )  # fmt: skip
        spec = Call("ARAM_ROUND_WEIGHTS", arguments, labels, ["weight"] * ASSETS, ["percent4"] * ASSETS)
        native = rounded.weights.across(0, "rc")

        def beside(values: Area, order: Block, native: str = native) -> Twin:
            return Twin(("native",), lambda i, j: f"=INDEX({native},{order.at(i)})", lambda i, j: values.cells[i][j])

        section = sheet.section(row, spec, beside)
        checks += [
            check._replace(label=f"{check.label}, {rounded.weights.sheet}")
            for check in function_checks(spec, section, tolerance)
        ]
        row = section.order.row + section.order.height + GAP
    return checks


def _row(block: Block, values: FloatArray) -> Area:
    return Area(block, [values.tolist()])
