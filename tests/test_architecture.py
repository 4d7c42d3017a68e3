"""The source itself: imports point one way, a light start, public names, sizes."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("aram_xl", "udfs", "workbooks")

ROOMS = (
    ("errors",),
    ("types", "_files"),
    ("_labels", "_validate"),
    (
        *("table_files", "prices", "_prices*", "price_checks", "_price_checks*", "corrections", "missing_data"),
        *("returns", "returns_file", "rates_file", "sample", "_sample*"),
    ),
    (
        *("performance", "_performance*", "_measures", "_moments", "_series", "hurdles", "report", "_report*"),
        *("published", "_published*"),
    ),
    ("_covariance", "_expected_returns"),
    (
        *("certificate", "_certificate", "_critical_line", "_descent*", "frontier", "_lockstep", "risk"),
        *("_group_walk*", "program", "_limits*"),
    ),
    ("_models", "_card_fields*", "universe", "_universe*", "risk_target", "_risk_target*", "_environment*"),
    ("_walk_forward*", "_backtest*", "sweep", "_sweep*"),
    ("activeness", "_activeness*", "evidence", "_evidence*"),
    ("handoff", "_handoff*"),
)
"""Modules of the engine from the ground up: each imports its own room and those above it in this list. New modules must
be given a room here."""

BESIDE = 4
"""Position of the room that judges. It stands beside those that decide: it needs only data ..."""

JUDGING_FROM = 8
"""... and only rooms from this one on, which have results to judge, need it."""

TOO_LONG = {"aram_xl/program.py"}
"""Files that may be longer than 400 lines for the time being; to be emptied."""


class Import(NamedTuple):
    """One imported module, and the line that imports it."""

    module: str
    line: int
    typing_only: bool


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imports(path: Path) -> list[Import]:
    """Every import in a file, those inside functions included; ``from package import module`` counts as the module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_lines = {
        child.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for child in ast.walk(statement)
        if isinstance(child, ast.Import | ast.ImportFrom)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import in line {node.lineno}"
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if is_module(name) else str(node.module) for name in below]
            if node.module == "aram_xl" and [alias.name for alias in node.names] == ["__version__"]:
                continue
        else:
            continue
        found.extend(Import(name, node.lineno, node.lineno in typing_lines) for name in dict.fromkeys(names))
    return found


def room(module: str) -> int:
    short = module.removeprefix("aram_xl.").split(".")[0]
    for level, patterns in enumerate(ROOMS):
        if any(fnmatch(short, pattern) for pattern in patterns):
            return level
    pytest.fail(f"{module} has no room: add it to ROOMS in tests/test_architecture.py, where DESIGN puts it")


def engine() -> Iterator[Path]:
    for path in sources("aram_xl"):
        if "cli" not in path.relative_to(ROOT).parts and path.name != "__init__.py":
            yield path


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_packages_point_one_way():
    """aram_xl.cli -> workbooks -> udfs -> the rest of aram_xl."""
    wrong = []
    for path in sources(*PACKAGES):
        mine = module_name(path)
        if within(mine, "aram_xl.cli"):
            continue
        barred = ["aram_xl.cli"]
        if within(mine, "aram_xl"):
            barred += ["udfs", "workbooks"]
        elif within(mine, "udfs"):
            barred += ["workbooks"]
        barred += ["tests", "benchmarks", "tools"]
        for found in imports(path):
            if any(within(found.module, package) for package in barred):
                wrong.append(f"{mine}, line {found.line}: imports {found.module}")
    assert wrong == []


def test_rooms_of_the_engine_point_down():
    wrong = []
    for path in engine():
        mine = module_name(path)
        level = room(mine)
        for found in imports(path):
            if not within(found.module, "aram_xl") or found.typing_only:
                continue
            if found.module == "aram_xl":
                wrong.append(f"{mine}, line {found.line}: imports the package; name the module")
                continue
            theirs = room(found.module)
            sideways = level != theirs and (
                (level == BESIDE and theirs > BESIDE) or (theirs == BESIDE and BESIDE < level < JUDGING_FROM)
            )
            if theirs > level or sideways:
                wrong.append(f"{mine}, line {found.line}: imports {found.module}, a room above or beside it")
    assert wrong == []


def test_modules_do_not_import_in_circles():
    """A module that comes before all it needs cannot be loaded alone; lazy imports count, imports for types do not."""
    needs = {
        module_name(path): {
            found.module for found in imports(path) if not found.typing_only and found.module.split(".")[0] in PACKAGES
        }
        for path in sources(*PACKAGES)
        if path.name != "__init__.py" and "cli" not in path.parts
    }
    left = {name: {other for other in others if other in needs and other != name} for name, others in needs.items()}
    while left:
        free = [name for name, others in left.items() if not others & left.keys()]
        assert free, f"circle among {', '.join(sorted(left))}"
        for name in free:
            del left[name]


