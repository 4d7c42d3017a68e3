"""The universe table and its screen: shipped facts, the user's own table, every refusal, point in time, the example."""

from __future__ import annotations

import csv
import doctest
import itertools
import re
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aram_xl._models import load_model, models
from aram_xl.errors import InputError
from aram_xl.universe import SCREENED_BY, UNIVERSE_COLUMNS, Screen, load_universe, screen

ROOT = Path(__file__).resolve().parents[2]

TABLE = """ticker,name,asset_class,sector,duration,credit,currency,index,traded,note
AAA,Bills,bond,treasury,short,government,USD,none,10,
BBB,Notes,bond,treasury,long,government,USD,Index B,,old
CCC,Credits,bond,corporate,short,high yield,USD,Index C,2.5,
DDD,Shares,equity,large,none,none,JPY,Index D,400,new
"""


def own(tmp_path: Path, before: str = "", after: str = "") -> Path:
    assert before in TABLE
    path = tmp_path / "own.csv"
    path.write_text(TABLE.replace(before, after, 1) if before else TABLE, encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    return load_universe(own(tmp_path))


@pytest.fixture
def prices() -> pd.DataFrame:
    """Month-ends of one year; BBB starts in April, CCC has a hole in June, DDD is not there."""
    days = pd.date_range("2020-01-31", periods=12, freq="BME")
    levels = pd.DataFrame({ticker: np.linspace(100.0, 110.0, 12) for ticker in ("AAA", "BBB", "CCC")}, days)
    levels.loc[:"2020-03-31", "BBB"] = np.nan
    levels.loc["2020-06-30", "CCC"] = np.nan
    return levels


# The table that comes with the package


def test_shipped_table_is_whole() -> None:
    universe = load_universe()
    assert len(universe) >= 60
    assert list(universe.columns) == list(UNIVERSE_COLUMNS)
    assert universe.index.is_unique
    assert universe.index.name == "ticker"
    assert universe["name"].is_unique


def test_shipped_table_uses_few_words() -> None:
    """Classes and bands are short lists, which docs/universe.md gives; a slip of the pen would add to them."""
    universe = load_universe()
    assert set(universe["asset_class"]) == {"fixed income", "equity", "real estate", "commodity", "currency"}
    assert set(universe["duration"]) == {"ultra-short", "short", "intermediate", "long", "none"}
    assert set(universe["credit"]) == {"government", "investment grade", "high yield", "mixed", "none"}
    assert set(universe["currency"]) == {"USD", "JPY", "EUR", "multiple"}
    bonds = universe["asset_class"] == "fixed income"
    assert (universe.loc[bonds, ["duration", "credit"]] != "none").all(axis=None)
    assert (universe.loc[~bonds, ["duration", "credit"]] == "none").all(axis=None)
    treasuries = universe["sector"].isin(["treasury", "inflation-linked", "mortgage"])
    assert (treasuries == (universe["credit"] == "government")).all()


def test_the_page_describes_the_shipped_table() -> None:
    page = (ROOT / "docs/universe.md").read_text(encoding="utf-8")
    assert f"describes {len(load_universe())} well-known" in page
    assert set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)) >= {"ticker", *UNIVERSE_COLUMNS}
    for word in itertools.chain(*(set(load_universe()[name]) for name in ("duration", "credit", "currency"))):
        assert f"`{word}`" in page


def test_every_card_holds_what_the_table_describes() -> None:
    universe = load_universe()
    for name in models():
        model = load_model(name)
        assert {*model.universe, model.benchmark} <= set(universe.index), name


@pytest.mark.shared_data
def test_every_ticker_of_the_real_prices_is_described(shared: Path) -> None:
    with (shared / "data/etf_adj_close_daily.csv").open(encoding="utf-8") as file:
        _, *tickers = next(csv.reader(file))
    assert set(tickers) <= set(load_universe().index)


def test_the_table_is_packaged_as_a_file() -> None:
    assert (resources.files("aram_xl") / "data" / "universe.csv").is_file()


# The user's own table


def test_own_table_keeps_further_columns(table: pd.DataFrame) -> None:
    assert list(table.index) == ["AAA", "BBB", "CCC", "DDD"]
    assert table["traded"].dtype == np.float64
    assert table["traded"].tolist()[0::2] == [10.0, 2.5]
    assert np.isnan(table.at["BBB", "traded"])
    assert table["note"].tolist() == ["", "old", "", "new"]


