"""LibreOffice as second calculator: what it finds, what it leaves alone, what it says when it cannot."""

from __future__ import annotations

import datetime
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from numpy.testing import assert_allclose

from aram_xl.errors import InputError, ToolMissingError
from workbooks._cached import SheetScan, cached_value, strip_cached_values
from workbooks._office import SOCKET_FOLDERS
from workbooks._ooxml import address, box, position
from workbooks.libreoffice import Calc, CellError, LibreOfficeError, find_libreoffice
from workbooks.recalc import FailedCheck, compare_twins, recalculate, report_lines

libreoffice = pytest.mark.libreoffice


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder, to stand in for the temporary folder of the computer."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def sockets() -> set[Path]:
    """Sockets that LibreOffice has on this computer."""
    return {path for folder in SOCKET_FOLDERS for path in folder.glob("OSL_PIPE_*")}


def sheet_xml(*cells: str) -> bytes:
    rows = "".join(f"<row>{cell}</row>" for cell in cells)
    return f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()


@pytest.mark.parametrize(
    ("cell", "stripped"),
    [
        ('<c r="A1" s="1"><f>1+1</f><v>2</v></c>', '<c r="A1" s="1"><f>1+1</f></c>'),
        ('<c r="A1" t="str"><f>"&lt;c>"</f><v>&lt;c&gt;</v></c>', '<c r="A1"><f>"&lt;c>"</f></c>'),
        ('<c t="e" r="A1"><f>1/0</f><v>#DIV/0!</v></c>', '<c r="A1"><f>1/0</f></c>'),
        ('<c r="A1"><f t="shared" si="0"/><v>3</v></c>', '<c r="A1"><f t="shared" si="0"/></c>'),
        ('<x:c r="A1"><x:f>1</x:f><x:v>1</x:v></x:c>', '<x:c r="A1"><x:f>1</x:f></x:c>'),
        ('<c r="A1"><f>1</f><v/></c>', '<c r="A1"><f>1</f></c>'),
        (
            '<c r="A1"><f><![CDATA["<v>9</v>"]]></f><v>1</v></c>',
            '<c r="A1"><f><![CDATA["<v>9</v>"]]></f></c>',
        ),
        ('<c r="A1"><v>2</v></c>', '<c r="A1"><v>2</v></c>'),
        ('<c r="A1" t="s"><v>0</v></c>', '<c r="A1" t="s"><v>0</v></c>'),
        (
            '<c r="A1"><f t="array" ref="A1:B1">X</f><v>1</v></c><c r="B1" t="str"><v>b</v></c><c r="C1"><v>3</v></c>',
            '<c r="A1"><f t="array" ref="A1:B1">X</f></c><c r="B1"></c><c r="C1"><v>3</v></c>',
        ),
    ],
)
def test_strip_cuts_values_of_formulas_and_nothing_else(cell, stripped):
    cell, stripped = (text.replace("<x:c ", '<x:c xmlns:x="u" ') for text in (cell, stripped))
    assert SheetScan(sheet_xml(cell), "test").stripped() == sheet_xml(stripped)


def test_strip_counts_cells_without_addresses():
    """Addresses are optional in the format: the third cell of the second row is C2."""
    scan = SheetScan(sheet_xml("<c/>", "<c><v>1</v></c><c/><c><f>1</f><v>7</v></c>"), "test")
    assert scan.raw == {"C2": ("n", "7")}


@pytest.mark.parametrize("xml", [b"<worksheet><c>", b"<!DOCTYPE a><worksheet/>"])
def test_strip_refuses_what_no_spreadsheet_writes(xml):
    with pytest.raises(InputError, match=r"expected a well-formed sheet, got"):
        SheetScan(xml, "test")


