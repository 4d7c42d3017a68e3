"""LibreOffice Calc as a host: frames and worker alone, then every function through the built add-in."""

from __future__ import annotations

import ast
import datetime
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xlsxwriter
from typer.testing import CliRunner

from aram_xl.cli._app import app
from tests.udfs.case_table import CASES
from tests.udfs.cases import Case
from udfs.audit import STATUS_HEADS
from udfs.errors import CellError
from udfs.functions import REGISTRY
from udfs.hosts.calc import client, names, wire
from udfs.hosts.calc.build import PACKAGE, WORKER, build_oxt, bundled, interface_text
from udfs.hosts.calc.worker import calc_rows
from udfs.registry import call
from workbooks._ooxml import address
from workbooks.libreoffice import Calc
from workbooks.libreoffice import CellError as ReadError

libreoffice = pytest.mark.libreoffice
on_linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")

DRIVEN = [case for case in CASES if "calc" not in case.unlike]

SENTENCES = Path("aram_xl/log/functions.log")
"""The worker's log, below XDG_STATE_HOME."""


def bits(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


@pytest.fixture(autouse=True)
def own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers write their log here."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


# --- frames


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_frames_keep_every_bit(pair):
    error = wire.error_value("#N/A")
    sent = ((0.1, -0.0, 5e-324, 1.7976931348623157e308, error), ("é", "", None))
    wire.send(pair[0], sent)
    got = wire.receive(pair[1])
    assert [bits(number) for number in got[0]] == [bits(number) for number in sent[0]]
    assert got[1] == sent[1]
    assert bits(error) == 0x7FF8000000007FFF


def test_too_large_a_message_is_not_sent(pair):
    with pytest.raises(wire.TooLarge, match="at most 100 bytes, got"):
        wire.send(pair[0], "x" * 101, limit=100)
    wire.send(pair[0], "x", limit=100)
    assert wire.receive(pair[1]) == "x"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (struct.pack("<I", wire.LIMIT + 1), "at most 67,108,864 bytes, got one of 67,108,865"),
        (struct.pack("<I", 3) + b"???", "expected a frame that can be read"),
        (b"\x01", "the connection was closed"),
    ],
)
def test_a_bad_frame_is_refused(pair, sent, sentence):
    pair[0].sendall(sent)
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(wire.WireError, match=sentence):
        wire.receive(pair[1])


def test_no_frame_in_time(pair):
    with pytest.raises(wire.WireError, match="no answer in time"):
        wire.receive(pair[1], deadline=time.monotonic() + 0.05)


@pytest.mark.parametrize(("shown", "known"), [(b"k" * 32, True), (b"x" * 32, False), (b"k" * 31, False)])
def test_token(pair, shown, known):
    pair[0].sendall(shown)
    assert wire.shows_token(pair[1], b"k" * 32, time.monotonic() + 0.1) is known


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets with a path")
def test_the_socket_lies_in_a_private_folder_and_goes():
    with client.private_listener() as (_, path):
        folder = Path(str(path)).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_ISSOCK(Path(str(path)).stat().st_mode)
    assert not folder.exists()


# --- worker and server, no LibreOffice


@pytest.fixture
def serve() -> Iterator[Callable[..., client.Server]]:
    """Starter of servers; the worker is ours, or a script that stands in for it."""
    made = []

    def start(script: str | None = None, *, timeout: float = 30.0, interpreter: str = sys.executable) -> client.Server:
        arguments = list(WORKER) if script is None else ["-c", textwrap.dedent(script)]
        made.append(client.Server(client.Settings(interpreter, arguments, timeout)))
        return made[-1]

    yield start
    for server in made:
        server.close()


REPORT = """
import json, socket, sys, time
from udfs.hosts.calc import wire
first = json.loads(sys.stdin.readline())
def connect(token):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(first["address"])
    connection.sendall(token)
    return connection
"""
"""Begin of scripts that stand in for the worker."""

TWO = (((2.0,),), ((1.0,), (2.0,)))


