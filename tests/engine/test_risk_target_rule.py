"""What a user writes down for steps 1 and 2: every sentence of refusal, sections of a card, the rule as a table."""

from __future__ import annotations

import math
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aram_xl.errors import InputError
from aram_xl.risk_target import (
    MarketRisk,
    Rule,
    RuleRow,
    parse_market_risk,
    parse_rule,
    rule_from_table,
    rule_table,
)

CARD = """
[market_risk]
source = "portfolio"
portfolio = { SPY = 0.6, AGG = 0.4 }
method = "range"
windows = [12, 24, 48]

[rule]
trend = "momentum"
trend_window = 12
not_enough_history = 1
smoothing = 0.5
max_step = 0.25
floor = 0.02
cap = 0.06
macro = "VIX"
publication_lag_days = 1

[[rule.rows]]
state = "storm"
k = 0.5
risk_percentile = [0.8, 1]
trend = "down"

[[rule.rows]]
state = "fear"
k = 0.75
macro = [25, inf]

[[rule.rows]]
state = "fallen"
k = 0.8
drawdown = [0.1, 1.0]

[[rule.rows]]
state = "normal"
k = 1.0
"""

LAST = RuleRow(state="normal", k=1.0)


def a_rule(*rows: RuleRow, **changes: Any) -> Rule:
    return Rule(**{"rows": (*rows, LAST), "not_enough_history": 1.0, **changes})


def sections(old: str = "", new: str = "") -> dict[str, Any]:
    assert old in CARD
    return tomllib.loads(CARD.replace(old, new, 1))


def test_sections_of_a_card():
    card = sections()
    rule = parse_rule(card["rule"], "mine.toml")
    assert rule == Rule(
        rows=(
            RuleRow(state="storm", k=0.5, risk_percentile=(0.8, 1.0), trend="down"),
            RuleRow(state="fear", k=0.75, macro=(25.0, math.inf)),
            RuleRow(state="fallen", k=0.8, drawdown=(0.1, 1.0)),
            LAST,
        ),
        not_enough_history=1,
        trend="momentum",
        trend_window=12,
        smoothing=0.5,
        max_step=0.25,
        floor=0.02,
        cap=0.06,
        macro="VIX",
        publication_lag_days=1,
    )
    assert (rule.trend_skip, rule.minimum_history) == (1, 24)
    market = parse_market_risk(card["market_risk"], "mine.toml")
    assert market == MarketRisk(
        source="portfolio", portfolio=(("SPY", 0.6), ("AGG", 0.4)), method="range", windows=(12, 24, 48)
    )
    assert len({rule, rule, parse_rule(card["rule"], "again")}) == 1
    assert len({market, parse_market_risk(card["market_risk"], "again")}) == 1


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("smoothing =", "smooth =", r"mine.toml: \[rule\] expected rows, .*, got smooth$"),
        ("smoothing =", "window =", r"mine.toml: \[rule\] expected .*, got window, which belongs to \[market_risk\]"),
        ("smoothing =", "k =", r"mine.toml: \[rule\] expected .*, got k, which belongs to \[\[rule.rows\]\]"),
        ("k = 0.75", "k = 1\ncap = 1", r"mine.toml: \[\[rule.rows\]\] expected .*, got cap, which belongs to \[rule\]"),
        ("k = 0.75", "", r"mine.toml: \[\[rule.rows\]\] expected the field k, which is missing"),
        ("not_enough_history = 1", "", r"mine.toml: \[rule\] expected the field not_enough_history, which is missing"),
        ("k = 0.75", "k = -1", "mine.toml: rule row 'fear': k: expected a number from 0 to 100, got -1"),
        ("cap = 0.06", "cap = 6", "mine.toml: rule cap, volatility per year, decimal: .* from 0 to 2, got 6"),
    ],
)
def test_rule_section_refused(old: str, new: str, sentence: str):
    with pytest.raises(InputError, match=sentence):
        parse_rule(sections(old, new)["rule"], "mine.toml")


