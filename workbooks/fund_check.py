"""Is this manager active? One fund's monthly returns judged in a workbook of native formulas."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aram_xl.activeness import ActivenessSettings
from workbooks.check_lines import CHECK_HEADS, write_lines
from workbooks.fund_check_charts import HEADS as CHART_HEADS
from workbooks.fund_check_charts import write_chart_table, write_charts
from workbooks.fund_check_checks import CheckedCells, fund_checks
from workbooks.fund_check_data import Columns, FundData, columns_of, fund_data, months_of
from workbooks.fund_check_inputs import data_heads, write_about, write_data, write_engine, write_inputs
from workbooks.fund_check_line import write_line
from workbooks.fund_check_mix import write_mix, write_subsets
from workbooks.fund_check_months import write_sample
from workbooks.fund_check_outputs import HEADS as OUTPUT_HEADS
from workbooks.fund_check_outputs import write_outputs
from workbooks.fund_check_plan import SAMPLE_HEADS, WINDOWS, Plan
from workbooks.fund_check_verdict import write_verdict
from workbooks.fund_check_years import write_years
from workbooks.saving import save
from workbooks.sheet import STANDARD_COLUMNS, Book, Sheet

if TYPE_CHECKING:
    import pandas as pd

NAME = "fund_check"

TITLE = "Is this manager active?"


def build(
    returns: pd.DataFrame,
    columns: Columns,
    path: str | os.PathLike[str],
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
    settings: ActivenessSettings = ActivenessSettings(),  # noqa: B008 - frozen
) -> str:
    """Write the workbook, whole or not at all; gives the map of its distinct formulas.

    Args:
        returns: simple monthly returns, decimals, dates x series; NaN where a series has none.
        columns: which of them is what.
        path: where to write.
        end: last month used.
        progress: called with the name of each step.
        settings: thresholds that the workbook begins with, and the engine's.

    Raises:
        InputError, TooShortError: the returns do not fit; see `aram_xl.activeness.judge_activeness`.
        OutputError: the file cannot be written.
    """
    data = fund_data(returns, columns, settings, end, progress)
    progress("sheets")
    return save(path, TITLE, lambda book: _write(book, data))


def build_by_roles(
    returns: pd.DataFrame,
    path: str | os.PathLike[str],
    roles: Mapping[str, Any],
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> str:
    """The same with columns named by their roles, as the command line gives them; see `columns_of`."""
    columns = columns_of([str(name) for name in returns.columns], **roles)
    return build(returns, columns, path, end, progress)


def _write(book: Book, data: FundData) -> None:
    plan = Plan(data.rows, len(data.columns.passive))
    months = months_of(data, WINDOWS)
    sheets = _sheets(book, data)
    write_about(sheets["About"])
    inputs = write_inputs(book, sheets["Inputs"], data)
    write_data(book, sheets["Data"], data, plan)
    write_sample(sheets["Calc_Sample"], data, months, plan, inputs)
    write_line(sheets["Calc_Line"], data, months, plan, inputs)
    betas = write_years(sheets["Calc_Years"], data, months, plan)
    missed, least = write_subsets(sheets["Calc_Subsets"], months, plan, inputs)
    flags = write_mix(book, sheets["Calc_Mix"], data, months, plan, inputs)
    names, conditions, rule = write_verdict(sheets["Calc_Verdict"], data, plan, inputs)
    write_engine(sheets["Calc_Engine"], data, plan, inputs)
    points = write_chart_table(sheets["Calc_Charts"], data, months, plan, inputs)
    outputs = write_outputs(book, sheets["Outputs"], data, plan, (inputs, names, conditions))
    write_charts(book, sheets["Outputs"], plan, points, (outputs.bottom + 1, outputs.weights))
    cells = CheckedCells(inputs, outputs, flags, missed, least, betas, rule)
    failures = write_lines(book, sheets["Checks"], fund_checks(data, months, plan, cells))
    for sheet in sheets.values():
        sheet.show_failures(failures)
    sheets["Outputs"].file.activate()


def _sheets(book: Book, data: FundData) -> dict[str, Sheet]:
    """All sheets in tab order, with their titles and heads."""
    notice = data.label or "Returns supplied by the user; nothing is filled."
    standard, passive = STANDARD_COLUMNS, len(data.columns.passive)
    each = tuple(f"Passive {j + 1}" for j in range(passive))
    first, *others = SAMPLE_HEADS.values()
    sample = (*standard[:3], first, "Note", *others, *(f"less no. {j + 1}" for j in range(passive)))
    compared = (*standard, *OUTPUT_HEADS)
    plan = (
        ("About", "a fund check in plain cells", ("Topic", "Text")),
        ("Inputs", "thresholds and settings", standard),
        ("Data", "monthly returns, to be pasted over", (*standard[:3], *data_heads(passive))),
        ("Calc_Sample", "months", sample),
        ("Calc_Line", "regression on the benchmark, hurdles", standard),
        ("Calc_Years", "is beta the same in every year?", standard),
        ("Calc_Subsets", "the passive mix: one row per subset of series", (*standard, *each)),
        ("Calc_Mix", "the passive mix proved", (*standard, *each)),
        ("Calc_Verdict", "the rule: the first line that fits decides", standard),
        ("Calc_Engine", "were the engine's values made from these cells?", compared),
        ("Calc_Charts", "points of the charts", CHART_HEADS),
        ("Outputs", "verdict, figures, charts", compared),
        ("Checks", "checks", CHECK_HEADS),
    )
    return {name: Sheet(book, name, f"{TITLE} {title}", heads, notice) for name, title, heads in plan}
