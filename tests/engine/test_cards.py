"""The ten cards that come with the package: what each must be, and that its rule is awake on real prices."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aram_xl._models import Model, load_model, models
from aram_xl.prices import read_prices
from aram_xl.returns import PERIODS_PER_YEAR, period_ends
from aram_xl.risk_target import TargetDecision, decide_targets, environment, market_series, risk_of
from aram_xl.universe import Screen, load_universe, screen

NAMES = (
    *("active-index-ig", "advisor-family", "equityplus", "fi-aggressive", "fi-baseline", "fi-scalable-broad"),
    *("fi-scalable-ig", "fi-scalable-ust", "fi-yen-protected", "multiasset-eq-ust"),
)
RULED = tuple(name for name in NAMES if name != "active-index-ig")
FIRST, LAST = datetime.date(2015, 12, 1), "2025-02-28"


@pytest.fixture(scope="module")
def etfs(shared: Path) -> pd.DataFrame:
    with pytest.warns(UserWarning, match="etf_adj_close_daily"):
        return read_prices(shared / "data/etf_adj_close_daily.csv").loc[:LAST]


def decisions(model: Model, prices: pd.DataFrame) -> list[TargetDecision]:
    """Steps 1 and 2 at each signal that has earned a period by the end of the prices."""
    assert model.rule is not None
    assert model.market_risk is not None
    members = dict(model.market_risk.portfolio) or {model.benchmark: 1.0}
    days = prices.index.to_numpy().astype("datetime64[D]")
    ends = period_ends(days, model.frequency).rows
    levels = prices[list(members)].to_numpy()[ends]
    market = market_series(days[ends], levels, np.array([*members.values()]), tuple(members), model.frequency)
    per_year = PERIODS_PER_YEAR[model.frequency]
    signals = np.flatnonzero(market.dates >= np.datetime64(FIRST))[:-1]
    read = environment(market, risk_of(model.market_risk, market, per_year), model.rule)
    return decide_targets(read, model.rule, signals, per_year)


def test_there_are_ten() -> None:
    assert models() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_common_ground(name: str) -> None:
    model = load_model(name)
    assert model.name == name
    assert model.first_signal == FIRST
    assert model.benchmark == ("SPY" if name in ("equityplus", "multiasset-eq-ust") else "AGG")
    assert len(model.purpose) > 200
    assert dataclasses.asdict(load_model(name)) == dataclasses.asdict(model)


@pytest.mark.parametrize("name", RULED)
def test_own_rules_say_whose_they_are(name: str) -> None:
    model = load_model(name)
    assert model.provenance.startswith("Own open rule")
    assert "not the" in model.provenance
    assert model.provenance.endswith("Not tuned to the published returns.")
    assert model.fee > 0
    assert model.cost_bps > 0


@pytest.mark.parametrize("name", RULED)
def test_three_states_or_more_that_differ_in_k(name: str) -> None:
    rule = load_model(name).rule
    assert rule is not None
    multiples = {row.state: row.k for row in rule.rows}
    assert len(multiples) == len(set(multiples.values())) >= 3


def test_the_active_index_has_no_rule() -> None:
    model = load_model("active-index-ig")
    assert (model.rule, model.market_risk, model.multiplier) == (None, None, 1.0)


def test_treasuries_only() -> None:
    """FI-Scalable UST can hold no credit: there is none in its universe, nor in the rungs of its ladder."""
    model = load_model("fi-scalable-ust")
    universe = load_universe()
    assert set(universe.loc[list(model.universe), "sector"]) == {"treasury"}
    assert set(universe.loc[list(model.universe), "credit"]) == {"government"}
    assert model.fallback == ("min_risk",)


def test_aggressive_differs_from_baseline_by_its_rule_alone() -> None:
    """k is half as large again in every state, the cap too; all else is the same."""
    calm, bold = load_model("fi-baseline"), load_model("fi-aggressive")
    told = {"name", "title", "purpose", "rule"}
    first, second = dataclasses.asdict(calm), dataclasses.asdict(bold)
    assert {field for field in first if first[field] != second[field]} == told
    assert calm.rule is not None
    assert bold.rule is not None
    assert [row.state for row in calm.rule.rows] == [row.state for row in bold.rule.rows]
    for less, more in zip(calm.rule.rows, bold.rule.rows, strict=True):
        assert more.k == pytest.approx(1.5 * less.k, rel=1e-12)
        assert dataclasses.replace(more, k=less.k) == less
    assert bold.rule.not_enough_history == pytest.approx(1.5 * calm.rule.not_enough_history, rel=1e-12)
    assert bold.rule.cap == pytest.approx(1.5 * calm.rule.cap, rel=1e-12)
    same = dataclasses.replace(
        bold.rule, rows=calm.rule.rows, not_enough_history=calm.rule.not_enough_history, cap=calm.rule.cap
    )
    assert same == calm.rule


def test_the_cards_show_what_a_card_can_say() -> None:
    cards = [load_model(name) for name in NAMES]
    assert sum(bool(card.caps) for card in cards) >= 4
    assert sum(bool(card.groups) for card in cards) >= 3
    assert sum(card.turnover is not None for card in cards) >= 2
    assert [(card.name, card.rebalance) for card in cards if card.risk_drift is not None] == [("fi-yen-protected", "W")]
    assert [card.name for card in cards if card.rebalance != "M"] == ["fi-yen-protected"]
    assert {card.covariance for card in cards} == {"sample", "ewma", "ledoit_wolf", "constant_correlation"}
    assert {card.expected_returns for card in cards} == {"mean", "ewma", "momentum"}
    markets = [card.market_risk for card in cards if card.market_risk is not None]
    assert {market.method for market in markets} == {"sample", "ewma", "range"}
    assert {market.source for market in markets} == {"benchmark", "portfolio"}
    assert dict(load_model("fi-yen-protected").floors) == {"FXY": 0.05}


@pytest.mark.shared_data
@pytest.mark.parametrize("name", NAMES)
def test_history_suffices_at_the_first_signal(name: str, etfs: pd.DataFrame) -> None:
    model = load_model(name)
    conditions = Screen(minimum_history=model.minimum_history, frequency=model.frequency)
    found = screen(load_universe().loc[list(model.universe)], conditions, etfs, as_of="2015-12-31")
    assert found.tickers == model.universe


@pytest.mark.shared_data
@pytest.mark.parametrize("name", RULED)
def test_three_states_or_more_are_visited(name: str, etfs: pd.DataFrame) -> None:
    """110 months, or 482 weeks from the end of the first week of December 2015; history suffices from the start."""
    made = decisions(load_model(name), etfs)
    visited = Counter(decision.state for decision in made)
    assert len(made) == (482 if name == "fi-yen-protected" else 110)
    assert "not enough history" not in visited
    assert len(visited) >= 3
    assert min(visited.values()) >= 5


@pytest.mark.shared_data
def test_targets_of_any_two_cards_differ(etfs: pd.DataFrame) -> None:
    monthly = [name for name in RULED if load_model(name).frequency == "M"]
    targets = {name: [decision.clipped for decision in decisions(load_model(name), etfs)] for name in monthly}
    gaps = [max(abs(np.subtract(targets[a], targets[b]))) for a in monthly for b in monthly if a < b]
    assert min(gaps) > 1e-3
    bold, calm = np.array(targets["fi-aggressive"]), np.array(targets["fi-baseline"])
    np.testing.assert_allclose(bold, 1.5 * calm, rtol=1e-12)
