"""Planted faults: each is found exactly where it was planted, and nothing is found in the model without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from aram_xl.errors import InputError, ToolMissingError
from tests.workbooks.add_in import calc_with_add_in, readable_copy
from tests.workbooks.audit_faults import FAULTS, OUTPUTS, Found, output, patched
from tests.workbooks.audit_model import Model, build
from workbooks.__main__ import TEMPLATES
from workbooks.audit import CHECKS, Severity, audit
from workbooks.libreoffice import Calc
from workbooks.recalc import Recalculation, recalculate

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


def found_in(path: Path) -> Found:
    report = audit(path, recalculated=None)
    return {(finding.check, finding.sheet, finding.cells) for finding in report.findings}


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    return lambda *spoil: build(tmp_path / "model.xlsx", *spoil)


def test_the_model_itself_has_no_finding(model):
    assert found_in(model()) == set()


@each_fault
def test_a_planted_fault_is_found_where_it_was_planted_and_nothing_else(model, fault):
    assert found_in(patched(model(fault.plant), fault.patches)) == fault.found


def by_range(found: Found) -> Found:
    """One entry per range: faults of one kind on one sheet are told together."""
    return {(check, sheet, area) for check, sheet, cells in found for area in cells.split() or [""]}


def test_all_faults_that_can_stand_together_are_found_together(model):
    """One workbook with many faults: each as if it were alone."""
    alone = {
        *("very hidden sheet", "hidden sheet", "manual", "array with an error", "array that waits", "array too large"),
        *("shared formulas", "password", "price as text", "invisible", "typed over in a row", "circle through totals"),
        *("constant in a column", "name of no sheet", "volatile name", "macro sheet", "no value", "long formula"),
        *("empty range", "date as text", "deliberate #N/A", "missing sheets", "name of no name", "name of no function"),
    }
    together = [fault for fault in FAULTS if fault.name not in alone]
    assert len(together) >= 30
    path = model(*(fault.plant for fault in together))
    found = by_range(found_in(patched(path, [patch for fault in together for patch in fault.patches])))
    assert found == by_range(set().union(*(fault.found for fault in together)))


ELSEWHERE = {"cached_value", "recalculated_error", "not_comparable", "failed_check", "twin_gap", "vba", "office_add_in"}
"""Checks that the tests below plant."""


def test_every_check_is_planted():
    assert {check for fault in FAULTS for check, _, _ in fault.found} | ELSEWHERE == set(CHECKS)


def test_severities_go_down(model):
    wanted = ("very hidden sheet", "hidden row", "error", "constant", "merged", "volatile")
    report = audit(model(*(fault.plant for fault in FAULTS if fault.name in wanted)), recalculated=None)
    grades = [finding.severity for finding in report.findings]
    assert grades == sorted(grades, reverse=True)
    assert {finding.check for finding in report.at_least(Severity.HIGH)} == {"very_hidden_sheet", "error_cell"}
    assert report.at_least(Severity.NOTICE) == report.findings


# Our own workbooks


each_template = pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.xls[xm]")), ids=lambda file: file.name)


def test_a_failed_check_of_ours_is_seen_without_recalculation(make_workbook):
    spoilt = make_workbook()
    assert "failed_check" not in {check for check, _, _ in found_in(spoilt)}
    patched(spoilt, [("xl/worksheets/sheet3.xml", "<f>SUM(G3:G4)</f><v>0</v>", "<f>SUM(G3:G4)</f><v>2</v>")])
    assert ("failed_check", "Checks", "G2") in found_in(spoilt)


# Recalculation

libreoffice = pytest.mark.libreoffice


@pytest.fixture(scope="module")
def with_functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Recalculation]]:
    """Recalculates workbooks of ours, which may call our functions."""
    folder = tmp_path_factory.mktemp("functions")
    with calc_with_add_in(folder) as calc:
        yield lambda file: recalculate(readable_copy(file, folder), calc=calc)


@libreoffice
@each_template
def test_our_workbooks_are_audited_in_full(file, with_functions):
    """With LibreOffice and our functions nothing is left out, and nothing is found but what the file is made of."""
    report = audit(file, recalculated=with_functions)
    assert report.not_run == ()
    assert report.at_least(Severity.LOW) == ()
    notices = {finding.check for finding in report.findings}
    assert ("vba" in notices) == (file.suffix == ".xlsm")
    assert ("office_add_in" in notices) == ("lite" in file.name)


@pytest.fixture
def recalculated_in(calc_session: Calc) -> Callable[[Path], Found]:
    def found(path: Path) -> Found:
        report = audit(path, recalculated=lambda file: recalculate(file, calc=calc_session))
        return {(finding.check, finding.sheet, finding.cells) for finding in report.findings}

    return found


@libreoffice
def test_the_model_recalculates_to_itself(model, recalculated_in):
    assert recalculated_in(model()) == set()


@libreoffice
def test_an_old_value_is_found_in_its_cell(model, recalculated_in):
    """B4 is rate plus growth, 0.07; the file says 0.08. The formula =1/0 keeps a 5."""
    sums = output("B14", "=Inputs!B2+Inputs!B3", 0.08)
    division = output("B15", "=1/0", 5.0)
    assert recalculated_in(model(sums, division)) == {
        ("cached_value", "Outputs", "B14"),
        ("recalculated_error", "Outputs", "B15"),
    }


@libreoffice
def test_what_changes_by_itself_is_no_old_value(model, recalculated_in):
    """A random number, what depends on it, and an array that does; the formula beside them is still compared."""

    def plant(m: Model) -> None:
        output("B14", "=RAND()", 5.0)(m)
        output("B15", "=B14+B2", 6.0)(m)
        m.outputs.write_array_formula("C20:C21", "{=B14*Calc!B3:B4}", None, 7.0)
        m.outputs.write_number("C21", 8.0)
        output("B16", "=C21+B4", 9.0)(m)
        output("B17", "=B2+B4", 10.0)(m)

    assert recalculated_in(model(plant)) == {
        ("volatile_function", "Outputs", "B14"),
        ("cached_value", "Outputs", "B17"),
    }


@libreoffice
def test_what_libreoffice_cannot_calculate_is_said_and_no_fault(model, calc_session):
    def plant(m: Model) -> None:
        output("B14", "=_xll.MY_FUNCTION(B2)", 5.0)(m)
        output("B15", "=IFERROR(B14,0)", 5.0)(m)

    report = audit(model(plant), recalculated=lambda file: recalculate(file, calc=calc_session))
    assert [(f.check, f.cells) for f in report.findings] == [("not_comparable", "B14:B15")]
    assert [item.reason for item in report.not_run] == [
        "2 cells call functions that LibreOffice does not know, or depend on them"
    ]


@libreoffice
def test_each_error_has_its_own_reason(model, calc_session):
    """LibreOffice shows #NAME? for a missing sheet or name and for a function that it lacks, and hands it on. What
    leads nowhere is an error in Excel too; the rest cannot be compared, each for a reason of its own. MY_ADD_IN reads
    a division by 0, which is no reason for its #NAME?."""

    def plant(m: Model) -> None:
        formulas = {
            "B30": "=Sheet9!A1", "B31": "=B30*B2", "B32": "=IFERROR(B31,0)", "B33": "=nobody+B2",
            "B35": "=_xll.MY_ADD_IN(B36)", "B36": "=1/(B2-B2)", "B37": "=B35+B3",
            "B39": "=[Other.xlsx]Data!A1+B2", "B40": "=B39-B2", "B42": "=B43+B2", "B43": "=B42", "B44": "=B43-B3",
        }  # fmt: skip
        for cell, formula in formulas.items():
            output(cell, formula, 5.0)(m)

    report = audit(model(plant), recalculated=lambda file: recalculate(file, calc=calc_session))
    found = {(f.check, f.cells, f.message) for f in report.findings if f.check not in ("external_link", "no_value")}
    assert found == {
        ("broken_reference", "B30", "refers to a sheet that is not there, sheet9"),
        ("undefined_name", "B33", "uses the name nobody, which is not defined"),
        ("circular_reference", "B42:B43", "the formula depends on itself through these cells"),
        ("recalculated_error", "B30:B31 B33", "recalculation gives #NAME?"),
        ("recalculated_error", "B36", "recalculation gives #DIV/0!"),
        ("cached_value", "B32", "the value in the file is not the recalculated one: 5.0 in the file, 0.0 recalculated"),
        ("not_comparable", "B35 B37", "calls a function that LibreOffice does not know, or depends on one"),
        ("not_comparable", "B39:B40", "reads another workbook, which is not opened, or depends on a cell that does"),
        ("not_comparable", "B42:B44", "depends on itself, or on a cell that does"),
    }
    assert [item.reason for item in report.not_run] == [
        "2 cells call functions that LibreOffice does not know, or depend on them",
        "2 cells read other workbooks, which are not opened, or depend on such cells",
        "3 cells depend on themselves, or on cells that do",
    ]


