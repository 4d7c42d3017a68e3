"""Sheet Calc_Stats of the performance workbook: one line per statistic - native, engine, difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.performance_basis import BasisCells, own_series
from workbooks.performance_data import PerformanceData
from workbooks.performance_inputs import MONTHS_PER_YEAR, Inputs, Pasted
from workbooks.performance_levels import Levels
from workbooks.performance_months import Months, Rolled, sampled, series_names, write_names
from workbooks.performance_years import difference_formula
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date

NAME = "Calc_Stats"

ABSENT = "-"
"""Stands where the history is too short or a statistic does not exist."""

Rolling = dict[tuple[str, int, str], Rolled]
"""(convention, window, statistic)"""


class Sources(NamedTuple):
    """Cells that the statistics are made of."""

    inputs: Inputs
    pasted: Pasted
    basis: BasisCells
    months: Months
    excess: Block
    levels: Levels
    rolling: Rolling


class Line(NamedTuple):
    """Words and look of a line; ``key`` is where the engine has it, empty for steps on the way."""

    name: str
    section: str
    label: str
    unit: str
    number: str
    note: str
    key: tuple[Any, ...] = ()
    horizon: float = np.nan
    """Months, or a rank, that the line is about; in column D."""


def heads(data: PerformanceData) -> list[str]:
    """Heads of the columns behind the standard ones."""
    names = series_names(data)
    return [*names, *(f"engine {name}" for name in names), *["difference"] * len(names)]


class Stats:
    """The sheet being written, line after line; each line can refer to those above it."""

    def __init__(self, sheet: Sheet, data: PerformanceData, sources: Sources) -> None:
        self.sheet, self.data, self.sources = sheet, data, sources
        self.width = data.slots + 1
        self.rows: dict[str, int] = {}
        self.values: dict[str, FloatArray] = {}
        """(n_columns of the sheet,) cached value of each line"""
        self.sections: dict[str, list[str]] = {}
        """Lines that the engine has, by section."""
        self._next = FIRST_ROW + 1
        sheet.labels(FIRST_ROW, ("Name", "Statistic", "text", None))
        sheet.text(FIRST_ROW, 3, "months or rank")
        sheet.file.set_column(0, 0, 24)
        sheet.file.set_column(1, 1, 38)
        for k in range(2):
            write_names(sheet, data, FIRST_ASSET + k * self.width, FIRST_ROW)

    def native(self, name: str) -> Block:
        """The native figures of a line."""
        return Block(NAME, self.rows[name], FIRST_ASSET, 1, self.width)

    def engine(self, name: str) -> Block:
        """The engine's figures of a line."""
        return self.native(name)._replace(column=FIRST_ASSET + self.width)

    def cell(self, name: str, j: int) -> str:
        """A figure of the same column."""
        return self.native(name).at(0, j, "r")

    def horizon(self, name: str) -> str:
        """What stands in column D of a line."""
        return Block(NAME, self.rows[name], 3, 1, 1).at(fix="rc")

    def differences(self, section: str) -> Block:
        """Differences of all lines of a section."""
        rows = [self.rows[name] for name in self.sections[section]]
        return Block(NAME, min(rows), FIRST_ASSET + 2 * self.width, max(rows) - min(rows) + 1, self.width)

    def add(self, line: Line, formula: Callable[[int], str], values: FloatArray | None = None) -> None:
        """One line; ``values`` (n_columns of the sheet) are needed where the engine has none."""
        row = self.rows[line.name] = self._next
        self._next += 1
        self.sheet.labels(row, (line.section, line.label, line.unit, line.note))
        if np.isfinite(line.horizon):
            self.sheet.values(row, 3, line.horizon, ("formula", "count"))
        known = self.values[line.name] = self.known(line) if values is None else values
        shown = [[float(x) if np.isfinite(x) else ABSENT for x in known]]
        probe = formula(0)
        write = self.sheet.arrays if probe.startswith("{") else self.sheet.formulas
        native = write(row, FIRST_ASSET, lambda i, j: formula(j).strip("{}"), shown, ("figure", line.number))
        if line.key:
            self.sections.setdefault(line.section, []).append(line.name)
            engine = self.sheet.values(row, FIRST_ASSET + self.width, shown, ("engine_figure", line.number))
            basis = self.sources.basis
            self.sheet.formulas(
                row, FIRST_ASSET + 2 * self.width,
                lambda i, j: difference_formula(native.at(i, j), engine.at(i, j), basis), [[0.0] * self.width],
                ("formula", "small"),
            )  # fmt: skip

    def space(self) -> None:
        """An empty line."""
        self._next += 1

    def known(self, line: Line) -> FloatArray:
        """The engine's figures, at the places of the sheets."""
        engine, none = self.data.engine, np.full(self.data.starts.size, np.nan)
        found = engine.ranked.get(line.key, none) if len(line.key) == 2 else engine.table.get(line.key, none)
        return self.data.spread(found)


