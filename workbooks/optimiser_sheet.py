"""Sheet Calc_Optimiser: one row per non-empty subset of assets, and the row that wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet
from workbooks.subsets import SubsetTable, Tolerances
from workbooks.tolerance_cells import ToleranceCells

LEGEND = (
    "s: assets held. M: inverse of their covariance. A = sM s', B = sM mean'. e = s(mean - B/A). "
    "Least-risk w = sM/A, target w = sM/A + x eM. The variance along x is 1/A + x^2 D/A, the return B/A + x D/A."
)

SMALL, NUMBER, PERCENT, COUNT = (("formula", kind) for kind in ("small", "number", "percent4", "count"))


class Moments(NamedTuple):
    """The engine's inputs of one decision."""

    mean: FloatArray
    covariance: FloatArray
    target: float


class Optimiser(NamedTuple):
    """Cells of Calc_Optimiser that other sheets use."""

    subsets: Block
    a: Block
    centre: Block
    d: Block
    least_reachable: Block
    low: Block
    high: Block
    candidates: Block
    target_row: Block
    fallback_row: Block
    not_evaluated: Block
    weights: Block
    x: Block
    budget_multiplier: Block


class _Columns:
    """Hands out blocks from left to right and writes their heads."""

    def __init__(self, sheet: Sheet, row: int, height: int, tickers: tuple[str, ...]) -> None:
        self.sheet, self.row, self.height, self.column = sheet, row, height, FIRST_ASSET
        self.tickers = tickers

    def plan(self, heads: list[str]) -> Block:
        """The next block of ``len(heads)`` columns."""
        block = Block(self.sheet.name, self.row, self.column, self.height, len(heads))
        for j, head in enumerate(heads):
            self.sheet.head(self.row - 1, self.column + j, head)
        self.column += len(heads)
        return block

    def each_asset(self, kind: str) -> list[str]:
        """Heads of one column per asset."""
        return [f"{kind} {ticker}" for ticker in self.tickers]

    def fill(
        self, heads: list[str], formula: Callable[[int, int], str], values: FloatArray, style: tuple[str, str]
    ) -> Block:
        """Plan a block and write its formulas; formulas in braces are array formulas."""
        block = self.plan(heads)
        table = values if values.ndim == 2 else values[:, None]
        if formula(0, 0).startswith("{"):
            return self.sheet.arrays(block.row, block.column, lambda i, j: formula(i, j)[1:-1], table, style)
        return self.sheet.formulas(block.row, block.column, formula, table, style)


class _Top(NamedTuple):
    """Links and results above the table."""

    mean: Block
    covariance: Block
    identity: Block
    target: Block
    discriminant: Block
    budget: Block
    tie: Block
    limit: Block
    candidates: Block
    best: Block
    threshold: Block
    least: Block
    fallback_row: Block
    target_row: Block
    least_row: Block
    not_evaluated: Block
    weights: Block
    x: Block
    budget_multiplier: Block


class _Constants(NamedTuple):
    """The constants of each subset's hyperbola, and its target candidate ``u/A + x v``."""

    u: Block
    v: Block
    a: Block
    centre: Block
    d: Block
    spread: Block
    x: Block


class _Candidates(NamedTuple):
    target_weights: Block
    target_return: Block
    target_tie: Block
    least_weights: Block
    least_return: Block
    least_tie: Block
    least_reachable: Block


