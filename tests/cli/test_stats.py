"""stats, and the reader of files of returns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

import aram_xl as ax
from aram_xl.performance import NEWSLETTER_KEYS, STANDARD_KEYS
from aram_xl.returns_file import read_returns

Run = Callable[..., Result]
Answer = Callable[..., Any]
ABOUT = {"convention", "start", "end", "frequency", "benchmark"}


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    return ax.period_returns(ax.sample_prices().loc[:"2019-12-31", ["AGG", "SPY", "BIL", "LQDH"]], "M")


@pytest.fixture(scope="module")
def returns_file(months: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stats") / "returns.csv"
    months[["AGG", "SPY", "BIL"]].to_csv(path)
    return path


@pytest.fixture
def spoil(returns_file: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the file with one text replaced."""

    def write(old: str, new: str) -> Path:
        text = returns_file.read_text()
        assert old in text
        path = tmp_path / "spoilt.csv"
        path.write_text(text.replace(old, new, 1))
        return path

    return write


def test_newsletter_convention(answer: Answer, returns_file: Path, months: pd.DataFrame) -> None:
    """One entry per series, the benchmark among them; numbers equal to the engine's."""
    found = answer("stats", returns_file, "--benchmark", "AGG", "--convention", "newsletter")
    assert set(found) == {"AGG", "SPY", "BIL"}
    assert set(found["SPY"]) == {*NEWSLETTER_KEYS, *ABOUT}
    assert found == ax.statistics(months[["AGG", "SPY", "BIL"]], months["AGG"]).as_dict()


def test_standard_convention(answer: Answer, returns_file: Path, months: pd.DataFrame) -> None:
    found = answer(
        *("stats", returns_file, "--benchmark", "AGG", "--convention", "standard"),
        *("--risk-free", "BIL", "--periods-per-year", "12", "--start", "2014-01-01", "--end", "2018-12-31"),
    )
    assert set(found) == {"AGG", "SPY"}
    assert set(found["SPY"]) == {*STANDARD_KEYS, *ABOUT}
    cut = months.loc["2014":"2018"]
    expected = ax.statistics(
        cut[["AGG", "SPY"]], cut["AGG"], "standard", risk_free=cut["BIL"], periods_per_year=12
    ).as_dict()
    assert found == expected
    assert (found["SPY"]["start"], found["SPY"]["end"], found["SPY"]["n_months"]) == ("2014-01-31", "2018-12-31", 60)


def test_table_says_what_it_was_made_from(run: Run, returns_file: Path) -> None:
    options = ("--benchmark", "AGG", "--convention", "standard", "--risk-free", "BIL", "--periods-per-year", 12)
    text = run("stats", returns_file, *options).stdout
    assert "84 monthly returns; benchmark AGG, risk-free series BIL; convention standard" in " ".join(text.split())
    assert "Sharpe ratio, last 12 months" in text
    assert "Tracking error a year" in text
    plain = run("stats", returns_file, "--benchmark", "AGG", "--convention", "newsletter").stdout
    assert "Ret/StDev, last 12 months" in plain
    assert "Tracking error a month" in plain
    assert "Sharpe ratio a year" in text


def test_many_series_stand_a_few_abreast(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    pd.DataFrame({f"Fund {i}": months["SPY"] for i in range(9)}).to_csv(file)
    text = run("stats", file, "--benchmark", "Fund 0", "--convention", "newsletter").stdout
    assert text.count("Last month") == 3
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"Fund {i}" in text for i in range(9))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--benchmark", "XXX", "--convention", "newsletter"], "benchmark: expected one of the columns AGG, SPY, BIL"),
        (["--benchmark", "AGG", "--convention", "standard"], "risk_free: expected a series"),
        (["--benchmark", "AGG", "--convention", "standard", "--risk-free", "BIL"], "periods_per_year: expected"),
        (["--benchmark", "AGG", "--convention", "newsletter", "--risk-free", "BIL"], "risk_free: expected none"),
        (
            ["--benchmark", "AGG", "--convention", "newsletter", "--start", "2030-01-01"],
            "expected returns between start",
        ),
        (["--benchmark", "AGG", "--convention", "newsletter", "--end", "28/02/2018"], "end: expected a date such as"),
        (["--benchmark", "AGG", "--convention", "other"], "'other' is not one of"),
        (["--benchmark", "AGG"], "Missing option '--convention'"),
        (["--convention", "newsletter"], "Missing option '--benchmark'"),
    ],
)
def test_wrong_options(run: Run, returns_file: Path, options: list[str], sentence: str) -> None:
    result = run("stats", returns_file, *options)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


