"""The evidence sheets: native figures against the engine, sentences against the cells, each check seen to fail."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import aram_xl as ax
from aram_xl import evidence
from aram_xl.evidence import AGES
from tests.workbooks.archives import charts
from tests.workbooks.book_cells import assert_lines_have_words, assert_plain, formulas, loaded
from tests.workbooks.evidence_model import END, MODELS, START, Small, evidence_book
from tests.workbooks.spoiling import FIRST, Overwrite, spoil
from workbooks.drt_evidence_classes import FORECAST
from workbooks.drt_evidence_data import CHANGES, CLASSES, DELAY, PARTS, WINDOW, evidence_data
from workbooks.drt_evidence_models import ALPHA, DECAY
from workbooks.libreoffice import Calc
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines
from workbooks.sheet import Block

libreoffice = pytest.mark.libreoffice


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return evidence_book(tmp_path_factory.mktemp("evidence") / "evidence.xlsx", ax.sample_prices())


@pytest.fixture(scope="module")
def calc(small: Small, calc_session: Calc) -> Calc:
    calc_session.open(small.path)
    return calc_session


def cells(calc: Calc, block: Block) -> np.ndarray:
    sheet, _, span = block.all("").partition("!")
    return np.array(calc.read(sheet, span), dtype=float)


# ---- engine --------------------------------------------------------------------------------------------------


def test_months_lead_to_the_engine(small):
    """Realised risk is restated from its definition: its means are the engine's tables, which use code of their own."""
    classes = small.found.classes
    assert classes is not None
    assert len(classes.tickers) == CLASSES
    assert classes.labels[0] == "treasury (IEF)"
    forecast = np.array([classes.returns[i : i + WINDOW].std(axis=0, ddof=1) for i in range(len(classes.realised))])
    level = np.sqrt((classes.realised**2).mean(axis=0) / (forecast**2).mean(axis=0))
    assert_allclose(level, classes.table["level"], rtol=1e-12)
    assert len(classes.realised) == len(small.found.models[0].dates) == 48
    assert (classes.dates[WINDOW:] == small.found.models[0].dates).all()
    for model in small.found.models:
        aged = model.realised[AGES[-1] - 1 :]
        first = model.risks[AGES[-1] - 1 :]
        assert model.decay is not None
        assert_allclose(np.abs(np.log(aged[:, 0] / first)).mean(), model.decay["gap"].iloc[0], rtol=1e-12)


def test_future_changes_nothing_before_it(small):
    """Prices after the last signal are not read."""
    prices = small.prices.copy()
    prices.loc[prices.index > END] *= 1.5
    again = evidence_data(prices, END, small.walks)
    for one, other in zip(again.models, small.found.models, strict=True):
        pd.testing.assert_frame_equal(one.sensitivity.drop(index=DELAY), other.sensitivity.drop(index=DELAY))
        pd.testing.assert_frame_equal(one.alphas, other.alphas)
        assert_allclose(one.realised, other.realised, rtol=0, atol=0)
    assert again.classes is not None
    pd.testing.assert_frame_equal(again.classes.table, small.found.classes.table)


def test_monthly_prices_say_what_they_cannot_tell(tmp_path):
    """Realised risk needs days: without them two claims are left out with their reason, the others stand."""
    prices = ax.sample_prices()
    monthly = prices.loc[:END].groupby(pd.PeriodIndex(prices.loc[:END].index, freq="M")).tail(1)
    book = evidence_book(tmp_path / "monthly.xlsx", monthly, MODELS[:1])
    assert (book.found.classes, book.found.aged, book.cells.decay) == (None, False, None)
    texts = [cell for row in openpyxl.load_workbook(book.path)["Evidence"].values for cell in row if cell]
    assert any(str(text).startswith("Not measured: prices: expected daily rows") for text in texts)
    assert any(str(text).startswith("Not measured: result: expected at least two periods") for text in texts)
    assert set(book.cells.shown) == {"Alpha", "Sensitivity"}


# ---- cells ---------------------------------------------------------------------------------------------------


@libreoffice
def test_recalculates_to_the_engine(small, calc_session):
    report = compare_twins(recalculate(small.path, calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.differences, report.errors, report.failures, report.without_cached) == ((), (), 0.0, 0)
    models = len(MODELS)
    twins = CLASSES * len(FORECAST) + models * (len(AGES) * len(DECAY) + (PARTS + 1) * len(ALPHA) + len(CHANGES) - 1)
    assert report.twins == twins
    assert report.compared == report.formulas > 3000


@pytest.mark.shared_data
@libreoffice
def test_real_prices_recalculate_to_the_engine(shared, tmp_path, calc_session):
    """Holes and late starters there: funds without a price on every day are passed over."""
    prices = pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True)
    book = evidence_book(tmp_path / "real.xlsx", prices, ("fi-scalable-ig",))
    assert (book.found.missing, len(book.found.classes.tickers)) == ((), CLASSES)
    report = compare_twins(recalculate(book.path, calc=calc_session), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)


