"""Sheets of function results: a call, its native twin, their difference, side by side.

The answer of a function stands from column F on (its labels in column E), the twin in native formulas beside it, and
the differences at the right; each kind begins in the same column on the whole sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from aram_xl.types import BoolArray
from udfs.boundary import ERROR_TEXTS, Rows
from udfs.errors import CellError
from udfs.functions import REGISTRY
from udfs.registry import call
from workbooks.sheet import FIRST_ASSET, STANDARD_COLUMNS, Block, Book, Sheet, TypedWorksheet
from workbooks.styles import KINDS

Formula = Callable[[int, int], str | None]
"""The native formula at a row and column of a twin; in braces an array formula; None: no twin."""

LABELS = FIRST_ASSET - 1
"""Column of the labels that a function gives."""

WORDS: dict[str, dict[str, Any]] = {
    "head": {"align": "right", "bold": True},
    "name": {"align": "left", "indent": 1},
}
"""How heads and labels of an answer look."""


class Area(NamedTuple):
    """Cells and what they hold, as a host hands it to a function."""

    block: Block
    cells: Rows
    formula: str = ""
    """What stands in the argument in place of a reference."""

    @property
    def reference(self) -> str:
        """Of one cell or of the whole block, fixed."""
        return self._shown("rc")

    @property
    def plain(self) -> str:
        """The same, to be copied along with the formula."""
        return self._shown("")

    def _shown(self, fix: str) -> str:
        single = self.block.height * self.block.width == 1
        return self.formula or (self.block.at(fix=fix) if single else self.block.all(fix))

    def part(self, top: int, left: int, width: int | None = None) -> Area:
        """The cells from row ``top`` and column ``left`` on."""
        columns = self.block.width - left if width is None else width
        place = Block(
            self.block.sheet, self.block.row + top, self.block.column + left, self.block.height - top, columns
        )
        return Area(place, [row[left : left + columns] for row in self.cells[top:]])


class Twin(NamedTuple):
    """Native formulas beside a function's values."""

    heads: tuple[str, ...]
    formula: Formula
    value: Callable[[int, int], Any]
    """What the formula gives, from the engine."""
    styles: tuple[str, ...] = ()
    """Number format of each column; that of the function where empty."""


class Line(NamedTuple):
    """A line of one number below a block, compared by ``difference`` where there is something to compare."""

    label: str
    unit: str
    formula: str
    value: float
    number: str
    difference: str = ""


class Mask(NamedTuple):
    """Which cells of a block show the answer; the others are empty texts, whatever the size of the answer."""

    condition: str
    """Cell by cell, as a formula."""
    shown: BoolArray
    """(n_rows, n_columns) what the condition gives."""


class Call(NamedTuple):
    """One call of a function as a section of a sheet."""

    function: str
    arguments: tuple[Area | None, ...]
    labels: Sequence[str]
    """Of the rows of numbers."""
    units: Sequence[str]
    numbers: Sequence[str]
    """Number format of each row."""
    dated: bool = False
    """Whether the labels in column E are dates."""
    columns: Sequence[str] = ()
    """Number format of each column, where it is that and not the row which decides."""
    mask: Mask | None = None
    """Of a block with room for other answers than that of the moment."""


class Section(NamedTuple):
    """Where a call stands."""

    answer: Area
    values: Area
    """The answer without heads and labels."""
    twin: Block
    differences: Block
    order: Block
    """Numbers 1, 2, 3 ... of the rows, in column D."""


class WorksheetWithErrors(TypedWorksheet):
    """Errors as values of array formulas and of the cells of their blocks; XlsxWriter has them for formulas only."""

    _error = False
    """Whether the cell being written holds an error."""

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        self._error = str(getattr(cell, "value", "")) in ERROR_TEXTS
        super()._write_cell(row, col, cell)

    def _xml_start_tag(self, tag: str, attributes: Any = ()) -> None:
        if tag == "c" and self._error:
            attributes = [(name, "e" if name == "t" else value) for name, value in attributes]
        super()._xml_start_tag(tag, attributes)

    def _xml_formula_element(self, formula: str, result: Any, attributes: Any = ()) -> None:
        if formula != result:
            super()._xml_formula_element(formula, result, attributes)
            return
        self._xml_start_tag("c", attributes)
        self._xml_data_element("v", result)
        self._xml_end_tag("c")