def write_optimiser(
    sheet: Sheet,
    tickers: tuple[str, ...],
    table: SubsetTable,
    cells: tuple[Block, Block, Block],
    inputs: ToleranceCells,
    moments: Moments,
) -> Optimiser:
    """Write the links, the 2^n - 1 subset rows and the answer's place; ``cells``: means, covariance, target."""
    size, count = len(tickers), len(table.a)
    top = _plan_top(sheet.name, size)
    first = top.budget_multiplier.row + 3
    columns = _Columns(sheet, first, count, tickers)
    s = _write_subsets(sheet, columns, table)
    constants = _write_constants(columns, s, top, table)
    state = Block(sheet.name, first, 4, count, 1)
    _write_states(sheet, state, constants, top, table)
    candidates = _write_candidates(columns, constants, top, table)
    low, high = _write_edges(columns, constants, candidates.least_weights, table)
    sheet.paginate(columns.column)
    _write_links(sheet, top, cells, moments)
    _write_top(sheet, top, (cells[2], candidates, state, inputs), table, moments.target)
    _write_answer(sheet, top, constants, candidates, table)
    return Optimiser(
        s, constants.a, constants.centre, constants.d, candidates.least_reachable, low, high, top.candidates,
        top.target_row, top.fallback_row, top.not_evaluated, top.weights, top.x,
        top.budget_multiplier,
    )  # fmt: skip


def subset_name(tickers: tuple[str, ...], row: FloatArray) -> str:
    """The tickers of a subset, such as ``SHY+TLT``."""
    return "+".join(ticker for ticker, held in zip(tickers, row, strict=True) if held)


def _plan_top(sheet: str, size: int) -> _Top:
    def block(row: int, column: int = 3, height: int = 1, width: int = 1) -> Block:
        return Block(sheet, FIRST_ROW + row, column, height, width)

    after = 1 + 2 * size
    values = {name: block(after + k) for k, name in enumerate(_Top._fields[3:])}
    values["weights"] = block(values["weights"].row - FIRST_ROW, FIRST_ASSET, 1, size)
    return _Top(
        block(0, FIRST_ASSET, 1, size), block(1, FIRST_ASSET, size, size), block(1 + size, FIRST_ASSET, size, size),
        **values,
    )  # fmt: skip


def _write_subsets(sheet: Sheet, columns: _Columns, table: SubsetTable) -> Block:
    """Names, sizes and the rows of 0 and 1."""
    first = columns.row
    sheet.text(first - 2, 1, LEGEND, "note")
    sheet.second_table(first - 1, ("Optimiser", "Subset", "Unit", "Assets", "State"))
    for k, row in enumerate(table.members):
        sheet.text(first + k, 0, "Subset", "section")
        sheet.text(first + k, 1, subset_name(columns.tickers, row))
        sheet.text(first + k, 2, "per month", "note")
    s = columns.plan(columns.each_asset("s"))
    sheet.values(s.row, s.column, table.members, COUNT)
    sheet.formulas(first, 3, lambda i, j: f"=SUM({s.across(i)})", table.members.sum(axis=1)[:, None], COUNT)
    return s


def _inverse(s: Block, top: _Top, left: Block) -> Callable[[int], str]:
    """A row times the inverse M of the subset's covariance; 0 where that is singular."""
    covariance, identity = top.covariance.all(), top.identity.all()

    def formula(i: int) -> str:
        row = s.across(i)
        inverse = f"MINVERSE({covariance}*TRANSPOSE({row})*{row}+{identity}*(1-{row}))"
        return f"=IFERROR(MMULT({left.across(i)},{inverse}),0)"

    return formula


