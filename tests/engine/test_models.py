"""Model cards: the preset as specified, every refusal, cards as files, changed copies."""

from __future__ import annotations

import dataclasses
import datetime
import tomllib
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import aram_xl
from aram_xl._limits import Group
from aram_xl._models import Model, load_model, models, parse_card
from aram_xl.errors import InputError
from aram_xl.risk_target import MarketRisk, Rule, RuleRow

CARD = """
name = "two-funds"
title = "Two funds"
provenance = "Made up for a test."
purpose = "Nothing."
universe = ["AAA", "BBB"]
benchmark = "CCC"

[estimation]
window = 24
minimum_history = 12
"""


RULE = Rule(rows=(RuleRow(state="always", k=0.9),), not_enough_history=0.8)

SECTIONS = """
[market_risk]
source = "portfolio"
portfolio = { AAA = 0.6, CCC = 0.4 }
method = "ewma"
window = 12
half_life = 6.0

[rule]
trend = "momentum"
trend_window = 12
not_enough_history = 0.8
cap = 0.1

[[rule.rows]]
state = "falling"
trend = "down"
drawdown = [0.05, 1.0]
k = 0.5

[[rule.rows]]
state = "otherwise"
k = 1

[limits]
upper = 0.7
caps = { AAA = 0.6 }
floors = { BBB = 0.2 }
turnover = 0.25

[[limits.groups]]
name = "first"
members = ["AAA"]
least = 0.1

[[limits.groups]]
name = "both"
members = ["AAA", "BBB"]
least = 0.5
greatest = 1.0

[rebalancing]
rebalance = "W"
risk_drift = 0.1
"""


def two_funds(**changes) -> Model:
    return parse_card(CARD, "two-funds.toml").replace(**changes)


def group(name: str, members: str, **sides) -> dict:
    return {"name": name, "members": members.split(), **sides}


def test_preset_is_the_specification():
    """Section "The preset" of the design, row by row."""
    assert dataclasses.asdict(load_model("active-index-ig")) == {
        "name": "active-index-ig",
        "title": "Active Index - IG (inferred)",
        "provenance": "Inferred from a published table; not the provider's method.",
        "purpose": load_model("active-index-ig").purpose,
        "universe": ("SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH"),
        "benchmark": "AGG",
        "first_signal": datetime.date(2015, 12, 1),
        "frequency": "M",
        "window": 48,
        "minimum_history": 12,
        "missing": "common_window",
        "expected_returns": "mean",
        "covariance": "sample",
        "half_life": None,
        "multiplier": 1.0,
        "market_risk": None,
        "rule": None,
        "lower": 0.0,
        "upper": 1.0,
        "caps": (),
        "floors": (),
        "groups": (),
        "turnover": None,
        "rebalance": "M",
        "risk_drift": None,
        "execution_lag": 0,
        "fallback": ("min_risk",),
        "fee": 0.0,
        "cost_bps": 0.0,
        "charge_first_purchase": True,
    }


def test_models_lists_the_cards_and_each_loads():
    assert "active-index-ig" in models()
    assert list(models()) == sorted(models())
    for name in models():
        assert load_model(name).name == name
    assert aram_xl.models is models
    assert aram_xl.load_model is load_model
    assert aram_xl.Model is Model


def test_cards_state_every_field():
    """Nobody should have to know a default to read a card that comes with the package."""
    for card in (resources.files("aram_xl") / "cards").iterdir():
        content = tomllib.loads(card.read_text(encoding="utf-8"))
        stated = {key for value in content.values() if isinstance(value, dict) for key in value}
        stated |= {key for key, value in content.items() if not isinstance(value, dict)}
        fields = {field.name: field.default for field in dataclasses.fields(Model)}
        nothing = {name for name, default in fields.items() if default in (None, ())}
        assert stated | set(content) >= fields.keys() - nothing, card.name
        if "rule" in content:
            wanted = {"rows", "not_enough_history", "trend", "trend_window", "minimum_history", "smoothing"}
            wanted |= {"trend_skip"} if content["rule"]["trend"] == "momentum" else set()
            assert content["rule"].keys() >= wanted, card.name
            assert content["market_risk"].keys() >= {"source", "method"}, card.name


