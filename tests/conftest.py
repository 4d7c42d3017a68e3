"""Settings shared by all tests: where the shared data lies, and what may be skipped."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aram_xl.errors import ToolMissingError
from workbooks.libreoffice import Calc, find_libreoffice

ROOT = Path(__file__).resolve().parents[1]

NO_SHARED_DATA = "no shared data"
NO_LIBREOFFICE = "no LibreOffice"


def _shared_folder() -> Path:
    """The one setting: ARAM_XL_SHARED, by default the folder ``shared`` beside the checkout."""
    return Path(os.environ.get("ARAM_XL_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with ``data`` (real prices) and ``oracles`` (published results)."""
    folder = _shared_folder()
    if not (folder / "data").is_dir():
        pytest.skip(f"{NO_SHARED_DATA} in {folder}; set ARAM_XL_SHARED to the folder that holds data/ and oracles/")
    return folder


@functools.cache
def _want_of_libreoffice() -> str:
    """Why LibreOffice cannot be used; empty when it can."""
    try:
        find_libreoffice()
    except ToolMissingError as error:
        return str(error)
    return ""


@pytest.fixture(scope="session")
def calc_session() -> Iterator[Calc]:
    """One LibreOffice for all tests marked ``libreoffice``; each opens the workbook that it needs."""
    with Calc() as calc:
        yield calc


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without LibreOffice its tests are skipped, but in continuous integration they fail."""
    if item.get_closest_marker("libreoffice") is None or not _want_of_libreoffice():
        return
    reason = f"{NO_LIBREOFFICE}: {_want_of_libreoffice()}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_report_header() -> list[str]:
    """What the run can lean on."""
    there = "present" if (_shared_folder() / "data").is_dir() else "absent, its tests are skipped"
    return [f"shared data: {there}", f"LibreOffice: {_want_of_libreoffice() or 'present'}"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped for want of what, so that no gap goes unseen."""
    reasons = [
        report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        for report in terminalreporter.getreports("skipped")
    ]
    data = sum(NO_SHARED_DATA in reason for reason in reasons)
    office = sum(NO_LIBREOFFICE in reason for reason in reasons)
    terminalreporter.write_line(
        f"skipped for want of shared data: {data}; for want of LibreOffice: {office}; "
        f"for other reasons: {len(reasons) - data - office}"
    )
