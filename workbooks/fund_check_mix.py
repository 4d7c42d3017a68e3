"""Sheets Calc_Subsets (the passive mix, solved) and Calc_Mix (the mix, proved) of the fund check.

The mix of weights w >= 0 that sum to 1 leaves the variance ``w'Cw``, C the covariance of the differences of the fund
to each passive series. A constant L added to every element of C adds L to the variance of every such mix and changes
none of the weights, but lets C be inverted even where one series repeats the fund. For each subset of the series the
weights of least variance are ``s K / s K s'``, K the inverse of the subset's part of C + L; of those without a
weight below 0, by more than the tolerance of the checks, the least variance wins. Elements of ``s K`` outside the
subset are 0 but for rounding.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from aram_xl.types import FloatArray
from workbooks import names
from workbooks.fund_check_data import FundData, Months
from workbooks.fund_check_inputs import TIE, Inputs
from workbooks.fund_check_months import COUNT, NUMBER, PERCENT, SMALL
from workbooks.fund_check_plan import Plan
from workbooks.fund_check_years import word
from workbooks.inputs_sheets import CHECK_TOLERANCE
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book, Sheet


def subset_heads(passive: int) -> tuple[str, ...]:
    """Heads of the table of subsets."""
    each = [f"{kind} {j + 1}" for kind in ("in", "s K") for j in range(passive)]
    return ("Section", "Label", "Unit", "Variance", "Note", *each, "s K s'")


def _members(passive: int) -> FloatArray:
    """(2^n - 1, n_passive) every subset that is not empty, small ones first."""
    sets = [chosen for size in range(1, passive + 1) for chosen in itertools.combinations(range(passive), size)]
    return np.array([[float(j in chosen) for j in range(passive)] for chosen in sets])


def write_subsets(sheet: Sheet, months: Months, plan: Plan, inputs: Inputs) -> tuple[Block, Block]:
    """One row per subset; gives the count of subsets that could not be solved and the block of totals."""
    members, size = _members(plan.passive), plan.passive
    top = plan.answer.row + 2
    sheet.second_table(top - 1, subset_heads(size))
    sheet.paginate(len(subset_heads(size)))
    for i, chosen in enumerate(members):
        inside = ", ".join(str(j + 1) for j in np.flatnonzero(chosen))
        sheet.labels(top + i, ("Subset", f"Passive {inside}", "squared", None))
    covariance = np.cov(months.gaps[months.there].T)
    lift = float(covariance.max())
    lifted, identity = _write_squares(sheet, plan, covariance)
    lifting, rounding = plan.mix_line("lift").at(0, 0, "rc"), inputs.tolerance.at(0, 0, "rc")
    solved = np.zeros_like(members)
    for i, chosen in enumerate(members):
        own = np.flatnonzero(chosen)
        solved[i, own] = np.linalg.solve(covariance[np.ix_(own, own)] + lift, np.ones(own.size))
    totals = solved.sum(axis=1)
    # A weight that is 0 but for rounding would be negative in one program and not in another: 2E-13 were seen.
    feasible = (totals > 0) & (solved >= -CHECK_TOLERANCE * totals[:, None]).all(axis=1)
    variances = np.where(feasible, 1.0 / totals - lift, np.nan)
    masks = sheet.values(top, FIRST_ASSET, members, COUNT)
    inverses = sheet.row_arrays(
        top, FIRST_ASSET + size,
        lambda i: (
            f"=IFERROR(MMULT({masks.across(i)},MINVERSE({lifted}*{masks.across(i)}+({identity}>{masks.across(i)}))),0)"
        ),
        solved, NUMBER,
    )  # fmt: skip
    sums = sheet.formulas(
        top,
        FIRST_ASSET + 2 * size,
        lambda i, _: f"=SUMPRODUCT({masks.across(i)},{inverses.across(i)})",
        totals[:, None],
        NUMBER,
    )
    variance = sheet.formulas(
        top, 3,
        lambda i, _: (
            f"=IF(({sums.at(i)}>0)*(MIN({inverses.across(i)})>=-{rounding}*{sums.at(i)})"
            f',1/{sums.at(i)}-{lifting},"")'
        ),
        variances[:, None], SMALL,
    )  # fmt: skip
    row = float(np.flatnonzero(variances <= np.nanmin(variances) + TIE * lift)[0] + 1)
    texts = ("Answer", "Least variance", "squared", "Of the difference to the fund")
    least = sheet.line(FIRST_ROW, texts, float(np.nanmin(variances)), SMALL, f"=MIN({variance.down(0)})")
    near = f"{least.at()}+{inputs.tie.at()}*{lifting}"
    texts = ("Answer", "Row of the answer", "count", "The smallest subset as good")
    answer = sheet.line(FIRST_ROW + 1, texts, row, COUNT, f"{{=IFERROR(MATCH(1,({variance.down(0)}<={near})*1,0),1)}}")
    texts = ("Answer", "Subsets not solved", "count", "Two series that are the same")
    missed = sheet.line(FIRST_ROW + 2, texts, 0.0, COUNT, f"=COUNTIF({sums.down(0)},0)")
    _write_weights(plan, sheet, (masks, inverses, sums, answer), solved[int(row) - 1] / totals[int(row) - 1])
    return missed, least


def _write_weights(plan: Plan, sheet: Sheet, blocks: tuple[Block, ...], weights: FloatArray) -> None:
    """The answer of Calc_Subsets, below its lines."""
    masks, inverses, sums, answer = blocks
    row = answer.at(0, 0, "rc")
    sheet.labels(plan.answer.row, ("Answer", "Weights of the answer", "weight", "Sum to 1"))
    sheet.formulas(
        plan.answer.row, FIRST_ASSET,
        lambda _, j: (
            f"=INDEX({masks.down(j)},{row})*INDEX({inverses.down(j)},{row})/INDEX({sums.down(0, 'rc')},{row})"
        ), weights[None], PERCENT,
    )  # fmt: skip


def write_mix(book: Book, sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> Block:
    """The weights beside the engine's, and the first-order conditions by covariances; gives the flags of the proof."""
    gaps, weights = plan.sample("gaps"), data.weights
    covariance = np.cov(months.gaps[months.there].T)
    cov = plan.mix("covariance")
    _write_rows(sheet, data, months, plan, inputs)
    engine, product = plan.mix("engine"), plan.mix("gradient_by_product")
    sheet.labels(engine.row, ("Mix", "Engine's weights", "weight", "Critical line algorithm"))
    sheet.values(engine.row, engine.column, weights[None], ("engine", "percent4"))
    sheet.labels(product.row, ("Mix", "Gradient by product", "squared", "Weights x covariance"))
    route = f"=IFERROR(MMULT({plan.mix('weights').across(0)},{cov.all()}),0)"
    sheet.row_arrays(product.row, product.column, lambda _: route, np.nan_to_num(covariance @ weights)[None], SMALL)
    enough = plan.mix_line("enough").at()
    variance = word(float(weights @ covariance @ weights))
    lines: dict[str, tuple[str, str, str, float | str, tuple[str, str], str]] = {
        "enough": ("Enough months", "0 or 1", f"=N({plan.line('n').at()}>1+COLUMNS({gaps.across(0)}))",
                   float(np.isfinite(weights).all()), COUNT,
                   "Two more than series"),
        "variance": ("Variance left", "squared", f'=IF({enough},VAR.S({plan.sample("gap").down(0)}),"none")', variance,
                     SMALL, "Fund less mix"),
        "lift": ("Lift", "squared", f"=MAX({cov.all()})+(MAX({cov.all()})=0)", float(covariance.max()), SMALL,
                 "See Calc_Subsets"),
    }  # fmt: skip
    for key, (label, unit, formula, value, style, note) in lines.items():
        sheet.line(plan.mix_line(key).row, ("Mix", label, unit, note), value, style, formula)
    for i in range(plan.passive):
        sheet.labels(cov.row + i, ("Covariance", f"Passive {i + 1}", "squared", "Of fund less passive series"))
    sheet.formulas(
        cov.row, cov.column, lambda i, j: f"=IFERROR(COVARIANCE.S({gaps.down(i)},{gaps.down(j)}),0)", covariance, SMALL
    )
    book.name(names.STYLE_WEIGHTS, plan.mix("weights"))
    return plan.mix("flag")