@libreoffice
def test_native_figures_are_the_engines_tables(small, calc_session):
    """The purple columns are not asked here: cells of LibreOffice against tables made afresh."""
    calc_session.open(small.path)
    classes = small.cells.classes
    assert classes is not None
    assert_allclose(cells(calc_session, classes.figures.native), small.found.classes.table[list(FORECAST)], rtol=1e-9)
    decay, alpha, returns = [], [], []
    for walk in small.walks:
        decay.append(evidence.risk_decay(walk.result, small.prices)[list(DECAY)])
        table = evidence.alpha_by_period(walk.result.returns, walk.result.benchmark_returns, 12)
        alpha.append(table[list(ALPHA)])
        costs = {"cost_bps": 3.0 * walk.model.cost_bps}
        table = evidence.sensitivity(small.prices, walk.model, {"x": costs, "fee": {"fee": 0.01}}, START, END)
        returns += table["return"].tolist()
    assert_allclose(cells(calc_session, small.cells.decay.native), np.vstack(decay), rtol=1e-9, atol=1e-12)
    assert_allclose(cells(calc_session, small.cells.alpha.native), np.vstack(alpha), rtol=1e-8, atol=1e-12)
    native = calc_session.read(*small.cells.sensitivity.native.all("").split("!"))
    got = [native[m * len(CHANGES) + list(CHANGES).index(name)][0] for m in range(2) for name in list(CHANGES)[2:4]]
    assert_allclose(np.array(got, dtype=float), returns, rtol=1e-9)


@libreoffice
def test_sentences_count_what_the_cells_show(small, calc_session):
    calc_session.open(small.path)
    texts = " ".join(str(cell) for row in openpyxl.load_workbook(small.path)["Evidence"].values for cell in row if cell)
    figures = dict(zip(FORECAST, cells(calc_session, small.cells.classes.figures.native).T, strict=True))
    right = (figures["rank"] > 2.0 * figures["rank_se"]).sum()
    assert f"clearly right in {right} of {CLASSES} classes" in texts
    beats = (figures["gain"] > 2.0 * figures["gain_se"]).sum()
    assert f"beats all months so far in {beats} of {CLASSES}" in texts
    alpha = cells(calc_session, small.cells.alpha.native).reshape(len(MODELS), PARTS + 1, len(ALPHA))
    steady = (alpha[:, :PARTS, 0] > 0).all(axis=1).sum()
    assert f"above 0 in every sub-period for {steady} of {len(MODELS)} models" in texts
    widening = cells(calc_session, small.cells.decay.native)[len(AGES) - 1 :: len(AGES), DECAY.index("widening")]
    assert f"wider than at 1 month for {(widening > 0).sum()} of {len(MODELS)} models" in texts


# ---- checks --------------------------------------------------------------------------------------------------


class Spoil(NamedTuple):
    """One cell to overwrite: a block by name, row and column in it, what to write."""

    block: str
    i: int
    j: int
    content: Any


SPOILS = {
    ("Forecast", "Returns of classes"): Spoil("classes.returns", 3, 0, "n/a"),
    ("Forecast", "Realised volatilities"): Spoil("classes.realised", 5, 1, "n/a"),
    ("Forecast", "Ranks add up"): Spoil("classes.ranks", 5, 1, 3.5),
    **{
        ("Forecast", f"{word} less engine's"): Spoil("classes.figures.engine", 1, j, 9.0)
        for j, word in enumerate(
            ("Rank correlation", "Its se", "Realised/forecast", "Qlike window", "Qlike naive", "Gain", "Se of gain")
        )
    },
    ("Models", "Net returns"): Spoil("models.net", 4, 0, "n/a"),
    ("Models", "Returns of benchmarks"): Spoil("models.benchmark", 4, 0, "n/a"),
    ("Models", "Gross returns"): Spoil("models.gross", 4, 0, "n/a"),
    ("Models", "Traded shares"): Spoil("models.charged", 4, 0, "n/a"),
    ("Models", "Ex-ante risks"): Spoil("models.risks", 0, 0, None),
    ("Alpha", "Months of sub-periods"): Spoil("alpha.counts", 0, 0, 15.0),
    ("Sensitivity", "Returns a year"): Spoil("sensitivity.native", 4, 0, 0.05),
    **{
        ("Decay", f"{word} less engine's"): Spoil("decay.engine", 2, j, 9.0)
        for j, word in enumerate(("Realised/ex-ante", "Gap", "Se of gap", "Widening", "Se of widening"))
    },
    **{
        ("Alpha", f"{word} less engine's"): Spoil("alpha.engine", 1, j, 9.0)
        for j, word in enumerate(("Alpha a year", "Se of alpha", "Beta"))
    },
    ("Sensitivity", "Return a year less engine's"): Spoil("sensitivity.engine", 2, 0, 0.5),
}
"""By section and label of the check."""

