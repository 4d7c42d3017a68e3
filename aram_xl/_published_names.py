"""Names and figures that occur twice: rows that repeat, names that do not join, one series under two figures."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from aram_xl._published_findings import Judgement, Question, listed, percent
from aram_xl._published_interval import Interval
from aram_xl._published_moments import MONTHS
from aram_xl._published_tables import Figure, PublishedTables, ReturnsRow, TrackingRow, same_name

_MIX = re.compile(r".*?(\d{1,2})/(\d{1,2})$")
"""Name of a mix such as "60/40": percent of its table's benchmark, then of the other one."""


def name_questions(tables: PublishedTables) -> Iterator[Question]:
    """All questions about names and repeated figures."""
    for table, benchmark, rows in tables.groups():
        complete = [(row, figures) for row in rows if (figures := row.get("last_month", "ytd")) is not None]
        if len(complete) > 1:
            yield _repeats(f"{table}, {benchmark}", complete)
    for tracked in tables.tracking:
        yield _joins(tables, tracked)
        same = _same_cumulative(tables, tracked)
        if same is not None:
            yield same
    for column, benchmark in benchmark_columns(tables).items():
        yield from _benchmark_twice(tables, column, benchmark)
    for row in tables.rows:
        mix = _mix(tables, row)
        if mix is not None:
            yield mix


def benchmark_columns(tables: PublishedTables) -> dict[str, str]:
    """For each benchmark column of the tracking errors, the benchmark of the rows that use it."""
    found: dict[str, str] = {}
    for tracked in tables.tracking:
        row = tables.joined(tracked.name)
        if row is not None:
            for column in tracked.benchmarks:
                found.setdefault(column, row.benchmark)
    return found


def _repeats(subject: str, rows: Sequence[tuple[ReturnsRow, tuple[Figure, ...]]]) -> Question:
    """Two products rarely have the same last month and the same year to date."""
    names = [row.name for row, _ in rows]

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        pairs = list(zip(changed[::2], changed[1::2], strict=True))
        same = [
            (i, j)
            for i, j in itertools.combinations(range(len(pairs)), 2)
            if all(a.interval == b.interval for a, b in zip(pairs[i], pairs[j], strict=True))
        ]
        if not same:
            return Judgement("fits", f"{subject}: no two rows repeat last month and year to date.")
        words = [f"{names[i]} and {names[j]} ({pairs[i][0].text} and {pairs[i][1].text})" for i, j in same]
        return Judgement("does not fit", f"{subject}: the same last month and year to date in {listed(words)}.")

    return Question("rows that repeat", subject, tuple(f for _, own in rows for f in own), judge, "medium")


def _joins(tables: PublishedTables, tracked: TrackingRow) -> Question:
    row = tables.joined(tracked.name)
    cumulative = tuple(figure for role, figure in tracked.figures.items() if role == "cumulative")

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        if row is None:
            return Judgement(
                "does not fit", f"{tracked.name} has a tracking error, but no row in a table of returns has its name."
            )
        return Judgement("fits", f"{tracked.name} in the tracking errors is {row.name} in the returns.")

    return Question("names that join", tracked.name, cumulative, judge, "medium")


def _same_cumulative(tables: PublishedTables, tracked: TrackingRow) -> Question | None:
    row = tables.joined(tracked.name)
    own = None if row is None else row.get("cumulative")
    if row is None or own is None or "cumulative" not in tracked.figures:
        return None
    return _one_series(tables, f"{tracked.name}, {row.name}", (tracked.figures["cumulative"], *own))


def _one_series(tables: PublishedTables, subject: str, figures: tuple[Figure, ...]) -> Question:
    """The same cumulative return under several figures."""

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        intervals = [figure.interval for figure in changed]
        texts = listed(list(dict.fromkeys(figure.text for figure in changed)))
        if max(i.low for i in intervals) <= min(i.high for i in intervals):
            return Judgement("fits", f"{subject}: {texts} can be one figure.", intervals[0], intervals[-1])
        net, gross = sorted((intervals[0], intervals[-1]), key=lambda interval: interval.low)
        fee = _fee(tables, gross, net)
        return Judgement(
            "does not fit",
            f"{subject}: {texts} for the same months cannot both be right"
            f"{'' if fee is None else f'; a difference of {percent(fee, 2)} a year would reconcile them'}.",
            intervals[0],
            intervals[-1],
        )

    return Question("one series, one figure", subject, figures, judge, "medium")


