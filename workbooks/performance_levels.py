"""Sheet Calc_Levels of the performance workbook: growth of 1, drawdowns month by month, episodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.performance_data import DIGITS, PerformanceData
from workbooks.performance_inputs import DRAWDOWN, Inputs
from workbooks.performance_months import (
    COUNT,
    NAMES_ROW,
    TOP,
    Months,
    padded,
    padded_column,
    role,
    sampled,
    series_names,
    write_names,
)
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date

NAME = "Calc_Levels"

LEVEL, PERCENT = ("formula", "level"), ("formula", "percent")

KINDS = ("level", "drawdown", "deepest", "ended", "start", "trough")


class Levels(NamedTuple):
    """Cells of Calc_Levels; each column has the start above its months."""

    benchmark: Block
    levels: Block
    drawdown: Block
    depth: Block
    """Greatest drawdown of the episode so far."""
    ended: Block
    """Depth of an episode in its last month, rounded; 0 elsewhere."""
    starts: Block
    """Month of the sheet in which the episode began; 0 outside."""
    troughs: Block
    decimal_years: Block


def heads(data: PerformanceData) -> list[str]:
    """Heads of the columns behind the standard ones."""
    return [f"{kind} {name}" for kind in KINDS for name in series_names(data)] + ["decimal year"]


def write_levels(sheet: Sheet, data: PerformanceData, inputs: Inputs, months: Months) -> Levels:
    """Levels begin at 1 in the month before the first return of each series."""
    _write_words(sheet, data, months)
    market = _write_level(sheet, months.benchmark, 3, padded_column(data, role(data, data.roles.benchmark)))
    levels = _write_level(sheet, months.returns, FIRST_ASSET, padded(data, sampled(data)))
    fall, depth, ended, starts, troughs = _write_episodes(sheet, data, (levels, inputs), months)
    return Levels(market, levels, fall, depth, ended, starts, troughs, _write_years(sheet, data, inputs, months))


def _write_words(sheet: Sheet, data: PerformanceData, months: Months) -> None:
    sheet.labels(FIRST_ROW, ("Name", "Month end", "text", None))
    sheet.text(FIRST_ROW, 3, "benchmark")
    width = data.slots + 1
    for k in range(len(KINDS)):
        write_names(sheet, data, FIRST_ASSET + k * width, FIRST_ROW)
    for i in range(data.months + 1):
        sheet.text(NAMES_ROW + i, 0, "Level" if i else "Start", "section")
        sheet.text(NAMES_ROW + i, 2, "level", "note")
    first = data.dates[0].astype("datetime64[M]").astype("datetime64[D]") - 1
    day = months.dates
    style = ("formula", "day")
    sheet.formulas(NAMES_ROW, 1, lambda i, j: f"=EOMONTH({day.at()},-1)", excel_date(np.array([first]))[0], style)
    sheet.formulas(TOP, 1, lambda i, j: f"={day.at(i)}", padded_column(data, excel_date(data.dates)), style)
    sheet.file.set_column(4, 4, 6)


def _write_level(sheet: Sheet, returns: Block, column: int, values: FloatArray) -> Block:
    """Where the level before is missing, the first return is to come: there it stands at 1."""
    levels = Block(NAME, NAMES_ROW, column, values.shape[0] + 1, values.shape[1])

    def formula(i: int, j: int) -> str:
        now, following = returns.at(i - 1, j), returns.at(i, j).split("!")[1]
        return f'=IF(COUNT({now}:{following}),IFERROR({levels.at(i - 1, j)}*(1+{now}),1),"")'

    return sheet.formulas(NAMES_ROW, column, formula, growth(values), LEVEL)


def growth(values: FloatArray) -> FloatArray:
    """(n + 1, ...) growth of 1; NaN but for months with returns and the one before."""
    path = np.full((values.shape[0] + 1, values.shape[1]), np.nan)
    for j in range(values.shape[1]):
        there = np.flatnonzero(np.isfinite(values[:, j]))
        if there.size:
            path[there[0], j] = 1.0
            path[there + 1, j] = np.cumprod(1.0 + values[there, j])
    return path


class _Episodes(NamedTuple):
    """Cached values of the blocks, each with the start above."""

    drawdown: FloatArray
    depth: FloatArray
    ended: FloatArray
    starts: FloatArray
    troughs: FloatArray


def _episodes(levels: FloatArray) -> _Episodes:
    n, size = levels.shape
    drawdown = np.full((n, size), np.nan)
    depth, ended, starts, troughs = np.zeros((4, n, size))
    for j in range(size):
        there = np.flatnonzero(np.isfinite(levels[:, j]))
        drawdown[there, j] = 1.0 - levels[there, j] / np.maximum.accumulate(levels[there, j])
    below = np.where(np.isfinite(drawdown), drawdown, 0.0) > DRAWDOWN
    for i in range(1, n):
        now, month = below[i], float(i)
        fall = np.where(now, drawdown[i], 0.0)
        depth[i] = np.where(now, np.maximum(depth[i - 1], fall), 0.0)
        starts[i] = np.where(now, np.where(starts[i - 1] == 0, month, starts[i - 1]), 0.0)
        troughs[i] = np.where(now, np.where(fall > depth[i - 1], month, troughs[i - 1]), 0.0)
        following = below[i + 1] if i + 1 < n else np.zeros(size, dtype=bool)
        ended[i] = np.where(following, 0.0, np.round(depth[i], DIGITS))
    return _Episodes(drawdown, depth, ended, starts, troughs)


def _write_episodes(sheet: Sheet, data: PerformanceData, cells: tuple[Block, Inputs], months: Months) -> list[Block]:
    """Drawdown from the highest level so far; depth, end, start and trough of what lies between two peaks."""
    levels, inputs = cells
    width = levels.width
    values = _episodes(growth(padded(data, sampled(data))))
    least, digits, number = inputs.drawdown.at(fix="rc"), inputs.digits.at(fix="rc"), months.positions
    fall, depth, ended, starts, troughs = (levels._replace(column=levels.column + k * width) for k in range(1, 6))

    def top(j: int, i: int) -> str:
        return f"{levels.at(0, j, 'r')}:{levels.at(i, j).split('!')[1]}"

    def below(i: int, j: int) -> str:
        return f"(N({fall.at(i, j)})>{least})"

    def month(i: int) -> str:
        return f"N({number.at(i - 1, 0, 'c')})"

    formulas: tuple[tuple[Block, Callable[[int, int], str], FloatArray, tuple[str, str]], ...] = (
        (fall, lambda i, j: f'=IF(COUNT({levels.at(i, j)}),1-{levels.at(i, j)}/MAX({top(j, i)}),"")',
         values.drawdown, PERCENT),
        (depth, lambda i, j: f"={below(i, j)}*MAX(N({depth.at(i - 1, j)}),N({fall.at(i, j)}))", values.depth, PERCENT),
        (ended, lambda i, j: f"=ROUND({depth.at(i, j)},{digits})*(N({fall.at(i + 1, j)})<={least})",
         values.ended, PERCENT),
        (starts, lambda i, j: f"={below(i, j)}*(N({starts.at(i - 1, j)})+(N({starts.at(i - 1, j)})=0)*{month(i)})",
         values.starts, COUNT),
        (troughs, lambda i, j: f"={below(i, j)}*IF(N({fall.at(i, j)})>N({depth.at(i - 1, j)}),{month(i)},"
         f"N({troughs.at(i - 1, j)}))", values.troughs, COUNT),
    )  # fmt: skip
    return [sheet.formulas(NAMES_ROW, block.column, formula, table, style) for block, formula, table, style in formulas]


def _write_years(sheet: Sheet, data: PerformanceData, inputs: Inputs, months: Months) -> Block:
    """2016.5 for the end of June 2016: the horizontal axis of the charts."""
    column = FIRST_ASSET + len(KINDS) * (data.slots + 1)
    first = data.dates[0].astype("datetime64[M]").astype(int) - 1
    ordinal = np.append(first, data.dates.astype("datetime64[M]").astype(int))
    values = np.full(data.months + 1, np.nan)
    values[: ordinal.size] = ordinal // 12 + 1970 + (ordinal % 12 + 1) / 12
    year = inputs.months_per_year.at(fix="rc")

    def formula(i: int, _: int) -> str:
        day = Block(NAME, NAMES_ROW + i, 1, 1, 1).at()
        return f'=IF(COUNT({day}),YEAR({day})+MONTH({day})/{year},"")'

    return sheet.formulas(NAMES_ROW, column, formula, values[:, None], ("formula", "number"))
