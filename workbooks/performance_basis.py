"""Sheet Calc_Basis of the performance workbook: the sample, who plays which part, what stands under every table."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl._performance_panel import SHORT
from aram_xl._performance_table import CONVENTIONS as MEANINGS
from aram_xl._performance_table import WHOLE_MONTHS, Basis, month_end_remark, off_month_ends
from aram_xl.performance import NOT_SUPPLIED
from workbooks.performance_data import MIXED, PerformanceData
from workbooks.performance_inputs import MONTHS_PER_YEAR, Inputs, Pasted
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date

NAME = "Calc_Basis"

CHARTED = 5
"""Own series in charts; the hurdles come on top."""

HURDLES = ("T-bills", "Benchmark", MIXED)

LINES = (
    "first_wanted", "last_wanted", "benchmark", "bills", "equity", "aggregate", "first_row", "last_row", "months",
    "start", "end", "start_text", "end_text", "benchmark_name", "bills_name", "january", "words", "meaning_newsletter",
    "meaning_standard", "meaning_any", "off", "off_last", "off_text", "off_meaning", "dates", "short", "remarks",
    "newsletter", "standard", "any", "data", "same",
)  # fmt: skip


class Grid(NamedTuple):
    """Where the months of the calculations stand: the same rows and columns on every sheet."""

    months: int
    slots: int

    @property
    def width(self) -> int:
        """Series and 60/40."""
        return self.slots + 1

    def panel(self, sheet: str) -> Block:
        """One row per month, one column per series, 60/40 last; above it the names, above them the settings."""
        return Block(sheet, FIRST_ROW + 2, FIRST_ASSET, self.months, self.width)

    def column(self, sheet: str, place: int) -> Block:
        """One column of months."""
        return Block(sheet, FIRST_ROW + 2, place, self.months, 1)


class BasisCells(NamedTuple):
    """Cells of Calc_Basis."""

    cells: dict[str, Block]
    hurdle_names: Block
    hurdle_places: Block
    order_names: Block
    order_places: Block
    chart_names: Block
    chart_places: Block

    def at(self, key: str) -> str:
        """One of the lines, fixed."""
        return self.cells[key].at(fix="rc")


class Sources(NamedTuple):
    """Cells of other sheets that the sample depends on."""

    inputs: Inputs
    pasted: Pasted
    dates: Block
    positions: Block
    in_sample: Block
    names: Block
    years_base: Block
    own: Block
    """Row of Calc_Stats that numbers the own series."""
    counts: Block
    """Row of Calc_Stats with the months of each series and of 60/40."""
    off_dates: Block
    """Dates of the sample that are not month ends."""
    prints: tuple[Block, Block]
    """Fingerprints of the data on Calc_Stats: native and the engine's."""


def plan_basis(grid: Grid) -> BasisCells:
    """Where everything will stand; other sheets refer to it before it is written."""
    cells = {key: Block(NAME, FIRST_ROW + i, 3, 1, 1) for i, key in enumerate(LINES)}
    row = FIRST_ROW + len(LINES) + 1

    def column(top: int, place: int, height: int) -> Block:
        return Block(NAME, top, place, height, 1)

    order, charted = row + len(HURDLES) + 1, row + len(HURDLES) + grid.slots + 5
    return BasisCells(
        cells, column(row, 1, 3), column(row, 3, 3), column(order, 1, grid.slots + 3),
        column(order, 3, grid.slots + 3), column(charted, 1, CHARTED + 3), column(charted, 3, CHARTED + 3),
    )  # fmt: skip


def write_basis(sheet: Sheet, data: PerformanceData, basis: BasisCells, sources: Sources) -> None:
    """The lines, the hurdles, the order of rows in tables, and the series of the charts."""
    sheet.file.set_column(5, 6, 13)
    _write_sample(sheet, data, basis, sources)
    _write_words(sheet, data, basis, sources)
    _write_same(sheet, data, basis, sources)
    _write_order(sheet, data, basis, sources)


def _line(sheet: Sheet, block: Block, texts: tuple[str, str, str, str], formula: str, value: object) -> None:
    number = {"date": "date", "text": "text", "name": "text"}.get(texts[2], "count")
    sheet.line(block.row, (*texts[:3], texts[3] or None), value, ("formula", number), formula)


