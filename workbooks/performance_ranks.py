"""Lines of Calc_Stats with a rank: the deepest drawdowns, the best and the worst months."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aram_xl.types import FloatArray
from workbooks.performance_data import DIGITS, TOP
from workbooks.performance_stats import Line, Stats, or_absent
from workbooks.sheet import Block, excel_date

DRAWDOWNS, EXTREMES = "Drawdowns", "Extremes"

FIGURES = (
    ("depth", "Depth", "share", "percent", "1 - lowest level / earlier peak"),
    ("start", "Start", "date", "date", "First month end below the peak"),
    ("trough", "Trough", "date", "date", "Month end of the lowest level"),
    ("recovery", "Recovery", "date", "date", "First month end back at the peak; a dash: not yet"),
    ("to_trough", "Months down", "months", "count", "From start to trough, both counted"),
    ("to_recovery", "Months back", "months", "count", "After the trough up to the recovery"),
)


def write_ranks(stats: Stats) -> None:
    """All of them, the steps on the way first."""
    _write_steps(stats)
    for rank in range(TOP):
        _write_episode(stats, rank)
    stats.space()
    _write_extremes(stats)


def engine_rank(stats: Stats, key: str, rank: int) -> FloatArray:
    """The engine's figures of a rank, at the places of the sheet."""
    return stats.known(Line("", "", "", "", "", "", (key, rank)))


def _rows_of(stats: Stats, days: FloatArray) -> FloatArray:
    """Row on Calc_R of each day; NaN for none."""
    known = excel_date(stats.data.dates)
    return np.where(np.isfinite(days), np.searchsorted(known, np.nan_to_num(days)) + 1.0, np.nan)


def _ties(values: list[FloatArray], rank: int) -> FloatArray:
    """How many of the ranks so far have the same value, a dash being equal to a dash."""
    here = values[rank]
    tied = np.sum([(value == here) | (np.isnan(value) & np.isnan(here)) for value in values[: rank + 1]], axis=0)
    return np.asarray(tied, dtype=np.float64)


def _months(block: Block) -> Block:
    """Without the start."""
    return block._replace(row=block.row + 1, height=block.height - 1)


def _write_steps(stats: Stats) -> None:
    levels, months = stats.sources.levels, stats.sources.months
    ended = _months(levels.ended)
    depths = [np.round(engine_rank(stats, "depth", rank), DIGITS) for rank in range(TOP)]

    def step(name: str, rank: int, label: str, unit: str, number: str) -> Line:
        return Line(f"{name}_{rank}", DRAWDOWNS, f"{rank + 1}: {label}", unit, number, "A step on the way",
                    horizon=rank + 1.0)  # fmt: skip

    for rank in range(TOP):

        def deepest(j: int, r: int = rank) -> str:
            found = f"LARGE({ended.down(j, 'r')},{stats.horizon(f'ended_{r}')})"
            return f'=IF({found}>0,{found},"-")'

        stats.add(step("ended", rank, "depth, rounded", "share", "percent"), deepest, depths[rank])
    for rank in range(TOP):
        stats.add(step("tie", rank, "of equal depth", "count", "count"), _tie(stats, "ended", rank),
                  _ties(depths, rank))  # fmt: skip
    positions = months.positions.all()
    for rank in range(TOP):
        stats.add(step("row", rank, "last month", "row", "count"), lambda j, r=rank: (  # type: ignore[misc]
            f"{{{_nth(ended.down(j, 'r'), stats.cell(f'ended_{r}', j), positions, stats.cell(f'tie_{r}', j))}}}"),
            _last_rows(stats, rank),
        )  # fmt: skip
    for name, label, block in (("start", "first month", levels.starts), ("trough", "lowest month", levels.troughs)):
        for rank in range(TOP):
            column = _months(block)
            stats.add(step(f"{name}_row", rank, label, "row", "count"), lambda j, r=rank, c=column: (  # type: ignore[misc]
                or_absent(f"INDEX({c.down(j, 'r')},{stats.cell(f'row_{r}', j)})")),
                _rows_of(stats, engine_rank(stats, name, rank)),
            )  # fmt: skip


