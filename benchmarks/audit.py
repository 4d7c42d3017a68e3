"""The audit of a 50 MB workbook: seconds, and the memory of the whole process at its peak.

Expected, stated before measuring: the audit, which reads every cell, formula and text and asks all its questions, takes
less time than openpyxl needs to read the cells alone (read-only mode), and less than 1 GB. LibreOffice is left out.

Run with ``python -m benchmarks.audit``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import xlsxwriter

from benchmarks._measure import announce, options, show, verdict, write

ROWS, COLUMNS = 91_000, 36
QUICK_ROWS = 5_000
MOST_MEGABYTES = 1_000

REPORT = """
import re, time
start = time.perf_counter()
{work}
seconds = time.perf_counter() - start
print(seconds, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1e3)
"""
"""The peak of this process alone: what getrusage tells includes the process that started it. Linux only."""

AUDIT = """
from workbooks.audit import audit
assert audit({path!r}, recalculated=None).cells > 0
"""

OPENPYXL = """
import openpyxl
book = openpyxl.load_workbook({path!r}, read_only=True)
for sheet in book:
    for row in sheet.iter_rows(values_only=True):
        pass
"""


def workbook(path: Path, rows: int) -> None:
    """Random numbers, two columns of texts, and four formulas per row."""
    numbers = np.random.default_rng(20250228).normal(size=(rows, COLUMNS))
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        data, calc = book.add_worksheet("Data"), book.add_worksheet("Calc")
        for row, line in enumerate(numbers.tolist()):
            data.write_row(row, 0, line)
            data.write_row(row, COLUMNS, [f"fund {row}", "USD"])
            here, total = row + 1, sum(line)
            calc.write_formula(row, 0, f"=SUM(Data!A{here}:AJ{here})", None, total)
            calc.write_formula(row, 1, f"=A{here}/COLUMNS(Data!A{here}:AJ{here})", None, total / COLUMNS)
            calc.write_formula(row, 2, f"=IF(A{here}>B{here},A{here},B{here})", None, max(total, total / COLUMNS))
            calc.write_formula(row, 3, f"=SUM(C$1:C{here})", None, 0.0)


def in_process(work: str, path: Path) -> tuple[float, float]:
    """Seconds, imports included, and megabytes of a fresh process."""
    code = REPORT.format(work=work.format(path=str(path)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def main() -> None:
    """Measure and print."""
    chosen = options(__doc__)
    console = announce("Audit of a large workbook", "the audit, against openpyxl's read-only pass over the cells", [])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        workbook(path, QUICK_ROWS if chosen.quick else ROWS)
        size = path.stat().st_size / 1e6
        works = {"aram-xl audit": AUDIT, "openpyxl, cells only": OPENPYXL}
        measured = {name: in_process(work, path) for name, work in works.items()}
    rows = [
        {"name": name, "seconds": seconds, "note": f"{megabytes:,.0f} MB at the peak, file of {size:.0f} MB"}
        for name, (seconds, megabytes) in measured.items()
    ]
    show(console, "whole process", rows)
    (ours, memory), (theirs, _) = measured.values()
    verdicts = [
        verdict(console, "time at most that of openpyxl's pass", ours / theirs, ours <= theirs),
        verdict(console, f"megabytes, at most {MOST_MEGABYTES:,}", memory, memory <= MOST_MEGABYTES),
    ]
    write(chosen.json, {"rows": rows, "targets": verdicts})


if __name__ == "__main__":
    main()
