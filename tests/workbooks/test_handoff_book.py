"""The hand-off workbook: cells against the engine at many inputs, files against those that the engine writes."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from numpy.testing import assert_allclose

from aram_xl import sample_prices
from aram_xl.errors import InputError
from aram_xl.handoff import (
    Order,
    write_basket,
    write_index_one,
    write_percent_rebalance,
    write_security_model,
)
from tests.workbooks.add_in import calc_with_add_in, readable_copy
from tests.workbooks.book_cells import (
    assert_lines_have_words,
    assert_plain,
    formulas,
    header_cell,
    loaded,
    unlocked,
    validated,
)
from tests.workbooks.handoff_model import TEMPLATE, book, fill, line, made_up, row_of, values
from udfs.functions import REGISTRY
from workbooks import names
from workbooks.__main__ import HANDOFF_END, TEMPLATES
from workbooks.handoff_book import build
from workbooks.handoff_data import ACCOUNTS, Given, engine_answer, handoff_data
from workbooks.handoff_twin import twin_of
from workbooks.libreoffice import Calc
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines
from workbooks.render import render_pages
from workbooks.styles import ENGINE_INK, INPUT_INK

libreoffice = pytest.mark.libreoffice

MACROS = TEMPLATES / "handoff.xlsm"

MONEY = 1e-6
"""Cells count in binary fractions: sums of millions are right to 1e-8 or so."""


def template_data() -> Any:
    return handoff_data(sample_prices(), HANDOFF_END, lambda step: None)


# ---- steps and engine ----------------------------------------------------------------------------------------


def test_steps_lead_to_the_engine():
    """300 made-up inputs: ties, zeros, caps, lots, fractions, too little money. No cell is involved here."""
    cut, lots, capped = 0, 0, 0
    for seed in range(300):
        given = made_up(seed)
        answer = engine_answer(given)
        steps = twin_of(given, answer)
        assert_allclose(steps.rounding.weights, answer.rounded, rtol=0, atol=1e-12)
        assert_allclose(steps.index_rounding.weights, answer.invested, rtol=0, atol=1e-12)
        assert (steps.shares.shares == answer.shares[:, :-1]).all()
        assert (steps.trading.trades == answer.trades[:, :-1]).all()
        assert_allclose(steps.trading.cash_after, answer.trades[:, -1], rtol=0, atol=MONEY)
        assert ([steps.trading.sells.block, steps.trading.buys.block] == answer.blocks).all()
        cut += bool((steps.trading.factor < 1).any())
        lots += bool((steps.trading.buys.block < steps.trading.buys.ordered).any())
        index = steps.index_rounding
        capped += bool((index.cut + 1 > index.most)[index.remainder > 0].any())
    assert min(cut, lots, capped) > 20


# ---- the template in LibreOffice -----------------------------------------------------------------------------


@libreoffice
def test_recalculates_without_a_difference(calc_session):
    """Every number is recalculated from the inputs alone; those of the engine stand beside their native twins."""
    report = compare_twins(recalculate(TEMPLATE, calc=calc_session), atol=1e-9, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.differences, report.errors, report.expected_errors) == ((), (), ())
    assert (report.failures, report.without_cached, report.compared) == (0.0, 0, report.formulas)
    assert report.twins == 2 + 2 * ACCOUNTS + 2


def numbers(cells: list[list[Any]]) -> Any:
    return np.array(cells, dtype=float)


def failed(calc: Calc) -> list[tuple[Any, Any]]:
    rows = calc.read("Checks", f"A8:G{book()['Checks'].max_row}")
    return [(row[0], row[1]) for row in rows if row[6] != 0.0]


def assert_cells_are_the_engine(calc: Calc, given: Given) -> None:
    """Weights, shares, trades, cash, blocks and files."""
    answer = engine_answer(given)
    assert_allclose(numbers(calc.named(names.ROUNDED_WEIGHTS))[0], answer.rounded, rtol=0, atol=1e-12)
    index = numbers(calc.read("Calc_Index", line("Calc_Index", "Rounded", "Rounded weight")))
    assert_allclose(index[0], answer.invested, rtol=0, atol=1e-12)
    row = row_of("Calc_Shares", "Target shares")
    shares = numbers(calc.read("Calc_Shares", f"F{row}:P{row + ACCOUNTS - 1}"))
    assert_allclose(shares, answer.shares, rtol=0, atol=MONEY)
    assert (numbers(calc.named(names.TRADES)) == answer.trades[:, :-1]).all()
    row = row_of("Calc_Blocks", "Trades")
    left = numbers(calc.read("Calc_Blocks", f"P{row}:P{row + ACCOUNTS - 1}"))[:, 0]
    assert_allclose(left, answer.trades[:, -1], rtol=0, atol=MONEY)
    assert (numbers(calc.named(names.BLOCKS)) == answer.blocks).all()
    assert failed(calc) == []


def file_of(calc: Calc, name: str) -> list[list[Any]]:
    """Lines of a file as read from the cells of whole lines; numbers as decimals."""
    text = "\n".join(str(row[0]) for row in calc.named(name) if row[0])
    return [[_decimal(cell) for cell in row] for row in csv.reader(io.StringIO(text))]


def rows_of(path: Path) -> list[list[Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [[_decimal(cell) for cell in row] for row in csv.reader(file)]


def _decimal(cell: str) -> Any:
    return Decimal(cell) if re.fullmatch(r"[0-9.]+", cell) else cell


def assert_files_are_the_engine(calc: Calc, given: Given, folder: Path) -> None:
    """What the cells say is what the engine writes into its files; numbers may end in zeros here."""
    answer = engine_answer(given)
    used = [i for i, symbol in enumerate(given.symbols) if symbol]
    targets = {given.symbols[i]: float(answer.rounded[i]) for i in used}
    orders = [
        Order("", action, given.symbols[j], int(count))
        for action, row in zip(("SELL", "BUY"), answer.blocks, strict=True)
        for j, count in enumerate(row)
        if count
    ]
    write_security_model(folder / "model.csv", targets, cash=given.cash)
    write_basket(folder / "basket.csv", orders)
    write_percent_rebalance(folder / "percent.csv", targets, cash=given.cash)
    write_index_one(folder / "index.csv", {given.symbols[i]: float(answer.invested[i]) for i in used})
    for name, file in (
        (names.MODEL_FILE, "model"), (names.BASKET_FILE, "basket"), (names.PERCENT_FILE, "percent"),
        (names.INDEX_FILE, "index"),
    ):  # fmt: skip
        assert file_of(calc, name) == rows_of(folder / f"{file}.csv"), file


@libreoffice
def test_files_are_those_of_the_engine(opened, tmp_path):
    opened.calculate()
    assert_files_are_the_engine(opened, template_data().given, tmp_path)


CHANGES: dict[str, dict[str, Any]] = {
    "step 0.1 %": {"step": 0.001},
    "step 0.25 %, no cash": {"step": 0.0025, "cash": 0.0},
    "step 0.0001 %": {"step": 1e-6},
    "caps that bind": {"caps": np.array([1.0, 1.0, 0.02, 0.7330, 0.2214, 0.04, 1.0, np.nan, np.nan, np.nan])},
    "other values": {"values": np.array([1_234_567.89, 90_000.0, 7_001.5, np.nan, np.nan])},
    "wide band": {"band": 0.05},
    "no band, no minimum": {"band": 0.0, "minimum": 0.0},
    "minimum of 5,000": {"minimum": 5000.0},
    "lots of 100": {"lot": 100},
    "half in cash": {"cash": 0.5},
}


@libreoffice
@pytest.mark.parametrize("change", CHANGES)
def test_other_inputs_give_the_engine_s_new_answer(opened, tmp_path, change):
    """Overwritten in place; the purple answers are of other inputs then, and are no longer compared."""
    before = template_data().given
    given = dataclasses.replace(before, **CHANGES[change])
    fill(opened, given)
    assert_cells_are_the_engine(opened, given)
    assert_files_are_the_engine(opened, given, tmp_path)
    assert opened.value("Calc_Engine", "D6") > 0
    gaps = opened.read("Calc_Blocks", line("Calc_Blocks", "Trades, difference", 0))
    assert set(gaps[0]) == {""}
    fill(opened, before)
    assert opened.value("Calc_Engine", "D6") == 0
    assert failed(opened) == []


@libreoffice
def test_made_up_inputs_give_the_engine_s_answer(opened, tmp_path):
    """Forty portfolios and lists of accounts pasted over the inputs, one after the other."""
    for seed in range(40):
        given = made_up(seed)
        fill(opened, given)
        assert_cells_are_the_engine(opened, given)
        assert_files_are_the_engine(opened, given, tmp_path)


def set_label(calc: Calc, section: str, label: str, value: Any, column: str = "D") -> None:
    calc.set("Inputs", f"{column}{row_of('Inputs', section, label)}", value)


@libreoffice
def test_columns_of_the_model_file_can_be_changed(opened):
    """Decimals in place of percents, a column of a fixed text, the model's name, another order, no heading."""
    for i, (name, holds, text) in enumerate(
        (("Kind", "text", "Security"), ("Share", "target_decimal", ""), ("Ticker", "symbol", ""), ("-Of", "model", "")),
        start=1,
    ):
        set_label(opened, "iRebal", f"Name of column {i}", name)
        set_label(opened, "iRebal", f"Column holds {i}", holds)
        set_label(opened, "iRebal", f"Text of column {i}", text or None)
    set_label(opened, "Model", "Name", "@home")
    opened.calculate()
    found = file_of(opened, names.MODEL_FILE)
    assert found[0] == ["Kind", "Share", "Ticker", "'-Of"]
    assert found[1] == ["Security", Decimal("0.0108"), "TLT", "'@home"]
    assert found[-1] == ["Security", Decimal("0.02"), "$CASH", "'@home"]
    assert failed(opened) == []
    set_label(opened, "iRebal", "Heading", 0.0)
    set_label(opened, "Model", "Exchange of its own", "SMART/ARCA", "I")
    opened.calculate()
    assert len(file_of(opened, names.MODEL_FILE)) == len(found) - 1
    assert [row[4] for row in file_of(opened, names.BASKET_FILE) if row[2] == "TIP"] == ["SMART/ARCA"]
    assert [row[3] for row in file_of(opened, names.PERCENT_FILE) if row[1] == "TIP"] == ["SMART/ARCA"]


