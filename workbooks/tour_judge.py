"""Sheet Calc_Judge of the tour: statistics of returns against a benchmark."""

from __future__ import annotations

from typing import Any

from udfs.errors import CellError
from udfs.registry import call
from workbooks.sheet import FIRST_ROW, Block
from workbooks.statistics_cells import Spans, formulas_of
from workbooks.tour_checks import Compared
from workbooks.tour_inputs import ASSETS, BENCHMARK
from workbooks.tour_parts import Tour, below
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Twin

SERIES = 2
"""Asset that the functions of one series judge: VCIT."""

UNITS = {
    "positive_months": "share", "n_months": "count", "alpha": "per year", "alpha_12m": "per year", "beta": "ratio",
    "beta_12m": "ratio", "correlation_12m": "ratio", "ret_stdev_12m": "ratio", "tracking_error": "per month",
    "information_ratio": "ratio", "max_drawdown": "share", "convention": "text", "start": "text", "end": "text",
}  # fmt: skip
"""Of the statistics; the others are returns."""

LABELS = {"ytd": "Year to date", "n_months": "Months", "ret_stdev_12m": "Ret/StDev, 12 months"}
"""Of statistics whose key is no word."""

FORMATS = {"ratio": "number", "count": "count", "text": "text"}


def write_judging(tour: Tour, sheet: FunctionSheet, drawdowns: Block) -> None:
    """ARAM_STATS, then the functions of one series, then ARAM_ROLLING; ``drawdowns``: natively, on Calc_Data."""
    row = _write_stats(tour, sheet, drawdowns)
    inputs, one, benchmark = tour.inputs, tour.market.assets.part(1, SERIES, 1), tour.market.benchmark
    own, other, count = one.block.all(""), benchmark.block.all(""), one.block.height
    months, periods, last = (cell.reference for cell in (inputs.months, inputs.periods, inputs.last))
    kept = f"INDEX({own},ROWS({own})-{last}+1)"
    gap = f"(PRODUCT(1+{own})-PRODUCT(1+{other}))"
    scalars: tuple[tuple[str, tuple[Area, ...], str, str, str], ...] = (
        ("ARAM_ALPHA", (one, benchmark, inputs.months), "per year", "percent4",
         f"=(1+INTERCEPT({own},{other}))^{months}-1"),
        ("ARAM_BETA", (one, benchmark), "ratio", "number", f"=SLOPE({own},{other})"),
        ("ARAM_CORREL", (one, benchmark), "ratio", "number", f"=CORREL({own},{other})"),
        ("ARAM_RET_STDEV", (one, inputs.months), "ratio", "number",
         f"=SQRT({months})*AVERAGE({own})/STDEV.S({own})"),
        ("ARAM_TRACKING_ERROR", (one, benchmark, inputs.periods), "per month", "percent4",
         f"{{=STDEV.S({own}-{other})*SQRT({periods})}}"),
        ("ARAM_INFO_RATIO", (one, benchmark, inputs.convention), "ratio", "number",
         f"{{={gap}/STDEV.S({own}-{other})}}"),
        ("ARAM_POSITIVE_MONTHS", (one,), "share", "percent", f'=COUNTIF({own},">0")/COUNT({own})'),
        ("ARAM_CUM_RETURN", (one, inputs.last), "return", "percent4",
         f"{{=PRODUCT(1+{kept}:{one.block.at(count - 1)})-1}}"),
        ("ARAM_MAX_DRAWDOWN", (one,), "share", "percent4", f"=MAX({drawdowns.down(SERIES)})"),
    )  # fmt: skip
    for name, arguments, unit, number, formula in scalars:
        label = ASSETS[SERIES] + (f" against {BENCHMARK}" if benchmark in arguments else "")
        spec = Call(name, arguments, [label], [unit], [number])
        section = sheet.section(row, spec, lambda values, _, f=formula: _same(values, f))  # type: ignore[misc]
        tour.check(spec, section)
        row = below(section)
    _write_rolling(tour, sheet, row, one)


def _same(values: Area, formula: str) -> Twin:
    return Twin(("native",), lambda i, j: formula, lambda i, j: values.cells[i][j])


