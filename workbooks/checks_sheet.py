"""What the active-index workbook checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbooks.check_lines import Check
from workbooks.chosen_date import Chosen
from workbooks.every_date import FLAGS, Index, Proof
from workbooks.frontier_sheet import Frontier
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import CHECK_TOLERANCE, START_LEVEL, Inputs, Market
from workbooks.outputs_sheet import Outputs
from workbooks.sheet import Block


@dataclass(frozen=True)
class CheckedCells:
    """What the checks look at."""

    inputs: Inputs
    market: Market
    chosen: Chosen
    frontier: Frontier
    proof: Proof
    index: Index
    outputs: Outputs


def index_checks(data: IndexData, cells: CheckedCells) -> list[Check]:
    """All checks of the native sheets, with the values they have when nothing is wrong."""
    return [*_data_checks(data, cells), *_date_checks(data, cells), *_history_checks(data, cells)]


def _data_checks(data: IndexData, cells: CheckedCells) -> list[Check]:
    market = cells.market
    months, name = data.dates.size, data.model.benchmark
    dates, levels, benchmark = market.dates, market.levels, market.benchmark.down(0)
    rows = f"=ROWS({dates.down(0)})"
    disorder = f"{{=SUM(({dates.rows(1, months - 1)}<={dates.rows(0, months - 2)})*1)}}"
    checks = [
        Check("Data", "Month-ends present", "count", f"=COUNT({dates.down(0)})", months, rows, 0.0, "No empty date"),
        Check("Data", "Dates out of order", "count", disorder, 0.0, 0.0, 0.0, "Ascending"),
        Check("Data", f"Levels of {name}", "count", f"=COUNT({benchmark})", months, rows, 0.0, "No gap"),
    ]
    for j, ticker in enumerate(data.tickers):
        start = int(np.argmax(np.isfinite(data.levels[:, j])))
        expected = f"=ROWS({levels.rows(start, months - 1, j)})"
        checks.append(
            Check("Data", f"Levels of {ticker}", "count", f"=COUNT({levels.down(j)})", months - start, expected, 0.0,
                   "Every month from the first")
        )  # fmt: skip
    total = f"=SUM({benchmark},{levels.all('')})/{cells.inputs.engine_levels.at()}"
    checks += [
        Check("Data", "All levels above 0", "0 or 1", f"=N(MIN({benchmark},{levels.all('')})>0)", 1.0, 1.0, 0.0,
               "Of the benchmark and the assets"),
        _near(cells, ("Data", "Sum of levels over the engine's", "ratio", "The engine read these data"), total, 1.0,
              1.0),
    ]  # fmt: skip
    return checks


def _near(
    cells: CheckedCells, texts: tuple[str, str, str, str], formula: str, value: float, target: str | float = 0.0
) -> Check:
    """A check within the tolerance of sheet Inputs."""
    section, label, unit, note = texts
    tolerance = f"={cells.inputs.tolerance.at(0, 0, 'rc')}"
    return Check(section, label, unit, formula, value, target, tolerance, note, CHECK_TOLERANCE)


def _date_checks(data: IndexData, cells: CheckedCells) -> list[Check]:
    inputs, chosen, minimum = cells.inputs, cells.chosen, data.model.minimum_history
    size, length = len(data.tickers), int(data.windows[-1])
    months, window, optimiser = chosen.window.months, chosen.window.length.at(), chosen.optimiser
    not_evaluated = float((~chosen.twin.table.evaluated).sum())
    all_but_one = f"=ROWS({optimiser.subsets.down(0)})-1"
    same = f"({inputs.multiplier.at()}={inputs.engine_multiplier.at()})"
    gap = float(np.abs(chosen.twin.table.weights - data.weights[-1]).max())
    weights = chosen.weights.across(0)
    return [
        Check("Date", "Returns in the window", "count", f"=COUNT({months.all('')})", length * size,
               f"={window}*COLUMNS({months.across(0)})", 0.0, "COUNT equals n"),
        Check("Date", "Window against minimum", "months", f"=MIN({window},{inputs.minimum_history.at()})", minimum,
               f"={inputs.minimum_history.at()}", 0.0, "Enough history"),
        Check("Date", "Mixed returns", "count", f"=COUNT({chosen.window.mix.down(0)})", length, f"={window}", 0.0,
               "COUNT equals n"),
        Check("Date", "Subsets not evaluated", "count", f"={optimiser.not_evaluated.at()}", not_evaluated, 0.0,
               all_but_one, "Singular; optimality is proved below", 2.0**size - 2.0),
        _near(cells, ("Date", "Total weight", "weight", "Fully invested"), f"=SUM({weights})", 1.0, 1.0),
        _near(cells, ("Date", "Least weight", "weight", "Long-only"), f"=MIN({weights},0)", 0.0),
        *_risk_checks(cells),
        _near(cells, ("Date", "Native less engine weights", "weight", "Where k is the engine's"),
              f"={same}*{chosen.difference.at()}", gap),
    ]  # fmt: skip


def _risk_checks(cells: CheckedCells) -> list[Check]:
    """Risk and optimality of the chosen date."""
    chosen, proof = cells.chosen, cells.chosen.proof
    moments, table = chosen.twin.moments, chosen.twin.table
    risk = float(np.sqrt(table.weights @ moments.covariance @ table.weights))
    least = float(np.sqrt(table.least_reachable[table.answer.fallback_row - 1]))
    target, matrix = chosen.moments.target.at(), chosen.moments.covariance.all("")
    asymmetry = f"{{=MAX(ABS({matrix}-TRANSPOSE({matrix})))}}"
    gradients = f"{{=MAX(ABS({proof.gradient.across(0)}-{proof.gradient_by_product.across(0)}))/{proof.risk.at()}}}"
    contribution = f"=SUM({proof.contribution.across(0)})"
    return [
        _near(cells, ("Date", "Asymmetry of the covariance", "squared", "Symmetric"), asymmetry, 0.0),
        _near(cells, ("Date", "Risk above target", "per month", "Within the target"),
              f"=MAX({proof.risk.at()}-{target},0)", max(risk - moments.target, 0.0)),
        _near(cells, ("Date", "Target below reach", "per month", "The least reachable risk is on Calc_Frontier"),
              f"=MAX({cells.frontier.least_risk.at()}-{target},0)", max(least - moments.target, 0.0)),
        _near(cells, ("Date", "Risk by two routes", "per month", "MMULT against VAR.S"), f"={proof.risk.at()}",
              risk, f"=SQRT({proof.variance_of_mix.at()})"),
        _near(cells, ("Date", "Gradient by two routes", "per month", "COVARIANCE.S against MMULT, per risk"), gradients,
              0.0),
        _near(cells, ("Date", "First-order residual", "per month", "Optimal"),
              f"=MAX({proof.residual.across(0)})", 0.0),
        _near(cells, ("Date", "Risk contributions", "per month", "Add up to the risk"), contribution, risk,
              f"={proof.risk.at()}"),
    ]  # fmt: skip


def _history_checks(data: IndexData, cells: CheckedCells) -> list[Check]:
    proof, signals = cells.proof, float(data.positions.size)
    dates, weights = proof.dates.down(0), proof.weights
    rows = f"=ROWS({dates})"
    month_ends = f"{{=SUM(COUNTIF({cells.market.return_dates.down(0)},{dates}))}}"
    checks = [
        Check("History", "Signal dates", "count", f"=COUNT({dates})", signals, rows, 0.0, "One row each"),
        Check("History", "Signal dates that are month-ends", "count", month_ends, signals, rows, 0.0,
               "Of Calc_Returns"),
        Check("History", "Engine weights present", "count", f"=COUNT({weights.all('')})",
               signals * len(data.tickers), f"{rows}*COLUMNS({weights.across(0)})", 0.0, "COUNT equals n"),
    ]  # fmt: skip
    meaning = ("Weights add up to 1", "No weight below 0", "Target as the engine's", "Risk within the target",
               "First-order conditions", "Multiplier x slack is 0", "Window as the rule says")  # fmt: skip
    for j, name in enumerate(FLAGS):
        total = f"=SUM({proof.flags.down(j)})"
        checks.append(Check("History", f"Dates that fail: {name}", "count", total, 0.0, 0.0, 0.0, meaning[j]))
    return checks + _index_checks(data, cells)


def _index_checks(data: IndexData, cells: CheckedCells) -> list[Check]:
    index, benchmark = cells.index, cells.market.benchmark
    months, returns, other = data.index_returns.size, cells.index.returns.down(0), cells.index.benchmark.down(0)
    start, end = int(data.positions[0]) + 1, int(data.positions[-1]) + 1
    levels = index.benchmark_levels
    outputs = cells.outputs
    differences = (("index", _largest(outputs.differences)), ("benchmark", _largest(outputs.benchmark_differences)),
                   ("events", _largest(outputs.event_differences)))  # fmt: skip
    return [
        Check("Index", "Months", "count", f"=COUNT({returns})", months, f"=ROWS({returns})", 0.0, "COUNT equals n"),
        _near(cells, ("Index", "Returns against the engine's", "per month", "Native less engine"),
              f"{{=MAX(ABS({index.difference.down(0)}))}}", 0.0),
        _near(cells, ("Index", "Last level", "level", "Chained against PRODUCT"), f"={index.levels.at(months)}",
              START_LEVEL * float(np.prod(1.0 + data.index_returns)),
              f"{{={index.levels.at(0)}*PRODUCT(1+{returns})}}"),
        _near(cells, ("Index", "Benchmark's growth", "ratio", "Chained against levels"),
              f"={levels.at(months)}/{levels.at(0)}", float(data.benchmark[end] / data.benchmark[start]),
              f"={benchmark.at(end)}/{benchmark.at(start)}"),
        *(
            _near(cells, ("Statistics", f"Largest difference, {series}", "any", "Native less engine"), gap, 0.0)
            for series, gap in differences
        ),
        _near(cells, ("Statistics", "Beta by two routes", "ratio", "SLOPE against COVARIANCE.S/VAR.S"),
              f"=SLOPE({returns},{other})", float(data.statistics["beta"]),
              f"=COVARIANCE.S({returns},{other})/VAR.S({other})"),
    ]  # fmt: skip


def _largest(block: Block) -> str:
    """Largest absolute number of a column that may hold words in place of a statistic."""
    column = block.down(0)
    return f"{{=MAX(IF(ISNUMBER({column}),ABS({column}),0))}}"
