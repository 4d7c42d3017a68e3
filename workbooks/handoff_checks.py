"""What the hand-off workbook checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbooks.check_lines import Check
from workbooks.handoff_data import ASSETS, HandoffData
from workbooks.handoff_files import FORMULA, Files, Texts
from workbooks.handoff_inputs import TOTAL_TOLERANCE, Inputs
from workbooks.handoff_lines import value_of
from workbooks.handoff_outputs import Outputs, Part
from workbooks.handoff_round import Rounded
from workbooks.handoff_shares import Shares
from workbooks.handoff_trading import Sales, Trades
from workbooks.handoff_twin import HandoffTwin
from workbooks.inputs_sheets import CHECK_TOLERANCE
from workbooks.sheet import Block


@dataclass(frozen=True)
class Checked:
    """What the checks look at."""

    inputs: Inputs
    rounded: Rounded
    index: Rounded
    shares: Shares
    sales: Sales
    trades: Trades
    files: Files
    outputs: Outputs


def handoff_checks(data: HandoffData, twin: HandoffTwin, cells: Checked, texts: Texts) -> list[Check]:
    """All checks of the native sheets, with the values they have when nothing is wrong."""
    return [
        *_input_checks(data, cells),
        *_account_checks(data, cells),
        *_rounding_checks(("Rounding", cells.rounded, twin.rounding.steps), cells),
        *_rounding_checks(("Index", cells.index, twin.index_rounding.steps), cells),
        *_share_checks(cells),
        *_trade_checks(data, twin, cells),
        *_file_checks(data, cells, texts),
    ]


def _none(texts: tuple[str, str, str], formula: str) -> Check:
    """A count that must be 0."""
    section, label, note = texts
    return Check(section, label, "count", formula, 0.0, 0.0, 0.0, note)


def _near(cells: Checked, texts: tuple[str, str, str, str], formula: str, value: float, target: str | float) -> Check:
    """A check within the tolerance of sheet Inputs."""
    section, label, unit, note = texts
    tolerance = f"={cells.inputs.tolerance.at(0, 0, 'rc')}"
    return Check(section, label, unit, formula, value, target, tolerance, note, CHECK_TOLERANCE)


def _count(*conditions: str) -> str:
    """How many cells meet all conditions."""
    product = "*".join(f"({condition})" for condition in conditions)
    return f"=SUMPRODUCT({product}{'*1' if len(conditions) == 1 else ''})"


def _input_checks(data: HandoffData, cells: Checked) -> list[Check]:
    inputs, files = cells.inputs, cells.files
    weights, caps, symbols = inputs.weights.across(0), inputs.caps.across(0), inputs.symbols.across(0)
    used = float(sum(bool(symbol) for symbol in data.given.symbols))
    total = float(np.nansum(data.given.weights))
    tolerance = f"={inputs.total_tolerance.at()}"
    return [
        Check("Inputs", "Weights present", "count", _count(f'{symbols}<>""', f"ISNUMBER({weights})"), used,
              _count(f'{symbols}<>""'), 0.0, "COUNT equals n"),
        _none(("Inputs", "Weights without a symbol", "Would be left out of the files"),
              _count(f'{symbols}=""', f"{weights}<>0")),
        Check("Inputs", "Total of the weights", "weight", f"=SUM({weights})", total, 1.0, tolerance, "Fully invested",
              TOTAL_TOLERANCE),
        _none(("Inputs", "Weights below 0", "Long-only"), _count(f"{weights}<0")),
        _none(("Inputs", "Weights above their caps", "Rounding needs room under the cap"),
              _count(f"{cells.rounded.exact_weights.across(0)}>{cells.shares.caps.across(0)}+{inputs.total_tolerance.at()}")),
        _none(("Inputs", "Caps that are no numbers", "A text is no cap"), f"=COUNTA({caps})-COUNT({caps})"),
        _none(("Inputs", "Symbols that no file can hold", "A formula, a separator, a blank"),
              f"=SUM({files.unfit.all('')})"),
        _none(("Inputs", "Symbols that stand twice", "Once each"), f"=SUM({files.doubled.across(0)})"),
        _none(("Inputs", "Words that no file can hold", "Headings and texts of the iRebal file"),
              f"=SUM({files.unfit_words.all('')})"),
    ]  # fmt: skip


def _account_checks(data: HandoffData, cells: Checked) -> list[Check]:
    inputs, setting = cells.inputs, cells.shares.setting
    accounts, values = inputs.accounts.down(0), inputs.values.down(0)
    prices, positions = inputs.prices.across(0), inputs.positions.all("")
    named = float(sum(bool(name) for name in data.given.accounts))
    held = cells.sales.held
    return [
        Check("Accounts", "Values above 0", "count", _count(f'{accounts}<>""', f"ISNUMBER({values})", f"{values}>0"),
              named, _count(f'{accounts}<>""'), 0.0, "Of every account in use"),
        _none(("Accounts", "Values without an account", "Give it a name"), _count(f'{accounts}=""', f"{values}<>0")),
        _none(("Accounts", "Names that stand twice", "Once each"),
              _count(f'{accounts}<>""', f"COUNTIF({accounts},{accounts})>1")),
        _none(("Accounts", "Positions that are no numbers", "A text is no position"),
              f"=COUNTA({positions})-COUNT({positions})"),
        _none(("Accounts", "Positions below 0", "Short positions are not handled"), _count(f"{held.all('')}<0")),
        _none(("Accounts", "Positions without a symbol", "Give the column one"),
              _count(f'{inputs.symbols.across(0)}=""', f"{held.all('')}<>0")),
        _none(("Accounts", "Positions above the value", "Is the difference borrowed?"),
              _count(f"{cells.sales.cash.down(0)}<0")),
        _none(("Accounts", "Prices missing for targets", "Above 0"),
              _count(f"{cells.rounded.weights.across(0)}>0", f"{setting.prices.across(0)}<=0")),
        _none(("Accounts", "Prices missing for positions", "Above 0"),
              _count(f"{held.all('')}>0", f"{setting.prices.across(0)}<=0")),
        _none(("Accounts", "Prices that are no numbers", "A text is no price"),
              f"=COUNTA({prices})-COUNT({prices})"),
    ]  # fmt: skip


def _rounding_checks(what: tuple[str, Rounded, float], cells: Checked) -> list[Check]:
    section, rounded, steps = what
    units, exact, given = rounded.units.across(0), rounded.exact.across(0), cells.inputs.step.at()
    invested = rounded.share.at()
    return [
        _near(cells, (section, "Whole steps in the total", "level", "The step must fit"), f"={rounded.steps.at()}",
              steps, f"=ROUND({rounded.steps.at()},0)"),
        _near(cells, (section, "Total of the rounded weights", "ratio", "Exactly 100 % with the cash"),
              f"=SUM({rounded.weights.across(0)})+1-{invested}", 1.0, 1.0),
        Check(section, "Steps given out", "count", f"=SUM({units})", steps, f"={rounded.steps.at()}", 0.0,
              "Exact: whole numbers"),
        _none((section, "Weights a step or more off", "Within one step of the exact weight"),
              _count(f"ABS({units}-{exact})>=1")),
        _none((section, "Rounded weights above their caps", "In whole steps"),
              _count(f"{units}>{rounded.most.across(0)}")),
        _none((section, "Zero weights that are not zero", "Nothing new is bought"),
              _count(f"{exact}=0", f"{units}<>0")),
        _near(cells, (section, "Multiples of the step", "steps", "Largest part of a step"),
              f"{{=MAX(ABS({rounded.weights.across(0)}/{given}-{units}))}}", 0.0, 0.0),
        _near(cells, (section, "Largest difference to the engine", "weight", "Where it had these inputs"),
              f"=MAX({rounded.gaps.down(0)})", 0.0, 0.0),
    ]  # fmt: skip


def _share_checks(cells: Checked) -> list[Check]:
    shares = cells.shares
    assets = shares.shares._replace(width=ASSETS)
    left = shares.shares._replace(column=shares.shares.column + ASSETS, width=1)
    table = assets.all("")
    return [
        _none(("Shares", "Parts of a share", "Whole numbers"), _count(f"{table}<>INT({table})")),
        _none(("Shares", "A share or more off the target", "Within one share"),
              _count(f"ABS({table}-{shares.exact.all('')})>=1")),
        _none(("Shares", "Shares above their caps", "In whole shares"), _count(f"{table}>{shares.most.all('')}")),
        _near(cells, ("Shares", "Least money left", "money", "Not below 0"), f"=MIN({left.down(0)},0)", 0.0, 0.0),
        _near(cells, ("Shares", "Largest difference to the engine", "shares", "Where it had these inputs"),
              f"=MAX({shares.gaps.down(0)})", 0.0, 0.0),
    ]  # fmt: skip


def _trade_checks(data: HandoffData, twin: HandoffTwin, cells: Checked) -> list[Check]:
    inputs, sales, trades = cells.inputs, cells.sales, cells.trades
    assets = trades.trades._replace(width=ASSETS)
    table, held, blocks = assets.all(""), sales.held.all(""), trades.blocks.all("")
    left = trades.trades._replace(column=trades.trades.column + ASSETS, width=1).down(0)
    lot, wanted = inputs.lot.at(), sales.wanted.all("")
    traded = float(data.answer.trades[:, :ASSETS].sum())
    value = float(np.nansum(data.given.values))
    return [
        _none(("Trades", "Parts of a share", "Whole numbers"), _count(f"{table}<>INT({table})")),
        _none(("Trades", "Sold more than held", "No short positions"), _count(f"{table}+{held}<0")),
        _none(("Trades", "Within the band, but traded", "Where there is a target"), f"=SUM({trades.in_band.all('')})"),
        _none(("Trades", "Below the minimum, but traded", "Where there is a target"),
              f"=SUM({trades.too_small.all('')})"),
        _none(("Trades", "Sold more than ordered", "By account"),
              _count(f"{sales.parts.all('')}>{sales.ordered.all('')}")),
        _none(("Trades", "Bought more than ordered", "By account"),
              _count(f"{trades.parts.all('')}>{trades.ordered.all('')}")),
        _none(("Trades", "Against what was wanted", "Buys stay buys"), _count(f"{table}*{wanted}<0")),
        _near(cells, ("Trades", "Least money left", "money", "Not below 0"), f"=MIN({left},0)", 0.0, 0.0),
        _near(cells, ("Trades", "Value after the trades", "money", "Positions and cash: as before"),
              f"=SUM({value_of(trades.trades).down(0)})", value, f"=SUM({inputs.values.down(0)})"),
        Check("Blocks", "Bought less sold", "shares",
              f"=SUM({trades.blocks.across(1)})-SUM({trades.blocks.across(0)})", traded, f"=SUM({table})", 0.0,
              "The sum over the accounts"),
        _none(("Blocks", "Sales that are not the block", "Sum over the accounts"),
              _count(f"{trades.blocks.across(0)}<>{sales.block.across(0)}")),
        _none(("Blocks", "Purchases that are not the block", "Sum over the accounts"),
              _count(f"{trades.blocks.across(1)}<>{trades.block.across(0)}")),
        _none(("Blocks", "Broken lots", "Whole multiples of the lot"), _count(f"{blocks}/{lot}<>INT({blocks}/{lot})")),
        _near(cells, ("Trades", "Largest difference to the engine", "shares", "Where it had these inputs"),
              f"=MAX({trades.gaps.down(0)})", 0.0, 0.0),
        _near(cells, ("Blocks", "Largest difference to the engine", "shares", "Where it had these inputs"),
              f"=MAX({trades.block_gaps.down(0)})", 0.0, 0.0),
    ]  # fmt: skip


def _file_checks(data: HandoffData, cells: Checked, texts: Texts) -> list[Check]:
    """Every file read back, as a program that takes it would."""
    model, basket, percent, index = cells.outputs
    files, inputs, kinds = cells.files, cells.inputs, cells.inputs.column_kinds.down(0)
    used = float((data.answer.blocks > 0).sum())
    target = f"INDEX({model.cells.all('')},0,{files.target_column.at()})"
    spots = files.percent_place.across(0)
    return [
        Check("Files", "iRebal: columns of symbols", "count", f'=COUNTIF({kinds},"symbol")', 1.0, 1.0, 0.0, "One"),
        Check("Files", "iRebal: columns of targets", "count", f'=COUNTIF({kinds},"target*")', 1.0, 1.0, 0.0, "One"),
        _near(cells, ("Files", "iRebal: total read back", "any", "Exactly 100 %, cash included"), _read(target), 100.0,
              f"={files.target_total.at()}"),
        Check("Files", "iRebal: lines", "count", _lines(model), float(texts.listed.sum()),
              f"=MAX({files.model_place.across(0)})", 0.0, "One for each target, and cash"),
        _near(cells, ("Files", "Percent: total read back", "percent", "100 less the cash"),
              _read(percent.cells.down(percent.cells.width - 1)), 100.0 * (1.0 - data.given.cash),
              f"={inputs.percent.at()}*(1-{inputs.cash.at()})"),
        Check("Files", "Percent: lines", "count", _lines(percent), float(texts.present.sum()), f"=MAX({spots})", 0.0,
              "One for each symbol"),
        _near(cells, ("Files", "Index One: total read back", "decimal", "Exactly 1"), _read(index.cells.down(1)), 1.0,
              1.0),
        Check("Files", "Index One: lines", "count", _lines(index), float(texts.index_listed.sum()),
              f"=MAX({files.index_place.across(0)})", 0.0, "One for each weight"),
        Check("Files", "Basket: lines", "count", _lines(basket), used,
              _count(f"{cells.trades.blocks.all('')}>0"), 0.0, "One for each block"),
        *_basket_checks(data, cells, basket),
        *(_none(("Files", f"{name}: like a formula", "Cells in any line"), _formulas(part.cells))
          for name, part in zip(("iRebal", "Basket", "Percent", "Index One"), cells.outputs, strict=True)),
        _none(("Files", "iRebal: heading like a formula", "With an apostrophe in front"),
              _formulas(files.headings)),
        *(_none(("Files", f"{name}: broken lines", "Other than so many cells"), _broken(part, commas))
          for name, part, commas in (
              ("iRebal", model, f'COUNTIF({kinds},"?*")'), ("Basket", basket, _width(basket)),
              ("Percent", percent, _width(percent)), ("Index One", index, _width(index)),
          )),
    ]  # fmt: skip


def _basket_checks(data: HandoffData, cells: Checked, basket: Part) -> list[Check]:
    actions, count = basket.cells.down(0), basket.cells.height
    blocks, checks = cells.trades.blocks, []
    for i, (word, name) in enumerate((("SELL", "sold"), ("BUY", "bought"))):
        read = f'{{=SUM(({actions}="{word}")*{_number(basket.cells.down(1))})}}'
        checks.append(
            Check("Files", f"Basket: shares {name}, read back", "shares", read, float(data.answer.blocks[i].sum()),
                  f"=SUM({blocks.across(i)})", 0.0, "As the blocks")
        )  # fmt: skip
    upper, lower = basket.cells.rows(0, count - 2, 0), basket.cells.rows(1, count - 1, 0)
    disorder = _count(f'{upper}="BUY"', f'{lower}="SELL"')
    return [*checks, _none(("Files", "Basket: sales below purchases", "Sells before buys"), disorder)]


def _number(texts: str) -> str:
    """Numbers in texts with a point, 0 in empty ones."""
    return f'NUMBERVALUE(0&{texts},".",",")'


def _read(texts: str) -> str:
    return f"{{=SUM({_number(texts)})}}"


def _lines(part: Part) -> str:
    return _count(f'{part.lines.down(0)}<>""')


def _formulas(cells: Block) -> str:
    """Cells that begin with a character that a spreadsheet takes for a formula."""
    return f'=SUMPRODUCT(ISNUMBER(FIND(LEFT({cells.all("")}&" ",1),"{FORMULA}"))*1)'


def _width(part: Part) -> str:
    return f"COLUMNS({part.cells.across(0)})"


def _broken(part: Part, cells: str) -> str:
    """Lines in use that have another number of cells."""
    return _count(f"{part.numbers.down(0)}>0", f"{part.counts.down(0)}<>{cells}")
