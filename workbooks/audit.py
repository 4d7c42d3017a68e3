"""Audit of any workbook: what spreadsheet auditors look for, found without Excel and without changing the file.

The file is read once, as a stream: cells go into compact arrays, formulas are taken apart once for all their copies.
What must be recalculated is left to LibreOffice, which works on a private copy.

Example::

    report = audit("model.xlsx")
    for finding in report.at_least(Severity.MEDIUM):
        print(finding.place, finding.message)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aram_xl.errors import AramError
from workbooks._audit_annotate import Mark, refuse_output, write_annotated
from workbooks._audit_book import Book, read_book
from workbooks._audit_catalogue import CHECKS, Check, Finding, NotRun, Severity
from workbooks._audit_checks import (
    block_findings,
    formula_findings,
    limited,
    sheet_findings,
    workbook_findings,
)
from workbooks._audit_circles import Dependence, with_members
from workbooks._audit_file import sound_archive
from workbooks._audit_reading import Resolver, TooTangledError, read_everything
from workbooks._audit_recalc import recalc_findings
from workbooks._audit_tracing import circular, traced
from workbooks.recalc import Recalculation, recalculate

__all__ = ["CHECKS", "AuditReport", "Check", "Finding", "NotRun", "Severity", "annotate", "audit", "refuse_output"]

LARGEST_RECALCULATION = 1_500_000
"""Filled cells: LibreOffice holds the whole workbook, about 1 kB a cell; `aram-xl recalc` has no such limit."""

Recalculate = Callable[[Path], Recalculation]


@dataclass(frozen=True, eq=False, slots=True)
class AuditReport:
    """What the audit found."""

    path: Path
    sheets: int
    cells: int
    formulas: int
    """Cells with a formula."""
    distinct: int
    """Formulas, copies counted once."""
    findings: tuple[Finding, ...]
    """Gravest first, then in the order of the checks and sheets."""
    not_run: tuple[NotRun, ...]
    marks: dict[str, Mark]
    """Where each worksheet takes the colours of an annotated copy."""

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """Findings of a severity or above."""
        return tuple(finding for finding in self.findings if finding.severity >= severity)


def audit(path: str | os.PathLike[str], *, recalculated: Recalculate | None = recalculate) -> AuditReport:
    """Audit an .xlsx or .xlsm workbook; it is only read, and its macros are not run.

    Args:
        path: the workbook.
        recalculated: recalculates it, by default in LibreOffice; None leaves out the checks that need it. Where
            LibreOffice is missing or fails they are listed in ``not_run``.

    Raises:
        InputError: no such file, or it is no workbook, encrypted, damaged, or unpacks to far too much.
    """
    source = Path(path)
    with sound_archive(source) as archive:
        book = read_book(archive)
    not_run: list[NotRun] = []
    resolver = Resolver(book)
    runs, reads = read_everything(book, resolver)
    findings = [
        *workbook_findings(book, resolver),
        *sheet_findings(book, resolver),
        *formula_findings(book, resolver, runs),
        *block_findings(book, runs),
        *traced(book, runs, reads, not_run),
    ]
    try:
        dependence = Dependence.of(*with_members(book, runs, reads))
    except TooTangledError:
        dependence = None
    findings += circular(book, dependence, not_run)
    if recalculated is None:
        not_run.append(NotRun("cached_value", "left out as asked"))
    elif book.cells > LARGEST_RECALCULATION:
        reason = f"{book.cells:,} cells are more than the {LARGEST_RECALCULATION:,} that are recalculated here"
        not_run.append(NotRun("cached_value", f"{reason}; use: aram-xl recalc"))
    else:
        findings += _after_recalculation(source, book, resolver, recalculated, dependence, not_run)
    order = {name: i for i, name in enumerate(CHECKS)}
    found = sorted(limited(findings), key=lambda finding: (-finding.severity, order[finding.check]))
    formulas = int((runs.bottom - runs.top + 1).sum())
    marks = {f.name: Mark(f.part, f.format_at, f.prefix, f.priority) for f in book.sheets.values()}
    counts = (len(book.tabs), book.cells, formulas, len(book.formulas.traits))
    return AuditReport(source, *counts, tuple(found), tuple(not_run), marks)


def _after_recalculation(
    source: Path,
    book: Book,
    resolver: Resolver,
    recalculated: Recalculate,
    dependence: Dependence | None,
    not_run: list[NotRun],
) -> list[Finding]:
    """Findings of LibreOffice; none, and the reason in ``not_run``, where it cannot say."""
    try:
        return list(recalc_findings(book, resolver, recalculated(source), dependence, not_run))
    except AramError as error:
        not_run.append(NotRun("cached_value", str(error)))
        return []


def annotate(report: AuditReport, output: str | os.PathLike[str], severity: Severity = Severity.LOW) -> None:
    """Write a copy of the audited workbook with a sheet that lists the findings, and their cells coloured.

    Args:
        report: from `audit`; its file must still be as it was.
        output: another file with the same ending.
        severity: findings below it are left out.

    Raises:
        InputError: the output is the workbook itself, or has another ending.
        OutputError: the file cannot be written.
    """
    write_annotated(report.path, Path(output), report.at_least(severity), report.marks)
