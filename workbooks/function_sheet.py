"""Sheet Calc_Functions of the active-index workbook with macros: our functions beside the native cells.

The functions read the window of the chosen date from Calc_Window, whatever its length, and one another's answers.
"""

from __future__ import annotations

from workbooks.check_lines import Check
from workbooks.chosen_date import Chosen
from workbooks.frontier_sheet import Frontier
from workbooks.index_data import IndexData
from workbooks.inputs_sheets import Inputs
from workbooks.sheet import FIRST_ROW, Block, Book, Sheet
from workbooks.tour_checks import ALL, Compared, function_checks
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Line, Section, Twin

NAME = "Calc_Functions"

GAP = 2
"""Rows between sections."""


def begin(book: Book, data: IndexData, notice: str) -> FunctionSheet:
    """The empty sheet."""
    size = len(data.tickers)
    title = f"{data.model.title}: functions at the chosen date"
    return FunctionSheet(book, NAME, title, notice, (size + 2, size, size))


def write_functions(
    sheet: Sheet, tickers: tuple[str, ...], chosen: Chosen, frontier: Frontier, inputs: Inputs
) -> list[Check]:
    """Five functions at the chosen date; gives their checks."""
    if not isinstance(sheet, FunctionSheet):
        raise TypeError(f"sheet: expected one of functions, got {sheet.name}")
    writer = _Writer(sheet, tickers, chosen, inputs.tolerance.at(0, 0, "rc"))
    means, covariance = writer.write_moments()
    target = writer.write_range(means, covariance, frontier)
    weights = writer.write_weights(means, covariance, target)
    writer.write_certificate(weights, means, covariance, target)
    return writer.checks


