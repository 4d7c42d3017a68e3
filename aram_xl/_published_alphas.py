"""What "alpha" means in a table: every candidate definition is tried on all its rows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from aram_xl._published_benchmarks import RELATIVE, YEAR, beta_between, compounded_intercept
from aram_xl._published_findings import Judgement, Question, once, percent, shared
from aram_xl._published_interval import Interval
from aram_xl._published_moments import MONTHS, moments_of_year
from aram_xl._published_tables import Figure, PublishedTables, ReturnsRow


class Case(NamedTuple):
    """What one row prints of its last 12 months, and its benchmark of the same."""

    alpha: Interval
    beta: Interval
    correlation: Interval
    one_year: Interval
    ret_stdev: Interval
    benchmark_one_year: Interval
    benchmark_ret_stdev: Interval


class Known(NamedTuple):
    """What follows: means a month, and a beta that belongs to this benchmark."""

    mean: Interval
    benchmark_mean: Interval
    beta: Interval


@functools.lru_cache(maxsize=8192)
def known(case: Case) -> Known | None:
    """Means and beta; the printed beta counts only where it fits the benchmark. None where they do not follow."""
    if case.ret_stdev.contains(0.0) or case.benchmark_ret_stdev.contains(0.0):
        return None
    if min(case.one_year.low, case.benchmark_one_year.low) <= -1.0:
        return None
    own = moments_of_year(case.one_year, case.ret_stdev)
    other = moments_of_year(case.benchmark_one_year, case.benchmark_ret_stdev)
    derived = beta_between(case.correlation, own, other)
    if own is None or other is None or derived is None:
        return None
    return Known(own.mean, other.mean, derived.intersection(case.beta) or derived)


def _intercept(case: Case, year: Known) -> Interval:
    return compounded_intercept(year.mean, year.beta, year.benchmark_mean)


def _twelve_intercepts(case: Case, year: Known) -> Interval:
    return (year.mean - year.beta * year.benchmark_mean) * float(MONTHS)


def _difference(case: Case, year: Known) -> Interval:
    return case.one_year - case.benchmark_one_year


def _relative(case: Case, year: Known) -> Interval:
    return (case.one_year + 1.0) / (case.benchmark_one_year + 1.0) - 1.0


def _less_beta(case: Case, year: Known) -> Interval:
    return case.one_year - year.beta * case.benchmark_one_year


DEFINITIONS: dict[str, Callable[[Case, Known], Interval]] = {
    "(1 + a)^12 - 1 of the regression's intercept a, no risk-free rate": _intercept,
    "12 x the regression's intercept, no risk-free rate": _twelve_intercepts,
    "one-year return less the benchmark's": _difference,
    "one-year return relative to the benchmark's": _relative,
    "one-year return less beta x the benchmark's": _less_beta,
}


def _rate_of_months(case: Case, year: Known) -> Interval | None:
    """Risk-free return a year that makes the compounded intercept of excess returns the printed alpha.

    None where beta can be 1: any rate then gives the same alpha.
    """
    if year.beta.contains(1.0):
        return None
    intercept = case.alpha.compounded(1.0 / MONTHS)
    return ((year.mean - year.beta * year.benchmark_mean - intercept) / (1.0 - year.beta)).compounded(MONTHS)


def _rate_of_year(case: Case, year: Known) -> Interval | None:
    """The same for ``R - f - beta (B - f)`` of one-year returns."""
    if year.beta.contains(1.0):
        return None
    return (case.one_year - year.beta * case.benchmark_one_year - case.alpha) / (1.0 - year.beta)


RATED: dict[str, Callable[[Case, Known], Interval | None]] = {
    "(1 + a)^12 - 1 of the intercept of returns above one risk-free rate": _rate_of_months,
    "one-year return above a risk-free rate, less beta x the benchmark's": _rate_of_year,
}
"""Definitions with one rate that all rows must share; what each row makes of the rate."""

RISK_FREE = Interval(-0.02, 0.25)
"""A year. Central banks have set -0.75 % to 20 %; what is outside is no risk-free rate, whatever the rows share."""

FEWEST_RATED = 2
"""Rows. One alone always has its rate, so it tests nothing."""


def alpha_questions(tables: PublishedTables) -> Iterator[Question]:
    """Every definition over all rows that can test it; a benchmark's own row fits any of them and does not count."""
    rows = [(row, figures) for row in tables.rows if (figures := _twelve_months(tables, row)) is not None]
    if rows:
        yield _some_definition(rows)
        for name in DEFINITIONS:
            yield _definition(rows, name)
        for name in RATED:
            yield _rated(rows, name)
    whole = [(row, figures) for row in tables.rows if (figures := _whole_sample(tables, row)) is not None]
    if whole and tables.n_months is not None:
        yield _annual_difference(whole, tables.n_months)


_Rows = Sequence[tuple[ReturnsRow, tuple[Figure, ...]]]


def _twelve_months(tables: PublishedTables, row: ReturnsRow) -> tuple[Figure, ...] | None:
    benchmark = tables.benchmark_row(row.benchmark)
    if benchmark is None or benchmark is row:
        return None
    own, other = row.get("alpha_12m", *RELATIVE), benchmark.get(*YEAR)
    return None if own is None or other is None else (*own, *other)


