"""Putting the add-in in place for one user, and taking it back.

A receipt in the user's profile says what was done. Installing again first takes the settings back and then sets them
anew, so doing it twice is doing it once; uninstalling undoes what the receipt lists and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aram_xl._files import replacing
from aram_xl.errors import InputError, OutputError
from udfs.hosts.excel import settings
from udfs.hosts.excel.places import Places, shipped_addin

SERVED = "udfs.hosts.excel.functions"


@dataclass(slots=True)
class Receipt:
    """What an installation did."""

    before: str | None = None
    """The file of settings before; None: there was none."""
    after: str = ""
    ours: dict[str, str] = field(default_factory=dict)
    earlier: dict[str, str] = field(default_factory=dict)
    """Values that ours took the place of."""
    addin: str = ""
    """SHA-256 of the add-in that was put in place."""
    environment: str | None = None
    """The environment that was made."""
    folders: list[str] = field(default_factory=list)
    """Folders that were made, the outer ones first."""


def install(places: Places, python: Path, made_environment: Path | None = None) -> list[str]:
    """Write the settings and put the add-in in place; says what was done, a line each.

    Raises:
        OutputError: a folder or file cannot be written.
    """
    receipt = _receipt(places) or Receipt()
    for folder in (places.settings.parent, places.start_folder):
        receipt.folders += [made for made in _make(folder) if made not in receipt.folders]
    if made_environment is not None:
        receipt.environment = str(made_environment)
    before = _taken_back(settings.read(places.settings), receipt)
    wanted = {settings.INTERPRETER: str(python), settings.MODULES: SERVED, settings.WORKBOOK_ON_PATH: "False"}
    there = settings.values(before or "")
    receipt.before, receipt.ours = before, wanted
    receipt.earlier = {key: there[key] for key in wanted if key in there}
    receipt.after = settings.merged(before or "", wanted)
    content = shipped_addin().read_bytes()
    receipt.addin = hashlib.sha256(content).hexdigest()
    # The receipt first: when a later step fails, uninstalling still knows what to look for.
    _keep(places, receipt)
    settings.write(places.settings, receipt.after)
    _replace(places.addin, content)
    return [f"settings: {places.settings}", f"interpreter: {python}", f"add-in: {places.addin}"]


def uninstall(places: Places) -> list[str]:
    """Undo what the receipt lists; says what was done and what was left, a line each.

    Raises:
        InputError: nothing was installed by this command.
    """
    receipt = _receipt(places)
    if receipt is None:
        raise InputError(f"uninstall: expected an installation, got no {places.receipt}; nothing was changed")
    done = [_remove_addin(places, receipt), _remove_settings(places, receipt)]
    if receipt.environment is not None:
        done.append(_remove_environment(Path(receipt.environment)))
    places.receipt.unlink()
    for name in reversed(receipt.folders):
        folder = Path(name)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return done


def _taken_back(text: str | None, receipt: Receipt) -> str | None:
    """The file of settings as it would be without us."""
    if text is None or text == receipt.after:
        return receipt.before if text is not None else None
    return settings.restored(text, receipt.ours, receipt.earlier)


def _remove_settings(places: Places, receipt: Receipt) -> str:
    text = settings.read(places.settings)
    if text is None:
        return f"settings: {places.settings} was gone already"
    left = _taken_back(text, receipt)
    if left is None or (left == "" and receipt.before is None):
        places.settings.unlink()
        return f"settings: removed {places.settings}"
    settings.write(places.settings, left)
    return f"settings: took our lines out of {places.settings}"


def _remove_addin(places: Places, receipt: Receipt) -> str:
    if not places.addin.is_file():
        return f"add-in: {places.addin} was gone already"
    if hashlib.sha256(places.addin.read_bytes()).hexdigest() != receipt.addin:
        return f"add-in: left {places.addin}, because it is not the one that was installed"
    try:
        places.addin.unlink()
    except PermissionError as error:
        raise OutputError(
            f"{places.addin}: could not be removed ({error.strerror}); close Excel and try again"
        ) from error
    return f"add-in: removed {places.addin}"


def _remove_environment(folder: Path) -> str:
    if not (folder / "pyvenv.cfg").is_file():
        return f"environment: left {folder}, because it is no virtual environment"
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        return f"environment: could not remove all of {folder}, because it is in use; delete it by hand"
    return f"environment: removed {folder}"


def _receipt(places: Places) -> Receipt | None:
    try:
        return Receipt(**json.loads(places.receipt.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise InputError(f"{places.receipt}: expected the receipt of an installation, got something else") from error


def _keep(places: Places, receipt: Receipt) -> None:
    _replace(places.receipt, json.dumps(asdict(receipt), indent=2).encode())


def _replace(path: Path, content: bytes) -> None:
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OutputError as error:
        raise OutputError(f"{error}; if Excel is open, close it and try again") from error


def _make(folder: Path) -> list[str]:
    """Create a folder and those above it; gives the ones that were not there, the outer ones first."""
    missing = [place for place in (*reversed(folder.parents), folder) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: expected a folder that can be made, got {error.strerror}") from error
    return [str(place) for place in missing]
