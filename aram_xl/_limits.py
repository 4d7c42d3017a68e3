"""Limits beside bounds: groups, turnover, tracking error and linear limits, as values that check themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from aram_xl._labels import is_labelled
from aram_xl._validate import common_labels, matrix, number, vector
from aram_xl.errors import InputError
from aram_xl.types import FloatArray, Table, frozen

ROUNDING = 1e-9
"""Excess of a total of holdings over 1 that counts as rounding; percent instead of decimals is far beyond."""


@dataclass(frozen=True, slots=True)
class Group:
    """Total weight of some assets."""

    name: str
    members: tuple[int | str, ...]
    """Positions (the first is 0), or tickers when the inputs are labelled."""
    least: float = 0.0
    greatest: float = 1.0

    def __post_init__(self) -> None:
        members = (self.members,) if isinstance(self.members, str | int) else tuple(self.members)
        object.__setattr__(self, "members", members)
        if not members or len(set(members)) < len(members):
            raise InputError(f"group {self.name}: expected members, each once, got {list(members)}")
        if not self.least <= self.greatest:
            raise InputError(f"group {self.name}: expected least <= greatest, got {self.least} and {self.greatest}")


@dataclass(frozen=True, eq=False, slots=True)
class Turnover:
    """Greatest one-way turnover ``sum |w - current| / 2`` from the current weights."""

    limit: float
    current: Table
    """(n_assets,) decimals; a total below 1 leaves the rest in cash outside the problem."""

    def __post_init__(self) -> None:
        _check_limit(self.limit, "turnover")
        object.__setattr__(self, "current", _holdings(self.current, "current"))


@dataclass(frozen=True, eq=False, slots=True)
class TrackingError:
    """Greatest volatility of the difference to benchmark weights, at the scale of the covariance."""

    limit: float
    benchmark: Table
    """(n_assets,) decimals."""

    def __post_init__(self) -> None:
        _check_limit(self.limit, "tracking_error")
        if self.limit == 0.0:
            raise InputError("tracking_error: expected a limit above 0, got 0; set both bounds to the benchmark")
        object.__setattr__(self, "benchmark", _holdings(self.benchmark, "benchmark"))


@dataclass(frozen=True, eq=False, slots=True)
class Linear:
    """``least <= coefficients @ weights <= greatest``, row by row; an infinite side is no limit."""

    coefficients: Table
    """(n_limits, n_assets)"""
    least: Any = -np.inf
    """Scalar or (n_limits,)."""
    greatest: Any = np.inf
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rows = matrix(self.coefficients, "linear coefficients")
        names = tuple(self.names) or tuple(f"linear limit {i + 1}" for i in range(len(rows)))
        sides = [np.asarray(side, dtype=np.float64) for side in (self.least, self.greatest)]
        if any(side.shape not in ((), (len(rows),)) or np.isnan(side).any() for side in sides):
            raise InputError(f"linear: expected one number or {len(rows)} for least and greatest, none of them NaN")
        if (sides[0] > sides[1]).any() or np.isposinf(sides[0]).any() or np.isneginf(sides[1]).any():
            raise InputError(f"linear: expected least <= greatest, got {self.least} and {self.greatest}")
        if len(names) != len(rows):
            raise InputError(f"linear: expected {len(rows)} names, one per row, got {len(names)}")
        if not np.abs(rows).max(axis=1).all():
            raise InputError("linear: expected a coefficient other than 0 in every row")
        kept = {"names": names, "least": frozen(sides[0]), "greatest": frozen(sides[1])}
        for field, value in {**kept, "coefficients": _copy(self.coefficients)}.items():
            object.__setattr__(self, field, value)


@dataclass(frozen=True, eq=False, slots=True)
class Limits:
    """What a portfolio must meet beside its bounds; None or empty: no such limit."""

    groups: tuple[Group, ...] = ()
    turnover: Turnover | None = None
    tracking_error: TrackingError | None = None
    linear: Linear | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))
        names = [group.name for group in self.groups]
        if len(set(names)) < len(names):
            raise InputError(f"groups: expected different names, got {', '.join(names)}")


class Rows(NamedTuple):
    """Groups, then linear limits, as ``least <= matrix @ w <= greatest``."""

    matrix: FloatArray
    least: FloatArray
    greatest: FloatArray
    names: tuple[str, ...]


def limit_rows(limits: Limits, size: int, labels: Any) -> Rows:
    """The groups and linear limits of a problem of ``size`` assets as rows.

    Raises:
        InputError: a member is not among the assets, or a row has another number of assets.
    """
    rows, least, greatest, names = [np.zeros((0, size))], [], [], []
    for group in limits.groups:
        row = np.zeros((1, size))
        row[0, _positions(group, size, labels)] = 1.0
        rows.append(row)
        least.append(np.array([group.least]))
        greatest.append(np.array([group.greatest]))
        names.append(f"group {group.name}")
    if limits.linear is not None:
        block = matrix(limits.linear.coefficients, "linear coefficients")
        if block.shape[1] != size:
            raise InputError(f"linear: expected {size} coefficients a row, one per asset, got {block.shape[1]}")
        rows.append(block)
        least.append(np.broadcast_to(limits.linear.least, len(block)))
        greatest.append(np.broadcast_to(limits.linear.greatest, len(block)))
        names.extend(limits.linear.names)
    if not names:
        return Rows(rows[0], np.zeros(0), np.zeros(0), ())
    return Rows(np.vstack(rows), np.concatenate(least), np.concatenate(greatest), tuple(names))


def holdings(limits: Limits, size: int) -> tuple[FloatArray | None, FloatArray | None]:
    """Current and benchmark weights, each (n_assets,) or None.

    Raises:
        InputError: another number of assets.
    """
    current = None if limits.turnover is None else vector(limits.turnover.current, "current", size)
    benchmark = None
    if limits.tracking_error is not None:
        benchmark = vector(limits.tracking_error.benchmark, "benchmark", size)
    return current, benchmark


def asset_labels(limits: Limits, **tables: Table) -> Any:
    """The common asset labels of ``tables`` and of the holdings and coefficients in ``limits``; see `common_labels`."""
    if limits.turnover is not None:
        tables["current"] = limits.turnover.current
    if limits.tracking_error is not None:
        tables["benchmark"] = limits.tracking_error.benchmark
    labels = common_labels(**tables)
    columns = getattr(limits.linear.coefficients, "columns", None) if limits.linear is not None else None
    if labels is not None and columns is not None and list(columns) != list(labels):
        raise InputError(
            f"linear: expected columns in the order of the assets ({', '.join(map(str, labels))}), "
            f"got {', '.join(map(str, columns))}"
        )
    return labels if labels is not None else columns


def _positions(group: Group, size: int, labels: Any) -> Sequence[int]:
    known = {} if labels is None else {label: i for i, label in enumerate(labels)}
    positions = []
    for member in group.members:
        position = known.get(member, member if isinstance(member, int) else None)
        if position is None or not 0 <= position < size:
            raise InputError(
                f"group {group.name}: expected members among "
                + (", ".join(map(str, known)) if known else f"the positions 0 to {size - 1}")
                + f", got {member!r}"
            )
        positions.append(position)
    if len(set(positions)) < len(positions):
        raise InputError(f"group {group.name}: expected members, each once, got {list(group.members)}")
    return positions


def _check_limit(value: float, name: str) -> None:
    if number(value, name) < 0.0:
        raise InputError(f"{name}: expected a limit of 0 or more, got {value:g}")


def _holdings(weights: Table, name: str) -> Table:
    total = float(vector(weights, name).sum())
    if total > 1.0 + ROUNDING:
        raise InputError(f"{name}: expected weights as decimals with a total of at most 1.00, got {total:.4g}")
    return _copy(weights)


def _copy(table: Table) -> Table:
    return table.copy() if is_labelled(table) else frozen(table)