def _tie(stats: Stats, name: str, rank: int) -> Callable[[int], str]:
    def formula(j: int) -> str:
        here = stats.cell(f"{name}_{rank}", j)
        return f"=COUNTIF({stats.cell(f'{name}_0', j)}:{here.split('!')[1]},{here})"

    return formula


def _nth(values: str, value: str, answers: str, nth: str) -> str:
    """The n-th answer, in rising order, among the rows with a value."""
    return or_absent(f'SMALL(IF({values}={value},{answers},""),{nth})')


def _last_rows(stats: Stats, rank: int) -> FloatArray:
    recovered = _rows_of(stats, engine_rank(stats, "recovery", rank)) - 1.0
    there = np.isfinite(engine_rank(stats, "depth", rank))
    return np.where(there & np.isnan(recovered), float(stats.data.dates.size), recovered)


def _write_episode(stats: Stats, rank: int) -> None:
    dates = stats.sources.months.dates.all()
    depth = _months(stats.sources.levels.depth)

    def cell(name: str, j: int) -> str:
        return stats.cell(f"{name}_{rank}", j)

    def recovered(j: int, figure: str) -> str:
        return f'=IF({cell("row", j)}<{stats.cell("last", j)},{figure},"-")'

    formulas: dict[str, Callable[[int], str]] = {
        "depth": lambda j: or_absent(f"INDEX({depth.down(j, 'r')},{cell('row', j)})"),
        "start": lambda j: or_absent(f"INDEX({dates},{cell('start_row', j)})"),
        "trough": lambda j: or_absent(f"INDEX({dates},{cell('trough_row', j)})"),
        "recovery": lambda j: recovered(j, f"INDEX({dates},{cell('row', j)}+1)"),
        "to_trough": lambda j: or_absent(f"{cell('trough_row', j)}-{cell('start_row', j)}+1"),
        "to_recovery": lambda j: recovered(j, f"{cell('row', j)}+1-{cell('trough_row', j)}"),
    }
    for key, label, unit, number, note in FIGURES:
        stats.add(
            Line(f"drawdown_{rank} {key}", DRAWDOWNS, f"{rank + 1}: {label}", unit, number, note, (key, rank),
                 rank + 1.0),
            formulas[key],
        )  # fmt: skip


def _write_extremes(stats: Stats) -> None:
    """Best and worst months; of equal ones the earlier comes first."""
    returns, dates = stats.sources.months.returns, stats.sources.months.dates.all()
    for key, function in (("best", "LARGE"), ("worst", "SMALL")):
        values = [engine_rank(stats, key, rank) for rank in range(TOP)]
        for rank in range(TOP):
            name = f"{key}_{rank}"
            stats.add(
                Line(name, EXTREMES, f"{rank + 1}: {key} month", "return", "percent", f"{function}(r, rank)",
                     (key, rank), rank + 1.0),
                lambda j, n=name, f=function: or_absent(f"{f}({returns.down(j, 'r')},{stats.horizon(n)})"),  # type: ignore[misc]
            )  # fmt: skip
        for rank in range(TOP):
            stats.add(
                Line(f"{key}_tie_{rank}", EXTREMES, f"{rank + 1}: of equal return", "count", "count",
                     "A step on the way", horizon=rank + 1.0),
                _tie(stats, key, rank), _ties(values, rank),
            )  # fmt: skip
        for rank in range(TOP):
            stats.add(
                Line(f"{key}_date_{rank}", EXTREMES, f"{rank + 1}: {key} month, when", "date", "date",
                     "Of equal ones the earlier", (f"{key}_date", rank), rank + 1.0),
                _when(stats, key, rank, dates),
            )  # fmt: skip


def _when(stats: Stats, key: str, rank: int, dates: str) -> Callable[[int], str]:
    returns = stats.sources.months.returns

    def formula(j: int) -> str:
        value, tie = stats.cell(f"{key}_{rank}", j), stats.cell(f"{key}_tie_{rank}", j)
        return f"{{{_nth(returns.down(j, 'r'), value, dates, tie)}}}"

    return formula
