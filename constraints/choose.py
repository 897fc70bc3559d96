"""Prints the package set for this Python and C library, or what is missing."""

import platform
import sys

python = sys.version_info[:2]
glibc = tuple(
    int(part) for part in (platform.libc_ver()[1] or "0.0").split(".")[:2]
)
if platform.system() != "Linux" or platform.machine() != "x86_64":
    sys.exit("the package sets are for Linux on x86-64, which this is not")
if python == (3, 11) and glibc >= (2, 17):
    print("debian12-py311")
elif python == (3, 13) and glibc >= (2, 39):
    print("debian13-py313")
else:
    sys.exit(
        "Atelier installs on Python 3.11 (glibc 2.17 or newer) or "
        "Python 3.13 (glibc 2.39 or newer); this is Python "
        f"{python[0]}.{python[1]} with glibc {glibc[0]}.{glibc[1]}: install "
        "one of those and run make PYTHON=python3.11"
    )
