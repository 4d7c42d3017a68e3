"""One table of argument cases that drives every host.

Arguments are cells as a user types them: a range is a list of rows, a single cell is bare, None is an omitted argument
or an empty cell, and dates are `datetime.date`. Each host's test turns them into what that host hands over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One call, and what it must give."""

    name: str
    function: str
    arguments: tuple[Any, ...]
    code: str | None = None
    """Error value; None: the answer of a direct call."""
    sentence: str = ""
    """Regular expression that the sentence of the error matches."""
    unlike: frozenset[str] = frozenset()
    """Hosts that cannot express the case: 'calc' never sees an error cell, and has neither dates nor booleans."""
