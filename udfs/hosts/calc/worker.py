"""The worker: the engine in a process of its own, serving one office over one connection.

Started by the add-in, which writes on standard input where to report and the token to show. It leaves when the office
closes the connection, and at once when the office ends.
"""

from __future__ import annotations

import datetime
import json
import os
import socket
import sys
import threading
from typing import Any

from aram_xl import __version__
from aram_xl.errors import InputError
from udfs import errors, functions
from udfs.boundary import Rows
from udfs.errors import VALUE, CellError, Failure
from udfs.hosts.calc import wire
from udfs.registry import call


def answer(name: str, cells: tuple[Any, ...], notices: tuple[tuple[float, str, str], ...]) -> Any:
    """The rows of one call as Calc takes them; ``notices`` tell what went wrong on the far side before."""
    for when, function, sentence in notices:
        time = datetime.datetime.fromtimestamp(when).replace(microsecond=0)
        errors.recent.appendleft(Failure(time, "", function, VALUE, sentence))
    if name not in functions.REGISTRY:
        wanted = InputError(f"{name}: expected a function of aram_xl {__version__}, got one of another version")
        return refusal(errors.record(wanted, name, ""))
    got = call(name, cells)
    return calc_rows(got.rows) if got.failure is None else refusal(got.failure)


def calc_rows(rows: Rows) -> tuple[tuple[Any, ...], ...]:
    """Values as Calc shows them: numbers and texts; errors are NaN with a code, booleans 1 and 0."""
    return tuple(tuple([cell if type(cell) is float else _calc_cell(cell) for cell in row]) for row in rows)


def _calc_cell(cell: Any) -> float | str:
    if isinstance(cell, CellError):
        return wire.error_value(cell.code)
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else float(cell)


def refusal(failure: Failure) -> tuple[tuple[float, ...], ...]:
    """One error value."""
    return ((wire.error_value(failure.code),),)


def serve(connection: socket.socket) -> None:
    """Answer one request after the other until the far side goes."""
    while True:
        try:
            name, cells, notices = wire.receive(connection)
            rows = answer(name, cells, notices)
            try:
                wire.send(connection, rows)
            except wire.TooLarge as error:
                wire.send(connection, refusal(errors.record(InputError(f"{name}: {error}"), name, "")))
        except wire.WireError:
            return


def connected(address: str | int) -> socket.socket:
    """A connection to a path, or to a port of this computer."""
    if isinstance(address, str):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address)
        return connection
    connection = socket.create_connection(("127.0.0.1", address))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def main() -> None:
    """Report to the office that started this process, then serve it."""
    first = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_office, daemon=True).start()
    errors.start_log()
    connection = connected(first["address"])
    # The office reads our standard error only until we report.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    connection.sendall(bytes.fromhex(first["token"]))
    serve(connection)


def _leave_with_office() -> None:
    """Standard input closes when the office ends, however it ends."""
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