@pytest.mark.parametrize("rows", [None, [], [1], {"state": "a"}])
def test_rule_section_without_rows(rows: Any):
    with pytest.raises(InputError, match=r"mine.toml: \[rule\] expected its rows as \[\[rule.rows\]\], got"):
        parse_rule({"not_enough_history": 1, "rows": rows}, "mine.toml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("windows =", "trend_window =", r"mine.toml: \[market_risk\] expected .* belongs to \[rule\]"),
        ("windows =", "span =", r"mine.toml: \[market_risk\] expected .*, got span$"),
        ("AGG = 0.4", "AGG = 0.5", "mine.toml: market_risk portfolio: .* sum to 1, got a sum of 1.1"),
    ],
)
def test_market_risk_section_refused(old: str, new: str, sentence: str):
    with pytest.raises(InputError, match=sentence):
        parse_market_risk(sections(old, new)["market_risk"], "mine.toml")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": " "}, "rule row: expected a state in words, got ' '"),
        ({"state": 3}, "rule row: expected a state in words, got 3"),
        ({"state": "Not enough history"}, "rule row: expected another state than 'not enough history'"),
        ({"k": "1"}, "rule row 'a': k: expected a number from 0 to 100, got '1'"),
        ({"k": True}, "rule row 'a': k: expected a number from 0 to 100, got True"),
        ({"k": math.nan}, "rule row 'a': k: expected a number from 0 to 100, got nan"),
        ({"trend": "sideways"}, "rule row 'a': expected trend up or down, got 'sideways'"),
        ({"risk_percentile": [80, 100]}, "rule row 'a': risk_percentile: expected a number from 0 to 1, got 80"),
        ({"risk_percentile": [0.8]}, "rule row 'a': risk_percentile: expected two numbers, low and high"),
        ({"drawdown": 0.1}, "rule row 'a': drawdown: expected two numbers, low and high, got 0.1"),
        ({"drawdown": [-0.2, -0.1]}, "rule row 'a': drawdown: expected a number from 0 to 1, got -0.2"),
        ({"drawdown": [0.2, 0.2]}, "rule row 'a': drawdown: expected low below high, got 0.2 and 0.2"),
        ({"macro": ["a", 2]}, "rule row 'a': macro: expected a number, got 'a'"),
        ({"macro": [-math.inf, math.inf]}, "rule row 'a': macro: expected at least one finite end"),
    ],
)
def test_row_refused(changes: dict[str, Any], sentence: str):
    with pytest.raises(InputError, match=sentence):
        RuleRow(**{"state": "a", "k": 1.0, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rows": ()}, "rule rows: expected at least one row, got"),
        ({"rows": ("a",)}, "rule rows: expected at least one row, got"),
        ({"rows": (RuleRow(state="a", k=1, trend="up"),)}, "last row without condition.*got 'a' with trend"),
        ({"rows": (LAST, LAST)}, "rule rows: expected a condition in every row but the last, got none in row 1"),
        (
            {"rows": (RuleRow(state="normal", k=2, trend="up"), LAST)},
            "rule rows: expected one k for state 'normal', got 2 and 1",
        ),
        ({"not_enough_history": None}, "rule not_enough_history: expected a number from 0 to 100, got None"),
        ({"trend": "up"}, "rule trend: expected one of moving_average, momentum, got 'up'"),
        ({"trend_window": 1}, "rule trend_window: expected a whole number from 2 to 100000, got 1"),
        ({"trend_window": 10.0}, "rule trend_window: expected a whole number"),
        ({"trend_skip": -1}, "rule trend_skip: expected a whole number from 0"),
        (
            {"trend": "momentum", "trend_window": 3, "trend_skip": 3},
            r"rule trend_skip: expected fewer than trend_window \(3\)",
        ),
        ({"minimum_history": 1}, "rule minimum_history: expected a whole number from 2"),
        ({"smoothing": 1}, "rule smoothing: expected less than 1, got 1"),
        ({"smoothing": -0.1}, "rule smoothing: expected a number from 0 to 1"),
        ({"max_step": 0}, "rule max_step: expected more than 0, got 0"),
        ({"max_step": math.inf}, "rule max_step: expected a number from 0 to 100, got inf"),
        ({"floor": 5}, "rule floor, volatility per year, decimal: expected a number from 0 to 2, got 5"),
        ({"floor": 0.05, "cap": 0.04}, r"rule floor: expected at most the cap \(0.04\), got 0.05"),
        (
            {"max_step": 0.2, "not_enough_history": 0},
            "rule max_step: expected a floor above 0 where some k is 0, got none",
        ),
        ({"macro": "VIX", "publication_lag_days": 1}, "rule macro: .* got 'VIX' and 0 rows with a macro band"),
        (
            {"rows": (RuleRow(state="a", k=1, macro=[1, 2]), LAST)},
            "rule macro: .* got None and 1 row with a macro band",
        ),
        ({"macro": "VIX"}, "rule publication_lag_days: .* got None with macro 'VIX'"),
        ({"publication_lag_days": 1}, "rule publication_lag_days: .* got 1 with macro None"),
        ({"macro": 3, "publication_lag_days": 1}, "rule macro: expected the name of a series, got 3"),
        ({"macro": "VIX", "publication_lag_days": -1}, "rule publication_lag_days: expected a whole number from 0"),
    ],
)
def test_rule_refused(changes: dict[str, Any], sentence: str):
    with pytest.raises(InputError, match=sentence):
        a_rule(**changes)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"source": "index"}, "market_risk source: expected one of benchmark, portfolio, macro, got 'index'"),
        ({"method": "garch"}, "market_risk method: expected one of sample, ewma, range, got 'garch'"),
        ({"portfolio": {"AGG": 1}}, "market_risk portfolio: expected with source 'portfolio' and not otherwise"),
        ({"source": "portfolio"}, "market_risk portfolio: expected with source 'portfolio' .*, got ()"),
        ({"source": "portfolio", "portfolio": "AGG"}, "market_risk portfolio: expected a list, got 'AGG'"),
        ({"source": "portfolio", "portfolio": ["AGG"]}, "portfolio: expected tickers and weights, got 'AGG'"),
        ({"source": "portfolio", "portfolio": {"AGG": 1.5}}, "market_risk portfolio: AGG: expected .* 0 to 1, got 1.5"),
        (
            {"source": "portfolio", "portfolio": (("AGG", 0.5), ("AGG", 0.5))},
            "market_risk portfolio: expected each ticker once, got AGG more than once",
        ),
        ({"source": "portfolio", "portfolio": {"AGG": 0.9}}, "expected weights that sum to 1, got a sum of 0.9"),
        ({"source": "macro"}, "market_risk macro: expected with source 'macro'"),
        ({"macro": "VIX"}, "market_risk publication_lag_days: .* got None with macro 'VIX'"),
        ({"macro": "VIX", "publication_lag_days": 0}, "market_risk macro: expected with source 'macro' and not"),
        ({"macro_scale": 0.01}, "market_risk macro_scale: expected with source 'macro' only, got 0.01"),
        ({"macro_scale": 0}, "market_risk macro_scale: expected a number from 1e-09 to 1e\\+09, got 0"),
        (
            {"source": "macro", "macro": "VIX", "publication_lag_days": 0, "window": 12},
            "market_risk source: expected no method and no window with 'macro', .*, got window",
        ),
        (
            {"source": "macro", "macro": "VIX", "publication_lag_days": 0, "method": "ewma"},
            "market_risk source: .* got method 'ewma'",
        ),
        ({"method": "ewma"}, "market_risk half_life: .* got None with ewma"),
        ({"half_life": 3.0}, "market_risk half_life: .* got 3.0 with sample"),
        ({"method": "ewma", "half_life": 0}, "market_risk half_life: expected a number from 0.1"),
        ({"method": "range"}, "market_risk windows: .*none otherwise, got \\(\\) with range"),
        ({"windows": [12]}, "market_risk windows: .*none otherwise, got \\(12,\\) with sample"),
        ({"method": "range", "windows": [12, 1]}, "market_risk windows: expected a whole number from 2"),
        ({"method": "range", "windows": 12}, "market_risk windows: expected a list, got 12"),
        ({"method": "range", "windows": [12], "window": 12}, "market_risk window: expected none with range"),
        ({"window": 1}, "market_risk window: expected a whole number from 2 to 100000, got 1"),
    ],
)
def test_market_risk_refused(fields: dict[str, Any], sentence: str):
    with pytest.raises(InputError, match=sentence):
        MarketRisk(**fields)


