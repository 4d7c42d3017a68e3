"""The verdict: a rule that can be read, the figures it reads, and a sentence that says what could have been seen.

The first line of the rule that fits a fund is its verdict. Tests are two-sided at ``significance``; "alpha" is the
intercept against the benchmark, "the mix" the passive mix that follows the fund most closely. Skill is judged against
the one of the two that explains more of the variance, the reference: what a poor explanation leaves is mostly noise,
and neither its silence nor its alarm counts beside a close one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from aram_xl import _moments
from aram_xl._activeness_regression import MONTHS
from aram_xl._activeness_sample import ActivenessSettings
from aram_xl.types import BoolArray, FloatArray, IntArray

VERDICTS: dict[str, str] = {
    "too_short": "too short to judge",
    "stands_still": "stands still",
    "index_like": "index-like",
    "passive_mix": "passive mix in disguise",
    "style": "ahead or behind by style alone",
    "alpha": "active, evidence of skill",
    "negative_alpha": "active, significantly behind",
    "active": "active, no evidence of skill",
    "noise": "benchmark plus noise",
}
"""Key and name of each verdict, in the order of the rule."""

REFERENCE = (
    "The reference is the benchmark or the passive mix, whichever explains more of the variance; skill is judged "
    "against it, and against both where neither explains half. Where a reference leaves no risk to test by, a "
    "difference is the same in every month, and its sign decides."
)
"""What stands below the rule."""

TIE = 1e-12
"""Share of variance by which rounding alone may set two explanations apart; a tie goes to the mix."""

_HALF = 0.5
"""Share of variance below which an explanation does not decide alone: what neither explains may be a premium of what
both leave out, as with T-bills against a bond index that fell."""

_HELD = 5e-3
"""Weight from which a passive series is named in a sentence."""

_LONGEST = 4
"""Passive series named in a sentence."""


def rule(settings: ActivenessSettings) -> dict[str, str]:
    """The condition of each verdict with the thresholds in it; the first that holds decides."""
    share, level = f"{100 * settings.index_like:g} %", f"{100 * settings.significance:g} %"
    return {
        "too_short": f"fewer than {settings.minimum_months:g} months in common with the benchmark",
        "stands_still": "returns that do not vary",
        "index_like": f"R-squared to the benchmark of {share} or more, alpha not significantly positive; not ahead of "
        "the mix, where that explains more",
        "passive_mix": f"the mix explains {share} of variance or more, and at least as much as the benchmark; the fund "
        "is not significantly ahead of it",
        "style": "alpha significant, but neither ahead of the reference nor behind, as said in the next two lines",
        "alpha": "significantly ahead of the reference: of benchmark and mix the one that explains more; of both, "
        "where neither explains half",
        "negative_alpha": "significantly behind the reference; behind both, where neither explains half",
        "active": f"neither ahead of the reference nor behind; beta differs between years (F test at {level})",
        "noise": "none of these: neither ahead of the reference nor behind, no sign that beta moves",
    }


def with_tests(figures: dict[str, FloatArray], settings: ActivenessSettings) -> dict[str, FloatArray]:
    """The critical values, the power and the probability that the rule reads, (n_funds,) each.

    The smallest alpha that shows is ``(t(1 - significance / 2) + t(power)) x standard error`` with n - 2 degrees of
    freedom, compounded over a year: the usual approximation of the power of a t-test by shifted quantiles. The smallest
    lead on the mix is the same of the mean difference, n - held degrees of freedom, twelve times that of a month.
    """
    from scipy.special import fdtrc

    tail, freedom = 1.0 - settings.significance / 2.0, figures["n_months"] - figures["style_held"]
    critical, style_critical = _quantile(figures["n_months"] - 2.0, tail), _quantile(freedom, tail)
    reach = critical + _quantile(figures["n_months"] - 2.0, settings.power)
    shows = np.where(figures["alpha_se"] > 0.0, reach * figures["alpha_se"], np.nan)
    squares = figures["style_tracking_error_year"] ** 2 * (figures["n_months"] - 1.0)
    error = np.sqrt(MONTHS * squares / np.where(freedom > 0.0, freedom * figures["n_months"], np.nan))
    leads = (style_critical + _quantile(freedom, settings.power)) * error
    statistic, above, below = (figures[key] for key in ("beta_change_f", "_above", "_below"))
    known = np.isfinite(statistic)
    probability = np.full(statistic.shape, np.nan)
    probability[known] = fdtrc(above[known], below[known], statistic[known])
    return {
        "critical_t": critical,
        "detectable_alpha_year": _moments.compounded(shows, MONTHS),
        "beta_change_p": probability,
        "style_critical_t": style_critical,
        "style_detectable_year": np.where(leads > 0.0, leads, np.nan),
    }


def _mix_is_reference(explained_share: FloatArray | float, r_squared: FloatArray | float) -> BoolArray:
    """(n_funds,) whether the mix explains at least as much of the variance as the benchmark does."""
    return np.asarray(np.asarray(explained_share) >= np.asarray(r_squared) - TIE)


def reference_tests(figures: Mapping[str, FloatArray]) -> dict[str, BoolArray]:
    """The tests that the rule reads, (n_funds,) each; one against what does not exist is false.

    Where nothing is left to test a difference by, it is the same in every month, and its sign decides: a trace of
    noise would give it a t-value without bound.
    """
    found = {}
    for key, difference, t, critical in (
        ("alpha", "alpha_month", "alpha_t", "critical_t"),
        ("mix", "style_difference_month", "style_t", "style_critical_t"),
    ):
        tested = np.isfinite(figures[t])
        found[f"{key}_ahead"] = np.where(tested, figures[t] > figures[critical], figures[difference] > 0.0)
        found[f"{key}_behind"] = np.where(tested, figures[t] < -figures[critical], figures[difference] < 0.0)
    mix = found["mix_is_reference"] = _mix_is_reference(figures["explained_share"], figures["r_squared"])
    share = figures["explained_share"]
    alone = found["alone"] = ~np.isfinite(share) | (np.maximum(share, figures["r_squared"]) >= _HALF)
    for side in ("ahead", "behind"):
        by_mix, by_benchmark = found[f"mix_{side}"], found[f"alpha_{side}"]
        found[side] = np.where(alone, np.where(mix, by_mix, by_benchmark), by_mix & by_benchmark)
    return found


def conditions(figures: Mapping[str, FloatArray], settings: ActivenessSettings) -> dict[str, BoolArray]:
    """(n_funds,) which lines of the rule fit each fund, in order; a comparison with what does not exist is false."""
    told = reference_tests(figures)
    mix, ahead, behind = told["mix_is_reference"], told["ahead"], told["behind"]
    return {
        "too_short": figures["n_months"] < settings.minimum_months,
        "stands_still": ~np.isfinite(figures["correlation"]),
        "index_like": (figures["r_squared"] >= settings.index_like) & ~told["alpha_ahead"] & ~ahead,
        "passive_mix": mix & (figures["explained_share"] >= settings.index_like) & ~ahead,
        "style": (told["alpha_ahead"] | told["alpha_behind"]) & ~ahead & ~behind,
        "alpha": ahead,
        "negative_alpha": behind,
        "active": figures["beta_change_p"] < settings.significance,
        "noise": np.ones_like(ahead),
    }


def verdicts(figures: Mapping[str, FloatArray], settings: ActivenessSettings) -> IntArray:
    """(n_funds,) position of each fund's verdict in `VERDICTS`: the first line that fits."""
    fits = conditions(figures, settings)
    return np.asarray(np.argmax([fits[key] for key in VERDICTS], axis=0), dtype=np.intp)