def sentences(server: client.Server) -> list[str]:
    """What ARAM_STATUS says, the latest first."""
    head, *lines = server.call("ARAM_STATUS", (None,))
    assert list(head) == STATUS_HEADS
    return [line[4] for line in lines]


def is_error(rows: Any, code: str) -> bool:
    return len(rows) == 1 and len(rows[0]) == 1 and bits(rows[0][0]) == bits(wire.error_value(code))


def test_heads_of_the_status_are_the_same_on_both_sides():
    assert list(client.STATUS_HEADS) == STATUS_HEADS


@pytest.mark.parametrize("local", [True, False])
def test_answers_over_both_kinds_of_socket(serve, monkeypatch, local):
    if not local:
        monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    server = serve()
    returns = ((0.01,), (0.03,), (-0.02,))
    assert server.call("ARAM_MAX_DRAWDOWN", (returns,)) == calc_rows(call("ARAM_MAX_DRAWDOWN", (returns,)).rows)
    assert is_error(server.call("ARAM_MAX_DRAWDOWN", ("text",)), "#VALUE!")
    assert is_error(server.call("ARAM_CUM_RETURN", (returns, 9.0)), "#N/A")
    assert is_error(server.call("ARAM_NONE", ()), "#VALUE!")
    said = sentences(server)
    assert re.search(r"ARAM_NONE: expected a function of aram_xl .*, got one of another version", said[0])
    assert said[1] == "returns: expected at least 9 returns, got 3"


def test_a_dead_worker_costs_one_call_and_tells(serve):
    server = serve()
    assert server.call("ARAM_CUM_RETURN", (0.5,)) == ((0.5,),)
    first = server._worker.process
    first.kill()
    first.wait()
    assert is_error(server.call("ARAM_CUM_RETURN", (0.5,)), "#VALUE!")
    assert server.call("ARAM_CUM_RETURN", (0.5,)) == ((0.5,),)
    assert server._worker.process.pid != first.pid
    assert re.search("ARAM_CUM_RETURN: the worker ended .*; recalculate", sentences(server)[0])


def test_no_answer_in_time_is_not_asked_again(serve):
    server = serve(REPORT + "c = connect(bytes.fromhex(first['token'])); time.sleep(60)", timeout=0.3)
    start = time.monotonic()
    assert is_error(server.call("ARAM_COV", TWO), "#VALUE!")
    assert time.monotonic() - start < 10
    assert server._worker is None
    assert [name for _, name, _ in server._notices] == ["ARAM_COV"]
    assert "expected an answer within 0.3 s, got none" in server._notices[0][2]


def test_cells_beyond_the_limit_leave_the_worker_well(serve):
    server = serve()
    server.call("ARAM_VERSION", ())
    before = server._worker.process.pid
    assert is_error(server.call("ARAM_COV", ("x" * (wire.LIMIT + 1),)), "#VALUE!")
    assert server._worker.process.pid == before
    assert re.search("ARAM_COV: expected cells of at most 67,108,864 bytes", sentences(server)[0])


def test_too_large_an_answer_ends_the_worker(serve):
    script = "c = connect(bytes.fromhex(first['token'])); wire.receive(c); c.sendall(b'\\xff' * 8); time.sleep(60)"
    server = serve(REPORT + script)
    assert is_error(server.call("ARAM_COV", TWO), "#VALUE!")
    assert server._worker is None
    assert "expected a frame of at most" in server._notices[0][2]


def test_strangers_are_turned_away(serve):
    script = """
    stranger = connect(b"x" * 32)
    assert stranger.recv(1) == b""
    own = connect(bytes.fromhex(first["token"]))
    wire.receive(own)
    wire.send(own, ((7.0,),))
    time.sleep(60)
    """
    assert serve(REPORT + textwrap.dedent(script)).call("ARAM_COV", TWO) == ((7.0,),)
    only_a_stranger = serve(REPORT + "connect(b'x' * 32)")
    assert is_error(only_a_stranger.call("ARAM_COV", TWO), "#VALUE!")
    assert "worker: ended while starting (status 0, no message)" in sentences(only_a_stranger)[0]


