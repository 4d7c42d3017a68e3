"""backtest and weights: hurdles, targets, states, exposures, decisions, the user's own series, and their files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from typer.testing import Result

import aram_xl as ax
from aram_xl._backtest_report import target_check
from tests.cli.conftest import PRESET_TICKERS

Run = Callable[..., Result]
Answer = Callable[..., Any]

CARD = """
name = "ruled"
title = "A rule for a test"
provenance = "Made up for a test."
purpose = "Three states, a cap, and a limit that the drift of risk sets."
universe = ["SHY", "IEF", "TLT"]
benchmark = "IEF"
[estimation]
window = 12
minimum_history = 12
[target]
multiplier = 1.0
[market_risk]
window = 6
[rule]
not_enough_history = 0.7
minimum_history = 12
trend_window = 6
{rule}
[[rule.rows]]
state = "falling"
trend = "down"
k = 0.5
{row}
[[rule.rows]]
state = "calm"
risk_percentile = [0.0, 0.5]
k = 0.9
[[rule.rows]]
state = "usual"
k = 0.8
[rebalancing]
rebalance = "{rebalance}"
[costs]
fee = 0.0025
cost_bps = 3.0
"""


@pytest.fixture
def card(tmp_path: Path) -> Callable[..., Path]:
    def write(rule: str = "", row: str = "", rebalance: str = "M") -> Path:
        file = tmp_path / "ruled.toml"
        file.write_text(CARD.format(rule=rule, row=row, rebalance=rebalance), encoding="utf-8")
        return file

    return write


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The preset's tickers and those of the hurdles."""
    file = tmp_path_factory.mktemp("wide") / "wide.csv"
    ax.sample_prices().loc[:"2018-01-31", [*PRESET_TICKERS, "BIL", "SPY"]].to_csv(file)
    return file


def flat(text: str) -> str:
    return " ".join(text.split())


# ---------------------------------------------------------------- hurdles


def test_hurdles_are_judged_over_the_months_of_the_model(answer: Answer, wide: Path) -> None:
    """From the prices: month ends of December 2015 to January 2018, 60 % SPY and 40 % AGG reset each month."""
    found = answer("backtest", "active-index-ig", wide)["hurdles"]
    table = pd.read_csv(wide, index_col=0, parse_dates=True)
    ends = table.groupby([table.index.year, table.index.month]).tail(1).loc["2015-12-31":]
    growth = (ends / ends.shift(1) - 1).iloc[1:]
    assert found["T-bills"]["series"] == "BIL"
    assert found["T-bills"]["cumulative"] == pytest.approx(float(np.prod(1 + growth["BIL"])) - 1, rel=1e-12)
    mixed = 0.6 * growth["SPY"] + 0.4 * growth["AGG"]
    assert found["60/40"]["series"] == "60 % SPY, 40 % AGG, reset monthly"
    assert found["60/40"]["cumulative"] == pytest.approx(float(np.prod(1 + mixed)) - 1, rel=1e-12)
    assert found["60/40"]["beta"] == pytest.approx(np.cov(mixed, growth["AGG"])[0, 1] / growth["AGG"].var(), rel=1e-9)
    assert (found["benchmark"]["series"], found["benchmark"]["beta"]) == ("AGG", pytest.approx(1.0))
    assert found["T-bills"]["n_months"] == 25


def test_hurdles_stand_in_the_table(run: Run, wide: Path) -> None:
    text = run("backtest", "active-index-ig", wide).stdout
    heads = [line.split() for line in text.splitlines() if "Net" in line]
    assert heads[0] == ["Net", "T-bills", "AGG", "60/40"]
    assert "T-bills: BIL; 60/40: 60 % SPY, 40 % AGG, reset monthly." in text
    assert max(map(len, text.splitlines())) <= 80


