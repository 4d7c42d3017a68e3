"""models, index, weights, backtest: what they print is what the engine says."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from openpyxl import load_workbook
from typer.testing import Result

import aram_xl as ax
from aram_xl.performance import NEWSLETTER_KEYS

Run = Callable[..., Result]
Answer = Callable[..., Any]

ABOUT_KEYS = {"convention", "start", "end", "frequency", "benchmark"}
WEIGHTS_KEYS = {"signal_date", "weights", "risk_target", "risk", "window", "estimation_frequency", "events"}


@pytest.fixture(scope="module")
def result(prices: pd.DataFrame) -> ax.BacktestResult:
    return ax.backtest(prices, ax.load_model("active-index-ig"))


@pytest.fixture
def card_file(tmp_path: Path) -> Callable[..., Path]:
    """A user's own card: the preset with one line replaced."""

    def write(old: str, new: str) -> Path:
        text = (Path(ax.__file__).parent / "cards/active-index-ig.toml").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "mine.toml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path

    return write


def test_models_lists_every_card_with_every_field(answer: Answer, run: Run) -> None:
    cards = answer("models")
    assert [card["name"] for card in cards] == list(ax.models())
    assert set(cards[0]) == {field.name for field in dataclasses.fields(ax.Model)}
    lines = run("models").stdout.splitlines()
    shown = {line.split()[0]: line for line in lines[1 : 1 + len(cards)]}
    assert list(shown) == list(ax.models())
    assert re.fullmatch(r"\S+ +Active Index - IG \(inferred\) +AGG +none: 1 +monthly", shown["active-index-ig"])
    assert re.fullmatch(r"\S+ +FI-Baseline \(own rule\) +AGG +4: 0.6 to 1 +monthly", shown["fi-baseline"])
    assert shown["fi-yen-protected"].endswith("weekly, drift 10 %")
    text = " ".join(" ".join(lines).split())
    for card in cards:
        assert " ".join(card["provenance"].split()) in text
        assert text.count(card["name"]) >= 2
    assert max(map(len, lines)) <= 100


def test_index_json_has_the_agreed_keys(answer: Answer, prices_file: Path) -> None:
    found = answer("index", prices_file)
    expected = {*NEWSLETTER_KEYS, *ABOUT_KEYS, "model", "provenance", "label", *WEIGHTS_KEYS}
    assert set(found) == expected
    assert found["provenance"] == "Inferred from a published table; not the provider's method."
    assert found["label"].startswith("Hypothetical")


def test_index_json_is_what_the_engine_says(answer: Answer, prices_file: Path, result: ax.BacktestResult) -> None:
    """The file keeps every bit of the prices, so the numbers are equal and not merely close."""
    found = answer("index", prices_file)
    stats = ax.statistics(result.returns, result.benchmark_returns)
    assert {key: found[key] for key in stats.as_dict()} == stats.as_dict()
    assert found["weights"] == result.current.to_dict()
    assert found["signal_date"] == "2018-01-31"
    assert found["risk_target"] == result.targets.iloc[-1]
    assert len(found["events"]) == len(result.events)


def test_index_too_short_for_a_statistic_is_null_and_a_dash(answer: Answer, run: Run, prices_file: Path) -> None:
    """25 months: no three and five years."""
    found = answer("index", prices_file)
    assert found["three_year"] is None
    assert found["five_year"] is None
    assert found["one_year"] is not None
    line = next(line for line in run("index", prices_file).stdout.splitlines() if line.startswith("5 years"))
    assert line.split()[-2:] == ["-", "-"]


