"""Audit of published tables in a workbook of native formulas: each figure an interval, each identity tried."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from aram_xl._published_tables import PublishedTables
from aram_xl.published import Audit, audit_tables, load_tables
from workbooks.check_lines import CHECK_HEADS, write_lines
from workbooks.published_audit_alpha import write_alpha
from workbooks.published_audit_benchmarks import write_beta, write_groups
from workbooks.published_audit_cells import Span
from workbooks.published_audit_checks import Checked, audit_checks
from workbooks.published_audit_claims import write_claims
from workbooks.published_audit_engine import slots_of, write_engine, write_sums
from workbooks.published_audit_findings import write_findings
from workbooks.published_audit_grid import Grid
from workbooks.published_audit_inputs import FIRST_SET, SECOND_SET, write_about, write_inputs, write_tables
from workbooks.published_audit_lines import Judged, Sources
from workbooks.published_audit_match import write_match, write_names, write_sample
from workbooks.published_audit_outputs import set_pages, write_outputs
from workbooks.published_audit_plan import contents, plan_of
from workbooks.published_audit_printed import engine_ends, write_printed
from workbooks.published_audit_rows import write_chain, write_rows
from workbooks.published_audit_tracking import write_tracking
from workbooks.published_audit_twice import write_mix, write_twice
from workbooks.published_audit_year import write_year
from workbooks.saving import save
from workbooks.sheet import STANDARD_COLUMNS, Book

NAME = "published_audit"

TITLE = "Audit of published tables"

SHIPPED = "2025_02"

SHEETS = {
    "About": "what it does", "Inputs": "settings", "Printed": "the tables as printed",
    "Next": "the next tables, to be typed", "Calc_Text": "the tables in use",
    "Calc_Places": "digits behind the point", "Calc_Half": "half a unit of the last digit",
    "Calc_Low": "lower ends", "Calc_High": "upper ends", "Calc_Sample": "months and words",
    "Calc_Names": "names without signs", "Calc_Match": "which row a name stands for",
    "Calc_Least": "sizes that reach the lower end of a year", "Calc_Most": "sizes that reach the upper end of a year",
    "Calc_Mean": "mean and deviation of twelve months", "Calc_Rows": "questions to one row",
    "Calc_Chain": "returns that chain", "Calc_Beta": "beta, correlation, deviations",
    "Calc_Group": "rows of one table", "Calc_Alpha": "definitions of alpha", "Calc_Tracking": "tracking errors",
    "Calc_Twice": "figures that stand twice", "Calc_Mix": "mixes", "Calc_Claims": "claims",
    "Calc_Engine": "the engine's answers", "Calc_Findings": "all findings", "Outputs": "what does not fit",
    "Checks": "checks",
}  # fmt: skip
"""Sheets in tab order, and their titles."""


def build(
    path: str | os.PathLike[str],
    source: str | os.PathLike[str] = SHIPPED,
    progress: Callable[[str], None] = lambda step: None,
) -> str:
    """Write the workbook, whole or not at all; gives the map of its distinct formulas.

    Args:
        path: where to write.
        source: a file or folder of published tables, or the name of tables that come with the package.
        progress: called with the name of each step.

    Raises:
        InputError: the tables cannot be read, or are larger than the workbook is made for.
        OutputError: the file cannot be written.
    """
    tables = load_tables(source)
    progress("audit")
    audit = audit_tables(tables)
    progress("sheets")
    return save(path, TITLE, lambda book: _write(book, tables, audit))


def _write(book: Book, tables: PublishedTables, audit: Audit) -> None:
    plan = plan_of(tables)
    typed = contents(tables, plan)
    source = Path(tables.source).name
    notice = f"Printed figures are rounded: verdicts hold for all numbers they stand for. Delivered with {source}."
    heads: dict[str, tuple[str | None, ...]] = {"About": ("Topic", "Text"), "Checks": CHECK_HEADS}
    tabled = ("Printed", "Next", "Calc_Text", "Calc_Places", "Calc_Half", "Calc_Low", "Calc_High")
    sheets = {
        name: Grid(book, name, f"{TITLE}: {title}", heads.get(name, () if name in tabled else STANDARD_COLUMNS), notice)
        for name, title in SHEETS.items()
    }
    write_about(sheets["About"], tables, len(audit.findings))
    settings, signs = write_inputs(book, sheets["Inputs"])
    for name in (FIRST_SET, SECOND_SET):
        write_tables(book, sheets[name], plan, typed if name == FIRST_SET else {})
    printed = write_printed([sheets[name] for name in tabled[2:]], settings, plan, typed)
    sample = write_sample(sheets["Calc_Sample"], settings, printed)
    joins = write_match(sheets["Calc_Match"], printed, write_names(sheets["Calc_Names"], settings, signs, printed))
    three = sheets["Calc_Least"], sheets["Calc_Most"], sheets["Calc_Mean"]
    year, ends = write_year(three, settings, sample, printed)
    sources = Sources(settings, sample, printed, joins, year)
    slots, only_engine = slots_of(_questions(sheets, sources, ends), audit.findings)
    answers = write_engine(sheets["Calc_Engine"], sheets["Calc_Text"], printed, slots, only_engine)
    engine = engine_ends(tables, plan)
    sums = [
        write_sums(sheets[name], printed, answers, {place: both[side] for place, both in engine.items()})
        for side, name in enumerate(("Calc_Low", "Calc_High"))
    ]
    found = write_findings(sheets["Calc_Findings"], slots, sample, settings, answers)
    outputs = write_outputs(book, sheets["Outputs"], found, answers)
    sheets["Outputs"].file.activate()
    checks = audit_checks(sources, Checked(answers, found, outputs, (sums[0], sums[1])))
    widest = _widths(book)
    failures = write_lines(book, sheets["Checks"], checks)
    for sheet in sheets.values():
        sheet.show_failures(failures)
        if sheet.name != "Outputs":
            sheet.paginate(widest.get(sheet.name, 0))
    set_pages(sheets["Outputs"], outputs)


def _questions(sheets: dict[str, Grid], sources: Sources, ends: Span) -> list[Judged]:
    """Every sheet of questions, in the order of the engine's checks."""
    judged = write_rows(sheets["Calc_Rows"], sources) + write_chain(sheets["Calc_Chain"], sources)
    of_beta, betas = write_beta(sheets["Calc_Beta"], sources)
    judged += of_beta + write_groups(sheets["Calc_Group"], sources, betas)
    judged += write_alpha(sheets["Calc_Alpha"], sources, betas, ends)
    of_tracking, tracked = write_tracking(sheets["Calc_Tracking"], sources)
    judged += of_tracking + write_twice(sheets["Calc_Twice"], sources, tracked)
    return judged + write_mix(sheets["Calc_Mix"], sources) + write_claims(sheets["Calc_Claims"], sources)


def _widths(book: Book) -> dict[str, int]:
    """Columns of each sheet, for its pages."""
    widest: dict[str, int] = {}
    for name, _, column, _, width, _ in book.formulas:
        widest[name] = max(widest.get(name, 0), column + width)
    return widest
