"""The add-in inside LibreOffice: one method per function, all of them passed on to the worker.

Loaded by LibreOffice's own Python, never by ours: standard library only, no syntax newer than Python 3.8. Names and
texts come from CalcAddIns.xcu; a component that also declared ``com.sun.star.sheet.AddIn`` would have them ignored.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from udfs.hosts.calc import client

uno: Any = importlib.import_module("uno")
unohelper: Any = importlib.import_module("unohelper")

FOLDER = Path(client.__file__).parent
FUNCTIONS = json.loads((FOLDER / "functions.json").read_text(encoding="utf-8"))
SERVICE: str = FUNCTIONS["service"]
IMPLEMENTATION = SERVICE + ".Functions"

_server = client.Server(client.Settings.read(FOLDER / "worker.json"))


class Functions(
    unohelper.Base, uno.getClass(FUNCTIONS["interface"]), uno.getClass("com.sun.star.lang.XServiceInfo")  # type: ignore[misc]
):
    """What Calc calls; the methods of the functions are added below."""

    def __init__(self, context: Any, *arguments: Any) -> None:
        self.context = context

    def getImplementationName(self) -> str:
        return IMPLEMENTATION

    def supportsService(self, name: str) -> bool:
        return name == SERVICE

    def getSupportedServiceNames(self) -> tuple[str, ...]:
        return (SERVICE,)


def _method(name: str, scalar: bool) -> Callable[..., Any]:
    def rows(self: Any, *cells: Any) -> Any:
        return _server.call(name, cells)

    def one(self: Any, *cells: Any) -> Any:
        return _server.call(name, cells)[0][0]

    return one if scalar else rows


for _name, (_function, _scalar) in FUNCTIONS["methods"].items():
    setattr(Functions, _name, _method(_function, _scalar))

g_ImplementationHelper = unohelper.ImplementationHelper()  # LibreOffice looks for this name
g_ImplementationHelper.addImplementation(Functions, IMPLEMENTATION, (SERVICE,))
