"""The direct-risk-target workbook in LibreOffice: every model and date, rules that are edited, what is left out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from openpyxl.formula import Tokenizer
from openpyxl.worksheet.formula import ArrayFormula

import aram_xl as ax
from aram_xl._backtest_report import exposures, target_check
from aram_xl.errors import InputError
from aram_xl.risk_target import Rule, RuleRow
from aram_xl.universe import load_universe
from workbooks import direct_risk_target, names
from workbooks.__main__ import END, TEMPLATES
from workbooks.drt_proof import Restrictions, multipliers
from workbooks.libreoffice import Calc
from workbooks.recalc import RecalcReport, compare_twins, recalculate, report_lines
from workbooks.styles import ENGINE_INK, INPUT_INK, INPUT_PAPER, LINK_INK

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


def lines(path: Path) -> dict[tuple[str, str], int]:
    """Sheet and label (column B) -> row; the first of equal labels."""
    found: dict[tuple[str, str], int] = {}
    for sheet in openpyxl.load_workbook(path):
        for number, (label,) in enumerate(sheet.iter_rows(min_col=2, max_col=2, values_only=True), 1):
            if isinstance(label, str):
                found.setdefault((sheet.title, label), number)
    return found


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    return ax.sample_prices()


@pytest.fixture(scope="module")
def places() -> dict[tuple[str, str], int]:
    return lines(TEMPLATE)


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


# ---- what is carried -----------------------------------------------------------------------------------------


def about(path: Path) -> list[tuple[str, str]]:
    rows = openpyxl.load_workbook(path)["About"].iter_rows(min_row=6, max_col=2, values_only=True)
    return [(str(topic), str(text)) for topic, text in rows if topic]


def test_cards_that_are_left_out_are_named():
    absent = [text for topic, text in about(TEMPLATE) if topic == "Left out"]
    assert absent == [
        "active-index-ig: it has no rule, so no step 2 to show; see the template active_index.",
        "advisor-family: no prices of VGSH, VGIT, VGLT, VMBS, VTI.",
        "fi-yen-protected: it does not walk by months.",
    ]
    carried = {text for topic, text in about(TEMPLATE) if topic == "Models"}.pop()
    left = {text.split(":")[0] for text in absent}
    assert left | set(re.findall(r"(?:^|, )([a-z-]+) \(", carried)) == set(ax.models())


def test_nothing_left_is_an_error_with_all_reasons(tmp_path, prices):
    card = ax.load_model("fi-baseline")
    weekly, lagged = card.replace(rebalance="W"), card.replace(name="lagged", execution_lag=1)
    with pytest.raises(InputError, match="fi-baseline: it does not walk by months; lagged: it trades a day after the"):
        direct_risk_target.build(prices, tmp_path / "a.xlsx", END, models=[weekly, lagged])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"risk_drift": 0.1}, "it trades on risk drift, not at every signal"),
        ({"fallback": ("previous",)}, "it falls back on previous, not on the least risk"),
        ({"rule": None}, "it has no rule, so no step 2 to show"),
        ({"universe": ("SHY", "XXX"), "caps": (), "upper": 1.0}, "no prices of XXX"),
        ({"universe": ("SHY", "LQDH"), "caps": (), "upper": 1.0}, "not admitted: out: LQDH"),
    ],
)
def test_card_that_monthly_cells_cannot_restate(tmp_path, prices, changes, sentence):
    card = ax.load_model("fi-baseline").replace(**changes)
    with pytest.raises(InputError, match=sentence):
        direct_risk_target.build(prices, tmp_path / "a.xlsx", END, models=[card])


def test_only_workbooks(tmp_path, prices):
    with pytest.raises(InputError, match=r"path: expected a file name that ends in .xlsx or .xlsm, got 'a.xls'"):
        direct_risk_target.build(prices, tmp_path / "a.xls", END)


@libreoffice
def test_own_card_alone(tmp_path, prices, calc_session):
    """One card of the user's, two assets, without T-bills, no model solved in cells, another window."""
    card = ax.load_model("fi-baseline").replace(
        name="mine", universe=("SHY", "TLT"), caps=(("TLT", 0.6),), upper=1.0, window=24, minimum_history=24,
        covariance="ledoit_wolf",
    )  # fmt: skip
    path = tmp_path / "mine.xlsx"
    direct_risk_target.build(prices[["SHY", "TLT", "AGG"]], path, "2018-12-31", models=[card])
    found = compare_twins(recalculate(path, calc=calc_session), atol=EXACT, rtol=1e-9)
    assert (found.differences, found.errors, found.twin_gaps, found.failures) == ((), (), (), 0.0), report_lines(found)
    book = openpyxl.load_workbook(path)
    assert "Calc_Optimiser" not in book.sheetnames
    cells = [cell.value for row in book["Outputs"].iter_rows(max_col=2) for cell in row]
    assert "T-bills: not supplied; no standard convention" in cells


