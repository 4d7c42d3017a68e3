"""Sheet Outputs: findings by check, and every contradiction as a sentence, on pages that a reader can print."""

from __future__ import annotations

from typing import NamedTuple

from workbooks import names
from workbooks.published_audit_cells import Part, across, cell, down, fixed
from workbooks.published_audit_engine import Answers
from workbooks.published_audit_findings import Findings
from workbooks.published_audit_functions import count_ifs, if_else, if_error, pick, place, total
from workbooks.published_audit_grid import Grid, Table
from workbooks.sheet import FIRST_ROW, HEADER_ROW, Block, Book

VERDICTS = ("impossible", "does not fit", "not testable", "fits")

SAME = FIRST_ROW + 2
"""Row that says whether the engine's answers are of the tables in use."""

ROOM = 60
"""Lines for what does not fit."""

WIDTHS = (20, 27, 8, 12, 54, 54)
"""Columns that are printed: check, subject, unit, verdict, sentence, engine's sentence."""

LINE = 15
"""Height of a line of text, in points."""

LINES = 3
"""At the least, in a row of sentences: other tables give other sentences, and a row keeps its height."""


class Outputs(NamedTuple):
    """Cells of Outputs that the checks look at."""

    counts: tuple[Part, ...]
    engine_counts: tuple[Part, ...]
    findings: Part
    wrong: Part
    listed: Part
    """Numbers of the lines that there is room for."""
    counted: int
    """First row below the counts."""
    heads: int
    """Row of the heads of the list."""


def write_outputs(book: Book, sheet: Grid, found: Findings, answers: Answers) -> Outputs:
    """Counts by check and verdict, what does not fit with the gravest first, and what only the engine says."""
    asked, wrong = _summary(sheet, found, answers)
    top = FIRST_ROW + 5
    counts, theirs = _counts(book, sheet, top, found)
    rows = len(counts[0])
    _rest(sheet, top + rows + 2, answers)
    heads = top + rows + len(answers.rest.check) + 3
    listed = _list(book, sheet, heads + 1, found)
    return Outputs(counts, theirs, asked, wrong, down(listed), top + rows + 1, heads)


def set_pages(sheet: Grid, outputs: Outputs) -> None:
    """One landscape page wide: check, verdict and both sentences. What stands to the right is on Calc_Findings too."""
    for column, width in enumerate(WIDTHS):
        sheet.file.set_column(column, column, width)
    sheet.file.print_area(0, 0, outputs.heads + ROOM, len(WIDTHS) - 1)
    sheet.file.fit_to_pages(1, 0)
    sheet.file.set_h_pagebreaks([outputs.counted])
    sheet.file.repeat_rows(0, HEADER_ROW - 1)  # without the standard heads: the list has its own


def _summary(sheet: Grid, found: Findings, answers: Answers) -> tuple[Part, Part]:
    """How many findings, and whose answers the engine's are."""
    asked, wrong = total(down(found.asked)), total(down(found.wrong))
    lines = (
        (("Summary", "Findings", "count", "Questions that the tables allow"), asked),
        (("Summary", "Impossible or does not fit", "count", "Listed below, gravest first"), wrong),
    )
    cells = []
    for i, (texts, part) in enumerate(lines):
        block = sheet.line(FIRST_ROW + i, texts, part.value(0), ("formula", "count"), f"={part.text(0)}")
        cells.append(fixed(block, part.value(0)))
    row, same = SAME, answers.same
    for i, label in enumerate(("Engine's answers are of these tables", "Findings of the engine only")):
        for column, text in enumerate(("Summary", label, "count" if i else "0 or 1")):
            sheet.text(row + i, column, text, "prose")
    only, why = answers.only
    sheet.single(row, 3, same, ("prose", "text"))
    sheet.single(row, 4, pick(answers.words, 1 + same), ("prose", "text"))
    sheet.single(row + 1, 3, if_else(same, only, ""), ("prose", "text"))
    sheet.single(row + 1, 4, if_else(same, why, ""), ("prose", "text"))
    for i, texts in enumerate((answers.words.value(0), [why.value(0)])):
        sheet.file.set_row(row + i, _height(*((4, text) for text in texts)))
    return cells[0], cells[1]


