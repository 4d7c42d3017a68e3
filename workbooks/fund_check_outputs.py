"""Sheet Outputs of the fund check: the verdict in words, every figure beside the engine's, the mix."""

from __future__ import annotations

import math
import textwrap
from dataclasses import fields
from typing import NamedTuple

import numpy as np

from aram_xl.activeness import KEYS, VERDICTS, Activeness
from workbooks import names
from workbooks.fund_check_data import FundData
from workbooks.fund_check_inputs import YEARS, Inputs
from workbooks.fund_check_plan import WORDS, Plan
from workbooks.fund_check_verdict import CONDITIONS
from workbooks.fund_check_years import word
from workbooks.sheet import FIRST_ASSET, Block, Book, Sheet

HEADS = ("engine", "difference")

NUMBERS = {
    "decimal per month": "percent4", "decimal per year": "percent", "decimal, whole span": "percent",
    "share of variance": "percent", "count": "count", "number": "number",
}  # fmt: skip

UNITS = {
    "decimal per month": "per month", "decimal per year": "per year", "decimal, whole span": "whole span",
    "share of variance": "share", "count": "count", "number": "ratio",
}  # fmt: skip

NOTHING = "The passive mix explains nothing"
"""Of a fund that a constant follows more closely than any mix."""

LINE_WIDTH = 110
"""Letters of the engine's sentence in one line."""


class Outputs(NamedTuple):
    """Cells of Outputs for the checks and charts."""

    differences: Block
    weights: Block
    """Names of the passive series in column B, weights in column D."""
    bottom: int
    """First free row."""


class _Cells(NamedTuple):
    """Short references for formulas."""

    own: dict[str, str]
    line: dict[str, str]
    sample: dict[str, str]
    inputs: dict[str, str]
    mix: dict[str, str]


def write_outputs(book: Book, sheet: Sheet, data: FundData, plan: Plan, blocks: tuple[Inputs, Block, Block]) -> Outputs:
    """Words, figures beside the engine's, mix, the engine's own sentence; ``blocks`` hold the rule's words."""
    inputs = blocks[0]
    sheet.file.set_column(1, 1, 32)
    sheet.file.set_column(4, 4, 46)
    sheet.file.set_column(FIRST_ASSET, FIRST_ASSET + 1, 12)
    _write_words(sheet, data, plan, blocks)
    units = {one.name: one.metadata for one in fields(Activeness) if one.name in KEYS}
    formulas = _formulas(_cells(plan, inputs), plan)
    same = plan.same.at(0, 0, "rc")
    for key in KEYS:
        unit, value = units[key]["unit"], float(getattr(data.engine, key))
        number = "small" if key in ("style_gap", "beta_change_p") else NUMBERS[unit]
        row = plan.figure(key).row
        formula, note = formulas[key]
        texts = ("Figures", units[key]["label"], UNITS[unit], None if note.startswith("=") else note)
        native = sheet.line(row, texts, word(value), ("formula", number), formula)
        if texts[-1] is None:
            shown = note.split('"')[1] + _name(data, key)
            sheet.formulas(row, FIRST_ASSET - 1, lambda _, __, n=note: n, shown, ("formula", "text"))  # type: ignore[misc]
        engine = sheet.values(row, FIRST_ASSET, word(value), ("engine", number))
        sheet.formulas(
            row, FIRST_ASSET + 1,
            lambda _, __, n=native, e=engine: f'=IF({same}*(COUNT({n.at()},{e.at()})>0),{n.at()}-{e.at()},"")',  # type: ignore[misc]
            0.0 if math.isfinite(value) else math.nan, ("formula", "small"),
        )  # fmt: skip
    first = plan.figure(KEYS[0])
    top = first.row + len(KEYS)
    weights = _write_weights(sheet, data, plan, top)
    row = top + plan.passive
    for i, text in enumerate(textwrap.wrap(data.engine.sentence, LINE_WIDTH)):
        sheet.labels(row + i, ("Engine", f"In words, line {i + 1}", "text", None))
        sheet.values(row + i, 3, text, ("engine", "text"))
        row_end = row + i
    book.name(names.VERDICT, plan.word("verdict"))
    differences = Block(sheet.name, first.row, FIRST_ASSET + 1, len(KEYS), 1)
    return Outputs(differences, weights, row_end + 1)


