"""All numbers of the direct-risk-target workbook, computed by the engine before a cell is written."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import aram_xl as ax
from aram_xl._backtest_report import BAND, TargetCheck, target_check
from aram_xl._covariance import covariances
from aram_xl._expected_returns import expected_returns_of
from aram_xl._walk_forward_limits import Moments, restriction, solve
from aram_xl.hurdles import sixty_forty
from aram_xl.returns import simple_returns
from aram_xl.types import DateArray, FloatArray, IntArray
from workbooks.drt_models import Carried, LeftOut, Walk, carried
from workbooks.drt_proof import Multipliers, Restrictions, multipliers
from workbooks.subsets import LARGEST

if TYPE_CHECKING:
    import pandas as pd

POINTS = 9
"""Points of each frontier."""

EQUITY, AGGREGATE, BILLS = "SPY", "AGG", ("BIL", "SHV")
"""Hurdles where the prices have them; the first bill fund that is there."""

DIMENSIONS = ("asset_class", "sector", "duration")
"""Columns of the universe table that exposure is added up by."""

UNKNOWN = "not in the universe table"


class Sizes(NamedTuple):
    """Places that the blocks of every model share; smaller models leave some empty."""

    assets: int
    groups: int
    rules: int
    windows: int
    """Windows of market risk."""
    market_window: int
    """The longest of them."""
    window: int
    """The longest window of estimation."""


@dataclass(frozen=True, eq=False, slots=True)
class ModelData:
    """One model; arrays of assets are padded with zeros to the common size."""

    walk: Walk
    columns: IntArray
    """(n_assets,) of the tickers of the data, for the model's own assets only."""
    limits: Restrictions
    """Of its own assets."""
    market: FloatArray
    """(n_tickers,) weights of the market whose risk is measured."""
    weights: FloatArray
    """(n_signals, n_places)"""
    before: FloatArray
    """(n_signals, n_places) drifted weights just before; zeros at the first."""
    proofs: tuple[Multipliers, ...]
    shrinkage: FloatArray
    """(n_signals,) intensity that the engine's covariance implies."""
    points: FloatArray
    """(n_signals, POINTS, n_places) weights along the frontier under the card's limits, least risk first."""
    check: TargetCheck
    statistics: dict[str, dict[str, Any]]
    """By series: ``net``, ``standard``, ``benchmark``, ``sixty_forty``, ``bills``; without those not supplied."""

    @property
    def model(self) -> ax.Model:
        """The card."""
        return self.walk.model

    @property
    def plain(self) -> bool:
        """Whether the optimiser in plain cells applies: bounds of 0 and 1, no other limit, few assets."""
        free = not self.limits.lower.any() and bool((self.limits.upper == 1.0).all())
        return free and not len(self.limits.members) and self.limits.turnover is None and self.columns.size <= LARGEST


@dataclass(frozen=True, eq=False, slots=True)
class DirectData:
    """What the workbook shows."""

    models: tuple[ModelData, ...]
    left_out: tuple[LeftOut, ...]
    label: str
    dates: DateArray
    """(n_month_ends,)"""
    tickers: tuple[str, ...]
    levels: FloatArray
    """(n_month_ends, n_tickers)"""
    returns: FloatArray
    """(n_month_ends - 1, n_tickers)"""
    positions: IntArray
    """(n_signals,) rows of ``returns`` that end at the signals."""
    sizes: Sizes
    traits: dict[str, tuple[str, ...]]
    """By dimension: the text of each ticker in the universe table."""
    hurdles: dict[str, str]
    """Tickers of ``equity``, ``aggregate`` and ``bills``, those that are there."""
    chosen: int
    """The model that a new workbook shows, ..."""
    signal: int
    """... and the date: the last at which its target binds, so that there is something to see."""

    @property
    def names(self) -> tuple[str, ...]:
        """The list to choose from."""
        return tuple(item.model.name for item in self.models)

    @property
    def shown(self) -> ModelData:
        """The model that a new workbook shows."""
        return self.models[self.chosen]

    @property
    def plain_assets(self) -> int:
        """Assets of the largest model that the optimiser in plain cells serves; 0 without any."""
        return max((item.columns.size for item in self.models if item.plain), default=0)

    def padded(self, values: FloatArray) -> FloatArray:
        """Zeros for the places that a model leaves empty, in the last dimension."""
        room = self.sizes.assets - values.shape[-1]
        return np.pad(values, [*[(0, 0)] * (values.ndim - 1), (0, room)])

    def held(self, item: ModelData) -> FloatArray:
        """(n_returns, n_places) returns of a model's assets; zeros in empty places."""
        return self.padded(self.returns[:, item.columns])

    def window(self, item: ModelData, signal: int) -> FloatArray:
        """Returns of a model's own assets in its window at a signal."""
        last = self.positions[signal] + 1
        return self.returns[last - item.model.window : last, item.columns]


