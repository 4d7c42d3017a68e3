"""Sheet Calc_Models of the tour: the cards, a model's weights, its back-test, and rounded weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from aram_xl._models import models
from udfs.registry import call
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block
from workbooks.tour_checks import Compared
from workbooks.tour_inputs import ASSETS, BENCHMARK, DAILY
from workbooks.tour_parts import GAP, Tour, below
from workbooks.tour_rule import ModelInputs
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Line, Twin

LEAST_HISTORY = "minimum_history = 2"

IMPLIED, SIGNAL, FIRST = 0, 1, 2
"""Columns of the twin of ARAM_BACKTEST that the others refer to."""

BACKTEST_HEADS = ("SPY implied", "signal", "first", "risk", "target", "benchmark", "turnover", "net")
BACKTEST_STYLES = ("number", "count", "count", *["percent4"] * 3, "number", "percent4")

COMPARED = {3: 5, 4: 4, 5: 3, 6: 6, 7: 2}
"""Columns of that twin, and the columns of the answer that they restate."""


def write_models(tour: Tour, sheet: FunctionSheet, own: ModelInputs, native: tuple[Block, Block, Area]) -> None:
    """All sections.

    Args:
        native: monthly returns of Data_Daily with their dates, ARAM_WEIGHTS on their native moments, and the weights
            that are rounded.
    """
    returns, weights, exact = native
    count = len(models())
    spec = Call("ARAM_MODELS", (), [f"Card {i + 1}" for i in range(count)], ["card"] * count, ["level"] * count,
                columns=(*["text"] * 4, "count", "text", "text", "percent", "count", "text"))  # fmt: skip
    section = sheet.section(FIRST_ROW, spec, None)
    card, row = _write_card(tour, sheet, below(section), own)
    held = DAILY[1:]
    spec = Call("ARAM_MODEL_WEIGHTS", (card, tour.market.prices), held, ["weight"] * len(held),
                ["percent4"] * len(held))  # fmt: skip

    def twin(values: Area, _: Block) -> Twin:
        return Twin(("native",), lambda i, j: f"={weights.at(i)}", lambda i, j: values.cells[i][j])

    section = sheet.section(row, spec, twin)
    tour.check(spec, section)
    row = _write_backtest(tour, sheet, below(section), own, (card, returns))
    _write_rounded(tour, sheet, row, own, exact)


def _write_card(tour: Tour, sheet: FunctionSheet, row: int, own: ModelInputs) -> tuple[Area, int]:
    """The lines of a card in cells, with numbers of sheet Inputs in them; gives it, and the next free row."""
    inputs = tour.inputs

    def joined(name: str, cell: Area) -> tuple[str, str]:
        value = float(cell.cells[0][0])
        return f'="{name} = "&SUBSTITUTE({cell.reference},",",".")', f"{name} = {value:.15g}"

    lines: list[str | tuple[str, str]] = [
        'name = "tour"', 'title = "Card of the tour"', 'provenance = "An example."',
        'purpose = "Shows the lines of a card in cells."',
        f"universe = {list(DAILY[1:])}".replace("'", '"'), f'benchmark = "{BENCHMARK}"',
        "[estimation]", joined("window", inputs.window), LEAST_HISTORY,
        "[target]", joined("multiplier", inputs.multiplier),
        "[costs]", joined("fee", own.fee), joined("cost_bps", own.cost),
    ]  # fmt: skip
    sheet.text(row, 0, "Card", "section")
    sheet.text(row, 1, "The lines of a model card, with numbers of Inputs in them", "note")
    top = row + 2
    for i, line in enumerate(lines, top):
        if isinstance(line, str):
            sheet.text(i, FIRST_ASSET, line)
        else:
            sheet.formulas(i, FIRST_ASSET, lambda _i, _j, line=line: line[0], line[1], ("formula", "text"))  # type: ignore[misc]
    cells = [[line if isinstance(line, str) else line[1]] for line in lines]
    return Area(Block(sheet.name, top, FIRST_ASSET, len(lines), 1), cells), top + len(lines) + GAP


def _write_backtest(tour: Tour, sheet: FunctionSheet, row: int, own: ModelInputs, given: tuple[Area, Block]) -> int:
    """ARAM_BACKTEST; the weights follow from the gross returns, and everything else from them."""
    card, returns = given
    rows = call("ARAM_BACKTEST", (card.cells, tour.market.prices.cells)).rows[2:]
    count = len(rows)
    spec = Call("ARAM_BACKTEST", (card, tour.market.prices), [f"Period {i + 1}" for i in range(count)],
                ["per month"] * count, ["percent4"] * count, dated=True,
                columns=("date", *["percent4"] * 5, "number", "text", "text"))  # fmt: skip
    place = Block(sheet.name, row + 3, sheet.twins_at, count, len(BACKTEST_HEADS))
    months = Block(sheet.name, row + 3 + count + GAP + 2, FIRST_ASSET, returns.height, returns.width - 1 + count)
    shown: Any = np.array([line[1:8] for line in rows], dtype=np.float64)
    kept = _kept(tour, shown)
    _write_months(sheet, months, (returns, place), kept)

    def twin(values: Area, _: Block) -> Twin:
        formula = _formulas(tour, own, (returns.down(0, "rc"), months), (values.block, place))
        return Twin(BACKTEST_HEADS, formula, lambda i, j: kept.columns[i][j], BACKTEST_STYLES)

    def difference(values: Block, native: Block) -> Formula:
        return lambda i, j: f"={values.at(i, COMPARED[j])}-{native.at(i, j)}" if j in COMPARED else None

    section = sheet.section(row, spec, twin, difference)
    tour.check(spec, section, Compared(counted=section.values.block._replace(width=7)))
    return below(section, GAP + 2 + returns.height)


def _formulas(tour: Tour, own: ModelInputs, native: tuple[str, Block], blocks: tuple[Block, Block]) -> Formula:
    """Native formulas of the back-test's twin; ``native``: dates and monthly returns, ``blocks``: answer and twin."""
    (dates, months), (values, place) = native, blocks
    index, bonds, stocks = (months.down(j, "rc") for j in range(3))
    inputs, fee, cost = tour.inputs, own.fee.reference, own.cost.reference
    points = inputs.basis_points.reference

    def formula(i: int, j: int) -> str:
        weight, signal, first = (place.at(i, column) for column in (IMPLIED, SIGNAL, FIRST))
        gross, turnover = values.at(i, 1), place.at(i, 6)
        lower, higher = (f"INDEX({column},{signal}+1)" for column in (bonds, stocks))
        drifted = f"{place.at(i - 1)}*(1+INDEX({stocks},{signal}))/(1+{values.at(i - 1, 1)})" if i else ""
        return (
            f"=({gross}-{lower})/({higher}-{lower})",
            f"=MATCH({values.at(i)},{dates},0)-1",
            f"=MAX(1,{signal}-{inputs.window.reference}+1)",
            f"=STDEV.S({months.down(3 + i)})",
            f"={inputs.multiplier.reference}*STDEV.S(INDEX({index},{first}):INDEX({index},{signal}))",
            f"=INDEX({index},{signal}+1)",
            f"=ABS({weight}-{drifted})" if i else "=AVERAGE(0,1)",
            f"=(1-{cost}/{points}*({turnover}+{turnover}))*(1-{fee})^(1/{inputs.months.reference})*(1+{gross})-1",
        )[j]

    return formula


