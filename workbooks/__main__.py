"""``python -m workbooks``: build every template on the built-in sample, with the map of its formulas."""

from __future__ import annotations

import sys
from pathlib import Path

from aram_xl import sample_prices
from aram_xl._files import replacing
from workbooks import (
    active_index,
    direct_risk_target,
    functions_tour,
    fund_check,
    handoff_book,
    performance_book,
    performance_sample,
    published_audit,
)
from workbooks.catalogue import NAMES, OF_RETURNS, OF_TABLES, build
from workbooks.fund_check_data import sample_returns

TEMPLATES = Path(__file__).parent / "templates"

END = "2025-02-28"
"""The end of the published sample, so that the templates show the same 110 months."""

HANDOFF_END = "2022-01-31"
"""The last month at which the sample's active index holds four assets: from a single one there is nothing to round."""


def build_all(folder: Path) -> list[Path]:
    """Write each template and its ``.map.txt`` into ``folder``; gives the workbooks."""
    written = []
    for name in (name for name in NAMES if name not in (*OF_RETURNS, *OF_TABLES)):
        target = folder / f"{name}.xlsx"
        end = HANDOFF_END if name == handoff_book.NAME else END
        _write_map(build(name, sample_prices(), target, end=end), target)
        written.append(target)
    macros = folder / f"{active_index.NAME}.xlsm"
    _write_map(active_index.build(sample_prices(), macros, END), macros.with_name(f"{active_index.NAME}_functions"))
    handoff = folder / f"{handoff_book.NAME}.xlsm"
    formulas = handoff_book.build(sample_prices(), handoff, HANDOFF_END)
    _write_map(formulas, handoff.with_name(f"{handoff_book.NAME}_functions"))
    direct = folder / f"{direct_risk_target.NAME}.xlsm"
    formulas = direct_risk_target.build(sample_prices(), direct, END)
    _write_map(formulas, direct.with_name(f"{direct_risk_target.NAME}_functions"))
    check = folder / f"{fund_check.NAME}.xlsx"
    _write_map(fund_check.build(*sample_returns(END), check), check)
    performance = folder / f"{performance_book.NAME}.xlsx"
    _write_map(performance_sample.build(performance, END), performance)
    published = folder / f"{published_audit.NAME}.xlsx"
    _write_map(published_audit.build(published), published)
    tour = folder / f"{functions_tour.NAME}.xlsx"
    _write_map(functions_tour.build(tour), tour)
    functions_tour.build(tour.with_suffix(".xlsm"))
    lite = folder / f"{functions_tour.LITE_NAME}.xlsx"
    functions_tour.build_for_lite(tour, lite)
    return [*written, macros, handoff, direct, check, performance, published, tour, tour.with_suffix(".xlsm"), lite]


def _write_map(formulas: str, workbook: Path) -> None:
    """The distinct formulas of a workbook, beside it; those of the tour are the same in all its files."""
    with replacing(workbook.with_suffix(".map.txt")) as temporary:
        temporary.write_text(formulas, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    for path in build_all(Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATES):
        print(path)
