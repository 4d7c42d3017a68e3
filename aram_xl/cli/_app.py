"""All commands in one place, and what becomes of errors and warnings.

The modules of the commands import the engine, pandas and the workbooks inside their functions, so that
``aram-xl --help`` answers at once.
"""

from __future__ import annotations

import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from aram_xl import __version__
from aram_xl.cli import (
    _screen,
    activeness,
    audit,
    backtest,
    calc,
    demo,
    doctor,
    handoff,
    index,
    install,
    models,
    recalc,
    report,
    returns,
    stats,
    weights,
    workbook,
)
from aram_xl.errors import AramError, DataWarning

WRONG_INPUT = 2


class _Commands(TyperGroup):
    """Errors of ours end in one sentence and exit status 2; warnings about data are short lines."""

    def invoke(self, ctx: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("always", DataWarning)
            warnings.showwarning = _show_warning
            try:
                return super().invoke(ctx)
            except AramError as error:
                _screen.complain(error)
                raise typer.Exit(WRONG_INPUT) from error


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    if issubclass(category, DataWarning):
        _screen.remark(str(message))
    else:
        _screen.remark(f"{category.__name__}: {message}")


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    # Plain text: panels of box characters are a nuisance in pipes and in the log of a scheduler.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aram_xl {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Direct Risk Targeting portfolios that can be audited from spreadsheets.

    PRICES is a table of total-return prices (.csv, .parquet or .xlsx): dates in the first column, one column per
    ticker. Exit status: 0 done, 1 a check failed, 2 wrong input. Begin with: aram-xl demo
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for _command in (
    demo.demo,
    index.index,
    models.models,
    weights.weights,
    backtest.backtest,
    returns.returns,
    stats.stats,
    report.report,
    activeness.activeness,
    workbook.workbook,
    handoff.handoff,
    recalc.recalc,
    audit.audit,
    install.install,
    doctor.doctor,
):
    app.command()(_command)
app.add_typer(calc.app, name="calc")
