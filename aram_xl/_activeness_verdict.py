"""The verdict: a rule that can be read, the figures it reads, and a sentence that says what could have been seen.

The first line of the rule that fits a fund is its verdict. Tests are two-sided at ``significance``; "alpha" is the
intercept against the benchmark, "the mix" the passive mix that follows the fund most closely.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from aram_xl import _moments
from aram_xl._activeness_regression import MONTHS
from aram_xl._activeness_sample import ActivenessSettings
from aram_xl.types import FloatArray, IntArray

VERDICTS: dict[str, str] = {
    "too_short": "too short to judge",
    "stands_still": "stands still",
    "index_like": "index-like",
    "passive_mix": "passive mix in disguise",
    "style": "ahead by style alone",
    "alpha": "active, alpha significant",
    "negative_alpha": "active, alpha significantly negative",
    "active": "active, no evidence of skill",
    "noise": "benchmark plus noise",
}
"""Key and name of each verdict, in the order of the rule."""

_HELD = 5e-4
"""Weight from which a passive series is named in a sentence."""

_LONGEST = 4
"""Passive series named in a sentence."""


def rule(settings: ActivenessSettings) -> dict[str, str]:
    """The condition of each verdict with the thresholds in it; the first that holds decides."""
    share, level = f"{100 * settings.index_like:g} %", f"{100 * settings.significance:g} %"
    return {
        "too_short": f"fewer than {settings.minimum_months:g} months in common with the benchmark",
        "stands_still": "returns that do not vary",
        "index_like": f"R-squared to the benchmark of {share} or more, alpha not significantly positive",
        "passive_mix": f"the mix explains {share} of variance or more, and the fund is not significantly ahead of it",
        "style": "alpha significantly positive, but the fund is not significantly ahead of the mix",
        "alpha": "alpha significantly positive (and ahead of the mix, where passive series are supplied)",
        "negative_alpha": "alpha significantly negative",
        "active": f"alpha not significant; beta differs between years (F test at {level})",
        "noise": "none of these: alpha not significant, no sign that beta moves",
    }


def with_tests(figures: dict[str, FloatArray], settings: ActivenessSettings) -> dict[str, FloatArray]:
    """The critical values, the power and the probability that the rule reads, (n_funds,) each.

    The smallest alpha that shows is ``(t(1 - significance / 2) + t(power)) x standard error`` with n - 2 degrees of
    freedom, compounded over a year: the usual approximation of the power of a t-test by shifted quantiles.
    """
    from scipy.special import fdtrc

    critical = _quantile(figures["n_months"] - 2.0, 1.0 - settings.significance / 2.0)
    reach = critical + _quantile(figures["n_months"] - 2.0, settings.power)
    shows = np.where(figures["alpha_se"] > 0.0, reach * figures["alpha_se"], np.nan)
    statistic, above, below = (figures[key] for key in ("beta_change_f", "_above", "_below"))
    known = np.isfinite(statistic)
    probability = np.full(statistic.shape, np.nan)
    probability[known] = fdtrc(above[known], below[known], statistic[known])
    return {
        "critical_t": critical,
        "detectable_alpha_year": _moments.compounded(shows, MONTHS),
        "beta_change_p": probability,
        "style_critical_t": _quantile(figures["n_months"] - figures["style_held"], 1.0 - settings.significance / 2.0),
    }


def verdicts(figures: Mapping[str, FloatArray], settings: ActivenessSettings) -> IntArray:
    """(n_funds,) position of each fund's verdict in `VERDICTS`. A comparison with what does not exist is false."""
    positive = figures["alpha_t"] > figures["critical_t"]
    ahead_of_mix = figures["style_t"] > figures["style_critical_t"]
    mixed = np.isfinite(figures["explained_share"])
    conditions = {
        "too_short": figures["n_months"] < settings.minimum_months,
        "stands_still": ~np.isfinite(figures["correlation"]),
        "index_like": (figures["r_squared"] >= settings.index_like) & ~positive,
        "passive_mix": (figures["explained_share"] >= settings.index_like) & ~ahead_of_mix,
        "style": positive & mixed & ~ahead_of_mix,
        "alpha": positive,
        "negative_alpha": figures["alpha_t"] < -figures["critical_t"],
        "active": figures["beta_change_p"] < settings.significance,
    }
    places = [list(VERDICTS).index(key) for key in conditions]
    return np.select(list(conditions.values()), places, list(VERDICTS).index("noise")).astype(np.intp)


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
    return f"{name[0].upper()}{name[1:]}: {reason}.{_power(figures, settings)}"


