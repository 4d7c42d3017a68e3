"""What went wrong, and with which version."""

from __future__ import annotations

import platform

import numpy as np

from aram_xl import __version__
from udfs.boundary import Cells, Rows, labelled
from udfs.errors import recent
from udfs.registry import excel_function

STATUS_HEADS = ["Time", "Cell", "Function", "Error", "Sentence"]


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
