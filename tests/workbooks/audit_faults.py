"""Faults to plant into the small model, each with the findings that must come of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from tests.workbooks.audit_model import Model

Found = set[tuple[str, str | None, str]]
"""Check, sheet, cells."""


class Fault(NamedTuple):
    """What is planted, and the findings that must come of it."""

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


def name_of_calc(m: Model) -> None:
    """Known on its own sheet only; there it is used without a fault."""
    m.book.define_name("Calc!own", "=Calc!$B$2")
    m.calc.write_formula("B28", "=own", None, 1.0)
    output("B25", "=own")(m)


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
    Fault("missing sheet", output("B22", "=Sheet9!A1"), {("broken_reference", "Outputs", "B22")}),
    Fault("missing sheets", output("B22", "=SUM('Q 1:Q 4'!A1)"), {("broken_reference", "Outputs", "B22")}),
    Fault("missing table", output("B23", "=SUM(Sales[Units])"), {("broken_reference", "Outputs", "B23")}),
    Fault("unknown name", output("B24", "=undefined_name+1"), {("undefined_name", "Outputs", "B24")}),
    Fault("name of another sheet", name_of_calc, {("undefined_name", "Outputs", "B25")}),
    Fault("unknown function", output("B26", "=NOSUCHFUNC(B2)"), {("unknown_function", "Outputs", "B26")}),
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
        "empty value",
        output("B27", "=B2+B4", ""),
        {("no_value", "Outputs", "B27")},
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
    Fault("name of no name", lambda m: None, {("broken_name", None, "")}, name("lost", "nowhere+1")),
    Fault("name of no function", lambda m: None, {("unknown_function", None, "")}, name("lost", "NOSUCHFUNC(1)")),
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
