"""The annotated copy: the original and a few insertions."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter

from aram_xl.errors import InputError, OutputError
from tests.workbooks.audit_model import Model, build
from workbooks.__main__ import TEMPLATES
from workbooks._audit_annotate import COLOURS, FIRST_ROW
from workbooks.audit import Severity, annotate, audit
from workbooks.libreoffice import Calc
from workbooks.package import package_faults


def spoil(m: Model) -> None:
    """One finding of each severity, and one without cells."""
    m.outputs.write_formula("B8", "=1/0", None, "#DIV/0!")
    m.outputs.write_formula("B10", "=Calc!B26*1.21", None, 1.0)
    m.outputs.write_formula("B13", "=SUM(Data!B:B)", None, 1.0)
    m.calc.write_number("D15", 99.0)
    m.notes.hide()


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    return build(tmp_path / "model.xlsx", spoil)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def annotated(source: Path, output: Path, severity: Severity = Severity.LOW) -> Path:
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    annotate(audit(source, recalculated=None), output, severity)
    assert hashlib.sha256(source.read_bytes()).hexdigest() == before
    return output


def colours(path: Path, sheet: str) -> dict[str, str]:
    """Fill of each range by its rule that always holds."""
    page = openpyxl.load_workbook(path)[sheet]
    return {
        str(block.sqref): rule.dxf.fill.bgColor.rgb
        for block in page.conditional_formatting
        for rule in block.rules
        if rule.formula == ["TRUE"]
    }


def test_findings_are_listed_and_their_cells_coloured(spoilt, tmp_path):
    copy = annotated(spoilt, tmp_path / "copy.xlsx")
    book = openpyxl.load_workbook(copy)
    assert book.sheetnames == ["Inputs", "Data", "Calc", "Outputs", "Notes", "Audit"]
    rows = [[cell.value for cell in row] for row in book["Audit"].iter_rows(min_row=FIRST_ROW, max_col=5)]
    assert rows == [
        ["high", "error_cell", "Outputs", "B8", 1],
        ["high", "number_in_block", "Calc", "D15", 1],
        ["medium", "hidden_sheet", "Notes", None, 1],
        ["medium", "constant_in_formula", "Outputs", "B10", 1],
        ["low", "whole_column", "Outputs", "B13", 1],
    ]
    assert book["Audit"]["D5"].hyperlink.location == "'Calc'!D15"
    high, medium, low = (COLOURS[severity] for severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW))
    assert colours(copy, "Outputs") == {"B8": high, "B10": medium, "B13": low}
    assert colours(copy, "Calc") == {"D15": high}
    assert colours(copy, "Data") == {}


def test_severity_limits_the_list(spoilt, tmp_path):
    copy = annotated(spoilt, tmp_path / "copy.xlsx", Severity.HIGH)
    assert openpyxl.load_workbook(copy)["Audit"].max_row == FIRST_ROW + 1
    assert list(colours(copy, "Outputs")) == ["B8"]


def test_every_other_byte_stays(spoilt, tmp_path):
    """Sheets differ by one insertion each; parts without a finding do not differ at all."""
    old, new = parts(spoilt), parts(annotated(spoilt, tmp_path / "copy.xlsx"))
    assert set(new) - set(old) == {"xl/worksheets/audit.xml"}
    changed = {name for name in old if old[name] != new[name]}
    lists = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    assert changed == lists | {"xl/worksheets/sheet3.xml", "xl/worksheets/sheet4.xml"}
    for name in ("xl/worksheets/sheet3.xml", "xl/worksheets/sheet4.xml"):
        added = re.sub(
            rb"<conditionalFormatting sqref=\"[A-Z0-9 ]+\"><cfRule type=\"expression\".*?</conditionalFormatting>",
            b"",
            new[name],
        )
        assert added == old[name]


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.xls[xm]")), ids=lambda file: file.name)
def test_copies_of_our_workbooks_are_sound(file, tmp_path):
    copy = annotated(file, tmp_path / f"copy{file.suffix}", Severity.NOTICE)
    assert package_faults(copy) == []
    old, new = parts(file), parts(copy)
    assert all(new[name] == old[name] for name in old if name.startswith(("xl/charts", "xl/vba", "xl/web")))


def test_dynamic_arrays_keep_their_metadata(tmp_path):
    source = tmp_path / "dynamic.xlsx"
    with xlsxwriter.Workbook(source) as book:
        sheet = book.add_worksheet()
        sheet.write_column("A1", [3.5, 1.5, 2.5])
        sheet.write_dynamic_array_formula("B1:B3", "=SORT(A1:A3)*1.5", None, 2.25)
    copy = annotated(source, tmp_path / "copy.xlsx")
    assert parts(copy)["xl/metadata.xml"] == parts(source)["xl/metadata.xml"]
    assert b'<c r="B1" cm="1">' in parts(copy)["xl/worksheets/sheet1.xml"]
    assert list(colours(copy, "Sheet1")) == ["B1"]


def test_existing_formats_and_names_are_respected(tmp_path):
    """A sheet Audit is there already, formats have priorities 1 and 2, and differential styles 0 and 1 are in use."""

    def more(m: Model) -> None:
        spoil(m)
        m.book.add_worksheet("AUDIT")
        red = m.book.add_format({"bg_color": "#FF0000"})
        for area in ("A1:A3", "B8"):
            m.outputs.conditional_format(area, {"type": "cell", "criteria": ">", "value": 5, "format": red})
        m.outputs.data_validation("B8", {"validate": "any", "input_title": "x"})

    copy = annotated(build(tmp_path / "model.xlsx", more), tmp_path / "copy.xlsx")
    assert openpyxl.load_workbook(copy).sheetnames[-2:] == ["AUDIT", "Audit 2"]
    # Of house rules only the hidden sheet is broken, and that is the original's.
    assert [fault for fault in package_faults(copy) if "visible" not in fault and "whole" not in fault] == []
    page = openpyxl.load_workbook(copy)["Outputs"]
    rules = [rule for block in page.conditional_formatting for rule in block.rules]
    assert sorted(rule.priority for rule in rules) == [1, 2, 3, 4, 5]
    fills = [rule.dxf.fill.bgColor.rgb for rule in sorted(rules, key=lambda rule: rule.priority)]
    assert fills == ["FFFF0000", "FFFF0000", *COLOURS.values()]


def prefixed(text: str) -> str:
    """The same XML with a prefix at every element of the main namespace."""
    text = re.sub(r"<(/?)(?=[A-Za-z])", r"<\1x:", text)
    return text.replace('xmlns="http', 'xmlns:x="http')


@pytest.fixture
def foreign(spoilt: Path, tmp_path: Path) -> Path:
    """As some programs write: prefixes, and no list of differential styles."""
    path = tmp_path / "foreign.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts(spoilt).items():
            if name in ("xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml") or name.startswith(
                "xl/worksheets/sheet"
            ):
                content = prefixed(content.decode()).encode()
            if name == "xl/styles.xml":
                content = content.replace(b'<x:dxfs count="0"/>', b"")
            archive.writestr(name, content)
    return path


def test_prefixes_of_elements_are_followed(foreign, spoilt, tmp_path):
    assert audit(foreign, recalculated=None).findings == audit(spoilt, recalculated=None).findings
    copy = parts(annotated(foreign, tmp_path / "copy.xlsx"))
    for name in ("xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet4.xml"):
        ElementTree.fromstring(copy[name])
    assert b'<x:sheet name="Audit"' in copy["xl/workbook.xml"]
    assert b'<x:conditionalFormatting sqref="B8">' in copy["xl/worksheets/sheet4.xml"]
    assert b'<x:dxfs count="3"><x:dxf>' in copy["xl/styles.xml"]
    assert list(colours(tmp_path / "copy.xlsx", "Outputs")) == ["B8", "B10", "B13"]


@pytest.mark.libreoffice
def test_libreoffice_opens_the_copy(spoilt, tmp_path, calc_session: Calc):
    copy = annotated(spoilt, tmp_path / "copy.xlsx")
    assert calc_session.open(copy)[-1] == "Audit"
    assert calc_session.value("Audit", "B4") == "error_cell"
    calc_session.close_workbook()


@pytest.fixture
def report(spoilt: Path) -> Callable[..., None]:
    found = audit(spoilt, recalculated=None)
    return lambda output: annotate(found, output)


def test_impossible_outputs_are_refused(report, spoilt, tmp_path):
    with pytest.raises(InputError, match="annotate: expected another file than the workbook"):
        report(spoilt)
    with pytest.raises(InputError, match=r"annotate: expected a file name that ends in \.xlsx, got 'copy\.xlsm'"):
        report(tmp_path / "copy.xlsm")
    with pytest.raises(OutputError, match="expected a folder that can be written"):
        report(tmp_path / "nowhere" / "copy.xlsx")


def test_a_workbook_in_another_encoding_is_refused(spoilt, tmp_path):
    path = tmp_path / "utf16.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts(spoilt).items():
            if name == "xl/workbook.xml":
                content = content.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
            archive.writestr(name, content)
    with pytest.raises(InputError, match="annotate: expected a workbook written in UTF-8, got UTF-16"):
        annotated(path, tmp_path / "copy.xlsx")
    assert not (tmp_path / "copy.xlsx").exists()
