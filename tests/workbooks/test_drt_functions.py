"""Our functions beside the native cells of the direct-risk-target workbook: every model, many dates, spoilt cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import aram_xl as ax
from tests.workbooks.add_in import calc_with_add_in, readable_copy
from tests.workbooks.book_cells import loaded, text_of
from workbooks import drt_functions
from workbooks.__main__ import END, TEMPLATES
from workbooks.libreoffice import Calc
from workbooks.package import package_faults
from workbooks.recalc import RecalcReport, compare_twins, recalculate, report_lines
from workbooks.styles import ENGINE_INK

libreoffice = pytest.mark.libreoffice

MACROS = TEMPLATES / "direct_risk_target.xlsm"

SHOWN = ("ARAM_EXPECTED_RETURNS", "ARAM_COV", "ARAM_MARKET_RISK", "ARAM_RISK_TARGET", "ARAM_RISK_RANGE",
         "ARAM_WEIGHTS", "ARAM_CERTIFICATE", "ARAM_RISK_CONTRIBUTIONS")  # fmt: skip

MODELS = ("equityplus", "fi-aggressive", "fi-baseline", "fi-scalable-broad", "fi-scalable-ig", "fi-scalable-ust",
          "multiasset-eq-ust")  # fmt: skip

SIGNALS = 111

FIRST_CHECK = 8


class Served(NamedTuple):
    """The workbook with the add-in, open, and where its lines stand."""

    calc: Calc
    rows: dict[tuple[str, str], int]
    """Section and label on Calc_Functions -> row."""
    last: int
    """Of the checks."""

    def flags(self) -> dict[tuple[str, str], float]:
        return {(row[0], row[1]): row[6] for row in self.calc.read("Checks", f"A{FIRST_CHECK}:G{self.last}")}

    def failed(self) -> list[tuple[str, str]]:
        return [line for line, flag in self.flags().items() if flag != 0.0]

    def choose(self, model: str, day: Any) -> None:
        self.calc.set("Inputs", "D6", model)
        self.calc.set("Inputs", "D7", day)
        self.calc.calculate(hard=False)

    def value(self, section: str, label: str, column: str = "F") -> Any:
        return self.calc.value(drt_functions.NAME, f"{column}{self.rows[section, label]}")

    def places(self, section: str, width: int = 1) -> list[list[Any]]:
        """The answer of a function with one row per place."""
        top = self.rows[section, "Place 1"]
        return self.calc.read(drt_functions.NAME, f"F{top}:{'FGHIJKLMN'[width - 1]}{top + 8}")


@pytest.fixture(scope="module")
def book() -> Any:
    return loaded(MACROS)


def calls(book: Any) -> list[Any]:
    cells = [cell for row in book[drt_functions.NAME] for cell in row if cell.data_type == "f"]
    return [cell for cell in cells if "ARAM_" in text_of(cell)]


# ---- the file ------------------------------------------------------------------------------------------------


def test_package_is_sound():
    assert package_faults(MACROS) == []


def test_one_sheet_and_its_checks_are_added(book):
    plain = loaded(MACROS.with_suffix(".xlsx"))
    assert [name for name in book.sheetnames if name != drt_functions.NAME] == plain.sheetnames
    assert book.sheetnames.index(drt_functions.NAME) == book.sheetnames.index("Outputs") - 1
    before, after = (
        [(row[0], row[1]) for row in each["Checks"].iter_rows(min_row=FIRST_CHECK, values_only=True)]
        for each in (plain, book)
    )
    assert after == before + [(name, label) for name in SHOWN for label in ("Numbers", "Largest difference")]


def test_functions_are_purple_and_short(book):
    """One call of each function; no formula of the sheet has 90 characters or a literal besides 0, 1 and 'none'."""
    found = calls(book)
    assert tuple(re.search(r"ARAM_\w+", text_of(cell))[0] for cell in found) == SHOWN
    sheet = book[drt_functions.NAME]
    texts = [str(text_of(cell)) for row in sheet for cell in row if cell.data_type == "f"]
    assert max(map(len, texts)) < 90
    for cell in found:
        for row in sheet[cell.value.ref] if ":" in cell.value.ref else ((cell,),):
            assert {one.font.color.rgb for one in row} == {f"FF{ENGINE_INK[1:]}"}, cell.coordinate
    for text in texts:
        bare = re.sub(r"\"[^\"]*\"|\$?[A-Z]{1,3}\$?\d+", "", text)
        assert set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", bare)) <= {"0", "1"}, text


# ---- through the add-in --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Calc, Path]]:
    place = tmp_path_factory.mktemp("calc")
    with calc_with_add_in(place) as calc:
        yield calc, readable_copy(MACROS, place)


@pytest.fixture(scope="module")
def report(session: tuple[Calc, Path]) -> RecalcReport:
    calc, copy = session
    return compare_twins(recalculate(copy, calc=calc), atol=1e-10, rtol=1e-9)


@pytest.fixture
def served(session: tuple[Calc, Path], book: Any) -> Served:
    calc, copy = session
    calc.open(copy)
    rows: dict[tuple[str, str], int] = {}
    for section, label in book[drt_functions.NAME].iter_rows(min_row=6, max_col=2):
        if section.value and label.value:
            rows.setdefault((section.value, label.value), section.row)
    return Served(calc, rows, book["Checks"].max_row)


@libreoffice
def test_recalculates_to_the_engine(report):
    """No cell shows an error: months and places that an answer does not reach are empty."""
    assert report.ok, report_lines(report)
    assert (report.failures, report.without_cached, report.compared) == (0.0, 0, report.formulas)
    assert report.expected_errors == ()


@libreoffice
@pytest.mark.parametrize("model", MODELS)
def test_functions_follow_every_model(served, model):
    """Every twelfth date and the last: no check fails; weights, record and sizes are the engine's own."""
    card = ax.load_model(model)
    result = ax.backtest(ax.sample_prices(), card, end=END)
    weights = pd.concat([result.weights, result.current.to_frame().T])
    n = len(card.universe)
    one_window = card.market_risk.method == "sample"
    bounds_only = not card.groups and card.turnover is None
    plain = one_window and card.rule.smoothing == 0.0 and card.rule.max_step is None
    for i in [*range(0, SIGNALS, 12), SIGNALS - 1]:
        served.choose(model, result.targets.index[i].date())
        assert served.failed() == [], (model, i)
        assert served.value("Arguments", "Risk target compared", "D") == one_window
        assert served.value("Arguments", "Weights compared", "D") == bounds_only
        filled = [[isinstance(cell, float) for cell in row] for row in served.places("ARAM_COV", 9)]
        assert np.array_equal(filled, np.outer(np.arange(9) < n, np.arange(9) < n))
        if bounds_only:
            own = np.array(served.places("ARAM_WEIGHTS"), dtype=float)[:, 0]
            assert_allclose(own[:n], weights.iloc[i], rtol=0, atol=1e-9)
            assert not own[n:].any()
        decision = result.decisions[i]
        if one_window:
            for label, wanted in (
                ("Market risk", decision.market_risk),
                ("k", decision.k),
                ("Raw target", decision.raw),
            ):
                assert served.value("ARAM_RISK_TARGET", label) == pytest.approx(wanted, rel=0, abs=1e-12), label
            assert served.value("ARAM_RISK_TARGET", "State") == decision.state
        if plain:
            assert served.value("ARAM_RISK_TARGET", "Clipped target") == pytest.approx(decision.clipped, abs=1e-12)


