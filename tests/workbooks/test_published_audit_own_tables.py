"""Tables that the engine has not read: its columns are empty, sentences from cells remain; impossible figures agree."""

from __future__ import annotations

import csv
import functools
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl.utils import get_column_letter

from aram_xl.published import PublishedTables, audit_tables, load_tables
from tests.workbooks.book_cells import loaded
from workbooks.__main__ import TEMPLATES
from workbooks.libreoffice import Calc
from workbooks.published_audit import NAME, SHIPPED, build
from workbooks.published_audit_engine import OF_OTHERS, OF_THESE
from workbooks.published_audit_outputs import ROOM, WIDTHS
from workbooks.published_audit_plan import contents, plan_of
from workbooks.recalc import compare_twins, recalculate, report_lines

TEMPLATE = TEMPLATES / f"{NAME}.xlsx"

FIRST = 6

OWN = (
    "table,benchmark,name,feb_2025_pct,ytd_2025_pct,one_year_pct,cum_since_2016_pct,positive_months_pct,alpha_12m_pct,"
    "beta_12m,correlation_12m,ret_stdev_12m\n"
    "funds,AGG,AGG,2.24,2.8,5.8,16.6,54.5,0.0,1.00,1.00,1.0\n"
    "funds,AGG,Fund A,1.00,3.0,7.0,20.0,60.1,2.0,1.80,0.90,1.5\n"
    "funds,AGG,Fund B,2.24,2.9,5.8,18.6,54.5,0.3,0.90,1.30,1.0\n"
)
"""A share of 110 months that is none (60.1 %: 66 are 60.0, 67 are 60.9), a correlation and a beta that cannot be."""


@functools.cache
def book() -> Any:
    return loaded(TEMPLATE)


def place_of(sheet: str, head: str, nth: int = 1) -> tuple[int, int]:
    """Row and column below a head, its n-th on the sheet."""
    cells = [c for line in book()[sheet].iter_rows() for c in line if c.value == head]
    return cells[nth - 1].row + 1, cells[nth - 1].column


def column(calc: Calc, sheet: str, head: str, nth: int = 1) -> list[Any]:
    """What stands below a head, for as many lines as the sheet can have."""
    row, at = place_of(sheet, head, nth)
    letter = get_column_letter(at)
    last = row + ROOM - 1 if sheet == "Outputs" else book()[sheet].max_row
    return [line[0] for line in calc.read(sheet, f"{letter}{row}:{letter}{last}")]


ENGINE_HEADS = ("engine's verdict", "engine: changed figure", "engine: units")
ENGINE_COUNTS = ("engine: impossible", "engine: does not fit", "engine: not testable", "engine: fits")


def engine_cells(calc: Calc) -> list[Any]:
    """Everything that is the engine's on Outputs and Calc_Findings."""
    found: list[Any] = []
    for sheet in ("Outputs", "Calc_Findings"):
        for head in ENGINE_HEADS:
            found += column(calc, sheet, head)
    found += column(calc, "Calc_Findings", "engine's sentence") + column(calc, "Outputs", "Engine's sentence", 2)
    row, first = place_of("Outputs", ENGINE_COUNTS[0])
    last = place_of("Outputs", "Engine's sentence")[0] - 3
    letters = get_column_letter(first), get_column_letter(first + 3)
    found += [value for line in calc.read("Outputs", f"{letters[0]}{row}:{letters[1]}{last}") for value in line]
    found += [line[0] for line in calc.read("Outputs", f"F{row}:F{last}")]
    alone = place_of("Outputs", "Engine's sentence")[0]
    a_to_d = calc.read("Outputs", f"A{alone}:D{alone}")[0]
    return [*found, a_to_d[0], a_to_d[1], a_to_d[3], *calc.read("Outputs", "D9:E9")[0]]


def typed(calc: Calc, given: PublishedTables) -> None:
    """The tables on sheet Next, which is chosen."""
    for (row, at), text in contents(given, plan_of(load_tables(SHIPPED))).items():
        if text != "" and text == text:
            calc.set("Next", f"{get_column_letter(at + 1)}{row + 1}", text)
    calc.set("Inputs", "D6", 2)
    calc.calculate()


# ---- tables that the engine has not read ------------------------------------------------------------------------


@pytest.mark.libreoffice
def test_next_shows_nothing_of_the_engine_and_none_of_its_claims(calc_session, tmp_path):
    (tmp_path / "returns.csv").write_text(OWN)
    calc_session.open(TEMPLATE)
    assert calc_session.value("Outputs", "E8") == OF_THESE
    assert any(engine_cells(calc_session))
    typed(calc_session, load_tables(tmp_path))
    assert (calc_session.value("Outputs", "D8"), calc_session.value("Outputs", "E8")) == (0.0, OF_OTHERS)
    assert set(engine_cells(calc_session)) == {""}
    shown = [value for line in calc_session.read("Outputs", "A1:Z120") for value in line]
    assert not [value for value in shown if isinstance(value, str) and re.search("Baseline|Aggressive|0.5 beta", value)]
    assert calc_session.named("chk_failures") == [[0.0]]
    sentences = [text for text in column(calc_session, "Outputs", "Sentence") if text]
    assert "Fund B (funds): correlation 1.30; stands for 1.295 to 1.305; possible -1 to 1; impossible." in sentences
    assert any(text.startswith("Fund A (funds): positive months 60.1 % of 110 months") for text in sentences)
    beta = next(text for text in sentences if text.startswith("Fund A (funds): beta 1.80; stands for 1.795 to 1.805"))
    assert beta.endswith("; impossible.")


