"""Sheets Calc_Returns, Calc_Assets and Calc_Market: returns, the chosen model's assets, step 1 and the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl._environment import Environment, environment
from aram_xl._environment_market import MarketSeries, market_series, risk_of
from aram_xl.returns import PERIODS_PER_YEAR
from aram_xl.types import FloatArray
from workbooks.drt_cards import Cards, Levels
from workbooks.drt_cells import COUNT, EMPTY, LEVEL, NUMBER, PERCENT, SMALL, TEXT, Line, asset_heads, put_lines
from workbooks.drt_data import DirectData, ModelData, market_windows
from workbooks.drt_inputs import Inputs
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, STANDARD_COLUMNS, Block, Sheet, excel_date


class Returns(NamedTuple):
    """Sheets Calc_Returns and Calc_Assets."""

    dates: Block
    market: Block
    """(n_returns, 1) of the series whose risk is measured."""
    every: Block
    """(n_returns, n_tickers)"""
    places: Block
    """(1, n_places) columns of Data, 0 where the model has no asset."""
    assets: Block
    """(n_returns, n_places) of the chosen model."""
    benchmark: Block
    benchmark_column: Block
    """Of Data."""


class Market(NamedTuple):
    """Sheet Calc_Market, one row per month-end."""

    dates: Block
    risk: Block
    drawdown: Block
    trend_value: Block
    percentile: Block


class Twin(NamedTuple):
    """The engine's market of the model that a new workbook shows."""

    series: MarketSeries
    found: Environment
    means: FloatArray
    """(n_month_ends, n_windows), and so the volatilities."""
    volatilities: FloatArray


TREND_LINES = 3
"""Lines of Calc_Market above those of market risk."""

FIRST_RETURN = FIRST_ROW + 2
"""Row of the first return, below a line."""


def write_returns(sheets: dict[str, Sheet], data: DirectData, inputs: Inputs, cards: Cards, levels: Levels) -> Returns:
    """Simple returns of all tickers, of the market, and of the chosen model's assets."""
    sheet = sheets["Calc_Returns"]
    dates = _month_column(sheet, data, levels)
    number = inputs.number.at(0, 0, "rc")
    weights = data.shown.market
    members = Block(sheet.name, FIRST_ROW, 3, 1, 1)
    sheet.labels(FIRST_ROW, ("Market", "Weights", "weight", "Value: members"))
    market = sheet.formulas(
        FIRST_ROW, FIRST_ASSET, lambda i, j: f"=INDEX({cards.market.down(j, 'r')},{number})", weights,
        ("formula", "percent"),
    )  # fmt: skip
    sheet.formulas(FIRST_ROW, 3, lambda i, j: f'=COUNTIF({market.across(0)},">0")', np.count_nonzero(weights), COUNT)
    source = levels.levels

    def change(i: int, j: int) -> str:
        before, now = source.at(i, j), source.at(i + 1, j)
        return f'=IF(COUNT({before})*COUNT({now}),{now}/{before}-1,"")'

    every = sheet.formulas(FIRST_RETURN, FIRST_ASSET, change, data.returns, PERCENT)
    w, present = market.across(0, "rc"), members.at(0, 0, "rc")
    mixed = sheet.formulas(
        FIRST_RETURN, 3,
        lambda i, j: (
            f"=IF(SUMPRODUCT(({w}>0)*ISNUMBER({every.across(i)}))={present},SUMPRODUCT({w},{every.across(i)}),\"\")"
        ),
        twin_of(data).series.returns[1:, None], PERCENT,
    )  # fmt: skip
    places, assets, benchmark, own = _write_assets(sheets["Calc_Assets"], data, inputs, cards, (levels, every))
    return Returns(dates, mixed, every, places, assets, benchmark, own)


