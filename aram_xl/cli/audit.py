"""``aram-xl audit``: what is wrong with a workbook, or with published tables?"""

from __future__ import annotations

import enum
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import AsJson, CorrectionsFile
from aram_xl.errors import InputError

if TYPE_CHECKING:
    from aram_xl.published import Severity as PublishedSeverity
    from workbooks.audit import AuditReport, Finding, Severity

CHECK_FAILED = 1
MOST_LINES = 200
LONGEST_PLACE = 60


class Grade(enum.StrEnum):
    """Severities by the words of the command line."""

    NOTICE = "notice"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def audit(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default=False, help="Workbook, .xlsx or .xlsm; it is only read."),
    ] = None,
    severity: Annotated[
        Grade, typer.Option("--severity", help="Findings below it are not listed and do not count.")
    ] = Grade.LOW,
    annotate: Annotated[
        Path | None,
        typer.Option("--annotate", metavar="FILE", help="Also write a copy with a sheet Audit and coloured cells."),
    ] = None,
    no_recalc: Annotated[
        bool, typer.Option("--no-recalc", help="Leave out the checks that recalculate in LibreOffice.")
    ] = False,
    published: Annotated[
        Path | None,
        typer.Option("--published", metavar="FILE", help="Audit published tables instead, by interval arithmetic."),
    ] = None,
    prices: Annotated[
        Path | None,
        typer.Option("--prices", metavar="FILE", help="With --published: prices to reproduce its rows from."),
    ] = None,
    corrections: CorrectionsFile = None,
    as_json: AsJson = False,
) -> None:
    """Audit any workbook as a spreadsheet auditor would.

    Looked for are hidden sheets, error cells, numbers stored as text, constants in formulas, formulas that break their
    block, circular references, links to other files, broken names, values that recalculation does not give, and more;
    docs/workbook_audit.md lists all. Exit status 1 if anything of the severity or above is found.

    Example: aram-xl audit model.xlsx --severity medium
    """
    if (file is None) == (published is None):
        raise InputError("audit: expected a workbook or --published FILE, got " + ("both" if file else "neither"))
    if published is not None:
        if annotate is not None:
            raise InputError("annotate: expected a workbook to annotate, got published tables; leave --annotate out")
        raise typer.Exit(_audited_tables(published, severity, as_json, prices, corrections))
    if prices is not None:
        raise InputError("prices: expected published tables to reproduce, got a workbook; leave --prices out")
    if file is not None:
        report = _audited(file, annotate, no_recalc)
        _tell(report, severity, annotate, as_json)


def _audited_tables(tables: Path, grade: Grade, as_json: bool, prices: Path | None, corrections: Path | None) -> int:
    """Exit status; tables have no notices, so that these count as low."""
    from aram_xl.cli._published import audit_published

    severity: PublishedSeverity = "high" if grade == "high" else "medium" if grade == "medium" else "low"
    return audit_published(tables, as_json, severity=severity, prices=prices, corrections=corrections)


def _audited(file: Path, annotate: Path | None, no_recalc: bool) -> AuditReport:
    from aram_xl.cli.calc import recalculated
    from workbooks.audit import audit as audit_workbook
    from workbooks.audit import refuse_output

    if annotate is not None:
        refuse_output(file, annotate)
    with _screen.working(file.name) as tell:
        tell("reading")
        return audit_workbook(file, recalculated=None if no_recalc else lambda path: recalculated(path, tell))


def _tell(report: AuditReport, grade: Grade, annotate: Path | None, as_json: bool) -> None:
    from workbooks.audit import Severity
    from workbooks.audit import annotate as write_copy

    severity = Severity[grade.name]
    found = report.at_least(severity)
    if annotate is not None:
        write_copy(report, annotate, severity)
    if as_json:
        _screen.say_json(report_for_json(report, severity, annotate))
    else:
        _print(report, found, severity)
        if annotate is not None:
            _screen.say(f"Written: {annotate}")
    if found:
        raise typer.Exit(CHECK_FAILED)


def _print(report: AuditReport, found: tuple[Finding, ...], severity: Severity) -> None:
    _screen.say(
        f"{report.path.name}: {report.sheets} sheets, {report.cells:,} filled cells, {report.formulas:,} formulas "
        f"({report.distinct:,} without copies)"
    )
    if found:
        _screen.say()
        rows = [(f.severity.word, f.check, _short(f.place), f.message, str(f.count)) for f in found[:MOST_LINES]]
        _screen.say_table(["severity", "check", "where", "what was found", "cells"], rows, left=4)
        _screen.say()
    if len(found) > MOST_LINES:
        _screen.say(f"and {len(found) - MOST_LINES} more; --json lists all")
    for item in report.not_run:
        _screen.tell(f"not run: {item.check}: {item.reason}", indent=2)
    counts = Counter(finding.severity.word for finding in found)
    words = ", ".join(f"{times} {word}" for word, times in counts.items()) or "none"
    below = len(report.findings) - len(found)
    left_out = f"; {below} below it not listed" if below else ""
    _screen.say(f"findings of severity {severity.word} or above: {words}{left_out}")


def _short(place: str) -> str:
    """Many ranges cut to the first ones; JSON and the annotated copy have more."""
    if len(place) <= LONGEST_PLACE:
        return place
    return f"{place[:LONGEST_PLACE].rpartition(' ')[0] or place[:LONGEST_PLACE]} ..."


def report_for_json(report: AuditReport, severity: Severity, annotated: Path | None) -> dict[str, Any]:
    """Everything of the severity or above, and what was not checked."""
    found = report.at_least(severity)
    return {
        "file": str(report.path),
        "severity": severity.word,
        "sheets": report.sheets,
        "cells": report.cells,
        "formulas": report.formulas,
        "distinct_formulas": report.distinct,
        "findings": [
            {
                "severity": finding.severity.word,
                "check": finding.check,
                "sheet": finding.sheet,
                "cells": finding.cells,
                "count": finding.count,
                "message": finding.message,
            }
            for finding in found
        ],
        "below": len(report.findings) - len(found),
        "not_run": [{"check": item.check, "reason": item.reason} for item in report.not_run],
        "annotated": None if annotated is None else str(annotated),
    }