def or_absent(figure: str) -> str:
    """A formula that shows a dash where the figure does not exist."""
    return f'=IFERROR({figure},"{ABSENT}")'


def write_stats(sheet: Sheet, data: PerformanceData, sources: Sources) -> Stats:
    """The lines of the sample; those of the tables are added by the modules that know them."""
    stats = Stats(sheet, data, sources)
    _write_sample(stats)
    return stats


def _write_sample(stats: Stats) -> None:
    data, sources = stats.data, stats.sources
    last = sources.basis.at("last_row")
    returns, months = sources.months.returns, sources.months
    there = np.isfinite(sampled(data)).sum(axis=0).astype(np.float64)
    count = data.spread(there)
    count[np.isnan(count)] = 0.0
    first = np.where(count > 0, data.dates.size - count + 1, np.nan)
    days = np.full(count.size, np.nan)
    days[count > 0] = excel_date(data.dates[(first[count > 0] - 1).astype(int)])

    def down(j: int) -> str:
        return returns.down(j, "r")

    stats.add(Line("n", "Sample", "Months", "months", "count", "Returns of the series in the sample"),
              lambda j: f"=COUNT({down(j)})", count)  # fmt: skip

    def n(j: int) -> str:
        return stats.cell("n", j)

    stats.add(Line("first", "Sample", "First row", "row", "count", "On Calc_R"),
              lambda j: f'=IF({n(j)}>0,{last}-{n(j)}+1,"-")', first)  # fmt: skip
    stats.add(Line("from", "Sample", "First month", "date", "date", "Month end"),
              lambda j: f'=IF({n(j)}>0,INDEX({months.dates.all()},{stats.cell("first", j)}),"-")', days)  # fmt: skip
    stats.add(Line("last", "Sample", "Last row", "row", "count", "On Calc_R"), lambda j: f"={last}",
              np.full(count.size, float(data.dates.size)))  # fmt: skip
    for window in (12, 36):
        stats.add(
            Line(f"first_{window}", "Sample", f"First row of {window} months", "row", "count", "On Calc_R",
                 horizon=window),
            lambda j, w=window: f'=IF({n(j)}>={stats.horizon(f"first_{w}")},'  # type: ignore[misc]
            f'{stats.cell("last", j)}-{stats.horizon(f"first_{w}")}+1,"-")',
            np.where(count >= window, data.dates.size - window + 1.0, np.nan),
        )  # fmt: skip
    year = sources.inputs.months_per_year.at(fix="rc")
    stats.add(
        Line("annual", "Sample", "Months a year", "months", "count", "A dash: shorter than a year, not annualised"),
        lambda j: f'=IF({n(j)}>={year},{year},"-")', np.where(count >= MONTHS_PER_YEAR, MONTHS_PER_YEAR, np.nan),
    )  # fmt: skip
    stats.add(
        Line("missing", "Sample", "Months missing", "months", "count", "From the first month to the last"),
        lambda j: f'=IF({n(j)}>0,{n(j)}-COUNT(INDEX({down(j)},{stats.cell("first", j)}):'
        f'INDEX({down(j)},{stats.cell("last", j)})),"-")',
        np.where(count > 0, 0.0, np.nan),
    )  # fmt: skip
    _write_own(stats, count)


def _write_own(stats: Stats, count: FloatArray) -> None:
    """Numbers of the own series, and fingerprints of the data."""
    data, sources = stats.data, stats.sources
    own = np.full(stats.width, np.nan)
    for k, j in enumerate(own_series(data), start=1):
        own[j] = k
    row = Block(NAME, stats._next, FIRST_ASSET, 1, stats.width)
    benchmark, bills = (sources.basis.at(f"{key}_name") for key in ("benchmark", "bills"))
    names = sources.pasted.names

    def number(j: int) -> str:
        if j == data.slots:
            return '="-"'
        before = f"{row.at(0, -1, 'c')}:{row.at(0, j - 1).split('!')[1]}"
        name = names.at(0, j)
        return f'=IF(({stats.cell("n", j)}>0)*({name}<>{benchmark})*({name}<>{bills}),MAX({before})+1,"-")'

    stats.add(Line("own", "Sample", "Number among own series", "count", "count", "All but benchmark and T-bills"),
              number, own)  # fmt: skip
    positions = sources.months.positions.all()
    weighted = np.zeros(stats.width)
    raw = np.nan_to_num(data.values[:, : len(data.names)])
    weighted[: len(data.names)] = (raw * np.arange(1.0, data.dates.size + 1)[:, None]).sum(axis=0)
    pasted = sources.pasted.returns
    stats.add(
        Line("print", "Sample", "Fingerprint", "return", "exact", "Returns times their row numbers, summed"),
        lambda j: f"=SUMPRODUCT({pasted.down(j, 'r')},{positions})" if j < data.slots else "=0", weighted,
    )  # fmt: skip
    stats.sheet.values(stats.rows["print"], FIRST_ASSET + stats.width, [[*weighted]], ("engine_figure", "exact"))
    stats.space()
