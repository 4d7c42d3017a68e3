"""handoff: the files are those of the engine, the summary says what they say, wrong requests end in one sentence."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from typer.testing import Result

import aram_xl as ax
from aram_xl._limits import Group
from aram_xl.cli._handing_off import _groups_missed

Run = Callable[..., Result]
Answer = Callable[..., Any]

MODEL = "active-index-ig"
END = ("--end", "2017-12-29")
"""A date at which the model holds three funds of the sample."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "positions.csv").write_text("account,symbol,quantity\nU1,SHY,30\nU1,GLD,4\nU2,TLT,11\n")
    (tmp_path / "accounts.csv").write_text("account,value\nU1,20000\nU2,31000\nU3,9000\n")
    (tmp_path / "quotes.csv").write_text(
        "symbol,price\nSHY,84.5\nIEF,107.25\nTLT,131.1\nTIP,112.4\nVCIT,86.9\nLQDH,91.05\nGLD,126.5\n"
    )
    (tmp_path / "mapping.toml").write_text('[ibkr]\nexchange = "SMART/ARCA"\n[irebal]\nheader = false\n')
    return tmp_path


@pytest.fixture(scope="module")
def weights(prices: pd.DataFrame) -> dict[str, float]:
    return ax.backtest(prices, ax.load_model(MODEL), end=END[1]).current.to_dict()


def rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.reader(text))


def test_security_model_holds_the_rounded_weights(
    answer: Answer, prices_file: Path, folder: Path, weights: dict[str, float]
) -> None:
    found = answer("handoff", MODEL, prices_file, *END, "--to", "irebal", "-o", folder / "m.csv", "--cash", "2%")
    assert found["weights"] == weights
    assert (found["signal_date"], found["step"], found["cash"]) == ("2017-12-29", 0.0001, 0.02)
    assert found["label"].startswith("Hypothetical")
    assert found["provenance"] == "Inferred from a published table; not the provider's method."
    assert found["files"] == [str(folder / "m.csv")]
    heading, *body = rows(folder / "m.csv")
    assert heading == ["Symbol", "Target Percent"]
    read = {symbol: Decimal(percent) for symbol, percent in body}
    assert sum(read.values()) == 100
    assert read.pop("$CASH") == 2
    assert read == {symbol: Decimal(repr(w)) * 100 for symbol, w in found["rounded"].items() if w}
    assert len(read) == 3
    assert all(abs(found["rounded"][symbol] - 0.98 * weight) <= 0.0001 for symbol, weight in weights.items())


def test_summary_for_a_person(run: Run, prices_file: Path, folder: Path) -> None:
    told = run("handoff", MODEL, prices_file, *END, "--to", "irebal", "-o", folder / "m.csv", "--step", "0.1%")
    assert told.exit_code == 0
    assert "Weights for the coming period, decided on 2017-12-29:" in told.stdout
    assert f"Written and read back: {folder / 'm.csv'}" in told.stdout
    assert "Hypothetical" in told.stdout
    printed = [line.split()[-2] for line in told.stdout.splitlines() if line.endswith(" %")]
    assert sum(map(Decimal, printed)) == 100
    assert all(len(percent.split(".")[1]) == 1 for percent in printed)


def test_basket_of_one_account_by_hand(answer: Answer, prices_file: Path, folder: Path) -> None:
    """From cash: every purchase at the quoted prices, none in a fund without a weight, no more than the value."""
    found = answer(
        *("handoff", MODEL, prices_file, *END, "--to", "ibkr", "-o", folder / "b.csv", "--value", 100_000),
        *("--quotes", folder / "quotes.csv", "--mapping", folder / "mapping.toml"),
    )
    quotes = {symbol: Decimal(price) for symbol, price in rows(folder / "quotes.csv")[1:]}
    heading, *orders = rows(folder / "b.csv")
    assert ",".join(heading) == "Action,Quantity,Symbol,SecType,Exchange,Currency,TimeInForce,OrderType"
    assert all(row[0] == "BUY" and row[3:] == ["STK", "SMART/ARCA", "USD", "DAY", "MKT"] for row in orders)
    spent = sum(int(row[1]) * quotes[row[2]] for row in orders)
    (account,) = found["accounts"]
    assert Decimal(100_000) - spent == Decimal(repr(account["cash_left"])) >= 0
    for row in orders:
        assert abs(int(row[1]) * quotes[row[2]] - Decimal(repr(found["rounded"][row[2]])) * 100_000) < quotes[row[2]]
    assert [row[2] for row in orders] == [symbol for symbol, weight in found["rounded"].items() if weight]
    assert found["quoted"] == "quotes.csv"


