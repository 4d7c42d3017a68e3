"""The far side of a Calc session: serves one LibreOffice over lines of JSON on standard input and output.

Runs under a Python that has ``uno`` (the system's, or the one inside LibreOffice), which need not be the
Python of the package: standard library only, and no syntax newer than Python 3.8. It starts LibreOffice in
its own process group, so that ending the group ends both, and leaves when its standard input closes.

Doubles travel as JSON numbers written with ``repr`` and come back bit for bit; error cells travel as
``{"error": code}``.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESTART_STATUS = 81
"""A fresh profile is set up, then LibreOffice leaves with this status and wants to be started again."""

ERRORS, ANY_RESULT = 4, 7
"""com.sun.star.sheet.FormulaResult: errors only; numbers, texts and errors."""

CONSTANTS = 7
"""com.sun.star.sheet.CellFlags: numbers, dates and texts."""

NO_UPDATE, NEVER_EXECUTE = 0, 0
"""com.sun.star.document.UpdateDocMode and MacroExecMode: no links fetched, no macros run."""

XL_ENGLISH, EVERY_GROUP, XL_OOX = 4, 0x7FFFFFFF, 3
"""com.sun.star.sheet.FormulaLanguage, FormulaMapGroup, AddressConvention: ``=SUM(Data!A1,B2)``."""

ROWS_PER_READ = 2000


class RequestError(Exception):
    """The request cannot be met; the session goes on."""


class Office:
    """One running LibreOffice with at most one open workbook."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.uno: Any = importlib.import_module("uno")
        self.document: Any = None
        self.command = [
            settings["soffice"], "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck",
            "-env:UserInstallation=" + settings["profile"],
            f"--accept=pipe,name={settings['pipe']};urp;StarOffice.ComponentContext",
            *settings["extra"],
        ]  # fmt: skip
        self.process = self._spawn()
        self.context = self._connect(settings["pipe"], float(settings["timeout"]))
        manager = self.context.ServiceManager
        self.desktop = manager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)

    def _spawn(self) -> Any:
        return subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sys.stderr)

    def _connect(self, pipe: str, timeout: float) -> Any:
        local = self.uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        refused = self.uno.getClass("com.sun.star.connection.NoConnectException")
        deadline, restarts = time.monotonic() + timeout, 0
        while True:
            try:
                return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            except refused:
                status = self.process.poll()
                if status == RESTART_STATUS and restarts < 3:
                    restarts += 1
                    self.process = self._spawn()
                elif status is not None:
                    raise SystemExit(f"LibreOffice left with status {status} while starting") from None
                elif time.monotonic() > deadline:
                    raise SystemExit(f"LibreOffice did not answer within {timeout:g} s") from None
                time.sleep(0.05)

    def properties(self, **values: Any) -> Any:
        made = []
        for name, value in values.items():
            item = self.uno.createUnoStruct("com.sun.star.beans.PropertyValue")
            item.Name, item.Value = name, value
            made.append(item)
        return tuple(made)

    def url(self, path: str) -> str:
        return str(self.uno.systemPathToFileUrl(path))

    def workbook(self) -> Any:
        if self.document is None:
            raise RequestError("no workbook is open")
        return self.document

    def sheet(self, name: str) -> Any:
        sheets = self.workbook().Sheets
        if not sheets.hasByName(name):
            raise RequestError(f"sheet: expected one of {', '.join(sheets.ElementNames)}, got {name!r}")
        return sheets.getByName(name)

    def area(self, sheet: str, address: str) -> Any:
        wrong = self.uno.getClass("com.sun.star.uno.RuntimeException")
        found = self.sheet(sheet)
        try:
            return found.getCellRangeByName(address)
        except wrong:
            raise RequestError(f"cells: expected an address such as B2 or B2:D9, got {address!r}") from None

    def stop(self) -> None:
        """Ask LibreOffice to leave, then insist."""
        self.shut()
        with contextlib.suppress(Exception):  # the bridge breaks while the far side leaves
            self.desktop.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def shut(self) -> None:
        """Close the open workbook, if any, without saving."""
        document, self.document = self.document, None
        if document is not None:
            document.close(True)


