"""What the back-test of a model shows beside its statistics: hurdles, targets met or not, states, exposures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aram_xl.cli import _screen
from aram_xl.cli._judging import MONTHLY, measures, say_statistics
from aram_xl.errors import InputError, TooShortError

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult
    from aram_xl._backtest_account import Months
    from aram_xl._backtest_report import TargetCheck

USUAL_HURDLES = {"bills": "BIL", "equity": "SPY", "aggregate": "AGG"}
"""Columns of the prices that make the hurdle rows where the user names no other; they are shown by name."""


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """A back-test and everything that is said about it."""

    result: BacktestResult
    months: Months | None
    """None where there is no whole month."""
    hurdles: dict[str, tuple[str, pd.Series[float] | None]]
    """T-bills and 60/40: the columns they were made from, and their returns in the months; None: not supplied."""
    check: TargetCheck
    exposures: dict[str, pd.DataFrame]


def judge(
    result: BacktestResult,
    prices: pd.DataFrame,
    chosen: dict[str, str | None],
    universe: pd.DataFrame,
    band: tuple[float, float],
) -> Judged:
    """Months, hurdles, realised risk and exposures of a back-test.

    Args:
        result: of `aram_xl.backtest`.
        prices: the table that it was made from, with the columns of the hurdles.
        chosen: column of ``bills``, ``equity`` and ``aggregate``; None: the usual one, if it is there.
        universe: see `aram_xl.load_universe`.
        band: of realised over target risk.
    """
    from aram_xl._backtest_account import monthly
    from aram_xl._backtest_report import exposures, target_check

    try:
        months = monthly(result, prices)
    except TooShortError:
        months = None
    return Judged(
        result=result,
        months=months,
        hurdles=_hurdles(months, prices, chosen),
        check=target_check(result, prices, band),
        exposures=exposures(result, universe),
    )


def judged_for_json(judged: Judged) -> dict[str, Any]:
    """States, target check, average exposures and hurdles; null where nothing was supplied."""
    from aram_xl._backtest_report import state_counts

    check, months = judged.check, judged.months
    content: dict[str, Any] = {
        "states": state_counts(judged.result),
        "target_check": {
            "ratio": _screen.finite(check.ratio),
            "ex_ante_ratio": _screen.finite(check.ex_ante_ratio),
            "mean": _screen.finite(check.mean),
            "spread": _screen.finite(check.spread),
            "share_inside": _screen.finite(check.share_inside),
            "band": list(check.band),
            "n": check.n,
            "scaling": check.scaling,
        },
        "exposures": {
            dimension: {str(text): float(mean) for text, mean in table.mean().items()}
            for dimension, table in judged.exposures.items()
        },
        "hurdles": dict.fromkeys(judged.hurdles),
    }
    if months is None:
        return content
    benchmark = months.returns["benchmark"].rename(str(judged.result.benchmark_returns.name))
    for name, (source, returns) in judged.hurdles.items():
        if returns is not None:
            content["hurdles"][name] = {"series": source, **measures(returns, benchmark, MONTHLY)}
    content["hurdles"]["benchmark"] = {"series": benchmark.name, **measures(benchmark, benchmark, MONTHLY)}
    if judged.result.model.rebalance != MONTHLY:
        content["monthly"] = {name: measures(months.returns[name], benchmark, MONTHLY) for name in months.returns}
    return content


def say_judged(judged: Judged) -> None:
    """Statistics beside the hurdles, then targets, states and exposures."""
    if judged.result.model.rebalance != MONTHLY:
        _say_periods(judged.result)
    _say_months(judged)
    _screen.say()
    _say_check(judged.check, judged.result)
    _screen.say()
    _say_states(judged.result)
    _screen.say()
    rows = [
        [dimension.replace("_", " ") if i == 0 else "", str(text), _screen.percent(mean)]
        for dimension, table in judged.exposures.items()
        for i, (text, mean) in enumerate(table.mean().items())
    ]
    _screen.say_table(["Average exposure", "", "Weight"], rows, left=2)


def _hurdles(
    months: Months | None, prices: pd.DataFrame, chosen: dict[str, str | None]
) -> dict[str, tuple[str, pd.Series[float] | None]]:
    from aram_xl.hurdles import sixty_forty

    found = {part: _column(months, prices, part, name) for part, name in chosen.items()}
    bills, equity, aggregate = found["bills"], found["equity"], found["aggregate"]
    rows: dict[str, tuple[str, pd.Series[float] | None]] = {
        "T-bills": ("", None) if bills is None else (str(bills.name), bills),
        "60/40": ("", None),
    }
    if (equity is None) != (aggregate is None) and (chosen["equity"] or chosen["aggregate"]):
        absent = "equity" if equity is None else "aggregate"
        raise InputError(f"{absent}: expected a column of PRICES, got none beside the other part of 60/40; name one")
    if equity is not None and aggregate is not None:
        mixed = sixty_forty(equity, aggregate).rename("60/40")
        rows["60/40"] = (f"60 % {equity.name}, 40 % {aggregate.name}, reset monthly", mixed)
    return rows


def _column(months: Months | None, prices: pd.DataFrame, part: str, name: str | None) -> pd.Series[float] | None:
    """Returns of a column that the user named, or of the usual one where it has them."""
    from aram_xl._backtest_account import returns_in

    if months is None:
        return None
    if name is not None:
        return returns_in(months, prices, name)
    try:
        return returns_in(months, prices, USUAL_HURDLES[part])
    except InputError:  # nobody asked for it
        return None


def _say_months(judged: Judged) -> None:
    import pandas as pd

    from aram_xl.performance import statistics

    months = judged.months
    if months is None:
        _screen.tell("No whole month between the first and the last signal: no monthly statistics.")
        return
    market = months.returns["benchmark"].rename(str(judged.result.benchmark_returns.name))
    (_, bills), (_, mixed) = judged.hurdles["T-bills"], judged.hurdles["60/40"]
    series = {"Net": months.returns["net"], "T-bills": bills, str(market.name): market, "60/40": mixed}
    series["Gross"] = months.returns["gross"]
    supplied = {name: values for name, values in series.items() if values is not None}
    say_statistics(statistics(pd.DataFrame(supplied), market))
    notes = [
        f"{name}: {source if returns is not None else 'not supplied'}"
        for name, (source, returns) in judged.hurdles.items()
    ]
    _screen.tell(f"{'; '.join(notes)}.")


def judged_series(judged: Judged) -> tuple[pd.Series[float], pd.Series[float], pd.Series[float]]:
    """Net, gross and benchmark: by period, or by month where skipped signals made longer periods of a monthly card."""
    result, months = judged.result, judged.months
    if result.model.rebalance != MONTHLY or months is None or len(months.returns) == len(result.returns):
        return result.returns, result.gross_returns, result.benchmark_returns
    table = months.returns
    return table["net"], table["gross"], table["benchmark"].rename(str(result.benchmark_returns.name))


def _say_periods(result: BacktestResult) -> None:
    from aram_xl.returns import FREQUENCIES

    benchmark, rhythm = result.benchmark_returns, result.model.rebalance
    series = {"Net": result.returns, "Gross": result.gross_returns, str(benchmark.name): benchmark}
    each = [measures(returns, benchmark, rhythm) for returns in series.values()]
    _screen.say_table(
        ["", *series],
        [
            ["Whole sample, cumulative", *(_screen.percent(one["cumulative"]) for one in each)],
            ["Greatest drawdown", *(_screen.percent(one["max_drawdown"]) for one in each)],
        ],
    )
    _screen.tell(
        f"Sample {each[0]['start']} to {each[0]['end']}, {each[0]['n_periods']} {FREQUENCIES[rhythm]} returns; the "
        "other statistics are defined for months only. They follow for whole months, from the account day by day."
    )
    _screen.say()


def _say_check(check: TargetCheck, result: BacktestResult) -> None:
    low, high = check.band
    _screen.tell(
        f"Realised risk / risk target: {_screen.number(check.ratio, 2)} over all {len(check.periods)} periods "
        f"({_screen.number(check.ex_ante_ratio, 2)} of the ex-ante risk, which is less where a target does not bind). "
        f"By period: mean {_screen.number(check.mean, 2)}, spread {_screen.number(check.spread, 2)}; "
        f"{_screen.percent(check.share_inside)} of {check.n} periods from {low:g} to {high:g}."
    )
    _screen.tell(f"Realised within a period: {check.scaling}.")


def _say_states(result: BacktestResult) -> None:
    from aram_xl._backtest_report import state_counts

    rule = result.model.rule
    multiples = {} if rule is None else {row.state: row.k for row in rule.rows}
    if rule is not None:
        multiples.setdefault("not enough history", rule.not_enough_history)
    rows = [
        (state, f"{multiples.get(state, result.model.multiplier):g}", str(count))
        for state, count in state_counts(result).items()
    ]
    _screen.say_table(["State", "k", "Signals"], rows)
