"""``aram-xl weights``: what a model holds in the coming period, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aram_xl.cli import _screen
from aram_xl.cli._inputs import (
    AsJson,
    CorrectionsFile,
    EndDay,
    MissingPolicy,
    ModelName,
    PricesFile,
    load_card,
    load_prices,
    tickers_of,
)
from aram_xl.cli._judging import (
    MacroFile,
    decision_for_json,
    events_for_json,
    label_of,
    read_macro_file,
    say_decision,
    say_events,
)

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult


def weights(
    model: ModelName,
    prices: PricesFile,
    end: EndDay = None,
    macro: MacroFile = None,
    corrections: CorrectionsFile = None,
    missing: MissingPolicy = None,
    as_json: AsJson = False,
) -> None:
    """Weights of a model for the coming period.

    Shown with their risk, how the risk target was decided, and the events of that date. They are decided at
    the last period end that the prices cover completely.

    Example: aram-xl weights active-index-ig prices.csv --end 2025-02-28
    """
    from aram_xl._backtest import backtest

    card = load_card(model, missing)
    table = load_prices(prices, corrections, tickers_of(card))
    result = backtest(table, card, end=end, macro=read_macro_file(macro))
    if as_json:
        _screen.say_json(
            {
                "model": card.name,
                "provenance": card.provenance,
                "label": label_of(result, table),
                "benchmark": card.benchmark,
                **weights_for_json(result),
                "decision": decision_for_json(result),
                "events": events_for_json(events_at_signal(result)),
            }
        )
        return
    _screen.say(f"{card.title}, prices: {prices.name}")
    _screen.tell(card.provenance)
    _screen.tell(label_of(result, table))
    _screen.say()
    say_weights(result)
    if result.decisions:
        _screen.say()
        say_decision(result)
    events = events_at_signal(result)
    if not events.empty:
        _screen.say("Events of that date:")
        say_events(events)


def weights_for_json(result: BacktestResult) -> dict[str, Any]:
    """Current weights; target and risk are decimals per period of the estimation frequency."""
    return {
        "signal_date": _signal(result).date().isoformat(),
        "weights": {str(ticker): float(weight) for ticker, weight in result.current.items()},
        "risk_target": _screen.finite(result.targets.iloc[-1]),
        "risk": _screen.finite(result.risks.iloc[-1]),
        "window": int(result.windows.iloc[-1]),
        "estimation_frequency": result.model.frequency,
    }


def say_weights(result: BacktestResult) -> None:
    """Current weights as a person reads them."""
    from aram_xl.returns import FREQUENCIES

    returns = f"{FREQUENCIES[result.model.frequency]} returns"
    _screen.say(f"Weights for the coming period, decided on {_signal(result).date()}:")
    _screen.say_table(
        ["", "Weight"], [(str(ticker), _screen.percent(weight)) for ticker, weight in result.current.items()]
    )
    _screen.tell(
        f"Risk {_screen.percent(result.risks.iloc[-1])}, risk target {_screen.percent(result.targets.iloc[-1])}: "
        f"volatility of {returns}, not annualised; window {result.windows.iloc[-1]} {returns}."
    )


def _signal(result: BacktestResult) -> pd.Timestamp:
    import pandas as pd

    return pd.DatetimeIndex(result.targets.index)[-1]


def events_at_signal(result: BacktestResult) -> pd.DataFrame:
    """What happened at the last signal date or after it."""
    return result.events[result.events["date"] >= _signal(result)]