def _write_constants(columns: _Columns, s: Block, top: _Top, table: SubsetTable) -> _Constants:
    mean, target = top.mean.across(0, "rc"), top.target.at(0, 0, "rc")
    u = columns.plan(columns.each_asset("sM"))
    columns.sheet.row_arrays(u.row, u.column, _inverse(s, top, s), table.u, SMALL)
    a = columns.fill(["A"], lambda i, j: f"=SUMPRODUCT({u.across(i)},{s.across(i)})", table.a, SMALL)
    b = columns.fill(["B"], lambda i, j: f"=SUMPRODUCT({u.across(i)},{s.across(i)},{mean})", table.b, SMALL)
    centre = columns.fill(["B/A"], lambda i, j: f"=IFERROR({b.at(i)}/{a.at(i)},0)", table.centre, PERCENT)
    excess = columns.fill(
        columns.each_asset("e"),
        lambda i, j: f"={s.at(i, j)}*({top.mean.at(0, j, 'r')}-{centre.at(i, 0, 'c')})", table.excess, PERCENT,
    )  # fmt: skip
    v = columns.plan(columns.each_asset("eM"))
    columns.sheet.row_arrays(v.row, v.column, _inverse(s, top, excess), table.v, SMALL)
    c = columns.fill(["D/A with noise"], lambda i, j: f"=SUMPRODUCT({v.across(i)},{excess.across(i)})", table.c, SMALL)
    share = top.discriminant.at(0, 0, "rc")
    d = columns.fill(
        ["D/A"], lambda i, j: f"=IF({c.at(i)}>{share}*({c.at(i)}+{b.at(i)}*{centre.at(i)}),{c.at(i)},0)", table.d, SMALL
    )
    spread = columns.fill(
        ["spread of means"],
        lambda i, j: f"{{=MAX(IF({s.across(i)},{mean}))-MIN(IF({s.across(i)},{mean}))}}", table.spread, SMALL,
    )  # fmt: skip
    x = columns.fill(
        ["x"], lambda i, j: f'=IFERROR(SQRT(({target}*{target}-1/{a.at(i)})/{d.at(i)}),"")', table.x, SMALL
    )
    return _Constants(u, v, a, centre, d, spread, x)


def _write_states(sheet: Sheet, place: Block, constants: _Constants, top: _Top, table: SubsetTable) -> None:
    """Evaluated: the inverse exists, and D is a number that counts unless all means of the subset are tied."""
    a, d, spread = constants.a, constants.d, constants.spread

    def formula(i: int, _: int) -> str:
        usable = f"({d.at(i)}>0)+({spread.at(i)}<={top.tie.at(0, 0, 'rc')})"
        return f'=IF(({a.at(i)}>0)*({usable}),"evaluated","not evaluated")'

    states = [["evaluated" if done else "not evaluated"] for done in table.evaluated]
    sheet.formulas(place.row, place.column, formula, states, ("formula", "text"))


def _write_candidates(columns: _Columns, constants: _Constants, top: _Top, table: SubsetTable) -> _Candidates:
    u, v, a, x = constants.u, constants.v, constants.a, constants.x
    least_weights = columns.fill(
        columns.each_asset("least-risk w"), lambda i, j: f"=IFERROR({u.at(i, j)}/{a.at(i, 0, 'c')},0)",
        table.least_weights, PERCENT,
    )  # fmt: skip
    least = _write_counted(columns, "least-risk", least_weights, top, (table.least_return, table.least_variance))
    target_weights = columns.fill(
        columns.each_asset("target w"),
        lambda i, j: f"=IFERROR({least_weights.at(i, j)}+{x.at(i, 0, 'c')}*{v.at(i, j)},0)",
        table.target_weights, PERCENT,
    )  # fmt: skip
    target = _write_counted(columns, "target", target_weights, top, (table.target_return, table.target_variance))
    answer = table.answer
    best = answer.best_return - Tolerances().tie
    ties = []
    for kind, (earned, variance), returns, variances in (
        ("target", target, table.target_return, table.target_variance),
        ("least-risk", least, table.least_return, table.least_variance),
    ):
        tied = np.where(returns >= best, variances, np.nan)
        ties.append(columns.fill([f"{kind} tie"], _tie(earned, variance, top), tied, SMALL))
    reachable = columns.fill(
        ["least reachable variance"],
        lambda i, j: f'=IF((MIN({least_weights.across(i)})>=0)*({a.at(i)}>0),1/{a.at(i)},"")',
        table.least_reachable, SMALL,
    )  # fmt: skip
    return _Candidates(target_weights, target[0], ties[0], least_weights, least[0], ties[1], reachable)


def _tie(earned: Block, variance: Block, top: _Top) -> Callable[[int, int], str]:
    threshold = top.threshold.at(0, 0, "rc")
    return lambda i, _: f'=IF(COUNT({earned.at(i)})*(N({earned.at(i)})>={threshold}),{variance.at(i)},"")'


