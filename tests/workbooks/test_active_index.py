"""The active-index workbook in LibreOffice: real prices, every signal date, other multipliers, degenerate universes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import aram_xl as ax
from tests.workbooks.book_cells import label_rows, loaded
from workbooks.active_index import build
from workbooks.libreoffice import Calc
from workbooks.package import package_faults
from workbooks.recalc import RecalcReport, compare_twins, recalculate, report_lines

libreoffice = pytest.mark.libreoffice
shared_data = pytest.mark.shared_data

END = "2025-02-28"

WEIGHTS = 1e-9
"""Largest difference of native and engine weights: rounding of 1e-16 by condition numbers below 1e5."""

EXPECTED = {
    "Last month": (-0.0013, 0.0005),
    "Year to date": (0.0075, 0.0005),
    "1 year": (0.0708, 0.0005),
    "3 years": (0.0491, 0.0005),
    "5 years": (0.0262, 0.0005),
    "Since the start": (0.2175, 0.0005),
    "Alpha": (0.0115, 0.0005),
    "Alpha, 12 months": (0.0693, 0.0005),
    "Beta, 12 months": (0.028, 0.005),
    "Correlation, 12 months": (0.08, 0.005),
    "Ret/StDev, 12 months": (3.26, 0.01),
    "Beta": (0.63, 0.005),
    "Positive months": (73 / 110, 1e-12),
    "Months": (110, 0),
}
"""The preset's expected row to February 2025; the source of the prices revises them now and then."""


class Built(NamedTuple):
    """A workbook, the prices and model behind it, and the places of its lines."""

    path: Path
    prices: pd.DataFrame
    result: ax.BacktestResult
    places: dict[tuple[str, str], int]

    def value(self, calc: Calc, sheet: str, label: str, column: str = "D") -> Any:
        return calc.value(sheet, f"{column}{self.places[sheet, label]}")


def built(path: Path, prices: pd.DataFrame, model: ax.Model | None = None, end: str | None = None) -> Built:
    model = model or ax.load_model("active-index-ig")
    build(prices, path, end, model=model)
    return Built(path, prices, ax.backtest(prices, model, end=end), label_rows(loaded(path)))


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    prices = pd.read_csv(shared / "data" / "etf_adj_close_daily.csv", index_col=0, parse_dates=True)
    return built(tmp_path_factory.mktemp("real") / "active_index.xlsx", prices, end=END)


@pytest.fixture(scope="module")
def report(real: Built, calc_session: Calc) -> RecalcReport:
    return compare_twins(recalculate(real.path, calc=calc_session))


@pytest.fixture
def opened(real: Built, calc_session: Calc) -> Calc:
    calc_session.open(real.path)
    return calc_session


def native(calc: Calc) -> np.ndarray:
    return np.array(calc.named("out_weights")[0], dtype=float)


def failed(calc: Calc) -> set[str]:
    """Labels of the failed checks."""
    rows = calc.read("Checks", "B8:G60")
    return {str(row[0]) for row in rows if row[5] == 1.0}


def excel_day(day: pd.Timestamp) -> datetime.date:
    return day.date()


# ---- real prices ---------------------------------------------------------------------------------------------


@shared_data
@libreoffice
def test_recalculates_to_the_engine(report):
    """Cached values come from the engine, the others from LibreOffice: over 12,000 formulas agree to 1e-9."""
    assert report.ok, report_lines(report)
    assert (report.failures, report.errors, report.without_cached) == (0.0, (), 0)
    assert report.formulas == report.compared > 12_000
    assert report.twins >= 110 + 2 * 14


@shared_data
def test_package_is_sound(real):
    assert package_faults(real.path) == []


@shared_data
@libreoffice
def test_every_certificate_holds(opened, real):
    """110 earning signal dates and the current one, seven flags each; each flag stands on a residual that is small."""
    heads = opened.read("Calc_Proof", "A5:BK5")[0]
    first = heads.index("flag budget")
    left, right = (openpyxl.utils.get_column_letter(k + 1) for k in (first, first + 6))
    flags = np.array(opened.read("Calc_Proof", f"{left}6:{right}116"), dtype=float)
    assert flags.shape == (111, 7)
    assert not flags.any()
    left, right = (openpyxl.utils.get_column_letter(heads.index(f"residual {t}") + 1) for t in ("SHY", "LQDH"))
    residuals = np.array(opened.read("Calc_Proof", f"{left}6:{right}116"), dtype=float)
    assert residuals.shape == (111, 6)
    assert 0.0 < np.abs(residuals).max() <= 1e-12
    dates = [row[0] for row in opened.read("Calc_Proof", "B6:B117")]
    assert dates[-1] is None
    assert len(set(dates[:-1])) == 111