TABLE = [
    ["State", "k", "Percentile from", "Percentile to", "Trend", "Drawdown from", "Drawdown to"],
    ["not enough history", 1, None, "", math.nan, " ", None],
    ["storm", 0.5, 0.8, None, "DOWN ", None, None],
    [None, None, None, None, None, None, None],
    ["fallen", 0.8, None, None, None, 0.1, None],
    ["calm", 1.25, None, 0.2, None, None, 0.02],
    ["normal", 1, None, None, None, None, None],
]


def test_table_of_a_worksheet():
    """An empty end of a band is open, empty rows are passed over, other settings come beside the table."""
    rule = rule_from_table(TABLE, {"floor": 0.02, "max_step": 0.25})
    assert rule == Rule(
        rows=(
            RuleRow(state="storm", k=0.5, risk_percentile=(0.8, 1.0), trend="down"),
            RuleRow(state="fallen", k=0.8, drawdown=(0.1, 1.0)),
            RuleRow(state="calm", k=1.25, risk_percentile=(0.0, 0.2), drawdown=(0.0, 0.02)),
            LAST,
        ),
        not_enough_history=1.0,
        floor=0.02,
        max_step=0.25,
    )
    assert rule_from_table([row[::-1] for row in TABLE], {"floor": 0.02, "max_step": 0.25}) == rule


