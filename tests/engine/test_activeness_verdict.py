"""The verdict: its scenarios, its errors as often as its levels say, its words, its power."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import aram_xl as ax
from aram_xl.activeness import VERDICTS, ActivenessSettings, judge_activeness, rule

MONTHS = 120


def orthogonal(rng: np.random.Generator, size: int = 5) -> Any:
    """(MONTHS, size) series of mean 0, uncorrelated to each other over the sample, standard deviation 1."""
    basis, _ = np.linalg.qr(np.column_stack([np.ones(MONTHS), rng.normal(size=(MONTHS, size))]))
    return basis[:, 1:] * math.sqrt(MONTHS - 1)


def shaped() -> dict[str, Any]:
    """Returns built so that each line of the rule is the first to fit; benchmark B, passive B and P.

    Noise is orthogonal to both, so alpha, beta and shares are what they are written as. With residual risk s the
    standard error of alpha is near s / sqrt(120) = 0.09 s.
    """
    rng = np.random.default_rng(20)
    z, p, e, *_ = orthogonal(rng).T
    bench = 0.004 + 0.010 * z
    passive = 0.007 + 0.012 * p
    swing = np.where(np.arange(MONTHS) // 12 % 2 == 0, 0.7, -0.7) * z
    swing -= swing.mean() + (swing @ z) / (z @ z) * z
    return {
        "bench": bench,
        "passive": np.column_stack([bench, passive]),
        "funds": {
            "too_short": np.where(np.arange(MONTHS) < MONTHS - 35, np.nan, bench),
            "stands_still": np.full(MONTHS, 0.001),
            "index_like": bench + 0.001 * e,
            "passive_mix": 0.4 * bench + 0.6 * passive + 0.0005 * e,
            "style": 0.5 * bench + 0.5 * passive + 0.004 * e,
            "alpha": bench + 0.0030 + 0.006 * e,
            "negative_alpha": bench - 0.0030 + 0.006 * e,
            "active": bench + 0.010 * swing + 0.001 * e,
            "noise": bench + 0.006 * e,
        },
    }


@pytest.fixture(scope="module")
def every() -> Any:
    given = shaped()
    names = list(given["funds"])
    table = pd.DataFrame(given["funds"])
    days = pd.date_range("2015-01-31", periods=MONTHS, freq="ME")
    passive = pd.DataFrame(given["passive"], days, ["B", "P"])
    bench = pd.Series(given["bench"], days, name="B")
    found = judge_activeness(table.set_index(days), bench, passive=passive)
    assert list(found.names) == names == list(VERDICTS)
    return found


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_line_of_the_rule(every: Any, verdict: str):
    one = every.fund(verdict)
    assert one.verdict == verdict
    name = VERDICTS[verdict]
    assert one.sentence.startswith(name[0].upper() + name[1:] + ": ")
    assert one.sentence.endswith(".")
    assert "nan" not in one.sentence


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("index_like", "B at beta 1.00 explains 99.0 % of its variance"),
        ("passive_mix", "a fixed mix of 60 % P, 40 % B explains 99.6 % of its variance"),
        ("passive_mix", "it is not ahead of it; against B alpha of"),
        ("style", "is significantly positive"),
        ("alpha", "it is significantly ahead of it"),
        ("negative_alpha", "it is significantly behind it"),
        ("active", "its beta to B differs between years (probability by chance"),
        ("noise", "B at beta 1.00 explains 73.5 % of its variance and does not visibly move"),
        ("noise", "In 120 months with this residual risk, an alpha of"),
        ("noise", "would have been significant at the 5 % level with a probability of 80 %"),
    ],
)
def test_words(every: Any, verdict: str, words: str):
    """R-squared by construction: 1 / (1 + 0.01) = 99.0 %, 1 / (1 + 0.36) = 73.5 %."""
    assert words in every.fund(verdict).sentence


def test_power_in_the_sentence_is_the_figure(every: Any):
    one = every.fund("noise")
    assert f"alpha of {100 * one.detectable_alpha_year:.2f} % a year or more" in one.sentence


def test_thresholds_are_the_callers():
    given = shaped()
    fund, bench = given["funds"]["noise"], given["bench"]
    assert judge_activeness(fund, bench)[0].verdict == "noise"
    assert judge_activeness(fund, bench, settings=ActivenessSettings(index_like=0.7))[0].verdict == "index_like"
    assert judge_activeness(fund, bench, settings=ActivenessSettings(minimum_months=121))[0].verdict == "too_short"
    alpha = given["funds"]["alpha"]
    assert judge_activeness(alpha, bench)[0].verdict == "alpha"
    strict = judge_activeness(alpha, bench, settings=ActivenessSettings(significance=1e-9))[0]
    assert strict.verdict == "noise"
    assert strict.critical_t == pytest.approx(stats.t.ppf(1 - 0.5e-9, 118), rel=1e-9)


def test_a_small_alpha_that_never_fails_is_no_closet_index():
    """R-squared 99 %, but 3.7 % a year ahead with 0.1 % a month of noise: not index-like, and not the mix."""
    rng = np.random.default_rng(20)
    z, p, e, *_ = orthogonal(rng).T
    bench = 0.004 + 0.010 * z
    passive = np.column_stack([bench, 0.007 + 0.012 * p])
    found = judge_activeness(
        np.column_stack([bench + 0.003 + 0.001 * e, bench - 0.003 + 0.001 * e]), bench, passive=passive
    )
    assert [one.verdict for one in found] == ["alpha", "index_like"]
    assert "is significantly negative" in found[1].sentence


def test_rule_shows_the_thresholds():
    lines = rule(ActivenessSettings(index_like=0.9, significance=0.01, minimum_months=60))
    assert list(lines) == list(VERDICTS)
    assert lines["too_short"].startswith("fewer than 60 months")
    assert "90 % or more" in lines["index_like"]
    assert "F test at 1 %" in lines["active"]


def test_without_passive_series_the_rule_needs_none():
    given = shaped()
    found = judge_activeness(np.column_stack([given["funds"]["alpha"], given["funds"]["style"]]), given["bench"])
    assert [one.verdict for one in found] == ["alpha", "alpha"]
    assert "mix" not in found[0].sentence


# --- errors as often as the levels say ---------------------------------------------------------------------


def noisy(count: int, months: int, alpha: Any = 0.0, seed: int = 30) -> tuple[Any, Any]:
    """Funds of beta 1 with normal noise of 1 % a month; seeded."""
    rng = np.random.default_rng(seed)
    bench = rng.normal(0.003, 0.012, months)
    return bench[:, None] + alpha + rng.normal(0.0, 0.01, (months, count)), bench


def test_tests_err_as_often_as_their_level():
    """8,000 funds of noise: of both tests 5 % are false alarms; three standard errors of 5 % are 0.73 %."""
    funds, bench = noisy(8000, 110)
    found = judge_activeness(funds, bench)
    alarms = np.abs(found.column("alpha_t")) > found.column("critical_t")
    moves = found.column("beta_change_p") < 0.05
    assert_allclose([alarms.mean(), moves.mean()], 0.05, rtol=0, atol=0.0073)
    by_chance = found.positive_by_chance()
    assert by_chance[1] == pytest.approx(200.0)
    assert by_chance[0] == int((found.column("alpha_t") > found.column("critical_t")).sum())
    assert found.counts()["noise"] / 8000 == pytest.approx(0.95**2, abs=0.01)


def test_power_is_what_the_sentence_says():
    """Funds that truly have the smallest alpha that shows, for the true residual risk: 80 % of them are found.

    The residual risk is known here to be 1 %: the figure is taken from a fund whose noise has just that risk. Three
    standard errors of 80 % in 8,000 are 1.3 %; the formula by shifted quantiles itself is off by less than 0.5 %.
    """
    months = 60
    _, bench = noisy(1, months)
    x = bench - bench.mean()
    error = 0.01 * math.sqrt(1 / months + bench.mean() ** 2 / (x @ x))
    reach = stats.t.ppf(0.975, months - 2) + stats.t.ppf(0.8, months - 2)
    funds, bench = noisy(8000, months, alpha=reach * error)
    found = judge_activeness(funds, bench)
    shown = (found.column("alpha_t") > found.column("critical_t")).mean()
    assert shown == pytest.approx(0.80, abs=0.018)
    stated = np.median(found.column("detectable_alpha_year"))
    assert stated == pytest.approx((1 + reach * error) ** 12 - 1, rel=0.02)


# --- the reference -----------------------------------------------------------------------------------------


def references(style: float) -> tuple[Any, Any, Any, Any]:
    """Benchmark B (mean 0.4 %, risk 1 %), passive series P and Q, and noise of mean 0 and risk 1.

    P has risk 1.2 % and mean ``style``; Q is B plus 0.03 % a month with noise of 0.15 %, so that it explains 97.8 % of
    B. B, P and both noises are uncorrelated over the sample.
    """
    rng = np.random.default_rng(21)
    z, p, other, e, *_ = orthogonal(rng).T
    bench = 0.004 + 0.010 * z
    passive = np.column_stack([style + 0.012 * p, bench + 0.0003 + 0.0015 * other])
    return bench, passive, passive @ np.array([0.4, 0.6]), e


REFERENCED: dict[str, tuple[float, Callable[[Any, Any, Any], Any], str]] = {
    "mix ahead": (0.0, lambda bench, mix, e: mix + 0.0003 + 0.0002 * e, "alpha"),
    "mix": (0.0, lambda bench, mix, e: mix + 0.0002 * e, "passive_mix"),
    "mix less its fee": (0.0, lambda bench, mix, e: mix - 0.0003 + 0.0002 * e, "passive_mix"),
    "mix far ahead of its benchmark": (0.007, lambda bench, mix, e: mix + 0.0002 * e, "passive_mix"),
    "mix in noise, ahead": (0.0, lambda bench, mix, e: mix + 0.002 + 0.0025 * e, "alpha"),
    "mix in noise, behind": (0.0, lambda bench, mix, e: mix - 0.002 + 0.0025 * e, "negative_alpha"),
    "mix in noise, ahead by style": (0.007, lambda bench, mix, e: mix + 0.0025 * e, "style"),
    "mix in noise, behind by style": (-0.007, lambda bench, mix, e: mix + 0.0025 * e, "style"),
    "mix behind, style ahead": (0.012, lambda bench, mix, e: mix - 0.001 + 0.0025 * e, "negative_alpha"),
    "benchmark ahead": (0.0, lambda bench, mix, e: bench + 0.0005 + 0.0002 * e, "alpha"),
    "benchmark": (0.0, lambda bench, mix, e: bench + 0.0002 * e, "index_like"),
    "benchmark less its fee": (0.0, lambda bench, mix, e: bench - 0.0005 + 0.0002 * e, "index_like"),
    "benchmark far off, ahead of it alone": (0.0, lambda bench, mix, e: 0.3 * bench + 0.0023 + 0.006 * e, "style"),
    "benchmark far off, ahead of both": (0.0, lambda bench, mix, e: 0.3 * bench + 0.007 + 0.006 * e, "alpha"),
    "benchmark far off, behind both": (0.0, lambda bench, mix, e: 0.3 * bench - 0.007 + 0.006 * e, "negative_alpha"),
    "benchmark in noise, behind": (0.0, lambda bench, mix, e: bench - 0.003 + 0.006 * e, "negative_alpha"),
    "benchmark in noise": (0.0, lambda bench, mix, e: bench + 0.006 * e, "noise"),
}
"""Mean of P, fund, and verdict; the first word names the reference."""


def referenced(case: str) -> Any:
    style, made, _ = REFERENCED[case]
    bench, passive, mix, e = references(style)
    return judge_activeness(made(bench, mix, e), bench, passive=passive)[0]


@pytest.mark.parametrize("case", REFERENCED)
def test_skill_is_judged_against_what_explains_more(case: str):
    one = referenced(case)
    assert (one.explained_share >= one.r_squared) == case.startswith("mix")
    assert one.verdict == REFERENCED[case][2]


def test_a_weak_test_overrides_no_strong_one():
    """Ahead of the mix that explains 99.9 % with t near 16, though against B, 60 %, nothing shows; ahead of B, 100 %,
    with t near 25, though against a mix of 98 % nothing does. Errors of both: 0.02 % / sqrt(120) = 0.0018 %.
    """
    mix, bench = referenced("mix ahead"), referenced("benchmark ahead")
    assert abs(mix.alpha_t) < mix.critical_t
    assert mix.style_t == pytest.approx(16.3, abs=0.5)
    assert "no less than the 60." in mix.sentence
    assert mix.sentence.startswith(
        "Active, evidence of skill: a fixed mix of 60 % series_2, 40 % series_1 explains 99.9 %"
    )
    assert abs(bench.style_t) < bench.style_critical_t
    assert bench.explained_share > 0.95
    assert bench.alpha_t > 20.0
    assert "%, less than benchmark, and with" in bench.sentence


def test_power_is_that_of_the_test_that_decides():
    mix, bench = referenced("mix ahead"), referenced("benchmark ahead")
    assert f"a lead on the mix of {100 * mix.style_detectable_year:.2f} % a year or more" in mix.sentence
    assert f"an alpha of {100 * bench.detectable_alpha_year:.2f} % a year or more" in bench.sentence


def test_power_against_the_mix_is_what_the_sentence_says():
    """Funds of one passive series and 1 % a month of noise, ahead by the lead that shows for just that risk.

    80 % of 8,000 are found; three standard errors are 1.3 %, the formula by shifted quantiles is off by 0.5 % at most.
    """
    months = 60
    reach = stats.t.ppf(0.975, months - 1) + stats.t.ppf(0.8, months - 1)
    funds, bench = noisy(8000, months, alpha=reach * 0.01 / math.sqrt(months))
    found = judge_activeness(funds, bench, passive=bench)
    shown = (found.column("style_t") > found.column("style_critical_t")).mean()
    assert shown == pytest.approx(0.80, abs=0.018)
    stated = np.median(found.column("style_detectable_year"))
    assert stated == pytest.approx(12 * reach * 0.01 / math.sqrt(months), rel=0.02)


def restated(one: Any, own: ActivenessSettings) -> str:
    """The rule once more, by words: what explains more, on which side of it, then how much it explains."""
    if one.n_months < own.minimum_months:
        return "too_short"
    if math.isnan(one.correlation):
        return "stands_still"
    alpha = (one.alpha_t > one.critical_t) - (one.alpha_t < -one.critical_t)
    like = one.r_squared >= own.index_like
    rest = "active" if one.beta_change_p < own.significance else "noise"
    lead = (one.style_t > one.style_critical_t) - (one.style_t < -one.style_critical_t)
    if math.isnan(one.explained_share) or one.explained_share < one.r_squared:
        if like and alpha <= 0:
            return "index_like"
        alone = math.isnan(one.explained_share) or one.r_squared >= 0.5
        if alpha and not alone and lead != alpha:
            return "style"
        return "alpha" if alpha > 0 else "negative_alpha" if alpha < 0 else rest
    if lead > 0 and (one.explained_share >= 0.5 or alpha > 0):
        return "alpha"
    if like and alpha <= 0:
        return "index_like"
    if one.explained_share >= own.index_like:
        return "passive_mix"
    if lead < 0 and (one.explained_share >= 0.5 or alpha < 0):
        return "negative_alpha"
    return "style" if alpha else rest


@pytest.mark.parametrize("supplied", [True, False])
def test_rule_restated(supplied: bool):
    """4,000 funds of all kinds: mixes and multiples of the benchmark, ahead and behind, in little and in much noise."""
    rng = np.random.default_rng(50)
    size, months = 4000, 90
    bench = rng.normal(0.003, 0.010, months)
    passive = bench[:, None] * [0.3, 1.2, 1.8] + rng.normal(0.001, 0.008, (months, 3))
    weights = rng.dirichlet(np.ones(4), size) * rng.integers(0, 2, (size, 4))
    ahead = rng.normal(0.0, 0.001, size)
    ahead = ahead + rng.choice([1e-4, 1e-3, 5e-3], size) * rng.standard_normal((months, size))
    funds = np.column_stack([bench, passive]) @ weights.T + ahead
    funds[:60, :20] = np.nan
    own = ActivenessSettings()
    found = judge_activeness(funds, bench, passive=passive if supplied else None, settings=own)
    assert [one.verdict for one in found] == [restated(one, own) for one in found]
    seen = {key for key, count in found.counts().items() if count}
    assert seen >= set(VERDICTS) - {"stands_still"} - (set() if supplied else {"passive_mix", "style"})


# --- nothing left ------------------------------------------------------------------------------------------


EXACT: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "mix": (lambda bench, mix: mix, "passive_mix"),
    "mix and a constant": (lambda bench, mix: mix + 0.0003, "alpha"),
    "mix less a constant": (lambda bench, mix: mix - 0.0003, "passive_mix"),
    "benchmark": (lambda bench, mix: bench, "index_like"),
    "benchmark and a constant": (lambda bench, mix: bench + 0.0005, "alpha"),
    "benchmark less a constant": (lambda bench, mix: bench - 0.0005, "index_like"),
    "multiple of the benchmark": (lambda bench, mix: 1.2 * bench, "index_like"),
    "multiple and a constant": (lambda bench, mix: 1.2 * bench + 0.001, "alpha"),
    "multiple less a constant": (lambda bench, mix: 0.5 * bench - 0.001, "index_like"),
}


@pytest.mark.parametrize("settings", [ActivenessSettings(), ActivenessSettings(convention="standard")])
@pytest.mark.parametrize("held", [False, True], ids=["benchmark not passive", "benchmark passive"])
@pytest.mark.parametrize("case", EXACT)
def test_a_trace_of_noise_changes_no_verdict(case: str, held: bool, settings: ActivenessSettings):
    """1e-9 of the fund's volatility is left, or nothing: the same verdict; also of funds printed to eight digits."""
    bench, passive, mix, e = references(0.0)
    passive = np.column_stack([passive, bench]) if held else passive
    exact = EXACT[case][0](bench, mix)
    funds = np.column_stack([exact, exact + 1e-9 * exact.std() * e, exact - 1e-9 * exact.std() * e])
    found = judge_activeness(funds, bench, t_bills=np.zeros(MONTHS), passive=passive, settings=settings)
    assert [one.verdict for one in found] == [EXACT[case][1]] * 3
    t = "style_t" if case.startswith("mix") else "alpha_t"
    assert math.isnan(getattr(found[0], t))
    assert math.isfinite(getattr(found[1], t))


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("mix", "the difference of +0.00 % a year leaves no risk to test it by"),
        (
            "mix and a constant",
            "the difference of +0.36 % a year is the same in every month and leaves no risk to test it",
        ),
        ("benchmark", "alpha of +0.00 % a year leaves no residual risk to test it by"),
        (
            "benchmark and a constant",
            "alpha of +0.60 % a year is the same in every month and leaves no residual risk to",
        ),
        ("benchmark less a constant", "alpha of -0.60 % a year is the same in every month and leaves no residual risk"),
    ],
)
def test_words_where_nothing_is_left(case: str, words: str):
    """0.03 % x 12 = 0.36 %; 1.0005^12 - 1 = 0.60 %."""
    bench, passive, mix, _ = references(0.0)
    one = judge_activeness(EXACT[case][0](bench, mix), bench, passive=passive)[0]
    assert words in one.sentence
    assert "nan" not in one.sentence
    assert ("would have been significant" in one.sentence) == (case == "mix less nothing")


