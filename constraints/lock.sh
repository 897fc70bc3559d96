#!/usr/bin/env bash
# Resolve every package set again (needs uv): constraints/lock.sh [--upgrade]
# Pins stay as they are unless an .in file rules them out or --upgrade is given.
set -euo pipefail
cd "$(dirname "$0")"
more=("$@")
compile() { # NAME ARGUMENTS...
  uv pip compile -q "$1.in" "${@:2}" --no-annotate \
    --custom-compile-command "constraints/lock.sh" -o "$1.txt" "${more[@]}"
}
lock() { # NAME PYTHON PLATFORM
  compile "$1" common.in --override overrides.in \
    --python-version "$2" --python-platform "$3"
}
lock debian12-py311 3.11 x86_64-manylinux_2_36
for python in 11 12 13; do
  lock "current-py3$python" "3.$python" x86_64-manylinux_2_36
done
for python in 11 12; do
  lock "ubuntu2404-py3$python" "3.$python" x86_64-manylinux_2_39
done
lock debian13-py313 3.13 x86_64-manylinux_2_39
compile deployment --python-version 3.11 --python-platform x86_64-manylinux_2_36
compile client --python-version 3.11 --universal
compile pipelines --python-version 3.11 --universal
