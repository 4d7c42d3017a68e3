"""Planted faults: each is found exactly where it was planted, and nothing is found in the model without it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
import xlsxwriter

from aram_xl.errors import InputError, ToolMissingError
from tests.workbooks.audit_model import Model, build
from workbooks.__main__ import TEMPLATES
from workbooks.audit import CHECKS, Severity, audit
from workbooks.libreoffice import Calc
from workbooks.recalc import recalculate

Found = set[tuple[str, str | None, str]]


class Fault(NamedTuple):
    """What is planted, and the findings that must come of it: check, sheet, cells."""

    name: str
    plant: Callable[[Model], object]
    found: Found
    patches: tuple[tuple[str, str, str], ...] = ()
    """Parts to edit afterwards: part, old text, new text."""


BOOK, OUTPUTS = "xl/workbook.xml", "xl/worksheets/sheet4.xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINK_PART = "externalLinks/externalLink1.xml"
LINK = f'<Relationship Id="rIdLink" Type="{OFFICE}/externalLink" Target="{LINK_PART}"/></Relationships>'
TARGET = (
    '<Relationships><Relationship Id="rId1" Type="externalLinkPath" Target="Other.xlsx" TargetMode="External"/>'
    "</Relationships>"
)
CONNECTION_TYPE = (
    '<Override PartName="/xl/connections.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml"/></Types>'
)


def name(word: str, formula: str) -> tuple[tuple[str, str, str], ...]:
    """A defined name more, as Excel leaves it behind."""
    entry = f'<definedName name="{word}">{formula}</definedName></definedNames>'
    return ((BOOK, "</definedNames>", entry),)


def patched(path: Path, patches: Iterable[tuple[str, str, str]]) -> Path:
    """Edit parts of a workbook in place; a part that is edited from nothing is new."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    for part, old, new in patches:
        content = parts.get(part, b"").decode()
        assert content.count(old) >= 1, f"{old} not in {part}: {content}"
        parts[part] = content.replace(old, new, 1).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return path


def output(cell: str, formula: str, value: object = 1.0) -> Callable[[Model], object]:
    """A formula more on the sheet of outputs."""
    return lambda m: m.outputs.write_formula(cell, formula, None, value)


def text(sheet: str, cell: str, value: str) -> Callable[[Model], object]:
    return lambda m: getattr(m, sheet).write_string(cell, value)


def hide_row(m: Model) -> None:
    m.data.set_row(9, None, None, {"hidden": True})


def circle(m: Model) -> None:
    output("B14", "=B15")(m)
    output("B15", "=B14+1")(m)


def long_circle(m: Model) -> None:
    """Running totals refer to their own column and are no circle; this one reads the row below itself."""
    for row in range(30, 40):
        output(f"C{row}", f"=SUM(C$29:C{row - 1})+Calc!B{row - 20}")(m)
    output("C34", "=C39*C33")(m)


def typed_over_in_a_row(m: Model) -> None:
    for column, letter in zip("EFGIJ", "ABCEF", strict=True):
        output(f"{column}7", f"=Calc!{letter}3")(m)
    m.outputs.write_number("H7", 3.5)


def array(*values: object) -> Callable[[Model], None]:
    """An array formula of some rows from C20, and the values that the file keeps for it; 77 for an #N/A."""

    def plant(m: Model) -> None:
        m.outputs.write_array_formula(f"C20:C{19 + len(values)}", "{=1/Calc!C3:C5}", None, values[0])
        for row, value in enumerate(values[1:], start=21):
            m.outputs.write_number(f"C{row}", value)

    return plant


def absent(*rows: int) -> tuple[tuple[str, str, str], ...]:
    return tuple((OUTPUTS, f'r="C{row}"><v>77</v>', f'r="C{row}" t="e"><v>#N/A</v>') for row in rows)


def duplicate(m: Model) -> None:
    m.book.define_name("rate", "=Inputs!$B$2")
    m.book.define_name("Calc!rate", "=Calc!$B$2")


