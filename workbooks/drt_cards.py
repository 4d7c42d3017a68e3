"""Sheets Data, Data_Cards and Data_Engine: levels, the cards as the engine read them, and what it decided."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.drt_cells import EMPTY, ModelLine, numbers, put_model_lines, widen
from workbooks.drt_data import DIMENSIONS, DirectData, ModelData, market_windows
from workbooks.drt_inputs import RULE_HEADS, SETTINGS, TABLE_WIDTH, row_models, setting_lines, write_table
from workbooks.inputs_sheets import validate_levels
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, STANDARD_COLUMNS, Block, Sheet, excel_date


class Levels(NamedTuple):
    """Sheet Data."""

    heads: Block
    dates: Block
    levels: Block


class Cards(NamedTuple):
    """Sheet Data_Cards: the chosen model's values in column D, then blocks of all models."""

    title: Block
    benchmark: Block
    assets: Block
    window: Block
    expected: Block
    covariance: Block
    half_life: Block
    market_half_life: Block
    market_ewma: Block
    turnover: Block
    fee: Block
    cost: Block
    first_charged: Block
    plain: Block
    market_windows: Block
    """(n_windows, 1)"""
    group_names: Block
    """(n_groups, 1), and so the next two."""
    group_least: Block
    group_greatest: Block
    settings: Block
    """(9, n_models) as on Inputs."""
    tickers: Block
    """(n_models, n_places), and so the next two."""
    floors: Block
    caps: Block
    members: tuple[Block, ...]
    """By group: (n_models, n_places) of 0 and 1."""
    market: Block
    """(n_models, n_tickers) weights of the market."""
    traits: dict[str, Block]
    """By dimension: (1, n_tickers)."""
    table: Block
    """(n_models x n_rules, 9) as on Inputs."""


class Decided(NamedTuple):
    """Sheet Data_Engine: one row per model and signal, the models below one another."""

    models: Block
    dates: Block
    clipped: Block
    reasons: Block
    figures: Block
    """One column per field of FIGURES."""
    states: Block
    weights: Block
    multipliers: Block
    """f, k, budget, turnover, then groups."""

    def figure(self, name: str) -> Block:
        """A column of ``figures``."""
        return self.figures._replace(column=self.figures.column + list(FIGURES).index(name), width=1)


FIGURES = {
    "market risk": "percent4", "percentile": "number", "trend value": "number", "drawdown": "number", "k": "level",
    "raw": "percent4", "smoothed": "percent4", "stepped": "percent4", "least reachable": "percent4",
    "greatest reachable": "percent4", "final": "percent4", "ex-ante risk": "percent4", "shrinkage": "number",
    "realised risk": "percent4", "turnover": "percent4", "cost": "percent4", "gross return": "percent4",
    "net return": "percent4",
}  # fmt: skip
"""What the engine found at each signal, with number formats."""


def write_levels(sheet: Sheet, data: DirectData) -> Levels:
    """Month-end total-return levels of all tickers."""
    count = data.dates.size
    for i in range(count):
        sheet.text(FIRST_ROW + i, 0, "Level", "section")
        sheet.text(FIRST_ROW + i, 2, "level", "note")
    sheet.text(FIRST_ROW, 4, "Total return", "note")
    sheet.file.set_column(4, 4, 14)
    dates = sheet.values(FIRST_ROW, 1, excel_date(data.dates)[:, None], ("input", "day"))
    levels = sheet.values(FIRST_ROW, FIRST_ASSET, data.levels, ("input", "level"))
    present = np.isfinite(data.levels).sum(axis=1)[:, None]
    sheet.formulas(FIRST_ROW, 3, lambda i, j: f"=COUNT({levels.across(i)})", present, ("formula", "count"))
    validate_levels(sheet, dates, (levels,))
    return Levels(levels._replace(row=FIRST_ROW - 1, height=1), dates, levels)


def plan_cards(sheet: Sheet, data: DirectData) -> Cards:
    """Where everything stands."""
    count, (places, groups, _, windows, *_) = len(data.models), data.sizes
    single = [Block(sheet.name, FIRST_ROW + i, 3, 1, 1) for i in range(Cards._fields.index("market_windows"))]
    row = FIRST_ROW + len(single)
    stacked = []
    for height in (windows, groups, groups, groups):
        stacked.append(Block(sheet.name, row, 3, height, 1))
        row += height
    settings = Block(sheet.name, row, FIRST_ASSET, len(SETTINGS), count)
    row += len(SETTINGS) + 2
    wide = []
    for _ in range(3 + groups):
        wide.append(Block(sheet.name, row, FIRST_ASSET, count, places))
        row += count
    row += 2
    market = Block(sheet.name, row, FIRST_ASSET, count, len(data.tickers))
    row += count
    traits = {name: Block(sheet.name, row + i, FIRST_ASSET, 1, len(data.tickers)) for i, name in enumerate(DIMENSIONS)}
    row += len(DIMENSIONS) + 2
    table = Block(sheet.name, row, 1, count * data.sizes.rules, TABLE_WIDTH)
    fields: list[Any] = [*single, *stacked, settings, *wide[:3], tuple(wide[3:]), market, traits, table]
    return Cards(*fields)


