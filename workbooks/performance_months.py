"""Sheets Calc_R and Calc_Ex of the performance workbook: returns of the sample, and their rolling statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl._performance_table import off_month_ends
from aram_xl._performance_tables import WINDOWS
from aram_xl.hurdles import EQUITY_SHARE
from aram_xl.types import FloatArray
from workbooks.performance_basis import BasisCells, Grid
from workbooks.performance_data import MIXED, PerformanceData
from workbooks.performance_inputs import MONTHS_PER_YEAR, STILL, Inputs, Pasted
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date

RETURNS, EXCESS = "Calc_R", "Calc_Ex"

PERCENT, SMALL, COUNT = ("formula", "percent4"), ("formula", "small"), ("formula", "count")

HELPERS = ("position", "year", "in window", "benchmark", "T-bills", "in sample", "equity", "aggregate", "step", "up",
           "not a month end")  # fmt: skip

NAMES_ROW, TOP = FIRST_ROW + 1, FIRST_ROW + 2

ROLLED = {"newsletter": ("risk", "alpha", "beta", "correlation"), "standard": ("alpha", "beta", "correlation")}


class Rolled(NamedTuple):
    """A rolling statistic: one row per window, from the first full one."""

    native: Block
    difference: Block


class Months(NamedTuple):
    """Cells of Calc_R that others refer to."""

    dates: Block
    benchmark: Block
    bills: Block
    returns: Block
    positions: Block
    years: Block
    in_sample: Block
    active: Block
    steps: Block
    """Calendar months since the row above."""
    up: Block
    """1 where the benchmark rose, 0 where it did not; empty without it."""
    off_dates: Block
    """The date where it is not a month end; else empty."""


def heads(data: PerformanceData, convention: str) -> list[str]:
    """Heads of the columns behind the standard ones; `write_rolling` fills them."""
    series = series_names(data)
    found = list(series)
    if convention == "newsletter":
        found += [*HELPERS, *(f"active {name}" for name in series)]
    for window in WINDOWS:
        for key in ROLLED[convention]:
            found += [f"{key} {window} {name}" for name in series]
            found += [f"engine {name}" for name in series] + ["difference"]
    return found


def plan_months(grid: Grid) -> Months:
    """Where the returns will stand."""
    helpers = FIRST_ASSET + grid.width
    active = grid.panel(RETURNS)._replace(column=helpers + len(HELPERS))
    places = {name: grid.column(RETURNS, helpers + k) for k, name in enumerate(HELPERS)}
    return Months(
        grid.column(RETURNS, 1), grid.column(RETURNS, 3), grid.column(RETURNS, 4), grid.panel(RETURNS),
        places["position"], places["year"], places["in sample"], active, places["step"], places["up"],
        places["not a month end"],
    )  # fmt: skip


def padded(data: PerformanceData, values: FloatArray, height: int = 0) -> FloatArray:
    """(n_months, n_series + 1) values at the places of the sheets; NaN below."""
    table = np.full((height or data.months, data.slots + 1), np.nan)
    table[: values.shape[0]] = data.spread(values)
    return table


def sampled(data: PerformanceData) -> FloatArray:
    """(n_months, n_series + 1) returns of the sample; NaN before it."""
    values = data.values.copy()
    values[: data.first] = np.nan
    return values


def role(data: PerformanceData, name: str | None) -> FloatArray:
    """(n_months,) sampled returns of the benchmark or of T-bills; NaN throughout when not supplied."""
    return np.full(data.dates.size, np.nan) if name is None else sampled(data)[:, data.position(name)]


def labels(sheet: Sheet, data: PerformanceData, section: str, unit: str) -> None:
    """Words of every line below the settings: names first, then the months."""
    sheet.labels(FIRST_ROW, ("Setting", "Of the column", "any", None))
    sheet.labels(NAMES_ROW, ("Name", "Month end", "text", None))
    for i in range(data.months):
        sheet.text(TOP + i, 0, section, "section")
        sheet.text(TOP + i, 2, unit, "note")
    sheet.file.set_column(4, 4, 13)


def series_names(data: PerformanceData) -> list[str]:
    """Of all columns, for heads: whatever stands in them."""
    return [f"series {i + 1}" for i in range(data.slots)] + [MIXED]


def write_names(sheet: Sheet, data: PerformanceData, column: int, row: int = NAMES_ROW) -> None:
    """Names of the series above their months, linked."""
    source = Block("Data", FIRST_ROW, FIRST_ASSET, 1, data.slots)
    shown = [[*data.names, *[""] * (data.slots - len(data.names))]]
    sheet.formulas(
        row, column, lambda i, j: f'=IF(LEN({source.at(0, j)}),{source.at(0, j)},"")', shown, ("figure", "text")
    )
    sheet.text(row, column + data.slots, MIXED)


def write_months(sheet: Sheet, data: PerformanceData, basis: BasisCells, inputs: Inputs, pasted: Pasted) -> Months:
    """Returns of the sample, 60/40, and differences to the benchmark."""
    grid = Grid(data.months, data.slots)
    months = plan_months(grid)
    labels(sheet, data, "Return", "per month")
    _write_settings(sheet, data, basis, inputs)
    write_names(sheet, data, FIRST_ASSET)
    write_names(sheet, data, months.active.column)
    for column, key, name in ((3, "benchmark", data.roles.benchmark), (4, "bills", data.roles.bills)):
        sheet.formulas(NAMES_ROW, column, lambda i, j, k=key: f"={basis.at(f'{k}_name')}", name or "not supplied",  # type: ignore[misc]
                       ("formula", "text"))  # fmt: skip
    days = np.full(data.months, np.nan)
    days[: data.dates.size] = excel_date(data.dates)
    sheet.formulas(
        TOP, 1, lambda i, j: f'=IF(COUNT({pasted.dates.at(i)}),{pasted.dates.at(i)},"")', days[:, None],
        ("formula", "day"),
    )  # fmt: skip
    _write_helpers(sheet, data, basis, months, pasted)
    flag = months.in_sample
    for block, raw, name in ((months.benchmark, 3, data.roles.benchmark), (months.bills, 4, data.roles.bills)):
        source = flag._replace(column=months.positions.column + raw)
        values = padded_column(data, role(data, name))
        sheet.formulas(
            TOP, block.column, lambda i, j, s=source: f'=IF({flag.at(i)},{s.at(i)},"")', values, PERCENT,  # type: ignore[misc]
        )  # fmt: skip
    values = padded(data, sampled(data))
    own = data.slots
    sheet.formulas(
        TOP, FIRST_ASSET,
        lambda i, j: f'=IF(COUNT({pasted.returns.at(i, j)})*{flag.at(i, 0, "c")},{pasted.returns.at(i, j)},"")',
        values[:, :own], PERCENT,
    )  # fmt: skip
    left = months.positions.column
    share = Block(RETURNS, FIRST_ROW, FIRST_ASSET + own, 1, 1).at(fix="r")
    equity, bonds = (flag._replace(column=left + k) for k in (6, 7))
    sheet.formulas(
        TOP, FIRST_ASSET + own,
        lambda i, j: f'=IFERROR({share}*{equity.at(i)}+(1-{share})*{bonds.at(i)},"")', values[:, own:], PERCENT,
    )  # fmt: skip
    market = padded_column(data, role(data, data.roles.benchmark))
    sheet.formulas(
        TOP, months.active.column,
        lambda i, j: f'=IFERROR({months.returns.at(i, j)}-{months.benchmark.at(i, 0, "c")},"")',
        values - market, PERCENT,
    )  # fmt: skip
    return months


def padded_column(data: PerformanceData, values: FloatArray) -> FloatArray:
    """(n_months,) values as a column with room below."""
    table = np.full((data.months, 1), np.nan)
    table[: values.size, 0] = values
    return table


def _write_settings(sheet: Sheet, data: PerformanceData, basis: BasisCells, inputs: Inputs) -> None:
    """What every formula of a column needs, above it: short references, seen at a glance."""
    left = FIRST_ASSET + data.slots + 1
    roles = data.roles
    for column, cell, value, number in (
        (3, inputs.months_per_year.at(), MONTHS_PER_YEAR, "count"),
        (4, inputs.still.at(), STILL, "small"),
        (FIRST_ASSET + data.slots, inputs.equity_share.at(), EQUITY_SHARE, "percent"),
        (left + 3, basis.at("benchmark"), roles.benchmark, "count"),
        (left + 4, basis.at("bills"), roles.bills, "count"),
        (left + 6, basis.at("equity"), roles.equity, "count"),
        (left + 7, basis.at("aggregate"), roles.aggregate, "count"),
    ):
        shown = value if isinstance(value, float | int) else _place(data, value)
        sheet.formulas(FIRST_ROW, column, lambda i, j, c=cell: f"={c}", shown, ("formula", number))  # type: ignore[misc]


def _place(data: PerformanceData, name: str | None) -> float | str:
    return "not supplied" if name is None else data.position(name) + 1.0


def _write_helpers(sheet: Sheet, data: PerformanceData, basis: BasisCells, months: Months, pasted: Pasted) -> None:
    left, count = months.positions.column, data.dates.size
    roles = data.roles
    there = np.arange(data.months) < count
    used = there & (np.arange(data.months) >= data.first)
    years = np.full(data.months, np.nan)
    years[:count] = data.dates.astype("datetime64[Y]").astype(int) + 1970
    day = months.dates

    def column(k: int, formula: Callable[[int, int], str], values: FloatArray, style: tuple[str, str] = COUNT) -> Block:
        return sheet.formulas(TOP, left + k, formula, values[:, None], style)

    sheet.values(TOP, left, np.arange(1.0, data.months + 1)[:, None], COUNT)
    column(1, lambda i, j: f'=IF(COUNT({day.at(i)}),YEAR({day.at(i)}),"")', years)
    first, last = basis.at("first_wanted"), basis.at("last_wanted")
    window = column(
        2, lambda i, j: f"=COUNT({day.at(i)})*({day.at(i)}>={first})*({day.at(i)}<={last})", there.astype(np.float64)
    )
    raw = []
    for k, name in ((3, roles.benchmark), (4, roles.bills)):
        setting = Block(RETURNS, FIRST_ROW, left + k, 1, 1).at(fix="r")
        values = np.full(data.months, np.nan)
        if name is not None:
            values[:count] = data.values[:, data.position(name)]
        raw.append(column(k, _raw(pasted, setting), values, PERCENT))
    a, b = raw
    settings = [Block(RETURNS, FIRST_ROW, left + k, 1, 1).at(fix="r") for k in (3, 4)]
    column(
        5, lambda i, j: (
            f"={window.at(i)}*(COUNT({a.at(i)})>=COUNT({settings[0]}))*(COUNT({b.at(i)})>=COUNT({settings[1]}))"
        ),
        used.astype(np.float64),
    )  # fmt: skip
    years_of = Block(RETURNS, FIRST_ROW, 3, 1, 1).at(fix="rc")

    def step(i: int, _: int) -> str:
        now, before = day.at(i), day.at(i - 1)
        moved = f"(YEAR({now})-YEAR({before}))*{years_of}+MONTH({now})-MONTH({before})"
        return f"=IF(COUNT({before}:{now.split('!')[1]})>1,{moved},1)"

    column(8, step, np.ones(data.months))
    market = padded_column(data, role(data, roles.benchmark))[:, 0]
    rose = np.where(np.isnan(market), np.nan, market > 0)
    column(9, lambda i, j: f'=IF(COUNT({months.benchmark.at(i)}),({months.benchmark.at(i)}>0)*1,"")', rose)
    _write_off_dates(sheet, data, months)
    for k, name in ((6, roles.equity), (7, roles.aggregate)):
        setting = Block(RETURNS, FIRST_ROW, left + k, 1, 1).at(fix="r")
        values = padded_column(data, role(data, name))[:, 0]
        column(k, _raw(pasted, setting, months.in_sample), values, PERCENT)


def _write_off_dates(sheet: Sheet, data: PerformanceData, months: Months) -> None:
    """Dates of the sample that are no month ends: more than one weekday follows within the month."""
    day, off = months.dates, months.off_dates
    days = data.dates[data.first :]
    values = np.full(data.months, np.nan)
    values[data.first : data.dates.size] = np.where(np.isin(days, off_month_ends(days)), excel_date(days), np.nan)

    def formula(i: int, _: int) -> str:
        now = day.at(i)
        return f'=IF({months.in_sample.at(i)}*(NETWORKDAYS(N({now})+1,EOMONTH(N({now}),0))>1),{now},"")'

    sheet.formulas(off.row, off.column, formula, values[:, None], ("formula", "date"))


def _raw(pasted: Pasted, setting: str, only: Block | None = None) -> Callable[[int, int], str]:
    """The return in a column of Data; ``only`` where that column of 1 and 0 says so."""

    # Read from Data, not from the returns beside it: LibreOffice 7.4 would keep the first of those at an old value.
    def formula(i: int, _: int) -> str:
        cell = f"INDEX({pasted.returns.across(i, 'c')},{setting})"
        return f'=IF(COUNT({cell}){f"*{only.at(i)}" if only else ""},{cell},"")'

    return formula


def write_excess(sheet: Sheet, data: PerformanceData, inputs: Inputs, months: Months) -> Block:
    """Returns less T-bills: benchmark in column D, series from F on; given back is the panel of the series."""
    labels(sheet, data, "Excess", "per month")
    write_names(sheet, data, FIRST_ASSET)
    sheet.text(NAMES_ROW, 3, "benchmark")
    sheet.formulas(FIRST_ROW, 3, lambda i, j: f"={inputs.months_per_year.at()}", MONTHS_PER_YEAR, COUNT)
    rate = padded_column(data, role(data, data.roles.bills))
    market = padded_column(data, role(data, data.roles.benchmark))
    for k, block, values in ((3, months.benchmark, market), (FIRST_ASSET, months.returns, padded(data, sampled(data)))):
        sheet.formulas(
            TOP, k, lambda i, j, b=block: f'=IFERROR({b.at(i, j)}-{months.bills.at(i, 0, "c")},"")', values - rate,  # type: ignore[misc]
            PERCENT,
        )  # fmt: skip
    day = months.dates
    days = padded_column(data, excel_date(data.dates))
    sheet.formulas(TOP, 1, lambda i, j: f"={day.at(i)}", days, ("formula", "day"))
    return Grid(data.months, data.slots).panel(EXCESS)


def write_rolling(
    sheet: Sheet, data: PerformanceData, basis: BasisCells, panel: Block, convention: str
) -> dict[tuple[int, str], Rolled]:
    """Rolling statistics of a panel with the benchmark in column D, the engine's beside them."""
    grid = Grid(data.months, data.slots)
    column = panel.column + panel.width
    if convention == "newsletter":
        column += len(HELPERS) + grid.width
    found: dict[tuple[int, str], Rolled] = {}
    for window in WINDOWS:
        risk: Block | None = None
        for key in ROLLED[convention]:
            rolled = _write_rolled(sheet, data, (panel, column), (convention, window, key), risk)
            if key == "risk":
                risk = rolled
            engine = rolled._replace(column=column + grid.width)
            values = _engine_rows(data, convention, window, key)
            place, nothing = engine.column + grid.width, np.zeros((rolled.height, 1))
            same = sheet.formulas(FIRST_ROW, engine.column, lambda i, j: f"={basis.at('same')}", 1.0, COUNT).at(fix="r")
            if np.isfinite(values).any():
                sheet.values(rolled.row, engine.column, values, ("engine", _number(key)))
                difference = sheet.arrays(rolled.row, place, _difference(rolled, engine, same), nothing, SMALL)
            else:  # the engine has none: any figure is a difference
                difference = sheet.formulas(rolled.row, place, _figures(rolled, same), nothing, SMALL)
            found[window, key] = Rolled(rolled, difference)
            column = difference.column + 1
    return found


