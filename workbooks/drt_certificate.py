"""The lower part of Calc_Date: every first-order condition of the chosen date's weights, under all limits of the card.

Written per unit of risk: ``f mean - k Sw/risk - groups - g - price`` is 0 where an asset can move both ways, at most 0
where it can only be raised, at least 0 where it can only be lowered. ``price`` is the turnover multiplier for a
purchase, 0 for a sale, between for no trade. ``f`` is 1, or 0 where no finite price of risk exists; then ``k`` is 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.drt_cells import COUNT, NUMBER, PERCENT, SMALL, Line, column, put_lines
from workbooks.drt_data import DirectData
from workbooks.drt_date import DateTwin, Sources, Steps, Weights
from workbooks.drt_inputs import WEIGHT_TOLERANCE
from workbooks.drt_proof import Multipliers
from workbooks.optimiser_sheet import Optimiser
from workbooks.sheet import FIRST_ASSET, Block, Sheet

Formula = Callable[[int, int], str]


class Certificate(NamedTuple):
    """Cells for the checks and the charts."""

    expected_return: Block
    risk: Block
    floors: Block
    caps: Block
    excess_floor: Block
    """Value: the largest."""
    excess_cap: Block
    excess_group: Block
    turnover: Block
    turnover_limit: Block
    residual: Block
    contribution: Block
    slack_risk: Block
    slack_group: Block
    slack_turnover: Block


class _Limits(NamedTuple):
    floors: Block
    caps: Block
    before: Block
    members: Block
    """(n_groups, n_places)"""
    y: Block
    """(n_groups, 1) multipliers."""
    totals: Block
    least: Block
    greatest: Block


class _Known(NamedTuple):
    """Numbers of the shown date."""

    weights: FloatArray
    before: FloatArray
    lower: FloatArray
    upper: FloatArray
    members: FloatArray
    y: FloatArray
    least: FloatArray
    greatest: FloatArray
    proof: Multipliers
    risk: float
    earned: float
    per_risk: FloatArray
    expected: FloatArray


class _Scalars(NamedTuple):
    earned: Block
    variance: Block
    risk: Block
    form: Block
    k: Block
    budget: Block
    price: Block
    turnover: Block
    limit: Block


def write_certificate(
    sheet: Sheet, data: DirectData, cells: tuple[Sources, Steps, Weights, Block], twin: DateTwin
) -> Certificate:
    """Write it below the weights; the last of ``cells``: drifted weights on Calc_Index, one row per signal."""
    sources, steps, weights, drifted = cells
    known = _known(data, twin)
    limits = _write_limits(sheet, weights.row, (sources, steps, weights, drifted), known)
    row = limits.members.row + 2 * limits.members.height
    scalars = _write_scalars(sheet, row, (sources, steps, weights, limits), (known, data, twin))
    return _write_conditions(sheet, row + len(_Scalars._fields) + 3, (sources, steps, weights, limits, scalars), known)


def _known(data: DirectData, twin: DateTwin) -> _Known:
    item, w, e = data.shown, twin.weights, twin.estimates
    gradient = e.covariance @ w
    risk = float(np.sqrt(w @ gradient))
    groups = data.sizes.groups
    members, y, least, greatest = np.zeros((groups, w.size)), np.zeros(groups), np.zeros(groups), np.ones(groups)
    own = item.limits
    count = len(own.members)
    members[:count, : item.columns.size] = own.members
    y[:count], least[:count], greatest[:count] = item.proofs[data.signal].groups, own.least, own.greatest
    proof = _native_proof(item.proofs[data.signal], twin, risk) if item.plain else item.proofs[data.signal]
    return _Known(
        w, item.before[data.signal], data.padded(own.lower), data.padded(own.upper), members, y, least, greatest, proof,
        risk,
        float(w @ e.expected), gradient / risk if risk > 0 else np.zeros(w.size), e.expected,
    )  # fmt: skip


def _native_proof(proof: Multipliers, twin: DateTwin, risk: float) -> Multipliers:
    """Multipliers that follow from the winning subset."""
    table = twin.table
    if table is None:
        return proof
    form, k, budget = _from_subset(twin, risk)
    return proof._replace(form=form, risk=k, budget=budget)


def _from_subset(twin: DateTwin, risk: float) -> tuple[float, float, float]:
    table, moments = twin.table, twin.moments
    if table is None or moments is None:
        return 0.0, 0.0, 0.0
    answer, w = table.answer, table.weights
    form = float(answer.candidates > 0)
    earned = float(w @ moments.mean)
    k, budget = 1.0 - form, form * earned - (1.0 - form) * risk
    if answer.target_row:
        x, a, centre = (values[answer.target_row - 1] for values in (table.x, table.a, table.centre))
        k, budget = risk / float(x), float(centre - 1.0 / a / x)
    return form, k, budget


def _write_limits(sheet: Sheet, row: int, cells: tuple[Sources, Steps, Weights, Block], known: _Known) -> _Limits:
    """The card's limits by look-up, what was held before, and what the groups add up to."""
    sources, steps, weights, drifted = cells
    cards, number = sources.cards, sources.inputs.number.at(0, 0, "rc")

    def looked_up(at: int, texts: tuple[str, str, str], source: Block, values: FloatArray) -> Block:
        sheet.labels(at, ("Limit", *texts))
        return sheet.formulas(
            at, FIRST_ASSET, lambda i, j: f"=INDEX({source.down(j, 'r')},{number})", values, ("formula", "percent")
        )

    floors = looked_up(row, ("Least weight", "weight", "Card"), cards.floors, known.lower)
    caps = looked_up(row + 1, ("Greatest weight", "weight", "Card"), cards.caps, known.upper)
    sheet.labels(row + 2, ("Limit", "Weights before", "weight", "Drifted since the signal before; Calc_Index"))
    signal = steps.signal.at(0, 0, "rc")
    before = sheet.formulas(
        row + 2, FIRST_ASSET, lambda i, j: f"=INDEX({drifted.down(j, 'r')},{signal})", known.before, PERCENT
    )
    groups, top = len(known.members), row + 3
    members = Block(sheet.name, top, FIRST_ASSET, groups, known.weights.size)
    sums = top + groups
    place = Block(sheet.name, top, 3, groups, 1)
    engine, at = sources.engine.multipliers, steps.engine_row.at(0, 0, "rc")
    w = weights.weights.across(0, "rc")
    for g in range(groups):
        note = "Members; value: the multiplier, negative at the least"
        looked_up(top + g, (f"Group {g + 1}", "return", note), cards.members[g], known.members[g])
        sheet.labels(sums + g, ("Limit", f"Group {g + 1} total", "weight", "Then its least and greatest"))
    sheet.formulas(
        top, 3, lambda i, j: f"=INDEX({column(engine, 4 + i).down(0, 'rc')},{at})", known.y[:, None], PERCENT
    )
    total = known.members @ known.weights
    totals = sheet.formulas(sums, 3, lambda i, j: f"=SUMPRODUCT({members.across(i)},{w})", total[:, None], PERCENT)
    least = sheet.formulas(
        sums, FIRST_ASSET, lambda i, j: f"=N({cards.group_least.at(i)})", known.least[:, None], ("formula", "percent")
    )
    greatest = sheet.formulas(
        sums, FIRST_ASSET + 1,
        lambda i, j: f"=IF(COUNT({cards.group_greatest.at(i)}),{cards.group_greatest.at(i)},1)",
        known.greatest[:, None], ("formula", "percent"),
    )  # fmt: skip
    return _Limits(floors, caps, before, members, place, totals, least, greatest)