def test_strip_reads_every_kind_of_value(make_workbook, tmp_path):
    source = make_workbook()
    cached, absent = strip_cached_values(source, tmp_path / "copy.xlsx")
    assert absent == {"Inputs": frozenset(), "Calc": {"A6"}, "Checks": frozenset()}
    assert list(cached) == ["Inputs", "Calc", "Checks"]
    assert cached["Inputs"] == {}
    calc = cached["Calc"]
    assert (calc["A1"], calc["A4"], calc["A5"], calc["A6"]) == (2.0, "mean/2", True, CellError(32767, "#N/A"))
    assert [calc[cell] for cell in ("C1", "D1", "C2", "D2")] == [14.0, 28.0, 28.0, 56.0]
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(tmp_path / "copy.xlsx") as after:
        assert before.namelist() == after.namelist()
        same = {name for name in before.namelist() if before.read(name) == after.read(name)}
        assert set(before.namelist()) - same == {"xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"}
        assert after.read("xl/worksheets/sheet2.xml").count(b"<v>") == 4  # the headings and the engine's value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("n", None, None), ("n", "", None), ("e", "", None), ("b", "", None), ("inlineStr", "", None),
        ("str", None, None), ("str", "", ""), ("str", "a", "a"), ("n", "0", 0.0),
    ],
)  # fmt: skip
def test_only_an_empty_text_is_a_value_without_characters(kind, text, value):
    """openpyxl, and XlsxWriter for an empty text, write an empty value without a type."""
    assert cached_value(kind, text, []) == value


@pytest.mark.parametrize(
    ("cells", "absent"),
    [
        ("<c><f>IF(A9,1,NA())</f></c><c><f>na()+1</f></c>", {"A1", "B1"}),
        ('<c><f>ISNA(A9)</f></c><c><f>MY.NA()</f></c><c><f>"NA()"</f></c><c><v>1</v></c>', set()),
        ('<c><f t="shared" si="0" ref="A1:B1">NA()</f></c><c><f t="shared" si="0"/></c><c><f>1</f></c>', {"A1", "B1"}),
        ('<c><f t="array" ref="A1:B1">NA()</f></c><c/>', {"A1"}),
    ],
)
def test_formulas_that_ask_for_na_are_known(cells, absent):
    assert SheetScan(sheet_xml(cells), "test").absent == absent


def test_addresses_there_and_back():
    """Columns are numbers in base 26 without a zero; XFD is the last."""
    for name, cell in {"A1": (1, 1), "Z9": (9, 26), "AA10": (10, 27), "XFD1048576": (1048576, 16384)}.items():
        assert position(name) == cell
        assert address(*cell) == name
    for wrong in ("A0", "XFE1", "A1048577", "1A", ""):
        with pytest.raises(ValueError, match="expected an address"):
            position(wrong)
    with pytest.raises(ValueError, match="upper left corner first"):
        box("B2:A1")


@libreoffice
def test_right_workbook_passes_and_is_left_alone(make_workbook, calc_session):
    path = make_workbook()
    before, seen = path.read_bytes(), []
    report = compare_twins(recalculate(path, calc=calc_session, progress=seen.append))
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["small.xlsx"]
    assert report.ok, report_lines(report)
    # 8 formulas and 4 cells of a block on Calc, a twin and its difference, 2 x 2 + 1 on Checks.
    # For the empty text of A7 XlsxWriter writes no value.
    assert (report.sheets, report.formulas, report.compared, report.without_cached) == (3, 19, 18, 1)
    assert [(item.cell, str(item.value)) for item in report.expected_errors] == [("A6", "#N/A")]
    assert (report.twins, report.failures, report.differences, report.errors) == (1, 0.0, (), ())
    assert seen == ["recalculating in LibreOffice", "reading the results"]


@libreoffice
def test_values_are_full_doubles(make_workbook, calc_session):
    """y = 2, 4, 0.1: mean 6.1/3, covariance with x (0.1 - 2) / 2 = -0.95."""
    result = recalculate(make_workbook(last=0.1), calc=calc_session)
    assert_allclose(result.value("Calc", "A1"), -0.95, rtol=4e-16)
    assert result.value("Calc", "D2") == 2.0 * 2.0 + 4.0 * 4.0 + 0.1 * 0.1


@libreoffice
@pytest.mark.parametrize(
    ("cell", "wrong", "right"),
    [
        ("A1", 2.0 + 1e-8, 2.0),
        ("A3", 45350.0, 45351.0),
        ("A4", "mean/3", "mean/2"),
        ("A5", False, 1.0),
        ("A8", "#NUM!", 14.0),
        ("C1", 15.0, 14.0),
        ("D2", 57.0, 56.0),
    ],
)
def test_wrong_value_in_the_file_is_found(make_workbook, calc_session, cell, wrong, right):
    """1e-8 stands above the tolerance of 1e-9 + 2e-9."""
    report = compare_twins(recalculate(make_workbook({cell: wrong}), calc=calc_session))
    assert not report.ok
    assert [(item.cell, item.recalculated) for item in report.differences] == [(cell, right)]


