"""The decision at one chosen date, by native formulas: sheets Calc_Window, Calc_Date, Calc_Optimiser, Calc_Frontier.

Cells refer to one another across these sheets, so their places are planned first and written afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks import names
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import Inputs, Market
from workbooks.optimiser_sheet import Optimiser, write_optimiser
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet, excel_date
from workbooks.subsets import SubsetTable, subset_table


class Chosen(NamedTuple):
    """Cells of the chosen date that other sheets use."""

    position: Block
    window: Block
    months: Block
    """Returns of the window, one row per month, and ..."""
    mix: Block
    """... those of the chosen weights."""
    means: Block
    volatilities: Block
    covariance: Block
    benchmark_mean: Block
    benchmark_volatility: Block
    target: Block
    weights: Block
    engine_weights: Block
    difference: Block
    expected_return: Block
    variance: Block
    variance_of_mix: Block
    risk: Block
    gradient: Block
    gradient_by_product: Block
    residual: Block
    contribution: Block
    optimiser: Optimiser


class _Twin(NamedTuple):
    """The engine's numbers of the chosen date."""

    months: FloatArray
    benchmark: FloatArray
    mean: FloatArray
    covariance: FloatArray
    target: float
    table: SubsetTable


def write_chosen_date(
    book: Book, sheets: dict[str, Sheet], data: IndexData, inputs: Inputs, market: Market, proof_weights: Block
) -> Chosen:
    """Write the four sheets for the date on Inputs; the last signal date at first."""
    signal = data.positions.size - 1
    months, benchmark = data.window(signal)
    mean, covariance = months.mean(axis=0), np.cov(months.T).reshape(months.shape[1], -1)
    target = data.model.multiplier * float(benchmark.std(ddof=1))
    twin = _Twin(months, benchmark, mean, covariance, target, subset_table(mean, covariance, target))
    size = mean.size
    date_sheet = sheets["Calc_Date"]
    weights = Block(date_sheet.name, FIRST_ROW + 11 + size, FIRST_ASSET, 1, size)
    position, window, rows, mix = _write_window(sheets["Calc_Window"], data, twin, (inputs, market, weights))
    moments = _write_moments(date_sheet, data, twin, (inputs, rows, window))
    means, _, covariance_cells, _, _, target_cell = moments
    optimiser = write_optimiser(
        sheets["Calc_Optimiser"], data.tickers, twin.table, (means, covariance_cells, target_cell), inputs,
        (twin.mean, twin.covariance, twin.target),
    )  # fmt: skip
    answer = _write_answer(date_sheet, data, twin, (weights, proof_weights, optimiser, inputs))
    proof = _write_certificate(date_sheet, twin, (weights, rows, mix, *moments), optimiser)
    book.name(names.WEIGHTS, weights)
    book.name(names.RISK_TARGET, target_cell)
    return Chosen(position, window, rows, mix, *moments, weights, *answer, *proof, optimiser)


