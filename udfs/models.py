"""Models: the cards, their weights for the coming period, their back-tests, and rounded weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from aram_xl._backtest import HYPOTHETICAL, BacktestResult, backtest
from aram_xl._models import Model, load_model, models, parse_card
from aram_xl.errors import InputError
from aram_xl.handoff import round_weights
from aram_xl.returns import FREQUENCIES
from aram_xl.risk_target import rule_table
from udfs.boundary import Cells, Rows, column, day, grid, is_omitted, limit, records, scalar, vector
from udfs.registry import excel_function
from udfs.tables import dated_table, optional_dated_table

_MODEL = "Name of a card that comes along (ARAM_MODELS lists them), or the lines of your own card, one cell each."
_PRICES = "Total-return levels: dates in the first column, a header row of tickers, all assets and the benchmark."
_LAST = "Last date whose prices are used; all when left out."
_OBSERVED = "Dated columns with heads: your own series, for cards that name one."

NO_RULE = "no rule"

HEADS = ("Name", "Title", "Benchmark", "Assets", "Frequency", "Window", "Rebalance", "States and k", "Fee a year",
         "Cost bps", "What it is")  # fmt: skip

PERIOD_HEADS = ("Signal date", "Period end", "Gross", "Net", "Benchmark", "Target", "Risk", "Turnover", "State",
                "Events")  # fmt: skip


@excel_function(
    gives="Header, then one row per card; with a model its rule table, as ARAM_RISK_TARGET takes it.",
    native="none",
    model="Name of a card, or the lines of your own card, one cell each; all cards when left out.",
)
def ARAM_MODELS(model: Cells = None) -> Rows:
    """The model cards that come along, with benchmark, states and costs; or the rule table of one model."""
    if is_omitted(model):
        return [list(HEADS), *(_described(load_model(name)) for name in models())]
    own = card(model)
    if own.rule is None:
        told = f"{own.name}, whose k is {own.multiplier:g} at all times"
        raise InputError(f"model: expected a card with a rule, got {told}")
    return [["" if cell is None else cell for cell in row] for row in rule_table(own.rule)]


@excel_function(
    gives="Table: ticker, weight; the head says on which date the weights were decided.",
    native="The sheets of the template direct_risk_target",
    model=_MODEL,
    prices=_PRICES,
    last_date=_LAST,
    macro=_OBSERVED,
)
def ARAM_MODEL_WEIGHTS(model: Cells, prices: Cells, last_date: Cells = None, macro: Cells = None) -> Rows:
    """What a model holds in the coming period."""
    own = card(model)
    observed = optional_dated_table(macro, "macro")
    current = backtest(dated_table(prices, "prices"), own, None, day(last_date, "last_date"), observed).current
    weights = column(current.to_numpy(), [str(ticker) for ticker in current.index])
    return [["Ticker", f"Weight decided on {str(current.name)[:10]}"], *weights]


@excel_function(
    gives="A row that says hypothetical, with fee, costs and scale; a header; then one row per period.",
    native="Returns by SUMPRODUCT, net = (1-cost)*(1-fee)*(1+gross)-1; the template direct_risk_target",
    model=_MODEL,
    prices=_PRICES,
    first_date="Earliest signal date; that of the card when left out.",
    last_date=_LAST,
    macro=_OBSERVED,
)
def ARAM_BACKTEST(
    model: Cells, prices: Cells, first_date: Cells = None, last_date: Cells = None, macro: Cells = None
) -> Rows:
    """What a model would have earned, period by period: a back-test, always hypothetical."""
    own, table = card(model), dated_table(prices, "prices")
    ends = day(first_date, "first_date"), day(last_date, "last_date")
    return _by_period(backtest(table, own, *ends, optional_dated_table(macro, "macro")))


@excel_function(
    gives="N x 1, in the order given; with names when the weights have them. Adds up to the total exactly.",
    native="step_size*INT(weight/step_size), then one step more for the largest remainders",
    weights="Row or column of weights, decimals that add up to the total; a table of ticker and weight will do.",
    step_size="Decimal: 0.0001 (0.01 %) when left out, 0.000001 at the least.",
    upper="Greatest weight, one number or one per asset; 1 when left out.",
    total="What the weights add up to; 1 when left out, less leaves the rest in cash.",
    lower="Smallest weight, one number or one per asset; 0 when left out.",
)
def ARAM_ROUND_WEIGHTS(
    weights: Cells, step_size: Cells = None, upper: Cells = None, total: Cells = None, lower: Cells = None
) -> Rows:
    """Weights rounded to a step that add up exactly, by the largest remainder, within their bounds."""
    exact, names = vector(weights, "weights")
    bounds = limit(lower, "lower", exact.size, 0.0), limit(upper, "upper", exact.size, 1.0)
    stride, added = _or(step_size, "step_size", 0.0001), _or(total, "total", 1.0)
    return column(round_weights(exact, stride, bounds[1], added, bounds[0]), names)


def card(cells: Cells) -> Model:
    """A card that comes along, by its name, or one whose lines stand in a column of cells.

    No path: a formula in somebody's workbook must not read files of whoever opens it, an answer that is remembered by
    the content of its cells would not see a file change, and in a browser there are none.
    """
    rows = records(cells, "model")
    if len(rows[0]) != 1:
        raise InputError(f"model: expected one cell or one column of cells, got {len(rows[0])} columns")
    lines = ["" if cell is None else cell for (cell,) in rows]
    if not all(isinstance(line, str) for line in lines):
        number, line = next((i, line) for i, line in enumerate(lines, 1) if not isinstance(line, str))
        raise InputError(f"model: expected texts, the lines of a card, got {line!r} in row {number}")
    if len(lines) > 1 or "\n" in lines[0]:
        return parse_card("\n".join(lines), "model")
    name = lines[0].strip().lower()
    if name not in models():
        raise InputError(
            f"model: expected one of {', '.join(models())}, or the lines of your own card in a column of cells, got "
            f"{lines[0]!r}; functions read no files"
        )
    return load_model(name)


def _or(cells: Cells, name: str, default: float) -> float:
    return default if is_omitted(cells) else scalar(cells, name)


def _described(model: Model) -> list[Any]:
    states = f"k {model.multiplier:g} at all times"
    if model.rule is not None:
        states = "; ".join(f"{row.state} {row.k:g}" for row in model.rule.rows)
    return [
        *(model.name, model.title, model.benchmark, ", ".join(model.universe), model.frequency, float(model.window)),
        *(model.rebalance, states, model.fee, model.cost_bps, model.provenance),
    ]


def _by_period(result: BacktestResult) -> Rows:
    """One row per period: decided at its signal date, earned until its end."""
    signals = result.targets.index.to_numpy().astype("datetime64[D]")
    count, own = len(result.returns), result.model
    states = [decision.state for decision in result.decisions] or [NO_RULE] * (count + 1)
    ends = (signals[1:] - np.datetime64("1899-12-30")).astype(np.float64)
    earned = (result.gross_returns, result.returns, result.benchmark_returns)
    decided = (result.targets, result.risks, result.turnover)
    figures = np.column_stack([ends, *(part.to_numpy()[:count] for part in (*earned, *decided))]).astype(object)
    texts = np.array([states[:count], _events(result, signals[:-1])], dtype=object).T
    said = (
        f"{HYPOTHETICAL} {own.title}: fee {100 * own.fee:g} % a year, costs {own.cost_bps:g} bp of each amount traded; "
        f"target and risk: volatility of {FREQUENCIES[own.frequency]} returns, not annualised."
    )
    return [
        [said, *[""] * (len(PERIOD_HEADS) - 1)],
        *grid(np.hstack([figures, texts]), signals[:-1], PERIOD_HEADS[1:], PERIOD_HEADS[0]),
    ]


def _events(result: BacktestResult, signals: Any) -> list[str]:
    """What happened at each signal; with its date in the first or last row what came before or after, skips counted."""
    told: list[list[str]] = [[] for _ in signals]
    when = result.events["date"].to_numpy().astype("datetime64[D]")
    rows = np.clip(np.searchsorted(signals, when, side="right") - 1, 0, len(signals) - 1)
    skipped = int((result.events["kind"] == "skipped").sum())
    if skipped:
        told[0].append(f"{skipped} signals skipped before")
    for row, date, kind, detail in zip(rows, when, result.events["kind"], result.events["detail"], strict=True):
        if kind != "skipped":
            text = str(kind) if kind == "not binding" else f"{kind}: {detail}"
            told[row].append(text if date == signals[row] else f"{date} {text}")
    return ["; ".join(texts) for texts in told]
