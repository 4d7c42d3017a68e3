"""Sheet Calc_Alpha: which definition of alpha fits all rows."""

from __future__ import annotations

from typing import NamedTuple

from aram_xl._published_alphas import DEFINITIONS, RATED
from workbooks.published_audit_benchmarks import Betas, of_row, of_row_span
from workbooks.published_audit_cells import Part, Span, across, cell, down, word
from workbooks.published_audit_functions import if_else, if_error, least, most, number, pick, place, total
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
    present,
    product,
    quotient,
    row_table,
)
from workbooks.sheet import Block

HEADS_OF = {name: f"definition {k}" for k, name in enumerate(DEFINITIONS, 1)}
"""Heads of columns; the definitions stand in full below the rows."""

ANY = "any definition"
WHOLE = "return a year less the benchmark's, whole sample"


class _Row(NamedTuple):
    """What a row and its benchmark print, and what follows."""

    alpha: Span
    mean: Span
    market: Span
    beta: Span
    year: Span
    market_year: Span
    tested: Part


class _Tried(NamedTuple):
    """A definition in every row: 1 where it can be tested, 1 where it does not fit, ends."""

    name: str
    tested: Part
    wrong: Part
    distance: Part
    found: Span
    expected: Span
    rows: Part
    """Names of the rows."""


def write_alpha(sheet: Grid, sources: Sources, betas: Betas, ends: Span) -> list[Judged]:
    """Every definition over all rows; below the rows a line for each."""
    table = row_table(sheet, sources, "decimal", "A benchmark's own row fits every definition and does not count")
    row, case = _what_rows_print(table, sources, betas, ends)
    twelve = sources.settings.months
    spread = _span(table, "mean less beta x mean", difference(row.mean, table.span("beta x mean", product(
        row.beta, row.market), "exact")))  # fmt: skip
    relative = quotient(_more(table, "1 + year", row.year), _more(table, "1 + benchmark's year", row.market_year))
    kept = difference(row.year, _span(table, "beta x benchmark's year", product(row.beta, row.market_year)))
    made = (
        compounded(spread, twelve),
        Span(*(if_error(end * twelve) for end in spread)),
        difference(row.year, row.market_year),
        Span(*(if_error(end - 1) for end in relative)),
        kept,
    )
    tried = [
        _try(table, sources, name, row.tested, row.alpha, one) for name, one in zip(DEFINITIONS, made, strict=True)
    ]
    rates = _rates(table, sources, row, spread, tried[-1].expected)
    whole, any_whole = _whole_sample(table, sources)
    return _lines(sheet, sources, case, tried, rates, (whole, any_whole))


def _span(table: Table, head: str, span: Span) -> Span:
    return table.span(head, span, "exact")


def _more(table: Table, head: str, span: Span) -> Span:
    return _span(table, head, Span(*(if_error(1 + end) for end in span)))


def _what_rows_print(table: Table, sources: Sources, betas: Betas, ends: Span) -> tuple[_Row, Part]:
    year, joins = sources.year, sources.joins
    row = table.put("benchmark's row", joins.benchmark, "count")
    other = table.put("another row", number_of(row) * number(row.is_not(joins.numbers)), "count")
    alpha = linked(table, "alpha", sources.printed.returns("alpha_12m"))
    beta = linked(table, "beta", sources.printed.returns("beta_12m"))
    theirs = table.put("benchmark printed", if_error(of_row(year.asked, row) + 0, 0), "count")
    printed = other * number_of(alpha.low) * theirs
    case = table.put("all printed", printed * betas.complete, "count")
    mean, market = linked(table, "mean", year.mean), _span(table, "benchmark's mean", of_row_span(year.mean, row))
    one, two = linked(table, "year", ends), _span(table, "benchmark's year", of_row_span(ends, row))
    derived = linked(table, "beta by correlation", betas.derived)
    both = table.put("printed beta agrees", common(beta, derived, sources) * number_of(derived.low), "count")
    used = Span(if_else(both, most(beta.low, derived.low), derived.low),
                if_else(both, least(beta.high, derived.high), derived.high))  # fmt: skip
    used = _span(table, "beta used", used)
    solid = if_error(number((1 + least(one.low, two.low)).above(0)), 0)
    tested = case * solid * number_of(mean.low) * number_of(market.low) * number_of(used.low)
    return _Row(alpha, mean, market, used, one, two, table.put("can be tested", tested, "count")), case


