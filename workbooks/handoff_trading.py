"""From positions to trades: sheets Calc_Sales, Calc_Buys and Calc_Blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbooks import names
from workbooks.handoff_data import Answer, Given
from workbooks.handoff_inputs import Inputs
from workbooks.handoff_lines import CASH_COLUMN, Beside, Lines, value_of
from workbooks.handoff_round import ranked
from workbooks.handoff_shares import RANKS, Setting, Shares, write_rest, write_setting
from workbooks.handoff_twin import Split, Trading
from workbooks.sheet import Block


class Sales(NamedTuple):
    """Cells of Calc_Sales."""

    setting: Setting
    held: Block
    cash: Block
    """Money before the trades, in column D."""
    gap: Block
    wanted: Block
    small: Block
    kept: Block
    ordered: Block
    block: Block
    parts: Block


class Trades(NamedTuple):
    """Cells of Calc_Blocks."""

    setting: Setting
    ordered: Block
    """Purchases."""
    block: Block
    """Purchases in whole lots."""
    parts: Block
    """Purchases of each account."""
    trades: Block
    """With the money left in the column after the assets, and the value in column D."""
    blocks: Block
    """Two rows: sold, bought."""
    in_band: Block
    too_small: Block
    gaps: Block
    block_gaps: Block


def write_sales(lines: Lines, inputs: Inputs, given: Given, answer: Answer, cells: tuple[Trading, Shares]) -> Sales:
    """Trades wanted, those left alone, and the sales in blocks."""
    twin, shares = cells
    setting = write_setting(lines, inputs, given, answer, shares.setting.weights)
    weights, prices = setting
    places, cents = inputs.places.at(0, 0, "rc"), inputs.money_places.at(0, 0, "rc")
    band, minimum = inputs.band.at(0, 0, "rc"), inputs.minimum.at(0, 0, "rc")
    value = lines.accounts_across(
        ("Target shares", "shares", "Calc_Shares; D: value"), lambda i, j: f"={shares.shares.at(i, j)}",
        answer.shares[:, :-1], "count", Beside(lambda i: f"={shares.values.at(i)}", twin.value, "money"),
    )  # fmt: skip
    worth = value_of(value)
    held = lines.accounts_across(
        ("Held", "shares", "Inputs; D: cash before the trades"), lambda i, j: f"=N({inputs.positions.at(i, j)})",
        twin.held, "number", _cash_before(lines, worth, prices, twin),
    )  # fmt: skip
    gap = lines.accounts_across(
        ("Off target", "weight", "Weight held less target, either way"),
        lambda i, j: (
            f"=ROUND(ABS(IFERROR({held.at(i, j)}*{prices.at(0, j, 'r')}/{worth.at(i, 0, 'c')}"
            f"-{weights.at(0, j, 'r')},0)),{places})"
        ),
        twin.gap, "percent4",
    )  # fmt: skip
    wanted = lines.accounts_across(
        ("Wanted", "shares", "Target less held, whole shares"),
        lambda i, j: f"=TRUNC(ROUND({value.at(i, j)}-{held.at(i, j)},{places}))", twin.wanted, "count",
    )  # fmt: skip
    small = lines.accounts_across(
        ("Below the minimum", "0 or 1", "Worth less than the minimum trade"),
        lambda i, j: f"=N(ROUND(ABS({wanted.at(i, j)})*{prices.at(0, j, 'r')},{cents})<{minimum})",
        twin.small, "count",
    )  # fmt: skip
    left_alone = lines.accounts_across(
        ("Left alone", "0 or 1", "Has a target; within the band or small"),
        lambda i, j: f"=N({weights.at(0, j, 'r')}>0)*MAX(N({gap.at(i, j)}<={band}),{small.at(i, j)})",
        twin.left_alone, "count",
    )  # fmt: skip
    kept = lines.accounts_across(
        ("To be traded", "shares", "Bought above 0, sold below"),
        lambda i, j: f"={wanted.at(i, j)}*(1-{left_alone.at(i, j)})", twin.kept, "count",
    )  # fmt: skip
    sells = lines.accounts_across(
        ("Sales ordered", "shares", ""), lambda i, j: f"=MAX(-{kept.at(i, j)},0)", np.maximum(-twin.kept, 0), "count"
    )
    block, parts = write_split(lines, inputs, twin.sells, sells, "Sold")
    return Sales(setting, held, value_of(held), gap, wanted, small, kept, sells, block, parts)


def write_purchases(lines: Lines, inputs: Inputs, given: Given, answer: Answer, cells: tuple[Trading, Sales]) -> Block:
    """Purchases that can be paid with the cash and with what the sales bring in."""
    twin, sales = cells
    setting = write_setting(lines, inputs, given, answer, sales.setting.weights)
    weights, prices = setting
    ranks = lines.counted(RANKS)
    price_row, places = prices.across(0, "rc"), inputs.places.at(0, 0, "rc")
    sold = lines.accounts_across(
        ("Sold", "shares", "Calc_Sales; D: value"), lambda i, j: f"={sales.parts.at(i, j)}", twin.sells.parts, "count",
        Beside(lambda i: f"=N({inputs.values.at(i)})", twin.value, "money"),
    )  # fmt: skip
    wanted = lines.accounts_across(
        ("To be bought", "shares", "Calc_Sales; D: cash with the sales' money"),
        lambda i, j: f"=MAX({sales.kept.at(i, j)},0)", np.maximum(twin.kept, 0), "count",
        Beside(lambda i: f"={sales.cash.at(i)}+SUMPRODUCT({sold.across(i)},{price_row})",
               twin.available + (1 - answer.rounded.sum()) * twin.value, "money"),
    )  # fmt: skip
    available, factor = _write_factor(lines, inputs, twin, (wanted, value_of(sold), weights, prices))
    exact = lines.accounts_across(
        ("Exact purchases", "shares", "To be bought x share paid"),
        lambda i, j: f"=ROUND({wanted.at(i, j)}*{factor.at(i, 0, 'c')},{places})", twin.funded.exact, "number",
    )  # fmt: skip
    whole = lines.accounts_across(
        ("Whole purchases", "shares", "Cut down"), lambda i, j: f"=INT({exact.at(i, j)})", twin.funded.whole, "count"
    )
    budget = Beside(
        lambda i: f"={available.at(i)}-SUMPRODUCT({whole.across(i)},{price_row})", twin.funded.budget, "money"
    )
    return write_rest(lines, inputs, twin.funded, (exact, whole, wanted, prices, ranks), budget)


def write_trades(
    lines: Lines, inputs: Inputs, given: Given, answer: Answer, cells: tuple[Trading, Sales, Block, str]
) -> Trades:
    """Purchases in blocks, all trades, what they leave, and the engine's; ``cells`` end with when to compare."""
    twin, sales, purchases, same = cells
    setting = write_setting(lines, inputs, given, answer, sales.setting.weights)
    ordered = lines.accounts_across(
        ("Purchases ordered", "shares", "Calc_Buys"), lambda i, j: f"={purchases.at(i, j)}", twin.funded.shares,
        "count",
    )  # fmt: skip
    block, parts = write_split(lines, inputs, twin.buys, ordered, "Bought")
    trades = Block(lines.sheet.name, lines.row, parts.column, parts.height, parts.width)
    price_row = setting.prices.across(0, "rc")
    value = Beside(
        lambda i: (
            f"=SUMPRODUCT({trades.across(i)}+{sales.held.across(i)},{price_row})"
            f"+{trades._replace(column=CASH_COLUMN).at(i)}"
        ),
        twin.value, "money",
    )  # fmt: skip
    lines.accounts_across(
        ("Trades", "shares", "Bought less sold; cash: money left; D: value"),
        lambda i, j: f"={parts.at(i, j)}-{sales.parts.at(i, j)}", twin.trades, "count", value,
    )  # fmt: skip
    left = lines.cash(
        trades, lambda i: f"={sales.cash.at(i)}-SUMPRODUCT({trades.across(i)},{price_row})", twin.cash_after
    )
    gaps = lines.against(left, answer.trades, ("Trades", "shares", "Native less engine"), same, "count")
    rules = _write_rules(lines, inputs, sales, setting.weights, trades)
    blocks = _write_blocks(lines, twin, sales.parts, parts)
    block_gaps = lines.against(blocks, answer.blocks, ("Blocks", "shares", "Native less engine"), same, "count")
    lines.sheet.book.name(names.TRADES, trades)
    lines.sheet.book.name(names.BLOCKS, blocks)
    return Trades(setting, ordered, block, parts, left, blocks, *rules, gaps, block_gaps)


