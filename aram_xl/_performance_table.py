"""What a table of performance is: labelled rows and columns of cells, and the sample that it was made from."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aram_xl._labels import frame
from aram_xl.errors import InputError
from aram_xl.returns import FREQUENCIES
from aram_xl.types import DateArray, FloatArray, Table

Cell = float | int | str | datetime.date | None
"""None: the history is too short, the statistic does not exist, or the series was not supplied."""

Unit = Literal["decimal", "ratio", "coefficient", "count", "date"]
"""``decimal`` reads as a percentage, ``ratio`` takes two digits, ``coefficient`` (beta, correlation) three."""

CONVENTIONS = {
    "newsletter": "convention newsletter: risk-free rate 0, alpha (1 + intercept)^12 - 1 of raw returns, tracking "
    "error a month, information ratio = gap of cumulative returns / tracking error",
    "standard": "convention standard: on returns in excess of the risk-free series, annualised",
    "any": "the same under both conventions",
}


WHOLE_MONTHS = "each row counts as a whole month."
"""How returns are taken whose dates are not month ends."""


@dataclass(frozen=True, eq=False, slots=True)
class Basis:
    """What stands under every table: sample, frequency, benchmark, risk-free series, convention."""

    start: datetime.date
    """Date of the first return."""
    end: datetime.date
    n: int
    """Returns in the sample."""
    frequency: str
    """``D``, ``W``, ``M`` or ``Q``."""
    benchmark: str
    risk_free: str
    convention: str
    """``newsletter``, ``standard``, or ``any`` where both give the same."""
    remark: str = ""
    """A sentence about the dates, where they are not what a reader takes them for."""

    def __post_init__(self) -> None:
        if self.convention not in CONVENTIONS:
            raise InputError(f"convention: expected one of {', '.join(CONVENTIONS)}, got {self.convention!r}")

    def sentence(self) -> str:
        """The line to print under a table."""
        rate = "no risk-free series in use" if self.convention == "any" else f"risk-free series {self.risk_free}"
        return (
            f"Sample {self.start} to {self.end}, {self.n} {FREQUENCIES[self.frequency]} returns; "
            f"benchmark {self.benchmark}; {rate}; {CONVENTIONS[self.convention]}.{self.remark and ' '}{self.remark}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "n": self.n,
            "frequency": self.frequency,
            "benchmark": self.benchmark,
            "risk_free": self.risk_free,
            "convention": self.convention,
            "remark": self.remark,
        }


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """A column of a table: how programs and readers call it, its unit, and how it is computed."""

    key: str
    label: str
    unit: Unit
    definition: str
    """In words that formulas of a spreadsheet can follow; ``r`` are the returns, ``b`` those of the benchmark."""


@dataclass(frozen=True, eq=False, slots=True)
class PerformanceTable:
    """Rows are series (or ranks within a series), hurdles last; columns are statistics in a fixed order."""

    key: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[Column, ...]
    cells: tuple[tuple[Cell, ...], ...]
    basis: Basis
    not_supplied: tuple[int, ...] = ()
    """Positions of rows that stand for a hurdle nobody supplied: all their cells are None."""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.rows) or any(len(row) != len(self.columns) for row in self.cells):
            raise InputError(f"cells: expected {len(self.rows)} rows of {len(self.columns)}, got another shape")

    def column(self, key: str) -> FloatArray:
        """(n_rows,) numbers of a column; NaN for None.

        Raises:
            InputError: no such column, or a column of dates.
        """
        keys = [column.key for column in self.columns]
        if key not in keys or self.columns[keys.index(key)].unit == "date":
            raise InputError(f"key: expected one of the columns of numbers {', '.join(keys)}, got {key!r}")
        place = keys.index(key)
        return np.array([np.nan if row[place] is None else row[place] for row in self.cells], dtype=np.float64)

    def to_frame(self) -> Table:
        """DataFrame, one row per row, one column per key; None where a cell is."""
        cells = np.empty((len(self.rows), len(self.columns)), dtype=object)
        for i, row in enumerate(self.cells):
            cells[i] = row
        return frame(cells, list(self.rows), [column.key for column in self.columns])

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: rows as ``{"name": ..., key: value}``, dates as ISO text, null for None."""
        keys = [column.key for column in self.columns]
        return {
            "title": self.title,
            "rows": [
                {"name": name, **{key: _plain(cell) for key, cell in zip(keys, row, strict=True)}}
                for name, row in zip(self.rows, self.cells, strict=True)
            ],
            "columns": [{"key": column.key, "label": column.label, "unit": column.unit} for column in self.columns],
            "not_supplied": [self.rows[i] for i in self.not_supplied],
            "notes": list(self.notes),
            "basis": self.basis.as_dict(),
        }


def off_month_ends(days: DateArray) -> DateArray:
    """Those of (n_months,) dates that are not month ends.

    A month ends with its last day, or with a day that at most one further weekday follows: that may be a holiday.
    """
    following = (days.astype("datetime64[M]") + 1).astype("datetime64[D]")
    return days[np.busday_count(days + 1, following) > 1]


def month_end_remark(days: DateArray) -> str:
    """What to say of (n_months,) dates that are not month ends; empty when all are."""
    off = off_month_ends(days)
    if off.size == 0:
        return ""
    return f"Dates are not month ends: {off.size} of {days.size}, the latest {off[-1]}; {WHOLE_MONTHS}"


def cell_of(value: float) -> float | None:
    """A number for a cell; None where it does not exist."""
    return float(value) if math.isfinite(value) else None


def _plain(cell: Cell) -> Any:
    return cell.isoformat() if isinstance(cell, datetime.date) else cell
