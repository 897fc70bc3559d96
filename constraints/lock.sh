#!/usr/bin/env bash
# Resolves every package set again: constraints/lock.sh (needs uv).
set -euo pipefail
cd "$(dirname "$0")"
lock() { # NAME PYTHON PLATFORM [MORE.in]
  uv pip compile -q "$1.in" "${@:4}" --override overrides.in \
    --python-version "$2" --python-platform "$3" --no-annotate \
    --custom-compile-command "constraints/lock.sh" -o "$1.txt"
}
lock debian12-py311 3.11 x86_64-manylinux_2_36 common.in
lock debian13-py313 3.13 x86_64-manylinux_2_39 common.in
lock current-py311 3.11 x86_64-manylinux_2_36 common.in
lock deployment 3.11 x86_64-manylinux_2_36