def _write_sample(sheet: Sheet, data: PerformanceData, basis: BasisCells, sources: Sources) -> None:
    inputs, pasted, cells = sources.inputs, sources.pasted, basis.cells
    roles = list(data.roles)
    last = excel_date(data.dates[-1:])[0]
    ends = {"first": excel_date(data.dates[:1])[0], "last": last}
    start = excel_date(data.dates[data.first : data.first + 1])[0]
    names, dates = pasted.names.all(), sources.dates.all()
    bounds = (("first", "First", inputs.first.at(), "MIN"), ("last", "Last", inputs.last.at(), "MAX"))
    for key, word, wanted, bound in bounds:
        note = f"Empty on Inputs: {key} of Data"
        _line(sheet, cells[f"{key}_wanted"], ("Sample", f"{word} date wanted", "date", note),
              f"=IF(COUNT({wanted}),{wanted},{bound}({pasted.dates.all()}))", ends[key])  # fmt: skip
    for key, cell, name in zip(LINES[2:6], inputs[:4], roles, strict=True):
        place = NOT_SUPPLIED if name is None else float(data.position(name) + 1)
        _line(sheet, cells[key], ("Role", f"Column of {key}", "column", "Of sheet Data, from 1"),
              f'=IFERROR(MATCH({cell.at()},{names},0),"{NOT_SUPPLIED}")', place)  # fmt: skip
    flags = sources.in_sample.all()
    _line(sheet, cells["first_row"], ("Sample", "First month", "row", "Benchmark and T-bills have a return"),
          f"=IFERROR(MATCH(1,{flags},0),1)", data.first + 1.0)  # fmt: skip
    _line(sheet, cells["last_row"], ("Sample", "Last month", "row", "The last of the sample"),
          f"{{=MAX({flags}*{sources.positions.all()},1)}}", float(data.dates.size))  # fmt: skip
    _line(sheet, cells["months"], ("Sample", "Months", "months", "In the sample"), f"=SUM({flags})",
          float(data.dates.size - data.first))  # fmt: skip
    for key, row, value in (("start", "first_row", start), ("end", "last_row", last)):
        _line(sheet, cells[key], ("Sample", f"Sample {key}", "date", "Month end"),
              f"=INDEX({dates},{basis.at(row)})", value)  # fmt: skip
    base = sources.years_base.at()
    year = data.dates.astype("datetime64[Y]")
    before = int(np.flatnonzero(year == year[-1])[0])
    month = data.dates[-1].astype("datetime64[M]").astype(int) % 12 + 1
    complete = data.dates.size - before == month
    _line(sheet, cells["january"], ("Sample", "Row before January", "row", "Year to date begins after it"),
          f'=IF({basis.at("last_row")}-{base}=MONTH({basis.at("end")}),{base},"-")',
          float(before) if complete else "-")  # fmt: skip