def test_no_interpreter_is_said_in_the_status(serve, monkeypatch):
    server = serve(interpreter="/nowhere/python")
    assert is_error(server.call("ARAM_COV", TWO), "#VALUE!")
    wanted = "worker: expected a Python at /nowhere/python, found none; build the add-in again with: aram-xl calc build"
    assert sentences(server)[0].startswith(wanted)
    server._not_before = 0.0
    monkeypatch.setenv(client.INTERPRETER_VARIABLE, sys.executable)
    assert server.call("ARAM_CUM_RETURN", (0.5,)) == ((0.5,),)
    monkeypatch.setenv(client.INTERPRETER_VARIABLE, "/elsewhere/python")
    assert "correct or remove the setting ARAM_XL_PYTHON" in sentences(serve())[0]


def test_a_failed_start_is_not_repeated_for_each_cell(serve):
    server = serve("import no_such_module")
    assert is_error(server.call("ARAM_COV", TWO), "#VALUE!")
    start = time.monotonic()
    for _ in range(1000):
        server.call("ARAM_BETA", TWO)
    assert time.monotonic() - start < client.RETRY_SECONDS
    assert "ended while starting (ModuleNotFoundError: No module named 'no_such_module')" in sentences(server)[0]


def test_what_the_office_sets_for_its_own_python_does_not_reach_ours(serve, monkeypatch):
    for name in ("PYTHONHOME", "PYTHONPATH"):
        monkeypatch.setenv(name, "/nowhere")
    assert serve().call("ARAM_CUM_RETURN", (0.5,)) == ((0.5,),)


