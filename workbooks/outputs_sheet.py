"""Sheet Outputs of the active-index workbook: statistics beside the engine's, the coming month's weights, charts."""

from __future__ import annotations

from typing import Any, NamedTuple

from workbooks import names
from workbooks.charts import write_charts
from workbooks.chosen_date import Chosen
from workbooks.every_date import Index, Proof
from workbooks.frontier_sheet import Frontier
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import Inputs
from workbooks.sheet import FIRST_ROW, Block, Book, Sheet
from workbooks.statistics_cells import NEEDED, STATISTICS, statistic_formulas, write_missing

OUTPUT_HEADS = ("engine", "difference", "Benchmark", "engine", "difference")

OWN_COLUMN, BENCHMARK_COLUMN = 3, 7
"""Where the native statistics of the index and of its benchmark stand."""


class Outputs(NamedTuple):
    """Cells of Outputs for the checks."""

    differences: Block
    benchmark_differences: Block
    current: Block


def write_outputs(
    book: Book, sheet: Sheet, data: IndexData, blocks: tuple[Inputs, Index, Proof, Chosen, Frontier]
) -> Outputs:
    """Statistics beside the engine's, the coming month's weights, and the charts."""
    inputs, index, proof, chosen, frontier = blocks
    count = len(STATISTICS)
    for row, (_, label, unit, _, note) in enumerate(STATISTICS, FIRST_ROW):
        sheet.labels(row, ("Statistics", label, unit, note))
    columns = []
    for left, series, drawdown, engine in (
        (OWN_COLUMN, index.returns, index.drawdown, data.statistics),
        (BENCHMARK_COLUMN, index.benchmark, index.benchmark_drawdown, data.benchmark_statistics),
    ):
        columns.append(_write_statistics(sheet, left, (series, drawdown), (inputs, index), engine))
    top = FIRST_ROW + count + 1
    last = proof.weights.height - 1
    for j, ticker in enumerate(data.tickers):
        sheet.labels(top + j, ("Weights", f"{ticker}, coming month", "weight", "Decided at the last signal date"))
    current = sheet.formulas(
        top, 3, lambda i, j: f"={proof.weights.at(last, i)}", data.weights[-1][:, None], ("link", "percent")
    )
    row = top + len(data.tickers)
    for i, (kind, label, note) in enumerate(
        (
            ("fallback", "Fallbacks used", "Months without a reachable target"),
            ("not binding", "Targets not binding", "The best-return portfolio is held"),
        )
    ):
        sheet.line(row + i, ("Events", label, "count", note), data.events.get(kind, 0), ("engine", "count"))
    write_charts(book, sheet, data, (row + 3, index, proof, chosen, frontier))
    book.name(names.INDEX_LEVELS, index.levels)
    return Outputs(columns[0], columns[1], current)


def _write_statistics(
    sheet: Sheet, left: int, series: tuple[Block, Block], blocks: tuple[Inputs, Index], engine: dict[str, Any]
) -> Block:
    """Native formulas at ``left``, the engine's values and the differences behind them."""
    inputs, index = blocks
    formulas = statistic_formulas(*series, index.benchmark, index.dates, inputs.months_per_year.at(0, 0, "rc"))
    gap = f"{_cell(sheet, 'cumulative', OWN_COLUMN)}-{_cell(sheet, 'cumulative', BENCHMARK_COLUMN)}"
    formulas["information_ratio"] = f"=({gap})/{_cell(sheet, 'tracking_error', left)}"
    offset = 2 if left == OWN_COLUMN else 1
    for i, (key, _, _, number, _) in enumerate(STATISTICS):
        value = engine[key]
        row = FIRST_ROW + i
        if value is None:
            write_missing(sheet, (row, left, offset), too_short=series[0].height < NEEDED.get(key, 1))
            continue
        formula = formulas[key]
        write = sheet.arrays if formula.startswith("{") else sheet.formulas
        native = write(row, left, lambda _, __, f=formula: f.strip("{}"), value, ("formula", number))  # type: ignore[misc]
        twin = sheet.values(row, left + offset, float(value), ("engine", number))
        sheet.formulas(
            row, left + offset + 1, lambda _, __, n=native, t=twin: f"={n.at()}-{t.at()}", 0.0, ("formula", "small")  # type: ignore[misc]
        )
    return Block(sheet.name, FIRST_ROW, left + offset + 1, len(STATISTICS), 1)


def _cell(sheet: Sheet, key: str, column: int) -> str:
    """Where a statistic stands."""
    row = FIRST_ROW + [name for name, *_ in STATISTICS].index(key)
    return Block(sheet.name, row, column, 1, 1).at()
