"""aram-xl returns: the file that the judging commands read, equal to returns by hand; what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Working days of January to 10 May 2024. At month ends A stands at 100, 125, 100, 110; B at 50 from February, but
    has no price at the end of March."""
    days = pd.bdate_range("2024-01-02", "2024-05-10", name="Date").drop(pd.Timestamp("2024-03-29"))
    table = pd.DataFrame({"A": 110.0, "B": 50.0}, index=days)
    for month, level in (("2024-01", 100.0), ("2024-02", 125.0), ("2024-03", 100.0)):
        table.loc[month, "A"] = level
    table["A"] += 0.01 * (np.arange(len(days)) % 2) * (days.day < 20)  # prices that stand still are told of
    table.loc["2024-01", "B"] = np.nan
    table.loc["2024-03-28", "B"] = np.nan
    table["B"] += 0.01 * (np.arange(len(days)) % 2) * (days.day < 20)
    file = tmp_path / "prices.csv"
    table.to_csv(file)
    return file


@pytest.mark.parametrize("name", ["returns.csv", "returns.parquet"])
def test_monthly_returns_by_hand(run: Run, source: Path, tmp_path: Path, name: str) -> None:
    told = run("returns", source, "-o", tmp_path / name)
    assert told.exit_code == 0, told.stderr
    assert "the final monthly period is incomplete (last price 2024-05-10)" in told.stderr
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    table = read(tmp_path / name)
    table = table.set_index("Date") if "Date" in table else table
    assert [str(day)[:10] for day in table.index] == ["2024-02-29", "2024-03-28", "2024-04-30"]
    assert_allclose(table["A"], [0.25, -0.2, 0.1], rtol=1e-12)
    assert table["B"].isna().all()
    extent = [line.split() for line in told.stdout.splitlines() if line.startswith(("A ", "B "))]
    assert extent == [["A", "2024-02-29", "2024-04-30", "3", "0"], ["B", "-", "-", "0", "-"]]


def test_columns_dates_and_label_go_along(run: Run, prices: pd.DataFrame, tmp_path: Path) -> None:
    file, made = tmp_path / "prices.csv", tmp_path / "returns.csv"
    prices.to_csv(file, index_label="Date (SYNTHETIC sample: made up)")
    wanted = ("--columns", "AGG, SHY", "--start", "2016-01-01", "--end", "2016-12-30")
    assert run("returns", file, "-o", made, *wanted).exit_code == 0
    table = pd.read_csv(made)
    assert list(table) == ["Date (SYNTHETIC sample: made up)", "AGG", "SHY"]
    assert len(table) == 12
    assert run("stats", made, "--benchmark", "AGG", "--convention", "newsletter").exit_code == 0


def test_refused(run: Run, source: Path, tmp_path: Path) -> None:
    def told(*arguments: object) -> str:
        result = run("returns", source, *arguments)
        assert result.exit_code == 2
        return " ".join(result.stderr.split())

    made = tmp_path / "returns.csv"
    assert "output: expected a file that ends in .csv or .parquet, got r.xlsx" in told("-o", tmp_path / "r.xlsx")
    assert "this is a file to read" in told("-o", source)
    assert "columns: expected some of A, B, got 'C'" in told("-o", made, "--columns", "A,C")
    assert "expected returns between start and end, got none" in told("-o", made, "--start", "2025-01-01")
    assert "end: expected a date such as 2025-02-28, got 'soon'" in told("-o", made, "--end", "soon")
    assert not made.exists()
