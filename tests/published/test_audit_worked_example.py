"""The February 2025 tables: what the audit must find by itself, and what each check would have noticed."""

from __future__ import annotations

import csv
import doctest
import functools
import shutil
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from aram_xl.errors import InputError
from aram_xl.published import Cell, Finding, audit_tables, load_tables, published_tables, questions

FILES = {"tracking_error": "tracking_error.csv"}
CLAIMED = ("alpha_pct", "beta", "fee_pct")


@functools.cache
def audit():
    return audit_tables(load_tables("2025_02"))


def found(check: str, verdict: str | None = None) -> dict[str, Finding]:
    return {f.subject: f for f in audit().findings if f.check == check and verdict in (None, f.verdict)}


def name_of(finding: Finding) -> str:
    return f"{finding.check}: {finding.subject}"


def test_names_of_findings_are_unlike():
    names = [name_of(finding) for finding in audit().findings]
    assert len(set(names)) == len(names)
    assert audit().n_months == 110


def test_mixed_benchmark_of_the_spy_table():
    """Beta of SPY to itself is 1; 0.97 x deviations of 60/40 over SPY's lies near 0.76; both fit 60/40."""
    impossible = found("beta", "impossible")
    assert list(impossible) == ["SPY ETF (passive)", "EQ/FI 60/40 (passive)"]
    spy, mix = impossible.values()
    assert "it fits a beta to EQ/FI 60/40 (1.15 to 1.34)" in spy.sentence
    assert 0.69 < mix.expected.low < 0.76 < mix.expected.high < 0.83
    assert "it fits a beta to EQ/FI 60/40 (1.00)" in mix.sentence
    (table,) = found("one benchmark", "does not fit").values()
    assert table.subject == "passive, SPY"
    assert "correlation and alpha of SPY ETF and EQ/FI 60/40 fit SPY: two benchmarks in one row" in table.sentence
    assert table.severity == spy.severity == "high"
    assert len(found("beta", "fits")) == 14


def test_two_figures_of_the_aggregate():
    """16.35 against 16.5; (1.175/1.1625)^(12/110) - 1 = 0.12 % a year at most, (1.165/1.1635)^(12/110) - 1 = 0.01 %."""
    (finding,) = found("one series, one figure", "does not fit").values()
    assert "Aggregate" in finding.subject
    assert {cell.text for cell in finding.cells} == {"16.3", "17"}
    assert "0.01 to 0.12 % a year would reconcile them" in finding.sentence


def test_three_tracking_errors_cannot_be_annual():
    """By hand for FI-Baseline: deviations of at least 1.577 % (Aggregate) and 0.232 % (row) a month at a correlation of
    at most 0.395 differ by at least 1.50 % a month in the last year: sqrt(11/109) of it is 0.476 % a month over 110
    months, 1.65 % a year, and 1.5 % is printed.
    """
    annual = found("tracking error as an annual figure")
    impossible = [name for name, finding in annual.items() if finding.verdict == "impossible"]
    assert impossible == ["FI-Baseline", "FI-Scalable UST", "FI-Scalable IG"]
    assert annual["FI-Baseline"].expected.low == pytest.approx(0.00476, abs=2e-5)
    assert [name for name, f in annual.items() if f.verdict == "not testable"] == ["FI-Scalable Broad"]
    assert len(found("tracking error as a monthly figure", "fits")) == 6


def test_information_ratio_is_gap_over_tracking_error_in_all_seven_rows():
    assert len(found("information ratio x tracking error = gap", "fits")) == 7
    assert len(found("gap of cumulative returns", "fits")) == 7
    textbook = found("information ratio, textbook", "does not fit").values()
    assert ["fits 0 of 7 rows" in finding.sentence for finding in textbook] == [True, True]


def test_rows_that_repeat():
    (finding,) = found("rows that repeat", "does not fit").values()
    assert "EquityPlus and Multi-Asset (-2.97 % and -1.8 %)" in finding.sentence


def test_the_name_that_joins_nothing():
    assert list(found("names that join", "does not fit")) == ["FI-Scalable Broad"]
    assert (
        "MultiAsset EQ+UST in the tracking errors is Multi-Asset"
        in found("names that join")["MultiAsset EQ+UST"].sentence
    )


def test_positive_months_have_counts_and_are_not_testable():
    """78/110 = 70.9 %; 60/110 = 54.5 % and 61/110 = 55.5 % both round to 55 %. 1/110 is below one printed percent."""
    months = found("positive months")
    assert len(months) == 16
    assert {finding.verdict for finding in months.values()} == {"not testable"}
    assert "71 % of 110 months is 78 months" in months["SPY ETF (passive)"].sentence
    assert "55 % of 110 months is 60 or 61 months" in months["Aggregate (passive)"].sentence
    assert all("1/110 is finer than the printed unit" in finding.sentence for finding in months.values())


