"""Formulas taken apart, ranges, and circles, against slow restatements and another program's reading."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator

from workbooks._audit_book import Book, Tab
from workbooks._audit_circles import Dependence, with_members
from workbooks._audit_facts import Facts
from workbooks._audit_formulas import Reference, relative
from workbooks._audit_grid import Grid, all_runs, area_name, encoded, ranges
from workbooks._audit_reader import Formulas, taken_apart
from workbooks._audit_reading import Resolver, read_everything
from workbooks._audit_texts import AS_DATE, AS_FORMULA, AS_NUMBER, PLAIN, Texts, kind_of_text
from workbooks._ooxml import Box, address

SAMPLES = [
    "SUM(B$3:D9)*$A$1+LOG10(C5)",
    "'My ''x'!B7+Sheet2!$C7&\"A1:B2\"",
    "SUM(5:7)+SUM($C:D)+MAX(Data!E:E)",
    "_xlfn.STDEV.S(INDEX(C7:C30,D7):B7)+TAX.2024",
    'IF(B7>=1E5,B7%,-B7)&"it\'s ""B7"""',
]


@pytest.mark.parametrize("formula", SAMPLES)
def test_copies_have_the_same_relative_text(formula):
    """openpyxl moves the formula to other cells; what is relative to the cell must not change."""
    here = relative(formula, 10, 5)
    for cell, row, column in (("E11", 11, 5), ("G10", 10, 7), ("AB40", 40, 28)):
        moved = Translator(f"={formula}", origin="E10").translate_formula(cell)[1:]
        assert relative(moved, row, column) == here
    assert relative(formula, 11, 5) != here


def test_a_range_that_ends_in_a_function():
    assert relative("SUM(B7:INDEX(C7:C30,D7))", 10, 5) == "SUM(R[-3]C[-3]:INDEX(R[-3]C[-2]:R[20]C[-2],R[-3]C[-1]))"


def test_texts_names_and_functions_stay():
    formula = "LOG10(\"B7\")+TAX.2024+Table1[[#This Row],[Q1]]+Table1[Q1]+XFE1+'Q1 B7'!name"
    assert relative(formula, 3, 3) == formula


def test_a_formula_taken_apart():
    """Read by hand: two references, a name, a table, two constants; IF stands two deep; VLOOKUP lacks its last word."""
    formula = "IF(A1>2,IF([1]Other!B1=0,rate,VLOOKUP(A1,Data!$A:$C,3)),SUM(Sales[Units])*ROUND(B1,4)^2+NOW()+#REF!)"
    traits = taken_apart(formula, 1, 1)
    assert [(r.sheets, r.whole) for r in traits.references] == [
        (None, False), (None, False), (("data", "data"), True), (None, False),
    ]  # fmt: skip
    assert (traits.names, traits.tables) == (((None, "rate", False),), (("sales", "Units", False),))
    assert (traits.constants, traits.volatile, traits.nearby) == (("2", "3"), ("NOW",), ("VLOOKUP",))
    assert (traits.depth, traits.external, traits.broken, traits.length) == (2, True, True, len(formula))


@pytest.mark.parametrize(
    ("formula", "placed", "read"),
    [
        ("ROWS(A$1:A1)+A2", ["A1:A1"], ["A2:A2"]),
        ("COLUMNS( $A1:B1 )*ROW(C3)-COLUMN(D4)", ["A1:B1", "C3:C3", "D4:D4"], []),
        ("ROWS(A1:A3*2)+ROWS((A1:A3)+1)", [], ["A1:A3", "A1:A3"]),
        ("ROWS(INDEX(A1:A9,B1):A9)", [], ["A1:A9", "B1:B1", "A9:A9"]),
        ("ROWS(OFFSET(A1,B1,0))+INDEX(A1:A9,ROW(B2))", ["B2:B2"], ["A1:A1", "B1:B1", "A1:A9"]),
        ('CELL("address",A1)&CELL("contents",A2)&CELL(B1,A3)', ["A1:A1"], ["A2:A2", "B1:B1", "A3:A3"]),
        ("AREAS(A1)+SHEET(Data!A2)+ISFORMULA(A3)+LEN(FORMULATEXT(A4))", ["A1:A1", "A2:A2", "A3:A3", "A4:A4"], []),
        ("SUM(ROW(A1:A3),A4)", ["A1:A3"], ["A4:A4"]),
    ],
)
def test_where_a_range_lies_is_no_reading_of_it(formula, placed, read):
    """Only an argument that is a reference and no more is asked for its place; anything around it is calculated."""
    references = taken_apart(formula, 1, 1).references
    for wanted, flag in ((placed, True), (read, False)):
        boxes = [reference.swept(Box(1, 1, 1, 1)) for reference in references if reference.placed is flag]
        assert [f"{address(b.top, b.left)}:{address(b.bottom, b.right)}" for b in boxes] == wanted


