#!/usr/bin/env bash
# Have LibreOffice Calc, with a Python that can drive it, for the tests that recalculate workbooks.
# Where it cannot be installed the tests skip and say so; with CI=true they fail.
# usage: tools/install_libreoffice.sh PYTHON     the Python that has this package
set -euo pipefail
python=$1

if "$python" -c 'from workbooks.libreoffice import find_libreoffice; find_libreoffice()' 2>/dev/null; then
    exit 0
fi
packages=(libreoffice-calc libreoffice-script-provider-python python3-uno poppler-utils)
echo "LibreOffice is missing: installing ${packages[*]}"
if ! "$(dirname "$0")/apt_install.sh" "${packages[@]}"; then
    echo "LibreOffice could not be installed here; its tests cannot run" >&2
fi