def _difference(native: Block, engine: Block, same: str) -> Callable[[int, int], str]:
    def formula(i: int, _: int) -> str:
        a, b = native.across(i), engine.across(i)
        return f'=IF({same},MAX(IFERROR(ABS({a}-{b}),1*({a}<>{b}))),"")'

    return formula


def _figures(native: Block, same: str) -> Callable[[int, int], str]:
    return lambda i, j: f'=IF({same},COUNT({native.across(i)}),"")'


def _number(key: str) -> str:
    return "number" if key in ("beta", "correlation") else "percent"


def _engine_rows(data: PerformanceData, convention: str, window: int, key: str) -> FloatArray:
    """Of the engine: one row per window of the sample, at the places of the sheets."""
    paths = data.engine.rolling.get((convention, window, key))
    if paths is None or data.dates.size < window:
        return np.zeros((0, 0))
    return data.spread(paths[window - 1 :])


def _write_rolled(
    sheet: Sheet, data: PerformanceData, place: tuple[Block, int], what: tuple[str, int, str], risk: Block | None
) -> Block:
    panel, column = place
    convention, window, key = what
    market = panel._replace(column=3, width=1)
    years = Block(sheet.name, FIRST_ROW, 3, 1, 1).at(fix="rc")
    still = Block(sheet.name, FIRST_ROW, 4, 1, 1).at(fix="rc")

    def formula(i: int, j: int) -> str:
        own, other = panel.rows(i, i + window - 1, j), market.rows(i, i + window - 1, 0, "c")
        full = f"COUNT({panel.at(i, j)},{panel.at(i + window - 1, j)})>1"
        if risk is not None and key == "correlation":  # a series at rest has none
            full = f"N({risk.at(i, j)})>{still}"
        figure = {
            "risk": f"STDEV.S({own})*SQRT({years})",
            "alpha": f"(1+INTERCEPT({own},{other}))^{years}-1",
            "beta": f"SLOPE({own},{other})",
            "correlation": f"CORREL({own},{other})",
        }[key]
        return f'=IF({full},IFERROR({figure},""),"")'

    height = data.months - window + 1
    sheet.file.use_future_functions = key == "risk"  # only STDEV.S is prefixed, and looking for it takes its time
    values = np.full((height, data.slots + 1), np.nan)
    engine = _engine_rows(data, convention, window, key)
    values[: engine.shape[0]] = engine if engine.size else values[:0]
    return sheet.formulas(panel.row + window - 1, column, formula, values, ("formula", _number(key)))
