"""Settings shared by all tests: where the shared data lies, and what may be skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _shared_folder() -> Path:
    """The one setting: ARAM_XL_SHARED, by default the folder ``shared`` beside the checkout."""
    return Path(os.environ.get("ARAM_XL_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with ``data`` (real prices) and ``oracles`` (published results)."""
    folder = _shared_folder()
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared data in {folder}; set ARAM_XL_SHARED to the folder that holds data/ and oracles/")
    return folder
