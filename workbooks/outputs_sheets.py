"""Sheets Outputs (weights, statistics, charts) and Checks of the active-index workbook."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from workbooks import names
from workbooks.chosen_date import Chosen
from workbooks.every_date import FLAGS, Index, Proof
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import CHECK_TOLERANCE, Inputs, Market
from workbooks.optimiser_sheet import Frontier
from workbooks.sheet import FIRST_ROW, Block, Book, Sheet
from workbooks.styles import SERIES_COLOURS

OUTPUT_HEADS = ("Engine", "Difference", "Benchmark", "Engine", "Difference")
CHECK_HEADS = ("Section", "Label", "Unit", "Value", "Target", "Tolerance", "Flag", "Note")

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


_NEEDED = {
    "one_year": 12, "three_year": 36, "five_year": 60, "alpha_12m": 12, "beta_12m": 12, "correlation_12m": 12,
    "ret_stdev_12m": 12,
}  # fmt: skip
"""Months that a statistic needs."""


class Outputs(NamedTuple):
    """Cells of Outputs for the checks."""

    differences: Block
    benchmark_differences: Block
    current: Block


def write_outputs(
    book: Book, sheet: Sheet, data: IndexData, blocks: tuple[Inputs, Index, Proof, Chosen, Frontier]
) -> Outputs:
    """Statistics beside the engine's, the coming month's weights, and the charts."""
    inputs, index, proof, chosen, frontier = blocks
    count = len(STATISTICS)
    for i, (_, label, unit, _, note) in enumerate(STATISTICS):
        row = FIRST_ROW + i
        for column, text, kind in ((0, "Statistics", "section"), (1, label, "label"), (2, unit, "note"), (4, note, "note")):
            sheet.text(row, column, text, kind)
    columns = []
    for left, series, drawdown, engine in (
        (3, index.returns, index.drawdown, data.statistics),
        (7, index.benchmark, index.benchmark_drawdown, data.benchmark_statistics),
    ):
        columns.append(_write_statistics(sheet, left, (series, drawdown), (inputs, index), engine))
    top = FIRST_ROW + count + 1
    last = proof.weights.height - 1
    for j, ticker in enumerate(data.tickers):
        for column, text, kind in (
            (0, "Weights", "section"), (1, f"{ticker}, coming month", "label"), (2, "weight", "note"),
            (4, "Decided at the last signal date", "note"),
        ):  # fmt: skip
            sheet.text(top + j, column, text, kind)
    current = sheet.formulas(
        top, 3, lambda i, j: f"={proof.weights.at(last, i)}", data.weights[-1][:, None], ("link", "percent")
    )
    row = top + len(data.tickers)
    fallbacks = [event for event in data.events if event[1] == "fallback"]
    sheet.line(row, ("Events", "Fallbacks used", "count", "Months without a reachable target"), len(fallbacks), ("engine", "count"))
    slack = [event for event in data.events if event[1] == "not binding"]
    sheet.line(
        row + 1, ("Events", "Targets not binding", "count", "The best-return portfolio is held"), len(slack),
        ("engine", "count"),
    )  # fmt: skip
    _write_charts(book, sheet, data, (row + 3, index, proof, chosen, frontier))
    book.name(names.INDEX_LEVELS, index.levels)
    return Outputs(*columns, current)


def _write_statistics(
    sheet: Sheet, left: int, series: tuple[Block, Block], blocks: tuple[Inputs, Index], engine: dict[str, Any]
) -> Block:
    """Native formulas at ``left``, the engine's values and the differences behind them."""
    formulas = _statistic_formulas(*series, *blocks)
    offset = 2 if left == 3 else 1
    for i, (key, _, _, number, _) in enumerate(STATISTICS):
        value = engine[key]
        row = FIRST_ROW + i
        if value is None:
            _write_missing(sheet, (row, left, offset), too_short=series[0].height < _NEEDED.get(key, 1))
            continue
        formula = formulas[key]
        write = sheet.arrays if formula.startswith("{") else sheet.formulas
        native = write(row, left, lambda _, __, f=formula: f.strip("{}"), value, ("formula", number))  # type: ignore[misc]
        twin = sheet.values(row, left + offset, float(value), ("engine", number))
        sheet.formulas(
            row, left + offset + 1, lambda _, __, n=native, t=twin: f"={n.at()}-{t.at()}", 0.0, ("formula", "small")  # type: ignore[misc]
        )
    return Block(sheet.name, FIRST_ROW, left + offset + 1, len(STATISTICS), 1)


