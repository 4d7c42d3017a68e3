"""Sheets Calc_Data, Calc_Estimate and Calc_Audit of the tour, and what all parts share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from udfs.registry import call
from workbooks.check_lines import Check
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Book
from workbooks.tour_checks import ALL, Compared, function_checks
from workbooks.tour_inputs import ASSETS, DAILY, Inputs, Market
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Section, Twin

GAP = 2
"""Rows between sections."""


@dataclass
class Tour:
    """The workbook under construction."""

    book: Book
    inputs: Inputs
    market: Market
    checks: list[Check] = field(default_factory=list)

    def check(self, spec: Call, section: Section, how: Compared = ALL) -> None:
        """Two lines of sheet Checks for one function."""
        self.checks += function_checks(spec, section, self.inputs.tolerance.reference, how)


def below(section: Section, lines: int = 0) -> int:
    """First row for the next section."""
    return section.order.row + section.order.height + lines + GAP


def write_data_functions(tour: Tour, sheet: FunctionSheet) -> tuple[Block, Block]:
    """ARAM_MONTH_END, ARAM_RETURNS, ARAM_DATA_CHECK; gives native monthly returns of Data_Daily, and drawdowns."""
    prices, frequency = tour.market.prices, tour.inputs.frequency
    body = prices.part(1, 0).block
    days, first = body.down(0, "rc"), body.at(0, 0, "r")
    ends = len(call("ARAM_MONTH_END", (prices.cells, "M")).rows) - 1
    heads = ("Date", *DAILY)
    spec = _monthly("ARAM_MONTH_END", (prices, frequency), ends, "level", "level")

    def month_end(values: Area, order: Block) -> Twin:
        column = sheet.twins_at

        def formula(i: int, j: int) -> str:
            if j == 0:
                return f"=INDEX({days},MATCH(EOMONTH({first},{order.at(i)}-1),{days},1))"
            date = Block(sheet.name, values.block.row + i, column, 1, 1).at(fix="c")
            return f"=INDEX({body.down(j, 'r')},MATCH({date},{days},0))"

        return Twin(heads, formula, lambda i, j: _labelled(values, spec)[i][j], ("date", *["level"] * len(DAILY)))

    levels = sheet.section(FIRST_ROW, spec, month_end, _with_dates)
    tour.check(spec, levels)
    row = below(levels)
    spec_returns = _monthly("ARAM_RETURNS", (prices, frequency), ends - 1, "per month", "percent4")

    def change(values: Area, order: Block) -> Twin:
        def formula(i: int, j: int) -> str:
            if j == 0:
                return f"={levels.twin.at(i + 1, 0)}"
            return f"={levels.twin.at(i + 1, j)}/{levels.twin.at(i, j)}-1"

        styles = ("date", *["percent4"] * len(DAILY))
        return Twin(heads, formula, lambda i, j: _labelled(values, spec_returns)[i][j], styles)

    returns = sheet.section(row, spec_returns, change, _with_dates)
    tour.check(spec_returns, returns)
    return returns.twin, _write_growth(tour, sheet, _write_data_check(tour, sheet, below(returns)))


def _monthly(name: str, arguments: tuple[Area, Area], rows: int, unit: str, number: str) -> Call:
    labels = [f"Month-end {i + 1}" for i in range(rows)]
    return Call(name, arguments, labels, [unit] * rows, [number] * rows, dated=True)


def _labelled(values: Area, spec: Call) -> list[list[Any]]:
    """Dates and numbers of an answer."""
    rows = call(spec.function, tuple(area.cells if area else None for area in spec.arguments)).rows
    return rows[len(rows) - len(values.cells) :]


def _with_dates(values: Block, twin: Block) -> Formula:
    """Differences that include the column of dates, which stands before the numbers."""
    return lambda i, j: f"={values.at(i, j - 1)}-{twin.at(i, j)}"


def _write_data_check(tour: Tour, sheet: FunctionSheet, row: int) -> int:
    """ARAM_DATA_CHECK, compared where it counts or measures; gives the next free row."""
    prices = tour.market.prices
    body = prices.part(1, 0).block
    facts = call("ARAM_DATA_CHECK", (prices.cells,)).rows
    rows = len(facts)
    unit = {"levels": "count", "holes": "count", "lowest level": "level", "largest change": "return",
            "longest run of equal levels": "count", "rows": "count"}  # fmt: skip
    units = [unit.get(str(label).split(": ")[-1], "text") for label, _ in facts]
    formats = [{"count": "count", "level": "level", "return": "percent4"}.get(unit, "text") for unit in units]
    spec = Call("ARAM_DATA_CHECK", (prices,), [f"Fact {i + 1}" for i in range(rows)], units, formats)

    def formula(i: int, _: int) -> str | None:
        ticker, _mark, fact = str(facts[i][0]).rpartition(": ")
        column = 1 + DAILY.index(ticker) if ticker else 0
        cells, last = body.down(column), body.height - 1
        later, earlier = body.rows(1, last, column), body.rows(0, last - 1, column)
        return {
            "rows": f"=COUNT({cells})",
            "levels": f"=COUNT({cells})",
            "holes": f"=ROWS({cells})-COUNT({cells})",
            "lowest level": f"=MIN({cells})",
            "largest change": f"{{=MAX(ABS({later}/{earlier}-1))}}",
        }.get(fact)

    section = sheet.section(row, spec, lambda values, _: Twin(("native",), formula, lambda i, j: values.cells[i][j]))
    kinds = Block(sheet.name, section.order.row, 2, rows, 1).all("")
    tour.check(spec, section, Compared(expected=f'=ROWS({kinds})-COUNTIF({kinds},"text")'))
    return below(section)


def _write_growth(tour: Tour, sheet: FunctionSheet, row: int) -> Block:
    """Growth of 1 and drawdown of each asset by native formulas, for the twins on Calc_Judge."""
    returns = tour.market.assets.part(1, 0)
    values: Any = np.array(returns.cells)
    count = len(values)
    sheet.text(row, 0, "Growth of 1", "section")
    sheet.text(row, 1, "Native: growth (left) and drawdown (right) of each asset, for the twins of Calc_Judge", "note")
    top = row + 2
    for j, ticker in enumerate(ASSETS):
        sheet.head(top - 1, FIRST_ASSET + j, ticker)
        sheet.head(top - 1, sheet.twins_at + j, ticker)
    for i in range(count):
        sheet.labels(top + i, ("Growth of 1", f"Month {i + 1}", "level, share", None))
    growth = np.cumprod(1.0 + values, axis=0)
    peaks = np.maximum(np.maximum.accumulate(growth, axis=0), 1.0)
    from_first = returns.block

    def so_far(block: Block, i: int, j: int) -> str:
        return f"{block.at(0, j, 'r')}:{block.at(i, j).rpartition('!')[2]}"

    levels = sheet.arrays(
        top, FIRST_ASSET, lambda i, j: f"=PRODUCT(1+{so_far(from_first, i, j)})", growth, ("formula", "level")
    )
    return sheet.formulas(
        top, sheet.twins_at, lambda i, j: f"=1-{levels.at(i, j)}/MAX(1,{so_far(levels, i, j)})", 1.0 - growth / peaks,
        ("formula", "percent"),
    )  # fmt: skip


def write_estimates(tour: Tour, sheet: FunctionSheet) -> tuple[Area, Area]:
    """ARAM_EXPECTED_RETURNS, ARAM_COV, ARAM_CORR_MATRIX; gives the labelled means and covariance."""
    inputs, assets = tour.inputs, tour.market.assets
    months, size = assets.part(1, 0).block, len(ASSETS)
    same_mean = f"{inputs.return_method.reference}={inputs.native_return.reference}"
    same_covariance = f"{inputs.covariance_method.reference}={inputs.native_covariance.reference}"

    def labels(unit: str, number: str) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        return ASSETS, [unit] * size, [number] * size

    def pairs(name: str) -> Any:
        return lambda values, order: Twin(
            ASSETS, lambda i, j: f"={name}(INDEX({months.all()},0,{order.at(i, 0, 'c')}),{months.down(j, 'r')})",
            lambda i, j: values.cells[i][j],
        )  # fmt: skip

    spec = Call("ARAM_EXPECTED_RETURNS", (assets, inputs.return_method), *labels("per month", "percent4"))
    means = sheet.section(
        FIRST_ROW, spec,
        lambda values, order: Twin(
            ("native",), lambda i, j: f"=AVERAGE(INDEX({months.all()},0,{order.at(i, 0, 'c')}))",
            lambda i, j: values.cells[i][j],
        ),
    )  # fmt: skip
    tour.check(spec, means, Compared(only_if=same_mean))
    spec = Call("ARAM_COV", (assets, inputs.covariance_method), *labels("squared", "small"))
    covariance = sheet.section(below(means), spec, pairs("COVARIANCE.S"))
    tour.check(spec, covariance, Compared(only_if=same_covariance))
    spec = Call("ARAM_CORR_MATRIX", (assets, inputs.covariance_method), *labels("ratio", "number"))
    correlation = sheet.section(below(covariance), spec, pairs("CORREL"))
    tour.check(spec, correlation, Compared(only_if=same_covariance))
    return means.answer, covariance.answer


def write_audit(sheet: FunctionSheet, failures: Block) -> None:
    """ARAM_STATUS and ARAM_VERSION, which have no twin; the status is read again when the failed checks change."""
    refresh = Area(failures, [[0.0]])
    spec = Call("ARAM_STATUS", (refresh,), ["Last failure"], ["text"], ["text"])
    status = sheet.section(FIRST_ROW, spec, None)
    labels = ["Version of aram_xl", "Version of Python", "Version of numpy"]
    sheet.section(below(status), Call("ARAM_VERSION", (), labels, ["text"] * 3, ["text"] * 3), None)