def test_several_accounts_make_a_block_and_its_allocation(
    run: Run, answer: Answer, prices_file: Path, folder: Path
) -> None:
    request = (
        *("handoff", MODEL, prices_file, *END, "--to", "ibkr", "-o", folder / "b.csv", "--sell-others"),
        *("--positions", folder / "positions.csv", "--accounts", folder / "accounts.csv"),
        *("--quotes", folder / "quotes.csv", "--cash", "1%"),
    )
    found = answer(*request)
    assert found["files"] == [str(folder / "b.csv"), str(folder / "b_allocation.csv")]
    heading, *parts = rows(folder / "b_allocation.csv")
    assert heading == ["Account", "Action", "Symbol", "Quantity"]
    totals: dict[tuple[str, str], int] = {}
    for _, action, symbol, quantity in parts:
        totals[action, symbol] = totals.get((action, symbol), 0) + int(quantity)
    block = {(row[0], row[2]): int(row[1]) for row in rows(folder / "b.csv")[1:]}
    assert totals == block
    assert block["SELL", "GLD"] == 4
    assert block["SELL", "TLT"] == 11
    sides = [row[0] for row in rows(folder / "b.csv")[1:]]
    assert sides == sorted(sides, reverse=True)
    assert [account["account"] for account in found["accounts"]] == ["U1", "U2", "U3"]
    assert all(account["cash_left"] >= 0.01 * account["value"] for account in found["accounts"])
    text = run(*request).stdout
    assert "Orders, at quotes.csv:" in text
    assert "U3" in text
    assert max(map(len, text.splitlines()[:20])) <= 80


def test_band_minimum_and_lot_reach_the_orders(answer: Answer, prices_file: Path, folder: Path) -> None:
    request = ("handoff", MODEL, prices_file, *END, "--to", "ibkr", "-o", folder / "b.csv", "--value", 100_000)
    request = (*request, "--quotes", folder / "quotes.csv")
    small = answer(*request, "--min-trade", 1_000_000)
    assert (small["blocks"], rows(folder / "b.csv")[1:]) == ([], [])
    assert all("below the minimum trade of 1000000.00" in remark for remark in small["remarks"])
    still = answer(*request, "--band", "99.9%")
    assert still["blocks"] == []
    lots = answer(*request, "--lot", 100)
    assert all(block["quantity"] % 100 == 0 for block in lots["blocks"])
    assert lots["blocks"]


def test_levels_of_the_last_row_stand_in_for_quotes_with_a_warning(
    run: Run, prices_file: Path, prices: pd.DataFrame, folder: Path
) -> None:
    told = run(
        "handoff", MODEL, prices_file, *END, "--to", "ibkr", "-o", folder / "b.csv", "--value", 100_000, "--json"
    )
    assert (
        "warning: prices a share are the levels of 2017-12-29 in PRICES; adjusted levels are prices only" in told.stderr
    )
    found = json.loads(told.stdout)
    assert found["quoted"] == "levels of 2017-12-29 in PRICES"
    row = prices.loc["2017-12-29"]
    for block in found["blocks"]:
        wanted = found["rounded"][block["symbol"]] * 100_000
        assert abs(block["quantity"] * row[block["symbol"]] - wanted) < row[block["symbol"]]


def test_percent_rebalance_lists_what_is_to_be_sold(answer: Answer, prices_file: Path, folder: Path) -> None:
    found = answer(
        *("handoff", MODEL, prices_file, *END, "--to", "ibkr-rebalance", "-o", folder / "r.csv", "--sell-others"),
        *("--positions", folder / "positions.csv"),
    )
    body = rows(folder / "r.csv")
    assert [row[1] for row in body] == ["SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH", "GLD"]
    assert body[-1] == ["DES", "GLD", "STK", "SMART/AMEX", "", "", "", "", "", "0"]
    assert sum(Decimal(row[9]) for row in body) == 100
    assert found["rounded"]["GLD"] == 0.0


