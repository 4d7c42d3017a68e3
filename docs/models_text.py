"""The words of the page of models; what they say of numbers is worked out from the same figures as the tables."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from docs.build_models import Evidence, Run

CLEAR = 2.0
"""Standard errors from zero that the sentences call clear."""

HEAD = """\
# The models through time

**Everything on this page is hypothetical**: back-tests, not records of accounts, with the fee and the costs of each
card (table 2). Nine of the ten models are own open rules in the spirit of the published models' names; the rule of
the tenth, the active index, is inferred from a published table. None is the provider's method, and none was tuned
to the published returns. No figure here is a promise or advice.

Signals fall on the ends of months (weeks for the yen-protected model) from 31 December 2015 to 31 January 2025 and
earn 110 months, January 2016 to February 2025. Prices are daily total-return levels of US exchange-traded funds
from one public vendor, uncorrected; they are not part of the package. Statistics are by the convention `newsletter`
(risk-free rate 0, alpha = compounded intercept, tracking error a month, information ratio = gap of cumulative
returns / tracking error), after fee and costs. `±` is one standard error. The page is written by `python -m
docs.build_models PRICES`; a test recomputes its tables where prices are at hand.
"""

DIFFERENCES = """\
### What differs, and why

- **The rule is not public.** The provider describes its chain (market risk, risk target, optimiser) and prints results;
  how an environment becomes a risk target is its own. Ours is a table that anybody can read and change, written down
  before its returns were looked at. Equal names mean a like purpose, not a like method.
- **Universes, limits, windows and prices** are our choice, from funds with a long public history. The published models
  may hold other funds, rebalance on other days, and charge other fees.
- **Hindsight remains.** The funds were picked knowing that they are there and large today; no price of the future was
  used for any weight.
- **The gap is large and on one side.** The published fixed-income rows are far above ours over five years and since
  2016, and no choice within our cards is meant to close it. A rule chosen afterwards could; it would prove nothing.
- **The active index is the exception**: its row is met in nine of twelve printed figures, because its rule was inferred
  from that very row. That is a replication, not evidence for a forecast.
- Alpha and beta of EquityPlus and MultiAsset are measured against SPY, of all others and of the hurdles against AGG.
- The yen-protected model rebalances weekly; its months are cut from its account day by day.
"""


def page(tables: dict[str, str], runs: dict[str, Run], found: Evidence) -> str:
    """The whole page."""
    return "\n".join(
        part if part.startswith(("|", "#", "!", "Window")) else _wrapped(part)
        for part in [
            _wrapped(HEAD),
            "## 1. Statistics beside the published rows\n",
            "Published figures are as printed in the newsletter of 10 March 2025, a dash where it prints none.\n",
            tables["statistics"],
            "![Growth of 100, hypothetical, after fee and costs](models_growth.png)\n",
            DIFFERENCES,
            "## 2. Fee, costs, trades and events\n",
            "Turnover is one-way. A target above the risk of the best-return mix does not bind; one below reach takes "
            "the fallback ladder.\n",
            tables["terms"],
            "## 3. States of the rules\n",
            "Signals that each row of a rule decided, the one for March 2025 included.\n",
            tables["states"],
            "## 4. Was the target met?\n",
            _targets(runs),
            tables["targets"],
            "![Targets and realised risk, hypothetical](models_targets.png)\n",
            "## 5. Average exposures\n",
            "Weights at the signals by the universe table of the package, in percent. Through time: `aram-xl backtest "
            "MODEL PRICES --exposures FILE`.\n",
            tables["exposures"],
            "![Weights by duration through time, hypothetical](models_exposures.png)\n",
            "## 6. Evidence for the method's claims\n",
            "### Does past covariance predict risk?\n",
            _volatility(found.volatility[36, "M"], found.volatility[12, "M"]),
            tables["volatility"],
            _covariance(found.covariance["M"]),
            tables["covariance"],
            "### Risk decay: do weights grow old?\n",
            _decay(runs),
            tables["decay"],
            "### Persistence of alpha\n",
            _alphas(runs),
            tables["alphas"],
            "Rank correlation across models of their alphas in neighbouring sub-periods (standard error where nothing "
            "persists; the models share funds and benchmarks, so that there are fewer than ten independent ones):\n",
            tables["persistence"],
            "![Forecasts, decay and alpha with two standard errors](models_evidence.png)\n",
            "### Sensitivity to costs, fee and execution\n",
            _sensitivity(runs),
            tables["sensitivity"],
        ]
    )


def _wrapped(text: str) -> str:
    """Paragraphs of at most 120 letters a line: figures change their length."""
    return "\n\n".join(_filled(part) for part in text.strip().split("\n\n")) + "\n"


def _filled(paragraph: str) -> str:
    if paragraph.startswith("#"):
        return paragraph
    return textwrap.fill(" ".join(paragraph.split()), 120, break_long_words=False, break_on_hyphens=False)


def _targets(runs: dict[str, Run]) -> str:
    checks = {run.card.title: run.check for run in runs.values()}
    low, high = (pick(checks, key=lambda title: checks[title].ratio) for pick in (min, max))
    above = sum(check.ex_ante_ratio > 1.0 for check in checks.values())
    inside = [check.share_inside for check in checks.values()]
    spreads = [(check.spread, _spread_without_crash(check.periods["ratio"])) for check in checks.values()]
    before, after = (sum(column) / len(column) for column in zip(*spreads, strict=True))
    scaling = runs["fi-baseline"].check.scaling
    return f"""\