@on_linux
def test_the_worker_ends_with_its_parent():
    code = f"""
import os, signal
from udfs.hosts.calc import client
server = client.Server(client.Settings({sys.executable!r}, {list(WORKER)!r}, 30.0))
server.call("ARAM_VERSION", ())
print(server._worker.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    worker = Path("/proc", done.stdout.strip())
    deadline = time.monotonic() + 10
    while worker.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not worker.exists()


def test_values_become_what_calc_shows():
    na = wire.error_value("#N/A")
    got = calc_rows([[1, 2.5, "text", True, False, None, CellError("#N/A")]])
    assert got[0][:6] == (1.0, 2.5, "text", 1.0, 0.0, "")
    assert bits(got[0][6]) == bits(na)
    assert [type(cell) for cell in got[0]] == [float, float, str, float, float, str, float]


# --- the add-in file


def test_the_same_registry_gives_the_same_bytes(tmp_path):
    one, two = build_oxt(tmp_path / "one.oxt"), build_oxt(tmp_path / "two.oxt")
    assert one.read_bytes() == two.read_bytes()
    other = build_oxt(tmp_path / "other.oxt", "/opt/python")
    with zipfile.ZipFile(other) as archive:
        assert '"interpreter": "/opt/python"' in archive.read(f"pythonpath/{PACKAGE}/worker.json").decode()


def test_what_runs_inside_libreoffice_is_plain_python_3_8(tmp_path):
    allowed = {*sys.stdlib_module_names, PACKAGE}
    with zipfile.ZipFile(build_oxt(tmp_path / "a.oxt")) as archive:
        sources = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".py")}
    assert len(sources) == 4
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source, feature_version=(3, 8))):
            found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            found += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert {module.split(".")[0] for module in found} <= allowed, name


def test_names_inside_libreoffice_are_unique_and_scalars_are_declared():
    methods = [names.method(name) for name in REGISTRY]
    assert len(set(methods)) == len(methods)
    text = interface_text([REGISTRY["ARAM_BETA"], REGISTRY["ARAM_COV"]])
    assert "  any beta([in] any argument00, [in] any argument01);" in text
    assert "  sequence< sequence<any> > cov(" in text


def test_scalar_functions_and_only_they_always_give_one_cell():
    good = [case for case in CASES if case.code is None]
    assert {function.name for function in REGISTRY.values() if function.scalar} == {
        function.name for function in REGISTRY.values() if function.gives.startswith("One number")
    }
    for case in good:
        if REGISTRY[case.function].scalar:
            assert [len(row) for row in call(case.function, case.arguments).rows] == [1], case.name


@pytest.mark.parametrize(
    ("excel", "calc"),
    [
        ("ARAM_COV(A1)", "ARAM.COV(A1)"),
        ("1+aram_risk_range (A1)", "1+ARAM.RISKRANGE(A1)"),
        ("_xldudf_ARAM_COV(A1)+[1]!ARAM_CORREL(A1)", "ARAM.COV(A1)+ARAM.CORREL(A1)"),
        ('"ARAM_COV("&amp;ARAM_COV(A1)', '"ARAM_COV("&amp;ARAM.COV(A1)'),
        ("&quot;ARAM_COV(&quot;&amp;ARAM_COV(A1)", "&quot;ARAM_COV(&quot;&amp;ARAM.COV(A1)"),
        ("'ARAM_COV(x'!A1+MY_ARAM_COV(1)+ARAM_COVER(1)", None),
        ("SUM(ARAM_COV)", None),
    ],
)
def test_names_in_formulas(excel, calc):
    change = names.renaming({name: names.internal_name(name) for name in REGISTRY})
    assert change(excel) == (calc or excel)


def test_names_in_a_workbook_and_back(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_formula("A1", '=ARAM_BETA(B1:B3,C1:C3)&"ARAM_BETA("')
        sheet.write_string("A2", "ARAM_BETA(")
        sheet.conditional_format("A1", {"type": "formula", "criteria": "=ARAM_CORREL(B1,C1)>0"})
        book.define_name("cov", "=ARAM_COV(Sheet1!$B$1:$C$9)")
    assert names.calls_functions(REGISTRY, tmp_path / "a.xlsx")
    assert names.to_calc(REGISTRY, tmp_path / "a.xlsx", tmp_path / "b.xlsx") == 3
    assert not names.calls_functions(REGISTRY, tmp_path / "b.xlsx")
    assert names.to_excel(REGISTRY, tmp_path / "b.xlsx", tmp_path / "c.xlsx") == 3
    with zipfile.ZipFile(tmp_path / "a.xlsx") as one, zipfile.ZipFile(tmp_path / "c.xlsx") as two:
        assert {n: one.read(n) for n in one.namelist()} == {n: two.read(n) for n in two.namelist()}


def test_command_builds_the_add_in(tmp_path):
    done = CliRunner().invoke(app, ["calc", "build", "-o", str(tmp_path / "a.oxt")])
    assert done.exit_code == 0, done.output
    assert "unopkg add --force" in done.output
    assert (tmp_path / "a.oxt").read_bytes() == build_oxt(tmp_path / "b.oxt").read_bytes()
    assert CliRunner().invoke(app, ["calc", "build", "-o", str(tmp_path / "a.zip")]).exit_code == 2


# --- through LibreOffice


class Served(NamedTuple):
    """A LibreOffice with the add-in, and where its worker writes its log."""

    calc: Calc
    log: Path
    state: Path

    def open(self, path: Path) -> None:
        self.calc.open(path, copy=lambda source, copy: names.to_calc(REGISTRY, source, copy))

    def workers(self) -> list[int]:
        """Processes of this session's worker."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
            except OSError:
                continue
            if b"udfs.hosts.calc.worker" in command and str(self.state).encode() in environment:
                found.append(int(process.name))
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("calc")
    start = bundled(build_oxt(place / "aram_xl.oxt"), place / "extensions")
    state = place / "state"
    with Calc(extra=(start,), environment={"XDG_STATE_HOME": str(state)}) as calc:
        yield Served(calc, state / SENTENCES, state)