@pytest.mark.libreoffice
def test_an_edited_figure_empties_the_engine_s_columns(calc_session):
    """Baseline's month of 0.70 becomes 3.70: the sentence from cells says so; undone, the engine's are back."""
    calc_session.open(TEMPLATE)
    before = engine_cells(calc_session)
    calc_session.set("Printed", "F11", "3.70")
    calc_session.calculate()
    assert set(engine_cells(calc_session)) == {""}
    assert calc_session.value("Outputs", "E8") == OF_OTHERS
    sentences = column(calc_session, "Outputs", "Sentence")
    month = next(text for text in sentences if text.startswith("Baseline (model): last month 3.70 %, year to date 1.7"))
    assert month.endswith("; impossible.")
    assert calc_session.named("chk_failures") == [[0.0]]
    calc_session.set("Printed", "F11", "0.70")
    calc_session.calculate()
    assert engine_cells(calc_session) == before


def test_every_finding_has_its_sentence():
    """From the file alone: each begins with its subject, ends with its verdict and has the ends of its interval."""
    shown = loaded(TEMPLATE, values=True)["Calc_Findings"]
    at = {head: place_of("Calc_Findings", head)[1] - 1 for head in ("found, low", "found, high", "sentence")}
    seen = 0
    for line in shown.iter_rows(min_row=FIRST, values_only=True):
        if line[3]:
            text = line[at["sentence"]]
            assert text.startswith(f"{line[1]}: ")
            assert text.endswith(f"{line[3]}.")
            assert ": ;" not in text
            numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]
            for end in ("found, low", "found, high"):
                value = line[at[end]]
                assert value in (None, "") or any(abs(n - s * value) <= 5e-5 + 1e-9 for n in numbers for s in (1, 100))
            seen += 1
    assert seen == 179


def test_says_why_the_engine_has_a_finding_more():
    shown = loaded(TEMPLATE, values=True)["Outputs"]
    assert shown["D6"].value == 179
    assert shown["D9"].value == 1
    assert shown["E9"].value.startswith("The engine has 180 findings, the cells 179: a claim over the whole sample")
    row = place_of("Outputs", "Engine's sentence")[0]
    assert shown.cell(row, 2).value == "about 1 % alpha with 0.5 beta; whole sample"