@libreoffice
def test_pages_can_be_drawn(calc_session, tmp_path):
    assert len(render_pages(TEMPLATE, tmp_path, calc=calc_session)) >= len(book().sheetnames)


# ---- rules of sheets -----------------------------------------------------------------------------------------

FUNCTIONS = {
    "ABS", "CLEAN", "COLUMNS", "COUNT", "COUNTA", "COUNTIF", "FIND", "FIXED", "IF", "IFERROR", "INDEX", "INT",
    "ISNUMBER", "LEFT", "LEN", "MATCH", "MAX", "MIN", "N", "NUMBERVALUE", "REPT", "ROUND", "ROWS", "SUBSTITUTE", "SUM",
    "SUMPRODUCT", "TRIM", "TRUNC",
}  # fmt: skip
"""Known to LibreOffice 7.4 and to Excel since 2013, from which NUMBERVALUE is; none is volatile."""


@pytest.mark.parametrize("file", [TEMPLATE, MACROS], ids=lambda file: file.suffix)
def test_formulas_keep_the_rules(file):
    for formula in formulas(loaded(file)):
        assert_plain(formula, FUNCTIONS | set(REGISTRY))


def test_one_formula_per_line():
    """Copied along its line, each formula of a Calc sheet is the same: none fills the first asset's cell alone."""
    for text in (TEMPLATES / "handoff.map.txt").read_text(encoding="utf-8").splitlines()[1:]:
        sheet, cells, _ = text.split("\t")
        alone = [span for span in cells.split(", ") if re.fullmatch(r"F\d+", span)]
        assert not sheet.startswith("Calc_") or not alone, (sheet, cells)


