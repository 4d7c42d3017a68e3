"""Sheets Calc_Rows and Calc_Chain: what one row says of itself."""

from __future__ import annotations

import itertools

from workbooks.published_audit_cells import Part, Span, across, word
from workbooks.published_audit_functions import (
    count,
    if_else,
    if_error,
    least,
    most,
    number,
    pick,
    place,
    root,
    smallest,
    total,
    whole,
)
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_lines import (
    Judged,
    Sources,
    addresses,
    common,
    difference,
    linked,
    only,
    present,
    row_table,
    subjects,
    told,
)

WINDOWS = ("one_year", "three_year", "five_year", "cumulative")


def write_rows(sheet: Grid, sources: Sources) -> list[Judged]:
    """Mean and deviation, correlation, cash, positive months."""
    table = row_table(sheet, sources, "decimal", "Questions to one row")
    named = subjects(table, sources)
    return [
        _moments(table, sources, named), _correlation(table, sources, named), _cash(table, sources, named),
        _positive(table, sources, named),
    ]  # fmt: skip


def _moments(table: Table, sources: Sources, named: Part) -> Judged:
    year = sources.year
    asked = table.put("year and ratio printed", year.asked, "count")
    testable = table.put("ratio is not 0", 1 - year.open, "count")
    fits = table.put("moments exist", year.known + 0, "count")
    found = table.span("deviation a year", year.annual, "exact")
    cells = addresses(sources, ("one_year", "ret_stdev_12m"))
    return Judged("mean and deviation", named, cells, asked, testable, fits, found, None, False,
                  told(sources, "one_year", "ret_stdev_12m"))  # fmt: skip


def _correlation(table: Table, sources: Sources, named: Part) -> Judged:
    joins = sources.joins
    printed = linked(table, "correlation", sources.printed.returns("correlation_12m"))
    asked = table.put("correlation printed", present(printed), "count")
    own = table.put("its own benchmark", number(joins.benchmark.is_(joins.numbers)), "count")
    bounds = Span(
        table.put("correlation from", own + own - 1, "count"), table.put("correlation to", own + 1 - own, "count")
    )
    fits = table.put("correlation can be", common(printed, bounds, sources), "count")
    cells = addresses(sources, ("correlation_12m",))
    return Judged("correlation", named, cells, asked, asked, fits, printed, bounds, False,
                  told(sources, "correlation_12m"))  # fmt: skip


def _cash(table: Table, sources: Sources, named: Part) -> Judged:
    settings, year = sources.settings, sources.year
    beta = linked(table, "beta", sources.printed.returns("beta_12m"))
    asked = table.put("year, ratio, beta printed", year.asked * present(beta), "count")
    known = table.put("deviation known", year.known + 0, "count")
    found = table.span("deviation", year.annual, "exact")
    more = Span(table.put("more than cash", known * settings.cash, "exact"),
                table.put("deviation at most", known * settings.most * sources.sample.root, "exact"))  # fmt: skip
    quiet = number(found.high.below(settings.cash))
    flat = if_error(beta.low.at_most(settings.cash_beta) * (0 - beta.high).at_most(settings.cash_beta), 0)
    fits = table.put("moves more than cash", 1 - quiet * flat, "count")
    cells = addresses(sources, ("one_year", "ret_stdev_12m", "beta_12m"))
    shown = only(known, more)
    expected = Span(table.put("expected from", shown.low, "exact"), table.put("expected to", shown.high, "exact"))
    return Judged("moves more than cash", named, cells, asked, known, fits, found, expected, True,
                  told(sources, "one_year", "ret_stdev_12m", "beta_12m"))  # fmt: skip


