"""Tables below one another on Calc_Evidence, their figures beside the engine's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.drt_cells import NUMBER, PERCENT, SMALL
from workbooks.sheet import HEADER_ROW, Block, Sheet

WORDS = {
    "rank": "rank correlation", "rank_se": "its se", "level": "realised/forecast", "qlike": "QLIKE window",
    "qlike_naive": "QLIKE naive", "gain": "gain", "gain_se": "se of gain", "ratio": "realised/ex-ante", "gap": "gap",
    "gap_se": "se of gap", "widening": "widening", "widening_se": "se of widening", "alpha": "alpha a year",
    "se": "se of alpha", "beta": "beta",
}  # fmt: skip
"""Heads of the figures, by column of the engine's tables."""

FORMATS = {"alpha": PERCENT, "se": PERCENT}


class Compared(NamedTuple):
    """A table of figures: native, the engine's, the difference; one column per figure."""

    labels: Block
    counts: Block
    native: Block
    engine: Block
    differences: Block


class Writer:
    """Tables below one another; ``row`` is the next free one."""

    def __init__(self, sheet: Sheet, months_a_year: str) -> None:
        self.sheet, self.months = sheet, months_a_year
        self.row = HEADER_ROW

    def begin(self, heads: Sequence[str]) -> int:
        """Heads of a table; gives the row of its first line."""
        row = self.row
        self.sheet.second_table(row, heads)
        return row + 1

    def end(self, last: int) -> None:
        """One line is left free below a table."""
        self.row = last + 2

    def labels(self, row: int, section: str, label: str | None, unit: str, note: str | None = None) -> None:
        self.sheet.labels(row, (section, label, unit, note))

    def compared(
        self, row: int, left: int, keys: Sequence[str], formula: Callable[[int, str], str], values: FloatArray
    ) -> tuple[Block, Block, Block]:
        """Figures of one table, a column per key: native from ``left`` on, then the engine's, then differences."""
        count = len(keys)
        parts: list[list[Block]] = [[], [], []]
        for j, key in enumerate(keys):
            kind, column = FORMATS.get(key, NUMBER), values[:, j : j + 1]
            text = formula(0, key)
            write = self.sheet.arrays if text.startswith("{") else self.sheet.formulas
            native = write(row, left + j, lambda i, _, key=key: formula(i, key).strip("{}"), column, kind)  # type: ignore[misc]
            engine = self.sheet.values(row, left + count + j, column, ("engine", kind[1]))
            gap = self.sheet.formulas(
                row, left + 2 * count + j, lambda i, _, a=native, b=engine: f"={a.at(i)}-{b.at(i)}",  # type: ignore[misc]
                np.zeros_like(column), SMALL,
            )  # fmt: skip
            for part, block in zip(parts, (native, engine, gap), strict=True):
                part.append(block)
        native, engine, gap = (part[0]._replace(width=count) for part in parts)
        return native, engine, gap


def compared_heads(keys: Sequence[str]) -> tuple[str, ...]:
    """Heads of `Writer.compared`."""
    words = [WORDS[key] for key in keys]
    return (*words, *(f"engine {word}" for word in words), *("difference" for _ in words))
