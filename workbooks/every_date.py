"""Sheets Calc_Proof (every signal date proved) and Calc_Index (the index month by month)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.index_data import ROLLING, IndexData
from workbooks.inputs_sheets import START_LEVEL, Inputs, Market
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date

PERCENT, SMALL, COUNT = (("formula", kind) for kind in ("percent4", "small", "count"))

FLAGS = ("budget", "bounds", "target", "risk", "first order", "slackness", "window")
"""What is checked for each date; the flag is 0 where it holds."""


class Proof(NamedTuple):
    """Cells of Calc_Proof."""

    dates: Block
    weights: Block
    targets: Block
    flags: Block
    by_rule: Block
    """Targets by native formulas, and ..."""
    risks: Block
    """... the risk of the weights, from the returns in the window."""


class Index(NamedTuple):
    """Cells of Calc_Index, one row per month."""

    dates: Block
    returns: Block
    engine: Block
    difference: Block
    levels: Block
    """One row more than months: it starts at 100."""
    benchmark: Block
    benchmark_levels: Block
    drawdown: Block
    benchmark_drawdown: Block
    active: Block
    rolling_beta: Block


OWN_HEADS = (
    "window", "window by rule", "benchmark volatility", "target by rule", "return", "risk",
    "risk multiplier", "budget multiplier", "weight of return",
)  # fmt: skip
"""Heads of Calc_Proof behind the weights, and ..."""

ASSET_HEADS = ("mean", "gradient", "reduced", "residual")
"""... behind those, one column per asset each."""


def plan_proof(sheet: Sheet, data: IndexData) -> Proof:
    """Where things stand on Calc_Proof."""
    count, size = data.positions.size, len(data.tickers)
    left = FIRST_ASSET + size
    flags_left = left + len(OWN_HEADS) + len(ASSET_HEADS) * size
    return Proof(
        Block(sheet.name, FIRST_ROW, 1, count, 1),
        Block(sheet.name, FIRST_ROW, FIRST_ASSET, count, size),
        Block(sheet.name, FIRST_ROW, 3, count, 1),
        Block(sheet.name, FIRST_ROW, flags_left, count, len(FLAGS)),
        *(Block(sheet.name, FIRST_ROW, left + OWN_HEADS.index(head), count, 1) for head in ("target by rule", "risk")),
    )


def proof_heads(data: IndexData) -> list[str]:
    """Heads of the columns behind the standard ones."""
    each = [f"{kind} {ticker}" for kind in ASSET_HEADS for ticker in data.tickers]
    return [*data.tickers, *OWN_HEADS, *each, *(f"flag {flag}" for flag in FLAGS)]


def write_proof(sheet: Sheet, data: IndexData, inputs: Inputs, market: Market, proof: Proof) -> None:
    """One row per signal date: the engine's weights and the first-order conditions by native formulas."""
    count, size = data.weights.shape
    last, windows = data.positions, data.windows
    means, gradients, risks, earned, volatilities = _moments(data)
    _write_engine_columns(sheet, data, proof)
    left = FIRST_ASSET + size
    window = sheet.values(FIRST_ROW, left, windows.astype(float)[:, None], ("engine", "count"))

    def rows(i: int) -> tuple[int, int]:
        return int(last[i] - windows[i] + 1), int(last[i])

    def native(
        j: int, formula: Callable[[int, int], str], values: FloatArray, style: tuple[str, str] = PERCENT
    ) -> Block:
        return sheet.formulas(FIRST_ROW, left + j, formula, values.reshape(count, -1), style)

    rule = np.minimum(data.run[last], data.model.window).astype(float)
    by_rule = native(1, lambda i, _: f"=MIN({inputs.window.at(0, 0, 'rc')},{market.run.at(rows(i)[1])})", rule, COUNT)
    volatility = native(2, lambda i, _: f"=STDEV.S({market.benchmark_returns.rows(*rows(i))})", volatilities)
    k = inputs.engine_multiplier.at(0, 0, "rc")
    target = native(3, lambda i, _: f"={k}*{volatility.at(i)}", data.model.multiplier * volatilities)
    weights, own = proof.weights, len(OWN_HEADS)
    mean = native(own, lambda i, j: f"=AVERAGE({market.returns.rows(*rows(i), j=j)})", means)
    native(4, lambda i, _: f"=SUMPRODUCT({weights.across(i)},{mean.across(i)})", earned)

    def mixed(i: int) -> str:
        return f"MMULT({market.returns.rows(*rows(i), fix='c')},TRANSPOSE({weights.across(i, 'c')}))"

    risk = sheet.arrays(FIRST_ROW, left + 5, lambda i, _: f"=STDEV.S({mixed(i)})", risks[:, None], PERCENT)
    multipliers = sheet.values(FIRST_ROW, left + 6, data.multipliers, ("engine", "number"))
    gradient = sheet.arrays(
        FIRST_ROW, left + own + size,
        lambda i, j: f"=COVARIANCE.S({market.returns.rows(*rows(i), j=j)},{mixed(i)})", gradients, SMALL,
    )  # fmt: skip
    residual = _write_residuals(sheet, data, (weights, mean, gradient, multipliers, risk), (means, gradients, risks))
    _write_flags(sheet, proof, inputs, (weights, target, risk, multipliers, residual, window, by_rule))


