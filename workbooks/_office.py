"""Finding LibreOffice, and the process that drives it."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from aram_xl.errors import AramError, InputError, ToolMissingError

PLACES = {
    "linux": ("/usr/lib/libreoffice/program/soffice", "/usr/lib64/libreoffice/program/soffice",
              "/opt/libreoffice*/program/soffice", "/usr/local/lib/libreoffice/program/soffice"),
    "darwin": ("/Applications/LibreOffice*.app/Contents/MacOS/soffice",
               "~/Applications/LibreOffice*.app/Contents/MacOS/soffice"),
    "win32": ("C:/Program Files/LibreOffice*/program/soffice.exe",
              "C:/Program Files (x86)/LibreOffice*/program/soffice.exe"),
}  # fmt: skip
"""Where installers put LibreOffice, by platform."""

HOW_TO_INSTALL = {
    "linux": "install it, on Debian or Ubuntu with: "
    "apt-get install libreoffice-calc libreoffice-script-provider-python python3-uno",
    "darwin": "install it from libreoffice.org, or with: brew install --cask libreoffice",
    "win32": "install it from libreoffice.org, or with: winget install TheDocumentFoundation.LibreOffice",
}

SOCKET_FOLDERS = (Path("/tmp"), Path("/var/tmp"))
"""Where LibreOffice puts its sockets on Unix, whatever the temporary folder is."""


class RequestRefused(InputError):
    """LibreOffice is well, but what was asked of it makes no sense."""


class LibreOfficeError(AramError, RuntimeError):
    """LibreOffice was found but did not do its work: it ended, gave no answer in time, or refused a file."""


@dataclass(frozen=True, slots=True)
class LibreOffice:
    """An installed LibreOffice and a Python that can talk to it."""

    soffice: Path
    python: Path


def find_libreoffice() -> LibreOffice:
    """Look for LibreOffice: ``ARAM_XL_SOFFICE``, then the search path, then the usual places.

    Raises:
        ToolMissingError: there is none, or no Python with ``uno`` to drive it.
    """
    remedy = HOW_TO_INSTALL.get(sys.platform, HOW_TO_INSTALL["linux"])
    soffice = _soffice()
    if soffice is None:
        raise ToolMissingError(
            f"LibreOffice: expected on this computer, not found; {remedy}; "
            "if it stands in an unusual place, set ARAM_XL_SOFFICE to its soffice program"
        )
    for python in _pythons(soffice):
        if _has_uno(python):
            return LibreOffice(soffice, python)
    raise ToolMissingError(f"LibreOffice: expected a Python that can import uno to drive {soffice}, got none; {remedy}")


def _soffice() -> Path | None:
    named = os.environ.get("ARAM_XL_SOFFICE")
    if named:
        found = shutil.which(named)
        if found is None:
            raise ToolMissingError(
                f"ARAM_XL_SOFFICE: expected the soffice program of LibreOffice, got {named!r}; "
                "correct the setting or remove it"
            )
        return _binary(Path(found))
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            return _binary(Path(found))
    for pattern in PLACES.get(sys.platform, ()):
        place = Path(pattern).expanduser()
        anchor = Path(place.anchor)
        for candidate in sorted(anchor.glob(str(place.relative_to(anchor))), reverse=True):
            return _binary(candidate)
    return None


def _binary(soffice: Path) -> Path:
    """The program behind the start script, which only adds a splash screen and a process."""
    beside = soffice.resolve().with_name("soffice.bin")
    return beside if sys.platform.startswith("linux") and beside.is_file() else soffice.resolve()


def _pythons(soffice: Path) -> list[Path]:
    """Pythons that may have ``uno``: LibreOffice's own first, then the system's."""
    program = soffice.parent
    inside = [program / "python.exe", program / "python", program.parent / "Resources" / "python"]
    system = [Path("/usr/bin/python3"), *(Path(p) for p in [shutil.which("python3"), sys.executable] if p)]
    return [python for python in [*inside, *system] if python.is_file()]


@functools.cache
def _has_uno(python: Path) -> bool:
    try:
        tried = subprocess.run(
            [python, "-c", "import uno"], env=_environment(), capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def _environment() -> dict[str, str]:
    """Ours without what would send another Python to our packages."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "VIRTUAL_ENV", "PYTHONSTARTUP"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


