"""Largest-remainder rounding line by line: sheets Calc_Round (beside the cash) and Calc_Index (without)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from aram_xl.types import FloatArray
from workbooks.handoff_inputs import Inputs
from workbooks.handoff_lines import Beside, Lines
from workbooks.handoff_twin import Rounding
from workbooks.sheet import Block


class Rounded(NamedTuple):
    """Cells of one rounding; lines over the assets unless said otherwise."""

    step: Block
    """In column D, as are ``share``, ``steps`` and ``missing``."""
    share: Block
    steps: Block
    missing: Block
    exact_weights: Block
    exact: Block
    most: Block
    cut: Block
    extra: Block
    units: Block
    weights: Block
    gaps: Block
    """Largest difference to the engine's weights."""


def write_rounding(lines: Lines, inputs: Inputs, twin: Rounding, engine: FloatArray, share: str, same: str) -> Rounded:
    """One rounding; ``share``: formula of what is invested; ``same``: whether the engine had these inputs."""
    places = inputs.places.at(0, 0, "rc")
    step = lines.value(("Setting", "Step", "weight", "Inputs"), f"={inputs.step.at()}", _step(twin), "percent4")
    invested = lines.value(("Setting", "Invested", "weight", "Beside the cash"), share, twin.share, "percent4")
    steps = lines.value(
        ("Setting", "Steps in all", "count", "Must be a whole number"),
        f"=ROUND({invested.at()}/{step.at()},{places})", twin.steps, "level",
    )  # fmt: skip
    missing = Block(lines.sheet.name, lines.row, 3, 1, 1)
    cut_down = Block(lines.sheet.name, lines.row + 5, 5, 1, len(twin.cut))
    lines.value(
        ("Setting", "Steps missing", "count", "After cutting down; given out one each"),
        f"={steps.at()}-SUM({cut_down.across(0)})", twin.steps - twin.cut.sum(), "level",
    )  # fmt: skip
    lines.skip()
    cells = _write_lines(lines, inputs, twin, (step, invested, missing))
    if cells.cut != cut_down:
        raise RuntimeError(f"{lines.sheet.name}: expected the cut-down steps at {cut_down}, got {cells.cut}")
    gaps = lines.against(cells.weights, engine, ("Rounded weight", "weight", "Native less engine"), same, "percent4")
    return cells._replace(steps=steps, gaps=gaps)


def _write_lines(lines: Lines, inputs: Inputs, twin: Rounding, cells: tuple[Block, Block, Block]) -> Rounded:
    step, invested, missing = (block.at(0, 0, "rc") for block in cells)
    places = inputs.places.at(0, 0, "rc")
    exact_weights = _totalled(
        lines, ("Weight", "Exact weight", "weight", "Of the model x invested"),
        lambda j: f"=N({inputs.weights.at(0, j)})*{invested}", twin.exact_weights, "percent4",
    )  # fmt: skip
    exact = _totalled(
        lines, ("Steps", "Exact steps", "steps", "Weight / step"),
        lambda j: f"=ROUND({exact_weights.at(0, j)}/{step},{places})", twin.exact,
    )  # fmt: skip
    most = lines.across(
        ("Steps", "Cap", "steps", "In whole steps; empty: 100 %"),
        lambda j: f'=INT(ROUND(IF({inputs.caps.at(0, j)}="",1,{inputs.caps.at(0, j)})/{step},{places}))', twin.most,
        "count",
    )  # fmt: skip
    cut = _totalled(
        lines, ("Steps", "Cut down", "steps", "Whole steps, no more than the cap"),
        lambda j: f"=MIN(INT({exact.at(0, j)}),{most.at(0, j)})", twin.cut, "count",
    )  # fmt: skip
    remainder = _totalled(
        lines, ("Remainder", "Lost by cutting", "steps", ""),
        lambda j: f"=ROUND({exact.at(0, j)}-{cut.at(0, j)},{places})", twin.remainder,
    )  # fmt: skip
    room = _totalled(
        lines, ("Remainder", "May take a step more", "0 or 1", "Weight above 0, and room under the cap"),
        lambda j: f"=N({exact.at(0, j)}>0)*N({cut.at(0, j)}+1<={most.at(0, j)})", twin.room, "count",
    )  # fmt: skip
    rank = lines.across(
        ("Remainder", "Rank", "count", "The largest first, of equals the first; 0: none"),
        lambda j: ranked(remainder, room, (0, j)), twin.rank, "count",
    )  # fmt: skip
    extra = _totalled(
        lines, ("Remainder", "Step more", "steps", "Ranks up to the steps missing"),
        lambda j: f"={room.at(0, j)}*N({rank.at(0, j)}<={missing})", twin.extra, "count",
    )  # fmt: skip
    units = _totalled(
        lines, ("Rounded", "Steps", "steps", "Adds up to the steps in all"),
        lambda j: f"={cut.at(0, j)}+{extra.at(0, j)}", twin.rounded, "count",
    )  # fmt: skip
    weights = _totalled(
        lines, ("Rounded", "Rounded weight", "weight", "Steps x step"),
        lambda j: f"=ROUND({units.at(0, j)}*{step},{places})", twin.weights, "percent4",
    )  # fmt: skip
    setting = cells[0], cells[1], cells[1], cells[2]
    return Rounded(*setting, exact_weights, exact, most, cut, extra, units, weights, weights)


def ranked(remainder: Block, room: Block, at: tuple[int, int], down: bool = False) -> str:
    """Rank of a remainder among those with room, in its row or, with ``down``, in its column; 0 without room.

    Greater remainders count, and equal ones up to the place itself.
    """
    i, j = at
    r, m, fix = remainder.at(i, j), room.at(i, j), "r" if down else "c"
    if down:
        rs, ms, first = remainder.down(j, fix), room.down(j, fix), (0, j)
    else:
        rs, ms, first = remainder.across(i, fix), room.across(i, fix), (i, 0)
    upto, with_room = f"{remainder.at(*first, fix)}:{r}", f"{room.at(*first, fix)}:{m}"
    return f"={m}*(SUMPRODUCT({ms}*({rs}>{r}))+SUMPRODUCT({with_room}*({upto}={r})))"


def _totalled(
    lines: Lines, texts: tuple[str, str, str, str], formula: Callable[[int], str], values: FloatArray,
    number: str = "number",
) -> Block:  # fmt: skip
    """One line over all assets, with its total in column D."""
    line = Block(lines.sheet.name, lines.row, 5, 1, len(values))
    total = Beside(lambda i: f"=SUM({line.across(0)})", [float(values.sum())], number)
    return lines.across(texts, formula, values, number, total)


def _step(twin: Rounding) -> float:
    return round(twin.share / twin.steps, 9)
