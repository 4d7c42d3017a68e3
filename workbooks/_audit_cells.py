"""The cells of a worksheet, read from the stream into its grid; what is wrong with a single cell is noted on the way.

Here the time of an audit goes: one call per tag and about a microsecond per cell count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workbooks._audit_facts import IS_QUOTED, IS_TEXT, SHOWS_DATE, SHOWS_NOTHING, UNLOCKED, Common, Facts
from workbooks._audit_grid import (
    BOOLEAN,
    DATE,
    ERROR,
    INPUT_EMPTY,
    INPUT_NUMBER,
    INPUT_TEXT,
    MEMBER,
    NUMBER,
    TEXT,
    encoded,
)
from workbooks._audit_texts import AS_DATE, AS_FORMULA, AS_NUMBER, PLAIN
from workbooks._ooxml import LAST_COLUMN, LAST_ROW, Box, box, position, unescaped
from workbooks._package_cells import ERROR_VALUES

MOST_CELLS = 30_000_000
"""Filled cells of a workbook; each takes 16 bytes."""

LONGEST_CONTENT = 1 << 20
"""Characters of a formula or value; Excel allows 8,192 and 32,767."""

DISGUISES = {
    AS_NUMBER: ("number_as_text", "a number stored as text, which SUM and AVERAGE skip"),
    AS_DATE: ("date_as_text", "a date stored as text"),
    AS_FORMULA: ("formula_as_text", "a formula stored as text, which is never calculated"),
}


NO_VALUE = ("no_value", "the file keeps no value for this formula: recalculate and save it")
"""Check and message of a formula without a value."""

Writers = tuple[int, Callable[[int], None], Callable[[int], None], Callable[[float], None]]
"""Number of a column, and what takes one more row, code and value."""


@dataclass(eq=False, slots=True)
class _Block:
    """The cells of an array formula or what-if table, and its #N/A that may still turn out to be deliberate."""

    box: Box
    absent: list[int] = field(default_factory=list)


