"""What the audit looks for, how grave each kind is, and the form of a finding."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.IntEnum):
    """How much a finding weighs; a notice is no fault, only something to know."""

    NOTICE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """As it is written in reports and on the command line."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of finding."""

    name: str
    severity: Severity
    looks_for: str


NOTICE, LOW, MEDIUM, HIGH = Severity

CHECKS = {
    check.name: check
    for check in (
        Check("very_hidden_sheet", HIGH, "a sheet that the menus of Excel do not show"),
        Check("hidden_sheet", MEDIUM, "a hidden sheet"),
        Check("macro_sheet", HIGH, "a sheet of Excel 4 macros"),
        Check("hidden_rows", LOW, "hidden rows that hold something"),
        Check("hidden_columns", LOW, "hidden columns that hold something"),
        Check("hidden_name", LOW, "a hidden defined name"),
        Check("invisible_format", MEDIUM, "a cell whose number format shows nothing"),
        Check("merged_cells", LOW, "merged cells"),
        Check("password", MEDIUM, "a sheet or workbook protected with a password"),
        Check("unlocked_formula", MEDIUM, "a formula that can be overwritten on a protected sheet"),
        Check("unreferenced_sheet", LOW, "a sheet that reads no other and that no other reads"),
        Check("external_link", HIGH, "a link to another workbook"),
        Check("data_connection", MEDIUM, "a query or connection to data outside"),
        Check("broken_name", HIGH, "a defined name that leads nowhere"),
        Check("duplicate_name", MEDIUM, "one name with several meanings"),
        Check("manual_calculation", HIGH, "calculation set to manual"),
        Check("precision_as_displayed", HIGH, "values cut to what is displayed"),
        Check("iterative_calculation", MEDIUM, "iteration switched on, which silences circular references"),
        Check("error_cell", HIGH, "a cell that shows an error"),
        Check("deliberate_na", NOTICE, "an #N/A that the formula itself gives"),
        Check("no_value", LOW, "a formula for which the file keeps no value"),
        Check("number_as_text", MEDIUM, "a number stored as text"),
        Check("quoted_number", NOTICE, "digits kept as text on purpose"),
        Check("date_as_text", MEDIUM, "a date stored as text"),
        Check("formula_as_text", MEDIUM, "a formula stored as text"),
        Check("broken_reference", HIGH, "a formula that refers to what is not there"),
        Check("undefined_name", HIGH, "a formula with a name that nobody defined"),
        Check("unknown_function", MEDIUM, "a formula with a function that nobody defined"),
        Check("circular_reference", HIGH, "a formula that depends on itself"),
        Check("number_in_block", HIGH, "a number typed over a formula of a block"),
        Check("inconsistent_formula", MEDIUM, "a formula unlike those around it"),
        Check("constant_in_formula", MEDIUM, "a number written into a formula"),
        Check("volatile_function", MEDIUM, "a function that recalculates at every change"),
        Check("short_total", MEDIUM, "a total that leaves out the cells next to its range"),
        Check("empty_reference", MEDIUM, "a formula that refers to empty cells"),
        Check("unused_input", LOW, "an input that nothing reads"),
        Check("whole_column", LOW, "a reference to whole columns or rows"),
        Check("approximate_lookup", LOW, "a lookup that takes the nearest match because none was asked for"),
        Check("long_formula", LOW, "a very long formula"),
        Check("nested_if", LOW, "IF within IF within IF"),
        Check("broken_validation", MEDIUM, "a data validation with #REF!"),
        Check("invalid_value", MEDIUM, "a value that its own data validation forbids"),
        Check("broken_format", MEDIUM, "a conditional format with #REF!"),
        Check("broken_chart", MEDIUM, "a chart with #REF!"),
        Check("cached_value", HIGH, "a value in the file that is not the recalculated one"),
        Check("recalculated_error", HIGH, "an error that appears on recalculation"),
        Check("not_comparable", NOTICE, "cells whose recalculated value says nothing"),
        Check("failed_check", HIGH, "a check of the workbook's own that fails"),
        Check("twin_gap", HIGH, "a value of the engine that is not its native twin"),
        Check("vba", NOTICE, "a VBA project"),
        Check("office_add_in", NOTICE, "an Office add-in that the workbook brings along"),
    )
}
"""Every kind of finding by its name, in the order of reports of equal severity."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at."""

    check: str
    sheet: str | None
    """None for what belongs to the workbook as a whole."""
    cells: str
    """Ranges such as ``B2:B9 D4``; empty where the finding is about a whole sheet or the workbook."""
    count: int
    """Cells, or 1."""
    message: str

    @property
    def severity(self) -> Severity:
        """That of its kind."""
        return CHECKS[self.check].severity

    @property
    def place(self) -> str:
        """Sheet and cells, as Excel would write them."""
        if self.sheet is None:
            return "workbook"
        return f"{self.sheet}!{self.cells}" if self.cells else self.sheet


@dataclass(frozen=True, slots=True)
class NotRun:
    """A check that could not be done, and why."""

    check: str
    reason: str
