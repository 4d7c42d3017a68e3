"""The files themselves: their bytes by hand, the round trip of each, and what must never stand in a cell."""

from __future__ import annotations

import csv
import datetime
import doctest
import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import aram_xl as ax
from aram_xl import _handoff_cells, handoff
from aram_xl._handoff_cells import number_cell, number_in, symbol_cell, text_cell, write_checked
from aram_xl._handoff_inputs import read_accounts, read_positions, read_quotes
from aram_xl._handoff_mapping import Column, FileMapping, ModelLayout, OrderFields, parse_mapping, read_mapping
from aram_xl._handoff_orders import Account, Order, plan_trades
from aram_xl._handoff_rounding import round_weights
from aram_xl.errors import InputError, OutputError

TARGETS = {"SHY": 0.125, "TLT": 0.0, "VCIT": 0.855}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/handoff.md"

Writer = Callable[[Path, dict[str, float]], None]


def rows_of(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.reader(text, strict=True))


def test_the_examples_of_the_document_run_as_printed() -> None:
    found = doctest.testfile(str(DOCUMENT), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert (found.failed, found.attempted) == (0, 4)


def test_rounding_loads_no_pandas() -> None:
    """Functions in cells round weights too, where nothing heavy may be loaded."""
    code = "import sys, aram_xl.handoff; print('pandas' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


# Bytes by hand


def test_security_model_by_hand(tmp_path: Path) -> None:
    """12.5, 85.5 and 2 % of cash; TLT has no target."""
    handoff.write_security_model(tmp_path / "m.csv", TARGETS, cash=0.02)
    assert (tmp_path / "m.csv").read_bytes() == b"Symbol,Target Percent\nSHY,12.5\nVCIT,85.5\n$CASH,2\n"


def test_security_model_in_the_columns_of_a_mapping(tmp_path: Path) -> None:
    mapping = parse_mapping(
        """
        [irebal]
        header = false
        cash_symbol = "CASH"
        columns = [
            { name = "Model", holds = "model" },
            { name = "Kind", holds = "text", text = "Security" },
            { name = "Weight", holds = "target_decimal" },
            { name = "Ticker", holds = "symbol" },
        ]
        """,
        "mine.toml",
    )
    handoff.write_security_model(tmp_path / "m.csv", TARGETS, name="FI, core", cash=0.02, layout=mapping.irebal)
    assert (tmp_path / "m.csv").read_bytes() == (
        b'"FI, core",Security,0.125,SHY\n"FI, core",Security,0.855,VCIT\n"FI, core",Security,0.02,CASH\n'
    )


def test_basket_by_hand(tmp_path: Path) -> None:
    orders = [Order("", "BUY", "SHY", 1_000_000), Order("", "SELL", "BRK B", 7)]
    fields = OrderFields(exchanges={"SHY": "SMART/NASDAQ"}, time_in_force="OPG")
    handoff.write_basket(tmp_path / "b.csv", orders, fields)
    assert (tmp_path / "b.csv").read_bytes() == (
        b"Action,Quantity,Symbol,SecType,Exchange,Currency,TimeInForce,OrderType\n"
        b"SELL,7,BRK B,STK,SMART,USD,OPG,MKT\n"
        b"BUY,1000000,SHY,STK,SMART/NASDAQ,USD,OPG,MKT\n"
    )


def test_percent_rebalance_by_hand(tmp_path: Path) -> None:
    """Ten cells a row, the percent last; a symbol without a target stands at 0, so that it is sold."""
    handoff.write_percent_rebalance(tmp_path / "r.csv", TARGETS, cash=0.02)
    assert (tmp_path / "r.csv").read_bytes() == (
        b"DES,SHY,STK,SMART/AMEX,,,,,,12.5\nDES,TLT,STK,SMART/AMEX,,,,,,0\nDES,VCIT,STK,SMART/AMEX,,,,,,85.5\n"
    )


def test_index_one_by_hand(tmp_path: Path) -> None:
    handoff.write_index_one(tmp_path / "i.csv", {"AAPL": 0.25, "MSFT": 0.25, "TSLA": 0.5, "NONE": 0.0})
    assert (tmp_path / "i.csv").read_bytes() == b"AAPL,0.25\nMSFT,0.25\nTSLA,0.5\n"


def test_index_one_history_by_hand(tmp_path: Path) -> None:
    first, second = datetime.date(2020, 1, 31), datetime.date(2020, 2, 28)
    handoff.write_index_one_history(tmp_path / "h.csv", {first: {"A": 1.0}, second: {"B": 0.3, "A": 0.7}})
    assert (tmp_path / "h.csv").read_bytes() == b"Date,A,B\n2020-01-31,1,0\n2020-02-28,0.7,0.3\n"


def test_allocation_by_hand(tmp_path: Path) -> None:
    """U1 moves 80 x 100 from SHY to TLT at 90 (88 shares), the other buys 10 for its 900; its name begins with =."""
    accounts = [Account("U1", 8_000.0, {"SHY": 100}), Account("=U2", 900.0, {})]
    plan = plan_trades(accounts, {"TLT": 1.0, "SHY": 0.0}, {"SHY": 80.0, "TLT": 90.0})
    handoff.write_allocation(tmp_path / "a.csv", plan)
    assert (tmp_path / "a.csv").read_bytes() == (
        b"Account,Action,Symbol,Quantity\nU1,SELL,SHY,100\nU1,BUY,TLT,88\n'=U2,BUY,TLT,10\n"
    )


# Round trips


def test_round_trip_of_every_file_with_weights(tmp_path: Path) -> None:
    """Read with nothing but a reader of commas: the same symbols, the same decimals, 1 in all, no exponent anywhere."""
    generator = np.random.default_rng(17)
    for step, cash in itertools.product((0.000001, 0.0001, 0.001), (0.0, 0.013)):
        size = int(generator.integers(1, 61))
        weights = round_weights(generator.dirichlet(np.full(size, 0.3)) * (1 - cash), step, total=1 - cash).tolist()
        targets = {f"S{i}": weight for i, weight in enumerate(weights)}
        expected = {symbol: Decimal(repr(weight)) for symbol, weight in targets.items() if weight}
        money = {"$CASH": Decimal(repr(cash))} if cash else {}
        handoff.write_security_model(tmp_path / "m.csv", targets, cash=cash)
        read = {symbol: Decimal(percent) / 100 for symbol, percent in rows_of(tmp_path / "m.csv")[1:]}
        assert read == {**expected, **money}
        assert sum(Decimal(row[1]) for row in rows_of(tmp_path / "m.csv")[1:]) == 100
        handoff.write_percent_rebalance(tmp_path / "r.csv", targets, cash=cash)
        read = {row[1]: Decimal(row[9]) / 100 for row in rows_of(tmp_path / "r.csv")}
        assert read == {symbol: Decimal(repr(weight)) for symbol, weight in targets.items()}
        if not cash:
            day = datetime.date(2024, 2, 29)
            handoff.write_index_one(tmp_path / "i.csv", targets)
            assert {symbol: Decimal(weight) for symbol, weight in rows_of(tmp_path / "i.csv")} == expected
            handoff.write_index_one_history(tmp_path / "h.csv", {day: targets})
            heading, row = rows_of(tmp_path / "h.csv")
            read = {symbol: Decimal(weight) for symbol, weight in zip(heading[1:], row[1:], strict=True)}
            assert (row[0], sum(read.values())) == ("2024-02-29", 1)
            assert {symbol: weight for symbol, weight in read.items() if weight} == expected
    for file in tmp_path.iterdir():
        assert not re.search(rb"\d[eE][+-]?\d|\r|(^|,)[=+\-@\t]", file.read_bytes()), file.name


# What is refused


@pytest.mark.parametrize(
    "write",
    [
        handoff.write_security_model,
        handoff.write_percent_rebalance,
        handoff.write_index_one,
        lambda path, targets: handoff.write_index_one_history(path, {datetime.date(2020, 1, 31): targets}),
    ],
    ids=["irebal", "ibkr-rebalance", "indexone", "history"],
)
@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        ({"A": 0.5, "B": 0.4}, "targets: expected weights and cash to add up to 1 exactly, got 0.9 with cash of 0"),
        ({"A": 1.1, "B": -0.1}, "targets: expected no negative weight, got -0.1 for B"),
        ({"A": 1 / 3, "B": 2 / 3}, "targets: expected weights of at most 6 decimal places, got 0.33"),
        ({"=A": 1.0}, "symbol: expected a ticker that no program takes for a formula or for two cells, got '=A'"),
        ({"A,B": 1.0}, "symbol: expected a ticker"),
    ],
)
def test_weights_that_no_file_takes(tmp_path: Path, write: Writer, targets: dict[str, float], sentence: str) -> None:
    (tmp_path / "f.csv").write_text("before")
    with pytest.raises(InputError, match=sentence):
        write(tmp_path / "f.csv", targets)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("f.csv", "before")]