@libreoffice
def test_difference_within_the_asked_tolerance_passes(make_workbook, calc_session):
    """2.01 against 2: 0.01 <= 0 + 0.0051 x 2, and not 0.0049 x 2."""
    result = recalculate(make_workbook({"A1": 2.01}), calc=calc_session)
    assert compare_twins(result, atol=0, rtol=0.0051).ok
    assert not compare_twins(result, atol=0, rtol=0.0049).ok
    with pytest.raises(InputError, match="expected tolerances of at least 0"):
        compare_twins(result, atol=-1)


@libreoffice
def test_error_cell_is_found(make_workbook, patch_part, calc_session):
    path = patch_part(make_workbook(), "xl/worksheets/sheet2.xml", "<f>EOMONTH(Inputs!D6,1)</f>", "<f>1/0</f>")
    report = compare_twins(recalculate(path, calc=calc_session))
    errors = [(item.sheet, item.cell, str(item.value)) for item in report.errors]
    assert errors == [("Calc", "A3", "#DIV/0!")]
    assert report.differences == ()
    assert "error: Calc!A3: #DIV/0!" in report_lines(report)
    assert report_lines(report)[-1] == "not ok"


@libreoffice
def test_twin_that_differs_is_found(make_workbook, calc_session):
    report = compare_twins(recalculate(make_workbook({"F2": 2.5, "H2": 0.5}), calc=calc_session))
    assert [(item.cell, item.value) for item in report.twin_gaps] == [("H2", 0.5)]
    assert report.differences == ()
    assert not report.ok


@libreoffice
def test_failed_check_is_named(make_workbook, patch_part, calc_session):
    path = patch_part(make_workbook(), "xl/worksheets/sheet3.xml", "Calc!C1+Calc!D2-70", "Calc!C1+Calc!D2-69")
    report = compare_twins(recalculate(path, calc=calc_session))
    assert report.failures == 1.0
    assert report.failed_checks == (FailedCheck("G4", "Covariance", "trace", 1.0, 0.0, 1e-9),)


@libreoffice
def test_formulas_without_values_are_counted(make_workbook, patch_part, calc_session):
    """The empty text of A7 is marked as a text, so that it counts as a value; two others are cut."""
    source = patch_part(make_workbook(), "xl/worksheets/sheet2.xml", '<c r="A7"><f>', '<c r="A7" t="str"><f>')
    source = source.rename(source.with_name("typed.xlsx"))
    path = patch_part(source, "xl/worksheets/sheet2.xml", "</f><v>2.0</v>", "</f>")
    report = compare_twins(recalculate(path, calc=calc_session))
    assert (report.compared, report.without_cached, report.ok) == (17, 2, True)


@libreoffice
def test_a_file_of_openpyxl_has_nothing_to_compare(make_workbook, calc_session):
    """It writes the 16 formulas without values (the block as one), and 3 further cells of the block as numbers; the
    #N/A that A6 asks for is none to wonder at, and a failed check (y3 = 9) is one all the same."""
    for last, failures in ((6.0, 0.0), (9.0, 1.0)):
        path = make_workbook({"D1": 10.0 + 3 * last, "C2": 10.0 + 3 * last, "D2": 20.0 + last**2}, last=last)
        openpyxl.load_workbook(path).save(path)
        report = compare_twins(recalculate(path, calc=calc_session))
        assert (report.compared, report.without_cached) == (3, 16)
        assert (report.differences, report.errors, report.failures) == ((), (), failures)
        assert [(item.cell, str(item.value)) for item in report.expected_errors] == [("A6", "#N/A")]
        assert report.ok == (failures == 0.0)
        assert ", 16 formulas without a value in the file, which cannot be compared" in report_lines(report)[0]


