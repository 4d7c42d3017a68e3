"""Sheet Calc_Window: the returns in the window of the chosen date, their weights, and the expected returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.drt_cards import Cards
from workbooks.drt_cells import COUNT, DAY, NUMBER, PERCENT, SMALL, Line, asset_heads, put_lines, worded_heads
from workbooks.drt_data import DirectData
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import Returns, tickers_shown
from workbooks.drt_moments import Estimates
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date


class Window(NamedTuple):
    """Cells of Calc_Window."""

    heads: Block
    weights: Block
    """Of the months in the covariance, and ..."""
    mean_weights: Block
    """... in the expected return."""
    months: Block
    centred: Block
    benchmark: Block
    expected: Block
    row: Block
    """Row of Calc_Assets that ends at the chosen date."""
    squares: Block
    """(n_months, 1) weighted squares of the sums of squares by month."""


TABLE = 15
"""Rows above the first month of Calc_Window."""

KINDS = ("centred", "weighted", "squared", "weighted square", "weighted cube")
"""Blocks of Calc_Window behind the returns."""


def write_window(sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Returns], estimates: Estimates) -> Window:
    """Returns of the chosen date's window, their weights, and the products that the estimators need."""
    inputs, cards, returns = cells
    count, places = estimates.months.shape
    heads = asset_heads(sheet, FIRST_ASSET, (cards.tickers, inputs.number), tickers_shown(data))
    row, before, decays, spans = _write_top(sheet, data, cells, estimates)
    first = FIRST_ROW + TABLE
    _second_heads(sheet, first - 1, heads, data)
    sheet.paginate(FIRST_ASSET + (1 + len(KINDS)) * places + 7)
    for i in range(count):
        sheet.text(first + i, 0, "Window", "section")
        sheet.text(first + i, 2, "per month", "note")
    order = sheet.values(first, 4, np.arange(1.0, count + 1)[:, None], COUNT)
    end = int(data.positions[data.signal])
    days = excel_date(data.dates[end + 2 - count : end + 2])[:, None]

    def picked(column_at: int, source: Block, values: FloatArray, style: tuple[str, str]) -> Block:
        return sheet.formulas(
            first, column_at, lambda i, j: (
                f"=INDEX({source.down(j, 'r')},{before.at(0, 0, 'rc')}+{order.at(i, 0, 'c')})"
            ), values, style,
        )  # fmt: skip

    picked(1, returns.dates, days, DAY)
    months = picked(FIRST_ASSET, returns.assets, estimates.months, PERCENT)
    left = FIRST_ASSET + places
    own = data.tickers.index(data.shown.model.benchmark)
    benchmark = picked(left, returns.benchmark, data.returns[end + 1 - count : end + 1, own : own + 1], PERCENT)
    age = f"ROWS({{}}:{_last(order)})-1"
    length = cards.window.at(0, 0, "rc")
    ages = sheet.formulas(
        first, left + 1, lambda i, _: f"={age.format(order.at(i))}", np.arange(count - 1.0, -1.0, -1.0)[:, None], COUNT
    )
    raw = sheet.formulas(
        first, left + 2, lambda i, j: (
            f"=({ages.at(i, 0, 'c')}<{length})*EXP(-{decays[j].at(0, 0, 'rc')}*{ages.at(i, 0, 'c')})"
        ), estimates.raw_weights, NUMBER,
    )  # fmt: skip

    def share(j: int) -> Callable[[int, int], str]:
        return lambda i, _: f"={raw.at(i, j)}/SUM({raw.down(j, 'rc')})"

    weights = sheet.formulas(first, 3, share(0), estimates.weights[:, None], NUMBER)
    mean_weights = sheet.formulas(first, left + 4, share(1), estimates.mean_weights[:, None], NUMBER)
    expected, centre = _write_expected(sheet, spans, (cards, months, weights, mean_weights), estimates)
    centred, squares = _write_products(sheet, (months, centre, weights), left + 5, estimates)
    return Window(heads, weights, mean_weights, months, centred, benchmark, expected, row, squares)


def _last(order: Block) -> str:
    return f"{order.at(order.height - 1, 0, 'rc').split('!')[1]}"


def window_heads(data: DirectData) -> tuple[str | None, ...]:
    """Heads of Calc_Window; those of the assets are formulas."""
    return ("Step 3", "Line", "Unit", "Value", "Note or source", *(None,) * data.sizes.assets)


def _second_heads(sheet: Sheet, row: int, heads: Block, data: DirectData) -> None:
    """Heads of the table of months."""
    sheet.second_table(row, ("Window", "Month-end", "Unit", "Weight", "Month of the window"))
    shown, places = tickers_shown(data), data.sizes.assets
    left = FIRST_ASSET
    sheet.formulas(row, left, lambda i, j: f"={heads.at(0, j)}", [shown], ("number_header", "text"))
    extra = ("benchmark", "months ago", "raw weight", "raw weight, mean", "weight in the mean")
    for j, text in enumerate(extra):
        sheet.head(row, left + places + j, text)
    left += places + len(extra)
    for kind in KINDS:
        worded_heads(sheet, (row, left), kind, heads, shown)
        left += places
    sheet.head(row, left, "sum of squares")
    sheet.head(row, left + 1, "its weighted square")


