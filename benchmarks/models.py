"""The ten model cards, 110 months each, beside a cvxpy loop on the same problems.

Expected winner, stated before measuring: aram_xl. Cards with bounds only by at least 50 times, because all months are
solved at once by the critical line while the loop builds, translates and solves a cone program per month. It is ahead
on cards with groups or a limit on turnover, too, which the exact walk takes month by month. All ten cards in one
process: about 2 seconds.

The problems are those of the back-tests themselves: moments, targets and limits of every signal, taken down while each
card runs, each solved by the loop as a fresh second-order cone program for Clarabel. With bounds only ours solves the
same: one target per signal. The back-test asks for the least and the greatest reachable risk as well, which the walk
under groups always finds on its way. Whole back-tests, with that, windows, moments, drift, costs and labelled results,
stand beside them.

Prices are generated and carry the tickers of the cards; with ``--prices FILE`` the cards run on your own table.

Run with ``python -m benchmarks.models [--quick] [--json FILE] [--prices FILE]``.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import aram_xl as ax
from aram_xl import _walk_forward as walk
from benchmarks import _measure, _peers

EXPECTED = (
    "aram_xl: cards with bounds only at least 50 times faster than the cvxpy loop on the same problems; ahead of it on "
    "every card with groups or turnover; all ten cards in about 2 seconds."
)
BOUNDS_TARGET = "cvxpy loop / ours on the problems of a card with bounds only, the least ratio, at least 50"
WALK_TARGET = "cvxpy loop / ours on the problems of a card with groups or turnover, the least ratio, above 1"
SECONDS_TARGET = "seconds for all ten cards, 110 months each, at most 2"
START, END = "2015-12-31", "2025-02-28"


class Problem(NamedTuple):
    """Step 3 of one signal."""

    expected: Any
    covariance: Any
    target: float
    lower: Any
    upper: Any
    groups: tuple[Any, ...] = ()
    turnover: float | None = None
    current: Any = None


class Taken(NamedTuple):
    """What a card asked of step 3 while it ran."""

    stacks: list[tuple[Any, ...]]
    """Arguments of the stacked solver, a call for each set of assets."""
    singles: list[tuple[Any, ...]]
    """Arguments of the solver of one signal."""
    cone: list[int]
    """Positions among the singles that the exact walk had no proof for."""

    def problems(self) -> list[Problem]:
        """One per signal, for the loop."""
        found = []
        for expected, spread, targets, lower, upper in self.stacks:
            found += [Problem(m, s, float(t), lower, upper) for m, s, t in zip(expected, spread, targets, strict=True)]
        for moments, target, limits, current in self.singles:
            found.append(Problem(*moments, target, *limits, None if limits.turnover is None else current))
        return found


def taken(prices: pd.DataFrame, card: ax.Model) -> Taken:
    """Run a card once and write down its problems."""
    notes = Taken([], [], [])
    stacked, single = walk.max_return_at_risk_stack, walk.solve

    def all_at_once(*arguments: Any, **options: Any) -> Any:
        notes.stacks.append(arguments)
        return stacked(*arguments, **options)

    def one(*arguments: Any) -> Any:
        notes.singles.append(arguments)
        answer = single(*arguments)
        if not answer.exact:
            notes.cone.append(len(notes.singles) - 1)
        return answer

    with _replaced({"max_return_at_risk_stack": all_at_once, "solve": one}):
        ax.backtest(prices, card, start=START, end=END)
    return notes


@contextmanager
def _replaced(names: dict[str, Any]) -> Iterator[None]:
    before = {name: getattr(walk, name) for name in names}
    try:
        for name, value in names.items():
            setattr(walk, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(walk, name, value)


def ours(notes: Taken, only: list[int] | None = None) -> list[Any]:
    """The same calls again; ``only`` some of the single ones. Weights of each problem."""
    answers: list[Any] = []
    if only is None:
        for arguments in notes.stacks:
            answers += list(walk.max_return_at_risk_stack(*arguments).weights)
    for position in range(len(notes.singles)) if only is None else only:
        answers.append(walk.solve(*notes.singles[position]).weights)
    return answers


def largest_gap(exact: list[Any], peers: list[Any]) -> float:
    """Of a weight, over the problems that the loop could solve."""
    gaps = [np.abs(own - other).max() for own, other in zip(exact, peers, strict=True) if other is not None]
    return float(max(gaps))


def cone_program(problem: Problem) -> Any:
    """A fresh second-order cone program at unit scale, solved by Clarabel; None where it is not optimal."""
    import cvxpy as cp

    size = len(problem.expected)
    unit = float(np.sqrt(np.diagonal(problem.covariance).max()))
    values, vectors = np.linalg.eigh(problem.covariance / unit**2)
    factor = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    weights = cp.Variable(size)
    inside = [
        cp.sum(weights) == 1,
        cp.norm(factor @ weights) <= problem.target / unit,
        weights >= problem.lower,
        weights <= problem.upper,
    ]
    for group in problem.groups:
        total = cp.sum(weights[list(group.members)])
        inside += [total >= group.least, total <= group.greatest]
    if problem.turnover is not None and problem.current is not None:
        inside.append(cp.norm1(weights - problem.current) / 2 <= problem.turnover)
    program = cp.Problem(cp.Maximize(problem.expected / unit @ weights), inside)
    program.solve(solver=cp.CLARABEL)
    return weights.value if program.status == "optimal" else None


def loop(problems: list[Problem]) -> list[Any]:
    """One after the other."""
    return [cone_program(problem) for problem in problems]


def generated_prices() -> pd.DataFrame:
    """The built-in SYNTHETIC sample, with generated columns for the tickers that it lacks."""
    prices = ax.sample_prices()
    rng = np.random.default_rng(4)
    cards = [ax.load_model(name) for name in ax.models()]
    needed = {ticker for card in cards for ticker in (*card.universe, card.benchmark)}
    returns = prices.pct_change().iloc[1:]
    for ticker in sorted(needed - set(prices.columns)):
        mix = returns[["SHY", "TLT", "SPY"]].to_numpy() @ rng.uniform(0.0, 0.5, 3)
        own = mix + rng.standard_normal(len(returns)) * 0.003
        prices[ticker] = 100.0 * np.cumprod(np.append(1.0, 1.0 + own))
    return prices


def measure_card(prices: pd.DataFrame, name: str, quick: bool) -> dict[str, Any]:
    """Seconds of the problems and of the whole back-test, ours and the loop's, and how far answers differ."""
    card = ax.load_model(name)
    notes = taken(prices, card)
    problems = notes.problems()
    every = 10 if quick else 1
    some = problems[::every]
    gap = largest_gap(ours(notes)[::every], loop(some))  # warms up, too
    works: dict[str, Callable[[], Any]] = {
        "ours": functools.partial(ours, notes),
        "cone": functools.partial(ours, notes, notes.cone),
        "loop": functools.partial(loop, some),
        "backtest": functools.partial(ax.backtest, prices, card, START, END),
    }
    seconds = _measure.interleaved_medians(works, 1 if quick else 3)
    seconds["loop"] *= len(problems) / len(some)
    return {
        "name": name,
        "bounds_only": not notes.singles,
        "problems": len(problems),
        "cone_solver": len(notes.cone),
        **seconds,
        "gap": gap,
        "ratio": seconds["loop"] / seconds["ours"],
        "whole": seconds["loop"] / seconds["backtest"],
    }


