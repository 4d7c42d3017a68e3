"""Sheets Data_Results and Outputs: statistics beside the engine's, was the target met, the coming month, charts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from workbooks import names
from workbooks.drt_cards import Cards
from workbooks.drt_cells import COUNT, PERCENT, SMALL, TEXT, Line, ModelLine, put_lines, put_model_lines, widen
from workbooks.drt_data import DirectData
from workbooks.drt_index import SERIES, Index, series_of
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import tickers_shown
from workbooks.drt_risk import Risk
from workbooks.drt_target import Target
from workbooks.drt_window import Window
from workbooks.sheet import FIRST_ROW, STANDARD_COLUMNS, Block, Book, Sheet
from workbooks.statistics_cells import NEEDED, STATISTICS, statistic_formulas, write_missing

STANDARD = (
    ("annualised_return", "Annualised return", "per year", "percent", "Compounded"),
    ("annualised_volatility", "Annualised volatility", "per year", "percent", "Stdev x root 12"),
    ("sharpe", "Sharpe ratio", "ratio", "number", "On returns above T-bills"),
    ("alpha", "Alpha above T-bills", "per year", "percent", "(1 + intercept)^12 - 1 of excess returns"),
    ("beta", "Beta above T-bills", "ratio", "number", "Slope of excess returns"),
    ("tracking_error", "Tracking error, annualised", "per year", "percent", "Stdev of differences x root 12"),
    ("information_ratio", "Information ratio, annualised", "ratio", "number", "Active return / tracking error"),
)
"""The standard convention, where there are T-bills."""

MET = (
    ("n", "Periods with a ratio", "count", "count", "Realised over target risk"),
    ("mean", "Mean ratio", "ratio", "number", "Realised over target, by period"),
    ("spread", "Spread of the ratios", "ratio", "number", "Sample stdev"),
    ("share_inside", "Share inside the band", "share", "percent", "Band: Inputs"),
    ("ratio", "Overall ratio", "ratio", "number", "Stdev of gross returns / root mean square of targets"),
    ("ex_ante_ratio", "Overall ratio, ex ante", "ratio", "number", "The same over ex-ante risks"),
)
"""Was the target met?"""

COLUMNS = {"net": 3, "benchmark": 7, "sixty_forty": 10, "bills": 13}
"""Where the native statistics of each series stand; the engine's and the difference follow, for ``net`` after the
notes."""


class Outputs(NamedTuple):
    """Cells of Outputs for the checks."""

    differences: dict[str, Block]
    """By series, and by ``standard`` and ``met``."""
    last_row: int


def output_heads(data: DirectData) -> tuple[str, ...]:
    """Heads of Outputs."""
    hurdles = [
        head
        for name in series_of(data)
        if name in COLUMNS and name != "net"
        for head in (SERIES[name].capitalize() if name == "benchmark" else SERIES[name], "engine", "difference")
    ]
    return (*STANDARD_COLUMNS[:3], "Net", STANDARD_COLUMNS[4], "engine", "difference", *hurdles)


def write_results(sheet: Sheet, data: DirectData, number: Block) -> dict[tuple[str, str], Block]:
    """What the engine found over the whole sample, one column per model; gives the chosen model's by series and key."""
    lines, keys = [], []
    for name in (*COLUMNS, "standard", "met"):
        for key, label, unit, number_format, note in _kinds(name):
            values = [_value(item, name, key) for item in data.models]
            if any(value is not None for value in values):
                keys.append((name, key))
                blanks = [np.nan if value is None else float(value) for value in values]
                shown = "T-bills" if name == "bills" else name.replace("_", " ")
                lines.append(ModelLine(shown.capitalize(), label, unit, note, number_format, blanks))
    widen(sheet, len(data.models))
    block = put_model_lines(sheet, FIRST_ROW, lines, "engine", (number, data.chosen))
    return {key: block._replace(row=block.row + i, column=3, height=1, width=1) for i, key in enumerate(keys)}


def _kinds(name: str) -> tuple[tuple[str, str, str, str, str], ...]:
    return {"standard": STANDARD, "met": MET}.get(name, STATISTICS)


def _value(item: Any, name: str, key: str) -> Any:
    if name == "met":
        value = float(getattr(item.check, key))
        return None if np.isnan(value) else value
    return item.statistics.get(name, {}).get(key)