def _write_engine_columns(sheet: Sheet, data: IndexData, proof: Proof) -> None:
    """Dates, targets and weights from the engine, with the span of each window."""
    sheet.file.set_column(4, 4, 24)
    sheet.values(FIRST_ROW, 1, excel_date(data.dates[data.positions + 1])[:, None], ("engine", "day"))
    sheet.values(FIRST_ROW, 3, data.targets[:, None], ("engine", "percent4"))
    sheet.values(FIRST_ROW, FIRST_ASSET, data.weights, ("engine", "percent"))
    for i, (last, length) in enumerate(zip(data.positions, data.windows, strict=True)):
        first = data.dates[last - length + 2].astype("datetime64[M]")
        sheet.labels(FIRST_ROW + i, ("Signal", None, "per month", f"{length} months from {first}"))


def _moments(data: IndexData) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    means, gradients, risks, volatilities = [], [], [], []
    for i, weights in enumerate(data.weights):
        assets, benchmark = data.window(i)
        covariance = np.cov(assets.T).reshape(weights.size, -1)
        gradients.append(covariance @ weights)
        risks.append(np.sqrt(weights @ gradients[-1]))
        means.append(assets.mean(axis=0))
        volatilities.append(benchmark.std(ddof=1))
    earned = (np.array(means) * data.weights).sum(axis=1)
    return np.array(means), np.array(gradients), np.array(risks), earned, np.array(volatilities)


def _write_residuals(
    sheet: Sheet, data: IndexData, blocks: tuple[Block, ...], values: tuple[FloatArray, FloatArray, FloatArray]
) -> Block:
    weights, mean, gradient, multipliers, risk = blocks
    means, gradients, risks = values
    slope, budget, form = data.multipliers.T[:, :, None]
    per_risk = np.divide(gradients, risks[:, None], out=np.zeros_like(gradients), where=risks[:, None] > 0)
    reduced_values = form * means - slope * per_risk - budget
    reduced = sheet.formulas(
        FIRST_ROW, gradient.column + gradient.width,
        lambda i, j: (
            f"={multipliers.at(i, 2, 'c')}*{mean.at(i, j)}-{multipliers.at(i, 0, 'c')}"
            f"*IFERROR({gradient.at(i, j)}/{risk.at(i, 0, 'c')},0)-{multipliers.at(i, 1, 'c')}"
        ),
        reduced_values, SMALL,
    )  # fmt: skip
    return sheet.formulas(
        FIRST_ROW, reduced.column + reduced.width,
        lambda i, j: f"=MAX({reduced.at(i, j)},({weights.at(i, j)}>0)*ABS({reduced.at(i, j)}))",
        np.maximum(reduced_values, np.where(data.weights > 0, -reduced_values, 0.0)), SMALL,
    )  # fmt: skip


def _write_flags(sheet: Sheet, proof: Proof, inputs: Inputs, blocks: tuple[Block, ...]) -> None:
    weights, target, risk, multipliers, residual, window, by_rule = blocks
    tolerance = inputs.tolerance.at(0, 0, "rc")

    def formula(i: int, j: int) -> str:
        free = f"({multipliers.at(i, 2)}=0)"
        slack = f"{multipliers.at(i, 2)}*{multipliers.at(i, 0)}*({target.at(i)}-{risk.at(i)})"
        holds = (
            f"ABS(SUM({weights.across(i)})-1)<={tolerance}",
            f"MIN({weights.across(i)})>=0",
            f"ABS({proof.targets.at(i)}-{target.at(i)})<={tolerance}",
            f"({risk.at(i)}<={target.at(i)}*(1+{inputs.variance.at(0, 0, 'rc')}))+{free}",
            f"MAX({residual.across(i)})<={tolerance}",
            f"ABS({slack})<={tolerance}",
            f"{window.at(i)}={by_rule.at(i)}",
        )[j]
        return f"=1-IFERROR(N(({holds})>0),0)" if j == 3 else f"=1-IFERROR(N({holds}),0)"

    flags = proof.flags
    sheet.formulas(flags.row, flags.column, formula, np.zeros((flags.height, flags.width)), COUNT)


