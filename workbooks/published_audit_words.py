"""Sentences from cells: what a finding is about, the printed figures, both intervals and the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from aram_xl._published_alphas import RATED
from workbooks.published_audit_cells import Part, Span, part_of, word
from workbooks.published_audit_engine import Slot, each_slot
from workbooks.published_audit_functions import if_else, if_error, rounded
from workbooks.published_audit_grid import Table
from workbooks.published_audit_inputs import Settings

PHRASES = {
    "mean and deviation": ("standard deviation a year", ""),
    "correlation": ("stands for", "possible"),
    "moves more than cash": ("standard deviation a year", "with market risk"),
    "hidden month": ("months before", "room for"),
    "longer windows": ("worst piece between them", ""),
    "positive months": ("as a share", ""),
    "beta": ("stands for", "expected"),
    "one benchmark": ("", ""),
    "heading": ("stands for", "the heading's benchmark gives"),
    "alpha, 12 months": ("printed", "by definition"),
    "alpha, whole sample": ("printed", "by definition"),
    "rows that repeat": ("", ""),
    "names that join": ("", ""),
    "one series, one figure": ("in the tracking errors", "in the returns"),
    "benchmark under two names": ("difference a year", "the fund's fee"),
    "mix": ("stands for", "its parts give"),
    "gap of cumulative returns": ("stands for", "return less benchmark gives"),
    "information ratio x tracking error = gap": ("gap stands for", "the product gives"),
    "information ratio, textbook": ("printed", "by definition"),
    "tracking error as an annual figure": ("a month", "the last year alone needs"),
    "tracking error as a monthly figure": ("a month", "the last year alone needs"),
    "claim": ("prints", "the text says"),
}  # fmt: skip
"""Words before the interval found and the one expected, by check."""

PHRASES_OF_RATES = "a rate a year of", "against"

RATIOS = ("correlation", "beta", "heading", "information ratio, textbook")
"""Checks whose ends are not shown in percent."""


def phrases_of(slot: Slot) -> tuple[str, str]:
    """Words before both intervals of a line."""
    return PHRASES_OF_RATES if slot.judged.subjects.value(0) in RATED else PHRASES[slot.judged.check]


def write_sentences(
    table: Table, slots: Sequence[Slot], settings: Settings, given: tuple[Part, Part], ends: Sequence[Part]
) -> Part:
    """Columns of Calc_Findings that end in a sentence.

    Args:
        given: subject and verdict of every line.
        ends: of the interval found, then of the one expected.
    """
    subject, verdict = given
    scale = table.put("shown times", each_slot(slots, lambda slot: _scale(slot, settings)), "count")
    unit = table.put("shown in", if_else(scale.is_(1), "", " %"), "text")
    told = table.put("printed figures", each_slot(slots, lambda slot: slot.judged.told & ""), "text")
    said = [table.put("printed, in words", if_else(told.is_(""), "", told & "; "), "text")]
    phrases = [phrases_of(slot) for slot in slots]
    for k, kind in enumerate(("found", "expected")):
        before = table.constants(f"words of {kind}", [one[k] for one in phrases], ("formula", "text"))
        interval = _interval(table, settings, kind, Span(ends[2 * k], ends[2 * k + 1]), (scale, unit))
        text = if_else(interval.is_(""), "", before & " " & interval & "; ")
        said.append(table.put(f"{kind} in words", text, "text"))
    sentence = subject & ": " & said[0] & said[1] & said[2] & verdict & "."
    return table.put("sentence", if_else(verdict.is_(""), "", sentence), "text")


def _scale(slot: Slot, settings: Settings) -> Part:
    if slot.judged.scale is not None:
        return slot.judged.scale
    return part_of(1) if slot.judged.check in RATIOS else settings.percent


def _interval(table: Table, settings: Settings, kind: str, span: Span, shown: tuple[Part, Part]) -> Part:
    """From where to where, times a scale and with its unit; nothing where there is no interval."""
    scale, unit = shown
    low, high = (rounded(end * scale, settings.digits) & "" for end in span)
    first = table.put(f"{kind} from", if_error(low), "text")
    last = if_error(if_else(span.low.is_(span.high), "", word(" to ") & high) & unit, unit & " or more")
    last = table.put(f"{kind} to", last, "text")
    return table.put(f"{kind}, from to", if_else(first.is_(""), "", first & last), "text")