def test_index_one_with_the_history_of_all_signals(
    answer: Answer, prices_file: Path, prices: pd.DataFrame, folder: Path
) -> None:
    found = answer(
        "handoff", MODEL, prices_file, *END, "--to", "indexone", "-o", folder / "i.csv", "--history", folder / "h.csv"
    )
    result = ax.backtest(prices, ax.load_model(MODEL), end=END[1])
    assert {row[0]: float(row[1]) for row in rows(folder / "i.csv")} == {
        symbol: weight for symbol, weight in found["rounded"].items() if weight
    }
    heading, *body = rows(folder / "h.csv")
    assert heading == ["Date", *ax.load_model(MODEL).universe]
    assert [row[0] for row in body] == [f"{day:%Y-%m-%d}" for day in result.targets.index]
    assert all(sum(map(Decimal, row[1:])) == 1 for row in body)
    for row, exact in zip(body, [*result.weights.to_numpy(), result.current.to_numpy()], strict=True):
        assert all(abs(float(cell) - weight) <= 0.0001 for cell, weight in zip(row[1:], exact, strict=True))
    assert dict(zip(heading[1:], map(float, body[-1][1:]), strict=True)) == found["rounded"]


def test_a_group_that_rounding_misses_is_told() -> None:
    """33 % and 1 % are 34 %, above the 33.5 % of one group and within the limits of the other."""
    groups = [Group("short", ("SHY", "IEF"), 0.0, 0.335), Group("long", ("TLT",), 0.6, 0.7)]
    result = SimpleNamespace(model=SimpleNamespace(groups=groups))
    missed = _groups_missed(result, {"SHY": 0.33, "IEF": 0.01, "TLT": 0.66})  # type: ignore[arg-type]
    assert missed == ["group short: 34.0000% after rounding, limits 0.0000% to 33.5000%"]