def test_defaults_of_a_short_card():
    model = two_funds()
    assert (model.frequency, model.rebalance, model.missing) == ("M", "M", "common_window")
    assert model.fallback == ("min_risk",)
    assert (model.fee, model.cost_bps, model.multiplier, model.lower, model.upper) == (0.0, 0.0, 1.0, 0.0, 1.0)
    assert model.first_signal is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "name: expected text, got ''"),
        ({"title": 3}, "title: expected text, got 3"),
        ({"provenance": None}, "provenance: expected text, got None"),
        ({"purpose": "  "}, "purpose: expected text, got ''"),
        ({"benchmark": ""}, "benchmark: expected text, got ''"),
        ({"benchmark": ["AGG"]}, "benchmark: expected text, got ..AGG.."),
        ({"universe": []}, r"universe: expected a list of at least one name, got \(\)"),
        ({"universe": 5}, "universe: expected a list of at least one name, got 5"),
        ({"universe": ["AAA", ""]}, "universe: expected a list of at least one name"),
        ({"universe": ["AAA", 7]}, "universe: expected a list of at least one name"),
        ({"universe": ["AAA", "BBB", "AAA"]}, "universe: expected each ticker once, got AAA more than once"),
        ({"first_signal": "31.12.2015"}, "first_signal: expected a date such as 2015-12-31, got '31.12.2015'"),
        ({"first_signal": 2015}, "first_signal: expected a date, got 2015"),
        ({"frequency": "Y"}, "frequency: expected one of D, W, M, Q, got 'Y'"),
        ({"frequency": ["M"]}, "frequency: expected one of D, W, M, Q, got"),
        ({"rebalance": "m"}, "rebalance: expected one of D, W, M, Q, got 'm'"),
        ({"missing": "fill"}, "missing: expected one of common_window, drop_asset, reject, got 'fill'"),
        ({"expected_returns": "median"}, "expected_returns: expected one of mean, ewma, momentum, got 'median'"),
        ({"covariance": "oas"}, "covariance: expected one of sample, ewma, ledoit_wolf, .*got 'oas'"),
        ({"fallback": []}, "fallback: expected a list of at least one name"),
        ({"fallback": ["cash"]}, r"fallback: expected a list of min_risk, previous, benchmark, got \['cash'\]"),
        ({"window": 1}, "window: expected a whole number from 2 to 100000, got 1"),
        ({"window": 24.0}, "window: expected a whole number from 2 to 100000, got 24.0"),
        ({"window": True}, "window: expected a whole number from 2 to 100000, got True"),
        ({"window": "24"}, "window: expected a whole number from 2 to 100000, got '24'"),
        ({"minimum_history": 1}, "minimum_history: expected a whole number from 2 to 24, got 1"),
        ({"minimum_history": 25}, "minimum_history: expected a whole number from 2 to 24, got 25"),
        ({"execution_lag": 2}, "execution_lag: expected a whole number from 0 to 1, got 2"),
        ({"execution_lag": False}, "execution_lag: expected a whole number from 0 to 1, got False"),
        ({"multiplier": -0.1}, "multiplier: expected a number from 0 to 100, got -0.1"),
        ({"multiplier": float("nan")}, "multiplier: expected a number from 0 to 100, got nan"),
        ({"multiplier": "1"}, "multiplier: expected a number from 0 to 100, got '1'"),
        ({"lower": -0.1}, "lower: expected a number from 0 to 1, got -0.1"),
        ({"upper": 1.1}, "upper: expected a number from 0 to 1, got 1.1"),
        ({"lower": 0.4, "upper": 0.3}, "lower: expected at most upper .0.3., got 0.4"),
        ({"fee": 0.51}, "fee: expected a number from 0 to 0.1, got 0.51"),
        ({"cost_bps": 1001}, "cost_bps: expected a number from 0 to 1000, got 1001"),
        ({"charge_first_purchase": "no"}, "charge_first_purchase: expected true or false, got 'no'"),
        ({"charge_first_purchase": 0}, "charge_first_purchase: expected true or false, got 0"),
        ({"half_life": 12.0}, "half_life: expected a number of periods with ewma and none otherwise, got 12.0"),
        ({"covariance": "ewma"}, "half_life: expected a number of periods with ewma and none otherwise, got None"),
        ({"covariance": "ewma", "half_life": 0.0}, "half_life: expected a number from 0.1 to 100000, got 0.0"),
        ({"expected_returns": "ewma", "half_life": "12"}, "half_life: expected a number from 0.1 to 100000, got '12'"),
        (
            {"expected_returns": "momentum", "minimum_history": 11},
            "minimum_history: expected at least 12 with momentum, got 11",
        ),
        ({"tickers": ["AAA"]}, "tickers: expected a field of a model card .benchmark, caps, charge_first_purchase,"),
        ({"caps": 0.3}, r"caps: expected tickers and their weights, such as {TLT = 0.3}, got 0.3"),
        ({"caps": ["AAA"]}, r"caps: expected tickers and their weights, such as .*, got \('AAA',\)"),
        ({"caps": {"CCC": 0.3}}, r"caps: expected tickers of the universe \(AAA, BBB\), got 'CCC'"),
        ({"caps": {"AAA": 1.1}}, "caps: expected a number from 0 to 1 for AAA, got 1.1"),
        ({"caps": {"AAA": "0.3"}}, "caps: expected a number from 0 to 1 for AAA, got '0.3'"),
        ({"caps": [("AAA", 0.3), ("AAA", 0.4)]}, "caps: expected each ticker once, got AAA more than once"),
        (
            {"caps": {"AAA": 0.3, "BBB": 0.5}},
            "caps: expected greatest weights with a total of at least 1.00 to be fully invested, got 0.8 over 2",
        ),
        (
            {"caps": {"AAA": 0.1}, "lower": 0.2},
            "floors and caps: .* weight of AAA at most its greatest, got 0.2 and 0.1",
        ),
        ({"floors": {"CCC": 0.3}}, r"floors: expected tickers of the universe \(AAA, BBB\), got 'CCC'"),
        ({"floors": {"AAA": -0.1}}, "floors: expected a number from 0 to 1 for AAA, got -0.1"),
        ({"floors": {"AAA": 0.5}, "upper": 0.4}, "floors and caps: .* weight of AAA .*, got 0.5 and 0.4"),
        (
            {"floors": {"AAA": 0.6, "BBB": 0.5}},
            "floors: expected least weights with a total of at most 1.00, got 1.1 over 2 assets",
        ),
        ({"groups": 5}, "groups: expected a list of groups with name, members, least, greatest, got 5"),
        ({"groups": ["AAA"]}, "groups: expected groups with name, members, least, greatest, got 'AAA'"),
        ({"groups": [{"name": "a"}]}, "groups: expected the field members in each group"),
        ({"groups": [{"members": ["AAA"]}]}, "groups: expected the field name in each group"),
        ({"groups": [{"name": "a", "members": ["AAA"], "most": 1}]}, "groups: expected name, .*, got most"),
        ({"groups": [{"name": "a", "members": 5}]}, "groups: expected members as a list of tickers, got 5"),
        ({"groups": [group("a", "AAA CCC")]}, r"group a: expected members of the universe \(AAA, BBB\), got 'CCC'"),
        ({"groups": [group("a", "AAA AAA")]}, "group a: expected members, each once, got"),
        ({"groups": [group("", "AAA")]}, "groups: expected names, each once, got ''"),
        ({"groups": [group("a", "AAA"), group("a", "BBB")]}, "groups: expected names, each once, got 'a', 'a'"),
        ({"groups": [group("a", "AAA", least=-0.1)]}, "group a: expected least from 0 to 1, got -0.1"),
        ({"groups": [group("a", "AAA", greatest="1")]}, "group a: expected greatest from 0 to 1, got '1'"),
        ({"groups": [Group("a", ("AAA",), 0.0, 2.0)]}, "group a: expected greatest from 0 to 1, got 2.0"),
        (
            {"groups": [group("a", "AAA", least=0.5, greatest=0.4)]},
            "group a: expected least <= greatest, got 0.5 and 0.4",
        ),
        (
            {"groups": [group("a", "AAA", least=0.5)], "caps": {"AAA": 0.4}},
            "group a: expected least at most 0.4, all that its members may hold, got 0.5",
        ),
        (
            {"groups": [group("a", "AAA", greatest=0.4)], "floors": {"AAA": 0.5}},
            "group a: expected greatest at least 0.5, which its members must hold, got 0.4",
        ),
        (
            {"groups": [group("a", "AAA", greatest=0.4), group("b", "BBB", greatest=0.5)]},
            "groups: expected limits that let the weights reach a total of 1.00, got at most 0.9",
        ),
        (
            {"groups": [group("a", "AAA", greatest=0.4)], "caps": {"BBB": 0.5}},
            "groups: expected limits that let the weights reach a total of 1.00, got at most 0.9",
        ),
        (
            {"groups": [group("a", "AAA", least=0.6), group("b", "BBB", least=0.5)]},
            "groups: expected least weights with a total of at most 1.00, got 1.1",
        ),
        ({"turnover": 0.0}, "turnover: expected a number above 0, at most 1, got 0.0"),
        ({"turnover": 1.5}, "turnover: expected a number above 0, at most 1, got 1.5"),
        ({"turnover": True}, "turnover: expected a number above 0, at most 1, got True"),
        ({"risk_drift": 0.0}, "risk_drift: expected a number above 0, at most 10, got 0.0"),
        ({"risk_drift": "0.1"}, "risk_drift: expected a number above 0, at most 10, got '0.1'"),
        ({"market_risk": {"window": 12}}, "market_risk: expected a MarketRisk, got {'window': 12}"),
        ({"rule": 5}, "rule: expected a Rule, got 5"),
        ({"rule": RULE}, r"rule: expected \[market_risk\] with its window beside it, got none"),
        (
            {"rule": RULE, "market_risk": MarketRisk()},
            r"rule: expected \[market_risk\] with its window beside it, got none",
        ),
        (
            {"rule": RULE, "market_risk": MarketRisk(window=12), "multiplier": 0.9},
            "multiplier: expected 1 with a rule, whose rows give k, got 0.9",
        ),
    ],
)
def test_replace_validates_again(changes, message):
    with pytest.raises(InputError, match=message):
        two_funds().replace(**changes)


