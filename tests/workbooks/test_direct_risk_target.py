"""The direct-risk-target workbook in LibreOffice: every model and date, rules that are edited."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import aram_xl as ax
from aram_xl._backtest_report import exposures, target_check
from aram_xl.risk_target import Rule, RuleRow
from aram_xl.universe import load_universe
from tests.workbooks.book_cells import label_rows, loaded
from workbooks.__main__ import END, TEMPLATES
from workbooks.libreoffice import Calc
from workbooks.recalc import RecalcReport, compare_twins, recalculate, report_lines

libreoffice = pytest.mark.libreoffice

TEMPLATE = TEMPLATES / "direct_risk_target.xlsx"

EXACT = 1e-10
"""Largest difference of a native figure and the engine's."""

WEIGHTS = 1e-9
"""Of native and engine weights: rounding of 1e-16 by condition numbers below 1e6."""

SIGNALS = 111

PROVED = ("fi-baseline", "fi-scalable-ig", "fi-scalable-ust")
"""Bounds with shrinkage; groups and turnover with ewma; five assets, no limits, solved in cells."""

TARGET_ROWS = (26, 26 + SIGNALS - 1)
"""First and last row of the table on Calc_Target."""


class Shown(NamedTuple):
    """The open template, with the places of its lines."""

    calc: Calc
    places: dict[tuple[str, str], int]

    def choose(self, model: str, day: datetime.date | None = None) -> None:
        self.calc.set("Inputs", "D6", model)
        if day is not None:
            self.calc.set("Inputs", "D7", day)
        self.calc.calculate(hard=False)

    def value(self, sheet: str, label: str, column: str = "D") -> Any:
        return self.calc.value(sheet, f"{column}{self.places[sheet, label]}")

    def column(self, sheet: str, letters: str, rows: tuple[int, int]) -> np.ndarray:
        return np.array([row[0] for row in self.calc.read(sheet, f"{letters}{rows[0]}:{letters}{rows[1]}")], float)

    def failures(self) -> list[Any]:
        rows = self.calc.read("Checks", "B8:G160")
        return [row[0] for row in rows if row[5] == 1.0]


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    return ax.sample_prices()


@pytest.fixture(scope="module")
def places() -> dict[tuple[str, str], int]:
    return label_rows(loaded(TEMPLATE))


@pytest.fixture(scope="module")
def report(calc_session: Calc) -> RecalcReport:
    return compare_twins(recalculate(TEMPLATE, calc=calc_session), atol=EXACT, rtol=1e-9)


@pytest.fixture
def shown(calc_session: Calc, places: dict[tuple[str, str], int]) -> Shown:
    calc_session.open(TEMPLATE)
    return Shown(calc_session, places)


def signal_days(result: ax.BacktestResult) -> list[datetime.date]:
    return [day.date() for day in result.targets.index]


# ---- the shipped workbook ------------------------------------------------------------------------------------


@libreoffice
def test_recalculates_to_the_engine(report):
    """Cached values come from the engine, the others from LibreOffice, stripped before: over 41,000 formulas."""
    assert report.ok, report_lines(report)
    assert (report.failures, report.errors, report.expected_errors, report.without_cached) == (0.0, (), (), 0)
    assert report.formulas == report.compared > 41_000
    assert report.twins >= 9 * SIGNALS + 4 * 110 + SIGNALS