def stored(cell: Any) -> Any:
    """What a cell holds once it was in a file: 16 digits, dates and booleans as numbers, an empty cell as ''."""
    if isinstance(cell, list):
        return [stored(item) for item in cell]
    if isinstance(cell, datetime.date):
        return float((cell - datetime.date(1899, 12, 30)).days)
    if isinstance(cell, int | float):
        return float(f"{cell:.16G}")
    return "" if cell is None else cell


class Writer:
    """Lays out arguments and formulas in a workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.data, self.answers = book.add_worksheet("Data"), book.add_worksheet("Answers")
        self.data_row = self.answer_row = 1

    def reference(self, argument: Any) -> str:
        """Cells of one argument; nothing for an omitted one."""
        if argument is None:
            return ""
        rows = argument if isinstance(argument, list) else [[argument]]
        for down, row in enumerate(rows):
            for right, cell in enumerate(row):
                value = stored(cell)
                if value != "":
                    self.data.write(self.data_row - 1 + down, right, value)
        top, bottom = self.data_row, self.data_row + len(rows) - 1
        self.data_row = bottom + 2
        return f"Data!{address(top, 1)}:{address(bottom, len(rows[0]))}" if argument is rows else f"Data!A{top}"

    def formula(self, function: str, arguments: tuple[Any, ...], rows: int, columns: int) -> str:
        """An array formula of a size; gives the range."""
        text = f"={function}({','.join(self.reference(argument) for argument in arguments)})"
        top, bottom = self.answer_row, self.answer_row + rows - 1
        self.answer_row = bottom + 2
        area = f"A{top}:{address(bottom, columns)}"
        self.answers.write_array_formula(area, text)
        return area


def expected(case: Case) -> list[list[Any]]:
    """Rows that the cells must show, errors as LibreOffice names them."""
    arguments = tuple(None if argument is None else stored(argument) for argument in case.arguments)
    answer = call(case.function, arguments)
    if answer.failure is not None:
        assert answer.failure.code == case.code, f"{case.name}: {answer.failure.sentence}"
        return [[ReadError.from_name(answer.failure.code)]]
    assert case.code is None, case.name
    return [
        [ReadError.from_name(cell.code) if isinstance(cell, CellError) else stored_answer(cell) for cell in row]
        for row in answer.rows
    ]


def stored_answer(cell: Any) -> Any:
    return float(cell) if isinstance(cell, int | float) else cell


def same(got: Any, wanted: Any) -> bool:
    if isinstance(got, float) and isinstance(wanted, float):
        return bits(got) == bits(wanted)
    return ("" if got is None else got) == wanted


@libreoffice
def test_every_case_in_one_recalculation(served, tmp_path):
    """All functions, good and bad cases: every number equals the direct call bit for bit, every error its code."""
    places = []
    with xlsxwriter.Workbook(tmp_path / "cases.xlsx") as book:
        writer = Writer(book)
        for case in DRIVEN:
            wanted = expected(case)
            places.append((case, writer.formula(case.function, case.arguments, len(wanted), len(wanted[0])), wanted))
    served.open(tmp_path / "cases.xlsx")
    wrong = []
    for case, area, wanted in places:
        got = served.calc.read("Answers", area)
        if not all(same(*pair) for rows in zip(got, wanted, strict=True) for pair in zip(*rows, strict=True)):
            wrong.append((case.name, case.function, got[:3], wanted[:3]))
    assert wrong == []
    covered = {case.function for case in DRIVEN if case.code is None}
    assert covered | {"ARAM_STATUS"} >= set(REGISTRY)
    log = served.log.read_text(encoding="utf-8").splitlines()
    unsaid = [
        (case.name, case.sentence)
        for case in DRIVEN
        if case.code is not None
        and not any(f" {case.function} " in line and re.search(case.sentence, line) for line in log)
    ]
    assert unsaid == []


@libreoffice
def test_the_function_wizard_shows_our_texts(served, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "empty.xlsx") as book:
        book.add_worksheet()
    served.open(tmp_path / "empty.xlsx")
    for function in REGISTRY.values():
        texts = served.calc.function_texts(function.name)
        assert texts["description"].startswith(function.help)
        assert [name for name, _ in texts["arguments"]] == [argument.name for argument in function.arguments]
        for (_, text), argument in zip(texts["arguments"], function.arguments, strict=True):
            assert text.endswith(argument.text)


@libreoffice
@on_linux
def test_killing_the_worker_gives_errors_and_a_sentence_then_all_is_well(served, tmp_path):
    count = 150
    with xlsxwriter.Workbook(tmp_path / "kill.xlsx") as book:
        writer = Writer(book)
        means, square = writer.reference([[0.01], [0.02], [0.015]]), writer.reference(
            [[0.0025, 0.0005, 0.0002], [0.0005, 0.0064, 0.0012], [0.0002, 0.0012, 0.0036]]
        )
        for i in range(count):
            writer.answers.write_formula(i, 0, f"=SUM(ARAM_FRONTIER({means},{square},{i + 20}))")
        status = book.add_worksheet("Status")
        status.write_array_formula("A1:E3", "=ARAM_STATUS(G1)")
    served.open(tmp_path / "kill.xlsx")
    assert served.calc.errors().get("Answers") is None
    served.calc.set("Data", "A1", 0.011)
    [worker] = served.workers()
    killer = threading.Timer(0.1, os.kill, (worker, signal.SIGKILL))
    killer.start()
    served.calc.calculate()
    killer.join()
    broken = served.calc.errors().get("Answers", {})
    assert len(broken) == 1
    assert {str(error) for error in broken.values()} == {"#VALUE!"}
    served.calc.set("Status", "G1", 1.0)
    served.calc.calculate(hard=False)
    assert re.search("ARAM_FRONTIER: the worker ended", str(served.calc.value("Status", "E2")))
    served.calc.calculate()
    assert served.calc.errors().get("Answers") is None
    assert served.workers() != [worker]


@libreoffice
def test_recalc_command_serves_our_functions(tmp_path):
    case = next(case for case in DRIVEN if case.function == "ARAM_BETA" and case.code is None)
    value = expected(case)[0][0]
    for name, kept in (("right", value), ("wrong", value + 1)):
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx") as book:
            writer = Writer(book)
            formula = f"={case.function}({','.join(writer.reference(argument) for argument in case.arguments)})"
            writer.answers.write_formula("A1", formula, None, kept)
        done = CliRunner().invoke(app, ["recalc", str(tmp_path / f"{name}.xlsx")])
        assert done.exit_code == (0 if name == "right" else 1), done.output
        assert f"{name}.xlsx: 1 formulas" in done.output


@libreoffice
@pytest.mark.skipif(os.name != "posix", reason="other systems do not look for Python on the path")
def test_another_python_on_the_path_does_not_reach_the_add_in(tmp_path, monkeypatch):
    """The Python inside LibreOffice takes the library of the first python3 on the path: here one without a library."""
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python3").write_text("#!/bin/sh\n")
    (other / "bin" / "python3").chmod(0o755)
    for minor in range(8, 20):
        library = other / "lib" / f"python3.{minor}"
        (library / "lib-dynload").mkdir(parents=True)
        (library / "os.py").write_text("raise ImportError('a library of another Python')\n")
    monkeypatch.setenv("PATH", f"{other / 'bin'}{os.pathsep}{os.environ['PATH']}")
    start = bundled(build_oxt(tmp_path / "aram_xl.oxt"), tmp_path / "extensions")
    with xlsxwriter.Workbook(tmp_path / "one.xlsx") as book:
        book.add_worksheet("Answers").write_array_formula("A1:B1", "=ARAM_VERSION()")
    with Calc(extra=(start,), environment={"XDG_STATE_HOME": str(tmp_path / "state")}) as calc:
        calc.open(tmp_path / "one.xlsx")
        assert calc.function_texts("ARAM_VERSION")