def test_every_field_has_a_refusal():
    """The table above must grow with the card."""
    marks = test_replace_validates_again.pytestmark
    tried = {name for changes, _ in marks[0].args[1] for name in changes}
    assert {field.name for field in dataclasses.fields(Model)} <= tried


def test_sections_of_market_risk_rule_and_limits():
    model = parse_card(CARD + SECTIONS, "card.toml")
    assert model.market_risk == MarketRisk(
        source="portfolio", portfolio=(("AAA", 0.6), ("CCC", 0.4)), method="ewma", window=12, half_life=6.0
    )
    rows = (
        RuleRow(state="falling", trend="down", drawdown=(0.05, 1.0), k=0.5),
        RuleRow(state="otherwise", k=1),
    )
    assert model.rule == Rule(rows=rows, trend="momentum", trend_window=12, not_enough_history=0.8, cap=0.1)
    assert (model.caps, model.floors, model.turnover) == ((("AAA", 0.6),), (("BBB", 0.2),), 0.25)
    assert [dataclasses.astuple(found) for found in model.groups] == [
        ("first", ("AAA",), 0.1, 1.0),
        ("both", ("AAA", "BBB"), 0.5, 1.0),
    ]
    assert (model.rebalance, model.risk_drift) == ("W", 0.1)


