"""Cells of sheet Inputs that the optimiser in plain cells reads, whichever template has them."""

from __future__ import annotations

from typing import Protocol

from workbooks.sheet import Block


class ToleranceCells(Protocol):
    """The tolerances of `workbooks.subsets.Tolerances`, each in a cell."""

    @property
    def discriminant(self) -> Block:
        """D must exceed this share of A x C."""

    @property
    def budget(self) -> Block:
        """Distance of the total weight from 1."""

    @property
    def variance(self) -> Block:
        """Relative excess over the variance of the target."""

    @property
    def tie(self) -> Block:
        """Returns within this distance of the best are ties."""
