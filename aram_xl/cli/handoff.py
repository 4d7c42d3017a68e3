"""``aram-xl handoff``: a model's current weights as the file that a broker or an index calculator takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._handing_off import Job, Taker, Trading, answer_of, files_of, say_answer, share, write_files
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
from aram_xl.cli._judging import MacroFile, read_macro_file

TakerName = Annotated[
    Taker,
    typer.Option(
        "--to",
        show_default=False,
        help="irebal: security model. ibkr: basket of orders. ibkr-rebalance: percents of net liquidation value. "
        "indexone: weights of a basket index.",
    ),
]
OutputFile = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", show_default=False, help="The .csv file to write.")
]
Step = Annotated[str, typer.Option("--step", metavar="SHARE", help="Weights are whole multiples of it.")]
Cash = Annotated[str, typer.Option("--cash", metavar="SHARE", help="Kept in cash; the weights shrink in proportion.")]
PositionsFile = Annotated[
    Path | None,
    typer.Option("--positions", metavar="FILE", help="Positions: columns symbol, quantity and, if several, account."),
]
Value = Annotated[
    float | None, typer.Option("--value", metavar="MONEY", help="Value of the one account, positions and cash.")
]
AccountsFile = Annotated[
    Path | None, typer.Option("--accounts", metavar="FILE", help="Several accounts: columns account and value or cash.")
]
QuotesFile = Annotated[
    Path | None,
    typer.Option("--quotes", metavar="FILE", help="Prices a share: columns symbol, price; else the last of PRICES."),
]
Minimum = Annotated[float, typer.Option("--min-trade", metavar="MONEY", help="Smaller trades are left out.")]
Band = Annotated[
    str, typer.Option("--band", metavar="SHARE", help="Weights no further from their target are left alone.")
]
Lot = Annotated[int, typer.Option("--lot", metavar="SHARES", help="Block orders are whole multiples of it.")]
SellOthers = Annotated[
    bool, typer.Option("--sell-others", help="Sell positions that the model does not name; else they are an error.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help="TOML: columns of the iRebal file, fields of IBKR's.")
]
HistoryFile = Annotated[
    Path | None,
    typer.Option("--history", metavar="FILE", help="With indexone: also write the weights of all signal dates."),
]


def handoff(
    model: ModelName,
    prices: PricesFile,
    to: TakerName,
    output: OutputFile,
    step: Step = "0.01%",
    cash: Cash = "0%",
    positions: PositionsFile = None,
    value: Value = None,
    accounts: AccountsFile = None,
    quotes: QuotesFile = None,
    min_trade: Minimum = 0.0,
    band: Band = "0%",
    lot: Lot = 1,
    sell_others: SellOthers = False,
    mapping: MappingFile = None,
    history: HistoryFile = None,
    end: EndDay = None,
    macro: MacroFile = None,
    corrections: CorrectionsFile = None,
    missing: MissingPolicy = None,
    as_json: AsJson = False,
) -> None:
    """A model's weights as a broker's file.

    Rounds the weights for the coming period so that they add up to 100 %, writes the file, and
    reads it back before it is kept. docs/handoff.md says what is known of each layout.

    Example: aram-xl handoff active-index-ig prices.csv --to ibkr --value 250000 -o basket.csv
    """
    from aram_xl._backtest import backtest
    from aram_xl._handoff_orders import TradeRules

    rules = TradeRules(minimum=min_trade, band=share(band, "band"), lot=lot, sell_others=sell_others)
    trading = Trading(positions, accounts, value, quotes, rules)
    job = Job(to, output, share(step, "step"), share(cash, "cash"), trading, mapping, history)
    files = files_of(job, prices, corrections, macro)
    card = load_card(model, missing)
    table = load_prices(prices, corrections, tickers_of(card))
    result = backtest(table, card, end=end, macro=read_macro_file(macro))
    answer = answer_of(job, result, table, end)
    write_files(job, files, result, answer)
    if as_json:
        _screen.say_json(answer.for_json(files))
    else:
        _screen.say(f"{card.title}, prices: {prices.name}")
        say_answer(answer, files)