NEWSLETTER = ("--benchmark", "AGG", "--convention", "newsletter")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("2013-02-28,", "2013-02-28,x", "AGG on 2013-02-28 (row 3): expected a return, got the text 'x"),
        ("2013-02-28,-0.", "2013-02-28,-7.", "AGG on 2013-02-28: expected a return of -1 or more"),
        ("2013-02-28,", "2013-01-31,", "expected each date once, got 2013-01-31 again in row 3"),
        ("2013-02-28,", "2011-02-28,", "expected dates in ascending order, got 2011-02-28 in row 3"),
        ("2013-02-28,", "2013-01-28,", "expected dates in ascending order"),
        ("Date,AGG,SPY", "Date,AGG,AGG", "expected each column name once, got AGG more than once"),
    ],
)
def test_wrong_cells(run: Run, spoil: Callable[[str, str], Path], old: str, new: str, sentence: str) -> None:
    result = run("stats", spoil(old, new), *NEWSLETTER)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_month_that_is_absent(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "gap.csv"
    months[["AGG", "SPY"]].drop(months.index[5]).to_csv(file)
    result = run("stats", file, *NEWSLETTER)
    assert (result.exit_code, "one row per calendar month" in result.stderr) == (2, True)


def test_prices_and_percentages_are_not_taken_for_returns(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    for name, table in {"percent": 100 * months, "prices": 100 * (1 + months).cumprod()}.items():
        file = tmp_path / f"{name}.csv"
        table[["AGG", "SPY"]].to_csv(file)
        result = run("stats", file, *NEWSLETTER)
        assert result.exit_code == 2
        assert "expected returns in decimals (0.01 for 1 %)" in result.stderr


def test_one_large_return_is_a_warning(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    table = months[["AGG", "SPY"]].copy()
    table.iloc[3, 1] = 1.5
    table.to_csv(file)
    result = run("stats", file, *NEWSLETTER)
    assert (result.exit_code, result.stderr) == (0, "warning: large.csv: 1 return above 100 %; is that right?\n")


def test_empty_cells_follow_the_policy(months: pd.DataFrame, tmp_path: Path) -> None:
    """LQDH begins in June 2014, so that its first return is of July."""
    file = tmp_path / "late.parquet"
    months.to_parquet(file)
    with pytest.raises(ax.InputError, match="LQDH on 2013-01-31: expected a return, got an empty cell; shorten"):
        read_returns(file)
    with pytest.warns(ax.DataWarning, match="left out, cells are empty: LQDH"):
        assert list(read_returns(file, missing="drop_asset")) == ["AGG", "SPY", "BIL"]
    with pytest.warns(ax.DataWarning, match="18 rows left out in which a cell is empty"):
        common = read_returns(file, missing="common_window")
    assert common.index[0] == pd.Timestamp("2014-07-31")
    pd.testing.assert_frame_equal(read_returns(file, start="2014-07-01"), common)
    with pytest.raises(ax.InputError, match="missing: expected reject, drop_asset or common_window"):
        read_returns(file, missing="fill")  # type: ignore[arg-type]


def test_nothing_complete_is_too_short(months: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "holes.csv"
    table = months[["AGG", "SPY"]].copy()
    table.iloc[::2, 0] = np.nan
    table.iloc[1::2, 1] = np.nan
    table.to_csv(file)
    for missing in ("drop_asset", "common_window"):
        with pytest.raises(ax.TooShortError, match=f"some complete returns, got none with missing {missing}"):
            read_returns(file, missing=missing)  # type: ignore[arg-type]
