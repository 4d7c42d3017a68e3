"""``aram-xl models``: the model cards that come with the package."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from aram_xl.cli import _screen
from aram_xl.cli._inputs import AsJson

if TYPE_CHECKING:
    from aram_xl._models import Model


def models(as_json: AsJson = False) -> None:
    """The models that come with the package.

    A card is a TOML file that you can copy and change; docs/model_cards.md explains its fields.

    Example: aram-xl models --json
    """
    from aram_xl._models import load_model
    from aram_xl._models import models as names

    cards = [load_model(name) for name in names()]
    if as_json:
        _screen.say_json([_card_for_json(card) for card in cards])
        return
    _screen.say_table(
        ["model", "title", "benchmark", "states: k", "rebalancing"],
        [(card.name, card.title, card.benchmark, _states(card), _rebalancing(card)) for card in cards],
        left=5,
    )
    for provenance in dict.fromkeys(card.provenance for card in cards):
        shared = [card.name for card in cards if card.provenance == provenance]
        _screen.say()
        _screen.tell(f"{', '.join(shared)}: {provenance}", indent=2)
    _screen.say()
    _screen.tell("aram-xl models --json prints every field; docs/model_cards.md explains them.")


def _states(card: Model) -> str:
    """How many the rule has, and the range of k."""
    if card.rule is None:
        return f"none: {card.multiplier:g}"
    multiples = [row.k for row in card.rule.rows]
    return f"{len({row.state for row in card.rule.rows})}: {min(multiples):g} to {max(multiples):g}"


def _rebalancing(card: Model) -> str:
    from aram_xl.returns import FREQUENCIES

    drift = "" if card.risk_drift is None else f", drift {100 * card.risk_drift:g} %"
    return FREQUENCIES[card.rebalance] + drift


def _card_for_json(card: Model) -> dict[str, Any]:
    fields = dataclasses.asdict(card)
    fields["first_signal"] = card.first_signal.isoformat() if card.first_signal else None
    return fields
