"""Below the lines of sheet Inputs: the rule of step 2 as a table, its settings, and what the models' functions take."""

from __future__ import annotations

from typing import Any, NamedTuple

from workbooks.sheet import FIRST_ASSET, Block, Sheet
from workbooks.tour_inputs import MONTHS, validation
from workbooks.tour_sheet import Area

RULE = (
    ("State", "k", "Percentile from", "Percentile to", "Trend"),
    ("not enough history", 0.9, None, None, None),
    ("falling", 0.8, None, None, "down"),
    ("calm", 1.2, 0.0, 0.5, None),
    ("usual", 1.0, None, None, None),
)

SETTINGS = (("trend_window", 10.0), ("minimum_history", 24.0))

GAP = 2


class ModelInputs(NamedTuple):
    """Cells below the lines of Inputs, as arguments."""

    window: Area
    """Of market risk."""
    floor: Area
    cap: Area
    fee: Area
    cost: Area
    step: Area
    figure: Area
    half: Area
    rule: Area
    settings: Area


def write_rule(sheet: Sheet, row: int, figure: str) -> ModelInputs:
    """All of it from ``row`` on; ``figure``: as printed, of the value that ARAM_FITS compares it with."""
    count, rate = ("input", "count"), ("input", "percent4")
    lines: tuple[tuple[str, str, str, Any, tuple[str, str], str, Any], ...] = (
        ("Step 1", "Market-risk window", "months", 12.0, count, "As in the cards", (3, MONTHS)),
        ("Step 2", "Floor", "per month", 0.001, rate, "Least target", (0, 1)),
        ("Step 2", "Cap", "per month", 0.05, rate, "Greatest target", (0, 1)),
        ("Model", "Fee", "per year", 0.006, rate, "Of value", (0, 0.5)),
        ("Model", "Cost", "bp", 5.0, count, "Of each amount traded", (0, 1000)),
        ("Model", "Rounding step", "weight", 0.01, rate, "1 must be a whole number of steps", (0.000001, 1)),
        ("Audit", "Printed figure", "text", figure, ("input", "typed"), "As printed: the beta on Calc_Fund", None),
        ("Audit", "Half a unit", "ratio", 0.005, ("input", "number"), "Of the last digit of that figure", (0, 1)),
    )
    cells = []
    for section, label, unit, value, style, note, allowed in lines:
        cells.append(Area(sheet.line(row, (section, label, unit, note), value, style), [[value]]))
        sheet.file.data_validation(row, 3, row, 3, validation(allowed, style == count) if allowed else _filled())
        row += 1
    rule = _table(sheet, row + GAP, "Rule", RULE)
    settings = _table(sheet, row + GAP + len(RULE) + GAP, "Settings", SETTINGS)
    return ModelInputs(*[*cells, rule, settings])


def _table(sheet: Sheet, row: int, section: str, table: tuple[tuple[Any, ...], ...]) -> Area:
    """A table of inputs from column F on, its first row a header where it begins with State."""
    headed = int(table[0][0] == "State")
    for j, head in enumerate(table[0]):
        if headed:
            sheet.head(row, FIRST_ASSET + j, head)
    for i, line in enumerate(table[headed:], row + headed):
        sheet.labels(i, (section, str(line[0]).capitalize().replace("_", " "), "table", None))
        for j, value in enumerate(line):
            numbered = j == 1 or (headed and j in (2, 3))
            style = ("input", "level" if numbered and headed else "count" if numbered else "text")
            sheet.values(i, FIRST_ASSET + j, float("nan") if value is None else value, style)
            sheet.file.data_validation(i, FIRST_ASSET + j, i, FIRST_ASSET + j, _cell(table, headed, j))
    cells = [["" if value is None else value for value in line] for line in table]
    return Area(Block(sheet.name, row, FIRST_ASSET, len(table), len(table[0])), cells)


def _cell(table: tuple[tuple[Any, ...], ...], headed: int, column: int) -> dict[str, Any]:
    """What a cell of a table takes."""
    if column == 0:
        return _filled()
    if not headed:
        return validation((2, MONTHS), True)
    return validation(["up", "down"], False) if column == len(table[0]) - 1 else validation((0, 100), False)


def _filled() -> dict[str, Any]:
    return {"validate": "length", "criteria": ">", "value": 0, "error_title": "Text", "error_message": "A text."}
