"""Sheet Calc_Functions of the direct-risk-target workbook with macros: our functions beside the native cells.

Every call reads cells of the workbook and follows the chosen model and date. The optimiser's functions are given all
places: an empty one has no return, the variance of the first asset, and may hold nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from udfs.registry import call
from workbooks.check_lines import Check
from workbooks.drt_arguments import GAP, Arguments, Chosen
from workbooks.drt_data import DirectData
from workbooks.drt_market import twin_of
from workbooks.sheet import Block, Book
from workbooks.tour_checks import ALL, Compared, function_checks
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Mask, Section, Twin

NAME = "Calc_Functions"

COMPARED = ("market risk", "percentile", "trend", "drawdown", "state", "k", "raw target", "clipped target")
"""Rows of the record of ARAM_RISK_TARGET that have a native twin."""


def begin(book: Book, data: DirectData, title: str, notice: str) -> FunctionSheet:
    """The empty sheet."""
    places = data.sizes.assets
    return FunctionSheet(book, NAME, title, notice, (places + 2, places, places))


def write_functions(sheet: FunctionSheet, data: DirectData, chosen: Chosen) -> list[Check]:
    """Eight functions at the chosen model and date; gives their checks."""
    writer = _Writer(sheet, data, chosen)
    writer.write_estimates()
    writer.write_target(writer.write_market())
    writer.write_answer(writer.write_range())
    return writer.checks


class _Writer:
    """The sheet under construction, section by section."""

    def __init__(self, sheet: FunctionSheet, data: DirectData, chosen: Chosen) -> None:
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
        """ARAM_EXPECTED_RETURNS of all places and ARAM_COV of the model's own, on the months of the window."""
        e, n, window = self.chosen.twin.estimates, len(self.data.shown.model.universe), self.cells["Window"]
        start, months = self.cells["First month"], window.block
        held = window.cells[int(start.cells[0][0]) - 1 :]
        first, last = f"INDEX({months.down(0)},{start.block.at()})", months.height - 1

        def mean(values: Area, rows: Block) -> Twin:
            source = self.chosen.window.expected.across(0, "rc")
            return Twin(("native",), lambda i, j: f"=INDEX({source},{rows.at(i)})", lambda i, j: e.expected[i])

        every = Area(months, held, f"{first}:{months.at(last, self.places - 1)}")
        spec = self._by_place("ARAM_EXPECTED_RETURNS", self._estimated(every, "Mean"), "per month", "percent4")
        self._finish(spec, self.sheet.section(self.row, spec, mean))

        def matrix(values: Area, rows: Block) -> Twin:
            source = self.chosen.covariance.covariance
            heads = tuple(f"native {j + 1}" for j in range(self.places))
            return Twin(heads, lambda i, j: f"={source.at(i, j)}", lambda i, j: e.covariance[i, j])

        def difference(values: Block, twin: Block) -> Formula:
            rows, order = Block(values.sheet, values.row, 3, values.height, 1), self.cells["Place"].block
            return lambda i, j: (
                f"=IF(MAX({rows.at(i)},{order.at(0, j, 'r')})<={self.assets},{values.at(i, j)}-{twin.at(i, j)},0)"
            )

        used, count = self.cells["Used"], self.cells["Assets"].block.at()
        condition = f"({self._order(self.places).down(0)}<={count})*{used.block.across(0)}"
        mask = Mask(condition, np.outer(used.cells[0], used.cells[0]) > 0)
        own = Area(months, [row[:n] for row in held], f"{first}:INDEX({months.across(last)},{count})")
        spec = self._by_place("ARAM_COV", self._estimated(own, "Covariance"), "squared", "small", mask)
        section = self.sheet.section(self.row, spec, matrix, difference)
        self._finish(spec, section, Compared(expected=f"={self.assets}*{self.assets}"))

    def write_market(self) -> Area:
        """ARAM_MARKET_RISK through time; gives the market's returns beside it, from the first to the chosen date."""
        returns, risk = self.chosen.returns.market, self.chosen.market.risk
        total = returns.height
        found = twin_of(self.data)
        first, valued, here = (self.cells[name] for name in ("First return", "First value", "Month of the date"))
        before = int(first.cells[0][0]) - 1
        told = np.where(np.arange(total) < before, 0.0, found.series.returns[1:])
        native = (told, found.found.market_risk[1:])
        column, order = Block(self.sheet.name, self.row + 3, self.sheet.twins_at, total, 1), self._order(total)
        windows = self.cells["Window 1"].block._replace(height=self.data.sizes.windows)
        several = self.cells["Windows"]
        listed = Area(
            windows, [self.cells[f"Window {c + 1}"].cells[0] for c in range(int(several.cells[0][0]))],
            f"{windows.at()}:INDEX({windows.down(0)},{several.block.at()})",
        )  # fmt: skip
        arguments = (Area(column, told[:, None].tolist()),
                     *(self.cells[f"Market {name}"] for name in ("method", "window", "half-life")), listed)  # fmt: skip
        shown = np.arange(1.0, total + 1)[:, None] >= valued.cells[0][0]
        mask = Mask(f"{order.down(0)}>={valued.block.at()}", shown)
        spec = Call("ARAM_MARKET_RISK", arguments, [f"Month {i + 1}" for i in range(total)], ["per month"] * total,
                    ["percent4"] * total, mask=mask)  # fmt: skip

        def twin(values: Area, order: Block) -> Twin:
            def formula(i: int, j: int) -> str:
                return f"={risk.at(i + 1)}" if j else f"=IF({order.at(i)}<{first.reference},0,{returns.at(i)})"

            return Twin(("market", "native"), formula, lambda i, j: native[j][i])

        def difference(values: Block, native: Block) -> Formula:
            def formula(i: int, j: int) -> str | None:
                own, other = values.at(i), native.at(i, 1)
                return f"=IF(ISNUMBER({other}),{own}-{other},N(ISNUMBER({own})))" if j else None

            return formula

        section = self.sheet.section(self.row, spec, twin, difference)
        self._finish(spec, section, Compared(expected=f"=COUNT({risk.down(0)})"))
        ends = (f"INDEX({column.down(0)},{cell.block.at()})" for cell in (first, here))
        return Area(column, told[before : int(here.cells[0][0]), None].tolist(), ":".join(ends))

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

    def _estimated(self, window: Area, kind: str) -> tuple[Area, ...]:
        """Arguments of an estimate."""
        return window, self.cells[f"{kind} method"], self.cells[f"{kind} half-life"]

    def _order(self, count: int) -> Block:
        """Where the numbers of the rows of the next section will stand."""
        return Block(self.sheet.name, self.row + 3, 3, count, 1)

    def _by_place(
        self, name: str, arguments: tuple[Area, ...], unit: str, number: str, mask: Mask | None = None
    ) -> Call:
        labels = [f"Place {j + 1}" for j in range(self.places)]
        return Call(name, arguments, labels, [unit] * self.places, [number] * self.places, mask=mask)

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
