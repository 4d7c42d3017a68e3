"""Sheet Calc_Step3 of the tour: weights proved optimal, frontier, certificate, and weights from prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from udfs.registry import call
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block
from workbooks.tour_checks import Compared
from workbooks.tour_inputs import ASSETS, DAILY
from workbooks.tour_parts import GAP, Tour, below
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Line, Section, Twin

SIZE = len(ASSETS)
POINTS = 5
"""Of the frontier: the rows of its block."""


class Moments(NamedTuple):
    """Labelled answers of Calc_Estimate, and their numbers."""

    means: Area
    covariance: Area

    @property
    def mu(self) -> Block:
        """(n, 1)"""
        return self.means.part(0, 1).block

    @property
    def s(self) -> Block:
        """(n, n)"""
        return self.covariance.part(1, 1).block

    def values(self) -> tuple[Any, Any]:
        """Means and covariance."""
        return np.array(self.means.part(0, 1).cells)[:, 0], np.array(self.covariance.part(1, 1).cells)


class Solved(NamedTuple):
    """What later sheets take up."""

    weights: Area
    """By ARAM_WEIGHTS, with names."""
    reach: Area
    """Least and greatest risk, by ARAM_RISK_RANGE."""
    native: Block
    """ARAM_WEIGHTS on native moments of Data_Daily."""


class Best(NamedTuple):
    """Cells of the section of ARAM_WEIGHTS that others refer to."""

    section: Section
    slope: Block
    budget: Block
    slope_value: float
    budget_value: float


def write_step3(tour: Tour, sheet: FunctionSheet, means: Area, covariance: Area, returns: Block) -> Solved:
    """All sections; ``returns``: native monthly returns of Data_Daily with their dates."""
    moments = Moments(means, covariance)
    row, best = _write_weights(tour, sheet, moments)
    row = _write_least_risk(tour, sheet, row, moments)
    row = _write_sharpe(tour, sheet, row, moments)
    row, reach = _write_frontier(tour, sheet, row, moments)
    row = _write_certificate(tour, sheet, row, moments, best)
    row = _write_contributions(tour, sheet, row, moments, best)
    native = _write_from_prices(tour, sheet, row, returns)
    return Solved(best.section.answer, reach, native)


def _assets(name: str, *arguments: Area | None, unit: str = "weight", number: str = "percent4") -> Call:
    return Call(name, arguments, ASSETS, [unit] * SIZE, [number] * SIZE)


def _common(moments: Moments, section: Area, weights: Any) -> tuple[Line, Line]:
    """Total weight and risk of a block of weights."""
    w, s = section.block.down(0), moments.s.all()
    risk = float(np.sqrt(weights @ moments.values()[1] @ weights))
    return (
        Line("Total weight", "weight", f"=SUM({w})", 1.0, "percent4"),
        Line("Risk", "per month", f"{{=SQRT(SUM({w}*MMULT({s},{w})))}}", risk, "percent4"),
    )


def _compared(line: Line, place: Block, formula: str) -> Line:
    """A line with the difference to a target; ``formula`` holds {} for its cell."""
    return line._replace(difference=formula.format(place.at()))


def _after(sheet: FunctionSheet, row: int, line: int, rows: int = SIZE) -> Block:
    """Where a line below the section at ``row`` stands."""
    return Block(sheet.name, row + 3 + rows + line, 3, 1, 1)


def _gradient(moments: Moments, weights: Block, risk: Block, i: int) -> str:
    """Marginal risk of an asset: a row of Sw, per unit of risk."""
    return f"{{=SUM(MMULT({moments.s.across(i)},{weights.down(0, 'r')}))/{risk.at(fix='rc')}}}"


def _residual(reduced: int) -> Callable[[Block, Block], Formula]:
    """First-order residual: 0 where held, what is above 0 elsewhere; from column ``reduced`` of the twin."""

    def of(values: Block, twin: Block) -> Formula:
        def formula(i: int, j: int) -> str | None:
            at = twin.at(i, reduced)
            return f"=MAX({at},-({values.at(i)}>0)*{at})" if j == reduced else None

        return formula

    return of


def _write_weights(tour: Tour, sheet: FunctionSheet, moments: Moments) -> tuple[int, Best]:
    """ARAM_WEIGHTS at the target, with the multipliers over the assets held."""
    row, target = FIRST_ROW, tour.inputs.target
    risk, slope, budget = (_after(sheet, row, line) for line in (1, 2, 3))
    spec = _assets("ARAM_WEIGHTS", moments.means, moments.covariance, target)
    mu, s = moments.values()
    kept: dict[str, Any] = {}

    def twin(values: Area, _: Block) -> Twin:
        weights: Any = np.array(values.cells)[:, 0]
        held = weights > 0
        q = s @ weights / np.sqrt(weights @ s @ weights)
        k = float(np.cov(mu[held], q[held])[0, 1] / q[held].var(ddof=1)) if held.sum() > 1 else 0.0
        g = float(mu[held].mean() - k * q[held].mean())
        columns = (q, np.where(held, mu, np.nan), np.where(held, q, np.nan), mu - k * q - g)
        kept.update(weights=weights, q=q, k=k, g=g)
        place = Block(sheet.name, values.block.row, sheet.twins_at, SIZE, 4)

        def formula(i: int, j: int) -> str:
            w, own = values.block.at(i), moments.mu.at(i)
            return (
                _gradient(moments, values.block, risk, i),
                f'=IF({w}>0,{own},"")',
                f'=IF({w}>0,{place.at(i)},"")',
                f"={own}-{slope.at(fix='rc')}*{place.at(i)}-{budget.at(fix='rc')}",
            )[j]

        styles = ("percent4", "percent4", "percent4", "small")
        return Twin(("Sw/risk", "held: mean", "held: Sw/risk", "reduced"), formula, lambda i, j: columns[j][i], styles)

    section = sheet.section(row, spec, twin, _residual(3))
    own, q = section.twin.down(1), section.twin.down(2)
    total, of_risk = _common(moments, section.values, kept["weights"])
    lines = [
        _compared(total, _after(sheet, row, 0), "={}-1"),
        _compared(of_risk, risk, f"=MAX({{}}-{target.reference},0)"),
        Line("Risk multiplier", "return/risk", f"=IFERROR(SLOPE({own},{q}),0)", kept["k"], "number"),
        Line("Budget multiplier", "per month", f"=IFERROR(INTERCEPT({own},{q}),MAX({own}))", kept["g"], "percent4"),
    ]
    sheet.below(section, spec.function, lines)
    tour.check(spec, section, Compared(below=2))
    return below(section, 4), Best(section, slope, budget, kept["k"], kept["g"])


def _write_least_risk(tour: Tour, sheet: FunctionSheet, row: int, moments: Moments) -> int:
    """ARAM_MIN_RISK: marginal risks are equal where held, no smaller elsewhere."""
    spec = _assets("ARAM_MIN_RISK", moments.covariance)
    risk = _after(sheet, row, 1)
    twin = _reduced(
        moments, sheet, risk, lambda i, q: f"={risk.at(fix='rc')}-{q}", lambda weights, deviation, q: deviation - q
    )
    section = sheet.section(row, spec, twin, _residual(1))
    total, of_risk = _common(moments, section.values, np.array(section.values.cells)[:, 0])
    sheet.below(section, spec.function, [_compared(total, _after(sheet, row, 0), "={}-1"), of_risk])
    tour.check(spec, section, Compared(below=1))
    return below(section, 2)


def _reduced(
    moments: Moments, sheet: FunctionSheet, risk: Block, formula: Callable[[int, str], str],
    value: Callable[[Any, float, Any], Any],
) -> Callable[[Area, Block], Twin]:  # fmt: skip
    """Marginal risks Sw/risk of the weights, and what is left of each asset when they are optimal.

    ``formula`` is told the asset and where its marginal risk stands, ``value`` the weights, their risk and all
    marginal risks.
    """

    def twin(values: Area, _: Block) -> Twin:
        weights: Any = np.array(values.cells)[:, 0]
        s = moments.values()[1]
        deviation = float(np.sqrt(weights @ s @ weights))
        q = s @ weights / deviation
        place = Block(sheet.name, values.block.row, sheet.twins_at, SIZE, 2)
        columns = (q, value(weights, deviation, q))
        return Twin(
            ("Sw/risk", "reduced"),
            lambda i, j: formula(i, place.at(i)) if j else _gradient(moments, values.block, risk, i),
            lambda i, j: columns[j][i], ("percent4", "small"),
        )  # fmt: skip

    return twin


def _write_sharpe(tour: Tour, sheet: FunctionSheet, row: int, moments: Moments) -> int:
    """ARAM_MAX_SHARPE: excess return per marginal risk is equal where held, no greater elsewhere."""
    rate = tour.inputs.risk_free
    spec = _assets("ARAM_MAX_SHARPE", moments.means, moments.covariance, rate)
    risk, ratio = _after(sheet, row, 1), _after(sheet, row, 2)
    mu, s = moments.values()
    free = float(rate.cells[0][0])
    twin = _reduced(
        moments, sheet, risk, lambda i, q: f"={moments.mu.at(i)}-{rate.reference}-{ratio.at(fix='rc')}*{q}",
        lambda weights, deviation, q: mu - free - (weights @ mu - free) / deviation * q,
    )  # fmt: skip
    section = sheet.section(row, spec, twin, _residual(1))
    weights: Any = np.array(section.values.cells)[:, 0]
    total, of_risk = _common(moments, section.values, weights)
    earned = f"SUMPRODUCT({section.values.block.down(0)},{moments.mu.down(0)})"
    sharpe = float((weights @ mu - free) / np.sqrt(weights @ s @ weights))
    lines = [
        _compared(total, _after(sheet, row, 0), "={}-1"),
        of_risk,
        Line("Sharpe ratio", "return/risk", f"=({earned}-{rate.reference})/{risk.at()}", sharpe, "number"),
    ]
    sheet.below(section, spec.function, lines)
    tour.check(spec, section, Compared(below=1))
    return below(section, 3)


def _write_frontier(tour: Tour, sheet: FunctionSheet, row: int, moments: Moments) -> tuple[int, Area]:
    """ARAM_FRONTIER and ARAM_RISK_RANGE: risk, return and total weight of each row; gives the last two risks."""
    s, mu = moments.s.all(), moments.mu.all()

    def twin(values: Area, _: Block) -> Twin:
        weights = values.block._replace(column=values.block.column + 2, width=SIZE)

        def formula(i: int, j: int) -> str:
            w = weights.across(i)
            return (f"{{=SQRT(SUM(MMULT({w},{s})*{w}))}}", f"{{=SUM(MMULT({w},{mu}))}}", f"=SUM({w})")[j]

        return Twin(("Risk", "Return", "Total"), formula, lambda i, j: values.cells[i][j] if j < 2 else 1.0)

    def difference(values: Block, place: Block) -> Formula:
        return lambda i, j: f"={values.at(i, j)}-{place.at(i, j)}" if j < 2 else f"={place.at(i, j)}-1"

    order = Block(sheet.name, row + 3, 3, POINTS, 1)
    points = Area(order, [[float(POINTS)]], f"ROWS({order.all()})")
    labels, units, numbers = [f"Point {i + 1}" for i in range(POINTS)], ["per month"] * POINTS, ["percent4"] * POINTS
    spec = Call("ARAM_FRONTIER", (moments.means, moments.covariance, points), labels, units, numbers)
    section = sheet.section(row, spec, twin, difference)
    tour.check(spec, section)
    ends = ["Least risk", "Greatest return"]
    spec = Call("ARAM_RISK_RANGE", (moments.means, moments.covariance), ends, units[:2], numbers[:2])
    section = sheet.section(below(section), spec, twin, difference)
    tour.check(spec, section)
    return below(section), section.values.part(0, 0, 1)


def _write_certificate(tour: Tour, sheet: FunctionSheet, row: int, moments: Moments, best: Best) -> int:
    """ARAM_CERTIFICATE: multipliers against SLOPE and INTERCEPT, residuals against 0."""
    weights = best.section.answer
    units = ["0 or 1", "text", "return/risk", "per month", "per month", "weight", "per month", "per month"]
    numbers = ["text", "text", "number", "percent4", "small", "small", "small", "small"]
    labels = ["Verdict", "Form", "Risk multiplier", "Budget multiplier", "Stationarity", "Feasibility",
              "Complementarity", "Duality gap"]  # fmt: skip
    for bound in ("Lower", "Upper"):
        labels += [f"{bound} multiplier, {ticker}" for ticker in ASSETS]
    units += ["per month"] * 2 * SIZE
    numbers += ["percent4"] * 2 * SIZE
    arguments = (weights, moments.means, moments.covariance, tour.inputs.target)
    spec = Call("ARAM_CERTIFICATE", arguments, labels, units, numbers)
    reduced = best.section.twin._replace(column=best.section.twin.column + 3, width=1)

    def formula(i: int, _: int) -> str | None:
        if i >= 8:
            asset = reduced.at((i - 8) % SIZE)
            return f"=MAX(-{asset},0)" if i < 8 + SIZE else f"=MAX({asset},0)"
        return {2: f"={best.slope.at()}", 3: f"={best.budget.at()}"}.get(i)

    def difference(values: Block, twin: Block) -> Formula:
        def gap(i: int, _: int) -> str | None:
            if i < 2:
                return None if i else f"=1-N({values.at(0)})"
            return f"={values.at(i)}" if formula(i, 0) is None else f"={values.at(i)}-{twin.at(i)}"

        return gap

    section = sheet.section(
        row, spec, lambda values, _: Twin(("native",), formula, lambda i, j: values.cells[i][0]), difference
    )
    # Programs differ on whether TRUE is counted.
    tour.check(spec, section, Compared(counted=section.values.part(2, 0).block))
    return below(section)


def _write_contributions(tour: Tour, sheet: FunctionSheet, row: int, moments: Moments, best: Best) -> int:
    """ARAM_RISK_CONTRIBUTIONS of the weights above; they add up to the risk."""
    weights = best.section
    spec = _assets("ARAM_RISK_CONTRIBUTIONS", weights.answer, moments.covariance, unit="per month")
    w = weights.values.block
    section = sheet.section(
        row, spec,
        lambda values, _: Twin(
            ("native",), lambda i, j: f"={w.at(i)}*{weights.twin.at(i)}", lambda i, j: values.cells[i][j]
        ),
    )  # fmt: skip
    total = sum(value for (value,) in section.values.cells)
    risk = Block(sheet.name, weights.order.row + SIZE + 1, 3, 1, 1)
    line = Line("Sum", "per month", f"=SUM({section.values.block.down(0)})", total, "percent4")
    sheet.below(section, spec.function, [_compared(line, _after(sheet, row, 0), f"={{}}-{risk.at()}")])
    tour.check(spec, section, Compared(below=1))
    return below(section, 1)


def _write_from_prices(tour: Tour, sheet: FunctionSheet, row: int, returns: Block) -> Block:
    """ARAM_WEIGHTS_FROM_PRICES against ARAM_WEIGHTS on moments by native formulas."""
    inputs, held = tour.inputs, DAILY[1:]
    arguments = (tour.market.prices, inputs.ticker, inputs.window, inputs.frequency, inputs.multiplier)
    size, name = len(held), "ARAM_WEIGHTS_FROM_PRICES"
    spec = Call(name, arguments, held, ["weight"] * size, ["percent4"] * size)
    first = row + 3 + size + GAP
    answer = _write_native_moments(tour, sheet, first, returns)
    section = sheet.section(
        row, spec,
        lambda values, _: Twin(("native",), lambda i, j: f"={answer.at(i)}", lambda i, j: values.cells[i][j]),
    )  # fmt: skip
    tour.check(spec, section)
    return answer


def _write_native_moments(tour: Tour, sheet: FunctionSheet, top: int, returns: Block) -> Block:
    """Window, means, covariance and target by native formulas, and ARAM_WEIGHTS on them."""
    inputs, label = tour.inputs, "Native moments"
    count, size = returns.height, len(DAILY) - 1
    window = inputs.window.reference
    sheet.text(top, 0, label, "section")
    sheet.text(top, 1, "Returns of Calc_Data in the window, their moments, and ARAM_WEIGHTS on them", "note")
    for j, ticker in enumerate((*DAILY, "weights")):
        sheet.head(top + 1, FIRST_ASSET + j, ticker)
    data = _returns_of(tour)
    row = top + 2
    order = sheet.values(row, 3, [[i + 1.0] for i in range(count)], ("formula", "count"))
    months = sheet.formulas(
        row, FIRST_ASSET,
        lambda i, j: f'=IF({order.at(i, 0, "c")}>ROWS({order.down(0, "rc")})-{window},{returns.at(i, j + 1)},"")',
        data, ("formula", "percent4"),
    )  # fmt: skip
    for i in range(count):
        sheet.labels(row + i, (label, f"Return {i + 1}", "per month", None))
    row += count
    target = float(inputs.multiplier.cells[0][0] * data[:, 0].std(ddof=1))
    style = ("formula", "percent4")
    sheet.labels(row, (label, "Risk target", "per month", "k x volatility of the benchmark"))
    k = inputs.multiplier.reference
    target_cell = sheet.formulas(row, 3, lambda i, j: f"={k}*STDEV.S({months.down(0)})", target, style)
    mean, covariance = data[:, 1:].mean(axis=0), np.cov(data[:, 1:].T)
    for i, ticker in enumerate(DAILY[1:]):
        sheet.labels(row + 1 + i, (label, f"{ticker}: mean, covariance", "per month", "Squared for the covariance"))
    order = sheet.values(row + 1, 3, [[i + 1.0] for i in range(size)], ("formula", "count"))
    pool = months._replace(column=months.column + 1, width=size)
    means = sheet.formulas(
        row + 1, FIRST_ASSET, lambda i, j: f"=AVERAGE(INDEX({pool.all()},0,{order.at(i)}))", mean[:, None], style
    )
    matrix = sheet.formulas(
        row + 1, FIRST_ASSET + 1,
        lambda i, j: f"=COVARIANCE.S(INDEX({pool.all()},0,{order.at(i, 0, 'c')}),{pool.down(j, 'r')})",
        covariance, ("formula", "small"),
    )  # fmt: skip
    arguments = (
        Area(means, mean[:, None].tolist()), Area(matrix, covariance.tolist()), Area(target_cell, [[target]]),
    )  # fmt: skip
    spec = Call("ARAM_WEIGHTS", arguments, DAILY[1:], ["weight"] * size, ["percent4"] * size)
    return sheet.call(row + 1, FIRST_ASSET + 1 + size, spec, lambda i, j, value: spec.numbers[i]).block


def _returns_of(tour: Tour) -> Any:
    """Monthly returns of Data_Daily, which the window of a new workbook takes whole."""
    rows = call("ARAM_RETURNS", (tour.market.prices.cells, tour.inputs.frequency.cells)).rows[1:]
    return np.array([row[1:] for row in rows])
