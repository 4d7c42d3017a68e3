"""The command line ``aram-xl``: the top floor, imported by nobody.

Answers go to standard output; progress, warnings about data and errors to standard error.
Exit status: 0 done, 1 a check failed, 2 wrong input.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit status."""
    from aram_xl.cli._app import app

    app(prog_name="aram-xl")
