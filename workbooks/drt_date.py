"""Sheet Calc_Date: steps 1, 2 and 3 at the chosen date, and the weights that the proof below is about."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.drt_cards import Cards, Decided
from workbooks.drt_cells import COUNT, DAY, LEVEL, NUMBER, PERCENT, SMALL, TEXT, Line, asset_heads, put_lines
from workbooks.drt_covariance import Covariance
from workbooks.drt_data import DirectData
from workbooks.drt_inputs import Inputs
from workbooks.drt_market import tickers_shown
from workbooks.drt_moments import Estimates
from workbooks.drt_target import Target
from workbooks.drt_window import Window
from workbooks.optimiser_sheet import Moments, Optimiser, write_optimiser
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet, excel_date
from workbooks.subsets import SubsetTable, subset_table


class Steps(NamedTuple):
    """Lines of steps 1 and 2 and what step 3 starts from, in their order."""

    model: Block
    signal_date: Block
    signal: Block
    """Number of the signal, from 1."""
    engine_row: Block
    market_risk: Block
    percentile: Block
    trend: Block
    drawdown: Block
    state: Block
    k: Block
    raw: Block
    smoothed: Block
    stepped: Block
    clipped: Block
    read: Block
    held: Block
    moved: Block
    applies: Block
    target: Block
    """Of the weights: the native one where they are solved in cells, else the engine's."""
    least: Block
    greatest: Block
    final: Block
    reached: Block
    engine_reason: Block


class DateTwin(NamedTuple):
    """The engine's numbers of the date that a new workbook shows."""

    estimates: Estimates
    table: SubsetTable | None
    moments: Moments | None
    """Of the optimiser in cells; None where no model has one."""
    weights: FloatArray
    """(n_places,)"""


class Sources(NamedTuple):
    """The sheets that Calc_Date reads."""

    inputs: Inputs
    cards: Cards
    engine: Decided
    target: Target
    window: Window
    covariance: Covariance


class Weights(NamedTuple):
    """The weights of the chosen date."""

    weights: Block
    engine: Block
    difference: Block
    """Native less engine; the largest in column D."""
    optimiser: Optimiser | None
    row: int
    """First free row."""


def date_twin(data: DirectData, estimates: Estimates) -> DateTwin:
    """Numbers of the last signal of the shown model."""
    item, size = data.shown, data.plain_assets
    engine = item.weights[data.signal]
    if not size:
        return DateTwin(estimates, None, None, engine)
    target = float(item.walk.result.targets.iloc[data.signal])
    moments = Moments(np.zeros(size), np.eye(size), target)
    if item.plain:
        moments = Moments(estimates.expected[:size], estimates.covariance[:size, :size], target)
    table = subset_table(*moments)
    return DateTwin(estimates, table, moments, data.padded(table.weights) if item.plain else engine)


def write_steps(sheet: Sheet, data: DirectData, sources: Sources) -> Steps:
    """Every figure of steps 1 and 2 at the chosen date, with the decision in words."""
    sheet.file.set_column(4, 4, 46)
    asset_heads(sheet, FIRST_ASSET, (sources.cards.tickers, sources.inputs.number), tickers_shown(data))
    place = Steps(*(Block(sheet.name, FIRST_ROW + i, 3, 1, 1) for i in range(len(Steps._fields))))
    put_lines(sheet, FIRST_ROW, [*_choice(data, sources, place), *_decision(data, sources, place),
                                 *_step_3(data, sources, place)])  # fmt: skip
    return place


def _choice(data: DirectData, sources: Sources, place: Steps) -> list[Line]:
    inputs, target = sources.inputs, sources.target
    count, number = data.positions.size, data.signal + 1.0
    day = float(excel_date(data.dates[data.positions[data.signal] + 1]))
    return [
        Line("Choice", "Model", "name", "Inputs", data.shown.model.name, TEXT, f"={inputs.model.at()}"),
        Line("Choice", "Signal date", "date", "Inputs", day, DAY, f"={inputs.signal_date.at()}"),
        Line("Choice", "Number of the signal", "count", "Row of the table on Calc_Target", number, COUNT,
             f"=MATCH({place.signal_date.at()},{target.dates.down(0, 'rc')},0)"),
        Line("Choice", "Row of Data_Engine", "count", "Of the model and the date", count * data.chosen + number,
             COUNT, f"=INDEX({target.engine_rows.down(0, 'rc')},{place.signal.at()})"),
    ]  # fmt: skip


