"""``aram-xl workbook``: a template filled with the user's prices or returns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import (
    PRESET,
    CorrectionsFile,
    EndDay,
    load_card,
    load_prices,
    refuse_source,
    tickers_of,
    whole_file,
)
from aram_xl.cli.activeness import IndexColumn, PassiveColumns, TBillsColumn
from aram_xl.cli.report import AggregateColumn, EquityColumn
from aram_xl.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


BenchmarkColumn = Annotated[
    str | None, typer.Option("--benchmark", metavar="COL", help="Column to measure against; for templates of returns.")
]
FilledFrom = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PRICES|RETURNS|TABLES]",
        show_default=False,
        help="Table of total-return prices or returns; for published_audit a file or folder of published tables.",
    ),
]
FundColumn = Annotated[
    str | None, typer.Option("--fund", metavar="COL", help="Column to judge; by default the first that is not named.")
]


def workbook(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="Template, such as active_index.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", show_default=False, help="The .xlsx file to write.")
    ],
    prices: FilledFrom = None,
    end: EndDay = None,
    corrections: CorrectionsFile = None,
    benchmark: BenchmarkColumn = None,
    t_bills: TBillsColumn = None,
    active_index: IndexColumn = None,
    passive: PassiveColumns = None,
    fund: FundColumn = None,
    equity: EquityColumn = None,
    aggregate: AggregateColumn = None,
) -> None:
    """A workbook to audit, filled with your prices, or for fund_check and performance with monthly returns.

    published_audit takes published tables in their place, by default those of February 2025.
    Every number in it can be recomputed by hand from native formulas.

    Example: aram-xl workbook active_index prices.csv --end 2025-02-28 -o active_index.xlsx
    """
    from workbooks import catalogue

    if name not in catalogue.NAMES:
        raise InputError(f"name: expected one of {', '.join(catalogue.NAMES)}, got {name!r}")
    if output.suffix.lower() != ".xlsx":
        raise InputError(f"output: expected a file name that ends in .xlsx, got {output.name!r}")
    refuse_source(output, prices, corrections)
    with whole_file(output) as temporary:
        if name in catalogue.OF_TABLES:
            _refuse_options(name, end, corrections, benchmark, t_bills, active_index, passive, fund, equity, aggregate)
            with _screen.working(f"building {output.name}") as tell:
                catalogue.build_of_tables(name, prices, temporary, progress=tell)
        elif prices is None:
            raise InputError(f"prices: expected a file to fill {name} with, got none; name it after the template")
        elif name in catalogue.OF_RETURNS:
            table = _returns(prices, corrections, end)
            roles = {"benchmark": benchmark, "t_bills": t_bills, "active_index": active_index, "fund": fund}
            roles |= {"equity": equity, "aggregate": aggregate}
            several = passive and [column.strip() for column in passive.split(",")]
            with _screen.working(f"building {output.name}") as tell:
                catalogue.build_of_returns(name, table, temporary, roles | {"passive": several}, end=end, progress=tell)
        else:
            table = load_prices(prices, corrections, tickers_of(load_card(PRESET)))
            with _screen.working(f"building {output.name}") as tell:
                catalogue.build(name, table, temporary, end=end, progress=tell)
    _screen.say(f"Written: {output}")
    _screen.say(f"Check it in LibreOffice with: aram-xl recalc {output}")


def _refuse_options(name: str, *given: object) -> None:
    """Options that select from prices and returns mean nothing for printed tables."""
    if any(one is not None for one in given):
        raise InputError(f"{name}: expected no options but --output, got others; the tables say what is what")


def _returns(file: Path, corrections: Path | None, end: str | None) -> pd.DataFrame:
    """Monthly returns, cells that are empty before and after a series kept."""
    from aram_xl._activeness_file import read_funds

    if corrections is not None:
        raise InputError("corrections: expected with a template of prices only, got them with one of returns")
    return read_funds(file, end=end)
