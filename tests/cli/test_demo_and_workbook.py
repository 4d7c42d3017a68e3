"""demo, workbook and recalc; the templates themselves are tested where they are made."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from typer.testing import Result

import aram_xl as ax

Run = Callable[..., Result]


@pytest.fixture
def demonstration(run: Run, catalogue: ModuleType, tmp_path: Path) -> tuple[Result, Path]:
    folder = tmp_path / "new/demo"
    result = run("demo", "-o", folder)
    assert result.exit_code == 0, result.stderr
    return result, folder


def test_demo_writes_prices_weights_and_workbook(
    demonstration: tuple[Result, Path], catalogue: ModuleType, run: Run
) -> None:
    result, folder = demonstration
    names = {"SYNTHETIC_prices.csv", "SYNTHETIC_weights.csv", "active_index.xlsx"}
    assert {path.name for path in folder.iterdir()} == names
    with pytest.warns(ax.DataWarning):
        written = ax.read_prices(folder / "SYNTHETIC_prices.csv")
    pd.testing.assert_frame_equal(written, ax.sample_prices(), check_freq=False)
    history = pd.read_csv(folder / "SYNTHETIC_weights.csv", index_col=0)
    assert history.shape[0] == 110
    assert history.index.name.startswith("date (SYNTHETIC sample")
    ((name, prices, end),) = catalogue.calls
    assert (name, end) == ("active_index", "2025-02-28")
    assert prices.attrs["label"].startswith("SYNTHETIC")
    assert "Next: open the workbook" in result.stdout


def test_demo_says_synthetic_and_hypothetical(demonstration: tuple[Result, Path]) -> None:
    text = " ".join(demonstration[0].stdout.split())
    assert "SYNTHETIC sample: generated prices" in text
    assert "Hypothetical" in text
    assert "Sample 2016-01-29 to 2025-02-28, 110 monthly returns" in text


def test_the_label_of_the_sample_goes_where_its_file_goes(demonstration: tuple[Result, Path], run: Run) -> None:
    file = demonstration[1] / "SYNTHETIC_prices.csv"
    assert run("index", file).stdout.count("SYNTHETIC sample: generated") == 1
    assert json.loads(run("weights", "active-index-ig", file, "--json").stdout)["label"].startswith("SYNTHETIC")


def test_demo_again_replaces_the_files_by_the_same(demonstration: tuple[Result, Path], run: Run) -> None:
    folder = demonstration[1]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run("demo", "-o", folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_workbook_hands_prices_and_end_to_the_template(
    run: Run, catalogue: ModuleType, prices_file: Path, prices: pd.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "mine.xlsx"
    result = run("workbook", "active_index", prices_file, "--end", "2017-12-29", "-o", file)
    assert result.exit_code == 0
    assert file.read_bytes() == b"workbook"
    ((name, given, end),) = catalogue.calls
    assert (name, end) == ("active_index", "2017-12-29")
    pd.testing.assert_frame_equal(given, prices, check_freq=False)
    assert f"aram-xl recalc {file}" in result.stdout


@pytest.mark.parametrize(
    ("name", "file", "sentence"),
    [
        ("nosuch", "a.xlsx", "aram-xl: name: expected one of active_index, got 'nosuch'"),
        ("active_index", "a.pdf", "aram-xl: output: expected a file name that ends in .xlsx, got 'a.pdf'"),
        ("active_index", "no/a.xlsx", "a.xlsx: expected a folder that can be written, got No such file or directory"),
        ("active_index", "file/a.xlsx", "a.xlsx: expected a folder that can be written, got Not a directory"),
        ("active_index", "folder.xlsx", "folder.xlsx: expected the name of a file to write, got a folder"),
    ],
)
def test_workbook_refuses_before_it_builds(
    run: Run, catalogue: ModuleType, prices_file: Path, tmp_path: Path, name: str, file: str, sentence: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.xlsx").mkdir()
    result = run("workbook", name, prices_file, "-o", tmp_path / file)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert catalogue.calls == []
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder.xlsx"}


def test_workbook_that_fails_half_way_leaves_the_old_file(
    run: Run, catalogue: ModuleType, monkeypatch: pytest.MonkeyPatch, prices_file: Path, tmp_path: Path
) -> None:
    def build(name: str, prices: pd.DataFrame, path: Path, **options: Any) -> None:
        Path(path).write_bytes(b"half")
        raise ax.InputError("end: expected another date")

    monkeypatch.setattr(catalogue, "build", build)
    file = tmp_path / "mine.xlsx"
    file.write_bytes(b"old")
    result = run("workbook", "active_index", prices_file, "-o", file)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "aram-xl: end: expected another date")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_demo_refuses_a_folder_that_cannot_be(run: Run, catalogue: ModuleType, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    for folder in (blocked, blocked / "demo"):
        result = run("demo", "-o", folder)
        assert result.exit_code == 2
        assert "expected a folder that can be made and written" in result.stderr
    assert blocked.read_text() == "in the way"


# recalc


@pytest.fixture
def kept(tmp_path: Path) -> Callable[..., Path]:
    """A workbook whose only sum is 2, kept as another value, with one deliberate #N/A and one check."""

    def make(value: float, formula: str = "=1+1", target: float = 2.0) -> Path:
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Calc")
            sheet.write_formula("A1", formula, None, value)
            sheet.write_formula("A2", "=NA()", None, "#N/A")
            checks = book.add_worksheet("Checks")
            checks.write_row("A2", ["Sum", "one and one", "number"])
            checks.write_formula("D2", "=N(Calc!A1)", None, value)
            checks.write_number("E2", target)
            checks.write_number("F2", 1e-3)
            checks.write_formula("G2", "=1-IFERROR(N(ABS(D2-E2)<=F2),0)", None, float(target != 2.0))
            checks.write_formula("G1", "=SUM(G2:G2)", None, float(target != 2.0))
            book.define_name("chk_failures", "=Checks!$G$1")
        return path

    return make


