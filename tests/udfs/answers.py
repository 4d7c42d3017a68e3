"""Direct calls of the functions."""

from __future__ import annotations

from typing import Any

from udfs.registry import call


def answer(name: str, *arguments: Any) -> list[list[Any]]:
    """The cells that a function gives; it must not fail."""
    found = call(name, arguments)
    assert found.failure is None, found.failure
    return found.rows