def test_own_table_from_excel(tmp_path: Path, table: pd.DataFrame) -> None:
    path = tmp_path / "own.xlsx"
    table.to_excel(path)
    pd.testing.assert_frame_equal(load_universe(path), table.assign(note=["", "old", "", "new"]))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("ticker,", "symbol,", "own.csv: expected the first column to be ticker, got 'symbol'"),
        (",credit,", ",rating,", "own.csv: expected the columns ticker, name, .*, got no credit$"),
        (",note", ",traded", "own.csv: expected each column once, got 'traded' twice"),
        ("BBB,", ",", "own.csv: expected a ticker for security 2, got ''"),
        ("BBB,", "AAA,", "own.csv: expected each ticker once, got AAA more than once"),
        ("Notes", "", "own.csv: expected name of BBB, got an empty cell; write none where there is none"),
        ("short,high yield", ",high yield", "own.csv: expected duration of CCC, got an empty cell"),
        ("DDD,Shares,equity", "DDD,Shares", "own.csv: expected 10 cells in row 5 as in the header, got 9"),
    ],
)
def test_own_tables_that_are_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_universe(own(tmp_path, before, after))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: expected a file, got nothing there"):
        load_universe(tmp_path / "none.csv")


# The screen


def test_no_condition_keeps_all(table: pd.DataFrame) -> None:
    found = screen(table, Screen())
    assert found.tickers == ("AAA", "BBB", "CCC", "DDD")
    assert found.dropped == {}


@pytest.mark.parametrize(
    ("conditions", "kept", "dropped"),
    [
        ({"asset_class": "bond"}, "AAA BBB CCC", {"DDD": "asset_class is equity"}),
        ({"sector": ["large", "corporate"]}, "CCC DDD", dict.fromkeys(("AAA", "BBB"), "sector is treasury")),
        ({"duration": ("short",)}, "AAA CCC", {"BBB": "duration is long", "DDD": "duration is none"}),
        ({"credit": "government"}, "AAA BBB", {"CCC": "credit is high yield", "DDD": "credit is none"}),
        ({"currency": "JPY"}, "DDD", dict.fromkeys(("AAA", "BBB", "CCC"), "currency is USD")),
        (
            {"liquidity": "traded", "minimum_liquidity": 10},
            "AAA DDD",
            {"BBB": "traded is empty", "CCC": "traded is 2.5, below 10"},
        ),
        (  # the first condition that fails is the reason
            {"credit": "government", "liquidity": "traded", "minimum_liquidity": 10},
            "AAA",
            {"BBB": "traded is empty", "CCC": "credit is high yield", "DDD": "credit is none"},
        ),
    ],
)
def test_conditions(table: pd.DataFrame, conditions, kept: str, dropped: dict[str, str]) -> None:
    found = screen(table, Screen(**conditions))
    assert found.tickers == tuple(kept.split())
    assert found.dropped == dropped
    assert list(found.dropped) == [ticker for ticker in table.index if ticker in dropped]


def test_minimum_history(table: pd.DataFrame, prices: pd.DataFrame) -> None:
    """Twelve levels are eleven returns; BBB has nine levels; after its hole in June CCC has six levels, July on."""
    found = screen(table, Screen(minimum_history=8), prices)
    assert found.tickers == ("AAA", "BBB")
    assert found.dropped == {"CCC": "5 monthly returns up to 2020-12-31, 8 needed", "DDD": "no prices"}
    assert screen(table, Screen(minimum_history=5), prices).tickers == ("AAA", "BBB", "CCC")
    assert screen(table, Screen(minimum_history=9), prices).tickers == ("AAA",)
    assert screen(table, Screen(minimum_history=11), prices).tickers == ("AAA",)
    with pytest.raises(InputError, match="minimum_history = 12 monthly returns up to 2020-12-31 dropped the last 4"):
        screen(table, Screen(minimum_history=12), prices)


def test_history_is_counted_point_in_time(table: pd.DataFrame, prices: pd.DataFrame) -> None:
    """At the end of September BBB has six levels; a day before, that month is not complete and does not count."""
    found = screen(table, Screen(minimum_history=5), prices, as_of="2020-09-30")
    assert found.tickers == ("AAA", "BBB")
    assert found.dropped["CCC"] == "2 monthly returns up to 2020-09-30, 5 needed"
    changed = prices.copy()
    changed.loc["2020-10-01":] = np.nan
    assert screen(table, Screen(minimum_history=5), changed, as_of="2020-09-30").dropped == found.dropped
    daily = prices.reindex(pd.date_range("2020-01-31", "2020-12-31", freq="B")).ffill()
    assert "BBB" in screen(table, Screen(minimum_history=5), daily, as_of="2020-09-30").tickers
    short = screen(table, Screen(minimum_history=5), daily, as_of=pd.Timestamp("2020-09-29"))
    assert short.dropped["BBB"] == "4 monthly returns up to 2020-09-29, 5 needed"


