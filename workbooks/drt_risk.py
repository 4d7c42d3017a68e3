"""Sheet Calc_Risk: the ex-ante risk of the engine's weights at every signal, from the returns of their windows.

The risk of a mix needs no covariance matrix: it is the weighted variance of the mixed returns. The structured target
that shrunk covariances are drawn to needs the volatilities of the assets and their mean correlation; the sum of all
correlations is the variance of the sum of the standardised returns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.drt_cards import Decided
from workbooks.drt_cells import COUNT, NUMBER, PERCENT, SMALL, Line, put_lines, worded_heads
from workbooks.drt_covariance import Covariance
from workbooks.drt_data import DirectData
from workbooks.drt_market import Returns, tickers_shown
from workbooks.drt_moments import Estimates
from workbooks.drt_target import Target
from workbooks.drt_window import Window
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, STANDARD_COLUMNS, Block, Sheet, excel_date


class Risk(NamedTuple):
    """Cells of Calc_Risk, one row per signal."""

    dates: Block
    risk: Block
    weights: Block
    difference: Block


class _Twin(NamedTuple):
    """What the cells find."""

    mixed: FloatArray
    means: FloatArray
    deviations: FloatArray
    standard: FloatArray
    correlations: FloatArray
    targets: FloatArray
    """Deviations of the structured target."""
    alone: FloatArray
    joint: FloatArray
    target_variance: FloatArray
    base: FloatArray


FIRST = FIRST_ROW + 5
"""Row of the first signal, below four lines."""


def risk_heads(data: DirectData) -> tuple[str | None, ...]:
    """Heads of Calc_Risk; those of the assets are formulas."""
    places, months = data.sizes.assets, data.sizes.window
    window = tuple(f"month {j + 1}" for j in range(months))
    standard = tuple(f"standardised {j + 1}" for j in range(months))
    blank = (None,) * places
    return (
        *STANDARD_COLUMNS[:3], "Ex-ante risk", "Note", *blank, *window, "mean", "base variance", *blank * 4,
        *standard, "mean of them", "sum of correlations", "mean correlation", *blank, "variance alone",
        "volatility sum", "target variance", "shrinkage", "engine", "difference",
    )  # fmt: skip


def write_risk(
    sheet: Sheet, data: DirectData, sources: tuple[Returns, Decided, Target], moments: tuple[Window, Covariance],
    estimates: Estimates,
) -> Risk:  # fmt: skip
    """One row per signal."""
    returns, engine, target = sources
    window, covariance = moments
    writer = _Writer(sheet, data, (returns, target, window, covariance), estimates)
    rows = target.engine_rows

    def engine_column(block: Block) -> Callable[[int, int], str]:
        return lambda i, j: f"=INDEX({block.down(j, 'rc' if block.width == 1 else 'r')},{rows.at(i, 0, 'c')})"

    item, twin = data.shown, _twin(data, estimates)
    weights = writer.fill(engine_column(engine.weights), item.weights, PERCENT, "weight")
    order = writer.order
    mixed = writer.mixed(weights, twin.mixed)
    mean = writer.fill(lambda i, _: f"=SUMPRODUCT({order},{mixed.across(i)})", twin.mixed @ estimates.weights, PERCENT)
    base = writer.fill(
        lambda i, _: f"=SUMPRODUCT({order},{mixed.across(i)},{mixed.across(i)})-{mean.at(i)}*{mean.at(i)}", twin.base,
        SMALL,
    )  # fmt: skip
    months = window.weights.down(0, "rc")
    deviations = _write_deviations(writer, months, twin)
    inverse = np.divide(1.0, twin.deviations, out=np.zeros_like(twin.deviations), where=twin.deviations > 0)
    inverted = writer.fill(lambda i, j: f"=IFERROR(1/{deviations.at(i, j)},0)", inverse, NUMBER, "inverse")
    standard = writer.mixed(inverted, twin.standard, NUMBER)
    aim = _write_target(writer, (weights, deviations, standard), covariance, (twin, estimates))
    shrinkage = writer.fill(engine_column(engine.figure("shrinkage")), item.shrinkage, NUMBER)
    divisor = writer.divisor
    values = np.sqrt(item.shrinkage * twin.target_variance + (1.0 - item.shrinkage) * twin.base / estimates.correction)
    risk = sheet.formulas(
        FIRST, 3,
        lambda i, _: f"=SQRT({shrinkage.at(i)}*{aim.at(i)}+(1-{shrinkage.at(i)})*{base.at(i)}/{divisor})",
        values[:, None], PERCENT,
    )  # fmt: skip
    found = writer.fill(engine_column(engine.figure("ex-ante risk")), item.walk.result.risks.to_numpy(), PERCENT)
    difference = writer.fill(lambda i, _: f"={risk.at(i)}-{found.at(i)}", np.zeros(len(values)), SMALL)
    writer.write_heads()
    return Risk(writer.dates, risk, weights, difference)


def _write_deviations(writer: _Writer, months: str, twin: _Twin) -> Block:
    """Volatilities of the assets in each window, divisor n."""
    means = writer.fill(lambda i, j: f"=SUMPRODUCT({months},{writer.history(i, j)})", twin.means, PERCENT, "mean")
    squares = writer.fill(
        lambda i, j: f"=SUMPRODUCT({months},{writer.history(i, j)},{writer.history(i, j)})",
        twin.deviations**2 + twin.means**2, SMALL, "mean square",
    )  # fmt: skip
    return writer.fill(
        lambda i, j: f"=SQRT({squares.at(i, j)}-{means.at(i, j)}*{means.at(i, j)})", twin.deviations, PERCENT,
        "volatility",
    )  # fmt: skip


def _write_target(
    writer: _Writer, blocks: tuple[Block, Block, Block], covariance: Covariance, numbers: tuple[_Twin, Estimates]
) -> Block:
    """Variance of the weights under the structured target."""
    w, deviations, standard = blocks
    twin, estimates = numbers
    size, wolf, order = writer.size, writer.wolf, writer.order
    middle = twin.standard @ estimates.weights
    mean = writer.fill(lambda i, _: f"=SUMPRODUCT({order},{standard.across(i)})", middle, NUMBER)
    total = writer.fill(
        lambda i, _: f"=SUMPRODUCT({order},{standard.across(i)},{standard.across(i)})-{mean.at(i)}*{mean.at(i)}",
        (twin.standard**2) @ estimates.weights - middle**2, NUMBER,
    )  # fmt: skip
    share = writer.fill(
        lambda i, _: f"=(1-{wolf})*IFERROR(({total.at(i)}-{size})/{size}/({size}-1),0)", twin.correlations, NUMBER
    )
    deep = writer.fill(
        lambda i, j: f"=IF({wolf},SQRT(SUMSQ({deviations.across(i, 'c')})/{size}),{deviations.at(i, j)})", twin.targets,
        PERCENT, "target",
    )  # fmt: skip
    alone = writer.fill(
        lambda i, _: f"=SUMPRODUCT({w.across(i)},{w.across(i)},{deep.across(i)},{deep.across(i)})", twin.alone, SMALL
    )
    joint = writer.fill(lambda i, _: f"=SUMPRODUCT({w.across(i)},{deep.across(i)})", twin.joint, PERCENT)
    return writer.fill(
        lambda i, _: f"=(1-{share.at(i)})*{alone.at(i)}+{share.at(i)}*{joint.at(i)}*{joint.at(i)}",
        twin.target_variance, SMALL,
    )  # fmt: skip


class _Writer:
    """Hands out columns from left to right."""

    def __init__(
        self, sheet: Sheet, data: DirectData, cells: tuple[Returns, Target, Window, Covariance], estimates: Estimates
    ) -> None:
        self.sheet, self.data = sheet, data
        self.returns, target, self.window, covariance = cells
        self.weights = estimates.weights
        sheet.file.set_column(4, 4, 8)
        self.count, self.column = data.positions.size, FIRST_ASSET
        self.named: list[tuple[int, str]] = []
        for i in range(self.count):
            sheet.text(FIRST + i, 0, "Signal", "section")
            sheet.text(FIRST + i, 2, "per month", "note")
        days = excel_date(data.dates[data.positions + 1])[:, None]
        self.dates = sheet.formulas(FIRST, 1, lambda i, _: f"={target.dates.at(i)}", days, ("link", "day"))
        sheet.labels(FIRST_ROW, ("Weights", "Of the months", "share", ""))
        left = FIRST_ASSET + data.sizes.assets
        source = self.window.weights
        turned = sheet.formulas(
            FIRST_ROW, left, lambda i, j: f"={source.at(j)}", self.weights[None, :], ("link", "number")
        )
        self.order = turned.across(0, "rc")
        size, wolf = data.shown.columns.size, data.shown.model.covariance == "ledoit_wolf"
        self.size, self.wolf, self.divisor = (block.at(0, 0, "rc") for block in put_lines(sheet, FIRST_ROW + 1, [
            Line("Covariance", "Assets", "count", "", float(size), COUNT, f"={covariance.assets.at()}"),
            Line("Covariance", "Ledoit-Wolf", "0 or 1", "", float(wolf), COUNT, f"={covariance.wolf.at()}"),
            Line("Covariance", "Divisor", "ratio", "", estimates.correction, NUMBER, f"={covariance.correction.at()}"),
        ]))  # fmt: skip

    def fill(self, formula: Callable[[int, int], str], values: Any, style: tuple[str, str], named: str = "") -> Block:
        """The next columns; ``named``: heads with the tickers behind that word."""
        block = self.sheet.formulas(FIRST, self.column, formula, np.asarray(values).reshape(self.count, -1), style)
        if named:
            self.named.append((self.column, named))
        self.column += block.width
        return block

    def mixed(self, weights: Block, values: FloatArray, style: tuple[str, str] = PERCENT) -> Block:
        """Returns of the months of each window, mixed by the weights of its row."""
        span = self.data.sizes.window
        source = self.returns.assets

        def formula(i: int) -> str:
            last = int(self.data.positions[i])
            months = source.rows(last + 1 - span, last, fix="c")
            return f"=TRANSPOSE(MMULT({months},TRANSPOSE({weights.across(i, 'c')})))"

        block = self.sheet.row_arrays(FIRST, self.column, formula, values, style)
        self.column += block.width
        return block

    def history(self, i: int, j: int) -> str:
        """Returns of one asset in the window of a signal."""
        last = int(self.data.positions[i])
        return self.returns.assets.rows(last + 1 - self.data.sizes.window, last, j)

    def write_heads(self) -> None:
        """Heads that follow the chosen model."""
        tickers = tickers_shown(self.data)
        for at, word in self.named:
            worded_heads(self.sheet, (FIRST_ROW - 1, at), word, self.window.heads, tickers)


def _twin(data: DirectData, estimates: Estimates) -> _Twin:
    item = data.shown
    span, size = data.sizes.window, item.columns.size
    held, weights = data.held(item), estimates.weights
    wolf = item.model.covariance == "ledoit_wolf"
    rows: list[tuple[Any, ...]] = []
    for position, w in zip(data.positions, item.weights, strict=True):
        months = held[position + 1 - span : position + 1]
        means = weights @ months
        deviations = np.sqrt(np.maximum(weights @ (months - means) ** 2, 0.0))
        inverse = np.divide(1.0, deviations, out=np.zeros_like(deviations), where=deviations > 0)
        mixed, standard = months @ w, months @ inverse
        total = float(weights @ standard**2 - (weights @ standard) ** 2)
        share = (total - size) / size / (size - 1) if size > 1 and not wolf else 0.0
        target = np.full(deviations.size, np.sqrt((deviations**2).sum() / size)) if wolf else deviations
        alone, joint = float((w * target) @ (w * target)), float(w @ target)
        aim = (1.0 - share) * alone + share * joint * joint
        base = float(weights @ mixed**2 - (weights @ mixed) ** 2)
        rows.append((mixed, means, deviations, standard, share, target, alone, joint, aim, base))
    return _Twin(*(np.array(column) for column in zip(*rows, strict=True)))
