"""Excel on Windows without Excel: the real engine of xlwings, the wrappers interpreted, the built files."""

from __future__ import annotations

import datetime
import os
import re
import tomllib
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from pyopenvba.apps.excel import ExcelApplication

from tests.udfs import com_stub
from tests.udfs.case_table import CASES
from tests.udfs.cases import Case
from udfs.boundary import ERROR_INTEGERS, Rows
from udfs.errors import CellError
from udfs.functions import REGISTRY
from udfs.hosts.excel import lint, package, places, vba
from udfs.registry import Argument, Function, call

ROOT = Path(__file__).resolve().parents[2]

CELL = "Model!B2"

ERRORS = {text: integer for integer, text in ERROR_INTEGERS.items()}

MINE = [case for case in CASES if "excel" not in case.unlike]


def cell(value: Any) -> Any:
    """A cell as Excel hands it over: every number is a double, an error cell an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return ERRORS.get(value, value) if isinstance(value, str) else value


def rows(argument: Any) -> tuple[tuple[Any, ...], ...]:
    table = argument if isinstance(argument, list) else [[argument]]
    return tuple(tuple(cell(value) for value in row) for row in table)


def as_objects(case: Case) -> tuple[Any, ...]:
    """Arguments as the wrappers of xlwings pass them: ranges as objects, what is left out as COM's missing."""
    given = [com_stub.MISSING if a is None else com_stub.Cells(rows(a)) for a in case.arguments]
    left_out = len(REGISTRY[case.function].arguments) - len(given)
    return (*given, *[com_stub.MISSING] * left_out, CELL)


def as_values(case: Case) -> tuple[Any, ...]:
    """Arguments as our wrappers pass them: values, single ones bare, what is left out as an empty one."""
    given = [None if a is None else rows(a) if isinstance(a, list) else cell(a) for a in case.arguments]
    given = [a[0][0] if isinstance(a, tuple) and len(a) == len(a[0]) == 1 else a for a in given]
    left_out = len(REGISTRY[case.function].arguments) - len(given)
    return (*given, *[None] * left_out, CELL)


def expected(case: Case) -> Rows:
    """What a direct call gives, in the words of Excel."""
    answer = call(case.function, case.arguments)
    assert answer.failure is None
    return [[f"ARAM{v.code}" if isinstance(v, CellError) else v for v in row] for row in answer.rows]