def test_table_written():
    rule = a_rule(
        RuleRow(state="fear", k=0.75, macro=(25, math.inf), trend="down"),
        RuleRow(state="storm", k=0.5, risk_percentile=(0.8, 1)),
        not_enough_history=0.9,
        macro="VIX",
        publication_lag_days=1,
    )
    assert rule_table(rule) == [
        [
            *("State", "k", "Percentile from", "Percentile to", "Trend"),
            *("Drawdown from", "Drawdown to", "Macro from", "Macro to"),
        ],
        ["not enough history", 0.9] + [None] * 7,
        ["fear", 0.75, None, None, "down", None, None, 25.0, None],
        ["storm", 0.5, 0.8, 1.0, None, None, None, None, None],
        ["normal", 1.0] + [None] * 7,
    ]


def bands(low: float, high: float) -> st.SearchStrategy[tuple[float, float] | None]:
    ends = st.lists(st.floats(low, high), min_size=2, max_size=2, unique=True).map(sorted).map(tuple)
    return st.none() | ends


ROWS = st.lists(
    st.builds(
        RuleRow,
        state=st.text("abcdefghij", min_size=1, max_size=6),
        k=st.floats(0.01, 100),
        risk_percentile=bands(0, 1),
        trend=st.sampled_from(["up", "down"]),
        drawdown=bands(0, 1),
        macro=bands(-1e6, 1e6)
        | st.floats(-1e6, 1e6).flatmap(lambda x: st.sampled_from([(x, math.inf), (-math.inf, x)])),
    ),
    max_size=5,
    unique_by=lambda row: row.state,
)


@settings(derandomize=True, deadline=None)
@given(rows=ROWS, start=st.floats(0, 100))
def test_table_round_trip(rows: list[RuleRow], start: float):
    macro = {"macro": "M", "publication_lag_days": 0} if any(row.macro for row in rows) else {}
    rule = a_rule(*rows, not_enough_history=start, **macro)
    assert rule_from_table(rule_table(rule), macro) == rule


def changed(row: int, column: int, value: Any) -> list[list[Any]]:
    table = [list(cells) for cells in TABLE]
    table[row][column] = value
    return table


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([], r"rule_table: expected a header row \(State, k, .*\), got an empty table"),
        (changed(0, 4, "Momentum"), "rule_table: expected the columns State, .*, got 'Momentum' in column 5"),
        (changed(0, 6, None), "rule_table: expected the columns State, .*, got None in column 7"),
        (changed(0, 4, "k"), "rule_table: expected each column once, got k twice"),
        ([["k"], [1]], "rule_table: expected a column State, got k"),
        ([["State"], ["a"]], "rule_table: expected a column k, got State"),
        ([*TABLE, ["more", 1]], "rule_table: expected 7 cells in row 8, got 2"),
        (changed(1, 4, "up"), "rule_table, row 2: expected no condition for 'not enough history', got Trend"),
        (changed(1, 1, None), "rule_table, row 2: expected a number in k, got an empty cell"),
        (changed(2, 0, None), "rule_table, row 3: expected a State, got an empty cell"),
        (changed(2, 1, "0.5"), "rule_table, row 3: expected a number in k, got '0.5'"),
        (changed(2, 1, True), "rule_table, row 3: expected a number in k, got True"),
        (changed(2, 2, 80), "rule_table, row 3: rule row 'storm': risk_percentile: .* from 0 to 1, got 80"),
        (changed(2, 4, "flat"), "rule_table, row 3: rule row 'storm': expected trend up or down, got 'flat'"),
        (changed(2, 4, 1.0), "rule_table, row 3: rule row 'storm': expected trend up or down, got 1.0"),
        (changed(2, 0, 7), "rule_table, row 3: rule row: expected a state in words, got 7"),
        (changed(1, 0, "start"), "rule_table: expected one row with the State 'not enough history', got 0"),
        ([*TABLE, TABLE[1]], "rule_table: expected one row with the State 'not enough history', got 2"),
        (TABLE[:-1], "rule rows: expected a last row without condition"),
        (TABLE[:2], "rule rows: expected at least one row"),
    ],
)
def test_table_refused(table: list[list[Any]], sentence: str):
    with pytest.raises(InputError, match=sentence):
        rule_from_table(table)
