"""OR-Library: the long-only frontiers published by Chang, Meade, Beasley and Sharaiha (2000), 2,000 points each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aram_xl.frontier import EfficientFrontier, efficient_frontier
from aram_xl.types import FloatArray

pytestmark = pytest.mark.shared_data

PRINTED = 1e-10
"""One unit of the last printed digit of returns and variances."""


def read_problem(path: Path) -> tuple[FloatArray, FloatArray]:
    """Number of assets, then mean and standard deviation of each, then ``i j correlation``."""
    tokens = path.read_text(encoding="ascii").split()
    size = int(tokens[0])
    moments = np.array(tokens[1 : 1 + 2 * size], dtype=float).reshape(size, 2)
    triples = np.array(tokens[1 + 2 * size :], dtype=float).reshape(-1, 3)
    row, column = triples[:, 0].astype(int) - 1, triples[:, 1].astype(int) - 1
    correlation = np.full((size, size), np.nan)
    correlation[row, column] = correlation[column, row] = triples[:, 2]
    return moments[:, 0], correlation * np.outer(moments[:, 1], moments[:, 1])


@pytest.fixture(scope="module", params=[(1, 31), (3, 89)], ids=["port1", "port3"])
def published(request: pytest.FixtureRequest, shared: Path) -> tuple[EfficientFrontier, FloatArray]:
    number, size = request.param
    folder = shared / "oracles" / "orlib"
    mu, covariance = read_problem(folder / f"port{number}.txt")
    assert mu.size == size
    points = np.loadtxt(folder / f"portef{number}.txt")
    assert points.shape == (2000, 2)
    return efficient_frontier(mu, covariance), points


def test_variance_at_each_published_return(published):
    """A printed return stands for half a unit either way, so a variance may differ by that much times the slope.

    One unit times (1 + slope) is allowed. Above the published variance only half of that: the frontier is the least.
    The first point is the asset of greatest mean; the last lies up to 5e-8 in return beyond the least variance, where
    the published variance has lost its slope (1e-4): both are clipped to the frontier.
    """
    frontier, points = published
    for wanted, variance in points:
        best, least = frontier.expected_returns[0], frontier.expected_returns[-1]
        clipped = float(np.clip(wanted, least, best))
        assert -5e-8 <= wanted - clipped <= 0.5 * PRINTED
        found = frontier.at_return(clipped)
        slope = 2.0 * found.risk / found.certificate.risk_multiplier if found.binding else 0.0
        allowed = PRINTED * (1.0 + abs(slope))
        difference = found.risk**2 - variance
        assert -allowed <= difference <= 0.5 * allowed


def test_risk_at_each_hundredth_published_variance_gives_the_published_return(published):
    """The same points read the other way: from risk to return."""
    frontier, points = published
    for wanted, variance in points[50:-50:100]:  # the ends have no finite slope one way or the other
        found = frontier.at_risk(float(np.sqrt(variance)))
        slope = found.certificate.risk_multiplier / (2.0 * found.risk)
        assert abs(found.expected_return - wanted) <= PRINTED * (1.0 + slope)


def test_first_point_is_the_asset_of_greatest_mean(published):
    frontier, points = published
    assert np.count_nonzero(frontier.weights[0]) == 1
    assert frontier.expected_returns[0] == pytest.approx(points[0, 0], abs=0.5 * PRINTED)
    assert frontier.risks[0] ** 2 == pytest.approx(points[0, 1], abs=PRINTED)