Target, ex-ante and realised risk of every period. `ratio`: stdev of the period returns over the root mean square of
the targets; `mean`, `spread` and `inside` are of the ratios period by period, where realised risk is the {scaling}
(weeks for the yen-protected model: four or five returns each, so that its periods scatter by chance alone).

Over all periods realised risk is {checks[low].ratio:.2f} ({low}) to {checks[high].ratio:.2f} ({high}) of the
target. A ratio below 1 is no success where the target did not bind: there the model could not take the risk it was
allowed. Against the ex-ante risk of the weights, {above} of {len(checks)} models realised more than was expected of
them. Period by period the target is a loose bond: {100 * min(inside):.0f} % to {100 * max(inside):.0f} % of the periods
lie between half and one and a half of it. Single bursts weigh much: without the periods that began from 28 February to
31 March 2020 the mean of the ten spreads falls from {before:.2f} to {after:.2f}.
"""


def _spread_without_crash(ratios: pd.Series[float]) -> float:
    days = ratios.index
    return float(ratios[(days < "2020-02-28") | (days > "2020-03-31")].std(ddof=1))


def _volatility(table: pd.DataFrame, short: pd.DataFrame) -> str:
    ranked = _clear(table["rank"] / table["rank_se"])
    gain, short_gain = table["gain"] / table["gain_se"], short["gain"] / short["gain_se"]
    better, worse = _clear(gain), _clear(-gain)
    behind = int((short_gain < 0).sum())
    return f"""\
Forecast: sample volatility of the last 36 (12) months. Realised: daily returns of the month or quarter after it,
which do not overlap. Naive rival: the sample volatility of all months so far. `rank`: Spearman, through time (mean
over the funds of a class) and across the funds of a class (mean over time). `gain`: QLIKE of the rival less that of
the forecast, positive where the recent past forecasts better. `t`: gain over its standard error.

**For**: volatility is known across funds (which of two funds is the more volatile is nearly always right among
bonds), and its rank through time is clearly positive in {len(ranked)} of {len(table)} classes at 36 months.
**Against**: as a number the window of 36 months clearly beats a constant only in
{_names(better)}{_and_worse(worse)}; in the others it does not, and twelve months are behind the constant in
{behind} of {len(short)} classes. A window that is calm before a storm is punished: QLIKE weighs risk that was
forecast too low. Realised variance was on average above the forecast in {int((table["level"] > 1).sum())} of
{len(table)} classes, in a sample that holds March 2020 and 2022.
"""


def _covariance(table: pd.DataFrame) -> str:
    better = _clear(table["gain"] / table["gain_se"])
    return f"""\
