"""``aram-xl install`` and ``aram-xl doctor`` against the folders of a user who does not exist."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aram_xl import __version__
from aram_xl.cli._app import app
from udfs.hosts.excel import environment, settings
from udfs.hosts.excel.places import ADDIN, DLL, Places, places, shipped_addin

FOREIGN = '"LICENSE_KEY","x,y"\n"interpreter_win","C:\\other\\pythonw.exe"\r\nno setting at all\n"SHOW CONSOLE","True"'


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A user of Windows, with nothing installed."""
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "user"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "user" / "roaming"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user" / "state"))
    (tmp_path / "user").mkdir()
    return places()


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An environment as on Windows in all that matters: Python that has the package, and the DLL one folder up."""
    folder = tmp_path / "environment"
    (folder / "Scripts").mkdir(parents=True)
    # A script and not a link: a linked Python would not find the packages of its environment.
    program = folder / "Scripts" / "pythonw.exe"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / DLL).touch()
    return program


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="aram-xl")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def install(python: Path) -> Result:
    return run("install", "--environment", python.parent.parent)


def content(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, to see that nothing else was touched."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


def checks(*arguments: object) -> tuple[int, dict[str, dict[str, object]]]:
    result = run("doctor", *arguments, "--json")
    return result.exit_code, {line["name"]: line for line in json.loads(result.stdout)}


def failed(lines: dict[str, dict[str, object]]) -> list[str]:
    return [name for name, line in lines.items() if not line["ok"]]


# Settings


def test_settings_written_are_read_back() -> None:
    text = settings.merged("", {"INTERPRETER_WIN": r"C:\My, own\pythonw.exe", "UDF MODULES": "udfs"})
    assert text == '"INTERPRETER_WIN","C:\\My, own\\pythonw.exe"\r\n"UDF MODULES","udfs"\r\n'
    assert settings.values(text) == {"INTERPRETER_WIN": r"C:\My, own\pythonw.exe", "UDF MODULES": "udfs"}


def test_foreign_lines_stay_character_by_character() -> None:
    text = settings.merged(FOREIGN, {"INTERPRETER_WIN": "ours", "UDF MODULES": "udfs"})
    lines = text.splitlines(keepends=True)
    assert lines == [
        '"LICENSE_KEY","x,y"\n',
        '"INTERPRETER_WIN","ours"\r\n',
        "no setting at all\n",
        '"SHOW CONSOLE","True"\r\n',
        '"UDF MODULES","udfs"\r\n',
    ]


def test_restoring_leaves_what_was_changed_since() -> None:
    ours = {"INTERPRETER_WIN": "ours", "UDF MODULES": "udfs"}
    text = settings.merged(FOREIGN, ours).replace('"UDF MODULES","udfs"', '"UDF MODULES","mine"')
    left = settings.values(settings.restored(text, ours, {"INTERPRETER_WIN": "C:\\other\\pythonw.exe"}))
    assert left["INTERPRETER_WIN"] == "C:\\other\\pythonw.exe"
    assert left["UDF MODULES"] == "mine"


# Install


def test_install_puts_settings_and_addin_in_place(user: Places, python: Path) -> None:
    result = install(python)
    assert result.exit_code == 0, result.stderr
    assert settings.values(settings.read(user.settings) or "") == {
        "INTERPRETER_WIN": str(python),
        "UDF MODULES": "udfs.hosts.excel.functions",
        "ADD_WORKBOOK_TO_PYTHONPATH": "False",
    }
    assert python.is_absolute()
    assert user.settings == user.home / ".aram_xl" / "aram_xl.conf"
    assert user.addin == user.home / "roaming" / "Microsoft" / "Excel" / "XLSTART" / ADDIN
    assert user.addin.read_bytes() == shipped_addin().read_bytes()


def test_install_uses_its_own_python_by_default(user: Places) -> None:
    assert run("install").exit_code == 0
    assert settings.values(settings.read(user.settings) or "")["INTERPRETER_WIN"] == str(environment.own())
    assert environment.own().is_file()


def test_installing_twice_is_installing_once(user: Places, python: Path) -> None:
    install(python)
    once = content(user.home)
    install(python)
    assert content(user.home) == once


@pytest.mark.parametrize("times", [1, 2])
def test_uninstall_leaves_no_trace(user: Places, python: Path, times: int) -> None:
    (user.home / "notes.txt").write_text("mine", encoding="utf-8")
    before = content(user.home)
    for _ in range(times):
        install(python)
    result = run("install", "--uninstall")
    assert result.exit_code == 0, result.stderr
    assert content(user.home) == before


@pytest.mark.parametrize("times", [1, 2])
def test_uninstall_gives_back_the_settings_that_were_there(user: Places, python: Path, times: int) -> None:
    user.settings.parent.mkdir()
    user.settings.write_bytes(FOREIGN.encode())
    user.start_folder.mkdir(parents=True)
    (user.start_folder / "mine.xlam").touch()
    before = content(user.home)
    for _ in range(times):
        install(python)
    assert settings.values(settings.read(user.settings) or "")["LICENSE_KEY"] == "x,y"
    run("install", "--uninstall")
    assert content(user.home) == before


def test_uninstall_keeps_lines_that_were_added_since(user: Places, python: Path) -> None:
    install(python)
    with user.settings.open("a", encoding="utf-8", newline="") as file:
        file.write('"SHOW CONSOLE","True"\r\n')
    install(python)
    run("install", "--uninstall")
    assert settings.read(user.settings) == '"SHOW CONSOLE","True"\r\n'


def test_uninstall_leaves_an_addin_that_is_not_ours(user: Places, python: Path) -> None:
    install(python)
    user.addin.write_bytes(b"another")
    result = run("install", "--uninstall")
    assert "left" in result.stdout
    assert user.addin.read_bytes() == b"another"


def test_uninstall_without_installation(user: Places) -> None:
    result = run("install", "--uninstall")
    assert result.exit_code == 2
    assert "expected an installation, got no" in result.stderr
    assert content(user.home) == {}


def test_failing_half_way_can_be_undone(user: Places, python: Path) -> None:
    """The add-in cannot be written, as when Excel has it open: the sentence says so, and uninstall cleans up."""
    user.addin.mkdir(parents=True)
    (user.addin / "in the way").touch()
    before = content(user.home)
    result = install(python)
    assert result.exit_code == 2
    assert "if Excel is open, close it and try again" in result.stderr
    assert run("install", "--uninstall").exit_code == 0
    assert content(user.home) == before


def test_environment_is_made_and_removed(user: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python makes the environment; pip is told what to install, and not run, because it needs the network."""
    told: list[tuple[str, ...]] = []
    real = environment.run

    def watched(python: Path, *arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
        told.append(arguments)
        if "pip" in arguments:
            return real(python, "-c", "")
        return real(python, *arguments, *(["--without-pip"] if "venv" in arguments else []), timeout=timeout)

    monkeypatch.setattr(environment, "run", watched)
    folder = tmp_path / "new"
    result = run("install", "--environment", folder)
    assert result.exit_code == 0, result.stderr
    assert told[1][-1] == f"aram_xl=={__version__}"
    interpreter = Path(settings.values(settings.read(user.settings) or "")["INTERPRETER_WIN"])
    assert interpreter.is_relative_to(folder)
    assert interpreter.is_file()
    run("install", "--uninstall")
    assert not folder.exists()


def test_environment_that_cannot_be_made_leaves_nothing(user: Places, tmp_path: Path) -> None:
    """pip fails on a wheel that is not there."""
    folder = tmp_path / "new"
    result = run("install", "--environment", folder, "--package", tmp_path / "missing.whl")
    assert result.exit_code == 2
    assert "environment: -m pip install ended with: " in result.stderr
    assert not folder.exists()
    assert not user.settings.parent.exists()


def test_environment_without_the_package(user: Places, tmp_path: Path) -> None:
    program = tmp_path / "other" / "bin" / "python3"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    result = run("install", "--environment", tmp_path / "other")
    assert result.exit_code == 2
    assert f"expected aram_xl {__version__} in" in result.stderr
    assert content(user.home) == {}


def test_environment_without_python(user: Places, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("install", "--environment", tmp_path / "empty")
    assert result.exit_code == 2
    assert "expected a Python environment" in result.stderr


@pytest.mark.parametrize("command", ["install", "doctor"])
def test_other_systems_are_told_what_to_use(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPDATA", raising=False)
    result = run(command)
    assert result.exit_code == 2
    assert "expected Windows" in result.stderr
    assert "xlwings Lite" in result.stderr


# Doctor


def test_doctor_finds_nothing_after_install(user: Places, python: Path) -> None:
    """The round trip is a real one: a fresh process of the named interpreter answers a function."""
    install(python)
    code, lines = checks()
    assert (code, failed(lines)) == (0, [])
    assert str(lines["round trip"]["found"]).startswith("answered in ")
    assert __version__ in str(lines["packages"]["found"])
    assert {"add-in", f"not blocked: {ADDIN}", "settings", "Python", "packages", "DLL", "round trip"} <= set(lines)
    assert sum(name.startswith("write access") for name in lines) == 3


def test_doctor_in_words(user: Places, python: Path) -> None:
    install(python)
    (python.parent.parent / DLL).unlink()
    result = run("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("not ok  DLL: no xlwings64-"))
    assert lines[at + 1].startswith("        remedy: python -m pip install --force-reinstall xlwings==")
    assert sum(line.startswith("not ok") for line in lines) == 1


def test_doctor_before_install(user: Places) -> None:
    code, lines = checks()
    assert code == 1
    assert failed(lines) == ["add-in", "settings", "interpreter"]
    assert {lines[name]["remedy"] for name in failed(lines)} == {"run: aram-xl install"}
    assert content(user.home) == {}


def test_doctor_finds_another_addin(user: Places, python: Path) -> None:
    install(python)
    user.addin.write_bytes(b"older")
    assert failed(checks()[1]) == ["add-in"]


@pytest.mark.parametrize(("zone", "blocked"), [(3, True), (4, True), (2, False)])
def test_doctor_finds_blocked_files(user: Places, python: Path, tmp_path: Path, zone: int, blocked: bool) -> None:
    """The second stream of a file is here a file of that name."""
    install(python)
    tour = tmp_path / "tour.xlsm"
    tour.touch()
    Path(f"{tour}:Zone.Identifier").write_text(f"[ZoneTransfer]\nZoneId={zone}\n", encoding="utf-8")
    _, lines = checks(tour)
    assert failed(lines) == (["not blocked: tour.xlsm"] if blocked else [])
    if blocked:
        assert f"Unblock-File '{tour}'" in str(lines["not blocked: tour.xlsm"]["remedy"])


@pytest.mark.parametrize(
    ("key", "value"),
    [("UDF MODULES", "other"), ("ADD_WORKBOOK_TO_PYTHONPATH", "True")],
)
def test_doctor_finds_other_settings(user: Places, python: Path, key: str, value: str) -> None:
    install(python)
    settings.write(user.settings, settings.merged(settings.read(user.settings) or "", {key: value}))
    lines = checks()[1]
    assert failed(lines) == ["settings"]
    assert key in str(lines["settings"]["found"])


def test_doctor_finds_an_interpreter_that_is_gone(user: Places, python: Path) -> None:
    install(python)
    python.unlink()
    lines = checks()[1]
    assert failed(lines) == ["interpreter"]
    assert lines["interpreter"]["found"] == str(python)


def test_doctor_finds_an_interpreter_that_does_not_run(user: Places, python: Path) -> None:
    """As when a virus scanner stops it."""
    install(python)
    python.write_text("#!/bin/sh\necho blocked >&2\nexit 5\n", encoding="utf-8")
    lines = checks()[1]
    assert failed(lines) == ["interpreter", "round trip"]
    assert "blocked" in str(lines["interpreter"]["found"])


def test_doctor_finds_packages_that_are_missing(user: Places, python: Path) -> None:
    install(python)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I "$@"\n', encoding="utf-8")
    lines = checks()[1]
    assert failed(lines) == ["packages", "round trip"]
    assert "aram_xl missing" in str(lines["packages"]["found"])
    assert "xlwings missing" in str(lines["packages"]["found"])


def test_doctor_finds_a_wrong_answer(user: Places, python: Path) -> None:
    """A Python that answers the versions, and the function with other weights."""
    install(python)
    python.write_text(
        f'#!/bin/sh\ncase "$3" in *ARAM_MIN_RISK*) echo "[[0.5], [0.5]]";; *) exec "{sys.executable}" "$@";; esac\n',
        encoding="utf-8",
    )
    lines = checks()[1]
    assert failed(lines) == ["round trip"]
    assert lines["round trip"]["found"] == "ARAM_MIN_RISK gave [[0.5], [0.5]]"


def test_doctor_finds_folders_that_cannot_be_written(user: Places, python: Path) -> None:
    """A file stands where the folder should be."""
    install(python)
    user.addin.unlink()
    user.start_folder.rmdir()
    user.start_folder.write_text("", encoding="utf-8")
    lines = checks()[1]
    assert failed(lines) == ["add-in", f"write access: {user.start_folder}"]
