"""The pictures of a report, drawn into a part of a page or into a file of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aram_xl._measures import annualised
from aram_xl._moments import mean_and_stdev
from aram_xl._performance_panel import MONTHS, Panel
from aram_xl._performance_paths import Rolling, growth_of_100
from aram_xl._report_content import MOST_LINES, Report
from aram_xl.errors import ToolMissingError
from aram_xl.types import DateArray, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OWN_STYLES = (
    ("#0b4f8a", "-", "o"),
    ("#c44601", "-", "s"),
    ("#2e7d32", "-", "^"),
    ("#7b1fa2", "-", "D"),
    ("#0b4f8a", (0, (5, 1)), "v"),
    ("#c44601", (0, (5, 1)), "P"),
    ("#2e7d32", (0, (5, 1)), "X"),
    ("#7b1fa2", (0, (5, 1)), "<"),
)
HURDLE_STYLES = (("#6e6e6e", ":", "x"), ("#000000", "--", "*"), ("#8c6d1f", "-.", "h"))
"""T-bills, benchmark, 60/40: told apart by dashes where there is no colour."""

SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with the library, so that pages look alike everywhere
    "font.size": 9,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.edgecolor": "#555555",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.hashsalt": "aram_xl",
    "pdf.fonttype": 42,
}


TARGET_LOOKS: dict[str, Any] = {"color": "#b00020", "linewidth": 1.6, "linestyle": (0, (1, 1))}

MARKERS = 10
"""Along a line: enough to tell lines apart on paper without colour."""

LONGEST_NAME = 30
"""Letters of a name beside a chart; the tables have it whole."""


class Box(NamedTuple):
    """Where on a figure, in inches from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


class Line(NamedTuple):
    """A series as it looks in every chart."""

    name: str
    column: int
    colour: str
    dashes: Any
    marker: str


@contextmanager
def drawing() -> Iterator[None]:
    """Settings of all charts, in force inside the block only.

    Raises:
        ToolMissingError: the libraries of reports are not installed.
    """
    try:
        import jinja2  # noqa: F401  both come with the extra, either may be wanting
        import matplotlib as mpl
    except ImportError as error:
        raise ToolMissingError(
            f"report: expected {error.name} to draw and set it, got none; pip install 'aram_xl[report]'"
        ) from error
    with mpl.rc_context(SETTINGS):
        yield


def lines_of(panel: Panel) -> list[Line]:
    """The series that charts show: the first own ones, and every hurdle that was supplied."""
    own = [Line(panel.names[i], i, *OWN_STYLES[i]) for i in range(min(panel.n_own, MOST_LINES))]
    hurdles = [
        Line(name, place, *style)
        for (name, place), style in zip(panel.hurdles, HURDLE_STYLES, strict=True)
        if place is not None
    ]
    return own + hurdles


def draw(key: str, figure: Figure, box: Box, report: Report) -> str:
    """Draw one chart into a part of a figure; gives what it shows in words, for those who cannot see it."""
    charts: dict[str, Callable[[Figure, Box, Report], str]] = {
        "growth": _growth,
        "drawdown": _drawdown,
        "rolling_beta": _rolling_beta,
        "rolling_risk": _rolling_risk,
        "scatter": _scatter,
    }
    return charts[key](figure, box, report)


def _growth(figure: Figure, box: Box, report: Report) -> str:
    panel = report.tables[0].panel
    dates, levels = growth_of_100(panel)
    lines = lines_of(panel)
    axes = _axes(figure, _above_legend(figure, box, lines))
    _plot(axes, dates, levels, lines)
    axes.axhline(100.0, color="#555555", linewidth=0.8)
    axes.set_ylabel("100 at the start")
    ends = ", ".join(f"{line.name} {levels[-1, line.column]:.1f}" for line in lines)
    return f"Line chart, {dates[0]} to {dates[-1]}. 100 became: {ends}."


def _drawdown(figure: Figure, box: Box, report: Report) -> str:
    panel = report.tables[0].panel
    dates, levels = growth_of_100(panel)
    depth = levels / np.maximum.accumulate(levels, axis=0) - 1.0
    lines = lines_of(panel)
    axes = _axes(figure, _above_legend(figure, box, lines))
    _plot(axes, dates, depth, lines)
    _percent(axes.yaxis)
    axes.set_ylabel("below the highest level so far")
    worst = ", ".join(f"{line.name} {-100 * depth[:, line.column].min():.1f} %" for line in lines)
    return f"Line chart of losses from the highest level so far, at month ends. Greatest: {worst}."


def _rolling_beta(figure: Figure, box: Box, report: Report) -> str:
    if np.isnan(report.tables[0].panel.benchmark).any():
        return _nothing(figure, box, "No benchmark was supplied, so there is no beta.")
    return _windows(figure, box, report, "beta")


def _rolling_risk(figure: Figure, box: Box, report: Report) -> str:
    return _windows(figure, box, report, "risk")


def _windows(figure: Figure, box: Box, report: Report, key: str) -> str:
    """One panel for each length of window, side by side, on one scale."""
    rollings = report.tables[0].rolling
    lines = lines_of(report.tables[0].panel)
    if all(found.dates.size < found.window for found in rollings):
        return _nothing(figure, box, f"Fewer than {rollings[0].window} months: no window yet.")
    rest = _above_legend(figure, box, lines, target=report.target is not None and key == "risk")
    half = rest.width / len(rollings)
    told = []
    shown: Axes | None = None
    for i, found in enumerate(rollings):
        place = Box(rest.left + i * half, rest.bottom, half - 0.15, rest.height)
        if found.dates.size < found.window:
            told.append(_nothing(figure, place, f"Fewer than {found.window} months: no window yet."))
            continue
        shown = _axes(figure, place, shown)
        _plot_windows(shown, found, report, key)
        told.append(_ends(found, key, lines))
    return " ".join(told)