@libreoffice
def test_floor_and_cap_are_per_month(served):
    """By hand: 6 % a year is 0.06 / sqrt(12) = 1.7320508 % a month; a floor there lifts the target to it, a cap of
    1.2 % a year, 0.3464102 % a month, lowers it again."""
    row = {line[1].value: line[0].row for line in loaded(MACROS)["Inputs"].iter_rows(min_row=6)}
    column = "FGHIJKL"[MODELS.index("fi-scalable-ust")]
    served.calc.set("Inputs", f"{column}{row['Floor']}", 0.06)
    served.calc.calculate(hard=False)
    assert served.value("ARAM_RISK_TARGET", "Clipped target") == pytest.approx(0.01732050808, abs=1e-11)
    served.calc.set("Inputs", f"{column}{row['Floor']}", None)
    served.calc.set("Inputs", f"{column}{row['Cap']}", 0.012)
    served.calc.calculate(hard=False)
    assert served.value("ARAM_RISK_TARGET", "Cap") == pytest.approx(0.00346410162, abs=1e-11)
    clipped = served.value("ARAM_RISK_TARGET", "Clipped target")
    assert clipped == pytest.approx(min(0.00346410162, served.value("ARAM_RISK_TARGET", "Raw target")), abs=1e-11)
    assert clipped == pytest.approx(served.calc.value("Calc_Date", "D19"), abs=1e-12)
    assert served.failed() == []


NATIVE = {
    "ARAM_EXPECTED_RETURNS": ("Place 2", "R"),
    "ARAM_COV": ("Place 2", "S"),
    "ARAM_MARKET_RISK": ("Month 50", "S"),
    "ARAM_RISK_TARGET": ("Raw target", "R"),
    "ARAM_RISK_RANGE": ("Least risk", "R"),
    "ARAM_WEIGHTS": ("Place 2", "R"),
    "ARAM_RISK_CONTRIBUTIONS": ("Place 2", "R"),
}
"""One native cell beside each function."""


@libreoffice
@pytest.mark.parametrize("name", NATIVE)
def test_a_spoilt_twin_shows(served, name):
    assert served.failed() == []
    label, column = NATIVE[name]
    served.calc.set(drt_functions.NAME, f"{column}{served.rows[name, label]}", 0.5)
    served.calc.calculate(hard=False)
    assert (name, "Largest difference") in served.failed()


@libreoffice
def test_spoilt_weights_are_not_optimal(served):
    """The weights that the proof is about are changed by a tenth: no longer optimal."""
    row = served.rows["Arguments", "Weights"]
    served.calc.set(drt_functions.NAME, f"F{row}", 0.1 + served.calc.value(drt_functions.NAME, f"F{row}"))
    served.calc.calculate(hard=False)
    assert served.value("ARAM_CERTIFICATE", "Verdict") == 0.0
    assert ("ARAM_CERTIFICATE", "Largest difference") in served.failed()


@libreoffice
def test_a_spoilt_return_shows(served):
    """A text in the window and in the market's history: no function that reads it gives a number."""
    served.calc.set("Calc_Window", "F40", "no return")
    row = served.rows["ARAM_MARKET_RISK", "Month 60"]
    served.calc.set(drt_functions.NAME, f"R{row}", "no return")
    served.calc.calculate()
    flags = served.flags()
    assert [flags[name, "Numbers"] for name in SHOWN] == [1.0] * len(SHOWN)
    assert served.calc.named("chk_failures") == [[sum(flags.values())]]
