"""A report as pages of paper: A4 across, tables set line by line, charts as lines and not as dots."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aram_xl import __version__
from aram_xl._report_charts import Box, draw
from aram_xl._report_content import Block, Chart, Report, preface, sections
from aram_xl.performance import NOT_SUPPLIED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 11.69, 8.27
"""A4 across, in inches."""

SIDE, TOP, BOTTOM = 0.6, 0.65, 0.55
"""Margins; header and footer stand inside the upper and lower one."""

TABLE_SIZE, NOTE_SIZE, TEXT_SIZE, HEADING_SIZE = 8.0, 7.0, 9.0, 13.0
"""Points."""

NAME_LETTERS, CELL_LETTERS = 34, 11
"""Longest line of a row's name and of a heading; longer ones are broken."""

POINTS = 72.0
LEADING, TABLE_LEADING = 1.35, 1.25
"""Distance of lines over the size of letters."""

CHART_HEIGHT, MOST_HEIGHT = 3.0, 5.2
"""Of a chart with a table of a dozen rows below it on the page, and of one that has the page for itself."""

TOGETHER = 4.6
"""A table no higher than this is not broken between pages."""

LEAST_ROWS = 4
"""Rows of a longer table that are not parted from the rest."""

NARROWEST = 0.07
"""Gap between columns; with less, figures run into each other."""

GAP = 0.14


def write_pages(report: Report, file: Path) -> None:
    """Write the PDF; to be called while the settings of charts are in force. Same report, same bytes."""
    from matplotlib.backends.backend_pdf import PdfPages

    pages = _Pages(report)
    for section in sections(report):
        pages.heading(section.title, section.items[0])
        for item, following in zip(section.items, (*section.items[1:], None), strict=True):
            if isinstance(item, Block):
                pages.block(item)
            elif isinstance(item, Chart):
                pages.chart(item, following)
            else:
                pages.text(item, TEXT_SIZE)
    about = {"Title": report.title, "Creator": f"aram_xl {__version__}", "Subject": report.mark, "CreationDate": None}
    with PdfPages(file, metadata=about) as pdf:
        for figure in pages.finished():
            pdf.savefig(figure)


