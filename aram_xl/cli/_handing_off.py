"""The work behind ``aram-xl handoff``: which files, what stands in them, and the summary of both."""

from __future__ import annotations

import warnings
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aram_xl.cli import _screen
from aram_xl.cli._inputs import refuse_source
from aram_xl.cli._judging import label_of
from aram_xl.cli.weights import events_at_signal, weights_for_json
from aram_xl.errors import DataWarning, InputError

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl._backtest import BacktestResult
    from aram_xl._handoff_orders import Account, Order, TradePlan, TradeRules


class Taker(StrEnum):
    """Who takes the file."""

    irebal = "irebal"
    ibkr = "ibkr"
    ibkr_rebalance = "ibkr-rebalance"
    indexone = "indexone"


class Trading(NamedTuple):
    """What orders are made from."""

    positions: Path | None
    accounts: Path | None
    value: float | None
    quotes: Path | None
    rules: TradeRules


class Job(NamedTuple):
    """What was asked for."""

    to: Taker
    output: Path
    step: float
    cash: float
    trading: Trading
    mapping: Path | None
    history: Path | None


class Answer(NamedTuple):
    """What is handed off."""

    result: BacktestResult
    label: str
    job: Job
    targets: dict[str, float]
    """Rounded, by ticker; positions to be sold entirely at 0."""
    plan: TradePlan | None
    """None where the file holds weights and no orders."""
    quoted: str
    """Where the prices a share come from."""
    remarks: list[str]

    def for_json(self, files: list[Path]) -> dict[str, Any]:
        """Weights in decimals, orders in whole shares, amounts in the money of the prices."""
        card = self.result.model
        content = {
            "model": card.name,
            "provenance": card.provenance,
            "label": self.label,
            "to": self.job.to.value,
            **weights_for_json(self.result),
            "step": self.job.step,
            "cash": self.job.cash,
            "rounded": self.targets,
            "remarks": self.remarks,
            "files": [str(file) for file in files],
        }
        if self.plan is None:
            return content
        blocks = [_order_for_json(block) for block in self.plan.blocks()]
        return {**content, "quoted": self.quoted, "blocks": blocks, "accounts": _accounts_for_json(self.plan)}


PERCENT_SIGN_FROM = Decimal("0.05")
"""From here on a number without a percent sign may be a percentage taken for a decimal."""

COARSEST_STEP = 0.01
"""Coarser weights are no model portfolio any more."""


def share(text: str, name: str) -> float:
    """A share written as 0.01% or as the decimal 0.0001."""
    digits = text.strip().removesuffix("%")
    try:
        value = Decimal(digits.strip()) / (100 if "%" in text else 1)
    except InvalidOperation as error:
        raise InputError(f"{name}: expected a share such as 0.01% or 0.0001, got {text!r}") from error
    if not value.is_finite() or not 0 <= value <= 1:
        raise InputError(f"{name}: expected a share from 0% to 100%, got {text!r}; 1% is 0.01")
    if "%" not in text and value >= PERCENT_SIGN_FROM:
        raise InputError(
            f"{name}: expected a percent sign with a share as large as {value:%}, got {text!r}; write {value:%} or "
            f"{digits}% for what you mean"
        )
    return float(value)


def files_of(job: Job, *sources: Path | None) -> list[Path]:
    """The files to write, in their order; no file that is read is among them, and none twice.

    Raises:
        InputError: an option that the taker has no use for, or one that is missing.
        OutputError: one of the files is a file to read.
    """
    _refuse_unused(job)
    if job.step > COARSEST_STEP:
        raise InputError(f"step: expected at most {COARSEST_STEP:.0%}, got {job.step:.4g} as a decimal; 0.01% is usual")
    trading = job.trading
    files = [job.output]
    if trading.accounts:
        files.append(job.output.with_name(f"{job.output.stem}_allocation{job.output.suffix}"))
    if job.history:
        files.append(job.history)
    for i, file in enumerate(files):
        for source in (*sources, trading.positions, trading.accounts, trading.quotes, job.mapping):
            refuse_source(file, source)
            if source and file.absolute() == source.absolute():
                raise InputError(f"output: expected another name than {file}, which is a file to read")
        if file.absolute() in [other.absolute() for other in files[:i]]:
            raise InputError(f"history: expected another name than {file}, which is written already")
    return files


