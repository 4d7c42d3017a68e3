"""Files that carry the VBA: the add-in ``aram_xl.xlam`` and macro-enabled templates.

The VBA that starts Python is that of xlwings (BSD), taken from the two files it ships for projects that stand alone.
Its PROJECT_NAME becomes ours, so settings come from ``.aram_xl\\aram_xl.conf`` in the user's profile: no hidden sheet
of settings is needed in a workbook, and the settings of other projects with xlwings stay as they are.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from aram_xl import __version__
from aram_xl._files import replacing
from udfs.functions import REGISTRY
from udfs.hosts.excel import vba
from udfs.hosts.excel.places import PROJECT

BUILT = datetime(2020, 1, 1, tzinfo=UTC)
"""The date in built files: the same content gives the same bytes."""

_OF_A_WORKBOOK = "quickstart_standalone.xlsm"
_OF_AN_ADDIN = "quickstart_addin.xlam"

_WORKBOOK_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADDIN_TYPE = b"application/vnd.ms-excel.addin.macroEnabled.main+xml"

_CODE_NAME = re.compile(rb'codeName="([^"]+)"')


def begin(workbook: Any) -> None:
    """Make a workbook of XlsxWriter macro-enabled; when it is closed, `inject` adds the functions.

    The file name must end in .xlsm. XlsxWriter stamps the time of creation unless the properties name one.
    """
    workbook.add_vba_project(io.BytesIO(_vba_of_xlwings(_OF_A_WORKBOOK)), is_stream=True)


def inject(path: Path) -> None:
    """Put our functions into a macro-enabled workbook that was prepared by `begin`."""
    from pyopenvba import ExcelFile

    with replacing(path) as temporary:
        with ExcelFile(path) as book:
            _write_functions(book, _code_names(path))
            book.save(temporary)
        _rewrite(temporary, {})


def build_xlam(path: Path) -> None:
    """Write the add-in."""
    import xlsxwriter

    with replacing(path) as temporary:
        made = temporary.with_suffix(".xlsm")
        try:
            with xlsxwriter.Workbook(made) as workbook:
                workbook.set_properties({"title": f"aram_xl {__version__}", "created": BUILT.replace(tzinfo=None)})
                workbook.add_vba_project(io.BytesIO(_vba_of_xlwings(_OF_AN_ADDIN)), is_stream=True)
                sheet = workbook.add_worksheet("About")
                # The one sheet that xlwings' add-in has is called so in its VBA.
                sheet.set_vba_name("Sheet2")
                sheet.write("A1", f"aram_xl {__version__}: functions ARAM_... for Excel; run aram-xl doctor to check")
            inject(made)
            temporary.write_bytes(made.read_bytes())
        finally:
            made.unlink(missing_ok=True)
        _rewrite(temporary, {_WORKBOOK_TYPE: _ADDIN_TYPE})


def _write_functions(book: Any, code_names: set[str]) -> None:
    project = book.vba_project()
    project.delete_module("Module1")
    for name in ("Sheet1", "Sheet2"):
        if name in book.module_names() and name not in code_names:
            project.delete_module(name)
    engine = book.get_module("xlwings")
    named, count = re.subn(r'(PROJECT_NAME As String = )"\w+"', rf'\1"{PROJECT}"', engine)
    if count != 1:
        raise ValueError("xlwings: expected one PROJECT_NAME in its VBA; this version of xlwings is not the pinned one")
    book.set_module("xlwings", named)
    project.add_module(vba.MODULE, vba.module(REGISTRY.values()))
    book.set_module("ThisWorkbook", project.get_module("ThisWorkbook").attribute_header + vba.on_open())


def _vba_of_xlwings(name: str) -> bytes:
    source = files("xlwings").joinpath(name).read_bytes()
    with zipfile.ZipFile(io.BytesIO(source)) as archive:
        return archive.read("xl/vbaProject.bin")


def _code_names(path: Path) -> set[str]:
    """Names by which VBA knows the workbook and its sheets."""
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if re.fullmatch(r"xl/(workbook|worksheets/sheet\d+)\.xml", name)]
        heads = [archive.read(part)[:4000] for part in parts]
    return {name.decode() for head in heads for name in _CODE_NAME.findall(head)}


def _rewrite(path: Path, replaced: dict[bytes, bytes]) -> None:
    """Write the parts anew with fixed dates; ``replaced`` holds for the list of content types."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            if name == "[Content_Types].xml":
                for old, new in replaced.items():
                    content = content.replace(old, new)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
