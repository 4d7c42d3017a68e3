"""The Python environment that answers: an existing one, or a new one with this package in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aram_xl import __version__
from aram_xl.errors import InputError, ToolMissingError
from udfs.hosts.excel.places import interpreter_of, with_output, without_window

PATIENCE = 120.0
"""Seconds for an answer of Python; a cold start behind a virus scanner takes tens of them."""


def run(python: Path, *arguments: str, timeout: float | None = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Run Python and wait; what it prints is in the result."""
    command = [str(with_output(python)), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=timeout, check=False
    )


def own() -> Path:
    """The interpreter that runs this program, without a window where there is such a one."""
    return without_window(Path(sys.executable))


def use_or_make(folder: Path, package: str | None = None) -> tuple[Path, bool]:
    """The interpreter of an environment, and whether the environment had to be made.

    Args:
        folder: an environment that has this package, or a folder that does not exist yet.
        package: what pip installs into a new environment: this version by default; the path of a wheel will do.

    Raises:
        InputError: the environment exists without this version of the package.
        ToolMissingError: the environment could not be made; nothing is left of it.
    """
    folder = folder.absolute()
    if folder.exists():
        python = interpreter_of(folder)
        told = run(python, "-c", "import aram_xl, udfs; print(aram_xl.__version__)")
        if told.returncode != 0 or told.stdout.strip() != __version__:
            got = told.stdout.strip() if told.returncode == 0 else "none"
            raise InputError(
                f"environment: expected aram_xl {__version__} in {folder}, got {got}; "
                f"install it there: {with_output(python)} -m pip install aram_xl=={__version__}"
            )
        return python, False
    try:
        _succeed(Path(sys.executable), "-m", "venv", str(folder))
        python = interpreter_of(folder)
        wanted = package or f"aram_xl=={__version__}"
        _succeed(python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", wanted)
    except (ToolMissingError, InputError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return python, True


def _succeed(python: Path, *arguments: str) -> None:
    told = run(python, *arguments, timeout=None)
    if told.returncode != 0:
        raise ToolMissingError(
            f"environment: {' '.join(arguments[:3])} ended with: {_last_line(told.stderr.splitlines())}"
        )


def _last_line(lines: Sequence[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "no message")
