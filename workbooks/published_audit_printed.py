"""The tables in use as texts, half units and ends: every printed figure in the same cell of each sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from aram_xl._published_tables import PublishedTables
from workbooks.published_audit_cells import Part, Span, area, cell, fixed
from workbooks.published_audit_functions import as_number, find, if_else, if_error, length, most, replaced
from workbooks.published_audit_grid import Grid
from workbooks.published_audit_inputs import (
    FIRST_SET,
    SECOND_SET,
    Settings,
    figures_of_returns,
    figures_of_tracking,
    layout,
    typed_blocks,
)
from workbooks.published_audit_plan import RATIOS, RETURNS, TRACKING, Plan, benchmarks_of
from workbooks.sheet import Block


class Printed(NamedTuple):
    """The tables in use: texts and ends."""

    plan: Plan
    texts: dict[tuple[int, int], Any]
    places: dict[tuple[int, int], Any]
    halves: dict[tuple[int, int], Any]
    lows: dict[tuple[int, int], Any]
    highs: dict[tuple[int, int], Any]

    def text(self, block: Block) -> Part:
        """Texts of a block on Calc_Text, line by line."""
        return _cells(block._replace(sheet="Calc_Text"), self.texts)

    def row(self, role: str) -> Part:
        """Texts of a column of the returns."""
        return self.text(self.plan.returns("", role))

    def returns(self, role: str) -> Span:
        """Ends of a column of the returns."""
        return self.span(self.plan.returns("", role))

    def tracking(self, role: str) -> Span:
        """Ends of a column of the tracking errors."""
        return self.span(self.plan.tracking("", role))

    def span(self, block: Block) -> Span:
        """Ends of a column."""
        return Span(
            _cells(block._replace(sheet="Calc_Low"), self.lows), _cells(block._replace(sheet="Calc_High"), self.highs)
        )

    def whole(self, sheet: str, block: Block) -> Part:
        """A block of several columns as one range."""
        found = {"Calc_Text": self.texts, "Calc_Half": self.halves, "Calc_Low": self.lows, "Calc_High": self.highs}
        places = ((block.row + i, block.column + j) for i in range(block.height) for j in range(block.width))
        return area(block._replace(sheet=sheet), [found[sheet].get(place, "") for place in places])

    @property
    def period(self) -> tuple[Part, Part, Part]:
        """Year, month, first year; 0 where not known."""
        block = self.plan.period("Calc_Text")
        year, month, since = (
            fixed(block._replace(row=block.row + i, height=1), self.texts[block.row + i, block.column])
            for i in range(3)
        )
        return year, month, since


def _cells(block: Block, values: Mapping[tuple[int, int], Any]) -> Part:
    return cell(block, [values.get((block.row + i, block.column), "") for i in range(block.height)])


def write_printed(
    sheets: Sequence[Grid], settings: Settings, plan: Plan, typed: Mapping[tuple[int, int], Any]
) -> Printed:
    """Calc_Text, Calc_Places, Calc_Half, Calc_Low and Calc_High."""
    texts, digits, half, low, high = sheets
    printed = Printed(plan, {}, {}, {}, {}, {})
    for sheet in sheets:
        layout(sheet, plan, {"Calc_Text": "In use"}.get(sheet.name, "Of Calc_Text"))
    for block in typed_blocks(texts.name, plan):
        _write(texts, block, printed.texts, lambda at, column: _in_use(settings, plan, at, typed, column), "text")
    for sheet in (digits, half, low, high):
        _repeat_words(sheet, printed)
    for block in (*_figures(digits.name, plan), plan.claim(digits.name, "figure")):
        _write(digits, block, printed.places, lambda at, _: _decimals(printed, at), "count")
    digits.head(plan.claims_row - 1, _scale(plan, 0)[1], "Divided by")
    for i in range(plan.claims):
        row, column = _scale(plan, i)
        measure = printed.text(plan.claim("", "measure")._replace(row=row, height=1))
        scale = if_else(measure.is_("beta"), 1, settings.percent)
        printed.places[row, column] = scale.value(0)
        digits.single(row, column, scale, ("formula", "count"))
    for block in (*_figures(half.name, plan), plan.claim(half.name, "figure")):
        _write(half, block, printed.halves, lambda at, _: _half_unit(settings, printed, at), "number")
    for sheet, ends, side in ((low, printed.lows, -1), (high, printed.highs, 1)):
        for block in (*_figures(sheet.name, plan), plan.claim(sheet.name, "figure")):
            _write(sheet, block, ends, lambda at, c, side=side: _end(settings, printed, at, side), "number")  # type: ignore[misc]
    return printed


def _figures(sheet: str, plan: Plan) -> tuple[Block, Block]:
    return figures_of_returns(sheet, plan), figures_of_tracking(sheet, plan)


def _write(
    sheet: Grid, block: Block, values: dict[tuple[int, int], Any], made: Callable[[tuple[int, int], int], Part],
    number: str,
) -> None:  # fmt: skip
    """One formula per cell; its value is kept."""
    for i in range(block.height):
        for j in range(block.width):
            place = block.row + i, block.column + j
            part = made(place, place[1])
            values[place] = part.value(0)
            count = block == sheet_period(sheet, block)
            style = ("formula", "count") if count else (("figure", "text") if number == "text" else ("formula", number))
            if number == "text" and not count and block.column < 5:
                style = ("label", "text")
            sheet.single(*place, part, style)


def sheet_period(sheet: Grid, block: Block) -> Block | None:
    """The block itself where it is the one of the period."""
    return block if (block.height, block.width, block.column) == (3, 1, 3) else None


def _in_use(
    settings: Settings, plan: Plan, place: tuple[int, int], typed: Mapping[tuple[int, int], Any], column: int
) -> Part:
    one, two = (Block(name, *place, 1, 1).at() for name in (FIRST_SET, SECOND_SET))
    chosen = f"CHOOSE({settings.tables.text(0)},{one},{two})"
    period = plan.period("")
    if column == period.column and period.row <= place[0] < period.row + period.height:
        value = typed.get(place, 0.0)
        return Part((f"N({chosen})",), (0.0 if value != value else value,))
    part = Part((chosen,), (typed.get(place, ""),))
    if _is_figure(plan, place):
        plain = replaced(part, "\u2212", "-")
        return plain if _is_ratio(plan, place) else replaced(plain, "%", "")
    return part & ""


def _is_figure(plan: Plan, place: tuple[int, int]) -> bool:
    blocks = (*_figures("", plan), plan.claim("", "figure"))
    return any(b.row <= place[0] < b.row + b.height and b.column <= place[1] < b.column + b.width for b in blocks)


def _is_ratio(plan: Plan, place: tuple[int, int]) -> bool:
    """Not in percent; a claim's figure is scaled by its measure."""
    returns, tracking, claims = plan.returns_row, plan.tracking_row, plan.claims_row
    if place[0] >= claims:
        return False
    roles, first = (RETURNS, returns) if place[0] < tracking else (TRACKING, tracking)
    ratios = [list(roles).index(role) for role in RATIOS if role in roles]
    return place[0] >= first and place[1] - plan.returns("", "last_month").column in ratios


