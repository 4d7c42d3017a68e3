"""The office's side: one worker process, started when first asked, asked call by call, replaced when it is lost.

Runs inside LibreOffice's own Python: standard library only, no syntax newer than Python 3.8. A call never raises and
is never tried twice: what goes wrong gives ``#VALUE!`` and a sentence, which travels with the next call to the worker
for ARAM_STATUS. While there is no worker at all, ARAM_STATUS is answered here.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from udfs.hosts.calc import wire

INTERPRETER_VARIABLE = "ARAM_XL_PYTHON"
"""Names another Python than the one the add-in was built for."""

STATUS, STATUS_HEADS = "ARAM_STATUS", ("Time", "Cell", "Function", "Error", "Sentence")

NOTICES = 20
"""Sentences kept until a worker takes them over."""

START_SECONDS = 30.0
HELLO_SECONDS = 2.0
"""For the token of one connection; a stranger who says nothing must not use up the time of the worker."""

RETRY_SECONDS = 5.0
"""After a start that failed: a sheet of a thousand cells must not try a thousand times."""

BUILD_AGAIN = "build the add-in again with: aram-xl calc build"

UNWANTED = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
"""What LibreOffice sets for its own Python, and what would lead ours astray."""


class ServerError(Exception):
    """No answer from the worker; the words are for the user."""


class Settings(NamedTuple):
    """How to start a worker, written when the add-in is built."""

    interpreter: str
    arguments: list[str]
    timeout: float
    """Seconds allowed for one call."""

    @classmethod
    def read(cls, path: Path) -> Settings:
        """From the file beside the add-in."""
        plain = json.loads(path.read_text(encoding="utf-8"))
        return cls(plain["interpreter"], plain["arguments"], float(plain["timeout"]))

    def command(self) -> list[str]:
        """The interpreter and its arguments.

        Raises:
            ServerError: there is no such interpreter.
        """
        other = os.environ.get(INTERPRETER_VARIABLE)
        if other:
            found, remedy = shutil.which(other), f"correct or remove the setting {INTERPRETER_VARIABLE}"
        else:
            found = shutil.which(self.interpreter)
            remedy = f"{BUILD_AGAIN}, or set {INTERPRETER_VARIABLE} to a Python that has aram_xl"
        if found is None:
            raise ServerError(f"worker: expected a Python at {other or self.interpreter}, found none; {remedy}")
        return [found, *self.arguments]


class Server:
    """Answers calls of cells by way of a worker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker: Worker | None = None
        self._notices: deque[tuple[float, str, str]] = deque(maxlen=NOTICES)
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._refusal = ""

    def call(self, name: str, cells: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
        """Rows of values as Calc takes them; one error value when there is no answer."""
        with self._lock:
            try:
                worker = self._running()
                rows: tuple[tuple[Any, ...], ...] = worker.ask(
                    (name, cells, tuple(self._notices)), self._settings.timeout
                )
            except wire.TooLarge as error:
                self._note(name, f"{name}: {error}")
            except ServerError as error:
                self.close()
                self._note(name, str(error))
            else:
                self._notices.clear()
                return rows
            return self._status() if name == STATUS else ((wire.error_value("#VALUE!"),),)

    def close(self) -> None:
        """End the worker, if there is one; the next call starts another."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()

    def _running(self) -> Worker:
        if self._worker is None:
            if time.monotonic() < self._not_before:
                raise ServerError(self._refusal)
            try:
                self._worker = Worker(self._settings.command())
            except ServerError as error:
                self._not_before, self._refusal = time.monotonic() + RETRY_SECONDS, str(error)
                raise
        return self._worker

    def _note(self, name: str, sentence: str) -> None:
        if not self._notices or self._notices[-1][1:] != (name, sentence):
            self._notices.append((time.time(), name, sentence))

    def _status(self) -> tuple[tuple[Any, ...], ...]:
        lines = [
            (time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when)), "", name, "#VALUE!", sentence)
            for when, name, sentence in reversed(self._notices)
        ]
        return (STATUS_HEADS, *lines)


class Worker:
    """One process and the connection to it.

    Raises:
        ServerError: it could not be started, or did not report in time.
    """

    def __init__(self, command: list[str], start_seconds: float = START_SECONDS) -> None:
        token = secrets.token_bytes(wire.TOKEN_BYTES)
        deadline = time.monotonic() + start_seconds
        try:
            with private_listener() as (listener, address):
                self.process = _started(command, {"address": address, "token": token.hex()})
                try:
                    self._connection = self._accepted(listener, token, deadline)
                except BaseException:
                    self._end()
                    raise
        except OSError as error:
            raise ServerError(f"worker: {command[0]} could not be started ({error})") from None
        if self.process.stderr is not None:
            self.process.stderr.close()

    def ask(self, request: tuple[Any, ...], timeout: float) -> Any:
        """Send one request and wait for its answer.

        Raises:
            ServerError: the worker has ended or gave no answer in time.
            TooLarge: the cells do not fit into a frame; the worker is well.
        """
        deadline = time.monotonic() + timeout
        self._connection.settimeout(timeout)
        try:
            wire.send(self._connection, request)
            return wire.receive(self._connection, deadline=deadline)
        except wire.WireError as error:
            if time.monotonic() >= deadline:
                raise ServerError(
                    f"{request[0]}: expected an answer within {timeout:g} s, got none; the worker was ended, the next "
                    "recalculation starts another; use fewer assets or shorter histories"
                ) from None
            raise ServerError(
                f"{request[0]}: the worker ended ({error}); recalculate with Ctrl+Shift+F9, which starts another"
            ) from None

    def stop(self) -> None:
        """End the process at once."""
        self._connection.close()
        self._end()

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _accepted(self, listener: socket.socket, token: bytes, deadline: float) -> socket.socket:
        """The connection of our own worker; strangers are turned away."""
        listener.settimeout(0.05)
        while time.monotonic() < deadline:
            try:
                connection = listener.accept()[0]
            except OSError:
                if self.process.poll() is not None:
                    raise ServerError(
                        f"worker: ended while starting ({self._last_words()}); recalculate, and if that does not help "
                        f"{BUILD_AGAIN}"
                    ) from None
                continue
            if wire.shows_token(connection, token, min(deadline, time.monotonic() + HELLO_SECONDS)):
                if connection.family == socket.AF_INET:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
            connection.close()
        raise ServerError("worker: expected to start, gave no sign in time; a virus scanner may hold it back")

    def _last_words(self) -> str:
        said = self.process.stderr.read() if self.process.stderr is not None else b""
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"status {self.process.returncode}, no message"


@contextlib.contextmanager
def private_listener() -> Iterator[tuple[socket.socket, str | int]]:
    """A socket that only this user can reach, and its address: a path, or a port of this computer alone.

    The path lies in a folder of its own with mode 0700. Both go as soon as the worker has connected.
    """
    folder = tempfile.mkdtemp(prefix="aram_xl-calc-")
    try:
        listener, address = _listening(os.path.join(folder, "worker"))  # noqa: PTH118 - sockets take text
        with contextlib.closing(listener):
            yield listener, address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listening(path: str) -> tuple[socket.socket, str | int]:
    if hasattr(socket, "AF_UNIX"):
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(path)
            listener.listen(8)
            return listener, path
        except OSError:  # a path too long for a socket: 104 bytes on macOS
            listener.close()
    listener = socket.socket(socket.AF_INET)
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    return listener, int(listener.getsockname()[1])


def _started(command: list[str], first_line: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The process; where to report and the token travel by its standard input, which others cannot read."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name not in UNWANTED},
        start_new_session=os.name == "posix",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    with contextlib.suppress(OSError):  # it has ended already; whoever waits for it will tell
        if process.stdin is not None:
            process.stdin.write(json.dumps(first_line).encode() + b"\n")
            process.stdin.flush()
    return process