def _write_window(
    sheet: Sheet, data: IndexData, twin: _Twin, cells: tuple[Inputs, Market, Block]
) -> tuple[Block, Block, Block, Block]:
    inputs, market, weights = cells
    last = data.positions.size - 1
    position, length = int(data.positions[last]) + 1, int(data.windows[last])
    head, size, longest = FIRST_ROW, len(data.tickers), data.model.window
    run = min(int(data.run[data.positions[last]]), position)
    chosen = float(excel_date(data.dates[position]))
    date = sheet.line(
        head, ("Choice", "Signal date", "date", "Inputs"), chosen, ("link", "date"), f"={inputs.signal_date.at()}"
    )
    place = sheet.line(
        head + 1, ("Choice", "Row of Calc_Returns", "count", "Returns known at the date"), position,
        ("formula", "count"), f"=MATCH({date.at()},{market.return_dates.down(0, 'rc')},0)",
    )  # fmt: skip
    unbroken = sheet.line(
        head + 2, ("Choice", "Unbroken months", "months", "Every asset has a return"), run,
        ("formula", "count"), f"=INDEX({market.run.down(0, 'rc')},{place.at()})",
    )  # fmt: skip
    window = sheet.line(
        head + 3, ("Choice", "Window", "months", "The shorter of the rule and the history"), length,
        ("formula", "count"), f"=MIN({inputs.window.at()},{unbroken.at()})",
    )  # fmt: skip
    before = sheet.line(
        head + 4, ("Choice", "Rows before the window", "count", ""), position - length, ("formula", "count"),
        f"={place.at()}-{window.at()}",
    )  # fmt: skip
    top = head + 6
    for column, text in enumerate(("Window", "Month-end", "Unit", data.model.benchmark, "Month of the window")):
        sheet.head(top, column, text)
    for j, text in enumerate((*data.tickers, "Mix")):
        sheet.head(top, FIRST_ASSET + j, text)
    first = top + 1
    order = sheet.values(first, 4, np.arange(1.0, longest + 1)[:, None], ("formula", "count"))

    def pick(source: Block) -> object:
        return lambda i, j: (
            f"=IF({order.at(i, 0, 'c')}<={window.at(0, 0, 'rc')},"
            f'INDEX({source.down(j, "r")},{before.at(0, 0, "rc")}+{order.at(i, 0, "c")}),"")'
        )

    def padded(values: FloatArray) -> FloatArray:
        blank = np.full((longest - length, values.shape[1]), np.nan)
        return np.vstack([values, blank])

    for i in range(longest):
        sheet.text(first + i, 0, "Window", "section")
        sheet.text(first + i, 2, "per month", "note")
    window_dates = excel_date(data.dates[position - length + 1 : position + 1])[:, None]
    sheet.formulas(first, 1, pick(market.return_dates), padded(window_dates), ("formula", "day"))  # type: ignore[arg-type]
    style = ("formula", "percent4")
    sheet.formulas(first, 3, pick(market.benchmark_returns), padded(twin.benchmark[:, None]), style)  # type: ignore[arg-type]
    months = sheet.formulas(first, FIRST_ASSET, pick(market.returns), padded(twin.months), style)  # type: ignore[arg-type]
    mix = sheet.formulas(
        first, FIRST_ASSET + size,
        lambda i, j: (
            f"=IF({order.at(i, 0, 'c')}<={window.at(0, 0, 'rc')},"
            f'SUMPRODUCT({months.across(i)},{weights.across(0, "rc")}),"")'
        ),
        padded((twin.months @ twin.table.weights)[:, None]), style,
    )  # fmt: skip
    return place, window, months, mix


def _write_moments(
    sheet: Sheet, data: IndexData, twin: _Twin, cells: tuple[Inputs, Block, Block]
) -> tuple[Block, Block, Block, Block, Block, Block]:
    inputs, months, window = cells
    row, size = FIRST_ROW, len(data.tickers)
    benchmark = Block(months.sheet, months.row, 3, months.height, 1)
    chosen = float(excel_date(data.dates[data.positions[-1] + 1]))
    sheet.line(row, ("Choice", "Signal date", "date", "Inputs"), chosen, ("link", "date"), f"={inputs.signal_date.at()}")
    sheet.line(
        row + 1, ("Choice", "Window", "months", "Calc_Window"), len(twin.months), ("link", "count"), f"={window.at()}"
    )
    benchmark_mean = sheet.line(
        row + 2, ("Step 1", f"{data.model.benchmark} mean", "per month", "For the chart"), twin.benchmark.mean(),
        ("formula", "percent4"), f"=AVERAGE({benchmark.down(0)})",
    )  # fmt: skip
    volatility = sheet.line(
        row + 3, ("Step 1", f"{data.model.benchmark} volatility", "per month", "Market risk"),
        twin.benchmark.std(ddof=1), ("formula", "percent4"), f"=STDEV.S({benchmark.down(0)})",
    )  # fmt: skip
    multiplier = sheet.line(
        row + 4, ("Step 2", "Multiplier k", "ratio", "Inputs"), data.model.multiplier, ("link", "level"),
        f"={inputs.multiplier.at()}",
    )  # fmt: skip
    target = sheet.line(
        row + 5, ("Step 2", "Risk target", "per month", "k x market risk"), twin.target, ("formula", "percent4"),
        f"={multiplier.at()}*{volatility.at()}",
    )  # fmt: skip
    for i, (section, label, note) in enumerate(
        (("Moments", "Expected return", "Arithmetic mean"), ("Moments", "Volatility", "Sample, n - 1"))
    ):
        sheet.text(row + 7 + i, 0, section, "section")
        sheet.text(row + 7 + i, 1, label)
        sheet.text(row + 7 + i, 2, "per month", "note")
        sheet.text(row + 7 + i, 4, note, "note")
    means = sheet.formulas(
        row + 7, FIRST_ASSET, lambda i, j: f"=AVERAGE({months.down(j)})", twin.mean, ("formula", "percent4")
    )
    volatilities = sheet.formulas(
        row + 8, FIRST_ASSET, lambda i, j: f"=STDEV.S({months.down(j)})", np.sqrt(np.diag(twin.covariance)),
        ("formula", "percent4"),
    )  # fmt: skip
    for i, ticker in enumerate(data.tickers):
        sheet.text(row + 9 + i, 0, "Covariance", "section")
        sheet.text(row + 9 + i, 1, ticker)
        sheet.text(row + 9 + i, 2, "squared", "note")
        sheet.text(row + 9 + i, 4, "Value: the asset's column of the window", "note")
    order = sheet.values(row + 9, 3, np.arange(1.0, size + 1)[:, None], ("formula", "count"))
    covariance = sheet.formulas(
        row + 9, FIRST_ASSET,
        lambda i, j: f"=COVARIANCE.S(INDEX({months.all()},0,{order.at(i, 0, 'c')}),{months.down(j, 'r')})",
        twin.covariance, ("formula", "small"),
    )  # fmt: skip
    return means, volatilities, covariance, benchmark_mean, volatility, target