@libreoffice
def test_an_error_without_a_value_in_the_file_is_an_error(make_workbook, patch_part, calc_session):
    """Neither a division by 0 nor an #N/A that a search comes to is asked for."""
    source = patch_part(make_workbook(), "xl/worksheets/sheet2.xml", "<f>EOMONTH(Inputs!D6,1)</f>", "<f>1/0</f>")
    book = openpyxl.load_workbook(source)
    book["Calc"]["A9"] = "=MATCH(99,Inputs!D2:D4,0)"
    book.save(source)
    report = compare_twins(recalculate(source, calc=calc_session))
    assert [(item.cell, str(item.value)) for item in report.errors] == [("A3", "#DIV/0!"), ("A9", "#N/A")]
    assert not report.ok


@libreoffice
def test_session_sets_inputs_and_recalculates(make_workbook, calc_session):
    """With y = 2, 4, 9: covariance ((2 - 5)(-1) + (9 - 5)) / 2 = 3.5, and the trace misses 70 by 45."""
    assert calc_session.open(make_workbook()) == ("Inputs", "Calc", "Checks")
    calc_session.set("Inputs", "E4", 9)
    calc_session.set("Inputs", "D6", datetime.date(2024, 2, 10))
    calc_session.set("Inputs", "D7", "ewma")
    assert calc_session.value("Calc", "A1") == 2.0
    calc_session.calculate(hard=False)
    assert calc_session.value("Calc", "A1") == 3.5
    assert calc_session.value("Calc", "A3") == (datetime.date(2024, 3, 31) - datetime.date(1899, 12, 30)).days
    assert calc_session.value("Calc", "A4") == "ewma/2"
    assert calc_session.named("chk_failures") == [[1.0]]
    assert calc_session.named("in_observations")[2] == [3.0, 9.0]
    assert set(calc_session.names()) == {"chk_failures", "in_observations"}
    calc_session.set("Inputs", "E4", None)
    calc_session.set("Calc", "A2", "=_xlfn.VAR.S(Inputs!D2:D4,Inputs!E4)/0")
    calc_session.calculate()
    assert calc_session.read("Inputs", "D4:E4") == [[3.0, None]]
    assert str(calc_session.errors()["Calc"]["A2"]) == "#DIV/0!"
    calc_session.set("Calc", "A2", "=IF(Inputs!D2=1,SUM(Inputs!D2:D4,4),0)")
    calc_session.calculate()
    assert calc_session.value("Calc", "A2") == 10.0


@libreoffice
def test_session_refuses_what_is_not_there(make_workbook, calc_session):
    calc_session.open(make_workbook())
    with pytest.raises(InputError, match="sheet: expected one of Inputs, Calc, Checks, got 'Nowhere'"):
        calc_session.read("Nowhere", "A1")
    with pytest.raises(InputError, match="expected an address such as B2 or B2:D9, got 'B0'"):
        calc_session.set("Inputs", "B0", 1.0)
    with pytest.raises(InputError, match="expected a defined name of the workbook, got 'out_x'"):
        calc_session.named("out_x")
    calc_session.close_workbook()
    with pytest.raises(InputError, match="no workbook is open"):
        calc_session.calculate()


@libreoffice
def test_session_exports_pages(make_workbook, calc_session, tmp_path):
    calc_session.open(make_workbook())
    calc_session.export(tmp_path / "out.pdf", "calc_pdf_Export")
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")


@libreoffice
def test_own_session_leaves_nothing_behind(make_workbook, place, monkeypatch):
    """Neither folders nor sockets; the private folder is made in ``tempfile``'s place."""
    monkeypatch.setattr("tempfile.tempdir", str(place))
    assert compare_twins(recalculate(make_workbook())).ok
    assert list(place.iterdir()) == []


