"""Workbooks with macros: what VBA they carry, and functions beside native cells for every date."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from aram_xl import sample_prices
from tests.workbooks.add_in import calc_with_add_in, readable_copy
from tests.workbooks.archives import assert_same_xml, close_or_versions, parts
from tests.workbooks.book_cells import loaded, text_of
from udfs.functions import REGISTRY
from workbooks import active_index, direct_risk_target, function_sheet, functions_tour
from workbooks.__main__ import END, TEMPLATES
from workbooks.package import package_faults
from workbooks.recalc import compare_twins, recalculate, report_lines

libreoffice = pytest.mark.libreoffice

ACTIVE, TOUR = TEMPLATES / "active_index.xlsm", TEMPLATES / "functions_tour.xlsm"
DIRECT = TEMPLATES / "direct_risk_target.xlsm"
each = pytest.mark.parametrize("file", [ACTIVE, TOUR, DIRECT], ids=lambda file: file.stem)
mapped = pytest.mark.parametrize("file", [ACTIVE, DIRECT], ids=lambda file: file.stem)

SHOWN = ("ARAM_EXPECTED_RETURNS", "ARAM_COV", "ARAM_RISK_RANGE", "ARAM_WEIGHTS", "ARAM_CERTIFICATE")


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("macros")
    functions_tour.build(folder / TOUR.name)
    for file, module in ((ACTIVE, active_index), (DIRECT, direct_risk_target)):
        formulas = module.build(sample_prices(), folder / file.name, END)
        (folder / f"{file.stem}_functions.map.txt").write_text(formulas, encoding="utf-8", newline="\n")
    return folder


@each
def test_rebuild_is_the_committed_file(rebuilt, file):
    ours, theirs = parts(rebuilt / file.name), parts(file)
    assert list(ours) == list(theirs)
    for part, content in theirs.items():
        if not part.endswith((".xml", ".rels")):
            assert ours[part] == content, part
            continue
        assert_same_xml(part, ours[part], content, close_or_versions)


@mapped
def test_map_is_the_committed_map(rebuilt, file):
    name = f"{file.stem}_functions.map.txt"
    assert (rebuilt / name).read_bytes() == (TEMPLATES / name).read_bytes()


@each
def test_package_is_sound(file):
    assert package_faults(file) == []


@each
def test_vba_holds_one_wrapper_per_function(file):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # oletools uses names that its own libraries call old
        from oletools.olevba import VBA_Parser

        parser = VBA_Parser(str(file))
        try:
            code = "\n".join(text for _, _, _, text in parser.extract_macros())
        finally:
            parser.close()
    assert sorted(re.findall(r"^(?:Public )?Function (ARAM_\w+)\(", code, re.MULTILINE)) == sorted(REGISTRY)
    assert openpyxl.load_workbook(file, keep_vba=True).vba_archive is not None


def test_the_tour_is_the_same_with_macros():
    plain, macros = (loaded(TOUR.with_suffix(ending)) for ending in (".xlsx", ".xlsm"))
    assert plain.sheetnames == macros.sheetnames
    for sheet in plain:
        ours, theirs = ([[text_of(cell) for cell in row] for row in each[sheet.title]] for each in (plain, macros))
        assert ours == theirs


def test_functions_are_in_the_workbook_with_macros_only():
    plain, macros = loaded(ACTIVE.with_suffix(".xlsx")), loaded(ACTIVE)
    assert [name for name in macros.sheetnames if name not in plain.sheetnames] == [function_sheet.NAME]
    cells = [cell for row in macros[function_sheet.NAME] for cell in row if cell.data_type == "f"]
    calls = [text_of(cell) for cell in cells if "ARAM_" in text_of(cell)]
    assert tuple(re.match(r"=?(\w+)\(", text)[1] for text in calls) == SHOWN
    assert all(len(text) <= 90 for text in calls)
    before, after = (
        {(row[0], row[1]) for row in book["Checks"].iter_rows(min_row=8, values_only=True)} for book in (plain, macros)
    )
    assert before < after
    assert after - before == {(name, label) for name in SHOWN for label in ("Numbers", "Largest difference")}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = tmp_path_factory.mktemp("calc")
    with calc_with_add_in(place) as calc:
        yield calc, readable_copy(ACTIVE, place)


@libreoffice
def test_recalculates_without_a_difference(served):
    calc, copy = served
    report = compare_twins(recalculate(copy, calc=calc), atol=1e-10, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert (report.failures, report.without_cached, report.compared) == (0.0, 0, report.formulas)


@libreoffice
def test_functions_agree_at_every_date_and_multiplier(served):
    calc, copy = served
    calc.open(copy)
    inputs = {row[1].value: f"D{row[0].row}" for row in loaded(ACTIVE)["Inputs"].iter_rows(min_row=6)}
    dates = [row[0] for row in calc.read("Calc_Proof", "B6:B115")]
    lengths, weights = set(), set()
    for date in dates:
        calc.set("Inputs", inputs["Signal date"], date)
        calc.calculate(hard=False)
        assert calc.named("chk_failures")[0][0] == 0.0, date
        lengths.add(calc.read("Calc_Window", "D9")[0][0])
        weights.add(str(calc.named("out_weights")))
    assert (min(lengths), max(lengths)) == (18.0, 48.0)
    assert len(weights) > 90  # where the target does not bind, one asset is held
    for multiplier in (0.05, 5.0):  # below the least risk, and above the greatest
        calc.set("Inputs", inputs["Multiplier k"], multiplier)
        calc.calculate(hard=False)
        failed = {row[0] for row in calc.read("Checks", "A8:G90") if row[6] == 1.0}
        assert not failed & set(SHOWN)


@libreoffice
def test_a_spoilt_return_shows(served):
    calc, copy = served
    calc.open(copy)
    calc.set("Calc_Window", "F20", "no return")
    calc.calculate()
    flags = {(row[0], row[1]): row[6] for row in calc.read("Checks", "A8:G90")}
    assert [flags[name, "Numbers"] for name in SHOWN] == [1.0] * len(SHOWN)
