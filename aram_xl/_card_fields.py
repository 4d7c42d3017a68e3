"""Limits, groups and rule of a model card: how they are read, and whether they can be met together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from aram_xl._limits import ROUNDING, Group
from aram_xl._risk_target_rule import MarketRisk, Rule
from aram_xl.errors import InputError
from aram_xl.types import FloatArray

if TYPE_CHECKING:
    from aram_xl._models import Model

_GROUP_FIELDS = tuple(field.name for field in dataclasses.fields(Group))


def pairs_of(value: Any) -> Any:
    """A table of tickers and numbers as pairs; anything else is left to the checks."""
    return tuple(value.items()) if isinstance(value, Mapping) else tuple(value) if isinstance(value, list) else value


def groups_of(value: Any) -> Any:
    """A list of groups, each a `Group` or a table of its fields; anything else is left to the checks."""
    return tuple(_group(entry) for entry in value) if isinstance(value, list | tuple) else value


def bounds_of(model: Model) -> tuple[FloatArray, FloatArray]:
    """Least and greatest weight of each ticker: those of all, overridden by floors and caps."""
    floors, caps = dict(model.floors), dict(model.caps)
    lower = np.array([floors.get(ticker, model.lower) for ticker in model.universe], dtype=np.float64)
    upper = np.array([caps.get(ticker, model.upper) for ticker in model.universe], dtype=np.float64)
    return lower, upper


def check_limits(model: Model) -> None:
    """Refuse limits that are malformed, or that no weights with a sum of 1 can meet."""
    for name in ("floors", "caps"):
        _check_pairs(model, name)
    if model.lower > model.upper:
        raise InputError(f"lower: expected at most upper ({model.upper:g}), got {model.lower:g}")
    lower, upper = bounds_of(model)
    for ticker, least, greatest in zip(model.universe, lower, upper, strict=True):
        if least > greatest:
            raise InputError(
                f"floors and caps: expected the least weight of {ticker} at most its greatest, got {least:g} and "
                f"{greatest:g}"
            )
    _check_total_of_bounds(model, lower, upper)
    if not isinstance(model.groups, tuple):
        raise InputError(f"groups: expected a list of groups with {', '.join(_GROUP_FIELDS)}, got {model.groups!r}")
    least, greatest = (dict(zip(model.universe, side.tolist(), strict=True)) for side in (lower, upper))
    for group in model.groups:
        _check_group(model, group, least, greatest)
    _check_total_of_groups(model.groups, least, greatest)
    if model.turnover is not None and not _is_number(model.turnover, 0.0, 1.0, above=True):
        raise InputError(f"turnover: expected a number above 0, at most 1, got {model.turnover!r}")
    if model.risk_drift is not None and not _is_number(model.risk_drift, 0.0, 10.0, above=True):
        raise InputError(f"risk_drift: expected a number above 0, at most 10, got {model.risk_drift!r}")


def check_rule(model: Model) -> None:
    """Refuse a rule without the market risk that it reads, or beside a multiplier."""
    if model.market_risk is not None and not isinstance(model.market_risk, MarketRisk):
        raise InputError(f"market_risk: expected a MarketRisk, got {model.market_risk!r}")
    if model.rule is None:
        return
    if not isinstance(model.rule, Rule):
        raise InputError(f"rule: expected a Rule, got {model.rule!r}")
    market = model.market_risk
    if market is None or (market.source != "macro" and not market.windows and market.window is None):
        raise InputError(
            "rule: expected [market_risk] with its window beside it, got none; add the series and window that the rule "
            "reads"
        )
    if model.multiplier != 1.0:
        raise InputError(
            f"multiplier: expected 1 with a rule, whose rows give k, got {model.multiplier:g}; change k in the rows"
        )


def _group(entry: Any) -> Group:
    if isinstance(entry, Group):
        return entry
    if not isinstance(entry, Mapping):
        raise InputError(f"groups: expected groups with {', '.join(_GROUP_FIELDS)}, got {entry!r}")
    for name in entry:
        if name not in _GROUP_FIELDS:
            raise InputError(f"groups: expected {', '.join(_GROUP_FIELDS)}, got {name}")
    for name in ("name", "members"):
        if name not in entry:
            raise InputError(f"groups: expected the field {name} in each group, got a group without it")
    if not isinstance(entry["members"], list | tuple | str):
        raise InputError(f"groups: expected members as a list of tickers, got {entry['members']!r}")
    for name in ("least", "greatest"):
        _check_share(entry["name"], name, entry.get(name, 0.0))
    return Group(**entry)


def _check_pairs(model: Model, name: str) -> None:
    pairs = getattr(model, name)
    if not isinstance(pairs, tuple) or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        raise InputError(f"{name}: expected tickers and their weights, such as {{TLT = 0.3}}, got {pairs!r}")
    tickers = [ticker for ticker, _ in pairs]
    for ticker, weight in pairs:
        if ticker not in model.universe:
            raise InputError(f"{name}: expected tickers of the universe ({', '.join(model.universe)}), got {ticker!r}")
        if tickers.count(ticker) > 1:
            raise InputError(f"{name}: expected each ticker once, got {ticker} more than once")
        if not _is_number(weight, 0.0, 1.0):
            raise InputError(f"{name}: expected a number from 0 to 1 for {ticker}, got {weight!r}")


def _check_total_of_bounds(model: Model, lower: FloatArray, upper: FloatArray) -> None:
    count = len(model.universe)
    if upper.sum() < 1.0 - ROUNDING:
        if not model.caps:
            raise InputError(
                f"upper: {model.upper:g} for each of {count} assets adds up to {upper.sum():.4g}, less than 1; "
                f"raise upper to at least {1.0 / count:.4g}"
            )
        raise InputError(
            f"caps: expected greatest weights with a total of at least 1.00 to be fully invested, got "
            f"{upper.sum():.4g} over {count} assets; raise a cap or upper"
        )
    if lower.sum() > 1.0 + ROUNDING:
        if not model.floors:
            raise InputError(
                f"lower: {model.lower:g} for each of {count} assets adds up to {lower.sum():.4g}, more than 1; "
                f"lower it to at most {1.0 / count:.4g}"
            )
        raise InputError(
            f"floors: expected least weights with a total of at most 1.00, got {lower.sum():.4g} over {count} assets; "
            "lower a floor or lower"
        )


def _check_group(model: Model, group: Group, least: Mapping[Any, float], greatest: Mapping[Any, float]) -> None:
    names = [other.name for other in model.groups]
    if not isinstance(group.name, str) or not group.name or names.count(group.name) > 1:
        raise InputError(f"groups: expected names, each once, got {', '.join(map(repr, names))}")
    outside = [member for member in group.members if member not in least]
    if outside:
        raise InputError(
            f"group {group.name}: expected members of the universe ({', '.join(model.universe)}), got {outside[0]!r}"
        )
    for name in ("least", "greatest"):
        _check_share(group.name, name, getattr(group, name))
    most, fewest = (sum(side[member] for member in group.members) for side in (greatest, least))
    if most < group.least - ROUNDING:
        raise InputError(
            f"group {group.name}: expected least at most {most:.4g}, all that its members may hold, got {group.least:g}"
        )
    if fewest > group.greatest + ROUNDING:
        raise InputError(
            f"group {group.name}: expected greatest at least {fewest:.4g}, which its members must hold, "
            f"got {group.greatest:g}"
        )


def _check_total_of_groups(
    groups: tuple[Group, ...], least: Mapping[Any, float], greatest: Mapping[Any, float]
) -> None:
    """Exact for groups that share no ticker; where groups overlap some impossible limits are left to the solver."""
    members = [member for group in groups for member in group.members]
    alone = [ticker for ticker in least if ticker not in members]
    reach = sum(min(group.greatest, sum(greatest[member] for member in group.members)) for group in groups)
    reach += sum(greatest[ticker] for ticker in alone)
    if reach < 1.0 - ROUNDING:
        raise InputError(
            f"groups: expected limits that let the weights reach a total of 1.00, got at most {reach:.4g}; raise the "
            "greatest of a group"
        )
    need = sum(max(group.least, sum(least[member] for member in group.members)) for group in groups)
    need += sum(least[ticker] for ticker in alone)
    if need > 1.0 + ROUNDING and len(set(members)) == len(members):
        raise InputError(
            f"groups: expected least weights with a total of at most 1.00, got {need:.4g}; lower the least of a group"
        )


def _check_share(group: Any, name: str, value: Any) -> None:
    if not _is_number(value, 0.0, 1.0):
        raise InputError(f"group {group}: expected {name} from 0 to 1, got {value!r}")


def _is_number(value: Any, low: float, high: float, *, above: bool = False) -> bool:
    """Whether it is a number from ``low``, or above it, to ``high``."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return numeric and low <= value <= high and not (above and value == low)
