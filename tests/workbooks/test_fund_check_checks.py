"""Every check of the fund check is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from workbooks.__main__ import TEMPLATES
from workbooks.fund_check import NAME
from workbooks.fund_check_plan import Plan
from workbooks.libreoffice import Calc
from workbooks.sheet import Block

pytestmark = pytest.mark.libreoffice

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"

PLAN = Plan(240, 8)

LAST = 109
"""Place of the last month of the sample."""


class Spoil(NamedTuple):
    """One cell to overwrite, and what to write."""

    block: Block
    i: int
    j: int
    content: Any

    def place(self) -> tuple[str, str]:
        sheet, _, cell = self.block.at(self.i, self.j).partition("!")
        return sheet, cell


def one(block: Block, content: Any, i: int = 0, j: int = 0) -> Spoil:
    return Spoil(block, i, j, content)


ENGINE = 5
"""Column of the engine's values on Outputs."""

SUBSET_TOTAL = Block("Calc_Subsets", 30, 21, 1, 1)

SPOILS = {
    "Texts among the returns": one(PLAN.data("fund"), "n/a", 50),
    "Dates out of order": one(PLAN.data("dates"), datetime.date(2000, 1, 31), 50),
    "Returns below -100 %": one(PLAN.data("fund"), -1.5, 50),
    "Returns above 100 %": one(PLAN.data("benchmark"), 1.25, 50),
    "Runs of months": one(PLAN.data("passive"), None, 50, 3),
    "Calendar months spanned": one(PLAN.data("dates"), datetime.date(2026, 1, 31), LAST),
    "Fund returns": one(PLAN.sample("y"), "n/a", 50),
    "Benchmark returns": one(PLAN.sample("x"), "n/a", 50),
    "Months in years": one(PLAN.sample("year"), 99, 50),
    "Beta by two routes": one(PLAN.line("slope"), 0.5),
    "Alpha by two routes": one(PLAN.line("intercept"), 0.01),
    "Residual risk by two routes": one(PLAN.sample("residual"), 0.05, 50),
    "Error of alpha by two routes": one(PLAN.line("mean"), 0.05),
    "Error of beta by two routes": one(PLAN.line("squares"), 1.0),
    "R-squared by two routes": one(PLAN.figure("r_squared"), 0.5),
    "Residuals add up to 0": one(PLAN.sample("residual"), 0.05, 20),
    "Beta of the last year": one(PLAN.sample("beta_12"), 9.0, LAST),
    "Last level": one(PLAN.sample("level"), 1.0, 50),
    "Subsets not solved": one(SUBSET_TOTAL, 0.0),
    "Total weight": one(PLAN.mix("weights"), 0.9),
    "Least weight": one(PLAN.mix("weights"), -0.1, 0, 1),
    "Series not at the optimum": one(PLAN.mix("weights"), 0.2, 0, 7),
    "Gradient by two routes": one(PLAN.mix("covariance"), 0.01, 0, 3),
    "Variance left by two routes": one(PLAN.sample("gap"), 0.05, 50),
    "Share that could still rise": one(PLAN.mix("gradient"), 0.0, 0, 2),
    "Lines that fit up to it": one(PLAN.verdict("row"), 9),
    "Lines of the rule": one(Block("Calc_Verdict", 10, 3, 9, 1), "n/a", 2),
    "Another verdict": one(PLAN.word("verdict")._replace(column=ENGINE), "benchmark plus noise"),
    "Differences of figures": one(PLAN.figure("beta")._replace(column=ENGINE), 9.0),
    "Differences of weights": one(PLAN.mix("engine"), 0.9, 0, 4),
}
"""By label of the check. Each is one cell that the check watches, an input where an input can spoil it."""

BOOK = openpyxl.load_workbook(TEMPLATE)


def check_rows() -> dict[str, int]:
    return {row[1].value: row[0].row for row in BOOK["Checks"].iter_rows(min_row=8) if row[1].value}


def original(spoil: Spoil) -> Any:
    sheet, cell = spoil.place()
    value = BOOK[sheet][cell].value
    assert not isinstance(value, ArrayFormula), spoil
    return value.replace("_xlfn.", "") if isinstance(value, str) else value


@pytest.fixture(scope="module")
def calc(calc_session: Calc) -> Calc:
    calc_session.open(TEMPLATE)
    return calc_session


@pytest.fixture(autouse=True)
def untouched(calc: Calc) -> None:
    """Each test begins with a workbook without failed checks."""
    assert calc.named("chk_failures") == [[0.0]]


def test_every_check_has_a_spoil():
    assert list(check_rows()) == list(SPOILS)


def test_flags_add_up_to_the_total():
    """`chk_failures` is the sum over all lines, none left out."""
    rows = check_rows().values()
    assert BOOK["Checks"]["D6"].value == f"=SUM(G{min(rows)}:G{max(rows)})"
    for row in rows:
        assert BOOK["Checks"][f"G{row}"].value == f"=1-IFERROR(N(ABS(D{row}-E{row})<=F{row}),0)"


@pytest.mark.parametrize("label", SPOILS)
def test_check_can_fail(calc, label):
    """Its own flag turns, the total counts it and the header of every sheet shows the total; restored, all is 0."""
    spoil = SPOILS[label]
    before = original(spoil)
    assert before != spoil.content
    calc.set(*spoil.place(), spoil.content)
    calc.calculate()
    flags = [row[0] for row in calc.read("Checks", f"G8:G{max(check_rows().values())}")]
    failures = calc.named("chk_failures")[0][0]
    shown = {calc.value(sheet, "B3" if sheet == "About" else "D3") for sheet in BOOK.sheetnames}
    told = calc.value("Checks", f"G{check_rows()[label]}")
    calc.set(*spoil.place(), before)
    calc.calculate()
    assert told == 1.0
    assert failures == sum(flags) >= 1.0
    assert shown == {failures}
    assert calc.named("chk_failures") == [[0.0]]


def test_tolerance_is_what_lets_rounding_pass(calc):
    """At 0 the rounding of 1E-17 itself shows: the checks do compare numbers that were made in different ways."""
    calc.set("Inputs", "D14", 0.0)
    calc.calculate()
    told = {label for label, row in check_rows().items() if calc.value("Checks", f"G{row}") == 1.0}
    calc.set("Inputs", "D14", 1e-9)
    calc.calculate()
    assert {"Residuals add up to 0", "Series not at the optimum"} <= told
