"""Every function once, on the built-in sample, beside the same by native formulas."""

from __future__ import annotations

import os

from aram_xl import sample_prices
from aram_xl._backtest import HYPOTHETICAL
from udfs.errors import unblemished
from udfs.hosts.lite.build import build_lite
from workbooks.check_lines import CHECK_HEADS, write_lines
from workbooks.saving import has_macros, save
from workbooks.sheet import FIRST_ROW, STANDARD_COLUMNS, Block, Book, Sheet
from workbooks.tour_fund import printed_beta, write_fund
from workbooks.tour_inputs import (
    ASSETS,
    DAILY_HEADS,
    DATA_HEADS,
    Market,
    daily_levels,
    month_ends,
    write_about,
    write_daily,
    write_data,
    write_inputs,
)
from workbooks.tour_judge import write_judging
from workbooks.tour_models import write_models
from workbooks.tour_parts import Tour, write_audit, write_data_functions, write_estimates
from workbooks.tour_rule import write_rule
from workbooks.tour_sheet import FunctionBook, FunctionSheet
from workbooks.tour_step3 import write_step3
from workbooks.tour_target import write_target

NAME = "functions_tour"

LITE_NAME = "functions_tour_lite"

TITLE = "Tour of the functions"


def build(path: str | os.PathLike[str]) -> str:
    """Write the workbook, whole or not at all; gives the map of its distinct formulas.

    Args:
        path: where to write; with the ending .xlsm it carries the functions for Excel on Windows.

    Raises:
        OutputError: the file cannot be written.
    """
    with unblemished():
        return save(path, TITLE, _write, FunctionBook, has_macros(path))


def build_for_lite(workbook: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """The same workbook for xlwings Lite, from the .xlsx that `build` wrote."""
    build_lite(workbook, path)


def _write(book: Book) -> None:
    prices = sample_prices()
    label = str(prices.attrs["label"])
    notice = f"{label}. {HYPOTHETICAL.rstrip('.')}."

    def plain(name: str, title: str, heads: tuple[str, ...]) -> Sheet:
        return Sheet(book, name, f"{TITLE}: {title}", heads, notice)

    def functions(name: str, title: str, widths: tuple[int, int, int]) -> FunctionSheet:
        return FunctionSheet(book, name, f"{TITLE}: {title}", notice, widths)

    size = len(ASSETS)
    about = plain("About", "every function beside its native twin", ("Topic", "Text"))
    inputs_sheet = plain("Inputs", "inputs", STANDARD_COLUMNS)
    data, daily = plain("Data", "monthly returns", DATA_HEADS), plain("Data_Daily", "daily levels", DAILY_HEADS)
    calc_data = functions("Calc_Data", "data", (size, size, size))
    estimate = functions("Calc_Estimate", "estimates", (size, size, size))
    step3 = functions("Calc_Step3", "weights, frontier, certificate", (size + 2, size, 3))
    target = functions("Calc_Target", "market risk and risk target", (1, 4, 1))
    models = functions("Calc_Models", "models", (10, 8, 5))
    judge = functions("Calc_Judge", "statistics", (size, size, size))
    fund = functions("Calc_Fund", "a fund, and a printed figure", (3, 3, 3))
    audit = functions("Calc_Audit", "status and version", (size, 1, 1))
    checks = plain("Checks", "checks", CHECK_HEADS)
    write_about(about, label)
    levels = daily_levels(prices)
    inputs = write_inputs(book, inputs_sheet, levels)
    tour = Tour(book, inputs, Market(*write_data(data, *month_ends(prices)), write_daily(daily, levels)))
    own = write_rule(inputs_sheet, FIRST_ROW + len(inputs), printed_beta(tour.market))
    returns, drawdowns = write_data_functions(tour, calc_data)
    means, covariance = write_estimates(tour, estimate)
    solved = write_step3(tour, step3, means, covariance, returns)
    write_target(tour, target, own, solved.reach)
    write_models(tour, models, own, (returns, solved.native, solved.weights))
    write_judging(tour, judge, drawdowns)
    write_fund(tour, fund, own)
    write_audit(audit, Block(checks.name, FIRST_ROW, 3, 1, 1))
    failures = write_lines(book, checks, tour.checks)
    calculations = (calc_data, estimate, step3, target, models, judge, fund, audit)
    for sheet in (about, inputs_sheet, data, daily, *calculations, checks):
        sheet.show_failures(failures)
    step3.file.activate()