def _positive(table: Table, sources: Sources, named: Part) -> Judged:
    n, touching = table.put("months", sources.sample.n, "count"), sources.settings.touching
    share = linked(table, "positive months", sources.printed.returns("positive_months"))
    asked = table.put("share and n known", present(share) * number(n.above(0)), "count")
    first = table.put("fewest months k", if_error(most(0 - whole(touching - share.low * n), 0)), "count")
    last = table.put("most months k", if_error(least(whole(share.high * n + touching), n)), "count")
    fits = table.put("some k is inside", asked * number(first.at_most(last)), "count")
    coarse = if_error(number(((share.high - share.low) * n).below(1 - touching)), 0)
    testable = table.put("not every share has one", most(1 - fits, coarse), "count")
    inside = Span(if_error(if_else(fits, first / n, share.low)), if_error(if_else(fits, last / n, share.high)))
    found = table.span("share of months", inside, "exact")
    cells = addresses(sources, ("positive_months",))
    said = told(sources, "positive_months") & " of " & n & " months"
    return Judged("positive months", named, cells, asked, testable, fits, found, None, False, said)


def write_chain(sheet: Grid, sources: Sources) -> list[Judged]:
    """The hidden month, and windows of different length."""
    table = row_table(sheet, sources, "decimal", "Returns that chain")
    named = subjects(table, sources)
    return [_hidden(table, sources, named), _windows(table, sources, named)]


def _hidden(table: Table, sources: Sources, named: Part) -> Judged:
    """Year to date and last month leave a return for the months before; mean and deviation bound a January."""
    sample, year = sources.sample, sources.year
    last = linked(table, "last month", sources.printed.returns("last_month"))
    ytd = linked(table, "year to date", sources.printed.returns("ytd"))
    month = table.put("month", sample.month, "count")
    asked = table.put("both printed", present(last, ytd) * number(month.above(0)), "count")
    first = table.put("last month is January", number(month.is_(1)), "count")
    january = table.put("January is hidden", number((month - 1).is_(1)), "count")
    # where more than everything would be lost, the smaller divisor gives the lower end
    lowest = least((1 + ytd.low) / (1 + last.high), (1 + ytd.low) / (1 + last.low)) - 1
    highest = most((1 + ytd.high) / (1 + last.low), (1 + ytd.high) / (1 + last.high)) - 1
    hidden = table.span("months before", Span(if_error(lowest), if_error(highest)), "exact")
    mean, stdev = linked(table, "mean", year.mean), linked(table, "deviation", year.stdev)
    away = Span(table.put("last less mean, low", difference(last, mean).low),
                table.put("last less mean, high", difference(last, mean).high))  # fmt: skip
    nearest = table.put("nearest to the mean", if_error(most(away.low, 0 - away.high, 0)), "exact")
    others = table.put("eleven", sample.others, "count")
    rest = table.put("ten", sample.rest, "count")
    spent = (1 - others * others) * nearest * nearest
    inside = table.put("room, squared", if_error(spent + others * others * rest * stdev.high * stdev.high), "exact")
    reach = table.put("room", if_error(root(inside)), "exact")
    low = if_error((0 - away.high - reach) / others + mean.low)
    high = if_error((reach - away.low) / others + mean.high)
    allowed = Span(table.put("January from", low, "exact"), table.put("January to", high, "exact"))
    solid = if_error(number((1 + last.low).above(0)), 0)
    testable = table.put("can be bounded", solid * if_else(first, 1, january * year.known), "count")
    expected = Span(*(if_else(first, one, other) for one, other in zip(last, allowed, strict=True)))
    found = Span(*(if_else(first, one, other) for one, other in zip(ytd, hidden, strict=True)))
    found, room = table.span("found", found, "exact"), table.span("room", expected, "exact")
    expected = table.span("expected", only(testable, room), "exact")
    fits = table.put("inside the room", common(found, expected, sources), "count")
    cells = addresses(sources, ("last_month", "ytd", "one_year", "ret_stdev_12m"))
    said = told(sources, "last_month", "ytd")
    return Judged("hidden month", named, cells, asked, testable, fits, found, expected, False, said)


