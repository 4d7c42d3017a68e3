"""``aram-xl activeness``: how active one fund is, or a file of thousands, ranked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aram_xl.cli import _screen
from aram_xl.cli._inputs import AsJson, EndDay, StartDay, refuse_source, whole_file
from aram_xl.cli.stats import BenchmarkColumn, Convention, ReturnsFile
from aram_xl.errors import InputError, OutputError

if TYPE_CHECKING:
    import pandas as pd

    from aram_xl.activeness import Activeness, ActivenessSettings, ActivenessTable

SHOWN = 20
"""Funds of a ranking on the screen; the file and JSON hold all."""


class Holes(StrEnum):
    """Policies for a month missing inside a series."""

    reject = "reject"
    drop_fund = "drop_fund"


TBillsColumn = Annotated[
    str | None, typer.Option("--t-bills", metavar="COL", help="Column of T-bill returns; standard needs it.")
]
PassiveColumns = Annotated[
    str | None,
    typer.Option("--passive", metavar="COLS", help="Columns the passive mix may hold, separated by commas."),
]
IndexColumn = Annotated[
    str | None, typer.Option("--active-index", metavar="COL", help="Column of an active index, a hurdle.")
]
FundColumns = Annotated[
    str | None,
    typer.Option("--funds", metavar="COLS", help="Columns to judge; by default all that are not named above."),
]
ConventionName = Annotated[
    Convention, typer.Option("--convention", help="newsletter: raw returns. standard: less T-bills.")
]
HolesPolicy = Annotated[
    Holes, typer.Option("--holes", help="A month missing inside a series: an error, or its fund is left out.")
]
IndexLike = Annotated[
    float, typer.Option("--index-like", help="Share of variance explained that counts as index-like.")
]
Significance = Annotated[float, typer.Option("--significance", help="Two-sided level of the tests.")]
Power = Annotated[float, typer.Option("--power", help="Probability behind the smallest alpha stated.")]
MinimumMonths = Annotated[int, typer.Option("--minimum-months", help="Fewer are too short to judge.")]
RankBy = Annotated[str, typer.Option("--rank-by", metavar="KEY", help="Figure that ranks, greatest first.")]
OutputFile = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write all funds here (.parquet or .csv).")
]


def activeness(
    returns: ReturnsFile,
    benchmark: BenchmarkColumn,
    t_bills: TBillsColumn = None,
    passive: PassiveColumns = None,
    active_index: IndexColumn = None,
    funds: FundColumns = None,
    convention: ConventionName = Convention.newsletter,
    holes: HolesPolicy = Holes.reject,
    index_like: IndexLike = 0.95,
    significance: Significance = 0.05,
    power: Power = 0.80,
    minimum_months: MinimumMonths = 36,
    rank_by: RankBy = "alpha_t",
    output: OutputFile = None,
    start: StartDay = None,
    end: EndDay = None,
    as_json: AsJson = False,
) -> None:
    """Is this manager active?

    Alpha, beta and how it moves, fit to the benchmark and to a passive mix, hurdles, and a verdict by a rule that is
    printed with it. Each fund is judged on its own months in common with the benchmark; nothing is filled.

    Example: aram-xl activeness funds.parquet --benchmark AGG --t-bills BIL --passive SHY,IEF,TLT,LQD -o ranked.parquet
    """
    from aram_xl._activeness_file import read_funds
    from aram_xl.activeness import ActivenessSettings

    settings = ActivenessSettings(
        convention=convention.value,
        holes=holes.value,
        index_like=index_like,
        significance=significance,
        power=power,
        minimum_months=minimum_months,
    )
    _refuse_output(output, returns)
    names = {"benchmark": [benchmark], "t_bills": _one(t_bills), "active_index": _one(active_index)}
    names |= {"passive": _several(passive), "funds": _several(funds)}
    judged = _judge(read_funds(returns, start=start, end=end), names, settings)
    judged.column(rank_by)  # a key that is unknown is named before anything is written
    if output is not None:
        _write(judged.to_frame(rank_by), output)
    if as_json:
        _screen.say_json(_for_json(judged, rank_by))
        return
    _screen.say(f"Returns: {returns.name}")
    _screen.say()
    if len(judged) == 1:
        _say_fund(judged[0])
    else:
        _say_ranking(judged, rank_by)
    _say_rule(judged)
    if output is not None:
        _screen.say(f"Written: {output}")


def _judge(table: pd.DataFrame, names: dict[str, list[str]], settings: ActivenessSettings) -> ActivenessTable:
    from aram_xl.activeness import judge_activeness

    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise InputError(f"returns: expected each column name once, got {repeated[0]} more than once")
    for what, columns in names.items():
        for name in columns:
            if name not in table.columns:
                some = ", ".join(map(str, table.columns[:10])) + (" and more" if table.shape[1] > 10 else "")
                raise InputError(f"{what}: expected one of the columns {some}, got {name!r}")
    references = {name for what in ("benchmark", "t_bills", "passive", "active_index") for name in names[what]}
    funds = names["funds"] or [str(name) for name in table.columns if name not in references]
    if not funds:
        raise InputError("funds: expected at least one column besides those to measure against, got none; name one")
    return judge_activeness(
        table[funds],
        table[names["benchmark"][0]],
        t_bills=table[names["t_bills"][0]] if names["t_bills"] else None,
        passive=table[names["passive"]] if names["passive"] else None,
        active_index=table[names["active_index"][0]] if names["active_index"] else None,
        settings=settings,
    )


def _for_json(judged: ActivenessTable, rank_by: str) -> dict[str, Any]:
    found, by_chance = judged.positive_by_chance()
    return {
        **judged.about(),
        "verdicts": judged.counts(),
        "significantly_positive": found,
        "significantly_positive_by_chance": by_chance,
        "dropped": dict(judged.dropped),
        "rank_by": rank_by,
        "funds": [judged[int(i)].as_dict() for i in judged.ranked(rank_by)],
    }


def _say_fund(fund: Activeness) -> None:
    rows = []
    for row in fund.as_rows():
        if row.key in ("verdict", "sentence"):
            continue
        value = row.value if isinstance(row.value, str) else _cell(row.unit, row.value)
        rows.append([row.label, value, row.unit if row.value is not None else row.note])
    _screen.say_table([fund.name, "", ""], rows)
    _screen.say()
    _screen.tell(fund.sentence)
    _screen.say()


def _cell(unit: str, value: float | None) -> str:
    if unit == "count":
        return _screen.number(value, 0)
    return _screen.number(value, 3) if unit == "number" else _screen.percent(value)


def _say_ranking(judged: ActivenessTable, rank_by: str) -> None:
    from aram_xl.activeness import VERDICTS

    order = judged.ranked(rank_by)
    rows = []
    for place, i in enumerate(order[:SHOWN], start=1):
        one = judged[int(i)]
        figures = [_screen.percent(one.alpha_year), _screen.number(one.alpha_t, 2), _screen.number(one.beta, 2)]
        figures += [_screen.percent(one.r_squared), _screen.number(one.n_months, 0)]
        rows.append([str(place), one.name, *figures, VERDICTS[one.verdict]])
    _screen.say_table(["", "Fund", "Alpha a year", "t", "Beta", "R-squared", "Months", "Verdict"], rows, left=2)
    if len(order) > SHOWN:
        _screen.say(f"... and {len(order) - SHOWN} more")
    _screen.say()
    found, by_chance = judged.positive_by_chance()
    _screen.tell(
        f"{len(judged)} funds, ranked by {rank_by}. {found} with significantly positive alpha; without any "
        f"skill, about {by_chance:.0f} would be expected by chance alone."
    )
    _screen.say()


def _say_rule(judged: ActivenessTable) -> None:
    """The rule with its thresholds and, for many funds, how many each line caught."""
    from aram_xl.activeness import REFERENCE, VERDICTS, rule

    counts, conditions = judged.counts(), rule(judged.settings)
    _screen.say("Rule: the first line that fits")
    for key, condition in conditions.items():
        caught = f"{counts[key]} x " if len(judged) > 1 else ""
        _screen.tell(f"  {caught}{VERDICTS[key]}: {condition}", indent=4)
    returns = "raw returns, risk-free rate 0" if judged.settings.convention == "newsletter" else "returns less T-bills"
    _screen.tell(REFERENCE)
    _screen.say()
    _screen.tell(f"Benchmark {judged.benchmark}; convention {judged.settings.convention}: {returns}.")


def _refuse_output(output: Path | None, source: Path) -> None:
    if output is None:
        return
    if output.suffix.lower() not in (".parquet", ".csv"):
        raise OutputError(f"{output}: expected a name that ends in .parquet or .csv; choose another name")
    refuse_source(output, source)


def _write(table: pd.DataFrame, file: Path) -> None:
    """Written whole; settings and rule go with a Parquet file as its attributes."""
    with whole_file(file) as temporary:
        if file.suffix.lower() == ".parquet":
            table.to_parquet(temporary)
        else:
            table.to_csv(temporary, lineterminator="\n")


def _one(column: str | None) -> list[str]:
    return [] if column is None else [column]


def _several(columns: str | None) -> list[str]:
    return [] if columns is None else [name.strip() for name in columns.split(",")]
