"""Registration, memo, failures and the log."""

from __future__ import annotations

import datetime
import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aram_xl.errors import InfeasibleError, InputError, NotConvexError, SolverError, TooShortError
from udfs import errors, registry
from udfs.functions import MODULES, REGISTRY
from udfs.registry import Function, call, excel_function

ROOT = Path(__file__).resolve().parents[2]

_WORDS = (
    "addressof alias and any as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec cint "
    "clng close const csng cstr currency cvar date debug decimal declare dim do double each else elseif empty end "
    "endif enum eqv erase error event exit explicit false for friend function get global gosub goto if imp "
    "implements in input integer is let lib like line local lock long loop lset me mid mod module new next not "
    "nothing null object on open option optional or output paramarray preserve print private property public put "
    "raiseevent random read redim rem resume return rset seek select set single static step stop string sub tab "
    "text then time to true type typeof unlock until variant wend while width with withevents write xor"
)
VBA_WORDS = frozenset(_WORDS.split())


@pytest.fixture
def counted(monkeypatch):
    """A registered function that counts how often its body runs and answers what it was given."""
    seen = []

    def body(*cells):
        seen.append(cells)
        return [[repr(cell) for cell in cells]]

    arguments = (registry.Argument("a", "", False), registry.Argument("b", "", True))
    monkeypatch.setitem(REGISTRY, "ARAM_COUNTED", Function("ARAM_COUNTED", body, arguments, "", "", "", True))
    registry.forget()
    yield seen
    registry.forget()


@pytest.fixture
def no_failures():
    errors.recent.clear()
    yield
    errors.recent.clear()


def register(body, **texts):
    return excel_function(gives="", native="", **texts)(body)


def test_every_argument_needs_its_text():
    def ARAM_UNTOLD(one, two=None): ...

    with pytest.raises(TypeError, match=re.escape("ARAM_UNTOLD: expected texts for ['one', 'two'], got ['one']")):
        register(ARAM_UNTOLD, one="One.")
    with pytest.raises(TypeError, match="ARAM_UNTOLD: expected texts"):
        register(ARAM_UNTOLD, one="One.", two="Two.", three="Three.")
    with pytest.raises(TypeError, match="ARAM_UNTOLD: expected texts"):
        register(ARAM_UNTOLD, two="Two.", one="One.")
    assert "ARAM_UNTOLD" not in REGISTRY


@pytest.mark.parametrize("function", REGISTRY.values(), ids=lambda function: function.name)
def test_names_and_texts_suit_every_host(function):
    """No name is a VBA word or looks like a cell (AB1, R1C1), optional arguments come last, no text is empty."""
    assert re.fullmatch(r"ARAM_[A-Z_]+[A-Z]", function.name)
    names = [argument.name for argument in function.arguments]
    assert VBA_WORDS.isdisjoint(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert not any(re.fullmatch(r"r?c?\d+|[a-z]{1,3}\d+|r|c", name) for name in names)
    optional = [argument.optional for argument in function.arguments]
    assert optional == sorted(optional)
    assert all(argument.text.endswith(".") and len(argument.text) <= 255 for argument in function.arguments)
    assert function.help.endswith(".")
    assert len(function.help) <= 255
    assert function.gives
    assert function.native


def test_every_registered_function_stands_in_a_listed_module():
    modules = {module.__name__ for module in MODULES}
    assert {function.body.__module__ for function in REGISTRY.values()} == modules


def test_signature_shows_what_may_be_left_out():
    assert REGISTRY["ARAM_COV"].signature == "ARAM_COV(returns, [method], [half_life])"
    assert REGISTRY["ARAM_VERSION"].signature == "ARAM_VERSION()"


def test_equal_content_is_answered_from_memory(counted):
    first = call("ARAM_COUNTED", ([[1.0, "x"], [datetime.date(2024, 1, 31), None]], 2.0))
    again = call("ARAM_COUNTED", ([[1.0, "x"], [datetime.date(2024, 1, 31), None]], 2.0))
    assert again.rows == first.rows
    assert len(counted) == 1
    call("ARAM_COUNTED", ([[1.0, "x"], [datetime.date(2024, 2, 1), None]], 2.0))
    call("ARAM_COUNTED", ([[1.0, "y"], [datetime.date(2024, 1, 31), None]], 2.0))
    assert len(counted) == 3


def test_arguments_at_the_end_may_be_left_out(counted):
    assert call("ARAM_COUNTED", (1.0,)).rows == call("ARAM_COUNTED", (1.0, None)).rows == [["1.0", "None"]]
    assert len(counted) == 1


@pytest.mark.parametrize(
    "values",
    [
        [1, 1.0, True, "1", "1.0", "True"],
        [0.0, -0.0, 0, False, None, ""],
        [datetime.date(2024, 1, 31), datetime.datetime(2024, 1, 31), "datetime.date(2024, 1, 31)", 45322.0],
        [[[1.0, 2.0]], [[1.0], [2.0]], [[1.0, 2.0, None]], [1.0, 2.0]],
        [np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2), np.arange(6.0)],
        [np.array([1.0, 2.0]), np.array([1, 2]), np.array([1.0, "a"], dtype=object)],
    ],
)
def test_contents_that_differ_are_never_mistaken(counted, values):
    """One cell of another type may mean another answer, so each gets its own."""
    for value in values:
        assert call("ARAM_COUNTED", (value, None)).rows == [[repr(value), "None"]]
    assert len(counted) == len(values)


