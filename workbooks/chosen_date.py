"""The decision at one chosen date, by native formulas: sheets Calc_Window, Calc_Date, Calc_Optimiser.

Cells refer to one another across these sheets, so their places are planned first and written afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks import names
from workbooks.date_proof import DateProof, write_date_proof
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import Inputs, Market
from workbooks.optimiser_sheet import COUNT, PERCENT, SMALL, Moments, Optimiser, write_optimiser
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet, excel_date
from workbooks.subsets import SubsetTable, subset_table

LINK_PERCENT = ("link", "percent4")


class Window(NamedTuple):
    """Cells of Calc_Window."""

    length: Block
    months: Block
    """Returns of the window, one row per month, and ..."""
    benchmark: Block
    mix: Block
    """... those of the chosen weights."""


class DateMoments(NamedTuple):
    """Market risk, target and moments on Calc_Date."""

    benchmark_mean: Block
    benchmark_volatility: Block
    target: Block
    means: Block
    volatilities: Block
    covariance: Block


class Twin(NamedTuple):
    """The engine's numbers of the chosen date."""

    months: FloatArray
    benchmark: FloatArray
    moments: Moments
    table: SubsetTable


class Chosen(NamedTuple):
    """The chosen date, for other sheets."""

    window: Window
    moments: DateMoments
    weights: Block
    difference: Block
    proof: DateProof
    optimiser: Optimiser
    twin: Twin


def twin_of(data: IndexData) -> Twin:
    """Numbers of the last signal date, which a new workbook shows."""
    months, benchmark = data.window(data.positions.size - 1)
    covariance = np.cov(months.T).reshape(months.shape[1], -1)
    moments = Moments(months.mean(axis=0), covariance, data.model.multiplier * float(benchmark.std(ddof=1)))
    return Twin(months, benchmark, moments, subset_table(*moments))


def write_chosen_date(
    book: Book, sheets: dict[str, Sheet], data: IndexData, twin: Twin, cells: tuple[Inputs, Market, Block]
) -> Chosen:
    """Write the sheets for the date on Inputs; ``cells``: inputs, market, the engine's weights of every date."""
    inputs, market, proof_weights = cells
    size = len(data.tickers)
    date_sheet = sheets["Calc_Date"]
    weights = Block(date_sheet.name, FIRST_ROW + 11 + size, FIRST_ASSET, 1, size)
    window = _write_window(sheets["Calc_Window"], data, twin, (inputs, market, weights))
    moments = _write_moments(date_sheet, data, twin, (inputs, window))
    optimiser = write_optimiser(
        sheets["Calc_Optimiser"], data.tickers, twin.table, (moments.means, moments.covariance, moments.target),
        inputs, twin.moments,
    )  # fmt: skip
    difference = _write_answer(date_sheet, data, twin, (weights, proof_weights, optimiser, inputs))
    cells_of_proof = (weights, window.months, window.mix, moments.means, moments.covariance)
    proof = write_date_proof(date_sheet, twin.table, twin.moments, cells_of_proof, optimiser)
    book.name(names.WEIGHTS, weights)
    book.name(names.RISK_TARGET, moments.target)
    return Chosen(window, moments, weights, difference, proof, optimiser, twin)