def test_rounding_is_told_by_the_funds_own_volatility():
    """Left over at 3e-11 of the volatility: rounding, t-value none, alpha 0 or whole. At 3e-10: a t-value."""
    bench, passive, mix, e = references(0.0)
    for exact, t, difference in ((bench, "alpha_t", "alpha_month"), (mix, "style_t", "style_difference_month")):
        scale = exact.std()
        funds = [exact + 3e-11 * scale * e, exact + 3e-11 * scale * (e + 1.0), exact + 3e-10 * scale * (e + 1.0)]
        found = judge_activeness(np.column_stack(funds), bench, passive=passive)
        assert [math.isfinite(getattr(one, t)) for one in found] == [False, False, True]
        assert [getattr(one, difference) for one in found][:2] == [0.0, 0.0]
        assert getattr(found[2], t) == pytest.approx(math.sqrt(MONTHS), rel=0.1)


def test_share_below_zero_is_said_in_words():
    """A fund of the opposite sign: every mix leaves more variance than a constant."""
    bench, passive, mix, e = references(0.0)
    one = judge_activeness(-0.5 * mix + 0.001 * e, bench, passive=passive)[0]
    assert one.explained_share < 0.0
    assert "explains nothing: a constant would leave less of its variance" in one.sentence
    assert "explains -" not in one.sentence


