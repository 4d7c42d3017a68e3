#!/usr/bin/env bash
# Install Debian packages where that can be done without asking: apt-get present, and root or passwordless sudo.
# usage: tools/apt_install.sh PACKAGE...     exit status 1: cannot be done here
set -euo pipefail

command -v apt-get >/dev/null || exit 1
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo --non-interactive true 2>/dev/null || exit 1
    as_root=(sudo --non-interactive)
fi
# The name of the front end must pass through sudo, which clears the environment.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update --quiet --quiet
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --quiet --no-install-recommends "$@"
