"""Sheets Calc_Optimiser (one row per subset of assets) and Calc_Frontier (the long-only frontier as a curve)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.inputs_sheets import SLACK, Inputs
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet
from workbooks.subsets import SubsetTable, Tolerances, frontier_points, hyperbolas

POINTS = 25
"""Points of the frontier curve."""

SMALL, NUMBER, PERCENT, COUNT = (("formula", kind) for kind in ("small", "number", "percent4", "count"))


class Optimiser(NamedTuple):
    """Cells of Calc_Optimiser that other sheets use."""

    a: Block
    b: Block
    c: Block
    d: Block
    x: Block
    y: Block
    target_weights: Block
    least_weights: Block
    low: Block
    high: Block
    target_row: Block
    least_row: Block
    not_evaluated: Block
    subsets: Block


class _Columns:
    """Hands out blocks from left to right and writes their heads."""

    def __init__(self, sheet: Sheet, row: int, height: int) -> None:
        self.sheet, self.row, self.height, self.column = sheet, row, height, FIRST_ASSET

    def plan(self, heads: list[str]) -> Block:
        """The next block of ``len(heads)`` columns."""
        block = Block(self.sheet.name, self.row, self.column, self.height, len(heads))
        for j, head in enumerate(heads):
            self.sheet.head(self.row - 1, self.column + j, head)
        self.column += len(heads)
        return block

    def fill(
        self, heads: list[str], formula: Callable[[int, int], str], values: FloatArray, style: tuple[str, str]
    ) -> Block:
        """Plan a block and write its formulas."""
        block = self.plan(heads)
        table = values if values.ndim == 2 else values[:, None]
        return self.sheet.formulas(block.row, block.column, formula, table, style)


class _Top(NamedTuple):
    """Links and results above the table."""

    mean: Block
    covariance: Block
    identity: Block
    target: Block
    discriminant: Block
    budget: Block
    limit: Block
    best: Block
    threshold: Block
    least: Block
    target_row: Block
    least_row: Block
    not_evaluated: Block


def write_optimiser(
    sheet: Sheet,
    tickers: tuple[str, ...],
    table: SubsetTable,
    cells: tuple[Block, Block, Block],
    inputs: Inputs,
    moments: tuple[FloatArray, FloatArray, float],
) -> Optimiser:
    """Write the links, the 2^n - 1 subset rows and the answer's place."""
    size, count = len(tickers), len(table.a)
    top = _plan_top(sheet.name, size)
    first = top.not_evaluated.row + 3
    columns = _Columns(sheet, first, count)
    for column, head in enumerate(("Optimiser", "Subset", "Unit", "Assets", "State")):
        sheet.head(first - 1, column, head)
    for k, row in enumerate(table.members):
        sheet.text(first + k, 0, "Subset", "section")
        sheet.text(first + k, 1, "+".join(t for t, held in zip(tickers, row, strict=True) if held))
        sheet.text(first + k, 2, "per month", "note")
    s = columns.plan([f"s {t}" for t in tickers])
    sheet.values(s.row, s.column, table.members, COUNT)
    sheet.formulas(first, 3, lambda i, j: f"=SUM({s.across(i)})", table.members.sum(axis=1)[:, None], COUNT)
    u = columns.plan([f"sM {t}" for t in tickers])
    v = columns.plan([f"smM {t}" for t in tickers])
    for block, values, product in ((u, table.u, ""), (v, table.v, f"*{top.mean.across(0, 'rc')}")):
        sheet.row_arrays(block.row, block.column, _inverse(s, top, product), values, SMALL)
    constants = _write_constants(columns, (s, u, v), top, table)
    a = constants[0]
    sheet.formulas(
        first, 4, lambda i, j: f'=IF({a.at(i)}>0,"evaluated","not evaluated")',
        [["evaluated" if value > 0 else "not evaluated"] for value in table.a], ("formula", "text"),
    )  # fmt: skip
    candidates = _write_candidates(columns, (u, v, *constants), top, table)
    edges = _write_edges(columns, (u, v, *constants[:4]), table)
    sheet.paginate(columns.column)
    _write_top(sheet, top, cells, inputs, (table, moments), candidates, Block(sheet.name, first, 4, count, 1))
    return Optimiser(
        *constants[:4], *constants[5:], candidates.target_weights, candidates.least_weights, *edges,
        top.target_row, top.least_row, top.not_evaluated, s,
    )  # fmt: skip


