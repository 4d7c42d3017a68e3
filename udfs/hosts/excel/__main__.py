"""``python -m udfs.hosts.excel`` builds the add-in that the package ships."""

from __future__ import annotations

from udfs.hosts.excel.package import build_xlam
from udfs.hosts.excel.places import shipped_addin

if __name__ == "__main__":
    build_xlam(shipped_addin())
    print(f"Written: {shipped_addin()}")
