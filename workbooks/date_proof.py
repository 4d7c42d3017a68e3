"""The lower part of sheet Calc_Date: risk, multipliers and optimality of the chosen date's weights.

Written per unit of risk: ``f mean - k Sw / risk - g`` is 0 where an asset is held and at most 0 elsewhere. ``f`` is 1;
where the target is below reach the weights are those of least risk, and ``f`` is 0 and ``k`` is 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbooks.optimiser_sheet import COUNT, PERCENT, SMALL, Moments, Optimiser
from workbooks.sheet import FIRST_ASSET, Block, Sheet
from workbooks.subsets import SubsetTable


class DateProof(NamedTuple):
    """Cells for the checks and the chart."""

    expected_return: Block
    variance: Block
    variance_of_mix: Block
    risk: Block
    gradient: Block
    gradient_by_product: Block
    residual: Block
    contribution: Block


class _Lines(NamedTuple):
    """The lines with one value."""

    earned: Block
    variance: Block
    variance_of_mix: Block
    risk: Block
    form: Block
    slope: Block
    budget: Block


def write_date_proof(
    sheet: Sheet, table: SubsetTable, moments: Moments, cells: tuple[Block, Block, Block, Block, Block],
    optimiser: Optimiser,
) -> DateProof:  # fmt: skip
    """Write it below the weights; ``cells``: weights, window, mix, means, covariance."""
    weights, months, mix, means, covariance = cells
    row, native = weights.row + 4, table.weights
    gradient = moments.covariance @ native
    risk = float(np.sqrt(native @ gradient))
    of_lines = (weights, mix, means, covariance, optimiser)
    lines, (form, slope, budget) = _write_lines(sheet, row, table, moments, of_lines)
    row += len(_Lines._fields)
    sheet.labels(row, ("Proof", "Gradient by COVARIANCE.S", "squared", "Asset against the mix"))
    by_covariance = sheet.formulas(
        row, FIRST_ASSET, lambda i, j: f"=COVARIANCE.S({months.down(j)},{mix.down(0, 'rc')})", gradient, SMALL
    )
    sheet.labels(row + 1, ("Proof", "Gradient by MMULT", "squared", "Sw"))
    by_product = sheet.row_arrays(
        row + 1, FIRST_ASSET, lambda i: f"=MMULT({weights.across(0)},{covariance.all('')})", gradient, SMALL
    )
    sheet.labels(row + 2, ("Proof", "Gradient per risk", "per month", "0 where there is no risk"))
    per_risk_values = gradient / risk if risk > 0 else np.zeros(native.size)
    per_risk = sheet.formulas(
        row + 2, FIRST_ASSET, lambda i, j: f"=IFERROR({by_covariance.at(0, j)}/{lines.risk.at(0, 0, 'rc')},0)",
        per_risk_values, PERCENT,
    )  # fmt: skip
    sheet.labels(row + 3, ("Proof", "Reduced return", "per month", "f mean - k Sw/risk - g"))
    reduced_values = form * moments.mean - slope * per_risk_values - budget
    f, k, g = (block.at(0, 0, "rc") for block in (lines.form, lines.slope, lines.budget))
    reduced = sheet.formulas(
        row + 3, FIRST_ASSET, lambda i, j: f"={f}*{means.at(0, j)}-{k}*{per_risk.at(0, j)}-{g}", reduced_values, SMALL
    )
    residual = _write_residual(sheet, row + 4, weights, reduced, (native, reduced_values))
    sheet.labels(row + 6, ("Proof", "Risk contribution", "per month", "Adds up to the risk"))
    contribution = sheet.formulas(
        row + 6, FIRST_ASSET, lambda i, j: f"={weights.at(0, j)}*{per_risk.at(0, j)}", native * per_risk_values, PERCENT
    )
    sheet.formulas(row + 6, 3, lambda i, j: f"=SUM({contribution.across(0)})", risk, PERCENT)
    return DateProof(*lines[:4], by_covariance, by_product, residual, contribution)


def _write_lines(
    sheet: Sheet, row: int, table: SubsetTable, moments: Moments, cells: tuple[Block, Block, Block, Block, Optimiser]
) -> tuple[_Lines, tuple[float, float, float]]:
    """Return, risk and multipliers; gives also the values of f, k and g."""
    weights, mix, means, covariance, optimiser = cells
    native, answer = table.weights, table.answer
    earned = float(native @ moments.mean)
    variance = float(native @ moments.covariance @ native)
    risk = float(np.sqrt(variance))
    form = float(answer.candidates > 0)
    slope, budget = 1.0 - form, form * earned - (1.0 - form) * risk
    if answer.target_row:
        x, a, centre = (column[answer.target_row - 1] for column in (table.x, table.a, table.centre))
        slope, budget = risk / x, centre - 1.0 / a / x
    place = _Lines(*(Block(sheet.name, row + i, 3, 1, 1) for i in range(len(_Lines._fields))))
    on, w, s = optimiser.target_row.at(), weights.across(0), covariance.all("")
    f = place.form.at()
    lines = (
        ("Expected return", "per month", "Weights x means", earned, PERCENT, f"=SUMPRODUCT({w},{means.across(0)})"),
        ("Variance by MMULT", "squared", "w'Sw", variance, SMALL, f"{{=SUM(MMULT({w},{s})*{w})}}"),
        ("Variance of the mix", "squared", "VAR.S of the mixed returns", variance, SMALL, f"=VAR.S({mix.down(0)})"),
        ("Risk", "per month", "Square root of the variance", risk, PERCENT, f"=SQRT({place.variance.at()})"),
        ("Weight of return f", "0 or 1", "0: target below reach", form, COUNT, f"=N({optimiser.candidates.at()}>0)"),
        ("Risk multiplier k", "return/risk", "Slope of the frontier; 0: not binding", slope, ("formula", "number"),
         f"=IF({on},{place.risk.at()}/{optimiser.x.at()},1-{f})"),
        ("Budget multiplier g", "per month", "Return of one more unit of budget", budget, PERCENT,
         f"=IF({on},{optimiser.budget_multiplier.at()},{f}*{place.earned.at()}-(1-{f})*{place.risk.at()})"),
    )  # fmt: skip
    for i, (label, unit, note, value, style, formula) in enumerate(lines):
        sheet.line(row + i, ("Proof", label, unit, note), value, style, formula)
    return place, (form, slope, budget)


def _write_residual(sheet: Sheet, row: int, weights: Block, reduced: Block, values: tuple[object, object]) -> Block:
    """Residuals of the first-order conditions, and the multipliers of the lower bounds."""
    native, reduced_values = (np.asarray(value, dtype=np.float64) for value in values)
    sheet.labels(row, ("Proof", "First-order residual", "per month", "0 where held; at most 0 elsewhere"))
    residuals = np.where(native > 0, np.abs(reduced_values), np.maximum(reduced_values, 0.0))
    residual = sheet.formulas(
        row, FIRST_ASSET, lambda i, j: f"=MAX({reduced.at(0, j)},({weights.at(0, j)}>0)*ABS({reduced.at(0, j)}))",
        residuals, SMALL,
    )  # fmt: skip
    sheet.formulas(row, 3, lambda i, j: f"=MAX({residual.across(0)})", residuals.max(), SMALL)
    sheet.labels(row + 1, ("Proof", "Lower-bound multipliers", "per month", "Return lost by forcing one unit in"))
    sheet.formulas(
        row + 1, FIRST_ASSET, lambda i, j: f"=MAX(-{reduced.at(0, j)},0)", np.maximum(-reduced_values, 0.0), SMALL
    )
    return residual