def test_memory_is_bounded_and_the_oldest_goes_first(counted, monkeypatch):
    monkeypatch.setattr(registry, "REMEMBERED", 3)
    for value in (1.0, 2.0, 3.0, 1.0, 4.0):  # 2 is the least recently used when 4 comes
        call("ARAM_COUNTED", (value,))
    assert len(counted) == 4
    call("ARAM_COUNTED", (1.0,))
    assert len(counted) == 4
    call("ARAM_COUNTED", (2.0,))
    assert len(counted) == 5


def test_what_changes_by_itself_is_not_remembered(no_failures):
    assert call("ARAM_STATUS", ()).rows[1][-1] == "no failures"
    call("ARAM_COV", ("x",), "Sheet1!B2")
    assert call("ARAM_STATUS", ()).rows[1][2] == "ARAM_COV"


def test_failures_are_not_remembered(no_failures):
    for _ in range(2):
        assert call("ARAM_BETA", (0.01, 0.02)).failure.code == "#N/A"
    assert len(errors.recent) == 2


def test_status_lists_the_last_failures_latest_first(no_failures):
    for i in range(errors.REMEMBERED + 5):
        call("ARAM_COV", ([[0.01]],), f"Sheet1!A{i}")
    rows = call("ARAM_STATUS", ("any cell",)).rows
    assert rows[0] == ["Time", "Cell", "Function", "Error", "Sentence"]
    assert len(rows) == 1 + errors.REMEMBERED
    assert rows[1][1:] == [
        "Sheet1!A24", "ARAM_COV", "#N/A", "returns: expected at least 2 rows of numbers, got 1"
    ]  # fmt: skip
    assert rows[-1][1] == "Sheet1!A5"
    datetime.datetime.strptime(rows[1][0], "%Y-%m-%d %H:%M:%S")


def test_status_without_failures(no_failures):
    heads = ["Time", "Cell", "Function", "Error", "Sentence"]
    assert call("ARAM_STATUS", ()).rows == [heads, ["", "", "", "", "no failures"]]


def test_too_many_arguments_are_refused():
    failure = call("ARAM_VERSION", (1.0,)).failure
    assert (failure.code, failure.sentence) == ("#VALUE!", "ARAM_VERSION: expected at most 0 arguments, got 1")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), "#VALUE!"),
        (TooShortError("x"), "#N/A"),
        (InfeasibleError("x"), "#NUM!"),
        (NotConvexError("x"), "#NUM!"),
        (SolverError("x"), "#NUM!"),
        (ZeroDivisionError("x"), "#VALUE!"),
    ],
)
def test_each_exception_has_its_error_value(error, code):
    assert errors.code_of(error) == code


