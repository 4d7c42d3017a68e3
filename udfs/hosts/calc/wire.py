"""Frames between the office and the worker, and error values as Calc reads them.

Runs on both sides, in LibreOffice's own Python too: standard library only, no syntax newer than Python 3.8. A frame is
four bytes of length and one value in marshal's format 2: tuples, texts, numbers and None, doubles bit for bit. Nothing
is decoded before the far side has shown the token of this one connection.
"""

from __future__ import annotations

import hmac
import marshal
import socket
import struct
import time
from typing import Any

LIMIT = 64 * 2**20
"""Bytes of the largest frame: seven million numbers."""

TOKEN_BYTES = 32

MARSHAL_FORMAT = 2
"""Read and written alike by every Python since 2.5; doubles are binary."""

ERROR_CODES = {
    "#N/A": 32767, "#VALUE!": 519, "#NUM!": 503, "#DIV/0!": 532, "#REF!": 524, "#NAME?": 525, "#NULL!": 521,
}  # fmt: skip
"""Calc's own codes of the error values."""

_LENGTH = struct.Struct("<I")


class WireError(Exception):
    """The connection can no longer be used: closed, out of time, or out of step."""


class TooLarge(Exception):
    """A message does not fit into a frame; nothing was sent."""


def error_value(code: str) -> float:
    """The number that Calc shows as an error: a NaN with Calc's code in its last bits."""
    number: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000000 | ERROR_CODES[code]))[0]
    return number


def send(connection: socket.socket, message: Any, limit: int = LIMIT) -> None:
    """Send one frame.

    Raises:
        TooLarge: the message is above the limit, or holds what cells never hold.
        WireError: the far side has gone.
    """
    try:
        body = marshal.dumps(message, MARSHAL_FORMAT)
    except ValueError:
        raise TooLarge("expected numbers and texts in cells, got something else") from None
    if len(body) > limit:
        raise TooLarge(f"expected cells of at most {limit:,} bytes, got {len(body):,}")
    try:
        connection.sendall(_LENGTH.pack(len(body)) + body)
    except OSError as error:
        raise WireError(_reason(error)) from None


def receive(connection: socket.socket, limit: int = LIMIT, deadline: float | None = None) -> Any:
    """Wait for one frame, until ``deadline`` on the monotonic clock.

    Raises:
        WireError: the far side has gone, announced too large a frame, or gave no answer in time.
    """
    size = _LENGTH.unpack(exactly(connection, _LENGTH.size, deadline))[0]
    if size > limit:
        raise WireError(f"expected a frame of at most {limit:,} bytes, got one of {size:,}")
    try:
        return marshal.loads(exactly(connection, size, deadline))
    except (ValueError, EOFError, TypeError):
        raise WireError("expected a frame that can be read, got other bytes") from None


def exactly(connection: socket.socket, size: int, deadline: float | None = None) -> bytes:
    """The next ``size`` bytes."""
    parts, missing = [], size
    while missing:
        if deadline is not None:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            part = connection.recv(min(missing, 2**20))
        except OSError as error:
            late = deadline is not None and time.monotonic() >= deadline
            raise WireError("no answer in time" if late else _reason(error)) from None
        if not part:
            raise WireError("the connection was closed")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def shows_token(connection: socket.socket, token: bytes, deadline: float) -> bool:
    """Whether the far side knows the token; reads nothing else from it."""
    try:
        shown = exactly(connection, TOKEN_BYTES, deadline)
    except WireError:
        return False
    return hmac.compare_digest(shown, token)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
