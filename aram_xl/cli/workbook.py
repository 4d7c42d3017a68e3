"""``aram-xl workbook``: a template filled with the user's prices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import (
    PRESET,
    CorrectionsFile,
    EndDay,
    PricesFile,
    load_card,
    load_prices,
    refuse_source,
    tickers_of,
    whole_file,
)
from aram_xl.errors import InputError


def workbook(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="Template, such as active_index.")],
    prices: PricesFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", show_default=False, help="The .xlsx file to write.")
    ],
    end: EndDay = None,
    corrections: CorrectionsFile = None,
) -> None:
    """A workbook to audit, filled with your prices.

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
        table = load_prices(prices, corrections, tickers_of(load_card(PRESET)))
        with _screen.working(f"building {output.name}") as tell:
            catalogue.build(name, table, temporary, end=end, progress=tell)
    _screen.say(f"Written: {output}")
    _screen.say(f"Check it in LibreOffice with: aram-xl recalc {output}")