INPUTS = {
    "return of a class": (Spoil("classes.returns", 40, 0, 0.2), "Gain less engine's"),
    "realised volatility": (Spoil("classes.realised", 5, 2, 0.2), "Rank correlation less engine's"),
    "realised by age": (Spoil("models.realised", 3, 2, 0.2), "Gap less engine's"),
    "ex-ante risk": (Spoil("models.risks", 20, 0, 0.2), "Realised/ex-ante less engine's"),
    "net return": (Spoil("models.net", 20, 0, 0.2), "Alpha a year less engine's"),
    "benchmark return": (Spoil("models.benchmark", 20, 0, 0.2), "Beta less engine's"),
    "gross return": (Spoil("models.gross", 20, 0, 0.2), "Return a year less engine's"),
    "traded share": (Spoil("models.charged", 20, 0, 0.9), "Return a year less engine's"),
}
"""A wrong number among the engine's months is seen by a figure that is made of it."""


def block_of(small: Small, path: str) -> Block:
    head, *fields = path.split(".")
    found: Any = small.cells.models[0] if head == "models" else getattr(small.cells, head)
    for field in fields:
        found = getattr(found, field)
    return found


def check_rows(small: Small) -> dict[tuple[str, str], int]:
    return {(check.section, check.label): FIRST + i for i, check in enumerate(small.checks)}


def told(calc: Calc, small: Small, spoiled: Spoil) -> set[tuple[str, str]]:
    """Section and label of the checks whose flags turn: all of them are named, and none is left in the end."""
    sheet, _, cell = block_of(small, spoiled.block).at(spoiled.i, spoiled.j).partition("!")
    found = spoil(calc, loaded(small.path), Overwrite(sheet, cell, spoiled.content))
    failed = found.failed(check_rows(small))
    assert found.failures == len(failed), spoiled
    assert found.shown == {found.failures}, spoiled
    assert found.restored == 0.0, spoiled
    return failed


def test_every_check_has_a_spoil(small):
    assert sorted(check_rows(small)) == sorted(SPOILS)


@libreoffice
@pytest.mark.parametrize("key", SPOILS, ids=": ".join)
def test_check_can_fail(calc, small, key):
    assert key in told(calc, small, SPOILS[key])


@libreoffice
@pytest.mark.parametrize("name", INPUTS)
def test_wrong_months_are_seen(calc, small, name):
    spoiled, label = INPUTS[name]
    assert label in {label for _, label in told(calc, small, spoiled)}


# ---- sheets --------------------------------------------------------------------------------------------------


FUNCTIONS = {
    "ABS", "AVERAGE", "COLUMNS", "CORREL", "COUNT", "DEVSQ", "IF", "IFERROR", "INTERCEPT", "ISNUMBER", "LN", "MAX", "N",
    "PRODUCT", "RANK.AVG", "ROWS", "SLOPE", "SQRT", "STDEV.S", "STEYX", "SUM", "SUMSQ",
}  # fmt: skip
"""Known to every Excel since 2010 and to LibreOffice 7.4; none is volatile."""


def test_formulas_are_short_and_plain(small):
    for formula in formulas(loaded(small.path)):
        assert_plain(formula, FUNCTIONS, 89)


def test_lines_have_words_and_the_package_is_sound(small):
    assert package_faults(small.path) == []
    assert_lines_have_words(loaded(small.path))
    for sheet in loaded(small.path):
        for words in ("SYNTHETIC", "HYPOTHETICAL", "Own open rule"):
            assert words in sheet["A2"].value


def test_charts_show_forecasts_decay_alpha_and_sensitivity(small):
    """Titles; the error bars of alpha are its standard errors, one column of them for each column of alphas."""
    found = dict(charts(small.path))
    assert list(found) == [
        "Forecast and realised volatility (per month)", "Gap of realised to ex-ante risk by age of the weights",
        "Alpha by sub-period (hypothetical)", "Change of the return a year (hypothetical)",
    ]  # fmt: skip
    sheet, place = loaded(small.path)["Evidence"], small.cells.shown["Alpha"]
    heads = {cell.column_letter: cell.value for cell in sheet[place.row]}
    xml = found["Alpha by sub-period (hypothetical)"]
    bars = re.findall(r"<c:plus><c:numRef><c:f>Evidence!\$([A-Z]+)\$", xml)
    values = re.findall(r"<c:val><c:numRef><c:f>Evidence!\$([A-Z]+)\$", xml)
    assert len(bars) == len(values) == PARTS + 1
    assert [heads[a].replace("se of alpha", "alpha a year") for a in bars] == [heads[a] for a in values]


def test_building_again_gives_the_same_bytes(small, tmp_path):
    again = evidence_book(tmp_path / "again.xlsx", small.prices)
    assert again.path.read_bytes() == small.path.read_bytes()
