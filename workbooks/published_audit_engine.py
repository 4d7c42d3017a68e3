"""Sheet Calc_Engine: what the engine said of the tables as the workbook was built, and whether they have changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aram_xl._published_findings import Finding
from workbooks.published_audit_cells import Part, area, cell, fixed, word
from workbooks.published_audit_functions import exact, if_else, number, total
from workbooks.published_audit_grid import HEADS, Grid, Table
from workbooks.published_audit_inputs import figures_of_returns, figures_of_tracking
from workbooks.published_audit_lines import Judged
from workbooks.published_audit_plan import RETURNS
from workbooks.published_audit_printed import Printed
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block

FINGERPRINT = FIRST_ASSET + len(RETURNS) + 1
"""Column of Calc_Text behind the figures, where the texts of a row stand together."""

NOTE = 46
"""Width of the column of notes."""

A_CELL = 8
"""Texts that stand together in one cell."""


WORDS = ("formula", "text")

OF_THESE = "These are the tables that the engine has read: its columns stand beside the native ones."
OF_OTHERS = (
    "These are not the tables that the engine has read, so its columns are empty; all other columns are of these "
    "tables. The engine's figures stand for the tables as delivered. For yours: aram-xl audit --published "
    "FILE, or aram-xl workbook published_audit FILE -o NEW.xlsx, where FILE holds your tables as CSV."
)

WHY = (
    "The engine has {all} findings, the cells {native}: a claim over the whole sample is tested by a beta that no "
    "table prints, found by search under a bound on deviations that is assumed, so it has no formulas here."
)
ALL_NATIVE = "Each of the engine's {native} findings has its native line."

NONE = "-"
"""Where no change of one figure turns a verdict."""


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    """A line that may be asked, and what the engine found there."""

    judged: Judged
    line: int
    finding: Finding | None


class Answers(NamedTuple):
    """Columns of Calc_Engine, line by line as Calc_Findings."""

    changed: Part
    """Rows that have changed since; one cell."""
    same: Part
    """1 where the engine's answers are of the tables in use; one cell."""
    words: Part
    """What is said of tables that are not the engine's, and of those that are."""
    only: tuple[Part, Part]
    """How many findings have no native formulas, and why; one cell each."""
    row_changed: dict[int, Part]
    """1 where a row has changed, by its row on the sheets of the tables."""
    verdict: Part
    ends: tuple[Part, Part, Part, Part]
    power: Part
    units: Part
    sentence: Part
    rest: Rest


class Rest(NamedTuple):
    """Findings without native formulas, line by line."""

    check: Part
    subject: Part
    verdict: Part
    sentence: Part


def slots_of(judged: Sequence[Judged], findings: Sequence[Finding]) -> tuple[list[Slot], list[Finding]]:
    """Every line with its finding, and the findings that only the engine has."""
    left: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        left.setdefault((finding.check, finding.subject), []).append(finding)
    slots = []
    for one in judged:
        for i in range(len(one.asked)):
            waiting = left.get((one.check, one.subjects.value(i)), []) if one.asked.value(i) else []
            slots.append(Slot(one, i, waiting.pop(0) if waiting else None))
    return slots, [finding for several in left.values() for finding in several]


def each_slot(slots: Sequence[Slot], given: Callable[[Slot], Part]) -> Part:
    """What every line takes from its sheet of questions, line by line."""
    parts = [(given(slot), slot.line) for slot in slots]
    return Part(tuple(p.text(i) for p, i in parts), tuple(p.value(i) for p, i in parts))


