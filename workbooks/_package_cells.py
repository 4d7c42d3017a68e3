"""Checks of worksheets: order of rows and cells, values, styles, layout, validations and formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

from workbooks._ooxml import box, children, local, position
from workbooks._package import Cell, Package, Sheet

ERROR_VALUES = {
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!",
}  # fmt: skip
CELL_TYPES = {"n", "s", "str", "b", "e", "inlineStr", "d"}
VALIDATION_TYPES = {"none", "whole", "decimal", "list", "date", "time", "textLength", "custom"}
LONGEST_LIST = 255
LONGEST_PROMPT, LONGEST_PROMPT_TITLE = 255, 32
LONGEST_TEXT = 32_767
FIRST_CUSTOM_FORMAT = 164

_ORDER = """
    sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges
    scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr
    conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter
    rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing
    legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst
"""

ORDER = _ORDER.split()
"""Elements of a worksheet in the order that the schema demands (ECMA-376, CT_Worksheet)."""


def element_order_faults(package: Package) -> Iterator[str]:
    """Excel repairs a sheet whose elements stand in another order."""
    for sheet in package.sheets:
        names = [local(child.tag) for child in sheet.root]
        places = [ORDER.index(name) for name in names if name in ORDER]
        if places != sorted(places):
            yield f"sheet {sheet.name}: expected elements in the order of the schema, got {' '.join(names)}"


def cell_order_faults(package: Package) -> Iterator[str]:
    """Rows ascend, cells ascend within their row, each cell stands in its row, none twice."""
    for sheet in package.sheets:
        yield from (f"sheet {sheet.name}, {fault}" for fault in _order(sheet))


def _order(sheet: Sheet) -> Iterator[str]:
    last_row = 0
    for number, cells in sheet.rows:
        if not number.isdigit() or int(number) <= last_row:
            yield f"row {number}: expected rows in ascending order, got it after row {last_row}"
        last_row = int(number) if number.isdigit() else last_row
        last_column = 0
        for cell in cells:
            try:
                row, column = position(cell.name)
            except ValueError as error:
                yield str(error)
                continue
            if str(row) != number:
                yield f"{cell.name}: expected a cell of row {number}"
            if column <= last_column:
                yield f"{cell.name}: expected cells in ascending order, each once"
            last_column = column


def value_faults(package: Package) -> Iterator[str]:
    """The kept value of each cell is what its type says."""
    table = package.related("sharedStrings")
    texts = len(children(table, "si")) if table is not None else 0
    for sheet in package.sheets:
        for cell in sheet.cells():
            fault = _value_fault(cell, texts)
            if fault:
                yield f"sheet {sheet.name}, {cell.name}: {fault}"


def _value_fault(cell: Cell, texts: int) -> str | None:
    value = cell.value
    if cell.kind not in CELL_TYPES:
        return f"expected a known cell type, got {cell.kind}"
    if value is None or (value == "" and cell.formula is not None):
        return None
    wrong = {
        "n": lambda: not _is_number(value),
        "s": lambda: not value.isdigit() or int(value) >= texts,
        "b": lambda: value not in ("0", "1"),
        "e": lambda: value not in ERROR_VALUES,
        "str": lambda: len(value) > LONGEST_TEXT,
    }
    named = {"n": "a number", "s": f"a shared text below {texts}", "b": "0 or 1", "e": "an error value"}
    if cell.kind in wrong and wrong[cell.kind]():
        return f"expected {named.get(cell.kind, 'a shorter text')}, got {value[:40]}"
    return None


def _is_number(text: str) -> bool:
    """A finite decimal number; Python would also take ``nan``, ``inf`` and ``1_000``."""
    try:
        float(text)
    except ValueError:
        return False
    return set(text) <= set("0123456789+-.eE")


def style_faults(package: Package) -> Iterator[str]:
    """Every style that is used exists, and leads to fonts, fills, borders and formats that exist."""
    styles = package.related("styles")
    if styles is None:
        yield "workbook: expected a part with styles, got none"
        return
    formats = children(styles, "cellXfs", "xf")
    for sheet in package.sheets:
        used = {cell.style for cell in sheet.cells()}
        used |= {element.get("s") for element in children(sheet.root, "sheetData", "row")}
        used |= {element.get("style") for element in children(sheet.root, "cols", "col")}
        for style in sorted(used - {None}, key=str):
            if not _is_index(style, len(formats)):
                yield f"sheet {sheet.name}: expected a style below {len(formats)}, got {style}"
    yield from _style_table_faults(styles, formats)


def _style_table_faults(styles: ElementTree.Element, formats: list[ElementTree.Element]) -> Iterator[str]:
    own = {item.get("numFmtId") for item in children(styles, "numFmts", "numFmt")}
    sizes = {
        "fontId": len(children(styles, "fonts", "font")),
        "fillId": len(children(styles, "fills", "fill")),
        "borderId": len(children(styles, "borders", "border")),
        "xfId": len(children(styles, "cellStyleXfs", "xf")),
    }
    for number, item in enumerate(formats):
        for key, size in sizes.items():
            if not _is_index(item.get(key, "0"), size):
                yield f"styles, format {number}: expected {key} below {size}, got {item.get(key)}"
        code = item.get("numFmtId", "0")
        if not code.isdigit() or (int(code) >= FIRST_CUSTOM_FORMAT and code not in own):
            yield f"styles, format {number}: expected a number format that exists, got {code}"


def _is_index(text: str | None, size: int) -> bool:
    return text is not None and text.isdigit() and int(text) < size


def layout_faults(package: Package) -> Iterator[str]:
    """Nothing is merged or hidden, and columns are described once, from left to right."""
    for sheet in package.sheets:
        merged = [item.get("ref") for item in children(sheet.root, "mergeCells", "mergeCell")]
        if merged:
            yield f"sheet {sheet.name}: expected no merged cells, got {merged[0]}"
        for row in children(sheet.root, "sheetData", "row"):
            if row.get("hidden") in ("1", "true"):
                yield f"sheet {sheet.name}: expected no hidden rows, got row {row.get('r')}"
        last = 0
        for column in children(sheet.root, "cols", "col"):
            if column.get("hidden") in ("1", "true"):
                yield f"sheet {sheet.name}: expected no hidden columns, got column {column.get('min')}"
            if int(column.get("min", 0)) <= last:
                yield f"sheet {sheet.name}: expected column {column.get('min')} described once, in order"
            last = int(column.get("max", 0))


def validation_faults(package: Package) -> Iterator[str]:
    """Data validations: sane ranges, known types, short lists and prompts, a right count."""
    for sheet in package.sheets:
        for group in children(sheet.root, "dataValidations"):
            rules = children(group, "dataValidation")
            if group.get("count", str(len(rules))) != str(len(rules)) or not rules:
                yield f"sheet {sheet.name}: expected {group.get('count')} validations, got {len(rules)}"
            for rule in rules:
                where = f"sheet {sheet.name}, validation of {rule.get('sqref')}"
                yield from (f"{where}: {fault}" for fault in _ranges(rule))
                yield from (f"{where}: {fault}" for fault in _validation(rule))


def _validation(rule: ElementTree.Element) -> Iterator[str]:
    kind = rule.get("type", "none")
    first = "".join(item.text or "" for item in children(rule, "formula1"))
    if kind not in VALIDATION_TYPES:
        yield f"expected a known type, got {kind}"
    elif kind != "none" and not first:
        yield f"expected a condition for {kind}, got none"
    if kind == "list" and first.startswith('"') and len(first) - 2 > LONGEST_LIST:
        yield f"expected a list of at most {LONGEST_LIST} characters, got {len(first) - 2}"
    limits = {"prompt": LONGEST_PROMPT, "error": LONGEST_PROMPT}
    limits |= {"promptTitle": LONGEST_PROMPT_TITLE, "errorTitle": LONGEST_PROMPT_TITLE}
    for key, limit in limits.items():
        if len(rule.get(key, "")) > limit:
            yield f"expected {key} of at most {limit} characters, got {len(rule.get(key, ''))}"


def _ranges(element: ElementTree.Element) -> Iterator[str]:
    ranges = element.get("sqref", "").split()
    if not ranges:
        yield "expected at least one range, got none"
    for name in ranges:
        try:
            box(name)
        except ValueError as error:
            yield str(error)


def conditional_format_faults(package: Package) -> Iterator[str]:
    """Conditional formats: sane ranges, styles that exist, one priority each."""
    styles = package.related("styles")
    size = len(children(styles, "dxfs", "dxf")) if styles is not None else 0
    for sheet in package.sheets:
        priorities: Counter[str | None] = Counter()
        for block in children(sheet.root, "conditionalFormatting"):
            where = f"sheet {sheet.name}, format of {block.get('sqref')}"
            yield from (f"{where}: {fault}" for fault in _ranges(block))
            for rule in children(block, "cfRule"):
                priorities[rule.get("priority")] += 1
                if rule.get("dxfId") is not None and not _is_index(rule.get("dxfId"), size):
                    yield f"{where}: expected a format below {size}, got {rule.get('dxfId')}"
        for priority, times in priorities.items():
            if times > 1 or not (priority or "").isdigit() or priority == "0":
                yield f"sheet {sheet.name}: expected format priority {priority} once and from 1, got {times}"


def table_faults(package: Package) -> Iterator[str]:
    """Tables: ids and names once, sane ranges, as many columns as the range is wide."""
    tables = [root for root in package.trees.values() if local(root.tag) == "table"]
    for key in ("id", "displayName"):
        for value, times in Counter((table.get(key) or "").lower() for table in tables).items():
            if times > 1:
                yield f"table {value}: expected its {key} once, got it {times} times"
    for table in tables:
        name, columns = table.get("displayName"), children(table, "tableColumns", "tableColumn")
        try:
            area = box(table.get("ref", ""))
        except ValueError as error:
            yield f"table {name}: {error}"
            continue
        if area.right - area.left + 1 != len(columns):
            yield f"table {name}: expected a column per column of {table.get('ref')}, got {len(columns)}"
        for heading, times in Counter((column.get("name") or "").lower() for column in columns).items():
            if times > 1 or not heading:
                yield f"table {name}: expected one column {heading!r}, got {times}"
