"""As much of pywin32 and of Excel as the Windows engine of xlwings needs to be imported and called on any system.

xlwings chooses its engine when it is first imported, so this is a program and not a fixture: it reads a pickled list of
calls, (function, arguments), from standard input and writes a pickled list of answers. `ask` starts it.
"""

from __future__ import annotations

import datetime
import importlib
import importlib.machinery
import pickle
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]

MODULE = "udfs.hosts.excel.functions"

MISSING = -2147352572
"""How pywin32 hands over an argument that was left out (DISP_E_PARAMNOTFOUND)."""

RANGE_INTERFACE = "{00020846-0000-0000-C000-000000000046}"


@dataclass(frozen=True)
class Cells:
    """A range to be handed over as the object that Excel hands over; anything else goes as a value."""

    rows: tuple[tuple[Any, ...], ...]


def ask(calls: list[tuple[str, tuple[Any, ...]]], environ: dict[str, str]) -> list[Any]:
    """Answers of the real Windows engine, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.udfs.com_stub"],
        input=pickle.dumps(calls),
        capture_output=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        env=environ,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers: list[Any] = pickle.loads(done.stdout)
    return answers


class TimeType(datetime.datetime):
    """A date as COM gives it."""


class ComError(Exception):
    """What a failed call of COM raises."""


class Inert(types.ModuleType):
    """A module that has every name: classes where a name is a class by its look, functions that do nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value: Any = type(name, (), {}) if name[:1].isupper() else lambda *args, **options: None
        setattr(self, name, value)
        return value


class Description:
    """Says that an object is a Range."""

    iid = RANGE_INTERFACE

    def GetTypeInfo(self) -> Description:
        return self

    def GetTypeAttr(self) -> Description:
        return self


class RangeObject:
    """A Range as a program outside Excel sees it."""

    def __init__(self, rows: tuple[tuple[Any, ...], ...]) -> None:
        self._oleobj_ = Description()
        self.Value = rows if len(rows) * len(rows[0]) > 1 else rows[0][0]
        self.Rows = types.SimpleNamespace(Count=len(rows))
        self.Columns = types.SimpleNamespace(Count=len(rows[0]))
        self.Row = self.Column = 1
        book = types.SimpleNamespace(Name="Model.xlsx", Application=types.SimpleNamespace(Version="16.0", Hwnd=1))
        self.Worksheet = types.SimpleNamespace(Name="Model", Parent=book)


def _stub(name: str, **contents: Any) -> None:
    module = Inert(name)
    module.__dict__.update(contents)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    module.__path__ = []
    module.__file__ = f"{name}.pyd"
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


def _not_ours(value: object) -> None:
    raise TypeError(f"{value!r} is no object of this server")


def windows_engine() -> Any:
    """The COM server of xlwings with its Windows code, imported here."""
    assert "xlwings" not in sys.modules
    _stub("pywintypes", TimeType=TimeType, IID=str, com_error=ComError, error=ComError)
    for name in ("win32api", "win32con", "win32gui", "win32event", "winerror"):
        _stub(name)
    _stub("win32process", GetWindowThreadProcessId=lambda window: (1, 1))
    utc = types.SimpleNamespace(utc=lambda: datetime.UTC)
    _stub("win32timezone", TimeZoneInfo=utc)
    _stub("pythoncom", TypeIIDs={"dispatch": type("PyIDispatch", (), {})}, IID_IDispatch="dispatch", com_error=ComError)
    _stub("win32com")
    kinds = {name: type(name, (), {}) for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass")}
    _stub("win32com.client", Dispatch=lambda given, **options: given, **kinds)
    for name in ("client.gencache", "client.dynamic", "server", "server.dispatcher", "server.policy"):
        _stub(f"win32com.{name}")
    _stub("win32com.server.exception")
    _stub("win32com.server.util", unwrap=_not_ours)
    import ctypes

    for name in ("oledll", "windll"):
        setattr(ctypes, name, mock.MagicMock())
    for name in ("numpy", "pandas", "pandas.io.clipboard"):  # they look at the platform too, so they come first
        importlib.import_module(name)
    with mock.patch.object(sys, "platform", "win32"), mock.patch.object(ctypes, "PyDLL", mock.MagicMock()):
        return importlib.import_module("xlwings.com_server")


def _handed_over(argument: Any) -> Any:
    """Dates become those of COM; marked ranges become objects."""
    if isinstance(argument, Cells):
        return RangeObject(_handed_over(argument.rows))
    if isinstance(argument, tuple):
        return tuple(_handed_over(item) for item in argument)
    if isinstance(argument, datetime.date):
        return TimeType(argument.year, argument.month, argument.day, tzinfo=datetime.UTC)
    return argument


def main() -> None:
    """Answer the calls of standard input."""
    calls = pickle.loads(sys.stdin.buffer.read())
    server = windows_engine().XLPython()
    answers = [
        server.CallUDF(MODULE, name, tuple(_handed_over(argument) for argument in arguments))
        for name, arguments in calls
    ]
    sys.stdout.buffer.write(pickle.dumps(answers))


if __name__ == "__main__":
    # Unpickling imports this module under its own name: run that one, so that there is one class Cells.
    importlib.import_module("tests.udfs.com_stub").main()
