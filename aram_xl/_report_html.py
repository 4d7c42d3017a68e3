"""A report as one HTML page that needs nothing from anywhere: no script, no font, no picture of another place."""

from __future__ import annotations

import base64
import io
from importlib import resources
from typing import NamedTuple

from aram_xl import __version__
from aram_xl._report_charts import Box, draw
from aram_xl._report_content import Chart, Report, preface, sections

WIDTH, HEIGHT = 10.0, 4.2
"""Of a chart, in inches."""


class Picture(NamedTuple):
    """A chart as an address that carries its content, and in words."""

    source: str
    words: str


def page(report: Report) -> str:
    """The whole page; to be called while the settings of charts are in force."""
    import jinja2

    parts = sections(report)
    pictures = {
        item.key: _picture(item.key, report) for part in parts for item in part.items if isinstance(item, Chart)
    }
    text = resources.files("aram_xl").joinpath("templates/report.html").read_text(encoding="utf-8")
    place = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    made: str = place.from_string(text).render(
        report=report, sections=parts, preface=preface(report), pictures=pictures, version=__version__
    )
    return made


def _picture(key: str, report: Report) -> Picture:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT))
    words = draw(key, figure, Box(0.0, 0.0, WIDTH, HEIGHT), report)
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": "aram_xl"})
    return Picture(f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}", words)
