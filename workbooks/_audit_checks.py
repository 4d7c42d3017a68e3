"""The checks themselves: from a workbook that has been read to findings."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from workbooks._audit_blocks import broken_blocks, short_totals
from workbooks._audit_book import Book, Name, has_password
from workbooks._audit_catalogue import CHECKS, Finding
from workbooks._audit_cells import NO_VALUE
from workbooks._audit_formulas import Traits
from workbooks._audit_grid import INPUT_EMPTY, Grid, Places, Runs, area_name, encoded, ranges
from workbooks._audit_lost import Fault, Lost
from workbooks._audit_reading import Resolver
from workbooks._audit_values import invalid_values
from workbooks._ooxml import Box, address
from workbooks.recalc import FAILURES_NAME

LONGEST_FORMULA = 255
"""Characters that an auditor still reads in one go; Excel allows 8,192."""

DEEPEST_IF = 3
"""Levels of IF within IF that pass."""

MOST_RANGES = 200
"""Ranges that one finding names."""

PER_KIND = 500
"""Findings of one kind on one sheet that are told one by one."""


def cells_finding(check: str, sheet: str, cells: array[int] | Places, message: str) -> Finding:
    """One finding about some cells of a sheet."""
    boxes = ranges(cells)
    names = [area_name(box) for box in boxes[:MOST_RANGES]]
    names += [f"and {len(boxes) - MOST_RANGES} more ranges"] * (len(boxes) > MOST_RANGES)
    return Finding(check, sheet, " ".join(names), sum(map(_size, boxes)), message)


def _size(box: Box) -> int:
    return (box.bottom - box.top + 1) * (box.right - box.left + 1)


def one(check: str, sheet: str | None, message: str, cells: str = "") -> Finding:
    """One finding that is no list of cells."""
    return Finding(check, sheet, cells, 1, message)


def workbook_findings(book: Book, resolver: Resolver) -> Iterator[Finding]:
    """Sheets that cannot be seen, links, names and settings."""
    for tab in book.tabs:
        if tab.state == "veryHidden":
            yield one("very_hidden_sheet", tab.name, "is hidden so that Excel's menus do not list it")
        elif tab.state != "visible":
            yield one("hidden_sheet", tab.name, "is hidden")
        if "acrosheet" in tab.kind:
            yield one("macro_sheet", tab.name, "holds Excel 4 macros, which run without a VBA project")
    for link in book.links:
        yield one("external_link", None, f"links to {link}")
    for connection in book.connections:
        yield one("data_connection", None, f"reads data from outside through the connection {connection}")
    if book.locked:
        yield one("password", None, "the structure is protected with a password")
    if book.macros:
        yield one("vba", None, "contains a VBA project; the audit does not read its code")
    if book.add_ins:
        yield one("office_add_in", None, "brings an Office add-in along; the audit does not read its code")
    yield from _own_check_findings(book, resolver)
    yield from _setting_findings(book.settings)
    yield from _name_findings(book, resolver)
    broken = Counter(part for part, formula in book.charts if "#REF!" in formula)
    for part, times in broken.items():
        yield one("broken_chart", None, f"{part}: {times} ranges of the chart are #REF!")


def _own_check_findings(book: Book, resolver: Resolver) -> Iterator[Finding]:
    """The total of failed checks that a workbook of ours keeps, as it stands in the file."""
    total = resolver.name(None, FAILURES_NAME, 0)
    for sheet, reference in [] if total is None else resolver.located(resolver.traits_of(total), 0):
        area = reference.swept(Box(1, 1, 1, 1))
        facts = book.sheets.get(sheet)
        cell = None if facts is None else facts.grid.at(area.top, area.left)
        if facts is None or encoded(area.top, area.left) in facts.found.get(NO_VALUE, ()):
            continue
        if reference.single and cell is not None and cell[1] != 0.0:
            message = f"{FAILURES_NAME} is not 0: the workbook's own checks fail"
            yield one("failed_check", book.tabs[sheet].name, message, area_name(area))


def _setting_findings(settings: dict[str, str]) -> Iterator[Finding]:
    if settings.get("calcMode") == "manual":
        yield one("manual_calculation", None, "calculation is set to manual: values may be old")
    elif settings.get("calcMode") == "autoNoTable":
        yield one("manual_calculation", None, "what-if tables are not recalculated: their values may be old")
    if settings.get("fullPrecision") in ("0", "false"):
        yield one("precision_as_displayed", None, "numbers are cut to the digits displayed, for good")
    if settings.get("iterate") in ("1", "true"):
        yield one("iterative_calculation", None, "iterative calculation is on: circular references go unnoticed")


def _name_findings(book: Book, resolver: Resolver) -> Iterator[Finding]:
    scopes = Counter(name.name.lower() for name in book.names if not name.name.lower().startswith("_xlnm."))
    told, lost = set(), Lost(book, resolver)
    for name in book.names:
        built_in = name.name.lower().startswith("_xl")
        traits = resolver.traits_of(name)
        if traits.external:
            yield one("external_link", None, f"the name {name.name} leads to another workbook: {name.formula[:80]}")
        else:
            sheets = range(len(book.tabs)) if name.sheet is None else (name.sheet,)
            for check, why in _leads_nowhere(name, traits, lost.of(traits, sheets)):
                yield one(check, None, f"the name {name.name} {why}: {name.formula[:80]}")
        if traits.volatile:
            yield one("volatile_function", None, f"the name {name.name} calls {_listed(traits.volatile)}")
        if name.hidden and not built_in:
            yield one("hidden_name", None, f"the name {name.name} is hidden")
        if scopes[name.name.lower()] > 1 and name.name.lower() not in told:
            told.add(name.name.lower())
            yield one("duplicate_name", None, f"the name {name.name} is defined {scopes[name.name.lower()]} times")


def _leads_nowhere(name: Name, traits: Traits, missing: list[Fault]) -> Iterator[Fault]:
    """Check and message; of what makes the name itself useless the first is enough."""
    whys = ["refers to #REF!"] * traits.broken + ["refers to nothing"] * (not name.formula.strip())
    whys += [message for check, message in missing if check != "unknown_function"]
    yield from (("broken_name", why) for why in whys[:1])
    yield from (fault for fault in missing if fault[0] == "unknown_function")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def sheet_findings(book: Book, resolver: Resolver) -> Iterator[Finding]:
    """What single sheets show: hidden and merged cells, protection, rules, and cells found while reading."""
    for position, facts in book.sheets.items():
        name = facts.name
        if facts.hidden_rows:
            rows = _spans(facts.hidden_rows)
            yield Finding("hidden_rows", name, " ".join(rows), len(facts.hidden_rows), "hidden rows hold something")
        for first, last in facts.hidden_columns:
            filled = sum(_filled(facts.grid, column) for column in facts.grid.columns if first <= column <= last)
            if filled:
                span = f"{_letters(first)}:{_letters(last)}"
                yield Finding("hidden_columns", name, span, filled, "hidden columns hold something")
        if facts.merged:
            areas = " ".join(facts.merged[:MOST_RANGES])
            yield Finding("merged_cells", name, areas, len(facts.merged), "merged cells break sorting and copying")
        if facts.protection is not None and _is_on(facts.protection):
            if has_password(facts.protection):
                yield one("password", name, "is protected with a password")
            if facts.unlocked_formulas:
                message = "formulas are unlocked although the sheet is protected"
                yield cells_finding("unlocked_formula", name, facts.unlocked_formulas, message)
        for (check, message), cells in facts.found.items():
            if cells:
                yield cells_finding(check, name, cells, message)
        for check, rules in (("broken_validation", facts.validations), ("broken_format", facts.formats)):
            for rule in rules:
                if any("#REF!" in formula for formula in rule.formulas):
                    yield one(check, name, f"refers to #REF!: {rule.formulas[0][:60]}", rule.areas)
        invalid = invalid_values(book, resolver, position)
        if invalid:
            yield cells_finding("invalid_value", name, invalid, "holds a value that its data validation forbids")


def _is_on(protection: dict[str, str]) -> bool:
    return protection.get("sheet") in ("1", "true")


def _filled(grid: Grid, column: int) -> bool:
    """Whether a column holds more than formats."""
    return bool(np.any(grid.columns[column].codes != INPUT_EMPTY))


def _letters(column: int) -> str:
    return address(1, column).rstrip("1")


def _spans(rows: list[int]) -> list[str]:
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and spans[-1][1] == row - 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return [f"{first}:{last}" for first, last in spans[:MOST_RANGES]]


Judge = Callable[[Traits], str]
"""What is wrong with a formula in words; empty when nothing is."""


def _on(wanted: object, message: str) -> str:
    return message if wanted else ""


JUDGES: dict[str, Judge] = {
    "broken_reference": lambda t: _on(t.broken, "the formula contains #REF!"),
    "external_link": lambda t: _on(t.external, "the formula reads another workbook"),
    "constant_in_formula": lambda t: _on(t.constants, f"contains the constant {_listed(t.constants[:5])}"),
    "volatile_function": lambda t: _on(t.volatile, f"calls {_listed(t.volatile)}, recalculated at every change"),
    "whole_column": lambda t: _on(any(r.whole for r in t.references), "refers to whole columns or rows"),
    "approximate_lookup": lambda t: _on(
        t.nearby, f"{_listed(t.nearby)} takes the nearest value: the last argument is left out"
    ),
    "long_formula": lambda t: _on(t.length > LONGEST_FORMULA, f"has more than {LONGEST_FORMULA} characters"),
    "nested_if": lambda t: _on(t.depth > DEEPEST_IF, f"has {t.depth} levels of IF within IF"),
}
"""Checks of single formulas; each is asked once for all copies."""


def formula_findings(book: Book, resolver: Resolver, runs: Runs) -> Iterator[Finding]:
    """Checks of single formulas, told for all their cells at once."""
    lost = Lost(book, resolver)
    faults = {}
    wordy: set[int] = set()
    for number, traits in enumerate(book.formulas.traits):
        told = [(check, message) for check, judge in JUDGES.items() if (message := judge(traits))]
        told += lost.references(traits)
        if told:
            faults[number] = told
        if traits.names or traits.unknown:
            wordy.add(number)
    found: dict[tuple[int, str], dict[str, list[int]]] = {}
    for run in np.flatnonzero(np.isin(runs.formula, [*faults, *wordy])).tolist():
        sheet, number = int(runs.sheet[run]), int(runs.formula[run])
        words = lost.words(book.formulas.traits[number], sheet) if number in wordy else ()
        for check, message in (*faults.get(number, ()), *words):
            of_kind = found.setdefault((sheet, check), {})
            if message not in of_kind and len(of_kind) >= PER_KIND:
                message = f"{CHECKS[check].looks_for}, and many more like it"
            of_kind.setdefault(message, []).append(run)
    for (sheet, check), of_kind in found.items():
        for message, of in of_kind.items():
            cells = np.concatenate([runs.places(run) for run in of])
            yield cells_finding(check, book.sheets[sheet].name, cells, message)


def block_findings(book: Book, runs: Runs) -> Iterator[Finding]:
    """Breaks in blocks of copied formulas, and totals that stop short."""
    copied = np.array([traits.moves for traits in book.formulas.traits], dtype=bool)
    for facts in book.sheets.values():
        others, numbers = broken_blocks(facts.grid, copied)
        if len(others):
            message = "the formula differs from those on both sides of it"
            yield cells_finding("inconsistent_formula", facts.name, others, message)
        if len(numbers):
            message = "a number stands where the block has a formula"
            yield cells_finding("number_in_block", facts.name, numbers, message)
    for sheet, cells in short_totals(book, runs).items():
        message = "the range of the total stops before the cell next to the total"
        yield cells_finding("short_total", book.sheets[sheet].name, cells, message)


def limited(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, gravest first; of too many of one kind on one sheet the last are told as a count."""
    kept: list[Finding] = []
    seen: Counter[tuple[str, str | None]] = Counter()
    for finding in findings:
        key = (finding.check, finding.sheet)
        seen[key] += 1
        if seen[key] <= PER_KIND:
            kept.append(finding)
    for (check, sheet), times in seen.items():
        if times > PER_KIND:
            kept.append(one(check, sheet, f"and {times - PER_KIND} more findings of this kind on this sheet"))
    return kept
