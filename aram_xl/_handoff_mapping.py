"""What a user may change about the files: a TOML file of column names, exchanges and order fields.

The layout that iRebal imports is not public, so its columns are the user's to name; see docs/handoff.md.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aram_xl.errors import InputError

if TYPE_CHECKING:
    from aram_xl.table_files import FilePath

CONTENTS = ("symbol", "target_percent", "target_decimal", "model", "text")

PRICELESS = ("MKT", "MOC")
"""Order types that need no further column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the file: its heading, what it holds, and the text of a column that is the same in every row."""

    name: str
    holds: str
    text: str = ""

    def __post_init__(self) -> None:
        if self.holds not in CONTENTS:
            raise InputError(f"columns: expected holds to be one of {', '.join(CONTENTS)}, got {self.holds!r}")
        if bool(self.text) != (self.holds == "text"):
            raise InputError(f"columns: expected a text in {self.name!r} if and only if it holds text")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLayout:
    """The security model of iRebal: a row per symbol, cash as a symbol of its own."""

    columns: tuple[Column, ...] = (
        Column(name="Symbol", holds="symbol"),
        Column(name="Target Percent", holds="target_percent"),
    )
    header: bool = True
    cash_symbol: str = "$CASH"

    def __post_init__(self) -> None:
        kinds = [column.holds for column in self.columns]
        targets = [kind for kind in kinds if kind.startswith("target")]
        if kinds.count("symbol") != 1 or len(targets) != 1:
            raise InputError(f"columns: expected one symbol and one target, got {', '.join(kinds) or 'none'}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFields:
    """What every row of Interactive Brokers' files says."""

    security_type: str = "STK"
    exchange: str = "SMART"
    currency: str = "USD"
    time_in_force: str = "DAY"
    order_type: str = "MKT"
    rebalance_exchange: str = "SMART/AMEX"
    exchanges: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """By symbol, in place of the two above: ``SMART/ARCA`` where a ticker alone is ambiguous."""

    def __post_init__(self) -> None:
        if self.order_type not in PRICELESS:
            raise InputError(
                f"order_type: expected one of {', '.join(PRICELESS)}, which need no price, got {self.order_type!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """All that a mapping file may say."""

    irebal: ModelLayout = ModelLayout()
    ibkr: OrderFields = dataclasses.field(default_factory=OrderFields)


def read_mapping(path: FilePath) -> FileMapping:
    """Read a mapping file; what it does not name keeps its default.

    Raises:
        InputError: the file cannot be read, is no TOML, or has a field that is unknown or of the wrong kind.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"mapping: {file} could not be read ({error})") from error
    return parse_mapping(text, file.name)


def parse_mapping(text: str, origin: str) -> FileMapping:
    """Parse the text of a mapping file; ``origin`` is named in errors."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{origin}: expected a TOML file, got: {error}") from error
    _known(content, ("irebal", "ibkr"), origin)
    try:
        model = dict(_section(content, "irebal", ModelLayout, origin))
        if "columns" in model:
            model["columns"] = tuple(_column(entry, origin) for entry in model["columns"])
        return FileMapping(
            irebal=ModelLayout(**model), ibkr=OrderFields(**_section(content, "ibkr", OrderFields, origin))
        )
    except InputError as error:
        raise error if str(error).startswith(origin) else InputError(f"{origin}: {error}") from error


def _section(content: Mapping[str, Any], name: str, kind: Any, origin: str) -> Mapping[str, Any]:
    """The fields of a section, each of the kind that its default has."""
    section = content.get(name, {})
    if not isinstance(section, Mapping):
        raise InputError(f"{origin}: expected a section [{name}], got {section!r}")
    default = kind()
    _known(section, [field.name for field in dataclasses.fields(kind)], f"{origin}: [{name}]")
    for field, value in section.items():
        meant = getattr(default, field)
        if isinstance(meant, tuple):
            fits = isinstance(value, list)
        elif isinstance(meant, Mapping):
            fits = isinstance(value, Mapping) and all(isinstance(text, str) and text for text in value.values())
        else:
            fits = isinstance(value, type(meant)) and value != ""
        if not fits:
            raise InputError(f"{origin}: [{name}] {field}: expected the kind of {meant!r}, got {value!r}")
    return section


def _column(entry: Any, origin: str) -> Column:
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) for value in entry.values()):
        raise InputError(f"{origin}: columns: expected tables of texts such as {{ name, holds }}, got {entry!r}")
    _known(entry, ("name", "holds", "text"), f"{origin}: columns")
    if not {"name", "holds"} <= entry.keys():
        raise InputError(f"{origin}: columns: expected a name and what it holds, got {dict(entry)!r}")
    return Column(**entry)


def _known(content: Mapping[str, Any], names: Any, where: str) -> None:
    for name in content:
        if name not in names:
            raise InputError(f"{where}: expected {', '.join(names)}, got {name}")