def _month_column(sheet: Sheet, data: DirectData, levels: Levels) -> Block:
    """Dates of the returns, with sections and units."""
    sheet.file.set_column(4, 4, 14)
    for i in range(len(data.returns)):
        sheet.text(FIRST_RETURN + i, 0, "Return", "section")
        sheet.text(FIRST_RETURN + i, 2, "per month", "note")
    links = excel_date(data.dates[1:])[:, None]
    return sheet.formulas(FIRST_RETURN, 1, lambda i, j: f"={levels.dates.at(i + 1)}", links, ("link", "day"))


def _write_assets(
    sheet: Sheet, data: DirectData, inputs: Inputs, cards: Cards, blocks: tuple[Levels, Block]
) -> tuple[Block, Block, Block, Block]:
    """Returns of the chosen model's assets, place by place."""
    levels, every = blocks
    shown = data.shown
    _month_column(sheet, data, levels)
    heads = asset_heads(sheet, FIRST_ASSET, (cards.tickers, inputs.number), tickers_shown(data))
    sheet.labels(FIRST_ROW, ("Place", "Column of Data", "count", "Value: benchmark"))
    all_tickers = levels.heads.across(0, "rc")
    columns = data.padded(np.asarray(shown.columns + 1.0, dtype=np.float64))
    places = sheet.formulas(
        FIRST_ROW, FIRST_ASSET,
        lambda i, j: f'=IF({heads.at(0, j)}="{EMPTY}",0,MATCH({heads.at(0, j)},{all_tickers},0))', columns, COUNT,
    )  # fmt: skip
    own = data.tickers.index(shown.model.benchmark)
    sheet.formulas(FIRST_ROW, 3, lambda i, j: f"=MATCH({cards.benchmark.at()},{all_tickers},0)", own + 1.0, COUNT)
    assets = sheet.formulas(
        FIRST_RETURN, FIRST_ASSET,
        lambda i, j: f"=IF({places.at(0, j, 'r')},INDEX({every.across(i, 'c')},{places.at(0, j, 'r')}),0)",
        data.held(shown), PERCENT,
    )  # fmt: skip
    at = Block(sheet.name, FIRST_ROW, 3, 1, 1)
    earned = data.returns[:, own : own + 1]
    benchmark = sheet.formulas(
        FIRST_RETURN, 3, lambda i, j: f"=INDEX({every.across(i)},{at.at(0, 0, 'rc')})", earned, PERCENT
    )
    return places, assets, benchmark, at


def tickers_shown(data: DirectData) -> list[str]:
    """Heads of the places for the model that a new workbook shows."""
    used = data.shown.model.universe
    return [*used, *(EMPTY,) * (data.sizes.assets - len(used))]


def market_heads(data: DirectData) -> tuple[str, ...]:
    """Heads of Calc_Market."""
    windows = range(1, data.sizes.windows + 1)
    means, volatilities = (tuple(f"{kind} {c}" for c in windows) for kind in ("mean", "volatility"))
    own = ("row", "market return", "market level", "drawdown", "levels so far", "against mean", "momentum")
    return (*STANDARD_COLUMNS[:3], "Market risk", "Note", *own, "trend value", *means, *volatilities, "values so far",
            "percentile")  # fmt: skip


