"""Where the printed tables stand: in the same cells on every sheet that shows them, their numbers or their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aram_xl._published_tables import Figure, PublishedTables
from aram_xl.errors import InputError
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block

RETURNS = {
    "last_month": "Last month, %", "ytd": "Year to date, %", "one_year": "1 year, %", "three_year": "3 years, %",
    "five_year": "5 years, %", "cumulative": "Whole sample, %", "positive_months": "Positive months, %",
    "alpha": "Alpha, whole sample, %", "alpha_12m": "Alpha, 12 months, %", "beta_12m": "Beta, 12 months",
    "correlation_12m": "Correlat., 12 months", "ret_stdev_12m": "Ret/StDev 12 months",
}  # fmt: skip
"""Figures of a row of returns, by role."""

TRACKING = {
    "tracking_error": "Tracking error, %", "cumulative": "Cumulative return, %", "gap": "Gap to benchmark, %",
    "information_ratio": "Informat. ratio",
}  # fmt: skip
"""Figures of a row of tracking errors; cumulative returns of benchmarks stand behind them."""

RATIOS = ("beta_12m", "correlation_12m", "ret_stdev_12m", "information_ratio")
"""Not in percent."""

SPARE_ROWS, SPARE_TRACKED, SPARE_CLAIMS = 4, 3, 2
FEWEST_ROWS, FEWEST_TRACKED, FEWEST_CLAIMS, FEWEST_BENCHMARKS = 20, 10, 6, 2
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """Room for rows of returns, rows of tracking errors, claims and benchmarks in the tracking errors."""

    rows: int
    tracked: int
    claims: int
    benchmarks: int

    def period(self, sheet: str) -> Block:
        """Year and month of the last return, first year of the sample."""
        return Block(sheet, FIRST_ROW, 3, 3, 1)

    @property
    def returns_row(self) -> int:
        """First row of the returns; their heads stand above."""
        return FIRST_ROW + 5

    @property
    def tracking_row(self) -> int:
        """First row of the tracking errors; two rows above, the names of their benchmarks."""
        return self.returns_row + self.rows + 3

    @property
    def claims_row(self) -> int:
        """First row of the claims."""
        return self.tracking_row + self.tracked + 2

    def returns(self, sheet: str, role: str) -> Block:
        """A column of the returns: a role, ``table``, ``name`` or ``benchmark``."""
        column = {"table": 0, "name": 1, "benchmark": 3}.get(role)
        if column is None:
            column = FIRST_ASSET + list(RETURNS).index(role)
        return Block(sheet, self.returns_row, column, self.rows, 1)

    def tracking(self, sheet: str, role: str) -> Block:
        """A column of the tracking errors: a role or ``name``."""
        column = 1 if role == "name" else FIRST_ASSET + list(TRACKING).index(role)
        return Block(sheet, self.tracking_row, column, self.tracked, 1)

    def benchmark(self, sheet: str, j: int) -> Block:
        """Cumulative returns of a benchmark in the tracking errors."""
        return Block(sheet, self.tracking_row, FIRST_ASSET + len(TRACKING) + j, self.tracked, 1)

    def benchmark_names(self, sheet: str) -> Block:
        """Names of those benchmarks, in a row."""
        return Block(sheet, self.tracking_row - 2, FIRST_ASSET + len(TRACKING), 1, self.benchmarks)

    def claim(self, sheet: str, field: str) -> Block:
        """A column of the claims."""
        column = {"kind": 0, "name": 1, "table": 3, "text": 4, "measure": FIRST_ASSET, "figure": FIRST_ASSET + 1}[field]
        return Block(sheet, self.claims_row, column, self.claims, 1)


def plan_of(tables: PublishedTables) -> Plan:
    """Room for the tables and some more rows.

    Raises:
        InputError: more rows than the workbook is made for, or several headings of one table.
    """
    if len(tables.rows) > MOST_ROWS:
        raise InputError(f"tables: expected at most {MOST_ROWS} rows of returns, got {len(tables.rows)}")
    headed = [claim.table for claim in tables.claims if claim.kind == "heading"]
    twice = next((table for table in headed if headed.count(table) > 1), None)
    if twice is not None:
        raise InputError(f"claims: expected at most one heading of table {twice}, got {headed.count(twice)}")
    return Plan(
        rows=max(FEWEST_ROWS, len(tables.rows) + SPARE_ROWS),
        tracked=max(FEWEST_TRACKED, len(tables.tracking) + SPARE_TRACKED),
        claims=max(FEWEST_CLAIMS, len(tables.claims) + SPARE_CLAIMS),
        benchmarks=max(FEWEST_BENCHMARKS, len(benchmarks_of(tables))),
    )


def benchmarks_of(tables: PublishedTables) -> list[str]:
    """Benchmarks of the tracking errors in the order of their columns."""
    return list(dict.fromkeys(name for tracked in tables.tracking for name in tracked.benchmarks))


def contents(tables: PublishedTables, plan: Plan) -> dict[tuple[int, int], Any]:
    """What is typed where, by row and column."""
    cells: dict[tuple[int, int], Any] = {}

    def fill(block: Block, values: Sequence[Any]) -> None:
        for i, value in enumerate(values):
            cells[block.row + i, block.column] = value

    def printed(figures: Sequence[Figure | None]) -> list[str]:
        return ["" if figure is None else figure.cell.text for figure in figures]

    year, month = tables.month or (float("nan"), float("nan"))
    fill(plan.period(""), [float(year), float(month), float("nan") if tables.since is None else float(tables.since)])
    for field in ("table", "name", "benchmark"):
        fill(plan.returns("", field), [getattr(row, field) for row in tables.rows])
    for role in RETURNS:
        fill(plan.returns("", role), printed([row.figures.get(role) for row in tables.rows]))
    fill(plan.tracking("", "name"), [row.name for row in tables.tracking])
    for role in TRACKING:
        fill(plan.tracking("", role), printed([row.figures.get(role) for row in tables.tracking]))
    names = plan.benchmark_names("")
    for j, benchmark in enumerate(benchmarks_of(tables)):
        cells[names.row, names.column + j] = benchmark
        fill(plan.benchmark("", j), printed([row.benchmarks.get(benchmark) for row in tables.tracking]))
    for field in ("kind", "name", "table", "text", "measure"):
        fill(plan.claim("", field), [getattr(claim, field) for claim in tables.claims])
    fill(plan.claim("", "figure"), printed([claim.figure for claim in tables.claims]))
    return cells
