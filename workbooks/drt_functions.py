"""Sheet Calc_Functions of the direct-risk-target workbook with macros: our functions beside the native cells.

Every call reads cells of the workbook and follows the chosen model and date. The optimiser's functions are given all
places: an empty one has no return, the variance of the first asset, and may hold nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from udfs.errors import CellError
from udfs.registry import call
from workbooks.check_lines import Check
from workbooks.drt_arguments import GAP, Arguments, Chosen
from workbooks.drt_data import DirectData
from workbooks.drt_market import twin_of
from workbooks.sheet import FIRST_ASSET, Block, Book
from workbooks.tour_checks import ALL, Compared, function_checks
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Section, Twin

NAME = "Calc_Functions"

ABSENT = CellError("#N/A")
"""What an array formula shows below and beside a shorter answer."""

COMPARED = ("market risk", "percentile", "trend", "drawdown", "state", "k", "raw target", "clipped target")
"""Rows of the record of ARAM_RISK_TARGET that have a native twin."""


class GrowingSheet(FunctionSheet):
    """Answers with as many rows as the chosen model has assets; the block keeps room for the largest model."""

    def __init__(self, book: Book, data: DirectData, title: str, notice: str) -> None:
        self.places = data.sizes.assets
        super().__init__(book, NAME, title, notice, (self.places + 2, self.places, self.places))

    def _answer(self, top: int, spec: Call) -> tuple[Area, Area]:
        rows = call(spec.function, tuple(None if area is None else area.cells for area in spec.arguments)).rows
        if len(rows) >= len(spec.labels):
            return super()._answer(top, spec)
        height, width = len(spec.labels), self.places if len(rows[0]) > 1 else 1
        full = [[*row, *[ABSENT] * (width - len(row))] for row in rows]
        full += [[ABSENT] * width for _ in range(height - len(rows))]
        arguments = ",".join("" if area is None else area.plain for area in spec.arguments)
        text = self._local(f"={spec.function}({arguments})")
        last = (top + height - 1, FIRST_ASSET + width - 1)
        shapes = [self._engine(number) for number in spec.numbers]
        self.file.write_array_formula(top, FIRST_ASSET, *last, text, shapes[0], _kept(full[0][0]))
        for i, line in enumerate(full):
            for j, value in enumerate(line):
                self._claim(top + i, FIRST_ASSET + j)
                if i or j:
                    self._member(top + i, FIRST_ASSET + j, _kept(value), shapes[i])
        self.book.formulas.append((self.name, top, FIRST_ASSET, height, width, "{" + text + "}"))
        self.head(top - 1, FIRST_ASSET, "function")
        area = Area(Block(self.name, top, FIRST_ASSET, height, width), full)
        return area, area


def write_functions(sheet: GrowingSheet, data: DirectData, chosen: Chosen) -> list[Check]:
    """Eight functions at the chosen model and date; gives their checks."""
    writer = _Writer(sheet, data, chosen)
    writer.write_estimates()
    writer.write_target(writer.write_market())
    writer.write_answer(writer.write_range())
    return writer.checks


class _Writer:
    """The sheet under construction, section by section."""

    def __init__(self, sheet: GrowingSheet, data: DirectData, chosen: Chosen) -> None:
        self.sheet, self.data, self.chosen = sheet, data, chosen
        self.places = data.sizes.assets
        arguments = Arguments(sheet, data, chosen)
        self.row = arguments.write()
        self.cells = arguments.cells
        self.assets, self.bounds, self.one_window = (
            self.cells[name].reference for name in ("Assets", "Weights compared", "Risk target compared")
        )
        self.tolerance = chosen.inputs.tolerance.at(0, 0, "rc")
        self.checks: list[Check] = []

    def write_estimates(self) -> None:
        """ARAM_EXPECTED_RETURNS and ARAM_COV on the months of the window."""
        months, e, n = self.chosen.window.months, self.chosen.twin.estimates, len(self.data.shown.model.universe)
        start, count = self.cells["First month"], self.cells["Assets"].block.at()
        first = f"INDEX({months.down(0)},{start.block.at()})"
        last = f"INDEX({months.across(months.height - 1)},{count})"
        held = e.months[int(start.cells[0][0]) - 1 :, :n]
        window = Area(months, held.tolist(), f"{first}:{last}")
        order = self.cells["Place"].block

        def mean(values: Area, rows: Block) -> Twin:
            source = self.chosen.window.expected.across(0, "rc")
            return Twin(("native",), lambda i, j: f"=INDEX({source},{rows.at(i)})", lambda i, j: e.expected[i])

        def matrix(values: Area, rows: Block) -> Twin:
            source = self.chosen.covariance.covariance
            heads = tuple(f"native {j + 1}" for j in range(self.places))
            return Twin(heads, lambda i, j: f"={source.at(i, j)}", lambda i, j: e.covariance[i, j])

        def used(values: Block, twin: Block) -> Formula:
            rows = Block(values.sheet, values.row, 3, values.height, 1)

            def gap(i: int, j: int) -> str:
                place = f"MAX({rows.at(i)},{order.at(0, j, 'r')})" if values.width > 1 else rows.at(i)
                return f"=IF({place}<={self.assets},{values.at(i, j)}-{twin.at(i, j)},0)"

            return gap

        for name, kind, unit, number, twin, expected in (
            ("ARAM_EXPECTED_RETURNS", "Mean", "per month", "percent4", mean, f"={self.assets}"),
            ("ARAM_COV", "Covariance", "squared", "small", matrix, f"={self.assets}*{self.assets}"),
        ):
            spec = self._by_place(name, (window, self.cells[f"{kind} method"], self.cells[f"{kind} half-life"]), unit,
                                  number)  # fmt: skip
            self._finish(spec, self.sheet.section(self.row, spec, twin, used), Compared(expected=expected))

    def write_market(self) -> Area:
        """ARAM_MARKET_RISK through time; gives the market's returns beside it, from the first to the chosen date."""
        returns, risk = self.chosen.returns.market, self.chosen.market.risk
        total = returns.height
        found = twin_of(self.data)
        earned, before = found.series.returns[1:], int(self.cells["Months before"].cells[0][0])
        gap = self.cells["Months before"].reference
        column = Block(self.sheet.name, self.row + 3, self.sheet.twins_at, total, 1)

        def until(name: str) -> Area:
            length = self.cells[name]
            cells = earned[before : before + int(length.cells[0][0]), None].tolist()
            return Area(column, cells, f"{column.at()}:INDEX({column.down(0)},{length.block.at()})")

        windows = self.cells["Window 1"].block._replace(height=self.data.sizes.windows)
        several = self.cells["Windows"]
        count = int(several.cells[0][0])
        listed = Area(
            windows, [self.cells[f"Window {c + 1}"].cells[0] for c in range(count)],
            f"{windows.at()}:INDEX({windows.down(0)},{several.block.at()})",
        )  # fmt: skip
        arguments = (until("Months"), *(self.cells[f"Market {name}"] for name in ("method", "window", "half-life")))
        spec = Call("ARAM_MARKET_RISK", (*arguments, listed), [f"Month {i + 1}" for i in range(total)],
                    ["per month"] * total, ["percent4"] * total)  # fmt: skip

        def twin(values: Area, order: Block) -> Twin:
            sources = returns.down(0, "rc"), risk.down(0, "rc")

            def formula(i: int, j: int) -> str:
                return f'=IFERROR(INDEX({sources[j]},{order.at(i)}+{gap}{"+1" if j else ""}),"")'

            def value(i: int, j: int) -> float:
                at = i + before
                series = (earned, found.found.market_risk[1:])[j]
                return float(series[at]) if at < total else np.nan

            return Twin(("market", "native"), formula, value)

        def difference(values: Block, native: Block) -> Formula:
            def formula(i: int, j: int) -> str | None:
                own, other = values.at(i), native.at(i, 1)
                return f"=IF(ISNUMBER({other}),{own}-{other},N(ISNUMBER({own})))" if j else None

            return formula

        section = self.sheet.section(self.row, spec, twin, difference)
        self._finish(spec, section, Compared(expected=f"=COUNT({risk.down(0)})"))
        return until("Months to the date")

    def write_target(self, returns: Area) -> None:
        """ARAM_RISK_TARGET at the chosen date against steps 1 and 2."""
        names = ("Rule", "One window", "Floor", "Cap", "Settings")
        arguments = (returns, *(self.cells[name] for name in names))
        facts = call("ARAM_RISK_TARGET", tuple(area.cells for area in arguments)).rows
        keys = [str(label) for label, _ in facts]
        steps, record = self.chosen.steps, dict(facts)
        sources = (steps.market_risk, steps.percentile, steps.trend, steps.drawdown, steps.state, steps.k, steps.raw)
        native = {key: f"={source.at()}" for key, source in zip(COMPARED, sources, strict=False)}
        place = Block(self.sheet.name, self.row + 3, self.sheet.twins_at, len(keys), 1)
        raw, floor, cap = place.at(keys.index("raw target")), *(self.cells[n].block.at() for n in ("Floor", "Cap"))
        native[COMPARED[-1]] = f"=MIN(MAX({raw},N({floor})),IF(COUNT({cap}),{cap},1))"
        formats = {"percentile": "number", "drawdown": "percent4", "k": "level", "window": "count"}
        units = {"percentile": "share", "drawdown": "share", "k": "ratio", "window": "months", "trend value": "ratio"}
        texts = [isinstance(record[key], str) for key in keys]
        spec = Call(
            "ARAM_RISK_TARGET", arguments, [key.capitalize() if len(key) > 1 else key for key in keys],
            ["text" if text else units.get(key, "per month") for key, text in zip(keys, texts, strict=True)],
            ["text" if text else formats.get(key, "percent4") for key, text in zip(keys, texts, strict=True)],
        )  # fmt: skip

        def twin(values: Area, _: Block) -> Twin:
            return Twin(("native",), lambda i, j: native.get(keys[i]), lambda i, j: values.cells[i][j])

        def difference(values: Block, twin: Block) -> Formula:
            def formula(i: int, _: int) -> str | None:
                own, other = values.at(i), twin.at(i)
                # Joined to nothing, because LibreOffice holds equal texts of an add-in and of a cell for different.
                gap = f'IF(ISNUMBER({own}),{own}-{other},N({own}&""<>{other}&""))'
                return f"={self.one_window}*{gap}" if keys[i] in native else None

            return formula

        section = self.sheet.section(self.row, spec, twin, difference)
        counted = section.values.part(keys.index("k"), 0).block._replace(height=4)
        self._finish(spec, section, Compared(counted=counted))

    def write_range(self) -> Area:
        """ARAM_RISK_RANGE under the bounds, and the target that the weights answer: at least the least risk."""
        arguments = self._problem("Expected return", "Covariance")
        steps = self.chosen.steps
        ends = (steps.least, steps.greatest)
        spec = Call("ARAM_RISK_RANGE", (*arguments, *self._limits()), ("Least risk", "Greatest return"),
                    ("per month",) * 2, ("percent4",) * 2)  # fmt: skip

        def twin(values: Area, _: Block) -> Twin:
            return Twin(("Risk",), lambda i, j: f"={ends[i].at()}", lambda i, j: values.cells[i][0])

        def difference(values: Block, native: Block) -> Formula:
            return lambda i, j: f"={self.bounds}*({values.at(i)}-{native.at(i)})"

        section = self.sheet.section(self.row, spec, twin, difference)
        least, target = float(section.values.cells[0][0]), steps.target.at()
        wanted = float(self.data.shown.walk.result.decisions[self.data.signal].clipped or 0.0)
        row = section.order.row + section.order.height
        formula = f"=IF({target}<={steps.least.at()},{section.values.block.at()},{target})"
        place = self.sheet.line(row, (spec.function, "Target within reach", "per month", None), max(wanted, least),
                                ("formula", "percent4"), formula)  # fmt: skip
        self._finish(spec, section)
        self.row += 1
        return Area(place, [[max(wanted, least)]])

    def write_answer(self, target: Area) -> None:
        """ARAM_WEIGHTS, ARAM_CERTIFICATE and ARAM_RISK_CONTRIBUTIONS."""
        weights, contribution = self.chosen.weights.weights, self.chosen.certificate.contribution
        problem, limits = self._problem("Expected return", "Covariance"), self._limits()
        spec = self._by_place("ARAM_WEIGHTS", (*problem, target, *limits), "weight", "percent4")
        self._finish(spec, self.sheet.section(self.row, spec, _turned(weights), self._weighed(self.bounds)))
        held = self.cells["Weights"]
        self._write_certificate((held, *problem, target, *limits))
        spec = self._by_place("ARAM_RISK_CONTRIBUTIONS", (held, self.cells["Covariance"]), "per month", "percent4")
        self._finish(spec, self.sheet.section(self.row, spec, _turned(contribution), self._weighed("1")))

    def _write_certificate(self, arguments: tuple[Area, ...]) -> None:
        """The proof of the workbook's weights: a verdict of 1, and residuals near 0."""
        names = ("Verdict", "Form", "Risk multiplier", "Budget multiplier", "Stationarity", "Feasibility",
                 "Complementarity", "Duality gap")  # fmt: skip
        units = ("0 or 1", "text", "return/risk", *("per month",) * 2, "weight", *("per month",) * 2)
        numbers = ("text", "text", "number", "percent4", *("small",) * 4)
        bounds = tuple(f"{side} multiplier, place {j + 1}" for side in ("Lower", "Upper") for j in range(self.places))
        spec = Call("ARAM_CERTIFICATE", arguments, (*names, *bounds), (*units, *("per month",) * len(bounds)),
                    (*numbers, *("percent4",) * len(bounds)))  # fmt: skip

        def difference(values: Block, twin: Block) -> Formula:
            def gap(i: int, _: int) -> str | None:
                if i == 0:
                    return f"={self.bounds}*(1-N({values.at(0)}))"
                return f"={self.bounds}*{values.at(i)}" if 3 < i < len(names) else None

            return gap

        section = self.sheet.section(self.row, spec, lambda values, order: Twin(("",), _nothing, _nothing), difference)
        self._finish(spec, section, Compared(counted=section.values.part(4, 0).block))

    def _problem(self, *names: str) -> tuple[Area, ...]:
        return tuple(self.cells[name] for name in names)

    def _limits(self) -> tuple[Area, ...]:
        return self._problem("Least weight", "Greatest weight")

    def _by_place(self, name: str, arguments: tuple[Area, ...], unit: str, number: str) -> Call:
        labels = [f"Place {j + 1}" for j in range(self.places)]
        return Call(name, arguments, labels, [unit] * self.places, [number] * self.places)

    def _weighed(self, flag: str) -> Any:
        """Differences that count where ``flag`` is 1."""

        def difference(values: Block, native: Block) -> Formula:
            return lambda i, j: f"={flag}*({values.at(i)}-{native.at(i)})"

        return difference

    def _finish(self, spec: Call, section: Section, how: Compared = ALL) -> None:
        """The checks of a section; the next one begins below it."""
        self.checks += function_checks(spec, section, self.tolerance, how)
        self.row = section.order.row + section.order.height + GAP


def _turned(row: Block) -> Any:
    """A row of native cells beside a column of ours."""
    cells = row.across(0, "rc")
    return lambda values, order: Twin(
        ("native",), lambda i, j: f"=INDEX({cells},{order.at(i)})", lambda i, j: values.cells[i][j]
    )


def _nothing(i: int, j: int) -> None:
    return None


def _kept(value: Any) -> Any:
    """What the file keeps of a value of an answer."""
    return value.code if isinstance(value, CellError) else float(value)
