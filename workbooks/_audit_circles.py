"""Circular references, and everything that depends on given formulas.

Two steps. Runs of equal formulas are the nodes of a small graph; only runs that may depend on themselves are then
looked at cell by cell. A range of many nodes is one or a few nodes of a binary tree over them, so that a column of
running totals costs n log n edges and not n squared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbooks._audit_book import Book
from workbooks._audit_grid import STRIDE, Places, Runs
from workbooks._audit_reading import Reads, TooTangledError

Nodes = NDArray[np.int64]

MOST_EDGES = 30_000_000
"""Of one graph; 0.5 GB."""

SHEET = 1 << 40
"""More than any place within a sheet."""

NO_FORMULA = -1
"""Stands for the formula of a run of members."""


@dataclass(eq=False, slots=True)
class _Graph:
    """Edges from what depends to what it depends on."""

    size: int = 0
    starts: list[Nodes] = field(default_factory=list)
    ends: list[Nodes] = field(default_factory=list)
    count: int = 0

    def add(self, starts: Nodes, ends: Nodes) -> None:
        """Note edges.

        Raises:
            TooTangledError: there are too many.
        """
        self.count += len(starts)
        if self.count > MOST_EDGES:
            raise TooTangledError
        self.starts.append(starts)
        self.ends.append(ends)

    def tree(self, leaves: int) -> int:
        """Add a binary tree over new nodes; gives the number of the root's place: leaf i is that plus leaves plus i."""
        base, self.size = self.size, self.size + 2 * leaves
        inner = np.arange(1, leaves, dtype=np.int64)
        self.add(base + inner, base + 2 * inner)
        self.add(base + inner, base + 2 * inner + 1)
        return base

    def span(self, starts: Nodes, base: int, leaves: int, lows: Nodes, highs: Nodes) -> None:
        """Edges from each start to the leaves from ``lows`` up to, not including, ``highs`` of a tree."""
        left, right = lows + leaves, highs + leaves
        while len(starts):
            alive = left < right
            starts, left, right = starts[alive], left[alive], right[alive]
            odd = left % 2 == 1
            self.add(starts[odd], base + left[odd])
            left = left + odd
            odd = right % 2 == 1
            right = right - odd
            # A right end that was odd and stood just above the left one still adds its node.
            self.add(starts[odd], base + right[odd])
            left, right = left // 2, right // 2

    def matrix(self) -> Any:
        """As a sparse matrix of zeros and ones."""
        from scipy.sparse import coo_matrix

        starts = np.concatenate(self.starts) if self.starts else np.empty(0, dtype=np.int64)
        ends = np.concatenate(self.ends) if self.ends else np.empty(0, dtype=np.int64)
        ones = np.ones(len(starts), dtype=np.int8)
        return coo_matrix((ones, (starts, ends)), shape=(self.size, self.size)).tocsr()


@dataclass(frozen=True, eq=False, slots=True)
class Dependence:
    """The graph of runs: which depend on which."""

    runs: Runs
    reads: Reads
    graph: Any
    leaves: Nodes
    """Node of each run."""
    keys: Places
    """Sheet, column and first row of each run as one number, ascending."""

    @classmethod
    def of(cls, runs: Runs, reads: Reads) -> Dependence:
        """Built from `with_members`.

        Raises:
            TooTangledError: there are too many references.
        """
        graph = _Graph()
        leaves = np.empty(len(runs), dtype=np.int64)
        columns = _columns(runs)
        bases = {}
        for key, (start, end) in columns.items():
            bases[key] = graph.tree(end - start)
            leaves[start:end] = bases[key] + (end - start) + np.arange(end - start)
        for sheet in dict.fromkeys(key[0] for key in columns):
            own = reads.of_sheet(sheet)
            for (where, column), (start, end) in columns.items():
                if where == sheet:
                    chosen = np.flatnonzero((own.left <= column) & (own.right >= column))
                    lows = np.searchsorted(runs.bottom[start:end], own.top[chosen])
                    highs = np.searchsorted(runs.top[start:end], own.bottom[chosen], side="right")
                    graph.span(leaves[own.run[chosen]], bases[sheet, column], end - start, lows, highs)
        keys = runs.sheet.astype(np.int64) * SHEET + runs.column.astype(np.int64) * STRIDE + runs.top
        return cls(runs, reads, graph.matrix(), leaves, keys)

    def runs_at(self, sheet: int, places: Places) -> Nodes:
        """The runs in which cells of a sheet lie; cells without a formula are left out."""
        wanted = sheet * SHEET + places
        at = np.searchsorted(self.keys, wanted, side="right") - 1
        at, wanted = at[at >= 0], wanted[at >= 0]
        ends = self.keys[at] + self.runs.bottom[at] - self.runs.top[at]
        return np.unique(at[wanted <= ends])

    def dependents(self, runs: Nodes) -> NDArray[np.bool_]:
        """For each run whether it is one of the given ones or depends on one."""
        from scipy.sparse import csr_matrix, vstack
        from scipy.sparse.csgraph import breadth_first_order

        reached = np.zeros(len(self.runs), dtype=bool)
        if not len(runs):
            return reached
        size = self.graph.shape[0]
        # One more node, which leads to all the given ones.
        row = csr_matrix((np.ones(len(runs), dtype=np.int8), (np.zeros(len(runs)), self.leaves[runs])), (1, size))
        square = vstack([self.graph.T.tocsr(), row]).tocsr()
        square.resize(size + 1, size + 1)
        found = np.zeros(size + 1, dtype=bool)
        found[breadth_first_order(square, size, return_predecessors=False)] = True
        return found[self.leaves]

    def circles(self) -> list[tuple[int, Places]]:
        """Sheet and cells of every circle.

        Raises:
            TooTangledError: there are too many references.
        """
        found = []
        for group in _knots(self.graph, self.leaves):
            found += _cells_in_circles(self.runs, self.reads, group)
        return found