def _write_counted(
    columns: _Columns, kind: str, weights: Block, top: _Top, values: tuple[FloatArray, FloatArray]
) -> tuple[Block, Block]:
    """Variance, whether the candidate counts, and its return where it does."""
    earned, risked = values
    covariance, mean = top.covariance.all(), top.mean.across(0, "rc")
    variance = columns.fill(
        [f"{kind} variance"],
        lambda i, j: f"{{=SUM(MMULT({weights.across(i)},{covariance})*{weights.across(i)})}}", risked, SMALL,
    )  # fmt: skip
    counts = columns.fill(
        [f"{kind} counts"],
        lambda i, j: (
            f"=(MIN({weights.across(i)})>=0)*(ABS(SUM({weights.across(i)})-1)<={top.budget.at(0, 0, 'rc')})"
            f"*({variance.at(i)}<={top.limit.at(0, 0, 'rc')})"
        ),
        np.isfinite(earned).astype(np.float64), COUNT,
    )  # fmt: skip
    returns = columns.fill(
        [f"{kind} return"],
        lambda i, j: f'=IF({counts.at(i)},SUMPRODUCT({weights.across(i)},{mean}),"")', earned, PERCENT,
    )  # fmt: skip
    return returns, variance


def _write_edges(
    columns: _Columns, constants: _Constants, least_weights: Block, table: SubsetTable
) -> tuple[Block, Block]:
    """Least and greatest return at which all weights of a subset's hyperbola are at least 0."""
    v, centre, d = constants.v, constants.centre, constants.d

    def edge(kind: str, sign: str) -> Callable[[int, int], str]:
        def formula(i: int, _: int) -> str:
            slope = v.across(i)
            crossing = f"{centre.at(i)}-{least_weights.across(i)}*{d.at(i)}/{slope}"
            return f"{{={kind}(IF(({slope}{sign}0)*({d.at(i)}>0),{crossing}))}}"

        return formula

    low = columns.fill(["least return"], edge("MAX", ">"), table.low, PERCENT)
    high = columns.fill(["greatest return"], edge("MIN", "<"), table.high, PERCENT)
    return low, high


def _write_links(sheet: Sheet, top: _Top, cells: tuple[Block, Block, Block], moments: Moments) -> None:
    """Expected returns and covariance from Calc_Date, and the identity matrix."""
    means, covariance, _ = cells
    size = moments.mean.size
    for row, label in enumerate(("Expected return", *["Covariance"] * size, *["Identity"] * size)):
        sheet.text(FIRST_ROW + row, 0, "Link", "section")
        sheet.text(FIRST_ROW + row, 1, label)
        unit = {"Identity": "0 or 1", "Covariance": "squared"}.get(label, "per month")
        sheet.text(FIRST_ROW + row, 2, unit, "note")
    sheet.formulas(top.mean.row, top.mean.column, lambda i, j: f"={means.at(i, j)}", moments.mean, ("link", "percent4"))
    sheet.formulas(
        top.covariance.row, top.covariance.column, lambda i, j: f"={covariance.at(i, j)}", moments.covariance,
        ("link", "small"),
    )  # fmt: skip
    sheet.values(top.identity.row, top.identity.column, np.eye(size), COUNT)


