"""docs/models.md says what the models do: every figure of its tables is computed again where prices are at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import build_models

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/models.md").read_text(encoding="utf-8")


def tables(text: str) -> list[list[list[str]]]:
    """Cells of every table, head and all."""
    found = re.findall(r"(?:^\|.*\|$\n?)+", text, flags=re.MULTILINE)
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()] for part in found]


def numbers(cell: str) -> list[str]:
    """A figure, or a figure and its standard error; none in a cell of words."""
    return re.findall(r"-?\d+\.?\d*", cell) if re.fullmatch(r"-?\d+\.?\d*( ± \d+\.?\d*)?", cell) else []


@pytest.fixture(scope="module")
def computed(shared: Path) -> dict[str, str]:
    prices = build_models.read(shared / "data/etf_adj_close_daily.csv")
    return build_models.tables(prices, build_models.run_cards(prices), build_models.forecasts(prices))


@pytest.mark.shared_data
def test_every_table_is_computed_again(computed: dict[str, str]) -> None:
    """Words to the letter, figures to one unit of the last digit printed: rounding of a last bit may turn one."""
    expected = [table for text in computed.values() for table in tables(text)]
    shown = tables(PAGE)
    assert len(shown) == len(expected) == 14
    counted = 0
    for printed, found in zip(shown, expected, strict=True):
        assert [len(row) for row in printed] == [len(row) for row in found]
        for cell, other in ((a, b) for x, y in zip(printed, found, strict=True) for a, b in zip(x, y, strict=True)):
            if not numbers(cell):
                assert cell == other
                continue
            assert len(numbers(cell)) == len(numbers(other))
            for one, two in zip(numbers(cell), numbers(other), strict=True):
                digits = len(one.partition(".")[2])
                assert float(one) == pytest.approx(float(two), rel=0, abs=1.01 * 10.0**-digits), (
                    printed[0],
                    cell,
                    other,
                )
                counted += 1
    assert counted > 1000


def test_what_must_stand_on_the_page() -> None:
    flat = " ".join(PAGE.split())
    assert "**Everything on this page is hypothetical**" in flat
    assert "None is the provider's method, and none was tuned to the published returns." in flat
    statistics, terms, *_ = tables(PAGE)
    own = [row[0] for row in statistics[2:] if row[1] == "own, hypothetical"]
    assert len(own) == 10
    assert [row[0] for row in terms[2:]] == own
    assert sum(row[1] == "published" for row in statistics) == 8
    for title in ("Baseline", "Scalable UST", "Yen", "yen-protected"):
        assert title.lower() in flat.lower()


def test_charts_are_there_and_small() -> None:
    charts = re.findall(r"\]\((models_\w+\.png)\)", PAGE)
    assert len(charts) == 4
    for name in charts:
        assert 5_000 < (ROOT / "docs" / name).stat().st_size < 150_000


def test_published_figures_are_as_printed() -> None:
    """FI-Baseline as in the newsletter, and FI-Scalable Broad, of which only the tracking error is printed."""
    rows = {row[0]: row[2:] for row in tables(PAGE)[0] if row[1] == "published"}
    baseline = ["0.70", "1.7", "8.6", "15.3", "35.2", "70", "71", "5.1", "8.2", "0.05", "0.39", "10.2", "1.5", "36.5"]
    assert rows["FI-Baseline (own rule)"] == baseline
    assert rows["FI-Scalable Broad (own rule)"] == ["-"] * 5 + ["32.2"] + ["-"] * 6 + ["1.4", "11.4"]
