"""Sheet Calc_Tracking: what tracking errors and information ratios are made of, and whether they can be a year's."""

from __future__ import annotations

from typing import NamedTuple

from workbooks.published_audit_benchmarks import of_row, of_row_span
from workbooks.published_audit_cells import Part, Span, across, cell, down, word
from workbooks.published_audit_functions import count, if_else, if_error, most, number, place, root, total
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_lines import (
    Judged,
    Sources,
    common,
    compounded,
    difference,
    linked,
    number_of,
    only,
    possible,
    present,
    product,
    quotient,
)
from workbooks.published_audit_plan import RATIOS, Plan
from workbooks.sheet import FIRST_ROW, Block

CONVENTIONAL = ("return a year less the benchmark's, over printed tracking error",
                "return a year less the benchmark's, over tracking error x root of 12")  # fmt: skip


class Tracked(NamedTuple):
    """Columns of Calc_Tracking."""

    name: Part
    row: Part
    error: Span
    total: Span
    benchmark: Span
    """The one benchmark; empty where there are none or several."""


def cells_of(plan: Plan, *roles: str) -> list[str]:
    return [" ".join(plan.tracking("", role).at(i).lstrip("!") for role in roles) for i in range(plan.tracked)]


def write_tracking(sheet: Grid, sources: Sources) -> tuple[list[Judged], Tracked]:
    """Questions to each row of the tracking errors."""
    printed, plan = sources.printed, sources.printed.plan
    name = printed.text(plan.tracking("", "name"))
    table = Table(sheet, FIRST_ROW, ("Tracking errors", name, "decimal", "A line for each row"), plan.tracked)
    row = table.put("row of returns", sources.joins.tracked, "count")
    error = linked(table, "tracking error", printed.tracking("tracking_error"))
    own = linked(table, "cumulative", printed.tracking("cumulative"))
    gap = linked(table, "gap", printed.tracking("gap"))
    ratio = linked(table, "information ratio", printed.tracking("information_ratio"))
    lows, highs = (across(*[getattr(printed.span(plan.benchmark("", j)), side) for j in range(plan.benchmarks)])
                   for side in ("low", "high"))  # fmt: skip
    single = table.put("one benchmark", number(count(lows).is_(1)), "count")
    benchmark = table.span("benchmark", only(single, Span(most(lows), most(highs))))
    tracked = Tracked(name, row, error, own, benchmark)
    there = table.put("named", number(name.is_not("")), "count")
    joined = table.put("joins a row", number_of(row) + 0, "count")
    said = if_else(joined, "it has a row of returns", "no row of returns has its name")
    judged = [Judged("names that join", name, cells_of(plan, "name"), there, there, joined, None, None, True, said)]
    asked = table.put("gap printed", present(gap, own) * single, "count")
    expected = table.span("return less benchmark", only(asked, difference(own, benchmark)), "exact")
    fits = table.put("gap fits", common(gap, expected, sources), "count")
    cells = [f"{text}, its benchmark" for text in cells_of(plan, "gap", "cumulative")]
    said = _told(sources, "gap")
    judged.append(Judged("gap of cumulative returns", name, cells, asked, asked, fits, gap, expected, False, said))
    asked = table.put("ratio printed", present(ratio, error, gap), "count")
    expected = table.span("ratio x tracking error", only(asked, product(ratio, error)), "exact")
    fits = table.put("product fits", common(gap, expected, sources), "count")
    cells = cells_of(plan, "information_ratio", "tracking_error", "gap")
    said = _told(sources, "information_ratio") & ", " & _told(sources, "tracking_error")
    judged.append(Judged("information ratio x tracking error = gap", name, cells, asked, asked, fits, gap, expected,
                         True, said))  # fmt: skip
    judged += _annual(table, sources, tracked)
    judged += _textbook(table, sources, tracked, ratio, single)
    return judged, tracked


def _told(sources: Sources, role: str) -> Part:
    """A figure of the tracking errors in words, as it is printed."""
    text = word(f"{role.replace('_', ' ')} ") & sources.printed.text(sources.printed.plan.tracking("", role))
    return text if role in RATIOS else text & " %"