def _write_words(sheet: Sheet, data: PerformanceData, basis: BasisCells, sources: Sources) -> None:
    cells, roles = basis.cells, data.roles
    ends = (str(data.dates[data.first]), str(data.dates[-1]))
    for key, text in zip(("start", "end"), ends, strict=True):
        day = basis.at(key)
        _line(sheet, cells[f"{key}_text"], ("Words", f"Sample {key}, in words", "text", "As year-month-day"),
              f'=YEAR({day})&"-"&RIGHT(0&MONTH({day}),LEN("mm"))&"-"&RIGHT(0&DAY({day}),LEN("dd"))', text)  # fmt: skip
    names = Block("Data", FIRST_ROW, FIRST_ASSET, 1, data.slots).all()
    for key, name in (("benchmark", roles.benchmark), ("bills", roles.bills)):
        place = basis.at(key)
        _line(sheet, cells[f"{key}_name"], ("Words", f"Name of {key}", "name", "Of sheet Data"),
              f"=IF(COUNT({place}),INDEX({names},{place}),{place})", name or NOT_SUPPLIED)  # fmt: skip
    words = Basis(
        data.dates[data.first].astype(object), data.dates[-1].astype(object), data.dates.size - data.first, "M",
        roles.benchmark or NOT_SUPPLIED, "zero", "newsletter",
    ).sentence().split("; risk-free")[0]  # fmt: skip
    formula = (
        f'="Sample "&{basis.at("start_text")}&" to "&{basis.at("end_text")}&", "'
        f'&{basis.at("months")}&" monthly returns; benchmark "&{basis.at("benchmark_name")}'
    )
    _line(sheet, cells["words"], ("Words", "Sample and benchmark", "text", ""), formula, words)
    for key, meaning in MEANINGS.items():
        block = cells[f"meaning_{key}"]
        sheet.labels(block.row, ("Words", f"Convention {key}", "text", None))
        sheet.text(block.row, block.column, meaning)
    _write_remarks(sheet, data, basis, sources)
    head, bills, dates, both = (basis.cells[key].at() for key in ("words", "bills_name", "dates", "remarks"))
    remark, brief = (f" {text}" if text else "" for text in (remark_of(data), short_of(data)))
    for key, rate, more, value in (("newsletter", "risk-free series zero", both, remark + brief),
                                   ("any", "no risk-free series in use", dates, remark)):  # fmt: skip
        _line(sheet, cells[key], ("Words", f"Under tables, {key}", "text", ""),
              f'={head}&"; {rate}."&{more}', f"{words}; {rate}.{value}")  # fmt: skip
    sentence = f"{words}; risk-free series {roles.bills}.{remark}{brief}"
    without = f"Standard: T-bills {NOT_SUPPLIED}."
    given = f"COUNT({cells['bills'].at()})"
    _line(sheet, cells["standard"], ("Words", "Under tables, standard", "text", ""),
          f'=IF({given},{head}&"; risk-free series "&{bills}&"."&{both},"{without}")',
          sentence if roles.bills else without)  # fmt: skip


def remark_of(data: PerformanceData) -> str:
    """What must be said of the dates; empty when all are month ends."""
    return month_end_remark(data.dates[data.first :])


def short_of(data: PerformanceData) -> str:
    """What must be said when a series has fewer months than a year; else empty."""
    return SHORT if _short_series(data) else ""


def _short_series(data: PerformanceData) -> int:
    months = data.dates.size - data.starts
    return int(np.count_nonzero((months > 0) & (months < MONTHS_PER_YEAR)))


def _write_remarks(sheet: Sheet, data: PerformanceData, basis: BasisCells, sources: Sources) -> None:
    """Sentences that stand under tables only where they are needed: on dates, and on samples of less than a year."""
    cells, remark = basis.cells, remark_of(data)
    off = off_month_ends(data.dates[data.first :])
    dates, counts = sources.off_dates.all(), sources.counts.across(0)
    last = excel_date(off[-1:])[0] if off.size else "-"
    _line(sheet, cells["off"], ("Dates", "Dates that are not month ends", "months", "A holiday may follow an end"),
          f"=COUNT({dates})", float(off.size))  # fmt: skip
    count, day, text, meaning = (cells[key].at() for key in ("off", "off_last", "off_text", "off_meaning"))
    _line(sheet, cells["off_last"], ("Dates", "The latest of them", "date", "A dash: none"),
          f'=IF({count},MAX({dates}),"-")', last)  # fmt: skip
    _line(sheet, cells["off_text"], ("Dates", "The latest of them, in words", "text", "As year-month-day"),
          f'=IFERROR(YEAR({day})&"-"&RIGHT(0&MONTH({day}),LEN("mm"))&"-"&RIGHT(0&DAY({day}),LEN("dd")),"-")',
          str(off[-1]) if off.size else "-")  # fmt: skip
    sheet.labels(cells["off_meaning"].row, ("Dates", "How they are taken", "text", None))
    sheet.text(cells["off_meaning"].row, cells["off_meaning"].column, f"; {WHOLE_MONTHS}")
    head = f'" Dates are not month ends: "&{count}&" of "&{cells["months"].at()}&", the latest "'
    _line(sheet, cells["dates"], ("Words", "Of dates", "text", ""),
          f'=IF({count},{head}&{text}&{meaning},"")', f" {remark}" if remark else "")  # fmt: skip
    months = sources.inputs.months_per_year.at()
    _line(sheet, cells["short"], ("Sample", "Series of less than a year", "count", "Not annualised"),
          f'=COUNTIF({counts},">0")-COUNTIF({counts},">="&{months})', float(_short_series(data)))  # fmt: skip
    parts = SHORT.split(str(MONTHS_PER_YEAR))
    _line(sheet, cells["remarks"], ("Words", "Of dates and short samples", "text", ""),
          f'={cells["dates"].at()}&IF({cells["short"].at()}," {parts[0]}"&{months}&"{parts[1]}","")',
          (f" {remark}" if remark else "") + (f" {SHORT}" if _short_series(data) else ""))  # fmt: skip


