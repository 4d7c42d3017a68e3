"""A workbook for xlwings Lite from one that XlsxWriter made.

That host keeps code as settings of its task pane inside the workbook. The parts follow the published format of Office
web extensions ([MS-OWEXML]); that Excel accepts a workbook built this way was not proved.
"""

from __future__ import annotations

import html
import json
import os
import re
import uuid
import zipfile
from xml.sax.saxutils import escape, quoteattr

from aram_xl._files import replacing
from aram_xl.errors import InputError
from udfs.functions import REGISTRY
from udfs.hosts.lite.bundle import main_py

PYODIDE = "0.27.5"
"""Python of that host for which the workbook was made."""

ADDIN = "1.0.0.0-18"
"""Version of the xlwings Lite add-in for which the workbook was made."""

REQUIREMENTS = ("xlwings==0.37.8  # required", "numpy", "holidays", "pandas", "scipy")
"""What the bundle imports beside the standard library: holidays tells the last trading day of a period, pandas holds
the tables of back-tests, scipy has the quantiles that judge activeness."""

STORE_ID = "wa200008175"
"""xlwings Lite in the Office store."""

STORED = "_xldudf_"
"""Before a custom function's name in a file."""

EXTENSIONS = "http://schemas.microsoft.com/office/webextensions"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE_2011 = "http://schemas.microsoft.com/office/2011/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

FOLDER = "xl/webextensions"
FIXED = (1980, 1, 1, 0, 0, 0)

_OVERRIDES = (
    f'<Override PartName="/{FOLDER}/taskpanes.xml" ContentType="application/vnd.ms-office.webextensiontaskpanes+xml"/>'
    f'<Override PartName="/{FOLDER}/webextension1.xml" ContentType="application/vnd.ms-office.webextension+xml"/>'
)

_TO_TASKPANES = (
    f'<Relationship Id="rIdLite" Type="{OFFICE_2011}/webextensiontaskpanes" Target="{FOLDER}/taskpanes.xml"/>'
)


def settings() -> dict[str, str]:
    """What the task pane finds in the workbook, by name."""
    return {
        "main.py": main_py(),
        "requirements.txt": "\n".join(REQUIREMENTS) + "\n",
        "pyodideVersion": PYODIDE,
        "addinVersion": ADDIN,
    }


def build_lite(xlsx_in: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write the workbook with the code inside, its formulas as that host stores them.

    Args:
        xlsx_in: a workbook made by XlsxWriter; formulas call the functions by their plain names.
        path: where the new workbook goes.

    Raises:
        InputError: not a workbook, or one that carries code already.
        OutputError: the folder cannot be written.
    """
    if not zipfile.is_zipfile(xlsx_in):
        raise InputError(f"xlsx_in: expected an .xlsx workbook, got {os.fspath(xlsx_in)}")
    with zipfile.ZipFile(xlsx_in) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    if "xl/workbook.xml" not in parts or any(name.startswith(f"{FOLDER}/") for name in parts):
        raise InputError(f"xlsx_in: expected a workbook without web extensions, got {os.fspath(xlsx_in)}")
    for name in parts:
        if name == "xl/workbook.xml" or name.startswith("xl/worksheets/sheet"):
            parts[name] = as_stored(parts[name].decode()).encode()
    parts["[Content_Types].xml"] = _before(parts["[Content_Types].xml"], "</Types>", _OVERRIDES)
    parts["_rels/.rels"] = _before(parts["_rels/.rels"], "</Relationships>", _TO_TASKPANES)
    parts |= {name: text.encode() for name, text in _extension_parts(settings()).items()}
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, FIXED), content, zipfile.ZIP_DEFLATED)


def as_stored(part: str) -> str:
    """A sheet or the workbook part with its formulas as that host stores them; texts are left alone."""
    return re.sub(
        r"(<(f|definedName)\b[^>]*(?<!/)>)(.*?)(</\2>)",
        lambda found: found[1] + escape(_stored_formula(html.unescape(found[3]))) + found[4],
        part,
        flags=re.DOTALL,
    )


def _stored_formula(formula: str) -> str:
    """Functions of the registry get their prefix; quoted texts and sheet names in apostrophes are left alone."""
    names = "|".join(sorted(REGISTRY, key=len, reverse=True))
    pattern = rf"""("[^"]*"|'[^']*')|(?<![\w.])({names})(?=\()"""
    return re.sub(pattern, lambda found: found[1] or STORED + found[2], formula)


def _extension_parts(kept: dict[str, str]) -> dict[str, str]:
    properties = "".join(
        f"<we:property name={quoteattr(name)} value={quoteattr(json.dumps(value, ensure_ascii=False))}/>"
        for name, value in kept.items()
    )
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, properties)).upper()
    extension = (
        f'{DECLARATION}<we:webextension xmlns:we="{EXTENSIONS}/webextension/2010/11" id="{{{identity}}}">'
        f'<we:reference id="{STORE_ID}" version="1.0.0.0" store="en-US" storeType="OMEX"/>'
        f'<we:alternateReferences><we:reference id="{STORE_ID.upper()}" version="1.0.0.0" '
        f'store="{STORE_ID.upper()}" storeType="OMEX"/></we:alternateReferences>'
        f"<we:properties>{properties}</we:properties><we:bindings/>"
        f'<we:snapshot xmlns:r="{RELATIONSHIPS}"/></we:webextension>'
    )
    panes = (
        f'{DECLARATION}<wetp:taskpanes xmlns:wetp="{EXTENSIONS}/taskpanes/2010/11">'
        f'<wetp:taskpane dockstate="right" visibility="0" width="400" row="1">'
        f'<wetp:webextensionref xmlns:r="{RELATIONSHIPS}" r:id="rId1"/></wetp:taskpane></wetp:taskpanes>'
    )
    arrows = (
        f'{DECLARATION}<Relationships xmlns="{PACKAGE_RELATIONSHIPS}"><Relationship Id="rId1" '
        f'Type="{OFFICE_2011}/webextension" Target="webextension1.xml"/></Relationships>'
    )
    return {
        f"{FOLDER}/taskpanes.xml": panes,
        f"{FOLDER}/webextension1.xml": extension,
        f"{FOLDER}/_rels/taskpanes.xml.rels": arrows,
    }


def _before(part: bytes, closing: str, inserted: str) -> bytes:
    return part.decode().replace(closing, inserted + closing).encode()
