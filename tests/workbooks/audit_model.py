"""A small model that an auditor would pass, and ways to spoil it: one entry per planted fault."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

FIRST, LAST = 2, 25
MONTHS = LAST - FIRST + 1
RATE, GROWTH = 0.05, 0.02
DATES = [datetime.datetime(2022 + i // 12, i % 12 + 1, 28) for i in range(MONTHS)]
SERIALS = [(date - datetime.datetime(1899, 12, 30)).days for date in DATES]
PRICES = [100.0 + i * i / 4 for i in range(MONTHS)]


@dataclass
class Model:
    """The workbook while it is written."""

    book: Any
    inputs: Any
    data: Any
    calc: Any
    outputs: Any
    notes: Any
    unlocked: Any
    date: Any


def build(path: Path, *spoil: Callable[[Model], None]) -> Path:
    """Write the model; each ``spoil`` may write over its cells at the end."""
    with xlsxwriter.Workbook(path) as book:
        sheets = [book.add_worksheet(name) for name in ("Inputs", "Data", "Calc", "Outputs", "Notes")]
        unlocked = book.add_format({"locked": False})
        model = Model(book, *sheets, unlocked, book.add_format({"num_format": "yyyy-mm-dd"}))
        _inputs(model)
        _data(model)
        _calc(model)
        _outputs(model)
        model.notes.write_string("A1", "Prices end 2023-12-28, 24 in all; =B2/B1-1 is a return; id 007.")
        model.notes.write_string("A2", "007")
        model.notes.write_string("A3", "=SUM(A1:A2)")
        for change in spoil:
            change(model)
    return path


def _inputs(model: Model) -> None:
    sheet = model.inputs
    sheet.write_column("A1", ["Input", "Rate", "Growth", "Method"])
    sheet.write_number("B2", RATE, model.unlocked)
    sheet.write_number("B3", GROWTH, model.unlocked)
    sheet.write_string("B4", "grown", model.unlocked)
    sheet.write_blank("B5", None, model.unlocked)
    sheet.data_validation("B2", {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1})
    sheet.data_validation("B4", {"validate": "list", "source": ["plain", "grown"]})
    sheet.protect()


def _data(model: Model) -> None:
    model.data.write_row("A1", ["Date", "Price"])
    for i, (date, price) in enumerate(zip(DATES, PRICES, strict=True)):
        model.data.write_datetime(FIRST - 1 + i, 0, date, model.date)
        model.data.write_number(FIRST - 1 + i, 1, price)


def _calc(model: Model) -> None:
    """Columns: date, price with rate, return, grown price, the chosen of two, their product as one array."""
    sheet = model.calc
    sheet.write_row("A1", ["Date", "With rate", "Return", "Grown", "Chosen", "Product"])
    with_rate = [price * (1 + RATE) for price in PRICES]
    grown = [with_rate[0] * (1 + GROWTH) ** i for i in range(MONTHS)]
    for i, row in enumerate(range(FIRST, LAST + 1)):
        sheet.write_formula(f"A{row}", f"=Data!A{row}", model.date, SERIALS[i])
        sheet.write_formula(f"B{row}", f"=Data!B{row}*(1+Inputs!$B$2)", None, with_rate[i])
        if i:
            returned = with_rate[i] / with_rate[i - 1] - 1
            sheet.write_formula(f"C{row}", f"=B{row}/B{row - 1}-1", None, returned)
            sheet.write_formula(f"D{row}", f"=D{row - 1}*(1+Inputs!$B$3)", None, grown[i])
        sheet.write_formula(f"E{row}", f'=IF(Inputs!$B$4="plain",B{row},D{row})', None, grown[i])
    sheet.write_formula("D2", "=B2", None, grown[0])
    sheet.write_array_formula("F2:F25", "{=B2:B25*D2:D25}", None, with_rate[0] * grown[0])
    for i in range(1, MONTHS):
        sheet.write_number(FIRST - 1 + i, 5, with_rate[i] * grown[i])
    sheet.write_formula("B26", "=SUM(B2:B25)", None, sum(with_rate))
    sheet.write_formula("E26", "=SUM(E2:E25)", None, sum(grown))
    returns = [with_rate[i] / with_rate[i - 1] - 1 for i in range(1, MONTHS)]
    sheet.write_formula("C26", "=AVERAGE(C3:C25)", None, sum(returns) / len(returns))


def _outputs(model: Model) -> None:
    sheet = model.outputs
    with_rate = [price * (1 + RATE) for price in PRICES]
    grown = [with_rate[0] * (1 + GROWTH) ** i for i in range(MONTHS)]
    sheet.write_column("A1", ["Output", "Total", "Last date", "Product", "Chosen"])
    sheet.write_formula("B2", "=out_total", None, sum(with_rate))
    sheet.write_formula("B3", "=MAX(Calc!A2:A25)", model.date, SERIALS[-1])
    sheet.write_formula("B4", "=SUM(Calc!F2:F25)", None, sum(a * b for a, b in zip(with_rate, grown, strict=True)))
    sheet.write_formula("B5", '=IF(Inputs!B5="",Calc!E26,Inputs!B5)', None, sum(grown))
    chart = model.book.add_chart({"type": "line"})
    chart.add_series({"values": "=Calc!$B$2:$B$25", "categories": "=Calc!$A$2:$A$25"})
    sheet.insert_chart("D10", chart)
    model.book.define_name("out_total", "=Calc!$B$26")