def _write_top(
    sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Returns], estimates: Estimates
) -> tuple[Block, Block, list[Block], Block]:
    """Which rows, the decays of the weights, and the spans of momentum."""
    inputs, cards, returns = cells
    count, end = len(estimates.months), int(data.positions[data.signal])
    place = [Block(sheet.name, FIRST_ROW + i, 3, 1, 1) for i in range(4)]
    half_life, table = cards.half_life.at(), returns.dates
    lines = put_lines(sheet, FIRST_ROW, [
        Line("Choice", "Signal date", "date", "Inputs", float(excel_date(data.dates[end + 1])), DAY,
             f"={inputs.signal_date.at()}"),
        Line("Choice", "Row of Calc_Assets", "count", "Returns known at the date", end + 1.0, COUNT,
             f"=MATCH({place[0].at()},{table.down(0, 'rc')},0)"),
        Line("Choice", "Rows before the window", "count", "In Calc_Assets", end + 1.0 - count, COUNT,
             f"={place[1].at()}-{_height(data)}"),
        *(
            Line("Weights", f"Decay, {what}", "per month", "LN(2) / half-life; 0: equal weights", decay, NUMBER,
                 f'=IF({method.at()}="ewma",LN(1+1)/{half_life},0)')
            for what, decay, method in zip(("covariance", "expected return"), estimates.decays,
                                           (cards.covariance, cards.expected), strict=True)
        ),
    ])  # fmt: skip
    top = FIRST_ROW + len(lines)
    for i in range(4):
        sheet.labels(top + i, ("Momentum", "Growth per month", "per month", "Value: months of growth"))
    spans = sheet.formulas(
        top, 3, lambda i, j: f"={inputs.span._replace(row=inputs.span.row + i).at()}",
        np.array([1.0, 3.0, 6.0, 12.0])[:, None], ("link", "count"),
    )  # fmt: skip
    return lines[1], lines[2], lines[3:], spans


def _height(data: DirectData) -> str:
    """Rows of the window table, as a reference to the column of their numbers."""
    return f"ROWS({Block('Calc_Window', FIRST_ROW + TABLE, 4, data.sizes.window, 1).down(0, 'rc')})"


def _write_expected(
    sheet: Sheet, spans: Block, blocks: tuple[Cards, Block, Block, Block], estimates: Estimates
) -> tuple[Block, Block]:
    """Growth over the spans, weighted means, the expected return that the card takes; gives that and the centre."""
    cards, months, weights, mean_weights = blocks
    count = months.height

    def growth(i: int, j: int) -> str:
        span, down = spans.at(i, 0, "c"), months.down(j, "r")
        start = f"INDEX({down},ROWS({down})-{span}+1)"
        return f"=(PRODUCT(1+{start}:{months.at(count - 1, j, 'r').split('!')[1]})-1)/{span}"

    def put(i: int, texts: tuple[str, str], formula: Callable[[int, int], str], values: FloatArray) -> Block:
        row = spans.row + spans.height + i
        sheet.labels(row, ("Estimate", texts[0], "per month", texts[1]))
        return sheet.formulas(row, FIRST_ASSET, formula, values, PERCENT)

    def mean(w: Block) -> Callable[[int, int], str]:
        return lambda i, j: f"=SUMPRODUCT({w.down(0, 'rc')},{months.down(j)})"

    grown = sheet.arrays(spans.row, FIRST_ASSET, growth, estimates.growth, PERCENT)
    centre = put(0, ("Centre", "By the weights of the covariance"), mean(weights), estimates.centre)
    means = put(1, ("Weighted mean", "By the weights of the expected return"), mean(mean_weights), estimates.means)
    blend = put(2, ("Mean of the growth rates", "Momentum"), lambda i, j: f"=AVERAGE({grown.down(j)})",
                estimates.growth.mean(axis=0))  # fmt: skip
    method = cards.expected.at(0, 0, "rc")
    expected = put(
        3, ("Expected return", "By the card's method"),
        lambda i, j: f'=IF({method}="momentum",{blend.at(0, j)},{means.at(0, j)})', estimates.expected,
    )  # fmt: skip
    return expected, centre


def _write_products(
    sheet: Sheet, blocks: tuple[Block, Block, Block], left: int, estimates: Estimates
) -> tuple[Block, Block]:
    """Returns less their mean; weighted, squared, weighted again, cubed; sums of squares by month."""
    months, centre, weights = blocks
    places, first = months.width, months.row
    x, w = estimates.centred, estimates.weights[:, None]
    place = [months._replace(column=left + k * places) for k in range(len(KINDS))]

    def of(i: int, j: int, formula: str) -> str:
        a, b, c = (block.at(i, j) for block in place[:3])
        return formula.format(weights.at(i, 0, "c"), a, b, c)

    texts = (
        lambda i, j: f"={months.at(i, j)}-{centre.at(0, j, 'r')}",
        lambda i, j: of(i, j, "={0}*{1}"),
        lambda i, j: of(i, j, "={1}*{1}"),
        lambda i, j: of(i, j, "={0}*{3}"),
        lambda i, j: of(i, j, "={2}*{3}"),
    )
    values = (x, w * x, x * x, w * x * x, w * x * x * x)
    for block, formula, table in zip(place, texts, values, strict=True):
        sheet.formulas(first, block.column, formula, table, PERCENT if block is place[0] else SMALL)
    total = (x * x).sum(axis=1)[:, None]
    at = left + len(KINDS) * places
    sums = sheet.formulas(first, at, lambda i, _: f"=SUM({place[2].across(i)})", total, SMALL)
    squares = sheet.formulas(
        first, at + 1, lambda i, _: f"={weights.at(i)}*{sums.at(i)}*{sums.at(i)}", w * total * total, SMALL
    )
    return place[0], squares