@pytest.fixture
def log(tmp_path):
    """The log in a folder of its own, and the logger as it was afterwards."""
    logger = logging.getLogger("aram_xl.functions")
    before, level, propagate = list(logger.handlers), logger.level, logger.propagate
    logger.handlers = []
    path = tmp_path / "logs" / "functions.log"
    errors.start_log(path)
    yield path
    for handler in logger.handlers:
        handler.close()
    logger.handlers, logger.propagate = before, propagate
    logger.setLevel(level)


def test_a_bug_shows_no_traceback_but_logs_one(monkeypatch, no_failures, log):
    def body():
        raise KeyError("a secret of the code")

    monkeypatch.setitem(REGISTRY, "ARAM_BROKEN", Function("ARAM_BROKEN", body, (), "", "", "", True))
    failure = call("ARAM_BROKEN", (), "Sheet1!C3").failure
    assert (failure.code, failure.sentence) == ("#VALUE!", "internal error, see log")
    assert "secret" not in str(call("ARAM_STATUS", ()).rows)
    written = log.read_text(encoding="utf-8")
    assert "ARAM_BROKEN Sheet1!C3: internal error, see log" in written
    assert "Traceback" in written
    assert "KeyError: 'a secret of the code'" in written


def test_a_known_error_logs_its_sentence_alone(no_failures, log):
    call("ARAM_COV", ([[0.01]],), "Sheet1!D4")
    written = log.read_text(encoding="utf-8")
    assert "INFO ARAM_COV Sheet1!D4 #N/A: returns: expected at least 2 rows of numbers, got 1" in written
    assert "Traceback" not in written


def test_the_log_rotates(monkeypatch, no_failures, log):
    handler = logging.getLogger("aram_xl.functions").handlers[0]
    assert (handler.maxBytes, handler.backupCount) == (errors.LOG_BYTES, errors.LOG_FILES)
    handler.maxBytes = 500
    for _ in range(30):
        call("ARAM_COV", ([[0.01]],))
    files = sorted(path.name for path in log.parent.iterdir())
    assert files == ["functions.log", "functions.log.1", "functions.log.2", "functions.log.3"]
    assert all(path.stat().st_size <= 500 for path in log.parent.iterdir())


def test_a_log_that_cannot_be_written_goes_to_standard_error(tmp_path, log, capsys):
    logger = logging.getLogger("aram_xl.functions")
    logger.handlers[0].close()
    logger.handlers = []
    (tmp_path / "file").write_text("")
    errors.start_log(tmp_path / "file" / "functions.log")
    assert type(logger.handlers[0]) is logging.StreamHandler
    call("ARAM_COV", ([[0.01]],))
    assert "ARAM_COV" in capsys.readouterr().err


def test_functions_load_nothing_heavy():
    """Neither at the start nor while they answer: labels do without pandas."""
    code = """
import json, sys
from udfs.functions import REGISTRY
from udfs.registry import call
at_start = set(sys.modules)
call("ARAM_WEIGHTS", ([["AA", 0.01], ["BB", 0.02]], [[0.01, 0.0], [0.0, 0.04]], 0.05))
call("ARAM_COV", ([["AA", "BB"], [0.01, 0.02], [0.0, 0.01]],))
print(json.dumps([sorted(at_start), sorted(sys.modules)]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    heavy = {"pandas", "scipy", "cvxpy", "xlwings", "socket", "multiprocessing", "openpyxl", "xlsxwriter"}
    for loaded in json.loads(done.stdout):
        assert [name for name in loaded if name.split(".")[0] in heavy] == []


def test_unblemished_forgets_for_a_while() -> None:
    """What a workbook keeps of ARAM_STATUS does not depend on what failed before it was built."""
    errors.recent.clear()
    registry.call("ARAM_BETA", ("text", "text"))
    before = list(errors.recent)
    with errors.unblemished():
        assert registry.call("ARAM_STATUS", ()).rows[1][4] == "no failures"
        registry.call("ARAM_ALPHA", ("text", "text", 12.0))
    assert (len(before), list(errors.recent)) == (1, before)