def write_market(
    sheet: Sheet, data: DirectData, inputs: Inputs, cards: Cards, returns: Returns, levels: Levels
) -> Market:
    """Step 1 and what the rule reads, at every month-end; above the table the weights of market risk."""
    sheet.file.set_column(4, 4, 8)
    twin = twin_of(data)
    own = FIRST_ASSET + 8
    windows = data.sizes.windows
    means = own + windows
    shares, weights, correction = _write_weights(sheet, data, cards, (own, means))
    first, count = correction.row + 3, data.dates.size
    sheet.second_table(first - 1, market_heads(data))
    sheet.paginate(len(market_heads(data)))
    for i in range(count):
        sheet.text(first + i, 0, "Month-end", "section")
        sheet.text(first + i, 2, "per month", "note")

    def col(j: int, formula: Callable[[int, int], str], values: FloatArray, style: tuple[str, str]) -> Block:
        return sheet.formulas(first, j, formula, values.reshape(count, -1), style)

    dates = col(1, lambda i, _: f"={levels.dates.at(i)}", excel_date(data.dates), ("link", "day"))
    col(FIRST_ASSET, lambda i, _: f"=ROWS({_from_top(dates, i)})", np.arange(1.0, count + 1), COUNT)
    # The first month-end has a level but no return. Above the returns cells are empty: windows may begin there.
    earned = Block(sheet.name, first, FIRST_ASSET + 1, count, 1)
    sheet.formulas(
        first + 1, earned.column, lambda i, _: f"={returns.market.at(i)}", twin.series.returns[1:, None],
        ("link", "percent4"),
    )  # fmt: skip
    level = _write_level(col, earned, twin)
    settings = _write_settings(sheet, data, inputs)
    trend_value, drawdown = _write_trend(col, data, settings, level, twin)
    vols = _write_volatilities(col, (own, means), (earned, shares, weights, correction), twin)
    risk = col(
        3, lambda i, _: (
            f'=IF(COUNT({vols.across(i)})=COLUMNS({vols.across(i)}),'
            f'SUMPRODUCT({shares.across(0, "rc")},{vols.across(i)}),"")'
        ), twin.found.market_risk, PERCENT,
    )  # fmt: skip
    so_far = np.cumsum(np.isfinite(twin.found.market_risk)).astype(float)
    values = col(means + windows, lambda i, _: f"=COUNT({_from_top(risk, i)})", so_far, COUNT)
    least = inputs.minimum_history.at(0, 0, "rc")
    percentile = col(
        means + windows + 1, lambda i, _: (
            f"=IF(COUNT({risk.at(i)})*({values.at(i)}>={least}),"
            f'SUMPRODUCT(({_from_top(risk, i)}<={risk.at(i)})*1)/{values.at(i)},"")'
        ), twin.found.percentile, NUMBER,
    )  # fmt: skip
    return Market(dates, risk, drawdown, trend_value, percentile)


Column = Callable[[int, Callable[[int, int], str], FloatArray, tuple[str, str]], Block]


def _write_weights(sheet: Sheet, data: DirectData, cards: Cards, lefts: tuple[int, int]) -> tuple[Block, Block, Block]:
    """Weights of the months in each window of market risk, which add up to 1."""
    left, right = lefts
    longest, windows = data.sizes.market_window, data.sizes.windows
    shown = data.shown.model
    lengths = np.zeros(windows)
    lengths[: len(market_windows(shown))] = market_windows(shown)
    market = shown.market_risk
    decay = np.log(2.0) / market.half_life if market is not None and market.half_life else 0.0
    lines = (
        Line("Step 1", "Decay", "per month", "LN(2) / half-life; 0: equal weights", decay, NUMBER,
             f"=IF(N({cards.market_half_life.at()}),LN(1+1)/{cards.market_half_life.at()},0)"),
    )  # fmt: skip
    top = FIRST_ROW + TREND_LINES
    rate = put_lines(sheet, top, lines)[0].at(0, 0, "rc")
    sheet.labels(top + 1, ("Step 1", "Windows, months", "months", ""))
    sheet.labels(top + 2, ("Step 1", "Share of each window", "share", ""))
    length = sheet.formulas(top + 1, left, lambda i, j: f"=N({cards.market_windows.at(j)})", lengths, COUNT)
    shares = sheet.formulas(
        top + 2, left,
        lambda i, j: f'=({length.at(0, j)}>0)/COUNTIF({length.across(0, "c")},">0")',
        (lengths > 0) / np.count_nonzero(lengths), NUMBER,
    )  # fmt: skip
    top += 3
    for i in range(longest):
        sheet.labels(top + i, ("Step 1", "Months ago; weight", "share", ""))
    ages = np.arange(longest - 1.0, -1.0, -1.0)
    age = sheet.values(top, 3, ages[:, None], COUNT)
    raw = (ages[:, None] < lengths) * np.exp(-decay * ages)[:, None]
    total = raw.sum(axis=0)
    normal = np.divide(raw, total, out=np.zeros_like(raw), where=total > 0)
    grown = sheet.formulas(
        top, left,
        lambda i, j: f"=({age.at(i, 0, 'c')}<{length.at(0, j, 'r')})*EXP(-{rate}*{age.at(i, 0, 'c')})", raw, NUMBER,
    )  # fmt: skip
    weights = sheet.formulas(
        top, right, lambda i, j: f"=IFERROR({grown.at(i, j)}/SUM({grown.down(j, 'r')}),0)", normal, NUMBER
    )
    row = top + longest
    sheet.labels(row, ("Step 1", "Correction of bias", "ratio", "1 less the sum of squared weights"))
    correction = sheet.formulas(
        row, right, lambda i, j: f"=1-SUMSQ({weights.down(j)})", 1.0 - (normal**2).sum(axis=0), NUMBER
    )
    return shares, weights, correction