def _decision(data: DirectData, sources: Sources, place: Steps) -> list[Line]:
    target, figures = sources.target, sources.target.figures
    record = data.shown.walk.result.decisions[data.signal]

    def read(block: Block) -> str:
        return f"=INDEX({block.down(0, 'rc')},{place.signal.at()})"

    p, t, d = (block.at() for block in place[5:8])
    smoothed, stepped, clipped = (block.at() for block in place[11:14])
    words = f"percentile {_rounded(record.percentile, 2)}, trend {record.trend}"
    words += f", drawdown {_rounded(record.drawdown, 4, percent=True)}"
    held = "yes" if record.stepped != record.smoothed else "no"
    moved = ("lowered to the cap", "no", "raised to the floor")[1 + int(np.sign(record.clipped - record.stepped))]
    return [
        Line("Step 1", "Market risk", "per month", "Calc_Market", record.market_risk, PERCENT,
             read(figures["market risk"])),
        Line("Step 2", "Percentile", "share", "Of market risk in its own past", record.percentile, NUMBER,
             read(figures["percentile"])),
        Line("Step 2", "Trend", "text", "up or down", record.trend, TEXT, read(figures["trend"])),
        Line("Step 2", "Drawdown", "share", "Below the highest level so far", record.drawdown, PERCENT,
             read(figures["drawdown"])),
        Line("Step 2", "State", "text", "First row of the rule that applies", record.state, TEXT, read(target.states)),
        Line("Step 2", "k", "ratio", "Of that row", record.k, LEVEL, read(figures["k"])),
        Line("Step 2", "Raw target", "per month", "k x market risk", record.raw, PERCENT, read(figures["raw"])),
        Line("Step 2", "Smoothed target", "per month", "With the previous one", record.smoothed, PERCENT,
             read(figures["smoothed"])),
        Line("Step 2", "Stepped target", "per month", "Held to the maximum step", record.stepped, PERCENT,
             read(figures["stepped"])),
        Line("Step 2", "Clipped target", "per month", "Between floor and cap", record.clipped, PERCENT,
             read(target.clipped)),
        Line("Reason", "What was read", "text", "", words, TEXT,
             f'="percentile "&TEXT({p},"0.00")&", trend "&{t}&", drawdown "&TEXT({d},"0.00%")'),
        Line("Reason", "Held by the maximum step?", "text", "", held, TEXT,
             f'=IF({stepped}<>{smoothed},"yes","no")'),
        Line("Reason", "Moved by floor or cap?", "text", "", moved, TEXT,
             f'=CHOOSE(1+1+SIGN({clipped}-{stepped}),"lowered to the cap","no","raised to the floor")'),
    ]  # fmt: skip


def _step_3(data: DirectData, sources: Sources, place: Steps) -> list[Line]:
    item, engine, cards = data.shown, sources.engine, sources.cards
    record = item.walk.result.decisions[data.signal]

    def found(block: Block) -> str:
        return f"=INDEX({block.down(0, 'rc')},{place.engine_row.at()})"

    target, least, greatest = (block.at() for block in (place.target, place.least, place.greatest))
    final = float(record.final or 0.0)
    reached = ("above: not binding", "within reach", "below: least risk")
    where = reached[1 + int(np.sign(final - record.clipped))]
    return [
        Line("Step 3", "Solved in cells", "0 or 1", "Card: at most 8 assets, no limits but 0 and 1", float(item.plain),
             COUNT, f"={cards.plain.at()}"),
        Line("Step 3", "Target of the weights", "per month", "Not in cells: of the engine's weights", record.clipped,
             PERCENT, f"=IF({place.applies.at()},{place.clipped.at()},{found(engine.clipped)[1:]})"),
        Line("Step 3", "Least reachable risk", "per month", "Engine, under the card's limits",
             record.least_reachable, PERCENT, found(engine.figure("least reachable"))),
        Line("Step 3", "Greatest useful risk", "per month", "Engine: of the best-return mix",
             record.greatest_reachable, PERCENT, found(engine.figure("greatest reachable"))),
        Line("Step 3", "Final target", "per month", "Within the reachable range", final, PERCENT,
             f"=MIN(MAX({target},{least}),MAX({greatest},{least}))"),
        Line("Reason", "Within reach?", "text", "", where, TEXT,
             f'=CHOOSE(1+1+SIGN({place.final.at()}-{target}),"{reached[0]}","{reached[1]}","{reached[2]}")'),
        Line("Reason", "The engine's words", "text", "", record.reason, TEXT, found(engine.reasons)),
    ]  # fmt: skip


