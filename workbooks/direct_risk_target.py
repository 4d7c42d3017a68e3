"""Direct Risk Targeting end to end, for a model and a date of the user's choice, in native formulas."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import aram_xl as ax
from aram_xl.errors import InputError
from workbooks import drt_functions, names
from workbooks.check_lines import CHECK_HEADS, write_lines
from workbooks.drt_arguments import Chosen
from workbooks.drt_cards import engine_heads, plan_cards, write_cards, write_engine, write_levels
from workbooks.drt_certificate import write_certificate
from workbooks.drt_charts import Charted, write_charts
from workbooks.drt_checks import Checked, direct_checks
from workbooks.drt_covariance import write_covariance
from workbooks.drt_curve import curve_heads, points_heads, write_curve, write_points
from workbooks.drt_data import DirectData, direct_data
from workbooks.drt_date import (
    Sources,
    date_twin,
    optimiser_assets,
    write_steps,
    write_weights,
)
from workbooks.drt_evidence import evidence_plan, write_evidence
from workbooks.drt_evidence_checks import evidence_checks
from workbooks.drt_evidence_data import EvidenceData, evidence_data
from workbooks.drt_functions import write_functions
from workbooks.drt_index import index_heads, plan_drifted, write_exposure, write_index
from workbooks.drt_inputs import plan_inputs, write_about, write_inputs
from workbooks.drt_market import write_market, write_returns
from workbooks.drt_moments import estimates_of
from workbooks.drt_outputs import output_heads, write_outputs, write_results
from workbooks.drt_risk import risk_heads, write_risk
from workbooks.drt_target import plan_dates, write_target
from workbooks.drt_window import window_heads, write_window
from workbooks.saving import has_macros, save
from workbooks.sheet import STANDARD_COLUMNS, Book, Sheet
from workbooks.tour_sheet import FunctionBook, FunctionSheet

if TYPE_CHECKING:
    import pandas as pd

NAME = "direct_risk_target"

TITLE = "Direct Risk Targeting"


def build(
    prices: pd.DataFrame,
    path: str | os.PathLike[str],
    end: datetime.date | str | None = None,
    progress: Callable[[str], None] = lambda step: None,
    models: Sequence[ax.Model] | None = None,
) -> str:
    """Write the workbook, whole or not at all; gives the map of its distinct formulas.

    Args:
        prices: total-return levels, dates x tickers. Models whose tickers are not there are left out, with a line
            on sheet About that says why.
        path: where to write, an .xlsx file; with the ending .xlsm the workbook also shows our functions beside the
            native cells.
        end: last price used.
        progress: called with the name of each step.
        models: the cards that come with the package unless others are given.

    Raises:
        InputError: no model is left that monthly cells can restate, or the file is to be another kind.
        OutputError: the file cannot be written.
    """
    if Path(path).suffix.lower() not in (".xlsx", ".xlsm"):
        raise InputError(f"path: expected a file name that ends in .xlsx or .xlsm, got {Path(path).name!r}")
    data = direct_data(prices, end, progress, models)
    found = evidence_data(prices, end, [item.walk for item in data.models], progress)
    progress("sheets")
    functions = has_macros(path)
    kind = FunctionBook if functions else Book
    return save(path, TITLE, lambda book: write(book, data, found, functions), kind, functions)


def write(book: Book, data: DirectData, found: EvidenceData, functions: bool) -> None:
    """All sheets; with ``functions`` one more of them."""
    sheets = _sheets(book, data, evidence_plan(found), functions)
    inputs, cards = plan_inputs(sheets["Inputs"], data), plan_cards(sheets["Data_Cards"], data)
    dates = plan_dates(sheets["Calc_Target"], data)
    write_about(sheets["About"], data)
    write_inputs(book, sheets["Inputs"], data, inputs, (cards.settings, cards.table, dates.down(0, "rc")))
    levels = write_levels(sheets["Data"], data)
    write_cards(sheets["Data_Cards"], data, cards, inputs.number)
    engine, mixes = write_engine(sheets["Data_Engine"], data), write_points(sheets["Data_Frontier"], data)
    results = write_results(sheets["Data_Results"], data, inputs.number)
    returns = write_returns(sheets, data, inputs, cards, levels)
    market = write_market(sheets["Calc_Market"], data, inputs, cards, returns, levels)
    target = write_target(sheets["Calc_Target"], data, inputs, market, engine)
    end, span = int(data.positions[data.signal]) + 1, data.sizes.window
    estimates = estimates_of(data.shown.model, data.held(data.shown)[end - span : end])
    window = write_window(sheets["Calc_Window"], data, (inputs, cards, returns), estimates)
    covariance = write_covariance(sheets["Calc_Covariance"], data, (inputs, cards, window), estimates)
    twin = date_twin(data, estimates)
    sources = Sources(inputs, cards, engine, target, window, covariance)
    drifted = plan_drifted(sheets["Calc_Index"], data)
    steps = write_steps(sheets["Calc_Date"], data, sources)
    weights = write_weights(sheets, data, sources, steps, twin)
    certificate = write_certificate(sheets["Calc_Date"], data, (sources, steps, weights, drifted), twin)
    curve = write_curve(sheets["Calc_Frontier"], data, (inputs, cards, mixes), steps, (window, covariance, estimates))
    risk = write_risk(sheets["Calc_Risk"], data, (returns, engine, target), (window, covariance), estimates)
    index = write_index(sheets["Calc_Index"], data, (inputs, cards, returns, window), (engine, target, risk), drifted)
    exposure = write_exposure(sheets["Calc_Exposure"], data, (cards, returns), target, risk)
    outputs = write_outputs(book, sheets["Outputs"], data, (inputs, cards, index, risk, target, window), results)
    charted = Charted(index, risk, target, window, covariance, certificate, curve)
    write_charts(book, sheets["Outputs"], outputs.last_row + 1, data, charted)
    evidence = write_evidence(book, sheets, found, inputs.months_per_year)
    book.name(names.WEIGHTS, weights.weights)
    book.name(names.RISK_TARGET, steps.final)
    cells = Checked(
        inputs, levels, cards, engine, returns, market, target, window, covariance, steps, weights, certificate, curve,
        risk, index, exposure, outputs,
    )  # fmt: skip
    checks = [*direct_checks(data, cells, twin), *evidence_checks(found, evidence, inputs.tolerance)]
    own = sheets.get(drt_functions.NAME)
    if isinstance(own, FunctionSheet):
        chosen = Chosen(inputs, cards, returns, market, window, covariance, steps, weights, certificate, twin)
        checks += write_functions(own, data, chosen)
    failures = write_lines(book, sheets["Checks"], checks)
    for sheet in sheets.values():
        sheet.show_failures(failures)
    sheets["Outputs"].file.activate()


def _sheets(
    book: Book, data: DirectData, evidence: Sequence[tuple[str, str, Sequence[str | None]]], functions: bool
) -> dict[str, Sheet]:
    """All sheets in tab order, with titles and heads; ``evidence``: those of its calculation and its tables."""
    calc, shown = evidence
    own = "Own open rule; not the provider's method"
    texts = (data.label, "HYPOTHETICAL, with the fee and costs of the card", own)
    notice = " ".join(f"{text}." for text in texts if text)
    places: tuple[str | None, ...] = (None,) * data.sizes.assets
    models = (*STANDARD_COLUMNS, *data.names)
    rules = [f"row {r + 1}" for r in range(data.sizes.rules)]
    levels = (*STANDARD_COLUMNS[:3], "Tickers", STANDARD_COLUMNS[4], *data.tickers)
    plan: tuple[tuple[str, str, Sequence[str | None]], ...] = (
        ("About", "end to end in plain cells", ("Topic", "Text")),
        ("Inputs", "choice, rules, tolerances", models),
        ("Data", "month-end total-return levels", levels),
        ("Data_Cards", "the model cards as the engine read them", models),
        ("Data_Engine", "what the engine decided, by model and date", engine_heads(data)),
        ("Data_Frontier", "mixes along the frontiers, by model and date", points_heads(data)),
        ("Data_Results", "what the engine found over the sample", models),
        ("Calc_Returns", "simple monthly returns", (*levels[:3], "Market", STANDARD_COLUMNS[4], *data.tickers)),
        ("Calc_Assets", "returns of the chosen model", (*levels[:3], "Benchmark", STANDARD_COLUMNS[4], *places)),
        ("Calc_Market", "step 1 and the environment, month by month", STANDARD_COLUMNS),
        ("Calc_Target", "step 2 at every signal date", (*STANDARD_COLUMNS, *rules)),
        ("Calc_Window", "the window of the chosen date", window_heads(data)),
        ("Calc_Covariance", "the covariance of the chosen date", (*STANDARD_COLUMNS, *places)),
        ("Calc_Date", "steps 1, 2 and 3 at the chosen date", (*STANDARD_COLUMNS, *places)),
        ("Calc_Optimiser", "the optimiser: one row per subset of assets", (*STANDARD_COLUMNS, *optimiser_assets(data))),
        ("Calc_Frontier", "the frontier under the limits", curve_heads(data)),
        ("Calc_Risk", "ex-ante risk at every signal date", risk_heads(data)),
        ("Calc_Index", "holdings, costs and returns by period", index_heads(data)),
        ("Calc_Exposure", "weights by class, sector, duration", STANDARD_COLUMNS),
        calc,
        ("Outputs", "statistics, weights, charts", output_heads(data)),
        shown,
        ("Checks", "checks", CHECK_HEADS),
    )
    sheets: dict[str, Sheet] = {}
    for name, title, heads in plan:
        if functions and name == "Outputs":
            own = f"{TITLE}: functions at the chosen model and date"
            sheets[drt_functions.NAME] = drt_functions.begin(book, data, own, notice)
        if data.plain_assets or name != "Calc_Optimiser":
            sheets[name] = Sheet(book, name, f"{TITLE}: {title}", heads, notice)
    return sheets