def _write_answer(
    sheet: Sheet, data: IndexData, twin: _Twin, cells: tuple[Block, Block, Optimiser, Inputs]
) -> tuple[Block, Block]:
    weights, proof, optimiser, inputs = cells
    row = weights.row
    engine = data.weights[-1]
    for i, (label, note) in enumerate(
        (
            ("Weights, native optimiser", "The best subset of Calc_Optimiser"),
            ("Weights, engine", "Calc_Proof; for the engine's k"),
            ("Difference", "Native less engine; value: the largest"),
        )
    ):
        sheet.text(row + i, 0, "Step 3", "section")
        sheet.text(row + i, 1, label)
        sheet.text(row + i, 2, "weight", "note")
        sheet.text(row + i, 4, note, "note")
    native = twin.table.weights
    sheet.formulas(
        row, FIRST_ASSET,
        lambda i, j: (
            f"=IFERROR(INDEX({optimiser.target_weights.down(j, 'r')},{optimiser.target_row.at(0, 0, 'rc')}),"
            f"INDEX({optimiser.least_weights.down(j, 'r')},{optimiser.least_row.at(0, 0, 'rc')}))"
        ),
        native, ("formula", "percent4"),
    )  # fmt: skip
    engine_cells = sheet.formulas(
        row + 1, FIRST_ASSET,
        lambda i, j: f"=INDEX({proof.down(j, 'r')},MATCH({inputs.signal_date.at(0, 0, 'rc')},{_dates_of(proof)},0))",
        engine, ("link", "percent4"),
    )  # fmt: skip
    difference = sheet.formulas(
        row + 2, FIRST_ASSET, lambda i, j: f"={weights.at(0, j)}-{engine_cells.at(0, j)}", native - engine,
        ("formula", "small"),
    )  # fmt: skip
    sheet.formulas(row, 3, lambda i, j: f"=SUM({weights.across(0)})", native.sum(), ("formula", "percent4"))
    sheet.formulas(row + 1, 3, lambda i, j: f"=SUM({engine_cells.across(0)})", engine.sum(), ("formula", "percent4"))
    sheet.arrays(
        row + 2, 3, lambda i, j: f"=MAX(ABS({difference.across(0)}))", np.abs(native - engine).max(), ("formula", "small")
    )
    return engine_cells, Block(sheet.name, row + 2, 3, 1, 1)


