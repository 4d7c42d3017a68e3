"""The page of the models through time: `python -m docs.build_models PRICES` writes docs/models.md and its charts."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import aram_xl as ax
from aram_xl import evidence
from aram_xl._backtest_account import Months, monthly, returns_in
from aram_xl._backtest_report import TargetCheck, exposures, state_counts, target_check
from aram_xl.hurdles import sixty_forty
from aram_xl.published import load_tables

PAGE = Path(__file__).resolve().parent / "models.md"
START, END = "2015-12-31", "2025-02-28"
PUBLISHED = {
    "fi-baseline": ("Baseline", "FI-Baseline"),
    "fi-aggressive": ("Aggressive", "FI-Aggressive"),
    "fi-scalable-ust": ("Scalable UST", "FI-Scalable UST"),
    "fi-scalable-ig": ("Scalable IG", "FI-Scalable IG"),
    "fi-scalable-broad": (None, "FI-Scalable Broad"),
    "equityplus": ("EquityPlus", "EquityPlus"),
    "multiasset-eq-ust": ("Multi-Asset", "MultiAsset EQ+UST"),
    "active-index-ig": ("ARAM Active Index - IG", None),
    "fi-yen-protected": (None, None),
    "advisor-family": (None, None),
}
"""Of each card, the row of the table of returns and that of the table of tracking errors that bear its name."""

COLUMNS = {
    "last_month": ("Feb 2025 %", 2),
    "ytd": ("YTD %", 1),
    "one_year": ("1 year %", 1),
    "three_year": ("3 years %", 1),
    "five_year": ("5 years %", 1),
    "cumulative": ("since 2016 %", 1),
    "positive_months": ("positive months %", 0),
    "alpha": ("alpha %", 1),
    "alpha_12m": ("alpha 12 m %", 1),
    "beta_12m": ("beta 12 m", 2),
    "correlation_12m": ("corr. 12 m", 2),
    "ret_stdev_12m": ("Ret/StDev 12 m", 2),
    "tracking_error": ("tracking error %", 2),
    "information_ratio": ("inf. ratio", 1),
}
PLAIN = ("beta_12m", "correlation_12m", "ret_stdev_12m", "information_ratio")
"""Not in percent."""

TICKERS = (
    *("SHV", "SHY", "IEI", "IEF", "TLT", "TIP", "MBB", "VCSH", "VCIT", "LQD", "HYG", "EMB"),
    *("SPY", "QQQ", "EFA", "EEM", "VNQ", "GLD", "FXY"),
)
"""One fund of each kind that the cards hold, with prices from the first day on; near copies would count one twice."""

CHANGES: dict[str, dict[str, Any]] = {
    "as the card": {},
    "no fee, no costs": {"fee": 0.0, "cost_bps": 0.0},
    "costs x 3": {"cost_bps": 3.0},
    "fee 1 %": {"fee": 0.01},
    "one day's delay": {"execution_lag": 1},
}


@dataclass(frozen=True, eq=False)
class Run:
    """One card through time, and what is made of it."""

    card: ax.Model
    result: ax.BacktestResult
    months: Months
    check: TargetCheck
    decay: pd.DataFrame
    alphas: pd.DataFrame
    sensitivity: pd.DataFrame
    exposures: dict[str, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Forecasts by asset class: the next month from 36 and from 12 months, the next quarter from 36."""

    volatility: dict[tuple[int, str], pd.DataFrame]
    covariance: dict[str, pd.DataFrame]


def run_cards(prices: pd.DataFrame) -> dict[str, Run]:
    """Every card of the package, from the end of 2015 to the end of February 2025."""
    universe = ax.load_universe()
    runs = {}
    for name in PUBLISHED:
        card = ax.load_model(name)
        result = ax.backtest(prices, card, start=START, end=END)
        months = monthly(result, prices)
        net, benchmark = months.returns["net"], months.returns["benchmark"]
        ages = (1, 3, 6, 12) if card.rebalance == "M" else (1, 13, 26, 52)
        changes = {key: _scaled(card, fields) for key, fields in CHANGES.items()}
        runs[name] = Run(
            card=card,
            result=result,
            months=months,
            check=target_check(result, prices),
            decay=evidence.risk_decay(result, prices, ages),
            alphas=evidence.alpha_by_period(net, benchmark, 12),
            sensitivity=evidence.sensitivity(prices, card, changes, START, END),
            exposures=exposures(result, universe),
        )
    return runs


