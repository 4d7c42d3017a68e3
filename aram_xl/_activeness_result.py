"""The answer for one fund: every figure with its label, its unit and the spreadsheet formula that gives the same."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

MONTH, YEAR, PLAIN = "decimal per month", "decimal per year", "number"
SPAN, SHARE, COUNT = "decimal, whole span", "share of variance", "count"

_BLOCK = "excess returns a year: b = SLOPE, Sxx = DEVSQ, residuals = STEYX^2*(n-2)"


class Row(NamedTuple):
    """One line of a table: what, in which unit, how much, and why there is no number if there is none."""

    key: str
    label: str
    unit: str
    value: float | str | None
    note: str


def _figure(label: str, unit: str, native: str, needs: str = "") -> Any:
    """A number: NaN where it does not exist; ``needs`` names the reference series without which it is not known."""
    return field(metadata={"label": label, "unit": unit, "native": native, "needs": needs})


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Activeness:
    """What one manager's returns say: decimals, NaN where history is too short or a figure does not exist.

    ``r`` are the fund's returns, ``b`` the benchmark's, both less T-bills under the standard convention; ``F`` the
    passive series. Formulas name spreadsheet functions over the months of the fund.
    """

    name: str
    benchmark: str
    convention: str
    verdict: str
    """A key of `aram_xl.activeness.VERDICTS`."""
    sentence: str
    """The verdict in plain language, with its figures and its power."""
    start: datetime.date | None
    """Date of the first return used; None without dates."""
    end: datetime.date | None
    supplied: tuple[str, ...]
    """Which of ``t_bills``, ``active_index`` and ``passive`` were supplied."""
    style_weights: tuple[tuple[str, float], ...]
    """Passive series and its share in the closest mix; empty when none were supplied."""

    n_months: float = _figure("Months", COUNT, "COUNT(r)")
    alpha_year: float = _figure("Alpha a year", YEAR, "(1+INTERCEPT(r,b))^12-1")
    alpha_month: float = _figure("Alpha a month", MONTH, "INTERCEPT(r,b)")
    alpha_se: float = _figure("Standard error of alpha", MONTH, "INDEX(LINEST(r,b,1,1),2,2)")
    alpha_t: float = _figure("t-value of alpha", PLAIN, "alpha / standard error")
    critical_t: float = _figure("t-value needed", PLAIN, "T.INV.2T(significance,n-2)")
    detectable_alpha_year: float = _figure(
        "Smallest alpha that would show", YEAR, "(1+(t needed+T.INV(power,n-2))*standard error)^12-1"
    )
    beta: float = _figure("Beta", PLAIN, "SLOPE(r,b)")
    beta_se: float = _figure("Standard error of beta", PLAIN, "INDEX(LINEST(r,b,1,1),2,1)")
    beta_volatility_12: float = _figure("Volatility of 12-month beta", PLAIN, "STDEV.S of SLOPE over runs of 12 months")
    beta_volatility_36: float = _figure("Volatility of 36-month beta", PLAIN, "STDEV.S of SLOPE over runs of 36 months")
    beta_change_f: float = _figure(
        "F of equal yearly betas", PLAIN, f"SUM(Sxx*(b-mean)^2)/(k-1)/(SUM(residuals)/(n-2k)); {_BLOCK}"
    )
    beta_change_p: float = _figure("Probability of that F", PLAIN, "F.DIST.RT(F,k-1,n-2k)")
    correlation: float = _figure("Correlation", PLAIN, "CORREL(r,b)")
    r_squared: float = _figure("R-squared", SHARE, "RSQ(r,b)")
    residual_stdev: float = _figure("Residual risk", MONTH, "STEYX(r,b)")
    tracking_error_month: float = _figure("Tracking error a month", MONTH, "STDEV.S(r-b)")
    tracking_error_year: float = _figure("Tracking error a year", YEAR, "STDEV.S(r-b)*SQRT(12)")
    three_year: float = _figure("3 years, fund", SPAN, "PRODUCT(1+last 36 total returns)-1")
    three_year_benchmark: float = _figure("3 years, benchmark", SPAN, "the same of the benchmark")
    three_year_t_bills: float = _figure("3 years, T-bills", SPAN, "the same of T-bills", "t_bills")
    three_year_active_index: float = _figure("3 years, active index", SPAN, "the same of the index", "active_index")
    five_year: float = _figure("5 years, fund", SPAN, "PRODUCT(1+last 60 total returns)-1")
    five_year_benchmark: float = _figure("5 years, benchmark", SPAN, "the same of the benchmark")
    five_year_t_bills: float = _figure("5 years, T-bills", SPAN, "the same of T-bills", "t_bills")
    five_year_active_index: float = _figure("5 years, active index", SPAN, "the same of the index", "active_index")
    explained_share: float = _figure(
        "Explained by the passive mix", SHARE, "1-VAR.S(d)/VAR.S(total r), d = total r-MMULT(F,w)", "passive"
    )
    style_gap: float = _figure(
        "Most that share could still rise", SHARE, "2*(VAR.S(d)-MIN(COVARIANCE.S(d,r-F_i)))/VAR.S(total r)", "passive"
    )
    style_held: float = _figure("Passive series held", COUNT, 'COUNTIF(w,">0")', "passive")
    style_tracking_error_year: float = _figure("Tracking error to the mix", YEAR, "STDEV.S(d)*SQRT(12)", "passive")
    style_difference_month: float = _figure("Mean return less the mix", MONTH, "AVERAGE(d)", "passive")
    style_t: float = _figure("t-value of that", PLAIN, "AVERAGE(d)/SQRT(DEVSQ(d)/(n-held)/n)", "passive")
    style_critical_t: float = _figure("t-value needed for that", PLAIN, "T.INV.2T(significance,n-held)", "passive")
    style_detectable_year: float = _figure(
        "Smallest lead on the mix that would show",
        YEAR,
        "12*(t needed+T.INV(power,n-held))*SQRT(DEVSQ(d)/(n-held)/n)",
        "passive",
    )

    def as_rows(self) -> tuple[Row, ...]:
        """Every figure in order, then the style weights and the verdict; the value is None where there is none."""
        rows = [
            Row("start", "First month", "date", self.start.isoformat() if self.start else None, _of(self.start)),
            Row("end", "Last month", "date", self.end.isoformat() if self.end else None, _of(self.end)),
        ]
        for one in fields(self):
            if one.name in KEYS:
                value = float(getattr(self, one.name))
                known = math.isfinite(value)
                note = one.metadata["native"] if known else self._why_not(one.metadata["needs"])
                rows.append(Row(one.name, one.metadata["label"], one.metadata["unit"], value if known else None, note))
        for name, weight in self.style_weights:
            known = math.isfinite(weight)
            note = "least VAR.S(d), weights 0 or more that sum to 1" if known else "too short"
            rows.append(Row(f"weight_{name}", f"Passive mix: {name}", "weight", weight if known else None, note))
        rows.append(Row("verdict", "Verdict", "text", self.verdict, ""))
        rows.append(Row("sentence", "In words", "text", self.sentence, ""))
        return tuple(rows)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: None where a figure does not exist, dates as ISO text."""
        figures = {key: _finite(float(getattr(self, key))) for key in KEYS}
        return {
            "name": self.name,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            **figures,
            "n_months": int(self.n_months),
            "style_weights": {name: _finite(weight) for name, weight in self.style_weights},
        }

    def _why_not(self, needs: str) -> str:
        return "not supplied" if needs and needs not in self.supplied else "too short, or does not exist"


KEYS: tuple[str, ...] = tuple(one.name for one in fields(Activeness) if "label" in one.metadata)
"""The figures of one fund, in order."""


def _of(day: datetime.date | None) -> str:
    return "" if day else "no dates"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
