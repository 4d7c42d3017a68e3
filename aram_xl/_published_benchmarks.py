"""Which benchmark a row is measured to: beta = correlation x ratio of deviations, alpha = mean less beta x mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aram_xl._published_findings import Judge, Judgement, Question, listed, once, plain, shared
from aram_xl._published_interval import Interval
from aram_xl._published_moments import MONTHS, Moments
from aram_xl._published_rows import ITSELF, year_of
from aram_xl._published_tables import Figure, PublishedTables, ReturnsRow, best_match

_CORRELATIONS = Interval(-1.0, 1.0)

YEAR = ("one_year", "ret_stdev_12m")
RELATIVE = ("beta_12m", "correlation_12m", *YEAR)


def benchmark_questions(tables: PublishedTables) -> Iterator[Question]:
    """Beta of each row, one benchmark for each table, and the benchmark that a heading names."""
    for row in tables.rows:
        question = _beta(tables, row)
        if question is not None:
            yield question
    for table, benchmark, rows in tables.groups():
        question = _one_benchmark(tables, f"{table}, {benchmark}", rows)
        if question is not None:
            yield question
    for claim in tables.claims:
        if claim.kind == "heading":
            for row in tables.rows:
                question = _heading(tables, claim.figure, row) if row.table == claim.table else None
                if question is not None:
                    yield question


def beta_between(correlation: Interval, own: Moments | None, other: Moments | None) -> Interval | None:
    """Correlation times the ratio of standard deviations; None where a deviation is not known or can be 0."""
    if own is None or other is None or other.stdev.low <= 0.0:
        return None
    inside = correlation.intersection(_CORRELATIONS)
    return None if inside is None else inside * own.stdev / other.stdev


def compounded_intercept(own: Interval, beta: Interval, other: Interval) -> Interval:
    """``(1 + a)^12 - 1`` of ``a = own - beta x other``, means a month."""
    return (own - beta * other).compounded(MONTHS)


def beta_to(tables: PublishedTables, row: ReturnsRow, other: ReturnsRow) -> Interval | None:
    """Beta of a row to any other, as far as the tables print their correlation; None where they do not."""
    if row is other:
        return ITSELF
    if tables.benchmark_row(row.benchmark) is other:
        known = row.get("correlation_12m")
    elif tables.benchmark_row(other.benchmark) is row:
        known = other.get("correlation_12m")
    else:
        known = None
    mine, theirs = row.get(*YEAR), other.get(*YEAR)
    if known is None or mine is None or theirs is None:
        return None
    return beta_between(known[0].interval, year_of(*mine), year_of(*theirs))


def _beta(tables: PublishedTables, row: ReturnsRow) -> Question | None:
    benchmark = tables.benchmark_row(row.benchmark)
    if row is benchmark:
        own = row.get("beta_12m")
        return None if own is None else Question("beta", row.subject, own, _judge_own_beta(tables, row), "high")
    figures = row.get(*RELATIVE)
    if figures is None:
        return None
    theirs = None if benchmark is None else benchmark.get(*YEAR)

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        beta, correlation = changed[:2]
        expected = None
        if len(changed) == 6:
            expected = beta_between(correlation.interval, year_of(*changed[2:4]), year_of(*changed[4:]))
        if expected is None:
            return Judgement(
                "not testable",
                f"{row.name}: the tables do not give both standard deviations, of the row and of {row.benchmark}.",
                beta.interval,
            )
        told = (
            f"{row.name}: correlation {correlation.text} times the ratio of deviations to {row.benchmark} is "
            f"{plain(expected)}"
        )
        if expected.overlaps(beta.interval):
            return Judgement("fits", f"{told}, printed {beta.text}.", beta.interval, expected)
        return Judgement(
            "impossible",
            f"{told}, but beta is printed {beta.text}{_instead(tables, row, beta.interval)}.",
            beta.interval,
            expected,
        )

    return Question("beta", row.subject, figures + (theirs or ()), judge, "high")


def _judge_own_beta(tables: PublishedTables, row: ReturnsRow) -> Judge:
    """A series has a beta of 1 to itself."""

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        beta = changed[0]
        if beta.interval.overlaps(ITSELF):
            return Judgement("fits", f"{row.name} is its own benchmark: beta {beta.text}.", beta.interval, ITSELF)
        return Judgement(
            "impossible",
            f"{row.name} is its own benchmark, so beta is 1, but {beta.text} is printed"
            f"{_instead(tables, row, beta.interval)}.",
            beta.interval,
            ITSELF,
        )

    return judge


def _instead(tables: PublishedTables, row: ReturnsRow, beta: Interval) -> str:
    words = [f"{other.name} ({plain(expected)})" for other, expected in _explaining(tables, row, beta)]
    return f"; it fits a beta to {listed(words)}" if words else ""


def _explaining(tables: PublishedTables, row: ReturnsRow, beta: Interval) -> list[tuple[ReturnsRow, Interval]]:
    """Every printed row to which a beta fits, by correlations that are printed."""
    found = []
    for other in tables.rows:
        expected = beta_to(tables, row, other)
        if expected is not None and expected.overlaps(beta):
            found.append((other, expected))
    return found


def _one_benchmark(tables: PublishedTables, subject: str, rows: Sequence[ReturnsRow]) -> Question | None:
    """Whether beta, correlation and alpha of all rows belong to the benchmark in the heading."""
    benchmark = tables.benchmark_row(rows[0].benchmark)
    theirs = None if benchmark is None else benchmark.get(*YEAR)
    complete = [(row, figures) for row in rows if (figures := row.get(*RELATIVE)) is not None]
    if theirs is None or not complete:
        return None
    figures, places = once([(*own, *theirs) for _, own in complete])

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        strangers, decisive = [], []
        for (row, _), own in zip(complete, places, strict=True):
            beta, correlation, *year = (changed[place] for place in own)
            expected = ITSELF
            if row is not benchmark:
                known = beta_between(correlation.interval, year_of(*year[:2]), year_of(*year[2:]))
                expected = beta.interval if known is None else known
            if not expected.overlaps(beta.interval):
                strangers.append((row, beta))
                decisive.append(own)
        heading = rows[0].benchmark
        if not strangers:
            return Judgement("fits", f"{subject}: every beta fits {heading}.")
        names = listed([f"{row.name} {beta.text}" for row, beta in strangers])
        return Judgement(
            "does not fit",
            f"{subject}: beta of {names} {'does' if len(strangers) == 1 else 'do'} not fit {heading}"
            f"{_common_benchmark(tables, strangers)}{_loyal(tables, [row for row, _ in strangers])}.",
            decisive=shared(decisive),
        )

    return Question("one benchmark", subject, figures, judge, "high")


def _common_benchmark(tables: PublishedTables, strangers: Sequence[tuple[ReturnsRow, Figure]]) -> str:
    """The one row that explains all of them, if there is one."""
    each = [{other.name for other, _ in _explaining(tables, row, beta.interval)} for row, beta in strangers]
    common = sorted(set.intersection(*each))
    if not common:
        return ""
    return f", but {'it fits' if len(each) == 1 else 'they all fit'} {listed(common)}"


def _loyal(tables: PublishedTables, rows: Sequence[ReturnsRow]) -> str:
    """Whether alphas of the same rows do fit the heading: then two benchmarks stand in one row."""
    heading = tables.benchmark_row(rows[0].benchmark)
    names = [row.name for row in rows if heading is not None and alpha_fits(tables, row, heading)]
    if not names:
        return ""
    return f"; correlation and alpha of {listed(names)} fit {rows[0].benchmark}: two benchmarks in one row"


def alpha_fits(tables: PublishedTables, row: ReturnsRow, benchmark: ReturnsRow) -> bool:
    """Whether the 12-month alpha is the compounded intercept against a benchmark, by printed correlations."""
    alpha, beta = row.get("alpha_12m"), beta_to(tables, row, benchmark)
    mine, theirs = row.get(*YEAR), benchmark.get(*YEAR)
    if alpha is None or beta is None or mine is None or theirs is None:
        return False
    own, other = year_of(*mine), year_of(*theirs)
    if own is None or other is None:
        return False
    if row is benchmark:
        return alpha[0].interval.contains(0.0)
    return compounded_intercept(own.mean, beta, other.mean).overlaps(alpha[0].interval)


def _heading(tables: PublishedTables, heading: Figure, row: ReturnsRow) -> Question | None:
    """A heading that stands for one benchmark over figures that may fit another."""
    figures = row.get(*RELATIVE)
    if figures is None:
        return None
    named = best_match(heading.cell.text, tables.rows)
    theirs = None if named is None else named.get(*YEAR)

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        if named is None or theirs is None:
            return Judgement("not testable", f"{row.name}: headed {heading.cell.text}, of which no row is printed.")
        beta, correlation = changed[:2]
        expected = beta_between(correlation.interval, year_of(*changed[2:4]), year_of(*changed[4:6]))
        if expected is None:
            return Judgement("not testable", f"{row.name}: deviations are not known.", beta.interval)
        told = (
            f"{row.name}: headed as a table against {named.name}, which would make beta {plain(expected, 3)} at the "
            f"printed correlation"
        )
        if expected.overlaps(beta.interval):
            return Judgement("fits", f"{told}; printed {beta.text}.", beta.interval, expected)
        others = listed([other.name for other, _ in _explaining(tables, row, beta.interval)])
        return Judgement("does not fit", f"{told}; the printed {beta.text} fits {others}.", beta.interval, expected)

    return Question("heading", row.subject, (*figures, *(theirs or ()), heading), judge, "medium")
