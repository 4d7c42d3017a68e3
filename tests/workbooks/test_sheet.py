"""Writing sheets: references, overlapping blocks, kinds of cells, cached values, the map of formulas."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from numpy.testing import assert_array_equal

from workbooks.package import package_faults
from workbooks.sheet import FIRST_ROW, STANDARD_COLUMNS, Block, Book, Sheet, excel_date
from workbooks.styles import ENGINE_INK, LINK_INK

NUMBER = ("formula", "number")


class Draft:
    """A workbook of two sheets, saved on demand."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "draft.xlsx"
        self.book = Book(self.path, "Draft")
        heads = (*STANDARD_COLUMNS, "A", "B")
        self.inputs = Sheet(self.book, "Inputs", "Draft: inputs", heads, "HYPOTHETICAL.")
        self.calc = Sheet(self.book, "Calc", "Draft: calc", heads, "HYPOTHETICAL.")

    def saved(self) -> Any:
        self.book.name("chk_failures", Block("Inputs", FIRST_ROW, 3, 1, 1))
        for sheet in (self.inputs, self.calc):
            sheet.show_failures(0)
        self.book.close()
        return openpyxl.load_workbook(self.path)


@pytest.fixture
def draft(tmp_path):
    return Draft(tmp_path)


def ink(cell: Any) -> str:
    return "#" + cell.font.color.rgb[2:] if cell.font.color and isinstance(cell.font.color.rgb, str) else ""


# ---- references ----------------------------------------------------------------------------------------------


def test_references_of_a_block():
    block = Block("Calc", 5, 3, 4, 2)
    assert block.at() == "Calc!D6"
    assert block.at(1, 1, "rc") == "Calc!$E$7"
    assert block.at(1, 1, "r") == "Calc!E$7"
    assert block.at(1, 1, "c") == "Calc!$E7"
    assert block.across(2) == "Calc!D8:E8"
    assert block.down(1, "r") == "Calc!E$6:E$9"
    assert block.rows(1, 3, 0) == "Calc!D7:D9"
    assert block.rows(1, 3) == "Calc!D7:E9"
    assert block.all() == "Calc!$D$6:$E$9"
    assert block.all("") == "Calc!D6:E9"


def test_dates_count_as_spreadsheets_do():
    """2000-01-01 is day 36526 and 2025-02-28 day 45716 in every spreadsheet."""
    assert_array_equal(excel_date(np.array(["2000-01-01", "2025-02-28"], dtype="datetime64[D]")), [36526.0, 45716.0])


# ---- cells ---------------------------------------------------------------------------------------------------


def test_no_cell_is_written_twice(draft):
    """A block over another would lose formulas without a word: the last residual under the first flag, say."""
    draft.calc.values(FIRST_ROW, 5, np.ones((3, 2)), NUMBER)
    with pytest.raises(RuntimeError, match="Calc!G8: expected to be written once, got a second block"):
        draft.calc.formulas(FIRST_ROW + 2, 6, lambda i, j: "=1+1", 2.0, NUMBER)
    with pytest.raises(RuntimeError, match="Calc!F6"):
        draft.calc.row_arrays(FIRST_ROW, 4, lambda i: "=TRANSPOSE(A1:A2)", np.zeros((1, 2)), NUMBER)
    with pytest.raises(RuntimeError, match="Calc!F7"):
        draft.calc.text(FIRST_ROW + 1, 5, "words")
    draft.book.close()


def test_links_are_green_and_formulas_black(draft):
    source = draft.inputs.values(FIRST_ROW, 3, 2.0, ("input", "number"))
    draft.calc.formulas(FIRST_ROW, 3, lambda i, j: f"={source.at(0, 0, 'rc')}", 2.0, NUMBER)
    draft.calc.formulas(FIRST_ROW + 1, 3, lambda i, j: f"=1+{source.at()}", 3.0, NUMBER)
    draft.calc.values(FIRST_ROW + 2, 3, 4.0, ("engine", "number"))
    sheet = draft.saved()["Calc"]
    assert [ink(sheet[cell]) for cell in ("D6", "D7", "D8")] == [LINK_INK, "", ENGINE_INK]
    assert [sheet[cell].protection.locked for cell in ("D6", "D7")] == [True, True]


def test_references_to_the_own_sheet_are_local(draft):
    own = draft.calc.values(FIRST_ROW, 5, np.array([[1.0, 2.0]]), NUMBER)
    total = draft.calc.formulas(FIRST_ROW, 3, lambda i, j: f"=SUM({own.across(0)})", 3.0, NUMBER)
    assert (total, draft.book.formulas[-1][-1]) == (Block("Calc", 5, 3, 1, 1), "=SUM(F6:G6)")
    draft.book.close()