def without_values(path: Path) -> Path:
    """The workbook as a program leaves it that reads formulas and writes them back without their values."""
    book = openpyxl.load_workbook(path)
    book.save(path)
    return path


@libreoffice
def test_formulas_without_values_are_no_old_values(make_workbook, recalculated_in):
    """The small workbook of ours written anew by openpyxl: #N/A that is meant is told as such, and the total of failed
    checks, for which the file keeps nothing either, is recalculated to 0. With y3 = 9 a check does fail."""
    found = recalculated_in(without_values(make_workbook()))
    assert {check for check, _, _ in found} == {"no_value", "deliberate_na", "constant_in_formula"}
    assert ("no_value", "Checks", "D3:D4 G2:G4") in found
    assert ("deliberate_na", "Calc", "A6") in found
    failing = recalculated_in(without_values(make_workbook(last=9.0)))
    assert {cells for check, _, cells in failing if check == "failed_check"} == {"G4", "G2"}


@libreoffice
def test_an_error_without_a_value_in_the_file_is_one(model, recalculated_in):
    """An #N/A of a formula that does not ask for it, and a division by 0; the rest is well without values."""
    plants = output("B14", "=MATCH(B2,Calc!C3:C25,0)"), output("B15", "=1/(B2-B2)")
    found = recalculated_in(without_values(model(*plants)))
    assert {entry for entry in found if entry[0] not in ("no_value", "empty_reference")} == {
        ("recalculated_error", "Outputs", "B14"),
        ("recalculated_error", "Outputs", "B15"),
    }