def _write_window(sheet: Sheet, data: IndexData, twin: Twin, cells: tuple[Inputs, Market, Block]) -> Window:
    """Which rows of Calc_Returns the window takes, and their returns."""
    inputs, market, weights = cells
    size, longest = len(data.tickers), data.model.window
    length, before = _write_choice(sheet, data, inputs, market)
    top = FIRST_ROW + 6
    heads = ("Window", "Month-end", "Unit", data.model.benchmark, "Month of the window", *data.tickers, "Mix")
    sheet.second_table(top, heads)
    first = top + 1
    order = sheet.values(first, 4, np.arange(1.0, longest + 1)[:, None], COUNT)
    for i in range(longest):
        sheet.text(first + i, 0, "Window", "section")
        sheet.text(first + i, 2, "per month", "note")

    def within(formula: Callable[[int, int], str]) -> Callable[[int, int], str]:
        used = length.at(0, 0, "rc")
        return lambda i, j: f'=IF({order.at(i, 0, "c")}<={used},{formula(i, j)},"")'

    def picked(column: int, source: Block, values: FloatArray, style: tuple[str, str]) -> Block:
        blank = np.full((longest - len(values), values.shape[1]), np.nan)
        formula = within(lambda i, j: f"INDEX({source.down(j, 'r')},{before.at(0, 0, 'rc')}+{order.at(i, 0, 'c')})")
        return sheet.formulas(first, column, formula, np.vstack([values, blank]), style)

    end = int(data.positions[-1]) + 1
    dates = excel_date(data.dates[end - len(twin.months) + 1 : end + 1])[:, None]
    picked(1, market.return_dates, dates, ("formula", "day"))
    benchmark = picked(3, market.benchmark_returns, twin.benchmark[:, None], PERCENT)
    months = picked(FIRST_ASSET, market.returns, twin.months, PERCENT)
    mixed = np.append(twin.months @ twin.table.weights, np.full(longest - len(twin.months), np.nan))
    mix = sheet.formulas(
        first, FIRST_ASSET + size,
        within(lambda i, _: f"SUMPRODUCT({months.across(i)},{weights.across(0, 'rc')})"), mixed[:, None], PERCENT,
    )  # fmt: skip
    return Window(length, months, benchmark, mix)


def _write_choice(sheet: Sheet, data: IndexData, inputs: Inputs, market: Market) -> tuple[Block, Block]:
    """The length of the window and the rows before it."""
    position, length = int(data.positions[-1]) + 1, int(data.windows[-1])
    value = [Block(sheet.name, FIRST_ROW + i, 3, 1, 1) for i in range(5)]
    date, place, unbroken, window = (block.at() for block in value[:4])
    lines = (
        ("Signal date", "date", "Inputs", float(excel_date(data.dates[position])), ("formula", "date"),
         f"={inputs.signal_date.at()}"),
        ("Row of Calc_Returns", "count", "Returns known at the date", position, COUNT,
         f"=MATCH({date},{market.return_dates.down(0, 'rc')},0)"),
        ("Unbroken months", "months", "Every asset has a return", int(data.run[position - 1]), COUNT,
         f"=INDEX({market.run.down(0, 'rc')},{place})"),
        ("Window", "months", "The shorter of rule and history", length, COUNT,
         f"=MIN({inputs.window.at()},{unbroken})"),
        ("Rows before the window", "count", "In Calc_Returns", position - length, COUNT, f"={place}-{window}"),
    )  # fmt: skip
    for i, (label, unit, note, number, style, formula) in enumerate(lines):
        sheet.line(FIRST_ROW + i, ("Choice", label, unit, note), number, style, formula)
    return value[3], value[4]