class _Writer:
    """The sheet under construction, section by section."""

    def __init__(self, sheet: FunctionSheet, tickers: tuple[str, ...], chosen: Chosen, tolerance: str) -> None:
        self.sheet, self.tickers, self.chosen, self.tolerance = sheet, tickers, chosen, tolerance
        self.size = len(tickers)
        self.row = FIRST_ROW
        self.checks: list[Check] = []

    def write_moments(self) -> tuple[Area, Area]:
        """ARAM_EXPECTED_RETURNS and ARAM_COV on the window, with the tickers above it."""
        months, length = self.chosen.window.months, self.chosen.window.length
        first = Block(months.sheet, months.row - 1, months.column, months.height + 1, self.size)
        reference = f"{first.at()}:INDEX({first.down(self.size - 1)},{length.at()}+1)"
        window = Area(first, [list(self.tickers), *self.chosen.twin.months.tolist()], reference)
        native = self.chosen.moments

        def mean(values: Area, order: Block) -> Twin:
            return _turned(native.means, values, order)

        def covariance(values: Area, order: Block) -> Twin:
            return Twin(self.tickers, lambda i, j: f"={native.covariance.at(i, j)}", lambda i, j: values.cells[i][j])

        spec = self._assets("ARAM_EXPECTED_RETURNS", (window,), "per month", "percent4")
        means = self._finish(spec, self.sheet.section(self.row, spec, mean))
        spec = self._assets("ARAM_COV", (window,), "squared", "small")
        matrix = self._finish(spec, self.sheet.section(self.row, spec, covariance))
        return means.answer, matrix.answer

    def write_range(self, means: Area, covariance: Area, frontier: Frontier) -> Area:
        """ARAM_RISK_RANGE, and the target within its reach, which the sections below use."""
        mu, s = means.part(0, 1).block.all(), covariance.part(1, 1).block.all()

        def twin(values: Area, _: Block) -> Twin:
            weights = values.block._replace(column=values.block.column + 2, width=self.size)

            def formula(i: int, j: int) -> str:
                w = weights.across(i)
                return (f"{{=SQRT(SUM(MMULT({w},{s})*{w}))}}", f"{{=SUM(MMULT({w},{mu}))}}")[j]

            return Twin(("Risk", "Return"), formula, lambda i, j: values.cells[i][j])

        spec = Call("ARAM_RISK_RANGE", (means, covariance), ("Least risk", "Greatest return"), ("per month",) * 2,
                    ("percent4",) * 2)  # fmt: skip
        section = self.sheet.section(self.row, spec, twin)
        own, least, target = section.values.block.at(), frontier.least_risk.at(), self.chosen.moments.target
        reach = float(section.values.cells[0][0])
        wanted = max(float(self.chosen.twin.moments.target), reach)
        lines = (
            Line("Least risk, Calc_Frontier", "per month", f"={least}", reach, "percent4", f"={own}-{least}"),
            Line("Target within reach", "per month", f"=MAX({target.at()},{own})", wanted, "percent4"),
        )
        self._finish(spec, section, lines, Compared(below=1))
        return Area(Block(self.sheet.name, section.order.row + 3, 3, 1, 1), [[wanted]])

    def write_weights(self, means: Area, covariance: Area, target: Area) -> Area:
        """ARAM_WEIGHTS against the native optimiser."""
        spec = self._assets("ARAM_WEIGHTS", (means, covariance, target), "weight", "percent4")
        native = self.chosen.weights
        section = self.sheet.section(self.row, spec, lambda values, order: _turned(native, values, order))
        return self._finish(spec, section).answer

    def write_certificate(self, weights: Area, means: Area, covariance: Area, target: Area) -> None:
        """ARAM_CERTIFICATE against the native proof; where no portfolio meets the target it has another form."""
        names = ("Verdict", "Form", "Risk multiplier", "Budget multiplier", "Stationarity", "Feasibility",
                 "Complementarity", "Duality gap")  # fmt: skip
        units = ("0 or 1", "text", "return/risk", *("per month",) * 2, "weight", *("per month",) * 2)
        numbers = ("text", "text", "number", "percent4", *("small",) * 4)
        bounds = tuple(f"{bound} multiplier, {name}" for bound in ("Lower", "Upper") for name in self.tickers)
        spec = Call("ARAM_CERTIFICATE", (weights, means, covariance, target), (*names, *bounds),
                    (*units, *("per month",) * len(bounds)), (*numbers, *("percent4",) * len(bounds)))  # fmt: skip
        risk = self.chosen.proof.risk
        # On Calc_Date the weight of return f, the risk multiplier k and the budget multiplier g follow the risk.
        f, k, g = (risk._replace(row=risk.row + i).at() for i in (1, 2, 3))
        native = {2: f"={k}", 3: f"={g}"}

        def difference(values: Block, twin: Block) -> Formula:
            def gap(i: int, _: int) -> str | None:
                if i in native:
                    return f"=IF({f},{values.at(i)}-{twin.at(i)},0)"
                if i == 0:
                    return f"=1-N({values.at(0)})"
                return f"={values.at(i)}" if 3 < i < len(names) else None

            return gap

        def twin(values: Area, _: Block) -> Twin:
            return Twin(("native",), lambda i, j: native.get(i), lambda i, j: values.cells[i][0])

        section = self.sheet.section(self.row, spec, twin, difference)
        self._finish(spec, section, (), Compared(counted=section.values.part(4, 0).block))

    def _assets(self, name: str, arguments: tuple[Area, ...], unit: str, number: str) -> Call:
        return Call(name, arguments, self.tickers, [unit] * self.size, [number] * self.size)

    def _finish(self, spec: Call, section: Section, lines: tuple[Line, ...] = (), how: Compared = ALL) -> Section:
        """Lines below a section and its checks; the next section begins below them."""
        self.sheet.below(section, spec.function, lines)
        self.checks += function_checks(spec, section, self.tolerance, how)
        self.row = section.order.row + section.order.height + len(lines) + GAP
        return section


def _turned(row: Block, values: Area, order: Block) -> Twin:
    """A row of native cells beside a column of ours."""
    cells = row.across(0, "rc")
    return Twin(("native",), lambda i, j: f"=INDEX({cells},{order.at(i)})", lambda i, j: values.cells[i][j])
