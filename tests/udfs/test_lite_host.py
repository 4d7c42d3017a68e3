"""The workbook for xlwings Lite: what lies in it, and that the code inside answers like the functions themselves.

That host is a Python without threads and sockets inside Excel. Here it is a fresh process in which neither this project
nor what that Python lacks can be imported, with a stand-in for xlwings whose decorators do nothing.
"""

from __future__ import annotations

import ast
import datetime
import io
import json
import pickle
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import xlsxwriter

from aram_xl import models
from aram_xl.errors import InfeasibleError, InputError, OutputError, SolverError, ToolMissingError
from tests.udfs.case_parts import serial
from tests.udfs.case_table import CASES
from udfs.errors import CellError
from udfs.examples import EXAMPLES
from udfs.functions import REGISTRY
from udfs.hosts.lite import build, bundle
from udfs.registry import call
from workbooks.package import package_faults

ROOT = Path(__file__).resolve().parents[2]

SPACES = {
    "we": "http://schemas.microsoft.com/office/webextensions/webextension/2010/11",
    "wetp": "http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11",
    "main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
}

LACKING = ("aram_xl", "udfs", "workbooks", "cvxpy", "pyarrow", "typer", "rich", "openpyxl", "xlsxwriter", "clarabel")
LACKING += ("platformdirs", "multiprocessing", "fcntl", "resource", "termios", "pwd", "grp", "curses")
"""Packages that the workbook does not ask for, and modules of the standard library that Pyodide does not have. It has
socket and threading, but no socket opens and no thread starts."""

FRESH = """
import importlib.abc, pickle, socket, sys, threading, types

class Lacking(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in LACKING:
            raise ModuleNotFoundError(f"No module named {name!r}")

def refuse(*anything, **more):
    raise RuntimeError("neither threads nor sockets")

def func(function):
    return function

def arg(name, **options):
    asked.append((name, options))
    return lambda function: function

asked = []
sys.modules["xlwings"] = types.ModuleType("xlwings")
sys.modules["xlwings"].func, sys.modules["xlwings"].arg = func, arg
LACKING, code, calls = pickle.load(sys.stdin.buffer)
for name in [name for name in sys.modules if name.split(".")[0] in LACKING]:
    del sys.modules[name]
sys.meta_path.insert(0, Lacking())
threading.Thread.start = socket.socket = socket.create_connection = refuse
inside = {"__name__": "main"}
exec(compile(code, "main.py", "exec"), inside)
exec(compile(code, "main.py", "exec"), inside)  # as when the user restarts the code
answers = []
for name, cells in calls:
    try:
        answers.append(inside[name](*cells))
    except ValueError as error:
        answers.append(str(error))
loaded = {name.split(".")[0]: getattr(module, "__file__", None) for name, module in sys.modules.items()}
finders = sum(hasattr(finder, "of") for finder in sys.meta_path)
sys.stdout.flush()
sys.stdout.buffer.write(b"ANSWERS" + pickle.dumps((answers, loaded, asked, finders)))
"""


def as_handed_over(cells):
    """As that host hands over an argument: rows, dates as numbers."""
    rows = cells if isinstance(cells, list) else [[cells]]
    return [[serial(cell) if isinstance(cell, datetime.date) else cell for cell in row] for row in rows]


def in_fresh_process(calls):
    """Answers of the bundle, all modules that were loaded, and what the decorators were told."""
    given = [(name, [as_handed_over(argument) for argument in arguments]) for name, arguments in calls]
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", FRESH],
        input=pickle.dumps((LACKING, bundle.main_py(), given)),
        capture_output=True,
        check=False,
        cwd=ROOT.anchor,
    )
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout.partition(b"ANSWERS")[2])


@pytest.fixture(scope="module")
def ran():
    """One run of the bundle: all examples, then all cases that this host can express."""
    calls = [(name, arguments) for name, arguments in EXAMPLES.items() if name != "ARAM_STATUS"]
    calls += [(case.function, case.arguments) for case in CASES if "calc" not in case.unlike]
    return calls, *in_fresh_process(calls)