def test_a_printed_page_holds_finding_verdict_and_sentence():
    """One page wide in landscape; each sentence has the lines it takes at a letter for each unit of width."""
    sheet = book()["Outputs"]
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.page_setup.fitToWidth in (None, 1)  # 1 goes without saying
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    first, last = sheet.print_area.replace("$", "").split("!")[1].split(":")
    row, wide = place_of("Outputs", "Sentence")
    assert (first, last) == ("A1", f"{get_column_letter(len(WIDTHS))}{row + ROOM - 1}")
    assert [sheet.cell(row - 1, k).value for k in range(1, 7)] == [
        "Check", "Subject", "Unit", "Verdict", "Sentence", "Engine's sentence",
    ]  # fmt: skip
    assert wide <= len(WIDTHS)
    shown = loaded(TEMPLATE, values=True)["Outputs"]
    for i in range(FIRST, row + ROOM):
        height = sheet.row_dimensions[i].height or 15
        for k, width in enumerate(WIDTHS, 1):
            value, cell = shown.cell(i, k).value, sheet.cell(i, k)
            if isinstance(value, str) and len(value) > width:
                assert cell.alignment.wrap_text, cell.coordinate
                assert height >= 15 * -(-len(value) // width), cell.coordinate


# ---- impossible figures -----------------------------------------------------------------------------------------

WRONG = {
    "correlation_12m": ("1.30", "-1.30", "1.01", "-1.01", "2"), "positive_months_pct": ("100.6", "140", "-3", "60.1"),
    "ret_stdev_12m": ("-1.2", "0.0", "0.1", "45.0", "900"), "one_year_pct": ("-100", "-101", "-130", "400"),
    "beta_12m": ("-7.0", "30"), "alpha_12m_pct": ("-101", "300"), "cum_since_2016_pct": ("-100", "-120"),
    "feb_2025_pct": ("-100", "-140"), "ytd_2025_pct": ("-100", "-120"), "five_year_pct": ("-100.9", "-100"),
}  # fmt: skip
"""What no fund can print; by column."""

WRONG_TRACKING = {
    "tracking_error_pct": ("-1.0", "0.0"), "cum_return_pct": ("-100", "-120"), "diff_cum_return_pct": ("-230",),
    "information_ratio": ("-900", "0.0"), "cum_idx_pct": ("-100", "-130"),
}  # fmt: skip


def small_tables(folder: Path, seed: int, tables: int, planted: int) -> list[tuple[str, str]]:
    """Tables of a benchmark and three funds from random months, then impossible figures; gives name and column."""
    pick, months = random.Random(seed), np.random.default_rng(seed)
    rows: list[dict[str, str]] = []
    for k in range(tables):
        market = months.normal(0.005, 0.02, 110)
        group = {"table": f"t{k}", "benchmark": f"Index {k}00"}
        for name in (f"Index {k}00", *(f"Fund {k}{letter}xy" for letter in "abc")):
            noise = months.normal(0.001, 0.01, 110)
            fund = market if name.startswith("Index") else months.choice([0.3, 0.9, 1.6]) * market + noise
            rows.append(group | {"name": name} | _figures(fund, market))
    spoiled = []
    for i in range(planted):
        row = rows[(5 * i + 1) % len(rows)]
        key = list(WRONG)[(i + seed) % len(WRONG)]
        row[key] = pick.choice(WRONG[key])
        spoiled.append((row["name"], key))
    tracking = [
        {"name": row["name"], "tracking_error_pct": "1.5", "cum_return_pct": row["cum_since_2016_pct"],
         "diff_cum_return_pct": "3.0", "information_ratio": "2.0", "cum_idx_pct": rows[0]["cum_since_2016_pct"]}
        for row in rows[1:4]
    ]  # fmt: skip
    key = list(WRONG_TRACKING)[seed % len(WRONG_TRACKING)]
    tracking[0][key] = pick.choice(WRONG_TRACKING[key])
    for name, lines in (("returns", rows), ("tracking", tracking)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, list(lines[0]))
            out.writeheader()
            out.writerows(lines)
    return spoiled


def _figures(fund: np.ndarray, market: np.ndarray) -> dict[str, str]:
    """As a newsletter would print them."""

    def grown(months: np.ndarray) -> float:
        return float(100 * (np.prod(1 + months) - 1))

    year, other = fund[-12:], market[-12:]
    beta = np.cov(year, other)[0, 1] / other.var(ddof=1)
    alpha = (1 + year.mean() - beta * other.mean()) ** 12 - 1
    return {
        "feb_2025_pct": f"{grown(fund[-1:]):.2f}", "ytd_2025_pct": f"{grown(fund[-2:]):.2f}",
        "one_year_pct": f"{grown(year):.1f}", "five_year_pct": f"{grown(fund[-60:]):.1f}",
        "cum_since_2016_pct": f"{grown(fund):.1f}", "positive_months_pct": f"{100 * (fund > 0).mean():.1f}",
        "alpha_12m_pct": f"{100 * alpha:.2f}", "beta_12m": f"{beta:.2f}",
        "correlation_12m": f"{np.corrcoef(year, other)[0, 1]:.2f}",
        "ret_stdev_12m": f"{12**0.5 * year.mean() / year.std(ddof=1):.2f}",
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_impossible_figures_agree_as_written(tmp_path, seed):
    """Every flag of the file as built: verdicts and intervals of the formulas against the engine's."""
    small_tables(tmp_path, seed, tables=2, planted=4)
    build(tmp_path / "x.xlsx", tmp_path)
    shown = loaded(tmp_path / "x.xlsx", values=True)
    flags = [(line[1], line[6]) for line in shown["Checks"].iter_rows(min_row=8, values_only=True) if line[1]]
    failed = [label for label, flag in flags if flag != 0]
    assert len(flags) > 15
    assert not failed
    engine = {(f.check, f.subject): f.verdict for f in audit_tables(load_tables(tmp_path)).findings}
    lines = shown["Calc_Findings"].iter_rows(min_row=FIRST, values_only=True)
    assert {(line[0], line[1]): line[3] for line in lines if line[3]} == engine


@pytest.mark.libreoffice
def test_impossible_figures_agree_when_recalculated(calc_session, tmp_path):
    """Six tables with one of each impossible figure and more, in one workbook: nothing differs, no check fails."""
    spoiled = small_tables(tmp_path, 7, tables=6, planted=20)
    assert {key for _, key in spoiled} == set(WRONG)
    build(tmp_path / "x.xlsx", tmp_path)
    report = compare_twins(recalculate(tmp_path / "x.xlsx", calc=calc_session), atol=1e-9, rtol=1e-9)
    assert report.ok, report_lines(report)
    assert report.failures == 0.0
    calc_session.open(tmp_path / "x.xlsx")
    lines = calc_session.read("Calc_Findings", f"A{FIRST}:D700")
    engine = {(f.check, f.subject): f.verdict for f in audit_tables(load_tables(tmp_path)).findings}
    assert {(line[0], line[1]): line[3] for line in lines if line[3]} == engine
    for name, key in spoiled:
        if key == "correlation_12m":
            assert next(v for (check, subject), v in engine.items() if check == "correlation" and name in subject) == (
                "impossible"
            )
