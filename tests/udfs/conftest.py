"""What tests of the functions share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from udfs import errors
from udfs.registry import forget


@pytest.fixture
def afresh() -> Iterator[None]:
    """No answer and no failure is remembered from another test, nor for the next one."""
    forget()
    yield
    forget()
    errors.recent.clear()
