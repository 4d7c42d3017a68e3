"""Sheet Calc_Charts and the charts of the fund check.

Charts cannot leave rows out. Rows outside the sample therefore repeat its first or last point, which lies under it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbooks.charts import axes, line_series
from workbooks.fund_check_data import FundData, Months
from workbooks.fund_check_inputs import Inputs
from workbooks.fund_check_months import COUNT, DATE, DAY, LEVEL, NUMBER, PERCENT, growth
from workbooks.fund_check_plan import WINDOWS, Plan
from workbooks.inputs_sheets import START_LEVEL
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet
from workbooks.styles import SERIES_COLOURS

Numbers = NDArray[Any]

HEADS = (
    "Section", "Date", "Unit", "Row", "Note", "fund level", "benchmark level", "mix level", "row of 12-month beta",
    "date", "12-month beta", "row of 36-month beta", "date", "36-month beta", "benchmark, excess", "fund, excess",
)  # fmt: skip

_YEARS_AXIS = {"num_format": "mmm yy", "major_unit": 365.25}
"""Dates on a number axis: a mark every year."""


def write_chart_table(sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> dict[str, Block]:
    """The points of the charts; the row above the first month is the start of growth."""
    top, rows = FIRST_ROW + 1, plan.rows
    for i in range(rows + 1):
        sheet.text(FIRST_ROW + i, 0, "Point", "section")
        sheet.text(FIRST_ROW + i, 2, "level", "note")
    sheet.file.set_column(4, 4, 8)
    days = plan.sample("there")._replace(column=1)
    first, last = (plan.line(key).at(0, 0, "rc") for key in ("first", "last"))
    number, begin = plan.sample("number"), int(np.argmax(months.there))
    end = begin + months.size - 1
    points = np.clip(np.arange(rows), begin, end)
    row = _put(sheet, (top, 3), lambda i: f"=MIN(MAX({number.at(i)},{first}),{last})", points + 1.0, COUNT)

    def pick(column: int, source: Block, at: Block, values: Numbers, style: tuple[str, str]) -> Block:
        whole = source.down(0, "rc")
        return _put(sheet, (top, column), lambda i: f"=INDEX({whole},{at.at(i)})", values, style)

    date = pick(1, days, row, data.dates[points], DAY)
    before = f"=EOMONTH({date.at(0)},-1)"
    from_day = np.datetime64("1899-12-30") + int(data.dates[begin])
    eve = float((from_day.astype("datetime64[M]").astype("datetime64[D]") - np.datetime64("1899-12-31")).astype(int))
    sheet.formulas(FIRST_ROW, 1, lambda _, __: before, eve, DAY)
    found = {"date": Block(sheet.name, FIRST_ROW, 1, rows + 1, 1)}
    benchmark = np.where(months.there, data.benchmark, np.nan)
    for j, (key, returns) in enumerate(
        (("level", months.total), ("benchmark_level", benchmark), ("mix_level", months.mix))
    ):
        start = inputs.start_level.at(0, 0, "rc")
        sheet.formulas(FIRST_ROW, FIRST_ASSET + j, lambda _, __, s=start: f"={s}", START_LEVEL, LEVEL)  # type: ignore[misc]
        pick(FIRST_ASSET + j, plan.sample(key), row, growth(returns)[points], LEVEL)
        found[key] = Block(sheet.name, FIRST_ROW, FIRST_ASSET + j, rows + 1, 1)
    for k, (window, betas) in enumerate(zip(WINDOWS, months.betas, strict=True)):
        column = FIRST_ASSET + 3 + 3 * k
        from_row = plan.line(f"first_{window}").at(0, 0, "rc")
        later = np.clip(np.arange(rows), begin + min(window - 1, months.size - 1), end)
        text = [f"=MIN(MAX({number.at(i)},{from_row}),{last})" for i in range(rows)]
        at = _put(sheet, (top, column), text.__getitem__, later + 1.0, COUNT)
        found[f"date_{window}"] = pick(column + 1, days, at, data.dates[later], DATE)
        found[f"beta_{window}"] = pick(column + 2, plan.sample(f"beta_{window}"), at, betas[later], NUMBER)
    found["x"] = pick(FIRST_ASSET + 9, plan.sample("x"), row, months.x[points], PERCENT)
    found["y"] = pick(FIRST_ASSET + 10, plan.sample("y"), row, months.y[points], PERCENT)
    return found


def _put(sheet: Sheet, place: tuple[int, int], formula: Any, values: Numbers, style: tuple[str, str]) -> Block:
    return sheet.formulas(*place, lambda i, _: formula(i), values[:, None], style)


def write_charts(book: Book, sheet: Sheet, plan: Plan, points: dict[str, Block], places: tuple[int, Block]) -> None:
    """Four charts below the tables; ``places``: their row, and the weights on Outputs."""
    top, weights = places
    sheet.file.set_h_pagebreaks([top])
    charts = (
        _growth(book, plan, points),
        _betas(book, points),
        _scatter(book, plan, points),
        _weights(book, weights),
    )
    for k, chart in enumerate(charts):
        chart.set_size({"width": 560, "height": 330})
        column, offset = ((0, 4), (4, 40))[k % 2]
        place = {"x_offset": offset, "y_offset": 4, "object_position": 3}
        sheet.file.insert_chart(top + 17 * (k // 2), column, chart, place)


def _growth(book: Book, plan: Plan, points: dict[str, Block]) -> Any:
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    names = (f"={plan.name('fund').at(0, 0, 'rc')}", f"={plan.name('benchmark').at(0, 0, 'rc')}", "Passive mix")
    for j, (name, key) in enumerate(zip(names, ("level", "benchmark_level", "mix_level"), strict=True)):
        chart.add_series(line_series(name, points["date"].all(), points[key].all(), j))
    # From 0 the lines would lie flat; half the start level leaves room for a fund that falls.
    levels = {"num_format": "0", "name": "level", "min": START_LEVEL / 2.0}
    axes(chart, f"Growth of {START_LEVEL:.0f}", _YEARS_AXIS, levels)
    return chart


def _betas(book: Book, points: dict[str, Block]) -> Any:
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    for j, window in enumerate(WINDOWS):
        line = line_series(f"{window} months", points[f"date_{window}"].all(), points[f"beta_{window}"].all(), j)
        chart.add_series(line)
    axes(chart, "Rolling beta to the benchmark", _YEARS_AXIS, {"num_format": "0.0", "name": "beta"})
    return chart


def _scatter(book: Book, plan: Plan, points: dict[str, Block]) -> Any:
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    ink = {"color": SERIES_COLOURS[4]}
    months = line_series("Months", points["x"].all(), points["y"].all(), 4)
    months |= {"line": {"none": True}, "marker": {"type": "circle", "size": 4, "fill": ink, "border": ink}}
    chart.add_series(months)
    ends, fits = plan.line("low")._replace(height=2), plan.line("low_fit")._replace(height=2)
    chart.add_series(line_series("Regression", ends.all(), fits.all(), 1))
    axes(
        chart, "Fund against benchmark, months", {"num_format": "0%", "name": "benchmark"},
        {"num_format": "0%", "name": "fund", "label_position": "low"},
    )  # fmt: skip
    return chart


def _weights(book: Book, weights: Block) -> Any:
    chart = book.file.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": "Weight", "categories": f"={weights._replace(column=1).all()}", "values": f"={weights.all()}",
            "fill": {"color": SERIES_COLOURS[0]}, "gap": 60,
            "data_labels": {"value": True, "num_format": "0%", "font": {"size": 8}},
        }
    )  # fmt: skip
    axes(chart, "Style weights of the passive mix", {}, {"num_format": "0%", "min": 0, "max": 1, "name": "weight"})
    chart.set_legend({"none": True})
    return chart