def unfolded(answer: Any) -> Rows:
    """The server of xlwings folds a single row, and a single cell."""
    if not isinstance(answer, list):
        return [[answer]]
    return answer if isinstance(answer[0], list) else [answer]


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The log of the function server goes to a folder of the test."""
    home = str(tmp_path_factory.mktemp("home"))
    return {**os.environ, "HOME": home, "XDG_STATE_HOME": f"{home}/state"}


@pytest.fixture(scope="module")
def answers(environ: dict[str, str]) -> dict[tuple[str, str], Any]:
    """Every case in both ways, answered by the real Windows engine of xlwings in one process."""
    calls = {(way.__name__, case.name): (case.function, way(case)) for case in MINE for way in (as_objects, as_values)}
    return dict(zip(calls, com_stub.ask(list(calls.values()), environ), strict=True))


def test_names_of_cases_differ() -> None:
    assert len({case.name for case in MINE}) == len(MINE)


@pytest.mark.parametrize("way", [as_objects, as_values])
@pytest.mark.parametrize("case", [c for c in MINE if c.code is None], ids=lambda case: case.name)
def test_engine_answers_as_a_direct_call(
    answers: dict[tuple[str, str], Any], case: Case, way: Callable[[Case], Any]
) -> None:
    """Bit for bit: it is the same code on the same machine."""
    assert unfolded(answers[way.__name__, case.name]) == expected(case)


@pytest.mark.parametrize("way", [as_objects, as_values])
@pytest.mark.parametrize("case", [c for c in MINE if c.code is not None], ids=lambda case: case.name)
def test_engine_gives_code_and_sentence(
    answers: dict[tuple[str, str], Any], case: Case, way: Callable[[Case], Any]
) -> None:
    code, _, sentence = answers[way.__name__, case.name].partition("|")
    assert code == f"ARAM{case.code}"
    assert re.search(case.sentence, sentence)


def test_cases_reach_every_function() -> None:
    assert {case.function for case in MINE} | {"ARAM_STATUS"} == set(REGISTRY)


def test_status_tells_cell_function_code_and_sentence(environ: dict[str, str]) -> None:
    """And shows the code as a text, not as an error value."""
    failing = ("ARAM_MIN_RISK", (com_stub.Cells(((0.04, 0.0), (0.0, "x"))), None, None, CELL))
    _, status = com_stub.ask([failing, ("ARAM_STATUS", (com_stub.MISSING, CELL))], environ)
    assert status[0] == ["Time", "Cell", "Function", "Error", "Sentence"]
    assert status[1][1:4] == [CELL, "ARAM_MIN_RISK", "#VALUE!"]
    assert "row 2, column 2" in status[1][4]


def test_failures_are_logged(environ: dict[str, str], answers: dict[tuple[str, str], Any]) -> None:
    logs = list(Path(environ["HOME"]).rglob("functions.log"))
    assert len(logs) == 1
    assert "ARAM_COV" in logs[0].read_text(encoding="utf-8")


# The wrappers, run in pyOpenVBA's interpreter of VBA.

PYTHON_IN_VBA = """\
Public Function CallUDF(place As String, title As String, arguments As Variant) As Variant
    Dim table(0 To 1, 0 To 1) As Variant
    Asked = Asked & title & ";"
    Sent = arguments
    Select Case title
        Case "ARAM_VERSION"
            table(0, 0) = 1.5
            table(0, 1) = "ARAM#N/A"
            table(1, 0) = "#N/A"
            table(1, 1) = "ARAM#VALUE!"
            CallUDF = table
        Case "ARAM_COV"
            CallUDF = "ARAM#NUM!|covariance: expected no negative eigenvalue, got -1|0"
        Case "ARAM_BETA"
            CallUDF = Array(1, "ARAM#N/A", "beta")
        Case "ARAM_CORREL"
            CallUDF = "ARAM#N/A|too short"
        Case "ARAM_WEIGHTS"
            Err.Raise 1000, Description:="The RPC server is unavailable."
        Case "ARAM_STATUS"
            If Down Then Err.Raise 1000, Description:="The RPC server is unavailable."
            CallUDF = "no failures"
        Case Else
            CallUDF = place & "." & title & "/" & UBound(arguments) + 1
    End Select
End Function
"""

AROUND = """\
Public Asked As String
Public Sent As Variant
Public Starts As Long
Public Down As Boolean
Public Options As Variant

Public Function XLPy() As Object
    Starts = Starts + 1
    If Down Then Err.Raise 1000, Description:="Could not load the DLL."
    Set XLPy = New FakePython
End Function

Public Function CallerStub() As Object
    Set CallerStub = ActiveWorkbook.Worksheets(1).Range("B2")
End Function

Public Sub OptionsStub(Macro, Description, Category, Optional ArgumentDescriptions)
    Dim count As Long
    If Not IsMissing(ArgumentDescriptions) Then count = UBound(ArgumentDescriptions) + 1
    Options = Options & Macro & "|" & Category & "|" & count & "|" & Description & vbLf
End Sub

Public Function SentTo(address As String) As Variant
    Dim answer As Variant
    answer = ARAM_MIN_RISK(ActiveWorkbook.Worksheets(1).Range(address), , 3)
    SentTo = Sent
End Function

Public Function KindSent(i As Long) As Variant
    KindSent = TypeName(Sent(i))
End Function

Public Function Told() As Variant
    Told = Asked & Starts
End Function

Public Function Registered() As Variant
    AramRegister
    Registered = Options
End Function

Public Sub Drop()
    Down = True
End Sub

Public Sub Lift()
    Down = False
