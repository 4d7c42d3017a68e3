"""Model cards: the preset as specified, every refusal, cards as files, changed copies."""

from __future__ import annotations

import dataclasses
import datetime
import tomllib
from importlib import resources

import pandas as pd
import pytest

import aram_xl
from aram_xl._models import Model, load_model, models, parse_card
from aram_xl.errors import InputError

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


def two_funds(**changes) -> Model:
    return parse_card(CARD, "two-funds.toml").replace(**changes)


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
        "lower": 0.0,
        "upper": 1.0,
        "rebalance": "M",
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
        optional = {"half_life"} if "ewma" not in str(content) else set()
        assert stated == {field.name for field in dataclasses.fields(Model)} - optional, card.name


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
        ({"fee": 0.51}, "fee: expected a number from 0 to 0.5, got 0.51"),
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
        ({"tickers": ["AAA"]}, "tickers: expected a field of a model card .benchmark, charge_first_purchase,"),
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
    ],
)
def test_cards_that_are_refused(tmp_path, before, after, message):
    path = tmp_path / "card.toml"
    assert before in CARD
    path.write_text(CARD.replace(before, after, 1), encoding="utf-8")
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
