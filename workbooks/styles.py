"""Every colour and number format of the workbooks, once."""

from __future__ import annotations

from typing import Any

INPUT_INK, INPUT_PAPER = "#0000FF", "#FFFFCC"
LINK_INK = "#006100"
ENGINE_INK = "#7030A0"
FAILED_INK, FAILED_PAPER = "#9C0006", "#FFC7CE"
HEADER_PAPER = "#DCE6F1"
MUTED_INK = "#595959"

SERIES_COLOURS = ("#1F4E79", "#C55A11", "#7F7F7F", "#BF9000", "#2E75B6", "#548235", "#7030A0", "#A61C3C")
"""Chart colours, distinct in print and for the colour-blind in this order."""

NUMBER_FORMATS = {
    "date": "yyyy-mm-dd",
    "day": "yyyy-mm-dd",
    "percent": "0.00%",
    "percent4": "0.0000%",
    "level": "0.0000",
    "count": "0",
    "number": "0.0000",
    "small": "0.00E+00",
    "exact": "0.000000",
    "money": "0.00",
    "text": "General",
    "typed": "@",
}

KINDS: dict[str, dict[str, Any]] = {
    "formula": {},
    "link": {"font_color": LINK_INK},
    "input": {
        "font_color": INPUT_INK,
        "bg_color": INPUT_PAPER,
        "locked": False,
        "border": 1,
        "border_color": "#D9D9D9",
    },
    "input_figure": {
        "font_color": INPUT_INK,
        "bg_color": INPUT_PAPER,
        "locked": False,
        "border": 1,
        "border_color": "#D9D9D9",
        "align": "right",
    },
    "engine": {"font_color": ENGINE_INK},
    "figure": {"align": "right"},
    "engine_figure": {"font_color": ENGINE_INK, "align": "right"},
    "label": {},
    "note": {"font_color": MUTED_INK, "italic": True, "indent": 1},
    "header": {"bold": True, "bg_color": HEADER_PAPER, "bottom": 1, "text_wrap": True, "valign": "bottom"},
    "number_header": {
        "bold": True,
        "bg_color": HEADER_PAPER,
        "bottom": 1,
        "text_wrap": True,
        "valign": "bottom",
        "align": "right",
    },
    "title": {"bold": True, "font_size": 14},
    "section": {"bold": True, "font_color": "#1F4E79"},
    "topic": {"bold": True, "font_color": "#1F4E79", "valign": "top"},
    "note_header": {"bold": True, "bg_color": HEADER_PAPER, "bottom": 1, "valign": "bottom", "indent": 1},
    "sentence": {"text_wrap": True},
    "prose": {"text_wrap": True, "valign": "top"},
    "notice": {"bold": True, "font_color": FAILED_INK},
}

COLOUR_KEY = (
    ("input", "Blue on pale yellow: an input, yours to change"),
    ("formula", "Black: a formula"),
    ("link", "Green: a link from another sheet"),
    ("engine", "Purple: a value computed by the aram_xl engine, proved by the formulas beside it"),
    ("notice", "Red: a failed check"),
)
