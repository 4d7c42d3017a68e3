"""The tour of the functions: rebuilt, recalculated through the add-in, spoilt, looked at."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.workbooks import book_cells
from tests.workbooks.add_in import calc_with_add_in, readable_copy
from tests.workbooks.archives import assert_same_xml, close_or_versions
from tests.workbooks.book_cells import (
    Formula,
    assert_lines_have_words,
    assert_plain,
    hidden,
    loaded,
    unlocked,
    validated,
)
from udfs.errors import CellError
from udfs.functions import REGISTRY
from udfs.registry import call
from workbooks import functions_tour
from workbooks.__main__ import TEMPLATES
from workbooks.libreoffice import Calc
from workbooks.libreoffice import CellError as ReadError
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines
from workbooks.render import render_pages
from workbooks.styles import ENGINE_INK

libreoffice = pytest.mark.libreoffice

FILE = TEMPLATES / "functions_tour.xlsx"
LITE = TEMPLATES / "functions_tour_lite.xlsx"

NUMBERS = 1e-12

WITHOUT_TWIN = {"ARAM_MODELS", "ARAM_STATUS", "ARAM_VERSION"}

FORMULAS = {
    "ABS", "AVERAGE", "CORREL", "COUNT", "COUNTIF", "COVARIANCE.S", "COLUMNS", "DEVSQ", "EOMONTH", "IF", "IFERROR",
    "INDEX", ":INDEX", "INT", "INTERCEPT", "ISNUMBER", "MATCH", "MAX", "MIN", "MMULT", "N", "NA", "PRODUCT", "ROUND",
    "ROWS", "RSQ", "SLOPE", "SQRT", "STDEV.S", "STEYX", "SUBSTITUTE", "SUM", "SUMPRODUCT", "VALUE", "VAR.S", "YEAR",
}  # fmt: skip


def book() -> Any:
    return loaded(FILE)


def formulas() -> list[Formula]:
    """Without the labels that show a formula as text."""
    return [formula for formula in book_cells.formulas(book()) if formula.cell.data_type == "f"]


def calls() -> list[Formula]:
    return [formula for formula in formulas() if formula.text.startswith("=ARAM_")]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rebuilt") / FILE.name
    path.with_suffix(".map.txt").write_text(functions_tour.build(path), encoding="utf-8", newline="\n")
    functions_tour.build_for_lite(path, path.with_name(LITE.name))
    return path


class Served(NamedTuple):
    """A LibreOffice with the add-in."""

    calc: Calc
    folder: Path

    def copy(self, path: Path) -> Path:
        """The workbook as LibreOffice 7.4 reads it."""
        return readable_copy(path, self.folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("calc")
    with calc_with_add_in(place) as calc:
        yield Served(calc, place)


# ---- the files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [FILE, LITE], ids=lambda file: file.stem)
def test_rebuild_is_the_committed_file(rebuilt, file):
    with zipfile.ZipFile(rebuilt.with_name(file.name)) as ours, zipfile.ZipFile(file) as theirs:
        assert ours.namelist() == theirs.namelist()
        assert {item.date_time[0] for item in theirs.infolist()} == {1980}
        for part in theirs.namelist():
            if "webextension1" in part:  # holds the whole source of the functions
                assert ours.read(part) == theirs.read(part)
                continue
            assert_same_xml(part, ours.read(part), theirs.read(part), close_or_versions)


def test_rebuilt_map_is_the_committed_map(rebuilt):
    assert rebuilt.with_suffix(".map.txt").read_bytes() == FILE.with_suffix(".map.txt").read_bytes()


def test_building_twice_gives_the_same_bytes(rebuilt, tmp_path):
    functions_tour.build(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == rebuilt.read_bytes()


@pytest.mark.parametrize("file", [FILE, LITE], ids=lambda file: file.stem)
def test_package_is_sound(file):
    assert package_faults(file) == []


def test_lite_calls_every_function_as_that_host_stores_it():
    with zipfile.ZipFile(LITE) as archive:
        sheets = "".join(archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/sheet"))
        assert b"def ARAM_WEIGHTS" in archive.read("xl/webextensions/webextension1.xml")
    stored = re.findall(r"<f [^>]*>(_xldudf_)?(ARAM_\w+)\(", sheets)
    assert {name for _, name in stored} == set(REGISTRY)
    assert all(prefix for prefix, _ in stored)


# ---- rules of sheets -----------------------------------------------------------------------------------------


def test_every_function_once():
    """ARAM_WEIGHTS also answers the native moments that ARAM_WEIGHTS_FROM_PRICES is compared with."""
    found = sorted(re.match(r"=(\w+)\(", formula.text)[1] for formula in calls())
    assert found == sorted([*REGISTRY, "ARAM_WEIGHTS"])
    labels = {str(row[1]) for sheet in book() for row in sheet.iter_rows(values_only=True)}
    shown = {label for label in labels if label.startswith("=ARAM_")}
    assert {re.match(r"=(\w+)\(", text)[1] for text in shown} == set(REGISTRY)
    assert shown <= {formula.text for formula in calls()}


def test_every_function_has_its_checks():
    lines = {(row[0], row[1]) for row in book()["Checks"].iter_rows(min_row=8, values_only=True)}
    expected = {(name, label) for name in set(REGISTRY) - WITHOUT_TWIN for label in ("Numbers", "Largest difference")}
    assert lines == expected


def test_tabs_in_reading_order_and_nothing_hidden():
    assert book().sheetnames == [
        "About", "Inputs", "Data", "Data_Daily", "Calc_Data", "Calc_Estimate", "Calc_Step3", "Calc_Target",
        "Calc_Models", "Calc_Judge", "Calc_Fund", "Calc_Audit", "Checks",
    ]  # fmt: skip
    for sheet in book():
        assert sheet.sheet_state == "visible"
        assert not sheet.merged_cells.ranges
        assert not hidden(sheet)
        assert sheet.freeze_panes == "C6"
        assert "SYNTHETIC" in sheet["A2"].value
        assert [f.text for f in formulas() if f.sheet == sheet.title and f.cell.row == 3] == ["=chk_failures"]


def test_formulas_keep_the_rules():
    for formula in formulas():
        assert_plain(formula, FORMULAS | set(REGISTRY))


def test_lines_have_section_label_and_unit():
    assert_lines_have_words(loaded(FILE, values=True))


def test_inputs_are_open_and_validated_and_the_rest_locked():
    for sheet in book():
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert unlocked(sheet) == validated(sheet), sheet.title
        assert not unlocked(sheet) or sheet.title in ("Inputs", "Data", "Data_Daily")


def test_answers_are_purple():
    for formula in calls():
        for row in book()[formula.sheet][formula.span] if ":" in formula.span else ():
            for cell in row:
                assert "#" + cell.font.color.rgb[2:] == ENGINE_INK, (formula.sheet, cell.coordinate)


# ---- through the add-in --------------------------------------------------------------------------------------


def bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def as_read(cell: Any) -> Any:
    """A cell of an answer as LibreOffice gives it back; bits of numbers."""
    if isinstance(cell, CellError):
        return ReadError.from_name(cell.code).name
    if isinstance(cell, ReadError):
        return cell.name
    return "" if cell in (None, "") else cell if isinstance(cell, str) else bits(float(cell))


def argument(served: Served, sheet: str, text: str) -> Any:
    if not text:
        return None
    found = re.fullmatch(r"ROWS\((.+)\)", text)
    if found:
        return float(len(argument(served, sheet, found[1])))
    place, _, cells = text.replace("$", "").rpartition("!")
    rows = served.calc.read(place or sheet, cells)
    return rows if ":" in cells else rows[0][0]


@libreoffice
def test_recalculates_without_a_difference(served):
    done = recalculate(served.copy(FILE), calc=served.calc)
    report = compare_twins(done, atol=NUMBERS, rtol=NUMBERS)
    assert report.ok, report_lines(report)
    assert (report.failures, report.without_cached, report.compared) == (0.0, 0, report.formulas)
    assert report.twins > 250
    assert {str(item.value) for item in report.expected_errors} == {"#N/A"}
    assert {item.sheet for item in report.expected_errors} == {"Calc_Fund", "Calc_Judge", "Calc_Target"}


@libreoffice
def test_cells_are_the_direct_calls_bit_for_bit(served):
    served.calc.open(served.copy(FILE))
    for formula in calls():
        name, arguments = re.fullmatch(r"=(\w+)\((.*)\)", formula.text).groups()
        if name in WITHOUT_TWIN:
            continue
        answer = call(name, tuple(argument(served, formula.sheet, text) for text in arguments.split(",")))
        shown = served.calc.read(formula.sheet, formula.span)
        assert [[as_read(c) for c in row] for row in shown] == [[as_read(c) for c in row] for row in answer.rows], name
    assert served.calc.read("Calc_Audit", "I9")[0][0] == "no failures"


@libreoffice
def test_kept_values_are_those_of_the_functions(rebuilt, served):
    """To the 16 or 17 digits that a file keeps; except where the arguments come from native formulas."""
    done = recalculate(served.copy(rebuilt), calc=served.calc)
    compared = 0
    for formula in calls():
        cells = book()[formula.sheet][formula.span]
        for cell in (c for row in cells for c in row) if isinstance(cells, tuple) else (cells,):
            kept, value = done.cached[formula.sheet][cell.coordinate], done.value(formula.sheet, cell.coordinate)
            if (formula.sheet, formula.span) == ("Calc_Step3", native_weights()):
                continue
            if isinstance(value, float):
                assert kept in (value, float(f"{value:.16G}")), (formula.text, cell.coordinate)
            else:
                assert str(kept or "") == str(value or ""), (formula.text, cell.coordinate)
            compared += 1
    assert compared > 300


def native_weights() -> str:
    """Where ARAM_WEIGHTS answers native moments."""
    return next(f.span for f in reversed(calls()) if f.text.startswith("=ARAM_WEIGHTS("))


def flags(served: Served) -> dict[tuple[str, str], float]:
    return {(row[0], row[1]): row[6] for row in served.calc.read("Checks", f"A8:G{book()['Checks'].max_row}")}


@libreoffice
def test_an_infeasible_target_shows(served):
    served.calc.open(served.copy(FILE))
    served.calc.set("Inputs", "D6", 0.0001)
    served.calc.calculate()
    assert served.calc.read("Calc_Step3", "F9")[0][0].name == "#NUM!"
    assert served.calc.named("chk_failures")[0][0] > 0
    assert flags(served)["ARAM_WEIGHTS", "Numbers"] == 1.0
    status = served.calc.read("Calc_Audit", "E8:I9")
    assert "risk_target" in status[1][4] or "target" in status[1][4], status
    served.calc.set("Inputs", "D6", 0.02)
    served.calc.calculate()
    assert served.calc.named("chk_failures")[0][0] == 0.0


@libreoffice
def test_each_function_notices_spoilt_data(served):
    served.calc.open(served.copy(FILE))
    assert set(flags(served).values()) == {0.0}
    for column in "DFGHI":
        served.calc.set("Data", f"{column}7", None)
    served.calc.set("Data_Daily", "F8", "no level")
    served.calc.calculate()
    assert {name for (name, label), flag in flags(served).items() if label == "Numbers" and flag == 0.0} == set()


@libreoffice
def test_each_twin_can_fail(served):
    """A wrong number in place of a native formula raises the flag of its function; later sections first."""
    served.calc.open(served.copy(FILE))
    first: dict[str, tuple[str, str]] = {}
    columns = {s.title: next(c.column_letter for c in s[5] if c.value == "native") for s in book() if "Calc" in s.title}
    for formula in formulas():
        if columns.get(formula.sheet) == formula.cell.column_letter:
            name = book()[formula.sheet][f"A{formula.cell.row}"].value
            if name in REGISTRY and "NA()" not in formula.text:
                first.setdefault(name, (formula.sheet, formula.cell.coordinate))
    last = book()["Calc_Judge"].max_row
    first["ARAM_ROLLING"] = ("Calc_Judge", f"N{last}")
    assert set(first) == set(REGISTRY) - WITHOUT_TWIN
    for name, (sheet, cell) in reversed(first.items()):
        assert flags(served)[name, "Largest difference"] == 0.0, name
        served.calc.set(sheet, cell, 9.0)
        served.calc.calculate()
        assert flags(served)[name, "Largest difference"] == 1.0, name


@libreoffice
@pytest.mark.parametrize(("cell", "value"), [("D8", "ledoit_wolf"), ("D9", "momentum"), ("D11", "volatility"),
                                             ("D10", 36.0), ("D13", 12.0), ("D14", 7.0), ("D18", 3.0)])  # fmt: skip
def test_other_inputs_leave_the_checks_at_0(served, cell, value):
    served.calc.open(served.copy(FILE))
    before = served.calc.formulas()
    served.calc.set("Inputs", cell, value)
    served.calc.calculate()
    assert served.calc.formulas() != before
    assert served.calc.named("chk_failures")[0][0] == 0.0, [k for k, v in flags(served).items() if v]


@libreoffice
def test_pages_can_be_drawn(served, tmp_path):
    pages = render_pages(served.copy(FILE), tmp_path / "pages", calc=served.calc)
    assert len(pages) >= len(book().sheetnames)