@pytest.mark.parametrize("others", ["Calc_Evidence", "Old.Evidence", "PreEvidence"])
def test_sheets_whose_names_end_alike_keep_them(draft, others):
    """Of two references, the one to sheet Evidence itself loses its sheet, the other keeps all of it."""
    own = Sheet(draft.book, "Evidence", "Draft: evidence", STANDARD_COLUMNS, "HYPOTHETICAL.")
    own.formulas(FIRST_ROW, 3, lambda i, j: f"=SUM(Evidence!F6:G6)-{others}!$D$6*Evidence!$E$6", 0.0, NUMBER)
    assert draft.book.formulas[-1][-1] == f"=SUM(F6:G6)-{others}!$D$6*$E$6"
    draft.book.close()


def test_standard_line(draft):
    texts = ("Choice", "Signal date", "date", "Inputs")
    draft.inputs.line(FIRST_ROW, texts, datetime.date(2025, 2, 28), ("input", "date"))
    draft.inputs.line(FIRST_ROW + 1, ("A", "B", "count", None), 3.0, NUMBER, "{=SUM(ROW(A1:A2))}")
    draft.inputs.text(FIRST_ROW + 1, 4, "a note of its own", "note")
    sheet = draft.saved()["Inputs"]
    assert [cell.value for cell in sheet[6]][:5] == [*texts[:3], datetime.datetime(2025, 2, 28), "Inputs"]
    assert (sheet["D7"].value.ref, sheet["D7"].value.text) == ("D7", "=SUM(ROW(A1:A2))")
    assert not sheet["D6"].protection.locked


def test_cached_values_and_empty_cells(draft):
    """NaN: an empty cell among constants, the empty text behind a formula; text stays text."""
    draft.calc.values(FIRST_ROW, 5, np.array([[1.5, np.nan]]), NUMBER)
    draft.calc.formulas(FIRST_ROW + 1, 5, lambda i, j: '=""', np.array([[np.nan]]), NUMBER)
    draft.calc.row_arrays(FIRST_ROW + 2, 5, lambda i: "=MMULT(F6:G6,F6:G7)", np.array([[2.0, np.nan]]), NUMBER)
    draft.calc.formulas(FIRST_ROW + 3, 5, lambda i, j: "=NA()", "#N/A", NUMBER)
    draft.saved()
    sheet = openpyxl.load_workbook(draft.path, data_only=True)["Calc"]
    assert [sheet[cell].value for cell in ("F6", "G6", "F8", "F9")] == [1.5, None, 2.0, "#N/A"]
    assert sheet["F7"].value in (None, "")
    assert package_faults(draft.path) == []


def test_header_of_a_sheet(draft):
    sheet = draft.saved()["Calc"]
    assert [sheet[cell].value for cell in ("A1", "A2", "A3", "D3")] == [
        "Draft: calc", "HYPOTHETICAL.", "Failed checks", "=chk_failures",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[5]] == [*STANDARD_COLUMNS, "A", "B"]
    assert sheet.freeze_panes == "C6"
    assert sheet.protection.sheet


# ---- the map -------------------------------------------------------------------------------------------------


def test_map_joins_copies_of_one_formula(draft):
    """Four cells of two formulas: a square of copies, and one cell apart that is the same relative to its place."""
    block = Block("Calc", FIRST_ROW, 5, 2, 2)
    draft.calc.formulas(FIRST_ROW, 5, lambda i, j: f"=Inputs!{'ABCDEF'[j]}{i + 1}*2", np.zeros((2, 2)), NUMBER)
    draft.calc.formulas(FIRST_ROW + 3, 5, lambda i, j: "=Inputs!A4*2", 0.0, NUMBER)
    draft.calc.formulas(FIRST_ROW, 3, lambda i, j: f"=SUM({block.all()})", 0.0, NUMBER)
    draft.calc.row_arrays(FIRST_ROW + 4, 5, lambda i: "=TRANSPOSE($F$6:F7)", np.zeros((1, 2)), NUMBER)
    assert draft.book.formula_map().splitlines() == [
        "sheet\tcells\tformula",
        "Calc\tF6:G7, F9\t=Inputs!R[-5]C[-5]*2",
        "Calc\tD6\t=SUM(R6C6:R7C7)",
        "Calc\tF10:G10\t{=TRANSPOSE(R6C6:R[-3]C[0])}",
    ]
    draft.book.close()


def test_map_leaves_function_names_alone(draft):
    """LOG10 and names such as in_window are no references."""
    draft.calc.formulas(FIRST_ROW, 3, lambda i, j: "=LOG10(D7)+in_x1+A1B", 0.0, NUMBER)
    assert draft.book.formula_map().splitlines()[1] == "Calc\tD6\t=LOG10(R[1]C[0])+in_x1+A1B"
    draft.book.close()
