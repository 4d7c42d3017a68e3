"""What README.md and docs/model_cards.md show is what happens."""

from __future__ import annotations

import dataclasses
import doctest
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

import aram_xl as ax
from aram_xl._limits import Group
from aram_xl._models import _SECTIONS, parse_card
from aram_xl.cli._app import app
from aram_xl.risk_target import MarketRisk, Rule, RuleRow

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CARDS = (ROOT / "docs/model_cards.md").read_text(encoding="utf-8")
MARK = "<!-- checked by tests/cli/test_readme.py -->\n"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_marked_blocks_are_the_checked_ones() -> None:
    marked = re.findall(rf"{MARK}```(\w+)", README)
    assert sorted(marked) == ["console", "python", "python"]
    assert len(blocks(README, "python")) == 2


@pytest.mark.parametrize("text", [README, CARDS], ids=["README.md", "model_cards.md"])
def test_python_blocks_run_as_printed(text: str) -> None:
    examples = "\n".join(blocks(text, "python"))
    test = doctest.DocTestParser().get_doctest(examples, {}, "documents", None, 0)
    assert test.examples
    said: list[str] = []
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 0, "".join(said)


def test_console_block_is_the_answer(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample has the same bits everywhere, so the text is the same."""
    from aram_xl.cli.demo import _write_prices

    (block,) = blocks(README, "console")
    command, _, shown = block.partition("\n")
    assert command.startswith("$ aram-xl ")
    (tmp_path / "demo").mkdir()
    _write_prices(ax.sample_prices(), tmp_path / "demo/SYNTHETIC_prices.csv")
    monkeypatch.chdir(tmp_path)
    assert run(*command.split()[2:]).stdout == shown


def test_every_command_stands_in_the_table() -> None:
    shown = re.findall(r"^\| `aram-xl (\w+)", README, flags=re.MULTILINE)
    commands = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert sorted(shown) == sorted([*commands, *(str(group.name) for group in app.registered_groups)])


def test_links_and_layout_name_what_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    (layout,) = blocks(README, "text")
    files = [f"aram_xl/{name}" for name in re.findall(r"[\w/]+\.py|cards/|cli/", layout)]
    assert all((ROOT / path).exists() for path in [*links, *files, *re.findall(r"^\w+/", layout, flags=re.MULTILINE)])


# The model card, field by field


def rows() -> Iterator[tuple[str, str, str]]:
    """Section, field and default of every row of the tables."""
    section = ""
    for line in CARDS.splitlines():
        if line.startswith("### "):
            section = line.removeprefix("### ").strip("`[]")
        match = re.match(r"\| `(\w+)` \|[^|]*\|[^|]*\| ([^|]*) \|", line)
        if match:
            yield section, match[1], match[2]


OF_THEIR_OWN = {"market_risk": MarketRisk, "rule": Rule, "rule.rows": RuleRow, "limits.groups": Group}
"""Sections that are values by themselves."""


def test_every_field_of_a_card_is_explained_in_its_section() -> None:
    shown = [(section, field) for section, field, _ in rows()]
    sections = {field: section for section, fields in _SECTIONS.items() for field in fields}
    fields = [field.name for field in dataclasses.fields(ax.Model) if field.name not in OF_THEIR_OWN]
    expected = {(sections.get(field, "Outside the sections"), field) for field in fields}
    expected |= {(section, field.name) for section, kind in OF_THEIR_OWN.items() for field in dataclasses.fields(kind)}
    assert set(shown) == expected
    assert len(shown) == len(expected)


def test_defaults_are_those_of_the_code() -> None:
    sections = {field: section for section, fields in _SECTIONS.items() for field in fields}
    shown = {(section, field): default for section, field, default in rows()}
    for field in dataclasses.fields(ax.Model):
        if field.name not in OF_THEIR_OWN:
            place = sections.get(field.name, "Outside the sections")
            assert shown[place, field.name] == _toml(field.default), field.name
    for section, kind in OF_THEIR_OWN.items():
        for field in dataclasses.fields(kind):
            assert shown[section, field.name] == _toml(field.default), (section, field.name)


def test_every_card_of_the_package_is_in_the_list() -> None:
    shown = re.findall(r"^\| `([\w-]+)` \| [^|]* \|$", CARDS, flags=re.MULTILINE)
    assert sorted(shown) == list(ax.models())


def _toml(value: Any) -> str:
    if value is dataclasses.MISSING:
        return "*required*"
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{text}"' for text in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def test_the_whole_cards_are_cards() -> None:
    short, ruled = (parse_card(text, "docs/model_cards.md") for text in blocks(CARDS, "toml"))
    assert (short.universe, short.multiplier, short.frequency) == (("SHY", "TLT"), 0.8, "M")
    assert ruled.rule is not None
    assert [row.k for row in ruled.rule.rows] == [0.5, 1.0, 0.7, 0.8]
    assert (ruled.caps, ruled.turnover) == ((("TLT", 0.5),), 0.25)


def test_the_changelog_names_every_command() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"`{command.callback.__name__}`" in text