def _try(table: Table, sources: Sources, name: str, tested: Part, alpha: Span, expected: Span) -> _Tried:
    shown = _span(table, HEADS_OF.get(name, "return a year"), only(tested, expected))
    inside = common(alpha, shown, sources)
    wrong = table.put("does not fit", tested * (1 - inside), "count")
    middle = table.put("middle", if_error((shown.low + shown.high) * sources.settings.half), "exact")
    away = if_else(wrong, most(alpha.low - middle, middle - alpha.high, 0), "")
    return _Tried(name, tested, wrong, table.put("how far", if_error(away), "exact"), alpha, shown,
                  sources.printed.row("name"))  # fmt: skip


def _rates(
    table: Table, sources: Sources, row: _Row, spread: Span, kept: Span
) -> list[tuple[str, Part, Span]]:  # fmt: skip
    """The risk-free rate that each row makes of two definitions; none where beta can be 1."""
    twelve = sources.settings.months
    apart = _span(table, "1 - beta", Span(if_error(1 - row.beta.high), if_error(1 - row.beta.low)))
    usable = table.put("beta is not 1", row.tested * if_error(number((apart.low * apart.high).above(0)), 0), "count")
    monthly = _span(table, "alpha a month", compounded(row.alpha, 1 / twelve))
    left_over = _span(table, "mean not explained", difference(spread, monthly))
    by_month = _span(table, "rate a month", only(usable, quotient(left_over, apart)))
    first = _span(table, "shared rate 1", compounded(by_month, twelve))
    rest = _span(table, "year not explained", difference(kept, row.alpha))
    second = _span(table, "shared rate 2", only(usable, quotient(rest, apart)))
    return [(name, usable, rate) for name, rate in zip(RATED, (first, second), strict=True)]


def _whole_sample(table: Table, sources: Sources) -> tuple[_Tried, Part]:
    """Difference of annual returns of the whole sample."""
    sample, joins = sources.sample, sources.joins
    alpha = linked(table, "alpha, whole sample", sources.printed.returns("alpha"))
    total_return = linked(table, "whole sample", sources.printed.returns("cumulative"))
    theirs = _span(table, "benchmark's", of_row_span(sources.printed.returns("cumulative"), joins.benchmark))
    other = table.put("not itself", number(joins.benchmark.is_not(joins.numbers)), "count")
    known = present(alpha, total_return, theirs) * other * number(sample.n.above(0))
    case = table.put("all printed", known, "count")
    mine, market = (_span(table, head, compounded(one, sample.power))
                    for head, one in (("a year", total_return), ("benchmark's a year", theirs)))  # fmt: skip
    return _try(table, sources, WHOLE, case, alpha, difference(mine, market)), case


def _lines(
    sheet: Grid, sources: Sources, case: Part, tried: list[_Tried], rates: list[tuple[str, Part, Span]],
    whole: tuple[_Tried, Part],
) -> list[Judged]:  # fmt: skip
    """One line for each definition, below the rows."""
    row = sources.printed.plan.returns_row + sources.printed.plan.rows
    definitions: list[Judged] = []
    for one in tried:
        definitions.append(_definition(sheet, row, case, one))
        row += 3
    for name, usable, rate in rates:
        definitions.append(_rated(sheet, row, sources, case, (name, usable, rate)))
        row += 3
    judged = [_any(sheet, row, case, definitions), *definitions]
    row += 3
    return [*judged, _definition(sheet, row, whole[1], whole[0], "alpha, whole sample")]


def _summary(sheet: Grid, row: int, name: str, case: Part) -> tuple[Table, Part]:
    table = Table(sheet, row, ("Over all rows", name, "decimal", "A line for each definition"), 1)
    return table, table.put("asked", number(total(down(case)).above(0)), "count")


def _name(sheet: Grid, row: int, name: str) -> Part:
    return cell(Block(sheet.name, row, 1, 1, 1), [name])


