"""Sheet Calc_Years of the performance workbook: calendar years, the latest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.performance_basis import BasisCells
from workbooks.performance_data import YEARS, PerformanceData
from workbooks.performance_levels import Levels, growth
from workbooks.performance_months import Months, padded, sampled, write_names
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet

NAME = "Calc_Years"

TOP = FIRST_ROW + 2


class Years(NamedTuple):
    """Cells of Calc_Years, one row per year."""

    years: Block
    months: Block
    native: Block
    difference: Block
    own_months: Block
    """Months with a return, of every series."""
    months_difference: Block


def heads(data: PerformanceData) -> list[str]:
    """Heads of the columns behind the standard ones."""
    names = [f"series {i + 1}" for i in range(data.slots)] + ["60/40"]
    levels = [f"{word} {name}" for word in ("end", "before") for name in names]
    engine = [f"engine {name}" for name in names]
    counts = [f"months {name}" for name in names]
    difference = ["difference"] * len(names)
    return [*names, *engine, *difference, "row before", "months", *levels, *counts, *engine, *difference]


def base(data: PerformanceData) -> Block:
    """The row before the latest year, of which the year to date is made."""
    return Block(NAME, TOP, FIRST_ASSET + 3 * (data.slots + 1), 1, 1)


def write_years(
    sheet: Sheet, data: PerformanceData, basis: BasisCells, cells: tuple[Levels, Months],
    starts: tuple[Block, FloatArray],
) -> Years:  # fmt: skip
    """The level at the end of a year over that before it, or before the first month of the series."""
    levels, months = cells
    firsts = starts[0]
    first_rows = [[float(x) if np.isfinite(x) else "-" for x in starts[1]]]
    width, last = data.slots + 1, data.dates.astype("datetime64[Y]").astype(int) + 1970
    sheet.labels(FIRST_ROW, ("Name", "Year", "text", None))
    sheet.text(FIRST_ROW, 3, "last row")
    sheet.labels(FIRST_ROW + 1, ("Name", "First row", "row", None))
    row = FIRST_ROW + 1
    started = sheet.formulas(row, FIRST_ASSET, lambda i, j: f"={firsts.at(0, j)}", first_rows, ("figure", "count"))
    for place in (FIRST_ASSET, FIRST_ASSET + width, _counts(data), _counts(data) + width):
        write_names(sheet, data, place, FIRST_ROW)
    for i in range(YEARS):
        sheet.text(TOP + i, 0, "Year", "section")
        sheet.text(TOP + i, 2, "return", "note")
    wanted = last[-1] - np.arange(YEARS)
    ends = np.minimum((last[None, :] <= wanted[:, None]).sum(axis=1), data.dates.size)
    before = (last[None, :] < wanted[:, None]).sum(axis=1)
    count = ("formula", "count")
    years = Block(NAME, TOP, 1, YEARS, 1)
    listed, final = months.years.all(), basis.at("last_row")
    sheet.formulas(TOP, 1, lambda i, j: f"=YEAR({basis.at('end')})", float(wanted[0]), ("formula", "count"))
    sheet.formulas(TOP + 1, 1, lambda i, j: f"={years.at(i)}-1", wanted[1:, None] * 1.0, count)
    rows = sheet.formulas(
        TOP, 3, lambda i, j: f'=MIN({final},COUNTIF({listed},"<="&{years.at(i, 0, "c")}))', ends[:, None] * 1.0, count
    )
    first = base(data)
    earlier = sheet.formulas(
        TOP, first.column, lambda i, j: f'=COUNTIF({listed},"<"&{years.at(i, 0, "c")})', before[:, None] * 1.0, count
    )
    shown = sheet.formulas(
        TOP, first.column + 1, lambda i, j: f"=MAX(0,{rows.at(i)}-MAX({earlier.at(i)},{basis.at('first_row')}-1))",
        np.maximum(0, ends - np.maximum(before, data.first))[:, None] * 1.0, count,
    )  # fmt: skip
    values = _values(data, wanted)

    ends_at, before_at = (
        _write_levels(sheet, data, levels, (first.column + 2 + k * width, row), known)
        for k, (row, known) in enumerate(((rows, ends), (earlier, before)))
    )

    def formula(i: int, j: int) -> str:
        # Levels begin at 1, so a series that began within the year is compared with 1.
        base_level = f"MAX(N({before_at.at(i, j)}),(N({before_at.at(i, j)})=0)*1)"
        return f'=IF({rows.at(i, 0, "c")}>={started.at(0, j, "r")},{ends_at.at(i, j)}/{base_level}-1,"-")'

    native = sheet.formulas(TOP, FIRST_ASSET, formula, values, ("figure", "percent"))
    engine = sheet.values(TOP, FIRST_ASSET + width, values, ("engine_figure", "percent"))
    difference = sheet.formulas(
        TOP, FIRST_ASSET + 2 * width,
        lambda i, j: difference_formula(native.at(i, j), engine.at(i, j), basis), _zeros(YEARS, width), SMALL,
    )  # fmt: skip
    return Years(years, shown, native, difference, *_write_counts(sheet, data, basis, months, wanted))


def _counts(data: PerformanceData) -> int:
    """Column of the months of the first series."""
    return base(data).column + 2 + 2 * (data.slots + 1)


def _write_counts(
    sheet: Sheet, data: PerformanceData, basis: BasisCells, months: Months, wanted: FloatArray
) -> tuple[Block, Block]:
    """Months of each series in each year: native, engine, difference; gives the first and the last."""
    width, left = data.slots + 1, _counts(data)
    none = np.zeros(data.starts.size)
    known = np.nan_to_num([data.spread(data.engine.months.get(int(year), none)) for year in wanted])
    years, count = months.years.all(), ("formula", "count")

    def formula(i: int, j: int) -> str:
        year = Block(NAME, TOP + i, 1, 1, 1).at(fix="c")
        return f"=SUMPRODUCT(({years}={year})*ISNUMBER({months.returns.down(j, 'r')}))"

    native = sheet.formulas(TOP, left, formula, known, count)
    engine = sheet.values(TOP, left + width, known, ("engine_figure", "count"))
    difference = sheet.formulas(
        TOP, left + 2 * width, lambda i, j: difference_formula(native.at(i, j), engine.at(i, j), basis),
        _zeros(YEARS, width), SMALL,
    )  # fmt: skip
    return native, difference


def _write_levels(
    sheet: Sheet, data: PerformanceData, levels: Levels, place: tuple[int, Block], rows: FloatArray
) -> Block:
    """Level of every series at the end of the given rows."""
    column, row = place
    paths = growth(padded(data, sampled(data)))
    return sheet.formulas(
        TOP, column, lambda i, j: f"=INDEX({levels.levels.down(j, 'r')},{row.at(i, 0, 'c')}+1)",
        paths[rows.astype(int)], ("formula", "level"),
    )  # fmt: skip


SMALL = ("formula", "small")


def difference_formula(native: str, engine: str, basis: BasisCells) -> str:
    """1 when only one of both is a number; empty when the engine read other data."""
    return f'=IF({basis.at("same")},IFERROR({native}-{engine},N({native}<>{engine})),"")'


def _zeros(height: int, width: int) -> list[list[float]]:
    return [[0.0] * width for _ in range(height)]


def _values(data: PerformanceData, wanted: FloatArray) -> list[list[float | str]]:
    """Of the engine; a dash where there is none."""
    none = np.full(data.starts.size, np.nan)
    rows = [data.spread(data.engine.years.get(int(year), none)) for year in wanted]
    return [[float(x) if np.isfinite(x) else "-" for x in row] for row in rows]