class FunctionBook(Book):
    """A workbook that may hold errors inside blocks of functions."""

    def __init__(self, path: Any, title: str) -> None:
        super().__init__(path, title)
        self.file.worksheet_class = WorksheetWithErrors


class FunctionSheet(Sheet):
    """A sheet of calls; ``widths``: columns kept for answers, for twins and for differences."""

    def __init__(self, book: Book, name: str, title: str, notice: str, widths: tuple[int, int, int]) -> None:
        self.twins_at = FIRST_ASSET + widths[0] + 1
        self.differences_at = self.twins_at + widths[1] + 1
        heads = [*STANDARD_COLUMNS, "function", *[""] * (self.differences_at + widths[2] - FIRST_ASSET - 1)]
        heads[2], heads[4] = "Unit", "Label by function"
        heads[self.twins_at] = "native"
        heads[self.differences_at] = "difference"
        self._words: dict[str, Any] = {}
        super().__init__(book, name, title, heads, notice)
        self.file.set_column(0, 0, 27)
        self.file.set_column(LABELS, LABELS, 28)

    def paginate(self, columns: int) -> None:
        """An answer and its twin belong on one page."""
        self.file.fit_to_pages(1, 0)

    def call(self, row: int, column: int, spec: Call, style: Any) -> Area:
        """Write a call as one array formula over all cells of its answer; ``style``: number format by row and column.

        Raises:
            RuntimeError: the call fails.
        """
        rows = self._rows(spec)
        height, width = len(rows), len(rows[0])
        text = self._local(_formula(spec))
        formats = [[self._engine(style(i, j, rows[i][j])) for j in range(width)] for i in range(height)]
        self.file.write_array_formula(
            row, column, row + height - 1, column + width - 1, text, formats[0][0], _kept(rows[0][0])
        )
        for i, line in enumerate(rows):
            for j, value in enumerate(line):
                self._claim(row + i, column + j)
                if i or j:
                    self._member(row + i, column + j, _kept(value), formats[i][j])
        self.book.formulas.append((self.name, row, column, height, width, "{" + text + "}"))
        return Area(Block(self.name, row, column, height, width), rows)

    def section(
        self, row: int, spec: Call, twin: Callable[[Area, Block], Twin] | None,
        difference: Callable[[Block, Block], Formula] | None = None,
    ) -> Section:  # fmt: skip
        """Write a call with its twin; ``twin`` is told the values and the numbers of the rows.

        ``difference`` is told where values and twin stand; without it, each value is compared with the twin at its
        place.
        """
        self.text(row, 0, spec.function, "section")
        self.text(row, 1, self._local(_formula(spec)))
        self.text(row + 1, 1, f"Native: {REGISTRY[spec.function].native}", "note")
        rows, top = len(spec.labels), row + 3
        answer, values = self._answer(top, spec)
        for i, (label, unit) in enumerate(zip(spec.labels, spec.units, strict=True)):
            self.labels(top + i, (spec.function, label, unit, None))
        order = self.values(top, 3, [[float(i + 1)] for i in range(rows)], ("formula", "count"))
        if twin is None:
            nothing = Block(self.name, top, self.twins_at, rows, 1)
            return Section(answer, values, nothing, nothing, order)
        native = twin(values, order)
        place = Block(self.name, top, self.twins_at, rows, len(native.heads))
        for j, head in enumerate(native.heads):
            self.head(top - 1, self.twins_at + j, head)
        for i in range(rows):
            for j in range(place.width):
                number = native.styles[j] if native.styles else spec.numbers[i]
                self.write(place, (i, j), native.formula(i, j), native.value(i, j), number)

        def gap(i: int, j: int) -> str | None:
            return None if native.formula(i, j) is None else f"={values.block.at(i, j)}-{place.at(i, j)}"

        compared = gap if difference is None else difference(values.block, place)
        used = [j for j in range(place.width) if any(compared(i, j) is not None for i in range(rows))]
        gaps = Block(self.name, top, self.differences_at, rows, len(used))
        for k, j in enumerate(used):
            self.head(top - 1, self.differences_at + k, "difference")
            for i in range(rows):
                self.write(gaps, (i, k), compared(i, j), 0.0, "small")
        return Section(answer, values, place, gaps, order)

    def below(self, section: Section, function: str, lines: Sequence[Line]) -> list[Block]:
        """Lines of one number below a section."""
        placed = []
        row = section.order.row + section.order.height
        for i, line in enumerate(lines):
            self.labels(row + i, (function, line.label, line.unit, None))
            place = Block(self.name, row + i, 3, 1, 1)
            self.write(place, (0, 0), line.formula, line.value, line.number)
            if line.difference:
                at = Block(self.name, row + i, self.differences_at, 1, 1)
                self.write(at, (0, 0), line.difference, 0.0, "small")
            placed.append(place)
        return placed

    def write(self, block: Block, at: tuple[int, int], formula: str | None, value: Any, number: str) -> None:
        """One formula of a block, an array formula where it stands in braces, nothing for None."""
        if formula is None:
            return
        text = formula.strip("{}")
        put = self.arrays if formula.startswith("{") else self.formulas
        put(block.row + at[0], block.column + at[1], lambda i, j: text, value, ("formula", number))

    def _rows(self, spec: Call) -> Rows:
        """What the cells of a call show."""
        answer = call(spec.function, tuple(None if area is None else area.cells for area in spec.arguments))
        if answer.failure is not None:
            raise RuntimeError(f"{self.name}: {spec.function}: expected an answer, got: {answer.failure.sentence}")
        rows = answer.rows
        if spec.mask is None:
            return rows
        return [[rows[i][j] if seen else "" for j, seen in enumerate(line)] for i, line in enumerate(spec.mask.shown)]

    def _answer(self, top: int, spec: Call) -> tuple[Area, Area]:
        """Write the answer so that its numbers begin in column F, row ``top``, and a head of ours where it has none."""
        rows = self._rows(spec)
        headed = len(rows) - len(spec.labels)
        labelled = int(spec.dated or (spec.mask is None and len(rows[0]) > 1 and isinstance(rows[-1][0], str)))

        def style(i: int, j: int, value: Any) -> str:
            if spec.dated and j == 0 and i >= headed:
                return "date"
            if i < headed - 1:  # a sentence above the heads
                return "name"
            if i < headed and (spec.dated or j >= labelled):
                return "head"
            if j < labelled:
                return "name"
            if isinstance(value, str) and spec.mask is None:
                return "text"
            return spec.columns[j - labelled] if spec.columns else spec.numbers[i - headed]

        answer = self.call(top - headed, FIRST_ASSET - labelled, spec, style)
        if not headed:
            self.head(top - 1, FIRST_ASSET, "function")
        return answer, answer.part(headed, labelled)

    def _engine(self, number: str) -> Any:
        """Format of a cell of an answer; of its heads and labels too."""
        if number not in WORDS:
            return self.book.format("engine", number)
        if number not in self._words:
            shown = {"font_name": "Calibri", "font_size": 10} | KINDS["engine"] | WORDS[number]
            self._words[number] = self.book.file.add_format(shown)
        return self._words[number]

    def _member(self, row: int, column: int, value: Any, shape: Any) -> None:
        """The value of a further cell of an array formula."""
        if isinstance(value, bool):
            self.file.write_boolean(row, column, value, shape)
        elif isinstance(value, str) and value.startswith("#"):
            self.file.write_formula(row, column, f"={value}", shape, value)
        elif isinstance(value, str):
            self.file.write_string(row, column, value, shape)
        else:
            self.file.write_number(row, column, value, shape)


def _formula(spec: Call) -> str:
    text = f"{spec.function}({','.join('' if area is None else area.plain for area in spec.arguments)})"
    return f"={text}" if spec.mask is None else f'=IF({spec.mask.condition},{text},"")'


def _kept(value: Any) -> Any:
    """What the file keeps of a value of an answer."""
    if isinstance(value, CellError):
        return value.code
    return value if isinstance(value, bool | str) else float(value)
