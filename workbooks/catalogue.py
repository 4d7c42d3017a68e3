"""The templates by name."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from aram_xl.errors import InputError
from workbooks import active_index

if TYPE_CHECKING:
    import pandas as pd

_BUILDERS = {active_index.NAME: active_index.build}

NAMES = tuple(_BUILDERS)


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
