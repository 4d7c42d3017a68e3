"""``aram-xl doctor``: why do the functions not answer in Excel?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import AsJson

CHECK_FAILED = 1


def doctor(
    workbooks: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", show_default=False, help="Workbooks whose macros Excel does not run."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every link between Excel on Windows and Python.

    Add-in, blocked files, settings, Python and packages, DLL, a call of a function in a fresh process, and write
    access; each line says ok or not ok, and what helps. Exit status 1 if one is not ok.

    Example: aram-xl doctor
    """
    from udfs.hosts.excel.checks import examine
    from udfs.hosts.excel.places import places

    lines = list(examine(places(), workbooks or []))
    if as_json:
        _screen.say_json(
            [{"name": c.name, "ok": c.ok, "found": c.found, "remedy": "" if c.ok else c.remedy} for c in lines]
        )
    else:
        for check in lines:
            _screen.say(f"{'ok' if check.ok else 'not ok':<8}{check.name}: {check.found}")
            if not check.ok:
                _screen.say(f"{'':8}remedy: {check.remedy}")
    if not all(check.ok for check in lines):
        raise typer.Exit(CHECK_FAILED)
