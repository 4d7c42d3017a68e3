"""``aram-xl calc``: the functions in LibreOffice Calc."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.errors import InputError

if TYPE_CHECKING:
    from workbooks.recalc import Recalculation

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _calc() -> None:
    """The functions in LibreOffice Calc."""


@app.command()
def build(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The .oxt file to write.")
    ] = Path("aram_xl.oxt"),
) -> None:
    """Build the add-in that serves all ARAM functions in LibreOffice Calc.

    The functions run in this Python, so build the add-in on the computer that uses it.

    Example: aram-xl calc build -o aram_xl.oxt
    """
    from udfs.hosts.calc.build import build_oxt

    if output.suffix.lower() != ".oxt":
        raise InputError(f"output: expected a file name that ends in .oxt, got {output.name!r}")
    build_oxt(output)
    _screen.say(f"Written: {output}")
    _screen.say(f"Install it in LibreOffice: Tools > Extension Manager > Add, or: unopkg add --force {output}")


def recalculated(file: Path, tell: Callable[[str], None]) -> Recalculation:
    """A workbook recalculated in LibreOffice; with the add-in when its formulas call our functions."""
    from udfs.functions import REGISTRY
    from udfs.hosts.calc import names
    from udfs.hosts.calc.build import build_oxt, bundled
    from workbooks._ooxml import opened
    from workbooks.libreoffice import Calc
    from workbooks.recalc import recalculate

    with opened(file):  # a file of another kind is refused here, in words
        pass
    if not names.calls_functions(REGISTRY, file):
        return recalculate(file, progress=tell)
    with tempfile.TemporaryDirectory(prefix="aram_xl-") as folder:
        copy = Path(folder) / file.name
        tell("preparing the ARAM functions")
        names.to_calc(REGISTRY, file, copy)
        start = bundled(build_oxt(Path(folder) / "aram_xl.oxt"), Path(folder) / "extensions")
        with Calc(timeout=300.0, extra=(start,)) as calc:
            return dataclasses.replace(recalculate(copy, progress=tell, calc=calc), path=file)
