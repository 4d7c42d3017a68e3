"""Which securities there are and what they are: a table that a user owns, and a screen that chooses from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aram_xl._labels import dates_of, is_labelled
from aram_xl.errors import InputError
from aram_xl.returns import FREQUENCIES, period_ends, simple_returns
from aram_xl.table_files import FilePath, date_of, read_grid

UNIVERSE_COLUMNS = ("name", "asset_class", "sector", "duration", "credit", "currency", "index")
"""Texts that every security has, beside its ticker; ``none`` where there is nothing to say."""

SCREENED_BY = ("asset_class", "sector", "duration", "credit", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Conditions that a security must meet, all of them; None or empty: any.

    The first five take one text of the table or several, of which one must fit. Constructing a screen validates it.
    """

    asset_class: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    duration: tuple[str, ...] = ()
    credit: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    minimum_history: int | None = None
    """Returns without a gap, the latest at the date of the screen; as in a model card."""
    frequency: str = "M"
    """Of these returns: D, W, M or Q."""
    liquidity: str | None = None
    """Column of numbers in the table, for instance the traded value of a day."""
    minimum_liquidity: float | None = None
    """In the unit of that column."""

    def __post_init__(self) -> None:
        for name in SCREENED_BY:
            wanted = getattr(self, name)
            wanted = (wanted,) if isinstance(wanted, str) else tuple(wanted) if isinstance(wanted, list) else wanted
            if not isinstance(wanted, tuple) or not all(isinstance(text, str) and text for text in wanted):
                raise InputError(f"{name}: expected texts of the universe table, got {wanted!r}")
            object.__setattr__(self, name, wanted)
        if self.frequency not in FREQUENCIES:
            raise InputError(f"frequency: expected one of {', '.join(FREQUENCIES)}, got {self.frequency!r}")
        least = self.minimum_history
        if least is not None and (not isinstance(least, int) or isinstance(least, bool) or least < 1):
            raise InputError(f"minimum_history: expected a whole number of returns from 1, got {least!r}")
        if (self.liquidity is None) != (self.minimum_liquidity is None):
            raise InputError(
                "minimum_liquidity: expected together with liquidity, the column that it is read from, "
                f"got {self.minimum_liquidity!r} with column {self.liquidity!r}"
            )
        bar = self.minimum_liquidity
        if bar is not None and (not isinstance(bar, int | float) or isinstance(bar, bool) or not np.isfinite(bar)):
            raise InputError(f"minimum_liquidity: expected a number, got {bar!r}")


@dataclass(frozen=True, eq=False, slots=True)
class Screened:
    """What a screen found."""

    tickers: tuple[str, ...]
    """In the order of the universe table."""
    dropped: dict[str, str]
    """Every other ticker, in that order too, and the first condition that it does not meet."""


def load_universe(path: FilePath | None = None) -> pd.DataFrame:
    """Read the universe table that comes with the package, or the user's own.

    Args:
        path: CSV or Excel file with a header row and the columns ticker (the first), name, asset_class, sector,
            duration, credit, currency and index. Further columns may follow; where all their cells are numbers or
            empty they are read as numbers, otherwise as texts.

    Returns:
        A table with tickers as row labels. It describes; it recommends nothing, and what it says of a fund should be
        checked against the fund's own papers.

    Raises:
        InputError: the file cannot be read, a column or a cell is missing, or a ticker stands there twice.
    """
    if path is None:
        with resources.as_file(resources.files("aram_xl") / "data" / "universe.csv") as file:
            return _read(file)
    return _read(Path(path))


def screen(
    universe: pd.DataFrame, conditions: Screen, prices: pd.DataFrame | None = None, as_of: Any = None
) -> Screened:
    """Choose the securities that meet every condition.

    Args:
        universe: see `load_universe`.
        conditions: what must be met.
        prices: dates x tickers, for the minimum history only.
        as_of: day at which history is counted; later prices are not looked at. None: the last day of the prices.

    Raises:
        InputError: a condition names a text or a column that the table does not have, history is asked for without
            prices or prices are given without that question, or nothing is left: the sentence says which condition
            dropped the last securities.
    """
    _check_table(universe, "universe")
    if (prices is None) != (conditions.minimum_history is None):
        raise InputError(
            "prices: expected together with minimum_history, which is counted in them, and not otherwise; "
            f"got minimum_history {conditions.minimum_history}"
        )
    if prices is None and as_of is not None:
        raise InputError(f"as_of: expected with prices only, got {as_of!r}")
    left = list(universe.index)
    dropped: dict[str, str] = {}
    for condition, reason_of in _conditions(universe, conditions, prices, as_of):
        reasons = {ticker: reason for ticker in left if (reason := reason_of(ticker))}
        dropped |= reasons
        last, left = left, [ticker for ticker in left if ticker not in reasons]
        if not left:
            shown = "; ".join(f"{ticker}: {reasons[ticker]}" for ticker in last[:3])
            more = f" and {len(last) - 3} more" if len(last) > 3 else ""
            raise InputError(
                f"screen: expected at least one security, got none: the condition {condition} dropped the last "
                f"{len(last)} ({shown}{more}); widen it"
            )
    return Screened(tuple(left), {ticker: dropped[ticker] for ticker in universe.index if ticker in dropped})


