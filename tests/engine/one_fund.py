"""The smallest model: all in fund A, against X."""

from __future__ import annotations

from aram_xl._models import Model


def one_fund(window: int) -> Model:
    """With a window of so many periods, full before the first signal."""
    return Model(
        name="one-fund",
        title="One fund",
        provenance="Made up for a test.",
        purpose="All in A.",
        universe=("A",),
        benchmark="X",
        window=window,
        minimum_history=window,
    )