@libreoffice
def test_an_empty_text_is_a_value(model, recalculated_in):
    """B14 keeps an empty text and gives "no": the value is old. In B15 the empty text is right. Without the type that
    makes them texts both keep no value, and nothing can be said."""
    path = model(output("B14", '=IF(B2>0,"no","")', ""), output("B15", '=IF(B2>0,"","no")', ""))
    assert recalculated_in(path) == {("no_value", "Outputs", "B14:B15")}
    patched(path, [(OUTPUTS, f'<c r="{cell}"><f>', f'<c r="{cell}" t="str"><f>') for cell in ("B14", "B15")])
    assert recalculated_in(path) == {("cached_value", "Outputs", "B14")}


@libreoffice
def test_twins_and_checks_of_ours(make_workbook, recalculated_in):
    """H2 = F2 - G2 sets an engine value against its twin: 2.5 - 2. Line 4 of Checks, the trace, fails with y3 = 9."""
    assert not {"twin_gap", "failed_check"} & {check for check, _, _ in recalculated_in(make_workbook())}
    assert ("twin_gap", "Calc", "H2") in recalculated_in(make_workbook({"F2": 2.5, "H2": 0.5}))
    failed = {cells for check, _, cells in recalculated_in(make_workbook(last=9.0)) if check == "failed_check"}
    assert failed == {"G4", "G2"}


def test_without_libreoffice_it_says_what_was_not_run(model):
    def missing(path: Path) -> None:
        raise ToolMissingError("LibreOffice: expected on this computer, not found")

    report = audit(model(), recalculated=missing)
    assert [(item.check, item.reason) for item in report.not_run] == [
        ("cached_value", "LibreOffice: expected on this computer, not found")
    ]


def test_indirect_hides_who_reads_what(model):
    """INDIRECT may read any cell: whether an input is unused cannot be said, and is not."""

    def plant(m: Model) -> None:
        m.inputs.write("B9", 0.3, m.unlocked)
        output("B12", '=INDIRECT("Inputs!B9")')(m)

    report = audit(model(plant), recalculated=None)
    assert [finding.check for finding in report.findings] == ["volatile_function"]
    assert "unused_input" in {item.check for item in report.not_run}


