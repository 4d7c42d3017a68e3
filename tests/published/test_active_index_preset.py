"""The preset active-index-ig on real prices, through the command line: the expected row of the design.

Nine of the twelve figures are those that the provider prints for its index. The prices are closes of the funds,
whose source is updated now and then, which is what the tolerances leave room for: 0.05 percentage points,
0.005 on beta and correlation, 0.01 on Ret/StDev.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aram_xl.cli._app import app

PERCENT = {
    "last_month": -0.13,
    "ytd": 0.75,
    "one_year": 7.08,
    "three_year": 4.91,
    "five_year": 2.62,
    "cumulative": 21.75,
    "alpha": 1.15,
    "alpha_12m": 6.93,
}
PLAIN = {
    "beta_12m": (0.028, 0.005),
    "correlation_12m": (0.08, 0.005),
    "beta": (0.63, 0.005),
    "ret_stdev_12m": (3.26, 0.01),
}


@pytest.fixture(scope="module")
def index(shared: Path) -> dict[str, Any]:
    file = shared / "data/etf_adj_close_daily.csv"
    result = CliRunner().invoke(app, ["index", str(file), "--end", "2025-02-28", "--json"])
    assert result.exit_code == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.shared_data
@pytest.mark.parametrize("key", PERCENT)
def test_returns_and_alphas(index: dict[str, Any], key: str) -> None:
    assert 100 * index[key] == pytest.approx(PERCENT[key], rel=0, abs=0.05)


@pytest.mark.shared_data
@pytest.mark.parametrize("key", PLAIN)
def test_ratios(index: dict[str, Any], key: str) -> None:
    value, tolerance = PLAIN[key]
    assert index[key] == pytest.approx(value, rel=0, abs=tolerance)


@pytest.mark.shared_data
def test_positive_months_and_sample(index: dict[str, Any]) -> None:
    assert index["positive_months"] * index["n_months"] == pytest.approx(73)
    assert index["n_months"] == 110
    assert (index["start"], index["end"], index["convention"]) == ("2016-01-29", "2025-02-28", "newsletter")
    assert index["provenance"] == "Inferred from a published table; not the provider's method."


@pytest.mark.shared_data
def test_no_month_was_infeasible(index: dict[str, Any]) -> None:
    """The design states that the fallback does not occur in the 110 months."""
    assert {event["kind"] for event in index["events"]} == {"not binding"}