def _write_scalars(
    sheet: Sheet, row: int, cells: tuple[Sources, Steps, Weights, _Limits], numbers: tuple[_Known, DirectData, DateTwin]
) -> _Scalars:
    """Return, risk, multipliers, turnover; above the multipliers those that follow from the winning subset."""
    sources, steps, weights, limits = cells
    known, data, twin = numbers
    w, s = weights.weights.across(0), sources.covariance.covariance.all("")
    place = _Scalars(*(Block(sheet.name, row + 3 + i, 3, 1, 1) for i in range(len(_Scalars._fields))))
    at, applies = steps.engine_row.at(), steps.applies.at()
    native = [Block(sheet.name, row + i, 3, 1, 1).at() for i in range(3)]
    put_lines(sheet, row, _subset_lines(weights.optimiser, place, twin, known.risk))

    def multiplier(k: int) -> str:
        found = f"INDEX({column(sources.engine.multipliers, k).down(0, 'rc')},{at})"
        return f"=IF({applies},{native[k]},{found})" if k < 3 else f"={found}"

    limit = data.shown.limits.turnover
    held = np.abs(known.weights - known.before).sum()
    put_lines(sheet, row + 3, [
        Line("Proof", "Expected return", "per month", "Weights x expected returns", known.earned, PERCENT,
             f"=SUMPRODUCT({w},{sources.window.expected.across(0)})"),
        Line("Proof", "Variance", "squared", "w'Sw", known.risk**2, SMALL, f"{{=SUM(MMULT({w},{s})*{w})}}"),
        Line("Proof", "Risk", "per month", "Square root of the variance", known.risk, PERCENT,
             f"=SQRT({place.variance.at()})"),
        Line("Proof", "Weight of return f", "0 or 1", "0: no finite price of risk", known.proof.form, COUNT,
             multiplier(0)),
        Line("Proof", "Risk multiplier k", "return/risk", "Slope of the frontier; 0: not binding", known.proof.risk,
             NUMBER, multiplier(1)),
        Line("Proof", "Budget multiplier g", "per month", "Return of one more unit of budget", known.proof.budget,
             PERCENT, multiplier(2)),
        Line("Proof", "Turnover multiplier", "per month", "Return of one more unit of turnover", known.proof.turnover,
             PERCENT, multiplier(3)),
        Line("Proof", "Turnover", "one-way", "Half the sum of trades", held / 2.0, PERCENT,
             f"{{=SUM(ABS({w}-{limits.before.across(0)}))/(1+1)}}"),
        Line("Proof", "Turnover limit", "one-way", "1 without a limit, and at the first purchase",
             1.0 if limit is None else limit, PERCENT,
             f"=IF(COUNT({sources.cards.turnover.at()})*({steps.signal.at()}>1),{sources.cards.turnover.at()},1)"),
    ])  # fmt: skip
    return place