def show(console: Any, title: str, rows: list[dict[str, Any]]) -> None:
    """A table of cards."""
    from rich.table import Column, Table

    heads = (
        "card",
        "problems",
        "ours, s",
        "loop, s",
        "ratio",
        "back-test, s",
        "loop / it",
        "weights differ by",
        "by cone solver",
    )
    table = Table(Column(heads[0], no_wrap=True), *heads[1:], title=title, title_justify="left", width=_measure.WIDTH)
    for row in rows:
        table.add_row(
            row["name"],
            str(row["problems"]),
            *(f"{row['ours']:.4f}", f"{row['loop']:.2f}", f"{row['ratio']:,.0f}"),
            *(f"{row['backtest']:.3f}", f"{row['whole']:,.0f}", f"{row['gap']:.0e}", _by_cone_solver(row)),
        )
    console.print(table)


def _by_cone_solver(row: dict[str, Any]) -> str:
    count = row["cone_solver"]
    if count == 0:
        return "none"
    each = row["cone"] / count
    return f"{count}, {each / (row['loop'] / row['problems']):.1f} x the loop's time"


def all_cards(prices: pd.DataFrame, rounds: int) -> float:
    """Seconds for every card, one after the other, in this process."""
    cards = [ax.load_model(name) for name in ax.models()]
    return _measure.interleaved_medians(
        {"all": lambda: [ax.backtest(prices, card, START, END) for card in cards]}, rounds
    )["all"]


def options() -> argparse.Namespace:
    """Those of every benchmark, and the prices."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the loop's problems, once: a smoke test")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a JSON file as well")
    parser.add_argument("--prices", metavar="FILE", type=Path, help="your table of prices, in place of generated ones")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    chosen = options()
    console = _measure.announce("Model cards", EXPECTED, [])
    if chosen.prices is None:
        prices, source = generated_prices(), "generated prices (SYNTHETIC)"
    else:
        with _peers.hushed():
            prices, source = ax.read_prices(chosen.prices), chosen.prices.name
    with _peers.hushed():
        seconds = all_cards(prices, 1 if chosen.quick else 5)
        rows = [measure_card(prices, name, chosen.quick) for name in ax.models()]
    bounded = [row for row in rows if row["bounds_only"]]
    walked = [row for row in rows if not row["bounds_only"]]
    show(console, f"Cards with bounds only, {source}", bounded)
    show(console, f"Cards with groups or a limit on turnover, {source}", walked)
    least, walks = (min(row["ratio"] for row in part) for part in (bounded, walked))
    figures = {
        "rows": rows,
        "all_cards": seconds,
        "prices": source,
        "targets": [
            _measure.verdict(console, BOUNDS_TARGET, least, least >= 50),
            _measure.verdict(console, WALK_TARGET, walks, walks > 1),
            _measure.verdict(console, SECONDS_TARGET, seconds, seconds <= 2),
        ],
    }
    _measure.write(chosen.json, figures)


if __name__ == "__main__":
    main()