# --- three managers ----------------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_closet_indexer_noise_and_active_index_on_real_prices(shared: Path):
    """To February 2025, against AGG and the index's own six funds. Hypothetical index: its rule is inferred.

    The closet indexer is AGG less 0.6 % a year with a little noise, the noise fund AGG with 1 % a month of noise. The
    index has alpha 1.19 % a year at t 0.89 over 110 months: no proof of skill, and 3.8 % would have been needed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ax.DataWarning)  # one per correction, and about columns not used here
        prices = ax.read_prices(shared / "data/etf_adj_close_daily.csv", corrections=shared / "data/known_issues.csv")
    result = ax.backtest(prices, ax.load_model("active-index-ig"), end="2025-02-28")
    index = result.returns
    months = ax.period_returns(prices, "M").loc[index.index]
    rng = np.random.default_rng(40)
    funds = pd.DataFrame(
        {
            "CLOSET": months["AGG"] - 0.0005 + rng.normal(0.0, 0.001, len(months)),
            "NOISE": months["AGG"] + rng.normal(0.0, 0.01, len(months)),
            "INDEX": index,
            "BND": months["BND"],
        }
    )
    universe = ["SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH"]
    found = judge_activeness(funds, months["AGG"], t_bills=months["BIL"], passive=months[universe], active_index=index)
    assert [one.verdict for one in found] == ["index_like", "noise", "active", "index_like"]
    one = found.fund("INDEX")
    assert one.n_months == 110
    assert one.alpha_year == pytest.approx(0.0119, abs=5e-4)
    assert one.alpha_t == pytest.approx(0.89, abs=0.05)
    assert one.beta == pytest.approx(0.63, abs=0.005)
    assert one.three_year == pytest.approx(0.0491, abs=5e-4)
    assert one.three_year_active_index == pytest.approx(one.three_year, rel=1e-12)
    assert one.five_year_benchmark == pytest.approx(-0.0254, abs=5e-4)
    assert 0.70 < one.explained_share < 0.80
    assert one.beta_change_p < 0.01
    assert 0.03 < one.detectable_alpha_year < 0.045
