"""Lines and look-ups that the sheets of the direct-risk-target workbook share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from workbooks.sheet import FIRST_ASSET, HEADER_ROW, Block, Sheet

TEXT, DAY, COUNT, NUMBER, PERCENT, SMALL, LEVEL = (
    ("formula", kind) for kind in ("text", "day", "count", "number", "percent4", "small", "level")
)

EMPTY = "-"
"""Head of a place that the chosen model does not use."""


class Line(NamedTuple):
    """One standard line; without a formula the value is a constant."""

    section: str
    label: str
    unit: str
    note: str
    value: Any
    style: tuple[str, str]
    formula: str = ""


class ModelLine(NamedTuple):
    """One line with a value for each model, and the chosen model's in column D."""

    section: str
    label: str
    unit: str
    note: str
    number: str
    values: Sequence[Any]
    """NaN where a model has none."""


def put_lines(sheet: Sheet, row: int, lines: Sequence[Line]) -> list[Block]:
    """Write lines below one another; gives their values."""
    return [
        sheet.line(row + i, (line.section, line.label, line.unit, line.note), line.value, line.style, line.formula)
        for i, line in enumerate(lines)
    ]


def put_model_lines(sheet: Sheet, row: int, lines: Sequence[ModelLine], kind: str, choice: tuple[Block, int]) -> Block:
    """Lines with one column per model; ``choice``: the cell with the model's number, and the number itself, from 0."""
    cell, chosen = choice

    def look_up(every: Block) -> str:
        one = f"INDEX({every.across(0)},{cell.at(0, 0, 'rc')})"
        return f'=IF({one}="","",{one})'

    for i, line in enumerate(lines):
        texts = (line.section, line.label, line.unit, line.note)
        every = sheet.values(row + i, FIRST_ASSET, [list(line.values)], (kind, line.number))
        sheet.line(row + i, texts, line.values[chosen], ("formula", line.number), look_up(every))
    return Block(sheet.name, row, FIRST_ASSET, len(lines), len(lines[0].values))


def widen(sheet: Sheet, models: int, width: int = 16) -> None:
    """Room for the names of models, long notes, and texts in the columns of the models."""
    sheet.file.set_column(0, 0, 18)
    sheet.file.set_column(4, 4, 50)
    sheet.file.set_column(FIRST_ASSET, FIRST_ASSET + max(models, 5) - 1, width)


def asset_heads(sheet: Sheet, column: int, source: tuple[Block, Block], texts: Sequence[str]) -> Block:
    """Heads that follow the chosen model: its tickers; ``source``: tickers by model, and its number."""
    tickers, number = source
    return sheet.formulas(
        HEADER_ROW, column, lambda i, j: f"=INDEX({tickers.down(j, 'r')},{number.at(0, 0, 'rc')})", [list(texts)],
        ("number_header", "text"),
    )  # fmt: skip


def worded_heads(sheet: Sheet, place: tuple[int, int], word: str, heads: Block, texts: Sequence[str]) -> None:
    """Heads of a further block with one column per asset: the tickers of ``heads`` behind a word."""
    sheet.formulas(
        *place, lambda i, j: f'="{word} "&{heads.at(0, j)}', [[f"{word} {text}" for text in texts]],
        ("number_header", "text"),
    )  # fmt: skip


def column(block: Block, j: int, width: int = 1) -> Block:
    """Some columns of a block."""
    return block._replace(column=block.column + j, width=width)


def numbers(values: Any) -> Any:
    """None as NaN, which leaves a cell empty."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
