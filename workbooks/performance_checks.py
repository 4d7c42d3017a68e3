"""What the performance workbook checks, and the second routes that some checks take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aram_xl.types import FloatArray
from workbooks.check_lines import Check
from workbooks.performance_data import PerformanceData
from workbooks.performance_inputs import CHECK_TOLERANCE
from workbooks.performance_months import role, sampled
from workbooks.performance_stats import Line, Stats, or_absent
from workbooks.performance_years import Years
from workbooks.sheet import Block

SECTION = "Second routes"


def write_routes(stats: Stats) -> None:
    """Lines of Calc_Stats that compute the same by other arithmetic."""
    months, levels = stats.sources.months, stats.sources.levels
    returns, active = months.returns, months.active
    market = months.benchmark.down(0, "rc")

    def own(j: int) -> str:
        return returns.down(j, "r")

    def cell(name: str, j: int) -> str:
        return stats.cell(name, j)

    def line(name: str, label: str, unit: str, note: str) -> Line:
        return Line(f"route_{name}", SECTION, label, unit, "exact", note)

    known = stats.values
    stats.add(line("product", "Cumulative return", "return", "PRODUCT(1 + r) - 1"),
              lambda j: f"{{=PRODUCT(IF(ISNUMBER({own(j)}),1+{own(j)},1))-1}}",
              np.nan_to_num(known["cumulative"]))  # fmt: skip
    stats.add(line("volatility", "Volatility a year", "return", "DEVSQ / (n - 1)"),
              lambda j: or_absent(f"SQRT({cell('annual', j)}*DEVSQ({own(j)})/({cell('n', j)}-1))"),
              known["annualised_volatility"])  # fmt: skip
    stats.add(line("spread", "Benchmark's stdev a month", "return", "The same months"),
              lambda j: or_absent(f'STDEV.S(IF(ISNUMBER({own(j)}),{market},""))').join("{}"),
              _benchmark_stdev(stats.data))  # fmt: skip
    stats.add(line("beta", "Beta", "ratio", "Correlation x ratio of stdevs"),
              lambda j: or_absent(f"{cell('newsletter_correlation', j)}*{cell('newsletter_stdev', j)}/"
                                  f"{cell('route_spread', j)}"),
              np.where(np.isfinite(known["newsletter_correlation"]), known["newsletter_beta"], np.nan))  # fmt: skip
    stats.add(line("mean", "Mean return of the benchmark", "return", "Mean of r less mean of differences"),
              lambda j: or_absent(f"AVERAGE({own(j)})-AVERAGE({active.down(j, 'r')})"),
              _benchmark_mean(stats.data))  # fmt: skip
    stats.add(line("alpha", "Alpha a year", "return", "From means and beta"),
              lambda j: or_absent(f"(1+AVERAGE({own(j)})-{cell('newsletter_beta', j)}*{cell('route_mean', j)})"
                                  f"^{cell('annual', j)}-1"), known["newsletter_alpha"])  # fmt: skip
    stats.add(line("growth", "Cumulative return", "return", "Up growth x down growth"),
              lambda j: f'=IF({cell("relative", j)}>0,{cell("up_growth", j)}*{cell("down_growth", j)}-1,"-")',
              np.where(known["relative"] > 0, known["up_growth"] * known["down_growth"] - 1.0, np.nan))  # fmt: skip
    stats.add(line("drawdown", "Greatest drawdown", "share", "From the depth of episodes"),
              lambda j: or_absent(f"MAX({levels.depth.down(j, 'r')})"),
              np.nan_to_num(known["max_drawdown"]))  # fmt: skip


def _benchmark_stdev(data: PerformanceData) -> FloatArray:
    return _of_benchmark(data, lambda part: float(part.std(ddof=1)))


def _benchmark_mean(data: PerformanceData) -> FloatArray:
    return _of_benchmark(data, lambda part: float(part.mean()))


def _of_benchmark(data: PerformanceData, figure: Callable[[FloatArray], float]) -> FloatArray:
    market, values = role(data, data.roles.benchmark), sampled(data)
    found = np.full(values.shape[1], np.nan)
    for j in range(values.shape[1]):
        part = market[np.isfinite(values[:, j]) & np.isfinite(market)]
        if part.size > 1:
            found[j] = figure(part)
    return data.spread(found)


def performance_checks(data: PerformanceData, stats: Stats, years: Years) -> list[Check]:
    """All checks, with the values they have when nothing is wrong."""
    return [*_data_checks(data, stats), *_sample_checks(data, stats), *_engine_checks(stats, years),
            *_route_checks(stats)]  # fmt: skip


def _zero(section: str, label: str, formula: str, note: str) -> Check:
    return Check(section, label, "count", formula, 0.0, 0.0, 0.0, note)


def _data_checks(data: PerformanceData, stats: Stats) -> list[Check]:
    sources = stats.sources
    pasted, inputs, basis = sources.pasted, sources.inputs, sources.basis
    dates, returns, names = pasted.dates, pasted.returns, pasted.names.all("")
    day, before = dates.rows(1, data.months - 1, 0), dates.rows(0, data.months - 2, 0)
    used = f"{{=MAX(ISNUMBER({dates.down(0)})*{sources.months.positions.down(0)})}}"
    words = f"=COUNTA({returns.all('')})-COUNT({returns.all('')})"
    counts = stats.native("n")._replace(width=data.slots).across(0)
    checks = [
        Check("Data", "Month ends present", "count", f"=COUNT({dates.down(0)})", float(data.dates.size), used, 0.0,
              "No empty date"),
        _zero("Data", "Dates out of order", f"=SUMPRODUCT(ISNUMBER({day})*({day}<={before}))", "Ascending"),
        _zero("Data", "Months left out or doubled", f'=COUNTIF({sources.months.steps.down(0)},"<>1")',
              "One row per calendar month"),
        _zero("Data", "Returns that are no numbers", words, "Numbers or empty"),
        _zero("Data", "Returns below -1", f'=COUNTIF({returns.all("")},"<-1")', "Decimals, not percent"),
        _zero("Data", "Names that repeat", f"{{=SUM(IF(LEN({names}),COUNTIF({names},{names})-1,0))}}",
              "Each name once"),
        _zero("Data", "Returns without a name", f"{{=SUM((LEN({names})=0)*({counts}>0))}}", "A name above each column"),
    ]  # fmt: skip
    labels = (("benchmark", "Benchmark"), ("bills", "T-bills"), ("equity", "Equity"), ("aggregate", "Aggregate"))
    for cell, (key, label) in zip(inputs[:4], labels, strict=True):
        formula = f"=COUNTA({cell.at()})-COUNT({basis.at(key)})"
        checks.append(_zero("Roles", f"{label} not found", formula, "A name of sheet Data, or empty"))
    one = f"=N(COUNT({basis.at('equity')},{basis.at('aggregate')})=1)"
    return [*checks, _zero("Roles", "One part of 60/40 alone", one, "Both, or neither")]


def _sample_checks(data: PerformanceData, stats: Stats) -> list[Check]:
    basis, months = stats.sources.basis, stats.sources.months
    span = f"={basis.at('last_row')}-{basis.at('first_row')}+1"
    returns = months.returns._replace(width=data.slots)
    counts = stats.native("n")._replace(width=data.slots).across(0)
    used = float((data.starts[:-1] < data.dates.size).sum())
    return [
        Check("Sample", "Months", "months", f"=SUM({months.in_sample.down(0)})", float(data.dates.size - data.first),
              span, 0.0, "No gap in benchmark or T-bills"),
        Check("Sample", "Series that reach its end", "count",
              f"=COUNT(INDEX({returns.all('')},{basis.at('last_row')},0))", used, f'=COUNTIF({counts},">0")', 0.0,
              "None ends early"),
        _zero("Sample", "Months missing in series", f"=SUM({stats.native('missing').across(0)})",
              "From first month to last"),
    ]  # fmt: skip


def _near(stats: Stats, texts: tuple[str, str, str], formula: str) -> Check:
    """A greatest difference within the tolerance of sheet Inputs."""
    section, label, note = texts
    tolerance = f"={stats.sources.inputs.tolerance.at(fix='rc')}"
    return Check(section, label, "any", formula, 0.0, 0.0, tolerance, note, CHECK_TOLERANCE)


def _engine_checks(stats: Stats, years: Years) -> list[Check]:
    blocks: dict[str, Block] = {section: stats.differences(section) for section in stats.sections}
    blocks["Calendar years"] = years.difference
    blocks["Months of calendar years"] = years.months_difference
    checks = []
    for section, block in blocks.items():
        area = block.all("")
        checks.append(_near(stats, ("Engine", section, "Native less engine"), f"=MAX(MAX({area}),-MIN({area}))"))
    for (convention, window, key), rolled in stats.sources.rolling.items():
        label = f"Rolling {window} months, {key}, {convention}"
        checks.append(_near(stats, ("Engine", label, "Native less engine"), f"=MAX({rolled.difference.down(0)})"))
    return checks


def _route_checks(stats: Stats) -> list[Check]:
    pairs = (
        ("cumulative", "product", "Cumulative by two routes", "Levels against PRODUCT"),
        ("annualised_volatility", "volatility", "Volatility by two routes", "STDEV.S against DEVSQ"),
        ("newsletter_beta", "beta", "Beta by two routes", "SLOPE against CORREL and stdevs"),
        ("newsletter_alpha", "alpha", "Alpha by two routes", "INTERCEPT against means"),
        ("cumulative", "growth", "Cumulative of up and down months", "Their growths multiply to the whole"),
        ("max_drawdown", "drawdown", "Drawdown by two routes", "Month by month against episodes"),
    )
    checks = []
    for name, route, label, note in pairs:
        one, other = stats.native(name).across(0), stats.native(f"route_{route}").across(0)
        formula = f"{{=MAX(IFERROR(ABS({one}-{other}),0))}}"
        checks.append(_near(stats, ("Routes", label, note), formula))
    for convention, gap in (("newsletter", "gap"), ("standard", "active_premium")):
        ratio, error, whole = (
            stats.native(f"{convention} {key}").across(0) for key in ("information_ratio", "tracking_error", gap)
        )
        formula = f"{{=MAX(IFERROR(ABS({ratio}*{error}-{whole}),0))}}"
        texts = ("Routes", f"Information ratio, {convention}", "Times tracking error: the gap")
        checks.append(_near(stats, texts, formula))
    return checks
