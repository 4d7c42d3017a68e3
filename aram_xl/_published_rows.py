"""Identities within one row: its returns chain, its ratios belong to one mean and one deviation, its counts are counts.

What a printed figure hides comes out on the way: the month before last, the standard deviation, the number of months.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from aram_xl._published_findings import Judgement, Question, listed, percent
from aram_xl._published_interval import Interval
from aram_xl._published_moments import GREATEST_STDEV, MONTHS, Moments, moments_of_year
from aram_xl._published_tables import MONTHS as MONTH_NAMES
from aram_xl._published_tables import Figure, PublishedTables, ReturnsRow

CASH_STDEV = 0.005
"""A year. Treasury bills move by 0.1 % to 0.4 % a year, the shortest bond funds by 1 % and more."""

CASH_BETA = Interval(-0.05, 0.05)

ITSELF = Interval(1.0, 1.0)
"""Beta and correlation of a series with itself."""

_CORRELATIONS = Interval(-1.0, 1.0)


def row_questions(tables: PublishedTables) -> Iterator[Question]:
    """All questions that one row can answer."""
    for row in tables.rows:
        for build in (_mean_and_stdev, _correlation, _cash_like, _hidden_month, _longer_windows, _positive_months):
            question = build(tables, row)
            if question is not None:
                yield question


def year_of(one_year: Figure, ret_stdev: Figure) -> Moments | None:
    """Mean and deviation of the last 12 months; None where the figures contradict each other or say too little."""
    if ret_stdev.interval.contains(0.0):
        return None
    return moments_of_year(one_year.interval, ret_stdev.interval)


def annual_stdev(moments: Moments) -> Interval:
    """Standard deviation a year, decimal."""
    return moments.stdev * Interval(MONTHS, MONTHS).rising(math.sqrt)


def _mean_and_stdev(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    figures = row.get("one_year", "ret_stdev_12m")
    if figures is None:
        return None

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        one_year, ratio = changed
        both = f"a one-year return of {one_year.text} and a Ret/StDev of {ratio.text}"
        if ratio.interval.contains(0.0):
            return Judgement("not testable", f"{row.name}: a Ret/StDev of {ratio.text} leaves the deviation open.")
        moments = year_of(one_year, ratio)
        if moments is None:
            return Judgement(
                "impossible",
                f"{row.name}: no twelve returns with a deviation of up to {100 * GREATEST_STDEV:.0f} % a month have "
                f"{both}.",
                ratio.interval,
            )
        stdev = annual_stdev(moments)
        return Judgement(
            "fits",
            f"{row.name}: {both} imply a mean of {percent(moments.mean, 2)} a month and a standard deviation of "
            f"{percent(stdev, 2)} a year.",
            stdev,
        )

    return Question("mean and deviation", row.subject, figures, judge, "high")


def _correlation(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    figures = row.get("correlation_12m")
    if figures is None:
        return None
    own = tables.benchmark_row(row.benchmark) is row
    bounds, words = (ITSELF, "1, that of a series with itself") if own else (_CORRELATIONS, "between -1 and 1")

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        found = changed[0].interval
        inside = found.overlaps(bounds)
        return Judgement(
            "fits" if inside else "impossible",
            f"{row.name}: a correlation of {changed[0].text} is {'' if inside else 'not '}{words}.",
            found,
            bounds,
        )

    return Question("correlation", row.subject, figures, judge, "high")


def _cash_like(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    """Whether the row moves more than cash does."""
    figures = row.get("one_year", "ret_stdev_12m", "beta_12m")
    if figures is None:
        return None
    more = Interval(CASH_STDEV, GREATEST_STDEV * math.sqrt(MONTHS))

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        one_year, ratio, beta = changed
        moments = year_of(one_year, ratio)
        if moments is None:
            return Judgement("not testable", f"{row.name}: its figures do not tell its standard deviation.")
        stdev = annual_stdev(moments)
        told = f"{row.name}: standard deviation {percent(stdev, 2)} a year, beta {beta.text}"
        if stdev.high < CASH_STDEV and beta.interval.overlaps(CASH_BETA):
            return Judgement(
                "does not fit",
                f"{told}, return {one_year.text}: over these twelve months it moves like Treasury bills (below "
                f"{100 * CASH_STDEV:.1f} % a year, beta within {CASH_BETA.high}), not like a fund with market risk.",
                stdev,
                more,
            )
        return Judgement("fits", f"{told}: more than Treasury bills.", stdev, more)

    return Question("moves more than cash", row.subject, figures, judge, "low")


def _hidden_month(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    """The months of this year before the last one, from year to date and last month."""
    figures = row.get("last_month", "ytd")
    if figures is None or tables.month is None:
        return None
    year, month = tables.month
    months = "Jan" if month == 2 else f"Jan to {MONTH_NAMES[month - 2].title()}"
    further = row.get("one_year", "ret_stdev_12m") if month == 2 else None

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        last, ytd = changed[:2]
        told = f"{row.name}: last month {last.text} and year to date {ytd.text}"
        if month == 1:
            fits = last.interval.overlaps(ytd.interval)
            verdict = "are one" if fits else "are one and the same month, but differ"
            return Judgement("fits" if fits else "impossible", f"{told} {verdict}.", ytd.interval, last.interval)
        if last.interval.low <= -1.0:
            return Judgement("not testable", f"{told}: nothing is left to chain.")
        hidden = chained(ytd.interval, last.interval)
        told = f"{told} imply {percent(hidden, 2)} for {months} {year}"
        moments = year_of(changed[2], changed[3]) if len(changed) == 4 else None
        if moments is None:
            return Judgement("not testable", f"{told}; no mean and deviation follow that could bound it.", hidden)
        allowed = _room_for_second(last.interval, moments)
        if allowed is None or not allowed.overlaps(hidden):
            bounds = "no return at all" if allowed is None else f"only {percent(allowed, 2)}"
            return Judgement(
                "impossible",
                f"{told}, but mean and deviation of the last twelve months leave room for {bounds}.",
                hidden,
                allowed,
            )
        return Judgement("fits", f"{told}; mean and deviation allow {percent(allowed, 2)}.", hidden, allowed)

    return Question("hidden month", row.subject, figures + (further or ()), judge, "high")


def chained(longer: Interval, shorter: Interval) -> Interval:
    """Return over the months that a longer window has and a shorter does not."""
    return (longer + 1.0) / (shorter + 1.0) - 1.0


def _room_for_second(first: Interval, moments: Moments) -> Interval | None:
    """What a second of twelve returns can be, given the first, their mean and their standard deviation.

    The other ten deviate least when they are equal: with deviations a and y from the mean,
    ``a^2 + y^2 + (a + y)^2 / 10 <= 11 s^2``, a quadratic in y (Samuelson 1968 is the case of one return).
    """
    others = MONTHS - 2
    a = first - moments.mean
    inside = a.square() * (1.0 - (others + 1.0) ** 2) + moments.stdev.square() * float(
        (others + 1) * others * (MONTHS - 1)
    )
    if inside.high < 0.0:
        return None
    reach = Interval(0.0, inside.high).rising(math.sqrt).high
    ends = Interval((-a).low - reach, (-a).high + reach) / float(others + 1)
    return ends + moments.mean


def _longer_windows(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    """The pieces between windows of different length must be returns, and equal windows one figure."""
    lengths = {"one_year": 12, "three_year": 36, "five_year": 60}
    if tables.n_months is not None:
        lengths["cumulative"] = tables.n_months
    windows = [(months, row.figures[role]) for role, months in lengths.items() if role in row.figures]
    windows.sort(key=lambda window: window[0])
    if len(windows) < 2:
        return None
    months = [window[0] for window in windows]

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        pieces, words = [], []
        for i in range(1, len(changed)):
            shorter, longer = changed[i - 1].interval, changed[i].interval
            if months[i] == months[i - 1]:
                if not shorter.overlaps(longer):
                    return Judgement(
                        "impossible",
                        f"{row.name}: {changed[i - 1].text} and {changed[i].text} over the same {months[i]} months.",
                        shorter,
                        longer,
                    )
                continue
            if shorter.low <= -1.0:
                return Judgement("impossible", f"{row.name}: nothing is left to chain after {changed[i - 1].text}.")
            pieces.append(chained(longer, shorter))
            words.append(f"{percent(pieces[-1])} over the {months[i] - months[i - 1]} months before")
        worst = min(pieces, key=lambda piece: piece.high, default=None)
        lost = worst is not None and worst.high <= -1.0
        return Judgement(
            "impossible" if lost else "fits",
            f"{row.name}: the last {months[0]} months {changed[0].text}, {listed(words)}"
            f"{'; more than everything would have been lost' if lost else ''}.",
            worst,
        )

    return Question("longer windows", row.subject, tuple(window[1] for window in windows), judge, "high")


def _positive_months(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    """A share of n months is k/n; where 1/n is finer than the printed unit, every figure has a k."""
    figures = row.get("positive_months")
    n = tables.n_months
    if figures is None or n is None:
        return None

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        share = changed[0].interval
        counts = admissible_counts(share, n)
        told = f"{row.name}: {changed[0].text} of {n} months"
        found = Interval(counts[0] / n, counts[-1] / n) if counts else share
        if not counts:
            return Judgement("impossible", f"{told} is no whole number of months.", found, Interval(0.0, 1.0))
        told += f" is {' or '.join(map(str, counts))} months"
        unit = share.high - share.low
        if unit * n >= 1.0:
            return Judgement(
                "not testable",
                f"{told}; every printed share has such a number, because 1/{n} is finer than the printed unit.",
                found,
            )
        return Judgement("fits", f"{told}.", found)

    return Question("positive months", row.subject, figures, judge, "high")


def admissible_counts(share: Interval, n: int) -> tuple[int, ...]:
    """Every k from 0 to n with k/n inside a printed share."""
    first, last = math.floor(share.low * n), math.ceil(share.high * n)
    return tuple(k for k in range(max(first, 0), min(last, n) + 1) if share.contains(k / n))
