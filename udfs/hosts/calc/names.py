"""Function names in files: ``ARAM_WEIGHTS(`` as Excel writes it, ``ARAM.WEIGHTS(`` as LibreOffice 7.4 reads it.

LibreOffice 7.4 finds the functions of an add-in in an .xlsx file only by their internal name, the service and the
method; 25 also knows the name that Excel shows, and still reads the internal one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

SERVICE = "ARAM"
"""First half of every internal name."""

PREFIX = "ARAM_"

FORMULAS = re.compile(
    rb"(<(?:\w+:)?(?:f|formula[12]?|definedName|calculatedColumnFormula)(?:\s[^<>]*)?(?<!/)>)([^<]+)(?=</)"
)
"""Elements of sheets, names, tables, validations and conditional formats that hold a formula."""

QUOTED = r"""(?:"|&quot;)(?:(?!"|&quot;).)*(?:"|&quot;)|(?:'|&apos;)(?:(?!'|&apos;).)*(?:'|&apos;)"""
"""A text, or the name of a sheet: what stands inside is no function."""

FILE_PREFIXES = r"(?:_xldudf_|_xludf\.|_xll\.|_xlfn\.|\[\d+\]!)*"
"""What Excel may put before a function that is not its own; LibreOffice knows none of them."""


def method(name: str) -> str:
    """Internal name of a function's method.

    Example:
        >>> method("ARAM_RISK_CONTRIBUTIONS")
        'riskContributions'
    """
    first, *others = name.removeprefix(PREFIX).lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def internal_name(name: str) -> str:
    """The name that LibreOffice 7.4 knows in files.

    Example:
        >>> internal_name("ARAM_RISK_CONTRIBUTIONS")
        'ARAM.RISKCONTRIBUTIONS'
    """
    return f"{SERVICE}.{method(name).upper()}"


def to_calc(functions: Iterable[str], source: Path, copy: Path) -> int:
    """Write a copy of a workbook as LibreOffice 7.4 reads it; gives the number of formulas changed."""
    return _rewrite(source, copy, {name: internal_name(name) for name in functions})


def to_excel(functions: Iterable[str], source: Path, copy: Path) -> int:
    """The way back, for what LibreOffice has saved."""
    return _rewrite(source, copy, {internal_name(name): name for name in functions})


def calls_functions(functions: Iterable[str], source: Path) -> bool:
    """Whether any formula of a workbook calls one of these functions."""
    change = renaming({name: internal_name(name) for name in functions})
    with zipfile.ZipFile(source) as archive:
        return any(
            change(formula[2].decode()) != formula[2].decode()
            for name in archive.namelist()
            if _may_hold_formulas(name)
            for formula in FORMULAS.finditer(archive.read(name))
        )


def renaming(names: Mapping[str, str]) -> Callable[[str], str]:
    """A change of function names in the text of one formula.

    Example:
        >>> renaming({"ARAM_COV": "ARAM.COV"})('SUM(ARAM_COV(A1:B9)) & "ARAM_COV(x)"')
        'SUM(ARAM.COV(A1:B9)) & "ARAM_COV(x)"'
    """
    known = {name.upper(): other for name, other in names.items()}
    if not known:
        return lambda formula: formula
    longest_first = sorted(map(re.escape, known), key=len, reverse=True)
    pattern = re.compile(
        rf"{QUOTED}|(?<![\w.]){FILE_PREFIXES}(?P<name>{'|'.join(longest_first)})\s*\(", re.IGNORECASE
    )

    def changed(found: re.Match[str]) -> str:
        return f"{known[found['name'].upper()]}(" if found["name"] else found[0]

    return lambda formula: pattern.sub(changed, formula)


def _may_hold_formulas(part: str) -> bool:
    return part.startswith("xl/") and part.endswith(".xml")


def _rewrite(source: Path, copy: Path, names: Mapping[str, str]) -> int:
    change, count = renaming(names), 0

    def changed(found: re.Match[bytes]) -> bytes:
        nonlocal count
        before = found[2].decode()
        after = change(before)
        count += before != after
        return found[1] + after.encode()

    packed = zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with zipfile.ZipFile(source) as archive, packed as output:
        for entry in archive.infolist():
            content = archive.read(entry)
            output.writestr(entry, FORMULAS.sub(changed, content) if _may_hold_formulas(entry.filename) else content)
    return count
