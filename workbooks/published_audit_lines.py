"""What each sheet of questions hands on: lines to be judged, and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbooks.published_audit_cells import Given, Part, Span, word
from workbooks.published_audit_functions import count, if_else, if_error, least, most, overlap
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_inputs import Settings
from workbooks.published_audit_match import Joins, Sample
from workbooks.published_audit_plan import RATIOS
from workbooks.published_audit_printed import Printed
from workbooks.published_audit_year import Year
from workbooks.sheet import FIRST_ROW

SAID = {
    "last_month": "last month", "ytd": "year to date", "one_year": "1 year", "positive_months": "positive months",
    "beta_12m": "beta", "correlation_12m": "correlation", "ret_stdev_12m": "Ret/StDev",
}  # fmt: skip
"""Figures of a row in words of a sentence."""


class Sources(NamedTuple):
    """What questions are made of."""

    settings: Settings
    sample: Sample
    printed: Printed
    joins: Joins
    year: Year


class Judged(NamedTuple):
    """Lines of one check: three truths in cells make a verdict."""

    check: str
    subjects: Part
    cells: Sequence[str]
    asked: Part
    testable: Part
    fits: Part
    found: Span | None
    expected: Span | None
    meaning: bool
    """A contradiction is of a name or a definition: it does not fit; else it is impossible."""
    told: Part = word("")
    """What is printed, in words of a sentence."""
    scale: Part | None = None
    """What the ends are shown times, where it is not the same for the whole check."""


def row_table(sheet: Grid, sources: Sources, unit: str, note: str) -> Table:
    """A table with a line for each row of the returns."""
    printed = sources.printed
    return Table(sheet, FIRST_ROW, (printed.row("table"), printed.row("name"), unit, note), printed.plan.rows)


def linked(table: Table, head: str, span: Span) -> Span:
    """Ends of another sheet beside the line."""
    return Span(table.put(f"{head}, low", span.low), table.put(f"{head}, high", span.high))


def present(*spans: Span) -> Part:
    """1 where all of these figures are printed."""
    first, *others = (span.low for span in spans)
    result: Part = number_of(first)
    for one in others:
        result = result * number_of(one)
    return result


def number_of(one: Given) -> Part:
    """1 where there is a number."""
    return count(one)


def product(one: Span, other: Span) -> Span:
    """All products of two spans."""
    corners = [a * b for a in one for b in other]
    return Span(if_error(least(*corners)), if_error(most(*corners)))


def quotient(one: Span, other: Span) -> Span:
    """All quotients; the divisor has no 0."""
    corners = [a / b for a in one for b in other]
    return Span(if_error(least(*corners)), if_error(most(*corners)))


def difference(one: Span, other: Span) -> Span:
    """All differences."""
    return Span(if_error(one.low - other.high), if_error(one.high - other.low))


def compounded(one: Span, periods: Part) -> Span:
    """``(1 + x)^periods - 1``, -1 at the least."""
    return Span(*(if_error(most(1 + end, 0) ** periods - 1) for end in one))


def common(one: Span, other: Span, sources: Sources) -> Part:
    """1 where two spans have a number in common."""
    return overlap(one, other, sources.settings.touching)


def only(condition: Part, span: Span) -> Span:
    """Ends where a condition holds."""
    return Span(*(if_else(condition, end, "") for end in span))


def possible(correlation: Span) -> Span:
    """What a printed correlation leaves between -1 and 1; empty where that is nothing."""
    some = (correlation.low + 0).at_most(1) * (correlation.high + 0).at_least(-1)
    return Span(if_error(if_else(some, most(correlation.low, -1), "")),
                if_error(if_else(some, least(correlation.high, 1), "")))  # fmt: skip


def addresses(sources: Sources, roles: Sequence[str], benchmark: Sequence[str] = ()) -> list[str]:
    """The cells of Printed or Next that a row of returns takes part with."""
    plan = sources.printed.plan
    texts = []
    for i in range(plan.rows):
        own = " ".join(plan.returns("", role).at(i).lstrip("!") for role in roles)
        columns_of = " ".join(plan.returns("", role).at().strip("!0123456789") for role in benchmark)
        texts.append(f"{own}; its benchmark's {columns_of}" if columns_of else own)
    return texts


def told(sources: Sources, *roles: str) -> Part:
    """Figures of the row of returns in words, as they are printed."""
    said = word("")
    for i, role in enumerate(roles):
        unit = "" if role in RATIOS else " %"
        before = f"{', ' if i else ''}{SAID[role]} "
        text = sources.printed.row(role)
        said = said & before & text if i else word(before) & text
        said = said & unit if unit else said
    return said


def subjects(table: Table, sources: Sources) -> Part:
    """Rows in words: name (table)."""
    name, group = sources.printed.row("name"), sources.printed.row("table")
    return table.put("subject", if_else(name.is_(""), "", name & " (" & group & ")"), "text")