def test_definitions_of_alpha():
    alphas = found("alpha, 12 months")
    intercept = alphas["(1 + a)^12 - 1 of the regression's intercept a, no risk-free rate"]
    assert "fits 14 of 14 rows" in intercept.sentence
    rate = alphas["(1 + a)^12 - 1 of the intercept of returns above one risk-free rate"]
    assert rate.found.low < 0 < rate.found.high < 0.001  # no T-bill rate of 2024 is in reach
    ruled_out = {name for name, finding in alphas.items() if finding.verdict == "does not fit"}
    assert ruled_out == {
        "12 x the regression's intercept, no risk-free rate",
        "one-year return less the benchmark's",
        "one-year return relative to the benchmark's",
        "one-year return less beta x the benchmark's",
        "one-year return above a risk-free rate, less beta x the benchmark's",
    }
    assert "fits 11 of 14 rows" in alphas["one-year return less beta x the benchmark's"].sentence
    assert all(finding.severity == "none" for finding in alphas.values())
    assert set(found("alpha, whole sample", "does not fit")) == {"return a year less the benchmark's, whole sample"}


def test_the_index_headed_as_equity():
    (finding,) = found("heading").values()
    assert finding.verdict == "does not fit"
    assert finding.expected.high < 0.02 < finding.found.low
    assert "the printed 0.03 fits Aggregate" in finding.sentence


def test_spx_against_spy():
    """(1 + 240 %)/(1 + 240.1 %) leaves at most 0.021 % a year, the fund takes 0.0945 %."""
    (finding,) = found("benchmark under two names").values()
    assert finding.verdict == "does not fit"
    assert finding.found.high < 0.00022 < finding.expected.low
    assert found("one series, one figure")["spx, SPY ETF"].verdict == "fits"


def test_claims_in_prose():
    year, whole = found("claim").values()
    assert year.verdict == "does not fit"
    assert "prints alpha 6.9 % and beta 0.03, so alpha and beta do not fit" in year.sentence
    assert whole.verdict == "fits"
    assert whole.found.contains(0.63)  # beta of the inferred rule over these months


def test_implied_figures():
    """(1 + 2.7 %)/(1 + 2.20 %) - 1 = 0.49 %; 0.15 % a year is a T-bill's deviation; 60/40's equity made -1.30 %."""
    january = found("hidden month")["Aggregate (passive)"].found
    assert january.low == pytest.approx(1.0265 / 1.02205 - 1, abs=1e-12)
    assert january.high == pytest.approx(1.0275 / 1.02195 - 1, abs=1e-12)
    assert list(found("moves more than cash", "does not fit")) == ["Scalable UST (model)"]
    deviation = found("mean and deviation")["Scalable UST (model)"].found
    assert 0.00146 < deviation.low < deviation.high < 0.00151
    (mix,) = found("mix").values()
    assert "the other part made -1.31 to -1.29 %: not SPY ETF" in mix.sentence


def test_everything_else_fits():
    """By name of check: how many findings contradict the tables, and no more."""
    wrong = {check: c["impossible"] + c["does not fit"] for check, c in audit().counts().items()}
    assert {check: count for check, count in wrong.items() if count} == {
        "moves more than cash": 1,
        "beta": 2,
        "one benchmark": 1,
        "heading": 1,
        "alpha, 12 months": 5,
        "alpha, whole sample": 1,
        "rows that repeat": 1,
        "names that join": 1,
        "one series, one figure": 1,
        "benchmark under two names": 1,
        "mix": 1,
        "information ratio, textbook": 2,
        "tracking error as an annual figure": 3,
        "claim": 1,
    }


def test_severities_are_sorted_and_checked():
    assert [f.severity for f in audit().at_least("medium")] == sorted(
        (f.severity for f in audit().at_least("medium")), key=["high", "medium"].index
    )
    assert len(audit().at_least("high")) == 3
    assert len(audit().at_least("none")) == len(audit().findings)
    with pytest.raises(InputError, match="severity: expected one of high, medium, low, none, got 'worst'"):
        audit().at_least("worst")


def test_shipped_tables_are_the_published_ones(shared: Path):
    assert published_tables() == ("2025_02",)
    for name in ("returns.csv", "tracking_error.csv"):
        shipped = resources.files("aram_xl") / "published_tables/2025_02" / name
        assert shipped.read_text() == (shared / "oracles/newsletter_2025_02" / name).read_text()


def changed_tables(folder: Path, cell: Cell, text: str):
    """The worked example with one cell typed differently, read from its files."""
    source = resources.files("aram_xl") / "published_tables/2025_02"
    for file in source.iterdir():
        shutil.copy(str(file), folder / file.name)
    claimed = cell.column in CLAIMED
    path = folder / ("claims.csv" if claimed else FILES.get(cell.table, "returns.csv"))
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        here = row["name"] == cell.row and (cell.table == "tracking_error" or row["table"] == cell.table)
        if here and (not claimed or row["measure"] == cell.column):
            column = "figure" if claimed else cell.column
            assert row[column] == cell.text
            row[column] = text
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return load_tables(folder)