# What is no fault


@pytest.mark.parametrize(
    "formula",
    [
        "=ROUND(B2,2)+B3^2-1*(B4>0)",
        "=SUBTOTAL(9,Calc!B2:B25)",
        "=VLOOKUP(Inputs!B2,Data!A2:B25,1,FALSE)",
        "=IF(B2>0,IF(B3>0,IF(B4>0,1,0),0),0)",
        "=COUNT(Data!F40:H45)",
        '=IF(Data!F40="",0,Data!F40)',
        '="1234.5 and TODAY() in a text"&LEFT(Inputs!A1,3)',
        "=SUM(Calc!B2:B25,Calc!$B$26)",
        "=ROWS(Data!F40:H45)+COLUMNS(Data!$F40:F40)+ROW(Data!J9)",
        "=_xlfn.LET(_xlpm.x,B2,_xlpm.x+B3)",
        "=LET(x,B2,x+B3)",
        "=_xll.BDP(B2)+_xldudf_CONTOSO_ADD(B3)+_xludf.MINE(B4)+ARAM_VOLATILITY(B2)",
        "=SUM('Calc'!B2:B25)+SUM(CALC!B2,Inputs:Calc!B2)+OUT_TOTAL",
    ],
)
def test_harmless_formulas(model, formula):
    assert found_in(model(output("B14", formula))) == set()


def test_subtotals_within_a_column_are_layout(model):
    """Three subtotals after four months each break the column on purpose; a fourth pattern would be a fault."""

    def plant(m: Model) -> None:
        for row in range(30, 45):
            formula = f"=SUM(D{row - 4}:D{row - 1})" if row % 5 == 4 else f"=Calc!B{row - 28}"
            output(f"D{row}", formula)(m)

    assert found_in(model(plant)) == set()


def test_windows_that_grow_and_then_slide(model):
    """A rolling sum with a shorter start: different formulas one by one, then one formula."""

    def plant(m: Model) -> None:
        for row in range(2, 26):
            output(f"F{row}", f"=SUM(Calc!B{max(2, row - 5)}:B{row})")(m)

    assert found_in(model(plant)) == set()


def test_hidden_columns_without_content_are_no_finding(model):
    assert found_in(model(lambda m: m.calc.set_column("H:XFD", None, None, {"hidden": True}))) == set()


def test_typed_numbers_count_as_inputs_where_none_are_unlocked(tmp_path):
    """No cell is unlocked: the price that nothing reads is an unused input; year, counter and 1 are labels."""
    path = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Model")
        sheet.write_column("A1", [2024, 1, 2, 3, 1])
        sheet.write_column("B1", [10.5, 11.7, 12.5])
        sheet.write_formula("C1", "=SUM(B1:B2)", None, 22.0)
    assert found_in(path) == {("unused_input", "Model", "B3")}


def test_tables_and_names_are_followed(tmp_path):
    """Structured references read columns of a table; a column that none names is unused, and a circle is seen."""
    path = tmp_path / "table.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Model")
        columns = [
            {"header": "Price"},
            {"header": "Units"},
            {"header": "Spare"},
            {"header": "Value", "formula": "=[@Price]*[@Units]"},
        ]
        rows = [[2.5, 3.5, 9.5, 8.75], [4.5, 5.5, 9.5, 24.75]]
        sheet.add_table("A1:D3", {"name": "Sales", "columns": columns, "data": rows})
        sheet.write_formula("F1", "=SUM(Sales[Value])", None, 33.5)
    assert found_in(path) == {("unused_input", "Model", "C2:C3")}
    patched(path, [("xl/worksheets/sheet1.xml", "SUM(Sales[Value])", "SUM(Sales[#All])+F1")])
    assert found_in(path) == {("circular_reference", "Model", "F1")}


def test_wrong_input_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match=r"expected an \.xlsx or \.xlsm workbook, got No such file"):
        audit(tmp_path / "nosuch.xlsx")


def test_the_documentation_lists_every_check_with_its_severity():
    text = (Path(__file__).parents[2] / "docs" / "workbook_audit.md").read_text(encoding="utf-8")
    for check in CHECKS.values():
        assert f"| `{check.name}` | {check.severity.word} | {check.looks_for} |" in text
