"""The hand-off workbook for tests: where its lines are, inputs to put into them, and what the engine makes of those."""

from __future__ import annotations

from typing import Any

import numpy as np
from openpyxl.utils import get_column_letter

from tests.workbooks.book_cells import loaded
from workbooks.__main__ import TEMPLATES
from workbooks.handoff_data import ACCOUNTS, ASSETS, Given
from workbooks.libreoffice import Calc

TEMPLATE = TEMPLATES / "handoff.xlsx"

FIRST_ASSET = 6
"""Column F."""


def book() -> Any:
    return loaded(TEMPLATE)


def values() -> Any:
    return loaded(TEMPLATE, values=True)


def row_of(sheet: str, section: str, label: str | int = 0) -> int:
    """By section and label, or by section and place among its rows."""
    rows = [row for row in values()[sheet].iter_rows(min_row=6, max_col=2) if row[0].value == section]
    if isinstance(label, int):
        return int(rows[label][0].row)
    return next(int(row[0].row) for row in rows if row[1].value == label)


def line(sheet: str, section: str, label: str | int, height: int = 1) -> str:
    """The cells of the assets."""
    row = row_of(sheet, section, label)
    return f"F{row}:{get_column_letter(FIRST_ASSET + ASSETS - 1)}{row + height - 1}"


def fill(calc: Calc, given: Given) -> None:
    """Put other inputs over those of the workbook."""

    def put(section: str, label: str, cells: Any, column: int = FIRST_ASSET) -> None:
        row = row_of("Inputs", section, label)
        for i, values_ in enumerate(cells):
            for j, value in enumerate(values_):
                plain = value if isinstance(value, str) and value else None
                if not isinstance(value, str):
                    plain = None if np.isnan(value) else float(value)
                calc.set("Inputs", f"{get_column_letter(column + j)}{row + i}", plain)

    put("Model", "Symbol", [given.symbols])
    put("Model", "Weight", [given.weights])
    put("Model", "Cap", [given.caps])
    put("Model", "Price a share", [given.prices])
    put("Rounding", "Step", [[given.step]], 4)
    put("Rounding", "Cash", [[given.cash]], 4)
    put("Trading", "Minimum trade", [[given.minimum]], 4)
    put("Trading", "No-trade band", [[given.band]], 4)
    put("Trading", "Lot", [[float(given.lot)]], 4)
    put("Accounts", "Account 1", [[name] for name in given.accounts], 4)
    put("Accounts", "Value of account 1", given.values[:, None], 4)
    put("Accounts", "Positions of account 1", given.positions)
    calc.calculate()


def made_up(seed: int) -> Given:
    """Inputs of any kind that the engine takes: ties, zeros, caps in whole percents, fractions of shares, lots."""
    rng = np.random.default_rng(seed)
    size, accounts = int(rng.integers(2, ASSETS + 1)), int(rng.integers(1, ACCOUNTS + 1))
    weights = rng.dirichlet(np.full(size, rng.choice([0.3, 1.0, 5.0])))
    weights[1:][rng.random(size - 1) < 0.25] = 0.0
    weights = np.full(size, 1.0 / size) if rng.random() < 0.2 else weights / weights.sum()
    caps = np.ceil(np.maximum(weights, rng.random(size)) * 100) / 100 if rng.random() < 0.6 else np.ones(size)
    if rng.random() < 0.4:
        caps[weights.argmax()] = weights.max()  # no room for a step more: the others have it
    prices = np.round(rng.uniform(5, 400, size), 2)
    values_, positions = np.full(ACCOUNTS, np.nan), np.full((ACCOUNTS, ASSETS), np.nan)
    for i in range(accounts):
        values_[i] = round(float(rng.uniform(5e3, 2e6)), 2)
        # A tenth of the value is left out, so that fractions added below do not borrow.
        held = np.floor(0.9 * values_[i] * rng.dirichlet(np.ones(size + 1))[:size] / prices)
        positions[i, :size] = held + 0.25 * (held > 40) * (rng.random(size) < 0.3)
    return Given(
        name="Made up",
        symbols=tuple("ABCDEFGHIJ"[i] * 3 if i < size else "" for i in range(ASSETS)),
        weights=_padded(weights),
        caps=_padded(caps),
        prices=_padded(prices),
        accounts=tuple(f"Account {i}" if i < accounts else "" for i in range(ACCOUNTS)),
        values=values_,
        positions=positions,
        step=float(rng.choice([1e-6, 1e-4, 1e-3, 2.5e-3, 5e-3, 0.01])),
        cash=float(rng.choice([0.0, 0.02, 0.05, 0.1])),
        minimum=float(rng.choice([0.0, 250.0, 2000.0])),
        band=float(rng.choice([0.0, 0.005, 0.01, 0.03])),
        lot=int(rng.choice([1, 1, 10, 100])),
    )


def _padded(numbers: Any) -> Any:
    return np.append(numbers, np.full(ASSETS - len(numbers), np.nan))