@pytest.mark.libreoffice
def test_recalc_passes_a_workbook_that_is_right(run: Run, kept: Callable[..., Path]) -> None:
    result = run("recalc", kept(2.0))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "ok"
    found = json.loads(run("recalc", kept(2.0), "--json").stdout)
    assert set(found) == {
        *("file", "ok", "tolerance", "sheets", "formulas", "compared", "without_cached", "differences", "errors"),
        *("expected_errors", "twins", "twin_gaps", "failures", "failed_checks"),
    }
    assert (found["ok"], found["failures"]) == (True, 0.0)
    assert found["expected_errors"] == [{"sheet": "Calc", "cell": "A2", "value": "#N/A"}]


@pytest.mark.libreoffice
def test_recalc_lists_differences_over_the_tolerance(run: Run, kept: Callable[..., Path]) -> None:
    file = kept(2.000001)
    result = run("recalc", file)
    assert result.exit_code == 1
    assert "differs: Calc!A1: file 2.000001, recalculated 2.0" in result.stdout
    assert run("recalc", file, "--tolerance", "1e-5").exit_code == 0
    found = json.loads(run("recalc", file, "--json").stdout)
    assert {"sheet": "Calc", "cell": "A1", "cached": 2.000001, "recalculated": 2.0} in found["differences"]


@pytest.mark.libreoffice
def test_recalc_lists_error_cells_and_failed_checks(run: Run, kept: Callable[..., Path]) -> None:
    result = run("recalc", kept(2.0, "=1/0"))
    assert (result.exit_code, "error: Calc!A1: #DIV/0!" in result.stdout) == (1, True)
    result = run("recalc", kept(2.0, target=3.0))
    assert (result.exit_code, "chk_failures: 1.0" in result.stdout) == (1, True)


def test_recalc_without_libreoffice_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, small_book: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARAM_XL_SOFFICE", str(tmp_path / "nosuch"))
    result = run("recalc", small_book)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("aram-xl: ARAM_XL_SOFFICE: expected the soffice program of LibreOffice")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.libreoffice
def test_recalc_in_libreoffice(run: Run, small_book: Path) -> None:
    result = run("recalc", small_book)
    assert result.exit_code == 1
    assert "differs: Sheet1!A3: file 4.0, recalculated 3.0" in result.stdout


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """1 + 2 is kept as 4."""
    path = tmp_path / "small.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_column("A1", [1, 2])
        sheet.write_formula("A3", "=A1+A2", None, 4)
    return path


def test_recalc_refuses_what_is_no_workbook(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "text.xlsx"
    other.write_text("no workbook")
    result = run("recalc", other)
    assert result.exit_code == 2
    assert "expected an .xlsx or .xlsm workbook" in result.stderr


def test_nothing_of_the_templates_is_loaded_by_other_commands(run: Run, prices_file: Path) -> None:
    """The stand-in of these tests would hide a template that is imported too early."""
    sys.modules.pop("workbooks.catalogue", None)
    assert run("index", prices_file).exit_code == 0
    assert "workbooks.catalogue" not in sys.modules