def _decimals(printed: Printed, place: tuple[int, int]) -> Part:
    """Digits behind the point; empty where nothing is printed."""
    text = printed.text(Block("", *place, 1, 1))
    return if_else(text.is_(""), "", most(0, length(text) - find(".", text & ".")))


def _scale(plan: Plan, i: int) -> tuple[int, int]:
    """Where Calc_Places says what a claim is divided by."""
    block = plan.claim("", "figure")
    return block.row + i, block.column + 1


def _half_unit(settings: Settings, printed: Printed, place: tuple[int, int]) -> Part:
    """Half a unit of the last digit."""
    digits = _cells(Block("Calc_Places", *place, 1, 1), printed.places)
    return if_else(digits.is_(""), "", settings.half / settings.base**digits)


def _end(settings: Settings, printed: Printed, place: tuple[int, int], side: int) -> Part:
    """Lower or upper end, decimals; empty where no number is printed."""
    text = printed.text(Block("", *place, 1, 1))
    half = _cells(Block("Calc_Half", *place, 1, 1), printed.halves)
    value = as_number(text)
    end = value - half if side < 0 else value + half
    if place[0] >= printed.plan.claims_row:
        scale = _scale(printed.plan, place[0] - printed.plan.claims_row)
        return if_error(end / _cells(Block("Calc_Places", *scale, 1, 1), printed.places))
    return if_error(end if _is_ratio(printed.plan, place) else end / settings.percent)


def _repeat_words(sheet: Grid, printed: Printed) -> None:
    """Names of tables, rows and benchmarks, in the same places."""
    plan = printed.plan
    for block in typed_blocks(sheet.name, plan):
        if block in (*_figures(sheet.name, plan), plan.claim(sheet.name, "figure")):
            continue
        style = ("formula", "count") if sheet_period(sheet, block) else ("label", "text")
        source = block._replace(sheet="Calc_Text")
        values = [
            [printed.texts[block.row + i, block.column + j] for j in range(block.width)] for i in range(block.height)
        ]
        sheet.formulas(
            block.row, block.column, lambda i, j, source=source: f"={source.at(i, j)}", values, style  # type: ignore[misc]
        )  # fmt: skip


def engine_ends(tables: PublishedTables, plan: Plan) -> dict[tuple[int, int], tuple[float, float]]:
    """Ends of every printed figure as the engine reads them, by row and column."""
    ends = {}
    for i, row in enumerate(tables.rows):
        for role, figure in row.figures.items():
            block = plan.returns("", role)
            ends[block.row + i, block.column] = (figure.interval.low, figure.interval.high)
    for i, tracked in enumerate(tables.tracking):
        for role, figure in tracked.figures.items():
            block = plan.tracking("", role)
            ends[block.row + i, block.column] = (figure.interval.low, figure.interval.high)
        for j, name in enumerate(benchmarks_of(tables)):
            if name in tracked.benchmarks:
                one = tracked.benchmarks[name].interval
                block = plan.benchmark("", j)
                ends[block.row + i, block.column] = (one.low, one.high)
    return ends
