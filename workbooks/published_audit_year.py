"""Sheets Calc_Least, Calc_Most and Calc_Mean: the mean and deviation that a year and its Ret/StDev leave open.

Along ``mean = sign x size, deviation = ratio x size`` the logarithm of the growth of twelve returns is
``11 ln(1 + a x) + ln(1 + b x)``, concave in the size x: Newton steps from 0 climb to a level without passing it, steps
from the far end come down to it.
"""

from __future__ import annotations

from typing import NamedTuple

from workbooks.published_audit_cells import Part, Span, across, down
from workbooks.published_audit_functions import count, if_else, if_error, least, log, most, number, sign, size
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_inputs import Settings
from workbooks.published_audit_match import Sample
from workbooks.published_audit_printed import Printed
from workbooks.sheet import FIRST_ROW

STEPS = 14
"""Newton steps. Each doubles the digits, except beside a peak, where it halves the error; a check tells."""


class Year(NamedTuple):
    """Of each row: whether a year and a ratio are printed, whether they bound the moments, and the bounds."""

    asked: Part
    open: Part
    """1 where the ratio may be 0: the deviation is open."""
    known: Part
    mean: Span
    stdev: Span
    annual: Span
    residual: Part
    """Largest error of a Newton solution, in logarithms of growth; a range."""


class _Ray(NamedTuple):
    """Sizes of one side: whether the level is reached, from where to where, and the error of the solutions."""

    reached: Part
    first: Part
    last: Part
    end: Part
    nearest: Part
    farthest: Part
    known: Part
    sign: Part
    residual: Part


def write_year(
    sheets: tuple[Grid, Grid, Grid], settings: Settings, sample: Sample, printed: Printed
) -> tuple[Year, Span]:
    """Moments of every row, and the one-year returns beside them."""
    low_side, high_side, sheet = sheets
    below, above = (_ray(one, settings, sample, printed, skew) for one, skew in ((low_side, 1), (high_side, -1)))
    table = _table(sheet, printed, "The moments that twelve returns can have")
    year, ratio = printed.returns("one_year"), printed.returns("ret_stdev_12m")
    ends = Span(table.put("1 year, low", year.low), table.put("1 year, high", year.high))
    ratios = Span(table.put("Ret/StDev, low", ratio.low), table.put("Ret/StDev, high", ratio.high))
    line = across(ends.low, ends.high, ratios.low, ratios.high)
    asked = table.put("both printed", number(count(line).is_(columns(line))), "count")
    undecided = table.put("ratio may be 0", if_error(number((ratios.low * ratios.high).at_most(0)), 0), "count")
    sizes = Span(table.put("size from", below.first), table.put("size to", below.last))
    hole = table.put("too much reached", above.reached, "count")
    falling = if_else(log(1 + ends.high).below(0), 0 - settings.tolerance, above.first)
    out = table.put("too much from", if_error(falling, 0))
    to_the_end = above.last.at_least(above.end - settings.touching)
    back = table.put("too much to", if_else(to_the_end, above.end + 1, above.last))
    low = if_else(hole * out.below(sizes.low) * sizes.low.below(back), back, sizes.low)
    high = if_else(hole * out.below(sizes.high) * sizes.high.below(back), out, sizes.high)
    kept = Span(table.put("size left, from", low), table.put("size left, to", high))
    fits = below.known * below.reached * number(kept.low.at_most(kept.high))
    known = table.put("known", fits, "count")
    turn = table.put("sign", below.sign, "count")
    mean = table.span("mean", _if_known(known, least(turn * kept.low, turn * kept.high),
                                         most(turn * kept.low, turn * kept.high)))  # fmt: skip
    stdev = table.span("deviation", _if_known(known, kept.low * below.nearest,
                                               least(kept.high * below.farthest, settings.most)))  # fmt: skip
    year_root = sample.root
    annual = table.span("deviation a year", Span(*(if_error(end * year_root) for end in stdev)))
    residual = table.put("error of steps", most(below.residual, above.residual), "small")
    return Year(asked, undecided, known, mean, stdev, annual, down(residual)), ends


def columns(line: Part) -> Part:
    """COLUMNS of a range."""
    return Part(tuple(f"COLUMNS({text})" for text in line.texts), tuple(float(len(v)) for v in line.values))


