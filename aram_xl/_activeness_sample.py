"""Which months each fund is judged on: its own, in common with its benchmark; nothing is filled.

A fund may start late and end early. Between its first and its last return nothing may be missing: such a hole is an
error, or the fund is left out and named, as the caller chooses.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from aram_xl._labels import is_labelled, values_of
from aram_xl._series import ReturnTable, check_bills, check_monthly, check_rows, read_dates, read_returns, row_label
from aram_xl._validate import number
from aram_xl.errors import DataWarning, InputError, TooShortError
from aram_xl.types import BoolArray, DateArray, FloatArray, IntArray, Table

Convention = Literal["newsletter", "standard"]
Holes = Literal["reject", "drop_fund"]

FEWEST = 3
"""Months of a regression: two leave no residual."""

_NAMED = 5
"""Names of funds in one warning; the result lists all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivenessSettings:
    """The thresholds of the verdict, and two choices about the data.

    Raises:
        InputError: a threshold out of its range, or an unknown choice.
    """

    convention: Convention = "newsletter"
    """``newsletter``: raw returns, risk-free rate 0. ``standard``: in excess of T-bills, which must be supplied."""
    holes: Holes = "reject"
    """A month missing inside a fund's series: an error, or the fund is left out and named (``drop_fund``)."""
    index_like: float = 0.95
    """Share of variance explained by the benchmark, or by a passive mix, from which a fund counts as that."""
    significance: float = 0.05
    """Two-sided level of every test."""
    power: float = 0.80
    """Probability with which the stated smallest alpha would have been found significant."""
    minimum_months: int = 36
    """Fewer than this are too short for a verdict."""

    def __post_init__(self) -> None:
        if self.convention not in get_args(Convention):
            raise InputError(f"convention: expected newsletter or standard, got {self.convention!r}")
        if self.holes not in get_args(Holes):
            raise InputError(f"holes: expected reject or drop_fund, got {self.holes!r}")
        for name in ("index_like", "significance", "power"):
            value = number(getattr(self, name), name)
            if not 0.0 < value < 1.0:
                raise InputError(f"{name}: expected a share between 0 and 1, got {value:g}; 95 % is 0.95")
        months = number(self.minimum_months, "minimum_months")
        if months != int(months) or months < FEWEST:
            raise InputError(f"minimum_months: expected a whole number of at least {FEWEST}, got {months:g}")


class Sample(NamedTuple):
    """The months in which the benchmark and all that enters the regressions have returns."""

    returns: FloatArray
    """(n_months, n_funds), 0 outside the months of a fund."""
    single: bool
    """One series came in."""
    names: tuple[str, ...]
    first: IntArray
    """(n_funds,) row of the first return of each."""
    stop: IntArray
    """(n_funds,) row after the last; equal to ``first`` where there is none."""
    benchmark: FloatArray
    benchmark_name: str
    t_bills: FloatArray | None
    """(n_months,), NaN where unknown; without gaps under the standard convention."""
    active_index: FloatArray | None
    passive: FloatArray | None
    """(n_months, n_passive)"""
    passive_names: tuple[str, ...]
    days: DateArray | None
    dropped: tuple[tuple[str, str], ...]
    """Name of each fund left out, and why."""


class _Given(NamedTuple):
    """One argument: its returns, 0 where empty, and what is there."""

    table: ReturnTable
    present: BoolArray


def read_sample(
    returns: Table,
    benchmark: Table,
    references: dict[str, Table | None],
    settings: ActivenessSettings,
) -> Sample:
    """Check the tables against each other and cut them to the months in common.

    Args:
        returns: (n_months,) or (n_months, n_funds); empty before the first and after the last return of a fund.
        benchmark: (n_months,)
        references: ``t_bills`` and ``active_index`` (n_months,), ``passive`` (n_months, n_passive); None: not supplied.

    Raises:
        InputError: a hole, months that do not match, an impossible return, passive series that are the same.
        TooShortError: fewer than three months in common, or no fund left.
    """
    supplied = {"benchmark": benchmark, **{name: table for name, table in references.items() if table is not None}}
    days = read_dates({"returns": returns, **supplied}, None)
    if days is not None:
        check_monthly(days)
    funds = _given(returns, "returns", days)
    given = {name: _reference(table, name, funds.table, days) for name, table in supplied.items()}
    if "t_bills" in given:
        bills = given["t_bills"]
        check_bills(bills.table.values[bills.present], "t_bills")
    if settings.convention == "standard" and "t_bills" not in given:
        raise InputError(
            "t_bills: expected their returns per month with the standard convention, got none; there is no default"
        )
    regressors = ["benchmark", "passive"] + ["t_bills"] * (settings.convention == "standard")
    window = _common_window({name: given[name] for name in regressors if name in given}, days)
    days = None if days is None else days[window]
    kept, first, stop, dropped = _own_months(funds, window, settings.holes, days)
    values = np.ascontiguousarray(funds.table.values[window] if kept.all() else funds.table.values[window][:, kept])
    passive = given.get("passive")
    if passive is not None:
        _refuse_twins(passive.table, window)
    return Sample(
        returns=values,
        single=funds.table.single,
        names=tuple(name for name, stays in zip(funds.table.names, kept, strict=True) if stays),
        first=first,
        stop=stop,
        benchmark=given["benchmark"].table.values[window, 0],
        benchmark_name=given["benchmark"].table.names[0],
        t_bills=_column(given.get("t_bills"), window),
        active_index=_column(given.get("active_index"), window),
        passive=None if passive is None else np.ascontiguousarray(passive.table.values[window]),
        passive_names=() if passive is None else passive.table.names,
        days=days,
        dropped=dropped,
    )


