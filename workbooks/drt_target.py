"""Sheet Calc_Target: the chosen model's rule, and steps 1 and 2 of every signal date beside the engine's decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from aram_xl._risk_target_decision import TargetDecision
from aram_xl._risk_target_rule import NOT_ENOUGH_HISTORY, Rule
from aram_xl.types import FloatArray
from workbooks.drt_cards import Decided
from workbooks.drt_cells import COUNT, LEVEL, NUMBER, PERCENT, SMALL, TEXT, Line, column, numbers, put_lines
from workbooks.drt_data import DirectData
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import Market
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date


class Target(NamedTuple):
    """Cells of Calc_Target, one row per signal."""

    dates: Block
    clipped: Block
    states: Block
    rows: Block
    """Rows of Calc_Market."""
    engine_rows: Block
    """Rows of Data_Engine."""
    figures: dict[str, Block]
    """Native figures by their names on Data_Engine, without ``clipped``."""
    matched: Block
    differences: Block
    """Native less engine, one column per compared figure."""
    same_state: Block
    rule_order: Block
    """(1, n_rules) numbers of the rule's rows, and their states."""
    rule_states: Block


class _Rule(NamedTuple):
    """The chosen rule above the table: settings in column D, one column per row of the rule."""

    number: Block
    states: Block
    k: Block
    low: Block
    high: Block
    trend: Block
    shallow: Block
    deep: Block
    from_percentile: Block
    """Ends of the bands as compared: 0 and 2 where a band is open."""
    to_percentile: Block
    from_drawdown: Block
    to_drawdown: Block
    no_history: Block
    smoothing: Block
    step: Block
    floor: Block
    cap: Block


COMPARED = ("market risk", "percentile", "trend value", "drawdown", "k", "raw", "smoothed", "stepped", "clipped")

NO_LIMIT = 1.0
"""Cap per month where a rule has none."""


def target_heads(data: DirectData) -> tuple[str, ...]:
    """Heads of the table."""
    applies = (f"row {r + 1} applies" for r in range(data.sizes.rules))
    rows = ("row of Calc_Market", "row of Data_Engine")
    own = (*rows, *COMPARED[:3], "trend", "drawdown", *applies, "known", "rule row")
    engine = tuple(f"engine {name}" for name in COMPARED)
    return ("Decision", "Signal date", "Unit", "Clipped target", "State", *own, *COMPARED[4:8], *engine,
            *("difference",) * len(COMPARED), "engine state", "same state")  # fmt: skip


def table_row(data: DirectData) -> int:
    """First row of the table, known before the sheet is written."""
    return FIRST_ROW + len(_Rule._fields) + 3


def plan_dates(sheet: Sheet, data: DirectData) -> Block:
    """Where the signal dates stand."""
    return Block(sheet.name, table_row(data), 1, data.positions.size, 1)


def write_target(sheet: Sheet, data: DirectData, inputs: Inputs, market: Market, engine: Decided) -> Target:
    """The rule by look-up, then one row per signal date."""
    sheet.file.set_column(4, 4, 24)
    sheet.file.set_column(FIRST_ASSET, FIRST_ASSET + data.sizes.rules - 1, 20)
    rule = _write_rule(sheet, data, inputs)
    first, count = table_row(data), data.positions.size
    sheet.second_table(first - 1, target_heads(data))
    sheet.paginate(len(target_heads(data)))
    for i in range(count):
        sheet.text(first + i, 0, "Signal", "section")
        sheet.text(first + i, 2, "per month", "note")
    records = data.shown.walk.result.decisions
    at = data.positions + 2.0
    start = int(data.positions[0]) + 1

    def col(j: int, formula: Callable[[int, int], str], values: Any, style: tuple[str, str]) -> Block:
        table = values if isinstance(values, list) else values.reshape(count, -1)
        return sheet.formulas(first, j, formula, table, style)

    days = excel_date(data.dates[data.positions + 1])
    dates = col(1, lambda i, _: f"={market.dates.at(start + i)}", days, ("link", "day"))
    left = FIRST_ASSET
    months = market.dates.down(0, "rc")
    rows = col(left, lambda i, _: f"=MATCH({dates.at(i)},{months},0)", at, COUNT)
    first_of_model = data.chosen * count
    number = inputs.number.at(0, 0, "rc")
    top = dates.at(0, 0, "r")
    engine_rows = col(
        left + 1, lambda i, _: f"=({number}-1)*ROWS({dates.down(0, 'r')})+ROWS({top}:{_here(dates, i)})",
        first_of_model + np.arange(1.0, count + 1), COUNT,
    )  # fmt: skip
    figures = _write_environment(col, market, rows, records)
    matched = _write_match(col, data, rule, figures)
    figures |= _write_targets(col, (data, rule), matched, figures, records)
    known = rule.states.across(0, "rc")
    states = col(
        4, lambda i, _: f'=IF({matched.at(i)},INDEX({known},{matched.at(i)}),"{NOT_ENOUGH_HISTORY}")',
        [[record.state] for record in records], TEXT,
    )  # fmt: skip
    clipped = figures.pop("clipped")
    differences, same = _write_comparison(col, engine, (engine_rows, states), figures | {"clipped": clipped}, records)
    return Target(
        dates, clipped, states, rows, engine_rows, figures, matched, differences, same, rule.number, rule.states
    )