def _write_level(col: Column, earned: Block, twin: Twin) -> Block:
    """The market's level; 1 where its first return starts."""
    place = earned._replace(column=earned.column + 1)
    level = twin.series.levels / twin.series.levels[np.isfinite(twin.series.levels)][0]
    return col(
        place.column,
        lambda i, _: (
            f'=IF(COUNT({earned.rows(i, i + 1)}),PRODUCT(1,{place.at(i - 1)})*(1+N({earned.at(i)})),"")'
        ),
        level, LEVEL,
    )  # fmt: skip


def _write_settings(sheet: Sheet, data: DirectData, inputs: Inputs) -> list[Block]:
    """The rule's trend: method, window, skip."""
    rule = data.shown.model.rule
    if rule is None:
        raise TypeError("the shown model has a rule")
    return put_lines(sheet, FIRST_ROW, [
        Line("Trend", "Method", "text", "Inputs", rule.trend, TEXT, f"={inputs.trend.at()}"),
        Line("Trend", "Window", "months", "Inputs", rule.trend_window, COUNT, f"={inputs.trend_window.at()}"),
        Line("Trend", "Skip", "months", "Inputs", rule.trend_skip, COUNT, f"={inputs.trend_skip.at()}"),
    ])  # fmt: skip


def _write_trend(col: Column, data: DirectData, settings: list[Block], level: Block, twin: Twin) -> tuple[Block, Block]:
    """Drawdown, distance from the mean level, momentum, and the one that the rule names."""
    rule = data.shown.model.rule
    left, row = level.column + 1, level._replace(column=level.column - 2)
    method, window, skip = (cell.at(0, 0, "rc") for cell in settings)
    drawdown = col(
        left, lambda i, _: f'=IF(COUNT({level.at(i)}),1-{level.at(i)}/MAX({_from_top(level, i)}),"")',
        twin.found.drawdown, PERCENT,
    )  # fmt: skip
    present = np.cumsum(np.isfinite(twin.series.levels)).astype(float)
    so_far = col(left + 1, lambda i, _: f"=COUNT({_from_top(level, i)})", present, COUNT)
    whole = level.down(0, "r")

    def back(i: int, months: str) -> str:
        return f"INDEX({whole},{row.at(i)}-{months})"

    averages, growth = trends(data, twin.series)
    average = col(
        left + 2, lambda i, _: (
            f'=IF({so_far.at(i)}>={window},{level.at(i)}/AVERAGE({back(i, f"{window}+1")}:{_here(level, i)})-1,"")'
        ), averages, PERCENT,
    )  # fmt: skip
    momentum = col(
        left + 3, lambda i, _: f'=IF({so_far.at(i)}>{window},{back(i, skip)}/{back(i, window)}-1,"")', growth, PERCENT
    )
    value = growth if rule is not None and rule.trend == "momentum" else averages
    chosen = col(left + 4, lambda i, _: f'=IF({method}="momentum",{momentum.at(i)},{average.at(i)})', value, PERCENT)
    return chosen, drawdown


