"""Sheets Calc_Beta and Calc_Group: beta and what it is made of, one benchmark a table, rows that repeat."""

from __future__ import annotations

from typing import NamedTuple

from workbooks.published_audit_cells import Part, Span, down, word
from workbooks.published_audit_functions import count_if, if_else, if_error, number, pick, place, total_if
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_lines import (
    Judged,
    Sources,
    addresses,
    common,
    linked,
    number_of,
    only,
    possible,
    present,
    product,
    quotient,
    row_table,
    subjects,
    told,
)

RELATIVE = ("beta_12m", "correlation_12m", "one_year", "ret_stdev_12m")


class Betas(NamedTuple):
    """Columns of Calc_Beta that other sheets need."""

    derived: Span
    complete: Part
    stranger: Part


def of_row(values: Part, row: Part) -> Part:
    """A cell of another row; empty where there is no such row."""
    return if_error(pick(down(values), row))


def of_row_span(span: Span, row: Part) -> Span:
    """Ends of another row."""
    return Span(of_row(span.low, row), of_row(span.high, row))


def write_beta(sheet: Grid, sources: Sources) -> tuple[list[Judged], Betas]:
    """Beta of every row: 1 to itself, else correlation x ratio of deviations; and what a heading makes of it."""
    table = row_table(sheet, sources, "ratio", "Beta = correlation x ratio of deviations")
    named, printed, joins = subjects(table, sources), sources.printed, sources.joins
    row = table.put("benchmark's row", joins.benchmark, "count")
    own = table.put("its own benchmark", number(row.is_(joins.numbers)), "count")
    beta, correlation = (linked(table, role, printed.returns(f"{role}_12m")) for role in ("beta", "correlation"))
    others = number_of(beta.low) * number_of(correlation.low) * sources.year.asked
    complete = table.put("all four printed", others, "count")
    asked = table.put("asked", if_else(own, number_of(beta.low), complete), "count")
    mine = linked(table, "deviation", sources.year.stdev)
    derived, known = _derived(table, sources, (correlation, mine), row, "benchmark")
    testable = table.put("testable", if_else(own, 1, known), "count")
    one = table.span("1 or by correlation", Span(*(if_else(own, 1, end) for end in derived)), "exact")
    expected = table.span("beta expected", only(testable * asked, one), "exact")
    fits = table.put("beta fits", common(beta, expected, sources), "count")
    cells = addresses(sources, RELATIVE, ("one_year", "ret_stdev_12m"))
    judged = [Judged("beta", named, cells, asked, testable, fits, beta, expected, False,
                     told(sources, "beta_12m"))]  # fmt: skip
    stranger = table.put("stranger", complete * testable * (1 - fits), "count")
    _turned_round(table, sources, row, own, (correlation, mine))
    judged += _heading(table, sources, named, (beta, correlation, mine), complete)
    return judged, Betas(derived, complete, stranger)


def _derived(
    table: Table, sources: Sources, given: tuple[Span, Span], row: Part, whose: str
) -> tuple[Span, Part]:  # fmt: skip
    """Correlation x deviation / deviation of another row, and whether it follows."""
    correlation, mine = given
    theirs = table.span(f"{whose}'s deviation", of_row_span(sources.year.stdev, row), "exact")
    cut = table.span(f"correlation to {whose}", possible(correlation), "number")
    times = table.span(f"correlation x deviation, {whose}", product(cut, mine), "exact")
    ratio = table.span(f"beta to {whose}", quotient(times, theirs), "exact")
    follows = number(theirs.low.above(0)) * number_of(ratio.low)
    return ratio, table.put(f"beta to {whose} follows", if_error(follows, 0), "count")