def _write_same(sheet: Sheet, data: PerformanceData, basis: BasisCells, sources: Sources) -> None:
    """Whether the engine's values are of the data that stand on Data; its own view of them stands beside."""
    keys = ("benchmark", "bills", "equity", "aggregate", "first_row", "last_row", "months", "start", "end")
    values: list[object] = [NOT_SUPPLIED if name is None else data.position(name) + 1.0 for name in data.roles]
    values += [data.first + 1.0, float(data.dates.size), float(data.dates.size - data.first)]
    values += [float(excel_date(data.dates[place : place + 1])[0]) for place in (data.first, data.dates.size - 1)]
    for key, value in zip(keys, values, strict=True):
        cell = basis.cells[key]
        number = "date" if key in ("start", "end") else "count"
        engine = sheet.values(cell.row, 5, value, ("engine_figure", number))
        sheet.formulas(cell.row, 6, lambda i, j, e=engine, c=cell: f"=N({c.at()}={e.at()})", 1.0, ("formula", "count"))  # type: ignore[misc]
    native, engine = sources.prints
    tolerance = sources.inputs.tolerance.at()
    _line(sheet, basis.cells["data"], ("Engine", "Returns are the engine's", "0 or 1", "By fingerprints on Calc_Stats"),
          f"{{=N(MAX(ABS({native.across(0)}-{engine.across(0)}))<={tolerance})}}", 1.0)  # fmt: skip
    first, last = basis.cells[keys[0]].row, basis.cells[keys[-1]].row
    equal = Block(NAME, first, 6, last - first + 1, 1).down(0)
    _line(sheet, basis.cells["same"], ("Engine", "Same data", "0 or 1", "Else differences are empty"),
          f"=MIN({basis.at('data')},{equal})", 1.0)  # fmt: skip


def own_series(data: PerformanceData) -> list[int]:
    """Columns that are judged: all but the benchmark and T-bills."""
    hurdles = (data.roles.benchmark, data.roles.bills)
    return [j for j, name in enumerate(data.names) if name not in hurdles and data.starts[j] < data.dates.size]


def hurdle_rows(data: PerformanceData) -> list[tuple[str, object]]:
    """Name and column of T-bills, benchmark and 60/40, as in the engine's tables."""
    roles = data.roles
    rows: list[tuple[str, object]] = []
    for word, name in (("T-bills", roles.bills), ("Benchmark", roles.benchmark)):
        rows.append((word, NOT_SUPPLIED) if name is None else (f"{word} ({name})", data.position(name) + 1.0))
    if roles.equity is None or roles.aggregate is None:
        return [*rows, (MIXED, NOT_SUPPLIED)]
    return [*rows, (f"{MIXED} ({roles.equity}, {roles.aggregate})", data.slots + 1.0)]


def display(data: PerformanceData) -> list[tuple[str, object]]:
    """Name and column of every row of a table; empty text for rows without use."""
    rows: list[tuple[str, object]] = [(data.names[j], j + 1.0) for j in own_series(data)]
    rows += hurdle_rows(data)
    return rows + [("", "")] * (data.slots + len(HURDLES) - len(rows))


def charted(data: PerformanceData) -> list[tuple[str, object]]:
    """Name and column of every line of a chart."""
    own: list[tuple[str, object]] = [(data.names[j], j + 1.0) for j in own_series(data)[:CHARTED]]
    return own + [("", "")] * (CHARTED - len(own)) + hurdle_rows(data)


