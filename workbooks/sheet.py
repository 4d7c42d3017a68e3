"""Writing sheets: blocks of cells that hand out their own references, so that nobody types one.

Every formula is written together with its value from the engine, and recorded for the map of distinct formulas.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from workbooks.names import FAILURES
from workbooks.styles import FAILED_INK, FAILED_PAPER, KINDS, NUMBER_FORMATS

BUILT = datetime.datetime(2025, 1, 1)
"""Fixed creation time, so that the same inputs give the same file."""

STANDARD_COLUMNS = ("Section", "Label", "Unit", "Value", "Note or source")
FIRST_ASSET = len(STANDARD_COLUMNS)
COLUMNS_A_PAGE = 18
"""Printed pages of wider sheets lie side by side."""

TEXT_HEADS = ("Note or source", "Note", "State", "Window", "Month of the window")
HEADER_ROW = 4
FIRST_ROW = HEADER_ROW + 1

_REFERENCE = re.compile(r"(?<![A-Za-z0-9_.])(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7})(?![A-Za-z0-9_(.])")

_LINK = re.compile(r"=[A-Za-z_]+!\$?[A-Z]{1,3}\$?[0-9]+")
"""A formula that only shows a cell of another sheet."""


class Block(NamedTuple):
    """A rectangle of cells; ``fix`` in its references is '', 'r' (row), 'c' (column) or 'rc'."""

    sheet: str
    row: int
    column: int
    height: int
    width: int

    def at(self, i: int = 0, j: int = 0, fix: str = "") -> str:
        """Reference of one cell."""
        return f"{self.sheet}!{_cell(self.row + i, self.column + j, fix)}"

    def across(self, i: int, fix: str = "") -> str:
        """Reference of row ``i`` of the block."""
        return self._range(i, i, 0, self.width - 1, fix)

    def down(self, j: int, fix: str = "") -> str:
        """Reference of column ``j`` of the block."""
        return self._range(0, self.height - 1, j, j, fix)

    def rows(self, first: int, last: int, j: int | None = None, fix: str = "") -> str:
        """Reference of rows ``first`` to ``last``, in column ``j`` or in all columns."""
        return self._range(first, last, 0 if j is None else j, self.width - 1 if j is None else j, fix)

    def all(self, fix: str = "rc") -> str:
        """Reference of the whole block."""
        return self._range(0, self.height - 1, 0, self.width - 1, fix)

    def _range(self, top: int, bottom: int, left: int, right: int, fix: str) -> str:
        start = _cell(self.row + top, self.column + left, fix)
        end = _cell(self.row + bottom, self.column + right, fix)
        return f"{self.sheet}!{start}:{end}"


class TypedWorksheet(Worksheet):  # type: ignore[misc]
    """Says of an empty text that it is one; XlsxWriter leaves the type away, which stands for no value at all."""

    def _xml_formula_element(self, formula: str, result: Any, attributes: Any = ()) -> None:
        empty = isinstance(result, str) and not result
        super()._xml_formula_element(formula, result, [*attributes, ("t", "str")] if empty else attributes)


class Book:
    """A workbook under construction."""

    def __init__(self, path: Any, title: str) -> None:
        self.file = xlsxwriter.Workbook(str(path), {"use_future_functions": True, "nan_inf_to_errors": False})
        self.file.set_properties({"title": title, "created": BUILT, "company": "aram_xl"})
        self.file.set_calc_mode("auto")
        self.file.worksheet_class = TypedWorksheet
        self.formulas: list[tuple[str, int, int, int, int, str]] = []
        self._formats: dict[tuple[str, str], Any] = {}

    def format(self, kind: str, number: str = "text") -> Any:
        """The cell format of a kind of cell and a number format, made once."""
        key = (kind, number)
        if key not in self._formats:
            base = {"num_format": NUMBER_FORMATS[number], "font_name": "Calibri", "font_size": 10}
            if number in ("text", "day", "typed"):
                base["align"] = "left"
            if number == "typed":  # digits that are text on purpose, as if typed after an apostrophe
                base["quote_prefix"] = True
            if (kind, number) == ("formula", "text"):
                base["indent"] = 1
            self._formats[key] = self.file.add_format(base | KINDS[kind])
        return self._formats[key]

    def name(self, name: str, block: Block) -> None:
        """Define a name for a block."""
        self.file.define_name(name, "=" + (block.all() if block.height * block.width > 1 else block.at(fix="rc")))

    def close(self) -> None:
        """Write the file."""
        self.file.close()

    def formula_map(self) -> str:
        """Every distinct formula (in R1C1 notation) with the ranges it fills, one per line."""
        places: dict[tuple[str, str], list[str]] = {}
        for sheet, row, column, height, width, formula in self.formulas:
            here = _span(row, column, height, width)
            places.setdefault((sheet, _relative(formula, row, column)), []).append(here)
        lines = [f"{sheet}\t{_joined(cells)}\t{formula}" for (sheet, formula), cells in places.items()]
        return "\n".join(["sheet\tcells\tformula", *lines]) + "\n"


class Sheet:
    """One sheet, with the standard header: title, notice, failed checks, column heads."""

    def __init__(self, book: Book, name: str, title: str, heads: Sequence[str | None], notice: str) -> None:
        """``heads``: None leaves the place to a formula."""
        self.book, self.name = book, name
        self.file = book.file.add_worksheet(name)
        self._own = re.compile(rf"(?<![\w.]){re.escape(name)}!")  # not the end of another sheet's name
        self._written: set[tuple[int, int]] = set()
        self.text(0, 0, title, "title")
        self.text(1, 0, notice, "notice")
        self.text(2, 0, "Failed checks", "label")
        self._failures_column = 1 if len(heads) < 3 else 3
        for column, head in enumerate(heads):
            if head is not None:
                self.head(HEADER_ROW, column, head)
        self.file.freeze_panes(FIRST_ROW, 2)
        self.file.set_column(0, 0, 14)
        self.file.set_column(1, 1, 30)
        self.file.set_column(2, 2, 12)
        self.file.set_column(3, 3, 13)
        self.file.set_column(4, 4, 34)
        self.file.set_column(FIRST_ASSET, 60, 11)
        self.file.hide_gridlines(2)
        self.file.set_landscape()
        self.file.set_paper(9)
        self.paginate(len(heads))
        self.file.repeat_rows(0, HEADER_ROW)
        self.file.set_footer("&L&F, &A&RPage &P of &N")
        self.file.protect("", {"format_columns": True, "format_rows": True, "select_unlocked_cells": True})

    def show_failures(self, failures: int) -> None:
        """The total of failed checks in the frozen header; red above 0."""
        row, column, formula = 2, self._failures_column, f"={FAILURES}"
        left = {"align": "left"} if column == 1 else {}
        shown = self.book.file.add_format(
            {"font_name": "Calibri", "font_size": 10, "num_format": "0"} | KINDS["link"] | left
        )
        self._claim(row, column)
        self.file.write_formula(row, column, formula, shown, failures)
        self.book.formulas.append((self.name, row, column, 1, 1, formula))
        failed = self.book.file.add_format({"font_color": FAILED_INK, "bg_color": FAILED_PAPER})
        rule = {"type": "cell", "criteria": ">", "value": 0, "format": failed}
        self.file.conditional_format(row, column, row, column, rule)

    def paginate(self, columns: int) -> None:
        """Print wide sheets on several pages side by side, with section and label on each."""
        self.file.fit_to_pages(1 + columns // COLUMNS_A_PAGE, 0)
        if columns > COLUMNS_A_PAGE:
            self.file.repeat_columns(0, 1)

    def text(self, row: int, column: int, text: str, kind: str = "label") -> None:
        """Write a text."""
        self._claim(row, column)
        self.file.write_string(row, column, text, self.book.format(kind))

    def sample(self, row: int, column: int, text: str, kind: str) -> None:
        """A text that shows how a kind of cell looks, locked whatever the kind."""
        self._claim(row, column)
        shown = {"font_name": "Calibri", "font_size": 10} | KINDS[kind] | {"locked": True}
        self.file.write_string(row, column, text, self.book.file.add_format(shown))

    def second_table(self, row: int, heads: Sequence[str]) -> None:
        """Heads of a table below the lines; print-outs then repeat the title only, whose heads are not the table's."""
        for column, head in enumerate(heads):
            self.head(row, column, head)
        self.file.repeat_rows(0, HEADER_ROW - 1)

    def head(self, row: int, column: int, text: str) -> None:
        """Write a column head, above the numbers from column D on."""
        noted = column == 2 or (column > 2 and text in TEXT_HEADS)
        self.text(row, column, text, "note_header" if noted else "header" if column < 2 else "number_header")

    def values(self, row: int, column: int, values: Any, style: tuple[str, str]) -> Block:
        """Write constants; NaN leaves an empty cell of the same style."""
        table = _table(values)
        for i, line in enumerate(table):
            for j, value in enumerate(line):
                self._constant(row + i, column + j, value, self.book.format(*style))
        return Block(self.name, row, column, len(table), len(table[0]))

    def formulas(
        self, row: int, column: int, formula: Callable[[int, int], str], values: Any, style: tuple[str, str]
    ) -> Block:
        """Write one formula per cell, with its value from the engine."""
        table = _table(values)
        for i, line in enumerate(table):
            for j, value in enumerate(line):
                text = self._local(formula(i, j))
                self._claim(row + i, column + j)
                kind = "link" if style[0] == "formula" and _LINK.fullmatch(text) else style[0]
                self.file.write_formula(row + i, column + j, text, self.book.format(kind, style[1]), _cached(value))
                self.book.formulas.append((self.name, row + i, column + j, 1, 1, text))
        return Block(self.name, row, column, len(table), len(table[0]))

    def arrays(
        self, row: int, column: int, formula: Callable[[int, int], str], values: Any, style: tuple[str, str]
    ) -> Block:
        """Write one array formula per cell (each evaluates arrays and gives one number)."""
        return self._arrays(row, column, formula, _table(values), style, 1)

    def row_arrays(
        self, row: int, column: int, formula: Callable[[int], str], values: Any, style: tuple[str, str]
    ) -> Block:
        """Write one array formula per row, which fills the row of the block."""
        table = _table(values)
        return self._arrays(row, column, lambda i, _: formula(i), table, style, len(table[0]))

    def labels(self, row: int, texts: Sequence[str | None]) -> None:
        """The words of a standard line: section, label, unit, note; None leaves the place to a value."""
        for column, text, kind in zip((0, 1, 2, 4), texts, ("section", "label", "note", "note"), strict=True):
            if text is not None:
                self.text(row, column, text, kind)

    def line(
        self, row: int, texts: Sequence[str | None], value: Any, style: tuple[str, str], formula: str = ""
    ) -> Block:
        """One standard line: section, label, unit, value (constant or formula), note."""
        self.labels(row, texts)
        if not formula:
            return self.values(row, 3, value, style)
        write = self.arrays if formula.startswith("{") else self.formulas
        return write(row, 3, lambda i, j: formula.strip("{}"), value, style)

    def _arrays(
        self, row: int, column: int, formula: Callable[[int, int], str], table: Any, style: tuple[str, str], width: int
    ) -> Block:
        cell_format = self.book.format(*style)
        for i, line in enumerate(table):
            for j in range(0, len(line), width):
                text = self._local(formula(i, j))
                top, left = row + i, column + j
                for k in range(width):
                    self._claim(top, left + k)
                first = _cached(line[j])
                self.file.write_array_formula(top, left, top, left + width - 1, text, cell_format, first)
                for k in range(1, width):
                    self._cached_cell(top, left + k, line[j + k], cell_format)
                self.book.formulas.append((self.name, top, left, 1, width, "{" + text + "}"))
        return Block(self.name, row, column, len(table), len(table[0]))

    def _cached_cell(self, row: int, column: int, value: Any, cell_format: Any) -> None:
        """The value of a further cell of an array formula; the formula itself stands in the first."""
        cached = _cached(value)
        if isinstance(cached, str):
            self.file.write_string(row, column, cached, cell_format)
        else:
            self.file.write_number(row, column, cached, cell_format)

    def _claim(self, row: int, column: int) -> None:
        """Each cell is written once: blocks that overlap would silently lose formulas."""
        if (row, column) in self._written:
            raise RuntimeError(f"{self.name}!{_cell(row, column, '')}: expected to be written once, got a second block")
        self._written.add((row, column))

    def _constant(self, row: int, column: int, value: Any, cell_format: Any) -> None:
        self._claim(row, column)
        if isinstance(value, np.datetime64):
            value = value.astype("datetime64[D]").astype(object)
        if isinstance(value, datetime.date):
            self.file.write_datetime(row, column, datetime.datetime(value.year, value.month, value.day), cell_format)
        elif isinstance(value, str):
            self.file.write_string(row, column, value, cell_format)
        elif np.isnan(value):
            self.file.write_blank(row, column, None, cell_format)
        else:
            self.file.write_number(row, column, float(value), cell_format)

    def _local(self, formula: str) -> str:
        """References to this sheet need no sheet name."""
        return self._own.sub("", formula)


