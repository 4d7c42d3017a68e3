"""Models on Calc_Evidence: ageing weights, alpha by sub-period, other costs, fee and execution."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aram_xl.evidence import AGES
from aram_xl.types import FloatArray
from workbooks.drt_cells import COUNT, NUMBER, PERCENT, SMALL
from workbooks.drt_evidence_data import CHANGES, DELAY, PARTS, EvidenceData, ModelMonths
from workbooks.drt_evidence_table import Compared, Writer, compared_heads
from workbooks.sheet import FIRST_ASSET, Block, Sheet, excel_date

DECAY = ("ratio", "gap", "gap_se", "widening", "widening_se")
ALPHA = ("alpha", "se", "beta")

REST = ("volatility a year", "alpha a year", "se of alpha", "turnover a year", "costs a year")
"""What the engine alone tells of a change."""


class Models(NamedTuple):
    """Months of one model."""

    net: Block
    benchmark: Block
    gross: Block
    charged: Block
    risks: Block
    realised: Block
    gaps: Block
    widenings: Block


def ages() -> list[str]:
    """Words of the ages."""
    return [f"{age} month{'s' if age > 1 else ''}" for age in AGES]


def write_models(writer: Writer, found: EvidenceData) -> tuple[Models, ...]:
    """Returns and risks of each model, the models below one another."""
    aged = [f"{kind} {age}" for kind in ("realised", "gap", "widening") for age in ages()]
    heads = ("Net return", "Note or source", "benchmark return", "gross return", "traded", "ex-ante risk")
    row = writer.begin(("Model", "Month-end", "Unit", *heads, *(aged if found.aged else ())))
    written = []
    for model in found.models:
        written.append(_write_model(writer.sheet, row, model, found.aged))
        row += len(model.dates)
    writer.end(row - 1)
    return tuple(written)


def _write_model(sheet: Sheet, row: int, model: ModelMonths, aged: bool) -> Models:
    count, size, last = len(model.dates), len(AGES), AGES[-1] - 1
    for i in range(count):
        sheet.labels(row + i, (model.name, None, "per month", None))
    sheet.text(row, 4, "Returns, trades and risks: the engine", "note")
    sheet.values(row, 1, excel_date(model.dates)[:, None], ("engine", "day"))

    def put(column: int, values: FloatArray) -> Block:
        return sheet.values(row, column, values[:, None] if values.ndim == 1 else values, ("engine", "percent4"))

    net, benchmark, gross = put(3, model.net), put(FIRST_ASSET, model.benchmark), put(FIRST_ASSET + 1, model.gross)
    charged, risks = put(FIRST_ASSET + 2, model.charged), put(FIRST_ASSET + 3, model.risks)
    left = FIRST_ASSET + 4
    place = Block(sheet.name, row + last, left, count - last, size)
    if not aged:
        return Models(net, benchmark, gross, charged, risks, place, place, place)
    sheet.text(row + last, 4, f"First month with weights {AGES[-1]} months old", "note")
    realised = sheet.values(row + last, left, model.realised[last:], ("engine", "percent4"))
    gap, widening = aged_values(model)

    def distance(i: int, j: int) -> str:
        risk = risks.at(last + i - AGES[j] + 1)
        return f'=IF(COUNT({realised.at(i, j)}),ABS(LN({realised.at(i, j)}/{risk})),"")'

    gaps = sheet.formulas(row + last, left + size, distance, gap, NUMBER)
    widenings = sheet.formulas(
        row + last, left + 2 * size,
        lambda i, j: f'=IF(COUNT({gaps.at(i, j)}),{gaps.at(i, j)}-{gaps.at(i, 0, "c")},"")', widening, NUMBER,
    )  # fmt: skip
    return Models(net, benchmark, gross, charged, risks, realised, gaps, widenings)


def aged_values(model: ModelMonths) -> tuple[FloatArray, FloatArray]:
    """Distances of realised from ex-ante risk by age, and what age has added; from the first full month on."""
    last = AGES[-1] - 1
    count = len(model.risks) - last
    ex_ante = np.column_stack([model.risks[last - age + 1 :][:count] for age in AGES])
    gap: FloatArray = np.abs(np.log(model.realised[last:] / ex_ante))
    return gap, gap - gap[:, :1]


def write_decay(writer: Writer, found: EvidenceData, models: tuple[Models, ...]) -> Compared:
    """Gap between realised and ex-ante risk by model and age of the weights."""
    row = writer.begin(("Risk decay", "Model and age", "Unit", "Months", "Note or source", *compared_heads(DECAY)))
    places = [(m, j) for m in range(len(models)) for j in range(len(AGES))]
    for i, (m, j) in enumerate(places):
        writer.labels(row + i, "Decay", f"{found.models[m].name}, {ages()[j]}", "ratio", "Same months for every age")
    tables = [model.decay for model in found.models]
    table = np.vstack([one[["n", *DECAY]].to_numpy(dtype=np.float64) for one in tables if one is not None])
    counts = writer.sheet.formulas(
        row, 3, lambda i, _: f"=COUNT({models[places[i][0]].gaps.down(places[i][1])})", table[:, :1], COUNT
    )

    def formula(i: int, key: str) -> str:
        m, j = places[i]
        cells, n = models[m], counts.at(i)
        real = cells.realised.down(j)
        last = AGES[-1] - AGES[j]
        risk = cells.risks.rows(last, last + cells.realised.height - 1)
        gap, wider = cells.gaps.down(j), cells.widenings.down(j)
        texts = {
            "ratio": f"{{=SQRT(SUMSQ({real})/SUM(IF(ISNUMBER({real}),{risk}*{risk},0)))}}",
            "gap": f"=AVERAGE({gap})",
            "gap_se": f"=STDEV.S({gap})/SQRT({n})",
            "widening": f"=AVERAGE({wider})",
            "widening_se": f"=STDEV.S({wider})/SQRT({n})",
        }
        return texts[key]

    figures = writer.compared(row, FIRST_ASSET, DECAY, formula, table[:, 1:])
    writer.end(row + len(places) - 1)
    return Compared(Block(writer.sheet.name, row, 1, len(places), 1), counts, *figures)


def write_alpha(writer: Writer, found: EvidenceData, models: tuple[Models, ...]) -> Compared:
    """Alpha and beta of the net returns on the benchmark, by sub-period and over all months."""
    helpers = ("intercept", "residual stdev", "leverage")
    heads = (*helpers, *compared_heads(ALPHA))
    row = writer.begin(("Alpha", "Model and months", "Unit", "Months", "Note or source", *heads))
    spans, values, labels = [], [], []
    for cells, model in zip(models, found.models, strict=True):
        size = len(model.dates)
        cuts = [size * part // PARTS for part in range(PARTS + 1)]
        spans += [(cells, first, after - 1) for first, after in zip((*cuts[:-1], 0), (*cuts[1:], size), strict=True)]
        labels += [f"{model.name}, {text}" for text in span_words(model)]
        values.append(model.alphas[["n", *ALPHA]].to_numpy(dtype=np.float64))
    table = np.vstack(values)
    pairs = [(c.net.rows(first, last), c.benchmark.rows(first, last)) for c, first, last in spans]
    for i, label in enumerate(labels):
        writer.labels(row + i, "Alpha", label, "per year", "After fee and costs; classical standard error")
    counts = writer.sheet.formulas(row, 3, lambda i, _: f"=COUNT({pairs[i][0]})", table[:, :1], COUNT)

    def help_with(i: int, j: int) -> str:
        y, x = pairs[i]
        return (
            f"=INTERCEPT({y},{x})",
            f"=STEYX({y},{x})",
            f"=1/COUNT({x})+AVERAGE({x})*AVERAGE({x})/DEVSQ({x})",
        )[j]

    lines = [_line(found, i) for i in range(len(labels))]
    helped = writer.sheet.formulas(row, FIRST_ASSET, help_with, np.array(lines), ("formula", "exact"))
    m = writer.months

    def formula(i: int, key: str) -> str:
        a, s, h = (helped.at(i, j) for j in range(len(helpers)))
        texts = {
            "alpha": f"=(1+{a})^{m}-1",
            "se": f"={m}*(1+{a})^({m}-1)*{s}*SQRT({h})",
            "beta": f"=SLOPE({pairs[i][0]},{pairs[i][1]})",
        }
        return texts[key]

    figures = writer.compared(row, FIRST_ASSET + len(helpers), ALPHA, formula, table[:, 1:])
    writer.end(row + len(labels) - 1)
    return Compared(Block(writer.sheet.name, row, 1, len(labels), 1), counts, *figures)


def span_words(model: ModelMonths) -> list[str]:
    """First and last month of each sub-period, and of all months."""
    return [f"{row['start']:%Y-%m} to {row['end']:%Y-%m}" for _, row in model.alphas.iterrows()]


def _line(found: EvidenceData, i: int) -> tuple[float, float, float]:
    """Intercept, residual standard deviation and leverage of row ``i`` of the table of alphas."""
    model, part = found.models[i // (PARTS + 1)], i % (PARTS + 1)
    size = len(model.dates)
    rows = slice(0, size) if part == PARTS else slice(size * part // PARTS, size * (part + 1) // PARTS)
    y, x = model.net[rows], model.benchmark[rows]
    squares = ((x - x.mean()) ** 2).sum()
    beta = ((x - x.mean()) * (y - y.mean())).sum() / squares
    alpha = y.mean() - beta * x.mean()
    residual = np.sqrt(((y - alpha - beta * x) ** 2).sum() / (y.size - 2))
    return float(alpha), float(residual), float(1.0 / y.size + x.mean() ** 2 / squares)


def write_sensitivity(writer: Writer, found: EvidenceData, models: tuple[Models, ...]) -> Compared:
    """Return a year under other costs, fees and execution; native wherever the weights do not change."""
    sheet, left = writer.sheet, FIRST_ASSET
    own = ("cost of a unit", "fee a year", "power to a year", "engine return", "difference")
    heads = (*own, *(f"engine {text}" for text in REST))
    row = writer.begin(("Sensitivity", "Model and change", "Unit", "Return", "Note or source", *heads))
    for m, (cells, model) in enumerate(zip(models, found.models, strict=True)):
        top, table = row + m * len(CHANGES), model.sensitivity
        for i, change in enumerate(CHANGES):
            note = "The engine's alone: it needs daily prices" if change == DELAY else "From gross returns and trades"
            writer.labels(top + i, "Sensitivity", f"{model.name}, {change}", "per year", note)
        terms = sheet.values(top, left, model.terms, ("engine", "percent4"))
        engine = sheet.values(top, left + 3, table[["return"]].to_numpy(), ("engine", "percent4"))
        rest: Any = table[["volatility", "alpha", "alpha_se", "turnover", "cost"]].to_numpy()
        sheet.values(top, left + 5, rest, ("engine", "percent"))
        native = _write_natives(writer, top, cells, (terms, table["return"].to_numpy()[:-1, None]))
        sheet.formulas(
            top, left + 4, lambda i, _, a=native, b=engine: f"={a.at(i)}-{b.at(i)}",  # type: ignore[misc]
            np.zeros((native.height, 1)), SMALL,
        )  # fmt: skip
    count = len(models) * len(CHANGES)
    writer.end(row + count - 1)
    place = Block(sheet.name, row, 3, count, 1)
    columns = (place._replace(column=at) for at in (1, 3, 3, left + 3, left + 4))
    return Compared(*columns)


def _write_natives(writer: Writer, top: int, cells: Models, terms: tuple[Block, FloatArray]) -> Block:
    """Returns a year of all changes but the delay, which stands last."""
    place, values = terms
    gross, traded = cells.gross.down(0, "r"), cells.charged.down(0, "r")
    years = 12 / cells.gross.height
    powers = writer.sheet.formulas(
        top, FIRST_ASSET + 2, lambda i, _: f"={writer.months}/COUNT({gross})", np.full((len(CHANGES) - 1, 1), years),
        NUMBER,
    )  # fmt: skip

    def formula(i: int, j: int) -> str:
        cost, fee = place.at(i, 0), place.at(i, 1)
        return f"=PRODUCT((1-{cost}*{traded})*(1+{gross}))^{powers.at(i)}*(1-{fee})-1"

    return writer.sheet.arrays(top, 3, formula, values, PERCENT)