class Link:
    """A running helper process, its LibreOffice and their private folder."""

    def __init__(
        self,
        office: LibreOffice,
        timeout: float,
        extra: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._extra, self._environment = tuple(extra), dict(environment or {})
        self.folder = Path(tempfile.mkdtemp(prefix="aram_xl-"))
        self._profile = (self.folder / "profile").as_uri()
        self._name = f"aram{uuid.uuid4().hex[:12]}"
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._log = (self.folder / "log.txt").open("w+b")
        try:
            self._process = self._start(office, timeout)
        except OSError as error:
            self._log.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise LibreOfficeError(f"LibreOffice: {office.python} could not be started ({error})") from error
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        try:
            self._take(timeout)
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether another request can be served."""
        return self._process.poll() is None

    def _start(self, office: LibreOffice, timeout: float) -> subprocess.Popen[str]:
        script = self.folder / "helper" / "uno_reader.py"
        # In a folder of its own: a script's neighbours shadow the modules of the Python that runs it.
        script.parent.mkdir()
        shutil.copyfile(Path(__file__).with_name("_uno_reader.py"), script)
        settings = {
            "soffice": str(office.soffice),
            "profile": self._profile,
            "pipe": self._name,
            "timeout": timeout,
            "extra": self._extra,
        }
        environment = {**_environment(), "ARAM_XL_SESSION": json.dumps(settings), "PYTHONUTF8": "1"}
        # The Python inside LibreOffice takes the library of the first python3 on the path, were it of an environment.
        environment["PATH"] = os.pathsep.join([str(office.python.parent), environment.get("PATH", os.defpath)])
        # LibreOffice's own temporary files go with the private folder.
        environment |= dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(self.folder))
        environment |= self._environment
        return subprocess.Popen(
            [office.python, script],
            env=environment,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
            start_new_session=os.name == "posix",
        )

    def _listen(self) -> None:
        for line in self._pipe(self._process.stdout):
            self._answers.put(line)
        self._answers.put(None)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:  # cannot be: both were asked for
            raise LibreOfficeError("LibreOffice: the helper has no pipe")
        return pipe

    def ask(self, request: dict[str, Any], timeout: float) -> Any:
        """Send one request and wait for its answer."""
        try:
            pipe = self._pipe(self._process.stdin)
            pipe.write(json.dumps(request) + "\n")
            pipe.flush()
        except (OSError, ValueError) as error:
            self._end()
            raise LibreOfficeError(
                f"LibreOffice: expected to be running for {request['do']}, had ended ({self._last_words()})"
            ) from error
        return self._take(timeout, request["do"])

    def _take(self, timeout: float, doing: str = "start") -> Any:
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            self._end()
            raise LibreOfficeError(
                f"LibreOffice: expected an answer to {doing} within {timeout:g} s, got none; "
                "it was ended; allow more time, or look for what makes the workbook slow"
            ) from None
        except BaseException:
            # Interrupted: the answer that still comes would be taken for that of the next request.
            self._end()
            raise
        if line is None:
            self._end()
            raise LibreOfficeError(f"LibreOffice: ended during {doing} ({self._last_words()})")
        answer = json.loads(line)
        if "ended" in answer:
            self._end()
            raise LibreOfficeError(f"LibreOffice: ended during {doing} ({answer['ended']})")
        if "refused" in answer:
            raise RequestRefused(answer["refused"])
        if "failed" in answer:
            raise LibreOfficeError(f"LibreOffice: {doing} failed ({answer['failed']})")
        return answer["result"]

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "no message"

    def _end(self) -> None:
        """End the helper and its LibreOffice at once."""
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            tree = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(tree, capture_output=True, check=False)
        self._process.wait()

    def close(self) -> None:
        """Let LibreOffice leave, insist after a while, and remove the folder."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._pipe(self._process.stdin).close()
            self._process.wait(15)
        if self._process.poll() != 0:
            self._end()
        self._thread.join(5)
        self._pipe(self._process.stdout).close()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if os.name == "posix":
            self._remove_sockets()

    def _remove_sockets(self) -> None:
        """Remove what a killed LibreOffice leaves: our pipe, and the one named after the profile's digest."""
        digest = hashlib.md5(self._profile.encode("utf-16-le"), usedforsecurity=False).digest()
        names = (self._name, "SingleOfficeIPC_" + "".join(f"{byte:x}" for byte in digest))
        for folder in SOCKET_FOLDERS:
            for name in names:
                with contextlib.suppress(OSError):
                    (folder / f"OSL_PIPE_{os.getuid()}_{name}").unlink(missing_ok=True)
