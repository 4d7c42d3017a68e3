"""Reading formulas token by token; each formula is read once for all its copies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbooks._audit_formulas import (
    BOTTOM,
    ENDS,
    LEFT,
    RIGHT,
    TOP,
    NamedCells,
    Reference,
    TableCells,
    Traits,
    column_number,
    relative,
)
from workbooks._audit_functions import is_known
from workbooks._ooxml import LAST_COLUMN, LAST_ROW
from workbooks._package_formulas import VOLATILE

SAFE_CONSTANTS = {0.0, 1.0}

SELECTORS = {
    "ROUND": {1}, "ROUNDUP": {1}, "ROUNDDOWN": {1}, "TRUNC": {1}, "FIXED": {1},
    "SUBTOTAL": {0}, "AGGREGATE": {0, 1}, "WEEKDAY": {1}, "WEEKNUM": {1}, "YEARFRAC": {2},
    "XLOOKUP": {4, 5}, "XMATCH": {2, 3}, "T.TEST": {2, 3}, "TTEST": {2, 3}, "QUARTILE": {1},
    "QUARTILE.INC": {1}, "QUARTILE.EXC": {1}, "BASE": {1}, "LEFT": {1}, "RIGHT": {1}, "MID": {1, 2},
    "REPLACE": {1, 2}, "FIND": {2}, "SEARCH": {2}, "SUBSTITUTE": {3}, "CHAR": {0}, "UNICHAR": {0},
}  # fmt: skip
"""Arguments, counted from 0, whose numbers choose a variant or count letters: no figures of a model."""

TESTS_FOR_EMPTY = {"ISBLANK", "COUNT", "COUNTA", "COUNTBLANK", "LEN", "N", "T", "ISNUMBER", "ISTEXT"}
TOTALS = {"SUM", "AVERAGE", "MIN", "MAX", "PRODUCT", "COUNT", "COUNTA", "SUBTOTAL", "MEDIAN"}
NEARBY = {"VLOOKUP": 4, "HLOOKUP": 4, "MATCH": 3}
"""Functions that look for the nearest value when they have fewer arguments than this."""

PLACES = {"ROW", "ROWS", "COLUMN", "COLUMNS", "AREAS", "SHEET", "SHEETS", "FORMULATEXT", "ISFORMULA", "ISREF"}
"""Functions that ask where an argument lies, how large it is or what is written there, never for its value."""

PLACE_WORDS = {'"address"', '"row"', '"col"', '"filename"'}
"""First arguments with which CELL does the same."""

PREFIXES = ("_XLFN.", "_XLWS.", "_XLUDF.")

_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_WORD = r"[^\W\d][\w.]*"

TOKEN = re.compile(
    rf"""
    (?P<text>"(?:[^"]|"")*")
  | (?P<error>\#(?:REF!|N/A|DIV/0!|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!|GETTING_DATA
        |BLOCKED!|BUSY!|CONNECT!|EXTERNAL!|FIELD!|PYTHON!|TIMEOUT!|UNKNOWN!))
  | (?P<sheet>(?:'(?:[^']|'')+'|(?:\[[^][]*\])?{_WORD}(?::{_WORD})?|\[[^][]+\])!)
  | (?P<area>{_CELL}(?::{_CELL})?{ENDS})
  | (?P<columns>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}{ENDS})
  | (?P<rows>\$?[0-9]{{1,7}}:\$?[0-9]{{1,7}}(?![\w.]))
  | (?P<function>{_WORD}\()
  | (?P<name>(?:[^\W\d]|\\)[\w.?\\]*)
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<space>\s+)
  | (?P<mark><>|.)
    """,
    re.VERBOSE | re.DOTALL,
)

_ARGUMENT_ENDS = re.compile(r"\s*[,;)]")
_CORNER = re.compile(r"(\$?)([A-Za-z]*)(\$?)([0-9]*)")


class Formulas:
    """All formulas of a workbook, each once for all its copies."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.traits: list[Traits] = []

    def number(self, formula: str, row: int, column: int, *, is_array: bool = False) -> int:
        """The number of a formula, given without the leading ``=``; copies have the same."""
        key = relative(formula, row, column)
        if is_array:
            key = f"{{{key}}}"
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.traits)
            self.traits.append(taken_apart(formula, row, column))
        return found


