"""Sentences beside the tables: does a row print what the text says of it?

A claim names a row and one or more measures (alpha, beta) without saying over which months; it is held against the
last twelve and against the whole sample. No beta of the whole sample is printed, but mean = alpha + beta x
benchmark's mean, so it follows, once bounds on the deviations are granted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from aram_xl._published_benchmarks import YEAR
from aram_xl._published_findings import Judgement, Question, listed, plain
from aram_xl._published_interval import Interval
from aram_xl._published_moments import MONTHS, mean_of_sample
from aram_xl._published_rows import year_of
from aram_xl._published_tables import Claim, Figure, PublishedTables, ReturnsRow

STDEV_RATIO = 1.5
"""The whole sample's deviation is taken to be at most so many times the greater of the row's and its benchmark's of the
last twelve months. No table says so; it is said in the finding."""

_ROW = ("alpha", "cumulative", *YEAR)


def claim_questions(tables: PublishedTables) -> Iterator[Question]:
    """Each claim against both samples."""
    claims = [claim for claim in tables.claims if claim.kind == "claim"]
    for table, name, text in dict.fromkeys((claim.table, claim.name, claim.text) for claim in claims):
        row = next((row for row in tables.rows if (row.table, row.name) == (table, name)), None)
        made = [claim for claim in claims if (claim.table, claim.name, claim.text) == (table, name, text)]
        if row is None:
            yield _unknown_row(made)
            continue
        yield from _of_year(row, made)
        yield from _of_sample(tables, row, made)


def _unknown_row(made: Sequence[Claim]) -> Question:
    def judge(changed: tuple[Figure, ...]) -> Judgement:
        return Judgement("does not fit", f'"{made[0].text}": no row {made[0].name} in a table {made[0].table}.')

    return Question("claim", f"{made[0].text}; {made[0].name}", tuple(c.figure for c in made), judge, "medium")


def _of_year(row: ReturnsRow, made: Sequence[Claim]) -> Iterator[Question]:
    printed = [row.get({"alpha_pct": "alpha_12m", "beta": "beta_12m"}[claim.measure]) for claim in made]
    own = tuple(figure for figures in printed if figures is not None for figure in figures)
    if len(own) != len(made):
        return

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        said, told = changed[: len(made)], changed[len(made) :]
        pairs = list(zip(made, said, told, strict=True))
        wrong = [_word(claim) for claim, one, other in pairs if not one.interval.overlaps(other.interval)]
        words = listed([f"{_word(claim)} {other.text}" for claim, _, other in pairs])
        judged = f", so {listed(wrong)} {'does' if len(wrong) == 1 else 'do'} not fit" if wrong else ""
        return Judgement(
            "does not fit" if wrong else "fits",
            f'"{made[0].text}": over the last 12 months {row.name} prints {words}{judged}.',
            told[0].interval,
            said[0].interval,
        )

    yield Question("claim", f"{made[0].text}; 12 months", (*(claim.figure for claim in made), *own), judge, "medium")


def _of_sample(tables: PublishedTables, row: ReturnsRow, made: Sequence[Claim]) -> Iterator[Question]:
    """Alpha as printed, beta as it follows."""
    benchmark = tables.benchmark_row(row.benchmark)
    own = row.get(*_ROW)
    other = None if benchmark is None else benchmark.get("cumulative", *YEAR)
    n = tables.n_months
    if own is None or other is None or n is None:
        return

    def judge(changed: tuple[Figure, ...]) -> Judgement:
        said, told = changed[: len(made)], changed[len(made) :]
        beta = implied_beta(told[: len(_ROW)], told[len(_ROW) :], n)
        if beta is None:
            return Judgement("not testable", f'"{made[0].text}": the beta of {n} months does not follow.')
        values = {"alpha_pct": told[0].interval, "beta": beta}
        wrong = [
            claim for claim, one in zip(made, said, strict=True) if not one.interval.overlaps(values[claim.measure])
        ]
        words = f"alpha {told[0].text} and, by its mean, a beta of {plain(beta)}"
        return Judgement(
            "does not fit" if wrong else "fits",
            f'"{made[0].text}": over {n} months {row.name} has {words} (deviations at most {STDEV_RATIO} times those '
            "of the last 12 months).",
            values[made[-1].measure],
            said[-1].interval,
        )

    yield Question(
        "claim",
        f"{made[0].text}; whole sample",
        (*(claim.figure for claim in made), *own, *other),
        judge,
        "medium",
    )


def implied_beta(own: Sequence[Figure], other: Sequence[Figure], n: int) -> Interval | None:
    """Beta of n months from alpha and cumulative returns: ``(mean - a) / benchmark's mean``.

    Args:
        own: alpha, cumulative return, one-year return and Ret/StDev of the row.
        other: cumulative return, one-year return and Ret/StDev of its benchmark.
        n: months of the whole sample.
    """
    alpha, total = own[0].interval, own[1].interval
    mine, theirs = year_of(*own[2:4]), year_of(*other[1:3])
    if mine is None or theirs is None or n < MONTHS or min(total.low, other[0].interval.low) <= -1.0:
        return None
    share = math.sqrt((MONTHS - 1) / (n - 1))
    most = STDEV_RATIO * max(mine.stdev.high, theirs.stdev.high)
    mean = mean_of_sample(total, Interval(share * mine.stdev.low, most), n)
    market = mean_of_sample(other[0].interval, Interval(share * theirs.stdev.low, most), n)
    if market.contains(0.0):
        return None
    return (mean - alpha.compounded(1.0 / MONTHS)) / market


def _word(claim: Claim) -> str:
    return {"alpha_pct": "alpha", "beta": "beta"}[claim.measure]