def _name(data: FundData, key: str) -> str:
    """The series that a cumulative return is of."""
    roles = data.columns
    others = {"benchmark": roles.benchmark, "t_bills": roles.t_bills, "active_index": roles.active_index}
    return next((name or "" for role, name in others.items() if key.endswith(role)), roles.fund)


def _write_words(sheet: Sheet, data: FundData, plan: Plan, blocks: tuple[Inputs, Block, Block]) -> None:
    """The verdict and its reasons, one sentence a line."""
    inputs, verdicts, conditions = blocks
    own = {key: plan.figure(key).at() for key in KEYS}
    benchmark = plan.name("benchmark").at()
    one, row = data.engine, plan.verdict("row").at()
    power, year = inputs.power.at(), inputs.months_per_year.at()
    gap = 12.0 * one.style_difference_month

    def text(key: str, form: str) -> str:
        return f'TEXT({own[key]},"{form}")'

    signed = "+0.00%;-0.00%"
    lines = {
        "verdict": (f"=INDEX({verdicts.down(0)},{row})", VERDICTS[one.verdict]),
        "because": (f"=INDEX({conditions.down(0)},{row})", CONDITIONS[one.verdict]),
        "fit": (
            f'={benchmark}&" explains "&{text("r_squared", "0.0%")}&" at beta "&{text("beta", "0.00")}',
            f"{data.columns.benchmark} explains {_percent(one.r_squared, 1)} at beta {_plain(one.beta, 2)}",
        ),
        "alpha": (
            f'="Alpha "&{text("alpha_year", signed)}&" a year, t "&{text("alpha_t", "0.00")}'
            f'&" of "&{text("critical_t", "0.00")}',
            f"Alpha {_percent(one.alpha_year, 2, '+')} a year, t {_plain(one.alpha_t, 2)} of "
            f"{_plain(one.critical_t, 2)}",
        ),
        "beta": (
            f'="Spread of yearly betas by chance: "&{text("beta_change_p", "0.0%")}',
            f"Spread of yearly betas by chance: {_percent(one.beta_change_p, 1)}",
        ),
        "mix": (
            f'=IF({own["explained_share"]}<0,"{NOTHING}",'
            f'"The passive mix explains "&{text("explained_share", "0.0%")})',
            NOTHING if one.explained_share < 0 else f"The passive mix explains {_percent(one.explained_share, 1)}",
        ),
        "ahead": (
            f'="Ahead of the mix "&TEXT(N({own["style_difference_month"]})*{year},"{signed}")'
            f'&", t "&{text("style_t", "0.00")}',
            f"Ahead of the mix {_percent(gap if math.isfinite(gap) else 0.0, 2, '+')}, t {_plain(one.style_t, 2)}",
        ),
        "power": (
            f'="Shows "&TEXT({power},"0%")&" of the time: "&{text("detectable_alpha_year", "0.00%")}'
            f'&" / "&{text("style_detectable_year", "0.00%")}',
            f"Shows {100 * data.settings.power:.0f}% of the time: {_percent(one.detectable_alpha_year, 2)} / "
            f"{_percent(one.style_detectable_year, 2)}",
        ),
    }  # fmt: skip
    labels = (
        "Verdict", "Because", "Benchmark", "Alpha, t of t needed", "Beta", "Passive mix", "Less the mix, a year",
        "Smallest alpha / lead on the mix",
    )  # fmt: skip
    for key, label in zip(WORDS, labels, strict=True):
        formula, value = lines[key]
        sheet.line(plan.word(key).row, ("Words", label, "text", None), value, ("formula", "text"), formula)
    sheet.values(plan.word("verdict").row, FIRST_ASSET, VERDICTS[one.verdict], ("engine", "text"))


