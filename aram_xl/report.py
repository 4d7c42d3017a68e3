"""Reports of performance: the tables of any set of return series on paper, on a page, or for a program."""

from __future__ import annotations

import json
import os
from pathlib import Path

from aram_xl._files import replacing
from aram_xl._report_charts import drawing
from aram_xl._report_content import Record, Report
from aram_xl._report_html import page
from aram_xl._report_pdf import write_pages
from aram_xl.errors import InputError

__all__ = ["ENDINGS", "Record", "Report", "check_ending", "write_report"]

ENDINGS = (".html", ".pdf", ".json")


def write_report(report: Report, path: str | os.PathLike[str]) -> None:
    """Write a report whole or not at all; the ending of the name says in which form.

    ``.html`` is one page that asks nothing of any other place, ``.pdf`` is A4 pages, ``.json`` the numbers alone.
    Same report, same bytes.

    Raises:
        InputError: another ending.
        ToolMissingError: matplotlib or Jinja2 is not installed.
        OutputError: the file cannot be written.
    """
    target = Path(path)
    ending = check_ending(target)
    with replacing(target) as temporary:
        if ending == ".json":
            temporary.write_text(json.dumps(report.as_dict(), indent=2, allow_nan=False) + "\n", encoding="utf-8")
            return
        with drawing():
            if ending == ".pdf":
                write_pages(report, temporary)
            else:
                temporary.write_text(page(report), encoding="utf-8")


def check_ending(path: Path) -> str:
    """The ending of a report's name, in small letters.

    Raises:
        InputError: none of those that can be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            f"output: expected a name that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, got {path.name!r}"
        )
    return ending