End Sub
"""


def interpreted(code: str) -> str:
    """Without what the interpreter does not have: attributes of procedures, and two members of Application."""
    without = re.sub(r"^Attribute .*\r\n", "", code, flags=re.MULTILINE)
    return without.replace("Application.Caller", "CallerStub").replace("Application.MacroOptions", "OptionsStub")


@pytest.fixture
def excel() -> ExcelApplication:
    """Our generated module beside a Python that answers from a list."""
    application = ExcelApplication()
    application.add_workbook()
    application.add_module(interpreted(vba.module(REGISTRY.values())), name=vba.MODULE)
    application.add_module(AROUND, name="Around")
    application.add_module(PYTHON_IN_VBA, name="FakePython", kind="class")
    return application


def error_number(value: Any) -> int:
    return int(value.number)


XL_ERR_VALUE, XL_ERR_NUM, XL_ERR_NA = 2015, 2036, 2042


@pytest.mark.parametrize("function", REGISTRY.values(), ids=lambda function: function.name)
def test_wrapper_dispatches_with_required_arguments_only(excel: ExcelApplication, function: Function) -> None:
    """The name it asks for is its own, and every argument is passed, given or not, and the calling cell."""
    required = [1] * sum(not argument.optional for argument in function.arguments)
    answer = excel.run(function.name, *required)
    assert str(excel.run("Told")).split(";")[0] == function.name
    if isinstance(answer, str) and answer.startswith("udfs"):
        assert answer == f"udfs.hosts.excel.functions.{function.name}/{len(function.arguments) + 1}"


def test_wrapper_passes_values_dates_and_what_is_left_out(excel: ExcelApplication) -> None:
    sheet = excel.sheet(1)
    sheet.set_value("A1", 0.123456)
    sheet.set_value("B1", 2)
    sheet.set_value("A2", datetime.datetime(2024, 1, 2))
    sent = excel.run("SentTo", "A1:B2")
    assert sent == [[[0.123456, 2.0], [datetime.datetime(2024, 1, 2), None]], None, 3, "Sheet1!B2"]
    assert excel.run("KindSent", 1) == "Empty"


def test_wrapper_passes_a_single_cell_bare(excel: ExcelApplication) -> None:
    sheet = excel.sheet(1)
    sheet.set_value("A1", 0.5)
    sheet.set_value("A2", datetime.datetime(2024, 1, 2))
    assert excel.run("SentTo", "A1")[0] == 0.5
    assert excel.run("SentTo", "A2")[0] == datetime.datetime(2024, 1, 2)


def test_wrapper_takes_no_range_of_several_areas(excel: ExcelApplication) -> None:
    """It would pass the first area only; an error cell instead, which the function then names in its sentence."""
    excel.run("SentTo", "A1:A2,C1:C2")
    assert excel.run("KindSent", 0) == "Error"


def test_error_texts_in_arrays_become_error_values(excel: ExcelApplication) -> None:
    (number, missing), (text, wrong) = excel.run("ARAM_VERSION")
    assert (number, text) == (1.5, "#N/A")
    assert (error_number(missing), error_number(wrong)) == (XL_ERR_NA, XL_ERR_VALUE)


def test_error_texts_in_a_single_row_become_error_values(excel: ExcelApplication) -> None:
    number, missing, text = excel.run("ARAM_BETA", 1, 2)
    assert (number, error_number(missing), text) == (1, XL_ERR_NA, "beta")


def test_failure_becomes_its_error_value(excel: ExcelApplication) -> None:
    assert error_number(excel.run("ARAM_COV", 1)) == XL_ERR_NUM
    assert error_number(excel.run("ARAM_CORREL", 1, 2)) == XL_ERR_NA


def test_connection_is_kept(excel: ExcelApplication) -> None:
    for _ in range(3):
        excel.run("ARAM_COV", 1)
    assert excel.run("Told") == "ARAM_COV;ARAM_COV;ARAM_COV;1"


def test_broken_connection_is_renewed_once(excel: ExcelApplication) -> None:
    """The first call finds Python gone, one new start follows; then the error value."""
    excel.run("ARAM_COV", 1)
    assert error_number(excel.run("ARAM_WEIGHTS", 1, 2, 3)) == XL_ERR_VALUE
    assert excel.run("Told") == "ARAM_COV;ARAM_WEIGHTS;ARAM_WEIGHTS;2"
    assert error_number(excel.run("ARAM_COV", 1)) == XL_ERR_NUM


def test_python_that_does_not_start_is_not_asked_by_every_cell(excel: ExcelApplication) -> None:
    """One start for many cells, an error value in each, and ARAM_STATUS has the reason; ten seconds later it tries."""
    now = datetime.datetime(2024, 1, 2, 9, 0, 0)
    excel.freeze_clock(now)
    excel.run("Drop")
    for _ in range(5):
        assert error_number(excel.run("ARAM_COV", 1)) == XL_ERR_VALUE
    told = excel.run("ARAM_STATUS")
    assert told == "Python did not answer: Could not load the DLL. Remedy: run aram-xl doctor"
    assert excel.run("Told") == "1"
    excel.run("Lift")
    excel.freeze_clock(now + datetime.timedelta(seconds=11))
    assert error_number(excel.run("ARAM_COV", 1)) == XL_ERR_NUM


def test_help_is_registered_for_every_function(excel: ExcelApplication) -> None:
    lines = dict(line.split("'!")[1].split("|", 1) for line in str(excel.run("Registered")).splitlines())
    assert lines == {f.name: f"ARAM|{len(f.arguments)}|{f.help}" for f in REGISTRY.values()}


# What VBA and Excel would refuse.


def function(name: str = "ARAM_X", *arguments: Argument, help: str = "Help.") -> Function:
    return Function(name, lambda: [[]], arguments, help, "", "", True)


@pytest.mark.parametrize(
    ("spoiled", "fault"),
    [
        (function("ARAM_X", Argument("end", "t", False)), "end: expected another name; it is a word of VBA"),
        (function("ARAM_X", Argument("Next", "t", False)), "Next: expected another name; it is a word of VBA"),
        (function("ARM1"), "ARM1: expected another name; it is the address of a cell"),
        (function("R1C1"), "R1C1: expected another name; it is the address of a cell"),
        (function("ARAM_X", Argument("c", "t", False)), "c: expected another name; it is the address of a cell"),
        (function("ARAM-X"), "ARAM-X: expected letters, digits and underscores, a letter first"),
        (function("ARAM_X", Argument("_x", "t", False)), "_x: expected letters, digits and underscores"),
        (function("A" * 65), "expected at most 64 characters, got 65"),
        (function(help="h" * 256), "help: expected at most 255 characters, got 256"),
        (function(help="two\nlines"), "help: expected one line"),
        (function(help=""), "help: expected a text, got nothing"),
        (function("ARAM_X", Argument("x", "t" * 256, False)), "x: expected at most 255 characters, got 256"),
        (
            function("ARAM_X", Argument("x", "≤ 1", False)),
            "x: expected characters of Western European Windows, got '≤'",
        ),
        (function("ARAM_X", Argument("x", "t", False), Argument("X", "t", False)), "names of arguments that differ"),
        (function("ARAM_X", Argument("x", "t", True), Argument("y", "t", False)), "expected optional arguments last"),
        (
            function("ARAM_X", *[Argument(f"x_{i}", "t", False) for i in range(21)]),
            "expected at most 20 arguments, got 21",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lint_refuses(spoiled: Function, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        vba.module([spoiled])


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("x = " + "1" * 1020, "line 1: expected at most 1023 characters, got 1024"),
        ("\r\n".join(["x = Array( _"] + ["1, _"] * 24 + ["1)"]), "line 25: expected at most 24 continuations"),
        ('a = 1\r\nb = "→"', "line 2: expected characters of Western European Windows, got '→'"),
    ],
)
def test_lint_of_code_refuses(code: str, fault: str) -> None:
    assert lint.faults_of_code(code) == [fault]


def test_registry_passes_the_lint() -> None:
    assert lint.faults_of_names(REGISTRY.values()) == []


def test_nothing_is_volatile() -> None:
    assert "Volatile" not in vba.module(REGISTRY.values())


# The built files.


def macros(path: Path) -> dict[str, str]:
    """Source of each VBA module, as olevba finds it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # oletools uses names that its own libraries call old
        from oletools.olevba import VBA_Parser

        parser = VBA_Parser(str(path))
        try:
            return {Path(name).stem: code for _, _, name, code in parser.extract_macros()}
        finally:
            parser.close()


