"""What the fund check checks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbooks.check_lines import Check
from workbooks.fund_check_data import FundData, Months
from workbooks.fund_check_inputs import Inputs
from workbooks.fund_check_outputs import Outputs
from workbooks.fund_check_plan import Plan
from workbooks.fund_check_years import TABLE as YEARS_TABLE
from workbooks.inputs_sheets import CHECK_TOLERANCE, START_LEVEL
from workbooks.sheet import FIRST_ASSET, Block


class CheckedCells(NamedTuple):
    """What the checks look at beside the plan."""

    inputs: Inputs
    outputs: Outputs
    flags: Block
    """Of the proof of the mix."""
    missed: Block
    """Subsets not solved."""
    least: Block
    """Variance of the answer."""
    betas: Block
    """Of the years."""
    rule: Block
    """Flags of the verdict's lines."""


def fund_checks(data: FundData, months: Months, plan: Plan, cells: CheckedCells) -> list[Check]:
    """All checks, with the values they have when nothing is wrong."""
    return [
        *_data_checks(data, plan), *_sample_checks(months, plan), *_line_checks(data, months, plan, cells),
        *_mix_checks(data, months, plan, cells), *_verdict_checks(plan, cells),
    ]  # fmt: skip


def _near(
    cells: CheckedCells, texts: tuple[str, str, str, str], formula: str, value: float, target: str | float
) -> Check:
    """A check within the tolerance of sheet Inputs."""
    section, label, unit, note = texts
    tolerance = f"={cells.inputs.tolerance.at(0, 0, 'rc')}"
    return Check(section, label, unit, formula, value, target, tolerance, note, CHECK_TOLERANCE)


def _data_checks(data: FundData, plan: Plan) -> list[Check]:
    dates, fund = plan.data("dates"), plan.data("fund")
    block = fund._replace(column=fund.column, width=plan.passive + 5)
    texts = f"=COUNTA({block.all('')})-COUNT({block.all('')})"
    last = plan.rows - 1
    before, after = dates.rows(0, last - 1), dates.rows(1, last)
    disorder = f"{{=SUM(({after}<={before})*({after}>0))}}"
    return [
        Check("Data", "Texts among the returns", "count", texts, 0.0, 0.0, 0.0, "Numbers or empty cells only"),
        Check("Data", "Dates out of order", "count", disorder, 0.0, 0.0, 0.0, "Ascending"),
        Check("Data", "Returns below -100 %", "count", f'=COUNTIF({block.all("")},"<-1")', 0.0, 0.0, 0.0, "Impossible"),
        Check("Data", "Returns above 100 %", "count", f'=COUNTIF({block.all("")},">1")', 0.0, 0.0, 0.0,
              "Percentages? Divide them by 100"),
    ]  # fmt: skip