def forecasts(prices: pd.DataFrame) -> Evidence:
    """Does past covariance predict risk, on the funds of `TICKERS`."""
    universe, prices = ax.load_universe(), prices.loc[:END]
    classes = {}
    for ticker in TICKERS:
        bond = universe.loc[ticker, "asset_class"] == "fixed income"
        label = universe.loc[ticker, "sector" if bond else "asset_class"]
        classes[ticker] = "high yield" if universe.loc[ticker, "credit"] == "high yield" else str(label)
    choices = [(36, "M"), (12, "M"), (36, "Q")]
    return Evidence(
        volatility={(w, h): evidence.volatility_forecasts(prices, classes, w, h) for w, h in choices},
        covariance={h: evidence.covariance_forecasts(prices, classes, 36, h) for h in ("M", "Q")},
    )


def tables(prices: pd.DataFrame, runs: dict[str, Run], found: Evidence) -> dict[str, str]:
    """Every table of the page by name, as it is printed."""
    return {
        "statistics": _statistics_table(prices, runs),
        "terms": _terms_table(runs),
        "states": _states_table(runs),
        "targets": _targets_table(runs),
        "exposures": _exposure_table(runs),
        "volatility": "\n".join(_volatility_tables(found)),
        "covariance": "\n".join(_covariance_tables(found)),
        "decay": _decay_table(runs),
        "alphas": _alpha_table(runs),
        "persistence": _persistence_table(runs),
        "sensitivity": _sensitivity_table(runs),
    }


def _scaled(card: ax.Model, fields: dict[str, Any]) -> dict[str, Any]:
    """A factor on the card's costs; other fields as they are. The active index has no costs to multiply: 3 bp then."""
    if fields.keys() != {"cost_bps"}:
        return fields
    return {"cost_bps": (card.cost_bps or 1.0) * fields["cost_bps"]}


def _statistics_table(prices: pd.DataFrame, runs: dict[str, Run]) -> str:
    published = load_tables("2025_02")
    rows = []
    for name, run in runs.items():
        net, benchmark = run.months.returns["net"], run.months.returns["benchmark"]
        rows.append([run.card.title, "own, hypothetical", *_figures(net, benchmark)])
        printed = _printed(published, *PUBLISHED[name])
        if printed is not None:
            rows.append([run.card.title, "published", *printed])
    months = runs["fi-baseline"].months
    market, equity = returns_in(months, prices, "AGG"), returns_in(months, prices, "SPY")
    for label, returns in {
        "T-bills (BIL)": returns_in(months, prices, "BIL"),
        "AGG": market,
        "SPY": equity,
        "60/40 (SPY, AGG)": sixty_forty(equity, market),
    }.items():
        rows.append([label, "hurdle, to AGG", *_figures(returns, market)])
    return _table(["model", "whose", *(heading for heading, _ in COLUMNS.values())], rows, left=2)


def _figures(returns: pd.Series[float], benchmark: pd.Series[float]) -> list[str]:
    stats = ax.statistics(returns, benchmark)
    return [_number(stats[key] * (1 if key in PLAIN else 100), digits) for key, (_, digits) in COLUMNS.items()]


def _printed(published: Any, returns_row: str | None, tracking_row: str | None) -> list[str] | None:
    """Figures as the newsletter prints them; a dash where it prints none."""
    figures: dict[str, str] = {}
    for row in published.rows:
        if row.name == returns_row:
            figures |= {role: figure.cell.text for role, figure in row.figures.items()}
    for row in published.tracking:
        if row.name == tracking_row:
            own = {role: figure.cell.text for role, figure in row.figures.items()}
            figures = {**own, **figures, "cumulative": figures.get("cumulative", own["cumulative"])}
    return [figures.get(key, "-").rstrip("%") for key in COLUMNS] if figures else None


