"""Selection of a package set by operating system, Python and C library."""

import importlib.util
import pathlib

import pytest

CONSTRAINTS = pathlib.Path(__file__).parents[2] / "constraints"
SPEC = importlib.util.spec_from_file_location(
    "select_constraints", CONSTRAINTS / "select_constraints.py"
)
selection = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(selection)

SETS = [
    ((3, 11), (2, 28), "debian12-py311"),
    ((3, 11), (2, 38), "debian12-py311"),
    ((3, 11), (2, 39), "ubuntu2404-py311"),
    ((3, 12), (2, 28), "current-py312"),
    ((3, 12), (2, 35), "current-py312"),
    ((3, 12), (2, 39), "ubuntu2404-py312"),
    ((3, 12), (3, 0), "ubuntu2404-py312"),
    ((3, 13), (2, 36), "current-py313"),
    ((3, 13), (2, 41), "debian13-py313"),
]
UNSUPPORTED = [
    ("Darwin", "arm64", (3, 12), (0, 0)),
    ("Windows", "AMD64", (3, 12), (0, 0)),
    ("Linux", "aarch64", (3, 12), (2, 39)),
    ("Linux", "x86_64", (3, 10), (2, 39)),
    ("Linux", "x86_64", (3, 14), (2, 39)),
    ("Linux", "x86_64", (3, 12), (2, 27)),
    ("Linux", "x86_64", (3, 12), (0, 0)),  # musl
]


@pytest.mark.parametrize(("python", "glibc", "expected"), SETS)
def test_the_set_follows_python_and_glibc(python, glibc, expected):
    selected = selection.select_constraints("Linux", "x86_64", python, glibc)

    assert selected == expected
    assert (CONSTRAINTS / f"{selected}.txt").exists()


@pytest.mark.parametrize("platform", UNSUPPORTED)
def test_other_platforms_are_refused_in_one_sentence(platform):
    with pytest.raises(selection.UnsupportedPlatformError) as error:
        selection.select_constraints(*platform)

    text = str(error.value)
    system, machine, python, glibc = platform
    assert f"received {system} ({machine}, glibc {glibc[0]}." in text
    assert (
        f"Python {python[0]}.{python[1]}; for another Python run make" in text
    )
    assert "\n" not in text


def test_every_set_has_a_lock_that_pins_what_its_name_says():
    for name in {
        *selection.WITH_TFDV.values(),
        *selection.OLDER_GLIBC.values(),
        "current-py311",
    }:
        pins = (CONSTRAINTS / f"{name}.txt").read_text().splitlines()
        tfdv = [one for one in pins if one.startswith("tensorflow-data-valid")]
        assert bool(tfdv) == (not name.startswith("current"))
        tensorflow = "2.16.2" if name == "debian12-py311" else "2.21.0"
        assert f"tensorflow=={tensorflow}" in pins


def test_main_prints_one_name(capsys):
    selection.main()

    (line,) = capsys.readouterr().out.splitlines()
    assert (CONSTRAINTS / f"{line}.txt").exists()