def test_sheets_in_order_named_and_marked():
    sheets = book().sheetnames
    assert (sheets[:2], sheets[-2:]) == (["About", "Inputs"], ["Outputs", "Checks"])
    assert all(name.startswith("Calc_") for name in sheets[2:-2])
    for sheet in book():
        for words in ("SYNTHETIC", "HYPOTHETICAL", "Inferred", "Accounts and positions are made up"):
            assert words in sheet["A2"].value, sheet.title
        assert sheet.freeze_panes == "C6"
        assert header_cell(sheet)
        assert not sheet.merged_cells.ranges
        assert sheet.sheet_state == "visible"


def test_names_are_the_interface():
    assert set(book().defined_names) == {
        names.SYMBOLS, names.MODEL_WEIGHTS, names.CAPS, names.QUOTES, names.STEP, names.CASH, names.MINIMUM_TRADE,
        names.BAND, names.LOT, names.ACCOUNT_VALUES, names.POSITIONS, names.ROUNDED_WEIGHTS, names.TRADES,
        names.BLOCKS, names.MODEL_FILE, names.BASKET_FILE, names.PERCENT_FILE, names.INDEX_FILE, names.FAILURES,
    }  # fmt: skip
    for formula in formulas(book()):
        assert "in_" not in formula.text, formula.where()
        assert ("chk_" in formula.text) == (formula.cell.row == 3), formula.where()