def write_engine(
    sheet: Grid, texts: Grid, printed: Printed, slots: Sequence[Slot], only_engine: Sequence[Finding]
) -> Answers:  # fmt: skip
    """Copies of the tables by row, the engine's answers, and how many rows have changed."""
    lines = _rows(printed)
    first = FIRST_ROW + 6
    flags_of = Block(sheet.name, first, FIRST_ASSET + 4, len(lines), 1)
    row_changed, flags = _compare(sheet, texts, printed, first, lines)
    block = sheet.line(
        FIRST_ROW, ("Engine", "Rows changed since", "count", "0: the engine's answers are of these tables"),
        total(area(flags_of, flags.values)).value(0), ("formula", "count"),
        f"={total(area(flags_of, flags.values)).text(0)}",
    )  # fmt: skip
    changed = fixed(block, total(area(flags_of, flags.values)).value(0))
    same = number(changed.is_(0))
    block = sheet.line(
        FIRST_ROW + 1, ("Engine", "Answers are of these tables", "0 or 1", "0: columns of the engine are empty"),
        same.value(0), ("formula", "count"), f"={same.text(0)}",
    )  # fmt: skip
    asked = sum(slot.finding is not None for slot in slots)
    why = WHY.format(all=asked + len(only_engine), native=asked) if only_engine else ALL_NATIVE.format(native=asked)
    for i, (label, text) in enumerate((("Said of other tables", OF_OTHERS), ("Said of these", OF_THESE),
                                       ("Findings without native formulas", why)), FIRST_ROW + 2):  # fmt: skip
        sheet.labels(i, ("Engine", label, "text" if text != why else "count", None))
        sheet.values(i, 4, text, ("prose", "text"))
        sheet.file.set_row(i, 15 * (1 + len(text) // NOTE))
    number_of = sheet.values(FIRST_ROW + 4, 3, float(len(only_engine)), ("engine", "count"))
    only = fixed(number_of, float(len(only_engine))), fixed(Block(sheet.name, FIRST_ROW + 4, 4, 1, 1), why)
    sheet.widen(4, NOTE)
    words = area(Block(sheet.name, FIRST_ROW + 2, 4, 2, 1), [OF_OTHERS, OF_THESE])
    answers = first + len(lines) + 2
    rest = _rest(sheet, answers + len(slots) + 2, only_engine)
    state = changed, fixed(block, same.value(0)), words, only
    return _answers(sheet, answers, slots, state, row_changed, rest)


def _rest(sheet: Grid, first: int, findings: Sequence[Finding]) -> Rest:
    """Findings that only the engine has."""
    if findings:
        for column, head in enumerate(("Check", "Subject", "Unit", "Verdict", "Sentence")):
            sheet.head(first - 1, column, head)
    columns = []
    for column, name in ((0, "check"), (1, "subject"), (3, "verdict"), (4, "sentence")):
        texts: list[str] = [getattr(finding, name) for finding in findings]
        for i, text in enumerate(texts):
            sheet.values(first + i, column, text, ("prose", "text") if column != 3 else ("engine", "text"))
        columns.append(Part(tuple(Block(sheet.name, first + i, column, 1, 1).at() for i in range(len(texts))),
                            tuple(texts), is_cell=True))  # fmt: skip
    for i, finding in enumerate(findings):
        sheet.text(first + i, 2, "verdict", "note")
        sheet.file.set_row(first + i, 15 * (1 + len(finding.sentence) // NOTE))
    return Rest(*columns)


def _rows(printed: Printed) -> list[tuple[str, int, list[Part]]]:
    """Label, row and texts of every row of the tables."""
    plan = printed.plan

    def together(row: int, columns: Sequence[int]) -> list[Part]:
        return [printed.text(Block("", row, column, 1, 1)) for column in columns]

    period, names = plan.period(""), plan.benchmark_names("")
    months = [cell(Block("Calc_Text", period.row + i, period.column, 1, 1),
                   [printed.texts[period.row + i, period.column]]) for i in range(period.height)]  # fmt: skip
    lines = [("Period", period.row, months)]
    for section, figures, words in (
        ("Returns", figures_of_returns("", plan), (0, 1, 3)), ("Tracking errors", figures_of_tracking("", plan), (1,)),
    ):  # fmt: skip
        columns = [*words, *range(figures.column, figures.column + figures.width)]
        lines += [(section, figures.row + i, together(figures.row + i, columns)) for i in range(figures.height)]
    lines.append(("Benchmarks", names.row, together(names.row, range(names.column, names.column + names.width))))
    claims = (0, 1, 3, 4, FIRST_ASSET, FIRST_ASSET + 1)
    return lines + [("Claims", plan.claims_row + i, together(plan.claims_row + i, claims)) for i in range(plan.claims)]


def _compare(
    sheet: Grid, texts: Grid, printed: Printed, first: int, lines: Sequence[tuple[str, int, list[Part]]]
) -> tuple[dict[int, Part], Part]:  # fmt: skip
    """Texts of each row in one or two cells of Calc_Text against the engine's."""
    for j, head in enumerate(("in use, 1", "in use, 2", "as built, 1", "as built, 2", "changed")):
        sheet.head(first - 1, FIRST_ASSET + j, head)
    flags, row_changed = [], {}
    for j in range(2):
        texts.head(printed.plan.returns_row - 1, FINGERPRINT + j, f"row in one, {j + 1}")
    for i, (section, row, parts) in enumerate(lines):
        at = first + i
        sheet.labels(at, ("Copied tables", f"{section}, line {row + 1}", "text", "Texts of a row, one after the other"))
        same = []
        for j, some in enumerate((parts[:A_CELL], parts[A_CELL:])):
            joined = _together(some)
            for there, column in ((texts, FINGERPRINT + j), (sheet, FIRST_ASSET + j), (sheet, FIRST_ASSET + 2 + j)):
                there.widen(column, len(joined.value(0)))
            here = sheet.single(
                at, FIRST_ASSET + j, texts.single(row, FINGERPRINT + j, joined, WORDS), WORDS
            )  # fmt: skip
            copy = cell(sheet.values(at, FIRST_ASSET + 2 + j, here.value(0), ("engine", "text")), [here.value(0)])
            same.append(exact(here, copy))
        row_changed[row] = sheet.single(at, FIRST_ASSET + 4, 1 - same[0] * same[1], ("formula", "count"))
        flags.append(row_changed[row])
    return row_changed, Part(tuple(f.text(0) for f in flags), tuple(f.value(0) for f in flags), is_cell=True)


def _together(parts: Sequence[Part]) -> Part:
    """Texts one after the other; an empty one where there are none."""
    joined = word("")
    for i, part in enumerate(parts):
        joined = joined & "|" & part if i else part & ""
    return joined


def _answers(
    sheet: Grid, first: int, slots: Sequence[Slot], state: tuple[Part, Part, Part, tuple[Part, Part]],
    row_changed: dict[int, Part], rest: Rest,
) -> Answers:  # fmt: skip
    findings = [slot.finding for slot in slots]
    checks = [slot.judged.check for slot in slots]
    for i, (check, finding) in enumerate(zip(checks, findings, strict=True)):
        sheet.text(first + i, 0, check, "label")
        sheet.text(first + i, 1, finding.subject if finding else "-", "label")
        sheet.text(first + i, 2, "verdict", "note")
        sheet.text(first + i, 4, f"severity {finding.severity}" if finding else "not asked", "note")
    sheet.widen(0, max(map(len, checks)))
    sheet.widen(1, max(len(f.subject) for f in findings if f))
    sheet.file.set_row(first - 1, HEADS)
    for column, head in ((0, "Check"), (1, "Subject"), (2, "Unit"), (4, "Note")):
        sheet.head(first - 1, column, head)
    sheet.text(first - 1, 3, "Verdict", "header")
    verdicts = ["" if f is None else f.verdict for f in findings]
    block = sheet.values(first, 3, [[verdict] for verdict in verdicts], ("engine", "text"))
    table = Table(sheet, first, ("", "", "", ""), 0)
    ends: list[list[float | str]] = [[NONE] * len(slots) for _ in range(4)]  # an empty cell would count as 0
    for i, finding in enumerate(findings):
        for j, one in enumerate((finding.found, finding.expected) if finding else ()):
            if one is not None:
                ends[2 * j][i], ends[2 * j + 1][i] = (e if math.isfinite(e) else NONE for e in (one.low, one.high))
    heads = ("found, low", "found, high", "expected, low", "expected, high")
    low, high, expected_low, expected_high = (
        table.constants(head, values, ("engine_figure", "exact")) for head, values in zip(heads, ends, strict=True)
    )
    power = table.constants("power: figure", [_power_text(f) for f in findings], ("engine_figure", "text"))
    units = table.constants(
        "power: units", [NONE if f is None or f.power is None else float(f.power.units) for f in findings],
        ("engine_figure", "count"),
    )  # fmt: skip
    sentence = table.constants("sentence", [NONE if f is None else f.sentence for f in findings], ("engine", "text"))
    four = low, high, expected_low, expected_high
    return Answers(*state, row_changed, cell(block, verdicts), four, power, units, sentence, rest)


def _power_text(finding: Finding | None) -> str:
    """The changed figure with its row and column, in words."""
    if finding is None or finding.power is None:
        return NONE
    return f"{finding.power.cell.row}, {finding.power.cell.column}: {finding.power.text}"


def write_sums(sheet: Grid, printed: Printed, answers: Answers, engine: dict[tuple[int, int], float]) -> Part:
    """Sums of the ends of each row against the engine's; gives the differences."""
    plan = printed.plan
    ends = printed.lows if sheet.name == "Calc_Low" else printed.highs
    differences: list[Part] = []
    for block in (figures_of_returns(sheet.name, plan), figures_of_tracking(sheet.name, plan)):
        for j, head in enumerate(("sum of the row", "engine's", "difference")):
            sheet.head(block.row - 1, FINGERPRINT + j, head)
        for i in range(block.height):
            row = block.row + i
            columns = range(block.column, block.column + block.width)
            own = total(area(block._replace(row=row, height=1), [ends.get((row, column), "") for column in columns]))
            theirs = math.fsum(engine.get((row, column), 0.0) for column in columns)
            local = Part((own.text(0).replace("$", ""),), own.values)
            mine = sheet.single(row, FINGERPRINT, local, ("formula", "exact"))
            copy = cell(sheet.values(row, FINGERPRINT + 1, theirs, ("engine", "exact")), [theirs])
            gap = if_else(answers.row_changed[row], "", mine - copy)
            differences.append(sheet.single(row, FINGERPRINT + 2, gap, ("formula", "small")))
    return Part(tuple(d.text(0) for d in differences), tuple(d.value(0) for d in differences), is_cell=True)