def test_hurdles_that_nobody_supplies_say_so(answer: Answer, run: Run, prices_file: Path) -> None:
    found = answer("backtest", "active-index-ig", prices_file)["hurdles"]
    assert (found["T-bills"], found["60/40"]) == (None, None)
    text = run("backtest", "active-index-ig", prices_file).stdout
    assert "T-bills: not supplied; 60/40: not supplied." in text


def test_other_columns_as_hurdles(answer: Answer, run: Run, wide: Path, card: Callable[..., Path]) -> None:
    found = answer("backtest", "active-index-ig", wide, "--bills", "SHY", "--equity", "TLT", "--aggregate", "IEF")
    assert found["hurdles"]["T-bills"]["series"] == "SHY"
    assert found["hurdles"]["60/40"]["series"] == "60 % TLT, 40 % IEF, reset monthly"
    told = run("backtest", "active-index-ig", wide, "--bills", "CASH")
    assert told.exit_code == 2
    assert "prices: expected a column CASH, got none; name another column or leave it out" in flat(told.stderr)


def test_half_of_60_40_is_refused(run: Run, prices: pd.DataFrame, card: Callable[..., Path], tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    prices[["SHY", "IEF", "TLT"]].to_csv(file)
    told = run("backtest", card(), file, "--equity", "TLT")
    assert told.exit_code == 2
    assert "aggregate: expected a column of PRICES, got none beside the other part of 60/40" in flat(told.stderr)


# ---------------------------------------------------------------- targets, states, exposures, events


def test_target_check_and_its_band(answer: Answer, run: Run, prices_file: Path, prices: pd.DataFrame) -> None:
    expected = target_check(ax.backtest(prices, ax.load_model("active-index-ig")), prices, (0.9, 1.1))
    found = answer("backtest", "active-index-ig", prices_file, "--band", 0.9, 1.1)["target_check"]
    assert found["band"] == [0.9, 1.1]
    for key in ("ratio", "ex_ante_ratio", "mean", "spread", "share_inside"):
        assert found[key] == pytest.approx(getattr(expected, key), rel=1e-12)
    text = flat(run("backtest", "active-index-ig", prices_file).stdout)
    assert f"Realised risk / risk target: {expected.ratio:.2f} over all 25 periods" in text
    assert "of 25 periods from 0.5 to 1.5. Realised within a period: sample standard deviation of the daily" in text
    told = run("backtest", "active-index-ig", prices_file, "--band", 2, 1)
    assert told.exit_code == 2
    assert "band: expected two numbers, the least first, got 2 and 1" in told.stderr


def test_states_are_counted(answer: Answer, run: Run, prices_file: Path, card: Callable[..., Path]) -> None:
    found = answer("backtest", card(), prices_file)
    assert list(found["states"])[:3] == ["falling", "calm", "usual"]
    assert sum(found["states"].values()) == found["rebalances"] + 1
    lines = run("backtest", card(), prices_file).stdout.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("State"))
    shown = {
        line.rsplit(None, 2)[0]: int(line.split()[-1]) for line in lines[place + 1 : place + 1 + len(found["states"])]
    }
    assert shown == found["states"]
    assert answer("backtest", "active-index-ig", prices_file)["states"] == {"no rule": 26}


def test_average_exposures(answer: Answer, run: Run, prices_file: Path, card: Callable[..., Path]) -> None:
    result = answer("backtest", card(), prices_file)
    found = result["exposures"]
    assert list(found) == ["asset_class", "sector", "duration", "credit"]
    assert found["sector"] == {"treasury": pytest.approx(1.0)}
    assert list(found["duration"]) == ["short", "intermediate", "long"]
    assert sum(found["duration"].values()) == pytest.approx(1.0)
    text = run("backtest", card(), prices_file).stdout
    assert f"{100 * found['duration']['long']:.2f} %" in text