@libreoffice
@pytest.mark.skipif(os.name != "posix", reason="stops the process by a signal")
def test_time_out_ends_libreoffice_and_the_next_open_starts_afresh(make_workbook, place, monkeypatch):
    """The processes are stopped, as if a workbook kept them busy for ever."""
    monkeypatch.setattr("tempfile.tempdir", str(place))
    before = sockets()
    with Calc(timeout=60) as calc:
        calc.open(make_workbook())
        opened = sockets() - before
        os.killpg(calc._link._process.pid, signal.SIGSTOP)
        calc.timeout = 0.3
        with pytest.raises(LibreOfficeError, match=r"expected an answer to calculate within 0.3 s, got none"):
            calc.calculate()
        assert list(place.iterdir()) == []
        # Its pipe and its lock; other sockets come when another LibreOffice starts at this moment.
        assert len(opened) > 2 or (len(opened) == 2 and not opened & sockets())
        with pytest.raises(LibreOfficeError, match="call open first"):
            calc.calculate()
        calc.timeout = 60
        calc.open(make_workbook())
        assert calc.value("Calc", "A1") == 2.0
    assert list(place.iterdir()) == []


@libreoffice
@pytest.mark.skipif(os.name != "posix", reason="ends a process by a signal")
def test_orphaned_libreoffice_leaves_by_itself(make_workbook, place):
    """Its user is killed without a chance to clean up: the helper sees its input close, and cleans up last."""
    program = (
        "import sys, time; from workbooks.libreoffice import Calc; calc = Calc(); calc.open(sys.argv[1]);"
        "print('open', flush=True); time.sleep(600)"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", program, make_workbook()],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(place)},
    )
    with user:
        answer, folders = user.stdout.readline(), list(place.iterdir())
        user.kill()
    assert (answer, len(folders)) == (b"open\n", 1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and list(place.iterdir()):
        time.sleep(0.1)
    assert list(place.iterdir()) == []


@libreoffice
@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"a,b\n1,2\n", "a file of another kind"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "an .xls or an encrypted file"),
        (None, "No such file"),
    ],
)
def test_file_that_is_no_workbook(tmp_path, calc_session, content, got):
    path = tmp_path / "other.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"other.xlsx: expected an .xlsx or .xlsm workbook, got {got}"):
        recalculate(path, calc=calc_session)


def test_archive_without_a_workbook(tmp_path):
    path = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InputError, match="got an archive without a workbook"):
        recalculate(path)


@libreoffice
def test_session_opens_no_text_as_a_table(tmp_path, calc_session):
    """LibreOffice takes any file for a table of text unless the filter is named."""
    path = tmp_path / "text.xlsx"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"text.xlsx: expected a workbook, got a file that LibreOffice cannot open"):
        calc_session.open(path)
    with pytest.raises(InputError, match=r"missing.xlsx: expected a workbook, got No such file"):
        calc_session.open(tmp_path / "missing.xlsx")


def test_missing_libreoffice_is_one_sentence(make_workbook, monkeypatch):
    monkeypatch.delenv("ARAM_XL_SOFFICE", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("workbooks._office.PLACES", {})
    with pytest.raises(ToolMissingError, match=r"LibreOffice: expected on this computer, not found; install it"):
        recalculate(make_workbook())


def test_named_libreoffice_must_exist(monkeypatch):
    monkeypatch.setenv("ARAM_XL_SOFFICE", "nowhere/soffice")
    with pytest.raises(ToolMissingError, match="ARAM_XL_SOFFICE: expected the soffice program"):
        find_libreoffice()


@pytest.mark.skipif(os.name != "posix", reason="needs a shell script in place of LibreOffice")
def test_broken_libreoffice_is_told(tmp_path, monkeypatch, make_workbook):
    """A program that leaves at once, with a Python that starts: the session says so and cleans up."""
    fake = tmp_path / "bin" / "soffice"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexit 77\n")
    fake.chmod(0o755)
    monkeypatch.setenv("ARAM_XL_SOFFICE", str(fake))
    try:
        office = find_libreoffice()
    except ToolMissingError:
        pytest.skip("no LibreOffice: no Python with uno")
    with (
        Calc(office) as calc,
        pytest.raises(LibreOfficeError, match=r"ended during start .*left with status 77"),
    ):
        calc.open(make_workbook())


def test_helper_reads_on_older_pythons():
    """It may run under the Python inside LibreOffice, which can be 3.8: no newer syntax."""
    source = Path(find_libreoffice.__code__.co_filename).with_name("_uno_reader.py").read_text(encoding="utf-8")
    check = "import ast,sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))"
    subprocess.run([sys.executable, "-c", check], input=source, text=True, check=True)
    assert not re.search(r"^from (aram_xl|workbooks)", source, re.MULTILINE)
