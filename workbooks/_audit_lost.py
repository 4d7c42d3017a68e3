"""What formulas name and the workbook does not have: sheets, tables, names and functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbooks._audit_book import Book
from workbooks._audit_formulas import Traits
from workbooks._audit_reading import Resolver

Fault = tuple[str, str]
"""Check and message."""

WITH_PARAMETERS = ("LET", "LAMBDA")
"""Functions in which a formula makes names of its own."""


class Lost:
    """Asks a workbook for what its formulas name."""

    def __init__(self, book: Book, resolver: Resolver) -> None:
        self._book, self._resolver = book, resolver
        self._sheets = {tab.name.lower() for tab in book.tabs}
        # Macros may define functions; their code is not read.
        self._macros = book.macros or any("acrosheet" in tab.kind for tab in book.tabs)

    def references(self, traits: Traits) -> Iterator[Fault]:
        """What is missing wherever the formula stands: sheets and tables."""
        named = [sheet for reference in traits.references for sheet in reference.sheets or ()]
        named += [name.sheet for name in traits.names if name.sheet is not None]
        for sheet in dict.fromkeys(named):
            if sheet not in self._sheets:
                yield "broken_reference", f"refers to a sheet that is not there, {sheet}"
        for table in dict.fromkeys(cells.table for cells in traits.tables):
            if table and table not in self._book.tables:
                yield "broken_reference", f"refers to a table that is not there, {table}"

    def words(self, traits: Traits, sheet: int) -> Iterator[Fault]:
        """Names and functions that no one defines for a formula on a sheet."""
        own = not traits.functions.isdisjoint(WITH_PARAMETERS)
        for prefix, word, _ in () if own else dict.fromkeys(traits.names):
            there = prefix is None or prefix in self._sheets
            if there and word not in self._book.tables and self._resolver.name(prefix, word, sheet) is None:
                yield "undefined_name", f"uses the name {word}, which is not defined"
        for function in () if self._macros else traits.unknown:
            if self._resolver.name(None, function.lower(), sheet) is None:
                yield "unknown_function", f"calls {function}, which is neither Excel's nor defined in the workbook"

    def of(self, traits: Traits, sheets: Sequence[int]) -> list[Fault]:
        """Everything that is missing for a formula on whichever of some sheets it stands."""
        first, *others = (list(self.words(traits, sheet)) for sheet in sheets)
        return [*self.references(traits), *(fault for fault in first if all(fault in other for other in others))]
