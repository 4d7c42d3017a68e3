"""Tracking errors and information ratios: what they are made of, and whether they can be a year's.

The proof that a printed tracking error is no annual figure needs only the tables. Squares of deviations from the mean
of the last twelve months are no more than from the mean of all n months, so
``(n - 1) TE^2 >= 11 (s_p^2 + s_b^2 - 2 rho s_p s_b)``, and the right side follows from the 12-month columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from aram_xl._published_findings import Judgement, Question, percent, plain, shared
from aram_xl._published_interval import Interval
from aram_xl._published_moments import MONTHS, Moments
from aram_xl._published_rows import year_of
from aram_xl._published_tables import Figure, PublishedTables, TrackingRow

_ROOT_OF_YEAR = Interval(MONTHS, MONTHS).rising(math.sqrt)


def tracking_questions(tables: PublishedTables) -> Iterator[Question]:
    """All questions that the table of tracking errors can answer, some with the help of the returns."""
    for tracked in tables.tracking:
        for build in (_gap, _ratio):
            question = build(tracked)
            if question is not None:
                yield question
    n = tables.n_months
    if n is None:
        return
    yield from _conventional_ratios(tables, n)
    for tracked in tables.tracking:
        if "tracking_error" in tracked.figures:
            yield _as_printed(tables, tracked, n, annual=True)
            yield _as_printed(tables, tracked, n, annual=False)


def _figures(tracked: TrackingRow, *roles: str) -> tuple[Figure, ...] | None:
    if any(role not in tracked.figures for role in roles):
        return None
    return tuple(tracked.figures[role] for role in roles)


def _with_benchmark(tracked: TrackingRow, *roles: str) -> tuple[Figure, ...] | None:
    """Figures of a row, then the one benchmark it is held against."""
    own = _figures(tracked, *roles)
    return None if own is None or len(tracked.benchmarks) != 1 else (*own, *tracked.benchmarks.values())


def _gap(tracked: TrackingRow) -> Question | None:
    figures = _with_benchmark(tracked, "gap", "cumulative")
    if figures is None:
        return None

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        gap, own, benchmark = changed
        expected = own.interval - benchmark.interval
        fits = expected.overlaps(gap.interval)
        return Judgement(
            "fits" if fits else "impossible",
            f"{tracked.name}: {own.text} less {benchmark.text} is {percent(expected)}, printed {gap.text}.",
            gap.interval,
            expected,
        )

    return Question("gap of cumulative returns", tracked.name, figures, judge, "high")


def _ratio(tracked: TrackingRow) -> Question | None:
    """The newsletter's information ratio: cumulative gap in percentage points over tracking error in percent."""
    figures = _figures(tracked, "information_ratio", "tracking_error", "gap")
    if figures is None:
        return None

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        ratio, error, gap = changed
        expected = ratio.interval * error.interval
        fits = expected.overlaps(gap.interval)
        return Judgement(
            "fits" if fits else "does not fit",
            f"{tracked.name}: information ratio {ratio.text} x tracking error {error.text} is {percent(expected)}, "
            f"cumulative gap {gap.text}.",
            gap.interval,
            expected,
        )

    return Question("information ratio x tracking error = gap", tracked.name, figures, judge, "medium")


def _conventional_ratios(tables: PublishedTables, n: int) -> Iterator[Question]:
    """The textbook's ratio, the printed tracking error taken as annual and as monthly."""
    rows = [
        (tracked, figures)
        for tracked in tables.tracking
        if (figures := _with_benchmark(tracked, "information_ratio", "tracking_error", "cumulative")) is not None
    ]
    if rows:
        for name, annual in (("printed tracking error", None), ("tracking error x root of 12", _ROOT_OF_YEAR)):
            yield _conventional(rows, n, f"return a year less the benchmark's, over {name}", annual)


def _conventional(
    rows: Sequence[tuple[TrackingRow, tuple[Figure, ...]]], n: int, name: str, scale: Interval | None
) -> Question:
    def judge(changed: tuple[Figure, ...]) -> Judgement:
        tested, wrong = 0, []
        for i, (tracked, _) in enumerate(rows):
            ratio, error, own, benchmark = changed[4 * i : 4 * i + 4]
            active = own.interval.compounded(MONTHS / n) - benchmark.interval.compounded(MONTHS / n)
            risk = error.interval if scale is None else error.interval * scale
            if risk.contains(0.0):
                continue
            tested += 1
            expected = active / risk
            if not expected.overlaps(ratio.interval):
                wrong.append((tracked, ratio, expected, range(4 * i, 4 * i + 4)))
        told = f"Information ratio as {name}: fits {tested - len(wrong)} of {tested} rows"
        if not wrong:
            return Judgement("fits", f"{told}.")
        tracked, ratio, expected, _ = wrong[0]
        return Judgement(
            "does not fit",
            f"{told}; {tracked.name} would have {plain(expected)}, printed {ratio.text}.",
            ratio.interval,
            expected,
            shared([places for *_, places in wrong]),
        )

    return Question("information ratio, textbook", name, tuple(f for _, own in rows for f in own), judge, "none")


def _as_printed(tables: PublishedTables, tracked: TrackingRow, n: int, annual: bool) -> Question:
    """Whether a tracking error is large enough for the differences of the last twelve months alone."""
    row = tables.joined(tracked.name)
    benchmark = None if row is None else tables.benchmark_row(row.benchmark)
    year = None if row is None else row.get("correlation_12m", "one_year", "ret_stdev_12m")
    theirs = None if benchmark is None else benchmark.get("one_year", "ret_stdev_12m")
    reading = "as an annual figure" if annual else "as a monthly figure"
    scale: Callable[[Interval], Interval] = (lambda x: x / _ROOT_OF_YEAR) if annual else (lambda x: x)

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        error = changed[0]
        told = f"{tracked.name}: tracking error {error.text} {reading}"
        least = None
        if len(changed) == 6:
            least = _least_error(changed[1].interval, year_of(*changed[2:4]), year_of(*changed[4:6]), n)
        if least is None:
            return Judgement("not testable", f"{told}: no 12-month figures join it.", error.interval)
        monthly = scale(error.interval)
        expected = Interval(least, math.inf)
        shown = 100 * least * (math.sqrt(MONTHS) if annual else 1.0)
        told += f"; the last {MONTHS} of {n} months alone require {shown:.2f} % or more"
        if monthly.high < least:
            return Judgement("impossible", f"{told}.", monthly, expected)
        return Judgement("fits", f"{told}: not excluded.", monthly, expected)

    return Question(
        f"tracking error {reading}",
        tracked.name,
        (tracked.figures["tracking_error"], *(year + theirs if year and theirs else ())),
        judge,
        "medium",
    )


def _least_error(correlation: Interval, own: Moments | None, other: Moments | None, n: int) -> float | None:
    """Least tracking error a month of n months of which the last twelve have these moments."""
    inside = correlation.intersection(Interval(-1.0, 1.0))
    if own is None or other is None or inside is None or n < MONTHS:
        return None
    # (s_b - rho s_p)^2 + (1 - rho^2) s_p^2: the same sum, with s_b in one place
    squares = (other.stdev - inside * own.stdev).square() + (1.0 - inside.square()) * own.stdev.square()
    bound = squares * float(MONTHS - 1) / float(n - 1)
    return math.sqrt(max(bound.low, 0.0)) * (1.0 - 1e-15)
