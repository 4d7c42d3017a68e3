"""``aram-xl returns``: prices of any frequency as the table of monthly returns that the judging commands read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import (
    CorrectionsFile,
    EndDay,
    PricesFile,
    StartDay,
    load_prices,
    refuse_source,
    whole_file,
)
from aram_xl.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

OutputFile = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", show_default=False, help="The .csv or .parquet file to write.")
]
Columns = Annotated[
    str | None, typer.Option("--columns", metavar="COLS", help="Columns of PRICES, commas between; all by default.")
]


def returns(
    prices: PricesFile,
    output: OutputFile,
    columns: Columns = None,
    start: StartDay = None,
    end: EndDay = None,
    corrections: CorrectionsFile = None,
) -> None:
    """Monthly returns of prices, as a file.

    Simple returns from one month's last price to the next, for stats, report, activeness and workbooks. An
    incomplete last month is left out; a month without a price at its end stays empty.

    Example: aram-xl returns prices.csv -o returns.csv --columns SPY,AGG,BIL --end 2025-02-28
    """
    from aram_xl.returns import period_returns
    from aram_xl.returns_file import between

    refuse_source(output, prices, corrections)
    if output.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"output: expected a file that ends in .csv or .parquet, got {output.name}")
    chosen = None if columns is None else [name.strip() for name in columns.split(",")]
    table = load_prices(prices, corrections, chosen)
    for name in chosen or ():
        if name not in table.columns:
            raise InputError(f"columns: expected some of {', '.join(map(str, table.columns))}, got {name!r}")
    monthly = period_returns(table if chosen is None else table[chosen], "M")
    made = between(monthly, start, end, prices.name)
    label = table.attrs.get("label")
    made.index.name = f"Date ({label})" if label else "Date"
    with whole_file(output) as temporary:
        if output.suffix.lower() == ".csv":
            made.to_csv(temporary, date_format="%Y-%m-%d", lineterminator="\n")
        else:
            made.to_parquet(temporary)
    _screen.say(f"Monthly returns, {made.index[0].date()} to {made.index[-1].date()}, of {prices.name}:")
    _screen.say_table(["", "First", "Last", "Returns", "Empty between"], [_extent(made[name]) for name in made])
    _screen.say(f"Written: {output}")


def _extent(series: pd.Series[float]) -> list[str]:
    present = series.notna()
    days = series.index[present]
    if len(days) == 0:
        return [str(series.name), "-", "-", "0", "-"]
    inside = int(present.loc[days[0] : days[-1]].size)
    return [str(series.name), str(days[0].date()), str(days[-1].date()), str(len(days)), str(inside - len(days))]
