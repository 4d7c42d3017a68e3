"""What the active-index workbook refuses, in a sentence each and with nothing half-written; and other shapes of it."""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import aram_xl as ax
from aram_xl.errors import InputError, OutputError
from workbooks.active_index import build
from workbooks.catalogue import build as build_by_name
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines

MONTHS = 49


def made_up(tickers: tuple[str, ...]) -> pd.DataFrame:
    """Month-end levels of unrelated random returns, December 2014 to December 2018."""
    returns = 0.01 * np.random.default_rng(1).standard_normal((MONTHS, len(tickers)))
    days = pd.bdate_range("2014-12-31", periods=MONTHS, freq="BME", name="date")
    return pd.DataFrame(100.0 * np.cumprod(1.0 + returns, axis=0), days, list(tickers))


SIX = ("SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH", "AGG")


def test_without_lqdh(tmp_path):
    with pytest.raises(InputError, match="expected the assets of active-index-ig, got no column LQDH; supply it"):
        build(made_up(SIX).drop(columns="LQDH"), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_without_the_benchmark(tmp_path):
    with pytest.raises(InputError, match="AGG"):
        build(made_up(SIX).drop(columns="AGG"), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_end_before_the_first_signal(tmp_path):
    sentence = r"end: expected a date after the first signal \(2015-12-01\), got prices up to 2015-06-30"
    with pytest.raises(InputError, match=sentence):
        build(made_up(SIX), tmp_path / "a.xlsx", "2015-06-30")
    assert list(tmp_path.iterdir()) == []


def test_too_little_history(tmp_path):
    """The sixth asset has 10 returns at the first signal: the engine can go on without it, plain cells cannot."""
    prices = made_up(SIX)
    prices.loc[:"2015-01-30", "LQDH"] = np.nan
    with pytest.raises(InputError, match="prices: expected at least 12 monthly returns of every asset at the first"):
        build(prices, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def no_folder(folder: Path) -> Path:
    return folder / "missing" / "a.xlsx"


def file_as_folder(folder: Path) -> Path:
    (folder / "file").write_text("kept")
    return folder / "file" / "a.xlsx"


def folder_as_file(folder: Path) -> Path:
    (folder / "a.xlsx").mkdir()
    return folder / "a.xlsx"


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (no_folder, "expected a folder that can be written, got No such file or directory"),
        (file_as_folder, "expected a folder that can be written, got Not a directory"),
        (folder_as_file, r"could not be written \(Is a directory\); nothing was changed"),
    ],
)
def test_place_that_cannot_be_written(tmp_path, target: Callable[[Path], Path], sentence):
    path = target(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=f"a.xlsx: {sentence}"):
        build(short_history(), path, model=short_model())
    assert sorted(tmp_path.rglob("*")) == before


@contextmanager
def nobody() -> Iterator[None]:
    """Root may write everywhere: take an ordinary user's rights for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions another way")
def test_folder_without_permission(tmp_path):
    build(short_history(), tmp_path / "first.xlsx", model=short_model())  # imports all, which nobody may not read
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with nobody(), pytest.raises(OutputError, match="expected a folder that can be written, got Permission denied"):
        build(short_history(), folder / "a.xlsx", model=short_model())
    assert list(folder.iterdir()) == []


def test_older_file_survives_a_failure(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_text("older")

    def stop(step: str) -> None:
        if step == "sheets":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(short_history(), path, progress=stop, model=short_model())
    assert (path.read_text(), list(tmp_path.iterdir())) == ("older", [path])


def short_history() -> pd.DataFrame:
    return made_up(("A", "B", "X"))


def short_model() -> ax.Model:
    return ax.load_model("active-index-ig").replace(
        universe=("A", "B"), benchmark="X", window=12, minimum_history=12, first_signal=datetime.date(2018, 1, 1)
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"frequency": "D"}, "frequency: expected 'M' for the workbook in plain cells, got 'D' in model active-ind"),
        ({"rebalance": "Q"}, "rebalance: expected 'M' for the workbook in plain cells, got 'Q'"),
        ({"upper": 0.6}, "upper: expected 1.0 for the workbook in plain cells, got 0.6"),
        ({"lower": 0.1}, "lower: expected 0.0 for the workbook in plain cells, got 0.1"),
        ({"cost_bps": 5.0}, "cost_bps: expected 0.0 for the workbook in plain cells, got 5.0"),
        ({"fee": 0.001}, "fee: expected 0.0 for the workbook in plain cells, got 0.001"),
        ({"execution_lag": 1}, "execution_lag: expected 0 for the workbook in plain cells, got 1"),
        ({"covariance": "ledoit_wolf"}, "covariance: expected 'sample' for the workbook in plain cells, got 'led"),
        ({"fallback": ("benchmark",)}, r"fallback: expected \('min_risk',\) for the workbook in plain cells"),
        ({"universe": tuple("ABCDEFGHI")}, "universe: expected at most 8 assets for the optimiser in plain cells"),
    ],
)
def test_model_that_plain_cells_cannot_restate(tmp_path, changes, sentence):
    model = ax.load_model("active-index-ig").replace(**changes)
    with pytest.raises(InputError, match=sentence):
        build(made_up((*"ABCDEFGHI", "AGG")), tmp_path / "a.xlsx", model=model)
    assert list(tmp_path.iterdir()) == []


def test_unknown_template(tmp_path):
    with pytest.raises(InputError, match=r"workbook: expected one of active_index, .*got 'other'"):
        build_by_name("other", made_up(SIX), tmp_path / "a.xlsx")


# ---- other shapes --------------------------------------------------------------------------------------------


@pytest.mark.libreoffice
@pytest.mark.parametrize("assets", [1, 2, 8])
def test_other_numbers_of_assets(tmp_path, calc_session, assets):
    """255 rows for eight assets, one for one; a short history shows #N/A for 12 months and more."""
    tickers = tuple("ABCDEFGH"[:assets])
    model = short_model().replace(universe=tickers)
    path = tmp_path / "other.xlsx"
    build(made_up((*tickers, "X")), path, model=model)
    report = compare_twins(recalculate(path, calc=calc_session))
    failing = {check.label for check in report.failed_checks}
    assert failing <= {"Risk above target", "Target below reach"}, report_lines(report)
    assert (report.differences, report.errors, report.twin_gaps) == ((), (), ()), report_lines(report)
    assert {item.value.name for item in report.expected_errors} == {"#N/A"}
    assert package_faults(path) == []


@pytest.mark.libreoffice
def test_months_below_reach(tmp_path, calc_session):
    """k = 0.3: the engine falls back to the least risk each month; the cells hold and prove the same and say so."""
    model = short_model().replace(universe=("A", "B", "C"), multiplier=0.3)
    path = tmp_path / "below.xlsx"
    build(made_up(("A", "B", "C", "X")), path, model=model)
    report = compare_twins(recalculate(path, calc=calc_session))
    assert {check.label for check in report.failed_checks} == {"Risk above target", "Target below reach"}
    assert (report.failures, report.differences, report.errors, report.twin_gaps) == (2.0, (), (), ())
