"""Alpha above a risk-free rate, as textbooks have it: one rate for all rows is a definition like the others."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from aram_xl._published_alphas import RISK_FREE
from aram_xl.cli._published import audit_published
from aram_xl.published import Finding, audit_tables, load_tables

MONTHLY = "(1 + a)^12 - 1 of the intercept of returns above one risk-free rate"

COLUMNS = ("one_year_pct", "alpha_12m_pct", "beta_12m", "correlation_12m", "ret_stdev_12m")


def written(folder: Path, rate: float, betas: tuple[float, ...] = (0.3, 0.6, 1.5), wrong: float = 0.0) -> Path:
    """Twelve months of funds and their benchmark; alpha is the compounded intercept above a rate a year.

    ``wrong`` is added to the printed alpha of the last fund.
    """
    random = np.random.default_rng(5)
    market = 0.01 + 0.03 * random.standard_normal(12)
    free = (1 + rate) ** (1 / 12) - 1
    lines = [["t", "Index", "Index", *_printed(market, market, 0.0)]]
    for k, beta in enumerate(betas):
        fund = 0.002 + beta * market + 0.004 * random.standard_normal(12)
        slope = np.cov(fund, market)[0, 1] / market.var(ddof=1)
        intercept = (fund - free).mean() - slope * (market - free).mean()
        alpha = (1 + intercept) ** 12 - 1 + (wrong if k == len(betas) - 1 else 0.0)
        lines.append(["t", "Index", f"Fund {'abcd'[k]}", *_printed(fund, market, alpha)])
    path = folder / "returns.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(["table", "benchmark", "name", *COLUMNS])
        out.writerows(lines)
    return path


def _printed(fund: np.ndarray, market: np.ndarray, alpha: float) -> list[str]:
    slope = np.cov(fund, market)[0, 1] / market.var(ddof=1)
    year = np.prod(1 + fund) - 1
    ratio = 12**0.5 * fund.mean() / fund.std(ddof=1)
    shown = (f"{100 * year:.2f}", f"{100 * alpha:.2f}", f"{slope:.3f}", f"{np.corrcoef(fund, market)[0, 1]:.3f}")
    return [*shown, f"{ratio:.2f}"]


def alphas(path: Path) -> dict[str, Finding]:
    return {f.subject: f for f in audit_tables(load_tables(path)).findings if f.check == "alpha, 12 months"}


def test_one_shared_rate_is_an_admissible_definition(tmp_path):
    """The rate that made the figures lies in the interval, no definition without a rate fits; nothing to ask."""
    found = alphas(written(tmp_path, 0.05))
    assert found[MONTHLY].verdict == "fits"
    assert found[MONTHLY].found is not None
    assert found[MONTHLY].found.contains(0.05)
    assert found["(1 + a)^12 - 1 of the regression's intercept a, no risk-free rate"].verdict == "does not fit"
    some = found["any definition"]
    assert (some.verdict, some.severity) == ("fits", "none")
    assert f"as {MONTHLY}, " in some.sentence
    assert all(finding.severity == "none" for finding in found.values())


def test_a_shared_rate_has_power(tmp_path):
    """0.4 points on one of three alphas: no rate fits all rows any more, and the question is worth asking."""
    fits = alphas(written(tmp_path, 0.05))[MONTHLY]
    assert fits.power is not None
    assert fits.power.units < 40
    found = alphas(written(tmp_path, 0.05, wrong=0.004))
    assert found[MONTHLY].verdict == "does not fit"
    some = found["any definition"]
    assert (some.verdict, some.severity) == ("does not fit", "medium")
    assert some.sentence == "Alpha of 12 months fits none of 7 definitions in every row."


def test_one_row_alone_tests_no_rate(tmp_path):
    """Whatever the alpha, some rate makes it: nothing is proved by it, and nothing excluded."""
    found = alphas(written(tmp_path, 0.05, betas=(0.3,)))
    assert found[MONTHLY].verdict == "not testable"
    assert "no other row could contradict it" in found[MONTHLY].sentence
    some = found["any definition"]
    assert (some.verdict, some.severity) == ("not testable", "none")
    assert some.sentence.endswith("fits none of 5 definitions in every row; 2 more cannot be tested by these rows.")


@pytest.mark.parametrize("betas", [(0.3,), (0.3, 0.6, 1.5)])
def test_a_rate_that_no_bank_pays_is_none(tmp_path, betas):
    """60 % a year shared by all rows: the figures agree with each other, not with a risk-free rate."""
    found = alphas(written(tmp_path, 0.6, betas=betas))
    assert found[MONTHLY].verdict == "does not fit"
    assert found[MONTHLY].found is not None
    assert found[MONTHLY].found.contains(0.6)
    assert found[MONTHLY].expected == RISK_FREE
    assert found[MONTHLY].sentence.endswith("no risk-free rate.")
    assert found["any definition"].severity == "medium"


def test_the_command_asks_nothing_and_says_each_sentence_once(tmp_path, capsys):
    assert audit_published(written(tmp_path, 0.05), False) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Worth asking" not in text
    assert text.count("Alpha of 12 months fits every row") == 1
    assert audit_published(written(tmp_path, 0.05, wrong=0.004), False) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert text.count("Alpha of 12 months fits none of 7 definitions") == 1
    assert text.index("Worth asking") < text.index("fits none of 7") < text.index("Definitions tried")
