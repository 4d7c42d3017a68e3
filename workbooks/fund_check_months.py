"""Sheet Calc_Sample of the fund check: the sample month by month."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aram_xl.types import FloatArray
from workbooks.fund_check_data import FundData, Months
from workbooks.fund_check_inputs import YEARS, Inputs
from workbooks.fund_check_plan import WINDOWS, Plan
from workbooks.inputs_sheets import START_LEVEL
from workbooks.sheet import FIRST_ROW, Block, Sheet

COUNT, PERCENT, SMALL, NUMBER, LEVEL, DAY, DATE = (
    ("formula", kind) for kind in ("count", "percent4", "small", "number", "level", "day", "date")
)

Formula = Callable[[int], str]


def write_sample(sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> None:
    """One row per month that the sheets have room for; cells outside the sample hold an empty text."""
    for i in range(plan.rows):
        sheet.text(FIRST_ROW + i, 0, "Month", "section")
        sheet.text(FIRST_ROW + i, 2, "per month", "note")
    sheet.file.set_column(4, 4, 8)
    dates = plan.data("dates")
    sheet.formulas(
        FIRST_ROW, 1, lambda i, _: f'=IF({dates.at(i)},{dates.at(i)},"")', data.dates[:, None], ("formula", "day")
    )
    _write_membership(sheet, data, months, plan, inputs)
    _write_returns(sheet, data, months, plan, inputs)
    _write_rolling(sheet, months, plan)
    _write_levels(sheet, data, months, plan, inputs)


def _column(sheet: Sheet, block: Block, formula: Formula, values: FloatArray, style: tuple[str, str]) -> None:
    sheet.formulas(block.row, block.column, lambda i, _: formula(i), values[:, None], style)


def _write_membership(sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> None:
    """Which months belong to the sample, and which year and span each lies in."""
    fund, references, bills = plan.data("fund"), plan.data("benchmark"), plan.data("t_bills")
    references = references._replace(width=1 + plan.passive)
    there, number, left, year = (plan.sample(key) for key in ("there", "number", "left", "year"))
    last, per_year = plan.rows - 1, inputs.months_per_year.at(0, 0, "rc")
    _column(
        sheet, there,
        lambda i: (
            f"=N(COUNT({fund.at(i)},{references.across(i)})"
            f"+{inputs.subtract.at(0, 0, 'rc')}*COUNT({bills.at(i)})={plan.line('needed').at(0, 0, 'rc')})"
        ),
        months.there.astype(np.float64), COUNT,
    )  # fmt: skip
    sheet.values(number.row, number.column, np.arange(1.0, plan.rows + 1.0)[:, None], COUNT)
    to_end = there.at(last, 0, "r").split("!")[1]
    _column(sheet, left, lambda i: f"={there.at(i)}*SUM({there.at(i)}:{to_end})", months.left, COUNT)
    years = plan.line("years").at(0, 0, "rc")
    _column(
        sheet,
        year,
        lambda i: f"={there.at(i)}*MIN(INT(({left.at(i)}-1)/{per_year})+1,MAX({years},1))",
        months.year,
        COUNT,
    )
    for key, span in zip(("short", "long"), YEARS, strict=True):
        limit = plan.line(f"{key}_months").at(0, 0, "rc")
        within = (months.left > 0) & (months.left <= 12 * span)
        _column(
            sheet, plan.sample(key), lambda i, to=limit: f"=N({left.at(i)}>0)*({left.at(i)}<={to})",  # type: ignore[misc]
            within.astype(np.float64), COUNT,
        )  # fmt: skip
    calendar = plan.sample("calendar")
    days = Block(sheet.name, FIRST_ROW, 1, plan.rows, 1)
    serial = np.where(months.there, data.dates, 0.0)
    known = (serial.astype(np.int64) + np.datetime64("1899-12-30")).astype("datetime64[M]").astype(np.int64)
    _column(
        sheet, calendar, lambda i: f'=IF({there.at(i)},YEAR({days.at(i)})*{per_year}+MONTH({days.at(i)}),"")',
        np.where(months.there, known + 1970.0 * 12.0 + 1.0, np.nan), COUNT,
    )  # fmt: skip


def _write_returns(sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> None:
    """Total and excess returns, residuals, the mix, and the differences that the mix is made of."""
    there = plan.sample("there")
    bills, flag = plan.data("t_bills"), inputs.subtract.at(0, 0, "rc")
    total, benchmark, y, x = (plan.sample(key) for key in ("total", "benchmark", "y", "x"))
    e, deviation, mix = plan.sample("residual"), plan.sample("deviation"), plan.sample("mix")
    mean, intercept, slope = (plan.line(key).at(0, 0, "rc") for key in ("mean", "intercept", "slope"))
    passive, weights = plan.data("passive"), plan.mix("weights").across(0, "rc")
    enough = plan.mix_line("enough").at(0, 0, "rc")
    inside = np.where(months.there, data.benchmark, np.nan)
    squares = {"xx": (deviation, deviation), "xe": (deviation, e), "ee": (e, e)}
    values = {"deviation": months.deviation, "residual": months.residual}
    cells: dict[str, tuple[Formula, FloatArray, tuple[str, str]]] = {
        "total": (lambda i: plan.data("fund").at(i), months.total, PERCENT),
        "benchmark": (lambda i: plan.data("benchmark").at(i), inside, PERCENT),
        "y": (lambda i: f"{total.at(i)}-{flag}*N({bills.at(i)})", months.y, PERCENT),
        "x": (lambda i: f"{benchmark.at(i)}-{flag}*N({bills.at(i)})", months.x, PERCENT),
        "active": (lambda i: f"{total.at(i)}-{benchmark.at(i)}", months.total - inside, PERCENT),
        "deviation": (lambda i: f"{x.at(i)}-{mean}", months.deviation, PERCENT),
        "residual": (lambda i: f"{y.at(i)}-{intercept}-{slope}*{x.at(i)}", months.residual, PERCENT),
    }
    for key, (one, other) in squares.items():
        product = {"xx": "deviation deviation", "xe": "deviation residual", "ee": "residual residual"}[key].split()
        cells[key] = (
            lambda i, a=one, b=other: f"{a.at(i)}*{b.at(i)}",  # type: ignore[misc]
            values[product[0]] * values[product[1]], SMALL,
        )  # fmt: skip
    for key, (formula, found, style) in cells.items():
        wrapped: Formula = lambda i, f=formula: f'=IF({there.at(i)},{f(i)},"")'  # type: ignore[misc] # noqa: E731
        _column(sheet, plan.sample(key), wrapped, found, style)
    _column(
        sheet, mix, lambda i: f'=IF({there.at(i)}*{enough},SUMPRODUCT({passive.across(i)},{weights}),"")', months.mix,
        PERCENT,
    )  # fmt: skip
    _column(
        sheet, plan.sample("gap"), lambda i: f'=IF({there.at(i)}*{enough},{total.at(i)}-{mix.at(i)},"")', months.gap,
        PERCENT,
    )  # fmt: skip
    gaps = plan.sample("gaps")
    sheet.formulas(
        gaps.row, gaps.column,
        lambda i, j: f'=IF({there.at(i, 0, "c")},{total.at(i, 0, "c")}-{passive.at(i, j)},"")', months.gaps, PERCENT,
    )  # fmt: skip


def _write_rolling(sheet: Sheet, months: Months, plan: Plan) -> None:
    """Betas over runs of 12 and of 36 months that lie in the sample."""
    there, y, x = (plan.sample(key) for key in ("there", "y", "x"))
    for window, values in zip(WINDOWS, months.betas, strict=True):
        block = plan.sample(f"beta_{window}")

        def formula(i: int, length: int = window) -> str:
            run = f"SUM({there.rows(i, i + length - 1)})=ROWS({there.rows(i, i + length - 1)})"
            return f'=IF({run},SLOPE({y.rows(i, i + length - 1)},{x.rows(i, i + length - 1)}),"")'

        below = block._replace(row=block.row + window - 1, height=block.height - window + 1)
        _column(sheet, below, formula, values[window - 1 :], NUMBER)


def _write_levels(sheet: Sheet, data: FundData, months: Months, plan: Plan, inputs: Inputs) -> None:
    """Growth from the start level, which stands at the end of the month before the sample."""
    there, start = plan.sample("there"), inputs.start_level.at(0, 0, "rc")
    benchmark = np.where(months.there, data.benchmark, np.nan)
    for key, source in (("level", "total"), ("benchmark_level", "benchmark"), ("mix_level", "mix")):
        block, returns = plan.sample(key), plan.sample(source)
        values = {"total": months.total, "benchmark": benchmark, "mix": months.mix}[source]

        def formula(i: int, level: Block = block, earned: Block = returns) -> str:
            # Above the first row stands the head, a text, of which N makes 0.
            before = f"MAX(N({level.at(i - 1)}),{start}*(1-N({there.at(i - 1)})))"
            return f'=IF(COUNT({earned.at(i)}),{before}*(1+N({earned.at(i)})),"")'

        _column(sheet, block, formula, growth(values), LEVEL)


def growth(returns: FloatArray) -> FloatArray:
    """Levels of returns that are NaN outside the sample."""
    known = np.isfinite(returns)
    return np.where(known, START_LEVEL * np.cumprod(1.0 + np.where(known, returns, 0.0)), np.nan)