def _write_certificate(
    sheet: Sheet, twin: _Twin, cells: tuple[Block, ...], optimiser: Optimiser
) -> tuple[Block, Block, Block, Block, Block, Block, Block, Block]:
    weights, months, mix, means, _, covariance, *_ = cells
    native, table = twin.table.weights, twin.table
    row = weights.row + 4
    gradient = twin.covariance @ native
    variance = float(native @ gradient)
    risk = float(np.sqrt(variance))
    _, _, best, on_target = table.best
    slope = risk / table.x[best] if on_target else 0.0
    budget = -table.y[best] / table.x[best] if on_target else float(native @ twin.mean)
    reduced = twin.mean - slope * gradient / risk - budget
    percent = ("formula", "percent4")

    def line(i: int, label: str, unit: str, note: str, value: float, formula: str) -> Block:
        style = ("formula", "number") if unit == "return/risk" else percent
        return sheet.line(row + i, ("Proof", label, unit, note), value, style, formula)

    def assets(i: int, label: str, unit: str, note: str) -> int:
        for column, text, kind in ((0, "Proof", "section"), (1, label, "label"), (2, unit, "note"), (4, note, "note")):
            sheet.text(row + i, column, text, kind)
        return row + i

    earned = line(
        0, "Expected return", "per month", "Weights x means", native @ twin.mean,
        f"=SUMPRODUCT({weights.across(0)},{means.across(0)})",
    )  # fmt: skip
    small = ("formula", "small")
    by_product = sheet.line(
        row + 1, ("Proof", "Variance by MMULT", "squared", "w'Sw"), variance, small,
        f"{{=SUM(MMULT({weights.across(0)},{covariance.all('')})*{weights.across(0)})}}",
    )  # fmt: skip
    of_mix = sheet.line(
        row + 2, ("Proof", "Variance of the mix", "squared", "VAR.S of the mixed returns"), variance, small,
        f"=VAR.S({mix.down(0)})",
    )  # fmt: skip
    risk_cell = line(3, "Risk", "per month", "Square root of the variance", risk, f"=SQRT({by_product.at()})")
    top = assets(4, "Gradient by COVARIANCE.S", "squared", "Asset against the mix")
    by_covariance = sheet.formulas(
        top, FIRST_ASSET, lambda i, j: f"=COVARIANCE.S({months.down(j)},{mix.down(0, 'rc')})", gradient, small
    )
    top = assets(5, "Gradient by MMULT", "squared", "Sw")
    by_mmult = sheet.row_arrays(
        top, FIRST_ASSET, lambda i: f"=MMULT({weights.across(0)},{covariance.all('')})", gradient, small
    )
    on_row = optimiser.target_row
    slope_cell = line(
        6, "Risk multiplier", "return/risk", "Slope of the frontier; 0: target not binding", slope,
        f"=IF({on_row.at()},{risk_cell.at()}/INDEX({optimiser.x.down(0)},MAX({on_row.at()},1)),0)",
    )  # fmt: skip
    pick = f"MAX({on_row.at()},1)"
    budget_cell = line(
        7, "Budget multiplier", "per month", "Return of one more unit of budget", budget,
        f"=IF({on_row.at()},-INDEX({optimiser.y.down(0)},{pick})/INDEX({optimiser.x.down(0)},{pick}),{earned.at()})",
    )  # fmt: skip
    top = assets(8, "Reduced return", "per month", "mean - k Sw/risk - budget multiplier")
    reduced_cells = sheet.formulas(
        top, FIRST_ASSET,
        lambda i, j: (
            f"={means.at(0, j)}-{slope_cell.at(0, 0, 'rc')}*{by_covariance.at(0, j)}/{risk_cell.at(0, 0, 'rc')}"
            f"-{budget_cell.at(0, 0, 'rc')}"
        ),
        reduced, small,
    )  # fmt: skip
    top = assets(9, "First-order residual", "per month", "0 where held; at most 0 elsewhere")
    held = native > 0
    residual_values = np.where(held, np.abs(reduced), np.maximum(reduced, 0.0))
    residual = sheet.formulas(
        top, FIRST_ASSET,
        lambda i, j: f"=MAX({reduced_cells.at(0, j)},-({weights.at(0, j)}>0)*{reduced_cells.at(0, j)})",
        residual_values, small,
    )  # fmt: skip
    sheet.formulas(top, 3, lambda i, j: f"=MAX({residual.across(0)})", residual_values.max(), small)
    top = assets(10, "Lower-bound multipliers", "per month", "Return lost by forcing one unit in")
    sheet.formulas(
        top, FIRST_ASSET, lambda i, j: f"=MAX(-{reduced_cells.at(0, j)},0)", np.maximum(-reduced, 0.0), small
    )
    top = assets(11, "Risk contribution", "per month", "Adds up to the risk")
    contribution = sheet.formulas(
        top, FIRST_ASSET, lambda i, j: f"={weights.at(0, j)}*{by_covariance.at(0, j)}/{risk_cell.at(0, 0, 'rc')}",
        native * gradient / risk, percent,
    )  # fmt: skip
    sheet.formulas(top, 3, lambda i, j: f"=SUM({contribution.across(0)})", risk, percent)
    return earned, by_product, of_mix, risk_cell, by_covariance, by_mmult, residual, contribution


def _dates_of(proof_weights: Block) -> str:
    return proof_weights._replace(column=1, width=1).down(0, "rc")