def _write_rule(sheet: Sheet, data: DirectData, inputs: Inputs) -> _Rule:
    """The chosen model's rule: from the table of Inputs, turned so that each row of it is a column here."""
    rule, count = data.shown.model.rule, data.sizes.rules
    if rule is None:
        raise TypeError("the shown model has a rule")
    number, months = inputs.number.at(0, 0, "rc"), inputs.months_per_year.at()
    floor, cap = (Block(sheet.name, FIRST_ROW + 16 + i, 3, 1, 1) for i in range(2))
    root = np.sqrt(12.0)
    order = sheet.values(FIRST_ROW, FIRST_ASSET, np.arange(1.0, count + 1), COUNT)
    sheet.labels(FIRST_ROW, ("Rule", "Row of the rule", "count", "Inputs"))
    sheet.labels(FIRST_ROW + 1, ("Rule", "Row of the tables", "count", "Inputs"))
    rows = sheet.formulas(
        FIRST_ROW + 1, FIRST_ASSET,
        lambda i, j: f"=({number}-1)*{order.at(0, count - 1, 'c')}+{order.at(0, j)}",
        data.chosen * count + np.arange(1.0, count + 1), COUNT,
    )  # fmt: skip

    def looked_up(i: int, label: str, unit: str, j: int, values: list[Any], style: tuple[str, str]) -> Block:
        sheet.labels(FIRST_ROW + i, ("Rule", label, unit, "Empty: no condition" if i > 3 else ""))
        source = column(inputs.table, j).down(0, "rc")

        def one(_: int, c: int) -> str:
            found = f"INDEX({source},{rows.at(0, c, 'r')})"
            return f'=IF({found}="","",{found})'

        return sheet.formulas(FIRST_ROW + i, FIRST_ASSET, one, [values], style)

    cells = _rule_cells(rule, count)
    states = looked_up(2, "State", "text", 0, cells["state"], TEXT)
    k = looked_up(3, "k", "ratio", 2, cells["k"], LEVEL)
    low = looked_up(4, "Percentile from", "share", 4, cells["low"], LEVEL)
    high = looked_up(5, "Percentile below", "share", 5, cells["high"], LEVEL)
    trend = looked_up(6, "Trend", "text", 6, cells["trend"], TEXT)
    shallow = looked_up(7, "Drawdown from", "share", 7, cells["shallow"], LEVEL)
    deep = looked_up(8, "Drawdown below", "share", 8, cells["deep"], LEVEL)
    ends = _write_ends(sheet, k, (low, high, shallow, deep), cells)
    settings = put_lines(sheet, FIRST_ROW + 13, [
        Line("Rule", "k without history", "ratio", "Until percentile and trend exist", rule.not_enough_history, LEVEL,
             f"={inputs.not_enough_history.at()}"),
        Line("Rule", "Smoothing", "share", "Share of the previous target", rule.smoothing, ("formula", "percent"),
             f"=N({inputs.smoothing.at()})"),
        Line("Rule", "Maximum step", "share", "Empty: no limit", np.nan if rule.max_step is None else rule.max_step,
             ("formula", "percent"), f"={inputs.max_step.at()}"),
        Line("Rule", "Floor", "per month", "Per year / root of the months", (rule.floor or 0.0) / root, PERCENT,
             f"=N({inputs.floor.at()})/SQRT({months})"),
        Line("Rule", "Cap", "per month", "1 where there is none", rule.cap / root if rule.cap else NO_LIMIT, PERCENT,
             f"=IF(COUNT({inputs.cap.at()}),{inputs.cap.at()}/SQRT({months}),1)"),
    ])  # fmt: skip
    return _Rule(*[order, states, k, low, high, trend, shallow, deep, *ends, *settings[:3], floor, cap])


