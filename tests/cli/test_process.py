"""The command line as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import aram_xl as ax

COMMANDS = (
    "demo", "index", "models", "weights", "backtest", "stats", "report", "activeness", "handoff", "workbook", "recalc",
    "audit", "install", "doctor", "calc build",
)  # fmt: skip


def start(*arguments: object, program: tuple[str, ...] = ("-m", "aram_xl.cli")) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


def test_version() -> None:
    told = start("--version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"aram_xl {ax.__version__}\n", "")


def test_without_arguments_it_shows_help() -> None:
    told = start()
    assert told.returncode == 0
    assert all(f"  {command.split()[0]} " in told.stdout for command in COMMANDS)
    assert told.stdout == start("--help").stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['aram-xl', '--help']\n"
        "from aram_xl.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'scipy.optimize', 'cvxpy', 'openpyxl', 'xlsxwriter', 'holidays', 'workbooks'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    told = start(program=("-c", code))
    assert told.stdout.splitlines()[-1] == "[]", told.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    told = start(*command.split(), "--help")
    assert told.returncode == 0
    assert f"Example: aram-xl {command}" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_an_answer_without_progress_in_a_pipe(prices_file: Path) -> None:
    told = start("index", prices_file, "--json")
    assert told.returncode == 0
    assert json.loads(told.stdout)["model"] == "active-index-ig"
    assert all(line.startswith("warning: ") for line in told.stderr.splitlines())


def test_wrong_input_shows_no_traceback() -> None:
    told = start("index", "nosuch.csv")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == "aram-xl: nosuch.csv: expected a file, got nothing there\n"


def test_demo_and_workbook_with_the_real_template(tmp_path: Path) -> None:
    """The demo's prices build the demo's workbook again: the label of the sample has gone along in the file."""
    folder = tmp_path / "demo"
    told = start("demo", "-o", folder)
    assert (told.returncode, told.stderr) == (0, "")
    again = tmp_path / "again.xlsx"
    told = start("workbook", "active_index", folder / "SYNTHETIC_prices.csv", "--end", "2025-02-28", "-o", again)
    assert told.returncode == 0, told.stderr
    with zipfile.ZipFile(folder / "active_index.xlsx") as first, zipfile.ZipFile(again) as second:
        assert first.namelist() == second.namelist()
        texts = "xl/sharedStrings.xml"
        assert b"SYNTHETIC" in second.read(texts)
        assert first.read(texts) == second.read(texts)


def test_an_unknown_command_and_option() -> None:
    assert start("nosuch").returncode == 2
    assert start("index", "--nosuch").returncode == 2


def test_a_reader_that_leaves_early_causes_no_traceback(prices_file: Path) -> None:
    """As ``aram-xl index prices.csv | head -1`` does."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "aram_xl.cli", "index", str(prices_file)],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writer)
    assert "Traceback" not in process.stderr