def _write_stats(tour: Tour, sheet: FunctionSheet, drawdowns: Block) -> int:
    """The statistics of all assets; gives the next free row."""
    market, inputs = tour.market, tour.inputs
    arguments = (market.dated, market.benchmark, inputs.convention)
    keys = [str(row[0]) for row in call("ARAM_STATS", tuple(area.cells for area in arguments)).rows[1:]]
    units = [UNITS.get(key, "return") for key in keys]
    spec = Call("ARAM_STATS", arguments, [LABELS.get(key, key.replace("_", " ").capitalize()) for key in keys], units,
                [FORMATS.get(unit, "percent4") for unit in units])  # fmt: skip
    place = Block(sheet.name, FIRST_ROW + 3, sheet.twins_at, len(keys), len(ASSETS))

    def twin(values: Area, _: Block) -> Twin:
        formulas = [_statistics(tour, j, (drawdowns, place), keys) for j in range(len(ASSETS))]
        return Twin(ASSETS, lambda i, j: formulas[j].get(keys[i]), lambda i, j: values.cells[i][j])

    section = sheet.section(FIRST_ROW, spec, twin)
    figures = section.values.block._replace(height=units.index("text"))
    tour.check(spec, section, Compared(counted=figures))
    return below(section)


def _statistics(tour: Tour, j: int, cells: tuple[Block, Block], keys: list[str]) -> dict[str, str]:
    """Native formulas of the statistics of asset ``j``; ``cells``: drawdowns, and where the formulas stand."""
    drawdowns, place = cells
    assets, other = tour.market.assets.part(1, 0).block, tour.market.benchmark.block
    days, count = tour.market.dated.part(1, 0, 1).block, assets.height
    months = tour.inputs.months.reference

    def last(n: int, block: Block = assets, column: int = j) -> str:
        return block.rows(count - n, count - 1, column, "c" if block is other else "")

    growth, error = (place.at(keys.index(key), j) for key in ("cumulative", "tracking_error"))
    spans = Spans(
        last(count), last(count, other, 0), last(12), last(12, other, 0), last(36), last(60), assets.at(count - 1, j),
        f"YEAR({days.down(0, 'rc')})=YEAR({days.at(count - 1, 0, 'rc')})", months,
    )  # fmt: skip
    return formulas_of(spans) | {
        "information_ratio": f"{{=({growth}+1-PRODUCT(1+{spans.versus}))/{error}}}",
        "max_drawdown": f"=MAX({drawdowns.down(j)})",
    }


def _write_rolling(tour: Tour, sheet: FunctionSheet, row: int, one: Area) -> None:
    """ARAM_ROLLING: #N/A until the first window is full, in the function and in its twin."""
    inputs, benchmark = tour.inputs, tour.market.benchmark
    window, count = inputs.rolling_window, one.block.height
    arguments = (one, benchmark, window, inputs.rolling_statistic)
    spec = Call("ARAM_ROLLING", arguments, [f"Month {i + 1}" for i in range(count)], ["ratio"] * count,
                ["number"] * count)  # fmt: skip
    length = int(window.cells[0][0])

    def twin(values: Area, order: Block) -> Twin:
        own, other, start = (Block(sheet.name, order.row, sheet.twins_at + j, count, 1) for j in range(3))

        def formula(i: int, j: int) -> str:
            window_of = [f"INDEX({block.down(0, 'r')},{start.at(i)}):{block.at(i)}" for block in (own, other)]
            return (
                f"={one.block.at(i)}",
                f"={benchmark.block.at(i)}",
                f"={order.at(i)}-{window.reference}+1",
                f"=IF({start.at(i)}<1,NA(),SLOPE({','.join(window_of)}))",
            )[j]

        def value(i: int, j: int) -> Any:
            found = values.cells[i][0]
            rolled = found.code if isinstance(found, CellError) else found
            return (one.cells[i][0], benchmark.cells[i][0], i + 2.0 - length, rolled)[j]

        heads = (ASSETS[SERIES], BENCHMARK, "first month", "native")
        return Twin(heads, formula, value, ("percent4", "percent4", "count", "number"))

    def difference(values: Block, twin: Block) -> Formula:
        def formula(i: int, j: int) -> str | None:
            own, native = values.at(i), twin.at(i, 3)
            return f"=IF(ISNUMBER({own}),{own}-{native},N(ISNUMBER({native})))" if j == 3 else None

        return formula

    section = sheet.section(row, spec, twin, difference)
    same = f"{inputs.rolling_statistic.reference}={inputs.native_statistic.reference}"
    rows = f"=ROWS({section.values.block.down(0)})-{window.reference}+1"
    tour.check(spec, section, Compared(expected=rows, only_if=same))