def test_history_equals_a_count_by_hand(table: pd.DataFrame) -> None:
    """Over generated holes: walk back from the last month until a level is missing."""
    rng = np.random.default_rng(3)
    days = pd.date_range("2018-01-31", periods=30, freq="BME")
    for _ in range(50):
        levels = pd.DataFrame(rng.uniform(50, 150, (30, 4)), days, list(table.index))
        levels = levels.mask(rng.uniform(size=(30, 4)) < 0.1)
        for ticker in table.index:
            count = 0
            while count < 29 and np.isfinite(levels[ticker].to_numpy()[[-1 - count, -2 - count]]).all():
                count += 1
            for least in (max(count, 1), count + 1):
                try:
                    kept = screen(table.loc[[ticker]], Screen(minimum_history=least), levels).tickers
                except InputError:
                    kept = ()
                assert (ticker in kept) == (count >= least)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"asset_class": 5}, "asset_class: expected texts of the universe table, got 5"),
        ({"credit": [""]}, "credit: expected texts of the universe table"),
        ({"credit": "goverment"}, "credit: expected one of government, high yield, none as in .*, got 'goverment'"),
        ({"frequency": "Y"}, "frequency: expected one of D, W, M, Q, got 'Y'"),
        ({"minimum_history": 0}, "minimum_history: expected a whole number of returns from 1, got 0"),
        ({"minimum_history": 12.0}, "minimum_history: expected a whole number of returns from 1, got 12.0"),
        ({"liquidity": "traded"}, "minimum_liquidity: expected together with liquidity, .* got None with .*'traded'"),
        ({"minimum_liquidity": 5.0}, "minimum_liquidity: expected together with liquidity, .* got 5.0 with .*None"),
        ({"liquidity": "traded", "minimum_liquidity": "5"}, "minimum_liquidity: expected a number, got '5'"),
        ({"liquidity": "volume", "minimum_liquidity": 5}, r"liquidity: .* column .*\(traded, note\), got 'volume'"),
        ({"liquidity": "credit", "minimum_liquidity": 5}, r"liquidity: .* column .*\(traded, note\), got 'credit'"),
        ({"liquidity": "note", "minimum_liquidity": 5}, "liquidity: expected numbers in column note, got"),
        ({"minimum_history": 5}, "prices: expected together with minimum_history, .* got minimum_history 5"),
        (
            {"duration": "long", "credit": "high yield"},
            r"got none: the condition credit = high yield dropped the last 1 \(BBB: credit is government\); widen it",
        ),
        (
            {"liquidity": "traded", "minimum_liquidity": 1000},
            r"traded >= 1000 dropped the last 4 \(AAA: traded is 10, below 1000; BBB: .*; CCC: .* and 1 more\)",
        ),
    ],
)
def test_screens_that_are_refused(table: pd.DataFrame, conditions, message: str) -> None:
    with pytest.raises(InputError, match=message):
        screen(table, Screen(**conditions))


def test_every_field_of_a_screen_has_a_test() -> None:
    marks = [*test_conditions.pytestmark, *test_screens_that_are_refused.pytestmark]
    tried = {name for mark in marks for conditions, *_ in mark.args[1] for name in conditions}
    assert tried == {*SCREENED_BY, "minimum_history", "frequency", "liquidity", "minimum_liquidity"}


def test_prices_that_are_refused(table: pd.DataFrame, prices: pd.DataFrame) -> None:
    history = Screen(minimum_history=5)
    with pytest.raises(InputError, match="prices: expected together with minimum_history"):
        screen(table, Screen(), prices)
    with pytest.raises(InputError, match="as_of: expected with prices only, got '2020-12-31'"):
        screen(table, Screen(), as_of="2020-12-31")
    with pytest.raises(InputError, match=r"as_of: expected an ISO date such as 2024-01-31, got '31\.12\.2020'"):
        screen(table, history, prices, as_of="31.12.2020")
    with pytest.raises(InputError, match="as_of: expected a day from 2020-01-31, the first of the prices, got 2019"):
        screen(table, history, prices, as_of="2019-12-31")
    with pytest.raises(InputError, match="prices: expected a DataFrame of levels"):
        screen(table, history, prices.to_numpy())
    with pytest.raises(InputError, match="prices: expected dates as row labels"):
        screen(table, history, prices.reset_index(drop=True))


def test_tables_that_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"universe: expected a table with tickers as row labels, .*, got 'AAA'"):
        screen("AAA", Screen())
    with pytest.raises(InputError, match=r"universe: expected the columns .*, got no sector"):
        screen(table.drop(columns="sector"), Screen())
    with pytest.raises(InputError, match="universe: expected a ticker for security 1, got 0"):
        screen(table.reset_index(drop=True), Screen())
    with pytest.raises(InputError, match="universe: expected at least one security, got an empty table"):
        screen(table.iloc[:0], Screen())


# The worked example of the page


def test_the_page_runs_as_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs/universe.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "docs/universe.md", None, 0)
    assert len(blocks) == 5
    said: list[str] = []
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 0, "".join(said)