def _sample_checks(months: Months, plan: Plan) -> list[Check]:
    there, calendar = plan.sample("there"), plan.sample("calendar").down(0)
    last, n = plan.rows - 1, float(months.size)
    runs = f"=SUMPRODUCT({there.rows(0, last - 1)}*(1-{there.rows(1, last)}))+{there.at(last)}"
    years = Block("Calc_Years", YEARS_TABLE + 1, 3, plan.rows // 12, 1)
    count = f"={plan.line('n').at()}"
    return [
        Check("Sample", "Runs of months", "count", runs, 1.0, 1.0, 0.0, "One: no hole between first and last"),
        Check("Sample", "Calendar months spanned", "months", f"=MAX({calendar})-MIN({calendar})+1", n, count, 0.0,
              "One return a month"),
        Check("Sample", "Fund returns", "count", f"=COUNT({plan.sample('y').down(0)})", n, count, 0.0,
              "COUNT equals n"),
        Check("Sample", "Benchmark returns", "count", f"=COUNT({plan.sample('x').down(0)})", n, count, 0.0,
              "COUNT equals n"),
        Check("Sample", "Months in years", "count", f"=SUM({years.down(0)})", n, count, 0.0, "Each in one year"),
    ]  # fmt: skip


def _line_checks(data: FundData, months: Months, plan: Plan, cells: CheckedCells) -> list[Check]:
    """Each figure of the regression by a second route."""
    y, x, one = plan.sample("y").down(0), plan.sample("x").down(0), data.engine
    own = {key: plan.figure(key).at() for key in ("beta", "alpha_month", "alpha_se", "beta_se", "r_squared")}
    line = {key: plan.line(key).at() for key in ("n", "kept_squares", "fund_squares")}
    steyx, risk = f"=STEYX({y},{x})", plan.figure("residual_stdev").at()
    beta_se = f"={risk}/SQRT(VAR.S({x})*({line['n']}-1))"
    unlike = f"{line['kept_squares']}/({line['fund_squares']}+({line['fund_squares']}=0))"
    moves = plan.figure("correlation").at()
    rolled = plan.sample("beta_12")
    years, last = plan.line("years").at(), plan.line("last").at()
    start, there, fund = cells.inputs.start_level.at(), plan.sample("there").down(0), plan.data("fund").down(0)
    level = f"=INDEX({plan.sample('level').down(0)},{last})"
    newest = float(months.betas[0][np.flatnonzero(months.there)[-1]]) if months.size >= 24 else 0.0
    return [
        _near(cells, ("Line", "Beta by two routes", "ratio", "COVARIANCE.S / VAR.S"),
              f"=COVARIANCE.S({y},{x})/VAR.S({x})", one.beta, f"={own['beta']}"),
        _near(cells, ("Line", "Alpha by two routes", "per month", "Mean less beta x mean"),
              f"=AVERAGE({y})-{own['beta']}*AVERAGE({x})", one.alpha_month, f"={own['alpha_month']}"),
        _near(cells, ("Line", "Residual risk by two routes", "per month", "STEYX against the residuals"), steyx,
              one.residual_stdev, f"={risk}"),
        _near(cells, ("Line", "Error of alpha by two routes", "per month", "From the error of beta"),
              f"={own['beta_se']}*SQRT(SUMSQ({x})/{line['n']})", one.alpha_se, f"={own['alpha_se']}"),
        _near(cells, ("Line", "Error of beta by two routes", "ratio", "VAR.S against DEVSQ"), beta_se, one.beta_se,
              f"={own['beta_se']}"),
        _near(cells, ("Line", "R-squared by two routes", "ratio", "From the residuals"),
              f"=(1-{unlike})*ISNUMBER({moves})", one.r_squared, f"=N({own['r_squared']})"),
        _near(cells, ("Line", "Residuals add up to 0", "per month", "Least squares"),
              f"=SUM({plan.sample('residual').down(0)})", 0.0, 0.0),
        _near(cells, ("Line", "Beta of the last year", "ratio", "Own line of the year against rolling SLOPE"),
              f"=N({cells.betas.at()})*({years}>1)", newest, f"=N(INDEX({rolled.down(0)},{last}))*({years}>1)"),
        _near(cells, ("Line", "Last level", "level", "Chained against PRODUCT"), level,
              START_LEVEL * float(np.prod(1.0 + months.own(months.total))), f"{{={start}*PRODUCT(1+{there}*{fund})}}"),
    ]  # fmt: skip


def _mix_checks(data: FundData, months: Months, plan: Plan, cells: CheckedCells) -> list[Check]:
    weights, variance = plan.mix("weights").across(0), plan.mix_line("variance").at()
    gradient, product = plan.mix("gradient").across(0), plan.mix("gradient_by_product").across(0)
    enough = plan.mix_line("enough").at()
    held = float(np.isfinite(data.weights).all())
    left = float(np.var(months.own(months.gap), ddof=1)) if held else 0.0
    rise = data.engine.style_gap if held else 0.0
    routes = f"{{=MAX(ABS({gradient}-{product}))/{plan.mix_line('lift').at()}}}"
    return [
        Check("Mix", "Subsets not solved", "count", f"={cells.missed.at()}", 0.0, 0.0, 0.0, "No two series the same"),
        _near(cells, ("Mix", "Total weight", "weight", "Fully invested"), f"=SUM({weights})", held,
              f"={enough}"),
        _near(cells, ("Mix", "Least weight", "weight", "Long-only"), f"=MIN({weights},0)", 0.0, 0.0),
        Check("Mix", "Series not at the optimum", "count", f"=SUM({cells.flags.across(0)})", 0.0, 0.0, 0.0,
              "First-order conditions"),
        _near(cells, ("Mix", "Gradient by two routes", "share", "COVARIANCE.S against MMULT"), routes, 0.0, 0.0),
        _near(cells, ("Mix", "Variance left by two routes", "squared", "VAR.S against the subset's"),
              f"=N({variance})", left, f"={cells.least.at()}*{enough}"),
        _near(cells, ("Mix", "Share that could still rise", "share", "0: no better mix"),
              f"=N({plan.figure('style_gap').at()})", rise, 0.0),
    ]  # fmt: skip


def _verdict_checks(plan: Plan, cells: CheckedCells) -> list[Check]:
    rule, same = cells.rule.down(0), plan.same.at()
    numbers = plan.sample("number").rows(0, cells.rule.height - 1)
    row, verdict = plan.verdict("row").at(), plan.word("verdict")
    engine = verdict._replace(column=FIRST_ASSET)
    differences = cells.outputs.differences.down(0)
    mixed = plan.mix("difference").across(0)
    return [
        Check("Verdict", "Lines that fit up to it", "count", f"=SUMPRODUCT({rule}*({numbers}<={row}))", 1.0, 1.0,
              0.0, "The first one decides"),
        Check("Verdict", "Lines of the rule", "count", f"=COUNT({rule})", 9.0, f"=ROWS({rule})", 0.0, "COUNT equals n"),
        Check("Engine", "Another verdict", "0 or 1", f"={same}*(1-EXACT({verdict.at()},{engine.at()}))", 0.0, 0.0, 0.0,
              "Where the engine's apply"),
        _near(cells, ("Engine", "Differences of figures", "any", "Root of their squares"),
              f"=SQRT(SUMSQ({differences}))", 0.0, 0.0),
        _near(cells, ("Engine", "Differences of weights", "weight", "Root of their squares"),
              f"=SQRT(SUMSQ({mixed}))", 0.0, 0.0),
    ]  # fmt: skip