def write_split(lines: Lines, inputs: Inputs, twin: Split, ordered: Block, word: str) -> tuple[Block, Block]:
    """What all accounts order, in whole lots, split over them; gives the block and its parts."""
    lot, places = inputs.lot.at(0, 0, "rc"), inputs.places.at(0, 0, "rc")
    total = lines.across(
        (f"{word}: block", "Ordered", "shares", "By all accounts"), lambda j: f"=SUM({ordered.down(j)})", twin.ordered,
        "count",
    )  # fmt: skip
    block = lines.across(
        (f"{word}: block", "In whole lots", "shares", ""), lambda j: f"=INT({total.at(0, j)}/{lot})*{lot}", twin.block,
        "count",
    )  # fmt: skip
    exact = lines.accounts_across(
        (f"{word}: pro rata", "shares", "Order x block / all orders"),
        lambda i, j: f"=ROUND(IFERROR({ordered.at(i, j)}*{block.at(0, j, 'r')}/{total.at(0, j, 'r')},0),{places})",
        twin.exact, "number",
    )  # fmt: skip
    whole = lines.accounts_across(
        (f"{word}: cut down", "shares", ""), lambda i, j: f"=INT({exact.at(i, j)})", twin.whole, "count"
    )
    remainder = lines.accounts_across(
        (f"{word}: remainder", "shares", ""), lambda i, j: f"=ROUND({exact.at(i, j)}-{whole.at(i, j)},{places})",
        twin.remainder, "number",
    )  # fmt: skip
    room = lines.accounts_across(
        (f"{word}: may take one", "0 or 1", "Ordered more"), lambda i, j: f"=N({whole.at(i, j)}<{ordered.at(i, j)})",
        twin.room, "count",
    )  # fmt: skip
    rank = lines.accounts_across(
        (f"{word}: rank", "count", "Down the accounts; 0: none"),
        lambda i, j: ranked(remainder, room, (i, j), down=True), twin.rank, "count",
    )  # fmt: skip
    missing = lines.across(
        (f"{word}: missing", "Shares to give", "shares", "Block less what was cut down"),
        lambda j: f"={block.at(0, j)}-SUM({whole.down(j)})", twin.block - twin.whole.sum(axis=0), "count",
    )  # fmt: skip
    parts = lines.accounts_across(
        (word, "shares", "Adds up to the block"),
        lambda i, j: f"={whole.at(i, j)}+{room.at(i, j)}*N({rank.at(i, j)}<={missing.at(0, j, 'r')})", twin.parts,
        "count",
    )  # fmt: skip
    return block, parts