@libreoffice
@pytest.mark.parametrize(
    "model",
    [*PROVED, "equityplus", "fi-aggressive", "fi-scalable-broad", "multiasset-eq-ust"],
)
def test_every_model_at_many_dates(shown, prices, model):
    """Every eighth date and the last: no check fails, no cell shows an error, the weights are the engine's."""
    result = ax.backtest(prices, ax.load_model(model), end=END)
    weights = pd.concat([result.weights, result.current.to_frame().T])
    days = signal_days(result)
    assert len(days) == SIGNALS
    for i in [*range(0, SIGNALS, 8), SIGNALS - 1]:
        shown.choose(model, days[i])
        assert shown.failures() == [], (model, days[i])
        assert shown.calc.named("chk_failures") == [[0.0]]
        native = np.array(shown.calc.named("out_weights")[0], dtype=float)
        assert_allclose(native[: weights.shape[1]], weights.iloc[i], rtol=0, atol=WEIGHTS)
        assert not native[weights.shape[1] :].any()
        assert shown.value("Calc_Date", "First-order residual") <= 1e-12
        assert shown.value("Calc_Date", "The engine's words") == result.decisions[i].reason
        final = result.decisions[i].final
        assert shown.value("Calc_Date", "Final target") == pytest.approx(final, rel=0, abs=EXACT)
    assert shown.calc.errors() == {}


@libreoffice
@pytest.mark.parametrize("model", PROVED)
def test_every_date_of_a_model(shown, prices, model):
    """All columns of steps 1 and 2, risk, turnover, cost, returns and exposures against the engine itself."""
    result = ax.backtest(prices, ax.load_model(model), end=END)
    shown.choose(model)
    decisions = result.decisions
    for letters, field in (
        ("H", "market_risk"), ("I", "percentile"), ("J", "trend_value"), ("L", "drawdown"), ("T", "k"), ("U", "raw"),
        ("V", "smoothed"), ("W", "stepped"), ("D", "clipped"),
    ):  # fmt: skip
        wanted = [getattr(decision, field) for decision in decisions]
        assert_allclose(shown.column("Calc_Target", letters, TARGET_ROWS), wanted, rtol=0, atol=EXACT, err_msg=field)
    states = [row[0] for row in shown.calc.read("Calc_Target", f"E{TARGET_ROWS[0]}:E{TARGET_ROWS[1]}")]
    assert states == [decision.state for decision in decisions]
    assert len(set(states)) >= 3
    signals = (11, 11 + SIGNALS - 1)
    assert_allclose(shown.column("Calc_Risk", "D", signals), result.risks, rtol=0, atol=EXACT)
    heads = shown.calc.read("Calc_Index", "A5:AX5")[0]
    periods = (9, 9 + SIGNALS - 2)
    for head, series in (
        ("gross return", result.gross_returns), ("turnover", result.turnover), ("cost", result.costs),
        ("Net return", result.returns),
    ):  # fmt: skip
        letters = openpyxl.utils.get_column_letter(heads.index(head) + 1)
        assert_allclose(shown.column("Calc_Index", letters, periods), series, rtol=0, atol=EXACT, err_msg=head)
    found = exposures(result, load_universe())
    texts = shown.calc.read("Calc_Exposure", "F11:AZ11")[0]
    rows = (12, 12 + SIGNALS - 1)
    for text, series in found["asset_class"].items():
        letters = openpyxl.utils.get_column_letter(6 + texts.index(text))
        assert_allclose(shown.column("Calc_Exposure", letters, rows), series, rtol=0, atol=EXACT)


@libreoffice
@pytest.mark.parametrize("model", PROVED)
def test_statistics_and_target_check(shown, prices, model):
    """The newsletter's statistics, the standard ones and whether the target was met."""
    result = ax.backtest(prices, ax.load_model(model), end=END)
    shown.choose(model)
    own = ax.statistics(result.returns, result.benchmark_returns).as_dict()
    for label, key in (("Since the start", "cumulative"), ("Alpha", "alpha"), ("Beta", "beta"),
                       ("Information ratio", "information_ratio"), ("Greatest drawdown", "max_drawdown")):  # fmt: skip
        assert shown.value("Outputs", label) == pytest.approx(own[key], rel=0, abs=EXACT), label
    month_ends = prices["BIL"].reindex(result.targets.index)
    bills = month_ends.pct_change().iloc[1:]
    bills.index = result.returns.index
    standard = ax.statistics(
        result.returns, result.benchmark_returns, "standard", risk_free=bills, periods_per_year=12
    ).as_dict()
    for label, key in (("Sharpe ratio", "sharpe"), ("Annualised return", "annualised_return"),
                       ("Alpha above T-bills", "alpha")):  # fmt: skip
        assert shown.value("Outputs", label) == pytest.approx(standard[key], rel=0, abs=EXACT), label
    check = target_check(result, prices)
    assert shown.value("Outputs", "Mean ratio") == pytest.approx(check.mean, rel=0, abs=EXACT)
    assert shown.value("Outputs", "Share inside the band") == pytest.approx(check.share_inside, rel=0, abs=EXACT)
    assert shown.value("Outputs", "Overall ratio") == pytest.approx(check.ratio, rel=0, abs=EXACT)