CELLS = ["all rows: alpha, what it is made of, and their benchmarks'"]


def _definition(
    sheet: Grid, row: int, case: Part, one: _Tried, check: str = "alpha, 12 months"
) -> Judged:  # fmt: skip
    """The row that is farthest from a definition stands for it."""
    table, asked = _summary(sheet, row, one.name, case)
    tested = table.put("rows tested", total(down(one.tested)), "count")
    testable = table.put("testable", number(tested.above(0)), "count")
    wrong = table.put("rows that do not fit", total(down(one.wrong)), "count")
    fits = table.put("all fit", number(wrong.is_(0)), "count")
    far = down(one.distance)
    worst = table.put("farthest row", if_error(place(most(far), far)), "count")
    found = table.span("printed", Span(*(if_error(pick(down(end), worst)) for end in one.found)), "exact")
    expected = table.span("by definition", Span(*(if_error(pick(down(e), worst)) for e in one.expected)), "exact")
    name = table.put("its name", if_error(pick(down(one.rows), worst)), "text")
    farthest = table.put("farthest, in words", if_else(name.is_(""), "", word(", farthest ") & name), "text")
    said = wrong & " of " & tested & " rows do not fit" & farthest
    return Judged(check, _name(sheet, row, one.name), CELLS, asked, testable, fits, found, expected, True, said)


def _any(sheet: Grid, row: int, case: Part, definitions: list[Judged]) -> Judged:
    """A column that no definition fits is a fault; one definition that does not fit is only not the one."""
    table, asked = _summary(sheet, row, ANY, case)
    testable = [table.put(f"{k + 1} testable", one.testable, "count") for k, one in enumerate(definitions)]
    fitting = [table.put(f"{k + 1} fits", one.testable * one.fits, "count") for k, one in enumerate(definitions)]
    fits = table.put("some fits", most(across(*fitting)), "count")
    told = table.put("some fits or all testable", most(fits, least(across(*testable))), "count")
    return Judged("alpha, 12 months", _name(sheet, row, ANY), CELLS, asked, told, fits, None, None, True,
                  total(across(*fitting)) & " definition(s) fit every row")  # fmt: skip


def _rated(
    sheet: Grid, row: int, sources: Sources, case: Part, given: tuple[str, Part, Span]
) -> Judged:  # fmt: skip
    """Rows that share one rate: the greatest lower end is no more than the least upper end."""
    name, usable, rate = given
    table, asked = _summary(sheet, row, name, case)
    rows = table.put("rows with a rate", total(down(usable)), "count")
    low, high = down(rate.low), down(rate.high)
    top = table.put("greatest lower end", most(low), "exact")
    bottom = table.put("least upper end", least(high), "exact")
    together = table.put("all share one", number(top.at_most(bottom + sources.settings.touching)), "count")
    least_rate, most_rate = sources.settings.rate_low, sources.settings.rate_high
    real = number(top.at_most(most_rate)) * number(bottom.at_least(least_rate))
    real = table.put("it can be a rate", real, "count")
    told = most(number(rows.above(1)), 1 - together * real)  # one row alone always has its rate
    testable = table.put("testable", number(rows.above(0)) * told, "count")
    fits = table.put("all share a rate", together * real, "count")
    upper_row = table.put("row of the greatest lower end", if_error(place(top, low)), "count")
    lower_row = table.put("row of the least upper end", if_error(place(bottom, high)), "count")
    common_low = if_else(together, top, pick(low, lower_row))
    found = table.span("shared, or lowest", Span(if_error(common_low), if_error(bottom + 0)), "exact")
    highest = only(1 - together, Span(top, pick(high, upper_row)))
    apart = table.span("highest", Span(*(if_error(end) for end in highest)), "exact")
    wanted = table.span("a rate", only(together * (1 - real), Span(least_rate, most_rate)), "exact")
    other = Span(*(if_else(together, a, b) for a, b in zip(wanted, apart, strict=True)))
    expected = table.span("highest, or a rate", other, "exact")
    said = rows & " row(s) bound the rate"
    return Judged("alpha, 12 months", _name(sheet, row, name), CELLS, asked, testable, fits, found, expected, True,
                  said)  # fmt: skip
