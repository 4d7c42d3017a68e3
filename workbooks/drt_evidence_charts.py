"""The charts of sheet Evidence, below its tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from aram_xl.evidence import AGES
from workbooks.charts import axes
from workbooks.drt_evidence_classes import Classes
from workbooks.drt_evidence_data import CHANGES, PARTS, EvidenceData
from workbooks.drt_evidence_models import ages, span_words
from workbooks.sheet import FIRST_ASSET, Block, Book, Sheet
from workbooks.styles import SERIES_COLOURS


def write_charts(
    book: Book, sheet: Sheet, row: int, found: EvidenceData, classes: Classes | None, shown: dict[str, Block]
) -> None:
    """Charts of the claims that were measured, two side by side from ``row`` on."""
    sheet.file.set_h_pagebreaks([row])
    charts = []
    if classes is not None and found.classes is not None:
        charts.append(_forecasts(book, found.classes.labels, classes))
    if "Decay" in shown:
        charts.append(_decay(book, shown["Decay"]))
    charts += [_alpha(book, found, shown["Alpha"]), _sensitivity(book, shown["Sensitivity"])]
    for k, chart in enumerate(charts):
        chart.set_size({"width": 560, "height": 330})
        column, offset = ((0, 4), (4, 60))[k % 2]
        place = {"x_offset": offset, "y_offset": 4, "object_position": 3}
        sheet.file.insert_chart(row + 17 * (k // 2), column, chart, place)


def _forecasts(book: Book, labels: tuple[str, ...], classes: Classes) -> Any:
    chart = book.file.add_chart({"type": "scatter"})
    for j, label in enumerate(labels):
        ink = {"color": SERIES_COLOURS[j % len(SERIES_COLOURS)]}
        chart.add_series(
            {
                "name": label, "categories": f"={classes.forecasts.down(j, 'rc')}",
                "values": f"={classes.realised.down(j, 'rc')}", "line": {"none": True},
                "marker": {"type": "circle", "size": 3, "fill": ink, "border": ink},
            }
        )  # fmt: skip
    scale = {"num_format": "0%", "min": 0}
    axes(chart, "Forecast and realised volatility (per month)", scale | {"name": "forecast"},
         scale | {"name": "realised, month after"})  # fmt: skip
    return chart


def _columns(book: Book, table: Block, series: list[tuple[str, int]], errors: int = 0) -> Any:
    """Columns by model; a series is its name and its column, its standard error stands ``errors`` columns on."""
    chart = book.file.add_chart({"type": "column"})
    for k, (name, column) in enumerate(series):
        values = table._replace(column=column, width=1)
        one: dict[str, Any] = {
            "name": name, "categories": f"={table.down(0, 'rc')}", "values": f"={values.down(0, 'rc')}", "gap": 80,
            "fill": {"color": SERIES_COLOURS[k % len(SERIES_COLOURS)]}, "border": {"none": True},
        }  # fmt: skip
        if errors:
            place = f"={values._replace(column=FIRST_ASSET + errors - 1 + k).down(0, 'rc')}"
            one["y_error_bars"] = {"type": "custom", "plus_values": place, "minus_values": place}
        chart.add_series(one)
    return chart


def _places(count: int) -> list[int]:
    """Columns of the first figures of a table: D, then from F on."""
    return [3, *range(FIRST_ASSET, FIRST_ASSET + count - 1)]


def _decay(book: Book, table: Block) -> Any:
    chart = _columns(book, table, list(zip(ages(), _places(len(AGES)), strict=True)), len(AGES))
    axes(chart, "Gap of realised to ex-ante risk by age of the weights", {},
         {"num_format": "0.0", "name": "mean |LN ratio| ± 1 se", "min": 0})  # fmt: skip
    return chart


def _alpha(book: Book, found: EvidenceData, table: Block) -> Any:
    words = span_words(found.models[0])
    chart = _columns(book, table, list(zip([words[-1], *words[:-1]], _places(PARTS + 1), strict=True)), PARTS + 1)
    alphas, errors = (np.array([model.alphas[key] for model in found.models]) for key in ("alpha", "se"))
    # Whole percents around all error bars: a chart finds its own scale from the columns alone.
    ends = {"min": np.floor(100 * (alphas - errors).min()) / 100, "max": np.ceil(100 * (alphas + errors).max()) / 100}
    axes(chart, "Alpha by sub-period (hypothetical)", {}, {"num_format": "0%", "name": "a year ± 1 se"} | ends)
    return chart


def _sensitivity(book: Book, table: Block) -> Any:
    names = list(CHANGES)[1:]
    chart = _columns(book, table, list(zip(names, _places(len(CHANGES))[1:], strict=True)))
    axes(chart, "Change of the return a year (hypothetical)", {}, {"num_format": "0.0%", "name": "less the card's"})
    return chart
