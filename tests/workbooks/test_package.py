"""Every check of the parts of a workbook: a sound file passes, a file broken in one place is found out."""

from __future__ import annotations

import re
import shutil
import zipfile

import pytest
import xlsxwriter

from aram_xl.errors import InputError
from workbooks._package_formulas import NEWER, single_formula_faults
from workbooks.package import package_faults
from workbooks.render import main as render_main
from workbooks.render import render_pages

INPUTS, CALC = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
BOOK, TYPES, STYLES = "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"
CHART, DRAWING = "xl/charts/chart1.xml", "xl/drawings/drawing1.xml"
VALIDATED = '<dataValidation type="list"'


def test_sound_workbook_has_no_faults(make_workbook):
    assert package_faults(make_workbook()) == []


def test_workbook_with_everything_has_no_faults(tmp_path):
    """What our templates use beyond the small workbook: tables, frozen panes, several charts, odd sheet names."""
    path = tmp_path / "rich.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("It's 5% & more")
        sheet.add_table("A1:B3", {"data": [[1, 2], [3, 4]], "name": "prices", "columns": [{"header": "a"}, {}]})
        sheet.freeze_panes(1, 1)
        sheet.set_column("A:B", 12, book.add_format({"bold": True, "locked": False}))
        sheet.write_comment("D1", "note")
        sheet.write_url("D2", "https://example.org")
        sheet.write_rich_string("D3", "a", book.add_format({"italic": True}), "b")
        sheet.write_formula("D4", "='It''s 5% & more'!A2+SUM(prices[a])", None, 3)
        sheet.write_formula("D5", '="TODAY() [1] Nowhere!A1 ("&#N/A', None, "#N/A")
        sheet.write_dynamic_array_formula("F1:F2", "=_xlfn._xlws.SORT(A2:A3)", None, 1)
        sheet.conditional_format("A2:B3", {"type": "2_color_scale"})
        sheet.print_area("A1:D9")
        sheet.repeat_rows(0)
        for cell in ("H1", "H20"):
            chart = book.add_chart({"type": "scatter"})
            chart.add_series({"categories": "='It''s 5% & more'!$A$2:$A$3", "values": [sheet.name, 1, 1, 2, 1]})
            sheet.insert_chart(cell, chart)
        book.define_name("in_rate", "='It''s 5% & more'!$A$2")
        book.add_chartsheet("Chart").set_chart(_line(book, sheet.name))
    assert package_faults(path) == []


def _line(book, name):
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": [name, 1, 0, 2, 0]})
    return chart