def _percent(value: float, digits: int, sign: str = "") -> str:
    return f"{100 * value:{sign}.{digits}f}%" if math.isfinite(value) else "none"


def _plain(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "none"


def _cells(plan: Plan, inputs: Inputs) -> _Cells:
    lines = ("n", "freedom", "mean", "squares", "intercept", "slope", "kept_squares", "raw",
             "fund_squares", "short_months", "long_months", "alpha", "kept_difference", "gap_freedom", "gap_error",
             "gap_reach")  # fmt: skip
    series = ("total", "y", "x", "active", "gap", "beta_12", "beta_36")
    return _Cells(
        {key: plan.figure(key).at() for key in KEYS},
        {key: plan.line(key).at() for key in lines},
        {key: plan.sample(key).down(0) for key in series},
        {key: getattr(inputs, key).at() for key in ("significance", "power", "months_per_year")},
        {"enough": plan.mix_line("enough").at(), "variance": plan.mix_line("variance").at(),
         "weights": plan.mix("weights").across(0), "gradient": plan.mix("gradient").across(0)},
    )  # fmt: skip


def _formulas(c: _Cells, plan: Plan) -> dict[str, tuple[str, str]]:
    """Formula and note of every figure."""
    return _line_formulas(c, plan) | _hurdle_formulas(c, plan) | _mix_formulas(c)


def _or_none(formula: str) -> str:
    return f'=IFERROR({formula},"none")'


def _line_formulas(c: _Cells, plan: Plan) -> dict[str, tuple[str, str]]:
    own, line, y, x = c.own, c.line, c.sample["y"], c.sample["x"]
    level, power, year = (c.inputs[key] for key in ("significance", "power", "months_per_year"))
    reach = f"{own['critical_t']}+T.INV({power},{line['freedom']})"
    centre = f"1/{line['n']}+{line['mean']}*{line['mean']}/{line['squares']}"
    return {
        "n_months": (f"={line['n']}", "Fund, benchmark, passive series together"),
        "alpha_year": (_or_none(f"(1+{own['alpha_month']})^{year}-1"), "(1 + alpha a month)^12 - 1"),
        "alpha_month": (f'=IF({line["freedom"]}>0,{line["alpha"]},"none")', "INTERCEPT"),
        "alpha_se": (_or_none(f"{own['residual_stdev']}*SQRT({centre})"), "Residual risk x root(1/n + mean^2/Sxx)"),
        "alpha_t": (_or_none(f"{own['alpha_month']}/{own['alpha_se']}"), "Alpha / standard error"),
        "critical_t": (_or_none(f"T.INV.2T({level},{line['freedom']})"), "Two-sided, n - 2 degrees of freedom"),
        "detectable_alpha_year": (
            _or_none(f"((1+({reach})*{own['alpha_se']})^{year}-1)/({own['alpha_se']}>0)"),
            "(t needed + t of power) x standard error",
        ),
        "beta": (f'=IF({line["freedom"]}>0,{line["slope"]},"none")', "SLOPE"),
        "beta_se": (_or_none(f"{own['residual_stdev']}/SQRT({line['squares']})"), "Residual risk / root(Sxx)"),
        "beta_volatility_12": (_or_none(f"STDEV.S({c.sample['beta_12']})"), "STDEV.S of the rolling betas"),
        "beta_volatility_36": (_or_none(f"STDEV.S({c.sample['beta_36']})"), "STDEV.S of the rolling betas"),
        "beta_change_f": (f"={plan.years('f').at()}", "Analysis of covariance, on Calc_Years"),
        "beta_change_p": (f"={plan.years('p').at()}", "F.DIST.RT"),
        "correlation": (f'=IF({line["fund_squares"]}>{line["raw"]},CORREL({y},{x}),"none")', "CORREL"),
        "r_squared": (f'=IF(ISNUMBER({own["correlation"]}),RSQ({y},{x}),"none")', "RSQ"),
        "residual_stdev": (_or_none(f"SQRT({line['kept_squares']}/{line['freedom']})"), "Root(squares / (n - 2))"),
        "tracking_error_month": (_or_none(f"STDEV.S({c.sample['active']})"), "STDEV.S of fund less benchmark"),
        "tracking_error_year": (_or_none(f"{own['tracking_error_month']}*SQRT({year})"), "x root 12"),
    }


def _hurdle_formulas(c: _Cells, plan: Plan) -> dict[str, tuple[str, str]]:
    found = {}
    for word_, span, years in zip(("three_year", "five_year"), ("short", "long"), YEARS, strict=True):
        for name in ("fund", "benchmark", "t_bills", "active_index"):
            present, growing = plan.hurdle(span, name)
            key = word_ if name == "fund" else f"{word_}_{name}"
            formula = f'=IF({present.at()}={c.line[f"{span}_months"]},{growing.at()},"none")'
            found[key] = (formula, f'="Last {12 * years} months of "&{plan.name(name).at()}')
    return found


def _mix_formulas(c: _Cells) -> dict[str, tuple[str, str]]:
    own, line, mix, gap, total = c.own, c.line, c.mix, c.sample["gap"], c.sample["total"]
    level = c.inputs["significance"]
    rise = f"{mix['variance']}-MIN({mix['gradient']})"
    error, freedom = line["gap_error"], line["gap_freedom"]
    return {
        "explained_share": (_or_none(f"1-VAR.S({gap})/VAR.S({total})"), "1 - VAR.S(fund less mix) / VAR.S(fund)"),
        "style_gap": (_or_none(f"(1+1)*({rise})/VAR.S({total})"), "2 (variance - least gradient) / VAR.S(fund)"),
        "style_held": (f'=IF({mix["enough"]},COUNTIF({mix["weights"]},">0"),"none")', "Weights above 0"),
        "style_tracking_error_year": (
            _or_none(f"STDEV.S({gap})*SQRT({c.inputs['months_per_year']})"), "STDEV.S of fund less mix x root 12",
        ),
        "style_difference_month": (f'=IF({mix["enough"]},{line["kept_difference"]},"none")', "Mean of fund less mix"),
        "style_t": (
            _or_none(f"{own['style_difference_month']}/{error}"),
            "Mean / root(squares / (n - held) / n)",
        ),
        "style_critical_t": (_or_none(f"T.INV.2T({level},{freedom})"), "Two-sided, n - held degrees"),
        "style_detectable_year": (
            _or_none(f"{c.inputs['months_per_year']}*{line['gap_reach']}*{error}/({error}>0)"),
            "12 x (t needed + t of power) x standard error",
        ),
    }  # fmt: skip


def _write_weights(sheet: Sheet, data: FundData, plan: Plan, top: int) -> Block:
    """The mix from top to bottom, for the eye and the chart."""
    names_of, weights, engine, gap = (plan.mix(key) for key in ("names", "weights", "engine", "difference"))
    for j in range(plan.passive):
        sheet.labels(top + j, ("Mix", None, "weight", "Long-only, sums to 1; proved on Calc_Mix"))
    sheet.formulas(
        top, 1, lambda i, _: f"={names_of.at(0, i)}", [[name] for name in data.columns.passive], ("formula", "text")
    )
    for column, block, values, number in (
        (3, weights, data.weights, "percent"), (FIRST_ASSET, engine, np.nan_to_num(data.weights), "percent"),
        (FIRST_ASSET + 1, gap, 0.0 * data.weights, "small"),
    ):  # fmt: skip
        cells = [f"={block.at(0, j)}" for j in range(plan.passive)]
        sheet.formulas(top, column, lambda i, _, text=cells: text[i], values[:, None], ("formula", number))  # type: ignore[misc]
    return Block(sheet.name, top, 3, plan.passive, 1)
