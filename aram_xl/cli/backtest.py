"""``aram-xl backtest``: a model through time, gross and net of costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    refuse_source,
    tickers_of,
    whole_file,
)
from aram_xl.cli._judging import (
    MONTHLY,
    events_for_json,
    label_of,
    measures,
    say_event_counts,
    say_events,
    say_statistics,
)

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult
    from aram_xl._models import Model


def backtest(
    model: ModelName,
    prices: PricesFile,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="Earliest signal date, as 2015-12-31; by default the card's."),
    ] = None,
    end: EndDay = None,
    cost_bps: Annotated[
        float | None,
        typer.Option("--cost-bps", help="Basis points of each amount bought or sold, in place of the card's."),
    ] = None,
    fee: Annotated[
        float | None, typer.Option("--fee", help="Fee a year, decimal (0.005 is 0.5 %), in place of the card's.")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write weights, returns and costs by period here.")
    ] = None,
    corrections: CorrectionsFile = None,
    missing: MissingPolicy = None,
    as_json: AsJson = False,
) -> None:
    """A model through time, with its costs.

    Statistics net, gross and of the benchmark; turnover, costs, and every event with its date.

    Example: aram-xl backtest active-index-ig prices.csv --end 2025-02-28 --cost-bps 5 --csv history.csv
    """
    from aram_xl._backtest import backtest as walk

    card = _charged(load_card(model, missing), cost_bps, fee)
    refuse_source(csv_file, prices, corrections)
    table = load_prices(prices, corrections, tickers_of(card))
    result = walk(table, card, start=start, end=end)
    if csv_file is not None:
        write_history(result, csv_file)
    if as_json:
        _screen.say_json(backtest_for_json(result, table))
    else:
        _say_backtest(result, table, prices.name)
        if csv_file is not None:
            _screen.say(f"Written: {csv_file}")


def backtest_for_json(result: BacktestResult, prices: pd.DataFrame) -> dict[str, Any]:
    """Statistics of the three series; turnover and cost are decimals of value."""
    frequency = result.model.rebalance
    series = {"net": result.returns, "gross": result.gross_returns, "benchmark": result.benchmark_returns}
    return {
        "model": result.model.name,
        "provenance": result.model.provenance,
        "label": label_of(result, prices),
        "rebalances": len(result.weights),
        "turnover": float(result.turnover.mean()),
        "cost": float(result.costs.sum()),
        "fee": result.model.fee,
        "cost_bps": result.model.cost_bps,
        **{name: measures(returns, result.benchmark_returns, frequency) for name, returns in series.items()},
        "events": events_for_json(result.events),
    }


def write_history(result: BacktestResult, file: Path, label: str = "") -> None:
    """One row per period, written whole: date of its end, the weights that earned it, returns, target and costs."""
    import pandas as pd

    ends = result.returns.index
    numbers = {
        "gross": result.gross_returns,
        "net": result.returns,
        "benchmark": result.benchmark_returns,
        "target": result.targets.iloc[:-1],
        "turnover": result.turnover,
        "cost": result.costs,
    }
    weights = result.weights.set_axis(ends, axis="index")
    rest = pd.DataFrame({name: values.to_numpy() for name, values in numbers.items()}, index=ends)
    history = pd.concat([weights, rest], axis="columns")
    history.insert(0, "signal_date", pd.DatetimeIndex(result.weights.index).strftime("%Y-%m-%d"))
    with whole_file(file) as temporary:
        history.to_csv(
            temporary, index_label=f"date ({label})" if label else "date", date_format="%Y-%m-%d", lineterminator="\n"
        )


def _charged(card: Model, cost_bps: float | None, fee: float | None) -> Model:
    changes = {"cost_bps": cost_bps, "fee": fee}
    return card.replace(**{name: value for name, value in changes.items() if value is not None})


def _say_backtest(result: BacktestResult, prices: pd.DataFrame, origin: str) -> None:
    card = result.model
    _screen.say(f"{card.title}, prices: {origin}")
    _screen.tell(card.provenance)
    _screen.tell(label_of(result, prices))
    _screen.say()
    _say_judgement(result)
    _screen.say()
    _screen.tell(
        f"{len(result.weights)} rebalances; one-way turnover {_screen.percent(result.turnover.mean())} each on "
        f"average; costs {_screen.percent(result.costs.sum())} in all "
        f"({card.cost_bps:g} bp of each amount bought or sold), fee {_screen.percent(card.fee)} a year."
    )
    say_event_counts(result.events)
    say_events(result.events)


def _say_judgement(result: BacktestResult) -> None:
    import pandas as pd

    from aram_xl.performance import statistics
    from aram_xl.returns import FREQUENCIES

    benchmark = result.benchmark_returns
    series = {"Net": result.returns, "Gross": result.gross_returns, str(benchmark.name): benchmark}
    if result.model.rebalance == MONTHLY:
        say_statistics(statistics(pd.DataFrame(series), benchmark))
        return
    each = [measures(returns, benchmark, result.model.rebalance) for returns in series.values()]
    _screen.say_table(
        ["", *series],
        [
            ["Whole sample, cumulative", *(_screen.percent(one["cumulative"]) for one in each)],
            ["Greatest drawdown", *(_screen.percent(one["max_drawdown"]) for one in each)],
        ],
    )
    _screen.tell(
        f"Sample {each[0]['start']} to {each[0]['end']}, {each[0]['n_periods']} "
        f"{FREQUENCIES[result.model.rebalance]} returns; the other statistics are defined for months only."
    )
