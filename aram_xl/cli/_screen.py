"""What a person or a program sees: tables, sentences, progress and JSON."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 100
"""Columns of a table where there is no terminal that could say."""

TEXT_WIDTH = 80
"""Columns of sentences, terminal or not, so that the same input prints the same lines."""

ABSENT = "-"
"""Stands where history is too short or a statistic does not exist."""


def say(text: str = "") -> None:
    """A line of the answer, as it is."""
    typer.echo(text)


def tell(text: str, *, indent: int = 0) -> None:
    """Sentences of the answer, broken at spaces; lines after the first begin at ``indent``."""
    lines = textwrap.wrap(
        text, TEXT_WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    for line in lines:
        typer.echo(line)


def remark(text: str) -> None:
    """Something about the data that deserves a look, on standard error."""
    typer.echo(f"warning: {text}", err=True)


def complain(error: BaseException) -> None:
    """One sentence on standard error."""
    typer.echo(f"aram-xl: {' '.join(str(error).split())}", err=True)


def say_json(content: Any) -> None:
    """The answer for a program; NaN and infinity are bugs here, JSON has no word for them."""
    typer.echo(json.dumps(content, indent=2, allow_nan=False))


def say_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> None:
    """A table without lines; the first ``left`` columns are texts, the others are aligned as numbers.

    Without headings there is no line of headings; an empty row leaves a line free.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold", show_header=bool(headings))
    width = max(map(len, [headings, *rows]))
    for i, heading in enumerate([*headings, *[""] * (width - len(headings))]):
        table.add_column(heading, justify="left" if i < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = _console()
    with console.capture() as captured:
        console.print(table)
    # Cells are padded to the width of the column: nobody wants the spaces at the end of a line.
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def percent(value: float | None) -> str:
    """Two decimals."""
    return ABSENT if value is None or math.isnan(value) else f"{100 * value:z.2f} %"


def number(value: float | None, digits: int) -> str:
    """A plain number."""
    return ABSENT if value is None or math.isnan(value) else f"{value:z.{digits}f}"


def finite(value: float) -> float | None:
    """For JSON: null where there is no number."""
    return float(value) if math.isfinite(value) else None


@contextmanager
def working(task: str) -> Iterator[Callable[[str], None]]:
    """Progress of long work on standard error, only where a person sits before a terminal.

    Gives a function to say what is going on; silent in pipes.
    """
    console = _console(stderr=True)
    if not console.is_terminal:
        yield lambda text: None
        return
    with console.status(task) as status:
        yield lambda text: status.update(f"{task}: {text}")


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console
