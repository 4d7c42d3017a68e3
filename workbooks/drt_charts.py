"""The charts of the direct-risk-target workbook, below the tables of Outputs."""

from __future__ import annotations

from typing import Any, NamedTuple

from workbooks.charts import DATE_AXIS, axes, line_series
from workbooks.drt_certificate import Certificate
from workbooks.drt_covariance import Covariance
from workbooks.drt_curve import Curve
from workbooks.drt_data import DirectData
from workbooks.drt_index import SERIES, Index
from workbooks.drt_risk import Risk
from workbooks.drt_target import Target
from workbooks.drt_window import Window
from workbooks.inputs_sheets import START_LEVEL
from workbooks.sheet import Block, Book, Sheet
from workbooks.styles import SERIES_COLOURS


class Charted(NamedTuple):
    """The cells that the charts show."""

    periods: Index
    risk: Risk
    target: Target
    window: Window
    covariance: Covariance
    certificate: Certificate
    curve: Curve


def write_charts(book: Book, sheet: Sheet, row: int, data: DirectData, cells: Charted) -> None:
    """Five charts from ``row`` on, two side by side."""
    sheet.file.set_h_pagebreaks([row])
    charts = (
        _growth(book, cells.periods),
        _weights(book, data, cells),
        _risks(book, cells.periods),
        _rule(book, cells.target),
        _frontier(book, data, cells),
    )
    for k, chart in enumerate(charts):
        chart.set_size({"width": 560, "height": 330})
        column, offset = ((0, 4), (4, 60))[k % 2]
        place = {"x_offset": offset, "y_offset": 4, "object_position": 3}
        sheet.file.insert_chart(row + 17 * (k // 2), column, chart, place)


def _growth(book: Book, index: Index) -> Any:
    chart = book.file.add_chart({"type": "line"})
    for j, (name, block) in enumerate(index.levels.items()):
        dates = block._replace(column=1)
        chart.add_series(line_series(SERIES[name].capitalize(), dates.down(0, "rc"), block.down(0, "rc"), j))
    axes(chart, f"Growth of {START_LEVEL:.0f} (hypothetical)", DATE_AXIS, {"num_format": "0", "name": "level"})
    return chart


def _weights(book: Book, data: DirectData, cells: Charted) -> Any:
    chart = book.file.add_chart({"type": "area", "subtype": "stacked"})
    weights, heads = cells.risk.weights, cells.window.heads
    colours = len(SERIES_COLOURS)
    for j in range(data.sizes.assets):
        chart.add_series(
            {
                "name": f"={heads.at(0, j, 'rc')}", "categories": f"={cells.risk.dates.down(0, 'rc')}",
                "values": f"={weights.down(j, 'rc')}", "border": {"none": True},
                "fill": {"color": SERIES_COLOURS[j % colours], "transparency": 50 * (j // colours)},
            }
        )  # fmt: skip
    shares = {"num_format": "0%", "min": 0, "max": 1, "name": "share of value"}
    axes(chart, "Weights by signal date", DATE_AXIS, shares)
    return chart


def _risks(book: Book, index: Index) -> Any:
    chart = book.file.add_chart({"type": "line"})
    dates = index.dates.down(0, "rc")
    lines = (
        ("Realised within the month", index.realised, 2), ("Target", index.target, 0), ("Ex ante", index.ex_ante, 1)
    )  # fmt: skip
    for name, block, colour in lines:
        chart.add_series(line_series(name, dates, block.down(0, "rc"), colour))
    axes(chart, "Target, ex-ante and realised risk (per month)", DATE_AXIS,
         {"num_format": "0.0%", "name": "risk", "min": 0})  # fmt: skip
    return chart


def _rule(book: Book, target: Target) -> Any:
    chart = book.file.add_chart({"type": "line"})
    dates = target.dates.down(0, "rc")
    lines = (("k", target.figures["k"]), ("Percentile of market risk", target.figures["percentile"]))
    for j, (name, block) in enumerate(lines):
        chart.add_series(line_series(name, dates, block.down(0, "rc"), j))
    rows = line_series("Row of the rule (right)", dates, target.matched.down(0, "rc"), 2)
    chart.add_series(rows | {"y2_axis": True})
    axes(chart, "State of the rule and k", DATE_AXIS, {"num_format": "0.0", "name": "k, percentile", "min": 0})
    font = {"name": "Calibri", "size": 9, "color": "#404040"}
    chart.set_y2_axis({"name": "row of the rule", "min": 0, "major_unit": 1, "num_font": font, "name_font": font})
    return chart


def _frontier(book: Book, data: DirectData, cells: Charted) -> Any:
    curve, covariance, certificate = cells.curve, cells.covariance, cells.certificate
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    chart.add_series(line_series("Efficient frontier under the limits", curve.risks.down(0, "rc"),
                                 curve.returns.down(0, "rc"), 0))  # fmt: skip
    line = line_series("Risk target", curve.target_risk.down(0, "rc"), curve.target_return.down(0, "rc"), 2)
    line["line"] = {"color": SERIES_COLOURS[2], "width": 1.25, "dash_type": "dash"}
    chart.add_series(line)
    points: tuple[tuple[str, Block, Block, str, int], ...] = (
        ("Benchmark", covariance.benchmark_risk, covariance.benchmark_mean, "diamond", 1),
        ("Answer", certificate.risk, certificate.expected_return, "square", 7),
    )
    for name, x, y, marker, colour in points:
        chart.add_series(point_series(name, (x, y), marker, colour))
    # One series per asset: the name of a series follows its cell in every program, the text of a single point does not.
    label = {"value": False, "series_name": True, "position": "right", "font": {"size": 8}}
    for j in range(data.sizes.assets):
        x, y = (block._replace(row=block.row + j, height=1) for block in (curve.asset_risks, curve.asset_returns))
        series = point_series(f"={curve.names.at(j, 0, 'rc')}", (x, y), "circle", 4)
        chart.add_series(series | {"data_labels": label})
    axes(
        chart, "Efficient frontier at the chosen date (per month)", {"num_format": "0.0%", "name": "risk", "min": 0},
        {"num_format": "0.00%", "name": "expected return", "crossing": "min"},
    )  # fmt: skip
    unnamed = list(range(4, 4 + data.sizes.assets))
    chart.set_legend({"position": "bottom", "font": {"name": "Calibri", "size": 9}, "delete_series": unnamed})
    return chart


def point_series(name: str, places: tuple[Block, Block], marker: str, colour: int) -> dict[str, Any]:
    """Points without a line; the answer is a frame, seen around an asset that is all of it."""
    series = line_series(name, places[0].all(), places[1].all(), colour)
    ink = {"color": SERIES_COLOURS[colour]}
    shape = {"type": marker, "size": 7, "fill": ink, "border": ink}
    if name == "Answer":
        shape |= {"size": 11, "fill": {"none": True}, "border": ink | {"width": 2}}
    return series | {"line": {"none": True}, "marker": shape}
