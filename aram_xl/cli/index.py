"""``aram-xl index``: the active index of the preset, judged as the published table judges it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aram_xl.cli import _screen
from aram_xl.cli._inputs import PRESET, AsJson, CorrectionsFile, EndDay, PricesFile, load_card, load_prices, tickers_of
from aram_xl.cli._judging import (
    events_for_json,
    label_of,
    measures,
    say_event_counts,
    say_statistics,
    statistics_beside_benchmark,
)
from aram_xl.cli.weights import say_weights, weights_for_json

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult


def index(prices: PricesFile, end: EndDay = None, corrections: CorrectionsFile = None, as_json: AsJson = False) -> None:
    """The active index and its statistics.

    The statistics stand beside the benchmark's; the weights for the coming period follow. Runs the
    model active-index-ig, whose rule is inferred from a published table.

    Example: aram-xl index prices.csv --end 2025-02-28
    """
    from aram_xl._backtest import backtest

    card = load_card(PRESET)
    table = load_prices(prices, corrections, tickers_of(card))
    result = backtest(table, card, end=end)
    if as_json:
        _screen.say_json(index_for_json(result, table))
    else:
        say_index(result, table, prices.name)


def index_for_json(result: BacktestResult, prices: pd.DataFrame) -> dict[str, Any]:
    """Statistics in decimals (null where history is too short), what they are, and the current weights."""
    return {
        **measures(result.returns, result.benchmark_returns, result.model.rebalance),
        "model": result.model.name,
        "provenance": result.model.provenance,
        "label": label_of(result, prices),
        **weights_for_json(result),
        "events": events_for_json(result.events),
    }


def say_index(result: BacktestResult, prices: pd.DataFrame, origin: str) -> None:
    """The index as a person reads it."""
    _screen.say(f"{result.model.title}, prices: {origin}")
    _screen.tell(result.model.provenance)
    _screen.tell(label_of(result, prices))
    _screen.say()
    say_statistics(statistics_beside_benchmark(result.returns, result.benchmark_returns, "Index"))
    _screen.say()
    say_weights(result)
    _screen.say()
    say_event_counts(result.events)
