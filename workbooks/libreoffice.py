"""LibreOffice Calc as a second calculator: a session that opens, changes, recalculates and reads workbooks.

LibreOffice runs headless under a private profile in a temporary folder, on private copies of the workbooks,
so that neither the user's own LibreOffice nor any input file is touched.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aram_xl.errors import InputError
from workbooks._office import LibreOffice, LibreOfficeError, Link, RequestRefused, find_libreoffice
from workbooks._ooxml import address

__all__ = ["Calc", "CellError", "CellValue", "LibreOffice", "LibreOfficeError", "find_libreoffice"]

ERROR_NAMES = {
    503: "#NUM!",
    519: "#VALUE!",
    521: "#NULL!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}
"""LibreOffice's error codes that have a name in Excel."""

FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".xlsm": "Calc MS Excel 2007 VBA XML"}
"""Import filters; named, because LibreOffice takes an unknown file for a table of text."""


@dataclass(frozen=True, slots=True)
class CellError:
    """An error in a cell: LibreOffice's code and the name that Excel shows."""

    code: int
    name: str

    @classmethod
    def from_code(cls, code: int) -> CellError:
        """An error by LibreOffice's code; codes without a name in Excel become ``Err:508``."""
        return cls(code, ERROR_NAMES.get(code, f"Err:{code}"))

    @classmethod
    def from_name(cls, name: str) -> CellError:
        """An error by Excel's name; the code is -1 where LibreOffice has none (``#SPILL!``)."""
        return cls(next((code for code, known in ERROR_NAMES.items() if known == name), -1), name)

    def __str__(self) -> str:
        return self.name


CellValue = float | str | CellError | None
"""What a cell holds after recalculation; booleans and dates are numbers, an empty cell is None."""


