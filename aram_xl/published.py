"""Audit of published performance tables: every identity between printed figures, by interval arithmetic.

A printed figure stands for an interval of half a unit of its last digit to either side. An identity *fits* when some
numbers inside the intervals satisfy it, is *impossible* when none can, and *does not fit* when the figures contradict a
definition, a heading or a sentence, which may be wrong in their place; it is *not testable* where any figure would
pass. Each finding says how small a misprint it would have noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from aram_xl._published_alphas import alpha_questions
from aram_xl._published_benchmarks import benchmark_questions
from aram_xl._published_claims import claim_questions
from aram_xl._published_findings import SEVERITIES, Finding, Power, Question, Severity, Verdict, ask
from aram_xl._published_interval import Interval, printed
from aram_xl._published_names import name_questions
from aram_xl._published_reading import load_tables, published_tables
from aram_xl._published_reproduce import Reproduction, distance, reproduce
from aram_xl._published_rows import row_questions
from aram_xl._published_tables import Cell, PublishedTables
from aram_xl._published_tracking import tracking_questions
from aram_xl.errors import InputError

__all__ = [
    "SEVERITIES",
    "Audit",
    "Cell",
    "Finding",
    "Interval",
    "Power",
    "PublishedTables",
    "Reproduction",
    "Severity",
    "audit_tables",
    "distance",
    "load_tables",
    "printed",
    "published_tables",
    "reproduce",
]

VERDICTS: tuple[Verdict, ...] = ("impossible", "does not fit", "not testable", "fits")


@dataclass(frozen=True, eq=False, slots=True)
class Audit:
    """All findings on one set of tables."""

    source: str
    n_months: int | None
    findings: tuple[Finding, ...]

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """Findings of a severity or a graver one, gravest first.

        Raises:
            InputError: no such severity.
        """
        if severity not in SEVERITIES:
            raise InputError(f"severity: expected one of {', '.join(SEVERITIES)}, got {severity!r}")
        wanted = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return tuple(
            sorted((f for f in self.findings if f.severity in wanted), key=lambda f: SEVERITIES.index(f.severity))
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """For each check, how many findings of each verdict."""
        result: dict[str, dict[str, int]] = {}
        for finding in self.findings:
            row = result.setdefault(finding.check, dict.fromkeys(VERDICTS, 0))
            row[finding.verdict] += 1
        return result

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: intervals as [low, high] of decimals, null for an open end."""
        return {
            "source": self.source,
            "n_months": self.n_months,
            "counts": self.counts(),
            "findings": [_as_dict(finding) for finding in self.findings],
        }


def audit_tables(tables: PublishedTables) -> Audit:
    """Test every identity that the tables allow.

    Which figures belong together follows from the names of columns and rows; no cell is known beforehand.

    Returns:
        One finding per identity and subject, in the order of the checks.

    Example:
        >>> audit = audit_tables(load_tables("2025_02"))
        >>> [f.subject for f in audit.findings if f.check == "beta" and f.verdict == "impossible"]
        ['SPY ETF (passive)', 'EQ/FI 60/40 (passive)']
    """
    return Audit(tables.source, tables.n_months, tuple(ask(question) for question in questions(tables)))


def questions(tables: PublishedTables) -> Iterator[Question]:
    """Every identity that the tables allow, not yet judged."""
    for check in (
        row_questions,
        benchmark_questions,
        alpha_questions,
        name_questions,
        tracking_questions,
        claim_questions,
    ):
        yield from check(tables)


def _as_dict(finding: Finding) -> dict[str, Any]:
    result = asdict(finding)
    result["cells"] = [cell._asdict() for cell in finding.cells]
    for name in ("found", "expected"):
        interval: Interval | None = getattr(finding, name)
        result[name] = None if interval is None else [_finite(interval.low), _finite(interval.high)]
    if finding.power is not None:
        result["power"] = {
            "cell": finding.power.cell._asdict(),
            "text": finding.power.text,
            "units": finding.power.units,
        }
    return result


def _finite(value: float) -> float | None:
    return value if abs(value) != float("inf") else None
