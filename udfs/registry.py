"""One registry of spreadsheet functions for every host.

A function is written once, in three lines: read cells, call the engine, write cells. ``excel_function`` registers it
with the texts that users read. Hosts ask `call`, which remembers answers by content and turns exceptions into error
values.
"""

from __future__ import annotations

import hashlib
import inspect
import marshal
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aram_xl.errors import InputError
from udfs.boundary import Cells, Rows
from udfs.errors import Failure, record

CATEGORY = "ARAM"

REMEMBERED = 2048
"""Answers kept; the least recently used one goes first."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as the function wizard shows it."""

    name: str
    text: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Function:
    """One registered function."""

    name: str
    body: Callable[..., Rows]
    arguments: tuple[Argument, ...]
    help: str
    gives: str
    """Shape and content of the answer, in words."""
    native: str
    """The same by native formulas, in words or as a formula."""
    remembered: bool
    scalar: bool = False
    """Whether the answer is always one cell; a host may then declare it so."""

    @property
    def signature(self) -> str:
        """``ARAM_COV(returns, [method], [half_life])``"""
        names = ", ".join(f"[{a.name}]" if a.optional else a.name for a in self.arguments)
        return f"{self.name}({names})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a cell gets: rows of values, or one failure."""

    rows: Rows
    failure: Failure | None = None


REGISTRY: dict[str, Function] = {}

_memo: OrderedDict[bytes, Rows] = OrderedDict()


def excel_function(
    *, gives: str, native: str, remembered: bool = True, scalar: bool = False, **texts: str
) -> Callable[[Callable[..., Rows]], Callable[..., Rows]]:
    """Register a function under its own name; ``texts`` explain its arguments, all of them.

    Raises:
        TypeError: an argument without a text, or a text without an argument.
    """

    def decorate(body: Callable[..., Rows]) -> Callable[..., Rows]:
        parameters = inspect.signature(body).parameters
        if list(parameters) != list(texts):
            raise TypeError(f"{body.__name__}: expected texts for {list(parameters)}, got {list(texts)}")
        arguments = tuple(
            Argument(name, texts[name], parameter.default is not parameter.empty)
            for name, parameter in parameters.items()
        )
        help_text = " ".join((inspect.getdoc(body) or "").split())
        REGISTRY[body.__name__] = Function(body.__name__, body, arguments, help_text, gives, native, remembered, scalar)
        return body

    return decorate


def call(name: str, cells: tuple[Cells, ...], cell: str = "") -> Answer:
    """Evaluate a registered function; never raises for anything that cells can hold.

    Args:
        name: a registered name.
        cells: the arguments as the host hands them over; those at the end may be left out, None stands for others.
        cell: address of the calling cell, for ARAM_STATUS.
    """
    function = REGISTRY[name]
    try:
        missing = len(function.arguments) - len(cells)
        if missing < 0:
            raise InputError(f"{name}: expected at most {len(function.arguments)} arguments, got {len(cells)}")
        cells = (*cells, *(None,) * missing)
        if not function.remembered:
            return Answer(function.body(*cells))
        key = _content(name, cells)
        rows = _memo.get(key)
        if rows is None:
            rows = function.body(*cells)
            _memo[key] = rows
            if len(_memo) > REMEMBERED:
                _memo.popitem(last=False)
        else:
            _memo.move_to_end(key)
        return Answer(rows)
    except Exception as error:  # the last line of defence: a cell shows an error value, never a traceback
        return Answer([[]], record(error, name, cell))


def arrange(modules: Sequence[str]) -> None:
    """Put the registry in the order of these modules, whichever of them was imported first.

    What hosts are built from the registry comes out the same each time.
    """
    order = {name: place for place, name in enumerate(modules)}
    ordered = sorted(REGISTRY.items(), key=lambda item: order.get(item[1].body.__module__, len(order)))
    REGISTRY.clear()
    REGISTRY.update(ordered)


def forget() -> None:
    """Drop all remembered answers."""
    _memo.clear()


def _content(name: str, cells: tuple[Cells, ...]) -> bytes:
    """A hash over the content of all arguments; equal content, equal hash."""
    if any(isinstance(argument, np.ndarray) for argument in cells):  # marshal would forget their shape
        cells = tuple(_plain(argument) for argument in cells)
    try:
        content = marshal.dumps((name, cells), 2)  # version 2 knows no references: equal values give equal bytes
    except ValueError:  # dates
        content = marshal.dumps((name, [_plain(argument) for argument in cells]), 2)
    return hashlib.blake2b(content, digest_size=16).digest()


def _plain(argument: Cells) -> Any:
    if isinstance(argument, list | tuple):
        return [_plain(item) for item in argument]
    if isinstance(argument, np.ndarray) and argument.dtype.hasobject:
        return _plain(argument.tolist())
    if isinstance(argument, np.ndarray):
        return argument.shape, argument.dtype.str, argument.tobytes()
    return argument if isinstance(argument, int | float | str | None) else (type(argument).__name__, repr(argument))