def write_outputs(
    book: Book, sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Index, Risk, Target, Window],
    results: dict[tuple[str, str], Block],
) -> Outputs:  # fmt: skip
    """Statistics beside the engine's, the coming month's weights, and how often each state was met."""
    inputs, cards, index, risk, target, window = cells
    sheet.file.set_column(4, 4, 46)
    writer = _Writer(sheet, data, (inputs, index), results)
    row = FIRST_ROW
    differences = {}
    for name in [name for name in COLUMNS if name in series_of(data)]:
        differences[name] = writer.statistics(row, name)
    row += len(STATISTICS) + 1
    if ("standard", "sharpe") in results:
        differences["standard"] = writer.block(row, "Standard", "standard", STANDARD, _standard_formulas(writer, row))
        row += len(STANDARD) + 1
    else:
        sheet.text(row, 1, "T-bills: not supplied; no standard convention", "note")
        row += 2
    differences["met"] = writer.block(row, "Target met?", "met", MET, _met_formulas(index))
    row += len(MET) + 1
    row = _write_weights(sheet, row, data, risk, window)
    row = _write_states(sheet, row + 1, data, target) + 1
    model = data.shown.model
    cost = model.cost_bps * 1e-4
    put_lines(sheet, row, [
        Line("Charges", "Fee", "per year", "Data_Cards; taken each month on opening value", model.fee, PERCENT,
             f"={cards.fee.at()}"),
        Line("Charges", "Cost", "per amount", "Data_Cards; of each amount bought or sold", cost, PERCENT,
             f"={cards.cost.at()}"),
    ])  # fmt: skip
    book.name(names.INDEX_LEVELS, index.levels["net"])
    return Outputs(differences, row + 2)


class _Writer:
    """Statistics with the engine's and the difference beside them."""

    def __init__(
        self, sheet: Sheet, data: DirectData, cells: tuple[Inputs, Index], results: dict[tuple[str, str], Block]
    ) -> None:
        self.sheet, self.data, self.results = sheet, data, results
        self.inputs, self.index = cells
        self.months = self.inputs.months_per_year.at(0, 0, "rc")

    def value(self, name: str, key: str) -> float | None:
        """The engine's number for the model that a new workbook shows."""
        found = _value(self.data.shown, name, key)
        return None if found is None else float(found)

    def line(self, row: int, left: int, place: tuple[str, str, str], formula: str) -> None:
        """Native, engine and difference."""
        name, key, number = place
        value = self.value(name, key)
        write = self.sheet.arrays if formula.startswith("{") else self.sheet.formulas
        native = write(row, left, lambda i, j: formula.strip("{}"), value, ("formula", number))
        after = left + (2 if left == COLUMNS["net"] else 1)
        source = self.results[name, key]
        engine = self.sheet.formulas(row, after, lambda i, j: f"={source.at()}", value, ("link", number))
        self.sheet.formulas(row, after + 1, lambda i, j: f"={native.at()}-{engine.at()}", 0.0, SMALL)

    def statistics(self, row: int, name: str) -> Block:
        """The newsletter convention for one series; gives the differences."""
        index, left = self.index, COLUMNS[name]
        formulas = statistic_formulas(
            index.returns[name], index.drawdowns[name], index.returns["benchmark"], index.dates, self.months
        )
        place = {key: row + i for i, (key, *_) in enumerate(STATISTICS)}
        cumulative = [
            Block(self.sheet.name, place["cumulative"], COLUMNS[key], 1, 1).at() for key in (name, "benchmark")
        ]
        spread = Block(self.sheet.name, place["tracking_error"], left, 1, 1).at()
        formulas["information_ratio"] = f"=({cumulative[0]}-{cumulative[1]})/{spread}"
        offset = 2 if name == "net" else 1
        for key, label, unit, number, note in STATISTICS:
            if name == "net":
                self.sheet.labels(place[key], ("Statistics", label, unit, note))
            if (name, key) in self.results:
                self.line(place[key], left, (name, key, number), formulas[key])
            else:
                short = index.dates.height < NEEDED.get(key, 1)
                write_missing(self.sheet, (place[key], left, offset), too_short=short)
        return Block(self.sheet.name, row, left + offset + 1, len(STATISTICS), 1)

    def block(
        self, row: int, section: str, name: str, kinds: tuple[tuple[str, str, str, str, str], ...],
        formulas: dict[str, str],
    ) -> Block:  # fmt: skip
        """Lines of the model alone; gives the differences."""
        for i, (key, label, unit, number, note) in enumerate(kinds):
            self.sheet.labels(row + i, (section, label, unit, note))
            if (name, key) in self.results:
                self.line(row + i, COLUMNS["net"], (name, key, number), formulas[key])
            else:
                self.sheet.text(row + i, COLUMNS["net"], "not measured", "note")
        return Block(self.sheet.name, row, COLUMNS["net"] + 3, len(kinds), 1)


