"""Writing a workbook, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from aram_xl._files import replacing
from workbooks.sheet import Book


def has_macros(path: str | os.PathLike[str]) -> bool:
    """Whether the ending is that of a workbook with macros."""
    return Path(path).suffix.lower() == ".xlsm"


def save(
    path: str | os.PathLike[str],
    title: str,
    write: Callable[[Book], None],
    kind: type[Book] = Book,
    functions: bool = False,
) -> str:
    """Write a workbook; gives the map of its distinct formulas.

    Args:
        write: writes the sheets.
        functions: whether the file carries our functions for Excel on Windows, as macros.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(Path(path)) as temporary:
        book = kind(temporary, title)
        if functions:
            from udfs.hosts.excel.package import begin, inject  # what builds macros is not installed with the product

            begin(book.file)
        write(book)
        book.close()
        if functions:
            inject(temporary)
    return book.formula_map()
