"""Charts of the performance workbook, and sheet Calc_Charts behind them.

A chart keeps its ranges whatever is pasted. So each column of Calc_Charts is as long as there is room for months, its
first rows repeat the first point of the series and its last rows the last one: nothing is seen of that in a chart of
points joined by lines. What does not exist is #N/A, which charts leave out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from aram_xl._performance_tables import WINDOWS
from aram_xl.types import FloatArray
from workbooks.charts import axes
from workbooks.performance_basis import charted
from workbooks.performance_data import PerformanceData
from workbooks.performance_inputs import MONTHS_PER_YEAR, START_LEVEL, Pasted
from workbooks.performance_levels import growth
from workbooks.performance_months import TOP as MONTHS_TOP
from workbooks.performance_months import padded, sampled
from workbooks.performance_stats import Stats
from workbooks.sheet import FIRST_ROW, Block, Book, Sheet
from workbooks.styles import SERIES_COLOURS

NAME = "Calc_Charts"

WINDOW = WINDOWS[0]
"""Months of the rolling charts."""

TOP = FIRST_ROW + 5

LEFT = 5

KINDS = ("row", "year", "growth", "drawdown", "window", "window year", "beta", "risk")

MISSING = "#N/A"

DASHES = ("solid", "solid", "solid", "dash", "dash", "round_dot", "long_dash", "square_dot")
"""Own series, then T-bills, benchmark, 60/40: told apart without colour."""


class Points(NamedTuple):
    """Blocks of Calc_Charts, one column per line of the charts."""

    names: Block
    blocks: dict[str, Block]
    target: Block
    """Year and target."""
    scatter: Block
    """Two rows: risk and return."""


def heads(data: PerformanceData) -> list[str]:
    """Heads of the columns behind the standard ones."""
    count = len(charted(data))
    lines = [f"{kind} {c + 1}" for kind in KINDS for c in range(count)]
    return [*lines, "row of sample", "year", "target a year", "target a month"]


def write_points(sheet: Sheet, data: PerformanceData, stats: Stats, pasted: Pasted) -> Points:
    """Settings above, points below."""
    sources = stats.sources
    count, height = len(charted(data)), data.months + 1
    blocks = {kind: Block(NAME, TOP, LEFT + k * count, height, count) for k, kind in enumerate(KINDS)}
    settings = _write_settings(sheet, data, stats, blocks)
    number = sheet.values(TOP, 3, np.arange(1.0, height + 1)[:, None], ("formula", "count"))
    for i in range(height):
        sheet.text(TOP + i, 0, "Point", "section")
        sheet.text(TOP + i, 1, "Of every line")
        sheet.text(TOP + i, 2, "any", "note")
    values = _Values(data)
    place, first, last, first_window, last_window = settings
    level, point = sources.levels, blocks["row"]
    rolling, years = sources.rolling, level.decimal_years
    start = sources.inputs.start_level.at(fix="rc")

    def clamp(low: Block, high: Block) -> Callable[[int, int], str]:
        return lambda i, j: f"=MEDIAN({low.at(0, j, 'r')},{number.at(i, 0, 'c')},{high.at(0, j, 'r')})"

    def look(source: Block, at: str, factor: str = "1") -> Callable[[int, int], str]:
        return lambda i, j: f"=IFERROR({factor}*INDEX({source.all()},{blocks[at].at(i, j)},{place.at(0, j, 'r')}),NA())"

    later = years._replace(row=years.row + WINDOW, height=years.height - WINDOW).all()
    figure, row_of = ("figure", "number"), blocks["window"]
    for kind, formula, found in (
        ("row", clamp(first, last), values.rows),
        ("year", lambda i, j: f"=INDEX({years.all()},{point.at(i, j)})", values.years),
        ("growth", look(level.levels, "row", start), values.growth),
        ("drawdown", look(level.drawdown, "row", "-1"), values.drawdown),
        ("window", clamp(first_window, last_window), values.windows),
        ("window year", lambda i, j: f"=IFERROR(1*INDEX({later},{row_of.at(i, j)}),NA())", values.window_years),
        ("beta", look(rolling["newsletter", WINDOW, "beta"].native, "window"), values.beta),
        ("risk", look(rolling["newsletter", WINDOW, "risk"].native, "window"), values.risk),
    ):
        style = ("formula", "count") if kind in ("row", "window") else figure
        sheet.formulas(TOP, blocks[kind].column, formula, _listed(found), style)
    target = _write_target(sheet, data, stats, (number, pasted))
    return Points(settings_names(count), blocks, target, _scatter_block(count))


def settings_names(count: int) -> Block:
    """Names of the lines, in the first row."""
    return Block(NAME, FIRST_ROW, LEFT, 1, count)


def _scatter_block(count: int) -> Block:
    return Block(NAME, FIRST_ROW, LEFT + 2 * count, 2, count)


def _listed(values: FloatArray) -> list[list[float | str]]:
    return [[float(x) if np.isfinite(x) else MISSING for x in row] for row in values]


def _write_settings(
    sheet: Sheet, data: PerformanceData, stats: Stats, blocks: dict[str, Block]
) -> tuple[Block, Block, Block, Block, Block]:
    """Name, column, first and last row of every line; risk and return of the scatter beside the names."""
    basis, lines = stats.sources.basis, charted(data)
    count = len(lines)
    for row, label, unit in ((0, "Name of the line", "text"), (1, "Column of Calc_R", "column"),
                             (2, "First row", "row"), (3, "Last row", "row")):  # fmt: skip
        sheet.labels(FIRST_ROW + row, ("Setting", label, unit, None))
    sheet.formulas(FIRST_ROW, LEFT, lambda i, j: f"={basis.chart_names.at(j)}", [[name for name, _ in lines]],
                   ("formula", "text"))  # fmt: skip
    place = sheet.formulas(FIRST_ROW + 1, LEFT, lambda i, j: f"={basis.chart_places.at(j)}",
                           [[place for _, place in lines]], ("figure", "count"))  # fmt: skip
    values = _Values(data)
    start, final = basis.at("first_row"), basis.at("last_row")
    rows = stats.native("first").all()
    first = sheet.formulas(
        FIRST_ROW + 2, LEFT, lambda i, j: f"=IFERROR(1*INDEX({rows},{place.at(0, j)}),{start})", [values.first],
        ("formula", "count"),
    )  # fmt: skip
    last = sheet.formulas(FIRST_ROW + 3, LEFT, lambda i, j: f"={final}+1", [[data.dates.size + 1.0] * count],
                          ("formula", "count"))  # fmt: skip
    left = blocks["window"].column
    first_window = sheet.formulas(
        FIRST_ROW + 2, left, lambda i, j: f"={first.at(0, j)}", [values.first], ("formula", "count")
    )
    end = stats.horizon(f"first_{WINDOW}")
    last_window = sheet.formulas(
        FIRST_ROW + 3, left, lambda i, j: f"=MAX(1,{final}-{end}+1)",
        [[max(1.0, data.dates.size - WINDOW + 1.0)] * count], ("formula", "count"),
    )  # fmt: skip
    scatter = _scatter_block(count)
    for k, (line, label) in enumerate((("annualised_volatility", "risk"), ("annualised_return", "return"))):
        figures = stats.native(line).all()
        sheet.formulas(
            FIRST_ROW + k, scatter.column,
            lambda i, j, f=figures: f"=IFERROR(1*INDEX({f},{place.at(0, j)}),NA())",  # type: ignore[misc]
            _listed(values.of_line(stats.values[line])[None, :]), ("figure", "percent"),
        )  # fmt: skip
        sheet.text(FIRST_ROW + k, scatter.column + count, f"{label} a year", "note")
    return place, first, last, first_window, last_window


def _write_target(sheet: Sheet, data: PerformanceData, stats: Stats, cells: tuple[Block, Pasted]) -> Block:
    number, pasted = cells
    sources, column = stats.sources, LEFT + len(KINDS) * len(charted(data))
    basis = sources.basis
    years = sources.levels.decimal_years
    rows = np.clip(np.arange(data.months + 1) + 1, data.first + 1, data.dates.size)
    count = ("formula", "count")
    row = sheet.formulas(
        TOP, column, lambda i, j: f"=MEDIAN({basis.at('first_row')},{number.at(i, 0, 'c')},{basis.at('last_row')})",
        rows[:, None] * 1.0, count,
    )  # fmt: skip
    later = years._replace(row=MONTHS_TOP, height=years.height - 1).all()
    sheet.formulas(TOP, column + 1, lambda i, j: f"=INDEX({later},{row.at(i)})",
                   _decimal(data)[rows][:, None], ("figure", "number"))  # fmt: skip
    targets = pasted.target.all()
    per_year = sources.inputs.months_per_year.at(fix="rc")
    known = data.target[rows - 1] * np.sqrt(MONTHS_PER_YEAR)

    def monthly(i: int, _: int) -> str:
        cell = f"INDEX({targets},{row.at(i)})"
        return f"=IF(COUNT({cell}),{cell},NA())"

    sheet.formulas(TOP, column + 3, monthly, _listed(data.target[rows - 1][:, None]), ("figure", "percent"))
    month = Block(NAME, TOP, column + 3, data.months + 1, 1)
    sheet.formulas(TOP, column + 2, lambda i, j: f"=IFERROR({month.at(i)}*SQRT({per_year}),NA())",
                   _listed(known[:, None]), ("figure", "percent"))  # fmt: skip
    return Block(NAME, TOP, column + 1, data.months + 1, 2)


def _decimal(data: PerformanceData) -> FloatArray:
    """(n_months + 1,) decimal years, the start first."""
    ordinal = data.dates.astype("datetime64[M]").astype(int)
    ordinal = np.append(ordinal[0] - 1, ordinal)
    return np.asarray(ordinal // 12 + 1970 + (ordinal % 12 + 1) / 12)


class _Values:
    """Cached values of the points, (n_points, n_lines)."""

    def __init__(self, data: PerformanceData) -> None:
        self.data = data
        self.places = [int(place) - 1 if isinstance(place, float) else None for _, place in charted(data)]
        own = data.spread(data.starts.astype(np.float64))
        self.first = [
            data.first + 1.0 if p is None or not own[p] < data.dates.size else own[p] + 1.0 for p in self.places
        ]
        number = np.arange(1.0, data.months + 2)[:, None]
        first, n = np.array(self.first), data.dates.size
        final = max(1, n - WINDOW + 1)
        self.rows = np.median(np.broadcast_arrays(first[None, :], number, np.full((1, 1), n + 1.0)), axis=0)
        self.windows = np.median(np.broadcast_arrays(first[None, :], number, np.full((1, 1), float(final))), axis=0)
        levels = growth(padded(data, sampled(data)))
        peak = np.fmax.accumulate(levels, axis=0)
        decimal = np.full(data.months + 1, np.nan)
        decimal[: n + 1] = _decimal(data)
        self.years = decimal[self.rows.astype(int) - 1]
        self.growth = START_LEVEL * self._look(levels, self.rows)
        self.drawdown = -self._look(1.0 - levels / peak, self.rows)
        self.window_years = decimal[WINDOW:][self.windows.astype(int) - 1]
        self.beta, self.risk = (self._look(self._rolled(key), self.windows) for key in ("beta", "risk"))

    def _rolled(self, key: str) -> FloatArray:
        paths = self.data.engine.rolling["newsletter", WINDOW, key][WINDOW - 1 :]
        return padded(self.data, paths, self.data.months - WINDOW + 1)

    def _look(self, table: FloatArray, rows: FloatArray) -> FloatArray:
        found = np.full(rows.shape, np.nan)
        for c, place in enumerate(self.places):
            if place is not None:
                found[:, c] = table[rows[:, c].astype(int) - 1, place]
        return found

    def of_line(self, values: FloatArray) -> FloatArray:
        """A statistic of the charted series."""
        return np.array([np.nan if place is None else values[place] for place in self.places])


def write_charts(book: Book, sheet: Sheet, row: int, points: Points, words: tuple[str, str]) -> None:
    """Five charts below the tables; ``words``: formula and text of the line above them."""
    sheet.text(row, 0, "Charts", "section")
    sheet.text(row, 1, "First five own series and the hurdles; rolling windows by the newsletter convention.", "note")
    sheet.formulas(row + 1, 1, lambda i, j: words[0], words[1], ("note", "text"))
    x, window = points.blocks["year"], points.blocks["window year"]
    year = {"num_format": "0", "major_unit": 1, "name": "end of December = next whole number"}
    percent = {"num_format": "0%"}
    charts = (
        _lines(book, points, (x, points.blocks["growth"]), f"Growth of {START_LEVEL:.0f} (hypothetical)",
               (year, {"num_format": "0", "name": "level"})),
        _lines(book, points, (window, points.blocks["beta"]), f"Rolling {WINDOW}-month beta to the benchmark",
               (year, {"num_format": "0.0", "name": "beta"})),
        _risk(book, points, (year, percent | {"name": "risk a year", "min": 0})),
        _lines(book, points, (x, points.blocks["drawdown"]), "Drawdown: loss from the highest level so far",
               (year, percent | {"name": "loss", "max": 0})),
        _scatter(book, points),
    )  # fmt: skip
    for k, chart in enumerate(charts):
        chart.set_size({"width": 620, "height": 380})
        chart.show_na_as_empty_cell()
        column = (0, 6)[k % 2]
        place = {"x_offset": 4, "y_offset": 4, "object_position": 3}
        sheet.file.insert_chart(row + 3 + 20 * (k // 2), column, chart, place)


def _line(points: Points, j: int, x: str, y: str) -> dict[str, Any]:
    colour = SERIES_COLOURS[j % len(SERIES_COLOURS)]
    return {
        "name": f"={points.names.at(0, j, 'rc')}", "categories": f"={x}", "values": f"={y}",
        "line": {"color": colour, "width": 1.75, "dash_type": DASHES[j % len(DASHES)]}, "marker": {"type": "none"},
    }  # fmt: skip


def _lines(
    book: Book, points: Points, blocks: tuple[Block, Block], title: str, ends: tuple[dict[str, Any], dict[str, Any]]
) -> Any:
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    for j in range(points.names.width):
        chart.add_series(_line(points, j, blocks[0].down(j, "rc"), blocks[1].down(j, "rc")))
    axes(chart, title, *ends)
    return chart


def _risk(book: Book, points: Points, ends: tuple[dict[str, Any], dict[str, Any]]) -> Any:
    title = f"Rolling {WINDOW}-month risk against the target"
    chart = _lines(book, points, (points.blocks["window year"], points.blocks["risk"]), title, ends)
    target = _line(points, 0, points.target.down(0, "rc"), points.target.down(1, "rc"))
    target["name"], target["line"] = "Risk target", {"color": "#000000", "width": 2.25, "dash_type": "square_dot"}
    chart.add_series(target)
    return chart


def _scatter(book: Book, points: Points) -> Any:
    chart = book.file.add_chart({"type": "scatter"})
    markers = ("circle", "square", "triangle", "diamond", "circle", "x", "star", "square")
    for j in range(points.names.width):
        series = _line(points, j, points.scatter.at(0, j, "rc"), points.scatter.at(1, j, "rc"))
        ink = {"color": SERIES_COLOURS[j % len(SERIES_COLOURS)]}
        series |= {"line": {"none": True}, "marker": {"type": markers[j], "size": 9, "fill": ink, "border": ink}}
        where = ("left", "below", "right", "above", "left", "above", "above", "right")[j]  # neighbours do not overlap
        series["data_labels"] = {"series_name": True, "value": False, "position": where, "font": {"size": 8}}
        chart.add_series(series)
    axes(chart, "Risk and return a year, whole sample", {"num_format": "0%", "name": "risk", "min": 0},
         {"num_format": "0%", "name": "return"})  # fmt: skip
    return chart