def _given(table: Table, name: str, days: DateArray | None) -> _Given:
    """Zeros stand in for empty cells so that every other cell passes the checks all return series pass."""
    if is_labelled(table):
        present = table.notna().to_numpy()
        whole = table.where(present, 0.0)
    else:
        numbers = values_of(table, name)
        present = ~np.isnan(numbers)
        whole = np.where(present, numbers, 0.0)
    read = read_returns(whole, name, days)
    return _Given(read, present.reshape(read.values.shape))


def _reference(table: Table, name: str, funds: ReturnTable, days: DateArray | None) -> _Given:
    """A series to measure against, or several passive ones; no holes."""
    given = _given(table, name, days)
    if name != "passive" and given.table.values.shape[1] != 1:
        raise InputError(f"{name}: expected one series, got {given.table.values.shape[1]} columns; choose one")
    check_rows(given.table, funds, name)
    first, stop, holes = _runs(given.present)
    for column in np.flatnonzero(holes | (first == stop)):
        row = int(first[column] + np.argmin(given.present[first[column] :, column]))
        where = "any row" if first[column] == stop[column] else row_label(days, row)
        raise InputError(
            f"{name}: expected a return between the first and the last one, got an empty cell for "
            f"{given.table.name_of(int(column))} in {where}; supply the return or shorten the sample"
        )
    return given


def _runs(present: BoolArray) -> tuple[IntArray, IntArray, BoolArray]:
    """First row, row after the last, and whether a row between them is empty; equal rows where there is nothing."""
    some = present.any(axis=0)
    first = np.where(some, present.argmax(axis=0), 0)
    stop = np.where(some, present.shape[0] - present[::-1].argmax(axis=0), 0)
    return first, stop, np.asarray(np.count_nonzero(present, axis=0) != stop - first)


def _common_window(regressors: dict[str, _Given], days: DateArray | None) -> slice:
    """The months in which every series of the regressions has a return."""
    names: list[str] = []
    firsts: list[int] = []
    stops: list[int] = []
    for given in regressors.values():
        first, stop, _ = _runs(given.present)
        names.extend(given.table.names)
        firsts.extend(first.tolist())
        stops.extend(stop.tolist())
    rows = next(iter(regressors.values())).present.shape[0]
    start, end = max(firsts), min(stops)
    late, early = names[firsts.index(start)], names[stops.index(end)]
    if end - start < FEWEST:
        raise TooShortError(
            f"benchmark: expected at least {FEWEST} months in which all series to measure against have returns, got "
            f"{max(end - start, 0)}; {late} starts last and {early} ends first: leave one out"
        )
    if end - start < rows:
        limits = [f"{late} starts in {row_label(days, start)}"] * (start > 0)
        limits += [f"{early} ends in {row_label(days, end - 1)}"] * (end < rows)
        warnings.warn(
            f"returns: {rows - end + start} of {rows} months are not used: {', '.join(limits)}",
            DataWarning,
            stacklevel=4,
        )
    return slice(start, end)


def _own_months(
    funds: _Given, window: slice, holes: Holes, days: DateArray | None
) -> tuple[BoolArray, IntArray, IntArray, tuple[tuple[str, str], ...]]:
    """Which funds stay, their first rows and the rows after their last, and why others go."""
    present = funds.present[window]
    first, stop, broken = _runs(present)
    dropped = []
    for column in np.flatnonzero(broken).tolist():
        row = int(first[column] + np.argmin(present[first[column] :, column]))
        why = f"no return in {row_label(days, row)}, inside its series"
        if holes == "reject":
            raise InputError(
                f"returns: expected a return in every month between a fund's first and last one, got {why} for "
                f"{funds.table.name_of(column)}; supply it, or choose holes drop_fund to leave such funds out"
            )
        dropped.append((funds.table.name_of(column), why))
    kept = ~broken
    if not kept.any():
        raise TooShortError("returns: expected at least one fund without a hole in its series, got none")
    if dropped:
        named = ", ".join(f"{name} ({why})" for name, why in dropped[:_NAMED])
        more = f" and {len(dropped) - _NAMED} more" if len(dropped) > _NAMED else ""
        warnings.warn(f"returns: left out: {named}{more}", DataWarning, stacklevel=4)
    return kept, first[kept], stop[kept], tuple(dropped)


def _refuse_twins(passive: ReturnTable, window: slice) -> None:
    """Of two passive series that are the same, no regression can tell which one a fund holds."""
    values = passive.values[window]
    for i in range(values.shape[1]):
        for j in range(i):
            if np.array_equal(values[:, i], values[:, j]):
                raise InputError(
                    f"passive: expected series that differ, got the same returns for {passive.name_of(j)} and "
                    f"{passive.name_of(i)}; leave one out"
                )


def _column(given: _Given | None, window: slice) -> Any:
    if given is None:
        return None
    return np.where(given.present[window, 0], given.table.values[window, 0], np.nan)
