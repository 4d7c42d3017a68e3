"""Checks of everything that is written as a formula: cells, names, validations, formats and chart series."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from workbooks._ooxml import Box, box, children, local, position
from workbooks._package import Package, Sheet

LONGEST_FORMULA = 8192
LONGEST_NAME = 255

VOLATILE = {"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY", "OFFSET", "INDIRECT", "CELL", "INFO"}

_NEWER = """
    ACOT ACOTH AGGREGATE ANCHORARRAY ARABIC ARRAYTOTEXT BASE BETA.DIST BETA.INV BINOM.DIST
    BINOM.DIST.RANGE BINOM.INV BITAND BITLSHIFT BITOR BITRSHIFT BITXOR BYCOL BYROW CEILING.MATH
    CEILING.PRECISE CHISQ.DIST CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHOOSECOLS CHOOSEROWS
    COMBINA CONCAT CONFIDENCE.NORM CONFIDENCE.T COT COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL
    DROP ECMA.CEILING ERF.PRECISE ERFC.PRECISE EXPAND EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST
    FIELDVALUE FILTER FILTERXML FLOOR.MATH FLOOR.PRECISE FORECAST.ETS FORECAST.ETS.CONFINT
    FORECAST.ETS.SEASONALITY FORECAST.ETS.STAT FORECAST.LINEAR FORMULATEXT GAMMA GAMMA.DIST GAMMA.INV
    GAMMALN.PRECISE GAUSS HSTACK HYPGEOM.DIST IFNA IFS IMAGE IMCOSH IMCOT IMCSC IMCSCH IMSEC IMSECH IMSINH
    IMTAN ISFORMULA ISOMITTED ISOWEEKNUM LAMBDA LET LOGNORM.DIST LOGNORM.INV MAKEARRAY MAP MAXIFS MINIFS
    MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV NUMBERVALUE
    PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC PERMUTATIONA PHI POISSON.DIST
    QUARTILE.EXC QUARTILE.INC QUERYSTRING RANDARRAY RANK.AVG RANK.EQ REDUCE RRI SCAN SEC SECH SEQUENCE
    SHEET SHEETS SINGLE SKEW.P SORT SORTBY STDEV.P STDEV.S SWITCH T.DIST T.DIST.2T T.DIST.RT T.INV
    T.INV.2T T.TEST TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL TOROW UNICHAR UNICODE UNIQUE
    VALUETOTEXT VAR.P VAR.S VSTACK WEBSERVICE WEIBULL.DIST WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR Z.TEST
