"""Checks the coverage of each package against its floor in pyproject.toml."""

import pathlib
import sys
import tomllib

import coverage

ROOT = pathlib.Path(__file__).parents[1]


def main() -> None:
    """Prints a line for each package; exits with 1 if one is below its floor.

    Raises:
        SystemExit: If a package is below its floor.
    """
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    data = coverage.Coverage()
    data.load()
    below = []
    for package, floor in settings["tool"]["atelier"]["coverage"].items():
        with open("/dev/null", "w") as nowhere:
            covered = data.report(include=[f"{package}/*"], file=nowhere)
        print(f"{package}: {covered:.2f} % covered, at least {floor} %")
        if covered < floor:
            below.append(package)
    if below:
        sys.exit(
            f"error: coverage of {', '.join(below)} is below its floor in "
            "pyproject.toml; test the new lines"
        )


if __name__ == "__main__":
    main()
