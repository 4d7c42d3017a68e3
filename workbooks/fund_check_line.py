"""Sheet Calc_Line of the fund check: counts, places, moments and squares that the figures share, and the hurdles."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import stdtrit

from aram_xl.types import FloatArray
from workbooks.fund_check_data import MONTHS, FundData, Months
from workbooks.fund_check_inputs import LEFT, NOISE, YEARS, Inputs
from workbooks.fund_check_months import COUNT, NUMBER, PERCENT, SMALL
from workbooks.fund_check_plan import HURDLES, LINES, WINDOWS, Plan
from workbooks.sheet import Sheet

Line = tuple[str, str, str, float, tuple[str, str], str]
"""Label, unit, formula, value, style, note."""


def write_line(sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> None:
    """What the figures share, and the growth of fund and references over 3 and 5 years."""
    lines = _counts(data, months, plan, inputs) | _moments(months, plan) | _squares(months, plan, inputs)
    lines |= _differences(data, months, plan, inputs)
    for key, (label, unit, formula, value, style, note) in lines.items():
        number = float(np.nan_to_num(value))  # the cells give 0 where months are too few for a mix
        sheet.line(plan.line(key).row, ("Line", label, unit, note), number, style, formula)
    _write_hurdles(sheet, data, months, plan)


def _cells(plan: Plan) -> dict[str, str]:
    return {key: plan.line(key).at() for key in LINES}


def _counts(data: FundData, months: Months, plan: Plan, inputs: Inputs) -> dict[str, Line]:
    """Months, rows and spans."""
    cell, there, year = _cells(plan), plan.sample("there").down(0), inputs.months_per_year.at()
    n, first = float(months.size), float(np.argmax(months.there) + 1)
    last, columns = first + n - 1.0, plan.mix("weights").across(0)
    spans = {key: float(MONTHS * years) for key, years in zip(("short", "long"), YEARS, strict=True)}
    lines: dict[str, Line] = {
        "n": ("Months", "count", f"=SUM({there})", n, COUNT, "Of the sample"),
        "first": ("First row", "count", f"=IFERROR(MATCH(1,{there},0),1)", first, COUNT, "Of Calc_Sample"),
        "last": ("Last row", "count", f"={cell['first']}+MAX({cell['n']},1)-1", last, COUNT, "Without a hole"),
        "freedom": ("Degrees of freedom", "count", f"={cell['n']}-1-1", n - 2.0, COUNT, "Less intercept and slope"),
        "years": ("Whole years", "count", f"=INT({cell['n']}/{year})", n // MONTHS, COUNT, "The oldest takes the rest"),
        "short_months": ("Short span", "months", f"={inputs.short_years.at()}*{year}", spans["short"], COUNT, "Hurdle"),
        "long_months": ("Long span", "months", f"={inputs.long_years.at()}*{year}", spans["long"], COUNT, "Hurdle"),
        "needed": (
            "Returns needed in a month", "count", f"=1+1+COLUMNS({columns})+{inputs.subtract.at()}",
            2.0 + plan.passive + data.subtract, COUNT, "Fund, references; T-bills if subtracted",
        ),
    }  # fmt: skip
    for window in WINDOWS:
        betas = plan.sample(f"beta_{window}").down(0)
        formula = f"=MIN({cell['first']}+{cell['n']}-COUNT({betas}),{cell['last']})"
        row = min(first + window - 1.0, last) if n >= window else last
        lines[f"first_{window}"] = (f"First {window}-month beta", "count", formula, row, COUNT, "Row of Calc_Sample")
    return lines


def _moments(months: Months, plan: Plan) -> dict[str, Line]:
    """The regression line and its ends."""
    cell = _cells(plan)
    y, x = (plan.sample(key).down(0) for key in ("y", "x"))
    own_y, own_x = months.own(months.y), months.own(months.x)
    around = months.own(months.deviation)
    slope = float(around @ own_y / (around @ around))
    intercept = float(own_y.mean() - slope * own_x.mean())
    low, high = float(own_x.min()), float(own_x.max())

    def at(end: str) -> str:
        return f"={cell['intercept']}+{cell['slope']}*{cell[end]}"

    return {
        "mean": ("Mean of the benchmark", "per month", f"=IFERROR(AVERAGE({x}),0)", float(own_x.mean()), PERCENT,
                 "Excess return"),
        "intercept": ("Intercept", "per month", f"=IFERROR(INTERCEPT({y},{x}),0)", intercept, PERCENT, "Alpha a month"),
        "slope": ("Slope", "ratio", f"=IFERROR(SLOPE({y},{x}),0)", slope, NUMBER, "Beta"),
        "low": ("Least benchmark return", "per month", f"=MIN({x})", low, PERCENT, "Ends of the line ..."),
        "high": ("Greatest benchmark return", "per month", f"=MAX({x})", high, PERCENT, "... of the chart"),
        "low_fit": ("Line at the least", "per month", at("low"), intercept + slope * low, PERCENT, "Its height"),
        "high_fit": ("Line at the greatest", "per month", at("high"), intercept + slope * high, PERCENT, "Its height"),
    }  # fmt: skip


def _squares(months: Months, plan: Plan, inputs: Inputs) -> dict[str, Line]:
    """Sums of squares, those that are rounding taken for 0."""
    cell = _cells(plan)
    y, x, e, gap = (plan.sample(key).down(0) for key in ("y", "x", "residual", "gap"))
    own_y, own_x, own_e, own_gap = (months.own(v) for v in (months.y, months.x, months.residual, months.gap))
    raw, left = NOISE * float(own_y @ own_y), float(own_e @ own_e)
    rounding = max(raw, LEFT * _devsq(own_y))
    about = "About its mean"

    def kept(key: str) -> str:
        return f"=N({cell[key]}>{cell['rounding']})*{cell[key]}"

    return {
        "squares": ("Squares of the benchmark", "squared", _or_zero(f"DEVSQ({x})"), _devsq(own_x), SMALL, about),
        "fund_squares": ("Squares of the fund", "squared", _or_zero(f"DEVSQ({y})"), _devsq(own_y), SMALL, about),
        "raw": ("Rounding", "squared", f"={inputs.noise.at()}*SUMSQ({y})", raw, SMALL, "Less is not told from 0"),
        "rounding": ("Rounding of what is left", "squared",
                     f"=MAX({cell['raw']},{inputs.left.at()}*{cell['fund_squares']})", rounding, SMALL, "Counts as 0"),
        "residual_squares": ("Squares of residuals", "squared", f"=SUMSQ({e})", left, SMALL, "About the line"),
        "kept_squares": ("Without rounding", "squared", kept("residual_squares"), left * (left > rounding), SMALL,
                         "0 where the line fits exactly"),
        "gap_squares": ("Squares, fund less mix", "squared", _or_zero(f"DEVSQ({gap})"), _devsq(own_gap), SMALL, about),
        "kept_gap_squares": ("Without rounding", "squared", kept("gap_squares"),
                             _devsq(own_gap) * (_devsq(own_gap) > rounding), SMALL, "0 where the mix repeats the fund"),
    }  # fmt: skip


def _differences(data: FundData, months: Months, plan: Plan, inputs: Inputs) -> dict[str, Line]:
    """Alpha and the mean difference to the mix, 0 where they and what they are tested by are rounding."""
    cell, own_y, own_gap = _cells(plan), months.own(months.y), months.own(months.gap)

    def kept(key: str, squares: str) -> str:
        return f"=IF(({cell[squares]}>0)+(ABS({cell[key]})>{cell['mean_rounding']}),{cell[key]},0)"

    return {
        "mean_rounding": (
            "Rounding of a mean", "per month", f"=SQRT({inputs.left.at()}*{cell['fund_squares']}/MAX({cell['n']},1))",
            float(np.sqrt(LEFT * _devsq(own_y) / own_y.size)), SMALL, "Less is not told from 0",
        ),
        "alpha": ("Alpha without rounding", "per month", kept("intercept", "kept_squares"), data.engine.alpha_month,
                  PERCENT, "Alone where nothing is left"),
        "difference": ("Mean of fund less mix", "per month", _or_zero(f"AVERAGE({plan.sample('gap').down(0)})"),
                       float(own_gap.mean()), PERCENT, "Total returns"),
        "kept_difference": ("Without rounding", "per month", kept("difference", "kept_gap_squares"),
                            data.engine.style_difference_month, PERCENT, "Alone where nothing is left"),
    } | _tests(data, months, plan, inputs)  # fmt: skip


def _tests(data: FundData, months: Months, plan: Plan, inputs: Inputs) -> dict[str, Line]:
    """What the mean difference to the mix is tested by."""
    cell, own_gap = _cells(plan), months.own(months.gap)
    held, critical = plan.figure("style_held").at(), plan.figure("style_critical_t").at()
    freedom = own_gap.size - data.engine.style_held
    left = _devsq(own_gap) * np.isfinite(data.engine.style_t)
    reach = data.engine.style_critical_t + float(stdtrit(freedom, data.settings.power))
    return {
        "gap_freedom": ("Degrees of freedom", "count", _or_zero(f"{cell['n']}-{held}"), freedom, COUNT,
                        "Months less series held"),
        "gap_error": ("Error of that mean", "per month",
                      _or_zero(f"SQRT({cell['kept_gap_squares']}/{cell['gap_freedom']}/{cell['n']})"),
                      float(np.sqrt(left / freedom / own_gap.size)), SMALL, "0 where the mix repeats the fund"),
        "gap_reach": ("t needed and t of power", "ratio",
                      _or_zero(f"{critical}+T.INV({inputs.power.at()},{cell['gap_freedom']})"), reach, NUMBER,
                      "Of the smallest lead that shows"),
    }  # fmt: skip


def _or_zero(formula: str) -> str:
    return f"=IFERROR({formula},0)"


def _write_hurdles(sheet: Sheet, data: FundData, months: Months, plan: Plan) -> None:
    """Months present, and growth, of fund and references over the last 3 and 5 years of the sample."""
    for span, name in HURDLES:
        within, series = plan.sample(span).down(0), plan.data(name).down(0)
        years = YEARS[("short", "long").index(span)]
        rows = (months.left > 0) & (months.left <= 12 * years)
        values: Any = getattr(data, name)[rows]
        present, growing = plan.hurdle(span, name)
        words = name.replace("t_bills", "T-bills").replace("_", " ")
        sheet.line(
            present.row, ("Hurdle", f"{years} years, {words}: months", "count", "Present in the span"),
            float(np.isfinite(values).sum()), COUNT, f"=SUMPRODUCT({within}*ISNUMBER({series}))",
        )  # fmt: skip
        sheet.line(
            growing.row, ("Hurdle", f"{years} years, {words}: growth", "whole span", "Counts when all are present"),
            float(np.prod(1.0 + np.nan_to_num(values)) - 1.0), PERCENT, f"{{=PRODUCT(1+{within}*{series})-1}}",
        )  # fmt: skip


def _devsq(values: FloatArray) -> float:
    return float(((values - values.mean()) ** 2).sum())