def wrappers(path: Path) -> list[str]:
    return re.findall(r"^Public Function (ARAM_\w+)\(", macros(path)[vba.MODULE], re.MULTILINE)


@pytest.fixture(scope="module")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("addin") / places.ADDIN
    package.build_xlam(path)
    return path


def build_template(path: Path, sheets: int = 3) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties({"created": datetime.datetime(2024, 1, 1)})
        package.begin(workbook)
        for i in range(sheets):
            workbook.add_worksheet(f"Part{i}").write("A1", i)
    package.inject(path)
    return path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_template(tmp_path_factory.mktemp("template") / "tour.xlsm")


def test_addin_has_one_wrapper_for_each_function(addin: Path) -> None:
    assert wrappers(addin) == sorted(REGISTRY)


def test_template_has_one_wrapper_for_each_function(template: Path) -> None:
    assert wrappers(template) == sorted(REGISTRY)


def test_files_carry_the_vba_as_generated(addin: Path, template: Path) -> None:
    """olevba leaves out the attributes of a module; those of procedures are compared too."""
    wanted = vba.module(REGISTRY.values()).splitlines()[1:]
    for path in (addin, template):
        found = [line for line in macros(path)[vba.MODULE].splitlines() if not line.startswith("Attribute VB_Name")]
        assert found == wanted
        assert "AramRegister" in macros(path)["ThisWorkbook"]
        assert "Module1" not in macros(path)