def test_an_own_universe_table_and_a_ticker_that_it_lacks(
    answer: Answer, prices_file: Path, card: Callable[..., Path], tmp_path: Path
) -> None:
    table = tmp_path / "mine.csv"
    head = "ticker,name,asset_class,sector,duration,credit,currency,index\n"
    table.write_text(head + "SHY,a,bonds,safe,d1,c1,USD,none\nIEF,b,bonds,safe,d2,c1,USD,none\n", encoding="utf-8")
    found = answer("backtest", card(), prices_file, "--universe", table)["exposures"]
    assert list(found["sector"]) == ["safe", "TLT (not in the universe table)"]
    assert sum(found["sector"].values()) == pytest.approx(1.0)


def test_events_are_counted_and_listed_when_asked_for(run: Run, prices_file: Path) -> None:
    short = run("backtest", "active-index-ig", prices_file).stdout
    long = run("backtest", "active-index-ig", prices_file, "--events").stdout
    assert "Events: " in short
    assert "Each with its date and reason: --events, or --json." in short
    assert "not binding: target" not in short
    assert long.count("not binding: target") == int(short.split("Events: ")[1].split(" x")[0])
    assert "--events" not in long


def test_a_model_that_is_not_monthly_is_judged_by_month_too(
    answer: Answer, run: Run, prices_file: Path, card: Callable[..., Path]
) -> None:
    found = answer("backtest", card(rebalance="W"), prices_file)
    assert found["net"]["frequency"] == "W"
    assert found["monthly"]["net"]["frequency"] == "M"
    assert set(found["monthly"]) == {"net", "gross", "benchmark"}
    assert found["monthly"]["gross"]["cumulative"] > found["monthly"]["net"]["cumulative"]
    text = flat(run("backtest", card(rebalance="W"), prices_file).stdout)
    assert "They follow for whole months, from the account day by day" in text
    assert f"{found['monthly']['net']['n_months']} monthly returns" in text
    assert "monthly" not in answer("backtest", card(), prices_file)


# ---------------------------------------------------------------- files


def test_decisions_file(
    run: Run, prices_file: Path, prices: pd.DataFrame, card: Callable[..., Path], tmp_path: Path
) -> None:
    file = tmp_path / "why.csv"
    told = run("backtest", card(), prices_file, "--decisions", file)
    assert told.exit_code == 0, told.stderr
    assert f"Written: {file}" in told.stdout
    table = pd.read_csv(file)
    assert table.columns[0] == "signal_date (hypothetical; fee 0.25 % a year, costs 3 bp of each amount bought or sold)"
    expected = ax.decision_table(ax.backtest(prices, ax.load_model(card())))
    assert table.iloc[:, 0].tolist() == [str(day.date()) for day in expected.index]
    assert table["state"].tolist() == expected["state"].tolist()
    assert_allclose(table["clipped"], expected["clipped"], rtol=1e-15)
    assert table["reason"].tolist() == expected["reason"].tolist()
    assert table["reason"].str.contains("k 0.").all()