class Calc:
    """A session with one headless LibreOffice; one workbook is open at a time.

    LibreOffice starts with the first `open` (about 1 s) and serves any number of workbooks. Each call must be
    answered within ``timeout`` seconds, else LibreOffice is ended; the next `open` starts a fresh one.

    Example::

        with Calc() as calc:
            calc.open("active_index.xlsx")
            calc.set("Inputs", "D7", datetime.date(2024, 12, 31))
            calc.calculate()
            failures = calc.named("chk_failures")
    """

    def __init__(
        self,
        office: LibreOffice | None = None,
        *,
        timeout: float = 120.0,
        extra: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing starts before the first `open`.

        Args:
            office: by default the one that is found.
            timeout: seconds allowed for each call.
            extra: further arguments of LibreOffice, such as one that names a folder of extensions.
            environment: settings added to LibreOffice's environment.
        """
        self.office = office or find_libreoffice()
        self.timeout = timeout
        self._extra, self._environment = tuple(extra), dict(environment or {})
        self._link: Link | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End LibreOffice and remove every temporary file; may be called twice."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def open(
        self, path: str | os.PathLike[str], *, copy: Callable[[Path, Path], object] = shutil.copyfile
    ) -> tuple[str, ...]:
        """Open a private copy of a workbook and recalculate all of it; gives the names of its sheets.

        Sheets protected without a password are unprotected in the copy, so that any cell can be set.

        Args:
            path: the workbook; it is only read.
            copy: makes the private copy, from a path to a path.

        Raises:
            InputError: there is no such file, or LibreOffice cannot open it.
            LibreOfficeError: LibreOffice did not start, ended, or gave no answer in time.
        """
        source = Path(path)
        if self._link is None:
            self._link = Link(self.office, self.timeout, self._extra, self._environment)
        private = self._link.folder / f"{uuid.uuid4().hex}{source.suffix.lower()}"
        try:
            copy(source, private)
            sheets = self._ask("open", path=str(private), filter=FILTERS.get(private.suffix))
        except OSError as error:
            raise InputError(f"{source}: expected a workbook, got {error.strerror or error}") from error
        except RequestRefused as error:
            raise InputError(f"{source}: expected a workbook, got a file that {error}") from None
        finally:
            # Windows keeps a file that is open in LibreOffice; it goes later, with the folder.
            with contextlib.suppress(OSError):
                private.unlink(missing_ok=True)
        return tuple(sheets)

    def set(self, sheet: str, cell: str, value: float | str | datetime.date | None) -> None:
        """Fill one cell as if typed: a number, text, a date, or None to empty it.

        Text that begins with ``=`` is a formula, written as in Excel, in English with commas. Nothing is
        recalculated before `calculate`.

        Raises:
            InputError: no such sheet or cell.
        """
        kind, plain = _as_sent(value)
        self._ask("set", sheet=sheet, cell=cell, kind=kind, value=plain)

    def calculate(self, *, hard: bool = True) -> None:
        """Recalculate every formula, or with ``hard=False`` only what depends on changed cells."""
        self._ask("calculate", hard=hard)

    def read(self, sheet: str, cells: str) -> list[list[CellValue]]:
        """Values of a range such as ``B2:D9``, row by row."""
        return [[_received(value) for value in row] for row in self._ask("read", sheet=sheet, cells=cells)]

    def value(self, sheet: str, cell: str) -> CellValue:
        """Value of one cell."""
        return self.read(sheet, cell)[0][0]

    def named(self, name: str) -> list[list[CellValue]]:
        """Values of the cells that a defined name refers to, row by row."""
        return [[_received(value) for value in row] for row in self._ask("name", name=name)]

    def names(self) -> tuple[str, ...]:
        """The workbook's defined names."""
        return tuple(self._ask("names"))

    def formulas(self) -> dict[str, dict[str, CellValue]]:
        """Value of every formula cell, members of array formulas included: sheet -> address -> value."""
        return _by_address(self._ask("formulas"))

    def constants(self) -> dict[str, dict[str, CellValue]]:
        """Every number and text that is no formula: sheet -> address -> value."""
        return _by_address(self._ask("constants"))

    def errors(self) -> dict[str, dict[str, CellValue]]:
        """The formula cells that hold an error: sheet -> address -> error; only sheets with any."""
        return {sheet: cells for sheet, cells in _by_address(self._ask("errors")).items() if cells}

    def function_texts(self, name: str) -> dict[str, Any]:
        """What the function wizard shows of a function: ``description`` and ``arguments``, pairs of name and text.

        Raises:
            InputError: LibreOffice knows no such function.
        """
        found: dict[str, Any] = self._ask("function", name=name)
        return found

    def export(self, path: str | os.PathLike[str], filter: str) -> None:
        """Save the open workbook with one of LibreOffice's export filters, such as ``calc_pdf_Export``."""
        self._ask("export", path=str(Path(path).resolve()), filter=filter)

    def close_workbook(self) -> None:
        """Close the open workbook without saving; LibreOffice stays."""
        self._ask("shut")

    def _ask(self, do: str, **arguments: Any) -> Any:
        if self._link is None:
            raise LibreOfficeError("Calc: expected an open workbook, got none; call open first")
        try:
            return self._link.ask({"do": do, **arguments}, self.timeout)
        except BaseException:
            if not self._link.alive:
                self.close()
            raise


def _as_sent(value: float | str | datetime.date | None) -> tuple[str, float | str | None]:
    if value is None:
        return "empty", None
    if isinstance(value, str):
        return ("formula" if value.startswith("=") else "text"), value
    if isinstance(value, datetime.date):
        day = datetime.date(value.year, value.month, value.day)
        return "days", float((day - datetime.date(1899, 12, 30)).days)
    return "number", float(value)


def _received(value: Any) -> CellValue:
    if isinstance(value, dict):
        return CellError.from_code(value["error"])
    return value  # type: ignore[no-any-return]


def _by_address(sheets: dict[str, list[list[Any]]]) -> dict[str, dict[str, CellValue]]:
    return {
        sheet: {address(row + 1, column + 1): _received(value) for row, column, value in cells}
        for sheet, cells in sheets.items()
    }
