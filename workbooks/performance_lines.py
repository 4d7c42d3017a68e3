"""The lines of Calc_Stats: tables of returns, statistics, tracking error and capture, by both conventions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aram_xl._performance_tables import WINDOWS
from workbooks.performance_months import role, sampled
from workbooks.performance_ranks import write_ranks
from workbooks.performance_stats import Line, Stats, or_absent
from workbooks.sheet import Block

NEWSLETTER, STANDARD = "newsletter", "standard"

HORIZONS = (("one_year", "1 year", 12), ("three_year", "3 years, cumulative", 36),
            ("five_year", "5 years, cumulative", 60))  # fmt: skip


def write_lines(stats: Stats) -> None:
    """All lines, table by table."""
    _write_returns(stats)
    for convention in (NEWSLETTER, STANDARD):
        _Statistics(stats, convention).write()
    _write_own_statistics(stats)
    _write_tracking(stats)
    _write_capture(stats)
    for convention in (NEWSLETTER, STANDARD):
        for window in WINDOWS:
            _write_ranges(stats, convention, window)
    write_ranks(stats)


def _write_returns(stats: Stats) -> None:
    sources = stats.sources
    months, levels, basis = sources.months, sources.levels.levels, sources.basis
    section = "Returns"

    def last(j: int) -> str:
        return stats.cell("last", j)

    def line(key: str, label: str, note: str, horizon: float = np.nan, table: str = NEWSLETTER) -> Line:
        return Line(key, section, label, "return", "percent", note, (table, "return_summary", key), horizon)

    def n(j: int) -> str:
        return stats.cell("n", j)

    def level(j: int, row: str) -> str:
        return f"INDEX({levels.down(j, 'r')},{row})"

    stats.add(line("last_month", "Last month", "The last return"),
              lambda j: f'=IF({n(j)}>0,INDEX({months.returns.down(j, "r")},{last(j)}),"-")')  # fmt: skip
    stats.add(Line("level", section, "Level at the end", "level", "exact", "A step on the way"),
              lambda j: f'=IF({n(j)}>0,{level(j, last(j) + "+1")},"-")',
              stats.known(line("cumulative", "", "")) + 1.0)  # fmt: skip

    def end(j: int) -> str:
        return stats.cell("level", j)

    stats.add(line("ytd", "Year to date", "Since January of the last year"),
              lambda j: or_absent(f"{end(j)}/{level(j, basis.at('january') + '+1')}-1"))  # fmt: skip
    for key, label, count in HORIZONS:
        stats.add(line(key, label, "Product of (1 + r), less 1", count), lambda j, k=key: (  # type: ignore[misc]
            f'=IF({n(j)}>={stats.horizon(k)},{end(j)}/'
            f'{level(j, f"{last(j)}-{stats.horizon(k)}+1")}-1,"-")'))  # fmt: skip
    stats.add(line("cumulative", "Whole sample, cumulative", "Product of (1 + r), less 1"),
              lambda j: or_absent(f"{end(j)}-1"))  # fmt: skip
    years = sources.inputs.months_per_year.at(fix="rc")
    for key, label, _ in HORIZONS[1:]:
        stats.add(
            line(f"{key}_annualised", label.replace("cumulative", "a year"), "Annualised", table=STANDARD),
            lambda j, k=key: or_absent(f"(1+{stats.cell(k, j)})^({years}/{stats.horizon(k)})-1"),  # type: ignore[misc]
        )
    stats.add(line("annualised_return", "Whole sample, a year", "(1 + cumulative)^(12/n) - 1", table=STANDARD),
              lambda j: or_absent(f"(1+{stats.cell('cumulative', j)})^({stats.cell('annual', j)}/{n(j)})-1"),
              )  # fmt: skip
    stats.space()


class _Statistics:
    """Alpha, beta, correlation and the ratio of one convention."""

    def __init__(self, stats: Stats, convention: str) -> None:
        self.stats, self.convention = stats, convention
        sources = stats.sources
        standard = convention == STANDARD
        self.panel = sources.excess if standard else sources.months.returns
        self.market = self.panel._replace(column=3, width=1).down(0, "rc")
        self.ratio = "Sharpe ratio" if standard else "Ret/StDev"
        self.of = "r - rf" if standard else "r"
        self.years = sources.inputs.months_per_year.at(fix="rc")

    def name(self, key: str) -> str:
        """Of a line, apart from that of the other convention."""
        return f"{self.convention}_{key}"

    def add(self, key: str, words: tuple[str, str, str, str], formula: Callable[[int], str], engine: str = "") -> None:
        """Label, unit, number format and note of a line, and its formula."""
        label, unit, number, note = words
        section = f"Statistics, {self.convention}"
        where = (self.convention, "statistics", engine or key)
        self.stats.add(Line(self.name(key), section, label, unit, number, note, where), formula)

    def step(self, key: str, label: str, formula: Callable[[int], str], values: np.ndarray) -> None:
        """A step on the way, which the engine does not name."""
        section = f"Statistics, {self.convention}"
        self.stats.add(Line(self.name(key), section, label, "any", "exact", "A step on the way"), formula, values)

    def write(self) -> None:
        """The lines of the convention."""
        market = self.market

        def own(j: int) -> str:
            return self.panel.down(j, "r")

        def year(j: int) -> str:
            return self.stats.cell("annual", j)

        self.add("alpha", ("Alpha a year", "return", "percent", f"(1 + intercept)^12 - 1 of {self.of}"),
                 lambda j: or_absent(f"(1+INTERCEPT({own(j)},{market}))^{year(j)}-1"))  # fmt: skip
        self._last("alpha", ("Alpha, 12 months", "return", "percent", "The same, last 12 months"))
        self.add("beta", ("Beta", "ratio", "number", f"Slope of {self.of} on the benchmark's"),
                 lambda j: or_absent(f"SLOPE({own(j)},{market})"))  # fmt: skip
        self._last("beta", ("Beta, 12 months", "ratio", "number", "The same, last 12 months"))
        self._spread(own)

        def moves(j: int) -> str:
            return self.stats.cell(self.name("stdev"), j)

        self.add("correlation", ("Correlation", "ratio", "number", f"Of {self.of} with the benchmark's"),
                 lambda j: or_absent(f"IF({moves(j)}>0,CORREL({own(j)},{market}),NA())"))  # fmt: skip
        self._last("correlation", ("Correlation, 12 months", "ratio", "number", "The same, last 12 months"))
        key = "sharpe" if self.convention == STANDARD else "ret_stdev"
        self.add(key, (self.ratio, "ratio", "number", f"12 x mean / (stdev x root 12) of {self.of}"),
                 lambda j: or_absent(f"SQRT({year(j)})*AVERAGE({own(j)})/{moves(j)}"))  # fmt: skip
        self._last_ratio()
        self.stats.space()

    def _last(self, key: str, words: tuple[str, str, str, str]) -> None:
        rolled = self.stats.sources.rolling[self.convention, WINDOWS[0], key].native
        row = f"first_{WINDOWS[0]}"

        def formula(j: int) -> str:
            return or_absent(f"1*INDEX({rolled.down(j, 'r')},{self.stats.cell(row, j)})")

        self.add(f"{key}_12m", words, formula)

    def _spread(self, own: Callable[[int], str]) -> None:
        """Standard deviation, 0 where it is rounding: what stands still has no correlation and no ratio."""
        still = self.stats.sources.inputs.still.at(fix="rc")
        values = _stdev(self.stats, self.convention, 0)
        self.step("stdev", f"Standard deviation of {self.of}, a month",
                  lambda j: or_absent(f"STDEV.S({own(j)})*(STDEV.S({own(j)})>{still})"), values)  # fmt: skip

    def _last_ratio(self) -> None:
        stats, window = self.stats, WINDOWS[0]
        still = stats.sources.inputs.still.at(fix="rc")

        def part(j: int) -> str:
            column = self.panel.down(j, "r")
            return f"INDEX({column},{stats.cell(f'first_{window}', j)}):INDEX({column},{stats.cell('last', j)})"

        mean, spread = _stdev(stats, self.convention, window, mean=True), _stdev(stats, self.convention, window)
        self.step("mean_12m", f"Mean of {self.of}, 12 months", lambda j: or_absent(f"AVERAGE({part(j)})"), mean)
        self.step("stdev_12m", f"Standard deviation of {self.of}, 12 months",
                  lambda j: or_absent(f"STDEV.S({part(j)})"), spread)  # fmt: skip

        def a(j: int) -> str:
            return stats.cell(self.name("mean_12m"), j)

        def b(j: int) -> str:
            return stats.cell(self.name("stdev_12m"), j)

        self.add("ret_stdev_12m", (f"{self.ratio}, 12 months", "ratio", "number", "The same, last 12 months"),
                 lambda j: or_absent(f"SQRT({self.years})*{a(j)}/({b(j)}*({b(j)}>{still}))"))  # fmt: skip


def _stdev(stats: Stats, convention: str, window: int, mean: bool = False) -> np.ndarray:
    """Cached values of the steps: (n_columns of the sheet,)."""
    data = stats.data
    values = sampled(data)
    if convention == STANDARD:
        values = values - role(data, data.roles.bills)[:, None]
    found = np.full(values.shape[1], np.nan)
    for j in range(values.shape[1]):
        there = values[np.isfinite(values[:, j]), j]
        if there.size >= max(window, 2):
            part = there[-window:] if window else there
            found[j] = part.mean() if mean else part.std(ddof=1)
    return data.spread(found)


def _write_own_statistics(stats: Stats) -> None:
    """What both conventions compute alike."""
    sources, section = stats.sources, "Statistics, both"
    returns = sources.months.returns

    def line(key: str, label: str, unit: str, number: str, note: str) -> Line:
        return Line(key, section, label, unit, number, note, (NEWSLETTER, "statistics", key))

    def own(j: int) -> str:
        return returns.down(j, "r")

    def moves(j: int) -> str:
        return stats.cell("newsletter_stdev", j)

    stats.add(line("positive_months", "Positive months", "share", "percent", "Return above 0"),
              lambda j: or_absent(f'COUNTIF({own(j)},">0")/{stats.cell("n", j)}'))  # fmt: skip
    stats.add(line("annualised_volatility", "Volatility a year", "return", "percent", "Sample stdev x root 12"),
              lambda j: or_absent(f"STDEV.S({own(j)})*SQRT({stats.cell('annual', j)})"))  # fmt: skip
    stats.add(line("max_drawdown", "Greatest drawdown", "share", "percent", "Month-end levels; the start is a peak"),
              lambda j: f'=IF({stats.cell("n", j)}>0,MAX({sources.levels.drawdown.down(j, "r")}),"-")')  # fmt: skip
    for key, label, function in (("skewness", "Skewness", "SKEW"), ("excess_kurtosis", "Excess kurtosis", "KURT")):
        stats.add(line(key, label, "ratio", "number", f"{function}(r)"),
                  lambda j, f=function: or_absent(f"IF({moves(j)}>0,{f}({own(j)}),NA())"))  # type: ignore[misc]  # fmt: skip
    stats.space()


def _write_tracking(stats: Stats) -> None:
    sources = stats.sources
    market = sources.levels.benchmark.all()
    active = sources.months.active

    def line(name: str, label: str, unit: str, number: str, note: str) -> Line:
        convention, key = name.split(" ")
        where = (convention, "tracking_error", key)
        return Line(name, f"Tracking, {convention}", label, unit, number, note, where)

    def add(name: str, words: tuple[str, str, str, str], formula: Callable[[int], str]) -> None:
        stats.add(line(name, *words), lambda j: or_absent(formula(j)))

    def cell(name: str) -> Callable[[int], str]:
        return lambda j: stats.cell(name, j)

    n, year, first, last = cell("n"), cell("annual"), cell("first"), cell("last")
    add("newsletter cumulative", ("Cumulative return", "return", "percent", "Whole sample"),
        lambda j: f"1*{stats.cell('cumulative', j)}")  # fmt: skip
    add("newsletter benchmark_cumulative", ("Benchmark's", "return", "percent", "The same months"),
        lambda j: f"INDEX({market},{last(j)}+1)/INDEX({market},{first(j)})-1")  # fmt: skip
    own, other = cell("newsletter cumulative"), cell("newsletter benchmark_cumulative")
    add("newsletter gap", ("Gap", "return", "percent", "Difference of the two"), lambda j: f"{own(j)}-{other(j)}")
    add("newsletter tracking_error", ("Tracking error a month", "return", "percent", "Stdev of differences"),
        lambda j: f"STDEV.S({active.down(j, 'r')})")  # fmt: skip
    gap, error = cell("newsletter gap"), cell("newsletter tracking_error")
    add("newsletter information_ratio", ("Information ratio", "ratio", "number", "Gap / tracking error"),
        lambda j: f"{gap(j)}/{error(j)}")  # fmt: skip
    add("standard annualised_return", ("Return a year", "return", "percent", "Whole sample"),
        lambda j: f"1*{stats.cell('annualised_return', j)}")  # fmt: skip
    add("standard benchmark_annualised", ("Benchmark's", "return", "percent", "The same months"),
        lambda j: f"(1+{other(j)})^({year(j)}/{n(j)})-1")  # fmt: skip
    a, b = cell("standard annualised_return"), cell("standard benchmark_annualised")
    add("standard active_premium", ("Active premium", "return", "percent", "Difference of the two"),
        lambda j: f"{a(j)}-{b(j)}")  # fmt: skip
    add("standard tracking_error", ("Tracking error a year", "return", "percent", "Stdev of differences x root 12"),
        lambda j: f"{error(j)}*SQRT({year(j)})")  # fmt: skip
    premium, annual = cell("standard active_premium"), cell("standard tracking_error")
    add("standard information_ratio", ("Information ratio", "ratio", "number", "Active premium / tracking error"),
        lambda j: f"{premium(j)}/{annual(j)}")  # fmt: skip
    stats.space()


def _write_capture(stats: Stats) -> None:
    sources = stats.sources
    returns, market = sources.months.returns, sources.months.benchmark.down(0, "rc")
    active, up = sources.months.active, sources.months.up.down(0, "rc")
    stats.add(Line("relative", "Capture", "Months beside the benchmark", "months", "count", "A step on the way"),
              lambda j: f"=COUNT({active.down(j, 'r')})", _relative(stats))  # fmt: skip
    for word, test in (("up", "=1"), ("down", "=0")):
        section = f"Capture, {word}"

        def line(key: str, label: str, unit: str, number: str, s: str = section, t: str = test) -> Line:
            return Line(
                key,
                s,
                label,
                unit,
                number,
                f"Months with b {'> 0' if t == '=1' else '<= 0'}",
                (NEWSLETTER, "capture", key),
            )

        def step(key: str, label: str, s: str = section) -> Line:
            return Line(key, s, label, "ratio", "exact", "A step on the way")

        def chosen(j: int, t: str = test) -> str:
            return f"({up}{t})*ISNUMBER({returns.down(j, 'r')})"

        def cell(key: str, j: int, w: str = word) -> str:
            return stats.cell(f"{w}_{key}", j)

        stats.add(line(f"{word}_months", f"{word.title()} months", "months", "count"), lambda j, c=chosen: (  # type: ignore[misc]
            f'=IF({stats.cell("relative", j)}>0,SUMPRODUCT({c(j)}),"-")'))  # fmt: skip
        for key, label, series in (("growth", "Growth in them", ""), ("benchmark_growth", "Benchmark's", market)):
            stats.add(step(f"{word}_{key}", label), lambda j, c=chosen, s=series: (  # type: ignore[misc]
                f"{{=PRODUCT(IF({c(j)},1+{s or returns.down(j, 'r')},1))}}"), _growths(stats, word, bool(series)),
            )  # fmt: skip
        stats.add(line(f"{word}_capture_mean", f"{word.title()} capture, a month", "share", "percent"),
                  lambda j, c=cell: or_absent(  # type: ignore[misc]
                      f"({c('growth', j)}^(1/{c('months', j)})-1)/({c('benchmark_growth', j)}^(1/{c('months', j)})-1)"),
        )  # fmt: skip
        stats.add(line(f"{word}_capture", f"{word.title()} capture, compound", "share", "percent"),
                  lambda j, c=cell: or_absent(f"({c('growth', j)}-1)/({c('benchmark_growth', j)}-1)"))  # type: ignore[misc]  # fmt: skip
    stats.space()


def _relative(stats: Stats) -> np.ndarray:
    data = stats.data
    both = np.isfinite(sampled(data)) & np.isfinite(role(data, data.roles.benchmark))[:, None]
    return np.nan_to_num(data.spread(both.sum(axis=0) * 1.0))


def _growths(stats: Stats, word: str, of_benchmark: bool) -> np.ndarray:
    data = stats.data
    values, market = sampled(data), role(data, data.roles.benchmark)[:, None]
    chosen = ((market > 0) if word == "up" else (market <= 0)) & np.isfinite(values)
    growth = np.where(chosen, 1.0 + (market if of_benchmark else values), 1.0).prod(axis=0)
    placed = data.spread(growth)
    placed[np.isnan(placed)] = 1.0
    return placed


def _write_ranges(stats: Stats, convention: str, window: int) -> None:
    """Last, lowest and highest of the rolling statistics."""
    rolling, row = stats.sources.rolling, f"first_{window}"
    keys = (
        ("beta", "Beta", "ratio", "number"), ("risk", "Risk a year", "return", "percent"),
        ("alpha", "Alpha a year", "return", "percent"), ("correlation", "Correlation", "ratio", "number"),
    )  # fmt: skip
    for key, label, unit, number in keys:
        if key == "risk" and convention == STANDARD:  # the same under both
            continue
        block = rolling[convention, window, key].native
        parts = [("", "1*INDEX({0},{1})")]
        if key in ("beta", "risk"):
            parts += [("_lowest", "MIN"), ("_highest", "MAX")]
        for end, function in parts:
            name = f"{convention} {window} {key}{end}"
            words = f"{label}{end.replace('_', ', ')}"
            section = f"{window} months, {convention}"
            where = (convention, f"rolling_{window}", f"{key}{end}")

            def formula(j: int, b: Block = block, f: str = function) -> str:
                column = b.down(j, "r")
                if f in ("MIN", "MAX"):
                    return f'=IF(COUNT({column}),{f}({column}),"-")'
                return or_absent(f.format(column, stats.cell(row, j)))

            note = "Of any window" if end else f"Of the last {window} months"
            stats.add(Line(name, section, words, unit, number, note, where), formula)
    stats.space()