@shared_data
@libreoffice
def test_native_statistics_are_the_expected_row(opened, real):
    for label, (value, tolerance) in EXPECTED.items():
        assert real.value(opened, "Outputs", label) == pytest.approx(value, rel=0, abs=tolerance), label
        assert abs(real.value(opened, "Outputs", label, "G")) <= 1e-12, label


@shared_data
@libreoffice
def test_native_optimiser_at_every_signal_date(opened, real):
    """All 111 dates: windows of 18 to 48 months, binding and not; engine and cells to 1e-9, no check fails."""
    result = real.result
    weights = pd.concat([result.weights, result.current.to_frame().T])
    worst, not_binding = 0.0, 0
    for day in weights.index:
        opened.set("Inputs", f"D{real.places['Inputs', 'Signal date']}", excel_day(day))
        opened.calculate(hard=False)
        worst = max(worst, float(np.abs(native(opened) - weights.loc[day]).max()))
        assert opened.named("chk_failures") == [[0.0]], (day, failed(opened))
        not_binding += real.value(opened, "Calc_Date", "Risk multiplier k") == 0.0
        assert real.value(opened, "Calc_Date", "Window") == result.windows[day]
    assert worst <= WEIGHTS
    assert not_binding == (result.events["kind"] == "not binding").sum()
    assert {18, 48} <= set(result.windows)


def moments_at(real: Built, day: pd.Timestamp) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean, covariance and benchmark volatility of the window, from the prices by pandas alone."""
    model = real.result.model
    prices = real.prices[[*model.universe, model.benchmark]].dropna(subset=[model.benchmark])
    ends = prices.groupby(prices.index.to_period("M")).tail(1)
    window = ends.pct_change(fill_method=None).loc[:day].tail(real.result.windows[day])
    assets = window[list(model.universe)]
    return assets.mean().to_numpy(), assets.cov().to_numpy(), float(window[model.benchmark].std())


@shared_data
@libreoffice
def test_another_multiplier(opened, real):
    """The same window at k times the benchmark's volatility; the engine's weights for k = 1 do not count then."""
    bound = 0
    for position in (0, 12, 25, 60, 85):
        day = real.result.targets.index[position]
        mean, covariance, volatility = moments_at(real, day)
        opened.set("Inputs", f"D{real.places['Inputs', 'Signal date']}", excel_day(day))
        for k in (0.6, 0.8, 1.3):
            portfolio = ax.max_return_at_risk(mean, covariance, k * volatility)
            opened.set("Inputs", f"D{real.places['Inputs', 'Multiplier k']}", k)
            opened.calculate(hard=False)
            assert_allclose(native(opened), portfolio.weights, rtol=0, atol=WEIGHTS)
            assert failed(opened) == set()
            risk, target = real.value(opened, "Calc_Date", "Risk"), real.value(opened, "Calc_Date", "Risk target")
            assert target == pytest.approx(k * volatility, rel=1e-12)
            slope = real.value(opened, "Calc_Date", "Risk multiplier k")
            assert slope == pytest.approx(portfolio.certificate.risk_multiplier, rel=1e-9, abs=1e-12)
            if slope:
                bound += 1
                assert risk == pytest.approx(target, rel=1e-12)
                assert np.abs(native(opened) - real.result.weights.loc[day]).max() > 1e-3
    assert bound >= 10


@shared_data
@libreoffice
def test_multiplier_below_reach(opened, real):
    """Least risk is held, two checks say why, no cell shows an error; back at k = 1 all is well."""
    day = real.result.targets.index[-1]
    _, covariance, _ = moments_at(real, day)
    cell = f"D{real.places['Inputs', 'Multiplier k']}"
    opened.set("Inputs", cell, 0.1)
    opened.calculate()
    least = ax.min_risk(covariance)
    assert failed(opened) == {"Target below reach", "Risk above target"}
    assert opened.named("chk_failures") == [[2.0]]
    assert opened.errors() == {}
    assert_allclose(native(opened), least.weights, rtol=0, atol=WEIGHTS)
    assert real.value(opened, "Calc_Frontier", "Least reachable risk") == pytest.approx(least.risk, rel=1e-12)
    assert real.value(opened, "Calc_Date", "Weight of return f") == 0.0
    opened.set("Inputs", cell, 1.0)
    opened.calculate()
    assert failed(opened) == set()


@shared_data
@libreoffice
def test_shorter_window_of_the_user(opened, real):
    """36 months: the native optimiser follows; the engine's weights are then of another window and say so."""
    day = real.result.targets.index[60]
    opened.set("Inputs", f"D{real.places['Inputs', 'Signal date']}", excel_day(day))
    opened.set("Inputs", f"D{real.places['Inputs', 'Window']}", 36)
    opened.calculate()
    model = real.result.model
    ends = real.prices[[*model.universe, model.benchmark]].dropna(subset=[model.benchmark])
    ends = ends.groupby(ends.index.to_period("M")).tail(1).pct_change(fill_method=None).loc[:day].tail(36)
    assets = ends[list(model.universe)]
    portfolio = ax.max_return_at_risk(assets.mean().to_numpy(), assets.cov().to_numpy(), ends[model.benchmark].std())
    assert_allclose(native(opened), portfolio.weights, rtol=0, atol=WEIGHTS)
    assert failed(opened) == {"Native less engine weights", "Dates that fail: window"}