@libreoffice
def test_limits_bind_somewhere(shown, prices):
    """The proof has work to do: caps, groups and turnover all carry multipliers at some date of the broad model."""
    result = ax.backtest(prices, ax.load_model("fi-scalable-broad"), end=END)
    bound = dict.fromkeys(("cap", "group", "turnover"), 0)
    for i in range(0, SIGNALS, 6):
        shown.choose("fi-scalable-broad", signal_days(result)[i])
        row = shown.places["Calc_Date", "Cap multipliers"]
        bound["cap"] += max(shown.calc.read("Calc_Date", f"F{row}:N{row}")[0]) > 1e-9
        bound["group"] += any(abs(shown.value("Calc_Date", f"Group {g}")) > 1e-9 for g in (1, 2))
        bound["turnover"] += shown.value("Calc_Date", "Turnover multiplier") > 1e-9
        assert shown.failures() == []
    assert min(bound.values()) >= 2, bound


# ---- rules that are edited -----------------------------------------------------------------------------------


def rule_row(shown: Shown, model: str, number: int) -> int:
    """Row of the rule tables on Inputs."""
    rows = shown.calc.read("Inputs", "A30:A90")
    return 30 + next(i for i, row in enumerate(rows) if row[0] == model) + number - 1


def compare(shown: Shown, result: ax.BacktestResult) -> None:
    """Every decision of step 2 is that of the changed card; the checks rest, none fails."""
    wanted = [decision.clipped for decision in result.decisions]
    assert_allclose(shown.column("Calc_Target", "D", TARGET_ROWS), wanted, rtol=0, atol=EXACT)
    states = [row[0] for row in shown.calc.read("Calc_Target", f"E{TARGET_ROWS[0]}:E{TARGET_ROWS[1]}")]
    assert states == [decision.state for decision in result.decisions]


@libreoffice
@pytest.mark.parametrize("model", PROVED)
def test_another_k_is_the_changed_card(shown, prices, model):
    """k of the second row: all dates follow as the engine with the changed card; restored, nothing is different."""
    card = ax.load_model(model)
    rows = [*card.rule.rows]
    rows[1] = RuleRow(**{name: getattr(rows[1], name) for name in RuleRow.__dataclass_fields__} | {"k": 0.42})
    changed = card.replace(rule=_with(card.rule, rows=tuple(rows)))
    result = ax.backtest(prices, changed, end=END)
    old = ax.backtest(prices, card, end=END)
    assert any(a.clipped != b.clipped for a, b in zip(result.decisions, old.decisions, strict=True))
    shown.choose(model)
    cell = f"D{rule_row(shown, model, 2)}"
    shown.calc.set("Inputs", cell, 0.42)
    shown.calc.calculate(hard=False)
    compare(shown, result)
    assert shown.value("Inputs", "Rule cells changed") == 1.0
    assert shown.failures() == []
    shown.calc.set("Inputs", cell, float(card.rule.rows[1].k))
    shown.calc.calculate(hard=False)
    compare(shown, old)
    assert shown.value("Inputs", "Rule changed") == 0.0
    assert shown.failures() == []


