"""What several commands ask for: their arguments, tables of prices, places for files."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aram_xl.errors import DataWarning, OutputError

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._models import Model

PRESET = "active-index-ig"

PRICE_ONLY = "looks like prices without distributions"
"""In the warning of `read_prices`; a test holds the two together."""


class Missing(StrEnum):
    """Policies for missing data."""

    common_window = "common_window"
    drop_asset = "drop_asset"
    reject = "reject"


PricesFile = Annotated[
    Path,
    typer.Argument(
        metavar="PRICES",
        show_default=False,
        help="Table of total-return prices (.csv, .parquet, .xlsx): dates first, one column per ticker.",
    ),
]
ModelName = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", show_default=False, help="Name of a model (see: aram-xl models) or the path of your own card."
    ),
]
StartDay = Annotated[str | None, typer.Option("--start", metavar="DATE", help="First date used, as 2015-12-31.")]
EndDay = Annotated[str | None, typer.Option("--end", metavar="DATE", help="Last date used, as 2025-02-28.")]
CorrectionsFile = Annotated[
    Path | None,
    typer.Option(
        "--corrections",
        metavar="FILE",
        help="CSV of dated corrections (Date, Ticker, SourceReturn, SuggestedReturn), applied before anything else.",
    ),
]
MissingPolicy = Annotated[
    Missing | None,
    typer.Option(
        "--missing",
        help="Policy for missing prices, in place of the card's: all assets use the shortest window, assets without "
        "a whole window are left out, or that is an error.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs in place of tables.")]


def load_prices(file: Path, corrections: Path | None, tickers: Collection[str] | None = None) -> pd.DataFrame:
    """Read prices; every correction is listed, other warnings for ``tickers`` (None: all), and counted otherwise.

    A table that says SYNTHETIC in its first cell, as the one of ``aram-xl demo`` does, keeps that label. Where prices
    look like prices without distributions, the label says so: it stands beside every result.
    """
    from aram_xl.prices import read_prices

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        prices = read_prices(file, corrections=corrections)
    foreign = set() if tickers is None else {str(column) for column in prices.columns} - set(tickers)
    listed = f"{corrections.name}: " if corrections else "\0"  # each correction is listed, whatever it is about
    shown = [
        warning
        for warning in caught
        if str(warning.message).startswith(listed) or _subject(str(warning.message)) not in foreign
    ]
    for warning in shown:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    hidden = len(caught) - len(shown)
    if hidden:
        lines = "line" if hidden == 1 else "lines"
        warnings.warn(
            f"{file.name}: {hidden} more {lines} of this kind on columns that are not used here",
            DataWarning,
            stacklevel=2,
        )
    label = ". ".join(text for text in (prices.attrs.get("label", ""), _price_only_label(shown)) if text)
    if label:
        prices.attrs["label"] = label
    return prices


def load_card(model: str, missing: Missing | None = None) -> Model:
    """A model card, with the policy for missing data replaced where one is given."""
    from aram_xl._models import load_model

    card = load_model(model)
    return card if missing is None else card.replace(missing=missing.value)


def tickers_of(card: Model) -> tuple[str, ...]:
    """All columns of prices that a model reads."""
    return (*card.universe, card.benchmark)


def refuse_source(output: Path | None, *sources: Path | None) -> None:
    """No file that is read is written over."""
    for source in sources:
        if output and source and output.exists() and source.exists() and output.samefile(source):
            raise OutputError(f"{output}: this is a file to read; choose another name for the output")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path that takes the place of ``path`` when all went well; refuses early what cannot end well."""
    from aram_xl._files import replacing

    if path.is_dir():
        raise OutputError(f"{path}: expected the name of a file to write, got a folder; add a file name")
    with replacing(path) as temporary:
        yield temporary


def make_folder(folder: Path) -> None:
    """Create a folder for results unless it is there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: expected a folder that can be made and written, got {error.strerror}; choose another place"
        ) from error


def _subject(sentence: str) -> str:
    """The ticker that a warning of `read_prices` is about: ``file: TICKER: ...`` or ``file: TICKER on DATE: ...``."""
    match = re.match(r"[^:]+: (.+?)(?: on \d{4}-\d\d-\d\d)?: ", sentence)
    return match[1] if match else ""


def _price_only_label(shown: list[warnings.WarningMessage]) -> str:
    found = [str(warning.message) for warning in shown if PRICE_ONLY in str(warning.message)]
    if not found:
        return ""
    tickers = ", ".join(_subject(sentence) for sentence in found)
    return f"PRICE-ONLY data suspected ({tickers}): results leave out distributions"