@libreoffice
@pytest.mark.shared_data
def test_real_prices(shared, tmp_path, calc_session):
    """Eight cards on real prices; each model at its last date."""
    table = pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True)
    path = tmp_path / "real.xlsx"
    direct_risk_target.build(table, path, END)
    found = compare_twins(recalculate(path, calc=calc_session), atol=EXACT, rtol=1e-9)
    assert found.ok, report_lines(found)
    assert path.stat().st_size < 5_000_000
    calc_session.open(path)
    heads = [name for name in calc_session.read("Inputs", "F5:Q5")[0] if name]
    assert len(heads) == 8
    for name in heads:
        calc_session.set("Inputs", "D6", name)
        calc_session.calculate(hard=False)
        assert calc_session.named("chk_failures") == [[0.0]], name


# ---- multipliers ---------------------------------------------------------------------------------------------


def limits(size: int, **changes: Any) -> Restrictions:
    none = Restrictions(np.zeros(size), np.ones(size), np.zeros((0, size)), np.zeros(0), np.zeros(0), None)
    return none._replace(**changes)


def test_multipliers_by_hand():
    """Half and half of variances 0.04 and 0.09: Sw = (0.02, 0.045), risk root of 0.0325. m - k Sw/risk = g twice:
    k = 0.01 risk / 0.025, g = 0.01 - 0.02 x 0.4."""
    mean, covariance, w = np.array([0.01, 0.02]), np.diag([0.04, 0.09]), np.array([0.5, 0.5])
    risk = 0.0325**0.5
    found = multipliers((mean, covariance), w, None, risk, limits(2))
    assert (found.form, found.turnover) == (1.0, 0.0)
    assert_allclose([found.risk, found.budget], [0.4 * risk, 0.002], rtol=1e-12)


def test_multipliers_of_turnover_and_group_by_hand():
    """No price of risk (target far away). All of the best asset is wanted; half may be bought: its price is the gap of
    0.01. With a group limit of 0.5 on it instead, the same 0.01 is the group's."""
    mean, covariance, w = np.array([0.01, 0.02]), np.diag([0.04, 0.09]), np.array([0.5, 0.5])
    traded = multipliers((mean, covariance), w, np.array([1.0, 0.0]), 9.0, limits(2, turnover=0.5))
    assert_allclose([traded.risk, traded.budget, traded.turnover], [0.0, 0.01, 0.01], rtol=0, atol=1e-15)
    group = limits(2, members=np.array([[0.0, 1.0]]), least=np.zeros(1), greatest=np.array([0.5]))
    grouped = multipliers((mean, covariance), w, None, 9.0, group)
    assert_allclose([grouped.risk, grouped.budget, *grouped.groups], [0.0, 0.01, 0.01], rtol=0, atol=1e-15)


def test_least_risk_has_no_price():
    """9/13 and 4/13 is the least risk of two assets: only the minimum-variance form holds, g = -risk."""
    mean, covariance, w = np.array([0.01, 0.02]), np.diag([0.04, 0.09]), np.array([9.0, 4.0]) / 13.0
    found = multipliers((mean, covariance), w, None, 0.1, limits(2))
    assert (found.form, found.risk) == (0.0, 1.0)
    assert found.budget == pytest.approx(-((0.36 / 13) ** 0.5), rel=1e-12)


# ---- rules of sheets -----------------------------------------------------------------------------------------

FUNCTIONS = {
    "ABS", "AVERAGE", "CHOOSE", "COLUMNS", "CORREL", "COUNT", "COUNTIF", "DEVSQ", "EXP", "IF", "IFERROR", "INDEX",
    "INTERCEPT", "ISNUMBER", "LN", "MATCH", "MAX", "MEDIAN", "MIN", "MINVERSE", "MMULT", "N", "PRODUCT", "RANK.AVG",
    "ROWS", "SIGN", "SLOPE", "SQRT", "STDEV.S", "STEYX", "SUM", "SUMPRODUCT", "SUMSQ", "SUMXMY2", "TEXT", "TRANSPOSE",
    "YEAR",
}  # fmt: skip
"""Known to every Excel since 2010 and to LibreOffice 7.4; none is volatile."""

LONGEST = {"Calc_Optimiser": 98}
"""A row times the inverse of its subset's covariance; 90 elsewhere."""


@pytest.fixture(scope="module")
def book() -> Any:
    return openpyxl.load_workbook(TEMPLATE)


def formulas(book: Any) -> Iterator[tuple[Any, str, str]]:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                value = cell.value
                if isinstance(value, ArrayFormula):
                    value = "=" + value.text.removeprefix("=")
                if isinstance(value, str) and value.startswith("="):
                    yield cell, sheet.title, value.replace("_xlfn.", "")


