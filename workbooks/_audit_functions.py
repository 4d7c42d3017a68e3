"""Which functions Excel knows."""

from __future__ import annotations

from openpyxl.utils import FORMULAE

from workbooks._package_formulas import NEWER

MARK = "_XL"
"""Begins what a file writes before newer functions (``_xlfn.``), before those of add-ins (``_xll.``, ``_xldudf_``) and
before those that a macro defines (``_xludf.``)."""

OURS = "ARAM_"
"""Begins the functions that this project brings, whatever the host."""

_OTHERS = """
    CALL COPILOT DATESTRING DBCS DETECTLANGUAGE ENCODEURL EUROCONVERT GROUPBY IMPORTCSV IMPORTTEXT NUMBERSTRING
    PERCENTOF PIVOTBY PY REGEXEXTRACT REGEXREPLACE REGEXTEST REGISTER.ID SQL.REQUEST STOCKHISTORY TABLE TRANSLATE
    TRIMRANGE USDOLLAR
"""

EXCEL = frozenset(FORMULAE) | NEWER | frozenset(_OTHERS.split())
"""Excel 2007's, those that came until 2024, and the rest."""


def is_known(function: str) -> bool:
    """Whether a function, in capitals and as the file writes it, is Excel's or says that it is not.

    Example:
        >>> [is_known(name) for name in ("SUM", "_XLFN.XLOOKUP", "_XLDUDF_CONTOSO_ADD", "NOSUCHFUNC")]
        [True, True, True, False]
    """
    return function in EXCEL or function.startswith((MARK, OURS))
