"""A small book with the evidence sheets alone, for tests: two models of the sample over four years."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

import aram_xl as ax
from workbooks import names
from workbooks.check_lines import CHECK_HEADS, Check, write_lines
from workbooks.drt_evidence import Evidence, evidence_plan, write_evidence
from workbooks.drt_evidence_checks import evidence_checks
from workbooks.drt_evidence_data import EvidenceData, evidence_data
from workbooks.drt_models import Walk
from workbooks.inputs_sheets import CHECK_TOLERANCE
from workbooks.sheet import FIRST_ROW, STANDARD_COLUMNS, Book, Sheet

START, END = "2015-12-31", "2019-12-31"
MODELS = ("fi-baseline", "equityplus")
NOTICE = "SYNTHETIC sample. HYPOTHETICAL, with the fee and costs of the card. Own open rule; not the provider's method."


class Small(NamedTuple):
    """The book, what it shows, and where."""

    path: Path
    prices: pd.DataFrame
    walks: tuple[Walk, ...]
    found: EvidenceData
    cells: Evidence
    checks: list[Check]


def evidence_book(path: Path, prices: pd.DataFrame, models: tuple[str, ...] = MODELS) -> Small:
    """Inputs, Calc_Evidence, Evidence, Checks."""
    cards = [ax.load_model(name) for name in models]
    walks = tuple(Walk(card, ax.backtest(prices, card, start=START, end=END)) for card in cards)
    found = evidence_data(prices, END, walks)
    book = Book(path, "Evidence")
    plan = (
        ("Inputs", "inputs", STANDARD_COLUMNS),
        *evidence_plan(found),
        ("Checks", "checks", CHECK_HEADS),
    )
    sheets = {name: Sheet(book, name, f"Test: {title}", heads, NOTICE) for name, title, heads in plan}
    style = ("input", "count"), ("input", "small")
    months = sheets["Inputs"].line(FIRST_ROW, ("Scale", "Months per year", "months", "Calendar"), 12, style[0])
    texts = ("Tolerance", "Checks", "any", "Rounding")
    tolerance = sheets["Inputs"].line(FIRST_ROW + 1, texts, CHECK_TOLERANCE, style[1])
    cells = write_evidence(book, sheets, found, months)
    checks = evidence_checks(found, cells, tolerance)
    failures = write_lines(book, sheets["Checks"], checks)
    for sheet in sheets.values():
        sheet.show_failures(failures)
    book.name(names.MONTHS_PER_YEAR, months)
    book.close()
    return Small(path, prices, walks, found, cells, checks)
