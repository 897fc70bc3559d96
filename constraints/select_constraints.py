"""Print the package set for this Python and C library, or why there is none."""

import platform
import sys

WITH_TFDV = {
    (3, 11): "ubuntu2404-py311",
    (3, 12): "ubuntu2404-py312",
    (3, 13): "debian13-py313",
}
"""By Python, where glibc is 2.39 or newer: TensorFlow 2.21 and TFDV 1.21."""
OLDER_GLIBC = {
    (3, 11): "debian12-py311",  # Or current-py311: TensorFlow 2.21, no TFDV.
    (3, 12): "current-py312",
    (3, 13): "current-py313",
}
"""By Python, where glibc is 2.28 to 2.38, for which TFDV 1.21 has no wheel."""


class UnsupportedPlatformError(Exception):
    """No package set fits; the text says which platforms have one."""


def select_constraints(
    system: str, machine: str, python: tuple[int, int], glibc: tuple[int, int]
) -> str:
    """Select a package set.

    Args:
        system: Name of the operating system, as `platform.system()`.
        machine: Processor architecture, as `platform.machine()`.
        python: Version of Python.
        glibc: Version of the C library; (0, 0) where it is another one.

    Returns:
        Name of a file of constraints/, without its ending.

    Raises:
        UnsupportedPlatformError: If no set fits.
    """
    if system == "Linux" and machine == "x86_64":
        if glibc >= (2, 39) and python in WITH_TFDV:
            return WITH_TFDV[python]
        if glibc >= (2, 28) and python in OLDER_GLIBC:
            return OLDER_GLIBC[python]
    raise UnsupportedPlatformError(
        "Atelier installs on Linux (x86-64, glibc 2.28 or newer) with Python "
        f"3.11, 3.12 or 3.13; received {system} ({machine}, glibc "
        f"{glibc[0]}.{glibc[1]}) with Python {python[0]}.{python[1]}; for "
        "another Python run make PYTHON=python3.12, on other systems use a "
        "container of the Dockerfile, or install the client alone: "
        "pip install .[client]"
    )


def main() -> None:
    """Print the set for the running interpreter."""
    major, minor = (platform.libc_ver()[1] or "0.0").split(".")[:2]
    try:
        selected = select_constraints(
            platform.system(),
            platform.machine(),
            sys.version_info[:2],
            (int(major), int(minor)),
        )
    except UnsupportedPlatformError as error:
        sys.exit(f"error: {error}")
    print(selected)


if __name__ == "__main__":
    main()
