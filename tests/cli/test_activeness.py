"""activeness: one fund, a file of many in and out, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

import aram_xl as ax
from aram_xl._activeness_file import read_funds
from aram_xl.activeness import KEYS, REFERENCE, VERDICTS, ActivenessSettings, judge_activeness

Run = Callable[..., Result]
Answer = Callable[..., Any]
REFERENCES = ("--benchmark", "AGG", "--t-bills", "BIL", "--passive", "SHY,TLT,LQD")


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    """Six years of the built-in sample, and 30 funds of noise around AGG, some of which start late."""
    table = ax.period_returns(ax.sample_prices().loc[:"2018-12-31", ["AGG", "BIL", "SHY", "TLT", "LQD"]], "M")
    rng = np.random.default_rng(50)
    noise = rng.normal(0.0, 0.01, (len(table), 30))
    funds = pd.DataFrame(table[["AGG"]].to_numpy() + noise, table.index, [f"Fund {i:02d}" for i in range(30)])
    funds.iloc[:20, 3] = np.nan
    funds.iloc[:50, 4] = np.nan
    return table.join(funds)


@pytest.fixture(scope="module")
def files(months: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("activeness")
    paths = {kind: folder / f"funds.{kind}" for kind in ("csv", "parquet", "xlsx")}
    months.to_csv(paths["csv"])
    months.to_parquet(paths["parquet"])
    months.set_axis(months.index.strftime("%Y-%m-%d")).to_excel(paths["xlsx"])
    return paths


def judged(months: pd.DataFrame, settings: ActivenessSettings | None = None) -> Any:
    funds = [name for name in months if name.startswith("Fund")]
    return judge_activeness(
        months[funds],
        months["AGG"],
        t_bills=months["BIL"],
        passive=months[["SHY", "TLT", "LQD"]],
        settings=settings or ActivenessSettings(),
    )


def alike(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Text equal; numbers to 1e-9: a product over many funds rounds its last bit by how many they are."""
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, dict):
            alike(found[key], value)
        else:
            assert found[key] == (pytest.approx(value, rel=1e-9, abs=1e-14) if isinstance(value, float) else value), key


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_json_is_what_the_engine_says(answer: Answer, files: dict[str, Path], months: pd.DataFrame, kind: str) -> None:
    """Ranked by t-value, 30 funds, none of the series they are measured against."""
    found = answer("activeness", files[kind], *REFERENCES)
    expected = judged(months)
    order = expected.ranked()
    assert [one["name"] for one in found["funds"]] == [expected.names[i] for i in order]
    for one, i in zip(found["funds"], order, strict=True):
        alike(one, expected[int(i)].as_dict())
    assert found["verdicts"] == expected.counts()
    assert found["convention"] == "newsletter"
    assert found["significantly_positive_by_chance"] == pytest.approx(29 * 0.025)
    assert list(found["rule"]) == list(VERDICTS.values())
    assert found["reference"] == REFERENCE


def test_options_reach_the_rule(answer: Answer, files: dict[str, Path], months: pd.DataFrame) -> None:
    found = answer(
        *("activeness", files["parquet"], *REFERENCES, "--convention", "standard", "--index-like", 0.2),
        *("--significance", 0.1, "--power", 0.9, "--minimum-months", 24, "--rank-by", "beta", "--funds", "Fund 01,TLT"),
    )
    settings = ActivenessSettings(convention="standard", index_like=0.2, significance=0.1, power=0.9, minimum_months=24)
    expected = judged(months, settings).fund("Fund 01").as_dict()
    assert [one["name"] for one in found["funds"]] == ["TLT", "Fund 01"]
    alike(found["funds"][1], expected)
    assert (found["index_like"], found["minimum_months"], found["rank_by"]) == (0.2, 24, "beta")


def test_one_fund_is_a_table_and_a_sentence(run: Run, files: dict[str, Path], months: pd.DataFrame) -> None:
    text = run("activeness", files["csv"], *REFERENCES, "--funds", "Fund 00").stdout
    one = judged(months).fund("Fund 00")
    words = " ".join(text.split())
    assert one.sentence in words
    assert f"t-value of alpha {one.alpha_t:.3f} number" in words
    assert "5 years, active index - not supplied" in words
    assert "Passive mix: LQD" in words
    assert "Rule: the first line that fits" in words
    assert REFERENCE in words
    assert "Benchmark AGG; convention newsletter: raw returns, risk-free rate 0." in words
    assert max(map(len, text.splitlines())) <= 80