def sentence(
    verdict: str,
    figures: Mapping[str, float],
    mix: tuple[tuple[str, float], ...],
    benchmark: str,
    settings: ActivenessSettings,
) -> str:
    """The verdict in words: why, with the figures, and the smallest alpha that this sample could have shown."""
    months, name = int(figures["n_months"]), VERDICTS[verdict]
    if verdict == "too_short":
        reason = f"{months} months in common with {benchmark}; a verdict needs {settings.minimum_months:g}"
    elif verdict == "stands_still":
        reason = f"over {months} months its returns, or those of {benchmark}, do not vary; there is nothing to judge"
    else:
        reason = _reason(verdict, figures, mix, benchmark)
    return f"{name[0].upper()}{name[1:]}: {reason}.{_power(verdict, figures, settings)}"


def _reason(verdict: str, figures: Mapping[str, float], mix: tuple[tuple[str, float], ...], benchmark: str) -> str:
    alpha, explained = _alpha(figures), _share(figures["r_squared"])
    by_mix = bool(_mix_is_reference(figures["explained_share"], figures["r_squared"]))
    if verdict == "passive_mix":
        return f"{_follows(figures, mix)} of its variance, and {_gap(figures)}; against {benchmark} {alpha}"
    if verdict == "style":
        more = f"that explains {explained} of its variance; {_follows(figures, mix)}"
        return f"against {benchmark} {alpha}, but {more}, and {_gap(figures)}"
    if verdict in ("alpha", "negative_alpha") and by_mix:
        more = f"{_follows(figures, mix)} of its variance, no less than the {explained} of {benchmark}"
        return f"{more}, and {_gap(figures)}; against {benchmark} {alpha}"
    fit = f"{benchmark} at beta {figures['beta']:.2f} explains {explained} of its variance"
    if verdict == "index_like":
        return f"{fit}, and {alpha}"
    known, less = math.isfinite(figures["explained_share"]), f", less than {benchmark}"
    less = "" if by_mix or figures["explained_share"] < 0.0 else less
    beyond = f"; {_follows(figures, mix)}{less}, and {_gap(figures)}" if known else ""
    if verdict == "noise":
        return f"{fit} and does not visibly move, and for the rest {alpha}{beyond}"
    if verdict == "active":
        chance = f"{figures['beta_change_p']:.2g}"
        alpha = f"its beta to {benchmark} differs between years (probability by chance {chance}), but {alpha}"
    return f"{alpha}; {fit}{beyond}"