def open_workbook(office: Office, path: str, filter: str | None) -> list[str]:
    """Load ``path``, lift passwordless protection, recalculate everything; gives the sheets' names."""
    office.shut()
    wanted: dict[str, Any] = {
        "Hidden": True, "UpdateDocMode": NO_UPDATE, "MacroExecutionMode": NEVER_EXECUTE,
    }  # fmt: skip
    if filter:
        wanted["FilterName"] = filter
    try:
        document = office.desktop.loadComponentFromURL(office.url(path), "_blank", 0, office.properties(**wanted))
    except Exception as error:
        raise RequestError(f"LibreOffice cannot open ({str(error).strip()})") from None
    if document is None or not document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
        raise RequestError("LibreOffice cannot open")
    office.document = document
    document.enableAutomaticCalculation(False)
    for sheet in document.Sheets:
        if sheet.isProtected():
            # Writes to a protected cell are dropped in silence, so the private copy is opened up.
            sheet.unprotect("")
    document.calculateAll()
    return list(document.Sheets.ElementNames)


def set_cell(office: Office, sheet: str, cell: str, kind: str, value: Any) -> None:
    """Put an empty, number, date, text or formula into one cell."""
    target = office.area(sheet, cell).getCellByPosition(0, 0)
    if kind == "empty":
        target.setString("")
    elif kind == "number":
        target.setValue(float(value))
    elif kind == "days":  # days since 1899-12-30, which is the zero of most workbooks but not of all
        zero = office.workbook().NullDate
        target.setValue(float(value) - (1462.0 if zero.Year == 1904 else 0.0))
    elif kind == "text":
        target.setString(value)
    else:
        target.setTokens(formula_tokens(office, target, value))
    if kind in ("number", "days") and target.Type.value != "VALUE":
        raise RequestError(f"cell: expected one that can be written, got {sheet}!{cell}, protected by a password")


def formula_tokens(office: Office, cell: Any, formula: str) -> Any:
    """Parse a formula written as in Excel, English names and commas."""
    document = office.workbook()
    parser = document.createInstance("com.sun.star.sheet.FormulaParser")
    mapper = document.createInstance("com.sun.star.sheet.FormulaOpCodeMapper")
    parser.OpCodeMap = mapper.getAvailableMappings(XL_ENGLISH, EVERY_GROUP)
    parser.FormulaConvention = XL_OOX
    # The prefix of newer functions belongs to files; what a user types has none.
    return parser.parseFormula(re.sub("_xlfn[.]", "", formula[1:]), cell.CellAddress)


def calculate(office: Office, hard: bool) -> None:
    """Recalculate every formula, or only what depends on changed cells."""
    document = office.workbook()
    if hard:
        document.calculateAll()
    else:
        document.calculate()


def read_area(office: Office, sheet: str, cells: str) -> list[list[Any]]:
    """Rows of values: number, text, None for an empty cell, ``{"error": code}``."""
    return values_of(office.area(sheet, cells))


def read_name(office: Office, name: str) -> list[list[Any]]:
    """Rows of values of the cells that a defined name refers to."""
    names = office.workbook().NamedRanges
    if not names.hasByName(name):
        raise RequestError(f"name: expected a defined name of the workbook, got {name!r}")
    area = names.getByName(name).getReferredCells()
    if area is None:
        raise RequestError(f"name: expected a name of cells, got {name!r}, which is an expression")
    return values_of(area)


def values_of(area: Any) -> list[list[Any]]:
    rows = [list(row) for row in area.getDataArray()]
    where = area.RangeAddress
    for empty in area.queryEmptyCells().RangeAddresses:
        for row in range(empty.StartRow, empty.EndRow + 1):
            for column in range(empty.StartColumn, empty.EndColumn + 1):
                rows[row - where.StartRow][column - where.StartColumn] = None
    for error in area.queryFormulaCells(ERRORS).RangeAddresses:
        for row in range(error.StartRow, error.EndRow + 1):
            for column in range(error.StartColumn, error.EndColumn + 1):
                down, right = row - where.StartRow, column - where.StartColumn
                rows[down][right] = {"error": area.getCellByPosition(right, down).getError()}
    return rows


