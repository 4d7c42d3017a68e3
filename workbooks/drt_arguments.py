"""Top of sheet Calc_Functions: what the calls of our functions are told, linked from the native sheets."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aram_xl._risk_target_rule import NOT_ENOUGH_HISTORY
from aram_xl._risk_target_table import HEADER
from workbooks.drt_cards import Cards
from workbooks.drt_cells import column
from workbooks.drt_certificate import Certificate
from workbooks.drt_covariance import Covariance
from workbooks.drt_data import DirectData, market_windows
from workbooks.drt_date import DateTwin, Steps, Weights
from workbooks.drt_inputs import Inputs, rule_rows
from workbooks.drt_market import Market, Returns, twin_of
from workbooks.drt_window import Window
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet
from workbooks.tour_sheet import Area

GAP = 2
"""Rows between sections."""

RULE_COLUMNS = (0, 2, 4, 5, 6, 7, 8)
"""Columns of the rule tables on Inputs that ARAM_RISK_TARGET reads, under the first of its heads."""

SETTINGS = ("trend", "trend_window", "trend_skip", "minimum_history")
"""Settings that its record is read with; smoothing and steps need the targets before: Calc_Target."""

NOTES = (
    "Empty places: no return, the variance of the first asset, nothing to hold. ARAM_COV is told the used ones only.",
    "ARAM_MARKET_RISK: 0 stands for each month before the market's first return; shown from the first full window on.",
    "ARAM_RISK_TARGET measures risk over one window of equal weights: compared for cards that do so. It is told no "
    "smoothing and no maximum step, which go back to the first signal: Calc_Target.",
    "ARAM_RISK_RANGE, ARAM_WEIGHTS, ARAM_CERTIFICATE: compared for cards with bounds only, no groups and no turnover.",
    "ARAM_MODEL_WEIGHTS and ARAM_BACKTEST are not shown: they read a table of dates and levels side by side.",
)


class Chosen(NamedTuple):
    """What the functions read and are held against."""

    inputs: Inputs
    cards: Cards
    returns: Returns
    market: Market
    window: Window
    covariance: Covariance
    steps: Steps
    weights: Weights
    certificate: Certificate
    twin: DateTwin


class Arguments:
    """The lines under construction; ``cells`` gives what stands where, by label."""

    def __init__(self, sheet: Sheet, data: DirectData, chosen: Chosen) -> None:
        self.sheet, self.data, self.chosen = sheet, data, chosen
        self.places = data.sizes.assets
        self.row = FIRST_ROW
        self.cells: dict[str, Area] = {}

    def write(self) -> int:
        """All of them; gives the first free row."""
        self._write_windows()
        self._write_places()
        self._write_market()
        self._write_limits()
        self._write_rule()
        self._write_rule_settings()
        self._write_months()
        for note in NOTES:
            self.sheet.text(self.row, 1, note, "note")
            self.row += 1
        return self.row + GAP

    def _write_places(self) -> None:
        """The optimisation problem place by place, and the weights; empty places hold nothing."""
        e, item, chosen = self.chosen.twin.estimates, self.data.shown, self.chosen
        n, places = len(item.model.universe), self.places
        used = np.arange(places) < n
        rows: tuple[tuple[str, str, Block | None, Any, str], ...] = (
            ("Place", "count", None, np.arange(1.0, places + 1), "count"),
            ("Expected return", "per month", chosen.window.expected, e.expected, "percent4"),
            ("Least weight", "weight", chosen.certificate.floors, self.data.padded(item.limits.lower), "percent"),
            ("Greatest weight", "weight", chosen.certificate.caps, self.data.padded(item.limits.upper), "percent"),
            ("Weights", "weight", chosen.weights.weights, chosen.twin.weights, "percent4"),
        )  # fmt: skip
        for label, unit, source, values, number in rows:
            if source is None:
                self._across(label, unit, self.sheet.values(self.row, FIRST_ASSET, values, ("formula", number)), values)
            else:
                self._across(label, unit, self._links(source, values, number), values)
        order = self.cells["Place"].block
        count = self.cells["Assets"].block.at(0, 0, "rc")
        self._across("Used", "0 or 1", self.sheet.formulas(
            self.row, FIRST_ASSET, lambda i, j: f"=N({order.at(0, j)}<={count})", used.astype(float),
            ("formula", "count"),
        ), used)  # fmt: skip
        source = chosen.covariance.covariance
        outer = np.outer(used, used)
        values = np.where(outer, e.covariance, np.eye(places) * e.covariance[0, 0])
        numbers = self.sheet.values(self.row, 3, np.arange(1.0, places + 1)[:, None], ("formula", "count"))
        for i in range(places):
            self.sheet.labels(self.row + i, ("Arguments", f"Covariance, place {i + 1}", "squared", None))

        def entry(i: int, j: int) -> str:
            row, other = numbers.at(i, 0, "c"), order.at(0, j, "r")
            first = source.at(0, 0, "rc")
            return f"=IF(MAX({row},{other})<={count},{source.at(i, j)},N({row}={other})*{first})"

        block = self.sheet.formulas(self.row, FIRST_ASSET, entry, values, ("formula", "small"))
        self.cells["Covariance"] = Area(block, values.tolist())
        self.row += places

    def _write_windows(self) -> None:
        """Assets, months, methods and half-lives of the estimates; first, for short references."""
        cards, model, months = self.chosen.cards, self.data.shown.model, self.chosen.window.months
        start = months.height - model.window + 1.0
        self._line("Assets", "count", f"={cards.assets.at()}", float(len(model.universe)), "count")
        self._line("First month", "count", f"=ROWS({months.down(0)})-{cards.window.at()}+1", start, "count")
        for label, cell, name in (
            ("Mean", cards.expected, model.expected_returns),
            ("Covariance", cards.covariance, model.covariance),
        ):
            told = self._line(f"{label} method", "method", f"={cell.at()}", name, "text")
            life = f'=IF({told.block.at()}="ewma",{cards.half_life.at()},"")'
            self._line(f"{label} half-life", "months", life, model.half_life if name == "ewma" else "", "level")

    def _write_market(self) -> None:
        """How long the market's history is, and how its risk is measured."""
        chosen, cards, market = self.chosen, self.chosen.cards, self.data.shown.model.market_risk
        windows, source = market_windows(self.data.shown.model), cards.market_windows
        method = "sample" if market is None else market.method
        returns, every = chosen.returns.market.down(0), source.down(0)
        known = np.isfinite(twin_of(self.data).series.returns[1:])
        first, here = float(known.argmax()) + 1.0, float(self.data.positions[self.data.signal]) + 1.0
        row = self._line("First return", "count", f"=1+ROWS({returns})-COUNT({returns})", first, "count").block.at()
        self._line("First value", "count", f"={row}+MAX({every})-1", first + max(windows) - 1.0, "count")
        self._line("Month of the date", "count", f"={chosen.window.row.at()}", here, "count")
        which = f'=CHOOSE(1+N({cards.market_ewma.at()})+(COUNT({every})>1)*(1+1),"sample","ewma","range")'
        told = self._line("Market method", "method", which, method, "text").block.at()
        several = method == "range"
        self._line("One window", "months", f"={source.at()}", float(windows[0]), "count")
        self._line("Market window", "months", f'=IF({told}="range","",{source.at()})',
                   "" if several else float(windows[0]), "count")  # fmt: skip
        life = market.half_life if market is not None and method == "ewma" else ""
        self._line("Market half-life", "months", f'=IF({told}="ewma",{cards.market_half_life.at()},"")', life, "level")
        self._line("Windows", "count", f'=MAX(1,COUNT({every})*({told}="range"))',
                   float(len(windows)) if several else 1.0, "count")  # fmt: skip
        for c in range(self.data.sizes.windows):
            value = float(windows[c]) if several and c < len(windows) else ""
            self._line(f"Window {c + 1}", "months", f'=IF({told}="range",{source.at(c)},"")', value, "count")
        self._line("Risk target compared", "0 or 1", f'=N({told}="sample")', float(method == "sample"), "count")

    def _write_limits(self) -> None:
        """Whether the card has bounds only; floor and cap of its rule per month."""
        cards, inputs, model = self.chosen.cards, self.chosen.inputs, self.data.shown.model
        others = f"=N(COUNT({cards.group_least.down(0)},{cards.turnover.at()})=0)"
        free = float(not model.groups and model.turnover is None)
        self._line("Weights compared", "0 or 1", others, free, "count")
        months = inputs.months_per_year.at()
        for label, cell in (("Floor", inputs.floor), ("Cap", inputs.cap)):
            given = getattr(model.rule, label.lower())
            value = "" if given is None else float(given / np.sqrt(12.0))
            self._line(label, "per month", f'=IF(COUNT({cell.at()}),{cell.at()}/SQRT({months}),"")', value, "percent4")

    def _write_rule(self) -> None:
        """The chosen model's rule as ARAM_RISK_TARGET takes it."""
        inputs, count, model = self.chosen.inputs, self.data.sizes.rules, self.data.shown.model
        if model.rule is None:
            raise TypeError("the shown model has a rule")
        first = float(model.rule.not_enough_history)
        heads = list(HEADER[: len(RULE_COLUMNS)])
        order = Block(self.sheet.name, self.row + 4, 3, count, 1)
        rows_before = f"=({inputs.number.at()}-1)*ROWS({order.down(0)})"
        skipped = self._line("Rows of Inputs before", "count", rows_before, float(self.data.chosen * count), "count")
        base = skipped.block.at(0, 0, "rc")
        top = self.row + 1
        for j, head in enumerate(heads):
            self.sheet.head(top, FIRST_ASSET + j, head)
        self.sheet.labels(top + 1, ("Rule", "Without history", "ratio", None))
        self.sheet.text(top + 1, FIRST_ASSET, NOT_ENOUGH_HISTORY)
        self.sheet.formulas(
            top + 1, FIRST_ASSET + 1, lambda i, j: f"={inputs.not_enough_history.at()}", first, ("formula", "level")
        )
        self.sheet.values(top + 2, 3, np.arange(1.0, count + 1)[:, None], ("formula", "count"))
        rows = [[_shown(row[j]) for j in RULE_COLUMNS] for row in rule_rows(model, count)]
        for i in range(count):
            self.sheet.labels(top + 2 + i, ("Rule", f"Row {i + 1}", "row", None))
        for k, j in enumerate(RULE_COLUMNS):
            source = column(inputs.table, j).down(0, "rc")

            def found(i: int, _: int, source: str = source) -> str:
                one = f"INDEX({source},{base}+{order.at(i, 0, 'c')})"
                return f'=IF({one}="","",{one})'

            style = ("formula", "text" if heads[k] in ("State", "Trend") else "level")
            self.sheet.formulas(top + 2, FIRST_ASSET + k, found, [[row[k]] for row in rows], style)
        table: list[list[Any]] = [heads, [NOT_ENOUGH_HISTORY, first, *[""] * (len(heads) - 2)], *rows]
        self.cells["Rule"] = Area(Block(self.sheet.name, top, FIRST_ASSET, len(table), len(heads)), table)
        self.row = top + len(table) + 1

    def _write_rule_settings(self) -> None:
        """Names and values, side by side."""
        top = self.row
        told: list[list[Any]] = []
        for i, name in enumerate(SETTINGS):
            cell, value = getattr(self.chosen.inputs, name), getattr(self.data.shown.model.rule, name)
            told.append([name, value if isinstance(value, str) else float(value)])
            self.sheet.labels(top + i, ("Rule", name.capitalize().replace("_", " "), "setting", None))
            self.sheet.text(top + i, FIRST_ASSET, name)
            place = Block(self.sheet.name, top + i, FIRST_ASSET + 1, 1, 1)
            self._put(place, f"={cell.at()}", told[i][1], "text" if isinstance(value, str) else "count")
        self.cells["Settings"] = Area(Block(self.sheet.name, top, FIRST_ASSET, len(SETTINGS), 2), told)
        self.row = top + len(SETTINGS) + GAP

    def _write_months(self) -> None:
        """The returns of the longest window; the estimates are told those from the first month of the card's own on."""
        source, values = self.chosen.window.months, self.chosen.twin.estimates.months
        for i in range(source.height):
            self.sheet.labels(self.row + i, ("Window", f"Month {i + 1}", "per month", None))
        block = self.sheet.formulas(
            self.row, FIRST_ASSET, lambda i, j: f"={source.at(i, j)}", values, ("formula", "percent4")
        )
        self.cells["Window"] = Area(block, values.tolist())
        self.row += source.height + GAP

    def _across(self, label: str, unit: str, place: Block, values: Any) -> None:
        """Labels of an argument of a row."""
        self.sheet.labels(self.row, ("Arguments", label, unit, None))
        self.cells[label] = Area(place, [list(map(float, values))])
        self.row += 1

    def _links(self, source: Block, values: Any, number: str) -> Block:
        """A row of places of another sheet."""
        return self.sheet.formulas(
            self.row, FIRST_ASSET, lambda i, j: f"={source.at(0, j)}", values, ("formula", number)
        )

    def _line(self, label: str, unit: str, formula: str, value: Any, number: str) -> Area:
        """An argument of one cell."""
        self.sheet.labels(self.row, ("Arguments", label, unit, None))
        place = Block(self.sheet.name, self.row, 3, 1, 1)
        self._put(place, formula, value, number)
        self.cells[label] = Area(place, [[value]])
        self.row += 1
        return self.cells[label]

    def _put(self, place: Block, formula: str, value: Any, number: str) -> None:
        self.sheet.formulas(place.row, place.column, lambda i, j: formula, value, ("formula", number))


def _shown(value: Any) -> Any:
    """As a formula shows it: an empty text for what is not there."""
    return "" if isinstance(value, float) and np.isnan(value) else value
