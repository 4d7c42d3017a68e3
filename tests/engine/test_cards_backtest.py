"""The ten cards through time on real prices: what each must show, limits restated, proofs, no look into the future."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from typer.testing import CliRunner

import aram_xl as ax
from aram_xl._limits import Group, Limits, Turnover
from aram_xl.cli._app import app
from aram_xl.errors import InfeasibleError, InputError
from aram_xl.program import max_return_at_risk_general
from aram_xl.risk_target import Rule, RuleRow

START, END = "2015-12-31", "2025-02-28"
NAMES = ax.models()
RULED = tuple(name for name in NAMES if name != "active-index-ig")
WALKED = tuple(name for name in NAMES if ax.load_model(name).groups or ax.load_model(name).turnover is not None)

pytestmark = pytest.mark.shared_data

WITHIN = 1e-9
"""Weights meet limits to rounding, near 1e-15; solvers of other kinds would be at 1e-8."""


@pytest.fixture(scope="module")
def etfs(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "data/etf_adj_close_daily.csv", index_col=0, parse_dates=True)


@pytest.fixture(scope="module")
def results(etfs: pd.DataFrame) -> dict[str, ax.BacktestResult]:
    return {name: ax.backtest(etfs, ax.load_model(name), START, END) for name in NAMES}


@pytest.fixture(scope="module")
def answers(shared: Path) -> dict[str, Any]:
    """What the command prints for every card."""
    file, found = str(shared / "data/etf_adj_close_daily.csv"), {}
    for name in NAMES:
        told = CliRunner().invoke(app, ["backtest", name, file, "--start", START, "--end", END, "--json"])
        assert told.exit_code == 0, told.stderr
        found[name] = json.loads(told.stdout)
    return found


def whole(result: ax.BacktestResult) -> pd.DataFrame:
    """Weights of every signal, the last one included."""
    return pd.DataFrame(
        np.vstack([result.weights, result.current]),
        result.targets.index,
        [str(name) for name in result.weights.columns],
    )


def months(answer: dict[str, Any]) -> dict[str, Any]:
    """Monthly statistics of the model, net, whatever its rhythm."""
    return answer["monthly"]["net"] if "monthly" in answer else answer["net"]


# ---------------------------------------------------------------- what the command says


@pytest.mark.parametrize("name", NAMES)
def test_every_card_runs_through_the_command(name: str, answers: dict[str, Any]) -> None:
    found = answers[name]
    periods = 478 if name == "fi-yen-protected" else 110
    assert found["rebalances"] == periods
    assert (months(found)["n_months"], months(found)["start"], months(found)["end"]) == (110, "2016-01-29", END)
    assert found["label"].startswith("Hypothetical")
    assert (found["fee"], found["cost_bps"]) == (ax.load_model(name).fee, ax.load_model(name).cost_bps)
    check = found["target_check"]
    assert check["band"] == [0.5, 1.5]
    assert check["n"] == periods
    assert 0.4 < check["ratio"] < 1.6
    assert 0.0 < check["share_inside"] < 1.0
    for table in found["exposures"].values():
        assert sum(table.values()) == pytest.approx(1.0, abs=1e-12)
        assert not any("not in the universe table" in text for text in table)
    assert found["hurdles"]["T-bills"]["series"] == "BIL"
    assert found["hurdles"]["60/40"]["cumulative"] == pytest.approx(1.2673, abs=5e-5)
    assert sum(found["states"].values()) == periods + 1
    assert found["decision"]["date"] == END


@pytest.mark.parametrize("name", RULED)
def test_each_rule_visits_three_states_or_more(name: str, answers: dict[str, Any]) -> None:
    counts = answers[name]["states"]
    print(name, counts)
    assert sum(count > 0 for count in counts.values()) >= 3


def test_targets_and_weights_of_any_two_cards_differ(results: dict[str, ax.BacktestResult]) -> None:
    """At some date that both have; cards with other funds differ at sight."""
    for one, other in itertools.combinations(NAMES, 2):
        a, b = results[one], results[other]
        days = a.targets.index.intersection(b.targets.index)
        assert len(days) >= 50
        assert (a.targets[days] - b.targets[days]).abs().max() > 1e-4, (one, other)
        both = whole(a).loc[days].align(whole(b).loc[days], axis=1, fill_value=0.0)
        assert (both[0] - both[1]).abs().to_numpy().max() > 0.01, (one, other)


def test_aggressive_takes_more_risk_than_baseline(
    answers: dict[str, Any], results: dict[str, ax.BacktestResult]
) -> None:
    calm, bold = results["fi-baseline"], results["fi-aggressive"]
    assert bold.returns.std() > 1.2 * calm.returns.std()
    assert (bold.targets > calm.targets).all()
    assert answers["fi-aggressive"]["net"]["max_drawdown"] > answers["fi-baseline"]["net"]["max_drawdown"]


def test_the_treasury_card_never_holds_credit(answers: dict[str, Any], results: dict[str, ax.BacktestResult]) -> None:
    universe = ax.load_universe()
    weights = whole(results["fi-scalable-ust"])
    held = [name for name in weights if (weights[name] != 0).any()]
    assert set(universe.loc[held, "sector"]) == {"treasury"}
    assert set(universe.loc[held, "credit"]) == {"government"}
    exposure = answers["fi-scalable-ust"]["exposures"]
    assert exposure["credit"] == pytest.approx({"government": 1.0})
    assert exposure["sector"] == pytest.approx({"treasury": 1.0})


# ---------------------------------------------------------------- point in time


def shaken(prices: pd.DataFrame, after: pd.Timestamp, seed: int) -> pd.DataFrame:
    """Every level after a date multiplied by a number between 0.5 and 2."""
    later = prices.copy()
    rows = later.index > after
    later.loc[rows] *= np.exp(np.random.default_rng(seed).uniform(-0.7, 0.7, later.loc[rows].shape))
    return later


@pytest.mark.parametrize("name", NAMES)
def test_the_future_changes_nothing_in_the_past(
    name: str, etfs: pd.DataFrame, results: dict[str, ax.BacktestResult]
) -> None:
    """Cut at a signal, and everything after it shaken: same bits up to it, in states, targets, risks and weights."""
    model, full = ax.load_model(name), results[name]
    members = [] if model.market_risk is None else [ticker for ticker, _ in model.market_risk.portfolio]
    prices = etfs[list(dict.fromkeys([*model.universe, model.benchmark, *members]))]
    for seed, place in enumerate((9, len(full.targets) // 2, len(full.targets) - 3)):
        signal = full.targets.index[place]
        for table in (prices.loc[:signal], shaken(prices.loc[:END], signal, seed)):
            found = ax.backtest(table, model, START)
            past = whole(found).loc[:signal, whole(full).columns]  # later the ladder may reach the benchmark
            assert_array_equal(past.to_numpy(), whole(full).loc[:signal].to_numpy())
            for part in ("targets", "risks", "windows", "traded"):
                assert_array_equal(getattr(found, part).loc[:signal], getattr(full, part).loc[:signal])
            if model.rule is not None:
                days = range(place + 1)
                assert [found.decisions[i].state for i in days] == [full.decisions[i].state for i in days]


# ---------------------------------------------------------------- limits, restated


def drifted(result: ax.BacktestResult, prices: pd.DataFrame) -> pd.DataFrame:
    """What is held just before each signal: the weights of the signal before, grown with their prices."""
    weights = whole(result)
    levels = prices.loc[weights.index, weights.columns].to_numpy()
    value = weights.to_numpy()[:-1] * levels[1:] / levels[:-1]
    return pd.DataFrame(value / value.sum(axis=1, keepdims=True), weights.index[1:], weights.columns)


@pytest.mark.parametrize("name", NAMES)
def test_limits_are_met_at_every_trade(name: str, etfs: pd.DataFrame, results: dict[str, ax.BacktestResult]) -> None:
    """Caps, floors, groups and one-way turnover at the signal, from the card's own words."""
    model, result = ax.load_model(name), results[name]
    caps, floors = dict(model.caps), dict(model.floors)
    trades = whole(result)[result.traded.to_numpy()]
    for ticker in model.universe:
        assert trades[ticker].max() <= caps.get(ticker, model.upper) + WITHIN
        assert trades[ticker].min() >= floors.get(ticker, model.lower) - WITHIN
    np.testing.assert_allclose(trades.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    for group in model.groups:
        total = trades[list(group.members)].sum(axis=1)
        assert total.max() <= group.greatest + WITHIN
        assert total.min() >= group.least - WITHIN
    before = drifted(result, etfs)
    turnover = 0.5 * (whole(result).iloc[1:] - before).abs().sum(axis=1)
    np.testing.assert_allclose(result.turnover.iloc[1:], turnover.iloc[:-1], rtol=0, atol=1e-12)
    if model.turnover is not None:
        assert turnover.max() <= model.turnover + WITHIN
        assert (turnover > model.turnover - 1e-6).any(), "the limit never binds on these prices"


def test_trades_on_risk_drift_only_beyond_the_share(etfs: pd.DataFrame, results: dict[str, ax.BacktestResult]) -> None:
    """Restated week by week: risk of what has drifted, by the plain covariance of 104 weeks, against what a trade would
    lead to: the best mix of the card's bounds, by the optimiser for one date."""
    model, result = ax.load_model("fi-yen-protected"), results["fi-yen-protected"]
    ends = etfs.loc[:END][etfs.loc[:END, "AGG"].notna()]
    ends = ends.groupby(ends.index.to_period("W-SUN")).tail(1)[list(model.universe)]
    returns = ends.pct_change()
    before, lower, upper = drifted(result, etfs), *model.bounds()
    assert result.traded.iloc[0]
    counts = {True: 0, False: 0}
    for day in result.targets.index[1::6]:
        window = returns.loc[:day].tail(model.window)
        covariance = window.cov().to_numpy()
        wanted = ax.max_return_at_risk(window.mean().to_numpy(), covariance, result.targets[day], lower, upper).risk
        held = before.loc[day].to_numpy()
        drift = abs(np.sqrt(held @ covariance @ held) / wanted - 1.0)
        assert abs(drift - 0.1) > 1e-9
        assert result.traded[day] == (drift > 0.1)
        counts[bool(result.traded[day])] += 1
        if not result.traded[day]:
            np.testing.assert_allclose(whole(result).loc[day], held, rtol=0, atol=1e-12)
    assert min(counts.values()) >= 5


# ---------------------------------------------------------------- proofs


def moments(model: ax.Model, returns: pd.DataFrame, day: pd.Timestamp) -> tuple[pd.Series, pd.DataFrame]:
    window = returns.loc[:day, list(model.universe)].dropna().tail(model.window)
    half_life = model.half_life
    return (
        ax.expected_returns(window, model.expected_returns, half_life if model.expected_returns == "ewma" else None),
        ax.covariance(window, model.covariance, half_life if model.covariance == "ewma" else None),
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WALKED])
def test_weights_carry_a_certificate(name: str, etfs: pd.DataFrame, results: dict[str, ax.BacktestResult]) -> None:
    model, result = ax.load_model(name), results[name]
    returns = ax.period_returns(etfs.loc[:END], model.frequency)
    lower, upper = model.bounds()
    days = result.targets.index[result.traded.to_numpy()]
    proved = 0
    for day in days[:: max(1, len(days) // 8)]:
        mu, spread = moments(model, returns, day)
        target = min(result.targets[day], result.reach.loc[day, "greatest"])
        proof = ax.certificate(whole(result).loc[day], mu, spread, target, lower, upper)
        assert proof.optimal, (day, proof)
        proved += 1
    assert proved >= 8


@pytest.mark.parametrize("name", WALKED)
def test_weights_under_groups_and_turnover_against_the_cone_solver(
    name: str, etfs: pd.DataFrame, results: dict[str, ax.BacktestResult]
) -> None:
    """The other method on the same problem, its own proof first: no portfolio within the limits earns more than its
    duality gap beyond it. Ours earns as much to 1e-6 of the spread of returns. Weights to 2e-4: the solver stops where
    funds are nearly alike and trading one for the other changes nothing it can see."""
    model, result = ax.load_model(name), results[name]
    returns = ax.period_returns(etfs.loc[:END], "M")
    lower, upper = model.bounds()
    before, weights = drifted(result, etfs), whole(result)
    for day in result.targets.index[1::16]:
        mu, spread = moments(model, returns, day)
        turnover = None if model.turnover is None else Turnover(model.turnover, before.loc[day])
        limits = Limits(groups=model.groups, turnover=turnover)
        own = weights.loc[day, list(model.universe)]
        try:
            found = max_return_at_risk_general(mu, spread, result.targets[day], limits, lower, upper)
        except InfeasibleError:
            assert "fallback" in set(result.events.loc[result.events["date"] == day, "kind"])
            continue
        scale = float(mu.max() - mu.min())
        assert found.certificate.duality_gap <= 1e-6 * scale
        assert abs(float(own @ mu) - found.expected_return) <= 1e-6 * scale
        np.testing.assert_allclose(own, found.weights, rtol=0, atol=2e-4)
        assert float(np.sqrt(own @ spread @ own)) <= result.targets[day] * (1 + 1e-9)


# ---------------------------------------------------------------- oddities on the way


def events(result: ax.BacktestResult, kind: str) -> pd.DataFrame:
    return result.events[result.events["kind"] == kind]


def test_a_fund_that_starts_late(etfs: pd.DataFrame) -> None:
    """VCIT without prices before 2018: out until it has 36 monthly returns, and so is any need of it."""
    prices = etfs.copy()
    prices.loc[:"2018-01-01", "VCIT"] = np.nan
    model = ax.load_model("fi-scalable-ig")
    result = ax.backtest(prices, model, START, END)
    out = events(result, "not admitted")
    assert out["detail"].tolist() == ["out: VCIT (0 returns)"]
    assert events(result, "admitted")["date"].astype(str).tolist() == ["2021-01-29"]
    assert (result.weights["VCIT"].loc[:"2020-12-31"] == 0).all()
    assert (result.weights["VCIT"].loc["2021-01-29":] > 0).any()


@pytest.mark.parametrize("name", ["fi-baseline", "fi-scalable-broad", "equityplus"])
def test_a_month_with_no_feasible_target_is_a_dated_fallback(name: str, etfs: pd.DataFrame) -> None:
    """A tenth of the risk in one state only: the dates of that state fall back, and no other."""
    model = ax.load_model(name)
    assert model.rule is not None
    first, *others = model.rule.rows
    conditions = {part: getattr(first, part) for part in ("risk_percentile", "trend", "drawdown")}
    rows = (RuleRow(state=first.state, k=0.01, **conditions), *others)
    rule = Rule(rows=rows, not_enough_history=1.0)
    result = ax.backtest(etfs, model.replace(rule=rule), START, END)
    found = events(result, "fallback")
    days = [decision.date for decision in result.decisions if decision.state == first.state]
    assert 5 < len(days) < 60
    assert set(days) <= set(found["date"].to_numpy().astype("datetime64[D]"))
    assert found["detail"].str.contains("is below the lowest reachable").all()
    assert found["detail"].str.startswith("min_risk: ").all()
    fallen = result.risks[found["date"]]
    np.testing.assert_allclose(fallen, result.reach.loc[found["date"], "least"], rtol=1e-6)


def tripled(etfs: pd.DataFrame) -> pd.DataFrame:
    """Shares of VTI triple within July 2018: what has drifted is further above its cap than 15 % of trades can cure."""
    prices = etfs.copy()
    prices.loc["2018-07-10":, "VTI"] *= 3.0
    return prices


def test_a_limit_on_turnover_gives_way_to_the_others(etfs: pd.DataFrame) -> None:
    """The least trade that meets all other limits is made, by the mix of least risk as the target is out of reach."""
    result = ax.backtest(tripled(etfs), ax.load_model("advisor-family"), START, "2019-12-31")
    raised, fallen = events(result, "turnover raised"), events(result, "fallback")
    assert "2018-07-31" in raised["date"].astype(str).tolist()
    assert fallen.set_index("date")["detail"]["2018-07-31"].startswith("min_risk: target")
    assert "AGG" not in whole(result)
    assert 0.15 < result.turnover["2018-07-31"] < 0.6


def test_a_limit_on_turnover_does_not_keep_a_model_in_the_benchmark(etfs: pd.DataFrame) -> None:
    """Here the ladder ends at AGG, which is not in the universe. The next month all of it is sold, whatever the limit:
    the limit holds again from the month after."""
    model = ax.load_model("advisor-family").replace(fallback=["benchmark"])
    result = ax.backtest(tripled(etfs), model, "2018-06-01", "2019-12-31")
    forced = events(result, "forced sale")
    assert "2018-07-31" in events(result, "fallback")["date"].astype(str).tolist()
    assert forced["date"].astype(str).tolist() == ["2018-08-31"]
    assert forced["detail"].tolist()[0].startswith("100.00% held outside the admitted assets is sold")
    assert whole(result).loc["2018-07-31", "AGG"] == 1.0
    assert (whole(result).loc["2018-08-31":, "AGG"] == 0.0).all()
    assert result.turnover["2018-08-31"] == pytest.approx(1.0)
    assert result.turnover["2018-09-28":].max() <= 0.15 + WITHIN


def test_a_benchmark_with_a_hole(etfs: pd.DataFrame) -> None:
    """A month without any price of AGG, which gives the trading days: there is no signal in it, its two returns do not
    exist, and market risk waits until the twelve months after it are there."""
    prices = etfs.copy()
    prices.loc["2019-05-01":"2019-05-31", "AGG"] = np.nan
    result = ax.backtest(prices, ax.load_model("fi-baseline"), START, "2021-12-31")
    holes = events(result, "market hole")
    assert len(holes) >= 1
    assert holes["date"].astype(str).str.startswith("2019-06").all()
    assert not [day for day in result.targets.index.astype(str) if day.startswith("2019-05")]
    skipped = events(result, "skipped")
    assert skipped["detail"].str.startswith("no market risk yet").all()
    print(len(skipped), holes["detail"].tolist())
    assert 10 <= len(skipped) <= 12


def test_a_hole_in_a_part_of_the_market_portfolio(etfs: pd.DataFrame) -> None:
    prices = etfs.copy()
    prices.loc["2019-05-31", "IEF"] = np.nan
    model = ax.load_model("multiasset-eq-ust").replace(universe=["SPY", "QQQ", "EFA", "EEM", "IEI", "TLT"])
    found = events(ax.backtest(prices, model, START, "2021-12-31"), "market hole")
    assert found["date"].astype(str).tolist() == ["2019-05-31", "2019-06-28"]
    assert found["detail"].str.contains("IEF").any()


def test_caps_below_one_are_refused() -> None:
    model = ax.load_model("fi-baseline")
    with pytest.raises(
        InputError, match=r"caps: expected greatest weights with a total of at least 1\.00 to be fully in"
    ):
        model.replace(upper=0.1, caps={"SHY": 0.2})
    with pytest.raises(InputError, match="group"):
        ax.load_model("fi-scalable-ig").replace(
            groups=(Group("all", ax.load_model("fi-scalable-ig").universe, 0.0, 0.9),)
        )


def test_an_unknown_ticker_is_named(etfs: pd.DataFrame) -> None:
    model = ax.load_model("fi-baseline").replace(universe=["SHY", "NOPE"], caps={"SHY": 1.0}, upper=1.0)
    with pytest.raises(
        InputError, match="expected the assets of fi-baseline, got no column NOPE; supply it, or choose"
    ):
        ax.backtest(etfs, model, START, END)


def test_an_empty_screen_says_which_condition() -> None:
    wanted = ax.Screen(sector="treasury", credit="high yield")
    with pytest.raises(
        InputError, match="screen: expected at least one security, got none: the condition credit = high"
    ):
        ax.screen(ax.load_universe(), wanted)
