"""Statistics of a series in cells, as the newsletter convention has them."""

from __future__ import annotations

from typing import NamedTuple

from workbooks.sheet import Block, Sheet

STATISTICS = (
    ("last_month", "Last month", "return", "percent", "Return of the last month"),
    ("ytd", "Year to date", "return", "percent", "Compounded since the end of last year"),
    ("one_year", "1 year", "return", "percent", "Cumulative, last 12 months"),
    ("three_year", "3 years", "return", "percent", "Cumulative, last 36 months"),
    ("five_year", "5 years", "return", "percent", "Cumulative, last 60 months"),
    ("cumulative", "Since the start", "return", "percent", "Cumulative, whole sample"),
    ("positive_months", "Positive months", "share", "percent", "Return above 0"),
    ("n_months", "Months", "count", "count", "Whole sample"),
    ("alpha", "Alpha", "per year", "percent", "(1 + intercept)^12 - 1, rf = 0"),
    ("alpha_12m", "Alpha, 12 months", "per year", "percent", "The same, last 12 months"),
    ("beta", "Beta", "ratio", "number", "Slope on the benchmark"),
    ("beta_12m", "Beta, 12 months", "ratio", "number", "The same, last 12 months"),
    ("correlation_12m", "Correlation, 12 months", "ratio", "number", "Last 12 months"),
    ("ret_stdev_12m", "Ret/StDev, 12 months", "ratio", "number", "12 x mean / (stdev x root 12)"),
    ("tracking_error", "Tracking error", "per month", "percent", "Stdev of differences, not annualised"),
    ("information_ratio", "Information ratio", "ratio", "number", "Cumulative gap / tracking error"),
    ("max_drawdown", "Greatest drawdown", "share", "percent", "Month-end levels"),
)


NEEDED = {
    "one_year": 12, "three_year": 36, "five_year": 60, "alpha_12m": 12, "beta_12m": 12, "correlation_12m": 12,
    "ret_stdev_12m": 12,
}  # fmt: skip
"""Months that a statistic needs."""


class Spans(NamedTuple):
    """References that the statistics of a series read."""

    whole: str
    versus: str
    """The benchmark's returns of the same months."""
    year: str
    """The last 12 months."""
    versus_year: str
    three_years: str
    five_years: str
    last: str
    """The last month."""
    this_year: str
    """Condition, month by month, that it lies in the year of the last one."""
    months: str
    """Per year."""


def write_missing(sheet: Sheet, place: tuple[int, int, int], too_short: bool) -> None:
    """#N/A where the history is too short; words where the statistic does not exist."""
    row, left, offset = place
    if too_short:
        sheet.formulas(row, left, lambda i, j: "=NA()", "#N/A", ("formula", "percent"))
    else:
        sheet.text(row, left, "not defined", "note")
    for column in (left + offset, left + offset + 1):
        sheet.text(row, column, "too short" if too_short else "not defined", "note")


def statistic_formulas(series: Block, drawdown: Block, benchmark: Block, dates: Block, months: str) -> dict[str, str]:
    """A formula for each statistic but the information ratio; array formulas stand in braces.

    Args:
        series: (n_months, 1) returns.
        drawdown: (n_months, 1) distance from the highest level so far, at most 0.
        benchmark: (n_months, 1) returns of the same months.
        dates: (n_months, 1)
        months: reference of the months per year.
    """
    count = series.height

    def last(n: int, block: Block = series) -> str:
        return block.rows(max(count - n, 0), count - 1)

    spans = Spans(
        series.down(0), benchmark.down(0), last(12), last(12, benchmark), last(36), last(60), series.at(count - 1),
        f"YEAR({dates.down(0)})=YEAR({dates.at(count - 1)})", months,
    )  # fmt: skip
    return formulas_of(spans) | {"max_drawdown": f"=-MIN(0,MIN({drawdown.down(0)}))"}


def formulas_of(spans: Spans) -> dict[str, str]:
    """Formulas of the statistics that returns alone decide; array formulas stand in braces."""
    whole, versus, year, versus_year, three_years, five_years, last, this_year, months = spans
    return {
        "last_month": f"={last}",
        "ytd": f"{{=PRODUCT(IF({this_year},1+{whole},1))-1}}",
        "one_year": f"{{=PRODUCT(1+{year})-1}}",
        "three_year": f"{{=PRODUCT(1+{three_years})-1}}",
        "five_year": f"{{=PRODUCT(1+{five_years})-1}}",
        "cumulative": f"{{=PRODUCT(1+{whole})-1}}",
        "positive_months": f'=COUNTIF({whole},">0")/COUNT({whole})',
        "n_months": f"=COUNT({whole})",
        "alpha": f"=(1+INTERCEPT({whole},{versus}))^{months}-1",
        "alpha_12m": f"=(1+INTERCEPT({year},{versus_year}))^{months}-1",
        "beta": f"=SLOPE({whole},{versus})",
        "beta_12m": f"=SLOPE({year},{versus_year})",
        "correlation_12m": f"=CORREL({year},{versus_year})",
        "ret_stdev_12m": f"=SQRT({months})*AVERAGE({year})/STDEV.S({year})",
        "tracking_error": f"{{=STDEV.S({whole}-{versus})}}",
    }