def _cash_before(lines: Lines, worth: Block, prices: Block, twin: Trading) -> Beside:
    held = Block(lines.sheet.name, lines.row, prices.column, worth.height, prices.width)
    return Beside(lambda i: f"={worth.at(i)}-SUMPRODUCT({held.across(i)},{prices.across(0, 'rc')})", twin.cash, "money")


def _write_factor(
    lines: Lines, inputs: Inputs, twin: Trading, cells: tuple[Block, Block, Block, Block]
) -> tuple[Block, Block]:
    """Three lines per account in column D: money for purchases, their cost, the share that can be paid.

    Gives the money and the share.
    """
    buys, worth, weights, prices = cells
    cash, cents = value_of(buys), inputs.money_places.at(0, 0, "rc")
    available = lines.accounts_values(
        ("Money for purchases", "money", "Less the share kept in cash"),
        Beside(lambda i: f"={cash.at(i)}-(1-SUM({weights.across(0, 'rc')}))*{worth.at(i)}", twin.available, "money"),
    )
    cost = lines.accounts_values(
        ("Cost of purchases", "money", "At the prices above"),
        Beside(lambda i: f"=SUMPRODUCT({buys.across(i)},{prices.across(0, 'rc')})", twin.cost, "money"),
    )
    factor = lines.accounts_values(
        ("Share paid", "ratio", "1 where the money suffices"),
        Beside(
            lambda i: (
                f"=IF(ROUND({cost.at(i)}-MAX({available.at(i)},0),{cents})<=0,1,MAX({available.at(i)},0)/{cost.at(i)})"
            ),
            twin.factor, "exact",
        ),
    )  # fmt: skip
    return available, factor


def _write_rules(lines: Lines, inputs: Inputs, sales: Sales, weights: Block, trades: Block) -> tuple[Block, Block]:
    """Marks of trades that the band and the minimum do not allow; none, if all is well."""
    band, nothing = inputs.band.at(0, 0, "rc"), np.zeros((trades.height, trades.width))
    in_band = lines.accounts_across(
        ("In the band, but traded", "0 or 1", "Where there is a target"),
        lambda i, j: f"=N({weights.at(0, j, 'r')}>0)*N({sales.gap.at(i, j)}<={band})*N({trades.at(i, j)}<>0)", nothing,
        "count",
    )  # fmt: skip
    too_small = lines.accounts_across(
        ("Too small, but traded", "0 or 1", "Where there is a target"),
        lambda i, j: f"=N({weights.at(0, j, 'r')}>0)*{sales.small.at(i, j)}*N({trades.at(i, j)}<>0)", nothing, "count",
    )  # fmt: skip
    return in_band, too_small


def _write_blocks(lines: Lines, twin: Trading, sold: Block, bought: Block) -> Block:
    """What all accounts sell and buy."""
    first = lines.across(
        ("Blocks", "SELL", "shares", "Sum over the accounts"), lambda j: f"=SUM({sold.down(j)})", twin.sells.block,
        "count",
    )  # fmt: skip
    lines.across(
        ("Blocks", "BUY", "shares", "Sum over the accounts"), lambda j: f"=SUM({bought.down(j)})", twin.buys.block,
        "count",
    )  # fmt: skip
    return first._replace(height=2)
