"""Sheet Calc_Covariance: the covariance of the chosen date by each estimator, the shrunk ones included, in cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.drt_cards import Cards
from workbooks.drt_cells import COUNT, NUMBER, PERCENT, SMALL, TEXT, asset_heads
from workbooks.drt_data import DirectData
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import tickers_shown
from workbooks.drt_moments import Estimates
from workbooks.drt_window import KINDS, Window
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet


class Covariance(NamedTuple):
    """Cells of Calc_Covariance."""

    assets: Block
    wolf: Block
    correction: Block
    """Divisor of the base."""
    intensity: Block
    deviations: Block
    covariance: Block
    benchmark_mean: Block
    benchmark_risk: Block


def write_covariance(
    sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Window], estimates: Estimates
) -> Covariance:
    """The base covariance, the structured target of the shrunk ones, their intensity, and the card's covariance."""
    return _Estimators(sheet, data, cells, estimates).write()


class _Estimators:
    """The sheet under construction."""

    def __init__(
        self, sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Window], estimates: Estimates
    ) -> None:
        self.sheet, self.data, self.estimates = sheet, data, estimates
        self.inputs, self.cards, self.window = cells
        self.places = data.sizes.assets
        top = FIRST_ROW
        self.scalar = {name: Block(sheet.name, top + i, 3, 1, 1) for i, name in enumerate(_SCALARS)}
        rows = top + len(_SCALARS)
        self.order, self.deviations, self.prior_deviations = (
            Block(sheet.name, rows + i, FIRST_ASSET, 1, self.places) for i in range(3)
        )
        first = rows + 4
        self.blocks = {
            name: Block(sheet.name, first + k * (self.places + 1), FIRST_ASSET, self.places, self.places)
            for k, name in enumerate(_BLOCKS)
        }

    def write(self) -> Covariance:
        """All of it."""
        asset_heads(self.sheet, FIRST_ASSET, (self.cards.tickers, self.inputs.number), tickers_shown(self.data))
        self._write_rows()
        self._write_blocks()
        self._write_scalars()
        scalar = self.scalar
        return Covariance(
            scalar["assets"], scalar["wolf"], scalar["correction"], scalar["intensity"], self.deviations,
            self.blocks["covariance"], scalar["benchmark mean"], scalar["benchmark risk"],
        )  # fmt: skip

    def _put(self, name: str, formula: Callable[[int, int], str], values: FloatArray) -> None:
        """One block, with the order of its rows in column D and their tickers in column B."""
        block, heads, shown = self.blocks[name], self.window.heads, tickers_shown(self.data)
        for i in range(self.places):
            self.sheet.labels(block.row + i, (_BLOCKS[name][0], None, _BLOCKS[name][1], _BLOCKS[name][2]))
        order = self.sheet.values(block.row, 3, np.arange(1.0, self.places + 1)[:, None], COUNT)
        self.sheet.formulas(
            block.row, 1, lambda i, _: f"=INDEX({heads.across(0, 'rc')},{order.at(i)})", [[t] for t in shown], TEXT
        )
        self.sheet.formulas(block.row, block.column, formula, values, SMALL)

    def _write_rows(self) -> None:
        """Places, deviations, and the deviations of the structured target."""
        e, row = self.estimates, self.order.row
        self.sheet.labels(row, ("Place", "Order", "count", ""))
        self.sheet.values(row, FIRST_ASSET, np.arange(1.0, self.places + 1), COUNT)
        self.sheet.labels(row + 1, ("Base", "Volatility", "per month", "Root of the base variance"))
        base = self.blocks["base"]
        self.sheet.formulas(
            row + 1, FIRST_ASSET, lambda i, j: f"=SQRT(INDEX({base.down(j, 'r')},{self.order.at(0, j)}))",
            e.deviations, PERCENT,
        )  # fmt: skip
        self.sheet.labels(row + 2, ("Target", "Volatility of the target", "per month", "Ledoit-Wolf: all the same"))
        own, level, wolf, assets = (
            self.deviations,
            *(self.scalar[name].at(0, 0, "rc") for name in ("level", "wolf", "assets")),
        )
        self.sheet.formulas(
            row + 2, FIRST_ASSET,
            lambda i, j: f"=IF({wolf},({self.order.at(0, j)}<={assets})*SQRT({level}),{own.at(0, j)})",
            e.prior_deviations, PERCENT,
        )  # fmt: skip

    def _write_blocks(self) -> None:
        e, window = self.estimates, self.window
        base = self.blocks["base"]
        kinds = [window.centred._replace(column=window.centred.column + k * self.places) for k in range(len(KINDS))]
        centred, weighted, squared, weighted_square, cubed = kinds

        def product(left: Block, right: Block, name: str) -> Callable[[int, int], str]:
            order = self.blocks[name]._replace(column=3, width=1)
            return lambda i, j: f"=SUMPRODUCT(INDEX({left.all()},0,{order.at(i, 0, 'c')}),{right.down(j, 'r')})"

        def order(name: str, i: int) -> str:
            return self.blocks[name]._replace(column=3).at(i, 0, "c")

        share = self.scalar["share"].at(0, 0, "rc")
        deep, own = self.prior_deviations, self.deviations
        self._put("base", product(weighted, centred, "base"), e.base)
        self._put(
            "prior", lambda i, j: (
                f"=INDEX({deep.across(0, 'rc')},{order('prior', i)})*{deep.at(0, j, 'r')}"
                f"*({share}+(1-{share})*({order('prior', i)}={self.order.at(0, j, 'r')}))"
            ), e.prior,
        )  # fmt: skip
        fourth = product(weighted_square, squared, "fourth")
        self._put("fourth", lambda i, j: f"{fourth(i, j)}-{base.at(i, j)}*{base.at(i, j)}", e.fourth)
        self._put("third", product(cubed, centred, "third"), e.third)
        third = self.blocks["third"]
        self._put(
            "scaled", lambda i, j: (
                f"=IFERROR(({order('scaled', i)}<>{self.order.at(0, j, 'r')})*{own.at(0, j, 'r')}"
                f"*({third.at(i, j)}/{_at(own, order('scaled', i))}-{_at(own, order('scaled', i))}*{base.at(i, j)}),0)"
            ), e.scaled,
        )  # fmt: skip
        intensity, correction = (self.scalar[name].at(0, 0, "rc") for name in ("intensity", "correction"))
        prior = self.blocks["prior"]
        self._put(
            "covariance",
            lambda i, j: f"={intensity}*{prior.at(i, j)}+(1-{intensity})*{base.at(i, j)}/{correction}", e.covariance,
        )  # fmt: skip

    def _write_scalars(self) -> None:
        e, model, cards, scalar = self.estimates, self.data.shown.model, self.cards, self.scalar
        at = {name: block.at() for name, block in scalar.items()}
        size = float(len(model.universe))
        weights, squares = self.window.weights.down(0), self.window.squares.down(0)
        base, prior, fourth, scaled = (self.blocks[n].all("") for n in ("base", "prior", "fourth", "scaled"))
        own, window = self.deviations.across(0), cards.window.at()
        bias = 1.0 - float(e.weights @ e.weights)
        wolf, equal = (float(model.covariance == name) for name in ("ledoit_wolf", "constant_correlation"))
        method = cards.covariance.at()
        lines = {
            "assets": (size, COUNT, f"={cards.assets.at()}"),
            "wolf": (wolf, COUNT, f'=N({method}="ledoit_wolf")'),
            "equal": (equal, COUNT, f'=N({method}="constant_correlation")'),
            "bias": (bias, NUMBER, f"=1-SUMSQ({weights})"),
            "correction": (e.correction, NUMBER, f"=IF({at['wolf']}+{at['equal']},1,{at['bias']})"),
            "level": (e.base.trace() / size, SMALL, f"=SUMSQ({own})/{at['assets']}"),
            "correlation": (
                e.mean_correlation, NUMBER,
                f"={{=IFERROR((SUM(IFERROR({base}/TRANSPOSE({own})/{own},0))-{at['assets']})"
                f"/{at['assets']}/({at['assets']}-1),0)}}",
            ),
            "share": (0.0 if wolf else e.mean_correlation, NUMBER, f"=IF({at['wolf']},0,{at['correlation']})"),
            "distance": (e.distance, SMALL, f"=SUMXMY2({base},{prior})"),
            "wolf error": (
                e.wolf_error, SMALL, f"=(SUM({squares})-SUMSQ({base}))/{window}"
            ),
            "diagonal": (
                e.fourth.trace(), SMALL, f"={{=SUM(({self._rows('fourth')}={self.order.across(0)})*{fourth})}}"
            ),
            "correlation error": (
                e.correlation_error, SMALL,
                f"=(SUM({fourth})-{at['diagonal']}-{at['correlation']}*SUM({scaled}))/{window}",
            ),
            "error": (
                e.wolf_error if wolf else e.correlation_error, SMALL,
                f"=IF({at['wolf']},{at['wolf error']},{at['correlation error']})",
            ),
            "intensity": (
                e.intensity, NUMBER,
                f"=IFERROR(({at['wolf']}+{at['equal']})*MAX(0,MIN({at['error']}/{at['distance']},1)),0)",
            ),
        }  # fmt: skip
        for name, (value, style, formula) in (lines | self._benchmark_lines(at)).items():
            label, unit, note = _SCALARS[name]
            text = formula[1:] if formula.startswith("={") else formula
            self.sheet.line(scalar[name].row, ("Covariance", label, unit, note), value, style, text)

    def _benchmark_lines(self, at: dict[str, str]) -> dict[str, tuple[float, tuple[str, str], str]]:
        """Mean and volatility of the benchmark over the window, by the card's weights of the months."""
        e, end = self.estimates, int(self.data.positions[self.data.signal]) + 1
        column = self.data.tickers.index(self.data.shown.model.benchmark)
        months = self.data.returns[end - len(e.weights) : end, column]
        weights, other = self.window.weights.down(0), self.window.benchmark.down(0)
        centre = float(e.weights @ months)
        variance = float(e.weights @ (months - centre) ** 2)
        bias = 1.0 - float(e.weights @ e.weights)
        middle, squared = at["benchmark centre"], at["benchmark variance"]
        mean = f"=SUMPRODUCT({self.window.mean_weights.down(0)},{other})"
        return {
            "benchmark mean": (float(e.mean_weights @ months), PERCENT, mean),
            "benchmark centre": (centre, PERCENT, f"=SUMPRODUCT({weights},{other})"),
            "benchmark variance": (variance, SMALL, f"=SUMPRODUCT({weights},{other},{other})-{middle}*{middle}"),
            "benchmark risk": (float(np.sqrt(variance / bias)), PERCENT, f"=SQRT({squared}/{at['bias']})"),
        }

    def _rows(self, name: str) -> str:
        """The order of a block's rows."""
        return self.blocks[name]._replace(column=3, width=1).down(0)