def direct_data(
    prices: pd.DataFrame,
    end: datetime.date | str | None,
    progress: Callable[[str], None],
    models: Sequence[ax.Model] | None,
) -> DirectData:
    """Run the models and collect what their workbook shows.

    Raises:
        InputError: no model is left; see `workbooks.drt_models.carried`.
    """
    found = carried(prices, end, progress, models)
    present = {str(column) for column in prices.columns}
    hurdles = _hurdles(present)
    tickers = _tickers(found, hurdles)
    dates = found.dates
    levels = prices[list(tickers)].reindex(dates.astype("datetime64[ns]")).to_numpy(dtype=np.float64)
    returns = simple_returns(levels)
    signals = found.walks[0].result.targets.index.to_numpy().astype("datetime64[D]")
    positions = np.searchsorted(dates, signals) - 1
    earned = returns[positions[1:]]
    hurdles = {name: t for name, t in hurdles.items() if np.isfinite(earned[:, tickers.index(t)]).all()}
    sizes = _sizes(found)
    items = []
    for walk in found.walks:
        progress(f"proofs of {walk.model.name}")
        items.append(_model_data(walk, (prices, returns, positions, tickers), sizes, hurdles))
    chosen = next((i for i, item in enumerate(items) if item.plain), 0)
    return DirectData(
        models=tuple(items),
        left_out=found.left_out,
        label=str(prices.attrs.get("label", "")),
        dates=dates,
        tickers=tickers,
        levels=levels,
        returns=returns,
        positions=positions,
        sizes=sizes,
        traits=_traits(tickers),
        hurdles=hurdles,
        chosen=chosen,
        signal=_last_binding(items[chosen].walk.result),
    )


def _last_binding(result: ax.BacktestResult) -> int:
    """The last signal whose target lies within reach; the last of all where none does."""
    targets = result.targets.to_numpy()
    within = (targets >= result.reach["least"].to_numpy()) & (targets < result.reach["greatest"].to_numpy())
    return int(np.flatnonzero(within)[-1]) if within.any() else targets.size - 1