def _power(verdict: str, figures: Mapping[str, float], settings: ActivenessSettings) -> str:
    """What the test that decided could have seen."""
    by_mix = bool(_mix_is_reference(figures["explained_share"], figures["r_squared"]))
    by_mix = verdict == "style" or (by_mix and verdict not in ("index_like", "noise"))  # these speak of the benchmark
    shows = figures["style_detectable_year" if by_mix else "detectable_alpha_year"]
    if not math.isfinite(shows):
        return ""
    what = "a lead on the mix" if by_mix else "an alpha"
    return (
        f" In {int(figures['n_months'])} months with this residual risk, {what} of {_percent(shows)} a year or more "
        f"would have been significant at the {100 * settings.significance:g} % level with a probability of "
        f"{100 * settings.power:g} %; a smaller one can go unseen."
    )


def _alpha(figures: Mapping[str, float]) -> str:
    t = figures["alpha_t"]
    if not math.isfinite(t):
        return f"alpha of {_untested(figures['alpha_year'])} leaves no residual risk to test it by"
    size = "is not significant"
    if abs(t) > figures["critical_t"]:
        size = "is significantly positive" if t > 0 else "is significantly negative"
    return f"alpha of {_signed(figures['alpha_year'])} a year {size} (t {t:.2f}, {figures['critical_t']:.2f} needed)"


def _gap(figures: Mapping[str, float]) -> str:
    """The fund against the mix; twelve times the monthly mean."""
    year, t = MONTHS * figures["style_difference_month"], figures["style_t"]
    if not math.isfinite(t):
        return f"the difference of {_untested(year)} leaves no risk to test it by"
    behind = t < -figures["style_critical_t"]
    ahead = t > figures["style_critical_t"]
    judged = "significantly behind it" if behind else "significantly ahead of it" if ahead else "not ahead of it"
    return f"with {_signed(year)} a year (t {t:.2f}, {figures['style_critical_t']:.2f} needed) it is {judged}"


def _untested(year: float) -> str:
    """What is not 0 without a test is the same in every month."""
    return f"{_signed(year)} a year is the same in every month and" if year else f"{_signed(year)} a year"


def _follows(figures: Mapping[str, float], mix: tuple[tuple[str, float], ...]) -> str:
    """The mix, its greatest parts named, and the share it explains."""
    held = sorted((part for part in mix if part[1] >= _HELD), key=lambda part: -part[1])
    named = ", ".join(f"{100 * weight:.0f} % {name}" for name, weight in held[:_LONGEST])
    more = f" and {len(held) - _LONGEST} more" if len(held) > _LONGEST else ""
    if figures["explained_share"] < 0.0:
        return f"the closest fixed mix, {named}{more}, explains nothing: a constant would leave less of its variance"
    return f"a fixed mix of {named}{more} explains {_share(figures['explained_share'])}"


def _quantile(freedom: FloatArray, probability: float) -> FloatArray:
    """Quantile of Student's t, NaN without a degree of freedom."""
    from scipy.special import stdtrit

    different, where = np.unique(np.where(freedom > 0.0, freedom, np.nan), return_inverse=True)
    return np.asarray(stdtrit(different, probability)[where.reshape(freedom.shape)])


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _signed(value: float) -> str:
    return f"{100 * value:+.2f} %"
