"""Sheet Calc_Fund of the tour: is a fund active, and does a figure fit what is printed."""

from __future__ import annotations

from udfs.registry import call
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block
from workbooks.tour_checks import Compared
from workbooks.tour_inputs import ASSETS, Market
from workbooks.tour_parts import Tour, below
from workbooks.tour_rule import ModelInputs
from workbooks.tour_sheet import Area, Call, Formula, FunctionSheet, Twin

UNITS = {
    "decimal per month": ("per month", "percent4"), "decimal per year": ("per year", "percent4"),
    "decimal, whole span": ("return", "percent4"), "share of variance": ("share", "number"),
    "count": ("count", "count"), "number": ("ratio", "number"), "weight": ("weight", "percent4"),
    "date": ("text", "text"), "text": ("text", "text"),
}  # fmt: skip
"""Of the answer: the unit shown, and the number format."""

COMPARED = "Beta"
"""Figure that ARAM_FITS compares with a printed one."""


def printed_beta(market: Market) -> str:
    """The beta of the fund as a publisher would print it, for sheet Inputs."""
    rows = call("ARAM_ACTIVENESS", (parts_of(market.dated)[0].cells, market.benchmark.cells)).rows
    return f"{next(row[1] for row in rows if row[0] == COMPARED):.2f}"


def parts_of(dated: Area) -> tuple[Area, Area]:
    """The fund with its dates, and the other assets as passive series."""
    return dated.part(0, 0, 2), dated.part(0, 2)


def write_fund(tour: Tour, sheet: FunctionSheet, own: ModelInputs) -> None:
    """ARAM_ACTIVENESS of the first asset, then ARAM_FITS on its beta."""
    fund, passive = parts_of(tour.market.dated)
    benchmark = tour.market.benchmark
    arguments = (fund, benchmark, None, passive)
    rows = call("ARAM_ACTIVENESS", tuple(None if area is None else area.cells for area in arguments)).rows[1:]
    labels = [str(row[0]) for row in rows]
    units = [UNITS[str(row[2])] for row in rows]
    spec = Call("ARAM_ACTIVENESS", arguments, labels, [unit for unit, _ in units], [number for _, number in units])
    place = Block(sheet.name, FIRST_ROW + 3, sheet.twins_at, len(labels), 1)
    values = Block(sheet.name, place.row, FIRST_ASSET, len(labels), 1)
    cells = {label: place.at(i) for i, label in enumerate(labels)}
    weights = values.rows(labels.index(f"Passive mix: {ASSETS[1]}"), labels.index(f"Passive mix: {ASSETS[-1]}"))
    native = _natively(tour, (fund.part(1, 1).block, passive.part(1, 0).block), cells, weights)

    def twin(answer: Area, _: Block) -> Twin:
        return Twin(("native",), lambda i, j: native.get(labels[i]), lambda i, j: answer.cells[i][0])

    section = sheet.section(FIRST_ROW, spec, twin)
    known = [i for i, label in enumerate(labels) if label in native]
    counted = section.values.block._replace(row=section.values.block.row + known[0], height=11, width=1)
    tour.check(spec, section, Compared(counted=counted))
    at = labels.index(COMPARED)
    value = Area(section.values.block._replace(row=section.values.block.row + at, height=1, width=1), [[rows[at][1]]])
    _write_fits(tour, sheet, below(section), own, value)


def _natively(tour: Tour, series: tuple[Block, Block], cells: dict[str, str], weights: str) -> dict[str, str]:
    """Native formulas by label; ``cells``: where the twin of each stands, ``weights``: of the passive mix."""
    own, passive = series
    r, b, mix = own.all(), tour.market.benchmark.block.all(), passive.all()
    months = tour.inputs.months.reference
    n, alpha, spread = cells["Months"], cells["Alpha a month"], cells["Residual risk"]
    error, slope_error = cells["Standard error of alpha"], cells["Standard error of beta"]
    last = own.height

    def growth(block: Block, years: int) -> str:
        return f"{{=PRODUCT(1+{block.rows(last - 12 * years, last - 1, 0)})-1}}"

    other = tour.market.benchmark.block
    return {
        "Months": f"=COUNT({r})",
        "Alpha a year": f"=(1+{alpha})^{months}-1",
        "Alpha a month": f"=INTERCEPT({r},{b})",
        "Standard error of alpha": f"={slope_error}*SQRT(DEVSQ({b})/{n}+AVERAGE({b})*AVERAGE({b}))",
        "t-value of alpha": f"={alpha}/{error}",
        "Beta": f"=SLOPE({r},{b})",
        "Standard error of beta": f"={spread}/SQRT(DEVSQ({b}))",
        "Correlation": f"=CORREL({r},{b})",
        "R-squared": f"=RSQ({r},{b})",
        "Residual risk": f"=STEYX({r},{b})",
        "Tracking error a month": f"{{=STDEV.S({r}-{b})}}",
        "Tracking error a year": f"={cells['Tracking error a month']}*SQRT({months})",
        "3 years, fund": growth(own, 3),
        "3 years, benchmark": growth(other, 3),
        "5 years, fund": growth(own, 5),
        "5 years, benchmark": growth(other, 5),
        "Explained by the passive mix": f"{{=1-VAR.S({r}-MMULT({mix},{weights}))/VAR.S({r})}}",
        "Passive series held": f'=COUNTIF({weights},">0")',
        "Tracking error to the mix": f"{{=STDEV.S({r}-MMULT({mix},{weights}))*SQRT({months})}}",
        "Mean return less the mix": f"{{=AVERAGE({r}-MMULT({mix},{weights}))}}",
    }


def _write_fits(tour: Tour, sheet: FunctionSheet, row: int, own: ModelInputs, value: Area) -> None:
    """ARAM_FITS: how far the beta is from what the printed figure of Inputs stands for."""
    spec = Call("ARAM_FITS", (value, own.figure), ["Printed beta"], ["ratio"], ["exact"])
    figure, half = own.figure.reference, own.half.reference
    place = Block(sheet.name, row + 3, sheet.twins_at, 1, 3)
    mine = value.block.at()

    def twin(answer: Area, _: Block) -> Twin:
        formulas = (
            f"=MAX(0,{place.at(0, 1)}-{mine},{mine}-{place.at(0, 2)})",
            f"=VALUE({figure})-{half}",
            f"=VALUE({figure})+{half}",
        )
        return Twin(("distance", "from", "to"), lambda i, j: formulas[j], lambda i, j: answer.cells[i][j])

    def difference(values: Block, native: Block) -> Formula:
        return lambda i, j: f"={values.at(i, j)}-{native.at(i, j)}"

    section = sheet.section(row, spec, twin, difference)
    tour.check(spec, section)