class Kept(NamedTuple):
    """Values of the native formulas around the back-test."""

    months: Any
    """(n_months, 3) returns of benchmark, bonds, stocks."""
    columns: Sequence[tuple[float, ...]]
    """The twin, by period."""


def _kept(tour: Tour, shown: Any) -> Kept:
    """What the native formulas give; ``shown``: the numbers of the answer."""
    rows = call("ARAM_RETURNS", (tour.market.prices.cells, tour.inputs.frequency.cells)).rows[1:]
    dates = [row[0] for row in rows]
    months: Any = np.array([row[1:] for row in rows], dtype=np.float64)
    columns = []
    for end, gross, net, benchmark, target, risk, turnover in shown.tolist():
        signal = dates.index(end)
        _, lower, higher = months[signal]
        first = max(1.0, signal - float(tour.inputs.window.cells[0][0]) + 1)
        weight = (gross - lower) / (higher - lower)
        columns.append((weight, float(signal), first, risk, target, benchmark, turnover, net))
    return Kept(months, columns)


def _write_months(sheet: FunctionSheet, months: Block, native: tuple[Block, Block], kept: Kept) -> None:
    """Monthly returns, and those of each period's weights within its window; ``native``: returns, twin."""
    returns, place = native
    top, assets = months.row, returns.width - 1
    sheet.text(top - 2, 0, "Months, natively", "section")
    sheet.text(top - 2, 1, "Returns of Calc_Data, and in the window of each period those of its weights", "note")
    for j, head in enumerate((*DAILY, *(f"period {i + 1}" for i in range(months.width - assets)))):
        sheet.head(top - 1, FIRST_ASSET + j, head)
    order = sheet.values(top, 3, [[i + 1.0] for i in range(months.height)], ("formula", "count"))
    for r in range(months.height):
        sheet.labels(top + r, ("Months, natively", f"Month {r + 1}", "per month", None))
        for j in range(assets):
            sheet.write(months, (r, j), f"={returns.at(r, j + 1)}", float(kept.months[r, j]), "percent4")
        for i, (weight, signal, first, *_) in enumerate(kept.columns):
            w, last, start = (place.at(i, j, "rc") for j in (IMPLIED, SIGNAL, FIRST))
            mixed = f"{w}*{months.at(r, 2)}+(1-{w})*{months.at(r, 1)}"
            inside = f"({order.at(r)}>={start})*({order.at(r)}<={last})"
            value = weight * kept.months[r, 2] + (1 - weight) * kept.months[r, 1]
            sheet.write(months, (r, assets + i), f'=IF({inside},{mixed},"")',
                        float(value) if first <= r + 1 <= signal else "", "percent4")  # fmt: skip