def write_cards(sheet: Sheet, data: DirectData, cards: Cards, number: Block) -> None:
    """The cards as the engine read them; ``number``: cell with the number of the chosen model."""
    choice = (number, data.chosen)
    widen(sheet, len(data.tickers), 24)
    sheet.paginate(FIRST_ASSET + 2 * len(data.tickers))
    lines = _card_lines(data)
    put_model_lines(sheet, FIRST_ROW, lines, "engine", choice)
    put_model_lines(sheet, cards.settings.row, setting_lines(data), "engine", choice)
    places = [f"asset {j + 1}" for j in range(data.sizes.assets)]
    sheet.second_table(cards.tickers.row - 1, ("Card", "Model", "Unit", "Places used", STANDARD_COLUMNS[4], *places))
    kinds = (
        (cards.tickers, "Assets", "ticker", "text", _tickers(data)),
        (cards.floors, "Least weight", "weight", "percent", _padded(data, "lower")),
        (cards.caps, "Greatest weight", "weight", "percent", _padded(data, "upper")),
        *(
            (block, f"Group {g + 1}", "0 or 1", "count", _memberships(data, g))
            for g, block in enumerate(cards.members)
        ),
    )  # fmt: skip
    for block, section, unit, number_format, rows in kinds:
        for i, name in enumerate(data.names):
            sheet.labels(block.row + i, (section, name, unit, "Card"))
        sheet.values(block.row, block.column, rows, ("engine", number_format))
        used = [[float(item.columns.size)] for item in data.models]
        sheet.values(block.row, 3, used, ("engine", "count"))
    _write_by_ticker(sheet, data, cards)
    sheet.second_table(cards.table.row - 1, ("Rule of", "State", "Unit", "k", "Note or source", *RULE_HEADS))
    for i, name in enumerate(row_models(data)):
        sheet.text(cards.table.row + i, 0, name, "section")
    write_table(sheet, cards.table, data, "engine")


def _write_by_ticker(sheet: Sheet, data: DirectData, cards: Cards) -> None:
    """Weights of the market and traits, one column per ticker of Data."""
    sheet.second_table(cards.market.row - 1, ("Card", "Model", "Unit", "Total", STANDARD_COLUMNS[4], *data.tickers))
    for i, item in enumerate(data.models):
        sheet.labels(cards.market.row + i, ("Market", item.model.name, "weight", "Series whose risk is measured"))
    weights = np.array([item.market for item in data.models])
    block = sheet.values(cards.market.row, FIRST_ASSET, weights, ("engine", "percent"))
    sheet.formulas(
        block.row, 3, lambda i, j: f"=SUM({block.across(i)})", weights.sum(axis=1)[:, None], ("formula", "percent")
    )
    for name, place in cards.traits.items():
        sheet.labels(place.row, ("Universe", name.replace("_", " "), "text", "Universe table of aram_xl"))
        sheet.values(place.row, place.column, [list(data.traits[name])], ("engine", "text"))


def _card_lines(data: DirectData) -> list[ModelLine]:
    models = [item.model for item in data.models]
    markets = [model.market_risk for model in models]

    def line(label: str, unit: str, note: str, number: str, values: list[Any]) -> ModelLine:
        return ModelLine("Card", label, unit, note, number, [np.nan if value is None else value for value in values])

    lives = [m.half_life if "ewma" in (m.expected_returns, m.covariance) else None for m in models]
    lines = [
        line("Title", "text", "", "text", [m.title for m in models]),
        line("Benchmark", "ticker", "Of the statistics", "text", [m.benchmark for m in models]),
        line("Assets", "count", "That may be held", "count", [len(m.universe) for m in models]),
        line("Window", "months", "Returns of the estimates", "count", [m.window for m in models]),
        line("Expected returns", "method", "mean, ewma or momentum", "text", [m.expected_returns for m in models]),
        line("Covariance", "method", "sample, ewma or shrunk", "text", [m.covariance for m in models]),
        line("Half-life", "months", "Of ewma", "level", lives),
        line("Market half-life", "months", "Of ewma", "level", [m and m.half_life for m in markets]),
        line("Market by ewma", "0 or 1", "Else sample volatilities", "count",
             [float(m is not None and m.method == "ewma") for m in markets]),
        line("Turnover limit", "one-way", "Per rebalance; empty: none", "percent", [m.turnover for m in models]),
        line("Fee", "per year", "On opening value", "percent", [m.fee for m in models]),
        line("Cost", "per amount", "Of each amount bought or sold", "percent4", [m.cost_bps * 1e-4 for m in models]),
        line("First purchase charged", "0 or 1", "", "count", [float(m.charge_first_purchase) for m in models]),
        line("Solved in cells", "0 or 1", "No limits but 0 and 1", "count", [float(i.plain) for i in data.models]),
    ]  # fmt: skip
    for c in range(data.sizes.windows):
        windows = [dict(enumerate(market_windows(m))).get(c) for m in models]
        lines.append(line(f"Market window {c + 1}", "months", "Empty: fewer windows", "count", windows))
    for field, label, unit, number in (
        ("name", "name", "text", "text"), ("least", "least", "weight", "percent"),
        ("greatest", "greatest", "weight", "percent"),
    ):  # fmt: skip
        for g in range(data.sizes.groups):
            values = [getattr(m.groups[g], field) if g < len(m.groups) else None for m in models]
            lines.append(line(f"Group {g + 1} {label}", unit, "Empty: no such group", number, values))
    return lines


