"""The reference of all functions: `python -m udfs.reference` writes docs/functions.md."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from aram_xl.errors import InputError
from udfs.boundary import Rows
from udfs.errors import CellError
from udfs.examples import CHANGING, EXAMPLES, FAILURES, Arguments
from udfs.functions import MODULES, REGISTRY
from udfs.registry import Function, call

PAGE = Path(__file__).resolve().parents[1] / "docs" / "functions.md"

DIGITS = 6
"""Significant digits of printed numbers."""

INTRODUCTION = """\
# Functions

All functions start with `ARAM_` and stand in the category ARAM. They take cells and give cells; an answer of more than
one cell spills. Arguments in square brackets may be left out. Returns, rates, weights and volatilities are decimals
(0.01 is one percent) of one common period, unless an argument says otherwise.

A range of returns or prices may include a header row and a first column of dates. Where dates arrive as plain numbers,
as in LibreOffice Calc and in custom functions of Excel on Mac and web, the head of that column must be `Date` (or
`Dates`, `Month`, `Day`, `Period`, `Time`, or empty). Functions of prices always take the first column as dates.
Answers carry names when the input did.

A call that fails shows an error value, and `=ARAM_STATUS()` the sentence that explains it:

| error | meaning |
|---|---|
| `#VALUE!` | an argument of the wrong kind or shape; or "internal error, see log", which is a fault of aram_xl |
| `#N/A` | too little data; inside an answer: a statistic that does not exist or is not known |
| `#NUM!` | no portfolio meets the limits, or the covariance has a negative eigenvalue |

Where a function takes a `model`, that is the name of a card that comes along, or the lines of a card of your own, one
cell each: copy a card (docs/model_cards.md explains every field), change it, paste it into a column. A path is refused:
functions read no files, so that a workbook cannot open those of whoever opens it, and a remembered answer never
hides that a file has changed. The command line and Python take paths. In xlwings Lite there is no cone solver: where
the limits of a card need it, the cell shows `#VALUE!` and the sentence says so.

Numbers below are rounded to six significant digits. Dates in answers are day numbers: give those cells a date format.
"""


def page() -> str:
    """The whole page."""
    sections = [INTRODUCTION]
    for module in MODULES:
        sections.append(f"\n## {(module.__doc__ or '').strip().rstrip('.')}\n")
        sections += [section(f) for f in REGISTRY.values() if f.body.__module__ == module.__name__]
    return "".join(sections)


def section(function: Function) -> str:
    """Signature, arguments, answer, native equivalent, example and errors of one function."""
    parts = [f"\n### {function.name}\n", f"`{function.signature}`\n", f"{function.help}\n"]
    if function.arguments:
        lines = [[f"`{a.name}`", "may be left out" if a.optional else "required", a.text] for a in function.arguments]
        parts.append(_table(["argument", "", "meaning"], lines))
    parts.append(f"Gives: {function.gives}\n")
    parts.append(f"The same by native formulas: {function.native}.\n")
    parts.append(_example(function))
    parts.append(_failures(function))
    return "\n".join(part for part in parts if part)


def laid_out(arguments: Arguments) -> tuple[Rows, list[str]]:
    """A small sheet that holds the ranges side by side from A1, and each argument as a formula names it."""
    sheet: Rows = []
    names = []
    left = 0
    for argument in arguments:
        if not isinstance(argument, list):
            names.append(_literal(argument))
            continue
        height, width = len(argument), len(argument[0])
        while len(sheet) < height:
            sheet.append([])
        for i, line in enumerate(sheet):
            line += [None] * (left - len(line)) + (argument[i] if i < height else [])
        names.append(_range(left, width, height))
        left += width + 1
    return [[*line, *[None] * (left - 1 - len(line))] for line in sheet], names


def formula(name: str, arguments: Arguments) -> str:
    """The call as typed beside the sheet of `laid_out`."""
    return f"={name}({', '.join(laid_out(arguments)[1])})".replace(", ,", ",,")


def shown(value: Any) -> str:
    """A value as printed on the page."""
    if value is None:
        return ""
    if isinstance(value, CellError):
        return value.code
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.date):
        return f"{value:%Y-%m-%d}"
    return f"{value:.{DIGITS}g}" if isinstance(value, int | float) else str(value)


def write(path: Path = PAGE) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(), encoding="utf-8", newline="\n")


def _example(function: Function) -> str:
    arguments = EXAMPLES[function.name]
    sheet, _ = laid_out(arguments)
    lines = ["Example:\n"]
    if sheet:
        heads = ["", *[_letter(j) for j in range(len(sheet[0]))]]
        lines.append(_table(heads, [[i + 1, *row] for i, row in enumerate(sheet)]))
    if function.name in CHANGING:
        return "\n".join([*lines, f"`{formula(function.name, arguments)}`; the answer changes with time and place.\n"])
    answer = call(function.name, arguments)
    if answer.failure is not None:
        raise InputError(f"{function.name}: expected an example that works, got {answer.failure.sentence}")
    rows = answer.rows
    lines.append(f"`{formula(function.name, arguments)}` gives\n")
    lines.append(_table(["" for _ in rows[0]], rows))
    return "\n".join(lines)


def _failures(function: Function) -> str:
    failed = [call(function.name, arguments).failure for arguments in FAILURES[function.name]]
    if not failed:
        return "Errors: none.\n"
    lines = [f"- `{failure.code}` {failure.sentence}" for failure in failed if failure is not None]
    return "\n".join(["Errors, for instance:\n", *lines]) + "\n"


def _table(heads: list[str], rows: Rows) -> str:
    lines = [heads, ["---"] * len(heads), *[[shown(value) for value in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _literal(argument: Any) -> str:
    if argument is None:
        return ""
    return f'"{argument}"' if isinstance(argument, str) else f"{argument:g}"


def _letter(column: int) -> str:
    return chr(ord("A") + column)  # the sheets of examples are narrower than 26 columns


def _range(left: int, width: int, height: int) -> str:
    first, last = f"{_letter(left)}1", f"{_letter(left + width - 1)}{height}"
    return first if first == last else f"{first}:{last}"


if __name__ == "__main__":
    write()
