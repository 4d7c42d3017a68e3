"""What the direct-risk-target workbook checks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbooks.check_lines import Check
from workbooks.drt_cards import Cards, Decided, Levels
from workbooks.drt_certificate import Certificate
from workbooks.drt_covariance import Covariance
from workbooks.drt_curve import Curve
from workbooks.drt_data import POINTS, DirectData
from workbooks.drt_date import DateTwin, Steps, Weights
from workbooks.drt_index import COMPARED, Exposure, Index
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import Market, Returns
from workbooks.drt_outputs import Outputs
from workbooks.drt_risk import Risk
from workbooks.drt_target import COMPARED as DECIDED
from workbooks.drt_target import Target
from workbooks.drt_window import Window
from workbooks.inputs_sheets import CHECK_TOLERANCE, START_LEVEL
from workbooks.sheet import Block


class Checked(NamedTuple):
    """What the checks look at."""

    inputs: Inputs
    levels: Levels
    cards: Cards
    engine: Decided
    returns: Returns
    market: Market
    target: Target
    window: Window
    covariance: Covariance
    steps: Steps
    weights: Weights
    certificate: Certificate
    curve: Curve
    risk: Risk
    periods: Index
    exposure: Exposure
    outputs: Outputs


def direct_checks(data: DirectData, cells: Checked, twin: DateTwin) -> list[Check]:
    """All checks, with the values they have when nothing is wrong."""
    maker = _Maker(data, cells, twin)
    return [
        *maker.data_checks(), *maker.card_checks(), *maker.decision_checks(), *maker.estimate_checks(),
        *maker.weight_checks(), *maker.optimality_checks(), *maker.history_checks(), *maker.result_checks(),
    ]  # fmt: skip


class _Maker:
    def __init__(self, data: DirectData, cells: Checked, twin: DateTwin) -> None:
        self.data, self.cells, self.twin = data, cells, twin
        self.tolerance = f"={cells.inputs.tolerance.at(0, 0, 'rc')}"
        self.same = f"({cells.inputs.changed.at()}=0)"
        """1 while the rule is the card's."""

    def near(
        self, texts: tuple[str, str, str, str], formula: str, value: float = 0.0, target: str | float = 0.0
    ) -> Check:
        """A check within the tolerance of sheet Inputs."""
        section, label, unit, note = texts
        return Check(section, label, unit, formula, value, target, self.tolerance, note, CHECK_TOLERANCE)

    def count(self, texts: tuple[str, str, str], formula: str, value: float, target: str | float) -> Check:
        """A check that is exact."""
        section, label, note = texts
        return Check(section, label, "count", formula, value, target, 0.0, note)

    def data_checks(self) -> list[Check]:
        data, levels = self.data, self.cells.levels
        months = data.dates.size
        dates = levels.dates
        disorder = f"{{=SUM(({dates.rows(1, months - 1)}<={dates.rows(0, months - 2)})*1)}}"
        checks = [
            self.count(("Data", "Month-ends present", "No empty date"), f"=COUNT({dates.down(0)})", months,
                       f"=ROWS({dates.down(0)})"),
            self.count(("Data", "Dates out of order", "Ascending"), disorder, 0.0, 0.0),
        ]  # fmt: skip
        for j, ticker in enumerate(data.tickers):
            start = int(np.argmax(np.isfinite(data.levels[:, j])))
            expected = f"=ROWS({levels.levels.rows(start, months - 1, j)})"
            checks.append(self.count(("Data", f"Levels of {ticker}", "Every month from the first"),
                                     f"=COUNT({levels.levels.down(j)})", months - start, expected))  # fmt: skip
        every = levels.levels.all("")
        total = f"=SUM({every})/{self.cells.inputs.engine_levels.at()}"
        return [
            *checks,
            Check("Data", "All levels above 0", "0 or 1", f"=N(MIN({every})>0)", 1.0, 1.0, 0.0, "Of all tickers"),
            self.near(("Data", "Sum of levels over the engine's", "ratio", "The engine read these data"), total, 1.0,
                      1.0),
        ]  # fmt: skip

    def card_checks(self) -> list[Check]:
        data, cards, returns, inputs = self.data, self.cells.cards, self.cells.returns, self.cells.inputs
        shown, row = data.shown, self.cells.steps.engine_row.at()
        name = f"=N(INDEX({self.cells.engine.models.down(0)},{row})={inputs.model.at()})"
        day = f"=INDEX({self.cells.engine.dates.down(0)},{row})-{inputs.signal_date.at()}"
        number = f"=SUM(INDEX({cards.market.all('')},{inputs.number.at()},0))"
        return [
            self.count(("Card", "Assets found in Data", "Columns of the places"),
                       f'=COUNTIF({returns.places.across(0)},">0")', shown.columns.size, f"={cards.assets.at()}"),
            self.near(("Card", "Weights of the market", "weight", "Add up to 1"), number, 1.0, 1.0),
            Check("Card", "Row of the model", "0 or 1", name, 1.0, 1.0, 0.0, "On Data_Engine"),
            self.count(("Card", "Row of the date", "On Data_Engine"), day, 0.0, 0.0),
        ]  # fmt: skip

    def decision_checks(self) -> list[Check]:
        target, signals = self.cells.target, float(self.data.positions.size)
        dates = target.dates.down(0)
        rows = f"=ROWS({dates})"
        month_ends = f"{{=SUM(COUNTIF({self.cells.returns.dates.down(0)},{dates}))}}"
        numbers = target.clipped.down(0)
        checks = [
            self.count(("Target", "Signal dates that are month-ends", "Of Calc_Assets"), month_ends, signals, rows),
            self.count(("Target", "Targets present", "COUNT equals n"), f"=COUNT({numbers})", signals, rows),
            self.count(("Target", "States as the engine's", "While the rule is the card's"),
                       f"={self.same}*({rows[1:]}-SUM({target.same_state.down(0)}))", 0.0, 0.0),
        ]  # fmt: skip
        for j, name in enumerate(DECIDED):
            gap = f"{{={self.same}*MAX(ABS({target.differences.down(j)}))}}"
            unit = "ratio" if name in ("percentile", "trend value", "drawdown", "k") else "per month"
            checks.append(self.near(("Target", f"{name.capitalize()} less engine's", unit, "The largest"), gap))
        return checks

    def estimate_checks(self) -> list[Check]:
        cells, e = self.cells, self.twin.estimates
        window, covariance = cells.window, cells.covariance
        matrix = covariance.covariance.all("")
        asymmetry = f"{{=MAX(ABS({matrix}-TRANSPOSE({matrix})))}}"
        count = float(e.months.size)
        shrinkage = float(e.intensity)
        engine = f"=INDEX({cells.engine.figure('shrinkage').down(0)},{cells.steps.engine_row.at()})"
        rows = f"=ROWS({window.months.down(0)})*COLUMNS({window.months.across(0)})"
        return [
            self.count(("Estimates", "Returns in the window", "COUNT equals n"), f"=COUNT({window.months.all('')})",
                       count, rows),
            self.near(("Estimates", "Weights of the months", "weight", "Add up to 1"),
                      f"=SUM({window.weights.down(0)})", 1.0, 1.0),
            self.near(("Estimates", "Asymmetry of the covariance", "squared", "Symmetric"), asymmetry),
            self.near(("Estimates", "Shrinkage", "ratio", "In cells against the engine's"),
                      f"={covariance.intensity.at()}", shrinkage, engine),
        ]  # fmt: skip

    def weight_checks(self) -> list[Check]:
        cells = self.cells
        weights, certificate, steps = cells.weights, cells.certificate, cells.steps
        w, places = weights.weights.across(0), float(self.data.sizes.assets)
        checks = [
            self.count(("Weights", "Weights present", "COUNT equals n"), f"=COUNT({w})", places, f"=COLUMNS({w})"),
            self.near(("Weights", "Total weight", "weight", "Fully invested"), f"=SUM({w})", 1.0, 1.0),
            self._excess("Below a floor", certificate.excess_floor),
            self._excess("Above a cap", certificate.excess_cap),
            self._excess("Outside a group's range", certificate.excess_group),
            self.near(("Weights", "Turnover above its limit", "weight", "At most 0"),
                      f"=MAX({certificate.turnover.at()}-{certificate.turnover_limit.at()},0)"),
            self.near(("Weights", "Risk above the final target", "per month", "At most 0"),
                      f"=MAX({certificate.risk.at()}-{steps.final.at()},0)"),
        ]  # fmt: skip
        optimiser = weights.optimiser
        if optimiser is None or self.twin.table is None:
            return checks
        table, applies = self.twin.table, steps.applies.at()
        missing = float((~table.evaluated).sum())
        gap = float(np.abs(self.twin.weights - self.data.shown.weights[self.data.signal]).max())
        least = f"INDEX({optimiser.least_reachable.down(0)},{optimiser.fallback_row.at()})"
        return [
            *checks,
            Check("Weights", "Subsets not evaluated", "count", f"={optimiser.not_evaluated.at()}", missing, 0.0,
                  f"=ROWS({optimiser.subsets.down(0)})-1", "Singular, or of empty places", float(len(table.a) - 1)),
            self.near(("Weights", "In cells less engine", "weight", "While the rule is the card's"),
                      f"={self.same}*{applies}*{weights.difference.at()}", gap),
            self.near(("Weights", "Least risk in cells less engine", "per month", "Where it is solved in cells"),
                      f"={applies}*(SQRT({least})-{steps.least.at()})"),
        ]  # fmt: skip

    def _excess(self, label: str, block: Block) -> Check:
        return self.near(("Weights", label, "weight", "At most 0"), f"=MAX({block.at()},0)")

    def optimality_checks(self) -> list[Check]:
        cells, e = self.cells, self.twin.estimates
        c, steps, curve = cells.certificate, cells.steps, cells.curve
        risk = float(np.sqrt(self.twin.weights @ e.covariance @ self.twin.weights))
        own = f"=INDEX({cells.risk.risk.down(0)},{steps.signal.at()})"
        totals = float(POINTS)
        ends = [curve.risks.at(0), curve.risks.at(POINTS - 1)]
        same = f"{self.same}*"
        reach = [float(v) for v in self.data.shown.walk.result.reach.iloc[self.data.signal]]
        return [
            self.near(("Proof", "First-order residual", "per month", "Optimal"), f"={c.residual.at()}"),
            self.near(("Proof", "Slackness of risk", "per month", "Multiplier x slack"), f"={c.slack_risk.at()}"),
            self.near(("Proof", "Slackness of groups", "per month", "Multiplier x slack"), f"={c.slack_group.at()}"),
            self.near(("Proof", "Slackness of turnover", "per month", "Multiplier x slack"),
                      f"={c.slack_turnover.at()}"),
            self.near(("Proof", "Risk by two routes", "per month", "MMULT against the mixed returns of Calc_Risk"),
                      f"={same}({c.risk.at()}-{own[1:]})"),
            self.near(("Proof", "Risk contributions", "per month", "Add up to the risk"),
                      f"=SUM({c.contribution.across(0)})", risk, f"={c.risk.at()}"),
            self.near(("Frontier", "Weights of the points", "weight", "Add up to the number of points"),
                      f"=SUM({curve.weights.all('')})", totals, f"=ROWS({curve.weights.down(0)})"),
            self.near(("Frontier", "Start of the frontier", "per month", "The least reachable risk"), f"={ends[0]}",
                      reach[0], f"={steps.least.at()}"),
            self.near(("Frontier", "End of the frontier", "per month", "The greatest useful risk"), f"={ends[1]}",
                      reach[1], f"={steps.greatest.at()}"),
        ]  # fmt: skip

    def history_checks(self) -> list[Check]:
        cells, data = self.cells, self.data
        index, risk = cells.periods, cells.risk
        signals, places = float(data.positions.size), data.sizes.assets
        weights = risk.weights
        gap = f"{{=MAX(ABS({risk.difference.down(0)}))}}"
        checks = [
            self.count(("History", "Engine weights present", "COUNT equals n"), f"=COUNT({weights.all('')})",
                       signals * places, f"=ROWS({weights.down(0)})*COLUMNS({weights.across(0)})"),
            self.near(("History", "Totals of the weights", "weight", "Each 1"),
                      f"=SUM({weights.all('')})", signals, f"=ROWS({weights.down(0)})"),
            self.near(("History", "Ex-ante risk less engine's", "per month", "The largest"), gap),
        ]  # fmt: skip
        for name in COMPARED:
            gap = f"{{=MAX(ABS({index.differences[name].down(0)}))}}"
            checks.append(self.near(("History", f"{name.capitalize()} less engine's", "per month", "The largest"), gap))
        for name, block in cells.exposure.sums.items():
            label = f"Weights by {name.replace('_', ' ')}"
            checks.append(self.near(("History", label, "weight", "Add up to 1 at every signal"),
                                    f"=SUM({block.all('')})", signals, f"=ROWS({block.down(0)})"))  # fmt: skip
        return checks

    def result_checks(self) -> list[Check]:
        cells, data = self.cells, self.data
        index, periods = cells.periods, data.positions.size - 1
        net = index.returns["net"].down(0)
        result = data.shown.walk.result
        levels = index.levels
        last = START_LEVEL * float(np.prod(1.0 + result.returns.to_numpy()))
        growth = float(np.prod(1.0 + result.benchmark_returns.to_numpy()))
        bench = levels["benchmark"]
        source, own = cells.levels.levels, cells.returns.benchmark_column.at()
        first, end = (source.across(int(data.positions[k]) + 1) for k in (0, -1))
        checks = [
            self.count(("Results", "Periods", "COUNT equals n"), f"=COUNT({net})", periods, f"=ROWS({net})"),
            self.near(("Results", "Last level", "level", "Chained against PRODUCT"),
                      f"={levels['net'].at(periods)}", last, f"{{={levels['net'].at(0)}*PRODUCT(1+{net})}}"),
            self.near(("Results", "Benchmark's growth", "ratio", "Chained against levels"),
                      f"={bench.at(periods)}/{bench.at(0)}", growth,
                      f"=INDEX({end},{own})/INDEX({first},{own})"),
        ]  # fmt: skip
        for name, block in cells.outputs.differences.items():
            gate = f"{self.same}*" if name == "met" else ""
            whole = block.down(0)
            gap = f"{{={gate}MAX(IF(ISNUMBER({whole}),ABS({whole}),0))}}"
            label = f"Largest difference, {name.replace('_', ' ')}"
            checks.append(self.near(("Results", label, "any", "Native less engine"), gap))
        return checks
