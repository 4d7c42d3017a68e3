"""One pass over a worksheet: its cells into a grid, and everything else that the audit asks about."""

from __future__ import annotations

from typing import Any

from workbooks._audit_cells import LONGEST_CONTENT, CellScan
from workbooks._audit_facts import Common, Facts, Rule
from workbooks._package_cells import ORDER

AFTER_CELLS = ORDER[ORDER.index("conditionalFormatting") :]


class SheetScan:
    """Listens to the parser of a worksheet."""

    def __init__(self, facts: Facts, common: Common) -> None:
        self.facts = facts
        self._cells = CellScan(facts, common, self._outside)
        self._pieces: list[str] | None = None
        self._depth = 0
        self._past_cells = False
        self._rule: dict[str, str] | None = None
        self._rule_formulas: list[str] = []
        self._rules_from = 0
        self._areas = ""
        self._utf8 = True

    def attach(self, parser: Any) -> None:
        """Set the handlers of an expat parser."""
        self._parser = parser
        parser.XmlDeclHandler = self._declaration
        self._listen()

    def check(self) -> None:
        """Refuse contents without end; called now and then."""
        self._cells.check()
        if self._pieces is not None and sum(map(len, self._pieces)) > LONGEST_CONTENT:
            raise ValueError(f"more than {LONGEST_CONTENT:,} characters in a rule")

    def _listen(self) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def _outside(self) -> None:
        """The end of the cells."""
        self._depth -= 1
        self._past_cells = True
        self._listen()

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self._utf8 = encoding is None or encoding.lower() in ("utf-8", "us-ascii")

    def _characters(self, text: str) -> None:
        if self._pieces is not None:
            self._pieces.append(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix, colon, name = tag.rpartition(":")
        self._depth += 1
        if self._depth == 1:
            self.facts.prefix = prefix + colon
        elif self._depth == 2:
            self._start_section(name, attributes)
        if name == "sheetData":
            self._cells.attach(self._parser)
        elif name in ("formula1", "formula2", "formula", "f", "sqref"):
            self._pieces = []
        elif name in ("dataValidation", "cfRule"):
            self._rule, self._rule_formulas = attributes, []
            if name == "cfRule":
                self.facts.priority = max(self.facts.priority, int(attributes.get("priority", 0)))
            else:
                self._areas = attributes.get("sqref", "")
        elif name == "conditionalFormatting":
            self._areas = attributes.get("sqref", "")
            self._rules_from = len(self.facts.formats)
        elif name == "mergeCell":
            self.facts.merged.append(attributes.get("ref", ""))
        elif name == "col" and (attributes.get("hidden") in ("1", "true") or attributes.get("width") == "0"):
            self.facts.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))

    def _start_section(self, name: str, attributes: dict[str, str]) -> None:
        if self._past_cells and self.facts.format_at is None and self._utf8 and name in AFTER_CELLS:
            self.facts.format_at = self._parser.CurrentByteIndex
        if name == "sheetProtection":
            self.facts.protection = attributes
        elif name == "sheetFormatPr":
            self._cells.all_hidden = attributes.get("zeroHeight") in ("1", "true")

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        self._depth -= 1
        if self._depth == 0 and self.facts.format_at is None and self._utf8 and self._past_cells:
            self.facts.format_at = self._parser.CurrentByteIndex
        elif name in ("formula1", "formula2", "formula", "f", "sqref") and self._pieces is not None:
            text, self._pieces = "".join(self._pieces), None
            if name == "sqref":
                self._areas = text
            elif text:
                (self.facts.other_formulas if self._rule is None else self._rule_formulas).append(text)
        elif name == "dataValidation" and self._rule is not None:
            self.facts.validations.append(Rule(self._rule, self._rule_formulas, self._areas))
            self._rule = None
        elif name == "cfRule" and self._rule is not None:
            self.facts.formats.append(Rule(self._rule, self._rule_formulas, self._areas))
            self._rule = None
        elif name == "conditionalFormatting":
            # In extensions the areas stand behind the rules.
            kept = self.facts.formats[self._rules_from :]
            self.facts.formats[self._rules_from :] = [Rule(r.attributes, r.formulas, self._areas) for r in kept]