def _windows(table: Table, sources: Sources, named: Part) -> Judged:
    """Windows in order of their length: what lies between two is a return, equally long ones agree."""
    settings, n = sources.settings, sources.sample.n
    whole_sample = table.put("months of the sample", n, "count")
    lengths = (settings.months + 0, settings.months * settings.three, settings.months * settings.five,
               whole_sample + settings.tolerance)  # fmt: skip
    ends = [sources.printed.returns(role) for role in WINDOWS]
    keys = []
    for role, span, length in zip(WINDOWS, ends, lengths, strict=True):
        known = present(span) * number(length.at_least(1))
        keys.append(table.put(f"months of {role.replace('_', ' ')}", if_else(known, length, ""), "count"))
    line = across(*keys)
    asked = table.put("two windows printed", number(count(line).above(1)), "count")
    sorted_months = [table.put("shortest", if_error(smallest(line, 1)), "number")]
    for k in range(1, len(WINDOWS)):
        before = across(*sorted_months) if k > 1 else sorted_months[0]
        sorted_months.append(table.put(f"next, {k + 1}", if_error(smallest(line, count(before) + 1)), "number"))
    spans = []
    for k, months in enumerate(sorted_months):
        where = table.put(f"place of {k + 1}", if_error(place(months, line)), "count")
        low, high = (across(*[getattr(span, side) for span in ends]) for side in ("low", "high"))
        spans.append(table.span(f"return {k + 1}", Span(if_error(pick(low, where)), if_error(pick(high, where)))))
    return _pieces(table, sources, named, asked, list(zip(sorted_months, spans, strict=True)))


def _pieces(
    table: Table, sources: Sources, named: Part, asked: Part, windows: list[tuple[Part, Span]]
) -> Judged:  # fmt: skip
    bad, lows, highs = [], [], []
    pairs = list(itertools.pairwise(windows))
    same_length = [
        table.put(f"pair {k + 1} equally long", if_error(number((later - sooner).below(1)), 0), "count")
        for k, ((sooner, _), (later, _)) in enumerate(pairs)
    ]
    for k, (((_, shorter), (_, longer)), same) in enumerate(zip(pairs, same_length, strict=True)):
        agree = table.put(f"pair {k + 1} agrees", common(shorter, longer, sources), "count")
        left_over = if_error(number((1 + shorter.low).at_most(0)) + number((1 + longer.high).at_most(0)), 0)
        lost = table.put(f"pair {k + 1} loses all", left_over, "count")
        wrong = if_else(same, 1 - agree, lost)
        bad.append(table.put(f"pair {k + 1} cannot be", count(longer.low) * number(wrong.above(0)), "count"))
    for k, (((_, shorter), (_, longer)), same) in enumerate(zip(pairs, same_length, strict=True)):
        low = least((1 + longer.low) / (1 + shorter.high), (1 + longer.low) / (1 + shorter.low)) - 1
        lows.append(table.put(f"piece {k + 1}, low", if_error(if_else(same, "", low)), "exact"))
    for k, (((_, shorter), (_, longer)), same) in enumerate(zip(pairs, same_length, strict=True)):
        high = most((1 + longer.high) / (1 + shorter.high), (1 + longer.high) / (1 + shorter.low)) - 1
        highs.append(table.put(f"piece {k + 1}, high", if_error(if_else(same, "", high)), "exact"))
    fits = table.put("windows chain", 1 - number(total(*bad).above(0)), "count")
    tops, bottoms = across(*highs), across(*lows)
    worst = table.put("worst piece", if_error(place(least(tops), tops)), "count")
    found = table.span("worst", Span(if_error(pick(bottoms, worst)), if_error(pick(tops, worst))), "exact")
    cells = addresses(sources, WINDOWS)
    one, three, five, whole_sample = (sources.printed.row(role) for role in WINDOWS)
    said = word("printed ") & one & " / " & three & " / " & five & " / " & whole_sample
    return Judged("longer windows", named, cells, asked, asked, fits, found, None, False, said)
