"""Published tables as they were printed: every figure keeps its text, its row and its column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from aram_xl._published_interval import Interval, printed

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Cell(NamedTuple):
    """Where a figure stands, and what is printed there."""

    table: str
    row: str
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed figure: its place, its text, and the numbers that the text stands for."""

    cell: Cell

    @property
    def interval(self) -> Interval:
        """Decimals, whatever the column's unit."""
        return printed(self.cell.text, self.cell.column.endswith("_pct"))

    @property
    def text(self) -> str:
        """As printed, with the sign of percent where the column is in percent."""
        return f"{self.cell.text.rstrip('%')} %" if self.cell.column.endswith("_pct") else self.cell.text

    @property
    def is_number(self) -> bool:
        """Not the name of a benchmark in a heading."""
        return self.cell.column != "benchmark"

    def shifted(self, units: int) -> Figure:
        """The figure changed by a number of units of its last digit."""
        number = Decimal(self.cell.text.rstrip("%"))
        text = f"{number + units * Decimal(1).scaleb(int(number.as_tuple().exponent)):f}"
        return Figure(self.cell._replace(text=text))


@dataclass(frozen=True, eq=False, slots=True)
class ReturnsRow:
    """A row of a table of returns; ``figures`` by role, without the roles that are not printed."""

    table: str
    benchmark: str
    name: str
    figures: Mapping[str, Figure]

    @property
    def subject(self) -> str:
        """The row in words, unlike any other."""
        return f"{self.name} ({self.table})"

    def get(self, *roles: str) -> tuple[Figure, ...] | None:
        """The figures of several roles; None where one is not printed."""
        if any(role not in self.figures for role in roles):
            return None
        return tuple(self.figures[role] for role in roles)


@dataclass(frozen=True, eq=False, slots=True)
class TrackingRow:
    """A row of a table of tracking errors; ``benchmarks`` holds cumulative returns by the name in the column."""

    name: str
    figures: Mapping[str, Figure]
    benchmarks: Mapping[str, Figure]


@dataclass(frozen=True, eq=False, slots=True)
class Claim:
    """A sentence or heading beside the tables, or a fact from another source, as one figure."""

    kind: str
    table: str
    name: str
    measure: str
    figure: Figure
    text: str


@dataclass(frozen=True, eq=False, slots=True)
class Proxy:
    """A series at hand for a printed row: parts as (weight, ticker), none where there is no series."""

    name: str
    parts: tuple[tuple[float, str], ...]
    note: str
    """What may lie between the series and the row."""

    @property
    def series(self) -> str:
        """The recipe in words."""
        return " + ".join(ticker if weight == 1.0 else f"{weight:g} {ticker}" for weight, ticker in self.parts)


@dataclass(frozen=True, eq=False, slots=True)
class PublishedTables:
    """Tables of one publication."""

    source: str
    rows: tuple[ReturnsRow, ...]
    tracking: tuple[TrackingRow, ...]
    claims: tuple[Claim, ...]
    proxies: tuple[Proxy, ...]
    month: tuple[int, int] | None
    """Year and month of the last return."""
    since: int | None
    """First year of the whole sample, which begins with its January."""

    @property
    def n_months(self) -> int | None:
        """Months of the whole sample, both ends included."""
        if self.month is None or self.since is None:
            return None
        return 12 * (self.month[0] - self.since) + self.month[1]

    def groups(self) -> Iterator[tuple[str, str, tuple[ReturnsRow, ...]]]:
        """Tables as a reader sees them: name, benchmark in the heading, rows."""
        for table, benchmark in dict.fromkeys((row.table, row.benchmark) for row in self.rows):
            yield (
                table,
                benchmark,
                tuple(row for row in self.rows if (row.table, row.benchmark) == (table, benchmark)),
            )

    def benchmark_row(self, benchmark: str) -> ReturnsRow | None:
        """The row that prints the benchmark itself; it stands in a table that is measured against it."""
        return best_match(benchmark, [row for row in self.rows if row.benchmark == benchmark])

    def joined(self, name: str) -> ReturnsRow | None:
        """The row of the tables of returns that a name in the table of tracking errors stands for."""
        return best_match(name, self.rows)


def best_match(name: str, rows: Iterable[ReturnsRow]) -> ReturnsRow | None:
    """The row of the same name, else the row whose name is the longest part of it or the shortest that contains it."""
    wanted = _plain(name)
    found = [row for row in rows if same_name(name, row.name)]
    return min(found, key=lambda row: abs(len(_plain(row.name)) - len(wanted)), default=None)


def same_name(one: str, other: str) -> bool:
    """Whether one name contains the other, capitals, spaces and signs apart; three letters at least."""
    a, b = sorted((_plain(one), _plain(other)), key=len)
    return len(a) >= 3 and a in b


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
