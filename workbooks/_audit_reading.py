"""Which cells are read by which formulas: references of all copies at once, as rectangles."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbooks._audit_book import Book, Name, Table
from workbooks._audit_formulas import BOTTOM, LEFT, RIGHT, TOP, Reference, Traits
from workbooks._audit_grid import Column, Runs, all_runs
from workbooks._audit_reader import taken_apart
from workbooks._ooxml import LAST_COLUMN, LAST_ROW, Box

DEEPEST_NAME = 8
FEW = 4
"""Runs of a formula that are swept one by one; with more, arrays pay."""

MOST_LOOKUPS = 2_000_000_000
"""Rectangles over several columns times columns; 10 s."""

Located = tuple[int, Reference]
"""Position of a sheet, and what is read there."""

_ITEM = re.compile(r"\[((?:[^][']|'.)*)\]")


class TooTangledError(Exception):
    """A question about references that would take too long for this workbook."""


@dataclass(frozen=True, eq=False, slots=True)
class Reads:
    """Rectangles that formulas read; each covers what all cells of a run read through one reference."""

    sheet: NDArray[np.int32]
    top: NDArray[np.int32]
    left: NDArray[np.int32]
    bottom: NDArray[np.int32]
    right: NDArray[np.int32]
    run: NDArray[np.int32]
    """The run that reads; -1 for charts, rules and the like."""
    single: NDArray[np.bool_]
    """Whether each cell of the run reads one cell."""
    first: NDArray[np.int32]
    """Top of the reference as in `Reference`: a row, or the distance from the formula's row."""
    last: NDArray[np.int32]
    """Bottom of the reference in the same way."""
    moving: NDArray[np.int32]
    """Which sides move."""
    placed: NDArray[np.bool_]
    """Whether only the place is asked for, as in `Reference`."""

    def rows_from(
        self, read: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last row that formulas in ``rows`` read through the references ``read``."""
        moving = self.moving[read]
        one = self.first[read] + rows * (moving & TOP > 0)
        other = self.last[read] + rows * (moving & BOTTOM > 0)
        return np.minimum(one, other), np.maximum(one, other)

    def __len__(self) -> int:
        return len(self.sheet)

    def of_sheet(self, sheet: int) -> Reads:
        """Those that read a sheet."""
        return self.taken(np.flatnonzero(self.sheet == sheet))

    def taken(self, chosen: NDArray[np.intp]) -> Reads:
        """Some of them."""
        return Reads(*(getattr(self, name)[chosen] for name in self.__slots__))


class Resolver:
    """What references, names and tables mean in this workbook."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._positions = {tab.name.lower(): i for i, tab in enumerate(book.tabs)}
        self._names: dict[tuple[int | None, str], Name] = {(n.sheet, n.name.lower()): n for n in book.names}
        self._parsed: dict[Name, Traits] = {}

    def traits_of(self, name: Name) -> Traits:
        """A defined name's formula, taken apart; it is written as for the cell A1."""
        found = self._parsed.get(name)
        if found is None:
            found = self._parsed[name] = taken_apart(name.formula, 1, 1)
        return found

    def name(self, prefix: str | None, name: str, sheet: int) -> Name | None:
        """The defined name that a formula on a sheet means; the sheet's own goes before the workbook's."""
        scope = sheet if prefix is None else self._positions.get(prefix, sheet)
        return self._names.get((scope, name)) or self._names.get((None, name))

    def located(self, traits: Traits, sheet: int, depth: int = 0) -> Iterator[Located]:
        """Everything that a formula on a sheet names, through defined names and tables too."""
        for reference in traits.references:
            for target in self._sheets(reference, sheet):
                yield target, reference
        for table, inside, placed in traits.tables:
            found = self._book.tables.get(table) if table else self._own_table(inside, sheet)
            if found is not None:
                yield found.sheet, replace(_table_cells(found, inside), placed=placed)
        if depth < DEEPEST_NAME:
            for prefix, word, placed in traits.names:
                table_found, meant = self._book.tables.get(word), self.name(prefix, word, sheet)
                if meant is not None:
                    scope = sheet if meant.sheet is None else meant.sheet
                    for target, reference in self.located(self.traits_of(meant), scope, depth + 1):
                        yield target, replace(reference, placed=True) if placed else reference
                elif table_found is not None:
                    yield table_found.sheet, replace(_table_cells(table_found, ""), placed=placed)

    def _own_table(self, inside: str, sheet: int) -> Table | None:
        """The table of a reference without one: the first on the sheet that has the column."""
        _, names = _items(inside)
        tables = (table for table in self._book.tables.values() if table.sheet == sheet)
        return next((table for table in tables if set(names) <= set(table.columns)), None)

    def _sheets(self, reference: Reference, own: int) -> range:
        if reference.sheets is None:
            return range(own, own + 1)
        first, last = (self._positions.get(name) for name in reference.sheets)
        if first is None or last is None:
            return range(0)
        return range(min(first, last), max(first, last) + 1)


def _items(inside: str) -> tuple[set[str], list[str]]:
    """Special items such as ``#all``, and columns, of what stands in a table's brackets; all in lower case."""
    items = [*_ITEM.findall(inside), *_ITEM.sub("", inside).split(",")]
    words = [re.sub(r"'(.)", r"\1", item.strip(" :@")).lower() for item in items]
    specials = {word for word in words if word.startswith("#")}
    if inside.lstrip().startswith("@"):
        specials.add("#this row")
    return specials, [word for word in words if word and not word.startswith("#")]


def _table_cells(table: Table, inside: str) -> Reference:
    """Cells of ``Table[inside]``."""
    specials, names = _items(inside)
    found = [table.columns.index(name) for name in names if name in table.columns]
    left = table.area.left + min(found, default=0)
    right = table.area.left + max(found, default=len(table.columns) - 1)
    if "#this row" in specials:
        return Reference(None, 0, left, 0, right, TOP | BOTTOM)
    top, bottom = table.area.top + table.headers, table.area.bottom - table.totals
    if specials & {"#all", "#headers"}:
        top = table.area.top
    if specials & {"#all", "#totals"}:
        bottom = table.area.bottom
    if specials == {"#headers"}:
        bottom = top + table.headers - 1
    if specials == {"#totals"}:
        top = bottom - table.totals + 1
    return Reference(None, top, left, bottom, right, 0)


def read_everything(book: Book, resolver: Resolver) -> tuple[Runs, Reads]:
    """All runs of formulas, and all that formulas, charts, rules and pivot tables read."""
    runs = all_runs({sheet: facts.grid for sheet, facts in book.sheets.items()})
    numbers = array("i")
    for part in _of_formulas(book, resolver, runs):
        numbers.frombytes(part.tobytes())
    for sheet, area in _elsewhere(book, resolver):
        numbers.extend((sheet, area.top, area.left, area.bottom, area.right, -1, 0, area.top, area.bottom, 0, 0))
    table = np.frombuffer(numbers, dtype=np.int32).reshape(-1, len(Reads.__slots__))
    columns = dict(zip(Reads.__slots__, map(np.ascontiguousarray, table.T), strict=True))
    return runs, Reads(**(columns | {name: columns[name].astype(bool) for name in ("single", "placed")}))


def _of_formulas(book: Book, resolver: Resolver, runs: Runs) -> Iterator[NDArray[np.int32]]:
    """Rows of eleven numbers, in the order of `Reads`: one per run and reference."""
    if not len(runs):
        return
    order = np.lexsort((runs.sheet, runs.formula))
    formulas, sheets = runs.formula[order], runs.sheet[order]
    cuts = np.flatnonzero((np.diff(formulas) != 0) | (np.diff(sheets) != 0)) + 1
    for start, end in zip([0, *cuts.tolist()], [*cuts.tolist(), len(order)], strict=True):
        chosen = order[start:end]
        sheet, traits = int(sheets[start]), book.formulas.traits[int(formulas[start])]
        for target, reference in dict.fromkeys(resolver.located(traits, sheet)):
            yield (
                _swept(target, reference, runs, chosen)
                if end - start > FEW
                else _swept_singly(target, reference, runs, chosen)
            )


def _swept(target: int, reference: Reference, runs: Runs, chosen: NDArray[np.intp]) -> NDArray[np.int32]:
    """What one reference reads from each of some runs; `Reference.swept` for many runs of one column each."""
    top, bottom, column = runs.top[chosen], runs.bottom[chosen], runs.column[chosen]
    moving = reference.moving
    highest = np.minimum(reference.top + top * bool(moving & TOP), reference.bottom + top * bool(moving & BOTTOM))
    lowest = np.maximum(reference.top + bottom * bool(moving & TOP), reference.bottom + bottom * bool(moving & BOTTOM))
    sides = (reference.left + column * bool(moving & LEFT), reference.right + column * bool(moving & RIGHT))
    rows = np.empty((len(chosen), len(Reads.__slots__)), dtype=np.int32)
    rows[:, 0] = target
    rows[:, 1] = np.maximum(highest, 1)
    rows[:, 2] = np.maximum(np.minimum(*sides), 1)
    rows[:, 3] = np.minimum(lowest, LAST_ROW)
    rows[:, 4] = np.minimum(np.maximum(*sides), LAST_COLUMN)
    rows[:, 5] = chosen
    rows[:, 6:] = (reference.single, reference.top, reference.bottom, moving, reference.placed)
    return rows


def _swept_singly(target: int, reference: Reference, runs: Runs, chosen: NDArray[np.intp]) -> NDArray[np.int32]:
    """The same for a few runs, which costs less one by one."""
    rows = []
    for run in chosen.tolist():
        column = int(runs.column[run])
        area = reference.swept(Box(int(runs.top[run]), column, int(runs.bottom[run]), column))
        sides = (reference.single, reference.top, reference.bottom, reference.moving, reference.placed)
        rows.append((target, area.top, area.left, area.bottom, area.right, run, *sides))
    return np.array(rows, dtype=np.int32)


def _elsewhere(book: Book, resolver: Resolver) -> Iterator[tuple[int, Box]]:
    """Sheet and rectangle of all that is read by something other than a formula in a cell."""
    corner = Box(1, 1, 1, 1)
    absolute = [(0, formula) for _, formula in book.charts]
    absolute += [(sheet, formula) for sheet, facts in book.sheets.items() for formula in facts.other_formulas]
    for sheet, formula in absolute:
        for target, reference in resolver.located(taken_apart(formula, 1, 1), sheet):
            yield target, reference.swept(corner)
    for name, source in book.pivots:
        own = None if name is None else book.position(name)
        for target, reference in resolver.located(taken_apart(source, 1, 1), own or 0):
            yield target, reference.swept(corner)
    for sheet, facts in book.sheets.items():
        for block, cell in facts.data_tables:
            yield sheet, cell
            # The values that it tries stand above the block and to its left.
            yield sheet, Box(max(1, block.top - 1), max(1, block.left - 1), block.bottom, block.right)
        for rule in (*facts.validations, *facts.formats):
            areas = rule.boxes
            for formula in rule.formulas:
                traits = taken_apart(formula, areas[0].top, areas[0].left) if areas else Traits()
                for target, reference in resolver.located(traits, sheet):
                    if not _own(reference, target == sheet):
                        yield from ((target, reference.swept(area)) for area in areas)


def _own(reference: Reference, same_sheet: bool) -> bool:
    """A rule that looks at its own cell only is no reader of it."""
    return same_sheet and reference.single and reference.moving == 15 and (reference.top, reference.left) == (0, 0)


def filled_and_covered(
    columns: dict[int, Column], reads: Reads
) -> tuple[NDArray[np.int64], dict[int, NDArray[np.bool_]]]:
    """For reads of one sheet: how many filled cells each rectangle holds, and which cells are in any.

    Raises:
        TooTangledError: there are too many rectangles over too many columns.
    """
    counts = np.zeros(len(reads), dtype=np.int64)
    wide = np.flatnonzero(reads.left != reads.right)
    if len(wide) * len(columns) > MOST_LOOKUPS:
        raise TooTangledError
    narrow = np.flatnonzero(reads.left == reads.right)
    narrow = narrow[np.argsort(reads.left[narrow], kind="stable")]
    names = reads.left[narrow]
    covered = {}
    for name, cells in columns.items():
        start, end = np.searchsorted(names, np.array([name, name + 1], dtype=names.dtype))
        across = wide[(reads.left[wide] <= name) & (reads.right[wide] >= name)]
        chosen = np.concatenate([narrow[start:end], across])
        lows = np.searchsorted(cells.rows, reads.top[chosen])
        highs = np.searchsorted(cells.rows, reads.bottom[chosen], side="right")
        counts[chosen] += highs - lows
        steps = np.bincount(lows, minlength=len(cells.rows) + 1) - np.bincount(highs, minlength=len(cells.rows) + 1)
        covered[name] = np.cumsum(steps)[:-1] > 0
    return counts, covered
