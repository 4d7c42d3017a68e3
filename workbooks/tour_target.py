"""Sheet Calc_Target of the tour: market risk, and the risk target by the rule of sheet Inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from udfs.errors import CellError
from udfs.registry import call
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block
from workbooks.tour_checks import Compared
from workbooks.tour_inputs import BENCHMARK
from workbooks.tour_parts import GAP, Tour, below
from workbooks.tour_rule import ModelInputs
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Section, Twin

RISK, LEVEL = 2, 3
"""Columns of the twin of ARAM_MARKET_RISK."""

NUMBERS = ("market risk", "percentile", "trend value", "drawdown", "k", "raw target", "smoothed target",
           "stepped target", "floor", "cap", "clipped target", "least reachable risk", "greatest reachable risk",
           "final target")  # fmt: skip
"""Rows of the record that hold a volatility, a share or k."""


def write_target(tour: Tour, sheet: FunctionSheet, own: ModelInputs, reach: Area) -> None:
    """ARAM_MARKET_RISK, then ARAM_RISK_TARGET; ``reach``: least and greatest risk, by ARAM_RISK_RANGE."""
    linked, ends, row = _write_links(sheet, own, reach)
    _write_record(tour, sheet, linked, (_write_risk(tour, sheet, row, linked), ends))


def _write_links(sheet: FunctionSheet, own: ModelInputs, reach: Area) -> tuple[ModelInputs, Area, int]:
    """What other sheets hold, side by side for the formulas below; gives it, and the next free row."""
    sheet.text(FIRST_ROW, 0, "Arguments", "section")
    sheet.text(FIRST_ROW, 1, "From Inputs and Calc_Step3", "note")
    lines = (
        ("Market-risk window", "months", own.window, "count"),
        ("Floor", "per month", own.floor, "percent4"),
        ("Cap", "per month", own.cap, "percent4"),
        ("Least reachable risk", "per month", reach._replace(block=reach.block._replace(height=1)), "percent4"),
        ("Greatest reachable risk", "per month", reach.part(1, 0), "percent4"),
    )
    cells = []
    for row, (label, unit, source, number) in enumerate(lines, FIRST_ROW + 1):
        value = source.cells[0][0]
        place = sheet.line(row, ("Arguments", label, unit, None), value, ("formula", number), f"={source.block.at()}")
        cells.append(Area(place, [[value]]))
    window, floor, cap, least, greatest = cells
    ends = Area(least.block._replace(height=2), [least.cells[0], greatest.cells[0]])
    return own._replace(window=window, floor=floor, cap=cap), ends, FIRST_ROW + 1 + len(lines) + GAP


def _write_risk(tour: Tour, sheet: FunctionSheet, row: int, own: ModelInputs) -> Section:
    """Volatility of the benchmark through time, and its level, natively."""
    returns, window = tour.market.benchmark, own.window
    count = returns.block.height
    spec = Call("ARAM_MARKET_RISK", (returns, tour.inputs.native_covariance, window),
                [f"Month {i + 1}" for i in range(count)], ["per month"] * count, ["percent4"] * count)  # fmt: skip
    levels = np.cumprod(1.0 + np.array(returns.cells)[:, 0])

    def twin(values: Area, order: Block) -> Twin:
        place = Block(sheet.name, order.row, sheet.twins_at, count, 4)

        def formula(i: int, j: int) -> str:
            start, here = place.at(i, 1), place.at(i)
            months = f"INDEX({place.down(0, 'r')},{start}):{here}"
            return (
                f"={returns.block.at(i)}",
                f"={order.at(i)}-{window.reference}+1",
                f"=IF({start}<1,NA(),STDEV.S({months}))",
                f"={place.at(i - 1, LEVEL)}*(1+{here})" if i else f"=1+{here}",
            )[j]

        def value(i: int, j: int) -> Any:
            found = values.cells[i][0]
            risk = found.code if isinstance(found, CellError) else found
            return (returns.cells[i][0], i + 2.0 - float(window.cells[0][0]), risk, levels[i])[j]

        return Twin((BENCHMARK, "first month", "native", "level"), formula, value,
                    ("percent4", "count", "percent4", "level"))  # fmt: skip

    def difference(values: Block, twin: Block) -> Formula:
        def formula(i: int, j: int) -> str | None:
            own_risk, native = values.at(i), twin.at(i, RISK)
            return f"=IF(ISNUMBER({own_risk}),{own_risk}-{native},N(ISNUMBER({native})))" if j == RISK else None

        return formula

    section = sheet.section(row, spec, twin, difference)
    rows = f"=ROWS({section.values.block.down(0)})-{window.reference}+1"
    tour.check(spec, section, Compared(expected=rows))
    return section


def _write_record(tour: Tour, sheet: FunctionSheet, own: ModelInputs, found: tuple[Section, Area]) -> None:
    """The record of the decision for the coming month, recomputed from the native risks and levels."""
    risks, reach = found
    row = below(risks)
    arguments = (tour.market.benchmark, own.rule, own.window, own.floor, own.cap, own.settings, None, reach)
    facts = call("ARAM_RISK_TARGET", tuple(None if area is None else area.cells for area in arguments)).rows
    keys = [str(label) for label, _ in facts]
    units = ["per month" if key in NUMBERS else "months" if key == "window" else "text" for key in keys]
    for key, unit in (("percentile", "share"), ("trend value", "ratio"), ("drawdown", "share"), ("k", "ratio")):
        units[keys.index(key)] = unit
    formats = {"per month": "percent4", "months": "count", "text": "text", "share": "number", "ratio": "number"}
    spec = Call("ARAM_RISK_TARGET", arguments, [key.capitalize() if len(key) > 1 else key for key in keys], units,
                [formats[unit] for unit in units])  # fmt: skip
    place = Block(sheet.name, row + 3, sheet.twins_at, len(keys), 1)
    where = {key: place.at(i, fix="rc") for i, key in enumerate(keys)}
    flags = _flags(sheet, own.rule, below_record(row, len(keys)), facts, where)
    native = _record(own, reach, risks.twin, flags) | {"window": f"={own.window.reference}"}
    native = {key: formula.format(**{key.replace(" ", "_"): cell for key, cell in where.items()})
              for key, formula in native.items()}  # fmt: skip

    def twin(values: Area, _: Block) -> Twin:
        return Twin(("native",), lambda i, j: native.get(keys[i]), lambda i, j: values.cells[i][j])

    def difference(values: Block, twin: Block) -> Formula:
        def formula(i: int, _: int) -> str | None:
            if keys[i] not in native:
                return None
            mine, theirs = values.at(i), twin.at(i)
            # Joined to nothing, because LibreOffice holds equal texts of an add-in and of a cell for different.
            return f'=IF(ISNUMBER({mine}),{mine}-{theirs},N({mine}&""<>{theirs}&""))'

        return formula

    section = sheet.section(row, spec, twin, difference)
    counted = section.values.part(keys.index("raw target"), 0).block._replace(height=3)
    tour.check(spec, section, Compared(counted=counted))


def below_record(row: int, rows: int) -> int:
    """First row of the flags."""
    return row + 3 + rows + GAP


def _record(own: ModelInputs, reach: Area, native: Block, flags: Block) -> dict[str, str]:
    """Native formulas of the record by its rows; names in braces stand for the cells of the twin."""
    last = native.height - 1
    risk, level = native.down(RISK, "rc"), native.down(LEVEL, "rc")
    here = native.at(last, LEVEL, "rc")
    trend_window = own.settings.part(0, 1).block.at(fix="rc")
    recent = f"INDEX({level},ROWS({level})-{trend_window}+1):{here}"
    states, multiples = (own.rule.part(2, j, 1).block.down(0, "rc") for j in (0, 1))
    first = f"MATCH(1,{flags.down(2, 'rc')},0)"
    least, greatest = (reach.block.at(i, fix="rc") for i in (0, 1))
    return {
        "market risk": f"={native.at(last, RISK)}",
        "percentile": f"{{{{=SUM(IFERROR(1*({risk}<={{market_risk}}),0))/COUNT({risk})}}}}",
        "trend value": f"={here}/AVERAGE({recent})-1",
        "trend": '=IF({trend_value}<0,"down","up")',
        "drawdown": f"=1-{here}/MAX(1,{level})",
        "state": f"=INDEX({states},{first})",
        "k": f"=INDEX({multiples},{first})",
        "raw target": "={k}*{market_risk}",
        "smoothed target": "={raw_target}",
        "stepped target": "={smoothed_target}",
        "floor": f"={own.floor.reference}",
        "cap": f"={own.cap.reference}",
        "clipped target": "=MIN(MAX({stepped_target},{floor}),{cap})",
        "least reachable risk": f"={least}",
        "greatest reachable risk": f"={greatest}",
        "final target": "=MIN(MAX({clipped_target},{least_reachable_risk}),{greatest_reachable_risk})",
    }


def _flags(sheet: FunctionSheet, rule: Area, row: int, facts: Any, where: dict[str, str]) -> Block:
    """Which rows of the rule apply: within the band, with the trend, both; the first of them decides."""
    body, told = rule.part(2, 0), dict(facts)
    sheet.text(row, 0, "Rule, natively", "section")
    sheet.text(row, 1, "Rows of the rule on Inputs that apply; the first of them decides", "note")
    for j, head in enumerate(("band", "trend", "applies")):
        sheet.head(row + 1, FIRST_ASSET + j, head)
    flags = Block(sheet.name, row + 2, FIRST_ASSET, body.block.height, 3)
    for i, (state, _, low, high, trend) in enumerate(body.cells):
        sheet.labels(row + 2 + i, ("Rule, natively", f"{state}", "0 or 1", None))
        band = float((low == "" or told["percentile"] >= low) and (high == "" or told["percentile"] < high))
        with_trend = float(trend in ("", told["trend"]))
        lowest, highest, wanted = (body.block.at(i, j) for j in (2, 3, 4))
        share, way = where["percentile"], where["trend"]
        at_end = f"MAX(N({share}<{highest}),N({highest}=1))"
        sheet.write(flags, (i, 0), f'=({share}>=N({lowest}))*IF({highest}="",1,{at_end})', band, "count")
        sheet.write(flags, (i, 1), f'=IF({wanted}="",1,N({wanted}={way}))', with_trend, "count")
        sheet.write(flags, (i, 2), f"={flags.at(i, 0)}*{flags.at(i, 1)}", band * with_trend, "count")
    return flags
