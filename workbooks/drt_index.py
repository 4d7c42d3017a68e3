"""Sheets Calc_Index and Calc_Exposure: what was held, traded, charged and earned, period by period."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from aram_xl.hurdles import EQUITY_SHARE
from aram_xl.types import FloatArray
from workbooks.drt_cards import Cards, Decided
from workbooks.drt_cells import COUNT, EMPTY, LEVEL, NUMBER, PERCENT, SMALL, TEXT, Line, put_lines, worded_heads
from workbooks.drt_data import DIMENSIONS, DirectData
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import Returns, tickers_shown
from workbooks.drt_risk import Risk
from workbooks.drt_target import Target
from workbooks.drt_window import Window
from workbooks.inputs_sheets import START_LEVEL
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, STANDARD_COLUMNS, Block, Sheet, excel_date

START = FIRST_ROW + 2
"""Row of the start, below the lines; the periods follow."""

COMPARED = ("gross return", "net return", "turnover", "cost")

EXCESS = ("net", "benchmark")
"""Series whose returns above T-bills are shown."""

SERIES = {"net": "net", "gross": "gross", "benchmark": "benchmark", "sixty_forty": "60/40", "bills": "T-bills"}
"""Series with a level, by key: heads."""


class Index(NamedTuple):
    """Cells of Calc_Index, one row per period."""

    dates: Block
    returns: dict[str, Block]
    """By series."""
    levels: dict[str, Block]
    """One row more: they begin with the start."""
    drawdowns: dict[str, Block]
    excess: dict[str, Block]
    """Returns above T-bills of ``net`` and ``benchmark``, where there are bills."""
    differences: dict[str, Block]
    """Native less engine, by compared figure."""
    target: Block
    ex_ante: Block
    realised: Block
    ratio: Block
    inside: Block


class Exposure(NamedTuple):
    """Cells of Calc_Exposure, one row per signal."""

    dates: Block
    sums: dict[str, Block]
    """By dimension, one column per text."""
    texts: dict[str, tuple[str, ...]]


def plan_drifted(sheet: Sheet, data: DirectData) -> Block:
    """Where the drifted weights stand: a row per signal, zeros at the first."""
    return Block(sheet.name, START, FIRST_ASSET + data.sizes.assets, data.positions.size, data.sizes.assets)


def index_heads(data: DirectData) -> tuple[str | None, ...]:
    """Heads of Calc_Index; those of the assets are formulas."""
    engine = tuple(head for name in COMPARED for head in (f"engine {name}", "difference"))
    series = [SERIES[name] for name in series_of(data)]
    hurdles = tuple(f"{name} return" for name in series[2:])
    return (
        *STANDARD_COLUMNS[:3], "Net return", "Note", *(None,) * (2 * data.sizes.assets), "gross return", "turnover",
        "cost", *engine, *hurdles, *(f"{name} level" for name in series), *(f"{name} drawdown" for name in series),
        *(f"{name} above T-bills" for name in EXCESS if "bills" in data.hurdles), "target", "ex-ante risk",
        "realised risk", "realised/target", "in the band",
    )  # fmt: skip


def series_of(data: DirectData) -> list[str]:
    """Keys of the series that there are."""
    there = {"sixty_forty": {"equity", "aggregate"} <= data.hurdles.keys(), "bills": "bills" in data.hurdles}
    return [name for name in SERIES if there.get(name, True)]


def write_index(
    sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Returns, Window], decided: tuple[Decided, Target, Risk],
    drifted: Block,
) -> Index:  # fmt: skip
    """One row per period, from a signal to the next."""
    return _Periods(sheet, data, cells, decided, drifted).write()


class _Periods:
    """The sheet under construction."""

    def __init__(
        self, sheet: Sheet, data: DirectData, cells: tuple[Inputs, Cards, Returns, Window],
        decided: tuple[Decided, Target, Risk], drifted: Block,
    ) -> None:  # fmt: skip
        self.sheet, self.data, self.drifted = sheet, data, drifted
        self.inputs, self.cards, self.source, self.window = cells
        self.engine, self.target, self.risk = decided
        self.first, self.count = START + 1, data.positions.size - 1
        self.column = drifted.column + drifted.width
        self.item = data.shown
        self.result = data.shown.walk.result

    def write(self) -> Index:
        """All columns."""
        net = Block(self.sheet.name, self.first, 3, self.count, 1)
        dates, fee = self._write_frame()
        gross, turnover, cost = self._write_account()
        result = self.result
        values = _fee(self.item.model.fee)
        self._put(
            3, lambda i, _: f"=(1-{cost.at(i)})*(1-{fee.at(0, 0, 'rc')})*(1+{gross.at(i)})-1",
            (1.0 - result.costs.to_numpy()) * (1.0 - values) * (1.0 + result.gross_returns.to_numpy()) - 1.0, PERCENT,
        )  # fmt: skip
        native = dict(zip(COMPARED, (gross, net, turnover, cost), strict=True))
        differences = {name: self._compare(name, block) for name, block in native.items()}
        returns = {"net": net, "gross": gross, **self._write_hurdles()}
        found = {"net": result.returns, "gross": result.gross_returns, "benchmark": result.benchmark_returns}
        series = {
            name: np.asarray(found[name].to_numpy() if name in found else self._hurdle(name), dtype=np.float64)
            for name in returns
        }
        levels = {name: self._level(block, series[name]) for name, block in returns.items()}
        drawdowns = {name: self._drawdown(block, series[name]) for name, block in levels.items()}
        excess = self._write_excess(returns, series) if "bills" in returns else {}
        self._write_start()
        return Index(dates, returns, levels, drawdowns, excess, differences, *self._write_check())

    def _put(self, at: int, formula: Callable[[int, int], str], values: Any, style: tuple[str, str]) -> Block:
        return self.sheet.formulas(self.first, at, formula, np.asarray(values).reshape(self.count, -1), style)

    def _next(self, formula: Callable[[int, int], str], values: Any, style: tuple[str, str]) -> Block:
        block = self._put(self.column, formula, values, style)
        self.column += block.width
        return block

    def _write_frame(self) -> tuple[Block, Block]:
        """Labels, dates, the fee of a month."""
        sheet, data = self.sheet, self.data
        sheet.file.set_column(4, 4, 8)
        for i in range(self.count + 1):
            sheet.text(START + i, 0, "Period" if i else "Start", "section")
            sheet.text(START + i, 2, "per month" if i else "level", "note")
        days = excel_date(data.dates[data.positions + 1])
        signals = self.target.dates
        sheet.formulas(START, 1, lambda i, _: f"={signals.at(0)}", days[:1, None], ("link", "day"))
        dates = self._put(1, lambda i, _: f"={signals.at(i + 1)}", days[1:], ("link", "day"))
        months = self.inputs.months_per_year.at()
        fee = put_lines(sheet, FIRST_ROW, [
            Line("Charge", "Fee of a month", "per month", "", _fee(self.item.model.fee), PERCENT,
                 f"=1-(1-{self.cards.fee.at()})^(1/{months})"),
        ])[0]  # fmt: skip
        shown, heads = tickers_shown(data), self.window.heads
        for left, word in ((FIRST_ASSET, "return"), (self.drifted.column, "drifted")):
            worded_heads(sheet, (FIRST_ROW - 1, left), word, heads, shown)
        return dates, fee

    def _write_account(self) -> tuple[Block, Block, Block]:
        """Returns of the assets, gross return, drifted weights, turnover and cost."""
        data, item, weights = self.data, self.item, self.risk.weights
        ends = data.positions[1:]
        earned = data.held(item)[ends]
        source = self.source.assets
        assets = self._put(FIRST_ASSET, lambda i, j: f"={source.at(int(ends[i]), j)}", earned, ("link", "percent4"))
        gross_values = self.result.gross_returns.to_numpy()
        gross = Block(self.sheet.name, self.first, self.column, self.count, 1)
        self._put(
            self.drifted.column, lambda i, j: (
                f"={weights.at(i, j)}*(1+{assets.at(i, j)})/(1+{gross.at(i, 0, 'c')})"
            ), item.before[1:], PERCENT,
        )  # fmt: skip
        self._next(lambda i, _: f"=SUMPRODUCT({weights.across(i)},{assets.across(i)})", gross_values, PERCENT)
        turnover = self.sheet.arrays(
            self.first, self.column,
            lambda i, _: f"=SUM(ABS({weights.across(i)}-{self.drifted.across(i)}))/(1+1)",
            self.result.turnover.to_numpy()[:, None], PERCENT,
        )  # fmt: skip
        self.column += 1
        rate, first = (cell.at(0, 0, "rc") for cell in (self.cards.cost, self.cards.first_charged))
        top = self.target.dates.at(0, 0, "rc")
        before = Block(self.sheet.name, START, 1, self.count, 1)
        cost = self._next(
            lambda i, _: f"=(1+1)*{turnover.at(i)}*{rate}*IF({before.at(i)}={top},{first},1)",
            self.result.costs.to_numpy(), PERCENT,
        )  # fmt: skip
        return gross, turnover, cost

    def _compare(self, name: str, native: Block) -> Block:
        """The engine's figure and the difference."""
        source, rows = self.engine.figure(name), self.target.engine_rows
        series = {"gross return": self.result.gross_returns, "net return": self.result.returns,
                  "turnover": self.result.turnover, "cost": self.result.costs}[name]  # fmt: skip
        engine = self._next(lambda i, _: f"=INDEX({source.down(0, 'rc')},{rows.at(i)})", series.to_numpy(), PERCENT)
        return self._next(lambda i, _: f"={native.at(i)}-{engine.at(i)}", np.zeros(self.count), SMALL)

    def _write_hurdles(self) -> dict[str, Block]:
        """The benchmark, 60/40 and Treasury bills, where the prices have them."""
        data, ends = self.data, self.data.positions[1:]
        every = self.source.every

        def ticker(name: str, i: int) -> str:
            return every.at(int(ends[i]), data.tickers.index(data.hurdles[name]))

        own = self.source.benchmark
        found = {"benchmark": self._next(
            lambda i, _: f"={own.at(int(ends[i]))}", self.result.benchmark_returns.to_numpy(), ("link", "percent4")
        )}  # fmt: skip
        share = self.inputs.equity_share.at(0, 0, "rc")
        if "sixty_forty" in series_of(data):
            found["sixty_forty"] = self._next(
                lambda i, _: f"={share}*{ticker('equity', i)}+(1-{share})*{ticker('aggregate', i)}",
                self._hurdle("sixty_forty"), PERCENT,
            )  # fmt: skip
        if "bills" in series_of(data):
            found["bills"] = self._next(
                lambda i, _: f"={ticker('bills', i)}", self._hurdle("bills"), ("link", "percent4")
            )
        return found

    def _hurdle(self, name: str) -> FloatArray:
        data = self.data
        earned = data.returns[data.positions[1:]]
        if name == "bills":
            return np.asarray(earned[:, data.tickers.index(data.hurdles["bills"])])
        equity, bonds = (earned[:, data.tickers.index(data.hurdles[key])] for key in ("equity", "aggregate"))
        return np.asarray(EQUITY_SHARE * equity + (1.0 - EQUITY_SHARE) * bonds)

    def _level(self, returns: Block, values: FloatArray) -> Block:
        start = self.inputs.start_level
        self.sheet.formulas(START, self.column, lambda i, _: f"={start.at()}", START_LEVEL, LEVEL)
        block = Block(self.sheet.name, START, self.column, self.count + 1, 1)
        self._next(lambda i, _: f"={block.at(i)}*(1+{returns.at(i)})", START_LEVEL * np.cumprod(1.0 + values), LEVEL)
        return block

    def _drawdown(self, level: Block, values: FloatArray) -> Block:
        path = np.cumprod(np.append(1.0, 1.0 + values))
        fall = path[1:] / np.maximum.accumulate(path)[1:] - 1.0
        top = level.at(0, 0, "r")
        return self._next(
            lambda i, _: f"={level.at(i + 1)}/MAX({top}:{level.at(i + 1).split('!')[1]})-1", fall, PERCENT
        )

    def _write_excess(self, returns: dict[str, Block], series: dict[str, FloatArray]) -> dict[str, Block]:
        """Returns above T-bills."""
        bills = returns["bills"]

        def above(own: Block) -> Callable[[int, int], str]:
            return lambda i, _: f"={own.at(i)}-{bills.at(i)}"

        return {name: self._next(above(returns[name]), series[name] - series["bills"], PERCENT) for name in EXCESS}

    def _write_start(self) -> None:
        """Before the first signal nothing is held."""
        zeros = np.zeros((1, self.drifted.width))
        self.sheet.values(START, self.drifted.column, zeros, COUNT)

    def _write_check(self) -> tuple[Block, Block, Block, Block, Block]:
        """Target, ex-ante and realised risk, and whether the target was met."""
        periods, low, high = self.item.check.periods, self.inputs.band_low, self.inputs.band_high
        source, rows = self.engine.figure("realised risk"), self.target.engine_rows
        clipped, risk = self.target.clipped, self.risk.risk
        target = self._next(lambda i, _: f"={clipped.at(i)}", periods["target"].to_numpy(), ("link", "percent4"))
        ex_ante = self._next(lambda i, _: f"={risk.at(i)}", periods["ex_ante"].to_numpy(), ("link", "percent4"))
        realised = self._next(
            lambda i, _: f"=INDEX({source.down(0, 'rc')},{rows.at(i)})", np.nan_to_num(periods["realised"].to_numpy()),
            PERCENT,
        )  # fmt: skip
        ratio = self._next(
            lambda i, _: f'=IF({realised.at(i)}>0,{realised.at(i)}/{target.at(i)},"")', periods["ratio"].to_numpy(),
            NUMBER,
        )  # fmt: skip
        inside = self._next(
            lambda i, _: (
                f"=COUNT({ratio.at(i)})*({ratio.at(i)}>={low.at(0, 0, 'rc')})*({ratio.at(i)}<={high.at(0, 0, 'rc')})"
            ), periods["inside"].to_numpy().astype(float), COUNT,
        )  # fmt: skip
        return target, ex_ante, realised, ratio, inside