def lonely(m: Model) -> None:
    m.book.add_worksheet("Alone").write_column("A1", [3.5, 4.5])


def unlocked_formula(m: Model) -> None:
    m.calc.protect()
    m.calc.write_formula("C8", "=B8/B7-1", m.unlocked, 0.01)


def what_if_below_the_limit(m: Model) -> None:
    m.inputs.write_number("B2", 5.0, m.unlocked)


LONG = "+".join(f"Calc!$B${row}" for row in range(2, 26)) + "-" + "-".join(f"Calc!$C${row}" for row in range(3, 26))
NESTED = "=IF(B2>0,1,IF(B3>0,1,IF(B4>0,1,IF(B5>0,1,0))))"

FAULTS = [
    Fault("hidden sheet", lambda m: m.notes.hide(), {("hidden_sheet", "Notes", "")}),
    Fault("very hidden sheet", lambda m: m.notes.very_hidden(), {("very_hidden_sheet", "Notes", "")}),
    Fault("hidden row", hide_row, {("hidden_rows", "Data", "10:10")}),
    Fault(
        "hidden column",
        lambda m: m.calc.set_column("D:D", None, None, {"hidden": True}),
        {("hidden_columns", "Calc", "D:D")},
    ),
    Fault("error", output("B8", "=1/0", "#DIV/0!"), {("error_cell", "Outputs", "B8")}),
    Fault("deliberate #N/A", output("B8", "=NA()", "#N/A"), {("deliberate_na", "Outputs", "B8")}),
    Fault("number as text", text("data", "B12", "127.5"), {("number_as_text", "Data", "B12")}),
    Fault(
        "number after an apostrophe",
        lambda m: m.data.write_string("B13", "127.5", m.book.add_format({"quote_prefix": True})),
        {("quoted_number", "Data", "B13")},
    ),
    Fault("price as text", text("data", "B12", "$1,027.50"), {("number_as_text", "Data", "B12")}),
    Fault("date as text", text("data", "A14", "28/01/2023"), {("date_as_text", "Data", "A14")}),
    Fault(
        "formula as text",
        lambda m: m.outputs.write_string("B9", "=B2*B3", m.book.add_format({"num_format": "@"})),
        {("formula_as_text", "Outputs", "B9")},
    ),
    Fault(
        "invisible",
        lambda m: m.outputs.write_number("B9", 12.5, m.book.add_format({"num_format": ";;;"})),
        {("invisible_format", "Outputs", "B9")},
    ),
    Fault("constant", output("B10", "=Calc!B26*1.21"), {("constant_in_formula", "Outputs", "B10")}),
    Fault(
        "constant in a column",
        lambda m: [output(f"C{row}", f"=Calc!B{row}+0.5")(m) for row in range(3, 9)],
        {("constant_in_formula", "Outputs", "C3:C8")},
    ),
    Fault(
        "other formula",
        lambda m: m.calc.write_formula("C12", "=B12/B10-1", None, 0.1),
        {("inconsistent_formula", "Calc", "C12")},
    ),
    Fault("typed over", lambda m: m.calc.write_number("D15", 99.0), {("number_in_block", "Calc", "D15")}),
    Fault(
        "typed over in a row",
        typed_over_in_a_row,
        {("number_in_block", "Outputs", "H7")},
    ),
    Fault("link", output("B11", "='[Other.xlsx]Sheet1'!$A$1"), {("external_link", "Outputs", "B11")}),
    Fault(
        "link in a name",
        lambda m: m.book.define_name("elsewhere", "='[Other.xlsx]Sheet1'!$A$1"),
        {("external_link", None, "")},
    ),
    Fault("volatile", output("B12", "=TODAY()"), {("volatile_function", "Outputs", "B12")}),
    Fault("whole column", output("B13", "=SUM(Data!B:B)"), {("whole_column", "Outputs", "B13")}),
    Fault("unused input", lambda m: m.inputs.write("B9", 0.3, m.unlocked), {("unused_input", "Inputs", "B9")}),
    Fault("circle", circle, {("circular_reference", "Outputs", "B14:B15")}),
    Fault(
        "circle through totals",
        long_circle,
        {
            ("circular_reference", "Outputs", "C34:C39"),
            ("inconsistent_formula", "Outputs", "C34"),
        },
    ),
    Fault("long formula", output("B16", f"={LONG}"), {("long_formula", "Outputs", "B16")}),
    Fault("nested IF", output("B16", NESTED), {("nested_if", "Outputs", "B16")}),
    Fault("merged", lambda m: m.outputs.merge_range("D2:E2", "Title"), {("merged_cells", "Outputs", "D2:E2")}),
    Fault("password", lambda m: m.calc.protect("secret"), {("password", "Calc", "")}),
    Fault("unlocked formula", unlocked_formula, {("unlocked_formula", "Calc", "C8")}),
    Fault("empty cell", output("B17", "=Data!F40"), {("empty_reference", "Outputs", "B17")}),
    Fault("empty range", output("B17", "=SUM(Data!F40:H45)"), {("empty_reference", "Outputs", "B17")}),
    Fault("two meanings", duplicate, {("duplicate_name", None, "")}),
    Fault("sheet alone", lonely, {("unreferenced_sheet", "Alone", "")}),
    Fault("manual", lambda m: m.book.set_calc_mode("manual"), {("manual_calculation", None, "")}),
    Fault("forbidden value", what_if_below_the_limit, {("invalid_value", "Inputs", "B2")}),
    Fault(
        "forbidden choice",
        lambda m: m.inputs.write_string("B4", "other", m.unlocked),
        {("invalid_value", "Inputs", "B4")},
    ),
    Fault(
        "list of #REF!",
        lambda m: m.inputs.data_validation("B12:B14", {"validate": "list", "source": "=#REF!$A$1:$A$3"}),
        {("broken_validation", "Inputs", "B12:B14")},
    ),
    Fault(
        "format with #REF!",
        lambda m: m.calc.conditional_format("B2:B9", {"type": "formula", "criteria": "=#REF!$A$1>0"}),
        {("broken_format", "Calc", "B2:B9")},
    ),
    Fault("#REF! masked", output("B18", "=IFERROR(#REF!+1,0)", 0.0), {("broken_reference", "Outputs", "B18")}),
    Fault(
        "short total",
        lambda m: m.calc.write_formula("B26", "=SUM(B2:B23)", None, 1.0),
        {("short_total", "Calc", "B26")},
    ),
    Fault(
        "nearest match",
        output("B20", "=VLOOKUP(Inputs!B2,Data!A2:B25,1)"),
        {("approximate_lookup", "Outputs", "B20")},
    ),
    Fault("array with an error", array("#DIV/0!", 2.0, 3.0), {("error_cell", "Outputs", "C20")}),
    Fault("array that waits", array("#N/A", 77, 3.0), {("deliberate_na", "Outputs", "C20:C21")}, absent(21)),
    Fault("array too large", array(1.0, 2.0, 77, 77), {("error_cell", "Outputs", "C22:C23")}, absent(22, 23)),
    Fault(
        "no value",
        output("B16", "=B2+B4", 77),
        {("no_value", "Outputs", "B16")},
        ((OUTPUTS, "<f>B2+B4</f><v>77</v>", "<f>B2+B4</f>"),),
    ),
    Fault(
        "precision",
        lambda m: None,
        {("precision_as_displayed", None, "")},
        ((BOOK, "<calcPr ", '<calcPr fullPrecision="0" '),),
    ),
    Fault(
        "iteration",
        lambda m: None,
        {("iterative_calculation", None, "")},
        ((BOOK, "<calcPr ", '<calcPr iterate="1" '),),
    ),
    Fault("broken name", lambda m: None, {("broken_name", None, "")}, name("lost", "#REF!$A$1")),
    Fault("name of no sheet", lambda m: None, {("broken_name", None, "")}, name("lost", "Gone!$A$1")),
    Fault("volatile name", lambda m: None, {("volatile_function", None, "")}, name("moving", "OFFSET(Data!$A$1,1,0)")),
    Fault(
        "hidden name",
        lambda m: None,
        {("hidden_name", None, "")},
        ((BOOK, '<definedName name="out_total"', '<definedName name="out_total" hidden="1"'),),
    ),
    Fault(
        "chart with #REF!",
        lambda m: None,
        {("broken_chart", None, "")},
        (("xl/charts/chart1.xml", "Calc!$A$2:$A$25", "#REF!"),),
    ),
    Fault(
        "linked workbook",
        lambda m: None,
        {("external_link", None, "")},
        (
            ("xl/_rels/workbook.xml.rels", "</Relationships>", LINK),
            (f"xl/{LINK_PART}", "", "<externalLink/>"),
            ("xl/externalLinks/_rels/externalLink1.xml.rels", "", TARGET),
        ),
    ),
    Fault(
        "connection",
        lambda m: None,
        {("data_connection", None, "")},
        (
            ("[Content_Types].xml", "</Types>", CONNECTION_TYPE),
            ("xl/connections.xml", "", '<connections><connection name="Prices"/></connections>'),
        ),
    ),
    Fault(
        "macro sheet",
        lambda m: None,
        {("macro_sheet", "Notes", "")},
        (
            (
                "xl/_rels/workbook.xml.rels",
                '/worksheet" Target="worksheets/sheet5',
                '/xlMacrosheet" Target="worksheets/sheet5',
            ),
        ),
    ),
    Fault(
        "shared formulas",
        lambda m: [output(f"C{row}", f"=Calc!B{row}", 77)(m) for row in (3, 4, 5, 6)],
        {("inconsistent_formula", "Outputs", "C5")},
        (
            (OUTPUTS, "<f>Calc!B3</f>", '<f t="shared" si="0" ref="C3:C6">Calc!B3</f>'),
            (OUTPUTS, "<f>Calc!B4</f>", '<f t="shared" si="0"/>'),
            (OUTPUTS, "<f>Calc!B5</f>", "<f>Calc!B4</f>"),
            (OUTPUTS, "<f>Calc!B6</f>", '<f t="shared" si="0"/>'),
        ),
    ),
]
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
        *("empty range", "date as text", "deliberate #N/A"),
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


