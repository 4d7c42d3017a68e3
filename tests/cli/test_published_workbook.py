"""``aram-xl workbook published_audit``: a template of tables in place of prices."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]


def test_published_tables_fill_their_own_template(run: Run, tmp_path: Path) -> None:
    """Without a file the shipped tables, with one the user's; the options of prices mean nothing there."""
    target = tmp_path / "audit.xlsx"
    result = run("workbook", "published_audit", "-o", str(target))
    assert result.exit_code == 0, result.output
    assert zipfile.is_zipfile(target)
    result = run("workbook", "published_audit", str(tmp_path / "none.csv"), "-o", str(target))
    assert result.exit_code == 2
    assert "got nothing there" in " ".join(result.output.split())
    result = run("workbook", "published_audit", "--end", "2025-02-28", "-o", str(target))
    assert result.exit_code == 2
    assert "expected no options but --output" in " ".join(result.output.split())


def test_other_templates_need_a_file(run: Run, tmp_path: Path) -> None:
    result = run("workbook", "active_index", "-o", str(tmp_path / "x.xlsx"))
    assert result.exit_code == 2
    assert "expected a file to fill active_index with, got none" in " ".join(result.output.split())