def _reason(verdict: str, figures: Mapping[str, float], mix: tuple[tuple[str, float], ...], benchmark: str) -> str:
    alpha = _alpha(figures)
    if verdict == "passive_mix":
        return f"{_follows(figures, mix)} of its variance, and {_gap(figures)}; against {benchmark} {alpha}"
    if verdict == "style":
        return f"against {benchmark} {alpha}, but {_follows(figures, mix)} of its variance, and {_gap(figures)}"
    fit = f"{benchmark} at beta {figures['beta']:.2f} explains {_share(figures['r_squared'])} of its variance"
    if verdict == "index_like":
        return f"{fit}, and {alpha}"
    known = math.isfinite(figures["explained_share"])
    beyond = f"; {_follows(figures, mix)}, and {_gap(figures)}" if known else ""
    if verdict == "noise":
        return f"{fit} and does not visibly move, and for the rest {alpha}{beyond}"
    if verdict == "active":
        chance = f"{figures['beta_change_p']:.2g}"
        alpha = f"its beta to {benchmark} differs between years (probability by chance {chance}), but {alpha}"
    return f"{alpha}; {fit}{beyond}"


def _power(figures: Mapping[str, float], settings: ActivenessSettings) -> str:
    shows = figures["detectable_alpha_year"]
    if not math.isfinite(shows):
        return ""
    return (
        f" In {int(figures['n_months'])} months with this residual risk, an alpha of {_percent(shows)} a year or more "
        f"would have been significant at the {100 * settings.significance:g} % level with a probability of "
        f"{100 * settings.power:g} %; a smaller one can go unseen."
    )


def _alpha(figures: Mapping[str, float]) -> str:
    t = figures["alpha_t"]
    if not math.isfinite(t):
        return f"alpha of {_signed(figures['alpha_year'])} a year leaves no residual risk to test it by"
    size = "is not significant"
    if abs(t) > figures["critical_t"]:
        size = "is significantly positive" if t > 0 else "is significantly negative"
    return f"alpha of {_signed(figures['alpha_year'])} a year {size} (t {t:.2f}, {figures['critical_t']:.2f} needed)"


def _gap(figures: Mapping[str, float]) -> str:
    """The fund against the mix; twelve times the monthly mean."""
    year, t = MONTHS * figures["style_difference_month"], figures["style_t"]
    if not math.isfinite(t):
        return f"the difference of {_signed(year)} a year leaves no risk to test it by"
    behind = t < -figures["style_critical_t"]
    ahead = t > figures["style_critical_t"]
    judged = "significantly behind it" if behind else "significantly ahead of it" if ahead else "not ahead of it"
    return f"with {_signed(year)} a year (t {t:.2f}, {figures['style_critical_t']:.2f} needed) it is {judged}"


def _follows(figures: Mapping[str, float], mix: tuple[tuple[str, float], ...]) -> str:
    """The mix, its greatest parts named, and the share it explains."""
    held = sorted((part for part in mix if part[1] >= _HELD), key=lambda part: -part[1])
    named = ", ".join(f"{100 * weight:.0f} % {name}" for name, weight in held[:_LONGEST])
    more = f" and {len(held) - _LONGEST} more" if len(held) > _LONGEST else ""
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
