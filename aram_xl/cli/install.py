"""``aram-xl install``: the functions in Excel on Windows, for this user."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aram_xl.cli import _screen
from aram_xl.errors import InputError


def install(
    environment: Annotated[
        Path | None,
        typer.Option(
            "--environment",
            metavar="FOLDER",
            help="Python environment that answers Excel: one that has aram_xl, or a new folder in which it is made. "
            "By default the one that runs this command.",
        ),
    ] = None,
    package: Annotated[
        str | None,
        typer.Option(
            "--package", metavar="FILE", help="What goes into a new environment, such as the path of a wheel."
        ),
    ] = None,
    uninstall: Annotated[
        bool, typer.Option("--uninstall", help="Undo what this command did, and nothing else.")
    ] = False,
) -> None:
    """Put the ARAM functions into Excel on Windows.

    Writes the settings that name the Python to ask, and puts aram_xl.xlam where Excel opens it at every start. It
    needs no administrator and can be repeated. Close Excel before and check with: aram-xl doctor

    Example: aram-xl install
    """
    from udfs.hosts.excel import installation
    from udfs.hosts.excel.environment import own, use_or_make
    from udfs.hosts.excel.places import places

    where = places()
    if uninstall:
        if environment is not None or package is not None:
            raise InputError("uninstall: expected no other option; the receipt says what to undo")
        lines = installation.uninstall(where)
    else:
        if package is not None and (environment is None or environment.exists()):
            raise InputError("package: expected --environment with a new folder")
        python, made = (own(), False) if environment is None else use_or_make(environment, package)
        lines = installation.install(where, python, environment.absolute() if environment and made else None)
    for line in lines:
        _screen.say(line)
    _screen.say("Start Excel again." if uninstall else "Start Excel, or first check with: aram-xl doctor")
