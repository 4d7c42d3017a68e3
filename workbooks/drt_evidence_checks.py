"""What the evidence sheets check, for sheet Checks."""

from __future__ import annotations

from workbooks.check_lines import Check
from workbooks.drt_evidence import Evidence
from workbooks.drt_evidence_classes import FORECAST, Classes
from workbooks.drt_evidence_data import CHANGES, ClassMonths, EvidenceData
from workbooks.drt_evidence_models import ALPHA, DECAY
from workbooks.drt_evidence_table import WORDS, Compared
from workbooks.inputs_sheets import CHECK_TOLERANCE
from workbooks.sheet import Block


def evidence_checks(found: EvidenceData, cells: Evidence, tolerance: Block) -> list[Check]:
    """All checks, with the values they have when nothing is wrong; ``tolerance``: the cell of sheet Inputs."""
    limit = f"={tolerance.at(0, 0, 'rc')}"
    checks = []
    if cells.classes is not None and found.classes is not None:
        checks += _class_checks(found.classes, cells.classes, limit)
    checks += _model_checks(found, cells)
    if cells.decay is not None:
        checks += _gaps(cells.decay, "Decay", DECAY, limit)
    checks += _gaps(cells.alpha, "Alpha", ALPHA, limit)
    gap = _largest(cells.sensitivity.differences)
    note = "Costs and fee in cells against the engine's"
    return [*checks, Check("Sensitivity", "Return a year less engine's", "per year", gap, 0.0, 0.0, limit, note,
                           CHECK_TOLERANCE)]  # fmt: skip


def _class_checks(found: ClassMonths, cells: Classes, limit: str) -> list[Check]:
    count, size = cells.realised.height, cells.realised.width
    ranks = f"=SUM({cells.ranks.all('')})"
    every = cells.ranks.all("")
    total = f"=COUNT({every})*(ROWS({every})+1)/(1+1)"
    return [
        _present("Forecast", "Returns of classes", cells.returns),
        _present("Forecast", "Realised volatilities", cells.realised),
        Check("Forecast", "Ranks add up", "count", ranks, float(count * (count + 1) * size), total, limit,
              "Of forecasts and of realised: n (n + 1) / 2 each", CHECK_TOLERANCE),
        *_gaps(cells.figures, "Forecast", FORECAST, limit),
    ]  # fmt: skip


def _model_checks(found: EvidenceData, cells: Evidence) -> list[Check]:
    """Nothing missing among the engine's months."""
    first, last = cells.models[0], cells.models[-1]
    height = last.net.row + last.net.height - first.net.row
    whole = float(sum(len(model.dates) for model in found.models))
    checks = [
        _present("Models", label, block._replace(height=height))
        for label, block in (
            ("Net returns", first.net), ("Returns of benchmarks", first.benchmark), ("Gross returns", first.gross),
            ("Traded shares", first.charged), ("Ex-ante risks", first.risks),
        )
    ]  # fmt: skip
    every = checks[0].formula
    total = f"=SUM({cells.alpha.counts.down(0)})-{every[1:]}"
    checks.append(Check("Alpha", "Months of sub-periods", "count", total, whole, every, 0.0, "Add up to all months"))
    native = cells.sensitivity.native
    returns = float(len(found.models) * (len(CHANGES) - 1))
    count = f"=COUNT({native.down(0)})"
    return [*checks, Check("Sensitivity", "Returns a year", "count", count, returns, returns, 0.0,
                           "All but those of the delay")]  # fmt: skip


def _present(section: str, label: str, block: Block) -> Check:
    every = block.all("")
    return Check(section, label, "count", f"=COUNT({every})", float(block.height * block.width),
                 f"=ROWS({every})*COLUMNS({every})", 0.0, "COUNT equals n")  # fmt: skip


def _gaps(cells: Compared, section: str, keys: tuple[str, ...], limit: str) -> list[Check]:
    """The largest difference to the engine, figure by figure."""
    return [
        Check(section, f"{WORDS[key].capitalize()} less engine's", "any",
              _largest(cells.differences._replace(column=cells.differences.column + j, width=1)), 0.0, 0.0, limit,
              "The largest", CHECK_TOLERANCE)
        for j, key in enumerate(keys)
    ]  # fmt: skip


def _largest(block: Block) -> str:
    return f"{{=MAX(ABS({block.down(0)}))}}"
