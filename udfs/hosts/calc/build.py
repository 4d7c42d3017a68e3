"""The add-in file ``aram_xl.oxt``, made from the registry: same registry and interpreter, same bytes.

In the archive: the interface as plain IDL text (LibreOffice parses it itself, no SDK), names and texts in
CalcAddIns.xcu, the component, and under ``pythonpath`` what it imports: frames, client, and the settings of the worker.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from aram_xl import __version__
from aram_xl._files import replacing
from udfs.functions import REGISTRY
from udfs.hosts.calc.names import SERVICE, method
from udfs.registry import Function

IDENTIFIER = "aram_xl.functions"
MODULES, INTERFACE = ("aramxl", "calc"), "XFunctions"

PACKAGE = "aram_xl_calc_host"
"""The component's own modules inside LibreOffice, named apart from ours, which its Python may know too."""

SOURCES = Path(__file__).parent

WORKER = ("-P", "-m", "udfs.hosts.calc.worker")
"""Arguments of the interpreter; -P: the folder in which LibreOffice happens to run is no place to import from."""

TIMEOUT = 60.0
"""Seconds allowed for one call: the longest of ours takes less than 1."""

FIXED_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Worker:
    """How the add-in starts its worker."""

    interpreter: str = sys.executable
    arguments: tuple[str, ...] = WORKER
    timeout: float = TIMEOUT


def build_oxt(
    path: str | os.PathLike[str],
    interpreter: str | os.PathLike[str] = sys.executable,
    *,
    functions: Iterable[Function] | None = None,
    worker: Worker | None = None,
) -> Path:
    """Write the add-in.

    Args:
        path: the .oxt file.
        interpreter: the Python that has aram_xl; it runs the worker.
        functions: what to serve; by default all that are registered.
        worker: replaces ``interpreter`` and how it is started.

    Raises:
        OutputError: the file cannot be written.
    """
    served = list(REGISTRY.values() if functions is None else functions)
    how = worker or Worker(str(interpreter))
    inside = f"pythonpath/{PACKAGE}"
    parts = {
        "META-INF/manifest.xml": MANIFEST,
        "description.xml": _description(),
        "types.idl": interface_text(served),
        "CalcAddIns.xcu": names_and_texts(served),
        "component.py": _renamed("component.py"),
        f"{inside}/__init__.py": "",
        f"{inside}/client.py": _renamed("client.py"),
        f"{inside}/wire.py": _renamed("wire.py"),
        f"{inside}/functions.json": _methods(served),
        f"{inside}/worker.json": _settings(how),
    }
    target = Path(path)
    with replacing(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text.encode())
    return target


def bundled(oxt: str | os.PathLike[str], folder: str | os.PathLike[str]) -> str:
    """Unpack an add-in under ``folder``; gives the argument with which LibreOffice serves it without installation."""
    place = Path(folder).resolve()
    with zipfile.ZipFile(oxt) as archive:
        archive.extractall(place / "aram")
    return f"-env:BUNDLED_EXTENSIONS={place.as_uri()}"


def interface_text(functions: Sequence[Function]) -> str:
    """One IDL method per function; ``any`` in, and out one value or rows of values."""
    lines = [f"module {name} {{" for name in MODULES]
    lines.append(f"interface {INTERFACE} {{")
    for function in functions:
        gives = "any" if function.scalar else "sequence< sequence<any> >"
        takes = ", ".join(f"[in] any {_parameter(i)}" for i in range(len(function.arguments)))
        lines.append(f"  {gives} {method(function.name)}({takes});")
    return "\n".join([*lines, "};", *("};" for _ in MODULES), ""])


def names_and_texts(functions: Sequence[Function]) -> str:
    """What the function wizard shows, and the names in Excel's files."""
    nodes = "".join(_function_node(function) for function in functions)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:component-data xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema" oor:name="CalcAddIns" oor:package="org.openoffice.Office">\n'
        f'<node oor:name="AddInInfo"><node oor:name="{SERVICE}" oor:op="replace"><node oor:name="AddInFunctions">\n'
        f"{nodes}</node></node></node>\n</oor:component-data>\n"
    )


def _function_node(function: Function) -> str:
    arguments = "".join(
        _node(
            _parameter(i),
            _text("DisplayName", argument.name)
            + _text("Description", ("Optional. " if argument.optional else "") + argument.text),
        )
        for i, argument in enumerate(function.arguments)
    )
    return _node(
        method(function.name),
        _text("DisplayName", function.name)
        + _text("Description", f"{function.help} Gives: {function.gives}")
        + '<prop oor:name="Category"><value>Add-In</value></prop>'
        + _text("CompatibilityName", function.name, "en-US")
        + f'<node oor:name="Parameters">{arguments}</node>',
    )


def _node(name: str, content: str) -> str:
    return f'<node oor:name="{name}" oor:op="replace">{content}</node>\n'


def _text(name: str, text: str, language: str = "en") -> str:
    return f'<prop oor:name="{name}"><value xml:lang="{language}">{escape(text)}</value></prop>'


def _parameter(position: int) -> str:
    """Names inside LibreOffice, which sorts an add-in's arguments by them; users see the display names."""
    return f"argument{position:02d}"


def _methods(functions: Sequence[Function]) -> str:
    plain = {
        "service": SERVICE,
        "interface": ".".join((*MODULES, INTERFACE)),
        "methods": {method(function.name): [function.name, function.scalar] for function in functions},
    }
    return json.dumps(plain, indent=1)


def _settings(worker: Worker) -> str:
    plain = {"interpreter": worker.interpreter, "arguments": list(worker.arguments), "timeout": worker.timeout}
    return json.dumps(plain, indent=1)


def _renamed(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8").replace("udfs.hosts.calc", PACKAGE)


def _description() -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<description xmlns="http://openoffice.org/extensions/description/2006" xmlns:xlink="http://www.w3.org/1999/xlink">
 <identifier value={quoteattr(IDENTIFIER)}/>
 <version value={quoteattr(__version__)}/>
 <display-name><name lang="en">ARAM functions</name></display-name>
 <publisher><name lang="en">The aram_xl developers</name></publisher>
</description>
"""


MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
 <manifest:file-entry manifest:full-path="types.idl"
  manifest:media-type="application/vnd.sun.star.uno-typelibrary;type=RDB"/>
 <manifest:file-entry manifest:full-path="component.py"
  manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/>
 <manifest:file-entry manifest:full-path="CalcAddIns.xcu"
  manifest:media-type="application/vnd.sun.star.configuration-data"/>
</manifest:manifest>
"""
