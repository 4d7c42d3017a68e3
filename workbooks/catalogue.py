"""The templates by name."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from aram_xl.errors import InputError
from workbooks import active_index, direct_risk_target, fund_check, handoff_book, performance_book, published_audit

if TYPE_CHECKING:
    import pandas as pd

_BUILDERS: dict[str, Callable[..., str]] = {
    active_index.NAME: active_index.build,
    direct_risk_target.NAME: direct_risk_target.build,
    handoff_book.NAME: handoff_book.build,
}

_OF_RETURNS: dict[str, Callable[..., str]] = {
    fund_check.NAME: fund_check.build_by_roles,
    performance_book.NAME: performance_book.build_by_roles,
}

_ROLES = {
    fund_check.NAME: ("benchmark", "t_bills", "active_index", "fund", "passive"),
    performance_book.NAME: ("benchmark", "t_bills", "equity", "aggregate"),
}
"""What columns of returns can be, by template."""

OF_RETURNS = tuple(_OF_RETURNS)
"""Templates that are filled with returns, not with prices."""

_OF_TABLES: dict[str, Callable[..., str]] = {published_audit.NAME: published_audit.build}

OF_TABLES = tuple(_OF_TABLES)
"""Templates that are filled with published tables."""

NAMES = (*_BUILDERS, *_OF_RETURNS, *_OF_TABLES)


def build(
    name: str,
    prices: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] | None = None,
) -> str:
    """Build a template filled with the user's prices; gives the map of its distinct formulas.

    Raises:
        InputError: no such template, or the prices do not fit it.
        OutputError: the file cannot be written.
    """
    if name not in _BUILDERS:
        raise InputError(f"workbook: expected one of {', '.join(NAMES)}, got {name!r}")
    return _BUILDERS[name](prices, path, end, progress or (lambda step: None))


def build_of_tables(
    name: str,
    source: str | os.PathLike[str] | None,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[str], None] | None = None,
) -> str:
    """Build a template filled with published tables; gives the map of its distinct formulas.

    Args:
        source: a file or folder of tables, or the name of shipped ones; None for the worked example.

    Raises:
        InputError: no such template, or tables that cannot be read.
        OutputError: the file cannot be written.
    """
    if name not in _OF_TABLES:
        raise InputError(f"workbook: expected one of {', '.join(OF_TABLES)}, got {name!r}")
    return _OF_TABLES[name](path, source or published_audit.SHIPPED, progress or (lambda step: None))


def build_of_returns(
    name: str,
    returns: pd.DataFrame,
    path: str | os.PathLike[str],
    roles: Mapping[str, str | Sequence[str] | None],
    *,
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] | None = None,
) -> str:
    """Build a template filled with the user's returns; gives the map of its distinct formulas.

    Args:
        roles: what each column is, by the names of the template; None where there is none.

    Raises:
        InputError: no such template, or the returns do not fit it.
        OutputError: the file cannot be written.
    """
    if name not in _OF_RETURNS:
        raise InputError(f"workbook: expected one of {', '.join(OF_RETURNS)}, got {name!r}")
    for role, column in roles.items():
        if column is not None and role not in _ROLES[name]:
            raise InputError(f"{role}: expected none with the template {name}, got {column!r}; leave it out")
    known = {role: roles.get(role) for role in _ROLES[name]}
    return _OF_RETURNS[name](returns, path, known, end, progress or (lambda step: None))
