"""What the fund check refuses, in a sentence each; the roles of columns; and the command line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from aram_xl.cli._app import app
from aram_xl.errors import InputError
from workbooks.catalogue import build_of_returns
from workbooks.fund_check import NAME, build, build_by_roles
from workbooks.fund_check_data import Columns, columns_of

SERIES = ("Mine", "AGG", "SHY", "TLT", "BIL")


def made_up(months: int = 48) -> pd.DataFrame:
    """Unrelated random returns."""
    values = 0.01 * np.random.default_rng(2).standard_normal((months, len(SERIES)))
    return pd.DataFrame(values, pd.date_range("2015-01-31", periods=months, freq="ME", name="Date"), list(SERIES))


ROLES = Columns(fund="Mine", benchmark="AGG", passive=("SHY", "TLT"), t_bills="BIL")


def test_roles_by_default():
    """The fund is the first column without a role, the passive series are the rest."""
    assert columns_of(SERIES, "AGG", t_bills="BIL") == ROLES
    assert columns_of(SERIES, "Mine", fund="TLT", passive=("SHY", "BIL")) == Columns(
        fund="TLT", benchmark="Mine", passive=("SHY", "BIL")
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"benchmark": None}, "benchmark: expected the column to measure against, got none; name it"),
        ({"benchmark": "SPY"}, "columns: expected one of Mine, AGG, SHY, TLT, BIL, got 'SPY'"),
        ({"benchmark": "AGG", "fund": "AGG"}, "columns: expected one role for each column, got two for AGG"),
        ({"benchmark": "AGG", "passive": ["SHY"]}, "passive: expected 2 to 8 series for the mix in plain cells, got 1"),
        (
            {"benchmark": "AGG", "passive": ["Mine", "SHY"], "t_bills": "BIL", "active_index": "TLT"},
            "fund: expected a column that is no reference, got none; supply the fund's returns",
        ),
    ],
)
def test_roles_that_do_not_fit(options, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        columns_of(SERIES, **options)


def test_too_many_passive_series():
    with pytest.raises(InputError, match="passive: expected 2 to 8 series for the mix in plain cells, got 9"):
        columns_of([f"S{i}" for i in range(11)], "S0")


def test_a_hole_leaves_nothing_behind(tmp_path):
    returns = made_up()
    returns.loc["2016-03-31", "Mine"] = np.nan
    with pytest.raises(InputError, match="returns: expected a return in every month between a fund's first and last"):
        build(returns, ROLES, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_unknown_template(tmp_path):
    with pytest.raises(InputError, match=r"workbook: expected one of .*fund_check.*, got 'other'"):
        build_of_returns("other", made_up(), tmp_path / "a.xlsx", {})


def test_last_month_used(tmp_path):
    build_by_roles(made_up(), tmp_path / "a.xlsx", {"benchmark": "AGG", "t_bills": "BIL"}, end="2018-06-30")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)["Outputs"]
    rows = {row[1].value: row[3].value for row in sheet.iter_rows(min_row=6)}
    assert rows["Months"] == 42


# ---- command line --------------------------------------------------------------------------------------------


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in arguments])
    return result.exit_code, result.output + str(result.exception or "")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "returns.csv"
    made_up().to_csv(path)
    return path


def test_command_fills_the_template(tmp_path, file):
    target = tmp_path / "mine.xlsx"
    code, text = run("workbook", NAME, file, "--benchmark", "AGG", "--t-bills", "BIL", "-o", target)
    assert code == 0, text
    sheet = openpyxl.load_workbook(target)["Data"]
    assert [one.value for one in sheet[6]][3:9] == ["Mine", "Yours to type", "AGG", "SHY", "TLT", "BIL"]
    assert sheet["D7"].value == pytest.approx(made_up()["Mine"].iloc[0], abs=1e-15)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "benchmark: expected the column to measure against, got none; name it"),
        (("--benchmark", "AGG", "--passive", "SHY,NO"), "columns: expected one of Mine, AGG, SHY, TLT, BIL, got 'NO'"),
        (("--benchmark", "AGG", "--end", "soon"), "end: expected a date such as 2025-02-28, got 'soon'"),
    ],
)
def test_command_refuses(tmp_path, file, options, sentence):
    code, text = run("workbook", NAME, file, *options, "-o", tmp_path / "mine.xlsx")
    assert code != 0
    assert sentence in text
    assert [path.name for path in tmp_path.iterdir()] == ["returns.csv"]
