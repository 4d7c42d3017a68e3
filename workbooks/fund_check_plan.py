"""Where things stand in the fund-check workbook: its sheets refer to each other in circles, though its cells do not."""

from __future__ import annotations

from dataclasses import dataclass

from aram_xl.activeness import KEYS
from workbooks.sheet import FIRST_ASSET, FIRST_ROW, Block

WINDOWS = (12, 36)
"""Months of the rolling betas."""

SAMPLE_HEADS = {
    "there": "In sample", "number": "No", "left": "months to end", "year": "year", "short": "in 3 years",
    "long": "in 5 years", "total": "fund", "benchmark": "benchmark", "y": "fund, excess",
    "x": "benchmark, excess", "active": "active return", "calendar": "month number", "deviation": "x deviation",
    "residual": "residual", "xx": "x squared", "xe": "x times residual", "ee": "residual squared",
    "beta_12": "12-month beta", "beta_36": "36-month beta", "mix": "passive mix", "gap": "fund less mix",
    "level": "fund level", "benchmark_level": "benchmark level", "mix_level": "mix level",
}  # fmt: skip
"""Columns of Calc_Sample in order; the first stands in column D, the others behind the notes."""

LINES = (
    "n", "first", "last", "freedom", "years", "short_months", "long_months", "mean", "squares", "intercept", "slope",
    "residual_squares", "kept_squares", "raw", "fund_squares", "gap_squares", "kept_gap_squares", "rounding",
    "mean_rounding", "alpha", "difference", "kept_difference", "gap_freedom", "gap_error", "gap_reach", "needed", "low",
    "high", "low_fit", "high_fit", "first_12", "first_36",
)  # fmt: skip
"""Lines of Calc_Line in order; below them the hurdles."""

HURDLES = tuple((span, name) for span in ("short", "long") for name in ("fund", "benchmark", "t_bills", "active_index"))

YEAR_LINES = ("common", "spread", "left", "above", "below", "f", "p")

MIX_ROWS = (
    "names", "weights", "engine", "difference", "gradient", "gradient_by_product", "multiplier", "residual", "flag",
)  # fmt: skip
"""Rows of Calc_Mix, one column per passive series; below them single numbers and the covariance."""

SQUARES = ("lifted", "identity")
"""On Calc_Subsets, between its lines and its table."""

SUBSET_LINES = 3

VERDICT_LINES = (
    "alpha_ahead", "alpha_behind", "mix_ahead", "mix_behind", "mix_is_reference", "alone", "ahead", "behind",
    "row",
)  # fmt: skip

WORDS = ("verdict", "because", "fit", "alpha", "beta", "mix", "ahead", "power")
"""First lines of Outputs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Places that depend on the room for months and the number of passive series."""

    rows: int
    passive: int

    def data(self, name: str) -> Block:
        """A column of returns on sheet Data, ``dates`` included; names of series stand in the row above."""
        places = {"dates": 1, "fund": 3, "benchmark": FIRST_ASSET, "passive": FIRST_ASSET + 1}
        behind = FIRST_ASSET + 1 + self.passive
        places |= {"t_bills": behind, "active_index": behind + 1}
        width = self.passive if name == "passive" else 1
        return Block("Data", FIRST_ROW + 1, places[name], self.rows, width)

    def name(self, series: str) -> Block:
        """The cell, or the row of cells, with the name of a series."""
        return self.data(series)._replace(row=FIRST_ROW, height=1)

    def sample(self, key: str) -> Block:
        """A column of Calc_Sample; ``gaps`` are the last ones."""
        if key == "gaps":
            return Block("Calc_Sample", FIRST_ROW, FIRST_ASSET + len(SAMPLE_HEADS) - 1, self.rows, self.passive)
        place = list(SAMPLE_HEADS).index(key)
        return Block("Calc_Sample", FIRST_ROW, FIRST_ASSET + place - 1 if place else 3, self.rows, 1)

    def line(self, key: str) -> Block:
        """A line of Calc_Line."""
        return Block("Calc_Line", FIRST_ROW + LINES.index(key), 3, 1, 1)

    def hurdle(self, span: str, name: str) -> tuple[Block, Block]:
        """Months present, and growth, of a series over a span."""
        row = FIRST_ROW + len(LINES) + 2 * HURDLES.index((span, name))
        return Block("Calc_Line", row, 3, 1, 1), Block("Calc_Line", row + 1, 3, 1, 1)

    def years(self, key: str) -> Block:
        """A line of Calc_Years."""
        return Block("Calc_Years", FIRST_ROW + YEAR_LINES.index(key), 3, 1, 1)

    def mix(self, key: str) -> Block:
        """A row of Calc_Mix, or its square ``covariance``."""
        if key == "covariance":
            return Block("Calc_Mix", FIRST_ROW + len(MIX_ROWS) + 3, FIRST_ASSET, self.passive, self.passive)
        return Block("Calc_Mix", FIRST_ROW + MIX_ROWS.index(key), FIRST_ASSET, 1, self.passive)

    def mix_line(self, key: str) -> Block:
        """A single number of Calc_Mix."""
        place = ("enough", "variance", "lift").index(key)
        return Block("Calc_Mix", FIRST_ROW + len(MIX_ROWS) + place, 3, 1, 1)

    def square(self, key: str) -> Block:
        """The lifted covariance and the identity, on the sheet whose formulas repeat them."""
        row = FIRST_ROW + SUBSET_LINES + self.passive * SQUARES.index(key)
        return Block("Calc_Subsets", row, FIRST_ASSET, self.passive, self.passive)

    @property
    def answer(self) -> Block:
        """Weights of the answer, above the table of subsets."""
        row = FIRST_ROW + SUBSET_LINES + self.passive * len(SQUARES)
        return Block("Calc_Subsets", row, FIRST_ASSET, 1, self.passive)

    def verdict(self, key: str) -> Block:
        """A line above the rule on Calc_Verdict."""
        return Block("Calc_Verdict", FIRST_ROW + VERDICT_LINES.index(key), 3, 1, 1)

    def word(self, key: str) -> Block:
        """A line of words on Outputs."""
        return Block("Outputs", FIRST_ROW + WORDS.index(key), 3, 1, 1)

    def figure(self, key: str) -> Block:
        """A figure on Outputs; engine and difference stand in the columns behind the notes."""
        return Block("Outputs", FIRST_ROW + len(WORDS) + KEYS.index(key), 3, 1, 1)

    @property
    def same(self) -> Block:
        """1 where the engine's values are of these data and settings."""
        return Block("Calc_Engine", FIRST_ROW, 3, 1, 1)
