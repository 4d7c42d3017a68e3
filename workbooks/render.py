"""Pages of a workbook as pictures, to look at its sheets without Excel.

Run as ``python -m workbooks.render FILE FOLDER``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from aram_xl.errors import AramError, InputError, ToolMissingError
from workbooks.libreoffice import Calc, LibreOfficeError

DOTS_PER_INCH = 80
PDF_FILTER = "calc_pdf_Export"


def render_pages(
    path: str | os.PathLike[str], folder: str | os.PathLike[str], *, calc: Calc | None = None
) -> list[Path]:
    """Recalculate a workbook and draw each printed page as ``NAME-1.png``, ``NAME-2.png`` ... in ``folder``.

    Args:
        path: a workbook; it is only read.
        folder: made when it does not exist; earlier pages of the same workbook in it are removed.
        calc: a session to use; by default one is started and ended.

    Raises:
        InputError: the file is no workbook.
        ToolMissingError: LibreOffice or ``pdftoppm`` (package poppler-utils) is missing.
    """
    source, target = Path(path), Path(folder)
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        raise ToolMissingError(
            "pdftoppm: expected on this computer, not found; on Debian or Ubuntu: apt-get install poppler-utils"
        )
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob(f"{source.stem}-*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="aram_xl-") as private:
        pdf = Path(private) / "pages.pdf"
        if calc is None:
            with Calc() as own:
                _print(source, pdf, own)
        else:
            _print(source, pdf, calc)
        command = [drawer, "-r", str(DOTS_PER_INCH), "-png", str(pdf), str(target / source.stem)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise LibreOfficeError(f"pdftoppm: expected pages of {source.name}, got: {done.stderr.strip()}")
    return sorted(target.glob(f"{source.stem}-*.png"))


def _print(source: Path, pdf: Path, calc: Calc) -> None:
    calc.open(source)
    calc.export(pdf, PDF_FILTER)
    calc.close_workbook()


def main(arguments: list[str]) -> int:
    """Draw the pages of one workbook and print their paths; 2 when that cannot be done."""
    try:
        if len(arguments) != 2:
            raise InputError("render: expected FILE FOLDER, got " + (" ".join(arguments) or "nothing"))
        for page in render_pages(*arguments):
            print(page)
    except AramError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
