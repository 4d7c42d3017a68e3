"""One main.py that holds the sources of the functions and of the engine below them.

The sources are embedded as they are, so that a reader of the workbook can read them; a small finder imports them from
there, and hands out the model cards that come along. What that host cannot run has a stand-in that says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from aram_xl.errors import InputError
from udfs.functions import REGISTRY
from udfs.registry import Function

ROOT = Path(__file__).resolve().parents[3]

PACKAGES = ("aram_xl", "udfs")

START = "udfs.functions"

CARDS = ROOT / "aram_xl" / "cards"

STAND_INS = {
    "aram_xl.program": '''\
"""Stands in for the cone solver, which is not among what this workbook asks for."""

from aram_xl.errors import ToolMissingError

raise ToolMissingError(
    "limits: the exact walk has no proof for these limits, and the cone solver is not part of this workbook; use the "
    "functions in Excel on Windows or LibreOffice, or a card with fewer limits"
)
'''
}
"""Modules that cannot run there, and what takes their place."""

HEAD = '''\
"""Functions of aram_xl {version} for xlwings Lite; this file is generated.

The first part holds the sources of the modules, the second one function per spreadsheet function.
"""

import io
import sys
import zipfile
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec

from xlwings import arg, func

SOURCES, CARDS = {{}}, {{}}


class Bundle(MetaPathFinder, InspectLoader):
    """Imports the modules embedded in this file."""

    of = "aram_xl"

    def find_spec(self, name, path=None, target=None):
        if name not in SOURCES:
            return None
        return ModuleSpec(name, self, origin=f"{{name}} in main.py", is_package=self.is_package(name))

    def is_package(self, name):
        return any(other.startswith(f"{{name}}.") for other in SOURCES)

    def get_source(self, name):
        return SOURCES[name]

    def get_code(self, name):
        return self.source_to_code(SOURCES[name], f"{{name}} in main.py")

    def get_resource_reader(self, name):
        return self

    def files(self):
        kept = zipfile.ZipFile(io.BytesIO(), "w")
        for name, text in CARDS.items():
            kept.writestr(f"cards/{{name}}", text)
        return zipfile.Path(kept)


def start():
    """Import afresh, also when this file runs again in the same Python."""
    sys.meta_path[:] = [Bundle(), *[finder for finder in sys.meta_path if getattr(finder, "of", "") != Bundle.of]]
    for name in [name for name in sys.modules if name.split(".")[0] in {packages}]:
        del sys.modules[name]

'''

FUNCTIONS = '''

start()

from udfs.errors import VALUE, CellError  # noqa: E402
from udfs.functions import REGISTRY  # noqa: E402
from udfs.registry import call  # noqa: E402


def answer(name, *cells):
    """Rows for the cells; an error value is its text here, and the message of an exception shows beside #VALUE!."""
    found = call(name, cells)
    if found.failure is None:
        return [[cell.code if isinstance(cell, CellError) else cell for cell in row] for row in found.rows]
    print(f"{name} {found.failure.code} {found.failure.sentence}")
    if found.failure.code == VALUE:
        raise ValueError(found.failure.sentence)
    return [[found.failure.code]]
'''


def main_py() -> str:
    """The whole file.

    Raises:
        InputError: a source cannot be embedded as it is.
    """
    from aram_xl import __version__

    parts = [HEAD.format(version=__version__, packages=PACKAGES)]
    parts += [_embedded("SOURCES", name, source) for name, source in sorted(sources().items())]
    parts += [_embedded("CARDS", name, text) for name, text in cards().items()]
    parts.append(FUNCTIONS)
    parts += [wrapper(function) for function in REGISTRY.values()]
    return "".join(parts)


def wrapper(function: Function) -> str:
    """The function as that host declares one: a range is 2-D, an error cell arrives as its text."""
    texts = [f'@arg("{a.name}", ndim=2, err_to_str=True, doc={a.text!r})\n' for a in function.arguments]
    signature = ", ".join(f"{a.name}=None" if a.optional else a.name for a in function.arguments)
    names = "".join(f", {a.name}" for a in function.arguments)
    return (
        f"\n\n@func\n{''.join(texts)}def {function.name}({signature}):\n"
        f'    """{function.help}"""\n    return answer("{function.name}"{names})\n'
    )


@cache
def sources() -> dict[str, str]:
    """Source of each module of this project that the functions need, by name."""
    found: dict[str, str] = {}
    waiting = [START]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        path = _path(name)
        if path is None:
            continue
        found[name] = STAND_INS.get(name) or path.read_text(encoding="utf-8")
        waiting += [imported for imported in _imports(found[name]) if imported.split(".")[0] in PACKAGES]
        waiting += [name.rpartition(".")[0]] if "." in name else []
    return found


def cards() -> dict[str, str]:
    """Text of each model card that comes along, by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(CARDS.glob("*.toml"))}


def _embedded(store: str, name: str, source: str) -> str:
    if "'''" in source or source.endswith(("'", "\\")):
        raise InputError(f"{name}: expected a source without three apostrophes in a row")
    return f"\n{store}[{name!r}] = r'''{source}'''\n"


def _path(name: str) -> Path | None:
    """The file of a module; None for a name that is something inside a module."""
    path = ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imports(source: str) -> Iterator[str]:
    """Modules that a source imports, also inside functions, but not for types only."""
    nodes: list[ast.AST] = [ast.parse(source)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        nodes += ast.iter_child_nodes(node)