@libreoffice
def test_weights_in_cells_follow_an_edited_rule(shown, prices):
    """The model that is solved in cells: weights at every tenth date are the engine's with the changed card."""
    card = ax.load_model("fi-scalable-ust")
    rows = tuple(
        RuleRow(**{name: getattr(row, name) for name in RuleRow.__dataclass_fields__} | {"k": k})
        for row, k in zip(card.rule.rows, (0.3, 0.6, 0.9), strict=True)
    )
    result = ax.backtest(prices, card.replace(rule=_with(card.rule, rows=rows)), end=END)
    weights = pd.concat([result.weights, result.current.to_frame().T])
    shown.choose("fi-scalable-ust")
    for number, k in enumerate((0.3, 0.6, 0.9), 1):
        shown.calc.set("Inputs", f"D{rule_row(shown, 'fi-scalable-ust', number)}", k)
    moved = 0.0
    for i in range(0, SIGNALS, 10):
        shown.choose("fi-scalable-ust", signal_days(result)[i])
        native = np.array(shown.calc.named("out_weights")[0][:5], dtype=float)
        assert_allclose(native, weights.iloc[i], rtol=0, atol=WEIGHTS)
        assert shown.failures() == []
        moved = max(moved, abs(shown.value("Calc_Date", "In cells less engine")))
    assert moved > 0.05


@libreoffice
def test_settings_and_bands_are_the_changed_card(shown, prices):
    """Every setting of a rule at once, a wider band, and a row put into a spare place."""
    card = ax.load_model("fi-baseline")
    first, falling, calm, rising = card.rule.rows
    rule = _with(
        card.rule, trend="momentum", trend_window=8, trend_skip=2, minimum_history=30, smoothing=0.4, max_step=0.1,
        floor=0.012, cap=0.03, not_enough_history=0.5,
        rows=(
            _row(first, risk_percentile=(0.5, 1.0)), falling, _row(calm, risk_percentile=(0.0, 0.6), trend="up"),
            RuleRow(state="setback", k=0.7, drawdown=(0.03, 1.0)), rising,
        ),
    )  # fmt: skip
    result = ax.backtest(prices, card.replace(rule=rule), end=END)
    assert {"not enough history", "setback"} <= {decision.state for decision in result.decisions}
    shown.choose("fi-baseline")
    letters = "H"
    assert shown.calc.value("Inputs", f"{letters}5") == "fi-baseline"
    settings = {
        "Trend": "momentum", "Trend window": 8, "Trend skip": 2, "Minimum history": 30, "k without history": 0.5,
        "Smoothing": 0.4, "Maximum step": 0.1, "Floor": 0.012, "Cap": 0.03,
    }  # fmt: skip
    for label, value in settings.items():
        shown.calc.set("Inputs", f"{letters}{shown.places['Inputs', label]}", value)
    top = rule_row(shown, "fi-baseline", 1)
    for cell, value in {
        f"F{top}": 0.5, f"G{top + 2}": 0.6, f"H{top + 2}": "up", f"B{top + 3}": "setback", f"D{top + 3}": 0.7,
        f"I{top + 3}": 0.03, f"J{top + 3}": 1.0, f"B{top + 4}": "rising", f"D{top + 4}": 0.9,
    }.items():  # fmt: skip
        shown.calc.set("Inputs", cell, value)
    shown.calc.calculate()
    compare(shown, result)
    assert shown.failures() == []
    assert shown.value("Inputs", "Settings changed") == 9.0
    assert shown.calc.errors() == {}


def _with(rule: Rule, **changes: Any) -> Rule:
    return Rule(**{name: getattr(rule, name) for name in Rule.__dataclass_fields__} | changes)


def _row(row: RuleRow, **changes: Any) -> RuleRow:
    return RuleRow(**{name: getattr(row, name) for name in RuleRow.__dataclass_fields__} | changes)