def test_exposures_file(
    run: Run, prices_file: Path, prices: pd.DataFrame, card: Callable[..., Path], tmp_path: Path
) -> None:
    file = tmp_path / "where.csv"
    assert run("backtest", card(), prices_file, "--exposures", file).exit_code == 0
    table = pd.read_csv(file)
    result = ax.backtest(prices, ax.load_model(card()))
    assert table.columns[0].startswith("signal_date (hypothetical; fee 0.25 %")
    assert_allclose(table["duration: long"], [*result.weights["TLT"], result.current["TLT"]], rtol=0, atol=1e-15)
    assert_allclose(table.filter(like="credit: ").sum(axis=1), 1.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("option", ["--csv", "--decisions", "--exposures"])
def test_no_file_that_is_read_is_written_over(
    run: Run, prices_file: Path, option: str, card: Callable[..., Path]
) -> None:
    told = run("backtest", card(), prices_file, option, prices_file)
    assert told.exit_code == 2
    assert "this is a file to read; choose another name for the output" in told.stderr


# ---------------------------------------------------------------- the user's own series


def test_a_rule_reads_the_series_of_the_user(
    answer: Answer, run: Run, prices_file: Path, card: Callable[..., Path], tmp_path: Path
) -> None:
    """FEAR above 20 is a state of its own. A value is known a day after its date: that of 30 March 2017 on the 31st."""
    rule = 'macro = "FEAR"\npublication_lag_days = 1'
    mine = card(rule, '[[rule.rows]]\nstate = "fear"\nmacro = [20.0, 100.0]\nk = 0.6')
    file = tmp_path / "macro.csv"
    file.write_text("Date,FEAR,OTHER\n2013-01-02,10,\n2017-03-30,25,1\n2017-04-28,12,2\n", encoding="utf-8")
    found = answer("backtest", mine, prices_file, "--macro", file)
    assert found["states"]["fear"] <= 2
    stale = [event for event in found["events"] if event["kind"] == "stale macro"]
    assert [event["detail"] for event in stale] == [
        "FEAR: its value of 2013-01-02 is carried on, a newer one was due",
    ]
    last = answer("weights", mine, prices_file, "--macro", file, "--end", "2017-03-31")["decision"]
    assert (last["macro"], last["macro_date"]) == (25.0, "2017-03-30")
    later = answer("weights", mine, prices_file, "--macro", file, "--end", "2017-05-31")["decision"]
    assert (later["macro"], later["macro_date"]) == (12.0, "2017-04-28")
    basket = ("--to", "indexone", "--output", tmp_path / "basket.csv")
    assert answer("handoff", mine, prices_file, "--macro", file, *basket)["signal_date"] == "2018-01-31"
    for command, *rest in (("backtest",), ("weights",), ("handoff", *basket)):
        told = run(command, mine, prices_file, *rest)
        assert told.exit_code == 2
        assert "macro: expected dated columns FEAR, which the card names, got none" in flat(told.stderr)
    file.write_text("Date,FEAR\n2013-01-02,much\n", encoding="utf-8")
    told = run("backtest", mine, prices_file, "--macro", file)
    assert told.exit_code == 2
    assert "FEAR on 2013-01-02 (row 2): expected a number, got the text 'much'" in flat(told.stderr)


# ---------------------------------------------------------------- weights


def test_weights_show_the_decision(answer: Answer, run: Run, prices_file: Path, card: Callable[..., Path]) -> None:
    found = answer("weights", card(), prices_file)["decision"]
    assert found["date"] == "2018-01-31"
    assert found["raw"] == pytest.approx(found["k"] * found["market_risk"], rel=1e-12)
    assert found["least_reachable"] <= found["final"] <= found["greatest_reachable"] * (1 + 1e-12)
    assert {"state", "percentile", "trend", "drawdown", "smoothed", "stepped", "clipped", "reason"} <= set(found)
    text = run("weights", card(), prices_file).stdout
    assert f"Risk target: state {found['state']!r}, k {found['k']:g}" in text
    for label in ("Market risk", "Raw target, k x market risk", "Within floor and cap", "Least reachable", "Final"):
        line = next(line for line in text.splitlines() if line.startswith(label))
        key = {"Market risk": "market_risk", "Least reachable": "least_reachable", "Final": "final"}.get(label)
        if key:
            assert line.split()[-2] == f"{100 * found[key]:.2f}"
    assert flat(found["reason"])[1:] in flat(text)


def test_weights_without_a_rule(answer: Answer, run: Run, prices_file: Path) -> None:
    found = answer("weights", "active-index-ig", prices_file)
    assert (found["decision"]["state"], found["decision"]["k"]) == ("no rule", 1.0)
    assert found["decision"]["clipped"] == found["risk_target"]
    assert found["decision"]["reason"] == "the card has no rule: k 1 at all times"
    assert "Risk target: state" not in run("weights", "active-index-ig", prices_file).stdout
