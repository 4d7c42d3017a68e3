"""A small workbook that is right, for tests that break it."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from workbooks.libreoffice import Calc

# Their asserts say as much as those of tests.
pytest.register_assert_rewrite(*(f"tests.workbooks.{name}" for name in ("archives", "book_cells", "spoiling")))

FEBRUARY = datetime.date(2024, 2, 29)


def _inputs(book: xlsxwriter.Workbook, last: float) -> None:
    sheet = book.add_worksheet("Inputs")
    sheet.write_row("A1", ["section", "label", "unit", "value"])
    for row, (x, y) in enumerate([(1.0, 2.0), (2.0, 4.0), (3.0, last)]):
        sheet.write_row(row + 1, 3, [x, y])
    sheet.write_datetime("D6", datetime.datetime(2024, 1, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_string("D7", "mean")
    sheet.data_validation("D7", {"validate": "list", "source": ["mean", "ewma"]})
    sheet.conditional_format("D2:D4", {"type": "cell", "criteria": "<", "value": 0})
    sheet.protect()


def _calc(book: xlsxwriter.Workbook, cached: dict[str, object]) -> None:
    """By hand: x = 1, 2, 3 and y = 2, 4, 6 give covariance 2, deviation 1, and X'X = 14, 28, 28, 56."""
    sheet = book.add_worksheet("Calc")
    values: dict[str, object] = {
        "A1": 2.0, "A2": 1.0, "A3": 45351.0, "A4": "mean/2", "A5": True, "A6": "#N/A", "A7": "", "A8": 14.0,
        **cached,
    }  # fmt: skip
    formulas = {
        "A1": "=_xlfn.COVARIANCE.S(Inputs!D2:D4,Inputs!E2:E4)",
        "A2": "=_xlfn.STDEV.S(Inputs!D2:D4)",
        "A3": "=EOMONTH(Inputs!D6,1)",
        "A4": '=Inputs!D7&"/2"',
        "A5": "=Inputs!E4>Inputs!D4",
        "A6": "=NA()",
        "A7": '=""',
        "A8": "=SUMPRODUCT(Inputs!D2:D4,Inputs!D2:D4)",
    }
    for cell, formula in formulas.items():
        sheet.write_formula(cell, formula, None, values[cell])
    block = "MMULT(TRANSPOSE(Inputs!D2:E4),Inputs!D2:E4)"
    sheet.write_array_formula("C1:D2", f"{{={block}}}", None, values.get("C1", 14.0))
    for cell, value in {"D1": 28.0, "C2": 28.0, "D2": 56.0}.items():
        sheet.write_number(cell, values.get(cell, value))
    sheet.write_row("F1", ["engine", "native", "difference"])
    sheet.write_number("F2", values.get("F2", 2.0))
    sheet.write_formula("G2", "=A1", None, 2.0)
    sheet.write_formula("H2", "=F2-G2", None, values.get("H2", 0.0))
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Inputs!$D$2:$D$4", "categories": "=Inputs!$E$2:$E$4"})
    sheet.insert_chart("F5", chart)


def _checks(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("Checks")
    sheet.write_row("A1", ["section", "label", "unit", "value", "target", "tolerance", "flag"])
    sheet.write_row("A2", ["Total", "Failed checks", "count"])
    sheet.write_formula("G2", "=SUM(G3:G4)", None, 0)
    lines = [("Covariance", "symmetric", "=Calc!D1-Calc!C2"), ("Covariance", "trace", "=Calc!C1+Calc!D2-70")]
    for row, (section, label, formula) in enumerate(lines, start=3):
        sheet.write_row(row - 1, 0, [section, label, "square"])
        sheet.write_formula(row - 1, 3, formula, None, 0)
        sheet.write_row(row - 1, 4, [0, 1e-9])
        sheet.write_formula(row - 1, 6, f"=1-IFERROR(N(ABS(D{row}-E{row})<=F{row}),0)", None, 0)
    book.define_name("chk_failures", "=Checks!$G$2")
    book.define_name("in_observations", "=Inputs!$D$2:$E$4")


@pytest.fixture
def make_workbook(tmp_path: Path) -> Callable[..., Path]:
    """Writer of the small workbook; ``cached`` spoils values that the file keeps, ``last`` an input."""

    def make(cached: dict[str, object] | None = None, *, last: float = 6.0, name: str = "small.xlsx") -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as book:
            _inputs(book, last)
            _calc(book, cached or {})
            _checks(book)
        return path

    return make


@pytest.fixture
def patch_part(tmp_path: Path) -> Callable[..., Path]:
    """Writer of a copy of a workbook in which one part is edited, added (``old=None``) or left out."""

    def patch(source: Path, part: str, old: str | None, new: str | None) -> Path:
        target = tmp_path / "patched.xlsx"
        with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as output:
            for name in archive.namelist():
                text = archive.read(name)
                if name == part and old is not None:
                    if new is None:
                        continue
                    assert old in text.decode(), f"{old} not in {part}: {text.decode()}"
                    text = text.replace(old.encode(), new.encode())
                output.writestr(name, text)
            if old is None:
                output.writestr(part, new or "")
        return target

    return patch


@pytest.fixture
def opened(request: pytest.FixtureRequest, calc_session: Calc) -> Calc:
    """LibreOffice with a fresh copy of the module's TEMPLATE."""
    calc_session.open(request.module.TEMPLATE)
    return calc_session


@pytest.fixture(scope="module")
def calc(request: pytest.FixtureRequest, calc_session: Calc) -> Calc:
    """LibreOffice with one copy of the module's TEMPLATE for all its tests: each puts back what it changes."""
    calc_session.open(request.module.TEMPLATE)
    return calc_session


@pytest.fixture
def untouched(calc: Calc) -> None:
    """The test begins with a workbook without failed checks."""
    assert calc.named("chk_failures") == [[0.0]]
