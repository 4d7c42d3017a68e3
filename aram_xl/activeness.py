"""Is this manager active? One fund or thousands against a benchmark, T-bills, passive series and an active index.

Alpha and beta with their standard errors, how much beta moves, how closely the benchmark or a mix of passive series
follows, cumulative returns beside the hurdles, and a verdict by a visible rule that says what it could have seen.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aram_xl import _moments
from aram_xl._activeness_regression import (
    ROLLING,
    YEARS,
    Months,
    beta_change,
    beta_volatility,
    cumulative,
    line_of,
    line_statistics,
    rolling_weights,
)
from aram_xl._activeness_result import KEYS, Activeness, Row
from aram_xl._activeness_sample import FEWEST, ActivenessSettings, Sample, read_sample
from aram_xl._activeness_style import style_statistics
from aram_xl._activeness_verdict import REFERENCE, VERDICTS, rule, sentence, verdicts, with_tests
from aram_xl._labels import frame
from aram_xl.errors import InputError
from aram_xl.types import DateArray, FloatArray, IntArray, Table, frozen

__all__ = [
    "KEYS",
    "REFERENCE",
    "VERDICTS",
    "Activeness",
    "ActivenessSettings",
    "ActivenessTable",
    "Row",
    "judge_activeness",
    "rule",
]

_BLOCK = 512
"""Funds at a time: 240 months of differences to 8 passive series are then 8 MB. Times are flat from 256 to 1024."""

_MONTHS = 12


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class ActivenessTable:
    """Figures and verdicts of one fund or many; ``table[i]`` or ``fund(name)`` is one of them in full."""

    names: tuple[str, ...]
    values: FloatArray
    """(n_keys, n_funds), rows in the order of `KEYS`; NaN where a figure does not exist."""
    style_weights: FloatArray
    """(n_funds, n_passive)"""
    verdict_places: IntArray
    """(n_funds,) places in `VERDICTS`."""
    passive: tuple[str, ...]
    benchmark: str
    supplied: tuple[str, ...]
    settings: ActivenessSettings
    first_days: DateArray | None
    """(n_funds,) date of the first return of each, not a date where it has none; None without dates."""
    last_days: DateArray | None
    dropped: tuple[tuple[str, str], ...]
    """Name of each fund left out because of a hole, and where it is."""

    def __post_init__(self) -> None:
        size = len(self.names)
        if self.values.shape != (len(KEYS), size) or self.style_weights.shape != (size, len(self.passive)):
            raise InputError(f"values: expected one column per fund, {size} funds, got shape {self.values.shape}")
        object.__setattr__(self, "values", frozen(self.values))
        object.__setattr__(self, "style_weights", frozen(self.style_weights))
        object.__setattr__(self, "verdict_places", frozen(self.verdict_places, np.intp))

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Activeness]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"ActivenessTable({len(self)} funds against {self.benchmark}, {self.settings.convention})"

    def __getitem__(self, i: int) -> Activeness:
        verdict = list(VERDICTS)[self.verdict_places[i]]
        figures = dict(zip(KEYS, self.values[:, i].tolist(), strict=True))
        mix = tuple(zip(self.passive, self.style_weights[i].tolist(), strict=True))
        return Activeness(
            name=self.names[i],
            benchmark=self.benchmark,
            convention=self.settings.convention,
            verdict=verdict,
            sentence=sentence(verdict, figures, mix, self.benchmark, self.settings),
            start=_day(self.first_days, i),
            end=_day(self.last_days, i),
            supplied=self.supplied,
            style_weights=mix,
            **figures,
        )

    def fund(self, name: str) -> Activeness:
        """One fund by its name.

        Raises:
            InputError: there is none of that name.
        """
        if name not in self.names:
            some = ", ".join(self.names[:5]) + (" and more" if len(self.names) > 5 else "")
            raise InputError(f"fund: expected one of {some}, got {name!r}")
        return self[self.names.index(name)]

    def column(self, key: str) -> FloatArray:
        """(n_funds,) one figure of every fund.

        Raises:
            InputError: the key is not one of `KEYS`.
        """
        if key not in KEYS:
            raise InputError(f"key: expected one of {', '.join(KEYS)}, got {key!r}")
        return np.asarray(self.values[KEYS.index(key)])

    def ranked(self, key: str = "alpha_t") -> IntArray:
        """(n_funds,) places of the funds from the greatest figure to the least; those without one come last."""
        return np.argsort(-self.column(key), kind="stable")

    def counts(self) -> dict[str, int]:
        """How many funds have each verdict, in the order of the rule."""
        found = Counter(self.verdict_places.tolist())
        return {key: found[i] for i, key in enumerate(VERDICTS)}

    def positive_by_chance(self) -> tuple[int, float]:
        """Funds with significantly positive alpha, and how many of the funds judged would show one by chance alone."""
        judged = np.isfinite(self.column("alpha_t")) & (self.column("n_months") >= self.settings.minimum_months)
        found = judged & (self.column("alpha_t") > self.column("critical_t"))
        return int(found.sum()), float(judged.sum()) * self.settings.significance / 2.0

    def about(self) -> dict[str, Any]:
        """What stands beside every figure: benchmark, convention, thresholds and rule; ready for JSON."""
        return {
            "benchmark": self.benchmark,
            **asdict(self.settings),
            "supplied": list(self.supplied),
            "rule": {VERDICTS[key]: condition for key, condition in rule(self.settings).items()},
            "reference": REFERENCE,
        }

    def to_frame(self, rank_by: str = "alpha_t") -> Table:
        """DataFrame of all funds, ranked: rank, verdict, sentence, dates, every figure, style weights."""
        order = self.ranked(rank_by)
        figures = np.vstack([self.values, self.style_weights.T])[:, order].T
        names = [*KEYS, *(f"weight_{name}" for name in self.passive)]
        table = frame(figures, [self.names[i] for i in order], names)
        table.index.name = "fund"
        judged = [self[int(i)] for i in order]
        table.insert(0, "rank", np.arange(1, len(order) + 1))
        table.insert(1, "verdict", [one.verdict for one in judged])
        table.insert(2, "sentence", [one.sentence for one in judged])
        table.insert(3, "start", [one.start.isoformat() if one.start else None for one in judged])
        table.insert(4, "end", [one.end.isoformat() if one.end else None for one in judged])
        table.attrs = self.about()
        return table


def judge_activeness(
    returns: Table,
    benchmark: Table,
    *,
    t_bills: Table | None = None,
    passive: Table | None = None,
    active_index: Table | None = None,
    settings: ActivenessSettings = ActivenessSettings(),  # noqa: B008 - frozen
) -> ActivenessTable:
    """Judge how active one fund or thousands are, each over its own months in common with the benchmark.

    Args:
        returns: (n_months,) or (n_months, n_funds) simple returns, decimals; empty (NaN) before a fund's first and
            after its last return.
        benchmark: (n_months,) simple returns of the same months.
        t_bills: (n_months,) returns a month; a hurdle, and the risk-free rate of the standard convention.
        passive: (n_months, n_passive) passive series that the closest mix may hold.
        active_index: (n_months,) a hurdle.
        settings: thresholds of the verdict, convention, and what a hole in a series leads to.

    Returns:
        ``ActivenessTable``; figures whose reference is not supplied are NaN and say so in ``as_rows``.

    Raises:
        InputError: returns that are not monthly, an impossible return, a hole, rows that do not match, passive
            series that are the same, a benchmark that stands still.
        TooShortError: fewer than three months in common, or no fund left.

    Warns:
        DataWarning: months that are not used, and funds left out.

    Source:
        Sharpe (1992), JPM 18(2), for the style weights; Jensen (1968), J. Finance 23(2), for alpha.

    Example:
        >>> market = np.array([0.01, -0.02, 0.03, 0.00] * 10)
        >>> found = judge_activeness(0.9 * market - 0.0005, market)
        >>> round(found[0].beta, 6), round(found[0].alpha_month, 6), found[0].verdict
        (0.9, -0.0005, 'index_like')
    """
    references = {"t_bills": t_bills, "passive": passive, "active_index": active_index}
    sample = read_sample(returns, benchmark, references, settings)
    figures, weights = _figures(sample, _rate(sample, settings))
    figures |= with_tests(figures, settings)
    used = sample.stop > sample.first
    return ActivenessTable(
        names=sample.names,
        values=np.array([figures[key] for key in KEYS]),
        style_weights=weights,
        verdict_places=verdicts(figures, settings),
        passive=sample.passive_names,
        benchmark=sample.benchmark_name,
        supplied=tuple(name for name, table in references.items() if table is not None),
        settings=settings,
        first_days=_days(sample.days, sample.first, used),
        last_days=_days(sample.days, sample.stop - 1, used),
        dropped=sample.dropped,
    )


def _rate(sample: Sample, settings: ActivenessSettings) -> FloatArray:
    """(n_months,) what is taken from all returns; refuses a benchmark that then stands still."""
    rate = sample.t_bills if settings.convention == "standard" else None
    rate = np.zeros_like(sample.benchmark) if rate is None else rate
    if _moments.mean_and_stdev((sample.benchmark - rate)[:, None])[1][0] == 0.0:
        raise InputError("benchmark: expected returns that vary, got a series that stands still; choose another one")
    return rate


def _figures(sample: Sample, rate: FloatArray) -> tuple[dict[str, FloatArray], FloatArray]:
    """Every figure that needs no quantile, (n_funds,) each, and the style weights; block by block."""
    size = len(sample.names)
    count = (sample.stop - sample.first).astype(np.float64)
    figures = {key: np.full(size, np.nan) for key in (*KEYS, "_above", "_below")}
    weights = np.full((size, len(sample.passive_names)), np.nan)
    figures["n_months"] = count
    bands = {window: rolling_weights(sample.benchmark - rate, window) for window in ROLLING}
    for stop in np.unique(sample.stop[count >= FEWEST]):
        together = np.flatnonzero((sample.stop == stop) & (count >= FEWEST))
        for start in range(0, together.size, _BLOCK):
            block = together[start : start + _BLOCK]
            found, mix = _block(sample, block, rate, bands)
            for key, values in found.items():
                figures[key][block] = values
            if mix is not None:
                weights[block] = mix
    return figures, weights


def _block(
    sample: Sample, block: IntArray, rate: FloatArray, bands: dict[int, FloatArray]
) -> tuple[dict[str, FloatArray], FloatArray | None]:
    """The figures of funds that end in the same month."""
    stop, first = int(sample.stop[block[0]]), sample.first[block]
    there = (np.arange(stop)[:, None] >= first).astype(np.float64)
    months = Months(np.ascontiguousarray(sample.returns[:stop, block]), there, (stop - first).astype(np.float64))
    line = line_of(months, sample.benchmark[:stop], rate[:stop])
    figures = line_statistics(line)
    for window, band in bands.items():
        figures[f"beta_volatility_{window}"] = beta_volatility(line, band)
    figures["beta_change_f"], figures["_above"], figures["_below"] = beta_change(line)
    hurdles = {"benchmark": sample.benchmark, "t_bills": sample.t_bills, "active_index": sample.active_index}
    for years, word in zip(YEARS, ("three_year", "five_year"), strict=True):
        long_enough = months.n >= _MONTHS * years
        figures[word] = np.where(long_enough, cumulative(months.returns, _MONTHS * years), np.nan)
        for name, series in hurdles.items():
            if series is not None:
                hurdle = cumulative(series[:stop, None], _MONTHS * years)
                figures[f"{word}_{name}"] = np.where(long_enough, hurdle, np.nan)
    if sample.passive is None:
        return figures, None
    mix, style = style_statistics(months, sample.passive[:stop])
    return figures | style, mix


def _days(days: DateArray | None, rows: IntArray, used: Any) -> DateArray | None:
    if days is None:
        return None
    return np.where(used, days[rows], np.datetime64("NaT"))


def _day(days: DateArray | None, i: int) -> datetime.date | None:
    if days is None or np.isnat(days[i]):
        return None
    day: datetime.date = days[i].astype("datetime64[D]").item()
    return day
