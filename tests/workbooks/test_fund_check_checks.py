"""Every check of the fund check is seen to fail, by spoiling one cell, and to recover."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

import pytest

from tests.workbooks.book_cells import loaded
from tests.workbooks.spoiling import Overwrite, assert_can_fail, assert_flags_add_up, rows_by_label, spoil
from workbooks.__main__ import TEMPLATES
from workbooks.fund_check import NAME
from workbooks.fund_check_plan import Plan
from workbooks.fund_check_verdict import TABLE as RULE
from workbooks.sheet import Block

pytestmark = [pytest.mark.libreoffice, pytest.mark.usefixtures("untouched")]

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

    def place(self) -> Overwrite:
        sheet, _, cell = self.block.at(self.i, self.j).partition("!")
        return Overwrite(sheet, cell, self.content)


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
    "Lines of the rule": one(Block("Calc_Verdict", RULE + 1, 3, 9, 1), "n/a", 2),
    "Another verdict": one(PLAN.word("verdict")._replace(column=ENGINE), "benchmark plus noise"),
    "Differences of figures": one(PLAN.figure("beta")._replace(column=ENGINE), 9.0),
    "Differences of weights": one(PLAN.mix("engine"), 0.9, 0, 4),
}
"""By label of the check. Each is one cell that the check watches, an input where an input can spoil it."""


def test_every_check_has_a_spoil():
    assert list(rows_by_label(loaded(TEMPLATE))) == list(SPOILS)


def test_flags_add_up_to_the_total():
    assert_flags_add_up(loaded(TEMPLATE))


@pytest.mark.parametrize("label", SPOILS)
def test_check_can_fail(calc, label):
    assert_can_fail(calc, loaded(TEMPLATE), rows_by_label(loaded(TEMPLATE))[label], SPOILS[label].place())


def test_tolerance_is_what_lets_rounding_pass(calc):
    """At 0 the rounding of 1E-17 itself shows: the checks do compare numbers that were made in different ways."""
    told = spoil(calc, loaded(TEMPLATE), Overwrite("Inputs", "D14", 0.0))
    failed = told.failed(rows_by_label(loaded(TEMPLATE)))
    assert {"Residuals add up to 0", "Series not at the optimum"} <= failed