def write_index(sheet: Sheet, data: IndexData, inputs: Inputs, market: Market, proof: Proof) -> Index:
    """Monthly return, level, drawdown, active return and rolling beta of the index and its benchmark."""
    sheet.file.set_column(4, 4, 8)
    earned, count = data.index_returns, data.index_returns.size
    ends = data.positions[1:]
    benchmark = data.benchmark_returns[ends]
    first = FIRST_ROW + 1
    for i in range(count + 1):
        sheet.text(FIRST_ROW + i, 0, "Index" if i else "Start", "section")
        sheet.text(FIRST_ROW + i, 2, "per month" if i else "level", "note")
    sheet.formulas(
        FIRST_ROW, 1, lambda i, j: f"={market.return_dates.at(int(data.positions[0]))}",
        excel_date(data.dates[data.positions[:1] + 1])[:, None], ("link", "day"),
    )  # fmt: skip
    dates = sheet.formulas(
        first, 1, lambda i, j: f"={market.return_dates.at(int(ends[i]))}", excel_date(data.dates[ends + 1])[:, None],
        ("link", "day"),
    )  # fmt: skip

    def column(j: int, formula: Callable[[int, int], str], values: FloatArray, style: tuple[str, str]) -> Block:
        return sheet.formulas(first, j, formula, values[:, None], style)

    returns = column(
        3, lambda i, _: f"=SUMPRODUCT({proof.weights.across(i)},{market.returns.across(int(ends[i]))})", earned, PERCENT
    )
    left = FIRST_ASSET
    engine = sheet.values(first, left, earned[:, None], ("engine", "percent4"))
    difference = column(left + 1, lambda i, _: f"={returns.at(i)}-{engine.at(i)}", np.zeros(count), SMALL)
    levels = _write_levels(sheet, left + 2, returns, earned, inputs)
    linked = column(
        left + 3, lambda i, _: f"={market.benchmark_returns.at(int(ends[i]))}", benchmark, ("link", "percent4")
    )
    benchmark_levels = _write_levels(sheet, left + 4, linked, benchmark, inputs)
    drawdowns = []
    for j, (block, series) in enumerate(((levels, earned), (benchmark_levels, benchmark))):
        path = np.cumprod(np.append(1.0, 1.0 + series))
        fall = path[1:] / np.maximum.accumulate(path)[1:] - 1.0
        drawdowns.append(column(left + 5 + j, _fallen(block), fall, PERCENT))
    active = column(left + 7, lambda i, _: f"={returns.at(i)}-{linked.at(i)}", earned - benchmark, PERCENT)
    rolled = data.rolling_beta[ROLLING - 1 :]
    rolling = Block(sheet.name, first + ROLLING - 1, left + 8, max(rolled.size, 1), 1)
    if rolled.size:
        sheet.formulas(
            rolling.row, rolling.column,
            lambda i, _: f"=SLOPE({returns.rows(i, i + ROLLING - 1)},{linked.rows(i, i + ROLLING - 1)})",
            rolled[:, None], ("formula", "number"),
        )  # fmt: skip
    return Index(
        dates, returns, engine, difference, levels, linked, benchmark_levels, drawdowns[0], drawdowns[1], active,
        rolling,
    )  # fmt: skip


def _write_levels(sheet: Sheet, column: int, returns: Block, values: FloatArray, inputs: Inputs) -> Block:
    """Growth from the first signal date."""
    style = ("formula", "level")
    start = sheet.formulas(FIRST_ROW, column, lambda i, j: f"={inputs.start_level.at()}", START_LEVEL, style)
    path = START_LEVEL * np.cumprod(1.0 + values)
    sheet.formulas(FIRST_ROW + 1, column, lambda i, j: f"={start.at(i)}*(1+{returns.at(i)})", path[:, None], style)
    return Block(sheet.name, FIRST_ROW, column, values.size + 1, 1)


def _fallen(levels: Block) -> Callable[[int, int], str]:
    """Below the highest level so far."""
    return lambda i, _: f"={levels.at(i + 1)}/MAX({_from_top(levels, i + 1)})-1"


def _from_top(block: Block, last: int) -> str:
    """The column from its fixed first row to ``last``."""
    top, end = block.at(0, 0, "r"), block.at(last).split("!")[1]
    return f"{top}:{end}"