def test_index_table_shows_the_same_figures_beside_the_benchmark(run: Run, answer: Answer, prices_file: Path) -> None:
    found = answer("index", prices_file)
    text = run("index", prices_file).stdout
    lines = {line[:30].strip(): line[30:].split() for line in text.splitlines()}
    assert lines["Whole sample, cumulative"][0] == f"{100 * found['cumulative']:.2f}"
    assert lines["Positive months"][:3] == [str(round(found["positive_months"] * 25)), "of", "25"]
    assert lines["Beta, whole sample"] == [f"{found['beta']:.3f}", "1.000"]
    assert "Inferred from a published table; not the provider's method." in text
    assert "Hypothetical" in text
    assert "2016-01-29 to 2018-01-31, 25 monthly returns; benchmark AGG" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_index_reads_other_files_to_the_same_answer(
    answer: Answer, prices_file: Path, prices: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    other = tmp_path / f"prices.{ending}"
    prices.to_parquet(other) if ending == "parquet" else prices.to_excel(other)
    assert answer("index", other) == answer("index", prices_file)


def test_index_end_cuts_the_table_first(answer: Answer, prices_file: Path) -> None:
    """In the middle of a month: that month is dropped, and it is said."""
    found = answer("index", prices_file, "--end", "2017-06-15")
    assert found["end"] == "2017-05-31"
    assert found["events"][-1]["kind"] == "incomplete period"


def test_corrections_change_the_index_and_are_told(
    run: Run, prices_file: Path, prices: pd.DataFrame, tmp_path: Path
) -> None:
    """SHY is held at the first signal, so that a return of January 2016 counts."""
    day = pd.Timestamp("2016-01-05")
    row = prices.index.get_loc(day)
    shown = prices["SHY"].iloc[row] / prices["SHY"].iloc[row - 1] - 1
    file = tmp_path / "issues.csv"
    file.write_text(f"Date,Ticker,SourceReturn,SuggestedReturn\n2016-01-05,SHY,{shown:.8f},0.02\n", encoding="utf-8")
    plain, corrected = run("index", prices_file), run("index", prices_file, "--corrections", file)
    assert "SHY on 2016-01-05" in corrected.stderr
    assert "replaced by +2.0000%" in corrected.stderr
    assert plain.stdout != corrected.stdout


def test_warnings_are_short_lines_on_standard_error(run: Run, prices_file: Path) -> None:
    told = run("index", prices_file)
    assert "warning: prices.csv: LQDH: first price on 2014-06-17" in told.stderr
    assert "DataWarning" not in told.stderr
    assert "warning" not in told.stdout


def test_warnings_on_columns_that_are_not_used_are_counted(run: Run, prices: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    prices.assign(IDLE=prices["SHY"].where(prices.index > "2014-01-01")).to_csv(file)
    told = run("index", file).stderr
    assert "IDLE" not in told
    assert "1 more line of this kind on columns that are not used here" in told


def test_weights_are_those_for_the_coming_period(
    answer: Answer, run: Run, prices_file: Path, result: ax.BacktestResult
) -> None:
    found = answer("weights", "active-index-ig", prices_file)
    assert set(found) == {"model", "provenance", "label", "benchmark", "decision", *WEIGHTS_KEYS}
    assert found["weights"] == result.current.to_dict()
    assert_allclose(sum(found["weights"].values()), 1.0, rtol=0, atol=1e-12)
    assert found["window"] == result.windows.iloc[-1]
    assert all(event["date"] >= found["signal_date"] for event in found["events"])
    text = run("weights", "active-index-ig", prices_file).stdout
    assert "decided on 2018-01-31" in text
    assert "not annualised" in text


def test_weights_of_an_own_card(answer: Answer, prices_file: Path, card_file: Callable[..., Path]) -> None:
    found = answer("weights", card_file("upper = 1.0", "upper = 0.3"), prices_file)
    assert max(found["weights"].values()) <= 0.3 + 1e-12


def test_missing_replaces_the_policy_of_the_card(run: Run, answer: Answer, prices_file: Path) -> None:
    """LQDH has 43 of 48 returns in January 2018."""
    found = answer("weights", "active-index-ig", prices_file, "--missing", "drop_asset")
    assert found["weights"]["LQDH"] == 0.0
    assert found["window"] == 48
    told = run("weights", "active-index-ig", prices_file, "--missing", "reject")
    assert told.exit_code == 2
    assert "expected 48 returns of every asset" in told.stderr


def test_a_target_below_reach_is_a_dated_and_counted_fallback(
    answer: Answer, run: Run, prices_file: Path, card_file: Callable[..., Path]
) -> None:
    card = card_file("multiplier = 1.0", "multiplier = 0.01")
    found = answer("backtest", card, prices_file)
    fallbacks = [event for event in found["events"] if event["kind"] == "fallback"]
    assert len(fallbacks) == 26
    assert "is below the lowest reachable" in fallbacks[0]["detail"]
    assert "Events: 26 x fallback, from 2015-12-31 to 2018-01-31." in run("backtest", card, prices_file).stdout


def test_backtest_charges_costs_and_fee(answer: Answer, prices_file: Path) -> None:
    free = answer("backtest", "active-index-ig", prices_file)
    charged = answer("backtest", "active-index-ig", prices_file, "--cost-bps", 10, "--fee", 0.005)
    assert set(free) == {
        *("model", "provenance", "label", "rebalances", "turnover", "cost", "fee", "cost_bps", "events"),
        *("net", "gross", "benchmark", "trades", "states", "target_check", "exposures", "hurdles", "decision"),
    }
    assert set(free["net"]) == {*NEWSLETTER_KEYS, *ABOUT_KEYS}
    assert free["net"] == free["gross"] == charged["gross"]
    assert charged["net"]["cumulative"] < charged["gross"]["cumulative"]
    assert (charged["fee"], charged["cost_bps"], charged["rebalances"]) == (0.005, 10, 25)
    # Both legs of a trade are charged, turnover counts one.
    assert_allclose(charged["cost"], 2 * charged["turnover"] * 25 * 0.001, rtol=1e-12)


def test_backtest_start_moves_the_first_signal(answer: Answer, prices_file: Path) -> None:
    found = answer("backtest", "active-index-ig", prices_file, "--start", "2016-06-30")
    assert found["net"]["start"] == "2016-07-29"


def test_backtest_csv_adds_up_row_by_row(run: Run, prices_file: Path, prices: pd.DataFrame, tmp_path: Path) -> None:
    """Each month by hand: weights times the returns of the month, then cost and fee."""
    file = tmp_path / "history.csv"
    told = run("backtest", "active-index-ig", prices_file, "--cost-bps", 10, "--fee", 0.012, "--csv", file)
    assert told.exit_code == 0
    assert f"Written: {file}" in told.stdout
    history = pd.read_csv(file, parse_dates=[0, "signal_date"])
    mark = "hypothetical; fee 1.2 % a year, costs 10 bp of each amount bought or sold"
    assert history.columns[0] == f"date ({mark})"
    history = history.rename(columns={history.columns[0]: "date"})
    universe = list(ax.load_model("active-index-ig").universe)
    assert list(history) == [
        *("date", "signal_date", *universe),
        *("gross", "net", "benchmark", "target", "turnover", "cost"),
    ]
    growth = prices.loc[history["date"]].to_numpy() / prices.loc[history["signal_date"]].to_numpy()
    held = growth[:, :6]
    gross = (history[universe].to_numpy() * np.nan_to_num(held)).sum(axis=1) - 1
    assert_allclose(history["gross"], gross, rtol=0, atol=1e-15)
    assert_allclose(history["benchmark"], growth[:, 6] - 1, rtol=0, atol=1e-15)
    net = (1 - history["cost"]) * 0.988 ** (1 / 12) * (1 + gross) - 1
    assert_allclose(history["net"], net, rtol=0, atol=1e-15)
    assert_allclose(history["cost"], 2 * 0.001 * history["turnover"], rtol=1e-12)


def test_a_model_of_quarters_gives_what_means_the_same_at_any_frequency(
    answer: Answer, run: Run, prices_file: Path, card_file: Callable[..., Path]
) -> None:
    card = card_file('rebalance = "M"', 'rebalance = "Q"')
    found = answer("backtest", card, prices_file)
    keys = {"cumulative", "max_drawdown", "n_periods", "start", "end", "frequency", "benchmark"}
    assert set(found["net"]) == keys
    assert (found["net"]["frequency"], found["net"]["n_periods"]) == ("Q", 8)
    text = run("backtest", card, prices_file).stdout
    assert "8 quarterly returns; the other statistics are defined for months only" in " ".join(text.split())


def test_json_is_all_there_is_on_standard_output(run: Run, prices_file: Path) -> None:
    result = run("backtest", "active-index-ig", prices_file, "--json")
    assert json.loads(result.stdout)
    assert result.stdout.startswith("{")
    assert "warning: " in result.stderr


@pytest.mark.shared_data
def test_prices_without_distributions_are_named_beside_every_result(run: Run, shared: Path, tmp_path: Path) -> None:
    """The six funds and the benchmark that pay monthly, unadjusted; LQDH is total return."""
    adjusted = pd.read_csv(shared / "data/etf_adj_close_daily.csv", index_col="Date", parse_dates=True)
    table = pd.read_csv(shared / "data/etf_close_unadjusted_daily.csv", index_col="Date", parse_dates=True)
    tickers = ["SHY", "IEF", "TLT", "TIP", "VCIT", "AGG"]
    file, book = tmp_path / "prices.csv", tmp_path / "book.xlsx"
    table[tickers].assign(LQDH=adjusted["LQDH"]).to_csv(file)
    label = f"PRICE-ONLY data suspected ({', '.join(tickers)}): results leave out distributions"
    found = json.loads(run("index", file, "--end", "2025-02-28", "--json").stdout)
    assert found["label"].startswith(f"{label}. Hypothetical")
    assert label in " ".join(run("index", file, "--end", "2025-02-28").stdout.split())
    assert run("workbook", "active_index", file, "--end", "2025-02-28", "-o", book).exit_code == 0
    notices = [sheet["A2"].value for sheet in load_workbook(book, read_only=True)]
    assert len(notices) == 12
    assert all(notice.startswith(label) for notice in notices)
