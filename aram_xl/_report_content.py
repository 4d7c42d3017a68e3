"""What a report says, before it is a page: tables as text, charts by name, in the order of reading."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Literal

from aram_xl._performance_table import Cell, Column, PerformanceTable, Unit
from aram_xl._performance_tables import PerformanceTables
from aram_xl.errors import InputError
from aram_xl.performance import NOT_SUPPLIED
from aram_xl.types import FloatArray, frozen

Record = Literal["hypothetical", "actual"]

MARKS = {
    "hypothetical": "Hypothetical: not the record of an account. Results that were not earned have the benefit of "
    "hindsight, and past results of any kind do not tell what will come.",
    "actual": "Actual record, as stated by whoever supplied the returns; not verified here. Past results do not tell "
    "what will come.",
}

WIDEST = 13
"""Columns of figures beside each other on a page; a longer table is continued below."""

MOST_LINES = 8
"""Own series in a chart; more lines than these and the hurdles' nobody can tell apart."""

ABSENT = "-"
"""Stands where history is too short or a statistic does not exist."""

DIGITS = {"decimal": 2, "ratio": 2, "coefficient": 3}


@dataclass(frozen=True, eq=False, slots=True)
class Report:
    """Everything that a report is made from."""

    title: str
    tables: tuple[PerformanceTables, ...]
    """Of the same returns, one per convention."""
    record: Record
    source: str
    """Where the returns come from, as a reader knows it: a file's name."""
    labels: tuple[str, ...] = ()
    """Sentences that must stand beside the figures, such as that data are SYNTHETIC."""
    remarks: tuple[str, ...] = ()
    """Sentences about the data: how a hurdle was made."""
    target: FloatArray | None = None
    """(n_months,) risk target of each month, decimal per month."""
    wants_risk_free: bool = False
    """Whether the standard convention was asked for too, and could not be had without a risk-free series."""

    def __post_init__(self) -> None:
        if self.record not in MARKS:
            raise InputError(f"record: expected hypothetical or actual, got {self.record!r}")
        if not self.tables:
            raise InputError("tables: expected those of at least one convention, got none")
        if self.target is not None:
            n = self.tables[0].basis.n
            if self.target.shape != (n,):
                raise InputError(f"target: expected {n} numbers, one per month, got shape {self.target.shape}")
            object.__setattr__(self, "target", frozen(self.target))

    @property
    def mark(self) -> str:
        """What stands on every page."""
        return MARKS[self.record]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: the tables of each convention, numbers as decimals, null for what does not exist."""
        return {
            "title": self.title,
            "record": self.record,
            "mark": self.mark,
            "labels": list(self.labels),
            "remarks": list(self.remarks),
            "source": self.source,
            "tables": {found.basis.convention: found.as_dict() for found in self.tables},
        }


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """A table as text, ready to be set."""

    title: str
    headings: tuple[str, ...]
    """The first stands above the names of rows."""
    rows: tuple[tuple[str, ...], ...]
    not_supplied: frozenset[int]
    """Rows of which only the name is set, and that the series was not supplied."""
    notes: tuple[str, ...]
    numbers: bool = True
    """Whether columns after the first are set flush right."""


@dataclass(frozen=True, eq=False, slots=True)
class Chart:
    """A picture: its key for whoever draws it, and what it shows in words."""

    key: str
    title: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """A heading, and what stands below it."""

    title: str
    items: tuple[Block | Chart | str, ...]


def preface(report: Report) -> tuple[str, ...]:
    """What stands below the title, after the mark and the labels."""
    basis = report.tables[0].basis
    return (
        f"Returns: {report.source}. {basis.n} months, {basis.start} to {basis.end}. "
        "A dash stands where the history is too short or a figure does not exist.",
        *report.remarks,
    )


def sections(report: Report) -> list[Section]:
    """The report from its first heading to its last."""
    first = report.tables[0]
    mark = "Hypothetical. " if report.record == "hypothetical" else ""
    basis = f"{mark}{first.basis.sentence()}"
    plain = f"{mark}{first.calendar_years.basis.sentence()}"

    def chart(key: str, title: str, *notes: str) -> Chart:
        return Chart(key, title, (*left_out(report), *notes))

    found = [Section("Growth", (chart("growth", "Growth of 100", plain), *_blocks(first.calendar_years, mark)))]
    found += [_by_convention(tables, mark) for tables in report.tables]
    if report.wants_risk_free:
        found.append(Section("Standard convention", (f"{NOT_SUPPLIED.capitalize()}: {NO_RISK_FREE}",)))
    risk = "Risk is the sample standard deviation of the months in the window, times the root of 12."
    target = () if report.target is None else ("The target is that of each month, times the root of 12.",)
    found += [
        Section(
            "Rolling windows",
            (
                chart("rolling_beta", "Rolling beta", basis),
                chart("rolling_risk", "Rolling risk", " ".join((risk, *target)), plain),
            ),
        ),
        Section("Drawdowns", (chart("drawdown", "Drawdown", plain), *_blocks(first.drawdowns, mark))),
        Section(
            "Risk and return",
            (
                chart("scatter", "Risk and return", "Both a year, of the whole sample.", plain),
                *_blocks(first.capture, mark),
                *_blocks(first.extreme_months, mark),
            ),
        ),
        Section("Definitions", tuple(_definitions(report))),
    ]
    return found


NO_RISK_FREE = "the standard convention needs a risk-free series, and there is no default for it."


def left_out(report: Report) -> tuple[str, ...]:
    """A sentence that names the series that charts leave out; none when they show all."""
    panel = report.tables[0].panel
    names = panel.names[MOST_LINES : panel.n_own]
    return (f"Not drawn, in the tables only: {', '.join(names)}.",) if names else ()


def _by_convention(tables: PerformanceTables, mark: str) -> Section:
    own = (*_own_tables(tables), *tables.rolling_ranges)
    blocks = tuple(block for table in own for block in _blocks(table, mark))
    return Section(f"{tables.basis.convention.capitalize()} convention", blocks)


def _own_tables(tables: PerformanceTables) -> tuple[PerformanceTable, ...]:
    """Those that differ between the conventions, beside the rolling ones."""
    return (tables.return_summary, tables.statistics, tables.tracking_error)


def _blocks(table: PerformanceTable, mark: str) -> list[Block]:
    """One block, or several when there are too many columns for a page."""
    parts = [range(i, min(i + WIDEST, len(table.columns))) for i in range(0, len(table.columns), WIDEST)]
    names = _names(table)
    return [
        Block(
            title=table.title if part.start == 0 else f"{table.title}, continued",
            headings=("", *(_heading(table.columns[i]) for i in part)),
            rows=tuple(
                (name, *(text_of(row[i], table.columns[i].unit) for i in part))
                for name, row in zip(names, table.cells, strict=True)
            ),
            not_supplied=frozenset(table.not_supplied),
            notes=(*(table.notes if part.stop == len(table.columns) else ()), f"{mark}{table.basis.sentence()}"),
        )
        for part in parts
    ]


def _names(table: PerformanceTable) -> list[str]:
    """Of several rows of one series, only the first says its name."""
    if table.columns[0].key != "rank":
        return list(table.rows)
    return [name if row[0] in (1, None) else "" for name, row in zip(table.rows, table.cells, strict=True)]


def _heading(column: Column) -> str:
    return f"{column.label} (%)" if column.unit == "decimal" else column.label


def text_of(cell: Cell, unit: Unit) -> str:
    """A cell as a reader knows it: percent with two decimals, the true minus sign, a dash for nothing."""
    if cell is None:
        return ABSENT
    if isinstance(cell, int | str | datetime.date):
        return str(cell)
    scaled = 100.0 * cell if unit == "decimal" else cell
    return f"{scaled:z.{DIGITS[unit]}f}".replace("-", "\N{MINUS SIGN}")


def _definitions(report: Report) -> list[Block]:
    first = report.tables[0]
    named = [
        (f"{one.basis.convention.capitalize()} convention", (*_own_tables(one), one.rolling_ranges[0]))
        for one in report.tables
    ]
    named.append(
        ("Under both conventions", (first.calendar_years, first.drawdowns, first.capture, first.extreme_months))
    )
    note = "r: returns of a month, b: those of the benchmark, rf: those of the risk-free series, n: months."
    return [_defined(title, tables, note) for title, tables in named]


def _defined(title: str, tables: tuple[PerformanceTable, ...], note: str) -> Block:
    rows: list[tuple[str, ...]] = []
    for table in tables:
        texts = [(column.label, column.definition) for column in table.columns]
        if table.key == "calendar_years":
            texts = [("Each year", table.columns[0].definition)]
        rows += [(table.title if i == 0 else "", *text) for i, text in enumerate(texts)]
    headings = ("Table", "Figure", "How it is computed")
    return Block(title, headings, tuple(rows), frozenset(), (note,), numbers=False)