def _conditions(
    universe: pd.DataFrame, conditions: Screen, prices: pd.DataFrame | None, as_of: Any
) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Each condition in words, and a function that gives the reason against a ticker, empty where there is none."""
    for name in SCREENED_BY:
        wanted: tuple[str, ...] = getattr(conditions, name)
        if wanted:
            known = sorted(set(universe[name]))
            unknown = [text for text in wanted if text not in known]
            if unknown:
                raise InputError(
                    f"{name}: expected one of {', '.join(known)} as in the universe table, got {unknown[0]!r}"
                )
            words = f"{name} = {' or '.join(wanted)}"
            yield words, partial(_unless, dict(zip(universe.index, universe[name], strict=True)), name, wanted)
    if conditions.liquidity is not None and conditions.minimum_liquidity is not None:
        column, bar = conditions.liquidity, conditions.minimum_liquidity
        values = _numbers(universe, column)
        yield f"{column} >= {bar:g}", lambda ticker: _too_little(column, values[ticker], bar)
    if prices is not None and conditions.minimum_history is not None:
        least, of = conditions.minimum_history, FREQUENCIES[conditions.frequency]
        counts, day = _histories(prices, conditions.frequency, as_of)
        words = f"minimum_history = {least} {of} returns up to {day}"
        yield words, lambda ticker: _too_short(counts.get(ticker), least, f"{of} returns up to {day}")


def _unless(found: dict[str, str], name: str, wanted: tuple[str, ...], ticker: str) -> str:
    return "" if found[ticker] in wanted else f"{name} is {found[ticker]}"


def _too_little(column: str, value: float, bar: float) -> str:
    if np.isnan(value):
        return f"{column} is empty"
    return "" if value >= bar else f"{column} is {value:g}, below {bar:g}"


def _too_short(count: int | None, least: int, what: str) -> str:
    if count is None:
        return "no prices"
    return "" if count >= least else f"{count} {what}, {least} needed"


def _numbers(universe: pd.DataFrame, column: str) -> dict[str, float]:
    if column not in universe.columns or column in UNIVERSE_COLUMNS:
        further = [str(name) for name in universe.columns if name not in UNIVERSE_COLUMNS]
        raise InputError(
            f"liquidity: expected a further column of the universe table ({', '.join(further) or 'it has none'}), "
            f"got {column!r}"
        )
    try:
        values = universe[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(f"liquidity: expected numbers in column {column}, got {error}") from error
    return dict(zip(universe.index, values.tolist(), strict=True))


def _histories(prices: pd.DataFrame, frequency: str, as_of: Any) -> tuple[dict[str, int], np.datetime64]:
    """Unbroken returns up to the last complete period, by ticker, and the day up to which prices were read."""
    if not is_labelled(prices) or not hasattr(prices, "columns") or len(prices) == 0:
        raise InputError("prices: expected a DataFrame of levels with dates as rows and tickers as columns")
    dates = dates_of(prices.index, "prices")
    known = dates <= np.datetime64(date_of(as_of, "as_of")) if as_of is not None else np.full(dates.size, True)
    if not known.any():
        raise InputError(f"as_of: expected a day from {dates.min()}, the first of the prices, got {as_of}")
    dates, levels = dates[known], prices.to_numpy(dtype=np.float64, na_value=np.nan)[known]
    present = np.isfinite(simple_returns(levels[period_ends(dates, frequency).rows]))
    runs = np.minimum.accumulate(present[::-1], axis=0).sum(axis=0)
    return dict(zip(map(str, prices.columns), runs.tolist(), strict=True)), dates[-1]


def _read(path: Path) -> pd.DataFrame:
    grid = read_grid(path, None)
    headers = [str(header).strip() for header in grid.headers]
    if headers[0] != "ticker":
        raise InputError(f"{grid.name}: expected the first column to be ticker, got {headers[0]!r}")
    columns: dict[str, Any] = {}
    for header, cells in zip(headers[1:], grid.columns, strict=True):
        if header in columns:
            raise InputError(f"{grid.name}: expected each column once, got {header!r} twice")
        values = [grid.parse(cell) for cell in cells]
        numbers = header not in UNIVERSE_COLUMNS and all(value is not None for value in values)
        columns[header] = values if numbers else ["" if cell is None else str(cell).strip() for cell in cells]
    tickers = ["" if cell is None else str(cell).strip() for cell in grid.dates]
    table = pd.DataFrame(columns, index=pd.Index(tickers, name="ticker", dtype=object))
    _check_table(table, grid.name)
    return table


def _check_table(table: pd.DataFrame, origin: str) -> None:
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"{origin}: expected a table with tickers as row labels, see load_universe, got {table!r}")
    absent = [name for name in UNIVERSE_COLUMNS if name not in table.columns]
    if absent:
        raise InputError(
            f"{origin}: expected the columns ticker, {', '.join(UNIVERSE_COLUMNS)}, got no {', '.join(absent)}"
        )
    if table.empty:
        raise InputError(f"{origin}: expected at least one security, got an empty table")
    for number, ticker in enumerate(table.index, start=1):
        if not isinstance(ticker, str) or not ticker:
            raise InputError(f"{origin}: expected a ticker for security {number}, got {ticker!r}")
    twice = table.index[table.index.duplicated()]
    if len(twice):
        raise InputError(f"{origin}: expected each ticker once, got {twice[0]} more than once")
    for name in UNIVERSE_COLUMNS:
        for ticker, cell in table[name].items():
            if not isinstance(cell, str) or not cell:
                raise InputError(
                    f"{origin}: expected {name} of {ticker}, got an empty cell; write none where there is none"
                )
