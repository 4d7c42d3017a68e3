"""The file of settings that the VBA of xlwings reads: one ``"KEY","VALUE"`` on a line, the first of a key counts."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from aram_xl._files import replacing
from aram_xl.errors import OutputError

ENCODING = "mbcs" if sys.platform == "win32" else "utf-8"
"""VBA reads the file in the code page of Windows."""

INTERPRETER = "INTERPRETER_WIN"
MODULES = "UDF MODULES"
WORKBOOK_ON_PATH = "ADD_WORKBOOK_TO_PYTHONPATH"

_LINE = re.compile(r'\s*"?([^",]*)"?\s*,\s*"?([^"\r\n]*)"?\s*')


def read(path: Path) -> str | None:
    """The text as it is, line ends included; None where there is no file."""
    try:
        return path.read_bytes().decode(ENCODING)
    except FileNotFoundError:
        return None


def write(path: Path, text: str) -> None:
    """Replace the file as a whole.

    Raises:
        OutputError: the folder cannot be written, or the code page of Windows lacks a character.
    """
    try:
        content = text.encode(ENCODING)
    except UnicodeEncodeError as error:
        raise OutputError(
            f"{path}: expected characters of the code page of Windows, got {text[error.start]!r}; "
            "choose an environment whose path has none of these"
        ) from error
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def values(text: str) -> dict[str, str]:
    """All settings, keys in capitals."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            found.setdefault(match[1].strip().upper(), match[2])
    return found


def merged(text: str, wanted: Mapping[str, str]) -> str:
    """The text with these settings; other lines stay as they are, character by character."""
    lines = text.splitlines(keepends=True)
    left = dict(wanted)
    for i, line in enumerate(lines):
        key = _key(line)
        if key in left:
            lines[i] = _line(key, left.pop(key))
    if left and lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\r\n"
    return "".join([*lines, *(_line(key, value) for key, value in left.items())])


def restored(text: str, ours: Mapping[str, str], earlier: Mapping[str, str]) -> str:
    """The text without ``ours``: back to the earlier value, or without the line; changed values stay."""
    now = values(text)
    lines = []
    for line in text.splitlines(keepends=True):
        key = _key(line)
        if key in ours and now.get(key) == ours[key]:
            if key in earlier:
                lines.append(_line(key, earlier[key]))
        else:
            lines.append(line)
    return "".join(lines)


def _key(line: str) -> str:
    match = _LINE.fullmatch(line.rstrip("\r\n"))
    return match[1].strip().upper() if match else ""


def _line(key: str, value: str) -> str:
    return f'"{key}","{value}"\r\n'