def test_the_bundle_answers_like_the_functions(ran):
    """Bit for bit; an error value is its text, and #VALUE! an exception that carries the sentence."""
    calls, answers = ran[:2]
    assert {name for name, _ in calls} == set(REGISTRY) - {"ARAM_STATUS"}
    for (name, arguments), found in zip(calls, answers, strict=True):
        direct = call(name, tuple(as_handed_over(argument) for argument in arguments))
        if direct.failure is None:
            rows = [[cell.code if isinstance(cell, CellError) else cell for cell in row] for row in direct.rows]
            assert found == rows, name
        elif direct.failure.code == "#VALUE!":
            assert found == direct.failure.sentence
        else:
            assert found == [[direct.failure.code]]


def test_the_bundle_meets_the_case_table(ran):
    calls, answers = ran[:2]
    cases = [case for case in CASES if "calc" not in case.unlike]
    for case, found in zip(cases, answers[len(calls) - len(cases) :], strict=True):
        if case.code == "#VALUE!":
            assert re.search(case.sentence, found), case.name
        elif case.code is not None:
            assert found == [[case.code]], case.name
        else:
            assert isinstance(found, list), case.name


def test_the_bundle_loads_nothing_that_it_does_not_ask_for(ran):
    """Besides the standard library: what it asks for, and what that needs."""
    loaded = ran[2]
    packages = {name for name, file in loaded.items() if file and "site-packages" in file}
    asked = {line.split("==")[0] for line in build.REQUIREMENTS}
    # Of holidays and pandas, of scipy, and of this environment.
    assert packages - asked <= {"dateutil", "six", "_cyutility", "_distutils_hack"}
    assert {"numpy", "holidays", "aram_xl", "udfs"} <= loaded.keys()
    assert loaded["aram_xl"] is loaded["udfs"] is None


def test_a_restart_of_the_code_leaves_one_finder(ran):
    assert ran[4] == 1


def test_every_argument_is_declared_as_cells_with_its_text(ran):
    """2-D, error cells as texts; declared once in each of the two runs."""
    wanted = [
        (argument.name, {"ndim": 2, "err_to_str": True, "doc": argument.text})
        for function in REGISTRY.values()
        for argument in function.arguments
    ]
    assert ran[3] == wanted * 2


def test_the_bundle_holds_what_is_imported_and_no_more():
    """Each embedded module is the file of this project or a stand-in, and none is a solver, a command or a host."""
    held = bundle.sources()
    assert {"udfs.functions", "aram_xl", "aram_xl.frontier", "udfs.registry"} <= held.keys()
    barred = ("aram_xl.cli", "aram_xl.sample", "aram_xl.table_files", "udfs.hosts", "udfs.reference", "workbooks")
    assert not any(name.startswith(barred) for name in held)
    imported = {module.split(".")[0] for source in held.values() for module in bundle._imports(source)}
    assert imported.isdisjoint({"socket", "threading", "multiprocessing", "subprocess", "cvxpy"})
    tree = ast.parse(bundle.main_py())
    replaced = {name for name, source in held.items() if source.encode() != bundle._path(name).read_bytes()}
    assert replaced == set(bundle.STAND_INS) == {"aram_xl.program"}
    embedded: dict[str, dict[str, str]] = {"SOURCES": {}, "CARDS": {}}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            embedded[node.targets[0].value.id][node.targets[0].slice.value] = node.value.value
    assert embedded == {"SOURCES": held, "CARDS": bundle.cards()}
    assert [name.removesuffix(".toml") for name in embedded["CARDS"]] == list(models())


