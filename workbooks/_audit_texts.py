"""The texts of a workbook, packed, and which of them are numbers, dates or formulas in disguise."""

from __future__ import annotations

import re
from array import array
from typing import Any

from workbooks._ooxml import unescaped

PLAIN, AS_NUMBER, AS_DATE, AS_FORMULA = range(4)
"""What a text is."""

LONGEST_OF_INTEREST = 40
"""Characters; longer texts are never numbers or dates."""

LONGEST_TEXT = 1 << 20
"""Characters; Excel allows 32,767."""

_SPACES = " \t\r\n\u00a0\u202f"
_NUMBER = re.compile(
    r"""\(?[-+]?[$€£¥]?\s?
    (?: [0-9]{1,3}(?:[,'\u00a0\u202f\u2019\x20][0-9]{3})+(?:\.[0-9]+)?
      | (?:0|[1-9][0-9]{0,14})(?:[.,][0-9]+)?
      | \.[0-9]+ )
    (?:[eE][-+]?[0-9]{1,3})?\s?[%$€£¥]?-?\)?""",
    re.VERBOSE,
)
"""Digits with signs, separators, a currency or a percent sign. Not ``007``: zeros in front make an identifier."""

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"""(?:[0-9]{{4}}([-/.])[01]?[0-9]\1[0-3]?[0-9]
      | [0-3]?[0-9]([-/.])[01]?[0-9]\2(?:[0-9]{{4}}|[0-9]{{2}})
      | [01]?[0-9]/[0-3]?[0-9]/(?:[0-9]{{4}}|[0-9]{{2}})
      | [0-3]?[0-9][-/.\x20]?{_MONTH}[-/.,\x20]*(?:[0-9]{{4}}|[0-9]{{2}})
      | {_MONTH}\s[0-3]?[0-9],?\s[0-9]{{4}}
    )(?:[T\x20][0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_FORMULA = re.compile(
    r"=[-+]?(?:[A-Za-z][\w.]*\(.*\)|\$?[A-Z]{1,3}\$?[0-9]{1,7}(?:[-+*/^:&].*)?|(?:'[^']+'|\w+)!\$?[A-Z]{1,3}\$?[0-9]+.*)",
    re.DOTALL,
)


def kind_of_text(text: str) -> int:
    """One of `PLAIN`, `AS_NUMBER`, `AS_DATE`, `AS_FORMULA`.

    Example:
        >>> [kind_of_text(text) for text in ("1,234.5", "31/12/2024", "=A1*2", "007", "Q1 2024")]
        [1, 2, 3, 0, 0]
    """
    if text.startswith("="):
        return AS_FORMULA if _FORMULA.fullmatch(text) else PLAIN
    if len(text) > LONGEST_OF_INTEREST or not any("0" <= letter <= "9" for letter in text):
        return PLAIN
    bare = text.strip(_SPACES)
    if _NUMBER.fullmatch(bare):
        return AS_NUMBER
    return AS_DATE if _DATE.fullmatch(bare) else PLAIN


class Texts:
    """All texts by number, in one block of bytes."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")
        self.kinds = bytearray()

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, text: str) -> int:
        """Keep one more text; gives its number."""
        self._bytes += text.encode("utf-8", "replace")
        self._ends.append(len(self._bytes))
        self.kinds.append(kind_of_text(text))
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        start = self._ends[number - 1] if number else 0
        return self._bytes[start : self._ends[number]].decode("utf-8", "replace")


class SharedTexts:
    """Listens to the part of shared texts and fills `Texts`; phonetic hints are left out."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._pieces: list[str] = []
        self._listening = False
        self._hint = 0

    def attach(self, parser: Any) -> None:
        """Set the handlers of an expat parser."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def check(self) -> None:
        """Refuse a text far longer than Excel allows."""
        if sum(map(len, self._pieces)) > LONGEST_TEXT:
            raise ValueError(f"a text of more than {LONGEST_TEXT:,} characters")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self._listening = not self._hint
        elif name == "si":
            self._pieces.clear()
        elif name == "rPh":
            self._hint += 1

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self._listening = False
        elif name == "si":
            self._texts.add(unescaped("".join(self._pieces)))
        elif name == "rPh":
            self._hint -= 1

    def _characters(self, text: str) -> None:
        if self._listening:
            self._pieces.append(text)