def _terms_table(runs: dict[str, Run]) -> str:
    rows = []
    for run in runs.values():
        kinds = run.result.events["kind"].value_counts()
        rows.append(
            [
                run.card.title,
                run.card.benchmark,
                _number(100 * run.card.fee, 2),
                _number(run.card.cost_bps, 0),
                str(len(run.result.weights)),
                str(int(run.result.traded.iloc[:-1].sum())),
                _number(100 * run.result.turnover.mean(), 1),
                _number(100 * run.result.costs.sum(), 2),
                str(int(kinds.get("not binding", 0))),
                str(int(kinds.get("fallback", 0))),
                str(int(kinds.get("cone solver", 0))),
            ]
        )
    heads = ["model", "benchmark", "fee a year %", "costs bp", "signals earned", "trades", "turnover each %"]
    return _table([*heads, "costs in all %", "targets not binding", "fallbacks", "by cone solver"], rows, left=2)


def _states_table(runs: dict[str, Run]) -> str:
    rows = []
    for run in runs.values():
        rule = run.card.rule
        multiples = {"no rule": run.card.multiplier} if rule is None else {row.state: row.k for row in rule.rows}
        for state, count in state_counts(run.result).items():
            rows.append([run.card.title, state, _number(multiples[state], 2), str(count)])
    return _table(["model", "state", "k", "signals"], rows, left=2)


def _targets_table(runs: dict[str, Run]) -> str:
    rows = []
    for run in runs.values():
        check = run.check
        per_year = np.sqrt({"M": 12, "W": 52}[run.card.frequency])
        target = np.sqrt((run.result.targets.iloc[:-1] ** 2).mean()) * per_year
        rows.append(
            [
                run.card.title,
                str(check.n),
                _number(100 * target, 2),
                _number(100 * target * check.ratio, 2),
                *(_number(value, 2) for value in (check.ratio, check.ex_ante_ratio, check.mean, check.spread)),
                _number(100 * check.share_inside, 0),
            ]
        )
    heads = ["model", "periods", "target a year %", "realised a year %", "ratio", "ratio to ex-ante"]
    return _table([*heads, "mean of periods", "spread of periods", "inside 0.5 to 1.5 %"], rows)


def _exposure_table(runs: dict[str, Run]) -> str:
    wanted = {
        "asset_class": ("fixed income", "equity", "real estate", "commodity", "currency"),
        "duration": ("ultra-short", "short", "intermediate", "long"),
        "credit": ("government", "investment grade", "high yield", "mixed"),
    }
    rows = []
    for run in runs.values():
        means = {dimension: table.mean() for dimension, table in run.exposures.items()}
        cells = [means[dimension].get(text, 0.0) for dimension, texts in wanted.items() for text in texts]
        rows.append([run.card.title, *(_number(100 * cell, 0) for cell in cells)])
    return _table(["model", *(f"{text} %" for texts in wanted.values() for text in texts)], rows)


def _volatility_tables(found: Evidence) -> list[str]:
    parts = []
    for (window, horizon), table in found.volatility.items():
        n = int(table["n"].iloc[0])
        rows = [
            [
                str(label),
                str(int(row["funds"])),
                _number(row["level"], 2),
                _with_error(row["rank"], row["rank_se"], 2),
                _with_error(row["rank_across"], row["rank_across_se"], 2),
                *(_number(row[key], 2) for key in ("qlike", "qlike_naive")),
                _with_error(row["gain"], row["gain_se"], 2),
                _number(row["gain"] / row["gain_se"], 1),
            ]
            for label, row in table.iterrows()
        ]
        heads = ["class", "funds", "realised / forecast", "rank through time", "rank across funds", "QLIKE"]
        title = f"Window of {window} months, next {'month' if horizon == 'M' else 'quarter'}, n = {n}:"
        parts.append(f"{title}\n\n{_table([*heads, 'QLIKE naive', 'gain', 't'], rows)}")
    return parts


