"""Audit: printed figures, what went wrong, and with which version."""

from __future__ import annotations

import platform

import numpy as np

from aram_xl import __version__
from aram_xl._published_interval import printed
from aram_xl._published_reproduce import distance
from aram_xl.errors import InputError
from udfs.boundary import Cells, Rows, flag, grid, is_omitted, labelled, records, vector, whole
from udfs.errors import recent
from udfs.registry import excel_function

MOST_DECIMALS = 10

STATUS_HEADS = ["Time", "Cell", "Function", "Error", "Sentence"]


@excel_function(
    gives="One row per figure: verdict (fits or does not fit), distance (0 inside), and what the figure stands for, "
    "from and to; all decimals.",
    native="VALUE(figure) less and plus half a unit of its last digit; MAX(0,low-value,value-high)",
    value="The value to compare, decimal; or one row or column of values.",
    figure="As printed, a text such as '8.20, because trailing zeros count; one for each value.",
    percent="TRUE where figures are printed in percent without the sign; FALSE when left out.",
    decimals="Decimal places as printed, for figures that are numbers in cells and not texts.",
)
def ARAM_FITS(value: Cells, figure: Cells, percent: Cells = None, decimals: Cells = None) -> Rows:
    """Whether a value fits a printed figure, which stands for half a unit of its last digit to either side."""
    values, in_percent = vector(value, "value")[0].tolist(), flag(percent, "percent")
    figures = _printed(figure, None if is_omitted(decimals) else whole(decimals, "decimals"))
    if len(figures) != len(values):
        raise InputError(f"figure: expected {len(values)}, one for each value, got {len(figures)}")
    spans = [printed(text, in_percent) for text in figures]
    away = [distance(x, text, in_percent) for x, text in zip(values, figures, strict=True)]
    return grid([["does not fit" if gap else "fits", gap, s.low, s.high] for gap, s in zip(away, spans, strict=True)])


def _printed(figure: Cells, decimals: int | None) -> list[str]:
    """Figures as they were printed; a number in a cell has lost its trailing zeros, so it needs its decimal places."""
    texts = []
    for cell in (cell for row in records(figure, "figure") for cell in row):
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            if decimals is None or not 0 <= decimals <= MOST_DECIMALS:
                raise InputError(
                    f"figure: expected a text as printed, such as '8.20, got the number {cell:g}, which does not tell "
                    f"how many decimals were printed; give decimals, 0 to {MOST_DECIMALS}"
                )
            cell = f"{cell:.{decimals}f}"
        texts.append(str(cell))
    return texts


@excel_function(
    gives="Header, then the last failures, the latest first: time, cell, function, error, sentence.",
    native="none",
    remembered=False,
    refresh="Any cell; the list is read again when it changes. May be left out.",
)
def ARAM_STATUS(refresh: Cells = None) -> Rows:
    """Why functions of this workbook show an error: the last failures in words."""
    rows = [[f"{f.time:%Y-%m-%d %H:%M:%S}", f.cell, f.function, f.code, f.sentence] for f in recent]
    return [list(STATUS_HEADS), *(rows or [["", "", "", "", "no failures"]])]


@excel_function(gives="Labelled rows: version of aram_xl, of Python and of numpy.", native="none", remembered=False)
def ARAM_VERSION() -> Rows:
    """Which aram_xl, which Python, which numpy answer the functions."""
    return labelled([("aram_xl", __version__), ("Python", platform.python_version()), ("numpy", np.__version__)])
