"""``aram-xl demo``: the main job, end to end, on generated prices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import PRESET, load_card, make_folder, whole_file
from aram_xl.cli.backtest import write_history
from aram_xl.cli.index import say_index

if TYPE_CHECKING:
    import pandas as pd

END = "2025-02-28"
"""Last date of the published table that the preset reproduces: 110 signals."""

PRICES_FILE = "SYNTHETIC_prices.csv"
HISTORY_FILE = "SYNTHETIC_weights.csv"
WORKBOOK_FILE = "active_index.xlsx"


def demo(
    folder: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the results; made if need be.")
    ] = Path("demo"),
) -> None:
    """The main job, on the built-in sample.

    Gives weights, index, statistics and the workbook. The prices are SYNTHETIC: generated,
    not market data. Nothing is downloaded.

    Example: aram-xl demo -o demo
    """
    from aram_xl._backtest import backtest
    from aram_xl.sample import sample_prices
    from workbooks import catalogue

    make_folder(folder)
    with _screen.working("demo") as tell:
        tell("generating the sample")
        prices = sample_prices()
        _write_prices(prices, folder / PRICES_FILE)
        tell("walking through 110 signal dates")
        result = backtest(prices, load_card(PRESET), end=END)
        write_history(result, prices, folder / HISTORY_FILE)
    say_index(result, prices, "the built-in sample")
    with whole_file(folder / WORKBOOK_FILE) as temporary, _screen.working(f"building {WORKBOOK_FILE}") as tell:
        catalogue.build("active_index", prices, temporary, end=END, progress=tell)
    _say_next_steps(folder)


def _write_prices(prices: pd.DataFrame, file: Path) -> None:
    """The label stands in the first cell, so that it goes wherever the table goes."""
    with whole_file(file) as temporary:
        prices.to_csv(
            temporary, index_label=f"Date ({prices.attrs['label']})", date_format="%Y-%m-%d", lineterminator="\n"
        )


def _say_next_steps(folder: Path) -> None:
    _screen.say()
    _screen.say("Written:")
    _screen.say_table(
        [],
        [
            (f"  {folder / PRICES_FILE}", "the sample, a pattern for your own prices"),
            (f"  {folder / HISTORY_FILE}", "weights and returns of every month"),
            (f"  {folder / WORKBOOK_FILE}", "the same in cells, to be taken apart"),
        ],
        left=2,
    )
    _screen.say()
    _screen.say("Next: open the workbook, or")
    _screen.say_table(
        [],
        [
            (f"  aram-xl recalc {folder / WORKBOOK_FILE}", "recalculate it in LibreOffice and compare"),
            ("  aram-xl index YOUR_PRICES.csv", "the index on your own total-return prices"),
            ("  aram-xl --help", "everything else"),
        ],
        left=2,
    )
