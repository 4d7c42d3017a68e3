"""Files that are no workbook, damaged, locked or bombs; and large ones, read once and held in little memory."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter

from aram_xl.errors import InputError
from tests.workbooks.audit_model import build
from workbooks import _audit_cells, _audit_file
from workbooks.audit import audit

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return build(tmp_path / "good.xlsx")


@pytest.fixture
def edited(good: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the good workbook with one part changed by a function of its text, or added."""

    def edit(part: str, change: Callable[[str], str]) -> Path:
        path = tmp_path / "edited.xlsx"
        with zipfile.ZipFile(good) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in {*archive.namelist(), part}:
                text = archive.read(name).decode() if name in archive.namelist() else ""
                copy.writestr(name, change(text) if name == part else text)
        return path

    return edit


def refused(path: Path) -> str:
    """The sentence; it is one line, and comes before much is unpacked."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"expected an \.xlsx or \.xlsm workbook, got") as caught:
            audit(path, recalculated=None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30e6
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence.partition("got ")[2]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_no_workbook_at_all(tmp_path):
    assert refused(tmp_path / "nosuch.xlsx") == "No such file or directory"
    assert refused(tmp_path) == "a folder"
    assert refused(write(tmp_path / "a.xlsx", b"")) == "an empty file"
    assert refused(write(tmp_path / "b.xlsx", b"Date,Price\n2024-01-31,100\n")) == "a file of another kind"
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    assert refused(tmp_path / "c.xlsx") == "an archive without a workbook"


def test_compound_files_are_told_apart(tmp_path):
    """An old .xls and an encrypted workbook begin alike; the names in the directory differ."""
    encrypted = OLE + bytes(3000) + "EncryptionInfo".encode("utf-16-le") + "EncryptedPackage".encode("utf-16-le")
    assert refused(write(tmp_path / "a.xlsx", encrypted)) == "an encrypted one; save it without a password"
    # The name may lie on the border of two pieces that are read.
    border = bytes(_audit_file.PIECE - 8 - 10)
    assert "encrypted" in refused(write(tmp_path / "b.xlsx", OLE + border + "EncryptedPackage".encode("utf-16-le")))
    old = OLE + bytes(3000) + "Workbook".encode("utf-16-le")
    assert refused(write(tmp_path / "c.xls", old)) == "an old .xls or another compound file; save it as .xlsx"


def test_a_truncated_file(good, tmp_path):
    content = good.read_bytes()
    for share in (0.1, 0.5, 0.99):
        cut = write(tmp_path / "cut.xlsx", content[: int(share * len(content))])
        assert refused(cut) == "a damaged one, perhaps cut off"


def test_damaged_bytes(good, tmp_path):
    """One byte of a sheet's packed data is changed: the checksum, or the unpacking itself, fails."""
    content = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as archive:
        entry = archive.getinfo(SHEET)
        at = entry.header_offset + 30 + len(SHEET) + entry.compress_size // 2
    content[at] ^= 0xFF
    assert refused(write(tmp_path / "damaged.xlsx", bytes(content))).startswith("a damaged one (")


def test_a_bomb_is_not_unpacked(edited, good, tmp_path):
    """300 MB of spaces in 0.3 MB; a part that claims 4 GB; a list of relationships of 70 MB."""
    assert "it is not opened" in refused(edited(SHEET, lambda text: text + " " * 300_000_000))
    content = good.read_bytes()
    with zipfile.ZipFile(good) as archive:
        size = struct.pack("<I", archive.getinfo(SHEET).file_size)
    directory = content.index(b"PK\x01\x02")
    at = content.index(size, directory)
    lying = content[:at] + struct.pack("<I", 0xF0000000) + content[at + 4 :]
    assert "that unpack to 4,0" in refused(write(tmp_path / "lying.xlsx", lying))
    rels = edited("xl/_rels/workbook.xml.rels", lambda text: text + " " * 70_000_000)
    assert "it is not opened" in refused(rels)


def test_a_large_part_that_would_be_a_tree(edited):
    assert refused(edited("xl/styles.xml", lambda text: text + "<!-- -->" * 9_000_000)).startswith(
        "a damaged one (xl/styles"
    )