def _plot_windows(axes: Axes, found: Rolling, report: Report, key: str) -> None:
    there = slice(found.window - 1, None)
    _plot(axes, found.dates[there], getattr(found, key)[there], lines_of(report.tables[0].panel))
    axes.set_title(f"{found.window} months", loc="left", fontsize=9)
    if key == "beta":
        axes.set_ylabel("beta")
        return
    _percent(axes.yaxis)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("risk a year")
    if report.target is not None:
        target = report.target[there] * np.sqrt(MONTHS)
        axes.plot(found.dates[there], target, drawstyle="steps-pre", **TARGET_LOOKS)


def _ends(found: Rolling, key: str, lines: Sequence[Line]) -> str:
    values = getattr(found, key)[-1]
    scale, unit = (100.0, " %") if key == "risk" else (1.0, "")
    each = ", ".join(f"{line.name} {scale * values[line.column]:.2f}{unit}" for line in lines)
    return f"Line chart of {key} over windows of {found.window} months; the last: {each}."


def _scatter(figure: Figure, box: Box, report: Report) -> str:
    panel = report.tables[0].panel
    if panel.short:
        return _nothing(figure, box, panel.short[0])
    risk = mean_and_stdev(panel.values)[1] * np.sqrt(MONTHS)
    earned = annualised(panel.values, MONTHS)
    lines = lines_of(panel)
    axes = _axes(figure, _above_legend(figure, box, lines, points=True))
    for line in lines:
        axes.plot(risk[line.column], earned[line.column], line.marker, color=line.colour, markersize=8, clip_on=False)
    axes.axhline(0.0, color="#555555", linewidth=0.8)
    axes.margins(0.08)
    axes.set_xlim(left=0.0)
    for axis, label in ((axes.xaxis, "risk a year"), (axes.yaxis, "return a year")):
        _percent(axis)
        axis.set_label_text(label)
    each = ", ".join(
        f"{line.name} {100 * earned[line.column]:.2f} % at {100 * risk[line.column]:.2f} %" for line in lines
    )
    return f"Scatter chart of return a year at risk a year: {each}."


def _axes(figure: Figure, box: Box, like: Axes | None = None) -> Axes:
    """Axes inside a box, with room for what is written left of and below them; ``like`` shares its vertical scale."""
    width, height = figure.get_size_inches()
    left, bottom, top = box.left + 0.65, box.bottom + 0.5, box.bottom + box.height - 0.25
    place = (left / width, bottom / height, (box.left + box.width - 0.1 - left) / width, (top - bottom) / height)
    return figure.add_axes(place, sharey=like)


def _plot(axes: Axes, dates: DateArray, values: FloatArray, lines: Sequence[Line]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    every = max(dates.size // MARKERS, 1)
    for i, line in enumerate(lines):
        axes.plot(
            *(dates, values[:, line.column]),
            **_looks(line),
            markersize=4,
            zorder=3 - i / len(lines),  # of equal lines the first is seen
            markevery=(every * i // len(lines), every),  # not all at the same dates, where they would hide each other
        )
    locator = AutoDateLocator(minticks=3, maxticks=12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.margins(x=0.01)


def _looks(line: Line) -> dict[str, Any]:
    return {"color": line.colour, "linestyle": line.dashes, "marker": line.marker, "linewidth": 1.4}


def _percent(axis: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1.0))


def _above_legend(
    figure: Figure, box: Box, lines: Sequence[Line], *, target: bool = False, points: bool = False
) -> Box:
    """Set the legend at the bottom of a box, in as many rows as it needs; gives the rest of the box."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], **(_looks(line) | ({"linestyle": "none"} if points else {})), markersize=7 if points else 4)
        for line in lines
    ]
    names = [_short(line.name) for line in lines]
    if target:
        handles.append(Line2D([], [], **TARGET_LOOKS))
        names.append("Risk target")
    # 0.075: inches of an average letter of 8 points; 0.6: the line before it and the gap after it.
    columns = max(min(len(names), int((box.width - 0.65) / (0.075 * max(map(len, names)) + 0.6))), 1)
    rows = -(-len(names) // columns)
    width, height = figure.get_size_inches()
    legend = figure.legend(
        handles,
        ["-"] * len(names),  # texts follow: a name that begins with _ would be left out here
        loc="lower left",
        bbox_to_anchor=((box.left + 0.6) / width, box.bottom / height),
        ncols=columns,
        frameon=False,
        fontsize=8,
        borderaxespad=0.0,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)
    taken = 0.1 + 0.19 * rows
    return Box(box.left, box.bottom + taken, box.width, box.height - taken)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"


def _nothing(figure: Figure, box: Box, sentence: str) -> str:
    """Words in place of a chart that cannot be drawn."""
    width, height = figure.get_size_inches()
    x, y = box.left + box.width / 2, box.bottom + box.height / 2
    figure.text(x / width, y / height, sentence, ha="center", va="center", color="#555555")
    return sentence
