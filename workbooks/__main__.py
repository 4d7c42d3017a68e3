"""``python -m workbooks``: build every template on the built-in sample, with the map of its formulas."""

from __future__ import annotations

import sys
from pathlib import Path

from aram_xl import sample_prices
from aram_xl._files import replacing
from workbooks.catalogue import NAMES, build

TEMPLATES = Path(__file__).parent / "templates"

END = "2025-02-28"
"""The end of the published sample, so that the templates show the same 110 months."""


def build_all(folder: Path) -> list[Path]:
    """Write each template and its ``.map.txt`` into ``folder``."""
    written = []
    for name in NAMES:
        target = folder / f"{name}.xlsx"
        formulas = build(name, sample_prices(), target, end=END)
        with replacing(folder / f"{name}.map.txt") as temporary:
            temporary.write_text(formulas, encoding="utf-8", newline="\n")
        written.append(target)
    return written


if __name__ == "__main__":
    for path in build_all(Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATES):
        print(path)