class _Candidates(NamedTuple):
    target_weights: Block
    target_return: Block
    target_tie: Block
    least_weights: Block
    least_return: Block
    least_tie: Block


def _plan_top(sheet: str, size: int) -> _Top:
    def block(row: int, column: int = 3, height: int = 1, width: int = 1) -> Block:
        return Block(sheet, FIRST_ROW + row, column, height, width)

    after = 1 + 2 * size
    return _Top(
        block(0, FIRST_ASSET, 1, size), block(1, FIRST_ASSET, size, size), block(1 + size, FIRST_ASSET, size, size),
        *(block(after + k) for k in range(10)),
    )  # fmt: skip


def _inverse(s: Block, top: _Top, product: str) -> Callable[[int], str]:
    covariance, identity = top.covariance.all(), top.identity.all()

    def formula(i: int) -> str:
        row = s.across(i)
        inverse = f"MINVERSE({covariance}*TRANSPOSE({row})*{row}+{identity}*(1-{row}))"
        return f"=IFERROR(MMULT({row}{product},{inverse}),0)"

    return formula


def _write_constants(
    columns: _Columns, blocks: tuple[Block, Block, Block], top: _Top, table: SubsetTable
) -> tuple[Block, Block, Block, Block, Block, Block, Block]:
    s, u, v = blocks
    mean, target = top.mean.across(0, "rc"), top.target.at(0, 0, "rc")
    a = columns.fill(["A"], lambda i, j: f"=SUMPRODUCT({u.across(i)},{s.across(i)})", table.a, SMALL)
    b = columns.fill(["B"], lambda i, j: f"=SUMPRODUCT({u.across(i)},{s.across(i)},{mean})", table.b, SMALL)
    c = columns.fill(["C"], lambda i, j: f"=SUMPRODUCT({v.across(i)},{s.across(i)},{mean})", table.c, SMALL)
    share = top.discriminant.at(0, 0, "rc")

    def discriminant(i: int, _: int) -> str:
        product = f"{a.at(i)}*{c.at(i)}"
        excess = f"{product}-{b.at(i)}*{b.at(i)}"
        return f"=IF({excess}>{share}*{product},{excess},0)"

    d = columns.fill(["D"], discriminant, table.d, SMALL)
    r = columns.fill(
        ["r"], lambda i, j: f'=IFERROR(({b.at(i)}+SQRT({d.at(i)}*({a.at(i)}*{target}*{target}-1)))/{a.at(i)},"")',
        table.r, PERCENT,
    )  # fmt: skip
    x = columns.fill(["x"], lambda i, j: f'=IFERROR(({a.at(i)}*{r.at(i)}-{b.at(i)})/{d.at(i)},"")', table.x, SMALL)
    y = columns.fill(["y"], lambda i, j: f'=IFERROR(({c.at(i)}-{b.at(i)}*{r.at(i)})/{d.at(i)},"")', table.y, SMALL)
    return a, b, c, d, r, x, y


def _write_candidates(columns: _Columns, blocks: tuple[Block, ...], top: _Top, table: SubsetTable) -> _Candidates:
    u, v, a, _, _, _, _, x, y = blocks
    tickers = [f"asset {j + 1}" for j in range(u.width)]
    target_weights = columns.fill(
        [f"target w {t}" for t in tickers],
        lambda i, j: f"=IFERROR({x.at(i, 0, 'c')}*{v.at(i, j)}+{y.at(i, 0, 'c')}*{u.at(i, j)},0)",
        table.target_weights, PERCENT,
    )  # fmt: skip
    target = _write_counted(columns, "target", target_weights, top, (table.target_return, table.target_variance))
    least_weights = columns.fill(
        [f"least-risk w {t}" for t in tickers], lambda i, j: f"=IFERROR({u.at(i, j)}/{a.at(i, 0, 'c')},0)",
        table.least_weights, PERCENT,
    )  # fmt: skip
    least = _write_counted(columns, "least-risk", least_weights, top, (table.least_return, table.least_variance))
    best = table.best[0] - Tolerances().tie
    returns = (table.target_return, table.least_return)
    variances = (table.target_variance, table.least_variance)
    ties = [
        columns.fill(
            [f"{kind} tie"],
            lambda i, j, earned=earned, variance=variance: (  # type: ignore[misc]
                f'=IF(COUNT({earned.at(i)})*(N({earned.at(i)})>={top.threshold.at(0, 0, "rc")}),{variance.at(i)},"")'
            ),
            np.where(returns[k] >= best, variances[k], np.nan), SMALL,
        )
        for k, (kind, (earned, variance)) in enumerate((("target", target), ("least-risk", least)))
    ]  # fmt: skip
    return _Candidates(target_weights, target[0], ties[0], least_weights, least[0], ties[1])


