"""``python -m workbooks``: build every template on the built-in sample, with the map of its formulas."""

from __future__ import annotations

import sys
from pathlib import Path

from aram_xl import sample_prices
from aram_xl._files import replacing
from workbooks import active_index, functions_tour
from workbooks.catalogue import NAMES, build

TEMPLATES = Path(__file__).parent / "templates"

END = "2025-02-28"
"""The end of the published sample, so that the templates show the same 110 months."""


def build_all(folder: Path) -> list[Path]:
    """Write each template and its ``.map.txt`` into ``folder``; gives the workbooks."""
    written = []
    for name in NAMES:
        target = folder / f"{name}.xlsx"
        _write_map(build(name, sample_prices(), target, end=END), target)
        written.append(target)
    macros = folder / f"{active_index.NAME}.xlsm"
    _write_map(active_index.build(sample_prices(), macros, END), macros.with_name(f"{active_index.NAME}_functions"))
    tour = folder / f"{functions_tour.NAME}.xlsx"
    _write_map(functions_tour.build(tour), tour)
    functions_tour.build(tour.with_suffix(".xlsm"))
    lite = folder / f"{functions_tour.LITE_NAME}.xlsx"
    functions_tour.build_for_lite(tour, lite)
    return [*written, macros, tour, tour.with_suffix(".xlsm"), lite]


def _write_map(formulas: str, workbook: Path) -> None:
    """The distinct formulas of a workbook, beside it; those of the tour are the same in all its files."""
    with replacing(workbook.with_suffix(".map.txt")) as temporary:
        temporary.write_text(formulas, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    for path in build_all(Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATES):
        print(path)