@pytest.mark.parametrize(
    "part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "xl/charts/chart1.xml"]
)
def test_entities_are_refused(edited, part):
    path = edited(part, lambda text: text.replace("?>", "?>" + LAUGHS, 1))
    assert "document type declaration" in refused(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</sheetData>", ""),
        ("<v>0.05</v>", "<v>five</v>"),
        ('r="B2"', 'r="AAAA2"'),
        ('r="B2"', 'r="2"'),
        ('<row r="2"', '<row r="9999999"'),
        ('t="s"><v>0</v>', 't="s"><v>4000</v>'),
        ("<v>0.05</v>", "<v>" + "1" * 1_100_000 + "</v>"),
        ("<v>0.05</v>", "<f>" + "1+" * 600_000 + "1</f><v>0.05</v>"),
        ("<v>0.05</v>", '<f t="array" ref="here">1</f><v>0.05</v>'),
    ],
)
def test_a_sheet_that_breaks_the_format(edited, old, new):
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    assert refused(edited(SHEET, change)).startswith("a damaged one (")


def test_an_area_that_is_none_is_passed_over(edited):
    """A validation of an impossible area holds nowhere; the rest of the sheet is audited all the same."""
    path = edited(SHEET, lambda text: text.replace('sqref="B2"', 'sqref="Z9:A1"'))
    assert audit(path, recalculated=None).findings == ()


def test_other_formats_in_an_archive(edited, good, tmp_path):
    binary = edited("_rels/.rels", lambda text: text.replace("xl/workbook.xml", "xl/workbook.bin"))
    with zipfile.ZipFile(binary, "a") as archive:
        archive.writestr("xl/workbook.bin", b"\x83\x01\x00")
    assert refused(binary) == "a binary one (.xlsb); save it as .xlsx or .xlsm"
    content = good.read_bytes()
    at = content.index(b"PK\x01\x02") + 8
    locked = content[:at] + bytes([content[at] | 1]) + content[at + 1 :]
    assert "encrypted or packed in another way" in refused(write(tmp_path / "locked.xlsx", locked))


def test_too_many_cells(good, monkeypatch):
    monkeypatch.setattr(_audit_cells, "MOST_CELLS", 50)
    assert "more than 50 filled cells" in refused(good)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120,000 random numbers and 12,000 formulas."""
    path = tmp_path_factory.mktemp("large") / "large.xlsx"
    numbers = np.random.default_rng(20250228).normal(size=(12_000, 10))
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        data, calc = book.add_worksheet("Data"), book.add_worksheet("Calc")
        for row, line in enumerate(numbers):
            data.write_row(row, 0, line)
        for row, line in enumerate(numbers):
            calc.write_formula(row, 0, f"=SUM(Data!A{row + 1}:J{row + 1})", None, float(line.sum()))
    return path


def test_a_large_workbook_is_read_once_in_little_memory(large, monkeypatch):
    """16 bytes a cell, arrays that double as they grow, and a few temporary copies: below 150 bytes a cell in all."""
    opened: Counter[str] = Counter()
    plain = zipfile.ZipFile.open

    def counted(self: zipfile.ZipFile, name: Any, *rest: Any, **options: Any) -> Any:
        opened[getattr(name, "filename", name)] += 1
        return plain(self, name, *rest, **options)

    audit(large, recalculated=None)  # modules that are loaded on the way do not count
    monkeypatch.setattr(zipfile.ZipFile, "open", counted)
    tracemalloc.start()
    try:
        report = audit(large, recalculated=None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (report.cells, report.formulas, report.distinct, report.findings) == (132_000, 12_000, 1, ())
    assert {opened[f"xl/worksheets/sheet{i}.xml"] for i in (1, 2)} == {1}
    assert peak < 150 * report.cells
    with zipfile.ZipFile(large) as archive:
        assert peak < 3 * sum(entry.file_size for entry in archive.infolist())


def test_recalculation_is_left_out_of_a_large_workbook(large, monkeypatch):
    monkeypatch.setattr("workbooks.audit.LARGEST_RECALCULATION", 100_000)
    report = audit(large, recalculated=lambda path: pytest.fail("recalculated"))
    assert [item.check for item in report.not_run] == ["cached_value"]
    assert "132,000 cells are more than the 100,000" in report.not_run[0].reason
