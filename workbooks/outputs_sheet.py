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
    event_differences: Block
    current: Block


def write_outputs(
    book: Book, sheet: Sheet, data: IndexData, blocks: tuple[Inputs, Index, Proof, Chosen, Frontier]
) -> Outputs:
    """Statistics and counts of events beside the engine's, the coming month's weights, and the charts."""
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
    events = _write_events(sheet, row, data, (inputs, proof))
    write_charts(book, sheet, data, (row + events.height + 1, index, proof, chosen, frontier))
    book.name(names.INDEX_LEVELS, index.levels)
    return Outputs(columns[0], columns[1], events, current)


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
        _write_engine(sheet, native, offset, float(value), ("engine", number))
    return Block(sheet.name, FIRST_ROW, left + offset + 1, len(STATISTICS), 1)


def _write_events(sheet: Sheet, top: int, data: IndexData, blocks: tuple[Inputs, Proof]) -> Block:
    """How often the risk held is above the target, and below it, beside the engine's counts; gives the differences.

    Calc_Proof shows that each portfolio is optimal: one with more risk than its target is the least-risk portfolio of
    a month without a reachable target, one with less is the best-return portfolio.
    """
    inputs, proof = blocks
    target, risk = proof.by_rule.down(0), proof.risks.down(0)
    allowed = inputs.variance.at(0, 0, "rc")
    lines = (
        ("fallback", "Fallbacks used", "Months without a reachable target", f"{risk}>{target}*(1+{allowed})"),
        ("not binding", "Targets not binding", "The best-return portfolio is held", f"{risk}*(1+{allowed})<{target}"),
    )
    for row, (kind, label, note, condition) in enumerate(lines, top):
        count = float(data.events.get(kind, 0))
        texts = ("Events", label, "count", note)
        native = sheet.line(row, texts, count, ("formula", "count"), f"=SUMPRODUCT(({condition})*1)")
        _write_engine(sheet, native, 2, count, ("engine", "count"))
    return Block(sheet.name, top, OWN_COLUMN + 3, len(lines), 1)


def _write_engine(sheet: Sheet, native: Block, offset: int, value: float, style: tuple[str, str]) -> None:
    """The engine's value behind a native one, and the difference."""
    twin = sheet.values(native.row, native.column + offset, value, style)
    gap = f"={native.at()}-{twin.at()}"
    sheet.formulas(native.row, twin.column + 1, lambda i, j: gap, 0.0, ("formula", "small"))


def _cell(sheet: Sheet, key: str, column: int) -> str:
    """Where a statistic stands."""
    row = FIRST_ROW + [name for name, *_ in STATISTICS].index(key)
    return Block(sheet.name, row, column, 1, 1).at()