def _fee(per_year: float) -> float:
    """Of a month."""
    return float(1.0 - (1.0 - per_year) ** (1.0 / 12.0))


def exposure_texts(data: DirectData) -> dict[str, tuple[str, ...]]:
    """The texts of each dimension that an asset of some model has."""
    held = sorted({int(j) for item in data.models for j in item.columns})
    return {name: tuple(dict.fromkeys(data.traits[name][j] for j in held)) for name in DIMENSIONS}


def exposure_heads(data: DirectData) -> tuple[str, ...]:
    """Heads of the table on Calc_Exposure."""
    columns = [text for texts in exposure_texts(data).values() for text in texts]
    return ("Exposure", "Signal date", "Unit", "Total", "Note", *columns)


def write_exposure(
    sheet: Sheet, data: DirectData, cells: tuple[Cards, Returns], target: Target, risk: Risk
) -> Exposure:
    """Weights added up by asset class, sector and duration band of the universe table."""
    sheet.file.set_column(4, 4, 8)
    item, texts = data.shown, exposure_texts(data)
    traits = _write_traits(sheet, data, cells)
    first = FIRST_ROW + len(DIMENSIONS) + 3
    sheet.second_table(first - 1, exposure_heads(data))
    sheet.paginate(len(exposure_heads(data)))
    for i in range(data.positions.size):
        sheet.text(first + i, 0, "Signal", "section")
        sheet.text(first + i, 2, "weight", "note")
    days = excel_date(data.dates[data.positions + 1])[:, None]
    dates = sheet.formulas(first, 1, lambda i, _: f"={target.dates.at(i)}", days, ("link", "day"))
    sums, left = {}, FIRST_ASSET
    for name, (block, own) in traits.items():
        sheet.text(first - 2, left, name.replace("_", " ").capitalize(), "section")
        head = Block(sheet.name, first - 1, left, 1, len(texts[name]))
        values = np.array([[w[[o == text for o in own]].sum() for text in texts[name]] for w in item.weights])

        def total(i: int, j: int, block: Block = block, head: Block = head) -> str:
            return f"=SUMPRODUCT(({block.across(0, 'rc')}={head.at(0, j, 'r')})*{risk.weights.across(i, 'c')})"

        sums[name] = sheet.formulas(first, left, total, values, ("formula", "percent"))
        left += len(texts[name])
    whole = sums[DIMENSIONS[0]]
    sheet.formulas(
        first, 3, lambda i, _: f"=SUM({whole.across(i)})", item.weights.sum(axis=1)[:, None], ("formula", "percent")
    )
    return Exposure(dates, sums, texts)


def _write_traits(sheet: Sheet, data: DirectData, cells: tuple[Cards, Returns]) -> dict[str, tuple[Block, list[str]]]:
    """What the universe table says of the chosen model's assets, by dimension."""
    cards, returns = cells
    item, found = data.shown, {}
    for i, name in enumerate(DIMENSIONS):
        sheet.labels(FIRST_ROW + i, ("Traits", f"{name.replace('_', ' ').capitalize()} of the assets", "text", ""))
        source = cards.traits[name].across(0, "rc")
        own = [data.traits[name][j] for j in item.columns] + [EMPTY] * (data.sizes.assets - item.columns.size)

        def trait(_: int, j: int, source: str = source) -> str:
            return f'=IF({returns.places.at(0, j)},INDEX({source},{returns.places.at(0, j)}),"{EMPTY}")'

        found[name] = (sheet.formulas(FIRST_ROW + i, FIRST_ASSET, trait, [own], TEXT), own)
    return found
