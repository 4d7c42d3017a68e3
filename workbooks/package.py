"""Does an .xlsx or .xlsm file open without a repair prompt, and keep to the house rules of sheets?

Excel repairs, or refuses, files whose parts do not fit together. `package_faults` checks the parts one by one, as
far as can be told without Excel; the rules of this project (nothing hidden, merged, volatile or linked) come along.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from workbooks import _package, _package_cells, _package_formulas
from workbooks._ooxml import opened
from workbooks._package import Package

CHECKS: tuple[Callable[[Package], Iterator[str]], ...] = (
    _package.content_type_faults,
    _package.relationship_faults,
    _package.outside_faults,
    _package.sheet_name_faults,
    _package.drawing_faults,
    _package_formulas.defined_name_faults,
    _package_formulas.formula_faults,
    _package_formulas.array_faults,
    _package_formulas.chart_faults,
    _package_cells.element_order_faults,
    _package_cells.cell_order_faults,
    _package_cells.value_faults,
    _package_cells.style_faults,
    _package_cells.layout_faults,
    _package_cells.validation_faults,
    _package_cells.conditional_format_faults,
    _package_cells.table_faults,
)
"""Checks of a file whose archive is sound and whose XML is well-formed."""


def package_faults(path: str | os.PathLike[str]) -> list[str]:
    """One sentence per fault of a workbook's parts; an empty list for a sound workbook.

    Raises:
        InputError: the file is not an .xlsx or .xlsm workbook at all.
    """
    with opened(path) as archive:
        faults = list(_package.archive_faults(archive))
        if faults:
            return faults
        trees, faults = _package.parsed(archive)
        if faults:
            return faults
        package = _package.unpacked(archive, trees)
    return [fault for check in CHECKS for fault in check(package)]
