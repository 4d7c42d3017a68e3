"""The page of functions: as generated, complete, and its printed numbers true."""

from __future__ import annotations

import math
import re

import pytest

from udfs import reference
from udfs.errors import CellError
from udfs.examples import CHANGING, EXAMPLES, FAILURES
from udfs.functions import REGISTRY
from udfs.registry import call


@pytest.fixture(scope="module")
def committed():
    return reference.PAGE.read_text(encoding="utf-8")


def sections(page):
    """Text of each function's section, by name."""
    parts = re.split(r"^### (ARAM_\w+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table_after(text, mark):
    """Cells of the first table below a mark, without its head."""
    lines = text[text.index(mark) + len(mark) :].strip().splitlines()
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def test_the_committed_page_is_the_generated_one(committed):
    """Else: python -m udfs.reference."""
    assert committed == reference.page()


def test_every_function_has_one_section_and_one_example(committed):
    assert list(sections(committed)) == list(EXAMPLES) == list(FAILURES)
    assert EXAMPLES.keys() == REGISTRY.keys()


@pytest.mark.parametrize("name", [name for name in REGISTRY if name not in CHANGING])
def test_printed_numbers_are_recomputed(committed, name):
    """Read back from the page: every printed number is the computed one to half a unit of its last digit."""
    printed = table_after(sections(committed)[name], ")` gives\n")
    answer = call(name, EXAMPLES[name])
    assert answer.failure is None
    assert [len(row) for row in printed] == [len(row) for row in answer.rows]
    for printed_row, row in zip(printed, answer.rows, strict=True):
        for shown, value in zip(printed_row, row, strict=True):
            if isinstance(value, float):
                size = 10.0 ** (math.floor(math.log10(abs(value))) if value else 0)
                assert float(shown) == pytest.approx(value, rel=0, abs=0.51e-5 * size)
            elif isinstance(value, bool):
                assert shown == str(value).upper()
            else:
                assert shown == (value.code if isinstance(value, CellError) else value)


@pytest.mark.parametrize("name", REGISTRY)
def test_printed_errors_are_what_the_calls_say(committed, name):
    printed = re.findall(r"^- `(\S+)` (.+)$", sections(committed)[name], flags=re.MULTILINE)
    failures = [call(name, arguments).failure for arguments in FAILURES[name]]
    assert printed == [(failure.code, failure.sentence) for failure in failures]


def test_the_sheet_of_an_example_holds_what_its_formula_names():
    sheet, names = reference.laid_out(([[1.0], [2.0]], "ewma", None, [["a", 3.0]], 0.5))
    assert sheet == [[1.0, None, "a", 3.0], [2.0, None, None, None]]
    assert names == ["A1:A2", '"ewma"', "", "C1:D1", "0.5"]
    assert reference.formula("ARAM_X", ([[1.0], [2.0]], "ewma", None, 0.5)) == '=ARAM_X(A1:A2, "ewma",, 0.5)'


def test_every_argument_is_explained(committed):
    for name, text in sections(committed).items():
        for argument in REGISTRY[name].arguments:
            assert f"| `{argument.name}` | {'may be left out' if argument.optional else 'required'} |" in text
        assert f"`{REGISTRY[name].signature}`" in text
        assert "The same by native formulas: " in text


def test_write_makes_the_page(tmp_path):
    reference.write(tmp_path / "docs" / "functions.md")
    assert (tmp_path / "docs" / "functions.md").read_bytes() == reference.page().encode()
