"""Sheet Calc_Frontier: the efficient frontier of the chosen date as a curve.

At each return the least variance is taken over the hyperbolas of all subsets that are long-only there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbooks.inputs_sheets import SLACK, Inputs
from workbooks.optimiser_sheet import COUNT, PERCENT, SMALL, Moments, Optimiser, subset_name
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, STANDARD_COLUMNS, Block, Sheet
from workbooks.subsets import SubsetTable, frontier_points, hyperbolas

POINTS = 25
"""Points of the curve."""

CURVE_ROW = FIRST_ROW + 10


class Frontier(NamedTuple):
    """Cells of Calc_Frontier for the chart and the checks."""

    returns: Block
    risks: Block
    least_risk: Block
    target_risk: Block
    target_return: Block


class _Hyperbolas(NamedTuple):
    """Columns of the subsets: constants, and the ends of the long-only part with slack."""

    a: Block
    centre: Block
    d: Block
    low: Block
    high: Block


class _Ends(NamedTuple):
    least_variance: Block
    lowest: Block
    highest: Block
    least_risk: Block


def write_frontier(
    sheet: Sheet,
    tickers: tuple[str, ...],
    optimiser: Optimiser,
    table: SubsetTable,
    cells: tuple[Block, Block, Inputs],
    moments: Moments,
) -> Frontier:
    """Write the ends, the curve, and the line of the risk target; ``cells``: means, target, inputs."""
    means, target, inputs = cells
    subsets = _write_subsets(sheet, tickers, optimiser, table, inputs)
    ends = _write_ends(sheet, optimiser, means, table, moments)
    grid, risks = _write_curve(sheet, subsets, ends, table, moments)
    top = FIRST_ROW + 5
    for i in range(4):
        label = "Target line, " + ("risk" if i < 2 else "return")
        sheet.labels(top + i, ("Chart", label, "per month", ("Start", "End")[i % 2]))
    target_risk = sheet.formulas(top, 3, lambda i, j: f"={target.at()}", np.full((2, 1), moments.target), PERCENT)
    target_return = sheet.formulas(
        top + 2, 3, lambda i, j: f"={(ends.lowest, ends.highest)[i].at()}",
        frontier_points(table, moments.mean, POINTS, SLACK)[0][[0, -1]][:, None], PERCENT,
    )  # fmt: skip
    return Frontier(grid, risks, ends.least_risk, target_risk, target_return)


def _write_subsets(
    sheet: Sheet, tickers: tuple[str, ...], optimiser: Optimiser, table: SubsetTable, inputs: Inputs
) -> _Hyperbolas:
    count, first = len(table.a), CURVE_ROW + 6
    heads = ("A", "B/A", "D/A", "least return", "greatest return")
    points = [f"point {j + 1}" for j in range(POINTS)]
    sheet.second_table(first - 1, ("Frontier", "Subset", "Unit", "Assets", STANDARD_COLUMNS[4], *heads, *points))
    for k in range(count):
        sheet.text(first + k, 0, "Subset", "section")
        sheet.text(first + k, 2, "per month", "note")
        sheet.text(first + k, 1, subset_name(tickers, table.members[k]))
    sheet.formulas(
        first, 3, lambda i, j: f"=SUM({optimiser.subsets.across(i)})", table.members.sum(axis=1)[:, None], COUNT
    )
    slack = inputs.slack.at(0, 0, "rc")
    blocks = []
    for j, (source, values, change, style) in enumerate(
        (
            (optimiser.a, table.a, "", SMALL),
            (optimiser.centre, table.centre, "", PERCENT),
            (optimiser.d, table.d, "", SMALL),
            (optimiser.low, table.low - SLACK, f"-{slack}", PERCENT),
            (optimiser.high, table.high + SLACK, f"+{slack}", PERCENT),
        )
    ):  # fmt: skip
        texts = [f"={source.at(i)}{change}" for i in range(count)]
        blocks.append(
            sheet.formulas(first, FIRST_ASSET + j, lambda i, _, t=texts: t[i], values[:, None], style)  # type: ignore[misc]
        )
    return _Hyperbolas(*blocks)


def _write_ends(sheet: Sheet, optimiser: Optimiser, means: Block, table: SubsetTable, moments: Moments) -> _Ends:
    # Both INDEX formulas read Calc_Optimiser, not the links on this sheet: through a column of 255 links LibreOffice
    # 7.4 sees a circle where there is none (Err:522 on the curve).
    k = table.answer.fallback_row - 1
    row = optimiser.fallback_row.at()
    least = float(table.least_reachable[k])
    lines = (
        ("Least variance", "squared", "Long-only", least, SMALL,
         f"=INDEX({optimiser.least_reachable.down(0)},{row})"),
        ("Its return", "per month", "Start of the curve", table.centre[k], PERCENT,
         f"=INDEX({optimiser.centre.down(0)},{row})"),
        ("Greatest return", "per month", "End of the curve", moments.mean.max(), PERCENT, f"=MAX({means.across(0)})"),
        ("Least reachable risk", "per month", "Root of the least variance", np.sqrt(least), PERCENT,
         f"=SQRT({Block(sheet.name, FIRST_ROW, 3, 1, 1).at()})"),
    )  # fmt: skip
    return _Ends(
        *(
            sheet.line(FIRST_ROW + i, ("Frontier", label, unit, note), value, style, formula)
            for i, (label, unit, note, value, style, formula) in enumerate(lines)
        )
    )


def _write_curve(
    sheet: Sheet, subsets: _Hyperbolas, ends: _Ends, table: SubsetTable, moments: Moments
) -> tuple[Block, Block]:
    """Points of equal distance in return, one column each; below them the subsets' variances."""
    top, left = CURVE_ROW, FIRST_ASSET + len(subsets)
    returns, variances = frontier_points(table, moments.mean, POINTS, SLACK)
    sheet.paginate(left + POINTS)
    for i, (label, unit, note) in enumerate(
        (
            ("Point", "count", "Columns point 1 to the last"),
            ("Return", "per month", "In equal steps"),
            ("Variance", "squared", "The least of the subsets below"),
            ("Risk", "per month", "Root of the variance"),
        )
    ):
        sheet.labels(top + i, ("Curve", label, unit, note))
    share = sheet.values(top, left, np.arange(POINTS, dtype=float), COUNT)
    low, high, last = ends.lowest.at(0, 0, "rc"), ends.highest.at(0, 0, "rc"), share.at(0, POINTS - 1, "rc")
    grid = sheet.formulas(
        top + 1, left, lambda i, j: f"={low}+({high}-{low})*{share.at(0, j)}/{last}", returns, PERCENT
    )
    a, centre, d = subsets[:3]
    curves = Block(sheet.name, a.row, left, a.height, POINTS)

    def hyperbola(i: int, j: int) -> str:
        r, ai, mid, di = (grid.at(0, j, "r"), *(block.at(i, 0, "c") for block in (a, centre, d)))
        inside = f"({di}>0)*({subsets.low.at(i, 0, 'c')}<={r})*({subsets.high.at(i, 0, 'c')}>={r})"
        return f'=IF({inside},1/{ai}+({r}-{mid})*({r}-{mid})/{di},"")'

    sheet.formulas(curves.row, left, hyperbola, hyperbolas(table, returns, SLACK), SMALL)
    variance = sheet.formulas(
        top + 2, left,
        lambda i, j: f"=IF(COUNT({curves.down(j)}),MIN({curves.down(j)}),{ends.least_variance.at(0, 0, 'rc')})",
        variances, SMALL,
    )  # fmt: skip
    risks = sheet.formulas(top + 3, left, lambda i, j: f"=SQRT({variance.at(0, j)})", np.sqrt(variances), PERCENT)
    return grid, risks
