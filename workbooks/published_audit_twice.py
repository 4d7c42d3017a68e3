"""Sheets Calc_Twice and Calc_Mix: one series under two figures, a benchmark under two names, mixes."""

from __future__ import annotations

from workbooks.published_audit_benchmarks import of_row, of_row_span
from workbooks.published_audit_cells import Part, Span, down, word
from workbooks.published_audit_functions import (
    as_number,
    count,
    count_if,
    find,
    if_else,
    if_error,
    least,
    left,
    length,
    most,
    number,
    pick,
    place,
    right,
    size,
)
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_lines import (
    Judged,
    Sources,
    common,
    linked,
    number_of,
    only,
    present,
    row_table,
    subjects,
    told,
)
from workbooks.published_audit_match import NO_ROW
from workbooks.published_audit_tracking import Tracked, cells_of
from workbooks.sheet import FIRST_ROW


def write_twice(sheet: Grid, sources: Sources, tracked: Tracked) -> list[Judged]:
    """Cumulative returns that stand in two places, benchmarks under two names, and mixes."""
    printed, plan = sources.printed, sources.printed.plan
    table = Table(sheet, FIRST_ROW, ("Tracking errors", tracked.name, "decimal", "In both tables"), plan.tracked)
    row = table.put("row of returns", tracked.row, "count")
    theirs = table.put("name there", of_row(printed.row("name"), row), "text")
    own = linked(table, "in tracking errors", tracked.total)
    other = table.span("in returns", of_row_span(printed.returns("cumulative"), row))
    asked = table.put("both printed", present(own, other), "count")
    named = table.put("subject", if_else(asked, tracked.name & ", " & theirs, ""), "text")
    fits = table.put("can be one", common(own, other, sources), "count")
    _fee(table, sources, own, other)
    cells = [f"{text}, its row of the returns" for text in cells_of(plan, "cumulative")]
    judged = [Judged("one series, one figure", named, cells, asked, asked, fits, own, other, True)]
    judged += _benchmarks(sheet, table.first + plan.tracked + 2, sources, tracked)
    return judged


def _fee(table: Table, sources: Sources, one: Span, other: Span) -> Span:
    """What a fee takes a year to make the lower of two returns of the higher."""
    first = table.put("first is lower", number(one.low.at_most(other.low)), "count")
    net = table.span("net", Span(*(if_else(first, a, b) for a, b in zip(one, other, strict=True))))
    gross = table.span("gross", Span(*(if_else(first, b, a) for a, b in zip(one, other, strict=True))))
    return _implied_fee(table, sources, gross, net)


def _implied_fee(table: Table, sources: Sources, gross: Span, net: Span) -> Span:
    power = sources.sample.power
    known = number(power.above(0))
    low = if_else(known, 1 - ((1 + net.high) / (1 + gross.low)) ** power, "")
    high = if_else(known, 1 - ((1 + net.low) / (1 + gross.high)) ** power, "")
    return table.span("fee a year", Span(if_error(low), if_error(high)), "exact")


def _benchmarks(sheet: Grid, first: int, sources: Sources, tracked: Tracked) -> list[Judged]:
    """A line for each benchmark of the tracking errors."""
    printed, plan, joins = sources.printed, sources.printed.plan, sources.joins
    block = plan.benchmark_names("Calc_Text")
    names = Part(tuple(block.at(0, j) for j in range(block.width)),
                 tuple(printed.texts[block.row, block.column + j] for j in range(block.width)),
                 is_cell=True)  # fmt: skip
    uses = Table(
        sheet, first, ("Tracking errors", tracked.name, "row", "First row that uses a benchmark"), plan.tracked
    )
    spans = [printed.span(plan.benchmark("", j)) for j in range(plan.benchmarks)]
    joined = uses.put("benchmark's row", of_row(joins.benchmark, tracked.row), "count")
    used = [uses.put(f"uses benchmark {j + 1}", number_of(span.low) * number_of(tracked.row), "count")
            for j, span in enumerate(spans)]  # fmt: skip
    table = Table(sheet, first + plan.tracked + 2, ("Benchmarks", names, "decimal", "Of the tracking errors"),
                  plan.benchmarks)  # fmt: skip

    def each(parts: list[Part]) -> Part:
        return Part(tuple(p.text(0) for p in parts), tuple(p.value(0) for p in parts))

    user = table.put("first row that joins", if_error(each([place(1, down(part)) for part in used])), "count")
    row = table.put("benchmark's row", of_row(joined, user), "count")
    theirs = table.put("name there", of_row(printed.row("name"), row), "text")
    columns = [Span(down(span.low), down(span.high)) for span in spans]
    lows, highs = each([most(c.low) for c in columns]), each([least(c.high) for c in columns])
    earliest = each([if_error(place(1, down(part))) for part in _any_use(uses, spans)])
    begin = table.put("first row", earliest, "count")
    sides = zip(*columns, strict=True)
    first_used = (if_error(each([pick(end, _at(begin, j)) for j, end in enumerate(ends)])) for ends in sides)
    one = table.span("in tracking errors", Span(*first_used))
    all_used = table.span("all rows together", Span(lows, highs))
    other = table.span("in returns", of_row_span(printed.returns("cumulative"), row))
    asked = table.put("both printed", present(one, other), "count")
    named = table.put("subject", if_else(asked, names & ", " & theirs, ""), "text")
    touching = sources.settings.touching
    top, bottom = most(all_used.low, other.low), least(all_used.high, other.high)
    fits = table.put("can be one", number(top.at_most(bottom + touching)), "count")
    _fee(table, sources, one, other)
    cells = [f"column {plan.benchmark('', j).at().strip('!0123456789')} and the benchmark's row" for j in
             range(plan.benchmarks)]  # fmt: skip
    judged = Judged("one series, one figure", named, cells, asked, asked, fits, one, other, True)
    return [judged, _two_names(table, sources, (named, row, asked), (one, other), cells)]