def _tickers(data: DirectData) -> list[list[str]]:
    places = data.sizes.assets
    return [[*item.model.universe, *(EMPTY,) * (places - item.columns.size)] for item in data.models]


def _padded(data: DirectData, side: str) -> FloatArray:
    return np.array([data.padded(getattr(item.limits, side)) for item in data.models])


def _memberships(data: DirectData, g: int) -> FloatArray:
    rows = np.zeros((len(data.models), data.sizes.assets))
    for row, item in zip(rows, data.models, strict=True):
        if g < len(item.limits.members):
            row[: item.columns.size] = item.limits.members[g]
    return rows


def engine_heads(data: DirectData) -> tuple[str, ...]:
    """Heads of Data_Engine."""
    places = [f"weight {j + 1}" for j in range(data.sizes.assets)]
    prices = ["form f", "risk k", "budget g", "turnover price", *(f"group {g + 1}" for g in range(data.sizes.groups))]
    return ("Model", "Date", "Unit", "Clipped target", "State", *FIGURES, *places, *prices, "reason")


def write_engine(sheet: Sheet, data: DirectData) -> Decided:
    """Every decision of every model, as the engine made it."""
    sheet.file.set_column(0, 0, 18)
    sheet.file.set_column(4, 4, 24)
    signals = data.positions.size
    dates = excel_date(data.dates[data.positions + 1])
    names = [name for name in data.names for _ in range(signals)]
    for i, name in enumerate(names):
        sheet.text(FIRST_ROW + i, 0, name, "section")
        sheet.text(FIRST_ROW + i, 2, "per month", "note")
    height = len(names)
    of_models = Block(sheet.name, FIRST_ROW, 0, height, 1)
    days = sheet.values(FIRST_ROW, 1, np.tile(dates, len(data.models))[:, None], ("engine", "day"))
    records = [decision for item in data.models for decision in item.walk.result.decisions]
    clipped = sheet.values(FIRST_ROW, 3, numbers([r.clipped for r in records])[:, None], ("engine", "percent4"))
    figures = np.vstack([_figures(item, signals) for item in data.models])
    for j, number in enumerate(FIGURES.values()):
        sheet.values(FIRST_ROW, FIRST_ASSET + j, figures[:, j : j + 1], ("engine", number))
    left = FIRST_ASSET + len(FIGURES)
    states = sheet.values(FIRST_ROW, 4, [[record.state] for record in records], ("engine", "text"))
    weights = sheet.values(FIRST_ROW, left, np.vstack([item.weights for item in data.models]), ("engine", "percent4"))
    prices = np.vstack([_prices(item, data.sizes.groups) for item in data.models])
    multipliers = sheet.values(FIRST_ROW, weights.column + weights.width, prices, ("engine", "number"))
    # The sentences stand last: nothing to their right cuts them off.
    last = multipliers.column + multipliers.width
    reasons = sheet.values(FIRST_ROW, last, [[record.reason] for record in records], ("engine", "text"))
    every = Block(sheet.name, FIRST_ROW, FIRST_ASSET, height, len(FIGURES))
    return Decided(of_models, days, clipped, reasons, every, states, weights, multipliers)


def _figures(item: ModelData, signals: int) -> FloatArray:
    """(n_signals, n_figures); NaN where the last signal has not earned yet."""
    result = item.walk.result
    of_decisions = [
        [record.market_risk, record.percentile, record.trend_value, record.drawdown, record.k, record.raw,
         record.smoothed, record.stepped, record.least_reachable, record.greatest_reachable, record.final]
        for record in result.decisions
    ]  # fmt: skip
    earned = np.full((signals, 5), np.nan)
    realised = item.check.periods["realised"]
    for j, series in enumerate((realised, result.turnover, result.costs, result.gross_returns, result.returns)):
        earned[:-1, j] = series.to_numpy()
    table = np.array([numbers(row) for row in of_decisions])
    return np.column_stack([table, result.risks.to_numpy(), item.shrinkage, earned])


def _prices(item: ModelData, groups: int) -> FloatArray:
    rows = np.zeros((len(item.proofs), 4 + groups))
    for row, proof in zip(rows, item.proofs, strict=True):
        row[:4] = proof[:4]
        row[4 : 4 + proof.groups.size] = proof.groups
    return rows