def with_members(book: Book, runs: Runs, reads: Reads) -> tuple[Runs, Reads]:
    """Runs and what they read, once more, with the members of array blocks, each of which reads the block's first cell.

    Readers other than formulas are left out, and so is what is asked for its place only.
    """
    reads = reads.taken(np.flatnonzero((reads.run >= 0) & ~reads.placed))
    members, masters = [], []
    for sheet, facts in book.sheets.items():
        for block in facts.blocks:
            for column in range(block.left, block.right + 1):
                top = block.top + (column == block.left)
                if top <= block.bottom:
                    members.append((sheet, column, top, block.bottom, NO_FORMULA))
                    masters.append((sheet, block.top, block.left, block.top, block.left))
    if not members:
        return runs, reads
    added = np.array(members, dtype=np.int32).T
    names = Runs.__slots__
    joined = [np.concatenate([getattr(runs, name), extra]) for name, extra in zip(names, added, strict=True)]
    order = np.lexsort((joined[2], joined[1], joined[0]))
    places = np.empty(len(order), dtype=np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    sides = np.array(masters, dtype=np.int32).T
    single, still = np.ones(len(masters), dtype=bool), np.zeros(len(masters), dtype=np.int32)
    extra_reads = (*sides, places[len(runs) :], single, sides[1], sides[3], still, ~single)
    own = (getattr(reads, name) if name != "run" else places[reads.run] for name in Reads.__slots__)
    both = (np.concatenate(pair) for pair in zip(own, extra_reads, strict=True))
    return Runs(*(array[order] for array in joined)), Reads(*both)


def _columns(runs: Runs) -> dict[tuple[int, int], tuple[int, int]]:
    """First run and the one behind the last of each sheet and column."""
    if not len(runs):
        return {}
    cuts = np.flatnonzero((np.diff(runs.sheet) != 0) | (np.diff(runs.column) != 0)) + 1
    starts = [0, *cuts.tolist()]
    return {
        (int(runs.sheet[start]), int(runs.column[start])): (start, end)
        for start, end in zip(starts, [*starts[1:], len(runs)], strict=True)
    }


def _knots(graph: Any, leaves: Nodes) -> list[Nodes]:
    """Groups of leaves, by position in ``leaves``, that all depend on one another; or one that depends on itself."""
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(graph, connection="strong")
    sizes = np.bincount(labels)
    alone = graph.diagonal()[leaves] > 0
    mine = labels[leaves]
    knotted = np.flatnonzero((sizes[mine] > 1) | alone)
    groups: dict[int, list[int]] = {}
    for position in knotted.tolist():
        groups.setdefault(int(mine[position]), []).append(position)
    return [np.array(group, dtype=np.int64) for group in groups.values()]


def _cells_in_circles(runs: Runs, reads: Reads, group: Nodes) -> list[tuple[int, Places]]:
    """Cells of circles within a group of runs, cell by cell; each column of them is one tree."""
    own = runs.taken(group)
    heights = own.bottom.astype(np.int64) - own.top + 1
    ends = np.cumsum(heights)
    starts = ends - heights
    run = np.repeat(np.arange(len(group)), heights)
    rows = own.top[run] + np.arange(len(run)) - starts[run]
    graph, nodes, trees = _Graph(), np.empty(len(run), dtype=np.int64), {}
    for key, (first, last) in _columns(own).items():
        cells = slice(int(starts[first]), int(ends[last - 1]))
        size = cells.stop - cells.start
        trees[key] = (cells, graph.tree(size))
        nodes[cells] = trees[key][1] + size + np.arange(size)
    inside = reads.taken(np.flatnonzero(np.isin(reads.run, group)))
    reader = np.searchsorted(group, inside.run)
    for (sheet, column), (cells, base) in trees.items():
        read = np.flatnonzero((inside.sheet == sheet) & (inside.left <= column) & (inside.right >= column))
        times = heights[reader[read]]
        if times.sum() > MOST_EDGES:
            raise TooTangledError
        before = np.cumsum(times) - times
        read = np.repeat(read, times)
        cell = starts[reader[read]] + np.arange(len(read)) - np.repeat(before, times)
        tops, bottoms = inside.rows_from(read, rows[cell])
        lows = np.searchsorted(rows[cells], tops)
        highs = np.searchsorted(rows[cells], bottoms, side="right")
        graph.span(nodes[cell], base, cells.stop - cells.start, lows, highs)
    circular = [position for knot in _knots(graph.matrix(), nodes) for position in knot.tolist()]
    chosen = run[circular]
    places = own.column[chosen].astype(np.int64) * STRIDE + rows[circular]
    sheets = own.sheet[chosen]
    return [(int(sheet), places[sheets == sheet]) for sheet in np.unique(sheets)]
