"""Sheets Data_Frontier and Calc_Frontier: the frontier of the chosen date under the card's limits.

The mixes along it are the engine's, their returns and risks are recomputed from the chosen date's estimates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbooks.drt_cards import Cards
from workbooks.drt_cells import COUNT, PERCENT, TEXT, asset_heads
from workbooks.drt_covariance import Covariance
from workbooks.drt_data import POINTS, DirectData
from workbooks.drt_date import Steps
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import tickers_shown
from workbooks.drt_moments import Estimates
from workbooks.drt_window import Window
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, STANDARD_COLUMNS, Block, Sheet, excel_date


class Curve(NamedTuple):
    """Cells of Calc_Frontier for the checks and the chart."""

    weights: Block
    risks: Block
    returns: Block
    target_risk: Block
    target_return: Block
    names: Block
    """(n_places, 1) tickers, and so the next two; an empty place repeats the first asset without its name."""
    asset_risks: Block
    asset_returns: Block


def points_heads(data: DirectData) -> tuple[str, ...]:
    """Heads of Data_Frontier."""
    mixes = [f"point {p + 1} asset {j + 1}" for p in range(POINTS) for j in range(data.sizes.assets)]
    return ("Model", "Date", "Unit", "Points", "Note", *mixes)


def write_points(sheet: Sheet, data: DirectData) -> Block:
    """The engine's mixes along the frontier of every model and date, rows as on Data_Engine."""
    sheet.file.set_column(0, 0, 18)
    sheet.file.set_column(4, 4, 8)
    rows = [points.reshape(len(points), -1) for points in (item.points for item in data.models)]
    table = np.vstack(rows)
    names = [name for name in data.names for _ in range(data.positions.size)]
    for i, name in enumerate(names):
        sheet.text(FIRST_ROW + i, 0, name, "section")
        sheet.text(FIRST_ROW + i, 2, "weight", "note")
    days = np.tile(excel_date(data.dates[data.positions + 1]), len(data.models))
    sheet.values(FIRST_ROW, 1, days[:, None], ("engine", "day"))
    sheet.values(FIRST_ROW, 3, np.full((len(names), 1), float(POINTS)), ("engine", "count"))
    return sheet.values(FIRST_ROW, FIRST_ASSET, table, ("engine", "percent"))


def curve_heads(data: DirectData) -> tuple[str | None, ...]:
    """Heads of Calc_Frontier; those of the assets are formulas."""
    return (*STANDARD_COLUMNS[:3], "Risk", "Note or source", *(None,) * data.sizes.assets, "expected return")


def write_curve(
    sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Block], steps: Steps,
    moments: tuple[Window, Covariance, Estimates],
) -> Curve:  # fmt: skip
    """Points, the line of the target, and the assets; the last of ``cells``: the mixes of Data_Frontier."""
    inputs, cards, mixes = cells
    window, covariance, estimates = moments
    places = data.sizes.assets
    asset_heads(sheet, FIRST_ASSET, (cards.tickers, inputs.number), tickers_shown(data))
    known = data.shown.points[data.signal]
    sheet.labels(FIRST_ROW, ("Place", "Order", "count", ""))
    order = sheet.values(FIRST_ROW, FIRST_ASSET, np.arange(1.0, places + 1), COUNT)
    top = FIRST_ROW + 1
    for p in range(POINTS):
        note = {0: "Least risk", POINTS - 1: "Best return"}.get(p, "Between")
        sheet.labels(top + p, ("Frontier", f"Point {p + 1}", "per month", note))
    row = steps.engine_row.at(0, 0, "rc")
    weights = Block(sheet.name, top, FIRST_ASSET, POINTS, places)
    first = Block(sheet.name, top, 1, POINTS, 1)

    def mix(i: int, j: int) -> str:
        before = f"(ROWS({first.at(0, 0, 'r')}:{first.at(i).split('!')[1]})-1)*{order.at(0, places - 1, 'rc')}"
        return f"=INDEX({mixes.all()},{row},{before}+{order.at(0, j, 'r')})"

    sheet.formulas(top, FIRST_ASSET, mix, known, ("formula", "percent"))
    s = estimates.covariance
    risks = sheet.arrays(
        top, 3, lambda i, _: (
            f"=SQRT(SUM(MMULT({weights.across(i)},{covariance.covariance.all()})*{weights.across(i)}))"
        ), np.sqrt(((known @ s) * known).sum(axis=1))[:, None], PERCENT,
    )  # fmt: skip
    returns = sheet.formulas(
        top, FIRST_ASSET + places,
        lambda i, _: f"=SUMPRODUCT({weights.across(i)},{window.expected.across(0, 'rc')})",
        (known @ estimates.expected)[:, None], PERCENT,
    )  # fmt: skip
    below = top + POINTS + 1
    target = float(data.shown.walk.result.targets.iloc[data.signal])
    for i in range(4):
        label = "Target line, " + ("risk" if i < 2 else "return")
        sheet.labels(below + i, ("Chart", label, "per month", ("Start", "End")[i % 2]))
    target_risk = sheet.formulas(below, 3, lambda i, _: f"={steps.target.at()}", np.full((2, 1), target), PERCENT)
    ends = known[[0, -1]] @ estimates.expected
    target_return = sheet.formulas(
        below + 2, 3, lambda i, _: f"={returns.at((0, POINTS - 1)[i])}", ends[:, None], PERCENT
    )
    points = _write_assets(sheet, below + 5, data, (window, covariance), estimates)
    return Curve(weights, risks, returns, target_risk, target_return, *points)


def _write_assets(
    sheet: Sheet, row: int, data: DirectData, blocks: tuple[Window, Covariance], estimates: Estimates
) -> tuple[Block, Block, Block]:
    """Risk and return of each asset, below one another for the chart."""
    window, covariance = blocks
    places, size = data.sizes.assets, data.shown.columns.size
    sheet.second_table(row, ("Chart", "Asset", "Unit", "Risk", "Return"))
    for j in range(places):
        sheet.labels(row + 1 + j, ("Asset", None, "per month", None))
    shown = [[ticker] for ticker in data.shown.model.universe] + [[" "]] * (places - size)
    used = covariance.assets.at(0, 0, "rc")
    heads = window.heads
    own = covariance.covariance

    def name(i: int, _: int) -> str:
        return f'=IF({_place(sheet, row, i)}<={used},{heads.at(0, i)}," ")'

    names = sheet.formulas(row + 1, 1, name, shown, TEXT)
    volatility = np.sqrt(estimates.covariance.diagonal()).copy()
    expected = estimates.expected.copy()
    volatility[size:], expected[size:] = volatility[0], expected[0]
    risks = sheet.formulas(
        row + 1, 3, lambda i, _: f"=SQRT(IF({_place(sheet, row, i)}<={used},{own.at(i, i)},{own.at(0, 0, 'rc')}))",
        volatility[:, None], PERCENT,
    )  # fmt: skip
    means = window.expected
    returns = sheet.formulas(
        row + 1, 4, lambda i, _: f"=IF({_place(sheet, row, i)}<={used},{means.at(0, i)},{means.at(0, 0, 'rc')})",
        expected[:, None], PERCENT,
    )  # fmt: skip
    return names, risks, returns


def _place(sheet: Sheet, row: int, i: int) -> str:
    """The number of a line, counted."""
    first = Block(sheet.name, row + 1, 0, 1, 1)
    return f"ROWS({first.at(0, 0, 'rc')}:{first.at(i).split('!')[1]})"