def verdict_after(finding: Finding, folder: Path, cell: Cell, text: str) -> str:
    (again,) = [q for q in questions(changed_tables(folder, cell, text)) if name_of(q) == name_of(finding)]
    return again.judge(again.figures).verdict


def stepped(text: str, units: int) -> str:
    """A printed figure changed by units of its last digit, restated with whole numbers."""
    digits = len(text.partition(".")[2])
    whole = round(float(text) * 10**digits) + units
    return f"{whole / 10**digits:.{digits}f}"


@pytest.mark.parametrize("finding", [f for f in audit().findings if f.power], ids=name_of)
def test_the_smallest_change_that_the_power_promises_is_noticed(finding, tmp_path):
    """One unit less is not: the promise is the smallest in this figure and direction."""
    power = finding.power
    after = verdict_after(finding, tmp_path, power.cell, power.text)
    assert (after in ("impossible", "does not fit")) == (finding.verdict == "fits")
    assert after != "not testable"
    direction = 1 if float(power.text) > float(power.cell.text) else -1
    assert float(stepped(power.cell.text, direction * power.units)) == float(power.text)
    nearly = stepped(power.cell.text, direction * (power.units - 1))
    kept = verdict_after(finding, tmp_path, power.cell, nearly)
    assert (kept in ("impossible", "does not fit")) == (finding.verdict != "fits")


@pytest.mark.parametrize(
    "finding",
    [f for f in audit().findings if f.power and 1 < f.power.units <= 3 and len(f.cells) < 8],
    ids=name_of,
)
def test_no_smaller_change_of_any_figure_is_noticed(finding, tmp_path):
    """Every figure of the finding, one and more units either way, up to one less than promised."""
    for cell in finding.cells:
        for units in range(1, finding.power.units):
            for sign in (1, -1):
                after = verdict_after(finding, tmp_path, cell, stepped(cell.text, sign * units))
                turned = after in ("impossible", "does not fit") if finding.verdict == "fits" else after == "fits"
                assert not turned, (cell, units * sign)


def test_powers_are_given_where_figures_fit():
    """Without power are only: what no single figure can turn, and names."""
    silent = {f.check for f in audit().findings if f.power is None and f.verdict != "not testable"}
    assert silent == {
        "moves more than cash",
        "one benchmark",
        "alpha, 12 months",
        "alpha, whole sample",
        "rows that repeat",
        "names that join",
        "information ratio, textbook",
        "claim",
    }


def test_a_name_that_changes_is_noticed(tmp_path):
    """Names are no figures: their check is tried by renaming."""
    cell = Cell("tracking_error", "FI-Scalable Broad", "name", "FI-Scalable Broad")
    tables = changed_tables(tmp_path, cell, "Scalable UST again")
    verdicts = {q.subject: q.judge(q.figures).verdict for q in questions(tables) if q.check == "names that join"}
    assert verdicts.pop("Scalable UST again") == "fits"
    assert set(verdicts.values()) == {"fits"}
    cell = Cell("tracking_error", "EquityPlus", "name", "EquityPlus")
    tables = changed_tables(tmp_path, cell, "Equity Minus")
    verdicts = {q.subject: q.judge(q.figures).verdict for q in questions(tables) if q.check == "names that join"}
    assert verdicts["Equity Minus"] == "does not fit"


def test_json_form_is_plain():
    import json

    content = json.loads(json.dumps(audit().as_dict(), allow_nan=False))
    assert content["source"] == "2025_02"
    first = content["findings"][0]
    assert set(first) == {
        "check", "subject", "cells", "found", "expected", "verdict", "power", "severity", "sentence",
    }  # fmt: skip
    assert first["cells"][0] == {"table": "model", "row": "Baseline", "column": "one_year_pct", "text": "8.6"}
    assert first["power"]["cell"]["row"] == "Baseline"


def test_the_page_shows_what_happens():
    """The example runs, and the counts and figures of the page are the audit's."""
    page = Path(__file__).resolve().parents[2] / "docs/published_audit.md"
    text = page.read_text(encoding="utf-8")
    block = text.split("```python\n")[1].split("```")[0]
    example = doctest.DocTestParser().get_doctest(block, {}, "published_audit.md", None, 0)
    assert doctest.DocTestRunner().run(example).failed == 0
    verdicts = Counter(finding.verdict for finding in audit().findings)
    ruled_out = sum(f.verdict == "does not fit" and f.severity == "none" for f in audit().findings)
    counted = (
        f"{len(audit().findings)} findings: {verdicts['impossible']} impossible, {verdicts['does not fit']} that do "
        f"not fit ({ruled_out} of them definitions ruled out), {verdicts['not testable']} not testable."
    )
    assert counted in text
    for check in audit().counts():
        assert check.replace("an annual figure", "an annual").replace("a monthly figure", "an annual") in text
    annual = found("tracking error as an annual figure", "impossible").values()
    assert [f"{100 * f.expected.low * 12**0.5:.2f}" for f in annual] == ["1.65", "1.74", "1.78"]