def _write_counted(
    columns: _Columns, kind: str, weights: Block, top: _Top, values: tuple[FloatArray, FloatArray]
) -> tuple[Block, Block]:
    """Variance, whether the candidate counts, and its return where it does."""
    earned, risked = values
    covariance, mean = top.covariance.all(), top.mean.across(0, "rc")
    block = columns.plan([f"{kind} variance"])
    variance = columns.sheet.arrays(
        block.row, block.column, lambda i, j: f"=SUM(MMULT({weights.across(i)},{covariance})*{weights.across(i)})",
        risked[:, None], SMALL,
    )  # fmt: skip
    counts = columns.fill(
        [f"{kind} counts"],
        lambda i, j: (
            f"=(MIN({weights.across(i)})>=0)*(ABS(SUM({weights.across(i)})-1)<={top.budget.at(0, 0, 'rc')})"
            f"*({variance.at(i)}<={top.limit.at(0, 0, 'rc')})"
        ),
        np.isfinite(earned).astype(np.float64), COUNT,
    )  # fmt: skip
    returns = columns.fill(
        [f"{kind} return"],
        lambda i, j: f'=IF({counts.at(i)},SUMPRODUCT({weights.across(i)},{mean}),"")', earned, PERCENT,
    )  # fmt: skip
    return returns, variance


def _write_edges(columns: _Columns, blocks: tuple[Block, ...], table: SubsetTable) -> tuple[Block, Block]:
    """Least and greatest return at which all weights of a subset's hyperbola are at least 0."""
    u, v, a, b, c, d = blocks
    slope = columns.fill(
        [f"slope {j + 1}" for j in range(u.width)],
        lambda i, j: (
            f"=({a.at(i, 0, 'c')}*{v.at(i, j)}-{b.at(i, 0, 'c')}*{u.at(i, j)})*({d.at(i, 0, 'c')}>0)"
        ),
        table.slope, SMALL,
    )  # fmt: skip

    def edge(kind: str, sign: str) -> Callable[[int, int], str]:
        def formula(i: int, _: int) -> str:
            crossing = f"({b.at(i)}*{v.across(i)}-{c.at(i)}*{u.across(i)})/{slope.across(i)}"
            return f"={kind}(IF({slope.across(i)}{sign}0,{crossing}))"

        return formula

    low_plan, high_plan = columns.plan(["least return"]), columns.plan(["greatest return"])
    low = columns.sheet.arrays(low_plan.row, low_plan.column, edge("MAX", ">"), table.low[:, None], PERCENT)
    high = columns.sheet.arrays(high_plan.row, high_plan.column, edge("MIN", "<"), table.high[:, None], PERCENT)
    return low, high


