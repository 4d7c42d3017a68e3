"""The replicable active index in a workbook of native formulas."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import aram_xl as ax
from workbooks import function_sheet
from workbooks.check_lines import CHECK_HEADS, write_lines
from workbooks.checks_sheet import CheckedCells, index_checks
from workbooks.chosen_date import twin_of, write_chosen_date
from workbooks.every_date import plan_proof, proof_heads, write_index, write_proof
from workbooks.frontier_sheet import write_frontier
from workbooks.function_sheet import write_functions
from workbooks.index_data import IndexData, index_data
from workbooks.inputs_sheets import write_about, write_data, write_inputs, write_returns
from workbooks.outputs_sheet import OUTPUT_HEADS, write_outputs
from workbooks.saving import has_macros, save
from workbooks.sheet import STANDARD_COLUMNS, Book, Sheet

if TYPE_CHECKING:
    import pandas as pd

NAME = "active_index"


def build(
    prices: pd.DataFrame,
    path: str | os.PathLike[str],
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
    model: ax.Model | None = None,
) -> str:
    """Write the workbook, whole or not at all; gives the map of its distinct formulas.

    Args:
        prices: total-return levels, dates x tickers; must hold the universe and the benchmark of the model.
        path: where to write; with the ending .xlsm the workbook also shows our functions at the chosen date.
        end: last price used.
        progress: called with the name of each step.
        model: the preset ``active-index-ig`` unless another is given.

    Raises:
        InputError: the prices or the model do not fit; see `aram_xl.backtest` and `workbooks.index_data`.
        OutputError: the file cannot be written.
    """
    data = index_data(prices, model or ax.load_model("active-index-ig"), end, progress)
    progress("sheets")
    functions = has_macros(path)
    return save(path, data.model.title, lambda book: _write(book, data, functions), functions=functions)


def _write(book: Book, data: IndexData, functions: bool) -> None:
    sheets = _sheets(book, data, functions)
    proof = plan_proof(sheets["Calc_Proof"], data)
    write_about(sheets["About"], data)
    inputs = write_inputs(book, sheets["Inputs"], data, proof.dates.down(0, "rc"))
    market = write_returns(sheets["Calc_Returns"], data, write_data(sheets["Data"], data))
    write_proof(sheets["Calc_Proof"], data, inputs, market, proof)
    twin = twin_of(data)
    chosen = write_chosen_date(book, sheets, data, twin, (inputs, market, proof.weights))
    frontier = write_frontier(
        sheets["Calc_Frontier"], data.tickers, chosen.optimiser, twin.table,
        (chosen.moments.means, chosen.moments.target, inputs), twin.moments,
    )  # fmt: skip
    index = write_index(sheets["Calc_Index"], data, inputs, market, proof)
    outputs = write_outputs(book, sheets["Outputs"], data, (inputs, index, proof, chosen, frontier))
    cells = CheckedCells(inputs, market, chosen, frontier, proof, index, outputs)
    checks = index_checks(data, cells)
    if functions:
        checks += write_functions(sheets[function_sheet.NAME], data.tickers, chosen, frontier, inputs)
    failures = write_lines(book, sheets["Checks"], checks)
    for sheet in sheets.values():
        sheet.show_failures(failures)
    sheets["Outputs"].file.activate()


def _sheets(book: Book, data: IndexData, functions: bool) -> dict[str, Sheet]:
    """All sheets in tab order, with their titles and heads."""
    notice = " ".join(f"{text.rstrip('.')}." for text in (data.label, "HYPOTHETICAL", data.model.provenance) if text)
    name = data.model.benchmark
    assets = (*STANDARD_COLUMNS, *data.tickers)
    market = (*STANDARD_COLUMNS[:3], name, STANDARD_COLUMNS[4], *data.tickers)
    index = (
        "engine", "difference", "index level", f"{name} return", f"{name} level", "drawdown", f"{name} drawdown",
        "active return", "rolling beta",
    )  # fmt: skip
    outputs = (*STANDARD_COLUMNS[:3], "Index", STANDARD_COLUMNS[4], *OUTPUT_HEADS)
    plan = (
        ("About", "the active index in plain cells", ("Topic", "Text")),
        ("Inputs", "inputs", STANDARD_COLUMNS),
        ("Data", "month-end total-return levels", market),
        ("Calc_Returns", "simple monthly returns", (*market, "unbroken")),
        ("Calc_Window", "returns in the window of the chosen date", (*STANDARD_COLUMNS, *data.tickers, "Mix")),
        ("Calc_Date", "the decision at the chosen date", assets),
        ("Calc_Optimiser", "the optimiser: one row per subset of assets", assets),
        ("Calc_Frontier", "the efficient frontier of the chosen date", STANDARD_COLUMNS),
        ("Calc_Proof", "every signal date proved", (*STANDARD_COLUMNS[:3], "Target", "Window", *proof_heads(data))),
        ("Calc_Index", "the index month by month", (*STANDARD_COLUMNS[:3], "Return", "Note", *index)),
        ("Outputs", "weights, statistics, charts", outputs),
        ("Checks", "checks", CHECK_HEADS),
    )
    sheets = {}
    for name, title, heads in plan:
        sheets[name] = Sheet(book, name, f"{data.model.title}: {title}", heads, notice)
        if functions and name == "Calc_Frontier":
            sheets[function_sheet.NAME] = function_sheet.begin(book, data, notice)
    return sheets
