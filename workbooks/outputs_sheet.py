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

OUTPUT_HEADS = ("engine", "difference", "Benchmark", "engine", "difference")

OWN_COLUMN, BENCHMARK_COLUMN = 3, 7
"""Where the native statistics of the index and of its benchmark stand."""

STATISTICS = (
    ("last_month", "Last month", "return", "percent", "Return of the last month"),
    ("ytd", "Year to date", "return", "percent", "Compounded since the end of last year"),
    ("one_year", "1 year", "return", "percent", "Cumulative, last 12 months"),
    ("three_year", "3 years", "return", "percent", "Cumulative, last 36 months"),
    ("five_year", "5 years", "return", "percent", "Cumulative, last 60 months"),
    ("cumulative", "Since the start", "return", "percent", "Cumulative, whole sample"),
    ("positive_months", "Positive months", "share", "percent", "Return above 0"),
    ("n_months", "Months", "count", "count", "Whole sample"),
    ("alpha", "Alpha", "per year", "percent", "(1 + intercept)^12 - 1, rf = 0"),
    ("alpha_12m", "Alpha, 12 months", "per year", "percent", "The same, last 12 months"),
    ("beta", "Beta", "ratio", "number", "Slope on the benchmark"),
    ("beta_12m", "Beta, 12 months", "ratio", "number", "The same, last 12 months"),
    ("correlation_12m", "Correlation, 12 months", "ratio", "number", "Last 12 months"),
    ("ret_stdev_12m", "Ret/StDev, 12 months", "ratio", "number", "12 x mean / (stdev x root 12)"),
    ("tracking_error", "Tracking error", "per month", "percent", "Stdev of differences, not annualised"),
    ("information_ratio", "Information ratio", "ratio", "number", "Cumulative gap / tracking error"),
    ("max_drawdown", "Greatest drawdown", "share", "percent", "Month-end levels"),
)


_NEEDED = {
    "one_year": 12, "three_year": 36, "five_year": 60, "alpha_12m": 12, "beta_12m": 12, "correlation_12m": 12,
    "ret_stdev_12m": 12,
}  # fmt: skip
"""Months that a statistic needs."""


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
    formulas = _statistic_formulas(*series, *blocks)
    gap = f"{_cell(sheet, 'cumulative', OWN_COLUMN)}-{_cell(sheet, 'cumulative', BENCHMARK_COLUMN)}"
    formulas["information_ratio"] = f"=({gap})/{_cell(sheet, 'tracking_error', left)}"
    offset = 2 if left == OWN_COLUMN else 1
    for i, (key, _, _, number, _) in enumerate(STATISTICS):
        value = engine[key]
        row = FIRST_ROW + i
        if value is None:
            _write_missing(sheet, (row, left, offset), too_short=series[0].height < _NEEDED.get(key, 1))
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


def _write_missing(sheet: Sheet, place: tuple[int, int, int], too_short: bool) -> None:
    """#N/A where the history is too short; words where the statistic does not exist."""
    row, left, offset = place
    if too_short:
        sheet.formulas(row, left, lambda i, j: "=NA()", "#N/A", ("formula", "percent"))
    else:
        sheet.text(row, left, "not defined", "note")
    for column in (left + offset, left + offset + 1):
        sheet.text(row, column, "too short" if too_short else "not defined", "note")


def _statistic_formulas(series: Block, drawdown: Block, inputs: Inputs, index: Index) -> dict[str, str]:
    count, months = series.height, inputs.months_per_year.at(0, 0, "rc")
    whole = series.down(0)
    versus = index.benchmark.down(0)

    def last(n: int, block: Block = series) -> str:
        return block.rows(max(count - n, 0), count - 1)

    own, other = last(12), last(12, index.benchmark)
    dates = index.dates
    return {
        "last_month": f"={series.at(count - 1)}",
        "ytd": f"{{=PRODUCT(IF(YEAR({dates.down(0)})=YEAR({dates.at(count - 1)}),1+{whole},1))-1}}",
        "one_year": f"{{=PRODUCT(1+{last(12)})-1}}",
        "three_year": f"{{=PRODUCT(1+{last(36)})-1}}",
        "five_year": f"{{=PRODUCT(1+{last(60)})-1}}",
        "cumulative": f"{{=PRODUCT(1+{whole})-1}}",
        "positive_months": f'=COUNTIF({whole},">0")/COUNT({whole})',
        "n_months": f"=COUNT({whole})",
        "alpha": f"=(1+INTERCEPT({whole},{versus}))^{months}-1",
        "alpha_12m": f"=(1+INTERCEPT({own},{other}))^{months}-1",
        "beta": f"=SLOPE({whole},{versus})",
        "beta_12m": f"=SLOPE({own},{other})",
        "correlation_12m": f"=CORREL({own},{other})",
        "ret_stdev_12m": f"=SQRT({months})*AVERAGE({own})/STDEV.S({own})",
        "tracking_error": f"{{=STDEV.S({whole}-{versus})}}",
        "max_drawdown": f"=-MIN(0,MIN({drawdown.down(0)}))",
    }