def _fee(tables: PublishedTables, gross: Interval, net: Interval) -> Interval | None:
    """What a fee takes a year to make one cumulative return of the other."""
    if tables.n_months is None or gross.low <= -1.0 or net.low <= -1.0:
        return None
    kept = ((net + 1.0) / (gross + 1.0) - 1.0).compounded(MONTHS / tables.n_months)
    return -kept


def _benchmark_twice(tables: PublishedTables, column: str, benchmark: str) -> Iterator[Question]:
    """A benchmark's cumulative return in the tracking errors, and in the row that prints the benchmark."""
    row = tables.benchmark_row(benchmark)
    own = None if row is None else row.get("cumulative")
    used = tuple(tracked.benchmarks[column] for tracked in tables.tracking if column in tracked.benchmarks)
    if row is None or own is None:
        return
    subject = f"{column}, {row.name}"
    yield _one_series(tables, subject, (*used, *own))
    if same_name(column, row.name):
        return
    fees = [claim for claim in tables.claims if claim.kind == "fact" and same_name(claim.name, row.name)]
    yield _two_names(tables, subject, (used[0], *own, *(claim.figure for claim in fees[:1])))


def _two_names(tables: PublishedTables, subject: str, figures: tuple[Figure, ...]) -> Question:
    """An index and a fund on it: the fund's fee must lie between them."""

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        one, other = changed[0].interval, changed[1].interval
        implied = _fee(tables, one, other)
        told = f"{subject}: two names for the benchmark of the same rows, {changed[0].text} and {changed[1].text}"
        if implied is None or len(changed) < 3:
            return Judgement("does not fit", f"{told}; which of the two was used is not printed.", one, other)
        told = f"{told}, leave {percent(implied, 3)} a year between index and fund"
        fee = changed[2].interval
        if implied.overlaps(fee):
            return Judgement("fits", f"{told}, as the fund's fee of {changed[2].text} does.", implied, fee)
        return Judgement(
            "does not fit",
            f"{told}, but the fund's fee is {changed[2].text}: both are the same series, not index and fund.",
            implied,
            fee,
        )

    return Question("benchmark under two names", subject, figures, judge, "low")


def _mix(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    """The last month of a mix is the weighted sum of its parts, whatever happened before."""
    shares = _MIX.fullmatch(row.name)
    others = {other.benchmark for other in tables.rows} - {row.benchmark}
    if shares is None or len(others) != 1 or int(shares[1]) + int(shares[2]) != 100:
        return None
    first, second = tables.benchmark_row(row.benchmark), tables.benchmark_row(others.pop())
    if first is None or second is None or row in (first, second):
        return None
    figures = [one.get("last_month") for one in (row, first, second)]
    if None in figures:
        return None
    weights = (int(shares[1]) / 100, int(shares[2]) / 100)

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        found, one, other = (figure.interval for figure in changed)
        expected = weights[0] * one + weights[1] * other
        told = (
            f"{row.name}: last month {shares[0][-5:]} of {first.name} {changed[1].text} and {second.name} "
            f"{changed[2].text} is {percent(expected, 3)}, printed {changed[0].text}"
        )
        if expected.overlaps(found):
            return Judgement("fits", f"{told}.", found, expected)
        implied = (found - weights[1] * other) / weights[0]
        return Judgement(
            "does not fit",
            f"{told}; with {second.name} right, the other part made {percent(implied, 2)}: not {first.name}.",
            found,
            expected,
        )

    return Question("mix", row.subject, tuple(figure for own in figures if own for figure in own), judge, "low")