class CellScan:
    """Listens to the parser within ``sheetData``."""

    def __init__(self, facts: Facts, common: Common, done: Callable[[], None]) -> None:
        """``done`` is called at the end of the cells."""
        self.facts, self._common, self._done = facts, common, done
        self.all_hidden = False
        """Whether rows are hidden that do not say otherwise."""
        self._pieces: list[str] = []
        self._names: dict[str, str] = {}
        self._writers: dict[str, Writers] = {}
        self._styles: dict[str, int] = {}
        flags = common.styles or b"\0"
        self._flags = flags
        self._number_codes = [
            INPUT_NUMBER if flag & UNLOCKED else DATE if flag & SHOWS_DATE else NUMBER for flag in flags
        ]
        self._text_codes = [INPUT_TEXT if flag & UNLOCKED else TEXT for flag in flags]
        self._hides = any(flag & SHOWS_NOTHING for flag in flags)
        self._shared: dict[str, int] = {}
        self._blocks: list[_Block] = []
        self._row = self._filled = 0
        self._row_hidden = False
        self._writer: Writers = self._column_writer(1)
        self._kind, self._style = "n", 0
        self._formula: dict[str, str] | None = None
        self._code = ""
        self._text: str | None = None
        self._hint = 0

    def attach(self, parser: Any) -> None:
        """Set the handlers of an expat parser, at the start of the cells."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        # Also white space between tags comes here; a value begins with an empty list.
        parser.CharacterDataHandler = self._pieces.append

    def check(self) -> None:
        """Refuse contents without end; called now and then.

        Raises:
            ValueError: a formula or value is far longer than Excel allows.
        """
        if sum(map(len, self._pieces)) > LONGEST_CONTENT:
            raise ValueError(f"more than {LONGEST_CONTENT:,} characters in a cell of row {self._row}")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = self._names.get(tag) or self._local(tag)
        if name == "c":
            cell = attributes.get("r")
            if cell is None:
                self._writer = self._column_writer(self._writer[0] + 1)
            else:
                letters = cell.rstrip("0123456789")
                self._writer = self._writers.get(letters) or self._named_writer(letters)
            self._kind = attributes.get("t", "n")
            style = attributes.get("s")
            self._style = 0 if style is None else self._styles.get(style) or self._known_style(style)
            self._formula = self._text = None
        elif name == "v":
            self._pieces.clear()
        elif name == "f":
            self._formula = attributes
            self._pieces.clear()
        elif name == "row":
            self._start_row(attributes)
        elif name == "t":
            self._pieces.clear()
        elif name == "is":
            self._text = ""
        elif name == "rPh":
            self._hint += 1

    def _end(self, tag: str) -> None:
        name = self._names.get(tag) or self._local(tag)
        if name == "c":
            self._end_cell()
        elif name == "v":
            self._text = self._content()
        elif name == "f":
            self._code = self._content()
        elif name == "t":
            if self._text is not None and not self._hint:
                self._text += self._content()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._hint -= 1
        elif name == "sheetData":
            self._close_blocks(LAST_ROW + 1)
            self._done()

    def _local(self, tag: str) -> str:
        name = self._names[tag] = tag.rpartition(":")[2]
        return name

    def _content(self) -> str:
        pieces = self._pieces
        if len(pieces) == 1:
            return pieces[0]
        self.check()
        return "".join(pieces)

    def _named_writer(self, letters: str) -> Writers:
        _, column = position(f"{letters}1")
        writer = self._writers[letters] = self._column_writer(column)
        return writer

    def _column_writer(self, column: int) -> Writers:
        if column > LAST_COLUMN:
            raise ValueError(f"column {column}")
        return (column, *self.facts.grid.writers(column))

    def _known_style(self, style: str) -> int:
        """Number of a style; that of a plain cell where the list of styles is shorter."""
        number = int(style)
        known = self._styles[style] = number if 0 <= number < len(self._flags) else 0
        return known

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        if not 1 <= self._row <= LAST_ROW:
            raise ValueError(f"row {self._row}")
        self._writer = (0, *self._writer[1:])
        self._filled = 0
        height = attributes.get("ht")
        hidden = attributes.get("hidden", "1" if self.all_hidden and height is None else "0")
        self._row_hidden = hidden in ("1", "true") or height == "0"
        self._close_blocks(self._row)

    def _end_row(self) -> None:
        filled = self._common.filled
        filled[0] += self._filled
        if filled[0] > MOST_CELLS:
            raise ValueError(f"more than {MOST_CELLS:,} filled cells")
        if self._row_hidden and self._filled:
            self.facts.hidden_rows.append(self._row)

    def _end_cell(self) -> None:
        text, style = self._text, self._style
        if self._formula is not None:
            code, value = self._formula_cell(text, self._flags[style])
        elif self._blocks and (block := self._block_here()) is not None:
            if text is None:
                return
            code, value = MEMBER, self._member(block, text)
        elif text and self._kind == "n":
            code, value = self._number_codes[style], float(text)
        elif text is not None and self._kind != "n":
            code, value = self._constant(text, style)
        elif self._flags[style] & UNLOCKED:
            code, value = INPUT_EMPTY, math.nan
        else:
            return
        if code != INPUT_EMPTY:
            self._filled += 1
            if self._hides and self._flags[style] & SHOWS_NOTHING:
                self._note("invisible_format", "has a value that its number format does not show")
        _, add_row, add_code, add_value = self._writer
        add_row(self._row)
        add_code(code)
        add_value(value)

    def _block_here(self) -> _Block | None:
        here = (self._row, self._writer[0])
        return next((block for block in self._blocks if here in block.box), None)

    def _member(self, block: _Block, text: str) -> float:
        """Value of a cell of a block. An #N/A before the first value is the function's word for "too early"; one behind
        the last value is the padding of a block that is larger than its result."""
        if self._kind != "e":
            if block.absent:
                message = "shows #N/A before the first value of its array formula"
                self.facts.found["deliberate_na", message].extend(block.absent)
            block.absent.clear()
        elif text == "#N/A":
            block.absent.append(encoded(self._row, self._writer[0]))
        else:
            self._note("error_cell", f"shows {text}")
        return self._result(text)

    def _close_blocks(self, row: int) -> None:
        """Let go of the blocks that end above a row."""
        for block in self._blocks:
            if block.box.bottom < row:
                self.facts.found["error_cell", "shows #N/A"].extend(block.absent)
        self._blocks = [block for block in self._blocks if block.box.bottom >= row]

    def _note(self, check: str, message: str) -> None:
        self.facts.found[check, message].append(encoded(self._row, self._writer[0]))

    def _formula_cell(self, text: str | None, flags: int) -> tuple[int, float]:
        """Code and value of a cell with a formula."""
        attributes, formula = self._formula or {}, self._code
        kind = attributes.get("t")
        if kind in ("array", "dataTable"):
            block = _Block(box(attributes["ref"]))
            self._blocks.append(block)
            if (block.box.top, block.box.left) != (block.box.bottom, block.box.right):
                self.facts.blocks.append(block.box)
            if kind == "dataTable":
                inputs = [attributes[key] for key in ("r1", "r2") if key in attributes]
                self.facts.data_tables.extend((block.box, box(cell)) for cell in inputs)
                formula = f"TABLE({','.join(inputs)})"
        number = self._number_of(formula, kind, attributes.get("si"))
        if self._kind == "str" and text in ERROR_VALUES:
            self._kind = "e"  # so written by programs that do not calculate
        if flags & UNLOCKED:
            self.facts.unlocked_formulas.append(encoded(self._row, self._writer[0]))
        # An empty value of type str is an empty text; any other stands for none, as openpyxl and XlsxWriter write it.
        if text is None or (not text and self._kind != "str"):
            self._note(*NO_VALUE)
            return number, math.nan
        if self._kind == "e" and text == "#N/A" and "NA" in self._common.formulas.traits[number].functions:
            self._note("deliberate_na", "shows #N/A, which its formula gives on purpose")
        elif kind in ("array", "dataTable"):
            return number, self._member(self._blocks[-1], text)
        elif self._kind == "e":
            self._note("error_cell", f"shows {text}")
        return number, self._result(text)

    def _number_of(self, formula: str, kind: str | None, shared: str | None) -> int:
        if kind == "shared" and shared is not None and shared in self._shared and not formula:
            return self._shared[shared]
        number = self._common.formulas.number(formula, self._row, self._writer[0], is_array=kind == "array")
        if kind == "shared" and shared is not None:
            self._shared[shared] = number
        return number

    def _result(self, text: str) -> float:
        """The number that a formula gave; NaN for anything else."""
        if self._kind == "n" and text:
            return float(text)
        return float(text in ("1", "true")) if self._kind == "b" else math.nan

    def _constant(self, text: str, style: int) -> tuple[int, float]:
        """Code and value of a cell with a text, a boolean, an error or a date in words."""
        kind = self._kind
        if kind in ("s", "str", "inlineStr"):
            number = int(text) if kind == "s" else self._common.texts.add(unescaped(text))
            disguise = self._common.texts.kinds[number]
            # A text "=..." in a cell of another format was written as text on purpose, to be read.
            if disguise == AS_NUMBER and self._flags[style] & IS_QUOTED:
                self._note("quoted_number", "digits kept as text by an apostrophe; SUM and AVERAGE skip them")
            elif disguise != PLAIN and (disguise != AS_FORMULA or self._flags[style] & IS_TEXT):
                self._note(*DISGUISES[disguise])
            return self._text_codes[style], float(number)
        if kind == "b":
            number_code = self._number_codes[style]
            return (INPUT_NUMBER if number_code == INPUT_NUMBER else BOOLEAN), float(text in ("1", "true"))
        if kind == "e":
            self._note("error_cell", f"shows {text}")
            return ERROR, math.nan
        return (INPUT_TEXT if self._flags[style] & UNLOCKED else DATE), math.nan
