"""Asset classes on Calc_Evidence: forecast and realised volatility month by month, and how well they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from aram_xl.types import FloatArray
from workbooks.drt_cells import COUNT, NUMBER, PERCENT
from workbooks.drt_evidence_data import WINDOW, ClassMonths
from workbooks.drt_evidence_table import Compared, Writer, compared_heads
from workbooks.sheet import FIRST_ASSET, Block, excel_date

FORECAST = ("rank", "rank_se", "level", "qlike", "qlike_naive", "gain", "gain_se")

CLASS_BLOCKS = (
    "return", "forecast", "naive", "realised", "QLIKE window", "QLIKE naive", "gain", "rank forecast", "rank realised",
)  # fmt: skip


class Classes(NamedTuple):
    """Months of the classes, one column each, and their figures."""

    returns: Block
    forecasts: Block
    realised: Block
    ranks: Block
    """Of forecasts, then of realised."""
    figures: Compared


def write_classes(writer: Writer, found: ClassMonths) -> Classes:
    """Forecast and realised volatility month by month, QLIKE and ranks; then the figures by class."""
    sheet, size, months = writer.sheet, len(found.tickers), len(found.dates)
    heads = [f"{kind} {ticker}" for kind in CLASS_BLOCKS for ticker in found.tickers]
    row = writer.begin(("Asset classes", "Month-end", "Unit", "Month", "Note or source", *heads))
    for i in range(months):
        writer.labels(row + i, "Classes", None, "per month")
    writer.sheet.text(row, 4, "Returns and realised: the engine", "note")
    writer.sheet.text(row + WINDOW, 4, f"First forecast, from {WINDOW} returns", "note")
    sheet.values(row, 1, excel_date(found.dates)[:, None], ("engine", "day"))
    sheet.values(row, 3, np.arange(1.0, months + 1)[:, None], COUNT)
    first = row + WINDOW

    def left(kind: str) -> int:
        return FIRST_ASSET + size * CLASS_BLOCKS.index(kind)

    returns = sheet.values(row, left("return"), found.returns, ("engine", "percent4"))
    v = class_values(found)

    def put(kind: str, formula: Callable[[int, int], str], style: tuple[str, str]) -> Block:
        return sheet.formulas(first, left(kind), formula, v[kind], style)

    forecast = put("forecast", lambda i, j: f"=STDEV.S({returns.rows(i, i + WINDOW - 1, j)})", PERCENT)
    naive = put(
        "naive", lambda i, j: f"=STDEV.S({returns.at(0, j, 'r')}:{returns.at(i + WINDOW - 1, j)})", PERCENT
    )  # fmt: skip
    realised = sheet.values(first, left("realised"), found.realised, ("engine", "percent4"))

    def loss(of: Block) -> Callable[[int, int], str]:
        def formula(i: int, j: int) -> str:
            a, b = realised.at(i, j), of.at(i, j)
            return f"={a}/{b}*{a}/{b}-LN({a}/{b}*{a}/{b})-1"

        return formula

    own, other = put("QLIKE window", loss(forecast), NUMBER), put("QLIKE naive", loss(naive), NUMBER)
    gain = put("gain", lambda i, j: f"={other.at(i, j)}-{own.at(i, j)}", NUMBER)
    ranks = [
        put(kind, lambda i, j, of=of: f"=RANK.AVG({of.at(i, j)},{of.down(j, 'r')},1)", ("formula", "money"))  # type: ignore[misc]
        for kind, of in (("rank forecast", forecast), ("rank realised", realised))
    ]
    writer.end(row + months - 1)
    figures = _class_figures(writer, found, (forecast, realised, own, other, gain, *ranks))
    return Classes(returns, forecast, realised, ranks[0]._replace(width=2 * size), figures)


def class_values(found: ClassMonths) -> dict[str, FloatArray]:
    """What the formulas of the months give."""
    returns, realised = found.returns, found.realised
    count = len(realised)
    forecast = np.array([returns[i : i + WINDOW].std(axis=0, ddof=1) for i in range(count)])
    naive = np.array([returns[: i + WINDOW].std(axis=0, ddof=1) for i in range(count)])
    own, other = ((realised / f) ** 2 - 2.0 * np.log(realised / f) - 1.0 for f in (forecast, naive))
    return {
        "forecast": forecast,
        "naive": naive,
        "QLIKE window": own,
        "QLIKE naive": other,
        "gain": other - own,
        "rank forecast": rankdata(forecast, axis=0),
        "rank realised": rankdata(realised, axis=0),
    }


def _class_figures(writer: Writer, found: ClassMonths, blocks: Sequence[Block]) -> Compared:
    """Rank correlation, QLIKE of both forecasts and its gain with standard error, by class."""
    forecast, realised, own, other, gain, rank_f, rank_r = blocks
    row = writer.begin(("Forecast", "Class", "Unit", "Months", "Note or source", *compared_heads(FORECAST)))
    size, left = len(found.labels), FIRST_ASSET
    for i, label in enumerate(found.labels):
        writer.labels(row + i, "Forecast", label, "ratio", "Next month from the window, against all months so far")
    counts = writer.sheet.formulas(
        row, 3, lambda i, _: f"=COUNT({gain.down(i)})", np.full((size, 1), float(gain.height)), COUNT
    )

    def formula(i: int, key: str) -> str:
        rank, n = Block(writer.sheet.name, row + i, left, 1, 1).at(), counts.at(i)
        texts = {
            "rank": f"=CORREL({rank_f.down(i)},{rank_r.down(i)})",
            "rank_se": f"=SQRT((1-{rank}*{rank})/({n}-1-1))",
            "level": f"=SQRT(SUMSQ({realised.down(i)})/SUMSQ({forecast.down(i)}))",
            "qlike": f"=AVERAGE({own.down(i)})",
            "qlike_naive": f"=AVERAGE({other.down(i)})",
            "gain": f"=AVERAGE({gain.down(i)})",
            "gain_se": f"=STDEV.S({gain.down(i)})/SQRT({n})",
        }
        return texts[key]

    table = found.table[list(FORECAST)].to_numpy(dtype=np.float64)
    figures = writer.compared(row, left, FORECAST, formula, table)
    writer.end(row + size - 1)
    return Compared(Block(writer.sheet.name, row, 1, size, 1), counts, *figures)