def _subset_lines(optimiser: Optimiser | None, place: _Scalars, twin: DateTwin, risk: float) -> list[Line]:
    """Multipliers of the optimiser in cells; zeros without one."""
    form, k, budget = _from_subset(twin, risk)
    if optimiser is None:
        formulas = ["", "", ""]
    else:
        on, own = optimiser.target_row.at(), Block(place.risk.sheet, place.earned.row - 3, 3, 1, 1).at()
        formulas = [
            f"=N({optimiser.candidates.at()}>0)",
            f"=IF({on},{place.risk.at()}/{optimiser.x.at()},1-{own})",
            f"=IF({on},{optimiser.budget_multiplier.at()},{own}*{place.earned.at()}-(1-{own})*{place.risk.at()})",
        ]
    styles = (COUNT, NUMBER, PERCENT) if optimiser else (COUNT, COUNT, COUNT)
    labels = (("f in cells", "0 or 1"), ("k in cells", "return/risk"), ("g in cells", "per month"))
    return [
        Line("Proof", label, unit, "From the winning subset of Calc_Optimiser", value, style, formula)
        for (label, unit), value, style, formula in zip(labels, (form, k, budget), styles, formulas, strict=True)
    ]


def _write_conditions(
    sheet: Sheet, row: int, cells: tuple[Sources, Steps, Weights, _Limits, _Scalars], known: _Known
) -> Certificate:
    sources, steps, weights, limits, scalars = cells
    w, n, p = weights.weights, known, known.proof
    f, k, g, t, risk = (
        block.at(0, 0, "rc") for block in (scalars.form, scalars.k, scalars.budget, scalars.price, scalars.risk)
    )
    e = sources.inputs.weight.at(0, 0, "rc")
    eps = WEIGHT_TOLERANCE
    rows = iter(range(row, row + 12))

    def put(label: str, unit: str, note: str, formula: Formula, values: FloatArray, style: tuple[str, str]) -> Block:
        at = next(rows)
        sheet.labels(at, ("Proof", label, unit, note))
        return sheet.formulas(at, FIRST_ASSET, formula, values, style)

    at = next(rows)
    sheet.labels(at, ("Proof", "Gradient", "squared", "Sw by MMULT"))
    s = sources.covariance.covariance.all("")
    gradient = sheet.row_arrays(at, FIRST_ASSET, lambda i: f"=MMULT({w.across(0)},{s})", n.per_risk * n.risk, SMALL)
    per_risk = put("Gradient per risk", "per month", "0 where there is no risk",
                   lambda i, j: f"=IFERROR({gradient.at(0, j)}/{risk},0)", n.per_risk, PERCENT)  # fmt: skip
    group_price = n.y @ n.members
    grouped = put("Price of the groups", "per month", "Sum of their multipliers", lambda i, j: (
        f"=SUMPRODUCT({limits.y.down(0, 'rc')},{limits.members.down(j)})"), group_price, PERCENT)  # fmt: skip
    first = p.form * n.expected - p.risk * n.per_risk - group_price - p.budget
    means = sources.window.expected
    before_price = put("Before turnover", "per month", "f mean - k Sw/risk - groups - g", lambda i, j: (
        f"={f}*{means.at(0, j)}-{k}*{per_risk.at(0, j)}-{grouped.at(0, j)}-{g}"), first, SMALL)  # fmt: skip
    bought, kept = n.weights > n.before + eps, n.weights >= n.before - eps
    price = np.clip(first, p.turnover * bought, p.turnover * kept)
    priced = put("Price of turnover", "per month", "All of it when bought, 0 when sold", lambda i, j: (
        f"=MEDIAN({t}*({w.at(0, j)}>{limits.before.at(0, j)}+{e}),{before_price.at(0, j)},"
        f"{t}*({w.at(0, j)}>={limits.before.at(0, j)}-{e}))"), price, SMALL)  # fmt: skip
    left = first - price
    reduced = put("Reduced return", "per month", "What the bounds must explain",
                  lambda i, j: f"={before_price.at(0, j)}-{priced.at(0, j)}", left, SMALL)  # fmt: skip
    rise, fall = (n.weights < n.upper - eps) | (n.upper >= 1.0), n.weights > n.lower + eps
    residual = put("First-order residual", "per month", "0: optimal", lambda i, j: (
        f"=MAX((({w.at(0, j)}<{limits.caps.at(0, j)}-{e})+({limits.caps.at(0, j)}>=1)>0)*{reduced.at(0, j)},"
        f"-({w.at(0, j)}>{limits.floors.at(0, j)}+{e})*{reduced.at(0, j)},0)"),
        np.maximum(rise * left, -1.0 * fall * left), SMALL)  # fmt: skip
    put("Floor multipliers", "per month", "Return lost by the least weight", lambda i, j: (
        f"=({w.at(0, j)}<={limits.floors.at(0, j)}+{e})*MAX(-{reduced.at(0, j)},0)"),
        np.where(fall, 0.0, np.maximum(-left, 0.0)), SMALL)  # fmt: skip
    put("Cap multipliers", "per month", "Return lost by the greatest weight", lambda i, j: (
        f"=({w.at(0, j)}>={limits.caps.at(0, j)}-{e})*MAX({reduced.at(0, j)},0)"),
        np.where(n.weights >= n.upper - eps, np.maximum(left, 0.0), 0.0), SMALL)  # fmt: skip
    contribution = put("Risk contribution", "per month", "Adds up to the risk",
                       lambda i, j: f"={w.at(0, j)}*{per_risk.at(0, j)}", n.weights * n.per_risk, PERCENT)  # fmt: skip
    worst = sheet.formulas(residual.row, 3, lambda i, j: f"=MAX({residual.across(0)})",
                           np.maximum(rise * left, -1.0 * fall * left).max(), SMALL)  # fmt: skip
    sheet.formulas(contribution.row, 3, lambda i, j: f"=SUM({contribution.across(0)})", n.risk, PERCENT)
    return _write_slacks(sheet, next(rows) + 1, (steps, w, limits, scalars, worst, contribution), known)


