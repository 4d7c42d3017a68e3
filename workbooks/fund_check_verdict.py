"""Sheet Calc_Verdict of the fund check: the rule, one line per verdict; the first that fits decides."""

from __future__ import annotations

import numpy as np

from aram_xl.activeness import VERDICTS
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
    "index_like": "R-squared at or above the index-like share, alpha not significantly positive",
    "passive_mix": "the mix explains the index-like share or more; fund not significantly ahead of it",
    "style": "alpha significantly positive, but the fund is not significantly ahead of the mix",
    "alpha": "alpha significantly positive, and ahead of the mix",
    "negative_alpha": "alpha significantly negative",
    "active": "alpha not significant; beta differs between years",
    "noise": "none of these: alpha not significant, no sign that beta moves",
}
"""In the order of the rule; thresholds stand on Inputs."""


def write_verdict(sheet: Sheet, data: FundData, plan: Plan, inputs: Inputs) -> tuple[Block, Block, Block]:
    """The rule; gives the names, the conditions and the flags of its lines."""
    figure = {key: plan.figure(key).at() for key in (
        "n_months", "alpha_t", "critical_t", "correlation", "r_squared", "explained_share", "style_t",
        "style_critical_t", "beta_change_p",
    )}  # fmt: skip
    positive, ahead = (plan.verdict(key).at() for key in ("positive", "ahead"))
    like, level = inputs.index_like.at(), inputs.significance.at()
    fits = {
        "too_short": f"=N({figure['n_months']}<{inputs.fewest.at()})",
        "stands_still": f"=1-ISNUMBER({figure['correlation']})",
        "index_like": f"=(N({figure['r_squared']})>={like})*(1-{positive})",
        "passive_mix": f"=(N({figure['explained_share']})>={like})*(1-{ahead})",
        "style": f"={positive}*ISNUMBER({figure['explained_share']})*(1-{ahead})",
        "alpha": f"={positive}",
        "negative_alpha": f"=N(N({figure['alpha_t']})<-N({figure['critical_t']}))",
        "active": f"=ISNUMBER({figure['beta_change_p']})*(N({figure['beta_change_p']})<{level})",
        "noise": "=1",
    }
    values = _fits(data)
    top = TABLE + 1
    sheet.second_table(TABLE, ("Section", "Verdict", "Unit", "Fits", "Note"))
    for i, key in enumerate(VERDICTS):
        texts = ("Rule", VERDICTS[key], "0 or 1", CONDITIONS[key])
        sheet.line(top + i, texts, values[key], COUNT, fits[key])
    flags = Block(sheet.name, top, 3, len(VERDICTS), 1)
    lines = (
        (f"=N(N({figure['alpha_t']})>N({figure['critical_t']}))", "Alpha significantly positive", "0 or 1",
         values["alpha"], "t-value above the one needed"),
        (f"=N(N({figure['style_t']})>N({figure['style_critical_t']}))", "Significantly ahead of the mix", "0 or 1",
         values["ahead"], "The same of fund less mix"),
        (f"=MATCH(1,{flags.down(0)},0)", "First line that fits", "count",
         float(list(VERDICTS).index(data.engine.verdict) + 1), "The verdict"),
    )  # fmt: skip
    for key, (formula, label, unit, value, note) in zip(VERDICT_LINES, lines, strict=True):
        sheet.line(plan.verdict(key).row, ("Tests", label, unit, note), value, COUNT, formula)
    sheet.file.set_column(4, 4, 76)
    return flags._replace(column=1), flags._replace(column=4), flags


def _fits(data: FundData) -> dict[str, float]:
    """Which lines fit, from the engine's figures."""
    one, own = data.engine, data.settings
    positive, ahead = one.alpha_t > one.critical_t, one.style_t > one.style_critical_t
    mixed = bool(np.isfinite(one.explained_share))
    found = {
        "too_short": one.n_months < own.minimum_months,
        "stands_still": not np.isfinite(one.correlation),
        "index_like": one.r_squared >= own.index_like and not positive,
        "passive_mix": one.explained_share >= own.index_like and not ahead,
        "style": positive and mixed and not ahead,
        "alpha": positive,
        "negative_alpha": one.alpha_t < -one.critical_t,
        "active": one.beta_change_p < own.significance,
        "noise": True,
        "ahead": ahead,
    }
    return {key: float(value) for key, value in found.items()}