def _annual(table: Table, sources: Sources, tracked: Tracked) -> list[Judged]:
    """Whether a tracking error is large enough for the last twelve months alone."""
    sample, year, plan = sources.sample, sources.year, sources.printed.plan
    row, other = tracked.row, table.put("benchmark's row", of_row(sources.joins.benchmark, tracked.row), "count")
    mine = table.span("deviation", of_row_span(year.stdev, row), "exact")
    theirs = table.span("benchmark's deviation", of_row_span(year.stdev, other), "exact")
    raw = of_row_span(sources.printed.returns("correlation_12m"), row)
    correlation = table.span("correlation", possible(table.span("correlation printed", raw)))
    shared = table.span("correlation x deviation", product(correlation, mine), "exact")
    apart = table.span("benchmark's less that", difference(theirs, shared), "exact")
    nearest = table.put("least of it", if_error(most(apart.low, 0 - apart.high, 0)), "exact")
    steep = most(correlation.low * correlation.low, correlation.high * correlation.high)
    alone = table.put("least not shared", if_error(most((1 - steep), 0) * mine.low * mine.low), "exact")
    squares = table.put("least of squares", if_error(nearest * nearest + alone), "exact")
    others, n = table.put("eleven", sample.others, "count"), table.put("months", sample.n, "count")
    bound = if_else(n.above(others), root(squares * others / (n - 1)), "")
    bound = table.put("least a month", if_error(bound), "exact")
    testable = table.put("testable", number_of(bound) + 0, "count")
    asked = table.put("error printed", present(tracked.error) * number(n.above(0)), "count")
    judged = []
    blank = word("")
    for reading, scale in (("an annual", sample.root), ("a monthly", None)):
        monthly = 1 if scale is None else if_else(testable, scale, 1)
        size_of = Span(*(if_error(end / monthly) for end in tracked.error))
        found = table.span(f"as {reading} figure, a month", size_of, "exact")
        large = if_error(number((found.high + sources.settings.touching).at_least(bound)), 0)
        fits = table.put(f"{reading} figure can be", large, "count")
        low = table.put("at least", if_else(testable, bound, ""), "exact")
        high = table.put("no upper end", blank, "text")
        cells = [f"{text}, 12 months of its row" for text in cells_of(plan, "tracking_error")]
        judged.append(
            Judged(
                f"tracking error as {reading} figure",
                tracked.name,
                cells,
                asked,
                testable,
                fits,
                found,
                Span(low, high),
                False,
                _told(sources, "tracking_error"),
            )
        )
    return judged


def _textbook(
    table: Table, sources: Sources, tracked: Tracked, ratio: Span, single: Part
) -> list[Judged]:  # fmt: skip
    """The textbook's ratio, over the printed tracking error and over its annual figure."""
    sample, sheet = sources.sample, table.sheet
    case = present(ratio, tracked.error, tracked.total) * single * number(sample.n.above(0))
    case = table.put("ratio, error, returns", case, "count")
    mine = table.span("return a year", compounded(tracked.total, sample.power), "exact")
    theirs = table.span("benchmark's a year", compounded(tracked.benchmark, sample.power), "exact")
    active = table.span("active return", difference(mine, theirs), "exact")
    parts = []
    for name, scale in zip(CONVENTIONAL, (None, sample.root), strict=True):
        risk = tracked.error if scale is None else Span(*(if_error(end * scale) for end in tracked.error))
        risk = table.span("risk a year", risk, "exact")
        solid = if_error(case * number((risk.low * risk.high).above(0)), 0)
        tested = table.put("tested", solid, "count")
        expected = table.span("ratio expected", only(tested, quotient(active, risk)), "exact")
        wrong = table.put("does not fit", tested * (1 - common(ratio, expected, sources)), "count")
        parts.append((name, wrong, expected))
    judged, row = [], table.first + table.lines + 2
    for name, wrong, expected in parts:
        line = Table(sheet, row, ("Over all rows", name, "ratio", "A line for each definition"), 1)
        asked = line.put("asked", number(total(down(case)).above(0)), "count")
        bad = line.put("rows that do not fit", total(down(wrong)), "count")
        fits = line.put("all fit", number(bad.is_(0)), "count")
        first = line.put("first of them", if_error(place(1, down(wrong))), "count")
        found = line.span("printed", of_row_span(ratio, first), "number")
        shown = line.span("by definition", of_row_span(expected, first), "number")
        named = cell(Block(sheet.name, row, 1, 1, 1), [name])
        cells = ["all rows of the tracking errors"]
        said = bad & " row(s) do not fit"
        judged.append(Judged("information ratio, textbook", named, cells, asked, asked, fits, found, shown, True, said))
        row += 3
    return judged
