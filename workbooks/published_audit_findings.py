"""Sheet Calc_Findings: every line with its verdict, its sentence, and the engine's answer beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aram_xl._published_findings import SEVERITIES
from workbooks.published_audit_cells import Part, cell, down, word
from workbooks.published_audit_engine import Answers, Slot, each_slot
from workbooks.published_audit_functions import exact, if_else, if_error, number, pick
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_inputs import Settings
from workbooks.published_audit_match import Sample
from workbooks.published_audit_words import write_sentences
from workbooks.sheet import FIRST_ROW, Block

GRAVITY = {
    "mean and deviation": "high", "correlation": "high", "moves more than cash": "low", "hidden month": "high",
    "longer windows": "high", "positive months": "high", "beta": "high", "one benchmark": "high",
    "heading": "medium", "alpha, 12 months": "none", "alpha, whole sample": "none", "rows that repeat": "medium",
    "names that join": "medium",
    "one series, one figure": "medium", "benchmark under two names": "low", "mix": "low",
    "gap of cumulative returns": "high", "information ratio x tracking error = gap": "medium",
    "information ratio, textbook": "none", "tracking error as an annual figure": "medium",
    "tracking error as a monthly figure": "medium", "claim": "medium",
}  # fmt: skip
"""Severity of a contradiction, by check; of alpha, that no definition fits is worth asking."""

VERDICTS = ("impossible", "does not fit", "not testable", "fits")


class Findings(NamedTuple):
    """Columns of Calc_Findings, and counts."""

    check: Part
    subject: Part
    verdict: Part
    cells: Part
    asked: Part
    wrong: Part
    ends: tuple[Part, Part, Part, Part]
    flag: Part
    differences: tuple[Part, ...]
    gravity: Part
    rank: Part
    sentence: Part
    engine: Engine


class Engine(NamedTuple):
    """The engine's answers where they are of the tables in use, else empty texts."""

    same: Part
    """1 where they are; one cell."""
    verdict: Part
    power: Part
    units: Part
    sentence: Part


def _scale(end: Part, settings: Settings) -> Part:
    """What a difference of ends is measured in: 1, and the end itself where it is large."""
    return if_else(end.above(settings.large), end, 1)


def severity_of(slot: Slot) -> str:
    """How grave a contradiction of a line would be."""
    if slot.judged.check == "alpha, 12 months" and slot.judged.subjects.value(0) == "any definition":
        return "medium"
    return GRAVITY[slot.judged.check]


def write_findings(
    sheet: Grid, slots: Sequence[Slot], sample: Sample, settings: Settings, answers: Answers
) -> Findings:  # fmt: skip
    """One line for each question that may be asked; empty verdicts are questions that are not."""
    checks = [slot.judged.check for slot in slots]
    cells = [slot.judged.cells[slot.line % len(slot.judged.cells)] for slot in slots]
    for i, (check, text) in enumerate(zip(checks, cells, strict=True)):
        sheet.text(FIRST_ROW + i, 0, check, "label")
        sheet.text(FIRST_ROW + i, 2, "verdict", "note")
        sheet.text(FIRST_ROW + i, 4, text, "note")
    n = len(slots)
    sheet.widen(0, max(map(len, checks)))
    sheet.widen(4, max(map(len, cells)))
    first = Table(sheet, FIRST_ROW, ("", "", "", ""), 0)
    first.lines = n
    subject = first.label(1, each_slot(slots, lambda s: s.judged.subjects))
    asked = first.put("asked", each_slot(slots, lambda s: s.judged.asked), "count")
    testable = first.put("testable", each_slot(slots, lambda s: s.judged.testable), "count")
    fits = first.put("fits", each_slot(slots, lambda s: s.judged.fits), "count")
    ends = [
        first.put(f"{kind}, {side}", each_slot(slots, lambda s, k=kind, e=side: _end(s, k, e)), "exact")  # type: ignore[misc]
        for kind in ("found", "expected") for side in ("low", "high")
    ]  # fmt: skip
    at = 1 + asked * (1 + testable * (1 + fits))
    words = pick(sample.words, at) & "", pick(sample.words_of_meaning, at) & ""
    chosen = [words[slot.judged.meaning] for slot in slots]
    verdict = first.value(Part(tuple(w.text(i) for i, w in enumerate(chosen)),
                               tuple(w.value(i) for i, w in enumerate(chosen))), "text")  # fmt: skip
    wrong = first.put("contradicted", asked * testable * (1 - fits), "count")
    same = answers.same
    theirs = first.put("engine's verdict", if_else(same, answers.verdict & "", ""), "text")
    flag = first.put("flag", same * (1 - number(exact(verdict, theirs))), "count")
    differences = tuple(
        first.put("difference", if_error(same * (mine - other) / _scale(mine, settings)), "small")
        for mine, other in zip(ends, answers.ends, strict=True)
    )
    grave = [float(1 + SEVERITIES.index(severity_of(slot))) for slot in slots]
    gravity = first.constants("gravity: 1 is high", grave, ("formula", "count"))
    rank = _ranks(first, wrong, gravity)
    sentence = write_sentences(first, slots, settings, (subject, verdict), ends)
    engine = Engine(
        same, theirs,
        first.put("engine: changed figure", if_else(same, answers.power, ""), "text"),
        first.put("engine: units", if_else(same, answers.units, ""), "count"),
        first.put("engine's sentence", if_else(same, answers.sentence, ""), "text"),
    )  # fmt: skip
    shown = cell(Block(sheet.name, FIRST_ROW, 4, n, 1), cells)
    named = cell(Block(sheet.name, FIRST_ROW, 0, n, 1), checks)
    return Findings(named, subject, verdict, shown, asked, wrong, tuple(ends), flag, differences, gravity, rank,  # type: ignore[arg-type]
                    sentence, engine)  # fmt: skip


def _end(slot: Slot, kind: str, side: str) -> Part:
    span = slot.judged.found if kind == "found" else slot.judged.expected
    if span is None:
        return word("")
    part: Part = getattr(span, side)
    return Part(tuple(f'IF({a},{t},"")' for a, t in zip(slot.judged.asked.texts, part.texts, strict=True)),
                tuple(v if a else "" for a, v in zip(slot.judged.asked.values, part.values, strict=True)))  # fmt: skip


def _ranks(table: Table, wrong: Part, gravity: Part) -> Part:
    """The gravest first, then in order of the lines."""
    flags, grave = down(wrong), down(gravity)
    lines = list(zip(wrong.values, gravity.values, strict=True))
    graver = Part(
        tuple(f'COUNTIFS({flags.text(0)},1,{grave.text(0)},"<"&{text})' for text in gravity.texts),
        tuple(float(sum(bool(w) and g < mine for w, g in lines)) for _, mine in lines),
    )
    above = table.put("graver ones", graver, "count")
    so_far = Part(
        tuple(f"COUNTIFS({_so_far(wrong, i)},1,{_so_far(gravity, i)},{gravity.text(i)})" for i in range(len(wrong))),
        tuple(float(sum(bool(w) and g == mine for w, g in lines[: i + 1])) for i, (_, mine) in enumerate(lines)),
    )
    return table.put("place in the list", if_else(wrong, above + so_far, ""), "count")


def _so_far(column: Part, i: int) -> str:
    """The range of a column down to a line."""
    return f"{down(column).text(0).partition(':')[0]}:{column.text(i).rpartition('!')[2]}"
