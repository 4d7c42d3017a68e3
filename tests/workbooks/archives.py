"""The parts of a workbook's archive: two builds compared, charts read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

NUMBERS = 1e-12
"""Numbers of a rebuilt workbook, absolute and relative: other processors and BLAS round differently."""


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def close(ours: str, theirs: str) -> bool:
    """Equal, or numbers that are near."""
    if ours == theirs:
        return True
    try:
        a, b = float(ours), float(theirs)
    except ValueError:
        return False
    return abs(a - b) <= NUMBERS * (1.0 + abs(b))


def close_or_versions(ours: str, theirs: str) -> bool:
    """Near, or both a version: those of Python and numpy may differ."""
    return all(re.fullmatch(r"\d+\.\d+\.\d+\S*", text) for text in (ours, theirs)) or close(ours, theirs)


def _texts(part: bytes) -> tuple[str, list[str]]:
    """A part without the texts between its tags, and those texts."""
    xml = part.decode("utf-8")
    return re.sub(r">[^<]+<", "><", xml), re.findall(r">([^<]+)<", xml)


def assert_same_xml(part: str, ours: bytes, theirs: bytes, same: Callable[[str, str], bool] = close) -> None:
    """Tags, attributes and the number of texts exactly; each text as ``same`` has it."""
    (frame, found), (expected_frame, expected) = _texts(ours), _texts(theirs)
    assert frame == expected_frame, part
    assert len(found) == len(expected), part
    different = [pair for pair in zip(found, expected, strict=True) if not same(*pair)]
    assert not different, (part, different[:5])


def charts(path: Path) -> list[tuple[str, str]]:
    """Title and XML of each chart."""
    texts = [
        content.decode() for name, content in sorted(parts(path).items())
        if re.fullmatch(r"xl/charts/chart\d+\.xml", name)
    ]  # fmt: skip
    return [(re.findall(r"<a:t>([^<]+)</a:t>", xml)[0], xml) for xml in texts]