def _refuse_unused(job: Job) -> None:
    trading, rules = job.trading, job.trading.rules
    asked = {
        "--accounts": trading.accounts,
        "--value": trading.value is not None,
        "--quotes": trading.quotes,
        "--min-trade": rules.minimum,
        "--band": rules.band,
        "--lot": rules.lot != 1,
    }
    used = [name for name, given in asked.items() if given]
    if job.to is not Taker.ibkr and used:
        raise InputError(f"{used[0]}: expected only with --to ibkr, which makes orders; got --to {job.to.value}")
    if job.to in (Taker.irebal, Taker.indexone) and (trading.positions or rules.sell_others):
        raise InputError(f"--positions: expected only with --to ibkr and ibkr-rebalance, got --to {job.to.value}")
    if job.to is not Taker.indexone and job.history:
        raise InputError(f"--history: expected only with --to indexone, got --to {job.to.value}")
    if job.to is Taker.indexone and (job.cash or job.mapping):
        raise InputError("--to indexone: expected neither --cash nor --mapping; an index is fully invested")
    if job.to is Taker.ibkr and (trading.value is None) == (trading.accounts is None):
        raise InputError("--to ibkr: expected either --value for one account or --accounts for several")


def answer_of(job: Job, result: BacktestResult, prices: pd.DataFrame, end: str | None) -> Answer:
    """Rounded weights and, for a basket, the orders that lead to them."""
    from aram_xl._handoff_inputs import read_positions
    from aram_xl._handoff_orders import foreign_symbols, plan_trades
    from aram_xl.handoff import model_targets

    trading = job.trading
    current = {str(ticker): float(weight) for ticker, weight in result.current.items()}
    targets = model_targets(result.model, current, job.step, job.cash)
    positions = read_positions(trading.positions) if trading.positions else {}
    others = dict.fromkeys(foreign_symbols(positions, targets, trading.rules.sell_others), 0.0)
    events = events_at_signal(result)
    remarks = [f"{kind}: {detail}" for kind, detail in zip(events["kind"], events["detail"], strict=True)]
    remarks += _groups_missed(result, targets)
    plan, quoted = None, ""
    if job.to is Taker.ibkr:
        quotes, quoted = _quotes(trading.quotes, prices, end)
        caps = dict(zip(result.model.universe, result.model.bounds()[1].tolist(), strict=True))
        plan = plan_trades(_accounts(trading, positions, quotes), targets, quotes, trading.rules, caps)
        remarks.extend(plan.remarks)
    return Answer(result, label_of(result, prices), job, {**targets, **others}, plan, quoted, remarks)


def _groups_missed(result: BacktestResult, targets: dict[str, float]) -> list[str]:
    """Rounding honours the bounds of single assets; a group may miss its limit by some steps, and this says so."""
    missed = []
    for group in result.model.groups:
        total = round(sum(targets.get(str(member), 0.0) for member in group.members), 9)
        if not group.least <= total <= group.greatest:
            missed.append(
                f"group {group.name}: {total:.4%} after rounding, limits {group.least:.4%} to {group.greatest:.4%}"
            )
    return missed


def _quotes(file: Path | None, prices: pd.DataFrame, end: str | None) -> tuple[dict[str, float], str]:
    """Prices a share, and where they come from."""
    import pandas as pd

    from aram_xl._handoff_inputs import read_quotes

    if file is not None:
        return read_quotes(file), file.name
    cut = prices.loc[:end]
    row, day = cut.iloc[-1], pd.DatetimeIndex(cut.index)[-1].date().isoformat()
    warnings.warn(
        f"prices a share are the levels of {day} in PRICES; adjusted levels are prices only on the last day of a fresh "
        "download, so check them or give --quotes",
        DataWarning,
        stacklevel=2,
    )
    return {str(symbol): float(price) for symbol, price in row.dropna().items()}, f"levels of {day} in PRICES"


def _accounts(trading: Trading, positions: dict[str, dict[str, float]], quotes: dict[str, float]) -> list[Account]:
    from aram_xl._handoff_inputs import ONLY_ACCOUNT, read_accounts
    from aram_xl._handoff_orders import Account

    if trading.accounts:
        return read_accounts(trading.accounts, positions, quotes)
    if len(positions) > 1:
        raise InputError(
            f"positions: expected one account with --value, got {', '.join(positions)}; give their values by --accounts"
        )
    name = next(iter(positions), ONLY_ACCOUNT)
    return [Account(name, float(trading.value or 0.0), positions.get(name, {}))]


