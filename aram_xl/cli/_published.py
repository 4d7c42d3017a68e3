"""``aram-xl audit --published``: what the figures of a published table say of each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aram_xl.cli import _screen

if TYPE_CHECKING:
    from aram_xl.published import Audit, Finding, PublishedTables, Reproduction, Severity

CHECK_FAILED = 1

HEADINGS = {"high": "Grave", "medium": "Worth asking", "low": "Remarks"}

RETURNS = {
    "last_month": "Month",
    "ytd": "YTD",
    "one_year": "1 year",
    "three_year": "3 years",
    "five_year": "5 years",
    "cumulative": "All",
}
RATIOS = {
    "positive_months": "Up",
    "alpha": "Alpha",
    "alpha_12m": "12m",
    "beta_12m": "Beta",
    "correlation_12m": "Corr",
    "ret_stdev_12m": "Ret/StDev",
}


def audit_published(
    path: Path,
    as_json: bool,
    *,
    severity: Severity = "low",
    prices: Path | None = None,
    corrections: Path | None = None,
) -> int:
    """Audit published tables and show the findings.

    Args:
        path: a CSV file of returns, a folder of CSV files, or the name of tables that come with the package.
        as_json: JSON in place of tables.
        severity: findings of a lesser one are not listed as such and do not count for the exit status.
        prices: total-return prices to reproduce the rows that have a proxy.
        corrections: dated corrections of the prices.

    Returns:
        Exit status: 1 with a finding of the severity or a graver one, else 0.

    Raises:
        InputError: tables or prices that cannot be read.
    """
    from aram_xl.published import audit_tables, load_tables

    with _screen.working(str(path)):
        tables = load_tables(path)
        audit = audit_tables(tables)
    failed = audit.at_least(severity)
    reproduced = () if prices is None else _reproduced(tables, prices, corrections)
    if as_json:
        content = audit.as_dict()
        if prices is not None:
            content["reproduced"] = [_for_json(item) for item in reproduced]
        _screen.say_json(content)
    else:
        _show(audit, failed, reproduced)
    return CHECK_FAILED if any(finding.severity != "none" for finding in failed) else 0


def _reproduced(tables: PublishedTables, prices: Path, corrections: Path | None) -> tuple[Reproduction, ...]:
    from aram_xl.cli._inputs import load_prices
    from aram_xl.published import reproduce

    tickers = {ticker for proxy in tables.proxies for _, ticker in proxy.parts}
    return reproduce(tables, load_prices(prices, corrections, tickers))


def _show(audit: Audit, failed: tuple[Finding, ...], reproduced: tuple[Reproduction, ...]) -> None:
    months = "" if audit.n_months is None else f", {audit.n_months} months"
    _screen.say(f"Published tables: {audit.source}{months}")
    for severity, heading in HEADINGS.items():
        _say_findings(heading, [finding for finding in failed if finding.severity == severity])
    harmless = {f.check for f in audit.findings if f.verdict == "does not fit" and f.severity == "none"}
    tried = [finding for finding in audit.findings if finding.check in harmless and finding.severity == "none"]
    _say_findings("Definitions tried", tried)
    untestable = {finding.check: finding for finding in audit.findings if finding.verdict == "not testable"}
    _say_findings("Not testable (one case of each)", list(untestable.values()))
    for show in (_show_counts, _show_implied):
        _screen.say()
        show(audit)
    if reproduced:
        _show_reproduced(reproduced)


def _say_findings(heading: str, findings: list[Finding]) -> None:
    if findings:
        _screen.say()
        _screen.say(heading)
    for finding in findings:
        remedy = "" if finding.severity == "none" else f" {_remedy(finding)}"
        _screen.tell(f"  {finding.verdict} ({finding.check}): {finding.sentence}{remedy}", indent=4)


def _remedy(finding: Finding) -> str:
    if finding.power is None:
        return "[no change of a single figure would make it fit]"
    cell = finding.power.cell
    return f"[would fit with {finding.power.text} in place of {cell.text}: {cell.row}, {cell.column}]"


def _show_counts(audit: Audit) -> None:
    """One line per check: verdicts, and the smallest misprint that the check would notice where the figures fit."""
    rows = []
    for check, counts in audit.counts().items():
        units = [
            finding.power.units
            for finding in audit.findings
            if finding.check == check and finding.verdict == "fits" and finding.power is not None
        ]
        least = "-" if not units else str(min(units)) if min(units) == max(units) else f"{min(units)} to {max(units)}"
        rows.append([check, *map(str, counts.values()), least])
    verdicts = next(iter(audit.counts().values()), {})
    _screen.say_table(["Check", *(verdict.capitalize() for verdict in verdicts), "Notices, units"], rows)
    _screen.tell(
        "Notices: the smallest change of one printed figure, in units of its last digit, that the check would not pass."
    )


def _show_implied(audit: Audit) -> None:
    """What the tables do not print, but imply."""
    kinds = {"hidden month": "Month(s) before", "mean and deviation": "Stdev a year", "positive months": "Months up"}
    found: dict[str, dict[str, str]] = {}
    for finding in audit.findings:
        if finding.check in kinds and finding.found is not None and finding.severity == "none":
            low, high = finding.found.low, finding.found.high
            if finding.check == "positive months":
                n = audit.n_months or 0
                ends = [str(round(end * n)) for end in (low, high)]
                text = ends[0] if ends[0] == ends[1] else f"{ends[0]} or {ends[1]}"
            else:
                text = f"{100 * low:z.2f} to {100 * high:z.2f} %"
            found.setdefault(finding.subject, {})[finding.check] = text
    if found:
        rows = [[subject, *(texts.get(kind, _screen.ABSENT) for kind in kinds)] for subject, texts in found.items()]
        _screen.say_table(["Implied", *kinds.values()], rows)


def _show_reproduced(reproduced: tuple[Reproduction, ...]) -> None:
    """Distances to the printed intervals, and what may lie between."""
    sources = dict.fromkeys((item.cell.row, item.series, item.note) for item in reproduced)
    away = {(item.cell.row, item.series, item.role): _distance(item) for item in reproduced}
    for labels in (RETURNS, RATIOS):
        rows = [
            [name, series or "no series here", *(away.get((name, series, role), _screen.ABSENT) for role in labels)]
            for name, series, _ in sources
        ]
        _screen.say()
        _screen.say_table(["Reproduced", "From", *labels.values()], rows, left=2)
    _screen.tell("Distance to what the figure stands for, in its own unit; in: inside. What may lie between:")
    for name, series, note in sources:
        _screen.tell(f"  {name}, {series or 'no series here'}: {note}", indent=4)
    for item in reproduced:
        if item.measured_to:
            _screen.tell(item.sentence, indent=2)


def _distance(item: Reproduction) -> str:
    if item.distance is None:
        return _screen.ABSENT
    scale = 100.0 if item.cell.column.endswith("_pct") else 1.0
    return "in" if item.distance == 0.0 else f"{scale * item.distance:.3f}"


def _for_json(item: Reproduction) -> dict[str, object]:
    return {
        "cell": item.cell._asdict(),
        "series": item.series,
        "heading": item.heading,
        "value": item.value,
        "distance": item.distance,
        "measured_to": item.measured_to,
        "measured_value": item.measured_value,
        "sentence": item.sentence,
    }
