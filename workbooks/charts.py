"""The charts of sheet Outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbooks.chosen_date import Chosen
from workbooks.every_date import Index, Proof
from workbooks.frontier_sheet import Frontier
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import START_LEVEL
from workbooks.sheet import Book, Sheet
from workbooks.styles import SERIES_COLOURS


def write_charts(book: Book, sheet: Sheet, data: IndexData, blocks: tuple[int, Index, Proof, Chosen, Frontier]) -> None:
    """Four charts below the tables: growth, weights, beta, frontier; ``blocks`` begins with the row."""
    row, index, proof, chosen, frontier = blocks
    sheet.file.set_h_pagebreaks([row])
    charts = (
        _growth_chart(book, data, index),
        _weights_chart(book, data, proof),
        _beta_chart(book, data, index),
        _frontier_chart(book, data, (chosen, frontier)),
    )
    for k, chart in enumerate(charts):
        chart.set_size({"width": 560, "height": 330})
        column, offset = ((0, 4), (4, 60))[k % 2]
        place = {"x_offset": offset, "y_offset": 4, "object_position": 3}
        sheet.file.insert_chart(row + 17 * (k // 2), column, chart, place)


def axes(chart: Any, title: str, x: dict[str, Any], y: dict[str, Any]) -> None:
    """Title, axes and legend in the house style."""
    font = {"name": "Calibri", "size": 9, "color": "#404040"}
    light = {"visible": True, "line": {"color": "#E0E0E0", "width": 0.5}}
    chart.set_title({"name": title, "name_font": {"name": "Calibri", "size": 12, "bold": True}})
    chart.set_x_axis({"num_font": font, "name_font": font, "label_position": "low"} | x)
    chart.set_y_axis({"num_font": font, "name_font": font, "major_gridlines": light} | y)
    chart.set_legend({"position": "bottom", "font": font})


DATE_AXIS = {"date_axis": True, "num_format": "mmm yyyy", "major_unit": 1, "major_unit_type": "years"}


def _growth_chart(book: Book, data: IndexData, index: Index) -> Any:
    chart = book.file.add_chart({"type": "line"})
    dates = index.levels._replace(column=1)
    lines = ((data.model.title, index.levels), (data.model.benchmark, index.benchmark_levels))
    for j, (name, block) in enumerate(lines):
        chart.add_series(line_series(name, dates.down(0, "rc"), block.down(0, "rc"), j))
    levels = {"num_format": "0", "name": "level", "min": _below(data)}
    axes(chart, f"Growth of {START_LEVEL:.0f} (hypothetical)", DATE_AXIS, levels)
    return chart


def _below(data: IndexData) -> float:
    """A round start of the level axis below both curves."""
    paths = [np.cumprod(1.0 + series) for series in (data.index_returns, data.benchmark_returns[data.positions[1:]])]
    return float(np.floor(min(1.0, *(path.min() for path in paths)) * 10.0) * START_LEVEL / 10.0)


def _weights_chart(book: Book, data: IndexData, proof: Proof) -> Any:
    chart = book.file.add_chart({"type": "area", "subtype": "stacked"})
    for j, ticker in enumerate(data.tickers):
        colour = SERIES_COLOURS[j % len(SERIES_COLOURS)]
        chart.add_series(
            {
                "name": ticker, "categories": f"={proof.dates.down(0, 'rc')}",
                "values": f"={proof.weights.down(j, 'rc')}", "fill": {"color": colour}, "border": {"none": True},
            }
        )  # fmt: skip
    axes(chart, "Weights by signal date", DATE_AXIS, {"num_format": "0%", "min": 0, "max": 1, "name": "share of value"})
    return chart


def _beta_chart(book: Book, data: IndexData, index: Index) -> Any:
    chart = book.file.add_chart({"type": "line"})
    block = index.rolling_beta
    dates = block._replace(column=1)
    chart.add_series(line_series(f"Beta to {data.model.benchmark}", dates.down(0, "rc"), block.down(0, "rc"), 0))
    axes(chart, "Rolling 12-month beta", DATE_AXIS, {"num_format": "0.0", "name": "beta"})
    return chart


def _frontier_chart(book: Book, data: IndexData, blocks: tuple[Chosen, Frontier]) -> Any:
    chosen, frontier = blocks
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    chart.add_series(
        line_series("Efficient frontier", frontier.risks.across(0, "rc"), frontier.returns.across(0, "rc"), 0)
    )
    line = line_series("Risk target", frontier.target_risk.down(0, "rc"), frontier.target_return.down(0, "rc"), 2)
    line["line"] = {"color": SERIES_COLOURS[2], "width": 1.25, "dash_type": "dash"}
    chart.add_series(line)
    labels = [{"value": ticker} for ticker in data.tickers]
    moments, proof = chosen.moments, chosen.proof
    points = (
        ("Assets", moments.volatilities, moments.means, "circle", 4, labels),
        (data.model.benchmark, moments.benchmark_volatility, moments.benchmark_mean, "diamond", 1, None),
        ("Answer", proof.risk, proof.expected_return, "square", 7, None),
    )
    for name, x, y, marker, colour, custom in points:
        series = line_series(name, x.all(), y.all(), colour)
        ink = {"color": SERIES_COLOURS[colour]}
        shape = {"type": marker, "size": 7, "fill": ink, "border": ink}
        if name == "Answer":  # a frame, seen around an asset that is the whole answer, whichever is drawn last
            shape |= {"size": 11, "fill": {"none": True}, "border": ink | {"width": 2}}
        series |= {"line": {"none": True}, "marker": shape}
        if custom:
            series["data_labels"] = {"value": True, "custom": custom, "position": "right", "font": {"size": 8}}
        chart.add_series(series)
    axes(
        chart, "Efficient frontier at the chosen date (per month)", {"num_format": "0.0%", "name": "risk", "min": 0},
        {"num_format": "0.0%", "name": "expected return", "crossing": "min"},
    )  # fmt: skip
    return chart


def line_series(name: str, x: str, y: str, colour: int) -> dict[str, Any]:
    """A line without markers; ``colour`` counts through the house colours."""
    return {
        "name": name, "categories": f"={x}", "values": f"={y}",
        "line": {"color": SERIES_COLOURS[colour % len(SERIES_COLOURS)], "width": 1.75}, "marker": {"type": "none"},
    }  # fmt: skip