def _write_top(
    sheet: Sheet,
    top: _Top,
    cells: tuple[Block, Block, Block],
    inputs: Inputs,
    numbers: tuple[SubsetTable, tuple[FloatArray, FloatArray, float]],
    candidates: _Candidates,
    states: Block,
) -> None:
    means, covariance, target = cells
    table, (mean, matrix, risk_target) = numbers
    size, tolerances = mean.size, Tolerances()
    for row, label in enumerate(("Expected return", *["Covariance"] * size, *["Identity"] * size)):
        sheet.text(FIRST_ROW + row, 0, "Link", "section")
        sheet.text(FIRST_ROW + row, 1, label)
        sheet.text(FIRST_ROW + row, 2, "0 or 1" if label == "Identity" else "per month", "note")
    link = ("link", "percent4")
    sheet.formulas(top.mean.row, top.mean.column, lambda i, j: f"={means.at(i, j)}", mean, link)
    sheet.formulas(
        top.covariance.row, top.covariance.column, lambda i, j: f"={covariance.at(i, j)}", matrix, ("link", "small")
    )
    sheet.values(top.identity.row, top.identity.column, np.eye(size), COUNT)
    returns, variance, row, on_target = table.best
    squared = risk_target * risk_target
    target_cell, earned, other = top.target.at(), candidates.target_return.down(0), candidates.least_return.down(0)
    ties = (candidates.target_tie.down(0), candidates.least_tie.down(0))
    lines = (
        ("Risk target", "per month", "Calc_Date", risk_target, link, f"={target.at()}"),
        ("Discriminant", "ratio", "Inputs", tolerances.discriminant, ("link", "small"), f"={inputs.discriminant.at()}"),
        ("Budget tolerance", "weight", "Inputs", tolerances.budget, ("link", "small"), f"={inputs.budget.at()}"),
        (
            "Greatest variance", "squared", "target squared, with tolerance", squared * (1 + tolerances.variance), SMALL,
            f"={target_cell}*{target_cell}*(1+{inputs.variance.at()})",
        ),
        ("Best return", "per month", "Of all that count", returns, PERCENT, f"=MAX({earned},{other})"),
        (
            "Tie threshold", "per month", "Best return less the tie tolerance", returns - tolerances.tie, PERCENT,
            f"={top.best.at()}-{inputs.tie.at()}",
        ),
        ("Least variance", "squared", "Of the ties", variance, SMALL, f"=MIN({ties[0]},{ties[1]})"),
        (
            "Row of the target candidate", "count", "0: not the answer", row + 1 if on_target else 0, COUNT,
            f"=IFERROR(MATCH({top.least.at()},{ties[0]},0),0)",
        ),
        (
            "Row of the least-risk candidate", "count", "0: not the answer", _least_row(table), COUNT,
            f"=IFERROR(MATCH({top.least.at()},{ties[1]},0),0)",
        ),
        (
            "Subsets not evaluated", "count", "Singular: a smaller subset serves", float((table.a <= 0).sum()), COUNT,
            f'=COUNTIF({states.down(0)},"not evaluated")',
        ),
    )  # fmt: skip
    for i, (label, unit, note, value, style, formula) in enumerate(lines):
        sheet.line(top.target.row + i, ("Answer", label, unit, note), value, style, formula)


def _least_row(table: SubsetTable) -> float:
    top, least, _, _ = table.best
    tied = np.where(table.least_return >= top - Tolerances().tie, table.least_variance, np.nan)
    found = np.flatnonzero(tied == least)
    return float(found[0] + 1) if found.size else 0.0


class Frontier(NamedTuple):
    """Cells of Calc_Frontier for the chart and the checks."""

    returns: Block
    risks: Block
    least_risk: Block
    target_risk: Block
    target_return: Block


def write_frontier(
    sheet: Sheet, optimiser: Optimiser, table: SubsetTable, cells: tuple[Block, Block, Inputs],
    numbers: tuple[FloatArray, float],
) -> Frontier:  # fmt: skip
    """The efficient frontier of the chosen date: at each return the least variance over all long-only subsets."""
    means, target, inputs = cells
    mean, risk_target = numbers
    count, first = len(table.a), FIRST_ROW + 12
    linked = _write_links(sheet, optimiser, table, (inputs, first, count))
    returns, variances = frontier_points(table, mean, POINTS, SLACK)
    long_only = np.where((table.least_weights.min(axis=1) >= 0) & (table.a > 0), 1.0 / table.a, np.nan)
    least = float(np.nanmin(long_only))
    a, b, c, d, low, high, own = linked
    least_cell = sheet.line(
        FIRST_ROW, ("Frontier", "Least variance", "squared", "Long-only"), least, SMALL, f"=MIN({own.down(0)})"
    )
    row = f"MATCH({least_cell.at()},{own.down(0)},0)"
    lowest = sheet.line(
        FIRST_ROW + 1, ("Frontier", "Its return", "per month", "Start of the curve"), returns[0], PERCENT,
        f"=INDEX({b.down(0)},{row})/INDEX({a.down(0)},{row})",
    )  # fmt: skip
    highest = sheet.line(
        FIRST_ROW + 2, ("Frontier", "Greatest return", "per month", "End of the curve"), mean.max(), PERCENT,
        f"=MAX({means.across(0)})",
    )  # fmt: skip
    least_risk = sheet.line(
        FIRST_ROW + 3, ("Frontier", "Least reachable risk", "per month", ""), np.sqrt(least), PERCENT,
        f"=SQRT({least_cell.at()})",
    )  # fmt: skip
    left = FIRST_ASSET + 8
    sheet.paginate(left + POINTS)
    share = sheet.values(FIRST_ROW + 5, left, np.arange(POINTS, dtype=float), COUNT)
    for i, label in enumerate(("Point", "Return", "Variance", "Risk")):
        sheet.text(FIRST_ROW + 5 + i, left - 1, label, "section")
    last = share.at(0, POINTS - 1, "rc")
    grid = sheet.formulas(
        FIRST_ROW + 6, left,
        lambda i, j: f"={_rc(lowest)}+({_rc(highest)}-{_rc(lowest)})*{share.at(0, j)}/{last}", returns, PERCENT,
    )  # fmt: skip
    curves = Block(sheet.name, first, left, count, POINTS)
    variance = sheet.formulas(
        FIRST_ROW + 7, left,
        lambda i, j: f"=IF(COUNT({curves.down(j)}),MIN({curves.down(j)}),{_rc(least_cell)})", variances, SMALL,
    )  # fmt: skip
    risks = sheet.formulas(
        FIRST_ROW + 8, left, lambda i, j: f"=SQRT({variance.at(0, j)})", np.sqrt(variances), PERCENT
    )

    def hyperbola(i: int, j: int) -> str:
        r, ai, bi = grid.at(0, j, "r"), a.at(i, 0, "c"), b.at(i, 0, "c")
        inside = f"({d.at(i, 0, 'c')}>0)*({low.at(i, 0, 'c')}<={r})*({high.at(i, 0, 'c')}>={r})"
        return f'=IF({inside},({ai}*{r}-{bi}-{bi})*{r}/{d.at(i, 0, "c")}+{c.at(i, 0, "c")}/{d.at(i, 0, "c")},"")'

    sheet.formulas(first, left, hyperbola, hyperbolas(table, returns, SLACK), SMALL)
    target_risk = sheet.formulas(
        FIRST_ROW + 5, 3, lambda i, j: f"={target.at()}", np.array([[risk_target], [risk_target]]), ("link", "percent4")
    )
    target_return = sheet.formulas(
        FIRST_ROW + 7, 3, lambda i, j: f"={(lowest, highest)[i].at()}", np.array([[returns[0]], [mean.max()]]), PERCENT
    )
    for i in range(4):
        sheet.text(FIRST_ROW + 5 + i, 0, "Chart", "section")
        sheet.text(FIRST_ROW + 5 + i, 1, "Target line, " + ("risk" if i < 2 else "return"))
        sheet.text(FIRST_ROW + 5 + i, 2, "per month", "note")
    return Frontier(grid, risks, least_risk, target_risk, target_return)


