"""A LibreOffice with our functions, for workbooks that call them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from udfs.functions import REGISTRY
from udfs.hosts.calc import names
from udfs.hosts.calc.build import build_oxt, bundled
from workbooks.libreoffice import Calc


@contextmanager
def calc_with_add_in(folder: Path) -> Iterator[Calc]:
    """A LibreOffice of its own; add-in and state lie in the folder."""
    start = bundled(build_oxt(folder / "aram_xl.oxt"), folder / "extensions")
    with Calc(extra=(start,), environment={"XDG_STATE_HOME": str(folder / "state")}) as calc:
        yield calc


def readable_copy(path: Path, folder: Path) -> Path:
    """The workbook with the functions named as LibreOffice 7.4 reads them."""
    copy = folder / path.name
    names.to_calc(REGISTRY, path, copy)
    return copy