def estimates(model: ax.Model, window: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Expected returns and covariance by the card's estimators."""
    lives = [model.half_life if method == "ewma" else None for method in (model.expected_returns, model.covariance)]
    mean = expected_returns_of(window[None], model.expected_returns, lives[0])[0]
    return mean, covariances(window[None], model.covariance, lives[1])[0]


def _hurdles(present: set[str]) -> dict[str, str]:
    wanted = {"equity": EQUITY, "aggregate": AGGREGATE}
    wanted |= {"bills": next((ticker for ticker in BILLS if ticker in present), "")}
    return {name: ticker for name, ticker in wanted.items() if ticker in present}


def _tickers(found: Carried, hurdles: dict[str, str]) -> tuple[str, ...]:
    """Benchmarks first, then assets in the order of the cards, then hurdles."""
    models = [walk.model for walk in found.walks]
    members = [name for model in models if model.market_risk for name, _ in model.market_risk.portfolio]
    benchmarks = [model.benchmark for model in models]
    return tuple(
        dict.fromkeys([*benchmarks, *(t for model in models for t in model.universe), *members, *hurdles.values()])
    )


def _sizes(found: Carried) -> Sizes:
    models = [walk.model for walk in found.walks]
    windows = [market_windows(model) for model in models]
    return Sizes(
        assets=max(len(model.universe) for model in models),
        groups=max(1, *(len(model.groups) for model in models)),
        rules=1 + max(len(model.rule.rows) for model in models if model.rule is not None),
        windows=max(map(len, windows)),
        market_window=max(map(max, windows)),
        window=found.longest,
    )


def market_windows(model: ax.Model) -> tuple[int, ...]:
    """Windows whose volatilities are averaged to market risk."""
    market = model.market_risk
    if market is None:
        return (model.window,)
    return market.windows or (market.window or model.window,)


def _traits(tickers: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    from aram_xl.universe import load_universe

    table = load_universe()
    return {
        dimension: tuple(str(table[dimension].get(ticker, UNKNOWN)) for ticker in tickers) for dimension in DIMENSIONS
    }


def _model_data(
    walk: Walk, market: tuple[Any, FloatArray, IntArray, tuple[str, ...]], sizes: Sizes, hurdles: dict[str, str]
) -> ModelData:
    """Everything of one model."""
    prices, returns, positions, tickers = market
    model, result = walk
    columns = np.array([tickers.index(ticker) for ticker in model.universe])
    weights = np.vstack([result.weights.to_numpy(), result.current.to_numpy()])
    grown = weights[:-1] * (1.0 + returns[positions[1:]][:, columns])
    before = np.vstack([np.zeros(columns.size), grown / grown.sum(axis=1, keepdims=True)])
    members = np.array([[float(t in group.members) for t in model.universe] for group in model.groups])
    limits = Restrictions(
        *model.bounds(),
        members.reshape(-1, columns.size),
        np.array([group.least for group in model.groups]),
        np.array([group.greatest for group in model.groups]),
        model.turnover,
    )
    proofs, points, shrinkage = [], [], []
    for i, position in enumerate(positions):
        window = returns[position + 1 - model.window : position + 1, columns]
        moments, held = estimates(model, window), before[i] if i else None
        proofs.append(multipliers(moments, weights[i], held, float(result.targets.iloc[i]), limits))
        points.append(_frontier(model, moments, (limits, held), result.reach.iloc[i].to_numpy()))
        shrinkage.append(_intensity(model.covariance, window, moments[1]))
    room = ((0, 0), (0, sizes.assets - columns.size))
    return ModelData(
        walk=walk,
        columns=columns,
        limits=limits,
        market=_market(model, tickers),
        weights=np.pad(weights, room),
        before=np.pad(before, room),
        proofs=tuple(proofs),
        shrinkage=np.array(shrinkage),
        points=np.pad(np.array(points), ((0, 0), *room)),
        check=target_check(result, prices, BAND),
        statistics=_statistics(walk, returns[positions[1:]], tickers, hurdles),
    )


def _market(model: ax.Model, tickers: tuple[str, ...]) -> FloatArray:
    own = model.market_risk.portfolio if model.market_risk is not None else ()
    weights = dict(own or ((model.benchmark, 1.0),))
    return np.array([weights.get(ticker, 0.0) for ticker in tickers])


def _frontier(
    model: ax.Model, moments: tuple[FloatArray, FloatArray], trade: tuple[Restrictions, FloatArray | None],
    reach: FloatArray,
) -> FloatArray:  # fmt: skip
    """(POINTS, n_assets) mixes from the least risk to the best return under the card's limits."""
    limits, held = trade
    mean, covariance = moments
    if not len(limits.members) and limits.turnover is None:
        corners = ax.efficient_frontier(mean, covariance, limits.lower, limits.upper)
        at = np.linspace(corners.expected_returns[-1], corners.expected_returns[0], POINTS)
        known = corners.expected_returns[::-1]
        return np.array([np.interp(at, known, column[::-1]) for column in corners.weights.T]).T
    restricted = restriction(model, np.arange(mean.size), (limits.lower, limits.upper))
    least, greatest = reach.tolist()
    targets = [0.0, *np.linspace(least, greatest, POINTS)[1:-1].tolist(), np.inf]
    return np.array([solve(Moments(mean, covariance), target, restricted, held).weights for target in targets])


def _intensity(method: str, window: FloatArray, covariance: FloatArray) -> float:
    """How far the engine's covariance has been drawn from the sample's to its structured target."""
    if method not in ("ledoit_wolf", "constant_correlation"):
        return 0.0
    sample = np.cov(window.T, bias=True).reshape(covariance.shape)
    size = len(sample)
    variance = sample.diagonal()
    prior = np.eye(size) * variance.mean()
    if method == "constant_correlation":
        scale = np.sqrt(np.outer(variance, variance))
        share = ((sample / scale).sum() - size) / max(size * (size - 1), 1)
        prior = scale * (share + (1.0 - share) * np.eye(size))
    way = prior - sample
    return float((way * (covariance - sample)).sum() / (way * way).sum()) if way.any() else 0.0


def _statistics(
    walk: Walk, earned: FloatArray, tickers: tuple[str, ...], hurdles: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """The engine's statistics of the model and of its hurdles, each against the model's benchmark."""
    net, benchmark = walk.result.returns, walk.result.benchmark_returns
    own = {name: benchmark.copy() for name in hurdles}
    for name, ticker in hurdles.items():
        own[name][:] = earned[:, tickers.index(ticker)]
    found = {"net": ax.statistics(net, benchmark), "benchmark": ax.statistics(benchmark, benchmark.rename("benchmark"))}
    if "equity" in own and "aggregate" in own:
        mixed = sixty_forty(own["equity"].rename("equity"), own["aggregate"].rename("aggregate"))
        found["sixty_forty"] = ax.statistics(mixed.rename("60/40"), benchmark)
    if "bills" in own:
        bills = own["bills"].rename("bills")
        found["bills"] = ax.statistics(bills, benchmark)
        found["standard"] = ax.statistics(net, benchmark, "standard", risk_free=bills, periods_per_year=12)
    return {name: table.as_dict() for name, table in found.items()}