def _standard_formulas(writer: _Writer, row: int) -> dict[str, str]:
    """Against T-bills; two lines of the block, which begins at ``row``, serve the information ratio."""
    index, months = writer.index, writer.months
    net, other = (index.returns[name].down(0) for name in ("net", "benchmark"))
    own, market = (index.excess[name].down(0) for name in ("net", "benchmark"))
    level, last = index.levels["benchmark"], index.dates.height
    place = {key: Block(writer.sheet.name, row + i, COLUMNS["net"], 1, 1).at() for i, (key, *_) in enumerate(STANDARD)}
    grown = f"({level.at(last)}/{level.at(0)})^({months}/COUNT({other}))"
    return {
        "annualised_return": f"{{=PRODUCT(1+{net})^({months}/COUNT({net}))-1}}",
        "annualised_volatility": f"=STDEV.S({net})*SQRT({months})",
        "sharpe": f"=AVERAGE({own})/STDEV.S({own})*SQRT({months})",
        "alpha": f"=(1+INTERCEPT({own},{market}))^{months}-1",
        "beta": f"=SLOPE({own},{market})",
        "tracking_error": f"{{=STDEV.S({net}-{other})*SQRT({months})}}",
        "information_ratio": f"=(1+{place['annualised_return']}-{grown})/{place['tracking_error']}",
    }


def _met_formulas(index: Index) -> dict[str, str]:
    ratio, gross = index.ratio.down(0), index.returns["gross"].down(0)

    def overall(block: Block) -> str:
        return f"=STDEV.S({gross})/SQRT(SUMSQ({block.down(0)})/COUNT({block.down(0)}))"

    return {
        "n": f"=COUNT({ratio})",
        "mean": f"=AVERAGE({ratio})",
        "spread": f"=STDEV.S({ratio})",
        "share_inside": f"=SUM({index.inside.down(0)})/COUNT({ratio})",
        "ratio": overall(index.target),
        "ex_ante_ratio": overall(index.ex_ante),
    }


def _write_weights(sheet: Sheet, row: int, data: DirectData, risk: Risk, window: Window) -> int:
    """Weights for the coming month; gives the row after them."""
    places, last = data.sizes.assets, risk.weights.height - 1
    shown = [[f"{ticker}, coming month"] for ticker in tickers_shown(data)]
    for j in range(places):
        sheet.labels(row + j, ("Weights", None, "weight", "Decided at the last signal date"))
    heads = window.heads
    sheet.formulas(row, 1, lambda i, _: f'={heads.at(0, i)}&", coming month"', shown, TEXT)
    sheet.formulas(
        row, 3, lambda i, _: f"={risk.weights.at(last, i)}", data.shown.weights[-1][:, None], ("link", "percent")
    )
    return row + places


def _write_states(sheet: Sheet, row: int, data: DirectData, target: Target) -> int:
    """How many signals each row of the rule decided; gives the row after them."""
    rule, count = data.shown.model.rule, data.sizes.rules
    rows = [decision.row for decision in data.shown.walk.result.decisions]
    states = [r.state for r in rule.rows] if rule is not None else []
    shown = [[state] for state in states] + [[""]] * (count - len(states))
    for i in range(count):
        sheet.labels(row + i, ("States", None, "count", "Signals decided by this row of the rule"))
    names_of = target.rule_states
    sheet.formulas(row, 1, lambda i, _: f'={names_of.at(0, i)}&""', shown, TEXT)
    matched = target.matched.down(0, "rc")
    order = target.rule_order
    counts = np.array([[float(rows.count(i))] for i in range(count)])
    sheet.formulas(row, 3, lambda i, _: f"=COUNTIF({matched},{order.at(0, i)})", counts, COUNT)
    return row + count
