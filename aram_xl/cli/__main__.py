"""``python -m aram_xl.cli`` does what ``aram-xl`` does."""

from __future__ import annotations

from aram_xl.cli import main

if __name__ == "__main__":
    main()