def _write_missing(sheet: Sheet, place: tuple[int, int, int], too_short: bool) -> None:
    """#N/A where the history is too short; words where the statistic does not exist."""
    row, left, offset = place
    if too_short:
        sheet.formulas(row, left, lambda i, j: "=NA()", "#N/A", ("formula", "percent"))
    else:
        sheet.text(row, left, "not defined", "note")
    for column in (left + offset, left + offset + 1):
        sheet.text(row, column, "too short" if too_short else "not defined", "note")


def _statistic_formulas(series: Block, drawdown: Block, inputs: Inputs, index: Index) -> dict[str, str]:
    count, months = series.height, inputs.months_per_year.at(0, 0, "rc")
    whole = series.down(0)
    versus = index.benchmark.down(0)

    def last(n: int, block: Block = series) -> str:
        return block.rows(max(count - n, 0), count - 1)

    own, other = last(12), last(12, index.benchmark)
    cumulative = f"PRODUCT(1+{whole})"
    difference = f"STDEV.S({whole}-{versus})"
    dates = index.dates
    return {
        "last_month": f"={series.at(count - 1)}",
        "ytd": f"{{=PRODUCT(IF(YEAR({dates.down(0)})=YEAR({dates.at(count - 1)}),1+{whole},1))-1}}",
        "one_year": f"{{=PRODUCT(1+{last(12)})-1}}",
        "three_year": f"{{=PRODUCT(1+{last(36)})-1}}",
        "five_year": f"{{=PRODUCT(1+{last(60)})-1}}",
        "cumulative": f"{{={cumulative}-1}}",
        "positive_months": f'=COUNTIF({whole},">0")/COUNT({whole})',
        "n_months": f"=COUNT({whole})",
        "alpha": f"=(1+INTERCEPT({whole},{versus}))^{months}-1",
        "alpha_12m": f"=(1+INTERCEPT({own},{other}))^{months}-1",
        "beta": f"=SLOPE({whole},{versus})",
        "beta_12m": f"=SLOPE({own},{other})",
        "correlation_12m": f"=CORREL({own},{other})",
        "ret_stdev_12m": f"=SQRT({months})*AVERAGE({own})/STDEV.S({own})",
        "tracking_error": f"{{={difference}}}",
        "information_ratio": f"{{=({cumulative}-PRODUCT(1+{versus}))/{difference}}}",
        "max_drawdown": f"=-MIN(0,MIN({drawdown.down(0)}))",
    }