The same for covariances of pairs, and QLIKE of whole matrices per fund. The order of covariances is forecast well,
in time and across pairs. The inverse of a matrix of 36 months, on which an optimiser leans, is not: it beats the
matrix of all months so far clearly in {_names(better)}. This is what shrinkage, caps and bounds of the cards are
for, and it is one reason why the ex-ante risk of optimised weights is too low more often than not.
"""


def _decay(runs: dict[str, Run]) -> str:
    last = {run.card.title: run.decay.iloc[-1] for run in runs.values()}
    wider = sum(row["widening"] > 0 for row in last.values())
    clear = [title for title, row in last.items() if row["widening"] > CLEAR * row["widening_se"]]
    grown = sum(run.decay["ratio"].iloc[-1] > run.decay["ratio"].iloc[0] for run in runs.values())
    return f"""\
The weights of each signal are left to drift, and what they realise in the first, third, sixth and twelfth period
after it is held against their ex-ante risk; all ages are measured in the same periods. `gap`: mean of |ln(realised
/ ex-ante)|.

After the longest time the gap is wider than at first for {wider} of {len(last)} models, clearly so for
{_names(clear)}. The ratio of realised to ex-ante risk over all periods grew for {grown} of {len(last)}. So weights
do lose their risk with age, but the loss is small beside the gap that is there from the first period on: most of
the distance between target and realised risk is not age, it is the forecast itself.
"""


def _alphas(runs: dict[str, Run]) -> str:
    whole = {run.card.title: run.alphas.iloc[-1] for run in runs.values()}
    clear = [title for title, row in whole.items() if abs(row["t"]) > CLEAR]
    parts = [row for run in runs.values() for _, row in run.alphas.iloc[:-1].iterrows()]
    count = sum(abs(row["t"]) > CLEAR for row in parts)
    always = [run.card.title for run in runs.values() if (run.alphas["alpha"].iloc[:-1] > 0).all()]
    return f"""\
Alpha a year after fee and costs, with classical standard errors of least squares.

Over the whole sample alpha is clearly different from zero for {_names(clear)}; among ten models some are by luck.
By sub-period that holds for {count} of {len(parts)}; positive in all three sub-periods is that of {_names(always)}.
Where a model holds what the benchmark does not (shares, high yield), its alpha to a bond index is in part pay for
that other risk. Nothing here supports the claim that alpha persists, and nothing of the size of the published
alphas appears.
"""


def _sensitivity(runs: dict[str, Run]) -> str:
    def effect(change: str) -> pd.Series[float]:
        import pandas as pd

        each = {
            run.card.title: run.sensitivity.loc[change, "return"] - run.sensitivity.loc["as the card", "return"]
            for run in runs.values()
        }
        return 100 * pd.Series(each)

    costs, delay = effect("costs x 3"), effect("one day's delay")
    return f"""\
Whole months, after fee and costs; `costs x 3` is 3 basis points for the active index, which has none. Three times
the costs take {-costs.max():.2f} to {-costs.min():.2f} percentage points of return a year ({costs.idxmin()} most).
A trade one day after the signal changes the return by {delay.min():+.2f} ({delay.idxmin()}) to {delay.max():+.2f}
({delay.idxmax()}); {int((delay < 0).sum())} of {len(delay)} models lose by it. Its effect is of the size of that of the
costs, and one sample cannot tell a price of waiting from chance. A fee of 1 % takes what it says, which is more than
most of these alphas.
"""


def _clear(scores: pd.Series[float]) -> list[str]:
    return [str(name) for name in scores.index[scores > CLEAR]]


def _names(names: list[str]) -> str:
    if not names:
        return "none"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _and_worse(names: list[str]) -> str:
    return f" and is clearly behind it in {_names(names)}" if names else ""