def test_inputs_are_open_validated_and_say_where_they_come_from():
    for sheet in book():
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert unlocked(sheet) == validated(sheet), sheet.title
        assert not unlocked(sheet) or sheet.title == "Inputs"
        for row, column in unlocked(sheet):
            assert sheet.cell(row, column).font.color.rgb[2:] == INPUT_INK[1:]
            assert sheet.cell(row, 5).value, (sheet.title, row)


def test_lines_have_section_label_and_unit():
    assert_lines_have_words(values())


def test_constants_are_inputs_the_engine_s_or_counters():
    for sheet in book():
        for row in sheet.iter_rows(min_row=6):
            for cell in row:
                if isinstance(cell.value, int | float) and cell.protection.locked:
                    purple = cell.font.color is not None and cell.font.color.rgb == "FF" + ENGINE_INK[1:]
                    assert purple or cell.value in (0, 1) or cell.number_format == "0", (sheet.title, cell.coordinate)


# ---- building ------------------------------------------------------------------------------------------------


def test_user_prices_are_not_called_synthetic(tmp_path):
    prices = sample_prices()
    prices.attrs.clear()
    build(prices, tmp_path / "own.xlsx", HANDOFF_END)
    file = openpyxl.load_workbook(tmp_path / "own.xlsx")
    assert all("SYNTHETIC" not in sheet["A2"].value for sheet in file)
    assert package_faults(tmp_path / "own.xlsx") == []


def test_prices_without_an_asset_are_refused(tmp_path):
    with pytest.raises(InputError, match="expected the assets of active-index-ig, got no column LQDH; supply it"):
        build(sample_prices().drop(columns="LQDH"), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_what_the_engine_refuses(tmp_path):
    """The cells go on and raise their flags; the engine has a sentence."""
    given = template_data().given
    with pytest.raises(InputError, match=r"step: expected at least 0\.000001 and a whole number of steps in 0\.98"):
        engine_answer(dataclasses.replace(given, step=0.03))


# ---- with macros ---------------------------------------------------------------------------------------------


def test_macro_workbook_is_sound():
    assert package_faults(MACROS) == []
    added = [name for name in loaded(MACROS).sheetnames if name not in book().sheetnames]
    assert added == ["Calc_Functions"]


def test_map_of_the_macro_workbook_is_the_committed_one(tmp_path):
    text = build(sample_prices(), tmp_path / "handoff.xlsm", HANDOFF_END)
    assert (TEMPLATES / "handoff_functions.map.txt").read_text(encoding="utf-8") == text


@libreoffice
def test_function_agrees_with_the_cells(tmp_path):
    """ARAM_ROUND_WEIGHTS through the add-in, at the template's inputs and at others; a spoilt weight shows."""
    copy = readable_copy(MACROS, tmp_path)
    with calc_with_add_in(tmp_path) as calc:
        report = compare_twins(recalculate(copy, calc=calc), atol=1e-9, rtol=1e-9)
        assert report.ok, report_lines(report)
        calc.open(copy)
        last = loaded(MACROS)["Checks"].max_row
        for seed in (3, 4, 5):
            fill(calc, made_up(seed))
            assert [row for row in calc.read("Checks", f"A8:G{last}") if row[6] != 0.0] == []
        calc.set("Calc_Round", line("Calc_Round", "Weight", "Exact weight").split(":")[0], "none")
        calc.calculate()
        flags = {(row[0], row[1]): row[6] for row in calc.read("Checks", f"A8:G{last}")}
        assert flags["ARAM_ROUND_WEIGHTS", "Numbers, Calc_Round"] == 1.0
        assert flags["ARAM_ROUND_WEIGHTS", "Largest difference, Calc_Round"] == 1.0
        assert flags["ARAM_ROUND_WEIGHTS", "Numbers, Calc_Index"] == 0.0