def _write_rows(sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> None:
    """One column per passive series: weight, gradient, multiplier, residual, flag."""
    gaps, weights, passive = plan.sample("gaps"), data.weights, plan.passive
    gap = plan.sample("gap").down(0, "rc")
    row = {key: plan.mix(key) for key in ("weights", "engine", "gradient", "multiplier", "residual")}
    enough, level, lift = (plan.mix_line(key).at(0, 0, "rc") for key in ("enough", "variance", "lift"))
    tolerance, same = inputs.tolerance.at(0, 0, "rc"), plan.same.at(0, 0, "rc")
    covariance = np.cov(months.gaps[months.there].T)
    gradient = np.nan_to_num(covariance @ weights)  # without weights the cells give 0
    pull = gradient - np.nan_to_num(weights) @ gradient
    residual = np.maximum(-pull, (weights > 0) * np.abs(pull)) / covariance.max()

    def text(j: int) -> dict[str, str]:
        weight, slope = row["weights"].at(0, j), row["multiplier"].at(0, j)
        return {
            "names": f"={plan.name('passive').at(0, j)}",
            "weights": f'=IF({enough},{plan.answer.at(0, j)},"")',
            "difference": f'=IF({same}*{enough},{weight}-{row["engine"].at(0, j)},"")',
            "gradient": f"=IFERROR(COVARIANCE.S({gap},{gaps.down(j)}),0)",
            "multiplier": f"={row['gradient'].at(0, j)}-N({level})",
            "residual": f"=MAX(-{slope},N(N({weight})>0)*ABS({slope}))/{lift}",
            "flag": f"=1-IFERROR(N({row['residual'].at(0, j)}<={tolerance}),0)",
        }

    none, unlike = np.zeros(passive), 0.0 * weights
    lines: tuple[tuple[str, str, str, str, Any, tuple[str, str]], ...] = (
        ("names", "Passive series", "text", "Of sheet Data", [list(data.columns.passive)], ("formula", "text")),
        ("weights", "Weights", "weight", "Of Calc_Subsets", weights, PERCENT),
        ("difference", "difference", "weight", "Where the engine's apply", unlike, SMALL),
        ("gradient", "Gradient", "squared", "Covariance with fund less mix", gradient, SMALL),
        ("multiplier", "Multiplier of weight >= 0", "squared", "Gradient less variance", pull, SMALL),
        ("residual", "Residual", "share", "Of the lift", residual, SMALL),
        ("flag", "Flag", "0 or 1", "0: optimal", none, COUNT),
    )  # fmt: skip
    for key, label, unit, note, values, style in lines:
        block = plan.mix(key)
        sheet.labels(block.row, ("Mix", label, unit, note))
        sheet.formulas(block.row, block.column, lambda _, j, k=key: text(j)[k], values, style)  # type: ignore[misc]


def _write_squares(sheet: Sheet, plan: Plan, covariance: FloatArray) -> tuple[str, str]:
    """The lifted covariance, and the identity that stands in for series left out; gives their references."""
    cov, lift = plan.mix("covariance"), plan.mix_line("lift").at(0, 0, "rc")
    for key, unit in (("lifted", "squared"), ("identity", "0 or 1")):
        for i in range(plan.passive):
            sheet.labels(plan.square(key).row + i, (key.capitalize(), f"Passive {i + 1}", unit, None))
    lifted, identity = (plan.square(key) for key in ("lifted", "identity"))
    sheet.formulas(
        lifted.row, lifted.column, lambda i, j: f"={cov.at(i, j)}+{lift}", covariance + covariance.max(), SMALL
    )
    sheet.values(identity.row, identity.column, np.eye(plan.passive), COUNT)
    return lifted.all(), identity.all()