def _at(part: Part, j: int) -> Part:
    return Part((part.text(j),), (part.value(j),), is_cell=True)


def _any_use(table: Table, spans: list[Span]) -> list[Part]:
    return [table.put(f"prints benchmark {j + 1}", number_of(span.low), "count") for j, span in enumerate(spans)]


def _two_names(
    table: Table, sources: Sources, given: tuple[Part, Part, Part], ends: tuple[Span, Span], cells: list[str]
) -> Judged:  # fmt: skip
    """An index and a fund on it: the fund's fee must lie between them."""
    named, row, asked = given
    printed, plan, joins = sources.printed, sources.printed.plan, sources.joins
    plain = table.put("its letters", joins.plain_columns, "text")
    there = table.put("letters there", if_error(pick(down(joins.plain_rows), row), NO_ROW), "text")
    same = table.put("one name", count(find(plain, there), find(there, plain)), "count")
    two = table.put("two names", asked * number(same.is_(0)), "count")
    fact = table.put("fact about it", if_error(place(word("fact|") & row, down(joins.fact_keys))), "count")
    fee = table.span("its fee", of_row_span(printed.span(plan.claim("", "figure")), fact), "exact")
    implied = _implied_fee(table, sources, *ends)
    known = table.put("fee known", number_of(fee.low) * number_of(implied.low), "count")
    inside = table.put("fee between them", known * common(implied, fee, sources), "count")
    found = table.span("found", Span(*(if_else(known, a, b) for a, b in zip(implied, ends[0], strict=True))), "exact")
    expected = table.span("expected", Span(*(if_else(known, a, b) for a, b in zip(fee, ends[1], strict=True))), "exact")
    return Judged("benchmark under two names", named, cells, two, two, inside, found, expected, True)


def write_mix(sheet: Grid, sources: Sources) -> list[Judged]:
    """The last month of a mix such as 60/40: its table's benchmark, and the other one."""
    printed, joins = sources.printed, sources.joins
    table = row_table(sheet, sources, "decimal", "A name that ends in shares, such as 60/40")
    named, name = subjects(table, sources), printed.row("name")
    tail = table.put("end of the name", right(name, length(word("00/00"))), "text")
    two = length(word("00"))
    percent = sources.settings.percent
    first = table.put("first share", if_error(as_number(left(tail, two)) / percent, 0))
    second = table.put("second share", if_error(as_number(right(tail, two)) / percent, 0))
    slash = table.put("slash between", if_error(number(find("/", tail).is_(two + 1)), 0), "count")
    missing = size(first + second - 1)
    shares = table.put("shares of a whole", slash * number(missing.at_most(sources.settings.touching)), "count")
    benchmarks = printed.row("benchmark")
    of_name = table.put("own benchmark", benchmarks, "text")
    own = table.put("rows of the same", count_if(down(benchmarks), of_name) * number(name.is_not("")), "count")
    fill = table.put("rows without any", count_if(down(benchmarks), ""), "count")
    leading = table.put("benchmark of row 1", pick(down(benchmarks), 1), "text")
    apart = number(of_name.is_not(leading)) * number(of_name.is_not(""))
    apart = table.put("not that of row 1", apart, "count")
    start = if_else(apart, 1, if_error(place(1, down(apart))))
    start = table.put("another in row", start, "count")
    other = table.put("other benchmark", of_row(benchmarks, start), "text")
    rest = count_if(down(benchmarks), other)
    lines = Part((f"ROWS({down(benchmarks).text(0)})",), (float(len(benchmarks)),))
    alone = table.put("only one other", number(lines.is_(own + rest + fill)), "count")
    mine, theirs = joins.benchmark, table.put("other's row", of_row(joins.benchmark, start), "count")
    ends = [linked(table, "last month", printed.returns("last_month")),
            table.span("benchmark's", of_row_span(printed.returns("last_month"), mine)),
            table.span("other's", of_row_span(printed.returns("last_month"), theirs))]  # fmt: skip
    parts = number(mine.is_not(joins.numbers)) * number(theirs.is_not(joins.numbers))
    parts = table.put("neither is the row itself", parts, "count")
    asked = table.put("all printed", shares * alone * parts * present(*ends), "count")
    sums = Span(*(if_error(first * a + second * b) for a, b in zip(ends[1], ends[2], strict=True)))
    expected = table.span("weighted sum", only(asked, sums), "exact")
    fits = table.put("mix fits", common(ends[0], expected, sources), "count")
    cells = [plan_cell + "; both benchmarks" for plan_cell in
             (printed.plan.returns("", "last_month").at(i).lstrip("!") for i in range(printed.plan.rows))]  # fmt: skip
    return [Judged("mix", named, cells, asked, asked, fits, ends[0], expected, True, told(sources, "last_month"))]
