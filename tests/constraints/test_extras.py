"""Extras of the package, and the locks that install them."""

import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints"
SETS = sorted(
    path.stem
    for path in CONSTRAINTS.glob("*-py3*.txt")  # The others are no sets.
)
with open(ROOT / "pyproject.toml", "rb") as file:
    PROJECT = tomllib.load(file)["project"]
EXTRAS = PROJECT["optional-dependencies"]
APART = ("pipelines",)
"""Extras with a set of their own, because no other can have them."""


def name_of(requirement):
    name = re.match(r"[\w.-]+", requirement).group()
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock):
    lines = (CONSTRAINTS / f"{lock}.txt").read_text().splitlines()
    return {name_of(line) for line in lines if line and line[0] not in " #"}


def test_nothing_is_required_without_an_extra():
    assert PROJECT["dependencies"] == []


def test_all_names_every_extra():
    joined = ",".join(
        re.fullmatch(r"atelier\[(.*)\]", one).group(1) for one in EXTRAS["all"]
    )

    assert sorted([*joined.split(","), "all", *APART]) == sorted(EXTRAS)


@pytest.mark.parametrize("lock", SETS)
def test_every_set_pins_what_the_extras_name(lock):
    named = {
        name_of(requirement)
        for extra, requirements in EXTRAS.items()
        for requirement in requirements
        if extra not in ("all", *APART)
    }
    without = {"tensorflow-data-validation"} if "current" in lock else set()

    assert len(SETS) >= 7
    assert named - pinned(lock) == without


@pytest.mark.parametrize("extra", APART)
def test_an_extra_apart_has_a_lock(extra):
    assert {name_of(one) for one in EXTRAS[extra]} <= pinned(extra)


@pytest.mark.parametrize("extra", ["beam", "export"])
def test_pyarrow_comes_with_its_hotfix(extra):
    assert {"pyarrow", "pyarrow_hotfix"} <= set(EXTRAS[extra])


def test_the_client_lock_is_of_the_client_extra():
    lines = (CONSTRAINTS / "client.in").read_text().splitlines()

    assert [one for one in lines if one[0] != "#"] == EXTRAS["client"]
    assert {name_of(one) for one in EXTRAS["client"]} <= pinned("client")


def test_the_client_lock_is_the_same_on_every_platform():
    text = (CONSTRAINTS / "client.txt").read_text()

    assert not re.search("platform|sys_|os_name|implementation", text)
    # Wheels for x86-64 Linux alone, or for no ARM.
    heavy = {"tensorflow", "tfx-bsl", "pyarrow", "apache-beam"}
    assert not pinned("client") & heavy


CLIENT_SCRIPT = """
import importlib
import sys


class Refusal:
    # Acts as if nothing else were installed.
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if path is None and top not in known:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


known = {*sys.argv[1:], *sys.stdlib_module_names}
sys.meta_path.insert(0, Refusal())
importlib.import_module("serving.client.cli")
for name in ("aio_clients", "rest_clients"):
    importlib.import_module(f"serving.client.{name}")
"""


def test_the_clients_import_nothing_beyond_their_lock():
    modules = {"protobuf": "google", "grpcio": "grpc"}
    names = pinned("client")
    known = {modules.get(one, one.replace("-", "_")) for one in names}

    done = subprocess.run(
        [sys.executable, "-c", CLIENT_SCRIPT, "atelier", "serving", *known],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
