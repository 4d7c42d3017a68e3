"""Model cards: one model each, as a TOML file that a user can read, copy and change."""

from __future__ import annotations

import dataclasses
import datetime
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from aram_xl._card_fields import bounds_of, check_limits, check_rule, groups_of, pairs_of
from aram_xl._covariance import COVARIANCE_METHODS
from aram_xl._expected_returns import EXPECTED_RETURN_METHODS, MOMENTUM_PERIODS
from aram_xl._limits import Group
from aram_xl._risk_target_rule import MarketRisk, Rule, parse_market_risk, parse_rule
from aram_xl.errors import InputError
from aram_xl.returns import FREQUENCIES
from aram_xl.types import FloatArray

FALLBACKS = ("min_risk", "previous", "benchmark")
MISSING_POLICIES = ("common_window", "drop_asset", "reject")

_SECTIONS = {
    "estimation": (
        "frequency",
        "window",
        "minimum_history",
        "missing",
        "expected_returns",
        "covariance",
        "half_life",
    ),
    "target": ("multiplier",),
    "limits": ("lower", "upper", "caps", "floors", "groups", "turnover"),
    "rebalancing": ("rebalance", "risk_drift", "execution_lag", "fallback"),
    "costs": ("fee", "cost_bps", "charge_first_purchase"),
}
"""Fields of each section of a card."""

