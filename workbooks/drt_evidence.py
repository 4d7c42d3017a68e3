"""Sheets Calc_Evidence and Evidence: what the data say for and against the method's own claims.

Past risk predicts risk, weights grow old, alpha persists, results survive costs, fee and a day's delay. A book calls
`evidence_plan` for its sheets, `write_evidence` for their cells, and `evidence_checks` of
`workbooks.drt_evidence_checks` for its sheet Checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from aram_xl.evidence import AGES
from aram_xl.types import FloatArray
from workbooks.drt_evidence_charts import write_charts
from workbooks.drt_evidence_classes import CLASS_BLOCKS, FORECAST, Classes, write_classes
from workbooks.drt_evidence_data import CHANGES, DELAY, PARTS, ClassMonths, EvidenceData
from workbooks.drt_evidence_models import (
    ALPHA,
    DECAY,
    Models,
    ages,
    span_words,
    write_alpha,
    write_decay,
    write_models,
    write_sensitivity,
)
from workbooks.drt_evidence_table import WORDS, Compared, Writer
from workbooks.drt_evidence_texts import alpha_texts, decay_texts, forecast_texts, sensitivity_texts
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, STANDARD_COLUMNS, Block, Book, Sheet

HEADS_HEIGHT = 42
"""Points: three lines of a head."""

CALC, SHOWN = "Calc_Evidence", "Evidence"

LINKED, LINKED_PERCENT = ("link", "number"), ("link", "percent")

Column = tuple[str, Callable[[int], str], FloatArray, tuple[str, str]]
"""Head, formula by line, values, style."""


class Evidence(NamedTuple):
    """Cells of both sheets."""

    classes: Classes | None
    models: tuple[Models, ...]
    decay: Compared | None
    alpha: Compared
    sensitivity: Compared
    """Native without the rows of the delay."""
    shown: dict[str, Block]
    """Tables of sheet Evidence by claim: labels and figures, from column B on."""


def evidence_plan(found: EvidenceData) -> tuple[tuple[str, str, Sequence[str | None]], ...]:
    """Name, title and heads of both sheets, for the plan of a book; the tables write their own heads."""
    classes = len(found.classes.tickers) if found.classes is not None else 0
    calc = FIRST_ASSET + max(len(CLASS_BLOCKS) * classes, 3 * len(FORECAST), 4 + 3 * len(AGES))
    shown = FIRST_ASSET + 2 * len(AGES) + 1
    return (
        (CALC, "evidence for the method's claims, in full", (None,) * calc),
        (SHOWN, "evidence for and against the method's claims", (None,) * shown),
    )


def write_evidence(book: Book, sheets: dict[str, Sheet], found: EvidenceData, months_a_year: Block) -> Evidence:
    """Write both sheets.

    Args:
        book: the workbook, for charts.
        sheets: by name, those of `evidence_plan` among them.
        found: of `workbooks.drt_evidence_data.evidence_data`.
        months_a_year: the cell of sheet Inputs.
    """
    writer = Writer(sheets[CALC], months_a_year.at(0, 0, "rc"))
    classes = write_classes(writer, found.classes) if found.classes is not None else None
    models = write_models(writer, found)
    decay = write_decay(writer, found, models) if found.aged else None
    alpha = write_alpha(writer, found, models)
    evidence = Evidence(classes, models, decay, alpha, write_sensitivity(writer, found, models), {})
    last = _Shown(sheets[SHOWN], found, evidence).write()
    write_charts(book, sheets[SHOWN], last + 1, found, evidence.classes, evidence.shown)
    return evidence


class _Shown:
    """The tables of sheet Evidence: links to Calc_Evidence below sentences."""

    def __init__(self, sheet: Sheet, found: EvidenceData, cells: Evidence) -> None:
        self.sheet, self.found, self.cells = sheet, found, cells
        self.row = FIRST_ROW

    def write(self) -> int:
        """All tables; gives the last row."""
        self.sheet.file.repeat_rows(0, FIRST_ROW - 2)
        self.sheet.file.set_column(FIRST_ASSET, FIRST_ASSET + 2 * len(AGES), 13)
        for missing in self.found.missing:
            self._say(missing.claim, [f"Not measured: {missing.reason}."])
            self.row += 1
        if self.cells.classes is not None and self.found.classes is not None:
            self._forecasts(self.cells.classes.figures, self.found.classes)
        if self.cells.decay is not None:
            self._decay(self.cells.decay)
        self._alpha()
        self._sensitivity()
        return self.row

    def _say(self, claim: str, sentences: Sequence[str]) -> None:
        self.sheet.text(self.row, 0, claim, "section")
        for i, text in enumerate(sentences):
            self.sheet.text(self.row + 1 + i, 1, text, "label")
        self.row += 1 + len(sentences)

    def _table(
        self, section: str, labels: Sequence[str], texts: tuple[str, str],
        columns: Sequence[Column],
    ) -> None:  # fmt: skip
        """One table; a column is its head, its formula by line, its values and its style; the first stands in D."""
        self.sheet.file.set_row(self.row, HEADS_HEIGHT)
        for j, head in enumerate((section, *STANDARD_COLUMNS[1:3], columns[0][0], STANDARD_COLUMNS[4])):
            self.sheet.head(self.row, j, head)
        for i, label in enumerate(labels):
            self.sheet.labels(self.row + 1 + i, (section, label, *texts))
        for j, (head, formula, values, style) in enumerate(columns):
            column = 3 if j == 0 else FIRST_ASSET + j - 1
            if j:
                self.sheet.head(self.row, column, head)
            self.sheet.formulas(self.row + 1, column, lambda i, _, f=formula: f(i), values[:, None], style)  # type: ignore[misc]
        place = Block(self.sheet.name, self.row + 1, 1, len(labels), FIRST_ASSET + len(columns) - 2)
        self.cells.shown[section] = place
        self.row += len(labels) + 2

    def _forecasts(self, figures: Compared, classes: ClassMonths) -> None:
        self._say("Does past risk predict risk?", forecast_texts(classes.table))
        columns = [
            (WORDS[key], _link(figures.native, j), classes.table[key].to_numpy(), LINKED)
            for j, key in enumerate(FORECAST)
        ]
        self._table("Forecast", classes.labels, ("ratio", "Next month, one fund of the class"), columns)

    def _decay(self, figures: Compared) -> None:
        tables = [model.decay for model in self.found.models if model.decay is not None]
        self._say("Do weights grow old?", decay_texts(tables))
        columns = [
            (f"{WORDS[key]}, {ages()[a]}", _link(figures.native, DECAY.index(key), len(AGES), a),
             np.array([table[key].iloc[a] for table in tables]), LINKED)
            for key, wanted in (("gap", range(len(AGES))), ("gap_se", range(len(AGES))), ("ratio", (0, len(AGES) - 1)))
            for a in wanted
        ]  # fmt: skip
        self._table("Decay", self._names(), ("ratio", "Mean |LN(realised / ex-ante)|"), columns)

    def _alpha(self) -> None:
        tables = [model.alphas for model in self.found.models]
        self._say("Does alpha persist?", alpha_texts(tables))
        words = span_words(self.found.models[0])
        columns = [
            (f"{WORDS[key]}, {words[part]}", _link(self.cells.alpha.native, ALPHA.index(key), PARTS + 1, part),
             np.array([table[key].iloc[part] for table in tables]), LINKED_PERCENT)
            for key in ("alpha", "se")
            for part in (PARTS, *range(PARTS))
        ]  # fmt: skip
        self._table("Alpha", self._names(), ("per year", "After fee and costs; se: standard error"), columns)

    def _sensitivity(self) -> None:
        tables = [model.sensitivity for model in self.found.models]
        self._say("Do results survive costs, fee and execution?", sensitivity_texts(tables))
        native, engine = self.cells.sensitivity.native, self.cells.sensitivity.engine
        step = len(CHANGES)

        def change(c: int, name: str) -> Callable[[int], str]:
            block = engine if name == DELAY else native
            return lambda i: f"={block.at(i * step + c)}-{block.at(i * step)}"

        card = np.array([table["return"].iloc[0] for table in tables])
        columns: list[Column] = [
            ("return, as the card", _link(self.cells.sensitivity.native, 0, step), card, LINKED_PERCENT)
        ]
        for c, name in enumerate(list(CHANGES)[1:], 1):
            values = np.array([table["return"].iloc[c] for table in tables]) - card
            columns.append((f"change: {name}", change(c, name), values, ("formula", "percent")))
        note = "After fee and costs; then changes"
        self._table("Sensitivity", self._names(), ("per year", note), columns)

    def _names(self) -> list[str]:
        return [model.name for model in self.found.models]


def _link(block: Block, j: int, step: int = 1, offset: int = 0) -> Callable[[int], str]:
    return lambda i: f"={block.at(i * step + offset, j)}"