def test_bounds_are_those_of_all_but_for_floors_and_caps():
    lower, upper = two_funds(lower=0.1, upper=0.7, caps={"AAA": 0.6}, floors={"BBB": 0.2}).bounds()
    assert (lower.tolist(), upper.tolist()) == ([0.1, 0.2], [0.6, 0.7])
    lower, upper = load_model("active-index-ig").bounds()
    assert (lower.tolist(), upper.tolist()) == ([0.0] * 6, [1.0] * 6)


def test_limits_that_just_fit_are_taken():
    """The total of the caps, of the floors, or of the groups is 1: one portfolio is left."""
    assert two_funds(caps={"AAA": 0.3, "BBB": 0.7}).caps == (("AAA", 0.3), ("BBB", 0.7))
    assert two_funds(floors={"AAA": 0.3, "BBB": 0.7}).floors == (("AAA", 0.3), ("BBB", 0.7))
    halves = [group("a", "AAA", least=0.3, greatest=0.3), group("b", "BBB", least=0.7, greatest=0.7)]
    assert len(two_funds(groups=halves).groups) == 2
    assert two_funds(turnover=1.0, risk_drift=0.01).turnover == 1.0


def test_limits_are_refused_where_no_weights_exist():
    """Against a linear program, on generated groups that share no ticker: refused if and only if none exist."""
    rng = np.random.default_rng(11)
    tickers = ("AAA", "BBB", "CCC", "DDD", "EEE")
    refused = 0
    for _ in range(300):
        lower = rng.choice([0.0, 0.0, 0.1, 0.3], 5)
        upper = np.maximum(rng.choice([0.1, 0.3, 0.5], 5), lower)
        sides = np.sort(rng.choice([0.0, 0.2, 0.4, 0.6, 1.0], (2, 2)), axis=1)
        rows = np.array([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0, 0.0]])
        found = linprog(
            np.zeros(5),
            A_ub=np.vstack([rows, -rows]),
            b_ub=np.concatenate([sides[:, 1], -sides[:, 0]]),
            A_eq=np.ones((1, 5)),
            b_eq=[1.0],
            bounds=np.column_stack([lower, upper]),
        )
        limits = {
            "universe": tickers,
            "floors": dict(zip(tickers, lower.tolist(), strict=True)),
            "caps": dict(zip(tickers, upper.tolist(), strict=True)),
            "groups": [
                group("a", "AAA BBB", least=float(sides[0, 0]), greatest=float(sides[0, 1])),
                group("b", "CCC DDD", least=float(sides[1, 0]), greatest=float(sides[1, 1])),
            ],
        }
        if found.status == 0:
            two_funds(**limits)
            continue
        assert found.status == 2
        refused += 1
        with pytest.raises(InputError, match=r"expected .*(total|least|greatest)"):
            two_funds(**limits)
    assert 50 < refused < 250