def _write_rounded(tour: Tour, sheet: FunctionSheet, row: int, own: ModelInputs, exact: Area) -> None:
    """ARAM_ROUND_WEIGHTS against whole steps and largest remainders."""
    size, step = len(ASSETS), own.step.reference
    spec = Call("ARAM_ROUND_WEIGHTS", (exact, own.step), ASSETS, ["weight"] * size, ["percent4"] * size)
    weights = exact.part(0, 1)
    place = Block(sheet.name, row + 3, sheet.twins_at, size, 3)
    missing = Block(sheet.name, row + 3 + size + 1, 3, 1, 1)
    stride = float(own.step.cells[0][0])
    whole = [float(math.floor(weight / stride)) for (weight,) in weights.cells]
    left = [weight / stride - steps for (weight,), steps in zip(weights.cells, whole, strict=True)]

    def twin(values: Area, _: Block) -> Twin:
        def formula(i: int, j: int) -> str:
            own_left = place.at(i, 1)
            before = f"SUM(1*({place.down(1, 'rc')}>{own_left}))"
            return (
                f"=INT({weights.block.at(i)}/{step})",
                f"={weights.block.at(i)}/{step}-{place.at(i)}",
                f"{{=({place.at(i)}+N({before}<{missing.at(fix='rc')}))*{step}}}",
            )[j]

        def value(i: int, j: int) -> float:
            return (whole[i], left[i], float(values.cells[i][0]))[j]

        return Twin(("whole steps", "remainder", "native"), formula, value, ("count", "number", "percent4"))

    def difference(values: Block, native: Block) -> Formula:
        return lambda i, j: f"={values.at(i)}-{native.at(i, 2)}" if j == 2 else None

    section = sheet.section(row, spec, twin, difference)
    total = Block(sheet.name, missing.row - 1, 3, 1, 1)
    added, lacking = f"=SUM({section.values.block.down(0)})", f"=ROUND(1/{step},0)-SUM({place.down(0)})"
    lines = (
        Line("Total weight", "weight", added, 1.0, "percent4", f"={total.at()}-1"),
        Line("Steps missing", "count", lacking, round(1 / stride) - sum(whole), "count"),
    )
    sheet.below(section, spec.function, lines)
    tour.check(spec, section, Compared(below=1))
