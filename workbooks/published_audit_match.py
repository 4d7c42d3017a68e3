"""Sheets Calc_Sample, Calc_Names and Calc_Match: months, words of the verdicts, and which row a name stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbooks.published_audit_cells import Part, across, area, cell, fixed
from workbooks.published_audit_functions import (
    count,
    find,
    if_else,
    if_error,
    least,
    length,
    lower,
    place,
    root,
    size,
    without,
)
from workbooks.published_audit_grid import Grid, Table
from workbooks.published_audit_inputs import Settings
from workbooks.published_audit_printed import Printed
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block

WORDS = ("", "not testable", "impossible", "fits")
WORDS_OF_MEANING = ("", "not testable", "does not fit", "fits")

NO_ROW, NO_NAME = "?", "!"
"""In place of names that are too short to join: no name holds these signs."""


class Sample(NamedTuple):
    """Single cells of Calc_Sample."""

    n: Part
    """Months of the sample; 0: not known."""
    month: Part
    others: Part
    """Months of a year but one."""
    rest: Part
    root: Part
    power: Part
    """Years a sample, upside down: 12 / n."""
    words: Part
    words_of_meaning: Part


class Joins(NamedTuple):
    """Rows of the returns that names stand for, as numbers from 1; the empty text where there is none."""

    numbers: Part
    """Of the rows themselves."""
    benchmark: Part
    """Row that prints a row's benchmark."""
    tracked: Part
    """Row of a name in the tracking errors."""
    claimed: Part
    """Row of a claim: the benchmark of a heading, or the fund of a fact."""
    claim_keys: Part
    """Kind and table of a claim."""
    fact_keys: Part
    """Kind of a claim and the row it stands for."""
    row_keys: Part
    """Table and name of a row."""
    plain_rows: Part
    plain_columns: Part
    """Names of benchmarks in the tracking errors, compared in this form."""


def write_sample(sheet: Grid, settings: Settings, printed: Printed) -> Sample:
    """Months, powers and words, a line each."""
    year, month, since = printed.period
    row = FIRST_ROW

    def line(label: str, unit: str, part: Part, form: str, note: str) -> Part:
        nonlocal row
        block = sheet.line(row, ("Sample", label, unit, note), part.value(0), ("formula", form), f"={part.text(0)}")
        row += 1
        return fixed(block, part.value(0))

    last_year = line("Year of the last return", "year", year, "count", "0: not known")
    last = line("Month of the last return", "1 to 12", month, "count", "0: not known")
    begin = line("First year of the sample", "year", since, "count", "0: not known")
    n = if_else(last_year * last * begin, (last_year - begin) * settings.months + last, 0)
    months = line("Months of the sample", "months", n, "count", "0: not known, so questions about it are not asked")
    others = line("Months of a year but one", "months", settings.months - 1, "count", "Deviations lose one")
    rest = line("Months of a year but two", "months", others - 1, "count", "Beside the last month and the hidden one")
    year_root = line("Root of a year", "ratio", root(settings.months), "number", "Deviations a year per a month")
    power = line("Years to a sample", "ratio", if_error(settings.months / months, 0), "number", "12 / n; 0: not known")
    lists = []
    for section, words in (("Identities", WORDS), ("Meanings", WORDS_OF_MEANING)):
        first = row
        for label, word in zip(("Not asked", "Cannot be tested", "Contradicted", "Holds"), words, strict=True):
            sheet.labels(row, ("Words", f"{section}: {label.lower()}", "text", "Verdict"))
            sheet.text(row, 3, word, "label")
            row += 1
        lists.append(area(Block(sheet.name, first, 3, len(words), 1), words))
    return Sample(months, last, others, rest, year_root, power, *lists)


def write_names(sheet: Grid, settings: Settings, signs: Sequence[Part], printed: Printed) -> dict[str, Part]:
    """Names in small letters without signs, each list in its own block."""
    plan = printed.plan
    lists = {
        "rows": printed.text(plan.returns("", "name")),
        "benchmarks": printed.text(plan.returns("", "benchmark")),
        "tracked": printed.text(plan.tracking("", "name")),
        "columns": _turned(printed),
        "claims": printed.text(plan.claim("", "name")),
        "headings": printed.text(plan.claim("", "figure")),
    }
    result, first = {}, FIRST_ROW
    for name, source in lists.items():
        table = Table(sheet, first, (name.capitalize(), source, "text", "Only letters and digits count"), len(source))
        plain = table.put("small letters", lower(source), "text")
        for i in range(0, len(signs), 3):
            for sign in signs[i : i + 3]:
                plain = without(plain, sign)
            plain = table.put(f"without signs {i + 1} to {i + 3}", plain, "text")
        marker = NO_ROW if name == "rows" else NO_NAME
        result[name] = table.put("compared", if_else(length(plain).below(settings.letters), marker, plain), "text")
        first += len(source) + 2
    return result


