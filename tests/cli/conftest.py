"""The command line in this process, and a slice of the built-in sample to run it on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from aram_xl.cli._app import app
from aram_xl.sample import sample_prices

PRESET_TICKERS = ["SHY", "IEF", "TLT", "TIP", "VCIT", "LQDH", "AGG"]


@pytest.fixture(scope="session")
def prices() -> pd.DataFrame:
    """The preset's tickers to January 2018: 25 signal dates, fewer than 36 months of returns."""
    return sample_prices().loc[:"2018-01-31", PRESET_TICKERS]


@pytest.fixture(scope="session")
def prices_file(prices: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "prices.csv"
    prices.to_csv(path)
    return path


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command; an exception other than the end of the command fails the test."""

    def invoke(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="aram-xl")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def answer(run: Callable[..., Result]) -> Callable[..., Any]:
    """Run a command with ``--json`` and parse what it prints, refusing NaN and infinity."""

    def invoke(*arguments: object) -> Any:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout, parse_constant=_refuse)

    return invoke


def _refuse(word: str) -> Any:
    raise ValueError(f"no JSON: {word}")


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """In place of the real templates, whose own tests build them: one that notes its arguments."""
    module = ModuleType("workbooks.catalogue")
    module.NAMES = ("active_index",)  # type: ignore[attr-defined]
    module.OF_RETURNS = ()  # type: ignore[attr-defined]
    module.OF_TABLES = ()  # type: ignore[attr-defined]
    module.calls = []  # type: ignore[attr-defined]

    def build(
        name: str, prices: pd.DataFrame, path: Path, *, end: Any = None, progress: Callable[[str], None] | None = None
    ) -> None:
        assert progress is not None
        progress("writing sheets")
        module.calls.append((name, prices, end))  # type: ignore[attr-defined]
        Path(path).write_bytes(b"workbook")

    module.build = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "workbooks.catalogue", module)
    monkeypatch.setattr("workbooks.catalogue", module, raising=False)
    return module
