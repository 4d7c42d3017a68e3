"""Back-tests of model cards: tables of prices in, a record of every decision out. Always hypothetical."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aram_xl._environment_market import DatedSeries, dated_series
from aram_xl._labels import dates_of, is_labelled
from aram_xl._models import Model
from aram_xl._risk_target_decision import TargetDecision
from aram_xl._walk_forward import decide
from aram_xl._walk_forward_holding import hold
from aram_xl._walk_forward_types import Event, Market
from aram_xl.errors import InputError, TooShortError
from aram_xl.types import FloatArray, Table

if TYPE_CHECKING:
    import pandas as pd

HYPOTHETICAL = (
    "Hypothetical: a back-test, not the record of an account. Weights are fixed before the period they earn; "
    "the fee and costs charged are those stated."
)


@dataclass(frozen=True, eq=False, slots=True)
class BacktestResult:
    """What a model would have held and earned."""

    model: Model
    weights: pd.DataFrame
    """Signal dates x tickers: the rows that have earned a period."""
    current: pd.Series[float]
    """Weights decided at the last signal date, for the coming period."""
    returns: pd.Series[float]
    """Net returns by period end, decimals."""
    gross_returns: pd.Series[float]
    benchmark_returns: pd.Series[float]
    targets: pd.Series[float]
    """Risk targets by signal date, the last one included; per period of the estimation frequency."""
    risks: pd.Series[float]
    """Ex-ante volatility of the weights by signal date."""
    windows: pd.Series[int]
    """Returns in the window by signal date."""
    reach: pd.DataFrame
    """Least and greatest reachable risk by signal date, under the card's limits; NaN where unknown."""
    traded: pd.Series[bool]
    """Whether each signal led to a trade: always, but for trades on risk drift and ``previous`` in the ladder."""
    decisions: tuple[TargetDecision, ...]
    """Step 2 of each signal, in full; empty for a card without a rule. `decision_table` makes a table of them."""
    turnover: pd.Series[float]
    """One-way turnover by signal date."""
    costs: pd.Series[float]
    """Cost by signal date, decimal of value."""
    events: pd.DataFrame
    """date, kind, detail: fallbacks, skips, assets not admitted, targets that do not bind, ..."""
    label: str = HYPOTHETICAL


def backtest(
    prices: Table, model: Model, start: Any = None, end: Any = None, macro: Table | None = None
) -> BacktestResult:
    """Walk a model through a table of total-return prices.

    Trading days are the rows on which the benchmark has a price. The weights of a signal date earn the period up to
    the next one; ``end`` cuts the table first, and an incomplete final period is left out, with an event.

    Args:
        prices: DataFrame of levels, dates x tickers; see `aram_xl.read_prices`.
        model: a model card, see `aram_xl.load_model`.
        start: earliest signal date; None: the card's first signal, or as soon as there is enough history.
        end: last price used; None: all.
        macro: dated columns of the user's own series, for cards whose market risk or rule names one; each value counts
            from its date plus the publication lag of the card.

    Raises:
        InputError: the benchmark, an asset of the model or its macro series is missing, ``end`` is before the first
            signal, or a held asset has no price when its return is earned.
        TooShortError: fewer than two signal dates.
    """
    import pandas as pd

    market = _market(prices, model, _day(end, "end"), _observed(model, macro))
    names = model.universe
    first = _day(start if start is not None else model.first_signal, "start")
    if first is not None and market.dates[-1] < first:
        raise InputError(
            f"end: expected a date after the first signal ({first}), got prices up to {market.dates[-1]}; "
            "choose a later end or an earlier start"
        )
    decisions = decide(market, model, first)
    if decisions.rows.size < 2:
        raise TooShortError(
            f"prices: expected at least two signal dates of {model.name}, got {decisions.rows.size} in prices from "
            f"{market.dates[0]} to {market.dates[-1]}; supply a longer history or a later end"
            + _first_reason(decisions.events)
        )
    holdings = hold(market, model, decisions, (*names, model.benchmark))
    signals = pd.DatetimeIndex(market.dates[decisions.rows], name="signal_date")
    period_ends = pd.DatetimeIndex(market.dates[decisions.rows[1:]], name="period_end")
    weights = _weights_table(decisions.weights, signals, model)
    benchmark = market.benchmark[decisions.rows]
    return BacktestResult(
        model=model,
        weights=weights.iloc[:-1],
        current=weights.iloc[-1].rename(signals[-1]),
        returns=pd.Series(holdings.net, period_ends, name=model.name),
        gross_returns=pd.Series(holdings.gross, period_ends, name=f"{model.name} gross"),
        benchmark_returns=pd.Series(benchmark[1:] / benchmark[:-1] - 1.0, period_ends, name=model.benchmark),
        targets=pd.Series(decisions.targets, signals, name="risk_target"),
        risks=pd.Series(decisions.risks, signals, name="risk"),
        windows=pd.Series(decisions.window, signals, name="window"),
        reach=pd.DataFrame({"least": decisions.least, "greatest": decisions.greatest}, signals),
        traded=pd.Series(decisions.traded, signals, name="traded"),
        decisions=tuple(decisions.records),
        turnover=pd.Series(holdings.turnover, signals[:-1], name="turnover"),
        costs=pd.Series(holdings.cost, signals[:-1], name="cost"),
        events=_events_table(decisions.events),
    )