def _turned(printed: Printed) -> Part:
    """Names that stand side by side."""
    block = printed.plan.benchmark_names("Calc_Text")
    texts = tuple(block.at(0, j) for j in range(block.width))
    return Part(texts, tuple(printed.texts[block.row, block.column + j] for j in range(block.width)), is_cell=True)


def write_match(sheet: Grid, printed: Printed, plain: dict[str, Part]) -> Joins:
    """Each name against the names of all rows: how many letters apart, where one contains the other."""
    plan = printed.plan
    rows = plan.rows
    for i, (label, source) in enumerate((("Names", plain["rows"]), ("Benchmarks", printed.row("benchmark")))):
        sheet.labels(FIRST_ROW + i, ("Rows", label, "text", "Each row of the returns is a column here"))
        sheet.formulas(
            FIRST_ROW + i, FIRST_ASSET, lambda _, j, source=source: f"={source.text(j)}",  # type: ignore[misc]
            [[source.value(j) for j in range(rows)]], ("figure", "text"),
        )  # fmt: skip
    for j in range(rows):
        sheet.head(FIRST_ROW - 1, FIRST_ASSET + j, f"row {j + 1}")
    first = FIRST_ROW + 3
    found = {}
    seekers: tuple[tuple[str, str, Part, Part | None], ...] = (
        ("benchmark", "Benchmark of a row", plain["benchmarks"], printed.row("benchmark")),
        ("tracked", "Name in the tracking errors", plain["tracked"], None),
        ("fact", "Name of a claim", plain["claims"], None),
        ("heading", "Benchmark of a heading", plain["headings"], None),
    )
    for key, section, names, own in seekers:
        labels = (section, names, "letters", "Letters apart; empty: not the same name")
        found[key] = _nearest(Table(sheet, first, labels, len(names)), names, own, printed, plain["rows"])
        first += len(names) + 2
    kinds = printed.text(plan.claim("", "kind"))
    table = Table(sheet, first, ("Claims", kinds, "row", "Of a heading its benchmark, of a fact its fund"), plan.claims)
    claimed = table.put("found in row", if_else(kinds.is_("heading"), found["heading"], found["fact"]), "count")
    keys = table.put("kind and table", kinds & "|" & printed.text(plan.claim("", "table")), "text")
    facts = table.put("kind and row", kinds & "|" & claimed, "text")
    table = Table(sheet, first + plan.claims + 2, ("Rows", printed.row("name"), "row", "Counted"), rows)
    numbers = table.constants("number", [float(i + 1) for i in range(rows)], ("formula", "count"))
    own = table.put("table and name", printed.row("table") & "|" & printed.row("name"), "text")
    return Joins(
        numbers, found["benchmark"], found["tracked"], claimed, keys, facts, own, plain["rows"], plain["columns"]
    )


def _nearest(table: Table, names: Part, own: Part | None, printed: Printed, rows: Part) -> Part:
    """The row whose name is the same but for the fewest letters; with ``own``, of the same benchmark only."""
    sheet = table.sheet.name
    sought = cell(Block(sheet, table.first, 1, len(names), 1), names.values)
    theirs = None if own is None else table.value(own, "text")
    benchmarks = printed.row("benchmark")
    apart = []
    for j in range(len(rows)):
        head, headed = (
            Part((Block(sheet, FIRST_ROW + i, FIRST_ASSET + j, 1, 1).at(0, 0, "r"),), (one.value(j),), is_cell=True)
            for i, one in enumerate((rows, benchmarks))
        )
        same = count(find(sought, head), find(head, sought))
        if theirs is not None:
            same = theirs.is_(headed) * same
        apart.append(table.put(f"row {j + 1}", if_else(same, size(length(head) - length(sought)), ""), "count"))
    line = across(*apart)
    return table.put("found in row", if_error(place(least(line), line)), "count")