def test_functions_that_are_not_those_of_excel():
    """Marks of newer functions, add-ins and macros, functions of other workbooks and ours are known to someone."""
    known = "SUM(A1)+_xlfn.XLOOKUP(1,A1,A2)+STDEV.S(A1:A2)+_xll.BDP(A1)+_xldudf_X_ADD(1)+[1]!own(1)+ARAM_EVEN_SPLIT(A1)"
    assert taken_apart(known, 1, 1).unknown == ()
    assert taken_apart("NOSUCHFUNC(A1)+my.func(2)+NoSuchFunc(3)", 1, 1).unknown == ("NOSUCHFUNC", "MY.FUNC")


def test_totals_are_ranges_that_stand_alone():
    traits = taken_apart("SUM(A1:A3,B1*2,-C1:C3)+MAX(D1:D3)+LOG(E1)", 5, 1)
    assert [(r.left, r.right) for r in traits.totalled] == [(0, 0), (3, 3)]


@given(st.text(alphabet="A1$:!()[]{}',\"#;+ .eX9R\\_@%<>=-\n", max_size=60))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_any_text_can_be_read(text):
    """Broken formulas of other programs must not stop an audit."""
    taken_apart(text, 3, 3)
    relative(text, 3, 3)


def test_swept_is_the_union_of_what_each_copy_reads():
    """Over B2:B4 the formula SUM(A$1:A2) reads A1:A2, A1:A3 and A1:A4."""
    (reference,) = taken_apart("SUM(A$1:A2)", 2, 2).references
    assert reference == Reference(None, 1, -1, 0, -1, 2 + 4 + 8)
    assert reference.swept(Box(2, 2, 4, 2)) == Box(1, 1, 4, 1)
    # Corners may cross: SUM(A$3:A1) in row 1 reads upwards, in row 5 downwards.
    (crossing,) = taken_apart("SUM(A$3:A1)", 1, 2).references
    assert crossing.swept(Box(1, 2, 5, 2)) == Box(1, 1, 5, 1)


@given(st.sets(st.tuples(st.integers(1, 6), st.integers(1, 5)), max_size=20))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_ranges_cover_exactly_the_cells(cells):
    boxes = ranges(array("q", [encoded(row, column) for row, column in cells]))
    covered = [(r, c) for box in boxes for r in range(box.top, box.bottom + 1) for c in range(box.left, box.right + 1)]
    assert len(covered) == len(set(covered))
    assert set(covered) == cells


def test_ranges_join_columns_of_equal_height():
    boxes = ranges(array("q", [encoded(row, column) for row in (2, 3) for column in (2, 3, 4)] + [encoded(9, 2)]))
    assert [area_name(box) for box in boxes] == ["B2:D3", "B9"]


def book_of(formulas: dict[str, str], blocks: tuple[Box, ...] = ()) -> Book:
    """A workbook of one sheet."""
    known, facts = Formulas(), Facts("Model", "part")
    for cell, formula in sorted(formulas.items(), key=lambda item: int(item[0].lstrip("ABCDEFGH"))):
        row, column = int(cell.lstrip("ABCDEFGH")), "ABCDEFGH".index(cell[0]) + 1
        facts.grid.add(row, column, known.number(formula, row, column), 0.0)
    facts.blocks.extend(blocks)
    return Book([Tab("Model", "visible", "worksheet")], {0: facts}, known, Texts())


