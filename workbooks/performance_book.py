"""The performance tables of any return series in a workbook of native formulas."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbooks import performance_basis, performance_charts, performance_levels, performance_months, performance_years
from workbooks import performance_stats as stats_sheet
from workbooks.check_lines import CHECK_HEADS, write_lines
from workbooks.performance_basis import Grid, plan_basis, write_basis
from workbooks.performance_charts import write_charts, write_points
from workbooks.performance_checks import performance_checks, write_routes
from workbooks.performance_data import PerformanceData, Roles, performance_data
from workbooks.performance_inputs import write_about, write_data, write_inputs
from workbooks.performance_levels import write_levels
from workbooks.performance_lines import write_lines as write_statistics
from workbooks.performance_months import RETURNS, plan_months, write_excess, write_months, write_rolling
from workbooks.performance_outputs import HEADS, HYPOTHETICAL, sentence, write_tables
from workbooks.performance_stats import Sources, write_stats
from workbooks.performance_years import write_years
from workbooks.saving import save
from workbooks.sheet import STANDARD_COLUMNS, Book, Sheet

if TYPE_CHECKING:
    import pandas as pd

NAME = "performance"

TITLE = "Performance"

WITH_NEWER_FUNCTIONS = (stats_sheet.NAME,)
"""Sheets with STDEV.S, which files must prefix; Calc_R looks to its own."""

PAGES = (2, 5, 6, 8, 9, 11)
"""Tables after which a printed page ends."""

MARK = "HYPOTHETICAL: not the record of an account."


def build(
    returns: pd.DataFrame,
    path: str | os.PathLike[str],
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
    roles: Roles | None = None,
    target: Any = None,
) -> str:
    """Write the workbook, whole or not at all; gives the map of its distinct formulas.

    Args:
        returns: simple monthly returns, decimals, month ends x series; empty before a late starter begins.
            ``attrs["label"]`` is shown on every sheet.
        path: where to write.
        end: last month used.
        progress: called with the name of each step.
        roles: which series are benchmark, T-bills and the parts of 60/40; what is not named is not supplied.
        target: (n_months,) risk target per month for the chart of rolling risk.

    Raises:
        InputError: the returns or roles do not fit; see `workbooks.performance_data`.
        OutputError: the file cannot be written.
    """
    progress("statistics")
    data = performance_data(returns, roles or Roles(), end, target)
    progress("sheets")
    return save(path, TITLE, lambda book: _write(book, data))


def build_by_roles(
    returns: pd.DataFrame,
    path: str | os.PathLike[str],
    roles: Mapping[str, str | None],
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> str:
    """The same with columns named by their roles, as the command line gives them."""
    named = Roles(roles["benchmark"], roles["t_bills"], roles["equity"], roles["aggregate"])
    return build(returns, path, end, progress, named)


def _write(book: Book, data: PerformanceData) -> None:
    sheets = _sheets(book, data)
    basis = plan_basis(Grid(data.months, data.slots))
    write_about(sheets["About"], data)
    inputs = write_inputs(book, sheets["Inputs"], data)
    pasted = write_data(book, sheets["Data"], data)
    months = write_months(sheets[RETURNS], data, basis, inputs, pasted)
    excess = write_excess(sheets[performance_months.EXCESS], data, inputs, months)
    rolling = {
        (convention, *key): rolled
        for convention, panel in (("newsletter", months.returns), ("standard", excess))
        for key, rolled in write_rolling(sheets[panel.sheet], data, basis, panel, convention).items()
    }
    levels = write_levels(sheets[performance_levels.NAME], data, inputs, months)
    sources = Sources(inputs, pasted, basis, months, excess, levels, rolling)
    stats = write_stats(sheets[stats_sheet.NAME], data, sources)
    write_statistics(stats)
    write_routes(stats)
    years = write_years(sheets[performance_years.NAME], data, basis, (levels, months),
                        (stats.native("first"), stats.values["first"]))  # fmt: skip
    _write_basis(sheets[performance_basis.NAME], data, stats)
    points = write_points(sheets[performance_charts.NAME], data, stats, pasted)
    outputs = write_tables(book, sheets["Outputs"], data, stats, years)
    words = f'="{HYPOTHETICAL}"&{basis.at("any")}', HYPOTHETICAL + sentence(data, "any")[0]
    write_charts(book, sheets["Outputs"], outputs.row, points, words)
    sheets["Outputs"].file.set_h_pagebreaks([*(outputs.ends[k] for k in PAGES), outputs.row])
    failures = write_lines(book, sheets["Checks"], performance_checks(data, stats, years))
    for sheet in sheets.values():
        sheet.show_failures(failures)
    sheets["Outputs"].file.activate()


def _write_basis(sheet: Sheet, data: PerformanceData, stats: stats_sheet.Stats) -> None:
    sources = stats.sources
    months = plan_months(Grid(data.months, data.slots))
    own = stats.native("own")._replace(width=data.slots)
    prints = (stats.native("print"), stats.engine("print"))
    write_basis(
        sheet, data, sources.basis,
        performance_basis.Sources(
            sources.inputs, sources.pasted, months.dates, months.positions, months.in_sample, sources.pasted.names,
            performance_years.base(data), own, stats.native("n"), months.off_dates, prints,
        ),
    )  # fmt: skip


def _sheets(book: Book, data: PerformanceData) -> dict[str, Sheet]:
    """All sheets in tab order, with their titles and heads."""
    notice = " ".join(f"{text.rstrip('.')}." for text in (data.label, MARK) if text)
    series = [f"Series {i + 1}" for i in range(data.slots)]
    standard, columns = STANDARD_COLUMNS[:3], STANDARD_COLUMNS
    month = (*standard, "Benchmark", "T-bills")
    plan: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("About", "the tables of any return series in plain cells", ("Topic", "Text")),
        ("Inputs", "inputs", columns),
        ("Data", "month ends, names and monthly returns", (*standard, "Risk target", "Note", *series)),
        (RETURNS, "returns of the sample and rolling statistics, newsletter",
         (*month, *performance_months.heads(data, "newsletter"))),
        (performance_months.EXCESS, "returns in excess of T-bills and rolling statistics, standard",
         (*standard, "Benchmark", "Note", *performance_months.heads(data, "standard"))),
        (performance_levels.NAME, "growth of 1 and drawdowns",
         (*standard, "Benchmark", "Note", *performance_levels.heads(data))),
        (stats_sheet.NAME, "every statistic: native, engine, difference", (*columns, *stats_sheet.heads(data))),
        (performance_years.NAME, "calendar years", (*columns, *performance_years.heads(data))),
        (performance_basis.NAME, "sample, roles, words", (*columns, "engine", "equal")),
        (performance_charts.NAME, "points of the charts", (*columns, *performance_charts.heads(data))),
        ("Outputs", "tables and charts", HEADS),
        ("Checks", "checks", CHECK_HEADS),
    )  # fmt: skip
    sheets = {name: Sheet(book, name, f"{TITLE}: {title}", heads, notice) for name, title, heads in plan}
    for name, sheet in sheets.items():
        # Looking for names to prefix takes most of the time of a formula, and these sheets have none.
        sheet.file.use_future_functions = name in WITH_NEWER_FUNCTIONS
    return sheets