def _if_known(known: Part, low: Part, high: Part) -> Span:
    return Span(*(if_else(known, end, "") for end in (low, high)))


def _table(sheet: Grid, printed: Printed, note: str) -> Table:
    labels = (printed.row("table"), printed.row("name"), "per month", note)
    return Table(sheet, FIRST_ROW, labels, printed.plan.rows)


def _ray(sheet: Grid, settings: Settings, sample: Sample, printed: Printed, skew: int) -> _Ray:
    """Where growth reaches the lower (``skew`` 1) or the upper end (-1) of the printed year."""
    table = _table(sheet, printed, "Newton steps to a size of mean and deviation")
    year, ratio = printed.returns("one_year"), printed.returns("ret_stdev_12m")
    bottom = table.put("1 year, low", year.low)
    level = table.put("level of growth", if_error(log(1 + (bottom if skew > 0 else year.high)), 0), "exact")
    low, high = table.put("Ret/StDev, low", ratio.low), table.put("Ret/StDev, high", ratio.high)
    told = number((low * high).above(0)) * number((bottom + 1).above(0)) * count(bottom)
    known = table.put("to be solved", if_error(told, 0), "count")
    turn = table.put("sign", if_else(known, sign(low), 0), "count")
    ends = size(low), size(high)
    nearest = table.put("nearest ratio", if_error(sample.root / most(*ends), 1))
    farthest = table.put("farthest ratio", if_error(sample.root / least(*ends), 1))
    end = table.put("greatest size", settings.most / nearest, "exact")
    per_root = (nearest if skew > 0 else farthest) / sample.root
    crowd = table.put("slope of eleven", turn - per_root if skew > 0 else turn + per_root, "exact")
    part = sample.others * per_root
    single = table.put("slope of the one", turn + part if skew > 0 else turn - part, "exact")
    others = table.put("eleven", sample.others, "count")
    climbs = number(turn.above(0)) / most(0 - crowd * single, 1 / end)
    top = table.put("size of the peak", climbs, "exact")
    turns = if_else(turn.below(0), 1, number((0 - crowd * single * end).above(1)))
    falls = table.put("peak before the end", turns, "count")
    here = table.put("growth at the peak", if_error(_Shape(others, crowd, single).growth(top), 0), "exact")
    reached = table.put("level reached", known * number(here.at_least(level)), "count")
    target = table.put("level climbed to", if_else(reached, most(level + 0, 0), 0), "exact")
    shape = _Shape(others, crowd, single)
    up = _newton(table, shape, table.constants("step 0 up", [0.0] * len(target), ("formula", "exact")), target, False)
    kept = 1 - 1 / settings.percent / settings.percent
    edge = table.put("end of logarithms", kept / most(0 - single, kept / end), "exact")
    start = if_else(turn.below(0), least(edge, size(level) / (others + 1)), edge)
    fall = _newton(table, shape, table.put("step 0 down", start, "exact"), level, True)
    last = table.put("last size", if_else(falls, fall, end), "exact")
    miss = size(shape.growth(up) - target)
    climbed = table.put("error up", if_error(miss * reached, 0), "small")
    passed = shape.growth(last) - level
    inside = number(last.below(end - settings.touching)) * reached
    fallen = table.put("error down", if_error(size(passed * inside), 0), "small")
    residual = table.put("greater error", most(climbed, fallen), "small")
    return _Ray(reached, up, last, end, nearest, farthest, known, turn, residual)


class _Shape(NamedTuple):
    """Of the growth along a ray."""

    others: Part
    crowd: Part
    single: Part

    def growth(self, at: Part) -> Part:
        return self.others * log(1 + self.crowd * at) + log(1 + self.single * at)

    def slope(self, at: Part) -> Part:
        return self.others * self.crowd / (1 + self.crowd * at) + self.single / (1 + self.single * at)


def _newton(table: Table, shape: _Shape, at: Part, level: Part, down: bool) -> Part:
    """Steps to a level of growth; ``down``: never beyond where they began. Two columns a step."""
    for k in range(STEPS):
        way = "down" if down else "up"
        missing = table.put(f"missing {k + 1} {way}", if_error(level - shape.growth(at), 0), "small")
        moved = missing / shape.slope(at)
        at = table.put(f"step {k + 1} {way}", if_error(at + (least(moved, 0) if down else moved), at), "exact")
    return at