def _write_slacks(
    sheet: Sheet, row: int, cells: tuple[Steps, Block, _Limits, _Scalars, Block, Block], known: _Known
) -> Certificate:
    """How far each limit is exceeded, and the products of multipliers and slacks."""
    steps, w, limits, scalars, worst, contribution = cells
    n, y = known, limits.y.down(0)
    totals, least, greatest = (block.down(0) for block in (limits.totals, limits.least, limits.greatest))
    total = n.members @ n.weights
    final, risk, turnover, limit = (
        block.at() for block in (steps.final, scalars.risk, scalars.turnover, scalars.limit)
    )
    group_slack = float(np.maximum(n.y, 0) @ (n.greatest - total) + np.maximum(-n.y, 0) @ (total - n.least))
    excess = np.maximum(n.least - total, total - n.greatest).max()
    lines = put_lines(sheet, row, [
        Line("Limits", "Below a floor", "weight", "The largest; at most 0", float((n.lower - n.weights).max()), SMALL,
             f"{{=MAX({limits.floors.across(0)}-{w.across(0)})}}"),
        Line("Limits", "Above a cap", "weight", "The largest; at most 0", float((n.weights - n.upper).max()), SMALL,
             f"{{=MAX({w.across(0)}-{limits.caps.across(0)})}}"),
        Line("Limits", "Outside a group's range", "weight", "The largest; at most 0", float(excess), SMALL,
             f"{{=MAX({least}-{totals},{totals}-{greatest})}}"),
        Line("Slackness", "Risk", "per month", "f x k x (final target - risk)", 0.0, SMALL,
             f"={scalars.form.at()}*{scalars.k.at()}*({final}-{risk})"),
        Line("Slackness", "Groups", "per month", "Multipliers x distance from the limit", group_slack, SMALL,
             f"{{=SUM(({y}>0)*{y}*({greatest}-{totals})+({y}<0)*{y}*({least}-{totals}))}}"),
        Line("Slackness", "Turnover", "per month", "Multiplier x distance from the limit", 0.0, SMALL,
             f"={scalars.price.at()}*({limit}-{turnover})"),
    ])  # fmt: skip
    return Certificate(*[
        scalars.earned, scalars.risk, limits.floors, limits.caps, *lines[:3], scalars.turnover, scalars.limit, worst,
        contribution, *lines[3:],
    ])  # fmt: skip