def _write_top(
    sheet: Sheet, top: _Top, cells: tuple[Block, _Candidates, Block, ToleranceCells], table: SubsetTable, wanted: float
) -> None:
    """Tolerances, the best return, the least risk among ties, and the winning row."""
    target, candidates, states, inputs = cells
    tolerances, answer, squared = Tolerances(), table.answer, wanted * wanted
    square, earned, other = (
        f"{top.target.at()}*{top.target.at()}", candidates.target_return.down(0), candidates.least_return.down(0)
    )  # fmt: skip
    ties, reachable = (candidates.target_tie.down(0), candidates.least_tie.down(0)), candidates.least_reachable.down(0)
    least = top.least.at()
    lines = (
        ("Risk target", "per month", "Calc_Date", wanted, PERCENT, f"={target.at()}"),
        ("Discriminant", "ratio", "Inputs", tolerances.discriminant, SMALL, f"={inputs.discriminant.at()}"),
        ("Budget tolerance", "weight", "Inputs", tolerances.budget, SMALL, f"={inputs.budget.at()}"),
        ("Tie tolerance", "return", "Inputs", tolerances.tie, SMALL, f"={inputs.tie.at()}"),
        ("Greatest variance", "squared", "Target squared, with tolerance", squared * (1 + tolerances.variance), SMALL,
         f"={square}*(1+{inputs.variance.at()})"),
        ("Candidates", "count", "0: target below reach", answer.candidates, COUNT, f"=COUNT({earned},{other})"),
        ("Best return", "per month", "Of all that count", answer.best_return, PERCENT, f"=MAX({earned},{other})"),
        ("Tie threshold", "per month", "Best return less the tolerance", answer.best_return - tolerances.tie, PERCENT,
         f"={top.best.at()}-{top.tie.at()}"),
        ("Least variance", "squared", "Of the ties", answer.least_variance, SMALL, f"=MIN({ties[0]},{ties[1]})"),
        ("Row of least risk", "count", "Held where nothing counts", answer.fallback_row, COUNT,
         f"=MATCH(MIN({reachable}),{reachable},0)"),
        ("Row of the target candidate", "count", "0: none is the answer", answer.target_row, COUNT,
         f"=IFERROR(MATCH({least},{ties[0]},0),0)"),
        ("Row of the least-risk candidate", "count", "Taken where there is no target row", answer.least_row, COUNT,
         f"=IFERROR(MATCH({least},{ties[1]},0),{top.fallback_row.at()})"),
        ("Subsets not evaluated", "count", "Singular: a smaller subset serves", float((~table.evaluated).sum()), COUNT,
         f'=COUNTIF({states.down(0)},"not evaluated")'),
    )  # fmt: skip
    for i, (label, unit, note, value, style, formula) in enumerate(lines):
        sheet.line(top.target.row + i, ("Answer", label, unit, note), value, style, formula)


def _write_answer(sheet: Sheet, top: _Top, constants: _Constants, candidates: _Candidates, table: SubsetTable) -> None:
    """The winning weights, and the constants of their hyperbola where they are a target candidate's."""
    sheet.labels(top.weights.row, ("Answer", "Weights", "weight", "Value: their sum"))
    on, own = top.target_row.at(0, 0, "rc"), top.least_row.at(0, 0, "rc")
    targets, others = candidates.target_weights, candidates.least_weights
    sheet.formulas(
        top.weights.row, FIRST_ASSET,
        lambda i, j: f"=IF({on},INDEX({targets.down(j, 'r')},{on}),INDEX({others.down(j, 'r')},{own}))",
        table.weights, PERCENT,
    )  # fmt: skip
    total = f"=SUM({top.weights.across(0)})"
    sheet.formulas(top.weights.row, 3, lambda i, j: total, table.weights.sum(), PERCENT)
    row = table.answer.target_row
    x, budget = 0.0, 0.0
    if row:
        x = float(table.x[row - 1])
        budget = float(table.centre[row - 1] - 1.0 / table.a[row - 1] / x)
    centre, a = (f"INDEX({column.down(0)},{on})" for column in (constants.centre, constants.a))
    for block, texts, value, formula in (
        (top.x, ("x", "ratio"), x, f"INDEX({constants.x.down(0)},{on})"),
        (top.budget_multiplier, ("Budget multiplier", "per month"), budget, f"{centre}-1/{a}/{top.x.at()}"),
    ):
        words = ("Answer", *texts, "Of the target candidate; else 0")
        sheet.line(block.row, words, value, SMALL, f"=IF({on},{formula},0)")
