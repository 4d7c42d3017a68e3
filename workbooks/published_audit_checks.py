"""What the workbook that audits published tables checks of itself."""

from __future__ import annotations

import math
from typing import NamedTuple

from workbooks.check_lines import Check
from workbooks.inputs_sheets import CHECK_TOLERANCE
from workbooks.published_audit_cells import Part, down
from workbooks.published_audit_engine import Answers
from workbooks.published_audit_findings import Findings
from workbooks.published_audit_inputs import figures_of_returns, figures_of_tracking
from workbooks.published_audit_lines import Sources
from workbooks.published_audit_outputs import ROOM, Outputs
from workbooks.published_audit_plan import RATIOS, RETURNS
from workbooks.sheet import Block


class Checked(NamedTuple):
    """What the checks look at beside the sources."""

    answers: Answers
    found: Findings
    outputs: Outputs
    sums: tuple[Part, Part]
    """Differences to the engine's ends, row by row: lower and upper."""


def audit_checks(sources: Sources, cells: Checked) -> list[Check]:
    """All checks, with the values they have when nothing is wrong."""
    return [*_text_checks(sources), *_end_checks(sources, cells), *_finding_checks(sources, cells)]


def _near(sources: Sources, texts: tuple[str, str, str, str], formula: str, value: float, target: str | float) -> Check:
    """A check within the tolerance of sheet Inputs."""
    section, label, unit, note = texts
    tolerance = f"={sources.settings.tolerance.text(0)}"
    return Check(section, label, unit, formula, value, target, tolerance, note, CHECK_TOLERANCE)


def _filled(sources: Sources, block: Block) -> tuple[str, float]:
    """Texts of a block that are not empty, as a formula and a number."""
    part = sources.printed.whole("Calc_Text", block)
    return f'SUMPRODUCT(1*({part.text(0)}<>""))', float(sum(value != "" for value in part.value(0)))


def _text_checks(sources: Sources) -> list[Check]:
    printed, plan = sources.printed, sources.printed.plan
    checks = []
    for label, block in (("returns", figures_of_returns("", plan)), ("tracking errors", figures_of_tracking("", plan))):
        filled, number = _filled(sources, block)
        for sheet, what in (("Calc_Low", "lower"), ("Calc_High", "upper")):
            ends = printed.whole(sheet, block).text(0)
            checks.append(Check("Texts", f"Figures with {what} ends, {label}", "count", f"=COUNT({ends})", number,
                                f"={filled}", 0.0, "Every text is a number"))  # fmt: skip
    first, last = (figures_of_returns("Calc_Text", plan).column + list(RETURNS).index(role)
                   for role in (RATIOS[0], RATIOS[2]))  # fmt: skip
    ratios = Block("Calc_Text", plan.returns_row, first, plan.rows, last - first + 1).all()
    checks.append(Check("Texts", "Percent signs among ratios", "count", f'=COUNTIF({ratios},"*%*")', 0.0, 0.0, 0.0,
                        "Ratios are printed without"))  # fmt: skip
    for label, block, name in (
        ("returns", figures_of_returns("Calc_Low", plan), plan.returns("Calc_Text", "name")),
        ("tracking errors", figures_of_tracking("Calc_Low", plan), plan.tracking("Calc_Text", "name")),
    ):  # fmt: skip
        nameless = f'=SUMPRODUCT(({name.all()}="")*ISNUMBER({block.all()}))'
        checks.append(Check("Texts", f"Figures without a name, {label}", "count", nameless, 0.0, 0.0, 0.0,
                            "Each row has its name"))  # fmt: skip
    return checks


def _end_checks(sources: Sources, cells: Checked) -> list[Check]:
    printed, plan, settings = sources.printed, sources.printed.plan, sources.settings
    block = figures_of_returns("", plan)
    percents = block._replace(width=list(RETURNS).index(RATIOS[0]))
    high, low, half = (printed.whole(sheet, percents) for sheet in ("Calc_High", "Calc_Low", "Calc_Half"))

    def total(part: Part) -> float:
        return math.fsum(value for value in part.value(0) if value != "")

    doubled = f"=SUM({half.text(0)})/{settings.percent.text(0)}/{settings.half.text(0)}"
    residual = sources.year.residual
    known = sources.year.known
    checks = [
        _near(sources, ("Ends", "Widths of all intervals in percent", "decimal", "High less low against half units"),
              f"=SUM({high.text(0)})-SUM({low.text(0)})", total(high) - total(low), doubled),
        _near(sources, ("Ends", "Largest error of a Newton solution", "log growth", "All have converged"),
              f"=MAX({residual.text(0)})", max(residual.value(0)), 0.0),
        Check("Ends", "Rows with mean and deviation", "count", f"=SUM({down(known).text(0)})",
              float(sum(known.values)), f"=COUNT({down(sources.year.stdev.low).text(0)})", 0.0, "COUNT equals n"),
    ]  # fmt: skip
    for label, part in zip(("lower", "upper"), cells.sums, strict=True):
        rng = down(part)
        gap = max(abs(value) for value in part.values if value != "")
        checks.append(_near(sources, ("Engine", f"Sums of {label} ends, largest difference", "decimal",
                                      "Of rows that have not changed"),
                            f"=MAX({rng.text(0)},0)-MIN({rng.text(0)},0)", gap, 0.0))  # fmt: skip
    return checks


def _finding_checks(sources: Sources, cells: Checked) -> list[Check]:
    found, outputs, answers = cells.found, cells.outputs, cells.answers
    same = f"({answers.changed.text(0)}=0)"
    asked = float(sum(found.asked.values))
    spans = []
    for side in (outputs.counts, outputs.engine_counts):
        first, last = down(side[0]).text(0).split(":")[0], down(side[-1]).text(0).split(":")[1]
        spans.append(f"{first}:{last}")
    wrong = outputs.wrong
    first, last = (down(part).text(0) for part in (found.differences[0], found.differences[-1]))
    gaps = f"{first.split(':')[0]}:{last.split(':')[1]}"
    largest = max(abs(v) for part in found.differences for v in part.values if v != "")
    return [
        Check("Findings", "Verdicts in the summary", "count", f"=SUM({spans[0]})", asked,
              f"={outputs.findings.text(0)}", 0.0, "Each finding has one verdict"),
        Check("Findings", "Verdicts other than the engine's", "count", f"=SUM({down(found.flag).text(0)})", 0.0, 0.0,
              0.0, "Where the engine's apply"),
        Check("Findings", "Engine's verdicts", "count", f"=SUM({spans[1]})*{same}", asked,
              f"={outputs.findings.text(0)}*{same}", 0.0, "As many questions"),
        _near(sources, ("Findings", "Ends other than the engine's, largest", "any", "Found and expected"),
              f"=MAX({gaps},0)-MIN({gaps},0)", largest, 0.0),
        Check("Findings", "Beyond the room of Outputs", "count",
              f"=MAX({wrong.text(0)}-ROWS({outputs.listed.text(0)}),0)", 0.0, 0.0, 0.0, f"Room for {ROOM} lines"),
    ]  # fmt: skip