def _at(block: Block, order: str) -> str:
    return f"INDEX({block.across(0, 'rc')},{order})"


_SCALARS = {
    "assets": ("Assets", "count", "Places used"),
    "wolf": ("Ledoit-Wolf", "0 or 1", "Shrinks to equal variances without covariance"),
    "equal": ("Constant correlation", "0 or 1", "Shrinks to equal correlations"),
    "bias": ("Correction of bias", "ratio", "1 less the sum of squared weights"),
    "correction": ("Divisor of the base", "ratio", "1 for the shrunk estimators"),
    "level": ("Mean variance", "squared", "Of the assets"),
    "correlation": ("Mean correlation", "ratio", "Off the diagonal"),
    "share": ("Correlation of the target", "ratio", "0 for Ledoit-Wolf"),
    "distance": ("Distance of the target", "power 4", "Sum of squared differences, base less target"),
    "wolf error": ("Error, Ledoit-Wolf", "power 4", "Of the base"),
    "diagonal": ("Diagonal of the errors", "power 4", "Sum of the errors of variances"),
    "correlation error": ("Error, constant correlation", "power 4", "Errors less what the target shares with them"),
    "error": ("Error", "power 4", "Of the card's estimator"),
    "intensity": ("Shrinkage", "share", "Error / distance, 0 to 1"),
    "benchmark mean": ("Benchmark mean", "per month", "For the chart"),
    "benchmark centre": ("Benchmark centre", "per month", "By the weights of the covariance"),
    "benchmark variance": ("Benchmark variance", "squared", "Divisor n"),
    "benchmark risk": ("Benchmark volatility", "per month", "For the chart"),
}
"""Lines of Calc_Covariance: label, unit, note."""

_BLOCKS = {
    "base": ("Base", "squared", "Divisor n; value: order of the row"),
    "prior": ("Target", "squared", "What the shrunk estimators are drawn to"),
    "fourth": ("Errors", "power 4", "Of the base covariances, times n"),
    "third": ("Third", "power 4", "Weighted sum of cube x other"),
    "scaled": ("Shared", "power 4", "Errors shared with the target, off the diagonal"),
    "covariance": ("Covariance", "squared", "The card's estimate"),
}
"""Blocks of Calc_Covariance."""