@pytest.mark.parametrize(
    ("part", "old", "new", "fault"),
    [
        # Parts
        (TYPES, "/xl/worksheets/sheet1.xml", "/xl/worksheets/sheet9.xml", "expected a content type of its own"),
        (TYPES, "/xl/worksheets/sheet1.xml", "/xl/worksheets/sheet9.xml", "expected parts of this file, got xl/wor"),
        (TYPES, '<Default Extension="rels"', '<Default Extension="other"', ".rels: expected a content type, got"),
        ("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet9.xml", "worksheet xl/worksheets/sheet9.xml, not found"),
        ("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet2.xml", "sheet1.xml: expected a relationship that leads"),
        ("xl/_rels/workbook.xml.rels", '"rId2"', '"rId1"', "expected rId1 once, got it 2 times"),
        (CALC, 'r:id="rId1"', 'r:id="rId7"', "expected a relationship rId7, got none"),
        ("xl/_rels/workbook.xml.rels", "relationships/theme", "relationships/externalLink", "no link to another"),
        (
            "xl/_rels/workbook.xml.rels",
            'Target="theme/theme1.xml"',
            'Target="http://x" TargetMode="External"',
            "expected nothing from outside the file, got theme http://x",
        ),
        (CALC, "</worksheet>", "", "sheet2.xml: expected well-formed XML"),
        (CALC, "<worksheet ", "<!DOCTYPE worksheet><worksheet ", "expected no document type declaration"),
        (CHART, None, "<c/>", "expected once in the archive, got 2 entries"),
        ("xl/stray.bin", None, "x", "xl/stray.bin: expected a relationship that leads to it"),
        ("xl/_rels/stray.xml.rels", None, "<Relationships/>", "expected the part xl/stray.xml, not found"),
        ("../up.xml", None, "<a/>", "expected a plain relative name"),
        # Sheets and names
        (BOOK, '"Inputs"', f'"{"I" * 32}"', "expected a name of 1 to 31 characters, got 32"),
        (BOOK, '"Inputs"', '"In:puts"', "expected a name without"),
        (BOOK, '"Inputs"', '"History"', "Excel keeps this one for itself"),
        (BOOK, '"Inputs"', '"CALC"', "sheet calc: expected a name of its own, got 2"),
        (BOOK, 'sheetId="2"', 'sheetId="1"', "expected sheetId 1 once"),
        (BOOK, 'sheetId="2"', 'sheetId="2" state="hidden"', "sheet Calc: expected to be visible, got hidden"),
        (BOOK, '"in_observations"', '"TAU1"', "name TAU1: expected a name that is no cell"),
        (BOOK, '"in_observations"', '"R2C3"', "name R2C3: expected a name that is no cell"),
        (BOOK, '"in_observations"', '"in rate"', "name in rate: expected letters, digits"),
        (BOOK, '"in_observations"', '"CHK_failures"', "name chk_failures: expected once, got it 2 times"),
        (BOOK, '"in_observations"', '"in_x" hidden="1"', "name in_x: expected to be visible"),
        (BOOK, "Checks!$G$2", "Nowhere!$G$2", "name chk_failures: expected a sheet of this workbook, got Nowhere"),
        (BOOK, "Checks!$G$2", "", "expected to refer to something"),
        # Cells
        (CALC, '<row r="3"', '<row r="1"', "row 1: expected rows in ascending order, got it after row 2"),
        (CALC, 'r="D1"', 'r="B1"', "B1: expected cells in ascending order"),
        (CALC, 'r="D1"', 'r="C1"', "C1: expected cells in ascending order, each once"),
        (CALC, 'r="D1"', 'r="D2"', "D2: expected a cell of row 1"),
        (CALC, 'r="D1"', 'r="D"', "expected an address such as B2, got 'D'"),
        (CALC, '<c r="D1">', '<c r="D1" s="99">', "expected a style below 2, got 99"),
        (STYLES, 'fontId="0"', 'fontId="7"', "expected fontId below 1, got 7"),
        (STYLES, 'numFmtId="164" fontId', 'numFmtId="165" fontId', "expected a number format that exists, got 165"),
        (CALC, '<c r="F1" t="s"><v>5</v>', '<c r="F1" t="s"><v>500</v>', "F1: expected a shared text below"),
        (CALC, '<c r="D1"><v>28</v>', '<c r="D1"><v>nan</v>', "D1: expected a number, got nan"),
        (CALC, '<c r="A5" t="b">', '<c r="A5" t="e">', "A5: expected an error value, got 1"),
        (CALC, '<c r="A6" t="e">', '<c r="A6" t="b">', "A6: expected 0 or 1, got #N/A"),
        (CALC, '<c r="A4" t="str">', '<c r="A4">', "A4: expected a number, got mean/2"),
        (CALC, '<c r="A4" t="str">', '<c r="A4" t="q">', "A4: expected a known cell type, got q"),
        # Layout
        (CALC, "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>', "no merged cells"),
        (CALC, '<row r="2"', '<row hidden="1" r="2"', "expected no hidden rows, got row 2"),
        (CALC, "<sheetData>", '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>', "no hidden columns"),
        (CALC, "<sheetData>", '<cols><col min="2" max="3"/><col min="3" max="3"/></cols><sheetData>', "column 3 desc"),
        (CALC, "<sheetData>", "<pageMargins/><sheetData>", "expected elements in the order of the schema"),
        # Formulas
        (CALC, "<f>NA()</f>", "<f>=NA()</f>", "A6: expected a formula without a leading ="),
        (CALC, "<f>NA()</f>", f"<f>{'1+' * 4097}1</f>", "A6: expected at most 8192 characters, got 8195"),
        (CALC, "<f>NA()</f>", "<f>YEAR(TODAY())</f>", "A6: expected no volatile function, got TODAY"),
        (CALC, "_xlfn.STDEV.S", "STDEV.S", "A2: expected _xlfn.STDEV.S, got STDEV.S without the prefix"),
        (CALC, "<f>NA()</f>", "<f>_xlfn.SUM(1)</f>", "A6: expected SUM without a prefix"),
        (CALC, "<f>NA()</f>", "<f>Nowhere!A1</f>", "A6: expected a sheet of this workbook, got Nowhere"),
        (CALC, "<f>NA()</f>", "<f>Inputs!#REF!</f>", "A6: expected existing cells"),
        (CALC, "<f>NA()</f>", "<f>[1]Inputs!A1</f>", "A6: expected no other workbook"),
        (CALC, "<f>NA()</f>", "<f>SUM((1)</f>", "A6: expected as many ( as )"),
        (CALC, 'ref="C1:D2"', 'ref="D1:D2"', "C1: expected an array block that begins here, got D1:D2"),
        (CALC, 'ref="C1:D2"', 'ref="C1:D"', "C1: array block: cell: expected an address"),
        (CALC, '<c r="C2">', '<c r="C2"><f>1</f>', "C2: expected no formula inside the array block of C1"),
        (CALC, "<f>A1</f>", '<f t="array" ref="G2:H3">1</f>', "H2: expected no formula inside the array block of"),
        # Validations and formats
        (INPUTS, 'sqref="D7"', 'sqref="D0"', "expected an address such as B2, got 'D0'"),
        (INPUTS, 'sqref="D7"', "", "expected at least one range, got none"),
        (INPUTS, '"mean,ewma"', '"' + "m" * 256 + '"', "expected a list of at most 255 characters, got 256"),
        (INPUTS, '<dataValidations count="1">', '<dataValidations count="2">', "expected 2 validations, got 1"),
        (INPUTS, VALIDATED, '<dataValidation type="lists"', "expected a known type, got lists"),
        (INPUTS, '<formula1>"mean,ewma"</formula1>', "", "expected a condition for list, got none"),
        (INPUTS, VALIDATED, f'{VALIDATED} promptTitle="{"t" * 33}"', "expected promptTitle of at most 32"),
        (INPUTS, '<formula1>"mean,ewma"', "<formula1>Nowhere!$A$1", "validation of D7: expected a sheet of this"),
        (INPUTS, 'sqref="D2:D4"', 'sqref="D4:D2"', "expected its upper left corner first"),
        (INPUTS, 'priority="1"', 'priority="0"', "expected format priority 0 once and from 1"),
        (INPUTS, 'priority="1"', 'priority="1" dxfId="0"', "expected a format below 0, got 0"),
        # Charts
        (CHART, "Inputs!$D$2:$D$4", "Nowhere!$D$2:$D$4", "chart1.xml: expected a sheet of this workbook, got Now"),
        (CHART, "Inputs!$D$2:$D$4", "Inputs!$D$2:$D", "expected a range such as Sheet!$A$1:$A$9"),
        (CHART, "Inputs!$D$2:$D$4", "$D$2:$D$4", "expected a range such as Sheet!$A$1:$A$9"),
        (DRAWING, "</xdr:wsDr>", '<xdr:cNvPr id="2"/></xdr:wsDr>', "expected the shape id 2 once, got it 2 times"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_fault_is_found(make_workbook, patch_part, part, old, new, fault):
    """Each line breaks the sound workbook in one place."""
    faults = package_faults(patch_part(make_workbook(), part, old, new))
    assert any(fault in sentence for sentence in faults), faults


def test_charts_without_series_are_found(make_workbook, patch_part):
    with zipfile.ZipFile(make_workbook()) as archive:
        chart = archive.read(CHART).decode()
    series = chart[chart.index("<c:ser>") : chart.index("</c:ser>") + len("</c:ser>")]
    faults = package_faults(patch_part(make_workbook(), CHART, series, ""))
    assert faults == [f"{CHART}: expected at least one series, got none"]


def test_missing_styles_are_found(make_workbook, patch_part):
    faults = package_faults(patch_part(make_workbook(), STYLES, "", None))
    assert "workbook: expected a part with styles, got none" in faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('displayName="prices"', 'displayName="rates"', None),
        ('ref="A1:B3"', 'ref="A1:C3"', "table prices: expected a column per column of A1:C3, got 2"),
        ('ref="A1:B3"', 'ref="A1:B"', "table prices: cell: expected an address"),
        ('name="Column2"', 'name="a"', "table prices: expected one column 'a', got 2"),
    ],
)
def test_faults_of_tables_are_found(tmp_path, patch_part, old, new, fault):
    path = tmp_path / "table.xlsx"
    with xlsxwriter.Workbook(path) as book:
        columns = [{"header": "a"}, {}]
        book.add_worksheet().add_table("A1:B3", {"name": "prices", "columns": columns, "autofilter": False})
    faults = package_faults(patch_part(path, "xl/tables/table1.xml", old, new))
    assert (faults == []) if fault is None else any(fault in sentence for sentence in faults), faults


def test_two_tables_of_one_name_are_found(tmp_path, patch_part):
    path = tmp_path / "tables.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.add_table("A1:B3", {"name": "one"})
        sheet.add_table("D1:E3", {"name": "two"})
    faults = package_faults(patch_part(path, "xl/tables/table2.xml", 'displayName="two"', 'displayName="One"'))
    assert faults == ["table one: expected its displayName once, got it 2 times"]


def test_damaged_archive_is_found(make_workbook):
    """One byte of the stored content of a part is changed, so that its checksum fails."""
    path = make_workbook()
    stored = path.with_name("stored.xlsx")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(stored, "w") as output:
        for name in archive.namelist():
            output.writestr(name, archive.read(name))
    stored.write_bytes(stored.read_bytes().replace(b"<f>NA()</f>", b"<f>NB()</f>"))
    assert package_faults(stored) == [f"{CALC}: expected its checksum, got other bytes; the archive is damaged"]


def test_file_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "text.xlsx"
    path.write_text("hello")
    with pytest.raises(InputError, match=r"text.xlsx: expected an .xlsx or .xlsm workbook, got a file of another"):
        package_faults(path)


@pytest.mark.parametrize(
    "formula",
    [
        "SUM('A''b c'!A1,Calc!B$2:B$9)/COUNT(Inputs!A:A)",
        '"it''s (not) a TODAY() [1]"&A1',
        "_xlfn.IFNA(_xlfn.MAXIFS(A1:A9,B1:B9,1),#VALUE!)",
        "IF(A1=\"\",{1,2;3,4},prices[[#This Row],[a]])",
        "SUM(Inputs:Calc!A1)",
        "FLOOR(1,1)+MODE(A1:A3)+DAYS360(1,2)",
    ],
)  # fmt: skip
def test_sound_formulas_pass(formula):
    assert list(single_formula_faults(formula, {"inputs", "calc", "a'b c"})) == []


def test_newer_functions_are_those_that_the_writer_prefixes(tmp_path):
    """XlsxWriter can add the prefix itself; it misses four functions that it does not know or treats apart."""
    path = tmp_path / "newer.xlsx"
    names = sorted(NEWER - {"ECMA.CEILING", "FIELDVALUE", "ANCHORARRAY", "IMAGE"})
    with xlsxwriter.Workbook(path, {"use_future_functions": True}) as book:
        book.add_worksheet().write_column("A1", [f"={name}(1)" for name in [*names, "SUM", "FLOOR", "RANK"]])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(INPUTS).decode().replace("_xlws.", "")
    assert re.findall(r"<f[^>]*>_xlfn\.([A-Z0-9.]+)\(1\)</f>", sheet) == names


@pytest.mark.libreoffice
def test_pages_are_drawn(make_workbook, tmp_path, calc_session):
    if shutil.which("pdftoppm") is None:
        pytest.skip("no pdftoppm; install poppler-utils")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "small-9.png").write_bytes(b"old")
    pages = render_pages(make_workbook(), tmp_path / "pages", calc=calc_session)
    assert pages == sorted((tmp_path / "pages").glob("small-*.png"))
    assert 3 <= len(pages) < 9  # at least one for each sheet, and not the old one
    assert all(page.read_bytes().startswith(b"\x89PNG") for page in pages)


def test_render_says_what_it_wants(capsys):
    assert render_main(["only"]) == 2
    assert capsys.readouterr().err == "render: expected FILE FOLDER, got only\n"
