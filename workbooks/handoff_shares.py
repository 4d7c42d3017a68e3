"""Whole shares for the money there is, by account: sheet Calc_Shares, and the same steps for purchases."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from workbooks.handoff_data import Answer, Given
from workbooks.handoff_inputs import Inputs
from workbooks.handoff_lines import Across, Beside, Lines, value_of
from workbooks.handoff_round import ranked
from workbooks.handoff_twin import Purchase
from workbooks.sheet import Block

RANKS = ("Setting", "Rank", "count", "Of the lines 'by rank' below")


class Setting(NamedTuple):
    """Lines that a sheet begins with."""

    weights: Block
    prices: Block


class Shares(NamedTuple):
    """Cells of Calc_Shares."""

    setting: Setting
    values: Block
    """Money, in column D."""
    caps: Block
    most: Block
    exact: Block
    whole: Block
    shares: Block
    """With the money left in the column after the assets."""
    gaps: Block


def write_setting(lines: Lines, inputs: Inputs, given: Given, answer: Answer, rounded: Block) -> Setting:
    """Rounded weight and price of each asset, at the top of a sheet."""
    weights = lines.across(
        ("Setting", "Rounded weight", "weight", "From Calc_Round"), lambda j: f"={rounded.at(0, j)}", answer.rounded,
        "percent4", Beside(lambda i: f"=SUM({rounded.across(0)})", [answer.rounded.sum()], "percent4"),
    )  # fmt: skip
    prices = lines.across(
        ("Setting", "Price a share", "money", "Inputs"), lambda j: f"=N({inputs.prices.at(0, j)})",
        np.nan_to_num(given.prices), "money",
    )  # fmt: skip
    return Setting(weights, prices)


def write_shares(
    lines: Lines, inputs: Inputs, given: Given, answer: Answer, cells: tuple[Purchase, Block, str]
) -> Shares:
    """Target shares of every account; ``cells``: their steps, the rounded weights, and whether the engine agrees."""
    twin, rounded, same = cells
    setting = write_setting(lines, inputs, given, answer, rounded)
    places = inputs.places.at(0, 0, "rc")
    caps = lines.across(
        ("Setting", "Cap", "weight", "Inputs; empty: 100 %"),
        lambda j: f'=IF({inputs.caps.at(0, j)}="",1,{inputs.caps.at(0, j)})',
        np.where(np.isnan(given.caps), 1.0, given.caps), "percent4",
    )  # fmt: skip
    ranks = lines.counted(RANKS)
    values = Beside(lambda i: f"=N({inputs.values.at(i)})", np.nan_to_num(given.values), "money")
    money = Block(lines.sheet.name, lines.row, 3, len(given.accounts), 1)

    def per_share(weight: Block) -> Across:
        w, p = weight, setting.prices
        return lambda i, j: (
            f"IF({p.at(0, j, 'r')}>0,ROUND({w.at(0, j, 'r')}*{money.at(i, 0, 'c')}/{p.at(0, j, 'r')},{places}),0)"
        )

    bought, capped = per_share(setting.weights), per_share(caps)
    exact = lines.accounts_across(
        ("Exact shares", "shares", "Weight x value / price; D: value"), lambda i, j: f"={bought(i, j)}", twin.exact,
        "number", values,
    )  # fmt: skip
    whole = lines.accounts_across(
        ("Whole shares", "shares", "Cut down"), lambda i, j: f"=INT({exact.at(i, j)})", twin.whole, "count"
    )
    most = lines.accounts_across(
        ("Cap in shares", "shares", "Whole shares under the cap"),
        lambda i, j: f"=MAX(INT({capped(i, j)}),{whole.at(i, j)})", twin.most, "count",
    )  # fmt: skip
    budget = Beside(
        lambda i: (
            f"={money.at(i)}*SUM({setting.weights.across(0, 'rc')})"
            f"-SUMPRODUCT({whole.across(i)},{setting.prices.across(0, 'rc')})"
        ),
        twin.budget, "money",
    )  # fmt: skip
    shares = write_rest(lines, inputs, twin, (exact, whole, most, setting.prices, ranks), budget)
    left = lines.cash(
        shares, lambda i: f"={money.at(i)}-SUMPRODUCT({shares.across(i)},{setting.prices.across(0, 'rc')})",
        np.nan_to_num(given.values) - twin.shares @ np.nan_to_num(given.prices),
    )  # fmt: skip
    gaps = lines.against(left, answer.shares, ("Target shares", "shares", "Native less engine"), same, "count")
    return Shares(setting, money, caps, most, exact, whole, left, gaps)


def write_rest(
    lines: Lines, inputs: Inputs, twin: Purchase, cells: tuple[Block, Block, Block, Block, Block], budget: Beside
) -> Block:
    """One share more each by the largest remainder while the money lasts; gives the shares.

    ``cells``: exact shares, whole shares, the most there may be, prices, ranks; ``budget``: money left after the whole
    shares.
    """
    exact, whole, most, prices, ranks = cells
    places, cents = inputs.places.at(0, 0, "rc"), inputs.money_places.at(0, 0, "rc")
    remainder = lines.accounts_across(
        ("Remainder", "shares", "Exact less whole"),
        lambda i, j: f"=ROUND({exact.at(i, j)}-{whole.at(i, j)},{places})", twin.remainder, "number",
    )  # fmt: skip
    room = lines.accounts_across(
        ("May take one more", "0 or 1", "A remainder, and room under the cap"),
        lambda i, j: f"=N({remainder.at(i, j)}>0)*N({whole.at(i, j)}<{most.at(i, j)})", twin.room, "count",
    )  # fmt: skip
    rank = lines.accounts_across(
        ("Rank", "count", "The largest remainder first; 0: none"), lambda i, j: ranked(remainder, room, (i, j)),
        twin.rank, "count",
    )  # fmt: skip
    asset = lines.accounts_across(
        ("By rank: asset", "count", "Columns: ranks, not assets; 0: none"),
        lambda i, j: f"=IFERROR(MATCH({ranks.at(0, j, 'r')},{rank.across(i, 'c')},0),0)", twin.asset, "count",
    )  # fmt: skip
    price = lines.accounts_across(
        ("By rank: price", "money", "Columns: ranks, not assets"),
        lambda i, j: f"=IF({asset.at(i, j)}>0,INDEX({prices.across(0, 'rc')},{asset.at(i, j)}),0)", twin.price, "money",
    )  # fmt: skip
    spent = Block(lines.sheet.name, lines.row + exact.height, exact.column, exact.height, exact.width)
    bought = lines.accounts_across(
        ("By rank: bought", "shares", "If the money left allows it; D: money left"),
        _affordable(price, spent, value_of(spent._replace(row=lines.row)), cents), twin.bought, "count", budget,
    )  # fmt: skip
    lines.accounts_across(
        ("By rank: spent", "money", "Up to and with this rank"),
        # Left of the first rank stands the note, a text, of which N makes 0.
        lambda i, j: f"=N({spent.at(i, j - 1)})+{bought.at(i, j)}*{price.at(i, j)}", twin.spent, "money",
    )  # fmt: skip
    extra = lines.accounts_across(
        ("One more", "shares", "By asset again"),
        lambda i, j: f"=IF({rank.at(i, j)}>0,INDEX({bought.across(i, 'c')},{rank.at(i, j)}),0)", twin.extra, "count",
    )  # fmt: skip
    return lines.accounts_across(
        ("Target shares", "shares", "Whole shares and one more; cash: money left"),
        lambda i, j: f"={whole.at(i, j)}+{extra.at(i, j)}", twin.shares, "count",
    )  # fmt: skip


def _affordable(price: Block, spent: Block, left: Block, cents: str) -> Callable[[int, int], str]:
    """1 where the money left, less what earlier ranks spent, covers the price."""
    return lambda i, j: (
        f"=N({price.at(i, j)}>0)*N(ROUND({left.at(i, 0, 'c')}-N({spent.at(i, j - 1)})-{price.at(i, j)},{cents})>=0)"
    )