def test_many_funds_are_ranked(run: Run, files: dict[str, Path], months: pd.DataFrame) -> None:
    text = run("activeness", files["csv"], *REFERENCES).stdout
    expected = judged(months)
    first, last = (expected.names[i] for i in expected.ranked()[[0, 19]])
    lines = text.splitlines()
    assert any(line.startswith("1    " + first) for line in lines)
    assert any(line.startswith("20   " + last) for line in lines)
    assert "... and 10 more" in text
    assert "30 funds, ranked by alpha_t." in text
    assert f"{expected.counts()['noise']} x benchmark plus noise" in text
    assert "1 x too short to judge" in text


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_file_out(run: Run, files: dict[str, Path], months: pd.DataFrame, tmp_path: Path, kind: str) -> None:
    """Every fund with every figure; Parquet also carries what it was made with."""
    out = tmp_path / f"ranked.{kind}"
    result = run("activeness", files["parquet"], *REFERENCES, "-o", out)
    assert result.exit_code == 0, result.stderr
    assert f"Written: {out}" in result.stdout
    expected = judged(months).to_frame()
    if kind == "parquet":
        table = pd.read_parquet(out)
        pd.testing.assert_frame_equal(table, expected)
        assert table.attrs == json.loads(json.dumps(expected.attrs))
    else:
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["fund"] for row in rows] == list(expected.index)
        assert set(KEYS) < set(rows[0])
        assert float(rows[0]["alpha_t"]) == expected["alpha_t"].iloc[0]
        assert {row["fund"] for row in rows if row["five_year"] == ""} == {"Fund 03", "Fund 04"}


def test_hole_is_refused_or_named(run: Run, answer: Answer, months: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "hole.parquet"
    spoilt = months.copy()
    spoilt.iloc[30, 7] = np.nan
    spoilt.to_parquet(file)
    result = run("activeness", file, *REFERENCES)
    assert result.exit_code == 2
    assert f"got no return in {months.index[30].date()}, inside its series for Fund 02" in result.stderr
    found = answer("activeness", file, *REFERENCES, "--holes", "drop_fund")
    assert found["dropped"] == {"Fund 02": f"no return in {months.index[30].date()}, inside its series"}
    assert len(found["funds"]) == 29


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--benchmark", "XXX"], "benchmark: expected one of the columns AGG, BIL, SHY, TLT, LQD, Fund 00, Fund 01,"),
        (["--benchmark", "AGG", "--t-bills", "X"], "t_bills: expected one of the columns"),
        (["--benchmark", "AGG", "--passive", "SHY,X"], "passive: expected one of the columns"),
        (["--benchmark", "AGG", "--passive", "SHY,SHY"], "passive: expected"),
        (["--benchmark", "AGG", "--active-index", "X"], "active_index: expected one of the columns"),
        (["--benchmark", "AGG", "--funds", "X"], "funds: expected one of the columns"),
        (["--benchmark", "AGG", "--convention", "standard"], "t_bills: expected their returns per month"),
        (["--benchmark", "AGG", "--rank-by", "sharpe"], "key: expected one of n_months, alpha_year"),
        (["--benchmark", "AGG", "--index-like", "95"], "index_like: expected a share between 0 and 1"),
        (["--benchmark", "AGG", "--start", "2030-01-01"], "expected returns between start and end, got none"),
        (["--benchmark", "AGG", "--end", "28/02/2018"], "end: expected a date such as 2025-02-28"),
        (["--benchmark", "AGG", "-o", "ranked.xlsx"], "expected a name that ends in .parquet or .csv"),
        ([], "Missing option '--benchmark'"),
    ],
)
def test_wrong_options(run: Run, files: dict[str, Path], options: list[str], sentence: str) -> None:
    result = run("activeness", files["csv"], *options)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_the_file_read_is_not_written_over(run: Run, files: dict[str, Path]) -> None:
    before = files["csv"].read_bytes()
    result = run("activeness", files["csv"], *REFERENCES, "-o", files["csv"])
    assert (result.exit_code, "this is a file to read" in result.stderr) == (2, True)
    assert files["csv"].read_bytes() == before


def test_only_references_leave_no_fund(run: Run, months: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "references.csv"
    months[["AGG", "BIL"]].to_csv(file)
    result = run("activeness", file, "--benchmark", "AGG", "--t-bills", "BIL")
    assert (result.exit_code, "funds: expected at least one column besides" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda text: text.replace("2013-02-28,", "2013-02-28,x", 1), "AGG on 2013-02-28 (row 3): expected a return"),
        (lambda text: text.replace("Fund 01", "Fund 00", 1), "expected each column name once, got Fund 00"),
        (lambda text: text.replace("2013-02-28,", "2013-01-28,", 1), "dates: expected ascending dates"),
    ],
)
def test_wrong_cells(
    run: Run, files: dict[str, Path], tmp_path: Path, spoil: Callable[[str], str], sentence: str
) -> None:
    file = tmp_path / "spoilt.csv"
    file.write_text(spoil(files["csv"].read_text()))
    result = run("activeness", file, *REFERENCES)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_percentages_and_prices_are_not_taken_for_returns(months: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "percent.csv"
    (100 * months).to_csv(file)
    with pytest.raises(ax.InputError, match=r"expected returns in decimals \(0.01 for 1 %\)"):
        read_funds(file)


def test_dates_cut_the_file(files: dict[str, Path], months: pd.DataFrame) -> None:
    table = read_funds(files["parquet"], start="2014-01-01", end="2016-12-31")
    pd.testing.assert_frame_equal(table, months.loc["2014":"2016"].rename_axis("Date"), check_freq=False)