def _covariance_tables(found: Evidence) -> list[str]:
    parts = []
    for horizon, table in found.covariance.items():
        rows = [
            [
                str(label),
                str(int(row["pairs"])),
                *(_with_error(row[key], row[f"{key}_se"], 2) for key in ("rank", "rank_across", "gain")),
            ]
            for label, row in table.iterrows()
        ]
        title = f"Window of 36 months, next {'month' if horizon == 'M' else 'quarter'}, n = {int(table['n'].iloc[0])}:"
        heads = ["class", "pairs", "rank through time", "rank across pairs", "gain in QLIKE per fund"]
        parts.append(f"{title}\n\n{_table(heads, rows)}")
    return parts


def _decay_table(runs: dict[str, Run]) -> str:
    rows = []
    for run in runs.values():
        unit = "month" if run.card.rebalance == "M" else "week"
        for age, row in run.decay.iterrows():
            first = age == run.decay.index[0]
            rows.append(
                [
                    run.card.title,
                    f"{age} {unit}{'' if age == 1 else 's'}",
                    str(int(row["n"])),
                    _number(row["ratio"], 2),
                    _with_error(row["gap"], row["gap_se"], 3),
                    "-" if first else _with_error(row["widening"], row["widening_se"], 3),
                ]
            )
    return _table(["model", "age", "n", "realised / ex-ante", "gap", "widening since the first"], rows, left=2)


def _alpha_table(runs: dict[str, Run]) -> str:
    rows = []
    for run in runs.values():
        for _, row in run.alphas.iterrows():
            span = f"{row['start']:%Y-%m} to {row['end']:%Y-%m}"
            rows.append(
                [
                    run.card.title,
                    span,
                    str(int(row["n"])),
                    _with_error(100 * row["alpha"], 100 * row["se"], 2),
                    _number(row["t"], 1),
                    _number(row["beta"], 2),
                ]
            )
    return _table(["model", "months", "n", "alpha a year %", "t", "beta"], rows, left=2)


def _persistence_table(runs: dict[str, Run]) -> str:
    alphas = pd.DataFrame({name: run.alphas["alpha"].to_numpy()[:-1] for name, run in runs.items()}).T
    alphas.columns = ["first", "second", "third"]
    found = evidence.alpha_persistence(alphas)
    rows = [
        [f"{row['from']} to {row['to']}", str(row["n"]), _with_error(row["rank"], row["se"], 2)]
        for _, row in found.iterrows()
    ]
    return _table(["sub-periods", "models", "rank correlation of alphas"], rows)


def _sensitivity_table(runs: dict[str, Run]) -> str:
    rows = []
    for run in runs.values():
        for change, row in run.sensitivity.iterrows():
            figures = [_number(100 * row[key], 2) for key in ("cumulative", "return", "volatility")]
            alpha = _with_error(100 * row["alpha"], 100 * row["alpha_se"], 2)
            yearly = [_number(100 * row["turnover"], 0), _number(100 * row["cost"], 2)]
            rows.append([run.card.title, str(change), *figures, alpha, *yearly])
    heads = ["model", "change", "since 2016 %", "return a year %", "volatility a year %", "alpha a year %"]
    return _table([*heads, "turnover a year %", "costs a year %"], rows, left=2)


def _number(value: float, digits: int) -> str:
    return f"{value:z.{digits}f}" if np.isfinite(value) else "-"


def _with_error(value: float, error: float, digits: int) -> str:
    return f"{value:z.{digits}f} ± {error:.{digits}f}" if np.isfinite(value) else "-"


def _table(heads: list[str], rows: list[list[str]], left: int = 1) -> str:
    marks = ["---"] * left + ["---:"] * (len(heads) - left)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, marks, *rows]) + "\n"


def read(file: str | Path) -> pd.DataFrame:
    """The table of prices; its oddities are listed by the commands, not here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ax.DataWarning)
        return ax.read_prices(file)


def main() -> None:
    """Write the page and its charts."""
    from docs import models_charts, models_text

    if len(sys.argv) != 2:
        sys.exit("use: python -m docs.build_models PRICES")
    prices = read(sys.argv[1])
    runs, found = run_cards(prices), forecasts(prices)
    PAGE.write_text(models_text.page(tables(prices, runs, found), runs, found), encoding="utf-8")
    models_charts.write(PAGE.parent, prices, runs, found)


if __name__ == "__main__":
    main()