def test_market_risk_without_a_rule():
    """The multiplier stays k; the window may be left to the optimiser's."""
    model = two_funds(market_risk=MarketRisk(method="ewma", half_life=6.0), multiplier=0.9)
    assert model.multiplier == 0.9
    for market in (
        MarketRisk(window=12),
        MarketRisk(method="range", windows=(6, 12)),
        MarketRisk(source="macro", macro="VIX", publication_lag_days=1),
    ):
        assert two_funds(rule=RULE, market_risk=market).market_risk == market


def test_replace_gives_a_changed_copy():
    model = load_model("active-index-ig")
    mine = model.replace(universe=["SCHO", "SCHR"], benchmark="SCHZ", first_signal="2016-01-29", fallback="previous")
    assert (mine.universe, mine.benchmark) == (("SCHO", "SCHR"), "SCHZ")
    assert mine.first_signal == datetime.date(2016, 1, 29)
    assert mine.fallback == ("previous",)
    assert mine.window == model.window
    assert model.universe == ("SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH")
    assert model.replace() == model


@pytest.mark.parametrize("value", [datetime.datetime(2016, 1, 29, 12, 0), pd.Timestamp("2016-01-29"), "2016-01-29"])
def test_first_signal_becomes_a_date(value):
    assert type(two_funds(first_signal=value).first_signal) is datetime.date
    assert two_funds(first_signal=value).first_signal == datetime.date(2016, 1, 29)


