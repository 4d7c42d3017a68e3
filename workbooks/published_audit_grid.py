"""Tables of sheets, written column by column: formulas, values and heads together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from workbooks.published_audit_cells import ERROR, Given, Part, Span, cell
from workbooks.sheet import FIRST_ASSET, Book, Sheet

LONGEST = 90

NARROWEST, WIDEST = 14, 64
"""Width of a column of texts."""

HEADS = 42
"""Height of a row of heads: three lines."""


class Grid(Sheet):
    """A sheet whose columns widen to what is written."""

    def __init__(self, book: Book, name: str, title: str, heads: Sequence[str | None], notice: str) -> None:
        super().__init__(book, name, title, heads, notice)
        self._widths: dict[int, int] = {}

    def single(self, row: int, column: int, part: Part, style: tuple[str, str]) -> Part:
        """One cell with a formula."""
        block = self.formulas(row, column, lambda i, j: f"={part.text(0)}", [[part.value(0)]], style)
        return cell(block, [part.value(0)])

    def widen(self, column: int, letters: int) -> None:
        """Room for a text."""
        wanted = min(max(letters + 2, NARROWEST), WIDEST)
        if wanted > self._widths.get(column, NARROWEST):
            self._widths[column] = wanted
            self.file.set_column(column, column, wanted)


class Table:
    """Lines of a sheet, written column by column behind the standard ones."""

    def __init__(self, sheet: Grid, first: int, labels: tuple[Given, Given, str, str], lines: int) -> None:
        """``labels``: section, label, unit and note of every line."""
        self.sheet, self.first, self.lines = sheet, first, lines
        self.next = FIRST_ASSET
        sheet.file.set_row(first - 1, HEADS)
        for column, given in enumerate(labels[:2]):
            if isinstance(given, Part):
                self._write(column, given, ("label", "text"))
            else:
                self._texts(column, str(given), "label")
        self._texts(2, labels[2], "note")
        self._texts(4, labels[3], "note")

    def _texts(self, column: int, text: str, kind: str) -> None:
        self.sheet.widen(column, len(text))
        for i in range(self.lines):
            self.sheet.text(self.first + i, column, text, kind)

    def _write(self, column: int, part: Part, style: tuple[str, str]) -> Part:
        formulas = [f"={part.text(i)}" for i in range(self.lines)]
        shown = [part.value(i) for i in range(self.lines)]
        for formula, value in zip(formulas, shown, strict=True):
            local = formula.replace(f"{self.sheet.name}!", "")
            if len(local) > LONGEST or value is ERROR:
                raise RuntimeError(f"{self.sheet.name}, column {column}: {local} of {len(local)} letters, {value}")
        values = [[float(v) if isinstance(v, bool) else v] for v in shown]
        if style[1] == "text":
            self.sheet.widen(column, max(len(str(line[0])) for line in values))
        block = self.sheet.formulas(self.first, column, lambda i, _: formulas[i], values, style)
        return cell(block, [line[0] for line in values])

    def put(self, head: str, part: Part, number_format: str = "number", kind: str = "") -> Part:
        """The next column; texts stand to the right unless ``kind`` says otherwise."""
        if kind:
            self.sheet.text(self.first - 1, self.next, head, "header")
        else:
            self.sheet.head(self.first - 1, self.next, head)
        kind = kind or ("figure" if number_format == "text" else "formula")
        written = self._write(self.next, part, (kind, number_format))
        self.next += 1
        return written

    def label(self, column: int, part: Part, kind: str = "label") -> Part:
        """A column of words."""
        return self._write(column, part, (kind, "text"))

    def value(self, part: Part, number_format: str = "number", kind: str = "formula") -> Part:
        """Column D."""
        return self._write(3, part, (kind, number_format))

    def constants(self, head: str, values: Sequence[Any], style: tuple[str, str]) -> Part:
        """The next column, of values of the engine or of counters."""
        self.sheet.head(self.first - 1, self.next, head)
        block = self.sheet.values(self.first, self.next, [[value] for value in values], style)
        self.next += 1
        return cell(block, ["" if isinstance(v, float) and math.isnan(v) else v for v in values])

    def span(self, head: str, one: Span, number_format: str = "number") -> Span:
        """Two columns, the lower end and the upper."""
        return Span(
            self.put(f"{head}, low", one.low, number_format), self.put(f"{head}, high", one.high, number_format)
        )