LARGER_THAN_THEIR_ANSWERS = {"direct_risk_target.xlsm": {("error_cell", "Calc_Functions", "shows #N/A")}}
"""Blocks of array formulas that have room for the largest model: what the chosen one leaves empty shows #N/A."""


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.xls[xm]")), ids=lambda file: file.name)
def test_our_workbooks_have_no_fault(file):
    report = audit(file, recalculated=None)
    found = {(finding.check, finding.sheet, finding.message) for finding in report.at_least(Severity.LOW)}
    assert found == LARGER_THAN_THEIR_ANSWERS.get(file.name, set())
    notices = {finding.check for finding in report.findings}
    assert ("vba" in notices) == (file.suffix == ".xlsm")
    assert ("office_add_in" in notices) == ("lite" in file.name)


def test_a_failed_check_of_ours_is_seen_without_recalculation(make_workbook):
    spoilt = make_workbook()
    assert "failed_check" not in {check for check, _, _ in found_in(spoilt)}
    patched(spoilt, [("xl/worksheets/sheet3.xml", "<f>SUM(G3:G4)</f><v>0</v>", "<f>SUM(G3:G4)</f><v>2</v>")])
    assert ("failed_check", "Checks", "G2") in found_in(spoilt)


# Recalculation

libreoffice = pytest.mark.libreoffice


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
        output("B14", "=MY_MACRO(B2)", 5.0)(m)
        output("B15", "=IFERROR(B14,0)", 5.0)(m)

    report = audit(model(plant), recalculated=lambda file: recalculate(file, calc=calc_session))
    assert [(f.check, f.cells) for f in report.findings] == [("not_comparable", "B14:B15")]
    assert [item.reason for item in report.not_run] == [
        "2 cells call functions that LibreOffice does not know, or depend on them"
    ]


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