def test_heavy_and_paid_packages_stay_where_they_belong():
    wrong = []
    for path in sources(*PACKAGES):
        mine = module_name(path)
        for found in imports(path):
            if within(found.module, "cvxpy") and mine != "aram_xl.program":
                wrong.append(f"{mine}, line {found.line}: cvxpy belongs to aram_xl.program")
            if within(found.module, "xlwings") and not within(mine, "udfs"):
                wrong.append(f"{mine}, line {found.line}: xlwings belongs to udfs")
    for path in sources(*PACKAGES, "tests", "benchmarks"):
        for found in imports(path):
            if any(within(found.module, f"xlwings.{part}") for part in ("pro", "server")):
                wrong.append(f"{module_name(path)}, line {found.line}: the paid part of xlwings")
    assert wrong == []


def test_engine_knows_nothing_of_spreadsheets():
    barred = ("xlwings", "openpyxl", "xlsxwriter", "uno")
    allowed = {"aram_xl.table_files"}
    wrong = [
        f"{module_name(path)}, line {found.line}: imports {found.module}"
        for path in engine()
        for found in imports(path)
        if any(within(found.module, package) for package in barred) and module_name(path) not in allowed
    ]
    assert wrong == []


def in_fresh_process(code: str):
    """Run code that prints one line of JSON last."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_import_is_light():
    """Loaded only when used: the packages that cost more than the whole of numpy to import."""
    loaded = in_fresh_process("import aram_xl, json, sys; print(json.dumps(sorted(sys.modules)))")
    heavy = {"pandas", "scipy", "cvxpy", "matplotlib", "dask", "yfinance", "pyarrow", "holidays"}
    others = {"openpyxl", "xlsxwriter", "xlwings", "typer", "rich"}
    assert [name for name in loaded if name.split(".")[0] in heavy | others] == []
    assert "numpy" in loaded


def test_public_names_survive_the_import_of_every_module():
    """Importing a submodule binds its name in the package: a function of that name would turn into a module."""
    code = """
import importlib, json, pkgutil, types, aram_xl
before = {name: getattr(aram_xl, name) for name in aram_xl.__all__}
for found in pkgutil.walk_packages(aram_xl.__path__, "aram_xl."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
changed = [name for name, value in before.items() if getattr(aram_xl, name) is not value]
modules = [name for name in before if isinstance(getattr(aram_xl, name), types.ModuleType)]
print(json.dumps([changed, modules]))
"""
    assert in_fresh_process(code) == [[], []]


def test_no_module_shares_its_name_with_a_public_name():
    import aram_xl

    modules = {path.stem for path in (ROOT / "aram_xl").glob("*.py")} | {
        path.parent.name for path in (ROOT / "aram_xl").glob("*/__init__.py")
    }
    shared = modules & set(aram_xl.__all__)
    assert shared == set(), "underscore these files: " + ", ".join(sorted(shared))


def test_all_is_sorted_and_equals_the_public_names():
    import aram_xl

    tree = ast.parse((ROOT / "aram_xl" / "__init__.py").read_text(encoding="utf-8"))
    public = {"__version__", *aram_xl._LATER}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("aram_xl."):
            public |= {alias.asname or alias.name for alias in node.names}
    assert aram_xl.__all__ == sorted(aram_xl.__all__)
    assert set(aram_xl.__all__) == public
    assert dir(aram_xl) == aram_xl.__all__
    for name in aram_xl.__all__:
        assert getattr(aram_xl, name) is not None


def test_names_loaded_later_are_typed_where_they_are():
    """What type checkers see and what is loaded on first use must be the same."""
    import aram_xl

    tree = ast.parse((ROOT / "aram_xl" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.name: str(node.module).removeprefix("aram_xl.")
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == aram_xl._LATER
    with pytest.raises(AttributeError, match="module 'aram_xl' has no attribute 'optimize'"):
        _ = aram_xl.optimize  # type: ignore[attr-defined]


def test_files_stay_short():
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(*PACKAGES)
    }
    too_long = {name: length for name, length in lengths.items() if length > 400 and name not in TOO_LONG}
    assert too_long == {}, "past 400 lines, look for the idea that wants its own name"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_interface(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command, whose parameters are its options and whose name is that of its module, or an Excel function."""
    command = "cli" in path.parts and function.name == path.stem
    return command or ("udfs" in path.parts and function.name.startswith("ARAM_"))


def test_functions_stay_short():
    """60 lines, signature and docstring included; 6 parameters, without self."""
    wrong = []
    for path in sources(*PACKAGES):
        for function in functions(path):
            place = f"{path.relative_to(ROOT)}, line {function.lineno}: {function.name}"
            lines = int(function.end_lineno or 0) - function.lineno + 1
            if lines > 60:
                wrong.append(f"{place} has {lines} lines")
            arguments = function.args
            names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
            count = len([name for name in names if name not in ("self", "cls")])
            if count > 6 and not is_interface(path, function):
                wrong.append(f"{place} has {count} parameters")
    assert wrong == []