def _write_charts(
    book: Book, sheet: Sheet, data: IndexData, blocks: tuple[int, Index, Proof, Chosen, Frontier]
) -> None:
    row, index, proof, chosen, frontier = blocks
    sheet.file.set_h_pagebreaks([row])
    charts = (
        _growth_chart(book, data, index),
        _weights_chart(book, data, proof),
        _beta_chart(book, data, index),
        _frontier_chart(book, data, (chosen, frontier)),
    )
    for k, chart in enumerate(charts):
        chart.set_size({"width": 560, "height": 330})
        sheet.file.insert_chart(
            row + 17 * (k // 2), 0 if k % 2 == 0 else 4, chart, {"x_offset": 4 if k % 2 == 0 else 60, "object_position": 3}
        )


def _axes(chart: Any, title: str, x: dict[str, Any], y: dict[str, Any]) -> None:
    font = {"name": "Calibri", "size": 9, "color": "#404040"}
    light = {"visible": True, "line": {"color": "#E0E0E0", "width": 0.5}}
    chart.set_title({"name": title, "name_font": {"name": "Calibri", "size": 12, "bold": True}})
    chart.set_x_axis({"num_font": font, "name_font": font, "label_position": "low"} | x)
    chart.set_y_axis({"num_font": font, "name_font": font, "major_gridlines": light} | y)
    chart.set_legend({"position": "bottom", "font": font})


_DATE_AXIS = {"date_axis": True, "num_format": "yyyy", "major_unit": 1, "major_unit_type": "years"}


def _growth_chart(book: Book, data: IndexData, index: Index) -> Any:
    chart = book.file.add_chart({"type": "line"})
    dates = index.levels._replace(column=1)
    for j, (name, block) in enumerate(((data.model.title, index.levels), (data.model.benchmark, index.benchmark_levels))):
        chart.add_series(_series(name, dates.down(0, "rc"), block.down(0, "rc"), j))
    _axes(chart, "Growth of 100 (hypothetical)", _DATE_AXIS, {"num_format": "0", "name": "level", "min": _below(data)})
    return chart


def _below(data: IndexData) -> float:
    """A round start of the level axis below both curves."""
    paths = [
        np.cumprod(1.0 + series) for series in (data.index_returns, data.benchmark_returns[data.positions[1:]])
    ]
    return float(np.floor(min(1.0, *(path.min() for path in paths)) * 10.0) * 10.0)


def _weights_chart(book: Book, data: IndexData, proof: Proof) -> Any:
    chart = book.file.add_chart({"type": "area", "subtype": "stacked"})
    for j, ticker in enumerate(data.tickers):
        colour = SERIES_COLOURS[j % len(SERIES_COLOURS)]
        chart.add_series(
            {
                "name": ticker, "categories": f"={proof.dates.down(0, 'rc')}",
                "values": f"={proof.weights.down(j, 'rc')}", "fill": {"color": colour}, "border": {"none": True},
            }
        )  # fmt: skip
    _axes(
        chart, "Weights by signal date", _DATE_AXIS, {"num_format": "0%", "min": 0, "max": 1, "name": "share of value"}
    )
    return chart


def _beta_chart(book: Book, data: IndexData, index: Index) -> Any:
    chart = book.file.add_chart({"type": "line"})
    block = index.rolling_beta
    dates = block._replace(column=1)
    chart.add_series(_series(f"Beta to {data.model.benchmark}", dates.down(0, "rc"), block.down(0, "rc"), 0))
    _axes(chart, "Rolling 12-month beta", _DATE_AXIS, {"num_format": "0.0", "name": "beta"})
    return chart


def _frontier_chart(book: Book, data: IndexData, blocks: tuple[Chosen, Frontier]) -> Any:
    chosen, frontier = blocks
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    chart.add_series(
        _series("Efficient frontier", frontier.risks.across(0, "rc"), frontier.returns.across(0, "rc"), 0)
    )
    line = _series("Risk target", frontier.target_risk.down(0, "rc"), frontier.target_return.down(0, "rc"), 2)
    line["line"] = {"color": SERIES_COLOURS[2], "width": 1.25, "dash_type": "dash"}
    chart.add_series(line)
    labels = [{"value": ticker} for ticker in data.tickers]
    points = (
        ("Assets", chosen.volatilities.across(0, "rc"), chosen.means.across(0, "rc"), "circle", 4, labels),
        (data.model.benchmark, chosen.benchmark_volatility.at(0, 0, "rc"), chosen.benchmark_mean.at(0, 0, "rc"), "diamond", 1, None),
        ("Answer", chosen.risk.at(0, 0, "rc"), chosen.expected_return.at(0, 0, "rc"), "square", 7, None),
    )  # fmt: skip
    for name, x, y, marker, colour, custom in points:
        series = _series(name, x, y, colour)
        fill = {"color": SERIES_COLOURS[colour]}
        series |= {"line": {"none": True}, "marker": {"type": marker, "size": 7, "fill": fill, "border": fill}}
        if custom:
            series["data_labels"] = {"value": True, "custom": custom, "position": "right", "font": {"size": 8}}
        chart.add_series(series)
    _axes(
        chart, "Efficient frontier at the chosen date (per month)", {"num_format": "0.0%", "name": "risk", "min": 0},
        {"num_format": "0.0%", "name": "expected return", "crossing": "min"},
    )  # fmt: skip
    return chart


def _series(name: str, x: str, y: str, colour: int) -> dict[str, Any]:
    return {
        "name": name, "categories": f"={x}", "values": f"={y}",
        "line": {"color": SERIES_COLOURS[colour % len(SERIES_COLOURS)], "width": 1.75}, "marker": {"type": "none"},
    }  # fmt: skip


class _Check(NamedTuple):
    section: str
    label: str
    unit: str
    formula: str
    value: float
    target: str | float
    exact: bool
    """Tolerance 0; otherwise that of sheet Inputs."""
    note: str


def write_checks(
    book: Book,
    sheet: Sheet,
    data: IndexData,
    blocks: tuple[Inputs, Market, Chosen, Frontier, Proof, Index, Outputs],
) -> None:
    """One line per check: value, target, tolerance, flag; the flags add up to chk_failures."""
    inputs = blocks[0]
    checks = [*_data_checks(data, blocks), *_date_checks(data, blocks), *_history_checks(data, blocks)]
    total_row, first = FIRST_ROW, FIRST_ROW + 2
    for i, check in enumerate(checks):
        row = first + i
        for column, text, kind in (
            (0, check.section, "section"), (1, check.label, "label"), (2, check.unit, "note"), (7, check.note, "note"),
        ):  # fmt: skip
            sheet.text(row, column, text, kind)
        number = {"count": "count", "months": "count", "ratio": "exact", "level": "exact"}.get(check.unit, "small")
        _put(sheet, (row, 3), check.formula, check.value, number)
        _put(sheet, (row, 4), check.target, check.value, number)
        if check.exact:
            sheet.values(row, 5, 0.0, ("formula", "count"))
        else:
            _put(sheet, (row, 5), f"={inputs.tolerance.at(0, 0, 'rc')}", CHECK_TOLERANCE, "small")
    sheet.file.set_column(4, 4, 13)
    sheet.file.set_column(7, 7, 48)
    lines = Block(sheet.name, first, 3, len(checks), 4)
    sheet.formulas(
        first, 6,
        lambda i, j: f"=1-IFERROR(N(ABS({lines.at(i, 0)}-{lines.at(i, 1)})<={lines.at(i, 2)}),0)",
        np.zeros((len(checks), 1)), ("formula", "count"),
    )  # fmt: skip
    total = sheet.line(
        total_row, ("Total", "Failed checks", "count", ""), 0.0, ("formula", "count"), f"=SUM({lines.down(3)})"
    )
    failed = book.file.add_format({"font_color": "#9C0006", "bg_color": "#FFC7CE"})
    rule = {"type": "cell", "criteria": ">", "value": 0, "format": failed}
    sheet.file.conditional_format(first, 6, first + len(checks) - 1, 6, rule)
    sheet.file.conditional_format(total_row, 3, total_row, 3, rule)
    book.name(names.FAILURES, total)


def _put(sheet: Sheet, place: tuple[int, int], content: str | float, value: float, number: str) -> None:
    """A constant, a formula, or an array formula in braces."""
    style = ("formula", number)
    if not isinstance(content, str):
        sheet.values(*place, content, style)
        return
    write = sheet.arrays if content.startswith("{") else sheet.formulas
    write(*place, lambda i, j: content.strip("{}"), value, style)


def _data_checks(data: IndexData, blocks: tuple[Any, ...]) -> list[_Check]:
    inputs, market = blocks[0], blocks[1]
    months = data.dates.size
    dates, levels = market.dates, market.levels
    checks = [
        _Check(
            "Data", "Month-ends present", "count", f"=COUNT({dates.down(0)})", months, f"=ROWS({dates.down(0)})", True,
            "No empty date",
        ),
        _Check(
            "Data", "Dates out of order", "count",
            f"{{=SUM(({dates.rows(1, months - 1)}<={dates.rows(0, months - 2)})*1)}}", 0.0, 0.0, True, "Ascending",
        ),
        _Check(
            "Data", f"Levels of {data.model.benchmark}", "count", f"=COUNT({market.benchmark.down(0)})", months,
            f"=ROWS({dates.down(0)})", True, "No gap",
        ),
    ]  # fmt: skip
    for j, ticker in enumerate(data.tickers):
        column = levels.down(j)
        start = int(np.argmax(np.isfinite(data.levels[:, j])))
        checks.append(
            _Check(
                "Data", f"Levels of {ticker}", "count", f"=COUNT({column})", months - start,
                f"=ROWS({levels.rows(start, months - 1, j)})", True, "Every month from the first",
            )
        )  # fmt: skip
    checks.append(
        _Check(
            "Data", "Lowest level", "level", f"=N(MIN({market.benchmark.down(0)},{levels.all('')})>0)", 1.0, 1.0, True,
            "Every level is above 0",
        )
    )  # fmt: skip
    checks.append(
        _Check(
            "Data", "Sum of levels over the engine's", "ratio",
            f"=SUM({market.benchmark.down(0)},{levels.all('')})/{inputs.engine_levels.at()}", 1.0, 1.0, False,
            "The engine read these data",
        )
    )  # fmt: skip
    return checks


def _date_checks(data: IndexData, blocks: tuple[Any, ...]) -> list[_Check]:
    inputs, _, chosen, frontier, *_ = blocks
    size, window = len(data.tickers), int(data.windows[-1])
    months, mix, weights = chosen.months, chosen.mix, chosen.weights
    covariance, risk, target = chosen.covariance, chosen.risk.at(), chosen.target.at()
    same = f"({inputs.multiplier.at()}={inputs.engine_multiplier.at()})"
    twin = data.window(-1 % data.positions.size)[0]
    matrix = np.cov(twin.T).reshape(size, -1)
    native_risk = float(np.sqrt(data.weights[-1] @ matrix @ data.weights[-1]))
    contribution = chosen.contribution.across(0)
    return [
        _Check("Date", "Returns in the window", "count", f"=COUNT({months.all('')})", window * size,
               f"={chosen.window.at()}*COLUMNS({months.across(0)})", True, "COUNT equals n"),
        _Check("Date", "Window against minimum", "months", f"=MIN({chosen.window.at()},{inputs.minimum_history.at()})",
               data.model.minimum_history, f"={inputs.minimum_history.at()}", True, "Enough history"),
        _Check("Date", "Mixed returns", "count", f"=COUNT({mix.down(0)})", window, f"={chosen.window.at()}", True,
               "COUNT equals n"),
        _Check("Date", "Asymmetry of the covariance", "squared",
               f"{{=MAX(ABS({covariance.all('')}-TRANSPOSE({covariance.all('')})))}}", 0.0, 0.0, False, "Symmetric"),
        _Check("Date", "Subsets evaluated", "count",
               f"=N({chosen.optimiser.not_evaluated.at()}<ROWS({chosen.optimiser.subsets.down(0)}))", 1.0, 1.0, True,
               "At least one; the others are counted on Calc_Optimiser"),
        _Check("Date", "Total weight", "weight", f"=SUM({weights.across(0)})", 1.0, 1.0, False, "Fully invested"),
        _Check("Date", "Least weight", "weight", f"=MIN({weights.across(0)},0)", 0.0, 0.0, False, "Long-only"),
        _Check("Date", "Risk above target", "per month", f"=MAX({risk}-{target},0)", 0.0, 0.0, False, "Within the target"),
        _Check("Date", "Risk by two routes", "squared", f"={chosen.variance.at()}",
               native_risk**2, f"={chosen.variance_of_mix.at()}", False, "MMULT against VAR.S"),
        _Check("Date", "Gradient by two routes", "squared",
               f"{{=MAX(ABS({chosen.gradient.across(0)}-{chosen.gradient_by_product.across(0)}))}}", 0.0, 0.0, False,
               "COVARIANCE.S against MMULT"),
        _Check("Date", "First-order residual", "per month", f"=MAX({chosen.residual.across(0)})", 0.0, 0.0, False,
               "Optimal"),
        _Check("Date", "Risk contributions", "per month", f"=SUM({contribution})", native_risk, f"={risk}", False,
               "Add up to the risk"),
        _Check("Date", "Native less engine weights", "weight", f"={same}*{chosen.difference.at()}", 0.0, 0.0, False,
               "Where k is the engine's"),
        _Check("Date", "Target below reach", "per month", f"=MAX({frontier.least_risk.at()}-{target},0)", 0.0, 0.0, False,
               "The least reachable risk is on Calc_Frontier"),
    ]  # fmt: skip


def _history_checks(data: IndexData, blocks: tuple[Any, ...]) -> list[_Check]:
    inputs, market, _, _, proof, index, outputs = blocks
    flags, signals = proof.flags, data.positions.size
    places = market.return_dates
    checks = [
        _Check("History", "Signal dates", "count", f"=COUNT({proof.dates.down(0)})", signals,
               f"=ROWS({proof.dates.down(0)})", True, "One row each"),
        _Check("History", "Signal dates that are month-ends", "count",
               f"{{=SUM(COUNTIF({places.down(0)},{proof.dates.down(0)}))}}", signals, f"=ROWS({proof.dates.down(0)})", True,
               "Of Calc_Returns"),
        _Check("History", "Engine weights present", "count", f"=COUNT({proof.weights.all('')})",
               signals * len(data.tickers), f"=ROWS({proof.dates.down(0)})*COLUMNS({proof.weights.across(0)})", True,
               "COUNT equals n"),
    ]  # fmt: skip
    meaning = ("Weights add up to 1", "No weight below 0", "Target as the engine's", "Risk within the target",
               "First-order conditions", "Multiplier x slack is 0", "Window as the rule says")  # fmt: skip
    for j, name in enumerate(FLAGS):
        checks.append(
            _Check("History", f"Dates that fail: {name}", "count", f"=SUM({flags.down(j)})", 0.0, 0.0, True, meaning[j])
        )
    months = data.index_returns.size
    growth = 100.0 * float(np.prod(1.0 + data.index_returns))
    checks += [
        _Check("Index", "Months", "count", f"=COUNT({index.returns.down(0)})", months, f"=ROWS({index.returns.down(0)})",
               True, "COUNT equals n"),
        _Check("Index", "Returns against the engine's", "per month", f"{{=MAX(ABS({index.difference.down(0)}))}}", 0.0,
               0.0, False, "Native less engine"),
        _Check("Index", "Last level", "level", f"={index.levels.at(months)}", growth,
               f"{{={index.levels.at(0)}*PRODUCT(1+{index.returns.down(0)})}}", False, "Chained against PRODUCT"),
        _Check("Index", "Benchmark's last level", "level",
               f"={index.benchmark_levels.at(months)}/{index.benchmark_levels.at(0)}",
               float(data.benchmark[data.positions[-1] + 1] / data.benchmark[data.positions[0] + 1]),
               f"={market.benchmark.at(int(data.positions[-1]) + 1)}/{market.benchmark.at(int(data.positions[0]) + 1)}",
               False, "Chained against levels"),
        _Check("Statistics", "Largest difference, index", "any", _largest(outputs.differences), 0.0,
               0.0, False, "Native less engine"),
        _Check("Statistics", "Largest difference, benchmark", "any",
               _largest(outputs.benchmark_differences), 0.0, 0.0, False, "Native less engine"),
        _Check("Statistics", "Beta by two routes", "ratio",
               f"=SLOPE({index.returns.down(0)},{index.benchmark.down(0)})", float(data.statistics["beta"]),
               f"=COVARIANCE.S({index.returns.down(0)},{index.benchmark.down(0)})/VAR.S({index.benchmark.down(0)})", False,
               "SLOPE against COVARIANCE.S/VAR.S"),
    ]  # fmt: skip
    return checks


def _largest(block: Block) -> str:
    """Largest absolute number of a column that may hold the words "not available"."""
    column = block.down(0)
    return f"{{=MAX(IF(ISNUMBER({column}),ABS({column}),0))}}"
