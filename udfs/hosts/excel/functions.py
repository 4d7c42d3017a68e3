"""The module that xlwings serves to Excel on Windows: one function for each entry of the registry.

A cell's arguments arrive as lists of rows, an answer leaves as a list of rows. Error values have no form of their own
between the two processes: they leave as marked texts (`marked`), which the VBA wrappers turn into true error values.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import xlwings

from udfs import errors
from udfs.boundary import Cells, Rows
from udfs.errors import CellError
from udfs.functions import REGISTRY
from udfs.registry import CATEGORY, Function, call

MARK = "ARAM"
"""Stands before the code of an error value. A bare '#N/A' would not do: ARAM_STATUS shows such codes as texts."""

CALLING_CELL = "calling_cell"
"""The last argument of every function: the address that the VBA wrapper adds for ARAM_STATUS."""

ADDRESS_IN_VBA = "AramCallingCell()"


def marked(code: str, sentence: str = "") -> str:
    """An error value as it travels to Excel: ``ARAM#N/A``, or ``ARAM#NUM!|sentence`` for a call that failed."""
    return f"{MARK}{code}|{sentence}" if sentence else f"{MARK}{code}"


def served(function: Function) -> Callable[..., Rows]:
    """What xlwings calls for one entry of the registry."""

    def answer(*cells: Cells) -> Rows:
        _start_log()
        arguments, cell = cells[: len(function.arguments)], cells[len(function.arguments) :]
        given = call(function.name, arguments, _address(cell))
        if given.failure is not None:
            return [[marked(given.failure.code, given.failure.sentence)]]
        return [[_leaving(value) for value in row] for row in given.rows]

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter(a.name, kind, default=None if a.optional else inspect.Parameter.empty)
        for a in function.arguments
    ]
    parameters.append(inspect.Parameter(CALLING_CELL, kind, default=None))
    # xlwings reads names, defaults and help from the function itself.
    answer.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    answer.__name__ = answer.__qualname__ = function.name
    answer.__doc__ = function.help
    answer.__annotations__ = {}
    excel: Callable[..., Rows] = answer
    for argument in function.arguments:
        excel = xlwings.arg(argument.name, ndim=2, err_to_str=True, doc=argument.text)(excel)
    excel = xlwings.arg(CALLING_CELL, vba=ADDRESS_IN_VBA)(excel)
    return xlwings.func(category=CATEGORY)(excel)


def _address(cell: tuple[Any, ...]) -> str:
    return cell[0] if cell and isinstance(cell[0], str) else ""


def _leaving(value: Any) -> Any:
    return marked(value.code) if isinstance(value, CellError) else value


@functools.cache
def _start_log() -> None:
    errors.start_log()


globals().update({name: served(function) for name, function in REGISTRY.items()})
