"""Sheet Calc_Verdict of the fund check: the rule, one line per verdict; the first that fits decides."""

from __future__ import annotations

import numpy as np

from aram_xl._activeness_verdict import conditions, reference_tests
from aram_xl.activeness import KEYS, VERDICTS
from workbooks.fund_check_data import FundData
from workbooks.fund_check_inputs import Inputs
from workbooks.fund_check_months import COUNT
from workbooks.fund_check_plan import VERDICT_LINES, Plan
from workbooks.sheet import FIRST_ROW, Block, Sheet

TABLE = FIRST_ROW + len(VERDICT_LINES) + 1
"""Row of the heads of the rule."""

CONDITIONS = {
    "too_short": "fewer months in the sample than the fewest that count",
    "stands_still": "returns of the fund that do not vary",
    "index_like": "R-squared at or above the index-like share; ahead of neither benchmark nor reference",
    "passive_mix": "the mix is the reference and explains the index-like share; not ahead of it",
    "style": "alpha significant, but neither ahead of the reference nor behind",
    "alpha": "significantly ahead of the reference; of both, where neither explains half",
    "negative_alpha": "significantly behind the reference; behind both, where neither explains half",
    "active": "neither ahead of the reference nor behind; beta differs between years",
    "noise": "none of these: neither ahead of the reference nor behind, beta does not visibly move",
}
"""In the order of the rule; thresholds stand on Inputs."""


def write_verdict(sheet: Sheet, data: FundData, plan: Plan, inputs: Inputs) -> tuple[Block, Block, Block]:
    """The rule; gives the names, the conditions and the flags of its lines."""
    figure = {key: plan.figure(key).at() for key in (
        "n_months", "correlation", "r_squared", "explained_share", "beta_change_p",
    )}  # fmt: skip
    told = {key: plan.verdict(key).at() for key in VERDICT_LINES}
    like, level = inputs.index_like.at(), inputs.significance.at()
    not_ahead = f"(1-{told['ahead']})"
    fits = {
        "too_short": f"=N({figure['n_months']}<{inputs.fewest.at()})",
        "stands_still": f"=1-ISNUMBER({figure['correlation']})",
        "index_like": f"=(N({figure['r_squared']})>={like})*(1-{told['alpha_ahead']})*{not_ahead}",
        "passive_mix": f"={told['mix_is_reference']}*(N({figure['explained_share']})>={like})*{not_ahead}",
        "style": f"=({told['alpha_ahead']}+{told['alpha_behind']})*{not_ahead}*(1-{told['behind']})",
        "alpha": f"={told['ahead']}",
        "negative_alpha": f"={told['behind']}",
        "active": f"=ISNUMBER({figure['beta_change_p']})*(N({figure['beta_change_p']})<{level})",
        "noise": "=1",
    }
    values = _values(data)
    top = TABLE + 1
    sheet.second_table(TABLE, ("Section", "Verdict", "Unit", "Fits", "Note"))
    for i, key in enumerate(VERDICTS):
        texts = ("Rule", VERDICTS[key], "0 or 1", CONDITIONS[key])
        sheet.line(top + i, texts, values[f"fits {key}"], COUNT, fits[key])
    flags = Block(sheet.name, top, 3, len(VERDICTS), 1)
    for key, (formula, label, unit, note) in _tests(plan, inputs, flags).items():
        sheet.line(plan.verdict(key).row, ("Tests", label, unit, note), values[key], COUNT, formula)
    sheet.file.set_column(4, 4, 76)
    return flags._replace(column=1), flags._replace(column=4), flags


def _tests(plan: Plan, inputs: Inputs, flags: Block) -> dict[str, tuple[str, str, str, str]]:
    """Formula, label, unit and note of the lines above the rule."""
    figure = {key: plan.figure(key).at() for key in (
        "alpha_month", "alpha_t", "critical_t", "style_difference_month", "style_t", "style_critical_t", "r_squared",
        "explained_share",
    )}  # fmt: skip
    told = {key: plan.verdict(key).at() for key in VERDICT_LINES}
    share, fit = figure["explained_share"], figure["r_squared"]

    def beyond(difference: str, t: str, critical: str, sign: str) -> str:
        compared = f"N({figure[t]})>N({figure[critical]})" if sign == ">" else f"N({figure[t]})<-N({figure[critical]})"
        return f"=IF(ISNUMBER({figure[t]}),N({compared}),N(N({figure[difference]}){sign}0))"

    alpha = ("alpha_month", "alpha_t", "critical_t")
    mix = ("style_difference_month", "style_t", "style_critical_t")

    def by_reference(side: str) -> str:
        by_mix, by_benchmark, chosen = told[f"mix_{side}"], told[f"alpha_{side}"], told["mix_is_reference"]
        one = f"{chosen}*{by_mix}+(1-{chosen})*{by_benchmark}"
        return f"=IF({told['alone']},{one},{by_mix}*{by_benchmark})"

    untested = "t-value beyond the one needed; without one the sign decides"
    return {
        "alpha_ahead": (beyond(*alpha, ">"), "Alpha significantly positive", "0 or 1", untested),
        "alpha_behind": (beyond(*alpha, "<"), "Alpha significantly negative", "0 or 1", untested),
        "mix_ahead": (beyond(*mix, ">"), "Significantly ahead of the mix", "0 or 1", "The same of fund less mix"),
        "mix_behind": (beyond(*mix, "<"), "Significantly behind the mix", "0 or 1", "The same of fund less mix"),
        "mix_is_reference": (
            f"=ISNUMBER({share})*ISNUMBER({fit})*(N({share})>=N({fit})-{inputs.tie.at()})", "Mix is the reference",
            "0 or 1", "It explains at least as much of the variance as the benchmark; else that is",
        ),
        "alone": (
            f"=IF(ISNUMBER({share}),N((1+1)*MAX({share},{fit})>=1),1)", "Reference decides alone", "0 or 1",
            "It explains half of the variance; else both must agree",
        ),
        "ahead": (by_reference("ahead"), "Significantly ahead of the reference", "0 or 1", "Skill"),
        "behind": (by_reference("behind"), "Significantly behind the reference", "0 or 1", "The other side"),
        "row": (f"=MATCH(1,{flags.down(0)},0)", "First line that fits", "count", "The verdict"),
    }  # fmt: skip


def _values(data: FundData) -> dict[str, float]:
    """The tests and which lines fit, from the engine's figures."""
    figures = {key: np.array([getattr(data.engine, key)]) for key in KEYS}
    found = {key: float(told[0]) for key, told in reference_tests(figures).items()}
    found |= {f"fits {key}": float(fit[0]) for key, fit in conditions(figures, data.settings).items()}
    return found | {"row": float(list(VERDICTS).index(data.engine.verdict) + 1)}
