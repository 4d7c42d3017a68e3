"""How cells become arrays, and arrays cells."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from aram_xl.errors import InputError, TooShortError
from udfs import boundary
from udfs.errors import CellError

DAY = datetime.date(2024, 1, 31)


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (1.0, [[1.0]]),
        (None, [[None]]),
        ([1.0, 2.0], [[1.0, 2.0]]),
        (((1.0,), (2.0,)), [[1.0], [2.0]]),
        (np.array([[1.0, 2.0]]), [[1.0, 2.0]]),
        ([], [[]]),
    ],
)
def test_every_host_hands_over_rows(cells, rows):
    assert boundary.rows_of(cells) == rows


@pytest.mark.parametrize("empty", [None, "", [[None]], (("",),)])
def test_an_argument_left_out_and_one_empty_cell_are_the_same(empty):
    assert boundary.is_omitted(empty)
    assert boundary.optional_scalar(empty, "x") is None
    with pytest.raises(InputError, match="x: expected one number, got an empty cell"):
        boundary.scalar(empty, "x")
    with pytest.raises(InputError, match="x: expected a range of numbers, got an empty cell"):
        boundary.numbers(empty, "x")
    with pytest.raises(InputError, match="x: expected a text, got an empty cell"):
        boundary.text(empty, "x")


@pytest.mark.parametrize("corner", ["", None, "Date", "month", " Dates "])
def test_header_and_dates_become_labels(corner):
    """A serial number below such a head is a date, not a number."""
    for first in (DAY, 45322.0):
        found = boundary.block([[corner, "AA", "BB"], [first, 1.0, 2.0], [first, 3.0, 4.0]], "x")
        assert found.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]
        assert found.rows == [first, first]
        assert found.columns == ["AA", "BB"]


def test_texts_beside_numbers_are_names_only_when_all_rows_have_one():
    assert boundary.block([["AA", 1.0], ["BB", 2.0]], "x").rows == ["AA", "BB"]
    with pytest.raises(InputError, match="x: expected a number in row 1, column 1, got the text 'AA'"):
        boundary.block([["AA", 1.0], [3.0, 2.0]], "x")


@pytest.mark.parametrize("empty", [None, ""])
def test_a_first_row_without_numbers_is_no_header_when_it_has_no_text(empty):
    """A price that starts late, without a header: both kinds of empty cells are read alike."""
    found, days = boundary.dated([[DAY, empty], [DAY + datetime.timedelta(1), 5.0]], "x")
    assert np.isnan(found.values[0, 0])
    assert found.columns is None
    assert days.tolist() == [DAY, DAY + datetime.timedelta(1)]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, "an empty cell"),
        ("", "an empty cell"),
        (True, "the boolean TRUE"),
        ("5 %", "the text '5 %'"),
        (DAY, "the date 2024-01-31"),
        ("#N/A", "the error #N/A"),
        (-2146826246, "the error #N/A"),
        (-2146826281, "the error #DIV/0!"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_what_is_not_a_number_is_refused_with_its_place(cell, shown):
    place = "row 3, column 2"
    with pytest.raises(InputError, match=f"^x: expected a number in {place}, got {shown}$"):
        boundary.numbers([["a", "b"], [1.0, 2.0], [3.0, cell]], "x")
    with pytest.raises(InputError, match=f"^x: expected one number, got {shown}$"):
        boundary.scalar(cell, "x")


def test_numbers_of_any_kind_are_read_alike():
    expected = [[1.0, 2.0], [3.0, 4.5]]
    for cells in ([[1, 2], [3, 4.5]], [[1.0, 2.0], [3.0, 4.5]], np.array(expected)):
        assert boundary.numbers(cells, "x").tolist() == expected


def test_vector_takes_rows_and_columns_with_names():
    for cells, names in [
        ([[1.0, 2.0]], None),
        ([[1.0], [2.0]], None),
        ([["AA", 1.0], ["BB", 2.0]], ["AA", "BB"]),
        ([["AA", "BB"], [1.0, 2.0]], ["AA", "BB"]),
    ]:
        values, found = boundary.vector(cells, "x")
        assert values.tolist() == [1.0, 2.0]
        assert found == names


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(InputError, match="x: expected rows of equal length"):
        boundary.numbers([[1.0, 2.0], [3.0]], "x")


def test_text_and_whole_numbers():
    assert boundary.text(" sample ", "x") == "sample"
    assert boundary.text(None, "x", "mean") == "mean"
    assert boundary.whole([[3.0]], "x") == 3
    with pytest.raises(InputError, match="x: expected one text, got a range of 1 x 2 cells"):
        boundary.text([["a", "b"]], "x")
    with pytest.raises(InputError, match="x: expected a text, got the error #REF!"):
        boundary.text("#REF!", "x")
    with pytest.raises(InputError, match=r"x: expected a whole number, got 2\.5"):
        boundary.whole(2.5, "x")


def test_limit_is_one_number_or_one_per_asset():
    assert boundary.limit(None, "upper", 3, 1.0) == 1.0
    assert boundary.limit([[0.4]], "upper", 3, 1.0) == 0.4
    assert np.asarray(boundary.limit([[0.1, 0.2, 0.3]], "upper", 3, 1.0)).tolist() == [0.1, 0.2, 0.3]
    with pytest.raises(InputError, match="upper: expected one number, or 3, one per asset; got 2"):
        boundary.limit([[0.1], [0.2]], "upper", 3, 1.0)


def test_dates_are_read_from_all_that_means_a_date():
    """45322 is 31 January 2024; a time of day is left aside."""
    labels = [DAY, datetime.datetime(2024, 1, 31, 12), 45322, 45322.75]
    assert boundary.dates(labels, "x").tolist() == [DAY] * 4
    for label, shown in [(True, "the boolean TRUE"), (0.0, "0.0"), ("31.1.", "the text '31.1.'"), (3e6, "3000000.0")]:
        with pytest.raises(InputError, match=f"x: expected a date in row 1 of the data, got {shown}"):
            boundary.dates([label], "x")
    with pytest.raises(InputError, match="x: expected dates in the first column, got numbers only"):
        boundary.dates(None, "x")


def test_answers_hold_only_what_every_host_can_show():
    """NaN, infinity and None become #N/A; numbers become plain floats, dates day numbers."""
    missing = CellError("#N/A")
    assert boundary.column([1, np.float64(2.0), np.nan]) == [[1.0], [2.0], [missing]]
    assert boundary.column([1.0], ["AA"]) == [["AA", 1.0]]
    lines = boundary.labelled([("a", None), ("b", "text"), ("c", np.True_)])
    assert lines == [["a", missing], ["b", "text"], ["c", True]]
    assert boundary.one(np.inf) == [[missing]]
    days = np.array(["2024-01-31"], dtype="datetime64[D]")
    assert boundary.grid([[1.0]], days, ["AA"], "Date") == [["Date", "AA"], [45322.0, 1.0]]
    assert boundary.grid([[1.0]], None, ["AA"]) == [["AA"], [1.0]]
    kinds = {type(cell) for row in boundary.grid(np.eye(2), ["a", "b"], ["a", "b"]) for cell in row}
    assert kinds == {str, float}


def test_too_few_rows():
    with pytest.raises(TooShortError, match="x: expected at least 2 rows of numbers, got 1"):
        boundary.enough(np.zeros((1, 2)), "x", 2)