@shared_data
def test_user_prices_are_not_called_synthetic(real):
    for sheet in openpyxl.load_workbook(real.path):
        notice = "HYPOTHETICAL. Inferred from a published table; not the provider's method."
        assert sheet["A2"].value == notice, sheet.title


# ---- degenerate universes ------------------------------------------------------------------------------------

MONTHS = 49
CYCLE = 24


def prices_of(returns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Month-end levels from returns per month."""
    days = pd.bdate_range("2014-12-31", periods=MONTHS, freq="BME", name="date")
    levels = {name: 100.0 * np.cumprod(np.append(1.0, 1.0 + series)) for name, series in returns.items()}
    return pd.DataFrame(levels, index=days)


def cycles(rng: np.random.Generator, risks: tuple[float, ...], means: tuple[float, ...]) -> list[np.ndarray]:
    """Series that repeat every 24 months, so that each window of 24 has the same mean up to rounding."""
    series = []
    for risk, mean in zip(risks, means, strict=True):
        cycle = rng.standard_normal(CYCLE)
        series.append(np.resize(mean + risk * (cycle - cycle.mean()), MONTHS - 1))
    return series


def degenerate_prices(kind: str) -> tuple[pd.DataFrame, float]:
    """Four assets and the benchmark X, with a multiplier that makes the case."""
    rng = np.random.default_rng(20250228)
    means, multiplier = (0.002, 0.004, 0.005, 0.007), 1.0
    if kind == "all means tied":
        means = (0.004, 0.004, 0.004, 0.004)
    elif kind == "two best means tied":
        means, multiplier = (0.002, 0.003, 0.006, 0.006), 2.0
    elif kind == "two best means tied, binding":
        means = (0.002, 0.003, 0.006, 0.006)
    elif kind == "target above every risk":
        multiplier = 50.0
    a, b, c, d, x = cycles(rng, (0.006, 0.012, 0.02, 0.024, 0.012), (*means, 0.003))
    if kind == "duplicated asset":
        d = c
    elif kind == "zero-variance asset":
        a = np.zeros(MONTHS - 1)
    elif kind == "zero-variance asset held":
        a, multiplier = np.full(MONTHS - 1, 0.005), 0.6
    return prices_of({"A": a, "B": b, "C": c, "D": d, "X": x}), multiplier


@libreoffice
@pytest.mark.parametrize(
    ("kind", "not_evaluated"),
    [
        ("all means tied", 0),
        ("two best means tied", 0),
        ("two best means tied, binding", 0),
        ("duplicated asset", 4),
        ("zero-variance asset", 8),
        ("zero-variance asset held", 1),
        ("target above every risk", 0),
    ],
)
def test_degenerate_universe(tmp_path, calc_session, kind, not_evaluated):
    """The engine's return and risk, or subsets counted as not evaluated on Calc_Optimiser and Checks.

    Of 15 subsets 4 hold both twins and 8 the asset without risk. Constant growth carries rounding, so that some of
    the 8 can be inverted; where the answer needs one of the others, checks fail, so that no one takes the best of the
    rest for the answer.
    """
    prices, multiplier = degenerate_prices(kind)
    model = ax.load_model("active-index-ig").replace(
        universe=("A", "B", "C", "D"), benchmark="X", window=CYCLE, minimum_history=12, multiplier=multiplier,
        first_signal=datetime.date(2017, 10, 1),
    )  # fmt: skip
    book = built(tmp_path / "degenerate.xlsx", prices, model)
    calc_session.open(book.path)
    weights, engine = native(calc_session), book.result.current.to_numpy()
    counted = book.value(calc_session, "Calc_Optimiser", "Subsets not evaluated")
    assert book.value(calc_session, "Checks", "Subsets not evaluated") == counted >= not_evaluated
    if kind == "zero-variance asset held":
        assert engine[0] > 0.1
        assert {"First-order residual", "Native less engine weights"} <= failed(calc_session)
        return
    assert counted == not_evaluated
    window = prices.pct_change().tail(CYCLE)[["A", "B", "C", "D"]].to_numpy()
    found, wanted = (np.array([(window @ w).mean(), (window @ w).std(ddof=1)]) for w in (weights, engine))
    assert_allclose(found, wanted, rtol=0, atol=1e-12)
    assert failed(calc_session) == set()
    if kind != "duplicated asset":
        assert_allclose(weights, engine, rtol=0, atol=WEIGHTS)
    else:
        assert_allclose(weights[2] + weights[3], engine[2] + engine[3], rtol=0, atol=WEIGHTS)
