"""Sheets Calc_Findings and Outputs: every line with its verdict, a summary, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aram_xl._published_findings import SEVERITIES, Finding
from workbooks import names
from workbooks.published_audit_cells import Part, across, cell, down, fixed, word
from workbooks.published_audit_engine import Answers, Slot
from workbooks.published_audit_functions import count_ifs, exact, if_else, if_error, number, pick, place, total
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_match import Sample
from workbooks.sheet import FIRST_ROW, Block, Book

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

SENTENCE = 90
"""Width of the column of sentences."""

ROOM = 60
"""Lines of Outputs for what does not fit."""


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


def severity_of(slot: Slot) -> str:
    """How grave a contradiction of a line would be."""
    if slot.judged.check == "alpha, 12 months" and slot.judged.subjects.value(0) == "any definition":
        return "medium"
    return GRAVITY[slot.judged.check]


def write_findings(sheet: Grid, slots: Sequence[Slot], sample: Sample, answers: Answers) -> Findings:
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
    subject = first.label(1, _each(slots, lambda s: s.judged.subjects))
    asked = first.put("asked", _each(slots, lambda s: s.judged.asked), "count")
    testable = first.put("testable", _each(slots, lambda s: s.judged.testable), "count")
    fits = first.put("fits", _each(slots, lambda s: s.judged.fits), "count")
    ends = [
        first.put(f"{kind}, {side}", _each(slots, lambda s, k=kind, e=side: _end(s, k, e)), "exact")  # type: ignore[misc]
        for kind in ("found", "expected") for side in ("low", "high")
    ]  # fmt: skip
    at = 1 + asked * (1 + testable * (1 + fits))
    words = pick(sample.words, at) & "", pick(sample.words_of_meaning, at) & ""
    chosen = [words[slot.judged.meaning] for slot in slots]
    verdict = first.value(Part(tuple(w.text(i) for i, w in enumerate(chosen)),
                               tuple(w.value(i) for i, w in enumerate(chosen))), "text")  # fmt: skip
    wrong = first.put("contradicted", asked * testable * (1 - fits), "count")
    engine = first.put("engine's verdict", answers.verdict & "", "text")
    same = number(answers.changed.is_(0))
    flag = first.put("flag", same * (1 - number(exact(verdict, engine))), "count")
    differences = tuple(
        first.put("difference", if_error(same * (mine - theirs)), "small")
        for mine, theirs in zip(ends, answers.ends, strict=True)
    )
    grave = [float(1 + SEVERITIES.index(severity_of(slot))) for slot in slots]
    gravity = first.constants("gravity: 1 is high", grave, ("formula", "count"))
    rank = _ranks(first, wrong, gravity)
    shown = cell(Block(sheet.name, FIRST_ROW, 4, n, 1), cells)
    named = cell(Block(sheet.name, FIRST_ROW, 0, n, 1), checks)
    return Findings(named, subject, verdict, shown, asked, wrong, tuple(ends), flag, differences, gravity, rank)  # type: ignore[arg-type]


def _each(slots: Sequence[Slot], given: Callable[[Slot], Part]) -> Part:
    parts = [(given(slot), slot.line) for slot in slots]
    return Part(tuple(p.text(i) for p, i in parts), tuple(p.value(i) for p, i in parts))


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


class Outputs(NamedTuple):
    """Cells of Outputs that the checks look at."""

    counts: tuple[Part, ...]
    engine_counts: tuple[Part, ...]
    findings: Part
    wrong: Part
    listed: Part
    """Numbers of the lines that there is room for."""


def write_outputs(
    book: Book, sheet: Grid, found: Findings, answers: Answers, only_engine: Sequence[Finding]
) -> Outputs:  # fmt: skip
    """Counts by check and verdict, what does not fit with the gravest first, and what stays the engine's."""
    sheet.file.set_column(0, 0, 36)
    sheet.file.set_column(1, 1, 56)
    sheet.file.set_column(4, 4, 38)
    checks = list(dict.fromkeys(found.check.values))
    top = FIRST_ROW + 3
    lines = Table(sheet, top, ("", "", "", ""), 0)
    lines.lines = len(checks)
    for i, check in enumerate(checks):
        sheet.labels(top + i, (check, "Findings by verdict", "count", "Native; behind them the engine's"))
    label = cell(Block(sheet.name, top, 0, len(checks), 1), checks)
    names_of, verdicts = down(found.check), down(found.verdict)
    counts = tuple(lines.put(verdict, count_ifs(names_of, label, verdicts, verdict), "count") for verdict in VERDICTS)
    theirs = tuple(
        lines.put(f"engine: {verdict}", count_ifs(names_of, label, down(answers.verdict), verdict), "count")
        for verdict in VERDICTS
    )
    lines.value(total(across(*counts)), "count")
    sums = total(down(found.asked)), total(down(found.wrong))
    asked = sheet.line(FIRST_ROW, ("Summary", "Findings", "count", "Questions that the tables allow"),
                       sums[0].value(0), ("formula", "count"), f"={sums[0].text(0)}")  # fmt: skip
    wrong = sheet.line(FIRST_ROW + 1, ("Summary", "Impossible or does not fit", "count", "Listed below, gravest first"),
                       sums[1].value(0), ("formula", "count"), f"={sums[1].text(0)}")  # fmt: skip
    book.name(names.FINDING_COUNTS, Block(sheet.name, top, 5, len(checks), len(VERDICTS)))
    listed = _list(book, sheet, top + len(checks) + 2, found, answers)
    _engine_only(sheet, top + len(checks) + ROOM + 4, only_engine)
    all_of, wrong_ones = fixed(asked, sums[0].value(0)), fixed(wrong, sums[1].value(0))
    return Outputs(counts, theirs, all_of, wrong_ones, down(listed))