def _whole_sample(tables: PublishedTables, row: ReturnsRow) -> tuple[Figure, ...] | None:
    benchmark = tables.benchmark_row(row.benchmark)
    if benchmark is None or benchmark is row:
        return None
    own, other = row.get("alpha", "cumulative"), benchmark.get("cumulative")
    return None if own is None or other is None else (*own, *other)


@functools.lru_cache(maxsize=32768)
def _expected(name: str, case: Case) -> Interval | None:
    """Alpha of one row by one definition."""
    year = known(case)
    return None if year is None else (DEFINITIONS | RATED)[name](case, year)


def _definition(rows: _Rows, name: str) -> Question:
    figures, places = once([own for _, own in rows])

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        tested = []
        for (row, _), own in zip(rows, places, strict=True):
            expected = _expected(name, Case(*(changed[place].interval for place in own)))
            if expected is not None:
                tested.append(_Tested(row, changed[own[0]], expected, own))
        return _over_rows(name, tested)

    return Question("alpha, 12 months", name, figures, judge, "none")


def _some_definition(rows: _Rows) -> Question:
    """A column that no candidate fits is a fault; one candidate that does not fit is only not the definition."""
    questions = [_definition(rows, name) for name in DEFINITIONS] + [_rated(rows, name) for name in RATED]

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        answers = {question.subject: question.judge(changed) for question in questions}
        fitting = [
            f"{name}, {percent(answer.found, 2)} a year" if name in RATED and answer.found else name
            for name, answer in answers.items()
            if answer.verdict == "fits"
        ]
        if fitting:
            return Judgement("fits", f"Alpha of 12 months fits every row as {' or as '.join(fitting)}.")
        open_ones = [name for name, answer in answers.items() if answer.verdict == "not testable"]
        if len(open_ones) == len(answers):
            return Judgement("not testable", "Alpha of 12 months: no row prints what it takes to test a definition.")
        if open_ones:
            ruled_out = f"Alpha of 12 months fits none of {len(answers) - len(open_ones)} definitions in every row"
            return Judgement("not testable", f"{ruled_out}; {len(open_ones)} more cannot be tested by these rows.")
        return Judgement("does not fit", f"Alpha of 12 months fits none of {len(answers)} definitions in every row.")

    return Question("alpha, 12 months", "any definition", questions[0].figures, judge, "medium")


def _annual_difference(rows: _Rows, n: int) -> Question:
    name = "return a year less the benchmark's, whole sample"
    figures, places = once([own for _, own in rows])

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        tested = []
        for (row, _), own in zip(rows, places, strict=True):
            alpha, total, benchmark = (changed[place] for place in own)
            years = (part.interval.compounded(MONTHS / n) for part in (total, benchmark))
            tested.append(_Tested(row, alpha, next(years) - next(years), own))
        return _over_rows(name, tested)

    return Question("alpha, whole sample", name, figures, judge, "none")


class _Tested(NamedTuple):
    """Alpha of one row as printed and by one definition, and where its figures stand."""

    row: ReturnsRow
    printed: Figure
    expected: Interval
    places: Sequence[int]


def _over_rows(name: str, tested: Sequence[_Tested]) -> Judgement:
    if not tested:
        return Judgement("not testable", f"Alpha as {name}: no row prints what it takes.")
    wrong = [item for item in tested if not item.printed.interval.overlaps(item.expected)]
    told = f"Alpha as {name}: fits {len(tested) - len(wrong)} of {len(tested)} rows"
    if not wrong:
        return Judgement("fits", f"{told}.")
    worst = max(wrong, key=lambda item: item.printed.interval.distance(item.expected.middle))
    return Judgement(
        "does not fit",
        f"{told}; {worst.row.name} would have {percent(worst.expected)}, printed {worst.printed.text}.",
        worst.printed.interval,
        worst.expected,
        shared([item.places for item in wrong]),
    )


def _rated(rows: _Rows, name: str) -> Question:
    figures, places = once([own for _, own in rows])

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        rates = []
        for (row, _), own in zip(rows, places, strict=True):
            rate = _expected(name, Case(*(changed[place].interval for place in own)))
            if rate is not None:
                rates.append((row, rate))
        if not rates:
            return Judgement("not testable", f"Alpha as {name}: no row prints what it takes.")
        least, most = (max(rates, key=lambda item: item[1].low), min(rates, key=lambda item: item[1].high))
        if least[1].low <= most[1].high:
            return _shared_rate(name, [row.name for row, _ in rates], Interval(least[1].low, most[1].high))
        return Judgement(
            "does not fit",
            f"Alpha as {name}: no rate fits {len(rates)} rows; {most[0].name} needs {percent(most[1], 2)} a year, "
            f"{least[0].name} {percent(least[1], 2)}.",
            most[1],
            least[1],
        )

    return Question("alpha, 12 months", name, figures, judge, "none")


def _shared_rate(name: str, rows: Sequence[str], common: Interval) -> Judgement:
    """Every further row could have contradicted the first one's rate."""
    told = f"Alpha as {name}: {len(rows)} rows share one only if it is {percent(common, 2)} a year"
    if len(rows) < FEWEST_RATED:
        told = f"Alpha as {name}: {rows[0]} would need {percent(common, 2)} a year"
    if not common.overlaps(RISK_FREE):
        return Judgement("does not fit", f"{told}: no risk-free rate.", common, RISK_FREE)
    if len(rows) < FEWEST_RATED:
        return Judgement("not testable", f"{told}, and no other row could contradict it.", common)
    return Judgement("fits", f"{told}.", common)