def test_a_stand_in_says_what_is_missing():
    """An error of ours, so that the cell shows a sentence and no step of the fallback ladder hides it."""
    for source in bundle.STAND_INS.values():
        with pytest.raises(ToolMissingError, match="the cone solver is not part of this workbook; use"):
            exec(compile(source, "stand-in", "exec"), {})
    assert not issubclass(ToolMissingError, InputError | InfeasibleError | SolverError)


def test_a_source_that_cannot_be_embedded_is_refused():
    for source in ("x = '''a'''\n", "x = 'a'", "x = 1 \\"):
        with pytest.raises(InputError, match=r"some\.module: expected a source without three apostrophes"):
            bundle._embedded("SOURCES", "some.module", source)


def test_imports_for_types_only_are_left_out():
    source = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    from c import d\n"
    assert sorted(bundle._imports(source)) == ["b", "c", "c.d"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A workbook with functions in cells and in a defined name, and with texts that only look like calls."""
    path = tmp_path_factory.mktemp("lite") / "plain.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Model")
        sheet.write_row("A1", [0.01, 0.02])
        sheet.write_row("A2", [0.01, 0.0])
        sheet.write_row("A3", [0.0, 0.04])
        sheet.write_dynamic_array_formula("D1:D2", "=ARAM_WEIGHTS(A1:B1,A2:B3,0.15)", None, 0.5)
        sheet.write_formula("F1", "=SUM(ARAM_MIN_RISK(A2:B3))+ARAM_CUM_RETURN(A1:B1)", None, 1.0302)
        sheet.write_formula("F2", '="ARAM_BETA("&A1&" < "&ARAM_BETA(A1:A3,B1:B3)', None, "x")
        sheet.write_string("F3", "=ARAM_COV(A1:B3) is a text")
        book.define_name("out_versions", "=ARAM_VERSION()")
    return path


@pytest.fixture(scope="module")
def built(plain):
    path = plain.with_name("lite.xlsx")
    build.build_lite(plain, path)
    return path


def tree(path, part):
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read(part))


def test_settings_read_back_exactly(built):
    extension = tree(built, "xl/webextensions/webextension1.xml")
    properties = extension.findall("we:properties/we:property", SPACES)
    found = {item.get("name"): json.loads(item.get("value")) for item in properties}
    assert found == build.settings()
    assert found["main.py"] == bundle.main_py()
    assert list(found) == ["main.py", "requirements.txt", "pyodideVersion", "addinVersion"]
    assert extension.find("we:reference", SPACES).attrib == {
        "id": "wa200008175", "version": "1.0.0.0", "store": "en-US", "storeType": "OMEX"
    }  # fmt: skip


def test_what_the_workbook_asks_for_is_what_the_project_uses():
    """xlwings as pinned; cvxpy cannot be had there, and what needs it has a stand-in."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.match(r"[\w-]+", line)[0] for line in build.REQUIREMENTS]
    assert names == ["xlwings", "numpy", "holidays", "pandas", "scipy"]
    assert set(names) <= {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    assert build.REQUIREMENTS[0].split()[0] in {line.split(";")[0] for line in project["dependencies"]}
    assert build.settings()["requirements.txt"].endswith("holidays\npandas\nscipy\n")


def test_the_task_pane_leads_to_the_settings(built):
    with zipfile.ZipFile(built) as archive:
        types = archive.read("[Content_Types].xml").decode()
        root = archive.read("_rels/.rels").decode()
        arrow = archive.read("xl/webextensions/_rels/taskpanes.xml.rels").decode()
    for part, kind in [("taskpanes", "webextensiontaskpanes"), ("webextension1", "webextension")]:
        assert f'PartName="/xl/webextensions/{part}.xml" ContentType="application/vnd.ms-office.{kind}+xml"' in types
    assert 'office/2011/relationships/webextensiontaskpanes" Target="xl/webextensions/taskpanes.xml"' in root
    assert 'Id="rId1" Type="http://schemas.microsoft.com/office/2011/relationships/webextension"' in arrow
    pane = tree(built, "xl/webextensions/taskpanes.xml").find("wetp:taskpane/wetp:webextensionref", SPACES)
    assert list(pane.attrib.values()) == ["rId1"]


def test_formulas_are_stored_as_that_host_stores_them(built):
    sheet = tree(built, "xl/worksheets/sheet1.xml")
    formulas = [element.text for element in sheet.iter(f"{{{SPACES['main']}}}f")]
    assert formulas == [
        "_xldudf_ARAM_WEIGHTS(A1:B1,A2:B3,0.15)",
        "SUM(_xldudf_ARAM_MIN_RISK(A2:B3))+_xldudf_ARAM_CUM_RETURN(A1:B1)",
        '"ARAM_BETA("&A1&" < "&_xldudf_ARAM_BETA(A1:A3,B1:B3)',
    ]
    names = tree(built, "xl/workbook.xml").findall("main:definedNames/main:definedName", SPACES)
    assert [name.text for name in names] == ["_xldudf_ARAM_VERSION()"]
    texts = tree(built, "xl/sharedStrings.xml")
    assert any("ARAM_COV(A1:B3) is a text" in (text or "") for text in texts.itertext())


@pytest.mark.parametrize(
    ("formula", "stored"),
    [
        ("ARAM_WEIGHTS_FROM_PRICES(A1)", "_xldudf_ARAM_WEIGHTS_FROM_PRICES(A1)"),
        ("_xldudf_ARAM_COV(A1)", "_xldudf_ARAM_COV(A1)"),
        ("MY_ARAM_COV(A1)+ARAM_COVER(A1)+ARAM_COV", "MY_ARAM_COV(A1)+ARAM_COVER(A1)+ARAM_COV"),
        ("'ARAM_COV(x)'!A1+ARAM_COV('it''s'!A1)", "'ARAM_COV(x)'!A1+_xldudf_ARAM_COV('it''s'!A1)"),
        ('"a ""ARAM_COV(x)"" b"&ARAM_COV(A1)', '"a ""ARAM_COV(x)"" b"&_xldudf_ARAM_COV(A1)'),
    ],
)
def test_only_calls_get_the_prefix(formula, stored):
    assert build._stored_formula(formula) == stored


def test_the_container_is_sound(plain, built):
    """Nothing else is damaged, and the parts of the task pane are typed and can be reached."""
    assert package_faults(built) == package_faults(plain)
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(built) as after:
        kept = [name for name in before.namelist() if after.read(name) == before.read(name)]
        changed = set(before.namelist()) - set(kept)
        assert changed == {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"}
        assert after.namelist()[0] == "[Content_Types].xml"
        assert {info.date_time for info in after.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_building_twice_gives_the_same_bytes(plain, built):
    again = built.with_name("again.xlsx")
    build.build_lite(plain, again)
    assert again.read_bytes() == built.read_bytes()


def test_what_is_no_plain_workbook_is_refused(tmp_path, plain, built):
    other = tmp_path / "other.xlsx"
    other.write_text("no archive")
    with pytest.raises(InputError, match=r"xlsx_in: expected an \.xlsx workbook, got .*other"):
        build.build_lite(other, tmp_path / "out.xlsx")
    with pytest.raises(InputError, match="xlsx_in: expected a workbook without web extensions"):
        build.build_lite(built, tmp_path / "out.xlsx")
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    other.write_bytes(empty.getvalue())
    with pytest.raises(InputError, match="xlsx_in: expected a workbook without web extensions"):
        build.build_lite(other, tmp_path / "out.xlsx")
    with pytest.raises(OutputError, match="expected a folder that can be written"):
        build.build_lite(plain, tmp_path / "nowhere" / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_answers_are_plain_values(ran):
    """What that host can turn into JSON."""
    for found in ran[1]:
        if isinstance(found, list):
            assert {type(cell) for row in found for cell in row} <= {float, str, bool}
            json.dumps(found, allow_nan=False)
            assert not any(isinstance(cell, np.generic) for row in found for cell in row)