def _write_ends(sheet: Sheet, k: Block, bands: tuple[Block, ...], cells: dict[str, list[Any]]) -> list[Block]:
    """Low ends: 0 where there is none. High ends: 2 where there is none, or where it is 1, which is then included; 0 in
    rows without k, which never apply."""
    ends = []
    labels = ("Percentile, low end", "Percentile, high end", "Drawdown, low end", "Drawdown, high end")
    for i, (label, band, name) in enumerate(zip(labels, bands, ("low", "high", "shallow", "deep"), strict=True)):
        given = np.nan_to_num(numbers(cells[name]))
        sheet.labels(FIRST_ROW + 9 + i, ("Rule", label, "share", "As compared"))
        if i % 2:
            given = np.where((given == 0.0) | (given == 1.0), 2.0, given) * np.isfinite(numbers(cells["k"]))

        def formula(_: int, c: int, band: Block = band, high: int = i % 2) -> str:
            own = f"N({band.at(0, c)})"
            return f"=COUNT({k.at(0, c)})*IF(({own}=0)+({own}=1),1+1,{own})" if high else f"={own}"

        ends.append(sheet.formulas(FIRST_ROW + 9 + i, FIRST_ASSET, formula, given, LEVEL))
    return ends


def _rule_cells(rule: Rule, count: int) -> dict[str, list[Any]]:
    """What the look-up gives, by line."""
    none = (np.nan, np.nan)
    cells: dict[str, list[Any]] = {
        "state": [row.state for row in rule.rows],
        "k": [float(row.k) for row in rule.rows],
        "low": [(row.risk_percentile or none)[0] for row in rule.rows],
        "high": [(row.risk_percentile or none)[1] for row in rule.rows],
        "trend": [row.trend or np.nan for row in rule.rows],
        "shallow": [(row.drawdown or none)[0] for row in rule.rows],
        "deep": [(row.drawdown or none)[1] for row in rule.rows],
    }
    return {name: values + [np.nan] * (count - len(values)) for name, values in cells.items()}


Column = Callable[[int, Callable[[int, int], str], Any, tuple[str, str]], Block]


def _write_environment(
    col: Column, market: Market, rows: Block, records: tuple[TargetDecision, ...]
) -> dict[str, Block]:
    """What the rule reads at each signal, from Calc_Market."""

    def read(source: Block) -> Callable[[int, int], str]:
        return lambda i, _: f"=INDEX({source.down(0, 'rc')},{rows.at(i)})"

    left = FIRST_ASSET + 2
    found = {
        "market risk": col(left, read(market.risk), numbers([r.market_risk for r in records]), PERCENT),
        "percentile": col(left + 1, read(market.percentile), numbers([r.percentile for r in records]), NUMBER),
        "trend value": col(left + 2, read(market.trend_value), numbers([r.trend_value for r in records]), PERCENT),
    }
    value = found["trend value"]
    found["trend"] = col(
        left + 3, lambda i, _: f'=IF(COUNT({value.at(i)}),CHOOSE(1+(N({value.at(i)})>=0),"down","up"),"")',
        [[record.trend or ""] for record in records], TEXT,
    )  # fmt: skip
    found["drawdown"] = col(left + 4, read(market.drawdown), numbers([r.drawdown for r in records]), PERCENT)
    return found


def _write_match(col: Column, data: DirectData, rule: _Rule, figures: dict[str, Block]) -> Block:
    """Which rows of the rule apply, and the first of them; 0 without enough history."""
    records = data.shown.walk.result.decisions
    left, count = FIRST_ASSET + 7, data.sizes.rules
    percentile, trend, drawdown = (figures[name] for name in ("percentile", "trend", "drawdown"))

    def holds(i: int, j: int) -> str:
        p, t, d = (block.at(i, 0, "c") for block in (percentile, trend, drawdown))
        wanted = rule.trend.at(0, j, "r")
        return (
            f"=({p}>={rule.from_percentile.at(0, j, 'r')})*({p}<{rule.to_percentile.at(0, j, 'r')})"
            f'*(({wanted}="")+({wanted}={t})>0)'
            f"*({d}>={rule.from_drawdown.at(0, j, 'r')})*({d}<{rule.to_drawdown.at(0, j, 'r')})"
        )

    flags = np.array([_flags(data.shown.model.rule, record, count) for record in records])
    applies = col(left, holds, flags, COUNT)
    known = col(
        left + count, lambda i, _: f"=COUNT({percentile.at(i)})*COUNT({figures['trend value'].at(i)})",
        np.array([float(record.row >= 0) for record in records]), COUNT,
    )  # fmt: skip
    return col(
        left + count + 1, lambda i, _: f"=IF({known.at(i)},MATCH(1,{applies.across(i)},0),0)",
        np.array([record.row + 1.0 for record in records]), COUNT,
    )  # fmt: skip