def test_settings_come_from_our_own_file(addin: Path, template: Path) -> None:
    """No sheet of settings: the name of the project names the file in the user's profile."""
    for path in (addin, template):
        assert re.findall(r'PROJECT_NAME As String = "(\w+)"', macros(path)["xlwings"]) == ["aram_xl"]


def test_pinned_version_of_xlwings_is_that_of_the_vba(addin: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = [d.split(";")[0] for d in project["project"]["dependencies"] if d.startswith("xlwings")]
    assert pins == [f"xlwings=={places.XLWINGS}"]
    source = macros(addin)["xlwings"]
    assert f'XLWINGS_VERSION As String = "{places.XLWINGS}"' in source
    assert f'XLPyDLLName As String = "{places.DLL}"' in source


def test_template_opens_and_hides_nothing(template: Path) -> None:
    book = openpyxl.load_workbook(template, keep_vba=True)
    assert book.vba_archive is not None
    assert [(sheet.title, sheet.sheet_state, sheet["A1"].value) for sheet in book] == [
        ("Part0", "visible", 0), ("Part1", "visible", 1), ("Part2", "visible", 2),
    ]  # fmt: skip
    book.close()
    book.vba_archive.close()


def test_sheets_without_vba_are_no_trouble(tmp_path: Path) -> None:
    """A workbook of one sheet: the module of the second sheet, which it does not have, goes."""
    path = build_template(tmp_path / "one.xlsm", sheets=1)
    assert {"Sheet1", "ThisWorkbook"} <= set(macros(path))
    assert "Sheet2" not in macros(path)


def test_addin_is_marked_as_one(addin: Path) -> None:
    with zipfile.ZipFile(addin) as archive:
        types = archive.read("[Content_Types].xml").decode()
    assert "addin.macroEnabled.main+xml" in types
    assert "sheet.macroEnabled" not in types


def test_same_content_gives_the_same_bytes(addin: Path, template: Path, tmp_path: Path) -> None:
    package.build_xlam(tmp_path / places.ADDIN)
    assert (tmp_path / places.ADDIN).read_bytes() == addin.read_bytes()
    assert build_template(tmp_path / "tour.xlsm").read_bytes() == template.read_bytes()
    with zipfile.ZipFile(addin) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_shipped_addin_is_up_to_date(addin: Path) -> None:
    """Build it anew with: python -m udfs.hosts.excel"""
    assert macros(places.shipped_addin()) == macros(addin)