def _height(*texts: tuple[int, str]) -> int:
    """Height of a row with texts in some of the first columns, in points."""
    return LINE * max(1 + len(text) // WIDTHS[column] for column, text in texts)


def _counts(
    book: Book, sheet: Grid, top: int, found: Findings
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:  # fmt: skip
    """Findings of each check by verdict: in words, and behind them in numbers."""
    for column, head in enumerate(("Check", "What", "Unit", "Findings", "In cells", "Engine's")):
        sheet.text(top - 1, column, head, "header")
    checks = list(dict.fromkeys(found.check.values))
    table = Table(sheet, top, ("", "", "", ""), 0)
    table.lines, table.next = len(checks), len(WIDTHS)
    for i, check in enumerate(checks):
        for column, text in enumerate((check, "Findings by verdict", "count")):
            sheet.text(top + i, column, text, "prose")
    label = cell(Block(sheet.name, top, 0, len(checks), 1), checks)
    names_of = down(found.check)
    counts = tuple(
        table.put(verdict, count_ifs(names_of, label, down(found.verdict), verdict), "count") for verdict in VERDICTS
    )
    own = fixed(Block(sheet.name, SAME, 3, 1, 1), found.engine.same.value(0))
    heads = [Part((Block(sheet.name, top - 1, len(WIDTHS) + k, 1, 1).at(fix="r"),), (verdict,), is_cell=True)
             for k, verdict in enumerate(VERDICTS)]  # fmt: skip
    theirs = tuple(
        table.put(f"engine: {head.value(0)}",
                  if_else(own, count_ifs(names_of, label, down(found.engine.verdict), head), ""), "count")
        for head in heads
    )  # fmt: skip
    book.name(names.FINDING_COUNTS, Block(sheet.name, top, len(WIDTHS), len(checks), len(VERDICTS)))
    table.value(total(across(*counts)), "text", "prose")
    said = table.label(4, _in_words(counts), "prose")
    for i, (check, text) in enumerate(zip(checks, said.values, strict=True)):
        sheet.file.set_row(top + i, _height((0, check), (4, text)))
    table.label(5, if_else(own, _in_words(theirs), ""), "prose")
    return counts, theirs


def _in_words(counts: tuple[Part, ...]) -> Part:
    """Numbers with their verdicts."""
    said = counts[0]
    for one, verdict in zip(counts[1:], VERDICTS, strict=False):
        said = said & f" {verdict}, " & one
    return said & f" {VERDICTS[-1]}"


def _list(book: Book, sheet: Grid, first: int, found: Findings) -> Part:
    """What does not fit: sentences, and to the right of them ends, flags and places."""
    for column, head in enumerate(("Check", "Subject", "Unit", "Verdict", "Sentence", "Engine's sentence")):
        sheet.text(first - 1, column, head, "header")
    table = Table(sheet, first, ("", "", "", ""), 0)
    table.lines, table.next = ROOM, len(WIDTHS)
    counted = table.constants("number", [float(i + 1) for i in range(ROOM)], ("formula", "count"))
    line = table.put("line of Calc_ Findings", if_error(place(counted, down(found.rank))), "count")

    def at(part: Part) -> Part:
        return if_error(pick(down(part), line))

    table.label(2, if_else(line.is_(""), "", "verdict"), "prose")
    shown = [table.label(column, at(part), "prose") for column, part in (
        (0, found.check), (1, found.subject), (4, found.sentence), (5, found.engine.sentence))]  # fmt: skip
    table.value(at(found.verdict), "text", "prose")
    for head, part in zip(("found, low", "found, high", "expected, low", "expected, high"), found.ends, strict=True):
        table.put(head, at(part), "exact")
    table.put("gravity: 1 is high", at(found.gravity), "count")
    table.put("engine's verdict", at(found.engine.verdict), "text")
    table.put("flag", at(found.flag), "count")
    table.put("engine: units", at(found.engine.units), "count")
    for head, part in (("engine: changed figure", found.engine.power), ("cells", found.cells)):
        sheet.file.set_column(table.next, table.next, 40)
        table.put(head, at(part), "text", "prose")
    book.name(names.FINDINGS, Block(sheet.name, first, 3, ROOM, 1))
    for i, texts in enumerate(zip(*(part.values for part in shown[1:]), strict=True)):
        sheet.file.set_row(first + i, max(LINE * LINES, _height(*zip((1, 4, 5), texts, strict=True))))
    return counted


def _rest(sheet: Grid, first: int, answers: Answers) -> None:
    """Findings without native formulas, where the engine's answers are of these tables."""
    rest, same = answers.rest, answers.same
    if not len(rest.check):
        return
    for column, head in enumerate(("Check", "Subject", "Unit", "Verdict", "Note", "Engine's sentence")):
        sheet.text(first - 1, column, head, "header")
    table = Table(sheet, first, ("", "", "", ""), 0)
    table.lines = len(rest.check)
    for column, part in ((0, rest.check), (1, rest.subject), (5, rest.sentence)):
        table.label(column, if_else(same, part, ""), "prose")
    table.value(if_else(same, rest.verdict, ""), "text", "prose")
    for i, text in enumerate(rest.sentence.values):
        sheet.text(first + i, 2, "verdict", "prose")
        sheet.text(first + i, 4, "The engine's only", "prose")
        sheet.file.set_row(first + i, max(LINE * LINES, _height((5, text))))
