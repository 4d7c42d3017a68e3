"""Wrong input ends in exit status 2, nothing on standard output, and one sentence that an investor understands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

import aram_xl as ax

Run = Callable[..., Result]
Spoil = Callable[[pd.DataFrame], pd.DataFrame]


def _swapped(table: pd.DataFrame) -> pd.DataFrame:
    rows = np.arange(len(table))
    rows[[10, 11]] = [11, 10]
    return table.iloc[rows]


def _with_cell(value: object) -> Spoil:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        spoilt = table.astype(object)
        spoilt.iloc[10, 1] = value
        return spoilt

    return spoil


SPOILT: dict[str, tuple[Spoil, str]] = {
    "missing benchmark": (
        lambda table: table.drop(columns="AGG"),
        "prices: expected a column AGG, the benchmark of active-index-ig, got SHY, IEF, TLT, TIP, VCIT, LQDH",
    ),
    "LQDH absent": (
        lambda table: table.drop(columns="LQDH"),
        "prices: expected the assets of active-index-ig, got no column LQDH; supply it, or choose another universe - "
        "no asset is ever swapped for another",
    ),
    "out of order": (
        _swapped,
        "p.csv: expected dates in ascending order, got 2013-01-15 in row 13 after 2013-01-16; sort the rows by date",
    ),
    "duplicated date": (
        lambda table: table.iloc[[*range(11), *range(10, len(table))]],
        "p.csv: expected each date once, got 2013-01-15 again in row 13; remove a row",
    ),
    "text in a price": (
        _with_cell("n/a"),
        "p.csv: IEF on 2013-01-15 (row 12): expected a price, got the text 'n/a'; store prices as numbers, leave "
        "missing ones empty",
    ),
    "negative price": (
        _with_cell(-101.5),
        "p.csv: IEF on 2013-01-15: expected a price above zero, got -101.5; correct it, or leave the cell empty if "
        "there is no price",
    ),
    "one asset all empty": (
        lambda table: table.assign(TIP=np.nan),
        "p.csv: TIP: expected prices, got an empty column; remove the column",
    ),
    "two rows only": (lambda table: table.iloc[-2:], "p.csv: expected at least 3 rows of prices, got 2; add dates"),
}


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("command", [["index"], ["weights", "active-index-ig"], ["backtest", "active-index-ig"]])
def test_bad_prices(run: Run, prices: pd.DataFrame, tmp_path: Path, kind: str, command: list[str]) -> None:
    spoil, sentence = SPOILT[kind]
    file = tmp_path / "p.csv"
    spoil(prices).to_csv(file)
    _refuses(run(*command, file, "--json"), sentence)


def _refuses(result: Result, sentence: str) -> None:
    assert result.exit_code == 2
    assert result.stdout == ""
    *warned, last = result.stderr.splitlines()
    assert last.startswith(f"aram-xl: {sentence}")
    assert all(line.startswith("warning: ") for line in warned)


def test_end_before_the_first_signal(run: Run, prices_file: Path) -> None:
    sentence = "end: expected a date after the first signal (2015-12-01), got prices up to 2015-06-30"
    _refuses(run("index", prices_file, "--end", "2015-06-30"), sentence)


def test_end_before_the_first_price(run: Run, prices_file: Path) -> None:
    _refuses(
        run("index", prices_file, "--end", "2001-06-30"), "prices: expected prices of AGG up to 2001-06-30, got none"
    )


def test_only_one_signal(run: Run, prices_file: Path) -> None:
    sentence = "prices: expected at least two signal dates of active-index-ig, got 1"
    _refuses(run("index", prices_file, "--end", "2015-12-31"), sentence)


def test_a_date_that_is_none(run: Run, prices_file: Path) -> None:
    _refuses(
        run("index", prices_file, "--end", "2017-02-30"), "end: expected a date such as 2025-02-28, got '2017-02-30'"
    )


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("absent.csv", None, "absent.csv: expected a file, got nothing there"),
        ("empty.csv", b"", "empty.csv: expected a header row and rows of prices, got an empty file"),
        ("p.csv", b"\xff\xfe\x00D", "p.csv: expected comma-separated text in UTF-8"),
        ("p.xlsx", b"no workbook", "p.xlsx: expected an Excel workbook, got a damaged or other file"),
        ("p.parquet", b"no table", "p.parquet: expected a Parquet table"),
        ("p.docx", b"", "p.docx: expected a .csv, .parquet or .xlsx file, got '.docx'"),
    ],
)
def test_unreadable_file(run: Run, tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    result = run("index", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_folder_in_place_of_a_file(run: Run, tmp_path: Path) -> None:
    assert "expected a file, got a folder" in run("index", tmp_path).stderr


def test_corrections_that_cannot_be_read(run: Run, prices_file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "corrections.csv"
    bad.write_text("Date,Ticker\n2016-01-04,SHY\n")
    result = run("index", prices_file, "--corrections", bad)
    _refuses(result, "corrections.csv: expected a column SourceReturn, got Date, Ticker")


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("nosuch", "model: expected one of active-index-ig, advisor-family, equityplus, "),
        ("nosuch.toml", "model: nosuch.toml could not be read"),
    ],
)
def test_a_model_that_is_none(run: Run, prices_file: Path, card: str, sentence: str) -> None:
    _refuses(run("weights", card, prices_file), sentence)


def test_costs_out_of_range(run: Run, prices_file: Path) -> None:
    result = run("backtest", "active-index-ig", prices_file, "--fee", "3")
    _refuses(result, "fee: expected a number from 0 to 0.1, got 3.0")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("no/h.csv", "expected a folder that can be written, got No such file or directory; choose another place"),
        ("file/h.csv", "expected a folder that can be written, got Not a directory; choose another place"),
        ("folder", "expected the name of a file to write, got a folder; add a file name"),
    ],
)
def test_history_that_cannot_be_written(run: Run, prices_file: Path, tmp_path: Path, place: str, sentence: str) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    result = run("backtest", "active-index-ig", prices_file, "--csv", tmp_path / place, "--json")
    _refuses(result, f"{tmp_path / place}: {sentence}")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}
    assert (tmp_path / "file").read_text() == "in the way"


def test_target_below_reach_by_hand() -> None:
    """Uncorrelated, 10 % and 20 %: the least risk is that of 80 % and 20 %, sqrt(0.8^2 0.01 + 0.2^2 0.04) = 8.94 %."""
    with pytest.raises(
        ax.InfeasibleError, match=r"target 5\.00 % is below the lowest reachable 8\.94 % \(80\.0 % asset 1"
    ):
        ax.max_return_at_risk([0.01, 0.02], [[0.01, 0.0], [0.0, 0.04]], 0.05)


def test_indefinite_covariance_by_hand() -> None:
    """Eigenvalues of [[1, 2], [2, 1]] are 3 and -1."""
    with pytest.raises(ax.NotConvexError, match="no negative eigenvalue, got -1"):
        ax.max_return_at_risk([0.01, 0.02], [[1.0, 2.0], [2.0, 1.0]], 1.0)


def test_a_file_to_read_is_never_written_over(run: Run, prices_file: Path) -> None:
    before = prices_file.read_bytes()
    result = run("backtest", "active-index-ig", prices_file, "--csv", prices_file)
    assert result.exit_code == 2
    assert "this is a file to read; choose another name for the output" in result.stderr
    assert prices_file.read_bytes() == before