def _flags(rule: Rule | None, record: TargetDecision, count: int) -> list[float]:
    """Which rows apply, as the cells find it: an empty figure is no number below anything."""
    flags = [0.0] * count
    for i, row in enumerate(rule.rows if rule is not None else ()):
        holds = record.percentile is not None and row.trend in (None, record.trend)
        for band, value in ((row.risk_percentile, record.percentile), (row.drawdown, record.drawdown)):
            if band is not None and value is not None:
                holds = holds and band[0] <= value and (value < band[1] or band[1] == 1.0)
        flags[i] = float(holds)
    return flags


def _write_targets(
    col: Column, context: tuple[DirectData, _Rule], matched: Block, figures: dict[str, Block],
    records: tuple[TargetDecision, ...],
) -> dict[str, Block]:  # fmt: skip
    """k, raw, smoothed, stepped and clipped target; the last stands in column D and is seen from the row below."""
    data, rule = context
    left = FIRST_ASSET + 9 + data.sizes.rules
    clipped = matched._replace(column=3)
    values = {name: numbers([getattr(record, name) for record in records]) for name in COMPARED[4:]}
    given, otherwise = rule.k.across(0, "rc"), rule.no_history.at(0, 0, "rc")
    k = col(left, lambda i, _: f"=IF({matched.at(i)},INDEX({given},{matched.at(i)}),{otherwise})", values["k"], LEVEL)
    raw = col(left + 1, lambda i, _: f"={k.at(i)}*{figures['market risk'].at(i)}", values["raw"], PERCENT)
    share, step = rule.smoothing.at(0, 0, "rc"), rule.step.at(0, 0, "rc")
    # Above the first target stands a head, a text: COUNT makes 0 of it, and there is nothing to smooth or step from.
    smoothed = col(
        left + 2, lambda i, _: (
            f"=IF(COUNT({clipped.at(i - 1)}),{share}*{clipped.at(i - 1)}+(1-{share})*{raw.at(i)},{raw.at(i)})"
        ), values["smoothed"], PERCENT,
    )  # fmt: skip
    stepped = col(
        left + 3, lambda i, _: (
            f"=IF(COUNT({clipped.at(i - 1)})*COUNT({step}),MIN(MAX({smoothed.at(i)},{clipped.at(i - 1)}*(1-{step})),"
            f"{clipped.at(i - 1)}*(1+{step})),{smoothed.at(i)})"
        ), values["stepped"], PERCENT,
    )  # fmt: skip
    floor, cap = rule.floor.at(0, 0, "rc"), rule.cap.at(0, 0, "rc")
    col(3, lambda i, _: f"=MIN(MAX({stepped.at(i)},{floor}),{cap})", values["clipped"], PERCENT)
    return {"k": k, "raw": raw, "smoothed": smoothed, "stepped": stepped, "clipped": clipped}


def _write_comparison(
    col: Column, engine: Decided, places: tuple[Block, Block], native: dict[str, Block],
    records: tuple[TargetDecision, ...],
) -> tuple[Block, Block]:  # fmt: skip
    """The engine's figures, differences, and whether the states are the same."""
    rows, states = places
    left = native["stepped"].column + 1
    count = len(COMPARED)
    sources = [engine.clipped if name == "clipped" else engine.figure(name) for name in COMPARED]
    values: FloatArray = np.array([numbers([getattr(r, name.replace(" ", "_")) for name in COMPARED]) for r in records])
    found = col(
        left, lambda i, j: f"=INDEX({sources[j].down(0, 'rc')},{rows.at(i, 0, 'c')})", np.nan_to_num(values), NUMBER
    )
    differences = col(
        left + count, lambda i, j: f"=N({native[COMPARED[j]].at(i)})-{found.at(i, j)}", np.zeros_like(values), SMALL
    )
    state = col(
        left + 2 * count, lambda i, _: f"=INDEX({engine.states.down(0, 'rc')},{rows.at(i)})",
        [[record.state] for record in records], TEXT,
    )  # fmt: skip
    same = col(left + 2 * count + 1, lambda i, _: f"=N({state.at(i)}={states.at(i)})", np.ones(len(records)), COUNT)
    return differences, same


def _here(block: Block, i: int) -> str:
    """A cell without its sheet, for the end of a range."""
    return block.at(i).split("!")[1]