def _turned_round(table: Table, sources: Sources, row: Part, own: Part, given: tuple[Span, Span]) -> None:
    """Beta of the benchmark to this row, by the same correlation: which row explains a beta that is not 1."""
    printed = of_row_span(sources.printed.returns("beta_12m"), row)
    theirs = table.span("benchmark's printed beta", printed)
    correlation, mine = given
    deviation = of_row_span(sources.year.stdev, row)
    back = table.span("benchmark's deviation again", deviation, "exact")
    inside = table.span("correlation to itself", possible(correlation), "number")
    times = table.span("correlation x benchmark's", product(inside, back), "exact")
    to_me = table.span("benchmark's beta to this row", only(1 - own, quotient(times, mine)), "exact")
    table.put("explains benchmark's beta", common(theirs, to_me, sources) * number_of(to_me.low), "count")


def _heading(
    table: Table, sources: Sources, named: Part, given: tuple[Span, Span, Span], complete: Part
) -> list[Judged]:  # fmt: skip
    """A heading that stands for one benchmark over a beta that may fit another."""
    beta, correlation, mine = given
    key = word("heading|") & sources.printed.row("table")
    claim = table.put("its heading", if_error(place(key, down(sources.joins.claim_keys))), "count")
    asked = table.put("headed and printed", complete * number_of(claim), "count")
    row = table.put("heading's row", of_row(sources.joins.claimed, claim), "count")
    derived, known = _derived(table, sources, (correlation, mine), row, "heading")
    expected = table.span("expected by heading", only(asked * known, derived), "exact")
    fits = table.put("heading fits", common(beta, expected, sources), "count")
    found = table.span("beta headed", only(asked, beta))
    cells = [f"{text}; its heading" for text in addresses(sources, RELATIVE)]
    return [Judged("heading", named, cells, asked, known, fits, found, expected, True,
                   told(sources, "beta_12m"))]  # fmt: skip


def write_groups(sheet: Grid, sources: Sources, betas: Betas) -> list[Judged]:
    """A line for the first row of each table and benchmark: strangers among its betas, and rows that repeat."""
    table = row_table(sheet, sources, "count", "A line for the first row of each table and benchmark")
    printed = sources.printed
    key = table.put("table, benchmark", printed.row("table") & ", " & printed.row("benchmark"), "text")
    group = table.put("group", place(key, down(key)), "count")
    there = number(printed.row("name").is_not(""))
    first = table.put("first of its group", number(group.is_(sources.joins.numbers)) * there, "count")
    named = table.put("subject", if_else(first, key, ""), "text")
    complete = table.put("all four printed", betas.complete, "count")
    stranger = table.put("beta does not fit", betas.stranger, "count")
    theirs = of_row(sources.year.asked, sources.joins.benchmark)
    theirs = table.put("benchmark printed", if_error(theirs + 0, 0), "count")
    rows = total_if(down(group), group, down(complete))
    asked = table.put("rows to test", first * theirs * number(rows.above(0)), "count")
    strangers = table.put("strangers", total_if(down(group), group, down(stranger)), "count")
    fits = table.put("no stranger", number(strangers.is_(0)), "count")
    cells = [f"{text}, all rows of the table" for text in addresses(sources, RELATIVE)]
    said = strangers & " beta(s) not to the heading's benchmark"
    judged = [Judged("one benchmark", named, cells, asked, asked, fits, None, None, True, said)]
    last, ytd = printed.row("last_month"), printed.row("ytd")
    both = table.put("month and year printed", present(printed.returns("last_month"), printed.returns("ytd")), "count")
    same = table.put("month and year to date", if_else(both, group & "|" & last & "|" & ytd, ""), "text")
    twice = table.put("repeats another row", both * number(count_if(down(same), same).above(1)), "count")
    pairs = number(total_if(down(group), group, down(both)).above(1))
    asked = table.put("rows to compare", first * pairs, "count")
    again = table.put("rows that repeat", total_if(down(group), group, down(twice)), "count")
    none = table.put("none repeats", number(again.is_(0)), "count")
    cells = [f"{text}, all rows of the table" for text in addresses(sources, ("last_month", "ytd"))]
    said = again & " rows print the last month and year to date of another"
    return [*judged, Judged("rows that repeat", named, cells, asked, asked, none, None, None, True, said)]