def _list(book: Book, sheet: Grid, first: int, found: Findings, answers: Answers) -> Part:
    """What does not fit."""
    for column, head in enumerate(("Check", "Subject", "Unit", "Verdict", "Cells")):
        sheet.text(first - 1, column, head, "note_header" if column == 2 else "header")
    for i in range(ROOM):
        sheet.text(first + i, 2, "verdict", "note")
    table = Table(sheet, first, ("", "", "", ""), 0)
    table.lines = ROOM
    counted = table.constants("number", [float(i + 1) for i in range(ROOM)], ("formula", "count"))
    line = table.put("line of Calc_ Findings", if_error(place(counted, down(found.rank))), "count")

    def at(part: Part) -> Part:
        return if_error(pick(down(part), line))

    table.label(0, at(found.check))
    table.label(1, at(found.subject))
    verdict = table.value(at(found.verdict), "text")
    table.label(4, at(found.cells))
    for head, part in zip(("found, low", "found, high", "expected, low", "expected, high"), found.ends, strict=True):
        table.put(head, at(part), "exact")
    table.put("gravity: 1 is high", at(found.gravity), "count")
    table.put("engine's verdict", at(answers.verdict), "text")
    table.put("flag", at(found.flag), "count")
    table.put("engine: units", at(answers.units), "count")
    table.put("engine: changed figure", at(answers.power), "text")
    sheet.file.set_column(table.next - 1, table.next - 1, 40)
    book.name(names.FINDINGS, Block(sheet.name, first, 3, len(verdict), 1))
    sentences = at(answers.sentence)
    table.put("engine's sentence", sentences, "text", "sentence")
    sheet.file.set_column(table.next - 1, table.next - 1, SENTENCE)
    for i, text in enumerate(sentences.values):
        if len(text) > SENTENCE:
            sheet.file.set_row(first + i, 15 * (1 + len(text) // SENTENCE))
    return counted


def _engine_only(sheet: Grid, first: int, findings: Sequence[Finding]) -> None:
    """Findings without native formulas."""
    if not findings:
        return
    for column, head in enumerate(("Check", "Subject", "Unit", "Verdict", "Note")):
        sheet.head(first - 1, column, head)
    for i, finding in enumerate(findings):
        sheet.labels(
            first + i, (finding.check, finding.subject, "verdict", "The engine's only: too intricate for cells")
        )
        sheet.values(first + i, 3, finding.verdict, ("engine", "text"))
        sheet.values(first + i, 5, finding.sentence, ("engine", "text"))