"""

NEWER = frozenset(_NEWER.split())
"""Functions since Excel 2010, which a file must write with the prefix ``_xlfn.`` (else they show ``#NAME?``)."""

TEXT = re.compile(r'"(?:[^"]|"")*"')
QUOTED_SHEET = re.compile(r"'((?:[^']|'')+)'!")
PLAIN_SHEET = re.compile(r"(?<![\w.'!#\]])([^\W\d][\w.]*(?::[^\W\d][\w.]*)?)!")
FUNCTION = re.compile(r"((?:_xlfn\.|_xlws\.|_xludf\.)*)([A-Za-z][\w.]*)\(")
NAME = re.compile(r"[^\W\d][\w.]*|\\[\w.]*")
LOOKS_LIKE_R1C1 = re.compile(r"R[0-9]*(C[0-9]*)?|C[0-9]*", re.IGNORECASE)


def written_formulas(package: Package) -> Iterator[tuple[str, str]]:
    """Every formula of the workbook with the place where it is written."""
    for name in children(package.workbook, "definedNames", "definedName"):
        yield f"name {name.get('name')}", "".join(name.itertext())
    for sheet in package.sheets:
        for cell in sheet.cells():
            if cell.formula:
                yield f"sheet {sheet.name}, {cell.name}", cell.formula
        for rule in children(sheet.root, "dataValidations", "dataValidation"):
            for formula in (*children(rule, "formula1"), *children(rule, "formula2")):
                yield f"sheet {sheet.name}, validation of {rule.get('sqref')}", formula.text or ""
        for block in children(sheet.root, "conditionalFormatting"):
            for formula in children(block, "cfRule", "formula"):
                yield f"sheet {sheet.name}, format of {block.get('sqref')}", formula.text or ""
    for part, root in package.trees.items():
        if local(root.tag) == "chartSpace":
            for element in root.iter():
                if local(element.tag) == "f":
                    yield part, element.text or ""


def formula_faults(package: Package) -> Iterator[str]:
    """Faults that each formula shows by itself."""
    known = package.sheet_names()
    for where, formula in written_formulas(package):
        yield from (f"{where}: {fault}" for fault in single_formula_faults(formula, known))


def single_formula_faults(formula: str, known_sheets: set[str]) -> Iterator[str]:
    """Faults of one formula, given the names of the sheets in lower case."""
    if formula.startswith("="):
        yield f"expected a formula without a leading =, got {formula[:40]}"
    if len(formula) > LONGEST_FORMULA:
        yield f"expected at most {LONGEST_FORMULA} characters, got {len(formula)}"
    bare = TEXT.sub('""', formula)
    yield from _bracket_faults(bare)
    yield from _sheet_faults(bare, known_sheets)
    code = QUOTED_SHEET.sub("", bare)
    if "#REF!" in code:
        yield f"expected existing cells, got {formula[:60]}"
    for prefix, name in FUNCTION.findall(code):
        function = name.upper()
        if function in VOLATILE:
            yield f"expected no volatile function, got {function}"
        if function in NEWER and "_xlfn." not in prefix:
            yield f"expected _xlfn.{function}, got {function} without the prefix"
        if function not in NEWER and prefix:
            yield f"expected {function} without a prefix, got {prefix}{function}"


def _bracket_faults(bare: str) -> Iterator[str]:
    code = QUOTED_SHEET.sub("", bare)
    for left, right in ("()", "{}"):
        if code.count(left) != code.count(right):
            yield f"expected as many {left} as {right}, got {code.count(left)} and {code.count(right)}"
    if bare.count('"') % 2:
        yield "expected closed quotation marks, got an odd number"


def _sheet_faults(bare: str, known: set[str]) -> Iterator[str]:
    names = [name.replace("''", "'") for name in QUOTED_SHEET.findall(bare)]
    names += PLAIN_SHEET.findall(QUOTED_SHEET.sub(" ", bare))
    for name in names:
        if "[" in name:
            yield f"expected no other workbook, got {name}"
            continue
        for sheet in name.split(":"):
            if sheet.lower() not in known:
                yield f"expected a sheet of this workbook, got {sheet}"
    if re.search(r"\[[0-9]+\]", bare):
        yield "expected no other workbook, got a numbered link"


def defined_name_faults(package: Package) -> Iterator[str]:
    """Names that Excel refuses, or takes for a cell."""
    seen: Counter[tuple[str, str | None]] = Counter()
    for item in children(package.workbook, "definedNames", "definedName"):
        name = item.get("name", "")
        seen[name.lower(), item.get("localSheetId")] += 1
        if name.startswith("_xlnm."):
            continue
        if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            yield f"name {name}: expected letters, digits, points and underscores, first a letter"
        elif _is_cell(name) or LOOKS_LIKE_R1C1.fullmatch(name):
            yield f"name {name}: expected a name that is no cell, got the address of one"
        if not "".join(item.itertext()):
            yield f"name {name}: expected to refer to something, got nothing"
        if item.get("hidden") in ("1", "true"):
            yield f"name {name}: expected to be visible, got hidden"
    for (name, _), times in seen.items():
        if times > 1:
            yield f"name {name}: expected once, got it {times} times"


def _is_cell(name: str) -> bool:
    try:
        position(name)
    except ValueError:
        return False
    return True


def array_faults(package: Package) -> Iterator[str]:
    """Blocks of array formulas begin at their cell, and hold no other formula."""
    for sheet in package.sheets:
        yield from (f"sheet {sheet.name}, {fault}" for fault in _sheet_arrays(sheet))


def _sheet_arrays(sheet: Sheet) -> Iterator[str]:
    blocks: list[tuple[str, Box]] = []
    for cell in sheet.cells():
        if cell.formula is None:
            continue
        try:
            row, column = position(cell.name)
            block = box(cell.block) if cell.block is not None else Box(row, column, row, column)
        except ValueError as error:
            yield f"{cell.name}: array block: {error}"
            continue
        blocks = [(head, taken) for head, taken in blocks if taken.bottom >= row]
        yield from (
            f"{cell.name}: expected no formula inside the array block of {head}"
            for head, taken in blocks
            if _overlap(block, taken)
        )
        if cell.block is not None:
            if (row, column) != (block.top, block.left):
                yield f"{cell.name}: expected an array block that begins here, got {cell.block}"
            blocks.append((cell.name, block))


def _overlap(one: Box, other: Box) -> bool:
    beside = one.left > other.right or other.left > one.right
    return not (beside or one.top > other.bottom or other.top > one.bottom)


def chart_faults(package: Package) -> Iterator[str]:
    """Series of charts refer to ranges of sheets, and charts have series."""
    for part, root in package.trees.items():
        if local(root.tag) != "chartSpace":
            continue
        formulas = [element.text or "" for element in root.iter() if local(element.tag) == "f"]
        if not formulas:
            yield f"{part}: expected at least one series, got none"
        for formula in formulas:
            for reference in _union(formula):
                _, mark, cells = QUOTED_SHEET.sub("x!", reference).rpartition("!")
                try:
                    if not mark:
                        raise ValueError
                    box(cells)
                except ValueError:
                    yield f"{part}: expected a range such as Sheet!$A$1:$A$9, got {formula}"


def _union(formula: str) -> list[str]:
    """Members of ``(Sheet!$A$1,Sheet!$A$3)``, or the formula itself."""
    if formula.startswith("(") and formula.endswith(")"):
        return re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", formula[1:-1])
    return [formula]