def _write_order(sheet: Sheet, data: PerformanceData, basis: BasisCells, sources: Sources) -> None:
    """Rows of tables: own series, hurdles, then empty ones. Lines of charts: the first own series, then hurdles."""
    _write_hurdles(sheet, data, basis, sources.inputs)
    names, own = sources.pasted.names.all(), sources.own.across(0, "rc")
    judged, text = own_series(data), ("formula", "text")
    sheet.head(basis.order_names.row - 1, 5, "own column")
    sheet.head(basis.order_names.row - 1, 6, "hurdle")
    for k, (name, place) in enumerate(display(data)):
        row = basis.order_names.row + k
        number = _numbered(sheet, row, ("Order", "column"), k + 1.0)
        mine = sheet.formulas(row, 5, _fixed(f'=IFERROR(MATCH({number},{own},0),"")'),
                              judged[k] + 1.0 if k < len(judged) else np.nan, ("formula", "count"))  # fmt: skip
        hurdle = sheet.formulas(row, 6, _fixed(f"={number}-MAX({own})"), k + 1.0 - len(judged), ("formula", "count"))
        words, places = basis.hurdle_names.all(), basis.hurdle_places.all()
        found, other = f"COUNT({mine.at()})", f'{hurdle.at()}),""))'
        sheet.formulas(
            row, 1, _fixed(f"=IF({found},INDEX({names},{mine.at()}),IFERROR(INDEX({words},{other}"), name, text
        )
        sheet.formulas(row, 3, _fixed(f"=IF({found},{mine.at()},IFERROR(INDEX({places},{other}"), place,
                       ("figure", "count"))  # fmt: skip
    for k, (name, place) in enumerate(charted(data)):
        row = basis.chart_names.row + k
        number = _numbered(sheet, row, ("Charts", "column"), k + 1.0)
        formulas = (f'=IFERROR(INDEX({names},MATCH({number},{own},0)),"")', f'=IFERROR(MATCH({number},{own},0),"")')
        if k >= CHARTED:
            formulas = f"={basis.hurdle_names.at(k - CHARTED)}", f"={basis.hurdle_places.at(k - CHARTED)}"
        sheet.formulas(row, 1, _fixed(formulas[0]), name, text)
        sheet.formulas(row, 3, _fixed(formulas[1]), place, ("figure", "count"))


def _fixed(formula: str) -> Callable[[int, int], str]:
    return lambda i, j: formula


def _numbered(sheet: Sheet, row: int, words: tuple[str, str], number: float) -> str:
    """Section, unit and number of a row; the number is in the column of notes."""
    sheet.text(row, 0, words[0], "section")
    sheet.text(row, 2, words[1], "note")
    return sheet.values(row, 4, number, ("formula", "count")).at()


def _write_hurdles(sheet: Sheet, data: PerformanceData, basis: BasisCells, inputs: Inputs) -> None:
    parts = (basis.at("equity"), basis.at("aggregate"))
    both = f"COUNT({parts[0]},{parts[1]})>1"
    bills, benchmark = (basis.cells[key].at() for key in ("bills", "benchmark"))
    formulas = (
        (f'=IF(COUNT({bills}),"T-bills ("&{basis.at("bills_name")}&")","T-bills")', f"={bills}"),
        (f'=IF(COUNT({benchmark}),"Benchmark ("&{basis.at("benchmark_name")}&")","Benchmark")', f"={benchmark}"),
        (f'=IF({both},"60/40 ("&{inputs.equity.at()}&", "&{inputs.aggregate.at()}&")","60/40")',
         f'=IF({both},COLUMNS({Block("Data", FIRST_ROW, FIRST_ASSET, 1, data.slots).all()})+1,"{NOT_SUPPLIED}")'),
    )  # fmt: skip
    for i, ((name, place), (words, where)) in enumerate(zip(hurdle_rows(data), formulas, strict=True)):
        row = basis.hurdle_names.row + i
        sheet.text(row, 0, "Hurdle", "section")
        sheet.text(row, 2, "column", "note")
        sheet.formulas(row, 1, _fixed(words), name, ("formula", "text"))
        sheet.formulas(row, 3, _fixed(where), place, ("figure", "count"))
