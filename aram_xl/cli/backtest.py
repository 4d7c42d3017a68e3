"""``aram-xl backtest``: a model through time, gross and net of costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aram_xl.cli import _screen
from aram_xl.cli._backtesting import USUAL_HURDLES, Judged, judge, judged_for_json, judged_series, say_judged
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
    MacroFile,
    decision_for_json,
    events_for_json,
    label_of,
    measures,
    read_macro_file,
    say_event_counts,
    say_events,
)

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult
    from aram_xl._models import Model

FirstSignal = Annotated[
    str | None,
    typer.Option("--start", metavar="DATE", help="Earliest signal date, as 2015-12-31; by default the card's."),
]
CostBps = Annotated[
    float | None,
    typer.Option("--cost-bps", help="Basis points of each amount bought or sold, in place of the card's."),
]
Fee = Annotated[
    float | None, typer.Option("--fee", help="Fee a year, decimal (0.005 is 0.5 %), in place of the card's.")
]
Bills = Annotated[
    str | None,
    typer.Option("--bills", metavar="COL", help="Column of PRICES for the hurdle T-bills; by default BIL if there."),
]
Equity = Annotated[
    str | None, typer.Option("--equity", metavar="COL", help="Column for the 60 % of 60/40; by default SPY if there.")
]
Aggregate = Annotated[
    str | None, typer.Option("--aggregate", metavar="COL", help="Column for the 40 %; by default AGG if there.")
]
UniverseFile = Annotated[
    Path | None,
    typer.Option("--universe", metavar="FILE", help="Your own universe table, for exposures; see docs/universe.md."),
]
Band = Annotated[
    tuple[float, float],
    typer.Option("--band", metavar="LOW HIGH", help="Realised / target risk of a period that counts as met."),
]
HistoryFile = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write weights, returns and costs by period here.")
]
DecisionsFile = Annotated[
    Path | None,
    typer.Option("--decisions", metavar="FILE", help="Write the decision on the risk target at every signal (CSV)."),
]
ExposuresFile = Annotated[
    Path | None,
    typer.Option("--exposures", metavar="FILE", help="Write class, sector, duration, credit at every signal (CSV)."),
]
ShowEvents = Annotated[bool, typer.Option("--events", help="List every event with its date, not only their counts.")]


def backtest(
    model: ModelName,
    prices: PricesFile,
    start: FirstSignal = None,
    end: EndDay = None,
    cost_bps: CostBps = None,
    fee: Fee = None,
    macro: MacroFile = None,
    bills: Bills = None,
    equity: Equity = None,
    aggregate: Aggregate = None,
    universe: UniverseFile = None,
    band: Band = (0.5, 1.5),
    csv_file: HistoryFile = None,
    decisions: DecisionsFile = None,
    exposures: ExposuresFile = None,
    corrections: CorrectionsFile = None,
    missing: MissingPolicy = None,
    show_events: ShowEvents = False,
    as_json: AsJson = False,
) -> None:
    """A model through time, with its costs.

    Statistics net and gross, beside T-bills, the benchmark and 60/40; whether risk targets were met; states
    of the rule, exposures, turnover, costs, and every event.

    Example: aram-xl backtest fi-baseline prices.csv --end 2025-02-28 --csv history.csv --decisions why.csv
    """
    from aram_xl._backtest import backtest as walk
    from aram_xl.universe import load_universe

    outputs = {"history": csv_file, "decisions": decisions, "exposures": exposures}
    for output in outputs.values():
        refuse_source(output, prices, corrections, macro, universe)
    card = _charged(load_card(model, missing), cost_bps, fee)
    hurdles = {"bills": bills, "equity": equity, "aggregate": aggregate}
    used = {*tickers_of(card), *(name for name in hurdles.values() if name is not None)}
    table = load_prices(prices, corrections, used | set(USUAL_HURDLES.values()))
    described = load_universe(universe)
    result = walk(table, card, start=start, end=end, macro=read_macro_file(macro))
    judged = judge(result, table, hurdles, described, band)
    _write(judged, table, outputs)
    if as_json:
        _screen.say_json(backtest_for_json(judged, table))
        return
    _say_backtest(judged, table, prices.name, show_events)
    for output in filter(None, outputs.values()):
        _screen.say(f"Written: {output}")


def backtest_for_json(judged: Judged, prices: pd.DataFrame) -> dict[str, Any]:
    """Statistics of the three series; turnover and cost are decimals of value."""
    result = judged.result
    frequency = result.model.rebalance
    net, gross, benchmark = judged_series(judged)
    series = {"net": net, "gross": gross, "benchmark": benchmark}
    return {
        "model": result.model.name,
        "provenance": result.model.provenance,
        "label": label_of(result, prices),
        "rebalances": len(result.weights),
        "trades": int(result.traded.iloc[:-1].sum()),
        "turnover": float(result.turnover.mean()),
        "cost": float(result.costs.sum()),
        "fee": result.model.fee,
        "cost_bps": result.model.cost_bps,
        **{name: measures(returns, benchmark, frequency) for name, returns in series.items()},
        **judged_for_json(judged),
        "decision": decision_for_json(result),
        "events": events_for_json(result.events),
    }


def write_history(result: BacktestResult, prices: pd.DataFrame, file: Path) -> None:
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
    _write_table(history, file, f"date ({_mark(result, prices)})")


def _write(judged: Judged, prices: pd.DataFrame, outputs: dict[str, Path | None]) -> None:
    """The files that were asked for; the head of their first column says what they are."""
    from aram_xl._backtest import decision_table
    from aram_xl._backtest_report import exposure_table

    result = judged.result
    head = f"signal_date ({_mark(result, prices)})"
    if outputs["history"] is not None:
        write_history(result, prices, outputs["history"])
    if outputs["decisions"] is not None:
        _write_table(decision_table(result), outputs["decisions"], head)
    if outputs["exposures"] is not None:
        _write_table(exposure_table(judged.exposures), outputs["exposures"], head)


def _mark(result: BacktestResult, prices: pd.DataFrame) -> str:
    from aram_xl._backtest_report import charges

    source = prices.attrs.get("label")
    return f"{f'{source}; ' if source else ''}hypothetical; {charges(result)}"


def _write_table(table: pd.DataFrame, file: Path, head: str) -> None:
    with whole_file(file) as temporary:
        table.to_csv(temporary, index_label=head, date_format="%Y-%m-%d", lineterminator="\n")


def _charged(card: Model, cost_bps: float | None, fee: float | None) -> Model:
    changes = {"cost_bps": cost_bps, "fee": fee}
    return card.replace(**{name: value for name, value in changes.items() if value is not None})


def _say_backtest(judged: Judged, prices: pd.DataFrame, origin: str, show_events: bool) -> None:
    result = judged.result
    card = result.model
    _screen.say(f"{card.title}, prices: {origin}")
    _screen.tell(card.provenance)
    _screen.tell(label_of(result, prices))
    _screen.say()
    say_judged(judged)
    _screen.say()
    trades = int(result.traded.iloc[:-1].sum())
    some = "" if trades == len(result.weights) else f", {trades} of them with a trade"
    _screen.tell(
        f"{len(result.weights)} rebalances{some}; one-way turnover {_screen.percent(result.turnover.mean())} each on "
        f"average; costs {_screen.percent(result.costs.sum())} in all "
        f"({card.cost_bps:g} bp of each amount bought or sold), fee {_screen.percent(card.fee)} a year."
    )
    say_event_counts(result.events)
    if show_events:
        say_events(result.events)
    elif len(result.events):
        _screen.say("Each with its date and reason: --events, or --json.")