def every_sheet(office: Office, query: str, which: int) -> dict[str, list[list[Any]]]:
    """Per sheet ``[row, column, value]``, counted from 0, of every cell that the sheet's query finds."""
    sheets = office.workbook().Sheets
    return {sheet.Name: found_cells(sheet, getattr(sheet, query)(which).RangeAddresses) for sheet in sheets}


def found_cells(sheet: Any, blocks: Any) -> list[list[Any]]:
    """``[row, column, value]`` of each cell of some blocks of one sheet."""
    found: list[list[Any]] = []
    if not blocks:
        return found
    left = min(block.StartColumn for block in blocks)
    right = max(block.EndColumn for block in blocks)
    last = max(block.EndRow for block in blocks)
    # Bands of rows, read whole: a call through the bridge costs far more than a cell (0.3 ms against 1 us).
    for top in range(min(block.StartRow for block in blocks), last + 1, ROWS_PER_READ):
        bottom = min(top + ROWS_PER_READ - 1, last)
        inside = [block for block in blocks if block.StartRow <= bottom and block.EndRow >= top]
        if not inside:
            continue
        rows = values_of(sheet.getCellRangeByPosition(left, top, right, bottom))
        for block in inside:
            for row in range(max(top, block.StartRow), min(bottom, block.EndRow) + 1):
                for column in range(block.StartColumn, block.EndColumn + 1):
                    found.append([row, column, rows[row - top][column - left]])
    return found


def function_texts(office: Office, name: str) -> dict[str, Any]:
    """What the function wizard shows of one function."""
    manager = office.context.ServiceManager
    known = manager.createInstanceWithContext("com.sun.star.sheet.FunctionDescriptions", office.context)
    if not known.hasByName(name):
        raise RequestError(f"function: expected one that LibreOffice knows, got {name!r}")
    facts = {item.Name: item.Value for item in known.getByName(name)}
    arguments = [[argument.Name, argument.Description] for argument in facts["Arguments"] or ()]
    return {"description": facts["Description"], "arguments": arguments}


def export(office: Office, path: str, filter: str) -> None:
    """Save the open workbook under another name, in the format of the named export filter."""
    office.workbook().storeToURL(office.url(path), office.properties(FilterName=filter))


HANDLERS: dict[str, Callable[..., Any]] = {
    "open": open_workbook,
    "set": set_cell,
    "calculate": calculate,
    "read": read_area,
    "name": read_name,
    "names": lambda office: list(office.workbook().NamedRanges.ElementNames),
    "formulas": lambda office: every_sheet(office, "queryFormulaCells", ANY_RESULT),
    "errors": lambda office: every_sheet(office, "queryFormulaCells", ERRORS),
    "constants": lambda office: every_sheet(office, "queryContentCells", CONSTANTS),
    "function": function_texts,
    "export": export,
    "shut": lambda office: office.shut(),
}


def answer(office: Office, line: str) -> dict[str, Any]:
    """The reply to one request."""
    request = json.loads(line)
    try:
        return {"result": HANDLERS[request.pop("do")](office, **request)}
    except RequestError as error:
        return {"refused": str(error)}
    except Exception as error:
        if office.process.poll() is not None:
            return {"ended": f"LibreOffice left with status {office.process.returncode}"}
        return {"failed": f"{type(error).__name__}: {str(error).strip()}"}


def main() -> None:
    """Serve until the input closes."""
    office = Office(json.loads(os.environ["ARAM_XL_SESSION"]))
    sys.stdout.write(json.dumps({"result": office.process.pid}) + "\n")
    sys.stdout.flush()
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(answer(office, line)) + "\n")
            sys.stdout.flush()
    finally:
        office.stop()
        # The session does this too, unless it was killed.
        shutil.rmtree(Path.cwd(), ignore_errors=True)


if __name__ == "__main__":
    main()
