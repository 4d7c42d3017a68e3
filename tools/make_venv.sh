#!/usr/bin/env bash
# Create a virtual environment, or say in one sentence what is missing.
# usage: tools/make_venv.sh PYTHON FOLDER
set -euo pipefail
python=$1 folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "$python: expected Python 3.11 or newer; install it, or name it: make PYTHON=python3.12 ..." >&2
    exit 2
fi
# Debian ships Python without the part that makes environments with pip.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$(dirname "$0")/apt_install.sh" "python$version-venv"; then
        echo "$python: expected the module venv with pip; install it with: apt-get install python$version-venv" >&2
        exit 2
    fi
fi
if ! "$python" -m venv "$folder"; then
    rm -rf "$folder"
    echo "$folder: expected to become a virtual environment; see the message above" >&2
    exit 2
fi
