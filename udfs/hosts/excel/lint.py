"""What VBA and Excel refuse, found when the wrappers are generated and not when a user opens the file.

An interpreter of VBA that is not Excel accepts most of these words, so a list has to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from udfs.registry import Argument, Function

LONGEST_NAME = 64
"""Excel's function list cuts longer names; VBA itself allows 255."""

LONGEST_TEXT = 255
"""Application.MacroOptions refuses longer descriptions of functions and of arguments."""

LONGEST_LINE = 1023
MOST_CONTINUATIONS = 24

MOST_ARGUMENTS = 20
"""One line of help each, and a line cannot be continued more than 24 times."""

RESERVED = frozenset(
    """
    addressof alias and any append array as attribute base beep binary boolean byref byte byval call case cbool cbyte
    ccur cdate cdbl cdec chdir chdrive cint circle clng clnglng clngptr close compare const csng cstr currency cvar
    cverr date debug decimal declare defbool defbyte defcur defdate defdbl defdec defint deflng deflnglng deflngptr
    defobj defsng defstr defvar dim do doevents double each else elseif empty end endif enum eqv erase error event
    exit explicit false filecopy fix for friend function get global gosub goto if imp implements in input inputb int
    integer is kill lbound len lenb let lib like line linput lock long longlong longptr loop lset me mid midb mkdir mod
    module name new next not nothing null object on open option optional or output paramarray preserve print private
    property pset ptrsafe public put raiseevent random randomize read redim rem reset resume return rmdir rset
    savesetting scale seek select sendkeys set setattr sgn shared single spc static step stop string sub tab text then
    time to true type typeof ubound unload unlock until variant wend while width with withevents write xor
    """.split()  # noqa: SIM905 - a table of words reads better than 150 literals
)
"""Reserved words of VBA, and statement words that the editor takes for statements at the start of a line."""

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_A1 = re.compile(r"[A-Za-z]{1,3}[0-9]+")
_R1C1 = re.compile(r"(?i:r[0-9]*(c[0-9]*)?|c[0-9]*)")


def faults_of_names(functions: Iterable[Function]) -> list[str]:
    """What is wrong with names, texts and numbers of arguments; empty when nothing is."""
    return [f"{function.name}: {fault}" for function in functions for fault in _faults(function)]


def faults_of_code(code: str) -> list[str]:
    """Lines too long or continued too often, and characters that a VBA project cannot hold."""
    faults = []
    continued = 0
    for number, line in enumerate(code.split("\r\n"), 1):
        if len(line) > LONGEST_LINE:
            faults.append(f"line {number}: expected at most {LONGEST_LINE} characters, got {len(line)}")
        continued = continued + 1 if line.endswith(" _") else 0
        if continued == MOST_CONTINUATIONS + 1:
            faults.append(f"line {number}: expected at most {MOST_CONTINUATIONS} continuations")
        faults += [f"line {number}: {fault}" for fault in _foreign(line)]
    return faults


def _faults(function: Function) -> Iterator[str]:
    yield from _faults_of_name(function.name)
    yield from _faults_of_text("help", function.help)
    names = [argument.name.lower() for argument in function.arguments]
    if len(names) > MOST_ARGUMENTS:
        yield f"expected at most {MOST_ARGUMENTS} arguments, got {len(names)}"
    if len(set(names)) < len(names):
        yield "expected names of arguments that differ; VBA does not tell upper from lower case"
    for argument in function.arguments:
        yield from _faults_of_argument(argument)
    optional = [argument.optional for argument in function.arguments]
    if optional != sorted(optional):
        yield "expected optional arguments last"


def _faults_of_argument(argument: Argument) -> Iterator[str]:
    yield from _faults_of_name(argument.name)
    yield from _faults_of_text(argument.name, argument.text)


def _faults_of_name(name: str) -> Iterator[str]:
    if not _IDENTIFIER.fullmatch(name):
        yield f"{name}: expected letters, digits and underscores, a letter first"
    if len(name) > LONGEST_NAME:
        yield f"{name}: expected at most {LONGEST_NAME} characters, got {len(name)}"
    if name.lower() in RESERVED:
        yield f"{name}: expected another name; it is a word of VBA"
    if _A1.fullmatch(name) or _R1C1.fullmatch(name):
        yield f"{name}: expected another name; it is the address of a cell"


def _faults_of_text(what: str, text: str) -> Iterator[str]:
    if not text:
        yield f"{what}: expected a text, got nothing"
    if len(text) > LONGEST_TEXT:
        yield f"{what}: expected at most {LONGEST_TEXT} characters, got {len(text)}"
    if "\n" in text or "\r" in text:
        yield f"{what}: expected one line"
    yield from (f"{what}: {fault}" for fault in _foreign(text))


def _foreign(text: str) -> Iterator[str]:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError as error:
        yield f"expected characters of Western European Windows, got {text[error.start]!r}"
