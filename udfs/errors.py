"""What goes wrong in a cell: the error value shown, the sentence that explains it, the log.

The same table serves every host: ``#VALUE!`` wrong kind or shape, ``#N/A`` too little data, ``#NUM!`` infeasible or
not convex. A bug in our own code is ``#VALUE!`` with the words "internal error, see log".
"""

from __future__ import annotations

import datetime
import logging
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aram_xl.errors import AramError, InfeasibleError, NotConvexError, SolverError, TooShortError

VALUE, NOT_AVAILABLE, NUMBER = "#VALUE!", "#N/A", "#NUM!"

INTERNAL = "internal error, see log"

REMEMBERED = 20
"""Failures that ARAM_STATUS shows, the latest first."""


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value in one cell."""

    code: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed: what the cell shows and why."""

    time: datetime.datetime
    cell: str
    function: str
    code: str
    sentence: str


LOG_BYTES, LOG_FILES = 1_000_000, 3
"""Size at which a log file is put aside, and how many are kept beside it."""

recent: deque[Failure] = deque(maxlen=REMEMBERED)

_log = logging.getLogger("aram_xl.functions")


@contextmanager
def unblemished() -> Iterator[None]:
    """As in a fresh process: no failure is remembered; those of before come back afterwards."""
    kept = list(recent)
    recent.clear()
    try:
        yield
    finally:
        recent.clear()
        recent.extend(kept)


def code_of(error: Exception) -> str:
    """The cell error of an exception."""
    if isinstance(error, TooShortError):
        return NOT_AVAILABLE
    if isinstance(error, InfeasibleError | NotConvexError | SolverError):
        return NUMBER
    return VALUE


def record(error: Exception, function: str, cell: str) -> Failure:
    """Keep a failure for ARAM_STATUS and the log; a bug is logged with its traceback and kept without."""
    known = isinstance(error, AramError)
    sentence = str(error) if known else INTERNAL
    failure = Failure(datetime.datetime.now().replace(microsecond=0), cell, function, code_of(error), sentence)
    recent.appendleft(failure)
    if known:
        _log.info("%s %s %s: %s", function, cell, failure.code, sentence)
    else:
        _log.error("%s %s: %s", function, cell, INTERNAL, exc_info=error)
    return failure


def log_file() -> Path:
    """Where the log is kept for this user."""
    import platformdirs

    return Path(platformdirs.user_log_dir("aram_xl", appauthor=False)) / "functions.log"


def start_log(path: Path | None = None) -> None:
    """Write failures to a rotating file; where that cannot be, to standard error."""
    from logging.handlers import RotatingFileHandler  # brings sockets along, which some hosts do not have

    target = path or log_file()
    handler: logging.Handler
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(target, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True)
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
