"""Sheet Calc_Claims: sentences beside the tables against the last 12 months that their row prints."""

from __future__ import annotations

from workbooks.published_audit_benchmarks import of_row_span
from workbooks.published_audit_cells import Span, down
from workbooks.published_audit_functions import if_else, if_error, number, place, total_if
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_lines import Judged, Sources, common, linked, number_of, only
from workbooks.sheet import FIRST_ROW


def write_claims(sheet: Grid, sources: Sources) -> list[Judged]:
    """A line for each claim; the first of a sentence is judged for all of them."""
    printed, plan = sources.printed, sources.printed.plan
    kind, name, group, text, measure = (
        printed.text(plan.claim("", field)) for field in ("kind", "name", "table", "text", "measure")
    )
    table = Table(sheet, FIRST_ROW, (kind, name, "decimal", "Lines with one text are one claim"), plan.claims)
    of_row = table.put("table and name", group & "|" & name, "text")
    sentence = table.put("sentence", of_row & "|" & text, "text")
    which = table.put("first line with it", place(sentence, down(sentence)), "count")
    own = table.constants("line", [float(i + 1) for i in range(plan.claims)], ("formula", "count"))
    claimed = table.put("a claim", number(kind.is_("claim")), "count")
    row = table.put("row", if_error(place(of_row, down(sources.joins.row_keys))), "count")
    said = linked(table, "said", printed.span(plan.claim("", "figure")))
    alpha = table.span("alpha", of_row_span(printed.returns("alpha_12m"), row))
    beta = table.span("beta", of_row_span(printed.returns("beta_12m"), row))
    is_beta = table.put("of beta", number(measure.is_("beta")), "count")
    told = table.span("printed", Span(*(if_else(is_beta, b, a) for a, b in zip(alpha, beta, strict=True))))
    known = table.put("to compare", claimed * number_of(told.low), "count")
    wrong = table.put("does not fit", known * (1 - common(said, told, sources)), "count")
    lines, compared, bad = (total_if(down(which), which, down(one)) for one in (claimed, known, wrong))
    whole = table.put("all to compare", number(lines.is_(compared)), "count")
    joined = table.put("row known", number_of(row), "count")
    first = claimed * number(which.is_(own))
    asked = table.put("judged here", first * if_else(joined, whole, 1), "count")
    fits = table.put("claim fits", joined * number(bad.is_(0)), "count")
    ending = table.put("what", if_else(joined, "12 months", name), "text")
    named = table.put("subject", if_else(asked, text & "; " & ending, ""), "text")
    found = table.span("found", only(asked * joined, told))
    expected = table.span("claimed", only(asked * joined, said))
    cells = [f"{plan.claim('', 'figure').at(i).lstrip('!')} and its row" for i in range(plan.claims)]
    scale = table.put("shown times", if_else(is_beta, 1, sources.settings.percent), "count")
    words = if_else(joined, measure & " of " & name, "no such row")
    return [Judged("claim", named, cells, asked, asked, fits, found, expected, True, words, scale)]
