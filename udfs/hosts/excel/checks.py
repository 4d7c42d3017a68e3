"""What ``aram-xl doctor`` looks at: every link between a cell in Excel and the answer of Python."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aram_xl import __version__
from udfs.errors import log_file
from udfs.hosts.excel import settings
from udfs.hosts.excel.environment import run
from udfs.hosts.excel.installation import SERVED
from udfs.hosts.excel.places import DLL, XLWINGS, Places, dll_folders, shipped_addin

OLDEST_PYTHON = (3, 11)

INSTALL = "run: aram-xl install"

_VERSIONS = """
import importlib.metadata as m, json, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return ""
names = ["xlwings", "numpy"] + (["pywin32"] if sys.platform == "win32" else [])
found = {name: version(name) for name in names}
try:
    import aram_xl
    found["aram_xl"] = aram_xl.__version__
except ImportError:
    found["aram_xl"] = ""
print(json.dumps({"python": list(sys.version_info[:3]), "versions": found}))
"""

_ROUND_TRIP = f"""
import importlib, json
functions = importlib.import_module("{SERVED}")
print(json.dumps(functions.ARAM_MIN_RISK([[0.04, 0.0], [0.0, 0.01]], None, None, "doctor")))
"""

_MIN_RISK = (0.2, 0.8)
"""Least risk of two uncorrelated assets: weights in proportion to 1 / variance, 25 to 100."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def examine(places: Places, workbooks: Sequence[Path] = ()) -> Iterator[Check]:
    """All checks, in the order in which a call goes from Excel to Python and back.

    Args:
        places: folders of the user.
        workbooks: files that Excel does not let run, to be looked at too.
    """
    text = settings.read(places.settings)
    there = settings.values(text or "")
    python = Path(there.get(settings.INTERPRETER, ""))
    yield _addin(places)
    for path in (places.addin, *workbooks):
        yield _not_blocked(path)
    yield from _settings(places, text, there)
    if there.get(settings.INTERPRETER) and python.is_file():
        yield from _python(python)
        yield _dll(python)
        yield _round_trip(python)
    else:
        yield Check("interpreter", False, there.get(settings.INTERPRETER, "") or "none named", INSTALL)
    for folder in dict.fromkeys((places.settings.parent, places.start_folder, log_file().parent)):
        yield _writable(folder)


def _addin(places: Places) -> Check:
    if not places.addin.is_file():
        return Check("add-in", False, f"no {places.addin}", INSTALL)
    if _digest(places.addin) != _digest(shipped_addin()):
        return Check("add-in", False, f"{places.addin} is not that of aram_xl {__version__}", INSTALL)
    return Check("add-in", True, str(places.addin))


def _not_blocked(path: Path) -> Check:
    """Windows marks files from the internet in a second stream of the file; Excel then runs no macro of theirs."""
    name = f"not blocked: {path.name}"
    try:
        # A plain string: the stream is no path of its own.
        with open(f"{path}:Zone.Identifier", encoding="utf-8", errors="replace") as stream:  # noqa: PTH123
            mark = stream.read()
    except OSError:
        return Check(name, True, "no mark of the web")
    zone = next((line.split("=")[1].strip() for line in mark.splitlines() if line.startswith("ZoneId=")), "0")
    if zone in ("0", "1", "2"):
        return Check(name, True, f"marked as zone {zone}, which Excel trusts")
    return Check(
        name,
        False,
        f"marked as a file from the internet (zone {zone})",
        f"in its properties tick Unblock, or in PowerShell: Unblock-File '{path}'",
    )


def _settings(places: Places, text: str | None, there: dict[str, str]) -> Iterator[Check]:
    if text is None:
        yield Check("settings", False, f"no {places.settings}", INSTALL)
        return
    wanted = {settings.MODULES: SERVED, settings.WORKBOOK_ON_PATH: "False"}
    wrong = [key for key, value in wanted.items() if there.get(key, "").lower() != value.lower()]
    if not Path(there.get(settings.INTERPRETER, "")).is_absolute():
        wrong.append(settings.INTERPRETER)
    if wrong:
        yield Check("settings", False, f"{places.settings}: {', '.join(wrong)} not as needed", INSTALL)
    else:
        yield Check("settings", True, str(places.settings))


def _python(python: Path) -> Iterator[Check]:
    told = _told(python, _VERSIONS)
    if isinstance(told, str):
        yield Check("interpreter", False, f"{python}: {told}", "allow this program in the virus scanner, or " + INSTALL)
        return
    version = tuple(told["python"])
    shown = ".".join(map(str, version))
    oldest = ".".join(map(str, OLDEST_PYTHON))
    yield Check("Python", version >= OLDEST_PYTHON, f"{shown}, {python}", f"install Python {oldest} or later")
    wanted = {"aram_xl": __version__, "xlwings": XLWINGS}
    wrong = [
        f"{name} {found or 'missing'}" + (f" in place of {wanted[name]}" if name in wanted else "")
        for name, found in told["versions"].items()
        if not found or found != wanted.get(name, found)
    ]
    right = ", ".join(f"{name} {found}" for name, found in told["versions"].items())
    remedy = f"in that environment: python -m pip install aram_xl=={__version__} xlwings=={XLWINGS}"
    yield Check("packages", not wrong, ", ".join(wrong) or right, remedy)


def _dll(python: Path) -> Check:
    for folder in dll_folders(python):
        if (folder / DLL).is_file():
            return Check("DLL", True, str(folder / DLL))
    looked = " and ".join(map(str, dll_folders(python)))
    return Check("DLL", False, f"no {DLL} in {looked}", f"python -m pip install --force-reinstall xlwings=={XLWINGS}")


def _round_trip(python: Path) -> Check:
    start = time.perf_counter()
    told = _told(python, _ROUND_TRIP)
    seconds = time.perf_counter() - start
    remedy = f"see the log, {log_file()}"
    if isinstance(told, str):
        return Check("round trip", False, told, remedy)
    try:
        right = len(told) == 2 and all(abs(row[0] - w) < 1e-9 for row, w in zip(told, _MIN_RISK, strict=True))
    except (TypeError, IndexError):
        right = False
    found = f"answered in {seconds:.1f} s" if right else f"ARAM_MIN_RISK gave {told}"
    return Check("round trip", right, found, remedy)


def _writable(folder: Path) -> Check:
    """A folder that is not there yet is judged by the one in which it would be made: looking changes nothing."""
    name = f"write access: {folder}"
    there = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Check(name, False, error.strerror or str(error), "ask for write access to this folder")
    return Check(name, True, "yes")


def _told(python: Path, code: str) -> Any:
    """What a fresh process of this interpreter prints last, read as JSON; a text says why there is nothing."""
    try:
        done = run(python, "-B", "-c", code)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"did not run ({error})"
    lines = done.stdout.splitlines()
    if done.returncode == 0 and lines:
        try:
            return json.loads(lines[-1])
        except ValueError:
            return f"printed {lines[-1]!r}"
    return next((line for line in reversed(done.stderr.splitlines()) if line.strip()), f"ended with {done.returncode}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