@pytest.mark.parametrize(
    "symbol", ["=A", "+A", "-A", "@A", "\tA", "\rA", "＝A", "'A", " A", "A ", "A,B", 'A"', "A;B", "A\nB", "", "\x00"]
)
def test_symbols_that_no_cell_holds(symbol: str) -> None:
    with pytest.raises(InputError, match="symbol: expected a ticker"):
        symbol_cell(symbol)


def test_symbols_that_cells_hold() -> None:
    for symbol in ("SHY", "$CASH", "BRK B", "BRK.B", "^GSPC", "7203.T", "SMART/AMEX"):
        assert symbol_cell(symbol) == symbol


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), (" =1", "' =1"), ("\t=1", "'=1"), ("\rA", "'A"), ("a\nb", "a b"), ("a = b", "a = b")],
)
def test_texts_are_neutralised(text: str, cell: str) -> None:
    assert text_cell(text) == cell


def test_numbers_are_plain() -> None:
    """No exponent, no separator; what is not plain is not read."""
    assert [number_cell(Decimal(text)) for text in ("1E-6", "1E+7", "0.10", "0", "100")] == [
        *("0.000001", "10000000", "0.1", "0", "100")
    ]
    for cell in ("1e5", "-1", "1,000", "", " 1", "１", "1."):
        with pytest.raises(OutputError, match="read back: expected a plain number"):
            number_in(cell)