def _write_links(
    sheet: Sheet, optimiser: Optimiser, table: SubsetTable, places: tuple[Inputs, int, int]
) -> list[Block]:
    """A, B, C, D, the ends of the long-only part with slack, and the least variance where it is long-only."""
    inputs, first, count = places
    heads = ("A", "B", "C", "D", "least return", "greatest return", "least variance")
    for column, head in enumerate((*("Frontier", "Subset", "Unit", "Value", "Note or source"), *heads)):
        sheet.head(first - 1, column, head)
    for k in range(count):
        sheet.text(first + k, 0, "Subset", "section")
        sheet.text(first + k, 2, "per month", "note")
    sheet.formulas(
        first, 3, lambda i, j: f"=SUM({optimiser.subsets.across(i)})", table.members.sum(axis=1)[:, None], COUNT
    )
    linked = []
    link = ("link", "small")
    for j, (block, values) in enumerate(
        ((optimiser.a, table.a), (optimiser.b, table.b), (optimiser.c, table.c), (optimiser.d, table.d))
    ):
        source = block
        linked.append(
            sheet.formulas(first, FIRST_ASSET + j, lambda i, _, s=source: f"={s.at(i)}", values[:, None], link)  # type: ignore[misc]
        )
    slack = inputs.slack.at(0, 0, "rc")
    for j, (block, values, sign) in enumerate(
        ((optimiser.low, table.low - SLACK, "-"), (optimiser.high, table.high + SLACK, "+"))
    ):
        linked.append(
            sheet.formulas(
                first, FIRST_ASSET + 4 + j, lambda i, _, s=block, op=sign: f"={s.at(i)}{op}{slack}",  # type: ignore[misc]
                values[:, None], ("link", "percent4"),
            )
        )  # fmt: skip
    a, weights = linked[0], optimiser.least_weights
    own = np.where((table.least_weights.min(axis=1) >= 0) & (table.a > 0), 1.0 / table.a, np.nan)
    linked.append(
        sheet.formulas(
            first, FIRST_ASSET + 6,
            lambda i, j: f'=IF((MIN({weights.across(i)})>=0)*({a.at(i)}>0),1/{a.at(i)},"")', own[:, None], SMALL,
        )
    )  # fmt: skip
    return linked


def _rc(block: Block) -> str:
    return block.at(0, 0, "rc")
