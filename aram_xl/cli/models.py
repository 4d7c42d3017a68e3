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
    for card in cards:
        _screen.say(f"{card.name}: {card.title}")
        _screen.tell(f"  {card.provenance}", indent=2)
        _screen.say_table(
            [],
            [
                ("  universe", ", ".join(card.universe)),
                ("  benchmark", card.benchmark),
                ("  estimates", f"{card.expected_returns}, {card.covariance}, window {card.window} {card.frequency}"),
                ("  risk target", f"{card.multiplier:g} x risk of {card.benchmark}"),
                ("  costs", f"fee {_screen.percent(card.fee)} a year, {card.cost_bps:g} bp of each trade"),
            ],
            left=2,
        )


def _card_for_json(card: Model) -> dict[str, Any]:
    fields = dataclasses.asdict(card)
    fields["first_signal"] = card.first_signal.isoformat() if card.first_signal else None
    return fields
