"""``aram-xl audit`` on workbooks; the checks themselves are tested where they are made."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from typer.testing import Result

from tests.workbooks.audit_model import Model, build
from workbooks.__main__ import TEMPLATES

Run = Callable[..., Result]


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return build(tmp_path / "clean.xlsx")


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    def spoil(m: Model) -> None:
        m.outputs.write_formula("B10", "=Calc!B26*1.21", None, 1.0)
        m.outputs.write_formula("B13", "=SUM(Data!B:B)", None, 1.0)
        m.outputs.write_formula("B14", "=NA()", None, "#N/A")

    return build(tmp_path / "spoilt.xlsx", spoil)


def test_a_clean_workbook(run: Run, clean: Path) -> None:
    """Cells, by hand: Inputs 7, Data 50, Calc 6 + 143 + 3, Outputs 9, Notes 3. Formulas: 4 x 24 + 23 + 1 + 3 + 4."""
    result = run("audit", clean, "--no-recalc")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "clean.xlsx: 5 sheets, 221 filled cells, 127 formulas (13 without copies)",
        "not run: cached_value: left out as asked",
        "findings of severity low or above: none",
    ]


def test_a_spoilt_workbook(run: Run, spoilt: Path) -> None:
    result = run("audit", spoilt, "--no-recalc")
    assert result.exit_code == 1
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[2][:5] == ["severity", "check", "where", "what", "was"]
    assert lines[3][:3] == ["medium", "constant_in_formula", "Outputs!B10"]
    assert ["low", "whole_column", "Outputs!B13"] in [line[:3] for line in lines]
    assert result.stdout.endswith("findings of severity low or above: 1 medium, 1 low; 1 below it not listed\n")
    assert max(map(len, result.stdout.splitlines())) <= 100


@pytest.mark.parametrize(("severity", "checks"), [("notice", 3), ("low", 2), ("medium", 1), ("high", 0)])
def test_severity_decides_what_counts(run: Run, spoilt: Path, severity: str, checks: int) -> None:
    result = run("audit", spoilt, "--no-recalc", "--severity", severity, "--json")
    found = json.loads(result.stdout)
    assert (len(found["findings"]), found["below"], result.exit_code) == (checks, 3 - checks, int(checks > 0))
    assert run("audit", spoilt, "--severity", "grave").exit_code == 2


def test_json_says_everything(run: Run, spoilt: Path) -> None:
    found = json.loads(run("audit", spoilt, "--no-recalc", "--json").stdout)
    assert found["findings"][0] == {
        "severity": "medium",
        "check": "constant_in_formula",
        "sheet": "Outputs",
        "cells": "B10",
        "count": 1,
        "message": "contains the constant 1.21",
    }
    assert found["not_run"] == [{"check": "cached_value", "reason": "left out as asked"}]
    assert set(found) == {
        *("file", "severity", "sheets", "cells", "formulas", "distinct_formulas", "findings", "below", "not_run"),
        "annotated",
    }


def test_an_annotated_copy_is_written(run: Run, spoilt: Path, tmp_path: Path) -> None:
    before = spoilt.read_bytes()
    copy = tmp_path / "copy.xlsx"
    result = run("audit", spoilt, "--no-recalc", "--annotate", copy)
    assert result.exit_code == 1
    assert result.stdout.endswith(f"Written: {copy}\n")
    assert openpyxl.load_workbook(copy).sheetnames[-1] == "Audit"
    assert spoilt.read_bytes() == before
    refused = run("audit", spoilt, "--no-recalc", "--annotate", spoilt)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "expected another file than the workbook" in refused.stderr


def test_many_ranges_are_cut_short(run: Run, tmp_path: Path) -> None:
    def spoil(m: Model) -> None:
        for row in range(30, 130, 2):
            m.outputs.write_string(f"B{row}", "12.5")

    path = build(tmp_path / "many.xlsx", spoil)
    result = run("audit", path, "--no-recalc")
    assert "Outputs!B30 B32" in result.stdout
    assert " ..." in result.stdout
    assert json.loads(run("audit", path, "--no-recalc", "--json").stdout)["findings"][0]["cells"].endswith("B128")


def test_without_libreoffice_the_rest_is_audited(
    run: Run, clean: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARAM_XL_SOFFICE", str(tmp_path / "nosuch"))
    result = run("audit", clean)
    assert result.exit_code == 0
    assert "not run: cached_value: ARAM_XL_SOFFICE: expected the soffice program" in result.stdout


@pytest.mark.libreoffice
def test_recalculation_is_part_of_it(run: Run, tmp_path: Path) -> None:
    """The total is kept as 1; its cell and the one that repeats it differ."""
    path = build(tmp_path / "old.xlsx", lambda m: m.calc.write_formula("B26", "=SUM(B2:B25)", None, 1.0))
    result = run("audit", path)
    assert result.exit_code == 1
    assert "cached_value" in result.stdout
    assert "Calc!B26" in result.stdout


@pytest.mark.libreoffice
def test_our_own_workbook_passes_with_recalculation(run: Run) -> None:
    result = run("audit", TEMPLATES / "active_index.xlsx")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "findings of severity low or above: none")


def test_wrong_input_is_one_sentence(run: Run, tmp_path: Path) -> None:
    bomb, old, text = tmp_path / "bomb.xlsx", tmp_path / "old.xls", tmp_path / "text.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(150_000_000))
    old.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    text.write_text("Date,Price\n")
    for path, words in (
        (bomb, "that unpack to 150,000,000; it is not opened"),
        (old, "an old .xls"),
        (text, "a file of another kind"),
        (tmp_path / "nosuch.xlsx", "No such file"),
    ):
        result = run("audit", path)
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
        assert words in result.stderr


def test_a_workbook_or_published_tables(run: Run, clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = tmp_path / "tables.csv"
    for arguments in ((), (clean, "--published", tables)):
        result = run("audit", *arguments)
        assert result.exit_code == 2
        assert "audit: expected a workbook or --published FILE, got" in result.stderr
    refused = run("audit", "--published", tables, "--annotate", tmp_path / "copy.xlsx")
    assert refused.exit_code == 2
    assert "expected a workbook to annotate" in refused.stderr
    refused = run("audit", clean, "--prices", tables)
    assert (refused.exit_code, "expected published tables to reproduce" in refused.stderr) == (2, True)
    asked: list[tuple[object, ...]] = []

    def answer(path: Path, as_json: bool, **options: object) -> int:
        asked.append((path, as_json, options["severity"], options["prices"]))
        return 1

    monkeypatch.setattr("aram_xl.cli._published.audit_published", answer)
    assert run("audit", "--published", tables, "--json").exit_code == 1
    assert run("audit", "--published", tables, "--severity", "high", "--prices", clean).exit_code == 1
    assert asked == [(tables, True, "low", None), (tables, False, "high", clean)]