def write_files(job: Job, files: list[Path], result: BacktestResult, answer: Answer) -> None:
    """Write every file, each read back before it is kept."""
    from aram_xl import handoff
    from aram_xl._handoff_mapping import FileMapping, read_mapping

    mapping = read_mapping(job.mapping) if job.mapping else FileMapping()
    targets = answer.targets
    if answer.plan is not None:
        handoff.write_basket(files[0], answer.plan.blocks(), mapping.ibkr)
        if job.trading.accounts:
            handoff.write_allocation(files[1], answer.plan)
    elif job.to is Taker.irebal:
        handoff.write_security_model(files[0], targets, name=result.model.name, cash=job.cash, layout=mapping.irebal)
    elif job.to is Taker.ibkr_rebalance:
        handoff.write_percent_rebalance(files[0], targets, cash=job.cash, fields=mapping.ibkr)
    else:
        handoff.write_index_one(files[0], targets)
    if job.history:
        handoff.write_index_one_history(job.history, _history(result, job.step))


def _history(result: BacktestResult, step: float) -> dict[Any, dict[str, float]]:
    """Rounded weights of every signal date, the last one included."""
    import pandas as pd

    from aram_xl.handoff import model_targets

    days = pd.DatetimeIndex(result.targets.index).date
    rows = [*(row for _, row in result.weights.iterrows()), result.current]
    return {
        day: model_targets(result.model, {str(ticker): float(weight) for ticker, weight in row.items()}, step)
        for day, row in zip(days, rows, strict=True)
    }


def _order_for_json(order: Order) -> dict[str, Any]:
    return {"action": order.action, "symbol": order.symbol, "quantity": order.quantity}


def _accounts_for_json(plan: TradePlan) -> list[dict[str, Any]]:
    orders = plan.orders()
    return [
        {
            "account": name,
            "value": float(value),
            "orders": [_order_for_json(order) for order in orders if order.account == name],
            "cash_left": float(cash),
        }
        for name, value, cash in zip(plan.accounts, plan.values, plan.cash, strict=True)
    ]


def say_answer(answer: Answer, files: list[Path]) -> None:
    """The same for a person."""
    result, plan = answer.result, answer.plan
    _screen.tell(result.model.provenance)
    _screen.tell(answer.label)
    _screen.say()
    _screen.say(f"Weights for the coming period, decided on {weights_for_json(result)['signal_date']}:")
    places = -int(Decimal(repr(answer.job.step)).normalize().as_tuple().exponent) - 2
    rounded = {**answer.targets, **({"cash": answer.job.cash} if answer.job.cash else {})}
    rows = [
        (symbol, _screen.percent(result.current.get(symbol, 0.0)), f"{100 * weight:.{max(places, 0)}f} %")
        for symbol, weight in rounded.items()
    ]
    _screen.say_table(["", "Weight", "Rounded"], rows)
    if plan is not None:
        _say_plan(plan, answer.quoted)
    for remark in answer.remarks:
        _screen.tell(f"  {remark}", indent=4)
    for file in files:
        _screen.say(f"Written and read back: {file}")


def _say_plan(plan: TradePlan, quoted: str) -> None:
    prices = dict(zip(plan.symbols, plan.prices, strict=True))
    _screen.say()
    _screen.say(f"Orders, at {quoted}:")
    _screen.say_table(
        ["", "", "Shares", "Price", "Amount"],
        [
            (
                block.action,
                block.symbol,
                str(block.quantity),
                f"{prices[block.symbol]:.2f}",
                f"{block.quantity * prices[block.symbol]:.2f}",
            )
            for block in plan.blocks()
        ],
        left=2,
    )
    _screen.say()
    _screen.say_table(
        ["Account", "Value", "Orders", "Cash left"],
        [
            (name, f"{value:.2f}", str(sum(order.account == name for order in plan.orders())), f"{cash:.2f}")
            for name, value, cash in zip(plan.accounts, plan.values, plan.cash, strict=True)
        ],
    )