def test_formulas_are_short_flat_and_known(book):
    """Under 90 characters, no literals but 0 and 1, no IF within an IF, functions of both programs only."""
    seen = set()
    for cell, sheet, text in formulas(book):
        assert len(text) <= LONGEST.get(sheet, 90), (sheet, cell.coordinate, len(text), text)
        pattern = (sheet, re.sub(r"\d+", "#", text))
        if pattern in seen:
            continue
        seen.add(pattern)
        stack: list[str] = []
        for token in Tokenizer(text).items:
            if token.type == "OPERAND" and token.subtype == "NUMBER":
                assert token.value in ("0", "1"), (sheet, cell.coordinate, text)
            if token.type == "FUNC" and token.subtype == "OPEN":
                assert token.value.rstrip("(") in FUNCTIONS, text
                assert not (token.value == "IF(" and "IF(" in stack), (sheet, cell.coordinate, text)
                stack.append(token.value)
            elif token.type == "FUNC":
                stack.pop()
    assert len(seen) > 500


def test_every_sheet_says_what_it_is(book):
    for sheet in book:
        notice = sheet["A2"].value
        for words in ("SYNTHETIC", "HYPOTHETICAL", "fee and costs", "Own open rule; not the provider's method"):
            assert words in notice, sheet.title
        assert sheet.sheet_state == "visible"
        assert not sheet.merged_cells.ranges
        assert sheet["B3" if sheet.title == "About" else "D3"].value == f"={names.FAILURES}"
    order = book.sheetnames
    assert (order[:2], order[-3:]) == (["About", "Inputs"], ["Outputs", "Evidence", "Checks"])
    assert [name[:4] for name in order[2:-3]] == sorted((name[:4] for name in order[2:-3]), reverse=True)


def test_names_are_the_interface(book):
    assert set(book.defined_names) == {
        names.MODEL, names.SIGNAL_DATE, names.RULES, names.MONTHS_PER_YEAR, names.WEIGHTS, names.RISK_TARGET,
        names.INDEX_LEVELS, names.FAILURES,
    }  # fmt: skip


def test_inputs_are_open_validated_and_the_rest_locked(book):
    """Blue on pale yellow, unlocked and validated: the same cells, on Inputs and Data only."""
    for sheet in book:
        assert sheet.protection.sheet, sheet.title
        checked = {cell for rule in sheet.data_validations.dataValidation for area in rule.sqref for cell in area.cells}
        for row in sheet.iter_rows(min_row=6):
            for cell in row:
                blue = rgb(cell.font.color) == INPUT_INK and rgb(cell.fill.fgColor) == INPUT_PAPER
                locked = cell.protection.locked
                assert locked or (sheet.title in ("Inputs", "Data") and blue), (sheet.title, cell.coordinate)
                assert ((cell.row, cell.column) in checked) is not locked, (sheet.title, cell.coordinate)


def test_colours_tell_kinds_apart(book):
    """Green: shows another sheet; purple: the engine's; formulas black."""
    pure = re.compile(r"=\w+!\$?[A-Z]+\$?[0-9]+")
    for cell, sheet, text in formulas(book):
        if cell.row < 6 or cell.font.bold:
            continue
        ink = rgb(cell.font.color)
        if pure.fullmatch(text):
            assert ink == LINK_INK, (sheet, cell.coordinate, text)
        elif ink == LINK_INK:
            assert "!" in text, (sheet, cell.coordinate, text)
        else:
            assert ink in ("", "#000000"), (sheet, cell.coordinate, text)
    for sheet in ("Data_Engine", "Data_Frontier"):
        inks = {rgb(c.font.color) for row in book[sheet].iter_rows(min_row=6, min_col=4) for c in row if c.value}
        assert inks == {ENGINE_INK}


def rgb(colour: Any) -> str:
    return "" if colour is None or not isinstance(colour.rgb, str) else "#" + colour.rgb[2:]


def test_lines_have_labels_and_units(book):
    for sheet in book.worksheets[1:]:
        for row in sheet.iter_rows(min_row=6):
            values = [cell.value for cell in row]
            if isinstance(values[3], int | float) or (isinstance(values[3], str) and values[3].startswith("=")):
                assert all(values[:3]), (sheet.title, row[0].row, values[:5])


def test_charts_are_there():
    import zipfile

    with zipfile.ZipFile(TEMPLATE) as archive:
        parts = sorted(name for name in archive.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", name))
        titles = [re.findall(r"<a:t>([^<]+)</a:t>", archive.read(part).decode())[0] for part in parts]
    assert titles == [
        "Growth of 100 (hypothetical)", "Weights by signal date", "Target, ex-ante and realised risk (per month)",
        "State of the rule and k", "Efficient frontier at the chosen date (per month)",
        "Forecast and realised volatility (per month)", "Gap of realised to ex-ante risk by age of the weights",
        "Alpha by sub-period (hypothetical)", "Change of the return a year (hypothetical)",
    ]  # fmt: skip
    assert TEMPLATE.stat().st_size < 5_000_000
