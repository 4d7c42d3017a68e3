"""Activeness: is a manager active, and how much of the returns is a passive mix."""

from __future__ import annotations

from aram_xl.activeness import ActivenessSettings, judge_activeness
from udfs.boundary import Cells, Rows, block, grid, series
from udfs.registry import excel_function
from udfs.tables import days_of, monthly, named_values

SETTINGS = ("convention", "index_like", "significance", "power", "minimum_months")

HEADS = ("Value", "Unit", "By native formulas, or why there is no number")


@excel_function(
    gives="Header, then one row per figure: label, value, unit, note; the style weights, the verdict, and it in words.",
    native="SLOPE, INTERCEPT, STEYX, DEVSQ, CORREL and STDEV.S; the formula of each figure stands in its row",
    returns="One column of monthly simple returns of the fund, decimals; dates and a head may be part.",
    benchmark="One column of returns of the benchmark, the same months.",
    t_bills="Returns of T-bills, the same months; a hurdle, and the risk-free rate of the standard convention.",
    passive="Columns of returns of passive series that the closest mix may hold; names are kept where there are dates.",
    active_index="Returns of an active index, the same months; a hurdle.",
    settings="Two columns, name and value: convention (newsletter or standard), index_like, significance, power, "
    "minimum_months; newsletter, 0.95, 0.05, 0.8 and 36 when left out.",
)
def ARAM_ACTIVENESS(
    returns: Cells,
    benchmark: Cells,
    t_bills: Cells = None,
    passive: Cells = None,
    active_index: Cells = None,
    settings: Cells = None,
) -> Rows:
    """Is this manager active? Alpha, beta and how it moves, the closest passive mix, and a verdict with its power."""
    days = days_of(block(returns, "returns"), "returns")
    series(returns, "returns")  # one fund
    series(benchmark, "benchmark")
    names = ("returns", "benchmark", "t_bills", "passive", "active_index")
    given = (returns, benchmark, t_bills, passive, active_index)
    own, other, bills, mix, index = (monthly(cells, name, days) for cells, name in zip(given, names, strict=True))
    thresholds = ActivenessSettings(**named_values(settings, "settings", SETTINGS))
    found = judge_activeness(own, other, t_bills=bills, passive=mix, active_index=index, settings=thresholds)
    lines = found[0].as_rows()
    return grid([[row.value, row.unit, row.note] for row in lines], [row.label for row in lines], HEADS, "Figure")