def trends(data: DirectData, series: MarketSeries) -> tuple[FloatArray, FloatArray]:
    """Distance from the mean level and momentum, NaN where there is too little history."""
    rule = data.shown.model.rule
    levels = series.levels
    averages, growth = np.full(levels.size, np.nan), np.full(levels.size, np.nan)
    if rule is None:
        return averages, growth
    start = int(np.isfinite(levels).argmax())
    for i in range(start, levels.size):
        if i - start + 1 >= rule.trend_window:
            averages[i] = levels[i] / levels[i + 1 - rule.trend_window : i + 1].mean() - 1.0
        if i - start + 1 > rule.trend_window:
            growth[i] = levels[i - rule.trend_skip] / levels[i - rule.trend_window] - 1.0
    return averages, growth


def _write_volatilities(
    col: Column, lefts: tuple[int, int], blocks: tuple[Block, Block, Block, Block], twin: Twin
) -> Block:
    """Weighted mean and volatility of the market over each window."""
    left, right = lefts
    earned, shares, weights, correction = blocks
    length, height = shares._replace(row=shares.row - 1), weights.height

    def months(i: int) -> str:
        return earned.rows(i + 1 - height, i, fix="c")

    mean = col(
        left, lambda i, j: (
            f'=IF(COUNT({months(i)})>={length.at(0, j, "r")},SUMPRODUCT({weights.down(j, "r")},{months(i)}),"")'
        ), twin.means, PERCENT,
    )  # fmt: skip
    return col(
        right, lambda i, j: (
            f"=IF(COUNT({mean.at(i, j)}),SQRT((SUMPRODUCT({weights.down(j, 'r')},{months(i)},{months(i)})"
            f'-{mean.at(i, j)}*{mean.at(i, j)})/{correction.at(0, j, "r")}),"")'
        ), twin.volatilities, SMALL,
    )  # fmt: skip


def _from_top(block: Block, last: int) -> str:
    """The column from its fixed first row to ``last``."""
    return f"{block.at(0, 0, 'r')}:{_here(block, last)}"


def _here(block: Block, i: int) -> str:
    """A cell without its sheet, for the end of a range."""
    return block.at(i).split("!")[1]


def twin_of(data: DirectData) -> Twin:
    """Market of the model that a new workbook shows, as the engine sees it."""
    item: ModelData = data.shown
    model, used = item.model, np.flatnonzero(item.market)
    names = tuple(data.tickers[j] for j in used)
    series = market_series(data.dates, data.levels[:, used], item.market[used], names, "M")
    if model.market_risk is None or model.rule is None:
        raise TypeError(f"{model.name}: expected a model with a rule")
    risk = risk_of(model.market_risk, series, PERIODS_PER_YEAR["M"])
    found = environment(series, risk, model.rule)
    means, volatilities = _by_window(data, series.returns)
    return Twin(series, found, means, volatilities)


def _by_window(data: DirectData, returns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted mean and volatility over each window of the shown model; 0 for windows that it does not have."""
    market = data.shown.model.market_risk
    means, volatilities = (np.zeros((returns.size, data.sizes.windows)) for _ in range(2))
    for c, window in enumerate(market_windows(data.shown.model)):
        ages = np.arange(window - 1.0, -1.0, -1.0)
        weights = 0.5 ** (ages / market.half_life) if market is not None and market.half_life else np.ones(window)
        weights /= weights.sum()
        for i in range(returns.size):
            months = returns[max(i + 1 - window, 0) : i + 1]
            enough = months.size == window and np.isfinite(months).all()
            mean = float(weights @ months) if enough else np.nan
            means[i, c] = mean
            variance = float(weights @ (months - mean) ** 2) / (1.0 - float(weights @ weights)) if enough else np.nan
            volatilities[i, c] = np.sqrt(variance)
    return means, volatilities