def taken_apart(formula: str, row: int, column: int) -> Traits:
    """Read one formula, given without the leading ``=``, as it stands in a cell."""
    return _Reader(formula, row, column).traits


@dataclass(slots=True)
class _Level:
    """An open bracket: the function before it, and how far its arguments are read."""

    function: str
    argument: int = 0
    tokens: int = 0
    """Tokens of the current argument."""
    only: Reference | None = None
    """The reference that was read last in the current argument."""
    places: bool = False
    """Whether the function asks for places only."""


class _Reader:
    """One pass over the tokens of a formula."""

    def __init__(self, formula: str, row: int, column: int) -> None:
        self._references: list[Reference] = []
        self._totalled: list[Reference] = []
        self._names: list[NamedCells] = []
        self._tables: list[TableCells] = []
        self._constants: list[str] = []
        self._volatile: list[str] = []
        self._nearby: list[str] = []
        self._depth = 0
        self._external = self._broken = self._tests_empty = False
        self._formula, self._row, self._column = formula, row, column
        self._levels = [_Level("")]
        self._functions: set[str] = set()
        self._unknown: dict[str, None] = {}
        self._prefix: str | None = None
        self._last = ""
        self._at = 0
        steps = {
            "text": self._read_text, "error": self._read_error, "sheet": self._read_sheet,
            "area": self._read_area, "columns": self._read_whole, "rows": self._read_whole,
            "function": self._read_function, "name": self._read_name, "number": self._read_number,
            "mark": self._read_mark,
        }  # fmt: skip
        while self._at < len(formula):
            found = TOKEN.match(formula, self._at)
            if found is None:  # cannot be: the last alternative takes any character
                break
            self._at = found.end()
            kind, text = found.lastgroup or "", found[0]
            if kind != "space":
                steps[kind](text)
                self._last = text
        self.traits = Traits(
            tuple(self._references),
            tuple(self._totalled),
            tuple(self._names),
            tuple(self._tables),
            tuple(self._constants),
            tuple(self._volatile),
            tuple(self._nearby),
            frozenset(self._functions),
            tuple(self._unknown),
            self._depth,
            len(formula),
            self._external,
            self._broken,
            self._tests_empty or not self._functions.isdisjoint(TESTS_FOR_EMPTY),
        )

    def _count(self) -> _Level:
        self._levels[-1].tokens += 1
        return self._levels[-1]

    def _placed(self) -> bool:
        """Whether what was just read is all of an argument of which only the place is asked for."""
        level = self._levels[-1]
        alone = level.places and level.tokens == 1
        return alone and _ARGUMENT_ENDS.match(self._formula, self._at) is not None

    def _read_text(self, text: str) -> None:
        level = self._count()
        level.places |= level.function == "CELL" and text.lower() in PLACE_WORDS
        if text == '""' and self._last in ("=", "<>"):
            self._tests_empty = True

    def _read_error(self, text: str) -> None:
        self._count()
        self._broken |= text == "#REF!"
        self._prefix = None

    def _read_sheet(self, text: str) -> None:
        name = text[:-1]
        if name.startswith("'"):
            name = name[1:-1].replace("''", "'")
        self._prefix = name.lower()
        self._external |= "[" in name

    def _sheets(self) -> tuple[bool, tuple[str, str] | None]:
        """Whether the prefix that was read leads to this workbook, and its sheets."""
        prefix, self._prefix = self._prefix, None
        if prefix is None:
            return True, None
        first, _, last = prefix.partition(":")
        return "[" not in prefix, (first, last or first)

    def _read_area(self, text: str) -> None:
        first, _, last = text.partition(":")
        corners = [_CORNER.fullmatch(corner) for corner in (first, last or first)]
        (a, b) = (corner.groups() if corner else ("", "", "", "") for corner in corners)
        if any(int(c[3]) > LAST_ROW or column_number(c[1]) > LAST_COLUMN for c in (a, b)):
            self._read_name(text)
            return
        self._refer((a[2], int(a[3])), (a[0], column_number(a[1])), (b[2], int(b[3])), (b[0], column_number(b[1])))

    def _read_whole(self, text: str) -> None:
        """``A:C`` or ``2:5``: the other direction is fixed, from end to end."""
        first, _, last = text.partition(":")
        fixed = tuple("$" if side.startswith("$") else "" for side in (first, last))
        first, last = first.strip("$"), last.strip("$")
        if first.isdigit():
            rows = ((fixed[0], int(first)), ("$", 1), (fixed[1], int(last)), ("$", LAST_COLUMN))
            self._refer(*rows, whole=True)
        else:
            left, right = column_number(first), column_number(last)
            self._refer(("$", 1), (fixed[0], left), ("$", LAST_ROW), (fixed[1], right), whole=True)

    def _refer(
        self,
        top: tuple[str, int],
        left: tuple[str, int],
        bottom: tuple[str, int],
        right: tuple[str, int],
        whole: bool = False,
    ) -> None:
        """Note a reference; each side is a dollar sign or nothing, and a number."""
        level = self._count()
        here, sheets = self._sheets()
        if not here:
            return
        moving = sum(flag for flag, side in ((TOP, top), (LEFT, left), (BOTTOM, bottom), (RIGHT, right)) if not side[0])
        level.only = Reference(
            sheets,
            top[1] - (0 if top[0] else self._row),
            left[1] - (0 if left[0] else self._column),
            bottom[1] - (0 if bottom[0] else self._row),
            right[1] - (0 if right[0] else self._column),
            moving,
            whole,
            self._placed(),
        )
        self._references.append(level.only)

    def _read_function(self, text: str) -> None:
        self._count()
        elsewhere, self._prefix = self._prefix is not None, None
        function = text[:-1].upper()
        if not elsewhere and not is_known(function):
            self._unknown[function] = None
        while function.startswith(PREFIXES):
            function = function.partition(".")[2]
        self._functions.add(function)
        if function in VOLATILE:
            self._volatile.append(function)
        self._levels.append(_Level(function, places=function in PLACES))
        self._depth = max(self._depth, sum(level.function == "IF" for level in self._levels))

    def _read_name(self, text: str) -> None:
        self._count()
        if self._formula[self._at : self._at + 1] == "[":
            self._at += 1
            self._read_table(text)
            return
        here, sheets = self._sheets()
        if here and text.upper() not in ("TRUE", "FALSE") and not text.lower().startswith("_xl"):
            self._names.append(NamedCells(sheets[0] if sheets else None, text.lower(), self._placed()))

    def _read_table(self, table: str) -> None:
        """Read on behind ``Table[`` to the bracket that closes it."""
        start, depth = self._at, 1
        while self._at < len(self._formula) and depth:
            letter = self._formula[self._at]
            self._at += 1 + (letter == "'")
            depth += (letter == "[") - (letter == "]")
        here, _ = self._sheets()
        if here:
            self._tables.append(TableCells(table.lower(), self._formula[start : self._at - 1], self._placed()))

    def _read_number(self, text: str) -> None:
        level = self._count()
        value = float(text)
        chosen = level.argument in SELECTORS.get(level.function, ())
        squared = self._last == "^" and value == 2.0
        if value not in SAFE_CONSTANTS and not chosen and not squared:
            self._constants.append(text)

    def _read_mark(self, text: str) -> None:
        if text == "(":
            self._count()
            self._levels.append(_Level(""))
        elif text == "[":
            self._count()
            self._read_table("")
        elif text in (",", ";"):
            self._end_argument()
            level = self._levels[-1]
            level.argument, level.tokens, level.only = level.argument + 1, 0, None
        elif text == ")":
            self._end_argument()
            if len(self._levels) > 1:
                self._end_function(self._levels.pop())
        else:
            self._count()

    def _end_argument(self) -> None:
        level = self._levels[-1]
        if level.function in TOTALS and level.tokens == 1 and level.only is not None:
            self._totalled.append(level.only)

    def _end_function(self, level: _Level) -> None:
        arguments = level.argument + bool(level.argument or level.tokens)
        if arguments < NEARBY.get(level.function, 0):
            self._nearby.append(level.function)
