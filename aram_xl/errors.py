"""The one family of exceptions and warnings.

Messages follow one pattern, because spreadsheet users read them: ``name: expected ..., got ...`` and,
where there is one, the remedy.
"""

from __future__ import annotations


class AramError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(AramError, ValueError):
    """An argument or a file has the wrong kind, shape or content."""


class TooShortError(InputError):
    """There is too little data for what was asked."""


class InfeasibleError(AramError, ValueError):
    """No portfolio meets the limits; the message gives the range that can be reached."""


class NotConvexError(AramError, ValueError):
    """A covariance matrix has a negative eigenvalue, so risk could be "less than nothing"."""


class SolverError(AramError, RuntimeError):
    """A solver stopped without an answer that passes its certificate."""


class ToolMissingError(AramError, RuntimeError):
    """An external program (LibreOffice) is needed and was not found."""


class OutputError(AramError, OSError):
    """A file could not be written; nothing was left half-written."""


class DataWarning(UserWarning):
    """Data that can be used but deserves a look."""