def excel_date(dates: Any) -> Any:
    """Serial numbers of days, as spreadsheets count them."""
    return (np.asarray(dates, dtype="datetime64[D]") - np.datetime64("1899-12-30")).astype(np.float64)


def _table(values: Any) -> list[list[Any]]:
    if isinstance(values, np.ndarray):
        return [list(line) for line in (values if values.ndim == 2 else np.atleast_2d(values))]
    if isinstance(values, list):
        return values if isinstance(values[0], list) else [values]
    return [[values]]


def _cached(value: Any) -> Any:
    """Text stays text; NaN stands for the empty text that formulas give where there is no number."""
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else float(value)


def _cell(row: int, column: int, fix: str) -> str:
    dollar_column, dollar_row = ("$" if "c" in fix else ""), ("$" if "r" in fix else "")
    return f"{dollar_column}{xl_col_to_name(column)}{dollar_row}{row + 1}"


def _span(row: int, column: int, height: int, width: int) -> str:
    start = _cell(row, column, "")
    return start if height * width == 1 else f"{start}:{_cell(row + height - 1, column + width - 1, '')}"


def _relative(formula: str, row: int, column: int) -> str:
    """A1 references as R1C1, relative to the cell, so that copies of one formula read the same."""

    def convert(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = match.groups()
        other_row, other_column = xl_cell_to_rowcol(f"{letters}{digits}")
        r = f"R{other_row + 1}" if fixed_row else f"R[{other_row - row}]"
        c = f"C{other_column + 1}" if fixed_column else f"C[{other_column - column}]"
        return r + c

    return _REFERENCE.sub(convert, formula)


def _joined(cells: list[str]) -> str:
    """Rectangles of neighbouring single cells, written as ranges."""
    spans: list[list[int]] = []
    for cell in cells:
        first, _, last = cell.partition(":")
        top, left = xl_cell_to_rowcol(first)
        bottom, right = xl_cell_to_rowcol(last or first)
        spans.append([top, left, bottom, right])
    for vertical in (False, True):
        a, b = (0, 2) if vertical else (1, 3)
        c, d = (1, 3) if vertical else (0, 2)
        merged: list[list[int]] = []
        for span in sorted(spans, key=lambda s: (s[c], s[d], s[a])):
            if merged and merged[-1][c] == span[c] and merged[-1][d] == span[d] and merged[-1][b] + 1 == span[a]:
                merged[-1][b] = span[b]
            else:
                merged.append(list(span))
        spans = merged
    ordered = sorted(spans)
    return ", ".join(_span(t, left, bottom - t + 1, right - left + 1) for t, left, bottom, right in ordered)