@pytest.mark.parametrize(
    ("request_line", "sentence"),
    [
        ("--to irebal --value 1000", "--value: expected only with --to ibkr, which makes orders; got --to irebal"),
        ("--to indexone --band 1%", "--band: expected only with --to ibkr, which makes orders; got --to indexone"),
        ("--to irebal --positions positions.csv", "--positions: expected only with --to ibkr and ibkr-rebalance"),
        ("--to irebal --history h.csv", "--history: expected only with --to indexone, got --to irebal"),
        ("--to indexone --cash 1%", "--to indexone: expected neither --cash nor --mapping; an index is fully invested"),
        ("--to ibkr", "--to ibkr: expected either --value for one account or --accounts for several"),
        ("--to ibkr --value 9 --accounts accounts.csv", "--to ibkr: expected either --value for one account or"),
        ("--to ibkr --value 0", "accounts: expected a value above zero of account account, got 0"),
        ("--to ibkr --value 9 --positions positions.csv --sell-others", "positions: expected one account with --value"),
        ("--to ibkr --accounts accounts.csv --positions positions.csv", "positions: expected symbols of the model"),
        ("--to ibkr-rebalance --positions positions.csv", "positions: expected symbols of the model (SHY, IEF, TLT"),
        ("--to ibkr --value 9 --lot 0", "lot: expected a whole number of shares from 1, got 0"),
        ("--to ibkr --value 9 --min-trade -1", "minimum: expected an amount of 0 or more, got -1"),
        ("--to irebal --step 0.3%", "step: expected at least 0.000001 and a whole number of steps in 1, got 0.003"),
        ("--to irebal --step small", "step: expected a share such as 0.01% or 0.0001, got 'small'"),
        ("--to irebal --cash 5", "cash: expected a share from 0% to 100%, got '5'; 1% is 0.01"),
        ("--to irebal --cash nan", "cash: expected a share from 0% to 100%, got 'nan'"),
        ("--to irebal --cash 100%", "cash: expected a share from 0 to less than 1, got 1.0"),
        ("--to irebal --mapping none.toml", "mapping: none.toml could not be read"),
        ("--to ibkr --value 9 --quotes none.csv", "none.csv: expected a file, got nothing there"),
        ("--to indexone --history f.csv", "history: expected another name than f.csv, which is written already"),
        ("--to ibkr --value 9 --quotes f.csv", "output: expected another name than f.csv, which is a file to read"),
    ],
)  # fmt: skip
def test_wrong_requests(
    run: Run, prices_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, request_line: str, sentence: str
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    told = run("handoff", MODEL, prices_file, *END, *shlex.split(request_line), "-o", "f.csv")
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.splitlines()[-1].startswith(f"aram-xl: {sentence}")
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("name", ["positions.csv", "accounts.csv", "quotes.csv", "mapping.toml"])
def test_a_file_to_read_is_never_written_over(run: Run, prices_file: Path, folder: Path, name: str) -> None:
    before = (folder / name).read_bytes()
    told = run(
        *("handoff", MODEL, prices_file, *END, "--to", "ibkr", "--positions", folder / "positions.csv"),
        *("--accounts", folder / "accounts.csv", "--quotes", folder / "quotes.csv"),
        *("--mapping", folder / "mapping.toml", "-o", folder / name),
    )
    assert told.exit_code == 2
    assert "this is a file to read; choose another name for the output" in told.stderr
    assert (folder / name).read_bytes() == before


def test_the_allocation_does_not_write_over_a_file_to_read(run: Run, prices_file: Path, folder: Path) -> None:
    (folder / "accounts.csv").rename(folder / "b_allocation.csv")
    accounts = folder / "b_allocation.csv"
    told = run("handoff", MODEL, prices_file, "--to", "ibkr", "--accounts", accounts, "-o", folder / "b.csv")
    assert told.exit_code == 2
    assert "this is a file to read" in told.stderr


def test_a_folder_that_is_not_there(run: Run, prices_file: Path, folder: Path) -> None:
    told = run("handoff", MODEL, prices_file, "--to", "irebal", "-o", folder / "no/m.csv")
    assert told.exit_code == 2
    assert "expected a folder that can be written" in told.stderr


@pytest.mark.shared_data
def test_real_prices_of_a_real_day(answer: Answer, shared: Path, folder: Path) -> None:
    """Every signal date since 2015 rounds to exactly 1; February 2025 holds one fund, all 100 %."""
    table = shared / "data/etf_adj_close_daily.csv"
    found = answer(
        *("handoff", MODEL, table, "--end", "2025-02-28", "--to", "indexone", "-o", folder / "i.csv"),
        *("--history", folder / "h.csv"),
    )
    assert found["signal_date"] == "2025-02-28"
    body = rows(folder / "h.csv")[1:]
    assert len(body) == 111
    assert all(sum(map(Decimal, row[1:])) == 1 for row in body)
    assert rows(folder / "i.csv") == [["LQDH", "1"]]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--step", "1"), "step: expected a percent sign with a share as large as 100"),
        (("--step", "2%"), "step: expected at most 1%, got 0.02 as a decimal"),
        (("--cash", "0.5"), "cash: expected a percent sign with a share as large as 50"),
    ],
)
def test_a_percentage_is_not_taken_for_a_decimal(
    run: Run, prices_file: Path, folder: Path, options: tuple[str, str], sentence: str
) -> None:
    told = run("handoff", MODEL, prices_file, *END, "--to", "irebal", "-o", folder / "m.csv", *options)
    assert told.exit_code == 2
    assert sentence in " ".join(told.stderr.split())
    assert not (folder / "m.csv").exists()


def test_a_fallback_stands_in_the_summary(run: Run, prices_file: Path, folder: Path) -> None:
    """A target of nothing is below reach: the weights are those of the ladder, and the hand-off says so."""
    card = folder / "none.toml"
    card.write_text(
        'name = "none"\ntitle = "None"\nprovenance = "Own."\npurpose = "Own."\nuniverse = ["SHY", "TLT"]\n'
        'benchmark = "AGG"\n[estimation]\nwindow = 24\nminimum_history = 24\n[target]\nmultiplier = 0.01\n'
    )
    told = run("handoff", card, prices_file, *END, "--to", "irebal", "-o", folder / "m.csv")
    assert told.exit_code == 0
    assert "fallback: min_risk: target" in " ".join(told.stdout.split())
