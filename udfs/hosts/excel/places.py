"""Where things lie on a machine with Excel: folders of the user, the interpreter, the DLL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from aram_xl.errors import InputError

PROJECT = "aram_xl"
ADDIN = f"{PROJECT}.xlam"

XLWINGS = "0.37.8"
"""The pinned version of xlwings: the VBA in the add-in declares a DLL that carries it in its name."""

DLL = f"xlwings64-{XLWINGS}.dll"

_INTERPRETERS = (
    "Scripts/pythonw.exe",
    "Scripts/python.exe",
    "pythonw.exe",
    "python.exe",
    "bin/python3",
    "bin/python",
)
"""Of virtual environments on Windows, of conda and plain installations, of other systems; without a window first."""


@dataclass(frozen=True, slots=True)
class Places:
    """Folders that belong to the user."""

    home: Path
    start_folder: Path
    """Excel opens every file in it when it starts."""

    @property
    def settings(self) -> Path:
        """The file in which the VBA looks for the interpreter."""
        return self.home / f".{PROJECT}" / f"{PROJECT}.conf"

    @property
    def receipt(self) -> Path:
        """What was installed, for taking it back."""
        return self.settings.with_name("installed.json")

    @property
    def addin(self) -> Path:
        """The add-in where Excel finds it."""
        return self.start_folder / ADDIN


def places(environ: Mapping[str, str] | None = None) -> Places:
    """The places of this user.

    Raises:
        InputError: the environment does not name them, as on systems other than Windows.
    """
    known = os.environ if environ is None else environ
    missing = [name for name in ("USERPROFILE", "APPDATA") if not known.get(name)]
    if missing:
        raise InputError(
            f"system: expected Windows, which names the user's folders in {' and '.join(missing)}, got nothing there; "
            "on a Mac or on the web use the workbook for xlwings Lite, with LibreOffice the .oxt"
        )
    return Places(Path(known["USERPROFILE"]), Path(known["APPDATA"]) / "Microsoft" / "Excel" / "XLSTART")


def shipped_addin() -> Path:
    """The add-in as it comes with the package."""
    return Path(str(files("udfs.hosts.excel"))) / ADDIN


def interpreter_of(environment: Path) -> Path:
    """The Python of an environment, as an absolute path.

    Raises:
        InputError: there is none.
    """
    for name in _INTERPRETERS:
        found = environment.absolute() / name
        if found.is_file():
            return found
    raise InputError(f"environment: expected a Python environment, got {environment}, which holds no Python")


def without_window(python: Path) -> Path:
    """The interpreter that opens no window, where there is one beside ``python``."""
    silent = python.absolute().with_name("pythonw.exe")
    return silent if silent.is_file() else python.absolute()


def with_output(python: Path) -> Path:
    """The interpreter that can print, where there is one beside ``python``."""
    speaking = python.with_name("python.exe")
    return speaking if speaking.is_file() else python


def dll_folders(python: Path) -> tuple[Path, Path]:
    """Where the VBA looks for its DLL: beside the interpreter, and one folder up, as in virtual environments."""
    return python.parent, python.parent.parent