def test_a_file_that_reads_back_differently_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that loses a row, a layout that says something else: the old file stays."""
    file = tmp_path / "f.csv"
    file.write_text("before")
    with pytest.raises(OutputError, match=r"read back as \['1'\], expected \['2'\]"):
        write_checked(file, [["1"]], lambda rows: rows[0], ["2"])
    read = _handoff_cells.read_cells
    monkeypatch.setattr(_handoff_cells, "read_cells", lambda path: read(path)[:-1])
    with pytest.raises(OutputError, match="read back differently in the number of rows, 1 for 2"):
        write_checked(file, [["1"], ["2"]], len, 2)
    monkeypatch.setattr(_handoff_cells, "read_cells", lambda path: [["1"], ["3"]])
    with pytest.raises(OutputError, match="read back differently in row 2"):
        write_checked(file, [["1"], ["2"]], len, 2)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("f.csv", "before")]


def test_other_refusals(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    with pytest.raises(InputError, match=r"targets: expected no symbol \$CASH, it stands for cash"):
        handoff.write_security_model(file, {"$CASH": 1.0})
    with pytest.raises(InputError, match="orders: expected a quantity of at least 1 of SHY, got 0"):
        handoff.write_basket(file, [Order("", "BUY", "SHY", 0)])
    day = datetime.date(2020, 1, 31)
    with pytest.raises(InputError, match="history: expected dates in ascending order"):
        handoff.write_index_one_history(file, {day: {"A": 1.0}, datetime.date(2019, 1, 31): {"A": 1.0}})
    with pytest.raises(InputError, match="history: expected dates in ascending order, at least one"):
        handoff.write_index_one_history(file, {})
    assert not list(tmp_path.iterdir())


# Targets of a model


def test_targets_of_a_model_respect_its_caps_by_hand() -> None:
    """333.6, 333.2 and 333.2 steps of 0.1 %: one is missing; SHY lost most, but its cap of 33.36 % is 333 steps."""
    card = ax.load_model("active-index-ig")
    weights = {**dict.fromkeys(card.universe, 0.0), "SHY": 0.3336, "IEF": 0.3332, "TLT": 0.3332}
    assert list(handoff.model_targets(card, weights, 0.001).values())[:3] == [0.334, 0.333, 0.333]
    rounded = handoff.model_targets(card.replace(caps=(("SHY", 0.3336),)), weights, 0.001)
    assert rounded == {**dict.fromkeys(card.universe, 0.0), "SHY": 0.333, "IEF": 0.334, "TLT": 0.333}


def test_weights_out_of_their_bounds_are_rounded_without_them() -> None:
    """The ladder may end with the benchmark alone, drifted weights may pass a cap, an asset may not be admitted."""
    card = ax.load_model("active-index-ig").replace(upper=0.3, lower=0.1)
    none = dict.fromkeys(card.universe, 0.0)
    assert handoff.model_targets(card, {**none, "AGG": 1.0})["AGG"] == 1.0
    assert handoff.model_targets(card, {**none, "SHY": 1.0})["SHY"] == 1.0
    assert sum(handoff.model_targets(card, {**none, "AGG": 1.0}, cash=0.02).values()) == 0.98
    with pytest.raises(InputError, match="cash: expected a share from 0 to less than 1, got 1"):
        handoff.model_targets(card, none, cash=1)


# Mapping


def test_the_mapping_in_the_document_is_the_default() -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert parse_mapping(text, "docs/handoff.md") == FileMapping()
    assert parse_mapping("", "empty") == FileMapping()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[irebal", "m.toml: expected a TOML file, got"),
        ("[schwab]\n", "m.toml: expected irebal, ibkr, got schwab"),
        ("irebal = 1\n", r"m.toml: expected a section \[irebal\], got 1"),
        ("[irebal]\nhead = true\n", r"m.toml: \[irebal\]: expected columns, header, cash_symbol, got head"),
        ("[irebal]\nheader = 'yes'\n", r"m.toml: \[irebal\] header: expected the kind of True, got 'yes'"),
        ("[irebal]\ncash_symbol = ''\n", r"m.toml: \[irebal\] cash_symbol: expected the kind of '\$CASH', got ''"),
        ("[irebal]\ncolumns = [1]\n", "m.toml: columns: expected tables of texts"),
        ("[irebal]\ncolumns = [{ name = 'S' }]\n", "m.toml: columns: expected a name and what it holds"),
        ("[irebal]\ncolumns = [{ name = 'S', holds = 's' }]\n", "m.toml: columns: expected holds to be one of symbol"),
        ("[irebal]\ncolumns = [{ name = 'S', hold = 's' }]\n", "m.toml: columns: expected name, holds, text, got hold"),
        ("[irebal]\ncolumns = [{ name = 'S', holds = 'text' }]\n", "m.toml: columns: expected a text in 'S' if and"),
        ("[irebal]\ncolumns = [{ name = 'S', holds = 'symbol' }]\n", "m.toml: columns: expected one symbol and one"),
        (
            "[ibkr]\norder_type = 'LMT'\n",
            "m.toml: order_type: expected one of MKT, MOC, which need no price, got 'LMT'",
        ),
        ("[ibkr]\nexchanges = { SHY = 1 }\n", r"m.toml: \[ibkr\] exchanges: expected the kind of \{\}, got"),
    ],
)
def test_wrong_mappings(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_mapping(text, "m.toml")


def test_a_mapping_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mapping: .*none.toml could not be read"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "m.toml").write_text("[irebal]\nheader = false\n")
    layout = ModelLayout(header=False)
    assert read_mapping(tmp_path / "m.toml").irebal == layout
    assert layout.columns[0] == Column(name="Symbol", holds="symbol")


# Tables on the way in


def written(folder: Path, text: str) -> Path:
    file = folder / "t.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_positions_accounts_and_quotes(tmp_path: Path) -> None:
    """Columns in any order and case, further columns ignored; cash plus 10 SHY at 80 is a value of 1800."""
    positions = read_positions(written(tmp_path, "Symbol,Note,Account,Quantity\nSHY,x,U1,10\nTLT,,U2,0.5\n"))
    assert positions == {"U1": {"SHY": 10.0}, "U2": {"TLT": 0.5}}
    quotes = read_quotes(written(tmp_path, "symbol,price\nSHY,80\nTLT,90.5\n"))
    assert quotes == {"SHY": 80.0, "TLT": 90.5}
    accounts = read_accounts(written(tmp_path, "account,cash\nU1,1000\nU2,0\nU3,7.5\n"), positions, quotes)
    assert [(a.name, a.value, a.positions) for a in accounts] == [
        ("U1", 1800.0, {"SHY": 10.0}),
        ("U2", 45.25, {"TLT": 0.5}),
        ("U3", 7.5, {}),
    ]
    accounts = read_accounts(written(tmp_path, "account,value\nU1,1000\nU2,2000\n"), positions, {})
    assert [account.value for account in accounts] == [1000.0, 2000.0]
    assert read_positions(written(tmp_path, "symbol,quantity\nSHY,10\n")) == {"account": {"SHY": 10.0}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("symbol,shares\nSHY,1\n", "t.csv: expected one column quantity, got symbol, shares"),
        ("symbol,quantity,quantity\nSHY,1,2\n", "t.csv: expected one column quantity, got it twice"),
        ("symbol,quantity\nSHY,1\nSHY,2\n", "t.csv: row 3: expected each symbol once in an account, got SHY again"),
        ("symbol,quantity\nSHY,many\n", "t.csv: row 2: expected a number as quantity, got 'many'"),
        (
            'symbol,quantity\nSHY,"1,000"\n',
            "t.csv: row 2: expected a number as quantity, got '1,000'; write it without",
        ),
        ("symbol,quantity\nSHY,\n", "t.csv: row 2: expected a number as quantity, got an empty cell"),
        ("symbol,quantity\n,1\n", "t.csv: row 2: expected symbol, got an empty cell"),
    ],
)
def test_wrong_positions(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_positions(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("account,name\nU1,a\n", "t.csv: expected a column value or a column cash, got neither"),
        ("account,value,cash\nU1,1,1\n", "t.csv: expected a column value or a column cash, got value and cash"),
        ("account,value\nU1,1\nU1,2\n", "t.csv: row 3: expected each account once, got U1 again"),
        ("account,value\nU1,\n", "t.csv: row 2: expected a number as value, got an empty cell"),
        ("account,value\nU2,5\n", "positions: expected a value of account U1 in t.csv, got none; add a row"),
        ("account,cash\nU1,5\n", "prices: expected a price of SHY, got none; supply it"),
    ],
)
def test_wrong_accounts(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_accounts(written(tmp_path, text), {"U1": {"SHY": 1.0}}, {})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("symbol,price\nSHY,0\n", "t.csv: row 2: expected a price above zero of SHY, got 0"),
        ("symbol,price\nSHY,1\nSHY,1\n", "t.csv: row 3: expected each symbol once, got SHY again"),
    ],
)
def test_wrong_quotes(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_quotes(written(tmp_path, text))


def test_parquet_names_no_first_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a \.csv or \.xlsx file, got Parquet"):
        read_quotes(tmp_path / "q.parquet")
