"""Cells of files that other programs read: plain numbers, safe texts, and a second look at what was written.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return for a formula, and a
comma or a quotation mark ends a cell for a reader that knows no quotation. A symbol of that kind is refused: changed,
it would be another security. A free text gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aram_xl._files import replacing
from aram_xl.errors import InputError, OutputError

if TYPE_CHECKING:
    from aram_xl.table_files import FilePath

Rows = list[list[str]]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""The wide forms count as well where a spreadsheet runs in Japanese or Chinese."""

_UNFIT = re.compile(r'[,;"\x00-\x1f\x7f]|^[\s\']|\s$')

_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
"""A number without sign, exponent or separator of thousands."""


def symbol_cell(symbol: str) -> str:
    """A symbol as it is.

    Raises:
        InputError: a spreadsheet or a reader of commas could take it for something else.
    """
    if not symbol or symbol.startswith(FORMULA) or _UNFIT.search(symbol):
        raise InputError(
            f"symbol: expected a ticker that no program takes for a formula or for two cells, got {symbol!r}; "
            "it is not changed, because it would name another security"
        )
    return symbol


def text_cell(text: str) -> str:
    """A text on one line, with an apostrophe in front where it could be taken for a formula."""
    line = " ".join(text.split()) if re.search(r"[\x00-\x1f\x7f]", text) else text
    return f"'{line}" if text.startswith(FORMULA) or line.lstrip().startswith(FORMULA) else line


def number_cell(value: Decimal | int) -> str:
    """Digits and at most one point: no exponent, no separator, no zeros at the end."""
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_in(cell: str) -> Decimal:
    """The number in a cell that was read back.

    Raises:
        OutputError: it is none, or written in another way.
    """
    try:
        if not _PLAIN.fullmatch(cell):
            raise InvalidOperation
        return Decimal(cell)
    except InvalidOperation as error:
        raise OutputError(f"read back: expected a plain number, got {cell!r}") from error


def read_cells(path: FilePath) -> Rows:
    """All rows of a comma-separated file."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def write_checked(path: FilePath, rows: Rows, meaning: Callable[[Rows], Any], expected: Any) -> None:
    """Write a comma-separated file whole, read it back, and keep it only if it says what was meant.

    UTF-8 without a mark, lines end in a line feed on every system.

    Args:
        path: the file; it is replaced only after the check.
        rows: cells of text.
        meaning: what the rows of the file say, worked out from the cells that were read back.
        expected: what they must say.

    Raises:
        OutputError: the file cannot be written, or reads back differently; ``path`` is as it was.
    """
    with replacing(path) as temporary:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        found = read_cells(temporary)
        if found != rows:
            raise OutputError(f"read back differently in {_difference(found, rows)}")
        if (said := meaning(found)) != expected:
            raise OutputError(f"read back as {said!r}, expected {expected!r}")


def _difference(found: Sequence[Any], rows: Sequence[Any]) -> str:
    for number, (one, other) in enumerate(zip(found, rows, strict=False), start=1):
        if one != other:
            return f"row {number}"
    return f"the number of rows, {len(found)} for {len(rows)}"