class _Pages:
    """Pages filled from top to bottom; what does not fit begins a new one."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.figures: list[Figure] = []
        self.y = 0.0
        self._turn()
        self.text(report.title, 18.0, weight="bold")
        self.text(report.mark, TEXT_SIZE, weight="bold", color="#8a3b00")
        for label in report.labels:
            self.text(label, TEXT_SIZE, weight="bold", color="#8a3b00")
        for sentence in preface(report):
            self.text(sentence, TEXT_SIZE)

    def heading(self, title: str, first: Block | Chart | str) -> None:
        """A heading stays with what follows it."""
        self._need(0.4 + _start(first))
        self.y -= GAP
        self.text(title, HEADING_SIZE, weight="bold", color="#0b4f8a")

    def text(self, sentence: str, size: float, **looks: Any) -> None:
        """A paragraph over the whole width."""
        for line in _wrapped(sentence, size, looks.get("weight", "normal")):
            self._need(size / POINTS * LEADING)
            self._put(SIDE, line, size, **looks)
            self.y -= size / POINTS * LEADING
        self.y -= 0.04

    def chart(self, chart: Chart, following: Block | Chart | str | None) -> None:
        """A chart, higher where what follows begins a new page in any case."""
        self._need(_start(chart))
        spare = self.y - BOTTOM - _start(chart)
        alone = following is None or spare < GAP + _start(following)
        height = min(CHART_HEIGHT + spare, MOST_HEIGHT) if alone else CHART_HEIGHT
        self.text(chart.title, TEXT_SIZE, weight="bold")
        draw(chart.key, self.figures[-1], Box(SIDE, self.y - height, WIDTH - 2 * SIDE, height), self.report)
        self.y -= height
        for note in chart.notes:
            self.text(note, NOTE_SIZE, color="#444444")
        self.y -= GAP

    def block(self, block: Block) -> None:
        """A table: rows that do not fit go on below the same headings on the next page."""
        grid = _Grid(block)
        if grid.crowded:
            for half in _halves(block):
                self.block(half)
            return
        self._need(grid.start)
        self._head(grid, block.title)
        turns = _turns(grid, self.y - BOTTOM)
        for i, height in enumerate(grid.heights):
            if i in turns:
                self._turn()
                self._head(grid, _continued(block.title))
                grid.name_again(i)
            self._row(grid, i, height)
        self.y -= 0.05
        for note in grid.notes:
            self._put(SIDE, note, NOTE_SIZE, color="#444444")
            self.y -= NOTE_SIZE / POINTS * LEADING
        self.y -= GAP

    def finished(self) -> list[Figure]:
        """All pages, with what stands in their margins."""
        last = len(self.figures)
        for number, figure in enumerate(self.figures, start=1):
            top, low = 1 - 0.42 / HEIGHT, 0.35 / HEIGHT
            figure.text(SIDE / WIDTH, top, self.report.record.upper(), fontsize=8, weight="bold", color="#8a3b00")
            figure.text(1 - SIDE / WIDTH, top, self.report.title, fontsize=8, ha="right", color="#444444")
            figure.text(SIDE / WIDTH, low, f"aram_xl {__version__}", fontsize=7, color="#444444")
            figure.text(1 - SIDE / WIDTH, low, f"{number} of {last}", fontsize=7, ha="right", color="#444444")
        return self.figures

    def _head(self, grid: _Grid, title: str) -> None:
        self.text(title, TEXT_SIZE, weight="bold")
        lines = max(map(len, grid.headings))
        step = TABLE_SIZE / POINTS * TABLE_LEADING
        for column, words in enumerate(grid.headings):
            for i, word in enumerate(words):
                down = (lines - len(words) + i) * step
                self._put(grid.edge(column), word, TABLE_SIZE, down, weight="bold", ha=grid.side(column))
        self.y -= grid.head
        self._rule("#333333", 0.9)

    def _row(self, grid: _Grid, i: int, height: float) -> None:
        step = TABLE_SIZE / POINTS * TABLE_LEADING
        for k, line in enumerate(grid.names[i]):
            self._put(SIDE, line, TABLE_SIZE, k * step + 0.035)
        if i in grid.block.not_supplied:
            self._put(SIDE + grid.widths[0], NOT_SUPPLIED, TABLE_SIZE, 0.035, style="italic", color="#555555")
        else:
            for column, cell in enumerate(grid.block.rows[i][1:], start=1):
                self._put(grid.edge(column), cell, TABLE_SIZE, 0.035, ha=grid.side(column))
        self.y -= height
        self._rule("#dddddd", 0.5)

    def _rule(self, colour: str, thickness: float) -> None:
        from matplotlib.lines import Line2D

        ends, at = [SIDE / WIDTH, 1 - SIDE / WIDTH], [self.y / HEIGHT, self.y / HEIGHT]
        page = self.figures[-1]
        page.add_artist(Line2D(ends, at, color=colour, linewidth=thickness, transform=page.transFigure))

    def _put(self, x: float, text: str, size: float, down: float = 0.0, **looks: Any) -> None:
        self.figures[-1].text(x / WIDTH, (self.y - down) / HEIGHT, text, fontsize=size, va="top", **looks)

    def _need(self, height: float) -> None:
        if self.y - height < BOTTOM:
            self._turn()

    def _turn(self) -> None:
        from matplotlib.figure import Figure

        self.figures.append(Figure(figsize=(WIDTH, HEIGHT)))
        self.y = HEIGHT - TOP


def _turns(grid: _Grid, room: float) -> list[int]:
    """Rows that begin a page, with ``room`` for rows on the first: what belongs together is not parted, nor a few rows.

    Rows of one series stay together where a page holds them; the last page has its notes and some rows above them.
    """
    fresh = HEIGHT - TOP - BOTTOM - grid.title - grid.head
    begins = [i for i, row in enumerate(grid.block.rows) if row[0]]
    latest = len(grid.heights) - LEAST_ROWS
    starts = [0]
    for i, height in enumerate(grid.heights):
        ending = grid.tail if i == len(grid.heights) - 1 else 0.0
        room -= height
        if room >= ending:
            continue
        least, most = max(starts[-1] + 1, i - 2 * LEAST_ROWS), min(i, latest)
        turn = max([k for k in begins if least <= k <= most], default=most if most >= least else i)
        starts.append(turn)
        room = fresh - sum(grid.heights[turn : i + 1])
    return starts[1:]


def _start(item: Block | Chart | str) -> float:
    """Inches without which an item does not begin on a page."""
    if isinstance(item, Block):
        grid = _Grid(item)
        return _Grid(_halves(item)[0]).start if grid.crowded else grid.start
    if isinstance(item, Chart):
        lines = sum(len(_wrapped(note, NOTE_SIZE)) for note in item.notes)
        return CHART_HEIGHT + 0.25 + lines * NOTE_SIZE / POINTS * LEADING + 0.04 * len(item.notes)
    return 0.3


def _continued(title: str) -> str:
    return title if title.endswith(", continued") else f"{title}, continued"


def _halves(block: Block) -> tuple[Block, Block]:
    """A table that is too wide, as two: the first columns, and below them the others with the names again."""
    middle = (len(block.headings) + 1) // 2
    left = [(row[0], *row[1:middle]) for row in block.rows]
    right = [(row[0], *row[middle:]) for row in block.rows]
    return (
        replace(block, headings=block.headings[:middle], rows=tuple(left)),
        replace(
            block,
            title=_continued(block.title),
            headings=(block.headings[0], *block.headings[middle:]),
            rows=tuple(right),
        ),
    )


class _Grid:
    """Where the columns of a table stand, measured by their longest text."""

    def __init__(self, block: Block) -> None:
        self.block = block
        letters = CELL_LETTERS if block.numbers else NAME_LETTERS
        self.headings = [textwrap.wrap(text, letters, break_long_words=False) or [""] for text in block.headings]
        self.names = [textwrap.wrap(row[0], NAME_LETTERS) or [""] for row in block.rows]
        texts = [[line for name in self.names for line in name]]
        texts += [
            [row[j] for i, row in enumerate(block.rows) if i not in block.not_supplied]
            for j in range(1, len(block.headings))
        ]
        own = [
            max([_width(word, TABLE_SIZE, "bold") for word in heading] + [_width(cell, TABLE_SIZE) for cell in cells])
            for heading, cells in zip(self.headings, texts, strict=True)
        ]
        spare = WIDTH - 2 * SIDE - sum(own)
        gap = min(0.35, max(spare / len(own), NARROWEST))
        self.crowded = block.numbers and len(own) > 3 and spare < NARROWEST * len(own)
        self.widths = [width + gap for width in own]
        step = TABLE_SIZE / POINTS * TABLE_LEADING
        self.head = max(map(len, self.headings)) * step + 0.05
        self.heights = [len(name) * step + 0.03 for name in self.names]
        self.notes = [line for note in block.notes for line in _wrapped(note, NOTE_SIZE)]
        self.tail = len(self.notes) * NOTE_SIZE / POINTS * LEADING + 0.05
        self.title = TEXT_SIZE / POINTS * LEADING + 0.04
        whole = sum(self.heights) + self.title + self.head + self.tail
        self.start = whole if whole <= TOGETHER else self.title + self.head + sum(self.heights[:LEAST_ROWS])

    def name_again(self, i: int) -> None:
        """On a new page the first of further rows of a series says whose it is; one line, for which there is room."""
        if self.names[i] == [""]:
            name = next(row[0] for row in self.block.rows[i::-1] if row[0])
            self.names[i] = [textwrap.shorten(f"({name})", NAME_LETTERS, placeholder=" ...)")]

    def side(self, column: int) -> str:
        """Numbers end, words begin, at the edge."""
        return "right" if column and self.block.numbers else "left"

    def edge(self, column: int) -> float:
        """Inches from the left of the page."""
        if column and self.block.numbers:
            return SIDE + sum(self.widths[: column + 1])
        return SIDE + sum(self.widths[:column])


def _width(text: str, size: float, weight: str = "normal") -> float:
    """Inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    looks = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    width: float = text_to_path.get_text_width_height_descent(text, looks, ismath=False)[0]
    return width / POINTS


def _wrapped(text: str, size: float, weight: str = "normal") -> Sequence[str]:
    """Lines that fit between the margins; 0.95, because a line may have wider letters than the text on average."""
    across = WIDTH - 2 * SIDE
    needed = _width(text, size, weight)
    return [text] if needed <= across else textwrap.wrap(text, int(0.95 * len(text) * across / needed))
