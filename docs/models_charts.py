"""The charts of the page of models: small PNG files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aram_xl._backtest_account import returns_in
from aram_xl._report_charts import SETTINGS
from aram_xl.hurdles import sixty_forty

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from docs.build_models import Evidence, Run

COLOURS = ("#0b4f8a", "#c44601", "#2e7d32", "#7b1fa2", "#8c6d1f", "#00838f", "#b00020", "#5d4037")
MARKERS = "osD^vPX*<"
DOTS = 100
NOTE = "Hypothetical back-tests, after fee and costs of each card; not records of accounts"
EQUITY = ("equityplus", "multiasset-eq-ust")


def write(folder: Path, prices: pd.DataFrame, runs: dict[str, Run], found: Evidence) -> None:
    """All charts, beside the page."""
    import matplotlib as mpl

    charts = {
        "models_growth": lambda: _growth(prices, runs),
        "models_targets": lambda: _targets(runs),
        "models_exposures": lambda: _exposures(runs),
        "models_evidence": lambda: _evidence(runs, found),
    }
    with mpl.rc_context({**SETTINGS, "font.size": 8}):
        for name, draw in charts.items():
            _save(draw(), folder / f"{name}.png")


def _save(figure: Figure, file: Path) -> None:
    """With a palette: a third of the size. It is spread over all colours, else those of thin lines fall together."""
    from PIL import Image

    drawn = BytesIO()
    figure.savefig(drawn, dpi=DOTS)
    Image.open(drawn).convert("RGB").quantize(64, Image.Quantize.MAXCOVERAGE).save(file, optimize=True)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure((width, height), layout="constrained")
    figure.suptitle(NOTE, fontsize=8, color="#555555")
    return figure


def _growth(prices: pd.DataFrame, runs: dict[str, Run]) -> Figure:
    figure = _figure(9.0, 4.2)
    left, right = figure.subplots(1, 2)
    months = runs["fi-baseline"].months
    bonds, shares = returns_in(months, prices, "AGG"), returns_in(months, prices, "SPY")
    hurdles = {"T-bills (BIL)": returns_in(months, prices, "BIL"), "AGG": bonds}
    for axes, names, beside in (
        (left, [name for name in runs if name not in EQUITY], hurdles),
        (right, EQUITY, {"SPY": shares, "60/40": sixty_forty(shares, bonds)}),
    ):
        lines = {runs[name].card.title: (runs[name].months.returns["net"], "-") for name in names}
        lines |= {name: (returns, "--") for name, returns in beside.items()}
        for i, (name, (returns, dashes)) in enumerate(lines.items()):
            colour = "#555555" if dashes == "--" else COLOURS[i % len(COLOURS)]
            level = 100.0 * np.cumprod(np.append(1.0, 1.0 + returns.to_numpy()))
            dates = np.append(months.base, returns.index.to_numpy().astype("datetime64[D]"))
            shade = "#aaaaaa" if name in ("AGG", "SPY") else colour
            axes.plot(dates, level, dashes, color=shade, linewidth=1.1, label=name)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:.0f}")
        axes.yaxis.set_minor_formatter("{x:.0f}")
        axes.set_title("Growth of 100, logarithmic")
        axes.legend(fontsize=6.5, frameon=False)
    return figure


def _targets(runs: dict[str, Run]) -> Figure:
    figure = _figure(9.0, 9.0)
    for axes, run in zip(figure.subplots(5, 2, sharex=True).flat, runs.values(), strict=True):
        scale = 100.0 * np.sqrt({"M": 12, "W": 52}[run.card.frequency])
        periods = run.check.periods[:: 1 if run.card.rebalance == "M" else 4]  # every fourth week, to stay small
        axes.plot(periods.index, scale * periods["realised"], color="#c44601", linewidth=0.7, label="realised")
        axes.plot(periods.index, scale * periods["ex_ante"], color="#0b4f8a", linewidth=0.9, label="ex-ante")
        axes.plot(
            periods.index, scale * periods["target"], color="#000000", linewidth=0.9, linestyle=":", label="target"
        )
        axes.set_ylim(0.0, 3.0 * scale * float(run.check.periods["target"].mean()))
        axes.set_title(
            f"{run.card.title}: ratio {run.check.ratio:.2f}, inside {run.check.share_inside:.0%}", fontsize=8
        )
        axes.set_ylabel("% a year")
        if run.card.name == "fi-baseline":
            axes.legend(fontsize=6.5, frameon=False, ncols=3)
    return figure


def _exposures(runs: dict[str, Run]) -> Figure:
    figure = _figure(9.0, 6.5)
    bands = ("ultra-short", "short", "intermediate", "long", "none")
    shades = ("#cfe0ee", "#8db4d6", "#3f7fb5", "#0b3a66", "#d9d2c0")
    for axes, run in zip(figure.subplots(5, 2, sharex=True, sharey=True).flat, runs.values(), strict=True):
        table = run.exposures["duration"].reindex(columns=list(bands), fill_value=0.0)
        table = table[:: 1 if run.card.rebalance == "M" else 4]
        axes.stackplot(table.index, 100 * table.to_numpy().T, colors=shades, labels=bands, linewidth=0)
        axes.set_ylim(0, 100)
        axes.set_title(run.card.title, fontsize=8)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=7, frameon=False)
    return figure


def _evidence(runs: dict[str, Run], found: Evidence) -> Figure:
    figure = _figure(9.0, 7.5)
    (rank, gain), (decay, alpha) = figure.subplots(2, 2)
    table = found.volatility[36, "M"]
    for axes, key, title in (
        (rank, "rank", "Rank correlation of forecast and realised volatility,\n36 months, next month"),
        (gain, "gain", "Gain in QLIKE over a constant\n(to the right: the window is better)"),
    ):
        _bars(axes, list(map(str, table.index)), table[key].to_numpy(), table[f"{key}_se"].to_numpy())
        axes.set_title(title, fontsize=8)
    for i, run in enumerate(run for run in runs.values() if run.card.rebalance == "M"):
        look = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)], "markersize": 4.0}
        decay.plot(run.decay["gap"], linewidth=1.0, label=run.card.title, **look)
    decay.set_xticks([1, 3, 6, 12])
    decay.set_xlabel("age of the weights, months")
    decay.set_ylim(0.25, 0.6)
    decay.set_title("Gap between realised and ex-ante risk, mean |ln ratio|", fontsize=8)
    decay.legend(fontsize=5.5, frameon=False, ncols=2)
    whole = [(run.card.title, run.alphas.iloc[-1]) for run in runs.values()]
    values, errors = (np.array([100 * row[key] for _, row in whole]) for key in ("alpha", "se"))
    _bars(alpha, [title for title, _ in whole], values, errors)
    alpha.set_title("Alpha a year since 2016, %", fontsize=8)
    figure.supxlabel("whiskers: two standard errors to either side; those of the gaps are in the table", fontsize=7)
    return figure


def _bars(axes: Any, names: list[str], values: Any, errors: Any) -> None:
    places = np.arange(len(names))[::-1]
    axes.barh(places, values, xerr=2 * errors, color="#8db4d6", ecolor="#0b3a66", error_kw={"linewidth": 0.8})
    axes.set_yticks(places, names, fontsize=7)
    axes.axvline(0.0, color="#555555", linewidth=0.7)