def _write_moments(sheet: Sheet, data: IndexData, twin: Twin, cells: tuple[Inputs, Window]) -> DateMoments:
    """Step 1 (market risk), step 2 (risk target) and the moments of the assets."""
    inputs, window = cells
    months, size, name = window.months, len(data.tickers), data.model.benchmark
    value = [Block(sheet.name, FIRST_ROW + i, 3, 1, 1) for i in range(6)]
    chosen = float(excel_date(data.dates[data.positions[-1] + 1]))
    benchmark = window.benchmark.down(0)
    lines = (
        ("Choice", "Signal date", "date", "Inputs", chosen, ("formula", "date"), f"={inputs.signal_date.at()}"),
        ("Choice", "Window", "months", "Calc_Window", len(twin.months), COUNT, f"={window.length.at()}"),
        ("Step 1", f"{name} mean", "per month", "For the chart", twin.benchmark.mean(), PERCENT,
         f"=AVERAGE({benchmark})"),
        ("Step 1", f"{name} volatility", "per month", "Market risk", twin.benchmark.std(ddof=1), PERCENT,
         f"=STDEV.S({benchmark})"),
        ("Step 2", "Multiplier k", "ratio", "Inputs", data.model.multiplier, ("formula", "level"),
         f"={inputs.multiplier.at()}"),
        ("Step 2", "Risk target", "per month", "k x market risk", twin.moments.target, PERCENT,
         f"={value[4].at()}*{value[3].at()}"),
    )  # fmt: skip
    for i, (section, label, unit, note, number, style, formula) in enumerate(lines):
        sheet.line(FIRST_ROW + i, (section, label, unit, note), number, style, formula)
    row = FIRST_ROW + 7
    sheet.labels(row, ("Moments", "Expected return", "per month", "Arithmetic mean"))
    sheet.labels(row + 1, ("Moments", "Volatility", "per month", "Sample, n - 1"))
    for i, ticker in enumerate(data.tickers):
        sheet.labels(row + 2 + i, ("Covariance", ticker, "squared", "Value: the asset's column of the window"))
    mean, covariance, _ = twin.moments
    means = sheet.formulas(row, FIRST_ASSET, lambda i, j: f"=AVERAGE({months.down(j)})", mean, PERCENT)
    volatilities = sheet.formulas(
        row + 1, FIRST_ASSET, lambda i, j: f"=STDEV.S({months.down(j)})", np.sqrt(np.diag(covariance)), PERCENT
    )
    order = sheet.values(row + 2, 3, np.arange(1.0, size + 1)[:, None], COUNT)
    matrix = sheet.formulas(
        row + 2, FIRST_ASSET,
        lambda i, j: f"=COVARIANCE.S(INDEX({months.all()},0,{order.at(i, 0, 'c')}),{months.down(j, 'r')})",
        covariance, SMALL,
    )  # fmt: skip
    return DateMoments(value[2], value[3], value[5], means, volatilities, matrix)


def _write_answer(sheet: Sheet, data: IndexData, twin: Twin, cells: tuple[Block, Block, Optimiser, Inputs]) -> Block:
    """The native weights, the engine's, and their difference."""
    weights, proof, optimiser, inputs = cells
    row = weights.row
    sheet.labels(row, ("Step 3", "Weights, native optimiser", "weight", "The best subset of Calc_Optimiser"))
    sheet.labels(row + 1, ("Step 3", "Weights, engine", "weight", "Calc_Proof; for the engine's k"))
    sheet.labels(row + 2, ("Step 3", "Difference", "weight", "Native less engine; value: the largest"))
    native, engine = twin.table.weights, data.weights[-1]
    sheet.formulas(row, FIRST_ASSET, lambda i, j: f"={optimiser.weights.at(0, j)}", native, LINK_PERCENT)
    dates = proof._replace(column=1, width=1).down(0, "rc")
    engine_cells = sheet.formulas(
        row + 1, FIRST_ASSET,
        lambda i, j: f"=INDEX({proof.down(j, 'r')},MATCH({inputs.signal_date.at(0, 0, 'rc')},{dates},0))",
        engine, LINK_PERCENT,
    )  # fmt: skip
    difference = sheet.formulas(
        row + 2, FIRST_ASSET, lambda i, j: f"={weights.at(0, j)}-{engine_cells.at(0, j)}", native - engine, SMALL
    )
    sheet.formulas(row, 3, lambda i, j: f"=SUM({weights.across(0)})", native.sum(), PERCENT)
    sheet.formulas(row + 1, 3, lambda i, j: f"=SUM({engine_cells.across(0)})", engine.sum(), PERCENT)
    return sheet.arrays(
        row + 2, 3, lambda i, j: f"=MAX(ABS({difference.across(0)}))", np.abs(native - engine).max(), SMALL
    )