def test_models_are_frozen_and_hashable():
    model = two_funds()
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'window'"):
        model.window = 12
    assert hash(model) == hash(two_funds())
    assert model != two_funds(window=36)


def test_card_from_a_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(CARD, encoding="utf-8")
    assert load_model(path) == load_model(str(path)) == two_funds()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[estimation]", "[estimate]", r"card.toml: expected sections estimation, target, .*, got \[estimate\]"),
        ("window = 24", "windows = 24", r"card.toml: \[estimation\] expected frequency, window, .*, got windows"),
        ("window = 24", "window = 24\nfee = 0.0", r"card.toml: \[estimation\] expected frequency, .*, got fee"),
        ('name = "two-funds"', 'name = "two-funds"\nfee = 0.0', "card.toml: expected .* outside the sections, got fee"),
        ('name = "two-funds"', 'name = "two-funds"\ncolour = 1', "card.toml: expected .* the sections, got colour"),
        ('benchmark = "CCC"', "", "card.toml: expected the field benchmark, which is missing"),
        ("window = 24", "", "card.toml: expected the field window, which is missing"),
        ("window = 24", "window = ", "card.toml: expected a TOML file, got: Invalid value .at line"),
        ("window = 24", "window = 24\nwindow = 36", "card.toml: expected a TOML file, got: Cannot overwrite"),
        ('universe = ["AAA", "BBB"]', "universe = 5", "universe: expected a list of at least one name, got 5"),
        ("[market_risk]", "[[market_risk]]", "card.toml: expected .* outside the sections, got market_risk"),
        ('method = "ewma"', 'methods = "ewma"', r"card.toml: \[market_risk\] expected source, .*, got methods"),
        ("AAA = 0.6, CCC = 0.4", "AAA = 0.6", "card.toml: market_risk portfolio: expected weights that sum to 1"),
        ("cap = 0.1", "cap = 5", "card.toml: rule cap, volatility per year, decimal: expected a number from 0 to 2"),
        ("cap = 0.1", "k = 1", r"card.toml: \[rule\] expected .*, got k, which belongs to \[\[rule.rows\]\]"),
        ('trend = "down"\ndrawdown', "drawdowns", r"card.toml: \[\[rule.rows\]\] expected .*, got drawdowns"),
        (
            'state = "otherwise"',
            'state = "otherwise"\ntrend = "up"',
            "card.toml: rule rows: expected a last row without",
        ),
        (
            "turnover = 0.25",
            "turnovers = 0.25",
            r"card.toml: \[limits\] expected lower, upper, caps, .*, got turnovers",
        ),
        (
            "risk_drift = 0.1",
            "drift = 0.1",
            r"card.toml: \[rebalancing\] expected rebalance, risk_drift, .*, got drift",
        ),
        (
            "caps = { AAA = 0.6 }",
            "caps = { SPY = 0.6 }",
            "caps: expected tickers of the universe .AAA, BBB., got 'SPY'",
        ),
        ("least = 0.1", "minimum = 0.1", "groups: expected name, members, least, greatest, got minimum"),
    ],
)
def test_cards_that_are_refused(tmp_path, before, after, message):
    path = tmp_path / "card.toml"
    whole = CARD + SECTIONS
    assert before in whole
    path.write_text(whole.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_model(path)


def test_unknown_names_and_files(tmp_path):
    with pytest.raises(InputError, match=r"model: expected one of .* the path of a \.toml card, got .x."):
        load_model("x")
    with pytest.raises(InputError, match=r"model: .*none\.toml could not be read"):
        load_model(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"model: .*binary\.toml could not be read"):
        load_model(tmp_path / "binary.toml")