def _rounded(value: float | None, digits: int, *, percent: bool = False) -> str:
    """As TEXT of a spreadsheet rounds: halves away from zero."""
    exact = Decimal(repr(value or 0.0)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{exact * 100:.2f}%" if percent else f"{exact:.2f}"


def write_weights(
    sheets: dict[str, Sheet], data: DirectData, sources: Sources, steps: Steps, twin: DateTwin
) -> Weights:
    """What the optimiser in cells starts from, its answer, the engine's, and the weights that are shown."""
    sheet, row = sheets["Calc_Date"], steps.engine_reason.row + 2
    size, places = data.plain_assets, data.sizes.assets
    optimiser, native = None, None
    applies = steps.applies.at(0, 0, "rc")
    if twin.table is not None and twin.moments is not None:
        cells = _write_problem(sheet, row, (applies, sources), twin.moments)
        optimiser = write_optimiser(
            sheets["Calc_Optimiser"], optimiser_assets(data), twin.table, (*cells, steps.target), sources.inputs,
            twin.moments,
        )  # fmt: skip
        row += size + 2
        sheet.labels(row, ("Step 3", "Weights, solved in cells", "weight", "Calc_Optimiser; 0 where it does not apply"))
        answer = optimiser.weights
        native = sheet.formulas(
            row, FIRST_ASSET, lambda i, j: f"={applies}*{answer.at(0, j)}",
            (twin.table.weights if data.shown.plain else np.zeros(size)), PERCENT,
        )  # fmt: skip
        sheet.values(row, FIRST_ASSET + size, np.zeros((1, places - size)), COUNT) if places > size else None
        native = native._replace(width=places)
        row += 1
    sheet.labels(row, ("Step 3", "Weights, engine", "weight", "Data_Engine; for the card's own rule"))
    at = steps.engine_row.at(0, 0, "rc")
    own = data.shown.weights[data.signal]
    engine = sheet.formulas(
        row, FIRST_ASSET, lambda i, j: f"=INDEX({sources.engine.weights.down(j, 'r')},{at})", own, PERCENT
    )
    sheet.labels(row + 1, ("Step 3", "Weights", "weight", "In cells where that applies; value: their sum"))
    weights = sheet.formulas(
        row + 1, FIRST_ASSET,
        lambda i, j: f"=IF({applies},{native.at(0, j)},{engine.at(0, j)})" if native else f"={engine.at(0, j)}",
        twin.weights, PERCENT,
    )  # fmt: skip
    sheet.formulas(row + 1, 3, lambda i, j: f"=SUM({weights.across(0)})", twin.weights.sum(), PERCENT)
    sheet.labels(row + 2, ("Step 3", "In cells less engine", "weight", "Value: the largest"))
    gaps = twin.weights - own
    difference = sheet.formulas(
        row + 2, FIRST_ASSET, lambda i, j: f"={weights.at(0, j)}-{engine.at(0, j)}", gaps, SMALL
    )
    largest = sheet.arrays(row + 2, 3, lambda i, j: f"=MAX(ABS({difference.across(0)}))", np.abs(gaps).max(), SMALL)
    return Weights(weights, engine, largest, optimiser, row + 4)


def optimiser_assets(data: DirectData) -> tuple[str, ...]:
    """Heads of Calc_Optimiser: the tickers of the one model that it serves, or the places of several."""
    plain = [item for item in data.models if item.plain]
    if len(plain) == 1:
        return plain[0].model.universe
    return tuple(f"asset {j + 1}" for j in range(data.plain_assets))


def _write_problem(sheet: Sheet, row: int, cells: tuple[str, Sources], moments: Moments) -> tuple[Block, Block]:
    """Expected returns and covariance for the optimiser; 0 and the identity where it does not apply."""
    applies, sources = cells
    size = moments.mean.size
    sheet.labels(row, ("Optimiser", "Expected return", "per month", "0 where it does not apply"))
    expected, covariance = sources.window.expected, sources.covariance.covariance
    means = sheet.formulas(
        row, FIRST_ASSET, lambda i, j: f"=IF({applies},{expected.at(0, j)},0)", moments.mean, PERCENT
    )
    for i in range(size):
        sheet.labels(row + 1 + i, ("Optimiser", f"Covariance, place {i + 1}", "squared", "Else the identity"))
    order = sheet.values(row + 1, 3, np.arange(1.0, size + 1)[:, None], COUNT)
    start = means.at(0, 0, "rc")
    matrix = sheet.formulas(
        row + 1, FIRST_ASSET,
        lambda i, j: (
            f"=IF({applies},{covariance.at(i, j)},"
            f"N({order.at(i, 0, 'c')}=COLUMNS({start}:{means.at(0, j, 'r').split('!')[1]})))"
        ), moments.covariance, SMALL,
    )  # fmt: skip
    return means, matrix
