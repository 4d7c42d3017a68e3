"""Sheet Checks of the active-index workbook: one line per check, and their total."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from workbooks import names
from workbooks.chosen_date import Chosen
from workbooks.every_date import FLAGS, Index, Proof
from workbooks.frontier_sheet import Frontier
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import CHECK_TOLERANCE, Inputs, Market
from workbooks.outputs_sheet import Outputs
from workbooks.sheet import FIRST_ROW, Block, Book, Sheet
from workbooks.styles import FAILED_INK, FAILED_PAPER

CHECK_HEADS = ("Section", "Label", "Unit", "Value", "Target", "Tolerance", "Flag", "Note")


class _Check(NamedTuple):
    section: str
    label: str
    unit: str
    formula: str
    value: float
    target: str | float
    exact: bool
    """Tolerance 0; otherwise that of sheet Inputs."""
    note: str


def write_checks(
    book: Book,
    sheet: Sheet,
    data: IndexData,
    blocks: tuple[Inputs, Market, Chosen, Frontier, Proof, Index, Outputs],
) -> None:
    """One line per check: value, target, tolerance, flag; the flags add up to chk_failures."""
    inputs = blocks[0]
    checks = [*_data_checks(data, blocks), *_date_checks(data, blocks), *_history_checks(data, blocks)]
    total_row, first = FIRST_ROW, FIRST_ROW + 2
    for i, check in enumerate(checks):
        row = first + i
        for column, text, kind in (
            (0, check.section, "section"), (1, check.label, "label"), (2, check.unit, "note"), (7, check.note, "note"),
        ):  # fmt: skip
            sheet.text(row, column, text, kind)
        number = {"count": "count", "months": "count", "ratio": "exact", "level": "exact"}.get(check.unit, "small")
        _put(sheet, (row, 3), check.formula, check.value, number)
        _put(sheet, (row, 4), check.target, check.value, number)
        if check.exact:
            sheet.values(row, 5, 0.0, ("formula", "count"))
        else:
            _put(sheet, (row, 5), f"={inputs.tolerance.at(0, 0, 'rc')}", CHECK_TOLERANCE, "small")
    sheet.file.set_column(4, 4, 13)
    sheet.file.set_column(7, 7, 48)
    lines = Block(sheet.name, first, 3, len(checks), 4)
    sheet.formulas(
        first, 6,
        lambda i, j: f"=1-IFERROR(N(ABS({lines.at(i, 0)}-{lines.at(i, 1)})<={lines.at(i, 2)}),0)",
        np.zeros((len(checks), 1)), ("formula", "count"),
    )  # fmt: skip
    total = sheet.line(
        total_row, ("Total", "Failed checks", "count", ""), 0.0, ("formula", "count"), f"=SUM({lines.down(3)})"
    )
    failed = book.file.add_format({"font_color": FAILED_INK, "bg_color": FAILED_PAPER})
    rule = {"type": "cell", "criteria": ">", "value": 0, "format": failed}
    sheet.file.conditional_format(first, 6, first + len(checks) - 1, 6, rule)
    sheet.file.conditional_format(total_row, 3, total_row, 3, rule)
    book.name(names.FAILURES, total)


def _put(sheet: Sheet, place: tuple[int, int], content: str | float, value: float, number: str) -> None:
    """A constant, a formula, or an array formula in braces."""
    style = ("formula", number)
    if not isinstance(content, str):
        sheet.values(*place, content, style)
        return
    write = sheet.arrays if content.startswith("{") else sheet.formulas
    write(*place, lambda i, j: content.strip("{}"), value, style)


def _data_checks(data: IndexData, blocks: tuple[Any, ...]) -> list[_Check]:
    inputs, market = blocks[0], blocks[1]
    months = data.dates.size
    dates, levels = market.dates, market.levels
    checks = [
        _Check(
            "Data", "Month-ends present", "count", f"=COUNT({dates.down(0)})", months, f"=ROWS({dates.down(0)})", True,
            "No empty date",
        ),
        _Check(
            "Data", "Dates out of order", "count",
            f"{{=SUM(({dates.rows(1, months - 1)}<={dates.rows(0, months - 2)})*1)}}", 0.0, 0.0, True, "Ascending",
        ),
        _Check(
            "Data", f"Levels of {data.model.benchmark}", "count", f"=COUNT({market.benchmark.down(0)})", months,
            f"=ROWS({dates.down(0)})", True, "No gap",
        ),
    ]  # fmt: skip
    for j, ticker in enumerate(data.tickers):
        column = levels.down(j)
        start = int(np.argmax(np.isfinite(data.levels[:, j])))
        checks.append(
            _Check(
                "Data", f"Levels of {ticker}", "count", f"=COUNT({column})", months - start,
                f"=ROWS({levels.rows(start, months - 1, j)})", True, "Every month from the first",
            )
        )  # fmt: skip
    checks.append(
        _Check(
            "Data", "Lowest level", "level", f"=N(MIN({market.benchmark.down(0)},{levels.all('')})>0)", 1.0, 1.0, True,
            "Every level is above 0",
        )
    )  # fmt: skip
    checks.append(
        _Check(
            "Data", "Sum of levels over the engine's", "ratio",
            f"=SUM({market.benchmark.down(0)},{levels.all('')})/{inputs.engine_levels.at()}", 1.0, 1.0, False,
            "The engine read these data",
        )
    )  # fmt: skip
    return checks


def _date_checks(data: IndexData, blocks: tuple[Any, ...]) -> list[_Check]:
    inputs, _, chosen, frontier, *_ = blocks
    size, window = len(data.tickers), int(data.windows[-1])
    months, mix, weights = chosen.window.months, chosen.window.mix, chosen.weights
    covariance, risk, target = chosen.moments.covariance, chosen.proof.risk.at(), chosen.moments.target.at()
    same = f"({inputs.multiplier.at()}={inputs.engine_multiplier.at()})"
    twin = data.window(-1 % data.positions.size)[0]
    matrix = np.cov(twin.T).reshape(size, -1)
    native_risk = float(np.sqrt(data.weights[-1] @ matrix @ data.weights[-1]))
    contribution = chosen.proof.contribution.across(0)
    return [
        _Check("Date", "Returns in the window", "count", f"=COUNT({months.all('')})", window * size,
               f"={chosen.window.length.at()}*COLUMNS({months.across(0)})", True, "COUNT equals n"),
        _Check("Date", "Window against minimum", "months", f"=MIN({chosen.window.length.at()},{inputs.minimum_history.at()})",
               data.model.minimum_history, f"={inputs.minimum_history.at()}", True, "Enough history"),
        _Check("Date", "Mixed returns", "count", f"=COUNT({mix.down(0)})", window, f"={chosen.window.length.at()}", True,
               "COUNT equals n"),
        _Check("Date", "Asymmetry of the covariance", "squared",
               f"{{=MAX(ABS({covariance.all('')}-TRANSPOSE({covariance.all('')})))}}", 0.0, 0.0, False, "Symmetric"),
        _Check("Date", "Subsets evaluated", "count",
               f"=N({chosen.optimiser.not_evaluated.at()}<ROWS({chosen.optimiser.subsets.down(0)}))", 1.0, 1.0, True,
               "At least one; the others are counted on Calc_Optimiser"),
        _Check("Date", "Total weight", "weight", f"=SUM({weights.across(0)})", 1.0, 1.0, False, "Fully invested"),
        _Check("Date", "Least weight", "weight", f"=MIN({weights.across(0)},0)", 0.0, 0.0, False, "Long-only"),
        _Check("Date", "Risk above target", "per month", f"=MAX({risk}-{target},0)", 0.0, 0.0, False, "Within the target"),
        _Check("Date", "Risk by two routes", "squared", f"={chosen.proof.variance.at()}",
               native_risk**2, f"={chosen.proof.variance_of_mix.at()}", False, "MMULT against VAR.S"),
        _Check("Date", "Gradient by two routes", "squared",
               f"{{=MAX(ABS({chosen.proof.gradient.across(0)}-{chosen.proof.gradient_by_product.across(0)}))}}", 0.0, 0.0, False,
               "COVARIANCE.S against MMULT"),
        _Check("Date", "First-order residual", "per month", f"=MAX({chosen.proof.residual.across(0)})", 0.0, 0.0, False,
               "Optimal"),
        _Check("Date", "Risk contributions", "per month", f"=SUM({contribution})", native_risk, f"={risk}", False,
               "Add up to the risk"),
        _Check("Date", "Native less engine weights", "weight", f"={same}*{chosen.difference.at()}", 0.0, 0.0, False,
               "Where k is the engine's"),
        _Check("Date", "Target below reach", "per month", f"=MAX({frontier.least_risk.at()}-{target},0)", 0.0, 0.0, False,
               "The least reachable risk is on Calc_Frontier"),
    ]  # fmt: skip


def _history_checks(data: IndexData, blocks: tuple[Any, ...]) -> list[_Check]:
    inputs, market, _, _, proof, index, outputs = blocks
    flags, signals = proof.flags, data.positions.size
    places = market.return_dates
    checks = [
        _Check("History", "Signal dates", "count", f"=COUNT({proof.dates.down(0)})", signals,
               f"=ROWS({proof.dates.down(0)})", True, "One row each"),
        _Check("History", "Signal dates that are month-ends", "count",
               f"{{=SUM(COUNTIF({places.down(0)},{proof.dates.down(0)}))}}", signals, f"=ROWS({proof.dates.down(0)})", True,
               "Of Calc_Returns"),
        _Check("History", "Engine weights present", "count", f"=COUNT({proof.weights.all('')})",
               signals * len(data.tickers), f"=ROWS({proof.dates.down(0)})*COLUMNS({proof.weights.across(0)})", True,
               "COUNT equals n"),
    ]  # fmt: skip
    meaning = ("Weights add up to 1", "No weight below 0", "Target as the engine's", "Risk within the target",
               "First-order conditions", "Multiplier x slack is 0", "Window as the rule says")  # fmt: skip
    for j, name in enumerate(FLAGS):
        checks.append(
            _Check("History", f"Dates that fail: {name}", "count", f"=SUM({flags.down(j)})", 0.0, 0.0, True, meaning[j])
        )
    months = data.index_returns.size
    growth = 100.0 * float(np.prod(1.0 + data.index_returns))
    checks += [
        _Check("Index", "Months", "count", f"=COUNT({index.returns.down(0)})", months, f"=ROWS({index.returns.down(0)})",
               True, "COUNT equals n"),
        _Check("Index", "Returns against the engine's", "per month", f"{{=MAX(ABS({index.difference.down(0)}))}}", 0.0,
               0.0, False, "Native less engine"),
        _Check("Index", "Last level", "level", f"={index.levels.at(months)}", growth,
               f"{{={index.levels.at(0)}*PRODUCT(1+{index.returns.down(0)})}}", False, "Chained against PRODUCT"),
        _Check("Index", "Benchmark's last level", "level",
               f"={index.benchmark_levels.at(months)}/{index.benchmark_levels.at(0)}",
               float(data.benchmark[data.positions[-1] + 1] / data.benchmark[data.positions[0] + 1]),
               f"={market.benchmark.at(int(data.positions[-1]) + 1)}/{market.benchmark.at(int(data.positions[0]) + 1)}",
               False, "Chained against levels"),
        _Check("Statistics", "Largest difference, index", "any", _largest(outputs.differences), 0.0,
               0.0, False, "Native less engine"),
        _Check("Statistics", "Largest difference, benchmark", "any",
               _largest(outputs.benchmark_differences), 0.0, 0.0, False, "Native less engine"),
        _Check("Statistics", "Beta by two routes", "ratio",
               f"=SLOPE({index.returns.down(0)},{index.benchmark.down(0)})", float(data.statistics["beta"]),
               f"=COVARIANCE.S({index.returns.down(0)},{index.benchmark.down(0)})/VAR.S({index.benchmark.down(0)})", False,
               "SLOPE against COVARIANCE.S/VAR.S"),
    ]  # fmt: skip
    return checks


def _largest(block: Block) -> str:
    """Largest absolute number of a column that may hold the words "not available"."""
    column = block.down(0)
    return f"{{=MAX(IF(ISNUMBER({column}),ABS({column}),0))}}"