_OWN_SECTIONS: dict[str, Callable[[Mapping[str, Any], str], MarketRisk | Rule]] = {
    "market_risk": parse_market_risk,
    "rule": parse_rule,
}
"""Sections that are a field by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: what may be held, how it is estimated, targeted, rebalanced and charged.

    Constructing a model validates it; `replace` gives a changed copy, validated again.
    """

    name: str
    title: str
    provenance: str
    purpose: str
    universe: tuple[str, ...]
    """Tickers that may be held, in the order of weights."""
    benchmark: str
    """Ticker whose risk sets the target; not held unless it is in the universe."""
    first_signal: datetime.date | None = None
    """Earliest signal date; None: as soon as there is enough history."""
    frequency: str = "M"
    """Of the returns in the window: D, W, M or Q."""
    window: int
    """Returns in the window."""
    minimum_history: int
    """Returns without a gap, up to the signal date, that an asset needs to be admitted."""
    missing: str = "common_window"
    """``common_window``: all use the shortest history of an admitted asset; ``drop_asset``: an asset needs the whole
    window; ``reject``: an error where any asset lacks the whole window."""
    expected_returns: str = "mean"
    covariance: str = "sample"
    half_life: float | None = None
    multiplier: float = 1.0
    """k: risk target = k x market risk. With a rule it is 1: the rows of the rule give k."""
    market_risk: MarketRisk | None = None
    """None: sample volatility of the benchmark over the optimiser's own window."""
    rule: Rule | None = None
    """None: the multiplier is k at all times."""
    lower: float = 0.0
    upper: float = 1.0
    caps: tuple[tuple[str, float], ...] = ()
    """Greatest weights of single tickers, in place of ``upper``."""
    floors: tuple[tuple[str, float], ...] = ()
    """Least weights of single tickers, in place of ``lower``."""
    groups: tuple[Group, ...] = ()
    """Limits on total weights of several tickers."""
    turnover: float | None = None
    """Greatest one-way turnover of a rebalance, decimal; None: no limit."""
    rebalance: str = "M"
    """D, W, M or Q: signals at the last trading day of each such period."""
    risk_drift: float | None = None
    """Trade at a signal only where the risk of the drifted weights is further than this share from the risk that a
    trade would lead to, which is the target where it binds; None: trade at every signal. Between trades weights may
    drift over caps."""
    execution_lag: int = 0
    """Trading days between signal and trade: 0 or 1."""
    fallback: tuple[str, ...] = ("min_risk",)
    """What is held where the target cannot be met, first possible one: min_risk, previous, benchmark."""
    fee: float = 0.0
    """Per year, decimal of value."""
    cost_bps: float = 0.0
    """Basis points of each amount bought or sold."""
    charge_first_purchase: bool = True

    def __post_init__(self) -> None:
        for name in ("universe", "fallback", "first_signal", "purpose", "caps", "floors", "groups"):
            object.__setattr__(self, name, _typed(name, getattr(self, name)))
        for check in (_check_names, _check_choices, _check_numbers, check_limits, check_rule):
            check(self)

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Least and greatest weight of each ticker, (n_assets,) each, in the order of the universe."""
        return bounds_of(self)

    def replace(self, **changes: Any) -> Model:
        """A changed copy, validated again.

        Raises:
            InputError: unknown field, or a value out of range.
        """
        known = {field.name for field in dataclasses.fields(self)}
        for name in changes:
            if name not in known:
                raise InputError(f"{name}: expected a field of a model card ({', '.join(sorted(known))})")
        return dataclasses.replace(self, **changes)


def models() -> tuple[str, ...]:
    """Names of the model cards that come with the package."""
    return tuple(sorted(card.name.removesuffix(".toml") for card in _cards().iterdir() if card.name.endswith(".toml")))


def load_model(name: str | os.PathLike[str]) -> Model:
    """Load a model card by name, or a user's own card by path.

    Raises:
        InputError: no such card, not TOML, or a field that is unknown, missing or out of range.
    """
    if str(name) in models():
        return parse_card((_cards() / f"{name}.toml").read_text(encoding="utf-8"), str(name))
    path = Path(name)
    if path.suffix != ".toml":
        raise InputError(f"model: expected one of {', '.join(models())} or the path of a .toml card, got {str(name)!r}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"model: {path} could not be read ({error})") from error
    return parse_card(text, path.name)


def parse_card(text: str, origin: str) -> Model:
    """Parse and validate the text of a model card; ``origin`` is named in errors."""
    try:
        card = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{origin}: expected a TOML file, got: {error}") from error
    fields = {name: value for name, value in card.items() if not isinstance(value, Mapping)}
    for section, content in card.items():
        if not isinstance(content, Mapping):
            continue
        if section in _OWN_SECTIONS:
            fields[section] = _OWN_SECTIONS[section](content, origin)
            continue
        allowed = _SECTIONS.get(section)
        if allowed is None:
            raise InputError(f"{origin}: expected sections {', '.join([*_SECTIONS, *_OWN_SECTIONS])}, got [{section}]")
        for name, value in content.items():
            if name not in allowed:
                raise InputError(f"{origin}: [{section}] expected {', '.join(allowed)}, got {name}")
            fields[name] = value
    known = {field.name: field for field in dataclasses.fields(Model)}
    top = set(known) - {name for names in _SECTIONS.values() for name in names} - set(_OWN_SECTIONS)
    for name in fields:
        if name not in known or (name not in top and name in card and not isinstance(card[name], Mapping)):
            raise InputError(f"{origin}: expected {', '.join(sorted(top))} outside the sections, got {name}")
    for name, field in known.items():
        if name not in fields and field.default is dataclasses.MISSING:
            raise InputError(f"{origin}: expected the field {name}, which is missing")
    return Model(**fields)


def _cards() -> Any:
    return resources.files("aram_xl") / "cards"


def _typed(name: str, value: Any) -> Any:
    """Lists of names become tuples, texts of dates become dates; anything else is left to the checks."""
    if name in ("caps", "floors"):
        return pairs_of(value)
    if name == "groups":
        return groups_of(value)
    if name in ("universe", "fallback"):
        return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
    if name == "first_signal" and isinstance(value, datetime.datetime):
        return value.date()
    if name == "first_signal" and isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError as error:
            raise InputError(f"first_signal: expected a date such as 2015-12-31, got {value!r}") from error
    return value.strip() if name == "purpose" and isinstance(value, str) else value


def _check_names(model: Model) -> None:
    for name in ("universe", "fallback"):
        values = getattr(model, name)
        if not isinstance(values, tuple) or not values or not all(isinstance(v, str) and v for v in values):
            raise InputError(f"{name}: expected a list of at least one name, got {values!r}")
    twice = sorted({ticker for ticker in model.universe if model.universe.count(ticker) > 1})
    if twice:
        raise InputError(f"universe: expected each ticker once, got {', '.join(twice)} more than once")
    for name in ("name", "title", "provenance", "purpose", "benchmark"):
        value = getattr(model, name)
        if not isinstance(value, str) or not value:
            raise InputError(f"{name}: expected text, got {value!r}")
    if model.first_signal is not None and not isinstance(model.first_signal, datetime.date):
        raise InputError(f"first_signal: expected a date, got {model.first_signal!r}")


def _check_choices(model: Model) -> None:
    for name, allowed in (
        ("frequency", tuple(FREQUENCIES)),
        ("rebalance", tuple(FREQUENCIES)),
        ("missing", MISSING_POLICIES),
        ("expected_returns", EXPECTED_RETURN_METHODS),
        ("covariance", COVARIANCE_METHODS),
    ):
        if getattr(model, name) not in allowed:
            raise InputError(f"{name}: expected one of {', '.join(allowed)}, got {getattr(model, name)!r}")
    if any(rung not in FALLBACKS for rung in model.fallback):
        raise InputError(f"fallback: expected a list of {', '.join(FALLBACKS)}, got {list(model.fallback)!r}")
    weighted = "ewma" in (model.expected_returns, model.covariance)
    if weighted != (model.half_life is not None):
        raise InputError(
            "half_life: expected a number of periods with ewma and none otherwise, "
            f"got {model.half_life!r} with {model.expected_returns} and {model.covariance}"
        )


def _check_numbers(model: Model) -> None:
    for name, least, greatest in (
        ("window", 2, 100_000),
        ("minimum_history", 2, model.window if isinstance(model.window, int) else 2),
        ("execution_lag", 0, 1),
    ):
        value = getattr(model, name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= greatest:
            raise InputError(f"{name}: expected a whole number from {least} to {greatest}, got {value!r}")
    for name, low, high in (
        ("multiplier", 0.0, 100.0),
        ("lower", 0.0, 1.0),
        ("upper", 0.0, 1.0),
        ("fee", 0.0, 0.1),
        ("cost_bps", 0.0, 1000.0),
        ("half_life", 0.1, 100_000.0),
    ):
        value = getattr(model, name)
        if name == "half_life" and value is None:
            continue
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise InputError(f"{name}: expected a number from {low:g} to {high:g}, got {value!r}")
    if not isinstance(model.charge_first_purchase, bool):
        raise InputError(f"charge_first_purchase: expected true or false, got {model.charge_first_purchase!r}")
    longest = max(MOMENTUM_PERIODS)
    if model.expected_returns == "momentum" and model.minimum_history < longest:
        raise InputError(f"minimum_history: expected at least {longest} with momentum, got {model.minimum_history}")
