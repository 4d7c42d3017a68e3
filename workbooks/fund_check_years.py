"""Sheet Calc_Years of the fund check: is beta the same in every year? An F-test of equal slopes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aram_xl.types import FloatArray
from workbooks.fund_check_data import FundData, Months
from workbooks.fund_check_months import COUNT, NUMBER, SMALL
from workbooks.fund_check_plan import YEAR_LINES, Plan
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block, Sheet

TABLE = FIRST_ROW + len(YEAR_LINES) + 1
"""Row of the heads of the table of years."""

SUMS = ("deviation", "xx", "residual", "ee", "xe")

HEADS = (
    "Section", "Label", "Unit", "Months", "Note", "year", "sum x", "sum xx", "sum e", "sum ee", "sum xe",
    "Sxx", "Sxe", "See", "slope less beta", "beta", "spread", "left",
)  # fmt: skip


class _Years(NamedTuple):
    """(n_years,) numbers of each year, oldest last; zeros for years that are not there."""

    numbers: FloatArray
    size: FloatArray
    sums: dict[str, FloatArray]
    products: tuple[FloatArray, FloatArray, FloatArray]
    """Sxx, Sxe, See."""
    slope: FloatArray
    """Of the residuals: beta of the year less that of the sample."""

    @property
    def common(self) -> float:
        """The weighted mean of the slopes."""
        return float(self.products[0] @ self.slope / self.products[0].sum())


def _years(months: Months, plan: Plan) -> _Years:
    numbers = np.arange(1.0, plan.rows // 12 + 1.0)
    member = (months.year[:, None] == numbers) & months.there[:, None]
    size = member.sum(axis=0).astype(np.float64)
    x, e = months.deviation, months.residual
    columns = {"deviation": x, "xx": x * x, "residual": e, "ee": e * e, "xe": x * e}
    sums = {key: np.nan_to_num(values) @ member for key, values in columns.items()}
    n = np.maximum(size, 1.0)
    sxx = sums["xx"] - sums["deviation"] ** 2 / n
    sxe = sums["xe"] - sums["deviation"] * sums["residual"] / n
    see = sums["ee"] - sums["residual"] ** 2 / n
    slope = np.divide(sxe, sxx, out=np.zeros(numbers.size), where=size > 0)
    return _Years(numbers, size, sums, (sxx, sxe, see), slope)


def write_years(sheet: Sheet, data: FundData, months: Months, plan: Plan) -> Block:
    """Sums of each year, its own line through them, and the spread of the slopes; gives the betas of the years."""
    found, top = _years(months, plan), TABLE + 1
    sheet.second_table(TABLE, HEADS)
    for j in range(found.numbers.size):
        sheet.labels(top + j, ("Year", f"Year {j + 1}, counted back", "months", None))
    year = plan.sample("year").down(0, "rc")
    own = sheet.values(top, FIRST_ASSET, found.numbers[:, None], COUNT)
    size = sheet.formulas(top, 3, lambda i, _: f"=COUNTIF({year},{own.at(i)})", found.size[:, None], COUNT)
    sums = Block(sheet.name, top, FIRST_ASSET + 1, found.numbers.size, len(SUMS))
    sources = [plan.sample(key).down(0, "rc") for key in SUMS]
    values = np.array([found.sums[key] for key in SUMS]).T
    sheet.formulas(top, sums.column, lambda i, j: f"=SUMIF({year},{own.at(i)},{sources[j]})", values, SMALL)
    about = sums._replace(column=sums.column + len(SUMS), width=3)

    def product(i: int, j: int) -> str:
        whole, one, other = ((1, 0, 0), (4, 0, 2), (3, 2, 2))[j]
        return f"={sums.at(i, whole)}-{sums.at(i, one)}*{sums.at(i, other)}/MAX({size.at(i)},1)"

    sheet.formulas(top, about.column, product, np.array(found.products).T, SMALL)
    return _write_slopes(sheet, data, plan, found, (size, about))


def _write_slopes(sheet: Sheet, data: FundData, plan: Plan, found: _Years, blocks: tuple[Block, Block]) -> Block:
    """Slope, beta, spread and what is left of each year, and the test."""
    size, about = blocks
    top, left, slope = about.row, about.column + 3, found.slope
    sxx, _, see = found.products
    spread, rest = sxx * (slope - found.common) ** 2, see - sxx * slope**2
    slopes = sheet.formulas(
        top, left, lambda i, _: f"=IFERROR({about.at(i, 1)}/{about.at(i)},0)", slope[:, None], NUMBER
    )
    beta, common = plan.line("slope").at(0, 0, "rc"), plan.years("common").at(0, 0, "rc")
    betas = sheet.formulas(
        top, left + 1, lambda i, _: f'=IF({size.at(i)},{beta}+{slopes.at(i)},"")',
        np.where(found.size > 0, data.engine.beta + slope, np.nan)[:, None], NUMBER,
    )  # fmt: skip
    spreads = sheet.formulas(
        top, left + 2, lambda i, _: f"={about.at(i)}*({slopes.at(i)}-{common})*({slopes.at(i)}-{common})",
        spread[:, None], SMALL,
    )  # fmt: skip
    rests = sheet.formulas(
        top, left + 3, lambda i, _: f"={about.at(i, 2)}-{about.at(i)}*{slopes.at(i)}*{slopes.at(i)}",
        rest[:, None], SMALL,
    )  # fmt: skip
    totals = (found.common, float(spread.sum()), float(rest.sum()))
    _write_test(sheet, data, plan, (about._replace(width=1), slopes, spreads, rests), totals)
    return betas


def _write_test(
    sheet: Sheet, data: FundData, plan: Plan, blocks: tuple[Block, ...], values: tuple[float, float, float]
) -> None:
    """The F statistic and its probability."""
    sxx, slopes, spreads, lefts = (block.down(0) for block in blocks)
    common, spread, left = values
    n, years, kept = (plan.line(key).at() for key in ("n", "years", "kept_squares"))
    top, bottom, above, below, statistic = (plan.years(key).at() for key in ("spread", "left", "above", "below", "f"))
    count, known = data.engine.n_months, data.engine.n_months // 12
    lines = (
        ("Common slope", "ratio", f"=IFERROR(SUMPRODUCT({sxx},{slopes})/SUM({sxx}),0)", common, NUMBER,
         "Of the residuals"),
        ("Spread of slopes", "squared", f"=SUM({spreads})", spread, SMALL, "About their weighted mean"),
        ("Left by own lines", "squared", f"=SUM({lefts})*({kept}>0)", left, SMALL, "0 where one line fits exactly"),
        ("Freedom above", "count", f"={years}-1", known - 1.0, COUNT, "Years less 1"),
        ("Freedom below", "count", f"={n}-{years}-{years}", count - 2.0 * known, COUNT, "Months less two a year"),
        ("F", "ratio", f'=IF(({above}>0)*({bottom}>0),{top}/{above}/({bottom}/{below}),"none")',
         word(data.engine.beta_change_f), NUMBER, "Two years at least"),
        ("Probability", "share", f'=IFERROR(F.DIST.RT({statistic},{above},{below}),"none")',
         word(data.engine.beta_change_p), NUMBER, "That equal betas spread so far"),
    )  # fmt: skip
    for key, (label, unit, formula, value, style, note) in zip(YEAR_LINES, lines, strict=True):
        sheet.line(plan.years(key).row, ("F-test", label, unit, note), value, style, formula)


def word(value: float) -> float | str:
    """Formulas say none where a figure does not exist."""
    return value if np.isfinite(value) else "none"