def decision_table(result: BacktestResult) -> pd.DataFrame:
    """Steps 1 and 2 of every signal as a table: what was read, the state, each stage of the target, the reason.

    Volatilities are per period of the estimation frequency. A card without a rule has one state, its multiplier.
    """
    import pandas as pd

    signals = result.targets.index
    if result.decisions:
        names = [name for name in TargetDecision.__dataclass_fields__ if name not in ("date", "rule", "row", "per")]
        rows = [[*(getattr(decision, name) for name in names), decision.reason] for decision in result.decisions]
        return pd.DataFrame(rows, signals, [*names, "reason"])
    k = result.model.multiplier
    table = pd.DataFrame({"state": "no rule", "k": k, "raw": result.targets, "clipped": result.targets}, signals)
    table["least_reachable"], table["greatest_reachable"] = result.reach["least"], result.reach["greatest"]
    reachable = result.targets.clip(result.reach["least"], result.reach["greatest"])
    table["final"] = reachable.where(result.reach["least"].notna(), result.targets)
    table["reason"] = f"the card has no rule: k {k:g} at all times"
    return table


def _observed(model: Model, macro: Table | None) -> dict[str, DatedSeries]:
    """The user's series that the card names, each from its own column."""
    wanted = {part.macro for part in (model.market_risk, model.rule) if part is not None and part.macro is not None}
    if not wanted:
        return {}
    table = macro.to_frame() if macro is not None and is_labelled(macro) and macro.ndim == 1 else macro
    if table is None or not is_labelled(table):
        raise InputError(f"macro: expected dated columns {', '.join(sorted(wanted))}, which the card names, got none")
    columns = [str(column) for column in table.columns]
    absent = sorted(wanted - set(columns))
    if absent:
        raise InputError(f"macro: expected a column {', '.join(absent)}, got {_shown(columns)}")
    return {name: dated_series(table.iloc[:, columns.index(name)], name) for name in sorted(wanted)}


def _market(
    prices: Table, model: Model, end: np.datetime64 | None, observed: dict[str, DatedSeries]
) -> Market:
    if not is_labelled(prices) or not hasattr(prices, "columns"):
        raise InputError("prices: expected a DataFrame of levels with dates as rows and tickers as columns")
    if len(prices) == 0:
        raise InputError("prices: expected rows of levels, got an empty table")
    members = [name for name, _ in model.market_risk.portfolio] if model.market_risk is not None else []
    needed = list(dict.fromkeys([*model.universe, model.benchmark, *members]))
    columns = [str(column) for column in prices.columns]
    if model.benchmark not in columns:
        raise InputError(
            f"prices: expected a column {model.benchmark}, the benchmark of {model.name}, got {_shown(columns)}"
        )
    absent = [ticker for ticker in (*model.universe, *members) if ticker not in columns]
    if absent:
        raise InputError(
            f"prices: expected the assets of {model.name}, got no column {', '.join(absent)}; supply it, or choose "
            "another universe - no asset is ever swapped for another"
        )
    twice = [ticker for ticker in needed if columns.count(ticker) > 1]
    if twice:
        raise InputError(f"prices: expected each ticker in one column, got {', '.join(twice)} more than once")
    dates = dates_of(prices.index, "prices")
    table = _floats(prices.iloc[:, [columns.index(ticker) for ticker in needed]])
    if (table <= 0).any() or np.isinf(table).any():
        row, column = (int(i) for i in np.argwhere((table <= 0) | np.isinf(table))[0])
        raise InputError(
            f"prices: expected positive levels, got {table[row, column]:g} for {needed[column]} on {dates[row]}"
        )
    if dates.size > 1 and not (np.diff(dates).astype(np.int64) > 0).all():
        raise InputError("prices: expected ascending dates without duplicates; sort the table by date")
    kept = np.isfinite(table[:, needed.index(model.benchmark)])
    if end is not None:
        kept &= dates <= end
    if not kept.any():
        upto = f" up to {end}" if end is not None else ""
        raise InputError(f"prices: expected prices of {model.benchmark}{upto}, got none; choose a later end")
    table = table[kept]
    own = [needed.index(ticker) for ticker in members]
    benchmark = table[:, needed.index(model.benchmark)]
    return Market(dates[kept], table[:, : len(model.universe)], benchmark, table[:, own], observed)


def _floats(table: Any) -> FloatArray:
    try:
        return np.asarray(table.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        odd = [str(column) for column, kind in zip(table.columns, table.dtypes, strict=True) if kind.kind not in "fiu"]
        raise InputError(f"prices: expected numbers only, got something else in column {', '.join(odd)}") from error


def _day(value: Any, name: str) -> np.datetime64 | None:
    if value is None:
        return None
    try:
        if isinstance(value, int | float):
            raise TypeError
        if isinstance(value, str):
            value = datetime.date.fromisoformat(value)
        return np.datetime64(value, "D")
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: expected a date such as 2025-02-28, got {value!r}") from error


def _weights_table(weights: Any, signals: Any, model: Model) -> Any:
    """Tickers of the universe; a benchmark outside it joins where the fallback ladder held it."""
    import pandas as pd

    table = pd.DataFrame(weights[:, :-1], signals, list(model.universe))
    if weights[:, -1].any():
        table[model.benchmark] = weights[:, -1]
    return table


def _events_table(events: list[Event]) -> Any:
    import pandas as pd

    ordered = sorted(events, key=lambda event: event.date)
    return pd.DataFrame(
        {
            "date": np.array([event.date for event in ordered], dtype="datetime64[s]"),
            "kind": pd.Series([event.kind for event in ordered], dtype="str"),
            "detail": pd.Series([event.detail for event in ordered], dtype="str"),
        }
    )


def _first_reason(events: list[Event]) -> str:
    skipped = [event for event in events if event.kind == "skipped"]
    return f" ({skipped[-1].date}: {skipped[-1].detail})" if skipped else ""


def _shown(columns: list[str]) -> str:
    return ", ".join(columns[:12]) + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")
