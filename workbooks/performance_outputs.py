"""Sheet Outputs of the performance workbook: the tables, rows of series with the hurdles below, and the charts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl._performance_table import CONVENTIONS as MEANINGS
from aram_xl._performance_table import Basis
from aram_xl.performance import NOT_SUPPLIED
from aram_xl.types import FloatArray
from workbooks import names
from workbooks.performance_basis import BasisCells, display, remark_of, short_of
from workbooks.performance_data import TOP, YEARS, PerformanceData
from workbooks.performance_ranks import FIGURES
from workbooks.performance_stats import ABSENT, Sources, Stats
from workbooks.performance_years import Years
from workbooks.sheet import FIRST_ROW, Block, Book, Sheet

WIDTH = 13
"""Columns of figures."""

HEADS = ("Section", "Series", "Unit")

HYPOTHETICAL = "Hypothetical. "


class Column(NamedTuple):
    """A column of a table: its head, number format, and lines of Calc_Stats for each row of a series."""

    head: str
    number: str
    lines: tuple[str, ...]


class Table(NamedTuple):
    """A table: title, unit, columns, and the key of the sentence below it."""

    title: str
    unit: str
    columns: tuple[Column, ...]
    basis: str


def _one(head: str, number: str, line: str) -> Column:
    return Column(head, number, (line,))


def _returns(convention: str) -> Table:
    columns = [
        _one("Last month", "percent", "last_month"), _one("Year to date", "percent", "ytd"),
        _one("1 year", "percent", "one_year"), _one("3 years", "percent", "three_year"),
        _one("5 years", "percent", "five_year"), _one("Whole sample", "percent", "cumulative"),
    ]  # fmt: skip
    if convention == "standard":
        columns += [
            _one("3 years, a year", "percent", "three_year_annualised"),
            _one("5 years, a year", "percent", "five_year_annualised"),
            _one("Sample, a year", "percent", "annualised_return"),
        ]
    columns += [_one("Months", "count", "n"), _one("First month", "date", "from")]
    return Table(f"Return summary, {convention}", "return", tuple(columns), convention)


def _statistics(convention: str) -> Table:
    ratio = ("Sharpe", "sharpe") if convention == "standard" else ("Ret/StDev", "ret_stdev")
    own = f"{convention}_"
    columns = (
        _one("Alpha a year", "percent", f"{own}alpha"), _one("Alpha, 12 months", "percent", f"{own}alpha_12m"),
        _one("Beta", "number", f"{own}beta"), _one("Beta, 12 months", "number", f"{own}beta_12m"),
        _one("Correlation", "number", f"{own}correlation"),
        _one("Correl., 12 months", "number", f"{own}correlation_12m"),
        _one("Positive months", "percent", "positive_months"),
        _one("Volatility a year", "percent", "annualised_volatility"),
        _one(ratio[0], "number", f"{own}{ratio[1]}"), _one(f"{ratio[0]}, 12 months", "number", f"{own}ret_stdev_12m"),
        _one("Greatest drawdown", "percent", "max_drawdown"), _one("Skewness", "number", "skewness"),
        _one("Excess kurtosis", "number", "excess_kurtosis"),
    )  # fmt: skip
    return Table(f"Statistics, {convention}", "as headed", columns, convention)


def _tracking(convention: str) -> Table:
    if convention == "standard":
        heads = ("Return a year", "Benchmark's", "Active premium", "Tracking error a year")
        keys = ("annualised_return", "benchmark_annualised", "active_premium", "tracking_error")
    else:
        heads = ("Cumulative return", "Benchmark's", "Gap", "Tracking error a month")
        keys = ("cumulative", "benchmark_cumulative", "gap", "tracking_error")
    columns = [_one(head, "percent", f"{convention} {key}") for head, key in zip(heads, keys, strict=True)]
    columns += [_one("Information ratio", "number", f"{convention} information_ratio"), _one("Months", "count", "n")]
    return Table(f"Tracking error and information ratio, {convention}", "as headed", tuple(columns), convention)


def _capture() -> Table:
    columns = [
        column
        for word in ("up", "down")
        for column in (
            _one(f"{word.title()} months", "count", f"{word}_months"),
            _one(f"{word.title()} capture, a month", "percent", f"{word}_capture_mean"),
            _one(f"{word.title()} capture, compound", "percent", f"{word}_capture"),
        )
    ]
    return Table("Capture ratios", "share", tuple(columns), "any")


def _drawdowns() -> Table:
    columns = [
        Column(label, number, tuple(f"drawdown_{rank} {key}" for rank in range(TOP)))
        for key, label, _, number, _ in FIGURES
    ]
    return Table("Drawdowns, at month ends", "as headed", tuple(columns), "any")


def _extremes() -> Table:
    columns = [
        Column(head, number, tuple(f"{key}_{rank}" for rank in range(TOP)))
        for head, number, key in (
            ("Best month", "percent", "best"), ("When", "date", "best_date"),
            ("Worst month", "percent", "worst"), ("When", "date", "worst_date"),
        )
    ]  # fmt: skip
    return Table("Best and worst months", "as headed", tuple(columns), "any")


def _rolling(convention: str, window: int) -> Table:
    own = f"{convention} {window} "
    columns = [
        _one("Beta", "number", f"{own}beta"), _one("Beta, lowest", "number", f"{own}beta_lowest"),
        _one("Beta, highest", "number", f"{own}beta_highest"),
        _one("Risk a year", "percent", f"newsletter {window} risk"),
        _one("Risk, lowest", "percent", f"newsletter {window} risk_lowest"),
        _one("Risk, highest", "percent", f"newsletter {window} risk_highest"),
        _one("Alpha a year", "percent", f"{own}alpha"), _one("Correlation", "number", f"{own}correlation"),
    ]  # fmt: skip
    return Table(f"Rolling {window} months, {convention}", "as headed", tuple(columns), convention)


def tables() -> list[Table]:
    """All tables but that of calendar years, in the order of reading."""
    both = ("newsletter", "standard")
    found = [make(convention) for convention in both for make in (_returns, _statistics, _tracking)]
    found += [_drawdowns(), _capture(), _extremes()]
    return found + [_rolling(convention, window) for window in (12, 36) for convention in both]


class Outputs(NamedTuple):
    """Where things ended up."""

    row: int
    ends: list[int]
    """Rows after each table."""
    returns: Block


def write_tables(book: Book, sheet: Sheet, data: PerformanceData, stats: Stats, years: Years) -> Outputs:
    """Every table with its sentence."""
    sheet.file.set_column(0, 0, 18)
    sheet.file.set_column(3, 3 + WIDTH - 1, 13)
    row, breaks, first = FIRST_ROW, [], None
    plan = tables()
    for table in plan[:6]:
        block, row = _write_table(sheet, data, stats, table, row)
        first = first or block
        breaks.append(row)
    row = _write_years(sheet, data, stats.sources, years, row)
    breaks.append(row)
    for table in plan[6:]:
        _, row = _write_table(sheet, data, stats, table, row)
        breaks.append(row)
    if first is None:
        raise RuntimeError("tables: expected at least one, got none")
    book.name(names.RETURN_SUMMARY, first)
    return Outputs(row, breaks, first)


def _title(sheet: Sheet, row: int, title: str, heads: list[str]) -> None:
    sheet.text(row, 0, title, "section")
    sheet.head(row + 1, 0, "Section")
    sheet.head(row + 1, 1, "Series")
    sheet.head(row + 1, 2, "Unit")
    for k, head in enumerate(heads):
        sheet.text(row + 1, 3 + k, head, "number_header")
    sheet.file.set_row(row + 1, 28)


def _write_table(sheet: Sheet, data: PerformanceData, stats: Stats, table: Table, row: int) -> tuple[Block, int]:
    """Rows of series in the order of Calc_Basis; gives the block and the row after the table."""
    basis, shown = stats.sources.basis, display(data)
    ranks = len(table.columns[0].lines)
    heads = [column.head for column in table.columns]
    _title(sheet, row, table.title, heads)
    top = row + 2
    for k, (name, place) in enumerate(shown):
        for rank in range(ranks):
            at = top + k * ranks + rank
            section = table.title.split(",")[0].split(" and ")[0] if ranks == 1 else f"number {rank + 1}"
            _words(sheet, at, (section, table.unit), used=bool(name))
            sheet.formulas(at, 1, lambda i, j, p=k: f"={basis.order_names.at(p)}", name, ("formula", "text"))  # type: ignore[misc]
            for c, column in enumerate(table.columns):
                line = stats.native(column.lines[rank]).all()
                cell = basis.order_places.at(k)
                sheet.formulas(
                    at, 3 + c, lambda i, j, x=cell, y=line: f"=IF(COUNT({x}),INDEX({y},{x}),{x})",  # type: ignore[misc]
                    _shown(stats, column.lines[rank], place), ("figure", column.number),
                )  # fmt: skip
    block = Block(sheet.name, top, 3, len(shown) * ranks, len(table.columns))
    return block, _write_basis(sheet, data, basis, table.basis, top + block.height)


def _words(sheet: Sheet, row: int, words: tuple[str, str], used: bool) -> None:
    """Section and unit of a row, unless it is empty."""
    name = Block(sheet.name, row, 1, 1, 1).at()
    for column, word in zip((0, 2), words, strict=True):
        sheet.formulas(row, column, lambda i, j, w=word: f'=IF(LEN({name}),"{w}","")', word if used else "",  # type: ignore[misc]
                       ("note", "text"))  # fmt: skip


def _shown(stats: Stats, line: str, place: object) -> float | str:
    """Cached value of a cell of a table."""
    if not isinstance(place, float):
        return str(place)
    value = stats.values[line][int(place) - 1]
    return float(value) if np.isfinite(value) else ABSENT


def sentence(data: PerformanceData, key: str) -> tuple[str, str]:
    """What stands under a table, as the engine says it: the sample, and the convention."""
    roles = data.roles
    if key == "standard" and roles.bills is None:
        return f"Standard: T-bills {NOT_SUPPLIED}.", MEANINGS[key]
    words = Basis(
        data.dates[data.first].astype(object), data.dates[-1].astype(object), data.dates.size - data.first, "M",
        roles.benchmark or NOT_SUPPLIED, str(roles.bills) if key == "standard" else "zero", key,
    ).sentence()  # fmt: skip
    said = (words.removesuffix(f"; {MEANINGS[key]}.") + ".", remark_of(data), "" if key == "any" else short_of(data))
    return " ".join(text for text in said if text), MEANINGS[key]


def _write_basis(sheet: Sheet, data: PerformanceData, basis: BasisCells, key: str, row: int) -> int:
    """Sample, benchmark and risk-free series in one line, the convention in the next."""
    words, meaning = sentence(data, key)
    formula = f'="{HYPOTHETICAL}"&{basis.at(key)}'
    sheet.formulas(row, 1, lambda i, j: formula, HYPOTHETICAL + words, ("note", "text"))
    sheet.formulas(row + 1, 1, lambda i, j: f"={basis.at(f'meaning_{key}')}", meaning, ("note", "text"))
    return row + 3


def _write_years(sheet: Sheet, data: PerformanceData, sources: Sources, years: Years, row: int) -> int:
    """Calendar years, the latest first; a star marks those of which a series has a part only, by its months below."""
    _title(sheet, row, "Calendar years", [])
    basis, whole = sources.basis, sources.inputs.months_per_year.at(fix="rc")
    last = int(str(data.dates[-1])[:4])
    style = ("number_header", "count")
    for k in range(YEARS):
        sheet.formulas(row + 1, 3 + k, lambda i, j, c=k: f"={years.years.at(c)}", float(last - k), style)  # type: ignore[misc]
    sheet.labels(row + 2, ("Calendar years", "Months in the sample", "months", None))
    counted = data.dates[data.first :].astype("datetime64[Y]").astype(int) + 1970
    for k in range(YEARS):
        known = float((counted == last - k).sum())
        sheet.formulas(row + 2, 3 + k, lambda i, j, c=k: f"={years.months.at(c)}", known, ("formula", "count"))  # type: ignore[misc]
    engine, height = data.engine, len(display(data))
    returns = _year_rows(sheet, data, basis, (row + 3, "return", "percent"), (years.native, engine.years))
    months = _year_rows(sheet, data, basis, (row + 4 + height, "months", "count"), (years.own_months, engine.months))
    sheet.text(months.row - 1, 0, "Calendar years", "section")
    sheet.text(months.row - 1, 1, "Months of each series; * above: a part of the year only", "note")
    star = {"type": "formula", "format": sheet.book.file.add_format({"num_format": '0.00%"*"'})}
    sheet.file.conditional_format(
        *_corners(returns), star | {"criteria": f"=(N({_here(months)})>0)*(N({_here(months)})<{whole})"}
    )
    return _write_basis(sheet, data, basis, "any", months.row + height)


def _corners(block: Block) -> tuple[int, int, int, int]:
    return block.row, block.column, block.row + block.height - 1, block.column + block.width - 1


def _here(block: Block) -> str:
    """The first cell of a block on the same sheet, in a rule that moves along with the cell that it is for."""
    return block.at().split("!")[1]


def _year_rows(
    sheet: Sheet, data: PerformanceData, basis: BasisCells, place: tuple[int, str, str],
    source: tuple[Block, dict[int, FloatArray]],
) -> Block:  # fmt: skip
    """One row per series from a block of Calc_Years; ``place``: first row, unit, number format."""
    top, unit, number = place
    lines, engine = source
    last, shown = int(str(data.dates[-1])[:4]), display(data)
    none = np.full(data.starts.size, np.nan)
    for k, (name, column) in enumerate(shown):
        _words(sheet, top + k, ("Calendar years", unit), used=bool(name))
        sheet.formulas(top + k, 1, lambda i, j, p=k: f"={basis.order_names.at(p)}", name, ("formula", "text"))  # type: ignore[misc]
        cell = basis.order_places.at(k)
        for c in range(YEARS):
            line = lines.across(c, "rc")
            value: float | str = str(column)
            if isinstance(column, float):
                found = data.spread(engine.get(last - c, none))[int(column) - 1]
                absent = 0.0 if unit == "months" else ABSENT
                value = float(found) if np.isfinite(found) else absent
            sheet.formulas(
                top + k, 3 + c, lambda i, j, x=cell, y=line: f"=IF(COUNT({x}),INDEX({y},{x}),{x})", value,  # type: ignore[misc]
                ("figure", number),
            )  # fmt: skip
    return Block(sheet.name, top, 3, len(shown), YEARS)
