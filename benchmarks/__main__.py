"""All benchmarks, one process each: ``python -m benchmarks [--quick] [--json FOLDER]``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

WITH_OPTIONS = ("imports", "solvers", "walk_forward", "activeness", "models")
PLAIN = ("performance",)


def main() -> int:
    """Run every benchmark in turn; the exit status is 0 when all of them ran."""
    parser = argparse.ArgumentParser(description="Side by side with peers.")
    parser.add_argument("--quick", action="store_true", help="a smoke test of the benchmarks themselves")
    parser.add_argument("--json", metavar="FOLDER", type=Path, help="write one JSON file per benchmark")
    chosen = parser.parse_args()
    if chosen.json is not None:
        chosen.json.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in (*WITH_OPTIONS, *PLAIN):
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        if name in WITH_OPTIONS:
            command += ["--quick"] * chosen.quick
            command += ["--json", str(chosen.json / f"{name}.json")] if chosen.json is not None else []
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"did not run to the end: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
