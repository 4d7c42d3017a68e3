"""Questions about printed figures, the verdicts on them, and what each question could have caught."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from aram_xl._published_interval import Interval
from aram_xl._published_tables import Cell, Figure

Verdict = Literal["fits", "does not fit", "impossible", "not testable"]
Severity = Literal["high", "medium", "low", "none"]

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "none")

_TRIED_ONE_BY_ONE = 12
"""Units of the last digit that are all tried for every figure; beyond, steps double up to ``_FARTHEST``."""

_FARTHEST = 1000


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict on one question."""

    verdict: Verdict
    sentence: str
    found: Interval | None = None
    expected: Interval | None = None
    decisive: tuple[int, ...] | None = None
    """Places of the figures whose change can turn the verdict; None: any of them."""


Judge = Callable[[tuple[Figure, ...]], Judgement]


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """A check of some printed figures; ``judge`` answers it for these or for changed ones."""

    check: str
    subject: str
    figures: tuple[Figure, ...]
    judge: Judge
    severity: Severity
    """Of an answer other than fits or not testable."""


@dataclass(frozen=True, slots=True)
class Power:
    """The smallest change of one printed figure that gives the question another answer."""

    cell: Cell
    text: str
    """The changed figure."""
    units: int
    """Size of the change in units of the figure's last digit."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One identity, tested on printed figures."""

    check: str
    subject: str
    """What was tested, in words; check and subject name a finding."""
    cells: tuple[Cell, ...]
    found: Interval | None
    """What the figures stand for, decimals; or what they imply, where nothing is printed."""
    expected: Interval | None
    """What the identity allows, decimals."""
    verdict: Verdict
    power: Power | None
    """None: no change of a single figure within 1,000 units of its last digit changes the verdict."""
    severity: Severity
    sentence: str


def ask(question: Question) -> Finding:
    """Judge the printed figures, then find the smallest change of one of them that would change the verdict."""
    answer = question.judge(question.figures)
    return Finding(
        check=question.check,
        subject=question.subject,
        cells=tuple(figure.cell for figure in question.figures),
        found=answer.found,
        expected=answer.expected,
        verdict=answer.verdict,
        power=None if answer.verdict == "not testable" else _power(question, answer),
        severity=question.severity if is_wrong(answer) else "none",
        sentence=answer.sentence,
    )


def once(rows: Sequence[Sequence[Figure]]) -> tuple[tuple[Figure, ...], list[list[int]]]:
    """The figures of several rows, each once, and the places of each row's: rows share those of their benchmark."""
    figures = list(dict.fromkeys(figure for own in rows for figure in own))
    place = {figure: i for i, figure in enumerate(figures)}
    return tuple(figures), [[place[figure] for figure in own] for own in rows]


def shared(places: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Places that several groups of figures have in common: only there can one change put all of them right."""
    return tuple(sorted(set.intersection(*map(set, places))))


def is_wrong(answer: Judgement) -> bool:
    """Whether the figures contradict what was asked."""
    return answer.verdict in ("does not fit", "impossible")


def _power(question: Question, answer: Judgement) -> Power | None:
    """Small changes of all figures first, so that the first hit is the smallest; then ever larger ones, narrowed."""
    places = range(len(question.figures)) if answer.decisive is None else answer.decisive
    changes = [(i, sign) for i in places if question.figures[i].is_number for sign in (1, -1)]
    for units in range(1, _TRIED_ONE_BY_ONE + 1):
        for place, sign in changes:
            if _side(question, place, sign * units, answer) == 0:
                return _as_power(question.figures[place], sign * units)
    best: Power | None = None
    for place, sign in changes:
        least = _least_units(question, place, sign, answer)
        if least is not None and (best is None or least < best.units):
            best = _as_power(question.figures[place], sign * least)
    return best


def _side(question: Question, place: int, units: int, answer: Judgement) -> int:
    """0 when a change of one figure turns the verdict; else on which side of the expected the found now lies."""
    figures = list(question.figures)
    figures[place] = figures[place].shifted(units)
    changed = question.judge(tuple(figures))
    if is_wrong(changed) if answer.verdict == "fits" else changed.verdict == "fits":
        return 0
    return _direction(changed)


def _direction(answer: Judgement) -> int:
    if answer.found is None or answer.expected is None:
        return 1
    return 1 if answer.found.middle > answer.expected.middle else -1


def _least_units(question: Question, place: int, sign: int, answer: Judgement) -> int | None:
    """Double the change until the verdict turns or the found passes the expected, then halve the last step."""
    near, here = _TRIED_ONE_BY_ONE, _direction(answer)
    far = 2 * near
    passed = answer.verdict != "fits"  # what fits may cross over and still fit
    while far < _FARTHEST and not _turned(_side(question, place, sign * far, answer), here, passed):
        near, far = far, 2 * far
    far = min(far, _FARTHEST)
    if not _turned(_side(question, place, sign * far, answer), here, passed):
        return None
    while far - near > 1:
        middle = (far + near) // 2
        if _turned(_side(question, place, sign * middle, answer), here, passed):
            far = middle
        else:
            near = middle
    return far if _side(question, place, sign * far, answer) == 0 else None


def _turned(side: int, here: int, passed: bool) -> bool:
    return side == 0 or (passed and side != here)


def _as_power(figure: Figure, units: int) -> Power:
    return Power(figure.cell, figure.shifted(units).cell.text, abs(units))


def percent(interval: Interval, digits: int = 1) -> str:
    """An interval of decimals in words of percent."""
    return _words(interval, digits, 100.0, " %")


def plain(interval: Interval, digits: int = 2) -> str:
    """An interval in words."""
    return _words(interval, digits, 1.0, "")


def _words(interval: Interval, digits: int, scale: float, unit: str) -> str:
    low, high = (f"{scale * end:z.{digits}f}" for end in (interval.low, interval.high))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def listed(words: Sequence[str]) -> str:
    """Words with commas, the last two joined by "and"."""
    return " and ".join(", ".join(words).rsplit(", ", 1)) if words else "none"