def circles_of(book: Book) -> set[str]:
    dependence = Dependence.of(*with_members(book, *read_everything(book, Resolver(book))))
    places = [place for _, cells in dependence.circles() for place in cells.tolist()]
    return {address(place % 2**21, place // 2**21) for place in places}


def slow_circles(formulas: dict[str, str]) -> set[str]:
    """Cells that reach themselves, one step at a time."""
    reads: dict[str, set[str]] = {}
    for cell, formula in formulas.items():
        references = () if formula.startswith("ROWS") else taken_apart(formula, 1, 1).references
        boxes = [reference.swept(Box(1, 1, 1, 1)) for reference in references]
        reads[cell] = {
            address(r, c) for b in boxes for r in range(b.top, b.bottom + 1) for c in range(b.left, b.right + 1)
        } & formulas.keys()
    reached = {cell: set(read) for cell, read in reads.items()}
    for _ in formulas:
        reached = {cell: read.union(*(reads[other] for other in read)) for cell, read in reached.items()}
    return {cell for cell, read in reached.items() if cell in read}


def test_running_totals_are_no_circle_and_closing_one_is():
    totals = {f"B{row}": f"SUM(B$1:B{row - 1})+A{row}" for row in range(2, 60)}
    assert circles_of(book_of(totals)) == set()
    assert circles_of(book_of({**totals, "A5": "B9*2"})) == {"A5", *(f"B{row}" for row in range(5, 10))}


def test_a_circle_through_a_member_of_an_array():
    """A1:A3 is one array formula of C1; C1 reads A3, which has no formula of its own."""
    formulas = {"A1": "C1*2", "C1": "A3+1"}
    assert circles_of(book_of(formulas)) == set()
    assert circles_of(book_of(formulas, (Box(1, 1, 3, 1),))) == {"A1", "A3", "C1"}


def test_counting_rows_down_to_the_own_cell_is_no_circle():
    """``=ROWS(A$1:A1)`` in A1 and down numbers the lines; with a sum in place of it each cell would read itself."""
    counters = {f"A{row}": f"ROWS(A$1:A{row})+COLUMNS($A{row}:A{row})+ROW(A{row})" for row in range(1, 9)}
    assert circles_of(book_of(counters)) == set()
    assert circles_of(book_of(counters | {"A4": "ROWS(A$1:A4)+SUM(A4:A5)"})) == {"A4"}
    assert circles_of(book_of(counters | {"A4": "ROWS(OFFSET(A4,0,0))"})) == {"A4"}


def test_a_wide_knot_of_many_formulas_is_followed():
    """3,000 different formulas in four columns, each of which reads the whole block above it: 4.5 million pairs of a
    formula and one that it reads. Formula i reads rows 1 to i - 1 of all columns, so that none depends on itself;
    the first cell of the block is then made to read the last one."""
    formulas = {
        f"{letter}{row}": f"SUM($A$1:$D{row - 1})+{row}+{position}"
        for row in range(2, 752) for position, letter in enumerate("ABCD")
    }  # fmt: skip
    assert circles_of(book_of(formulas)) == set()
    closed = formulas | {"A2": "D751*2"}
    within = {cell for cell in formulas if cell[1:] != "751" and cell[1:] != "2"} | {"A2", "D751"}
    assert circles_of(book_of(closed)) == within


CELLS = [f"{letter}{row}" for letter in "ABC" for row in range(1, 7)]


ENDS = st.tuples(st.sampled_from(CELLS), st.sampled_from(CELLS), st.sampled_from(["SUM", "ROWS"]))


@given(st.dictionaries(st.sampled_from(CELLS), ENDS, max_size=14))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_circles_equal_the_slow_search(pairs):
    """Each formula reads, or counts, a rectangle between two cells, whichever corner comes first."""
    formulas = {cell: f"{function}({first}:{last})" for cell, (first, last, function) in pairs.items()}
    assert circles_of(book_of(formulas)) == slow_circles(formulas)


def test_dependents_follow_every_step():
    formulas = {"A1": "NOW()", "B1": "A1", "C1": "SUM(A1:B1)", "D1": "E1", "E1": "F9"}
    book = book_of(formulas)
    dependence = Dependence.of(*with_members(book, *read_everything(book, Resolver(book))))
    start = dependence.runs_at(0, np.array([encoded(1, 1), encoded(5, 5)]))
    reached = dependence.dependents(start)
    assert dependence.runs.column[reached].tolist() == [1, 2, 3]


def test_runs_are_stretches_of_one_formula():
    book = book_of({"A1": "B1", "A2": "B2", "A3": "B9", "A5": "B5", "C1": "1"})
    runs = all_runs({0: book.sheets[0].grid})
    assert list(zip(runs.column.tolist(), runs.top.tolist(), runs.bottom.tolist(), strict=True)) == [
        (1, 1, 2), (1, 3, 3), (1, 5, 5), (3, 1, 1),
    ]  # fmt: skip


def test_cells_out_of_order_are_sorted():
    grid = Grid()
    for row in (3, 1, 2):
        grid.add(row, 1, -1, float(row))
    assert grid.columns[1].values.tolist() == [1.0, 2.0, 3.0]
    assert (grid.at(2, 1), grid.at(9, 1), grid.at(1, 2)) == ((-1, 2.0), None, None)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (
            AS_NUMBER,
            ["12", "-1.5", "1,234.50", "1 234", "$5", "12 %", "(300)", "1.5e-3", "\u00a012 ", ".5", "0", "0,75"],
        ),
        (
            AS_DATE,
            ["2024-02-29", "29/02/2024", "2/29/24", "29 Feb 2024", "Feb 29, 2024", "1.3.2024", "2024-02-29 16:00"],
        ),
        (AS_FORMULA, ["=A1+1", "=SUM(B2:B9)", "=Data!A1", "='My x'!$A$1*2"]),
        (
            PLAIN,
            [
                "007",
                "Q1 2024",
                "3Y",
                "12-16 Main St",
                "v1.2.3",
                "=",
                "= w'Sw",
                "1/2 share",
                "",
                "-",
                "1-2-3-4",
                "10:30",
            ],
        ),
    ],
)
def test_texts_in_disguise(kind, texts):
    assert {text: kind_of_text(text) for text in texts} == dict.fromkeys(texts, kind)
